//! The outline of what an eye sees: from the pieces of an expansion to corners on the grid.
//!
//! A corner is where the line of a wall in sight meets a ray from the eye, computed from the walls as they were given and
//! rounded once, exactly. Pieces of one line are one, corners on a straight line are left out, and the first corner is the
//! leftmost. So the corners follow from the eye and the walls in sight alone: what lies behind them, in which order walls
//! were given and how they are cut leaves no trace.

use std::f64::consts::TAU;

use crate::Point;
use crate::exact::{CROSSING, Line, Nodes, orientation};
use crate::expansion::{GAP, Piece, Ray, Scratch};
use crate::mesh::NONE;

/// Directions on a whole circle where sight ends in the open.
const CIRCLE_POINTS: i64 = 96;
/// Cosine and sine of the directions of a quarter turn, times 2^30: constants, so that every platform has the same.
const QUARTER: [(i64, i64); 24] = [
    (1_073_741_824, 0),
    (1_071_442_860, 70_226_075),
    (1_064_555_814, 140_151_432),
    (1_053_110_176, 209_476_638),
    (1_037_154_959, 277_904_834),
    (1_016_758_484, 345_142_998),
    (992_008_094, 410_903_207),
    (963_009_773, 474_903_865),
    (929_887_697, 536_870_912),
    (892_783_698, 596_538_995),
    (851_856_663, 653_652_607),
    (807_281_846, 707_967_178),
    (759_250_125, 759_250_125),
    (707_967_178, 807_281_846),
    (653_652_607, 851_856_663),
    (596_538_995, 892_783_698),
    (536_870_912, 929_887_697),
    (474_903_865, 963_009_773),
    (410_903_207, 992_008_094),
    (345_142_998, 1_016_758_484),
    (277_904_834, 1_037_154_959),
    (209_476_638, 1_053_110_176),
    (140_151_432, 1_064_555_814),
    (70_226_075, 1_071_442_860),
];

/// A star-shaped polygon around the eye, clockwise on screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Polygon {
    vertices: Vec<Point>,
    gates: Vec<u32>,
}

impl Polygon {
    /// Its corners, in order of angle, from the leftmost one on. Empty if the eye sees nothing.
    pub fn vertices(&self) -> &[Point] {
        &self.vertices
    }

    /// The gates that had a say in it, ascending: while none of them opens or shuts, the polygon stays.
    pub fn gates(&self) -> &[u32] {
        &self.gates
    }

    /// Whether a point lies inside, border excluded but for its upper and left edges.
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

/// What an outline is made of.
pub(crate) struct Outline<'a> {
    pub(crate) nodes: &'a Nodes,
    pub(crate) lines: &'a [Line],
    pub(crate) eye: Point,
    /// The scene's lower right corner; rounded points of a circle are kept from lying beyond its edges.
    pub(crate) size: Point,
    pub(crate) radius: Option<i32>,
    /// Whether the pieces go all the way round; else the eye itself is a corner.
    pub(crate) is_closed: bool,
}

impl Outline<'_> {
    /// The polygon of an expansion's pieces.
    pub(crate) fn polygon(&self, scratch: &mut Scratch) -> Option<Polygon> {
        let Scratch { pieces, corners, gates, .. } = scratch;
        if self.is_closed
            && let [first, .., last] = pieces.as_mut_slice()
            && first.line == last.line
        {
            (first.first, first.first_is_end) = (last.first, last.first_is_end);
            pieces.pop();
        }
        corners.clear();
        match self.radius {
            None => {
                corners.reserve(pieces.len() * 2);
                for piece in pieces.iter() {
                    let [first, last] = self.ends(piece)?;
                    corners.push(first);
                    corners.push(last);
                }
            }
            Some(radius) => {
                self.round(pieces, radius, corners)?;
                corners.iter_mut().for_each(|corner| *corner = self.within(*corner));
            }
        }
        if !self.is_closed && !corners.is_empty() {
            corners.push(self.eye);
        }
        Some(Polygon { vertices: tidied(corners), gates: gates.clone() })
    }

    fn within(&self, point: Point) -> Point {
        Point { x: point.x.clamp(0, self.size.x), y: point.y.clamp(0, self.size.y) }
    }

    /// The direction of a ray, the same for all places on it.
    fn direction(&self, ray: Ray) -> (i32, i32) {
        if ray.node & CROSSING == 0 || ray.node == NONE {
            return shortened(ray.x, ray.y);
        }
        let place = self.nodes.place(ray.node);
        let from_eye = |at: i128, eye: i32| at - i128::from(eye) * place.w;
        shortened_exactly(from_eye(place.x, self.eye.x), from_eye(place.y, self.eye.y))
    }

    /// Where a piece of a wall begins and ends.
    #[inline]
    fn ends(&self, piece: &Piece) -> Option<[Point; 2]> {
        if piece.line == GAP {
            return Some([self.eye; 2]);
        }
        let line = self.lines.get(piece.line as usize)?;
        let at = |ray: Ray, is_end: bool| {
            if is_end {
                Some(Point { x: self.eye.x + ray.x, y: self.eye.y + ray.y })
            } else if ray.node & CROSSING == 0 || ray.node == NONE {
                line.meets(self.eye, (ray.x, ray.y))
            } else {
                line.meets_way_to(self.eye, self.nodes.place(ray.node))
            }
        };
        Some([at(piece.first, piece.first_is_end)?, at(piece.last, piece.last_is_end)?])
    }

    /// The outline within a radius.
    fn round(&self, pieces: &[Piece], radius: i32, corners: &mut Vec<Point>) -> Option<()> {
        let mut spans: Vec<Span> = Vec::with_capacity(pieces.len() + 8);
        for piece in pieces {
            if piece.line == GAP {
                Span::add(&mut spans, Span::Line(self.eye, self.eye));
            } else if piece.line == NONE {
                Span::add(&mut spans, Span::Arc(self.direction(piece.first), self.direction(piece.last)));
            } else {
                self.cut(piece, radius, &mut spans)?;
            }
        }
        if self.is_closed
            && let [Span::Arc(first, _), .., Span::Arc(last, _)] = spans.as_mut_slice()
        {
            *first = *last;
            spans.pop();
        }
        let circle = Circle { middle: self.eye, radius };
        if self.is_closed && matches!(spans.as_slice(), [Span::Arc(..)]) {
            // Nothing stands within the radius: where the first piece began tells nothing.
            corners.extend((0..CIRCLE_POINTS).map(|index| circle.at(unit(index))));
            return Some(());
        }
        for span in spans {
            match span {
                Span::Line(from, to) => corners.extend([from, to]),
                Span::Arc(from, to) => circle.arc(from, to, corners),
            }
        }
        Some(())
    }

    /// Cuts a piece of a wall where it leaves the circle.
    fn cut(&self, piece: &Piece, radius: i32, spans: &mut Vec<Span>) -> Option<()> {
        let line = self.lines.get(piece.line as usize)?;
        let [from, to] = self.ends(piece)?;
        let is_near = |point: Point| {
            let (x, y) =
                (i64::from(point.x) - i64::from(self.eye.x), i64::from(point.y) - i64::from(self.eye.y));
            x * x + y * y <= i64::from(radius) * i64::from(radius)
        };
        if is_near(from) && is_near(to) {
            Span::add(spans, Span::Line(from, to));
            return Some(());
        }
        let (dx, dy) = (f64::from(line.dx), f64::from(line.dy));
        let length = (dx * dx + dy * dy).sqrt();
        // Seen clockwise a line runs forward if the eye lies to its right.
        #[expect(clippy::cast_precision_loss, reason = "a distance in units")]
        let height = line.height(self.eye) as f64 / length;
        let forward = if height > 0.0 { 1.0 } else { -1.0 };
        let (ux, uy) = (dx / length * forward, dy / length * forward);
        let along = |point: Point| {
            let (x, y) = (f64::from(point.x - self.eye.x), f64::from(point.y - self.eye.y));
            x * ux + y * uy
        };
        let (start, end) = (along(from), along(to));
        let half = f64::from(radius) * f64::from(radius) - height * height;
        let half = if half > 0.0 { half.sqrt() } else { 0.0 };
        let whole = (self.direction(piece.first), self.direction(piece.last));
        if half == 0.0 || end <= -half || start >= half {
            Span::add(spans, Span::Arc(whole.0, whole.1));
            return Some(());
        }
        #[expect(clippy::cast_possible_truncation, reason = "on a circle whose radius is in bounds")]
        let point = |along: f64| {
            // The foot of the perpendicular from the eye lies to its left.
            let (fx, fy) = (uy * height.abs(), -ux * height.abs());
            let at = |middle: i32, foot: f64, unit: f64| {
                (f64::from(middle) + (foot + unit * along).round()) as i32
            };
            self.within(Point { x: at(self.eye.x, fx, ux), y: at(self.eye.y, fy, uy) })
        };
        let to_direction = |point: Point| (point.x - self.eye.x, point.y - self.eye.y);
        let first = if start < -half { point(-half) } else { from };
        let last = if end > half { point(half) } else { to };
        if start < -half {
            Span::add(spans, Span::Arc(whole.0, to_direction(first)));
        }
        Span::add(spans, Span::Line(first, last));
        if end > half {
            Span::add(spans, Span::Arc(to_direction(last), whole.1));
        }
        Some(())
    }
}

/// A direction, shortened so that all points of the grid on one ray give the same.
fn shortened(x: i32, y: i32) -> (i32, i32) {
    if x == 0 && y == 0 {
        return (1, 0);
    }
    let (mut a, mut b) = (x.unsigned_abs(), y.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i32::try_from(a).unwrap_or(1).max(1);
    (x / divisor, y / divisor)
}

/// The same for exact places on one ray: a direction that no pair of small numbers gives is scaled and rounded.
#[cold]
fn shortened_exactly(x: i128, y: i128) -> (i32, i32) {
    let (mut a, mut b) = (x.unsigned_abs(), y.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i128::try_from(a).unwrap_or(1).max(1);
    if let (Ok(x), Ok(y)) = (i32::try_from(x / divisor), i32::try_from(y / divisor)) {
        return shortened(x, y);
    }
    let longer = i128::try_from(x.unsigned_abs().max(y.unsigned_abs())).unwrap_or(i128::MAX);
    let scaled = |part: i128| i32::try_from(((part << 31) / longer + 1) >> 1).unwrap_or(0);
    (scaled(x), scaled(y))
}

#[derive(Clone, Copy, Debug)]
enum Span {
    Line(Point, Point),
    Arc((i32, i32), (i32, i32)),
}

impl Span {
    fn add(spans: &mut Vec<Self>, span: Self) {
        match (spans.last_mut(), span) {
            (Some(Self::Arc(_, end)), Self::Arc(_, to)) => *end = to,
            _ => spans.push(span),
        }
    }
}

struct Circle {
    middle: Point,
    radius: i32,
}

impl Circle {
    /// The points of an arc, clockwise on screen: its ends, and those directions between that every circle has.
    fn arc(&self, from: (i32, i32), to: (i32, i32), corners: &mut Vec<Point>) {
        corners.push(self.towards(from));
        #[expect(clippy::cast_possible_truncation, reason = "an angle in parts of a turn")]
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let near = (f64::from(from.1).atan2(f64::from(from.0)) / TAU * CIRCLE_POINTS as f64).floor() as i64;
        // The angle is rough; what counts is on which side of the first direction a direction exactly lies.
        let Some(first) = (near - 1..near + 4).find(|index| turns(from, unit(*index)) > 0) else { return };
        let is_whole = turns(from, to) == 0 && goes_same_way(from, to);
        for index in first..first + CIRCLE_POINTS {
            let way = unit(index);
            let is_past = if is_whole { index >= first + CIRCLE_POINTS } else { !is_between(from, way, to) };
            if is_past {
                break;
            }
            corners.push(self.at(way));
        }
        corners.push(self.towards(to));
    }

    fn at(&self, (x, y): (i64, i64)) -> Point {
        let along = |middle: i32, part: i64| {
            let moved = (i64::from(self.radius) * part + (1 << 29)) >> 30;
            i32::try_from(i64::from(middle) + moved).unwrap_or(middle)
        };
        Point { x: along(self.middle.x, x), y: along(self.middle.y, y) }
    }

    fn towards(&self, (x, y): (i32, i32)) -> Point {
        let (dx, dy) = (f64::from(x), f64::from(y));
        let part = f64::from(self.radius) / (dx * dx + dy * dy).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "on a circle whose radius is in bounds")]
        let at = |middle: i32, delta: f64| (f64::from(middle) + (delta * part).round()) as i32;
        Point { x: at(self.middle.x, dx), y: at(self.middle.y, dy) }
    }
}

/// A direction that every circle has, times 2^30.
fn unit(index: i64) -> (i64, i64) {
    let index = index.rem_euclid(CIRCLE_POINTS);
    let (x, y) = QUARTER[usize::try_from(index % 24).unwrap_or(0)];
    match index / 24 {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    }
}

/// Positive if the second direction is less than half a turn clockwise of the first.
fn turns(one: (i32, i32), other: impl Into<Wide>) -> i128 {
    let Wide(x, y) = other.into();
    i128::from(one.0) * i128::from(y) - i128::from(one.1) * i128::from(x)
}

fn goes_same_way(one: (i32, i32), other: (i32, i32)) -> bool {
    i64::from(one.0) * i64::from(other.0) + i64::from(one.1) * i64::from(other.1) > 0
}

/// Whether a direction lies strictly between two others, clockwise from the first.
fn is_between(from: (i32, i32), way: (i64, i64), to: (i32, i32)) -> bool {
    let (after, before) = (turns(from, way) > 0, turns(to, way) < 0);
    match turns(from, to).signum() {
        1 => after && before,
        // Half a turn: the other half is not meant.
        0 => after,
        _ => after || before,
    }
}

struct Wide(i64, i64);

impl From<(i32, i32)> for Wide {
    fn from((x, y): (i32, i32)) -> Self {
        Self(x.into(), y.into())
    }
}

impl From<(i64, i64)> for Wide {
    fn from((x, y): (i64, i64)) -> Self {
        Self(x, y)
    }
}

/// A ring without repeated corners and those on a straight line between their neighbours (there and back included), from
/// its leftmost, uppermost corner on.
fn tidied(ring: &mut Vec<Point>) -> Vec<Point> {
    drop_repeated(ring);
    let is_straight = |before: &Point, at: &Point, after: &Point| orientation(*before, *at, *after) == 0;
    let [first, second, .., last_but_one, last] = ring.as_slice() else {
        return if ring.len() == 3 { simplified(ring) } else { Vec::new() };
    };
    let closes = is_straight(last_but_one, last, first) | is_straight(last, first, second);
    let straight = ring.windows(3).fold(closes, |any, corners| match corners {
        [a, b, c] => any | is_straight(a, b, c),
        _ => any,
    });
    if straight {
        return simplified(ring);
    }
    let (head, tail) = ring.split_at(leftmost(ring));
    [tail, head].concat()
}

/// Drops corners that repeat the one before them, around the ring.
fn drop_repeated(ring: &mut Vec<Point>) {
    let Some(mut before) = ring.last().copied() else { return };
    let mut kept = 0;
    for index in 0..ring.len() {
        let corner = ring[index];
        ring[kept] = corner;
        kept += usize::from(corner != before);
        before = corner;
    }
    ring.truncate(kept);
}

/// [`tidied`] for a ring in which something is straight.
fn simplified(ring: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(ring.len());
    let is_needless = |before: Point, at: Point, after: Point| {
        at == before || at == after || orientation(before, at, after) == 0
    };
    let (head, tail) = ring.split_at(leftmost(ring));
    for corner in tail.iter().chain(head).copied() {
        while let [.., before, last] = kept.as_slice()
            && is_needless(*before, *last, corner)
        {
            kept.pop();
        }
        kept.push(corner);
    }
    // Where the ring closes.
    let mut start = 0;
    loop {
        match kept.get(start..).unwrap_or_default() {
            [first, .., before, last] if is_needless(*before, *last, *first) => {
                kept.pop();
            }
            [first, second, .., last] if is_needless(*last, *first, *second) => start += 1,
            _ => break,
        }
    }
    kept.drain(..start);
    if kept.len() < 3 {
        kept.clear();
    }
    let start = leftmost(&kept);
    kept.rotate_left(start);
    kept
}

/// The index of the leftmost, uppermost corner; of several at one place, of the one whose successors are.
fn leftmost(ring: &[Point]) -> usize {
    // One comparison for both coordinates.
    let key = |corner: &Point| i64::from(corner.x) << 32 | (i64::from(corner.y) - i64::from(i32::MIN));
    let Some(least) = ring.iter().map(key).min() else { return 0 };
    let is_least = |corner: &Point| key(corner) == least;
    let first = ring.iter().position(is_least).unwrap_or(0);
    if !ring[first + 1..].iter().any(is_least) {
        return first;
    }
    let place = ring[first];
    let from = |start: usize| ring[start..].iter().chain(&ring[..start]);
    let starts = (0..ring.len()).filter(|index| ring[*index] == place);
    starts.min_by(|one, other| from(*one).cmp(from(*other))).unwrap_or(0)
}
