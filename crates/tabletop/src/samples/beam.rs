//! From a source of light to the samples on which it shines wholly.
//!
//! A sample counts if the light reaches every point inside it. That is asked of each sample for itself: whether it
//! counts follows from the walls between it and the source, and from no wall beside or behind it. So what a viewer is
//! told of a lit sample in sight cannot depend on a wall that is out of sight and casts no shadow there. All sums are
//! whole numbers.

use super::SAMPLE;
use super::raster::{Coverage, ceil};
use crate::geometry::Point;

/// Where a light is and where it shines, walls aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Beam {
    pub(crate) at: Point,
    /// How far it shines, in units.
    pub(crate) radius: i32,
    /// The part of the circle that it shines into; `None` for all of it.
    pub(crate) sector: Option<Sector>,
}

/// A part of a circle, between two directions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sector {
    /// The directions of its edges; clockwise on screen it goes from the first to the second.
    from: (i32, i32),
    to: (i32, i32),
    /// More than half of the circle.
    wide: bool,
}

impl Sector {
    /// The part of a circle around a direction, in degrees clockwise from north.
    pub(crate) fn new(direction: u32, half_angle: u32) -> Self {
        let edge = |degrees: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            #[expect(clippy::cast_possible_truncation, reason = "at most 2^22")]
            let long = |part: f64| (part * f64::from(1 << 22)).round() as i32;
            (long(sine), long(-cosine))
        };
        let (middle, half) = (f64::from(direction), f64::from(half_angle));
        Self { from: edge(middle - half), to: edge(middle + half), wide: half_angle > 90 }
    }

    /// Whether a point lies inside, given by its way from the middle of the circle; its edges do not count.
    fn holds(self, way: (i64, i64)) -> bool {
        let after = cross(wide(self.from), way) > 0;
        let before = cross(way, wide(self.to)) > 0;
        if self.wide { after || before } else { after && before }
    }
}

fn wide((x, y): (i32, i32)) -> (i64, i64) {
    (x.into(), y.into())
}

/// Positive if the second direction lies clockwise of the first.
fn cross(one: (i64, i64), other: (i64, i64)) -> i64 {
    one.0 * other.1 - one.1 * other.0
}

impl Beam {
    /// The way from the source to a point.
    fn way_to(&self, point: Point) -> (i64, i64) {
        (i64::from(point.x) - i64::from(self.at.x), i64::from(point.y) - i64::from(self.at.y))
    }

    /// Whether a point is near enough and on the right side. Its rim counts as dark; the source itself is always lit.
    pub(crate) fn holds(&self, point: Point) -> bool {
        let (x, y) = self.way_to(point);
        let radius = i64::from(self.radius);
        let near = x * x + y * y < radius * radius;
        (x, y) == (0, 0) || (near && self.sector.is_none_or(|sector| sector.holds((x, y))))
    }

    /// Whether a part of a segment lies within its radius.
    pub(crate) fn reaches(&self, a: Point, b: Point) -> bool {
        !farther_than(self.way_to(a), self.way_to(b), self.radius)
    }

    /// The corners of the box around it.
    pub(crate) fn bounds(&self) -> (Point, Point) {
        let (at, radius) = (self.at, self.radius);
        (
            Point::new(at.x.saturating_sub(radius), at.y.saturating_sub(radius)),
            Point::new(at.x.saturating_add(radius), at.y.saturating_add(radius)),
        )
    }
}

/// Points on one side of a straight line, the line included: those `p` with `toward × (p - from) >= 0`.
#[derive(Clone, Copy)]
struct Side {
    from: (i64, i64),
    toward: (i64, i64),
}

/// A convex part of the plane: what lies on all sides, with its corners (or, if it has none, a point of its edge).
struct Shade<'a> {
    sides: &'a [Side],
    corners: &'a [(i64, i64)],
}

/// The part of a horizontal line that a shade covers: from and to, each a ratio; `None` for no end.
type Ratio = (i64, i64);
struct Span {
    from: Option<Ratio>,
    to: Option<Ratio>,
}

fn less((a, b): Ratio, (c, d): Ratio) -> bool {
    i128::from(a) * i128::from(d) < i128::from(c) * i128::from(b)
}

impl Shade<'_> {
    /// Where the shade covers a horizontal line; `None` if nowhere.
    fn on_line(&self, y: i64) -> Option<Span> {
        let mut span = Span { from: None, to: None };
        for Side { from: (ox, oy), toward: (dx, dy) } in self.sides.iter().copied() {
            // dy · x <= dx · (y - oy) + dy · ox
            let most = dx * (y - oy) + dy * ox;
            if dy > 0 {
                let to = (most, dy);
                span.to = Some(span.to.filter(|held| less(*held, to)).unwrap_or(to));
            } else if dy < 0 {
                let from = (-most, -dy);
                span.from = Some(span.from.filter(|held| less(from, *held)).unwrap_or(from));
            } else if most < 0 {
                return None;
            }
        }
        let crossed = matches!((span.from, span.to), (Some(from), Some(to)) if less(to, from));
        (!crossed).then_some(span)
    }
}

impl Coverage {
    /// The samples of a scene on which a light shines wholly. Walls are given by their ends.
    pub(crate) fn of_beam(beam: &Beam, walls: impl Iterator<Item = (Point, Point)>, size: Point) -> Self {
        let (least, most) = beam.bounds();
        let last = |side: i32| ceil(side) * SAMPLE;
        let least = Point::new(least.x.max(0), least.y.max(0));
        let most = Point::new(most.x.min(last(size.x)), most.y.min(last(size.y)));
        if beam.radius <= 0 || least.x >= most.x || least.y >= most.y {
            return Self::within(Point::default(), Point::new(-SAMPLE, -SAMPLE));
        }
        let mut lit = Self::within(least, most);
        let mut dark = lit.clone();
        lit.fill_disc(beam.at, beam.radius);
        for (a, b) in walls {
            dark.shade_behind(beam, a, b);
        }
        if let Some(sector) = beam.sector {
            dark.shade_outside(beam, sector);
        }
        lit.subtract(&dark);
        lit
    }

    /// Adds the samples wholly in a disc.
    fn fill_disc(&mut self, at: Point, radius: i32) {
        let squared = i64::from(radius) * i64::from(radius);
        for row in self.row_numbers() {
            let upper = i64::from(row) * i64::from(SAMPLE) - i64::from(at.y);
            let farther = upper.abs().max((upper + i64::from(SAMPLE)).abs());
            let rest = squared - farther * farther;
            if rest < 0 {
                continue;
            }
            let half = i32::try_from(rest.isqrt()).unwrap_or(0);
            self.set(row, ceil(at.x - half), (at.x + half).div_euclid(SAMPLE));
        }
    }

    /// Adds the samples of which a wall takes the light, in whole or in part.
    fn shade_behind(&mut self, beam: &Beam, a: Point, b: Point) {
        if a == b || !beam.reaches(a, b) {
            return;
        }
        let (a, b) = (beam.way_to(a), beam.way_to(b));
        let turn = cross(a, b);
        if turn == 0 {
            self.shade_along(beam, a, b);
            return;
        }
        let (a, b) = if turn > 0 { (a, b) } else { (b, a) };
        let sides = [
            Side { from: (0, 0), toward: a },
            Side { from: (0, 0), toward: (-b.0, -b.1) },
            Side { from: a, toward: (a.0 - b.0, a.1 - b.1) },
        ];
        self.shade(beam.at, &Shade { sides: &sides, corners: &[a, b] });
    }

    /// The shadow of a wall that is seen from its end: the line that goes on along it.
    fn shade_along(&mut self, beam: &Beam, a: (i64, i64), b: (i64, i64)) {
        let dot = a.0 * b.0 + a.1 * b.1;
        let length = |way: (i64, i64)| way.0.abs().max(way.1.abs());
        let (near, far) = if length(a) <= length(b) { (a, b) } else { (b, a) };
        let place = |(x, y): (i64, i64)| {
            let at = |from: i32, way: i64| i32::try_from(i64::from(from) + way).ok();
            Some(Point::new(at(beam.at.x, x)?, at(beam.at.y, y)?))
        };
        let starts =
            if dot < 0 { [Some(((0, 0), near)), Some(((0, 0), far))] } else { [Some((near, far)), None] };
        for (start, toward) in starts.into_iter().flatten() {
            let times = 2 * i64::from(beam.radius) / length(toward).max(1) + 1;
            let end = (toward.0 * times, toward.1 * times);
            if let (Some(start), Some(end)) = (place(start), place(end)) {
                self.cross(start, end);
            }
        }
    }

    /// Adds the samples that do not lie wholly in a sector.
    fn shade_outside(&mut self, beam: &Beam, sector: Sector) {
        let (from, to) = (wide(sector.from), wide(sector.to));
        let before = Side { from: (0, 0), toward: (-from.0, -from.1) };
        let after = Side { from: (0, 0), toward: to };
        let corners = &[(0, 0)];
        if sector.wide {
            self.shade(beam.at, &Shade { sides: &[before, after], corners });
        } else {
            self.shade(beam.at, &Shade { sides: &[before], corners });
            self.shade(beam.at, &Shade { sides: &[after], corners });
        }
    }

    /// Adds the samples whose inside a shade touches; its places are counted from `origin`.
    fn shade(&mut self, origin: Point, shade: &Shade<'_>) {
        let line = |row: i32| i64::from(row) * i64::from(SAMPLE) - i64::from(origin.y);
        let rows = self.row_numbers();
        let mut upper = shade.on_line(line(rows.start));
        for row in rows {
            let lower = shade.on_line(line(row + 1));
            let (top, bottom) = (line(row), line(row + 1));
            let between = || shade.corners.iter().filter(|(_, y)| top < *y && *y < bottom).map(|(x, _)| *x);
            // A shade that meets one of the two lines only, and has no corner between them, does not go between them.
            if (upper.is_some() && lower.is_some()) || between().next().is_some() {
                let spans = || upper.iter().chain(&lower);
                let floor = |(units, each): Ratio| units.div_euclid(each);
                let starts = spans().map(|span| span.from.map_or(i64::MIN, floor)).chain(between());
                let ends =
                    spans().map(|span| span.to.map_or(i64::MAX, |(units, each)| -(-units).div_euclid(each)));
                let ends = ends.chain(between());
                let clamp = |units: i64| {
                    let units = units.saturating_add(origin.x.into());
                    i32::try_from(units.clamp(-i64::from(SAMPLE), i64::from(i32::MAX / 2))).unwrap_or(0)
                };
                if let (Some(start), Some(end)) = (starts.min(), ends.max()) {
                    self.set(row, clamp(start).div_euclid(SAMPLE), ceil(clamp(end)));
                }
            }
            upper = lower;
        }
    }
}

/// Whether a segment keeps a distance from the source.
fn farther_than(a: (i64, i64), b: (i64, i64), radius: i32) -> bool {
    let (ab, radius) = ((b.0 - a.0, b.1 - a.1), i128::from(radius));
    let square =
        |way: (i64, i64)| i128::from(way.0) * i128::from(way.0) + i128::from(way.1) * i128::from(way.1);
    let along = -(i128::from(a.0) * i128::from(ab.0) + i128::from(a.1) * i128::from(ab.1));
    if along <= 0 {
        return square(a) >= radius * radius;
    }
    if along >= square(ab) {
        return square(b) >= radius * radius;
    }
    let turn = i128::from(cross(a, b));
    turn * turn >= radius * radius * square(ab)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vision::{Blocks, Channel, Gates, Segment, Side as Facing, Walls};

    use super::*;

    /// A scene of 12 by 12 samples.
    const SIDE: i32 = 12;

    fn is_set(coverage: &Coverage, row: i32, column: i32) -> bool {
        coverage.rows().filter(|(y, ..)| *y == row).any(|(_, left, words)| {
            let bit = usize::try_from(column - left).unwrap_or(usize::MAX);
            words.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
        })
    }

    /// Points in whole, half and odd parts of samples, so that borders are met exactly, and some that are not.
    fn point() -> impl Strategy<Value = Point> {
        let along = || prop_oneof![3 => (0..=2 * SIDE).prop_map(|halves| halves * SAMPLE / 2), 1 => 0..=SIDE * SAMPLE];
        (along(), along()).prop_map(|(x, y)| Point::new(x, y))
    }

    fn beam() -> impl Strategy<Value = Beam> {
        let sector = proptest::option::of((0..360_u32, 1..180_u32));
        (point(), 1..=SIDE * SAMPLE, sector).prop_map(|(at, radius, sector)| {
            let sector = sector.map(|(direction, half_angle)| Sector::new(direction, half_angle));
            Beam { at, radius, sector }
        })
    }

    /// The definition: whether a light shines on a point.
    fn shines(walls: &Walls, beam: &Beam, point: Point) -> bool {
        let place = |point: Point| vision::Point { x: point.x, y: point.y };
        beam.holds(point) && walls.sees(place(beam.at), place(point), Channel::Light, &Gates::default())
    }

    fn prepared(walls: &[(Point, Point)]) -> Walls {
        let place = |point: Point| vision::Point { x: point.x, y: point.y };
        let segment = |(a, b): &(Point, Point)| Segment {
            a: place(*a),
            b: place(*b),
            blocks: Blocks::ALL,
            side: Facing::Both,
            gate: None,
        };
        let segments: Vec<_> = walls.iter().map(segment).collect();
        Walls::new(&segments, place(Point::new(SIDE * SAMPLE, SIDE * SAMPLE))).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sample_counts_if_and_only_if_the_light_shines_on_all_of_it(
            beam in beam(),
            walls in prop::collection::vec((point(), point()), 0..5),
        ) {
            let size = Point::new(SIDE * SAMPLE, SIDE * SAMPLE);
            let coverage = Coverage::of_beam(&beam, walls.iter().copied(), size);
            let prepared = prepared(&walls);
            for row in 0..SIDE {
                for column in 0..SIDE {
                    let (left, top) = (column * SAMPLE, row * SAMPLE);
                    let spread = |start: i32, part: i32, out: i32| start + 1 + part * (SAMPLE - 2) / 8 + (part - 4) * out;
                    let grid = |out: i32| (0..=8).flat_map(move |i| (0..=8).map(move |j| {
                        Point::new(spread(left, i, out), spread(top, j, out))
                    }));
                    let counts = is_set(&coverage, row, column);
                    if counts {
                        let dark = grid(0).find(|point| !shines(&prepared, &beam, *point));
                        prop_assert_eq!(dark, None, "row {}, column {} counts", row, column);
                    } else {
                        let shaded = not_in_disc(&beam, left, top) || shades(&beam, &walls, left, top);
                        prop_assert!(shaded, "row {row}, column {column} is lit and does not count");
                    }
                }
            }
        }

        #[test]
        fn a_wall_that_takes_no_light_from_a_sample_changes_nothing_about_it(
            beam in beam(),
            walls in prop::collection::vec((point(), point()), 0..4),
            more in (point(), point()),
        ) {
            let size = Point::new(SIDE * SAMPLE, SIDE * SAMPLE);
            let before = Coverage::of_beam(&beam, walls.iter().copied(), size);
            let after = Coverage::of_beam(&beam, walls.iter().copied().chain([more]), size);
            let alone = Coverage::of_beam(&beam, std::iter::once(more), size);
            for row in 0..SIDE {
                for column in 0..SIDE {
                    let expected = is_set(&before, row, column) && is_set(&alone, row, column);
                    prop_assert_eq!(is_set(&after, row, column), expected);
                }
            }
        }
    }

    /// Whether a corner of a sample lies beyond the radius, or nearly.
    fn not_in_disc(beam: &Beam, left: i32, top: i32) -> bool {
        let corners = square(beam, left, top);
        corners.iter().any(|(x, y)| x.hypot(*y) > f64::from(beam.radius) - 1.0)
    }

    /// A sample's corners, seen from the source.
    fn square(beam: &Beam, left: i32, top: i32) -> Vec<(f64, f64)> {
        let (x, y) = (f64::from(left - beam.at.x), f64::from(top - beam.at.y));
        let side = f64::from(SAMPLE);
        vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    }

    /// Whether a wall's shadow or the dark side of the cone takes any part of a sample, by cutting polygons.
    fn shades(beam: &Beam, walls: &[(Point, Point)], left: i32, top: i32) -> bool {
        let real = |(x, y): (i64, i64)| (x as f64, y as f64);
        let taken = |sides: &[Side]| {
            let mut rest = square(beam, left, top);
            for side in sides {
                rest = cut(&rest, real(side.from), real(side.toward));
            }
            area(&rest) > 1e-3
        };
        let behind_wall = walls.iter().any(|(a, b)| {
            let (a, b) = (beam.way_to(*a), beam.way_to(*b));
            let turn = cross(a, b);
            // The shadow of a wall that is seen from its end has no area.
            let (a, b) = if turn > 0 { (a, b) } else { (b, a) };
            let back = (a.0 - b.0, a.1 - b.1);
            turn == 0
                || taken(&[
                    Side { from: (0, 0), toward: a },
                    Side { from: (0, 0), toward: (-b.0, -b.1) },
                    Side { from: a, toward: back },
                ])
        });
        let outside = beam.sector.is_some_and(|sector| {
            let (from, to) = (wide(sector.from), wide(sector.to));
            let before = Side { from: (0, 0), toward: (-from.0, -from.1) };
            let after = Side { from: (0, 0), toward: to };
            if sector.wide { taken(&[before, after]) } else { taken(&[before]) || taken(&[after]) }
        });
        behind_wall || outside
    }

    /// The part of a polygon on one side of a line (Sutherland and Hodgman, 1974).
    fn cut(polygon: &[(f64, f64)], from: (f64, f64), toward: (f64, f64)) -> Vec<(f64, f64)> {
        let height = |(x, y): (f64, f64)| toward.0 * (y - from.1) - toward.1 * (x - from.0);
        let mut kept = Vec::new();
        for (a, b) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
            let (at_a, at_b) = (height(*a), height(*b));
            if at_a >= 0.0 {
                kept.push(*a);
            }
            if (at_a > 0.0 && at_b < 0.0) || (at_a < 0.0 && at_b > 0.0) {
                let part = at_a / (at_a - at_b);
                kept.push((a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part));
            }
        }
        kept
    }

    fn area(polygon: &[(f64, f64)]) -> f64 {
        let pairs = polygon.iter().zip(polygon.iter().cycle().skip(1));
        pairs.map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum::<f64>().abs() / 2.0
    }
}
