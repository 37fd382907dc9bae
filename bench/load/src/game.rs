//! Games that may not fail: everybody at every table talks, the game master moves a figure besides, and each command waits
//! for its acknowledgement. What was acknowledged can be looked for later, while the game master is signed in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use load::Error;
use load::player::{Player, SignIn, code_of};
use load::site::Site;
use load::view::ClientView;
use protocol::{At, Command, Handle, Part, TokenChange, TokenMove};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

/// Between two lines of one person: a little slower than anybody may talk for long.
const PACE: Duration = Duration::from_millis(550);
/// So many lines a table shows to whoever comes back.
const LINES_MAX: usize = 300;
const MASTER: &str = "Master";

/// What was acknowledged at one table.
#[derive(Serialize, Deserialize)]
struct Played {
    table: String,
    /// Of the game master; good for ten minutes.
    access: String,
    /// How many lines of each person; they are numbered.
    lines: BTreeMap<String, u32>,
    moves: u32,
}

/// Somebody at a table, and how far they are.
struct Talker {
    name: String,
    player: Player,
    /// What they move, if anything.
    token: Option<Handle>,
    lines: u32,
    moves: u32,
}

/// Plays at all tables at once, and prints a line for each.
pub(crate) async fn play(site: &Site, tables: &Path, players: usize, length: Duration) -> Result<(), Error> {
    let most = LINES_MAX as u128 * PACE.as_millis() / (players as u128 + 1);
    if length.as_millis() > most {
        return Err(format!("a table shows {LINES_MAX} lines: that is enough for {} s", most / 1000).into());
    }
    let text = std::fs::read_to_string(tables)?;
    let mut running = Vec::new();
    for line in text.lines() {
        let (site, table) = (site.clone(), serde_json::from_str(line)?);
        running.push(tokio::spawn(async move { play_at(&site, &table, players, length).await }));
    }
    let mut failures = Vec::new();
    for table in running {
        let (played, failed) = table.await??;
        println!("{}", serde_json::to_string(&played)?);
        failures.extend(failed);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ").into()) }
}

/// What was acknowledged at a table, and what was not.
async fn play_at(
    site: &Site,
    table: &Value,
    players: usize,
    length: Duration,
) -> Result<(Played, Vec<String>), Error> {
    let link = |field: &str| table[field][0].as_str().ok_or("a table has no link");
    let sign_in = SignIn::join_at(site, code_of(link("game_master")?), None).await?;
    let mut seated = vec![open(sign_in.sit_down_at(site).await?).await?];
    for number in 1..=players {
        let name = format!("Player-{number}");
        let player =
            SignIn::join_at(site, code_of(link("invite")?), Some(&name)).await?.sit_down_at(site).await?;
        seated.push(Talker { name, player, token: None, lines: 0, moves: 0 });
    }
    let end = Instant::now() + length;
    let running: Vec<_> = seated.into_iter().map(|talker| tokio::spawn(talk(talker, end))).collect();
    let (mut played, mut failures, mut stayed) = (
        Played { table: sign_in.table, access: sign_in.access, lines: BTreeMap::new(), moves: 0 },
        Vec::new(),
        Vec::new(),
    );
    for talking in running {
        let (talker, outcome) = talking.await?;
        played.lines.insert(talker.name.clone(), talker.lines);
        played.moves += talker.moves;
        match outcome {
            Ok(()) => stayed.push(talker),
            Err(error) => failures.push(format!("{} after {} lines: {error}", talker.name, talker.lines)),
        }
    }
    // Whoever is still there has heard everybody.
    for mut talker in stayed {
        let heard = talker.player.until(|view| missing(view, &played.lines).is_none()).await;
        if let Err(error) = heard {
            let missing = missing(&talker.player.view, &played.lines).unwrap_or_default();
            failures.push(format!("{} has not heard {missing}: {error}", talker.name));
        }
    }
    Ok((played, failures))
}

/// The game master of a new table: anybody may come in, and there is something to move.
async fn open(mut player: Player) -> Result<Talker, Error> {
    player.open_the_door().await?;
    player.must(Command::AddScene { name: "Hall".to_owned(), size_cells: [20, 20] }).await?;
    player.until(|view| view.scene.is_some()).await?;
    let figure = TokenChange { name: Some("Figure".to_owned()), ..TokenChange::default() };
    player.must(Command::PlaceToken { at: place(0)?, token: figure }).await?;
    player.until(|view| view.token("Figure").is_some()).await?;
    let token = player.view.token("Figure").map(|figure| figure.token);
    Ok(Talker { name: MASTER.to_owned(), player, token, lines: 0, moves: 0 })
}

/// Where the figure stands after so many moves.
fn place(moves: u32) -> Result<At, Error> {
    Ok(At::try_from((512 + i32::try_from(moves % 16)? * 128, 512))?)
}

async fn talk(mut talker: Talker, end: Instant) -> (Talker, Result<(), Error>) {
    let mut beat = tokio::time::interval(PACE);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while Instant::now() < end {
        beat.tick().await;
        if let Err(error) = talker.step().await {
            return (talker, Err(error));
        }
    }
    (talker, Ok(()))
}

impl Talker {
    async fn step(&mut self) -> Result<(), Error> {
        let line = format!("{} {}", self.name, self.lines + 1);
        self.player.must(Command::Say { line, speak_as: None }).await?;
        self.lines += 1;
        if let Some(token) = self.token {
            let at = place(self.moves + 1)?;
            self.player
                .must(Command::MoveTokens { moves: vec![TokenMove { token, path: vec![at] }] })
                .await?;
            self.moves += 1;
            if self.player.view.token("Figure").map(|figure| figure.at) != Some(at) {
                return Err("the figure is not where it went".into());
            }
        }
        Ok(())
    }
}

/// Looks for what was played, as the game master of each table who comes back.
pub(crate) async fn recall(site: &Site, played: &Path) -> Result<(), Error> {
    let text = std::fs::read_to_string(played)?;
    let mut lines = 0;
    for line in text.lines() {
        let Played { table, access, lines: said, .. } = serde_json::from_str(line)?;
        let server = site.address;
        let sign_in = SignIn { server, access, cookie: String::new(), table, state: String::new() };
        let master = sign_in.sit_down_at(site).await?;
        if let Some(missing) = missing(&master.view, &said) {
            return Err(format!("{missing} was acknowledged and is not there once and in order").into());
        }
        lines += said.values().sum::<u32>();
    }
    println!("{lines}");
    Ok(())
}

/// The first line that a view does not hold once, and in order.
fn missing(view: &ClientView, lines: &BTreeMap<String, u32>) -> Option<String> {
    let said: Vec<String> = view.messages.iter().filter_map(|message| words(&message.parts)).collect();
    lines.iter().find_map(|(name, count)| {
        let prefix = format!("{name} ");
        let numbers: Vec<u32> =
            said.iter().filter_map(|line| line.strip_prefix(&prefix)?.parse().ok()).collect();
        let is_kept = |number: &u32| {
            usize::try_from(*number - 1).ok().and_then(|index| numbers.get(index)) == Some(number)
        };
        (1..=*count).find(|number| !is_kept(number)).map(|number| format!("{name} {number}"))
    })
}

fn words(parts: &[Part]) -> Option<String> {
    parts.iter().find_map(|part| match part {
        Part::Text { spans } => spans.first().map(|span| span.text.trim().to_owned()),
        Part::Roll { .. } | Part::Concealed => None,
    })
}
