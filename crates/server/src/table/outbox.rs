//! What waits for one connection: bounded, and the only thing a slow client costs.
//!
//! Updates keep their order. Ephemeral frames (drags, rulers, pings) stand in line too, until the client falls behind:
//! then the latest of each replaces the one before that has not left yet. On overflow the connection is dropped; it
//! resumes from a fresh view.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use protocol::{ByeReason, Handle, ServerFrame, Update};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_FRAMES_IN_LINE, OUTBOX_FRAMES_MAX, PADDED_TICK};

/// The table's end and the socket's end of a connection's queue.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    ready: Notify,
    /// From where ticks are counted.
    began: Instant,
    is_padded: AtomicBool,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Utf8Bytes>,
    /// By kind and by whose it is.
    ephemeral: BTreeMap<(Fleeting, Handle), Utf8Bytes>,
    bytes: usize,
    /// Updates so far.
    seq: u32,
    end: Option<End>,
}

/// Kinds of frames of which only the latest matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fleeting {
    Drag,
    Ruler,
    Ping,
}

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// With a word to the client.
    Bye(ByeReason),
    /// The client is too slow to be told.
    Overflow,
}

/// What the socket is to send next.
pub(crate) enum Next {
    Frames(Vec<Utf8Bytes>),
    End(End),
}

impl Outbox {
    pub(crate) fn new() -> Self {
        let (queue, ready) = (Mutex::default(), Notify::new());
        let is_padded = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { queue, ready, began: Instant::now(), is_padded }) }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an update under this connection's next number.
    pub(crate) fn update(&self, mut update: Update) {
        let mut queue = self.queue();
        queue.seq += 1;
        update.seq = queue.seq;
        let frame = encode(&ServerFrame::Update(Box::new(update)));
        queue.push(frame);
        drop(queue);
        self.shared.ready.notify_one();
    }

    /// Queues a frame that keeps its place.
    pub(crate) fn frame(&self, frame: &ServerFrame) {
        self.queue().push(encode(frame));
        self.shared.ready.notify_one();
    }

    /// Queues a frame that the next of its kind replaces.
    pub(crate) fn fleeting(&self, kind: Fleeting, by: Handle, frame: Utf8Bytes) {
        let mut queue = self.queue();
        let behind = queue.frames.len() >= OUTBOX_FRAMES_IN_LINE || queue.ephemeral.contains_key(&(kind, by));
        if behind {
            queue.ephemeral.insert((kind, by), frame);
        } else {
            queue.push(frame);
        }
        drop(queue);
        self.shared.ready.notify_one();
    }

    /// From now on what is queued leaves at fixed ticks only, or at once again. When a frame leaves then tells nothing of
    /// what else the table had to do.
    pub(crate) fn pad(&self, is_padded: bool) {
        self.shared.is_padded.store(is_padded, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn is_padded(&self) -> bool {
        self.shared.is_padded.load(Ordering::Relaxed)
    }

    /// Ends the connection after what is queued.
    pub(crate) fn end(&self, reason: ByeReason) {
        self.queue().end.get_or_insert(End::Bye(reason));
        self.shared.ready.notify_one();
    }

    /// Waits for what to send next. Nothing is lost if the wait is broken off.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if self.shared.is_padded.load(Ordering::Relaxed) {
                // Always, not only when something waits: a frame that comes at a tick does not leave with it.
                tokio::time::sleep_until(self.shared.began + tick_after(self.shared.began.elapsed())).await;
            }
            if let Some(next) = self.queue().take() {
                return next;
            }
            self.shared.ready.notified().await;
        }
    }
}

/// The first tick later than a time, both counted from the same beginning.
fn tick_after(time: Duration) -> Duration {
    let ticks = time.as_nanos() / PADDED_TICK.as_nanos() + 1;
    PADDED_TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

impl Queue {
    fn push(&mut self, frame: Utf8Bytes) {
        if self.end == Some(End::Overflow) {
            return;
        }
        self.bytes += frame.len();
        self.frames.push_back(frame);
        if self.frames.len() > OUTBOX_FRAMES_MAX || self.bytes > OUTBOX_BYTES_MAX {
            self.frames.clear();
            self.ephemeral.clear();
            self.end = Some(End::Overflow);
        }
    }

    fn take(&mut self) -> Option<Next> {
        if self.frames.is_empty() && self.ephemeral.is_empty() {
            return self.end.map(Next::End);
        }
        self.bytes = 0;
        let mut frames: Vec<_> = self.frames.drain(..).collect();
        frames.extend(std::mem::take(&mut self.ephemeral).into_values());
        Some(Next::Frames(frames))
    }
}

/// A frame as text.
pub(crate) fn encode(frame: &ServerFrame) -> Utf8Bytes {
    // Plain structs of numbers and strings: writing them cannot fail.
    serde_json::to_string(frame).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn drag(by: Handle, x: i32) -> Utf8Bytes {
        let at = protocol::At::try_from((x, 0)).unwrap();
        encode(&ServerFrame::Drag { by, ghosts: vec![protocol::Ghost { token: 1, at }] })
    }

    async fn drained(outbox: &Outbox) -> Vec<String> {
        match outbox.next().await {
            Next::Frames(frames) => frames.iter().map(|frame| frame.to_string()).collect(),
            Next::End(end) => vec![format!("{end:?}")],
        }
    }

    #[tokio::test]
    async fn a_client_that_falls_behind_gets_only_the_latest_drag_of_each_person() {
        let outbox = Outbox::new();
        for x in 0..1_000 {
            outbox.fleeting(Fleeting::Drag, 1, drag(1, x));
            outbox.fleeting(Fleeting::Drag, 2, drag(2, x));
        }
        let frames = drained(&outbox).await;
        assert_eq!(frames.len(), OUTBOX_FRAMES_IN_LINE + 2);
        assert_eq!(frames[OUTBOX_FRAMES_IN_LINE..], [drag(1, 999).to_string(), drag(2, 999).to_string()]);
    }

    #[tokio::test]
    async fn updates_are_numbered_and_keep_their_order() {
        let outbox = Outbox::new();
        outbox.update(Update::default());
        outbox.fleeting(Fleeting::Drag, 1, drag(1, 7));
        outbox.update(Update::default());
        let frames = drained(&outbox).await;
        assert!(
            frames[0].contains("\"seq\":1") && frames[1].contains("drag") && frames[2].contains("\"seq\":2")
        );
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_dropped_and_costs_no_more() {
        let outbox = Outbox::new();
        for _ in 0..=OUTBOX_FRAMES_MAX {
            outbox.update(Update::default());
        }
        outbox.update(Update::default());
        assert_eq!(drained(&outbox).await, ["Overflow"]);
        assert_eq!(outbox.queue().frames.len(), 0);
    }

    #[test]
    fn a_tick_comes_after_whatever_happened_before_it() {
        let ms = Duration::from_millis;
        let times = [0, 1, 99, 100, 101, 4_321];
        assert_eq!(times.map(|time| tick_after(ms(time))), [100, 100, 100, 200, 200, 4_400].map(ms));
    }

    #[tokio::test]
    async fn padded_frames_leave_at_a_tick_and_others_at_once() {
        let outbox = Outbox::new();
        outbox.update(Update::default());
        outbox.pad(true);
        let (before, mut waiting) = (outbox.shared.began.elapsed(), Box::pin(outbox.next()));
        assert!((&mut waiting).now_or_never().is_none(), "it left before its tick");
        outbox.update(Update::default());
        let Next::Frames(frames) = waiting.await else { panic!("no frames") };
        assert_eq!(frames.len(), 2, "what comes before a tick leaves with it, in one");
        assert!(outbox.shared.began.elapsed() >= tick_after(before));
        // A wait that is broken off loses nothing.
        outbox.update(Update::default());
        assert!(outbox.next().now_or_never().is_none());
        outbox.pad(false);
        assert!(matches!(outbox.next().now_or_never(), Some(Next::Frames(frames)) if frames.len() == 1));
    }

    #[tokio::test]
    async fn goodbye_comes_after_what_was_queued() {
        let outbox = Outbox::new();
        outbox.update(Update::default());
        outbox.end(ByeReason::Removed);
        assert!(drained(&outbox).await[0].contains("update"));
        assert_eq!(drained(&outbox).await, ["Bye(Removed)"]);
    }
}
