//! A server in this process, and people at its table.

use std::net::SocketAddr;
use std::path::Path;

use load::Error;
use load::http::Request;
use load::player::{Player, SignIn, code_of, origin};
use protocol::{Command, Handle, SeatState, TokenChange};
use server::config::{Config, ServeOptions};
use server::serve::{Links, Server};
use server::testing::{Leak, Testing};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server; stops when told to, or with the test.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) ops: SocketAddr,
    pub(crate) tls: Option<SocketAddr>,
    pub(crate) links: Links,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// Free ports on loopback, data in a directory.
pub(crate) fn options(data: &Path) -> ServeOptions {
    let free = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    ServeOptions {
        listen: free,
        ops_listen: free,
        data: Some(data.to_path_buf()),
        testing: Testing {
            dice_seed: Some(7),
            program: Some(env!("CARGO_BIN_EXE_wardlight")),
            ..Testing::default()
        },
        ..ServeOptions::default()
    }
}

pub(crate) async fn start(data: &Path) -> Running {
    start_leaking(data, None).await
}

/// A server that gives a secret away on purpose.
pub(crate) async fn start_leaking(data: &Path, leak: Option<Leak>) -> Running {
    let testing = Testing { leak, ..options(data).testing };
    start_with(ServeOptions { testing, ..options(data) }).await
}

/// A server with settings of its own.
pub(crate) async fn start_with(options: ServeOptions) -> Running {
    let config = Config::load(options).expect("the options fit");
    let server = Server::build(&config).await.expect("the server starts");
    let links = server.links().await.expect("there is a table");
    let (address, ops, tls) = (server.address(), server.ops_address(), server.tls_address());
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(server.run(async {
        // Whether told or forgotten: both end the server.
        let _told = stopped.await.is_ok();
    }));
    Running { address, ops, tls, links, stop, served }
}

impl Running {
    /// Stops in good order and waits for the end.
    pub(crate) async fn stop(self) {
        let _listening = self.stop.send(()).is_ok();
        self.served.await.expect("the server ends in good order");
    }

    pub(crate) fn invite(&self) -> &str {
        code_of(&self.links.invite[0])
    }

    /// Signs in by the game master's one-time link.
    pub(crate) async fn master(&self) -> SignIn {
        let code = code_of(self.links.game_master.first().expect("the link is unused"));
        SignIn::join(self.address, code, None).await.expect("the link works")
    }

    /// Knocks.
    pub(crate) async fn knock(&self, name: &str) -> SignIn {
        SignIn::join(self.address, self.invite(), Some(name)).await.expect("the invite works")
    }
}

/// A server with its game master and players at the table.
pub(crate) struct Party {
    pub(crate) directory: TempDir,
    pub(crate) server: Running,
    pub(crate) master: Player,
    pub(crate) master_in: SignIn,
    pub(crate) players: Vec<Player>,
    pub(crate) players_in: Vec<SignIn>,
}

impl Party {
    /// The sample table, its game master and so many admitted players, each owning a token called like them.
    pub(crate) async fn gather(names: &[&str]) -> Result<Self, Error> {
        Self::gather_leaking(names, None).await
    }

    /// The same, at a server that gives a secret away on purpose.
    pub(crate) async fn gather_leaking(names: &[&str], leak: Option<Leak>) -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let server = start_leaking(directory.path(), leak).await;
        let master_in = server.master().await;
        let mut master = master_in.sit_down().await?;
        let (mut players, mut players_in) = (Vec::new(), Vec::new());
        for name in names {
            let player_in = server.knock(name).await;
            master.until(|view| knocking(view, name).is_some()).await?;
            let seat = knocking(&master.view, name).ok_or("nobody knocks")?;
            master.must(Command::Admit { seat, into: None }).await?;
            players.push(player_in.sit_down().await?);
            players_in.push(player_in);
        }
        Ok(Self { directory, server, master, master_in, players, players_in })
    }

    /// An empty scene of 20 × 20 cells that everybody looks at.
    pub(crate) async fn empty_scene(&mut self) -> Result<Handle, Error> {
        let ack =
            self.master.must(Command::AddScene { name: "Yard".to_owned(), size_cells: [20, 20] }).await?;
        let scene = ack.made.ok_or("no scene was made")?;
        self.master.must(Command::ShowScene { scene }).await?;
        let size = cell(20, 20);
        for player in &mut self.players {
            player.until(|view| view.scene.as_ref().is_some_and(|scene| scene.size == size)).await?;
        }
        Ok(scene)
    }

    /// A token in the middle of a cell, owned by seats of the game master's view.
    pub(crate) async fn place(
        &mut self,
        name: &str,
        at: (i32, i32),
        owners: &[Handle],
    ) -> Result<Handle, Error> {
        let token = TokenChange {
            name: Some(name.to_owned()),
            owners: Some(owners.to_vec()),
            ..TokenChange::default()
        };
        let ack = self.master.must(Command::PlaceToken { at: middle(at.0, at.1), token }).await?;
        ack.made.ok_or_else(|| "no token was made".into())
    }

    /// The seat of a person in the game master's view.
    pub(crate) fn seat(&self, name: &str) -> Handle {
        self.master
            .view
            .seats
            .values()
            .find(|seat| seat.name == name)
            .map(|seat| seat.seat)
            .expect("the seat is known")
    }
}

/// Renews a session by its cookie.
pub(crate) async fn refresh(signed_in: &mut SignIn) -> Result<(), Error> {
    let server = signed_in.server;
    let request = Request::new("POST", "/api/v1/session/refresh").header("Origin", &origin(server));
    let answer = request.header("Cookie", &signed_in.cookie).send(server).await?;
    if answer.status != 200 {
        return Err(format!("refresh: {}", answer.status).into());
    }
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.unwrap_or_default().clone_into(&mut signed_in.cookie);
    answer.json()?["access"].as_str().unwrap_or_default().clone_into(&mut signed_in.access);
    Ok(())
}

pub(crate) fn knocking(view: &load::view::ClientView, name: &str) -> Option<Handle> {
    view.seats
        .values()
        .find(|seat| seat.state == SeatState::Knocking && seat.name == name)
        .map(|seat| seat.seat)
}

/// The corner of a cell.
pub(crate) fn cell(x: i32, y: i32) -> protocol::At {
    protocol::At::try_from((x * 256, y * 256)).expect("in bounds")
}

/// The middle of a cell.
pub(crate) fn middle(x: i32, y: i32) -> protocol::At {
    protocol::At::try_from((x * 256 + 128, y * 256 + 128)).expect("in bounds")
}
