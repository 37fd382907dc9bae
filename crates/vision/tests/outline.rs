//! The polygon held against its definition: an oracle that shares nothing with the kernel looks along a ray between
//! each two neighbouring corners and computes with fractions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::prelude::*;
use vision::{Blocks, Channel, Gates, Point, Reach, Scratch, Segment, Side, Walls};

const CELL: i32 = 1 << 16;
const SIZE: i32 = 8 * CELL;

type Vector = (BigRational, BigRational);

fn rational(value: impl Into<BigInt>) -> BigRational {
    BigRational::from_integer(value.into())
}

fn cross(one: &Vector, other: &Vector) -> BigRational {
    &one.0 * &other.1 - &one.1 * &other.0
}

/// The half of the turn that a direction lies in: right and downwards first.
fn half(way: &Vector) -> u8 {
    let below = way.1.is_positive() || (way.1.is_zero() && way.0.is_positive());
    u8::from(!below)
}

fn by_angle(one: &Vector, other: &Vector) -> Ordering {
    half(one).cmp(&half(other)).then_with(|| rational(0).cmp(&cross(one, other)))
}

/// A wall as seen from the eye: where it starts, and how it goes on.
struct Seen<'a> {
    at: Vector,
    along: Vector,
    wall: &'a Segment,
}

impl Seen<'_> {
    /// Where a ray meets the wall's line, in parts of the ray and of the wall.
    fn meets(&self, ray: &Vector) -> Option<(BigRational, BigRational)> {
        let below = cross(ray, &self.along);
        if below.is_zero() {
            return None;
        }
        Some((cross(&self.at, &self.along) / &below, cross(&self.at, ray) / &below))
    }

    /// Whether the eye lies on the side from which the wall counts.
    fn counts(&self) -> bool {
        let side = cross(&self.at, &self.along);
        match self.wall.side {
            Side::Both => true,
            Side::Right => side.is_positive(),
            Side::Left => side.is_negative(),
        }
    }
}

fn round(value: &BigRational) -> i32 {
    (value + BigRational::new(1.into(), 2.into())).floor().to_integer().try_into().unwrap()
}

/// The outline by its definition, in the kernel's form.
fn oracle(walls: &[Segment], eye: Point, gates: &Gates) -> Vec<Point> {
    let frame = [(0, 0), (SIZE, 0), (SIZE, SIZE), (0, SIZE)].map(|(x, y)| Point { x, y });
    let mut all: Vec<Segment> = walls
        .iter()
        .copied()
        .filter(|wall| wall.a != wall.b && wall.gate.is_none_or(|gate| !gates.is_open(gate)))
        .collect();
    let edge = |index: usize| wall(frame[index], frame[(index + 1) % 4]);
    all.extend((0..4).map(edge));
    let from_eye = |point: Point| {
        (rational(i64::from(point.x) - i64::from(eye.x)), rational(i64::from(point.y) - i64::from(eye.y)))
    };
    let seen: Vec<Seen> = all
        .iter()
        .map(|wall| {
            let (at, end) = (from_eye(wall.a), from_eye(wall.b));
            let along = (&end.0 - &at.0, &end.1 - &at.1);
            Seen { at, along, wall }
        })
        .collect();
    let mut rays: Vec<Vector> = Vec::new();
    for one in &seen {
        rays.push(one.at.clone());
        rays.push((&one.at.0 + &one.along.0, &one.at.1 + &one.along.1));
        for other in &seen {
            let below = cross(&one.along, &other.along);
            if !below.is_zero() {
                let apart = (&other.at.0 - &one.at.0, &other.at.1 - &one.at.1);
                let part = cross(&apart, &other.along) / below;
                rays.push((&one.at.0 + &one.along.0 * &part, &one.at.1 + &one.along.1 * &part));
            }
        }
    }
    rays.retain(|ray| !ray.0.is_zero() || !ray.1.is_zero());
    rays.sort_by(by_angle);
    rays.dedup_by(|one, other| by_angle(one, other) == Ordering::Equal);
    // Where the outline lies between each two neighbouring rays.
    let mut pieces: Vec<(Option<usize>, Vector, Vector)> = Vec::new();
    for (index, first) in rays.iter().enumerate() {
        let last = &rays[(index + 1) % rays.len()];
        let between = (&first.0 + &last.0, &first.1 + &last.1);
        let stop = if cross(first, last).is_positive() { stops(&seen, &between) } else { None };
        let same = |one: usize, other: usize| {
            let (one, other) = (&seen[one], &seen[other]);
            let apart = (&other.at.0 - &one.at.0, &other.at.1 - &one.at.1);
            cross(&one.along, &other.along).is_zero() && cross(&one.along, &apart).is_zero()
        };
        match pieces.last_mut() {
            Some((held, _, end)) if *held == stop || held.zip(stop).is_some_and(|(a, b)| same(a, b)) => {
                *end = last.clone();
            }
            _ => pieces.push((stop, first.clone(), last.clone())),
        }
        if index + 1 == rays.len()
            && pieces.len() > 1
            && let (Some((Some(start), ..)), Some((Some(end), ..))) = (pieces.first(), pieces.last())
            && same(*start, *end)
        {
            let (_, first, _) = pieces.pop().unwrap();
            pieces[0].1 = first;
        }
    }
    let mut corners = Vec::new();
    for (stop, first, last) in &pieces {
        let Some(stop) = stop else {
            corners.push(eye);
            continue;
        };
        for ray in [first, last] {
            let (part, _) = seen[*stop].meets(ray).unwrap();
            corners.push(Point {
                x: round(&(&ray.0 * &part + rational(eye.x))),
                y: round(&(&ray.1 * &part + rational(eye.y))),
            });
        }
    }
    simplest(corners)
}

/// What a ray that meets no corner is stopped by.
fn stops(seen: &[Seen], ray: &Vector) -> Option<usize> {
    let mut met: Vec<(BigRational, usize)> = Vec::new();
    for (index, wall) in seen.iter().enumerate() {
        let hit = wall.meets(ray).filter(|(far, part)| {
            far.is_positive() && part.is_positive() && *part < rational(1) && wall.counts()
        });
        met.extend(hit.map(|(far, _)| (far, index)));
    }
    met.sort();
    let mut limit: Option<BigRational> = None;
    let solid = |index: usize| seen[index].wall.blocks == Blocks::ALL;
    for (far, index) in &met {
        let all_here = || met.iter().filter(|(other, _)| other == far);
        if all_here().any(|(_, other)| solid(*other)) {
            return Some(*index);
        }
        if seen[*index].wall.blocks == Blocks::TERRAIN {
            match &limit {
                Some(first) if first != far => return Some(*index),
                _ => limit = Some(far.clone()),
            }
        }
    }
    None
}

/// Takes out what is no corner, one by one from the leftmost on.
fn simplest(mut corners: Vec<Point>) -> Vec<Point> {
    let turn = |corners: &mut Vec<Point>| {
        let rotations = (0..corners.len()).map(|start| [&corners[start..], &corners[..start]].concat());
        *corners = rotations.min().unwrap_or_default();
    };
    turn(&mut corners);
    loop {
        let count = corners.len();
        if count < 3 {
            return Vec::new();
        }
        let needless = (0..count).find(|index| {
            let (before, at, after) =
                (corners[(index + count - 1) % count], corners[*index], corners[(index + 1) % count]);
            let area = (i128::from(at.x) - i128::from(before.x))
                * (i128::from(after.y) - i128::from(before.y))
                - (i128::from(at.y) - i128::from(before.y)) * (i128::from(after.x) - i128::from(before.x));
            at == before || at == after || area == 0
        });
        match needless {
            Some(index) => {
                corners.remove(index);
            }
            None => break,
        }
    }
    turn(&mut corners);
    corners
}

fn wall(a: Point, b: Point) -> Segment {
    Segment { a, b, blocks: Blocks::ALL, side: Side::Both, gate: None }
}

/// Points on a coarse lattice, a hair beside it, or anywhere: touching, crossing, overlapping, nearly so, or none of it.
fn point() -> impl Strategy<Value = Point> {
    let lattice = (0..=16, 0..=16).prop_map(|(x, y)| Point { x: x * CELL / 2, y: y * CELL / 2 });
    let beside = (0..=16, 0..=16, -1..=1, -1..=1).prop_map(|(x, y, dx, dy): (i32, i32, i32, i32)| Point {
        x: (x * CELL / 2 + dx).clamp(0, SIZE),
        y: (y * CELL / 2 + dy).clamp(0, SIZE),
    });
    let anywhere = (0..=SIZE, 0..=SIZE).prop_map(|(x, y)| Point { x, y });
    prop_oneof![3 => lattice, 1 => beside, 2 => anywhere]
}

fn segment() -> impl Strategy<Value = Segment> {
    let blocks = prop_oneof![
        6 => Just(Blocks::ALL),
        2 => Just(Blocks::TERRAIN),
        1 => Just(Blocks::MOVEMENT),
    ];
    let side = prop_oneof![6 => Just(Side::Both), 1 => Just(Side::Left), 1 => Just(Side::Right)];
    let gate = prop_oneof![4 => Just(None), 1 => (0u32..3).prop_map(Some)];
    (point(), point(), blocks, side, gate).prop_map(|(a, b, blocks, side, gate)| Segment {
        a,
        b,
        blocks,
        side,
        gate,
    })
}

fn scene() -> impl Strategy<Value = (Vec<Segment>, Point, Gates)> {
    let gates = prop::collection::vec(any::<bool>(), 3).prop_map(|open| {
        let mut gates = Gates::default();
        (0u32..).zip(open).for_each(|(gate, open)| gates.set(gate, open));
        gates
    });
    (prop::collection::vec(segment(), 0..12), point(), gates)
}

fn outline(segments: &[Segment], eye: Point, gates: &Gates) -> Vec<Point> {
    let walls = Walls::new(segments, Point { x: SIZE, y: SIZE }).unwrap();
    walls
        .visible_from(eye, Channel::Sight, Reach::Unlimited, gates, &mut Scratch::default())
        .vertices()
        .to_vec()
}

fn direction() -> impl Strategy<Value = (i32, i32)> {
    let small = (-3..=3, -3..=3).prop_filter("a direction", |(x, y)| (*x, *y) != (0, 0));
    let any = (-9_999..=9_999, -9_999..=9_999).prop_filter("a direction", |(x, y)| (*x, *y) != (0, 0));
    prop_oneof![small, any]
}

/// Whether a way lies between two directions, clockwise from the first; a whole turn if they are the same.
fn is_between(from: (i32, i32), way: (i32, i32), to: (i32, i32)) -> bool {
    let turn = |one: (i32, i32), other: (i32, i32)| {
        i64::from(one.0) * i64::from(other.1) - i64::from(one.1) * i64::from(other.0)
    };
    let (spread, after, before) = (turn(from, to), turn(from, way) >= 0, turn(way, to) >= 0);
    let opposite = i64::from(from.0) * i64::from(to.0) + i64::from(from.1) * i64::from(to.1) < 0;
    match spread.signum() {
        1 => after && before,
        0 if opposite => after,
        0 => true,
        _ => after || before,
    }
}

/// Whether a wall and all within a few units of it lie outside a polygon.
fn is_clear_of(polygon: &[Point], wall: &Segment) -> bool {
    let side = |a: Point, b: Point, c: Point| {
        let wide = |value: i32| i64::from(value);
        (wide(b.x) - wide(a.x)) * (wide(c.y) - wide(a.y)) - (wide(b.y) - wide(a.y)) * (wide(c.x) - wide(a.x))
    };
    let edges = || polygon.iter().zip(polygon.iter().cycle().skip(1));
    [(0, 0), (3, 0), (-3, 0), (0, 3), (0, -3)].into_iter().all(|(dx, dy)| {
        let [a, b] = [wall.a, wall.b].map(|at| Point { x: at.x + dx, y: at.y + dy });
        let crosses = |(p, q): (&Point, &Point)| {
            side(a, b, *p).signum() * side(a, b, *q).signum() <= 0
                && side(*p, *q, a).signum() * side(*p, *q, b).signum() <= 0
        };
        let above = edges().filter(|(p, q)| {
            let (low, high) = if p.y <= q.y { (p, q) } else { (q, p) };
            low.y <= a.y && a.y < high.y && side(**low, **high, a) > 0
        });
        above.count() % 2 == 0 && !edges().any(crosses)
    })
}

proptest! {
    #[test]
    fn the_outline_is_its_definition_to_the_last_unit((segments, eye, gates) in scene()) {
        prop_assert_eq!(outline(&segments, eye, &gates), oracle(&segments, eye, &gates));
    }

    #[test]
    fn what_cannot_be_seen_leaves_no_trace(
        (segments, eye, gates) in scene(),
        others in prop::collection::vec(segment(), 1..6),
        order in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let before = outline(&segments, eye, &gates);
        let hidden: Vec<Segment> =
            others.into_iter().filter(|other| other.blocks == Blocks::ALL && is_clear_of(&before, other)).collect();
        let mut with: Vec<Segment> = segments.iter().chain(&hidden).copied().collect();
        prop_assert_eq!(&outline(&with, eye, &gates), &oracle(&with, eye, &gates));
        prop_assert_eq!(&outline(&with, eye, &gates), &before);
        // The order of walls, and where they are cut, tell nothing either.
        if !with.is_empty() {
            let turn = order.index(with.len());
            with.rotate_left(turn);
            let at = cut.index(with.len());
            let halves = with[at];
            let middle = Point {
                x: halves.a.x + (halves.b.x - halves.a.x) / 2,
                y: halves.a.y + (halves.b.y - halves.a.y) / 2,
            };
            let is_on = (i64::from(halves.b.x) - i64::from(halves.a.x)) * (i64::from(middle.y) - i64::from(halves.a.y))
                == (i64::from(halves.b.y) - i64::from(halves.a.y)) * (i64::from(middle.x) - i64::from(halves.a.x));
            if is_on {
                with[at] = Segment { b: middle, ..halves };
                with.push(Segment { a: middle, ..halves });
            }
            prop_assert_eq!(&outline(&with, eye, &gates), &before);
        }
    }

    #[test]
    fn a_cone_holds_what_is_seen_within_it_and_nothing_else(
        (segments, eye, gates) in scene(),
        radius in CELL / 2..6 * CELL,
        from in direction(),
        to in direction(),
        point in point(),
    ) {
        let walls = Walls::new(&segments, Point { x: SIZE, y: SIZE }).unwrap();
        let mut scratch = Scratch::default();
        let all_around = walls.visible_from(eye, Channel::Sight, Reach::Radius(radius), &gates, &mut scratch);
        let cone = Reach::Cone { radius, from, to };
        let polygon = walls.visible_from(eye, Channel::Sight, cone, &gates, &mut scratch);
        // Off the scene's edge, where sight ends for polygons alone.
        let off = |at: i32| at.clamp(200, SIZE - 200);
        let point = Point { x: off(point.x), y: off(point.y) };
        // Points within a hair of a border may go either way: ask around the point too.
        let near = [(0, 0), (120, 0), (-120, 0), (0, 120), (0, -120)]
            .map(|(dx, dy)| Point { x: point.x + dx, y: point.y + dy });
        let sees = |at: &Point| walls.sees(eye, *at, Channel::Sight, &gates);
        let distance = f64::from(point.x - eye.x).hypot(f64::from(point.y - eye.y));
        let is_near = distance + 200.0 < f64::from(radius) * 0.999;
        let is_far = distance > f64::from(radius) + 200.0;
        let aims = |at: &Point| is_between(from, (at.x - eye.x, at.y - eye.y), to);
        if near.iter().all(sees) && is_near {
            prop_assert!(all_around.contains(point), "seen but not inside {:?}", all_around);
            // Beside the eye they are too few to tell that a point is not on a border of the cone.
            if near.iter().all(aims) && distance > 400.0 {
                prop_assert!(polygon.contains(point), "seen but not inside {:?}", polygon);
            }
        }
        if near.iter().all(|at| !sees(at)) || is_far {
            prop_assert!(!all_around.contains(point), "hidden but inside {:?}", all_around);
        }
        if near.iter().all(|at| !sees(at) || !aims(at)) || is_far {
            prop_assert!(!polygon.contains(point), "hidden but inside {:?}", polygon);
        }
    }
}
