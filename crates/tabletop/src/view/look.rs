//! How things look to one viewer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Online;
use crate::event::{
    Ambience, Cover, DrawingRecord, Glow, Grid, Layer, LightRecord, MapPicture, PortalKind, PortalState,
    Role, SeatRecord, SeatState, Senses, Shown,
};
use crate::fog::Fog;
use crate::geometry::Point;
use crate::id::{AreaId, BlobId, SceneId, SeatId};
use crate::light::Source;
use crate::scene::Scene;
use crate::table::{Table, is_seated};

/// A table's name and settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableLook {
    /// Its name.
    pub name: String,
    /// Sit down without being admitted.
    pub walk_in: bool,
    /// All players see what any sees.
    pub shared_sight: bool,
    /// Players may take back moves.
    pub player_undo: bool,
    /// What players are told leaves at fixed ticks only.
    pub padded_timing: bool,
    /// Players do not move and open nothing.
    pub paused: bool,
    /// Players may draw on the map.
    pub players_draw: bool,
}

/// A person at the table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SeatLook {
    /// Their name.
    pub name: String,
    /// Their colour.
    pub color: u32,
    /// What they may do.
    pub role: Role,
    /// How they stand to the table.
    pub state: SeatState,
    /// Whether they are here.
    pub online: bool,
}

/// A scene in the game master's list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SceneListing {
    /// Its name.
    pub name: String,
    /// The players are here.
    pub shown: bool,
}

/// The scene in view.
#[derive(Clone, PartialEq, Debug)]
pub struct SceneLook {
    /// Its name, for a game master.
    pub name: Option<String>,
    /// Its lower right corner.
    pub size: Point,
    /// Its grid.
    pub grid: Grid,
    /// Its picture: a game master has all of it, others tiles of what they remember.
    pub picture: Option<MapPicture>,
    /// How light it is everywhere.
    pub ambience: Ambience,
    /// The viewer sees all of it.
    pub sees_all: bool,
    /// Its walls cannot be made ready, so that nobody sees anything or walks; told to a game master.
    pub is_broken: bool,
}

/// A token in view. Ordered by place first, then by whatever else tells two apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TokenLook {
    /// Its middle.
    pub at: Point,
    /// Its diameter, in units.
    pub size: i32,
    /// Where it faces.
    pub rotation: u32,
    /// What it stands on.
    pub layer: Layer,
    /// Its colour.
    pub color: u32,
    /// Its name, if the viewer may know it.
    pub name: Option<String>,
    /// Whether players read the name; told to those who see it anyway.
    pub name_shown: Option<bool>,
    /// Its picture.
    pub picture: Option<BlobId>,
    /// Others do not see it.
    pub hidden: bool,
    /// Whose it is, of the people in view; told to the game master and the owners.
    pub owners: Vec<SeatId>,
    /// Who aims at it, of the people in view.
    pub targeted_by: Vec<SeatId>,
    /// The viewer may move it.
    pub mine: bool,
    /// How it perceives what is around it; told to the game master and the owners.
    pub senses: Option<Senses>,
    /// The light that it carries; told to the game master and the owners.
    pub emission: Option<Glow>,
}

/// A token that is felt and not seen. Ordered by place first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FeltLook {
    /// Its middle.
    pub at: Point,
    /// Its diameter, in units.
    pub size: i32,
}

/// A source of light in view. Ordered by place first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LightLook {
    /// Where it is.
    pub at: Point,
    /// What it shines; its cone's direction counts from north.
    pub glow: Glow,
    /// Whether it shines; others than a game master are told of lights that do.
    pub on: bool,
}

impl From<&LightRecord> for LightLook {
    fn from(record: &LightRecord) -> Self {
        Self { at: record.at, glow: record.glow(), on: record.on }
    }
}

impl From<&Source> for LightLook {
    fn from(source: &Source) -> Self {
        Self { at: source.at, glow: source.glow, on: true }
    }
}

/// A drawing in view. Two are the same if their viewer is told the same: who else is told of one is no part of that.
#[derive(Clone, Debug)]
pub struct DrawingLook {
    /// What was drawn.
    pub record: Arc<DrawingRecord>,
    /// The viewer may change it.
    pub mine: bool,
    /// Who else is told of it; told to a game master.
    pub shown: Option<Shown>,
}

impl PartialEq for DrawingLook {
    fn eq(&self, other: &Self) -> bool {
        let DrawingRecord { by, shape, color, width, filled, shown: _ } = &*self.record;
        let told = |of: &DrawingRecord| {
            (by, shape, color, width, filled) == (&of.by, &of.shape, &of.color, &of.width, &of.filled)
        };
        (self.mine, self.shown) == (other.mine, other.shown) && told(&other.record)
    }
}

impl Eq for DrawingLook {}

/// A named area, for a game master.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AreaLook {
    /// Its name.
    pub name: String,
    /// Its corners.
    pub polygon: Vec<Point>,
    /// How it was last covered.
    pub cover: Cover,
    /// How it was last covered in the fog that is being prepared; `None` while none is.
    pub prepared: Option<Cover>,
}

/// A door or window in view. Ordered by place first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PortalLook {
    /// One end.
    pub a: Point,
    /// The other end.
    pub b: Point,
    /// Door or window.
    pub kind: PortalKind,
    /// How it seems to stand: a lock is told to the game master only.
    pub state: PortalState,
}

impl TableLook {
    pub(super) fn of(table: &Table) -> Self {
        let settings = table.settings();
        Self {
            name: table.name().to_owned(),
            walk_in: settings.walk_in,
            shared_sight: settings.shared_sight,
            player_undo: settings.player_undo,
            padded_timing: settings.padded_timing,
            paused: settings.paused,
            players_draw: settings.players_draw,
        }
    }
}

impl AreaLook {
    pub(crate) fn of(fog: &Fog, area: AreaId) -> Option<Self> {
        let record = fog.areas.get(&area)?;
        Some(Self {
            name: record.name.clone(),
            polygon: record.polygon.clone(),
            cover: fog.live.cover(area),
            prepared: fog.draft.as_ref().map(|draft| draft.cover(area)),
        })
    }
}

impl SceneLook {
    pub(super) fn of(scene: &Scene, master: bool) -> Self {
        Self {
            name: master.then(|| scene.name.clone()),
            size: scene.size,
            grid: scene.grid.clone(),
            picture: scene.picture,
            ambience: scene.ambience,
            sees_all: master,
            is_broken: master && !scene.is_known(),
        }
    }
}

pub(super) fn seats(table: &Table, online: &Online, role: Role) -> BTreeMap<SeatId, SeatLook> {
    let known = |seat: &&SeatRecord| role == Role::Gm || is_seated(seat);
    let look = |seat: &SeatRecord| SeatLook {
        name: seat.name.clone(),
        color: seat.color,
        role: seat.role,
        state: seat.state,
        online: online.contains(&seat.seat),
    };
    table.seats().filter(known).map(|seat| (seat.seat, look(seat))).collect()
}

pub(super) fn scenes(table: &Table, role: Role) -> BTreeMap<SceneId, SceneListing> {
    if role != Role::Gm {
        return BTreeMap::new();
    }
    let shown = table.shown();
    let listing = |(id, scene): (&SceneId, &Scene)| {
        (*id, SceneListing { name: scene.name.clone(), shown: shown == Some(*id) })
    };
    table.scenes().iter().map(listing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::tests::{broken, record};

    #[test]
    fn a_game_master_is_told_of_walls_that_cannot_be_made_ready_and_nobody_else() {
        let (whole, broken) = (Scene::new(&record()), broken(&record()));
        let told = [(&whole, true), (&whole, false), (&broken, false), (&broken, true)];
        let told = told.map(|(scene, master)| SceneLook::of(scene, master).is_broken);
        assert_eq!(told, [false, false, false, true]);
        // And such a scene shows nothing.
        let (mut scratch, mut gates) = (vision::Scratch::default(), Vec::new());
        let eye = Point::new(4 * crate::geometry::CELL, 4 * crate::geometry::CELL);
        assert!(!whole.visible_from(eye, vision::Reach::Unlimited, &mut scratch, &mut gates).is_empty());
        assert!(broken.visible_from(eye, vision::Reach::Unlimited, &mut scratch, &mut gates).is_empty());
    }
}
