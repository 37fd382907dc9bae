//! Where dice come from: the operating system's generator, or in tests a function of seed, seat and command.

use sha2::{Digest, Sha256};
use tabletop::dice::Entropy;
use tabletop::id::{CommandId, SeatId};

/// The source of a server's dice.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DiceSource {
    /// The operating system's cryptographic generator.
    System,
    /// The same draws for the same seed, seat and command, so that one roll cannot shift another. For tests only.
    Seeded(u64),
    /// A generator that gives nothing, as the operating system's when it is broken.
    #[cfg(test)]
    Broken,
}

impl DiceSource {
    /// The draws for one command.
    pub(crate) fn draws(self, seat: SeatId, command: &CommandId) -> Box<dyn Entropy + Send> {
        match self {
            Self::System => Box::new(SystemDraws),
            #[cfg(test)]
            Self::Broken => Box::new(BrokenDraws),
            Self::Seeded(seed) => {
                let mut hasher = Sha256::new();
                hasher.update(seed.to_be_bytes());
                hasher.update(seat.0.to_be_bytes());
                hasher.update(command.as_str());
                Box::new(SeededDraws { key: hasher.finalize().into(), drawn: 0 })
            }
        }
    }
}

struct SystemDraws;

impl Entropy for SystemDraws {
    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        #[expect(clippy::disallowed_methods, reason = "the one source of dice")]
        let filled = getrandom::fill(&mut bytes);
        // Without the generator there is no fair die: the command is refused (the actor catches the panic), never
        // answered with a guess.
        assert!(filled.is_ok(), "the operating system's random generator gives bytes");
        u64::from_ne_bytes(bytes)
    }
}

#[cfg(test)]
struct BrokenDraws;

#[cfg(test)]
impl Entropy for BrokenDraws {
    fn next_u64(&mut self) -> u64 {
        panic!("the random generator gives bytes")
    }
}

struct SeededDraws {
    key: [u8; 32],
    drawn: u64,
}

impl Entropy for SeededDraws {
    fn next_u64(&mut self) -> u64 {
        let mut hasher = Sha256::new();
        hasher.update(self.key);
        hasher.update(self.drawn.to_be_bytes());
        self.drawn += 1;
        let digest: [u8; 32] = hasher.finalize().into();
        u64::from_be_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ])
    }
}
