//! Records of what people draw on a scene.

use serde::{Deserialize, Serialize};

use crate::geometry::Point;
use crate::id::{DrawingId, SceneId, SeatId};

/// Lines, a shape or a note on a scene. Ordered by who drew it first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawingRecord {
    /// Who drew it.
    pub by: SeatId,
    /// What.
    pub shape: DrawnShape,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How wide its lines are, in units; of a note, how tall its letters are.
    pub width: i32,
    /// Whether the inside is coloured too.
    pub filled: bool,
    /// Who is told of it, beside game masters and who drew it.
    pub shown: Shown,
}

/// What is drawn.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DrawnShape {
    /// A line through points.
    Line {
        /// The points, in order.
        points: Vec<Point>,
    },
    /// A closed line.
    Polygon {
        /// Its corners.
        points: Vec<Point>,
    },
    /// A rectangle along the axes.
    Rectangle {
        /// One corner.
        a: Point,
        /// The opposite one.
        b: Point,
    },
    /// A circle.
    Circle {
        /// Its middle.
        middle: Point,
        /// Its radius, in units.
        radius: i32,
    },
    /// Words at a place.
    Note {
        /// Where.
        at: Point,
        /// The words; lines end with a line feed.
        text: String,
    },
}

/// Who is told of a drawing, beside game masters and its maker. A player's is for everyone, as what they say is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Game masters alone.
    Masters,
    /// Each player who remembers all of the ground under its outline.
    Explored,
    /// All who look at the scene.
    Everyone,
}

/// A drawing at one moment; `None` if there is none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawingState {
    /// Which.
    pub drawing: DrawingId,
    /// What it is.
    pub is: Option<DrawingRecord>,
}

/// One change of drawings that can be taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawingStep {
    /// On this scene.
    pub scene: SceneId,
    /// Each drawing as it was.
    pub before: Vec<DrawingState>,
    /// Each as it became.
    pub after: Vec<DrawingState>,
}
