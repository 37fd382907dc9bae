//! Secrets on disk as they stand: read again when they change, whoever changes them.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tracing::{error, info};

/// How often the disk is looked at. What changes is in force well within fifteen seconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What was read last.
#[derive(Debug)]
pub(crate) struct Live<T>(RwLock<Arc<T>>);

impl<T> Live<T> {
    pub(crate) fn new(first: T) -> Self {
        Self(RwLock::new(Arc::new(first)))
    }

    pub(crate) fn current(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again if that is needed, and says whether it was. What cannot be used leaves that of before in force.
    pub(crate) fn refresh<E>(
        &self,
        is_past: impl FnOnce(&T) -> bool,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<bool, E> {
        if !is_past(&self.current()) {
            return Ok(false);
        }
        let fresh = Arc::new(read()?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }
}

/// Looks for ever whether something on disk changed. `refresh` says whether it did, and is in force then.
pub(crate) async fn watch<E: Error + Send + 'static>(
    what: &'static str,
    refresh: impl Fn() -> Result<bool, E> + Clone + Send + 'static,
) {
    let mut failures: u64 = 0;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match tokio::task::spawn_blocking(refresh.clone()).await {
            Ok(Ok(is_new)) => {
                failures = 0;
                if is_new {
                    info!(what, "secrets.reloaded");
                }
            }
            Ok(Err(error)) => {
                failures += 1;
                // Several files are not replaced in one instant, so the first failure may be between them. Said once, not every
                // few seconds.
                if failures == 2 {
                    error!(what, error = &error as &dyn Error, "secrets.reload_failed");
                }
            }
            Err(error) => error!(what, error = &error as &dyn Error, "secrets.reload_failed"),
        }
    }
}
