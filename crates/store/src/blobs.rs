//! Pictures by their content: files named after their SHA-256, written once, never changed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tabletop::id::BlobId;
use tempfile::NamedTempFile;

use crate::error::{StoreError, files};
use crate::private;

/// Where pictures are written before they have their name.
const UNFINISHED: &str = "unfinished";

/// Bytes, and the name that they have.
#[derive(Debug)]
pub struct NamedBytes {
    name: BlobId,
    bytes: Vec<u8>,
}

impl From<Vec<u8>> for NamedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self { name: BlobId::from_digest(Sha256::digest(&bytes).into()), bytes }
    }
}

impl NamedBytes {
    /// The name.
    pub fn name(&self) -> BlobId {
        self.name
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// A directory of pictures.
#[derive(Clone, Debug)]
pub struct BlobStore {
    directory: PathBuf,
}

impl BlobStore {
    /// Opens a directory, made if it is not there.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let made = private::directory(&directory.join(UNFINISHED));
        made.map_err(files("make the directory for pictures"))?;
        Ok(Self { directory: directory.to_path_buf() })
    }

    /// Removes what processes that were killed left half-written. For the one process that stores pictures here.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let step = "remove half-written pictures";
        let mut left = tokio::fs::read_dir(self.directory.join(UNFINISHED)).await.map_err(files(step))?;
        while let Some(file) = left.next_entry().await.map_err(files(step))? {
            tokio::fs::remove_file(file.path()).await.map_err(files(step))?;
        }
        Ok(())
    }

    fn path(&self, blob: BlobId) -> PathBuf {
        let name = blob.to_string();
        self.directory.join(&name[..2]).join(name)
    }

    /// Stores bytes; the same bytes are stored once, however many ask at the same time.
    pub async fn put(&self, bytes: impl Into<NamedBytes>) -> Result<BlobId, StoreError> {
        let NamedBytes { name: blob, bytes } = bytes.into();
        let (path, beside) = (self.path(blob), self.directory.join(UNFINISHED));
        let written = tokio::task::spawn_blocking(move || write_once(&path, &beside, &bytes)).await;
        written.unwrap_or_else(|broken| Err(io::Error::other(broken))).map_err(files("store a picture"))?;
        Ok(blob)
    }

    /// The bytes, or `None` if there are none of that name. Damaged ones are an error.
    pub async fn get(&self, blob: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match tokio::fs::read(self.path(blob)).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(files("read a picture")(error)),
        };
        if BlobId::from_digest(Sha256::digest(&bytes).into()) != blob {
            return Err(StoreError::Corrupt("picture"));
        }
        Ok(Some(bytes))
    }

    /// Removes a picture, if it is there. Nobody may store the same one meanwhile.
    pub async fn remove(&self, blob: BlobId) -> Result<(), StoreError> {
        match tokio::fs::remove_file(self.path(blob)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(files("remove a picture")(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Copies all pictures into another directory; gives their number.
    pub async fn copy_to(&self, to: &Path) -> Result<u64, StoreError> {
        let step = "copy the pictures";
        let target = Self::open(to).await?;
        let mut count = 0;
        let mut folders = tokio::fs::read_dir(&self.directory).await.map_err(files(step))?;
        while let Some(folder) = folders.next_entry().await.map_err(files(step))? {
            let mut entries = tokio::fs::read_dir(folder.path()).await.map_err(files(step))?;
            while let Some(entry) = entries.next_entry().await.map_err(files(step))? {
                let name = entry.file_name();
                let Some(blob) = name.to_str().and_then(|name| name.parse::<BlobId>().ok()) else { continue };
                let path = target.path(blob);
                let parent = path.parent().unwrap_or(to);
                private::directory(parent).map_err(files(step))?;
                match tokio::fs::copy(entry.path(), &path).await {
                    // It was removed with its table a moment ago; nothing that can still be reached needs it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    copied => copied.map_err(files(step))?,
                };
                private::close_to_others(&path).map_err(files(step))?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// Whole or not at all: written beside under a name of its own, synced, then renamed. Who comes second replaces the file
/// by an equal one.
fn write_once(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    private::directory(folder)?;
    if !path.try_exists()? {
        let mut file = NamedTempFile::new_in(beside)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
    }
    // Also for a file that is there: whoever wrote it may not be as far yet.
    sync(folder)?;
    sync(folder.parent().unwrap_or(folder))
}

fn sync(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
