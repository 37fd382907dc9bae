//! What one move costs, from events to everybody's patches, as the world around it grows.
//!
//! "elsewhere" moves a token that nobody but the game master sees: the curve over walls, tokens and viewers must stay
//! flat. "in sight" moves a token that all players see; "an eye" moves a player's own token. "in the dark" lamps and torches
//! decide what is seen.

#![expect(clippy::expect_used, clippy::panic, reason = "a bench is a program")]

#[path = "../tests/world/mod.rs"]
mod world;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use tabletop::audience::Audience;
use tabletop::command::{Command, NewLight, SceneChange, TokenChange};
use tabletop::event::{Ambience, Event, Glow, MoveRecord, Role, Senses, WallKind};
use tabletop::geometry::{CELL, Point};
use tabletop::id::TokenId;
use tabletop::table::{Table, Touched};
use world::{MASTER, World, name, quarters};

struct Stage {
    world: World,
    own: TokenId,
    near: TokenId,
    far: TokenId,
}

/// A scene of `side` cells: the players in a closed hall in one corner, everything else in rooms beyond it.
fn stage(side: i32, walls: i32, tokens: i32, players: i32) -> Stage {
    let mut world = World::new();
    let cells = u32::try_from(side).expect("a side");
    world.must(MASTER, Command::AddScene(name("World"), [cells, cells]));
    let corner = |x: i32, y: i32| quarters(x * 4, y * 4);
    let hall = [(1, 1, 11, 1), (11, 1, 11, 11), (11, 11, 1, 11), (1, 11, 1, 1)];
    let mut drawn: Vec<_> =
        hall.iter().map(|(ax, ay, bx, by)| (corner(*ax, *ay), corner(*bx, *by), WallKind::Wall)).collect();
    let columns = side - 14;
    for number in 0..walls {
        let (x, y) = (13 + number % columns, 1 + number / columns % (side - 2));
        let b = if (x * 7 + y * 3) % 5 < 3 { corner(x + 1, y) } else { corner(x, y + 1) };
        drawn.push((corner(x, y), b, WallKind::Wall));
    }
    for drawn in drawn.chunks(500) {
        world.must(MASTER, Command::AddWalls(drawn.to_vec()));
    }
    for number in 0..tokens {
        let at = quarters(54 + number % columns * 4, 6 + number / columns % (side - 2) * 4);
        world.must(MASTER, Command::PlaceToken(at, TokenChange::default()));
    }
    let far = world.newest_token();
    let near = world.token(quarters(40, 40), &[]);
    let mut own = near;
    for number in 0..players {
        let seat = world.seat("A player", Role::Player);
        own = world.token(quarters(8 + number % 8 * 4, 8 + number / 8 * 4), &[seat]);
    }
    Stage { world, own, near, far }
}

/// A dark scene of 60 cells with 1,000 walls everywhere, 30 lamps, and 30 tokens of six players, each with darkvision
/// and each third with a torch. Gives one with a torch and one without.
fn lit_stage() -> (World, TokenId, TokenId) {
    const SIDE: i32 = 60;
    let mut world = World::new();
    let cells = SIDE.unsigned_abs();
    world.must(MASTER, Command::AddScene(name("Night"), [cells, cells]));
    let scene = world.snapshot().shown.expect("a scene is shown");
    let dark = SceneChange { ambience: Some(Ambience::Dark), ..SceneChange::default() };
    world.must(MASTER, Command::EditScene(scene, dark));
    let corner = |x: i32, y: i32| quarters(x * 4, y * 4);
    let mut drawn = Vec::new();
    for number in 0..1_000 {
        let (x, y) = (number * 7 % 58 + 1, number * 11 / 7 % 58 + 1);
        let b = if (x * 7 + y * 3) % 5 < 3 { corner(x + 1, y) } else { corner(x, y + 1) };
        drawn.push((corner(x, y), b, WallKind::Wall));
    }
    for drawn in drawn.chunks(500) {
        world.must(MASTER, Command::AddWalls(drawn.to_vec()));
    }
    let glow = Glow { bright: 3 * CELL, dim: 6 * CELL, color: 0xff_c58f, cone: None };
    let spread = |number: i32, by: i32| quarters(number * by % 57 * 4 + 6, number * 17 % 57 * 4 + 6);
    let lamps = (0..30).map(|number| NewLight { at: spread(number, 23), glow, on: true });
    world.must(MASTER, Command::AddLights(lamps.collect()));
    let players: Vec<_> = (0..6).map(|_| world.seat("A player", Role::Player)).collect();
    let mut placed = Vec::new();
    for (number, player) in (0..30).zip(players.iter().cycle()) {
        let senses = Senses { darkvision: 6 * CELL, ..Senses::default() };
        let emission = (number % 3 == 0).then_some(glow);
        let change = TokenChange {
            owners: Some(vec![*player]),
            senses: Some(senses),
            emission: Some(emission),
            ..TokenChange::default()
        };
        world.must(MASTER, Command::PlaceToken(spread(number, 31), change));
        placed.push(world.newest_token());
    }
    (world, placed[12], placed[13])
}

/// Moves a token to and fro by a quarter of a cell; what is measured is folding and telling.
fn walk(table: &mut Table, audience: &mut Audience, token: TokenId, to: Point) -> usize {
    let event = Event::TokensMoved { by: MASTER, moves: vec![MoveRecord { token, path: vec![to] }] };
    let mut touched = Touched::default();
    table.apply(&event);
    touched.by(&event);
    audience.advance(table, &touched, Some(MASTER)).len()
}

fn moves(criterion: &mut Criterion) {
    let worlds = [(60, 1_000, 50, 5), (160, 10_000, 50, 5), (60, 1_000, 2_000, 5), (60, 1_000, 50, 30)];
    for (side, walls, tokens, players) in worlds {
        let label = format!("{walls} walls, {tokens} tokens, {players} players");
        let Stage { mut world, own, near, far } = stage(side, walls, tokens, players);
        for (kind, token) in [("elsewhere", far), ("in sight", near), ("an eye", own)] {
            let from = world.snapshot().tokens.iter().find(|(id, _)| *id == token).expect("there").1.at;
            let mut step = 0;
            criterion.bench_function(&format!("{kind}: {label}"), |bencher| {
                bencher.iter(|| {
                    step ^= 1;
                    let to = Point::new(from.x + step * 16_384, from.y);
                    black_box(walk(&mut world.table, &mut world.audience, token, to))
                });
            });
        }
    }
    let (mut world, torch, eye) = lit_stage();
    for (kind, token) in [("a torch", torch), ("an eye", eye)] {
        let from = world.snapshot().tokens.iter().find(|(id, _)| *id == token).expect("there").1.at;
        let mut step = 0;
        let label = format!("{kind} in the dark: 1000 walls, 30 lamps, 10 torches, 30 eyes, 6 players");
        criterion.bench_function(&label, |bencher| {
            bencher.iter(|| {
                step ^= 1;
                let to = Point::new(from.x + step * 16_384, from.y);
                black_box(walk(&mut world.table, &mut world.audience, token, to))
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2));
    targets = moves
}
criterion_main!(benches);
