//! Tables that were deleted.

use store::{DeletedRow, Restored, TablesMax, Taken};

use super::*;

const MAX: TablesMax = TablesMax { standing: 2, with_deleted: 3 };
const QUOTA: Quota = Quota { pictures: 9, bytes: 9_000 };

fn upload(table_number: u8, picture: u8) -> NewUpload {
    let blob = BlobId::from_digest([picture; 32]);
    NewUpload { table: table(table_number), account: account(5), blob, bytes: 10 }
}

pub(crate) async fn a_deleted_table_is_nowhere_and_comes_back_as_it_was(world: World) {
    let store = world.open().await;
    sign_in(&store).await;
    let epoch = make(&store, table(1)).await;
    make(&store, table(2)).await;
    store.append(append(table(1), epoch, 1, &["a"])).await.unwrap();
    assert!(store.delete_table(table(1), 500).await.unwrap());
    assert!(!store.delete_table(table(1), 900).await.unwrap(), "it is deleted once");
    assert!(!store.delete_table(table(9), 500).await.unwrap(), "there is no such table");

    assert!(store.load_table(table(1)).await.unwrap().is_none());
    assert_eq!(store.acquire_lease(table(1)).await.unwrap(), None);
    let late = store.append(append(table(1), epoch, 2, &["late"])).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "whoever has it awake writes no more");
    assert!(matches!(store.take_upload(upload(1, 1), QUOTA).await, Err(StoreError::Conflict)));
    let ids = |rows: Vec<store::MemberRow>| rows.into_iter().map(|row| row.table).collect::<Vec<_>>();
    assert_eq!(ids(store.tables_of(account(1)).await.unwrap()), [table(2)]);
    assert_eq!(store.tables().await.unwrap().len(), 1);
    let row = DeletedRow { table: table(1), name: "Friday".to_owned(), deleted_at_ms: 500 };
    assert_eq!(store.deleted_tables_of(account(1), 500).await.unwrap(), [row]);
    let standings = async |since_ms| {
        let rows = store.tables_and_deleted(since_ms).await.unwrap();
        rows.into_iter().map(|row| (row.table, row.deleted_at_ms, row.founder)).collect::<Vec<_>>()
    };
    assert_eq!(standings(500).await, [(table(1), Some(500), None), (table(2), None, None)]);
    assert_eq!(standings(501).await, [(table(2), None, None)]);
    assert_eq!(store.deleted_tables_of(account(1), 501).await.unwrap(), []);
    assert_eq!(store.deleted_tables_of(account(2), 0).await.unwrap(), [], "it was none of theirs");

    let restore = async |number, since_ms| store.restore_table(table(number), since_ms, MAX).await.unwrap();
    assert_eq!(restore(1, 501).await, Restored::NoTable, "too long ago");
    assert_eq!(restore(2, 0).await, Restored::NoTable, "it was not deleted");
    assert_eq!(restore(1, 500).await, Restored::Yes);
    assert_eq!(payloads(&store, table(1)).await, ["first", "a"]);
    assert_eq!(ids(store.tables_of(account(1)).await.unwrap()), [table(1), table(2)]);
    let stale = store.append(append(table(1), epoch, 2, &["late"])).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "its lease ended with it");
    let epoch = store.acquire_lease(table(1)).await.unwrap().unwrap();
    store.append(append(table(1), epoch, 2, &["b"])).await.unwrap();
}

pub(crate) async fn what_was_deleted_long_ago_is_removed_and_nothing_of_others(world: World) {
    let store = world.open().await;
    sign_in(&store).await;
    for number in [1, 2] {
        let epoch = make(&store, table(number)).await;
        let many: Vec<String> = (0..6_000).map(|event| format!("event {event} of {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        store.append(append(table(number), epoch, 1, &many)).await.unwrap();
        store.save_snapshot(table(number), 2, b"snapshot".to_vec()).await.unwrap();
        let code = CodeRecord {
            hash: [number; 32],
            kind: CodeKind::Seat { table: table(number), seat: SeatId(1) },
            expires_at_ms: None,
            uses_left: Some(1),
            created_at_ms: 1,
        };
        store.create_code(code).await.unwrap();
        assert_eq!(store.take_upload(upload(number, number), QUOTA).await.unwrap(), Taken::New);
        let both = store.take_upload(upload(number, 9), QUOTA).await.unwrap();
        assert_eq!(both, Taken::New, "both have this one");
    }
    store.delete_table(table(1), 500).await.unwrap();
    assert_eq!(store.tables_to_forget(500).await.unwrap(), []);
    assert_eq!(store.tables_to_forget(501).await.unwrap(), [table(1)]);
    let restored = store.restore_table(table(1), 0, MAX).await.unwrap();
    assert_eq!(restored, Restored::NoTable, "it is being removed");
    assert_eq!(store.deleted_tables_of(account(1), 0).await.unwrap(), []);
    assert_eq!(store.tables_to_forget(501).await.unwrap(), [table(1)], "until it is");
    assert_eq!(store.pictures_only_of(table(1)).await.unwrap(), [BlobId::from_digest([1; 32])]);
    store.forget_table(table(1)).await.unwrap();
    assert_eq!(store.tables_to_forget(501).await.unwrap(), []);
    assert!(store.code([1; 32]).await.unwrap().is_none() && store.code([2; 32]).await.unwrap().is_some());
    assert_eq!(store.pictures_only_of(table(2)).await.unwrap().len(), 2);
    let kept = store.load_log(table(2)).await.unwrap().unwrap();
    assert_eq!(kept.events.len(), 6_001);
    assert!(store.load_table(table(2)).await.unwrap().unwrap().snapshot.is_some());
    let contents = world.contents().await;
    let holds = |words: &str| contents.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(holds("event 5999 of 2") && !holds("of 1"), "nothing of it is in a copy");
}

pub(crate) async fn an_account_makes_so_many_tables_and_no_more_also_at_once(world: World) {
    let store = world.open().await;
    sign_in(&store).await;
    let found = async |number: u8| {
        let members = vec![(account(5), "gm".to_owned())];
        let new = NewTable {
            table: table(number),
            name: "Friday".to_owned(),
            created_at_ms: u64::from(number),
            events: vec![event("first")],
            members,
            founder: Some(account(5)),
        };
        store.found_table(new, MAX).await.unwrap()
    };
    let made = tokio::join!(found(1), found(2), found(3), found(4));
    let made = [made.0, made.1, made.2, made.3];
    assert_eq!(made.iter().filter(|made| **made).count(), 2, "{made:?}");
    let rows = store.tables_of(account(5)).await.unwrap();
    assert!(rows.iter().all(|row| row.founder == Some(account(5))), "{rows:?}");
    let first = rows[0].table;
    store.delete_table(first, 500).await.unwrap();
    assert!(found(5).await, "in its place");
    let restored = store.restore_table(first, 0, MAX).await.unwrap();
    assert_eq!(restored, Restored::NoRoom, "whoever asks");
    store.delete_table(table(5), 500).await.unwrap();
    assert!(!found(6).await, "with the deleted ones there are as many as may be");
    assert_eq!(store.restore_table(first, 0, MAX).await.unwrap(), Restored::Yes);
    make(&store, table(7)).await;
    store.delete_table(table(7), 500).await.unwrap();
    let none = TablesMax { standing: 0, with_deleted: 0 };
    assert_eq!(store.restore_table(table(7), 0, none).await.unwrap(), Restored::Yes, "it is nobody's");
}

pub(crate) async fn a_picture_that_an_older_log_names_is_known_to_be_used(world: World) {
    let store = world.open().await;
    sign_in(&store).await;
    let blob = BlobId::from_digest([3; 32]);
    let payload = format!("{{\"picture\":{{\"blob\":\"{blob}\"}}}}");
    for number in [1, 2] {
        let epoch = make(&store, table(number)).await;
        store.append(append(table(number), epoch, 1, &[payload.as_str()])).await.unwrap();
    }
    assert!(!store.is_in_an_older_log(table(1), blob).await.unwrap(), "new tables name their uploads");
    let older = "update tables set names_uploads = 0";
    world.damage(older, older).await;
    assert!(store.is_in_an_older_log(table(1), blob).await.unwrap());
    let other = BlobId::from_digest([4; 32]);
    assert!(!store.is_in_an_older_log(table(1), other).await.unwrap());
    store.delete_table(table(2), 1).await.unwrap();
    assert!(store.is_in_an_older_log(table(1), blob).await.unwrap(), "one that can be brought back");
}
