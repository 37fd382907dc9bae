//! People: sessions, links, accounts.

use super::*;

pub(crate) async fn of_two_rotations_one_wins(world: World) {
    let store = world.open().await;
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

pub(crate) async fn a_revoked_sign_in_does_not_rotate(world: World) {
    let store = world.open().await;
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

pub(crate) async fn a_sign_in_says_how_it_was_proven_while_it_stands(world: World) {
    let store = world.open().await;
    let family = sign_in(&store).await;
    let methods = async || store.family_by_id(family.family).await.unwrap().unwrap().methods;
    store.set_family_methods(family.family, "pwd otp mfa").await.unwrap();
    let next = FamilyRecord { counter: 1, current_hash: [2; 32], ..family.clone() };
    assert!(store.rotate_family(&family, &next).await.unwrap());
    assert_eq!(methods().await, "pwd otp mfa", "a rotation leaves it");
    store.revoke_family(family.family, 50).await.unwrap();
    store.set_family_methods(family.family, "pwd").await.unwrap();
    assert_eq!(methods().await, "pwd otp mfa");
}

pub(crate) async fn a_one_time_link_works_once_and_not_after_its_end(world: World) {
    let store = world.open().await;
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

pub(crate) async fn what_is_over_is_forgotten_and_nothing_else(world: World) {
    let store = world.open().await;
    make(&store, table(1)).await;
    let kind = CodeKind::Seat { table: table(1), seat: SeatId(1) };
    for (hash, expires_at_ms) in [(1, Some(999)), (2, Some(1_000)), (3, None)] {
        let code = CodeRecord { hash: [hash; 32], kind, expires_at_ms, uses_left: Some(1), created_at_ms: 1 };
        store.create_code(code).await.unwrap();
    }
    for (hash, expires_at_ms) in [(4, 999), (5, 1_000)] {
        store.create_account_link([hash; 32], AccountLink::Register, expires_at_ms).await.unwrap();
    }
    let first = sign_in(&store).await;
    let used =
        |family: u8, last_used_ms: u64| FamilyRecord { family: [family; 16], last_used_ms, ..first.clone() };
    for family in [used(1, 499), used(2, 500), used(3, 400), used(4, 900), used(5, 900)] {
        store.create_family(family).await.unwrap();
    }
    // One that was used before the time and ended after it; two that ended.
    store.revoke_family([3; 16], 600).await.unwrap();
    store.revoke_family([4; 16], 950).await.unwrap();
    store.revoke_family(first.family, 499).await.unwrap();
    assert_eq!(store.forget_what_is_over(1_000, 500).await.unwrap(), 4);
    let mut codes = Vec::new();
    for hash in 1..=3 {
        codes.push(store.code([hash; 32]).await.unwrap().is_some());
    }
    assert_eq!(codes, [false, true, true]);
    assert!(store.account_link([4; 32], 0).await.unwrap().is_none());
    assert!(store.account_link([5; 32], 0).await.unwrap().is_some());
    let mut families = Vec::new();
    for family in [1, 2, 3, 4, 5, 9] {
        families.push(store.family_by_id([family; 16]).await.unwrap().is_some());
    }
    assert_eq!(families, [false, true, true, true, true, false]);
    assert_eq!(store.forget_what_is_over(1_000, 500).await.unwrap(), 0);
}

pub(crate) async fn a_guest_becomes_an_account_once_and_a_login_has_one_owner(world: World) {
    let store = world.open().await;
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
    let epoch = store.acquire_lease(table(1)).await.unwrap().unwrap();
    store.append(Append { members, ..append(table(1), epoch, 1, &["e"]) }).await.unwrap();
    assert!(store.standing(account(5)).await.unwrap().is_master);
}

pub(crate) async fn a_password_in_another_hash_is_stored_only_over_the_hash_it_replaces(world: World) {
    let store = world.open().await;
    registered(&store, 5, "ada").await;
    assert!(store.set_password(account(5), None, "chosen anew", 50).await.unwrap());
    assert!(!store.set_password(account(5), Some("hash of ada"), "late rehash", 60).await.unwrap());
    assert!(store.set_password(account(5), Some("chosen anew"), "rehashed", 70).await.unwrap());
    let stored = store.login("ada").await.unwrap().unwrap();
    assert_eq!((stored.password.as_deref(), stored.password_set_at_ms), (Some("rehashed"), 50));
}

pub(crate) async fn a_step_a_recovery_code_and_a_link_are_used_once(world: World) {
    let store = world.open().await;
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

pub(crate) async fn a_mail_address_is_found_again_and_ends_the_links_to_the_one_before(world: World) {
    let store = world.open().await;
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

pub(crate) async fn passkeys_are_their_owners_alone(world: World) {
    let store = world.open().await;
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

pub(crate) async fn a_deleted_account_leaves_nothing_that_names_it(world: World) {
    let store = world.open().await;
    let family = sign_in(&store).await;
    registered(&store, 5, "adalovelace").await;
    let other = FamilyRecord { family: [8; 16], revoked_at_ms: None, ..family.clone() };
    store.create_family(other).await.unwrap();
    assert_eq!(store.families_of(account(5)).await.unwrap().len(), 2);
    assert_eq!(store.revoke_families_of(account(5), Some([9; 16]), 40).await.unwrap(), [[8; 16]]);
    store.set_totp(account(5), Some(vec![1]), &[[1; 32]]).await.unwrap();
    store.create_account_link([8; 32], AccountLink::Reset(account(5)), 100).await.unwrap();
    store.set_lock(account(5), Some(1)).await.unwrap();
    store.add_notice(account(5), &notice("new_device", 7), 3).await.unwrap();
    assert!(store.login("adalovelace").await.unwrap().unwrap().is_locked);
    assert_eq!(store.delete_account(account(5), 50).await.unwrap(), [[9; 16]]);
    assert_eq!(store.delete_account(account(5), 51).await.unwrap(), [[0; 16]; 0]);
    assert!(store.login("adalovelace").await.unwrap().is_none());
    assert_eq!(store.account_link([8; 32], 99).await.unwrap(), None);
    assert_eq!(store.families_revoked_since(50).await.unwrap(), [([9; 16], 50)]);
    store.close().await;
    let bytes = world.contents().await;
    for word in ["adalovelace", "Firefox on Linux"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

fn notice(kind: &str, at_ms: u64) -> NoticeRecord {
    NoticeRecord { kind: kind.to_owned(), at_ms, device: "Firefox on Linux".to_owned() }
}

pub(crate) async fn notices_are_kept_by_kind_the_last_first_and_go_with_their_account(world: World) {
    let store = world.open().await;
    sign_in(&store).await;
    let add = async |kind: &str, at_ms| store.add_notice(account(5), &notice(kind, at_ms), 3).await.unwrap();
    add("new_device", 1).await;
    assert_eq!(store.notices_of(account(5)).await.unwrap(), [], "a guest");
    assert!(registered(&store, 5, "ada").await);
    add("new_device", 2).await;
    for at_ms in [10, 10, 20, 30, 40] {
        add("wrong_code", at_ms).await;
    }
    let kept = store.notices_of(account(5)).await.unwrap();
    let expected = [("wrong_code", 40), ("wrong_code", 30), ("wrong_code", 20), ("new_device", 2)];
    assert_eq!(kept, expected.map(|(kind, at_ms)| notice(kind, at_ms)));
    assert_eq!(store.notices_of(account(6)).await.unwrap(), []);
    store.delete_account(account(5), 50).await.unwrap();
    assert_eq!(store.notices_of(account(5)).await.unwrap(), []);
}
