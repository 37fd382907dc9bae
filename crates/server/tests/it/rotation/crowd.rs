//! People who play and notice everything: what they did is counted, and so is what failed. They come through a proxy, which
//! notes the certificates that it is shown.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use load::Error;
use load::player::{Player, SignIn};
use load::view::ClientView;
use protocol::{At, Command, Handle, Part, TokenChange, TokenMove};
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::Outcome;
use crate::harness::{middle, refresh};
use crate::program::Program;
use crate::tls::HOST;

/// Who plays; the first is the game master.
const NAMES: [&str; 4] = ["Ada", "Bo", "Cy", "Di"];
/// Between two moves of one person, and between two visits: within what an account may do.
const MOVE_PACE: Duration = Duration::from_millis(60);
const VISIT_PACE: Duration = Duration::from_millis(100);
/// Somebody says something every so many moves.
const MOVES_PER_LINE: u32 = 20;
/// A session is renewed every so many visits: those between use a token from before a change.
const VISITS_PER_RENEWAL: u32 = 3;

/// What a peer was shown, and when they began to ask and had the answer.
#[derive(Default)]
pub(super) struct Sightings(Mutex<Vec<(String, Instant, Instant)>>);

impl Sightings {
    fn add(&self, what: &str, begun: Instant, ended: Instant) {
        self.0.lock().unwrap().push((what.to_owned(), begun, ended));
    }

    /// When it was seen first.
    pub(super) fn first(&self, what: &str) -> Option<Instant> {
        let seen = self.0.lock().unwrap();
        seen.iter().filter(|(seen, _, _)| seen == what).map(|(_, _, ended)| *ended).min()
    }

    /// Whether all that was seen is one of these, and nobody who asked after one was seen got one of before.
    pub(super) fn are_in_order(&self, order: &[String]) -> bool {
        let firsts: Vec<_> = order.iter().map(|what| self.first(what)).collect();
        self.0.lock().unwrap().iter().all(|(what, begun, _)| {
            let Some(place) = order.iter().position(|one| one == what) else { return false };
            firsts[place + 1..].iter().flatten().all(|first| begun < first)
        })
    }
}

/// What people did.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) moves: u64,
    pub(super) renewals: u64,
    pub(super) requests: u64,
}

/// What people do, and what failed.
#[derive(Default)]
pub(super) struct Tally {
    moves: AtomicU64,
    renewals: AtomicU64,
    requests: AtomicU64,
    pub(super) failures: Mutex<Vec<String>>,
    /// Which keys signed renewed tokens.
    pub(super) signed: Sightings,
    /// Keys whose tokens may be refused.
    pub(super) revoked: Mutex<BTreeSet<String>>,
    pub(super) is_over: AtomicBool,
}

impl Tally {
    pub(super) fn done(&self) -> Done {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        Done { moves: count(&self.moves), renewals: count(&self.renewals), requests: count(&self.requests) }
    }

    fn fail(&self, who: &str, error: &Error) {
        self.failures.lock().unwrap().push(format!("{who}: {error}"));
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }
}

/// Somebody at the table who moves a token to and fro and says how far they are.
pub(super) struct Mover {
    pub(super) name: &'static str,
    signed_in: SignIn,
    player: Player,
    token: Handle,
    row: i32,
    /// How many moves and lines were acknowledged.
    moves: u32,
    pub(super) lines: u32,
    tally: Arc<Tally>,
}

impl Mover {
    async fn play(mut self) -> Self {
        while self.tally.goes_on() {
            if let Err(error) = self.step().await {
                self.tally.fail(&format!("{} moves", self.name), &error);
                // A socket that is open is kept open.
                if let Ok(player) = self.signed_in.sit_down().await {
                    self.player = player;
                }
            }
            tokio::time::sleep(MOVE_PACE).await;
        }
        self
    }

    async fn step(&mut self) -> Outcome {
        let path = vec![self.place_after(self.moves + 1)];
        let moves = vec![TokenMove { token: self.token, path }];
        self.player.must(Command::MoveTokens { moves }).await?;
        self.moves += 1;
        self.tally.moves.fetch_add(1, Ordering::Relaxed);
        if self.player.view.tokens.get(&self.token).map(|token| token.at) != Some(self.place()) {
            return Err("the token is not where it went".into());
        }
        if self.moves.is_multiple_of(MOVES_PER_LINE) {
            let line = format!("{} {}", self.name, self.lines + 1);
            self.player.must(Command::Say { line, speak_as: None }).await?;
            self.lines += 1;
        }
        Ok(())
    }

    pub(super) fn place(&self) -> At {
        self.place_after(self.moves)
    }

    fn place_after(&self, moves: u32) -> At {
        middle(i32::try_from(moves % 16).unwrap_or(0), self.row)
    }
}

/// Somebody who renews their session and asks with its tokens.
struct Visitor {
    name: &'static str,
    signed_in: SignIn,
    /// What they began with: its token lives for longer than the test.
    first: SignIn,
    tally: Arc<Tally>,
}

impl Visitor {
    async fn visit(mut self) -> SignIn {
        let mut visits = 0_u32;
        while self.tally.goes_on() {
            if let Err(error) = self.step(visits).await {
                self.tally.fail(&format!("{} visits", self.name), &error);
            }
            visits += 1;
            tokio::time::sleep(VISIT_PACE).await;
        }
        self.signed_in
    }

    async fn step(&mut self, visits: u32) -> Outcome {
        if visits.is_multiple_of(VISITS_PER_RENEWAL) {
            self.renew().await?;
        }
        if !self.ask(&self.first).await? {
            return Err("the first token is refused".into());
        }
        if !self.ask(&self.signed_in).await? {
            self.renew().await?;
            if !self.ask(&self.signed_in).await? {
                return Err("a renewed token is refused".into());
            }
        }
        Ok(())
    }

    async fn renew(&mut self) -> Outcome {
        let begun = Instant::now();
        refresh(&mut self.signed_in).await?;
        self.tally.signed.add(&kid(&self.signed_in.access)?, begun, Instant::now());
        self.tally.renewals.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Asks for the tables; `false` if the token is refused because its key was revoked.
    async fn ask(&self, signed_in: &SignIn) -> Result<bool, Error> {
        match tables(signed_in).await? {
            200 => {
                self.tally.requests.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
            401 if self.tally.revoked.lock().unwrap().contains(&kid(&signed_in.access)?) => Ok(false),
            status => Err(format!("tables: {status}").into()),
        }
    }
}

pub(super) async fn tables(signed_in: &SignIn) -> Result<u16, Error> {
    Ok(signed_in.request("GET", "/api/v1/tables").send(signed_in.server).await?.status)
}

/// Which key signed a token.
pub(super) fn kid(token: &str) -> Result<String, Error> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default())?;
    let header: Value = serde_json::from_slice(&header)?;
    Ok(header["kid"].as_str().ok_or("the token names no key")?.to_owned())
}

/// The numbers that somebody said.
pub(super) fn said(view: &ClientView, name: &str) -> Vec<u32> {
    let number = |part: &Part| match part {
        Part::Text { spans } => spans.first()?.text.trim().strip_prefix(name)?.trim().parse().ok(),
        Part::Roll { .. } | Part::Concealed => None,
    };
    view.messages.iter().filter_map(|message| message.parts.iter().find_map(number)).collect()
}

/// Whether lines are there once and in order, and nothing else.
pub(super) fn are_all(said: &[u32], lines: u32) -> bool {
    (1..=lines).eq(said.iter().copied())
}

/// The proxy in front of the server, which has a certificate. It notes which one it is shown.
pub(super) struct Edge {
    pub(super) address: SocketAddr,
    connector: Arc<Mutex<TlsConnector>>,
    pub(super) shown: Arc<Sightings>,
}

impl Edge {
    pub(super) async fn open(
        server: SocketAddr,
        first: TlsConnector,
        tally: Arc<Tally>,
    ) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let edge = Self {
            address: listener.local_addr()?,
            connector: Arc::new(Mutex::new(first)),
            shown: Arc::default(),
        };
        let (connector, shown) = (Arc::clone(&edge.connector), Arc::clone(&edge.shown));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connector = connector.lock().unwrap().clone();
                let (shown, tally) = (Arc::clone(&shown), Arc::clone(&tally));
                tokio::spawn(async move {
                    if let Err(error) = pass(stream, server, &connector, &shown).await {
                        tally.fail("the edge", &error);
                    }
                });
            }
        });
        Ok(edge)
    }

    /// Shows another certificate from now on.
    pub(super) fn present(&self, connector: TlsConnector) {
        *self.connector.lock().unwrap() = connector;
    }
}

/// Passes a connection on. What breaks after the handshake is for those to tell who see it.
async fn pass(
    mut outer: TcpStream,
    server: SocketAddr,
    connector: &TlsConnector,
    shown: &Sightings,
) -> Outcome {
    outer.set_nodelay(true)?;
    let begun = Instant::now();
    let inner = TcpStream::connect(server).await?;
    inner.set_nodelay(true)?;
    let mut inner = connector.connect(ServerName::try_from(HOST)?, inner).await?;
    let chain = inner.get_ref().1.peer_certificates().ok_or("no certificate is shown")?;
    shown.add(&URL_SAFE_NO_PAD.encode(&chain[0]), begun, Instant::now());
    drop(tokio::io::copy_bidirectional(&mut outer, &mut inner).await);
    Ok(())
}

/// Lets people come in and sets them going.
pub(super) async fn gather(
    program: &Program,
    edge: SocketAddr,
    tally: &Arc<Tally>,
) -> Result<(Vec<JoinHandle<Mover>>, Vec<JoinHandle<SignIn>>, SignIn), Error> {
    let code = program.master.as_deref().ok_or("no link for the game master")?;
    let invite = program.invite.as_deref().ok_or("no link for players")?;
    let master_in = SignIn::join(edge, code, None).await?;
    let mut master = master_in.sit_down().await?;
    let scene = master.must(Command::AddScene { name: "Yard".to_owned(), size_cells: [20, 20] }).await?;
    master.must(Command::ShowScene { scene: scene.made.ok_or("no scene was made")? }).await?;
    let witness = SignIn::join(edge, invite, Some("Witness")).await?;
    master.open_the_door().await?;
    let mut people = Vec::new();
    for name in &NAMES[1..] {
        let signed_in = SignIn::join(edge, invite, Some(name)).await?;
        let player = signed_in.sit_down().await?;
        people.push((*name, signed_in, player));
    }
    let (mut movers, mut visitors) = (Vec::new(), Vec::new());
    for (row, (name, _, player)) in (1..).zip(&mut people) {
        master.until(|view| view.seats.values().any(|seat| seat.name == *name)).await?;
        let seat = master.view.seats.values().find(|seat| seat.name == *name).map(|seat| seat.seat);
        place(&mut master, name, row, seat.as_slice()).await?;
        player.until(|view| view.token(name).is_some()).await?;
    }
    place(&mut master, NAMES[0], 0, &[]).await?;
    master.until(|view| view.token(NAMES[0]).is_some()).await?;
    people.insert(0, (NAMES[0], master_in, master));
    for (row, (name, signed_in, player)) in (0..).zip(people) {
        let token = player.view.token(name).map(|token| token.token).ok_or("no token")?;
        let (tally, first) = (Arc::clone(tally), signed_in.clone());
        let visitor = Visitor { name, signed_in: first.clone(), first, tally: Arc::clone(&tally) };
        visitors.push(tokio::spawn(visitor.visit()));
        let mover = Mover { name, signed_in, player, token, row, moves: 0, lines: 0, tally };
        movers.push(tokio::spawn(mover.play()));
    }
    Ok((movers, visitors, witness))
}

/// Places a token at the beginning of a row.
async fn place(master: &mut Player, name: &str, row: i32, owners: &[Handle]) -> Outcome {
    let token =
        TokenChange { name: Some(name.to_owned()), owners: Some(owners.to_vec()), ..TokenChange::default() };
    master.must(Command::PlaceToken { at: middle(0, row), token }).await?;
    Ok(())
}

#[test]
fn what_comes_back_after_its_successor_is_noticed() {
    let now = Instant::now();
    let at = |second: u64| now + Duration::from_secs(second);
    let seen = Sightings::default();
    seen.add("old", at(0), at(1));
    seen.add("new", at(3), at(5));
    // It began before anybody was shown the new one.
    seen.add("old", at(4), at(6));
    let order = ["old".to_owned(), "new".to_owned()];
    assert!(seen.are_in_order(&order));
    assert!(!seen.are_in_order(&order[..1]), "one that was never mounted");
    seen.add("old", at(5), at(6));
    assert!(!seen.are_in_order(&order));
}

#[test]
fn a_line_that_is_lost_or_told_twice_is_noticed() {
    assert!(are_all(&[1, 2, 3], 3));
    for wrong in [&[1, 3][..], &[1, 2], &[1, 2, 2, 3], &[2, 1, 3]] {
        assert!(!are_all(wrong, 3), "{wrong:?}");
    }
}
