//! Which lines pass near a point: an index with a bounded size and a bounded amount of work.

use crate::geometry::{CELL, Point};

/// Lines are written into about this many boxes at most, whatever the map.
const ENTRIES_MAX: i64 = 4_000_000;
/// Lines that all questions together may look at.
const LOOKS_MAX: usize = 20_000_000;

/// The lines in each square of the map.
pub(super) struct Nearby<'a> {
    lines: &'a [(Point, Point)],
    side: i32,
    columns: i32,
    rows: i32,
    /// Where each square's lines start in `entries`; one longer than there are squares.
    starts: Vec<u32>,
    entries: Vec<u32>,
    looks_left: usize,
}

impl<'a> Nearby<'a> {
    /// An index over lines that lie on a map that reaches from the origin to `size`.
    pub(super) fn new(lines: &'a [(Point, Point)], size: Point) -> Self {
        let total: i64 =
            lines.iter().map(|(a, b)| i64::from(a.x.abs_diff(b.x)) + i64::from(a.y.abs_diff(b.y))).sum();
        let cells = i32::try_from(total / i64::from(CELL) / ENTRIES_MAX).unwrap_or(i32::MAX / CELL);
        let side = CELL.saturating_mul(cells.saturating_add(1));
        let (columns, rows) = (size.x / side + 1, size.y / side + 1);
        let mut nearby = Self {
            lines,
            side,
            columns,
            rows,
            starts: vec![0; index(columns) * index(rows) + 1],
            entries: Vec::new(),
            looks_left: LOOKS_MAX,
        };
        nearby.fill();
        nearby
    }

    fn fill(&mut self) {
        let lines = self.lines;
        let mut starts = std::mem::take(&mut self.starts);
        for line in lines {
            self.squares_of(*line, |square| starts[square + 1] += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut entries = vec![0; index_u32(sum)];
        let mut next = starts.clone();
        for (number, line) in (0..).zip(lines) {
            self.squares_of(*line, |square| {
                entries[index_u32(next[square])] = number;
                next[square] += 1;
            });
        }
        (self.starts, self.entries) = (starts, entries);
    }

    /// Tells every square that the line passes through, and perhaps its neighbours to the left or right.
    fn squares_of(&self, (a, b): (Point, Point), mut tell: impl FnMut(usize)) {
        let (top, bottom) = if a.y <= b.y { (a, b) } else { (b, a) };
        let (dx, dy) = (i64::from(bottom.x - top.x), i64::from(bottom.y - top.y));
        for row in top.y / self.side..=bottom.y / self.side {
            let at = |y: i64| {
                let down = (y - i64::from(top.y)).clamp(0, dy);
                i64::from(top.x) + if dy == 0 { 0 } else { dx * down / dy }
            };
            let side = i64::from(self.side);
            let (enters, leaves) = (at(i64::from(row) * side), at((i64::from(row) + 1) * side));
            let leaves = if dy == 0 { i64::from(bottom.x) } else { leaves };
            let first = (enters.min(leaves) - 1).max(0) / side;
            let last = ((enters.max(leaves) + 1) / side).min(i64::from(self.columns) - 1);
            let row_start = index(row.min(self.rows - 1)) * index(self.columns);
            for column in first..=last {
                tell(row_start + usize::try_from(column).unwrap_or(0));
            }
        }
    }

    /// The numbers of all lines that may come within `reach` of `point`, some of them twice; `None` once too much work
    /// was done.
    pub(super) fn around(&mut self, point: Point, reach: i32) -> Option<Vec<usize>> {
        let columns = self.span(point.x, reach, self.columns);
        let mut found = Vec::new();
        for row in self.span(point.y, reach, self.rows) {
            for column in columns.clone() {
                let square = index(row) * index(self.columns) + index(column);
                let range = index_u32(self.starts[square])..index_u32(self.starts[square + 1]);
                self.looks_left = self.looks_left.checked_sub(range.len())?;
                found.extend(self.entries[range].iter().map(|number| index_u32(*number)));
            }
        }
        Some(found)
    }

    fn span(&self, at: i32, reach: i32, count: i32) -> std::ops::RangeInclusive<i32> {
        ((at - reach).max(0) / self.side).min(count - 1)..=((at + reach) / self.side).min(count - 1)
    }
}

fn index(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn index_u32(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_from_every_point_of_it() {
        let size = Point::new(20 * CELL, 15 * CELL);
        let lines: Vec<_> = (0..200)
            .map(|n: i32| {
                let at = |step: i32, side: i32| (n * step * 7_919).rem_euclid(side + 1);
                (Point::new(at(3, size.x), at(5, size.y)), Point::new(at(11, size.x), at(13, size.y)))
            })
            .collect();
        let mut nearby = Nearby::new(&lines, size);
        for (number, (a, b)) in lines.iter().enumerate() {
            for part in 0..=32 {
                let at = |from: i32, to: i32| from + (to - from) / 32 * part;
                let point = Point::new(at(a.x, b.x), at(a.y, b.y));
                let found = nearby.around(point, 64).expect("little work");
                assert!(found.contains(&number), "line {number} at {point:?}");
            }
        }
    }

    #[test]
    fn a_crowded_map_runs_out_of_work_instead_of_time() {
        let lines = vec![(Point::new(0, 0), Point::new(CELL / 2, CELL / 2)); 50_000];
        let mut nearby = Nearby::new(&lines, Point::new(CELL, CELL));
        let answered = (0..1_000).take_while(|_| nearby.around(Point::new(5, 5), 10).is_some()).count();
        assert!((1..1_000).contains(&answered), "{answered}");
    }
}
