//! Records of walls, doors, windows and lights as they were and became, so that building can be taken back.

use serde::{Deserialize, Serialize};

use super::{LightRecord, PortalRecord, WallRecord};
use crate::id::{LightId, PortalId, SceneId, WallId};

/// A thing that a scene is built of, at one moment; `None` if there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BuiltState {
    /// A wall.
    Wall(WallId, Option<WallRecord>),
    /// A door or window.
    Portal(PortalId, Option<PortalRecord>),
    /// A light.
    Light(LightId, Option<LightRecord>),
}

/// One change of what a scene is built of that can be taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltStep {
    /// On this scene.
    pub scene: SceneId,
    /// Each thing as it was.
    pub before: Vec<BuiltState>,
    /// Each as it became.
    pub after: Vec<BuiltState>,
}
