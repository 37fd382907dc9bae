//! Token buckets: what may be spent on the average, and at once.

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    per_second: f64,
    most: f64,
}

impl Rate {
    /// So much a second on the average, and so much at once.
    pub(crate) const fn new(per_second: f64, most: f64) -> Self {
        Self { per_second, most }
    }

    /// So much in a minute, all of it at once if need be.
    pub(crate) fn per_minute(count: u32) -> Self {
        Self::new(f64::from(count) / 60.0, f64::from(count))
    }

    /// A multiple of it.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self::new(self.per_second * factor, self.most * factor)
    }
}

/// Fills with time and is spent from. Times are in milliseconds, of any clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    left: f64,
    at_ms: u64,
}

impl Bucket {
    pub(crate) const fn full(rate: Rate, now_ms: u64) -> Self {
        Self { left: rate.most, at_ms: now_ms }
    }

    /// Whether all that it holds is there again, as if nothing had been spent.
    pub(crate) fn is_full(&self, rate: Rate, now_ms: u64) -> bool {
        self.refilled(rate, now_ms) >= rate.most
    }

    /// How much of what it holds is spent: thousandths of all of it.
    pub(crate) fn spent(&self, rate: Rate, now_ms: u64) -> u32 {
        let share = 1.0 - self.refilled(rate, now_ms) / rate.most;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1,000")]
        let thousandths = (share * 1_000.0) as u32;
        thousandths
    }

    /// Spends that much, or all of a full bucket if that is less; else spends nothing and says in how many seconds there is
    /// enough.
    pub(crate) fn take(&mut self, rate: Rate, cost: u32, now_ms: u64) -> Result<(), u64> {
        self.left = self.refilled(rate, now_ms);
        self.at_ms = now_ms;
        let cost = f64::from(cost).min(rate.most);
        if self.left < cost {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small positive number"
            )]
            return Err(((cost - self.left) / rate.per_second).ceil() as u64);
        }
        self.left -= cost;
        Ok(())
    }

    fn refilled(&self, rate: Rate, now_ms: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few minutes of milliseconds")]
        let earned = now_ms.saturating_sub(self.at_ms) as f64 / 1000.0 * rate.per_second;
        (self.left + earned).min(rate.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_spent_at_once_and_fills_with_time() {
        let rate = Rate::new(2.0, 10.0);
        let mut bucket = Bucket::full(rate, 0);
        let taken = (0..100).filter(|_| bucket.take(rate, 1, 0).is_ok()).count();
        assert_eq!(taken, 10);
        assert_eq!(bucket.take(rate, 3, 500), Err(1));
        assert_eq!(bucket.take(rate, 1, 500), Ok(()));
        assert!(!bucket.is_full(rate, 5_000) && bucket.is_full(rate, 5_500));
        // A clock that is set back takes nothing away.
        assert_eq!(bucket.take(rate, 1, 5_500), Ok(()));
        assert_eq!(bucket.take(rate, 1, 100), Ok(()));
    }

    #[test]
    fn what_costs_more_than_it_holds_costs_all() {
        let rate = Rate::per_minute(60);
        let mut bucket = Bucket::full(rate, 0);
        assert_eq!(bucket.take(rate, 1_000, 0), Ok(()));
        assert_eq!(bucket.take(rate, 1_000, 0), Err(60));
    }
}
