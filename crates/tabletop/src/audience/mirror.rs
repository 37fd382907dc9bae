//! A game master's look at the table as a seat: the seat's view under handles of its own.
//!
//! It is projected as the seat's own view is, and changes nothing for anybody: it does not count as being there, explores
//! nothing, and the seat's handles do not move on. Chat is left out, since a game master may not hear other people's
//! whispers.

use super::watcher::Watcher;
use super::{Audience, MirrorId, Patch};
use crate::event::Role;
use crate::id::SeatId;
use crate::permission::may_mirror;
use crate::sight::{Noticed, Sights};
use crate::table::{Table, Touched};
use crate::view::{Online, View};

pub(super) struct Mirror {
    /// Who looks.
    pub(super) master: SeatId,
    /// As what the seat was looked at; in another role it is somebody else.
    role: Role,
    pub(super) watcher: Watcher,
}

impl Mirror {
    fn new(
        table: &Table,
        online: &Online,
        master: SeatId,
        seat: SeatId,
        sights: &mut Sights,
    ) -> Option<Self> {
        if !may_mirror(table, master, seat) {
            return None;
        }
        let view = View::project(table, online, seat, sights)?;
        Some(Self { master, role: view.role, watcher: Watcher::new(view) })
    }

    fn may_stay(&self, table: &Table) -> bool {
        let seat = self.watcher.view.viewer();
        let same_role = table.seat(seat).is_some_and(|record| record.role == self.role);
        same_role && may_mirror(table, self.master, seat)
    }

    fn whole(&mut self, table: &Table) -> Patch {
        Patch { messages: Vec::new(), ..self.watcher.whole(table) }
    }

    fn advance(
        &mut self,
        table: &Table,
        online: &Online,
        touched: &Touched,
        noticed: &mut Noticed,
        sights: &mut Sights,
    ) -> Patch {
        let delta = self.watcher.view.advance(table, online, touched, noticed, sights);
        Patch { messages: Vec::new(), ..self.watcher.tell(table, delta, touched) }
    }
}

impl Audience {
    /// A game master looks at the table as a seat. Gives the whole view of that seat; `None` if that may not be.
    pub fn mirror(&mut self, table: &Table, master: SeatId, seat: SeatId) -> Option<(MirrorId, Patch)> {
        let mut mirror = Mirror::new(table, &self.online, master, seat, &mut self.sights)?;
        let whole = mirror.whole(table);
        self.last_mirror += 1;
        self.mirrors.insert(self.last_mirror, mirror);
        Some((self.last_mirror, whole))
    }

    /// The game master looks away.
    pub fn end_mirror(&mut self, mirror: MirrorId) {
        self.mirrors.remove(&mirror);
        self.mirrored.retain(|(told, _)| *told != mirror);
    }

    /// What mirrors show anew since this was last asked; `None` for one that has ended.
    pub fn take_mirrored(&mut self) -> Vec<(MirrorId, Option<Patch>)> {
        std::mem::take(&mut self.mirrored)
    }

    /// Brings all mirrors up to date with events.
    pub(super) fn advance_mirrors(&mut self, table: &Table, touched: &Touched, noticed: &mut Noticed) {
        if touched.people {
            self.end_mirrors(table);
        }
        for (id, mirror) in &mut self.mirrors {
            let patch = mirror.advance(table, &self.online, touched, noticed, &mut self.sights);
            if !patch.is_empty() {
                self.mirrored.push((*id, Some(patch)));
            }
        }
    }

    /// Projects all mirrors anew, with new handles.
    pub(super) fn renew_mirrors(&mut self, table: &Table) {
        self.mirrored.clear();
        self.end_mirrors(table);
        for (id, mirror) in &mut self.mirrors {
            let (master, seat) = (mirror.master, mirror.watcher.view.viewer());
            if let Some(fresh) = Mirror::new(table, &self.online, master, seat, &mut self.sights) {
                *mirror = fresh;
                self.mirrored.push((*id, Some(mirror.whole(table))));
            }
        }
    }

    fn end_mirrors(&mut self, table: &Table) {
        let mirrored = &mut self.mirrored;
        self.mirrors.retain(|id, mirror| {
            let stays = mirror.may_stay(table);
            if !stays {
                mirrored.push((*id, None));
            }
            stays
        });
    }

    /// Whose view a mirror shows.
    pub fn mirrored_seat(&self, mirror: MirrorId) -> Option<SeatId> {
        self.mirrors.get(&mirror).map(|mirror| mirror.watcher.view.viewer())
    }

    /// Whether what a mirror shows equals a fresh projection of its seat's view. For tests.
    pub fn mirror_is_true(&self, table: &Table, mirror: MirrorId) -> bool {
        let Some(mirror) = self.mirrors.get(&mirror) else { return false };
        let seat = mirror.watcher.view.viewer();
        let fresh = View::project(table, &self.online, seat, &mut Sights::default());
        fresh.is_some_and(|fresh| mirror.watcher.view.same(&fresh))
    }
}
