//! An account of one's own: making it, how it signs in, what is known of it, and its end.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::RecoveryCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tabletop::name::Name;
use utoipa::ToSchema;

use super::problem::Problem;
use super::session::{ChallengeAnswer, Listed, challenge_id, listed, signed_in};
use super::take::{Adding, AnySignedIn, Fresh, Json, Path, Peer, SignedIn, no_name};
use crate::accounts::{Asker, PASSWORD_ALONE, Proven, Whose};
use crate::app::App;
use crate::qr::qr_rows;
use crate::rate_limits::Attempt;
use crate::sessions::cleared;

/// What an account is, to its owner.
#[derive(Serialize, ToSchema)]
pub(crate) struct About {
    /// What is typed to sign in; `null` for a guest.
    login: Option<String>,
    /// When the password was chosen, in milliseconds since 1970.
    password_set_at_ms: Option<u64>,
    /// Whether codes of an authenticator app are asked for.
    second_factor: bool,
    recovery_codes_left: u64,
    /// Whether one has to be added before anything else, or a passkey.
    needs_factor: bool,
    /// Where a link to choose a new password is sent, once its owner has proven to read it.
    mail: Option<String>,
    passkeys: Vec<OwnPasskey>,
    /// What may not have been the owner, the last first.
    notices: Vec<Notice>,
}

/// An attempt to sign in that may not have been the owner's.
#[derive(Serialize, ToSchema)]
struct Notice {
    /// `password_alone` (the right password, and the second factor was still to come), `wrong_code` (after the right
    /// password), `new_device` or `many_failures`.
    what: String,
    /// In milliseconds since 1970.
    at_ms: u64,
    /// Such as `Firefox on Linux`.
    device: String,
}

#[derive(Serialize, ToSchema)]
struct OwnPasskey {
    passkey: String,
    name: String,
    /// In milliseconds since 1970.
    created_at_ms: u64,
    /// In milliseconds since 1970.
    last_used_ms: Option<u64>,
}

async fn about_of(app: &App, who: &SignedIn) -> Result<About, Problem> {
    let failed = Problem::internal("read an account");
    let store = &app.tables.store;
    let login = store.login_of(who.account).await.map_err(|error| failed(&error))?;
    let passkeys = store.passkeys_of(who.account).await.map_err(|error| failed(&error))?;
    let passkeys = passkeys.into_iter().map(|passkey| OwnPasskey {
        passkey: URL_SAFE_NO_PAD.encode(passkey.credential),
        name: passkey.name,
        created_at_ms: passkey.created_at_ms,
        last_used_ms: passkey.last_used_ms,
    });
    let notices = app.notices_of(who.account).await.map_err(|error| failed(&error))?;
    let notices = notices.into_iter().map(|notice| Notice {
        what: notice.kind,
        at_ms: notice.at_ms,
        device: notice.device,
    });
    Ok(About {
        notices: notices.collect(),
        password_set_at_ms: login
            .as_ref()
            .and_then(|login| login.password.is_some().then_some(login.password_set_at_ms)),
        mail: login.as_ref().and_then(|login| login.mail.clone()),
        needs_factor: false,
        second_factor: login.as_ref().is_some_and(|login| login.totp.is_some()),
        login: login.map(|login| login.login),
        recovery_codes_left: store.recovery_codes_left(who.account).await.map_err(|error| failed(&error))?,
        passkeys: passkeys.collect(),
    })
}

/// What the account is and how it signs in.
#[utoipa::path(
    get,
    path = "/account",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 200, description = "The account of who asks", body = About),
    )
)]
pub(crate) async fn about(
    State(app): State<Arc<App>>,
    asks: AnySignedIn,
) -> Result<axum::Json<About>, Problem> {
    let about = about_of(&app, &asks.who).await?;
    Ok(axum::Json(About { needs_factor: asks.needs_factor, ..about }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// What is typed to sign in: 3 to 32 letters, digits, dots, dashes and underscores.
    login: String,
    #[schema(format = Password)]
    password: String,
    /// Of a link of whoever runs the server.
    code: Option<String>,
}

/// Makes an account; a guest who asks keeps their seats.
#[utoipa::path(
    post,
    path = "/account/register",
    tag = "account",
    request_body = Register,
    responses(
        (status = 200, description = "Signed in; the refresh secret is in the cookie", body = super::SessionAnswer),
    )
)]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(Register { login, password, code }): Json<Register>,
) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Register, peer.ip(), app.tables.clock.now_ms())?;
    let guest = app.account_of(&headers).await?;
    let account = app.register(guest, &login, password, code.as_deref()).await?;
    signed_in(&app, Proven { account, methods: PASSWORD_ALONE.to_owned() }, &headers).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(format = Password)]
    current: String,
    #[schema(format = Password)]
    new: String,
}

/// Changes the password; all other sessions end.
#[utoipa::path(
    post,
    path = "/account/password",
    tag = "account",
    request_body = ChangePassword,
    security(("access" = [])),
    responses(
        (status = 200, description = "Changed; this browser has a new session", body = super::SessionAnswer),
    )
)]
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    Fresh(who): Fresh,
    headers: HeaderMap,
    Json(ChangePassword { current, new }): Json<ChangePassword>,
) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    let asker = Asker { address: peer.ip(), headers: &headers };
    let methods = app.methods_of(&who.session).await?;
    app.change_password(who.account, current, new, asker).await?;
    signed_in(&app, Proven { account: who.account, methods }, &headers).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    /// What is typed to sign in, or the mail address of an account.
    who: String,
}

/// Asks for a link to choose a new password, by mail.
#[utoipa::path(
    post,
    path = "/account/password/forgotten",
    tag = "account",
    request_body = Forgotten,
    responses(
        (status = 204, description = "A letter is sent if there is such an account, it has a mail address, and this server sends mail"),
    )
)]
pub(crate) async fn forgotten(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(Forgotten { who }): Json<Forgotten>,
) -> Result<StatusCode, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Register, peer.ip(), app.tables.clock.now_ms())?;
    app.forgotten(Whose::parse(&who)?);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMail {
    /// At most 254 characters.
    mail: String,
}

/// Gives a mail address; it counts once its owner has opened the link that is sent to it.
#[utoipa::path(
    post,
    path = "/account/mail",
    tag = "account",
    request_body = NewMail,
    security(("access" = [])),
    responses(
        (status = 204, description = "A letter is sent to it"),
    )
)]
pub(crate) async fn start_mail(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
    Json(NewMail { mail }): Json<NewMail>,
) -> Result<StatusCode, Problem> {
    app.start_mail(who.account, &mail).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProveMail {
    /// Of the link in a letter.
    code: String,
}

/// Proves a mail address by the link that was sent to it.
#[utoipa::path(
    post,
    path = "/account/mail/prove",
    tag = "account",
    request_body = ProveMail,
    responses(
        (status = 204, description = "It is the account's address now"),
    )
)]
pub(crate) async fn prove_mail(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(ProveMail { code }): Json<ProveMail>,
) -> Result<StatusCode, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Register, peer.ip(), app.tables.clock.now_ms())?;
    app.prove_mail(&code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the mail address.
#[utoipa::path(
    post,
    path = "/account/mail/remove",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 204, description = "Nothing is sent to it any more"),
    )
)]
pub(crate) async fn remove_mail(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
) -> Result<StatusCode, Problem> {
    app.remove_mail(who.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPassword {
    /// Of a link in a letter, or of whoever runs the server.
    code: String,
    #[schema(format = Password)]
    password: String,
}

/// Chooses a new password by a link; all sessions end, and a second factor stays on.
#[utoipa::path(
    post,
    path = "/account/password/reset",
    tag = "account",
    request_body = ResetPassword,
    responses(
        (status = 204, description = "Changed; sign in with it"),
    )
)]
pub(crate) async fn reset_password(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(ResetPassword { code, password }): Json<ResetPassword>,
) -> Result<StatusCode, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Register, peer.ip(), app.tables.clock.now_ms())?;
    app.reset_password(&code, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Seed {
    /// To type into an authenticator app.
    secret: String,
    uri: String,
    /// The rows of a QR code of the address, a character a module.
    qr: Vec<String>,
}

/// A seed for an authenticator app; it counts once its first code came.
#[utoipa::path(
    post,
    path = "/account/second-factor/start",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 200, description = "The seed", body = Seed),
    )
)]
pub(crate) async fn start_second_factor(
    State(app): State<Arc<App>>,
    Adding(who): Adding,
) -> Result<axum::Json<Seed>, Problem> {
    let seed = app.start_second_factor(who.account).await?;
    Ok(axum::Json(Seed { qr: qr_rows(&seed.uri), secret: seed.secret, uri: seed.uri }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstCode {
    code: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each works once, in place of a code of the app. They are shown this once.
    recovery_codes: Vec<String>,
}

fn revealed(codes: &[RecoveryCode]) -> axum::Json<RecoveryCodes> {
    axum::Json(RecoveryCodes { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() })
}

/// Switches the second factor on.
#[utoipa::path(
    post,
    path = "/account/second-factor/finish",
    tag = "account",
    request_body = FirstCode,
    security(("access" = [])),
    responses(
        (status = 200, description = "It is on", body = RecoveryCodes),
    )
)]
pub(crate) async fn finish_second_factor(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    Adding(who): Adding,
    Json(FirstCode { code }): Json<FirstCode>,
) -> Result<axum::Json<RecoveryCodes>, Problem> {
    app.rates.attempt(Attempt::Register, peer.ip(), app.tables.clock.now_ms())?;
    let codes = app.finish_second_factor(who.account, &code).await?;
    app.strengthen(who.session, "otp").await?;
    Ok(revealed(&codes))
}

/// Switches the second factor off.
#[utoipa::path(
    post,
    path = "/account/second-factor/remove",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 204, description = "It is off, and its recovery codes are gone"),
    )
)]
pub(crate) async fn remove_second_factor(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
) -> Result<StatusCode, Problem> {
    app.remove_second_factor(who.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// New recovery codes; the old ones are worth nothing.
#[utoipa::path(
    post,
    path = "/account/recovery-codes",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 200, description = "The codes", body = RecoveryCodes),
    )
)]
pub(crate) async fn recovery_codes(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
) -> Result<axum::Json<RecoveryCodes>, Problem> {
    Ok(revealed(&app.new_recovery_codes(who.account).await?))
}

/// A challenge to add a passkey.
#[utoipa::path(
    post,
    path = "/account/passkeys/start",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 200, description = "The challenge", body = ChallengeAnswer),
    )
)]
pub(crate) async fn start_passkey(
    State(app): State<Arc<App>>,
    Adding(who): Adding,
    headers: HeaderMap,
) -> Result<axum::Json<ChallengeAnswer>, Problem> {
    app.origins.check(&headers)?;
    Ok(axum::Json(app.start_passkey(who.account, &headers).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    challenge: String,
    /// What its owner calls it.
    name: String,
    /// What the browser made, as `PublicKeyCredential.toJSON` has it.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
}

/// Adds a passkey.
#[utoipa::path(
    post,
    path = "/account/passkeys/finish",
    tag = "account",
    request_body = NewPasskey,
    security(("access" = [])),
    responses(
        (status = 204, description = "It can be used"),
    )
)]
pub(crate) async fn finish_passkey(
    State(app): State<Arc<App>>,
    Adding(who): Adding,
    headers: HeaderMap,
    Json(NewPasskey { challenge, name, credential }): Json<NewPasskey>,
) -> Result<StatusCode, Problem> {
    app.origins.check(&headers)?;
    let name = Name::parse(&name).map_err(|error| Problem::BadRequest(format!("name: {error}.")))?;
    app.finish_passkey(who.account, challenge_id(&challenge)?, &name, credential.into(), &headers).await?;
    app.strengthen(who.session, "pop").await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a passkey.
#[utoipa::path(
    post,
    path = "/account/passkeys/{passkey}/remove",
    tag = "account",
    params(("passkey" = String, Path, description = "A passkey's id")),
    security(("access" = [])),
    responses(
        (status = 204, description = "It is worth nothing any more"),
    )
)]
pub(crate) async fn remove_passkey(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
    Path(passkey): Path<String>,
) -> Result<StatusCode, Problem> {
    let credential = URL_SAFE_NO_PAD.decode(passkey).map_err(|_| no_name("passkey"))?;
    app.remove_passkey(who.account, &credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All that the server knows of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Export {
    account: About,
    sessions: Vec<Listed>,
    tables: Vec<super::tables::Listed>,
    /// Those that can be brought back.
    deleted_tables: Vec<super::tables::Deleted>,
}

/// All that is known of the account, to take along.
#[utoipa::path(
    post,
    path = "/account/export",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 200, description = "The data", body = Export),
    )
)]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
) -> Result<axum::Json<Export>, Problem> {
    Ok(axum::Json(Export {
        account: about_of(&app, &who).await?,
        sessions: listed(&app, &who).await?,
        tables: super::tables::of(&app, who.account).await?,
        deleted_tables: super::tables::deleted_of(&app, who.account).await?,
    }))
}

/// Deletes the account: how it signs in, its name, its sessions. What it did at tables stays there.
#[utoipa::path(
    post,
    path = "/account/delete",
    tag = "account",
    security(("access" = [])),
    responses(
        (status = 204, description = "It is gone, and signed out everywhere"),
    )
)]
pub(crate) async fn delete(State(app): State<Arc<App>>, Fresh(who): Fresh) -> Result<Response, Problem> {
    app.delete_account(who.account).await?;
    Ok((StatusCode::NO_CONTENT, cleared()).into_response())
}
