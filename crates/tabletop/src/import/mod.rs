//! Map files in, scenes out: Universal VTT (`.dd2vtt`, `.uvtt`, `.df2vtt`).
//!
//! [`read_universal_vtt`] takes a file that anyone may have made and gives walls, portals and lights in the units of
//! [`crate::geometry`], with a report of what was done to them. It knows nothing about pictures: the image is handed
//! on as bytes that nobody has looked into. Nothing here gets larger than a few times the file, and the work is
//! bounded by the caps in [`ImportLimits`].
//!
//! What a file means, where readers disagree:
//! - Coordinates are cells of the whole map, so a cropped export has an origin that is subtracted, and holds walls far
//!   outside of its picture, which are cut off at the border.
//! - A portal has no kind. One that is not `closed` does not stop sight: that is a window. All others are doors, shut.
//! - Eight digits of colour are alpha first.
//!
//! The ways of a wall through here: `universal_vtt` reads it, `clip` cuts it, `weld` joins and merges it.

mod clip;
mod nearby;
mod universal_vtt;
mod weld;

use serde::{Deserialize, Serialize};

use crate::event::{PortalKind, PortalState, WallKind};
use crate::geometry::Point;
use crate::limits;

pub use universal_vtt::read_universal_vtt;

/// Bytes of a map file, the picture in it included.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Walls in a file, before the map's border cuts and merging.
pub const WALLS_READ_MAX: usize = 100_000;
/// Ends of walls closer together than this are joined, in units: 0.02 cell.
pub const WELD_UNITS: i32 = 1_310;
/// Wall ends at most this far apart are one point, in units: what rounding to units may have pulled apart.
pub const SAME_POINT_UNITS: i32 = 2;
/// A loose piece of wall shorter than this is dropped, in units: 0.05 cell.
pub const SHORT_UNITS: i32 = 3_277;

/// How much a map file may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportLimits {
    /// Bytes of the file.
    pub file_bytes_max: usize,
    /// Walls in the file.
    pub walls_read_max: usize,
    /// Walls that are left for the scene.
    pub walls_kept_max: usize,
    /// Portals in the file.
    pub portals_max: usize,
    /// Lights in the file.
    pub lights_max: usize,
    /// Width and height of the map, in cells.
    pub side_cells_max: u32,
    /// Pixels of the picture in one cell.
    pub pixels_per_cell_max: u32,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            file_bytes_max: FILE_BYTES_MAX,
            walls_read_max: WALLS_READ_MAX,
            walls_kept_max: limits::WALLS_PER_SCENE_MAX,
            portals_max: limits::PORTALS_PER_SCENE_MAX,
            lights_max: limits::LIGHTS_PER_SCENE_MAX,
            side_cells_max: limits::SCENE_CELLS_MAX,
            pixels_per_cell_max: limits::PIXELS_PER_CELL_MAX,
        }
    }
}

/// A map file as a scene can use it. Every point lies on the map: between the origin and `size`.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportedMap {
    /// Width and height.
    pub size: Point,
    /// Pixels of the picture in one cell.
    pub pixels_per_cell: u32,
    /// No two are the same; none is without length.
    pub walls: Vec<ImportedWall>,
    /// In the file's order.
    pub portals: Vec<ImportedPortal>,
    /// In the file's order.
    pub lights: Vec<ImportedLight>,
    /// The picture's bytes, of whatever type they are.
    pub image: Option<Vec<u8>>,
    /// The colour of the light that is everywhere, 0xRRGGBB.
    pub ambient: Option<u32>,
    /// Whether the picture already shows the light.
    pub baked_lighting: bool,
    /// What was read, changed and left out.
    pub report: ImportReport,
}

/// A straight piece of wall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportedWall {
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// A wall, or an object that one sees into and not past.
    pub kind: WallKind,
}

/// A door or window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportedPortal {
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// Door or window.
    pub kind: PortalKind,
    /// Always shut: the format has no open doors.
    pub state: PortalState,
}

/// A light source.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ImportedLight {
    /// Where it is.
    pub at: Point,
    /// How far it shines, in units.
    pub range: i32,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How strong it is; 1 is common, and more than 1 is usual too.
    pub intensity: f64,
}

/// What became of a file's parts.
///
/// `walls_read + welded` is `walls_kept + merged + dropped_short + outside + duplicates`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportReport {
    /// Straight pieces in the file, of walls and of objects.
    pub walls_read: usize,
    /// Pieces that are left.
    pub walls_kept: usize,
    /// Pieces that went into a longer straight one.
    pub merged: usize,
    /// Pieces that were cut at the border; the rest of them was kept.
    pub clipped: usize,
    /// Pieces without length, and loose ones that were too short to matter.
    pub dropped_short: usize,
    /// Pieces off the map.
    pub outside: usize,
    /// Pieces that were there already.
    pub duplicates: usize,
    /// Small gaps that were closed, each with a piece of wall.
    pub welded: usize,
    /// Doors and windows that are left.
    pub portals_kept: usize,
    /// Lights that are left.
    pub lights_kept: usize,
    /// What else a game master should know, in sentences.
    pub notes: Vec<String>,
}

/// Why a file is not imported.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is too large to be read at all.
    #[error("the map file has {bytes} bytes; at most {max} are read")]
    FileTooLarge {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        max: usize,
    },
    /// Not JSON, or not the JSON of a map.
    #[error("this is not a Universal VTT file: {reason}")]
    Malformed {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// More of something than a scene can hold.
    #[error("the map has {count} {what}; at most {max} are imported")]
    TooMany {
        /// Of what.
        what: Counted,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A number that cannot be a place on a map.
    #[error("{path} is {value}, which is no place on a map")]
    Coordinate {
        /// Where in the file.
        path: String,
        /// What stands there.
        value: f64,
    },
    /// No area, or too much of it.
    #[error("the map is {width} by {height} cells; each side must be above 0 and at most {max}")]
    MapSize {
        /// Cells from left to right.
        width: f64,
        /// Cells from top to bottom.
        height: f64,
        /// How many a side may have.
        max: u32,
    },
    /// No scale, or too fine a one.
    #[error("the map has {value} pixels in a cell; it must be from 1 to {max}")]
    PixelsPerCell {
        /// What the file says.
        value: f64,
        /// The most there may be.
        max: u32,
    },
    /// The picture is not base64.
    #[error("the map's picture is damaged: it is not base64")]
    Image,
}

/// What there can be too much of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// Straight pieces of wall in the file.
    WallsRead,
    /// Straight pieces of wall after the border cut and merging.
    WallsKept,
    /// Doors and windows.
    Portals,
    /// Light sources.
    Lights,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WallsRead => "pieces of wall",
            Self::WallsKept => "pieces of wall after merging",
            Self::Portals => "doors and windows",
            Self::Lights => "lights",
        })
    }
}
