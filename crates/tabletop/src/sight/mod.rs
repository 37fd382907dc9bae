//! What each pair of eyes sees, computed once for all viewers of a table and kept while nothing it depends on changes.
//!
//! The answers follow from the table alone: [`Sights`] is a cache, and a fresh one gives the same. A move costs the eyes
//! it concerns: an eye that moved looks at everything in its reach, every other eye only at what moved.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use vision::Scratch;

use crate::event::{PortalRecord, TokenRecord};
use crate::geometry::Point;
use crate::id::{PortalId, SceneId, TokenId};
use crate::scene::Scene;
use crate::table::{Table, Touched};

/// Where eyes are and what they see of the ground.
#[derive(Debug)]
pub(crate) struct Gaze {
    scene: SceneId,
    pub(crate) at: Point,
    /// The visible part of the scene as a polygon, in units; empty if it cannot be computed.
    pub(crate) polygon: Arc<[Point]>,
    /// The polygon's bounding box: a quick no.
    least: Point,
    most: Point,
}

/// The gazes of a table's tokens, and which tokens and portals each takes in.
#[derive(Default)]
pub(crate) struct Sights {
    held: HashMap<TokenId, Held>,
    by_scene: BTreeMap<SceneId, BTreeSet<TokenId>>,
    scratch: Scratch,
}

struct Held {
    gaze: Arc<Gaze>,
    tokens: BTreeSet<TokenId>,
    portals: BTreeSet<PortalId>,
}

/// What the eyes that moved gained or lost sight of.
#[derive(Default)]
pub(crate) struct Noticed {
    pub(crate) by_eye: BTreeMap<TokenId, (Vec<TokenId>, Vec<PortalId>)>,
}

impl Sights {
    /// The gaze of a token that stands on a scene; `None` if the scene is gone.
    pub(crate) fn of(&mut self, table: &Table, eye: TokenId, record: &TokenRecord) -> Option<Arc<Gaze>> {
        if !self.holds(eye, record) {
            self.look(table, eye, record)?;
        }
        self.held.get(&eye).map(|held| Arc::clone(&held.gaze))
    }

    /// Whether an eye sees a token's disc. False for an eye whose gaze was not asked for.
    pub(crate) fn sees_token(&self, eye: TokenId, token: TokenId) -> bool {
        self.held.get(&eye).is_some_and(|held| held.tokens.contains(&token))
    }

    /// Whether an eye sees a portal.
    pub(crate) fn sees_portal(&self, eye: TokenId, portal: PortalId) -> bool {
        self.held.get(&eye).is_some_and(|held| held.portals.contains(&portal))
    }

    /// The tokens that an eye sees.
    pub(crate) fn tokens(&self, eye: TokenId) -> impl Iterator<Item = TokenId> {
        self.held.get(&eye).into_iter().flat_map(|held| held.tokens.iter().copied())
    }

    /// The portals that an eye sees.
    pub(crate) fn portals(&self, eye: TokenId) -> impl Iterator<Item = PortalId> {
        self.held.get(&eye).into_iter().flat_map(|held| held.portals.iter().copied())
    }

    /// Forgets everything: for a table that was loaded anew.
    pub(crate) fn clear(&mut self) {
        self.held.clear();
        self.by_scene.clear();
    }

    /// Brings all gazes up to date with events that the table has folded.
    pub(crate) fn advance(&mut self, table: &Table, touched: &Touched) -> Noticed {
        let mut noticed = Noticed::default();
        let on_changed_ground = touched.ground.iter().chain(touched.doors.keys());
        let mut stale: BTreeSet<TokenId> =
            on_changed_ground.flat_map(|scene| self.by_scene.get(scene)).flatten().copied().collect();
        for token in touched.tokens.keys() {
            let record = table.token(*token);
            if self.held.contains_key(token) && !record.is_some_and(|record| self.holds(*token, record)) {
                stale.insert(*token);
            }
        }
        for eye in &stale {
            let before = self.drop_gaze(*eye);
            if let Some(record) = table.token(*eye) {
                self.look(table, *eye, record);
            }
            noticed.by_eye.insert(*eye, difference(before.as_ref(), self.held.get(eye)));
        }
        for token in touched.tokens.keys() {
            let record = table.token(*token);
            self.look_for(table, *token, record, &stale);
        }
        noticed
    }

    fn holds(&self, eye: TokenId, record: &TokenRecord) -> bool {
        let same = |gaze: &Gaze| gaze.at == record.at && gaze.scene == record.scene;
        self.held.get(&eye).is_some_and(|held| same(&held.gaze))
    }

    fn drop_gaze(&mut self, eye: TokenId) -> Option<Held> {
        let held = self.held.remove(&eye)?;
        if let Some(eyes) = self.by_scene.get_mut(&held.gaze.scene) {
            eyes.remove(&eye);
        }
        Some(held)
    }

    /// Looks around with an eye.
    fn look(&mut self, table: &Table, eye: TokenId, record: &TokenRecord) -> Option<()> {
        self.drop_gaze(eye);
        let scene = table.scene(record.scene)?;
        let gaze = Gaze::new(record, scene, &mut self.scratch);
        let tokens = table.tokens_within(record.scene, gaze.least, gaze.most);
        let tokens = tokens.filter(|(_, token)| gaze.sees_disc(scene, token.at, token.size));
        let tokens = tokens.map(|(token, _)| token).collect();
        let portals = scene.portals.values().filter(|portal| gaze.sees_portal(scene, portal));
        let portals = portals.map(|portal| portal.portal).collect();
        self.by_scene.entry(record.scene).or_default().insert(eye);
        self.held.insert(eye, Held { gaze: Arc::new(gaze), tokens, portals });
        Some(())
    }

    /// Looks for a token with all eyes of its scene but those that have just looked around.
    fn look_for(
        &mut self,
        table: &Table,
        token: TokenId,
        record: Option<&TokenRecord>,
        but: &BTreeSet<TokenId>,
    ) {
        let scene = record.and_then(|record| table.scene(record.scene));
        for (eye, held) in &mut self.held {
            if but.contains(eye) {
                continue;
            }
            let seen = record.zip(scene).is_some_and(|(record, scene)| {
                held.gaze.scene == record.scene && held.gaze.sees_disc(scene, record.at, record.size)
            });
            if seen {
                held.tokens.insert(token);
            } else {
                held.tokens.remove(&token);
            }
        }
    }
}

/// What only one of two looks took in.
fn difference(before: Option<&Held>, after: Option<&Held>) -> (Vec<TokenId>, Vec<PortalId>) {
    let (no_tokens, no_portals) = (BTreeSet::new(), BTreeSet::new());
    let tokens = |held: Option<&Held>| held.map_or(&no_tokens, |held| &held.tokens).clone();
    let portals = |held: Option<&Held>| held.map_or(&no_portals, |held| &held.portals).clone();
    (
        tokens(before).symmetric_difference(&tokens(after)).copied().collect(),
        portals(before).symmetric_difference(&portals(after)).copied().collect(),
    )
}

impl PartialEq for Gaze {
    fn eq(&self, other: &Self) -> bool {
        let same_polygon = Arc::ptr_eq(&self.polygon, &other.polygon) || self.polygon == other.polygon;
        self.at == other.at && self.scene == other.scene && same_polygon
    }
}

impl Gaze {
    fn new(eye: &TokenRecord, scene: &Scene, scratch: &mut Scratch) -> Self {
        let polygon: Arc<[Point]> = scene.visible_from(eye.at, scratch).into();
        let (mut least, mut most) = (eye.at, eye.at);
        for vertex in polygon.iter() {
            least = Point::new(least.x.min(vertex.x), least.y.min(vertex.y));
            most = Point::new(most.x.max(vertex.x), most.y.max(vertex.y));
        }
        Self { scene: eye.scene, at: eye.at, polygon, least, most }
    }

    /// Whether the eye sees a place of its scene. Ties count as hidden.
    pub(crate) fn sees(&self, scene: &Scene, point: Point) -> bool {
        let near = (self.least.x..=self.most.x).contains(&point.x)
            && (self.least.y..=self.most.y).contains(&point.y);
        point == self.at || (near && scene.sees(self.at, point))
    }

    /// Whether the eye sees a disc: its middle, or one of the points by which it is recognised.
    pub(crate) fn sees_disc(&self, scene: &Scene, at: Point, size: i32) -> bool {
        if self.sees(scene, at) {
            return true;
        }
        let near = (self.least.x.saturating_sub(size)..=self.most.x.saturating_add(size)).contains(&at.x)
            && (self.least.y.saturating_sub(size)..=self.most.y.saturating_add(size)).contains(&at.y);
        near && scene.token_marks(at, size).skip(1).any(|mark| self.sees(scene, mark))
    }

    fn sees_portal(&self, scene: &Scene, portal: &PortalRecord) -> bool {
        Scene::portal_marks(portal).iter().any(|mark| self.sees(scene, *mark))
    }
}
