//! All viewers of one table: their views, their handles, and the patches that keep them up to date.
//!
//! A handle is a viewer's own counter in order of appearance to that viewer. What leaves the view loses its handle,
//! unless the viewer owns it; what is new in a frame gets handles in order of place, never of internal id.

mod handles;
mod mirror;
mod patch;
mod watcher;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

pub use crate::sight::Outline;
use mirror::Mirror;
pub use patch::{Explored, FogPatch, LitPatch, MessagePatch, Patch, TokenPatch};
use watcher::Watcher;

use crate::decide::UndoWindow;
use crate::event::MapPicture;
use crate::geometry::Point;
use crate::id::{BlobId, SeatId, TokenId};
use crate::samples::{SAMPLE, Samples};
use crate::sight::Sights;
use crate::table::{Table, Touched, is_seated};
use crate::view::{Entity, Online, View};

/// A viewer's own name for something.
pub type Handle = u32;

/// Names a game master's look at the table as a seat.
pub type MirrorId = u32;

/// What one viewer may be shown of a map.
#[derive(Clone, Debug)]
pub struct VisibleMap {
    /// The picture.
    pub picture: MapPicture,
    /// What it covers: the scene from the origin to here.
    pub size: Point,
    /// What may be shown; `None` for all of it.
    pub memory: Option<Arc<Samples>>,
}

impl VisibleMap {
    /// Which pixels of a level of the picture may be shown, row by row: a pixel of level `level` stands for a square of
    /// 2^level pixels, and every sample that the square touches must be remembered.
    pub fn shows(&self, level: u32, across: Range<u32>, down: Range<u32>) -> Vec<bool> {
        let Some(memory) = &self.memory else { return vec![true; across.len() * down.len()] };
        let samples = |pixels: Range<u32>, side_px: u32, side: i32| {
            let sample_at = move |pixel: u64, up: bool| {
                let (units, each) = (pixel * u64::from(side.unsigned_abs()), u64::from(side_px.max(1)));
                let sample = each * u64::from(SAMPLE.unsigned_abs());
                u32::try_from(if up { units.div_ceil(sample) } else { units / sample }).unwrap_or(u32::MAX)
            };
            let square = move |pixel: u32| {
                let (from, to) = (u64::from(pixel) << level, (u64::from(pixel) + 1) << level);
                sample_at(from, false)..sample_at(to.min(side_px.into()), true)
            };
            pixels.map(square).collect::<Vec<_>>()
        };
        let [width_px, height_px] = self.picture.size_px;
        memory.hold_all(&samples(across, width_px, self.size.x), &samples(down, height_px, self.size.y))
    }
}

/// What a handle stands for, if it is in view.
fn resolve(watcher: &Watcher, handle: Handle) -> Option<Entity> {
    let in_view = |entity: &Entity| match entity {
        // What a viewer owns keeps its handle while it is out of view.
        Entity::Token(token) => {
            watcher.view.tokens.contains_key(token) || watcher.view.felt.contains_key(token)
        }
        _ => true,
    };
    watcher.handles.entity(handle).filter(in_view)
}

/// Whether a viewer is to be told of somebody's passing doings: while they see them, and once when they no longer do.
fn is_news(following: &mut BTreeSet<(SeatId, SeatId)>, pair: (SeatId, SeatId), sees: bool) -> bool {
    if sees {
        following.insert(pair);
        true
    } else {
        following.remove(&pair)
    }
}

/// What one viewer sees of a drag: the viewer, who drags, and each ghost.
pub type Ghosts = (SeatId, Handle, Vec<(Handle, Point)>);

/// All viewers of one table.
#[derive(Default)]
pub struct Audience {
    watchers: BTreeMap<SeatId, Watcher>,
    online: Online,
    sights: Sights,
    /// Game masters' looks as seats, and what they show anew.
    mirrors: BTreeMap<MirrorId, Mirror>,
    last_mirror: MirrorId,
    mirrored: Vec<(MirrorId, Option<Patch>)>,
    /// Who sees whose drag, and whose ruler: only they are told that it ended.
    ghosted: BTreeSet<(SeatId, SeatId)>,
    measured: BTreeSet<(SeatId, SeatId)>,
}

impl Audience {
    /// A seat's first connection opens. Gives what changes for the others, who see them come.
    pub fn enter(&mut self, table: &Table, seat: SeatId) -> Vec<(SeatId, Patch)> {
        self.online.insert(seat);
        let touched = Touched { people: true, ..Touched::default() };
        let others = self.advance_but(table, &touched, None, Some(seat));
        self.catch_up(table, seat);
        others
    }

    /// A seat's last connection closed. Its handles stay until the table sleeps.
    pub fn leave(&mut self, table: &Table, seat: SeatId) -> Vec<(SeatId, Patch)> {
        self.online.remove(&seat);
        self.advance(table, &Touched { people: true, ..Touched::default() }, None)
    }

    /// The whole view of a seat as one patch, with the handles it already has.
    pub fn whole(&mut self, table: &Table, seat: SeatId) -> Option<Patch> {
        let watcher = self.watchers.get_mut(&seat)?;
        Some(watcher.whole(table))
    }

    /// Who is connected.
    pub const fn online(&self) -> &Online {
        &self.online
    }

    /// Tells every viewer what events changed for them, in order of seats. `by` is whose command it was.
    pub fn advance(&mut self, table: &Table, touched: &Touched, by: Option<SeatId>) -> Vec<(SeatId, Patch)> {
        self.advance_but(table, touched, by, None)
    }

    fn advance_but(
        &mut self,
        table: &Table,
        touched: &Touched,
        by: Option<SeatId>,
        but: Option<SeatId>,
    ) -> Vec<(SeatId, Patch)> {
        let mut patches = Vec::new();
        if touched.people {
            self.watchers.retain(|seat, _| table.seat(*seat).is_some_and(is_seated));
        }
        let mut noticed = self.sights.advance(table, touched);
        for (seat, watcher) in &mut self.watchers {
            if but == Some(*seat) || !self.online.contains(seat) {
                continue;
            }
            let may_undo = watcher.after_own_move == Some(watcher.patch_count);
            let delta = watcher.view.advance(table, &self.online, touched, &mut noticed, &mut self.sights);
            let patch = watcher.tell(table, delta, touched);
            if !patch.is_empty() {
                watcher.patch_count += 1;
                patches.push((*seat, patch));
            }
            if by == Some(*seat) {
                // To aim or to draw is not to move, and tells its own seat nothing.
                let told_nothing = !touched.aims.is_empty() || !touched.drawings.is_empty();
                let stays_open = may_undo && told_nothing;
                watcher.after_own_move =
                    (stays_open || !touched.tokens.is_empty()).then_some(watcher.patch_count);
            }
        }
        self.advance_mirrors(table, touched, &mut noticed);
        patches
    }

    /// Projects all views anew: for a table that was loaded again. [`Audience::whole`] gives them.
    pub fn renew(&mut self, table: &Table) {
        self.sights.clear();
        self.watchers.retain(|seat, _| table.seat(*seat).is_some_and(is_seated));
        for watcher in self.watchers.values_mut() {
            let delta = watcher.view.renew(table, &self.online, &mut self.sights);
            watcher.tell(table, delta, &Touched::default());
        }
        self.renew_mirrors(table);
    }

    /// Brings the view of somebody who was away up to date, or makes their first.
    fn catch_up(&mut self, table: &Table, seat: SeatId) {
        match self.watchers.get_mut(&seat) {
            Some(watcher) => {
                let delta = watcher.view.renew(table, &self.online, &mut self.sights);
                watcher.tell(table, delta, &Touched::default());
                watcher.after_own_move = None;
            }
            None => {
                let view = View::project(table, &self.online, seat, &mut self.sights);
                self.watchers.extend(view.map(|view| (seat, Watcher::new(view))));
            }
        }
    }

    /// A viewer, or a mirror through which they look.
    fn watcher(&self, seat: SeatId, through: Option<MirrorId>) -> Option<&Watcher> {
        match through {
            None => self.watchers.get(&seat),
            Some(mirror) => {
                let mirror = self.mirrors.get(&mirror).filter(|mirror| mirror.master == seat);
                mirror.map(|mirror| &mirror.watcher)
            }
        }
    }

    /// What a handle of a viewer stands for, if it is in their view.
    pub fn resolve(&self, seat: SeatId, handle: Handle) -> Option<Entity> {
        resolve(self.watchers.get(&seat)?, handle)
    }

    /// A viewer's handle for something in their view.
    pub fn handle(&self, seat: SeatId, entity: Entity) -> Option<Handle> {
        self.watchers.get(&seat)?.handles.of(entity)
    }

    /// Gives a viewer a handle for a picture that they uploaded.
    pub fn lend_picture(&mut self, seat: SeatId, picture: BlobId) -> Option<Handle> {
        Some(self.watchers.get_mut(&seat)?.handles.give(Entity::Picture(picture)))
    }

    /// The picture behind a viewer's handle or one of a mirror of theirs, while something in that view uses it or they
    /// lent it.
    pub fn picture(&self, seat: SeatId, through: Option<MirrorId>, handle: Handle) -> Option<BlobId> {
        match resolve(self.watcher(seat, through)?, handle)? {
            Entity::Picture(picture) => Some(picture),
            _ => None,
        }
    }

    /// What a connected viewer may be shown of the picture of the scene in view, or in view of a mirror of theirs: the
    /// picture, the scene's size, and what is remembered of it in that view. `None` if the handle is not that scene's.
    pub fn map(&self, seat: SeatId, through: Option<MirrorId>, scene: Handle) -> Option<VisibleMap> {
        let watcher = self.watcher(seat, through).filter(|_| self.online.contains(&seat))?;
        let (id, look) = watcher.view.scene.as_ref()?;
        let is_asked = watcher.handles.of(Entity::Scene(*id)) == Some(scene);
        let picture = look.picture.filter(|_| is_asked)?;
        let memory = (!look.sees_all).then(|| Arc::clone(&watcher.view.explored));
        Some(VisibleMap { picture, size: look.size, memory })
    }

    /// Whether a seat may still take back its last move.
    pub fn undo_window(&self, seat: SeatId) -> UndoWindow {
        match self.watchers.get(&seat) {
            Some(watcher) if watcher.after_own_move == Some(watcher.patch_count) => UndoWindow::Open,
            Some(_) | None => UndoWindow::Closed,
        }
    }

    /// The ghosts that each other viewer may see of a drag, by their handles; none for who saw some before and sees none
    /// now. A viewer who saw none and sees none is left out.
    pub fn ghosts(&mut self, table: &Table, by: SeatId, ghosts: &[(TokenId, Point)]) -> Vec<Ghosts> {
        let mut told = Vec::new();
        for (seat, watcher) in self.others(by) {
            let Some(from) = watcher.handles.of(Entity::Seat(by)) else { continue };
            let seen =
                ghosts.iter().filter(|(token, at)| watcher.view.sees_ghost(table, &self.sights, *token, *at));
            let seen = seen.filter_map(|(token, at)| Some((watcher.handles.of(Entity::Token(*token))?, *at)));
            told.push((seat, from, seen.collect::<Vec<_>>()));
        }
        told.retain(|(seat, _, seen)| is_news(&mut self.ghosted, (*seat, by), !seen.is_empty()));
        told
    }

    /// Who else may see a ruler, with the ruler's owner by their handles; `false` for who saw it before and does no more.
    /// A viewer must see all of its points.
    pub fn measured(&mut self, table: &Table, by: SeatId, points: &[Point]) -> Vec<(SeatId, Handle, bool)> {
        let pointed = if points.is_empty() { Vec::new() } else { self.pointed(table, by, points, false) };
        let mut told: Vec<_> = self
            .others(by)
            .filter_map(|(seat, watcher)| {
                let from = watcher.handles.of(Entity::Seat(by))?;
                Some((seat, from, pointed.iter().any(|(seeing, _)| *seeing == seat)))
            })
            .collect();
        told.retain(|(seat, _, sees)| is_news(&mut self.measured, (*seat, by), *sees));
        told
    }

    /// Who else may see a place that a viewer points at: they must look at the same scene and see the place, unless a
    /// game master pulls everybody there.
    pub fn pointed(&self, table: &Table, by: SeatId, places: &[Point], pull: bool) -> Vec<(SeatId, Handle)> {
        let scene = self.watchers.get(&by).and_then(|watcher| watcher.view.scene.as_ref()).map(|(id, _)| *id);
        let mut told = Vec::new();
        for (seat, watcher) in self.others(by) {
            let Some(from) = watcher.handles.of(Entity::Seat(by)) else { continue };
            let same_scene = watcher.view.scene.as_ref().map(|(id, _)| *id) == scene;
            let sees = || places.iter().all(|place| watcher.view.sees_place(table, &self.sights, *place));
            if same_scene && (pull || sees()) {
                told.push((seat, from));
            }
        }
        told
    }

    fn others(&self, by: SeatId) -> impl Iterator<Item = (SeatId, &Watcher)> {
        let here = self.watchers.iter().filter(move |(seat, _)| **seat != by && self.online.contains(seat));
        here.map(|(seat, watcher)| (*seat, watcher))
    }

    /// How often, since it was last asked, nothing was shown because a scene's walls could not be made ready.
    pub fn take_blind_looks(&mut self) -> u64 {
        self.sights.take_blind_looks()
    }

    /// Whether a viewer's kept view equals a fresh projection. For tests.
    pub fn is_true(&mut self, table: &Table, seat: SeatId) -> bool {
        let fresh = View::project(table, &self.online, seat, &mut Sights::default());
        match (fresh, self.watchers.get(&seat)) {
            (Some(fresh), Some(watcher)) => watcher.view.same(&fresh),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}
