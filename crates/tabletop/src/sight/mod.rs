//! What each pair of eyes sees, computed once for all viewers of a table and kept while nothing it depends on changes.
//!
//! The answers follow from the table alone: [`Sights`] is a cache, and a fresh one gives the same. A move costs the eyes
//! it concerns: an eye that moved looks at everything in its reach, every other eye only at what moved, and at what a
//! light that moved shines on.

mod gaze;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use vision::Scratch;

pub(crate) use gaze::Gaze;
pub use gaze::Outline;

use crate::event::{PortalRecord, TokenRecord};
use crate::geometry::{CELL, Point};
use crate::id::{PortalId, SceneId, TokenId};
use crate::light::{Lamps, Lit, SourceId, Spill};
use crate::samples::Place;
use crate::scene::Scene;
use crate::table::{Table, Touched};

/// The gazes of a table's tokens, which things each takes in, and the lights by which they see.
#[derive(Default)]
pub(crate) struct Sights {
    held: HashMap<TokenId, Held>,
    by_scene: BTreeMap<SceneId, BTreeSet<TokenId>>,
    lamps: BTreeMap<SceneId, Lamps>,
    scratch: Scratch,
    /// Looks at scenes whose walls could not be made ready: nothing was seen.
    blind_looks: u64,
}

struct Held {
    gaze: Arc<Gaze>,
    things: Things,
}

/// What an eye takes in.
#[derive(Clone, Default)]
pub(crate) struct Things {
    pub(crate) tokens: BTreeSet<TokenId>,
    /// Tokens that it feels; it may see them as well.
    pub(crate) felt: BTreeSet<TokenId>,
    pub(crate) portals: BTreeSet<PortalId>,
    pub(crate) sources: BTreeSet<SourceId>,
}

impl Things {
    /// Adds what another eye takes in.
    pub(crate) fn extend(&mut self, other: Option<&Self>) {
        let Some(other) = other else { return };
        self.tokens.extend(other.tokens.iter().chain(&other.felt));
        self.portals.extend(&other.portals);
        self.sources.extend(&other.sources);
    }
}

/// What events changed for eyes.
#[derive(Default)]
pub(crate) struct Noticed {
    /// The eyes that see something else now, and what they gained or lost sight of.
    pub(crate) by_eye: BTreeMap<TokenId, Things>,
    /// Blocks in which any of the eyes of a scene sees other samples by light.
    pub(crate) places: BTreeMap<SceneId, BTreeSet<Place>>,
    /// Sources of light that are new, different or gone.
    pub(crate) sources: BTreeMap<SceneId, BTreeSet<SourceId>>,
    /// What sets of eyes see by light now: most viewers have the same eyes.
    pub(crate) united: BTreeMap<Vec<TokenId>, Arc<Lit>>,
    /// Blocks of samples on which other light may fall.
    pub(crate) relit: BTreeMap<SceneId, BTreeSet<Place>>,
}

impl Sights {
    /// The gaze of a token that stands on a scene; `None` if the scene is gone.
    pub(crate) fn of(&mut self, table: &Table, eye: TokenId, record: &TokenRecord) -> Option<Arc<Gaze>> {
        if !self.holds(eye, record) {
            self.look(table, eye, record)?;
        }
        self.held.get(&eye).map(|held| Arc::clone(&held.gaze))
    }

    /// What an eye takes in; nothing for an eye whose gaze was not asked for.
    pub(crate) fn things(&self, eye: TokenId) -> Option<&Things> {
        self.held.get(&eye).map(|held| &held.things)
    }

    /// What shines on a scene; `None` for one that no eye has looked at.
    pub(crate) fn lamps(&self, scene: SceneId) -> Option<&Lamps> {
        self.lamps.get(&scene)
    }

    /// Where light falls on a scene, as players may see it.
    pub(crate) fn light_on(&mut self, table: &Table, id: SceneId, scene: &Scene) -> &Lit {
        self.lamps.entry(id).or_insert_with(|| Lamps::new(table, id, scene)).lit()
    }

    /// How often, since it was last asked, an eye looked at a scene whose walls could not be made ready, and was shown
    /// nothing.
    pub(crate) fn take_blind_looks(&mut self) -> u64 {
        std::mem::take(&mut self.blind_looks)
    }

    /// Forgets everything: for a table that was loaded anew.
    pub(crate) fn clear(&mut self) {
        self.held.clear();
        self.by_scene.clear();
        self.lamps.clear();
    }

    /// Brings all gazes up to date with events that the table has folded.
    pub(crate) fn advance(&mut self, table: &Table, touched: &Touched) -> Noticed {
        let mut noticed = Noticed::default();
        let spills = self.advance_lamps(table, touched);
        let changed = touched.ground.iter().chain(&touched.fog);
        let mut stale: BTreeSet<TokenId> =
            changed.flat_map(|scene| self.by_scene.get(scene)).flatten().copied().collect();
        let turned = self.at_turned_doors(table, touched, &mut stale);
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
            let after = self.held.get(eye);
            for (scene, places) in relit(before.as_ref(), after) {
                noticed.places.entry(scene).or_default().extend(places);
            }
            noticed.by_eye.insert(*eye, difference(before.as_ref(), after));
        }
        for token in touched.tokens.keys() {
            self.look_for(table, *token, table.token(*token), &stale);
        }
        for (scene, spill) in spills {
            self.look_at_light(table, scene, &spill, &stale, &mut noticed);
            if !spill.sources.is_empty() {
                noticed.sources.insert(scene, spill.sources);
            }
            noticed.relit.insert(scene, spill.places);
        }
        for token in turned {
            for eye in self.look_for(table, token, table.token(token), &stale) {
                noticed.by_eye.entry(eye).or_default().tokens.insert(token);
            }
        }
        noticed
    }

    /// Adds the eyes that doors which turned may concern to those that look around anew. Gives the tokens beside such
    /// doors: which points they are recognised by depends on what cuts these off from their middles.
    fn at_turned_doors(
        &self,
        table: &Table,
        touched: &Touched,
        stale: &mut BTreeSet<TokenId>,
    ) -> BTreeSet<TokenId> {
        let mut beside = BTreeSet::new();
        for (id, doors) in &touched.doors {
            let Some(scene) = table.scene(*id) else { continue };
            let doors: Vec<_> = doors.iter().filter_map(|door| scene.portals.get(door)).collect();
            for eye in self.by_scene.get(id).into_iter().flatten() {
                let turns = |held: &Held| doors.iter().any(|door| held.gaze.may_turn_on(scene, door));
                if self.held.get(eye).is_some_and(turns) {
                    stale.insert(*eye);
                }
            }
            for door in doors {
                let least = Point::new(door.a.x.min(door.b.x), door.a.y.min(door.b.y));
                let most = Point::new(door.a.x.max(door.b.x), door.a.y.max(door.b.y));
                beside.extend(table.tokens_within(*id, least, most).map(|(token, _)| token));
            }
        }
        beside
    }

    fn advance_lamps(&mut self, table: &Table, touched: &Touched) -> Vec<(SceneId, Spill)> {
        let mut spills = Vec::new();
        self.lamps.retain(|id, lamps| match table.scene(*id) {
            // Where walls or the ambience changed, every eye looks around anew and finds new lamps.
            Some(scene) if !touched.ground.contains(id) => {
                spills.push((*id, lamps.advance(table, *id, scene, touched)));
                true
            }
            Some(_) | None => false,
        });
        spills
    }

    fn holds(&self, eye: TokenId, record: &TokenRecord) -> bool {
        let same =
            |gaze: &Gaze| gaze.at == record.at && gaze.scene == record.scene && gaze.senses == record.senses;
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
        let id = record.scene;
        let scene = table.scene(id)?;
        self.blind_looks += u64::from(!scene.is_known());
        let lamps = self.lamps.entry(id).or_insert_with(|| Lamps::new(table, id, scene));
        let gaze = Gaze::new(record, scene, lamps.lit(), &mut self.scratch);
        let tokens = table.tokens_within(id, gaze.least, gaze.most);
        let tokens = tokens.filter(|(_, token)| gaze.sees_disc(scene, lamps, token.at, token.size));
        let felt =
            table.tokens_on(id).filter(|(token, record)| *token != eye && gaze.feels(scene, record.at));
        let portals = scene.portals.values().filter(|portal| gaze.sees_portal(scene, lamps, portal));
        let sources = lamps.sources().filter(|(_, source)| gaze.sees_shining(scene, source.at));
        let things = Things {
            tokens: tokens.map(|(token, _)| token).collect(),
            felt: felt.map(|(token, _)| token).collect(),
            portals: portals.map(|portal| portal.portal).collect(),
            sources: sources.map(|(name, _)| name).collect(),
        };
        self.by_scene.entry(id).or_default().insert(eye);
        self.held.insert(eye, Held { gaze: Arc::new(gaze), things });
        Some(())
    }

    /// Looks for a token with all eyes of its scene but those that have just looked around. Gives the eyes that see it now
    /// and did not before, or the other way round.
    fn look_for(
        &mut self,
        table: &Table,
        token: TokenId,
        record: Option<&TokenRecord>,
        but: &BTreeSet<TokenId>,
    ) -> Vec<TokenId> {
        let mut changed = Vec::new();
        let found = record
            .and_then(|record| Some((record, table.scene(record.scene)?, self.lamps.get(&record.scene)?)));
        for (eye, held) in self.held.iter_mut().filter(|(eye, _)| !but.contains(eye)) {
            let here = found.filter(|(record, ..)| held.gaze.scene == record.scene);
            let is_seen = here.is_some_and(|(record, scene, lamps)| {
                held.gaze.sees_disc(scene, lamps, record.at, record.size)
            });
            if put(&mut held.things.tokens, token, is_seen) {
                changed.push(*eye);
            }
            let is_felt =
                here.is_some_and(|(record, scene, _)| *eye != token && held.gaze.feels(scene, record.at));
            put(&mut held.things.felt, token, is_felt);
        }
        changed
    }

    /// Looks with all eyes of a scene, but for those that have just looked around, at what became lighter or darker.
    fn look_at_light(
        &mut self,
        table: &Table,
        id: SceneId,
        spill: &Spill,
        but: &BTreeSet<TokenId>,
        noticed: &mut Noticed,
    ) {
        if spill.boxes.is_empty() {
            return;
        }
        let Some((scene, lamps)) = table.scene(id).zip(self.lamps.get(&id)) else { return };
        let near = spill.boxes.iter().flat_map(|(least, most)| table.tokens_within(id, *least, *most));
        let tokens: BTreeMap<TokenId, &TokenRecord> =
            near.filter(|(_, token)| spill.may_light(token.at, token.at, token.size)).collect();
        // The points by which a portal is recognised lie in front of it.
        let may_light = |portal: &&PortalRecord| spill.may_light(portal.a, portal.b, CELL);
        let portals: Vec<&PortalRecord> = scene.portals.values().filter(may_light).collect();
        for eye in self.by_scene.get(&id).into_iter().flatten().filter(|eye| !but.contains(eye)) {
            let Some(held) = self.held.get_mut(eye) else { continue };
            let mut changed = Things::default();
            let relit = held.gaze.relit(&spill.places, lamps.lit());
            let is_relit = relit.is_some();
            if let Some((gaze, places)) = relit {
                held.gaze = Arc::new(gaze);
                noticed.places.entry(id).or_default().extend(places);
            }
            let (gaze, things) = (&held.gaze, &mut held.things);
            for (token, record) in &tokens {
                if put(&mut things.tokens, *token, gaze.sees_disc(scene, lamps, record.at, record.size)) {
                    changed.tokens.insert(*token);
                }
            }
            for portal in &portals {
                if put(&mut things.portals, portal.portal, gaze.sees_portal(scene, lamps, portal)) {
                    changed.portals.insert(portal.portal);
                }
            }
            for name in &spill.sources {
                let source = lamps.source(*name);
                put(
                    &mut things.sources,
                    *name,
                    source.is_some_and(|source| gaze.sees_shining(scene, source.at)),
                );
            }
            if is_relit || !changed.tokens.is_empty() || !changed.portals.is_empty() {
                noticed.by_eye.insert(*eye, changed);
            }
        }
    }
}

/// Puts something into a set or takes it out; says whether that changed the set.
fn put<T: Ord>(set: &mut BTreeSet<T>, item: T, is_in: bool) -> bool {
    if is_in { set.insert(item) } else { set.remove(&item) }
}

/// The blocks in which two looks of an eye saw other samples by light. Before and after it may stand on other scenes.
fn relit(before: Option<&Held>, after: Option<&Held>) -> Vec<(SceneId, Vec<Place>)> {
    match (before, after) {
        (Some(before), Some(after)) if before.gaze.scene == after.gaze.scene => {
            vec![(after.gaze.scene, before.gaze.lit.differing(&after.gaze.lit).collect())]
        }
        (before, after) => {
            let either = before.into_iter().chain(after);
            either.map(|held| (held.gaze.scene, held.gaze.lit.places().collect())).collect()
        }
    }
}

/// What only one of two looks took in.
fn difference(before: Option<&Held>, after: Option<&Held>) -> Things {
    let nothing = Things::default();
    let things = |held: Option<&Held>| held.map_or(&nothing, |held| &held.things).clone();
    let (before, after) = (things(before), things(after));
    Things {
        tokens: &before.tokens ^ &after.tokens,
        felt: &before.felt ^ &after.felt,
        portals: &before.portals ^ &after.portals,
        sources: &before.sources ^ &after.sources,
    }
}
