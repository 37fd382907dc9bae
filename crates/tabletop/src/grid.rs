//! Where tokens stand on a grid. The client has the same arithmetic for its rulers and for snapping; the cases in
//! `golden/grid.json` hold both to it.
//!
//! Squares are one unit wide. Pointy hexagons are one unit from flat to flat, rows lie √3/2 apart, odd rows are shifted
//! by half a cell; flat hexagons are the same transposed.

use crate::event::{Grid, GridShape};
use crate::geometry::{CELL, Point};

/// Half of √3, the distance of two hexagon rows.
const ROW: f64 = 0.866_025_403_784_438_6;

/// The nearest place where a token of this diameter stands: middles for odd sizes, corners for even ones.
pub fn snap(grid: &Grid, at: Point, size: i32) -> Point {
    let (x, y) = (cells(at.x - grid.offset.x), cells(at.y - grid.offset.y));
    let (x, y) = match grid.shape {
        GridShape::None => return at,
        GridShape::Square => {
            let (pitch, shift) = square_pitch(size);
            (((x - shift) / pitch).round() * pitch + shift, ((y - shift) / pitch).round() * pitch + shift)
        }
        GridShape::HexPointy => hex_centre(x, y),
        GridShape::HexFlat => {
            let (y, x) = hex_centre(y, x);
            (x, y)
        }
    };
    Point::new(units(x) + grid.offset.x, units(y) + grid.offset.y)
}

/// The distance of two places for a token and where the first lies, in cells.
fn square_pitch(size: i32) -> (f64, f64) {
    if size < CELL {
        (0.5, 0.25)
    } else if (size + CELL / 2) / CELL % 2 == 0 {
        (1.0, 0.0)
    } else {
        (1.0, 0.5)
    }
}

/// The middle of the pointy hexagon that holds a point. The first one's middle is (0.5, 1/√3).
fn hex_centre(x: f64, y: f64) -> (f64, f64) {
    let first = 1.0 / 3f64.sqrt();
    let row = ((y - first) / ROW).round();
    let mut best = (f64::INFINITY, (x, y));
    for row in [row - 1.0, row, row + 1.0] {
        let shift = if row.rem_euclid(2.0) == 1.0 { 1.0 } else { 0.5 };
        let centre = ((x - shift).round() + shift, row * ROW + first);
        // Squares and sums are the same in every language; roots need not be, and corners belong to three hexagons.
        let distance = (centre.0 - x).powi(2) + (centre.1 - y).powi(2);
        if distance < best.0 {
            best = (distance, centre);
        }
    }
    best.1
}

fn cells(units: i32) -> f64 {
    f64::from(units) / f64::from(CELL)
}

/// Cells to units, rounded to the wire's 1/256 of a cell.
fn units(cells: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and callers check that the point is in the scene"
    )]
    let wire = (cells * 256.0).round() as i32;
    wire.saturating_mul(256)
}

#[cfg(test)]
mod tests;
