//! One-time passwords from the time (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator app has them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fmt;
use std::hint::black_box;
use std::path::Path;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::entropy::{EntropyError, secret};
use crate::files::{KeyError, load_or_create};

const SEED_BYTES: usize = 20;
const STEP_S: u64 = 30;

/// What an authenticator app and the server share. Not printed by accident.
pub struct TotpSeed(Zeroizing<[u8; SEED_BYTES]>);

impl TotpSeed {
    /// Draws a new one.
    pub fn generate() -> Result<Self, EntropyError> {
        secret().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The seed as people type it, in Base32.
    pub fn base32(&self) -> String {
        Secret::from(*self.0).to_base32()
    }

    /// The seed as apps read it from a QR code. `login` and `issuer` must not need escaping in a URI.
    pub fn uri(&self, login: &str, issuer: &str) -> String {
        let seed = self.base32();
        format!(
            "otpauth://totp/{issuer}:{login}?secret={seed}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}"
        )
    }

    /// The step for which a code stands, if it is one of now or of the step before or after. Each step is to be taken
    /// once only, which is the caller's to see to. How long it takes does not tell which step it was.
    pub fn step_of(&self, code: &str, now_s: u64) -> Option<u64> {
        let is_code = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit());
        if !is_code {
            return None;
        }
        let totp = self.totp();
        let now = now_s / STEP_S;
        let steps = [now.saturating_sub(1), now, now.saturating_add(1)];
        // The library compares two codes in constant time, but would look no further once one fits.
        first_that_fits(steps, |step| totp.check(code, step.saturating_mul(STEP_S)).is_some())
    }

    /// The code of a time, as an app shows it.
    pub fn code_at(&self, now_s: u64) -> String {
        self.totp().generate(now_s).to_string()
    }

    fn totp(&self) -> Totp {
        // Twenty bytes, six digits: nothing about it can be refused.
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(STEP_S)
            .with_secret(*self.0)
            .build_noncompliant()
    }
}

/// The first step that fits. Each is tried, whatever the ones before gave, and none is chosen by a branch.
fn first_that_fits(steps: [u64; 3], fits: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut first, mut found) = (0, 0);
    for step in steps {
        // All bits or none; kept from the compiler, which could make a branch of it.
        let mask = black_box(u64::from(fits(step)).wrapping_neg());
        first |= step & mask & !found;
        found |= mask;
    }
    (found != 0).then_some(first)
}

impl fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSeed(…)")
    }
}

/// Encrypts seeds for the database (AES-256-GCM), so that its copy alone is not enough to sign in.
pub struct SealKey(LessSafeKey);

/// What is stored is no seed of this account under this key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the stored seed cannot be opened with seal.key")]
pub struct SealError;

impl SealKey {
    /// Loads `seal.key` of a directory; makes one at the first start.
    pub fn load_or_create(directory: &Path) -> Result<Self, KeyError> {
        let path = directory.join("seal.key");
        let bytes = load_or_create(&path, || Ok(Zeroizing::new(Zeroizing::new(secret::<32>()?).to_vec())))?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| KeyError::NotAKey { path, expected: "a key of 32 bytes" })?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// A seed as it may be stored for this account: a random nonce, then the ciphertext with its tag.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn seal(&self, seed: &TotpSeed, account: &[u8; 16]) -> Result<Vec<u8>, EntropyError> {
        let nonce = secret::<NONCE_LEN>()?;
        let mut text = seed.0.to_vec();
        // Sealing twenty bytes cannot fail.
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(account), &mut text)
            .map_err(|_| EntropyError)?;
        Ok([nonce.as_slice(), &text].concat())
    }

    /// The seed that was stored for this account.
    ///
    /// # Errors
    /// If it was stored for another account or under another key, or was changed.
    pub fn open(&self, sealed: &[u8], account: &[u8; 16]) -> Result<TotpSeed, SealError> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(account), &mut text).map_err(|_| SealError)?;
        let seed: [u8; SEED_BYTES] = (&*opened).try_into().map_err(|_| SealError)?;
        Ok(TotpSeed(Zeroizing::new(seed)))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_step_is_tried_and_the_first_that_fits_is_taken() {
        for fitting in 0_u64..8 {
            let tried = RefCell::new(Vec::new());
            let first = first_that_fits([4, 5, 6], |step| {
                tried.borrow_mut().push(step);
                fitting >> (step - 4) & 1 == 1
            });
            let expected = [4, 5, 6].into_iter().find(|step| fitting >> (step - 4) & 1 == 1);
            assert_eq!((first, tried.into_inner()), (expected, vec![4, 5, 6]), "{fitting:03b}");
        }
    }

    #[test]
    fn a_code_that_two_steps_share_is_of_the_first_and_so_taken_once() {
        // Found by trying: of a million pairs of neighbours, one has one code.
        let seed = TotpSeed(Zeroizing::new(*b"12345678901234567890"));
        let first = 910_737;
        let code = seed.code_at(first * STEP_S);
        assert_eq!(seed.code_at((first + 1) * STEP_S), code);
        for now in [first, first + 1] {
            assert_eq!(seed.step_of(&code, now * STEP_S), Some(first), "{now}");
        }
        assert_eq!(seed.step_of(&code, (first + 2) * STEP_S), Some(first + 1));
        assert_eq!(seed.step_of(&seed.code_at(0), 0), Some(0), "there is no step before the first");
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits of each.
        let seed = TotpSeed(Zeroizing::new(*b"12345678901234567890"));
        for (at_s, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(seed.code_at(at_s), code);
            assert_eq!(seed.step_of(code, at_s), Some(at_s / 30));
            assert_eq!(seed.step_of(code, at_s + 30), Some(at_s / 30), "a step late");
            assert_eq!(seed.step_of(code, at_s.saturating_sub(30)), Some(at_s / 30), "a step early");
            assert_eq!(seed.step_of(code, at_s + 60), None, "two steps late");
        }
        for wrong in ["", "28708", "2870822", "28708x", "２８７０８２", "+87082", " 287082"] {
            assert_eq!(seed.step_of(wrong, 59), None, "{wrong}");
        }
        assert_eq!(seed.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(seed.uri("maren", "Wardlight").starts_with("otpauth://totp/Wardlight:maren?secret=GEZDGNBV"));
    }

    #[test]
    fn a_seed_is_opened_for_its_own_account_only() {
        let directory = tempfile::tempdir().unwrap();
        let key = SealKey::load_or_create(directory.path()).unwrap();
        let seed = TotpSeed::generate().unwrap();
        let sealed = key.seal(&seed, &[1; 16]).unwrap();
        assert!(!sealed.windows(SEED_BYTES).any(|window| window == seed.0.as_slice()));
        let again = SealKey::load_or_create(directory.path()).unwrap();
        assert_eq!(again.open(&sealed, &[1; 16]).unwrap().base32(), seed.base32());
        assert_eq!(key.open(&sealed, &[2; 16]).unwrap_err(), SealError);
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert_eq!(key.open(&changed, &[1; 16]).unwrap_err(), SealError);
        for cut in [&sealed[..0], &sealed[..11], &sealed[..sealed.len() - 1]] {
            assert_eq!(key.open(cut, &[1; 16]).unwrap_err(), SealError);
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = SealKey::load_or_create(elsewhere.path()).unwrap();
        assert_eq!(other.open(&sealed, &[1; 16]).unwrap_err(), SealError);
    }
}
