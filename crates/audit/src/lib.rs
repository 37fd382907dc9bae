//! A trail of entries in which nothing can be changed, taken out or moved without being found out.
//!
//! Each entry is one line of JSON that carries its number and the hash of the entry before it; its own hash is that of the
//! whole line. From time to time an entry is a checkpoint, which holds a signature (Ed25519, RFC 8032) of the entry before
//! it. Whoever can write the trail but has no key can build a chain that fits together, but not one that is signed. What
//! follows the last checkpoint is not signed yet, and that a trail ends too soon is known only to who has a copy of a later
//! [`Head`]: so checkpoints are also told elsewhere. The idea is that of the logs of RFC 9162, without its tree: nobody is
//! shown a part of this trail.
//!
//! Start reading at [`Head::entry`] and [`Verifier`].

mod chain;
mod verify;

pub use chain::{BROKEN, CHECKPOINT, Entry, Fields, HASH_BYTES, Hash, Head, LOST, SigningKey, VerifyingKey};
pub use verify::{Finding, UNSIGNED_MAX, Verified, Verifier};
