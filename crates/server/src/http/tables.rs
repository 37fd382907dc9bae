//! An account's tables: made, deleted and brought back, the invite of one, and one-time links to its seats.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, TableId};
use tabletop::name::Name;

use utoipa::ToSchema;

use super::problem::Problem;
use super::take::{self, Fresh, Path, SignedIn, table_id};
use crate::app::App;
use crate::limits::{DELETED_TABLES_KEPT_MS, SEAT_LINK_LIFE_MS};
use crate::own_tables::NewTables;
use crate::qr::qr_rows;
use crate::table::{Message, Question};

#[derive(Serialize, ToSchema)]
pub(crate) struct Tables {
    tables: Vec<Listed>,
    /// Whether whoever asks is known by a link alone, and can neither make nor delete any.
    is_guest: bool,
    /// Whether the account may make some.
    may_create: bool,
    /// Those that it can bring back, the newest first.
    deleted: Vec<Deleted>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    #[schema(value_type = String)]
    table: TableId,
    name: String,
    /// Until it is removed, in seconds.
    removed_in_s: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    #[schema(value_type = String)]
    table: TableId,
    name: String,
    /// `gm`, `player` or `spectator`.
    role: String,
}

/// The tables at which the account has a seat, and those that it deleted.
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
    let failed = Problem::internal("read an account");
    let login = app.tables.store.login_of(who.account).await.map_err(|error| failed(&error))?;
    let is_guest = login.is_none();
    Ok(Json(Tables {
        tables: of(&app, who.account).await?,
        is_guest,
        may_create: !is_guest && app.new_tables == NewTables::Accounts,
        deleted: deleted_of(&app, who.account).await?,
    }))
}

/// The tables that an account can bring back.
pub(super) async fn deleted_of(app: &App, account: AccountId) -> Result<Vec<Deleted>, Problem> {
    let now_ms = app.tables.clock.now_ms();
    let deleted = app.restorable(account).await?.into_iter().map(|row| {
        let removed_in_s = (row.deleted_at_ms + DELETED_TABLES_KEPT_MS).saturating_sub(now_ms) / 1000;
        Deleted { table: row.table, name: row.name, removed_in_s }
    });
    Ok(deleted.collect())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTable {
    /// 1 to 60 characters.
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Created {
    #[schema(value_type = String)]
    table: TableId,
}

/// Makes an empty table whose game master the account is.
#[utoipa::path(
    post,
    path = "/tables",
    tag = "tables",
    request_body = NewTable,
    security(("access" = [])),
    responses(
        (status = 201, description = "The table", body = Created),
    )
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    who: SignedIn,
    take::Json(NewTable { name }): take::Json<NewTable>,
) -> Result<(StatusCode, Json<Created>), Problem> {
    let name = Name::parse(&name).map_err(|error| Problem::BadRequest(format!("name: {error}.")))?;
    let table = app.found_table(who.account, name).await?;
    Ok((StatusCode::CREATED, Json(Created { table })))
}

/// Deletes a table, for its game master: everybody goes. For 30 days it can be brought back.
#[utoipa::path(
    post,
    path = "/tables/{table}/delete",
    tag = "tables",
    params(("table" = String, Path, description = "A table's id")),
    security(("access" = [])),
    responses(
        (status = 204, description = "It is deleted"),
    )
)]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Fresh(who): Fresh,
    Path(table): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_table(who.account, table_id(&table)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted table back as it was, for its game master.
#[utoipa::path(
    post,
    path = "/tables/{table}/restore",
    tag = "tables",
    params(("table" = String, Path, description = "A table's id")),
    security(("access" = [])),
    responses(
        (status = 204, description = "It is there again"),
    )
)]
pub(crate) async fn restore(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(table): Path<String>,
) -> Result<StatusCode, Problem> {
    app.restore_table(who.account, table_id(&table)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses all but the game masters of a table.
pub(super) async fn master_only(app: &App, table: TableId, account: AccountId) -> Result<(), Problem> {
    match app.seat_state(table, account).await? {
        Some((Role::Gm, SeatState::Seated)) => Ok(()),
        Some(_) | None => Err(Problem::NotFound),
    }
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
    master_only(&app, table, who.account).await?;
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
