//! Walls of every kind in every position: nothing panics or hangs, and neither the order of walls nor repeating them
//! changes a byte of an outline, nor does the way by which they came there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vision::{Blocks, Channel, Gates, Point, Reach, Scratch, Segment, Side, Walls};

const SIZE: Point = Point { x: 16 << 16, y: 16 << 16 };
/// Bytes of a wall: four coordinates and what it is.
const WALL_BYTES: usize = 9;
const WALLS_MAX: usize = 40;

/// Coordinates a hair apart, on a lattice, or anywhere, so that walls touch, cross and nearly do.
fn coordinate(high: u8, low: u8) -> i32 {
    let lattice = i32::from(high % 33) << 15;
    match low {
        0..=127 => lattice,
        128..=191 => lattice + i32::from(low) - 160,
        192..=255 => (i32::from(high) << 12 | i32::from(low) << 4).min(SIZE.x),
    }
    .clamp(0, SIZE.x)
}

fn point(bytes: &[u8]) -> Option<Point> {
    match bytes {
        [a, b, c, d, ..] => Some(Point { x: coordinate(*a, *b), y: coordinate(*c, *d) }),
        _ => None,
    }
}

fn wall(bytes: &[u8]) -> Option<Segment> {
    let (a, b) = (point(bytes)?, point(bytes.get(4..)?)?);
    let what = *bytes.get(8)?;
    let blocks = [Blocks::ALL, Blocks::ALL, Blocks::TERRAIN, Blocks::MOVEMENT][usize::from(what & 3)];
    let side = [Side::Both, Side::Both, Side::Left, Side::Right][usize::from(what >> 2 & 3)];
    let gate = (what & 0x80 != 0).then_some(u32::from(what >> 4 & 7));
    Some(Segment { a, b, blocks, side, gate })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((head, rest)) = bytes.split_at_checked(8) else { return };
    let Some(eye) = point(head) else { return };
    let walls: Vec<Segment> = rest.chunks_exact(WALL_BYTES).take(WALLS_MAX).filter_map(wall).collect();
    let mut gates = Gates::default();
    (0..8).for_each(|gate| gates.set(gate, head[4] >> gate & 1 == 1));
    let way = |a: u8, b: u8| (i32::from(a) - 128, i32::from(b) - 127);
    let reach = match head[5] % 3 {
        0 => Reach::Unlimited,
        1 => Reach::Radius(i32::from(head[6]) << 12),
        _ => Reach::Cone { radius: 6 << 16, from: way(head[6], head[7]), to: way(head[7], head[4]) },
    };
    let outline = |walls: &[Segment]| {
        let walls = Walls::new(walls, SIZE).expect("within the limits");
        walls.visible_from(eye, Channel::Sight, reach, &gates, &mut Scratch::default())
    };
    let once = outline(&walls);
    let again: Vec<Segment> = walls.iter().rev().chain(walls.first()).copied().collect();
    assert_eq!(once.vertices(), outline(&again).vertices());
    // The same by edits: others stand first, and all come one by one while those go.
    let (before, after) = walls.split_at(usize::from(head[3]) % (walls.len() + 1));
    let others: Vec<Segment> =
        before.iter().rev().map(|wall| Segment { b: wall.a, a: eye, ..*wall }).collect();
    let mut edited = Walls::new(&others, SIZE).expect("within the limits");
    for (number, wall) in (0u32..).zip(before.iter().chain(after)) {
        let out: &[u32] = if (number as usize) < others.len() { &[number] } else { &[] };
        edited.edit(out, &[*wall]).expect("within the limits");
    }
    let by_edits = edited.visible_from(eye, Channel::Sight, reach, &gates, &mut Scratch::default());
    assert_eq!(once.vertices(), by_edits.vertices());
    assert!(once.vertices().iter().all(|at| (0..=SIZE.x).contains(&at.x) && (0..=SIZE.y).contains(&at.y)));
});
