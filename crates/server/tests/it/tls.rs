//! TLS with a certificate in files: served, changed while people play, refused when it does not work.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use load::Error;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::config::{Config, ConfigError, ServeOptions, Tls};
use server::serve::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::{options, start_with};

type Outcome = Result<(), Error>;

pub(crate) const HOST: &str = "table.example";

/// A certificate for the host and its key, in files as an authority's tool would leave them.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn at(directory: &Path) -> Result<Self, Error> {
        let files = Self { certificate: directory.join("cert.pem"), key: directory.join("key.pem") };
        files.renew()?;
        Ok(files)
    }

    /// Replaces both, and gives the new certificate.
    fn renew(&self) -> Result<String, Error> {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()])?;
        for (path, text) in
            [(&self.key, made.signing_key.serialize_pem()), (&self.certificate, made.cert.pem())]
        {
            let beside = path.with_extension("new");
            std::fs::write(&beside, text)?;
            std::fs::set_permissions(&beside, PermissionsExt::from_mode(0o600))?;
            std::fs::rename(&beside, path)?;
        }
        Ok(made.cert.pem())
    }

    fn options(&self, data: &Path) -> ServeOptions {
        ServeOptions {
            tls: Some(Tls::Files),
            tls_listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            tls_cert: Some(self.certificate.clone()),
            tls_key: Some(self.key.clone()),
            public_url: vec![format!("https://{HOST}")],
            ..options(data)
        }
    }
}

/// Who connects to a server whose certificate is vouched for by `trusted`, and shows one too.
pub(crate) fn connector(
    trusted: &str,
    own: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>,
    resumption: Resumption,
) -> Result<TlsConnector, Error> {
    Ok(TlsConnector::from(Arc::new(client(trusted, own, resumption)?)))
}

/// Whoever offers to speak these protocols.
pub(crate) fn offering(trusted: &str, protocols: &[&str]) -> Result<TlsConnector, Error> {
    let mut config = client(trusted, None, Resumption::disabled())?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn client(
    trusted: &str,
    own: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>,
    resumption: Resumption,
) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots);
    let mut config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::try_from(own.signing_key.serialize_der())?;
            builder.with_client_auth_cert(vec![own.cert.der().clone()], key)?
        }
    };
    config.resumption = resumption;
    Ok(config)
}

/// The answer to a request for the page, from whoever shows this certificate.
async fn ask(address: SocketAddr, trusted: &str) -> Result<String, Error> {
    ask_as(address, trusted, None).await
}

/// The same, asked by somebody who shows a certificate too.
async fn ask_as(
    address: SocketAddr,
    trusted: &str,
    own: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>,
) -> Result<String, Error> {
    // Whoever resumes is shown no certificate.
    ask_through(address, &connector(trusted, own, Resumption::disabled())?).await
}

async fn ask_through(address: SocketAddr, connector: &TlsConnector) -> Result<String, Error> {
    let stream = TcpStream::connect(address).await?;
    let mut stream = connector.connect(ServerName::try_from(HOST)?, stream).await?;
    let request = format!("GET /api/v1/tables HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8(answer)?)
}

/// What a TLS listener says to somebody without TLS.
async fn ask_plainly(address: SocketAddr, target: &str, host: &str) -> Result<String, Error> {
    let mut plain = TcpStream::connect(address).await?;
    let request = format!("{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    plain.write_all(request.as_bytes()).await?;
    let mut told = String::new();
    plain.read_to_string(&mut told).await?;
    Ok(told)
}

/// A connection to whoever shows a certificate that is trusted, under a name.
async fn connected(
    address: Option<SocketAddr>,
    trusted: &Path,
    name: &'static str,
) -> Result<TlsStream<TcpStream>, Error> {
    let connector = connector(&std::fs::read_to_string(trusted)?, None, Resumption::disabled())?;
    let stream = TcpStream::connect(address.ok_or("no TLS")?).await?;
    Ok(connector.connect(ServerName::try_from(name)?, stream).await?)
}

#[tokio::test]
async fn the_fingerprint_that_is_told_is_that_of_the_certificate_that_is_shown() -> Outcome {
    let directory = tempfile::tempdir()?;
    let listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let settings =
        ServeOptions { tls: Some(Tls::SelfSigned), tls_listen: listen, ..options(directory.path()) };
    let server = start_with(settings).await;
    let stream = connected(server.tls, &directory.path().join("keys/local.crt.pem"), "localhost").await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).ok_or("none is shown")?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, shown);
    let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(server.links.fingerprint.as_deref(), Some(bytes.join(":").as_str()));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn keys_are_agreed_on_in_a_way_that_a_quantum_computer_does_not_undo() -> Outcome {
    let directory = tempfile::tempdir()?;
    let files = Files::at(directory.path())?;
    let server = start_with(files.options(&directory.path().join("data"))).await;
    let stream = connected(server.tls, &files.certificate, HOST).await?;
    let group = stream.get_ref().1.negotiated_key_exchange_group().map(|group| group.name());
    assert_eq!(group, Some(rustls::NamedGroup::X25519MLKEM768));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn who_comes_without_tls_is_led_to_it_and_the_interface_is_not() -> Outcome {
    let directory = tempfile::tempdir()?;
    let files = Files::at(directory.path())?;
    let server = start_with(files.options(&directory.path().join("data"))).await;
    let address = server.tls.ok_or("no TLS")?;
    for host in [HOST, "evil.example"] {
        let told = ask_plainly(address, "GET /table/1?x=2", host).await?;
        assert!(told.starts_with("HTTP/1.1 301 "), "{told}");
        assert!(told.contains(&format!("location: https://{HOST}/table/1?x=2\r\n")), "{told}");
        assert!(told.contains("content-security-policy") && !told.contains("strict-transport-security"));
    }
    for target in ["GET /api/v1/tables", "POST /api/v1/join", "POST /", "GET /.well-known/jwks.json"] {
        let told = ask_plainly(address, target, HOST).await?;
        assert!(told.starts_with("HTTP/1.1 400 ") && !told.contains("location:"), "{target}: {told}");
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_certificate_in_files_is_served_and_renewed_without_a_restart() -> Outcome {
    let directory = tempfile::tempdir()?;
    let files = Files::at(directory.path())?;
    let first = std::fs::read_to_string(&files.certificate)?;
    let server = start_with(files.options(&directory.path().join("data"))).await;
    let address = server.tls.ok_or("no TLS")?;
    let answer = ask(address, &first).await?;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    for header in ["strict-transport-security: max-age=63072000", "reporting-endpoints: "] {
        assert!(answer.contains(header), "{answer}");
    }
    assert!(server.links.invite[0].starts_with(&format!("https://{HOST}/join#")));
    // Half a change leaves what works in force.
    std::fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    ask(address, &first).await?;
    let second = files.renew()?;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        if ask(address, &second).await.is_ok() {
            assert!(ask(address, &first).await.is_err(), "the old one is shown no more");
            server.stop().await;
            return Ok(());
        }
    }
    Err("fifteen seconds later the old certificate is still shown".into())
}

#[tokio::test]
async fn a_certificate_that_does_not_work_is_refused_at_the_start() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let files = Files::at(directory.path())?;
    let refused = async |change: &dyn Fn()| -> Result<String, Error> {
        files.renew()?;
        change();
        let config = Config::load(files.options(&data))?;
        let error = Server::build(&config).await.err().ok_or("it started")?;
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Ok(text)
    };
    let open = || std::fs::set_permissions(&files.key, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(refused(&open).await?.contains("chmod 600"));
    let other = || {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    };
    assert!(refused(&other).await?.contains("do not work together"));
    let no_pem = || std::fs::write(&files.certificate, "hello").unwrap();
    assert!(refused(&no_pem).await?.contains("cert.pem is not PEM"));
    let expired = || {
        let mut params = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2_001, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
    };
    assert!(refused(&expired).await?.contains("which is not now"));
    let gone = || std::fs::remove_file(&files.key).unwrap();
    assert!(refused(&gone).await?.contains("key.pem"));
    Ok(())
}

#[test]
fn files_need_their_names_and_an_address() {
    let files = || ServeOptions { tls: Some(Tls::Files), ..ServeOptions::default() };
    assert!(matches!(Config::load(files()), Err(ConfigError::NoCertificate)));
    let idle = ServeOptions { tls_key: Some("b".into()), ..ServeOptions::default() };
    assert!(matches!(Config::load(idle), Err(ConfigError::UnusedCertificate)));
    let named = ServeOptions { tls_cert: Some("a".into()), tls_key: Some("b".into()), ..files() };
    assert!(matches!(Config::load(named), Err(ConfigError::NoPublicUrl)));
}

/// An authority, and certificates by it.
pub(crate) struct Authority(rcgen::CertifiedIssuer<'static, rcgen::KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Ok(Self(rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate()?)?))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn client(&self, end_year: i32) -> Result<rcgen::CertifiedKey<rcgen::KeyPair>, Error> {
        self.issue("edge", end_year, rcgen::ExtendedKeyUsagePurpose::ClientAuth)
    }

    pub(crate) fn issue(
        &self,
        name: &str,
        end_year: i32,
        usage: rcgen::ExtendedKeyUsagePurpose,
    ) -> Result<rcgen::CertifiedKey<rcgen::KeyPair>, Error> {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()])?;
        params.extended_key_usages = vec![usage];
        params.not_after = rcgen::date_time_ymd(end_year, 1, 1);
        let signing_key = rcgen::KeyPair::generate()?;
        let cert = params.signed_by(&signing_key, &self.0)?;
        Ok(rcgen::CertifiedKey { cert, signing_key })
    }
}

#[tokio::test]
async fn with_an_authority_of_clients_nobody_else_gets_in() -> Outcome {
    let directory = tempfile::tempdir()?;
    let files = Files::at(directory.path())?;
    let shown = std::fs::read_to_string(&files.certificate)?;
    let (first, second) = (Authority::new("first")?, Authority::new("second")?);
    let vouching = directory.path().join("clients.pem");
    std::fs::write(&vouching, first.pem())?;
    let options = ServeOptions {
        tls_client_ca: Some(vouching.clone()),
        ..files.options(&directory.path().join("data"))
    };
    let server = start_with(options).await;
    let address = server.tls.ok_or("no TLS")?;
    let good = first.client(4_000)?;
    assert!(ask_as(address, &shown, Some(&good)).await?.starts_with("HTTP/1.1 401"));
    assert!(ask(address, &shown).await.is_err(), "without a certificate");
    assert!(ask_as(address, &shown, Some(&second.client(4_000)?)).await.is_err(), "of another authority");
    assert!(ask_as(address, &shown, Some(&first.client(2_001)?)).await.is_err(), "expired");
    let of_a_server = first.issue("edge", 4_000, rcgen::ExtendedKeyUsagePurpose::ServerAuth)?;
    assert!(ask_as(address, &shown, Some(&of_a_server)).await.is_err(), "for something else");
    let alone = rcgen::generate_simple_self_signed(vec!["edge".to_owned()])?;
    assert!(ask_as(address, &shown, Some(&alone)).await.is_err(), "of its own");
    assert_eq!(ask_plainly(address, "GET /", HOST).await.unwrap_or_default(), "", "without TLS");

    let returning = connector(&shown, Some(&good), Resumption::in_memory_sessions(8))?;
    assert!(ask_through(address, &returning).await?.starts_with("HTTP/1.1 401"));

    // Both authorities for a while, then the new one alone.
    std::fs::write(&vouching, format!("{}{}", first.pem(), second.pem()))?;
    let fresh = second.client(4_000)?;
    wait_until(|| async { ask_as(address, &shown, Some(&fresh)).await.is_ok() }).await?;
    assert!(ask_as(address, &shown, Some(&good)).await.is_ok());
    std::fs::write(&vouching, second.pem())?;
    wait_until(|| async { ask_as(address, &shown, Some(&good)).await.is_err() }).await?;
    assert!(ask_as(address, &shown, Some(&fresh)).await.is_ok());
    assert!(ask_through(address, &returning).await.is_err(), "who was let in before is asked again");
    // What vouches for nobody leaves that of before in force.
    std::fs::write(&vouching, "")?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(ask_as(address, &shown, Some(&fresh)).await.is_ok());
    assert!(ask(address, &shown).await.is_err());
    server.stop().await;
    Ok(())
}

/// Secrets are in force within fifteen seconds.
async fn wait_until<F: Future<Output = bool>>(is_so: impl Fn() -> F) -> Outcome {
    for _ in 0..60 {
        if is_so().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err("not within fifteen seconds".into())
}

#[test]
fn an_authority_of_clients_needs_files_and_holds_one() {
    let unused = ServeOptions { tls_client_ca: Some(PathBuf::from("ca.pem")), ..ServeOptions::default() };
    assert!(matches!(Config::load(unused), Err(ConfigError::UnusedClientAuthority)));
}
