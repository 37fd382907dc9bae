//! An account's tables, the invite of one, and one-time links to its seats.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, TableId};

use utoipa::ToSchema;

use super::problem::Problem;
use super::take::{Path, SignedIn, table_id};
use crate::app::App;
use crate::limits::SEAT_LINK_LIFE_MS;
use crate::links::qr_rows;
use crate::table::{Message, Question};

#[derive(Serialize, ToSchema)]
pub(crate) struct Tables {
    tables: Vec<Listed>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    #[schema(value_type = String)]
    table: TableId,
    name: String,
    /// `gm`, `player` or `spectator`.
    role: String,
}

/// The tables at which the account has a seat.
#[utoipa::path(
    get,
    path = "/tables",
    tag = "tables",
    security(("access" = [])),
    responses(
        (status = 200, description = "The tables", body = Tables),
    )
)]
pub(crate) async fn list(State(app): State<Arc<App>>, who: SignedIn) -> Result<Json<Tables>, Problem> {
    Ok(Json(Tables { tables: of(&app, who.account).await? }))
}

/// The tables of an account.
pub(super) async fn of(app: &App, account: AccountId) -> Result<Vec<Listed>, Problem> {
    let failed = Problem::internal("list tables");
    let tables = app.tables.store.tables_of(account).await.map_err(|error| failed(&error))?;
    let listed = tables.into_iter().map(|row| Listed { table: row.table, name: row.name, role: row.role });
    Ok(listed.collect())
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Links {
    /// The link under each address of the server, the canonical one first.
    links: Vec<String>,
    /// The rows of a QR code, a character a module.
    qr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_s: Option<u64>,
}

/// The table's invite link, for its game master.
#[utoipa::path(
    get,
    path = "/tables/{table}/invite",
    tag = "tables",
    params(("table" = String, Path, description = "A table's id")),
    security(("access" = [])),
    responses(
        (status = 200, description = "The link", body = Links),
    )
)]
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(table): Path<String>,
) -> Result<Json<Links>, Problem> {
    let table = table_id(&table)?;
    match app.seat_state(table, who.account).await? {
        Some((Role::Gm, SeatState::Seated)) => {}
        Some(_) | None => return Err(Problem::NotFound),
    }
    let (_, generation) = app.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await?;
    let links = app.join_links(&app.invite_code(table, generation));
    let qr = qr_rows(app.phone_link(&links));
    Ok(Json(Links { links, qr, expires_in_s: None }))
}

/// A one-time link that brings a seat to another device: one's own, or any for the game master.
#[utoipa::path(
    post,
    path = "/tables/{table}/seats/{seat}/link",
    tag = "tables",
    params(
        ("table" = String, Path, description = "A table's id"),
        ("seat" = u32, Path, description = "One's own handle of a seat")
    ),
    security(("access" = [])),
    responses(
        (status = 200, description = "The link", body = Links),
    )
)]
pub(crate) async fn seat_link(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path((table, seat)): Path<(String, u32)>,
) -> Result<Json<Links>, Problem> {
    let table = table_id(&table)?;
    let account = who.account;
    let ask = |reply| Message::Ask(Question::SeatForLink { account, handle: seat, reply });
    let seat = app.tables.ask(table, ask).await?.ok_or(Problem::NotFound)?;
    let code = app.new_seat_code(table, seat, SEAT_LINK_LIFE_MS).await?;
    let links = app.join_links(&code);
    let qr = qr_rows(app.phone_link(&links));
    Ok(Json(Links { links, qr, expires_in_s: Some(SEAT_LINK_LIFE_MS / 1000) }))
}
