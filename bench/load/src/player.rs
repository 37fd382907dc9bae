//! A person at a table: signed in over HTTP, seated over a socket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use protocol::{Ack, ByeReason, ClientFrame, Command, PROTOCOL_VERSION, ServerFrame};
use serde_json::json;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::Error;
use crate::http::Request;
use crate::site::{Site, Stream};
use crate::view::ClientView;

/// Commands named so far.
static COMMANDS: AtomicU64 = AtomicU64::new(1);
/// What is awaited arrives within.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sign-in: what a browser profile would keep.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The server.
    pub server: SocketAddr,
    /// The access JWT.
    pub access: String,
    /// The cookie as the browser would send it.
    pub cookie: String,
    /// The table joined.
    pub table: String,
    /// `seated` or `knocking`.
    pub state: String,
}

/// The code in a link.
pub fn code_of(link: &str) -> &str {
    link.split_once('#').map_or(link, |(_, code)| code)
}

impl SignIn {
    /// Joins by a code.
    pub async fn join(server: SocketAddr, code: &str, name: Option<&str>) -> Result<Self, Error> {
        Self::join_at(&Site::plain(server), code, name).await
    }

    /// Joins by a code of a site.
    pub async fn join_at(site: &Site, code: &str, name: Option<&str>) -> Result<Self, Error> {
        let request = Request::post("/api/v1/join", &json!({ "code": code, "name": name }));
        let answer = request.header("Origin", &site.origin()).send_to(site).await?;
        if answer.status != 200 {
            return Err(format!("join: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
        let cookie =
            answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
        let body = answer.json()?;
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            server: site.address,
            access: text("access"),
            cookie: cookie.to_owned(),
            table: text("table"),
            state: text("state"),
        })
    }

    /// A request with the bearer header.
    pub fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, path).header("Authorization", &format!("Bearer {}", self.access))
    }

    /// Opens a socket and says hello.
    pub async fn connect(&self) -> Result<Player, Error> {
        self.connect_to(&Site::plain(self.server)).await
    }

    /// Opens a socket at a site and says hello.
    pub async fn connect_to(&self, site: &Site) -> Result<Player, Error> {
        let mut request = site.socket().into_client_request()?;
        request.headers_mut().insert("Origin", site.origin().parse()?);
        let (socket, _) = tokio_tungstenite::client_async(request, site.connect().await?).await?;
        let (sink, stream) = socket.split();
        let mut player = Player { sink, stream, view: ClientView::default(), bytes: 0, recorded: None };
        let hello = ClientFrame::Hello {
            protocol: PROTOCOL_VERSION,
            access: self.access.clone(),
            table: self.table.clone(),
        };
        player.send(&hello).await?;
        Ok(player)
    }

    /// Opens a socket and waits for the fresh view.
    pub async fn sit_down(&self) -> Result<Player, Error> {
        self.sit_down_at(&Site::plain(self.server)).await
    }

    /// Opens a socket at a site and waits for the fresh view.
    pub async fn sit_down_at(&self, site: &Site) -> Result<Player, Error> {
        let mut player = self.connect_to(site).await?;
        player.until(|view| view.me.is_some()).await?;
        Ok(player)
    }
}

/// The origin that a page of this server has.
pub fn origin(server: SocketAddr) -> String {
    Site::plain(server).origin()
}

/// One end of a socket, and the view so far.
pub struct Player {
    sink: SplitSink<WebSocketStream<Box<dyn Stream>>, Message>,
    stream: SplitStream<WebSocketStream<Box<dyn Stream>>>,
    /// What the client knows.
    pub view: ClientView,
    /// Bytes received.
    pub bytes: u64,
    /// The frames received, as they came, once somebody wants them.
    pub recorded: Option<Vec<String>>,
}

impl Player {
    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<(), Error> {
        self.send_text(serde_json::to_string(frame)?).await
    }

    /// Sends a text as it is.
    pub async fn send_text(&mut self, text: String) -> Result<(), Error> {
        Ok(self.sink.send(Message::Text(text.into())).await?)
    }

    /// Queues a frame without flushing.
    pub async fn feed(&mut self, frame: &ClientFrame) -> Result<(), Error> {
        Ok(self.sink.feed(Message::Text(serde_json::to_string(frame)?.into())).await?)
    }

    /// Flushes what was queued.
    pub async fn flush(&mut self) -> Result<(), Error> {
        Ok(self.sink.flush().await?)
    }

    /// The next frame, which is folded into the view. Fails if nothing comes for some seconds.
    pub async fn next(&mut self) -> Result<ServerFrame, Error> {
        tokio::time::timeout(PATIENCE, self.next_whenever()).await.map_err(|_| "nothing came")?
    }

    /// The next frame, however long it takes.
    pub async fn next_whenever(&mut self) -> Result<ServerFrame, Error> {
        loop {
            let text = match self.stream.next().await.ok_or("the socket closed")?? {
                Message::Text(text) => text,
                Message::Close(frame) => return Err(format!("closed: {frame:?}").into()),
                Message::Ping(_) | Message::Pong(_) => continue,
                other => return Err(format!("unexpected {other:?}").into()),
            };
            self.bytes += u64::try_from(text.len()).unwrap_or(0);
            if let Some(recorded) = &mut self.recorded {
                recorded.push(text.to_string());
            }
            let frame: ServerFrame = serde_json::from_str(&text)?;
            if let ServerFrame::Update(update) = &frame
                && !self.view.apply(update)
            {
                return Err(format!("update {} came out of order", update.seq).into());
            }
            return Ok(frame);
        }
    }

    /// Reads frames until the view is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&ClientView) -> bool) -> Result<(), Error> {
        while !wanted(&self.view) {
            if let ServerFrame::Bye { reason } = self.next().await? {
                return Err(format!("bye: {reason:?}").into());
            }
        }
        Ok(())
    }

    /// Reads frames until the server says goodbye.
    pub async fn until_bye(&mut self) -> Result<ByeReason, Error> {
        loop {
            if let ServerFrame::Bye { reason } = self.next().await? {
                return Ok(reason);
            }
        }
    }

    /// A name for the next command.
    pub fn command_id(&self) -> String {
        // Unique per seat, over all its connections: a command sent again under its id is not done again.
        let number = COMMANDS.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number}", std::process::id())
    }

    /// Asks and waits for the answer.
    pub async fn ask(&mut self, command: Command) -> Result<Ack, Error> {
        let id = self.command_id();
        self.ask_as(&id, command).await
    }

    /// Asks under a name of the caller's choice and waits for the answer.
    pub async fn ask_as(&mut self, id: &str, command: Command) -> Result<Ack, Error> {
        self.send(&ClientFrame::Command { id: id.to_owned(), command }).await?;
        self.answer(id).await
    }

    /// Waits for the answer to a command.
    pub async fn answer(&mut self, id: &str) -> Result<Ack, Error> {
        loop {
            match self.next().await? {
                ServerFrame::Update(update) => {
                    if let Some(ack) = update.ack.filter(|ack| ack.id == id) {
                        return Ok(ack);
                    }
                }
                ServerFrame::Bye { reason } => return Err(format!("bye: {reason:?}").into()),
                ServerFrame::Waiting { .. }
                | ServerFrame::Mirrored { .. }
                | ServerFrame::MirrorEnded {}
                | ServerFrame::Drag { .. }
                | ServerFrame::Ping { .. }
                | ServerFrame::Ruler { .. } => {}
            }
        }
    }

    /// As a game master: whoever has the invite comes in without being let in.
    ///
    /// # Errors
    /// If the table says no, or the connection ends.
    pub async fn open_the_door(&mut self) -> Result<Ack, Error> {
        self.must(Command::EditTable {
            name: None,
            walk_in: Some(true),
            shared_sight: None,
            player_undo: None,
            padded_timing: None,
            paused: None,
            players_draw: None,
        })
        .await
    }

    /// Asks; a refusal is an error.
    pub async fn must(&mut self, command: Command) -> Result<Ack, Error> {
        let ack = self.ask(command).await?;
        match &ack.refused {
            None => Ok(ack),
            Some(refused) => Err(format!("refused: {} ({})", refused.code, refused.message).into()),
        }
    }
}
