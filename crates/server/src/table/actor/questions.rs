//! Questions that the HTTP interface asks a table; each is answered from the live table and changes nothing.

use tabletop::audience::{MirrorId, VisibleMap};
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, BlobId, SeatId};
use tabletop::permission::is_master;
use tabletop::view::Entity;
use tokio::sync::oneshot;

use super::{Actor, tell_back};
use crate::table::ReachError;

/// Questions of the HTTP interface; each answers from the live table.
pub(crate) enum Question {
    /// What an account is at this table; `None` if nothing.
    Role { account: AccountId, reply: oneshot::Sender<Option<(Role, SeatState)>> },
    /// The seat of an account.
    SeatOf { account: AccountId, reply: oneshot::Sender<Option<SeatId>> },
    /// The role of a seat.
    SeatRole { seat: SeatId, reply: oneshot::Sender<Option<Role>> },
    /// The table's name and the generation of its invite.
    Invite { reply: oneshot::Sender<(String, u32)> },
    /// The seat behind an account's handle (or its own), if the account may make links for it.
    SeatForLink { account: AccountId, handle: u32, reply: oneshot::Sender<Option<SeatId>> },
    /// The picture behind an account's handle, or behind one of a mirror of theirs.
    Picture {
        account: AccountId,
        mirror: Option<MirrorId>,
        handle: u32,
        reply: oneshot::Sender<Option<BlobId>>,
    },
    /// What an account may be shown of the map of the scene behind its handle, if that scene is in its view or in that
    /// of a mirror of theirs.
    Map {
        account: AccountId,
        mirror: Option<MirrorId>,
        scene: u32,
        reply: oneshot::Sender<Result<Option<VisibleMap>, ReachError>>,
    },
    /// Gives a game master a handle for an uploaded picture.
    LendPicture { account: AccountId, picture: BlobId, reply: oneshot::Sender<Option<u32>> },
}

impl Actor {
    pub(super) fn answer(&mut self, question: Question) {
        match question {
            Question::Role { account, reply } => {
                let seat = self.live.seat_of(account).map(|seat| (seat.role, seat.state));
                tell_back(reply, seat);
            }
            Question::SeatOf { account, reply } => {
                tell_back(reply, self.live.seat_of(account).map(|seat| seat.seat));
            }
            Question::SeatRole { seat, reply } => {
                tell_back(reply, self.live.seat(seat).map(|seat| seat.role))
            }
            Question::Invite { reply } => {
                tell_back(reply, (self.live.name().to_owned(), self.live.invite_generation()));
            }
            Question::SeatForLink { account, handle, reply } => {
                tell_back(reply, self.seat_for_link(account, handle))
            }
            Question::Picture { account, mirror, handle, reply } => {
                let seat = self.seated(account);
                tell_back(reply, seat.and_then(|seat| self.audience.picture(seat, mirror, handle)));
            }
            Question::Map { account, mirror, scene, reply } => {
                // For whoever has no seat there is no table.
                let seat = self.seated(account).ok_or(ReachError::NoTable);
                tell_back(reply, seat.map(|seat| self.audience.map(seat, mirror, scene)));
            }
            Question::LendPicture { account, picture, reply } => {
                let seat = self.seated(account).filter(|seat| is_master(&self.live, *seat));
                tell_back(reply, seat.and_then(|seat| self.audience.lend_picture(seat, picture)));
            }
        }
    }

    fn seated(&self, account: AccountId) -> Option<SeatId> {
        self.live.seat_of(account).filter(|seat| seat.state == SeatState::Seated).map(|seat| seat.seat)
    }

    fn seat_for_link(&self, account: AccountId, handle: u32) -> Option<SeatId> {
        let viewer = self.seated(account)?;
        let Some(Entity::Seat(seat)) = self.audience.resolve(viewer, handle) else { return None };
        let seated = self.live.seat(seat).is_some_and(|seat| seat.state == SeatState::Seated);
        (seated && (seat == viewer || is_master(&self.live, viewer))).then_some(seat)
    }
}
