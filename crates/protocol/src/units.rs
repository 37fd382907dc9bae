//! The wire's units: whole numbers of 1/256 of a cell, and handles.

use serde::{Deserialize, Serialize};
use tabletop::geometry::{CELLS_FROM_ORIGIN_MAX, Point};
use ts_rs::TS;

/// Domain units in one wire unit.
const SCALE: i32 = 256;

/// A position on the wire: `[x, y]` in 1/256 of a cell, x to the right, y downwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(into = "(i32, i32)", try_from = "(i32, i32)")]
#[ts(as = "(i32, i32)")]
pub struct At(Point);

/// Way points of a move; never empty.
pub type Path = Vec<At>;

/// A viewer's own name for something: a number that means nothing to anyone else.
pub type Handle = u32;

/// The position lies outside the world.
#[derive(Debug, thiserror::Error)]
#[error("a coordinate lies more than {CELLS_FROM_ORIGIN_MAX} cells from the origin")]
pub struct OutOfBounds;

impl TryFrom<(i32, i32)> for At {
    type Error = OutOfBounds;

    fn try_from((x, y): (i32, i32)) -> Result<Self, OutOfBounds> {
        let limit = CELLS_FROM_ORIGIN_MAX * 256;
        if (-limit..=limit).contains(&x) && (-limit..=limit).contains(&y) {
            Ok(Self(Point::new(x * SCALE, y * SCALE)))
        } else {
            Err(OutOfBounds)
        }
    }
}

impl From<At> for (i32, i32) {
    fn from(at: At) -> Self {
        (to_wire(at.0.x), to_wire(at.0.y))
    }
}

impl From<At> for Point {
    fn from(at: At) -> Self {
        at.0
    }
}

impl From<Point> for At {
    fn from(point: Point) -> Self {
        Self(point)
    }
}

/// Domain units to the nearest wire unit.
pub(crate) fn to_wire(units: i32) -> i32 {
    (units + SCALE / 2).div_euclid(SCALE)
}

/// A length on the wire to domain units; `None` if it is longer than the world.
pub fn length_units(wire: u32) -> Option<i32> {
    i32::try_from(wire).ok().filter(|wire| *wire <= CELLS_FROM_ORIGIN_MAX * 256).map(|wire| wire * SCALE)
}
