//! What shines on a scene, as far as players are concerned, and where its light falls.
//!
//! A light shines on a point if the point is nearer than its radius, inside its cone, and a straight line of the light
//! channel leads to it; ties count as dark, but the source itself is lit by itself. A light that a hidden token carries
//! shines for nobody. Where light falls is kept as samples, for each light, so that a change costs what it touches.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Ambience, Cone, Glow, Layer, TokenRecord};
use crate::geometry::{CELL, Point};
use crate::id::{LightId, SceneId, TokenId};
use crate::limits::LIGHT_CELLS_MAX;
use crate::samples::{Beam, Coverage, Place, Samples, Sector};
use crate::scene::Scene;
use crate::table::{Table, Touched};

/// What a light comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum SourceId {
    /// A light of the scene.
    Placed(LightId),
    /// What a token carries.
    Carried(TokenId),
}

/// Something that shines: where and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Source {
    pub(crate) at: Point,
    /// Its cone's direction counts from north.
    pub(crate) glow: Glow,
}

impl Source {
    /// A light of a scene; `None` if there is none, or if it is off.
    pub(crate) fn placed(scene: &Scene, light: LightId) -> Option<Self> {
        let record = scene.lights.get(&light).filter(|light| light.on)?;
        Self::shining(record.at, record.glow())
    }

    /// What a token carries; `None` if that is nothing, or if players do not see the token at all.
    pub(crate) fn carried(token: &TokenRecord) -> Option<Self> {
        let glow = token.emission.filter(|_| !token.hidden && token.layer != Layer::Gm)?;
        let turned = |cone: Cone| Cone { direction: (cone.direction + token.rotation) % 360, ..cone };
        Self::shining(token.at, Glow { cone: glow.cone.map(turned), ..glow })
    }

    fn of(table: &Table, id: SceneId, scene: &Scene, source: SourceId) -> Option<Self> {
        match source {
            SourceId::Placed(light) => Self::placed(scene, light),
            SourceId::Carried(token) => {
                Self::carried(table.token(token).filter(|record| record.scene == id)?)
            }
        }
    }

    fn shining(at: Point, glow: Glow) -> Option<Self> {
        let source = Self { at, glow };
        (source.beam().radius > 0).then_some(source)
    }

    fn beam(&self) -> Beam {
        let Glow { bright, dim, cone, color: _ } = self.glow;
        let radius = bright.max(dim).min(LIGHT_CELLS_MAX * CELL);
        let sector = cone.map(|cone| Sector::new(cone.direction, cone.half_angle));
        Beam { at: self.at, radius, sector }
    }

    /// Where it shines on a scene, as samples.
    pub(crate) fn cast(&self, scene: &Scene) -> Lit {
        let beam = self.beam();
        if !scene.is_known() {
            return Lit::default();
        }
        let dim = Samples::from(&Coverage::of_beam(&beam, scene.shades(self.at), scene.size));
        let bright = Beam { radius: self.glow.bright.min(beam.radius), sector: None, ..beam };
        let bright = Samples::from(&Coverage::of_beam(&bright, std::iter::empty(), scene.size));
        Lit { bright: dim.intersection(&bright), dim }
    }
}

/// Parts of a scene by how light they are, as samples.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Lit {
    /// Dimly lit or better.
    pub(crate) dim: Samples,
    /// Brightly lit.
    pub(crate) bright: Samples,
}

impl Lit {
    /// The blocks in which something is lit.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        // What is brightly lit is dimly lit or better.
        self.dim.places()
    }

    /// The blocks in which it differs from another.
    pub(crate) fn differing(&self, other: &Self) -> impl Iterator<Item = Place> {
        self.dim.differing(&other.dim).into_iter().chain(self.bright.differing(&other.bright))
    }

    /// Adds what another light makes lit.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.dim.merge(&other.dim);
        self.bright.merge(&other.bright);
    }

    /// Sets blocks to what is lit in any of several.
    pub(crate) fn unite_at<'a>(
        &mut self,
        places: &BTreeSet<Place>,
        parts: impl Iterator<Item = &'a Self> + Clone,
    ) {
        self.dim.unite_at(places, parts.clone().map(|part| &part.dim));
        self.bright.unite_at(places, parts.map(|part| &part.bright));
    }

    /// Sets blocks to what is lit in another and lies in some samples.
    pub(crate) fn intersect_at(&mut self, places: &BTreeSet<Place>, lit: &Self, within: &Samples) {
        self.dim.intersect_at(places, &lit.dim, within);
        self.bright.intersect_at(places, &lit.bright, within);
    }

    /// What of it lies in some samples.
    pub(crate) fn within(&self, samples: &Samples) -> Self {
        Self { dim: self.dim.intersection(samples), bright: self.bright.intersection(samples) }
    }
}

/// All that shines on a scene.
#[derive(Debug, Default)]
pub(crate) struct Lamps {
    lamps: BTreeMap<SourceId, Lamp>,
    /// Where light falls. Empty on a bright scene, where nobody asks.
    lit: Lit,
}

#[derive(Debug)]
struct Lamp {
    source: Source,
    beam: Beam,
    falls: Lit,
}

/// What became lighter or darker.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    /// Sources that are new, different or gone.
    pub(crate) sources: BTreeSet<SourceId>,
    /// Boxes that hold all points that may be lit differently.
    pub(crate) boxes: Vec<(Point, Point)>,
    /// Blocks of samples that may be lit differently.
    pub(crate) places: BTreeSet<Place>,
}

impl Spill {
    /// Whether the light may have changed on any point at most so far from a segment.
    pub(crate) fn may_light(&self, a: Point, b: Point, around: i32) -> bool {
        let least = Point::new(a.x.min(b.x).saturating_sub(around), a.y.min(b.y).saturating_sub(around));
        let most = Point::new(a.x.max(b.x).saturating_add(around), a.y.max(b.y).saturating_add(around));
        let meets = |(low, high): &(Point, Point)| {
            low.x <= most.x && least.x <= high.x && low.y <= most.y && least.y <= high.y
        };
        self.boxes.iter().any(meets)
    }
}

impl Lamps {
    /// All that shines on a scene now.
    pub(crate) fn new(table: &Table, id: SceneId, scene: &Scene) -> Self {
        let placed = scene.lights.keys().map(|light| SourceId::Placed(*light));
        let carried = table.tokens_on(id).map(|(token, _)| SourceId::Carried(token));
        let mut lamps = Self::default();
        let mut spill = Spill::default();
        for name in placed.chain(carried) {
            lamps.look_at(table, id, scene, name, &mut spill);
        }
        lamps.unite(&spill);
        lamps
    }

    /// Brings it up to date with events that the table has folded, changes of walls and ambience aside.
    pub(crate) fn advance(&mut self, table: &Table, id: SceneId, scene: &Scene, touched: &Touched) -> Spill {
        let mut spill = Spill::default();
        let doors = touched.doors.get(&id).into_iter().flatten().filter_map(|door| scene.portals.get(door));
        let doors: Vec<_> = doors.map(|door| (door.a, door.b)).collect();
        let at_a_door = |lamp: &Lamp| doors.iter().any(|(a, b)| lamp.beam.reaches(*a, *b));
        let beside: Vec<_> =
            self.lamps.iter().filter(|(_, lamp)| at_a_door(lamp)).map(|(name, _)| *name).collect();
        for name in beside {
            let source = self.lamps.get(&name).map(|lamp| lamp.source);
            self.replace(scene, name, source, &mut spill);
        }
        let placed = touched.lights.get(&id).into_iter().flatten().map(|light| SourceId::Placed(*light));
        let carried = touched.tokens.keys().map(|token| SourceId::Carried(*token));
        for name in placed.chain(carried) {
            self.look_at(table, id, scene, name, &mut spill);
        }
        self.unite(&spill);
        spill
    }

    /// Whether any light shines on a point.
    pub(crate) fn light(&self, scene: &Scene, point: Point) -> bool {
        let shines = |lamp: &Lamp| {
            let at = lamp.source.at;
            lamp.beam.holds(point) && (point == at || scene.light_reaches(at, point))
        };
        self.lamps.values().any(shines)
    }

    /// A source that shines.
    pub(crate) fn source(&self, name: SourceId) -> Option<&Source> {
        self.lamps.get(&name).map(|lamp| &lamp.source)
    }

    /// All sources that shine.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.lamps.iter().map(|(name, lamp)| (*name, &lamp.source))
    }

    /// Where light falls; nothing on a bright scene.
    pub(crate) const fn lit(&self) -> &Lit {
        &self.lit
    }

    /// Where light would fall without some sources.
    pub(crate) fn lit_without(&self, dark: impl Fn(SourceId) -> bool) -> Lit {
        let mut lit = self.lit.clone();
        let gone = self.lamps.iter().filter(|(name, _)| dark(**name));
        let places: BTreeSet<_> = gone.flat_map(|(_, lamp)| lamp.falls.places()).collect();
        let left = self.lamps.iter().filter(|(name, _)| !dark(**name));
        lit.unite_at(&places, left.map(|(_, lamp)| &lamp.falls));
        lit
    }

    fn look_at(&mut self, table: &Table, id: SceneId, scene: &Scene, name: SourceId, spill: &mut Spill) {
        let source = Source::of(table, id, scene, name);
        if self.lamps.get(&name).map(|lamp| lamp.source) != source {
            spill.sources.insert(name);
            self.replace(scene, name, source, spill);
        }
    }

    fn replace(&mut self, scene: &Scene, name: SourceId, source: Option<Source>, spill: &mut Spill) {
        let falls = |source: Source| match scene.ambience {
            Ambience::Bright => Lit::default(),
            Ambience::Dim | Ambience::Dark => source.cast(scene),
        };
        let was = match source {
            Some(source) => {
                self.lamps.insert(name, Lamp { source, beam: source.beam(), falls: falls(source) })
            }
            None => self.lamps.remove(&name),
        };
        for lamp in was.iter().chain(self.lamps.get(&name)) {
            spill.boxes.push(lamp.beam.bounds());
            spill.places.extend(lamp.falls.places());
        }
    }

    fn unite(&mut self, spill: &Spill) {
        self.lit.unite_at(&spill.places, self.lamps.values().map(|lamp| &lamp.falls));
    }
}
