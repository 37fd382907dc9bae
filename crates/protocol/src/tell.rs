//! From patches to frames: the only way by which something of a table becomes bytes.

use tabletop::audience::{Explored, FogPatch, LitPatch, MessagePatch, Outline, Patch, TokenPatch};
use tabletop::dice::RollRecord;
use tabletop::event::{self, BlockRecord, WallRecord};
use tabletop::view::{
    AreaLook, DrawingLook, FeltLook, LightLook, PortalLook, SceneListing, SceneLook, SeatLook, TableLook,
};

use crate::client_frame as wire;
use crate::marks;
use crate::server_frame::{
    AreaView, BlockView, DieView, DrawingView, ExploredView, FeltView, FogView, GroupView, LightView,
    LitView, Manner, Me, MessageView, Part, PoolView, PortalView, Role, RollView, SceneInfo, SceneView,
    SeatInfo, SeatState, SightView, SubtotalView, TableInfo, TokenMoved, TokenView, Update, WallView,
};
use crate::units::{At, Handle, to_wire};

impl From<Patch> for Update {
    fn from(patch: Patch) -> Self {
        Self {
            seq: 0,
            fresh: patch.fresh,
            ack: None,
            table: patch.table.map(table),
            me: patch.me.map(|(seat, role)| Me { seat, role: role.into() }),
            seats: patch.seats.into_iter().map(seat).collect(),
            scenes: patch.scenes.into_iter().map(listing).collect(),
            scene: patch.scene.map(scene),
            tokens: patch.tokens.into_iter().map(token).collect(),
            moves: patch.moves.into_iter().map(moved).collect(),
            portals: patch.portals.into_iter().map(portal).collect(),
            walls: patch.walls.into_iter().map(wall).collect(),
            felt: patch.felt.into_iter().map(felt).collect(),
            lights: patch.lights.into_iter().map(light).collect(),
            drawings: patch.drawings.into_iter().map(drawing).collect(),
            sight: patch.sight.into_iter().map(sight).collect(),
            lit: patch.lit.map(lit),
            explored: patch.explored.map(explored),
            fog: patch.fog.map(fog),
            gone: patch.gone,
            messages: patch.messages.iter().map(message).collect(),
        }
    }
}

fn table(look: TableLook) -> TableInfo {
    let TableLook { name, walk_in, shared_sight, player_undo, padded_timing, paused, players_draw } = look;
    TableInfo { name, walk_in, shared_sight, player_undo, padded_timing, paused, players_draw }
}

fn seat((seat, look): (Handle, SeatLook)) -> SeatInfo {
    let state = match look.state {
        event::SeatState::Knocking => SeatState::Knocking,
        event::SeatState::Seated => SeatState::Seated,
        event::SeatState::Banned => SeatState::Banned,
    };
    SeatInfo { seat, name: look.name, color: look.color, role: look.role.into(), state, online: look.online }
}

fn listing((scene, look): (Handle, SceneListing)) -> SceneInfo {
    SceneInfo { scene, name: look.name, shown: look.shown }
}

fn scene((scene, look, picture): (Handle, SceneLook, Option<Handle>)) -> SceneView {
    let SceneLook { name, size, grid, picture: of_map, ambience, sees_all, is_broken } = look;
    let picture_px = of_map.map(|picture| picture.size_px);
    SceneView {
        scene,
        name,
        size: size.into(),
        grid: grid.into(),
        picture,
        picture_px,
        ambience: ambience.into(),
        sees_all,
        broken: is_broken.then_some(true),
    }
}

fn explored(explored: Explored) -> ExploredView {
    ExploredView { revision: explored.revision, whole: explored.whole, blocks: blocks(explored.blocks) }
}

fn lit(LitPatch { whole, dim, bright }: LitPatch) -> LitView {
    LitView { whole, dim: blocks(dim), bright: blocks(bright) }
}

fn fog(patch: FogPatch) -> FogView {
    let FogPatch { whole, preparing, revealed, veiled, draft_revealed, draft_veiled, areas } = patch;
    FogView {
        whole,
        preparing,
        revealed: blocks(revealed),
        veiled: blocks(veiled),
        draft_revealed: blocks(draft_revealed),
        draft_veiled: blocks(draft_veiled),
        areas: areas.into_iter().map(area).collect(),
    }
}

fn area((area, look): (Handle, AreaLook)) -> AreaView {
    let AreaLook { name, polygon, cover, prepared } = look;
    let points = polygon.into_iter().map(At::from).collect();
    AreaView { area, name, points, cover: cover.into(), prepared: prepared.map(Into::into) }
}

fn blocks(records: Vec<BlockRecord>) -> Vec<BlockView> {
    records.into_iter().map(|BlockRecord { x, y, runs }| BlockView { x, y, runs }).collect()
}

fn token(patch: TokenPatch) -> TokenView {
    let look = patch.look;
    TokenView {
        token: patch.token,
        at: look.at.into(),
        size: length(look.size),
        rotation: look.rotation,
        layer: look.layer.into(),
        color: look.color,
        name: look.name,
        name_shown: look.name_shown,
        picture: patch.picture,
        hidden: look.hidden,
        owners: patch.owners,
        targeted_by: patch.targeted_by,
        mine: look.mine,
        senses: look.senses.map(Into::into),
        emission: look.emission.map(Into::into),
    }
}

fn drawing((drawing, look, by): (Handle, DrawingLook, Option<Handle>)) -> DrawingView {
    let record = &look.record;
    let points = |points: &[tabletop::geometry::Point]| points.iter().map(|point| At::from(*point)).collect();
    let shape = match &record.shape {
        event::DrawnShape::Line { points: way } => wire::DrawnShape::Line { points: points(way) },
        event::DrawnShape::Polygon { points: corners } => {
            wire::DrawnShape::Polygon { points: points(corners) }
        }
        event::DrawnShape::Rectangle { a, b } => {
            wire::DrawnShape::Rectangle { a: (*a).into(), b: (*b).into() }
        }
        event::DrawnShape::Circle { middle, radius } => {
            wire::DrawnShape::Circle { middle: (*middle).into(), radius: length(*radius) }
        }
        event::DrawnShape::Note { at, text } => {
            wire::DrawnShape::Note { at: (*at).into(), text: text.clone() }
        }
    };
    let spans = match &record.shape {
        event::DrawnShape::Note { text, .. } => marks::of_note(text),
        event::DrawnShape::Line { .. }
        | event::DrawnShape::Polygon { .. }
        | event::DrawnShape::Rectangle { .. }
        | event::DrawnShape::Circle { .. } => Vec::new(),
    };
    DrawingView {
        drawing,
        by,
        shape,
        spans,
        color: record.color,
        width: length(record.width),
        filled: record.filled,
        mine: look.mine,
        shown: look.shown.map(Into::into),
    }
}

fn moved((token, path): (Handle, Vec<tabletop::geometry::Point>)) -> TokenMoved {
    TokenMoved { token, path: path.into_iter().map(At::from).collect() }
}

fn portal((portal, look): (Handle, PortalLook)) -> PortalView {
    PortalView {
        portal,
        a: look.a.into(),
        b: look.b.into(),
        kind: look.kind.into(),
        state: look.state.into(),
    }
}

fn wall((wall, record): (Handle, WallRecord)) -> WallView {
    WallView { wall, a: record.a.into(), b: record.b.into(), kind: record.kind.into() }
}

fn felt((token, look): (Handle, FeltLook)) -> FeltView {
    FeltView { token, at: look.at.into(), size: length(look.size) }
}

fn light((light, look): (Handle, LightLook)) -> LightView {
    LightView { light, at: look.at.into(), glow: look.glow.into(), on: look.on }
}

fn sight((eye, outline): (Handle, Outline)) -> SightView {
    let numbers = |polygon: &[tabletop::geometry::Point]| {
        polygon.iter().flat_map(|vertex| [to_wire(vertex.x), to_wire(vertex.y)]).collect()
    };
    let Outline { sight, level, dark_sight } = outline;
    SightView { eye, polygon: numbers(&sight), level: level.into(), dark_sight: numbers(&dark_sight) }
}

fn message(patch: &MessagePatch) -> MessageView {
    let words = patch.parts().map(|part| match part {
        Some(event::Part::Text { text }) => Some(text.as_str()),
        Some(event::Part::Roll { .. }) | None => None,
    });
    let mut spans = marks::of_line(words).into_iter();
    let parts = patch.parts().map(|part| match part {
        None => Part::Concealed,
        Some(event::Part::Text { .. }) => Part::Text { spans: spans.next().unwrap_or_default() },
        Some(event::Part::Roll { roll: record }) => Part::Roll { roll: roll(record) },
    });
    MessageView {
        message: patch.number,
        at_ms: patch.at_ms(),
        seat: patch.seat,
        name: patch.name().to_owned(),
        manner: patch.manner().into(),
        to: patch.to.clone(),
        parts: parts.collect(),
    }
}

fn roll(record: &RollRecord) -> RollView {
    let words = |words: &mut dyn Iterator<Item = &'static str>| words.map(str::to_owned).collect();
    let die = |die: &tabletop::dice::Die| DieView {
        value: die.value,
        throws: die.throws.clone(),
        marks: words(&mut die.words()),
    };
    let pools = record.pools.iter().map(|pool| PoolView {
        notation: pool.notation.clone(),
        label: pool.label.clone(),
        dice: pool.shown().into_iter().map(die).collect(),
        result: pool.result.to_string(),
    });
    let entry = |entry: &tabletop::dice::Subtotal| SubtotalView {
        notation: entry.notation.clone(),
        value: entry.value.to_string(),
        marks: words(&mut entry.words()),
    };
    let groups = record.groups.iter().map(|group| GroupView {
        notation: group.notation.clone(),
        label: group.label.clone(),
        entries: group.shown().into_iter().map(entry).collect(),
        result: group.result.to_string(),
    });
    RollView {
        formula: record.formula.clone(),
        total: record.total.map_or_else(|| "void".to_owned(), |total| total.to_string()),
        pools: pools.collect(),
        groups: groups.collect(),
        notes: record.notes.clone(),
        flavour: record.flavour.clone(),
    }
}

fn length(units: i32) -> u32 {
    to_wire(units).unsigned_abs()
}

macro_rules! same_names {
    ($($domain:path => $wire:path { $($variant:ident),* })*) => {$(
        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$variant => Self::$variant,)* }
            }
        }
        impl From<$wire> for $domain {
            fn from(value: $wire) -> Self {
                match value { $(<$wire>::$variant => Self::$variant,)* }
            }
        }
    )*};
}

same_names! {
    event::Role => Role { Gm, Player, Spectator }
    event::Layer => wire::Layer { Map, Token, Gm }
    event::PortalState => wire::PortalState { Open, Shut, Locked }
    event::PortalKind => wire::PortalKind { Door, SecretDoor, Window }
    event::WallKind => wire::WallKind { Wall, Object, Barrier, OneWay }
    event::GridShape => wire::GridShape { Square, HexPointy, HexFlat, None }
    event::Ambience => wire::Ambience { Bright, Dim, Dark }
    event::Shown => wire::Shown { Masters, Explored, Everyone }
    event::Cover => wire::Cover { Open, Revealed, Veiled }
    event::FogStage => wire::FogStage { Live, Draft }
    event::Diagonal => wire::Diagonal { One, Alternating, Euclid, Manhattan }
    event::Manner => Manner { Say, Emote, Whisper, Roll, GmRoll, BlindRoll, SelfRoll }
}

impl From<event::Senses> for wire::Senses {
    fn from(senses: event::Senses) -> Self {
        let event::Senses { sight_range, darkvision, tremorsense, blind } = senses;
        Self {
            sight_range: sight_range.map(length),
            darkvision: length(darkvision),
            tremorsense: length(tremorsense),
            blind,
        }
    }
}

impl From<event::Glow> for wire::Glow {
    fn from(glow: event::Glow) -> Self {
        let event::Glow { bright, dim, color, cone } = glow;
        let cone = cone.map(|cone| wire::Cone { direction: cone.direction, half_angle: cone.half_angle });
        Self { bright: length(bright), dim: length(dim), color, cone }
    }
}

impl From<event::Grid> for wire::Grid {
    fn from(grid: event::Grid) -> Self {
        Self {
            shape: grid.shape.into(),
            offset: grid.offset.into(),
            pixels_per_cell: grid.pixels_per_cell,
            unit_per_cell: grid.unit_per_cell,
            unit: grid.unit,
            diagonal: grid.diagonal.into(),
        }
    }
}

impl From<wire::Grid> for event::Grid {
    fn from(grid: wire::Grid) -> Self {
        Self {
            shape: grid.shape.into(),
            offset: grid.offset.into(),
            pixels_per_cell: grid.pixels_per_cell,
            unit_per_cell: grid.unit_per_cell,
            unit: grid.unit,
            diagonal: grid.diagonal.into(),
        }
    }
}
