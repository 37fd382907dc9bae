//! One pair of eyes: what they see of the ground, and whether they see a point of it.
//!
//! A point is seen by an eye that is not blind if nothing stands between them, and it is either within the range of sight
//! and lit (on a scene that is not dark, everything is) or within the range of darkvision. Ties count as hidden.
//!
//! Nothing that is veiled by hand is seen. Where a veil cuts a polygon of sight, what remains of that is told as samples:
//! the polygon would show the walls behind the veil.

use std::collections::BTreeSet;
use std::sync::Arc;

use vision::{Reach, Scratch};

use crate::event::{Ambience, PortalRecord, Senses, TokenRecord};
use crate::geometry::Point;
use crate::id::SceneId;
use crate::light::{Lamps, Lit};
use crate::samples::{Coverage, Place, Samples};
use crate::scene::Scene;

/// Where eyes are and what they see of the ground.
#[derive(Debug)]
pub(crate) struct Gaze {
    pub(super) scene: SceneId,
    pub(super) at: Point,
    pub(super) senses: Senses,
    ambience: Ambience,
    /// What is in an unbroken line and within the range of sight, as a polygon; empty if it cannot be computed.
    line_of_sight: Arc<[Point]>,
    /// What darkvision shows, as a polygon; empty if there is nothing that sight does not show anyway.
    dark_sight: Arc<[Point]>,
    /// The samples wholly in the line of sight and not veiled; kept where light matters.
    in_line: Arc<Samples>,
    /// What remains of polygons that a veil cuts: what they show under any light.
    cut: Arc<Cut>,
    /// The samples in line that are lit, and those that remain of polygons.
    pub(crate) lit: Lit,
    /// The gates that have a say in the polygons.
    gates: Arc<[u32]>,
    /// A box that holds all that may be seen: a quick no.
    pub(super) least: Point,
    pub(super) most: Point,
}

/// Which polygons of a gaze a veil cuts, and the samples that it leaves of them.
#[derive(Clone, Debug, Default)]
struct Cut {
    line_of_sight: bool,
    dark_sight: bool,
    left: Lit,
}

/// The polygons of a gaze that its viewer is told. What is in line but in the dark is not among them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// What is in sight under the light that is everywhere, in units; empty on a dark scene.
    pub sight: Arc<[Point]>,
    /// How light it is there.
    pub level: Ambience,
    /// What only darkvision shows, in units.
    pub dark_sight: Arc<[Point]>,
}

impl Gaze {
    pub(crate) fn new(eye: &TokenRecord, scene: &Scene, lit: &Lit, scratch: &mut Scratch) -> Self {
        let Senses { sight_range, darkvision, tremorsense: _, blind } = eye.senses;
        let mut gates = Vec::new();
        let mut look = |reach| Arc::from(scene.visible_from(eye.at, reach, scratch, &mut gates));
        let line_of_sight: Arc<[Point]> = match sight_range {
            _ if blind => Arc::default(),
            None => look(Reach::Unlimited),
            Some(range) => look(Reach::Radius(range)),
        };
        let shows_more = match scene.ambience {
            Ambience::Dark => true,
            Ambience::Bright | Ambience::Dim => sight_range.is_some_and(|range| range < darkvision),
        };
        let dark_sight = if blind || darkvision == 0 || !shows_more {
            Arc::default()
        } else {
            look(Reach::Radius(darkvision))
        };
        let in_line = match scene.ambience {
            Ambience::Bright => Arc::default(),
            Ambience::Dim | Ambience::Dark => Arc::new(unveiled(&line_of_sight, scene)),
        };
        let cut = Arc::new(Cut::of(&line_of_sight, &dark_sight, scene));
        let mut lit = lit.within(&in_line);
        lit.merge(&cut.left);
        let mut gaze = Self {
            scene: eye.scene,
            at: eye.at,
            senses: eye.senses,
            ambience: scene.ambience,
            line_of_sight,
            dark_sight,
            in_line,
            cut,
            lit,
            gates: gates.into(),
            least: eye.at,
            most: eye.at,
        };
        gaze.bound();
        gaze
    }

    /// The same gaze under another light, and the blocks in which it sees other samples; `None` if it sees the same.
    pub(super) fn relit(&self, places: &BTreeSet<Place>, light: &Lit) -> Option<(Self, BTreeSet<Place>)> {
        let (mut in_line, mut part) = (Lit::default(), Lit::default());
        in_line.intersect_at(places, light, &self.in_line);
        part.unite_at(places, [&in_line, &self.cut.left].into_iter());
        let dim = part.dim.differing_at(places, &self.lit.dim);
        let changed: BTreeSet<Place> =
            dim.chain(part.bright.differing_at(places, &self.lit.bright)).collect();
        if changed.is_empty() {
            return None;
        }
        let mut lit = self.lit.clone();
        lit.unite_at(&changed, std::iter::once(&part));
        let gaze = Self {
            lit,
            line_of_sight: Arc::clone(&self.line_of_sight),
            dark_sight: Arc::clone(&self.dark_sight),
            in_line: Arc::clone(&self.in_line),
            cut: Arc::clone(&self.cut),
            gates: Arc::clone(&self.gates),
            ..*self
        };
        Some((gaze, changed))
    }

    /// What the viewer is told.
    pub(crate) fn outline(&self) -> Outline {
        let sight = match self.ambience {
            Ambience::Bright | Ambience::Dim if !self.cut.line_of_sight => Arc::clone(&self.line_of_sight),
            Ambience::Bright | Ambience::Dim | Ambience::Dark => Arc::default(),
        };
        let dark_sight = if self.cut.dark_sight { Arc::default() } else { Arc::clone(&self.dark_sight) };
        Outline { sight, level: self.ambience, dark_sight }
    }

    /// Whether a door that turns may change what the eye sees: it has a say in what is in sight, or the eye lies on its
    /// line, where it is seen edge-on.
    pub(super) fn may_turn_on(&self, scene: &Scene, door: &PortalRecord) -> bool {
        let wide = |value: i32| i64::from(value);
        let (dx, dy) = (wide(door.b.x) - wide(door.a.x), wide(door.b.y) - wide(door.a.y));
        let edge_on = dx * (wide(self.at.y) - wide(door.a.y)) == dy * (wide(self.at.x) - wide(door.a.x));
        edge_on || scene.gate(door.portal).is_none_or(|gate| self.gates.contains(&gate))
    }

    /// Whether the viewer is told the same of two gazes, the lit samples aside.
    pub(crate) fn same_outline(&self, other: &Self) -> bool {
        self.at == other.at && self.scene == other.scene && self.outline() == other.outline()
    }

    /// The samples of the scene that are seen wholly.
    pub(crate) fn seen(&self, scene: &Scene) -> Samples {
        let mut seen = match self.ambience {
            Ambience::Bright => unveiled(&self.line_of_sight, scene),
            Ambience::Dim => Samples::clone(&self.in_line),
            Ambience::Dark => self.lit.dim.clone(),
        };
        if !self.dark_sight.is_empty() {
            seen.merge(&unveiled(&self.dark_sight, scene));
        }
        seen
    }

    /// Whether the eye sees a place of its scene.
    pub(crate) fn sees(&self, scene: &Scene, lamps: &Lamps, point: Point) -> bool {
        let is_lit = || self.ambience != Ambience::Dark || lamps.light(scene, point);
        self.sees_if(scene, point, is_lit)
    }

    /// Whether the eye sees something that shines itself.
    pub(crate) fn sees_shining(&self, scene: &Scene, point: Point) -> bool {
        self.sees_if(scene, point, || true)
    }

    fn sees_if(&self, scene: &Scene, point: Point, is_lit: impl Fn() -> bool) -> bool {
        let in_box = (self.least.x..=self.most.x).contains(&point.x)
            && (self.least.y..=self.most.y).contains(&point.y);
        if self.senses.blind || !in_box || scene.veils(point) {
            return false;
        }
        let dark = is_within(self.at, point, self.senses.darkvision);
        let near = self.senses.sight_range.is_none_or(|range| is_within(self.at, point, range));
        (dark || near) && scene.sees(self.at, point) && (dark || is_lit())
    }

    /// Whether the eye sees a disc: its middle, or one of the points by which it is recognised. One whose middle is veiled
    /// is not seen at all.
    pub(crate) fn sees_disc(&self, scene: &Scene, lamps: &Lamps, at: Point, size: i32) -> bool {
        if scene.veils(at) {
            return false;
        }
        if self.sees(scene, lamps, at) {
            return true;
        }
        let near = (self.least.x.saturating_sub(size)..=self.most.x.saturating_add(size)).contains(&at.x)
            && (self.least.y.saturating_sub(size)..=self.most.y.saturating_add(size)).contains(&at.y);
        near && scene.token_marks(at, size).skip(1).any(|mark| self.sees(scene, lamps, mark))
    }

    pub(super) fn sees_portal(&self, scene: &Scene, lamps: &Lamps, portal: &PortalRecord) -> bool {
        Scene::portal_marks(portal).iter().any(|mark| self.sees(scene, lamps, *mark))
    }

    /// Whether the eye feels something that stands at a point, walls or not.
    pub(super) fn feels(&self, scene: &Scene, point: Point) -> bool {
        is_within(self.at, point, self.senses.tremorsense) && !scene.veils(point)
    }

    fn bound(&mut self) {
        for vertex in self.line_of_sight.iter().filter(|_| self.senses.sight_range.is_none()) {
            self.least = Point::new(self.least.x.min(vertex.x), self.least.y.min(vertex.y));
            self.most = Point::new(self.most.x.max(vertex.x), self.most.y.max(vertex.y));
        }
        // Around an arc the polygon is a little smaller than what is seen.
        let reach = self.senses.sight_range.unwrap_or(0).max(self.senses.darkvision);
        self.least = Point::new(
            self.least.x.min(self.at.x.saturating_sub(reach)),
            self.least.y.min(self.at.y.saturating_sub(reach)),
        );
        self.most = Point::new(
            self.most.x.max(self.at.x.saturating_add(reach)),
            self.most.y.max(self.at.y.saturating_add(reach)),
        );
    }
}

impl Cut {
    fn of(line_of_sight: &[Point], dark_sight: &[Point], scene: &Scene) -> Self {
        let mut cut = Self::default();
        if scene.veil().is_empty() {
            return cut;
        }
        let meets_veil =
            |polygon: &[Point]| Samples::from(&Coverage::touched_by(polygon, scene.size)).meet(scene.veil());
        // On a dark scene the line of sight is not told anyway.
        if scene.ambience != Ambience::Dark && meets_veil(line_of_sight) {
            cut.line_of_sight = true;
            cut.left.dim = unveiled(line_of_sight, scene);
            if scene.ambience == Ambience::Bright {
                cut.left.bright = cut.left.dim.clone();
            }
        }
        if meets_veil(dark_sight) {
            cut.dark_sight = true;
            cut.left.dim.merge(&unveiled(dark_sight, scene));
        }
        cut
    }
}

/// The samples wholly in a polygon, but for those that are veiled.
fn unveiled(polygon: &[Point], scene: &Scene) -> Samples {
    let seen = Samples::from(&Coverage::of(polygon, scene.size));
    if scene.veil().is_empty() { seen } else { seen.without(scene.veil()) }
}

/// Whether two points are nearer than a distance.
fn is_within(one: Point, other: Point, distance: i32) -> bool {
    let (dx, dy) = (i64::from(one.x) - i64::from(other.x), i64::from(one.y) - i64::from(other.y));
    dx * dx + dy * dy < i64::from(distance) * i64::from(distance)
}
