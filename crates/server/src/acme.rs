//! Certificates of an authority, asked for and renewed by the server itself (ACME, RFC 8555), proven by the TLS listener alone
//! (TLS-ALPN-01, RFC 8737): no other port is needed.
//!
//! The account and the certificate lie in the data directory, so that a restart asks nobody. Without a certificate the TLS
//! listener refuses handshakes; the rest of the server runs. What fails is tried again, later each time.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{info, warn};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

use crate::clock::Clock;
use crate::tls::provider;

/// The protocol by which an authority asks for the proof (RFC 8737, section 4).
pub(crate) const PROOF_PROTOCOL: &[u8] = b"acme-tls/1";
/// Let's Encrypt.
pub const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// How often it is looked whether a renewal is due, at the most.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// The first wait after a failure, doubled with each further one up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The least wait after a proof was not accepted: authorities count those.
const UNPROVEN_WAIT: Duration = Duration::from_secs(15 * 60);
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);
/// An order is ready, and its certificate there, within.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(120));
/// An attempt is over within: twice that patience, and every question to the authority.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Whom to ask for what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcmeConfig {
    /// The names that the certificate is for; the first is the server's own.
    pub domains: Vec<String>,
    /// A mail address for the authority's warnings.
    pub contact: Option<String>,
    /// The authority's directory.
    pub directory: String,
    /// The certificate that vouches for the directory, where the machine's own do not.
    pub root: Option<PathBuf>,
}

/// No certificate was got.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcmeError {
    #[error("the authority does not do as it was asked")]
    Authority(#[from] instant_acme::Error),
    #[error("the authority does not answer")]
    Silent,
    #[error("the authority offers no proof by TLS (tls-alpn-01) for {0}")]
    NoProof(String),
    #[error("the authority does not accept the proof: is port 443 of every name led to this server?")]
    NotProven(#[source] Option<instant_acme::Error>),
    #[error(transparent)]
    Private(#[from] identity::KeyError),
    #[error("could not make a key")]
    Key(#[from] rcgen::Error),
    #[error("could not keep {path}")]
    Keep {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the certificate cannot be used: {0}")]
    Unusable(&'static str),
}

/// A certificate and the part of its life in which it is used.
#[derive(Debug)]
struct Held {
    certified: Arc<CertifiedKey>,
    renew_at_s: u64,
    ends_at_s: u64,
}

/// Holds the certificate and shows proofs to the authority.
#[derive(Debug)]
pub(crate) struct Acme {
    config: AcmeConfig,
    directory: PathBuf,
    clock: Clock,
    held: RwLock<Option<Arc<Held>>>,
    proofs: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Acme {
    /// Takes up the certificate that was got before, if it is for these names and still good.
    pub(crate) fn open(config: AcmeConfig, data: &Path, clock: Clock) -> Result<Self, AcmeError> {
        let directory = data.join("acme");
        let keep = |source| AcmeError::Keep { path: directory.clone(), source };
        std::fs::create_dir_all(&directory).map_err(keep)?;
        let path = directory.join("certificate.pem");
        let kept = path.exists().then(|| held(&identity::read_private(&path)?, &config.domains));
        let held = match kept {
            Some(Ok(held)) if held.ends_at_s > clock.now_s() => Some(Arc::new(held)),
            Some(Ok(_)) | None => None,
            Some(Err(error)) => {
                warn!(error = &error as &dyn Error, "certificate.not_kept");
                None
            }
        };
        Ok(Self { config, directory, clock, held: RwLock::new(held), proofs: Mutex::default() })
    }

    /// Asks for the certificate and renews it when two thirds of its life are over, for ever.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut wait = FIRST_WAIT;
        loop {
            let now_s = self.clock.now_s();
            let due = self.current().map_or(now_s, |held| held.renew_at_s);
            if due > now_s {
                tokio::time::sleep(LOOK_EVERY.min(Duration::from_secs(due - now_s))).await;
                continue;
            }
            match self.attempt(ATTEMPT_TIMEOUT).await {
                Ok(held) => {
                    info!(domains = ?self.config.domains, ends_at_s = held.ends_at_s, "certificate.got");
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(held));
                    wait = FIRST_WAIT;
                }
                Err(error) => {
                    if matches!(error, AcmeError::NotProven(_)) {
                        wait = wait.max(UNPROVEN_WAIT);
                    }
                    warn!(domains = ?self.config.domains, error = &error as &dyn Error, again_in_s = wait.as_secs(), "certificate.not_got");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
            self.proofs.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    fn current(&self) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An order that ends, whatever the authority does.
    async fn attempt(&self, within: Duration) -> Result<Held, AcmeError> {
        let order = tokio::time::timeout(within, self.order());
        order.await.unwrap_or(Err(AcmeError::Silent))
    }

    async fn order(&self) -> Result<Held, AcmeError> {
        let account = self.account().await?;
        let names: Vec<_> = self.config.domains.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = authorization.identifier().to_string();
            let mut challenge = authorization
                .challenge(ChallengeType::TlsAlpn01)
                .ok_or_else(|| AcmeError::NoProof(name.clone()))?;
            let proof = proof(&name, challenge.key_authorization().digest().as_ref())?;
            self.proofs.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::new(proof));
            challenge.set_ready().await?;
        }
        match order.poll_ready(&PATIENCE).await {
            Ok(OrderStatus::Ready) => {}
            Ok(_) => return Err(AcmeError::NotProven(None)),
            Err(refused @ instant_acme::Error::Api(_)) => return Err(AcmeError::NotProven(Some(refused))),
            Err(error) => return Err(error.into()),
        }
        let key = KeyPair::generate()?;
        let mut asked = CertificateParams::new(self.config.domains.clone())?;
        asked.distinguished_name = DistinguishedName::new();
        order.finalize_csr(asked.serialize_request(&key)?.der()).await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        let pem = format!("{}{chain}", key.serialize_pem());
        let held = held(pem.as_bytes(), &self.config.domains)?;
        self.write("certificate.pem", pem.as_bytes())?;
        Ok(held)
    }

    /// The account of before, or a new one. One of another authority is left behind.
    async fn account(&self) -> Result<Account, AcmeError> {
        let path = self.directory.join("account.json");
        let known =
            identity::read_private(&path).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
        if let Some(kept) = known.filter(|kept| kept.directory == self.config.directory) {
            return Ok(self.builder()?.from_credentials(kept.credentials).await?);
        }
        let contact = self.config.contact.as_ref().map(|mail| format!("mailto:{mail}"));
        let contact: Vec<&str> = contact.as_deref().into_iter().collect();
        let new =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) =
            self.builder()?.create(&new, self.config.directory.clone(), None).await?;
        let kept = Kept { directory: self.config.directory.clone(), credentials };
        self.write("account.json", &serde_json::to_vec(&kept).unwrap_or_default())?;
        Ok(account)
    }

    fn builder(&self) -> Result<AccountBuilder, AcmeError> {
        Ok(match &self.config.root {
            Some(root) => Account::builder_with_root(root)?,
            None => Account::builder()?,
        })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), AcmeError> {
        let path = self.directory.join(name);
        identity::replace_private(&path, bytes).map_err(|source| AcmeError::Keep { path, source })
    }
}

impl ResolvesServerCert for Acme {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == PROOF_PROTOCOL)) {
            let proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
            return proofs.get(hello.server_name()?).cloned();
        }
        self.current().map(|held| Arc::clone(&held.certified))
    }
}

/// The account at an authority, as it lies on disk.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// A certificate that shows the authority's own digest back to it (RFC 8737, section 3).
fn proof(name: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let key = KeyPair::generate()?;
    let mut shown = CertificateParams::new(vec![name.to_owned()])?;
    shown.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = shown.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(AcmeError::Unusable)?;
    // Not `from_der`, which does not know the one extension that the proof is about.
    let key = provider().key_provider.load_private_key(key);
    let key = key.map_err(|_| AcmeError::Unusable("its key is of no use"))?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}

/// Reads a key and the certificates that go with it.
fn held(pem: &[u8], domains: &[String]) -> Result<Held, AcmeError> {
    let unusable = AcmeError::Unusable;
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| unusable("there is no key"))?;
    let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|_| unusable("its chain is not understood"))?;
    let first = chain.first().ok_or(unusable("there is none"))?;
    let (_, parsed) = parse_x509_certificate(first).map_err(|_| unusable("it is not understood"))?;
    let names = parsed.subject_alternative_name().ok().flatten().ok_or(unusable("it names nobody"))?;
    let is_named = |domain: &String| {
        names
            .value
            .general_names
            .iter()
            .any(|name| matches!(name, GeneralName::DNSName(named) if named == domain))
    };
    if !domains.iter().all(is_named) {
        return Err(unusable("it is for other names"));
    }
    let seconds = |time: ASN1Time| u64::try_from(time.timestamp()).unwrap_or(0);
    let validity = parsed.validity();
    let (begins, ends_at_s) = (seconds(validity.not_before), seconds(validity.not_after));
    let renew_at_s = begins + ends_at_s.saturating_sub(begins) / 3 * 2;
    let certified = CertifiedKey::from_der(chain, key, &provider())
        .map_err(|_| unusable("key and certificate differ"))?;
    Ok(Held { certified: Arc::new(certified), renew_at_s, ends_at_s })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(domain: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![domain.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        format!("{}{}", key.serialize_pem(), params.self_signed(&key).unwrap().pem())
    }

    #[test]
    fn a_certificate_is_renewed_when_two_thirds_of_its_life_are_over() {
        let held = held(certificate("table.example").as_bytes(), &["table.example".to_owned()]).unwrap();
        // 2026-01-01 and 90 days, in seconds since 1970.
        assert_eq!(held.ends_at_s, 1_767_225_600 + 90 * 86_400);
        assert_eq!(held.renew_at_s, 1_767_225_600 + 60 * 86_400);
    }

    #[test]
    fn what_is_kept_for_other_names_or_is_broken_is_not_used() {
        let domains = ["table.example".to_owned(), "other.example".to_owned()];
        let pem = certificate("table.example");
        assert!(matches!(held(pem.as_bytes(), &domains), Err(AcmeError::Unusable("it is for other names"))));
        assert!(held(pem.as_bytes(), &domains[..1]).is_ok());
        let (_, without_key) = pem.split_at(pem.find("-----BEGIN CERTIFICATE").unwrap());
        assert!(held(without_key.as_bytes(), &domains[..1]).is_err());
        let another = certificate("table.example");
        let (key, _) = another.split_at(another.find("-----BEGIN CERTIFICATE").unwrap());
        assert!(held(format!("{key}{without_key}").as_bytes(), &domains[..1]).is_err());
        assert!(held(b"", &domains).is_err());
    }

    #[tokio::test]
    async fn an_authority_that_takes_a_connection_and_says_nothing_is_given_up() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = AcmeConfig {
            domains: vec!["table.example".to_owned()],
            contact: None,
            directory: format!("https://{}/directory", silent.local_addr().unwrap()),
            root: None,
        };
        let data = tempfile::tempdir().unwrap();
        let acme = Acme::open(config, data.path(), Clock).unwrap();
        let attempt = acme.attempt(Duration::from_millis(300)).await;
        assert!(matches!(attempt, Err(AcmeError::Silent)), "{attempt:?}");
        assert!(silent.accept().is_ok(), "it was asked");
    }
}
