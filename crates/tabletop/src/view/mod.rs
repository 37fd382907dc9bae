//! What one viewer may know: the choke-point.
//!
//! [`View::project`] is the definition. Everything that a viewer is ever told is the difference of two views, made by
//! [`crate::audience`]. Rules of disclosure, in the order in which they are asked:
//!
//! - A game master knows everything but other people's whispers.
//! - A token is in a player's view if they own it, or if it is not hidden, not on the GM layer, and an eye of theirs
//!   sees its middle or one of four points at 0.3 of its diameter that no wall cuts off from its middle. One that is
//!   only felt is told by place and size.
//! - What an eye sees of a point follows from walls, light and its senses; see [`crate::sight`] and [`crate::light`].
//! - Eyes are the tokens a player owns; under shared sight those of all players that are not hidden.
//! - The map's picture reaches a player as far as they remember it; see [`crate::explore`].
//! - What a game master revealed by hand is remembered by every player; what they veiled is neither remembered nor seen,
//!   and who stands there is known to the owners alone; see [`crate::fog`].
//! - A portal is in view if an eye sees a point just in front of it, a light if an eye sees its source and it is on.
//!   Walls, locks, named areas and fog that is being prepared are never told; a secret door is a wall while it is shut
//!   and was not found.
//! - A drawing is in view if its maker meant it for everyone, or if the viewer remembers the ground under its outline and
//!   it was meant for those; see [`crate::event::Shown`]. Who aims at a token is told with the token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{DrawingRecord, Layer, PortalKind, PortalRecord, PortalState, Role, Shown, TokenRecord};
use crate::explore::strides;
use crate::fog::Fog;
use crate::geometry::Point;
use crate::id::{AreaId, BlobId, DrawingId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use crate::light::{Lamps, Lit, Source, SourceId};
use crate::samples::{Place, Samples};
use crate::scene::{Ground, Scene};
use crate::sight::{Gaze, Noticed, Sights, Things};
use crate::table::{Table, Touched, is_seated};

mod delta;
mod look;

pub(crate) use delta::Delta;
pub use look::{
    AreaLook, DrawingLook, FeltLook, LightLook, PortalLook, SceneListing, SceneLook, SeatLook, TableLook,
    TokenLook,
};
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
    /// The light that a token carries.
    Torch(TokenId),
    /// A named area.
    Area(AreaId),
    /// Something drawn, or a note.
    Drawing(DrawingId),
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
    /// Tokens that are felt and not seen.
    pub(crate) felt: BTreeMap<TokenId, FeltLook>,
    pub(crate) portals: BTreeMap<PortalId, PortalLook>,
    /// For a game master all lights of the scene, else those whose source is seen, carried ones among them.
    pub(crate) lights: BTreeMap<SourceId, LightLook>,
    pub(crate) drawings: BTreeMap<DrawingId, DrawingLook>,
    /// Walls, for a game master.
    pub(crate) ground: Option<Arc<Ground>>,
    /// Fog by hand, for a game master.
    pub(crate) fog: Option<Arc<Fog>>,
    /// What each pair of eyes sees; empty for a game master.
    pub(crate) eyes: BTreeMap<TokenId, Arc<Gaze>>,
    /// What of the scene is seen because it is lit, by any of the eyes; for a game master, where light falls at all.
    pub(crate) lit: Arc<Lit>,
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
            felt: BTreeMap::new(),
            portals: BTreeMap::new(),
            lights: BTreeMap::new(),
            drawings: BTreeMap::new(),
            ground: None,
            fog: None,
            eyes: BTreeMap::new(),
            lit: Arc::default(),
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
        noticed: &mut Noticed,
        sights: &mut Sights,
    ) -> Delta {
        let ground_moved = self
            .scene
            .as_ref()
            .is_some_and(|(id, _)| touched.ground.contains(id) || touched.fog.contains(id));
        if touched.table || touched.people || touched.scenes || ground_moved || self.scene.is_none() {
            return self.renew(table, online, sights);
        }
        let nothing_moved = touched.tokens.is_empty()
            && touched.aims.is_empty()
            && touched.doors.is_empty()
            && touched.lights.is_empty();
        let mut delta =
            if nothing_moved { Delta::default() } else { self.look_at(table, touched, noticed, sights) };
        if let Some((id, _)) = &self.scene
            && touched.drafts.contains(id)
            && let (Some(fog), Some(scene)) = (&mut self.fog, table.scene(*id))
            && *fog != scene.fog
        {
            delta.fog = Some(std::mem::replace(fog, Arc::clone(&scene.fog)));
        }
        if let Some((id, _)) = &self.scene
            && touched.explored.contains(id)
        {
            let is = self.memory(table, *id);
            if is != self.explored {
                delta.explored = Some(std::mem::replace(&mut self.explored, is));
            }
        }
        self.look_at_drawings(table, touched, &mut delta);
        delta
    }

    /// Drawings that events touched, and those of which more is remembered now.
    fn look_at_drawings(&mut self, table: &Table, touched: &Touched, delta: &mut Delta) {
        let found = self.scene.as_ref().and_then(|(id, _)| Some((*id, table.scene(*id)?)));
        let Some((id, scene)) = found else { return };
        let mut drawings = touched.drawings.get(&id).cloned().unwrap_or_default();
        if delta.explored.is_some() {
            let waits = |(drawing, record): &(&DrawingId, &Arc<DrawingRecord>)| {
                record.shown == Shown::Explored && !self.drawings.contains_key(drawing)
            };
            drawings.extend(scene.drawings.iter().filter(waits).map(|(drawing, _)| *drawing));
        }
        for drawing in drawings {
            let look = scene.drawings.get(&drawing).and_then(|record| self.drawing(scene, record));
            if replace(&mut self.drawings, drawing, look) {
                delta.drawings.insert(drawing);
            }
        }
    }

    /// What the viewer may know of a drawing on the scene in view.
    fn drawing(&self, scene: &Scene, record: &Arc<DrawingRecord>) -> Option<DrawingLook> {
        let master = self.role == Role::Gm;
        let own = record.by == self.viewer;
        let is_shown = master
            || own
            || match record.shown {
                Shown::Masters => false,
                Shown::Explored => record.lies_on(&self.explored, scene.size),
                Shown::Everyone => true,
            };
        is_shown.then(|| DrawingLook {
            record: Arc::clone(record),
            mine: master || (own && self.role == Role::Player),
            shown: master.then_some(record.shown),
        })
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
        self.fog = master.then(|| Arc::clone(&scene.fog));
        let eyes = table.tokens_on(id).filter(|(_, token)| self.is_eye(table, token));
        self.eyes = eyes.filter_map(|(eye, record)| Some((eye, sights.of(table, eye, record)?))).collect();
        self.lit = if master {
            Arc::new(sights.light_on(table, id, scene).clone())
        } else {
            let places = self.eyes.values().flat_map(|gaze| gaze.lit.places()).collect();
            Arc::new(self.united(&places))
        };
        for (token, _) in table.tokens_on(id) {
            self.tokens.extend(self.token(table, token, sights).map(|look| (token, look)));
            self.felt.extend(self.felt(table, token, sights).map(|look| (token, look)));
        }
        let portals = scene.portals.values();
        let portals = portals.filter_map(|record| Some((record.portal, self.portal(record, sights)?)));
        self.portals = portals.collect();
        let mut sources: BTreeSet<_> = scene.lights.keys().map(|light| SourceId::Placed(*light)).collect();
        sources.extend(table.tokens_on(id).map(|(token, _)| SourceId::Carried(token)));
        for source in sources {
            self.lights.extend(self.light(id, scene, source, sights).map(|look| (source, look)));
        }
        self.explored = self.memory(table, id);
        let drawn = scene.drawings.iter();
        self.drawings =
            drawn.filter_map(|(drawing, record)| Some((*drawing, self.drawing(scene, record)?))).collect();
    }

    /// What the viewer remembers of a scene: their own characters' memory, under shared sight the party's, and what is
    /// revealed by hand, but for what is veiled.
    fn memory(&self, table: &Table, scene: SceneId) -> Arc<Samples> {
        let seen = match self.role {
            Role::Gm => return Arc::default(),
            Role::Player | Role::Spectator if table.settings().shared_sight => table.party_memory(scene),
            Role::Player | Role::Spectator => table.memory(scene, self.viewer),
        };
        table.scene(scene).map(|scene| scene.fog.live.over(seen)).unwrap_or_default()
    }

    /// What events touched, and what eyes gained or lost sight of by them.
    fn look_at(
        &mut self,
        table: &Table,
        touched: &Touched,
        noticed: &mut Noticed,
        sights: &mut Sights,
    ) -> Delta {
        let mut delta = Delta::default();
        let Some((id, _)) = self.scene else { return delta };
        let Some(scene) = table.scene(id) else { return delta };
        let things = self.look_with_eyes(table, id, touched, noticed, sights, &mut delta);
        for token in things.tokens {
            self.look_at_token(table, token, touched, sights, &mut delta);
        }
        for portal in things.portals {
            let look = scene.portals.get(&portal).and_then(|record| self.portal(record, sights));
            if replace(&mut self.portals, portal, look) {
                delta.portals.insert(portal);
            }
        }
        for source in things.sources {
            let look = self.light(id, scene, source, sights);
            if replace(&mut self.lights, source, look) {
                delta.lights.insert(source);
            }
        }
        delta
    }

    /// Brings the eyes up to date. Gives what has to be looked at anew.
    fn look_with_eyes(
        &mut self,
        table: &Table,
        id: SceneId,
        touched: &Touched,
        noticed: &mut Noticed,
        sights: &mut Sights,
        delta: &mut Delta,
    ) -> Things {
        let mut things = Things {
            tokens: touched.tokens.keys().chain(&touched.aims).copied().collect(),
            felt: BTreeSet::new(),
            portals: touched.doors.get(&id).cloned().unwrap_or_default(),
            sources: noticed.sources.get(&id).cloned().unwrap_or_default(),
        };
        let lights = touched.lights.get(&id).into_iter().flatten();
        things.sources.extend(lights.map(|light| SourceId::Placed(*light)));
        let mut places = noticed.places.get(&id).cloned().unwrap_or_default();
        for token in touched.tokens.keys() {
            let record = table.token(*token).filter(|record| record.scene == id);
            let eye = record.filter(|record| self.is_eye(table, record));
            match eye.and_then(|record| sights.of(table, *token, record)) {
                Some(gaze) => {
                    let was = self.eyes.insert(*token, Arc::clone(&gaze));
                    if was.is_none() {
                        things.extend(sights.things(*token));
                        places.extend(gaze.lit.places());
                    }
                    delta.see(*token, was.as_deref(), Some(&gaze));
                }
                None => {
                    if let Some(was) = self.eyes.remove(token) {
                        things.tokens.extend(self.tokens.keys().chain(self.felt.keys()));
                        things.portals.extend(self.portals.keys());
                        things.sources.extend(self.lights.keys());
                        delta.see(*token, Some(&was), None);
                        places.extend(was.lit.places());
                    }
                }
            }
        }
        for (eye, changed) in &noticed.by_eye {
            let record = table.token(*eye);
            if let Some(kept) = self.eyes.get_mut(eye)
                && let Some(gaze) = record.and_then(|record| sights.of(table, *eye, record))
            {
                let was = std::mem::replace(kept, Arc::clone(&gaze));
                delta.see(*eye, Some(&was), Some(&gaze));
                things.extend(Some(changed));
            }
        }
        if self.role == Role::Gm {
            self.look_at_light(table, id, noticed, sights, delta);
        } else if !places.is_empty() {
            let eyes = self.eyes.keys().copied().collect();
            let lit = noticed.united.entry(eyes).or_insert_with(|| Arc::new(self.united(&places)));
            let was = std::mem::replace(&mut self.lit, Arc::clone(lit));
            delta.lit = (was != self.lit).then_some(was);
        }
        things
    }

    /// Where light falls, for a game master, who has no eyes: what a player without eyes sees is not theirs.
    fn look_at_light(
        &mut self,
        table: &Table,
        id: SceneId,
        noticed: &Noticed,
        sights: &mut Sights,
        delta: &mut Delta,
    ) {
        let Some(scene) = table.scene(id) else { return };
        let Some(places) = noticed.relit.get(&id).filter(|places| !places.is_empty()) else { return };
        let mut lit = Lit::clone(&self.lit);
        lit.unite_at(places, std::iter::once(sights.light_on(table, id, scene)));
        let was = std::mem::replace(&mut self.lit, Arc::new(lit));
        delta.lit = (was != self.lit).then_some(was);
    }

    fn look_at_token(
        &mut self,
        table: &Table,
        token: TokenId,
        touched: &Touched,
        sights: &Sights,
        delta: &mut Delta,
    ) {
        let look = self.token(table, token, sights);
        if self.tokens.get(&token) != look.as_ref() {
            let way = touched.tokens.get(&token);
            if let (Some(was), Some(way)) = (self.tokens.get(&token), way)
                && !self.sees_way(table, sights, token, was, way)
            {
                delta.slipped.insert(token);
            }
            let was = match look {
                Some(look) => self.tokens.insert(token, look),
                None => self.tokens.remove(&token),
            };
            delta.tokens.insert(token, was);
        }
        let felt = self.felt(table, token, sights);
        if replace(&mut self.felt, token, felt) {
            delta.felt.insert(token);
        }
    }

    /// What is lit and seen, looked at anew in some blocks.
    fn united(&self, places: &BTreeSet<Place>) -> Lit {
        let mut lit = Lit::clone(&self.lit);
        lit.unite_at(places, self.eyes.values().map(|gaze| &gaze.lit));
        lit
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
        let token = self.in_scene(table, id)?;
        let master = self.role == Role::Gm;
        let mine = token.owners.contains(&self.viewer) && token.layer != Layer::Gm;
        let knows = master || mine;
        let veiled = || table.scene(token.scene).is_none_or(|scene| scene.veils(token.at));
        let seen = || {
            (self.eyes.contains_key(&id) && !veiled())
                || self.takes_in(sights, |things| things.tokens.contains(&id))
        };
        if !(knows || (shows(token) && seen())) {
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
            targeted_by: table.aiming_at(id).filter(|seat| self.seats.contains_key(seat)).collect(),
            mine: knows,
            senses: knows.then_some(token.senses),
            emission: token.emission.filter(|_| knows),
        })
    }

    /// What the viewer may know of a token that is felt and not seen.
    fn felt(&self, table: &Table, id: TokenId, sights: &Sights) -> Option<FeltLook> {
        let token = self.in_scene(table, id).filter(|token| shows(token))?;
        let felt = self.takes_in(sights, |things| things.felt.contains(&id));
        (felt && self.token(table, id, sights).is_none())
            .then_some(FeltLook { at: token.at, size: token.size })
    }

    /// What the viewer may know of a light of the scene in view.
    fn light(&self, id: SceneId, scene: &Scene, source: SourceId, sights: &Sights) -> Option<LightLook> {
        if self.role == Role::Gm {
            return match source {
                SourceId::Placed(light) => scene.lights.get(&light).map(LightLook::from),
                // A game master reads it off the token.
                SourceId::Carried(_) => None,
            };
        }
        let shining = sights.lamps(id)?.source(source)?;
        self.takes_in(sights, |things| things.sources.contains(&source)).then(|| LightLook::from(shining))
    }

    fn in_scene<'a>(&self, table: &'a Table, token: TokenId) -> Option<&'a TokenRecord> {
        let (scene, _) = self.scene.as_ref()?;
        table.token(token).filter(|record| record.scene == *scene)
    }

    /// Whether any eye takes something in.
    fn takes_in(&self, sights: &Sights, has: impl Fn(&Things) -> bool) -> bool {
        self.eyes.keys().any(|eye| sights.things(*eye).is_some_and(&has))
    }

    fn portal(&self, portal: &PortalRecord, sights: &Sights) -> Option<PortalLook> {
        let master = self.role == Role::Gm;
        let seen = || self.takes_in(sights, |things| things.portals.contains(&portal.portal));
        if !master && (portal.is_secret() || !seen()) {
            return None;
        }
        let kind = match portal.kind {
            PortalKind::SecretDoor if !master => PortalKind::Door,
            PortalKind::SecretDoor | PortalKind::Door | PortalKind::Window => portal.kind,
        };
        let state = match portal.state {
            PortalState::Locked if !master => PortalState::Shut,
            PortalState::Locked | PortalState::Shut | PortalState::Open => portal.state,
        };
        Some(PortalLook { a: portal.a, b: portal.b, kind, state })
    }

    /// Whether the viewer sees a place of the scene in view.
    pub(crate) fn sees_place(&self, table: &Table, sights: &Sights, at: Point) -> bool {
        self.looks(table, sights, |gaze, scene, lamps| gaze.sees(scene, lamps, at))
    }

    /// Whether the viewer sees a token's ghost: it must be in view where it stands and where it is dragged to.
    pub(crate) fn sees_ghost(&self, table: &Table, sights: &Sights, token: TokenId, at: Point) -> bool {
        let Some(look) = self.tokens.get(&token) else { return false };
        self.looks(table, sights, |gaze, scene, lamps| gaze.sees_disc(scene, lamps, at, look.size))
    }

    /// Whether all of a token's way is in sight, looked for at every half cell.
    fn sees_way(
        &self,
        table: &Table,
        sights: &Sights,
        token: TokenId,
        was: &TokenLook,
        way: &[Point],
    ) -> bool {
        if was.mine {
            return true;
        }
        let starts = std::iter::once(&was.at).chain(way);
        let mut points = starts.zip(way).flat_map(|(from, to)| strides(*from, *to).chain([*to]));
        if self.eyes.contains_key(&token) {
            let scene = self.scene.as_ref().and_then(|(id, _)| table.scene(*id));
            return scene.is_some_and(|scene| points.all(|point| !scene.veils(point)));
        }
        let shines = table.token(token).is_some_and(|record| Source::carried(record).is_some());
        points.all(|point| {
            self.looks(table, sights, |gaze, scene, lamps| {
                (shines && gaze.sees_shining(scene, point)) || gaze.sees_disc(scene, lamps, point, was.size)
            })
        })
    }

    /// Whether any eye sees something; a game master sees everything on a scene.
    fn looks(&self, table: &Table, sights: &Sights, sees: impl Fn(&Gaze, &Scene, &Lamps) -> bool) -> bool {
        let Some((id, scene)) = self.scene.as_ref().and_then(|(id, _)| Some((*id, table.scene(*id)?))) else {
            return false;
        };
        if self.role == Role::Gm {
            return true;
        }
        let Some(lamps) = sights.lamps(id) else { return false };
        self.eyes.values().any(|gaze| sees(gaze, scene, lamps))
    }

    /// Whose view it is.
    pub(crate) const fn viewer(&self) -> SeatId {
        self.viewer
    }

    /// Whether nothing tells the two views apart.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let same_ground = match (&self.ground, &other.ground) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a.walls == b.walls,
            (Some(_), None) | (None, Some(_)) => false,
        };
        self.viewer == other.viewer
            && self.role == other.role
            && self.table == other.table
            && self.seats == other.seats
            && self.scenes == other.scenes
            && self.scene == other.scene
            && self.tokens == other.tokens
            && self.felt == other.felt
            && self.portals == other.portals
            && self.lights == other.lights
            && self.drawings == other.drawings
            && self.eyes.keys().eq(other.eyes.keys())
            && self.eyes.values().zip(other.eyes.values()).all(|(one, other)| one.same_outline(other))
            && self.lit == other.lit
            && self.explored == other.explored
            && self.fog == other.fog
            && same_ground
    }
}

/// Whether players may perceive a token at all.
fn shows(token: &TokenRecord) -> bool {
    !token.hidden && token.layer != Layer::Gm
}

/// Puts a look in its place, or takes it away; says whether that changed anything.
fn replace<K: Ord, V: PartialEq>(looks: &mut BTreeMap<K, V>, key: K, look: Option<V>) -> bool {
    if looks.get(&key) == look.as_ref() {
        return false;
    }
    match look {
        Some(look) => looks.insert(key, look),
        None => looks.remove(&key),
    };
    true
}
