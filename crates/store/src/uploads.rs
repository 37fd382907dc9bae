//! How much of pictures each account and each table has stored. Pictures themselves are files; here is who brought them.

use crate::database::{Purpose, Transaction, sql};
use crate::records::{NewUpload, Quota, Taken};
use crate::{Store, StoreError};

impl Store {
    /// Counts a picture towards what its account and its table may store, before it is stored. A table that is
    /// gone is [`StoreError::Conflict`]. The same picture of the same account at the same table counts once.
    pub async fn take_upload(&self, new: NewUpload, quota: Quota) -> Result<Taken, StoreError> {
        let mut transaction = self.step("count a picture").begin(Purpose::Write).await?;
        let blob = new.blob.to_string();
        let (table, account) = (new.table.as_bytes().as_slice(), new.account.as_bytes().as_slice());
        // Of two at once the second waits for the first, and sees what it took.
        let keep =
            sql("select table_id from tables where table_id = $1 and deleted_at_ms is null {for update}");
        if transaction.row(keep.with(table)).await?.is_none() {
            transaction.rollback().await?;
            return Err(StoreError::Conflict);
        }
        let keep = sql("select account_id from accounts where account_id = $1 {for update}").with(account);
        transaction.row(keep).await?;
        let insert =
            sql("insert into uploads (table_id, account_id, blob_id, bytes) values ($1, $2, $3, $4) \
             on conflict do nothing")
            .with(table)
            .with(account)
            .with(blob.as_str())
            .with(new.bytes);
        let is_new = transaction.run(insert).await? == 1;
        let fits = !is_new
            || (fits(&mut transaction, OF_ACCOUNT, account, quota).await?
                && fits(&mut transaction, OF_TABLE, table, quota).await?);
        if !fits {
            transaction.rollback().await?;
            return Ok(Taken::NoRoom);
        }
        transaction.commit().await?;
        Ok(if is_new { Taken::New } else { Taken::Before })
    }

    /// Takes back what was counted for a picture that could not be stored.
    pub async fn forget_upload(&self, new: NewUpload) -> Result<(), StoreError> {
        let blob = new.blob.to_string();
        let delete = sql("delete from uploads where table_id = $1 and account_id = $2 and blob_id = $3")
            .with(new.table.as_bytes())
            .with(new.account.as_bytes())
            .with(blob.as_str());
        self.step("take a picture back").change(delete).await.map(drop)
    }
}

// What was counted with no bytes is the server's own, and takes nobody's room.
const OF_ACCOUNT: &str = "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from uploads where account_id = $1 and bytes > 0";
const OF_TABLE: &str =
    "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from uploads where table_id = $1 and bytes > 0";

/// Whether what is counted, the newest included, is within the quota.
async fn fits(
    transaction: &mut Transaction,
    select: &'static str,
    id: &[u8],
    quota: Quota,
) -> Result<bool, StoreError> {
    let row = transaction.row(sql(select).with(id)).await?.ok_or(StoreError::Corrupt("uploads"))?;
    Ok(row.count(0)? <= quota.pictures && row.count(1)? <= quota.bytes)
}
