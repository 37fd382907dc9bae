//! What is over is forgotten.

use crate::database::{Purpose, sql};
use crate::{Store, StoreError};

impl Store {
    /// Forgets links that end before `now_ms`, and sign-ins that ended, or were used last, before `ended_before_ms`; gives how
    /// many. What is forgotten is worth as little as it was.
    pub async fn forget_what_is_over(&self, now_ms: u64, ended_before_ms: u64) -> Result<u64, StoreError> {
        let mut transaction = self.step("forget what is over").begin(Purpose::Write).await?;
        let mut forgotten = 0;
        for statement in [
            "delete from account_links where expires_at_ms < $1",
            "delete from link_codes where expires_at_ms < $1",
        ] {
            forgotten += transaction.run(sql(statement).with(now_ms)).await?;
        }
        let ended = sql("delete from session_families where coalesce(revoked_at_ms, last_used_ms) < $1")
            .with(ended_before_ms);
        forgotten += transaction.run(ended).await?;
        transaction.commit().await?;
        Ok(forgotten)
    }
}
