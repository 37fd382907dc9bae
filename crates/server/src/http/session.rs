//! Signing in by a password or a passkey, staying signed in by a rotating refresh secret in a cookie for a short access JWT
//! in memory, and the list of where one is signed in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use identity::{Challenge, JWKS_LIFE_S};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::problem::Problem;
use super::reading::page_origin;
use super::take::{Fresh, Json, Path, Peer, SignedIn, no_name};
use crate::accounts::{Asker, Proven, Registration, Suspicion};
use crate::app::App;
use crate::device::{self, Browser};
use crate::rate_limits::Attempt;
use crate::sessions::{cleared, hex, unhex};

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
    Ok((StatusCode::NO_CONTENT, cleared()).into_response())
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Ways {
    registration: Registration,
    /// Whether browsers keep passkeys for the address that was asked.
    passkeys: bool,
    /// Whether a forgotten password can be replaced by mail.
    mail: bool,
}

/// How one can sign in here.
#[utoipa::path(
    post,
    path = "/session/ways",
    tag = "session",
    responses(
        (status = 200, description = "What this server offers under this address", body = Ways),
    )
)]
pub(crate) async fn ways(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<axum::Json<Ways>, Problem> {
    app.origins.check(&headers)?;
    Ok(axum::Json(Ways {
        registration: app.accounts.registration,
        mail: app.mailer.is_on(),
        passkeys: app.accounts.passkeys.has_site(page_origin(&headers)),
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    #[schema(format = Password)]
    password: String,
    /// Of an authenticator app, or a recovery code; asked for with the problem `second-factor`.
    code: Option<String>,
}

/// Signs in with a password. Doing so again proves once more who one is.
#[utoipa::path(
    post,
    path = "/session/sign-in",
    tag = "session",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in; the refresh secret is in the cookie", body = SessionAnswer),
    )
)]
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(SignIn { login, password, code }): Json<SignIn>,
) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    let asker = Asker { address: peer.ip(), headers: &headers };
    let proven = app.sign_in(&login, password, code.as_deref(), asker).await?;
    app.notice(proven.account, Suspicion::NewDevice, &headers).await?;
    signed_in(&app, proven, &headers).await
}

/// A challenge for the browser's passkeys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeAnswer {
    /// To be sent back with the answer, within five minutes and once.
    challenge: String,
    /// What `navigator.credentials` takes, its binary parts as base64url.
    #[schema(value_type = Object)]
    options: Value,
}

impl From<Challenge> for ChallengeAnswer {
    fn from(challenge: Challenge) -> Self {
        Self { challenge: hex(&challenge.id), options: challenge.options }
    }
}

/// A challenge to sign in with a passkey.
#[utoipa::path(
    post,
    path = "/session/passkey/start",
    tag = "session",
    responses(
        (status = 200, description = "The challenge", body = ChallengeAnswer),
    )
)]
pub(crate) async fn start_passkey(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
) -> Result<axum::Json<ChallengeAnswer>, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Join, peer.ip(), app.tables.clock.now_ms())?;
    Ok(axum::Json(app.start_passkey_sign_in(&headers)?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    challenge: String,
    /// What the browser made of it, as `PublicKeyCredential.toJSON` has it.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
}

/// Signs in with a passkey.
#[utoipa::path(
    post,
    path = "/session/passkey/finish",
    tag = "session",
    request_body = PasskeyAnswer,
    responses(
        (status = 200, description = "Signed in; the refresh secret is in the cookie", body = SessionAnswer),
    )
)]
pub(crate) async fn finish_passkey(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(PasskeyAnswer { challenge, credential }): Json<PasskeyAnswer>,
) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Join, peer.ip(), app.tables.clock.now_ms())?;
    let proven = app.passkey_sign_in(challenge_id(&challenge)?, credential.into(), &headers).await?;
    app.notice(proven.account, Suspicion::NewDevice, &headers).await?;
    signed_in(&app, proven, &headers).await
}

pub(super) fn challenge_id(text: &str) -> Result<[u8; 16], Problem> {
    unhex(text).ok_or_else(|| Problem::BadRequest("challenge: it is not one of this server's.".to_owned()))
}

/// A new session for somebody who has proven who they are, and cookies for their browser.
pub(super) async fn signed_in(app: &App, proven: Proven, headers: &HeaderMap) -> Result<Response, Problem> {
    let failed = Problem::internal("know a browser again");
    let was = app.account_of(headers).await?;
    let account = proven.account;
    if let Some(guest) = was.filter(|was| *was != account) {
        app.bring_seats(guest, account).await?;
    }
    let session = app.begin_session(account, was, &proven.methods, headers).await?;
    let browser = match Browser::of(headers) {
        Some(browser) => browser.id,
        None => identity::entropy::secret::<16>().map_err(|error| failed(&error))?,
    };
    let [cookie] = session.header();
    let cookies = AppendHeaders([cookie, device::remember(&app.accounts.devices, browser, account)]);
    let answer = app.session_answer(account, &session).await?;
    Ok((cookies, axum::Json(answer)).into_response())
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    sessions: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    session: String,
    /// Such as `Firefox on Linux`.
    device: String,
    /// How it was begun: words of RFC 8176, and `link`.
    methods: Vec<String>,
    /// In milliseconds since 1970.
    created_at_ms: u64,
    /// In milliseconds since 1970.
    last_used_ms: u64,
    /// Whether it is the one that asks.
    is_this: bool,
}

pub(super) async fn listed(app: &App, who: &SignedIn) -> Result<Vec<Listed>, Problem> {
    let sessions = app.sessions_of(who.account).await?.into_iter();
    let listed = sessions.map(|session| Listed {
        session: hex(&session.family),
        is_this: session.family == who.session,
        device: session.device,
        methods: session.methods.split_whitespace().map(str::to_owned).collect(),
        created_at_ms: session.created_at_ms,
        last_used_ms: session.last_used_ms,
    });
    Ok(listed.collect())
}

/// Where the account is signed in.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "session",
    security(("access" = [])),
    responses(
        (status = 200, description = "The sessions, the one used last first", body = Sessions),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    who: SignedIn,
) -> Result<axum::Json<Sessions>, Problem> {
    Ok(axum::Json(Sessions { sessions: listed(&app, &who).await? }))
}

/// Signs out on one device.
#[utoipa::path(
    post,
    path = "/sessions/{session}/end",
    tag = "session",
    params(("session" = String, Path, description = "A session's id")),
    security(("access" = [])),
    responses(
        (status = 204, description = "It is over, its open sockets within a second"),
    )
)]
pub(crate) async fn end_one(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
    Path(session): Path<String>,
) -> Result<StatusCode, Problem> {
    app.end_session_of(who.account, unhex(&session).ok_or_else(|| no_name("session"))?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere else.
#[utoipa::path(
    post,
    path = "/sessions/end-others",
    tag = "session",
    security(("access" = [])),
    responses(
        (status = 204, description = "All others are over, their open sockets within a second"),
    )
)]
pub(crate) async fn end_others(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
) -> Result<StatusCode, Problem> {
    app.end_sessions_of(who.account, Some(who.session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The public keys that verify access JWTs.
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Response {
    let keep = format!("public, max-age={JWKS_LIFE_S}");
    let keys = app.keys.current().jwks(app.tables.clock.now_s());
    ([(axum::http::header::CACHE_CONTROL, keep)], axum::Json(keys)).into_response()
}
