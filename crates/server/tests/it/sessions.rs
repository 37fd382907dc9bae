//! A session that ends is over everywhere at once: on every route, on sockets that are open, and after a restart.

use std::time::Duration;

use load::Error;
use load::http::{Answer, Request};
use load::player::{Player, SignIn, origin};
use protocol::{ByeReason, ClientFrame, Command};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::harness::{Party, start};

type Outcome = Result<(), Error>;

async fn session(signed_in: &SignIn, what: &str, cookie: &str) -> Result<Answer, Error> {
    let request = Request::new("POST", &format!("/api/v1/session/{what}"));
    request.header("Origin", &origin(signed_in.server)).header("Cookie", cookie).send(signed_in.server).await
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned()
}

async fn status(signed_in: &SignIn) -> Result<u16, Error> {
    Ok(signed_in.request("GET", "/api/v1/tables").send(signed_in.server).await?.status)
}

fn say(line: &str) -> Command {
    Command::Say { line: line.to_owned(), speak_as: None }
}

/// The socket is closed for the reason that it is not signed in any more, within a second.
async fn is_closed(player: &mut Player, since: Instant) -> Outcome {
    assert_eq!(player.until_bye().await?, ByeReason::SignedOut);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    Ok(())
}

#[tokio::test]
async fn who_signs_out_is_out_everywhere_within_a_second() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    let ada = party.players_in[0].clone();
    let mut second_tab = ada.sit_down().await?;
    assert_eq!(status(&ada).await?, 200);
    let since = Instant::now();
    let ended = session(&ada, "end", &ada.cookie).await?;
    assert_eq!((ended.status, ended.header("clear-site-data")), (204, Some("\"cookies\", \"storage\"")));
    assert_eq!(status(&ada).await?, 401, "the token would live for ten minutes");
    is_closed(&mut party.players[0], since).await?;
    is_closed(&mut second_tab, since).await?;
    let mut again = ada.connect().await?;
    assert_eq!(again.until_bye().await?, ByeReason::SignedOut);
    // Others stay.
    party.players[1].must(say("still here")).await?;
    party.master.must(say("me too")).await?;
    Ok(())
}

#[tokio::test]
async fn what_comes_after_the_end_is_not_done() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let ada = party.players_in[0].clone();
    session(&ada, "end", &ada.cookie).await?;
    let player = &mut party.players[0];
    let late = ClientFrame::Command { id: player.command_id(), command: say("too late") };
    player.send(&late).await?;
    assert_eq!(player.until_bye().await?, ByeReason::SignedOut);
    party.master.must(say("after that")).await?;
    assert!(party.master.view.messages.iter().all(|message| !format!("{message:?}").contains("too late")));
    Ok(())
}

#[tokio::test]
async fn a_secret_that_is_used_twice_ends_what_was_signed_in_with_it() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let mut ada = party.players_in[0].clone();
    let stolen = ada.cookie.clone();
    for _ in 0..2 {
        let answer = session(&ada, "refresh", &ada.cookie).await?;
        ada.cookie = cookie_of(&answer);
    }
    let since = Instant::now();
    assert_eq!(session(&ada, "refresh", &stolen).await?.status, 401);
    is_closed(&mut party.players[0], since).await?;
    assert_eq!(status(&ada).await?, 401);
    assert_eq!(session(&ada, "refresh", &ada.cookie).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_restart_does_not_bring_an_ended_session_back() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let (mut ada, mut bo) = (server.knock("Ada").await, server.knock("Bo").await);
    session(&ada, "end", &ada.cookie).await?;
    server.stop().await;
    let server = start(directory.path()).await;
    (ada.server, bo.server) = (server.address, server.address);
    assert_eq!((status(&ada).await?, status(&bo).await?), (401, 200));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn joining_again_ends_the_session_of_before() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let ada = &party.players_in[0];
    let body = serde_json::json!({ "code": party.server.invite(), "name": "Ada" });
    let request = Request::post("/api/v1/join", &body).header("Origin", &origin(ada.server));
    let answer = request.header("Cookie", &ada.cookie).send(ada.server).await?;
    assert_eq!(answer.status, 200);
    assert_ne!(cookie_of(&answer), ada.cookie);
    assert_eq!(status(ada).await?, 401, "a new sign-in, a new session");
    Ok(())
}

#[tokio::test]
async fn sockets_that_do_not_say_who_they_are_leave_room_for_those_who_do() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let open = async || -> Result<(TcpStream, u16), Error> {
        let mut stream = TcpStream::connect(server.address).await?;
        let request = format!(
            "GET /api/v1/socket HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.address
        );
        stream.write_all(request.as_bytes()).await?;
        let mut line = [0; 12];
        stream.read_exact(&mut line).await?;
        Ok((stream, String::from_utf8_lossy(&line[9..]).parse()?))
    };
    let mut silent = Vec::new();
    for _ in 0..40 {
        let (stream, status) = open().await?;
        assert_eq!(status, 101);
        silent.push(stream);
    }
    assert_eq!(open().await?.1, 429);
    // Who leaves makes room, and who says who they are takes none.
    drop(silent.pop());
    let ada = server.knock("Ada").await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut tab = ada.connect().await?;
        tab.next().await?;
        tabs.push(tab);
    }
    server.stop().await;
    Ok(())
}
