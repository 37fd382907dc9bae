//! What browsers report of pages that broke the content security policy: counted, and logged without what a peer wrote.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tracing::warn;
use utoipa::ToSchema;

use super::problem::Problem;
use super::take::{Body, Peer};
use crate::app::App;
use crate::rate_limits::Attempt;

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

/// The directive of ours that a violation is of; `None` if it is none.
fn directive(violation: &Value) -> Option<&'static str> {
    let violation = violation.as_object()?;
    let names = ["effectiveDirective", "effective-directive", "violated-directive"];
    let told = match names.iter().find_map(|name| violation.get(*name)) {
        None | Some(Value::Null) => "",
        Some(told) => told.as_str()?,
    };
    let name = told.split(' ').next().unwrap_or_default();
    Some(DIRECTIVES.into_iter().find(|known| *known == name).unwrap_or("another"))
}

/// The directives of the violations among reports; `None` if they are none.
fn directives(reports: &Value) -> Option<Vec<&'static str>> {
    let mut found = Vec::new();
    for report in reports.as_array()?.iter().take(REPORTS_MAX) {
        let directive = directive(report.get("body")?)?;
        if report.get("type")?.as_str()? == "csp-violation" {
            found.push(directive);
        }
    }
    Some(found)
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
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unclear = || Problem::BadRequest("The body is not a report.".to_owned());
    let body: Value = serde_json::from_slice(&body).map_err(|_| unclear())?;
    let directives = match mime.split(';').next().unwrap_or_default().trim() {
        "application/reports+json" => directives(&body).ok_or_else(unclear)?,
        "application/csp-report" => {
            vec![body.get("csp-report").and_then(directive).ok_or_else(unclear)?]
        }
        _ => return Err(Problem::BadRequest("Content-Type must be that of a report.".to_owned())),
    };
    for directive in directives {
        app.tables.counters.policy_violations.fetch_add(1, Ordering::Relaxed);
        warn!(directive, "page.policy_violated");
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::headers::POLICY;

    #[test]
    fn every_directive_of_the_policy_is_told_by_its_name() {
        let directives = POLICY.split(';').filter_map(|directive| directive.split_whitespace().next());
        for name in directives.filter(|name| *name != "report-uri") {
            assert!(DIRECTIVES.contains(&name), "{name}");
        }
    }
}
