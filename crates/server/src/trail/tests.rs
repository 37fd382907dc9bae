//! What is told is kept, signed, and found if it is touched.

use audit::{Finding, Hash, Verified, Verifier};
use store::StoreConfig;
use tabletop::id::AccountId;
use tracing::field::Empty;
use tracing::instrument::WithSubscriber;
use tracing::{field, info_span};
use tracing_subscriber::layer::SubscriberExt;

use std::time::Duration;

use super::*;

/// The key of a server whose data lie here.
fn key(home: &Path) -> SigningKey {
    signing_key(home).unwrap()
}

async fn open(home: &Path) -> Store {
    Store::open(&StoreConfig::at(home)).await.unwrap()
}

async fn verify(home: &Path, store: &Store) -> Result<Verified, Finding> {
    let mut verifier = Verifier::new(vec![key(home).verifying()], Vec::new(), 0);
    for entry in store.audit_entries(0, 10_000).await.unwrap() {
        verifier.take(entry.seq, &entry.text, Hash::from_bytes(entry.hash))?;
    }
    verifier.finish()
}

/// The events that stand in the trail, in order.
async fn events(store: &Store) -> Vec<String> {
    let entries = store.audit_entries(0, 10_000).await.unwrap();
    let event = |entry: AuditRecord| {
        let line: Value = serde_json::from_str(&entry.text).unwrap();
        line["event"].as_str().unwrap().to_owned()
    };
    entries.into_iter().map(event).collect()
}

/// A server that tells things, writes them and ends.
async fn tell(home: &Path, store: &Store, tells: impl FnOnce()) {
    let (ear, trail) = listen();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(ear), tells);
    let (end, ended) = watch::channel(false);
    let keeping = tokio::spawn(trail.keep(store.clone(), key(home), ended));
    end.send_replace(true);
    keeping.await.unwrap();
}

#[tokio::test]
async fn what_concerns_security_is_kept_with_whom_it_is_about_and_the_end_is_signed() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let account = AccountId::from_bytes([5; 16]);
    tell(home.path(), &store, || {
        let span = info_span!("request", method = "POST", account = Empty);
        span.record("account", field::display(account));
        let _inside = span.enter();
        info!(methods = "pwd \u{1b}[31m\nforged", "session.began");
        info!("table.awake");
        warn!(count = 2, long = "é".repeat(500), "session.reused");
    })
    .await;
    assert_eq!(events(&store).await, ["session.began", "session.reused", "audit.checkpoint"]);
    let entries = store.audit_entries(0, 10).await.unwrap();
    let line: Value = serde_json::from_str(&entries[0].text).unwrap();
    assert_eq!(line["account"], account.to_string());
    assert_eq!((&line["method"], &line["methods"]), (&"POST".into(), &"pwd \u{1b}[31m\nforged".into()));
    assert!(!entries[0].text.contains(['\u{1b}', '\n']));
    assert!(entries[1].text.len() < 600);
    let verified = verify(home.path(), &store).await.unwrap();
    assert_eq!((verified.first, verified.head.seq, verified.unsigned), (1, 3, 0));
}

#[tokio::test]
async fn a_trail_goes_on_where_it_ended_also_where_nobody_signed_the_end() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    tell(home.path(), &store, || info!("server.listening")).await;
    admin_acts(&store, home.path(), "accounts.invite", []).await.unwrap();
    assert_eq!(verify(home.path(), &store).await.unwrap().unsigned, 0);
    // One that was killed before it signed.
    let end = store.audit_end().await.unwrap();
    let last = end.map_or(Head::EMPTY, head).entry(1, "session.ended", Fields::new());
    store.append_audit(end, &[record(last)]).await.unwrap();
    assert_eq!(verify(home.path(), &store).await.unwrap().unsigned, 1);
    let (ear, trail) = listen();
    let (end, ended) = watch::channel(false);
    let keeping = tokio::spawn(trail.keep(store.clone(), key(home.path()), ended));
    let telling = tracing::Dispatch::new(tracing_subscriber::registry().with(ear));
    tracing::dispatcher::with_default(&telling, || info!("server.listening"));
    // It signs with what it writes first, and not a minute later.
    until_there_are(&store, 7).await;
    assert_eq!(verify(home.path(), &store).await.unwrap().checkpoints, 3);
    end.send_replace(true);
    keeping.await.unwrap();
    let told = [
        "server.listening",
        "audit.checkpoint",
        "admin.acted",
        "audit.checkpoint",
        "session.ended",
        "server.listening",
        "audit.checkpoint",
    ];
    assert_eq!(events(&store).await, told);
}

#[tokio::test]
async fn more_than_can_be_kept_is_counted_in_the_trail() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    tell(home.path(), &store, || (0..AUDIT_QUEUE_MAX + 7).for_each(|_| info!("session.ended"))).await;
    let events = events(&store).await;
    let count = |name| events.iter().filter(|event| *event == name).count();
    assert_eq!((count("session.ended"), count("audit.lost")), (AUDIT_QUEUE_MAX, 1));
    let entries = store.audit_entries(0, 1).await.unwrap();
    assert!(entries[0].text.contains(r#""count":7,"event":"audit.lost""#), "{}", entries[0].text);
    assert_eq!(verify(home.path(), &store).await.unwrap().unsigned, 0);
}

#[tokio::test]
async fn a_running_server_notices_that_its_last_entry_was_changed() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let (ear, trail) = listen();
    let (end, ended) = watch::channel(false);
    let keeping = tokio::spawn(trail.keep(store.clone(), key(home.path()), ended));
    async {
        info!("server.listening");
        until_there_are(&store, 1).await;
        // A command beside it is nothing bad.
        admin_acts(&store, home.path(), "accounts.invite", []).await.unwrap();
        info!("session.began");
        until_there_are(&store, 4).await;
        assert!(verify(home.path(), &store).await.is_ok());
        let file = format!("sqlite://{}", home.path().join("wardlight.sqlite").display());
        let database = sqlx::SqlitePool::connect(&file).await.unwrap();
        sqlx::query("delete from audit_entries where seq = 4").execute(&database).await.unwrap();
        database.close().await;
        info!("session.ended");
        until_there_are(&store, 5).await;
    }
    .with_subscriber(tracing_subscriber::registry().with(ear))
    .await;
    end.send_replace(true);
    keeping.await.unwrap();
    let told = [
        "server.listening",
        "admin.acted",
        "audit.checkpoint",
        "audit.broken",
        "session.ended",
        "audit.checkpoint",
    ];
    assert_eq!(events(&store).await, told);
}

async fn until_there_are(store: &Store, count: usize) {
    let there_are = async {
        while store.audit_entries(0, 100).await.unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), there_are).await.expect("it is written in time");
}

#[tokio::test]
async fn what_nobody_signed_behind_the_end_is_not_taken_for_a_command() {
    for forged_seq in [2, i64::MAX as u64] {
        let home = tempfile::tempdir().unwrap();
        let store = open(home.path()).await;
        let (ear, trail) = listen();
        let (end, ended) = watch::channel(false);
        let keeping = tokio::spawn(trail.keep(store.clone(), key(home.path()), ended));
        let telling = tracing::Dispatch::new(tracing_subscriber::registry().with(ear));
        tracing::dispatcher::with_default(&telling, || info!("server.listening"));
        until_there_are(&store, 1).await;
        let last = store.audit_end().await.unwrap();
        let forged = Entry { seq: forged_seq, ..last.map_or(Head::EMPTY, head).entry(1, "a", Fields::new()) };
        store.append_audit(last, &[record(forged)]).await.unwrap();
        tracing::dispatcher::with_default(&telling, || info!("session.ended"));
        if forged_seq == 2 {
            until_there_are(&store, 4).await;
            end.send_replace(true);
            keeping.await.unwrap();
            let told = ["server.listening", "a", "audit.broken", "session.ended", "audit.checkpoint"];
            assert_eq!(events(&store).await, told);
        } else {
            // Nothing can be written behind the greatest number; the writer says so and ends when it is told to.
            end.send_replace(true);
            keeping.await.unwrap();
            assert_eq!(events(&store).await, ["server.listening", "a"]);
        }
    }
}

#[tokio::test]
async fn what_was_written_and_not_said_to_be_is_not_written_twice() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let entry = Head::EMPTY.entry(1, "session.began", Fields::new());
    let tried = [record(entry.clone())];
    let writer = Writer::new(store.clone(), key(home.path()), Arc::default());
    assert!(!writer.is_written(Head::EMPTY, &tried).await.unwrap());
    store.append_audit(None, &tried).await.unwrap();
    assert!(writer.is_written(Head::EMPTY, &tried).await.unwrap());
    assert!(!writer.is_written(entry.head(), &tried).await.unwrap());
}

#[tokio::test]
async fn a_command_signs_with_no_key_of_its_own_making() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let elsewhere = tempfile::tempdir().unwrap();
    admin_acts(&store, home.path(), "accounts.invite", []).await.unwrap();
    let refused = admin_acts(&store, elsewhere.path(), "accounts.invite", []).await;
    assert!(matches!(refused, Err(BesideError::Key(KeyError::File { .. }))), "{refused:?}");
    assert!(!elsewhere.path().join("audit.key").exists());
    assert_eq!(verify(home.path(), &store).await.unwrap().head.seq, 2);
}
