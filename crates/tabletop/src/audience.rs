//! All viewers of one table: their views, their handles, and the patches that keep them up to date.
//!
//! A handle is a viewer's own counter in order of appearance to that viewer. What leaves the view loses its handle,
//! unless the viewer owns it; what is new in a frame gets handles in order of place, never of internal id.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::decide::UndoWindow;
use crate::event::{LightRecord, Manner, MessageRecord, Part, Role, WallRecord};
use crate::geometry::Point;
use crate::id::{BlobId, MessageId, SeatId, TokenId};
use crate::limits::MESSAGES_IN_MEMORY_MAX;
use crate::table::{Table, Touched};
use crate::view::{
    Entity, Gazes, Online, PortalLook, SceneListing, SceneLook, SeatLook, TableLook, TokenLook, View,
};

/// A viewer's own name for something.
pub type Handle = u32;

/// What changes for one viewer.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The view starts anew.
    pub fresh: bool,
    /// The table.
    pub table: Option<TableLook>,
    /// The viewer's seat and role.
    pub me: Option<(Handle, Role)>,
    /// People.
    pub seats: Vec<(Handle, SeatLook)>,
    /// The list of scenes.
    pub scenes: Vec<(Handle, SceneListing)>,
    /// The scene in view, with the handle of its picture; everything on it follows anew.
    pub scene: Option<(Handle, SceneLook, Option<Handle>)>,
    /// Tokens that are new or look different.
    pub tokens: Vec<TokenPatch>,
    /// Tokens that walked.
    pub moves: Vec<(Handle, Vec<Point>)>,
    /// Doors and windows.
    pub portals: Vec<(Handle, PortalLook)>,
    /// Walls.
    pub walls: Vec<(Handle, WallRecord)>,
    /// Lights.
    pub lights: Vec<(Handle, LightRecord)>,
    /// What eyes see.
    pub sight: Vec<(Handle, Arc<[Point]>)>,
    /// What left the view.
    pub gone: Vec<Handle>,
    /// New messages.
    pub messages: Vec<MessagePatch>,
}

/// A token for one viewer.
#[derive(Clone, Debug)]
pub struct TokenPatch {
    /// The token.
    pub token: Handle,
    /// How it looks.
    pub look: TokenLook,
    /// The handle of its picture.
    pub picture: Option<Handle>,
    /// The handles of its owners.
    pub owners: Vec<Handle>,
}

/// A message for one viewer.
#[derive(Clone, Debug)]
pub struct MessagePatch {
    /// The viewer's number of it.
    pub number: Handle,
    /// Whose seat said it.
    pub seat: Option<Handle>,
    /// The names of those it was whispered to.
    pub to: Vec<String>,
    /// The message; [`MessagePatch::parts`] gives what may be known of its parts.
    message: Arc<MessageRecord>,
    concealed: bool,
}

impl MessagePatch {
    /// When, in milliseconds since 1970.
    pub fn at_ms(&self) -> u64 {
        self.message.at_ms
    }

    /// Under what name.
    pub fn name(&self) -> &str {
        &self.message.name
    }

    /// How.
    pub fn manner(&self) -> Manner {
        self.message.manner
    }

    /// The parts; `None` stands for a roll whose result this viewer may not know.
    pub fn parts(&self) -> impl Iterator<Item = Option<&Part>> {
        self.message.parts.iter().map(|part| match part {
            Part::Roll { .. } if self.concealed => None,
            Part::Roll { .. } | Part::Text { .. } => Some(part),
        })
    }
}

impl Patch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        !self.fresh
            && self.table.is_none()
            && self.me.is_none()
            && self.scene.is_none()
            && self.seats.is_empty()
            && self.scenes.is_empty()
            && self.tokens.is_empty()
            && self.moves.is_empty()
            && self.portals.is_empty()
            && self.walls.is_empty()
            && self.lights.is_empty()
            && self.sight.is_empty()
            && self.gone.is_empty()
            && self.messages.is_empty()
    }
}

/// What one viewer sees of a drag: the viewer, who drags, and each ghost.
pub type Ghosts = (SeatId, Handle, Vec<(Handle, Point)>);

/// All viewers of one table.
#[derive(Default)]
pub struct Audience {
    watchers: BTreeMap<SeatId, Watcher>,
    online: Online,
    gazes: Gazes,
}

struct Watcher {
    view: View,
    handles: Handles,
    /// Messages heard, with the viewer's numbers; the newest last.
    heard: VecDeque<(MessageId, Handle)>,
    next_message: Handle,
    /// Patches made so far, and how many there were after the viewer's own last move.
    patch_count: u64,
    after_own_move: Option<u64>,
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
            self.watchers.retain(|seat, _| table.seat(*seat).is_some_and(crate::table::is_seated));
        }
        for (seat, watcher) in &mut self.watchers {
            if but == Some(*seat) || !self.online.contains(seat) {
                continue;
            }
            let mut next = watcher.view.clone();
            next.advance(table, &self.online, touched, &mut self.gazes);
            let patch = watcher.turn(table, next, touched);
            if !patch.is_empty() {
                watcher.patch_count += 1;
                patches.push((*seat, patch));
            }
            if by == Some(*seat) {
                watcher.after_own_move = (!touched.tokens.is_empty()).then_some(watcher.patch_count);
            }
        }
        patches
    }

    /// Brings the view of somebody who was away up to date, or makes their first.
    fn catch_up(&mut self, table: &Table, seat: SeatId) {
        let Some(view) = View::project(table, &self.online, seat, &mut self.gazes) else { return };
        match self.watchers.get_mut(&seat) {
            Some(watcher) => {
                watcher.turn(table, view, &Touched::default());
                watcher.after_own_move = None;
            }
            None => {
                let watcher = Watcher {
                    view,
                    handles: Handles::default(),
                    heard: VecDeque::new(),
                    next_message: 1,
                    patch_count: 0,
                    after_own_move: None,
                };
                self.watchers.insert(seat, watcher);
            }
        }
    }

    /// What a handle of a viewer stands for, if it is in their view.
    pub fn resolve(&self, seat: SeatId, handle: Handle) -> Option<Entity> {
        self.watchers.get(&seat)?.handles.entity(handle)
    }

    /// A viewer's handle for something in their view.
    pub fn handle(&self, seat: SeatId, entity: Entity) -> Option<Handle> {
        self.watchers.get(&seat)?.handles.of(entity)
    }

    /// Gives a viewer a handle for a picture that they uploaded.
    pub fn lend_picture(&mut self, seat: SeatId, picture: BlobId) -> Option<Handle> {
        Some(self.watchers.get_mut(&seat)?.handles.give(Entity::Picture(picture)))
    }

    /// The picture behind a viewer's handle, while something in their view uses it or they lent it.
    pub fn picture(&self, seat: SeatId, handle: Handle) -> Option<BlobId> {
        match self.resolve(seat, handle)? {
            Entity::Picture(picture) => Some(picture),
            _ => None,
        }
    }

    /// Whether a seat may still take back its last move.
    pub fn undo_window(&self, seat: SeatId) -> UndoWindow {
        match self.watchers.get(&seat) {
            Some(watcher) if watcher.after_own_move == Some(watcher.patch_count) => UndoWindow::Open,
            Some(_) | None => UndoWindow::Closed,
        }
    }

    /// The ghosts that each other viewer may see of a drag, by their handles. A viewer who sees none is left out.
    pub fn ghosts(&self, table: &Table, by: SeatId, ghosts: &[(TokenId, Point)]) -> Vec<Ghosts> {
        let mut told = Vec::new();
        for (seat, watcher) in self.others(by) {
            let Some(from) = watcher.handles.of(Entity::Seat(by)) else { continue };
            let seen = ghosts.iter().filter(|(token, at)| watcher.view.sees_ghost(table, *token, *at));
            let seen = seen.filter_map(|(token, at)| Some((watcher.handles.of(Entity::Token(*token))?, *at)));
            told.push((seat, from, seen.collect()));
        }
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
            let sees = || places.iter().all(|place| watcher.view.sees_place(table, *place));
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

    /// Whether a viewer's kept view equals a fresh projection. For tests.
    pub fn is_true(&mut self, table: &Table, seat: SeatId) -> bool {
        let fresh = View::project(table, &self.online, seat, &mut Gazes::default());
        match (fresh, self.watchers.get(&seat)) {
            (Some(fresh), Some(watcher)) => watcher.view.same(&fresh),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Watcher {
    /// The kept view as one patch.
    fn whole(&mut self, table: &Table) -> Patch {
        let view = self.view.clone();
        let mut patch = Patch {
            fresh: true,
            table: Some(view.table.clone()),
            seats: view
                .seats
                .iter()
                .map(|(id, look)| (self.handles.give(Entity::Seat(*id)), look.clone()))
                .collect(),
            scenes: self.list(&view),
            ..Patch::default()
        };
        patch.me = Some((self.handles.give(Entity::Seat(view.viewer())), view.role));
        self.tell_scene(&view, &mut patch);
        self.catch_up_messages(table);
        let numbered: Vec<_> = self.heard.iter().copied().collect();
        patch.messages = numbered
            .into_iter()
            .filter_map(|(id, number)| self.message(table, table.message(id)?, number))
            .collect();
        patch.seats.sort_by_key(|(handle, _)| *handle);
        patch.tokens.sort_by_key(|token| token.token);
        patch.portals.sort_by_key(|(handle, _)| *handle);
        patch.sight.sort_by_key(|(handle, _)| *handle);
        patch
    }

    fn list(&mut self, view: &View) -> Vec<(Handle, SceneListing)> {
        view.scenes.iter().map(|(id, look)| (self.handles.give(Entity::Scene(*id)), look.clone())).collect()
    }

    /// The scene in view with everything on it.
    fn tell_scene(&mut self, view: &View, patch: &mut Patch) {
        let Some((id, look)) = &view.scene else { return };
        let picture = look.picture.map(|picture| self.handles.give(Entity::Picture(picture)));
        patch.scene = Some((self.handles.give(Entity::Scene(*id)), look.clone(), picture));
        for (id, look) in by_place(view.tokens.iter(), |look| look.at) {
            let patched = self.token(id, look);
            patch.tokens.push(patched);
        }
        for (id, look) in by_place(view.portals.iter(), |look| look.a) {
            patch.portals.push((self.handles.give(Entity::Portal(id)), *look));
        }
        for (id, gaze) in by_place(view.eyes.iter(), |gaze| gaze.at) {
            patch.sight.push((self.handles.give(Entity::Eye(id)), Arc::clone(&gaze.polygon)));
        }
        if let Some(ground) = &view.ground {
            for (id, wall) in &ground.walls {
                patch.walls.push((self.handles.give(Entity::Wall(*id)), *wall));
            }
            for (id, light) in &ground.lights {
                patch.lights.push((self.handles.give(Entity::Light(*id)), *light));
            }
        }
    }

    fn token(&mut self, id: TokenId, look: &TokenLook) -> TokenPatch {
        TokenPatch {
            token: self.handles.give(Entity::Token(id)),
            picture: look.picture.map(|picture| self.handles.give(Entity::Picture(picture))),
            owners: look.owners.iter().filter_map(|owner| self.handles.of(Entity::Seat(*owner))).collect(),
            look: look.clone(),
        }
    }

    /// Replaces the kept view by the next one and gives the difference.
    fn turn(&mut self, table: &Table, next: View, touched: &Touched) -> Patch {
        let last = std::mem::replace(&mut self.view, next);
        let view = self.view.clone();
        let mut patch = Patch::default();
        if last.table != view.table {
            patch.table = Some(view.table.clone());
        }
        for (id, look) in &view.seats {
            if last.seats.get(id) != Some(look) {
                patch.seats.push((self.handles.give(Entity::Seat(*id)), look.clone()));
            }
        }
        if last.role != view.role {
            patch.me = Some((self.handles.give(Entity::Seat(view.viewer())), view.role));
        }
        for (id, look) in &view.scenes {
            if last.scenes.get(id) != Some(look) {
                patch.scenes.push((self.handles.give(Entity::Scene(*id)), look.clone()));
            }
        }
        self.forget(
            last.seats.keys().filter(|id| !view.seats.contains_key(id)).map(|id| Entity::Seat(*id)),
            &mut patch,
        );
        self.forget(
            last.scenes.keys().filter(|id| !view.scenes.contains_key(id)).map(|id| Entity::Scene(*id)),
            &mut patch,
        );
        let same_scene = last.scene == view.scene;
        if same_scene {
            self.turn_scene(&last, &view, touched, &mut patch);
        } else {
            self.leave_scene(&last, &view, table);
            if view.scene.is_none() {
                // Nothing takes its place, which only a view that starts anew can say.
                return self.whole(table);
            }
            self.tell_scene(&view, &mut patch);
        }
        patch.messages = touched.messages.iter().filter_map(|id| self.hear(table, *id)).collect();
        self.return_pictures(&view);
        patch
    }

    fn turn_scene(&mut self, last: &View, view: &View, touched: &Touched, patch: &mut Patch) {
        let fresh = view.tokens.iter().filter(|(id, look)| last.tokens.get(id) != Some(look));
        for (id, look) in by_place(fresh, |look| look.at) {
            let walked =
                last.tokens.get(&id).filter(|was| TokenLook { at: look.at, ..(*was).clone() } == *look);
            match (walked, touched.tokens.get(&id)) {
                (Some(_), Some(path)) if path.last() == Some(&look.at) => {
                    patch.moves.push((self.handles.give(Entity::Token(id)), path.clone()));
                }
                _ => {
                    let patched = self.token(id, look);
                    patch.tokens.push(patched);
                }
            }
        }
        let fresh = view.portals.iter().filter(|(id, look)| last.portals.get(id) != Some(look));
        for (id, look) in by_place(fresh, |look| look.a) {
            patch.portals.push((self.handles.give(Entity::Portal(id)), *look));
        }
        let fresh = view.eyes.iter().filter(|(id, gaze)| last.eyes.get(id) != Some(gaze));
        for (id, gaze) in by_place(fresh, |gaze| gaze.at) {
            patch.sight.push((self.handles.give(Entity::Eye(id)), Arc::clone(&gaze.polygon)));
        }
        self.turn_ground(last, view, patch);
        let gone = last.tokens.keys().filter(|id| !view.tokens.contains_key(id));
        self.forget(gone.map(|id| Entity::Token(*id)), patch);
        let gone = last.portals.keys().filter(|id| !view.portals.contains_key(id));
        self.forget(gone.map(|id| Entity::Portal(*id)), patch);
        let gone = last.eyes.keys().filter(|id| !view.eyes.contains_key(id));
        self.forget(gone.map(|id| Entity::Eye(*id)), patch);
        patch.gone.sort_unstable();
    }

    fn turn_ground(&mut self, last: &View, view: &View, patch: &mut Patch) {
        let (Some(was), Some(is)) = (&last.ground, &view.ground) else { return };
        if Arc::ptr_eq(was, is) {
            return;
        }
        for (id, wall) in &is.walls {
            if was.walls.get(id) != Some(wall) {
                patch.walls.push((self.handles.give(Entity::Wall(*id)), *wall));
            }
        }
        for (id, light) in &is.lights {
            if was.lights.get(id) != Some(light) {
                patch.lights.push((self.handles.give(Entity::Light(*id)), *light));
            }
        }
        self.forget(
            was.walls.keys().filter(|id| !is.walls.contains_key(id)).map(|id| Entity::Wall(*id)),
            patch,
        );
        self.forget(
            was.lights.keys().filter(|id| !is.lights.contains_key(id)).map(|id| Entity::Light(*id)),
            patch,
        );
    }

    /// Drops the handles of a scene that is no longer looked at, but for what the viewer owns.
    fn leave_scene(&mut self, last: &View, view: &View, table: &Table) {
        let owned =
            |id: &TokenId| table.token(*id).is_some_and(|token| token.owners.contains(&view.viewer()));
        let tokens = last.tokens.keys().filter(|id| !view.tokens.contains_key(id) && !owned(id));
        let tokens: Vec<_> = tokens.map(|id| Entity::Token(*id)).collect();
        for entity in tokens {
            self.handles.take(entity);
        }
        let stays = view.scene.as_ref().map(|(id, _)| *id);
        if let Some((id, _)) =
            last.scene.as_ref().filter(|(id, _)| view.role != Role::Gm && Some(*id) != stays)
        {
            self.handles.take(Entity::Scene(*id));
        }
        for id in last.portals.keys() {
            self.handles.take(Entity::Portal(*id));
        }
        for id in last.eyes.keys() {
            self.handles.take(Entity::Eye(*id));
        }
        if let Some(ground) = &last.ground {
            for id in ground.walls.keys() {
                self.handles.take(Entity::Wall(*id));
            }
            for id in ground.lights.keys() {
                self.handles.take(Entity::Light(*id));
            }
        }
    }

    fn forget(&mut self, gone: impl Iterator<Item = Entity>, patch: &mut Patch) {
        for entity in gone {
            patch.gone.extend(self.handles.take(entity));
        }
    }

    /// A picture that nothing in view uses any more has no handle.
    fn return_pictures(&mut self, view: &View) {
        if view.role == Role::Gm {
            // A game master's uploads stay at hand.
            return;
        }
        let of_scene = view.scene.iter().filter_map(|(_, look)| look.picture);
        let used: std::collections::BTreeSet<_> =
            of_scene.chain(view.tokens.values().filter_map(|look| look.picture)).collect();
        let unused = self.handles.pictures().filter(|picture| !used.contains(picture)).collect::<Vec<_>>();
        for picture in unused {
            self.handles.take(Entity::Picture(picture));
        }
    }

    fn hear(&mut self, table: &Table, id: MessageId) -> Option<MessagePatch> {
        let message = table.message(id)?;
        let seat = table.seat(self.view.viewer())?;
        if !table.hears(seat, message) {
            return None;
        }
        let number = self.next_message;
        self.next_message += 1;
        self.heard.push_back((id, number));
        if self.heard.len() > MESSAGES_IN_MEMORY_MAX {
            self.heard.pop_front();
        }
        self.message(table, message, number)
    }

    /// Numbers the messages that came while the viewer was away.
    fn catch_up_messages(&mut self, table: &Table) {
        let newest = self.heard.back().map(|(id, _)| *id);
        let missed: Vec<_> = table
            .messages()
            .map(|message| message.message)
            .filter(|id| newest.is_none_or(|newest| *id > newest))
            .collect();
        for id in missed {
            self.hear(table, id);
        }
    }

    fn message(&self, table: &Table, message: &Arc<MessageRecord>, number: Handle) -> Option<MessagePatch> {
        let viewer = self.view.viewer();
        let named = |seat: &SeatId| table.seat(*seat).map(|seat| seat.name.clone());
        Some(MessagePatch {
            number,
            seat: self.handles.of(Entity::Seat(message.by)),
            to: message.to.iter().filter_map(named).collect(),
            concealed: message.manner == Manner::BlindRoll && !crate::permission::is_master(table, viewer),
            message: Arc::clone(message),
        })
    }
}

/// In order of place, so that the order tells nothing that the places do not.
fn by_place<'a, I: Copy + Ord + 'a, T>(
    things: impl Iterator<Item = (&'a I, &'a T)>,
    place: impl Fn(&T) -> Point,
) -> Vec<(I, &'a T)> {
    let mut things: Vec<_> = things.map(|(id, thing)| (*id, thing)).collect();
    things.sort_by_key(|(_, thing)| {
        let at = place(thing);
        (at.y, at.x)
    });
    things
}

/// A viewer's handles.
#[derive(Default)]
struct Handles {
    last: Handle,
    of: HashMap<Entity, Handle>,
    entities: HashMap<Handle, Entity>,
}

impl Handles {
    /// The handle of an entity, a new one if it has none.
    fn give(&mut self, entity: Entity) -> Handle {
        if let Some(handle) = self.of.get(&entity) {
            return *handle;
        }
        self.last += 1;
        self.of.insert(entity, self.last);
        self.entities.insert(self.last, entity);
        self.last
    }

    fn take(&mut self, entity: Entity) -> Option<Handle> {
        let handle = self.of.remove(&entity)?;
        self.entities.remove(&handle);
        Some(handle)
    }

    fn of(&self, entity: Entity) -> Option<Handle> {
        self.of.get(&entity).copied()
    }

    fn entity(&self, handle: Handle) -> Option<Entity> {
        self.entities.get(&handle).copied()
    }

    fn pictures(&self) -> impl Iterator<Item = BlobId> {
        self.of.keys().filter_map(|entity| match entity {
            Entity::Picture(picture) => Some(*picture),
            Entity::Seat(_)
            | Entity::Scene(_)
            | Entity::Token(_)
            | Entity::Portal(_)
            | Entity::Wall(_)
            | Entity::Light(_)
            | Entity::Eye(_) => None,
        })
    }
}
