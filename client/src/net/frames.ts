// Generated from crates/protocol by `UPDATE=1 cargo test -p protocol`. Do not edit.
// tidy: long file because it holds every frame.

export const PROTOCOL_VERSION = 1;

/** A position: [x, y] in 1/256 of a cell. */
export type At = [number, number];
/** The viewer's own name for something. */
export type Handle = number;

export type ClientFrame = { "type": "hello", 
/**
 * The protocol version that the client speaks.
 */
protocol: number, 
/**
 * The access JWT, as for the HTTP interface.
 */
access: string, 
/**
 * The table to sit down at.
 */
table: string, } | { "type": "renew", 
/**
 * The new access JWT, of the same account.
 */
access: string, } | { "type": "command", 
/**
 * The client's name for this command, unique per seat. Sent again with the same id it gets the first answer.
 */
id: string, 
/**
 * What is asked.
 */
command: Command, } | { "type": "drag", 
/**
 * The ghosts; an empty list ends the drag.
 */
ghosts: Array<Ghost>, } | { "type": "ping", 
/**
 * The place.
 */
at: At, 
/**
 * Moves everybody's camera there (game master only).
 */
pull: boolean, } | { "type": "mirror", 
/**
 * As which seat; `null` ends it.
 */
seat: number | null, } | { "type": "ruler", 
/**
 * The way points, start first; an empty list takes the ruler away.
 */
points: Array<At>, };

export type Command = { "do": "move_tokens", 
/**
 * One entry a token.
 */
moves: Array<TokenMove>, } | { "do": "place_token", 
/**
 * Its first place and looks.
 */
at: At, 
/**
 * Everything else; what is left out has a sensible default.
 */
token: TokenChange, } | { "do": "edit_tokens", 
/**
 * Which.
 */
tokens: Array<number>, 
/**
 * What changes; fields left out stay.
 */
change: TokenChange, } | { "do": "copy_tokens", 
/**
 * Which.
 */
tokens: Array<number>, 
/**
 * How far the copies lie from their originals.
 */
by: At, } | { "do": "remove_tokens", 
/**
 * Which.
 */
tokens: Array<number>, } | { "do": "target", 
/**
 * Which; an empty list lets go of all.
 */
tokens: Array<number>, } | { "do": "undo", } | { "do": "redo", } | { "do": "set_portal", 
/**
 * Which.
 */
portal: number, 
/**
 * To what.
 */
state: PortalState, } | { "do": "say", 
/**
 * The line as typed.
 */
line: string, 
/**
 * Speak as this token.
 */
speak_as: number | null, } | { "do": "add_scene", 
/**
 * Its name.
 */
name: string, 
/**
 * Width and height, in whole cells.
 */
size_cells: [number, number], } | { "do": "edit_scene", 
/**
 * Which.
 */
scene: number, 
/**
 * The new name.
 */
name: string | null, 
/**
 * The new grid.
 */
grid: Grid | null, 
/**
 * Day, dusk or night.
 */
ambience?: Ambience, } | { "do": "remove_scene", 
/**
 * Which.
 */
scene: number, } | { "do": "show_scene", 
/**
 * Which.
 */
scene: number, } | { "do": "open_scene", 
/**
 * Which.
 */
scene: number, } | { "do": "add_walls", 
/**
 * The walls.
 */
walls: Array<NewWall>, } | { "do": "remove_walls", 
/**
 * Which.
 */
walls: Array<number>, } | { "do": "add_portal", 
/**
 * One end.
 */
a: At, 
/**
 * The other end.
 */
b: At, 
/**
 * Door or window.
 */
kind: PortalKind, } | { "do": "remove_portal", 
/**
 * Which.
 */
portal: number, } | { "do": "reveal_portal", 
/**
 * Which.
 */
portal: number, } | { "do": "add_lights", 
/**
 * The lights.
 */
lights: Array<NewLight>, } | { "do": "edit_lights", 
/**
 * Which.
 */
lights: Array<number>, 
/**
 * What changes; fields left out stay.
 */
change: LightChange, } | { "do": "remove_lights", 
/**
 * Which.
 */
lights: Array<number>, } | { "do": "paint_fog", 
/**
 * In which of the scene's fogs; while a draft is prepared the live one cannot be painted.
 */
stage: FogStage, 
/**
 * The shape.
 */
shape: FogShape, 
/**
 * Whether it is revealed, veiled or left to what characters see.
 */
cover: Cover, } | { "do": "cover_areas", 
/**
 * In which of the scene's fogs.
 */
stage: FogStage, 
/**
 * Which.
 */
areas: Array<number>, 
/**
 * Whether they are revealed, veiled or left to what characters see.
 */
cover: Cover, } | { "do": "add_area", 
/**
 * The name.
 */
name: string, 
/**
 * Its corners.
 */
points: Array<At>, } | { "do": "edit_area", 
/**
 * Which.
 */
area: number, 
/**
 * The new name.
 */
name?: string, 
/**
 * The new corners.
 */
points?: Array<At>, } | { "do": "remove_areas", 
/**
 * Which.
 */
areas: Array<number>, } | { "do": "prepare_fog", } | { "do": "push_fog", } | { "do": "discard_fog", } | { "do": "add_drawing", 
/**
 * What.
 */
shape: DrawnShape, 
/**
 * Its colour, 0xRRGGBB.
 */
color: number, 
/**
 * How wide its lines are, or how tall a note's letters, in 1/256 cell.
 */
width: number, 
/**
 * Whether the inside is coloured too.
 */
filled?: boolean, 
/**
 * Who is told of it; players draw for everyone.
 */
shown: Shown, } | { "do": "edit_drawings", 
/**
 * Which.
 */
drawings: Array<number>, 
/**
 * What changes; fields left out stay.
 */
change: DrawingChange, } | { "do": "remove_drawings", 
/**
 * Which.
 */
drawings: Array<number>, } | { "do": "forget_memory", 
/**
 * Whose memory; left out for everybody's.
 */
seat?: number, } | { "do": "preview_move", 
/**
 * One entry a token.
 */
moves: Array<TokenMove>, } | { "do": "admit", 
/**
 * The seat that knocks.
 */
seat: number, 
/**
 * Gives them this seat instead of a new one.
 */
into: number | null, } | { "do": "kick", 
/**
 * Which seat.
 */
seat: number, } | { "do": "ban", 
/**
 * Which seat.
 */
seat: number, } | { "do": "unban", 
/**
 * Which seat.
 */
seat: number, } | { "do": "edit_seat", 
/**
 * Which.
 */
seat: number, 
/**
 * The new name.
 */
name: string | null, 
/**
 * The new colour, 0xRRGGBB.
 */
color: number | null, } | { "do": "edit_table", 
/**
 * The new name.
 */
name: string | null, 
/**
 * Whether an invited person sits down without being admitted.
 */
walk_in: boolean | null, 
/**
 * Whether all players see what any player's token sees.
 */
shared_sight: boolean | null, 
/**
 * Whether players may take back their moves.
 */
player_undo: boolean | null, 
/**
 * Whether what players are told leaves at fixed ticks only.
 */
padded_timing: boolean | null, 
/**
 * Whether players wait: they do not move and open nothing.
 */
paused: boolean | null, 
/**
 * Whether players may draw on the map.
 */
players_draw?: boolean, } | { "do": "renew_invite", };

export type TokenMove = { 
/**
 * Which.
 */
token: number, 
/**
 * The way points, without the start; the last one is the destination.
 */
path: Array<At>, };

export type TokenChange = { 
/**
 * The name; empty for none.
 */
name?: string, 
/**
 * Whether players read the name.
 */
name_shown?: boolean, 
/**
 * The diameter, in 1/256 cell.
 */
size?: number, 
/**
 * Where it faces: degrees clockwise, 0 to 359.
 */
rotation?: number, 
/**
 * Whether players see it at all.
 */
hidden?: boolean, 
/**
 * What it stands on.
 */
layer?: Layer, 
/**
 * Whose it is.
 */
owners?: Array<number>, 
/**
 * Its picture, as uploaded or as used by something in view; 0 takes the picture away.
 */
picture?: number, 
/**
 * The colour of its ring and of its disc without a picture, 0xRRGGBB.
 */
color?: number, 
/**
 * How it perceives what is around it.
 */
senses?: Senses, 
/**
 * The light that it carries; one that shines no distance takes it away.
 */
emission?: Glow, };

export type Senses = { 
/**
 * How far it sees what is lit, in 1/256 cell; left out for as far as nothing is in the way.
 */
sight_range?: number, 
/**
 * How far it sees without light, in 1/256 cell; 0 for not at all.
 */
darkvision: number, 
/**
 * How far it feels tokens through walls, in 1/256 cell; 0 for not at all.
 */
tremorsense: number, 
/**
 * It sees nothing, whatever else stands here.
 */
blind: boolean, };

export type Glow = { 
/**
 * How far it shines brightly, in 1/256 cell.
 */
bright: number, 
/**
 * How far it shines dimly, in 1/256 cell.
 */
dim: number, 
/**
 * Its colour, 0xRRGGBB.
 */
color: number, 
/**
 * The part of the circle that it shines into; left out for all of it.
 */
cone?: Cone, };

export type Cone = { 
/**
 * Its middle, in degrees clockwise, 0 to 359: from north, for what a token carries from where it faces.
 */
direction: number, 
/**
 * How far it opens to each side of its middle, in degrees, 1 to 180; 180 is the whole circle.
 */
half_angle: number, };

export type NewLight = { 
/**
 * Where.
 */
at: At, 
/**
 * What it shines.
 */
glow: Glow, 
/**
 * Whether it shines.
 */
on: boolean, };

export type LightChange = { 
/**
 * The place.
 */
at?: At, 
/**
 * How far it shines brightly, in 1/256 cell.
 */
bright?: number, 
/**
 * How far it shines dimly, in 1/256 cell.
 */
dim?: number, 
/**
 * The colour, 0xRRGGBB.
 */
color?: number, 
/**
 * The part of the circle that it shines into.
 */
cone?: Cone, 
/**
 * Whether it shines.
 */
on?: boolean, };

export type Ambience = "bright" | "dim" | "dark";

export type Cover = "open" | "revealed" | "veiled";

export type FogStage = "live" | "draft";

export type FogShape = { "kind": "polygon", 
/**
 * Its corners, 3 to 500.
 */
points: Array<At>, } | { "kind": "rectangle", 
/**
 * A corner.
 */
a: At, 
/**
 * The opposite corner.
 */
b: At, } | { "kind": "brush", 
/**
 * The way of its middle, 1 to 500 points.
 */
points: Array<At>, 
/**
 * Its radius, in 1/256 cell.
 */
radius: number, };

export type DrawnShape = { "kind": "line", 
/**
 * The points, in order.
 */
points: Array<At>, } | { "kind": "polygon", 
/**
 * Its corners.
 */
points: Array<At>, } | { "kind": "rectangle", 
/**
 * One corner.
 */
a: At, 
/**
 * The opposite one.
 */
b: At, } | { "kind": "circle", 
/**
 * Its middle.
 */
middle: At, 
/**
 * Its radius, in 1/256 cell.
 */
radius: number, } | { "kind": "note", 
/**
 * Where.
 */
at: At, 
/**
 * The words, of one line or many.
 */
text: string, };

export type Shown = "masters" | "explored" | "everyone";

export type DrawingChange = { 
/**
 * How far it moves.
 */
by?: At, 
/**
 * The colour, 0xRRGGBB.
 */
color?: number, 
/**
 * The width of lines, or the height of letters, in 1/256 cell.
 */
width?: number, 
/**
 * Whether the inside is coloured too.
 */
filled?: boolean, 
/**
 * Who is told of it (game master only).
 */
shown?: Shown, 
/**
 * The words, of a note.
 */
text?: string, };

export type NewWall = { 
/**
 * One end.
 */
a: At, 
/**
 * The other end.
 */
b: At, 
/**
 * What it stops.
 */
kind: WallKind, };

export type Ghost = { 
/**
 * The token.
 */
token: number, 
/**
 * Where its ghost is now.
 */
at: At, };

export type Layer = "map" | "token" | "gm";

export type PortalState = "open" | "shut" | "locked";

export type PortalKind = "door" | "secret_door" | "window";

export type WallKind = "wall" | "object" | "barrier" | "one_way";

export type Grid = { 
/**
 * Its shape.
 */
shape: GridShape, 
/**
 * Where the grid's origin lies relative to the map's top-left corner.
 */
offset: At, 
/**
 * Pixels of the map image in one cell; 0 for a scene without an image.
 */
pixels_per_cell: number, 
/**
 * How much of `unit` one cell is, in hundredths: 500 is 5.
 */
unit_per_cell: number, 
/**
 * The name of the unit: `ft`, `m`.
 */
unit: string, 
/**
 * How diagonals count.
 */
diagonal: Diagonal, };

export type GridShape = "square" | "hex_pointy" | "hex_flat" | "none";

export type Diagonal = "one" | "alternating" | "euclid" | "manhattan";

export type ServerFrame = { "type": "waiting", 
/**
 * The table's name.
 */
table: string, 
/**
 * The name under which the person knocks.
 */
name: string, } | { "type": "update" } & Update | { "type": "mirrored", 
/**
 * The number of the mirror: tiles and pictures of what it shows are asked for with it.
 */
mirror: number, 
/**
 * A change of the seat's view; `seq` counts the changes of this mirror from 1.
 */
update: Update, } | { "type": "mirror_ended", } | { "type": "drag", 
/**
 * Who drags.
 */
by: number, 
/**
 * The ghosts that this viewer may see now; empty when none is left.
 */
ghosts: Array<Ghost>, } | { "type": "ping", 
/**
 * Who.
 */
by: number, 
/**
 * Where.
 */
at: At, 
/**
 * Move the camera there.
 */
pull: boolean, } | { "type": "ruler", 
/**
 * Who.
 */
by: number, 
/**
 * The way points; empty when the ruler is gone.
 */
points: Array<At>, } | { "type": "bye", 
/**
 * Why.
 */
reason: ByeReason, };

export type ByeReason = "malformed" | "signed_out" | "removed" | "no_table" | "too_slow" | "too_large" | "outdated" | "aged" | "too_fast" | "unavailable";

export type Update = { 
/**
 * Counts the updates of this connection from 1.
 */
seq: number, 
/**
 * The view starts anew: forget everything first.
 */
fresh?: boolean, 
/**
 * The answer to this connection's command.
 */
ack?: Ack, 
/**
 * The table's name and settings.
 */
table?: TableInfo, 
/**
 * Who the viewer is.
 */
me?: Me, 
/**
 * People at the table.
 */
seats?: Array<SeatInfo>, 
/**
 * All scenes (game master only).
 */
scenes?: Array<SceneInfo>, 
/**
 * The scene in view. Its tokens, portals, walls and lights are dropped and told anew.
 */
scene?: SceneView, 
/**
 * Tokens that are new or look different.
 */
tokens?: Array<TokenView>, 
/**
 * Tokens that moved, with the part of the way that was seen.
 */
moves?: Array<TokenMoved>, 
/**
 * Doors and windows.
 */
portals?: Array<PortalView>, 
/**
 * Walls (game master only).
 */
walls?: Array<WallView>, 
/**
 * Tokens that are felt and not seen. A token is either here or in `tokens`: being told in one takes it out of the
 * other.
 */
felt?: Array<FeltView>, 
/**
 * Lights: for a game master all of the scene, else those that shine and whose source is in sight.
 */
lights?: Array<LightView>, 
/**
 * Drawings and notes, each as a whole. They lie upon each other in the order of their handles.
 */
drawings?: Array<DrawingView>, 
/**
 * What the viewer's characters see now, lit samples aside.
 */
sight?: Array<SightView>, 
/**
 * What they see because it is lit; for a game master, where light falls.
 */
lit?: LitView, 
/**
 * What they have seen of the scene.
 */
explored?: ExploredView, 
/**
 * Fog by hand (game master only).
 */
fog?: FogView, 
/**
 * Handles of what left the view, of every kind.
 */
gone?: Array<number>, 
/**
 * New chat messages, oldest first.
 */
messages?: Array<MessageView>, };

export type Ack = { 
/**
 * The command's id.
 */
id: string, 
/**
 * Set when the command was refused.
 */
refused?: Refused, 
/**
 * Set when a token was stopped on its way.
 */
stopped?: boolean, 
/**
 * What the command made, if one thing.
 */
made?: number, 
/**
 * The named areas that a previewed move would show to players for the first time.
 */
warns?: Array<number>, };

export type Refused = { 
/**
 * A stable word for programs.
 */
code: string, 
/**
 * A sentence for people.
 */
message: string, };

export type TableInfo = { 
/**
 * Its name.
 */
name: string, 
/**
 * Whether an invited person sits down without being admitted.
 */
walk_in: boolean, 
/**
 * Whether all players see what any player's token sees.
 */
shared_sight: boolean, 
/**
 * Whether players may take back their moves.
 */
player_undo: boolean, 
/**
 * Whether what players are told leaves at fixed ticks only.
 */
padded_timing: boolean, 
/**
 * Whether players wait: they do not move and open nothing.
 */
paused: boolean, 
/**
 * Players may draw on the map.
 */
players_draw: boolean, };

export type Me = { 
/**
 * The viewer's own seat.
 */
seat: number, 
/**
 * What they may do.
 */
role: Role, };

export type Role = "gm" | "player" | "spectator";

export type SeatInfo = { 
/**
 * Their seat.
 */
seat: number, 
/**
 * Their name.
 */
name: string, 
/**
 * Their colour, 0xRRGGBB.
 */
color: number, 
/**
 * What they may do.
 */
role: Role, 
/**
 * How they stand to the table. Others than the game master see seated people only.
 */
state: SeatState, 
/**
 * Whether a connection of theirs is open.
 */
online: boolean, };

export type SeatState = "knocking" | "seated" | "banned";

export type SceneInfo = { 
/**
 * The scene.
 */
scene: number, 
/**
 * Its name.
 */
name: string, 
/**
 * Whether the players are here.
 */
shown: boolean, };

export type SceneView = { 
/**
 * The scene.
 */
scene: number, 
/**
 * Its name (game master only).
 */
name?: string, 
/**
 * Its lower right corner.
 */
size: At, 
/**
 * Its grid.
 */
grid: Grid, 
/**
 * The picture that covers it (game master only; others are served tiles of what they explored).
 */
picture?: number, 
/**
 * The width and height of the picture, in pixels.
 */
picture_px?: [number, number], 
/**
 * How light it is without any light source.
 */
ambience: Ambience, 
/**
 * Whether the viewer sees everything, or just what `sight` and `lit` hold.
 */
sees_all: boolean, 
/**
 * Its walls cannot be made ready, so that nobody sees anything or walks (game master only).
 */
broken?: boolean, };

export type TokenView = { 
/**
 * The token.
 */
token: number, 
/**
 * Its middle.
 */
at: At, 
/**
 * Its diameter, in 1/256 cell.
 */
size: number, 
/**
 * Where it faces: degrees clockwise.
 */
rotation: number, 
/**
 * What it stands on.
 */
layer: Layer, 
/**
 * Its colour, 0xRRGGBB.
 */
color: number, 
/**
 * Its name, if the viewer may know it and it has one.
 */
name?: string, 
/**
 * Whether players read the name (game master and owners only).
 */
name_shown?: boolean, 
/**
 * Its picture.
 */
picture?: number, 
/**
 * Players do not see it (told to those who may know).
 */
hidden?: boolean, 
/**
 * Whose it is (game master and owners only).
 */
owners?: Array<number>, 
/**
 * Which seats aim at it.
 */
targeted_by?: Array<number>, 
/**
 * The viewer may move it.
 */
mine?: boolean, 
/**
 * How it perceives what is around it (game master and owners only).
 */
senses?: Senses, 
/**
 * The light that it carries (game master and owners only).
 */
emission?: Glow, };

export type TokenMoved = { 
/**
 * The token.
 */
token: number, 
/**
 * The way points that were seen, without the start; the last one is where it stands.
 */
path: Array<At>, };

export type PortalView = { 
/**
 * The portal.
 */
portal: number, 
/**
 * One end.
 */
a: At, 
/**
 * The other end.
 */
b: At, 
/**
 * Door or window.
 */
kind: PortalKind, 
/**
 * How it stands; `locked` is told to the game master only.
 */
state: PortalState, };

export type WallView = { 
/**
 * The wall.
 */
wall: number, 
/**
 * One end.
 */
a: At, 
/**
 * The other end.
 */
b: At, 
/**
 * What it stops.
 */
kind: WallKind, };

export type FeltView = { 
/**
 * The token.
 */
token: number, 
/**
 * Its middle.
 */
at: At, 
/**
 * Its diameter, in 1/256 cell.
 */
size: number, };

export type LightView = { 
/**
 * The light.
 */
light: number, 
/**
 * Where it is.
 */
at: At, 
/**
 * What it shines; its cone's direction counts from north.
 */
glow: Glow, 
/**
 * Whether it shines; others than a game master are told of lights that do.
 */
on: boolean, };

export type SightView = { 
/**
 * The eyes; gone when in `gone`.
 */
eye: number, 
/**
 * The polygon that is seen by the light that is everywhere: x, y, x, y, … in 1/256 cell. Empty on a dark scene.
 */
polygon: Array<number>, 
/**
 * How light it is there.
 */
level: Ambience, 
/**
 * The polygon that darkvision shows.
 */
dark_sight?: Array<number>, };

export type LitView = { 
/**
 * Forget all blocks first.
 */
whole?: boolean | null, 
/**
 * Blocks of samples that are dimly lit or better, as they are now; one without samples is dark.
 */
dim: Array<BlockView>, 
/**
 * Blocks of samples that are brightly lit.
 */
bright: Array<BlockView>, };

export type ExploredView = { 
/**
 * Grows with every change; tiles of the map are asked for with it.
 */
revision: number, 
/**
 * Forget all blocks first.
 */
whole?: boolean | null, 
/**
 * Blocks as they are now; one without samples is forgotten.
 */
blocks: Array<BlockView>, };

export type FogView = { 
/**
 * Forget all blocks and areas first.
 */
whole?: boolean, 
/**
 * Whether a draft is being prepared; without one it has no samples.
 */
preparing: boolean, 
/**
 * Blocks that every player remembers.
 */
revealed?: Array<BlockView>, 
/**
 * Blocks that no player sees or remembers.
 */
veiled?: Array<BlockView>, 
/**
 * Blocks of the draft that every player will remember.
 */
draft_revealed?: Array<BlockView>, 
/**
 * Blocks of the draft that no player will see or remember.
 */
draft_veiled?: Array<BlockView>, 
/**
 * Named areas that are new or look different.
 */
areas?: Array<AreaView>, };

export type AreaView = { 
/**
 * The area.
 */
area: number, 
/**
 * Its name.
 */
name: string, 
/**
 * Its corners.
 */
points: Array<At>, 
/**
 * How it was last covered.
 */
cover: Cover, 
/**
 * How it was last covered in the draft, while one is prepared.
 */
prepared?: Cover, };

export type DrawingView = { 
/**
 * The drawing.
 */
drawing: number, 
/**
 * Who made it, if they are still at the table.
 */
by?: number, 
/**
 * What. The words of a note are as typed, for who edits them.
 */
shape: DrawnShape, 
/**
 * The words of a note with their marks, if there are marks.
 */
spans?: Array<Span>, 
/**
 * Its colour, 0xRRGGBB.
 */
color: number, 
/**
 * How wide its lines are, or how tall a note's letters, in 1/256 cell.
 */
width: number, 
/**
 * Whether the inside is coloured too.
 */
filled?: boolean, 
/**
 * The viewer may change it and wipe it away.
 */
mine?: boolean, 
/**
 * Who else is told of it (game master only).
 */
shown?: Shown, };

export type BlockView = { 
/**
 * Its column, in blocks.
 */
x: number, 
/**
 * Its row, in blocks.
 */
y: number, 
/**
 * Run lengths of its samples row by row, starting with unseen ones: LEB128 in base64url without padding. Empty if
 * nothing was seen.
 */
runs: string, };

export type MessageView = { 
/**
 * The viewer's number of it, growing.
 */
message: number, 
/**
 * When, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * Whose seat said it, if it is still there.
 */
seat?: number, 
/**
 * Under what name.
 */
name: string, 
/**
 * How it was said.
 */
manner: Manner, 
/**
 * To whom a whisper goes, by name.
 */
to?: Array<string>, 
/**
 * The words and rolls.
 */
parts: Array<Part>, };

export type Manner = "say" | "emote" | "whisper" | "roll" | "gm_roll" | "blind_roll" | "self_roll";

export type Part = { "kind": "text", 
/**
 * The words with their marks; together they are what is read.
 */
spans: Array<Span>, } | { "kind": "roll", 
/**
 * The roll.
 */
roll: RollView, } | { "kind": "concealed" };

export type Span = { 
/**
 * The words, with line breaks.
 */
text: string, 
/**
 * Strongly emphasised.
 */
strong?: boolean, 
/**
 * Emphasised.
 */
emphasis?: boolean, 
/**
 * Struck through.
 */
struck?: boolean, 
/**
 * Code: of one width.
 */
code?: boolean, 
/**
 * Where a link leads: an address of `https` or `http`.
 */
href?: string, };

export type RollView = { 
/**
 * As typed.
 */
formula: string, 
/**
 * The result, exact; `void` if the dice made the calculation impossible, and the last note says how.
 */
total: string, 
/**
 * The dice, in written order.
 */
pools: Array<PoolView>, 
/**
 * The groups in braces with their sub-totals, inner ones first.
 */
groups?: Array<GroupView>, 
/**
 * What was decided for the roller, in sentences.
 */
notes?: Array<string>, 
/**
 * The text after `#`.
 */
flavour?: string, };

export type PoolView = { 
/**
 * As written: `4d6kh3`.
 */
notation: string, 
/**
 * The text in square brackets.
 */
label?: string, 
/**
 * The dice, in the order thrown or, if the formula says so, sorted.
 */
dice: Array<DieView>, 
/**
 * What the pool counts for.
 */
result: string, };

export type GroupView = { 
/**
 * As written: `{1d6 + 2, 1d8}kh1`.
 */
notation: string, 
/**
 * The text in square brackets.
 */
label?: string, 
/**
 * The entries, in the order written or, if the formula says so, sorted.
 */
entries: Array<SubtotalView>, 
/**
 * What the group counts for.
 */
result: string, };

export type SubtotalView = { 
/**
 * As written: `1d6 + 2`.
 */
notation: string, 
/**
 * What it comes to.
 */
value: string, 
/**
 * What happened to it: `dropped`, `success`, `failure`.
 */
marks: Array<string>, };

export type DieView = { 
/**
 * What it counts.
 */
value: number, 
/**
 * Every face it showed, in order.
 */
throws: Array<number>, 
/**
 * What happened to it: `dropped`, `exploded`, `extra`, `rerolled`, `clamped`, `success`, `failure`,
 * `highest`, `lowest`.
 */
marks: Array<string>, };
