//! The generator: one mover and some viewers in each room, frames counted and timed where they arrive.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use load::Error;
use load::player::{Player, SignIn, code_of};
use protocol::{At, ClientFrame, Command, Ghost, NewWall, ServerFrame, TokenChange, TokenMove, WallKind};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Moves that may be under way in a room at once.
const WINDOW: usize = 64;
/// Tables whose people sit down at the same time.
const TABLES_FURNISHED_AT_ONCE: usize = 8;

/// What to do in each room.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) seconds: u64,
    pub(crate) rate: u32,
    pub(crate) stored: bool,
}

/// What came of it.
pub(crate) struct Figures {
    seconds: f64,
    moves: u64,
    deliveries: u64,
    /// Until the last viewer had it, in microseconds, sorted.
    latencies_us: Vec<u64>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: usize| {
            let index = self.latencies_us.len().saturating_sub(1) * part / 100;
            self.latencies_us.get(index).map_or(0.0, |us| *us as f64 / 1000.0)
        };
        let figures = serde_json::json!({
            "moves_per_s": (self.moves as f64 / self.seconds).round(),
            "deliveries_per_s": (self.deliveries as f64 / self.seconds).round(),
            "latency_p50_ms": share(50),
            "latency_p99_ms": share(99),
        });
        write!(f, "{figures}")
    }
}

/// Counts what arrives in one room.
struct Tally {
    viewers: u64,
    deliveries: AtomicU64,
    /// Moves that a viewer still misses, by their number modulo the window.
    missing: Vec<AtomicU64>,
    sent: Vec<AtomicU64>,
    began: Instant,
    window: Semaphore,
    latencies: std::sync::Mutex<Vec<u64>>,
}

impl Tally {
    fn new(viewers: usize) -> Self {
        Self {
            viewers: viewers as u64,
            deliveries: AtomicU64::new(0),
            missing: (0..WINDOW).map(|_| AtomicU64::new(0)).collect(),
            sent: (0..WINDOW).map(|_| AtomicU64::new(0)).collect(),
            began: Instant::now(),
            window: Semaphore::new(WINDOW),
            latencies: std::sync::Mutex::new(Vec::new()),
        }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// A move leaves; its number is in its coordinate.
    fn leaves(&self, number: u64) {
        let slot = number as usize % WINDOW;
        self.missing[slot].store(self.viewers, Ordering::Relaxed);
        self.sent[slot].store(self.now_us(), Ordering::Relaxed);
    }

    /// A viewer has a move.
    fn arrives(&self, number: u64) {
        let slot = number as usize % WINDOW;
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        if self.missing[slot].fetch_sub(1, Ordering::Relaxed) == 1 {
            let took = self.now_us().saturating_sub(self.sent[slot].load(Ordering::Relaxed));
            self.latencies.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(took);
            self.window.add_permits(1);
        }
    }

    /// Waits until another move may leave.
    async fn may_leave(&self) {
        if let Ok(permit) = self.window.acquire().await {
            permit.forget();
        }
    }
}

fn sum_up(tallies: &[Arc<Tally>], seconds: f64) -> Figures {
    let mut latencies_us = Vec::new();
    let mut deliveries = 0;
    for tally in tallies {
        latencies_us.extend(tally.latencies.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter());
        deliveries += tally.deliveries.load(Ordering::Relaxed);
    }
    latencies_us.sort_unstable();
    Figures { seconds, moves: latencies_us.len() as u64, deliveries, latencies_us }
}

/// Where move number `n` leads: inside the free part of the scene, its number readable from the place.
fn place(number: u64) -> Result<At, Error> {
    let step = i32::try_from(number % WINDOW as u64)?;
    Ok(At::try_from((512 + step * 4, 512))?)
}

fn number_of(at: At) -> u64 {
    let (x, _): (i32, i32) = at.into();
    u64::try_from((x - 512) / 4).unwrap_or(0)
}

/// When a room's moves leave: rooms take turns, as people do who do not know of each other.
struct Beat(Option<tokio::time::Interval>);

impl Beat {
    fn new(rate: u32, room: usize, rooms: usize) -> Self {
        let period = Duration::from_secs(1).checked_div(rate);
        Self(period.map(|period| {
            let phase = period.mul_f64(room as f64 / rooms.max(1) as f64);
            tokio::time::interval_at(Instant::now() + phase, period)
        }))
    }

    async fn next(&mut self) {
        if let Some(interval) = &mut self.0 {
            interval.tick().await;
        }
    }
}

/// Drives the raw server.
pub(crate) async fn raw(server: SocketAddr, rooms: usize, plan: Plan) -> Result<Figures, Error> {
    let mut tallies = Vec::new();
    let mut movers = Vec::new();
    for room in 0..rooms {
        let tally = Arc::new(Tally::new(plan.viewers));
        for _ in 0..plan.viewers {
            let mut socket = raw_socket(server, room).await?;
            let tally = Arc::clone(&tally);
            tokio::spawn(async move {
                while let Some(Ok(Message::Text(text))) = socket.next().await {
                    if let Ok(ServerFrame::Drag { ghosts, .. }) = serde_json::from_str(&text) {
                        ghosts.iter().for_each(|ghost| tally.arrives(number_of(ghost.at)));
                    }
                }
            });
        }
        movers.push((raw_socket(server, room).await?, Arc::clone(&tally)));
        tallies.push(tally);
    }
    let end = Instant::now() + Duration::from_secs(plan.seconds);
    let mut running = Vec::new();
    for (room, (mut socket, tally)) in movers.into_iter().enumerate() {
        running.push(tokio::spawn(async move {
            let mut beat = Beat::new(plan.rate, room, rooms);
            let mut number = 0;
            while Instant::now() < end {
                beat.next().await;
                tally.may_leave().await;
                tally.leaves(number);
                let frame = ServerFrame::Drag { by: 1, ghosts: vec![Ghost { token: 7, at: place(number)? }] };
                socket.send(Message::Text(serde_json::to_string(&frame)?.into())).await?;
                number += 1;
            }
            Ok::<_, Error>(())
        }));
    }
    for mover in running {
        mover.await??;
    }
    Ok(sum_up(&tallies, plan.seconds as f64))
}

async fn raw_socket(
    server: SocketAddr,
    room: usize,
) -> Result<tokio_tungstenite::WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let request = format!("ws://{server}/").into_client_request()?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    socket.send(Message::Text(format!("room {room}").into())).await?;
    Ok(socket)
}

/// Drives Wardlight's tables: all sit down, then all move.
pub(crate) async fn wardlight(server: SocketAddr, tables: &Path, plan: Plan) -> Result<Figures, Error> {
    let lines = std::fs::read_to_string(tables)?;
    let at_once = Arc::new(Semaphore::new(TABLES_FURNISHED_AT_ONCE));
    let (ready, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let (start, started) = tokio::sync::watch::channel(None);
    let mut tallies = Vec::new();
    let mut running = Vec::new();
    let rooms = lines.lines().count();
    for (room, line) in lines.lines().enumerate() {
        let table: Value = serde_json::from_str(line)?;
        let tally = Arc::new(Tally::new(plan.viewers));
        tallies.push(Arc::clone(&tally));
        let (at_once, ready, mut started) = (Arc::clone(&at_once), ready.clone(), started.clone());
        running.push(tokio::spawn(async move {
            let turn = at_once.acquire().await?;
            let mut master = sit_down(server, &table, &tally, plan).await?;
            drop((turn, ready));
            // A socket that nobody reads is dead to the server after a while.
            let end = loop {
                tokio::select! {
                    changed = started.changed() => changed?,
                    frame = master.next_whenever() => drop(frame?),
                }
                if let Some(end) = *started.borrow() {
                    break end;
                }
            };
            let beat = Beat::new(plan.rate, room, rooms);
            drive(master, tally, plan, end, beat).await
        }));
    }
    drop(ready);
    // Nobody sends anything: the channel closes when the last table is ready or has failed.
    let _: Option<()> = waiting.recv().await;
    start.send(Some(Instant::now() + Duration::from_secs(plan.seconds)))?;
    // Nobody gets up before the last move has arrived: six thousand who leave are a load of their own.
    let mut masters = Vec::with_capacity(running.len());
    for mover in running {
        masters.push(mover.await??);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(sum_up(&tallies, plan.seconds as f64))
}

/// Furnishes a table if it is empty and seats its people. Gives the game master.
async fn sit_down(
    server: SocketAddr,
    table: &Value,
    tally: &Arc<Tally>,
    plan: Plan,
) -> Result<Player, Error> {
    let code = |field: &str| table[field][0].as_str().map(code_of).ok_or("a table has no link");
    let mut master = SignIn::join(server, code("game_master")?, None).await?.sit_down().await?;
    if master.view.scene.is_none() {
        build(&mut master).await?;
    }
    for number in 0..plan.viewers {
        let name = format!("Viewer {number}");
        let sign_in = SignIn::join(server, code("invite")?, Some(&name)).await?;
        let viewer = sign_in.sit_down().await?;
        let seat_of = |view: &load::view::ClientView| {
            view.seats.values().find(|seat| seat.name == name).map(|seat| seat.seat)
        };
        master.until(|view| seat_of(view).is_some()).await?;
        let owners = seat_of(&master.view).map(|seat| vec![seat]);
        let column = i32::try_from(number % 8)?;
        let at = At::try_from((1_152 + column * 256, 1_152 + i32::try_from(number / 8)? * 256))?;
        let token = TokenChange { name: Some(name.clone()), owners, ..TokenChange::default() };
        master.must(Command::PlaceToken { at, token }).await?;
        tokio::spawn(watch(viewer, Arc::clone(tally)));
    }
    Ok(master)
}

/// A scene as the figures are quoted for: an open hall beside a warren of 1,000 walls with 50 tokens.
async fn build(master: &mut Player) -> Result<(), Error> {
    master.open_the_door().await?;
    master.must(Command::AddScene { name: "Warren".to_owned(), size_cells: [60, 40] }).await?;
    master.until(|view| view.scene.is_some()).await?;
    let mover = TokenChange { name: Some("Mover".to_owned()), ..TokenChange::default() };
    master.must(Command::PlaceToken { at: place(0)?, token: mover }).await?;
    let corner = |x: i32, y: i32| At::try_from((x * 256, y * 256));
    let mut walls = Vec::new();
    for number in 0..1_000 {
        // Rooms of one cell with gaps: each cell of the warren has a wall above or beside it.
        let (x, y) = (16 + number % 40, number / 40 % 25 + 6);
        let b = if (x * 7 + y * 3) % 5 < 3 { corner(x + 1, y)? } else { corner(x, y + 1)? };
        walls.push(NewWall { a: corner(x, y)?, b, kind: WallKind::Wall });
    }
    for walls in walls.chunks(500) {
        master.must(Command::AddWalls { walls: walls.to_vec() }).await?;
    }
    for number in 0..50 {
        let at = At::try_from(((17 + number % 10 * 3) * 256 + 128, (7 + number / 10 * 4) * 256 + 128))?;
        let token = TokenChange { name: Some(format!("Rat {number}")), ..TokenChange::default() };
        master.must(Command::PlaceToken { at, token }).await?;
    }
    Ok(())
}

/// Counts a viewer's share.
async fn watch(mut viewer: Player, tally: Arc<Tally>) {
    while let Ok(frame) = viewer.next_whenever().await {
        match frame {
            ServerFrame::Drag { ghosts, .. } => {
                ghosts.iter().for_each(|ghost| tally.arrives(number_of(ghost.at)))
            }
            ServerFrame::Update(update) => {
                update
                    .moves
                    .iter()
                    .filter_map(|moved| moved.path.last())
                    .for_each(|at| tally.arrives(number_of(*at)));
            }
            ServerFrame::Waiting { .. }
            | ServerFrame::Ping { .. }
            | ServerFrame::Mirrored { .. }
            | ServerFrame::MirrorEnded {}
            | ServerFrame::Ruler { .. }
            | ServerFrame::Bye { .. } => {}
        }
    }
}

/// Moves the table's first token to and fro, by drags or by stored moves.
async fn drive(
    mut master: Player,
    tally: Arc<Tally>,
    plan: Plan,
    end: Instant,
    mut beat: Beat,
) -> Result<Player, Error> {
    let token = master.view.token("Mover").ok_or("the table has no mover")?.token;
    let mut number = 1;
    while Instant::now() < end {
        beat.next().await;
        tally.may_leave().await;
        tally.leaves(number);
        let at = place(number)?;
        let frame = if plan.stored {
            let command = Command::MoveTokens { moves: vec![TokenMove { token, path: vec![at] }] };
            ClientFrame::Command { id: master.command_id(), command }
        } else {
            ClientFrame::Drag { ghosts: vec![Ghost { token, at }] }
        };
        master.send(&frame).await?;
        if plan.stored {
            // Acks are read so that they do not fill the socket.
            while let Some(read) = master.next_whenever().now_or_never() {
                read?;
            }
        }
        number += 1;
    }
    Ok(master)
}
