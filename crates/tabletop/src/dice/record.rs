//! What a roll leaves behind: stored in the event, shown to those who may know it.
//!
//! From a record alone anybody can work out the total again: `parsed` says how, each pool in it gives its `result`, and
//! each result follows from the faces in `throws` and the modifiers in `notation`.

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
    /// The result. `None` if the roll is void: the dice made the calculation impossible, and the last note says how.
    pub total: Option<Number>,
    /// Dice thrown together, in the order thrown, which is the order written; dice that only say how many dice or
    /// sides there are come before those.
    pub pools: Vec<Pool>,
    /// The groups in braces, inner ones first, else in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
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
    /// The dice, in the order thrown: what explosions bring comes after the others.
    pub dice: Vec<Die>,
    /// How to show them, if not in the order thrown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// What the pool counts for, before a group of several entries keeps or drops it.
    pub result: Number,
}

/// Entries in braces, and what was made of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// As understood: `{1d6 + 2, 1d8}kh1`.
    pub notation: String,
    /// The text in square brackets.
    pub label: Option<String>,
    /// The entries, in the order written.
    pub entries: Vec<Subtotal>,
    /// How to show them, if not in the order written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// What the group counts for.
    pub result: Number,
}

/// One entry of a group.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subtotal {
    /// As understood: `1d6 + 2`.
    pub notation: String,
    /// What it comes to.
    pub value: Number,
    /// What happened to it, each at most once: [`Mark::Dropped`], [`Mark::Success`] or [`Mark::Failure`].
    pub marks: Vec<Mark>,
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

/// An order for showing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// From the lowest value to the highest.
    Ascending,
    /// From the highest value to the lowest.
    Descending,
}

/// What happened to a die.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Does not count.
    Dropped,
    /// Brought another die, or another throw of itself.
    Exploded,
    /// Was brought by another die.
    Extra,
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
            Self::Extra => "extra",
            Self::Rerolled => "rerolled",
            Self::Clamped => "clamped",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Highest => "highest",
            Self::Lowest => "lowest",
        }
    }
}

impl Sort {
    /// Indexes of values in this order; equal ones stay in the order given.
    fn order<T, V: Ord>(self, items: &[T], value: impl Fn(&T) -> V) -> Vec<&T> {
        let mut order: Vec<&T> = items.iter().collect();
        match self {
            Self::Ascending => order.sort_by_key(|item| value(item)),
            Self::Descending => order.sort_by_key(|item| std::cmp::Reverse(value(item))),
        }
        order
    }
}

impl Pool {
    /// The dice in the order for showing.
    pub fn shown(&self) -> Vec<&Die> {
        match self.sort {
            Some(sort) => sort.order(&self.dice, |die| die.value),
            None => self.dice.iter().collect(),
        }
    }
}

impl Group {
    /// The entries in the order for showing.
    pub fn shown(&self) -> Vec<&Subtotal> {
        match self.sort {
            Some(sort) => sort.order(&self.entries, |entry| entry.value),
            None => self.entries.iter().collect(),
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

    pub(super) fn mark(&mut self, mark: Mark) {
        add(&mut self.marks, mark);
    }
}

impl Subtotal {
    /// Whether it counts.
    pub fn is_kept(&self) -> bool {
        !self.marks.contains(&Mark::Dropped)
    }

    /// The words for what happened to it.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.marks.iter().map(|mark| mark.word())
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        add(&mut self.marks, mark);
    }
}

fn add(marks: &mut Vec<Mark>, mark: Mark) {
    if !marks.contains(&mark) {
        marks.push(mark);
    }
}
