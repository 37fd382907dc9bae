//! How often the log told each of its events: what an alert looks for has one name in both.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The events of `docs/logging.md` that are told at level `info` or above, in order. Refusals have a budget in the log, and
/// are counted where they are decided.
const EVENTS: [&str; 48] = [
    "account.changed",
    "audit.broken",
    "audit.checkpoint",
    "audit.failed",
    "audit.lost",
    "audit.shorten.failed",
    "audit.shortened",
    "certificate.got",
    "certificate.not_got",
    "certificate.not_kept",
    "heavy.priority",
    "http.failed",
    "mail.again",
    "mail.failed",
    "mail.queue.full",
    "mail.sent",
    "notice.failed",
    "page.policy_violated",
    "password.rehash.failed",
    "picture.decoder_ended",
    "records.forget.failed",
    "records.forgotten",
    "reset.failed",
    "seat.bring.failed",
    "secrets.reload_failed",
    "secrets.reloaded",
    "server.listening",
    "server.stopped",
    "server.stopping",
    "session.began",
    "session.ended",
    "session.reused",
    "session.strengthened",
    "sessions.refresh.failed",
    "store.ready",
    "store.unready",
    "table.append.failed",
    "table.asleep",
    "table.awake",
    "table.created",
    "table.decide.panicked",
    "table.deleted",
    "table.remove.failed",
    "table.removed",
    "table.restored",
    "table.snapshot.failed",
    "table.snapshot.unreadable",
    "table.wake.failed",
];

/// Counts the events that pass by. Each has its place from the start, so that the first is an increase.
#[derive(Clone)]
pub(crate) struct Tally(Arc<[AtomicU64]>);

impl Default for Tally {
    fn default() -> Self {
        Self(EVENTS.iter().map(|_| AtomicU64::new(0)).collect())
    }
}

impl Tally {
    /// Each event with how often it was told, in the order of their names.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        EVENTS.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

impl<S: Subscriber> Layer<S> for Tally {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut name = Name(String::new());
        event.record(&mut name);
        if let Some(count) = EVENTS.binary_search(&&*name.0).ok().and_then(|place| self.0.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The message of an event.
struct Name(String);

impl Visit for Name {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tracing::{info, warn};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn what_is_told_is_counted_by_its_name_and_nothing_else_is() {
        let tally = Tally::default();
        let subscriber = tracing_subscriber::registry().with(tally.clone());
        tracing::subscriber::with_default(subscriber, || {
            warn!("session.reused");
            warn!(account = "session.ended", "session.reused");
            info!("not an event of ours");
        });
        let told: Vec<_> = tally.counts().filter(|(_, count)| *count > 0).collect();
        assert_eq!(told, [("session.reused", 2)]);
    }

    #[test]
    fn each_event_of_the_page_is_counted() {
        let page = include_str!("../../../docs/logging.md");
        let names = page.split_once("## Names in use").unwrap().1;
        let mut told = BTreeSet::new();
        for row in names.lines().filter(|row| row.starts_with("| `")) {
            let mut cells = row.split('|').skip(1);
            let (names, levels) = (cells.next().unwrap(), cells.next().unwrap());
            if levels.trim() != "debug" && !names.contains(".refused`") {
                told.extend(names.split('`').skip(1).step_by(2));
            }
        }
        assert_eq!(told.into_iter().collect::<Vec<_>>(), EVENTS);
    }
}
