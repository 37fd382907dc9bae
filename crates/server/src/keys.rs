//! The signing keys as they stand: read again when their directory changes, like all secrets on disk.

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use identity::{KeyError, SigningKeys};
use tracing::{error, info};

/// How often the directory is looked at. What changes is in force well within fifteen seconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The signing keys of a directory.
pub(crate) struct KeyRing {
    directory: PathBuf,
    keys: RwLock<Arc<SigningKeys>>,
}

impl KeyRing {
    pub(crate) fn open(directory: PathBuf) -> Result<Self, KeyError> {
        let keys = RwLock::new(Arc::new(SigningKeys::load_or_create(&directory)?));
        Ok(Self { directory, keys })
    }

    /// The keys as they were read last.
    pub(crate) fn current(&self) -> Arc<SigningKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the directory again if it changed. Keys that cannot be used leave the old ones in force.
    fn refresh(&self) -> Result<bool, KeyError> {
        if !self.current().changed_on_disk() {
            return Ok(false);
        }
        let keys = Arc::new(SigningKeys::load_or_create(&self.directory)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(true)
    }

    /// Looks at the directory for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        watch("keys", move || self.refresh()).await;
    }
}

/// Looks for ever whether something on disk changed. `refresh` says whether it did, and is in force then.
pub(crate) async fn watch<E: Error + Send + 'static>(
    what: &'static str,
    refresh: impl Fn() -> Result<bool, E> + Clone + Send + 'static,
) {
    let mut failed_before = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match tokio::task::spawn_blocking(refresh.clone()).await {
            Ok(Ok(is_new)) => {
                failed_before = false;
                if is_new {
                    info!(what, "secrets.reloaded");
                }
            }
            Ok(Err(error)) => {
                // Said once, not every few seconds.
                if !failed_before {
                    error!(what, error = &error as &dyn Error, "secrets.reload_failed");
                }
                failed_before = true;
            }
            Err(error) => error!(what, error = &error as &dyn Error, "secrets.reload_failed"),
        }
    }
}
