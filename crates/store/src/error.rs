//! What can go wrong, by what the caller does about it.

use std::io;

/// An operation did not take place, unless it says that this is unknown.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer was there first: load the table again.
    #[error("another writer has appended to the table, or holds its lease")]
    Conflict,
    /// The database does not answer, is full, or was closed. Whether a commit took place is unknown.
    #[error("could not {step}")]
    Unavailable {
        /// What was tried.
        step: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The stored data is not what this program wrote.
    #[error("the database holds a damaged {0}; restore a backup")]
    Corrupt(&'static str),
    /// A newer program wrote the database.
    #[error("the database is of form {found}, this program knows up to {known}; run the newer program")]
    Newer {
        /// The form found.
        found: i64,
        /// The newest form known.
        known: i64,
    },
    /// A directory for a backup is in use.
    #[error("{0} is not empty; choose a new directory")]
    NotEmpty(String),
}

pub(crate) fn database(step: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Unavailable { step, source: Box::new(source) }
}

pub(crate) fn files(step: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Unavailable { step, source: Box::new(source) }
}
