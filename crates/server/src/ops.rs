//! The ops listener: alive, ready, figures. Never on the public port.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;
use tracing::{error, info};

use crate::app::App;
use crate::limits::READY_TIMEOUT;
use crate::tally::Tally;

#[derive(Clone)]
struct Ops {
    app: Arc<App>,
    tally: Tally,
    started_s: u64,
    stopped: watch::Receiver<bool>,
    /// Whether something could be stored when it was asked last.
    stored_last: Arc<AtomicBool>,
}

pub(crate) fn router(app: Arc<App>, tally: Tally, stopped: watch::Receiver<bool>) -> Router {
    let started_s = app.tables.clock.now_ms() / 1000;
    Router::new()
        .route("/live", get(|| async { "alive\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Ops { app, tally, started_s, stopped, stored_last: Arc::new(AtomicBool::new(true)) })
}

/// Ready while something can be stored and the server is not stopping.
async fn ready(State(ops): State<Ops>) -> Response {
    let stopping = *ops.stopped.borrow();
    if !stopping && ops.can_store().await {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

impl Ops {
    /// Whoever asks does so every few seconds: only a change is worth a line.
    async fn can_store(&self) -> bool {
        let proven = match tokio::time::timeout(READY_TIMEOUT, self.app.tables.store.ping()).await {
            Ok(proven) => proven.map_err(|error| Box::new(error) as Box<dyn Error + Send + Sync>),
            Err(late) => Err(late.into()),
        };
        let could = self.stored_last.swap(proven.is_ok(), Ordering::Relaxed);
        match &proven {
            Err(error) if could => error!(error = &**error as &(dyn Error + 'static), "store.unready"),
            Ok(()) if !could => info!("store.ready"),
            Ok(()) | Err(_) => {}
        }
        proven.is_ok()
    }
}

/// Figures in the Prometheus text format, version 0.0.4.
async fn metrics(State(ops): State<Ops>) -> Response {
    let counters = &ops.app.tables.counters;
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let awake = u64::try_from(ops.app.tables.registry.awake_count()).unwrap_or(u64::MAX);
    let rows = [
        ("process_start_time_seconds", "gauge", "When the server started.", ops.started_s),
        ("wardlight_connections", "gauge", "Open sockets.", read(&counters.connections)),
        ("wardlight_tables_awake", "gauge", "Tables in memory.", awake),
        ("wardlight_frames_received_total", "counter", "Frames from clients.", read(&counters.frames_in)),
        (
            "wardlight_frames_refused_total",
            "counter",
            "Frames not understood.",
            read(&counters.frames_refused),
        ),
        (
            "wardlight_frames_too_soon_total",
            "counter",
            "Frames beyond their sender's budget.",
            read(&counters.frames_too_soon),
        ),
        ("wardlight_appends_failed_total", "counter", "Batches not stored.", read(&counters.failed_appends)),
        (
            "wardlight_decisions_panicked_total",
            "counter",
            "Requests that met a defect of the server.",
            read(&counters.decisions_panicked),
        ),
        (
            "wardlight_tables_quarantined_total",
            "counter",
            "Tables not loaded.",
            read(&counters.tables_quarantined),
        ),
        (
            "wardlight_blind_looks_total",
            "counter",
            "Looks at scenes whose walls could not be used: nothing was shown.",
            read(&counters.blind_looks),
        ),
        (
            "wardlight_policy_violations_total",
            "counter",
            "Reports of pages that broke the content security policy.",
            read(&counters.policy_violations),
        ),
    ];
    let mut text = String::new();
    for (name, kind, help, value) in rows {
        head(&mut text, name, kind, help);
        text.push_str(&format!("{name} {value}\n"));
    }
    head(&mut text, "wardlight_build_info", "gauge", "Which version this is.");
    text.push_str(concat!("wardlight_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n"));
    head(
        &mut text,
        "wardlight_log_events_total",
        "counter",
        "Lines that the log told, by name; no refusals.",
    );
    for (event, count) in ops.tally.counts() {
        text.push_str(&format!("wardlight_log_events_total{{event=\"{event}\"}} {count}\n"));
    }
    head(
        &mut text,
        "wardlight_refusals_total",
        "counter",
        "What was refused, also where the log left it out.",
    );
    for (by, reason, count) in ops.app.tables.security.refusals() {
        text.push_str(&format!("wardlight_refusals_total{{by=\"{by}\",reason=\"{reason}\"}} {count}\n"));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
}
