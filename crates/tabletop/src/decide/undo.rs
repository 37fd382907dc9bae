//! Decisions about taking back and doing again.

use super::{Decision, UndoWindow};
use crate::event::{BuiltState, BuiltStep, Direction, Event, PortalRecord};
use crate::geometry::{CELL, Point};
use crate::id::SeatId;
use crate::limits;
use crate::permission::Rights;
use crate::refusal::{Refusal, at_most};
use crate::table::Table;

impl Table {
    pub(super) fn reset(
        &self,
        seat: SeatId,
        rights: Rights,
        window: UndoWindow,
        direction: Direction,
    ) -> Result<Decision, Refusal> {
        let history = self.history(seat);
        let step = match direction {
            Direction::Back => history.and_then(|held| held.done.last()).ok_or(Refusal::NothingToUndo)?,
            Direction::Forth => history.and_then(|held| held.undone.last()).ok_or(Refusal::NothingToRedo)?,
        };
        if let Some(fog) = &step.fog {
            return self.reset_fog(seat, direction, fog);
        }
        if let Some(built) = &step.built {
            return self.reset_built(seat, direction, built);
        }
        if let Some(drawings) = &step.drawings {
            return self.reset_drawings(seat, rights, direction, drawings);
        }
        let (is, becomes) = match direction {
            Direction::Back => (&step.after, &step.before),
            Direction::Forth => (&step.before, &step.after),
        };
        let unchanged = is.iter().all(|state| self.token(state.token) == state.is.as_ref());
        let scenes_stand = becomes
            .iter()
            .all(|state| state.is.as_ref().is_none_or(|token| self.scene(token.scene).is_some()));
        if !unchanged || !scenes_stand {
            return Err(Refusal::MovedOn);
        }
        if rights == Rights::Player {
            let mine =
                is.iter().all(|state| state.is.as_ref().is_some_and(|token| token.owners.contains(&seat)));
            if window == UndoWindow::Closed || !mine {
                return Err(Refusal::MovedOn);
            }
            for way in &step.ways {
                let Some(scene) = self.token(way.token).and_then(|token| self.scene(token.scene)) else {
                    continue;
                };
                let clear = |leg: &[Point]| match direction {
                    Direction::Back => scene.stopped_at(leg[1], leg[0], CELL).is_none(),
                    Direction::Forth => scene.stopped_at(leg[0], leg[1], CELL).is_none(),
                };
                if !way.path.windows(2).all(clear) {
                    return Err(Refusal::Blocked);
                }
            }
        }
        Ok(Event::TokensReset { by: seat, direction, tokens: becomes.clone() }.into())
    }

    /// Walls, doors, windows and lights of before, if nobody has changed them since. How a door stands is play, not
    /// building, and does not count.
    fn reset_built(&self, by: SeatId, direction: Direction, step: &BuiltStep) -> Result<Decision, Refusal> {
        let scene = self.scene(step.scene).ok_or(Refusal::MovedOn)?;
        let (is, becomes) = match direction {
            Direction::Back => (&step.after, &step.before),
            Direction::Forth => (&step.before, &step.after),
        };
        let place = |portal: &PortalRecord| (portal.a, portal.b);
        let stands = |state: &BuiltState| match state {
            BuiltState::Wall(id, is) => scene.ground.walls.get(id) == is.as_ref(),
            BuiltState::Portal(id, is) => scene.portals.get(id).map(place) == is.as_ref().map(place),
            BuiltState::Light(id, is) => scene.lights.get(id) == is.as_ref(),
        };
        if !is.iter().all(stands) {
            return Err(Refusal::MovedOn);
        }
        // Others may have built meanwhile.
        let (mut walls, mut portals, mut lights) =
            (scene.ground.walls.len(), scene.portals.len(), scene.lights.len());
        for state in becomes {
            match state {
                BuiltState::Wall(id, Some(_)) => walls += usize::from(!scene.ground.walls.contains_key(id)),
                BuiltState::Portal(id, Some(_)) => portals += usize::from(!scene.portals.contains_key(id)),
                BuiltState::Light(id, Some(_)) => lights += usize::from(!scene.lights.contains_key(id)),
                BuiltState::Wall(_, None) | BuiltState::Portal(_, None) | BuiltState::Light(_, None) => {}
            }
        }
        at_most(walls, limits::WALLS_PER_SCENE_MAX, "walls in a scene")?;
        at_most(portals, limits::PORTALS_PER_SCENE_MAX, "doors and windows in a scene")?;
        at_most(lights, limits::LIGHTS_PER_SCENE_MAX, "lights in a scene")?;
        Ok(Event::BuiltReset { by, direction, scene: step.scene, things: becomes.clone() }.into())
    }
}
