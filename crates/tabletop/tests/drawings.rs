//! Who is told of what is drawn, and who may change it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::audience::Patch;
use tabletop::command::{Command, DrawingChange, NewDrawing, SceneChange, Shape, TableChange};
use tabletop::event::{Cover, DrawnShape, FogStage, Grid, Shown};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{DrawingId, SeatId};
use tabletop::limits;
use tabletop::name::Words;
use tabletop::refusal::Refusal;
use tabletop::table::Table;
use world::{MASTER, World, cells, two_rooms};

fn drawing(shape: DrawnShape, shown: Shown) -> NewDrawing {
    NewDrawing { shape, color: 0xe8_a33d, width: CELL / 8, filled: false, shown }
}

fn circle(x: f64, y: f64, shown: Shown) -> Command {
    Command::AddDrawing(drawing(DrawnShape::Circle { middle: cells(x, y), radius: CELL }, shown))
}

/// How many drawings a patch of somebody tells of, and how many things it takes away.
fn told(patches: &[(SeatId, Patch)], viewer: SeatId) -> (usize, usize) {
    let patch = patches.iter().find(|(seat, _)| *seat == viewer);
    patch.map_or((0, 0), |(_, patch)| (patch.drawings.len(), patch.gone.len()))
}

fn newest(world: &World) -> DrawingId {
    let drawings = world.snapshot().scenes.into_iter().flat_map(|scene| scene.drawings);
    drawings.map(|(drawing, _)| drawing).max().expect("a drawing")
}

#[test]
fn what_a_player_draws_everybody_is_told() {
    let (mut world, ada, bo) = two_rooms();
    // In Bo's room, which Ada does not know; she may talk of it nevertheless.
    let patches = world.must(ada, circle(9.5, 9.5, Shown::Everyone));
    assert_eq!([ada, bo, MASTER].map(|seat| told(&patches, seat)), [(1, 0); 3]);
    let (_, patch) = patches.iter().find(|(seat, _)| *seat == bo).expect("told");
    let (_, look, by) = &patch.drawings[0];
    assert!(!look.mine && by.is_some() && look.shown.is_none());
    world.check();
}

#[test]
fn what_a_game_master_draws_is_told_as_they_say() {
    let (mut world, ada, bo) = two_rooms();
    let told_of = |world: &mut World, command| {
        let patches = world.must(MASTER, command);
        [ada, bo].map(|seat| told(&patches, seat).0)
    };
    assert_eq!(told_of(&mut world, circle(2.5, 2.5, Shown::Masters)), [0, 0]);
    assert_eq!(told_of(&mut world, circle(2.5, 2.5, Shown::Explored)), [1, 0]);
    assert_eq!(told_of(&mut world, circle(9.5, 2.5, Shown::Explored)), [0, 1]);
    assert_eq!(told_of(&mut world, circle(6.0, 2.5, Shown::Explored)), [0, 0], "each knows half of it");
    assert_eq!(told_of(&mut world, circle(6.0, 2.5, Shown::Everyone)), [1, 1]);
    // Said otherwise later.
    let change = |shown| DrawingChange { shown: Some(shown), ..DrawingChange::default() };
    let patches = world.must(MASTER, Command::EditDrawings(vec![newest(&world)], change(Shown::Masters)));
    assert_eq!([ada, bo].map(|seat| told(&patches, seat)), [(0, 1); 2]);
    let patches = world.must(MASTER, Command::EditDrawings(vec![newest(&world)], change(Shown::Everyone)));
    assert_eq!([ada, bo].map(|seat| told(&patches, seat)), [(1, 0); 2]);
    // To whom else it is told is nothing that its viewers are told.
    world.must(MASTER, circle(2.5, 8.5, Shown::Explored));
    let patches = world.must(MASTER, Command::EditDrawings(vec![newest(&world)], change(Shown::Everyone)));
    assert!(patches.iter().all(|(seat, _)| *seat != ada), "Ada knows it already");
    assert_eq!([MASTER, bo].map(|seat| told(&patches, seat)), [(1, 0); 2]);
    world.check();
}

#[test]
fn a_drawing_comes_when_the_ground_under_it_is_known_and_goes_with_it() {
    let (mut world, ada, bo) = two_rooms();
    let note = DrawnShape::Note { at: cells(9.5, 9.5), text: "a well".to_owned() };
    let rooms = DrawnShape::Line { points: vec![cells(2.5, 9.5), cells(9.5, 9.5)] };
    world.must(MASTER, Command::AddDrawing(drawing(rooms, Shown::Explored)));
    let patches = world.must(MASTER, Command::AddDrawing(drawing(note, Shown::Explored)));
    assert_eq!([ada, bo].map(|seat| told(&patches, seat).0), [0, 1]);
    // Ada is carried over, and what she saw on her side she remembers.
    let hers = world.own_token(ada);
    let patches = world.must(MASTER, Command::MoveTokens(vec![(hers, vec![cells(9.5, 5.5)])]));
    assert_eq!(told(&patches, ada).0, 2, "the note, and the line of which she knew a half");
    world.check();
    // Fog is laid over it by hand, and lifted.
    let veil = Shape::Rectangle(cells(8.0, 8.0), cells(11.0, 11.0));
    let cover = |cover| Command::PaintFog(FogStage::Live, veil.clone(), cover);
    let patches = world.must(MASTER, cover(Cover::Veiled));
    assert_eq!([ada, bo].map(|seat| told(&patches, seat).1), [2, 1]);
    let patches = world.must(MASTER, cover(Cover::Revealed));
    assert_eq!([ada, bo].map(|seat| told(&patches, seat).0), [2, 1]);
    world.check();
}

#[test]
fn who_drew_takes_back_does_again_and_wipes_away() {
    let (mut world, ada, bo) = two_rooms();
    world.must(ada, circle(2.5, 2.5, Shown::Everyone));
    let drawn = world.snapshot();
    let circle_of_ada = newest(&world);
    let patches = world.must(ada, Command::Undo);
    assert_eq!([ada, bo].map(|seat| told(&patches, seat)), [(0, 1); 2]);
    world.must(ada, Command::Redo);
    assert_eq!(world.snapshot().scenes, drawn.scenes);
    let change = DrawingChange { by: Some(Point::new(CELL, 0)), ..DrawingChange::default() };
    assert_eq!(
        world.ask(bo, Command::EditDrawings(vec![circle_of_ada], change.clone())).expect_err("Ada's"),
        Refusal::NotYourDrawing
    );
    world.must(ada, Command::EditDrawings(vec![circle_of_ada], change));
    // The game master wipes it away: Ada cannot bring it back.
    world.must(MASTER, Command::RemoveDrawings(vec![circle_of_ada]));
    assert_eq!(world.ask(ada, Command::Undo).expect_err("moved on"), Refusal::MovedOn);
    world.must(MASTER, Command::Undo);
    world.must(ada, Command::Undo);
    assert_eq!(world.snapshot().scenes, drawn.scenes);
    world.check();
}

#[test]
fn what_someone_drew_outlasts_their_seat() {
    let (mut world, ada, bo) = two_rooms();
    world.must(ada, circle(2.5, 2.5, Shown::Everyone));
    world.must(MASTER, Command::Kick(ada));
    world.disconnect(ada);
    let patches = world.must(MASTER, Command::Kick(ada));
    let (_, patch) = patches.iter().find(|(seat, _)| *seat == bo).expect("the seat is gone");
    assert!(matches!(patch.drawings.as_slice(), [(_, look, None)] if !look.mine), "it is nobody's");
    assert_eq!(patch.gone.len(), 1, "the seat alone");
    world.check();
}

#[test]
fn pens_can_be_put_away() {
    let (mut world, ada, _) = two_rooms();
    world.must(ada, circle(2.5, 2.5, Shown::Everyone));
    let away = TableChange { players_draw: Some(false), ..TableChange::default() };
    world.must(MASTER, Command::EditTable(away));
    assert_eq!(world.ask(ada, circle(2.5, 2.5, Shown::Everyone)).expect_err("away"), Refusal::NoDrawing);
    assert_eq!(world.ask(ada, Command::Undo).expect_err("away"), Refusal::MovedOn);
    world.must(MASTER, circle(2.5, 2.5, Shown::Everyone));
}

#[test]
fn to_draw_does_not_end_the_time_for_taking_back_a_move() {
    let (mut world, ada, _) = two_rooms();
    let hers = world.own_token(ada);
    world.must(ada, Command::MoveTokens(vec![(hers, vec![cells(3.5, 2.5)])]));
    world.must(ada, circle(2.5, 2.5, Shown::Everyone));
    world.must(ada, Command::Undo);
    world.must(ada, Command::Undo);
    let at = world.snapshot().tokens.iter().find(|(id, _)| *id == hers).expect("hers").1.at;
    assert_eq!(at, cells(2.5, 2.5));
}

#[test]
fn drawings_survive_a_restart_and_another_grid() {
    let (mut world, ada, _) = two_rooms();
    world.must(ada, circle(2.5, 2.5, Shown::Everyone));
    let snapshot = world.snapshot();
    let loaded = Table::from_snapshot(&snapshot).expect("this build wrote it");
    assert_eq!(loaded.snapshot(), snapshot);
    let mut replayed = Table::default();
    world.log.iter().for_each(|event| replayed.apply(event));
    assert_eq!(replayed.snapshot(), snapshot);
    // A scene without a picture has no pixels to scale by: its grid changes and its drawings stay.
    let scene = snapshot.scenes[0].scene;
    let grid = Grid { unit_per_cell: 1_000, ..Grid::default() };
    let change = SceneChange { grid: Some(grid), ..SceneChange::default() };
    world.must(MASTER, Command::EditScene(scene, change));
    assert_eq!(world.snapshot().scenes[0].drawings, snapshot.scenes[0].drawings);
}

#[test]
fn what_cannot_be_drawn_is_refused_with_its_limit() {
    let (mut world, ada, _) = two_rooms();
    let mut refused = |new: NewDrawing| world.ask(ada, Command::AddDrawing(new)).expect_err("too much");
    let plain = |shape| drawing(shape, Shown::Everyone);
    let inside = cells(1.0, 1.0);
    let outside = plain(DrawnShape::Line { points: vec![inside, cells(13.0, 1.0)] });
    assert_eq!(refused(outside), Refusal::OutsideScene);
    for shape in [
        DrawnShape::Line { points: vec![inside] },
        DrawnShape::Line { points: vec![inside; limits::DRAWING_POINTS_MAX + 1] },
        DrawnShape::Polygon { points: vec![inside; 2] },
        DrawnShape::Circle { middle: inside, radius: 0 },
        DrawnShape::Circle { middle: inside, radius: -CELL },
        DrawnShape::Circle { middle: inside, radius: (limits::CIRCLE_CELLS_MAX + 1) * CELL },
    ] {
        assert!(matches!(refused(plain(shape.clone())), Refusal::OutOfRange { .. }), "{shape:?}");
    }
    let far: Vec<_> = (0..400).map(|step| cells(0.0, f64::from(step % 2) * 12.0)).collect();
    assert!(matches!(refused(plain(DrawnShape::Line { points: far })), Refusal::OutOfRange { .. }));
    let dot = || DrawnShape::Line { points: vec![inside; 2] };
    for new in [
        NewDrawing { width: 0, ..plain(dot()) },
        NewDrawing { width: i32::MAX, ..plain(dot()) },
        NewDrawing { color: 0x0100_0000, ..plain(dot()) },
    ] {
        assert!(matches!(refused(new.clone()), Refusal::OutOfRange { .. }), "{new:?}");
    }
    let many = vec![DrawingId(0); limits::DRAWINGS_PER_COMMAND_MAX + 1];
    assert!(matches!(world.ask(MASTER, Command::RemoveDrawings(many)), Err(Refusal::TooMany { .. })));
}

#[test]
fn a_scene_holds_so_many() {
    let (mut world, _, _) = two_rooms();
    let long = || {
        let points = vec![cells(1.0, 1.0); limits::DRAWING_POINTS_MAX];
        Command::AddDrawing(drawing(DrawnShape::Line { points }, Shown::Masters))
    };
    for _ in 0..limits::DRAWN_POINTS_PER_SCENE_MAX / limits::DRAWING_POINTS_MAX {
        world.must(MASTER, long());
    }
    assert!(matches!(world.ask(MASTER, long()), Err(Refusal::TooMany { .. })));
}

#[test]
fn notes_are_words_that_can_be_shown() {
    assert_eq!(Words::parse("  A well.\r\nDeep. ").map(String::from), Ok("A well.\nDeep.".to_owned()));
    assert!(Words::parse("👩\u{200d}🚀 lands ❤\u{fe0f}").is_ok());
    for bad in ["", " \n ", "a\u{202e}b", "a\u{0}b", "a\tb"] {
        assert!(Words::parse(bad).is_err(), "{bad:?}");
    }
    let most = "x".repeat(limits::NOTE_CHARS_MAX);
    assert!(Words::parse(&most).is_ok() && Words::parse(&format!("{most}x")).is_err());
}
