//! Blocks of samples as text: run lengths, then base64url. For events, snapshots and the wire.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{BLOCK_SIDE, Block};

/// Run lengths of a block read row by row, starting with a run of zeros, seven bits in each byte (LEB128).
pub(super) fn encode(block: &Block) -> String {
    let mut bytes = Vec::new();
    let (mut value, mut length) = (false, 0_u32);
    for row in block {
        let mut left = BLOCK_SIDE;
        let mut rest = *row;
        while left > 0 {
            let same = if value { rest.trailing_ones() } else { rest.trailing_zeros() }.min(left);
            length += same;
            left -= same;
            rest = rest.checked_shr(same).unwrap_or(0);
            if left > 0 {
                push(&mut bytes, length);
                (value, length) = (!value, 0);
            }
        }
    }
    if value {
        push(&mut bytes, length);
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn push(bytes: &mut Vec<u8>, mut length: u32) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// The block of a text; `None` if it is not one.
pub(super) fn decode(text: &str) -> Option<Block> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut block: Block = [0; BLOCK_SIDE as usize];
    let (mut value, mut at) = (false, 0_u32);
    let mut bytes = bytes.into_iter();
    while let Some(first) = bytes.next() {
        let mut length = u32::from(first & 0x7f);
        if first & 0x80 != 0 {
            length |= u32::from(bytes.next().filter(|next| next & 0x80 == 0)?) << 7;
        }
        let end = at.checked_add(length).filter(|end| *end <= BLOCK_SIDE * BLOCK_SIDE)?;
        if value {
            for bit in at..end {
                let row = block.get_mut((bit / BLOCK_SIDE) as usize)?;
                *row |= 1 << (bit % BLOCK_SIDE);
            }
        }
        (value, at) = (!value, end);
    }
    Some(block)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_and_a_full_block_are_a_few_letters() {
        assert_eq!(encode(&[0; 64]), "");
        assert!(encode(&[u64::MAX; 64]).len() <= 4);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_block_survives_the_way(rows in prop::collection::vec(any::<u64>(), 64), dense in any::<bool>()) {
            let mut block: Block = rows.try_into().map_err(|_| TestCaseError::reject("length"))?;
            if dense {
                for row in &mut block {
                    *row |= *row << 1 | *row << 2 | *row >> 3;
                }
            }
            prop_assert_eq!(decode(&encode(&block)), Some(block));
        }

        #[test]
        fn no_text_is_taken_for_more_than_a_block(text in "[A-Za-z0-9_-]{0,200}") {
            if let Some(block) = decode(&text) {
                prop_assert_eq!(decode(&encode(&block)), Some(block));
            }
        }
    }
}
