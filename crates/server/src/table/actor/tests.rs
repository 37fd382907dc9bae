//! What an actor does when the code around it breaks. How people play is tested over sockets, in `tests/it`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tabletop::command::Knock;
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, CommandId};
use tabletop::name::Name;
use tokio::sync::oneshot;

use super::{Message, Turn, WireCommand};
use crate::entropy::DiceSource;
use crate::table::testing::{MASTER, TABLE, shared};
use crate::table::{Next, Outbox, Shared};

async fn frames(outbox: &Outbox) -> Vec<serde_json::Value> {
    match outbox.next().await {
        Next::Frames(frames) => frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect(),
        Next::End(end) => panic!("{end:?}"),
    }
}

/// Says a line as the game master; gives the frame with the answer.
async fn said(shared: &Arc<Shared>, outbox: &Outbox, id: &str, line: &str) -> serde_json::Value {
    let command = WireCommand::Say { line: line.to_owned(), speak_as: None };
    let message =
        Message::Submit { connection: 1, id: CommandId::parse(id).unwrap(), command, turn: Turn::Due };
    shared.send(TABLE, message).await.unwrap();
    frames(outbox).await.pop().unwrap()
}

#[tokio::test]
async fn a_panic_while_deciding_costs_one_answer_and_is_counted() {
    let home = tempfile::tempdir().unwrap();
    let shared = Arc::new(shared(home.path(), DiceSource::Broken).await);
    let outbox = Outbox::new();
    let enter = Message::Enter { connection: 1, account: MASTER, outbox: outbox.clone() };
    shared.send(TABLE, enter).await.unwrap();
    assert_eq!(frames(&outbox).await.len(), 1);
    for _ in 0..2 {
        let answer = said(&shared, &outbox, "roll", "/r d6").await;
        assert_eq!(answer["ack"]["refused"]["code"], "internal");
        let sentence = "something went wrong on the server; nothing was changed";
        assert_eq!(answer["ack"]["refused"]["message"], sentence);
    }
    // Sent again it gets the first answer and is not decided again.
    assert_eq!(shared.counters.decisions_panicked.load(Ordering::Relaxed), 1);
    let answer = said(&shared, &outbox, "hello", "the table plays on").await;
    assert!(answer["ack"].get("refused").is_none(), "{answer}");
    assert_eq!(answer["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn padded_timing_is_for_players_and_ends_when_it_is_switched_off() {
    let home = tempfile::tempdir().unwrap();
    let shared = Arc::new(shared(home.path(), DiceSource::Broken).await);
    let (master, player) = (Outbox::new(), Outbox::new());
    let enter = Message::Enter { connection: 1, account: MASTER, outbox: master.clone() };
    shared.send(TABLE, enter).await.unwrap();
    frames(&master).await;
    let set = async |id: &str, walk_in, padded_timing| {
        let (name, shared_sight, player_undo, paused, players_draw) = (None, None, None, None, None);
        let command = WireCommand::EditTable {
            name,
            walk_in,
            shared_sight,
            player_undo,
            padded_timing,
            paused,
            players_draw,
        };
        let id = CommandId::parse(id).unwrap();
        shared.send(TABLE, Message::Submit { connection: 1, id, command, turn: Turn::Due }).await.unwrap();
        let answer = frames(&master).await.pop().unwrap();
        assert!(answer["ack"].get("refused").is_none(), "{answer}");
    };
    set("open", Some(true), Some(true)).await;
    let account = AccountId::from_bytes([2; 16]);
    let knock = Knock { account, name: Name::parse("Bo").unwrap(), role: Role::Player };
    let (reply, state) = oneshot::channel();
    shared.send(TABLE, Message::Knock { knock, generation: 0, reply }).await.unwrap();
    assert_eq!(state.await.unwrap().unwrap(), SeatState::Seated);
    shared.send(TABLE, Message::Enter { connection: 2, account, outbox: player.clone() }).await.unwrap();
    frames(&player).await;
    assert!(player.is_padded() && !master.is_padded());
    frames(&master).await;
    set("even", None, Some(false)).await;
    frames(&player).await;
    assert!(!player.is_padded());
    set("uneven", None, Some(true)).await;
    frames(&player).await;
    assert!(player.is_padded() && !master.is_padded());
}
