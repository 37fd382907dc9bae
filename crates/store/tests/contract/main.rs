//! What every database must do: each test of `tables`, `deletion`, `people`, `trail` and `uploads` runs on the embedded one and
//! on a server, each in a world of its own.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

mod deletion;
mod embedded;
mod people;
mod pictures;
mod pools;
mod server;
mod tables;
mod trail;
mod uploads;
mod world;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use store::{
    AccountKind, AccountLink, Append, BlobStore, CodeKind, CodeRecord, FamilyRecord, MemberChange,
    NewAccount, NewAnswer, NewEvent, NewLogin, NewTable, NewUpload, NoticeRecord, PasskeyRecord, Quota,
    Standing, Store, StoreConfig, StoreError, Taken,
};
use tabletop::id::{AccountId, BlobId, CommandId, SeatId, TableId};
use tempfile::TempDir;
use world::World;

macro_rules! on_both {
    ($($module:ident: $($name:ident),+;)+) => {
        mod on_the_embedded_database {
            $($(
                #[tokio::test]
                async fn $name() {
                    super::$module::$name(super::World::embedded()).await;
                }
            )+)+
        }
        mod on_a_server {
            $($(
                #[tokio::test]
                async fn $name() {
                    super::$module::$name(super::World::server()).await;
                }
            )+)+
        }
    };
}

on_both! {
    tables:
        events_come_back_in_order_after_a_restart,
        what_was_acknowledged_is_there_without_a_clean_end,
        a_stale_writer_is_refused_and_no_other_table_with_it,
        a_number_that_is_taken_is_a_conflict_and_no_other_tables,
        a_statement_that_fails_fails_its_own_append_only,
        an_older_lease_is_refused,
        two_writers_race_and_one_wins_each_number,
        many_tables_share_commits,
        a_large_append_is_one_commit,
        a_snapshot_shortens_what_is_loaded,
        the_whole_log_is_there_whatever_the_snapshot_says,
        answers_are_given_again_within_their_window,
        the_answers_of_one_batch_keep_their_order,
        the_index_of_members_follows,
        whoever_is_broken_off_leaves_no_transaction_open,
        a_backup_made_while_appending_is_a_prefix_of_the_log,
        what_could_not_be_committed_is_not_reported_as_done,
        a_newer_database_is_refused;
    deletion:
        a_deleted_table_is_nowhere_and_comes_back_as_it_was,
        what_was_deleted_long_ago_is_removed_and_nothing_of_others,
        an_account_makes_so_many_tables_and_no_more_also_at_once,
        a_picture_that_an_older_log_names_is_known_to_be_used;
    people:
        of_two_rotations_one_wins,
        a_revoked_sign_in_does_not_rotate,
        a_one_time_link_works_once_and_not_after_its_end,
        what_is_over_is_forgotten_and_nothing_else,
        a_guest_becomes_an_account_once_and_a_login_has_one_owner,
        a_password_in_another_hash_is_stored_only_over_the_hash_it_replaces,
        a_step_a_recovery_code_and_a_link_are_used_once,
        a_mail_address_is_found_again_and_ends_the_links_to_the_one_before,
        passkeys_are_their_owners_alone,
        a_deleted_account_leaves_nothing_that_names_it,
        a_sign_in_says_how_it_was_proven_while_it_stands,
        notices_are_kept_by_kind_the_last_first_and_go_with_their_account;
    trail:
        the_audit_trail_grows_at_its_end_alone,
        of_two_that_add_to_the_same_end_one_does,
        the_audit_trail_is_cut_at_a_checkpoint;
    uploads:
        a_picture_counts_for_its_account_and_its_table_up_to_the_limit_and_once,
        pictures_that_come_at_once_do_not_pass_the_limit_together;
}

pub(crate) fn table(number: u8) -> TableId {
    TableId::from_bytes([number; 16])
}

pub(crate) fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

pub(crate) fn event(payload: &str) -> NewEvent {
    NewEvent { payload: payload.to_owned(), at_ms: 7 }
}

pub(crate) async fn make(store: &Store, id: TableId) -> u64 {
    let members = vec![(account(1), "gm".to_owned())];
    let events = vec![event("first")];
    let new =
        NewTable { table: id, name: "Friday".to_owned(), created_at_ms: 1, events, members, founder: None };
    store.create_table(new).await.unwrap();
    store.acquire_lease(id).await.unwrap().unwrap()
}

pub(crate) fn append(id: TableId, lease_epoch: u64, expected_seq: u64, payloads: &[&str]) -> Append {
    let events = payloads.iter().map(|payload| event(payload)).collect();
    Append { table: id, lease_epoch, expected_seq, events, answers: Vec::new(), members: Vec::new() }
}

pub(crate) async fn payloads(store: &Store, id: TableId) -> Vec<String> {
    store.load_table(id).await.unwrap().unwrap().events.into_iter().map(|event| event.payload).collect()
}

/// An error and what it comes from, step by step.
pub(crate) fn words(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

pub(crate) async fn registered(store: &Store, number: u8, login: &str) -> bool {
    let password = format!("hash of {login}");
    let new = NewLogin { account: account(number), login: login.to_owned(), password, at_ms: 7 };
    store.create_login(new).await.unwrap()
}

pub(crate) async fn sign_in(store: &Store) -> FamilyRecord {
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
