//! A table at one moment, and what each seat can take back.

use serde::{Deserialize, Serialize};

use super::{
    BlockRecord, BuiltStep, DrawingStep, FogStep, MessageRecord, MoveRecord, SceneRecord, SeatRecord,
    Settings, TokenRecord, TokenState,
};
use crate::id::{SceneId, SeatId, TokenId};

/// A whole table at one moment, from which replay can start.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The form of the snapshot; another number is ignored and the log replayed.
    pub form: u32,
    /// The table's name.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
    /// Which invite is valid.
    pub invite_generation: u32,
    /// The seats.
    pub seats: Vec<SeatRecord>,
    /// The scenes.
    pub scenes: Vec<SceneRecord>,
    /// Where the players are.
    pub shown: Option<SceneId>,
    /// Where the game masters look.
    pub opened: Vec<(SeatId, SceneId)>,
    /// The tokens.
    pub tokens: Vec<(TokenId, TokenRecord)>,
    /// Who aims at which of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<(TokenId, Vec<SeatId>)>,
    /// The newest messages.
    pub messages: Vec<MessageRecord>,
    /// What each seat can take back.
    pub histories: Vec<(SeatId, HistoryRecord)>,
    /// What was explored: by scene and seat.
    pub memories: Vec<(SceneId, SeatId, Vec<BlockRecord>)>,
    /// What the party explored, those who left included.
    pub party: Vec<(SceneId, Vec<BlockRecord>)>,
    /// The next free number of each kind: seat, scene, token, wall, portal, light, message.
    pub next_ids: [u32; 7],
    /// The next free number of a named area.
    #[serde(default)]
    pub next_area: u32,
    /// The next free number of a drawing.
    #[serde(default)]
    pub next_drawing: u32,
}

/// What a seat can take back and do again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryRecord {
    /// Done, oldest first.
    pub done: Vec<Step>,
    /// Taken back, oldest first.
    pub undone: Vec<Step>,
}

/// One change: of tokens, each with what it was and what it became, of fog, of drawings, or of what a
/// scene is built of.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Before.
    pub before: Vec<TokenState>,
    /// After.
    pub after: Vec<TokenState>,
    /// For a walk, each token's whole way with its start: it is checked against walls on the way back too.
    pub ways: Vec<MoveRecord>,
    /// A change of fog; then no token changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fog: Option<FogStep>,
    /// A change of walls, doors, windows or lights; then nothing else changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<BuiltStep>,
    /// A change of drawings; then nothing else changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawings: Option<DrawingStep>,
}
