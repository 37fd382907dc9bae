//! Durability: whole operations over a database, and pictures as files.
//!
//! [`Store`] is the one interface; which database is behind it is its own affair: SQLite in a file, or a PostgreSQL
//! server. What was acknowledged is on the disk: write-ahead log, full sync, and an answer only after the commit. This
//! crate refuses to know what an event means. Start reading at [`Store::append`].

mod blobs;
mod database;
mod deletion;
mod error;
mod logins;
mod notices;
mod people;
mod private;
mod records;
mod retention;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod trail;
mod uploads;
mod writer;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use blobs::{BlobStore, NamedBytes};
use database::{Database, FILE, Postgres, Sqlite, Step};
pub use database::{PostgresAccess, PostgresConfig, PostgresTls};
pub use error::StoreError;
pub use records::{
    AccountKind, AccountLink, Append, AuditRecord, BackupReport, CodeKind, CodeRecord, DeletedRow,
    FamilyRecord, LoginRecord, MemberChange, MemberRow, NewAccount, NewAnswer, NewEvent, NewLogin, NewTable,
    NewUpload, NoticeRecord, PasskeyRecord, Quota, Restored, Standing, StoredEvent, StoredSnapshot,
    StoredTable, TableRow, TablesMax, Taken,
};
use writer::{AppendJob, Job, PROBE, QUEUE_MAX};

/// So much room must be left in the directory, in bytes.
const ROOM_BYTES: usize = 64 * 1024;

/// Where the data lies.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// A directory of our own: for pictures and keys, and for the embedded database.
    pub directory: PathBuf,
    /// The embedded database grows to so many pages of 4 KiB at most; beyond that appends are refused as on a full disk.
    pub pages_max: Option<u32>,
    /// A database server instead of the embedded database.
    pub postgres: Option<PostgresConfig>,
}

impl StoreConfig {
    /// A directory without a limit but the disk's.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf(), pages_max: None, postgres: None }
    }
}

/// The database behind the server.
#[derive(Clone, Debug)]
pub struct Store {
    database: Arc<Database>,
    writer: Arc<Mutex<Option<Writer>>>,
    directory: PathBuf,
}

/// The writer's queue, and the task that empties it.
#[derive(Debug)]
struct Writer {
    jobs: mpsc::Sender<Job>,
    task: tokio::task::JoinHandle<()>,
}

impl Store {
    /// Opens the database and brings it up to date. Refuses one that a newer program wrote.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let database = match &config.postgres {
            None => Database::Sqlite(Sqlite::open(config).await?),
            Some(postgres) => Database::Postgres(Postgres::open(postgres).await?),
        };
        let database = Arc::new(database);
        let (jobs, waiting) = mpsc::channel(QUEUE_MAX);
        let task = tokio::spawn(writer::run(Arc::clone(&database), waiting));
        let writer = Arc::new(Mutex::new(Some(Writer { jobs, task })));
        Ok(Self { database, writer, directory: config.directory.clone() })
    }

    /// Uses another access to the database server from now on, if it opens it; says whether it is another.
    pub async fn renew_access(&self, access: PostgresAccess) -> Result<bool, StoreError> {
        match &*self.database {
            Database::Sqlite(_) => Ok(false),
            Database::Postgres(postgres) => postgres.renew(access).await,
        }
    }

    /// Whether something could be stored now: proven by storing something, in the database and beside it.
    ///
    /// Readiness asks every few seconds, so a proof costs two syncs and leaves nothing that grows.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask(PROBE, Job::Probe).await?;
        let directory = self.directory.clone();
        let proven = tokio::task::spawn_blocking(move || take_room(&directory)).await;
        proven.unwrap_or_else(|broken| Err(io::Error::other(broken))).map_err(error::files(PROBE))
    }

    /// Appends to a table's log. Returns after the commit is on the disk. Appends of many tables share a commit; one
    /// table's conflict refuses no other's.
    pub async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.ask("append events", |done| Job::Append(AppendJob { append, done })).await
    }

    /// Has the writer do something.
    async fn ask(
        &self,
        step: &'static str,
        job: impl FnOnce(oneshot::Sender<Result<(), StoreError>>) -> Job,
    ) -> Result<(), StoreError> {
        let (done, outcome) = oneshot::channel();
        let closed = || StoreError::Unavailable { step, source: "the store is closed".into() };
        let jobs = self.jobs().ok_or_else(closed)?;
        jobs.send(job(done)).await.map_err(|_| closed())?;
        drop(jobs);
        outcome.await.map_err(|_| closed())?
    }

    fn jobs(&self) -> Option<mpsc::Sender<Job>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|writer| writer.jobs.clone())
    }

    /// Writes what waits and closes the database.
    pub async fn close(&self) {
        // The writer ends when the last sender is gone; what it was given is written by then.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Writer { jobs, task }) = writer {
            drop(jobs);
            drop(tokio::time::timeout(Duration::from_secs(5), task).await);
        }
        self.database.close().await;
    }

    fn step(&self, name: &'static str) -> Step<'_> {
        self.database.step(name)
    }
}

/// A file without a name, gone when it is closed: the write-ahead log can be written to long after the disk is full.
fn take_room(directory: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(directory)?;
    file.write_all(&vec![1; ROOM_BYTES])?;
    file.sync_data()
}

/// Copies a data directory and the database, consistently, while a server may be running on them. The copy is a data
/// directory itself, whichever database it was made of.
pub async fn backup(from: &StoreConfig, to: &Path) -> Result<BackupReport, StoreError> {
    let step = "make the backup's directory";
    if from.postgres.is_none() && !from.directory.join(FILE).exists() {
        let source = format!("there is no data in {}", from.directory.display()).into();
        return Err(StoreError::Unavailable { step: "find the data", source });
    }
    let is_empty = match std::fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if !is_empty {
        return Err(StoreError::NotEmpty(to.display().to_string()));
    }
    private::directory(to).map_err(error::files(step))?;
    let store = Store::open(from).await?;
    // The database first: a picture that an event names is stored before the event.
    let copied = store.database.copy_to(to).await;
    store.close().await;
    let (table_count, event_count) = copied?;
    let (data, copy) = (&from.directory, to);
    let blob_count = BlobStore::open(&data.join("blobs")).await?.copy_to(&copy.join("blobs")).await?;
    copy_keys(&data.join("keys"), &copy.join("keys")).map_err(error::files("copy the keys"))?;
    Ok(BackupReport { table_count, event_count, blob_count })
}

/// Keys that are mounted are copied too; the copies are their owner's alone.
fn copy_keys(from: &Path, to: &Path) -> std::io::Result<()> {
    private::directory(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (key, copy) = (entry.path(), to.join(entry.file_name()));
        if std::fs::metadata(&key)?.is_file() {
            std::fs::copy(&key, &copy)?;
            private::close_to_others(&copy)?;
        }
    }
    Ok(())
}
