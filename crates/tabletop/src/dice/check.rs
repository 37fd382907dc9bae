//! What a formula comes to whatever its dice show: a fault that is sure is refused before a die is thrown.
//!
//! So nobody learns from a refusal what dice showed. Faults that only some throws bring make the roll void instead.

use super::DICE_MAX;
use super::Number;
use super::arithmetic::{Fault, dice_count, side_count};
use super::expression::{Dice, Expr, Group, Modifier, Operator, Sides, Stage};
use super::faces::Faces;
use super::record::Subtotal;
use super::roll;

/// How many dice are thrown in any case.
pub(super) fn sure_dice(root: &Expr) -> Result<usize, Fault> {
    let dice = known(root)?.dice;
    if dice <= DICE_MAX { Ok(dice) } else { Err(Fault::TooManyDice) }
}

/// Whether no dice are in it.
pub(super) fn is_fixed(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        Expr::Negative(inner) => is_fixed(inner),
        Expr::Binary(_, left, right) => is_fixed(left) && is_fixed(right),
        Expr::Call(_, entries) | Expr::Group(Group { entries, .. }) => entries.iter().all(is_fixed),
        Expr::Dice(_) => false,
    }
}

/// Whether an expression is dice and numbers that are added, the dice not counted.
pub(super) fn adds_up(expr: &Expr) -> bool {
    match expr {
        Expr::Dice(dice) => {
            dice.modifiers.iter().all(|modifier| matches!(modifier.stage(), Stage::Change | Stage::Show))
        }
        Expr::Binary(Operator::Add, left, right) => adds_up(left) && adds_up(right),
        Expr::Binary(Operator::Subtract, left, right) => adds_up(left) && is_fixed(right),
        fixed => is_fixed(fixed),
    }
}

/// Whether dice would be thrown again whatever they show.
pub(super) fn is_endless(modifiers: &[Modifier], faces: Faces) -> bool {
    modifiers.iter().any(|modifier| matches!(modifier, Modifier::Reroll(when) if faces.all_meet(*when)))
}

struct Known {
    /// The value, if no dice are in it.
    value: Option<Number>,
    /// Dice that are thrown in any case.
    dice: usize,
}

fn known(expr: &Expr) -> Result<Known, Fault> {
    match expr {
        Expr::Number(number) => Ok(Known { value: Some(*number), dice: 0 }),
        Expr::Negative(inner) => {
            let Known { value, dice } = known(inner)?;
            Ok(Known { value: value.map(Number::negated), dice })
        }
        Expr::Binary(operator, left, right) => {
            let (left, right) = (known(left)?, known(right)?);
            let value = match (left.value, right.value) {
                (Some(left), Some(right)) => Some(operator.apply(left, right)?),
                // Whatever is divided.
                (None, Some(right)) if operator.apply(Number::ZERO, right) == Err(Fault::DivisionByZero) => {
                    return Err(Fault::DivisionByZero);
                }
                _ => None,
            };
            Ok(Known { value, dice: left.dice + right.dice })
        }
        Expr::Call(function, arguments) => {
            let (values, dice) = all_known(arguments)?;
            Ok(Known { value: values.map(|values| function.apply(&values)), dice })
        }
        Expr::Dice(dice) => Ok(Known { value: None, dice: dice_known(dice)? }),
        Expr::Group(group) => {
            let (values, dice) = all_known(&group.entries)?;
            let value = values.map(|values| group_known(group, values)).transpose()?;
            Ok(Known { value, dice })
        }
    }
}

/// The values, if no dice are in any, and the dice of all.
fn all_known(entries: &[Expr]) -> Result<(Option<Vec<Number>>, usize), Fault> {
    let entries = entries.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    Ok((entries.iter().map(|entry| entry.value).collect(), entries.iter().map(|entry| entry.dice).sum()))
}

fn dice_known(dice: &Dice) -> Result<usize, Fault> {
    let count = known(&dice.count)?;
    let (sides, faces) = match &dice.sides {
        Sides::Number(sides) => {
            let sides = known(sides)?;
            let faces = sides.value.map(side_count).transpose()?.map(Faces::of);
            (sides.dice, faces)
        }
        Sides::Fudge => (0, Some(Faces::FUDGE)),
        Sides::Coin => (0, Some(Faces::COIN)),
    };
    if faces.is_some_and(|faces| is_endless(&dice.modifiers, faces)) {
        return Err(Fault::Endless);
    }
    let own = count.value.map(dice_count).transpose()?.unwrap_or(0);
    Ok(own + count.dice + sides)
}

fn group_known(group: &Group, values: Vec<Number>) -> Result<Number, Fault> {
    match values.as_slice() {
        // Without dice there is nothing to keep and to count.
        [only] => roll::less_margin(&group.modifiers, *only),
        _ => {
            let entries = values.into_iter().zip(&group.entries);
            let mut entries: Vec<_> = entries.map(|(value, entry)| Subtotal::new(entry, value)).collect();
            roll::settle(&group.modifiers, &mut entries)
        }
    }
}
