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
        for corner in self.corners.iter().copied().filter(|corner| view.is_corner(*corner)) {
            let angle = view.angle(corner);
            angles.extend([angle - BESIDE, angle, angle + BESIDE]);
        }
        let frame = [(0, 0), (self.size.x, 0), (self.size.x, self.size.y), (0, self.size.y)];
        angles.extend(frame.map(|(x, y)| view.angle(Point { x, y })));
        // Enough directions that the polygon winds around the eye, and that an arc looks round.
        let count = if reach == Reach::Unlimited { 8 } else { CIRCLE_POINTS };
        angles.extend((0..count).map(|part| f64::from(part) * TAU / f64::from(count)));
        for angle in angles.iter_mut() {
            *angle = angle.rem_euclid(TAU);
        }
        angles.sort_unstable_by(f64::total_cmp);
        let mut vertices: Vec<Point> = angles.iter().map(|angle| view.ray(*angle)).collect();
        tidy(&mut vertices);
        Polygon { vertices }
    }
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

    /// Where a ray ends: at an obstacle, at the reach, or at the edge of the scene.
    fn ray(&self, angle: f64) -> Point {
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
        let mut length = to_edge(self.eye.x, size.x, dx).min(to_edge(self.eye.y, size.y, dy));
        if let Reach::Radius(radius) = self.reach {
            length = length.min(f64::from(radius));
        }
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the scene")]
        let at = |from: i32, delta: f64, most: i32| ((f64::from(from) + delta).round() as i32).clamp(0, most);
        let end = Point { x: at(self.eye.x, dx * length, size.x), y: at(self.eye.y, dy * length, size.y) };
        if end == self.eye {
            return end;
        }
        let nearest = self.walls.first(self.eye, end, self.channel, self.gates, false);
        nearest.map_or(end, |t| between(self.eye, end, t))
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
