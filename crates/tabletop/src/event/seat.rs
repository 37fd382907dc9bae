//! Records of people at the table.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, MessageId, SeatId};

/// A person's place at the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatRecord {
    /// The seat.
    pub seat: SeatId,
    /// Who may sit here: one person's accounts, the newest last.
    pub accounts: Vec<AccountId>,
    /// The person's name.
    pub name: String,
    /// Their colour, 0xRRGGBB.
    pub color: u32,
    /// What they may do.
    pub role: Role,
    /// How they stand to the table.
    pub state: SeatState,
    /// The first chat message that they may know of; set when they were seated.
    pub hears_from: MessageId,
}

/// What a seat may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the game.
    Gm,
    /// Plays.
    Player,
    /// Watches.
    Spectator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Gm, Self::Player, Self::Spectator];
}

/// How a person stands to the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Waits to be let in.
    Knocking,
    /// Sits at the table.
    Seated,
    /// May not come back.
    Banned,
}
