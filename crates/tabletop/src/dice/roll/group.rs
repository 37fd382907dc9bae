//! Groups in braces: of several entries the sub-totals are kept and counted, of one its dice.

use super::{Thrower, count, less_margin, sort};
use crate::dice::arithmetic::Fault;
use crate::dice::check::is_fixed;
use crate::dice::expression::{Condition, Expr, Group, Modifier, Operator};
use crate::dice::print::Unlabelled;
use crate::dice::{Die, Mark, Number, Pool, Subtotal, record};

/// Keeps, drops and counts sub-totals.
pub(in super::super) fn settle(modifiers: &[Modifier], entries: &mut [Subtotal]) -> Result<Number, Fault> {
    for modifier in modifiers {
        count::select(*modifier, entries);
    }
    less_margin(modifiers, count::count(modifiers, entries, meets)?)
}

impl Subtotal {
    /// An entry that comes to a value.
    pub(in super::super) fn new(entry: &Expr, value: Number) -> Self {
        Self { notation: entry.to_string(), value, marks: Vec::new() }
    }
}

impl Thrower<'_> {
    pub(super) fn group(&mut self, group: &Group) -> Result<Number, Fault> {
        let (entries, result) = match group.entries.as_slice() {
            [only] if !group.modifiers.is_empty() => self.dice_of(only, &group.modifiers)?,
            _ => self.entries(group)?,
        };
        self.groups.push(record::Group {
            notation: Unlabelled(group).to_string(),
            label: group.label.clone(),
            sort: sort(&group.modifiers).filter(|_| entries.len() > 1),
            entries,
            result,
        });
        Ok(result)
    }

    fn entries(&mut self, group: &Group) -> Result<(Vec<Subtotal>, Number), Fault> {
        let mut entries = Vec::with_capacity(group.entries.len());
        let mut pools = Vec::with_capacity(group.entries.len());
        for entry in &group.entries {
            let first = self.pools.len();
            let value = self.value(entry)?;
            entries.push(Subtotal::new(entry, value));
            pools.push(first..self.pools.len());
        }
        let result = settle(&group.modifiers, &mut entries)?;
        for (_, pools) in entries.iter().zip(pools).filter(|(entry, _)| !entry.is_kept()) {
            for die in self.pools[pools].iter_mut().flat_map(|pool| &mut pool.dice) {
                die.mark(Mark::Dropped);
            }
        }
        Ok((entries, result))
    }

    /// A group of one entry: keeps and counts the dice that are added up in it, pool by pool. Numbers stay, and so do
    /// dice that only say how many dice or sides there are.
    fn dice_of(&mut self, entry: &Expr, modifiers: &[Modifier]) -> Result<(Vec<Subtotal>, Number), Fault> {
        let mut added = Vec::new();
        let mut value = self.add_up(entry, &mut added)?;
        let pools = self.pools.iter_mut().enumerate().filter(|(index, _)| added.contains(index));
        let mut pools: Vec<&mut Pool> = pools.map(|(_, pool)| pool).collect();
        let mut dice: Vec<&mut Die> = pools.iter_mut().flat_map(|pool| &mut pool.dice).collect();
        for modifier in modifiers {
            count::select(*modifier, &mut dice);
        }
        for pool in pools {
            pool.result = count::count(modifiers, &mut pool.dice, meets)?;
            pool.sort = sort(modifiers).or(pool.sort);
            value = Operator::Add.apply(value, pool.result)?;
        }
        Ok((vec![Subtotal::new(entry, value)], less_margin(modifiers, value)?))
    }

    /// Throws the dice of a sum; notes their pools and gives the sum of the numbers.
    fn add_up(&mut self, entry: &Expr, added: &mut Vec<usize>) -> Result<Number, Fault> {
        match entry {
            Expr::Dice(dice) => {
                self.dice(dice)?;
                added.push(self.pools.len() - 1);
                Ok(Number::ZERO)
            }
            Expr::Binary(operator @ (Operator::Add | Operator::Subtract), left, right)
                if !is_fixed(entry) =>
            {
                let left = self.add_up(left, added)?;
                operator.apply(left, self.add_up(right, added)?)
            }
            fixed => self.value(fixed),
        }
    }
}

/// The conditions of a group compare with a number: faces mean nothing to it.
fn meets(when: Condition, value: Number) -> bool {
    match when {
        Condition::Is(comparison, than) => comparison.holds(value, Number::from(than)),
        Condition::Highest | Condition::Lowest => false,
    }
}
