//! How fast somebody may talk, roll and point, and how old a connection gets.

use std::time::Duration;

use load::Error;
use load::player::Player;
use protocol::{ByeReason, ClientFrame, Command, ServerFrame};
use server::config::ServeOptions;
use server::testing::Testing;
use tabletop::geometry::Point;
use tokio::io::AsyncWriteExt;

use crate::harness::{Party, options, start_with};
use crate::wire::{TEXT, bare_socket, heard, hello, on_the_wire};

type Outcome = Result<(), Error>;

fn say(line: &str) -> Command {
    Command::Say { line: line.to_owned(), speak_as: None }
}

/// Sends commands without waiting for answers; says how many were done and how many came too fast.
async fn flood(
    sender: &mut Player,
    of: &str,
    count: usize,
    command: impl Fn(usize) -> Command,
) -> Result<(usize, usize), Error> {
    for turn in 0..count {
        sender.feed(&ClientFrame::Command { id: format!("{of}-{turn}"), command: command(turn) }).await?;
    }
    sender.flush().await?;
    let (mut done, mut too_fast) = (0, 0);
    // Refusals come at once, the others after their commit.
    while done + too_fast < count {
        let ServerFrame::Update(update) = sender.next().await? else { continue };
        match update.ack.map(|ack| ack.refused.map(|refused| refused.code)) {
            None => {}
            Some(None) => done += 1,
            Some(Some(code)) => {
                assert_eq!(code, "too_fast");
                too_fast += 1;
            }
        }
    }
    Ok((done, too_fast))
}

#[tokio::test]
async fn chat_beyond_its_budget_is_refused_and_not_said_and_dice_have_their_own() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    let (lines, refused) =
        flood(&mut party.players[0], "line", 100, |turn| say(&format!("line {turn}"))).await?;
    assert!((10..60).contains(&lines) && refused == 100 - lines, "{lines} said, {refused} refused");
    let (rolls, refused) = flood(&mut party.players[0], "roll", 100, |_| say("/r 1d20")).await?;
    assert!((20..90).contains(&rolls) && refused == 100 - rolls, "{rolls} rolled, {refused} refused");
    // What was refused was not said, and others were not held up by it.
    party.players[1].must(say("heard")).await?;
    assert_eq!(party.players[1].view.messages.len(), lines + rolls + 1);
    // A refusal is not remembered: a while later the same command is done, once.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(party.players[0].ask_as("line-99", say("line 99")).await?.refused.is_none());
    assert!(party.players[0].ask_as("line-99", say("line 99")).await?.refused.is_none());
    party.players[1].must(say("heard again")).await?;
    assert_eq!(party.players[1].view.messages.len(), lines + rolls + 3);
    Ok(())
}

#[tokio::test]
async fn another_tab_is_no_way_around_a_budget_and_a_first_answer_stands() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let mut tab = party.players_in[0].sit_down().await?;
    let (lines, _) = flood(&mut party.players[0], "line", 40, |_| say("here")).await?;
    let (more, _) = flood(&mut tab, "more", 40, |_| say("and here")).await?;
    assert!(more < lines, "{lines} in the first tab and {more} in the second");
    // Asked again while the budget is spent, what was done is told as done.
    assert!(tab.ask_as("line-0", say("here")).await?.refused.is_none());
    Ok(())
}

#[tokio::test]
async fn pointing_without_end_is_thinned_and_closes_nothing() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    for _ in 0..300 {
        party.players[0].feed(&ClientFrame::Ping { at: Point::new(700, 700).into(), pull: false }).await?;
    }
    party.players[0].flush().await?;
    party.players[0].must(say("still here")).await?;
    let figures = load::http::Request::new("GET", "/metrics").send(party.server.ops).await?;
    let text = String::from_utf8(figures.body)?;
    let line =
        text.lines().find(|line| line.starts_with("wardlight_frames_too_soon_total")).ok_or("no figure")?;
    let dropped: u32 = line.split(' ').next_back().ok_or("no number")?.parse()?;
    assert!((100..=240).contains(&dropped), "{dropped} were not passed on");
    Ok(())
}

#[tokio::test]
async fn an_old_connection_ends_and_another_is_as_good() -> Outcome {
    let data = tempfile::tempdir()?;
    let testing = Testing { socket_life: Some(Duration::from_millis(1)), ..options(data.path()).testing };
    let server = start_with(ServeOptions { testing, ..options(data.path()) }).await;
    let master_in = server.master().await;
    let mut master = master_in.sit_down().await?;
    assert_eq!(master.until_bye().await?, ByeReason::Aged);
    master_in.sit_down().await?;
    server.stop().await;
    Ok(())
}

const PIECE_OF_TEXT: u8 = 0x01;
const NEXT_PIECE: u8 = 0x00;
const LAST_PIECE: u8 = 0x80;
const PING: u8 = 0x89;

#[tokio::test]
async fn pieces_of_a_message_that_never_ends_are_counted_like_all_frames() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let server = party.server.address;
    for (first, endless, payload) in [
        (PIECE_OF_TEXT, NEXT_PIECE, &b""[..]),
        (PIECE_OF_TEXT, NEXT_PIECE, b"x"),
        (PING, PING, b""),
        (TEXT, PING, b"x"),
    ] {
        for says_hello in [true, false] {
            let mut stream = bare_socket(server).await?;
            if says_hello {
                stream.write_all(&hello(&party.players_in[0])?).await?;
            }
            // A right frame first where it is whole.
            let first = match first {
                TEXT => on_the_wire(TEXT, br#"{"type":"drag","ghosts":[]}"#),
                _ => on_the_wire(first, payload),
            };
            let flood = [first, on_the_wire(endless, payload).repeat(1_500)].concat();
            // The socket may be closed under the write.
            let _written = stream.write_all(&flood).await;
            let answer = heard(&mut stream, "too_fast").await?;
            let is_stranger = !says_hello && endless == PING && answer.contains("malformed");
            assert!(answer.contains("too_fast") || is_stranger, "{endless:#x}, {payload:?}: {answer}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_message_in_as_many_pieces_as_fit_is_heard() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let mut stream = bare_socket(party.server.address).await?;
    let say = ClientFrame::Command { id: "pieces".to_owned(), command: say("in pieces") };
    let say = serde_json::to_string(&say)?;
    let mut pieces: Vec<_> = say.bytes().map(|byte| on_the_wire(NEXT_PIECE, &[byte])).collect();
    pieces[0][0] = PIECE_OF_TEXT;
    pieces.extend(vec![on_the_wire(NEXT_PIECE, b""); 300 - pieces.len()]);
    pieces.push(on_the_wire(LAST_PIECE, b""));
    stream.write_all(&[hello(&party.players_in[0])?, pieces.concat()].concat()).await?;
    party.master.until(|view| view.messages.len() == 1).await
}
