//! First answers to commands: a command that is sent again is not done again.

use std::collections::{HashMap, VecDeque};

use protocol::Refused;
use tabletop::id::{CommandId, SeatId};

use crate::limits::ANSWERS_PER_SEAT_MAX;

/// The first answer to a command, for whoever sends it again.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct FirstAnswer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<Refused>,
    #[serde(default)]
    pub(super) stopped: bool,
}

/// The newest answers of each seat.
#[derive(Default)]
pub(crate) struct Answers {
    of: HashMap<SeatId, SeatAnswers>,
}

#[derive(Default)]
struct SeatAnswers {
    by_id: HashMap<CommandId, FirstAnswer>,
    order: VecDeque<CommandId>,
}

impl Answers {
    pub(super) fn get(&self, seat: SeatId, id: &CommandId) -> Option<&FirstAnswer> {
        self.of.get(&seat)?.by_id.get(id)
    }

    pub(crate) fn remember(&mut self, seat: SeatId, id: CommandId, answer: FirstAnswer) {
        let held = self.of.entry(seat).or_default();
        if held.by_id.insert(id.clone(), answer).is_none() {
            held.order.push_back(id);
        }
        if held.order.len() > ANSWERS_PER_SEAT_MAX
            && let Some(oldest) = held.order.pop_front()
        {
            held.by_id.remove(&oldest);
        }
    }
}
