//! Pictures by their content: files named after their SHA-256, written once, never changed.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tabletop::id::BlobId;
use tokio::io::AsyncWriteExt;

use crate::error::{StoreError, files};

/// A directory of pictures.
#[derive(Clone, Debug)]
pub struct BlobStore {
    directory: PathBuf,
}

impl BlobStore {
    /// Opens a directory, made if it is not there.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let mut builder = tokio::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).await.map_err(files("make the directory for pictures"))?;
        Ok(Self { directory: directory.to_path_buf() })
    }

    fn path(&self, blob: BlobId) -> PathBuf {
        let name = blob.to_string();
        self.directory.join(&name[..2]).join(name)
    }

    /// Stores bytes; the same bytes are stored once.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobId, StoreError> {
        let step = "store a picture";
        let blob = BlobId::from_digest(Sha256::digest(&bytes).into());
        let path = self.path(blob);
        if tokio::fs::try_exists(&path).await.map_err(files(step))? {
            return Ok(blob);
        }
        let folder = path.parent().unwrap_or(&self.directory);
        tokio::fs::create_dir_all(folder).await.map_err(files(step))?;
        // Whole or not at all: written beside, synced, then renamed. The name is unique within the process.
        let beside = folder.join(format!(".{blob}.{}.new", std::process::id()));
        let written = async {
            let mut file = tokio::fs::File::create(&beside).await?;
            file.write_all(&bytes).await?;
            file.sync_all().await?;
            tokio::fs::rename(&beside, &path).await?;
            tokio::fs::File::open(folder).await?.sync_all().await
        };
        match written.await {
            Ok(()) => Ok(blob),
            Err(error) => {
                // Nothing half-written stays; what cannot be removed is overwritten next time.
                drop(tokio::fs::remove_file(&beside).await);
                Err(files(step)(error))
            }
        }
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
                tokio::fs::create_dir_all(parent).await.map_err(files(step))?;
                tokio::fs::copy(entry.path(), &path).await.map_err(files(step))?;
                count += 1;
            }
        }
        Ok(count)
    }
}
