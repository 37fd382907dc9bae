//! Tables that were deleted: set aside, brought back, and in the end removed with all that they knew.
//!
//! A table is deleted by one row, whatever it holds, and its lease ends, so that nothing is written to it any more by whoever
//! has it awake.

use tabletop::id::{AccountId, BlobId, TableId};

use crate::database::{Purpose, sql};
use crate::records::{DeletedRow, Restored, TablesMax};
use crate::tables::{founder, has_room, table_id};
use crate::{Store, StoreError};

/// Events that are removed in one transaction, so that others write between.
const EVENTS_AT_ONCE: u64 = 5_000;
/// Deleted tables that an account is shown.
const DELETED_LISTED_MAX: u64 = 100;

impl Store {
    /// Deletes a table; `false` if there is none.
    pub async fn delete_table(&self, table: TableId, now_ms: u64) -> Result<bool, StoreError> {
        let update = sql("update tables set deleted_at_ms = $2, lease_epoch = lease_epoch + 1 \
             where table_id = $1 and deleted_at_ms is null");
        Ok(self.step("delete a table").change(update.with(table.as_bytes()).with(now_ms)).await? == 1)
    }

    /// Brings a table back that was deleted at or after `since_ms`, if whoever made it may have one more.
    pub async fn restore_table(
        &self,
        table: TableId,
        since_ms: u64,
        max: TablesMax,
    ) -> Result<Restored, StoreError> {
        let mut transaction = self.step("bring a table back").begin(Purpose::Write).await?;
        let (id, since_ms) = (table.as_bytes(), since_ms.max(1));
        let select = sql("select founder from tables where table_id = $1 and deleted_at_ms >= $2");
        let Some(row) = transaction.row(select.with(id).with(since_ms)).await? else {
            transaction.rollback().await?;
            return Ok(Restored::NoTable);
        };
        // It counts already among those with the deleted ones.
        let max = TablesMax { with_deleted: u64::MAX, ..max };
        if let Some(founder) = founder(&row, 0)?
            && !has_room(&mut transaction, &founder, max).await?
        {
            transaction.rollback().await?;
            return Ok(Restored::NoRoom);
        }
        let update =
            sql("update tables set deleted_at_ms = null where table_id = $1 and deleted_at_ms >= $2");
        let restored = transaction.run(update.with(id).with(since_ms)).await? == 1;
        transaction.commit().await?;
        Ok(if restored { Restored::Yes } else { Restored::NoTable })
    }

    /// The tables of which an account was a game master that were deleted at or after `since_ms`: the newest ones, those first.
    pub async fn deleted_tables_of(
        &self,
        account: AccountId,
        since_ms: u64,
    ) -> Result<Vec<DeletedRow>, StoreError> {
        let select = sql("select table_id, name, deleted_at_ms from members join tables using (table_id) \
             where account_id = $1 and role = 'gm' and deleted_at_ms >= $2 order by deleted_at_ms desc, table_id limit $3");
        let select = select.with(account.as_bytes()).with(since_ms.max(1)).with(DELETED_LISTED_MAX);
        let rows = self.step("list deleted tables").read(select).await?;
        rows.iter()
            .map(|row| {
                let (table, name, deleted_at_ms) = (table_id(row, 0)?, row.text(1)?, row.count(2)?);
                Ok(DeletedRow { table, name, deleted_at_ms })
            })
            .collect()
    }

    /// The tables that were deleted before `before_ms`. From now on they cannot be brought back: [`Store::forget_table`]
    /// removes them.
    pub async fn tables_to_forget(&self, before_ms: u64) -> Result<Vec<TableId>, StoreError> {
        let update = sql("update tables set deleted_at_ms = 0 where deleted_at_ms < $1 returning table_id");
        let rows = self.step("find deleted tables").change_returning(update.with(before_ms.max(1))).await?;
        rows.iter().map(|row| table_id(row, 0)).collect()
    }

    /// The pictures that were stored for this table and for no other.
    pub async fn pictures_only_of(&self, table: TableId) -> Result<Vec<BlobId>, StoreError> {
        let select = sql("select distinct blob_id from uploads as own where table_id = $1 and not exists \
             (select 1 from uploads as others where others.blob_id = own.blob_id and others.table_id <> $1) \
             order by blob_id");
        let rows = self.step("find a table's pictures").read(select.with(table.as_bytes())).await?;
        rows.iter().map(|row| row.text(0)?.parse().map_err(|_| StoreError::Corrupt("picture"))).collect()
    }

    /// Whether the log of another table names this picture though no upload does, as those of older tables may.
    pub async fn is_in_an_older_log(&self, table: TableId, blob: BlobId) -> Result<bool, StoreError> {
        let select = sql("select seq from events join tables using (table_id) \
             where names_uploads = 0 and events.table_id <> $1 and payload like $2 limit 1");
        let named = format!("%{blob}%");
        let select = select.with(table.as_bytes()).with(named.as_str());
        Ok(self.step("look for a picture").read_one(select).await?.is_some())
    }

    /// Forgets which pictures were stored for a table, once those are removed that no other has.
    pub async fn forget_uploads_of(&self, table: TableId) -> Result<(), StoreError> {
        let delete = sql("delete from uploads where table_id = $1");
        self.step("forget a table's pictures").change(delete.with(table.as_bytes())).await.map(drop)
    }

    /// Removes a table that [`Store::tables_to_forget`] gave, and all that it knew, some events at a time. Breaking off is
    /// harmless: it is given again.
    pub async fn forget_table(&self, table: TableId) -> Result<(), StoreError> {
        let id = table.as_bytes();
        loop {
            let some = sql("delete from events where table_id = $1 and seq in \
                 (select seq from events where table_id = $1 order by seq limit $2)");
            let removed =
                self.step("remove a table's events").change(some.with(id).with(EVENTS_AT_ONCE)).await?;
            if removed < EVENTS_AT_ONCE {
                break;
            }
        }
        let mut transaction = self.step("remove a table").begin(Purpose::Write).await?;
        for statement in [
            "delete from answers where table_id = $1",
            "delete from snapshots where table_id = $1",
            "delete from members where table_id = $1",
            "delete from link_codes where table_id = $1",
            "delete from uploads where table_id = $1",
            "delete from tables where table_id = $1 and deleted_at_ms = 0",
        ] {
            transaction.run(sql(statement).with(id)).await?;
        }
        transaction.commit().await
    }
}
