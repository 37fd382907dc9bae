//! Why a rule said no, in words that a player understands.

use crate::limits;
use crate::name::{NameError, WordsError};

/// A rule said no. Nothing changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The seat is not at the table.
    #[error("you are not seated at this table")]
    NotSeated,
    /// A handle that is not in the view, whether the thing exists or not.
    #[error("that is not there")]
    Unknown,
    /// Another person's token, in view.
    #[error("that is not your token")]
    NotYourToken,
    /// Another person's drawing, in view.
    #[error("that is not your drawing")]
    NotYourDrawing,
    /// Players may not draw here.
    #[error("the game master has put the pens away")]
    NoDrawing,
    /// For the game master.
    #[error("only the game master can do that")]
    MasterOnly,
    /// Spectators watch.
    #[error("spectators watch; ask the game master for a seat to play")]
    WatchOnly,
    /// The game master paused the game.
    #[error("the game is paused")]
    Paused,
    /// The door is locked.
    #[error("it is locked")]
    Locked,
    /// The first step is into a wall.
    #[error("the way is blocked")]
    Blocked,
    /// Outside the map.
    #[error("that lies outside the map")]
    OutsideScene,
    /// No scene is open.
    #[error("there is no scene yet; add one first")]
    NoScene,
    /// The players are here.
    #[error("the players are on this scene; bring them elsewhere first")]
    SceneShown,
    /// Nothing was done.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// Nothing was taken back.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// Somebody changed it since, or the player saw something new.
    #[error("things have moved on; that can no longer be undone")]
    MovedOn,
    /// Nothing is being prepared.
    #[error("no fog is being prepared on this scene; start preparing first")]
    NotPreparing,
    /// Something is being prepared, which would take back what is changed beside it.
    #[error("fog is being prepared on this scene; push or discard that first")]
    Preparing,
    /// The seat does not knock.
    #[error("nobody is waiting there")]
    NotKnocking,
    /// The game master's own seat.
    #[error("a game master cannot be sent away")]
    MasterStays,
    /// A number is out of its range.
    #[error("{what} must be between {min} and {max}")]
    OutOfRange {
        /// What.
        what: &'static str,
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Too many of something.
    #[error("at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// The person was banned.
    #[error("the game master has closed this table to you")]
    Banned,
    /// A name that looks like that of somebody else at the table.
    #[error("somebody at this table is called like that; choose another name")]
    NameTaken,
    /// A name that cannot be shown.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Words that cannot be shown.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A line of chat that is not understood; the sentence says why.
    #[error("{0}")]
    Chat(String),
}

impl Refusal {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSeated => "not_seated",
            Self::Unknown => "unknown",
            Self::NotYourToken => "not_your_token",
            Self::NotYourDrawing => "not_your_drawing",
            Self::NoDrawing => "no_drawing",
            Self::MasterOnly => "master_only",
            Self::WatchOnly => "watch_only",
            Self::Paused => "paused",
            Self::Locked => "locked",
            Self::Blocked => "blocked",
            Self::OutsideScene => "outside_scene",
            Self::NoScene => "no_scene",
            Self::SceneShown => "scene_shown",
            Self::NothingToUndo => "nothing_to_undo",
            Self::NothingToRedo => "nothing_to_redo",
            Self::MovedOn => "moved_on",
            Self::NotPreparing => "not_preparing",
            Self::Preparing => "preparing",
            Self::NotKnocking => "not_knocking",
            Self::MasterStays => "master_stays",
            Self::OutOfRange { .. } => "out_of_range",
            Self::TooMany { .. } => "too_many",
            Self::Banned => "banned",
            Self::NameTaken => "name_taken",
            Self::Name(_) => "bad_name",
            Self::Chat(_) => "bad_line",
            Self::Words(_) => "bad_words",
        }
    }
}

/// Refuses more than `max` of something.
pub(crate) fn at_most(count: usize, max: usize, what: &'static str) -> Result<(), Refusal> {
    if count <= max { Ok(()) } else { Err(Refusal::TooMany { what, max }) }
}

/// Refuses a command about more tokens than [`limits::TOKENS_PER_COMMAND_MAX`].
pub(crate) fn tokens_in_command(count: usize) -> Result<(), Refusal> {
    at_most(count, limits::TOKENS_PER_COMMAND_MAX, "tokens in one command")
}
