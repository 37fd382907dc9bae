//! Where tokens stand on a grid. The client has the same arithmetic for its rulers and for snapping.
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
        let distance = (centre.0 - x).hypot(centre.1 - y);
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
mod tests {
    use super::*;

    fn check(shape: GridShape, size_cells: f64, at: (f64, f64), expected: (f64, f64)) {
        let grid = Grid { shape, ..Grid::default() };
        let size = crate::geometry::units(size_cells).unwrap();
        let snapped = snap(&grid, Point::from_cells(at.0, at.1).unwrap(), size).to_cells();
        let near = (snapped.0 - expected.0).abs() < 0.003 && (snapped.1 - expected.1).abs() < 0.003;
        assert!(near, "{shape:?} {at:?}: {snapped:?}");
    }

    #[test]
    fn odd_tokens_stand_in_the_middle_and_even_ones_on_corners() {
        check(GridShape::Square, 1.0, (3.9, 2.1), (3.5, 2.5));
        check(GridShape::Square, 2.0, (3.9, 2.1), (4.0, 2.0));
        check(GridShape::Square, 3.0, (3.9, 2.1), (3.5, 2.5));
        check(GridShape::Square, 0.5, (3.9, 2.1), (3.75, 2.25));
    }

    #[test]
    fn hexagon_rows_are_shifted() {
        let first = 1.0 / 3f64.sqrt();
        check(GridShape::HexPointy, 1.0, (0.4, 0.5), (0.5, first));
        check(GridShape::HexPointy, 1.0, (1.1, 1.4), (1.0, first + ROW));
        check(GridShape::HexFlat, 1.0, (1.4, 1.1), (first + ROW, 1.0));
    }

    #[test]
    fn without_a_grid_everything_stays() {
        check(GridShape::None, 1.0, (3.91, 2.13), (3.91, 2.13));
    }
}
