//! What dice, or the entries of a group, count for: which are kept, and how they are counted.

use crate::dice::arithmetic::Fault;
use crate::dice::expression::{Condition, Modifier, Operator};
use crate::dice::{Die, Mark, Number, Subtotal};

/// What can be kept, dropped and counted.
pub(super) trait Item {
    fn number(&self) -> Number;
    fn counts(&self) -> bool;
    fn put(&mut self, mark: Mark);
}

impl Item for Die {
    fn number(&self) -> Number {
        Number::from(self.value)
    }

    fn counts(&self) -> bool {
        self.is_kept()
    }

    fn put(&mut self, mark: Mark) {
        self.mark(mark);
    }
}

impl Item for Subtotal {
    fn number(&self) -> Number {
        self.value
    }

    fn counts(&self) -> bool {
        self.is_kept()
    }

    fn put(&mut self, mark: Mark) {
        self.mark(mark);
    }
}

impl<T: Item> Item for &mut T {
    fn number(&self) -> Number {
        (**self).number()
    }

    fn counts(&self) -> bool {
        (**self).counts()
    }

    fn put(&mut self, mark: Mark) {
        (**self).put(mark);
    }
}

/// Keeps and drops, if the modifier is about that. Of equal ones the first thrown comes first.
pub(super) fn select(modifier: Modifier, items: &mut [impl Item]) {
    let mut order: Vec<usize> = (0..items.len()).filter(|index| items[*index].counts()).collect();
    let size = |count: i32| usize::try_from(count).unwrap_or(0).min(order.len());
    let (dropped, highest_first) = match modifier {
        Modifier::KeepHighest(count) => (size(count)..order.len(), true),
        Modifier::KeepLowest(count) => (size(count)..order.len(), false),
        Modifier::DropHighest(count) => (0..size(count), true),
        Modifier::DropLowest(count) => (0..size(count), false),
        _ => return,
    };
    if highest_first {
        order.sort_by_key(|index| std::cmp::Reverse(items[*index].number()));
    } else {
        order.sort_by_key(|index| items[*index].number());
    }
    for index in &order[dropped] {
        items[*index].put(Mark::Dropped);
    }
}

/// The sum of what is kept, or what the counting modifiers make of it; without the margin.
pub(super) fn count(
    modifiers: &[Modifier],
    items: &mut [impl Item],
    meets: impl Fn(Condition, Number) -> bool,
) -> Result<Number, Fault> {
    let mut result = sum(items.iter().filter(|item| item.counts()).map(Item::number))?;
    // One modifier at most says what is counted, whatever is taken off afterwards.
    for modifier in modifiers {
        let even = |value: Number| value.to_integer().is_some_and(|value| value % 2 == 0);
        result = match *modifier {
            Modifier::Successes(when) => size(&mark(items, Mark::Success, |value| meets(when, value))),
            Modifier::Even => size(&mark(items, Mark::Success, even)),
            Modifier::Odd => size(&mark(items, Mark::Success, |value| !even(value))),
            Modifier::Failures(when) => size(&mark(items, Mark::Failure, |value| meets(when, value))),
            _ => continue,
        };
    }
    for modifier in modifiers {
        let less = match *modifier {
            Modifier::DeductFailures(when) => size(&mark(items, Mark::Failure, |value| meets(when, value))),
            Modifier::SubtractFailing(when) => sum(mark(items, Mark::Failure, |value| meets(when, value)))?,
            _ => continue,
        };
        result = Operator::Subtract.apply(result, less)?;
    }
    Ok(result)
}

/// The margin over what `ms` says, if it does.
pub(in super::super) fn less_margin(modifiers: &[Modifier], result: Number) -> Result<Number, Fault> {
    modifiers.iter().try_fold(result, |result, modifier| match *modifier {
        Modifier::Margin(than) => Operator::Subtract.apply(result, Number::from(than)),
        _ => Ok(result),
    })
}

/// Marks what is kept and fits; gives its values.
fn mark(items: &mut [impl Item], mark: Mark, fits: impl Fn(Number) -> bool) -> Vec<Number> {
    let found = items.iter_mut().filter(|item| item.counts() && fits(item.number()));
    found
        .map(|item| {
            item.put(mark);
            item.number()
        })
        .collect()
}

fn size(values: &[Number]) -> Number {
    // At most `DICE_MAX` dice, and no more entries than a formula has characters.
    Number::from(u32::try_from(values.len()).unwrap_or(u32::MAX))
}

fn sum(values: impl IntoIterator<Item = Number>) -> Result<Number, Fault> {
    values.into_iter().try_fold(Number::ZERO, |sum, value| Operator::Add.apply(sum, value))
}
