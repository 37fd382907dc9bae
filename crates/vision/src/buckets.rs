//! A uniform grid of buckets over the scene: which segments are near a place.

use std::collections::HashMap;

use crate::{Point, Segment};

/// Buckets on a side, at most.
const SIDE_MAX: i64 = 256;

#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    columns: i64,
    rows: i64,
    /// Units on a bucket's side.
    pitch: i64,
    /// The top left corner of the grid.
    origin: (i64, i64),
    /// Where each bucket's indices start in `indices`; one more than there are buckets.
    starts: Vec<u32>,
    indices: Vec<u32>,
    /// What came later, by bucket.
    later: HashMap<usize, Vec<u32>>,
}

impl Buckets {
    /// Buckets for segments and their numbers, ascending.
    pub(crate) fn new<'a>(segments: impl Iterator<Item = (u32, &'a Segment)> + Clone, size: Point) -> Self {
        let both = |(_, segment): (u32, &Segment)| [segment.a, segment.b];
        let ends = segments.clone().flat_map(both).chain([size, Point { x: 0, y: 0 }]);
        let (mut least, mut most) = ((i64::MAX, i64::MAX), (i64::MIN, i64::MIN));
        for end in ends {
            least = (least.0.min(end.x.into()), least.1.min(end.y.into()));
            most = (most.0.max(end.x.into()), most.1.max(end.y.into()));
        }
        let (width, height) = (most.0 - least.0 + 1, most.1 - least.1 + 1);
        let pitch = (width.max(height) / SIDE_MAX + 1).max(1 << 15);
        let (columns, rows) = (width / pitch + 1, height / pitch + 1);
        let (starts, indices, later) = (Vec::new(), Vec::new(), HashMap::new());
        let mut grid = Self { columns, rows, pitch, origin: least, starts, indices, later };
        // Counted first, so that both lists are as long as they need to be. What is counted for a bucket is where it ends.
        let mut starts = vec![0u32; usize::try_from(columns * rows).unwrap_or(0) + 1];
        for (_, segment) in segments.clone() {
            grid.visit(segment.a, segment.b, |bucket, _| {
                starts[bucket] += 1;
                false
            });
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut indices = vec![0u32; sum as usize];
        // Filled from its end, a bucket's start comes to where it begins.
        for (index, segment) in segments {
            grid.visit(segment.a, segment.b, |bucket, _| {
                starts[bucket] -= 1;
                indices[starts[bucket] as usize] = index;
                false
            });
        }
        (grid.starts, grid.indices) = (starts, indices);
        grid
    }

    /// Visits the buckets on a line in order, with the part of the line that they cover; stops when told to.
    pub(crate) fn walk(&self, from: Point, to: Point, mut visit: impl FnMut(&[u32], f64) -> bool) {
        self.visit(from, to, |bucket, reached| match self.later.get(&bucket) {
            None => visit(self.bucket(bucket), reached),
            // What is met in the first part may be preceded by what lies in the other.
            Some(later) => visit(self.bucket(bucket), 0.0) || visit(later, reached),
        });
    }

    /// Whether a segment lies where the grid does.
    pub(crate) fn hold(&self, segment: &Segment) -> bool {
        let inside =
            |at: i32, origin: i64, count: i64| (0..count * self.pitch).contains(&(i64::from(at) - origin));
        let (x, y) = self.origin;
        [segment.a, segment.b].iter().all(|at| inside(at.x, x, self.columns) && inside(at.y, y, self.rows))
    }

    /// Adds a segment that lies where the grid does.
    pub(crate) fn add(&mut self, index: u32, segment: &Segment) {
        let mut buckets = Vec::new();
        self.visit(segment.a, segment.b, |bucket, _| {
            buckets.push(bucket);
            false
        });
        for bucket in buckets {
            self.later.entry(bucket).or_default().push(index);
        }
    }

    fn bucket(&self, bucket: usize) -> &[u32] {
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        &self.indices[range]
    }

    /// Walks column by column: all rows that the line touches within each, widened by a unit against rounding.
    fn visit(&self, from: Point, to: Point, mut visit: impl FnMut(usize, f64) -> bool) {
        let (x0, y0) = (i64::from(from.x) - self.origin.0, i64::from(from.y) - self.origin.1);
        let (x1, y1) = (i64::from(to.x) - self.origin.0, i64::from(to.y) - self.origin.1);
        let column = |x: i64| x.div_euclid(self.pitch).clamp(0, self.columns - 1);
        let row = |y: i64| y.div_euclid(self.pitch).clamp(0, self.rows - 1);
        let (first, last) = (column(x0), column(x1));
        let step = if last < first { -1 } else { 1 };
        let y_at = |x: i64| {
            if x1 == x0 { y1 } else { y0 + ((y1 - y0) as i128 * (x - x0) as i128 / (x1 - x0) as i128) as i64 }
        };
        let mut current = first;
        loop {
            let (enter, leave) = match step {
                1 => (current * self.pitch, (current + 1) * self.pitch),
                _ => ((current + 1) * self.pitch, current * self.pitch),
            };
            let enter_y = if current == first { y0 } else { y_at(enter) };
            let leave_y = if current == last { y1 } else { y_at(leave) };
            let (top, bottom) = (row(enter_y.min(leave_y) - 1), row(enter_y.max(leave_y) + 1));
            let down = leave_y >= enter_y;
            for offset in 0..=bottom - top {
                let line = if down { top + offset } else { bottom - offset };
                // Within a column the part is known for the whole column only: hits are compared across its rows.
                let is_last_row = offset == bottom - top;
                let reached = match (is_last_row, current == last) {
                    (false, _) => 0.0,
                    (true, true) => 1.0,
                    (true, false) => part(x0, x1, leave),
                };
                let bucket = usize::try_from(line * self.columns + current).unwrap_or(0);
                if visit(bucket, reached) {
                    return;
                }
            }
            if current == last {
                return;
            }
            current += step;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a part of a line needs no more than a double holds")]
fn part(from: i64, to: i64, at: i64) -> f64 {
    if to == from { 1.0 } else { ((at - from) as f64 / (to - from) as f64).clamp(0.0, 1.0) }
}
