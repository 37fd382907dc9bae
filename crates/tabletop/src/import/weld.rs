//! From the lines of a file to the walls of a scene: no doubles, no small gaps, no crumbs, as few pieces as it takes.
//!
//! Joining must never open a gap that was shut, and moving a wall's end can do that anywhere along the wall. So ends
//! move only as far as rounding may have moved them anyway ([`SAME_POINT_UNITS`]); a wider gap (up to [`WELD_UNITS`])
//! is closed by one more piece of wall, which can only add. Pieces merge when all that they leave out lies within
//! half of that rounding, and a short piece is dropped only if one of its ends touches nothing at all.

use std::collections::{HashMap, HashSet};

use super::nearby::Nearby;
use super::{ImportReport, ImportedWall, SAME_POINT_UNITS, SHORT_UNITS, WELD_UNITS};
use crate::event::WallKind;
use crate::geometry::Point;

/// Points that one merged wall may leave out.
const MERGED_POINTS_MAX: usize = 256;

/// Makes scene walls of lines that lie on a map of `size`, counting in `report` what happens to them.
pub(super) fn weld(
    lines: Vec<ImportedWall>,
    portals: &[(Point, Point)],
    size: Point,
    report: &mut ImportReport,
) -> Vec<ImportedWall> {
    let lines = snap(lines, portals, report);
    let mut walls = without_duplicates(lines, report);
    let loose = close_gaps(&mut walls, portals, size, report);
    let ends = Ends::of(&walls, portals);
    // A crumb beside a wall is joined to it at both ends, and the one joint may equal the crumb with the other.
    let mut walls = without_duplicates(merge(&walls, &ends, report), report);
    let before = walls.len();
    walls.retain(|wall| {
        let is_loose = |end: Point| ends.count(end) == 1 && loose.contains(&end);
        !(is_loose(wall.a) || is_loose(wall.b)) || is_longer(wall.a, wall.b, SHORT_UNITS - 1)
    });
    report.dropped_short += before - walls.len();
    walls
}

/// Makes one point of points that only rounding has parted; portals stay where they are.
fn snap(
    lines: Vec<ImportedWall>,
    portals: &[(Point, Point)],
    report: &mut ImportReport,
) -> Vec<ImportedWall> {
    const BOX: i32 = SAME_POINT_UNITS * 2;
    let mut boxes: HashMap<(i32, i32), Vec<Point>> = HashMap::new();
    let mut snapped = |point: Point| {
        let (column, row) = (point.x.div_euclid(BOX), point.y.div_euclid(BOX));
        let around = (column - 1..=column + 1).flat_map(|x| (row - 1..=row + 1).map(move |y| (x, y)));
        for other in around.filter_map(|key| boxes.get(&key)).flatten() {
            if is_same(point, *other) {
                return *other;
            }
        }
        boxes.entry((column, row)).or_default().push(point);
        point
    };
    for (a, b) in portals {
        snapped(*a);
        snapped(*b);
    }
    let before = lines.len();
    let mut kept = Vec::with_capacity(before);
    for line in lines {
        let (a, b) = (snapped(line.a), snapped(line.b));
        if a != b {
            kept.push(ImportedWall { a, b, ..line });
        }
    }
    report.dropped_short += before - kept.len();
    kept
}

/// Of walls between the same points one is left: the strongest.
fn without_duplicates(lines: Vec<ImportedWall>, report: &mut ImportReport) -> Vec<ImportedWall> {
    let mut places: HashMap<(Point, Point), usize> = HashMap::new();
    let mut kept: Vec<ImportedWall> = Vec::with_capacity(lines.len());
    for line in lines {
        let place = *places.entry((line.a.min(line.b), line.a.max(line.b))).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(twin) => {
                twin.kind = stronger(twin.kind, line.kind);
                report.duplicates += 1;
            }
            None => kept.push(line),
        }
    }
    kept
}

fn stronger(a: WallKind, b: WallKind) -> WallKind {
    if a == WallKind::Wall { a } else { b }
}

/// How many walls and portals end at each point.
struct Ends(HashMap<Point, u32>);

impl Ends {
    fn of(walls: &[ImportedWall], portals: &[(Point, Point)]) -> Self {
        let mut counts = HashMap::new();
        for (a, b) in walls.iter().map(|wall| (wall.a, wall.b)).chain(portals.iter().copied()) {
            *counts.entry(a).or_default() += 1;
            *counts.entry(b).or_default() += 1;
        }
        Self(counts)
    }

    fn count(&self, point: Point) -> u32 {
        self.0.get(&point).copied().unwrap_or(0)
    }
}

/// Adds a piece of wall from each free end to what it nearly touches; gives the ends that touch nothing.
fn close_gaps(
    walls: &mut Vec<ImportedWall>,
    portals: &[(Point, Point)],
    size: Point,
    report: &mut ImportReport,
) -> HashSet<Point> {
    let ends = Ends::of(walls, portals);
    let lines: Vec<_> = walls.iter().map(|wall| (wall.a, wall.b)).chain(portals.iter().copied()).collect();
    let kinds: Vec<_> = walls.iter().map(|wall| wall.kind).collect();
    let mut nearby = Nearby::new(&lines, size);
    let mut loose = HashSet::new();
    let mut bridged = HashSet::new();
    let mut unchecked = 0_usize;
    for (number, (a, b)) in lines.iter().enumerate() {
        for (end, other_end) in [(*a, *b), (*b, *a)] {
            if ends.count(end) > 1 || is_on_border(end, size) {
                continue;
            }
            let Some(candidates) = nearby.around(end, WELD_UNITS) else {
                unchecked += 1;
                continue;
            };
            let mut others = candidates;
            others.retain(|other| {
                let (a, b) = lines[*other];
                *other != number && a != other_end && b != other_end
            });
            // A crumb in between is joined too, but does not stand for the wall behind it.
            let (long, short): (Vec<_>, Vec<_>) = others
                .into_iter()
                .partition(|other| is_longer(lines[*other].0, lines[*other].1, SHORT_UNITS - 1));
            let joints = [nearest(end, &long, &lines), nearest(end, &short, &lines)];
            if joints == [None, None] {
                loose.insert(end);
            }
            if joints.iter().flatten().any(|(to, _)| is_same(end, *to)) {
                continue;
            }
            for (to, other) in joints.into_iter().flatten() {
                if bridged.insert((end.min(to), end.max(to))) {
                    let kind = |line: usize| kinds.get(line).copied().unwrap_or(WallKind::Wall);
                    walls.push(ImportedWall { a: end, b: to, kind: stronger(kind(number), kind(other)) });
                }
            }
        }
    }
    report.welded += bridged.len();
    if unchecked > 0 {
        report.notes.push(format!(
            "The walls are too crowded to look for small gaps everywhere; {unchecked} ends were left as they are."
        ));
    }
    loose
}

/// The line nearest to `end` within reach, and where to join it: at an end of that line if one is within reach too,
/// unless its middle is touched already.
fn nearest(end: Point, candidates: &[usize], lines: &[(Point, Point)]) -> Option<(Point, usize)> {
    let feet = candidates.iter().map(|number| (foot_of(end, lines[*number].0, lines[*number].1), *number));
    let (foot, number) = feet.min_by_key(|(foot, number)| (distance_squared(end, *foot), *number))?;
    if is_longer(end, foot, WELD_UNITS) {
        return None;
    }
    let (a, b) = lines[number];
    let line_end = if distance_squared(end, a) <= distance_squared(end, b) { a } else { b };
    let joins_end = !is_same(end, foot) && !is_longer(end, line_end, WELD_UNITS);
    Some((if joins_end { line_end } else { foot }, number))
}

/// The point of the line from `a` to `b` that is nearest to `point`, to the unit.
fn foot_of(point: Point, a: Point, b: Point) -> Point {
    let ((dx, dy), (px, py)) = (from_to(a, b), from_to(a, point));
    let length_squared = dx * dx + dy * dy;
    let along = (dx * px + dy * py).clamp(0, length_squared);
    let part = |whole: i64| {
        let product = 2 * i128::from(whole) * i128::from(along) + i128::from(length_squared);
        i32::try_from(product.div_euclid(2 * i128::from(length_squared).max(1))).unwrap_or(0)
    };
    Point::new(a.x + part(dx), a.y + part(dy))
}

/// Joins pieces that meet end to end and go straight on, where nothing else ends.
fn merge(walls: &[ImportedWall], ends: &Ends, report: &mut ImportReport) -> Vec<ImportedWall> {
    let mut at: HashMap<Point, Vec<usize>> = HashMap::new();
    for (number, wall) in walls.iter().enumerate() {
        for end in [wall.a, wall.b] {
            if ends.count(end) == 2 {
                at.entry(end).or_default().push(number);
            }
        }
    }
    let goes_on = |number: usize, end: Point| {
        let next = at.get(&end)?.iter().copied().find(|other| *other != number)?;
        let (wall, then) = (walls[number], walls[next]);
        let (from, to) = (far_end(wall, end), far_end(then, end));
        (wall.kind == then.kind && is_straight(from, end, to)).then_some((next, to))
    };
    let mut done = vec![false; walls.len()];
    let mut merged = Vec::with_capacity(walls.len());
    for (number, wall) in walls.iter().enumerate() {
        if done[number] {
            continue;
        }
        let start = if goes_on(number, wall.a).is_none() {
            wall.a
        } else if goes_on(number, wall.b).is_none() {
            wall.b
        } else {
            // In the middle of a straight run: its first or last piece will come by.
            continue;
        };
        let mut run = Run { start, end: far_end(*wall, start), left_out: Vec::new() };
        let mut last = number;
        done[number] = true;
        while let Some((next, to)) = goes_on(last, run.end) {
            if done[next] {
                break;
            }
            done[next] = true;
            last = next;
            if !run.extend(to) {
                merged.push(ImportedWall { a: run.start, b: run.end, kind: wall.kind });
                run = Run { start: run.end, end: to, left_out: Vec::new() };
            }
        }
        merged.push(ImportedWall { a: run.start, b: run.end, kind: wall.kind });
    }
    // A ring without a corner has no first piece.
    merged.extend(walls.iter().zip(&done).filter(|(_, done)| !**done).map(|(wall, _)| *wall));
    report.merged += walls.len() - merged.len();
    merged
}

/// A wall that grows.
struct Run {
    start: Point,
    end: Point,
    left_out: Vec<Point>,
}

impl Run {
    /// Goes on to `to`, unless that would leave a point out that is off the line.
    fn extend(&mut self, to: Point) -> bool {
        let fits = self.left_out.iter().chain([&self.end]).all(|point| is_straight(self.start, *point, to));
        if !fits || self.left_out.len() >= MERGED_POINTS_MAX {
            return false;
        }
        self.left_out.push(self.end);
        self.end = to;
        true
    }
}

fn far_end(wall: ImportedWall, end: Point) -> Point {
    if wall.a == end { wall.b } else { wall.a }
}

/// Whether `middle` lies between the two and within one unit of the straight line.
fn is_straight(from: Point, middle: Point, to: Point) -> bool {
    let (whole, first, second) = (from_to(from, to), from_to(from, middle), from_to(middle, to));
    let cross = i128::from(whole.0 * first.1 - whole.1 * first.0);
    let length_squared = i128::from(whole.0 * whole.0 + whole.1 * whole.1);
    dot(whole, first) > 0 && dot(whole, second) > 0 && cross * cross <= length_squared
}

fn dot(a: (i64, i64), b: (i64, i64)) -> i64 {
    a.0 * b.0 + a.1 * b.1
}

fn from_to(from: Point, to: Point) -> (i64, i64) {
    (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y))
}

fn distance_squared(a: Point, b: Point) -> i64 {
    let across = from_to(a, b);
    dot(across, across)
}

fn square(units: i32) -> i64 {
    i64::from(units) * i64::from(units)
}

fn is_longer(a: Point, b: Point, units: i32) -> bool {
    distance_squared(a, b) > square(units)
}

fn is_same(a: Point, b: Point) -> bool {
    a.x.abs_diff(b.x).max(a.y.abs_diff(b.y)) <= SAME_POINT_UNITS.unsigned_abs()
}

fn is_on_border(point: Point, size: Point) -> bool {
    point.x == 0 || point.y == 0 || point.x == size.x || point.y == size.y
}
