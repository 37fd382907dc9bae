//! The server's clock: the one place that reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time; tests set their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock;

impl Clock {
    /// Milliseconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    #[expect(clippy::unused_self, reason = "the clock is a value so that whoever reads it must be given one")]
    pub(crate) fn now_ms(self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// Seconds since 1970.
    pub(crate) fn now_s(self) -> u64 {
        self.now_ms() / 1000
    }
}
