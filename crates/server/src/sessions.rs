//! Sessions that ended while an access token of theirs may still live: nothing of theirs is accepted, on any route or socket.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use identity::ACCESS_LIFE_S;

/// How long an ended session is remembered: a token of its last second has ended by then, clocks that differ included.
pub(crate) const REMEMBERED_MS: u64 = (ACCESS_LIFE_S + 60) * 1000;

/// The sessions that ended a short while ago.
#[derive(Default)]
pub(crate) struct Ended {
    /// When each is forgotten, in milliseconds since 1970.
    until_ms: RwLock<HashMap<[u8; 16], u64>>,
}

impl Ended {
    /// From now on the session's tokens are refused.
    pub(crate) fn add(&self, session: [u8; 16], ended_ms: u64) {
        let mut until = self.until_ms.write().unwrap_or_else(PoisonError::into_inner);
        until.retain(|_, until_ms| *until_ms > ended_ms);
        until.insert(session, ended_ms.saturating_add(REMEMBERED_MS));
    }

    /// Whether a session ended.
    pub(crate) fn contains(&self, session: &[u8; 16]) -> bool {
        self.until_ms.read().unwrap_or_else(PoisonError::into_inner).contains_key(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_session_is_remembered_while_its_tokens_live() {
        let ended = Ended::default();
        ended.add([1; 16], 1_000);
        ended.add([2; 16], REMEMBERED_MS);
        assert!(ended.contains(&[1; 16]) && ended.contains(&[2; 16]) && !ended.contains(&[3; 16]));
        ended.add([3; 16], 1_000 + REMEMBERED_MS);
        assert!(!ended.contains(&[1; 16]) && ended.contains(&[2; 16]));
    }
}
