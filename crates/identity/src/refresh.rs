//! Refresh secrets that replace themselves (RFC 9700, section 4.14; OWASP ASVS 5.0 V10.4.5).
//!
//! A secret is used once. Its successor is an HMAC over the secret, the family and the counter, so that an answer lost
//! on the way, or two tabs at once, get the *same* successor again for a short while and never a second branch. A secret
//! that comes back later is stolen or was: the whole family ends. Each carries a tag that only we can make, so that one
//! that never was ours is told from one that was, and signs nobody out.

use crate::secrets::{RefreshKey, RefreshSecret, halves};

/// For so long the secret just replaced gets its successor again.
pub const REPEAT_WINDOW_MS: u64 = 10_000;

/// How long sign-ins last.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Unused for so long, it ends.
    pub idle_ms: u64,
    /// After so long it ends in any case.
    pub absolute_ms: u64,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl SessionLimits {
    /// Somebody who came by a link and cannot sign in again by themselves.
    pub const GUEST: Self = Self { idle_ms: 30 * DAY_MS, absolute_ms: 90 * DAY_MS };
    /// An account that plays.
    pub const PLAYER: Self = Self { idle_ms: 14 * DAY_MS, absolute_ms: 90 * DAY_MS };
    /// An account that runs a table.
    pub const MASTER: Self = Self { idle_ms: DAY_MS, absolute_ms: 14 * DAY_MS };

    /// Whether a sign-in is neither unused for too long nor too old. Times in milliseconds since 1970.
    pub fn stands(&self, created_at_ms: u64, last_used_ms: u64, now_ms: u64) -> bool {
        now_ms.saturating_sub(last_used_ms) <= self.idle_ms
            && now_ms.saturating_sub(created_at_ms) <= self.absolute_ms
    }
}

/// A sign-in: a chain of secrets of which the newest is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Family {
    /// Its id.
    pub family_id: [u8; 16],
    /// Rotations so far.
    pub counter: u32,
    /// SHA-256 of the valid secret.
    pub current_hash: [u8; 32],
    /// SHA-256 of the one before.
    pub previous_hash: Option<[u8; 32]>,
    /// When it was last rotated.
    pub rotated_at_ms: u64,
    /// When it began.
    pub created_at_ms: u64,
    /// When it was last used.
    pub last_used_ms: u64,
    /// Whether it was ended.
    pub revoked: bool,
}

/// What comes of presenting a secret.
#[derive(Clone, Debug)]
pub enum Rotation {
    /// The secret was valid: this one takes its place once the family is stored.
    Next {
        /// The new secret.
        secret: RefreshSecret,
        /// The family to store, if it still is as it was.
        family: Family,
    },
    /// The secret was replaced a moment ago: its successor again.
    Repeat {
        /// The secret that is valid.
        secret: RefreshSecret,
    },
    /// The secret was replaced long ago: end the family.
    Reused,
    /// The sign-in is over.
    Expired,
    /// Never was a secret of this family: the family goes on.
    Unknown,
}

/// Presents a secret of a family.
pub fn rotate(
    key: &RefreshKey,
    family: &Family,
    presented: &RefreshSecret,
    now_ms: u64,
    limits: &SessionLimits,
) -> Rotation {
    if family.revoked || !limits.stands(family.created_at_ms, family.last_used_ms, now_ms) {
        return Rotation::Expired;
    }
    // All looks are taken before the first answer is given, so that how long it takes tells nothing of them.
    let hash = presented.hash();
    let is_current = hash.is(&family.current_hash);
    let is_previous = family.previous_hash.is_some_and(|previous| hash.is(&previous));
    let is_ours = presented.is_ours(key, &family.family_id);
    if is_current {
        let secret = successor(key, presented, family, family.counter);
        let family = Family {
            counter: family.counter.saturating_add(1),
            current_hash: *secret.hash().as_bytes(),
            previous_hash: Some(family.current_hash),
            rotated_at_ms: now_ms,
            last_used_ms: now_ms,
            ..family.clone()
        };
        return Rotation::Next { secret, family };
    }
    if is_previous {
        if now_ms.saturating_sub(family.rotated_at_ms) > REPEAT_WINDOW_MS {
            return Rotation::Reused;
        }
        return Rotation::Repeat {
            secret: successor(key, presented, family, family.counter.saturating_sub(1)),
        };
    }
    if is_ours { Rotation::Reused } else { Rotation::Unknown }
}

fn successor(key: &RefreshKey, presented: &RefreshSecret, family: &Family, counter: u32) -> RefreshSecret {
    let parts: [&[u8]; 4] =
        [b"wardlight refresh 1", presented.reveal().as_bytes(), &family.family_id, &counter.to_be_bytes()];
    let (body, _) = halves(key.sign(&parts));
    RefreshSecret::of(key, &family.family_id, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Session {
        key: RefreshKey,
        family: Family,
    }

    fn begin() -> (Session, RefreshSecret) {
        let directory = tempfile::tempdir().unwrap();
        let key = RefreshKey::load_or_create(directory.path()).unwrap();
        let secret = RefreshSecret::generate(&key, &[3; 16]).unwrap();
        let family = Family {
            family_id: [3; 16],
            counter: 0,
            current_hash: *secret.hash().as_bytes(),
            previous_hash: None,
            rotated_at_ms: 0,
            created_at_ms: 0,
            last_used_ms: 0,
            revoked: false,
        };
        (Session { key, family }, secret)
    }

    impl Session {
        fn present(&mut self, secret: &RefreshSecret, now_ms: u64) -> Rotation {
            let rotation = rotate(&self.key, &self.family, secret, now_ms, &SessionLimits::GUEST);
            if let Rotation::Next { family, .. } = &rotation {
                self.family = family.clone();
            }
            rotation
        }

        fn next(&mut self, secret: &RefreshSecret, now_ms: u64) -> RefreshSecret {
            match self.present(secret, now_ms) {
                Rotation::Next { secret, .. } => secret,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn each_secret_has_one_successor() {
        let (mut session, first) = begin();
        let second = session.next(&first, 1_000);
        let third = session.next(&second, 2_000);
        assert_ne!(first.reveal(), second.reveal());
        assert_ne!(second.reveal(), third.reveal());
    }

    #[test]
    fn a_lost_answer_and_a_second_tab_get_the_same_successor() {
        let (mut session, first) = begin();
        let second = session.next(&first, 1_000);
        for now_ms in [1_000, 1_500, 1_000 + REPEAT_WINDOW_MS] {
            match session.present(&first, now_ms) {
                Rotation::Repeat { secret } => assert_eq!(secret.reveal(), second.reveal()),
                other => panic!("{other:?}"),
            }
        }
        session.next(&second, 12_000);
    }

    #[test]
    fn a_replaced_secret_that_comes_back_later_ends_the_family() {
        let (mut session, first) = begin();
        session.next(&first, 1_000);
        assert!(matches!(session.present(&first, 1_001 + REPEAT_WINDOW_MS), Rotation::Reused));
    }

    #[test]
    fn a_secret_two_generations_old_ends_the_family_at_once() {
        let (mut session, first) = begin();
        let second = session.next(&first, 1_000);
        session.next(&second, 1_100);
        assert!(matches!(session.present(&first, 1_200), Rotation::Reused));
    }

    #[test]
    fn a_forged_secret_signs_nobody_out() {
        let (mut session, first) = begin();
        let second = session.next(&first, 1_000);
        let elsewhere = begin().0.key;
        let mut bent = *b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        bent[..30].copy_from_slice(&second.reveal().as_bytes()[..30]);
        for forged in [
            RefreshSecret::parse(std::str::from_utf8(&bent).unwrap()).unwrap(),
            RefreshSecret::generate(&elsewhere, &[3; 16]).unwrap(),
            RefreshSecret::generate(&session.key, &[4; 16]).unwrap(),
        ] {
            assert!(matches!(session.present(&forged, 1_100), Rotation::Unknown));
        }
        session.next(&second, 1_200);
        assert!(matches!(session.present(&first, 1_300), Rotation::Reused), "a genuine one still ends it");
    }

    #[test]
    fn a_secret_that_is_valid_stays_so_under_another_key() {
        let (mut session, first) = begin();
        session.key = begin().0.key;
        let second = session.next(&first, 1_000);
        session.next(&second, 2_000);
    }

    #[test]
    fn sign_ins_end_by_disuse_by_age_and_by_revocation() {
        for limits in [SessionLimits::GUEST, SessionLimits::PLAYER, SessionLimits::MASTER] {
            let (mut session, first) = begin();
            let present = |session: &Session, secret: &RefreshSecret, now_ms: u64| {
                rotate(&session.key, &session.family, secret, now_ms, &limits)
            };
            assert!(matches!(present(&session, &first, limits.idle_ms + 1), Rotation::Expired));
            let second = session.next(&first, limits.idle_ms);
            session.family.last_used_ms = limits.absolute_ms;
            assert!(!matches!(present(&session, &second, limits.absolute_ms), Rotation::Expired));
            assert!(matches!(present(&session, &second, limits.absolute_ms + 1), Rotation::Expired));
            session.family.revoked = true;
            assert!(matches!(present(&session, &second, 1), Rotation::Expired));
        }
    }
}
