//! The first start: a sample table to play on at once, and the links into it.

use std::path::Path;
use std::sync::Arc;

use identity::LinkCode;
use serde_json::Value;
use store::{CodeKind, CodeRecord, NewEvent, NewTable, NewUpload, Store};
use tabletop::command::{Command, NewScene, TokenChange};
use tabletop::decide::{Context, UndoWindow};
use tabletop::event::{
    Event, Grid, Layer, MapPicture, PortalKind, PortalState, Role, SeatRecord, SeatState, WallKind,
};
use tabletop::explore::Explorer;
use tabletop::geometry::{Point, units};
use tabletop::id::{AccountId, CommandId, MessageId, SeatId, TableId};
use tabletop::name::Name;
use tabletop::permission::authorize;
use tabletop::refusal::Refusal;
use tabletop::table::Table;

use crate::app::App;
use crate::limits::GM_LINK_LIFE_MS;
use crate::sample;
use crate::serve::StartError;
use crate::table::{Message, Question};
use crate::trail;

/// The seat of whoever founded a table.
const FOUNDER: SeatId = SeatId(1);
/// The tokens that wait for players: each has a seat of its own, into which the game master admits somebody.
const HEROES: [&str; 2] = ["Maren", "Tobin Reed"];

/// The table that whoever runs the server made last, if any: what people make for themselves is their affair.
pub(crate) async fn newest_table(store: &Store) -> Result<Option<TableId>, StartError> {
    Ok(store.tables().await?.iter().rev().find(|row| row.founder.is_none()).map(|row| row.table))
}

/// Makes the sample table: a painted map with walls, doors, lights and a few tokens.
pub(crate) async fn found_sample(app: &App) -> Result<TableId, StartError> {
    let painted = tokio::task::spawn_blocking(sample::picture).await;
    let (png, pixels_per_cell) = painted
        .map_err(|_| StartError::Sample("the map could not be painted".to_owned()))?
        .map_err(|error| StartError::Sample(error.to_string()))?;
    let blob = app.blobs.put(png).await?;
    let picture = app.tiles.prepare(&app.blobs, blob).await;
    let picture = picture.map_err(|error| StartError::Sample(error.to_string()))?;
    let now_ms = app.tables.clock.now_ms();
    let founder = account(&app.tables.store, now_ms, "Game master").await?;
    let random = identity::entropy::secret::<16>().map_err(|error| StartError::Sample(error.to_string()))?;
    let table = TableId::from_bytes(random);
    let mut founding =
        Founding { table: Table::default(), explorer: Explorer::default(), events: Vec::new(), now_ms, app };
    let parse = |name: &str| Name::parse(name).map_err(|error| StartError::Sample(error.to_string()));
    founding.push(Table::found(&parse("The Lantern at the Ford")?, founder, &parse("Game master")?));
    founding.fill(picture, pixels_per_cell).map_err(|refusal| StartError::Sample(refusal.to_string()))?;
    let events = founding
        .events
        .iter()
        .map(|event| NewEvent { payload: serde_json::to_string(event).unwrap_or_default(), at_ms: now_ms });
    let new = NewTable {
        table,
        name: founding.table.name().to_owned(),
        created_at_ms: now_ms,
        events: events.collect(),
        members: vec![(founder, "gm".to_owned())],
        founder: None,
    };
    app.tables.store.create_table(new).await?;
    // Whoever stores the same picture at another table, and removes that, does not take it from this one.
    let upload = NewUpload { table, account: founder, blob, bytes: 0 };
    app.tables.store.take_upload(upload, app.quota).await?;
    Ok(table)
}

/// The table while its first events are made: through the same rules as any command.
struct Founding<'a> {
    table: Table,
    explorer: Explorer,
    events: Vec<Event>,
    now_ms: u64,
    app: &'a App,
}

impl Founding<'_> {
    fn push(&mut self, mut events: Vec<Event>) {
        self.explorer.fold(&mut self.table, &mut events);
        self.events.extend(events);
    }

    fn command(&mut self, command: Command) -> Result<(), Refusal> {
        let permit = authorize(&self.table, FOUNDER, command)?;
        let id = CommandId::parse("found").map_err(|_| Refusal::Unknown)?;
        let mut entropy = self.app.tables.dice.draws(FOUNDER, &id);
        let mut ctx = Context { now_ms: self.now_ms, entropy: &mut *entropy, undo: UndoWindow::Closed };
        let decision = self.table.decide(&mut ctx, permit)?;
        self.push(decision.events);
        Ok(())
    }

    /// An empty seat for whoever plays a hero.
    fn seat_for(&mut self, hero: &str, color: u32) -> SeatId {
        let seat = SeatId(self.table.seats().map(|seat| seat.seat.0).max().unwrap_or(0) + 1);
        let record = SeatRecord {
            seat,
            accounts: Vec::new(),
            name: hero.to_owned(),
            color,
            role: Role::Player,
            state: SeatState::Seated,
            hears_from: MessageId(0),
        };
        self.push(vec![Event::SeatAdded { seat: record }]);
        seat
    }

    fn fill(&mut self, picture: MapPicture, pixels_per_cell: u32) -> Result<(), Refusal> {
        let layout = sample::layout();
        let at = |(x, y): (f64, f64)| Point::from_cells(x, y).ok_or(Refusal::OutsideScene);
        let length = |cells: f64| units(cells).ok_or(Refusal::OutsideScene);
        let mut walls = Vec::new();
        for (a, b) in &layout.walls {
            walls.push((at(*a)?, at(*b)?, WallKind::Wall));
        }
        let mut portals = Vec::new();
        for door in &layout.doors {
            let state = if door.locked { PortalState::Locked } else { PortalState::Shut };
            portals.push((at(door.a)?, at(door.b)?, PortalKind::Door, state));
        }
        for (a, b) in &layout.windows {
            portals.push((at(*a)?, at(*b)?, PortalKind::Window, PortalState::Shut));
        }
        let mut lights = Vec::new();
        for light in &layout.lights {
            lights.push((at(light.at)?, length(light.range)?, light.color));
        }
        self.command(Command::ImportScene(Box::new(NewScene {
            name: Name::parse(layout.name)?,
            size: at(layout.size)?,
            grid: Grid { pixels_per_cell, ..Grid::default() },
            picture: Some(picture),
            walls,
            portals,
            lights,
        })))?;
        for token in &layout.tokens {
            let owners =
                HEROES.contains(&token.name).then(|| self.seat_for(token.name, token.color)).into_iter();
            let change = TokenChange {
                name: Some(Some(Name::parse(token.name)?)),
                name_shown: Some(token.name_shown),
                hidden: Some(token.hidden),
                size: Some(length(token.size)?),
                layer: Some(Layer::Token),
                color: Some(token.color),
                owners: Some(owners.collect()),
                ..TokenChange::default()
            };
            self.command(Command::PlaceToken(at(token.at)?, change))?;
        }
        Ok(())
    }
}

/// Makes a table with nothing on it, for somebody who has no account yet and comes by a link.
pub(crate) async fn found_for_stranger(
    store: &Store,
    now_ms: u64,
    name: &Name,
) -> Result<TableId, StartError> {
    let founder = account(store, now_ms, "Game master").await?;
    let random = identity::entropy::secret::<16>().map_err(|error| StartError::Sample(error.to_string()))?;
    let table = TableId::from_bytes(random);
    let master = Name::parse("Game master").map_err(|error| StartError::Sample(error.to_string()))?;
    store.create_table(empty(now_ms, table, name, (founder, &master))).await?;
    Ok(table)
}

/// A table with nothing on it and its founder on the game master's seat.
pub(crate) fn empty(
    now_ms: u64,
    table: TableId,
    name: &Name,
    (founder, master): (AccountId, &Name),
) -> NewTable {
    let events = Table::found(name, founder, master);
    let events = events
        .iter()
        .map(|event| NewEvent { payload: serde_json::to_string(event).unwrap_or_default(), at_ms: now_ms });
    NewTable {
        table,
        name: name.as_str().to_owned(),
        created_at_ms: now_ms,
        events: events.collect(),
        members: vec![(founder, "gm".to_owned())],
        founder: None,
    }
}

async fn account(store: &Store, created_at_ms: u64, name: &str) -> Result<AccountId, StartError> {
    let random = identity::entropy::secret::<16>().map_err(|error| StartError::Sample(error.to_string()))?;
    let account = AccountId::from_bytes(random);
    let kind = store::AccountKind::Guest;
    store.create_account(store::NewAccount { account, kind, name: name.to_owned(), created_at_ms }).await?;
    Ok(account)
}

/// A fresh one-time game master link, as long as nobody has used one yet: a start that was not seen is not lost.
pub(crate) async fn unused_master_link(app: &App, table: TableId) -> Result<Option<String>, StartError> {
    if app.tables.store.revoke_seat_codes(table, FOUNDER).await? > 0 {
        return Ok(Some(master_code(app, table).await?));
    }
    Ok(None)
}

/// A one-time code for the founder's seat.
pub(crate) async fn master_code(app: &App, table: TableId) -> Result<String, StartError> {
    let code = seat_code(&app.tables.store, app.tables.clock.now_ms(), table).await?;
    Ok(code.reveal().to_owned())
}

pub(crate) async fn seat_code(store: &Store, now_ms: u64, table: TableId) -> Result<LinkCode, StartError> {
    let code = LinkCode::generate().map_err(|error| StartError::Sample(error.to_string()))?;
    let record = CodeRecord {
        hash: *code.hash().as_bytes(),
        kind: CodeKind::Seat { table, seat: FOUNDER },
        expires_at_ms: Some(now_ms + GM_LINK_LIFE_MS),
        uses_left: Some(1),
        created_at_ms: now_ms,
    };
    store.create_code(record).await?;
    Ok(code)
}

/// The invite of a table.
pub(crate) async fn invite(app: &Arc<App>, table: TableId) -> Result<String, StartError> {
    let asked = app.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await;
    let (_, generation) = asked.map_err(|error| StartError::Sample(error.to_string()))?;
    Ok(app.invite_code(table, generation))
}

/// Makes unused game master links worthless and gives a new code.
pub(crate) async fn renew_master_link(
    store: &Store,
    keys: &Path,
    now_ms: u64,
    table: Option<TableId>,
) -> Result<String, StartError> {
    let table = match table {
        Some(table) if !store.tables().await?.iter().any(|row| row.table == table) => {
            return Err(StartError::NoTable);
        }
        Some(table) => table,
        None => newest_table(store).await?.ok_or(StartError::NoTable)?,
    };
    trail::admin_acts(store, keys, "admin.gm_link", [("table", Value::from(table.to_string()))]).await?;
    store.revoke_seat_codes(table, FOUNDER).await?;
    Ok(seat_code(store, now_ms, table).await?.reveal().to_owned())
}
