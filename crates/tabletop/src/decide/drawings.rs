//! Decisions about drawings and notes.

use std::collections::BTreeSet;

use super::{Decision, color_in_range};
use crate::command::{DrawingChange, NewDrawing};
use crate::event::{Direction, DrawingRecord, DrawingState, DrawingStep, DrawnShape, Event};
use crate::geometry::{CELL, Point};
use crate::id::{DrawingId, SeatId};
use crate::limits;
use crate::permission::Rights;
use crate::refusal::{Refusal, at_most};
use crate::scene::Scene;
use crate::table::Table;
use crate::view::Entity;

impl Table {
    pub(super) fn add_drawing(&self, seat: SeatId, new: NewDrawing) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        let NewDrawing { shape, color, width, filled, shown } = new;
        let record = DrawingRecord { by: seat, shape, color, width, filled, shown };
        check(&record, scene)?;
        at_most(scene.drawings.len() + 1, limits::DRAWINGS_PER_SCENE_MAX, "drawings on a scene")?;
        let drawn: usize = scene.drawings.values().map(|held| held.shape.point_count()).sum();
        at_most(
            drawn + record.shape.point_count(),
            limits::DRAWN_POINTS_PER_SCENE_MAX,
            "points of all drawings on a scene",
        )?;
        let drawing = DrawingId(self.next_ids().drawing);
        let drawings = vec![DrawingState { drawing, is: Some(record) }];
        let events = vec![Event::DrawingsSet { by: seat, scene: id, drawings }];
        Ok(Decision { events, made: Some(Entity::Drawing(drawing)), ..Decision::default() })
    }

    pub(super) fn edit_drawings(
        &self,
        seat: SeatId,
        ids: &[DrawingId],
        change: &DrawingChange,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        in_command(ids.len())?;
        let mut drawings = Vec::with_capacity(ids.len());
        // Each once, or what it was before could not be told.
        for drawing in ids.iter().collect::<BTreeSet<_>>() {
            let mut record = DrawingRecord::clone(scene.drawings.get(drawing).ok_or(Refusal::Unknown)?);
            if let Some(by) = change.by {
                let moved = |at: Point| Point::new(at.x.saturating_add(by.x), at.y.saturating_add(by.y));
                record.shape = record.shape.map(moved, |length| length);
            }
            if let (Some(words), DrawnShape::Note { text, .. }) = (&change.text, &mut record.shape) {
                words.as_str().clone_into(text);
            }
            record.color = change.color.unwrap_or(record.color);
            record.width = change.width.unwrap_or(record.width);
            record.filled = change.filled.unwrap_or(record.filled);
            record.shown = change.shown.unwrap_or(record.shown);
            check(&record, scene)?;
            if **scene.drawings.get(drawing).ok_or(Refusal::Unknown)? != record {
                drawings.push(DrawingState { drawing: *drawing, is: Some(record) });
            }
        }
        if drawings.is_empty() {
            return Ok(Decision::default());
        }
        Ok(Event::DrawingsSet { by: seat, scene: id, drawings }.into())
    }

    pub(super) fn remove_drawings(&self, seat: SeatId, ids: &[DrawingId]) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        in_command(ids.len())?;
        if ids.iter().any(|drawing| !scene.drawings.contains_key(drawing)) {
            return Err(Refusal::Unknown);
        }
        if ids.is_empty() {
            return Ok(Decision::default());
        }
        let ids: BTreeSet<DrawingId> = ids.iter().copied().collect();
        let drawings = ids.into_iter().map(|drawing| DrawingState { drawing, is: None }).collect();
        Ok(Event::DrawingsSet { by: seat, scene: id, drawings }.into())
    }

    pub(super) fn reset_drawings(
        &self,
        seat: SeatId,
        rights: Rights,
        direction: Direction,
        step: &DrawingStep,
    ) -> Result<Decision, Refusal> {
        let scene = self.scene(step.scene).ok_or(Refusal::MovedOn)?;
        let (is, becomes) = match direction {
            Direction::Back => (&step.after, &step.before),
            Direction::Forth => (&step.before, &step.after),
        };
        let unchanged =
            is.iter().all(|state| scene.drawings.get(&state.drawing).map(AsRef::as_ref) == state.is.as_ref());
        let own = |state: &DrawingState| state.is.as_ref().is_none_or(|record| record.by == seat);
        let may = match rights {
            Rights::Master => true,
            // They may have lost the right to draw, and only what they see can be theirs to change.
            Rights::Player => {
                self.settings().players_draw
                    && self.scene_of(seat) == Some(step.scene)
                    && is.iter().chain(becomes).all(own)
            }
        };
        if !unchanged || !may {
            return Err(Refusal::MovedOn);
        }
        Ok(Event::DrawingsReset { by: seat, direction, scene: step.scene, drawings: becomes.clone() }.into())
    }
}

fn in_command(count: usize) -> Result<(), Refusal> {
    at_most(count, limits::DRAWINGS_PER_COMMAND_MAX, "drawings in one command")
}

/// A drawing whose numbers are all in range and which lies on the scene.
fn check(record: &DrawingRecord, scene: &Scene) -> Result<(), Refusal> {
    color_in_range(record.color)?;
    let in_range = |value: i32, min: i32, max: i32, what| {
        let out = Refusal::OutOfRange { what, min: 0, max: i64::from(max / CELL) };
        if (min..=max).contains(&value) { Ok(()) } else { Err(out) }
    };
    in_range(
        record.width,
        CELL / 64,
        limits::DRAWING_WIDTH_CELLS_MAX * CELL,
        "the width of a line, in cells",
    )?;
    let points = match &record.shape {
        DrawnShape::Line { points } => counted(points, 2)?,
        DrawnShape::Polygon { points } => counted(points, 3)?,
        DrawnShape::Rectangle { a, b } => &[*a, *b],
        DrawnShape::Circle { middle, radius } => {
            let max = limits::CIRCLE_CELLS_MAX * CELL;
            in_range(*radius, CELL / 64, max, "the radius of a circle, in cells")?;
            std::slice::from_ref(middle)
        }
        DrawnShape::Note { at, .. } => std::slice::from_ref(at),
    };
    if points.iter().any(|point| !scene.contains(*point)) {
        return Err(Refusal::OutsideScene);
    }
    check_way(points)
}

fn counted(points: &[Point], min: usize) -> Result<&[Point], Refusal> {
    let max = limits::DRAWING_POINTS_MAX;
    if (min..=max).contains(&points.len()) {
        return Ok(points);
    }
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Err(Refusal::OutOfRange { what: "points of a drawing", min: number(min), max: number(max) })
}

/// Its way is looked at sample by sample, so it has an end.
fn check_way(points: &[Point]) -> Result<(), Refusal> {
    let leg = |leg: &[Point]| u64::from(leg[0].x.abs_diff(leg[1].x).max(leg[0].y.abs_diff(leg[1].y)));
    let length: u64 = points.windows(2).map(leg).sum();
    let max = limits::DRAWING_WAY_CELLS_MAX;
    if length > u64::from(max) * u64::from(CELL.unsigned_abs()) {
        let what = "the length of a drawn line, in cells";
        return Err(Refusal::OutOfRange { what, min: 0, max: max.into() });
    }
    Ok(())
}
