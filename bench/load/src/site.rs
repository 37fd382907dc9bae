//! Where a server is reached: at an address, in the open or over TLS with its certificate checked.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Error;

/// A connection, whatever protects it.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A server as its visitors know it.
#[derive(Clone)]
pub struct Site {
    /// Where connections go.
    pub address: SocketAddr,
    secure: Option<Secure>,
}

#[derive(Clone)]
struct Secure {
    /// With the port, if it is not the usual one.
    host: String,
    name: ServerName<'static>,
    connector: TlsConnector,
}

impl Site {
    /// In the open, known by its address.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, secure: None }
    }

    /// Over TLS under `host`, a name with a port or without; the certificates in the file `authority` vouch for it.
    pub fn secure(address: SocketAddr, host: &str, authority: &Path) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority)? {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = host.split_once(':').map_or(host, |(name, _)| name).to_owned();
        let secure = Secure {
            host: host.to_owned(),
            name: ServerName::try_from(name)?,
            connector: TlsConnector::from(Arc::new(config)),
        };
        Ok(Self { address, secure: Some(secure) })
    }

    /// What a request names as its host.
    pub fn host(&self) -> String {
        self.secure.as_ref().map_or_else(|| self.address.to_string(), |secure| secure.host.clone())
    }

    /// The origin that its pages have.
    pub fn origin(&self) -> String {
        let scheme = if self.secure.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.host())
    }

    /// The address of its socket.
    pub(crate) fn socket(&self) -> String {
        let scheme = if self.secure.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}/api/v1/socket", self.host())
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, Error> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(match &self.secure {
            None => Box::new(stream),
            Some(secure) => Box::new(secure.connector.connect(secure.name.clone(), stream).await?),
        })
    }
}
