//! Keys as files: written once, whole and for the server's eyes only; read with suspicion.
//!
//! A file is written under another name, synced, and then linked to its own name, which fails if that name
//! is taken: a crash leaves no torn key, and of two servers that start at once one makes the key and the other
//! reads it.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};

use crate::entropy::{self, EntropyError};

/// No key of ours comes near it: an 8192-bit RSA key takes 6.5 KiB.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
const SYMMETRIC_KEY_BYTES: usize = 32;

/// Why a key cannot be used. Each message is one line that says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The directory for keys is missing and cannot be made, or cannot be listed.
    #[error("could not open key directory {path}: make it readable and writable for this user, or name another")]
    Directory {
        /// Where the keys should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A key file is missing or closed to us.
    #[error("could not read key file {path}: check that it exists and that this user may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A new key could not be kept.
    #[error("could not write key file {path}: check that the disk has room and that this user may write there")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others on this machine can read the key.
    #[error("key file {path} is open to other users (mode {mode:04o}): replace the key, or run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else.
    #[error("key file {path} does not hold {expected}: restore it, or move it away to have a new one made")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// An RSA key that is too short to trust.
    #[error("key file {path} holds an RSA key of {bits} bits: replace it by one of {bits_min} bits or more")]
    Weak {
        /// The file.
        path: PathBuf,
        /// The size of its modulus.
        bits: usize,
        /// The least size that is accepted.
        bits_min: usize,
    },
    /// More keys than a rotation ever needs.
    #[error("key directory {path} holds more than {count_max} keys: remove those that are retired")]
    TooMany {
        /// Where the keys are.
        path: PathBuf,
        /// The greatest number that is accepted.
        count_max: usize,
    },
    /// A new key could not be drawn.
    #[error("could not make a new key")]
    Entropy(#[from] EntropyError),
    /// A new RSA key could not be made.
    #[error("could not make a new RSA key: start again")]
    Generate,
}

/// Makes `directory`, closed to others, unless it is there.
pub(crate) fn create_directory(directory: &Path) -> Result<(), KeyFileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| KeyFileError::Directory { path: directory.to_owned(), source })
}

/// Reads a key file that nobody else may read. `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let could_not_read = |source| KeyFileError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(could_not_read(error)),
    };
    // Asked of the open file, not of the path, so that the answer is about the bytes that are read.
    let metadata = file.metadata().map_err(could_not_read)?;
    if is_exposed(metadata.mode(), metadata.uid()) {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode: metadata.mode() & 0o7777 });
    }
    if !is_plausible(&metadata) {
        return Err(KeyFileError::Malformed { path: path.to_owned(), expected: "a key" });
    }
    let mut content = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    file.take(KEY_FILE_BYTES_MAX).read_to_end(&mut content).map_err(could_not_read)?;
    Ok(Some(content))
}

/// Keeps a new key under `path`. An existing file wins, and whoever lost reads that one.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<(), KeyFileError> {
    let could_not_write = |source| KeyFileError::Write { path: path.to_owned(), source };
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(could_not_write(io::ErrorKind::InvalidInput.into()));
    };
    let suffix = URL_SAFE_NO_PAD.encode(entropy::secret::<12>()?.expose_secret());
    let draft = directory.join(format!(".{}.{suffix}", name.to_string_lossy()));
    let outcome = write_synced(&draft, content).and_then(|()| match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    // The draft is removed in every case; what matters is only whether the key stands under its own name.
    let removed = std::fs::remove_file(&draft);
    outcome.and(removed).and_then(|()| File::open(directory)?.sync_all()).map_err(could_not_write)
}

/// Reads a 256-bit key, or draws one at the first start.
pub(crate) fn load_or_create_symmetric(path: &Path) -> Result<SymmetricKey, KeyFileError> {
    if let Some(key) = load_symmetric(path)? {
        return Ok(key);
    }
    if let Some(directory) = path.parent() {
        create_directory(directory)?;
    }
    let key = entropy::secret::<SYMMETRIC_KEY_BYTES>()?;
    let mut text = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.expose_secret()));
    text.push('\n');
    write_new(path, text.as_bytes())?;
    load_symmetric(path)?
        .ok_or_else(|| KeyFileError::Read { path: path.to_owned(), source: io::ErrorKind::NotFound.into() })
}

/// Reads a 256-bit key. `None` if there is no such file.
pub(crate) fn load_symmetric(path: &Path) -> Result<Option<SymmetricKey>, KeyFileError> {
    let Some(content) = read(path)? else { return Ok(None) };
    let mut key = SymmetricKey::new(Box::new([0; SYMMETRIC_KEY_BYTES]));
    match URL_SAFE_NO_PAD.decode_slice_unchecked_len(content.trim_ascii(), key.expose_secret_mut()) {
        Some(SYMMETRIC_KEY_BYTES) => Ok(Some(key)),
        _ => Err(KeyFileError::Malformed { path: path.to_owned(), expected: "256 bits in base64url" }),
    }
}

/// A key for HMAC-SHA256.
pub(crate) type SymmetricKey = SecretBox<[u8; SYMMETRIC_KEY_BYTES]>;

fn write_synced(draft: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Whether the permission bits let anybody in who should stay out.
///
/// A file that belongs to root may be readable for its group: that is how an orchestrator mounts a secret for
/// a process that does not run as root.
fn is_exposed(mode: u32, owner: u32) -> bool {
    let allowed = if owner == 0 { 0o640 } else { 0o600 };
    mode & 0o177 & !allowed != 0
}

fn is_plausible(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.len() < KEY_FILE_BYTES_MAX
}
