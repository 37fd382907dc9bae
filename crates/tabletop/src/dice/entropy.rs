//! Where the faces of the dice come from: the caller's words, drawn without bias.

use std::num::NonZeroU32;

/// How many words in a row may be refused before the source counts as broken. A sound source is refused less than
/// once in 2³² draws, so this many in a row do not happen.
const REDRAWS_MAX: u32 = 64;

/// A source of uniform random words. In play it is the operating system's generator, in tests a function of a seed.
pub trait Entropy {
    /// The next 64 uniform bits.
    fn next_u64(&mut self) -> u64;
}

/// Draws from `1..=sides`, every face equally likely: words that would favour the low faces are drawn again.
///
/// `None` means that the source is broken, because it keeps returning such words.
pub fn draw(entropy: &mut dyn Entropy, sides: NonZeroU32) -> Option<u32> {
    let sides = u64::from(sides.get());
    let surplus = (u64::MAX % sides + 1) % sides;
    let accepted_max = u64::MAX - surplus;
    for _ in 0..=REDRAWS_MAX {
        let word = entropy.next_u64();
        if word <= accepted_max {
            return u32::try_from(word % sides + 1).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Words(Vec<u64>);

    impl Entropy for Words {
        fn next_u64(&mut self) -> u64 {
            self.0.remove(0)
        }
    }

    fn drawn(sides: u32, words: &[u64]) -> (Option<u32>, usize) {
        let mut words = Words(words.to_vec());
        let face = draw(&mut words, NonZeroU32::new(sides).unwrap());
        (face, words.0.len())
    }

    #[test]
    fn a_word_past_the_last_whole_cycle_is_drawn_again() {
        // 2⁶⁴ = 6 × 3074457345618258602 + 4: the last four words would favour the faces 1 to 4.
        let last_accepted = u64::MAX - 4;
        assert_eq!(drawn(6, &[last_accepted, 0]), (Some(6), 1));
        for refused in last_accepted + 1..=u64::MAX {
            assert_eq!(drawn(6, &[refused, 2]), (Some(3), 0));
        }
    }

    #[test]
    fn sides_that_divide_the_words_evenly_refuse_none() {
        for sides in [1, 2, 4, 8, 1 << 20] {
            assert_eq!(drawn(sides, &[u64::MAX]), (Some(sides), 0));
        }
    }

    #[test]
    fn every_face_owns_the_same_number_of_accepted_words() {
        for sides in [3_u64, 6, 7, 10, 12, 20, 100, 999_999] {
            let surplus = (u64::MAX % sides + 1) % sides;
            assert_eq!((u64::MAX - surplus) % sides, sides - 1, "the last accepted word shows the last face");
        }
    }

    #[test]
    fn a_broken_source_is_noticed() {
        let limit = usize::try_from(REDRAWS_MAX).unwrap();
        let mut words = vec![u64::MAX; limit];
        words.push(4);
        assert_eq!(drawn(6, &words), (Some(5), 0));
        assert_eq!(drawn(6, &vec![u64::MAX; limit + 1]), (None, 0));
    }
}
