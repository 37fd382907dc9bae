//! Tables that people make for themselves, delete, and bring back.

use std::path::Path;
use std::time::Duration;

use load::Error;
use load::player::{SignIn, code_of};
use protocol::{ByeReason, Command};
use serde_json::{Value, json};
use server::accounts::Registration;
use server::config::ServeOptions;
use server::own_tables::NewTables;

use crate::accounts::{Browser, age, kind};
use crate::harness::{Party, Running, options, start, start_with};
use crate::uploads::{picture, stored};

type Outcome = Result<(), Error>;

async fn open(directory: &Path) -> Running {
    start_with(ServeOptions { registration: Some(Registration::Open), ..options(directory) }).await
}

async fn registered(server: &Running, login: &str) -> Result<Browser, Error> {
    let mut browser = Browser::new(server.address);
    assert_eq!(browser.register(login).await?.status, 200);
    Ok(browser)
}

async fn make(browser: &mut Browser, name: &str) -> Result<String, Error> {
    let made = browser.post("/tables", json!({ "name": name })).await?;
    assert_eq!(made.status, 201, "{made:?}");
    Ok(made.json()?["table"].as_str().ok_or("no table")?.to_owned())
}

/// An account as somebody who sits down at one of its tables.
fn seat_of(browser: &Browser, server: &Running, table: &str) -> SignIn {
    SignIn {
        server: server.address,
        access: browser.access.clone(),
        cookie: String::new(),
        table: table.to_owned(),
        state: "seated".to_owned(),
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|row| row["table"].as_str()).collect()
}

#[tokio::test]
async fn whoever_has_an_account_makes_tables_and_is_their_game_master() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = registered(&server, "ada").await?;
    let none = ada.get("/tables").await?.json()?;
    assert_eq!((ids(&none["tables"]).len(), none["may_create"].as_bool()), (0, Some(true)));
    let table = make(&mut ada, "  The   Salt Road ").await?;
    let listed = ada.get("/tables").await?.json()?;
    assert_eq!(listed["tables"], json!([{ "table": table, "name": "The Salt Road", "role": "gm" }]));
    let mut seat = seat_of(&ada, &server, &table).sit_down().await?;
    seat.must(Command::AddScene { name: "Yard".to_owned(), size_cells: [20, 20] }).await?;
    assert!(seat.view.seats.values().any(|seat| seat.name == "ada"));
    assert_eq!(ada.get(&format!("/tables/{table}/invite")).await?.status, 200);

    let mut bo = registered(&server, "bob").await?;
    for path in ["invite", "delete", "restore"] {
        let path = format!("/tables/{table}/{path}");
        let answer = if path.ends_with("invite") { bo.get(&path).await? } else { bo.press(&path).await? };
        assert_eq!((answer.status, kind(&answer).as_str()), (404, "/problems/not-found"), "{path}");
    }
    for name in ["", " ", "a\u{202e}b", &"x".repeat(61)] {
        let refused = ada.post("/tables", json!({ "name": name })).await?;
        let detail = refused.json()?["detail"].as_str().unwrap_or_default().to_owned();
        assert!(refused.status == 400 && detail.starts_with("name: "), "{detail}");
    }
    // What the start tells is the table of whoever runs the server.
    let invites = server.links.invite.clone();
    server.stop().await;
    let again = start(directory.path()).await;
    let code = |link: &str| link.split_once('#').map(|(_, code)| code.to_owned());
    assert_eq!(code(&again.links.invite[0]), code(&invites[0]));
    again.stop().await;
    Ok(())
}

#[tokio::test]
async fn who_may_make_tables_is_a_setting_and_has_an_end() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut guest = Browser::of(&party.players_in[0]);
    assert_eq!(guest.get("/tables").await?.json()?["may_create"], json!(false));
    let refused = guest.post("/tables", json!({ "name": "Friday" })).await?;
    assert_eq!((refused.status, kind(&refused).as_str()), (409, "/problems/no-account"));

    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = registered(&server, "ada").await?;
    let first = make(&mut ada, "Friday").await?;
    age(
        directory.path(),
        "with recursive more (number) as (select 2 union all select number + 1 from more where number < 50) \
         insert into tables (table_id, name, created_at_ms, last_seq, lease_epoch, founder) \
         select randomblob(16), 'More', 1, 0, 0, founder from more, tables where founder is not null",
    )
    .await?;
    let refused = ada.post("/tables", json!({ "name": "One more" })).await?;
    assert_eq!((refused.status, kind(&refused).as_str()), (400, "/problems/bad-request"));
    assert_eq!(ada.press(&format!("/tables/{first}/delete")).await?.status, 204);
    make(&mut ada, "One more").await?;
    let full = ada.press(&format!("/tables/{first}/restore")).await?;
    assert_eq!(full.status, 400, "nor does one come back beyond it");
    server.stop().await;

    let directory = tempfile::tempdir()?;
    let closed = ServeOptions {
        registration: Some(Registration::Open),
        new_tables: Some(NewTables::Administrator),
        ..options(directory.path())
    };
    let server = start_with(closed).await;
    let mut ada = registered(&server, "ada").await?;
    assert_eq!(ada.get("/tables").await?.json()?["may_create"], json!(false));
    let refused = ada.post("/tables", json!({ "name": "Friday" })).await?;
    assert_eq!((refused.status, kind(&refused).as_str()), (403, "/problems/no-new-tables"));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_deleted_table_sends_everybody_away_and_comes_back_as_it_was() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let mut master = Browser::of(&party.master_in);
    let own = format!("/tables/{}/delete", party.master_in.table);
    assert_eq!(kind(&master.press(&own).await?), "/problems/no-account", "a guest could not bring it back");
    master.register("master").await?;
    let table = party.master_in.table.clone();
    let mut seat = seat_of(&master, &party.server, &table).sit_down().await?;
    seat.must(Command::AddScene { name: "Yard".to_owned(), size_cells: [20, 20] }).await?;
    let delete = format!("/tables/{table}/delete");
    let mut ada = Browser::of(&party.players_in[0]);
    assert_eq!(ada.press(&delete).await?.status, 404, "a player does not");
    age(party.directory.path(), "update session_families set created_at_ms = created_at_ms - 301000").await?;
    assert_eq!(master.press("/session/refresh").await?.status, 200);
    assert_eq!(kind(&master.press(&delete).await?), "/problems/confirm-first");
    assert_eq!(master.sign_in("master", crate::accounts::PASSWORD).await?.status, 200);

    assert_eq!(master.press(&delete).await?.status, 204);
    assert_eq!(party.players[0].until_bye().await?, ByeReason::Unavailable);
    assert!(party.players_in[0].sit_down().await.is_err(), "nobody comes back");
    assert_eq!(master.press(&delete).await?.status, 404, "it is gone");
    assert_eq!(ada.get("/tables").await?.json()?["tables"], json!([]));
    assert_eq!(ada.get("/tables").await?.json()?["deleted"], json!([]), "nor can a player bring it back");
    let preview = ada.post("/join/preview", json!({ "code": party.server.invite() })).await?;
    assert_eq!(preview.status, 404);
    let listed = master.get("/tables").await?.json()?;
    assert_eq!((ids(&listed["tables"]).len(), ids(&listed["deleted"])), (0, vec![table.as_str()]));
    let left_s = listed["deleted"][0]["removed_in_s"].as_u64().ok_or("no time")?;
    assert!((29 * 86_400..=30 * 86_400).contains(&left_s), "{left_s}");

    let restore = format!("/tables/{table}/restore");
    assert_eq!(ada.press(&restore).await?.status, 404);
    assert_eq!(master.press(&restore).await?.status, 204);
    assert_eq!(master.press(&restore).await?.status, 404, "it is there");
    let seat = seat_of(&master, &party.server, &table).sit_down().await?;
    assert!(seat.view.scenes.values().any(|scene| scene.name == "Yard"), "{:?}", seat.view.scenes);
    party.players_in[0].sit_down().await?;
    Ok(())
}

/// Whoever was let in once could let in everybody.
#[tokio::test]
async fn a_seat_at_a_table_that_somebody_made_is_no_way_to_an_account() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut ada = Browser::of(&party.players_in[0]);
    assert_eq!(ada.register("ada").await?.status, 200, "let in at a table of whoever runs the server");
    let table = make(&mut ada, "Everybody").await?;
    let mut seat = seat_of(&ada, &party.server, &table).sit_down().await?;
    seat.open_the_door().await?;
    let invite = ada.get(&format!("/tables/{table}/invite")).await?.json()?;
    let invite = code_of(invite["links"][0].as_str().ok_or("no link")?).to_owned();
    let wim = SignIn::join(party.server.address, &invite, Some("Wim")).await?;
    assert_eq!(wim.state, "seated");
    assert_eq!(kind(&Browser::of(&wim).register("wim").await?), "/problems/no-registration");
    Ok(())
}

/// Whoever has it awake elsewhere learns of it with the next command.
#[tokio::test]
async fn a_table_that_was_deleted_behind_the_server_takes_nothing_more() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    age(party.directory.path(), "update tables set deleted_at_ms = 1, lease_epoch = lease_epoch + 1").await?;
    let late = party.master.ask(Command::AddScene { name: "Late".to_owned(), size_cells: [20, 20] }).await;
    if late.is_ok() {
        assert_eq!(party.master.until_bye().await?, ByeReason::NoTable);
    }
    assert_eq!(party.players[0].until_bye().await?, ByeReason::NoTable);
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_long_ago_goes_with_its_pictures_and_with_no_others() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = registered(&server, "ada").await?;
    let (first, second) = (make(&mut ada, "First").await?, make(&mut ada, "Second").await?);
    let (before, _) = stored(directory.path())?;
    let upload = async |table: &str, number: u8| -> Result<(), Error> {
        let path = format!("/api/v1/tables/{table}/scenes?name=map.png");
        let ada = seat_of(&ada, &server, table);
        let _seat = ada.sit_down().await?;
        let sent = ada.request("POST", &path).body(picture(number));
        assert_eq!(sent.send(server.address).await?.status, 201);
        Ok(())
    };
    upload(&first, 1).await?;
    upload(&first, 2).await?;
    upload(&second, 2).await?;
    assert_eq!(stored(directory.path())?.0, before + 2);
    let tiles = || std::fs::read_dir(directory.path().join("tiles")).map(Iterator::count);
    let tiles_before = tiles()?;
    assert_eq!(ada.press(&format!("/tables/{first}/delete")).await?.status, 204);
    server.stop().await;
    // Not yet: it was deleted a moment ago.
    start(directory.path()).await.stop().await;
    assert_eq!(stored(directory.path())?.0, before + 2);

    age(directory.path(), "update tables set deleted_at_ms = 1 where deleted_at_ms is not null").await?;
    let server = start(directory.path()).await;
    let removed = async {
        while stored(directory.path())?.0 != before + 1 || tiles()? != tiles_before - 1 {
            tokio::task::yield_now().await;
        }
        Ok::<_, Error>(())
    };
    tokio::time::timeout(Duration::from_secs(30), removed).await??;
    let mut ada = Browser::new(server.address);
    ada.sign_in("ada", crate::accounts::PASSWORD).await?;
    let listed = ada.get("/tables").await?.json()?;
    assert_eq!((ids(&listed["tables"]), ids(&listed["deleted"])), (vec![second.as_str()], vec![]));
    assert_eq!(ada.press(&format!("/tables/{first}/restore")).await?.status, 404);
    server.stop().await;
    Ok(())
}
