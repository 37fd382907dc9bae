//! Dice notation: parse, throw, record. The reference for players is `docs/dice.md`.
//!
//! A formula becomes a [`DiceExpression`], which throws its dice from an [`Entropy`] into a [`RollRecord`]: every die,
//! every face it showed, what was kept and why. Arithmetic is exact; everything that could grow has a cap. A line of
//! chat, with its slash commands and inline rolls, becomes a [`ChatLine`]. Whether a formula is refused depends on its
//! text alone: what only some throws make impossible is a void roll, which is told like any other.

mod arithmetic;
mod chat;
mod check;
mod entropy;
mod expression;
mod faces;
mod number;
mod parse;
mod plain;
mod print;
mod record;
mod roll;

pub use chat::{Addressee, ChatError, ChatKind, ChatLine, Inline, RollMode};
pub use entropy::{Entropy, draw};
pub use expression::DiceExpression;
pub use number::{FRACTION_DIGITS_MAX, NUMBER_MAX, Number};
pub use record::{Die, Group, Mark, Pool, RollRecord, Sort, Subtotal};

/// A formula, in bytes.
pub const FORMULA_BYTES_MAX: usize = 512;
/// Nesting of brackets.
pub const DEPTH_MAX: usize = 16;
/// Dice of a line of chat, all its rolls and their explosions together.
pub const DICE_MAX: usize = 1_000;
/// Throws of a line of chat: its dice, and each time that one is thrown again.
pub const THROWS_MAX: usize = 4_000;
/// Sides of a die.
pub const SIDES_MAX: i32 = 1_000_000;
/// Times that one die explodes.
pub const EXPLOSIONS_PER_DIE_MAX: usize = 100;
/// Times that one die is thrown again.
pub const REROLLS_PER_DIE_MAX: usize = 100;
/// A number in a formula, at most.
pub const LITERAL_MAX: i64 = 1_000_000_000;

/// A formula is not understood, or can never be thrown. The sentence is for the player.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DiceError {
    /// Where in the formula, in bytes from its start; `None` for the roll as a whole.
    pub position: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl DiceError {
    fn at(position: usize, message: impl Into<String>) -> Self {
        Self { position: Some(position), message: message.into() }
    }

    fn roll(message: impl Into<String>) -> Self {
        Self { position: None, message: message.into() }
    }
}
