//! Formulas and lines of chat: no text panics, no roll runs away, and what is printed is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabletop::dice::{
    ChatLine, DICE_MAX, DiceExpression, Entropy, FORMULA_BYTES_MAX, Inline, RollRecord, THROWS_MAX,
};

/// Words that depend on nothing but their number; every other one is so low that dice explode and fail.
struct Counter(u64);

impl Entropy for Counter {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if self.0 & 1 == 0 { 0 } else { self.0 }
    }
}

fn bounded<'a>(rolls: impl Iterator<Item = &'a RollRecord> + Clone) {
    let dice = rolls.flat_map(|roll| &roll.pools).flat_map(|pool| &pool.dice);
    assert!(dice.clone().count() <= DICE_MAX);
    assert!(dice.map(|die| die.throws.len()).sum::<usize>() <= THROWS_MAX);
}

fuzz_target!(|text: &str| {
    if let Ok(line) = ChatLine::parse(text) {
        let parts = line.throw(&mut Counter(1));
        bounded(parts.iter().filter_map(|part| match part {
            Inline::Text(_) => None,
            Inline::Roll(roll) => Some(roll),
        }));
    }
    if let Ok(expression) = DiceExpression::parse(text) {
        let roll = expression.roll(&mut Counter(1));
        bounded(std::iter::once(&roll));
        // A canonical form may be longer than a formula may be; if it fits, it is understood as the same.
        if roll.parsed.len() <= FORMULA_BYTES_MAX {
            let again = DiceExpression::parse(&roll.parsed);
            assert_eq!(again.as_ref(), Ok(&expression), "{text:?} became {:?}", roll.parsed);
        }
    }
});
