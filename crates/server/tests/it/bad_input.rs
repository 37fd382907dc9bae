//! Frames that nobody should send: the connection ends with a reason, the table plays on.

use load::Error;
use protocol::{ByeReason, ClientFrame, Command};

use crate::harness::Party;

type Outcome = Result<(), Error>;

async fn check(party: &mut Party, text: &str, expected: ByeReason) -> Outcome {
    let mut mallory = party.players_in[0].sit_down().await?;
    mallory.send_text(text.to_owned()).await?;
    assert_eq!(mallory.until_bye().await?, expected, "{}", &text[..text.len().min(80)]);
    // The table plays on.
    party.master.must(Command::Target { tokens: Vec::new() }).await?;
    Ok(())
}

#[tokio::test]
async fn malformed_frames_end_the_connection_and_nothing_else() -> Outcome {
    let mut party = Party::gather(&["Mallory"]).await?;
    let deep = format!(r#"{{"type":"drag","ghosts":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let command = |inner: &str| format!(r#"{{"type":"command","id":"x","command":{inner}}}"#);
    for text in [
        String::new(),
        "null".to_owned(),
        "{".to_owned(),
        r#"{"type":"fly"}"#.to_owned(),
        r#"{"type":"hello","protocol":1,"access":"a","table":"b"}"#.to_owned(),
        r#"{"type":"ping","at":[1e999,0],"pull":false}"#.to_owned(),
        r#"{"type":"ping","at":[99999999,0],"pull":false}"#.to_owned(),
        command(r#"{"do":"undo","extra":true}"#),
        command(r#"{"do":"move_tokens","moves":[{"token":-1,"path":[[0,0]]}]}"#),
        r#"{"type":"command","id":"not an id!","command":{"do":"undo"}}"#.to_owned(),
        deep,
    ] {
        check(&mut party, &text, ByeReason::Malformed).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_not_read() -> Outcome {
    let mut party = Party::gather(&["Mallory"]).await?;
    let mut mallory = party.players_in[0].sit_down().await?;
    let large = " ".repeat(protocol::FRAME_BYTES_MAX + 1);
    // The socket may be closed under the write.
    drop(mallory.send_text(large).await);
    let ended = mallory.until_bye().await.map_err(|error| error.to_string());
    assert!(ended != Err("nothing came".to_owned()), "the connection ends");
    party.master.must(Command::Say { line: "still here".to_owned(), speak_as: None }).await?;
    Ok(())
}

#[tokio::test]
async fn hello_must_come_first_and_be_right() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let ada = party.players_in[0].clone();
    let wrong = |access: &str, table: &str| load::player::SignIn {
        access: access.to_owned(),
        table: table.to_owned(),
        ..ada.clone()
    };
    let tampered = format!("{}x", ada.access);
    for (sign_in, expected) in [
        (wrong("nonsense", &ada.table), ByeReason::SignedOut),
        (wrong(&tampered, &ada.table), ByeReason::SignedOut),
        (wrong(&ada.access, &"0".repeat(32)), ByeReason::NoTable),
        (wrong(&ada.access, "nonsense"), ByeReason::NoTable),
    ] {
        assert_eq!(sign_in.connect().await?.until_bye().await?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn commands_out_of_bounds_are_refused_and_change_nothing() -> Outcome {
    let mut party = Party::gather(&[]).await?;
    party.empty_scene().await?;
    let master = &mut party.master;
    let outside = protocol::At::try_from((21 * 256, 0))?;
    let place = |at| Command::PlaceToken { at, token: protocol::TokenChange::default() };
    let huge = protocol::TokenChange { size: Some(256 * 21), ..protocol::TokenChange::default() };
    let colour = protocol::TokenChange { color: Some(0x100_0000), ..protocol::TokenChange::default() };
    let inside = protocol::At::try_from((256, 256))?;
    for (command, code) in [
        (place(outside), "outside_scene"),
        (Command::PlaceToken { at: inside, token: huge }, "out_of_range"),
        (Command::PlaceToken { at: inside, token: colour }, "out_of_range"),
        (Command::AddScene { name: " ".to_owned(), size_cells: [10, 10] }, "bad_name"),
        (Command::AddScene { name: "x".to_owned(), size_cells: [0, 10] }, "out_of_range"),
        (Command::AddScene { name: "x".to_owned(), size_cells: [1_001, 10] }, "out_of_range"),
        (Command::RemoveTokens { tokens: vec![99_999] }, "unknown"),
        (Command::Say { line: "/r 9999999d6".to_owned(), speak_as: None }, "bad_line"),
        (Command::Say { line: "/nonsense".to_owned(), speak_as: None }, "bad_line"),
    ] {
        let refused = master.ask(command.clone()).await?.refused;
        assert_eq!(refused.map(|refused| refused.code).as_deref(), Some(code), "{command:?}");
    }
    assert!(master.view.tokens.is_empty() && master.view.messages.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_command_sent_twice_is_done_once_and_gets_the_first_answer() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let roll = Command::Say { line: "/r 1d1000".to_owned(), speak_as: None };
    let frame = ClientFrame::Command { id: "once".to_owned(), command: roll };
    let ada = &mut party.players[0];
    for _ in 0..3 {
        ada.feed(&frame).await?;
    }
    ada.flush().await?;
    for _ in 0..3 {
        assert!(ada.answer("once").await?.refused.is_none());
    }
    assert_eq!(ada.view.messages.len(), 1);
    let mut again = party.players_in[0].sit_down().await?;
    again.send(&frame).await?;
    assert!(again.answer("once").await?.refused.is_none());
    assert_eq!(again.view.messages.len(), 1);
    Ok(())
}
