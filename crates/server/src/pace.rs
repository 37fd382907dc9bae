//! How fast a person may do what: a budget for each kind of frame, shared by all the connections of an account, so that
//! another tab is no way around it. What goes beyond it costs its sender an answer and the table nothing.
//!
//! The kinds and figures follow the OWASP WebSocket sheet's advice to limit messages by what they do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::{ClientFrame, Command};
use tabletop::dice::ChatLine;
use tabletop::id::AccountId;

use crate::bucket::{Bucket, Rate};
use crate::limits::{COMMAND_RATE, FLEETING_RATE, FRAMES_PER_SECOND_MAX, LINE_RATE, ROLL_RATE};

/// What counts together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Tokens that are shown while they are dragged, rulers, pings, looks through a player's eyes: lost ones are not missed.
    Fleeting,
    /// A line of chat.
    Line,
    /// A roll of dice.
    Roll,
    /// Every other command.
    Command,
}

impl Kind {
    const COUNT: usize = 4;
    /// In the order of their numbers.
    const ALL: [Self; Self::COUNT] = [Self::Fleeting, Self::Line, Self::Roll, Self::Command];

    /// What a frame counts as; `None` for what the life of a connection needs.
    pub(crate) fn of(frame: &ClientFrame) -> Option<Self> {
        match frame {
            ClientFrame::Hello { .. } | ClientFrame::Renew { .. } => None,
            // The end of a drag or a ruler always arrives.
            ClientFrame::Drag { ghosts } if ghosts.is_empty() => None,
            ClientFrame::Ruler { points } if points.is_empty() => None,
            ClientFrame::Drag { .. }
            | ClientFrame::Ruler { .. }
            | ClientFrame::Ping { .. }
            | ClientFrame::Mirror { .. } => Some(Self::Fleeting),
            ClientFrame::Command { command: Command::Say { line, .. }, .. } => {
                Some(if ChatLine::is_roll(line) { Self::Roll } else { Self::Line })
            }
            ClientFrame::Command { .. } => Some(Self::Command),
        }
    }

    /// So many a second on the average, and so many at once.
    const fn rate(self) -> Rate {
        match self {
            Self::Fleeting => FLEETING_RATE,
            Self::Line => LINE_RATE,
            Self::Roll => ROLL_RATE,
            Self::Command => COMMAND_RATE,
        }
    }
}

/// The budgets of one account.
pub(crate) struct Pace {
    factor: f64,
    kinds: Mutex<[Bucket; Kind::COUNT]>,
}

impl Pace {
    fn full(factor: f64, now_ms: u64) -> Self {
        Self {
            factor,
            kinds: Mutex::new(Kind::ALL.map(|kind| Bucket::full(kind.rate().times(factor), now_ms))),
        }
    }

    /// Whether another of a kind fits.
    pub(crate) fn spend(&self, kind: Kind, now_ms: u64) -> bool {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds[kind as usize].take(kind.rate().times(self.factor), 1, now_ms).is_ok()
    }

    fn is_full(&self, now_ms: u64) -> bool {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        Kind::ALL
            .iter()
            .zip(kinds.iter())
            .all(|(kind, bucket)| bucket.is_full(kind.rate().times(self.factor), now_ms))
    }
}

/// The budgets of all who are connected or spent some lately: leaving and coming back fills nothing.
pub(crate) struct Paces {
    of: Mutex<HashMap<AccountId, Arc<Pace>>>,
    /// Whom load tests let hurry.
    factor: f64,
}

impl Paces {
    /// The usual budgets, or larger ones by as much as a connection may send more frames than usual.
    pub(crate) fn of_frames(per_second: u32) -> Self {
        let factor = f64::from(per_second) / f64::from(FRAMES_PER_SECOND_MAX);
        Self { of: Mutex::default(), factor: factor.max(1.0) }
    }

    /// The budgets of an account, the same for each of its connections.
    pub(crate) fn of(&self, account: AccountId, now_ms: u64) -> Arc<Pace> {
        let mut held = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who left and have a full budget again are forgotten before the map grows.
        if held.len() == held.capacity() && !held.contains_key(&account) {
            held.retain(|_, pace| Arc::strong_count(pace) > 1 || !pace.is_full(now_ms));
        }
        Arc::clone(held.entry(account).or_insert_with(|| Arc::new(Pace::full(self.factor, now_ms))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(line: &str) -> ClientFrame {
        let command = Command::Say { line: line.to_owned(), speak_as: None };
        ClientFrame::Command { id: "a".to_owned(), command }
    }

    #[test]
    fn each_frame_counts_as_what_it_does() {
        assert_eq!(Kind::of(&say("hello /r 1d20")), Some(Kind::Line));
        assert_eq!(Kind::of(&say("  /GR 1d20")), Some(Kind::Roll));
        assert_eq!(Kind::of(&say("//r 1d20")), Some(Kind::Line));
        let undo = ClientFrame::Command { id: "a".to_owned(), command: Command::Undo {} };
        assert_eq!(Kind::of(&undo), Some(Kind::Command));
        assert_eq!(Kind::of(&ClientFrame::Drag { ghosts: Vec::new() }), None);
        assert_eq!(Kind::of(&ClientFrame::Mirror { seat: None }), Some(Kind::Fleeting));
    }

    #[test]
    fn a_budget_is_spent_once_by_all_connections_of_an_account_and_refills() {
        let (paces, now) = (Paces::of_frames(FRAMES_PER_SECOND_MAX), 0);
        let (one, other) = (AccountId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
        let (tab, second_tab) = (paces.of(one, now), paces.of(one, now));
        let taken = (0..100).filter(|turn| [&tab, &second_tab][turn % 2].spend(Kind::Line, now)).count();
        assert_eq!(taken, 10);
        assert!(tab.spend(Kind::Roll, now), "another kind has a budget of its own");
        assert!(paces.of(other, now).spend(Kind::Line, now), "and so has another account");
        let later = 1_500;
        let taken = (0..100).filter(|_| second_tab.spend(Kind::Line, later)).count();
        assert_eq!(taken, 3);
    }

    #[test]
    fn whoever_left_is_forgotten_once_their_budget_is_full() {
        let (paces, now) = (Paces::of_frames(FRAMES_PER_SECOND_MAX), 0);
        let hasty = AccountId::from_bytes([1; 16]);
        while paces.of(hasty, now).spend(Kind::Line, now) {}
        let come_and_go = |now| {
            for number in 0..10_000_u128 {
                let _pace = paces.of(AccountId::from_bytes(number.to_be_bytes()), now);
            }
        };
        come_and_go(now);
        assert!(paces.of.lock().unwrap().len() < 100);
        assert!(!paces.of(hasty, now).spend(Kind::Line, now), "coming back fills nothing");
        let later = 60_000;
        come_and_go(later);
        assert!(!paces.of.lock().unwrap().contains_key(&hasty));
    }
}
