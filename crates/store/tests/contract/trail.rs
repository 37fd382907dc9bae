//! The audit trail.

use store::{AuditRecord, StoreError};

use crate::world::World;

/// An entry that says no more than its number; every fifth is a checkpoint.
fn entry(seq: u64) -> AuditRecord {
    let mut hash = [7; 32];
    hash[0] = seq as u8;
    AuditRecord { seq, text: format!("line {seq}"), hash, is_checkpoint: seq.is_multiple_of(5) }
}

fn entries(from: u64, to: u64) -> Vec<AuditRecord> {
    (from..=to).map(entry).collect()
}

fn end(seq: u64) -> Option<(u64, [u8; 32])> {
    Some((seq, entry(seq).hash))
}

pub(crate) async fn the_audit_trail_grows_at_its_end_alone(world: World) {
    let store = world.open().await;
    assert_eq!(store.audit_end().await.unwrap(), None);
    store.append_audit(None, &entries(1, 3)).await.unwrap();
    assert_eq!(store.audit_end().await.unwrap(), end(3));
    let mut other = end(3);
    other.as_mut().unwrap().1[31] ^= 1;
    for wrong in [None, end(2), end(4), other] {
        let refused = store.append_audit(wrong, &entries(4, 4)).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{wrong:?}");
    }
    store.append_audit(end(3), &entries(4, 9)).await.unwrap();
    store.close().await;
    let store = world.open().await;
    assert_eq!(store.audit_end().await.unwrap(), end(9));
    assert_eq!(store.audit_entries(0, 100).await.unwrap(), entries(1, 9));
    assert_eq!(store.audit_entries(2, 3).await.unwrap(), entries(3, 5));
    assert_eq!(store.audit_entries(9, 3).await.unwrap(), []);
}

pub(crate) async fn of_two_that_add_to_the_same_end_one_does(world: World) {
    let store = world.open().await;
    store.append_audit(None, &entries(1, 1)).await.unwrap();
    let adding = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.append_audit(end(1), &entries(2, 4)).await })
    });
    let mut added = 0;
    for one in adding.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(()) => added += 1,
            Err(error) => assert!(matches!(error, StoreError::Conflict), "{error:?}"),
        }
    }
    assert_eq!(added, 1);
    assert_eq!(store.audit_entries(0, 100).await.unwrap(), entries(1, 4));
}

pub(crate) async fn the_audit_trail_is_cut_at_a_checkpoint(world: World) {
    let store = world.open().await;
    assert_eq!(store.shorten_audit(3).await.unwrap(), 0);
    store.append_audit(None, &entries(1, 13)).await.unwrap();
    assert_eq!(store.shorten_audit(13).await.unwrap(), 0);
    assert_eq!(store.shorten_audit(9).await.unwrap(), 0, "there is no checkpoint among the first four");
    assert_eq!(store.shorten_audit(4).await.unwrap(), 4, "up to the checkpoint at five");
    assert_eq!(store.audit_entries(0, 100).await.unwrap(), entries(5, 13));
    let far = AuditRecord { seq: i64::MAX as u64, ..entry(1) };
    store.append_audit(end(13), &[far]).await.unwrap();
    assert_eq!(store.shorten_audit(9).await.unwrap(), 0, "one entry with a great number makes no other old");
    assert_eq!(store.shorten_audit(0).await.unwrap(), 5);
    assert_eq!(store.audit_entries(0, 4).await.unwrap(), entries(10, 13));
}
