//! What a roll leaves behind: stored in the event, shown to those who may know it.

use serde::{Deserialize, Serialize};

use super::Number;

/// A roll with every die.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollRecord {
    /// As given.
    pub formula: String,
    /// As understood; parses to the same expression.
    pub parsed: String,
    /// The result.
    pub total: Number,
    /// Dice thrown together, in written order.
    pub pools: Vec<Pool>,
    /// What was decided for the roller, in sentences.
    pub notes: Vec<String>,
    /// The text after `#`.
    pub flavour: Option<String>,
}

/// Dice thrown together.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// As understood: `4d6kh3`.
    pub notation: String,
    /// The text in square brackets.
    pub label: Option<String>,
    /// The dice, in the order thrown.
    pub dice: Vec<Die>,
    /// What the pool counts for.
    pub result: Number,
}

/// One die.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Die {
    /// What it counts.
    pub value: i32,
    /// Every face it showed, in order.
    pub throws: Vec<i32>,
    /// What happened to it, each at most once.
    pub marks: Vec<Mark>,
}

/// What happened to a die.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Does not count.
    Dropped,
    /// Brought another die, or another throw of itself.
    Exploded,
    /// Was thrown again.
    Rerolled,
    /// Was raised or lowered to a bound.
    Clamped,
    /// Counted as a success.
    Success,
    /// Counted as a failure.
    Failure,
    /// Shows its highest face.
    Highest,
    /// Shows its lowest face.
    Lowest,
}

impl Mark {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Exploded => "exploded",
            Self::Rerolled => "rerolled",
            Self::Clamped => "clamped",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Highest => "highest",
            Self::Lowest => "lowest",
        }
    }
}

impl Die {
    /// Whether it counts.
    pub fn is_kept(&self) -> bool {
        !self.marks.contains(&Mark::Dropped)
    }

    /// The words for what happened to it.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.marks.iter().map(|mark| mark.word())
    }

    pub(crate) fn mark(&mut self, mark: Mark) {
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
    }
}
