//! Coming, going, coming back.

use load::Error;
use load::http::Request;
use load::player::{SignIn, code_of, origin};
use protocol::{ByeReason, Command, SeatState, ServerFrame};
use serde_json::json;

use crate::harness::{Party, knocking, start};

type Outcome = Result<(), Error>;

#[tokio::test]
async fn a_person_knocks_waits_and_is_let_in() -> Outcome {
    let mut party = Party::gather(&[]).await?;
    let ada_in = party.server.knock("Ada").await;
    assert_eq!(ada_in.state, "knocking");
    let mut ada = ada_in.connect().await?;
    assert!(matches!(ada.next().await?, ServerFrame::Waiting { name, .. } if name == "Ada"));
    party.master.until(|view| knocking(view, "Ada").is_some()).await?;
    let seat = knocking(&party.master.view, "Ada").ok_or("nobody knocks")?;
    party.master.must(Command::Admit { seat, into: None }).await?;
    ada.until(|view| view.me.is_some()).await?;
    assert!(ada.view.scene.as_ref().is_some_and(|scene| !scene.sees_all));
    party.master.until(|view| view.seats.get(&seat).is_some_and(|seat| seat.online)).await
}

#[tokio::test]
async fn walking_in_needs_nobody() -> Outcome {
    let mut party = Party::gather(&[]).await?;
    party.master.open_the_door().await?;
    let ada = party.server.knock("Ada").await;
    assert_eq!(ada.state, "seated");
    ada.sit_down().await.map(drop)
}

#[tokio::test]
async fn a_second_tab_is_the_same_seat_and_a_reload_comes_back() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let mut second = party.players_in[0].sit_down().await?;
    assert_eq!(second.view.seats.len(), 4, "no duplicate seat: the sample has two empty ones");
    second.must(Command::Say { line: "from my phone".to_owned(), speak_as: None }).await?;
    party.players[0].until(|view| view.messages.len() == 1).await?;
    drop(second);
    let back = party.players_in[0].sit_down().await?;
    assert_eq!(back.view.messages.len(), 1);
    assert_eq!(back.view.me, party.players[0].view.me, "handles survive a reconnect");
    Ok(())
}

#[tokio::test]
async fn the_same_browser_joins_again_as_the_same_person() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let body = json!({ "code": party.server.invite(), "name": "Somebody else" });
    let request = Request::post("/api/v1/join", &body)
        .header("Origin", &origin(party.server.address))
        .header("Cookie", &party.players_in[0].cookie);
    let answer = request.send(party.server.address).await?;
    assert_eq!((answer.status, answer.json()?["state"].as_str()), (200, Some("seated")));
    assert_eq!(party.master.view.seats.values().filter(|seat| seat.state == SeatState::Knocking).count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_seat_moves_to_another_device_by_a_link_that_works_once() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    let seat = party.players[0].view.me.ok_or("no seat")?.seat;
    let path = format!("/api/v1/tables/{}/seats/{seat}/link", party.players_in[0].table);
    let answer = party.players_in[0].request("POST", &path).send(party.server.address).await?;
    assert_eq!(answer.status, 200);
    let link = answer.json()?["links"][0].as_str().ok_or("no link")?.to_owned();
    assert!(answer.json()?["qr"].as_array().is_some_and(|rows| rows.len() >= 21));
    let phone_in = SignIn::join(party.server.address, code_of(&link), None).await?;
    let mut phone = phone_in.sit_down().await?;
    phone.must(Command::Say { line: "hello".to_owned(), speak_as: None }).await?;
    assert_eq!(phone.view.messages[0].name, "Ada");
    let again = SignIn::join(party.server.address, code_of(&link), None).await;
    assert!(again.unwrap_err().to_string().contains("404"), "the link works once");
    // Nobody makes links for another person's seat but the game master.
    let others =
        party.players[0].view.seats.keys().copied().find(|other| *other != seat).ok_or("no other seat")?;
    let path = format!("/api/v1/tables/{}/seats/{others}/link", party.players_in[0].table);
    assert_eq!(party.players_in[0].request("POST", &path).send(party.server.address).await?.status, 404);
    let path = format!("/api/v1/tables/{}/seats/{}/link", party.master_in.table, party.seat("Bo"));
    assert_eq!(party.master_in.request("POST", &path).send(party.server.address).await?.status, 200);
    party.master.until(|view| view.messages.len() == 1).await
}

#[tokio::test]
async fn a_knock_can_take_an_existing_seat() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let seat = party.seat("Ada");
    let newcomer_in = party.server.knock("Ada on a new laptop").await;
    party.master.until(|view| knocking(view, "Ada on a new laptop").is_some()).await?;
    let knock = knocking(&party.master.view, "Ada on a new laptop").ok_or("nobody knocks")?;
    party.master.must(Command::Admit { seat: knock, into: Some(seat) }).await?;
    let newcomer = newcomer_in.sit_down().await?;
    let me = newcomer.view.me.ok_or("no seat")?.seat;
    assert_eq!(newcomer.view.seats[&me].name, "Ada");
    assert_eq!(party.master.view.seats.len(), 4);
    Ok(())
}

#[tokio::test]
async fn kicked_people_may_knock_again_and_banned_ones_may_not() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    let (ada, bo) = (party.seat("Ada"), party.seat("Bo"));
    party.master.must(Command::Kick { seat: ada }).await?;
    assert_eq!(party.players[0].until_bye().await?, ByeReason::Removed);
    party.master.must(Command::Ban { seat: bo }).await?;
    assert_eq!(party.players[1].until_bye().await?, ByeReason::Removed);
    assert_eq!(party.players_in[1].connect().await?.until_bye().await?, ByeReason::NoTable);
    let again = |index: usize| {
        let body = json!({ "code": party.server.invite(), "name": "Again" });
        Request::post("/api/v1/join", &body)
            .header("Origin", &origin(party.server.address))
            .header("Cookie", &party.players_in[index].cookie)
            .send(party.server.address)
    };
    assert_eq!(again(0).await?.json()?["state"], "knocking");
    assert_eq!(again(1).await?.status, 422);
    let refused =
        party.master.ask(Command::Kick { seat: party.master.view.me.ok_or("no seat")?.seat }).await?.refused;
    assert_eq!(refused.ok_or("a game master stays")?.code, "master_stays");
    Ok(())
}

#[tokio::test]
async fn a_renewed_invite_makes_the_old_one_worthless() -> Outcome {
    let mut party = Party::gather(&[]).await?;
    party.master.must(Command::RenewInvite {}).await?;
    let old = SignIn::join(party.server.address, party.server.invite(), Some("Ada")).await;
    assert!(old.unwrap_err().to_string().contains("404"));
    let path = format!("/api/v1/tables/{}/invite", party.master_in.table);
    let answer = party.master_in.request("GET", &path).send(party.server.address).await?;
    let link = answer.json()?["links"][0].as_str().ok_or("no link")?.to_owned();
    let ada = SignIn::join(party.server.address, code_of(&link), Some("Ada")).await?;
    assert_eq!(ada.state, "knocking");
    assert_eq!(
        ada.request("GET", &path).send(party.server.address).await?.status,
        404,
        "players see no invite"
    );
    Ok(())
}

#[tokio::test]
async fn refresh_rotates_repeats_a_lost_answer_and_ends_on_reuse() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let refresh = |cookie: String| {
        let request = Request::new("POST", "/api/v1/session/refresh");
        let request = request.header("Origin", &origin(party.server.address)).header("Cookie", &cookie);
        request.send(party.server.address)
    };
    let cookie_of = |answer: &load::http::Answer| {
        answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned()
    };
    let first = party.players_in[0].cookie.clone();
    let (one, two) = tokio::join!(refresh(first.clone()), refresh(first.clone()));
    let (one, two) = (one?, two?);
    assert_eq!((one.status, two.status), (200, 200));
    let second = cookie_of(&one);
    assert_eq!(second, cookie_of(&two), "two tabs get the same successor");
    let set = one.header("set-cookie").unwrap_or_default();
    for attribute in ["__Host-", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(attribute), "{set}");
    }
    let third = cookie_of(&refresh(second.clone()).await?);
    assert_ne!(second, third);
    // The first is two generations old now: stolen or was.
    assert_eq!(refresh(first).await?.status, 401);
    assert_eq!(refresh(third).await?.status, 401, "the whole family has ended");
    Ok(())
}

#[tokio::test]
async fn a_forged_secret_signs_nobody_out() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let address = party.server.address;
    let (family, _) = party.players_in[0].cookie.split_once('.').ok_or("no secret")?;
    let forged = format!("{family}.{}", "A".repeat(43));
    for path in ["refresh", "end"] {
        let path = format!("/api/v1/session/{path}");
        let request = Request::new("POST", &path).header("Origin", &origin(address));
        drop(request.header("Cookie", &forged).send(address).await?);
        let request = Request::new("POST", "/api/v1/session/refresh").header("Origin", &origin(address));
        let answer = request.header("Cookie", &party.players_in[0].cookie).send(address).await?;
        assert_eq!(answer.status, 200, "after a forged {path}");
    }
    let request = Request::new("POST", "/api/v1/session/refresh").header("Origin", &origin(address));
    assert_eq!(request.header("Cookie", &forged).send(address).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn nothing_is_done_for_a_page_of_another_site() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let cookie = party.players_in[0].cookie.clone();
    for origin in [None, Some("https://evil.test"), Some("null")] {
        for path in ["/api/v1/session/refresh", "/api/v1/session/end"] {
            let mut request = Request::new("POST", path).header("Cookie", &cookie);
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            assert_eq!(request.send(party.server.address).await?.status, 403, "{path} {origin:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_new_game_master_link_replaces_unused_ones() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let config = server::config::Config::load(crate::harness::options(directory.path()))?;
    let fresh = server::serve::Server::master_link_beside(&config, None).await?;
    let old = SignIn::join(server.address, code_of(&server.links.game_master[0]), None).await;
    assert!(old.unwrap_err().to_string().contains("404"));
    let master = SignIn::join(server.address, code_of(&fresh[0]), None).await?;
    assert!(master.sit_down().await?.view.scene.is_some_and(|scene| scene.sees_all));
    Ok(())
}

#[tokio::test]
async fn nobody_sits_down_as_somebody_else() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    // Letters of two scripts in a word are no name.
    let body = json!({ "code": party.server.invite(), "name": "Ad\u{430}" });
    let request = Request::post("/api/v1/join", &body).header("Origin", &origin(party.server.address));
    let answer = request.send(party.server.address).await?;
    assert_eq!(answer.status, 400);
    assert!(String::from_utf8(answer.body)?.contains("different scripts"));
    // A name that looks like another's is let in with a number.
    let mut impostor = party.server.knock("ada").await;
    party.master.until(|view| knocking(view, "ada").is_some()).await?;
    let seat = knocking(&party.master.view, "ada").ok_or("nobody knocks")?;
    party.master.must(Command::Admit { seat, into: None }).await?;
    party.master.until(|view| view.seats.get(&seat).is_some_and(|seat| seat.name == "ada (2)")).await?;
    impostor.state = "seated".to_owned();
    // And cannot be taken later: the game master's, in Greek letters, neither.
    let mut impostor = impostor.sit_down().await?;
    let me = impostor.view.me.ok_or("no seat")?.seat;
    for name in ["Ada", "Game Master", "\u{391}d\u{430}"] {
        let rename = Command::EditSeat { seat: me, name: Some(name.to_owned()), color: None };
        let refused = impostor.ask(rename).await?.refused.ok_or("it is done")?;
        assert!(["name_taken", "bad_name"].contains(&refused.code.as_str()), "{name}: {refused:?}");
    }
    let rename = Command::EditSeat { seat: me, name: Some("Bo".to_owned()), color: None };
    impostor.must(rename).await.map(drop)
}
