//! Links that let people in.
//!
//! The code is in the fragment, so it reaches no log and no referrer. An invite's code is derived from the table and
//! the invite's generation, so the game master can see it again though nothing secret is stored; a seat's code is
//! random, stored as a hash, and works once.

use identity::{InviteKey, LinkCode};
use tabletop::id::{SeatId, TableId};

/// What a code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    /// Knock at a table, while this is the generation of its invite.
    Invite { table: TableId, generation: u32 },
    /// Sit down on this seat, once.
    Seat { table: TableId, seat: SeatId },
}

/// A code as somebody brings it, before it is known to be one of ours.
pub(crate) enum Brought {
    Invite { table: TableId, proof: LinkCode },
    Seat(LinkCode),
}

impl Brought {
    /// Reads a code: a table's id and what proves its invite, or a seat's code alone.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        if let Some((table, proof)) = code.split_at_checked(32)
            && !proof.is_empty()
        {
            let (table, proof) = (table.parse().ok()?, LinkCode::parse(proof).ok()?);
            return Some(Self::Invite { table, proof });
        }
        LinkCode::parse(code).ok().map(Self::Seat)
    }
}

/// The code of a table's invite.
pub(crate) fn invite_code(key: &InviteKey, table: TableId, generation: u32) -> String {
    format!("{table}{}", identity::invite_code(key, table.as_bytes(), generation).reveal())
}

/// A code under one of the server's addresses.
pub(crate) fn join_link(origin: &str, code: &str) -> String {
    format!("{origin}/join#{code}")
}

/// A code to make an account with, under one of the server's addresses.
pub(crate) fn register_link(origin: &str, code: &str) -> String {
    format!("{origin}/register#{code}")
}

/// A code to choose a new password with, under one of the server's addresses.
pub(crate) fn reset_link(origin: &str, code: &str) -> String {
    format!("{origin}/reset#{code}")
}

/// A code to prove a mail address with, under one of the server's addresses.
pub(crate) fn mail_link(origin: &str, code: &str) -> String {
    format!("{origin}/mail#{code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_its_code_in_the_fragment() {
        assert_eq!(join_link("https://table.example", "abc"), "https://table.example/join#abc");
    }
}
