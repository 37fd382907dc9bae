//! Decisions about fog by hand, named areas, and what players remember.

use super::Decision;
use crate::command::{AreaChange, Shape};
use crate::event::{AreaRecord, Cover, Direction, Event, FogStage, FogStep};
use crate::explore::Explorer;
use crate::fog::{Layers, Stroke};
use crate::geometry::{CELL, Point};
use crate::id::{AreaId, SceneId, SeatId, TokenId};
use crate::limits;
use crate::name::Name;
use crate::permission::Rights;
use crate::refusal::{Refusal, at_most};
use crate::samples::Samples;
use crate::scene::Scene;
use crate::table::Table;
use crate::view::Entity;

impl Table {
    pub(super) fn paint_fog(
        &self,
        seat: SeatId,
        stage: FogStage,
        shape: &Shape,
        cover: Cover,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        let stroke = stroke(shape, scene)?;
        let mut layers = layers(scene, stage)?.clone();
        layers.paint(&stroke, cover);
        Ok(change_to(seat, id, scene, stage, &layers))
    }

    pub(super) fn cover_areas(
        &self,
        seat: SeatId,
        stage: FogStage,
        areas: &[AreaId],
        cover: Cover,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        areas_in_scene(areas.len())?;
        let mut layers = layers(scene, stage)?.clone();
        for area in areas {
            let record = scene.fog.areas.get(area).ok_or(Refusal::Unknown)?;
            let mut stroke = Stroke::default();
            stroke.add(&record.polygon, scene.size);
            layers.paint(&stroke, cover);
            layers.note(*area, cover);
        }
        Ok(change_to(seat, id, scene, stage, &layers))
    }

    pub(super) fn add_area(
        &self,
        seat: SeatId,
        name: Name,
        polygon: Vec<Point>,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        areas_in_scene(scene.fog.areas.len() + 1)?;
        check_polygon(&polygon, scene)?;
        let area = AreaId(self.next_ids().area);
        let areas = vec![AreaRecord { area, name: name.into(), polygon }];
        let events = vec![Event::AreasSet { scene: id, areas }];
        Ok(Decision { events, made: Some(Entity::Area(area)), ..Decision::default() })
    }

    pub(super) fn edit_area(
        &self,
        seat: SeatId,
        area: AreaId,
        change: AreaChange,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        let mut record = scene.fog.areas.get(&area).ok_or(Refusal::Unknown)?.clone();
        if let Some(name) = change.name {
            record.name = name.into();
        }
        if let Some(polygon) = change.polygon {
            check_polygon(&polygon, scene)?;
            record.polygon = polygon;
        }
        Ok(Event::AreasSet { scene: id, areas: vec![record] }.into())
    }

    pub(super) fn remove_areas(&self, seat: SeatId, areas: Vec<AreaId>) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        areas_in_scene(areas.len())?;
        if areas.iter().any(|area| !scene.fog.areas.contains_key(area)) {
            return Err(Refusal::Unknown);
        }
        Ok(Event::AreasRemoved { scene: id, areas }.into())
    }

    pub(super) fn prepare_fog(&self, seat: SeatId) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        if scene.fog.draft.is_some() {
            return Ok(Decision::default());
        }
        Ok(Event::FogPrepared { scene: id }.into())
    }

    /// The draft stays, so that preparing goes on.
    pub(super) fn push_fog(&self, seat: SeatId) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        let draft = scene.fog.layers(FogStage::Draft).ok_or(Refusal::NotPreparing)?;
        Ok(change_to(seat, id, scene, FogStage::Live, draft))
    }

    pub(super) fn discard_fog(&self, seat: SeatId) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        if scene.fog.draft.is_none() {
            return Err(Refusal::NotPreparing);
        }
        Ok(Event::FogDiscarded { scene: id }.into())
    }

    pub(super) fn decide_forgetting(&self, seat: SeatId, of: Option<SeatId>) -> Result<Decision, Refusal> {
        let (scene, _) = self.scene_in_view(seat)?;
        let remembers = match of {
            Some(seat) => self.memory(scene, seat).is_some(),
            None => self.party_memory(scene).is_some(),
        };
        if !remembers {
            return Ok(Decision::default());
        }
        Ok(Event::MemoryForgotten { scene, seat: of }.into())
    }

    /// Which named areas a move would show to players for the first time. Nothing is stored: it is played on a copy.
    pub(super) fn preview_move(
        &self,
        seat: SeatId,
        rights: Rights,
        moves: Vec<(TokenId, Vec<Point>)>,
    ) -> Result<Decision, Refusal> {
        let Decision { mut events, .. } = self.decide_moves(seat, rights, moves)?;
        let Some(id) = self.shown() else { return Ok(Decision::default()) };
        let mut copy = self.clone();
        Explorer::default().fold(&mut copy, &mut events);
        let mut new = Samples::default();
        for event in &events {
            if let Event::Explored { growths, .. } = event {
                growths.iter().for_each(|growth| new.merge(&Samples::from(growth.samples.as_slice())));
            }
        }
        let scene = self.known_scene(id)?;
        let new = new.without(&scene.fog.live.revealed);
        let enters = |area: &&AreaRecord| {
            let mut stroke = Stroke::default();
            stroke.add(&area.polygon, scene.size);
            stroke.meets(&new)
        };
        let warns = scene.fog.areas.values().filter(enters).map(|area| area.area).collect();
        Ok(Decision { warns, ..Decision::default() })
    }

    pub(super) fn reset_fog(
        &self,
        by: SeatId,
        direction: Direction,
        step: &FogStep,
    ) -> Result<Decision, Refusal> {
        let FogStep { scene, stage, before, after } = step;
        let (is, becomes) = match direction {
            Direction::Back => (after, before),
            Direction::Forth => (before, after),
        };
        let layers = self.scene(*scene).and_then(|scene| scene.fog.layers(*stage)).ok_or(Refusal::MovedOn)?;
        let mut unchanged = layers.clone();
        unchanged.change(is);
        if unchanged != *layers {
            return Err(Refusal::MovedOn);
        }
        let (scene, stage, change) = (*scene, *stage, becomes.clone());
        Ok(Event::FogReset { by, direction, scene, stage, change }.into())
    }
}

/// The fog that a command means. Beside a draft nothing changes, which a push would take back.
fn layers(scene: &Scene, stage: FogStage) -> Result<&Layers, Refusal> {
    if stage == FogStage::Live && scene.fog.draft.is_some() {
        return Err(Refusal::Preparing);
    }
    scene.fog.layers(stage).ok_or(Refusal::NotPreparing)
}

fn change_to(by: SeatId, id: SceneId, scene: &Scene, stage: FogStage, layers: &Layers) -> Decision {
    let change = scene.fog.layers(stage).map(|is| layers.changed_since(is)).unwrap_or_default();
    if change.is_empty() {
        return Decision::default();
    }
    Event::FogSet { by, scene: id, stage, change }.into()
}

fn areas_in_scene(count: usize) -> Result<(), Refusal> {
    at_most(count, limits::AREAS_PER_SCENE_MAX, "named areas in a scene")
}

fn check_polygon(polygon: &[Point], scene: &Scene) -> Result<(), Refusal> {
    check_points(polygon, 3, scene)
}

fn check_points(points: &[Point], min: usize, scene: &Scene) -> Result<(), Refusal> {
    let max = limits::FOG_POINTS_MAX;
    if !(min..=max).contains(&points.len()) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        return Err(Refusal::OutOfRange { what: "points of a shape", min: number(min), max: number(max) });
    }
    if points.iter().all(|point| scene.contains(*point)) { Ok(()) } else { Err(Refusal::OutsideScene) }
}

fn stroke(shape: &Shape, scene: &Scene) -> Result<Stroke, Refusal> {
    let mut stroke = Stroke::default();
    match shape {
        Shape::Polygon(corners) => {
            check_polygon(corners, scene)?;
            stroke.add(corners, scene.size);
        }
        Shape::Rectangle(a, b) => {
            check_points(&[*a, *b], 2, scene)?;
            stroke.add(&[*a, Point::new(b.x, a.y), *b, Point::new(a.x, b.y)], scene.size);
        }
        Shape::Brush(way, radius) => {
            check_points(way, 1, scene)?;
            let radius = checked_radius(*radius)?;
            check_way(way)?;
            let start = way.first().map(|first| (*first, *first));
            for (from, to) in start.into_iter().chain(way.iter().copied().zip(way.iter().copied().skip(1))) {
                stroke.add(&swept(from, to, radius), scene.size);
            }
        }
    }
    Ok(stroke)
}

fn checked_radius(radius: i32) -> Result<i32, Refusal> {
    let max = limits::BRUSH_CELLS_MAX;
    let fits = (CELL / 16..=max * CELL).contains(&radius);
    let out = Refusal::OutOfRange { what: "the radius of the brush, in cells", min: 0, max: max.into() };
    fits.then_some(radius).ok_or(out)
}

fn check_way(way: &[Point]) -> Result<(), Refusal> {
    let leg =
        |(from, to): (&Point, &Point)| u64::from(from.x.abs_diff(to.x)).max(u64::from(from.y.abs_diff(to.y)));
    let length: u64 = way.iter().zip(way.iter().skip(1)).map(leg).sum();
    let max = limits::BRUSH_WAY_CELLS_MAX;
    if length > u64::from(max) * u64::from(CELL.unsigned_abs()) {
        let what = "the way of one stroke of the brush, in cells";
        return Err(Refusal::OutOfRange { what, min: 0, max: max.into() });
    }
    Ok(())
}

/// What a disc covers on its way between two points: the disc is a polygon of sixteen corners.
fn swept(from: Point, to: Point, radius: i32) -> Vec<Point> {
    /// Sines of 0, 22.5, 45, 67.5 and 90 degrees, in 2⁻¹⁶.
    const SINES: [i64; 5] = [0, 25_080, 46_341, 60_547, 65_536];
    let sine = |step: usize| match step % 16 {
        quarter @ 0..=4 => SINES[quarter],
        half @ 5..=8 => SINES[8 - half],
        three @ 9..=12 => -SINES[three - 8],
        last => -SINES[16 - last],
    };
    let way = (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
    let mut corners = Vec::with_capacity(34);
    for side in 0..16 {
        let toward = |step: usize| (sine(step + 4), sine(step));
        let (one, next) = (toward(side), toward(side + 1));
        // The side belongs to the end that it faces.
        let ahead = (one.0 + next.0) * way.0 + (one.1 + next.1) * way.1 > 0;
        let middle = if ahead { to } else { from };
        for (x, y) in [one, next] {
            let out = |start: i32, part: i64| {
                let offset = (i64::from(radius) * part) >> 16;
                start.saturating_add(i32::try_from(offset).unwrap_or(0))
            };
            corners.push(Point::new(out(middle.x, x), out(middle.y, y)));
        }
    }
    corners.dedup();
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brush_that_stays_is_a_disc_and_one_that_moves_a_capsule() {
        let middle = Point::new(5 * CELL, 5 * CELL);
        let disc = swept(middle, middle, CELL);
        assert!(
            disc.contains(&Point::new(6 * CELL, 5 * CELL)) && disc.contains(&Point::new(5 * CELL, 4 * CELL))
        );
        let capsule = swept(middle, Point::new(9 * CELL, 5 * CELL), CELL);
        let (least, most) = (capsule.iter().min().copied(), capsule.iter().max().copied());
        assert_eq!((least.map(|at| at.x), most.map(|at| at.x)), (Some(4 * CELL), Some(10 * CELL)));
        assert!(capsule.contains(&Point::new(9 * CELL, 6 * CELL)));
    }
}
