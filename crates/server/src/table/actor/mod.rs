//! One task per table: the only owner of its state.
//!
//! Commands are decided in order against a *staged* twin of the table, a batch of them is appended in one transaction,
//! and only then do they become *live* and are told: stage, persist, tell. While an append is under way the actor keeps
//! serving ephemeral traffic from the live table and collects the next batch. If an append fails, nothing of it was
//! told; the table is loaded again from the log and each command is answered `retry`.
//!
//! Everything that can happen to a table is a [`Message`].

mod decide;
mod leaks;
mod mirrors;
mod questions;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;

use mirrors::Mirroring;
use protocol::{Ack, ByeReason, Command as WireCommand, Ghost, Refused, ServerFrame, Update};
pub(crate) use questions::Question;
use store::{Append, NewAnswer, NewEvent, StoreError};
use tabletop::audience::{Audience, Patch};
use tabletop::command::{Knock, NewScene};
use tabletop::event::{Event, Role, SeatState};
use tabletop::explore::Explorer;
use tabletop::geometry::Point;
use tabletop::id::{AccountId, AreaId, CommandId, SeatId, TableId};
use tabletop::permission::{may_drag, may_point};
use tabletop::refusal::Refusal;
use tabletop::table::{Table, Touched};
use tabletop::view::Entity;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use super::Shared;
use super::answers::{Answers, FirstAnswer};
use super::outbox::{Fleeting, Outbox, encode};
use super::wake::{Woken, load};
use crate::limits::{
    COMMANDS_PER_BATCH_MAX, CONNECTIONS_PER_ACCOUNT_MAX, EVENTS_PER_SNAPSHOT, IDLE_BEFORE_SLEEP,
};

/// Names a connection within the process.
pub(crate) type ConnectionId = u64;

/// Everything that can happen to a table.
pub(crate) enum Message {
    /// A connection of an account opens.
    Enter { connection: ConnectionId, account: AccountId, outbox: Outbox },
    /// A connection closed.
    Leave { connection: ConnectionId },
    /// A connection asks for a change.
    Submit { connection: ConnectionId, id: CommandId, command: WireCommand, turn: Turn },
    /// A connection shows what it drags.
    Drag { connection: ConnectionId, ghosts: Vec<Ghost> },
    /// A connection looks at the table as a seat, or no longer.
    Mirror { connection: ConnectionId, seat: Option<u32> },
    /// A connection points at a place.
    Ping { connection: ConnectionId, at: Point, pull: bool },
    /// A connection measures.
    Ruler { connection: ConnectionId, points: Vec<Point> },
    /// A person with a valid invite is at the door.
    Knock { knock: Knock, generation: u32, reply: oneshot::Sender<Result<SeatState, Answer>> },
    /// Another account of a seat's person comes by a one-time link.
    Device { seat: SeatId, account: AccountId, reply: oneshot::Sender<Result<SeatState, Answer>> },
    /// A game master uploaded a scene.
    Import { account: AccountId, scene: Box<NewScene>, reply: oneshot::Sender<Result<u32, Answer>> },
    /// A question that changes nothing.
    Ask(Question),
    /// The server stops: store what was decided and sleep.
    Stop,
}

/// Whether a command is within its sender's budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// It is.
    Due,
    /// It came too soon after others: it is not done, unless it was done before.
    TooSoon,
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A rule said no.
    Refused(Refusal),
    /// Not stored: try again.
    Retry,
    /// Deciding it panicked: a defect of ours.
    Defect,
}

struct Connection {
    account: AccountId,
    outbox: Outbox,
    /// `None` while the person waits to be let in.
    seat: Option<SeatId>,
    /// As which seat it looks at the table.
    mirror: Option<Mirroring>,
}

/// A request that changes the table, waiting for its turn.
enum Work {
    Command { connection: ConnectionId, seat: SeatId, id: CommandId, command: WireCommand, turn: Turn },
    Knock { knock: Knock, generation: u32, reply: oneshot::Sender<Result<SeatState, Answer>> },
    Device { seat: SeatId, account: AccountId, reply: oneshot::Sender<Result<SeatState, Answer>> },
    Import { seat: SeatId, scene: Box<NewScene>, reply: oneshot::Sender<Result<u32, Answer>> },
}

/// A request that was decided, waiting for its commit.
struct Decided {
    work: Answerable,
    events: Vec<Event>,
    stopped: bool,
    made: Option<Entity>,
    warns: Vec<AreaId>,
}

/// What an answer names, by the sender's handles. It is told once: after a restart these are others.
#[derive(Default)]
struct Told {
    made: Option<u32>,
    warns: Vec<u32>,
}

/// Who waits for the answer.
enum Answerable {
    Command { connection: ConnectionId, seat: SeatId, id: CommandId },
    Knock { account: AccountId, reply: oneshot::Sender<Result<SeatState, Answer>> },
    Import { seat: SeatId, reply: oneshot::Sender<Result<u32, Answer>> },
}

type Commit = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

pub(super) struct Actor {
    id: TableId,
    shared: Arc<Shared>,
    mailbox: mpsc::Receiver<Message>,
    live: Table,
    staged: Table,
    /// The number of the last live event.
    seq: u64,
    snapshot_seq: u64,
    lease_epoch: u64,
    audience: Audience,
    explorer: Explorer,
    connections: BTreeMap<ConnectionId, Connection>,
    waiting: VecDeque<Work>,
    in_flight: Vec<Decided>,
    answers: Answers,
    /// Set when the log could not be read after a failed append: nothing is decided until it can.
    lost_log: bool,
    /// Set when there is no such table any more.
    is_deleted: bool,
}

impl Actor {
    pub(super) fn new(
        id: TableId,
        shared: Arc<Shared>,
        mailbox: mpsc::Receiver<Message>,
        woken: Woken,
    ) -> Self {
        Self {
            id,
            shared,
            mailbox,
            staged: woken.table.clone(),
            live: woken.table,
            seq: woken.seq,
            snapshot_seq: woken.snapshot_seq,
            lease_epoch: woken.lease_epoch,
            audience: Audience::default(),
            explorer: Explorer::default(),
            connections: BTreeMap::new(),
            waiting: VecDeque::new(),
            in_flight: Vec::new(),
            answers: woken.answers,
            lost_log: false,
            is_deleted: false,
        }
    }

    pub(super) async fn run(mut self) {
        let mut commit: Option<Commit> = None;
        loop {
            if commit.is_none() {
                commit = self.start_batch().await;
            }
            if self.is_deleted {
                self.mailbox.close();
                self.shared.registry.forget_closed(self.id);
                break;
            }
            let idle = self.connections.is_empty() && self.waiting.is_empty() && commit.is_none();
            tokio::select! {
                biased;
                result = async { match commit.as_mut() { Some(commit) => commit.await, None => std::future::pending().await } } => {
                    commit = None;
                    self.finish_batch(result).await;
                }
                message = self.mailbox.recv() => match message {
                    Some(Message::Stop) | None => break,
                    Some(message) => self.receive(message),
                },
                () = tokio::time::sleep(self.shared.idle_before_sleep.unwrap_or(IDLE_BEFORE_SLEEP)), if idle => {
                    if self.shared.registry.retire(self.id, &self.mailbox) {
                        break;
                    }
                }
            }
        }
        // The registry is gone or has let go of this actor: store what was decided, then sleep.
        while !self.waiting.is_empty() || commit.is_some() {
            let result = match commit.take() {
                Some(commit) => commit.await,
                None => match self.start_batch().await {
                    Some(commit) => commit.await,
                    None => break,
                },
            };
            self.finish_batch(result).await;
        }
        let why = if self.is_deleted { ByeReason::NoTable } else { ByeReason::Unavailable };
        for connection in self.connections.values() {
            connection.outbox.end(why);
        }
        // Whoever comes a moment too late is told as well.
        self.mailbox.close();
        while let Ok(message) = self.mailbox.try_recv() {
            if let Message::Enter { outbox, .. } = message {
                outbox.end(why);
            }
        }
        if self.seq > self.snapshot_seq && !self.is_deleted {
            self.save_snapshot().await;
        }
        info!(table = %self.id, "table.asleep");
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Enter { connection, account, outbox } => self.enter(connection, account, outbox),
            Message::Leave { connection } => self.leave(connection),
            Message::Submit { connection, id, command, turn } => self.submit(connection, id, command, turn),
            Message::Drag { connection, ghosts } => self.drag(connection, &ghosts),
            Message::Mirror { connection, seat } => self.mirror(connection, seat),
            Message::Ping { connection, at, pull } => self.ping(connection, at, pull),
            Message::Ruler { connection, points } => self.ruler(connection, points),
            Message::Knock { knock, generation, reply } => {
                self.waiting.push_back(Work::Knock { knock, generation, reply });
            }
            Message::Device { seat, account, reply } => {
                self.waiting.push_back(Work::Device { seat, account, reply });
            }
            Message::Import { account, scene, reply } => match self.live.seat_of(account) {
                Some(seat) => self.waiting.push_back(Work::Import { seat: seat.seat, scene, reply }),
                None => tell_back(reply, Err(Answer::Refused(Refusal::NotSeated))),
            },
            Message::Ask(question) => self.answer(question),
            // Ends the loop before it gets here.
            Message::Stop => {}
        }
    }

    // Connections.

    fn enter(&mut self, id: ConnectionId, account: AccountId, outbox: Outbox) {
        let Some(seat) = self.live.seat_of(account).filter(|seat| seat.state != SeatState::Banned).cloned()
        else {
            outbox.end(ByeReason::NoTable);
            return;
        };
        let same_account = self.connections.values().filter(|held| held.account == account).count();
        if same_account >= CONNECTIONS_PER_ACCOUNT_MAX {
            // The oldest gives way: it may be one that has died unnoticed.
            let oldest = self.connections.iter().find(|(_, held)| held.account == account).map(|(id, _)| *id);
            if let Some(gone) = oldest.and_then(|oldest| self.connections.remove(&oldest)) {
                gone.outbox.end(ByeReason::Unavailable);
                self.forget_mirror(&gone);
            }
        }
        let mut connection = Connection { account, outbox, seat: None, mirror: None };
        self.pad(&connection, seat.role);
        match seat.state {
            SeatState::Seated => self.sit_down(&mut connection, seat.seat),
            SeatState::Knocking | SeatState::Banned => {
                let table = self.live.name().to_owned();
                connection.outbox.frame(&ServerFrame::Waiting { table, name: seat.name });
            }
        }
        self.connections.insert(id, connection);
    }

    /// Whether a stopwatch shall tell a person anything; the game master has nothing to find out.
    fn pad(&self, connection: &Connection, role: Role) {
        connection.outbox.pad(self.live.settings().padded_timing && role != Role::Gm);
    }

    fn pad_all(&self) {
        for connection in self.connections.values() {
            if let Some(seat) = self.live.seat_of(connection.account) {
                self.pad(connection, seat.role);
            }
        }
    }

    /// Gives a connection its seat and a fresh view.
    fn sit_down(&mut self, connection: &mut Connection, seat: SeatId) {
        connection.seat = Some(seat);
        if !self.connections.values().any(|held| held.seat == Some(seat)) {
            let patches = self.audience.enter(&self.live, seat);
            self.tell(patches);
        }
        if let Some(patch) = self.audience.whole(&self.live, seat) {
            connection.outbox.update(self.leaking(patch.into()));
        }
    }

    fn leave(&mut self, id: ConnectionId) {
        let Some(gone) = self.connections.remove(&id) else { return };
        self.forget_mirror(&gone);
        let Some(seat) = gone.seat else { return };
        if !self.connections.values().any(|held| held.seat == Some(seat)) {
            self.ephemerals_end(seat);
            let patches = self.audience.leave(&self.live, seat);
            self.tell(patches);
        }
    }

    /// What a departed person was showing is taken away.
    fn ephemerals_end(&mut self, seat: SeatId) {
        for (viewer, by, _) in self.audience.ghosts(&self.live, seat, &[]) {
            self.fleeting(viewer, Fleeting::Drag, by, &ServerFrame::Drag { by, ghosts: Vec::new() });
        }
        for (viewer, by, _) in self.audience.measured(&self.live, seat, &[]) {
            self.fleeting(viewer, Fleeting::Ruler, by, &ServerFrame::Ruler { by, points: Vec::new() });
        }
    }

    /// After people changed: the admitted sit down, the removed go.
    fn reseat(&mut self) {
        let ids: Vec<_> = self.connections.keys().copied().collect();
        for id in ids {
            let Some(connection) = self.connections.get(&id) else { continue };
            let seat = self.live.seat_of(connection.account);
            let (state, seat) = (seat.map(|seat| seat.state), seat.map(|seat| seat.seat));
            match state {
                Some(SeatState::Seated) if connection.seat == seat => {}
                Some(SeatState::Seated) => {
                    let Some((mut moved, seat)) = self.connections.remove(&id).zip(seat) else { continue };
                    self.sit_down(&mut moved, seat);
                    self.connections.insert(id, moved);
                }
                Some(SeatState::Knocking) => {}
                Some(SeatState::Banned) | None => {
                    connection.outbox.end(ByeReason::Removed);
                    self.leave(id);
                }
            }
        }
    }

    // Ephemeral frames: from the live table, never stored, never answered.

    fn drag(&mut self, connection: ConnectionId, ghosts: &[Ghost]) {
        let Some(by) = self.connections.get(&connection).and_then(|held| held.seat) else { return };
        let mut dragged = Vec::with_capacity(ghosts.len());
        for ghost in ghosts {
            match self.audience.resolve(by, ghost.token) {
                Some(Entity::Token(token)) if may_drag(&self.live, by, token) => {
                    dragged.push((token, Point::from(ghost.at)));
                }
                _ => return,
            }
        }
        for (viewer, from, seen) in self.audience.ghosts(&self.live, by, &dragged) {
            let ghosts = seen.into_iter().map(|(token, at)| Ghost { token, at: at.into() }).collect();
            self.fleeting(viewer, Fleeting::Drag, from, &ServerFrame::Drag { by: from, ghosts });
        }
    }

    fn ping(&mut self, connection: ConnectionId, at: Point, pull: bool) {
        let Some(by) = self.connections.get(&connection).and_then(|held| held.seat) else { return };
        if !may_point(&self.live, by, pull) {
            return;
        }
        for (viewer, from) in self.audience.pointed(&self.live, by, &[at], pull) {
            let frame = ServerFrame::Ping { by: from, at: at.into(), pull };
            self.fleeting(viewer, Fleeting::Ping, from, &frame);
        }
    }

    fn ruler(&mut self, connection: ConnectionId, points: Vec<Point>) {
        let Some(by) = self.connections.get(&connection).and_then(|held| held.seat) else { return };
        if !may_point(&self.live, by, false) {
            return;
        }
        let wire: Vec<protocol::At> = points.iter().map(|point| (*point).into()).collect();
        for (viewer, from, sees) in self.audience.measured(&self.live, by, &points) {
            let points = if sees { wire.clone() } else { Vec::new() };
            let frame = ServerFrame::Ruler { by: from, points };
            self.fleeting(viewer, Fleeting::Ruler, from, &frame);
        }
    }

    fn fleeting(&self, viewer: SeatId, kind: Fleeting, by: u32, frame: &ServerFrame) {
        let text = encode(frame);
        for connection in self.connections.values().filter(|held| held.seat == Some(viewer)) {
            connection.outbox.fleeting(kind, by, text.clone());
        }
    }

    // Commands.

    fn submit(&mut self, connection: ConnectionId, id: CommandId, command: WireCommand, turn: Turn) {
        let Some(held) = self.connections.get(&connection) else { return };
        match held.seat {
            Some(seat) => self.waiting.push_back(Work::Command { connection, seat, id, command, turn }),
            None => {
                let answer = FirstAnswer::no(&Answer::Refused(Refusal::NotSeated));
                self.ack(connection, &id, &answer, Told::default(), Patch::default());
            }
        }
    }

    /// Decides what waits and starts its commit. What needs none is answered at once.
    async fn start_batch(&mut self) -> Option<Commit> {
        if self.waiting.is_empty() {
            return None;
        }
        if self.lost_log && !self.reload().await {
            self.refuse_waiting();
            return None;
        }
        let now_ms = self.shared.clock.now_ms();
        let mut append = Append {
            table: self.id,
            lease_epoch: self.lease_epoch,
            expected_seq: self.seq,
            events: Vec::new(),
            answers: Vec::new(),
            members: Vec::new(),
        };
        while self.in_flight.len() < COMMANDS_PER_BATCH_MAX {
            let Some(work) = self.waiting.pop_front() else { break };
            let Some(mut decided) = self.decide(work, now_ms) else { continue };
            self.explorer.fold(&mut self.staged, &mut decided.events);
            for event in &decided.events {
                members(event, &self.staged, &mut append.members);
                // Events are plain structs: writing them cannot fail, and an empty text would be refused by the store.
                let payload = serde_json::to_string(event).unwrap_or_default();
                append.events.push(NewEvent { payload, at_ms: now_ms });
            }
            if let Answerable::Command { seat, id, .. } = &decided.work {
                let answer = FirstAnswer { refused: None, stopped: decided.stopped };
                let text = serde_json::to_string(&answer).unwrap_or_default();
                append.answers.push(NewAnswer { seat: *seat, command: id.clone(), answer: text });
            }
            self.in_flight.push(decided);
        }
        if self.in_flight.is_empty() {
            return None;
        }
        if append.events.is_empty() {
            // Nothing to store: nothing happened but answers.
            self.publish();
            return None;
        }
        let store = self.shared.store.clone();
        Some(Box::pin(async move { store.append(append).await }))
    }

    /// The commit ended: tell, or take everything back.
    async fn finish_batch(&mut self, result: Result<(), StoreError>) {
        match result {
            Ok(()) => {
                self.publish();
                if self.seq - self.snapshot_seq >= EVENTS_PER_SNAPSHOT {
                    self.save_snapshot().await;
                }
            }
            Err(error) => {
                warn!(table = %self.id, error = &error as &dyn std::error::Error, "table.append.failed");
                self.shared.counters.failed_appends.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                for decided in std::mem::take(&mut self.in_flight) {
                    self.retry(decided.work);
                }
                self.reload().await;
            }
        }
    }

    /// Makes the committed batch live and tells everybody, in the order of the commands.
    fn publish(&mut self) {
        let batch = std::mem::take(&mut self.in_flight);
        let (count, mut walls) = (batch.len(), false);
        for (number, decided) in (1..).zip(batch) {
            let Decided { work, events, stopped, made, warns } = decided;
            let mut touched = Touched::default();
            let (mut people, mut settings) = (false, false);
            for event in &events {
                self.live.apply(event);
                touched.by(event);
                settings |= matches!(event, Event::TableSet { .. });
                walls |= changes_walls(event);
                people |= matches!(
                    event,
                    Event::SeatAdded { .. } | Event::SeatSet { .. } | Event::SeatRemoved { .. }
                );
            }
            self.seq += u64::try_from(events.len()).unwrap_or(0);
            if walls && number == count {
                // Nothing is staged beyond this batch, so the twins are equal now.
                self.live.share_walls(&self.staged);
            }
            let by = match &work {
                Answerable::Command { seat, .. } | Answerable::Import { seat, .. } => Some(*seat),
                Answerable::Knock { .. } => None,
            };
            let mut patches =
                if events.is_empty() { Vec::new() } else { self.audience.advance(&self.live, &touched, by) };
            self.leak_frames(&events, &mut patches);
            match work {
                Answerable::Command { connection, seat, id } => {
                    let own = patches.iter().position(|(viewer, _)| *viewer == seat);
                    let own = own.map(|index| patches.remove(index).1).unwrap_or_default();
                    let handle = |entity| self.audience.handle(seat, entity);
                    let warns = warns.into_iter().filter_map(|area| handle(Entity::Area(area))).collect();
                    let told = Told { made: made.and_then(handle), warns };
                    let answer = match self.answers.get(seat, &id) {
                        Some(first) => first.clone(),
                        None => FirstAnswer { refused: None, stopped },
                    };
                    self.answers.remember(seat, id.clone(), answer.clone());
                    for (other, held) in &self.connections {
                        if held.seat == Some(seat) && *other != connection && !own.is_empty() {
                            held.outbox.update(self.leaking(own.clone().into()));
                        }
                    }
                    self.ack(connection, &id, &answer, told, own);
                    self.tell(patches);
                }
                Answerable::Import { seat, reply } => {
                    self.tell(patches);
                    let handle = made.and_then(|made| self.audience.handle(seat, made));
                    tell_back(reply, handle.ok_or(Answer::Retry));
                }
                Answerable::Knock { account, reply } => {
                    self.tell(patches);
                    let state = self.live.seat_of(account).map(|seat| seat.state);
                    tell_back(reply, state.ok_or(Answer::Refused(Refusal::Unknown)));
                }
            }
            if people {
                self.reseat();
            }
            if people || settings {
                self.pad_all();
            }
        }
    }

    /// Answers a command's connection, with what changed for it in the same frame.
    fn ack(&self, id: ConnectionId, command: &CommandId, answer: &FirstAnswer, told: Told, patch: Patch) {
        let Some(connection) = self.connections.get(&id) else { return };
        let mut update = self.leaking(Update::from(patch));
        update.ack = Some(Ack {
            id: command.as_str().to_owned(),
            refused: answer.refused.clone(),
            stopped: answer.stopped,
            made: told.made,
            warns: told.warns,
        });
        connection.outbox.update(update);
    }

    fn tell(&mut self, patches: Vec<(SeatId, Patch)>) {
        let blind = self.audience.take_blind_looks();
        self.shared.counters.blind_looks.fetch_add(blind, std::sync::atomic::Ordering::Relaxed);
        for (seat, patch) in patches {
            let update = self.leaking(Update::from(patch));
            for connection in self.connections.values().filter(|held| held.seat == Some(seat)) {
                connection.outbox.update(update.clone());
            }
        }
        self.tell_mirrors();
    }

    fn retry(&mut self, work: Answerable) {
        match work {
            Answerable::Command { connection, id, .. } => {
                self.ack(
                    connection,
                    &id,
                    &FirstAnswer::no(&Answer::Retry),
                    Told::default(),
                    Patch::default(),
                );
            }
            Answerable::Knock { reply, .. } => tell_back(reply, Err(Answer::Retry)),
            Answerable::Import { reply, .. } => tell_back(reply, Err(Answer::Retry)),
        }
    }

    fn refuse_waiting(&mut self) {
        for work in std::mem::take(&mut self.waiting) {
            let answerable = match work {
                Work::Command { connection, seat, id, .. } => Answerable::Command { connection, seat, id },
                Work::Knock { knock, reply, .. } => Answerable::Knock { account: knock.account, reply },
                Work::Device { account, reply, .. } => Answerable::Knock { account, reply },
                Work::Import { seat, reply, .. } => Answerable::Import { seat, reply },
            };
            self.retry(answerable);
        }
    }

    /// Loads the table again from the log, which alone knows whether a failed append took place.
    async fn reload(&mut self) -> bool {
        match load(&self.shared, self.id).await {
            Ok(Some(woken)) => {
                let changed = woken.seq != self.seq;
                self.staged = woken.table.clone();
                self.live = woken.table;
                self.seq = woken.seq;
                self.snapshot_seq = woken.snapshot_seq;
                self.lease_epoch = woken.lease_epoch;
                self.answers = woken.answers;
                self.lost_log = false;
                self.explorer.clear();
                if changed {
                    self.tell_anew();
                }
                true
            }
            lost => {
                if let Err(error) = &lost
                    && !self.lost_log
                {
                    // Once: it is tried again before each batch.
                    error!(table = %self.id, error = error as &dyn std::error::Error, "table.wake.failed");
                }
                // Somebody else deleted it.
                self.is_deleted |= matches!(lost, Ok(None));
                self.staged = self.live.clone();
                self.explorer.clear();
                self.lost_log = true;
                false
            }
        }
    }

    /// Gives everybody a fresh view.
    fn tell_anew(&mut self) {
        self.audience.renew(&self.live);
        let seats: std::collections::BTreeSet<_> =
            self.connections.values().filter_map(|held| held.seat).collect();
        for seat in seats {
            if let Some(patch) = self.audience.whole(&self.live, seat) {
                self.tell(vec![(seat, patch)]);
            }
        }
        self.reseat();
        self.pad_all();
    }

    async fn save_snapshot(&mut self) {
        let payload = serde_json::to_vec(&self.live.snapshot()).unwrap_or_default();
        match self.shared.store.save_snapshot(self.id, self.seq, payload).await {
            Ok(()) => self.snapshot_seq = self.seq,
            Err(error) => {
                warn!(table = %self.id, error = &error as &dyn std::error::Error, "table.snapshot.failed");
            }
        }
    }
}

/// Whether the twins' walls are others after an event, each with its own.
fn changes_walls(event: &Event) -> bool {
    matches!(
        event,
        Event::SceneAdded { .. }
            | Event::SceneSet { .. }
            | Event::WallsAdded { .. }
            | Event::WallsRemoved { .. }
            | Event::PortalAdded { .. }
            | Event::PortalRemoved { .. }
            | Event::BuiltReset { .. }
    )
}

/// Answers a request of the HTTP interface; one that has given up no longer waits for it.
fn tell_back<T>(reply: oneshot::Sender<T>, answer: T) {
    let _gone = reply.send(answer).is_err();
}

impl FirstAnswer {
    /// Its sender was too fast. Not remembered: the same command may be sent again.
    fn too_soon() -> Self {
        let message = "that was too fast and is not done; please wait a moment".to_owned();
        Self { refused: Some(Refused { code: "too_fast".to_owned(), message }), stopped: false }
    }

    /// Why not, on the wire.
    fn no(answer: &Answer) -> Self {
        let (code, message) = match answer {
            Answer::Refused(refusal) => (refusal.code(), refusal.to_string()),
            Answer::Retry => ("retry", "not saved; please try again".to_owned()),
            Answer::Defect => {
                ("internal", "something went wrong on the server; nothing was changed".to_owned())
            }
        };
        Self { refused: Some(Refused { code: code.to_owned(), message }), stopped: false }
    }
}

/// What an event changes in the index of who belongs to which table.
fn members(event: &Event, table: &Table, changes: &mut Vec<store::MemberChange>) {
    match event {
        Event::SeatAdded { .. } | Event::SeatSet { .. } | Event::SeatRemoved { .. } => {
            let seats = table.seats().filter(|seat| seat.state != SeatState::Banned);
            let members = seats.flat_map(|seat| seat.accounts.iter().map(|account| (*account, seat.role)));
            changes.clear();
            changes.push(store::MemberChange::Replace(
                members.map(|(account, role)| (account, role_word(role))).collect(),
            ));
        }
        _ => {}
    }
}

fn role_word(role: Role) -> String {
    match role {
        Role::Gm => "gm",
        Role::Player => "player",
        Role::Spectator => "spectator",
    }
    .to_owned()
}
