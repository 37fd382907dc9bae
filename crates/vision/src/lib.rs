//! Sight and movement among walls, on an exact integer grid.
//!
//! [`Walls`] is prepared once for a set of segments and shared; [`Walls::edit`] puts segments in and takes them out where
//! they are. Doors are [`Gates`], a bit each, given with every query, so that opening one changes nothing. Start reading
//! at [`Walls::visible_from`]: the walls are cut where they meet (`arrangement`), triangulated (`mesh`, `builder`, and
//! `edit` for changes), and sight spreads through the triangles (`expansion`) to an outline (`polygon`). Questions about
//! one line walk a grid of buckets. Either way the cost follows what lies on the way, not how many walls there are.
//!
//! Rules, held to by tests:
//! - All answers are exact; nothing is snapped or moved. Where a place lies between points of the grid it is a fraction
//!   (`exact`), and only corners of an outline are rounded, once.
//! - An outline is a function of the eye and of the walls in sight. Walls behind others, the order in which walls were
//!   given and how they are cut leave no trace in its bytes.
//! - [`Walls::sees`] counts ties as hidden: a line that touches a wall, even at its end, is blocked. Only the eye's own
//!   place is exempt: a wall through the eye blocks the lines that continue on or along it, so an eye on a wall sees
//!   neither through it nor along it, but both its sides.
//! - A closed gate is a wall; an open one is not there.

mod arrangement;
mod buckets;
mod builder;
mod edit;
mod exact;
mod expansion;
mod mesh;
mod polygon;

use arrangement::Arrangement;
use buckets::Buckets;
use exact::orientation;
pub use expansion::Scratch;
use expansion::{Expansion, Sector};
use mesh::Mesh;
use polygon::Outline;
pub use polygon::Polygon;

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

/// What a segment does to each channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blocks {
    stopped: u8,
    limited: u8,
}

impl Blocks {
    /// Nothing.
    pub const NOTHING: Self = Self { stopped: 0, limited: 0 };
    /// A wall.
    pub const ALL: Self = Self { stopped: 0b111, limited: 0 };
    /// A window, or an invisible barrier.
    pub const MOVEMENT: Self = Self::of(Channel::Movement);
    /// A terrain wall: stops movement; sight and light go past one, but not past a second.
    pub const TERRAIN: Self = Self { stopped: 0b010, limited: 0b101 };

    /// Stops one channel.
    pub const fn of(channel: Channel) -> Self {
        Self { stopped: 1 << channel as u8, limited: 0 }
    }

    /// Lets one channel past once, but not past a second such segment.
    pub const fn limit(channel: Channel) -> Self {
        Self { stopped: 0, limited: 1 << channel as u8 }
    }

    /// Stops what either stops, and limits what either limits.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { stopped: self.stopped | other.stopped, limited: self.limited | other.limited }
    }

    const fn stops(self, channel: Channel) -> bool {
        self.stopped & (1 << channel as u8) != 0
    }

    const fn limits(self, channel: Channel) -> bool {
        self.limited & (1 << channel as u8) != 0
    }

    const fn is_free(self, channel: Channel) -> bool {
        !self.stops(channel) && !self.limits(channel)
    }
}

/// From which side a segment counts, as one walks from its first end to its second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// From both.
    #[default]
    Both,
    /// Only what comes from its right: seen from the left it is not there.
    Right,
    /// Only what comes from its left.
    Left,
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
    /// From which side.
    pub side: Side,
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

/// How far and where sight reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// To the edge of the scene.
    Unlimited,
    /// To this distance, in units.
    Radius(i32),
    /// To this distance, and only between two directions: clockwise on screen from the first to the second, all around
    /// if they are the same. A direction is a vector of any length but zero, each part below 2³⁰.
    Cone {
        /// The distance, in units.
        radius: i32,
        /// Where the cone begins.
        from: (i32, i32),
        /// Where it ends.
        to: (i32, i32),
    },
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
    /// The walls could not be brought into a plane graph.
    #[error("the walls could not be prepared for sight")]
    NotPlanar,
}

/// Edits after which all is prepared anew: so many, and a quarter of the segments.
const EDITS_MIN: usize = 64;

/// A set of walls, ready for queries.
#[derive(Clone, Debug)]
pub struct Walls {
    /// By number; nothing where one was taken out, or has no length.
    segments: Vec<Option<Segment>>,
    /// Numbers that are free again.
    free: Vec<u32>,
    buckets: Buckets,
    graph: Arrangement,
    mesh: Mesh,
    size: Point,
    /// How many segments came or went since all was prepared.
    edits: usize,
}

impl Walls {
    /// Prepares segments of a scene that reaches from the origin to `size`. Each has its place in the list for a number.
    /// Zero-length segments are as good as none; crossing, touching and overlapping ones are taken as they are.
    pub fn new(segments: &[Segment], size: Point) -> Result<Self, WallsError> {
        if segments.len() > SEGMENTS_MAX {
            return Err(WallsError::TooMany(segments.len()));
        }
        if !fits(size) || !segments.iter().all(is_in_bounds) {
            return Err(WallsError::OutOfBounds);
        }
        let segments = segments.iter().map(|segment| (segment.a != segment.b).then_some(*segment));
        Self::prepare(segments.collect(), Vec::new(), size)
    }

    fn prepare(segments: Vec<Option<Segment>>, free: Vec<u32>, size: Point) -> Result<Self, WallsError> {
        let mut all: Vec<Segment> = segments.iter().flatten().copied().collect();
        all.extend(edges_of_scene(size));
        let with_edges = Buckets::new((0u32..).zip(&all), size);
        let (mut graph, ends) = Arrangement::new(&all, &with_edges).ok_or(WallsError::NotPlanar)?;
        let mesh = Mesh::new(&mut graph.nodes, &ends).ok_or(WallsError::NotPlanar)?;
        let numbered = segments
            .iter()
            .enumerate()
            .filter_map(|(index, segment)| Some((u32::try_from(index).ok()?, segment.as_ref()?)));
        let buckets = Buckets::new(numbered, size);
        Ok(Self { segments, free, buckets, graph, mesh, size, edits: 0 })
    }

    /// Takes segments out by their numbers, puts others in, and gives the numbers of these. What that costs follows what
    /// lies on their way. Numbers that stand for nothing are ignored.
    ///
    /// After an error the set is not to be used any more, but for one of bounds or of count, which changes nothing.
    pub fn edit(&mut self, out: &[u32], into: &[Segment]) -> Result<Vec<u32>, WallsError> {
        let count = self.segments.len() - self.free.len() + into.len();
        if count > SEGMENTS_MAX {
            return Err(WallsError::TooMany(count));
        }
        if !into.iter().all(is_in_bounds) {
            return Err(WallsError::OutOfBounds);
        }
        self.edits += out.len() + into.len();
        let mut is_whole = self.edits <= EDITS_MIN.max(count / 4);
        for number in out {
            let Some(slot) = self.segments.get_mut(*number as usize) else { continue };
            let Some(segment) = slot.take() else { continue };
            self.free.push(*number);
            is_whole = is_whole && self.withdraw(&segment).is_some();
        }
        let mut numbers = Vec::with_capacity(into.len());
        for segment in into {
            let number = self.number();
            numbers.push(number);
            if segment.a == segment.b {
                continue;
            }
            self.segments[number as usize] = Some(*segment);
            is_whole = is_whole && self.buckets.hold(segment);
            if is_whole {
                self.buckets.add(number, segment);
                is_whole = edit::insert(&mut self.graph, &mut self.mesh, segment).is_some();
            }
        }
        if !is_whole {
            let (segments, free) = (std::mem::take(&mut self.segments), std::mem::take(&mut self.free));
            *self = Self::prepare(segments, free, self.size)?;
        }
        Ok(numbers)
    }

    /// A number for a segment that comes.
    fn number(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.segments.push(None);
            u32::try_from(self.segments.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn withdraw(&mut self, segment: &Segment) -> Option<()> {
        let Self { segments, buckets, graph, mesh, size, .. } = self;
        edit::remove(graph, mesh, segment, |from, to| {
            let mut near = Vec::new();
            buckets.walk(from, to, |bucket, _| {
                near.extend_from_slice(bucket);
                false
            });
            near.sort_unstable();
            near.dedup();
            let walls = near.into_iter().filter_map(|index| *segments.get(index as usize)?);
            walls.chain(edges_of_scene(*size)).collect()
        })
    }

    /// The polygon that an eye sees, within the scene and the reach. Empty for an eye outside the scene, and if it cannot
    /// be computed: then nothing is seen.
    pub fn visible_from(
        &self,
        eye: Point,
        channel: Channel,
        reach: Reach,
        gates: &Gates,
        scratch: &mut Scratch,
    ) -> Polygon {
        let (radius, sector) = match reach {
            Reach::Unlimited => (None, None),
            Reach::Radius(radius) => (Some(radius), None),
            Reach::Cone { radius, from, to } => (Some(radius), Some(Sector { from, to })),
        };
        let sector = sector.filter(|sector| !sector.is_whole());
        let is_inside = (0..=self.size.x).contains(&eye.x) && (0..=self.size.y).contains(&eye.y);
        if !is_inside || radius.is_some_and(|radius| radius <= 0) {
            return Polygon::default();
        }
        let Self { graph, mesh, size, .. } = self;
        let expansion = Expansion { graph, mesh, eye, channel, radius, gates };
        let Some(is_closed) = expansion.run(*size, sector, scratch) else { return Polygon::default() };
        let outline = Outline { graph, eye, size: *size, radius, is_closed };
        outline.polygon(scratch).unwrap_or_default()
    }

    /// The walls and the edges of the scene, cut where they meet, crossings rounded to the grid.
    pub fn pieces(&self) -> impl Iterator<Item = (Point, Point)> {
        self.mesh.walls()
    }

    /// Whether a line from the eye reaches a point, end included, without touching what stops the channel.
    pub fn sees(&self, eye: Point, point: Point, channel: Channel, gates: &Gates) -> bool {
        if eye == point {
            return true;
        }
        let mut limit: Option<&Segment> = None;
        let mut is_free = true;
        self.buckets.walk(eye, point, |bucket, _| {
            for index in bucket {
                let Some((segment, is_limit)) = self.stands(*index, eye, channel, gates) else { continue };
                if meets(eye, point, segment).is_none() {
                    continue;
                }
                let first = *limit.get_or_insert(segment);
                // Along a line all of it is met; across it two walls of one line are one.
                let is_once = is_limit && is_on_line(first, segment) && !runs_along(eye, point, segment);
                is_free = is_free && is_once;
            }
            !is_free
        });
        is_free
    }

    /// The first obstacle on the way from one point to another. Starting on a wall is allowed as long as the way leads
    /// off it.
    pub fn first_hit(&self, from: Point, to: Point, channel: Channel, gates: &Gates) -> Option<Hit> {
        if from == to {
            return None;
        }
        let mut nearest: Option<f64> = None;
        let mut limits: Vec<(f64, &Segment)> = Vec::new();
        self.buckets.walk(from, to, |bucket, reached| {
            for index in bucket {
                let Some((segment, is_limit)) = self.stands(*index, from, channel, gates) else { continue };
                let Some(t) = meets(from, to, segment) else { continue };
                let stop = if is_limit && !runs_along(from, to, segment) {
                    limits.push((t, segment));
                    second(&limits)
                } else {
                    Some(t)
                };
                nearest = nearest.into_iter().chain(stop).reduce(f64::min);
            }
            // A hit beyond this bucket may be preceded by one in the next.
            nearest.is_some_and(|nearest| nearest <= reached)
        });
        nearest.map(|t| Hit { t })
    }

    /// A segment, if it does something to what comes from a point, and whether it only limits.
    fn stands(&self, index: u32, from: Point, channel: Channel, gates: &Gates) -> Option<(&Segment, bool)> {
        let segment = self.segments.get(index as usize)?.as_ref()?;
        let counts = !segment.blocks.is_free(channel)
            && segment.gate.is_none_or(|gate| !gates.is_open(gate))
            && match segment.side {
                Side::Both => true,
                Side::Right => orientation(segment.a, segment.b, from) >= 0,
                Side::Left => orientation(segment.a, segment.b, from) <= 0,
            };
        counts.then(|| (segment, !segment.blocks.stops(channel)))
    }
}

fn fits(point: Point) -> bool {
    point.x.abs() <= COORDINATE_MAX && point.y.abs() <= COORDINATE_MAX
}

fn is_in_bounds(segment: &Segment) -> bool {
    fits(segment.a) && fits(segment.b)
}

/// Where the second of the lines that limit is met.
fn second(limits: &[(f64, &Segment)]) -> Option<f64> {
    let (_, first) = limits.iter().min_by(|one, other| one.0.total_cmp(&other.0))?;
    limits.iter().filter(|(_, other)| !is_on_line(first, other)).map(|(t, _)| *t).reduce(f64::min)
}

fn is_on_line(one: &Segment, other: &Segment) -> bool {
    orientation(one.a, one.b, other.a) == 0 && orientation(one.a, one.b, other.b) == 0
}

fn runs_along(from: Point, to: Point, segment: &Segment) -> bool {
    orientation(from, to, segment.a) == 0 && orientation(from, to, segment.b) == 0
}

/// Where every line of sight ends.
fn edges_of_scene(size: Point) -> impl Iterator<Item = Segment> {
    let corners = [(0, 0), (size.x, 0), (size.x, size.y), (0, size.y)].map(|(x, y)| Point { x, y });
    let edges = corners.into_iter().zip(corners.into_iter().cycle().skip(1));
    let edges = edges.filter(|(a, b)| a != b);
    edges.map(|(a, b)| Segment { a, b, blocks: Blocks::ALL, gate: None, side: Side::Both })
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
