//! Every limit of a table, in one place, with its unit in the name.

/// Seats at a table, all states together.
pub const SEATS_PER_TABLE_MAX: usize = 200;
/// Seats that knock at the same time.
pub const KNOCKS_PER_TABLE_MAX: usize = 20;
/// Devices and accounts that share one seat.
pub const ACCOUNTS_PER_SEAT_MAX: usize = 8;
/// Scenes of a table.
pub const SCENES_PER_TABLE_MAX: usize = 200;
/// Tokens of a table, all scenes together.
pub const TOKENS_PER_TABLE_MAX: usize = 5_000;
/// Tokens in one command.
pub const TOKENS_PER_COMMAND_MAX: usize = 500;
/// Owners of one token.
pub const OWNERS_PER_TOKEN_MAX: usize = 20;
/// Way points of one move.
pub const WAY_POINTS_PER_MOVE_MAX: usize = 100;
/// Walls of a scene.
pub const WALLS_PER_SCENE_MAX: usize = 25_000;
/// Doors and windows of a scene.
pub const PORTALS_PER_SCENE_MAX: usize = 10_000;
/// Lights of a scene.
pub const LIGHTS_PER_SCENE_MAX: usize = 5_000;
/// How far a light shines, in cells; one of an older log that shines further is taken to shine as far as this.
pub const LIGHT_CELLS_MAX: i32 = 60;
/// The ground that the lights of a scene reach, carried ones included, in cells: each light counts for the square around
/// its reach. What it shines on is kept as samples, so this bounds memory.
pub const LIT_CELLS_PER_SCENE_MAX: u64 = 4_000_000;
/// How far a token sees, sees without light, or feels, in cells.
pub const SENSE_CELLS_MAX: i32 = 1_000;
/// Lights in one command.
pub const LIGHTS_PER_COMMAND_MAX: usize = 500;
/// Walls in one command.
pub const WALLS_PER_COMMAND_MAX: usize = 500;
/// Corners of one shape of fog or of a named area, and points of one stroke of the brush.
pub const FOG_POINTS_MAX: usize = 500;
/// The way of one stroke of the brush, in cells.
pub const BRUSH_WAY_CELLS_MAX: u32 = 2_000;
/// The radius of the brush, in cells.
pub const BRUSH_CELLS_MAX: i32 = 50;
/// Named areas of a scene.
pub const AREAS_PER_SCENE_MAX: usize = 200;
/// Drawings and notes of a scene.
pub const DRAWINGS_PER_SCENE_MAX: usize = 1_000;
/// Points of all drawings of a scene together.
pub const DRAWN_POINTS_PER_SCENE_MAX: usize = 50_000;
/// Drawings in one command.
pub const DRAWINGS_PER_COMMAND_MAX: usize = 500;
/// Points of one drawing.
pub const DRAWING_POINTS_MAX: usize = 500;
/// The length of one drawn line, in cells.
pub const DRAWING_WAY_CELLS_MAX: u32 = 2_000;
/// The width of a drawn line, and the height of a note's letters, in cells.
pub const DRAWING_WIDTH_CELLS_MAX: i32 = 8;
/// The radius of a drawn circle, in cells.
pub const CIRCLE_CELLS_MAX: i32 = 200;
/// The words of a note, in characters.
pub const NOTE_CHARS_MAX: usize = 600;
/// Width and height of a scene, in cells.
pub const SCENE_CELLS_MAX: u32 = 1_000;
/// Diameter of a token, in cells.
pub const TOKEN_CELLS_MAX: i32 = 20;
/// Pixels of a map image in one cell.
pub const PIXELS_PER_CELL_MAX: u32 = 2_048;
/// A name, in characters.
pub const NAME_CHARS_MAX: usize = 60;
/// The name of a unit, in characters.
pub const UNIT_CHARS_MAX: usize = 12;
/// Messages that a table holds in memory and a fresh view can show.
pub const MESSAGES_IN_MEMORY_MAX: usize = 300;
/// Steps that a seat can take back.
pub const UNDO_STEPS_MAX: usize = 100;
/// Blocks of fog that the steps of a seat hold together, the newest step aside.
pub const UNDO_FOG_BLOCKS_MAX: usize = 20_000;
