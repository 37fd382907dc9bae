//! The faces of a die, and which of them a condition is about.

use super::Number;
use super::expression::{Comparison, Condition};

/// All whole numbers between two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Faces {
    pub(super) lowest: i32,
    pub(super) highest: i32,
}

impl Faces {
    pub(super) const FUDGE: Self = Self { lowest: -1, highest: 1 };
    pub(super) const COIN: Self = Self { lowest: 0, highest: 1 };

    pub(super) const fn of(sides: i32) -> Self {
        Self { lowest: 1, highest: sides }
    }

    pub(super) fn meets(self, when: Condition, value: Number) -> bool {
        match when {
            Condition::Highest => value == Number::from(self.highest),
            Condition::Lowest => value == Number::from(self.lowest),
            Condition::Is(comparison, than) => comparison.holds(value, Number::from(than)),
        }
    }

    /// Whether every face meets a condition, so that no reroll can end it.
    pub(super) fn all_meet(self, when: Condition) -> bool {
        let Self { lowest, highest } = self;
        match when {
            Condition::Highest | Condition::Lowest => lowest == highest,
            Condition::Is(Comparison::Unequal, than) => !(lowest..=highest).contains(&than),
            Condition::Is(Comparison::Equal, than) => lowest == than && highest == than,
            Condition::Is(comparison @ (Comparison::Less | Comparison::LessOrEqual), than) => {
                comparison.holds(highest, than)
            }
            Condition::Is(comparison @ (Comparison::Greater | Comparison::GreaterOrEqual), than) => {
                comparison.holds(lowest, than)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_all_faces_meet_each_of_them_meets(
            lowest in -3..4_i32, more in 0..5_i32, index in 0..6_usize, than in -5..9_i32,
        ) {
            let faces = Faces { lowest, highest: lowest + more };
            for when in [Condition::Highest, Condition::Lowest, Condition::Is(Comparison::ALL[index].1, than)] {
                let each = (faces.lowest..=faces.highest).all(|face| faces.meets(when, Number::from(face)));
                prop_assert_eq!(faces.all_meet(when), each, "{:?} {:?}", faces, when);
            }
        }
    }
}
