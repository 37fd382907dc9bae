//! Frames that nobody should send: the connection ends with a reason, the table plays on.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use load::Error;
use load::http::Request;
use load::player::SignIn;
use protocol::{
    ByeReason, ClientFrame, Command, DrawnShape, Handle, NewLight, NewWall, PortalKind, Shown, WallKind,
};
use serde_json::{Value, json};
use server::config::ServeOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Party, Running, knocking, middle, options, start_with};
use crate::wire::{bare_socket, on_the_wire};

#[path = "../../../protocol/tests/bad_frames/declared.rs"]
mod declared;
#[path = "../../../protocol/tests/bad_frames/derived.rs"]
mod derived;

use derived::{Case, Wrong, right_frames, unseen, word_of, wrong_frames};

type Outcome = Result<(), Error>;

/// A table with one of each thing, whose game master says whatever can be said as often as they like.
struct Target {
    server: Running,
    master_in: SignIn,
    /// The handles by the fields that name them.
    things: BTreeMap<&'static str, Handle>,
    _directory: tempfile::TempDir,
}

impl Target {
    async fn furnish() -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let frames_per_second = NonZeroU32::new(1_000_000);
        let server = start_with(ServeOptions { frames_per_second, ..options(directory.path()) }).await;
        let master_in = server.master().await;
        let mut master = master_in.sit_down().await?;
        server.knock("Ada").await;
        master.until(|view| knocking(view, "Ada").is_some()).await?;
        let seat = knocking(&master.view, "Ada").ok_or("nobody knocks")?;
        master.must(Command::Admit { seat, into: None }).await?;
        let scene = master.must(Command::AddScene { name: "Yard".to_owned(), size_cells: [20, 20] }).await?;
        let scene = scene.made.ok_or("no scene was made")?;
        master.must(Command::ShowScene { scene }).await?;
        let (a, b) = (middle(2, 2), middle(6, 2));
        let glow = protocol::Glow { bright: 256, dim: 512, color: 0xff_ffff, cone: None };
        let shape = DrawnShape::Note { at: middle(3, 5), text: "The ford".to_owned() };
        let mut things = BTreeMap::from([("seat", seat), ("into", seat), ("owners", seat), ("scene", scene)]);
        for (fields, command) in [
            (
                &["token", "tokens", "speak_as"][..],
                Command::PlaceToken { at: a, token: protocol::TokenChange::default() },
            ),
            (&["portal"], Command::AddPortal { a: middle(8, 8), b: middle(9, 8), kind: PortalKind::Door }),
            (&["lights"], Command::AddLights { lights: vec![NewLight { at: a, glow, on: true }] }),
            (
                &["area", "areas"],
                Command::AddArea { name: "Crypt".to_owned(), points: vec![a, b, middle(6, 6)] },
            ),
            (
                &["drawings"],
                Command::AddDrawing { shape, color: 0, width: 96, filled: false, shown: Shown::Masters },
            ),
        ] {
            let made = master.must(command).await?.made.ok_or("nothing was made")?;
            things.extend(fields.iter().map(|field| (*field, made)));
        }
        master.must(Command::AddWalls { walls: vec![NewWall { a, b, kind: WallKind::Wall }] }).await?;
        things.insert("walls", *master.view.walls.keys().next().ok_or("no wall was made")?);
        // No picture at all, for which nothing has to be uploaded.
        things.insert("picture", 0);
        Ok(Self { server, master_in, things, _directory: directory })
    }

    /// The right frames, about what is at this table.
    fn frames(&self) -> Vec<Value> {
        let mut frames = right_frames();
        frames.iter_mut().for_each(|frame| self.name_things(frame));
        for frame in frames.iter_mut().filter(|frame| frame["type"] == "hello") {
            frame["access"] = json!(self.master_in.access);
            frame["table"] = json!(self.master_in.table);
        }
        frames
    }

    fn name_things(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    match (self.things.get(field.as_str()), &mut *value) {
                        (Some(handle), Value::Number(_)) => *value = json!(handle),
                        (Some(handle), Value::Array(items)) if items.iter().all(Value::is_number) => {
                            *value = json!([handle]);
                        }
                        _ => self.name_things(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.name_things(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// All that the game master is told who comes now.
    async fn told(&self) -> Result<Value, Error> {
        let mut master = self.master_in.connect().await?;
        master.recorded = Some(Vec::new());
        master.until(|view| view.me.is_some()).await?;
        let first = master.recorded.and_then(|recorded| recorded.into_iter().next());
        Ok(serde_json::from_str(&first.ok_or("nothing was told")?)?)
    }

    /// What a socket says to frames, each with its code.
    async fn answer_to(&self, frames: &[(u8, &[u8])]) -> Result<String, Error> {
        let mut stream = bare_socket(self.server.address).await?;
        for (code, payload) in frames {
            // The server may close the socket under the write.
            drop(stream.write_all(&on_the_wire(0x80 | code, payload)).await);
        }
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Nothing is other than it was, nothing broke, and the table plays on.
    async fn is_unharmed(&self, before: &Value) -> Outcome {
        assert_eq!(self.told().await?, *before);
        let metrics = Request::new("GET", "/metrics").send(self.server.ops).await?;
        let metrics = String::from_utf8(metrics.body)?;
        for broken in ["decisions_panicked", "tables_quarantined", "appends_failed", "blind_looks"] {
            assert!(metrics.contains(&format!("wardlight_{broken}_total 0\n")), "{broken}: {metrics}");
        }
        self.master_in.sit_down().await?.must(Command::Target { tokens: Vec::new() }).await?;
        Ok(())
    }
}

/// The start of a case, to find it again.
fn name_of(case: &Case) -> String {
    format!("{} {} {:?}: {}", case.of, case.at, case.wrong, &case.text[..case.text.len().min(300)])
}

#[tokio::test]
async fn a_frame_with_anything_wrong_ends_the_connection_and_changes_nothing() -> Outcome {
    let target = Target::furnish().await?;
    let (declared, frames) = (declared::declarations(), target.frames());
    assert_eq!(unseen(&declared, &frames), Vec::<String>::new());
    let before = target.told().await?;
    let mut by_kind: BTreeMap<(String, Wrong), Vec<Case>> = BTreeMap::new();
    for case in wrong_frames(&declared, &frames).into_iter().filter(|case| !case.wrong.is_read()) {
        by_kind.entry((case.of.clone(), case.wrong)).or_default().push(case);
    }
    let words: BTreeSet<_> = by_kind.keys().map(|(of, _)| of.clone()).collect();
    assert_eq!(words, frames.iter().map(|frame| word_of(frame).to_owned()).collect());
    // Of each kind of frame and each kind of wrong one; the tests of the protocol ask for all.
    for (index, cases) in by_kind.values().enumerate() {
        let case = &cases[index * 7 % cases.len()];
        if case.of == "hello" || case.wrong == Wrong::Large {
            continue;
        }
        let mut master = target.master_in.connect().await?;
        master.send_text(case.text.clone()).await?;
        assert_eq!(master.until_bye().await?, ByeReason::Malformed, "{}", name_of(case));
    }
    target.is_unharmed(&before).await?;
    target.server.stop().await;
    Ok(())
}

/// What looks wrong and is taken: a line of chat loses what cannot be shown, and a wall that is named often is removed once.
const TAKEN: [(&str, &str, Wrong); 2] =
    [("say", "/command/line", Wrong::Nul), ("remove_walls", "/command/walls", Wrong::Many)];

#[tokio::test]
async fn what_the_wire_can_say_and_the_rules_do_not_take_is_refused_and_changes_nothing() -> Outcome {
    let target = Target::furnish().await?;
    let before = target.told().await?;
    let mut master = target.master_in.sit_down().await?;
    let mut asked = 0;
    for case in wrong_frames(&declared::declarations(), &target.frames()) {
        let mut frame: Value = match case.wrong.is_read() {
            true => serde_json::from_str(&case.text)?,
            false => continue,
        };
        if frame["type"] != "command" || TAKEN.contains(&(case.of.as_str(), case.at.as_str(), case.wrong)) {
            continue;
        }
        asked += 1;
        if case.at == "/id" {
            let mut other = target.master_in.connect().await?;
            other.send_text(case.text.clone()).await?;
            assert_eq!(other.until_bye().await?, ByeReason::Malformed, "{}", name_of(&case));
            continue;
        }
        let id = format!("wrong-{asked}");
        frame["id"] = json!(id);
        master.send_text(frame.to_string()).await?;
        let refused = master.answer(&id).await?.refused;
        let refused = refused.ok_or_else(|| format!("{} is taken", name_of(&case)))?;
        assert_ne!(refused.code, "internal", "{}: {refused:?}", name_of(&case));
    }
    assert!(asked > 150, "only {asked}");
    target.is_unharmed(&before).await?;
    target.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_wrong_first_frame_opens_nothing() -> Outcome {
    let target = Target::furnish().await?;
    let before = target.told().await?;
    let frames = target.frames();
    let hello = frames.iter().find(|frame| frame["type"] == "hello").ok_or("no hello")?.to_string();
    // Whoever was let in is told that another proof is none, others that this is no first frame.
    let renew = br#"{"type":"renew","access":"x"}"#;
    let welcome = target.answer_to(&[(1, hello.as_bytes()), (1, renew)]).await?;
    assert!(welcome.contains(r#""reason":"signed_out""#), "{welcome}");
    for case in wrong_frames(&declared::declarations(), &frames) {
        if case.of == "hello" {
            let answer = target.answer_to(&[(1, case.text.as_bytes())]).await?;
            assert!(!answer.contains(r#""type":"update""#), "{}", name_of(&case));
            let is_told = answer.contains(r#""type":"bye""#);
            assert!(is_told || case.wrong == Wrong::Large, "{}: {answer}", name_of(&case));
        }
    }
    for frame in frames.iter().filter(|frame| frame["type"] != "hello") {
        let answer = target.answer_to(&[(1, frame.to_string().as_bytes())]).await?;
        assert!(answer.contains(r#""reason":"malformed""#), "{frame}: {answer}");
    }
    target.is_unharmed(&before).await?;
    target.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_no_text_end_the_connection_at_any_time() -> Outcome {
    let target = Target::furnish().await?;
    let before = target.told().await?;
    let frames = target.frames();
    let hello = frames.iter().find(|frame| frame["type"] == "hello").ok_or("no hello")?.to_string();
    let undo = br#"{"type":"command","id":"x","command":{"do":"undo"}}"#;
    let no_utf8 = undo.map(|byte| if byte == b'x' { 0xff } else { byte });
    for (code, payload) in [(1, &no_utf8[..]), (2, undo), (2, &[])] {
        for first in [None, Some((1, hello.as_bytes()))] {
            let frames: Vec<_> = first.into_iter().chain([(code, payload)]).collect();
            let answer = target.answer_to(&frames).await?;
            assert!(answer.contains(r#""reason":"malformed""#), "{code} {payload:?}: {answer}");
        }
    }
    target.is_unharmed(&before).await?;
    target.server.stop().await;
    Ok(())
}

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
