//! Keys as files: readable by their owner only, written whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// A key cannot be used. One line that says what to change.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others than the owner can read or change it.
    #[error("{0} can be read by others; run: chmod 600 {0} (a mounted secret of root's may have 0440)")]
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
    /// It does not say which keys stand.
    #[error("{path} is not a list of keys: {reason}; restore it from a backup")]
    NotAList {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that was published before does not sign yet.
    #[error("key {kid} is published and does not sign yet; wait for it, or revoke it")]
    Waiting {
        /// Which key.
        kid: String,
    },
    /// No key has this id, or it is gone.
    #[error("there is no key {kid}; see: wardlight keys list")]
    NoSuchKey {
        /// The id.
        kid: String,
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

/// The key in a file. Where there is none it is made and written whole or not at all; of several who make it at once,
/// one's stands and all have that.
pub(crate) fn load_or_create(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, KeyError>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source| KeyError::File { path: path.to_path_buf(), source };
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    write_new(path, &make()?).map_err(failed)?;
    read_private(path)
}

/// What a private file holds.
///
/// # Errors
/// If it cannot be read, or others than its owner can read it.
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let missing = || KeyError::File { path: path.to_path_buf(), source: io::ErrorKind::NotFound.into() };
    read(path)?.ok_or_else(missing)
}

/// Tells one state of a file from another, also where a mounted directory is swapped for a new one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    path: PathBuf,
    found: Option<(SystemTime, u64, u64)>,
}

impl Stamp {
    /// The state of a file, or that there is none.
    pub fn of(path: &Path) -> Self {
        let found = std::fs::metadata(path).and_then(|file| Ok((file.modified()?, file.len(), file.ino())));
        Self { path: path.to_path_buf(), found: found.ok() }
    }

    /// Whether the file is in another state now.
    pub fn is_past(&self) -> bool {
        Self::of(&self.path) != *self
    }
}

/// Reads a key file; `None` if there is none. Refuses one that is not private.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let failed = |source| KeyError::File { path: path.to_path_buf(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if !is_private(metadata.mode(), metadata.uid()) {
        return Err(KeyError::Readable(path.to_path_buf()));
    }
    let mut key = Zeroizing::new(Vec::with_capacity(4 * 1024));
    file.read_to_end(&mut key).map_err(failed)?;
    Ok(Some(key))
}

/// Whether only its owner, and root, can read and change a file. A group may read what root owns: that is how a secret
/// is mounted into a container whose program is not root.
fn is_private(mode: u32, owner: u32) -> bool {
    const ROOT: u32 = 0;
    match (mode & 0o070, mode & 0o007) {
        (0o000, 0o000) => true,
        (0o040, 0o000) => owner == ROOT,
        _ => false,
    }
}

/// Writes a file that was not there: beside, synced, then given its name, unless somebody else was first.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match beside(path, bytes)?.persist_noclobber(path) {
        Ok(_) => {}
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(failed) => return Err(failed.error),
    }
    sync_folder(path)
}

/// Writes a private file whole or not at all, whether it was there or not.
///
/// # Errors
/// If it cannot be written; then that of before is still there.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, bytes)?.persist(path).map_err(|failed| failed.error)?;
    sync_folder(path)
}

fn beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder(path))?;
    // Whatever the umask.
    file.as_file().set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("."))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_by_its_owner_and_by_the_group_only_if_root_owns_it() {
        for (mode, owner, expected) in [
            (0o100_600, 1001, true),
            (0o100_400, 1001, true),
            (0o100_600, 0, true),
            (0o100_440, 0, true),
            (0o100_640, 0, true),
            (0o100_440, 1001, false),
            (0o100_640, 1001, false),
            (0o100_660, 0, false),
            (0o100_620, 0, false),
            (0o100_450, 0, false),
            (0o100_444, 0, false),
            (0o100_604, 0, false),
            (0o100_602, 1001, false),
            (0o100_601, 1001, false),
        ] {
            assert_eq!(is_private(mode, owner), expected, "{mode:o} of {owner}");
        }
    }

    #[test]
    fn of_several_first_starts_at_once_one_makes_the_key_and_all_have_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.key");
        let start = std::sync::Barrier::new(8);
        let load = |mine: u8| {
            let (start, path) = (&start, &path);
            move || {
                let make = || {
                    // Nobody has a key, and everybody has made one.
                    start.wait();
                    Ok(Zeroizing::new(vec![mine; 10_000]))
                };
                load_or_create(path, make).unwrap()
            }
        };
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|mine| scope.spawn(load(mine))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0] && key.len() == 10_000));
        let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "nothing is left behind");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_mounted_key_is_followed_to_where_it_lies() {
        let directory = tempfile::tempdir().unwrap();
        let (hidden, path) = (directory.path().join("..data"), directory.path().join("a.key"));
        std::fs::create_dir(&hidden).unwrap();
        write_new(&hidden.join("a.key"), b"key").unwrap();
        std::os::unix::fs::symlink("..data/a.key", &path).unwrap();
        let make = || -> Result<Zeroizing<Vec<u8>>, KeyError> { Err(KeyError::Make) };
        assert_eq!(load_or_create(&path, make).unwrap().as_slice(), b"key");
        std::fs::set_permissions(hidden.join("a.key"), Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load_or_create(&path, make), Err(KeyError::Readable(_))));
    }
}
