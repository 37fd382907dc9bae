//! What a client may say. Text frames of JSON; unknown fields and kinds are refused.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::units::{At, Handle, Path};

/// A frame from the client. The first one must be `hello`, within five seconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Opens the connection.
    Hello {
        /// The protocol version that the client speaks.
        protocol: u32,
        /// The access JWT, as for the HTTP interface.
        access: String,
        /// The table to sit down at.
        table: String,
    },
    /// Replaces the access JWT before it ends.
    Renew {
        /// The new access JWT, of the same account.
        access: String,
    },
    /// Asks for a change that is stored.
    Command {
        /// The client's name for this command, unique per seat. Sent again with the same id it gets the first answer.
        id: String,
        /// What is asked.
        command: Command,
    },
    /// Shows others where tokens are being dragged. Explores nothing and is never answered.
    Drag {
        /// The ghosts; an empty list ends the drag.
        ghosts: Vec<Ghost>,
    },
    /// Points at a place.
    Ping {
        /// The place.
        at: At,
        /// Moves everybody's camera there (game master only).
        pull: bool,
    },
    /// Looks at the table as a seat does, beside the own view (game master only). Answered with `mirrored`, or with
    /// `mirror_ended` if that may not be.
    Mirror {
        /// As which seat; `null` ends it.
        seat: Option<Handle>,
    },
    /// Shows others a ruler.
    Ruler {
        /// The way points, start first; an empty list takes the ruler away.
        points: Vec<At>,
    },
}

/// Where a token is being dragged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Ghost {
    /// The token.
    pub token: Handle,
    /// Where its ghost is now.
    pub at: At,
}

/// A change that is stored.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Moves tokens along paths. Walls stop players' tokens.
    MoveTokens {
        /// One entry a token.
        moves: Vec<TokenMove>,
    },
    /// Puts a new token on the scene in view.
    PlaceToken {
        /// Its first place and looks.
        at: At,
        /// Everything else; what is left out has a sensible default.
        token: TokenChange,
    },
    /// Changes tokens.
    EditTokens {
        /// Which.
        tokens: Vec<Handle>,
        /// What changes; fields left out stay.
        change: TokenChange,
    },
    /// Copies tokens, moved by an offset.
    CopyTokens {
        /// Which.
        tokens: Vec<Handle>,
        /// How far the copies lie from their originals.
        by: At,
    },
    /// Removes tokens.
    RemoveTokens {
        /// Which.
        tokens: Vec<Handle>,
    },
    /// Aims at tokens in view and at no others, for all who see them to see.
    Target {
        /// Which; an empty list lets go of all.
        tokens: Vec<Handle>,
    },
    /// Takes back this seat's last change of tokens, drawings, fog, walls, doors, windows or lights.
    Undo {},
    /// Does again what was taken back last.
    Redo {},
    /// Opens, shuts or locks a door.
    SetPortal {
        /// Which.
        portal: Handle,
        /// To what.
        state: PortalState,
    },
    /// Says a line of chat, slash commands and dice included.
    Say {
        /// The line as typed.
        line: String,
        /// Speak as this token.
        speak_as: Option<Handle>,
    },
    /// Makes an empty scene.
    AddScene {
        /// Its name.
        name: String,
        /// Width and height, in whole cells.
        size_cells: [u32; 2],
    },
    /// Renames a scene, changes its grid or how light it is everywhere.
    EditScene {
        /// Which.
        scene: Handle,
        /// The new name.
        name: Option<String>,
        /// The new grid.
        grid: Option<Grid>,
        /// Day, dusk or night.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        ambience: Option<Ambience>,
    },
    /// Removes a scene with all that stands on it.
    RemoveScene {
        /// Which.
        scene: Handle,
    },
    /// Brings every player to a scene.
    ShowScene {
        /// Which.
        scene: Handle,
    },
    /// Looks at a scene without bringing the players along.
    OpenScene {
        /// Which.
        scene: Handle,
    },
    /// Draws walls on the scene in view.
    AddWalls {
        /// The walls.
        walls: Vec<NewWall>,
    },
    /// Removes walls.
    RemoveWalls {
        /// Which.
        walls: Vec<Handle>,
    },
    /// Puts a door or window on the scene in view.
    AddPortal {
        /// One end.
        a: At,
        /// The other end.
        b: At,
        /// Door or window.
        kind: PortalKind,
    },
    /// Removes a door or window.
    RemovePortal {
        /// Which.
        portal: Handle,
    },
    /// Let players find a secret door (game master).
    RevealPortal {
        /// Which.
        portal: Handle,
    },
    /// Places lights on the scene in view.
    AddLights {
        /// The lights.
        lights: Vec<NewLight>,
    },
    /// Changes lights.
    EditLights {
        /// Which.
        lights: Vec<Handle>,
        /// What changes; fields left out stay.
        change: LightChange,
    },
    /// Removes lights.
    RemoveLights {
        /// Which.
        lights: Vec<Handle>,
    },
    /// Shows or hides a shape of the scene in view.
    PaintFog {
        /// In which of the scene's fogs; while a draft is prepared the live one cannot be painted.
        stage: FogStage,
        /// The shape.
        shape: FogShape,
        /// Whether it is revealed, veiled or left to what characters see.
        cover: Cover,
    },
    /// Shows or hides named areas, as `paint_fog` does with their polygons.
    CoverAreas {
        /// In which of the scene's fogs.
        stage: FogStage,
        /// Which.
        areas: Vec<Handle>,
        /// Whether they are revealed, veiled or left to what characters see.
        cover: Cover,
    },
    /// Gives a part of the scene in view a name that game masters alone are told.
    AddArea {
        /// The name.
        name: String,
        /// Its corners.
        points: Vec<At>,
    },
    /// Renames a named area or gives it other corners.
    EditArea {
        /// Which.
        area: Handle,
        /// The new name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        name: Option<String>,
        /// The new corners.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        points: Option<Vec<At>>,
    },
    /// Removes named areas. What they cover stays covered.
    RemoveAreas {
        /// Which.
        areas: Vec<Handle>,
    },
    /// Starts to prepare the fog of the scene in view: the draft starts as the live fog.
    PrepareFog {},
    /// Makes the draft live. The draft stays.
    PushFog {},
    /// Throws the draft away.
    DiscardFog {},
    /// Draws something on the scene in view, or puts a note on it.
    AddDrawing {
        /// What.
        shape: DrawnShape,
        /// Its colour, 0xRRGGBB.
        color: u32,
        /// How wide its lines are, or how tall a note's letters, in 1/256 cell.
        width: u32,
        /// Whether the inside is coloured too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        filled: bool,
        /// Who is told of it; players draw for everyone.
        shown: Shown,
    },
    /// Changes drawings; players their own.
    EditDrawings {
        /// Which.
        drawings: Vec<Handle>,
        /// What changes; fields left out stay.
        change: DrawingChange,
    },
    /// Wipes drawings away; players their own.
    RemoveDrawings {
        /// Which.
        drawings: Vec<Handle>,
    },
    /// Lets players forget what their characters saw of the scene in view. What eyes see now they remember at once.
    ForgetMemory {
        /// Whose memory; left out for everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        seat: Option<Handle>,
    },
    /// Asks which named areas a move would show to players for the first time; `warns` of the ack tells.
    PreviewMove {
        /// One entry a token.
        moves: Vec<TokenMove>,
    },
    /// Lets a knocking person in.
    Admit {
        /// The seat that knocks.
        seat: Handle,
        /// Gives them this seat instead of a new one.
        into: Option<Handle>,
    },
    /// Sends a knocking person away, or a seated one out; they may knock again.
    Kick {
        /// Which seat.
        seat: Handle,
    },
    /// Sends a person out for good.
    Ban {
        /// Which seat.
        seat: Handle,
    },
    /// Lets a banned person knock again.
    Unban {
        /// Which seat.
        seat: Handle,
    },
    /// Renames a seat or changes its colour; players may do so with their own.
    EditSeat {
        /// Which.
        seat: Handle,
        /// The new name.
        name: Option<String>,
        /// The new colour, 0xRRGGBB.
        color: Option<u32>,
    },
    /// Changes the table's settings.
    EditTable {
        /// The new name.
        name: Option<String>,
        /// Whether an invited person sits down without being admitted.
        walk_in: Option<bool>,
        /// Whether all players see what any player's token sees.
        shared_sight: Option<bool>,
        /// Whether players may take back their moves.
        player_undo: Option<bool>,
        /// Whether what players are told leaves at fixed ticks only.
        padded_timing: Option<bool>,
        /// Whether players wait: they do not move and open nothing.
        paused: Option<bool>,
        /// Whether players may draw on the map.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        players_draw: Option<bool>,
    },
    /// Makes the current invite link worthless; a new one takes its place.
    RenewInvite {},
}

/// What is drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DrawnShape {
    /// A line through points.
    Line {
        /// The points, in order.
        points: Vec<At>,
    },
    /// A closed line.
    Polygon {
        /// Its corners.
        points: Vec<At>,
    },
    /// A rectangle along the axes.
    Rectangle {
        /// One corner.
        a: At,
        /// The opposite one.
        b: At,
    },
    /// A circle.
    Circle {
        /// Its middle.
        middle: At,
        /// Its radius, in 1/256 cell.
        radius: u32,
    },
    /// Words at a place.
    Note {
        /// Where.
        at: At,
        /// The words, of one line or many.
        text: String,
    },
}

/// Who is told of a drawing, beside game masters and who made it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Game masters alone.
    Masters,
    /// Each player who remembers all of the ground under its outline.
    Explored,
    /// All who look at the scene.
    Everyone,
}

/// What a change of drawings sets. A field that is left out stays as it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(optional_fields)]
pub struct DrawingChange {
    /// How far it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<At>,
    /// The colour, 0xRRGGBB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u32>,
    /// The width of lines, or the height of letters, in 1/256 cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Whether the inside is coloured too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filled: Option<bool>,
    /// Who is told of it (game master only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// The words, of a note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The way one token takes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TokenMove {
    /// Which.
    pub token: Handle,
    /// The way points, without the start; the last one is the destination.
    pub path: Path,
}

/// What a change of tokens sets. A field that is left out stays as it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(optional_fields)]
pub struct TokenChange {
    /// The name; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether players read the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_shown: Option<bool>,
    /// The diameter, in 1/256 cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Where it faces: degrees clockwise, 0 to 359.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<u32>,
    /// Whether players see it at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// What it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<Handle>>,
    /// Its picture, as uploaded or as used by something in view; 0 takes the picture away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Handle>,
    /// The colour of its ring and of its disc without a picture, 0xRRGGBB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u32>,
    /// How it perceives what is around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub senses: Option<Senses>,
    /// The light that it carries; one that shines no distance takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emission: Option<Glow>,
}

/// How a token perceives what is around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Senses {
    /// How far it sees what is lit, in 1/256 cell; left out for as far as nothing is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sight_range: Option<u32>,
    /// How far it sees without light, in 1/256 cell; 0 for not at all.
    pub darkvision: u32,
    /// How far it feels tokens through walls, in 1/256 cell; 0 for not at all.
    pub tremorsense: u32,
    /// It sees nothing, whatever else stands here.
    pub blind: bool,
}

/// What a source of light shines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Glow {
    /// How far it shines brightly, in 1/256 cell.
    pub bright: u32,
    /// How far it shines dimly, in 1/256 cell.
    pub dim: u32,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// The part of the circle that it shines into; left out for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cone: Option<Cone>,
}

/// A part of a circle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Cone {
    /// Its middle, in degrees clockwise, 0 to 359: from north, for what a token carries from where it faces.
    pub direction: u32,
    /// How far it opens to each side of its middle, in degrees, 1 to 180; 180 is the whole circle.
    pub half_angle: u32,
}

/// A light to place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct NewLight {
    /// Where.
    pub at: At,
    /// What it shines.
    pub glow: Glow,
    /// Whether it shines.
    pub on: bool,
}

/// What a change of lights sets. A field that is left out stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(optional_fields)]
pub struct LightChange {
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// How far it shines brightly, in 1/256 cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bright: Option<u32>,
    /// How far it shines dimly, in 1/256 cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dim: Option<u32>,
    /// The colour, 0xRRGGBB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u32>,
    /// The part of the circle that it shines into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cone: Option<Cone>,
    /// Whether it shines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
}

/// What fog by hand does with a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Nothing: players know what their characters see and remember.
    Open,
    /// Every player remembers it, seen or not.
    Revealed,
    /// No player sees it or remembers it.
    Veiled,
}

/// Which of a scene's two fogs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FogStage {
    /// The one under which the players are.
    Live,
    /// The one that is being prepared.
    Draft,
}

/// A shape of fog. It reveals the samples that lie wholly in it, and veils those of which it covers a part.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FogShape {
    /// A closed polygon.
    Polygon {
        /// Its corners, 3 to 500.
        points: Vec<At>,
    },
    /// A rectangle along the axes.
    Rectangle {
        /// A corner.
        a: At,
        /// The opposite corner.
        b: At,
    },
    /// What a disc covers on its way; it has sixteen corners.
    Brush {
        /// The way of its middle, 1 to 500 points.
        points: Vec<At>,
        /// Its radius, in 1/256 cell.
        radius: u32,
    },
}

/// How light a scene is without any light source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Ambience {
    /// All in sight is seen.
    Bright,
    /// All in sight is seen dimly.
    Dim,
    /// Only what a light shines on is seen, or what darkvision reaches.
    Dark,
}

/// A wall to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct NewWall {
    /// One end.
    pub a: At,
    /// The other end.
    pub b: At,
    /// What it stops.
    pub kind: WallKind,
}

/// What a token stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Part of the map: furniture, vehicles.
    Map,
    /// Figures.
    Token,
    /// Seen by the game master only.
    Gm,
}

/// How a door stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PortalState {
    /// Seen and walked through.
    Open,
    /// Stops sight and movement (a window stops movement only).
    Shut,
    /// Shut, and players cannot open it. Players see it as shut.
    Locked,
}

/// Door or window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PortalKind {
    /// Stops sight while shut.
    Door,
    /// A door that players take for a wall while it is shut, until it is found. Game masters alone are told of it.
    SecretDoor,
    /// Never stops sight.
    Window,
}

/// What a wall stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WallKind {
    /// Sight and movement.
    Wall,
    /// Stands for an object such as a pillar: sight and movement.
    Object,
    /// Movement only.
    Barrier,
    /// Everything that comes from the right of the way from `a` to `b`; from the left it is not there.
    OneWay,
}

/// The grid of a scene.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Its shape.
    pub shape: GridShape,
    /// Where the grid's origin lies relative to the map's top-left corner.
    pub offset: At,
    /// Pixels of the map image in one cell; 0 for a scene without an image.
    pub pixels_per_cell: u32,
    /// How much of `unit` one cell is, in hundredths: 500 is 5.
    pub unit_per_cell: u32,
    /// The name of the unit: `ft`, `m`.
    pub unit: String,
    /// How diagonals count.
    pub diagonal: Diagonal,
}

/// The shape of a grid's cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GridShape {
    /// Squares, one unit wide.
    Square,
    /// Hexagons with a corner on top, one unit wide from flat to flat.
    HexPointy,
    /// Hexagons with a flat on top, one unit high from flat to flat.
    HexFlat,
    /// No cells; distances are Euclidean.
    None,
}

/// How a ruler counts diagonals on squares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Diagonal {
    /// Every diagonal costs one cell (5-5-5).
    One,
    /// Every second diagonal costs two cells (5-10-5).
    Alternating,
    /// As the crow flies.
    Euclid,
    /// A diagonal costs two cells.
    Manhattan,
}
