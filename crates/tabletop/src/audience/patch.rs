//! What changes for one viewer, in that viewer's names.

use std::sync::Arc;

use super::Handle;
use crate::event::{BlockRecord, Manner, MessageRecord, Part, Role, WallRecord};
use crate::geometry::Point;
use crate::sight::Outline;
use crate::view::{
    AreaLook, DrawingLook, FeltLook, LightLook, PortalLook, SceneListing, SceneLook, SeatLook, TableLook,
    TokenLook,
};

/// What changes for one viewer.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The view starts anew.
    pub fresh: bool,
    /// The table.
    pub table: Option<TableLook>,
    /// The viewer's seat and role.
    pub me: Option<(Handle, Role)>,
    /// People.
    pub seats: Vec<(Handle, SeatLook)>,
    /// The list of scenes.
    pub scenes: Vec<(Handle, SceneListing)>,
    /// The scene in view, with the handle of its picture; everything on it follows anew.
    pub scene: Option<(Handle, SceneLook, Option<Handle>)>,
    /// Tokens that are new or look different.
    pub tokens: Vec<TokenPatch>,
    /// Tokens that walked.
    pub moves: Vec<(Handle, Vec<Point>)>,
    /// Doors and windows.
    pub portals: Vec<(Handle, PortalLook)>,
    /// Walls.
    pub walls: Vec<(Handle, WallRecord)>,
    /// Tokens that are felt and not seen, new or elsewhere.
    pub felt: Vec<(Handle, FeltLook)>,
    /// Lights.
    pub lights: Vec<(Handle, LightLook)>,
    /// Drawings and notes, each with who made it.
    pub drawings: Vec<(Handle, DrawingLook, Option<Handle>)>,
    /// What eyes see.
    pub sight: Vec<(Handle, Outline)>,
    /// What is seen because it is lit.
    pub lit: Option<LitPatch>,
    /// What the viewer remembers of the scene.
    pub explored: Option<Explored>,
    /// Fog by hand, for a game master.
    pub fog: Option<FogPatch>,
    /// What left the view.
    pub gone: Vec<Handle>,
    /// New messages.
    pub messages: Vec<MessagePatch>,
}

/// What changes in what a viewer sees because it is lit.
#[derive(Clone, Debug)]
pub struct LitPatch {
    /// The blocks are all there are.
    pub whole: bool,
    /// Blocks of samples that are dimly lit or better, as they are now; one without samples is dark.
    pub dim: Vec<BlockRecord>,
    /// Blocks of samples that are brightly lit.
    pub bright: Vec<BlockRecord>,
}

/// What changes in the fog by hand of the scene in view. Blocks are as they are now; one without samples is empty.
#[derive(Clone, Debug, Default)]
pub struct FogPatch {
    /// Blocks and areas are all there are.
    pub whole: bool,
    /// Whether a draft is being prepared. Without one it has no samples.
    pub preparing: bool,
    /// Blocks that every player remembers.
    pub revealed: Vec<BlockRecord>,
    /// Blocks that no player sees.
    pub veiled: Vec<BlockRecord>,
    /// Blocks of the draft that every player will remember.
    pub draft_revealed: Vec<BlockRecord>,
    /// Blocks of the draft that no player will see.
    pub draft_veiled: Vec<BlockRecord>,
    /// Named areas that are new or look different.
    pub areas: Vec<(Handle, AreaLook)>,
}

/// What changes in a viewer's memory of the scene in view.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Grows with every change; tiles of the map are asked for with it.
    pub revision: u32,
    /// The blocks are all there are.
    pub whole: bool,
    /// Blocks as they are now; one without samples is no longer remembered.
    pub blocks: Vec<BlockRecord>,
}

/// A token for one viewer.
#[derive(Clone, Debug)]
pub struct TokenPatch {
    /// The token.
    pub token: Handle,
    /// How it looks.
    pub look: TokenLook,
    /// The handle of its picture.
    pub picture: Option<Handle>,
    /// The handles of its owners.
    pub owners: Vec<Handle>,
    /// The handles of those who aim at it.
    pub targeted_by: Vec<Handle>,
}

/// A message for one viewer.
#[derive(Clone, Debug)]
pub struct MessagePatch {
    /// The viewer's number of it.
    pub number: Handle,
    /// Whose seat said it.
    pub seat: Option<Handle>,
    /// The names of those it was whispered to.
    pub to: Vec<String>,
    /// The message; [`MessagePatch::parts`] gives what may be known of its parts.
    pub(super) message: Arc<MessageRecord>,
    pub(super) concealed: bool,
}

impl MessagePatch {
    /// When, in milliseconds since 1970.
    pub fn at_ms(&self) -> u64 {
        self.message.at_ms
    }

    /// Under what name.
    pub fn name(&self) -> &str {
        &self.message.name
    }

    /// How.
    pub fn manner(&self) -> Manner {
        self.message.manner
    }

    /// The parts; `None` stands for a roll whose result this viewer may not know.
    pub fn parts(&self) -> impl Iterator<Item = Option<&Part>> {
        self.message.parts.iter().map(|part| match part {
            Part::Roll { .. } if self.concealed => None,
            Part::Roll { .. } | Part::Text { .. } => Some(part),
        })
    }
}

impl Patch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        !self.fresh
            && self.table.is_none()
            && self.me.is_none()
            && self.scene.is_none()
            && self.seats.is_empty()
            && self.scenes.is_empty()
            && self.tokens.is_empty()
            && self.moves.is_empty()
            && self.portals.is_empty()
            && self.walls.is_empty()
            && self.felt.is_empty()
            && self.lights.is_empty()
            && self.drawings.is_empty()
            && self.sight.is_empty()
            && self.lit.is_none()
            && self.explored.is_none()
            && self.fog.is_none()
            && self.gone.is_empty()
            && self.messages.is_empty()
    }
}
