//! Lights and senses: what is refused, what is remembered, and what older logs mean.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::command::{Command, LightChange, NewLight, NewScene, SceneChange, TokenChange};
use tabletop::event::{Ambience, Cone, Event, Glow, Grid, Role, Senses, Snapshot, WallKind};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{LightId, SeatId};
use tabletop::limits;
use tabletop::refusal::Refusal;
use tabletop::samples::{SAMPLE, Samples};
use tabletop::table::Table;
use world::{MASTER, World, cells, name};

fn glow(bright: i32, dim: i32) -> Glow {
    Glow { bright: bright * CELL, dim: dim * CELL, color: 0xff_c58f, cone: None }
}

fn lamp(at: Point, glow: Glow) -> NewLight {
    NewLight { at, glow, on: true }
}

fn hall() -> World {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Hall"), [24, 12]));
    world
}

fn night(world: &mut World) {
    let scene = world.snapshot().shown.expect("a scene is shown");
    let change = SceneChange { ambience: Some(Ambience::Dark), ..SceneChange::default() };
    world.must(MASTER, Command::EditScene(scene, change));
}

/// Whether the party remembers the cell with this corner, all of it.
fn remembers(world: &World, x: i32, y: i32) -> bool {
    let now = world.snapshot();
    let samples = now.party.first().map(|(_, blocks)| Samples::from(blocks.as_slice())).unwrap_or_default();
    let range = |cell: i32| {
        let first = u32::try_from(cell * CELL / SAMPLE).expect("on the map");
        first..first + 8
    };
    samples.holds_all(range(x), range(y))
}

fn range_named(refused: Result<impl Sized, Refusal>, word: &str, limit: i64) {
    match refused {
        Err(Refusal::OutOfRange { what, max, .. }) => {
            assert!(what.contains(word), "{what}");
            assert_eq!(max, limit);
        }
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn absurd_lights_are_refused_with_the_limit_named() {
    let mut world = hall();
    let place =
        |world: &mut World, glow| world.ask(MASTER, Command::AddLights(vec![lamp(cells(1.0, 1.0), glow)]));
    let most = limits::LIGHT_CELLS_MAX;
    range_named(place(&mut world, glow(1, most + 1)), "shines", most.into());
    range_named(place(&mut world, glow(most + 1, 1)), "brightly", most.into());
    range_named(place(&mut world, Glow { dim: -1, ..glow(1, 1) }), "shines", most.into());
    range_named(place(&mut world, Glow { color: 0x100_0000, ..glow(1, 1) }), "colour", 0xff_ffff);
    let cone = |direction, half_angle| Glow { cone: Some(Cone { direction, half_angle }), ..glow(1, 1) };
    range_named(place(&mut world, cone(360, 30)), "direction", 359);
    range_named(place(&mut world, cone(0, 0)), "half", 179);
    range_named(place(&mut world, cone(0, 180)), "half", 179);
    assert!(place(&mut world, Glow { dim: most * CELL, ..cone(359, 179) }).is_ok());
    let outside = world.ask(MASTER, Command::AddLights(vec![lamp(cells(24.5, 1.0), glow(1, 2))]));
    assert_eq!(outside.err(), Some(Refusal::OutsideScene));
    let light = world.snapshot().scenes[0].lights[0].light;
    let change = LightChange { at: Some(cells(-1.0, 0.0)), ..LightChange::default() };
    assert_eq!(
        world.ask(MASTER, Command::EditLights(vec![light], change)).err(),
        Some(Refusal::OutsideScene)
    );
    let unknown = Command::EditLights(vec![LightId(99)], LightChange::default());
    assert_eq!(world.ask(MASTER, unknown).err(), Some(Refusal::Unknown));
    assert_eq!(world.ask(MASTER, Command::RemoveLights(vec![LightId(99)])).err(), Some(Refusal::Unknown));
}

#[test]
fn absurd_senses_and_torches_are_refused_with_the_limit_named() {
    let mut world = hall();
    let token = world.token(cells(1.5, 1.5), &[]);
    let most = limits::SENSE_CELLS_MAX;
    let mut perceive = |senses| {
        let change = TokenChange { senses: Some(senses), ..TokenChange::default() };
        world.ask(MASTER, Command::EditTokens(vec![token], change))
    };
    let far = (most + 1) * CELL;
    range_named(perceive(Senses { sight_range: Some(far), ..Senses::default() }), "sees", most.into());
    range_named(perceive(Senses { darkvision: far, ..Senses::default() }), "without light", most.into());
    range_named(perceive(Senses { tremorsense: -1, ..Senses::default() }), "feels", most.into());
    assert!(perceive(Senses { darkvision: most * CELL, ..Senses::default() }).is_ok());
    let most = limits::LIGHT_CELLS_MAX;
    let torch = TokenChange { emission: Some(Some(glow(1, most + 1))), ..TokenChange::default() };
    range_named(world.ask(MASTER, Command::EditTokens(vec![token], torch)), "shines", most.into());
}

#[test]
fn a_scene_takes_as_many_lights_as_the_limit_says_and_not_one_more() {
    let mut world = hall();
    let lights = |count: usize| Command::AddLights(vec![lamp(cells(1.0, 1.0), glow(0, 1)); count]);
    let most = limits::LIGHTS_PER_COMMAND_MAX;
    let refused = world.ask(MASTER, lights(most + 1)).err();
    assert_eq!(refused, Some(Refusal::TooMany { what: "lights in one command", max: most }));
    for _ in 0..limits::LIGHTS_PER_SCENE_MAX / most {
        world.must(MASTER, lights(most));
    }
    let refused = world.ask(MASTER, lights(1)).err();
    assert_eq!(
        refused,
        Some(Refusal::TooMany { what: "lights in a scene", max: limits::LIGHTS_PER_SCENE_MAX })
    );
}

#[test]
fn in_the_dark_only_what_is_lit_is_remembered() {
    let mut world = hall();
    night(&mut world);
    let ada = world.seat("Ada", Role::Player);
    world.token(cells(2.5, 2.5), &[ada]);
    assert_eq!(world.snapshot().party, [], "nothing is lit");
    world.must(MASTER, Command::AddLights(vec![lamp(cells(10.5, 2.5), glow(1, 3))]));
    assert!(remembers(&world, 10, 2) && remembers(&world, 8, 2));
    assert!(!remembers(&world, 2, 2) && !remembers(&world, 6, 2));
}

/// A corridor with a corner: along the top to the right, then down.
fn corridor(ada: &mut SeatId) -> World {
    let mut world = hall();
    *ada = world.seat("Ada", Role::Player);
    let wall = |a: (f64, f64), b: (f64, f64)| (cells(a.0, a.1), cells(b.0, b.1), WallKind::Wall);
    let walls =
        vec![wall((0.0, 2.0), (10.0, 2.0)), wall((10.0, 2.0), (10.0, 12.0)), wall((12.0, 0.0), (12.0, 12.0))];
    world.must(MASTER, Command::AddWalls(walls));
    night(&mut world);
    world
}

#[test]
fn a_torch_bearer_remembers_the_way_that_the_torch_lit() {
    let mut ada = SeatId(0);
    let mut world = corridor(&mut ada);
    let token = world.token(cells(1.5, 1.0), &[ada]);
    let torch = TokenChange { emission: Some(Some(glow(1, 2))), ..TokenChange::default() };
    world.must(MASTER, Command::EditTokens(vec![token], torch));
    assert!(remembers(&world, 2, 0) && !remembers(&world, 6, 0));
    world.must(ada, Command::MoveTokens(vec![(token, vec![cells(11.0, 1.0), cells(11.0, 9.0)])]));
    for passed in [(3, 0), (6, 1), (10, 0), (10, 5), (11, 9)] {
        assert!(remembers(&world, passed.0, passed.1), "{passed:?} was lit on the way");
    }
    assert!(!remembers(&world, 10, 11), "the torch does not shine so far");
}

#[test]
fn a_torch_that_arrives_shows_nothing_of_the_time_before() {
    let mut ada = SeatId(0);
    let mut world = corridor(&mut ada);
    // The walker ends behind the corner; the one with the torch comes to where the walker was.
    let walker = world.token(cells(8.5, 1.0), &[ada]);
    let bearer = world.token(cells(11.0, 10.5), &[]);
    let torch = TokenChange { emission: Some(Some(glow(1, 2))), ..TokenChange::default() };
    world.must(MASTER, Command::EditTokens(vec![bearer], torch));
    let moves = vec![
        (walker, vec![cells(11.0, 1.0), cells(11.0, 5.0)]),
        (bearer, vec![cells(11.0, 1.0), cells(5.5, 1.0)]),
    ];
    world.must(MASTER, Command::MoveTokens(moves));
    assert!(!remembers(&world, 5, 0), "it was dark there while the walker saw it");
}

/// What a game master is told of where light falls: the cells of a row that are dimly lit or better.
fn lit_cells(patches: &[(SeatId, tabletop::audience::Patch)], row: i32) -> Option<Vec<i32>> {
    let (_, patch) = patches.iter().find(|(seat, _)| *seat == MASTER)?;
    let samples = Samples::from(patch.lit.as_ref()?.dim.as_slice());
    let range = |cell: i32| {
        let first = u32::try_from(cell * CELL / SAMPLE).expect("on the map");
        first..first + 8
    };
    Some((0..24).filter(|cell| samples.holds_all(range(*cell), range(row))).collect())
}

#[test]
fn a_game_master_is_told_where_light_falls_for_players() {
    let mut world = hall();
    let wall = vec![(cells(12.0, 0.0), cells(12.0, 12.0), WallKind::Wall)];
    world.must(MASTER, Command::AddWalls(wall));
    night(&mut world);
    let told = world.must(MASTER, Command::AddLights(vec![lamp(cells(9.5, 2.5), glow(1, 4))]));
    assert_eq!(lit_cells(&told, 2), Some((6..12).collect()), "up to the wall");
    // A player without a character has as few eyes as the game master, and sees nothing.
    let bo = world.seat("Bo", Role::Player);
    let bearer = world.token(cells(20.5, 2.5), &[]);
    let change = |hidden, emission| TokenChange { hidden: Some(hidden), emission, ..TokenChange::default() };
    let torch = change(true, Some(Some(glow(1, 2))));
    let told = world.must(MASTER, Command::EditTokens(vec![bearer], torch));
    assert_eq!(lit_cells(&told, 2), None, "a hidden torch shines for nobody");
    let told = world.must(MASTER, Command::EditTokens(vec![bearer], change(false, None)));
    let lit = lit_cells(&told, 2).expect("it shines now");
    assert!(lit.contains(&20) && !lit.contains(&17), "{lit:?}");
    assert!(told.iter().all(|(seat, patch)| *seat != bo || patch.lit.is_none()), "nothing of it is for Bo");
    let scene = world.snapshot().shown.expect("a scene is shown");
    let day = SceneChange { ambience: Some(Ambience::Bright), ..SceneChange::default() };
    let told = world.must(MASTER, Command::EditScene(scene, day));
    assert_eq!(lit_cells(&told, 2), None, "by day nobody asks");
}

#[test]
fn a_torch_bearer_is_seen_all_the_way_and_a_walk_through_the_dark_is_not() {
    let mut world = hall();
    night(&mut world);
    let ada = world.seat("Ada", Role::Player);
    world.token(cells(12.5, 10.5), &[ada]);
    let lamps = [cells(2.5, 2.5), cells(20.5, 2.5)].map(|at| lamp(at, glow(1, 2)));
    world.must(MASTER, Command::AddLights(lamps.to_vec()));
    let walker = world.token(cells(2.5, 2.5), &[]);
    let walk = |world: &mut World, to| {
        let told = world.must(MASTER, Command::MoveTokens(vec![(walker, vec![to])]));
        let (_, patch) = told.into_iter().find(|(seat, _)| *seat == ada).expect("she is told");
        (patch.moves.len(), patch.tokens.len())
    };
    assert_eq!(walk(&mut world, cells(20.5, 2.5)), (0, 1), "the way between the lamps is dark");
    let torch = TokenChange { emission: Some(Some(glow(0, 1))), ..TokenChange::default() };
    world.must(MASTER, Command::EditTokens(vec![walker], torch));
    assert_eq!(walk(&mut world, cells(2.5, 2.5)), (1, 0), "the torch shows its bearer on all of the way");
}

#[test]
fn logs_and_snapshots_of_before_there_was_light_still_load() {
    let log = [
        r#"{"kind":"scene_added","scene":{"scene":0,"name":"Crypt","size":[1310720,786432],"grid":{"shape":"square","offset":[0,0],"pixels_per_cell":0,"unit_per_cell":500,"unit":"ft","diagonal":"one"},"picture":null,"walls":[],"portals":[],"lights":[{"light":0,"at":[65536,65536],"range":262144,"color":16762255}]}}"#,
        r#"{"kind":"scene_shown","scene":0}"#,
        r#"{"kind":"tokens_set","by":1,"tokens":[{"token":0,"is":{"scene":0,"at":[98304,98304],"name":"Mira","name_shown":true,"size":65536,"rotation":0,"hidden":false,"layer":"token","owners":[2],"picture":null,"color":5219296}}]}"#,
        r#"{"kind":"scene_set","scene":0,"name":"Old crypt","grid":{"shape":"square","offset":[0,0],"pixels_per_cell":0,"unit_per_cell":500,"unit":"ft","diagonal":"one"}}"#,
    ];
    let mut table = Table::default();
    for text in log {
        table.apply(&serde_json::from_str::<Event>(text).expect("an event of before"));
    }
    let now = table.snapshot();
    assert_eq!(now.scenes[0].ambience, Ambience::Bright);
    let light = now.scenes[0].lights[0];
    assert!(light.on, "lights had no switch");
    assert_eq!(light.glow(), glow(2, 4), "they shine brightly half as far");
    let (_, token) = &now.tokens[0];
    assert!(token.senses.are_usual() && token.emission.is_none());

    let snapshot = r#"{"form":1,"name":"Friday","settings":{"walk_in":false,"shared_sight":true,"player_undo":true},"invite_generation":0,"seats":[],"scenes":[{"scene":0,"name":"Crypt","size":[1310720,786432],"grid":{"shape":"square","offset":[0,0],"pixels_per_cell":0,"unit_per_cell":500,"unit":"ft","diagonal":"one"},"picture":null,"walls":[],"portals":[],"lights":[{"light":3,"at":[65536,65536],"range":262144,"color":16762255}]}],"shown":0,"opened":[],"tokens":[],"messages":[],"histories":[],"memories":[],"party":[],"next_ids":[2,1,0,0,0,4,0]}"#;
    let mut snapshot: Snapshot = serde_json::from_str(snapshot).expect("a snapshot of before");
    let woken = Table::from_snapshot(&snapshot).expect("its form is known").snapshot();
    assert_eq!((woken.form, woken.scenes[0].lights[0].glow()), (4, glow(2, 4)));
    snapshot.form = 5;
    assert!(Table::from_snapshot(&snapshot).is_none(), "a later form is not");
}

#[test]
fn lights_reach_so_much_ground_and_no_more() {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Plain"), [200, 200]));
    let beacon = |at| NewLight { at, glow: glow(60, 60), on: true };
    // A square of 120 by 120 cells each.
    let fit = usize::try_from(limits::LIT_CELLS_PER_SCENE_MAX / (120 * 120)).expect("some");
    world.must(MASTER, Command::AddLights(vec![beacon(cells(100.0, 100.0)); fit]));
    let one_more = |world: &mut World, command| world.ask(MASTER, command).expect_err("too much light");
    let refusal = one_more(&mut world, Command::AddLights(vec![beacon(cells(1.0, 1.0))]));
    assert_eq!(
        refusal.to_string(),
        "the ground that the lights of a scene reach, in cells must be between 0 and 4000000"
    );
    // Those that are carried count as well, be they placed, given or copied.
    let torch = |glow| TokenChange { emission: Some(Some(glow)), ..TokenChange::default() };
    one_more(&mut world, Command::PlaceToken(cells(5.0, 5.0), torch(glow(60, 60))));
    world.must(MASTER, Command::PlaceToken(cells(5.0, 5.0), torch(glow(8, 32))));
    let token = world.newest_token();
    one_more(&mut world, Command::EditTokens(vec![token], torch(glow(60, 60))));
    one_more(&mut world, Command::CopyTokens(vec![token; 4], Point::default()));
    // Less light is always possible, and gives room.
    let small = LightChange { bright: Some(CELL), dim: Some(CELL), ..LightChange::default() };
    world.must(MASTER, Command::EditLights(vec![LightId(0)], small));
    world.must(MASTER, Command::EditTokens(vec![token], torch(glow(8, 60))));
    let large = LightChange { dim: Some(60 * CELL), ..LightChange::default() };
    one_more(&mut world, Command::EditLights(vec![LightId(0)], large));
    // Another scene has a measure of its own.
    let lights = vec![(cells(4.0, 4.0), 60 * CELL, 0xff_c58f); fit + 1];
    let scene = |lights| NewScene {
        name: name("Hall"),
        size: cells(9.0, 9.0),
        grid: Grid::default(),
        picture: None,
        walls: Vec::new(),
        portals: Vec::new(),
        lights,
    };
    one_more(&mut world, Command::ImportScene(Box::new(scene(lights.clone()))));
    world.must(MASTER, Command::ImportScene(Box::new(scene(lights[1..].to_vec()))));
}
