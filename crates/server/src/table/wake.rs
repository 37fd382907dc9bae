//! From the log to a table: the newest snapshot, and the events since.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use store::{StoreError, StoredTable};
use tabletop::event::{Event, Snapshot};
use tabletop::id::TableId;
use tabletop::table::Table;
use tracing::warn;

use super::Shared;
use super::answers::{Answers, FirstAnswer};

/// A table as it was when it fell asleep.
pub(super) struct Woken {
    pub(super) table: Table,
    pub(super) seq: u64,
    pub(super) snapshot_seq: u64,
    pub(super) lease_epoch: u64,
    pub(super) answers: Answers,
}

/// A table cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum WakeError {
    #[error("could not read the table from the store")]
    Store(#[source] StoreError),
    #[error("the snapshot is not understood")]
    Snapshot(#[source] serde_json::Error),
    #[error("the snapshot is of another form")]
    Form,
    #[error("event {seq} is not understood")]
    Event {
        seq: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error("the events do not fold into a table")]
    Broken,
}

/// Loads a table; `None` if there is none. Takes the lease first, so that nothing is written any more by an older owner
/// once the log is read.
pub(super) async fn load(shared: &Shared, id: TableId) -> Result<Option<Woken>, WakeError> {
    let lease = shared.store.acquire_lease(id).await.map_err(WakeError::Store)?;
    let Some(lease_epoch) = lease else { return Ok(None) };
    let Some(stored) = shared.store.load_table(id).await.map_err(WakeError::Store)? else { return Ok(None) };
    let (stored, folded) = match guarded_fold(&stored) {
        Err(error) if stored.snapshot.is_some() => {
            // A snapshot only saves time: what it holds is in the log.
            warn!(table = %id, error = &error as &dyn std::error::Error, "table.snapshot.unreadable");
            let whole = shared.store.load_log(id).await.map_err(WakeError::Store)?;
            let Some(whole) = whole else { return Ok(None) };
            let folded = guarded_fold(&whole);
            (whole, folded)
        }
        folded => (stored, folded),
    };
    let (table, snapshot_seq) = folded.inspect_err(|_| {
        shared.counters.tables_quarantined.fetch_add(1, Ordering::Relaxed);
    })?;
    let mut answers = Answers::default();
    for stored in stored.answers {
        if let Ok(answer) = serde_json::from_str::<FirstAnswer>(&stored.answer) {
            answers.remember(stored.seat, stored.command, answer);
        }
    }
    Ok(Some(Woken { table, seq: stored.last_seq, snapshot_seq, lease_epoch, answers }))
}

fn guarded_fold(stored: &StoredTable) -> Result<(Table, u64), WakeError> {
    catch_unwind(AssertUnwindSafe(|| fold(stored))).unwrap_or(Err(WakeError::Broken))
}

fn fold(stored: &StoredTable) -> Result<(Table, u64), WakeError> {
    // The log that was loaded goes on from the snapshot: without it the events would fold into another table.
    let (mut table, from) = match &stored.snapshot {
        None => (Table::default(), 0),
        Some(held) => {
            let snapshot: Snapshot = serde_json::from_slice(&held.payload).map_err(WakeError::Snapshot)?;
            (Table::from_snapshot(&snapshot).ok_or(WakeError::Form)?, held.seq)
        }
    };
    for event in stored.events.iter().filter(|event| event.seq > from) {
        let seq = event.seq;
        let event: Event =
            serde_json::from_str(&event.payload).map_err(|source| WakeError::Event { seq, source })?;
        table.apply(&event);
    }
    Ok((table, from))
}

#[cfg(test)]
mod tests {
    use tabletop::event::Settings;

    use super::*;
    use crate::entropy::DiceSource;
    use crate::table::testing::{TABLE, append, shared};

    #[tokio::test]
    async fn a_snapshot_that_is_not_understood_gives_way_to_the_whole_log() {
        let home = tempfile::tempdir().unwrap();
        let shared = shared(home.path(), DiceSource::Seeded(1)).await;
        append(&shared, &[Event::TableSet { name: "New".to_owned(), settings: Settings::default() }]).await;
        let whole = load(&shared, TABLE).await.unwrap().unwrap();
        let mut foreign = serde_json::to_value(whole.table.snapshot()).unwrap();
        foreign["form"] = 4_000_000.into();
        for payload in [Vec::new(), b"{}".to_vec(), vec![0xff; 100], serde_json::to_vec(&foreign).unwrap()] {
            shared.store.save_snapshot(TABLE, whole.seq, payload).await.unwrap();
            let woken = load(&shared, TABLE).await.unwrap().unwrap();
            assert_eq!(woken.table.snapshot(), whole.table.snapshot());
            assert_eq!((woken.table.name(), woken.seq, woken.snapshot_seq), ("New", whole.seq, 0));
        }
        assert_eq!(shared.counters.tables_quarantined.load(Ordering::Relaxed), 0);
        let good = serde_json::to_vec(&whole.table.snapshot()).unwrap();
        shared.store.save_snapshot(TABLE, whole.seq, good).await.unwrap();
        assert_eq!(load(&shared, TABLE).await.unwrap().unwrap().snapshot_seq, whole.seq);
    }
}
