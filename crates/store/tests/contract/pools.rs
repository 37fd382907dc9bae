//! As many connections as docs/operations/services.md says, and what becomes of those who wait for one.

use std::time::Duration;

use sqlx::Row;
use tokio::time::Instant;

use super::world::operator;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_connections_are_made_and_who_waits_too_long_is_refused() {
    let world = World::server();
    let store = world.open().await;
    make(&store, table(1)).await;
    let database = world.postgres.as_ref().unwrap().database.clone();
    let mut other = operator(&database).await;
    sqlx::raw_sql("begin; lock table wardlight.tables in access exclusive mode")
        .execute(&mut other)
        .await
        .unwrap();
    let begun = Instant::now();
    let readers: Vec<_> = (0..40)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.tables().await.map(drop) })
        })
        .collect();
    let mut watcher = operator("postgres").await;
    let mut most = 0_i64;
    while readers.iter().any(|reader| !reader.is_finished()) {
        let count =
            "select count(*) from pg_stat_activity where datname = $1 and application_name = 'wardlight'";
        let now: i64 = sqlx::query(count).bind(&database).fetch_one(&mut watcher).await.unwrap().get(0);
        most = most.max(now);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!((8..=9).contains(&most), "{most} connections: eight, and the one that appends");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let mut reasons = Vec::new();
    for reader in readers {
        let error = reader.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        reasons.push(words(&error).join(": "));
    }
    let told = |reason: &str| reasons.iter().filter(|words| words.contains(reason)).count();
    assert!(
        told("lock timeout") >= 8 && told("timed out while waiting for an open connection") > 0,
        "{reasons:?}"
    );
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    assert_eq!(store.tables().await.unwrap().len(), 1, "it goes on by itself");
}
