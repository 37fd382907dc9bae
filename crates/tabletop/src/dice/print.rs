//! From expression to canonical text, which [`super::parse`] reads back to the same expression.
//!
//! Brackets stand only where the typed formula needed them too, so that the text is nested no deeper.

use std::fmt::{Display, Formatter, Result};

use super::expression::{Condition, Dice, DiceExpression, Expr, Group, Modifier, Operator, Sides};

impl Display for DiceExpression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.root)?;
        match &self.flavour {
            Some(flavour) => write!(f, " # {flavour}"),
            None => Ok(()),
        }
    }
}

impl Operator {
    const fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Remainder => '%',
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Negative(inner) if matches!(**inner, Self::Binary(..) | Self::Negative(_)) => {
                write!(f, "-({inner})")
            }
            Self::Negative(inner) => write!(f, "-{inner}"),
            Self::Binary(operator, left, right) => {
                let sums = matches!(operator, Operator::Add | Operator::Subtract);
                match &**left {
                    left if !sums && is_sum(left) => write!(f, "({left})")?,
                    left => write!(f, "{left}")?,
                }
                write!(f, " {} ", operator.symbol())?;
                match &**right {
                    right if is_sum(right) || !sums && matches!(right, Self::Binary(..)) => {
                        write!(f, "({right})")
                    }
                    right => write!(f, "{right}"),
                }
            }
            Self::Call(function, arguments) => {
                write!(f, "{}(", function.word())?;
                list(f, arguments)?;
                f.write_str(")")
            }
            Self::Dice(dice) => {
                write!(f, "{}", Unlabelled(&**dice))?;
                label(f, dice.label.as_deref())
            }
            Self::Group(group) => {
                write!(f, "{}", Unlabelled(group))?;
                label(f, group.label.as_deref())
            }
        }
    }
}

/// Dice or a group without the label, which stands elsewhere in the record.
pub(super) struct Unlabelled<'a, T>(pub(super) &'a T);

impl Display for Unlabelled<'_, Dice> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        operand(f, &self.0.count)?;
        match &self.0.sides {
            Sides::Number(sides) => {
                f.write_str("d")?;
                operand(f, sides)?;
            }
            Sides::Fudge => f.write_str("dF")?,
            Sides::Coin => f.write_str("dc")?,
        }
        self.0.modifiers.iter().try_for_each(|modifier| modifier.fmt(f))
    }
}

impl Display for Unlabelled<'_, Group> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("{")?;
        list(f, &self.0.entries)?;
        f.write_str("}")?;
        self.0.modifiers.iter().try_for_each(|modifier| modifier.fmt(f))
    }
}

impl Display for Modifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // After "u" and "x" the word "odd" would read as their last letter.
        let space = if *self == Self::Odd { " " } else { "" };
        write!(f, "{space}{}", self.word())?;
        match self {
            Self::KeepHighest(n)
            | Self::KeepLowest(n)
            | Self::DropLowest(n)
            | Self::DropHighest(n)
            | Self::Least(n)
            | Self::Most(n)
            | Self::Margin(n) => write!(f, "{n}"),
            Self::RerollOnce(when)
            | Self::Reroll(when)
            | Self::Explode(when)
            | Self::ExplodeOnce(when)
            | Self::Compound(when)
            | Self::Penetrate(when)
            | Self::CompoundPenetrate(when)
            | Self::Successes(when)
            | Self::Failures(when)
            | Self::DeductFailures(when)
            | Self::SubtractFailing(when) => match when {
                Condition::Highest | Condition::Lowest => Ok(()),
                Condition::Is(comparison, value) => write!(f, "{}{value}", comparison.symbol()),
            },
            Self::Unique | Self::UniqueOnce | Self::Even | Self::Odd | Self::Sort(_) => Ok(()),
        }
    }
}

fn is_sum(expr: &Expr) -> bool {
    matches!(expr, Expr::Binary(Operator::Add | Operator::Subtract, ..))
}

fn list(f: &mut Formatter<'_>, entries: &[Expr]) -> Result {
    for (index, entry) in entries.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{entry}")?;
    }
    Ok(())
}

fn label(f: &mut Formatter<'_>, label: Option<&str>) -> Result {
    label.map_or(Ok(()), |label| write!(f, "[{label}]"))
}

/// A plain number, or a calculation in brackets.
fn operand(f: &mut Formatter<'_>, expr: &Expr) -> Result {
    match expr {
        Expr::Number(number) if number.to_integer().is_some() => write!(f, "{number}"),
        other => write!(f, "({other})"),
    }
}
