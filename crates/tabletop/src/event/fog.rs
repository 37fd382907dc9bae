//! Records of fog by hand: what a game master shows or hides of a scene, whatever characters see.

use serde::{Deserialize, Serialize};

use super::BlockRecord;
use crate::geometry::Point;
use crate::id::{AreaId, SceneId};

/// What fog by hand does with a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Nothing: players know what their characters see and remember.
    #[default]
    Open,
    /// Every player remembers it, seen or not.
    Revealed,
    /// No player sees it or remembers it.
    Veiled,
}

/// Which of a scene's two fogs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FogStage {
    /// The one under which the players are.
    Live,
    /// The one that is being prepared.
    Draft,
}

/// A change of a scene's fog.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FogChange {
    /// Blocks of revealed samples, as they are now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revealed: Vec<BlockRecord>,
    /// Blocks of veiled samples, as they are now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub veiled: Vec<BlockRecord>,
    /// How named areas were last covered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<(AreaId, Cover)>,
}

impl FogChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.revealed.is_empty() && self.veiled.is_empty() && self.areas.is_empty()
    }

    /// How many blocks it holds.
    pub(crate) fn block_count(&self) -> usize {
        self.revealed.len() + self.veiled.len()
    }
}

/// A part of a scene that the game masters have a name for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaRecord {
    /// The area.
    pub area: AreaId,
    /// Its name.
    pub name: String,
    /// Its corners.
    pub polygon: Vec<Point>,
}

/// The whole fog by hand of a scene.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FogRecord {
    /// The fog under which the players are.
    #[serde(default, skip_serializing_if = "FogChange::is_empty")]
    pub live: FogChange,
    /// The fog that is being prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<FogChange>,
    /// Named areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<AreaRecord>,
}

impl FogRecord {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One change of fog that can be taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FogStep {
    /// On this scene.
    pub scene: SceneId,
    /// In which of its fogs.
    pub stage: FogStage,
    /// What changed, as it was.
    pub before: FogChange,
    /// What changed, as it became.
    pub after: FogChange,
}
