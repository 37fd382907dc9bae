//! A PostgreSQL server for tests, of this crate and of those above it.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{PostgresAccess, PostgresConfig, PostgresTls};

/// A server that ends with this process, or when it is dropped: its standard input ends then. What lies in its directory
/// is told in `scripts/postgres.sh`.
#[derive(Debug)]
pub struct PostgresServer {
    home: PathBuf,
    child: Child,
}

impl PostgresServer {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// If the script that starts it does not.
    pub fn start() -> io::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");
        let mut child = Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut home = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut home)?;
        }
        if home.is_empty() {
            return Err(io::Error::other("scripts/postgres.sh started no server"));
        }
        Ok(Self { home: PathBuf::from(home.trim()), child })
    }

    /// The one of all tests of a process that need none of their own.
    ///
    /// # Panics
    /// If it does not start: without it no test that asks for it means anything.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "tests may fail so")]
        SHARED.get_or_init(|| Self::start().expect("a PostgreSQL server"))
    }

    /// Its directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What a file of its directory holds.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.home.join(file))
    }

    fn word(&self, file: &str) -> io::Result<String> {
        String::from_utf8(self.read(file)?).map_err(io::Error::other)
    }

    /// Its port.
    ///
    /// # Errors
    /// If the directory is gone.
    pub fn port(&self) -> io::Result<u16> {
        self.word("port")?.parse().map_err(io::Error::other)
    }

    /// What opens it to a role (`a` or `b`), with the certificates of a client.
    ///
    /// # Errors
    /// If there is no such role or client.
    pub fn access(&self, role: &str, client: &str) -> io::Result<PostgresAccess> {
        let own = (self.read(&format!("{client}/tls.crt"))?, self.read(&format!("{client}/tls.key"))?);
        Ok(PostgresAccess {
            username: self.word(&format!("{role}/username"))?,
            password: Some(self.word(&format!("{role}/password"))?),
            tls: Some(PostgresTls { authority: self.read("ca.crt")?, own: Some(own) }),
        })
    }

    /// Runs statements as whoever runs the server.
    ///
    /// # Errors
    /// If one of them fails.
    pub fn say(&self, database: &str, statements: &str) -> io::Result<()> {
        let done = Command::new("psql")
            .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--username=postgres"])
            .arg(format!("--host={}", self.home.join("socket").display()))
            .arg(format!("--port={}", self.port()?))
            .arg(format!("--dbname={database}"))
            .arg("--output=/dev/null")
            .arg(format!("--command={statements}"))
            .stderr(Stdio::piped())
            .output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()))
    }

    /// A new, empty database, opened as the role `a`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn database(&self) -> io::Result<PostgresConfig> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!("world_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.say("postgres", &format!("create database {database} owner wardlight template template0"))?;
        Ok(PostgresConfig {
            host: "localhost".to_owned(),
            port: self.port()?,
            database,
            access: self.access("a", "client")?,
        })
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
