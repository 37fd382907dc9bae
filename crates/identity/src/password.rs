//! Passwords: which may be chosen (NIST SP 800-63B-4, section 3.1.1; OWASP ASVS 5.0 V6.2), and how they are kept
//! (Argon2id, RFC 9106; OWASP Password Storage Cheat Sheet).

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::entropy::{EntropyError, secret};
use crate::files::{KeyError, read_private};

/// The shortest password that may be chosen, in characters. Fifteen are what people are advised to take.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest, in characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// As many guesses must be needed, to the base of ten: those of the lists of common passwords need fewer.
const GUESSES_LOG10_MIN: f64 = 6.0;
/// A stored hash that wants more memory than this is not one of ours, in KiB.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;

/// A password as it was typed: nothing is trimmed, folded or cut. Not printed by accident.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The text cannot be a password here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than [`PASSWORD_CHARS_MIN`].
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters; fifteen or more are better")]
    TooShort,
    /// Longer than [`PASSWORD_CHARS_MAX`].
    #[error("a password has at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    /// Among the first that anybody tries.
    #[error("that password is among the first that others try; take a few words that do not belong together")]
    Common,
    /// In the list of those that came out.
    #[error("that password came out in a breach somewhere, so others try it; take another")]
    Breached,
}

impl Password {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// A password that somebody presents.
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        let text = Zeroizing::new(text);
        if text.chars().count() > PASSWORD_CHARS_MAX { Err(PasswordError::TooLong) } else { Ok(Self(text)) }
    }

    /// A password that somebody chooses. The words of its context, such as the name of its owner, count as known to
    /// whoever guesses. Takes milliseconds.
    pub fn choose(text: String, context: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::parse(text)?;
        if password.0.chars().count() < PASSWORD_CHARS_MIN {
            return Err(PasswordError::TooShort);
        }
        let known: Vec<&str> = ["wardlight", "tabletop"].iter().chain(context).copied().collect();
        if zxcvbn::zxcvbn(&password.0, &known).guesses_log10() < GUESSES_LOG10_MIN {
            return Err(PasswordError::Common);
        }
        Ok(password)
    }
}

/// What a hash costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HashCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl HashCost {
    /// What is used without being told otherwise.
    pub const USUAL: Self = Self { memory_kib: 47_104, passes: 1 };
    /// The settings of equal strength that OWASP gives as the least.
    const LEAST: [Self; 5] = [
        Self::USUAL,
        Self { memory_kib: 19_456, passes: 2 },
        Self { memory_kib: 12_288, passes: 3 },
        Self { memory_kib: 9_216, passes: 4 },
        Self { memory_kib: 7_168, passes: 5 },
    ];

    /// Whether this is at least as strong as one of those that OWASP gives as the least.
    pub fn is_enough(self) -> bool {
        let is_over = |least: &Self| self.memory_kib >= least.memory_kib && self.passes >= least.passes;
        Self::LEAST.iter().any(is_over) && self.memory_kib <= MEMORY_KIB_MAX
    }
}

/// Secrets that are kept apart from the database and without which its hashes are worth nothing. The newest is used for
/// new hashes, those before it for old ones.
#[derive(Default)]
pub struct Peppers(BTreeMap<u32, Zeroizing<Vec<u8>>>);

impl Peppers {
    /// Reads a private file with a line for each: its number, a space, and 32 bytes or more in Base64.
    ///
    /// # Errors
    /// If it cannot be read, others can read it, or it has another form.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let expected = "lines of a number, a space and at least 32 bytes in Base64";
        let wrong = || KeyError::NotAKey { path: path.to_path_buf(), expected };
        let bytes = read_private(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
        let mut peppers = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (number, key) = line.trim().split_once(' ').ok_or_else(wrong)?;
            let number = number.parse::<u32>().map_err(|_| wrong())?;
            let key = Zeroizing::new(STANDARD.decode(key.trim()).map_err(|_| wrong())?);
            if key.len() < 32 || peppers.insert(number, key).is_some() {
                return Err(wrong());
            }
        }
        if peppers.is_empty() { Err(wrong()) } else { Ok(Self(peppers)) }
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peppers(…)")
    }
}

/// What comes of comparing a password with what is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Another password, or nothing is stored.
    Wrong,
    /// The password.
    Right,
    /// The password, stored in a way of before: store it anew.
    RightButOld,
}

/// A password could not be compared or hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// What is stored is no hash of ours.
    #[error("the stored hash of a password is not one of ours")]
    Stored,
    /// The pepper it was made with is not there.
    #[error("pepper {0} is needed and not in the pepper file")]
    NoPepper(u32),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Argon2 refused.
    #[error("Argon2 could not be computed")]
    Argon2(#[source] password_hash::Error),
}

/// Makes and compares hashes of passwords. Each call takes tens of milliseconds and the memory of [`HashCost`].
#[derive(Debug)]
pub struct PasswordHasher {
    params: Params,
    peppers: Peppers,
}

impl PasswordHasher {
    /// Hashes cost this much.
    ///
    /// # Errors
    /// [`HashError::Argon2`] if they cannot.
    pub fn new(cost: HashCost, peppers: Peppers) -> Result<Self, HashError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32))
            .map_err(|error| HashError::Argon2(error.into()))?;
        Ok(Self { params, peppers })
    }

    /// What may be stored of a password: the number of its pepper, if any, and a hash in PHC form.
    ///
    /// # Errors
    /// If there is no randomness, or Argon2 cannot be computed.
    pub fn hash(&self, password: &Password) -> Result<String, HashError> {
        let salt = secret::<16>()?;
        let newest = self.peppers.0.last_key_value();
        let argon2 = self.argon2(newest.map(|(_, key)| key.as_slice()), self.params.clone())?;
        let hash = argon2.hash_password_with_salt(password.0.as_bytes(), &salt).map_err(HashError::Argon2)?;
        Ok(match newest {
            Some((number, _)) => format!("{number}{hash}"),
            None => hash.to_string(),
        })
    }

    /// Compares. Without anything stored the same work is done, so that nobody can tell.
    ///
    /// # Errors
    /// If what is stored is no hash, or its pepper is missing.
    pub fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict, HashError> {
        let Some(stored) = stored else {
            self.hash(password)?;
            return Ok(Verdict::Wrong);
        };
        let start = stored.find('$').ok_or(HashError::Stored)?;
        let (number, phc) = stored.split_at(start);
        let number = match number {
            "" => None,
            number => Some(number.parse::<u32>().map_err(|_| HashError::Stored)?),
        };
        let pepper = match number {
            None => None,
            Some(number) => Some(self.peppers.0.get(&number).ok_or(HashError::NoPepper(number))?),
        };
        let hash = PasswordHash::new(phc).map_err(|_| HashError::Stored)?;
        let params = Params::try_from(&hash).map_err(|_| HashError::Stored)?;
        let is_whole = hash.salt.is_some() && hash.hash.is_some();
        let is_ours =
            is_whole && hash.algorithm == Algorithm::Argon2id.ident() && params.m_cost() <= MEMORY_KIB_MAX;
        if !is_ours {
            return Err(HashError::Stored);
        }
        let argon2 = self.argon2(pepper.map(|key| key.as_slice()), params.clone())?;
        match argon2.verify_password(password.0.as_bytes(), &hash) {
            Ok(()) => {}
            Err(password_hash::Error::PasswordInvalid) => return Ok(Verdict::Wrong),
            Err(error) => return Err(HashError::Argon2(error)),
        }
        let is_newest = number == self.peppers.0.last_key_value().map(|(number, _)| *number);
        let costs_as_now = (params.m_cost(), params.t_cost(), params.p_cost())
            == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        Ok(if is_newest && costs_as_now { Verdict::Right } else { Verdict::RightButOld })
    }

    fn argon2<'a>(&self, pepper: Option<&'a [u8]>, params: Params) -> Result<Argon2<'a>, HashError> {
        match pepper {
            Some(key) => Argon2::new_with_secret(key, Algorithm::Argon2id, Version::V0x13, params)
                .map_err(|error| HashError::Argon2(error.into())),
            None => Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1 };

    fn password(text: &str) -> Password {
        Password::parse(text.to_owned()).unwrap()
    }

    fn peppers(lines: &str) -> Result<Peppers, KeyError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        Peppers::read(file.path())
    }

    #[test]
    fn what_is_easily_guessed_is_refused_and_what_is_long_is_taken_whole() {
        let choose = |text: &str| Password::choose(text.to_owned(), &["maren.oak"]).map(drop);
        assert_eq!(choose("k7#Lq2x"), Err(PasswordError::TooShort));
        for common in
            ["password", "12345678", "qwertyuiop", "Password1", "maren.oak", "wardlight1", "aaaaaaaaaaaa"]
        {
            assert_eq!(choose(common), Err(PasswordError::Common), "{common}");
        }
        for good in
            ["violin tugboat anchovy", "k7#Lq2xw!Pz9", "пароль из многих слов", "🐉 over the 雪 hills"]
        {
            assert_eq!(choose(good), Ok(()), "{good}");
        }
        assert_eq!(choose(&"é#7k ".repeat(26)), Err(PasswordError::TooLong));
        let long = "x9 Q\u{0}é".repeat(21);
        assert_eq!(choose(&long), Ok(()), "any character, up to 128 of them");
        let hasher = PasswordHasher::new(CHEAP, Peppers::default()).unwrap();
        let stored = hasher.hash(&password(&long)).unwrap();
        let cut: String = long.chars().take(long.chars().count() - 1).collect();
        assert_eq!(hasher.verify(&password(&cut), Some(&stored)).unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(&password(&long), Some(&stored)).unwrap(), Verdict::Right);
        // é in one character and in two is not the same password: nothing is folded.
        let stored = hasher.hash(&password("caf\u{e9} olé")).unwrap();
        assert_eq!(hasher.verify(&password("cafe\u{301} olé"), Some(&stored)).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_hash_is_argon2id_with_a_salt_of_its_own() {
        let hasher = PasswordHasher::new(CHEAP, Peppers::default()).unwrap();
        let (one, two) = (hasher.hash(&password("a b c")).unwrap(), hasher.hash(&password("a b c")).unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=64,t=1,p=1$") && one != two, "{one}");
        assert!(!one.contains("a b c"));
        assert_eq!(hasher.verify(&password("a b d"), Some(&one)).unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(&password("a b c"), None).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn other_costs_and_peppers_are_noticed_and_asked_to_be_stored_anew() {
        let plain = PasswordHasher::new(CHEAP, Peppers::default()).unwrap();
        let dearer =
            PasswordHasher::new(HashCost { memory_kib: 128, passes: 1 }, Peppers::default()).unwrap();
        let key = |byte: u8| STANDARD.encode([byte; 32]);
        let first = PasswordHasher::new(CHEAP, peppers(&format!("1 {}\n", key(1))).unwrap()).unwrap();
        let both = format!("1 {}\n2 {}\n", key(1), key(2));
        let second = PasswordHasher::new(CHEAP, peppers(&both).unwrap()).unwrap();
        let right = password("violin tugboat");
        let bare = plain.hash(&right).unwrap();
        assert_eq!(dearer.verify(&right, Some(&bare)).unwrap(), Verdict::RightButOld);
        assert_eq!(first.verify(&right, Some(&bare)).unwrap(), Verdict::RightButOld);
        let peppered = first.hash(&right).unwrap();
        assert!(peppered.starts_with("1$argon2id$"), "{peppered}");
        assert_eq!(first.verify(&right, Some(&peppered)).unwrap(), Verdict::Right);
        assert_eq!(second.verify(&right, Some(&peppered)).unwrap(), Verdict::RightButOld);
        assert!(second.hash(&right).unwrap().starts_with("2$"));
        // Without the pepper the hash is worth nothing.
        assert!(matches!(plain.verify(&right, Some(&peppered)), Err(HashError::NoPepper(1))));
        assert_eq!(plain.verify(&right, Some(&peppered[1..])).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_stored_text_that_is_no_hash_of_ours_is_an_error() {
        let hasher = PasswordHasher::new(CHEAP, Peppers::default()).unwrap();
        let huge = "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtlZmFrZWZha2U";
        let weak =
            "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtlZmFrZWZha2U";
        for stored in ["", "x", "$", "x$argon2id$", "$argon2id$v=19$m=64", huge, weak] {
            assert!(
                matches!(hasher.verify(&password("x"), Some(stored)), Err(HashError::Stored)),
                "{stored}"
            );
        }
    }

    #[test]
    fn the_usual_cost_is_enough_and_less_is_not() {
        assert!(HashCost::USUAL.is_enough());
        assert!(HashCost { memory_kib: 19_456, passes: 2 }.is_enough());
        assert!(!HashCost { memory_kib: 19_456, passes: 1 }.is_enough());
        assert!(!HashCost { memory_kib: 4_096, passes: 100 }.is_enough());
        assert!(!HashCost { memory_kib: u32::MAX, passes: 1 }.is_enough());
    }

    #[test]
    fn a_pepper_file_of_another_form_is_refused() {
        let key = STANDARD.encode([7; 32]);
        for lines in ["", "x", &key, &format!("1 {}", STANDARD.encode([7; 31])), &format!("1 {key}\n1 {key}")]
        {
            assert!(matches!(peppers(lines), Err(KeyError::NotAKey { .. })), "{lines}");
        }
    }
}
