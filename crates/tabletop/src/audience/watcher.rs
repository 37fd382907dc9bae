//! One viewer: the view that they have, and what they are told to bring it up to date.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::handles::Handles;
use super::{Explored, FogPatch, Handle, LitPatch, MessagePatch, Patch, TokenPatch};
use crate::event::{Manner, MessageRecord, Role};
use crate::fog::{Fog, Layers};
use crate::id::{BlobId, DrawingId, MessageId, PortalId, SeatId, TokenId};
use crate::light::SourceId;
use crate::limits::MESSAGES_IN_MEMORY_MAX;
use crate::scene::Ground;
use crate::sight::Outline;
use crate::table::{Table, Touched};
use crate::view::{
    AreaLook, Delta, DrawingLook, Entity, FeltLook, LightLook, PortalLook, SceneListing, TokenLook, View,
};

pub(super) struct Watcher {
    pub(super) view: View,
    pub(super) handles: Handles,
    /// Messages heard, with the viewer's numbers; the newest last.
    heard: VecDeque<(MessageId, Handle)>,
    next_message: Handle,
    /// Changes of memory told so far.
    revision: u32,
    /// Patches made so far, and how many there were after the viewer's own last move.
    pub(super) patch_count: u64,
    pub(super) after_own_move: Option<u64>,
}

impl Watcher {
    pub(super) fn new(view: View) -> Self {
        Self {
            view,
            handles: Handles::default(),
            heard: VecDeque::new(),
            next_message: 1,
            revision: 0,
            patch_count: 0,
            after_own_move: None,
        }
    }

    /// The view as one patch.
    pub(super) fn whole(&mut self, table: &Table) -> Patch {
        let (view, handles) = (&self.view, &mut self.handles);
        let mut seats: Vec<_> = view.seats.iter().collect();
        seats.sort_by_key(|(_, look)| *look);
        let mut patch = Patch {
            fresh: true,
            table: Some(view.table.clone()),
            me: Some((handles.give(Entity::Seat(view.viewer())), view.role)),
            seats: seats
                .into_iter()
                .map(|(id, look)| (handles.give(Entity::Seat(*id)), look.clone()))
                .collect(),
            scenes: listing(view, handles),
            ..Patch::default()
        };
        self.show_scene(&mut patch);
        self.catch_up_messages(table);
        let heard = self.heard.iter();
        patch.messages =
            heard.filter_map(|(id, number)| self.message(table, table.message(*id)?, *number)).collect();
        patch.seats.sort_by_key(|(handle, _)| *handle);
        patch.tokens.sort_by_key(|token| token.token);
        patch.felt.sort_by_key(|(handle, _)| *handle);
        patch.portals.sort_by_key(|(handle, _)| *handle);
        patch.lights.sort_by_key(|(handle, _)| *handle);
        patch.drawings.sort_by_key(|(handle, ..)| *handle);
        patch.sight.sort_by_key(|(handle, _)| *handle);
        patch
    }

    /// What changed in the view, for the viewer.
    pub(super) fn tell(&mut self, table: &Table, delta: Delta, touched: &Touched) -> Patch {
        let (view, handles) = (&self.view, &mut self.handles);
        let mut patch = Patch { table: delta.table.then(|| view.table.clone()), ..Patch::default() };
        let mut seats: Vec<_> =
            delta.seats.iter().filter_map(|id| Some((view.seats.get(id)?, *id))).collect();
        seats.sort();
        for (look, id) in seats {
            patch.seats.push((handles.give(Entity::Seat(id)), look.clone()));
        }
        patch.me = delta.role.then(|| (handles.give(Entity::Seat(view.viewer())), view.role));
        for id in &delta.scenes {
            if let Some(look) = view.scenes.get(id) {
                patch.scenes.push((handles.give(Entity::Scene(*id)), look.clone()));
            }
        }
        let mut drawings = delta.drawings;
        let seats: Vec<SeatId> =
            delta.seats.iter().copied().filter(|id| !view.seats.contains_key(id)).collect();
        if !seats.is_empty() {
            // What they drew stays, and is nobody's.
            let theirs = view.drawings.iter().filter(|(_, look)| seats.contains(&look.record.by));
            drawings.extend(theirs.map(|(id, _)| *id));
        }
        let scenes = delta.scenes.iter().filter(|id| !view.scenes.contains_key(id));
        let gone = seats.into_iter().map(Entity::Seat).chain(scenes.map(|id| Entity::Scene(*id)));
        patch.gone.extend(gone.filter_map(|entity| handles.take(entity)));
        let mut unused = BTreeSet::new();
        match delta.scene {
            Some(was) => {
                self.leave_scene(table, &was);
                if self.view.scene.is_none() {
                    // Nothing takes its place, which only a view that starts anew can say.
                    return self.whole(table);
                }
                self.show_scene(&mut patch);
                unused.extend(was.scene.and_then(|(_, look)| Some(look.picture?.blob)));
                unused.extend(was.tokens.values().filter_map(|look| look.picture));
            }
            None => {
                unused.extend(delta.tokens.values().flatten().filter_map(|look| look.picture));
                self.tell_ground(delta.ground.as_deref(), &mut patch);
                self.tell_portals(&delta.portals, &mut patch);
                self.tell_tokens(table, delta.tokens, &delta.slipped, touched, &mut patch);
                self.tell_felt(&delta.felt, &mut patch);
                self.tell_lights(&delta.lights, &mut patch);
                self.tell_drawings(&drawings, &mut patch);
                self.tell_eyes(&delta.eyes, &mut patch);
                self.tell_fog(delta.fog.as_deref(), &mut patch);
                if let Some(was) = delta.lit {
                    let is = &self.view.lit;
                    let (dim, bright) =
                        (is.dim.changed_since(&was.dim), is.bright.changed_since(&was.bright));
                    patch.lit = Some(LitPatch { whole: false, dim, bright });
                }
                if let Some(was) = delta.explored {
                    self.revision += 1;
                    let blocks = self.view.explored.changed_since(&was);
                    patch.explored = Some(Explored { revision: self.revision, whole: false, blocks });
                }
            }
        }
        patch.gone.sort_unstable();
        patch.messages = touched.messages.iter().filter_map(|id| self.hear(table, *id)).collect();
        self.return_pictures(&unused);
        patch
    }

    /// The scene in view with everything on it.
    fn show_scene(&mut self, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        let Some((id, look)) = &view.scene else { return };
        let picture = look.picture.filter(|_| look.sees_all);
        let picture = picture.map(|picture| handles.give(Entity::Picture(picture.blob)));
        patch.scene = Some((handles.give(Entity::Scene(*id)), look.clone(), picture));
        let mut tokens: Vec<_> = view.tokens.iter().map(|(id, look)| (look, *id)).collect();
        tokens.sort();
        patch.tokens = tokens.into_iter().map(|(look, id)| token(handles, id, look)).collect();
        patch.felt = felt(handles, view.felt.iter().map(|(id, look)| (*look, *id)));
        patch.portals = portals(handles, view.portals.iter().map(|(id, look)| (*look, *id)));
        patch.lights = lights(handles, view.lights.iter().map(|(source, look)| (*look, *source)));
        patch.drawings = drawings(view, handles, view.drawings.keys());
        patch.sight = sight(view, handles, view.eyes.keys().copied());
        if !look.sees_all {
            self.revision += 1;
            let blocks = view.explored.blocks();
            patch.explored = Some(Explored { revision: self.revision, whole: true, blocks });
        }
        if view.lit.places().next().is_some() {
            let (dim, bright) = (view.lit.dim.blocks(), view.lit.bright.blocks());
            patch.lit = Some(LitPatch { whole: true, dim, bright });
        }
        if let Some(fog) = view.fog.as_deref().filter(|fog| **fog != Fog::default()) {
            patch.fog = Some(FogPatch { whole: true, ..fog_patch(handles, fog, &Fog::default()) });
        }
        if let Some(ground) = &view.ground {
            for (id, wall) in &ground.walls {
                patch.walls.push((handles.give(Entity::Wall(*id)), *wall));
            }
        }
    }

    fn tell_tokens(
        &mut self,
        table: &Table,
        changed: std::collections::BTreeMap<TokenId, Option<TokenLook>>,
        slipped: &BTreeSet<TokenId>,
        touched: &Touched,
        patch: &mut Patch,
    ) {
        let (view, handles) = (&self.view, &mut self.handles);
        let mut tokens = Vec::new();
        for (id, was) in changed {
            match view.tokens.get(&id) {
                Some(look) => tokens.push((look, id, was)),
                // It keeps its handle while it is felt.
                None if view.felt.contains_key(&id) => {}
                None => patch.gone.extend(part(handles, view, table, id)),
            }
        }
        tokens.sort();
        for (look, id, was) in tokens {
            let walked =
                !slipped.contains(&id) && was.is_some_and(|was| TokenLook { at: look.at, ..was } == *look);
            match touched.tokens.get(&id) {
                Some(path) if walked && path.last() == Some(&look.at) => {
                    patch.moves.push((handles.give(Entity::Token(id)), path.clone()));
                }
                Some(_) | None => patch.tokens.push(token(handles, id, look)),
            }
        }
    }

    fn tell_felt(&mut self, changed: &BTreeSet<TokenId>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        patch.felt = felt(handles, changed.iter().filter_map(|id| Some((*view.felt.get(id)?, *id))));
        let perceived = |id: &&TokenId| view.felt.contains_key(id) || view.tokens.contains_key(id);
        let gone = changed.iter().filter(|id| !perceived(id));
        patch.gone.extend(gone.filter_map(|id| handles.take(Entity::Token(*id))));
    }

    fn tell_lights(&mut self, changed: &BTreeSet<SourceId>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        let seen = changed.iter().filter_map(|source| Some((*view.lights.get(source)?, *source)));
        patch.lights = lights(handles, seen);
        let gone = changed.iter().filter(|source| !view.lights.contains_key(source));
        patch.gone.extend(gone.filter_map(|source| handles.take(entity(*source))));
    }

    fn tell_portals(&mut self, changed: &BTreeSet<PortalId>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        let seen = changed.iter().filter_map(|id| Some((*view.portals.get(id)?, *id)));
        patch.portals = portals(handles, seen);
        let gone = changed.iter().filter(|id| !view.portals.contains_key(id));
        patch.gone.extend(gone.filter_map(|id| handles.take(Entity::Portal(*id))));
    }

    fn tell_drawings(&mut self, changed: &BTreeSet<DrawingId>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        patch.drawings = drawings(view, handles, changed.iter());
        let gone = changed.iter().filter(|id| !view.drawings.contains_key(id));
        patch.gone.extend(gone.filter_map(|id| handles.take(Entity::Drawing(*id))));
    }

    fn tell_eyes(&mut self, changed: &BTreeSet<TokenId>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        patch.sight = sight(view, handles, changed.iter().copied().filter(|id| view.eyes.contains_key(id)));
        let gone = changed.iter().filter(|id| !view.eyes.contains_key(id));
        patch.gone.extend(gone.filter_map(|id| handles.take(Entity::Eye(*id))));
    }

    fn tell_ground(&mut self, was: Option<&Ground>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        let (Some(was), Some(is)) = (was, &view.ground) else { return };
        for (id, wall) in &is.walls {
            if was.walls.get(id) != Some(wall) {
                patch.walls.push((handles.give(Entity::Wall(*id)), *wall));
            }
        }
        let walls = was.walls.keys().filter(|id| !is.walls.contains_key(id)).map(|id| Entity::Wall(*id));
        patch.gone.extend(walls.filter_map(|entity| handles.take(entity)));
    }

    fn tell_fog(&mut self, was: Option<&Fog>, patch: &mut Patch) {
        let (view, handles) = (&self.view, &mut self.handles);
        let (Some(was), Some(is)) = (was, &view.fog) else { return };
        patch.fog = Some(fog_patch(handles, is, was));
        let areas = was.areas.keys().filter(|id| !is.areas.contains_key(id)).map(|id| Entity::Area(*id));
        patch.gone.extend(areas.filter_map(|entity| handles.take(entity)));
    }

    /// Drops the handles of what was on a scene that is no longer looked at, but for what the viewer owns.
    fn leave_scene(&mut self, table: &Table, was: &View) {
        let (view, handles) = (&self.view, &mut self.handles);
        let perceived = |id: &&TokenId| view.tokens.contains_key(id) || view.felt.contains_key(id);
        for id in was.tokens.keys().chain(was.felt.keys()).filter(|id| !perceived(id)) {
            part(handles, view, table, *id);
        }
        let stays = view.scene.as_ref().map(|(id, _)| *id);
        let scene =
            was.scene.iter().map(|(id, _)| *id).filter(|id| view.role != Role::Gm && Some(*id) != stays);
        let mut left: Vec<_> = scene.map(Entity::Scene).collect();
        left.extend(was.portals.keys().map(|id| Entity::Portal(*id)));
        left.extend(was.drawings.keys().map(|id| Entity::Drawing(*id)));
        left.extend(was.eyes.keys().map(|id| Entity::Eye(*id)));
        if let Some(ground) = &was.ground {
            left.extend(ground.walls.keys().map(|id| Entity::Wall(*id)));
        }
        if let Some(fog) = &was.fog {
            left.extend(fog.areas.keys().map(|id| Entity::Area(*id)));
        }
        left.extend(was.lights.keys().map(|source| entity(*source)));
        for entity in left {
            handles.take(entity);
        }
    }

    /// Takes back the handles of pictures that were in view, if nothing in view uses them any more. A game master's
    /// stay at hand.
    fn return_pictures(&mut self, dropped: &BTreeSet<BlobId>) {
        let view = &self.view;
        if dropped.is_empty() || view.role == Role::Gm {
            return;
        }
        let of_scene = view.scene.iter().filter_map(|(_, look)| Some(look.picture?.blob));
        let used: BTreeSet<_> =
            of_scene.chain(view.tokens.values().filter_map(|look| look.picture)).collect();
        for picture in dropped.difference(&used) {
            self.handles.take(Entity::Picture(*picture));
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
        let named = |seat: &crate::id::SeatId| table.seat(*seat).map(|seat| seat.name.clone());
        Some(MessagePatch {
            number,
            seat: self.handles.of(Entity::Seat(message.by)),
            to: message.to.iter().filter_map(named).collect(),
            concealed: message.manner == Manner::BlindRoll && !crate::permission::is_master(table, viewer),
            message: Arc::clone(message),
        })
    }
}

/// A token left the view: its handle goes unless the viewer owns it. Gives the handle.
fn part(handles: &mut Handles, view: &View, table: &Table, token: TokenId) -> Option<Handle> {
    let owned = table.token(token).is_some_and(|token| token.owners.contains(&view.viewer()));
    if owned { handles.of(Entity::Token(token)) } else { handles.take(Entity::Token(token)) }
}

fn listing(view: &View, handles: &mut Handles) -> Vec<(Handle, SceneListing)> {
    view.scenes.iter().map(|(id, look)| (handles.give(Entity::Scene(*id)), look.clone())).collect()
}

fn token(handles: &mut Handles, id: TokenId, look: &TokenLook) -> TokenPatch {
    TokenPatch {
        token: handles.give(Entity::Token(id)),
        picture: look.picture.map(|picture| handles.give(Entity::Picture(picture))),
        owners: seats(handles, &look.owners),
        targeted_by: seats(handles, &look.targeted_by),
        look: look.clone(),
    }
}

fn seats(handles: &Handles, seats: &[SeatId]) -> Vec<Handle> {
    seats.iter().filter_map(|seat| handles.of(Entity::Seat(*seat))).collect()
}

fn portals(
    handles: &mut Handles,
    portals: impl Iterator<Item = (PortalLook, PortalId)>,
) -> Vec<(Handle, PortalLook)> {
    let mut portals: Vec<_> = portals.collect();
    portals.sort();
    portals.into_iter().map(|(look, id)| (handles.give(Entity::Portal(id)), look)).collect()
}

fn felt(handles: &mut Handles, felt: impl Iterator<Item = (FeltLook, TokenId)>) -> Vec<(Handle, FeltLook)> {
    let mut felt: Vec<_> = felt.collect();
    felt.sort();
    felt.into_iter().map(|(look, id)| (handles.give(Entity::Token(id)), look)).collect()
}

fn lights(
    handles: &mut Handles,
    lights: impl Iterator<Item = (LightLook, SourceId)>,
) -> Vec<(Handle, LightLook)> {
    let mut lights: Vec<_> = lights.collect();
    lights.sort();
    lights.into_iter().map(|(look, source)| (handles.give(entity(source)), look)).collect()
}

/// The drawings among these that are in view, in the order in which they were made: that is how they lie upon each other.
fn drawings<'a>(
    view: &View,
    handles: &mut Handles,
    drawings: impl Iterator<Item = &'a DrawingId>,
) -> Vec<(Handle, DrawingLook, Option<Handle>)> {
    let seen = drawings.filter_map(|id| Some((id, view.drawings.get(id)?)));
    seen.map(|(id, look)| {
        (handles.give(Entity::Drawing(*id)), look.clone(), handles.of(Entity::Seat(look.record.by)))
    })
    .collect()
}

/// Where a fog differs from what it was.
fn fog_patch(handles: &mut Handles, is: &Fog, was: &Fog) -> FogPatch {
    let nothing = Layers::default();
    let draft = |fog: &Fog| fog.draft.as_ref().unwrap_or(&nothing).clone();
    let (live, draft) = (is.live.changed_since(&was.live), draft(is).changed_since(&draft(was)));
    let looks = is.areas.keys().filter_map(|area| Some((*area, AreaLook::of(is, *area)?)));
    let changed = looks.filter(|(area, look)| AreaLook::of(was, *area).as_ref() != Some(look));
    FogPatch {
        whole: false,
        preparing: is.draft.is_some(),
        revealed: live.revealed,
        veiled: live.veiled,
        draft_revealed: draft.revealed,
        draft_veiled: draft.veiled,
        areas: changed.map(|(area, look)| (handles.give(Entity::Area(area)), look)).collect(),
    }
}

/// What a viewer has a handle for.
const fn entity(source: SourceId) -> Entity {
    match source {
        SourceId::Placed(light) => Entity::Light(light),
        SourceId::Carried(token) => Entity::Torch(token),
    }
}

/// The gazes of eyes, in the order of their tokens' handles.
fn sight(view: &View, handles: &mut Handles, eyes: impl Iterator<Item = TokenId>) -> Vec<(Handle, Outline)> {
    let mut eyes: Vec<_> = eyes.map(|id| (handles.of(Entity::Token(id)), id)).collect();
    eyes.sort();
    let gazes = eyes.into_iter().filter_map(|(_, id)| Some((id, view.eyes.get(&id)?)));
    gazes.map(|(id, gaze)| (handles.give(Entity::Eye(id)), gaze.outline())).collect()
}
