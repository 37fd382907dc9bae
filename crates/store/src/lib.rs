//! Durability: whole operations over a database, and pictures as files.
//!
//! [`Store`] is the one interface; which database is behind it is its own affair (SQLite now). What was acknowledged is
//! on the disk: write-ahead log, full sync, and an answer only after the commit. This crate refuses to know what an
//! event means. Start reading at [`Store::append`].

mod blobs;
mod error;
mod logins;
mod private;
mod probe;
mod records;
mod sqlite;
mod transaction;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tabletop::id::{AccountId, SeatId, TableId};

pub use blobs::BlobStore;
pub use error::StoreError;
pub use records::{
    AccountKind, AccountLink, Append, BackupReport, CodeKind, CodeRecord, FamilyRecord, LoginRecord,
    MemberChange, MemberRow, NewAccount, NewAnswer, NewEvent, NewLogin, NewTable, PasskeyRecord, Standing,
    StoredEvent, StoredSnapshot, StoredTable, TableRow,
};
use sqlite::{Sqlite, Start};

/// Where the data lies.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// A directory of our own.
    pub directory: PathBuf,
    /// The database grows to so many pages of 4 KiB at most; beyond that appends are refused as on a full disk.
    pub pages_max: Option<u32>,
}

impl StoreConfig {
    /// A directory without a limit but the disk's.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf(), pages_max: None }
    }
}

/// The database behind the server.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Arc<Backend>,
}

#[derive(Debug)]
enum Backend {
    Sqlite(Sqlite),
}

macro_rules! on_backend {
    ($store:expr, $backend:ident => $call:expr) => {
        match &*$store.backend {
            Backend::Sqlite($backend) => $call,
        }
    };
}

pub(crate) use on_backend;

impl Store {
    /// Opens the database and brings it up to date. Refuses one that a newer program wrote.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let backend = Backend::Sqlite(Sqlite::open(config).await?);
        Ok(Self { backend: Arc::new(backend) })
    }

    /// Whether something could be stored now: proven by storing something.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.ping().await)
    }

    /// Appends to a table's log. Returns after the commit is on the disk. Appends of many tables share a commit; one
    /// table's conflict refuses no other's.
    pub async fn append(&self, append: Append) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.append(append).await)
    }

    /// Makes a table with its first events.
    pub async fn create_table(&self, new: NewTable) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.create_table(new).await)
    }

    /// All tables, oldest first.
    pub async fn tables(&self) -> Result<Vec<TableRow>, StoreError> {
        on_backend!(self, backend => backend.tables().await)
    }

    /// The tables of an account.
    pub async fn tables_of(&self, account: AccountId) -> Result<Vec<MemberRow>, StoreError> {
        on_backend!(self, backend => backend.tables_of(account).await)
    }

    /// Takes a table's lease: appends under an older one are refused from now on.
    pub async fn acquire_lease(&self, table: TableId) -> Result<u64, StoreError> {
        on_backend!(self, backend => backend.acquire_lease(table).await)
    }

    /// All that is needed to wake a table; `None` if there is none. A log with a gap is [`StoreError::Corrupt`].
    pub async fn load_table(&self, table: TableId) -> Result<Option<StoredTable>, StoreError> {
        on_backend!(self, backend => backend.load_table(table, Start::Snapshot).await)
    }

    /// As [`Store::load_table`], but the whole log and no snapshot: for whoever does not understand the snapshot.
    pub async fn load_log(&self, table: TableId) -> Result<Option<StoredTable>, StoreError> {
        on_backend!(self, backend => backend.load_table(table, Start::FirstEvent).await)
    }

    /// Keeps a snapshot, unless a newer one is there, and forgets answers beyond the window.
    pub async fn save_snapshot(&self, table: TableId, seq: u64, payload: Vec<u8>) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.save_snapshot(table, seq, payload).await)
    }

    /// Makes an account.
    pub async fn create_account(&self, new: NewAccount) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.create_account(new).await)
    }

    /// Stores a new sign-in.
    pub async fn create_family(&self, family: FamilyRecord) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.create_family(family).await)
    }

    /// A sign-in by its id.
    pub async fn family_by_id(&self, family: [u8; 16]) -> Result<Option<FamilyRecord>, StoreError> {
        on_backend!(self, backend => backend.family_by_id(family).await)
    }

    /// The sign-ins of an account that stand, the one used last first.
    pub async fn families_of(&self, account: AccountId) -> Result<Vec<FamilyRecord>, StoreError> {
        on_backend!(self, backend => backend.families_of(account).await)
    }

    /// Ends the sign-ins of an account but one; gives those that ended.
    pub async fn revoke_families_of(
        &self,
        account: AccountId,
        except: Option<[u8; 16]>,
        now_ms: u64,
    ) -> Result<Vec<[u8; 16]>, StoreError> {
        on_backend!(self, backend => backend.revoke_families_of(account, except, now_ms).await)
    }

    /// Replaces a sign-in's secret in one atomic step; `false` if another request was faster, or it was revoked.
    pub async fn rotate_family(&self, was: &FamilyRecord, next: &FamilyRecord) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.rotate_family(was, next).await)
    }

    /// Ends a sign-in.
    pub async fn revoke_family(&self, family: [u8; 16], now_ms: u64) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.revoke_family(family, now_ms).await)
    }

    /// The families that were revoked at or after a time.
    pub async fn families_revoked_since(&self, since_ms: u64) -> Result<Vec<([u8; 16], u64)>, StoreError> {
        on_backend!(self, backend => backend.families_revoked_since(since_ms).await)
    }

    /// Stores a link's code, as a hash.
    pub async fn create_code(&self, code: CodeRecord) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.create_code(code).await)
    }

    /// A link by its code's hash, used up or not.
    pub async fn code(&self, hash: [u8; 32]) -> Result<Option<CodeRecord>, StoreError> {
        on_backend!(self, backend => backend.code(hash).await)
    }

    /// Uses a link once, in one atomic step; `None` if it is used up, expired or absent.
    pub async fn use_code(&self, hash: [u8; 32], now_ms: u64) -> Result<Option<CodeRecord>, StoreError> {
        on_backend!(self, backend => backend.use_code(hash, now_ms).await)
    }

    /// Makes the unused links to a seat worthless; gives their number.
    pub async fn revoke_seat_codes(&self, table: TableId, seat: SeatId) -> Result<u64, StoreError> {
        on_backend!(self, backend => backend.revoke_seat_codes(table, seat).await)
    }

    /// Writes what waits and closes the database.
    pub async fn close(&self) {
        on_backend!(self, backend => backend.close().await);
    }

    async fn copy_to(&self, directory: &Path) -> Result<(u64, u64), StoreError> {
        on_backend!(self, backend => backend.copy_to(&directory.join(sqlite::FILE)).await)
    }
}

/// Copies a data directory, consistently, while a server may be running on it. The copy is a data directory itself.
pub async fn backup(from: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    let step = "make the backup's directory";
    if !from.join(sqlite::FILE).exists() {
        let source = format!("there is no data in {}", from.display()).into();
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
    let store = Store::open(&StoreConfig::at(from)).await?;
    // The database first: a picture that an event names is stored before the event.
    let copied = store.copy_to(to).await;
    store.close().await;
    let (table_count, event_count) = copied?;
    let blob_count = BlobStore::open(&from.join("blobs")).await?.copy_to(&to.join("blobs")).await?;
    copy_keys(&from.join("keys"), &to.join("keys")).map_err(error::files("copy the keys"))?;
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
