//! The signing keys as they stand.

use std::path::PathBuf;
use std::sync::Arc;

use identity::{KeyError, SigningKeys};

use crate::reload::Live;

/// The signing keys of a directory.
pub(crate) struct KeyRing {
    directory: PathBuf,
    keys: Live<SigningKeys>,
}

impl KeyRing {
    pub(crate) fn open(directory: PathBuf) -> Result<Self, KeyError> {
        let keys = Live::new(SigningKeys::load_or_create(&directory)?);
        Ok(Self { directory, keys })
    }

    /// The keys as they were read last.
    pub(crate) fn current(&self) -> Arc<SigningKeys> {
        self.keys.current()
    }

    /// Reads the directory again if it changed.
    pub(crate) fn refresh(&self) -> Result<bool, KeyError> {
        self.keys.refresh(SigningKeys::changed_on_disk, || SigningKeys::load_or_create(&self.directory))
    }
}
