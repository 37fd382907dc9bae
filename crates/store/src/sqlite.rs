//! The embedded database: SQLite with a write-ahead log and full sync.

mod logins;
mod people;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};
use tabletop::id::{AccountId, CommandId, SeatId, TableId};
use tokio::sync::{mpsc, oneshot};

use crate::StoreConfig;
use crate::error::{StoreError, database, files};
use crate::private;
use crate::probe;
use crate::records::{
    Append, MemberRow, NewAnswer, NewTable, StoredEvent, StoredSnapshot, StoredTable, TableRow,
};
use crate::transaction;
use crate::writer::{self, AppendJob, Job, PROBE, QUEUE_MAX, replace_members};

/// The database's file in the data directory.
pub(crate) const FILE: &str = "wardlight.sqlite";

/// Each form of the database, oldest first.
const MIGRATIONS: [&str; 7] = [
    include_str!("../migrations/sqlite/0001_tables_events_people.sql"),
    include_str!("../migrations/sqlite/0002_order_answers.sql"),
    include_str!("../migrations/sqlite/0003_prove_writing.sql"),
    include_str!("../migrations/sqlite/0004_answers_without_index.sql"),
    include_str!("../migrations/sqlite/0005_ended_sessions.sql"),
    include_str!("../migrations/sqlite/0006_accounts.sql"),
    include_str!("../migrations/sqlite/0007_mail.sql"),
];

/// Answers that are kept for each seat.
const ANSWERS_PER_SEAT_MAX: i64 = 256;

/// Where the part of a log begins that is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Start {
    /// After the snapshot, if there is one.
    Snapshot,
    FirstEvent,
}

#[derive(Debug)]
pub(crate) struct Sqlite {
    directory: PathBuf,
    pool: SqlitePool,
    writer: Mutex<Option<Writer>>,
}

/// How often a busy file is tried again, and after how long.
const OPEN_TRIES_MAX: u32 = 100;
const OPEN_WAIT: Duration = Duration::from_millis(50);

/// The writer's queue, and the task that empties it.
#[derive(Debug)]
struct Writer {
    jobs: mpsc::Sender<Job>,
    task: tokio::task::JoinHandle<()>,
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
        // The lower byte of SQLite's extended code is SQLITE_BUSY.
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        code.is_some_and(|code| code & 0xff == 5)
    };
    for _ in 0..OPEN_TRIES_MAX {
        match open().await {
            Err(error) if is_busy(&error) => tokio::time::sleep(OPEN_WAIT).await,
            done => return done,
        }
    }
    open().await
}

impl Sqlite {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let file = config.directory.join(FILE);
        // SQLite gives the files beside it the same mode; those of an older program may be there.
        private::file(&file).map_err(files("open the database"))?;
        for beside in ["-wal", "-shm"] {
            let beside = config.directory.join(format!("{FILE}{beside}"));
            private::close_to_others(&beside).map_err(files("open the database"))?;
        }
        let options = options(&file, config.pages_max);
        let mut writer = patiently(|| options.connect()).await.map_err(database("open the database"))?;
        migrate(&mut writer).await?;
        let pool_options = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Once rollbacks are done none is in a transaction, unless SQLite rolled back by itself, as when
                    // the disk is full: then sqlx counts on, and the connection is of no more use.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            });
        let connect = || pool_options.clone().connect_with(options.clone());
        let pool = patiently(connect).await.map_err(database("open the database"))?;
        let (jobs, waiting) = mpsc::channel(QUEUE_MAX);
        let task = tokio::spawn(writer::run(writer, waiting));
        let writer = Mutex::new(Some(Writer { jobs, task }));
        Ok(Self { directory: config.directory.clone(), pool, writer })
    }

    pub(crate) async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.ask("append events", |done| Job::Append(AppendJob { append, done })).await
    }

    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.ask(PROBE, Job::Probe).await?;
        let directory = self.directory.clone();
        let proven = tokio::task::spawn_blocking(move || probe::disk(&directory)).await;
        proven.unwrap_or_else(|broken| Err(io::Error::other(broken))).map_err(files(PROBE))
    }

    /// Has the writer do something.
    async fn ask(
        &self,
        step: &'static str,
        job: impl FnOnce(oneshot::Sender<Result<(), StoreError>>) -> Job,
    ) -> Result<(), StoreError> {
        let (done, outcome) = oneshot::channel();
        let closed = || StoreError::Unavailable { step, source: "the store is closed".into() };
        let jobs = self.writer().as_ref().map(|writer| writer.jobs.clone()).ok_or_else(closed)?;
        jobs.send(job(done)).await.map_err(|_| closed())?;
        drop(jobs);
        outcome.await.map_err(|_| closed())?
    }

    pub(crate) async fn create_table(&self, new: NewTable) -> Result<(), StoreError> {
        let failed = "make a table";
        let mut transaction = self.pool.begin_with("begin immediate").await.map_err(database(failed))?;
        let id = new.table.as_bytes().as_slice();
        sqlx::query("insert into tables (table_id, name, created_at_ms, last_seq, lease_epoch) values (?, ?, ?, ?, 0)")
            .bind(id)
            .bind(&new.name)
            .bind(number(new.created_at_ms))
            .bind(number(new.events.len() as u64))
            .execute(&mut *transaction)
            .await
            .map_err(database(failed))?;
        for (seq, event) in (1i64..).zip(&new.events) {
            sqlx::query("insert into events (table_id, seq, at_ms, payload) values (?, ?, ?, ?)")
                .bind(id)
                .bind(seq)
                .bind(number(event.at_ms))
                .bind(&event.payload)
                .execute(&mut *transaction)
                .await
                .map_err(database(failed))?;
        }
        replace_members(&mut transaction, new.table, &new.members).await.map_err(database(failed))?;
        transaction.commit().await.map_err(database(failed))
    }

    pub(crate) async fn tables(&self) -> Result<Vec<TableRow>, StoreError> {
        let rows = sqlx::query("select table_id, name from tables order by created_at_ms, rowid")
            .fetch_all(&self.pool)
            .await
            .map_err(database("list tables"))?;
        rows.iter().map(|row| Ok(TableRow { table: table_id(row, 0)?, name: text(row, 1)? })).collect()
    }

    pub(crate) async fn tables_of(&self, account: AccountId) -> Result<Vec<MemberRow>, StoreError> {
        let rows = sqlx::query(
            "select table_id, name, role from members join tables using (table_id) where account_id = ? \
             order by created_at_ms",
        )
        .bind(account.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await
        .map_err(database("list tables"))?;
        let row = |row: &SqliteRow| {
            Ok(MemberRow { table: table_id(row, 0)?, name: text(row, 1)?, role: text(row, 2)? })
        };
        rows.iter().map(row).collect()
    }

    pub(crate) async fn acquire_lease(&self, table: TableId) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "update tables set lease_epoch = lease_epoch + 1 where table_id = ? returning lease_epoch",
        )
        .bind(table.as_bytes().as_slice())
        // To the last row: only then is the commit known to have succeeded.
        .fetch_all(&self.pool)
        .await
        .map_err(database("take a table's lease"))?;
        row.first().map_or(Err(StoreError::Corrupt("table")), |row| counted(row, 0))
    }

    pub(crate) async fn load_table(
        &self,
        table: TableId,
        start: Start,
    ) -> Result<Option<StoredTable>, StoreError> {
        let failed = "load a table";
        // One transaction, so that log, snapshot and answers belong together.
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        let id = table.as_bytes().as_slice();
        let row = sqlx::query("select name, last_seq from tables where table_id = ?")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(database(failed))?;
        let Some(row) = row else { return Ok(None) };
        let (name, last_seq) = (text(&row, 0)?, counted(&row, 1)?);
        let snapshot = match start {
            Start::Snapshot => {
                sqlx::query("select seq, payload from snapshots where table_id = ? and seq between 1 and ?")
                    .bind(id)
                    .bind(number(last_seq))
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(database(failed))?
            }
            Start::FirstEvent => None,
        };
        let snapshot = match snapshot {
            Some(row) => Some(StoredSnapshot {
                seq: counted(&row, 0)?,
                payload: row.try_get(1).map_err(|_| StoreError::Corrupt("snapshot"))?,
            }),
            None => None,
        };
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let rows =
            sqlx::query("select seq, at_ms, payload from events where table_id = ? and seq > ? order by seq")
                .bind(id)
                .bind(number(after))
                .fetch_all(&mut *transaction)
                .await
                .map_err(database(failed))?;
        let events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        let whole = (after + 1..).zip(&events).all(|(seq, event)| event.seq == seq)
            && after + events.len() as u64 == last_seq;
        if !whole {
            return Err(StoreError::Corrupt("event log"));
        }
        let rows = sqlx::query(
            "select seat, command_id, answer from answers where table_id = ? order by after_seq, position",
        )
        .bind(id)
        .fetch_all(&mut *transaction)
        .await
        .map_err(database(failed))?;
        let answers = rows.iter().map(answer).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(StoredTable { name, snapshot, events, answers, last_seq }))
    }

    pub(crate) async fn save_snapshot(
        &self,
        table: TableId,
        seq: u64,
        payload: Vec<u8>,
    ) -> Result<(), StoreError> {
        let failed = "save a snapshot";
        let mut transaction = self.pool.begin_with("begin immediate").await.map_err(database(failed))?;
        let id = table.as_bytes().as_slice();
        sqlx::query(
            "insert into snapshots (table_id, seq, payload) values (?, ?, ?) \
             on conflict (table_id) do update set seq = excluded.seq, payload = excluded.payload \
             where excluded.seq >= snapshots.seq \
             or snapshots.seq > (select last_seq from tables where tables.table_id = excluded.table_id)",
        )
        .bind(id)
        .bind(number(seq))
        .bind(payload)
        .execute(&mut *transaction)
        .await
        .map_err(database(failed))?;
        sqlx::query(
            "delete from answers where table_id = ?1 and (seat, command_id) in ( \
                 select seat, command_id from ( \
                     select seat, command_id, \
                     row_number() over (partition by seat order by after_seq desc, position desc) as age \
                     from answers where table_id = ?1 \
                 ) where age > ?2)",
        )
        .bind(id)
        .bind(ANSWERS_PER_SEAT_MAX)
        .execute(&mut *transaction)
        .await
        .map_err(database(failed))?;
        transaction.commit().await.map_err(database(failed))
    }

    /// Writes the whole database to a new file, as of one moment.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(u64, u64), StoreError> {
        let failed = "copy the database";
        let path = file.to_str().ok_or_else(|| StoreError::Unavailable {
            step: failed,
            source: "the path is not UTF-8".into(),
        })?;
        // It takes an empty file.
        private::file(file).map_err(files(failed))?;
        sqlx::query("vacuum into ?").bind(path).execute(&self.pool).await.map_err(database(failed))?;
        let mut copy = options(file, None).connect().await.map_err(database(failed))?;
        let row = sqlx::query("select (select count(*) from tables), (select count(*) from events)")
            .fetch_one(&mut copy)
            .await
            .map_err(database(failed))?;
        let check: String = sqlx::query_scalar("pragma integrity_check")
            .fetch_one(&mut copy)
            .await
            .map_err(database(failed))?;
        if check != "ok" {
            return Err(StoreError::Corrupt("copy"));
        }
        copy.close().await.map_err(database(failed))?;
        Ok((counted(&row, 0)?, counted(&row, 1)?))
    }

    pub(crate) async fn close(&self) {
        // The writer ends when the last sender is gone; what it was given is written by then.
        let writer = self.writer().take();
        if let Some(Writer { jobs, task }) = writer {
            drop(jobs);
            drop(tokio::time::timeout(Duration::from_secs(5), task).await);
        }
        self.pool.close().await;
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings the database to the newest form.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let failed = "bring the database up to date";
    let known = MIGRATIONS.len() as i64;
    let mut found = form(connection).await.map_err(database(failed))?;
    if found < known {
        transaction::begin(connection).await.map_err(database(failed))?;
        let migrated = take_steps(connection).await;
        found = transaction::end(connection, migrated).await.map_err(database(failed))?;
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

/// SQLite's integers are signed; ours count things.
pub(crate) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(row: &SqliteRow, index: usize) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(index).map_err(|_| StoreError::Corrupt("number"))?;
    u64::try_from(value).map_err(|_| StoreError::Corrupt("number"))
}

fn text(row: &SqliteRow, index: usize) -> Result<String, StoreError> {
    row.try_get(index).map_err(|_| StoreError::Corrupt("text"))
}

fn bytes<const N: usize>(row: &SqliteRow, index: usize) -> Result<[u8; N], StoreError> {
    let bytes: Vec<u8> = row.try_get(index).map_err(|_| StoreError::Corrupt("id"))?;
    bytes.try_into().map_err(|_| StoreError::Corrupt("id"))
}

fn table_id(row: &SqliteRow, index: usize) -> Result<TableId, StoreError> {
    Ok(TableId::from_bytes(bytes(row, index)?))
}

fn seat(row: &SqliteRow, index: usize) -> Result<SeatId, StoreError> {
    Ok(SeatId(u32::try_from(counted(row, index)?).map_err(|_| StoreError::Corrupt("seat"))?))
}

fn event(row: &SqliteRow) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent { seq: counted(row, 0)?, at_ms: counted(row, 1)?, payload: text(row, 2)? })
}

fn answer(row: &SqliteRow) -> Result<NewAnswer, StoreError> {
    let command = CommandId::parse(&text(row, 1)?).map_err(|_| StoreError::Corrupt("command id"))?;
    Ok(NewAnswer { seat: seat(row, 0)?, command, answer: text(row, 2)? })
}
