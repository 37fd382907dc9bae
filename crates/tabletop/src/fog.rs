//! Fog by hand: parts of a scene that a game master shows or hides, whatever characters see.
//!
//! A sample is revealed, veiled or neither. What is revealed every player remembers; what is veiled is taken from memory
//! and from sight: neither its pixels nor what stands there is told. Doubt hides: a shape reveals only samples that lie
//! wholly in it, and veils every sample of which it covers a part. A scene has a live fog and, while one is prepared, a
//! draft; the draft and named areas are for game masters alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{AreaRecord, Cover, FogChange, FogRecord, FogStage};
use crate::geometry::Point;
use crate::id::AreaId;
use crate::samples::{Coverage, Samples};
use crate::scene::Scaling;

/// What is shown and hidden by hand of a scene.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Fog {
    pub(crate) live: Layers,
    /// What is being prepared; `None` while nothing is.
    pub(crate) draft: Option<Layers>,
    pub(crate) areas: BTreeMap<AreaId, AreaRecord>,
}

/// One fog. No sample is both revealed and veiled.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) revealed: Samples,
    pub(crate) veiled: Samples,
    /// How areas were last covered, but for open ones. Strokes of the brush since then are not counted.
    areas: BTreeMap<AreaId, Cover>,
}

/// A shape that a game master drew.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Stroke {
    /// The samples that lie wholly in it.
    inner: Samples,
    /// The samples of which it covers a part.
    outer: Samples,
}

impl Stroke {
    /// Adds what a closed polygon covers.
    pub(crate) fn add(&mut self, polygon: &[Point], size: Point) {
        self.inner.merge(&Samples::from(&Coverage::of(polygon, size)));
        self.outer.merge(&Samples::from(&Coverage::touched_by(polygon, size)));
    }

    /// Whether a part of some samples lies in it.
    pub(crate) fn meets(&self, samples: &Samples) -> bool {
        self.outer.meet(samples)
    }
}

impl Layers {
    /// Covers a shape.
    pub(crate) fn paint(&mut self, stroke: &Stroke, cover: Cover) {
        let Stroke { inner, outer } = stroke;
        match cover {
            Cover::Revealed => {
                self.revealed.merge(inner);
                self.veiled = self.veiled.without(inner);
            }
            Cover::Veiled => {
                self.veiled.merge(outer);
                self.revealed = self.revealed.without(outer);
            }
            Cover::Open => {
                self.revealed = self.revealed.without(outer);
                self.veiled = self.veiled.without(inner);
            }
        }
    }

    /// Notes how an area was covered.
    pub(crate) fn note(&mut self, area: AreaId, cover: Cover) {
        match cover {
            Cover::Open => self.areas.remove(&area),
            Cover::Revealed | Cover::Veiled => self.areas.insert(area, cover),
        };
    }

    /// How an area was last covered.
    pub(crate) fn cover(&self, area: AreaId) -> Cover {
        self.areas.get(&area).copied().unwrap_or_default()
    }

    /// What has to change in another fog to become this one.
    pub(crate) fn changed_since(&self, other: &Self) -> FogChange {
        let areas = self.areas.keys().chain(other.areas.keys().filter(|area| !self.areas.contains_key(area)));
        let areas = areas.filter(|area| self.cover(**area) != other.cover(**area));
        FogChange {
            revealed: self.revealed.changed_since(&other.revealed),
            veiled: self.veiled.changed_since(&other.veiled),
            areas: areas.map(|area| (*area, self.cover(*area))).collect(),
        }
    }

    /// Makes a change.
    pub(crate) fn change(&mut self, change: &FogChange) {
        self.revealed.put_blocks(&change.revealed);
        self.veiled.put_blocks(&change.veiled);
        for (area, cover) in &change.areas {
            self.note(*area, *cover);
        }
    }

    /// What a player remembers who has seen some samples.
    pub(crate) fn over(&self, seen: Option<&Arc<Samples>>) -> Arc<Samples> {
        let seen = seen.map(Arc::clone).unwrap_or_default();
        if self.revealed.is_empty() && self.veiled.is_empty() {
            return seen;
        }
        let mut remembered = Arc::unwrap_or_clone(seen);
        remembered.merge(&self.revealed);
        Arc::new(remembered.without(&self.veiled))
    }

    fn scale(&mut self, scaling: Scaling) {
        let Scaling { numerator, denominator } = scaling;
        self.revealed = self.revealed.scaled(numerator, denominator);
        self.veiled = self.veiled.scaled_outwards(numerator, denominator);
    }
}

impl From<&FogChange> for Layers {
    fn from(change: &FogChange) -> Self {
        let mut layers = Self::default();
        layers.change(change);
        layers
    }
}

impl Fog {
    pub(crate) fn record(&self) -> FogRecord {
        let whole = |layers: &Layers| layers.changed_since(&Layers::default());
        FogRecord {
            live: whole(&self.live),
            draft: self.draft.as_ref().map(whole),
            areas: self.areas.values().cloned().collect(),
        }
    }

    /// One of the two fogs; `None` for a draft while nothing is prepared.
    pub(crate) const fn layers(&self, stage: FogStage) -> Option<&Layers> {
        match stage {
            FogStage::Live => Some(&self.live),
            FogStage::Draft => self.draft.as_ref(),
        }
    }

    pub(crate) const fn layers_mut(&mut self, stage: FogStage) -> Option<&mut Layers> {
        match stage {
            FogStage::Live => Some(&mut self.live),
            FogStage::Draft => self.draft.as_mut(),
        }
    }

    pub(crate) fn set_areas(&mut self, areas: &[AreaRecord]) {
        self.areas.extend(areas.iter().map(|area| (area.area, area.clone())));
    }

    /// Forgets areas. What they covered stays covered.
    pub(crate) fn remove_areas(&mut self, removed: &[AreaId]) {
        for area in removed {
            self.areas.remove(area);
            for layers in std::iter::once(&mut self.live).chain(&mut self.draft) {
                layers.note(*area, Cover::Open);
            }
        }
    }

    /// Keeps everything on its picture when the scene becomes larger or smaller.
    pub(crate) fn scale(&mut self, scaling: Scaling) {
        for layers in std::iter::once(&mut self.live).chain(&mut self.draft) {
            layers.scale(scaling);
        }
        for corner in self.areas.values_mut().flat_map(|area| &mut area.polygon) {
            *corner = scaling.point(*corner);
        }
    }
}

impl From<&FogRecord> for Fog {
    fn from(record: &FogRecord) -> Self {
        Self {
            live: Layers::from(&record.live),
            draft: record.draft.as_ref().map(Layers::from),
            areas: record.areas.iter().map(|area| (area.area, area.clone())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::SAMPLE;

    const SIZE: Point = Point::new(100 * SAMPLE, 100 * SAMPLE);

    fn rectangle(least: (i32, i32), most: (i32, i32)) -> Stroke {
        let corner = |x: i32, y: i32| Point::new(x * SAMPLE / 2, y * SAMPLE / 2);
        let mut stroke = Stroke::default();
        let polygon = [
            corner(least.0, least.1),
            corner(most.0, least.1),
            corner(most.0, most.1),
            corner(least.0, most.1),
        ];
        stroke.add(&polygon, SIZE);
        stroke
    }

    #[test]
    fn doubt_hides() {
        // From the middle of sample 1 to the middle of sample 10.
        let stroke = rectangle((3, 3), (21, 21));
        let mut layers = Layers::default();
        layers.paint(&stroke, Cover::Revealed);
        assert!(layers.revealed.holds_all(2..10, 2..10) && !layers.revealed.holds_all(1..2, 2..3));
        layers.paint(&stroke, Cover::Veiled);
        assert!(layers.revealed.is_empty() && layers.veiled.holds_all(1..11, 1..11));
        layers.paint(&stroke, Cover::Open);
        assert!(!layers.veiled.holds_all(2..3, 2..3) && layers.veiled.holds_all(1..2, 1..11));
    }

    #[test]
    fn no_sample_is_both_revealed_and_veiled() {
        let mut layers = Layers::default();
        layers.paint(&rectangle((0, 0), (40, 40)), Cover::Veiled);
        layers.paint(&rectangle((11, 11), (61, 61)), Cover::Revealed);
        assert!(!layers.revealed.meet(&layers.veiled));
        layers.paint(&rectangle((30, 0), (50, 33)), Cover::Veiled);
        assert!(!layers.revealed.meet(&layers.veiled));
        layers.scale(Scaling { numerator: 3, denominator: 5 });
        assert!(!layers.revealed.meet(&layers.veiled));
    }

    #[test]
    fn a_change_and_its_inverse_go_there_and_back() {
        let (mut before, mut after) = (Layers::default(), Layers::default());
        before.paint(&rectangle((0, 0), (40, 40)), Cover::Veiled);
        before.note(AreaId(1), Cover::Veiled);
        after.paint(&rectangle((20, 20), (180, 60)), Cover::Revealed);
        after.note(AreaId(2), Cover::Revealed);
        let (forth, back) = (after.changed_since(&before), before.changed_since(&after));
        assert_eq!(forth.areas, [(AreaId(2), Cover::Revealed), (AreaId(1), Cover::Open)]);
        let mut layers = before.clone();
        layers.change(&forth);
        assert_eq!(layers, after);
        layers.change(&back);
        assert_eq!(layers, before);
    }

    #[test]
    fn what_is_veiled_is_not_remembered_and_what_is_revealed_is() {
        let mut layers = Layers::default();
        let seen = Arc::new(rectangle((0, 0), (20, 20)).inner);
        assert!(Arc::ptr_eq(&layers.over(Some(&seen)), &seen), "without fog nothing is copied");
        layers.paint(&rectangle((10, 10), (30, 30)), Cover::Veiled);
        layers.paint(&rectangle((40, 40), (60, 60)), Cover::Revealed);
        let remembered = layers.over(Some(&seen));
        assert!(remembered.holds_all(0..5, 0..5) && remembered.holds_all(20..30, 20..30));
        assert!(!remembered.meet(&layers.veiled));
        assert_eq!(*layers.over(None), layers.revealed);
    }

    #[test]
    fn an_area_that_is_forgotten_leaves_its_fog() {
        let area = AreaRecord { area: AreaId(4), name: "Crypt".to_owned(), polygon: Vec::new() };
        let mut fog = Fog::default();
        fog.set_areas(&[area]);
        fog.live.paint(&rectangle((0, 0), (20, 20)), Cover::Veiled);
        fog.live.note(AreaId(4), Cover::Veiled);
        fog.remove_areas(&[AreaId(4)]);
        assert!(fog.areas.is_empty() && fog.live.cover(AreaId(4)) == Cover::Open);
        assert!(!fog.live.veiled.is_empty());
    }

    #[test]
    fn a_record_holds_it_all() {
        let area = AreaRecord { area: AreaId(4), name: "Crypt".to_owned(), polygon: vec![SIZE] };
        let mut fog = Fog::default();
        assert!(fog.record().is_empty());
        fog.set_areas(&[area]);
        fog.live.paint(&rectangle((0, 0), (20, 20)), Cover::Veiled);
        fog.draft = Some(Layers::default());
        assert_eq!(Fog::from(&fog.record()), fog);
    }
}
