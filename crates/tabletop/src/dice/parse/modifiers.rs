//! Modifiers, their numbers and conditions, and which of them go together.

use super::Parser;
use crate::dice::expression::{Comparison, Condition, Modifier, Stage};
use crate::dice::{DiceError, LITERAL_MAX, Sort};

impl Parser<'_> {
    /// The modifiers of dice, after those already there.
    pub(super) fn modifiers(&mut self, mut modifiers: Vec<Modifier>) -> Result<Vec<Modifier>, DiceError> {
        let first = self.at;
        loop {
            let start = self.at;
            let Some(modifier) = self.modifier()? else {
                self.at = start;
                return match lonely(&modifiers) {
                    Some(message) => Err(DiceError::at(first, message)),
                    None => Ok(modifiers),
                };
            };
            if let Some(message) = modifiers.iter().find_map(|held| conflict(*held, modifier)) {
                return Err(DiceError::at(start, message));
            }
            modifiers.push(modifier);
        }
    }

    /// The modifiers of a group.
    pub(super) fn group_modifiers(&mut self) -> Result<Vec<Modifier>, DiceError> {
        let start = self.at;
        let modifiers = self.modifiers(Vec::new())?;
        match modifiers.iter().find(|modifier| !works_on_groups(**modifier)) {
            Some(wrong) => Err(DiceError::at(
                start,
                format!(
                    "\"{}\" works on dice, not on a group; counting in a group needs a number",
                    wrong.word()
                ),
            )),
            None => Ok(modifiers),
        }
    }

    fn modifier(&mut self) -> Result<Option<Modifier>, DiceError> {
        self.skip_space();
        // Longer words before those that they begin with.
        let modifier = if self.take("kh") {
            Modifier::KeepHighest(self.count()?)
        } else if self.take("kl") {
            Modifier::KeepLowest(self.count()?)
        } else if self.take("k") {
            Modifier::KeepHighest(self.count()?)
        } else if self.take("dl") {
            Modifier::DropLowest(self.count()?)
        } else if self.take("dh") {
            Modifier::DropHighest(self.count()?)
        } else if self.take("df") {
            Modifier::DeductFailures(self.condition(Condition::Lowest)?)
        } else if self.take("d") {
            Modifier::DropLowest(self.count()?)
        } else if self.take("ro") {
            Modifier::RerollOnce(self.condition(Condition::Lowest)?)
        } else if self.take("rr") {
            Modifier::Reroll(self.condition(Condition::Lowest)?)
        } else if self.take("r") {
            let modifier = Modifier::RerollOnce(self.condition(Condition::Lowest)?);
            self.notes.push("r rerolls once; rr rerolls until it no longer fits".to_owned());
            modifier
        } else if self.take("xo") {
            self.no_product()?;
            Modifier::ExplodeOnce(self.condition(Condition::Highest)?)
        } else if self.take("x") {
            self.no_product()?;
            Modifier::Explode(self.condition(Condition::Highest)?)
        } else if self.take("!!p") {
            Modifier::CompoundPenetrate(self.condition(Condition::Highest)?)
        } else if self.take("!!") {
            Modifier::Compound(self.condition(Condition::Highest)?)
        } else if self.take("!p") {
            Modifier::Penetrate(self.condition(Condition::Highest)?)
        } else if self.take("!") {
            Modifier::Explode(self.condition(Condition::Highest)?)
        } else if self.take("min") {
            Modifier::Least(self.integer()?)
        } else if self.take("max") {
            Modifier::Most(self.integer()?)
        } else if self.take("ms") {
            Modifier::Margin(self.integer()?)
        } else if self.take("cs") {
            Modifier::Successes(self.condition(Condition::Highest)?)
        } else if self.take("cf") {
            Modifier::Failures(self.condition(Condition::Lowest)?)
        } else if self.take("sf") {
            Modifier::SubtractFailing(self.condition(Condition::Lowest)?)
        } else if self.take("sd") {
            Modifier::Sort(Sort::Descending)
        } else if self.take("sa") || self.take("s") {
            Modifier::Sort(Sort::Ascending)
        } else if self.take("even") {
            Modifier::Even
        } else if self.take("odd") {
            Modifier::Odd
        } else if self.take("uo") {
            Modifier::UniqueOnce
        } else if self.take("u") {
            Modifier::Unique
        } else {
            return Ok(None);
        };
        Ok(Some(modifier))
    }

    /// How many dice; one without a number.
    fn count(&mut self) -> Result<i32, DiceError> {
        if self.number_follows() { self.integer() } else { Ok(1) }
    }

    /// Whether a number comes that belongs to the modifier: one after a space may be the next dice, which an operator
    /// is missing before.
    fn number_follows(&self) -> bool {
        let rest = self.rest();
        let spaced = rest.trim_start();
        let after = spaced.trim_start_matches(|next: char| next.is_ascii_digit());
        let is_dice = spaced.len() < rest.len() && after.starts_with(['d', 'D']);
        after.len() < spaced.len() && !is_dice
    }

    /// Refuses `2d6 x 3`, which may be meant as a product.
    fn no_product(&self) -> Result<(), DiceError> {
        let spaced = self.rest().trim_start();
        if spaced.len() < self.rest().len() && spaced.starts_with(|next: char| next.is_ascii_digit()) {
            return Err(self.error("to multiply write \"*\"; to explode on a face write \"x=\" and the face"));
        }
        Ok(())
    }

    fn integer(&mut self) -> Result<i32, DiceError> {
        let negative = self.take_spaced("-");
        self.skip_space();
        let start = self.at;
        if !matches!(self.peek(), Some('0'..='9')) {
            return Err(self.error("a number is missing here"));
        }
        let whole = self.number()?.to_integer().and_then(|number| i32::try_from(number).ok());
        let whole = whole.ok_or_else(|| {
            DiceError::at(start, format!("a whole number up to {LITERAL_MAX} belongs here"))
        })?;
        Ok(if negative { -whole } else { whole })
    }

    fn condition(&mut self, otherwise: Condition) -> Result<Condition, DiceError> {
        let start = self.at;
        for (symbol, comparison) in Comparison::ALL {
            if self.take_spaced(symbol) {
                return Ok(Condition::Is(comparison, self.integer()?));
            }
        }
        self.at = start;
        if self.number_follows() {
            return Ok(Condition::Is(Comparison::Equal, self.integer()?));
        }
        Ok(otherwise)
    }
}

/// Why two modifiers do not go together.
fn conflict(held: Modifier, added: Modifier) -> Option<String> {
    let (one, other) = (held.word(), added.word());
    if one == other {
        return Some(format!("\"{other}\" is written twice; once is enough"));
    }
    match (held.stage(), added.stage()) {
        (Stage::Count, Stage::Count) => Some(format!(
            "\"{one}\" and \"{other}\" both say what to count; write one of them, and df to take failures off"
        )),
        (Stage::Show, Stage::Show) => {
            Some(format!("\"{one}\" and \"{other}\" are two orders; write one of them"))
        }
        _ => None,
    }
}

/// Why some modifiers cannot be alone.
fn lonely(modifiers: &[Modifier]) -> Option<&'static str> {
    let has = |fits: fn(&Modifier) -> bool| modifiers.iter().any(fits);
    let deducts = has(|modifier| matches!(modifier, Modifier::DeductFailures(_)));
    let counts = has(|modifier| matches!(modifier, Modifier::Successes(_) | Modifier::Even | Modifier::Odd));
    (deducts && !counts)
        .then_some("\"df\" takes failures off successes, as in 5d10cs>=8df; to count failures write cf")
}

fn works_on_groups(modifier: Modifier) -> bool {
    match modifier {
        Modifier::KeepHighest(_)
        | Modifier::KeepLowest(_)
        | Modifier::DropLowest(_)
        | Modifier::DropHighest(_)
        | Modifier::Margin(_)
        | Modifier::Sort(_) => true,
        Modifier::Successes(when) | Modifier::Failures(when) | Modifier::DeductFailures(when) => {
            matches!(when, Condition::Is(..))
        }
        Modifier::RerollOnce(_)
        | Modifier::Reroll(_)
        | Modifier::Explode(_)
        | Modifier::ExplodeOnce(_)
        | Modifier::Compound(_)
        | Modifier::Penetrate(_)
        | Modifier::CompoundPenetrate(_)
        | Modifier::Least(_)
        | Modifier::Most(_)
        | Modifier::Unique
        | Modifier::UniqueOnce
        | Modifier::SubtractFailing(_)
        | Modifier::Even
        | Modifier::Odd => false,
    }
}
