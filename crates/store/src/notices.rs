//! What the owner of an account should know of attempts to sign in to it.

use tabletop::id::AccountId;

use crate::database::{Purpose, Row, sql};
use crate::records::NoticeRecord;
use crate::{Store, StoreError};

impl Store {
    /// Keeps a notice, and the last `most` of its kind: one kind never drives another out. A guest gets none.
    pub async fn add_notice(
        &self,
        account: AccountId,
        new: &NoticeRecord,
        most: u32,
    ) -> Result<(), StoreError> {
        let mut transaction = self.step("keep a notice").begin(Purpose::Write).await?;
        let id = account.as_bytes();
        let insert = sql("insert into sign_in_notices (account_id, kind, at_ms, device) \
             select account_id, $2, $3, $4 from logins where account_id = $1 on conflict do nothing")
        .with(id)
        .with(new.kind.as_str())
        .with(new.at_ms)
        .with(new.device.as_str());
        transaction.run(insert).await?;
        let forget =
            sql("delete from sign_in_notices where account_id = $1 and kind = $2 and at_ms not in ( \
                 select at_ms from sign_in_notices where account_id = $1 and kind = $2 \
                 order by at_ms desc limit $3)");
        transaction.run(forget.with(id).with(new.kind.as_str()).with(u64::from(most))).await?;
        transaction.commit().await
    }

    /// The notices of an account, the last first.
    pub async fn notices_of(&self, account: AccountId) -> Result<Vec<NoticeRecord>, StoreError> {
        let select = sql("select kind, at_ms, device from sign_in_notices where account_id = $1 \
             order by at_ms desc, kind");
        let rows = self.step("list notices").read(select.with(account.as_bytes())).await?;
        let notice =
            |row: &Row| Ok(NoticeRecord { kind: row.text(0)?, at_ms: row.count(1)?, device: row.text(2)? });
        rows.iter().map(notice).collect()
    }
}
