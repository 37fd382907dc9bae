//! What an entry costs to make, and to check.

use audit::{Entry, Fields, Head, SigningKey, Verifier};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;

const ENTRIES: u64 = 1_000;

fn fields() -> Fields {
    [
        ("account", "0f".repeat(16)),
        ("from", "683376867522".to_owned()),
        ("route", "/api/v1/session/refresh".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), Value::from(value)))
    .into_iter()
    .collect()
}

fn trail(key: &SigningKey) -> Vec<Entry> {
    let mut head = Head::EMPTY;
    let mut entries: Vec<Entry> = (1..ENTRIES)
        .map(|_| {
            let entry = head.entry(1_700_000_000_000, "session.began", fields());
            head = entry.head();
            entry
        })
        .collect();
    entries.push(head.checkpoint(1_700_000_000_000, key));
    entries
}

fn benches(criterion: &mut Criterion) {
    let Some(key) = SigningKey::from_seed(&[1; 32]) else { return };
    let entries = trail(&key);
    let mut group = criterion.benchmark_group("a thousand entries and a checkpoint");
    group.throughput(Throughput::Elements(ENTRIES));
    group.bench_function("made", |bencher| bencher.iter(|| trail(&key)));
    group.bench_function("checked", |bencher| {
        bencher.iter(|| {
            let mut verifier = Verifier::new(vec![key.verifying()], Vec::new(), 0);
            for entry in &entries {
                assert!(verifier.take(entry.seq, &entry.text, entry.hash).is_ok());
            }
            verifier.finish()
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
