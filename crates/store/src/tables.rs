//! Tables: their logs, snapshots and answers.

use tabletop::id::{AccountId, CommandId, SeatId, TableId};

use crate::database::{Purpose, Row, Transaction, sql};
use crate::records::{
    MemberRow, NewAnswer, NewTable, StoredEvent, StoredSnapshot, StoredTable, TableRow, TablesMax,
};
use crate::writer::ADD_MEMBER;
use crate::{Store, StoreError};

/// Answers that are kept for each seat.
const ANSWERS_PER_SEAT_MAX: u64 = 256;

/// Later than all that happens, in milliseconds since 1970.
const NEVER_MS: u64 = i64::MAX.unsigned_abs();

/// Where the part of a log begins that is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    /// After the snapshot, if there is one.
    Snapshot,
    FirstEvent,
}

impl Store {
    /// Makes a table with its first events.
    pub async fn create_table(&self, new: NewTable) -> Result<(), StoreError> {
        let mut transaction = self.step("make a table").begin(Purpose::Write).await?;
        insert(&mut transaction, &new).await?;
        transaction.commit().await
    }

    /// Makes a table for its founder, unless they have as many as they may: `false` then.
    pub async fn found_table(&self, new: NewTable, max: TablesMax) -> Result<bool, StoreError> {
        let mut transaction = self.step("make a table").begin(Purpose::Write).await?;
        let fits = match &new.founder {
            Some(founder) => has_room(&mut transaction, founder, max).await?,
            None => true,
        };
        if !fits {
            transaction.rollback().await?;
            return Ok(false);
        }
        insert(&mut transaction, &new).await?;
        transaction.commit().await?;
        Ok(true)
    }
    /// All tables but the deleted ones, oldest first.
    pub async fn tables(&self) -> Result<Vec<TableRow>, StoreError> {
        self.tables_and_deleted(NEVER_MS).await
    }

    /// All tables, oldest first, with those that were deleted at or after `since_ms`.
    pub async fn tables_and_deleted(&self, since_ms: u64) -> Result<Vec<TableRow>, StoreError> {
        let select = sql("select table_id, name, created_at_ms, founder, deleted_at_ms from tables \
             where deleted_at_ms is null or deleted_at_ms >= $1 order by created_at_ms, table_id");
        let rows = self.step("list tables").read(select.with(since_ms.max(1))).await?;
        let row = |row: &Row| {
            Ok(TableRow {
                table: table_id(row, 0)?,
                name: row.text(1)?,
                created_at_ms: row.count(2)?,
                founder: founder(row, 3)?,
                deleted_at_ms: row.optional_count(4)?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Whether there ever was a table that is not removed yet.
    pub async fn has_tables(&self) -> Result<bool, StoreError> {
        let select = sql("select table_id from tables limit 1");
        Ok(self.step("look for a table").read_one(select).await?.is_some())
    }

    /// The tables of an account.
    pub async fn tables_of(&self, account: AccountId) -> Result<Vec<MemberRow>, StoreError> {
        let select = sql("select table_id, name, role, founder from members join tables using (table_id) \
             where account_id = $1 and deleted_at_ms is null order by created_at_ms, table_id");
        let rows = self.step("list tables").read(select.with(account.as_bytes())).await?;
        let row = |row: &Row| {
            let (table, name, role) = (table_id(row, 0)?, row.text(1)?, row.text(2)?);
            Ok(MemberRow { table, name, role, founder: founder(row, 3)? })
        };
        rows.iter().map(row).collect()
    }

    /// Takes a table's lease: appends under an older one are refused from now on. `None` if there is no such table.
    pub async fn acquire_lease(&self, table: TableId) -> Result<Option<u64>, StoreError> {
        let update = sql(
            "update tables set lease_epoch = lease_epoch + 1 where table_id = $1 and deleted_at_ms is null \
             returning lease_epoch",
        );
        let rows = self.step("take a table's lease").change_returning(update.with(table.as_bytes())).await?;
        rows.first().map(|row| row.count(0)).transpose()
    }

    /// All that is needed to wake a table; `None` if there is none. A log with a gap is [`StoreError::Corrupt`].
    pub async fn load_table(&self, table: TableId) -> Result<Option<StoredTable>, StoreError> {
        self.load(table, Start::Snapshot).await
    }

    /// As [`Store::load_table`], but the whole log and no snapshot: for whoever does not understand the snapshot.
    pub async fn load_log(&self, table: TableId) -> Result<Option<StoredTable>, StoreError> {
        self.load(table, Start::FirstEvent).await
    }

    async fn load(&self, table: TableId, start: Start) -> Result<Option<StoredTable>, StoreError> {
        // One transaction, so that log, snapshot and answers belong together.
        let mut transaction = self.step("load a table").begin(Purpose::Read).await?;
        let id = table.as_bytes();
        let row = transaction
            .row(
                sql("select name, last_seq from tables where table_id = $1 and deleted_at_ms is null")
                    .with(id),
            )
            .await?;
        let Some(row) = row else {
            transaction.rollback().await?;
            return Ok(None);
        };
        let (name, last_seq) = (row.text(0)?, row.count(1)?);
        let snapshot = match start {
            Start::Snapshot => {
                let select =
                    sql("select seq, payload from snapshots where table_id = $1 and seq between 1 and $2");
                transaction.row(select.with(id).with(last_seq)).await?
            }
            Start::FirstEvent => None,
        };
        let snapshot = snapshot
            .map(|row| Ok(StoredSnapshot { seq: row.count(0)?, payload: row.get(1, "snapshot")? }))
            .transpose()?;
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let select =
            sql("select seq, at_ms, payload from events where table_id = $1 and seq > $2 order by seq");
        let rows = transaction.rows(select.with(id).with(after)).await?;
        let events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        let select = sql("select seat, command_id, answer from answers where table_id = $1 \
             order by after_seq, position");
        let rows = transaction.rows(select.with(id)).await?;
        let answers = rows.iter().map(answer).collect::<Result<Vec<_>, _>>()?;
        transaction.commit().await?;
        let whole = (after + 1..).zip(&events).all(|(seq, event)| event.seq == seq)
            && after + events.len() as u64 == last_seq;
        if !whole {
            return Err(StoreError::Corrupt("event log"));
        }
        Ok(Some(StoredTable { name, snapshot, events, answers, last_seq }))
    }

    /// Keeps a snapshot, unless a newer one is there, and forgets answers beyond the window.
    pub async fn save_snapshot(&self, table: TableId, seq: u64, payload: Vec<u8>) -> Result<(), StoreError> {
        let mut transaction = self.step("save a snapshot").begin(Purpose::Write).await?;
        let id = table.as_bytes();
        let insert = sql("insert into snapshots (table_id, seq, payload) values ($1, $2, $3) \
             on conflict (table_id) do update set seq = excluded.seq, payload = excluded.payload \
             where excluded.seq >= snapshots.seq \
             or snapshots.seq > (select last_seq from tables where tables.table_id = excluded.table_id)");
        transaction.run(insert.with(id).with(seq).with(payload.as_slice())).await?;
        let forget = sql("delete from answers where table_id = $1 and (seat, command_id) in ( \
                 select seat, command_id from ( \
                     select seat, command_id, \
                     row_number() over (partition by seat order by after_seq desc, position desc) as age \
                     from answers where table_id = $1 \
                 ) as aged where age > $2)");
        transaction.run(forget.with(id).with(ANSWERS_PER_SEAT_MAX)).await?;
        transaction.commit().await
    }
}

async fn insert(transaction: &mut Transaction, new: &NewTable) -> Result<(), StoreError> {
    let id = new.table.as_bytes();
    let table = "insert into tables (table_id, name, created_at_ms, last_seq, lease_epoch, founder, names_uploads) \
         values ($1, $2, $3, $4, 0, $5, 1)";
    let last_seq = new.events.len() as u64;
    let founder = new.founder.as_ref().map(|founder| founder.as_bytes().as_slice());
    let table = sql(table).with(id).with(new.name.as_str()).with(new.created_at_ms).with(last_seq);
    transaction.run(table.with(founder)).await?;
    for (seq, event) in (1u64..).zip(&new.events) {
        let insert = sql("insert into events (table_id, seq, at_ms, payload) values ($1, $2, $3, $4)");
        transaction.run(insert.with(id).with(seq).with(event.at_ms).with(event.payload.as_str())).await?;
    }
    for (account, role) in &new.members {
        transaction.run(sql(ADD_MEMBER).with(id).with(account.as_bytes()).with(role.as_str())).await?;
    }
    Ok(())
}

/// Whether an account may make one more. Of two that ask at once the second waits for the first.
pub(crate) async fn has_room(
    transaction: &mut Transaction,
    founder: &AccountId,
    max: TablesMax,
) -> Result<bool, StoreError> {
    let id = founder.as_bytes();
    transaction
        .row(sql("select account_id from accounts where account_id = $1 {for update}").with(id))
        .await?;
    let count = sql("select count(*), count(deleted_at_ms) from tables where founder = $1").with(id);
    let row = transaction.row(count).await?.ok_or(StoreError::Corrupt("tables"))?;
    let (all, deleted) = (row.count(0)?, row.count(1)?);
    Ok(all < max.with_deleted && all - deleted.min(all) < max.standing)
}

pub(crate) fn table_id(row: &Row, index: usize) -> Result<TableId, StoreError> {
    Ok(TableId::from_bytes(row.bytes(index)?))
}

pub(crate) fn founder(row: &Row, index: usize) -> Result<Option<AccountId>, StoreError> {
    Ok(row.optional_bytes(index)?.map(AccountId::from_bytes))
}

pub(crate) fn seat(row: &Row, index: usize) -> Result<SeatId, StoreError> {
    Ok(SeatId(u32::try_from(row.count(index)?).map_err(|_| StoreError::Corrupt("seat"))?))
}

fn event(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent { seq: row.count(0)?, at_ms: row.count(1)?, payload: row.text(2)? })
}

fn answer(row: &Row) -> Result<NewAnswer, StoreError> {
    let command = CommandId::parse(&row.text(1)?).map_err(|_| StoreError::Corrupt("command id"))?;
    Ok(NewAnswer { seat: seat(row, 0)?, command, answer: row.text(2)? })
}
