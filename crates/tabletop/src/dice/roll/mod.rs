//! From expression to record: throws the dice, in written order.
//!
//! Nothing here can refuse: what the dice make impossible makes the roll void, so that an answer never tells what a
//! die showed that the answer's reader may not see. Start reading at [`Thrower::roll`].

mod count;
mod group;
mod hand;
mod pool;

pub(super) use count::less_margin;
pub(super) use group::settle;

use super::arithmetic::{Fault, dice_count, side_count};
use super::check::{is_endless, is_fixed};
use super::expression::{Dice, DiceExpression, Expr, Modifier, Sides, Stage};
use super::faces::Faces;
use super::print::Unlabelled;
use super::{Entropy, Group, Mark, Number, Pool, RollRecord, Sort};
use hand::Hand;

/// Throws the rolls of one line of chat: their dice have limits together.
pub(super) struct Thrower<'a> {
    hand: Hand<'a>,
    pools: Vec<Pool>,
    groups: Vec<Group>,
}

impl<'a> Thrower<'a> {
    /// `sure_dice` is how many all rolls to come throw in any case, at most [`DICE_MAX`](super::DICE_MAX).
    pub(super) fn new(entropy: &'a mut dyn Entropy, sure_dice: usize) -> Self {
        Self { hand: Hand::new(entropy, sure_dice), pools: Vec::new(), groups: Vec::new() }
    }

    pub(super) fn roll(&mut self, expression: &DiceExpression) -> RollRecord {
        let total = self.value(&expression.root);
        let mut notes = expression.notes.clone();
        notes.append(&mut self.hand.notes);
        if let Err(fault) = total {
            notes.push(format!("void: {fault}"));
        }
        RollRecord {
            formula: expression.formula.clone(),
            parsed: expression.to_string(),
            total: total.ok(),
            pools: std::mem::take(&mut self.pools),
            groups: std::mem::take(&mut self.groups),
            notes,
            flavour: expression.flavour.clone(),
        }
    }

    fn value(&mut self, expr: &Expr) -> Result<Number, Fault> {
        match expr {
            Expr::Number(number) => Ok(*number),
            Expr::Negative(inner) => Ok(self.value(inner)?.negated()),
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                operator.apply(left, right)
            }
            Expr::Call(function, arguments) => {
                let values = arguments.iter().map(|argument| self.value(argument));
                Ok(function.apply(&values.collect::<Result<Vec<_>, _>>()?))
            }
            Expr::Dice(dice) => self.dice(dice),
            Expr::Group(group) => self.group(group),
        }
    }

    /// Throws dice together; their pool is the last afterwards.
    fn dice(&mut self, dice: &Dice) -> Result<Number, Fault> {
        let count = dice_count(self.value(&dice.count)?)?;
        let faces = match &dice.sides {
            Sides::Number(sides) => Faces::of(side_count(self.value(sides)?)?),
            Sides::Fudge => Faces::FUDGE,
            Sides::Coin => Faces::COIN,
        };
        if is_endless(&dice.modifiers, faces) {
            return Err(Fault::Endless);
        }
        let mut thrown = if is_fixed(&dice.count) {
            self.hand.sure(faces, count)?
        } else {
            self.hand.unsure(faces, count)?
        };
        for modifier in dice.modifiers.iter().filter(|modifier| modifier.stage() == Stage::Change) {
            pool::change(&mut self.hand, *modifier, faces, &mut thrown)?;
        }
        for die in &mut thrown {
            match *die.throws.last().unwrap_or(&0) {
                _ if faces.lowest == faces.highest => {}
                face if face == faces.highest => die.mark(Mark::Highest),
                face if face == faces.lowest => die.mark(Mark::Lowest),
                _ => {}
            }
        }
        let counted = count::count(&dice.modifiers, &mut thrown, |when, value| faces.meets(when, value))?;
        let result = less_margin(&dice.modifiers, counted)?;
        self.pools.push(Pool {
            notation: Unlabelled(dice).to_string(),
            label: dice.label.clone(),
            dice: thrown,
            sort: sort(&dice.modifiers),
            result,
        });
        Ok(result)
    }
}

fn sort(modifiers: &[Modifier]) -> Option<Sort> {
    modifiers.iter().find_map(|modifier| match modifier {
        Modifier::Sort(sort) => Some(*sort),
        _ => None,
    })
}
