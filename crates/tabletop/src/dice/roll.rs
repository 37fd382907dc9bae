//! From expression to record: throws the dice, in written order.

use std::num::NonZeroU32;

use super::expression::{
    Comparison, Condition, Dice, DiceExpression, Expr, Function, Group, Modifier, Operator, Order, Sides,
};
use super::{
    DICE_MAX, DiceError, Die, EXPLOSIONS_PER_DIE_MAX, Entropy, Mark, Number, Pool, REROLLS_PER_DIE_MAX,
    RollRecord, SIDES_MAX, draw,
};

pub(crate) fn roll(expression: &DiceExpression, entropy: &mut dyn Entropy) -> Result<RollRecord, DiceError> {
    let mut thrower = Thrower { entropy, thrown: 0, pools: Vec::new(), notes: expression.notes.clone() };
    let total = thrower.value(&expression.root)?;
    Ok(RollRecord {
        formula: expression.formula.clone(),
        parsed: expression.to_string(),
        total,
        pools: thrower.pools,
        notes: thrower.notes,
        flavour: expression.flavour.clone(),
    })
}

struct Thrower<'a> {
    entropy: &'a mut dyn Entropy,
    thrown: usize,
    pools: Vec<Pool>,
    notes: Vec<String>,
}

/// The faces of a die: all whole numbers between two.
#[derive(Clone, Copy)]
struct Faces {
    lowest: i32,
    highest: i32,
}

impl Faces {
    fn meets(self, when: Condition, value: i32) -> bool {
        match when {
            Condition::Highest => value == self.highest,
            Condition::Lowest => value == self.lowest,
            Condition::Is(comparison, than) => compare(comparison, i64::from(value), than),
        }
    }

    /// Whether every face meets a condition, so that no reroll can end it.
    fn all_meet(self, when: Condition) -> bool {
        let (lowest, highest) = (i64::from(self.lowest), i64::from(self.highest));
        match when {
            Condition::Highest | Condition::Lowest => lowest == highest,
            Condition::Is(Comparison::Unequal, than) => !(lowest..=highest).contains(&than),
            Condition::Is(Comparison::Equal, than) => lowest == than && highest == than,
            Condition::Is(comparison @ (Comparison::Less | Comparison::LessOrEqual), than) => {
                compare(comparison, highest, than)
            }
            Condition::Is(comparison @ (Comparison::Greater | Comparison::GreaterOrEqual), than) => {
                compare(comparison, lowest, than)
            }
        }
    }
}

fn compare(comparison: Comparison, value: i64, than: i64) -> bool {
    match comparison {
        Comparison::Equal => value == than,
        Comparison::Unequal => value != than,
        Comparison::Less => value < than,
        Comparison::LessOrEqual => value <= than,
        Comparison::Greater => value > than,
        Comparison::GreaterOrEqual => value >= than,
    }
}

fn overflow() -> DiceError {
    DiceError::roll("the numbers grow too large")
}

fn number(value: i64) -> Number {
    Number::new(value, 1).unwrap_or(Number::ZERO)
}

impl Thrower<'_> {
    fn value(&mut self, expr: &Expr) -> Result<Number, DiceError> {
        match expr {
            Expr::Number(number) => Ok(*number),
            Expr::Negative(inner) => Ok(self.value(inner)?.negated()),
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let by_zero = || DiceError::roll("a number cannot be divided by zero");
                match operator {
                    Operator::Add => left.checked_add(right).ok_or_else(overflow),
                    Operator::Subtract => left.checked_sub(right).ok_or_else(overflow),
                    Operator::Multiply => left.checked_mul(right).ok_or_else(overflow),
                    Operator::Divide | Operator::Remainder if right == Number::ZERO => Err(by_zero()),
                    Operator::Divide => left.checked_div(right).ok_or_else(overflow),
                    Operator::Remainder => {
                        // The remainder has the sign of the dividend, as players know it from calculators.
                        let whole = left.checked_div(right).ok_or_else(overflow)?.trunc();
                        let part = whole.checked_mul(right).ok_or_else(overflow)?;
                        left.checked_sub(part).ok_or_else(overflow)
                    }
                }
            }
            Expr::Call(function, arguments) => self.call(*function, arguments),
            Expr::Dice(dice) => self.dice(dice),
            Expr::Group(group) => self.group(group),
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expr]) -> Result<Number, DiceError> {
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        let first = values.first().copied().unwrap_or(Number::ZERO);
        Ok(match function {
            Function::Floor => first.floor(),
            Function::Ceil => first.ceil(),
            Function::Round => first.round(),
            Function::Abs => first.abs(),
            Function::Min => values.into_iter().min().unwrap_or(first),
            Function::Max => values.into_iter().max().unwrap_or(first),
        })
    }

    fn whole(&mut self, expr: &Expr, what: &str, most: i64) -> Result<i64, DiceError> {
        let value = self.value(expr)?;
        let whole = value.to_integer().filter(|value| (1..=most).contains(value));
        whole.ok_or_else(|| {
            DiceError::roll(format!("{what} must be a whole number from 1 to {most}, not {value}"))
        })
    }

    fn dice(&mut self, dice: &Dice) -> Result<Number, DiceError> {
        let most = i64::try_from(DICE_MAX).unwrap_or(i64::MAX);
        let count = self.whole(&dice.count, "the number of dice", most)?;
        let faces = match &dice.sides {
            Sides::Number(sides) => {
                let sides = self.whole(sides, "the number of sides", SIDES_MAX)?;
                Faces { lowest: 1, highest: i32::try_from(sides).unwrap_or(i32::MAX) }
            }
            Sides::Fudge => Faces { lowest: -1, highest: 1 },
            Sides::Coin => Faces { lowest: 0, highest: 1 },
        };
        let mut pool = Vec::new();
        for _ in 0..count {
            if self.thrown >= DICE_MAX {
                return Err(DiceError::roll(format!("a roll has at most {DICE_MAX} dice")));
            }
            pool.push(self.throw(faces)?);
        }
        for modifier in dice.modifiers.iter().filter(|modifier| !modifier.counts()) {
            self.modify(*modifier, faces, &mut pool)?;
        }
        for die in &mut pool {
            match *die.throws.last().unwrap_or(&0) {
                _ if faces.lowest == faces.highest => {}
                face if face == faces.highest => die.mark(Mark::Highest),
                face if face == faces.lowest => die.mark(Mark::Lowest),
                _ => {}
            }
        }
        let result = number(count_up(&dice.modifiers, faces, &mut pool));
        let notation = Dice { label: None, ..dice.clone() }.to_string();
        self.pools.push(Pool { notation, label: dice.label.clone(), dice: pool, result });
        Ok(result)
    }

    fn face(&mut self, faces: Faces) -> Result<i32, DiceError> {
        let broken = || DiceError::roll("the dice could not be thrown");
        let sides =
            u32::try_from(i64::from(faces.highest) - i64::from(faces.lowest) + 1).map_err(|_| broken())?;
        let drawn = draw(self.entropy, NonZeroU32::new(sides).ok_or_else(broken)?).ok_or_else(broken)?;
        self.thrown += 1;
        let face = i64::from(faces.lowest) + i64::from(drawn) - 1;
        i32::try_from(face).map_err(|_| broken())
    }

    fn throw(&mut self, faces: Faces) -> Result<Die, DiceError> {
        let face = self.face(faces)?;
        Ok(Die { value: face, throws: vec![face], marks: Vec::new() })
    }

    /// Whether the roll may still grow; says once that it may not.
    fn may_grow(&mut self) -> bool {
        let full = self.thrown >= DICE_MAX;
        let note = format!("stopped at {DICE_MAX} dice");
        if full && !self.notes.contains(&note) {
            self.notes.push(note);
        }
        !full
    }

    fn modify(&mut self, modifier: Modifier, faces: Faces, pool: &mut Vec<Die>) -> Result<(), DiceError> {
        match modifier {
            Modifier::KeepHighest(count) => keep(pool, count, Which::Highest),
            Modifier::KeepLowest(count) => keep(pool, count, Which::Lowest),
            Modifier::DropLowest(count) => drop_dice(pool, count, Which::Lowest),
            Modifier::DropHighest(count) => drop_dice(pool, count, Which::Highest),
            Modifier::Least(bound) => clamp(pool, |value| i64::from(value) < bound, bound)?,
            Modifier::Most(bound) => clamp(pool, |value| i64::from(value) > bound, bound)?,
            Modifier::RerollOnce(when) => {
                for die in pool.iter_mut().filter(|die| die.is_kept()) {
                    if faces.meets(when, die.value) && self.may_grow() {
                        self.again(faces, die)?;
                    }
                }
            }
            Modifier::Reroll(when) => {
                if faces.all_meet(when) {
                    return Err(DiceError::roll("every face would be rerolled, for ever"));
                }
                for die in pool.iter_mut().filter(|die| die.is_kept()) {
                    let mut times = 0;
                    while faces.meets(when, die.value) && times < REROLLS_PER_DIE_MAX && self.may_grow() {
                        self.again(faces, die)?;
                        times += 1;
                    }
                }
            }
            Modifier::Explode(when) => self.explode(faces, pool, when, EXPLOSIONS_PER_DIE_MAX, 0)?,
            Modifier::ExplodeOnce(when) => self.explode(faces, pool, when, 1, 0)?,
            Modifier::Penetrate(when) => self.explode(faces, pool, when, EXPLOSIONS_PER_DIE_MAX, 1)?,
            Modifier::Compound(when) => self.compound(faces, pool, when, 0)?,
            Modifier::CompoundPenetrate(when) => self.compound(faces, pool, when, 1)?,
            Modifier::Unique => self.unique(faces, pool, REROLLS_PER_DIE_MAX)?,
            Modifier::UniqueOnce => self.unique(faces, pool, 1)?,
            Modifier::Successes(_)
            | Modifier::Failures(_)
            | Modifier::DeductFailures(_)
            | Modifier::SubtractFailing(_)
            | Modifier::Margin(_)
            | Modifier::Even
            | Modifier::Odd
            | Modifier::Sort(_) => {}
        }
        Ok(())
    }

    /// Throws a die again; the new value stands.
    fn again(&mut self, faces: Faces, die: &mut Die) -> Result<(), DiceError> {
        die.value = self.face(faces)?;
        die.throws.push(die.value);
        die.mark(Mark::Rerolled);
        Ok(())
    }

    /// Each die that meets the condition brings another behind it, which may do the same. `less` is taken from the
    /// extra dice, after they were tested.
    fn explode(
        &mut self,
        faces: Faces,
        pool: &mut Vec<Die>,
        when: Condition,
        most: usize,
        less: i32,
    ) -> Result<(), DiceError> {
        let mut grown = Vec::with_capacity(pool.len());
        for mut die in std::mem::take(pool) {
            let mut meets = die.is_kept() && faces.meets(when, die.value);
            let mut times = 0;
            while meets && times < most && self.may_grow() {
                die.mark(Mark::Exploded);
                grown.push(die);
                die = self.throw(faces)?;
                meets = faces.meets(when, die.value);
                die.value -= less;
                times += 1;
            }
            if meets && times == EXPLOSIONS_PER_DIE_MAX {
                self.notes.push(format!("a die stopped exploding after {EXPLOSIONS_PER_DIE_MAX} times"));
            }
            grown.push(die);
        }
        *pool = grown;
        Ok(())
    }

    /// As exploding, but the extra throws are added to the same die.
    fn compound(
        &mut self,
        faces: Faces,
        pool: &mut [Die],
        when: Condition,
        less: i32,
    ) -> Result<(), DiceError> {
        for die in pool.iter_mut().filter(|die| die.is_kept()) {
            let mut meets = faces.meets(when, die.value);
            let mut times = 0;
            while meets && times < EXPLOSIONS_PER_DIE_MAX && self.may_grow() {
                let face = self.face(faces)?;
                die.throws.push(face);
                die.mark(Mark::Exploded);
                die.value = die.value.saturating_add(face - less);
                meets = faces.meets(when, face);
                times += 1;
            }
        }
        Ok(())
    }

    /// Throws dice again that show what an earlier one shows.
    fn unique(&mut self, faces: Faces, pool: &mut [Die], most: usize) -> Result<(), DiceError> {
        let mut seen = std::collections::BTreeSet::new();
        for die in pool.iter_mut().filter(|die| die.is_kept()) {
            let mut times = 0;
            while seen.contains(&die.value) && times < most && self.may_grow() {
                self.again(faces, die)?;
                times += 1;
            }
            seen.insert(die.value);
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<Number, DiceError> {
        if let [only] = group.entries.as_slice()
            && !group.modifiers.is_empty()
        {
            return self.single(only, group);
        }
        let mut entries = Vec::with_capacity(group.entries.len());
        for entry in &group.entries {
            let first_pool = self.pools.len();
            let value = self.value(entry)?;
            entries.push(Entry { value, pools: first_pool..self.pools.len(), kept: true });
        }
        for modifier in &group.modifiers {
            match *modifier {
                Modifier::KeepHighest(count) => keep_entries(&mut entries, count, Which::Highest),
                Modifier::KeepLowest(count) => keep_entries(&mut entries, count, Which::Lowest),
                Modifier::DropLowest(count) => drop_entries(&mut entries, count, Which::Lowest),
                Modifier::DropHighest(count) => drop_entries(&mut entries, count, Which::Highest),
                _ => {}
            }
        }
        for entry in entries.iter().filter(|entry| !entry.kept) {
            for die in self.pools[entry.pools.clone()].iter_mut().flat_map(|pool| &mut pool.dice) {
                die.mark(Mark::Dropped);
            }
        }
        let kept: Vec<_> = entries.iter().filter(|entry| entry.kept).map(|entry| entry.value).collect();
        count_group(&group.modifiers, &kept)
    }

    /// A group of one entry acts on the dice in it, which must be added up.
    fn single(&mut self, entry: &Expr, group: &Group) -> Result<Number, DiceError> {
        if !is_sum(entry) {
            return Err(DiceError::roll(
                "a group of one entry works on dice that are added, such as {4d6 + 2d8}kh3",
            ));
        }
        let first_pool = self.pools.len();
        let total = self.value(entry)?;
        let mut dice: Vec<Die> = Vec::new();
        for pool in &mut self.pools[first_pool..] {
            dice.append(&mut pool.dice);
        }
        let before: i64 = dice.iter().filter(|die| die.is_kept()).map(|die| i64::from(die.value)).sum();
        for modifier in &group.modifiers {
            match *modifier {
                Modifier::KeepHighest(count) => keep(&mut dice, count, Which::Highest),
                Modifier::KeepLowest(count) => keep(&mut dice, count, Which::Lowest),
                Modifier::DropLowest(count) => drop_dice(&mut dice, count, Which::Lowest),
                Modifier::DropHighest(count) => drop_dice(&mut dice, count, Which::Highest),
                _ => {}
            }
        }
        let counts = group.modifiers.iter().any(|modifier| {
            matches!(modifier, Modifier::Successes(_) | Modifier::Failures(_) | Modifier::DeductFailures(_))
        });
        let faces = Faces { lowest: i32::MIN, highest: i32::MAX };
        let counted = count_up(&group.modifiers, faces, &mut dice);
        let after: i64 = dice.iter().filter(|die| die.is_kept()).map(|die| i64::from(die.value)).sum();
        let pool = self.pools.drain(first_pool..).next();
        let notation = Expr::Group(Group { label: None, ..group.clone() }).to_string();
        let label = group.label.clone().or(pool.and_then(|pool| pool.label));
        let result = if counts {
            number(counted)
        } else {
            // What was added besides the dice stays; a margin was taken off by the counting.
            let margin = counted - after;
            total.checked_add(number(after - before + margin)).ok_or_else(overflow)?
        };
        self.pools.push(Pool { notation, label, dice, result });
        Ok(result)
    }
}

/// Whether an expression is dice and numbers that are added.
fn is_sum(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        Expr::Dice(dice) => !dice.modifiers.iter().any(|modifier| modifier.counts()),
        Expr::Binary(Operator::Add, left, right) => is_sum(left) && is_sum(right),
        Expr::Negative(_) | Expr::Binary(..) | Expr::Call(..) | Expr::Group(_) => false,
    }
}

struct Entry {
    value: Number,
    pools: std::ops::Range<usize>,
    kept: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Highest,
    Lowest,
}

/// The kept dice in order of value; equal ones in order of throw.
fn ranked(pool: &[Die], which: Which) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pool.len()).filter(|index| pool[*index].is_kept()).collect();
    match which {
        Which::Highest => order.sort_by_key(|index| std::cmp::Reverse(pool[*index].value)),
        Which::Lowest => order.sort_by_key(|index| pool[*index].value),
    }
    order
}

fn keep(pool: &mut [Die], count: i64, which: Which) {
    for index in ranked(pool, which).into_iter().skip(usize::try_from(count).unwrap_or(0)) {
        pool[index].mark(Mark::Dropped);
    }
}

fn drop_dice(pool: &mut [Die], count: i64, which: Which) {
    for index in ranked(pool, which).into_iter().take(usize::try_from(count).unwrap_or(0)) {
        pool[index].mark(Mark::Dropped);
    }
}

fn ranked_entries(entries: &[Entry], which: Which) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).filter(|index| entries[*index].kept).collect();
    match which {
        Which::Highest => order.sort_by_key(|index| std::cmp::Reverse(entries[*index].value)),
        Which::Lowest => order.sort_by_key(|index| entries[*index].value),
    }
    order
}

fn keep_entries(entries: &mut [Entry], count: i64, which: Which) {
    for index in ranked_entries(entries, which).into_iter().skip(usize::try_from(count).unwrap_or(0)) {
        entries[index].kept = false;
    }
}

fn drop_entries(entries: &mut [Entry], count: i64, which: Which) {
    for index in ranked_entries(entries, which).into_iter().take(usize::try_from(count).unwrap_or(0)) {
        entries[index].kept = false;
    }
}

fn clamp(pool: &mut [Die], beyond: impl Fn(i32) -> bool, bound: i64) -> Result<(), DiceError> {
    let bound = i32::try_from(bound).map_err(|_| overflow())?;
    for die in pool.iter_mut().filter(|die| die.is_kept() && beyond(die.value)) {
        die.value = bound;
        die.mark(Mark::Clamped);
    }
    Ok(())
}

/// What a pool counts for: its sum, or what its counting modifiers say.
fn count_up(modifiers: &[Modifier], faces: Faces, pool: &mut [Die]) -> i64 {
    let mut result: i64 = pool.iter().filter(|die| die.is_kept()).map(|die| i64::from(die.value)).sum();
    let mut tally = |when: &dyn Fn(i32) -> bool, mark: Mark| -> (i64, i64) {
        let (mut count, mut sum) = (0, 0);
        for die in pool.iter_mut().filter(|die| die.is_kept()) {
            if when(die.value) {
                die.mark(mark);
                count += 1;
                sum += i64::from(die.value);
            }
        }
        (count, sum)
    };
    for modifier in modifiers {
        match *modifier {
            Modifier::Successes(when) => result = tally(&|value| faces.meets(when, value), Mark::Success).0,
            Modifier::Even => result = tally(&|value| value % 2 == 0, Mark::Success).0,
            Modifier::Odd => result = tally(&|value| value % 2 != 0, Mark::Success).0,
            Modifier::Failures(when) => result = tally(&|value| faces.meets(when, value), Mark::Failure).0,
            _ => {}
        }
    }
    for modifier in modifiers {
        match *modifier {
            Modifier::DeductFailures(when) => {
                result -= tally(&|value| faces.meets(when, value), Mark::Failure).0
            }
            Modifier::SubtractFailing(when) => {
                result -= tally(&|value| faces.meets(when, value), Mark::Failure).1
            }
            _ => {}
        }
    }
    for modifier in modifiers {
        match *modifier {
            Modifier::Margin(than) => result -= than,
            Modifier::Sort(Order::Ascending) => pool.sort_by_key(|die| die.value),
            Modifier::Sort(Order::Descending) => pool.sort_by_key(|die| std::cmp::Reverse(die.value)),
            _ => {}
        }
    }
    result
}

/// What a group of several entries counts for.
fn count_group(modifiers: &[Modifier], kept: &[Number]) -> Result<Number, DiceError> {
    let meets = |when: Condition, value: Number| match when {
        Condition::Is(comparison, than) => {
            let order = value.cmp(&number(than));
            match comparison {
                Comparison::Equal => order.is_eq(),
                Comparison::Unequal => order.is_ne(),
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
            }
        }
        Condition::Highest | Condition::Lowest => false,
    };
    let count = |when: Condition| {
        i64::try_from(kept.iter().filter(|value| meets(when, **value)).count()).unwrap_or(0)
    };
    let mut result = Number::ZERO;
    for value in kept {
        result = result.checked_add(*value).ok_or_else(overflow)?;
    }
    for modifier in modifiers {
        match *modifier {
            Modifier::Successes(when) | Modifier::Failures(when) => result = number(count(when)),
            _ => {}
        }
    }
    for modifier in modifiers {
        let less = match *modifier {
            Modifier::DeductFailures(when) => count(when),
            Modifier::Margin(than) => than,
            _ => 0,
        };
        result = result.checked_sub(number(less)).ok_or_else(overflow)?;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Dice that fall as told: each face is reached by the word one below it.
    struct Loaded(std::vec::IntoIter<u64>);

    impl Entropy for Loaded {
        fn next_u64(&mut self) -> u64 {
            self.0.next().expect("the test tells enough faces")
        }
    }

    struct Seeded(u64);

    impl Entropy for Seeded {
        fn next_u64(&mut self) -> u64 {
            // SplitMix64 (Steele, Lea, Flood 2014).
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ word >> 31
        }
    }

    fn shown(record: &RollRecord) -> String {
        let die = |die: &Die| {
            let marks = die.marks.iter().map(|mark| match mark {
                Mark::Dropped => "-",
                Mark::Exploded => "!",
                Mark::Rerolled => "r",
                Mark::Clamped => "c",
                Mark::Success => "+",
                Mark::Failure => "f",
                Mark::Highest | Mark::Lowest => "",
            });
            format!("{}{}", die.value, marks.collect::<String>())
        };
        let pool = |pool: &Pool| pool.dice.iter().map(die).collect::<Vec<_>>().join(" ");
        format!("{} = {}", record.pools.iter().map(pool).collect::<Vec<_>>().join(" | "), record.total)
    }

    /// Throws a formula with dice that show these faces (counted from 1) and compares what comes of it.
    fn check(formula: &str, faces: &[u64], expected: &str) {
        let words: Vec<u64> = faces.iter().map(|face| face - 1).collect();
        let mut entropy = Loaded(words.into_iter());
        let record = DiceExpression::parse(formula).unwrap().roll(&mut entropy).unwrap();
        assert_eq!(shown(&record), expected, "{formula}");
        assert_eq!(entropy.0.len(), 0, "{formula}: not all dice were thrown");
    }

    fn refused(formula: &str) -> String {
        let rolled = DiceExpression::parse(formula).and_then(|expression| expression.roll(&mut Seeded(1)));
        rolled.map(|record| shown(&record)).unwrap_err().message
    }

    #[test]
    fn dice_are_added() {
        check("2d6+3", &[4, 5], "4 5 = 12");
        check("d20", &[17], "17 = 17");
        check("D%", &[100], "100 = 100");
        check("4dF", &[1, 2, 3, 3], "-1 0 1 1 = 1");
        check("2dc", &[1, 2], "0 1 = 1");
        check("(1+1)d(2*3)", &[6, 1], "6 1 = 7");
        check("1d6[fire] + 1d8[cold]", &[2, 3], "2 | 3 = 5");
    }

    #[test]
    fn arithmetic_is_exact() {
        check("7/2", &[], " = 3.5");
        check("1/3*3", &[], " = 1");
        check("floor(7/2)+ceil(7/2)+round(5/2)+abs(-1)", &[], " = 11");
        check("min(3,1,2)+max(3,1,2)", &[], " = 4");
        check("-7%3", &[], " = -1");
        check("2*(3+4)-1", &[], " = 13");
        check("--2 - -2", &[], " = 4");
    }

    #[test]
    fn keeping_and_dropping() {
        check("4d6kh3", &[1, 5, 3, 6], "1- 5 3 6 = 14");
        check("4d6k", &[1, 5, 3, 6], "1- 5- 3- 6 = 6");
        check("4d6kl2", &[1, 5, 3, 6], "1 5- 3 6- = 4");
        check("4d6d1", &[1, 5, 3, 6], "1- 5 3 6 = 14");
        check("4d6dh1", &[1, 5, 3, 6], "1 5 3 6- = 9");
        check("2d6kh5", &[1, 2], "1 2 = 3");
        check("3d6kh2", &[4, 4, 4], "4 4 4- = 8");
        check("adv+5", &[3, 18], "3- 18 = 23");
        check("dis", &[3, 18], "3 18- = 3");
    }

    #[test]
    fn rerolling() {
        check("2d6ro1", &[1, 4, 1], "1r 4 = 5");
        check("1d6rr<3", &[1, 2, 5], "5r = 5");
        check("2d6r", &[1, 3, 2], "2r 3 = 5");
        check("3d6u", &[2, 2, 2, 3, 2, 4], "2 3r 4r = 9");
    }

    #[test]
    fn exploding() {
        check("2d6x", &[6, 3, 6, 2], "6! 6! 2 3 = 17");
        check("2d6!", &[6, 1, 3], "6! 3 1 = 10");
        check("1d6xo", &[6, 6], "6! 6 = 12");
        check("1d6!!", &[6, 6, 2], "14! = 14");
        check("1d6!p", &[6, 6, 2], "6! 5! 1 = 12");
        check("1d6!!p", &[6, 3], "8! = 8");
        check("1d6x>4", &[5, 6, 1], "5! 6! 1 = 12");
    }

    #[test]
    fn counting_comes_last_and_values_change_in_written_order() {
        check("5d10cs>=8", &[8, 1, 10, 7, 9], "8+ 1 10+ 7 9+ = 3");
        check("5d10cs>=8df", &[8, 1, 10, 7, 9], "8+ 1f 10+ 7 9+ = 2");
        check("3d6cf", &[1, 1, 5], "1f 1f 5 = 2");
        check("3d6sf<3", &[1, 2, 5], "1f 2f 5 = 5");
        check("1d20ms15", &[18], "18 = 3");
        check("3d6even", &[2, 3, 4], "2+ 3 4+ = 2");
        check("3d6odd", &[2, 3, 4], "2 3+ 4 = 1");
        check("3d6min2max5", &[1, 6, 3], "2c 5c 3 = 10");
        check("3d6cs>4kh2", &[5, 6, 5], "5+ 6+ 5- = 2");
        check("3d6sd", &[2, 6, 3], "6 3 2 = 11");
        check("2d6min3kh1", &[1, 2], "3c 3c- = 3");
        check("2d6kh1min3", &[1, 2], "1- 3c = 3");
    }

    #[test]
    fn groups_act_on_subtotals_or_on_the_dice_of_one_entry() {
        check("{1d6+2, 1d8}kh", &[3, 4], "3 | 4- = 5");
        check("{1d6, 1d8, 1d10}cs>=5", &[5, 2, 9], "5 | 2 | 9 = 2");
        check("{2d6+1d8+3}kh2", &[1, 5, 7], "1- 5 7 = 15");
        check("{1d20, 10}kl", &[15], "15- = 10");
    }

    #[test]
    fn what_cannot_be_thrown_is_said_in_words() {
        for (formula, word) in [
            ("", "too early"),
            ("d", "sides"),
            ("2d6>5", "cs>5"),
            ("2d6+", "too early"),
            ("2d6)", ")"),
            ("(2d6", "missing"),
            ("2d6kh1kh2", "twice"),
            ("1d6rr>0", "for ever"),
            ("1d0", "from 1 to 1000000"),
            ("1d1000001", "from 1 to 1000000"),
            ("1001d6", "from 1 to 1000"),
            ("501d6+500d6", "at most 1000 dice"),
            ("1/0", "zero"),
            ("@str", "sheet"),
            ("99999999999", "at most"),
            ("1d(1/2)", "whole number"),
            ("999999999*999999999", "too large"),
            ("{1d6}x", "group"),
            ("hello", "not understood"),
        ] {
            let message = refused(formula);
            assert!(message.contains(word), "{formula}: {message}");
        }
        assert!(DiceExpression::parse(&format!("{}1", " ".repeat(511))).is_ok());
        assert!(DiceExpression::parse(&format!("{}1", " ".repeat(512))).is_err());
        assert!(DiceExpression::parse(&format!("{}1{}", "(".repeat(15), ")".repeat(15))).is_ok());
        assert!(DiceExpression::parse(&format!("{}1{}", "(".repeat(16), ")".repeat(16))).is_err());
    }

    #[test]
    fn a_die_that_always_explodes_is_stopped() {
        let record = DiceExpression::parse("1d1x").unwrap().roll(&mut Seeded(1)).unwrap();
        assert_eq!(record.total, number(101));
        assert!(record.notes[0].contains("100 times"));
        let record = DiceExpression::parse("50d1x").unwrap().roll(&mut Seeded(1)).unwrap();
        assert!(record.notes.iter().any(|note| note.contains("1000 dice")));
    }

    #[test]
    fn attributes_are_looked_up() {
        let sheet = |name: &str| (name == "str.mod").then(|| number(4));
        let record = DiceExpression::parse_with("1d20+@str.mod", &sheet)
            .unwrap()
            .roll(&mut Loaded(vec![9].into_iter()));
        assert_eq!(record.unwrap().total, number(14));
    }

    #[test]
    fn every_face_is_as_likely_as_any_other() {
        let expression = DiceExpression::parse("1000d6").unwrap();
        let mut counts = [0f64; 6];
        let mut entropy = Seeded(42);
        for _ in 0..60 {
            for die in &expression.roll(&mut entropy).unwrap().pools[0].dice {
                counts[usize::try_from(die.value - 1).unwrap()] += 1.0;
            }
        }
        let chi_square: f64 = counts.iter().map(|count| (count - 10_000.0).powi(2) / 10_000.0).sum();
        // Five degrees of freedom: 20.5 is exceeded once in a thousand.
        assert!(chi_square < 20.5, "{chi_square}");
    }

    #[test]
    fn canonical_text_keeps_words_apart() {
        for formula in ["3d6!odd", "3d6u odd", "2dc sa", "2dc sf1", "3d6odd", "2dc"] {
            let expression = DiceExpression::parse(formula).unwrap();
            let again = DiceExpression::parse(&expression.to_string()).unwrap();
            assert_eq!(again.root, expression.root, "{formula} became {expression}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,40}", seed: u64) {
            if let Ok(expression) = DiceExpression::parse(&text) {
                drop(expression.roll(&mut Seeded(seed)));
            }
        }

        #[test]
        fn the_canonical_text_means_the_same(text in "[0-9d+*/()k{},hlxrocs<>=! -]{1,24}", seed: u64) {
            if let Ok(expression) = DiceExpression::parse(&text) {
                let canonical = expression.to_string();
                let again = DiceExpression::parse(&canonical).unwrap_or_else(|error| panic!("{text} → {canonical}: {error}"));
                let throw = |expression: &DiceExpression| {
                    let rolled = expression.roll(&mut Seeded(seed));
                    rolled.map(|record| (record.total, record.pools, record.parsed)).map_err(|error| error.message)
                };
                prop_assert_eq!(throw(&expression), throw(&again), "{} → {}", text, canonical);
            }
        }

        #[test]
        fn sums_stay_within_what_the_dice_can_show(count in 1..50i64, sides in 1..50i64, kept in 0..60i64, seed: u64) {
            let formula = format!("{count}d{sides}kh{kept}");
            let record = DiceExpression::parse(&formula).unwrap().roll(&mut Seeded(seed)).unwrap();
            let counted = kept.min(count);
            prop_assert!(record.total >= number(counted) && record.total <= number(counted * sides));
            let dice = &record.pools[0].dice;
            prop_assert_eq!(dice.iter().filter(|die| die.is_kept()).count() as i64, counted);
            prop_assert_eq!(dice.len() as i64, count);
        }
    }
}
