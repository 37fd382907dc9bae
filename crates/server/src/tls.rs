//! TLS: for the local network with a certificate of our own, kept in the data directory and recognised by its fingerprint; or
//! with one of an authority, in files that are read again when they change.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use identity::Stamp;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WantsServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    ConfigBuilder, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    WantsVerifier,
};
use sha2::{Digest, Sha256};
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

use crate::acme::{Acme, AcmeConfig, AcmeError, PROOF_PROTOCOL};
use crate::clock::Clock;
use crate::reload::Live;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("could not make the certificate for the local network")]
    Make(#[source] rcgen::Error),
    #[error("could not read or write {path}")]
    File {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("{path} is not a certificate or key; move it away and a new one is made")]
    Pem { path: String },
    #[error("{path} is not PEM of a certificate or key")]
    Unusable { path: String },
    #[error("{path} is valid from {from} until {until}, which is not now; get a new certificate")]
    Outdated { path: String, from: String, until: String },
    #[error(transparent)]
    Key(identity::KeyError),
    #[error(transparent)]
    Acme(AcmeError),
    #[error("the certificate and its key do not work together")]
    Rustls(#[source] rustls::Error),
    #[error("{path} holds no certificate that can vouch for clients")]
    Authority { path: String },
}

/// What keeps a certificate good.
pub(crate) enum Keeper {
    /// Nothing: it is as it is.
    None,
    /// Its files are looked at, and so is the authority of clients, if they must prove who they are.
    Files(Arc<CertificateFiles>, Option<Arc<ClientAuthority>>),
    /// It is got and renewed by the server itself.
    Acme(Arc<Acme>),
}

/// A TLS set-up.
pub(crate) struct TlsSetUp {
    pub(crate) config: Arc<ServerConfig>,
    /// The same certificate for the ops listener, whose visitors have none of their own to show.
    pub(crate) ops: Arc<ServerConfig>,
    /// The SHA-256 fingerprint of a certificate of our own, as browsers show it.
    pub(crate) fingerprint: Option<String>,
    /// What keeps the certificate good while the server runs.
    pub(crate) keeper: Keeper,
}

/// The certificate of the data directory; made if there is none, or if it does not name this address.
pub(crate) fn local_tls(directory: &Path, address: IpAddr) -> Result<TlsSetUp, TlsError> {
    let (certificate_path, key_path) = (directory.join("local.crt.pem"), directory.join("local.key.pem"));
    let named_path = directory.join("local.address");
    let named = std::fs::read_to_string(&named_path).ok();
    if named.as_deref() != Some(&address.to_string()) || !certificate_path.exists() || !key_path.exists() {
        let names = vec![address.to_string(), "localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().map_err(TlsError::Make)?;
        let mut params = CertificateParams::new(names).map_err(TlsError::Make)?;
        params.distinguished_name.push(rcgen::DnType::CommonName, "Wardlight on this network");
        let certificate = params.self_signed(&key).map_err(TlsError::Make)?;
        write(&key_path, key.serialize_pem().as_bytes())?;
        write(&certificate_path, certificate.pem().as_bytes())?;
        write(&named_path, address.to_string().as_bytes())?;
    }
    let bad_pem = |path: &Path| TlsError::Pem { path: path.display().to_string() };
    let certificate =
        CertificateDer::from_pem_file(&certificate_path).map_err(|_| bad_pem(&certificate_path))?;
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|_| bad_pem(&key_path))?;
    let digest = Sha256::digest(&certificate);
    let fingerprint = digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    let config = for_anybody()?.with_single_cert(vec![certificate], key).map_err(TlsError::Rustls)?;
    let config = http(config);
    Ok(TlsSetUp { ops: Arc::clone(&config), config, fingerprint: Some(fingerprint), keeper: Keeper::None })
}

/// TLS 1.2 and 1.3 with the library's cipher suites, which are those with forward secrecy and authenticated encryption.
fn modern() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider());
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    builder.with_protocol_versions(&versions).map_err(TlsError::Rustls)
}

/// For browsers, which have no certificate.
fn for_anybody() -> Result<ConfigBuilder<ServerConfig, WantsServerCert>, TlsError> {
    Ok(modern()?.with_no_client_auth())
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn http(mut config: ServerConfig) -> Arc<ServerConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// The certificate in files; with an authority of clients only those it vouches for are let in.
pub(crate) fn file_tls(
    certificate: PathBuf,
    key: PathBuf,
    client_authority: Option<PathBuf>,
) -> Result<TlsSetUp, TlsError> {
    let files = Arc::new(CertificateFiles::open(certificate, key)?);
    let authority = client_authority.map(ClientAuthority::open).transpose()?.map(Arc::new);
    let config = match &authority {
        None => for_anybody()?,
        Some(authority) => {
            modern()?.with_client_cert_verifier(Arc::clone(authority) as Arc<dyn ClientCertVerifier>)
        }
    };
    let mut config = config.with_cert_resolver(Arc::clone(&files) as Arc<dyn ResolvesServerCert>);
    if authority.is_some() {
        // A session that is resumed proves nothing: its client's certificate may be over, or its authority gone.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    let ops = for_anybody()?.with_cert_resolver(Arc::clone(&files) as Arc<dyn ResolvesServerCert>);
    Ok(TlsSetUp {
        config: http(config),
        ops: http(ops),
        fingerprint: None,
        keeper: Keeper::Files(files, authority),
    })
}

/// The certificate that the server gets itself.
pub(crate) fn acme_tls(config: AcmeConfig, data: &Path) -> Result<TlsSetUp, TlsError> {
    let acme = Arc::new(Acme::open(config, data, Clock).map_err(TlsError::Acme)?);
    let with_it = || -> Result<ServerConfig, TlsError> {
        Ok(for_anybody()?.with_cert_resolver(Arc::clone(&acme) as Arc<dyn ResolvesServerCert>))
    };
    let mut config = with_it()?;
    config.alpn_protocols = vec![b"http/1.1".to_vec(), PROOF_PROTOCOL.to_vec()];
    let ops = http(with_it()?);
    Ok(TlsSetUp { config: Arc::new(config), ops, fingerprint: None, keeper: Keeper::Acme(acme) })
}

/// A certificate and its key in files, as they were read last.
#[derive(Debug)]
pub(crate) struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    current: Live<Read>,
}

/// What the files held, and in which state they were.
#[derive(Debug)]
struct Read {
    certified: Arc<CertifiedKey>,
    stamps: [Stamp; 2],
}

impl Read {
    fn from(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        // Before reading: a change while reading is noticed later.
        let stamps = [Stamp::of(certificate), Stamp::of(key)];
        let bad_pem = |path: &Path| TlsError::Unusable { path: path.display().to_string() };
        let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
        let chain: Vec<CertificateDer<'static>> = chain.map_err(|_| bad_pem(certificate))?;
        let first = chain.first().ok_or_else(|| bad_pem(certificate))?;
        let (_, parsed) = parse_x509_certificate(first).map_err(|_| bad_pem(certificate))?;
        let now = i64::try_from(Clock.now_s()).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
        if !now.is_some_and(|now| parsed.validity().is_valid_at(now)) {
            return Err(TlsError::Outdated {
                path: certificate.display().to_string(),
                from: parsed.validity().not_before.to_string(),
                until: parsed.validity().not_after.to_string(),
            });
        }
        let pem = identity::read_private(key).map_err(TlsError::Key)?;
        let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| bad_pem(key))?;
        let certified = CertifiedKey::from_der(chain, private, &provider()).map_err(TlsError::Rustls)?;
        Ok(Self { certified: Arc::new(certified), stamps })
    }

    fn is_past(&self) -> bool {
        self.stamps.iter().any(Stamp::is_past)
    }
}

impl CertificateFiles {
    fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let current = Live::new(Read::from(&certificate, &key)?);
        Ok(Self { certificate, key, current })
    }

    /// Reads the files again if they changed.
    pub(crate) fn refresh(&self) -> Result<bool, TlsError> {
        self.current.refresh(Read::is_past, || Read::from(&self.certificate, &self.key))
    }
}

impl ResolvesServerCert for CertificateFiles {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.current().certified))
    }
}

/// Who vouches for clients, in a file that is read again when it changes: both the old and the new authority can be in it
/// while one replaces the other.
#[derive(Debug)]
pub(crate) struct ClientAuthority {
    path: PathBuf,
    current: Live<ReadAuthority>,
}

#[derive(Debug)]
struct ReadAuthority {
    verifier: Arc<dyn ClientCertVerifier>,
    stamp: Stamp,
}

impl ReadAuthority {
    fn from(path: &Path) -> Result<Self, TlsError> {
        let stamp = Stamp::of(path);
        let unusable = || TlsError::Authority { path: path.display().to_string() };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unusable())? {
            roots.add(certificate.map_err(|_| unusable())?).map_err(|_| unusable())?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        // Fails without a single root.
        Ok(Self { verifier: verifier.build().map_err(|_| unusable())?, stamp })
    }
}

impl ClientAuthority {
    fn open(path: PathBuf) -> Result<Self, TlsError> {
        let current = Live::new(ReadAuthority::from(&path)?);
        Ok(Self { path, current })
    }

    /// Reads the file again if it changed.
    pub(crate) fn refresh(&self) -> Result<bool, TlsError> {
        self.current.refresh(|read| read.stamp.is_past(), || ReadAuthority::from(&self.path))
    }
}

impl ClientCertVerifier for ClientAuthority {
    /// A hint for clients with several certificates; ours have one.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.current.current().verifier.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.current.current().verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.current.current().verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.current.current().verifier.supported_verify_schemes()
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TlsError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| TlsError::File { path: path.display().to_string(), source };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// The address under which others on the network reach a listener. Asking the routing table sends no packet.
pub(crate) fn network_address(listener: SocketAddr) -> IpAddr {
    if !listener.ip().is_unspecified() {
        return listener.ip();
    }
    // An address of the documentation range (RFC 5737): it only has to lie behind the default route.
    let routed = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    routed.map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip())
}
