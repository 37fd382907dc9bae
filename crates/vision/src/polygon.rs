//! The visibility polygon: rays at every corner that the eye sees, and just beside it.
//!
//! The outline of what an eye sees has its corners at ends and crossings of walls in sight, and where the lines past
//! those meet the next wall. So a ray goes to each corner in sight and one to each side of it; sorted by angle their
//! ends are the polygon (the method of de Berg et al., Computational Geometry, chapter 15, with rays for the sweep).

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use crate::buckets::Buckets;
use crate::{Channel, Gates, Point, Reach, Segment, Walls, orientation};

/// The angle between a corner and the rays beside it: less than a pixel at any size of scene.
const BESIDE: f64 = 1e-5;
/// A hit this close to a corner is the corner.
const CORNER_UNITS: f64 = 64.0;
/// Points on a whole circle where sight ends in the open.
const CIRCLE_POINTS: u32 = 96;

/// A star-shaped polygon around the eye, clockwise on screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Polygon {
    vertices: Vec<Point>,
}

impl Polygon {
    /// Its corners, in order of angle.
    pub fn vertices(&self) -> &[Point] {
        &self.vertices
    }

    /// Whether a point lies inside, border excluded.
    pub fn contains(&self, point: Point) -> bool {
        let mut inside = false;
        let mut last = match self.vertices.last() {
            Some(last) => *last,
            None => return false,
        };
        for vertex in &self.vertices {
            let (low, high) = if last.y <= vertex.y { (last, *vertex) } else { (*vertex, last) };
            if low.y <= point.y && point.y < high.y && orientation(low, high, point) > 0 {
                inside = !inside;
            }
            last = *vertex;
        }
        inside
    }
}

/// Memory that is used again from query to query.
#[derive(Debug, Default)]
pub struct Scratch {
    angles: Vec<f64>,
}

/// Ends and crossings of segments, each once.
pub(crate) fn corners(segments: &[Segment], buckets: &Buckets) -> Vec<Point> {
    let mut corners: BTreeSet<Point> = segments.iter().flat_map(|segment| [segment.a, segment.b]).collect();
    for (index, segment) in (0u32..).zip(segments) {
        buckets.walk(segment.a, segment.b, |near, _| {
            corners.extend(
                near.iter()
                    .filter(|other| **other > index)
                    .filter_map(|other| crossing(segment, &segments[*other as usize])),
            );
            false
        });
    }
    corners.into_iter().collect()
}

/// Where two segments cross or touch inside both, rounded to the grid.
fn crossing(one: &Segment, other: &Segment) -> Option<Point> {
    let (a, b) = (orientation(other.a, other.b, one.a), orientation(other.a, other.b, one.b));
    let (c, d) = (orientation(one.a, one.b, other.a), orientation(one.a, one.b, other.b));
    let apart = a.signum() * b.signum() > 0 || c.signum() * d.signum() > 0;
    if apart || a == b {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "rounded to the grid below")]
    let t = a as f64 / (a as f64 - b as f64);
    Some(between(one.a, one.b, t))
}

fn between(from: Point, to: Point, t: f64) -> Point {
    #[expect(clippy::cast_possible_truncation, reason = "lies between two points of the grid")]
    let at = |from: i32, to: i32| (f64::from(from) + (f64::from(to) - f64::from(from)) * t).round() as i32;
    Point { x: at(from.x, to.x), y: at(from.y, to.y) }
}

impl Walls {
    /// The polygon that an eye sees, within the scene and the reach. Empty for an eye outside the scene.
    pub fn visible_from(
        &self,
        eye: Point,
        channel: Channel,
        reach: Reach,
        gates: &Gates,
        scratch: &mut Scratch,
    ) -> Polygon {
        let inside = (0..=self.size.x).contains(&eye.x) && (0..=self.size.y).contains(&eye.y);
        if !inside {
            return Polygon::default();
        }
        let view = Viewpoint { walls: self, eye, channel, reach, gates };
        let angles = &mut scratch.angles;
        angles.clear();
        let mut corners_in_sight: BTreeSet<Point> = BTreeSet::new();
        for corner in self.corners.iter().copied().filter(|corner| view.is_corner(*corner)) {
            corners_in_sight.insert(corner);
            let angle = view.angle(corner);
            angles.extend([angle - BESIDE, angle, angle + BESIDE]);
        }
        let frame = [(0, 0), (self.size.x, 0), (self.size.x, self.size.y), (0, self.size.y)];
        for corner in frame.map(|(x, y)| Point { x, y }) {
            corners_in_sight.insert(corner);
            angles.push(view.angle(corner));
        }
        // Enough directions that the polygon winds around the eye, and that an arc looks round.
        let count = if reach == Reach::Unlimited { 8 } else { CIRCLE_POINTS };
        angles.extend((0..count).map(|part| f64::from(part) * TAU / f64::from(count)));
        for angle in angles.iter_mut() {
            *angle = angle.rem_euclid(TAU);
        }
        angles.sort_unstable_by(f64::total_cmp);
        let ends: Vec<End> = angles.iter().map(|angle| view.ray(*angle)).collect();
        Polygon { vertices: outline(eye, &ends, &corners_in_sight) }
    }
}

/// Where a ray ends.
#[derive(Clone, Copy, Debug)]
struct End {
    at: Point,
    /// The straight line that it ends on; `None` where the reach ends.
    on: Option<Line>,
}

/// A straight line through two points, the same for all segments that lie on it.
#[derive(Clone, Copy, Debug)]
struct Line {
    a: Point,
    b: Point,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        orientation(self.a, self.b, other.a) == 0 && orientation(self.a, self.b, other.b) == 0
    }
}

impl Line {
    /// Where the line from the eye through a point meets this one, rounded to the grid; `None` if it runs beside it.
    fn meets(&self, eye: Point, through: Point) -> Option<Point> {
        let wide = |value: i32| i128::from(value);
        let (px, py) = (wide(through.x) - wide(eye.x), wide(through.y) - wide(eye.y));
        let (dx, dy) = (wide(self.b.x) - wide(self.a.x), wide(self.b.y) - wide(self.a.y));
        let below = px * dy - py * dx;
        let above = (wide(self.a.x) - wide(eye.x)) * dy - (wide(self.a.y) - wide(eye.y)) * dx;
        if below == 0 {
            return None;
        }
        let (above, below) = if below < 0 { (-above, -below) } else { (above, below) };
        let along = |from: i32, delta: i128| {
            i32::try_from(wide(from) + (2 * delta * above + below).div_euclid(2 * below)).ok()
        };
        Some(Point { x: along(eye.x, px)?, y: along(eye.y, py)? })
    }
}

/// The polygon of the ends of all rays. It is a function of the lines in sight and of the corners between them: what
/// lies on a line but is no corner of the outline (where a hidden wall touches it from behind) leaves no trace.
fn outline(eye: Point, ends: &[End], corners: &BTreeSet<Point>) -> Vec<Point> {
    // Runs of rays that end on one line. A corner itself belongs to no line: the rays beside it tell its lines.
    let mut runs: Vec<(Option<Line>, Point, Point)> = Vec::new();
    let mut between: Vec<Vec<Point>> = Vec::new();
    for end in ends {
        if corners.contains(&end.at) {
            match between.last_mut() {
                Some(joint) => joint.push(end.at),
                None => {
                    runs.push((None, end.at, end.at));
                    between.push(Vec::new());
                }
            }
            continue;
        }
        match runs.last_mut() {
            Some((line, _, last)) if line.is_some() && *line == end.on => {
                *last = end.at;
                // Corners that were passed on the way lie on the line and bound nothing.
                between.last_mut().into_iter().for_each(Vec::clear);
            }
            _ => {
                runs.push((end.on, end.at, end.at));
                between.push(Vec::new());
            }
        }
    }
    // The first run goes on where the last one ends.
    if let [(first, ..), .., (last, ..)] = runs.as_slice()
        && first.is_some()
        && first == last
        && let Some((_, start, _)) = runs.pop()
    {
        between.pop();
        if let Some(run) = runs.first_mut() {
            run.1 = start;
        }
    }
    let mut vertices = Vec::with_capacity(runs.len() * 2);
    for (index, (line, first, last)) in runs.iter().enumerate() {
        let before = between[(index + between.len() - 1) % between.len()].last();
        let after = &between[index];
        let bounded = |corner: Option<&Point>, end: Point| match (line, corner) {
            (Some(line), Some(corner)) => line.meets(eye, *corner).unwrap_or(end),
            (Some(_) | None, Some(_) | None) => end,
        };
        vertices.push(bounded(before, *first));
        vertices.push(bounded(after.first(), *last));
        vertices.extend(after);
    }
    tidy(&mut vertices);
    vertices
}

struct Viewpoint<'a> {
    walls: &'a Walls,
    eye: Point,
    channel: Channel,
    reach: Reach,
    gates: &'a Gates,
}

impl Viewpoint<'_> {
    fn angle(&self, point: Point) -> f64 {
        (f64::from(point.y) - f64::from(self.eye.y)).atan2(f64::from(point.x) - f64::from(self.eye.x))
    }

    /// Whether a corner is in reach and nothing stands before it.
    fn is_corner(&self, corner: Point) -> bool {
        let (dx, dy) =
            (f64::from(corner.x) - f64::from(self.eye.x), f64::from(corner.y) - f64::from(self.eye.y));
        let distance = dx.hypot(dy);
        let in_reach = match self.reach {
            Reach::Unlimited => true,
            Reach::Radius(radius) => distance <= f64::from(radius),
        };
        // Crossings are rounded to the grid, and a ray at a small angle to a wall meets it some units before the rounded
        // place: a hit so close to the corner is the corner itself. A thousandth of a cell is never seen.
        let nearest = self.walls.first(self.eye, corner, self.channel, self.gates, false);
        in_reach && corner != self.eye && nearest.is_none_or(|t| (1.0 - t) * distance <= CORNER_UNITS)
    }

    /// Where a ray ends: at an obstacle, at the reach, or at the edge of the scene. A hit close to a corner is the corner.
    fn ray(&self, angle: f64) -> End {
        let (dx, dy) = (angle.cos(), angle.sin());
        let to_edge = |at: i32, size: i32, delta: f64| {
            if delta > 0.0 {
                (f64::from(size) - f64::from(at)) / delta
            } else if delta < 0.0 {
                -f64::from(at) / delta
            } else {
                f64::INFINITY
            }
        };
        let size = self.walls.size;
        let (across, down) = (to_edge(self.eye.x, size.x, dx), to_edge(self.eye.y, size.y, dy));
        let mut length = across.min(down);
        let (low, right) = (Point { x: 0, y: 0 }, Point { x: size.x, y: 0 });
        let (lower, far) = (Point { x: 0, y: size.y }, size);
        let edge = match (across < down, dx > 0.0, dy > 0.0) {
            (true, true, _) => Line { a: right, b: far },
            (true, false, _) => Line { a: low, b: lower },
            (false, _, true) => Line { a: lower, b: far },
            (false, _, false) => Line { a: low, b: right },
        };
        let mut on = Some(edge);
        if let Reach::Radius(radius) = self.reach
            && f64::from(radius) < length
        {
            length = f64::from(radius);
            on = None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the scene")]
        let at = |from: i32, delta: f64, most: i32| ((f64::from(from) + delta).round() as i32).clamp(0, most);
        let end = Point { x: at(self.eye.x, dx * length, size.x), y: at(self.eye.y, dy * length, size.y) };
        if end == self.eye {
            return End { at: end, on };
        }
        match self.walls.nearest(self.eye, end, self.channel, self.gates) {
            Some((t, segment)) => {
                End { at: between(self.eye, end, t), on: Some(Line { a: segment.a, b: segment.b }) }
            }
            None => End { at: end, on },
        }
    }
}

/// Drops repeated points and those on a straight line between their neighbours (within a unit or two).
fn tidy(vertices: &mut Vec<Point>) {
    vertices.dedup();
    let mut kept: Vec<Point> = Vec::with_capacity(vertices.len());
    for vertex in vertices.iter().copied() {
        while let [.., before, last] = kept.as_slice()
            && straight(*before, *last, vertex)
        {
            kept.pop();
        }
        kept.push(vertex);
    }
    *vertices = kept;
}

fn straight(a: Point, b: Point, c: Point) -> bool {
    let length = (f64::from(c.x) - f64::from(a.x)).hypot(f64::from(c.y) - f64::from(a.y));
    #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
    let height = orientation(a, c, b) as f64 / length.max(1.0);
    let forward = (i64::from(b.x) - i64::from(a.x)) * (i64::from(c.x) - i64::from(b.x))
        + (i64::from(b.y) - i64::from(a.y)) * (i64::from(c.y) - i64::from(b.y))
        >= 0;
    forward && height.abs() < 2.0
}
