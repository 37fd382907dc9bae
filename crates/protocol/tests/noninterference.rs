//! What a player may not see does not show in a single byte: two worlds play the same script, and each has doings of its
//! own that the player may not know of. The player's frames must be equal (noninterference: Goguen and Meseguer, 1982).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../tabletop/tests/world/mod.rs"]
mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use protocol::{ServerFrame, Update};
use tabletop::audience::Patch;
use tabletop::command::{
    AreaChange, Command, LightChange, NewLight, NewScene, SceneChange, Shape, TableChange, TokenChange,
};
use tabletop::event::{
    Ambience, Cone, Cover, Event, FogStage, Glow, Grid, Layer, PortalKind, PortalState, Role, Senses,
    WallKind,
};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{LightId, PortalId, SceneId, SeatId, TokenId};
use world::{MASTER, World, name, quarters};

/// What everybody may know of.
#[derive(Clone, Debug)]
enum Public {
    /// The player walks; walls may stop them.
    Walk(Vec<Point>),
    /// The game master moves a figure in the player's half.
    Move(Point),
    Say(usize, usize),
    Door(bool),
    Undo,
    /// Taken back and done again.
    Redo,
    /// A newcomer is admitted.
    Come,
    /// A newcomer is sent away, for good or not; who was banned may come again.
    Go(bool),
    /// Somebody else's colour changes.
    Recolor(u32),
    /// Everybody is brought to an inn and back.
    Excursion,
    /// The player leaves and returns.
    Reload,
    SharedSight(bool),
    /// Night falls, or day breaks.
    Ambience(Ambience),
    /// The lamp in the player's half is switched, moved or made to shine elsewhere.
    Lamp(LightChange),
    /// Somebody in the player's half takes a torch or puts it away.
    Torch(usize, bool),
    /// The player's own senses change.
    Senses(Senses),
    /// The game master shows or hides a part of the player's half, at once or prepared and then pushed.
    Fog(Shape, Cover, bool),
    /// At once, and taken back.
    FogAndBack(Shape, Cover),
    Forget(bool),
}

/// What the player may not know of.
#[derive(Clone, Debug)]
enum Secret {
    /// In the vault, which nobody sees into.
    PlaceInVault(Point),
    MoveInVault(usize, Point),
    WallInVault(Point, Point, WallKind),
    DoorInVault(Point, Point, PortalKind),
    /// A piece of a wall in sight is a secret door instead, of the same place; or is a wall again.
    SwapWallForDoor(bool),
    RevealInVault(usize),
    OpenInVault(usize),
    /// Anywhere, but hidden or on the game master's layer.
    PlaceHidden(Point, bool),
    MoveHidden(usize, Point),
    RenameHidden(usize),
    CopyHidden(usize),
    RemoveHidden(usize),
    /// On another scene.
    Elsewhere(usize),
    /// Lines that the player does not hear.
    Aside(usize),
    Knock,
    /// Whoever knocks is called something else, sent away, or banned and let off again.
    AtTheDoor(u8),
    RenewInvite,
    DragHidden(usize, Point),
    /// In the vault, whose walls let no light out.
    LightInVault(Point, Glow),
    SwitchInVault(usize, bool),
    RemoveLightInVault(usize),
    TorchInVault(usize, Glow),
    /// In the nook, where nobody sees, beside the lamp that shines from it into the hall.
    WallInNook(Point, Point),
    PlaceInNook(Point),
    /// A light that shines nowhere since it is off, or since its bearer is hidden.
    LightOff(Point, Glow),
    TorchHidden(usize, Glow),
    /// What somebody else than the player's party perceives.
    SensesOf(usize, Senses),
    /// Hidden by hand where nobody sees or remembers anything, or no longer.
    FogInVault(Point, Point, bool),
    /// Anywhere, but only prepared.
    Prepare(Shape, Cover),
    Discard,
    /// Named areas, wherever they are.
    NameArea(Vec<Point>),
    RenameArea(usize),
    RemoveArea(usize),
    /// Named areas are shown or hidden in what is prepared.
    PrepareArea(usize, Cover),
    /// Which areas a move would show.
    Preview(Point),
    /// In the alcove, which is veiled.
    PlaceInAlcove(Point),
    MoveInAlcove(usize, Point),
    /// The game master looks as the player or as another.
    LookAs(bool),
    LookAway,
}

/// Lines of the player, the other player and the game master that all may hear; rolls among them.
const LINES: [&str; 4] = ["hello", "/r 2d6+1", "I try [[1d20+5]]", "/me waits"];

/// What is not for the player, by the game master or by the other player.
const ASIDES: [(bool, &str); 6] = [
    (true, "/w Bo the chest is trapped"),
    (true, "/gmroll 3d20"),
    (true, "/selfroll 1d100"),
    (false, "/gmroll 1d20+2"),
    (false, "/selfroll 2d6"),
    (false, "/w Gia I pocket the ring"),
];

fn half() -> impl Strategy<Value = Point> {
    (2..=38, 2..=46).prop_map(|(x, y)| quarters(x, y))
}

fn vault() -> impl Strategy<Value = Point> {
    (50..=74, 6..=42).prop_map(|(x, y)| quarters(x, y))
}

/// Ends of walls in the vault, which may touch its own walls from within.
fn vault_wall() -> impl Strategy<Value = Point> {
    (48..=76, 4..=44).prop_map(|(x, y)| quarters(x, y))
}

/// The left arm of the nook: nobody sees it, but the lamp at its mouth shines into it and out into the hall.
fn nook() -> impl Strategy<Value = Point> {
    (2..=14, 45..=47).prop_map(|(x, y)| quarters(x, y))
}

/// A corner of the player's half that is veiled from the start, if it is at all.
fn alcove() -> impl Strategy<Value = Point> {
    (29..=39, 29..=39).prop_map(|(x, y)| quarters(x, y))
}

/// The rest of the player's half, where fog is no secret.
fn fog_shape() -> impl Strategy<Value = Shape> {
    let place = || (0..=40, 0..=26).prop_map(|(x, y)| quarters(x, y));
    prop_oneof![
        2 => (place(), place()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
        1 => prop::collection::vec(place(), 3..6).prop_map(Shape::Polygon),
    ]
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let brush = (prop::collection::vec(anywhere(), 1..4), 1..8_i32);
    prop_oneof![
        (anywhere(), anywhere()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
        brush.prop_map(|(way, radius)| Shape::Brush(way, radius * CELL / 2)),
    ]
}

fn cover() -> impl Strategy<Value = Cover> {
    prop_oneof![1 => Just(Cover::Open), 1 => Just(Cover::Revealed), 2 => Just(Cover::Veiled)]
}

fn anywhere() -> impl Strategy<Value = Point> {
    (0..=80, 0..=48).prop_map(|(x, y)| quarters(x, y))
}

fn reach() -> impl Strategy<Value = i32> {
    (0..=24).prop_map(|halves| halves * CELL / 2)
}

fn glow() -> impl Strategy<Value = Glow> {
    let cone = (0..360_u32, 1..180_u32);
    let cone = prop::option::of(cone.prop_map(|(direction, half_angle)| Cone { direction, half_angle }));
    (reach(), reach(), cone).prop_map(|(bright, dim, cone)| Glow { bright, dim, color: 0xff_c58f, cone })
}

fn senses() -> impl Strategy<Value = Senses> {
    (prop::option::of(reach()), reach(), 0..=1, any::<u8>()).prop_map(
        |(sight_range, darkvision, tremorsense, blind)| Senses {
            sight_range,
            darkvision,
            // Not so far that somebody in the vault, whose doings are secret here, is felt from outside.
            tremorsense: tremorsense * CELL / 2,
            blind: blind < 32,
        },
    )
}

fn ambience() -> impl Strategy<Value = Ambience> {
    prop_oneof![1 => Just(Ambience::Bright), 1 => Just(Ambience::Dim), 3 => Just(Ambience::Dark)]
}

fn lamp() -> impl Strategy<Value = LightChange> {
    prop_oneof![
        any::<bool>().prop_map(|on| LightChange { on: Some(on), ..LightChange::default() }),
        half().prop_map(|at| LightChange { at: Some(at), ..LightChange::default() }),
        reach().prop_map(|dim| LightChange { dim: Some(dim), ..LightChange::default() }),
    ]
}

fn public() -> impl Strategy<Value = Public> {
    prop_oneof![
        2 => ambience().prop_map(Public::Ambience),
        2 => lamp().prop_map(Public::Lamp),
        2 => (0..3_usize, any::<bool>()).prop_map(|(who, lit)| Public::Torch(who, lit)),
        2 => senses().prop_map(Public::Senses),
        6 => prop::collection::vec(anywhere(), 1..4).prop_map(Public::Walk),
        4 => half().prop_map(Public::Move),
        3 => (0..3_usize, 0..LINES.len()).prop_map(|(who, line)| Public::Say(who, line)),
        2 => any::<bool>().prop_map(Public::Door),
        3 => (fog_shape(), cover(), any::<bool>())
            .prop_map(|(shape, cover, pushed)| Public::Fog(shape, cover, pushed)),
        1 => (fog_shape(), cover()).prop_map(|(shape, cover)| Public::FogAndBack(shape, cover)),
        1 => any::<bool>().prop_map(Public::Forget),
        1 => Just(Public::Undo),
        1 => Just(Public::Redo),
        1 => Just(Public::Come),
        1 => any::<bool>().prop_map(Public::Go),
        1 => (0..0x0100_0000_u32).prop_map(Public::Recolor),
        1 => Just(Public::Excursion),
        1 => Just(Public::Reload),
        1 => any::<bool>().prop_map(Public::SharedSight),
    ]
}

fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![
        vault().prop_map(Secret::PlaceInVault),
        (any::<usize>(), vault()).prop_map(|(token, to)| Secret::MoveInVault(token, to)),
        (vault_wall(), vault_wall(), wall_kind()).prop_map(|(a, b, kind)| Secret::WallInVault(a, b, kind)),
        (vault(), vault(), portal_kind()).prop_map(|(a, b, kind)| Secret::DoorInVault(a, b, kind)),
        any::<bool>().prop_map(Secret::SwapWallForDoor),
        any::<usize>().prop_map(Secret::RevealInVault),
        any::<usize>().prop_map(Secret::OpenInVault),
        (anywhere(), any::<bool>()).prop_map(|(at, layer)| Secret::PlaceHidden(at, layer)),
        (any::<usize>(), anywhere()).prop_map(|(token, to)| Secret::MoveHidden(token, to)),
        any::<usize>().prop_map(Secret::RenameHidden),
        any::<usize>().prop_map(Secret::CopyHidden),
        any::<usize>().prop_map(Secret::RemoveHidden),
        (0..8_usize).prop_map(Secret::Elsewhere),
        (0..ASIDES.len()).prop_map(Secret::Aside),
        Just(Secret::Knock),
        (0..4_u8).prop_map(Secret::AtTheDoor),
        Just(Secret::RenewInvite),
        (any::<usize>(), anywhere()).prop_map(|(token, to)| Secret::DragHidden(token, to)),
        (vault(), glow()).prop_map(|(at, glow)| Secret::LightInVault(at, glow)),
        (any::<usize>(), any::<bool>()).prop_map(|(light, on)| Secret::SwitchInVault(light, on)),
        any::<usize>().prop_map(Secret::RemoveLightInVault),
        (any::<usize>(), glow()).prop_map(|(token, glow)| Secret::TorchInVault(token, glow)),
        (nook(), nook()).prop_map(|(a, b)| Secret::WallInNook(a, b)),
        nook().prop_map(Secret::PlaceInNook),
        (anywhere(), glow()).prop_map(|(at, glow)| Secret::LightOff(at, glow)),
        (any::<usize>(), glow()).prop_map(|(token, glow)| Secret::TorchHidden(token, glow)),
        (any::<usize>(), senses()).prop_map(|(token, senses)| Secret::SensesOf(token, senses)),
        (vault_wall(), vault_wall(), any::<bool>()).prop_map(|(a, b, hide)| Secret::FogInVault(a, b, hide)),
        (any_shape(), cover()).prop_map(|(shape, cover)| Secret::Prepare(shape, cover)),
        Just(Secret::Discard),
        prop::collection::vec(anywhere(), 3..6).prop_map(Secret::NameArea),
        any::<usize>().prop_map(Secret::RenameArea),
        any::<usize>().prop_map(Secret::RemoveArea),
        (any::<usize>(), cover()).prop_map(|(area, cover)| Secret::PrepareArea(area, cover)),
        anywhere().prop_map(Secret::Preview),
        alcove().prop_map(Secret::PlaceInAlcove),
        any::<bool>().prop_map(Secret::LookAs),
        Just(Secret::LookAway),
        (any::<usize>(), alcove()).prop_map(|(token, to)| Secret::MoveInAlcove(token, to)),
    ]
}

fn wall_kind() -> impl Strategy<Value = WallKind> {
    prop_oneof![Just(WallKind::Wall), Just(WallKind::Object), Just(WallKind::Barrier), Just(WallKind::OneWay),]
}

fn portal_kind() -> impl Strategy<Value = PortalKind> {
    prop_oneof![Just(PortalKind::Door), Just(PortalKind::SecretDoor), Just(PortalKind::Window)]
}

/// A step of the script: what each world does in secret, then what both do.
type Steps = Vec<(Vec<Secret>, Vec<Secret>, Public)>;

fn steps() -> impl Strategy<Value = Steps> {
    let secrets = || prop::collection::vec(secret(), 0..4);
    prop::collection::vec((secrets(), secrets(), public()), 1..12)
}

/// A world with the player whose stream is recorded.
struct Play {
    world: World,
    player: SeatId,
    other: SeatId,
    own: TokenId,
    others: TokenId,
    figure: TokenId,
    lamp: LightId,
    scene: SceneId,
    door: PortalId,
    elsewhere: SceneId,
    inn: SceneId,
    in_vault: Vec<TokenId>,
    in_alcove: Vec<TokenId>,
    has_alcove: bool,
    hidden: Vec<TokenId>,
    vault_doors: Vec<PortalId>,
    vault_lights: Vec<LightId>,
    stream: Vec<String>,
    /// Every kind of command that was carried out.
    done: BTreeSet<&'static str>,
}

fn torch(glow: Option<Glow>) -> TokenChange {
    TokenChange { emission: Some(glow), ..TokenChange::default() }
}

/// A scene as a map file gives it.
fn cellar() -> NewScene {
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
        const $all: &[&str] = &[$(stringify!($name)),+];

        fn $kind(value: &$of) -> &'static str {
            match value {
                $($of::$name { .. } => stringify!($name)),+
            }
        }
    };
}

kinds!(COMMANDS, command_kind, Command:
    MoveTokens PlaceToken EditTokens CopyTokens RemoveTokens Undo Redo SetPortal Say AddScene ImportScene EditScene
    RemoveScene ShowScene OpenScene AddWalls RemoveWalls AddPortal RemovePortal RevealPortal AddLights EditLights
    RemoveLights PaintFog CoverAreas AddArea EditArea RemoveAreas PrepareFog PushFog DiscardFog ForgetMemory PreviewMove
    Admit Kick Ban Unban EditSeat EditTable RenewInvite);
kinds!(EVENTS, event_kind, Event:
    TableSet InviteRenewed SeatAdded SeatSet SeatRemoved SceneAdded SceneSet SceneRemoved SceneShown SceneOpened WallsAdded
    WallsRemoved PortalAdded PortalRemoved PortalFound PortalSet LightsSet LightsRemoved TokensMoved TokensSet TokensReset
    Explored FogSet FogReset FogPrepared FogDiscarded AreasSet AreasRemoved MemoryForgotten MessageSaid);

fn perceive(senses: Senses) -> TokenChange {
    TokenChange { senses: Some(senses), ..TokenChange::default() }
}

fn frame(patch: &Patch) -> String {
    let update = Update::from(patch.clone());
    serde_json::to_string(&ServerFrame::Update(Box::new(update))).expect("frames are plain structs")
}

impl Play {
    /// A scene of 20 by 12 cells: the player's half, a wall with a door, a passage, and a sealed vault. Below the player's
    /// half lies a nook that can be looked into through a narrow corridor, but not entered.
    fn new() -> Self {
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
    fn with_alcove() -> Self {
        let mut play = Self::new();
        let alcove = Shape::Rectangle(quarters(28, 28), quarters(40, 40));
        play.world.must(MASTER, Command::PaintFog(FogStage::Live, alcove, Cover::Veiled));
        play.has_alcove = true;
        play
    }

    fn is_preparing(&self) -> bool {
        let now = self.world.snapshot();
        now.scenes.iter().any(|scene| scene.scene == self.scene && scene.fog.draft.is_some())
    }

    fn stop_preparing(&mut self, draw: u64) {
        if self.is_preparing() {
            self.ask(MASTER, Command::DiscardFog, draw);
        }
    }

    fn area(&self, number: usize) -> Option<tabletop::id::AreaId> {
        let now = self.world.snapshot();
        let areas = &now.scenes.iter().find(|scene| scene.scene == self.scene)?.fog.areas;
        Some(areas[number.checked_rem(areas.len())?].area)
    }

    fn ask(&mut self, seat: SeatId, command: Command, draw: u64) -> bool {
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

    fn public(&mut self, act: &Public, draw: u64) {
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
            Public::Senses(senses) => {
                self.edit(self.own, perceive(*senses), draw);
            }
        }
    }

    fn seat_called(&self, name: &str) -> Option<SeatId> {
        self.world.table.seats().find(|seat| seat.name == name).map(|seat| seat.seat)
    }

    fn edit(&mut self, token: TokenId, change: TokenChange, draw: u64) {
        self.ask(MASTER, Command::EditTokens(vec![token], change), draw);
    }

    /// Does something in secret; the player must not be told anything at all.
    fn secret(&mut self, act: &Secret, draw: u64) {
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
    fn swap_wall_for_secret_door(&mut self, is_door: bool, draw: u64) {
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
    fn map(&self) -> String {
        let now = self.world.snapshot();
        format!("{:?}", now.party)
    }
}

proptest! {
    // A thousand pairs of worlds; PROPTEST_CASES asks for another number, four pairs to each.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.saturating_mul(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn worlds_that_differ_in_secrets_alone_send_a_player_the_same_bytes(
        steps in steps(),
        alcove in any::<bool>(),
    ) {
        let new = if alcove { Play::with_alcove } else { Play::new };
        let (mut one, mut other) = (new(), new());
        for (index, (of_one, of_other, public)) in steps.iter().enumerate() {
            let draw = index as u64;
            of_one.iter().for_each(|act| one.secret(act, draw));
            of_other.iter().for_each(|act| other.secret(act, draw + 7_000));
            one.public(public, draw);
            other.public(public, draw);
            prop_assert_eq!(&one.stream, &other.stream, "after {:?}", public);
        }
        prop_assert_eq!(one.map(), other.map());
    }
}

#[test]
fn the_generated_worlds_reach_every_command_and_every_event() {
    let mut runner = TestRunner::deterministic();
    let (mut commands, mut events) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..400 {
        let steps = steps().new_tree(&mut runner).expect("no step is refused").current();
        let mut play = Play::with_alcove();
        let begun = play.world.log.len();
        for (draw, (secrets, _, public)) in (0..).zip(&steps) {
            secrets.iter().for_each(|act| play.secret(act, draw));
            play.public(public, draw);
        }
        commands.append(&mut play.done);
        // What furnishes the first scene is not generated.
        events.extend(play.world.log[begun..].iter().map(event_kind));
    }
    assert_eq!(commands, COMMANDS.iter().copied().collect());
    assert_eq!(events, EVENTS.iter().copied().collect());
}

#[test]
fn a_world_that_differs_in_what_the_player_sees_sends_other_bytes() {
    let (mut one, mut other) = (Play::new(), Play::new());
    one.public(&Public::Move(quarters(16, 20)), 1);
    other.public(&Public::Move(quarters(17, 20)), 1);
    assert!(!one.stream.is_empty());
    assert_ne!(one.stream, other.stream);
}

#[test]
#[should_panic(expected = "the player was told of")]
fn a_secret_that_shows_is_caught() {
    let mut play = Play::new();
    // The figure stands in the player's sight: moving it is no secret.
    play.hidden.push(play.figure);
    play.secret(&Secret::MoveHidden(0, quarters(16, 16)), 1);
}

#[test]
fn the_lamp_in_the_nook_shines_into_the_hall_and_the_nook_is_not_seen() {
    let mut play = Play::new();
    play.public(&Public::Ambience(Ambience::Dark), 1);
    play.public(&Public::Lamp(LightChange { on: Some(false), ..LightChange::default() }), 2);
    assert!(!play.world.screens[&play.player].dim.is_empty(), "the light in the hall is seen");
    play.secret(&Secret::PlaceInNook(quarters(8, 46)), 4);
    play.secret(&Secret::WallInNook(quarters(4, 45), quarters(12, 47)), 5);
}

#[test]
#[should_panic(expected = "the player was told of")]
fn a_light_that_shows_is_caught() {
    let mut play = Play::new();
    play.public(&Public::Ambience(Ambience::Dark), 1);
    let glow = Glow { bright: CELL, dim: 3 * CELL, color: 0xff_c58f, cone: None };
    play.secret(&Secret::LightInVault(quarters(14, 10), glow), 2);
}

#[test]
#[should_panic(expected = "the player was told of")]
fn a_veil_that_shows_is_caught() {
    let mut play = Play::new();
    play.secret(&Secret::FogInVault(quarters(8, 8), quarters(16, 16), true), 1);
}

#[test]
fn the_player_stands_in_the_alcove_and_still_sees_nobody_there() {
    let mut play = Play::with_alcove();
    play.public(&Public::Walk(vec![quarters(30, 30)]), 1);
    assert_eq!(play.world.screens[&play.player].count("token"), 3);
    play.secret(&Secret::PlaceInAlcove(quarters(32, 32)), 2);
    play.secret(&Secret::MoveInAlcove(0, quarters(31, 30)), 3);
}
