//! The audit trail: entries that are only ever added at its end.

use crate::database::{Column, Purpose, ROWS_MAX, Row, sql};
use crate::records::AuditRecord;
use crate::{Store, StoreError};

impl Store {
    /// The last entry's number and hash; `None` if there is none.
    pub async fn audit_end(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        let row = self.step("find the end of the audit trail").read_one(sql(END)).await?;
        row.as_ref().map(end).transpose()
    }

    /// Adds entries after the one that is known as the last. A trail that ends otherwise is a [`StoreError::Conflict`],
    /// and nothing is added.
    pub async fn append_audit(
        &self,
        last: Option<(u64, [u8; 32])>,
        entries: &[AuditRecord],
    ) -> Result<(), StoreError> {
        let mut transaction = self.step("add to the audit trail").begin(Purpose::Write).await?;
        let found = transaction.row(sql(END)).await?.as_ref().map(end).transpose()?;
        if found != last {
            transaction.rollback().await?;
            return Err(StoreError::Conflict);
        }
        for entries in entries.chunks(ROWS_MAX) {
            let insert =
                sql("insert into audit_entries (seq, line, hash, is_checkpoint) {rows}").with_rows([
                    Column::Numbers(entries.iter().map(|entry| entry.seq).collect()),
                    Column::Texts(entries.iter().map(|entry| entry.text.as_str()).collect()),
                    Column::Bytes(entries.iter().map(|entry| entry.hash.as_slice()).collect()),
                    Column::Numbers(entries.iter().map(|entry| u64::from(entry.is_checkpoint)).collect()),
                ]);
            transaction.run(insert).await.map_err(unless_taken)?;
        }
        transaction.commit().await.map_err(unless_taken)
    }

    /// The entries after a number, in order, `most` of them.
    pub async fn audit_entries(&self, after: u64, most: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let select = sql("select seq, line, hash, is_checkpoint from audit_entries where seq > $1 \
             order by seq limit $2");
        let rows = self.step("read the audit trail").read(select.with(after).with(u64::from(most))).await?;
        let record = |row: &Row| {
            Ok(AuditRecord {
                seq: row.count(0)?,
                text: row.text(1)?,
                hash: row.bytes(2)?,
                is_checkpoint: row.count(3)? != 0,
            })
        };
        rows.iter().map(record).collect()
    }

    /// Lets the oldest entries go, so that at least the last `kept` stay and the trail begins with a checkpoint; gives how
    /// many.
    pub async fn shorten_audit(&self, kept: u64) -> Result<u64, StoreError> {
        // Counted, not reckoned: one entry with a number far beyond would make all others old.
        let delete = sql("delete from audit_entries where seq < ( \
                 select max(seq) from audit_entries where is_checkpoint = 1 \
                 and seq <= (select seq from audit_entries order by seq desc limit 1 offset $1))");
        self.step("shorten the audit trail").change(delete.with(kept)).await
    }
}

/// The number of an entry is the fence: one that is taken is another's, who read the same end at the same time.
fn unless_taken(error: StoreError) -> StoreError {
    if let StoreError::Unavailable { source, .. } = &error
        && let Some(sqlx::Error::Database(refused)) = source.downcast_ref()
        && refused.is_unique_violation()
    {
        return StoreError::Conflict;
    }
    error
}

const END: &str = "select seq, hash from audit_entries order by seq desc limit 1";

fn end(row: &Row) -> Result<(u64, [u8; 32]), StoreError> {
    Ok((row.count(0)?, row.bytes(1)?))
}
