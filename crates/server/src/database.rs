//! How a database server is reached: by its address, and by secrets in files that are read again when they change.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use identity::{KeyError, Stamp};
use store::{PostgresAccess, PostgresConfig, PostgresTls, Store, StoreConfig, StoreError};
use url::Url;

/// Which database server, and where its secrets lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseConfig {
    host: String,
    port: u16,
    name: String,
    credentials: PathBuf,
    tls: Option<PathBuf>,
}

/// A database server cannot be used so.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseConfigError {
    /// The address.
    #[error("--database: give an address such as postgres://db.example:5432/wardlight, {0}")]
    Address(&'static str),
    /// Where the role and its password are.
    #[error("--database needs --database-credentials: a directory with the files username and password")]
    NoCredentials,
    /// A network that others can listen to.
    #[error(
        "--database on another machine needs --database-tls: a directory with ca.crt, and tls.crt and tls.key of ours"
    )]
    NoTls,
    /// Secrets for nothing.
    #[error("--database-credentials and --database-tls need --database")]
    Unused,
}

/// A file of the database's secrets.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFileError {
    /// It cannot be read.
    #[error("could not read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not private.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It does not hold what it should.
    #[error("{path} is not {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// The database does not take what they hold.
    #[error("the database does not take the new secrets")]
    Store(#[from] StoreError),
}

impl DatabaseConfig {
    /// Puts the options together; `None` without a database server.
    pub(crate) fn load(
        url: Option<String>,
        credentials: Option<PathBuf>,
        tls: Option<PathBuf>,
    ) -> Result<Option<Self>, DatabaseConfigError> {
        let Some(url) = url else {
            let is_unused = credentials.is_some() || tls.is_some();
            return if is_unused { Err(DatabaseConfigError::Unused) } else { Ok(None) };
        };
        let bad = DatabaseConfigError::Address;
        let url = Url::parse(&url).map_err(|_| bad("with a scheme and a name"))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(bad("beginning with postgres://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("without a user and a password, which are files of --database-credentials"));
        }
        let name = url.path().trim_start_matches('/').to_owned();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(bad("with the database's name at the end"));
        }
        // A socket's directory does not fit into the place of a host.
        let socket = url.query_pairs().find(|(key, _)| key == "host").map(|(_, path)| path.into_owned());
        if url.query_pairs().count() > usize::from(socket.is_some()) || url.fragment().is_some() {
            return Err(bad("without options, but for ?host=/directory of a socket"));
        }
        let (host, is_here) = match (url.host_str(), socket) {
            (None | Some(""), Some(socket)) if socket.starts_with('/') => (socket, true),
            (Some(host), None) if !host.is_empty() => {
                let host = host.trim_matches(['[', ']']);
                // A name is not known to lead here.
                let is_here = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
                (host.to_owned(), is_here)
            }
            _ => return Err(bad("with a host, or ?host=/directory of a socket")),
        };
        let credentials = credentials.ok_or(DatabaseConfigError::NoCredentials)?;
        if tls.is_none() && !is_here {
            return Err(DatabaseConfigError::NoTls);
        }
        Ok(Some(Self { host, port: url.port().unwrap_or(5432), name, credentials, tls }))
    }

    /// What the files hold now.
    fn access(&self) -> Result<PostgresAccess, DatabaseFileError> {
        let path = self.credentials.join("username");
        let username = read(&path)?;
        let username = word(&username).ok_or(DatabaseFileError::Content { path, what: "a role's name" })?;
        let path = self.credentials.join("password");
        let password = match identity::read_private(&path) {
            Ok(password) => {
                Some(word(&password).ok_or(DatabaseFileError::Content { path, what: "a password" })?)
            }
            // A socket may know who we are.
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let tls = self.tls.as_deref().map(certificates).transpose()?;
        Ok(PostgresAccess { username, password, tls })
    }

    fn stamps(&self) -> Vec<Stamp> {
        let of_credentials = ["username", "password"].map(|name| self.credentials.join(name));
        let of_tls =
            self.tls.iter().flat_map(|tls| ["ca.crt", "tls.crt", "tls.key"].map(|name| tls.join(name)));
        of_credentials.into_iter().chain(of_tls).map(|path| Stamp::of(&path)).collect()
    }
}

/// The certificates of a directory, by the names that a mounted secret has.
fn certificates(directory: &Path) -> Result<PostgresTls, DatabaseFileError> {
    let authority = read(&directory.join("ca.crt"))?;
    let (certificate, key) = (directory.join("tls.crt"), directory.join("tls.key"));
    let own = if certificate.exists() || key.exists() {
        Some((read(&certificate)?, identity::read_private(&key)?.to_vec()))
    } else {
        None
    };
    Ok(PostgresTls { authority, own })
}

fn read(path: &Path) -> Result<Vec<u8>, DatabaseFileError> {
    std::fs::read(path).map_err(|source| DatabaseFileError::File { path: path.to_path_buf(), source })
}

/// The one line of a file.
fn word(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches(['\r', '\n']);
    let is_one = !text.is_empty() && !text.contains(['\r', '\n', '\0']);
    is_one.then(|| text.to_owned())
}

/// Where the data lies.
pub(crate) fn store_config(
    data: &Path,
    database: Option<&DatabaseConfig>,
) -> Result<StoreConfig, DatabaseFileError> {
    let postgres = database.map(|config| {
        Ok::<_, DatabaseFileError>(PostgresConfig {
            host: config.host.clone(),
            port: config.port,
            database: config.name.clone(),
            access: config.access()?,
        })
    });
    Ok(StoreConfig { postgres: postgres.transpose()?, ..StoreConfig::at(data) })
}

/// Has the store follow the files.
pub(crate) struct DatabaseFiles {
    config: DatabaseConfig,
    store: Store,
    /// Of what is in use.
    stamps: Mutex<Vec<Stamp>>,
}

impl DatabaseFiles {
    /// To be made before the files are read for the store.
    pub(crate) fn new(config: DatabaseConfig, store: Store, stamps: Vec<Stamp>) -> Self {
        Self { config, store, stamps: Mutex::new(stamps) }
    }

    /// Uses what the files hold, if they changed. What the database does not take leaves that of before in use, and is
    /// tried again: files are often there before the database knows of it.
    ///
    /// Not on a thread of the runtime, which it waits for.
    pub(crate) fn refresh(&self, runtime: &tokio::runtime::Handle) -> Result<bool, DatabaseFileError> {
        let is_past = self.stamps.lock().unwrap_or_else(PoisonError::into_inner).iter().any(Stamp::is_past);
        if !is_past {
            return Ok(false);
        }
        // Before reading: a change while reading is noticed later.
        let stamps = self.config.stamps();
        let access = self.config.access()?;
        let is_new = runtime.block_on(self.store.renew_access(access))?;
        *self.stamps.lock().unwrap_or_else(PoisonError::into_inner) = stamps;
        Ok(is_new)
    }
}

/// In which state the files are.
pub(crate) fn stamps(database: Option<&DatabaseConfig>) -> Vec<Stamp> {
    database.map(DatabaseConfig::stamps).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(url: &str, tls: bool) -> Result<Option<DatabaseConfig>, DatabaseConfigError> {
        DatabaseConfig::load(Some(url.to_owned()), Some(PathBuf::from("c")), tls.then(|| PathBuf::from("t")))
    }

    #[test]
    fn an_address_names_a_host_or_a_socket_and_a_database() {
        let config = load("postgres://db.example/wardlight", true).unwrap().unwrap();
        assert_eq!(
            (config.host.as_str(), config.port, config.name.as_str()),
            ("db.example", 5432, "wardlight")
        );
        let config = load("postgresql://[::1]:5433/w", false).unwrap().unwrap();
        assert_eq!((config.host.as_str(), config.port), ("::1", 5433));
        let config = load("postgres:///w?host=/run/postgresql", false).unwrap().unwrap();
        assert_eq!(config.host, "/run/postgresql");
        for bad in [
            "db.example",
            "mysql://db.example/w",
            "postgres://db.example",
            "postgres://ada:secret@db.example/w",
            "postgres://db.example/w?sslmode=disable",
            "postgres:///w?host=run",
            "postgres:///w?host=/run&sslmode=disable",
            "postgres://db.example/w'--",
        ] {
            assert!(matches!(load(bad, true), Err(DatabaseConfigError::Address(_))), "{bad}");
        }
    }

    #[test]
    fn what_others_could_listen_to_is_encrypted() {
        assert!(matches!(load("postgres://db.example/w", false), Err(DatabaseConfigError::NoTls)));
        // A name is not known to be here.
        assert!(matches!(load("postgres://localhost/w", false), Err(DatabaseConfigError::NoTls)));
        assert!(matches!(load("postgres://10.0.0.7/w", false), Err(DatabaseConfigError::NoTls)));
        assert!(load("postgres://127.0.0.1/w", false).is_ok());
        let url = || Some("postgres://127.0.0.1/w".to_owned());
        let none = DatabaseConfig::load(url(), None, None);
        assert!(matches!(none, Err(DatabaseConfigError::NoCredentials)));
        let unused = DatabaseConfig::load(None, Some(PathBuf::from("c")), None);
        assert!(matches!(unused, Err(DatabaseConfigError::Unused)));
    }

    #[test]
    fn secrets_are_private_words() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let config = DatabaseConfig {
            credentials: directory.path().to_path_buf(),
            ..load("postgres://[::1]/w", false).unwrap().unwrap()
        };
        assert!(matches!(config.access(), Err(DatabaseFileError::File { .. })), "no username");
        std::fs::write(at("username"), "ada\n").unwrap();
        assert_eq!(config.access().unwrap().password, None);
        std::fs::write(at("password"), "secret").unwrap();
        let mode =
            |mode| std::fs::set_permissions(at("password"), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert!(matches!(config.access(), Err(DatabaseFileError::Key(KeyError::Readable(_)))));
        mode(0o600);
        let access = config.access().unwrap();
        assert_eq!((access.username.as_str(), access.password.as_deref()), ("ada", Some("secret")));
        assert!(!format!("{access:?}").contains("secret"));
        for bad in ["", "\n", "a\nb"] {
            std::fs::write(at("password"), bad).unwrap();
            assert!(matches!(config.access(), Err(DatabaseFileError::Content { .. })), "{bad:?}");
        }
    }
}
