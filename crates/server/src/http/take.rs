//! What requests hold, taken apart: whatever does not fit is a problem that says so.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tabletop::id::{AccountId, TableId};
use utoipa::IntoParams;

use super::problem::Problem;
use super::reading::{bearer, is_text, media_type, object};
use crate::app::App;
use crate::limits::{COST_OF_A_CHANGE, COST_OF_A_FILE, JSON_BYTES_MAX};
use crate::security;

/// A JSON body; anything else is a problem that names what is wrong.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A page of another site cannot send this type without asking first.
        if media_type(request.headers()) != "application/json" {
            return Err(Problem::BadRequest("Content-Type must be application/json.".to_owned()));
        }
        let Body(bytes) = Body::from_request(request, state).await?;
        object(&bytes).map(Self).map_err(Problem::BadRequest)
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

/// The parts of the path. One that cannot be the name of anything is a problem that says which.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let rejection = match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => return Ok(Self(path)),
            Err(PathRejection::FailedToDeserializePathParams(rejection)) => rejection.into_kind(),
            Err(_) => return Err(Problem::NotFound),
        };
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let mut names = route.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let name = match &rejection {
            ErrorKind::ParseErrorAtIndex { index, .. } => names.nth(*index),
            ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::InvalidUtf8InPathParam { key } => {
                Some(&**key)
            }
            _ => None,
        };
        Err(name.map_or(Problem::NotFound, no_name))
    }
}

/// A part of a path that cannot be the name of anything.
pub(crate) fn no_name(part: &str) -> Problem {
    Problem::BadRequest(format!("{part}: nothing can be called that."))
}

/// What stands behind the question mark.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        for pair in parts.uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !is_text(value) {
                return Err(Problem::BadRequest(format!("{name}: it is no text.")));
            }
        }
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        let unclear = |error: axum::extract::rejection::QueryRejection| {
            Problem::BadRequest(format!("The query is not what this takes: {}.", error.body_text()))
        };
        query.map(|axum::extract::Query(query)| Self(query)).map_err(unclear)
    }
}

/// Who asks: an account with a valid access JWT that was proven as this server asks for.
pub(crate) struct SignedIn {
    pub(crate) account: AccountId,
    pub(crate) session: [u8; 16],
    pub(crate) auth_time_s: u64,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let AnySignedIn { who, needs_factor } = AnySignedIn::from_request_parts(parts, app).await?;
        if needs_factor { Err(Problem::FactorNeeded) } else { Ok(who) }
    }
}

/// Who asks, also by a password alone where that is not enough: for what adds a second factor, and nothing else.
pub(crate) struct AnySignedIn {
    pub(crate) who: SignedIn,
    /// Whether a second factor has to be added before anything else.
    pub(crate) needs_factor: bool,
}

impl FromRequestParts<Arc<App>> for AnySignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let bearer = bearer(&parts.headers).ok_or(Problem::SignedOut)?;
        let access = app.any_access(bearer).map_err(|_| Problem::SignedOut)?;
        security::about(access.account);
        app.rates.charge(access.account, cost(parts), app.tables.clock.now_ms())?;
        let needs_factor = app.needs_factor(&access);
        let who =
            SignedIn { account: access.account, session: access.session, auth_time_s: access.auth_time_s };
        Ok(Self { who, needs_factor })
    }
}

/// Who asks to add a second factor, and proved who they are within the last minutes. A password alone adds the first one, and
/// no other: whoever learnt it must not get in beside what is there.
pub(crate) struct Adding(pub(crate) SignedIn);

impl FromRequestParts<Arc<App>> for Adding {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let AnySignedIn { who, needs_factor } = AnySignedIn::from_request_parts(parts, app).await?;
        app.must_be_fresh(who.account, who.auth_time_s).await?;
        if needs_factor {
            app.may_add_first_factor(who.account).await?;
        }
        Ok(Self(who))
    }
}

/// What a request costs its account.
fn cost(parts: &Parts) -> u32 {
    let path = parts.uri.path();
    let is_file = ["/scenes", "/pictures", "/export"].iter().any(|end| path.ends_with(end));
    let is_table = ["/tables", "/delete", "/restore"].iter().any(|end| path.ends_with(end));
    match parts.method {
        Method::POST if is_file || is_table => COST_OF_A_FILE,
        Method::POST => COST_OF_A_CHANGE,
        _ => 1,
    }
}

/// Who asks, and proved who they are within the last minutes.
pub(crate) struct Fresh(pub(crate) SignedIn);

impl FromRequestParts<Arc<App>> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        app.must_be_fresh(who.account, who.auth_time_s).await?;
        Ok(Self(who))
    }
}

/// Through which mirror of theirs somebody asks, if any.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Through {
    /// The number of a mirror that one's own socket began.
    pub(crate) mirror: Option<u32>,
}

/// The table in the path.
pub(crate) fn table_id(text: &str) -> Result<TableId, Problem> {
    text.parse().map_err(|_| no_name("table"))
}

/// Where the request comes from: the other end of the connection or, where that is a proxy of ours, whom it speaks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl FromRequestParts<Arc<App>> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // Set by the listener for every request.
        let Self(peer) = parts.extensions.get::<Self>().copied().ok_or(Problem::Unavailable)?;
        Ok(Self(SocketAddr::new(app.proxies.client(peer.ip(), &parts.headers), peer.port())))
    }
}
