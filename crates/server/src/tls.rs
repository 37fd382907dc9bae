//! TLS for the local network: a certificate of our own, kept in the data directory, recognised by its fingerprint.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

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
    #[error("the certificate and its key do not work together")]
    Rustls(#[source] rustls::Error),
}

/// A TLS set-up and the SHA-256 fingerprint of its certificate, as browsers show it.
pub(crate) struct LocalTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) fingerprint: String,
}

/// The certificate of the data directory; made if there is none, or if it does not name this address.
pub(crate) fn local_tls(directory: &Path, address: IpAddr) -> Result<LocalTls, TlsError> {
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
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Rustls)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(TlsError::Rustls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(LocalTls { config: Arc::new(config), fingerprint })
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
