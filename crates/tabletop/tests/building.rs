//! Walls, doors, windows and lights are taken back and built again.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::command::{Command, LightChange, NewLight};
use tabletop::event::{BuiltState, Event, Glow, PortalKind, PortalState, Role, Snapshot, WallKind};
use tabletop::geometry::CELL;
use tabletop::id::{LightId, PortalId, WallId};
use tabletop::refusal::Refusal;
use tabletop::table::Table;
use world::{MASTER, World, cells, name};

fn hall() -> World {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Hall"), [12, 12]));
    let ada = world.seat("Ada", Role::Player);
    world.token(cells(2.5, 6.5), &[ada]);
    world.token(cells(9.5, 6.5), &[]);
    world
}

fn walls() -> Command {
    Command::AddWalls(vec![
        (cells(6.0, 0.0), cells(6.0, 6.0), WallKind::Wall),
        (cells(6.0, 7.0), cells(6.0, 12.0), WallKind::Wall),
    ])
}

fn door() -> Command {
    Command::AddPortal(cells(6.0, 6.0), cells(6.0, 7.0), PortalKind::Door)
}

fn lamp() -> NewLight {
    let glow = Glow { bright: CELL, dim: 2 * CELL, color: 0xff_c58f, cone: None };
    NewLight { at: cells(3.0, 3.0), glow, on: true }
}

/// What the scene is built of.
fn built(world: &World) -> (usize, usize, usize) {
    let Snapshot { scenes, .. } = world.snapshot();
    (scenes[0].walls.len(), scenes[0].portals.len(), scenes[0].lights.len())
}

#[test]
fn what_was_built_is_taken_back_step_by_step_and_built_again() {
    let mut world = hall();
    world.must(MASTER, walls());
    world.must(MASTER, door());
    world.must(MASTER, Command::AddLights(vec![lamp()]));
    let whole = world.snapshot().scenes;
    for left in [(2, 1, 0), (2, 0, 0), (0, 0, 0)] {
        world.must(MASTER, Command::Undo);
        assert_eq!(built(&world), left);
        world.check();
    }
    for back in [(2, 0, 0), (2, 1, 0), (2, 1, 1)] {
        world.must(MASTER, Command::Redo);
        assert_eq!(built(&world), back);
        world.check();
    }
    assert_eq!(world.snapshot().scenes, whole, "under the same names");
    for remove in [
        Command::RemoveWalls(vec![WallId(0), WallId(1)]),
        Command::RemovePortal(PortalId(0)),
        Command::RemoveLights(vec![LightId(0)]),
    ] {
        world.must(MASTER, remove);
        world.must(MASTER, Command::Undo);
        assert_eq!(world.snapshot().scenes, whole);
        world.check();
    }
}

#[test]
fn a_change_of_a_light_is_taken_back() {
    let mut world = hall();
    world.must(MASTER, Command::AddLights(vec![lamp()]));
    let before = world.snapshot().scenes;
    let change = LightChange { on: Some(false), dim: Some(CELL), ..LightChange::default() };
    world.must(MASTER, Command::EditLights(vec![LightId(0)], change));
    world.must(MASTER, Command::Undo);
    assert_eq!(world.snapshot().scenes, before);
    world.check();
}

#[test]
fn how_a_door_stands_is_play_and_stays() {
    let mut world = hall();
    world.must(MASTER, walls());
    world.must(MASTER, door());
    let ada = world.snapshot().seats.iter().find(|seat| seat.name == "Ada").expect("seated").seat;
    world.must(ada, Command::SetPortal(PortalId(0), PortalState::Open));
    world.must(MASTER, Command::Undo);
    assert_eq!(built(&world), (2, 0, 0));
    world.must(MASTER, Command::Redo);
    let portal = world.snapshot().scenes[0].portals[0];
    assert_eq!(portal.state, PortalState::Shut, "as it was put in");
    world.check();
}

#[test]
fn what_somebody_changed_since_is_not_taken_back() {
    let mut world = hall();
    world.must(MASTER, Command::AddLights(vec![lamp()]));
    // What another game master does is not in this one's history.
    let Some(Event::LightsSet { scene, lights, .. }) = world.log.last().cloned() else { panic!("a light") };
    let mut moved = lights[0];
    moved.at = cells(5.0, 5.0);
    let event = Event::LightsSet { by: None, scene, lights: vec![moved] };
    world.table.apply(&event);
    assert_eq!(world.ask(MASTER, Command::Undo).expect_err("moved"), Refusal::MovedOn);
}

#[test]
fn logs_of_before_building_could_be_taken_back_still_load() {
    let mut table = Table::default();
    let old = [
        r#"{"kind":"scene_added","scene":{"scene":0,"name":"Crypt","size":[1310720,786432],"grid":{"shape":"square","offset":[0,0],"pixels_per_cell":0,"unit_per_cell":500,"unit":"ft","diagonal":"one"},"picture":null,"walls":[],"portals":[],"lights":[]}}"#,
        r#"{"kind":"walls_added","scene":0,"walls":[{"wall":4,"a":[0,0],"b":[65536,0],"kind":"wall"}]}"#,
        r#"{"kind":"lights_set","scene":0,"lights":[{"light":3,"at":[65536,65536],"range":262144,"color":16762255}]}"#,
    ];
    for text in old {
        table.apply(&serde_json::from_str::<Event>(text).expect("an event of before"));
    }
    let now = table.snapshot();
    assert_eq!((now.scenes[0].walls.len(), now.scenes[0].lights.len()), (1, 1));
    assert!(now.histories.is_empty());
    assert_eq!(now.next_ids[3..6], [5, 0, 4]);
    let again = Event::BuiltReset {
        by: MASTER,
        direction: tabletop::event::Direction::Back,
        scene: now.scenes[0].scene,
        things: vec![BuiltState::Wall(WallId(4), None)],
    };
    let text = serde_json::to_string(&again).expect("an event is plain");
    assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), again);
}
