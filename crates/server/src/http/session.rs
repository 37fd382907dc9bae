//! Staying signed in: a rotating refresh secret in a cookie for a short access JWT in memory.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use identity::JWKS_LIFE_S;
use serde::Serialize;

use utoipa::ToSchema;

use super::problem::Problem;
use crate::app::App;

/// What the client keeps in memory.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// The access JWT, for the bearer header and the socket's first frame.
    pub(crate) access: String,
    pub(crate) expires_in_s: u64,
}

/// Rotates the refresh secret and gives a new access JWT.
#[utoipa::path(
    post,
    path = "/session/refresh",
    tag = "session",
    responses(
        (status = 200, description = "A new token; a new refresh secret is in the cookie", body = SessionAnswer),
    )
)]
pub(crate) async fn refresh(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    let (account, cookie) = app.rotate(&headers).await?;
    let session = app.session_answer(account, &cookie).await?;
    Ok((cookie.header(), axum::Json(session)).into_response())
}

/// Ends the session on this device.
#[utoipa::path(
    post,
    path = "/session/end",
    tag = "session",
    responses(
        (status = 204, description = "Signed out, here and on every open socket of the session"),
    )
)]
pub(crate) async fn end(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    app.end_session(&headers).await?;
    let clear = [
        (axum::http::header::SET_COOKIE, crate::app::cleared_cookie()),
        (axum::http::HeaderName::from_static("clear-site-data"), "\"cookies\", \"storage\"".to_owned()),
    ];
    Ok((axum::http::StatusCode::NO_CONTENT, clear).into_response())
}

/// The public keys that verify access JWTs.
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Response {
    let keep = format!("public, max-age={JWKS_LIFE_S}");
    let keys = app.keys.current().jwks(app.tables.clock.now_s());
    ([(axum::http::header::CACHE_CONTROL, keep)], axum::Json(keys)).into_response()
}
