//! Checking a chain.

use serde_json::Value;

use crate::chain::{BROKEN, CHECKPOINT, Hash, Head, LOST, VerifyingKey};

/// So many entries may follow each other before one signs. A trail with more was not written by the server: it signs
/// sooner.
pub const UNSIGNED_MAX: u64 = 2_048;

/// What is wrong with a trail, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Finding {
    /// One or more are gone.
    #[error("entry {seq} is missing: {found} comes in its place")]
    Missing {
        /// The first that is gone.
        seq: u64,
        /// What stands there.
        found: u64,
    },
    /// It stands where another should.
    #[error("entry {seq} is not in its place: its line says that it is {says}")]
    Moved {
        /// Where it stands.
        seq: u64,
        /// What it says of itself.
        says: u64,
    },
    /// The line is another than the one that was hashed.
    #[error("entry {0} was changed: its line does not have its hash")]
    Changed(u64),
    /// The line is none.
    #[error("entry {0} was changed: its line is not one of a trail")]
    Unreadable(u64),
    /// It follows from another entry than the one before it.
    #[error("entry {0} does not follow from the one before it: one of the two was replaced")]
    Unlinked(u64),
    /// A checkpoint whose signature is none of this key.
    #[error(
        "checkpoint {0} is not signed by this key for what stands before it: a part of the trail up to there was replaced"
    )]
    Unsigned(u64),
    /// It begins later than the server would have it.
    #[error(
        "the trail begins at entry {first} and ends at {last}: the server leaves {kept} when it lets older ones go, so what was before was removed"
    )]
    Shortened {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
        /// How many should be there.
        kept: u64,
    },
    /// A key that another took the place of signed last.
    #[error("the newest key has signed nothing: who has one of before may have made the trail anew")]
    Superseded,
    /// The trail does not begin at 1, nor where it may have been cut.
    #[error(
        "the trail begins at entry {0}, which is neither its first nor a checkpoint: what was before is missing"
    )]
    Beheaded(u64),
    /// Too many entries without a signature.
    #[error(
        "the {UNSIGNED_MAX} entries from {0} on are signed by nobody: they were replaced, or their checkpoints removed"
    )]
    Unvouched(u64),
    /// There is less than a copy knows of.
    #[error("the trail ends at entry {last}, but there was an entry {known}: its end was cut off")]
    Truncated {
        /// The last one.
        last: u64,
        /// The last one that a copy knows of.
        known: u64,
    },
    /// A copy knows an entry otherwise.
    #[error("entry {0} is another one than the one that was told elsewhere")]
    Contradicted(u64),
}

/// What a trail is that nothing is wrong with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The first entry; 1, or the checkpoint from which on entries were kept. 0 if there is none.
    pub first: u64,
    /// The end.
    pub head: Head,
    /// How many signatures were checked.
    pub checkpoints: u64,
    /// How many entries at the end are not signed yet.
    pub unsigned: u64,
    /// How many entries were told elsewhere and stand as they were told.
    pub confirmed: u64,
    /// How many entries say that the server did not find its last one again.
    pub broken: u64,
    /// How many entries say that something was lost.
    pub lossy: u64,
}

/// Takes the entries of a trail one after the other, however many there are.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    /// Which of them signed last.
    signer: usize,
    /// How many entries are kept when older ones go.
    kept: u64,
    /// Whether something was taken. What goes on after a known end has a head before.
    has_begun: bool,
    /// What is known from elsewhere, by number.
    copies: Vec<Head>,
    verified: Verified,
}

impl Verifier {
    /// Checks with the keys that signed: in their order, if one took the place of another. `copies` are ends that the trail
    /// once had, as they were told elsewhere, in any order. `kept` is how many entries stay at least when older ones go.
    pub fn new(keys: Vec<VerifyingKey>, mut copies: Vec<Head>, kept: u64) -> Self {
        copies.sort_unstable_by_key(|copy| std::cmp::Reverse(copy.seq));
        let verified = Verified {
            first: 0,
            head: Head::EMPTY,
            checkpoints: 0,
            unsigned: 0,
            confirmed: 0,
            broken: 0,
            lossy: 0,
        };
        Self { keys, signer: 0, kept, has_begun: false, copies, verified }
    }

    /// Checks what follows a known end, with the key that signs.
    pub fn after(known: Head, key: VerifyingKey) -> Self {
        let mut verifier = Self::new(vec![key], Vec::new(), 0);
        verifier.has_begun = true;
        verifier.verified.first = 1;
        verifier.verified.head = known;
        verifier
    }

    /// Takes the next entry: the number and the hash under which it is stored, and its line.
    ///
    /// # Errors
    /// What is wrong with it. Nothing that follows it means anything.
    pub fn take(&mut self, seq: u64, text: &str, hash: Hash) -> Result<(), Finding> {
        let is_first = !self.has_begun;
        let expected = self.verified.head.seq.saturating_add(1);
        if !is_first && seq != expected {
            return Err(Finding::Missing { seq: expected, found: seq });
        }
        if Hash::of(text) != hash {
            return Err(Finding::Changed(seq));
        }
        let line: Value = serde_json::from_str(text).map_err(|_| Finding::Unreadable(seq))?;
        let word = |name| line.get(name).and_then(Value::as_str);
        let (Some(says), Some(prev), Some(event)) =
            (line.get("seq").and_then(Value::as_u64), word("prev"), word("event"))
        else {
            return Err(Finding::Unreadable(seq));
        };
        if says != seq {
            return Err(Finding::Moved { seq, says });
        }
        let prev: Hash = prev.parse().map_err(|_| Finding::Unreadable(seq))?;
        let is_checkpoint = event == CHECKPOINT;
        if is_first && seq != 1 {
            // What was before it is vouched for by its signature alone.
            let Some(before) = seq.checked_sub(1).filter(|_| is_checkpoint) else {
                return Err(Finding::Beheaded(seq));
            };
            self.verified.head = Head { seq: before, hash: prev };
        }
        if prev != self.verified.head.hash {
            return Err(Finding::Unlinked(seq));
        }
        if is_checkpoint {
            let signature = word("signature").ok_or(Finding::Unsigned(seq))?;
            let signer = self
                .keys
                .iter()
                .skip(self.signer)
                .position(|key| key.vouches_for(&self.verified.head, signature));
            self.signer += signer.ok_or(Finding::Unsigned(seq))?;
            self.verified.checkpoints += 1;
            self.verified.unsigned = 0;
        } else {
            self.verified.unsigned += 1;
            if self.verified.unsigned >= UNSIGNED_MAX {
                return Err(Finding::Unvouched(seq + 1 - UNSIGNED_MAX));
            }
        }
        self.verified.head = Head { seq, hash };
        if is_first {
            self.verified.first = seq;
            self.has_begun = true;
        }
        match event {
            BROKEN => self.verified.broken += 1,
            LOST => self.verified.lossy += 1,
            _ => {}
        }
        self.compare()
    }

    /// No more follow.
    ///
    /// # Errors
    /// If there should be more.
    pub fn finish(self) -> Result<Verified, Finding> {
        let Verified { first, head, checkpoints, .. } = self.verified;
        // Sorted from the last to the first, and all that were passed are taken off.
        if let Some(known) = self.copies.first().map(|last| last.seq).filter(|known| *known > head.seq) {
            return Err(Finding::Truncated { last: head.seq, known });
        }
        if first > 1 && head.seq - first < self.kept.saturating_sub(1) {
            return Err(Finding::Shortened { first, last: head.seq, kept: self.kept });
        }
        if checkpoints > 0 && self.signer + 1 < self.keys.len() {
            return Err(Finding::Superseded);
        }
        Ok(self.verified)
    }

    /// Whether what is known of this number from elsewhere is the same.
    fn compare(&mut self) -> Result<(), Finding> {
        let head = self.verified.head;
        while let Some(copy) = self.copies.pop_if(|copy| copy.seq <= head.seq) {
            if copy.seq == head.seq {
                if copy.hash != head.hash {
                    return Err(Finding::Contradicted(head.seq));
                }
                self.verified.confirmed += 1;
            }
        }
        Ok(())
    }
}
