//! The cases in `golden/grid.json` are written here, with `UPDATE=1 cargo test -p tabletop`, and read by the client's tests.
//! What they say comes from definitions, not from the arithmetic that is tested: the nearest of all cells, the shortest
//! of all walks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::event::Diagonal;

/// A place on the wire, in 1/256 cell.
type At = [i32; 2];

const WIRE: i32 = CELL / 256;
const SHAPES: [GridShape; 3] = [GridShape::Square, GridShape::HexPointy, GridShape::HexFlat];
const OFFSETS: [At; 3] = [[0, 0], [64, -64], [-37, 100]];

fn grid(shape: GridShape, offset: At, diagonal: Diagonal) -> Grid {
    let offset = Point::new(offset[0] * WIRE, offset[1] * WIRE);
    Grid { shape, offset, diagonal, ..Grid::default() }
}

fn snapped(grid: &Grid, at: At, size: i32) -> At {
    let to = snap(grid, Point::new(at[0] * WIRE, at[1] * WIRE), size * WIRE);
    assert_eq!((to.x % WIRE, to.y % WIRE), (0, 0), "the wire can say where it is");
    [to.x / WIRE, to.y / WIRE]
}

/// Places all over the map and left of and above it, many of them where two cells meet.
fn places() -> Vec<At> {
    let mut places = Vec::new();
    for x in [-515, -384, -256, -128, -1, 0, 64, 127, 128, 129, 256, 700] {
        for y in [-400, -192, -128, 0, 148, 256, 1000] {
            places.push([x, y]);
        }
    }
    let mut seed = 7_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::try_from(seed >> 20).unwrap() - 2_048
    };
    places.extend((0..60).map(|_| [random(), random()]));
    places
}

/// The middles of all hexagons around the origin, by their definition.
fn hexagons(shape: GridShape, offset: At) -> Vec<(f64, f64)> {
    let mut middles = Vec::new();
    for row in -24_i32..=24 {
        for column in -24_i32..=24 {
            let across = f64::from(column) + if row.rem_euclid(2) == 1 { 1.0 } else { 0.5 };
            let along = f64::from(row) * ROW + 1.0 / 3f64.sqrt();
            let (x, y) = if shape == GridShape::HexPointy { (across, along) } else { (along, across) };
            middles.push((x + f64::from(offset[0]) / 256.0, y + f64::from(offset[1]) / 256.0));
        }
    }
    middles
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn cells_of(at: At) -> (f64, f64) {
    (f64::from(at[0]) / 256.0, f64::from(at[1]) / 256.0)
}

/// Where a token may stand at all.
fn stands(shape: GridShape, offset: At, size: i32) -> Vec<(f64, f64)> {
    if shape != GridShape::Square {
        return hexagons(shape, offset);
    }
    let (pitch, first) = match size {
        ..256 => (0.5, 0.25),
        384 | 512 | 1_024 => (1.0, 0.0),
        _ => (1.0, 0.5),
    };
    let along =
        |offset: i32| (-48..=48).map(move |step| f64::from(step) * pitch + first + f64::from(offset) / 256.0);
    along(offset[0]).flat_map(|x| along(offset[1]).map(move |y| (x, y))).collect()
}

#[test]
fn tokens_stand_on_the_nearest_place() {
    for shape in SHAPES {
        for offset in OFFSETS {
            for size in [128, 256, 384, 512, 768, 1_024] {
                let stands = stands(shape, offset, size);
                for at in places().into_iter().filter(|at| at[0].abs() < 2_200 && at[1].abs() < 2_200) {
                    let to = cells_of(snapped(&grid(shape, offset, Diagonal::One), at, size));
                    let from = cells_of(at);
                    let nearest =
                        stands.iter().map(|stand| distance(*stand, from)).fold(f64::INFINITY, f64::min);
                    let is_stand = stands.iter().any(|stand| distance(*stand, to) < 0.003);
                    assert!(
                        is_stand,
                        "{shape:?} {offset:?} {size} {at:?} stands at {to:?}, which is no place"
                    );
                    assert!(
                        distance(from, to) < nearest + 0.003,
                        "{shape:?} {offset:?} {size} {at:?}: {to:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn without_a_grid_everything_stays() {
    assert_eq!(snapped(&grid(GridShape::None, [9, 9], Diagonal::One), [1_001, -517], 256), [1_001, -517]);
}

fn snap_cases() -> Vec<Value> {
    let mut cases = Vec::new();
    for shape in SHAPES.into_iter().chain([GridShape::None]) {
        for (index, at) in places().into_iter().enumerate() {
            // Every place with some offset and some size; all of them with all would say no more.
            let offset = OFFSETS[index % OFFSETS.len()];
            let size = [256, 128, 512, 768, 1_024, 384][index / OFFSETS.len() % 6];
            let to = snapped(&grid(shape, offset, Diagonal::One), at, size);
            cases.push(json!({ "shape": shape, "offset": offset, "size": size, "at": at, "to": to }));
        }
    }
    cases
}

/// Hexagons with points that lie just inside their corners and sides.
fn cell_cases() -> Vec<Value> {
    let mut cases = Vec::new();
    for shape in [GridShape::HexPointy, GridShape::HexFlat] {
        for offset in OFFSETS {
            for middle in hexagons(shape, offset) {
                if distance(middle, (0.0, 0.0)) > 1.9 {
                    continue;
                }
                #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
                let wire = |(x, y): (f64, f64)| [(x * 256.0).round() as i32, (y * 256.0).round() as i32];
                let turned = if shape == GridShape::HexPointy { 0.0 } else { 30.0 };
                let holds: Vec<At> = (0..12)
                    .map(|index| {
                        let angle = (f64::from(index) * 30.0 + turned).to_radians();
                        let reach = if index % 2 == 0 { 0.5 } else { 1.0 / 3f64.sqrt() } * 0.97;
                        wire((middle.0 + reach * angle.cos(), middle.1 + reach * angle.sin()))
                    })
                    .collect();
                let grid = grid(shape, offset, Diagonal::One);
                // Rounded to the wire as the server rounds: without the offset.
                let middle = snapped(&grid, wire(middle), 256);
                for at in &holds {
                    assert_eq!(snapped(&grid, *at, 256), middle, "{shape:?} {offset:?} {at:?}");
                }
                cases.push(json!({ "shape": shape, "offset": offset, "middle": middle, "holds": holds }));
            }
        }
    }
    cases
}

/// The cost of the cheapest walk over squares, leg by leg, by parity of the diagonals taken so far.
fn square_walk(diagonal: Diagonal, legs: &[(usize, usize)]) -> u32 {
    let mut costs: BTreeMap<bool, u32> = BTreeMap::from([(false, 0)]);
    for &(across, down) in legs {
        let mut best: BTreeMap<(usize, usize, bool), u32> =
            costs.iter().map(|(odd, cost)| ((0, 0, *odd), *cost)).collect();
        let offer = |key: (usize, usize, bool), cost: u32, best: &mut BTreeMap<_, u32>| {
            let held = best.entry(key).or_insert(cost);
            *held = cost.min(*held);
        };
        for x in 0..=across {
            for y in 0..=down {
                for odd in [false, true] {
                    let Some(&cost) = best.get(&(x, y, odd)) else { continue };
                    let step = match diagonal {
                        Diagonal::One => 1,
                        Diagonal::Manhattan => 2,
                        Diagonal::Alternating => 1 + u32::from(odd),
                        Diagonal::Euclid => unreachable!("the crow does not walk"),
                    };
                    offer((x + 1, y, odd), cost + 1, &mut best);
                    offer((x, y + 1, odd), cost + 1, &mut best);
                    offer((x + 1, y + 1, !odd), cost + step, &mut best);
                }
            }
        }
        let arrived = |odd| best.get(&(across, down, odd)).map(|cost| (odd, *cost));
        costs = [false, true].into_iter().filter_map(arrived).collect();
    }
    costs.values().copied().min().unwrap()
}

/// How many steps from hexagon to hexagon, each to a neighbour.
fn hex_walk(shape: GridShape, offset: At, from: At, to: At) -> u32 {
    let all = hexagons(shape, offset);
    let grid = grid(shape, offset, Diagonal::One);
    let index_of = |at: At| {
        let middle = cells_of(snapped(&grid, at, 256));
        all.iter().position(|one| distance(*one, middle) < 0.003).unwrap()
    };
    let (start, goal) = (index_of(from), index_of(to));
    let mut reached = BTreeSet::from([start]);
    let mut steps = 0;
    while !reached.contains(&goal) {
        let neighbours = |near: &usize| {
            let middle = all[*near];
            all.iter()
                .enumerate()
                .filter(move |(_, one)| distance(**one, middle) < 1.1)
                .map(|(index, _)| index)
        };
        reached = reached.iter().flat_map(neighbours).collect();
        steps += 1;
    }
    steps
}

fn ways() -> [Vec<At>; 11] {
    [
        vec![[128, 128]],
        vec![[128, 128], [896, 640]],
        vec![[128, 128], [896, 640], [1_152, 896]],
        // Diagonals count over the whole way, not by leg.
        vec![[128, 128], [384, 384], [640, 128], [896, 384]],
        vec![[128, 128], [128, 128], [384, 128]],
        vec![[-384, -384], [640, 384]],
        vec![[-128, 896], [-1_152, -640], [-640, -896], [128, 128]],
        // Small tokens stand between middles; half a cell counts as one, less as none.
        vec![[64, 64], [192, 192]],
        vec![[64, 64], [191, 190]],
        vec![[0, 0], [1, 383], [385, 384]],
        vec![[100, 150], [1_000, -900], [-700, 300]],
    ]
}

fn way_cases() -> Vec<Value> {
    let mut cases = Vec::new();
    for way in ways() {
        let legs: Vec<(At, At)> = way.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let crow = legs.iter().fold(0.0, |sum, (a, b)| sum + distance(cells_of(*a), cells_of(*b)));
        // The last digits of a root are not the same on every machine.
        let crow = (crow * 1e6).round() / 1e6;
        for diagonal in [Diagonal::One, Diagonal::Alternating, Diagonal::Euclid, Diagonal::Manhattan] {
            let cells = match diagonal {
                Diagonal::Euclid => json!(crow),
                Diagonal::One | Diagonal::Alternating | Diagonal::Manhattan => {
                    let squares = |a: i32, b: i32| usize::try_from((a.abs_diff(b) + 128) / 256).unwrap();
                    let legs: Vec<_> =
                        legs.iter().map(|(a, b)| (squares(a[0], b[0]), squares(a[1], b[1]))).collect();
                    json!(square_walk(diagonal, &legs))
                }
            };
            cases.push(json!({ "shape": "square", "offset": [0, 0], "diagonal": diagonal, "way": way, "cells": cells }));
        }
        for (shape, offset) in [(GridShape::HexPointy, [0, 0]), (GridShape::HexFlat, [-37, 100])] {
            let cells: u32 = legs.iter().map(|(a, b)| hex_walk(shape, offset, *a, *b)).sum();
            cases.push(json!({ "shape": shape, "offset": offset, "diagonal": "alternating", "way": way, "cells": cells }));
        }
        cases
            .push(json!({ "shape": "none", "offset": [0, 0], "diagonal": "one", "way": way, "cells": crow }));
    }
    cases
}

/// One case a line, so that a change shows as one line.
fn lines(cases: &[Value]) -> String {
    cases.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n")
}

#[test]
fn the_golden_cases_are_up_to_date() {
    let generated = format!(
        "{{\"snap\":[\n{}\n],\"cells\":[\n{}\n],\"ways\":[\n{}\n]}}\n",
        lines(&snap_cases()),
        lines(&cell_cases()),
        lines(&way_cases()),
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/grid.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(stored == generated, "golden/grid.json is stale: run `UPDATE=1 cargo test -p tabletop`");
}
