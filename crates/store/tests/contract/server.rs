//! What only a database server can show: both ends prove who they are, an access is replaced under way, lost connections.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row};
use store::testing::PostgresServer;
use store::{PostgresConfig, PostgresTls};

use super::world::operator;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_first_starts_at_once_make_one_database() {
    tables::several_first_starts_at_once_make_one_database(World::server()).await;
}

async fn refusal(world: &World, change: impl FnOnce(&mut PostgresConfig)) -> String {
    let mut config = world.config();
    change(config.postgres.as_mut().unwrap());
    let error = Store::open(&config).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    words(&error).join(": ")
}

#[tokio::test]
async fn both_ends_prove_who_they_are() {
    let world = World::server();
    let cluster = PostgresServer::shared();
    let own = |client: &str| cluster.access("a", client).unwrap().tls;
    let authority = cluster.read("ca.crt").unwrap();

    // Ours proves itself to the database.
    let plain = refusal(&world, |config| config.access.tls = None).await;
    assert!(plain.contains("no encryption"), "{plain}");
    let anonymous = Some(PostgresTls { authority, own: None });
    refusal(&world, |config| config.access.tls = anonymous).await;
    for client in ["other-client", "stale-client"] {
        refusal(&world, |config| config.access.tls = own(client)).await;
    }
    let wrong = refusal(&world, |config| config.access.password = Some("guessed".to_owned())).await;
    assert!(wrong.contains("password authentication failed"), "{wrong}");

    // The database proves itself to ours: by its authority, and by its name.
    let mut other = own("client").unwrap();
    other.authority = cluster.read("other-ca.crt").unwrap();
    let unknown = refusal(&world, |config| config.access.tls = Some(other)).await;
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    let misnamed = refusal(&world, |config| config.host = "127.0.0.1".to_owned()).await;
    assert!(misnamed.contains("not valid for name"), "{misnamed}");

    world.open().await.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_clear_error() {
    let world = World::server();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It accepts and says nothing; then it is gone.
    let silent = refusal(&world, |config| config.port = port).await;
    assert!(silent.starts_with("could not open the database"), "{silent}");
    drop(listener);
    let gone = refusal(&world, |config| config.port = port).await;
    assert!(gone.contains("refused"), "{gone}");
}

/// How many connections to a database a role has.
async fn connections(database: &str, role: &str) -> i64 {
    let mut operator = operator("postgres").await;
    sqlx::query("select count(*) from pg_stat_activity where datname = $1 and usename = $2")
        .bind(database)
        .bind(role)
        .fetch_one(&mut operator)
        .await
        .unwrap()
        .get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_is_replaced_while_the_store_works_and_nothing_fails() {
    let world = World::server();
    let store = world.open().await;
    let database = world.postgres.as_ref().unwrap().database.clone();
    let epoch = make(&store, table(1)).await;
    let mut wrong = PostgresServer::shared().access("b", "client").unwrap();
    wrong.password = Some("not yet".to_owned());
    assert!(matches!(store.renew_access(wrong).await, Err(StoreError::Unavailable { .. })));
    assert!(
        !store.renew_access(PostgresServer::shared().access("a", "client").unwrap()).await.unwrap(),
        "is in use"
    );
    let load = {
        let store = store.clone();
        tokio::spawn(async move {
            for seq in 1..=600 {
                store.append(append(table(1), epoch, seq, &["e"])).await.unwrap();
                store.tables().await.unwrap();
            }
        })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(connections(&database, "wardlight_a").await > 0);
    assert!(store.renew_access(PostgresServer::shared().access("b", "client").unwrap()).await.unwrap());
    load.await.unwrap();
    assert_eq!(payloads(&store, table(1)).await.len(), 601);
    assert!(connections(&database, "wardlight_b").await > 0);
    assert_eq!(connections(&database, "wardlight_a").await, 0, "nothing uses the old one");
}

#[tokio::test]
async fn connections_that_were_cut_are_made_again() {
    let world = World::server();
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    for seq in 1..=5 {
        store.append(append(table(1), epoch, seq, &["e"])).await.unwrap();
        let database = &world.postgres.as_ref().unwrap().database;
        let cut =
            format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
        PostgresServer::shared().say("postgres", &cut).unwrap();
    }
    store.append(append(table(1), epoch, 6, &["e"])).await.unwrap();
    assert_eq!(payloads(&store, table(1)).await.len(), 7);
}

#[tokio::test]
async fn a_backup_of_a_server_is_a_database_in_a_file_with_everything_in_it() {
    let world = World::server();
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    let answers = vec![NewAnswer {
        seat: SeatId(2),
        command: CommandId::parse("c-1").unwrap(),
        answer: "done".to_owned(),
    }];
    // More than are on the way at once.
    let many: Vec<String> = (0..1_200).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    store.append(Append { answers: answers.clone(), ..append(table(1), epoch, 1, &many) }).await.unwrap();
    store.save_snapshot(table(1), 2, vec![0, 1, 2]).await.unwrap();
    let family = sign_in(&store).await;
    registered(&store, 5, "ada").await;
    store.set_totp(account(5), Some(vec![1, 2, 3]), &[[1; 32]]).await.unwrap();
    std::fs::create_dir(world.directory.path().join("keys")).unwrap();
    let to = world.directory.path().join("copy");
    let report = store::backup(&world.config(), &to).await.unwrap();
    assert_eq!((report.table_count, report.event_count), (1, 1_201));
    assert_eq!(std::fs::metadata(to.join("wardlight.sqlite")).unwrap().permissions().mode() & 0o777, 0o600);

    let copy = Store::open(&StoreConfig::at(&to)).await.unwrap();
    let (there, here) = (
        store.load_table(table(1)).await.unwrap().unwrap(),
        copy.load_table(table(1)).await.unwrap().unwrap(),
    );
    assert_eq!((here.events, here.snapshot, here.answers), (there.events, there.snapshot, answers));
    assert_eq!(copy.login("ada").await.unwrap(), store.login("ada").await.unwrap());
    assert_eq!(copy.family_by_id(family.family).await.unwrap(), Some(family));
    assert_eq!(copy.recovery_codes_left(account(5)).await.unwrap(), 1);
    let epoch = copy.acquire_lease(table(1)).await.unwrap().unwrap();
    copy.append(append(table(1), epoch, 1_201, &["goes on"])).await.unwrap();
}

#[tokio::test]
async fn a_row_that_somebody_keeps_is_not_waited_for_without_end() {
    let world = World::server();
    let store = world.open().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    let database = &world.postgres.as_ref().unwrap().database;
    let mut other = operator(database).await;
    let keep = "begin; select from wardlight.tables where encode(table_id, 'hex') like '01%' for update";
    sqlx::raw_sql(keep).execute(&mut other).await.unwrap();
    let error = store.append(append(table(1), first, 1, &["late"])).await.unwrap_err();
    assert!(words(&error).join(": ").contains("lock timeout"), "{error:?}");
    store.append(append(table(2), second, 1, &["kept"])).await.unwrap();
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    store.append(append(table(1), first, 1, &["well"])).await.unwrap();
    assert_eq!(payloads(&store, table(1)).await, ["first", "well"]);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_broken_off() {
    let world = World::server();
    let store = world.open().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    let slow = "create function slow() returns trigger language plpgsql as \
         'begin perform pg_sleep(60); return new; end'; \
         create trigger slow before insert on events for each row when (new.payload = 'slow') \
         execute function slow()";
    world.damage("", slow).await;
    let begun = tokio::time::Instant::now();
    let error = store.append(append(table(1), first, 1, &["slow"])).await.unwrap_err();
    assert!(words(&error).join(": ").contains("statement timeout"), "{error:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    store.append(append(table(2), second, 1, &["quick"])).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_no_other_append() {
    let world = World::server();
    let store = world.open().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    // The server's own words when its disk is full.
    let full = "create function full_disk() returns trigger language plpgsql as \
         'begin raise disk_full; end'; \
         create trigger full_disk before insert on events for each row when (new.payload = 'large') \
         execute function full_disk()";
    world.damage("", full).await;
    let (large, small) = (append(table(1), first, 1, &["large"]), append(table(2), second, 1, &["small"]));
    let (large, small) = tokio::join!(store.append(large), store.append(small));
    assert!(matches!(large, Err(StoreError::Unavailable { .. })), "{large:?}");
    small.unwrap();
    store.append(append(table(1), first, 1, &["small"])).await.unwrap();
}

#[tokio::test]
async fn a_server_that_only_reads_is_not_ready() {
    let world = World::server();
    let store = world.open().await;
    store.ping().await.unwrap();
    let database = &world.postgres.as_ref().unwrap().database;
    let statement = format!(
        "alter database {database} set default_transaction_read_only = on; \
         select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'"
    );
    PostgresServer::shared().say("postgres", &statement).unwrap();
    let error = store.ping().await.unwrap_err();
    assert!(words(&error).join(": ").contains("read-only"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_sync_is_refused() {
    let cluster = PostgresServer::start().unwrap();
    let postgres = Some(cluster.database().unwrap());
    let world = World { directory: tempfile::tempdir().unwrap(), postgres };
    world.open().await.close().await;
    cluster.say("postgres", "alter system set fsync = off").unwrap();
    cluster.say("postgres", "select pg_reload_conf()").unwrap();
    let mut tries = 0;
    let error = loop {
        match Store::open(&world.config()).await {
            Err(error) => break error,
            Ok(store) => store.close().await,
        }
        tries += 1;
        assert!(tries < 50, "it is still trusted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(words(&error).join(": ").contains("fsync is off"), "{error:?}");
}

/// The columns of all tables.
async fn columns(world: &World) -> Vec<String> {
    world.open().await.close().await;
    let Some(postgres) = &world.postgres else {
        let list = "select m.name || '.' || c.name from sqlite_schema m, pragma_table_info(m.name) c \
             where m.type = 'table' and m.name not like 'sqlite_%' order by 1";
        let mut connection = world::beside(world.directory.path()).await;
        return sqlx::query_scalar(list).fetch_all(&mut connection).await.unwrap();
    };
    let mut connection = operator(&postgres.database).await;
    let list = "select (table_name || '.' || column_name) collate \"C\" from information_schema.columns \
         where table_schema = 'wardlight' and table_name <> 'form' order by 1";
    sqlx::query_scalar(AssertSqlSafe(list.to_owned())).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (embedded, server) = (columns(&World::embedded()).await, columns(&World::server()).await);
    assert!(embedded.len() > 50, "{embedded:?}");
    assert_eq!(embedded, server);
}
