//! Formulas and lines of chat: no text panics, and no roll runs away.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabletop::dice::{ChatLine, DiceExpression, Entropy};

/// Words that depend on nothing but their number.
struct Counter(u64);

impl Entropy for Counter {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0
    }
}

fuzz_target!(|text: &str| {
    let _ = ChatLine::parse(text);
    if let Ok(expression) = DiceExpression::parse(text) {
        let _ = expression.roll(&mut Counter(1));
        let canonical = expression.to_string();
        // A canonical form may be longer than a formula may be; if it fits, it is understood.
        if canonical.len() <= tabletop::dice::FORMULA_BYTES_MAX {
            assert!(DiceExpression::parse(&canonical).is_ok(), "{text:?} became {canonical:?}");
        }
    }
});
