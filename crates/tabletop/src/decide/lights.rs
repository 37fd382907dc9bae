//! Decisions about lights and senses.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, color_in_range};
use crate::command::{LightChange, NewLight};
use crate::event::{Event, Glow, LightRecord, Senses};
use crate::geometry::CELL;
use crate::id::{LightId, SceneId, SeatId};
use crate::limits;
use crate::refusal::{Refusal, at_most};
use crate::table::Table;
use crate::view::Entity;

/// How much more and how much less of the ground lights would reach, by scene.
#[derive(Default)]
pub(super) struct LitChange(BTreeMap<SceneId, (u64, u64)>);

impl LitChange {
    /// A light is there now that was not, or shines otherwise.
    pub(super) fn note(&mut self, scene: SceneId, was: Option<Glow>, is: Option<Glow>) {
        let (more, less) = self.0.entry(scene).or_default();
        *less += was.map_or(0, lit_cells);
        *more += is.map_or(0, lit_cells);
    }
}

/// The cells of the square around a light's reach.
fn lit_cells(glow: Glow) -> u64 {
    let reach = u64::from(glow.bright.max(glow.dim).max(0).unsigned_abs());
    let side = (2 * reach).div_ceil(u64::from(CELL.unsigned_abs()));
    side * side
}

impl Table {
    /// Refuses what would let lights reach more than they may; what reaches less is never refused.
    pub(super) fn check_lit(&self, LitChange(changes): &LitChange) -> Result<(), Refusal> {
        for (id, (more, less)) in changes.iter().filter(|(_, (more, less))| more > less) {
            let placed = self.scene(*id).into_iter().flat_map(|scene| scene.lights.values());
            let carried = self.tokens_on(*id).filter_map(|(_, token)| token.emission);
            let lit: u64 = placed.map(LightRecord::glow).chain(carried).map(lit_cells).sum();
            check_lit_cells(lit.saturating_sub(*less) + more)?;
        }
        Ok(())
    }

    pub(super) fn add_lights(&self, seat: SeatId, new: &[NewLight]) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        lights_in_command(new.len())?;
        at_most(scene.lights.len() + new.len(), limits::LIGHTS_PER_SCENE_MAX, "lights in a scene")?;
        let mut lights = Vec::with_capacity(new.len());
        for (number, new) in (self.next_ids().light..).zip(new) {
            if !scene.contains(new.at) {
                return Err(Refusal::OutsideScene);
            }
            let Glow { bright, dim, color, cone } = checked_glow(new.glow)?;
            let (light, bright) = (LightId(number), Some(bright));
            lights.push(LightRecord { light, at: new.at, range: dim, color, bright, cone, on: new.on });
        }
        let mut lit = LitChange::default();
        lights.iter().for_each(|light| lit.note(id, None, Some(light.glow())));
        self.check_lit(&lit)?;
        let made = match lights.as_slice() {
            [] => return Ok(Decision::default()),
            [one] => Some(Entity::Light(one.light)),
            [_, ..] => None,
        };
        Ok(Decision {
            events: vec![Event::LightsSet { by: Some(seat), scene: id, lights }],
            made,
            ..Decision::default()
        })
    }

    pub(super) fn edit_lights(
        &self,
        seat: SeatId,
        ids: &[LightId],
        change: &LightChange,
    ) -> Result<Decision, Refusal> {
        let (id, scene) = self.scene_in_view(seat)?;
        lights_in_command(ids.len())?;
        let mut lights = Vec::with_capacity(ids.len());
        let mut lit = LitChange::default();
        // Each once, or what it was before could not be told.
        for light in ids.iter().collect::<BTreeSet<_>>() {
            let mut record = *scene.lights.get(light).ok_or(Refusal::Unknown)?;
            record.at = change.at.unwrap_or(record.at);
            if !scene.contains(record.at) {
                return Err(Refusal::OutsideScene);
            }
            let is = record.glow();
            let glow = checked_glow(Glow {
                bright: change.bright.unwrap_or(is.bright),
                dim: change.dim.unwrap_or(is.dim),
                color: change.color.unwrap_or(is.color),
                cone: change.cone.unwrap_or(is.cone),
            })?;
            record.bright = Some(glow.bright);
            (record.range, record.color, record.cone) = (glow.dim, glow.color, glow.cone);
            record.on = change.on.unwrap_or(record.on);
            lit.note(id, Some(is), Some(glow));
            lights.push(record);
        }
        self.check_lit(&lit)?;
        if lights.is_empty() {
            return Ok(Decision::default());
        }
        Ok(Event::LightsSet { by: Some(seat), scene: id, lights }.into())
    }

    pub(super) fn remove_lights(&self, seat: SeatId, mut lights: Vec<LightId>) -> Result<Decision, Refusal> {
        let (scene, ground) = self.scene_in_view(seat)?;
        lights_in_command(lights.len())?;
        lights.sort_unstable();
        lights.dedup();
        if lights.iter().any(|light| !ground.lights.contains_key(light)) {
            return Err(Refusal::Unknown);
        }
        Ok(Event::LightsRemoved { by: Some(seat), scene, lights }.into())
    }
}

/// Refuses a scene whose lights would reach more than they may.
pub(super) fn check_lit_cells(cells: u64) -> Result<(), Refusal> {
    let max = limits::LIT_CELLS_PER_SCENE_MAX;
    let out = |max| Refusal::OutOfRange {
        what: "the ground that the lights of a scene reach, in cells",
        min: 0,
        max,
    };
    if cells <= max { Ok(()) } else { Err(out(i64::try_from(max).unwrap_or(i64::MAX))) }
}

/// What the lights of a scene that comes from a file would reach.
pub(super) fn check_new_lights(lights: &[LightRecord]) -> Result<(), Refusal> {
    check_lit_cells(lights.iter().map(|light| lit_cells(light.glow())).sum())
}

fn lights_in_command(count: usize) -> Result<(), Refusal> {
    at_most(count, limits::LIGHTS_PER_COMMAND_MAX, "lights in one command")
}

/// A glow whose numbers are all in range.
pub(super) fn checked_glow(glow: Glow) -> Result<Glow, Refusal> {
    reach(glow.bright, "how far a light shines brightly, in cells", limits::LIGHT_CELLS_MAX)?;
    reach(glow.dim, "how far a light shines, in cells", limits::LIGHT_CELLS_MAX)?;
    color_in_range(glow.color)?;
    if let Some(cone) = glow.cone {
        let in_range = |value: u32, min: u32, max: u32, what| {
            let out = Refusal::OutOfRange { what, min: min.into(), max: max.into() };
            if (min..=max).contains(&value) { Ok(()) } else { Err(out) }
        };
        in_range(cone.direction, 0, 359, "the direction of a light's cone, in degrees")?;
        in_range(cone.half_angle, 1, 179, "half the angle of a light's cone, in degrees")?;
    }
    Ok(glow)
}

/// Senses whose numbers are all in range.
pub(super) fn checked_senses(senses: Senses) -> Result<Senses, Refusal> {
    let max = limits::SENSE_CELLS_MAX;
    reach(senses.sight_range.unwrap_or(0), "how far a token sees, in cells", max)?;
    reach(senses.darkvision, "how far a token sees without light, in cells", max)?;
    reach(senses.tremorsense, "how far a token feels others, in cells", max)?;
    Ok(senses)
}

fn reach(units: i32, what: &'static str, cells_max: i32) -> Result<(), Refusal> {
    let fits = (0..=cells_max * CELL).contains(&units);
    if fits { Ok(()) } else { Err(Refusal::OutOfRange { what, min: 0, max: i64::from(cells_max) }) }
}
