//! Random people, cut connections, restarts: at rest each client knows exactly what a fresh view tells.
//!
//! A failing run prints its seed; run it again with `SEED=… cargo test -p server --test it simulation`.

use load::Error;
use load::player::{Player, SignIn};
use load::view::ClientView;
use protocol::{Command, NewWall, PortalKind, PortalState, TokenMove, WallKind};

use crate::harness::{Party, Running, cell, middle, start};

/// A small generator of the linear congruential kind: enough for choices in a test.
struct Choices(u64);

impl Choices {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }

    fn place(&mut self) -> (i32, i32) {
        (self.next(20) as i32, self.next(20) as i32)
    }
}

struct Client {
    sign_in: SignIn,
    player: Option<Player>,
}

/// What does not depend on when a client came: handles and message numbers do not survive a restart.
fn comparable(view: &ClientView) -> ClientView {
    ClientView { seq: 0, ..view.clone() }
}

async fn simulate(seed: u64) -> Result<(), Error> {
    let mut choices = Choices(seed);
    let mut party = Party::gather(&["Ada", "Bo", "Cy"]).await?;
    party.empty_scene().await?;
    for (index, name) in ["Ada", "Bo", "Cy"].iter().enumerate() {
        let seat = party.seat(name);
        party.place(name, (2 + index as i32 * 5, 3), &[seat]).await?;
    }
    for number in 0..6 {
        party.place(&format!("Goblin {number}"), choices.place(), &[]).await?;
    }
    let Party { directory, mut server, master, master_in, players, players_in } = party;
    let mut clients = vec![Client { sign_in: master_in, player: Some(master) }];
    clients.extend(
        players_in.into_iter().zip(players).map(|(sign_in, player)| Client { sign_in, player: Some(player) }),
    );
    for _ in 0..120 {
        let who = choices.next(clients.len());
        match choices.next(20) {
            0 => clients[who].player = None,
            1 if choices.next(4) == 0 => server = restart(server, directory.path(), &mut clients).await,
            _ => act(&mut choices, &mut clients[who], who == 0).await?,
        }
    }
    // At rest: whoever is away comes back, all have heard the last word, and each agrees with a fresh view.
    for client in &mut clients {
        if client.player.is_none() {
            client.player = Some(client.sign_in.sit_down().await?);
        }
    }
    let last = Command::Say { line: format!("last word {seed}"), speak_as: None };
    if let Some(master) = &mut clients[0].player {
        master.must(last).await?;
    }
    for client in &mut clients {
        let Some(player) = &mut client.player else { continue };
        let heard = player.until(|view| {
            view.messages.last().is_some_and(|message| format!("{:?}", message.parts).contains("last word"))
        });
        heard.await.map_err(|error| format!("waiting for the last word: {error}"))?;
        let fresh = client.sign_in.sit_down().await.map_err(|error| format!("coming back: {error}"))?;
        assert_eq!(comparable(&player.view), comparable(&fresh.view), "seed {seed}");
    }
    server.stop().await;
    Ok(())
}

async fn restart(server: Running, data: &std::path::Path, clients: &mut [Client]) -> Running {
    server.stop().await;
    let server = start(data).await;
    for client in clients {
        client.sign_in.server = server.address;
        client.player = None;
    }
    server
}

async fn act(choices: &mut Choices, client: &mut Client, master: bool) -> Result<(), Error> {
    if client.player.is_none() {
        client.player =
            Some(client.sign_in.sit_down().await.map_err(|error| format!("sitting down: {error}"))?);
    }
    let Some(player) = &mut client.player else { return Ok(()) };
    let tokens: Vec<_> =
        player.view.tokens.values().filter(|token| token.mine).map(|token| token.token).collect();
    let portals: Vec<_> = player.view.portals.keys().copied().collect();
    let (x, y) = choices.place();
    let command = match choices.next(if master { 9 } else { 5 }) {
        0 => Command::Say { line: format!("{x} [[1d20+{y}]]"), speak_as: None },
        1 if !portals.is_empty() => {
            let state = [PortalState::Open, PortalState::Shut][choices.next(2)];
            Command::SetPortal { portal: portals[choices.next(portals.len())], state }
        }
        2 => Command::Undo {},
        5 => {
            let other = choices.place();
            Command::AddWalls {
                walls: vec![NewWall { a: cell(x, y), b: cell(other.0, other.1), kind: WallKind::Wall }],
            }
        }
        6 => Command::AddPortal { a: cell(x, y), b: cell(x + 1, y), kind: PortalKind::Door },
        7 => Command::Redo {},
        8 if !tokens.is_empty() => {
            let hidden = Some(choices.next(2) == 0);
            let change = protocol::TokenChange { hidden, ..protocol::TokenChange::default() };
            Command::EditTokens { tokens: vec![tokens[choices.next(tokens.len())]], change }
        }
        _ if !tokens.is_empty() => {
            let path = vec![middle(x.min(19), y.min(19))];
            Command::MoveTokens { moves: vec![TokenMove { token: tokens[choices.next(tokens.len())], path }] }
        }
        _ => Command::Say { line: "/r 2d6".to_owned(), speak_as: None },
    };
    // Refusals are part of the game.
    let asked = player.ask(command.clone()).await;
    asked.map(drop).map_err(|error| format!("{command:?}: {error}").into())
}

#[tokio::test]
async fn at_rest_every_client_knows_what_a_fresh_view_tells() {
    let seeds: Vec<u64> = match std::env::var_os("SEED").and_then(|seed| seed.to_str()?.parse().ok()) {
        Some(seed) => vec![seed],
        None => (1..=4).collect(),
    };
    for seed in seeds {
        simulate(seed).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
