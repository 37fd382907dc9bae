//! Sight and movement among walls, on an exact integer grid.
//!
//! [`Walls`] is built once for a set of segments and shared; doors are [`Gates`], a bit each, given with every query,
//! so that opening one rebuilds nothing. Queries walk a uniform grid of buckets and stop at the first obstacle, so
//! their cost follows what lies on the way, not how many walls there are.
//!
//! Rules, held to by tests:
//! - [`Walls::sees`] is exact. A line that touches a wall, even at its end, is blocked: ties count as hidden. Only the
//!   eye's own place is exempt: a wall through the eye blocks the lines that continue on or along it, so an eye on a
//!   wall sees neither through it nor along it, but both its sides.
//! - [`Walls::visible_from`] gives a star-shaped polygon for drawing. What a viewer is told of is decided by `sees`.
//! - A closed gate is a wall; an open one is not there.

mod buckets;
mod polygon;

use buckets::Buckets;
pub use polygon::{Polygon, Scratch};

/// Coordinates lie within this distance of the origin: 8,192 cells of 2¹⁶ units, and a frame around them.
pub const COORDINATE_MAX: i32 = (8_192 + 64) << 16;
/// Segments of one set.
pub const SEGMENTS_MAX: usize = 200_000;

/// A position, in units of 2⁻¹⁶ cell; x to the right, y downwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

/// What a query is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// What eyes see.
    Sight,
    /// Where tokens walk.
    Movement,
    /// Where light falls.
    Light,
}

/// The channels that a segment stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blocks(u8);

impl Blocks {
    /// A wall.
    pub const ALL: Self = Self(0b111);
    /// A window, or an invisible barrier.
    pub const MOVEMENT: Self = Self(0b010);

    const fn stops(self, channel: Channel) -> bool {
        self.0 & (1 << channel as u8) != 0
    }
}

/// A piece of a wall, or a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// What it stops.
    pub blocks: Blocks,
    /// The gate that opens it.
    pub gate: Option<u32>,
}

/// Which gates are open. All are shut at first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gates {
    open: Vec<u64>,
}

impl Gates {
    /// Opens or shuts a gate.
    pub fn set(&mut self, gate: u32, open: bool) {
        let (word, bit) = (gate as usize / 64, gate % 64);
        if word >= self.open.len() {
            self.open.resize(word + 1, 0);
        }
        if open {
            self.open[word] |= 1 << bit;
        } else {
            self.open[word] &= !(1 << bit);
        }
    }

    /// Whether a gate is open.
    pub fn is_open(&self, gate: u32) -> bool {
        self.open.get(gate as usize / 64).is_some_and(|word| word & (1 << (gate % 64)) != 0)
    }
}

/// How far sight reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// To the edge of the scene.
    Unlimited,
    /// To this distance, in units.
    Radius(i32),
}

/// Where a line meets an obstacle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hit {
    /// The part of the line before it, 0 to 1.
    pub t: f64,
}

/// The walls cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WallsError {
    /// A coordinate lies too far out.
    #[error("a wall lies more than {COORDINATE_MAX} units from the origin")]
    OutOfBounds,
    /// More than [`SEGMENTS_MAX`].
    #[error("{0} segments; at most {SEGMENTS_MAX} are taken")]
    TooMany(usize),
}

/// A set of walls, ready for queries.
#[derive(Debug)]
pub struct Walls {
    segments: Vec<Segment>,
    buckets: Buckets,
    /// Where a polygon's outline can have a corner: ends and crossings of segments.
    corners: Vec<Point>,
    size: Point,
}

impl Walls {
    /// Prepares segments of a scene that reaches from the origin to `size`. Zero-length segments are dropped; crossing,
    /// touching and overlapping ones are taken as they are.
    pub fn new(segments: &[Segment], size: Point) -> Result<Self, WallsError> {
        if segments.len() > SEGMENTS_MAX {
            return Err(WallsError::TooMany(segments.len()));
        }
        let fits = |point: Point| point.x.abs() <= COORDINATE_MAX && point.y.abs() <= COORDINATE_MAX;
        if !segments.iter().all(|segment| fits(segment.a) && fits(segment.b)) || !fits(size) {
            return Err(WallsError::OutOfBounds);
        }
        let segments: Vec<_> = segments.iter().copied().filter(|segment| segment.a != segment.b).collect();
        let buckets = Buckets::new(&segments, size);
        let corners = polygon::corners(&segments, &buckets);
        Ok(Self { segments, buckets, corners, size })
    }

    /// Whether a line from the eye reaches a point, end included, without touching what stops the channel.
    pub fn sees(&self, eye: Point, point: Point, channel: Channel, gates: &Gates) -> bool {
        eye == point || self.first(eye, point, channel, gates, true).is_none()
    }

    /// The first obstacle on the way from one point to another. Starting on a wall is allowed as long as the way leads
    /// off it.
    pub fn first_hit(&self, from: Point, to: Point, channel: Channel, gates: &Gates) -> Option<Hit> {
        if from == to {
            return None;
        }
        self.first(from, to, channel, gates, false).map(|t| Hit { t })
    }

    fn stands(&self, index: u32, channel: Channel, gates: &Gates) -> Option<&Segment> {
        let segment = &self.segments[index as usize];
        let shut = segment.gate.is_none_or(|gate| !gates.is_open(gate));
        (shut && segment.blocks.stops(channel)).then_some(segment)
    }

    /// The first obstacle on a line and the parameter at which it is met.
    fn nearest(&self, from: Point, to: Point, channel: Channel, gates: &Gates) -> Option<(f64, Segment)> {
        let mut nearest: Option<(f64, Segment)> = None;
        self.buckets.walk(from, to, |bucket, reached| {
            for index in bucket {
                let Some(segment) = self.stands(*index, channel, gates) else { continue };
                if let Some(t) = meets(from, to, segment)
                    && nearest.is_none_or(|(first, _)| t < first)
                {
                    nearest = Some((t, *segment));
                }
            }
            nearest.is_some_and(|(first, _)| first <= reached)
        });
        nearest
    }

    /// The smallest parameter at which a line meets an obstacle; with `any`, that of whichever is found.
    fn first(&self, from: Point, to: Point, channel: Channel, gates: &Gates, any: bool) -> Option<f64> {
        let mut nearest: Option<f64> = None;
        self.buckets.walk(from, to, |bucket, reached| {
            for index in bucket {
                let Some(segment) = self.stands(*index, channel, gates) else { continue };
                if let Some(t) = meets(from, to, segment) {
                    nearest = Some(nearest.map_or(t, |nearest| nearest.min(t)));
                    if any {
                        return true;
                    }
                }
            }
            // A hit beyond this bucket may be preceded by one in the next.
            nearest.is_some_and(|nearest| nearest <= reached)
        });
        nearest
    }
}

/// Twice the area of a triangle; positive if `c` lies to the right of the way from `a` to `b` (y grows downwards).
pub(crate) fn orientation(a: Point, b: Point, c: Point) -> i64 {
    let wide = |value: i32| i64::from(value);
    (wide(b.x) - wide(a.x)) * (wide(c.y) - wide(a.y)) - (wide(b.y) - wide(a.y)) * (wide(c.x) - wide(a.x))
}

/// Where a line meets a segment, exact but for the rounding of the result. A segment through the start counts if the
/// line goes on along it.
fn meets(from: Point, to: Point, segment: &Segment) -> Option<f64> {
    let (a, b) = (segment.a, segment.b);
    let (side_a, side_b) = (orientation(from, to, a), orientation(from, to, b));
    if side_a.signum() * side_b.signum() > 0 {
        return None;
    }
    if side_a == 0 && side_b == 0 {
        return along(from, to, a, b);
    }
    let (start, end) = (orientation(a, b, from), orientation(a, b, to));
    if start.signum() * end.signum() > 0 || start == 0 {
        // The whole line lies to one side, or it starts on the segment and leads off it.
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "the ratio needs no more than a double holds")]
    Some(start as f64 / (start as f64 - end as f64))
}

/// A segment on the same straight line.
fn along(from: Point, to: Point, a: Point, b: Point) -> Option<f64> {
    let wide = |value: i32| i64::from(value);
    let (dx, dy) = (wide(to.x) - wide(from.x), wide(to.y) - wide(from.y));
    let at = |point: Point| (wide(point.x) - wide(from.x)) * dx + (wide(point.y) - wide(from.y)) * dy;
    let whole = dx * dx + dy * dy;
    let (near, far) = (at(a).min(at(b)), at(a).max(at(b)));
    if far <= 0 || near > whole {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "the ratio needs no more than a double holds")]
    Some(near.max(0) as f64 / whole as f64)
}

#[cfg(test)]
mod tests;
