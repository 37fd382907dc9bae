//! Cutting lines at the border of the map.

use crate::geometry::Point;

/// What is left of a line on the map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clip {
    /// All of it.
    Whole,
    /// From here to there.
    Part(Point, Point),
    /// Nothing, or a single point on the border.
    Nothing,
}

/// Cuts the line from `a` to `b` at the border of a map that reaches from the origin to `size`.
///
/// A new end lies exactly on the border, and as near to the line as units allow. The points are
/// [in bounds](Point::in_bounds).
pub(super) fn clip(a: Point, b: Point, size: Point) -> Clip {
    if contains(size, a) && contains(size, b) {
        return Clip::Whole;
    }
    let line = Line { a, b };
    let (mut from, mut to) = (a, b);
    for (at, axis, keep) in [
        (0, Axis::X, Keep::Above),
        (size.x, Axis::X, Keep::Below),
        (0, Axis::Y, Keep::Above),
        (size.y, Axis::Y, Keep::Below),
    ] {
        match (keep.holds(axis.of(from), at), keep.holds(axis.of(to), at)) {
            (true, true) => {}
            (false, false) => return Clip::Nothing,
            (false, true) => from = line.cross(axis, at),
            (true, false) => to = line.cross(axis, at),
        }
    }
    // Rounding may have put the crossing with one side a unit beyond another.
    let (from, to) = (clamp(from, size), clamp(to, size));
    if from == to { Clip::Nothing } else { Clip::Part(from, to) }
}

/// Whether the point lies on the map or its border.
pub(super) fn contains(size: Point, point: Point) -> bool {
    (0..=size.x).contains(&point.x) && (0..=size.y).contains(&point.y)
}

fn clamp(point: Point, size: Point) -> Point {
    Point::new(point.x.clamp(0, size.x), point.y.clamp(0, size.y))
}

#[derive(Clone, Copy)]
enum Axis {
    X,
    Y,
}

impl Axis {
    fn of(self, point: Point) -> i32 {
        match self {
            Self::X => point.x,
            Self::Y => point.y,
        }
    }
}

#[derive(Clone, Copy)]
enum Keep {
    Above,
    Below,
}

impl Keep {
    fn holds(self, value: i32, at: i32) -> bool {
        match self {
            Self::Above => value >= at,
            Self::Below => value <= at,
        }
    }
}

/// The uncut line: every cut is taken from it, so that rounding does not add up.
struct Line {
    a: Point,
    b: Point,
}

impl Line {
    /// The point of the line whose coordinate on `axis` is `at`; the ends lie on different sides of it.
    fn cross(&self, axis: Axis, at: i32) -> Point {
        let (a, b) = (self.a, self.b);
        match axis {
            Axis::X => Point::new(at, between(a.y, b.y, i64::from(at) - i64::from(a.x), span(a.x, b.x))),
            Axis::Y => Point::new(between(a.x, b.x, i64::from(at) - i64::from(a.y), span(a.y, b.y)), at),
        }
    }
}

fn span(from: i32, to: i32) -> i64 {
    i64::from(to) - i64::from(from)
}

/// `from + (to - from) * part / whole`, rounded; `part` lies between 0 and `whole`.
fn between(from: i32, to: i32, part: i64, whole: i64) -> i32 {
    let product = i128::from(span(from, to)) * i128::from(part) * i128::from(whole.signum());
    let whole = i128::from(whole.abs()).max(1);
    let offset = (2 * product + whole).div_euclid(2 * whole);
    i32::try_from(i128::from(from) + offset).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Point = Point::new(100, 60);

    fn check(a: (i32, i32), b: (i32, i32), expected: Clip) {
        let (a, b) = (Point::from(a), Point::from(b));
        assert_eq!(clip(a, b, SIZE), expected);
        let turned = match expected {
            Clip::Part(from, to) => Clip::Part(to, from),
            other => other,
        };
        assert_eq!(clip(b, a, SIZE), turned, "the same the other way round");
    }

    fn part(a: (i32, i32), b: (i32, i32)) -> Clip {
        Clip::Part(a.into(), b.into())
    }

    #[test]
    fn a_line_on_the_map_or_along_its_border_stays_whole() {
        check((0, 0), (100, 60), Clip::Whole);
        check((0, 0), (0, 60), Clip::Whole);
        check((100, 60), (0, 60), Clip::Whole);
    }

    #[test]
    fn a_line_across_the_border_is_cut_exactly_on_it() {
        check((50, 30), (150, 30), part((50, 30), (100, 30)));
        check((-50, 30), (150, 30), part((0, 30), (100, 30)));
        check((50, -60), (50, 120), part((50, 0), (50, 60)));
        check((-10, 0), (30, 40), part((0, 10), (30, 40)));
        check((-20, -10), (200, 100), part((0, 0), (100, 50)));
    }

    #[test]
    fn a_line_off_the_map_or_at_one_corner_only_leaves_nothing() {
        check((-10, 5), (-1, 50), Clip::Nothing);
        check((-10, 10), (10, -10), Clip::Nothing);
        check((-30, 10), (10, -30), Clip::Nothing);
        check((100, 30), (150, 30), Clip::Nothing);
    }

    #[test]
    fn the_longest_lines_do_not_overflow() {
        let far = crate::geometry::CELLS_FROM_ORIGIN_MAX * crate::geometry::CELL;
        check((-far, -far), (far, far), part((0, 0), (60, 60)));
        check((-far, far), (far, -far), Clip::Nothing);
    }
}
