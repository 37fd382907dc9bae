//! Secrets that are given away on purpose, so that tests of secrecy can be seen to fail. See [`crate::testing`].

use protocol::{Command as WireCommand, Update};
use tabletop::audience::Patch;
use tabletop::event::{Event, SeatState};
use tabletop::id::SeatId;
use tabletop::refusal::Refusal;

use super::Actor;
use crate::testing::Leak;

/// The handle of a token that nobody has.
const NOBODYS: u32 = u32::MAX - 1;

/// The first token that a command names.
pub(super) fn first_token(command: &WireCommand) -> Option<u32> {
    match command {
        WireCommand::MoveTokens { moves } => moves.first().map(|walk| walk.token),
        WireCommand::EditTokens { tokens, .. } | WireCommand::RemoveTokens { tokens } => {
            tokens.first().copied()
        }
        _ => None,
    }
}

impl Actor {
    /// An update, with what the leak that is switched on puts into it.
    pub(super) fn leaking(&self, mut update: Update) -> Update {
        let number = u32::try_from(self.seq).unwrap_or(u32::MAX);
        if self.shared.testing.leaks(Leak::SharedRevision)
            && let Some(explored) = &mut update.explored
        {
            explored.revision = number;
        }
        if self.shared.testing.leaks(Leak::SharedMessageNumber) {
            update.messages.iter_mut().for_each(|message| message.message = number);
        }
        if self.shared.testing.leaks(Leak::CountOfKnocks)
            && let Some(seat) = update.seats.first_mut()
        {
            let knocking = self.live.seats().filter(|seat| seat.state == SeatState::Knocking);
            seat.color = u32::try_from(knocking.count()).unwrap_or(0);
        }
        update
    }

    /// A refusal that tells whether a token of a number exists.
    pub(super) fn telling(&self, refusal: Refusal, asked: Option<u32>) -> Refusal {
        let is_there = |number| self.live.snapshot().tokens.iter().any(|(token, _)| token.0 == number);
        let tells = self.shared.testing.leaks(Leak::TellingRefusal) && asked.is_some_and(is_there);
        if tells { Refusal::NotYourToken } else { refusal }
    }

    /// Frames that tell nothing but that something happened, or that something went which was never seen.
    pub(super) fn leak_frames(&self, events: &[Event], patches: &mut Vec<(SeatId, Patch)>) {
        let testing = self.shared.testing;
        let removed = events.iter().any(|event| match event {
            Event::TokensSet { tokens, .. } => tokens.iter().any(|token| token.is.is_none()),
            _ => false,
        });
        let gone = testing.leaks(Leak::GoneForUnseen) && removed;
        let hollow = testing.leaks(Leak::FrameForEveryEvent) && !events.is_empty();
        if !gone && !hollow {
            return;
        }
        for seat in self.audience.online() {
            if !patches.iter().any(|(viewer, _)| viewer == seat) {
                patches.push((*seat, Patch::default()));
            }
        }
        if gone {
            patches.iter_mut().for_each(|(_, patch)| patch.gone.push(NOBODYS));
        }
    }
}
