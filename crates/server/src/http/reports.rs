//! What browsers report of pages that broke the content security policy: counted, and logged without what a peer wrote.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;
use super::reading::media_type;
use super::take::{Body, Peer};
use super::violations;
use crate::app::App;
use crate::rate_limits::Attempt;

/// A report as the Reporting API sends it, in a list: `application/reports+json`. The older `application/csp-report` holds one
/// violation as `csp-report`.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the description of what is read by hand, since browsers write one thing in several ways"
)]
pub(crate) struct Report {
    /// `csp-violation`; others are not counted.
    r#type: String,
    body: Violation,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
struct Violation {
    /// The directive that was broken.
    #[schema(rename = "effectiveDirective")]
    effective_directive: Option<String>,
}

/// Takes reports. Pages of ours send them, in the background and without being asked.
#[utoipa::path(
    post,
    path = "/reports",
    tag = "reports",
    request_body(content = Vec<Report>, content_type = "application/reports+json"),
    responses(
        (status = 204, description = "Counted"),
    )
)]
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    app.rates.attempt(Attempt::Report, peer.ip(), app.tables.clock.now_ms())?;
    let unclear = || Problem::BadRequest("The body is not a report.".to_owned());
    let body: Value = serde_json::from_slice(&body).map_err(|_| unclear())?;
    let directives = match media_type(&headers) {
        "application/reports+json" => violations::of_reports(&body).ok_or_else(unclear)?,
        "application/csp-report" => {
            vec![body.get("csp-report").and_then(violations::directive).ok_or_else(unclear)?]
        }
        _ => return Err(Problem::BadRequest("Content-Type must be that of a report.".to_owned())),
    };
    for directive in directives {
        app.tables.counters.policy_violations.fetch_add(1, Ordering::Relaxed);
        app.tables.security.policy_violated(directive, app.tables.clock.now_ms());
    }
    Ok(StatusCode::NO_CONTENT)
}
