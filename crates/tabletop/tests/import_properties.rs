//! What holds of every imported map, whatever the file.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use tabletop::geometry::{CELL, Point};
use tabletop::import::{
    ImportLimits, ImportedMap, ImportedWall, SHORT_UNITS, WELD_UNITS, read_universal_vtt,
};

const SIDE_CELLS: i32 = 10;

type Line = ((f64, f64), (f64, f64));

fn file(lines: &[Line]) -> String {
    let text = |((ax, ay), (bx, by)): &Line| format!(r#"[{{"x":{ax},"y":{ay}}},{{"x":{bx},"y":{by}}}]"#);
    let lines: Vec<_> = lines.iter().map(text).collect();
    format!(
        r#"{{"resolution":{{"map_size":{{"x":{SIDE_CELLS},"y":{SIDE_CELLS}}},"pixels_per_grid":70}},"line_of_sight":[{}]}}"#,
        lines.join(",")
    )
}

fn import(lines: &[Line]) -> ImportedMap {
    read_universal_vtt(file(lines).as_bytes(), &ImportLimits::default()).expect("a good file")
}

fn check_sound(map: &ImportedMap) -> Result<(), TestCaseError> {
    let on_map = |point: Point| (0..=map.size.x).contains(&point.x) && (0..=map.size.y).contains(&point.y);
    let mut seen = BTreeSet::new();
    for wall in &map.walls {
        prop_assert!(on_map(wall.a) && on_map(wall.b), "{wall:?}");
        prop_assert!(wall.a != wall.b, "{wall:?}");
        prop_assert!(seen.insert((wall.a.min(wall.b), wall.a.max(wall.b))), "{wall:?} twice");
    }
    for portal in &map.portals {
        prop_assert!(on_map(portal.a) && on_map(portal.b) && portal.a != portal.b, "{portal:?}");
    }
    prop_assert!(map.lights.iter().all(|light| on_map(light.at) && light.range > 0));
    let report = &map.report;
    prop_assert_eq!(
        report.walls_read + report.welded,
        report.walls_kept + report.merged + report.dropped_short + report.outside + report.duplicates
    );
    Ok(())
}

fn length(a: Point, b: Point) -> f64 {
    f64::from(a.x - b.x).hypot(f64::from(a.y - b.y))
}

/// The point from `a` to `b` that is nearest to `point`.
fn foot(point: Point, a: Point, b: Point) -> Point {
    let vector = |from: Point, to: Point| (f64::from(to.x - from.x), f64::from(to.y - from.y));
    let ((dx, dy), (px, py)) = (vector(a, b), vector(a, point));
    let part = ((dx * px + dy * py) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    let at = |from: i32, way: f64| (f64::from(from) + way * part) / f64::from(CELL);
    Point::from_cells(at(a.x, dx), at(a.y, dy)).expect("between the two")
}

fn distance(point: Point, a: Point, b: Point) -> f64 {
    length(point, foot(point, a, b))
}

/// For each wall a number that it shares with all walls that touch it, directly or through others.
fn joined(map: &ImportedMap) -> Vec<usize> {
    let side = |a: Point, b: Point, point: Point| {
        let vector = |to: Point| (i64::from(to.x - a.x), i64::from(to.y - a.y));
        let (along, across) = (vector(b), vector(point));
        (along.0 * across.1 - along.1 * across.0).signum()
    };
    let touch = |one: &ImportedWall, two: &ImportedWall| {
        let near = |point: Point, wall: &ImportedWall| distance(point, wall.a, wall.b) <= 3.0;
        let parts = |one: &ImportedWall, two: &ImportedWall| {
            side(one.a, one.b, two.a) * side(one.a, one.b, two.b) < 0
        };
        near(one.a, two)
            || near(one.b, two)
            || near(two.a, one)
            || near(two.b, one)
            || (parts(one, two) && parts(two, one))
    };
    let mut rooms: Vec<usize> = (0..map.walls.len()).collect();
    for (number, one) in map.walls.iter().enumerate() {
        for (other, two) in map.walls.iter().enumerate().skip(number + 1) {
            if touch(one, two) {
                let (from, to) = (rooms[other], rooms[number]);
                rooms.iter_mut().filter(|room| **room == from).for_each(|room| *room = to);
            }
        }
    }
    rooms
}

/// Whether a wall passes within three units.
fn is_covered(map: &ImportedMap, point: Point) -> bool {
    map.walls.iter().any(|wall| distance(point, wall.a, wall.b) <= 3.0)
}

/// A step of the unit grid: to the right or down.
fn grid_edge() -> impl Strategy<Value = (i32, i32, bool)> {
    (-3..13_i32, -3..13_i32, any::<bool>())
}

/// Lines between grid points that are shaken a little, so that many nearly meet.
fn shaken_lines() -> impl Strategy<Value = Vec<Line>> {
    let shaken =
        || (0..=6_i32, -4..=4_i32).prop_map(|(cell, off)| f64::from(cell) + 1.0 + f64::from(off) * 0.003);
    prop::collection::vec(((shaken(), shaken()), (shaken(), shaken())), 1..25)
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maps");
    ["vttmaps-headmasters-quarters", "uvtt2fgu-sampleMap.small", "orb-tavern-4"]
        .iter()
        .map(|name| std::fs::read(format!("{folder}/{name}.dd2vtt")).expect("a map"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_universal_vtt(&bytes, &ImportLimits::default());
    }

    #[test]
    fn damaged_maps_never_panic_and_are_sound_if_they_import(
        which in 0..3_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0123456789.-e{}[],:\"\x00\xff".to_vec())), 1..8),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = seeds().swap_remove(which);
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(map) = read_universal_vtt(&bytes, &ImportLimits::default()) {
            check_sound(&map)?;
        }
    }

    #[test]
    fn on_the_grid_no_wall_on_the_map_gets_longer_or_shorter(edges in prop::collection::btree_set(grid_edge(), 0..200), turn in any::<u64>()) {
        let mut lines = Vec::new();
        let mut expected = 0;
        for (number, (x, y, right)) in edges.iter().enumerate() {
            let (bx, by) = if *right { (x + 1, *y) } else { (*x, y + 1) };
            let inside = |x: i32, y: i32| (0..=SIDE_CELLS).contains(&x) && (0..=SIDE_CELLS).contains(&y);
            expected += i64::from(inside(*x, *y) && inside(bx, by));
            let (a, b) = ((f64::from(*x), f64::from(*y)), (f64::from(bx), f64::from(by)));
            lines.push(if turn >> (number % 64) & 1 == 1 { (b, a) } else { (a, b) });
        }
        let middle = lines.len() / 2;
        lines.rotate_left(middle);
        let map = import(&lines);
        check_sound(&map)?;
        let length: i64 = map.walls.iter().map(|wall| i64::from(wall.a.x.abs_diff(wall.b.x)) + i64::from(wall.a.y.abs_diff(wall.b.y))).sum();
        prop_assert_eq!(length, expected * i64::from(CELL));
    }

    #[test]
    fn no_part_of_a_wall_is_lost_and_ends_that_nearly_met_do(lines in shaken_lines()) {
        let map = import(&lines);
        check_sound(&map)?;
        let place = |(x, y): (f64, f64)| Point::from_cells(x, y).expect("a place");
        let lines: Vec<_> = lines.into_iter().map(|(a, b)| (place(a), place(b))).collect();
        let long = |a: Point, b: Point| length(a, b) >= f64::from(SHORT_UNITS);
        for (a, b) in lines.iter().filter(|(a, b)| long(*a, *b)) {
            for part in 0..=20 {
                let at = |from: i32, to: i32| from + i32::try_from(i64::from(to - from) * part / 20).expect("between");
                prop_assert!(is_covered(&map, Point::new(at(a.x, b.x), at(a.y, b.y))), "{a:?} to {b:?}, part {part}");
            }
        }
        // An end and the nearest other wall are joined: there is a way along walls from one to the other.
        let rooms = joined(&map);
        let around = |point: Point| -> BTreeSet<usize> {
            let touches = |(wall, room): (&ImportedWall, &usize)| (distance(point, wall.a, wall.b) <= 3.0).then_some(*room);
            map.walls.iter().zip(&rooms).filter_map(touches).collect()
        };
        let lines: Vec<_> = lines.into_iter().filter(|(a, b)| long(*a, *b)).collect();
        for (number, (a, b)) in lines.iter().enumerate() {
            for end in [*a, *b] {
                let others = lines.iter().enumerate().filter(|(other, _)| *other != number);
                let feet = others.map(|(_, (a, b))| foot(end, *a, *b));
                let near = |foot: &Point| length(*foot, end) <= f64::from(WELD_UNITS) - 2.0;
                let nearest = feet.filter(near).min_by(|one, two| length(*one, end).total_cmp(&length(*two, end)));
                let Some(nearest) = nearest else { continue };
                prop_assert!(!around(end).is_disjoint(&around(nearest)), "{end:?} of {a:?} to {b:?} and {nearest:?}");
            }
        }
    }
}
