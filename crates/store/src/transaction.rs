//! Transactions of a connection that is used for ever.
//!
//! When the disk is full SQLite may roll back by itself. A [`sqlx::Transaction`] does not notice: its own rollback fails,
//! it counts the transaction as open, and the connection begins no other. Here SQLite is asked and nothing is counted;
//! whoever uses this must not be broken off in between.

use sqlx::sqlite::SqliteConnection;

/// Begins, and takes the right to write at once.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("begin immediate").execute(connection).await.map(drop)
}

/// Commits what went well, and takes back the rest.
pub(crate) async fn end<T>(
    connection: &mut SqliteConnection,
    result: Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let result = match result {
        Ok(value) => sqlx::raw_sql("commit").execute(&mut *connection).await.map(|_| value),
        Err(error) => Err(error),
    };
    if result.is_err() {
        // Fails if SQLite did it already.
        drop(sqlx::raw_sql("rollback").execute(connection).await);
    }
    result
}
