//! What an append costs: one that waits alone, and sixty-four tables' at once, which share a commit.

#![expect(clippy::unwrap_used, reason = "a benchmark may fail so")]

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use store::testing::PostgresServer;
use store::{Append, NewEvent, NewTable, Store, StoreConfig};
use tabletop::id::TableId;
use tokio::runtime::Runtime;

const TABLES: u8 = 64;

/// Tables to append to, each with its lease and the number of its last event.
struct Open {
    store: Store,
    tables: Vec<(TableId, u64, u64)>,
}

impl Open {
    async fn new(config: &StoreConfig) -> Self {
        let store = Store::open(config).await.unwrap();
        let mut tables = Vec::new();
        for number in 0..TABLES {
            let table = TableId::from_bytes([number; 16]);
            let new = NewTable {
                table,
                name: "Friday".to_owned(),
                created_at_ms: 1,
                events: Vec::new(),
                members: Vec::new(),
                founder: None,
            };
            store.create_table(new).await.unwrap();
            tables.push((table, store.acquire_lease(table).await.unwrap().unwrap(), 0));
        }
        Self { store, tables }
    }

    /// One event to each of so many tables, all at once.
    async fn append(&mut self, count: usize) {
        let mut waiting = Vec::with_capacity(count);
        for (table, lease_epoch, seq) in self.tables.iter_mut().take(count) {
            let events = vec![NewEvent { payload: "x".repeat(200), at_ms: 7 }];
            let append = Append {
                table: *table,
                lease_epoch: *lease_epoch,
                expected_seq: *seq,
                events,
                answers: Vec::new(),
                members: Vec::new(),
            };
            *seq += 1;
            let store = self.store.clone();
            waiting.push(tokio::spawn(async move { store.append(append).await }));
        }
        for one in waiting {
            one.await.unwrap().unwrap();
        }
    }
}

fn appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let embedded = StoreConfig::at(directory.path());
    let postgres = Some(PostgresServer::shared().database().unwrap());
    let server = StoreConfig { postgres, ..StoreConfig::at(Path::new("/nonexistent")) };
    for (name, config) in [("embedded", embedded), ("server", server)] {
        let mut open = runtime.block_on(Open::new(&config));
        for count in [1, usize::from(TABLES)] {
            criterion.bench_function(&format!("append/{name}/{count}"), |bencher| {
                bencher.iter(|| runtime.block_on(open.append(count)));
            });
        }
    }
}

criterion_group!(benches, appends);
criterion_main!(benches);
