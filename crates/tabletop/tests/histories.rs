//! Generated games: whatever happens, kept views stay equal to fresh projections, patches add up to whole views, and
//! the log adds up to the table.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use proptest::prelude::*;
use tabletop::command::{
    AreaChange, Command, DrawingChange, LightChange, NewDrawing, NewLight, SceneChange, Shape, TableChange,
    TokenChange,
};
use tabletop::event::{
    Ambience, Cone, Cover, DrawnShape, FogStage, Glow, Layer, PortalKind, PortalState, Role, Senses, Shown,
    WallKind,
};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{AreaId, DrawingId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use tabletop::table::Table;
use world::{MASTER, World, name, quarters};

/// One thing that somebody does; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    Ask(usize, Ask),
    Come,
    Go(usize),
    Return(usize),
}

#[derive(Clone, Debug)]
enum Ask {
    Move(Vec<(usize, Vec<Point>)>),
    Place(Point, usize),
    Edit(usize, TokenChange),
    Own(usize, Vec<usize>),
    Copy(usize, Point),
    Remove(usize),
    Target(Vec<usize>),
    Draw(DrawnShape, Shown),
    Redraw(usize, Point, Option<Shown>),
    Wipe(usize),
    Undo,
    Redo,
    Door(usize, PortalState),
    Say(usize),
    Scene,
    Show(usize),
    Open(usize),
    RemoveScene(usize),
    Wall(Point, Point, WallKind),
    RemoveWall(usize),
    Portal(Point, Point, PortalKind),
    RemovePortal(usize),
    RevealPortal(usize),
    SharedSight(bool),
    Kick(usize),
    Light(Point, Glow, bool),
    EditLight(usize, LightChange),
    RemoveLight(usize),
    Ambience(usize, Ambience),
    Fog(FogStage, Shape, Cover),
    Area(Vec<Point>),
    EditArea(usize, Vec<Point>),
    CoverArea(FogStage, usize, Cover),
    RemoveArea(usize),
    PrepareFog,
    PushFog,
    DiscardFog,
    Forget(Option<usize>),
}

fn place() -> impl Strategy<Value = Point> {
    (0..=48, 0..=48).prop_map(|(x, y)| quarters(x, y))
}

fn offset() -> impl Strategy<Value = Point> {
    (-8..=8, -8..=8).prop_map(|(x, y)| quarters(x, y))
}

fn change() -> impl Strategy<Value = TokenChange> {
    let layer = prop_oneof![Just(Layer::Map), Just(Layer::Token), Just(Layer::Gm)];
    prop_oneof![
        1 => any::<bool>().prop_map(|hidden| TokenChange { hidden: Some(hidden), ..TokenChange::default() }),
        1 => layer.prop_map(|layer| TokenChange { layer: Some(layer), ..TokenChange::default() }),
        1 => (1..=4).prop_map(|size| TokenChange { size: Some(size << 15), ..TokenChange::default() }),
        1 => any::<bool>().prop_map(|shown| TokenChange {
            name: Some(Some(name("Ogre"))),
            name_shown: Some(shown),
            ..TokenChange::default()
        }),
        3 => prop::option::of(glow())
            .prop_map(|emission| TokenChange { emission: Some(emission), ..TokenChange::default() }),
        3 => senses().prop_map(|senses| TokenChange { senses: Some(senses), ..TokenChange::default() }),
        1 => (0..360_u32)
            .prop_map(|rotation| TokenChange { rotation: Some(rotation), ..TokenChange::default() }),
    ]
}

/// Lengths in half cells, none among them.
fn reach() -> impl Strategy<Value = i32> {
    (0..=16).prop_map(|halves| halves * CELL / 2)
}

fn wall_kind() -> impl Strategy<Value = WallKind> {
    prop_oneof![
        4 => Just(WallKind::Wall),
        1 => Just(WallKind::Object),
        1 => Just(WallKind::Barrier),
        1 => Just(WallKind::OneWay),
    ]
}

fn portal_kind() -> impl Strategy<Value = PortalKind> {
    prop_oneof![
        2 => Just(PortalKind::Door),
        1 => Just(PortalKind::SecretDoor),
        1 => Just(PortalKind::Window),
    ]
}

fn glow() -> impl Strategy<Value = Glow> {
    let cone = (0..360_u32, 1..180_u32);
    let cone = prop::option::of(cone.prop_map(|(direction, half_angle)| Cone { direction, half_angle }));
    (reach(), reach(), cone).prop_map(|(bright, dim, cone)| Glow { bright, dim, color: 0xff_c58f, cone })
}

fn senses() -> impl Strategy<Value = Senses> {
    (prop::option::of(reach()), reach(), reach(), any::<u8>()).prop_map(
        |(sight_range, darkvision, tremorsense, blind)| Senses {
            sight_range,
            darkvision,
            tremorsense,
            blind: blind < 32,
        },
    )
}

fn light_change() -> impl Strategy<Value = LightChange> {
    prop_oneof![
        any::<bool>().prop_map(|on| LightChange { on: Some(on), ..LightChange::default() }),
        place().prop_map(|at| LightChange { at: Some(at), ..LightChange::default() }),
        reach().prop_map(|dim| LightChange { dim: Some(dim), ..LightChange::default() }),
    ]
}

/// Mostly dark: by day there is little to get wrong.
fn ambience() -> impl Strategy<Value = Ambience> {
    prop_oneof![1 => Just(Ambience::Bright), 1 => Just(Ambience::Dim), 4 => Just(Ambience::Dark)]
}

fn shape() -> impl Strategy<Value = Shape> {
    let brush = (prop::collection::vec(place(), 1..4), 1..6_i32);
    prop_oneof![
        3 => (place(), place()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
        1 => prop::collection::vec(place(), 3..6).prop_map(Shape::Polygon),
        1 => brush.prop_map(|(way, radius)| Shape::Brush(way, radius * CELL / 4)),
    ]
}

fn cover() -> impl Strategy<Value = Cover> {
    prop_oneof![1 => Just(Cover::Open), 1 => Just(Cover::Revealed), 2 => Just(Cover::Veiled)]
}

fn stage() -> impl Strategy<Value = FogStage> {
    prop_oneof![3 => Just(FogStage::Live), 1 => Just(FogStage::Draft)]
}

/// What a game master does with fog.
fn fog() -> impl Strategy<Value = Ask> {
    let corners = || prop::collection::vec(place(), 3..6);
    prop_oneof![
        6 => (stage(), shape(), cover()).prop_map(|(stage, shape, cover)| Ask::Fog(stage, shape, cover)),
        2 => corners().prop_map(Ask::Area),
        1 => (any::<usize>(), corners()).prop_map(|(area, corners)| Ask::EditArea(area, corners)),
        2 => (stage(), any::<usize>(), cover())
            .prop_map(|(stage, area, cover)| Ask::CoverArea(stage, area, cover)),
        1 => any::<usize>().prop_map(Ask::RemoveArea),
        1 => Just(Ask::PrepareFog),
        1 => Just(Ask::PushFog),
        1 => Just(Ask::DiscardFog),
        1 => prop::option::of(any::<usize>()).prop_map(Ask::Forget),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let step = (any::<usize>(), prop::collection::vec(place(), 1..4));
    let state = prop_oneof![Just(PortalState::Open), Just(PortalState::Shut), Just(PortalState::Locked)];
    prop_oneof![
        12 => prop::collection::vec(step, 1..3).prop_map(Ask::Move),
        8 => fog(),
        4 => (place(), any::<usize>()).prop_map(|(at, owner)| Ask::Place(at, owner)),
        3 => (any::<usize>(), change()).prop_map(|(token, change)| Ask::Edit(token, change)),
        2 => (any::<usize>(), prop::collection::vec(any::<usize>(), 0..3)).prop_map(|(token, to)| Ask::Own(token, to)),
        1 => (any::<usize>(), offset()).prop_map(|(token, by)| Ask::Copy(token, by)),
        1 => any::<usize>().prop_map(Ask::Remove),
        3 => Just(Ask::Undo),
        2 => Just(Ask::Redo),
        4 => (any::<usize>(), state).prop_map(|(door, state)| Ask::Door(door, state)),
        2 => (0..6_usize).prop_map(Ask::Say),
        1 => Just(Ask::Scene),
        1 => any::<usize>().prop_map(Ask::Show),
        1 => any::<usize>().prop_map(Ask::Open),
        1 => any::<usize>().prop_map(Ask::RemoveScene),
        4 => (place(), place(), wall_kind()).prop_map(|(a, b, kind)| Ask::Wall(a, b, kind)),
        1 => any::<usize>().prop_map(Ask::RemoveWall),
        2 => (place(), place(), portal_kind()).prop_map(|(a, b, kind)| Ask::Portal(a, b, kind)),
        1 => any::<usize>().prop_map(Ask::RemovePortal),
        1 => any::<usize>().prop_map(Ask::RevealPortal),
        2 => prop::collection::vec(any::<usize>(), 0..3).prop_map(Ask::Target),
        4 => (drawn_shape(), shown()).prop_map(|(shape, shown)| Ask::Draw(shape, shown)),
        2 => (any::<usize>(), place(), prop::option::of(shown()))
            .prop_map(|(drawing, by, shown)| Ask::Redraw(drawing, by, shown)),
        1 => any::<usize>().prop_map(Ask::Wipe),
        1 => any::<bool>().prop_map(Ask::SharedSight),
        1 => any::<usize>().prop_map(Ask::Kick),
        3 => (place(), glow(), any::<bool>()).prop_map(|(at, glow, on)| Ask::Light(at, glow, on)),
        2 => (any::<usize>(), light_change()).prop_map(|(light, change)| Ask::EditLight(light, change)),
        1 => any::<usize>().prop_map(Ask::RemoveLight),
        3 => (any::<usize>(), ambience()).prop_map(|(scene, ambience)| Ask::Ambience(scene, ambience)),
    ]
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![Just(Shown::Everyone), Just(Shown::Explored), Just(Shown::Masters)]
}

fn drawn_shape() -> impl Strategy<Value = DrawnShape> {
    let points = |least| prop::collection::vec(place(), least..5);
    prop_oneof![
        points(2).prop_map(|points| DrawnShape::Line { points }),
        points(3).prop_map(|points| DrawnShape::Polygon { points }),
        (place(), place()).prop_map(|(a, b)| DrawnShape::Rectangle { a, b }),
        (place(), 1..4_i32).prop_map(|(middle, radius)| DrawnShape::Circle { middle, radius: radius << 15 }),
        place().prop_map(|at| DrawnShape::Note { at, text: "here".to_owned() }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        // The game master does more than the others.
        12 => (0..6_usize, ask()).prop_map(|(who, ask)| Act::Ask(who.saturating_sub(2), ask)),
        1 => Just(Act::Come),
        1 => any::<usize>().prop_map(Act::Go),
        1 => any::<usize>().prop_map(Act::Return),
    ]
}

fn pick<T: Copy>(among: &[T], number: usize) -> Option<T> {
    among.get(number.checked_rem(among.len())?).copied()
}

const LINES: [&str; 6] =
    ["hello", "/r 2d6+3", "/gmr 1d20", "/blindroll 1d20", "/w Gia psst", "I swing [[1d20+5]] at it"];

fn command(world: &World, ask: &Ask) -> Option<Command> {
    let now = world.snapshot();
    let seats: Vec<SeatId> = now.seats.iter().map(|seat| seat.seat).collect();
    let tokens: Vec<TokenId> = now.tokens.iter().map(|(id, _)| *id).collect();
    let scenes: Vec<SceneId> = now.scenes.iter().map(|scene| scene.scene).collect();
    let portals: Vec<PortalId> =
        now.scenes.iter().flat_map(|scene| &scene.portals).map(|portal| portal.portal).collect();
    let walls: Vec<WallId> = now.scenes.iter().flat_map(|scene| &scene.walls).map(|wall| wall.wall).collect();
    let lights: Vec<LightId> =
        now.scenes.iter().flat_map(|scene| &scene.lights).map(|light| light.light).collect();
    let areas: Vec<AreaId> =
        now.scenes.iter().flat_map(|scene| &scene.fog.areas).map(|area| area.area).collect();
    let drawings: Vec<DrawingId> =
        now.scenes.iter().flat_map(|scene| &scene.drawings).map(|(drawing, _)| *drawing).collect();
    Some(match ask {
        Ask::Fog(stage, shape, cover) => Command::PaintFog(*stage, shape.clone(), *cover),
        Ask::Area(corners) => Command::AddArea(name("Crypt"), corners.clone()),
        Ask::EditArea(area, corners) => {
            let change = AreaChange { name: Some(name("Vault")), polygon: Some(corners.clone()) };
            Command::EditArea(pick(&areas, *area)?, change)
        }
        Ask::CoverArea(stage, area, cover) => Command::CoverAreas(*stage, vec![pick(&areas, *area)?], *cover),
        Ask::RemoveArea(area) => Command::RemoveAreas(vec![pick(&areas, *area)?]),
        Ask::PrepareFog => Command::PrepareFog,
        Ask::PushFog => Command::PushFog,
        Ask::DiscardFog => Command::DiscardFog,
        Ask::Forget(None) => Command::ForgetMemory(None),
        Ask::Forget(Some(seat)) => Command::ForgetMemory(Some(pick(&seats, *seat)?)),
        Ask::Move(moves) => {
            let mut seen = std::collections::BTreeSet::new();
            let moves = moves.iter().filter_map(|(token, way)| Some((pick(&tokens, *token)?, way.clone())));
            Command::MoveTokens(moves.filter(|(token, _)| seen.insert(*token)).collect())
        }
        Ask::Place(at, owner) => {
            let owners = Some(pick(&seats, *owner).into_iter().collect());
            Command::PlaceToken(*at, TokenChange { owners, ..TokenChange::default() })
        }
        Ask::Edit(token, change) => Command::EditTokens(vec![pick(&tokens, *token)?], change.clone()),
        Ask::Own(token, to) => {
            let owners = to.iter().filter_map(|seat| pick(&seats, *seat)).collect();
            let change = TokenChange { owners: Some(owners), ..TokenChange::default() };
            Command::EditTokens(vec![pick(&tokens, *token)?], change)
        }
        Ask::Copy(token, by) => Command::CopyTokens(vec![pick(&tokens, *token)?], *by),
        Ask::Remove(token) => Command::RemoveTokens(vec![pick(&tokens, *token)?]),
        Ask::Target(aims) => Command::Target(aims.iter().filter_map(|token| pick(&tokens, *token)).collect()),
        Ask::Draw(shape, shown) => {
            let (shape, shown) = (shape.clone(), *shown);
            Command::AddDrawing(NewDrawing { shape, color: 0xe8_a33d, width: 1 << 13, filled: false, shown })
        }
        Ask::Redraw(drawing, by, shown) => {
            let change = DrawingChange { by: Some(*by), shown: *shown, ..DrawingChange::default() };
            Command::EditDrawings(vec![pick(&drawings, *drawing)?], change)
        }
        Ask::Wipe(drawing) => Command::RemoveDrawings(vec![pick(&drawings, *drawing)?]),
        Ask::Undo => Command::Undo,
        Ask::Redo => Command::Redo,
        Ask::Door(door, state) => Command::SetPortal(pick(&portals, *door)?, *state),
        Ask::Say(line) => Command::Say(LINES[*line].to_owned(), None),
        Ask::Scene => Command::AddScene(name("A scene"), [12, 12]),
        Ask::Show(scene) => Command::ShowScene(pick(&scenes, *scene)?),
        Ask::Open(scene) => Command::OpenScene(pick(&scenes, *scene)?),
        Ask::RemoveScene(scene) => Command::RemoveScene(pick(&scenes, *scene)?),
        Ask::Wall(a, b, kind) => Command::AddWalls(vec![(*a, *b, *kind)]),
        Ask::RemoveWall(wall) => Command::RemoveWalls(vec![pick(&walls, *wall)?]),
        Ask::Portal(a, b, kind) => Command::AddPortal(*a, *b, *kind),
        Ask::RemovePortal(portal) => Command::RemovePortal(pick(&portals, *portal)?),
        Ask::RevealPortal(portal) => Command::RevealPortal(pick(&portals, *portal)?),
        Ask::SharedSight(shared) => {
            Command::EditTable(TableChange { shared_sight: Some(*shared), ..TableChange::default() })
        }
        Ask::Kick(seat) => Command::Kick(pick(&seats, *seat)?),
        Ask::Light(at, glow, on) => Command::AddLights(vec![NewLight { at: *at, glow: *glow, on: *on }]),
        Ask::EditLight(light, change) => Command::EditLights(vec![pick(&lights, *light)?], *change),
        Ask::RemoveLight(light) => Command::RemoveLights(vec![pick(&lights, *light)?]),
        Ask::Ambience(scene, ambience) => {
            let change = SceneChange { ambience: Some(*ambience), ..SceneChange::default() };
            Command::EditScene(pick(&scenes, *scene)?, change)
        }
    })
}

fn play(world: &mut World, act: &Act) {
    let seated: Vec<SeatId> = world.screens.keys().copied().collect();
    match act {
        Act::Ask(who, ask) => {
            let who = pick(&seated, *who).unwrap_or(MASTER);
            if let Some(command) = command(world, ask) {
                let kicked = matches!(command, Command::Kick(_));
                let told = world.ask(who, command);
                if kicked && told.is_ok() {
                    let here = |seat: &SeatId| world.table.seat(*seat).is_some();
                    world.screens.retain(|seat, _| here(seat));
                }
            }
        }
        Act::Come => {
            if world.table.seats().count() < 6 {
                world.seat("Newcomer", Role::Player);
            }
        }
        Act::Go(who) => {
            if let Some(seat) = pick(&seated, *who).filter(|seat| *seat != MASTER) {
                world.disconnect(seat);
            }
        }
        Act::Return(who) => {
            let away: Vec<_> = world.table.seats().map(|seat| seat.seat).collect();
            if let Some(seat) = pick(&away, *who).filter(|seat| !world.screens.contains_key(seat)) {
                world.connect(seat);
            }
        }
    }
}

/// A hall of two rooms with a door between, and three tokens.
fn furnished() -> World {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Hall"), [12, 12]));
    let ada = world.seat("Ada", Role::Player);
    let bo = world.seat("Bo", Role::Player);
    world.seat("Sue", Role::Spectator);
    world.token(quarters(6, 6), &[ada]);
    world.token(quarters(10, 30), &[bo]);
    world.token(quarters(40, 40), &[]);
    world.must(MASTER, Command::AddWalls(vec![(quarters(24, 0), quarters(24, 20), WallKind::Wall)]));
    world.must(MASTER, Command::AddWalls(vec![(quarters(24, 28), quarters(24, 48), WallKind::Wall)]));
    world.must(MASTER, Command::AddPortal(quarters(24, 20), quarters(24, 28), PortalKind::Door));
    world
}

/// The same by night, with a lamp, and a torch in Bo's hand.
fn by_night() -> World {
    let mut world = furnished();
    let scene = world.snapshot().shown.expect("a scene is shown");
    let change = SceneChange { ambience: Some(Ambience::Dark), ..SceneChange::default() };
    world.must(MASTER, Command::EditScene(scene, change));
    let glow = Glow { bright: 2 * CELL, dim: 4 * CELL, color: 0xff_c58f, cone: None };
    world.must(MASTER, Command::AddLights(vec![NewLight { at: quarters(36, 10), glow, on: true }]));
    let torch = TokenChange { emission: Some(Some(glow)), ..TokenChange::default() };
    let bo = world.snapshot().tokens[1].0;
    world.must(MASTER, Command::EditTokens(vec![bo], torch));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_views_stay_equal_to_fresh_projections_and_patches_add_up_to_them(
        acts in prop::collection::vec(act(), 1..40),
        dark in any::<bool>(),
    ) {
        let mut world = if dark { by_night() } else { furnished() };
        world.check();
        for act in &acts {
            play(&mut world, act);
            world.check();
        }
    }

    #[test]
    fn a_mirror_shows_its_seats_view_and_changes_nothing_for_anybody(
        acts in prop::collection::vec((act(), prop::option::of(any::<usize>())), 1..30),
        dark in any::<bool>(),
    ) {
        let new = if dark { by_night } else { furnished };
        let (mut mirrored, mut plain) = (new(), new());
        for (act, look) in &acts {
            let seats: Vec<SeatId> = mirrored.table.seats().map(|seat| seat.seat).collect();
            if let Some(seat) = look.and_then(|look| pick(&seats, look)) {
                let before: Vec<_> = mirrored.mirrors.keys().copied().collect();
                before.into_iter().skip(1).for_each(|mirror| mirrored.end_mirror(mirror));
                mirrored.mirror(seat);
            }
            play(&mut mirrored, act);
            play(&mut plain, act);
            mirrored.check();
            prop_assert_eq!(&mirrored.screens, &plain.screens);
            prop_assert_eq!(mirrored.log.len(), plain.log.len());
            let kept: Vec<_> = mirrored.mirrors.keys().copied().collect();
            for mirror in kept {
                let seat = mirrored.audience.mirrored_seat(mirror).expect("it is there");
                let fresh = mirrored.mirror(seat).expect("it may be");
                let (kept, new) = (&mirrored.mirrors[&mirror], &mirrored.mirrors[&fresh]);
                prop_assert_eq!(kept.without_handles(), new.without_handles());
                mirrored.end_mirror(fresh);
            }
        }
        prop_assert_eq!(&mirrored.log, &plain.log);
    }

    #[test]
    fn the_log_alone_and_a_snapshot_with_its_tail_give_the_same_table(
        acts in prop::collection::vec(act(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut world = by_night();
        for act in &acts {
            play(&mut world, act);
        }
        let cut = cut.index(world.log.len() + 1);
        let mut table = Table::default();
        for event in &world.log[..cut] {
            table.apply(event);
        }
        let text = serde_json::to_string(&table.snapshot()).expect("snapshots can be written");
        let read = serde_json::from_str(&text).expect("and read");
        let mut woken = Table::from_snapshot(&read).expect("of this build's form");
        for event in &world.log[cut..] {
            table.apply(event);
            woken.apply(event);
        }
        prop_assert_eq!(table.snapshot(), world.snapshot());
        prop_assert_eq!(woken.snapshot(), world.snapshot());
    }
}
