//! A map in play: what stands on it, what stops sight and movement, and queries against that.
//!
//! Heavy parts (walls, their triangulation, lights) are shared between copies of a scene. They are prepared once, on the
//! first query, and changed where a wall comes or goes; a door only flips a bit. Walls never leave this module but for
//! the game master's view.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use vision::{Blocks, Channel, Gates, Reach, Scratch, Segment, Side, Walls};

use crate::event::{
    Ambience, BuiltState, DrawingRecord, DrawingState, Grid, GridShape, LightRecord, MapPicture, PortalKind,
    PortalRecord, PortalState, SceneRecord, WallKind, WallRecord,
};
use crate::fog::Fog;
use crate::geometry::{CELL, Point};
use crate::grid;
use crate::id::{DrawingId, LightId, PortalId, SceneId, WallId};
use crate::samples::Samples;

/// A map in play.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) size: Point,
    pub(crate) grid: Grid,
    pub(crate) picture: Option<MapPicture>,
    pub(crate) portals: BTreeMap<PortalId, PortalRecord>,
    pub(crate) lights: Arc<BTreeMap<LightId, LightRecord>>,
    pub(crate) ambience: Ambience,
    /// What is shown or hidden by hand.
    pub(crate) fog: Arc<Fog>,
    /// What was drawn on it.
    pub(crate) drawings: Arc<BTreeMap<DrawingId, Arc<DrawingRecord>>>,
    /// Replaced as a whole when a wall or a portal's place changes.
    pub(crate) ground: Arc<Ground>,
    /// One bit a portal.
    gates: Gates,
}

/// What stops sight and movement. Changed in place while one scene alone holds it, else copied first.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) walls: BTreeMap<WallId, WallRecord>,
    /// The numbers that walls have in the kernel.
    numbers: HashMap<WallId, u32>,
    hung: HashMap<PortalId, Hung>,
    /// No gate has a higher number.
    gate_count: u32,
    size: Point,
    /// `None` inside if the walls cannot be triangulated: then nothing is seen and nobody moves.
    kernel: OnceLock<Option<Walls>>,
}

/// Where a door or window hangs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hung {
    gate: u32,
    /// Its number in the kernel.
    number: u32,
    segment: Segment,
}

impl Scene {
    pub(crate) fn new(record: &SceneRecord) -> Self {
        let portals: BTreeMap<_, _> = record.portals.iter().map(|portal| (portal.portal, *portal)).collect();
        let walls = record.walls.iter().map(|wall| (wall.wall, *wall)).collect();
        let ground = Arc::new(Ground::new(walls, &portals, record.size));
        let mut scene = Self {
            name: record.name.clone(),
            size: record.size,
            grid: record.grid.clone(),
            picture: record.picture,
            gates: Gates::default(),
            portals,
            lights: Arc::new(record.lights.iter().map(|light| (light.light, *light)).collect()),
            ambience: record.ambience,
            fog: Arc::new(Fog::from(&record.fog)),
            drawings: Arc::new(
                record.drawings.iter().map(|(id, drawn)| (*id, Arc::new(drawn.clone()))).collect(),
            ),
            ground,
        };
        scene.hang_gates();
        scene
    }

    pub(crate) fn record(&self, scene: SceneId) -> SceneRecord {
        SceneRecord {
            scene,
            name: self.name.clone(),
            size: self.size,
            grid: self.grid.clone(),
            picture: self.picture,
            walls: self.ground.walls.values().copied().collect(),
            portals: self.portals.values().copied().collect(),
            lights: self.lights.values().copied().collect(),
            ambience: self.ambience,
            fog: self.fog.record(),
            drawings: self.drawings.iter().map(|(id, drawn)| (*id, DrawingRecord::clone(drawn))).collect(),
        }
    }

    /// The samples that no player sees.
    pub(crate) fn veil(&self) -> &Samples {
        &self.fog.live.veiled
    }

    /// Whether a point is hidden by hand. One on the edge of what is counts as hidden.
    pub(crate) fn veils(&self, point: Point) -> bool {
        self.veil().touch(point)
    }

    pub(crate) fn set_portal(&mut self, portal: PortalId, state: PortalState) {
        let Some(record) = self.portals.get_mut(&portal) else { return };
        record.state = state;
        if let Some(gate) = self.ground.gate(portal) {
            self.gates.set(gate, state == PortalState::Open);
        }
    }

    /// Puts walls, doors, windows and lights on the scene or takes them away; gives what they were.
    pub(crate) fn build(&mut self, states: &[BuiltState]) -> Vec<BuiltState> {
        let mut ground = Vec::new();
        let mut put = |state: &BuiltState| match state {
            BuiltState::Wall(id, is) => {
                let was = self.ground.walls.get(id).copied();
                ground.push(BuiltState::Wall(*id, *is));
                BuiltState::Wall(*id, was)
            }
            BuiltState::Portal(id, is) => {
                ground.push(BuiltState::Portal(*id, *is));
                BuiltState::Portal(*id, put(&mut self.portals, *id, *is))
            }
            BuiltState::Light(id, is) => {
                BuiltState::Light(*id, put(Arc::make_mut(&mut self.lights), *id, *is))
            }
        };
        let before = states.iter().map(&mut put).collect();
        if !ground.is_empty() {
            Arc::make_mut(&mut self.ground).build(&ground, &self.portals);
            self.hang_gates();
        }
        before
    }

    /// Puts drawings on the scene or wipes them away; gives what they were.
    pub(crate) fn set_drawings(&mut self, states: &[DrawingState]) -> Vec<DrawingState> {
        let drawings = Arc::make_mut(&mut self.drawings);
        let mut set = |DrawingState { drawing, is }: &DrawingState| {
            let was = match is {
                Some(record) => drawings.insert(*drawing, Arc::new(record.clone())),
                None => drawings.remove(drawing),
            };
            DrawingState { drawing: *drawing, is: was.map(Arc::unwrap_or_clone) }
        };
        states.iter().map(&mut set).collect()
    }

    /// A secret door is a door from now on; nothing else about it changes.
    pub(crate) fn find_portal(&mut self, portal: PortalId) {
        if let Some(record) = self.portals.get_mut(&portal)
            && record.kind == PortalKind::SecretDoor
        {
            record.kind = PortalKind::Door;
        }
    }

    /// Sets the grid; another number of pixels in a cell scales everything so that it stays on the picture.
    pub(crate) fn set_grid(&mut self, grid: Grid) -> Option<Scaling> {
        let (old, new) = (self.grid.pixels_per_cell, grid.pixels_per_cell);
        self.grid = grid;
        if old == new || old == 0 || new == 0 {
            return None;
        }
        let scaling = Scaling { numerator: i64::from(old), denominator: i64::from(new) };
        let picture = self.picture.filter(|picture| MapPicture::covers(picture.size_px, old) == self.size);
        self.size = match picture {
            // Computed anew, so that nothing is lost by going to and fro.
            Some(picture) => MapPicture::covers(picture.size_px, new),
            None => scaling.point(self.size),
        };
        for portal in self.portals.values_mut() {
            (portal.a, portal.b) = (scaling.point(portal.a), scaling.point(portal.b));
        }
        let walls = self.ground.walls.values().map(|wall| {
            (wall.wall, WallRecord { a: scaling.point(wall.a), b: scaling.point(wall.b), ..*wall })
        });
        self.ground = Arc::new(Ground::new(walls.collect(), &self.portals, self.size));
        let lights = self.lights.values().map(|light| {
            let (at, range) = (scaling.point(light.at), scaling.length(light.range));
            let bright = light.bright.map(|bright| scaling.length(bright));
            (light.light, LightRecord { at, range, bright, ..*light })
        });
        self.lights = Arc::new(lights.collect());
        Arc::make_mut(&mut self.fog).scale(scaling);
        let drawings = self.drawings.iter().map(|(id, drawn)| (*id, Arc::new(drawn.scaled(scaling))));
        self.drawings = Arc::new(drawings.collect());
        self.hang_gates();
        Some(scaling)
    }

    fn hang_gates(&mut self) {
        self.gates = Gates::default();
        for portal in self.portals.values() {
            if let Some(gate) = self.ground.gate(portal.portal) {
                self.gates.set(gate, portal.state == PortalState::Open);
            }
        }
    }

    /// Whether nothing stops somebody who walks straight from one point to another.
    pub(crate) fn walks(&self, from: Point, to: Point) -> bool {
        let Some(walls) = self.ground.kernel() else { return false };
        walls.first_hit(to_vision(from), to_vision(to), Channel::Movement, &self.gates).is_none()
    }

    pub(crate) fn contains(&self, point: Point) -> bool {
        (0..=self.size.x).contains(&point.x) && (0..=self.size.y).contains(&point.y)
    }

    /// Whether an eye sees a point. Ties count as hidden.
    pub(crate) fn sees(&self, eye: Point, point: Point) -> bool {
        let Some(walls) = self.ground.kernel() else { return false };
        walls.sees(to_vision(eye), to_vision(point), Channel::Sight, &self.gates)
    }

    /// Whether light from a source reaches a point, however far. Ties count as dark.
    pub(crate) fn light_reaches(&self, source: Point, point: Point) -> bool {
        let Some(walls) = self.ground.kernel() else { return false };
        walls.sees(to_vision(source), to_vision(point), Channel::Light, &self.gates)
    }

    /// Takes over a twin's walls where they are the same, so that they are made ready and held once.
    pub(crate) fn share_ground(&mut self, twin: &Self) {
        if !Arc::ptr_eq(&self.ground, &twin.ground) && self.ground.is_like(&twin.ground) {
            self.ground = Arc::clone(&twin.ground);
        }
    }

    /// The ends of all walls and doors that stop light from a source now.
    pub(crate) fn shades(&self, source: Point) -> impl Iterator<Item = (Point, Point)> {
        let walls = self.ground.walls.values().filter(move |wall| match wall.kind {
            WallKind::Wall => true,
            WallKind::OneWay => is_right_of(wall.a, wall.b, source),
            WallKind::Object | WallKind::Barrier => false,
        });
        let doors = self.portals.values().filter(|portal| match (portal.kind, portal.state) {
            (PortalKind::Door | PortalKind::SecretDoor, PortalState::Shut | PortalState::Locked) => true,
            (PortalKind::Door | PortalKind::SecretDoor, PortalState::Open) | (PortalKind::Window, _) => false,
        });
        walls.map(|wall| (wall.a, wall.b)).chain(doors.map(|door| (door.a, door.b)))
    }

    /// Whether walls could be made ready for queries; where not, nothing is seen or lit.
    pub(crate) fn is_known(&self) -> bool {
        self.ground.kernel().is_some()
    }

    /// The polygon that an eye sees, in units; empty if it cannot be computed. The gates that have a say in it are added
    /// to `gates`.
    pub(crate) fn visible_from(
        &self,
        eye: Point,
        reach: Reach,
        scratch: &mut Scratch,
        gates: &mut Vec<u32>,
    ) -> Vec<Point> {
        let Some(walls) = self.ground.kernel() else { return Vec::new() };
        let polygon = walls.visible_from(to_vision(eye), Channel::Sight, reach, &self.gates, scratch);
        gates.extend(polygon.gates());
        polygon.vertices().iter().map(|vertex| Point::new(vertex.x, vertex.y)).collect()
    }

    /// The gate of a portal.
    pub(crate) fn gate(&self, portal: PortalId) -> Option<u32> {
        self.ground.gate(portal)
    }

    /// Where somebody who walks from one point towards another comes to stand: `None` if the way is free, else the
    /// last place of the grid before the obstacle, which may be the start.
    pub(crate) fn stopped_at(&self, from: Point, to: Point, size: i32) -> Option<Point> {
        let Some(walls) = self.ground.kernel() else { return Some(from) };
        let hit = walls.first_hit(to_vision(from), to_vision(to), Channel::Movement, &self.gates)?;
        let (dx, dy) = (f64::from(to.x) - f64::from(from.x), f64::from(to.y) - f64::from(from.y));
        let length = dx.hypot(dy);
        let free = hit.t * length;
        let point_at = |distance: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "between two points that are in bounds")]
            let along =
                |start: i32, delta: f64| (f64::from(start) + delta * distance / length).round() as i32;
            Point::new(along(from.x, dx), along(from.y, dy))
        };
        if self.grid.shape == GridShape::None {
            let margin = f64::from(size.min(CELL)) / 2.0;
            return Some(if free > margin { point_at(free - margin) } else { from });
        }
        let step = f64::from(CELL) / 4.0;
        let mut distance = free;
        while distance > 0.0 {
            let candidate = grid::snap(&self.grid, point_at(distance), size);
            let (cx, cy) = (f64::from(candidate.x - from.x), f64::from(candidate.y - from.y));
            let along = (cx * dx + cy * dy) / length;
            let reached = along <= free && self.contains(candidate);
            if reached
                && walls
                    .first_hit(to_vision(from), to_vision(candidate), Channel::Movement, &self.gates)
                    .is_none()
            {
                return Some(candidate);
            }
            distance -= step;
        }
        Some(from)
    }

    /// Points of a portal by which it is recognised: a little in front of it, on both sides.
    pub(crate) fn portal_marks(portal: &PortalRecord) -> [Point; 6] {
        let (dx, dy) = (f64::from(portal.b.x - portal.a.x), f64::from(portal.b.y - portal.a.y));
        let length = dx.hypot(dy).max(1.0);
        let (nx, ny) = (-dy / length * f64::from(CELL) / 16.0, dx / length * f64::from(CELL) / 16.0);
        let mark = |along: f64, side: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a sixteenth of a cell beside a point in bounds"
            )]
            let at = |start: i32, delta: f64, normal: f64| {
                (f64::from(start) + delta * along + normal * side) as i32
            };
            Point::new(at(portal.a.x, dx, nx), at(portal.a.y, dy, ny))
        };
        [
            mark(0.5, 1.0),
            mark(0.5, -1.0),
            mark(0.25, 1.0),
            mark(0.25, -1.0),
            mark(0.75, 1.0),
            mark(0.75, -1.0),
        ]
    }

    /// Points of a disc by which a token is recognised: its middle and four points around it that no wall cuts off.
    pub(crate) fn token_marks(&self, at: Point, size: i32) -> impl Iterator<Item = Point> + '_ {
        let arm = size * 3 / 10;
        let around = [(0, 0), (arm, 0), (-arm, 0), (0, arm), (0, -arm)];
        around.into_iter().filter_map(move |(dx, dy)| {
            let mark = Point::new(at.x.saturating_add(dx), at.y.saturating_add(dy));
            (mark == at || (self.contains(mark) && self.sees(at, mark))).then_some(mark)
        })
    }
}

/// A change of scale that keeps things on their picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaling {
    pub(crate) numerator: i64,
    pub(crate) denominator: i64,
}

impl Scaling {
    pub(crate) fn point(self, point: Point) -> Point {
        Point::new(self.length(point.x), self.length(point.y))
    }

    /// Rounded to the wire's 1/256 of a cell, so that what a client sees is what is meant.
    pub(crate) fn length(self, units: i32) -> i32 {
        let scaled = i64::from(units) * self.numerator / self.denominator;
        let limit = i64::from(crate::geometry::CELLS_FROM_ORIGIN_MAX) * i64::from(CELL);
        let clamped = scaled.clamp(-limit, limit);
        i32::try_from(clamped - clamped.rem_euclid(256)).unwrap_or(i32::MAX)
    }
}

impl Ground {
    fn new(
        walls: BTreeMap<WallId, WallRecord>,
        portals: &BTreeMap<PortalId, PortalRecord>,
        size: Point,
    ) -> Self {
        let numbers: HashMap<_, _> = walls.keys().copied().zip(0u32..).collect();
        let next = u32::try_from(walls.len()).unwrap_or(u32::MAX);
        let hung = (0u32..).zip(portals.values()).map(|(gate, portal)| {
            let number = next.saturating_add(gate);
            (portal.portal, Hung { gate, number, segment: portal_segment(portal, gate) })
        });
        let hung: HashMap<_, _> = hung.collect();
        let gate_count = u32::try_from(hung.len()).unwrap_or(u32::MAX);
        Self { walls, numbers, hung, gate_count, size, kernel: OnceLock::new() }
    }

    /// Puts walls and portals in and takes them out, where they are: the others stay prepared.
    fn build(&mut self, states: &[BuiltState], portals: &BTreeMap<PortalId, PortalRecord>) {
        // What is changed in place has to be there.
        self.kernel();
        let mut out = Vec::new();
        let (mut new_walls, mut new_portals) = (BTreeMap::new(), BTreeMap::new());
        for state in states {
            match state {
                BuiltState::Wall(id, is) => {
                    out.extend(self.numbers.remove(id));
                    put(&mut self.walls, *id, *is);
                    put(&mut new_walls, *id, is.as_ref().map(wall_segment));
                }
                BuiltState::Portal(id, is) => {
                    out.extend(self.hung.remove(id).map(|hung| hung.number));
                    let gate = self.gate_count;
                    self.gate_count = self.gate_count.saturating_add(1);
                    put(
                        &mut new_portals,
                        *id,
                        is.as_ref().map(|portal| (gate, portal_segment(portal, gate))),
                    );
                }
                BuiltState::Light(..) => {}
            }
        }
        let doors = new_portals.values().map(|(_, segment)| *segment);
        let into: Vec<Segment> = new_walls.values().copied().chain(doors).collect();
        let edited = self.kernel.get_mut().and_then(Option::as_mut).map(|walls| walls.edit(&out, &into));
        let Some(Ok(numbers)) = edited else {
            *self = Self::new(std::mem::take(&mut self.walls), portals, self.size);
            return;
        };
        let (of_walls, of_portals) = numbers.split_at(new_walls.len().min(numbers.len()));
        self.numbers.extend(new_walls.into_keys().zip(of_walls.iter().copied()));
        let hung = new_portals.into_iter().zip(of_portals);
        self.hung.extend(
            hung.map(|((id, (gate, segment)), number)| (id, Hung { gate, number: *number, segment })),
        );
    }

    fn gate(&self, portal: PortalId) -> Option<u32> {
        self.hung.get(&portal).map(|hung| hung.gate)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.size == other.size
            && self.hung == other.hung
            && self.numbers == other.numbers
            && self.walls == other.walls
    }

    fn kernel(&self) -> Option<&Walls> {
        let prepare = || {
            let walls = self.walls.values();
            let walls = walls.filter_map(|wall| Some((*self.numbers.get(&wall.wall)?, wall_segment(wall))));
            let doors = self.hung.values().map(|hung| (hung.number, hung.segment));
            let mut all: Vec<_> = walls.chain(doors).collect();
            all.sort_unstable_by_key(|(number, _)| *number);
            let segments: Vec<Segment> = all.into_iter().map(|(_, segment)| segment).collect();
            Walls::new(&segments, to_vision(self.size)).ok()
        };
        self.kernel.get_or_init(prepare).as_ref()
    }
}

fn wall_segment(wall: &WallRecord) -> Segment {
    Segment {
        a: to_vision(wall.a),
        b: to_vision(wall.b),
        blocks: blocks(wall.kind),
        side: if wall.kind == WallKind::OneWay { Side::Right } else { Side::Both },
        gate: None,
    }
}

fn portal_segment(portal: &PortalRecord, gate: u32) -> Segment {
    let blocks = match portal.kind {
        PortalKind::Door | PortalKind::SecretDoor => Blocks::ALL,
        PortalKind::Window => Blocks::MOVEMENT,
    };
    Segment { a: to_vision(portal.a), b: to_vision(portal.b), blocks, side: Side::Both, gate: Some(gate) }
}

fn blocks(kind: WallKind) -> Blocks {
    match kind {
        WallKind::Wall | WallKind::OneWay => Blocks::ALL,
        // Furniture and pillars: seen into but not past; they cast no shadow.
        WallKind::Object => Blocks::MOVEMENT.and(Blocks::limit(Channel::Sight)),
        WallKind::Barrier => Blocks::MOVEMENT,
    }
}

/// Sets or removes an entry; gives what was there.
fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}

/// Whether a point lies to the right of the way from `a` to `b`, or on it.
fn is_right_of(a: Point, b: Point, point: Point) -> bool {
    let wide = |value: i32| i64::from(value);
    (wide(b.x) - wide(a.x)) * (wide(point.y) - wide(a.y))
        >= (wide(b.y) - wide(a.y)) * (wide(point.x) - wide(a.x))
}

fn to_vision(point: Point) -> vision::Point {
    vision::Point { x: point.x, y: point.y }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::FogRecord;

    fn wall(number: u32, x: i32) -> WallRecord {
        let (a, b) = (Point::new(x, 0), Point::new(x, 4 * CELL));
        WallRecord { wall: WallId(number), a, b, kind: WallKind::Wall }
    }

    fn built(wall: WallRecord) -> BuiltState {
        BuiltState::Wall(wall.wall, Some(wall))
    }

    pub(crate) fn record() -> SceneRecord {
        SceneRecord {
            scene: SceneId(1),
            name: "Crypt".to_owned(),
            size: Point::new(8 * CELL, 8 * CELL),
            grid: Grid::default(),
            picture: None,
            walls: vec![wall(1, CELL)],
            portals: Vec::new(),
            lights: Vec::new(),
            ambience: Ambience::Bright,
            fog: FogRecord::default(),
            drawings: Vec::new(),
        }
    }

    /// A scene whose walls cannot be made ready, which no scene within the limits is.
    pub(crate) fn broken(record: &SceneRecord) -> Scene {
        let mut scene = Scene::new(record);
        let mut ground = Ground::new(BTreeMap::new(), &scene.portals, scene.size);
        ground.kernel = OnceLock::from(None);
        scene.ground = Arc::new(ground);
        scene
    }

    #[test]
    fn twins_hold_the_same_walls_once_and_different_ones_apart() {
        let record = record();
        let (mut live, mut staged) = (Scene::new(&record), Scene::new(&record));
        staged.build(&[built(wall(2, 2 * CELL))]);
        live.share_ground(&staged);
        assert!(!Arc::ptr_eq(&live.ground, &staged.ground), "one has a wall more");
        live.build(&[built(wall(3, 2 * CELL))]);
        live.share_ground(&staged);
        assert!(!Arc::ptr_eq(&live.ground, &staged.ground), "the walls are called differently");
        live.build(&[BuiltState::Wall(WallId(3), None)]);
        live.build(&[built(wall(2, 2 * CELL))]);
        live.share_ground(&staged);
        assert!(Arc::ptr_eq(&live.ground, &staged.ground));
    }
}
