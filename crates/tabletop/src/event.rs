//! Facts about a table, in past tense, and the records they carry.
//!
//! The only types of the domain that are stored, hence with [`crate::id`], [`crate::geometry`] and the dice record the
//! only ones with serde. An event holds outcomes (the way walked, the dice thrown), so that replay computes neither.

mod built;
mod drawing;
mod fog;
mod seat;
mod snapshot;

pub use built::{BuiltState, BuiltStep};
pub use drawing::{DrawingRecord, DrawingState, DrawingStep, DrawnShape, Shown};
pub use fog::{AreaRecord, Cover, FogChange, FogRecord, FogStage, FogStep};
pub use seat::{Role, SeatRecord, SeatState};
use serde::{Deserialize, Serialize};
pub use snapshot::{HistoryRecord, Snapshot, Step};

use crate::dice::RollRecord;
use crate::geometry::{CELL, Point};
use crate::id::{AreaId, BlobId, DrawingId, LightId, MessageId, PortalId, SceneId, SeatId, TokenId, WallId};

/// One fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The table has this name and these settings.
    TableSet {
        /// The name.
        name: String,
        /// The settings.
        settings: Settings,
    },
    /// Older invite links are worthless.
    InviteRenewed {
        /// Counts the invites of this table.
        generation: u32,
    },
    /// A person has a place, or waits for one.
    SeatAdded {
        /// The seat.
        seat: SeatRecord,
    },
    /// A seat looks different or stands differently to the table.
    SeatSet {
        /// The whole seat as it is now.
        seat: SeatRecord,
    },
    /// A seat is gone.
    SeatRemoved {
        /// Which.
        seat: SeatId,
    },
    /// A scene was made.
    SceneAdded {
        /// The whole scene.
        scene: Box<SceneRecord>,
    },
    /// A scene has this name, grid and ambience.
    SceneSet {
        /// Which.
        scene: SceneId,
        /// Its name.
        name: String,
        /// Its grid; another number of pixels in a cell scales all that lies on the scene.
        grid: Grid,
        /// How light it is everywhere.
        #[serde(default)]
        ambience: Ambience,
    },
    /// A scene is gone, with its tokens.
    SceneRemoved {
        /// Which.
        scene: SceneId,
    },
    /// The players are on this scene.
    SceneShown {
        /// Which.
        scene: SceneId,
    },
    /// A game master looks at this scene.
    SceneOpened {
        /// Who.
        seat: SeatId,
        /// Which.
        scene: SceneId,
    },
    /// Walls were drawn.
    WallsAdded {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// On this scene.
        scene: SceneId,
        /// The walls.
        walls: Vec<WallRecord>,
    },
    /// Walls are gone.
    WallsRemoved {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// From this scene.
        scene: SceneId,
        /// Which.
        walls: Vec<WallId>,
    },
    /// A door or window was put in.
    PortalAdded {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// On this scene.
        scene: SceneId,
        /// The portal.
        portal: PortalRecord,
    },
    /// A door or window is gone.
    PortalRemoved {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// From this scene.
        scene: SceneId,
        /// Which.
        portal: PortalId,
    },
    /// Players found a secret door: from now on it is a door.
    PortalFound {
        /// On this scene.
        scene: SceneId,
        /// Which.
        portal: PortalId,
    },
    /// A door stands differently.
    PortalSet {
        /// On this scene.
        scene: SceneId,
        /// Which.
        portal: PortalId,
        /// How.
        state: PortalState,
    },
    /// Lights were placed or changed.
    LightsSet {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// On this scene.
        scene: SceneId,
        /// Each light as it is now.
        lights: Vec<LightRecord>,
    },
    /// Lights are gone.
    LightsRemoved {
        /// Who did it; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SeatId>,
        /// From this scene.
        scene: SceneId,
        /// Which.
        lights: Vec<LightId>,
    },
    /// A seat took back its last change of walls, doors, windows or lights, or did it again.
    BuiltReset {
        /// Who.
        by: SeatId,
        /// Back or forth.
        direction: Direction,
        /// On this scene.
        scene: SceneId,
        /// Each thing as it is now; without a record it is gone.
        things: Vec<BuiltState>,
    },
    /// Tokens walked.
    TokensMoved {
        /// Who moved them.
        by: SeatId,
        /// Where.
        moves: Vec<MoveRecord>,
    },
    /// Tokens were placed, changed or removed.
    TokensSet {
        /// Who did it.
        by: SeatId,
        /// Each token as it is now; `None` for a removed one.
        tokens: Vec<TokenState>,
    },
    /// A seat took back its last change of tokens, or did it again.
    TokensReset {
        /// Who.
        by: SeatId,
        /// Back or forth.
        direction: Direction,
        /// Each token as it is now; `None` for a removed one.
        tokens: Vec<TokenState>,
    },
    /// Somebody aims at other tokens than before.
    Targeted {
        /// Who.
        by: SeatId,
        /// At these too.
        aimed: Vec<TokenId>,
        /// At these no longer.
        let_go: Vec<TokenId>,
    },
    /// Players' characters saw parts of a scene that they had not seen.
    Explored {
        /// The scene.
        scene: SceneId,
        /// What was new, and to whom.
        growths: Vec<Growth>,
    },
    /// A game master showed or hid parts of a scene.
    FogSet {
        /// Who.
        by: SeatId,
        /// Which scene.
        scene: SceneId,
        /// In which of its fogs.
        stage: FogStage,
        /// What changed.
        change: FogChange,
    },
    /// A game master took back a change of fog, or made it again.
    FogReset {
        /// Who.
        by: SeatId,
        /// Back or forth.
        direction: Direction,
        /// Which scene.
        scene: SceneId,
        /// In which of its fogs.
        stage: FogStage,
        /// What changed.
        change: FogChange,
    },
    /// A scene's fog is being prepared, starting from what it is.
    FogPrepared {
        /// Which scene.
        scene: SceneId,
    },
    /// What was prepared of a scene's fog is thrown away.
    FogDiscarded {
        /// Which scene.
        scene: SceneId,
    },
    /// Named areas are new or different.
    AreasSet {
        /// On this scene.
        scene: SceneId,
        /// Each area as it is now.
        areas: Vec<AreaRecord>,
    },
    /// Named areas are gone.
    AreasRemoved {
        /// From this scene.
        scene: SceneId,
        /// Which.
        areas: Vec<AreaId>,
    },
    /// Something was drawn, changed or wiped away.
    DrawingsSet {
        /// Who did it.
        by: SeatId,
        /// On this scene.
        scene: SceneId,
        /// Each drawing as it is now; `None` for a removed one.
        drawings: Vec<DrawingState>,
    },
    /// A seat took back its last change of drawings, or did it again.
    DrawingsReset {
        /// Who.
        by: SeatId,
        /// Back or forth.
        direction: Direction,
        /// On this scene.
        scene: SceneId,
        /// Each drawing as it is now; `None` for a removed one.
        drawings: Vec<DrawingState>,
    },
    /// What characters saw of a scene is forgotten.
    MemoryForgotten {
        /// Which scene.
        scene: SceneId,
        /// Whose memory; `None` for all.
        seat: Option<SeatId>,
    },
    /// Somebody said something.
    MessageSaid {
        /// The message.
        message: Box<MessageRecord>,
    },
}

/// The settings of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// An invited person sits down without being admitted.
    pub walk_in: bool,
    /// All players see what any player's token sees.
    pub shared_sight: bool,
    /// Players may take back their moves.
    pub player_undo: bool,
    /// What players are told leaves at fixed ticks only.
    #[serde(default)]
    pub padded_timing: bool,
    /// Players do not move and open nothing.
    #[serde(default)]
    pub paused: bool,
    /// Players may draw on the map.
    #[serde(default = "yes")]
    pub players_draw: bool,
}

const fn yes() -> bool {
    true
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            walk_in: false,
            shared_sight: true,
            player_undo: true,
            padded_timing: false,
            paused: false,
            players_draw: true,
        }
    }
}

/// A map with its grid, walls, portals and lights.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneRecord {
    /// The scene.
    pub scene: SceneId,
    /// Its name.
    pub name: String,
    /// Its lower right corner.
    pub size: Point,
    /// Its grid.
    pub grid: Grid,
    /// The picture that covers it.
    pub picture: Option<MapPicture>,
    /// Walls.
    pub walls: Vec<WallRecord>,
    /// Doors and windows.
    pub portals: Vec<PortalRecord>,
    /// Light sources.
    pub lights: Vec<LightRecord>,
    /// How light it is everywhere.
    #[serde(default)]
    pub ambience: Ambience,
    /// What is shown or hidden by hand.
    #[serde(default, skip_serializing_if = "FogRecord::is_empty")]
    pub fog: FogRecord,
    /// What was drawn on it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawings: Vec<(DrawingId, DrawingRecord)>,
}

/// How light a scene is without any light source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ambience {
    /// All in sight is seen.
    #[default]
    Bright,
    /// All in sight is seen dimly.
    Dim,
    /// Only what a light shines on is seen, or what darkvision reaches.
    Dark,
}

/// The picture of a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapPicture {
    /// The stored picture.
    pub blob: BlobId,
    /// Its width and height, in pixels.
    pub size_px: [u32; 2],
}

impl MapPicture {
    /// The lower right corner of a scene that a picture of this size covers, on the wire's 1/256 of a cell.
    pub fn covers(size_px: [u32; 2], pixels_per_cell: u32) -> Point {
        let [width, height] = size_px.map(|px| {
            let units = i64::from(px) * i64::from(CELL) / i64::from(pixels_per_cell.max(1));
            i32::try_from(units - units % 256).unwrap_or(i32::MAX)
        });
        Point::new(width, height)
    }
}

/// A square of 64 by 64 samples of a scene, eight samples to a cell and side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRecord {
    /// Its column, in blocks.
    pub x: u16,
    /// Its row, in blocks.
    pub y: u16,
    /// Run lengths of its samples row by row, starting with unseen ones: LEB128 in base64url without padding.
    pub runs: String,
}

/// What some seats explored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Whose memory grows.
    pub seats: Vec<SeatId>,
    /// What was new to at least one of them.
    pub samples: Vec<BlockRecord>,
}

/// The grid of a scene.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Its shape.
    pub shape: GridShape,
    /// Where its origin lies.
    pub offset: Point,
    /// Pixels of the picture in one cell; 0 without a picture.
    pub pixels_per_cell: u32,
    /// How much of the unit one cell is, in hundredths.
    pub unit_per_cell: u32,
    /// The unit's name.
    pub unit: String,
    /// How diagonals count.
    pub diagonal: Diagonal,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            shape: GridShape::Square,
            offset: Point::new(0, 0),
            pixels_per_cell: 0,
            unit_per_cell: 500,
            unit: "ft".to_owned(),
            diagonal: Diagonal::One,
        }
    }
}

/// The shape of a grid's cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridShape {
    /// Squares.
    Square,
    /// Hexagons with a corner on top.
    HexPointy,
    /// Hexagons with a flat on top.
    HexFlat,
    /// No cells.
    None,
}

/// How a ruler counts diagonals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Diagonal {
    /// One cell each.
    One,
    /// One and two cells in turn.
    Alternating,
    /// As the crow flies.
    Euclid,
    /// Two cells each.
    Manhattan,
}

/// A wall segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallRecord {
    /// The wall.
    pub wall: WallId,
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// What it stops.
    pub kind: WallKind,
}

/// What a wall stops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WallKind {
    /// Sight and movement.
    Wall,
    /// A piece of furniture or a pillar: movement, and sight past a second one. One sees into it, not past it.
    Object,
    /// Movement only.
    Barrier,
    /// Everything that comes from the right of the way from its first end to its second; from the left it is not there.
    OneWay,
}

/// A door or window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalRecord {
    /// The portal.
    pub portal: PortalId,
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// Door or window.
    pub kind: PortalKind,
    /// How it stands.
    pub state: PortalState,
}

impl PortalRecord {
    /// Whether players take it for a wall.
    pub(crate) fn is_secret(&self) -> bool {
        self.kind == PortalKind::SecretDoor && self.state != PortalState::Open
    }
}

/// Door or window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalKind {
    /// Stops sight while shut.
    Door,
    /// A door that players take for a wall while it is shut, until it is found.
    SecretDoor,
    /// Never stops sight.
    Window,
}

/// How a door stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalState {
    /// Seen and walked through.
    Open,
    /// Stops movement, and a door sight too.
    Shut,
    /// Shut, and only the game master opens it.
    Locked,
}

/// A light source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LightRecord {
    /// The light.
    pub light: LightId,
    /// Where it is.
    pub at: Point,
    /// How far it shines dimly, in units.
    pub range: i32,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How far it shines brightly, in units; `None`, as in older logs, for half of `range`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bright: Option<i32>,
    /// The part of the circle that it shines into, the direction counted from north; `None` for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cone: Option<Cone>,
    /// Whether it shines.
    #[serde(default = "lit")]
    pub on: bool,
}

/// Lights of older logs were always on.
const fn lit() -> bool {
    true
}

impl LightRecord {
    /// What it shines.
    pub fn glow(&self) -> Glow {
        let bright = self.bright.unwrap_or(self.range / 2);
        Glow { bright, dim: self.range, color: self.color, cone: self.cone }
    }
}

/// What a source of light shines, wherever it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glow {
    /// How far it shines brightly, in units.
    pub bright: i32,
    /// How far it shines dimly, in units.
    pub dim: i32,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// The part of the circle that it shines into; `None` for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cone: Option<Cone>,
}

/// A part of a circle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cone {
    /// Its middle, in degrees clockwise, 0 to 359: from north, or from where the carrier faces.
    pub direction: u32,
    /// How far it opens to each side of its middle, in degrees, 1 to 179.
    pub half_angle: u32,
}

/// How a token perceives what is around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Senses {
    /// How far it sees what is lit, in units; `None` for as far as nothing is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sight_range: Option<i32>,
    /// How far it sees without light, in units; 0 for not at all.
    #[serde(default)]
    pub darkvision: i32,
    /// How far it feels tokens through walls, in units; 0 for not at all.
    #[serde(default)]
    pub tremorsense: i32,
    /// It sees nothing, whatever else stands here.
    #[serde(default)]
    pub blind: bool,
}

impl Senses {
    /// Whether they are those of somebody who sees what is lit, and nothing else.
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A figure on a scene.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRecord {
    /// Where it stands.
    pub scene: SceneId,
    /// Its middle.
    pub at: Point,
    /// Its name; empty for none.
    pub name: String,
    /// Whether players read the name.
    pub name_shown: bool,
    /// Its diameter, in units.
    pub size: i32,
    /// Where it faces, in degrees clockwise, 0 to 359.
    pub rotation: u32,
    /// Players do not see it.
    pub hidden: bool,
    /// What it stands on.
    pub layer: Layer,
    /// Whose it is.
    pub owners: Vec<SeatId>,
    /// Its picture.
    pub picture: Option<BlobId>,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How it perceives what is around it.
    #[serde(default, skip_serializing_if = "Senses::are_usual")]
    pub senses: Senses,
    /// The light that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission: Option<Glow>,
}

/// A token as an event left it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenState {
    /// The token.
    pub token: TokenId,
    /// What it is now; `None` when it is gone.
    pub is: Option<TokenRecord>,
}

/// What a token stands on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Part of the map.
    Map,
    /// Figures.
    Token,
    /// Game master only.
    Gm,
}

/// The way a token walked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveRecord {
    /// The token.
    pub token: TokenId,
    /// Way points without the start; never empty.
    pub path: Vec<Point>,
}

/// Taking back or doing again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Undo.
    Back,
    /// Redo.
    Forth,
}

/// A line of chat.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageRecord {
    /// The message.
    pub message: MessageId,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who.
    pub by: SeatId,
    /// Under what name.
    pub name: String,
    /// How.
    pub manner: Manner,
    /// The seats that a whisper is for.
    pub to: Vec<SeatId>,
    /// Words and rolls.
    pub parts: Vec<Part>,
}

/// How a line was said; decides who may know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Aloud.
    Say,
    /// What somebody does.
    Emote,
    /// To `to` and the speaker.
    Whisper,
    /// A roll for all.
    Roll,
    /// A roll for the roller and the game masters.
    GmRoll,
    /// A roll for the game masters; the roller learns that it was thrown.
    BlindRoll,
    /// A roll for the roller.
    SelfRoll,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Part {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A roll.
    Roll {
        /// Its record, every die included.
        roll: Box<RollRecord>,
    },
}
