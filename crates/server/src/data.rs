//! The data directory: private, and one server's at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::serve::StartError;

/// Names the process that serves the directory. The lock is on the open file, so that it ends with the process, however
/// that ends.
const LOCK: &str = "lock";

/// The right to serve a data directory, held until it is dropped.
pub(crate) struct DataLock {
    _file: File,
}

/// Makes the directory and the one for keys.
pub(crate) fn prepare(data: &Path) -> Result<(), StartError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data.join("keys"));
    made.map_err(|source| StartError::Data { path: data.to_path_buf(), source })
}

/// Takes the directory for this process. Another that serves it is named.
pub(crate) fn lock(data: &Path) -> Result<DataLock, StartError> {
    let path = data.join(LOCK);
    let failed = |source| StartError::Data { path: path.clone(), source };
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(data, &mut file)),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    sign(&mut file).map_err(failed)?;
    Ok(DataLock { _file: file })
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn locked(data: &Path, file: &mut File) -> StartError {
    let mut text = String::new();
    // A holder that has not signed yet goes unnamed.
    let read = file.read_to_string(&mut text);
    let holder = read.ok().and_then(|_| text.trim().parse::<u32>().ok());
    let holder = holder.map(|process| format!(" (process {process})")).unwrap_or_default();
    StartError::Locked { data: PathBuf::from(data), holder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_holds_a_directory_and_the_next_is_told_which() {
        let data = tempfile::tempdir().unwrap();
        let held = lock(data.path()).unwrap();
        let refused = lock(data.path()).err().unwrap().to_string();
        let expected = format!(
            "another wardlight (process {}) is running on {}; stop it, or choose another --data",
            std::process::id(),
            data.path().display()
        );
        assert_eq!(refused, expected);
        drop(held);
        drop(lock(data.path()).unwrap());
    }
}
