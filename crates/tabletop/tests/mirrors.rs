//! A game master looks at the table as a seat does.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::audience::{Audience, Patch};
use tabletop::command::Command;
use tabletop::event::{Event, Role, SeatRecord};
use tabletop::id::SeatId;
use tabletop::table::Touched;
use world::{MASTER, World, cells, two_rooms};

/// Two rooms with a player in each, and somebody who watches.
fn rooms() -> (World, SeatId, SeatId, SeatId) {
    let (mut world, ada, bo) = two_rooms();
    let sue = world.seat("Sue", Role::Spectator);
    world.token(cells(9.5, 9.5), &[]);
    world.must(ada, Command::Say("hello".to_owned(), None));
    world.must(ada, Command::Say("/w Bo I do not trust her".to_owned(), None));
    (world, ada, bo, sue)
}

/// What somebody is told who comes last to a table that has just woken.
fn told_anew(world: &World, seat: SeatId) -> Patch {
    let mut audience = Audience::default();
    let others = world.audience.online().iter().copied().filter(|other| *other != seat);
    for other in others.chain([seat]) {
        drop(audience.enter(&world.table, other));
    }
    audience.whole(&world.table, seat).expect("seated")
}

#[test]
fn a_mirror_is_the_fresh_view_of_its_seat_but_for_chat() {
    let (mut world, ada, bo, sue) = rooms();
    for seat in [ada, bo, sue] {
        let own = Patch { messages: Vec::new(), ..told_anew(&world, seat) };
        let (_, mirrored) = world.audience.mirror(&world.table, MASTER, seat).expect("it may be");
        assert_eq!(format!("{mirrored:?}"), format!("{own:?}"));
        assert!(!mirrored.scene.as_ref().expect("a scene").1.sees_all);
    }
}

#[test]
fn nobody_hears_through_a_mirror() {
    let (mut world, ada, ..) = rooms();
    let mirror = world.mirror(ada).expect("it may be");
    world.must(ada, Command::Say("/w Bo she listens".to_owned(), None));
    world.must(ada, Command::Say("aloud".to_owned(), None));
    assert!(world.mirrors[&mirror].messages.is_empty());
}

#[test]
fn a_mirror_shows_who_is_away() {
    let (mut world, ada, ..) = rooms();
    world.disconnect(ada);
    let mirror = world.mirror(ada).expect("it may be");
    assert_eq!(world.mirrors[&mirror].count("token"), 1);
    assert!(!world.audience.online().contains(&ada));
    world.check();
}

#[test]
fn a_mirror_ends_when_its_seat_is_sent_away_or_plays_another_part() {
    let (mut world, ada, bo, sue) = rooms();
    let (of_ada, of_bo, of_sue) = (world.mirror(ada), world.mirror(bo), world.mirror(sue));
    assert_eq!((of_ada.is_some(), of_bo.is_some(), of_sue.is_some()), (true, true, true));
    world.must(MASTER, Command::Kick(ada));
    world.screens.remove(&ada);
    assert_eq!(
        world.mirrors.keys().copied().collect::<Vec<_>>(),
        [of_bo, of_sue].map(|id| id.expect("begun"))
    );
    world.must(MASTER, Command::Ban(bo));
    world.screens.remove(&bo);
    assert_eq!(world.mirrors.len(), 1);
    let watching = world.table.seat(sue).expect("seated").clone();
    let event = Event::SeatSet { seat: SeatRecord { role: Role::Player, ..watching } };
    world.table.apply(&event);
    let mut touched = Touched::default();
    touched.by(&event);
    drop(world.audience.advance(&world.table, &touched, None));
    assert!(matches!(world.audience.take_mirrored().as_slice(), [(_, None)]));
}

#[test]
fn only_a_game_master_looks_as_others_and_as_people_only() {
    let (mut world, ada, bo, sue) = rooms();
    let knocks = world.knock("Kay", Role::Player);
    for seat in [ada, sue, knocks] {
        assert!(world.audience.mirror(&world.table, seat, bo).is_none());
    }
    assert!(world.audience.mirror(&world.table, MASTER, MASTER).is_none());
    assert!(world.audience.mirror(&world.table, MASTER, knocks).is_none());
    assert!(world.audience.mirror(&world.table, MASTER, SeatId(99)).is_none());
}

#[test]
fn the_handles_of_a_mirror_mean_nothing_to_anybody_else() {
    let (mut world, ada, bo, _) = rooms();
    let (mirror, whole) = world.audience.mirror(&world.table, MASTER, ada).expect("it may be");
    let scene = whole.scene.expect("a scene").0;
    assert!(world.audience.map(MASTER, Some(mirror), scene).is_none(), "it has no picture");
    assert!(world.audience.picture(bo, Some(mirror), scene).is_none());
    world.end_mirror(mirror);
    assert!(!world.audience.mirror_is_true(&world.table, mirror));
}
