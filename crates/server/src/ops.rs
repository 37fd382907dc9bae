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

#[derive(Clone)]
struct Ops {
    app: Arc<App>,
    stopped: watch::Receiver<bool>,
    /// Whether something could be stored when it was asked last.
    stored_last: Arc<AtomicBool>,
}

pub(crate) fn router(app: Arc<App>, stopped: watch::Receiver<bool>) -> Router {
    Router::new()
        .route("/live", get(|| async { "alive\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Ops { app, stopped, stored_last: Arc::new(AtomicBool::new(true)) })
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
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
