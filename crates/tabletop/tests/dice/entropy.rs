//! Words for tests: faces that are told, and streams that depend on a seed alone.

use tabletop::dice::Entropy;

/// Dice that fall as told, counted from 1: each face is reached by the word one below it.
pub(crate) struct Loaded(pub(crate) std::vec::IntoIter<u64>);

impl Loaded {
    pub(crate) fn new(faces: &[u64]) -> Self {
        Self(faces.iter().map(|face| face - 1).collect::<Vec<_>>().into_iter())
    }
}

impl Entropy for Loaded {
    fn next_u64(&mut self) -> u64 {
        self.0.next().expect("the test tells enough faces")
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Seeded(pub(crate) u64);

impl Entropy for Seeded {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }
}

/// Always the same word.
pub(crate) struct Constant(pub(crate) u64);

impl Entropy for Constant {
    fn next_u64(&mut self) -> u64 {
        self.0
    }
}
