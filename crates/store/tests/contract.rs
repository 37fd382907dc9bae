//! What every backend must do. Each test runs on a store in a directory of its own.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use store::{
    AccountKind, AccountLink, Append, BlobStore, CodeKind, CodeRecord, FamilyRecord, MemberChange,
    NewAccount, NewAnswer, NewEvent, NewLogin, NewTable, PasskeyRecord, Standing, Store, StoreConfig,
    StoreError,
};
use tabletop::id::{AccountId, BlobId, CommandId, SeatId, TableId};
use tempfile::TempDir;

async fn open(directory: &Path) -> Store {
    Store::open(&StoreConfig::at(directory)).await.unwrap()
}

async fn fresh() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    (directory, store)
}

fn table(number: u8) -> TableId {
    TableId::from_bytes([number; 16])
}

fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

fn event(payload: &str) -> NewEvent {
    NewEvent { payload: payload.to_owned(), at_ms: 7 }
}

async fn make(store: &Store, id: TableId) -> u64 {
    let members = vec![(account(1), "gm".to_owned())];
    let events = vec![event("first")];
    let new = NewTable { table: id, name: "Friday".to_owned(), created_at_ms: 1, events, members };
    store.create_table(new).await.unwrap();
    store.acquire_lease(id).await.unwrap()
}

fn append(id: TableId, lease_epoch: u64, expected_seq: u64, payloads: &[&str]) -> Append {
    let events = payloads.iter().map(|payload| event(payload)).collect();
    Append { table: id, lease_epoch, expected_seq, events, answers: Vec::new(), members: Vec::new() }
}

async fn payloads(store: &Store, id: TableId) -> Vec<String> {
    store.load_table(id).await.unwrap().unwrap().events.into_iter().map(|event| event.payload).collect()
}

#[tokio::test]
async fn events_come_back_in_order_after_a_restart() {
    let (directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a", "b"])).await.unwrap();
    store.append(append(table(1), epoch, 3, &["c"])).await.unwrap();
    store.close().await;
    let store = open(directory.path()).await;
    assert_eq!(payloads(&store, table(1)).await, ["first", "a", "b", "c"]);
    assert_eq!(store.load_table(table(1)).await.unwrap().unwrap().last_seq, 4);
    assert!(store.load_table(table(9)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_acknowledged_is_there_without_a_clean_end() {
    let (directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a"])).await.unwrap();
    // No close: the write-ahead log holds it.
    let other = open(directory.path()).await;
    assert_eq!(payloads(&other, table(1)).await, ["first", "a"]);
}

#[tokio::test]
async fn a_stale_writer_is_refused_and_no_other_table_with_it() {
    let (_directory, store) = fresh().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    let stale = append(table(1), first, 0, &["lost"]);
    let good = append(table(2), second, 1, &["kept"]);
    let (stale, good) = tokio::join!(store.append(stale), store.append(good));
    assert!(matches!(stale, Err(StoreError::Conflict)));
    good.unwrap();
    assert_eq!(payloads(&store, table(1)).await, ["first"]);
    assert_eq!(payloads(&store, table(2)).await, ["first", "kept"]);
}

/// A second connection to the database, for damage that no operation of the store does.
async fn beside(directory: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(directory.join("wardlight.sqlite")).connect().await.unwrap()
}

async fn damage(directory: &Path, statement: &'static str) {
    let mut connection = beside(directory).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_number_that_is_taken_is_a_conflict_and_no_other_tables() {
    let (directory, store) = fresh().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    // The table's own row is behind its log: only the primary key knows.
    damage(
        directory.path(),
        "insert into events select table_id, 2, 7, 'theirs' from events where hex(table_id) like '01%'",
    )
    .await;
    // Sent before the writer runs: they are one group.
    let (taken, good) = (append(table(1), first, 1, &["lost"]), append(table(2), second, 1, &["kept"]));
    let (taken, good) = tokio::join!(store.append(taken), store.append(good));
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    good.unwrap();
    assert_eq!(payloads(&store, table(2)).await, ["first", "kept"]);
}

#[tokio::test]
async fn a_statement_that_fails_fails_its_own_append_only() {
    let (directory, store) = fresh().await;
    let mut epochs = Vec::new();
    for number in 1..=4 {
        epochs.push(make(&store, table(number)).await);
    }
    damage(
        directory.path(),
        "create trigger poison before insert on events when new.payload = 'poison' begin \
         select raise(abort, 'poisoned'); end",
    )
    .await;
    let send = |number: u8, payload: &'static str| {
        store.append(append(table(number), epochs[usize::from(number) - 1], 1, &["before", payload]))
    };
    let (a, bad, c, d) = tokio::join!(send(1, "kept"), send(2, "poison"), send(3, "kept"), send(4, "kept"));
    let words = words(&bad.unwrap_err());
    assert_eq!(words[0], "could not append events");
    assert!(words[words.len() - 1].contains("poisoned"), "{words:?}");
    assert!(a.is_ok() && c.is_ok() && d.is_ok());
    assert_eq!(payloads(&store, table(2)).await, ["first"], "nothing of the bad one is stored");
    assert_eq!(payloads(&store, table(4)).await, ["first", "before", "kept"]);
    store.append(append(table(2), epochs[1], 1, &["well"])).await.unwrap();
}

/// An error and what it comes from, step by step.
fn words(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_older_lease_is_refused() {
    let (_directory, store) = fresh().await;
    let old = make(&store, table(1)).await;
    let new = store.acquire_lease(table(1)).await.unwrap();
    assert!(new > old);
    assert!(matches!(store.append(append(table(1), old, 1, &["x"])).await, Err(StoreError::Conflict)));
    store.append(append(table(1), new, 1, &["y"])).await.unwrap();
    assert!(matches!(store.append(append(table(9), 1, 0, &["x"])).await, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn two_writers_race_and_one_wins_each_number() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    let race = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.append(append(table(1), epoch, 1, &["x"])).await.is_ok() })
    });
    let mut won = 0;
    for attempt in race.collect::<Vec<_>>() {
        won += usize::from(attempt.await.unwrap());
    }
    assert_eq!((won, payloads(&store, table(1)).await.len()), (1, 2));
}

#[tokio::test]
async fn many_tables_share_commits() {
    let (_directory, store) = fresh().await;
    let mut epochs = Vec::new();
    for number in 1..=40 {
        epochs.push((table(number), make(&store, table(number)).await));
    }
    let mut tasks = Vec::new();
    for (id, epoch) in epochs {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            for seq in 1..=25 {
                store.append(append(id, epoch, seq, &["e"])).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for number in 1..=40 {
        assert_eq!(payloads(&store, table(number)).await.len(), 26);
    }
}

#[tokio::test]
async fn a_large_append_is_one_commit() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    let many: Vec<String> = (0..9_001).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    store.append(append(table(1), epoch, 1, &many)).await.unwrap();
    let stored = payloads(&store, table(1)).await;
    assert_eq!((stored.len(), stored[9_001].as_str()), (9_002, "9000"));
}

#[tokio::test]
async fn a_snapshot_shortens_what_is_loaded() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a", "b"])).await.unwrap();
    store.save_snapshot(table(1), 2, b"two".to_vec()).await.unwrap();
    store.save_snapshot(table(1), 1, b"older".to_vec()).await.unwrap();
    let loaded = store.load_table(table(1)).await.unwrap().unwrap();
    let snapshot = loaded.snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.payload.as_slice()), (2, b"two".as_slice()));
    assert_eq!(loaded.events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn the_whole_log_is_there_whatever_the_snapshot_says() {
    let (directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a", "b"])).await.unwrap();
    store.save_snapshot(table(1), 2, b"two".to_vec()).await.unwrap();
    let whole = |loaded: store::StoredTable| {
        let events = loaded.events.into_iter().map(|event| event.payload).collect::<Vec<_>>();
        (loaded.snapshot.is_none(), events, loaded.last_seq)
    };
    let expected = (true, ["first", "a", "b"].map(str::to_owned).to_vec(), 3);
    assert_eq!(whole(store.load_log(table(1)).await.unwrap().unwrap()), expected);
    assert!(store.load_log(table(9)).await.unwrap().is_none());
    // One that is ahead of its log is not of this log, and gives way to the next.
    damage(directory.path(), "update snapshots set seq = 4").await;
    assert_eq!(whole(store.load_table(table(1)).await.unwrap().unwrap()), expected);
    store.save_snapshot(table(1), 3, b"three".to_vec()).await.unwrap();
    let snapshot = store.load_table(table(1)).await.unwrap().unwrap().snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.payload.as_slice()), (3, b"three".as_slice()));
}

#[tokio::test]
async fn answers_are_given_again_within_their_window() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    for seq in 1..=300u64 {
        let command = CommandId::parse(&format!("c-{seq}")).unwrap();
        let answers = vec![NewAnswer { seat: SeatId(2), command, answer: format!("{seq}") }];
        store.append(Append { answers, ..append(table(1), epoch, seq, &["e"]) }).await.unwrap();
    }
    store.save_snapshot(table(1), 301, Vec::new()).await.unwrap();
    let answers = store.load_table(table(1)).await.unwrap().unwrap().answers;
    assert_eq!(answers.len(), 256);
    assert_eq!((answers[0].answer.as_str(), answers[255].answer.as_str()), ("45", "300"));
}

#[tokio::test]
async fn the_answers_of_one_batch_keep_their_order() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    // Neither by seat nor by id, and more than are kept.
    let given: Vec<_> = (0..300u32)
        .map(|number| {
            let command = CommandId::parse(&format!("c-{}", number * 7_919 % 1_000)).unwrap();
            NewAnswer { seat: SeatId(2 - number % 2), command, answer: number.to_string() }
        })
        .collect();
    store.append(Append { answers: given.clone(), ..append(table(1), epoch, 1, &["e"]) }).await.unwrap();
    assert_eq!(store.load_table(table(1)).await.unwrap().unwrap().answers, given);
    let of_one = given.iter().map(|answer| NewAnswer { seat: SeatId(3), ..answer.clone() });
    let of_one: Vec<_> = of_one.collect();
    store.append(Append { answers: of_one.clone(), ..append(table(1), epoch, 2, &["e"]) }).await.unwrap();
    store.save_snapshot(table(1), 3, Vec::new()).await.unwrap();
    let mut kept = store.load_table(table(1)).await.unwrap().unwrap().answers;
    kept.retain(|answer| answer.seat == SeatId(3));
    assert_eq!(kept, of_one[300 - 256..], "the oldest are forgotten");
}

/// The database as an older program left it.
async fn of_form(directory: &Path, migrations: &[&'static str]) {
    let file = directory.join("wardlight.sqlite");
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    for migration in migrations {
        sqlx::raw_sql(*migration).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_form_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let first = include_str!("../migrations/sqlite/0001_tables_events_people.sql");
    let held = "insert into tables values (x'01010101010101010101010101010101', 'Friday', 1, 2, 1); \
        insert into events values (x'01010101010101010101010101010101', 1, 7, 'first'), \
            (x'01010101010101010101010101010101', 2, 7, 'second'); \
        insert into answers values (x'01010101010101010101010101010101', 2, 'c-1', 1, 'done'); \
        pragma user_version = 1";
    of_form(directory.path(), &[first, held]).await;
    let file = directory.path().join("wardlight.sqlite");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = open(directory.path()).await;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let loaded = store.load_table(table(1)).await.unwrap().unwrap();
    assert_eq!((loaded.last_seq, loaded.answers[0].answer.as_str()), (2, "done"));
    store.append(append(table(1), 1, 2, &["third"])).await.unwrap();
}

#[tokio::test]
async fn the_index_of_members_follows() {
    let (_directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    let members = vec![(account(1), "gm".to_owned()), (account(2), "player".to_owned())];
    let members = vec![MemberChange::Replace(members)];
    store.append(Append { members, ..append(table(1), epoch, 1, &["e"]) }).await.unwrap();
    assert_eq!(store.tables_of(account(2)).await.unwrap()[0].role, "player");
    assert!(store.tables_of(account(3)).await.unwrap().is_empty());
    assert_eq!(store.tables().await.unwrap().len(), 1);
}

async fn sign_in(store: &Store) -> FamilyRecord {
    let new = NewAccount {
        account: account(5),
        kind: AccountKind::Guest,
        name: "Ada".to_owned(),
        created_at_ms: 1,
    };
    store.create_account(new).await.unwrap();
    let family = FamilyRecord {
        family: [9; 16],
        account: account(5),
        counter: 0,
        current_hash: [1; 32],
        previous_hash: None,
        rotated_at_ms: 1,
        created_at_ms: 1,
        last_used_ms: 1,
        revoked_at_ms: None,
        device: "Firefox on Linux".to_owned(),
        methods: "pwd otp".to_owned(),
    };
    store.create_family(family.clone()).await.unwrap();
    family
}

#[tokio::test]
async fn of_two_rotations_one_wins() {
    let (_directory, store) = fresh().await;
    let was = sign_in(&store).await;
    let next = |hash: u8| FamilyRecord {
        counter: 1,
        current_hash: [hash; 32],
        previous_hash: Some(was.current_hash),
        ..was.clone()
    };
    let (a, b) = (next(2), next(3));
    let (a, b) = tokio::join!(store.rotate_family(&was, &a), store.rotate_family(&was, &b));
    assert!(a.unwrap() != b.unwrap());
}

#[tokio::test]
async fn a_revoked_sign_in_does_not_rotate() {
    let (_directory, store) = fresh().await;
    let was = sign_in(&store).await;
    store.revoke_family(was.family, 50).await.unwrap();
    store.revoke_family(was.family, 60).await.unwrap();
    let next = FamilyRecord { counter: 1, current_hash: [2; 32], ..was.clone() };
    assert!(!store.rotate_family(&was, &next).await.unwrap());
    let stored = store.family_by_id(was.family).await.unwrap().unwrap();
    assert_eq!((stored.revoked_at_ms, stored.current_hash), (Some(50), [1; 32]));
    assert_eq!(store.families_revoked_since(50).await.unwrap(), [(was.family, 50)]);
    assert_eq!(store.families_revoked_since(51).await.unwrap(), []);
}

#[tokio::test]
async fn a_one_time_link_works_once_and_not_after_its_end() {
    let (_directory, store) = fresh().await;
    make(&store, table(1)).await;
    let kind = CodeKind::Seat { table: table(1), seat: SeatId(1) };
    let code = |hash: u8| CodeRecord {
        hash: [hash; 32],
        kind,
        expires_at_ms: Some(100),
        uses_left: Some(1),
        created_at_ms: 1,
    };
    store.create_code(code(1)).await.unwrap();
    store.create_code(code(2)).await.unwrap();
    let store = Arc::new(store);
    let tries = (0..10).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.use_code([1; 32], 99).await.unwrap().is_some() })
    });
    let mut used = 0;
    for attempt in tries.collect::<Vec<_>>() {
        used += usize::from(attempt.await.unwrap());
    }
    assert_eq!(used, 1);
    assert!(store.use_code([2; 32], 100).await.unwrap().is_none());
    assert_eq!(store.revoke_seat_codes(table(1), SeatId(1)).await.unwrap(), 1);
    assert!(store.code([2; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn what_could_not_be_committed_is_not_reported_as_done() {
    let (directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    let kind = CodeKind::Seat { table: table(1), seat: SeatId(1) };
    let code = CodeRecord { hash: [1; 32], kind, expires_at_ms: None, uses_left: Some(1), created_at_ms: 1 };
    store.create_code(code).await.unwrap();
    // A reference that dangles is noticed by the commit, after the statement gave its row.
    damage(
        directory.path(),
        "create table dangling (table_id blob references tables deferrable initially deferred); \
         create trigger spoil_codes after update on link_codes begin insert into dangling values (x'00'); end; \
         create trigger spoil_leases after update on tables begin insert into dangling values (x'00'); end",
    )
    .await;
    assert!(store.use_code([1; 32], 5).await.is_err());
    assert!(store.acquire_lease(table(1)).await.is_err());
    damage(directory.path(), "drop trigger spoil_codes; drop trigger spoil_leases").await;
    assert_eq!(store.use_code([1; 32], 5).await.unwrap().unwrap().uses_left, Some(0));
    assert_eq!(store.acquire_lease(table(1)).await.unwrap(), epoch + 1);
}

#[tokio::test]
async fn a_backup_made_while_appending_is_a_prefix_of_the_log() {
    let (directory, store) = fresh().await;
    let epoch = make(&store, table(1)).await;
    let blobs = BlobStore::open(&directory.path().join("blobs")).await.unwrap();
    let picture = blobs.put(b"picture".to_vec()).await.unwrap();
    std::fs::create_dir(directory.path().join("keys")).unwrap();
    std::fs::write(directory.path().join("keys/refresh.key"), "secret").unwrap();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for seq in 1..=400u64 {
                let payload = format!("{seq}");
                store.append(append(table(1), epoch, seq, &[&payload])).await.unwrap();
            }
        })
    };
    let to = directory.path().join("backup");
    let report = store::backup(directory.path(), &to).await.unwrap();
    writer.await.unwrap();
    assert_eq!((report.table_count, report.blob_count), (1, 1));
    let copy = open(&to).await;
    let copied = payloads(&copy, table(1)).await;
    assert_eq!(copied.len() as u64, report.event_count);
    assert!(copied.iter().skip(1).zip(1u64..).all(|(payload, seq)| *payload == seq.to_string()));
    let pictures = BlobStore::open(&to.join("blobs")).await.unwrap();
    assert_eq!(pictures.get(picture).await.unwrap().unwrap(), b"picture");
    assert!(to.join("keys/refresh.key").exists());
    assert!(matches!(store::backup(directory.path(), &to).await, Err(StoreError::NotEmpty(_))));
}

#[tokio::test]
async fn a_full_disk_refuses_appends_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // SQLite's own limit stands in for the disk's.
    let full = StoreConfig { pages_max: Some(64), ..StoreConfig::at(directory.path()) };
    let store = Store::open(&full).await.unwrap();
    let epoch = make(&store, table(1)).await;
    let mut seq = 1;
    let large = "x".repeat(20_000);
    let failure = loop {
        match store.append(append(table(1), epoch, seq, &[&large])).await {
            Ok(()) => seq += 1,
            Err(error) => break error,
        }
        assert!(seq < 100, "the limit is never reached");
    };
    assert!(matches!(failure, StoreError::Unavailable { .. }), "{failure:?}");
    let words = words(&failure);
    assert!(words.len() > 2 && words[2].contains("full"), "the whole chain is kept: {words:?}");
    assert_eq!(payloads(&store, table(1)).await.len() as u64, seq);
    store.close().await;
    let store = open(directory.path()).await;
    store.append(append(table(1), epoch, seq, &["again"])).await.unwrap();
    assert_eq!(payloads(&store, table(1)).await.len() as u64, seq + 1);
}

#[tokio::test]
async fn a_store_whose_disk_was_full_goes_on_when_there_is_room_again() {
    let directory = tempfile::tempdir().unwrap();
    let full = StoreConfig { pages_max: Some(64), ..StoreConfig::at(directory.path()) };
    let store = Store::open(&full).await.unwrap();
    let (epoch, other) = (make(&store, table(1)).await, make(&store, table(2)).await);
    let many = vec!["x".repeat(3_000); 200];
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let large = "x".repeat(1_000_000);
    // More often than the pool has connections. What SQLite does to a transaction depends on the statement that failed.
    for _ in 0..10 {
        store.append(append(table(1), epoch, 1, &[&large])).await.unwrap_err();
        store.save_snapshot(table(1), 1, vec![7; 1_000_000]).await.unwrap_err();
        store.append(append(table(2), other, 1, &many)).await.unwrap_err();
    }
    store.append(append(table(1), epoch, 1, &["small"])).await.unwrap();
    store.save_snapshot(table(1), 2, vec![7; 100]).await.unwrap();
    make(&store, table(3)).await;
    assert_eq!(store.load_table(table(1)).await.unwrap().unwrap().last_seq, 2);
}

#[tokio::test]
async fn a_ping_says_no_while_nothing_can_be_written_and_yes_again_after() {
    let directory = tempfile::tempdir().unwrap();
    let full = StoreConfig { pages_max: Some(64), ..StoreConfig::at(directory.path()) };
    let store = Store::open(&full).await.unwrap();
    let epoch = make(&store, table(1)).await;
    store.ping().await.unwrap();
    let large = "x".repeat(20_000);
    let mut seq = 1;
    while store.append(append(table(1), epoch, seq, &[&large])).await.is_ok() {
        seq += 1;
    }
    for _ in 0..3 {
        let words = words(&store.ping().await.unwrap_err());
        assert!(words[words.len() - 1].contains("full"), "{words:?}");
    }
    damage(directory.path(), "delete from events").await;
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_ping_needs_the_directory_to_take_files() {
    let directory = tempfile::tempdir().unwrap();
    let (data, away) = (directory.path().join("data"), directory.path().join("away"));
    std::fs::create_dir(&data).unwrap();
    let store = open(&data).await;
    store.ping().await.unwrap();
    std::fs::rename(&data, &away).unwrap();
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable { .. })));
    std::fs::rename(&away, &data).unwrap();
    for _ in 0..20 {
        store.ping().await.unwrap();
    }
    assert_eq!(names(&data), ["wardlight.sqlite", "wardlight.sqlite-shm", "wardlight.sqlite-wal"]);
    store.close().await;
    assert!(store.ping().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_first_starts_at_once_make_one_database() {
    for _ in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig::at(directory.path());
        let opens = (0..6).map(|_| {
            let config = config.clone();
            tokio::spawn(async move { Store::open(&config).await })
        });
        for (number, open) in (1..).zip(opens.collect::<Vec<_>>()) {
            make(&open.await.unwrap().unwrap(), table(number)).await;
        }
        assert_eq!(open(directory.path()).await.tables().await.unwrap().len(), 6);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let (directory, store) = fresh().await;
    store.close().await;
    damage(directory.path(), "pragma user_version = 99").await;
    let error = Store::open(&StoreConfig::at(directory.path())).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_a_clear_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("wardlight.sqlite"),
        "not a database, but longer than a header".repeat(100),
    )
    .unwrap();
    let error = Store::open(&StoreConfig::at(directory.path())).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_store_the_same_picture_at_once_all_succeed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture: Vec<u8> = (0..300_000_u32).map(|index| index.to_le_bytes()[0]).collect();
    let puts = (0..32).map(|_| {
        let (blobs, picture) = (blobs.clone(), picture.clone());
        tokio::spawn(async move { blobs.put(picture).await })
    });
    let mut stored = Vec::new();
    for put in puts.collect::<Vec<_>>() {
        stored.push(put.await.unwrap().unwrap());
    }
    assert!(stored.iter().all(|blob| *blob == stored[0]));
    assert_eq!(blobs.get(stored[0]).await.unwrap().unwrap(), picture);
    assert_eq!(names(&directory.path().join(&stored[0].to_string()[..2])), [stored[0].to_string()]);
    assert_eq!(names(&directory.path().join("unfinished")), [""; 0], "nothing is left behind");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture = blobs.put(b"abc".to_vec()).await.unwrap();
    std::fs::write(directory.path().join("unfinished/half"), "ab").unwrap();
    let copy = tempfile::tempdir().unwrap();
    assert_eq!(blobs.copy_to(copy.path()).await.unwrap(), 1, "a backup holds no halves");
    blobs.sweep().await.unwrap();
    assert_eq!(names(&directory.path().join("unfinished")), [""; 0]);
    assert!(blobs.get(picture).await.unwrap().is_some());
}

#[tokio::test]
async fn pictures_are_stored_once_and_damage_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture = blobs.put(b"abc".to_vec()).await.unwrap();
    assert_eq!(blobs.put(b"abc".to_vec()).await.unwrap(), picture);
    assert!(blobs.get(BlobId::from_digest([0; 32])).await.unwrap().is_none());
    let name = picture.to_string();
    std::fs::write(directory.path().join(&name[..2]).join(&name), "abd").unwrap();
    assert!(matches!(blobs.get(picture).await, Err(StoreError::Corrupt("picture"))));
}

async fn registered(store: &Store, number: u8, login: &str) -> bool {
    let password = format!("hash of {login}");
    let new = NewLogin { account: account(number), login: login.to_owned(), password, at_ms: 7 };
    store.create_login(new).await.unwrap()
}

#[tokio::test]
async fn a_guest_becomes_an_account_once_and_a_login_has_one_owner() {
    let (_directory, store) = fresh().await;
    sign_in(&store).await;
    assert_eq!(store.standing(account(5)).await.unwrap().kind, AccountKind::Guest);
    assert!(registered(&store, 5, "ada").await);
    assert!(!registered(&store, 5, "ada2").await, "has a login");
    assert!(!registered(&store, 6, "ada").await, "the login is taken");
    assert!(store.login_of(account(6)).await.unwrap().is_none());
    let standing = store.standing(account(5)).await.unwrap();
    assert_eq!(standing, Standing { kind: AccountKind::Registered, is_master: false });
    let stored = store.login("ada").await.unwrap().unwrap();
    assert_eq!((stored.account, stored.password.as_deref()), (account(5), Some("hash of ada")));
    assert_eq!(store.login_of(account(5)).await.unwrap(), Some(stored));
    make(&store, table(1)).await;
    let members = vec![MemberChange::Replace(vec![(account(5), "gm".to_owned())])];
    let epoch = store.acquire_lease(table(1)).await.unwrap();
    store.append(Append { members, ..append(table(1), epoch, 1, &["e"]) }).await.unwrap();
    assert!(store.standing(account(5)).await.unwrap().is_master);
}

#[tokio::test]
async fn a_password_in_another_hash_is_stored_only_over_the_hash_it_replaces() {
    let (_directory, store) = fresh().await;
    registered(&store, 5, "ada").await;
    assert!(store.set_password(account(5), None, "chosen anew", 50).await.unwrap());
    assert!(!store.set_password(account(5), Some("hash of ada"), "late rehash", 60).await.unwrap());
    assert!(store.set_password(account(5), Some("chosen anew"), "rehashed", 70).await.unwrap());
    let stored = store.login("ada").await.unwrap().unwrap();
    assert_eq!((stored.password.as_deref(), stored.password_set_at_ms), (Some("rehashed"), 50));
}

#[tokio::test]
async fn a_step_a_recovery_code_and_a_link_are_used_once() {
    let (_directory, store) = fresh().await;
    registered(&store, 5, "ada").await;
    registered(&store, 6, "bo").await;
    store.set_totp(account(5), Some(vec![1, 2, 3]), &[[1; 32], [2; 32]]).await.unwrap();
    let steps = [(10, true), (10, false), (9, false), (11, true)];
    for (step, fresh) in steps {
        assert_eq!(store.use_totp_step(account(5), step).await.unwrap(), fresh, "{step}");
    }
    assert!(!store.use_recovery_code(account(6), [1; 32]).await.unwrap(), "of somebody else");
    let tries = [store.use_recovery_code(account(5), [1; 32]), store.use_recovery_code(account(5), [1; 32])];
    let [first, second] = tries;
    let (first, second) = tokio::join!(first, second);
    assert!(first.unwrap() != second.unwrap());
    assert_eq!(store.recovery_codes_left(account(5)).await.unwrap(), 1);
    store.set_recovery_codes(account(5), &[[3; 32], [4; 32], [5; 32]]).await.unwrap();
    assert!(!store.use_recovery_code(account(5), [2; 32]).await.unwrap(), "replaced");
    store.set_totp(account(5), None, &[]).await.unwrap();
    assert_eq!(store.recovery_codes_left(account(5)).await.unwrap(), 0);
    assert_eq!(store.login("ada").await.unwrap().unwrap().totp, None);

    let reset = AccountLink::Reset(account(5));
    store.create_account_link([8; 32], reset.clone(), 100).await.unwrap();
    store.create_account_link([9; 32], AccountLink::Register, 100).await.unwrap();
    assert_eq!(store.use_account_link([8; 32], 100).await.unwrap(), None, "too late");
    assert_eq!(store.account_link([8; 32], 99).await.unwrap(), Some(reset.clone()));
    assert_eq!(store.use_account_link([8; 32], 99).await.unwrap(), Some(reset));
    assert_eq!(store.use_account_link([8; 32], 99).await.unwrap(), None, "used");
    assert_eq!(store.use_account_link([9; 32], 99).await.unwrap(), Some(AccountLink::Register));
}

#[tokio::test]
async fn a_mail_address_is_found_again_and_ends_the_links_to_the_one_before() {
    let (_directory, store) = fresh().await;
    registered(&store, 5, "ada").await;
    registered(&store, 6, "bo").await;
    let waiting = AccountLink::Mail(account(5), "ada@table.example".to_owned());
    store.create_account_link([7; 32], waiting.clone(), 100).await.unwrap();
    assert_eq!(store.logins_by_mail("ada@table.example", 5).await.unwrap(), [], "not proven yet");
    assert_eq!(store.use_account_link([7; 32], 99).await.unwrap(), Some(waiting));
    assert!(store.set_mail(account(5), Some("ada@table.example")).await.unwrap());
    assert!(store.set_mail(account(6), Some("ada@table.example")).await.unwrap());
    assert!(!store.set_mail(account(9), Some("ada@table.example")).await.unwrap(), "a guest");
    let found = store.logins_by_mail("ada@table.example", 5).await.unwrap();
    assert_eq!(found.iter().map(|login| login.login.as_str()).collect::<Vec<_>>(), ["ada", "bo"]);
    assert_eq!(store.logins_by_mail("ada@table.example", 1).await.unwrap().len(), 1);
    store.create_account_link([8; 32], AccountLink::Reset(account(5)), 100).await.unwrap();
    store.create_account_link([9; 32], AccountLink::Reset(account(6)), 100).await.unwrap();
    store.set_mail(account(5), None).await.unwrap();
    assert_eq!(store.login("ada").await.unwrap().unwrap().mail, None);
    assert_eq!(store.account_link([8; 32], 99).await.unwrap(), None);
    assert!(store.account_link([9; 32], 99).await.unwrap().is_some(), "of somebody else");
    // A new password ends what was asked for before it, the same one in another hash does not.
    let waiting = AccountLink::Mail(account(6), "eve@evil.example".to_owned());
    store.create_account_link([10; 32], waiting, 100).await.unwrap();
    assert!(store.set_password(account(6), Some("hash of bo"), "rehashed", 60).await.unwrap());
    assert!(store.account_link([10; 32], 99).await.unwrap().is_some());
    assert!(store.set_password(account(6), None, "chosen anew", 70).await.unwrap());
    assert_eq!(store.account_link([10; 32], 99).await.unwrap(), None);
    assert_eq!(store.account_link([9; 32], 99).await.unwrap(), None);
    store.delete_account(account(6), 80).await.unwrap();
    assert_eq!(store.logins_by_mail("ada@table.example", 5).await.unwrap(), []);
}

#[tokio::test]
async fn passkeys_are_their_owners_alone() {
    let (_directory, store) = fresh().await;
    registered(&store, 5, "ada").await;
    registered(&store, 6, "bo").await;
    let key = |number: u8| PasskeyRecord {
        credential: vec![7, 7],
        account: account(number),
        name: "Phone".to_owned(),
        record: "{}".to_owned(),
        created_at_ms: 3,
        last_used_ms: None,
    };
    assert!(store.add_passkey(key(5)).await.unwrap());
    assert!(!store.add_passkey(key(6)).await.unwrap());
    assert!(!store.use_passkey(account(6), &[7, 7], "{\"n\":1}", 9).await.unwrap());
    assert!(store.use_passkey(account(5), &[7, 7], "{\"n\":1}", 9).await.unwrap());
    let used = PasskeyRecord { record: "{\"n\":1}".to_owned(), last_used_ms: Some(9), ..key(5) };
    assert_eq!(store.passkeys_of(account(5)).await.unwrap(), [used]);
    assert!(!store.remove_passkey(account(6), &[7, 7]).await.unwrap());
    assert!(store.remove_passkey(account(5), &[7, 7]).await.unwrap());
    assert!(!store.remove_passkey(account(5), &[7, 7]).await.unwrap());
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_that_names_it() {
    let (directory, store) = fresh().await;
    let family = sign_in(&store).await;
    registered(&store, 5, "adalovelace").await;
    let other = FamilyRecord { family: [8; 16], revoked_at_ms: None, ..family.clone() };
    store.create_family(other).await.unwrap();
    assert_eq!(store.families_of(account(5)).await.unwrap().len(), 2);
    assert_eq!(store.revoke_families_of(account(5), Some([9; 16]), 40).await.unwrap(), [[8; 16]]);
    store.set_totp(account(5), Some(vec![1]), &[[1; 32]]).await.unwrap();
    store.create_account_link([8; 32], AccountLink::Reset(account(5)), 100).await.unwrap();
    store.set_lock(account(5), Some(1)).await.unwrap();
    assert!(store.login("adalovelace").await.unwrap().unwrap().is_locked);
    assert_eq!(store.delete_account(account(5), 50).await.unwrap(), [[9; 16]]);
    assert_eq!(store.delete_account(account(5), 51).await.unwrap(), [[0; 16]; 0]);
    assert!(store.login("adalovelace").await.unwrap().is_none());
    assert_eq!(store.account_link([8; 32], 99).await.unwrap(), None);
    assert_eq!(store.families_revoked_since(50).await.unwrap(), [([9; 16], 50)]);
    store.close().await;
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("keys")).unwrap();
    store::backup(directory.path(), &copy.path().join("copy")).await.unwrap();
    let bytes = std::fs::read(copy.path().join("copy").join("wardlight.sqlite")).unwrap();
    for word in ["adalovelace", "Firefox on Linux"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}
