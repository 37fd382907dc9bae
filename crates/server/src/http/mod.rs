//! The HTTP interface: routes, the headers of every answer, and what each route takes.

mod client;
mod headers;
mod join;
mod maps;
pub(crate) mod origin;
pub(crate) mod problem;
mod reports;
mod session;
mod tables;
mod throttle;
mod uploads;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tabletop::id::{AccountId, TableId};

use crate::app::App;
use crate::limits::{JSON_BYTES_MAX, REQUEST_TIMEOUT, UPLOAD_TIMEOUT};
use crate::socket;
use problem::Problem;
pub(crate) use session::SessionAnswer;
pub(crate) use throttle::Throttle;

/// All routes of the public listener. `tls` says whether this listener speaks TLS.
pub(crate) fn router(app: Arc<App>, tls: bool) -> Router {
    let api = Router::new()
        .route("/join/preview", post(join::preview))
        .route("/join", post(join::join))
        .route("/session/refresh", post(session::refresh))
        .route("/session/end", post(session::end))
        .route("/tables", get(tables::list))
        .route("/tables/{table}/invite", get(tables::invite))
        .route("/tables/{table}/seats/{seat}/link", post(tables::seat_link))
        .route("/tables/{table}/pictures/{picture}", get(uploads::picture))
        .route("/tables/{table}/maps/{scene}/{revision}/{level}/{x}/{y}", get(maps::tile))
        .route("/reports", post(reports::take))
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(from_fn(|request, next| within(REQUEST_TIMEOUT, request, next)));
    let uploads = Router::new()
        .route("/tables/{table}/scenes", post(uploads::scene))
        .route("/tables/{table}/pictures", post(uploads::token_picture))
        // The routes read the body themselves, within their own limits.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(|request, next| within(UPLOAD_TIMEOUT, request, next)));
    let sites = Arc::clone(&app);
    let mut api = api.merge(uploads).route("/socket", get(socket::upgrade)).fallback(absent).layer(from_fn(
        move |request: Request, next: Next| {
            let checked = sites.origins.check_site(request.headers());
            async move {
                checked?;
                Ok::<_, Problem>(next.run(request).await)
            }
        },
    ));
    if let Some(cors) = app.origins.cors() {
        api = api.layer(cors);
    }
    Router::new()
        .nest("/api/v1", api)
        .route("/.well-known/jwks.json", get(session::jwks))
        .route("/.well-known/security.txt", get(security_txt))
        .fallback(client::serve)
        .with_state(app)
        .layer(from_fn(move |request: Request, next: Next| async move {
            headers::harden(next.run(request).await, tls)
        }))
}

async fn security_txt(State(app): State<Arc<App>>) -> Response {
    let text = app.contacts.security_txt(app.origins.all(), app.tables.clock.now_s());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn absent() -> Problem {
    Problem::NotFound
}

async fn within(limit: std::time::Duration, request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(limit, next.run(request)).await.map_err(|_| Problem::Unavailable)
}

/// A JSON body; anything else is a problem that names what is wrong.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A page of another site cannot send this type without asking first.
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|value| {
                value.split(';').next().is_some_and(|mime| mime.trim() == "application/json")
            })
        });
        if !is_json {
            return Err(Problem::BadRequest("Content-Type must be application/json.".to_owned()));
        }
        let Body(bytes) = Body::from_request(request, state).await?;
        let parsed = serde_json::from_slice(&bytes);
        parsed
            .map(Self)
            .map_err(|error| Problem::BadRequest(format!("The body is not what this takes: {error}.")))
    }
}

/// A small body, whatever it holds.
pub(crate) struct Body(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::TooLarge { max_bytes: JSON_BYTES_MAX })
            }
            Err(_) => Err(Problem::BadRequest("The body must arrive whole.".to_owned())),
        }
    }
}

/// Who asks: an account with a valid access JWT.
pub(crate) struct SignedIn {
    pub(crate) account: AccountId,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let bearer = bearer(&parts.headers).ok_or(Problem::SignedOut)?;
        let access = app.access(bearer).map_err(|_| Problem::SignedOut)?;
        Ok(Self { account: access.account })
    }
}

/// Through which mirror of theirs somebody asks, if any.
#[derive(Deserialize)]
pub(crate) struct Through {
    pub(crate) mirror: Option<u32>,
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The table in the path. A malformed id is the same as an absent table.
pub(crate) fn table_id(text: &str) -> Result<TableId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

/// Where the request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Set by the listener for every request.
        parts.extensions.get::<Self>().copied().ok_or(Problem::Unavailable)
    }
}
