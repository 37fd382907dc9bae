//! What addresses and accounts may do how often, and how many of what at once. Whoever asks [`RateLimits`] does not know where
//! it is counted: in the memory of this process, with a token bucket each. Several nodes would count together behind it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tabletop::id::AccountId;

use crate::bucket::{Bucket, Rate};
use crate::crowd::make_room;
use crate::http::problem::Problem;
use crate::limits::{
    COSTS_PER_MINUTE_MAX, JOINS_PER_MINUTE_MAX, LETTERS, NOTICE_LETTERS, REGISTRATIONS_PER_MINUTE_MAX,
    REPORTS_PER_MINUTE_MAX, REQUESTS_PER_MINUTE_MAX, STRANGERS_PER_ADDRESS_MAX,
};
use crate::pace::{Pace, Paces};

/// What an address tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attempt {
    /// A request of any kind.
    Request,
    /// To join a table, or to sign in by a link.
    Join,
    /// To make an account, or to use a link of one.
    Register,
    /// To report a policy that was broken.
    Report,
}

/// Every limit of how often, and of how many at once.
pub(crate) struct RateLimits {
    requests: Throttle,
    joins: Throttle,
    registrations: Throttle,
    reports: Throttle,
    costs: Throttle<AccountId>,
    letters: Throttle<AccountId>,
    notice_letters: Throttle<AccountId>,
    strangers: AtOnce,
    paces: Paces,
}

impl RateLimits {
    /// The usual limits, those of HTTP times a factor, those of frames by what a connection may send a second.
    pub(crate) fn new(factor: u32, frames_per_second: u32) -> Self {
        let times = |usual: u32| Throttle::new(usual.saturating_mul(factor));
        let factor_at_once = usize::try_from(factor).unwrap_or(usize::MAX);
        Self {
            requests: times(REQUESTS_PER_MINUTE_MAX),
            joins: times(JOINS_PER_MINUTE_MAX),
            registrations: times(REGISTRATIONS_PER_MINUTE_MAX),
            reports: Throttle::new(REPORTS_PER_MINUTE_MAX),
            costs: Throttle::new(COSTS_PER_MINUTE_MAX.saturating_mul(factor)),
            letters: Throttle::of(LETTERS),
            notice_letters: Throttle::of(NOTICE_LETTERS),
            strangers: AtOnce::new(STRANGERS_PER_ADDRESS_MAX.saturating_mul(factor_at_once)),
            paces: Paces::of_frames(frames_per_second),
        }
    }

    /// Spends one attempt, or says when the next is free. The addresses of one customer count as one.
    pub(crate) fn attempt(&self, what: Attempt, address: IpAddr, now_ms: u64) -> Result<(), Problem> {
        let throttle = match what {
            Attempt::Request => &self.requests,
            Attempt::Join => &self.joins,
            Attempt::Register => &self.registrations,
            Attempt::Report => &self.reports,
        };
        throttle.take(prefix(address), 1, now_ms)
    }

    /// Spends what a request costs, or says when there is enough again.
    pub(crate) fn charge(&self, account: AccountId, cost: u32, now_ms: u64) -> Result<(), Problem> {
        self.costs.take(account, cost, now_ms)
    }

    /// Spends a letter that somebody has sent to an account, or says when the next is free.
    pub(crate) fn letter(&self, account: AccountId, now_ms: u64) -> Result<(), Problem> {
        self.letters.take(account, 1, now_ms)
    }

    /// Whether another letter of attempts to sign in fits. Whoever tries spends none of the letters that its owner asks for.
    pub(crate) fn notice_letter(&self, account: AccountId, now_ms: u64) -> bool {
        self.notice_letters.take(account, 1, now_ms).is_ok()
    }

    /// A place for a socket that has not said who it is, if there is one.
    pub(crate) fn stranger(&self, address: IpAddr) -> Result<Place, Problem> {
        self.strangers.enter(prefix(address))
    }

    /// What an account may send over its connections.
    pub(crate) fn pace(&self, account: AccountId, now_ms: u64) -> Arc<Pace> {
        self.paces.of(account, now_ms)
    }
}

/// Addresses or accounts that are remembered at once; beyond that those that spent least are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Limits how much an address or an account may spend in a minute, and at once.
struct Throttle<Spender = IpAddr> {
    rate: Rate,
    buckets: Mutex<HashMap<Spender, Bucket>>,
}

impl<Spender: Copy + Eq + Hash> Throttle<Spender> {
    fn new(per_minute: u32) -> Self {
        Self::of(Rate::per_minute(per_minute))
    }

    fn of(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    fn take(&self, spender: Spender, cost: u32, now_ms: u64) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, REMEMBERED_MAX, |_, bucket| bucket.spent(self.rate, now_ms));
        let bucket = buckets.entry(spender).or_insert(Bucket::full(self.rate, now_ms));
        bucket.take(self.rate, cost, now_ms).map_err(|retry_after_s| Problem::TooMany { retry_after_s })
    }
}

/// Counts what is under way from each address.
struct AtOnce {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One that is under way; its end makes room.
pub(crate) struct Place {
    address: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl AtOnce {
    fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Takes a place, if there is one.
    fn enter(&self, address: IpAddr) -> Result<Place, Problem> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.most {
            return Err(Problem::TooMany { retry_after_s: 5 });
        }
        *count += 1;
        Ok(Place { address, counts: Arc::clone(&self.counts) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// An IPv6 customer has a /64: its addresses count as one.
fn prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_reached_and_refills() {
        let throttle = Throttle::<IpAddr>::new(60);
        let address = "192.0.2.1".parse().unwrap();
        for _ in 0..60 {
            throttle.take(address, 1, 0).unwrap();
        }
        assert!(matches!(throttle.take(address, 1, 0), Err(Problem::TooMany { retry_after_s: 1 })));
        throttle.take("192.0.2.2".parse().unwrap(), 1, 0).unwrap();
        throttle.take(address, 1, 1_000).unwrap();
    }

    #[test]
    fn a_crowd_of_strangers_shuts_nobody_out_and_frees_nobody_who_spent_all() {
        let throttle = Throttle::<IpAddr>::new(60);
        let spent = "192.0.2.1".parse().unwrap();
        while throttle.take(spent, 1, 0).is_ok() {}
        for number in 0..2 * u32::try_from(REMEMBERED_MAX).unwrap() {
            throttle.take(IpAddr::V4((0x0a00_0000 + number).into()), 1, 0).unwrap();
        }
        assert!(throttle.buckets.lock().unwrap().len() <= REMEMBERED_MAX, "memory is bounded");
        throttle.take("192.0.2.2".parse().unwrap(), 1, 0).unwrap();
        assert!(throttle.take(spent, 1, 0).is_err());
    }

    #[test]
    fn what_costs_more_is_to_be_had_less_often() {
        let throttle = Throttle::<AccountId>::new(100);
        let account = AccountId::from_bytes([1; 16]);
        throttle.take(account, 90, 0).unwrap();
        assert!(matches!(throttle.take(account, 70, 0), Err(Problem::TooMany { retry_after_s: 36 })));
        throttle.take(account, 10, 0).unwrap();
        throttle.take(AccountId::from_bytes([2; 16]), 100, 0).unwrap();
        throttle.take(account, 70, 42_000).unwrap();
    }

    #[test]
    fn so_many_are_under_way_at_once_and_their_end_makes_room() {
        let at_once = AtOnce::new(2);
        let address = "192.0.2.1".parse().unwrap();
        let (first, second) = (at_once.enter(address).ok(), at_once.enter(address).ok());
        assert!(first.is_some() && second.is_some());
        assert!(matches!(at_once.enter(address), Err(Problem::TooMany { .. })));
        assert!(at_once.enter("192.0.2.2".parse().unwrap()).is_ok());
        drop(first);
        assert!(at_once.enter(address).is_ok());
        drop(second);
        assert!(at_once.counts.lock().unwrap().is_empty(), "nothing is remembered of who is gone");
    }

    #[test]
    fn the_addresses_of_one_ipv6_customer_count_together() {
        let limits = RateLimits::new(1, 1);
        let [one, neighbour, other] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|address| address.parse().unwrap());
        while limits.attempt(Attempt::Join, one, 0).is_ok() {}
        assert!(limits.attempt(Attempt::Join, neighbour, 0).is_err());
        limits.attempt(Attempt::Join, other, 0).unwrap();
        let _places: Vec<Place> = std::iter::from_fn(|| limits.stranger(one).ok()).collect();
        assert!(limits.stranger(neighbour).is_err());
        assert!(limits.stranger(other).is_ok());
    }

    #[test]
    fn what_is_tried_is_counted_apart() {
        let limits = RateLimits::new(1, 1);
        let (address, account) = ("192.0.2.1".parse().unwrap(), AccountId::from_bytes([1; 16]));
        let all = [Attempt::Request, Attempt::Join, Attempt::Register, Attempt::Report];
        let counts =
            all.map(|what| (0..20_000).take_while(|_| limits.attempt(what, address, 0).is_ok()).count());
        assert_eq!(counts, [12_000, 60, 10, 30]);
        limits.charge(account, COSTS_PER_MINUTE_MAX, 0).unwrap();
        assert!(limits.charge(account, 1, 0).is_err());
        limits.letter(account, 0).unwrap();
        let larger = RateLimits::new(3, 1);
        assert_eq!(
            (0..20_000).take_while(|_| larger.attempt(Attempt::Join, address, 0).is_ok()).count(),
            180
        );
        assert_eq!(
            (0..20_000).take_while(|_| larger.attempt(Attempt::Report, address, 0).is_ok()).count(),
            30
        );
    }
}
