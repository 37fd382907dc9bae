//! Noninterference of the whole server: two real servers play the same script, and at one of them things happen that a
//! player may not know of. All that reaches the player (frames, answers, tiles, JSON) must be the same, byte for byte.
//!
//! After every step all is at rest: whoever acted has their answer, and the player has had an answer of their own, which
//! comes behind everything before it. The only things that are made equal before comparing are named in [`plain`].
//! That the comparison can fail is shown with leaks that are switched on, one by one ([`server::testing::Leak`]).

use load::Error;
use load::player::Player;
use protocol::{
    ClientFrame, Command, Ghost, Handle, Layer, NewWall, PortalKind, PortalState, TokenChange, TokenMove,
    WallKind,
};
use server::testing::Leak;

use crate::harness::{Party, cell, knocking, middle};
use crate::pixels::{WIDE, color, scene_of_colors};

/// A token that the player has no handle for, though in a busy world one of this number is at the table.
const UNKNOWN: Handle = 34;
/// Tokens that the game master hides.
const HIDDEN: usize = 36;

/// Which of the two worlds is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum World {
    Quiet,
    /// With doings that the player may not know of, and with another picture behind the wall.
    Busy,
}

/// What everybody may know of.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The player's figure walks to the middle of a cell.
    Walk(i32, i32),
    /// The player asks to move what they do not see.
    Grope,
    Say(&'static str),
    MasterSays(&'static str),
    OtherSays(&'static str),
    /// The game master opens or shuts the door.
    Door(PortalState),
    /// The game master moves a figure that stands in sight.
    Figure(i32, i32),
    Undo,
    /// The player's connection is cut; they come back.
    Reload,
    /// The player fetches all tiles of the map and the lists that they may read.
    Fetch,
    /// A newcomer knocks and is let in.
    Newcomer,
    OwnSight,
}

const WALKING: &[Step] = &[
    Step::Fetch,
    Step::Walk(6, 6),
    Step::Grope,
    Step::Figure(5, 9),
    Step::Fetch,
    Step::Walk(12, 6),
    Step::Undo,
    Step::Reload,
    Step::Walk(2, 2),
    Step::OwnSight,
    Step::Fetch,
];

const TALKING: &[Step] = &[
    Step::Say("hello"),
    Step::MasterSays("/r 3d6"),
    Step::Say("/r 2d20kh1+5 # the lock"),
    Step::OtherSays("/r 1d100"),
    Step::Say("/blindroll 1d20"),
    Step::MasterSays("welcome [[4d6]]"),
    Step::Newcomer,
    Step::Reload,
    Step::Say("/selfroll 1d4"),
];

const EVERYTHING: &[Step] = &[
    Step::Fetch,
    Step::Say("/r 2d6"),
    Step::Walk(6, 6),
    Step::Grope,
    Step::Newcomer,
    Step::MasterSays("/r 1d20"),
    Step::Figure(4, 4),
    Step::Fetch,
    Step::Reload,
    Step::Door(PortalState::Shut),
    Step::Walk(6, 8),
    Step::Fetch,
];

/// One of the two worlds, and what its player was sent.
struct Stage {
    party: Party,
    world: World,
    hidden: Vec<Handle>,
    /// Counts the answers that the player waited for.
    asked: usize,
    /// Counts what happened in secret.
    secrets: usize,
    received: Vec<Vec<u8>>,
}

impl Stage {
    async fn set(world: World, leak: Option<Leak>) -> Result<Self, Error> {
        let mut party = Party::gather_leaking(&["Ada", "Bo"], leak).await?;
        let behind = |x: u32, y: u32| {
            let [red, green, blue] = color(x, y);
            if world == World::Busy && x >= WIDE / 2 { [red - 90, blue, green] } else { [red, green, blue] }
        };
        scene_of_colors(&mut party, behind).await?;
        let (ada, bo) = (party.seat("Ada"), party.seat("Bo"));
        party.place("Mira", (3, 6), &[ada]).await?;
        party.place("Tarn", (3, 8), &[bo]).await?;
        party.place("Guard", (6, 9), &[]).await?;
        let mut stage = Self { party, world, hidden: Vec::new(), asked: 0, secrets: 0, received: Vec::new() };
        if world == World::Busy {
            for number in 0..HIDDEN {
                stage.hide(number).await?;
            }
        }
        stage.sit_down().await?;
        Ok(stage)
    }

    /// A token in the player's sight that is hidden or on the game master's layer.
    async fn hide(&mut self, number: usize) -> Result<(), Error> {
        let on_layer = number.is_multiple_of(2);
        let token = TokenChange {
            name: Some(format!("Lurker {number}")),
            hidden: Some(!on_layer),
            layer: Some(if on_layer { Layer::Gm } else { Layer::Token }),
            ..TokenChange::default()
        };
        let at = middle(1 + (number % 6) as i32, 1 + (number % 10) as i32);
        let ack = self.party.master.must(Command::PlaceToken { at, token }).await?;
        self.hidden.push(ack.made.ok_or("no token was made")?);
        Ok(())
    }

    /// A fresh connection of the player, every frame of which is kept.
    async fn sit_down(&mut self) -> Result<(), Error> {
        let mut player = self.party.players_in[0].connect().await?;
        player.recorded = Some(Vec::new());
        player.until(|view| view.me.is_some()).await?;
        let before = std::mem::replace(&mut self.party.players[0], player);
        self.keep(before);
        // The others are told of the cut and of the return before anything else happens.
        self.rest().await
    }

    fn keep(&mut self, player: Player) {
        self.received.extend(player.recorded.into_iter().flatten().map(String::into_bytes));
    }

    /// Waits until the player has been sent all that came before.
    async fn rest(&mut self) -> Result<(), Error> {
        self.asked += 1;
        let id = format!("rest-{}", self.asked);
        self.party.players[0].ask_as(&id, Command::RemoveTokens { tokens: vec![Handle::MAX] }).await?;
        Ok(())
    }

    async fn step(&mut self, index: usize, step: Step) -> Result<(), Error> {
        let id = format!("step-{index}");
        match step {
            Step::Walk(x, y) => {
                let token = own(&self.party.players[0], "Mira")?;
                let moves = vec![TokenMove { token, path: vec![middle(x, y)] }];
                self.party.players[0].ask_as(&id, Command::MoveTokens { moves }).await?;
            }
            Step::Grope => {
                let moves = vec![TokenMove { token: UNKNOWN, path: vec![middle(1, 1)] }];
                self.party.players[0].ask_as(&id, Command::MoveTokens { moves }).await?;
            }
            Step::Undo => {
                self.party.players[0].ask_as(&id, Command::Undo {}).await?;
            }
            Step::Say(line) => say(&mut self.party.players[0], &id, line).await?,
            Step::OtherSays(line) => say(&mut self.party.players[1], &id, line).await?,
            Step::MasterSays(line) => say(&mut self.party.master, &id, line).await?,
            Step::Door(state) => {
                let portal = *self.party.master.view.portals.keys().next().ok_or("no door")?;
                self.party.master.ask_as(&id, Command::SetPortal { portal, state }).await?;
            }
            Step::Figure(x, y) => {
                let token = own(&self.party.master, "Guard")?;
                let moves = vec![TokenMove { token, path: vec![middle(x, y)] }];
                self.party.master.ask_as(&id, Command::MoveTokens { moves }).await?;
            }
            Step::OwnSight => {
                let change = Command::EditTable {
                    name: None,
                    walk_in: None,
                    shared_sight: Some(false),
                    player_undo: None,
                    padded_timing: None,
                    paused: None,
                    players_draw: None,
                };
                self.party.master.ask_as(&id, change).await?;
            }
            Step::Newcomer => {
                let newcomer = self.party.server.knock("Cyd").await;
                self.party.master.until(|view| knocking(view, "Cyd").is_some()).await?;
                let seat = knocking(&self.party.master.view, "Cyd").ok_or("nobody knocks")?;
                self.party.master.ask_as(&id, Command::Admit { seat, into: None }).await?;
                drop(newcomer);
            }
            Step::Reload => self.sit_down().await?,
            Step::Fetch => self.fetch().await?,
        }
        self.rest().await
    }

    /// Everything over HTTP that the player may ask for.
    async fn fetch(&mut self) -> Result<(), Error> {
        let sign_in = self.party.players_in[0].clone();
        let scene = self.party.players[0].view.scene.as_ref().map(|scene| scene.scene).ok_or("no scene")?;
        let table = format!("/api/v1/tables/{}", sign_in.table);
        let tiles = (0..6).flat_map(|level| (0..4).flat_map(move |x| (0..3).map(move |y| (level, x, y))));
        let mut paths: Vec<String> =
            tiles.map(|(level, x, y)| format!("{table}/maps/{scene}/1/{level}/{x}/{y}")).collect();
        paths.extend(["/api/v1/tables".to_owned(), format!("{table}/invite")]);
        paths.extend((0..40).map(|handle| format!("{table}/pictures/{handle}")));
        for path in paths {
            let answer = sign_in.request("GET", &path).send(sign_in.server).await?;
            let mut bytes = format!("{} {:?} ", answer.status, answer.header("content-type")).into_bytes();
            bytes.extend(answer.body);
            self.received.push(bytes);
        }
        Ok(())
    }

    /// Something that the player may not know of, if this world is the busy one.
    async fn secret(&mut self) -> Result<(), Error> {
        if self.world == World::Quiet {
            return self.rest().await;
        }
        self.secrets += 1;
        let number = self.secrets;
        let token = self.hidden[number % self.hidden.len()];
        let master = &mut self.party.master;
        let mut must = Vec::new();
        match number % 9 {
            0 => must.push(Command::RemoveTokens { tokens: vec![self.hidden.swap_remove(0)] }),
            1 => {
                let walls = vec![NewWall { a: cell(10, 2), b: cell(14, 9), kind: WallKind::Wall }];
                must.push(Command::AddWalls { walls });
            }
            2 => must.push(Command::Say { line: "/gmroll 2d20".to_owned(), speak_as: None }),
            3 => must.push(Command::Say { line: "/w Bo the chest is trapped".to_owned(), speak_as: None }),
            4 => {
                let path = vec![middle(5, (number % 11) as i32)];
                must.push(Command::MoveTokens { moves: vec![TokenMove { token, path }] });
            }
            5 => {
                let name = Some(format!("Renamed {number}"));
                must.push(Command::EditTokens {
                    tokens: vec![token],
                    change: TokenChange { name, ..TokenChange::default() },
                });
            }
            6 => {
                let ghosts = vec![Ghost { token, at: middle(4, 4) }];
                master.send(&ClientFrame::Drag { ghosts }).await?;
                master.send(&ClientFrame::Drag { ghosts: Vec::new() }).await?;
                must.push(Command::PlaceToken { at: middle(12, 3), token: TokenChange::default() });
            }
            7 => {
                must.push(Command::AddPortal { a: cell(11, 10), b: cell(12, 10), kind: PortalKind::Door });
                must.push(Command::AddScene { name: format!("Below {number}"), size_cells: [5, 5] });
            }
            _ => {
                drop(self.party.server.knock(&format!("Stranger {number}")).await);
            }
        }
        for command in must {
            self.party.master.must(command).await?;
        }
        self.rest().await
    }

    /// What the player was sent, in plain form.
    fn transcript(mut self) -> Vec<Vec<u8>> {
        let table = self.party.players_in[0].table.clone();
        let player = self.party.players.swap_remove(0);
        self.keep(player);
        self.received.into_iter().map(|bytes| plain(&bytes, &table)).collect()
    }
}

/// What two servers cannot have in common, made equal: the table's random name, and the time at which lines were said.
fn plain(bytes: &[u8], table: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let mut parts = text.split("\"at_ms\":");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("\"at_ms\":0");
        plain.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    plain.replace(table, "TABLE").into_bytes()
}

fn own(player: &Player, name: &str) -> Result<Handle, Error> {
    Ok(player.view.token(name).ok_or_else(|| format!("{name} is out of sight"))?.token)
}

async fn say(player: &mut Player, id: &str, line: &str) -> Result<(), Error> {
    player.ask_as(id, Command::Say { line: line.to_owned(), speak_as: None }).await?;
    Ok(())
}

async fn played(script: &[Step], world: World, leak: Option<Leak>) -> Result<Vec<Vec<u8>>, Error> {
    let mut stage = Stage::set(world, leak).await?;
    for (index, step) in script.iter().enumerate() {
        stage.secret().await?;
        stage.step(index, *step).await.map_err(|error| format!("{world:?} {step:?}: {error}"))?;
        stage.secret().await?;
    }
    Ok(stage.transcript())
}

/// The first thing that tells two worlds apart.
fn difference(one: &[Vec<u8>], other: &[Vec<u8>]) -> Option<String> {
    let text = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (0..one.len().max(other.len()))
        .find(|index| one.get(*index) != other.get(*index))
        .map(|index| format!("at {index}:\n{:?}\n{:?}", text(one.get(index)), text(other.get(index))))
}

async fn compare(script: &[Step], leak: Option<Leak>) -> Option<String> {
    let (quiet, busy) = tokio::join!(played(script, World::Quiet, leak), played(script, World::Busy, leak));
    let (quiet, busy) = (quiet.expect("the quiet world is played"), busy.expect("the busy world is played"));
    assert!(quiet.len() > script.len() * 2, "the player was sent something");
    difference(&quiet, &busy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_is_sent_the_same_bytes_whatever_happens_in_secret() {
    for script in [WALKING, TALKING, EVERYTHING] {
        assert_eq!(compare(script, None).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_leak_that_is_switched_on_is_caught() {
    for leak in Leak::ALL {
        assert!(compare(EVERYTHING, Some(leak)).await.is_some(), "{leak:?} was not noticed");
    }
}
