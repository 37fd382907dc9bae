//! Where a test's data lies.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use store::PostgresConfig;
use store::testing::PostgresServer;

use super::*;

/// A database of a test's own: in a file, or on a server.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) postgres: Option<PostgresConfig>,
}

/// As whoever runs the server, over its socket.
pub(crate) async fn operator(database: &str) -> PgConnection {
    let server = PostgresServer::shared();
    let options = PgConnectOptions::new_without_pgpass()
        .socket(server.home().join("socket"))
        .port(server.port().unwrap())
        .username("postgres")
        .database(database)
        .ssl_mode(PgSslMode::Disable);
    options.connect().await.unwrap()
}

impl World {
    pub(crate) fn embedded() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub(crate) fn server() -> Self {
        let postgres = Some(PostgresServer::shared().database().unwrap());
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
                PostgresServer::shared().say(&postgres.database, &statements).unwrap();
            }
        }
    }

    /// All that a copy of the database holds.
    pub(crate) async fn contents(&self) -> Vec<u8> {
        let copy = self.directory.path().join("copy");
        std::fs::create_dir(self.directory.path().join("keys")).unwrap();
        store::backup(&self.config(), &copy).await.unwrap();
        std::fs::read(copy.join("wardlight.sqlite")).unwrap()
    }
}

/// A second connection to the embedded database.
pub(crate) async fn beside(directory: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(directory.join("wardlight.sqlite")).connect().await.unwrap()
}
