//! Whether something could be stored now: proven by storing something, in the database and beside it.
//!
//! Readiness asks every few seconds, so a proof costs two syncs and leaves nothing that grows.

use std::io::{self, Write};
use std::path::Path;

use sqlx::sqlite::SqliteConnection;

use crate::transaction;

/// So much room must be left, in bytes: a batch of events, with its frames in the log, fits well.
const ROOM_BYTES: u32 = 64 * 1024;

/// The way of an append: a transaction of the writer's connection, committed and synced. The room is taken back.
pub(crate) async fn database(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    transaction::begin(connection).await?;
    let proven = write(connection).await;
    transaction::end(connection, proven).await
}

async fn write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("savepoint room").execute(&mut *connection).await?;
    sqlx::query("update probes set room = zeroblob(?)").bind(ROOM_BYTES).execute(&mut *connection).await?;
    sqlx::raw_sql("rollback to room").execute(&mut *connection).await?;
    sqlx::query("update probes set probe_count = probe_count + 1").execute(connection).await.map(drop)
}

/// A file without a name, gone when it is closed: the write-ahead log can be written to long after the disk is full.
pub(crate) fn disk(directory: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(directory)?;
    file.write_all(&vec![1; ROOM_BYTES as usize])?;
    file.sync_data()
}
