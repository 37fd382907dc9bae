//! A database server: PostgreSQL, over TLS that proves both ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection as _};
use tokio::time::Instant;

use crate::error::{StoreError, database};

/// Each form of the database, oldest first; each does what the one of the same number does to the embedded database.
const MIGRATIONS: [&str; 10] = [
    include_str!("../../migrations/postgres/0001_tables_events_people.sql"),
    include_str!("../../migrations/postgres/0002_order_answers.sql"),
    include_str!("../../migrations/postgres/0003_prove_writing.sql"),
    include_str!("../../migrations/postgres/0004_answers_without_index.sql"),
    include_str!("../../migrations/postgres/0005_ended_sessions.sql"),
    include_str!("../../migrations/postgres/0006_accounts.sql"),
    include_str!("../../migrations/postgres/0007_mail.sql"),
    include_str!("../../migrations/postgres/0008_uploads_and_notices.sql"),
    include_str!("../../migrations/postgres/0009_audit_trail.sql"),
    include_str!("../../migrations/postgres/0010_deleted_tables.sql"),
];

/// Connections beside the one that appends.
const CONNECTIONS_MAX: u32 = 8;

/// How long a connection is waited for, and how old one gets.
const ACQUIRE_MAX: Duration = Duration::from_secs(5);
const AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// What every connection begins with. A statement ends before whoever waits for it gives up; a commit is on the disk (and
/// on a standby, if the server is set up so) when it is told; names mean ours.
const SETTINGS: &str = "set statement_timeout = '10s'; set lock_timeout = '5s'; \
    set idle_in_transaction_session_timeout = '30s'; set search_path = wardlight; \
    select set_config('synchronous_commit', 'on', false) \
        where current_setting('synchronous_commit') in ('off', 'local')";

/// Which database, and how it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostgresConfig {
    /// A name, an address, or the directory of a socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database's name.
    pub database: String,
    /// How the server proves itself to it.
    pub access: PostgresAccess,
}

/// What opens the database. It may be replaced while the store is open.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAccess {
    /// A role that may log in.
    pub username: String,
    /// Its password, if it needs one.
    pub password: Option<String>,
    /// Certificates; without them a connection is not encrypted.
    pub tls: Option<PostgresTls>,
}

/// Certificates of a connection, as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresTls {
    /// Of the authority that vouches for the database's name.
    pub authority: Vec<u8>,
    /// Our own certificate and its key, if the database asks for one.
    pub own: Option<(Vec<u8>, Vec<u8>)>,
}

impl std::fmt::Debug for PostgresAccess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PostgresAccess").field("username", &self.username).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PostgresTls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PostgresTls").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Postgres {
    pub(super) pool: PgPool,
    pub(super) writer: PgPool,
    config: Mutex<PostgresConfig>,
    /// Connections that were made before that are not used any more.
    renewed: Arc<Mutex<Instant>>,
}

impl Postgres {
    pub(crate) async fn open(config: &PostgresConfig) -> Result<Self, StoreError> {
        let step = "open the database";
        let options = options(config);
        let mut first = connect(&options).await.map_err(database(step))?;
        migrate(&mut first).await?;
        first.close().await.map_err(database(step))?;
        let renewed = Arc::new(Mutex::new(Instant::now()));
        let pool = |connections| {
            let renewed = Arc::clone(&renewed);
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_MAX)
                .max_lifetime(AGE_MAX)
                .after_connect(|connection, _| Box::pin(set_up(connection)))
                .before_acquire(move |_, connection| {
                    let renewed = *renewed.lock().unwrap_or_else(PoisonError::into_inner);
                    let is_of_today = connection.age < renewed.elapsed();
                    Box::pin(async move { Ok(is_of_today) })
                })
        };
        Ok(Self {
            pool: pool(CONNECTIONS_MAX).connect_lazy_with(options.clone()),
            // Whoever appends finds out by beginning.
            writer: pool(1).test_before_acquire(false).connect_lazy_with(options),
            config: Mutex::new(config.clone()),
            renewed,
        })
    }

    /// Uses another access from now on, if it opens the database; says whether it is another. Connections of the one
    /// before are closed when their turn comes, none in the middle of something.
    pub(crate) async fn renew(&self, access: PostgresAccess) -> Result<bool, StoreError> {
        let mut config = self.config().clone();
        if config.access == access {
            return Ok(false);
        }
        config.access = access;
        let options = options(&config);
        let step = "open the database with the new access";
        let tried = connect(&options).await.map_err(database(step))?;
        tried.close().await.map_err(database(step))?;
        *self.config() = config;
        self.pool.set_connect_options(options.clone());
        self.writer.set_connect_options(options);
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(true)
    }

    fn config(&self) -> std::sync::MutexGuard<'_, PostgresConfig> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn options(config: &PostgresConfig) -> PgConnectOptions {
    // Nothing comes from the environment or from a file of passwords: what is not named here has no say.
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(config.port)
        .username(&config.access.username)
        .password(config.access.password.as_deref().unwrap_or_default())
        .database(&config.database)
        .application_name("wardlight")
        .disable_statement_logging();
    options =
        if config.host.starts_with('/') { options.socket(&config.host) } else { options.host(&config.host) };
    let Some(tls) = &config.access.tls else { return options.ssl_mode(PgSslMode::Disable) };
    options = options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert_from_pem(tls.authority.clone());
    match &tls.own {
        Some((certificate, key)) => {
            options.ssl_client_cert_from_pem(certificate).ssl_client_key_from_pem(key)
        }
        None => options,
    }
}

/// A connection that belongs to no pool.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let connected = tokio::time::timeout(ACQUIRE_MAX, options.connect()).await;
    connected.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

async fn set_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SETTINGS).execute(connection).await.map(drop)
}

/// Brings the database to the newest form.
async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    let step = "bring the database up to date";
    let syncs: String = sqlx::query_scalar("show fsync")
        .fetch_one(&mut *connection)
        .await
        .map_err(database("open the database"))?;
    if syncs != "on" {
        let source = "its fsync is off, and what was stored could be lost".into();
        return Err(StoreError::Unavailable { step: "rely on the database", source });
    }
    // Several programs may start at once: one migrates, the others wait and find it done. The end of the connection frees
    // what a failure left.
    let lock = "begin; select pg_advisory_xact_lock(hashtext('wardlight forms'))";
    sqlx::raw_sql(lock).execute(&mut *connection).await.map_err(database(step))?;
    let found = take_steps(connection).await.map_err(database(step))?;
    sqlx::raw_sql("commit").execute(connection).await.map_err(database(step))?;
    let known = MIGRATIONS.len() as i64;
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

async fn take_steps(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    // Whoever made the schema for us may not have given the right to make schemas.
    let has_schema: bool = sqlx::query_scalar("select to_regnamespace('wardlight') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !has_schema {
        sqlx::raw_sql("create schema wardlight").execute(&mut *connection).await?;
    }
    sqlx::raw_sql(
        "set local search_path = wardlight; create table if not exists form (number bigint not null)",
    )
    .execute(&mut *connection)
    .await?;
    let found: Option<i64> =
        sqlx::query_scalar("select max(number) from form").fetch_one(&mut *connection).await?;
    let found = found.unwrap_or(0);
    let known = MIGRATIONS.len() as i64;
    if found >= known {
        return Ok(found);
    }
    for (_, migration) in (1i64..).zip(MIGRATIONS).filter(|(form, _)| *form > found) {
        sqlx::raw_sql(migration).execute(&mut *connection).await?;
    }
    sqlx::raw_sql("delete from form").execute(&mut *connection).await?;
    sqlx::query("insert into form (number) values ($1)").bind(known).execute(connection).await?;
    Ok(known)
}

/// By the classes of SQLSTATE: what is wrong with the values, what they break, what an append alone ran into, or what did
/// not fit; a full disk may have room for what is smaller.
pub(super) fn concerns_all(code: &str) -> bool {
    const OWN: [&str; 7] = ["21", "22", "23", "40", "42", "54", "P0"];
    const FULL: &str = "53100";
    code != FULL && !OWN.iter().any(|class| code.starts_with(class))
}
