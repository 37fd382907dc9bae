//! What is remembered of peers is bounded: where there is no more room, what says least is forgotten. Nobody new is refused for
//! it, or a crowd of strangers could shut everybody out.

use std::collections::HashMap;
use std::hash::Hash;

/// Forgets the entries of least weight, a quarter of what may be remembered, once that much is there.
pub(crate) fn make_room<K: Eq + Hash, V, W: Ord>(
    entries: &mut HashMap<K, V>,
    most: usize,
    weight: impl Fn(&K, &V) -> W,
) {
    if entries.len() < most {
        return;
    }
    let surplus = entries.len() - most * 3 / 4;
    let mut weights: Vec<W> = entries.iter().map(|(key, value)| weight(key, value)).collect();
    let Some(last) = surplus.checked_sub(1) else { return };
    let (lighter, limit, _) = weights.select_nth_unstable(last);
    let mut of_the_limit = surplus - lighter.iter().filter(|weight| *weight < &*limit).count();
    entries.retain(|key, value| match weight(key, value).cmp(limit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal if of_the_limit > 0 => {
            of_the_limit -= 1;
            false
        }
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => true,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Up to 60 weights of a few kinds, so that many are alike.
    fn weights(seed: u64) -> HashMap<u64, u64> {
        let next = |number: u64| (number * 31 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (0..next(seed) % 60).map(|number| (number, next(number) % 6)).collect()
    }

    #[test]
    fn a_quarter_is_free_then_and_nothing_that_is_gone_weighed_more() {
        let mut crowded = 0;
        for (seed, most) in (0..400).flat_map(|seed| [1, 2, 7, 24, 40].map(|most| (seed, most))) {
            let all = weights(seed);
            let mut left = all.clone();
            make_room(&mut left, most, |_, weight| *weight);
            if all.len() < most {
                assert_eq!(left, all);
                continue;
            }
            crowded += 1;
            assert_eq!(left.len(), most * 3 / 4);
            let lightest = left.values().min().copied().unwrap_or(u64::MAX);
            assert!(
                all.iter().all(|(key, weight)| left.contains_key(key) || *weight <= lightest),
                "{all:?} {left:?}"
            );
        }
        assert!(crowded > 500, "{crowded}");
    }
}
