//! Who may ask for what: the one place that knows roles.
//!
//! [`authorize`] answers for the exact command and gives a [`Permit`], which [`crate::table::Table::decide`] consumes;
//! forgetting the check does not compile. The matrix of roles and commands is checked in as
//! `tests/permission_matrix.txt`.

use crate::command::Command;
use crate::event::{Role, SeatRecord, SeatState, Shown};
use crate::id::{DrawingId, SeatId, TokenId};
use crate::refusal::Refusal;
use crate::table::Table;

/// Proof that a seat may ask for a command. Only [`authorize`] makes one.
#[derive(Debug)]
pub struct Permit {
    pub(crate) seat: SeatId,
    pub(crate) rights: Rights,
    pub(crate) command: Command,
}

/// How far a permitted command reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rights {
    /// Everything: walls do not stop moves, locks do not hold.
    Master,
    /// Own things, within the rules.
    Player,
}

/// Whether a seat may ask for a command at all. What the rules say (walls, locks) is decided later.
pub fn authorize(table: &Table, seat: SeatId, command: Command) -> Result<Permit, Refusal> {
    let Some(record) = table.seat(seat).filter(|seat| seat.state == SeatState::Seated) else {
        return Err(Refusal::NotSeated);
    };
    let rights = match record.role {
        Role::Gm => Rights::Master,
        Role::Player => {
            player_may(table, seat, &command)?;
            Rights::Player
        }
        Role::Spectator => {
            spectator_may(seat, &command)?;
            Rights::Player
        }
    };
    Ok(Permit { seat, rights, command })
}

/// Whether the seat runs the game.
pub fn is_master(table: &Table, seat: SeatId) -> bool {
    table.seat(seat).is_some_and(|seat| seat.role == Role::Gm && seat.state == SeatState::Seated)
}

/// Whether the seat may point and measure for others to see, and move their cameras.
pub fn may_point(table: &Table, seat: SeatId, pull: bool) -> bool {
    table.seat(seat).is_some_and(|seat| {
        seat.state == SeatState::Seated
            && match seat.role {
                Role::Gm => true,
                Role::Player => !pull,
                Role::Spectator => false,
            }
    })
}

/// Whether the seat may show a token's ghost to others.
pub fn may_drag(table: &Table, seat: SeatId, token: TokenId) -> bool {
    let moves_own = || !table.settings().paused && owns(table, seat, token).is_ok();
    may_point(table, seat, false) && (is_master(table, seat) || moves_own())
}

/// Whether the seat may look at the table as another one that somebody sits on.
pub fn may_mirror(table: &Table, seat: SeatId, of: SeatId) -> bool {
    let is_somebodys = |of: &SeatRecord| of.state == SeatState::Seated && !of.accounts.is_empty();
    is_master(table, seat)
        && table.seat(of).filter(|of| is_somebodys(of)).is_some_and(|of| match of.role {
            Role::Gm => false,
            Role::Player | Role::Spectator => true,
        })
}

fn player_may(table: &Table, seat: SeatId, command: &Command) -> Result<(), Refusal> {
    if table.settings().paused {
        not_in_a_pause(command)?;
    }
    match command {
        Command::MoveTokens(moves) => moves.iter().try_for_each(|(token, _)| owns(table, seat, *token)),
        Command::EditTokens(tokens, change) if change.only_turns() => {
            tokens.iter().try_for_each(|token| owns(table, seat, *token))
        }
        Command::Say(_, speak_as) => speak_as.iter().try_for_each(|token| owns(table, seat, *token)),
        // Only what is in view has a handle.
        Command::SetPortal(..) | Command::Target(..) => Ok(()),
        Command::AddDrawing(new) => draws(table, Some(new.shown)),
        Command::EditDrawings(drawings, change) => {
            draws(table, change.shown)?;
            drawings.iter().try_for_each(|drawing| drew(table, seat, *drawing))
        }
        Command::RemoveDrawings(drawings) => {
            draws(table, None)?;
            drawings.iter().try_for_each(|drawing| drew(table, seat, *drawing))
        }
        Command::Undo | Command::Redo if table.settings().player_undo => Ok(()),
        Command::EditSeat(edited, ..) if *edited == seat => Ok(()),
        Command::EditTokens(..)
        | Command::Undo
        | Command::Redo
        | Command::EditSeat(..)
        | Command::PlaceToken(..)
        | Command::CopyTokens(..)
        | Command::RemoveTokens(..)
        | Command::AddScene(..)
        | Command::ImportScene(..)
        | Command::EditScene(..)
        | Command::RemoveScene(..)
        | Command::ShowScene(..)
        | Command::OpenScene(..)
        | Command::AddWalls(..)
        | Command::RemoveWalls(..)
        | Command::AddPortal(..)
        | Command::RemovePortal(..)
        | Command::RevealPortal(..)
        | Command::AddLights(..)
        | Command::EditLights(..)
        | Command::RemoveLights(..)
        | Command::PaintFog(..)
        | Command::CoverAreas(..)
        | Command::AddArea(..)
        | Command::EditArea(..)
        | Command::RemoveAreas(..)
        | Command::PrepareFog
        | Command::PushFog
        | Command::DiscardFog
        | Command::ForgetMemory(..)
        | Command::PreviewMove(..)
        | Command::Admit(..)
        | Command::Kick(..)
        | Command::Ban(..)
        | Command::Unban(..)
        | Command::EditTable(..)
        | Command::RenewInvite => Err(Refusal::MasterOnly),
    }
}

/// In a pause people talk and point; what a character does waits.
fn not_in_a_pause(command: &Command) -> Result<(), Refusal> {
    match command {
        Command::MoveTokens(..)
        | Command::EditTokens(..)
        | Command::SetPortal(..)
        | Command::Undo
        | Command::Redo => Err(Refusal::Paused),
        _ => Ok(()),
    }
}

fn spectator_may(seat: SeatId, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::EditSeat(edited, ..) if *edited == seat => Ok(()),
        _ => Err(Refusal::WatchOnly),
    }
}

/// Players draw for everyone or not at all.
fn draws(table: &Table, shown: Option<Shown>) -> Result<(), Refusal> {
    if !table.settings().players_draw {
        return Err(Refusal::NoDrawing);
    }
    match shown {
        None | Some(Shown::Everyone) => Ok(()),
        Some(Shown::Masters | Shown::Explored) => Err(Refusal::MasterOnly),
    }
}

fn drew(table: &Table, seat: SeatId, drawing: DrawingId) -> Result<(), Refusal> {
    let scene = table.scene_of(seat).and_then(|scene| table.scene(scene));
    match scene.and_then(|scene| scene.drawings.get(&drawing)) {
        Some(record) if record.by == seat => Ok(()),
        Some(_) => Err(Refusal::NotYourDrawing),
        None => Err(Refusal::Unknown),
    }
}

fn owns(table: &Table, seat: SeatId, token: TokenId) -> Result<(), Refusal> {
    match table.token(token) {
        Some(record) if record.owners.contains(&seat) => Ok(()),
        Some(_) => Err(Refusal::NotYourToken),
        None => Err(Refusal::Unknown),
    }
}
