//! What one viewer may know: the choke-point.
//!
//! [`View::project`] is the definition. Everything that a viewer is ever told is the difference of two views, made by
//! [`crate::audience`]. Rules of disclosure, in the order in which they are asked:
//!
//! - A game master knows everything but other people's whispers.
//! - A token is in a player's view if they own it, or if it is not hidden, not on the GM layer, and an eye of theirs
//!   sees its middle or one of four points at 0.3 of its diameter that no wall cuts off from its middle.
//! - Eyes are the tokens a player owns; under shared sight those of all players that are not hidden.
//! - A portal is in view if an eye sees a point just in front of it. Walls, lights and locks are never told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use vision::Scratch;

use crate::event::{
    Grid, Layer, PortalKind, PortalRecord, PortalState, Role, SeatRecord, SeatState, TokenRecord,
};
use crate::geometry::Point;
use crate::id::{BlobId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use crate::scene::{Ground, Scene};
use crate::table::{Table, Touched, is_seated};

/// Anything that a viewer has a handle for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Entity {
    /// A seat.
    Seat(SeatId),
    /// A scene.
    Scene(SceneId),
    /// A token.
    Token(TokenId),
    /// A door or window.
    Portal(PortalId),
    /// A wall.
    Wall(WallId),
    /// A light.
    Light(LightId),
    /// The eyes of a token.
    Eye(TokenId),
    /// A picture.
    Picture(BlobId),
}

/// What one viewer may know. Holds ids, so it cannot be serialised; patches hold handles.
#[derive(Clone, Debug)]
pub struct View {
    viewer: SeatId,
    pub(crate) role: Role,
    pub(crate) table: TableLook,
    pub(crate) seats: BTreeMap<SeatId, SeatLook>,
    pub(crate) scenes: BTreeMap<SceneId, SceneListing>,
    pub(crate) scene: Option<(SceneId, SceneLook)>,
    pub(crate) tokens: BTreeMap<TokenId, TokenLook>,
    pub(crate) portals: BTreeMap<PortalId, PortalLook>,
    /// Walls and lights, for a game master.
    pub(crate) ground: Option<Arc<Ground>>,
    /// What each pair of eyes sees; empty for a game master.
    pub(crate) eyes: BTreeMap<TokenId, Gaze>,
}

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
}

/// A person at the table.
#[derive(Clone, PartialEq, Eq, Debug)]
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
    /// Its picture.
    pub picture: Option<BlobId>,
    /// The viewer sees all of it.
    pub sees_all: bool,
}

/// A token in view.
#[derive(Clone, PartialEq, Eq, Debug)]
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
    /// Whose it is; told to the game master and the owners.
    pub owners: Vec<SeatId>,
    /// The viewer may move it.
    pub mine: bool,
}

/// A door or window in view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// What one pair of eyes sees.
#[derive(Clone, Debug)]
pub struct Gaze {
    pub(crate) at: Point,
    /// The polygon, in units.
    pub polygon: Arc<[Point]>,
    /// The polygon's bounding box: a quick no.
    least: Point,
    most: Point,
}

impl PartialEq for Gaze {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && (Arc::ptr_eq(&self.polygon, &other.polygon) || self.polygon == other.polygon)
    }
}

/// Who is connected.
pub type Online = BTreeSet<SeatId>;

/// Sight polygons by token, kept while neither the token nor anything around it changes.
#[derive(Default)]
pub struct Gazes {
    held: HashMap<TokenId, (SceneId, u64, Gaze)>,
    scratch: Scratch,
}

impl Gazes {
    fn of(&mut self, token: TokenId, record: &TokenRecord, scene: &Scene) -> Gaze {
        if let Some((at_scene, version, gaze)) = self.held.get(&token)
            && *at_scene == record.scene
            && *version == scene.sight_version
            && gaze.at == record.at
        {
            return gaze.clone();
        }
        let polygon: Arc<[Point]> = scene.visible_from(record.at, &mut self.scratch).into();
        let (mut least, mut most) = (record.at, record.at);
        for vertex in polygon.iter() {
            least = Point::new(least.x.min(vertex.x), least.y.min(vertex.y));
            most = Point::new(most.x.max(vertex.x), most.y.max(vertex.y));
        }
        let gaze = Gaze { at: record.at, polygon, least, most };
        self.held.insert(token, (record.scene, scene.sight_version, gaze.clone()));
        gaze
    }
}

impl Gaze {
    fn sees(&self, scene: &Scene, point: Point) -> bool {
        let near = (self.least.x..=self.most.x).contains(&point.x)
            && (self.least.y..=self.most.y).contains(&point.y);
        near && scene.sees(self.at, point)
    }
}

impl View {
    /// What a seated viewer may know now; `None` for who is not seated.
    pub fn project(table: &Table, online: &Online, viewer: SeatId, gazes: &mut Gazes) -> Option<Self> {
        let seat = table.seat(viewer).filter(|seat| is_seated(seat))?;
        let mut view = Self {
            viewer,
            role: seat.role,
            table: TableLook::of(table),
            seats: seats(table, online, seat.role),
            scenes: scenes(table, seat.role),
            scene: None,
            tokens: BTreeMap::new(),
            portals: BTreeMap::new(),
            ground: None,
            eyes: BTreeMap::new(),
        };
        view.look_around(table, gazes);
        Some(view)
    }

    /// Brings the view up to date where events touched it. Equals a fresh projection.
    pub(crate) fn advance(&mut self, table: &Table, online: &Online, touched: &Touched, gazes: &mut Gazes) {
        if touched.table {
            self.table = TableLook::of(table);
        }
        if touched.people {
            // A role or the set of players may have changed, and with it whose eyes count.
            if let Some(seat) = table.seat(self.viewer) {
                self.role = seat.role;
            }
            self.seats = seats(table, online, self.role);
        }
        if touched.scenes {
            self.scenes = scenes(table, self.role);
        }
        let ground_moved = self.scene.as_ref().is_some_and(|(id, _)| touched.ground.contains(id));
        if touched.scenes || touched.people || ground_moved || self.scene.is_none() {
            self.look_around(table, gazes);
        } else if !touched.tokens.is_empty() {
            self.look_at(table, touched, gazes);
        }
    }

    /// The scene anew.
    fn look_around(&mut self, table: &Table, gazes: &mut Gazes) {
        let found = table.scene_of(self.viewer).and_then(|id| Some((id, table.scene(id)?)));
        let Some((id, scene)) = found else {
            self.scene = None;
            self.tokens.clear();
            self.portals.clear();
            self.eyes.clear();
            self.ground = None;
            return;
        };
        let master = self.role == Role::Gm;
        self.scene = Some((id, SceneLook::of(scene, master)));
        self.ground = master.then(|| Arc::clone(&scene.ground));
        let eyes = table.tokens_on(id).filter(|(_, token)| self.is_eye(table, token));
        self.eyes = eyes.map(|(token, record)| (token, gazes.of(token, record, scene))).collect();
        self.look_at_all(table, id, scene);
    }

    fn look_at_all(&mut self, table: &Table, id: SceneId, scene: &Scene) {
        let seen = table
            .tokens_on(id)
            .filter_map(|(token, record)| Some((token, self.token(scene, token, record)?)));
        self.tokens = seen.collect();
        let portals =
            scene.portals.iter().filter_map(|(id, portal)| Some((*id, self.portal(scene, portal)?)));
        self.portals = portals.collect();
    }

    /// The tokens that events touched; everything again if eyes moved.
    fn look_at(&mut self, table: &Table, touched: &Touched, gazes: &mut Gazes) {
        let Some((id, _)) = self.scene else { return };
        let Some(scene) = table.scene(id) else { return };
        let mut eyes_moved = false;
        for token in touched.tokens.keys() {
            let record = table.token(*token).filter(|record| record.scene == id);
            let eye = record.filter(|record| self.is_eye(table, record));
            match eye.map(|record| gazes.of(*token, record, scene)) {
                Some(gaze) => {
                    if self.eyes.get(token) != Some(&gaze) {
                        self.eyes.insert(*token, gaze);
                        eyes_moved = true;
                    }
                }
                None => eyes_moved |= self.eyes.remove(token).is_some(),
            }
        }
        if eyes_moved {
            self.look_at_all(table, id, scene);
            return;
        }
        for token in touched.tokens.keys() {
            let record = table.token(*token).filter(|record| record.scene == id);
            match record.and_then(|record| self.token(scene, *token, record)) {
                Some(look) => self.tokens.insert(*token, look),
                None => self.tokens.remove(token),
            };
        }
    }

    fn is_eye(&self, table: &Table, token: &TokenRecord) -> bool {
        if self.role == Role::Gm || token.layer == Layer::Gm {
            return false;
        }
        if token.owners.contains(&self.viewer) {
            return true;
        }
        let of_a_player = |owner: &SeatId| table.seat(*owner).is_some_and(|seat| seat.role == Role::Player);
        table.settings().shared_sight && !token.hidden && token.owners.iter().any(of_a_player)
    }

    /// What the viewer may know of a token; `None` if it is not in view.
    fn token(&self, scene: &Scene, id: TokenId, token: &TokenRecord) -> Option<TokenLook> {
        let master = self.role == Role::Gm;
        let mine = token.owners.contains(&self.viewer) && token.layer != Layer::Gm;
        if !(master || mine || self.sees_token(scene, id, token)) {
            return None;
        }
        let knows = master || mine;
        Some(TokenLook {
            at: token.at,
            size: token.size,
            rotation: token.rotation,
            layer: token.layer,
            color: token.color,
            name: (!token.name.is_empty() && (knows || token.name_shown)).then(|| token.name.clone()),
            name_shown: knows.then_some(token.name_shown),
            picture: token.picture,
            hidden: knows && token.hidden,
            owners: if knows { token.owners.clone() } else { Vec::new() },
            mine: knows,
        })
    }

    fn sees_token(&self, scene: &Scene, id: TokenId, token: &TokenRecord) -> bool {
        if token.hidden || token.layer == Layer::Gm || self.eyes.is_empty() {
            return false;
        }
        self.eyes.contains_key(&id) || self.sees_disc(scene, token.at, token.size)
    }

    fn sees_disc(&self, scene: &Scene, at: Point, size: i32) -> bool {
        if self.eyes.values().any(|eye| eye.sees(scene, at)) {
            return true;
        }
        let within_reach = self.eyes.values().any(|eye| {
            (eye.least.x.saturating_sub(size)..=eye.most.x.saturating_add(size)).contains(&at.x)
                && (eye.least.y.saturating_sub(size)..=eye.most.y.saturating_add(size)).contains(&at.y)
        });
        within_reach
            && scene
                .token_marks(at, size)
                .skip(1)
                .any(|mark| self.eyes.values().any(|eye| eye.sees(scene, mark)))
    }

    fn portal(&self, scene: &Scene, portal: &PortalRecord) -> Option<PortalLook> {
        let master = self.role == Role::Gm;
        let marks = Scene::portal_marks(portal);
        if !master && !marks.iter().any(|mark| self.eyes.values().any(|eye| eye.sees(scene, *mark))) {
            return None;
        }
        let state = match portal.state {
            PortalState::Locked if !master => PortalState::Shut,
            PortalState::Locked | PortalState::Shut | PortalState::Open => portal.state,
        };
        Some(PortalLook { a: portal.a, b: portal.b, kind: portal.kind, state })
    }

    /// Whether the viewer sees a place of the scene in view.
    pub(crate) fn sees_place(&self, table: &Table, at: Point) -> bool {
        let Some((id, _)) = &self.scene else { return false };
        if self.role == Role::Gm {
            return true;
        }
        table
            .scene(*id)
            .is_some_and(|scene| self.eyes.values().any(|eye| eye.at == at || eye.sees(scene, at)))
    }

    /// Whether the viewer sees a token's ghost: it must be in view where it stands and where it is dragged to.
    pub(crate) fn sees_ghost(&self, table: &Table, token: TokenId, at: Point) -> bool {
        let Some(look) = self.tokens.get(&token) else { return false };
        let Some((id, _)) = &self.scene else { return false };
        self.role == Role::Gm || table.scene(*id).is_some_and(|scene| self.sees_disc(scene, at, look.size))
    }

    /// Whose view it is.
    pub(crate) const fn viewer(&self) -> SeatId {
        self.viewer
    }

    /// Whether nothing tells the two views apart.
    pub fn same(&self, other: &Self) -> bool {
        let same_ground = match (&self.ground, &other.ground) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || (a.walls == b.walls && a.lights == b.lights),
            (Some(_), None) | (None, Some(_)) => false,
        };
        self.viewer == other.viewer
            && self.role == other.role
            && self.table == other.table
            && self.seats == other.seats
            && self.scenes == other.scenes
            && self.scene == other.scene
            && self.tokens == other.tokens
            && self.portals == other.portals
            && self.eyes == other.eyes
            && same_ground
    }
}

impl TableLook {
    fn of(table: &Table) -> Self {
        let settings = table.settings();
        Self {
            name: table.name().to_owned(),
            walk_in: settings.walk_in,
            shared_sight: settings.shared_sight,
            player_undo: settings.player_undo,
        }
    }
}

impl SceneLook {
    fn of(scene: &Scene, master: bool) -> Self {
        Self {
            name: master.then(|| scene.name.clone()),
            size: scene.size,
            grid: scene.grid.clone(),
            picture: scene.picture,
            sees_all: master,
        }
    }
}

fn seats(table: &Table, online: &Online, role: Role) -> BTreeMap<SeatId, SeatLook> {
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

fn scenes(table: &Table, role: Role) -> BTreeMap<SceneId, SceneListing> {
    if role != Role::Gm {
        return BTreeMap::new();
    }
    let shown = table.shown();
    let listing = |(id, scene): (&SceneId, &Scene)| {
        (*id, SceneListing { name: scene.name.clone(), shown: shown == Some(*id) })
    };
    table.scenes().iter().map(listing).collect()
}
