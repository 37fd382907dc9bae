//! Recovery codes: what is left when the phone is gone. Each works once.
//!
//! 120 bits, so that a plain hash may be stored (OWASP ASVS 5.0 V6.5.2 asks for a slow one below 112), written in
//! Crockford's Base32, which has no letters that look like digits.

use std::fmt;

use aws_lc_rs::digest;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::entropy::{EntropyError, secret};

const BYTES: usize = 15;
const CHARS: usize = 24;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many an account has at first.
pub const RECOVERY_CODES: usize = 10;

/// One recovery code. Not printed by accident.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; BYTES]);

impl RecoveryCode {
    /// Draws a set of new ones.
    pub fn generate() -> Result<Vec<Self>, EntropyError> {
        (0..RECOVERY_CODES).map(|_| secret().map(Self)).collect()
    }

    /// Reads one as people type it: small letters, spaces and dashes do not matter, nor do O for 0 and I or L for 1.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let (mut bits, mut held, mut chars) = (0_u32, 0_u32, 0);
        let mut next = bytes.iter_mut();
        for character in text.chars().filter(|character| !matches!(character, ' ' | '-')) {
            let folded = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let folded = u8::try_from(folded).ok()?;
            let value = ALPHABET.iter().position(|letter| *letter == folded)?;
            chars += 1;
            bits = (bits << 5 | u32::try_from(value).ok()?) & 0xfff;
            held += 5;
            if held >= 8 {
                held -= 8;
                *next.next()? = u8::try_from(bits >> held & 0xff).ok()?;
            }
        }
        (chars == CHARS).then_some(Self(bytes))
    }

    /// The code, to show to its owner once: six groups of four.
    pub fn reveal(&self) -> String {
        let mut text = String::with_capacity(CHARS + 5);
        for (index, three) in self.0.chunks(5).flat_map(fives).enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(three)]));
        }
        text
    }

    /// What may be stored of it: SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &self.0).as_ref());
        hash
    }
}

/// Five bytes as eight numbers of five bits.
fn fives(bytes: &[u8]) -> impl Iterator<Item = u8> + use<> {
    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    (0..8).rev().map(move |place| (value >> (5 * place) & 31) as u8)
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(RecoveryCode([0; BYTES]).reveal(), "0000-0000-0000-0000-0000-0000");
        assert_eq!(RecoveryCode([255; BYTES]).reveal(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let codes = RecoveryCode::generate().unwrap();
        let shown: BTreeSet<String> = codes.iter().map(RecoveryCode::reveal).collect();
        assert_eq!(shown.len(), RECOVERY_CODES);
        for code in &codes {
            let shown = code.reveal();
            let typed = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            for text in [shown.as_str(), typed.as_str()] {
                assert_eq!(RecoveryCode::parse(text).map(|read| read.hash()), Some(code.hash()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let shown = RecoveryCode([7; BYTES]).reveal();
        for wrong in [
            "",
            "123456",
            &shown[1..],
            &format!("{shown}0"),
            &shown.replace('0', "U"),
            "é".repeat(24).as_str(),
        ] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
    }
}
