//! The embedded database: SQLite with a write-ahead log and full sync.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Row as _};

use super::{Connection, sql};
use crate::error::{StoreError, database, files};
use crate::{StoreConfig, private};

/// The database's file in the data directory.
pub(crate) const FILE: &str = "wardlight.sqlite";

/// Each form of the database, oldest first.
const MIGRATIONS: [&str; 10] = [
    include_str!("../../migrations/sqlite/0001_tables_events_people.sql"),
    include_str!("../../migrations/sqlite/0002_order_answers.sql"),
    include_str!("../../migrations/sqlite/0003_prove_writing.sql"),
    include_str!("../../migrations/sqlite/0004_answers_without_index.sql"),
    include_str!("../../migrations/sqlite/0005_ended_sessions.sql"),
    include_str!("../../migrations/sqlite/0006_accounts.sql"),
    include_str!("../../migrations/sqlite/0007_mail.sql"),
    include_str!("../../migrations/sqlite/0008_uploads_and_notices.sql"),
    include_str!("../../migrations/sqlite/0009_audit_trail.sql"),
    include_str!("../../migrations/sqlite/0010_deleted_tables.sql"),
];

/// How often a busy file is tried again, and after how long.
const OPEN_TRIES_MAX: u32 = 100;
const OPEN_WAIT: Duration = Duration::from_millis(50);

/// So much room must be left, in bytes: a batch of events, with its frames in the log, fits well.
const ROOM_BYTES: u64 = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Sqlite {
    pub(super) pool: SqlitePool,
    /// The one connection that appends: it waits for no reader.
    pub(super) writer: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let step = "open the database";
        let file = config.directory.join(FILE);
        // SQLite gives the files beside it the same mode; those of an older program may be there.
        private::file(&file).map_err(files(step))?;
        for beside in ["-wal", "-shm"] {
            let beside = config.directory.join(format!("{FILE}{beside}"));
            private::close_to_others(&beside).map_err(files(step))?;
        }
        let options = options(&file, config.pages_max);
        let mut first = patiently(|| options.connect()).await.map_err(database(step))?;
        migrate(&mut first).await?;
        let pool = |connections| {
            let pool = SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(5))
                // A file does not hang up.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None);
            let options = options.clone();
            patiently(move || pool.clone().connect_with(options.clone()))
        };
        let opened = Self {
            pool: pool(4).await.map_err(database(step))?,
            writer: pool(1).await.map_err(database(step))?,
        };
        first.close().await.map_err(database(step))?;
        Ok(opened)
    }

    /// Writes the whole database to a new file, as of one moment.
    pub(super) async fn copy_to(&self, file: &Path) -> Result<(u64, u64), StoreError> {
        let step = "copy the database";
        let path = file
            .to_str()
            .ok_or_else(|| StoreError::Unavailable { step, source: "the path is not UTF-8".into() })?;
        // It takes an empty file.
        private::file(file).map_err(files(step))?;
        sqlx::query("vacuum into ?").bind(path).execute(&self.pool).await.map_err(database(step))?;
        let mut copy = options(file, None).connect().await.map_err(database(step))?;
        let row = sqlx::query("select (select count(*) from tables), (select count(*) from events)")
            .fetch_one(&mut copy)
            .await
            .map_err(database(step))?;
        let check: String = sqlx::query_scalar("pragma integrity_check")
            .fetch_one(&mut copy)
            .await
            .map_err(database(step))?;
        if check != "ok" {
            return Err(StoreError::Corrupt("copy"));
        }
        copy.close().await.map_err(database(step))?;
        let count = |index| row.try_get::<i64, _>(index).map(i64::unsigned_abs).map_err(database(step));
        Ok((count(0)?, count(1)?))
    }
}

fn options(file: &Path, pages_max: Option<u32>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "off")
        .disable_statement_logging();
    match pages_max {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}

/// Opens again while another process or task is opening the same file: to turn on the write-ahead log SQLite needs the
/// file for itself for a moment, and does not wait for it.
async fn patiently<T, F: Future<Output = Result<T, sqlx::Error>>>(
    mut open: impl FnMut() -> F,
) -> Result<T, sqlx::Error> {
    let is_busy = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.and_then(|code| kind(&code)) == Some(BUSY)
    };
    for _ in 0..OPEN_TRIES_MAX {
        match open().await {
            Err(error) if is_busy(&error) => tokio::time::sleep(OPEN_WAIT).await,
            done => return done,
        }
    }
    open().await
}

/// Brings the database to the newest form.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let step = "bring the database up to date";
    let known = MIGRATIONS.len() as i64;
    let mut found = form(connection).await.map_err(database(step))?;
    if found < known {
        sqlx::raw_sql("begin immediate").execute(&mut *connection).await.map_err(database(step))?;
        found = take_steps(connection).await.map_err(database(step))?;
        sqlx::raw_sql("commit").execute(connection).await.map_err(database(step))?;
    }
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

async fn form(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("pragma user_version").fetch_one(connection).await
}

/// Takes the steps that are left; gives the form. Another program may have taken them before this one got its turn.
async fn take_steps(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let found = form(connection).await?;
    for (_, migration) in (1i64..).zip(MIGRATIONS).filter(|(form, _)| *form > found) {
        sqlx::raw_sql(migration).execute(&mut *connection).await?;
    }
    let form = found.max(MIGRATIONS.len() as i64);
    let mark = format!("pragma user_version = {form}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(connection).await?;
    Ok(form)
}

/// Takes some room and gives it back: the file cannot grow when the disk is full.
pub(super) async fn take_room(connection: &mut Connection) -> Result<(), sqlx::Error> {
    connection.say("savepoint room").await?;
    connection.run(&sql("update probes set room = zeroblob($1)").with(ROOM_BYTES)).await?;
    connection.say("rollback to room").await
}

/// Result codes of SQLite.
const ERROR: u32 = 1;
const BUSY: u32 = 5;
const FULL: u32 = 13;
const TOO_BIG: u32 = 18;
const CONSTRAINT: u32 = 19;
const MISMATCH: u32 = 20;

/// The lowest byte of an extended result code is its kind.
fn kind(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

/// A full disk may have room for what is smaller.
pub(super) fn concerns_all(code: &str) -> bool {
    !matches!(kind(code), Some(ERROR | FULL | TOO_BIG | CONSTRAINT | MISMATCH))
}
