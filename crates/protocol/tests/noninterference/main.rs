//! What a player may not see does not show in a single byte: two worlds play the same script, and each has doings of its
//! own that the player may not know of. The player's frames must be equal (noninterference: Goguen and Meseguer, 1982).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod play;
mod script;
#[path = "../../../tabletop/tests/world/mod.rs"]
mod world;

use std::collections::BTreeSet;

use play::{COMMANDS, EVENTS, Play, event_kind};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use script::{Public, Secret, steps};
use tabletop::command::LightChange;
use tabletop::event::{Ambience, Glow};
use tabletop::geometry::CELL;
use world::quarters;

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
