//! What calculations come to, and why some come to nothing.

use super::expression::{Function, Operator};
use super::{DICE_MAX, Number, SIDES_MAX};

/// A calculation comes to nothing. If the formula alone says so it is refused, if its dice do the roll is void.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("a number cannot be divided by zero")]
    DivisionByZero,
    #[error("the numbers grow too large")]
    TooLarge,
    #[error("the number of dice must be a whole number from 0 to {DICE_MAX}, not {0}")]
    Count(Number),
    #[error("the number of sides must be a whole number from 1 to {SIDES_MAX}, not {0}")]
    Sides(Number),
    #[error("a line of chat has at most {DICE_MAX} dice")]
    TooManyDice,
    #[error("every face would be thrown again, for ever")]
    Endless,
    #[error("the dice could not be thrown")]
    NoDraw,
}

impl Operator {
    pub(super) fn apply(self, left: Number, right: Number) -> Result<Number, Fault> {
        let result = match self {
            Self::Divide | Self::Remainder if right == Number::ZERO => return Err(Fault::DivisionByZero),
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide => left.checked_div(right),
            Self::Remainder => left.checked_rem(right),
        };
        result.ok_or(Fault::TooLarge)
    }
}

impl Function {
    /// `values` is never empty.
    pub(super) fn apply(self, values: &[Number]) -> Number {
        let first = values.first().copied().unwrap_or(Number::ZERO);
        match self {
            Self::Floor => first.floor(),
            Self::Ceil => first.ceil(),
            Self::Round => first.round(),
            Self::Abs => first.abs(),
            Self::Min => values.iter().copied().min().unwrap_or(first),
            Self::Max => values.iter().copied().max().unwrap_or(first),
        }
    }
}

/// How many dice a number means.
pub(super) fn dice_count(number: Number) -> Result<usize, Fault> {
    let count = number.to_integer().and_then(|count| usize::try_from(count).ok());
    count.filter(|count| *count <= DICE_MAX).ok_or(Fault::Count(number))
}

/// How many sides a number means.
pub(super) fn side_count(number: Number) -> Result<i32, Fault> {
    let sides = number.to_integer().and_then(|sides| i32::try_from(sides).ok());
    sides.filter(|sides| (1..=SIDES_MAX).contains(sides)).ok_or(Fault::Sides(number))
}
