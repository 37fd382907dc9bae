//! Keys as files: readable by their owner only, written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// A key cannot be used. One line that says what to change.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others than the owner can read it.
    #[error("{0} can be read by others; run: chmod 600 {0}")]
    Readable(PathBuf),
    /// It is not a key of the kind expected.
    #[error("{path} is not {expected}; restore it from a backup, or move it away to have a new one made")]
    NotAKey {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// Too short to be safe.
    #[error("{path} holds an RSA key of {bits} bits; at least 3072 are needed")]
    Weak {
        /// Which file.
        path: PathBuf,
        /// How long it is.
        bits: usize,
    },
    /// Reading or writing failed.
    #[error("cannot read or write {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key could not be made.
    #[error("could not make a key")]
    Make,
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] crate::entropy::EntropyError),
}

/// Reads a key file; `None` if there is none. Refuses one that others can read.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let failed = |source| KeyError::File { path: path.to_path_buf(), source };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyError::Readable(path.to_path_buf()));
    }
    fs::read(path).map(|bytes| Some(Zeroizing::new(bytes))).map_err(failed)
}

/// Writes a new key file: beside, synced, then renamed, so that a crash leaves none or all of it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let failed = |source| KeyError::File { path: path.to_path_buf(), source };
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&beside).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
