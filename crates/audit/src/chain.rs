//! Making the chain.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The length of a hash, in bytes.
pub const HASH_BYTES: usize = 32;
/// The event of an entry that signs the one before it.
pub const CHECKPOINT: &str = "audit.checkpoint";
/// The event of an entry that says that the one that was written before is not there any more.
pub const BROKEN: &str = "audit.broken";
/// The event of an entry that says that something could not be written.
pub const LOST: &str = "audit.lost";

/// What is hashed and what is signed begins with what it is, so that neither is taken for something else.
const ENTRY_TAG: &[u8] = b"wardlight audit entry 1\n";
const CHECKPOINT_TAG: &[u8] = b"wardlight audit checkpoint 1\n";

/// What an entry tells besides its number, its time and its event.
pub type Fields = Map<String, Value>;

/// The SHA-256 of an entry (FIPS 180-4). Written as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; HASH_BYTES]);

impl Hash {
    /// From what is stored.
    pub const fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// As it is stored.
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Of an entry's line.
    pub fn of(text: &str) -> Self {
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(digest(&SHA256, &[ENTRY_TAG, text.as_bytes()].concat()).as_ref());
        Self(hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        unhex(text).map(Self)
    }
}

/// The end of a trail: the number of its last entry, and that entry's hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Counted from 1; 0 before the first.
    pub seq: u64,
    /// Of the last entry.
    pub hash: Hash,
}

impl Head {
    /// Of a trail without entries.
    pub const EMPTY: Self = Self { seq: 0, hash: Hash([0; HASH_BYTES]) };

    /// The entry that follows. `at_ms` is in milliseconds since 1970; a field named as one of the trail's own
    /// (`seq`, `prev`, `at`, `event`) is left out.
    pub fn entry(&self, at_ms: u64, event: &str, fields: Fields) -> Entry {
        let mut line = Map::new();
        line.insert("seq".to_owned(), Value::from(self.seq + 1));
        line.insert("prev".to_owned(), Value::from(self.hash.to_string()));
        line.insert("at".to_owned(), Value::from(moment(at_ms)));
        line.insert("event".to_owned(), Value::from(event));
        for (name, value) in fields {
            line.entry(name).or_insert(value);
        }
        let text = Value::Object(line).to_string();
        Entry { seq: self.seq + 1, hash: Hash::of(&text), text, is_checkpoint: event == CHECKPOINT }
    }

    /// The entry that follows and says who vouches for all before it.
    pub fn checkpoint(&self, at_ms: u64, key: &SigningKey) -> Entry {
        let mut fields = Fields::new();
        fields.insert("signature".to_owned(), Value::from(hex(key.0.sign(&signed(self)).as_ref())));
        self.entry(at_ms, CHECKPOINT, fields)
    }
}

/// One line of a trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Counted from 1.
    pub seq: u64,
    /// The line: JSON, without a line break.
    pub text: String,
    /// Of the line.
    pub hash: Hash,
    /// Whether it is one that signs.
    pub is_checkpoint: bool,
}

impl Entry {
    /// The trail ends here.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

/// Signs checkpoints.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// From 32 secret bytes. `None` if the library takes them for none.
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    /// What others need to check its signatures.
    pub fn verifying(&self) -> VerifyingKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        VerifyingKey(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// Checks signatures. Written as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// Whether this is the signature of an end, in hexadecimal.
    pub(crate) fn vouches_for(&self, head: &Head, signature: &str) -> bool {
        let Ok(signature) = unhex::<64>(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(&signed(head), &signature).is_ok()
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for VerifyingKey {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        unhex(text).map(Self)
    }
}

/// What a checkpoint signs of an end.
fn signed(head: &Head) -> Vec<u8> {
    [CHECKPOINT_TAG, &head.seq.to_be_bytes(), &head.hash.0].concat()
}

/// In UTC, to the millisecond (RFC 3339). A time that no calendar has is that of the beginning.
fn moment(at_ms: u64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000);
    at.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(&Rfc3339).unwrap_or_default()
}

/// It is not written in hexadecimal, or not as long as it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this should be hexadecimal digits, two for each byte")]
pub struct NotHex;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], NotHex> {
    if text.len() != 2 * N || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(NotHex);
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| NotHex)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| NotHex)?;
    }
    Ok(bytes)
}
