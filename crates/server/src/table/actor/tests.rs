//! What an actor does when the code around it breaks. How people play is tested over sockets, in `tests/it`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tabletop::id::CommandId;

use super::{Message, WireCommand};
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
    let message = Message::Submit { connection: 1, id: CommandId::parse(id).unwrap(), command };
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
