//! From the log to a table: the newest snapshot, and the events since.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use store::StoreError;
use tabletop::event::{Event, Snapshot};
use tabletop::id::TableId;
use tabletop::table::Table;

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
    #[error("event {seq} is not understood")]
    Event {
        seq: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error("the events do not fold into a table")]
    Broken,
}

/// Loads a table; `None` if there is none. Takes the lease, so that an older owner can no longer write.
pub(super) async fn load(shared: &Shared, id: TableId) -> Result<Option<Woken>, WakeError> {
    let Some(stored) = shared.store.load_table(id).await.map_err(WakeError::Store)? else { return Ok(None) };
    let lease_epoch = shared.store.acquire_lease(id).await.map_err(WakeError::Store)?;
    let folded = catch_unwind(AssertUnwindSafe(|| fold(&stored)));
    let (table, snapshot_seq) = folded.unwrap_or(Err(WakeError::Broken)).inspect_err(|_| {
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

fn fold(stored: &store::StoredTable) -> Result<(Table, u64), WakeError> {
    // The log that was loaded goes on from the snapshot: without it the events would fold into another table.
    let (mut table, from) = match &stored.snapshot {
        None => (Table::default(), 0),
        Some(held) => {
            let snapshot: Snapshot = serde_json::from_slice(&held.payload).map_err(WakeError::Snapshot)?;
            (Table::from_snapshot(&snapshot).ok_or(WakeError::Broken)?, held.seq)
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
