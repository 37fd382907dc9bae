//! What people do at a table.

use load::Error;
use protocol::{
    ClientFrame, Command, Ghost, Manner, NewWall, Part, PortalKind, PortalState, ServerFrame, TokenChange,
    TokenMove, WallKind,
};

use crate::harness::{Party, cell, middle};

type Outcome = Result<(), Error>;

fn walk(token: u32, path: &[(i32, i32)]) -> Command {
    Command::MoveTokens {
        moves: vec![TokenMove { token, path: path.iter().map(|(x, y)| middle(*x, *y)).collect() }],
    }
}

fn say(line: &str) -> Command {
    Command::Say { line: line.to_owned(), speak_as: None }
}

/// Walls off the right half of the yard at x = 10, with a door in the middle.
async fn divide(party: &mut Party) -> Result<u32, Error> {
    let wall = |y0, y1| NewWall { a: cell(10, y0), b: cell(10, y1), kind: WallKind::Wall };
    party.master.must(Command::AddWalls { walls: vec![wall(0, 9), wall(11, 20)] }).await?;
    let door = Command::AddPortal { a: cell(10, 9), b: cell(10, 11), kind: PortalKind::Door };
    party.master.must(door).await?.made.ok_or_else(|| "no door was made".into())
}

#[tokio::test]
async fn a_move_reaches_everybody_who_sees_it() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    party.empty_scene().await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 3), &[ada]).await?;
    party.players[0].until(|view| view.token("Mira").is_some()).await?;
    let mira = party.players[0].view.token("Mira").ok_or("no token")?;
    assert!(mira.mine);
    let mira = mira.token;
    party.players[0].must(walk(mira, &[(6, 3), (6, 7)])).await?;
    for player in [&mut party.master, &mut party.players[1]] {
        player.until(|view| view.token("Mira").is_some_and(|token| token.at == middle(6, 7))).await?;
    }
    assert!(!party.players[1].view.token("Mira").ok_or("no token")?.mine);
    Ok(())
}

#[tokio::test]
async fn walls_stop_players_and_not_the_game_master() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    party.empty_scene().await?;
    divide(&mut party).await?;
    let ada = party.seat("Ada");
    let token = party.place("Mira", (5, 3), &[ada]).await?;
    party.players[0].until(|view| view.token("Mira").is_some()).await?;
    let mira = party.players[0].view.token("Mira").ok_or("no token")?.token;
    let ack = party.players[0].must(walk(mira, &[(15, 3)])).await?;
    assert!(ack.stopped);
    assert_eq!(party.players[0].view.tokens[&mira].at, middle(9, 3));
    let ack = party.players[0].must(walk(mira, &[(10, 3)])).await?;
    assert!(ack.stopped);
    assert_eq!(party.players[0].view.tokens[&mira].at, middle(9, 3));
    let ack = party.master.must(walk(token, &[(15, 3)])).await?;
    assert!(!ack.stopped);
    party.players[0].until(|view| view.tokens[&mira].at == middle(15, 3)).await
}

#[tokio::test]
async fn what_is_behind_a_shut_door_is_absent_until_it_opens() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    party.empty_scene().await?;
    let door = divide(&mut party).await?;
    let ada = party.seat("Ada");
    party.place("Mira", (5, 10), &[ada]).await?;
    party.place("Grue", (15, 10), &[]).await?;
    let player = &mut party.players[0];
    player.until(|view| view.token("Mira").is_some() && view.portals.len() == 1).await?;
    assert!(player.view.token("Grue").is_none());
    assert!(player.view.walls.is_empty() && player.view.lights.is_empty() && player.view.scenes.is_empty());
    let seen = player.view.portals.values().next().ok_or("no door")?.portal;
    let bytes_before = player.bytes;
    // Nothing of what happens behind the door reaches the player.
    let grue = party.master.view.token("Grue").ok_or("no token")?.token;
    for x in 12..18 {
        party.master.must(walk(grue, &[(x, 12)])).await?;
    }
    party.master.must(walk(grue, &[(15, 10)])).await?;
    let player = &mut party.players[0];
    player.must(Command::SetPortal { portal: seen, state: PortalState::Open }).await?;
    assert_eq!(player.view.seq, 1 + player.view.seq - 1);
    assert!(player.view.token("Grue").is_some(), "the open door shows what stands behind it");
    assert!(player.bytes - bytes_before < 20_000);
    let first_handle = player.view.token("Grue").ok_or("no token")?.token;
    player.must(Command::SetPortal { portal: seen, state: PortalState::Shut }).await?;
    assert!(player.view.token("Grue").is_none());
    player.must(Command::SetPortal { portal: seen, state: PortalState::Open }).await?;
    let second_handle = player.view.token("Grue").ok_or("no token")?.token;
    assert_ne!(first_handle, second_handle, "what was out of sight comes back under another handle");
    party.master.must(Command::SetPortal { portal: door, state: PortalState::Locked }).await?;
    let player = &mut party.players[0];
    let ack = player.ask(Command::SetPortal { portal: seen, state: PortalState::Open }).await?;
    assert_eq!(ack.refused.ok_or("a lock holds")?.code, "locked");
    assert_eq!(player.view.portals[&seen].state, PortalState::Shut, "a lock looks like a shut door");
    Ok(())
}

#[tokio::test]
async fn hidden_tokens_and_other_peoples_tokens_are_out_of_reach() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    party.empty_scene().await?;
    let (ada, bo) = (party.seat("Ada"), party.seat("Bo"));
    party.place("Mira", (3, 3), &[ada]).await?;
    party.place("Rook", (4, 3), &[bo]).await?;
    let ambush = party.place("Ambush", (5, 5), &[]).await?;
    let hide = TokenChange { hidden: Some(true), ..TokenChange::default() };
    party.master.must(Command::EditTokens { tokens: vec![ambush], change: hide }).await?;
    let player = &mut party.players[0];
    player.until(|view| view.token("Rook").is_some() && view.token("Ambush").is_none()).await?;
    let rook = player.view.token("Rook").ok_or("no token")?.token;
    let refused = |ack: protocol::Ack| ack.refused.map(|refused| refused.code).unwrap_or_default();
    assert_eq!(refused(player.ask(walk(rook, &[(9, 9)])).await?), "not_your_token");
    // A handle that stands for nothing and one that stood for something hidden are the same.
    for handle in [rook + 1, rook + 2, rook + 1000] {
        assert_eq!(refused(player.ask(walk(handle, &[(9, 9)])).await?), "unknown");
    }
    let remove = Command::RemoveTokens { tokens: vec![rook] };
    assert_eq!(refused(player.ask(remove).await?), "master_only");
    Ok(())
}

#[tokio::test]
async fn drags_are_seen_live_and_change_nothing() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    party.empty_scene().await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 3), &[ada]).await?;
    for player in &mut party.players {
        player.until(|view| view.token("Mira").is_some()).await?;
    }
    let mira = party.players[0].view.token("Mira").ok_or("no token")?.token;
    let ghosts = vec![Ghost { token: mira, at: middle(5, 5) }];
    party.players[0].send(&ClientFrame::Drag { ghosts }).await?;
    let bos = party.players[1].view.token("Mira").ok_or("no token")?.token;
    let seen = loop {
        if let ServerFrame::Drag { ghosts, .. } = party.players[1].next().await? {
            break ghosts;
        }
    };
    assert_eq!((seen[0].token, seen[0].at), (bos, middle(5, 5)));
    assert_eq!(party.players[1].view.tokens[&bos].at, middle(3, 3));
    Ok(())
}

#[tokio::test]
async fn undo_takes_back_and_redo_does_again() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    party.empty_scene().await?;
    let ada = party.seat("Ada");
    let token = party.place("Mira", (3, 3), &[ada]).await?;
    party.master.must(walk(token, &[(6, 6)])).await?;
    party.master.must(Command::RemoveTokens { tokens: vec![token] }).await?;
    assert!(!party.master.view.tokens.contains_key(&token));
    party.master.must(Command::Undo {}).await?;
    let token = party.master.view.token("Mira").ok_or("the token is back")?.token;
    party.master.must(Command::Undo {}).await?;
    assert_eq!(party.master.view.tokens[&token].at, middle(3, 3));
    party.master.must(Command::Redo {}).await?;
    assert_eq!(party.master.view.tokens[&token].at, middle(6, 6));
    // A player takes back their own last move while nothing new has reached them.
    party.master.must(say("your turn")).await?;
    let player = &mut party.players[0];
    player.until(|view| view.messages.len() == 1).await?;
    let mira = player.view.token("Mira").ok_or("no token")?.token;
    player.must(walk(mira, &[(8, 6)])).await?;
    player.must(Command::Undo {}).await?;
    assert_eq!(player.view.tokens[&mira].at, middle(6, 6));
    player.must(walk(mira, &[(8, 6)])).await?;
    party.master.must(say("boo")).await?;
    let player = &mut party.players[0];
    player.until(|view| view.messages.len() == 2).await?;
    let ack = player.ask(Command::Undo {}).await?;
    assert_eq!(ack.refused.ok_or("too late")?.code, "moved_on");
    Ok(())
}

fn rolls(message: &protocol::MessageView) -> Vec<&str> {
    let total = |part: &'_ Part| match part {
        Part::Roll { .. } => "roll",
        Part::Concealed => "concealed",
        Part::Text { .. } => "text",
    };
    message.parts.iter().map(total).collect()
}

#[tokio::test]
async fn chat_and_rolls_reach_those_they_are_for() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    for line in [
        "hello [[1d6]]",
        "/me waves",
        "/w Bo psst",
        "/r 2d6+3 # axe",
        "/gmroll 1d20",
        "/blindroll 1d20",
        "/selfroll 1d4",
    ] {
        party.players[0].must(say(line)).await?;
    }
    party.players[0].must(say("end")).await?;
    for player in [&mut party.master, &mut party.players[1]] {
        player
            .until(|view| {
                view.messages.last().is_some_and(|last| {
                    rolls(last) == ["text"] && last.manner == Manner::Say && view.messages.len() > 3
                })
            })
            .await?;
    }
    let manners = |view: &load::view::ClientView| {
        view.messages.iter().map(|message| message.manner).collect::<Vec<_>>()
    };
    use Manner::{BlindRoll, Emote, GmRoll, Roll, Say, SelfRoll, Whisper};
    assert_eq!(
        manners(&party.players[0].view),
        [Say, Emote, Whisper, Roll, GmRoll, BlindRoll, SelfRoll, Say]
    );
    assert_eq!(manners(&party.players[1].view), [Say, Emote, Whisper, Roll, Say]);
    assert_eq!(manners(&party.master.view), [Say, Emote, Roll, GmRoll, BlindRoll, Say]);
    let blind = |view: &load::view::ClientView| {
        let message = view.messages.iter().find(|message| message.manner == BlindRoll);
        message.map(|message| rolls(message).join(","))
    };
    assert_eq!(blind(&party.players[0].view).as_deref(), Some("concealed"));
    assert_eq!(blind(&party.master.view).as_deref(), Some("roll"));
    let numbers: Vec<_> = party.players[1].view.messages.iter().map(|message| message.message).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5], "what was not heard leaves no gap");
    let ack = party.players[0].ask(say("/r 1d0")).await?;
    assert_eq!(ack.refused.ok_or("no such die")?.code, "bad_line");
    Ok(())
}

#[tokio::test]
async fn the_game_master_prepares_one_scene_while_players_stay_on_another() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    party.empty_scene().await?;
    let yard = party.master.view.scene.clone().ok_or("a scene")?.scene;
    let seq = party.players[0].view.seq;
    let cave = party.master.must(Command::AddScene { name: "Cave".to_owned(), size_cells: [8, 8] }).await?;
    let cave = cave.made.ok_or("no scene was made")?;
    party.master.must(Command::OpenScene { scene: cave }).await?;
    party.place("Bat", (2, 2), &[]).await?;
    assert_eq!(party.master.view.scene.as_ref().map(|scene| scene.scene), Some(cave));
    let refused = party.master.ask(Command::RemoveScene { scene: yard }).await?.refused;
    assert_eq!(refused.ok_or("the players are there")?.code, "scene_shown");
    // The player was told nothing of it.
    party.players[0].must(say("still here")).await?;
    assert_eq!(party.players[0].view.seq, seq + 1);
    party.master.must(Command::ShowScene { scene: cave }).await?;
    party.players[0].until(|view| view.scene.as_ref().is_some_and(|scene| scene.size == cell(8, 8))).await?;
    assert!(party.players[0].view.scene.as_ref().is_some_and(|scene| scene.name.is_none()));
    Ok(())
}
