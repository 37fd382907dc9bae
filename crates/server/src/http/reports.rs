//! What browsers report of pages that broke the content security policy: counted, and logged without what a peer wrote.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tracing::warn;

use super::problem::{Problem, ProblemBody};
use super::take::{Body, Peer};
use crate::app::App;

/// Reports that one request may hold.
const REPORTS_MAX: usize = 50;
/// Directives that our policy has; what else a report names is told as another.
const DIRECTIVES: [&str; 14] = [
    "base-uri",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "img-src",
    "manifest-src",
    "require-trusted-types-for",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "trusted-types",
];

/// A report as the Reporting API sends it: `application/reports+json`, a list.
#[derive(Deserialize)]
struct Report {
    r#type: String,
    body: Violation,
}

/// The older form: `application/csp-report`, one.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "csp-report")]
    report: Violation,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(alias = "effective-directive", alias = "effectiveDirective")]
    effective: Option<String>,
    #[serde(rename = "violated-directive")]
    violated: Option<String>,
}

impl Violation {
    /// The directive of ours that was broken.
    fn directive(&self) -> &'static str {
        let told = self.effective.as_ref().or(self.violated.as_ref()).map_or("", String::as_str);
        let name = told.split(' ').next().unwrap_or_default();
        DIRECTIVES.into_iter().find(|known| *known == name).unwrap_or("another")
    }
}

/// Takes reports. Pages of ours send them, in the background and without being asked.
#[utoipa::path(
    post,
    path = "/reports",
    tag = "reports",
    request_body(content = serde_json::Value, content_type = "application/reports+json"),
    responses(
        (status = 204, description = "Counted"),
        (status = "default", description = "A problem", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    app.reports.spend(peer.ip(), app.tables.clock.now_ms())?;
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unclear =
        |error: serde_json::Error| Problem::BadRequest(format!("The body is not a report: {error}."));
    let directives: Vec<&str> = match mime.split(';').next().unwrap_or_default().trim() {
        "application/reports+json" => {
            let reports: Vec<Report> = serde_json::from_slice(&body).map_err(unclear)?;
            let of_policy = reports.into_iter().filter(|report| report.r#type == "csp-violation");
            of_policy.take(REPORTS_MAX).map(|report| report.body.directive()).collect()
        }
        "application/csp-report" => {
            vec![serde_json::from_slice::<Envelope>(&body).map_err(unclear)?.report.directive()]
        }
        _ => return Err(Problem::BadRequest("Content-Type must be that of a report.".to_owned())),
    };
    for directive in directives {
        app.tables.counters.policy_violations.fetch_add(1, Ordering::Relaxed);
        warn!(directive, "page.policy_violated");
    }
    Ok(StatusCode::NO_CONTENT)
}
