//! Game masters who look at the table as a seat: from the live table, never stored, and told to their connection alone.

use protocol::{ServerFrame, Update};
use tabletop::audience::{MirrorId, Patch};
use tabletop::view::Entity;

use super::{Actor, Connection, ConnectionId};

/// What a connection looks at.
pub(super) struct Mirroring {
    mirror: MirrorId,
    /// Updates so far.
    seq: u32,
}

impl Actor {
    /// A connection looks as a seat from now on, or as nobody but itself.
    pub(super) fn mirror(&mut self, id: ConnectionId, seat: Option<u32>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if let Some(before) = connection.mirror.take() {
            self.audience.end_mirror(before.mirror);
        }
        let asked = connection.seat.zip(seat);
        let found = asked.and_then(|(master, handle)| match self.audience.resolve(master, handle)? {
            Entity::Seat(seat) => self.audience.mirror(&self.live, master, seat),
            _ => None,
        });
        match found {
            Some((mirror, whole)) => {
                connection.mirror = Some(Mirroring { mirror, seq: 0 });
                connection.show(whole);
            }
            None => connection.outbox.frame(&ServerFrame::MirrorEnded {}),
        }
    }

    /// Tells what mirrors show anew.
    pub(super) fn tell_mirrors(&mut self) {
        for (mirror, patch) in self.audience.take_mirrored() {
            let looks = |held: &&mut Connection| {
                held.mirror.as_ref().is_some_and(|mirroring| mirroring.mirror == mirror)
            };
            let Some(connection) = self.connections.values_mut().find(looks) else { continue };
            match patch {
                Some(patch) => connection.show(patch),
                None => {
                    connection.mirror = None;
                    connection.outbox.frame(&ServerFrame::MirrorEnded {});
                }
            }
        }
    }

    /// A connection is gone, and with it what it looked at.
    pub(super) fn forget_mirror(&mut self, gone: &Connection) {
        if let Some(mirroring) = &gone.mirror {
            self.audience.end_mirror(mirroring.mirror);
        }
    }
}

impl Connection {
    fn show(&mut self, patch: Patch) {
        let Some(mirroring) = &mut self.mirror else { return };
        mirroring.seq += 1;
        let update = Box::new(Update { seq: mirroring.seq, ..Update::from(patch) });
        self.outbox.frame(&ServerFrame::Mirrored { mirror: mirroring.mirror, update });
    }
}
