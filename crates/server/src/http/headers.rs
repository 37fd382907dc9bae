//! The headers of every answer.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// The policy of pages: only files of this origin, no inline code or style, no eval, and DOM sinks take only what
/// Svelte's one named policy made. What breaks it is reported.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ",
            "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; ",
            "require-trusted-types-for 'script'; trusted-types svelte-trusted-html; report-uri /api/v1/reports",
            $more
        )
    };
}

/// Browsers send reports to `report-to` over TLS alone, and where it is named they do not look at `report-uri`.
pub(super) const POLICY: &str = policy!("");
const POLICY_OVER_TLS: &str = policy!("; report-to policy");

const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=()";

/// Headers that every answer carries, whatever its status.
const EVERYWHERE: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Those that differ between plain HTTP, which is for loopback, and TLS.
const OVER_PLAIN: [(HeaderName, &str); 1] = [(header::CONTENT_SECURITY_POLICY, POLICY)];
const OVER_TLS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY_OVER_TLS),
    (HeaderName::from_static("reporting-endpoints"), "policy=\"/api/v1/reports\""),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
];

/// Adds the headers.
pub(crate) fn harden(mut response: Response, tls: bool) -> Response {
    let headers = response.headers_mut();
    let others: &[(HeaderName, &str)] = if tls { &OVER_TLS } else { &OVER_PLAIN };
    for (name, value) in EVERYWHERE.iter().chain(others) {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
