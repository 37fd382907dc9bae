//! A world in which a script is played, and what its player is told meanwhile.

use std::collections::BTreeSet;

use protocol::{ServerFrame, Update};
use tabletop::audience::Patch;
use tabletop::command::{
    AreaChange, Command, DrawingChange, LightChange, NewDrawing, NewLight, NewScene, SceneChange, Shape,
    TableChange, TokenChange,
};
use tabletop::event::{
    Ambience, Cover, DrawingRecord, DrawnShape, Event, FogStage, Glow, Grid, Layer, PortalKind, PortalState,
    Role, Senses, Shown, WallKind,
};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{DrawingId, LightId, PortalId, SceneId, SeatId, TokenId};

use crate::script::{ASIDES, LINES, Public, Secret};
use crate::world::{MASTER, World, name, quarters};

/// A world with the player whose stream is recorded.
pub(crate) struct Play {
    pub(crate) world: World,
    pub(crate) player: SeatId,
    pub(crate) other: SeatId,
    pub(crate) own: TokenId,
    pub(crate) others: TokenId,
    pub(crate) figure: TokenId,
    pub(crate) lamp: LightId,
    pub(crate) scene: SceneId,
    pub(crate) door: PortalId,
    pub(crate) elsewhere: SceneId,
    pub(crate) inn: SceneId,
    pub(crate) in_vault: Vec<TokenId>,
    pub(crate) in_alcove: Vec<TokenId>,
    pub(crate) has_alcove: bool,
    pub(crate) hidden: Vec<TokenId>,
    pub(crate) vault_doors: Vec<PortalId>,
    pub(crate) vault_lights: Vec<LightId>,
    pub(crate) stream: Vec<String>,
    /// Every kind of command that was carried out.
    pub(crate) done: BTreeSet<&'static str>,
}

pub(crate) fn torch(glow: Option<Glow>) -> TokenChange {
    TokenChange { emission: Some(glow), ..TokenChange::default() }
}

/// A scene as a map file gives it.
pub(crate) fn cellar() -> NewScene {
    NewScene {
        name: name("Cellar"),
        size: quarters(32, 32),
        grid: Grid::default(),
        picture: None,
        walls: vec![(quarters(4, 4), quarters(20, 4), WallKind::Wall)],
        portals: vec![(quarters(4, 8), quarters(8, 8), PortalKind::Door, PortalState::Shut)],
        lights: vec![(quarters(6, 6), 4 * CELL, 0xff_c58f)],
    }
}

/// The kinds of an enum: all of them, and which one a value is. One that is left out does not compile.
macro_rules! kinds {
    ($all:ident, $kind:ident, $of:ident: $($name:ident)+) => {
        pub(crate) const $all: &[&str] = &[$(stringify!($name)),+];

        pub(crate) fn $kind(value: &$of) -> &'static str {
            match value {
                $($of::$name { .. } => stringify!($name)),+
            }
        }
    };
}

kinds!(COMMANDS, command_kind, Command:
    MoveTokens PlaceToken EditTokens CopyTokens RemoveTokens Target Undo Redo SetPortal Say AddScene ImportScene EditScene
    RemoveScene ShowScene OpenScene AddWalls RemoveWalls AddPortal RemovePortal RevealPortal AddLights EditLights
    RemoveLights PaintFog CoverAreas AddArea EditArea RemoveAreas PrepareFog PushFog DiscardFog AddDrawing EditDrawings
    RemoveDrawings ForgetMemory PreviewMove
    Admit Kick Ban Unban EditSeat EditTable RenewInvite);
kinds!(EVENTS, event_kind, Event:
    TableSet InviteRenewed SeatAdded SeatSet SeatRemoved SceneAdded SceneSet SceneRemoved SceneShown SceneOpened WallsAdded
    WallsRemoved PortalAdded PortalRemoved PortalFound PortalSet LightsSet LightsRemoved BuiltReset TokensMoved TokensSet TokensReset Targeted
    Explored FogSet FogReset FogPrepared FogDiscarded AreasSet AreasRemoved DrawingsSet DrawingsReset
    MemoryForgotten MessageSaid);

pub(crate) fn perceive(senses: Senses) -> TokenChange {
    TokenChange { senses: Some(senses), ..TokenChange::default() }
}

pub(crate) fn frame(patch: &Patch) -> String {
    let update = Update::from(patch.clone());
    serde_json::to_string(&ServerFrame::Update(Box::new(update))).expect("frames are plain structs")
}

impl Play {
    /// A scene of 20 by 12 cells: the player's half, a wall with a door, a passage, and a sealed vault. Below the player's
    /// half lies a nook that can be looked into through a narrow corridor, but not entered.
    pub(crate) fn new() -> Self {
        let mut world = World::new();
        world.must(MASTER, Command::AddScene(name("Crypt"), [20, 12]));
        let player = world.seat("Ada", Role::Player);
        let other = world.seat("Bo", Role::Player);
        let wall = |ax, ay, bx, by| (quarters(ax, ay), quarters(bx, by), WallKind::Wall);
        let walls = vec![
            wall(40, 0, 40, 20),
            wall(40, 28, 40, 48),
            wall(48, 4, 76, 4),
            wall(76, 4, 76, 44),
            wall(76, 44, 48, 44),
            wall(48, 44, 48, 4),
            wall(0, 40, 18, 40),
            wall(18, 40, 18, 44),
            wall(18, 44, 0, 44),
            wall(40, 40, 20, 40),
            wall(20, 40, 20, 44),
            wall(20, 44, 40, 44),
            (quarters(18, 40), quarters(20, 40), WallKind::Barrier),
        ];
        world.must(MASTER, Command::AddWalls(walls));
        world.must(MASTER, Command::AddPortal(quarters(40, 20), quarters(40, 28), PortalKind::Door));
        let own = world.token(quarters(10, 10), &[player]);
        let others = world.token(quarters(14, 30), &[other]);
        let figure = world.token(quarters(20, 20), &[]);
        let glow = Glow { bright: 2 * CELL, dim: 5 * CELL, color: 0xff_c58f, cone: None };
        let lights = [quarters(30, 12), quarters(19, 45)].map(|at| NewLight { at, glow, on: true });
        world.must(MASTER, Command::AddLights(lights.to_vec()));
        // A second scene for the game master's preparations.
        world.must(MASTER, Command::AddScene(name("Below"), [10, 10]));
        let now = world.snapshot();
        let scene = now.shown.expect("the first scene is shown");
        let elsewhere =
            now.scenes.iter().map(|scene| scene.scene).find(|id| *id != scene).expect("two scenes");
        // And one that all may know.
        world.must(MASTER, Command::AddScene(name("Inn"), [8, 8]));
        let inn = world.snapshot().scenes.iter().map(|scene| scene.scene).max().expect("three scenes");
        let lamp = now.scenes.iter().flat_map(|scene| &scene.lights).next().expect("a lamp").light;
        let door = now.scenes.iter().flat_map(|scene| &scene.portals).next().expect("a door").portal;
        world.must(MASTER, Command::OpenScene(scene));
        Self {
            world,
            player,
            other,
            own,
            others,
            figure,
            lamp,
            scene,
            door,
            elsewhere,
            inn,
            in_vault: Vec::new(),
            in_alcove: Vec::new(),
            has_alcove: false,
            hidden: Vec::new(),
            vault_doors: Vec::new(),
            vault_lights: Vec::new(),
            stream: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    /// The same with the alcove veiled.
    pub(crate) fn with_alcove() -> Self {
        let mut play = Self::new();
        let alcove = Shape::Rectangle(quarters(28, 28), quarters(40, 40));
        play.world.must(MASTER, Command::PaintFog(FogStage::Live, alcove, Cover::Veiled));
        play.has_alcove = true;
        play
    }

    pub(crate) fn is_preparing(&self) -> bool {
        let now = self.world.snapshot();
        now.scenes.iter().any(|scene| scene.scene == self.scene && scene.fog.draft.is_some())
    }

    pub(crate) fn stop_preparing(&mut self, draw: u64) {
        if self.is_preparing() {
            self.ask(MASTER, Command::DiscardFog, draw);
        }
    }

    pub(crate) fn area(&self, number: usize) -> Option<tabletop::id::AreaId> {
        let now = self.world.snapshot();
        let areas = &now.scenes.iter().find(|scene| scene.scene == self.scene)?.fog.areas;
        Some(areas[number.checked_rem(areas.len())?].area)
    }

    pub(crate) fn ask(&mut self, seat: SeatId, command: Command, draw: u64) -> bool {
        let kind = command_kind(&command);
        match self.world.ask_with(seat, command, draw) {
            Ok(patches) => {
                self.done.insert(kind);
                let own = patches.iter().filter(|(viewer, _)| *viewer == self.player);
                self.stream.extend(own.map(|(_, patch)| frame(patch)));
                true
            }
            Err(refusal) => {
                if seat == self.player {
                    self.stream.push(format!("refused: {refusal}"));
                }
                false
            }
        }
    }

    pub(crate) fn public(&mut self, act: &Public, draw: u64) {
        match act {
            Public::Walk(way) => {
                self.ask(self.player, Command::MoveTokens(vec![(self.own, way.clone())]), draw);
            }
            Public::Move(to) => {
                self.ask(MASTER, Command::MoveTokens(vec![(self.figure, vec![*to])]), draw);
            }
            Public::Say(who, line) => {
                let seat = [self.player, self.other, MASTER][*who % 3];
                self.ask(seat, Command::Say(LINES[*line].to_owned(), None), draw);
            }
            Public::Door(open) => {
                let state = if *open { PortalState::Open } else { PortalState::Shut };
                self.ask(MASTER, Command::SetPortal(self.door, state), draw);
            }
            Public::Undo => {
                self.ask(self.player, Command::Undo, draw);
            }
            Public::Redo => {
                self.ask(self.player, Command::Undo, draw);
                self.ask(self.player, Command::Redo, draw);
            }
            Public::Go(for_good) => {
                if let Some(seat) = self.seat_called("Cyd") {
                    let away = if *for_good { Command::Ban(seat) } else { Command::Kick(seat) };
                    self.ask(MASTER, away, draw);
                    self.ask(MASTER, Command::Unban(seat), draw);
                }
            }
            Public::Recolor(color) => {
                self.ask(MASTER, Command::EditSeat(self.other, None, Some(*color)), draw);
            }
            Public::Excursion => {
                for scene in [self.inn, self.scene] {
                    self.ask(MASTER, Command::ShowScene(scene), draw);
                    self.ask(MASTER, Command::OpenScene(scene), draw);
                }
            }
            Public::Come => {
                if self.world.table.seats().filter(|seat| seat.name == "Cyd").count() < 2 {
                    let seat = self.world.knock("Cyd", Role::Player);
                    self.ask(MASTER, Command::Admit(seat, None), draw);
                }
            }
            Public::Reload => {
                self.world.disconnect(self.player);
                drop(self.world.audience.enter(&self.world.table, self.player));
                let whole = self.world.audience.whole(&self.world.table, self.player).expect("seated");
                self.stream.push(frame(&whole));
                self.world.connect(self.player);
            }
            Public::SharedSight(shared) => {
                let change = TableChange { shared_sight: Some(*shared), ..TableChange::default() };
                self.ask(MASTER, Command::EditTable(change), draw);
            }
            Public::Ambience(ambience) => {
                let change = SceneChange { ambience: Some(*ambience), ..SceneChange::default() };
                self.ask(MASTER, Command::EditScene(self.scene, change), draw);
            }
            Public::Lamp(change) => {
                self.ask(MASTER, Command::EditLights(vec![self.lamp], *change), draw);
            }
            Public::LampAndBack(change) => {
                let before = self.world.log.len();
                self.ask(MASTER, Command::EditLights(vec![self.lamp], *change), draw);
                // Else something older would be taken back, which may be a secret.
                if self.world.log.len() > before {
                    self.ask(MASTER, Command::Undo, draw);
                }
            }
            Public::Torch(who, lit) => {
                let glow = Glow { bright: CELL, dim: 3 * CELL, color: 0xff_c58f, cone: None };
                let token = [self.own, self.others, self.figure][*who % 3];
                self.edit(token, torch(lit.then_some(glow)), draw);
            }
            Public::Fog(shape, cover, pushed) => {
                self.stop_preparing(draw);
                let paint = |stage| Command::PaintFog(stage, shape.clone(), *cover);
                if *pushed {
                    self.ask(MASTER, Command::PrepareFog, draw);
                    self.ask(MASTER, paint(FogStage::Draft), draw);
                    self.ask(MASTER, Command::PushFog, draw);
                    self.ask(MASTER, Command::DiscardFog, draw);
                } else {
                    self.ask(MASTER, paint(FogStage::Live), draw);
                }
            }
            Public::FogAndBack(shape, cover) => {
                self.stop_preparing(draw);
                let before = self.world.log.len();
                self.ask(MASTER, Command::PaintFog(FogStage::Live, shape.clone(), *cover), draw);
                // Else something older would be taken back, which may be a secret.
                if self.world.log.len() > before {
                    self.ask(MASTER, Command::Undo, draw);
                }
            }
            Public::Forget(all) => {
                self.ask(MASTER, Command::ForgetMemory((!all).then_some(self.player)), draw);
            }
            Public::Aim(is_players, aims) => {
                let seat = if *is_players { self.player } else { self.other };
                let tokens = [self.own, self.others, self.figure];
                let aims = tokens.into_iter().zip(aims).filter(|(_, aims)| **aims).map(|(token, _)| token);
                self.ask(seat, Command::Target(aims.collect()), draw);
            }
            Public::Draw(who, shape) => {
                let (seat, shown) = match who % 3 {
                    0 => (self.player, Shown::Everyone),
                    1 => (self.other, Shown::Everyone),
                    _ => (MASTER, Shown::Explored),
                };
                self.draw(seat, shape, shown, draw);
                // Else something older would be taken back, which may be a secret.
                if *who > 5 {
                    self.ask(seat, Command::Undo, draw);
                }
            }
            Public::Redraw(by, wipe) => {
                let Some(drawing) = self.drawn_by(self.player) else { return };
                let change = DrawingChange { by: Some(*by), ..DrawingChange::default() };
                let change = Command::EditDrawings(vec![drawing], change);
                self.ask(
                    self.player,
                    if *wipe { Command::RemoveDrawings(vec![drawing]) } else { change },
                    draw,
                );
            }
            Public::Senses(senses) => {
                self.edit(self.own, perceive(*senses), draw);
            }
        }
    }

    fn draw(&mut self, seat: SeatId, shape: &DrawnShape, shown: Shown, draw: u64) {
        let new = NewDrawing { shape: shape.clone(), color: 0xe8_a33d, width: CELL / 8, filled: true, shown };
        self.ask(seat, Command::AddDrawing(new), draw);
    }

    fn drawn_by(&self, seat: SeatId) -> Option<DrawingId> {
        self.drawn(|record| record.by == seat)
    }

    fn secretly_drawn(&self) -> Option<DrawingId> {
        self.drawn(|record| record.shown == Shown::Masters)
    }

    fn drawn(&self, is_meant: impl Fn(&DrawingRecord) -> bool) -> Option<DrawingId> {
        let now = self.world.snapshot();
        let scene = now.scenes.iter().find(|scene| scene.scene == self.scene)?;
        scene.drawings.iter().rfind(|(_, record)| is_meant(record)).map(|(drawing, _)| *drawing)
    }

    pub(crate) fn seat_called(&self, name: &str) -> Option<SeatId> {
        self.world.table.seats().find(|seat| seat.name == name).map(|seat| seat.seat)
    }

    pub(crate) fn edit(&mut self, token: TokenId, change: TokenChange, draw: u64) {
        self.ask(MASTER, Command::EditTokens(vec![token], change), draw);
    }

    /// Does something in secret; the player must not be told anything at all.
    pub(crate) fn secret(&mut self, act: &Secret, draw: u64) {
        let before = self.stream.len();
        let pick = |among: &[TokenId], number: usize| among.get(number.checked_rem(among.len())?).copied();
        match act {
            Secret::PlaceInVault(at) => {
                if self.ask(MASTER, Command::PlaceToken(*at, TokenChange::default()), draw) {
                    self.in_vault.push(self.world.newest_token());
                }
            }
            Secret::MoveInVault(token, to) => {
                if let Some(token) = pick(&self.in_vault, *token) {
                    self.ask(MASTER, Command::MoveTokens(vec![(token, vec![*to])]), draw);
                }
            }
            Secret::WallInVault(a, b, kind) => {
                self.ask(MASTER, Command::AddWalls(vec![(*a, *b, *kind)]), draw);
            }
            Secret::RevealInVault(door) => {
                if let Some(count) = door.checked_rem(self.vault_doors.len()) {
                    self.ask(MASTER, Command::RevealPortal(self.vault_doors[count]), draw);
                }
            }
            Secret::SwapWallForDoor(is_door) => self.swap_wall_for_secret_door(*is_door, draw),
            Secret::DoorInVault(a, b, kind) => {
                if self.ask(MASTER, Command::AddPortal(*a, *b, *kind), draw) {
                    let now = self.world.snapshot();
                    let portals = now.scenes.iter().flat_map(|scene| &scene.portals);
                    self.vault_doors.extend(portals.map(|portal| portal.portal).max());
                }
            }
            Secret::OpenInVault(door) => {
                if let Some(count) = door.checked_rem(self.vault_doors.len()) {
                    self.ask(MASTER, Command::SetPortal(self.vault_doors[count], PortalState::Open), draw);
                }
            }
            Secret::PlaceHidden(at, on_layer) => {
                let layer = if *on_layer { Layer::Gm } else { Layer::Token };
                let change =
                    TokenChange { hidden: Some(!on_layer), layer: Some(layer), ..TokenChange::default() };
                if self.ask(MASTER, Command::PlaceToken(*at, change), draw) {
                    self.hidden.push(self.world.newest_token());
                }
            }
            Secret::MoveHidden(token, to) => {
                if let Some(token) = pick(&self.hidden, *token) {
                    self.ask(MASTER, Command::MoveTokens(vec![(token, vec![*to])]), draw);
                }
            }
            Secret::RenameHidden(token) => {
                if let Some(token) = pick(&self.hidden, *token) {
                    let change = TokenChange { name: Some(Some(name("Lurker"))), ..TokenChange::default() };
                    self.ask(MASTER, Command::EditTokens(vec![token], change), draw);
                }
            }
            Secret::Aim(token) => {
                let tokens = [pick(&self.hidden, *token), pick(&self.in_vault, *token)];
                self.ask(MASTER, Command::Target(tokens.into_iter().flatten().collect()), draw);
            }
            Secret::Draw(shape) => self.draw(MASTER, shape, Shown::Masters, draw),
            Secret::DrawInVault(a, b) => {
                let shape = DrawnShape::Rectangle { a: *a, b: *b };
                self.draw(MASTER, &shape, Shown::Explored, draw);
            }
            Secret::Redraw(wipe) => {
                let Some(drawing) = self.secretly_drawn() else { return };
                let change = DrawingChange { color: Some(0), ..DrawingChange::default() };
                let change = Command::EditDrawings(vec![drawing], change);
                self.ask(MASTER, if *wipe { Command::RemoveDrawings(vec![drawing]) } else { change }, draw);
            }
            Secret::CopyHidden(token) => {
                if let Some(token) = pick(&self.hidden, *token)
                    && self.ask(MASTER, Command::CopyTokens(vec![token], Point::default()), draw)
                {
                    self.hidden.push(self.world.newest_token());
                }
            }
            Secret::RemoveHidden(token) => {
                if let Some(token) = pick(&self.hidden, *token) {
                    self.ask(MASTER, Command::RemoveTokens(vec![token]), draw);
                    self.hidden.retain(|held| *held != token);
                }
            }
            Secret::Elsewhere(kind) => {
                self.ask(MASTER, Command::OpenScene(self.elsewhere), draw);
                let night = SceneChange { ambience: Some(Ambience::Dark), ..SceneChange::default() };
                let glow = Glow { bright: CELL, dim: 9 * CELL, color: 0xff_c58f, cone: None };
                let lamp = NewLight { at: quarters(12, 12), glow, on: true };
                let command = match kind {
                    4 => Command::EditScene(self.elsewhere, night),
                    5 => Command::AddLights(vec![lamp]),
                    0 => Command::PlaceToken(quarters(8, 8), TokenChange::default()),
                    1 => Command::AddWalls(vec![(quarters(4, 4), quarters(20, 4), WallKind::Wall)]),
                    6 => Command::ImportScene(Box::new(cellar())),
                    2 => Command::EditScene(
                        self.elsewhere,
                        SceneChange { name: Some(name("Deep below")), ..SceneChange::default() },
                    ),
                    _ => Command::AddScene(name("Further"), [6, 6]),
                };
                self.ask(MASTER, command, draw);
                if *kind == 7 {
                    let newest = self.world.snapshot().scenes.iter().map(|scene| scene.scene).max();
                    self.ask(MASTER, Command::RemoveScene(newest.expect("scenes")), draw);
                }
                self.ask(MASTER, Command::OpenScene(self.scene), draw);
            }
            Secret::Aside(line) => {
                let (is_masters, line) = ASIDES[*line % ASIDES.len()];
                let seat = if is_masters { MASTER } else { self.other };
                self.ask(seat, Command::Say(line.to_owned(), None), draw);
            }
            Secret::AtTheDoor(what) => {
                let Some(seat) = self.seat_called("Stranger") else { return };
                match what {
                    0 => self.ask(MASTER, Command::Kick(seat), draw),
                    1 => self.ask(MASTER, Command::Ban(seat), draw),
                    2 => self.ask(MASTER, Command::Unban(seat), draw),
                    _ => self.ask(MASTER, Command::EditSeat(seat, Some(name("Shade")), None), draw),
                };
            }
            Secret::RenewInvite => {
                self.ask(MASTER, Command::RenewInvite, draw);
            }
            Secret::Knock => {
                if self.world.table.seats().count() < 12 {
                    self.world.knock("Stranger", Role::Player);
                }
            }
            Secret::LightInVault(at, glow) => {
                if self.ask(
                    MASTER,
                    Command::AddLights(vec![NewLight { at: *at, glow: *glow, on: true }]),
                    draw,
                ) {
                    let now = self.world.snapshot();
                    let lights = now.scenes.iter().flat_map(|scene| &scene.lights);
                    self.vault_lights.extend(lights.map(|light| light.light).max());
                }
            }
            Secret::SwitchInVault(light, on) => {
                if let Some(count) = light.checked_rem(self.vault_lights.len()) {
                    let change = LightChange { on: Some(*on), ..LightChange::default() };
                    self.ask(MASTER, Command::EditLights(vec![self.vault_lights[count]], change), draw);
                }
            }
            Secret::RemoveLightInVault(light) => {
                if let Some(count) = light.checked_rem(self.vault_lights.len()) {
                    let light = self.vault_lights.remove(count);
                    self.ask(MASTER, Command::RemoveLights(vec![light]), draw);
                }
            }
            Secret::TorchInVault(token, glow) => {
                if let Some(token) = pick(&self.in_vault, *token) {
                    self.edit(token, torch(Some(*glow)), draw);
                }
            }
            Secret::WallInNook(a, b) => {
                self.ask(MASTER, Command::AddWalls(vec![(*a, *b, WallKind::Wall)]), draw);
            }
            Secret::PlaceInNook(at) => {
                self.ask(MASTER, Command::PlaceToken(*at, TokenChange::default()), draw);
            }
            Secret::LightOff(at, glow) => {
                self.ask(
                    MASTER,
                    Command::AddLights(vec![NewLight { at: *at, glow: *glow, on: false }]),
                    draw,
                );
            }
            Secret::TorchHidden(token, glow) => {
                if let Some(token) = pick(&self.hidden, *token) {
                    self.edit(token, torch(Some(*glow)), draw);
                }
            }
            Secret::SensesOf(token, senses) => {
                let unseen: Vec<_> = self.hidden.iter().chain(&self.in_vault).copied().collect();
                if let Some(token) = pick(&unseen, *token) {
                    self.edit(token, perceive(*senses), draw);
                }
            }
            Secret::FogInVault(a, b, hide) => {
                let stage = if self.is_preparing() { FogStage::Draft } else { FogStage::Live };
                let cover = if *hide { Cover::Veiled } else { Cover::Open };
                self.ask(MASTER, Command::PaintFog(stage, Shape::Rectangle(*a, *b), cover), draw);
            }
            Secret::Prepare(shape, cover) => {
                self.ask(MASTER, Command::PrepareFog, draw);
                self.ask(MASTER, Command::PaintFog(FogStage::Draft, shape.clone(), *cover), draw);
            }
            Secret::Discard => self.stop_preparing(draw),
            Secret::NameArea(corners) => {
                self.ask(MASTER, Command::AddArea(name("Crypt"), corners.clone()), draw);
            }
            Secret::RenameArea(area) => {
                if let Some(area) = self.area(*area) {
                    let change = AreaChange { name: Some(name("Tomb")), polygon: None };
                    self.ask(MASTER, Command::EditArea(area, change), draw);
                }
            }
            Secret::RemoveArea(area) => {
                if let Some(area) = self.area(*area) {
                    self.ask(MASTER, Command::RemoveAreas(vec![area]), draw);
                }
            }
            Secret::PrepareArea(area, cover) => {
                if let Some(area) = self.area(*area) {
                    self.ask(MASTER, Command::PrepareFog, draw);
                    self.ask(MASTER, Command::CoverAreas(FogStage::Draft, vec![area], *cover), draw);
                }
            }
            Secret::Preview(to) => {
                self.ask(MASTER, Command::PreviewMove(vec![(self.own, vec![*to])]), draw);
            }
            Secret::PlaceInAlcove(at) => {
                if self.has_alcove && self.ask(MASTER, Command::PlaceToken(*at, TokenChange::default()), draw)
                {
                    self.in_alcove.push(self.world.newest_token());
                }
            }
            Secret::MoveInAlcove(token, to) => {
                if let Some(token) = pick(&self.in_alcove, *token) {
                    self.ask(MASTER, Command::MoveTokens(vec![(token, vec![*to])]), draw);
                }
            }
            Secret::LookAs(other) => {
                self.world.mirror(if *other { self.other } else { self.player }).expect("both are seated");
            }
            Secret::LookAway => {
                let all: Vec<_> = self.world.mirrors.keys().copied().collect();
                all.into_iter().for_each(|mirror| self.world.end_mirror(mirror));
            }
            Secret::DragHidden(token, to) => {
                if let Some(token) = pick(&self.hidden, *token) {
                    let told = self.world.audience.ghosts(&self.world.table, MASTER, &[(token, *to)]);
                    assert!(
                        told.iter().all(|(seat, ..)| *seat != self.player),
                        "a hidden thing's ghost was told"
                    );
                    let ended = self.world.audience.ghosts(&self.world.table, MASTER, &[]);
                    assert!(ended.iter().all(|(seat, ..)| *seat != self.player), "the end of it was told");
                }
            }
        }
        assert_eq!(&self.stream[before..], &[] as &[String], "the player was told of {act:?}");
    }

    /// A piece of the wall across the scene becomes a secret door, which looks the same, or a wall again. What is added
    /// comes before what is removed, so that no gap opens.
    pub(crate) fn swap_wall_for_secret_door(&mut self, is_door: bool, draw: u64) {
        let (a, b) = (quarters(40, 28), quarters(40, 48));
        let here = |(from, to): (Point, Point)| (from, to) == (a, b);
        let now = self.world.snapshot();
        let walls = now.scenes.iter().flat_map(|scene| &scene.walls).filter(|wall| here((wall.a, wall.b)));
        let walls: Vec<_> = walls.map(|wall| wall.wall).collect();
        let doors = now.scenes.iter().flat_map(|scene| &scene.portals);
        let doors: Vec<_> = doors.filter(|door| here((door.a, door.b))).map(|door| door.portal).collect();
        if is_door && doors.is_empty() {
            self.ask(MASTER, Command::AddPortal(a, b, PortalKind::SecretDoor), draw);
            self.ask(MASTER, Command::RemoveWalls(walls), draw);
        } else if !is_door && !doors.is_empty() {
            self.ask(MASTER, Command::AddWalls(vec![(a, b, WallKind::Wall)]), draw);
            for door in doors {
                self.ask(MASTER, Command::RemovePortal(door), draw);
            }
        }
    }

    /// Places that the player asks tiles for: what they remember, as bits.
    pub(crate) fn map(&self) -> String {
        let now = self.world.snapshot();
        format!("{:?}", now.party)
    }
}
