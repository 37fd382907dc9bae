//! One WebSocket: first-frame authentication, limits, and the two directions.
//!
//! No cookie is read here and the upgrade tells nothing: a page of another site has nothing to ride on. What a
//! connection may do is decided by the table's actor for each frame.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream::SplitStream;
use futures_util::{Sink, SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{ByeReason, ClientFrame, DecodeError, FRAME_BYTES_MAX, PROTOCOL_VERSION, ServerFrame};
use tabletop::id::{CommandId, TableId};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message as Frame, Utf8Bytes};
use tracing::{Instrument, Span, debug, field};

use crate::app::App;
use crate::bucket::Rate;
use crate::clock::Clock;
use crate::frames::{Metered, TooFast};
use crate::http::Peer;
use crate::http::problem::Problem;
use crate::limits::{FRAMES_BURST_MAX, HELLO_TIMEOUT, SILENCE_MAX, SOCKET_BUFFER_BYTES};
use crate::pace::{Kind, Pace};
use crate::rate_limits::Place;
use crate::security;
use crate::sessions::Access;
use crate::table::{End, Message, Next, Outbox, ReachError, Turn};

/// A socket of which every frame is counted.
pub(crate) type Socket = WebSocketStream<Metered<TokioIo<Upgraded>>>;

/// `GET /api/v1/socket`.
pub(crate) async fn upgrade(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    request: Request,
) -> Result<Response, Problem> {
    let asked = Asked::of(request)?;
    app.origins.check(asked.request.headers())?;
    let place = app.rates.stranger(peer.ip())?;
    let span = security::span_of_socket(&app, peer.ip());
    let (per_second, clock) = (app.frames_per_second, app.tables.clock);
    Ok(asked.open(per_second, clock, move |socket| serve(app, socket, place).instrument(span)))
}

/// A request for a socket.
pub(crate) struct Asked {
    request: Request,
    answer: Response,
}

impl Asked {
    pub(crate) fn of(request: Request) -> Result<Self, Problem> {
        let answer = create_response_with_body(&request, Body::empty)
            .map_err(|_| Problem::BadRequest("This address is for WebSockets of version 13.".to_owned()))?;
        Ok(Self { request, answer })
    }

    /// Opens it once the answer has left. So many frames may come a second: the pieces of a message count, and those without
    /// words too.
    pub(crate) fn open<Served>(
        mut self,
        frames_per_second: u32,
        clock: Clock,
        serve: impl FnOnce(Socket) -> Served + Send + 'static,
    ) -> Response
    where
        Served: Future<Output = ()> + Send,
    {
        let per_second = f64::from(frames_per_second);
        let rate = Rate::new(per_second, per_second.max(f64::from(FRAMES_BURST_MAX)));
        let upgraded = hyper::upgrade::on(&mut self.request);
        tokio::spawn(async move {
            match upgraded.await {
                Ok(upgraded) => {
                    let metered = Metered::new(TokioIo::new(upgraded), rate, clock);
                    serve(WebSocketStream::from_raw_socket(metered, Role::Server, Some(bounds())).await)
                        .await;
                }
                Err(error) => debug!(error = &error as &dyn std::error::Error, "socket.broken"),
            }
        });
        self.answer
    }
}

fn bounds() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(SOCKET_BUFFER_BYTES)
}

async fn serve(app: Arc<App>, socket: Socket, place: Place) {
    let (mut sink, mut stream) = socket.split();
    let (access, table) = match timeout(HELLO_TIMEOUT, hello(&app, &mut stream)).await {
        Ok(Ok(greeted)) => greeted,
        Ok(Err(reason)) => {
            app.tables.security.socket_ended(reason, app.tables.clock.now_ms());
            return close(&mut sink, reason).await;
        }
        Err(_) => return close(&mut sink, ByeReason::TooSlow).await,
    };
    drop(place);
    let account = access.account;
    security::about(account);
    Span::current().record("table", field::display(table));
    let actor = match app.tables.reach(table).await {
        Ok(actor) => actor,
        Err(ReachError::NoTable) => return close(&mut sink, ByeReason::NoTable).await,
        Err(ReachError::Unavailable) => return close(&mut sink, ByeReason::Unavailable).await,
    };
    let connection = app.next_connection.fetch_add(1, Ordering::Relaxed);
    app.tables.counters.connections.fetch_add(1, Ordering::Relaxed);
    let outbox = Outbox::new();
    let entered = actor.send(Message::Enter { connection, account, outbox: outbox.clone() }).await;
    if entered.is_ok() {
        let writer = tokio::spawn(write(sink, outbox.clone(), app.ping_interval));
        let pace = app.rates.pace(account, app.tables.clock.now_ms());
        let reader = Reader { app: &app, actor: &actor, connection, access, pace };
        let reason = reader.read(&mut stream, &writer).await;
        if let Some(reason) = reason {
            app.tables.security.socket_ended(reason, app.tables.clock.now_ms());
            outbox.end(reason);
            // The writer says goodbye; a client that does not listen does not hold it for ever.
            drop(timeout(Duration::from_secs(2), writer).await);
        } else {
            writer.abort();
        }
        drop(actor.send(Message::Leave { connection }).await);
    } else {
        close(&mut sink, ByeReason::Unavailable).await;
    }
    app.tables.counters.connections.fetch_sub(1, Ordering::Relaxed);
}

/// The first frame: protocol, access JWT, table.
async fn hello(app: &App, stream: &mut SplitStream<Socket>) -> Result<(Access, TableId), ByeReason> {
    loop {
        let text = match stream.next().await {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(Frame::Binary(_) | Frame::Close(_) | Frame::Frame(_))) | None => {
                return Err(ByeReason::Malformed);
            }
        };
        let Ok(ClientFrame::Hello { protocol, access, table }) = protocol::decode(&text) else {
            return Err(ByeReason::Malformed);
        };
        if protocol != PROTOCOL_VERSION {
            return Err(ByeReason::Outdated);
        }
        let access = app.access(&access).map_err(|_| ByeReason::SignedOut)?;
        let table = table.parse().map_err(|_| ByeReason::NoTable)?;
        return Ok((access, table));
    }
}

struct Reader<'a> {
    app: &'a App,
    actor: &'a mpsc::Sender<Message>,
    connection: u64,
    access: Access,
    pace: Arc<Pace>,
}

impl Reader<'_> {
    /// Reads until the connection ends; gives the reason if the server ends it.
    async fn read(
        mut self,
        stream: &mut SplitStream<Socket>,
        writer: &tokio::task::JoinHandle<()>,
    ) -> Option<ByeReason> {
        let mut heard = Instant::now();
        let old = heard + life(self.app.socket_life, self.connection);
        let mut beat = tokio::time::interval(Duration::from_secs(1));
        let mut ended = self.app.ended.notice();
        loop {
            let frame = tokio::select! {
                frame = stream.next() => frame,
                Ok(()) = ended.changed() => {
                    if self.app.ended.contains(&self.access.session) {
                        return Some(ByeReason::SignedOut);
                    }
                    continue;
                }
                _ = beat.tick() => {
                    if writer.is_finished() || heard.elapsed() > SILENCE_MAX {
                        return None;
                    }
                    if Instant::now() > old {
                        return Some(ByeReason::Aged);
                    }
                    let is_over = self.app.tables.clock.now_s() > self.access.expires_s + 5;
                    if is_over || self.app.ended.contains(&self.access.session) {
                        return Some(ByeReason::SignedOut);
                    }
                    continue;
                }
            };
            heard = Instant::now();
            match frame {
                Some(Ok(Frame::Text(text))) => {
                    if let Err(reason) = self.receive(&text).await {
                        return Some(reason);
                    }
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                Some(Ok(Frame::Binary(_) | Frame::Frame(_))) => return Some(ByeReason::Malformed),
                Some(Err(error)) => return Some(broken(&error)),
                Some(Ok(Frame::Close(_))) | None => return None,
            }
        }
    }

    async fn receive(&mut self, text: &str) -> Result<(), ByeReason> {
        if self.app.ended.contains(&self.access.session) {
            return Err(ByeReason::SignedOut);
        }
        let counters = &self.app.tables.counters;
        counters.frames_in.fetch_add(1, Ordering::Relaxed);
        let frame = protocol::decode(text).map_err(|error| {
            counters.frames_refused.fetch_add(1, Ordering::Relaxed);
            match error {
                DecodeError::TooLarge => ByeReason::TooLarge,
                DecodeError::TooDeep | DecodeError::Malformed(_) => ByeReason::Malformed,
            }
        })?;
        let connection = self.connection;
        let turn =
            match Kind::of(&frame).filter(|kind| !self.pace.spend(*kind, self.app.tables.clock.now_ms())) {
                None => Turn::Due,
                Some(kind) => {
                    counters.frames_too_soon.fetch_add(1, Ordering::Relaxed);
                    if kind == Kind::Fleeting {
                        return Ok(());
                    }
                    Turn::TooSoon
                }
            };
        let message = match frame {
            ClientFrame::Hello { .. } => return Err(ByeReason::Malformed),
            ClientFrame::Renew { access } => return self.renew(&access),
            ClientFrame::Command { id, command } => {
                let id = CommandId::parse(&id).map_err(|_| ByeReason::Malformed)?;
                Message::Submit { connection, id, command, turn }
            }
            ClientFrame::Drag { ghosts } => Message::Drag { connection, ghosts },
            ClientFrame::Mirror { seat } => Message::Mirror { connection, seat },
            ClientFrame::Ping { at, pull } => Message::Ping { connection, at: at.into(), pull },
            ClientFrame::Ruler { points } => {
                Message::Ruler { connection, points: points.into_iter().map(Into::into).collect() }
            }
        };
        self.actor.send(message).await.map_err(|_| ByeReason::Unavailable)
    }

    fn renew(&mut self, access: &str) -> Result<(), ByeReason> {
        let access = self.app.access(access).map_err(|_| ByeReason::SignedOut)?;
        if access.account != self.access.account {
            return Err(ByeReason::SignedOut);
        }
        self.access = access;
        Ok(())
    }
}

/// Why nothing more can be read.
fn broken(error: &SocketError) -> ByeReason {
    if let SocketError::Io(error) = error
        && error.get_ref().is_some_and(|why| why.is::<TooFast>())
    {
        return ByeReason::TooFast;
    }
    debug!(error = error as &dyn std::error::Error, "socket.broken");
    ByeReason::Malformed
}

/// Sends what the outbox holds: everything that waits, then one flush. A ping goes out in each interval however busy the
/// table is: whoever only watches is heard by the answer.
async fn write(mut sink: impl Sink<Frame> + Unpin, outbox: Outbox, ping_interval: Duration) {
    let mut beat = tokio::time::interval_at(Instant::now() + ping_interval, ping_interval);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Nothing is lost when the wait for the outbox is broken off.
        let next = tokio::select! {
            biased;
            _ = beat.tick() => {
                if sink.send(Frame::Ping(bytes::Bytes::new())).await.is_err() {
                    return;
                }
                continue;
            }
            next = outbox.next() => next,
        };
        match next {
            Next::Frames(frames) => {
                for frame in frames {
                    if sink.feed(Frame::Text(frame)).await.is_err() {
                        return;
                    }
                }
                if sink.flush().await.is_err() {
                    return;
                }
            }
            Next::End(End::Bye(reason)) => return close(&mut sink, reason).await,
            Next::End(End::Overflow) => return,
        }
    }
}

async fn close(sink: &mut (impl Sink<Frame> + Unpin), reason: ByeReason) {
    let bye = serde_json::to_string(&ServerFrame::Bye { reason }).unwrap_or_default();
    let word = serde_json::to_value(reason).ok().and_then(|word| word.as_str().map(str::to_owned));
    let code = CloseCode::from(reason.close_code());
    let close = CloseFrame { code, reason: Utf8Bytes::from(word.unwrap_or_default()) };
    // Whether the client still listens is its own affair.
    drop(sink.send(Frame::Text(bye.into())).await);
    drop(sink.send(Frame::Close(Some(close))).await);
}

/// How old a connection gets: those that came together do not all leave together.
fn life(most: Duration, connection: u64) -> Duration {
    let part = (connection % 64) as u32;
    most - most / 12 * part / 64
}

#[cfg(test)]
mod tests {
    use protocol::Update;

    use super::*;

    #[tokio::test]
    async fn whoever_only_watches_a_busy_table_is_pinged() {
        let (sent, mut told) = mpsc::unbounded_channel();
        let sink = futures_util::sink::unfold(sent, async |sent, frame: Frame| {
            sent.send(matches!(frame, Frame::Ping(_))).map(|()| sent)
        });
        let outbox = Outbox::new();
        let writer = tokio::spawn(write(Box::pin(sink), outbox.clone(), Duration::from_millis(200)));
        // Something happens far more often than a ping is due, for ten times as long.
        let mut pings = 0;
        for _ in 0..400 {
            outbox.update(Update::default());
            tokio::time::sleep(Duration::from_millis(5)).await;
            while let Ok(is_ping) = told.try_recv() {
                pings += u32::from(is_ping);
            }
        }
        assert!(pings > 0, "no ping among the frames");
        outbox.end(ByeReason::Removed);
        writer.await.unwrap();
    }
}
