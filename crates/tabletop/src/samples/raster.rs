//! From a polygon of sight to the samples that lie wholly in it.
//!
//! A sample is a square of [`SAMPLE`] units. It counts only if the polygon covers all of it: a square whose inside an
//! edge crosses does not, one that an edge merely touches may. Crossings are found with exact integers and rounded
//! outwards, so that a doubtful square is left out.

use std::ops::Range;

use super::SAMPLE;
use crate::geometry::Point;

/// Squares of samples in a box of rows, one bit each.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    /// The first row and the first column, the latter a multiple of 64.
    top: i32,
    left: i32,
    words_per_row: usize,
    rows: Vec<u64>,
}

impl Coverage {
    /// The samples wholly inside a closed polygon, in a scene that reaches from the origin to `size`.
    pub(crate) fn of(polygon: &[Point], size: Point) -> Self {
        let (mut filled, crossed) = Self::filled_and_crossed(polygon, size);
        filled.subtract(&crossed);
        filled
    }

    /// The samples of which any part lies inside a closed polygon; one that it merely touches does not count.
    pub(crate) fn touched_by(polygon: &[Point], size: Point) -> Self {
        let (mut filled, crossed) = Self::filled_and_crossed(polygon, size);
        for (own, crossed) in filled.rows.iter_mut().zip(&crossed.rows) {
            *own |= crossed;
        }
        filled
    }

    /// The samples whose middles lie inside a polygon, and those whose inside an edge crosses, in the same box.
    fn filled_and_crossed(polygon: &[Point], size: Point) -> (Self, Self) {
        let inside = |point: &Point| Point::new(point.x.clamp(0, size.x), point.y.clamp(0, size.y));
        let corners: Vec<Point> = polygon.iter().map(inside).collect();
        let corners = beyond_the_edge(&corners, size);
        let xs = || corners.iter().map(|corner| corner.x);
        let ys = || corners.iter().map(|corner| corner.y);
        let (Some(least_x), Some(most_x), Some(least_y), Some(most_y)) =
            (xs().min(), xs().max(), ys().min(), ys().max())
        else {
            let nothing = Self { top: 0, left: 0, words_per_row: 0, rows: Vec::new() };
            return (nothing.clone(), nothing);
        };
        let mut filled = Self::within(Point::new(least_x, least_y), Point::new(most_x, most_y));
        let mut crossed = filled.clone();
        filled.fill(&corners);
        for (from, to) in edges(&corners) {
            crossed.cross(from, to);
        }
        (filled, crossed)
    }

    /// No samples yet, in a box that holds these corners; the first is not left of or above the scene.
    pub(super) fn within(least: Point, most: Point) -> Self {
        let left = (least.x / SAMPLE) & !63;
        let top = least.y / SAMPLE;
        let count = |from: i32, most: i32| usize::try_from(most / SAMPLE - from + 1).unwrap_or(0);
        let words_per_row = count(left, most.x).div_ceil(64);
        let row_count = count(top, most.y);
        Self { top, left, words_per_row, rows: vec![0; words_per_row * row_count] }
    }

    /// Takes out the samples of another set in the same box.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (own, other) in self.rows.iter_mut().zip(&other.rows) {
            *own &= !other;
        }
    }

    /// The rows of the box.
    pub(super) fn row_numbers(&self) -> Range<i32> {
        let count = self.rows.len() / self.words_per_row.max(1);
        self.top..self.top.saturating_add(i32::try_from(count).unwrap_or(0))
    }

    /// Row by row: the row's number, the number of its first word's first sample, and its words.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (i32, i32, &[u64])> {
        let rows = self.rows.chunks(self.words_per_row.max(1));
        (self.top..).zip(rows).map(|(row, words)| (row, self.left, words))
    }

    /// Sets the samples `from..to` of a row, as far as they lie in the box.
    pub(super) fn set(&mut self, row: i32, from: i32, to: i32) {
        let Ok(row) = usize::try_from(row - self.top) else { return };
        let columns = i32::try_from(self.words_per_row * 64).unwrap_or(i32::MAX);
        let (from, to) = ((from - self.left).clamp(0, columns), (to - self.left).clamp(0, columns));
        let start = row * self.words_per_row;
        let Some(words) = self.rows.get_mut(start..start + self.words_per_row) else { return };
        set_bits(words, from, to);
    }

    /// Marks the squares whose inside an edge crosses.
    pub(super) fn cross(&mut self, from: Point, to: Point) {
        let (upper, lower) = if from.y <= to.y { (from, to) } else { (to, from) };
        let first = upper.y.div_euclid(SAMPLE);
        // An edge that ends on a line between two rows does not enter the second.
        let last = if upper.y == lower.y { ceil(lower.y).max(first + 1) } else { ceil(lower.y) };
        if upper.y == lower.y && upper.y % SAMPLE == 0 {
            return;
        }
        let (dx, dy) = (i64::from(lower.x) - i64::from(upper.x), i64::from(lower.y) - i64::from(upper.y));
        for row in first..last {
            let (mut least, mut most) = (upper.x.min(lower.x), upper.x.max(lower.x));
            if dx != 0 && dy > 0 {
                let y_in = i64::from(upper.y.max(row * SAMPLE)) - i64::from(upper.y);
                let y_out = i64::from(lower.y.min((row + 1) * SAMPLE)) - i64::from(upper.y);
                let (a, b) = (dx * y_in, dx * y_out);
                let floor = i64::from(upper.x) + a.min(b).div_euclid(dy);
                let ceiling = i64::from(upper.x) - (-a.max(b)).div_euclid(dy);
                least = i32::try_from(floor).unwrap_or(least);
                most = i32::try_from(ceiling).unwrap_or(most);
            }
            self.set(row, least.div_euclid(SAMPLE), ceil(most));
        }
    }

    /// Fills the squares whose middles lie inside: each edge turns over what lies to its right.
    fn fill(&mut self, corners: &[Point]) {
        // The first row or column whose middle lies at or beyond a coordinate.
        let middle = |units: i32| (units - SAMPLE / 2 + SAMPLE - 1).div_euclid(SAMPLE);
        for (from, to) in edges(corners) {
            let (upper, lower) = if from.y <= to.y { (from, to) } else { (to, from) };
            let (dx, dy) = (i64::from(lower.x) - i64::from(upper.x), i64::from(lower.y) - i64::from(upper.y));
            // Rows whose middle lies in [upper, lower).
            for row in middle(upper.y)..middle(lower.y) {
                let down = i64::from(row) * i64::from(SAMPLE) + i64::from(SAMPLE / 2) - i64::from(upper.y);
                // Rounded, but what the edge itself crosses is taken out anyway.
                let across = if dx == 0 { 0 } else { dx * down / dy };
                if let Ok(x) = i32::try_from(i64::from(upper.x) + across) {
                    self.turn_over(row, middle(x));
                }
            }
        }
    }

    /// Turns over the samples of a row from one on.
    fn turn_over(&mut self, row: i32, from: i32) {
        let (Ok(row), Ok(from)) = (usize::try_from(row - self.top), usize::try_from(from - self.left)) else {
            return;
        };
        let start = row * self.words_per_row;
        let Some(words) = self.rows.get_mut(start..start + self.words_per_row) else { return };
        let Some((first, rest)) = words.get_mut(from / 64..).and_then(<[u64]>::split_first_mut) else {
            return;
        };
        *first ^= u64::MAX << (from % 64);
        rest.iter_mut().for_each(|word| *word = !*word);
    }
}

/// Pulls what lies on the scene's right and lower edge out to the end of the last, cut samples, which else would never be
/// covered whole. Edges that lead into the scene stay where they are.
fn beyond_the_edge(corners: &[Point], size: Point) -> Vec<Point> {
    let out = Point::new(ceil(size.x) * SAMPLE, ceil(size.y) * SAMPLE);
    let right = |a: Point, b: Point| a.x == size.x && b.x == size.x;
    let lower = |a: Point, b: Point| a.y == size.y && b.y == size.y;
    let mut pulled = Vec::with_capacity(corners.len() + 8);
    for (index, corner) in corners.iter().enumerate() {
        let last = corners[(index + corners.len() - 1) % corners.len()];
        let next = corners[(index + 1) % corners.len()];
        let is_right = right(last, *corner) || right(*corner, next);
        let is_lower = lower(last, *corner) || lower(*corner, next);
        let far =
            Point::new(if is_right { out.x } else { corner.x }, if is_lower { out.y } else { corner.y });
        let comes = right(last, *corner) || lower(last, *corner);
        let goes = right(*corner, next) || lower(*corner, next);
        if !comes {
            pulled.push(*corner);
        }
        if comes || goes {
            pulled.push(far);
        }
        if comes && !goes {
            pulled.push(*corner);
        }
    }
    pulled
}

/// The number of the first sample that begins at or beyond a coordinate.
pub(super) fn ceil(units: i32) -> i32 {
    -(-units).div_euclid(SAMPLE)
}

fn edges(corners: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    corners.iter().copied().zip(corners.iter().copied().cycle().skip(1))
}

/// Sets the bits `from..to` of a row of words, the lowest bit of the first word being bit 0.
pub(super) fn set_bits(words: &mut [u64], from: i32, to: i32) {
    let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to)) else { return };
    for (index, word) in words.iter_mut().enumerate().take(to.div_ceil(64)).skip(from / 64) {
        let low = from.saturating_sub(index * 64).min(64);
        let high = (to - index * 64).min(64);
        if low < high {
            let mask = u64::MAX >> (64 - (high - low));
            *word |= mask << low;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covered(coverage: &Coverage, row: i32, column: i32) -> bool {
        coverage.rows().filter(|(y, ..)| *y == row).any(|(_, left, words)| {
            let bit = usize::try_from(column - left).unwrap_or(usize::MAX);
            words.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
        })
    }

    fn samples(x: i32, y: i32) -> Point {
        Point::new(x * SAMPLE, y * SAMPLE)
    }

    const SIZE: Point = Point::new(100 * SAMPLE, 100 * SAMPLE);

    #[test]
    fn a_box_on_sample_borders_covers_exactly_its_samples() {
        let polygon = [samples(70, 3), samples(75, 3), samples(75, 9), samples(70, 9)];
        let coverage = Coverage::of(&polygon, SIZE);
        for row in 0..12 {
            for column in 60..80 {
                let expected = (3..9).contains(&row) && (70..75).contains(&column);
                assert_eq!(covered(&coverage, row, column), expected, "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn a_sample_that_is_cut_by_a_hair_does_not_count() {
        let polygon = [samples(2, 2), samples(6, 2), Point::new(6 * SAMPLE, 6 * SAMPLE - 1), samples(2, 6)];
        let coverage = Coverage::of(&polygon, SIZE);
        assert!(covered(&coverage, 4, 5), "whole");
        assert!(!covered(&coverage, 5, 5), "its lower edge is cut off");
        assert!(!covered(&coverage, 5, 2), "the cut runs along the whole row");
    }

    #[test]
    fn a_sample_is_touched_where_any_part_of_it_is_inside() {
        let polygon = [samples(2, 2), samples(6, 2), Point::new(6 * SAMPLE, 6 * SAMPLE + 1), samples(2, 6)];
        let touched = Coverage::touched_by(&polygon, SIZE);
        assert!(covered(&touched, 6, 5), "by a hair");
        assert!(covered(&touched, 2, 2) && covered(&touched, 5, 5));
        assert!(!covered(&touched, 1, 3) && !covered(&touched, 3, 6), "its edges are theirs as well");
    }

    #[test]
    fn nothing_beyond_the_scene_counts() {
        let polygon = [samples(-5, -5), samples(120, -5), samples(120, 120), samples(-5, 120)];
        let coverage = Coverage::of(&polygon, samples(10, 10));
        let bits: u32 = coverage.rows().flat_map(|(_, _, words)| words).map(|word| word.count_ones()).sum();
        assert_eq!(bits, 100);
    }

    #[test]
    fn the_cut_samples_at_the_edge_of_a_scene_count_where_the_edge_is_seen() {
        let size = Point::new(10 * SAMPLE + 100, 7 * SAMPLE + 3);
        let whole = [Point::new(0, 0), Point::new(size.x, 0), size, Point::new(0, size.y)];
        let coverage = Coverage::of(&whole, size);
        let bits: u32 = coverage.rows().flat_map(|(_, _, words)| words).map(|word| word.count_ones()).sum();
        assert_eq!(bits, 11 * 8);
        let upper = [Point::new(0, 0), Point::new(size.x, 0), Point::new(size.x, 3 * SAMPLE), samples(2, 3)];
        let coverage = Coverage::of(&upper, size);
        assert!(covered(&coverage, 2, 10) && !covered(&coverage, 3, 10));
        let apart = [samples(1, 1), Point::new(size.x - 1, SAMPLE), Point::new(size.x - 1, 3 * SAMPLE)];
        assert!(!covered(&Coverage::of(&apart, size), 1, 10), "the edge itself is not seen");
    }

    #[test]
    fn no_polygon_covers_nothing() {
        assert_eq!(Coverage::of(&[], SIZE).rows().count(), 0);
        assert!(
            Coverage::of(&[samples(1, 1)], SIZE)
                .rows()
                .all(|(.., words)| words.iter().all(|word| *word == 0))
        );
    }

    /// A star around a middle: a distance for each of 16 directions.
    fn star() -> impl Strategy<Value = Vec<Point>> {
        let middle = (20 * SAMPLE..80 * SAMPLE, 20 * SAMPLE..80 * SAMPLE);
        (middle, prop::collection::vec(0.5..20.0_f64, 16)).prop_map(|((x, y), reach)| {
            let corner = |(index, reach): (usize, &f64)| {
                let angle = index as f64 * std::f64::consts::TAU / 16.0;
                let along = |part: f64| (reach * part * f64::from(SAMPLE)).round() as i32;
                Point::new(x + along(angle.cos()), y + along(angle.sin()))
            };
            reach.iter().enumerate().map(corner).collect()
        })
    }

    /// Whether a point lies inside, by the winding of the edges around it, in exact integers.
    fn inside(polygon: &[Point], x: i64, y: i64) -> bool {
        let mut winding = 0;
        for (a, b) in edges(polygon) {
            let (ax, ay, bx, by) = (i64::from(a.x), i64::from(a.y), i64::from(b.x), i64::from(b.y));
            let side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
            if ay <= y && by > y && side > 0 {
                winding += 1;
            } else if ay > y && by <= y && side < 0 {
                winding -= 1;
            }
        }
        winding != 0
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sample_counts_only_if_every_point_of_it_lies_inside_and_does_if_none_is_near_an_edge(
            polygon in star(),
        ) {
            let coverage = Coverage::of(&polygon, SIZE);
            for row in 0..100 {
                for column in 0..100 {
                    let (left, top) = (i64::from(column * SAMPLE), i64::from(row * SAMPLE));
                    let step = i64::from(SAMPLE) / 8;
                    // Points just inside the square, and points a whole sample around it.
                    let grid = |out: i64| (0..=8_i64).flat_map(move |i| (0..=8_i64).map(move |j| {
                        let spread = |start: i64, k: i64| start + 1 + (k * (step * 8 - 2)) / 8 + (k - 4) * out;
                        (spread(left, i), spread(top, j))
                    }));
                    let all = grid(0).all(|(x, y)| inside(&polygon, x, y));
                    let all_around = grid(step * 2).all(|(x, y)| inside(&polygon, x, y));
                    let counts = covered(&coverage, row, column);
                    prop_assert!(all || !counts, "row {row}, column {column} counts though a part is outside");
                    prop_assert!(counts || !all_around, "row {row}, column {column} is deep inside");
                }
            }
        }
    }
}
