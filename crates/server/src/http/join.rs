//! Coming in by a link: an invite to knock with, or a one-time link to a seat.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tabletop::command::Knock;
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, TableId};
use tabletop::name::Name;

use utoipa::ToSchema;

use super::problem::Problem;
use super::session::SessionAnswer;
use super::take::{Json, Peer};
use crate::app::App;
use crate::links::Code;
use crate::rate_limits::Attempt;
use crate::table::{Message, Question};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    /// What stands behind the # of a link.
    code: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Previewed {
    table_name: String,
    /// `gm`, `player` or `spectator`.
    role: &'static str,
    needs_name: bool,
}

/// What a link leads to, for the page that asks for a name.
#[utoipa::path(
    post,
    path = "/join/preview",
    tag = "session",
    request_body = Preview,
    responses(
        (status = 200, description = "The table behind the link", body = Previewed),
    )
)]
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    Json(Preview { code }): Json<Preview>,
) -> Result<axum::Json<Previewed>, Problem> {
    app.rates.attempt(Attempt::Join, peer.ip(), app.tables.clock.now_ms())?;
    match app.open_code(&code).await? {
        Code::Invite { table, .. } => {
            let (table_name, _) =
                app.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await?;
            Ok(axum::Json(Previewed { table_name, role: "player", needs_name: true }))
        }
        Code::Seat { table, seat } => {
            let (table_name, _) =
                app.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await?;
            let role = app.seat_role(table, seat).await?;
            Ok(axum::Json(Previewed { table_name, role: role_word(role), needs_name: false }))
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    /// What stands behind the # of a link.
    code: String,
    /// How the person wants to be called; needed to knock.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Joined {
    #[serde(flatten)]
    session: SessionAnswer,
    #[schema(value_type = String)]
    table: TableId,
    /// `seated` or `knocking`.
    state: &'static str,
}

/// Signs a person in, as the guest they already are on this device or as a new one, and seats them or lets them knock.
#[utoipa::path(
    post,
    path = "/join",
    tag = "session",
    request_body = Join,
    responses(
        (status = 200, description = "Signed in; the refresh secret is in the cookie", body = Joined),
    )
)]
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Json(Join { code, name }): Json<Join>,
) -> Result<Response, Problem> {
    app.origins.check(&headers)?;
    app.rates.attempt(Attempt::Join, peer.ip(), app.tables.clock.now_ms())?;
    let opened = app.open_code(&code).await?;
    let known = app.account_of(&headers).await?;
    match opened {
        Code::Invite { table, generation } => {
            let already = match known {
                Some(account) => app.seat_state(table, account).await?.is_some(),
                None => false,
            };
            let name = match name.as_deref().map(Name::of_person) {
                Some(Ok(name)) => Some(name),
                Some(Err(error)) => return Err(Problem::BadRequest(format!("name: {error}."))),
                None if already => None,
                None => return Err(Problem::BadRequest("name: say how you want to be called.".to_owned())),
            };
            let name = match name {
                Some(name) => name,
                None => Name::parse("Guest").map_err(|_| Problem::Unavailable)?,
            };
            let (account, cookie) = app.session_for(known, name.as_str(), &headers).await?;
            let knock = Knock { account, name, role: Role::Player };
            let state = app.tables.ask(table, |reply| Message::Knock { knock, generation, reply }).await??;
            joined(&app, table, account, state, cookie).await
        }
        Code::Seat { table, seat } => {
            // Who has another seat at this table takes this one as somebody else.
            let known = match known {
                Some(account) if !app.sits_on(table, account, seat).await? => None,
                known => known,
            };
            // Nor is it spent for a table that is gone.
            app.seat_role(table, seat).await?;
            // The link is spent only once the person has an account to sit down with.
            let (account, cookie) = app.session_for(known, "Guest", &headers).await?;
            app.spend_code(&code).await?;
            let state = app.tables.ask(table, |reply| Message::Device { seat, account, reply }).await??;
            joined(&app, table, account, state, cookie).await
        }
    }
}

async fn joined(
    app: &App,
    table: TableId,
    account: AccountId,
    state: SeatState,
    cookie: crate::sessions::NewSession,
) -> Result<Response, Problem> {
    let session = app.session_answer(account, &cookie).await?;
    let state = match state {
        SeatState::Seated => "seated",
        SeatState::Knocking | SeatState::Banned => "knocking",
    };
    Ok((cookie.header(), axum::Json(Joined { session, table, state })).into_response())
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Gm => "gm",
        Role::Player => "player",
        Role::Spectator => "spectator",
    }
}
