//! Slows guessing down: by login, by the part of the network it comes from, and apart from both by the browsers that
//! signed in before, so that nobody is locked out by somebody else's guesses.
//!
//! An attempt is counted when it begins, so that many at once are no way around it, and taken back when it succeeds. It
//! is refused before anything is computed, and the same for logins that exist and those that do not.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::crowd::make_room;

/// Attempts that cost nothing: at one login or from one browser, and from one part of the network.
const FREE: u32 = 5;
const FREE_FROM_A_NETWORK: u32 = 20;
/// The first wait, doubled with each further attempt up to the longest, in milliseconds.
const FIRST_WAIT_MS: u64 = 1_000;
const LONGEST_WAIT_MS: u64 = 15 * 60 * 1000;
/// Attempts are forgotten so long after the last one, in milliseconds.
const FORGOTTEN_MS: u64 = 60 * 60 * 1000;
/// What is remembered at once.
const REMEMBERED_MAX: usize = 100_000;

/// Where guesses are counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Place {
    /// At a login, by the hash of its text, whether it exists or not.
    Login([u8; 32]),
    /// From a part of the network.
    Network(IpAddr),
    /// From a browser that signed in to this account before.
    Browser([u8; 16], [u8; 16]),
}

impl Place {
    /// The part of the network that an address is in: a /24 of IPv4, a /48 of IPv6.
    pub(crate) fn network(address: IpAddr) -> Self {
        let v4 = |v4: std::net::Ipv4Addr| IpAddr::V4((u32::from(v4) & 0xffff_ff00).into());
        Self::Network(match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => v4(address),
                None => IpAddr::V6((u128::from(address) >> 80 << 80).into()),
            },
        })
    }

    fn free(self) -> u32 {
        match self {
            Self::Login(_) | Self::Browser(..) => FREE,
            Self::Network(_) => FREE_FROM_A_NETWORK,
        }
    }
}

#[derive(Clone, Copy)]
struct Count {
    attempts: u32,
    /// Until when further ones are refused.
    wait_until_ms: u64,
    last_ms: u64,
}

/// Counts attempts that did not succeed.
#[derive(Default)]
pub(crate) struct Backoff {
    counts: Mutex<HashMap<Place, Count>>,
}

/// An attempt that has begun, and counts as failed until it is said to be something else.
pub(crate) struct Attempt<'a> {
    backoff: &'a Backoff,
    places: Vec<Place>,
}

/// Come back in so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wait {
    pub(crate) seconds: u64,
}

impl Backoff {
    /// Begins an attempt, or says how long to wait.
    pub(crate) fn begin(&self, places: Vec<Place>, now_ms: u64) -> Result<Attempt<'_>, Wait> {
        let mut counts = self.counts();
        // Those who wait stay, and whoever came last.
        make_room(&mut counts, REMEMBERED_MAX + 1 - places.len(), |place, count| {
            (count.attempts > place.free(), count.last_ms)
        });
        let wait_until_ms =
            places.iter().filter_map(|place| counts.get(place)).map(|count| count.wait_until_ms);
        let wait_ms = wait_until_ms.max().unwrap_or(0).saturating_sub(now_ms);
        if wait_ms > 0 {
            return Err(Wait { seconds: wait_ms.div_ceil(1_000) });
        }
        for place in &places {
            let fresh = Count { attempts: 0, wait_until_ms: 0, last_ms: now_ms };
            let count = counts.entry(*place).or_insert(fresh);
            if now_ms.saturating_sub(count.last_ms) >= FORGOTTEN_MS {
                *count = fresh;
            }
            count.attempts = count.attempts.saturating_add(1);
            count.last_ms = now_ms;
            let beyond = count.attempts.saturating_sub(place.free());
            if beyond > 0 {
                let doubled = FIRST_WAIT_MS.saturating_mul(1 << (beyond - 1).min(20));
                count.wait_until_ms = now_ms + doubled.min(LONGEST_WAIT_MS);
            }
        }
        Ok(Attempt { backoff: self, places })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Place, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// How many at this login, or from this browser, have not succeeded so far, this one included.
    pub(crate) fn failures(&self) -> u32 {
        let counts = self.backoff.counts();
        let own = |place: &&Place| matches!(place, Place::Login(_) | Place::Browser(..));
        self.places.iter().find(own).and_then(|place| counts.get(place)).map_or(0, |count| count.attempts)
    }

    /// It succeeded: what was counted at the login or from the browser is forgotten. The network's count loses only this
    /// one, since who owns an account could otherwise go on guessing at others.
    pub(crate) fn succeeded(self) {
        let mut counts = self.backoff.counts();
        for place in &self.places {
            match place {
                Place::Login(_) | Place::Browser(..) => drop(counts.remove(place)),
                Place::Network(_) => take_back(&mut counts, *place),
            }
        }
    }

    /// It was no guess: nothing was compared, or the second factor is still to come.
    pub(crate) fn taken_back(self) {
        let mut counts = self.backoff.counts();
        for place in &self.places {
            take_back(&mut counts, *place);
        }
    }
}

fn take_back(counts: &mut HashMap<Place, Count>, place: Place) {
    let Some(count) = counts.get_mut(&place) else { return };
    count.attempts = count.attempts.saturating_sub(1);
    if count.attempts <= place.free() {
        count.wait_until_ms = 0;
    }
    if count.attempts == 0 {
        counts.remove(&place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Place = Place::Login([1; 32]);
    const OWN: Place = Place::Browser([2; 16], [1; 16]);

    fn network(text: &str) -> Place {
        Place::network(text.parse().unwrap())
    }

    #[test]
    fn waits_double_from_the_sixth_attempt_on_and_end_at_a_quarter_of_an_hour() {
        let backoff = Backoff::default();
        let mut now_ms = 0;
        for _ in 0..5 {
            assert!(backoff.begin(vec![ADA], now_ms).is_ok());
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert!(backoff.begin(vec![ADA], now_ms).is_ok());
            assert_eq!(backoff.begin(vec![ADA], now_ms).err(), Some(Wait { seconds: expected }));
            assert!(backoff.begin(vec![ADA], now_ms + expected * 1_000 - 1).is_err());
            now_ms += expected * 1_000;
        }
        assert!(backoff.begin(vec![ADA], now_ms).is_ok());
        let forgotten = now_ms + FORGOTTEN_MS;
        for _ in 0..5 {
            assert!(backoff.begin(vec![ADA], forgotten).is_ok());
        }
    }

    #[test]
    fn guesses_from_elsewhere_do_not_lock_out_a_browser_that_was_here_before() {
        let backoff = Backoff::default();
        while backoff.begin(vec![ADA], 0).is_ok() {}
        backoff.begin(vec![OWN], 0).ok().unwrap().succeeded();
        assert!(backoff.begin(vec![ADA, network("192.0.2.1")], 0).is_err());
        assert_eq!(backoff.counts().len(), 1, "a refused attempt counts nowhere");
    }

    #[test]
    fn a_success_forgets_the_login_and_takes_one_off_the_network() {
        let backoff = Backoff::default();
        let from = network("192.0.2.1");
        for _ in 0..5 {
            drop(backoff.begin(vec![ADA, from], 0));
        }
        backoff.begin(vec![ADA, from], 0).ok().unwrap().succeeded();
        assert!(!backoff.counts().contains_key(&ADA));
        assert_eq!(backoff.counts()[&from].attempts, 5);
        backoff.begin(vec![ADA, from], 0).ok().unwrap().taken_back();
        let counts = backoff.counts();
        assert_eq!((counts[&from].attempts, counts.len()), (5, 1));
    }

    #[test]
    fn logins_tried_from_one_network_count_together() {
        let backoff = Backoff::default();
        for number in 0..=FREE_FROM_A_NETWORK {
            let login = Place::Login([u8::try_from(number).unwrap(); 32]);
            assert!(backoff.begin(vec![login, network("192.0.2.1")], 0).is_ok());
        }
        assert!(backoff.begin(vec![Place::Login([99; 32]), network("192.0.2.250")], 0).is_err());
        assert!(backoff.begin(vec![Place::Login([99; 32]), network("192.0.3.1")], 0).is_ok());
        assert_eq!(network("::ffff:192.0.2.9"), network("192.0.2.1"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:ffff::1"));
        assert_ne!(network("2001:db8:1::"), network("2001:db8:2::"));
    }

    #[test]
    fn a_crowd_of_strangers_shuts_nobody_out_and_frees_nobody_who_waits() {
        let backoff = Backoff::default();
        let guessed = Place::Login([7; 32]);
        while backoff.begin(vec![guessed], 0).is_ok() {}
        for number in 0..2 * REMEMBERED_MAX {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            assert!(backoff.begin(vec![Place::Login(hash)], 1).is_ok());
        }
        assert!(backoff.counts().len() <= REMEMBERED_MAX, "memory is bounded");
        assert!(backoff.begin(vec![ADA], 2).is_ok());
        assert!(backoff.begin(vec![OWN], 2).is_ok());
        assert!(backoff.begin(vec![guessed], 2).is_err());
    }
}
