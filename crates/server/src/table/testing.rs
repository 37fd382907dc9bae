//! A stored table for the tests of this module.

use std::path::Path;

use store::{Append, NewEvent, NewTable, Store, StoreConfig};
use tabletop::event::Event;
use tabletop::id::{AccountId, TableId};
use tabletop::name::Name;
use tabletop::table::Table;

use super::{Counters, Registry, Shared};
use crate::clock::Clock;
use crate::entropy::DiceSource;
use crate::security::SecurityLog;
use crate::testing::Testing;

pub(crate) const TABLE: TableId = TableId::from_bytes([7; 16]);
pub(crate) const MASTER: AccountId = AccountId::from_bytes([1; 16]);

/// A store with an empty table and its game master.
pub(crate) async fn shared(home: &Path, dice: DiceSource) -> Shared {
    let store = Store::open(&StoreConfig::at(home)).await.unwrap();
    let founding = Table::found(&Name::parse("Old").unwrap(), MASTER, &Name::parse("Ada").unwrap());
    let events = founding.iter().map(stored).collect();
    let members = Vec::new();
    let new =
        NewTable { table: TABLE, name: "Old".to_owned(), created_at_ms: 1, events, members, founder: None };
    store.create_table(new).await.unwrap();
    let (counters, registry) = (Counters::default(), Registry::default());
    let testing = Testing::default();
    Shared {
        store,
        clock: Clock,
        dice,
        counters,
        security: SecurityLog::new().unwrap(),
        registry,
        testing,
        idle_before_sleep: None,
    }
}

/// Appends events to the table's log as an owner of it.
pub(crate) async fn append(shared: &Shared, events: &[Event]) {
    let expected_seq = shared.store.load_log(TABLE).await.unwrap().unwrap().last_seq;
    let lease_epoch = shared.store.acquire_lease(TABLE).await.unwrap().unwrap();
    let events = events.iter().map(stored).collect();
    let (answers, members) = (Vec::new(), Vec::new());
    let append = Append { table: TABLE, lease_epoch, expected_seq, events, answers, members };
    shared.store.append(append).await.unwrap();
}

fn stored(event: &Event) -> NewEvent {
    NewEvent { payload: serde_json::to_string(event).unwrap(), at_ms: 1 }
}
