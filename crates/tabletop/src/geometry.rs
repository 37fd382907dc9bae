//! Points on the exact grid that every rule uses.
//!
//! One unit is 2⁻¹⁶ of a cell; x grows to the right, y downwards; the origin is the scene's top-left corner.
//! The wire speaks in 1/256 of a cell (see `protocol`), so a point that came from a client is a multiple of 256.

use serde::{Deserialize, Serialize};

/// Units in one cell.
pub const CELL: i32 = 1 << 16;

/// No coordinate lies further from the origin than this many cells.
pub const CELLS_FROM_ORIGIN_MAX: i32 = 8_192;

/// A position, in units of 2⁻¹⁶ cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

impl Point {
    /// A point from units.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// A point from cells; `None` if it is not finite or further out than [`CELLS_FROM_ORIGIN_MAX`].
    pub fn from_cells(x: f64, y: f64) -> Option<Self> {
        Some(Self::new(units(x)?, units(y)?))
    }

    /// The point in cells.
    pub fn to_cells(self) -> (f64, f64) {
        (f64::from(self.x) / f64::from(CELL), f64::from(self.y) / f64::from(CELL))
    }

    /// Whether both coordinates are within [`CELLS_FROM_ORIGIN_MAX`].
    pub fn in_bounds(self) -> bool {
        let limit = CELLS_FROM_ORIGIN_MAX * CELL;
        (-limit..=limit).contains(&self.x) && (-limit..=limit).contains(&self.y)
    }
}

impl From<(i32, i32)> for Point {
    fn from((x, y): (i32, i32)) -> Self {
        Self { x, y }
    }
}

impl From<Point> for (i32, i32) {
    fn from(point: Point) -> Self {
        (point.x, point.y)
    }
}

/// Cells to units, rounded to the nearest; `None` if not finite or out of bounds.
pub fn units(cells: f64) -> Option<i32> {
    if !cells.is_finite() || cells.abs() > f64::from(CELLS_FROM_ORIGIN_MAX) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the check above")]
    Some((cells * f64::from(CELL)).round() as i32)
}
