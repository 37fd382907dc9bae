//! What only the embedded database can show: its file, its disk, and copies of both.

use super::pictures::names;
use super::*;

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
    let first = include_str!("../../migrations/sqlite/0001_tables_events_people.sql");
    let held = "insert into tables values (x'01010101010101010101010101010101', 'Friday', 1, 2, 1); \
        insert into events values (x'01010101010101010101010101010101', 1, 7, 'first'), \
            (x'01010101010101010101010101010101', 2, 7, 'second'); \
        insert into answers values (x'01010101010101010101010101010101', 2, 'c-1', 1, 'done'); \
        pragma user_version = 1";
    of_form(directory.path(), &[first, held]).await;
    let file = directory.path().join("wardlight.sqlite");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = Store::open(&StoreConfig::at(directory.path())).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let loaded = store.load_table(table(1)).await.unwrap().unwrap();
    assert_eq!((loaded.last_seq, loaded.answers[0].answer.as_str()), (2, "done"));
    store.append(append(table(1), 1, 2, &["third"])).await.unwrap();
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
    let store = Store::open(&StoreConfig::at(directory.path())).await.unwrap();
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
    let store = Store::open(&StoreConfig::at(&data)).await.unwrap();
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

async fn damage(directory: &Path, statement: &'static str) {
    let mut connection = world::beside(directory).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_first_starts_at_once_make_one_database() {
    for _ in 0..5 {
        tables::several_first_starts_at_once_make_one_database(World::embedded()).await;
    }
}
