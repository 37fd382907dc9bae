//! Limits by address and by account: what may be spent in a time, with a token bucket each that is forgotten when full again;
//! and how many of a kind are under way at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tabletop::id::AccountId;

use super::problem::Problem;
use crate::bucket::{Bucket, Rate};
use crate::crowd::make_room;

/// Addresses or accounts that are remembered at once; beyond that those that spent least are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Limits how much an address or an account may spend in a minute, and at once.
pub(crate) struct Throttle<Spender = IpAddr> {
    rate: Rate,
    buckets: Mutex<HashMap<Spender, Bucket>>,
}

impl Throttle<IpAddr> {
    /// Spends one attempt, or says when the next is free. The addresses of one customer count as one.
    pub(crate) fn spend(&self, address: IpAddr, now_ms: u64) -> Result<(), Problem> {
        self.take(prefix(address), 1, now_ms)
    }
}

impl Throttle<AccountId> {
    /// Spends what a request costs, or says when there is enough again.
    pub(crate) fn charge(&self, account: AccountId, cost: u32, now_ms: u64) -> Result<(), Problem> {
        self.take(account, cost, now_ms)
    }
}

impl<Spender: Copy + Eq + Hash> Throttle<Spender> {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self::of(Rate::per_minute(per_minute))
    }

    pub(crate) fn of(rate: Rate) -> Self {
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
#[derive(Clone)]
pub(crate) struct AtOnce {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One that is under way; its end makes room.
pub(crate) struct Place {
    address: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl AtOnce {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Takes a place, if there is one.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Place, Problem> {
        let address = prefix(address);
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
            throttle.spend(address, 0).unwrap();
        }
        assert!(matches!(throttle.spend(address, 0), Err(Problem::TooMany { retry_after_s: 1 })));
        throttle.spend("192.0.2.2".parse().unwrap(), 0).unwrap();
        throttle.spend(address, 1_000).unwrap();
    }

    #[test]
    fn a_crowd_of_strangers_shuts_nobody_out_and_frees_nobody_who_spent_all() {
        let throttle = Throttle::<IpAddr>::new(60);
        let spent = "192.0.2.1".parse().unwrap();
        while throttle.spend(spent, 0).is_ok() {}
        for number in 0..2 * u32::try_from(REMEMBERED_MAX).unwrap() {
            throttle.spend(IpAddr::V4((0x0a00_0000 + number).into()), 0).unwrap();
        }
        assert!(throttle.buckets.lock().unwrap().len() <= REMEMBERED_MAX, "memory is bounded");
        throttle.spend("192.0.2.2".parse().unwrap(), 0).unwrap();
        assert!(throttle.spend(spent, 0).is_err());
    }

    #[test]
    fn what_costs_more_is_to_be_had_less_often() {
        let throttle = Throttle::<AccountId>::new(100);
        let account = AccountId::from_bytes([1; 16]);
        throttle.charge(account, 90, 0).unwrap();
        assert!(matches!(throttle.charge(account, 70, 0), Err(Problem::TooMany { retry_after_s: 36 })));
        throttle.charge(account, 10, 0).unwrap();
        throttle.charge(AccountId::from_bytes([2; 16]), 100, 0).unwrap();
        throttle.charge(account, 70, 42_000).unwrap();
    }

    #[test]
    fn so_many_are_under_way_at_once_and_their_end_makes_room() {
        let at_once = AtOnce::new(2);
        let address = "2001:db8::1".parse().unwrap();
        let (first, second) = (at_once.enter(address).ok(), at_once.enter(address).ok());
        assert!(first.is_some() && second.is_some());
        assert!(matches!(at_once.enter("2001:db8::2".parse().unwrap()), Err(Problem::TooMany { .. })));
        assert!(at_once.enter("192.0.2.1".parse().unwrap()).is_ok());
        drop(first);
        assert!(at_once.enter(address).is_ok());
        drop(second);
        assert!(at_once.counts.lock().unwrap().is_empty(), "nothing is remembered of who is gone");
    }

    #[test]
    fn the_addresses_of_one_ipv6_customer_count_together() {
        let throttle = Throttle::<IpAddr>::new(1);
        throttle.spend("2001:db8::1".parse().unwrap(), 0).unwrap();
        assert!(throttle.spend("2001:db8::2".parse().unwrap(), 0).is_err());
        throttle.spend("2001:db8:0:1::1".parse().unwrap(), 0).unwrap();
    }
}
