//! What one viewer may know: the choke-point.
//!
//! [`View::project`] is the definition. Everything that a viewer is ever told is the difference of two views, made by
//! [`crate::audience`]. Rules of disclosure, in the order in which they are asked:
//!
//! - A game master knows everything but other people's whispers.
//! - A token is in a player's view if they own it, or if it is not hidden, not on the GM layer, and an eye of theirs
//!   sees its middle or one of four points at 0.3 of its diameter that no wall cuts off from its middle.
//! - Eyes are the tokens a player owns; under shared sight those of all players that are not hidden.
//! - The map's picture reaches a player as far as they remember it; see [`crate::explore`].
//! - A portal is in view if an eye sees a point just in front of it. Walls, lights and locks are never told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{Layer, PortalRecord, PortalState, Role, TokenRecord};
use crate::explore::strides;
use crate::geometry::Point;
use crate::id::{BlobId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use crate::samples::Samples;
use crate::scene::{Ground, Scene};
use crate::sight::{Gaze, Noticed, Sights};
use crate::table::{Table, Touched, is_seated};

mod delta;
mod look;

pub(crate) use delta::Delta;
pub use look::{PortalLook, SceneListing, SceneLook, SeatLook, TableLook, TokenLook};
use look::{scenes, seats};

/// Who is connected.
pub type Online = BTreeSet<SeatId>;

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
pub(crate) struct View {
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
    pub(crate) eyes: BTreeMap<TokenId, Arc<Gaze>>,
    /// What the viewer remembers of the scene; empty for a game master, who sees it all.
    pub(crate) explored: Arc<Samples>,
}

impl View {
    /// What a seated viewer may know now; `None` for who is not seated.
    pub(crate) fn project(
        table: &Table,
        online: &Online,
        viewer: SeatId,
        sights: &mut Sights,
    ) -> Option<Self> {
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
            explored: Arc::default(),
        };
        view.look_around(table, sights);
        Some(view)
    }

    /// Brings the view up to date where events touched it, and says where it differs now. Equals a fresh projection.
    pub(crate) fn advance(
        &mut self,
        table: &Table,
        online: &Online,
        touched: &Touched,
        noticed: &Noticed,
        sights: &mut Sights,
    ) -> Delta {
        let ground_moved = self.scene.as_ref().is_some_and(|(id, _)| touched.ground.contains(id));
        if touched.table || touched.people || touched.scenes || ground_moved || self.scene.is_none() {
            return self.renew(table, online, sights);
        }
        let mut delta = if touched.tokens.is_empty() && touched.doors.is_empty() {
            Delta::default()
        } else {
            self.look_at(table, touched, noticed, sights)
        };
        if let Some((id, _)) = &self.scene
            && touched.explored.contains(id)
        {
            let is = self.memory(table, *id);
            if is != self.explored {
                delta.explored = Some(std::mem::replace(&mut self.explored, is));
            }
        }
        delta
    }

    /// Replaces the view by a fresh projection.
    pub(crate) fn renew(&mut self, table: &Table, online: &Online, sights: &mut Sights) -> Delta {
        match Self::project(table, online, self.viewer, sights) {
            Some(fresh) => {
                let was = std::mem::replace(self, fresh);
                Delta::between(was, self)
            }
            None => Delta::default(),
        }
    }

    fn look_around(&mut self, table: &Table, sights: &mut Sights) {
        let found = table.scene_of(self.viewer).and_then(|id| Some((id, table.scene(id)?)));
        let Some((id, scene)) = found else { return };
        let master = self.role == Role::Gm;
        self.scene = Some((id, SceneLook::of(scene, master)));
        self.ground = master.then(|| Arc::clone(&scene.ground));
        let eyes = table.tokens_on(id).filter(|(_, token)| self.is_eye(table, token));
        self.eyes = eyes.filter_map(|(eye, record)| Some((eye, sights.of(table, eye, record)?))).collect();
        let seen =
            table.tokens_on(id).filter_map(|(token, _)| Some((token, self.token(table, token, sights)?)));
        self.tokens = seen.collect();
        let portals = scene.portals.values();
        let portals = portals.filter_map(|record| Some((record.portal, self.portal(record, sights)?)));
        self.portals = portals.collect();
        self.explored = self.memory(table, id);
    }

    /// What the viewer remembers of a scene: their own characters' memory, under shared sight the party's.
    fn memory(&self, table: &Table, scene: SceneId) -> Arc<Samples> {
        let remembered = match self.role {
            Role::Gm => None,
            Role::Player | Role::Spectator if table.settings().shared_sight => table.party_memory(scene),
            Role::Player | Role::Spectator => table.memory(scene, self.viewer),
        };
        remembered.map(Arc::clone).unwrap_or_default()
    }

    /// What events touched, and what eyes gained or lost sight of by them.
    fn look_at(&mut self, table: &Table, touched: &Touched, noticed: &Noticed, sights: &mut Sights) -> Delta {
        let mut delta = Delta::default();
        let Some((id, _)) = self.scene else { return delta };
        let Some(scene) = table.scene(id) else { return delta };
        let mut tokens: BTreeSet<TokenId> = touched.tokens.keys().copied().collect();
        let mut portals: BTreeSet<PortalId> = touched.doors.get(&id).cloned().unwrap_or_default();
        for token in touched.tokens.keys() {
            let record = table.token(*token).filter(|record| record.scene == id);
            let eye = record.filter(|record| self.is_eye(table, record));
            match eye.and_then(|record| sights.of(table, *token, record)) {
                Some(gaze) => {
                    let was = self.eyes.insert(*token, Arc::clone(&gaze));
                    if was.is_none() {
                        tokens.extend(sights.tokens(*token));
                        portals.extend(sights.portals(*token));
                    }
                    if was.is_none_or(|was| was != gaze) {
                        delta.eyes.insert(*token);
                    }
                }
                None => {
                    if self.eyes.remove(token).is_some() {
                        tokens.extend(self.tokens.keys());
                        portals.extend(self.portals.keys());
                        delta.eyes.insert(*token);
                    }
                }
            }
        }
        for (eye, (of_tokens, of_portals)) in &noticed.by_eye {
            let record = table.token(*eye);
            if let Some(kept) = self.eyes.get_mut(eye)
                && let Some(gaze) = record.and_then(|record| sights.of(table, *eye, record))
            {
                if *kept != gaze {
                    *kept = gaze;
                    delta.eyes.insert(*eye);
                }
                tokens.extend(of_tokens);
                portals.extend(of_portals);
            }
        }
        for token in tokens {
            let look = table.token(token).filter(|record| record.scene == id);
            let look = look.and_then(|_| self.token(table, token, sights));
            if self.tokens.get(&token) != look.as_ref() {
                let way = touched.tokens.get(&token);
                if let (Some(was), Some(way)) = (self.tokens.get(&token), way)
                    && !self.sees_way(table, token, was, way)
                {
                    delta.slipped.insert(token);
                }
                let was = match look {
                    Some(look) => self.tokens.insert(token, look),
                    None => self.tokens.remove(&token),
                };
                delta.tokens.insert(token, was);
            }
        }
        for portal in portals {
            let look = scene.portals.get(&portal).and_then(|record| self.portal(record, sights));
            if self.portals.get(&portal) != look.as_ref() {
                match look {
                    Some(look) => self.portals.insert(portal, look),
                    None => self.portals.remove(&portal),
                };
                delta.portals.insert(portal);
            }
        }
        delta
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

    /// What the viewer may know of a token of the scene in view; `None` if it is not in view.
    fn token(&self, table: &Table, id: TokenId, sights: &Sights) -> Option<TokenLook> {
        let token = table.token(id)?;
        let master = self.role == Role::Gm;
        let mine = token.owners.contains(&self.viewer) && token.layer != Layer::Gm;
        let knows = master || mine;
        let shows = || !token.hidden && token.layer != Layer::Gm;
        let seen = || self.eyes.contains_key(&id) || self.eyes.keys().any(|eye| sights.sees_token(*eye, id));
        if !(knows || (shows() && seen())) {
            return None;
        }
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
            owners: token
                .owners
                .iter()
                .copied()
                .filter(|seat| knows && self.seats.contains_key(seat))
                .collect(),
            mine: knows,
        })
    }

    fn portal(&self, portal: &PortalRecord, sights: &Sights) -> Option<PortalLook> {
        let master = self.role == Role::Gm;
        if !master && !self.eyes.keys().any(|eye| sights.sees_portal(*eye, portal.portal)) {
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
        self.looks(table, |gaze, scene| gaze.sees(scene, at))
    }

    /// Whether the viewer sees a token's ghost: it must be in view where it stands and where it is dragged to.
    pub(crate) fn sees_ghost(&self, table: &Table, token: TokenId, at: Point) -> bool {
        let Some(look) = self.tokens.get(&token) else { return false };
        self.looks(table, |gaze, scene| gaze.sees_disc(scene, at, look.size))
    }

    /// Whether all of a token's way is in sight, looked for at every half cell.
    fn sees_way(&self, table: &Table, token: TokenId, was: &TokenLook, way: &[Point]) -> bool {
        if was.mine || self.eyes.contains_key(&token) {
            return true;
        }
        let starts = std::iter::once(&was.at).chain(way);
        let mut points = starts.zip(way).flat_map(|(from, to)| strides(*from, *to).chain([*to]));
        points.all(|point| self.looks(table, |gaze, scene| gaze.sees_disc(scene, point, was.size)))
    }

    /// Whether any eye sees something; a game master sees everything on a scene.
    fn looks(&self, table: &Table, sees: impl Fn(&Gaze, &Scene) -> bool) -> bool {
        let Some(scene) = self.scene.as_ref().and_then(|(id, _)| table.scene(*id)) else { return false };
        self.role == Role::Gm || self.eyes.values().any(|gaze| sees(gaze, scene))
    }

    /// Whose view it is.
    pub(crate) const fn viewer(&self) -> SeatId {
        self.viewer
    }

    /// Whether nothing tells the two views apart.
    pub(crate) fn same(&self, other: &Self) -> bool {
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
            && self.explored == other.explored
            && same_ground
    }
}
