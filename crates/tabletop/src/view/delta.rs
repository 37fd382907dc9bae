//! Where a view differs from what it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{TokenLook, View};
use crate::fog::Fog;
use crate::id::{DrawingId, PortalId, SceneId, SeatId, TokenId};
use crate::light::{Lit, SourceId};
use crate::samples::Samples;
use crate::scene::Ground;
use crate::sight::Gaze;

/// What is new, different or gone in a view. Names things; how they look now stands in the view itself.
#[derive(Default)]
pub(crate) struct Delta {
    pub(crate) table: bool,
    pub(crate) role: bool,
    pub(crate) seats: BTreeSet<SeatId>,
    pub(crate) scenes: BTreeSet<SceneId>,
    /// Another scene, or the same one with another grid or picture: the view as it was.
    pub(crate) scene: Option<Box<View>>,
    /// With the looks of before.
    pub(crate) tokens: BTreeMap<TokenId, Option<TokenLook>>,
    /// Tokens that walked, a part of their way out of sight.
    pub(crate) slipped: BTreeSet<TokenId>,
    pub(crate) felt: BTreeSet<TokenId>,
    pub(crate) portals: BTreeSet<PortalId>,
    pub(crate) lights: BTreeSet<SourceId>,
    pub(crate) drawings: BTreeSet<DrawingId>,
    pub(crate) eyes: BTreeSet<TokenId>,
    /// What was lit and seen before.
    pub(crate) lit: Option<Arc<Lit>>,
    /// Walls as they were.
    pub(crate) ground: Option<Arc<Ground>>,
    /// Fog by hand as it was.
    pub(crate) fog: Option<Arc<Fog>>,
    /// What was remembered before.
    pub(crate) explored: Option<Arc<Samples>>,
}

impl Delta {
    /// The difference of two views of one viewer.
    pub(super) fn between(was: View, is: &View) -> Self {
        let mut delta = Self {
            table: was.table != is.table,
            role: was.role != is.role,
            seats: changed(&was.seats, &is.seats),
            scenes: changed(&was.scenes, &is.scenes),
            ..Self::default()
        };
        if was.scene != is.scene {
            delta.scene = Some(Box::new(was));
            return delta;
        }
        delta.felt = changed(&was.felt, &is.felt);
        delta.portals = changed(&was.portals, &is.portals);
        delta.lights = changed(&was.lights, &is.lights);
        delta.drawings = changed(&was.drawings, &is.drawings);
        let eyes: BTreeSet<TokenId> = was.eyes.keys().chain(is.eyes.keys()).copied().collect();
        for eye in eyes {
            let (was, is) = (was.eyes.get(&eye), is.eyes.get(&eye));
            delta.see(eye, was.map(Arc::as_ref), is.map(Arc::as_ref));
        }
        delta.lit = (was.lit != is.lit).then_some(was.lit);
        let tokens = changed(&was.tokens, &is.tokens);
        let mut looks = was.tokens;
        delta.tokens = tokens.into_iter().map(|token| (token, looks.remove(&token))).collect();
        if was.explored != is.explored {
            delta.explored = Some(was.explored);
        }
        if was.fog != is.fog {
            delta.fog = was.fog;
        }
        if let (Some(was), Some(is)) = (was.ground, &is.ground)
            && !Arc::ptr_eq(&was, is)
        {
            delta.ground = Some(was);
        }
        delta
    }

    /// Adds an eye if its viewer is told something else of it now.
    pub(super) fn see(&mut self, eye: TokenId, was: Option<&Gaze>, is: Option<&Gaze>) {
        let same = match (was, is) {
            (Some(was), Some(is)) => was.same_outline(is),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !same {
            self.eyes.insert(eye);
        }
    }
}

/// The keys that only one of two maps has, or that stand for different things.
fn changed<K: Copy + Ord, V: PartialEq>(was: &BTreeMap<K, V>, is: &BTreeMap<K, V>) -> BTreeSet<K> {
    let new = is.iter().filter(|(key, value)| was.get(key) != Some(value)).map(|(key, _)| *key);
    let gone = was.keys().filter(|key| !is.contains_key(key)).copied();
    new.chain(gone).collect()
}
