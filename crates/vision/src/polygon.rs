//! The outline of what an eye sees: from the pieces of an expansion to corners on the grid.
//!
//! A corner is where the line of a wall in sight meets a ray from the eye, computed from the walls as they were given and
//! rounded once, exactly. Pieces of one line are one, corners on a straight line are left out, and the first corner is the
//! leftmost. So the corners follow from the eye and the walls in sight alone: what lies behind them, in which order walls
//! were given and how they are cut leaves no trace.

use std::f64::consts::TAU;

use crate::Point;
use crate::arrangement::Arrangement;
use crate::exact::{CROSSING, orientation};
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
    pub(crate) graph: &'a Arrangement,
    pub(crate) eye: Point,
    /// The scene's lower right corner; rounded points of a circle are kept from lying beyond its edges.
    pub(crate) size: Point,
    pub(crate) radius: Option<i32>,
    /// Whether the pieces go all the way round; else the eye itself is a corner.
    pub(crate) is_closed: bool,
}

impl Outline<'_> {
    /// The polygon of an expansion: its corners, or those of its pieces within a radius.
    pub(crate) fn polygon(&self, scratch: &mut Scratch) -> Option<Polygon> {
        let Scratch { pieces, corners, gates, .. } = scratch;
        if let Some(radius) = self.radius {
            if self.is_closed
                && let [first, .., last] = pieces.as_mut_slice()
                && first.line == last.line
                && first.line < GAP
            {
                (first.first, first.first_is_end) = (last.first, last.first_is_end);
                pieces.pop();
            }
            self.round(pieces, radius, corners)?;
            corners.iter_mut().for_each(|corner| *corner = self.within(*corner));
            if !self.is_closed && !corners.is_empty() {
                corners.push(self.eye);
            }
        }
        Some(Polygon { vertices: tidied(corners), gates: gates.clone() })
    }

    fn within(&self, point: Point) -> Point {
        Point { x: point.x.clamp(0, self.size.x), y: point.y.clamp(0, self.size.y) }
    }

    /// The direction of a ray; once shortened it is the same for all places on it.
    fn direction(&self, ray: Ray) -> (i32, i32) {
        if ray.node & CROSSING == 0 || ray.node == NONE {
            return (ray.x, ray.y);
        }
        let place = self.graph.nodes.place(ray.node);
        let from_eye = |at: i128, eye: i32| at - i128::from(eye) * place.w;
        shortened_exactly(from_eye(place.x, self.eye.x), from_eye(place.y, self.eye.y))
    }

    /// Where a piece of a wall begins and ends.
    #[inline]
    fn ends(&self, piece: &Piece) -> Option<[Point; 2]> {
        if piece.line == GAP {
            return Some([self.eye; 2]);
        }
        let at = |ray: Ray, is_end: bool| {
            if is_end {
                Some(Point { x: self.eye.x + ray.x, y: self.eye.y + ray.y })
            } else {
                self.graph.meets(piece.line, self.eye, ray)
            }
        };
        Some([at(piece.first, piece.first_is_end)?, at(piece.last, piece.last_is_end)?])
    }

    /// The outline within a radius.
    fn round(&self, pieces: &[Piece], radius: i32, corners: &mut Vec<Point>) -> Option<()> {
        let mut spans: Vec<Span> = Vec::with_capacity(pieces.len() + 8);
        for piece in pieces {
            if piece.line == GAP {
                spans.push(Span::Line(self.eye, self.eye));
            } else if piece.line == NONE {
                spans.push(Span::Arc(self.direction(piece.first), self.direction(piece.last)));
            } else {
                self.cut(piece, radius, &mut spans)?;
            }
        }
        let circle = Circle { middle: self.eye, radius };
        let is_line = |span: &Span| matches!(span, Span::Line(..));
        if self.is_closed {
            let Some(first) = spans.iter().position(is_line) else {
                // Nothing stands within the radius: where the first piece began tells nothing.
                corners.extend((0..CIRCLE_POINTS).map(|index| circle.at(unit(index))));
                return Some(());
            };
            // Arcs at the end go on with those at the beginning.
            spans.rotate_left(first);
        }
        for run in spans.chunk_by(|one, next| is_line(one) == is_line(next)) {
            if let [Span::Arc(from, _), ..] = run {
                let ends = run.iter().filter_map(|span| match span {
                    Span::Arc(_, to) => Some(*to),
                    Span::Line(..) => None,
                });
                circle.arc(*from, ends, corners);
            }
            for span in run {
                if let Span::Line(from, to) = span {
                    push(corners, *from);
                    push(corners, *to);
                }
            }
        }
        Some(())
    }

    /// Cuts a piece of a wall where it leaves the circle.
    fn cut(&self, piece: &Piece, radius: i32, spans: &mut Vec<Span>) -> Option<()> {
        let line = self.graph.lines.get(piece.line as usize)?;
        let [from, to] = self.ends(piece)?;
        let is_near = |point: Point| {
            let (x, y) =
                (i64::from(point.x) - i64::from(self.eye.x), i64::from(point.y) - i64::from(self.eye.y));
            x * x + y * y <= i64::from(radius) * i64::from(radius)
        };
        if is_near(from) && is_near(to) {
            spans.push(Span::Line(from, to));
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
            spans.push(Span::Arc(whole.0, whole.1));
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
            spans.push(Span::Arc(whole.0, to_direction(first)));
        }
        spans.push(Span::Line(first, last));
        if end > half {
            spans.push(Span::Arc(to_direction(last), whole.1));
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

struct Circle {
    middle: Point,
    radius: i32,
}

impl Circle {
    /// The points of arcs that follow each other, clockwise on screen: where the first begins and the last ends, and those
    /// directions between that every circle has. Each arc is less than half a turn; an end that rounding put before what is
    /// drawn already adds nothing.
    fn arc(&self, from: (i32, i32), ends: impl Iterator<Item = (i32, i32)>, corners: &mut Vec<Point>) {
        let from = shortened(from.0, from.1);
        push(corners, self.towards(from));
        #[expect(clippy::cast_possible_truncation, reason = "an angle in parts of a turn")]
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let near = (f64::from(from.1).atan2(f64::from(from.0)) / TAU * CIRCLE_POINTS as f64).floor() as i64;
        // The angle is rough; what counts is on which side of the first direction a direction exactly lies.
        let Some(first) = (near - 1..near + 4).find(|index| turns(from, unit(*index)) > 0) else { return };
        let mut ways = (first..first + CIRCLE_POINTS).map(unit).peekable();
        let (mut drawn, mut last, mut newest) = (from, from, None);
        for to in ends {
            last = to;
            if turns(drawn, to) <= 0 {
                continue;
            }
            while let Some(way) = ways.next_if(|way| turns(drawn, *way) > 0 && turns(to, *way) <= 0) {
                if let Some(before) = newest.replace(way) {
                    push(corners, self.at(before));
                }
            }
            drawn = to;
        }
        // The end is told exactly, even if it is such a direction.
        if let Some(way) = newest
            && turns(last, way) != 0
        {
            push(corners, self.at(way));
        }
        push(corners, self.towards(shortened(last.0, last.1)));
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
    // The last piece of a closed outline ends where the first begins.
    if ring.first() == ring.last() {
        ring.pop();
    }
    let [.., before, mut at] = *ring.as_slice() else { return Vec::new() };
    let way =
        |from: Point, to: Point| (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
    // One look at each corner: whether anything is straight, repeated corners included, and where the least one is.
    let mut straight = false;
    let mut came = way(before, at);
    let (mut least, mut start, mut is_once) = (i64::MAX, 0, true);
    for (index, after) in ring.iter().enumerate() {
        let goes = way(at, *after);
        straight |= came.0 * goes.1 == came.1 * goes.0;
        (came, at) = (goes, *after);
        let key = order(after);
        if key <= least {
            is_once = key < least;
            (least, start) = (key, index);
        }
    }
    if straight {
        drop_repeated(ring);
        return simplified(ring);
    }
    if !is_once {
        start = leftmost(ring);
    }
    let (head, tail) = ring.split_at(start);
    let mut tidied = Vec::with_capacity(ring.len());
    tidied.extend_from_slice(tail);
    tidied.extend_from_slice(head);
    tidied
}

/// Adds a corner that does not repeat the last one.
#[inline]
pub(crate) fn push(corners: &mut Vec<Point>, corner: Point) {
    if corners.last() != Some(&corner) {
        corners.push(corner);
    }
}

/// From left to right, then from top to bottom: one comparison for both coordinates.
fn order(corner: &Point) -> i64 {
    i64::from(corner.x) << 32 | (i64::from(corner.y) - i64::from(i32::MIN))
}

/// Drops corners that repeat the one before them, around the ring.
fn drop_repeated(ring: &mut Vec<Point>) {
    ring.dedup();
    while let [first, .., last] = ring.as_slice()
        && first == last
    {
        ring.pop();
    }
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
    let Some(least) = ring.iter().map(order).min() else { return 0 };
    let is_least = |corner: &Point| order(corner) == least;
    let first = ring.iter().position(is_least).unwrap_or(0);
    if !ring[first + 1..].iter().any(is_least) {
        return first;
    }
    let place = ring[first];
    let from = |start: usize| ring[start..].iter().chain(&ring[..start]);
    let starts = (0..ring.len()).filter(|index| ring[*index] == place);
    starts.min_by(|one, other| from(*one).cmp(from(*other))).unwrap_or(0)
}
