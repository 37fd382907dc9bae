//! What of the log belongs into the trail.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::Fields;
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::Heard;
use crate::clock::Clock;

/// The events of `docs/logging.md` that concern security, in order.
const KEPT: [&str; 22] = [
    "account.changed",
    "certificate.got",
    "certificate.not_got",
    "command.refused",
    "http.refused",
    "page.policy_violated",
    "picture.decoder_ended",
    "secrets.reload_failed",
    "secrets.reloaded",
    "server.listening",
    "server.stopping",
    "session.began",
    "session.ended",
    "session.reused",
    "session.strengthened",
    "socket.refused",
    "store.ready",
    "store.unready",
    "table.created",
    "table.deleted",
    "table.removed",
    "table.restored",
];
/// What one field may say, in bytes.
const FIELD_BYTES_MAX: usize = 200;

/// Hears what the log tells. What it cannot pass on at once is counted and not kept.
#[derive(Debug)]
pub(crate) struct Ear {
    heard: mpsc::Sender<Heard>,
    lost: Arc<AtomicU64>,
}

impl Ear {
    pub(super) fn new(heard: mpsc::Sender<Heard>, lost: Arc<AtomicU64>) -> Self {
        Self { heard, lost }
    }
}

/// What a span knows of whom something is about.
struct About(Fields);

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Ear {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut said = Said::default();
        attributes.record(&mut said);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(About(said.fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        values.record(&mut said);
        if let Some(span) = context.span(id)
            && let Some(About(fields)) = span.extensions_mut().get_mut()
        {
            fields.extend(said.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let Some(name) = KEPT.binary_search(&&*said.message).ok().and_then(|place| KEPT.get(place)) else {
            return;
        };
        let mut fields = Fields::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(About(about)) = span.extensions().get() {
                fields.extend(about.clone());
            }
        }
        fields.extend(said.fields);
        if self.heard.try_send(Heard { at_ms: Clock.now_ms(), event: name, fields }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The fields of a span or an event.
#[derive(Default)]
struct Said {
    message: String,
    fields: Fields,
}

impl Said {
    fn say(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }

    fn say_text(&mut self, field: &Field, mut text: String) {
        if field.name() == "message" {
            self.message = text;
            return;
        }
        text.truncate(text.floor_char_boundary(FIELD_BYTES_MAX));
        self.say(field, Value::from(text));
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.say(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.say(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.say(field, Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.say_text(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.say_text(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_that_is_kept_stands_in_the_page_and_can_be_found() {
        assert!(KEPT.is_sorted());
        let page = include_str!("../../../../docs/logging.md");
        for name in KEPT {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
}
