//! Tables: logs, leases, snapshots, answers.

use super::*;

pub(crate) async fn events_come_back_in_order_after_a_restart(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a", "b"])).await.unwrap();
    store.append(append(table(1), epoch, 3, &["c"])).await.unwrap();
    store.close().await;
    let store = world.open().await;
    assert_eq!(payloads(&store, table(1)).await, ["first", "a", "b", "c"]);
    assert_eq!(store.load_table(table(1)).await.unwrap().unwrap().last_seq, 4);
    assert!(store.load_table(table(9)).await.unwrap().is_none());
}

pub(crate) async fn what_was_acknowledged_is_there_without_a_clean_end(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a"])).await.unwrap();
    // No close: the write-ahead log holds it.
    let other = world.open().await;
    assert_eq!(payloads(&other, table(1)).await, ["first", "a"]);
}

pub(crate) async fn a_stale_writer_is_refused_and_no_other_table_with_it(world: World) {
    let store = world.open().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    let stale = append(table(1), first, 0, &["lost"]);
    let good = append(table(2), second, 1, &["kept"]);
    let (stale, good) = tokio::join!(store.append(stale), store.append(good));
    assert!(matches!(stale, Err(StoreError::Conflict)));
    good.unwrap();
    assert_eq!(payloads(&store, table(1)).await, ["first"]);
    assert_eq!(payloads(&store, table(2)).await, ["first", "kept"]);
}

pub(crate) async fn a_number_that_is_taken_is_a_conflict_and_no_other_tables(world: World) {
    let store = world.open().await;
    let (first, second) = (make(&store, table(1)).await, make(&store, table(2)).await);
    // The table's own row is behind its log: only the primary key knows.
    world.damage(
        "insert into events select table_id, 2, 7, 'theirs' from events where hex(table_id) like '01%'",
        "insert into events select table_id, 2, 7, 'theirs' from events where encode(table_id, 'hex') like '01%'",
    )
    .await;
    // Sent before the writer runs: they are one group.
    let (taken, good) = (append(table(1), first, 1, &["lost"]), append(table(2), second, 1, &["kept"]));
    let (taken, good) = tokio::join!(store.append(taken), store.append(good));
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    good.unwrap();
    assert_eq!(payloads(&store, table(2)).await, ["first", "kept"]);
}

pub(crate) async fn a_statement_that_fails_fails_its_own_append_only(world: World) {
    let store = world.open().await;
    let mut epochs = Vec::new();
    for number in 1..=4 {
        epochs.push(make(&store, table(number)).await);
    }
    world
        .damage(
            "create trigger poison before insert on events when new.payload = 'poison' begin \
         select raise(abort, 'poisoned'); end",
            "create function poison() returns trigger language plpgsql as 'begin raise ''poisoned''; end'; \
         create trigger poison before insert on events for each row when (new.payload = 'poison') \
         execute function poison()",
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

pub(crate) async fn an_older_lease_is_refused(world: World) {
    let store = world.open().await;
    let old = make(&store, table(1)).await;
    let new = store.acquire_lease(table(1)).await.unwrap().unwrap();
    assert!(new > old);
    assert!(matches!(store.append(append(table(1), old, 1, &["x"])).await, Err(StoreError::Conflict)));
    store.append(append(table(1), new, 1, &["y"])).await.unwrap();
    assert_eq!(store.acquire_lease(table(9)).await.unwrap(), None, "there is no such table");
    assert!(matches!(store.append(append(table(9), 1, 0, &["x"])).await, Err(StoreError::Conflict)));
}

pub(crate) async fn two_writers_race_and_one_wins_each_number(world: World) {
    let store = world.open().await;
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

pub(crate) async fn many_tables_share_commits(world: World) {
    let store = world.open().await;
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

pub(crate) async fn a_large_append_is_one_commit(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    let many: Vec<String> = (0..9_001).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    store.append(append(table(1), epoch, 1, &many)).await.unwrap();
    let stored = payloads(&store, table(1)).await;
    assert_eq!((stored.len(), stored[9_001].as_str()), (9_002, "9000"));
}

pub(crate) async fn a_snapshot_shortens_what_is_loaded(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    store.append(append(table(1), epoch, 1, &["a", "b"])).await.unwrap();
    store.save_snapshot(table(1), 2, b"two".to_vec()).await.unwrap();
    store.save_snapshot(table(1), 1, b"older".to_vec()).await.unwrap();
    let loaded = store.load_table(table(1)).await.unwrap().unwrap();
    let snapshot = loaded.snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.payload.as_slice()), (2, b"two".as_slice()));
    assert_eq!(loaded.events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(), ["b"]);
}

pub(crate) async fn the_whole_log_is_there_whatever_the_snapshot_says(world: World) {
    let store = world.open().await;
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
    world.damage("update snapshots set seq = 4", "update snapshots set seq = 4").await;
    assert_eq!(whole(store.load_table(table(1)).await.unwrap().unwrap()), expected);
    store.save_snapshot(table(1), 3, b"three".to_vec()).await.unwrap();
    let snapshot = store.load_table(table(1)).await.unwrap().unwrap().snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.payload.as_slice()), (3, b"three".as_slice()));
}

pub(crate) async fn answers_are_given_again_within_their_window(world: World) {
    let store = world.open().await;
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

pub(crate) async fn the_answers_of_one_batch_keep_their_order(world: World) {
    let store = world.open().await;
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

pub(crate) async fn the_index_of_members_follows(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    let members = vec![(account(1), "gm".to_owned()), (account(2), "player".to_owned())];
    let members = vec![MemberChange::Replace(members)];
    store.append(Append { members, ..append(table(1), epoch, 1, &["e"]) }).await.unwrap();
    assert_eq!(store.tables_of(account(2)).await.unwrap()[0].role, "player");
    assert!(store.tables_of(account(3)).await.unwrap().is_empty());
    assert_eq!(store.tables().await.unwrap().len(), 1);
}

pub(crate) async fn what_could_not_be_committed_is_not_reported_as_done(world: World) {
    let store = world.open().await;
    let epoch = make(&store, table(1)).await;
    let kind = CodeKind::Seat { table: table(1), seat: SeatId(1) };
    let code = CodeRecord { hash: [1; 32], kind, expires_at_ms: None, uses_left: Some(1), created_at_ms: 1 };
    store.create_code(code).await.unwrap();
    // A reference that dangles is noticed by the commit, after the statement gave its row.
    world.damage(
        "create table dangling (table_id blob references tables deferrable initially deferred); \
         create trigger spoil_codes after update on link_codes begin insert into dangling values (x'00'); end; \
         create trigger spoil_leases after update on tables begin insert into dangling values (x'00'); end",
        "create table dangling (table_id bytea references tables deferrable initially deferred); \
         grant all on dangling to wardlight; \
         create function spoil() returns trigger language plpgsql as \
         'begin insert into dangling values (''0''); return new; end'; \
         create trigger spoil_codes after update on link_codes for each row execute function spoil(); \
         create trigger spoil_leases after update on tables for each row execute function spoil()",
    )
    .await;
    assert!(store.use_code([1; 32], 5).await.is_err());
    assert!(store.acquire_lease(table(1)).await.is_err());
    world
        .damage(
            "drop trigger spoil_codes; drop trigger spoil_leases",
            "drop trigger spoil_codes on link_codes; drop trigger spoil_leases on tables",
        )
        .await;
    assert_eq!(store.use_code([1; 32], 5).await.unwrap().unwrap().uses_left, Some(0));
    assert_eq!(store.acquire_lease(table(1)).await.unwrap().unwrap(), epoch + 1);
}

pub(crate) async fn several_first_starts_at_once_make_one_database(world: World) {
    let opens = (0..6).map(|_| {
        let config = world.config();
        tokio::spawn(async move { Store::open(&config).await })
    });
    for (number, open) in (1..).zip(opens.collect::<Vec<_>>()) {
        make(&open.await.unwrap().unwrap(), table(number)).await;
    }
    assert_eq!(world.open().await.tables().await.unwrap().len(), 6);
}

pub(crate) async fn a_newer_database_is_refused(world: World) {
    let store = world.open().await;
    store.close().await;
    world.damage("pragma user_version = 99", "update form set number = 99").await;
    let error = Store::open(&world.config()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

pub(crate) async fn a_backup_made_while_appending_is_a_prefix_of_the_log(world: World) {
    let (directory, store) = (&world.directory, world.open().await);
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
    let report = store::backup(&world.config(), &to).await.unwrap();
    writer.await.unwrap();
    assert_eq!((report.table_count, report.blob_count), (1, 1));
    let copy = Store::open(&StoreConfig::at(&to)).await.unwrap();
    let copied = payloads(&copy, table(1)).await;
    assert_eq!(copied.len() as u64, report.event_count);
    assert!(copied.iter().skip(1).zip(1u64..).all(|(payload, seq)| *payload == seq.to_string()));
    let pictures = BlobStore::open(&to.join("blobs")).await.unwrap();
    assert_eq!(pictures.get(picture).await.unwrap().unwrap(), b"picture");
    assert!(to.join("keys/refresh.key").exists());
    assert!(matches!(store::backup(&world.config(), &to).await, Err(StoreError::NotEmpty(_))));
}

pub(crate) async fn whoever_is_broken_off_leaves_no_transaction_open(world: World) {
    let (store, other) = (world.open().await, world.open().await);
    registered(&store, 5, "ada").await;
    // An operation waits several times for the database; here it is given up at each of them.
    for polls in 0..12 {
        let mut left = polls;
        let mut operation = Box::pin(store.set_mail(account(5), Some("ada@table.example")));
        std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(());
            }
            left -= 1;
            operation.as_mut().poll(context).map(drop)
        })
        .await;
        drop(operation);
        // What is done next, on whichever connection, is there for others.
        for locked in [Some(1), None] {
            store.set_lock(account(5), locked).await.unwrap();
            let seen = other.login("ada").await.unwrap().unwrap();
            assert_eq!(seen.is_locked, locked.is_some(), "given up after {polls}");
        }
    }
}
