//! Who aims at whom, and who is told.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use tabletop::command::{Command, TokenChange};
use tabletop::id::{SeatId, TokenId};
use tabletop::refusal::Refusal;
use tabletop::table::Table;
use world::{MASTER, World, cells, two_rooms};

struct Hall {
    world: World,
    ada: SeatId,
    bo: SeatId,
    /// Ada's own, which stands where Bo does not see it.
    hers: TokenId,
    /// In Ada's room.
    orc: TokenId,
    /// In Bo's room.
    rat: TokenId,
}

/// Two rooms with a player and a foe in each; each player sees their own room.
fn hall() -> Hall {
    let (mut world, ada, bo) = two_rooms();
    let hers = world.own_token(ada);
    let orc = world.token(cells(2.5, 9.5), &[]);
    let rat = world.token(cells(9.5, 9.5), &[]);
    Hall { world, ada, bo, hers, orc, rat }
}

/// Who aims at a token, as one viewer is told in a patch; `None` if it tells nothing of it.
fn told(patches: &[(SeatId, tabletop::audience::Patch)], viewer: SeatId) -> Option<Vec<SeatId>> {
    let (_, patch) = patches.iter().find(|(seat, _)| *seat == viewer)?;
    Some(patch.tokens.first()?.look.targeted_by.clone())
}

#[test]
fn an_aim_is_told_to_those_who_see_the_token() {
    let Hall { mut world, ada, bo, orc, .. } = hall();
    let patches = world.must(ada, Command::Target(vec![orc]));
    assert_eq!(told(&patches, ada), Some(vec![ada]));
    assert_eq!(told(&patches, MASTER), Some(vec![ada]));
    assert!(!patches.iter().any(|(seat, _)| *seat == bo), "Bo sees neither");
    // Bo comes in and is told with the token.
    let walk = world.own_token(bo);
    let patches = world.must(MASTER, Command::MoveTokens(vec![(walk, vec![cells(4.5, 9.5)])]));
    let patch = &patches.iter().find(|(seat, _)| *seat == bo).expect("much to see").1;
    let seen: Vec<_> = patch.tokens.iter().map(|token| token.look.targeted_by.as_slice()).collect();
    assert!(seen.contains(&[ada].as_slice()), "{seen:?}");
    world.check();
}

#[test]
fn to_aim_is_to_aim_at_these_and_no_others() {
    let Hall { mut world, ada, hers, orc, .. } = hall();
    world.must(ada, Command::Target(vec![orc, hers, orc]));
    world.must(MASTER, Command::Target(vec![orc]));
    assert_eq!(world.snapshot().targets, [(hers, vec![ada]), (orc, vec![MASTER, ada])]);
    world.must(ada, Command::Target(vec![orc]));
    assert_eq!(world.snapshot().targets, [(orc, vec![MASTER, ada])]);
    let before = world.log.len();
    world.must(ada, Command::Target(vec![orc]));
    assert_eq!(world.log.len(), before, "nothing new, no event");
    world.must(ada, Command::Target(Vec::new()));
    assert_eq!(world.snapshot().targets, [(orc, vec![MASTER])]);
    world.check();
}

#[test]
fn nobody_aims_at_what_is_gone_and_who_is_gone_does_not_aim() {
    let Hall { mut world, ada, bo, orc, rat, .. } = hall();
    world.must(ada, Command::Target(vec![orc]));
    world.must(bo, Command::Target(vec![rat, orc]));
    world.must(MASTER, Command::RemoveTokens(vec![rat]));
    assert_eq!(world.snapshot().targets, [(orc, vec![ada, bo])]);
    assert_eq!(world.ask(ada, Command::Target(vec![rat])).expect_err("gone"), Refusal::Unknown);
    world.must(MASTER, Command::Undo);
    assert_eq!(world.snapshot().targets, [(orc, vec![ada, bo])], "back, but nobody's target");
    world.must(MASTER, Command::Kick(bo));
    assert_eq!(world.snapshot().targets, [(orc, vec![ada])]);
    world.must(MASTER, Command::Ban(ada));
    assert_eq!(world.snapshot().targets, []);
}

#[test]
fn it_survives_a_restart() {
    let Hall { mut world, ada, orc, .. } = hall();
    world.must(ada, Command::Target(vec![orc]));
    let snapshot = world.snapshot();
    let loaded = Table::from_snapshot(&snapshot).expect("this build wrote it");
    assert_eq!(loaded.snapshot(), snapshot);
    let mut replayed = Table::default();
    world.log.iter().for_each(|event| replayed.apply(event));
    assert_eq!(replayed.snapshot(), snapshot);
}

#[test]
fn what_is_hidden_keeps_its_aim_to_itself() {
    let Hall { mut world, ada, bo, orc, .. } = hall();
    world.must(MASTER, Command::Target(vec![orc]));
    let hide = TokenChange { hidden: Some(true), ..TokenChange::default() };
    world.must(MASTER, Command::EditTokens(vec![orc], hide));
    let patches = world.must(MASTER, Command::Target(Vec::new()));
    assert!(patches.iter().all(|(seat, _)| *seat != ada && *seat != bo));
    let patches = world.must(MASTER, Command::Target(vec![orc]));
    assert!(patches.iter().all(|(seat, _)| *seat == MASTER));
}

#[test]
fn to_aim_does_not_end_the_time_for_taking_back() {
    let Hall { mut world, ada, hers, orc, .. } = hall();
    world.must(ada, Command::MoveTokens(vec![(hers, vec![cells(3.5, 2.5)])]));
    world.must(ada, Command::Target(vec![orc]));
    world.must(ada, Command::Undo);
    world.must(ada, Command::Redo);
    // Somebody else's aim is news.
    world.must(MASTER, Command::Target(vec![orc]));
    assert_eq!(world.ask(ada, Command::Undo).expect_err("too late"), Refusal::MovedOn);
}

#[test]
fn a_command_aims_at_so_many_at_most() {
    let Hall { mut world, ada, orc, .. } = hall();
    let many = vec![orc; tabletop::limits::TOKENS_PER_COMMAND_MAX + 1];
    assert!(matches!(world.ask(ada, Command::Target(many)), Err(Refusal::TooMany { .. })));
}
