//! Places that walls define, and exact questions about them.
//!
//! A [`Node`] is an end of a wall, which lies on the grid, or a crossing of two walls, which in general does not. Of a
//! crossing both the nearest point of the grid and the exact place (a fraction) are kept. Predicates look at grid
//! points first and know how far that can mislead; only when the answer is within that error do they compute with big
//! integers (an adaptive predicate in the sense of Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast
//! Robust Geometric Predicates", 1997, on integers). So every answer is exact and nothing is ever moved.

use num_bigint::{BigInt, Sign};

use crate::Point;

/// A node's number. The highest bit tells crossings, so that the common case needs no look-up.
pub(crate) type NodeId = u32;

/// Set in the number of a node that is a crossing.
pub(crate) const CROSSING: NodeId = 1 << 31;

/// An exact place, `(x / w, y / w)`; `w` is positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fraction {
    pub(crate) x: i128,
    pub(crate) y: i128,
    pub(crate) w: i128,
}

impl Fraction {
    /// The nearest point of the grid; halves go up.
    fn rounded(self) -> Option<Point> {
        let at = |value: i128| i32::try_from((2 * value + self.w).div_euclid(2 * self.w)).ok();
        Some(Point { x: at(self.x)?, y: at(self.y)? })
    }
}

impl From<Point> for Fraction {
    fn from(point: Point) -> Self {
        Self { x: point.x.into(), y: point.y.into(), w: 1 }
    }
}

/// All nodes of a set of walls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    /// Of each node the nearest point of the grid, which is the place itself unless it is a crossing.
    ends: Vec<Point>,
    crossings: Vec<(Point, Fraction)>,
}

impl Nodes {
    pub(crate) fn push_end(&mut self, point: Point) -> NodeId {
        self.ends.push(point);
        number(self.ends.len() - 1)
    }

    pub(crate) fn push_crossing(&mut self, place: Fraction) -> Option<NodeId> {
        self.crossings.push((place.rounded()?, place));
        Some(number(self.crossings.len() - 1) | CROSSING)
    }

    /// Takes the newest crossing back.
    pub(crate) fn pop_crossing(&mut self) {
        self.crossings.pop();
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() + self.crossings.len()
    }

    pub(crate) fn end_count(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = NodeId> {
        let ends = (0..self.ends.len()).map(number);
        ends.chain((0..self.crossings.len()).map(|index| number(index) | CROSSING))
    }

    /// The nearest point of the grid.
    #[inline]
    pub(crate) fn at(&self, node: NodeId) -> Point {
        if node & CROSSING == 0 {
            self.ends[node as usize]
        } else {
            self.crossings[(node & !CROSSING) as usize].0
        }
    }

    pub(crate) fn place(&self, node: NodeId) -> Fraction {
        if node & CROSSING == 0 {
            self.ends[node as usize].into()
        } else {
            self.crossings[(node & !CROSSING) as usize].1
        }
    }

    /// On which side of the way from `a` to `b` a node `c` lies: 1 to the right on screen, -1 to the left, 0 on it.
    pub(crate) fn side(&self, a: NodeId, b: NodeId, c: NodeId) -> i32 {
        let rough = orientation(self.at(a), self.at(b), self.at(c));
        if (a | b | c) & CROSSING == 0 || rough.abs() > doubt(self.at(a), self.at(b), self.at(c)) {
            return sign(rough);
        }
        exact_side(self.place(a), self.place(b), self.place(c))
    }

    /// [`Nodes::side`] as seen from a point of the grid.
    pub(crate) fn side_from(&self, eye: Point, b: NodeId, c: NodeId) -> i32 {
        let rough = orientation(eye, self.at(b), self.at(c));
        if (b | c) & CROSSING == 0 || rough.abs() > doubt(eye, self.at(b), self.at(c)) {
            return sign(rough);
        }
        exact_side(eye.into(), self.place(b), self.place(c))
    }

    /// On which side of a direction from a point of the grid a node lies.
    pub(crate) fn side_of_direction(&self, eye: Point, (x, y): (i32, i32), node: NodeId) -> i32 {
        let place = self.place(node);
        let (eye_x, eye_y) = (i128::from(eye.x) * place.w, i128::from(eye.y) * place.w);
        exact_sign(&(BigInt::from(place.y - eye_y) * x - BigInt::from(place.x - eye_x) * y))
    }

    /// Whether two nodes are the same place.
    pub(crate) fn same(&self, one: NodeId, place: Fraction) -> bool {
        let own = self.place(one);
        let equal = |a: i128, b: i128| BigInt::from(a) * place.w == BigInt::from(b) * own.w;
        equal(own.x, place.x) && equal(own.y, place.y)
    }
}

/// Twice the area of a triangle; positive if `c` lies to the right of the way from `a` to `b` (y grows downwards).
#[inline]
pub(crate) fn orientation(a: Point, b: Point, c: Point) -> i64 {
    let wide = |value: i32| i64::from(value);
    (wide(b.x) - wide(a.x)) * (wide(c.y) - wide(a.y)) - (wide(b.y) - wide(a.y)) * (wide(c.x) - wide(a.x))
}

/// How far an orientation may be off if its three points stand for places up to half a unit away on each axis: every
/// difference may be off by one.
fn doubt(a: Point, b: Point, c: Point) -> i64 {
    let apart = |one: i32, other: i32| (i64::from(one) - i64::from(other)).abs();
    apart(b.x, a.x) + apart(b.y, a.y) + apart(c.x, a.x) + apart(c.y, a.y) + 2
}

fn sign(value: i64) -> i32 {
    value.signum() as i32
}

fn exact_side(a: Fraction, b: Fraction, c: Fraction) -> i32 {
    let big = |value: i128| BigInt::from(value);
    let minor = |p: i128, q: i128, r: i128, s: i128| big(p) * s - big(q) * r;
    let area =
        minor(b.y, b.w, c.y, c.w) * a.x - minor(b.x, b.w, c.x, c.w) * a.y + minor(b.x, b.y, c.x, c.y) * a.w;
    exact_sign(&area)
}

fn exact_sign(value: &BigInt) -> i32 {
    match value.sign() {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

/// A straight line, the same for all segments on it: points with `dx * y - dy * x == c`, `(dx, dy)` without common
/// divisor and pointing right, or down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Line {
    pub(crate) dx: i32,
    pub(crate) dy: i32,
    pub(crate) c: i64,
}

impl Line {
    /// The line through two points that are not the same.
    pub(crate) fn through(a: Point, b: Point) -> Self {
        let (dx, dy) = (i64::from(b.x) - i64::from(a.x), i64::from(b.y) - i64::from(a.y));
        let divisor = greatest_divisor(dx.unsigned_abs(), dy.unsigned_abs());
        let divisor = if dx < 0 || (dx == 0 && dy < 0) { -divisor } else { divisor };
        let (dx, dy) = (dx / divisor, dy / divisor);
        let c = dx * i64::from(a.y) - dy * i64::from(a.x);
        #[expect(clippy::cast_possible_truncation, reason = "coordinates are bounded by COORDINATE_MAX")]
        Self { dx: dx as i32, dy: dy as i32, c }
    }

    /// On which side a point lies: positive to the right of the line's direction on screen.
    #[inline]
    pub(crate) fn height(self, point: Point) -> i64 {
        i64::from(self.dx) * i64::from(point.y) - i64::from(self.dy) * i64::from(point.x) - self.c
    }

    /// Where two lines that are not parallel meet.
    pub(crate) fn crossing(self, other: Self) -> Fraction {
        let wide = |value: i64| i128::from(value);
        let w = i128::from(self.dx) * i128::from(other.dy) - i128::from(self.dy) * i128::from(other.dx);
        let x = wide(self.c) * i128::from(other.dx) - wide(other.c) * i128::from(self.dx);
        let y = wide(self.c) * i128::from(other.dy) - wide(other.c) * i128::from(self.dy);
        if w < 0 { Fraction { x: -x, y: -y, w: -w } } else { Fraction { x, y, w } }
    }

    /// The point of the grid nearest to where the way from the eye in a direction meets this line; `None` if they are
    /// parallel. Halves go up. Exact: doubles decide only what they cannot get wrong.
    #[inline]
    pub(crate) fn meets(self, eye: Point, (x, y): (i32, i32)) -> Option<Point> {
        let below = i64::from(self.dx) * i64::from(y) - i64::from(self.dy) * i64::from(x);
        let above = -self.height(eye);
        if below == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "the loss is part of the bound below")]
        let part = above as f64 / below as f64;
        // Five roundings of relative size 2^-53 on less than 2^31: off by less than 2^-19.
        let near = |from: i32, delta: i32| {
            let at = f64::from(delta) * part + 0.5;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "towards zero is meant; what is too large is refused below"
            )]
            let towards_zero = at as i64;
            #[expect(clippy::cast_precision_loss, reason = "less than 2^32")]
            let rest = at - towards_zero as f64;
            let (down, rest) = if rest < 0.0 { (towards_zero - 1, rest + 1.0) } else { (towards_zero, rest) };
            (at.abs() < 2e9 && rest > 1e-5 && rest < 1.0 - 1e-5).then(|| i64::from(from) + down)
        };
        let exact = |from: i32, delta: i32| {
            let (above, below) = if below < 0 { (-above, -below) } else { (above, below) };
            let (above, below) = (i128::from(above), i128::from(below));
            let rounded = (2 * i128::from(delta) * above + below).div_euclid(2 * below);
            i64::try_from(i128::from(from) + rounded).ok()
        };
        let at = |from: i32, delta: i32| {
            let at = near(from, delta).or_else(|| exact(from, delta))?;
            i32::try_from(at).ok()
        };
        Some(Point { x: at(eye.x, x)?, y: at(eye.y, y)? })
    }

    /// [`Line::meets`] for the way through an exact place.
    pub(crate) fn meets_way_to(self, eye: Point, through: Fraction) -> Option<Point> {
        let big = |value: i128| BigInt::from(value);
        let x = through.x - i128::from(eye.x) * through.w;
        let y = through.y - i128::from(eye.y) * through.w;
        let below = big(y) * self.dx - big(x) * self.dy;
        if below.sign() == Sign::NoSign {
            return None;
        }
        let above = BigInt::from(-self.height(eye));
        let (above, below) = if below.sign() == Sign::Minus { (-above, -below) } else { (above, below) };
        let at = |from: i32, delta: i128| {
            let (twice, rest) = (big(delta) * &above * 2 + &below, &below * 2);
            let quotient = &twice / &rest;
            let floor = if &quotient * &rest > twice { quotient - 1 } else { quotient };
            i32::try_from(floor + from).ok()
        };
        Some(Point { x: at(eye.x, x)?, y: at(eye.y, y)? })
    }
}

fn greatest_divisor(mut a: u64, mut b: u64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1).max(1)
}

fn number(index: usize) -> NodeId {
    u32::try_from(index).unwrap_or(u32::MAX >> 1)
}
