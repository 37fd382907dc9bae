//! Tables that were deleted.

use store::DeletedRow;

use super::*;

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
        let rows = store.standings(since_ms).await.unwrap();
        rows.into_iter().map(|row| (row.table, row.deleted_at_ms, row.founder)).collect::<Vec<_>>()
    };
    assert_eq!(standings(500).await, [(table(1), Some(500), None), (table(2), None, None)]);
    assert_eq!(standings(501).await, [(table(2), None, None)]);
    assert_eq!(store.deleted_tables_of(account(1), 501).await.unwrap(), []);
    assert_eq!(store.deleted_tables_of(account(2), 0).await.unwrap(), [], "it was none of theirs");

    assert!(!store.restore_table(table(1), 501).await.unwrap(), "too long ago");
    assert!(!store.restore_table(table(2), 0).await.unwrap(), "it was not deleted");
    assert!(store.restore_table(table(1), 500).await.unwrap());
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
        assert!(store.take_upload(upload(number, number), QUOTA).await.unwrap());
        assert!(store.take_upload(upload(number, 9), QUOTA).await.unwrap(), "both have this one");
    }
    store.delete_table(table(1), 500).await.unwrap();
    assert_eq!(store.tables_to_forget(500).await.unwrap(), []);
    assert_eq!(store.tables_to_forget(501).await.unwrap(), [table(1)]);
    assert!(!store.restore_table(table(1), 0).await.unwrap(), "it is being removed");
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
