//! Where a test's data lies.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use store::{PostgresAccess, PostgresConfig, PostgresTls};

use super::*;

/// A database of a test's own: in a file, or on a server.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) postgres: Option<PostgresConfig>,
}

/// A server that ends with this process, or when it is dropped: its standard input ends then.
pub(crate) struct Cluster {
    pub(crate) home: PathBuf,
    child: Child,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");
        let mut child = Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut home = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut home).unwrap();
        assert!(!home.is_empty(), "scripts/postgres.sh started no server");
        Self { home: PathBuf::from(home.trim()), child }
    }

    /// The one of all tests that need none of their own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.home.join(file)).unwrap()
    }

    fn word(&self, file: &str) -> String {
        String::from_utf8(self.read(file)).unwrap()
    }

    /// What opens it to a role, with the certificates of a client.
    pub(crate) fn access(&self, role: &str, client: &str) -> PostgresAccess {
        let own = (self.read(&format!("{client}/tls.crt")), self.read(&format!("{client}/tls.key")));
        PostgresAccess {
            username: self.word(&format!("{role}/username")),
            password: Some(self.word(&format!("{role}/password"))),
            tls: Some(PostgresTls { authority: self.read("ca.crt"), own: Some(own) }),
        }
    }

    /// As whoever runs the server, over its socket.
    pub(crate) async fn operator(&self, database: &str) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(self.home.join("socket"))
            .port(self.word("port").parse().unwrap())
            .username("postgres")
            .database(database)
            .ssl_mode(PgSslMode::Disable);
        options.connect().await.unwrap()
    }

    pub(crate) async fn say(&self, database: &str, statements: &str) {
        let mut connection = self.operator(database).await;
        let statements = sqlx::AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// A new, empty database.
    pub(crate) async fn database(&self) -> PostgresConfig {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!("world_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.say("postgres", &format!("create database {database} owner wardlight template template0")).await;
        PostgresConfig {
            host: "localhost".to_owned(),
            port: self.word("port").parse().unwrap(),
            database,
            access: self.access("a", "client"),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

impl World {
    pub(crate) fn embedded() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub(crate) async fn server() -> Self {
        let postgres = Some(Cluster::shared().database().await);
        Self { directory: tempfile::tempdir().unwrap(), postgres }
    }

    pub(crate) fn config(&self) -> StoreConfig {
        StoreConfig { postgres: self.postgres.clone(), ..StoreConfig::at(self.directory.path()) }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.config()).await.unwrap()
    }

    /// Does to the database what no operation of the store does, in the words of each.
    pub(crate) async fn damage(&self, embedded: &'static str, server: &'static str) {
        match &self.postgres {
            None => {
                let mut connection = beside(self.directory.path()).await;
                sqlx::raw_sql(embedded).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Some(postgres) => {
                let statements = format!("set search_path = wardlight; {server}");
                Cluster::shared().say(&postgres.database, &statements).await;
            }
        }
    }

    /// All that a copy of the database holds.
    pub(crate) async fn contents(&self) -> Vec<u8> {
        let copy = self.directory.path().join("copy");
        let Some(postgres) = &self.postgres else {
            std::fs::create_dir(self.directory.path().join("keys")).unwrap();
            store::backup(self.directory.path(), &copy).await.unwrap();
            return std::fs::read(copy.join("wardlight.sqlite")).unwrap();
        };
        let dump = Command::new("/usr/lib/postgresql/15/bin/pg_dump")
            .arg("--host")
            .arg(Cluster::shared().home.join("socket"))
            .args(["--port", &postgres.port.to_string(), "--username", "postgres", &postgres.database])
            .output()
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        dump.stdout
    }
}

/// A second connection to the embedded database.
pub(crate) async fn beside(directory: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(directory.join("wardlight.sqlite")).connect().await.unwrap()
}
