//! Requests, with ids in place of handles. Parsed where they enter; a value that exists is within its limits.

use crate::event::{
    Ambience, Cone, Cover, DrawnShape, FogStage, Glow, Grid, Layer, MapPicture, PortalKind, PortalState,
    Role, Senses, Shown, WallKind,
};
use crate::geometry::Point;
use crate::id::{AccountId, AreaId, BlobId, DrawingId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use crate::name::{Name, Words};

/// A request to change the table.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Walk.
    MoveTokens(Vec<(TokenId, Vec<Point>)>),
    /// Put a new token on the scene in view.
    PlaceToken(Point, TokenChange),
    /// Change tokens.
    EditTokens(Vec<TokenId>, TokenChange),
    /// Copy tokens by an offset.
    CopyTokens(Vec<TokenId>, Point),
    /// Remove tokens.
    RemoveTokens(Vec<TokenId>),
    /// Aim at these tokens and at no others.
    Target(Vec<TokenId>),
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Open, shut or lock a door on the scene in view.
    SetPortal(PortalId, PortalState),
    /// Say a line, as a token or as oneself.
    Say(String, Option<TokenId>),
    /// Make an empty scene of so many cells.
    AddScene(Name, [u32; 2]),
    /// Add a scene that was imported; comes from the upload route only.
    ImportScene(Box<NewScene>),
    /// Rename a scene, change its grid or how light it is.
    EditScene(SceneId, SceneChange),
    /// Remove a scene.
    RemoveScene(SceneId),
    /// Bring the players to a scene.
    ShowScene(SceneId),
    /// Look at a scene.
    OpenScene(SceneId),
    /// Draw walls on the scene in view.
    AddWalls(Vec<(Point, Point, WallKind)>),
    /// Remove walls.
    RemoveWalls(Vec<WallId>),
    /// Put in a door or window.
    AddPortal(Point, Point, PortalKind),
    /// Remove a door or window.
    RemovePortal(PortalId),
    /// Let players find a secret door.
    RevealPortal(PortalId),
    /// Place lights on the scene in view.
    AddLights(Vec<NewLight>),
    /// Change lights of the scene in view.
    EditLights(Vec<LightId>, LightChange),
    /// Remove lights.
    RemoveLights(Vec<LightId>),
    /// Show or hide a shape of the scene in view.
    PaintFog(FogStage, Shape, Cover),
    /// Show or hide named areas.
    CoverAreas(FogStage, Vec<AreaId>, Cover),
    /// Give a part of the scene in view a name.
    AddArea(Name, Vec<Point>),
    /// Rename a named area or give it other corners.
    EditArea(AreaId, AreaChange),
    /// Remove named areas; their fog stays.
    RemoveAreas(Vec<AreaId>),
    /// Start to prepare the fog of the scene in view.
    PrepareFog,
    /// Make what was prepared live.
    PushFog,
    /// Throw away what was prepared.
    DiscardFog,
    /// Draw on the scene in view.
    AddDrawing(NewDrawing),
    /// Change drawings of the scene in view.
    EditDrawings(Vec<DrawingId>, DrawingChange),
    /// Wipe drawings away.
    RemoveDrawings(Vec<DrawingId>),
    /// Let a seat, or all, forget the scene in view.
    ForgetMemory(Option<SeatId>),
    /// Ask which named areas a move would show players for the first time.
    PreviewMove(Vec<(TokenId, Vec<Point>)>),
    /// Let a knocking seat in, or give its person an existing seat.
    Admit(SeatId, Option<SeatId>),
    /// Send a seat away.
    Kick(SeatId),
    /// Send a seat away for good.
    Ban(SeatId),
    /// Lift a ban.
    Unban(SeatId),
    /// Rename or recolour a seat.
    EditSeat(SeatId, Option<Name>, Option<u32>),
    /// Change the table's name and settings.
    EditTable(TableChange),
    /// Make the invite worthless and have a new one.
    RenewInvite,
}

/// What a change of tokens sets; `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenChange {
    /// The name; `Some(None)` takes it away.
    pub name: Option<Option<Name>>,
    /// Whether players read the name.
    pub name_shown: Option<bool>,
    /// The diameter, in units.
    pub size: Option<i32>,
    /// Degrees clockwise.
    pub rotation: Option<u32>,
    /// Players do not see it.
    pub hidden: Option<bool>,
    /// What it stands on.
    pub layer: Option<Layer>,
    /// Whose it is.
    pub owners: Option<Vec<SeatId>>,
    /// The picture; `Some(None)` takes it away.
    pub picture: Option<Option<BlobId>>,
    /// The colour, 0xRRGGBB.
    pub color: Option<u32>,
    /// How it perceives what is around it.
    pub senses: Option<Senses>,
    /// The light that it carries; `Some(None)` takes it away.
    pub emission: Option<Option<Glow>>,
}

impl TokenChange {
    /// Whether only the facing changes, which owners may do.
    pub(crate) fn only_turns(&self) -> bool {
        *self == Self { rotation: self.rotation, ..Self::default() }
    }
}

/// What a change of a scene sets; `None` stays.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SceneChange {
    /// The name.
    pub name: Option<Name>,
    /// The grid.
    pub grid: Option<Grid>,
    /// How light it is everywhere.
    pub ambience: Option<Ambience>,
}

/// A light to place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewLight {
    /// Where.
    pub at: Point,
    /// What it shines; its cone's direction counts from north.
    pub glow: Glow,
    /// Whether it shines.
    pub on: bool,
}

/// What a change of lights sets; `None` stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LightChange {
    /// The place.
    pub at: Option<Point>,
    /// How far it shines brightly, in units.
    pub bright: Option<i32>,
    /// How far it shines dimly, in units.
    pub dim: Option<i32>,
    /// The colour, 0xRRGGBB.
    pub color: Option<u32>,
    /// The part of the circle that it shines into; `Some(None)` for all of it.
    pub cone: Option<Option<Cone>>,
    /// Whether it shines.
    pub on: Option<bool>,
}

/// Something to draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDrawing {
    /// What; the words of a note were checked.
    pub shape: DrawnShape,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// How wide its lines are, or how tall its letters, in units.
    pub width: i32,
    /// Whether the inside is coloured too.
    pub filled: bool,
    /// Who is told of it.
    pub shown: Shown,
}

/// What a change of drawings sets; `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DrawingChange {
    /// How far it moves.
    pub by: Option<Point>,
    /// The colour, 0xRRGGBB.
    pub color: Option<u32>,
    /// The width of lines, or the height of letters, in units.
    pub width: Option<i32>,
    /// Whether the inside is coloured too.
    pub filled: Option<bool>,
    /// Who is told of it.
    pub shown: Option<Shown>,
    /// The words, of a note.
    pub text: Option<Words>,
}

/// A shape of fog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Corners of a closed polygon.
    Polygon(Vec<Point>),
    /// Two opposite corners.
    Rectangle(Point, Point),
    /// A disc's way, and its radius in units.
    Brush(Vec<Point>, i32),
}

/// What a change of a named area sets; `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AreaChange {
    /// The name.
    pub name: Option<Name>,
    /// The corners.
    pub polygon: Option<Vec<Point>>,
}

/// What a change of the table sets; `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TableChange {
    /// The name.
    pub name: Option<Name>,
    /// Sit down without being admitted.
    pub walk_in: Option<bool>,
    /// All players see what any sees.
    pub shared_sight: Option<bool>,
    /// Players may take back moves.
    pub player_undo: Option<bool>,
    /// What players are told leaves at fixed ticks only.
    pub padded_timing: Option<bool>,
    /// Players do not move and open nothing.
    pub paused: Option<bool>,
    /// Players may draw on the map.
    pub players_draw: Option<bool>,
}

/// A scene from a file, its things not yet numbered.
#[derive(Clone, PartialEq, Debug)]
pub struct NewScene {
    /// Its name.
    pub name: Name,
    /// Its lower right corner.
    pub size: Point,
    /// Its grid.
    pub grid: Grid,
    /// Its picture.
    pub picture: Option<MapPicture>,
    /// Walls.
    pub walls: Vec<(Point, Point, WallKind)>,
    /// Doors and windows, and how they stand.
    pub portals: Vec<(Point, Point, PortalKind, PortalState)>,
    /// Lights: place, range in units, colour. They shine brightly half as far.
    pub lights: Vec<(Point, i32, u32)>,
}

/// A person at the door with a valid invite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Knock {
    /// Who.
    pub account: AccountId,
    /// Under what name.
    pub name: Name,
    /// As what.
    pub role: Role,
}
