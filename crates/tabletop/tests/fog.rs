//! Fog by hand: what a game master shows and hides, and that nothing of it reaches a player beyond that.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::command::{AreaChange, Command, SceneChange, Shape, TableChange, TokenChange};
use tabletop::event::{
    Ambience, Cover, FogStage, Glow, Layer, PortalKind, PortalState, Role, Senses, Snapshot, WallKind,
};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{AreaId, SeatId, TokenId};
use tabletop::limits;
use tabletop::refusal::Refusal;
use tabletop::table::Table;
use world::{MASTER, World, cells, name, quarters};

/// A hall of 16 by 12 cells, its right half behind a wall with a door, and Ada's token in the left half.
struct Hall {
    world: World,
    ada: SeatId,
    token: TokenId,
}

impl Hall {
    fn new() -> Self {
        let mut world = World::new();
        world.must(MASTER, Command::AddScene(name("Hall"), [16, 12]));
        let ada = world.seat("Ada", Role::Player);
        let wall = |from, to| (cells(8.0, from), cells(8.0, to), WallKind::Wall);
        world.must(MASTER, Command::AddWalls(vec![wall(0.0, 5.0), wall(7.0, 12.0)]));
        world.must(MASTER, Command::AddPortal(cells(8.0, 5.0), cells(8.0, 7.0), PortalKind::Door));
        let token = world.token(cells(3.5, 6.5), &[ada]);
        Self { world, ada, token }
    }

    fn paint(&mut self, stage: FogStage, from: (f64, f64), to: (f64, f64), cover: Cover) {
        let shape = Shape::Rectangle(cells(from.0, from.1), cells(to.0, to.1));
        self.world.must(MASTER, Command::PaintFog(stage, shape, cover));
        self.world.check();
    }

    fn live(&mut self, from: (f64, f64), to: (f64, f64), cover: Cover) {
        self.paint(FogStage::Live, from, to, cover);
    }

    fn open_door(&mut self) {
        let portal = self.world.snapshot().scenes[0].portals[0].portal;
        self.world.must(MASTER, Command::SetPortal(portal, PortalState::Open));
    }

    /// How many samples a seat remembers, in cells of 64 samples, and how many of them lie right of a column.
    fn remembered(&self, seat: SeatId) -> usize {
        self.samples(seat, 0..16, 0..12)
    }

    /// The remembered samples of a box of cells.
    fn samples(&self, seat: SeatId, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> usize {
        let records: Vec<_> = self.world.screens[&seat]
            .explored
            .iter()
            .map(|((x, y), runs)| tabletop::event::BlockRecord { x: *x, y: *y, runs: runs.clone() })
            .collect();
        let samples = tabletop::samples::Samples::from(records.as_slice());
        let held = |x: u32, y: u32| usize::from(samples.holds_all(x..x + 1, y..y + 1));
        let rows = rows.start * 8..rows.end * 8;
        rows.flat_map(|y| (columns.start * 8..columns.end * 8).map(move |x| (x, y)))
            .map(|(x, y)| held(x, y))
            .sum()
    }

    fn tokens(&self, seat: SeatId) -> usize {
        self.world.screens[&seat].count("token")
    }
}

const HALF: usize = 8 * 12 * 64;

#[test]
fn what_is_revealed_every_player_remembers_and_undo_takes_it_back() {
    let mut hall = Hall::new();
    hall.world.must(MASTER, Command::EditTable(own_sight()));
    let bo = hall.world.seat("Bo", Role::Player);
    let sue = hall.world.seat("Sue", Role::Spectator);
    assert_eq!((hall.remembered(hall.ada), hall.remembered(bo)), (HALF, 0));
    hall.live((10.0, 2.0), (12.0, 4.0), Cover::Revealed);
    for seat in [hall.ada, bo, sue] {
        assert_eq!(hall.samples(seat, 8..16, 0..12), 4 * 64, "{seat:?}");
    }
    hall.world.must(MASTER, Command::Undo);
    hall.world.check();
    assert_eq!((hall.remembered(hall.ada), hall.remembered(bo)), (HALF, 0), "and what was seen stays");
    hall.world.must(MASTER, Command::Redo);
    hall.world.check();
    assert_eq!(hall.remembered(bo), 4 * 64);
}

fn own_sight() -> TableChange {
    TableChange { shared_sight: Some(false), ..TableChange::default() }
}

#[test]
fn what_is_veiled_is_neither_remembered_nor_seen_and_comes_back() {
    let mut hall = Hall::new();
    hall.world.token(cells(5.5, 2.5), &[]);
    assert_eq!(hall.tokens(hall.ada), 2);
    let outlines = hall.world.screens[&hall.ada].outlines.clone();
    hall.live((5.0, 0.0), (8.0, 4.0), Cover::Veiled);
    assert_eq!(hall.remembered(hall.ada), HALF - 12 * 64);
    assert_eq!(hall.tokens(hall.ada), 1, "who stands there is not told");
    let screen = &hall.world.screens[&hall.ada];
    assert!(screen.outlines.values().all(|outline| outline.sight.is_empty()), "a polygon shows the walls");
    assert!(!screen.bright.is_empty(), "what is left of it is told as samples");
    hall.live((0.0, 0.0), (16.0, 12.0), Cover::Open);
    assert_eq!((hall.remembered(hall.ada), hall.tokens(hall.ada)), (HALF, 2));
    let same = hall.world.screens[&hall.ada].outlines.values().eq(outlines.values());
    assert!(same && hall.world.screens[&hall.ada].bright.is_empty());
}

#[test]
fn a_veil_that_nobody_could_see_changes_nothing_for_a_player() {
    let mut hall = Hall::new();
    let before = hall.world.screens[&hall.ada].clone();
    // Along the wall and the shut door, which are seen from the other side.
    hall.live((8.0, 0.0), (16.0, 12.0), Cover::Veiled);
    hall.world.must(
        MASTER,
        Command::AddArea(name("Crypt"), vec![cells(1.0, 1.0), cells(2.0, 1.0), cells(2.0, 2.0)]),
    );
    hall.world.must(MASTER, Command::PrepareFog);
    hall.paint(FogStage::Draft, (0.0, 0.0), (16.0, 12.0), Cover::Revealed);
    assert_eq!(hall.world.screens[&hall.ada], before);
    assert!(before.fog.iter().all(|blocks| blocks.is_empty()) && before.count("area") == 0);
}

#[test]
fn what_happens_behind_a_veil_does_not_show() {
    let mut hall = Hall::new();
    hall.live((4.0, 0.0), (8.0, 4.0), Cover::Veiled);
    let before = hall.world.screens[&hall.ada].clone();
    let orc = hall.world.token(cells(6.5, 2.5), &[]);
    hall.world.must(MASTER, Command::MoveTokens(vec![(orc, vec![cells(5.5, 1.5)])]));
    let wall = (quarters(20, 4), quarters(28, 8), WallKind::Wall);
    hall.world.must(MASTER, Command::AddWalls(vec![wall]));
    hall.world.must(MASTER, Command::AddPortal(cells(5.0, 3.0), cells(6.0, 3.0), PortalKind::Door));
    hall.world.check();
    let after = &hall.world.screens[&hall.ada];
    assert_eq!(after.outlines, before.outlines);
    assert_eq!((&after.things, &after.explored), (&before.things, &before.explored));
    assert_eq!((&after.dim, &after.bright), (&before.dim, &before.bright));
}

#[test]
fn who_owns_a_token_behind_a_veil_is_told_of_it_and_others_are_not() {
    let mut hall = Hall::new();
    let bo = hall.world.seat("Bo", Role::Player);
    let of_bo = hall.world.token(cells(5.5, 2.5), &[bo]);
    hall.world.must(MASTER, Command::EditTokens(vec![hall.token], feeling()));
    assert_eq!((hall.tokens(hall.ada), hall.tokens(bo)), (2, 2));
    hall.live((4.0, 0.0), (8.0, 4.0), Cover::Veiled);
    assert_eq!((hall.tokens(hall.ada), hall.tokens(bo)), (1, 2), "sight is shared, the veil covers all");
    assert_eq!(hall.world.screens[&hall.ada].count("felt"), 0, "nor is it felt");
    // Out of the veil and on: only the end is seen, not the way.
    let told = hall.world.must(MASTER, Command::MoveTokens(vec![(of_bo, vec![cells(2.5, 10.5)])]));
    hall.world.check();
    let of_ada = told.iter().find(|(seat, _)| *seat == hall.ada).expect("Ada is told");
    assert!(of_ada.1.moves.is_empty() && of_ada.1.tokens.len() == 1);
    let way = vec![cells(5.5, 2.5), cells(2.5, 9.5)];
    let told = hall.world.must(MASTER, Command::MoveTokens(vec![(of_bo, way)]));
    let of_ada = told.iter().find(|(seat, _)| *seat == hall.ada).expect("Ada is told");
    assert!(of_ada.1.moves.is_empty(), "a way through the veil is not told");
}

fn feeling() -> TokenChange {
    let senses = Senses { tremorsense: 20 * CELL, ..Senses::default() };
    TokenChange { senses: Some(senses), ..TokenChange::default() }
}

#[test]
fn a_mark_in_the_veil_is_not_seen_and_one_beside_it_is() {
    let mut hall = Hall::new();
    // Its middle lies outside, the marks to its right inside.
    hall.world.token(cells(4.8, 2.5), &[]);
    hall.live((5.0, 0.0), (8.0, 4.0), Cover::Veiled);
    assert_eq!(hall.tokens(hall.ada), 2);
    // Its middle lies inside, the marks to its left outside: it stands behind the veil.
    hall.world.token(cells(5.2, 2.5), &[]);
    hall.world.check();
    assert_eq!(hall.tokens(hall.ada), 2);
}

#[test]
fn nobody_explores_behind_a_veil() {
    let mut hall = Hall::new();
    hall.open_door();
    hall.live((8.0, 0.0), (16.0, 12.0), Cover::Veiled);
    let way = vec![cells(7.5, 6.5), cells(12.5, 6.5), cells(3.5, 6.5)];
    hall.world.must(hall.ada, Command::MoveTokens(vec![(hall.token, way)]));
    hall.live((8.0, 0.0), (16.0, 12.0), Cover::Open);
    let through_the_door = hall.samples(hall.ada, 8..16, 0..12);
    assert!(through_the_door > 0, "what is in sight now");
    assert_eq!(hall.samples(hall.ada, 9..10, 0..2), 0, "beside the door, seen from within only");
}

#[test]
fn by_night_a_veil_hides_what_is_lit_and_what_darkvision_shows() {
    let mut hall = Hall::new();
    let scene = hall.world.snapshot().scenes[0].scene;
    let night = SceneChange { ambience: Some(Ambience::Dark), ..SceneChange::default() };
    hall.world.must(MASTER, Command::EditScene(scene, night));
    let glow = Glow { bright: 2 * CELL, dim: 4 * CELL, color: 0xff_c58f, cone: None };
    let lamp = tabletop::command::NewLight { at: cells(6.0, 2.0), glow, on: true };
    hall.world.must(MASTER, Command::AddLights(vec![lamp]));
    let senses = Senses { darkvision: 3 * CELL, ..Senses::default() };
    let change = TokenChange { senses: Some(senses), ..TokenChange::default() };
    hall.world.must(MASTER, Command::EditTokens(vec![hall.token], change));
    hall.world.token(cells(6.5, 2.5), &[]);
    hall.world.check();
    let screen = &hall.world.screens[&hall.ada];
    assert!((screen.count("token"), screen.count("light")) == (2, 1) && !screen.dim.is_empty());
    hall.live((0.0, 0.0), (8.0, 5.0), Cover::Veiled);
    let screen = &hall.world.screens[&hall.ada];
    assert_eq!((screen.count("token"), screen.count("light")), (1, 0), "and its source is not told");
    assert!(screen.outlines.values().all(|outline| outline.dark_sight.is_empty()));
    // The lamp goes out: the light changes, the rest of darkvision stays.
    let light = hall.world.snapshot().scenes[0].lights[0].light;
    let off = tabletop::command::LightChange { on: Some(false), ..Default::default() };
    hall.world.must(MASTER, Command::EditLights(vec![light], off));
    hall.world.check();
    assert!(!hall.world.screens[&hall.ada].dim.is_empty());
}

#[test]
fn a_draft_is_pushed_as_one_change_that_can_be_taken_back() {
    let mut hall = Hall::new();
    assert_eq!(hall.world.ask(MASTER, Command::PushFog).unwrap_err(), Refusal::NotPreparing);
    let shape = Shape::Rectangle(cells(9.0, 1.0), cells(10.0, 2.0));
    let paint = |stage| Command::PaintFog(stage, shape.clone(), Cover::Revealed);
    assert_eq!(hall.world.ask(MASTER, paint(FogStage::Draft)).unwrap_err(), Refusal::NotPreparing);
    hall.world.must(MASTER, Command::PrepareFog);
    assert_eq!(hall.world.ask(MASTER, paint(FogStage::Live)).unwrap_err(), Refusal::Preparing);
    hall.paint(FogStage::Draft, (9.0, 1.0), (10.0, 2.0), Cover::Revealed);
    hall.paint(FogStage::Draft, (12.0, 1.0), (13.0, 2.0), Cover::Revealed);
    assert_eq!(hall.remembered(hall.ada), HALF);
    let told = hall.world.must(MASTER, Command::PushFog);
    hall.world.check();
    assert_eq!(told.iter().filter(|(seat, _)| *seat == hall.ada).count(), 1, "in one frame");
    assert_eq!(hall.remembered(hall.ada), HALF + 2 * 64);
    assert!(hall.world.screens[&MASTER].preparing, "preparing goes on");
    assert!(hall.world.must(MASTER, Command::PushFog).is_empty(), "there is nothing new to push");
    hall.world.must(MASTER, Command::Undo);
    assert_eq!(hall.remembered(hall.ada), HALF);
    hall.world.must(MASTER, Command::DiscardFog);
    hall.world.check();
    let screen = &hall.world.screens[&MASTER];
    assert!(!screen.preparing && screen.fog.iter().all(|blocks| blocks.is_empty()));
    assert_eq!(hall.world.ask(MASTER, Command::Undo).unwrap_err(), Refusal::MovedOn, "its draft is gone");
}

#[test]
fn a_named_area_is_shown_and_hidden_as_a_whole() {
    let mut hall = Hall::new();
    let corners = vec![cells(9.0, 1.0), cells(12.0, 1.0), cells(12.0, 4.0), cells(9.0, 4.0)];
    hall.world.must(MASTER, Command::AddArea(name("Crypt"), corners.clone()));
    let area = hall.world.snapshot().scenes[0].fog.areas[0].area;
    let cover = |stage, cover| Command::CoverAreas(stage, vec![area], cover);
    hall.world.must(MASTER, cover(FogStage::Live, Cover::Revealed));
    hall.world.check();
    assert_eq!(hall.remembered(hall.ada), HALF + 9 * 64);
    assert_eq!(hall.world.screens[&hall.ada].count("area"), 0, "its name stays with the game master");
    hall.world.must(MASTER, cover(FogStage::Live, Cover::Veiled));
    assert_eq!(hall.remembered(hall.ada), HALF);
    hall.world.must(MASTER, Command::Undo);
    assert_eq!(hall.world.snapshot().scenes[0].fog.live.areas, [(area, Cover::Revealed)]);
    let change = AreaChange { name: Some(name("Vault")), polygon: None };
    hall.world.must(MASTER, Command::EditArea(area, change));
    hall.world.must(MASTER, Command::RemoveAreas(vec![area]));
    hall.world.check();
    assert_eq!(hall.remembered(hall.ada), HALF + 9 * 64, "what it covered stays covered");
    assert_eq!(hall.world.ask(MASTER, cover(FogStage::Live, Cover::Open)).unwrap_err(), Refusal::Unknown);
}

#[test]
fn memory_is_forgotten_for_one_or_for_all() {
    let mut hall = Hall::new();
    let bo = hall.world.seat("Bo", Role::Player);
    hall.open_door();
    hall.world.token(cells(12.5, 6.5), &[bo]);
    hall.world.check();
    let corner = |hall: &Hall| (hall.samples(bo, 9..10, 0..1), hall.samples(bo, 0..1, 0..1));
    assert_eq!(corner(&hall), (64, 64), "the party has been everywhere");
    let far = cells(3.5, 11.5);
    let token = hall.world.newest_token();
    hall.world.must(MASTER, Command::MoveTokens(vec![(token, vec![far])]));
    hall.world.must(MASTER, Command::ForgetMemory(Some(bo)));
    hall.world.check();
    assert_eq!(corner(&hall), (0, 64), "only Bo had been there, and Ada still sees the other");
    hall.world.must(MASTER, Command::ForgetMemory(None));
    hall.world.check();
    assert_eq!(corner(&hall).1, 64, "what eyes see now they remember at once");
    hall.world.must(MASTER, Command::RemoveTokens(vec![token, hall.token]));
    hall.world.must(MASTER, Command::ForgetMemory(None));
    hall.world.check();
    assert_eq!(hall.remembered(bo), 0);
    assert!(hall.world.must(MASTER, Command::ForgetMemory(None)).is_empty());
}

#[test]
fn a_preview_names_the_areas_that_a_move_would_show_and_changes_nothing() {
    let mut hall = Hall::new();
    let far = vec![cells(9.0, 1.0), cells(12.0, 1.0), cells(12.0, 4.0)];
    let near = vec![cells(1.0, 1.0), cells(2.0, 1.0), cells(2.0, 2.0)];
    hall.world.must(MASTER, Command::AddArea(name("Crypt"), far));
    hall.world.must(MASTER, Command::AddArea(name("Hearth"), near));
    let preview = |hall: &mut Hall, to: Point| {
        let before = hall.world.snapshot();
        let decision = hall.world.decide(MASTER, Command::PreviewMove(vec![(hall.token, vec![to])]));
        assert_eq!(hall.world.snapshot(), before);
        let decision = decision.expect("a game master may ask");
        assert!(decision.events.is_empty());
        decision.warns
    };
    assert_eq!(preview(&mut hall, cells(4.5, 6.5)), []);
    assert_eq!(preview(&mut hall, cells(12.5, 8.5)), [AreaId(0)]);
    hall.live((8.0, 0.0), (16.0, 12.0), Cover::Veiled);
    assert_eq!(preview(&mut hall, cells(12.5, 8.5)), [], "a veil keeps it hidden");
    hall.live((8.0, 0.0), (16.0, 12.0), Cover::Revealed);
    assert_eq!(preview(&mut hall, cells(12.5, 8.5)), [], "it is shown already");
    let asked = hall.world.decide(hall.ada, Command::PreviewMove(vec![(hall.token, vec![cells(4.5, 6.5)])]));
    assert_eq!(asked.unwrap_err(), Refusal::MasterOnly);
}

#[test]
fn fog_stays_on_its_picture_when_the_grid_changes() {
    let mut hall = Hall::new();
    let picture = tabletop::event::MapPicture {
        blob: tabletop::id::BlobId::from_digest([7; 32]),
        size_px: [1_280, 960],
    };
    let mut grid = hall.world.snapshot().scenes[0].grid.clone();
    grid.pixels_per_cell = 80;
    let scene = tabletop::command::NewScene {
        name: name("Map"),
        size: cells(16.0, 12.0),
        grid: grid.clone(),
        picture: Some(picture),
        walls: Vec::new(),
        portals: Vec::new(),
        lights: Vec::new(),
    };
    hall.world.must(MASTER, Command::ImportScene(Box::new(scene)));
    let id = hall.world.snapshot().scenes[1].scene;
    hall.world.must(MASTER, Command::ShowScene(id));
    hall.live((2.0, 2.0), (4.0, 4.0), Cover::Revealed);
    hall.live((6.0, 2.0), (8.0, 4.0), Cover::Veiled);
    let corners = vec![cells(2.0, 2.0), cells(4.0, 2.0), cells(4.0, 4.0)];
    hall.world.must(MASTER, Command::AddArea(name("Crypt"), corners));
    grid.pixels_per_cell = 160;
    let change = SceneChange { grid: Some(grid), ..SceneChange::default() };
    hall.world.must(MASTER, Command::EditScene(id, change));
    hall.world.check();
    assert_eq!(hall.remembered(hall.ada), 64);
    assert_eq!(hall.samples(hall.ada, 1..2, 1..2), 64);
    let fog = &hall.world.snapshot().scenes[1].fog;
    assert_eq!(fog.areas[0].polygon, [cells(1.0, 1.0), cells(2.0, 1.0), cells(2.0, 2.0)]);
    assert_eq!(hall.world.ask(MASTER, Command::Undo).unwrap_err(), Refusal::NothingToUndo);
}

#[test]
fn shapes_have_limits() {
    let mut hall = Hall::new();
    let mut painted = |shape| {
        let told = hall.world.ask(MASTER, Command::PaintFog(FogStage::Live, shape, Cover::Veiled));
        told.map(|_| ()).map_err(|refusal| refusal.to_string())
    };
    let at = cells(1.0, 1.0);
    let max = limits::FOG_POINTS_MAX;
    let points = "points of a shape must be between 3 and 500";
    assert_eq!(painted(Shape::Polygon(vec![at; 2])).unwrap_err(), points);
    assert_eq!(painted(Shape::Polygon(vec![at; max + 1])).unwrap_err(), points);
    assert!(painted(Shape::Polygon(vec![at; max])).is_ok());
    assert_eq!(painted(Shape::Rectangle(at, cells(17.0, 1.0))).unwrap_err(), "that lies outside the map");
    assert!(painted(Shape::Rectangle(at, cells(16.0, 12.0))).is_ok());
    let brush = limits::BRUSH_CELLS_MAX * CELL;
    assert!(painted(Shape::Brush(vec![at], brush)).is_ok());
    let radius = "the radius of the brush, in cells must be between 0 and 50";
    assert_eq!(painted(Shape::Brush(vec![at], brush + 1)).unwrap_err(), radius);
    assert_eq!(painted(Shape::Brush(vec![at], 0)).unwrap_err(), radius);
    let to_and_fro =
        |legs: usize| [cells(0.0, 0.0), cells(16.0, 0.0)].into_iter().cycle().take(legs + 1).collect();
    assert!(painted(Shape::Brush(to_and_fro(125), CELL)).is_ok());
    let way = "the way of one stroke of the brush, in cells must be between 0 and 2000";
    assert_eq!(painted(Shape::Brush(to_and_fro(126), CELL)).unwrap_err(), way);
}

#[test]
fn a_scene_has_so_many_areas_and_no_more() {
    let mut hall = Hall::new();
    let corners = vec![cells(1.0, 1.0), cells(2.0, 1.0), cells(2.0, 2.0)];
    let mut add = || hall.world.ask(MASTER, Command::AddArea(name("Crypt"), corners.clone()));
    for _ in 0..limits::AREAS_PER_SCENE_MAX {
        assert!(add().is_ok());
    }
    assert_eq!(add().unwrap_err().to_string(), "at most 200 named areas in a scene");
}

#[test]
fn steps_of_fog_are_few_when_they_are_large() {
    let mut hall = Hall::new();
    hall.world.must(MASTER, Command::AddScene(name("World"), [400, 400]));
    let scene = hall.world.snapshot().scenes[1].scene;
    hall.world.must(MASTER, Command::ShowScene(scene));
    let all = Shape::Rectangle(cells(0.0, 0.0), cells(400.0, 400.0));
    for turn in 0..8 {
        let cover = if turn % 2 == 0 { Cover::Veiled } else { Cover::Revealed };
        hall.world.must(MASTER, Command::PaintFog(FogStage::Live, all.clone(), cover));
    }
    let snapshot = hall.world.snapshot();
    let steps = &snapshot.histories.iter().find(|(seat, _)| *seat == MASTER).expect("a history").1.done;
    let blocks: usize = steps
        .iter()
        .filter_map(|step| step.fog.as_ref())
        .flat_map(|fog| [&fog.before, &fog.after])
        .map(|change| change.revealed.len() + change.veiled.len())
        .sum();
    assert!(blocks <= limits::UNDO_FOG_BLOCKS_MAX && !steps.is_empty());
    hall.world.must(MASTER, Command::Undo);
}

#[test]
fn a_snapshot_of_before_there_was_fog_is_read() {
    let hall = Hall::new();
    let mut text = serde_json::to_value(hall.world.snapshot()).expect("snapshots can be written");
    text["form"] = 2.into();
    text.as_object_mut().expect("an object").remove("next_area");
    assert!(!text.to_string().contains("fog"), "a scene without fog is written as it was");
    let read: Snapshot = serde_json::from_value(text).expect("and read");
    let table = Table::from_snapshot(&read).expect("an older form is known");
    assert_eq!(table.snapshot().scenes, hall.world.snapshot().scenes);
}

#[test]
fn what_stands_on_the_game_masters_layer_needs_no_veil() {
    let mut hall = Hall::new();
    let change = TokenChange { layer: Some(Layer::Gm), ..TokenChange::default() };
    hall.world.must(MASTER, Command::PlaceToken(cells(5.5, 2.5), change));
    hall.live((5.0, 2.0), (6.0, 3.0), Cover::Revealed);
    assert_eq!(hall.tokens(hall.ada), 1, "to be remembered is not to be seen");
}
