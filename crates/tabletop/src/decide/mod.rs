//! What happens when a permitted command meets the table: events, or a refusal. Nothing changes here.

use crate::command::{Command, Knock, NewScene, SceneChange, TableChange, TokenChange};
use crate::dice::{Addressee, ChatKind, ChatLine, Entropy, Inline, RollMode};
use crate::event::{
    Ambience, Direction, Event, FogRecord, Grid, Layer, LightRecord, Manner, MessageRecord, MoveRecord, Part,
    PortalKind, PortalRecord, PortalState, Role, SceneRecord, SeatRecord, SeatState, Senses, TokenRecord,
    TokenState, WallKind, WallRecord,
};
use crate::geometry::{CELL, Point};
use crate::id::{AccountId, AreaId, LightId, MessageId, PortalId, SceneId, SeatId, TokenId, WallId};
use crate::limits;
use crate::name::{Name, resembles};
use crate::permission::{Permit, Rights, is_master};
use crate::refusal::{Refusal, at_most, tokens_in_command};
use crate::scene::Scene;
use crate::table::{Table, is_seated};
use crate::view::Entity;
use lights::LitChange;

mod drawings;
mod fog;
mod lights;
mod undo;

/// What a decision needs from outside.
pub struct Context<'a> {
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// Where dice come from.
    pub entropy: &'a mut dyn Entropy,
    /// Whether the seat may still take back its last move.
    pub undo: UndoWindow,
}

/// Whether a player may still take back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UndoWindow {
    /// Nothing else reached the player since.
    Open,
    /// The player has seen something new since, so a refusal tells nothing.
    Closed,
}

/// What comes of a command.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decision {
    /// The facts, in order.
    pub events: Vec<Event>,
    /// A token was stopped on its way.
    pub stopped: bool,
    /// The one thing that the command made.
    pub made: Option<Entity>,
    /// The named areas that a previewed move would show players for the first time.
    pub warns: Vec<AreaId>,
}

impl From<Vec<Event>> for Decision {
    fn from(events: Vec<Event>) -> Self {
        Self { events, ..Self::default() }
    }
}

impl From<Event> for Decision {
    fn from(event: Event) -> Self {
        vec![event].into()
    }
}

/// Colours for people who did not choose one: far apart, readable on dark and light.
const SEAT_COLORS: [u32; 10] = [
    0xe8_a33d, 0x4f_a3e0, 0x6c_bf5f, 0xd9_6cb0, 0x9a_7ae8, 0xe0_6c5a, 0x3f_bfae, 0xc9_b44a, 0x7f_9ad0,
    0xb5_8a5f,
];

impl Table {
    /// Decides a permitted command. The events are not applied.
    pub fn decide(&self, ctx: &mut Context<'_>, permit: Permit) -> Result<Decision, Refusal> {
        let Permit { seat, rights, command } = permit;
        match command {
            Command::MoveTokens(moves) => self.decide_moves(seat, rights, moves),
            Command::PlaceToken(at, change) => self.place_token(seat, at, change),
            Command::EditTokens(tokens, change) => self.edit_tokens(seat, &tokens, &change),
            Command::CopyTokens(tokens, by) => self.copy_tokens(seat, &tokens, by),
            Command::RemoveTokens(tokens) => self.remove_tokens(seat, &tokens),
            Command::Target(tokens) => self.target(seat, tokens),
            Command::Undo => self.reset(seat, rights, ctx.undo, Direction::Back),
            Command::Redo => self.reset(seat, rights, ctx.undo, Direction::Forth),
            Command::SetPortal(portal, state) => self.decide_portal(seat, rights, portal, state),
            Command::Say(line, speak_as) => self.say(ctx, seat, &line, speak_as),
            Command::AddScene(name, size_cells) => self.empty_scene(name, size_cells),
            Command::ImportScene(scene) => self.new_scene(*scene),
            Command::EditScene(scene, change) => self.edit_scene(scene, change),
            Command::RemoveScene(scene) => self.decide_scene_removal(scene),
            Command::ShowScene(scene) => {
                self.known_scene(scene)?;
                Ok(Event::SceneShown { scene }.into())
            }
            Command::OpenScene(scene) => {
                self.known_scene(scene)?;
                Ok(Event::SceneOpened { seat, scene }.into())
            }
            Command::AddWalls(walls) => self.decide_walls(seat, &walls),
            Command::RemoveWalls(mut walls) => {
                walls.sort_unstable();
                walls.dedup();
                let (scene, ground) = self.scene_in_view(seat)?;
                at_most(walls.len(), limits::WALLS_PER_COMMAND_MAX, "walls in one command")?;
                if walls.iter().any(|wall| !ground.ground.walls.contains_key(wall)) {
                    return Err(Refusal::Unknown);
                }
                Ok(Event::WallsRemoved { by: Some(seat), scene, walls }.into())
            }
            Command::AddPortal(a, b, kind) => self.decide_new_portal(seat, a, b, kind),
            Command::RemovePortal(portal) => {
                let (scene, ground) = self.scene_in_view(seat)?;
                if !ground.portals.contains_key(&portal) {
                    return Err(Refusal::Unknown);
                }
                Ok(Event::PortalRemoved { by: Some(seat), scene, portal }.into())
            }
            Command::RevealPortal(portal) => {
                let (scene, ground) = self.scene_in_view(seat)?;
                match ground.portals.get(&portal).ok_or(Refusal::Unknown)?.kind {
                    PortalKind::SecretDoor => Ok(Event::PortalFound { scene, portal }.into()),
                    PortalKind::Door | PortalKind::Window => Ok(Decision::default()),
                }
            }
            Command::AddLights(lights) => self.add_lights(seat, &lights),
            Command::EditLights(lights, change) => self.edit_lights(seat, &lights, &change),
            Command::RemoveLights(lights) => self.remove_lights(seat, lights),
            Command::AddDrawing(new) => self.add_drawing(seat, new),
            Command::EditDrawings(drawings, change) => self.edit_drawings(seat, &drawings, &change),
            Command::RemoveDrawings(drawings) => self.remove_drawings(seat, &drawings),
            Command::PaintFog(stage, shape, cover) => self.paint_fog(seat, stage, &shape, cover),
            Command::CoverAreas(stage, areas, cover) => self.cover_areas(seat, stage, &areas, cover),
            Command::AddArea(name, polygon) => self.add_area(seat, name, polygon),
            Command::EditArea(area, change) => self.edit_area(seat, area, change),
            Command::RemoveAreas(areas) => self.remove_areas(seat, areas),
            Command::PrepareFog => self.prepare_fog(seat),
            Command::PushFog => self.push_fog(seat),
            Command::DiscardFog => self.discard_fog(seat),
            Command::ForgetMemory(of) => self.decide_forgetting(seat, of),
            Command::PreviewMove(moves) => self.preview_move(seat, rights, moves),
            Command::Admit(knock, into) => self.admit(knock, into),
            Command::Kick(seat) => self.kick(seat),
            Command::Ban(seat) => {
                let record = self.seat(seat).ok_or(Refusal::Unknown)?;
                if record.role == Role::Gm {
                    return Err(Refusal::MasterStays);
                }
                let seat = SeatRecord { state: SeatState::Banned, ..record.clone() };
                Ok(Event::SeatSet { seat }.into())
            }
            Command::Unban(seat) => {
                let record = self.seat(seat).filter(|seat| seat.state == SeatState::Banned);
                let seat = record.ok_or(Refusal::Unknown)?.seat;
                Ok(Event::SeatRemoved { seat }.into())
            }
            Command::EditSeat(seat, name, color) => self.edit_seat(seat, name, color),
            Command::EditTable(change) => Ok(self.edit_table(change).into()),
            Command::RenewInvite => {
                Ok(Event::InviteRenewed { generation: self.invite_generation().saturating_add(1) }.into())
            }
        }
    }

    /// Makes a table's first facts: its name and its game master's seat.
    pub fn found(name: &Name, master: AccountId, master_name: &Name) -> Vec<Event> {
        let seat = SeatRecord {
            seat: SeatId(1),
            accounts: vec![master],
            name: master_name.as_str().to_owned(),
            color: SEAT_COLORS[0],
            role: Role::Gm,
            state: SeatState::Seated,
            hears_from: MessageId(0),
        };
        let settings = *Self::default().settings();
        vec![Event::TableSet { name: name.as_str().to_owned(), settings }, Event::SeatAdded { seat }]
    }

    /// Somebody with a valid invite is at the door. Knocking again changes nothing.
    pub fn decide_knock(&self, knock: &Knock) -> Result<Decision, Refusal> {
        if let Some(seat) = self.seat_of(knock.account) {
            return if seat.state == SeatState::Banned {
                Err(Refusal::Banned)
            } else {
                Ok(Decision::default())
            };
        }
        at_most(self.seats().count() + 1, limits::SEATS_PER_TABLE_MAX, "seats at a table")?;
        let knocks = self.seats().filter(|seat| seat.state == SeatState::Knocking).count();
        at_most(knocks + 1, limits::KNOCKS_PER_TABLE_MAX, "people waiting at the door")?;
        let seat = SeatId(self.next_ids().seat.max(1));
        let state = if self.settings().walk_in { SeatState::Seated } else { SeatState::Knocking };
        let record = SeatRecord {
            seat,
            accounts: vec![knock.account],
            name: match state {
                SeatState::Seated => self.unlike_others(seat, knock.name.as_str()),
                SeatState::Knocking | SeatState::Banned => knock.name.as_str().to_owned(),
            },
            color: self.free_color(),
            role: knock.role,
            state,
            hears_from: MessageId(self.next_ids().message),
        };
        let made = Some(Entity::Seat(seat));
        Ok(Decision { events: vec![Event::SeatAdded { seat: record }], made, ..Decision::default() })
    }

    /// Another device of a seat's person joins with a one-time link.
    pub fn decide_device(&self, seat: SeatId, account: AccountId) -> Result<Decision, Refusal> {
        let record = self.seat(seat).filter(|seat| is_seated(seat)).ok_or(Refusal::Unknown)?;
        if record.accounts.contains(&account) {
            return Ok(Decision::default());
        }
        let mut seat = record.clone();
        seat.accounts.push(account);
        if seat.accounts.len() > limits::ACCOUNTS_PER_SEAT_MAX {
            seat.accounts.remove(0);
        }
        Ok(Event::SeatSet { seat }.into())
    }

    /// The least used colour, the first of those in order.
    fn free_color(&self) -> u32 {
        // Of the people whom everybody sees: the colour must not tell who knocks.
        let seated = || self.seats().filter(|seat| is_seated(seat));
        let uses = |color: u32| seated().filter(|seat| seat.color == color).count();
        SEAT_COLORS.into_iter().min_by_key(|color| uses(*color)).unwrap_or(SEAT_COLORS[0])
    }

    fn known_scene(&self, scene: SceneId) -> Result<&Scene, Refusal> {
        self.scene(scene).ok_or(Refusal::Unknown)
    }

    fn scene_in_view(&self, seat: SeatId) -> Result<(SceneId, &Scene), Refusal> {
        let id = self.scene_of(seat).ok_or(Refusal::NoScene)?;
        Ok((id, self.known_scene(id)?))
    }

    fn decide_moves(
        &self,
        seat: SeatId,
        rights: Rights,
        moves: Vec<(TokenId, Vec<Point>)>,
    ) -> Result<Decision, Refusal> {
        tokens_in_command(moves.len())?;
        let mut decision = Decision::default();
        let mut walked = Vec::with_capacity(moves.len());
        for (id, way) in moves {
            let token = self.token(id).ok_or(Refusal::Unknown)?;
            let scene = self.known_scene(token.scene)?;
            at_most(way.len(), limits::WAY_POINTS_PER_MOVE_MAX, "way points in one move")?;
            if way.is_empty() {
                return Err(Refusal::OutOfRange { what: "way points", min: 1, max: 100 });
            }
            if way.iter().any(|point| !scene.contains(*point)) {
                return Err(Refusal::OutsideScene);
            }
            let (path, stopped) = match rights {
                Rights::Master => (way, false),
                Rights::Player => walk(scene, token, way),
            };
            decision.stopped |= stopped;
            if !path.is_empty() {
                walked.push(MoveRecord { token: id, path });
            }
        }
        if !walked.is_empty() {
            decision.events.push(Event::TokensMoved { by: seat, moves: walked });
        }
        Ok(decision)
    }

    fn place_token(&self, seat: SeatId, at: Point, change: TokenChange) -> Result<Decision, Refusal> {
        let (scene_id, scene) = self.scene_in_view(seat)?;
        at_most(self.tokens().len() + 1, limits::TOKENS_PER_TABLE_MAX, "tokens at a table")?;
        if !scene.contains(at) {
            return Err(Refusal::OutsideScene);
        }
        let mut token = TokenRecord {
            scene: scene_id,
            at,
            name: String::new(),
            name_shown: true,
            size: CELL,
            rotation: 0,
            hidden: false,
            layer: Layer::Token,
            owners: Vec::new(),
            picture: None,
            color: 0x8a_8f98,
            senses: Senses::default(),
            emission: None,
        };
        self.change(&mut token, &change)?;
        let mut lit = LitChange::default();
        lit.note(scene_id, None, token.emission);
        self.check_lit(&lit)?;
        let id = TokenId(self.next_ids().token);
        let tokens = vec![TokenState { token: id, is: Some(token) }];
        let events = vec![Event::TokensSet { by: seat, tokens }];
        Ok(Decision { events, made: Some(Entity::Token(id)), ..Decision::default() })
    }

    fn edit_tokens(&self, seat: SeatId, ids: &[TokenId], change: &TokenChange) -> Result<Decision, Refusal> {
        tokens_in_command(ids.len())?;
        let mut lit = LitChange::default();
        let mut tokens = Vec::with_capacity(ids.len());
        for id in ids {
            let mut token = self.token(*id).ok_or(Refusal::Unknown)?.clone();
            let was = token.emission;
            self.change(&mut token, change)?;
            if was != token.emission {
                lit.note(token.scene, was, token.emission);
            }
            tokens.push(TokenState { token: *id, is: Some(token) });
        }
        self.check_lit(&lit)?;
        Ok(Event::TokensSet { by: seat, tokens }.into())
    }

    fn change(&self, token: &mut TokenRecord, change: &TokenChange) -> Result<(), Refusal> {
        if let Some(name) = &change.name {
            token.name = name.as_ref().map_or_else(String::new, |name| name.as_str().to_owned());
        }
        if let Some(size) = change.size {
            let fits = (CELL / 4..=limits::TOKEN_CELLS_MAX * CELL).contains(&size);
            token.size = fits.then_some(size).ok_or(Refusal::OutOfRange {
                what: "a token's size in cells",
                min: 0,
                max: i64::from(limits::TOKEN_CELLS_MAX),
            })?;
        }
        if let Some(rotation) = change.rotation {
            token.rotation = rotation % 360;
        }
        if let Some(owners) = &change.owners {
            at_most(owners.len(), limits::OWNERS_PER_TOKEN_MAX, "owners of a token")?;
            if owners.iter().any(|owner| self.seat(*owner).is_none()) {
                return Err(Refusal::Unknown);
            }
            token.owners.clone_from(owners);
            token.owners.sort_unstable();
            token.owners.dedup();
        }
        if let Some(color) = change.color {
            token.color = color_in_range(color)?;
        }
        if let Some(senses) = change.senses {
            token.senses = lights::checked_senses(senses)?;
        }
        if let Some(emission) = change.emission {
            token.emission = emission.map(lights::checked_glow).transpose()?;
        }
        token.name_shown = change.name_shown.unwrap_or(token.name_shown);
        token.hidden = change.hidden.unwrap_or(token.hidden);
        token.layer = change.layer.unwrap_or(token.layer);
        token.picture = change.picture.unwrap_or(token.picture);
        Ok(())
    }

    fn copy_tokens(&self, seat: SeatId, ids: &[TokenId], by: Point) -> Result<Decision, Refusal> {
        tokens_in_command(ids.len())?;
        at_most(self.tokens().len() + ids.len(), limits::TOKENS_PER_TABLE_MAX, "tokens at a table")?;
        let mut lit = LitChange::default();
        let mut tokens = Vec::with_capacity(ids.len());
        for (copy, id) in (self.next_ids().token..).zip(ids) {
            let token = self.token(*id).ok_or(Refusal::Unknown)?;
            let at = Point::new(token.at.x.saturating_add(by.x), token.at.y.saturating_add(by.y));
            if !self.known_scene(token.scene)?.contains(at) {
                return Err(Refusal::OutsideScene);
            }
            lit.note(token.scene, None, token.emission);
            tokens.push(TokenState { token: TokenId(copy), is: Some(TokenRecord { at, ..token.clone() }) });
        }
        self.check_lit(&lit)?;
        Ok(Event::TokensSet { by: seat, tokens }.into())
    }

    fn remove_tokens(&self, seat: SeatId, ids: &[TokenId]) -> Result<Decision, Refusal> {
        tokens_in_command(ids.len())?;
        if ids.iter().any(|id| self.token(*id).is_none()) {
            return Err(Refusal::Unknown);
        }
        let tokens = ids.iter().map(|token| TokenState { token: *token, is: None }).collect();
        Ok(Event::TokensSet { by: seat, tokens }.into())
    }

    fn target(&self, seat: SeatId, mut tokens: Vec<TokenId>) -> Result<Decision, Refusal> {
        tokens_in_command(tokens.len())?;
        if tokens.iter().any(|id| self.token(*id).is_none()) {
            return Err(Refusal::Unknown);
        }
        tokens.sort_unstable();
        tokens.dedup();
        let before: Vec<TokenId> = self.targets_of(seat).collect();
        let without = |all: &[TokenId], some: &[TokenId]| -> Vec<TokenId> {
            all.iter().copied().filter(|id| !some.contains(id)).collect()
        };
        let (aimed, let_go) = (without(&tokens, &before), without(&before, &tokens));
        if aimed.is_empty() && let_go.is_empty() {
            return Ok(Decision::default());
        }
        Ok(Event::Targeted { by: seat, aimed, let_go }.into())
    }

    fn decide_portal(
        &self,
        seat: SeatId,
        rights: Rights,
        portal: PortalId,
        state: PortalState,
    ) -> Result<Decision, Refusal> {
        let (scene, ground) = self.scene_in_view(seat)?;
        let record = ground.portals.get(&portal).ok_or(Refusal::Unknown)?;
        if rights == Rights::Player {
            if record.is_secret() {
                return Err(Refusal::Unknown);
            }
            match (record.state, state) {
                (_, PortalState::Locked) => return Err(Refusal::MasterOnly),
                (PortalState::Locked, PortalState::Open | PortalState::Shut) => return Err(Refusal::Locked),
                (PortalState::Open | PortalState::Shut, PortalState::Open | PortalState::Shut) => {}
            }
        }
        if record.state == state {
            return Ok(Decision::default());
        }
        Ok(Event::PortalSet { scene, portal, state }.into())
    }

    fn say(
        &self,
        ctx: &mut Context<'_>,
        seat: SeatId,
        line: &str,
        speak_as: Option<TokenId>,
    ) -> Result<Decision, Refusal> {
        let speaker = self.seat(seat).ok_or(Refusal::NotSeated)?;
        let line = ChatLine::parse(line).map_err(|error| Refusal::Chat(error.to_string()))?;
        let mut to = Vec::new();
        let manner = match &line.kind {
            ChatKind::Say => Manner::Say,
            ChatKind::Emote => Manner::Emote,
            ChatKind::Whisper { to: named } => {
                for addressee in named {
                    to.extend(self.seats_named(addressee)?);
                }
                to.sort_unstable();
                to.dedup();
                Manner::Whisper
            }
            ChatKind::Roll(RollMode::Public) => Manner::Roll,
            ChatKind::Roll(RollMode::Gm) => Manner::GmRoll,
            ChatKind::Roll(RollMode::Blind) => Manner::BlindRoll,
            ChatKind::Roll(RollMode::SelfOnly) => Manner::SelfRoll,
        };
        let part = |part| match part {
            Inline::Text(text) => Part::Text { text },
            Inline::Roll(roll) => Part::Roll { roll: Box::new(roll) },
        };
        let parts = line.throw(ctx.entropy).into_iter().map(part).collect();
        let alias = speak_as.and_then(|token| self.token(token)).map(|token| token.name.as_str());
        let name = alias.filter(|name| !name.is_empty()).unwrap_or(&speaker.name).to_owned();
        let message = MessageId(self.next_ids().message);
        let message = MessageRecord { message, at_ms: ctx.now_ms, by: seat, name, manner, to, parts };
        Ok(Event::MessageSaid { message: Box::new(message) }.into())
    }

    /// Who a whisper is for: the game masters, or the one person of that name.
    fn seats_named(&self, addressee: &Addressee) -> Result<Vec<SeatId>, Refusal> {
        let seated = self.seats().filter(|seat| is_seated(seat));
        if addressee.is_master() {
            // A table always has a game master.
            return Ok(seated.filter(|seat| seat.role == Role::Gm).map(|seat| seat.seat).collect());
        }
        let person = addressee.among(seated.map(|seat| (seat.seat, seat.name.as_str())));
        person.map(|seat| vec![seat]).map_err(|error| Refusal::Chat(error.to_string()))
    }

    fn empty_scene(&self, name: Name, size_cells: [u32; 2]) -> Result<Decision, Refusal> {
        let max = limits::SCENE_CELLS_MAX;
        let side = |cells: u32| match i32::try_from(cells) {
            Ok(cells @ 1..) if cells.unsigned_abs() <= max => Ok(cells * CELL),
            _ => Err(Refusal::OutOfRange { what: "a scene's side in cells", min: 1, max: i64::from(max) }),
        };
        let size = Point::new(side(size_cells[0])?, side(size_cells[1])?);
        self.new_scene(NewScene {
            name,
            size,
            grid: Grid::default(),
            picture: None,
            walls: Vec::new(),
            portals: Vec::new(),
            lights: Vec::new(),
        })
    }

    fn new_scene(&self, new: NewScene) -> Result<Decision, Refusal> {
        at_most(self.scenes().len() + 1, limits::SCENES_PER_TABLE_MAX, "scenes at a table")?;
        at_most(new.walls.len(), limits::WALLS_PER_SCENE_MAX, "walls in a scene")?;
        at_most(new.portals.len(), limits::PORTALS_PER_SCENE_MAX, "doors and windows in a scene")?;
        at_most(new.lights.len(), limits::LIGHTS_PER_SCENE_MAX, "lights in a scene")?;
        check_grid(&new.grid)?;
        let next = self.next_ids();
        let scene = SceneId(next.scene);
        let walls = (next.wall..).zip(new.walls);
        let portals = (next.portal..).zip(new.portals);
        let lights = (next.light..).zip(new.lights);
        let record = SceneRecord {
            scene,
            name: new.name.into(),
            size: new.size,
            grid: new.grid,
            picture: new.picture,
            walls: walls.map(|(id, (a, b, kind))| WallRecord { wall: WallId(id), a, b, kind }).collect(),
            portals: portals
                .map(|(id, (a, b, kind, state))| PortalRecord { portal: PortalId(id), a, b, kind, state })
                .collect(),
            lights: lights
                .map(|(id, (at, range, color))| {
                    let range = range.clamp(0, limits::LIGHT_CELLS_MAX * CELL);
                    let bright = Some(range / 2);
                    LightRecord { light: LightId(id), at, range, color, bright, cone: None, on: true }
                })
                .collect(),
            ambience: Ambience::default(),
            fog: FogRecord::default(),
            drawings: Vec::new(),
        };
        lights::check_new_lights(&record.lights)?;
        let mut events = vec![Event::SceneAdded { scene: Box::new(record) }];
        if self.shown().is_none() {
            events.push(Event::SceneShown { scene });
        }
        Ok(Decision { events, made: Some(Entity::Scene(scene)), ..Decision::default() })
    }

    fn edit_scene(&self, id: SceneId, change: SceneChange) -> Result<Decision, Refusal> {
        let scene = self.known_scene(id)?;
        let name = change.name.map_or_else(|| scene.name.clone(), String::from);
        let grid = change.grid.unwrap_or_else(|| scene.grid.clone());
        let ambience = change.ambience.unwrap_or(scene.ambience);
        check_grid(&grid)?;
        if (grid.pixels_per_cell == 0) != (scene.grid.pixels_per_cell == 0) {
            return Err(Refusal::OutOfRange {
                what: "pixels in a cell",
                min: i64::from(scene.picture.is_some()),
                max: i64::from(if scene.picture.is_some() { limits::PIXELS_PER_CELL_MAX } else { 0 }),
            });
        }
        if grid.pixels_per_cell != 0 {
            let side = i64::from(scene.size.x.max(scene.size.y)) * i64::from(scene.grid.pixels_per_cell)
                / i64::from(grid.pixels_per_cell);
            if side > i64::from(limits::SCENE_CELLS_MAX) * i64::from(CELL) {
                let max = i64::from(limits::SCENE_CELLS_MAX);
                return Err(Refusal::OutOfRange { what: "a scene's side in cells", min: 1, max });
            }
        }
        Ok(Event::SceneSet { scene: id, name, grid, ambience }.into())
    }

    fn decide_scene_removal(&self, scene: SceneId) -> Result<Decision, Refusal> {
        self.known_scene(scene)?;
        if self.shown() == Some(scene) && self.scenes().len() > 1 {
            return Err(Refusal::SceneShown);
        }
        Ok(Event::SceneRemoved { scene }.into())
    }

    fn decide_walls(&self, seat: SeatId, walls: &[(Point, Point, WallKind)]) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        at_most(walls.len(), limits::WALLS_PER_COMMAND_MAX, "walls in one command")?;
        at_most(scene.ground.walls.len() + walls.len(), limits::WALLS_PER_SCENE_MAX, "walls in a scene")?;
        if walls.iter().any(|(a, b, _)| !scene.contains(*a) || !scene.contains(*b)) {
            return Err(Refusal::OutsideScene);
        }
        let numbered = (self.next_ids().wall..).zip(walls.iter().filter(|(a, b, _)| a != b));
        let walls =
            numbered.map(|(id, (a, b, kind))| WallRecord { wall: WallId(id), a: *a, b: *b, kind: *kind });
        let walls: Vec<_> = walls.collect();
        if walls.is_empty() {
            return Ok(Decision::default());
        }
        Ok(Event::WallsAdded { by: Some(seat), scene: id, walls }.into())
    }

    fn decide_new_portal(
        &self,
        seat: SeatId,
        a: Point,
        b: Point,
        kind: PortalKind,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        at_most(scene.portals.len() + 1, limits::PORTALS_PER_SCENE_MAX, "doors and windows in a scene")?;
        if !scene.contains(a) || !scene.contains(b) {
            return Err(Refusal::OutsideScene);
        }
        if a == b {
            return Err(Refusal::OutOfRange {
                what: "a door's width",
                min: 1,
                max: i64::from(limits::SCENE_CELLS_MAX),
            });
        }
        let portal = PortalId(self.next_ids().portal);
        let record = PortalRecord { portal, a, b, kind, state: PortalState::Shut };
        let events = vec![Event::PortalAdded { by: Some(seat), scene: id, portal: record }];
        Ok(Decision { events, made: Some(Entity::Portal(portal)), ..Decision::default() })
    }

    fn admit(&self, knock: SeatId, into: Option<SeatId>) -> Result<Decision, Refusal> {
        let record = self.seat(knock).ok_or(Refusal::Unknown)?;
        if record.state != SeatState::Knocking {
            return Err(Refusal::NotKnocking);
        }
        let Some(into) = into else {
            let hears_from = MessageId(self.next_ids().message);
            let name = self.unlike_others(knock, &record.name);
            let seat = SeatRecord { state: SeatState::Seated, hears_from, name, ..record.clone() };
            return Ok(Event::SeatSet { seat }.into());
        };
        let mut seat = self.seat(into).filter(|seat| is_seated(seat)).ok_or(Refusal::Unknown)?.clone();
        if seat.role == Role::Gm {
            return Err(Refusal::MasterStays);
        }
        seat.accounts.extend(&record.accounts);
        if seat.accounts.len() > limits::ACCOUNTS_PER_SEAT_MAX {
            let surplus = seat.accounts.len() - limits::ACCOUNTS_PER_SEAT_MAX;
            seat.accounts.drain(..surplus);
        }
        Ok(vec![Event::SeatRemoved { seat: knock }, Event::SeatSet { seat }].into())
    }

    fn kick(&self, id: SeatId) -> Result<Decision, Refusal> {
        let record = self.seat(id).ok_or(Refusal::Unknown)?;
        if record.role == Role::Gm {
            return Err(Refusal::MasterStays);
        }
        match record.state {
            SeatState::Knocking => Ok(Event::SeatRemoved { seat: id }.into()),
            // The seat stays, with its tokens; another person can be admitted into it.
            SeatState::Seated if !record.accounts.is_empty() => {
                Ok(Event::SeatSet { seat: SeatRecord { accounts: Vec::new(), ..record.clone() } }.into())
            }
            SeatState::Seated => Ok(Event::SeatRemoved { seat: id }.into()),
            SeatState::Banned => Err(Refusal::Unknown),
        }
    }

    fn edit_seat(&self, id: SeatId, name: Option<Name>, color: Option<u32>) -> Result<Decision, Refusal> {
        let mut seat = self.seat(id).ok_or(Refusal::Unknown)?.clone();
        if let Some(name) = name {
            if self.is_taken(id, name.as_str()) {
                return Err(Refusal::NameTaken);
            }
            seat.name = name.into();
        }
        if let Some(color) = color {
            seat.color = color_in_range(color)?;
        }
        Ok(Event::SeatSet { seat }.into())
    }

    /// Whether somebody else at the table has a name that looks like this one.
    fn is_taken(&self, seat: SeatId, name: &str) -> bool {
        self.seats().any(|other| other.seat != seat && is_seated(other) && resembles(&other.name, name))
    }

    /// The name, or with a number behind it the first that nobody else at the table has: nobody sits down as somebody else.
    fn unlike_others(&self, seat: SeatId, name: &str) -> String {
        if !self.is_taken(seat, name) {
            return name.to_owned();
        }
        let numbered = (2..=limits::SEATS_PER_TABLE_MAX + 1).map(|number| {
            let number = format!(" ({number})");
            let room = limits::NAME_CHARS_MAX - number.len();
            name.chars().take(room).collect::<String>() + &number
        });
        // There are more numbers than seats.
        numbered.into_iter().find(|name| !self.is_taken(seat, name)).unwrap_or_else(|| name.to_owned())
    }

    fn edit_table(&self, change: TableChange) -> Event {
        let mut settings = *self.settings();
        settings.walk_in = change.walk_in.unwrap_or(settings.walk_in);
        settings.shared_sight = change.shared_sight.unwrap_or(settings.shared_sight);
        settings.player_undo = change.player_undo.unwrap_or(settings.player_undo);
        settings.padded_timing = change.padded_timing.unwrap_or(settings.padded_timing);
        settings.paused = change.paused.unwrap_or(settings.paused);
        settings.players_draw = change.players_draw.unwrap_or(settings.players_draw);
        let name = change.name.map_or_else(|| self.name().to_owned(), String::from);
        Event::TableSet { name, settings }
    }

    /// Whether a seat may learn of what a manner of speaking tells: the whole message.
    pub(crate) fn hears(&self, seat: &SeatRecord, message: &MessageRecord) -> bool {
        let master = is_master(self, seat.seat);
        if message.message < seat.hears_from && !master {
            return false;
        }
        match message.manner {
            Manner::Say | Manner::Emote | Manner::Roll => true,
            Manner::Whisper => message.by == seat.seat || message.to.contains(&seat.seat),
            Manner::GmRoll | Manner::BlindRoll => master || message.by == seat.seat,
            Manner::SelfRoll => message.by == seat.seat,
        }
    }
}

/// The part of a way that walls leave free, and whether they cut it. Empty when not even one step is free.
fn walk(scene: &Scene, token: &TokenRecord, way: Vec<Point>) -> (Vec<Point>, bool) {
    let mut path = Vec::with_capacity(way.len());
    let mut from = token.at;
    for to in way {
        match scene.stopped_at(from, to, token.size) {
            None => path.push(to),
            Some(stop) => {
                if stop != from {
                    path.push(stop);
                }
                return (path, true);
            }
        }
        from = to;
    }
    (path, false)
}

fn color_in_range(color: u32) -> Result<u32, Refusal> {
    let fits = color <= 0xff_ffff;
    fits.then_some(color).ok_or(Refusal::OutOfRange { what: "a colour", min: 0, max: 0xff_ffff })
}

fn check_grid(grid: &Grid) -> Result<(), Refusal> {
    if grid.pixels_per_cell > limits::PIXELS_PER_CELL_MAX {
        let max = i64::from(limits::PIXELS_PER_CELL_MAX);
        return Err(Refusal::OutOfRange { what: "pixels in a cell", min: 1, max });
    }
    if !(1..=1_000_000).contains(&grid.unit_per_cell) {
        return Err(Refusal::OutOfRange {
            what: "a cell's length in hundredths of its unit",
            min: 1,
            max: 1_000_000,
        });
    }
    let unit_fits = grid.unit.chars().count() <= limits::UNIT_CHARS_MAX;
    if !unit_fits || (!grid.unit.is_empty() && Name::parse(&grid.unit).is_err()) {
        let max = i64::try_from(limits::UNIT_CHARS_MAX).unwrap_or(i64::MAX);
        return Err(Refusal::OutOfRange { what: "a unit's name in characters", min: 0, max });
    }
    Ok(())
}
