//! What a viewer is told. Built from a `View` and from nothing else.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::client_frame::{
    Ambience, Cover, DrawnShape, Ghost, Glow, Grid, Layer, PortalKind, PortalState, Senses, Shown, WallKind,
};
use crate::units::{At, Handle, Path};

/// A frame to the client.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The person has knocked and waits for the game master.
    Waiting {
        /// The table's name.
        table: String,
        /// The name under which the person knocks.
        name: String,
    },
    /// A change of the view, a command's answer, or both.
    Update(Box<Update>),
    /// What a seat sees, for a game master who looks as that seat. Its handles are those of this mirror alone; chat is not
    /// mirrored.
    Mirrored {
        /// The number of the mirror: tiles and pictures of what it shows are asked for with it.
        mirror: u32,
        /// A change of the seat's view; `seq` counts the changes of this mirror from 1.
        update: Box<Update>,
    },
    /// Nothing is mirrored any more, or it may not be.
    MirrorEnded {},
    /// Ghosts of tokens that somebody drags.
    Drag {
        /// Who drags.
        by: Handle,
        /// The ghosts that this viewer may see now; empty when none is left.
        ghosts: Vec<Ghost>,
    },
    /// Somebody points at a place.
    Ping {
        /// Who.
        by: Handle,
        /// Where.
        at: At,
        /// Move the camera there.
        pull: bool,
    },
    /// Somebody measures.
    Ruler {
        /// Who.
        by: Handle,
        /// The way points; empty when the ruler is gone.
        points: Vec<At>,
    },
    /// The connection ends.
    Bye {
        /// Why.
        reason: ByeReason,
    },
}

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ByeReason {
    /// A frame was not understood. Close code 4400.
    Malformed,
    /// The access JWT is missing, wrong or has ended. Close code 4401.
    SignedOut,
    /// The seat was taken away. Close code 4403.
    Removed,
    /// There is no such table for this account. Close code 4404.
    NoTable,
    /// `hello` did not come in time. Close code 4408.
    TooSlow,
    /// A frame was too large. Close code 4413.
    TooLarge,
    /// The protocol version is not spoken here: reload the page. Close code 4426.
    Outdated,
    /// The connection has grown old: open another at once. Close code 4410.
    Aged,
    /// Too many frames. Close code 4429.
    TooFast,
    /// The table cannot be served now: try again. Close code 4503.
    Unavailable,
}

impl ByeReason {
    /// The WebSocket close code that goes with the reason.
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Malformed => 4400,
            Self::SignedOut => 4401,
            Self::Removed => 4403,
            Self::NoTable => 4404,
            Self::TooSlow => 4408,
            Self::TooLarge => 4413,
            Self::Outdated => 4426,
            Self::Aged => 4410,
            Self::TooFast => 4429,
            Self::Unavailable => 4503,
        }
    }
}

/// A change of the view. Lists name what is new or different; what left the view is in `gone`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct Update {
    /// Counts the updates of this connection from 1.
    pub seq: u32,
    /// The view starts anew: forget everything first.
    #[serde(skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>")]
    pub fresh: bool,
    /// The answer to this connection's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
    /// The table's name and settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableInfo>,
    /// Who the viewer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
    /// People at the table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SeatInfo>>")]
    pub seats: Vec<SeatInfo>,
    /// All scenes (game master only).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SceneInfo>>")]
    pub scenes: Vec<SceneInfo>,
    /// The scene in view. Its tokens, portals, walls and lights are dropped and told anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<SceneView>,
    /// Tokens that are new or look different.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<TokenView>>")]
    pub tokens: Vec<TokenView>,
    /// Tokens that moved, with the part of the way that was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<TokenMoved>>")]
    pub moves: Vec<TokenMoved>,
    /// Doors and windows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<PortalView>>")]
    pub portals: Vec<PortalView>,
    /// Walls (game master only).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<WallView>>")]
    pub walls: Vec<WallView>,
    /// Tokens that are felt and not seen. A token is either here or in `tokens`: being told in one takes it out of the
    /// other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<FeltView>>")]
    pub felt: Vec<FeltView>,
    /// Lights: for a game master all of the scene, else those that shine and whose source is in sight.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<LightView>>")]
    pub lights: Vec<LightView>,
    /// Drawings and notes, each as a whole. They lie upon each other in the order of their handles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<DrawingView>>")]
    pub drawings: Vec<DrawingView>,
    /// What the viewer's characters see now, lit samples aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SightView>>")]
    pub sight: Vec<SightView>,
    /// What they see because it is lit; for a game master, where light falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lit: Option<LitView>,
    /// What they have seen of the scene.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explored: Option<ExploredView>,
    /// Fog by hand (game master only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fog: Option<FogView>,
    /// Handles of what left the view, of every kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Handle>>")]
    pub gone: Vec<Handle>,
    /// New chat messages, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MessageView>>")]
    pub messages: Vec<MessageView>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A command's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Ack {
    /// The command's id.
    pub id: String,
    /// Set when the command was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Set when a token was stopped on its way.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub stopped: bool,
    /// What the command made, if one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<Handle>,
    /// The named areas that a previewed move would show to players for the first time.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<Handle>>")]
    pub warns: Vec<Handle>,
}

/// Why a command was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Refused {
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// The table's name and settings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Whether an invited person sits down without being admitted.
    pub walk_in: bool,
    /// Whether all players see what any player's token sees.
    pub shared_sight: bool,
    /// Whether players may take back their moves.
    pub player_undo: bool,
    /// Whether what players are told leaves at fixed ticks only.
    pub padded_timing: bool,
    /// Whether players wait: they do not move and open nothing.
    pub paused: bool,
    /// Players may draw on the map.
    pub players_draw: bool,
}

/// Who the viewer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Me {
    /// The viewer's own seat.
    pub seat: Handle,
    /// What they may do.
    pub role: Role,
}

/// What a seat may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the game.
    Gm,
    /// Plays.
    Player,
    /// Watches.
    Spectator,
}

/// A person at the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct SeatInfo {
    /// Their seat.
    pub seat: Handle,
    /// Their name.
    pub name: String,
    /// Their colour, 0xRRGGBB.
    pub color: u32,
    /// What they may do.
    pub role: Role,
    /// How they stand to the table. Others than the game master see seated people only.
    pub state: SeatState,
    /// Whether a connection of theirs is open.
    pub online: bool,
}

/// How a person stands to the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Waits to be let in.
    Knocking,
    /// Sits at the table.
    Seated,
    /// Was banned.
    Banned,
}

/// A scene in the game master's list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct SceneInfo {
    /// The scene.
    pub scene: Handle,
    /// Its name.
    pub name: String,
    /// Whether the players are here.
    pub shown: bool,
}

/// The scene in view.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SceneView {
    /// The scene.
    pub scene: Handle,
    /// Its name (game master only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its lower right corner.
    pub size: At,
    /// Its grid.
    pub grid: Grid,
    /// The picture that covers it (game master only; others are served tiles of what they explored).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Handle>,
    /// The width and height of the picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_px: Option<[u32; 2]>,
    /// How light it is without any light source.
    pub ambience: Ambience,
    /// Whether the viewer sees everything, or just what `sight` and `lit` hold.
    pub sees_all: bool,
    /// Its walls cannot be made ready, so that nobody sees anything or walks (game master only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<bool>,
}

/// What the viewer's characters have seen of the scene.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExploredView {
    /// Grows with every change; tiles of the map are asked for with it.
    pub revision: u32,
    /// Forget all blocks first.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>")]
    pub whole: bool,
    /// Blocks as they are now; one without samples is forgotten.
    pub blocks: Vec<BlockView>,
}

/// A square of 64 by 64 samples, 8 by 8 cells.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BlockView {
    /// Its column, in blocks.
    pub x: u16,
    /// Its row, in blocks.
    pub y: u16,
    /// Run lengths of its samples row by row, starting with unseen ones: LEB128 in base64url without padding. Empty if
    /// nothing was seen.
    pub runs: String,
}

/// What the viewer's characters see because it is lit, in samples: eight to a cell and side. A sample is told only if all
/// of it is in sight and lit. Nothing on a bright scene; on a dim one only what is brightly lit. Where the game master
/// veiled a part of what an eye sees, its polygons are empty and what is left of them is told here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LitView {
    /// Forget all blocks first.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>")]
    pub whole: bool,
    /// Blocks of samples that are dimly lit or better, as they are now; one without samples is dark.
    pub dim: Vec<BlockView>,
    /// Blocks of samples that are brightly lit.
    pub bright: Vec<BlockView>,
}

/// Fog by hand of the scene in view, for a game master. Blocks are as they are now; one without samples is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct FogView {
    /// Forget all blocks and areas first.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>")]
    pub whole: bool,
    /// Whether a draft is being prepared; without one it has no samples.
    pub preparing: bool,
    /// Blocks that every player remembers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<BlockView>>")]
    pub revealed: Vec<BlockView>,
    /// Blocks that no player sees or remembers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<BlockView>>")]
    pub veiled: Vec<BlockView>,
    /// Blocks of the draft that every player will remember.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<BlockView>>")]
    pub draft_revealed: Vec<BlockView>,
    /// Blocks of the draft that no player will see or remember.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<BlockView>>")]
    pub draft_veiled: Vec<BlockView>,
    /// Named areas that are new or look different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<AreaView>>")]
    pub areas: Vec<AreaView>,
}

/// A named area.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AreaView {
    /// The area.
    pub area: Handle,
    /// Its name.
    pub name: String,
    /// Its corners.
    pub points: Vec<At>,
    /// How it was last covered.
    pub cover: Cover,
    /// How it was last covered in the draft, while one is prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Cover>,
}

/// A token that is felt and not seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct FeltView {
    /// The token.
    pub token: Handle,
    /// Its middle.
    pub at: At,
    /// Its diameter, in 1/256 cell.
    pub size: u32,
}

/// A token in view.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct TokenView {
    /// The token.
    pub token: Handle,
    /// Its middle.
    pub at: At,
    /// Its diameter, in 1/256 cell.
    pub size: u32,
    /// Where it faces: degrees clockwise.
    pub rotation: u32,
    /// What it stands on.
    pub layer: Layer,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// Its name, if the viewer may know it and it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether players read the name (game master and owners only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_shown: Option<bool>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Handle>,
    /// Players do not see it (told to those who may know).
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub hidden: bool,
    /// Whose it is (game master and owners only).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<Handle>>")]
    pub owners: Vec<Handle>,
    /// Which seats aim at it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<Handle>>")]
    pub targeted_by: Vec<Handle>,
    /// The viewer may move it.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub mine: bool,
    /// How it perceives what is around it (game master and owners only).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub senses: Option<Senses>,
    /// The light that it carries (game master and owners only).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emission: Option<Glow>,
}

/// A drawing or a note in view.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct DrawingView {
    /// The drawing.
    pub drawing: Handle,
    /// Who made it, if they are still at the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Handle>,
    /// What. The words of a note are as typed, for who edits them.
    pub shape: DrawnShape,
    /// The words of a note with their marks, if there are marks.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<Span>>")]
    pub spans: Vec<Span>,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How wide its lines are, or how tall a note's letters, in 1/256 cell.
    pub width: u32,
    /// Whether the inside is coloured too.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub filled: bool,
    /// The viewer may change it and wipe it away.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub mine: bool,
    /// Who else is told of it (game master only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}

/// A token that moved.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct TokenMoved {
    /// The token.
    pub token: Handle,
    /// The way points that were seen, without the start; the last one is where it stands.
    pub path: Path,
}

/// A door or window in view.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct PortalView {
    /// The portal.
    pub portal: Handle,
    /// One end.
    pub a: At,
    /// The other end.
    pub b: At,
    /// Door or window.
    pub kind: PortalKind,
    /// How it stands; `locked` is told to the game master only.
    pub state: PortalState,
}

/// A wall (game master only).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct WallView {
    /// The wall.
    pub wall: Handle,
    /// One end.
    pub a: At,
    /// The other end.
    pub b: At,
    /// What it stops.
    pub kind: WallKind,
}

/// A light source in view.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct LightView {
    /// The light.
    pub light: Handle,
    /// Where it is.
    pub at: At,
    /// What it shines; its cone's direction counts from north.
    pub glow: Glow,
    /// Whether it shines; others than a game master are told of lights that do.
    pub on: bool,
}

/// What one pair of eyes sees now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SightView {
    /// The eyes; gone when in `gone`.
    pub eye: Handle,
    /// The polygon that is seen by the light that is everywhere: x, y, x, y, … in 1/256 cell. Empty on a dark scene.
    pub polygon: Vec<i32>,
    /// How light it is there.
    pub level: Ambience,
    /// The polygon that darkvision shows.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<i32>>")]
    pub dark_sight: Vec<i32>,
}

/// A line of chat.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct MessageView {
    /// The viewer's number of it, growing.
    pub message: Handle,
    /// When, in milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// Whose seat said it, if it is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Handle>,
    /// Under what name.
    pub name: String,
    /// How it was said.
    pub manner: Manner,
    /// To whom a whisper goes, by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<String>>")]
    pub to: Vec<String>,
    /// The words and rolls.
    pub parts: Vec<Part>,
}

/// How a line was said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Said aloud.
    Say,
    /// `/me`: what somebody does.
    Emote,
    /// To some people only.
    Whisper,
    /// A roll that all see.
    Roll,
    /// A roll for the roller and the game master.
    GmRoll,
    /// A roll whose result only the game master sees.
    BlindRoll,
    /// A roll for the roller alone.
    SelfRoll,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Words.
    Text {
        /// The words with their marks; together they are what is read.
        spans: Vec<Span>,
    },
    /// A roll with its dice.
    Roll {
        /// The roll.
        roll: RollView,
    },
    /// A roll whose result this viewer may not know.
    Concealed,
}

/// Words that look alike. Shown as text: marks are told by fields, never by markup.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Span {
    /// The words, with line breaks.
    pub text: String,
    /// Strongly emphasised.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub strong: bool,
    /// Emphasised.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub emphasis: bool,
    /// Struck through.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub struck: bool,
    /// Code: of one width.
    #[serde(skip_serializing_if = "is_false", default)]
    #[ts(as = "Option<bool>")]
    pub code: bool,
    /// Where a link leads: an address of `https` or `http`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub href: Option<String>,
}

/// A roll with every die.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct RollView {
    /// As typed.
    pub formula: String,
    /// The result, exact; `void` if the dice made the calculation impossible, and the last note says how.
    pub total: String,
    /// The dice, in written order.
    pub pools: Vec<PoolView>,
    /// The groups in braces with their sub-totals, inner ones first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<GroupView>>")]
    pub groups: Vec<GroupView>,
    /// What was decided for the roller, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[ts(as = "Option<Vec<String>>")]
    pub notes: Vec<String>,
    /// The text after `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavour: Option<String>,
}

/// Dice thrown together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PoolView {
    /// As written: `4d6kh3`.
    pub notation: String,
    /// The text in square brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The dice, in the order thrown or, if the formula says so, sorted.
    pub dice: Vec<DieView>,
    /// What the pool counts for.
    pub result: String,
}

/// Entries in braces, and what was made of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct GroupView {
    /// As written: `{1d6 + 2, 1d8}kh1`.
    pub notation: String,
    /// The text in square brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The entries, in the order written or, if the formula says so, sorted.
    pub entries: Vec<SubtotalView>,
    /// What the group counts for.
    pub result: String,
}

/// One entry of a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct SubtotalView {
    /// As written: `1d6 + 2`.
    pub notation: String,
    /// What it comes to.
    pub value: String,
    /// What happened to it: `dropped`, `success`, `failure`.
    pub marks: Vec<String>,
}

/// One die.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct DieView {
    /// What it counts.
    pub value: i32,
    /// Every face it showed, in order.
    pub throws: Vec<i32>,
    /// What happened to it: `dropped`, `exploded`, `extra`, `rerolled`, `clamped`, `success`, `failure`,
    /// `highest`, `lowest`.
    pub marks: Vec<String>,
}
