//! The table's state: what the events so far add up to.
//!
//! [`Table::apply`] cannot fail: it folds facts. What may happen is decided in [`crate::decide`]. A table is cloned when
//! it wakes (the staged twin); heavy parts of scenes are shared.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::event::{
    Ambience, BuiltState, BuiltStep, Direction, DrawingState, DrawingStep, Event, FogChange, FogStage,
    FogStep, Grid, Growth, HistoryRecord, MessageRecord, MoveRecord, SceneRecord, SeatRecord, SeatState,
    Settings, Snapshot, Step, TokenRecord, TokenState,
};
use crate::fog::Fog;
use crate::geometry::{CELL, Point};
use crate::id::{AccountId, DrawingId, LightId, MessageId, PortalId, SceneId, SeatId, TokenId};
use crate::limits::{MESSAGES_IN_MEMORY_MAX, TOKEN_CELLS_MAX, UNDO_FOG_BLOCKS_MAX, UNDO_STEPS_MAX};
use crate::placed::Placed;
use crate::samples::Samples;
use crate::scene::Scene;

/// The form of snapshots that this build writes. It reads older ones too: what they lack has a default.
const SNAPSHOT_FORM: u32 = 4;

/// A game and all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    name: String,
    settings: Settings,
    invite_generation: u32,
    seats: BTreeMap<SeatId, SeatRecord>,
    scenes: BTreeMap<SceneId, Scene>,
    shown: Option<SceneId>,
    opened: BTreeMap<SeatId, SceneId>,
    tokens: BTreeMap<TokenId, TokenRecord>,
    /// Where the tokens stand.
    placed: Placed,
    /// Who aims at which of them. Nobody's aim is kept for a token or a seat that is gone.
    targets: BTreeMap<TokenId, BTreeSet<SeatId>>,
    /// What players' characters have seen, each player's own.
    memories: BTreeMap<(SceneId, SeatId), Arc<Samples>>,
    /// What any of them has seen.
    party: BTreeMap<SceneId, Arc<Samples>>,
    /// The newest messages, oldest first.
    messages: VecDeque<Arc<MessageRecord>>,
    histories: BTreeMap<SeatId, HistoryRecord>,
    next: NextIds,
}

/// The next free number of each kind. Numbers are never used twice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NextIds {
    pub(crate) seat: u32,
    pub(crate) scene: u32,
    pub(crate) token: u32,
    pub(crate) wall: u32,
    pub(crate) portal: u32,
    pub(crate) light: u32,
    pub(crate) message: u32,
    pub(crate) area: u32,
    pub(crate) drawing: u32,
}

impl Table {
    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes over the walls of a twin that has come to the same event, so that they are made ready and held once. Walls
    /// that are shared already are not looked at.
    pub fn share_walls(&mut self, twin: &Self) {
        for (id, scene) in &mut self.scenes {
            if let Some(twin) = twin.scenes.get(id) {
                scene.share_ground(twin);
            }
        }
    }

    /// The table's settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which invite is valid.
    pub const fn invite_generation(&self) -> u32 {
        self.invite_generation
    }

    /// A seat.
    pub fn seat(&self, seat: SeatId) -> Option<&SeatRecord> {
        self.seats.get(&seat)
    }

    /// All seats, whatever their state.
    pub fn seats(&self) -> impl Iterator<Item = &SeatRecord> {
        self.seats.values()
    }

    /// The seat of an account, if it has one.
    pub fn seat_of(&self, account: AccountId) -> Option<&SeatRecord> {
        self.seats.values().find(|seat| seat.accounts.contains(&account))
    }

    /// The pictures that the table uses, so that the others can be forgotten.
    pub fn pictures(&self) -> BTreeSet<crate::id::BlobId> {
        let of_scenes = self.scenes.values().filter_map(|scene| Some(scene.picture?.blob));
        of_scenes.chain(self.tokens.values().filter_map(|token| token.picture)).collect()
    }

    pub(crate) fn token(&self, token: TokenId) -> Option<&TokenRecord> {
        self.tokens.get(&token)
    }

    pub(crate) const fn tokens(&self) -> &BTreeMap<TokenId, TokenRecord> {
        &self.tokens
    }

    /// Who aims at a token.
    pub(crate) fn aiming_at(&self, token: TokenId) -> impl Iterator<Item = SeatId> {
        self.targets.get(&token).into_iter().flatten().copied()
    }

    /// What a seat aims at, in order.
    pub(crate) fn targets_of(&self, seat: SeatId) -> impl Iterator<Item = TokenId> {
        let aims = self.targets.iter().filter(move |(_, seats)| seats.contains(&seat));
        aims.map(|(token, _)| *token)
    }

    pub(crate) fn tokens_on(&self, scene: SceneId) -> impl Iterator<Item = (TokenId, &TokenRecord)> {
        self.placed.on(scene).filter_map(|id| Some((id, self.tokens.get(&id)?)))
    }

    /// The tokens of a scene of which a part may lie in a box.
    pub(crate) fn tokens_within(
        &self,
        scene: SceneId,
        least: Point,
        most: Point,
    ) -> impl Iterator<Item = (TokenId, &TokenRecord)> {
        const REACH: i32 = TOKEN_CELLS_MAX * CELL / 2;
        let least = Point::new(least.x.saturating_sub(REACH), least.y.saturating_sub(REACH));
        let most = Point::new(most.x.saturating_add(REACH), most.y.saturating_add(REACH));
        self.placed.around(scene, least, most).filter_map(|id| Some((id, self.tokens.get(&id)?)))
    }

    pub(crate) fn scene(&self, scene: SceneId) -> Option<&Scene> {
        self.scenes.get(&scene)
    }

    pub(crate) const fn scenes(&self) -> &BTreeMap<SceneId, Scene> {
        &self.scenes
    }

    pub(crate) const fn shown(&self) -> Option<SceneId> {
        self.shown
    }

    /// The scene in a seat's view: what a game master opened, else where the players are.
    pub(crate) fn scene_of(&self, seat: SeatId) -> Option<SceneId> {
        let opened = self.opened.get(&seat).copied();
        opened.filter(|_| crate::permission::is_master(self, seat)).or(self.shown)
    }

    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<MessageRecord>> {
        self.messages.iter()
    }

    pub(crate) fn message(&self, message: MessageId) -> Option<&Arc<MessageRecord>> {
        let index = self.messages.binary_search_by_key(&message, |held| held.message).ok()?;
        self.messages.get(index)
    }

    /// What a seat's own characters have seen of a scene.
    pub(crate) fn memory(&self, scene: SceneId, seat: SeatId) -> Option<&Arc<Samples>> {
        self.memories.get(&(scene, seat))
    }

    /// What any player's character has seen of a scene.
    pub(crate) fn party_memory(&self, scene: SceneId) -> Option<&Arc<Samples>> {
        self.party.get(&scene)
    }

    pub(crate) fn history(&self, seat: SeatId) -> Option<&HistoryRecord> {
        self.histories.get(&seat)
    }

    pub(crate) const fn next_ids(&self) -> NextIds {
        self.next
    }

    /// Folds one fact.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TableSet { name, settings } => {
                self.name.clone_from(name);
                self.settings = *settings;
            }
            Event::InviteRenewed { generation } => self.invite_generation = *generation,
            Event::SeatAdded { seat } | Event::SeatSet { seat } => self.set_seat(seat),
            Event::SeatRemoved { seat } => {
                self.seats.remove(seat);
                self.opened.remove(seat);
                self.let_go_all(*seat);
                // What they saw stays with the party.
                self.memories.retain(|(_, of), _| of != seat);
                self.histories.remove(seat);
            }
            Event::SceneAdded { scene } => self.add_scene(scene),
            Event::SceneSet { scene, name, grid, ambience } => {
                self.set_scene(*scene, name, grid.clone(), *ambience);
            }
            Event::SceneRemoved { scene } => self.remove_scene(*scene),
            Event::SceneShown { scene } => {
                self.shown = Some(*scene);
                // Whoever brings the players somewhere goes along.
                self.opened.retain(|_, opened| opened != scene);
            }
            Event::SceneOpened { seat, scene } => {
                self.opened.insert(*seat, *scene);
            }
            Event::WallsAdded { by, scene, walls } => {
                let states = walls.iter().map(|wall| BuiltState::Wall(wall.wall, Some(*wall)));
                self.build(*by, *scene, states.collect());
            }
            Event::WallsRemoved { by, scene, walls } => {
                self.build(*by, *scene, walls.iter().map(|wall| BuiltState::Wall(*wall, None)).collect());
            }
            Event::PortalAdded { by, scene, portal } => {
                self.build(*by, *scene, vec![BuiltState::Portal(portal.portal, Some(*portal))]);
            }
            Event::PortalRemoved { by, scene, portal } => {
                self.build(*by, *scene, vec![BuiltState::Portal(*portal, None)]);
            }
            Event::LightsSet { by, scene, lights } => {
                let states = lights.iter().map(|light| BuiltState::Light(light.light, Some(*light)));
                self.build(*by, *scene, states.collect());
            }
            Event::LightsRemoved { by, scene, lights } => {
                self.build(*by, *scene, lights.iter().map(|light| BuiltState::Light(*light, None)).collect());
            }
            Event::BuiltReset { by, direction, scene, things } => {
                self.with_scene(*scene, |scene| drop(scene.build(things)));
                self.shift_history(*by, *direction);
            }
            Event::PortalFound { scene, portal } => {
                self.with_scene(*scene, |scene| scene.find_portal(*portal));
            }
            Event::PortalSet { scene, portal, state } => {
                self.with_scene(*scene, |scene| scene.set_portal(*portal, *state));
            }
            Event::TokensMoved { by, moves } => self.move_tokens(*by, moves),
            Event::TokensSet { by, tokens } => {
                let step = Step { before: self.states(tokens), after: tokens.clone(), ..Step::default() };
                self.set_tokens(tokens);
                self.remember(*by, step);
            }
            Event::TokensReset { by, direction, tokens } => {
                self.set_tokens(tokens);
                self.shift_history(*by, *direction);
            }
            Event::Targeted { by, aimed, let_go } => self.aim(*by, aimed, let_go),
            Event::Explored { scene, growths } => self.explore(*scene, growths),
            Event::FogSet { by, scene, stage, change } => {
                if let Some(before) = self.change_fog(*scene, *stage, change) {
                    let fog = FogStep { scene: *scene, stage: *stage, before, after: change.clone() };
                    self.remember(*by, Step { fog: Some(fog), ..Step::default() });
                }
            }
            Event::FogReset { by, direction, scene, stage, change } => {
                self.change_fog(*scene, *stage, change);
                self.shift_history(*by, *direction);
            }
            Event::FogPrepared { scene } => self.with_fog(*scene, |fog| fog.draft = Some(fog.live.clone())),
            Event::FogDiscarded { scene } => self.with_fog(*scene, |fog| fog.draft = None),
            Event::AreasSet { scene, areas } => {
                let past = areas.iter().map(|area| area.area.0.saturating_add(1)).max().unwrap_or(0);
                self.next.area = self.next.area.max(past);
                self.with_fog(*scene, |fog| fog.set_areas(areas));
            }
            Event::AreasRemoved { scene, areas } => self.with_fog(*scene, |fog| fog.remove_areas(areas)),
            Event::DrawingsSet { by, scene, drawings } => {
                if let Some(before) = self.set_drawings(*scene, drawings) {
                    let step = DrawingStep { scene: *scene, before, after: drawings.clone() };
                    self.remember(*by, Step { drawings: Some(step), ..Step::default() });
                }
            }
            Event::DrawingsReset { by, direction, scene, drawings } => {
                self.set_drawings(*scene, drawings);
                self.shift_history(*by, *direction);
            }
            Event::MemoryForgotten { scene, seat } => self.forget(*scene, *seat),
            Event::MessageSaid { message } => self.hear(Arc::new((**message).clone())),
        }
    }

    /// The table as a snapshot.
    pub fn snapshot(&self) -> Snapshot {
        let next = self.next;
        Snapshot {
            form: SNAPSHOT_FORM,
            name: self.name.clone(),
            settings: self.settings,
            invite_generation: self.invite_generation,
            seats: self.seats.values().cloned().collect(),
            scenes: self.scenes.iter().map(|(id, scene)| scene.record(*id)).collect(),
            shown: self.shown,
            opened: self.opened.iter().map(|(seat, scene)| (*seat, *scene)).collect(),
            tokens: self.tokens.iter().map(|(id, token)| (*id, token.clone())).collect(),
            targets: self
                .targets
                .iter()
                .map(|(token, seats)| (*token, seats.iter().copied().collect()))
                .collect(),
            messages: self.messages.iter().map(|message| (**message).clone()).collect(),
            histories: self.histories.iter().map(|(seat, history)| (*seat, history.clone())).collect(),
            memories: self
                .memories
                .iter()
                .map(|((scene, seat), held)| (*scene, *seat, held.blocks()))
                .collect(),
            party: self.party.iter().map(|(scene, held)| (*scene, held.blocks())).collect(),
            next_ids: [next.seat, next.scene, next.token, next.wall, next.portal, next.light, next.message],
            next_area: next.area,
            next_drawing: next.drawing,
        }
    }

    /// The table that a snapshot holds; `None` if a later build wrote it in a form that this one does not know.
    pub fn from_snapshot(snapshot: &Snapshot) -> Option<Self> {
        if !(1..=SNAPSHOT_FORM).contains(&snapshot.form) {
            return None;
        }
        let mut table = Self {
            name: snapshot.name.clone(),
            settings: snapshot.settings,
            invite_generation: snapshot.invite_generation,
            seats: snapshot.seats.iter().map(|seat| (seat.seat, seat.clone())).collect(),
            shown: snapshot.shown,
            opened: snapshot.opened.iter().copied().collect(),
            targets: snapshot
                .targets
                .iter()
                .map(|(token, seats)| (*token, seats.iter().copied().collect()))
                .collect(),
            messages: snapshot.messages.iter().cloned().map(Arc::new).collect(),
            histories: snapshot.histories.iter().cloned().collect(),
            memories: snapshot
                .memories
                .iter()
                .map(|(scene, seat, held)| ((*scene, *seat), Arc::new(held.as_slice().into())))
                .collect(),
            party: snapshot
                .party
                .iter()
                .map(|(scene, held)| (*scene, Arc::new(held.as_slice().into())))
                .collect(),
            ..Self::default()
        };
        for scene in &snapshot.scenes {
            table.scenes.insert(scene.scene, Scene::new(scene));
        }
        for (id, token) in &snapshot.tokens {
            table.put_token(*id, Some(token.clone()));
        }
        let [seat, scene, token, wall, portal, light, message] = snapshot.next_ids;
        table.next = NextIds {
            seat,
            scene,
            token,
            wall,
            portal,
            light,
            message,
            area: snapshot.next_area,
            drawing: snapshot.next_drawing,
        };
        Some(table)
    }

    fn set_seat(&mut self, seat: &SeatRecord) {
        self.next.seat = self.next.seat.max(seat.seat.0.saturating_add(1));
        if !is_seated(seat) || seat.accounts.is_empty() {
            self.let_go_all(seat.seat);
        }
        self.seats.insert(seat.seat, seat.clone());
    }

    fn add_scene(&mut self, record: &SceneRecord) {
        let past = |ids: &mut dyn Iterator<Item = u32>| ids.max().map_or(0, |id| id.saturating_add(1));
        self.next.scene = self.next.scene.max(record.scene.0.saturating_add(1));
        self.next.wall = self.next.wall.max(past(&mut record.walls.iter().map(|wall| wall.wall.0)));
        self.next.portal =
            self.next.portal.max(past(&mut record.portals.iter().map(|portal| portal.portal.0)));
        self.next.light = self.next.light.max(past(&mut record.lights.iter().map(|light| light.light.0)));
        self.next.drawing = self.next.drawing.max(past(&mut record.drawings.iter().map(|(id, _)| id.0)));
        self.scenes.insert(record.scene, Scene::new(record));
    }

    fn set_scene(&mut self, id: SceneId, name: &str, grid: Grid, ambience: Ambience) {
        let Some(scene) = self.scenes.get_mut(&id) else { return };
        name.clone_into(&mut scene.name);
        scene.ambience = ambience;
        let Some(scaling) = scene.set_grid(grid) else { return };
        for token in self.placed.clear(id) {
            if let Some(record) = self.tokens.get_mut(&token) {
                record.at = scaling.point(record.at);
                self.placed.put(id, record.at, token);
            }
        }
        let all = self.memories.iter_mut().filter(|((scene, _), _)| *scene == id).map(|(_, held)| held);
        for held in all.chain(self.party.get_mut(&id)) {
            *held = Arc::new(held.scaled(scaling.numerator, scaling.denominator));
        }
        // Places of before mean something else now.
        self.histories.clear();
    }

    fn remove_scene(&mut self, id: SceneId) {
        self.scenes.remove(&id);
        self.memories.retain(|(scene, _), _| *scene != id);
        self.party.remove(&id);
        self.opened.retain(|_, opened| *opened != id);
        if self.shown == Some(id) {
            self.shown = None;
        }
        for token in self.placed.clear(id) {
            self.tokens.remove(&token);
            self.targets.remove(&token);
        }
        let elsewhere = |states: &[TokenState]| {
            states.iter().all(|state| state.is.as_ref().is_none_or(|token| token.scene != id))
        };
        let stays = |step: &Step| {
            let fog_elsewhere = step.fog.as_ref().is_none_or(|fog| fog.scene != id);
            let drawn_elsewhere = step.drawings.as_ref().is_none_or(|drawings| drawings.scene != id);
            let built_elsewhere = step.built.as_ref().is_none_or(|built| built.scene != id);
            fog_elsewhere
                && drawn_elsewhere
                && built_elsewhere
                && elsewhere(&step.before)
                && elsewhere(&step.after)
        };
        for history in self.histories.values_mut() {
            history.done.retain(stays);
            history.undone.retain(stays);
        }
    }

    fn with_scene(&mut self, id: SceneId, change: impl FnOnce(&mut Scene)) {
        if let Some(scene) = self.scenes.get_mut(&id) {
            change(scene);
        }
    }

    /// Changes what a scene is built of, and remembers it for who did it.
    fn build(&mut self, by: Option<SeatId>, id: SceneId, after: Vec<BuiltState>) {
        for state in &after {
            let (next, number) = match state {
                BuiltState::Wall(id, _) => (&mut self.next.wall, id.0),
                BuiltState::Portal(id, _) => (&mut self.next.portal, id.0),
                BuiltState::Light(id, _) => (&mut self.next.light, id.0),
            };
            *next = (*next).max(number.saturating_add(1));
        }
        let Some(scene) = self.scenes.get_mut(&id) else { return };
        let before = scene.build(&after);
        if let Some(by) = by {
            self.remember(
                by,
                Step { built: Some(BuiltStep { scene: id, before, after }), ..Step::default() },
            );
        }
    }

    fn with_fog(&mut self, id: SceneId, change: impl FnOnce(&mut Fog)) {
        self.with_scene(id, |scene| change(Arc::make_mut(&mut scene.fog)));
    }

    /// Changes a scene's drawings; gives what they were.
    fn set_drawings(&mut self, id: SceneId, drawings: &[DrawingState]) -> Option<Vec<DrawingState>> {
        let past = drawings.iter().map(|state| state.drawing.0.saturating_add(1)).max().unwrap_or(0);
        self.next.drawing = self.next.drawing.max(past);
        Some(self.scenes.get_mut(&id)?.set_drawings(drawings))
    }

    /// Changes a scene's fog; gives what would change it back.
    fn change_fog(&mut self, id: SceneId, stage: FogStage, change: &FogChange) -> Option<FogChange> {
        let fog = Arc::make_mut(&mut self.scenes.get_mut(&id)?.fog);
        let layers = fog.layers_mut(stage)?;
        let before = layers.clone();
        layers.change(change);
        Some(before.changed_since(layers))
    }

    /// Forgets what was seen of a scene. The party still remembers what others do, those who left included.
    fn forget(&mut self, scene: SceneId, seat: Option<SeatId>) {
        let Some(seat) = seat else {
            self.memories.retain(|(of, _), _| *of != scene);
            self.party.remove(&scene);
            return;
        };
        let Some(mut lost) = self.memories.remove(&(scene, seat)).map(Arc::unwrap_or_clone) else { return };
        for ((of, _), memory) in &self.memories {
            if *of == scene {
                lost = lost.without(memory);
            }
        }
        if let Some(party) = self.party.get_mut(&scene) {
            *party = Arc::new(party.without(&lost));
        }
    }

    fn move_tokens(&mut self, by: SeatId, moves: &[MoveRecord]) {
        let mut step = Step::default();
        for walked in moves {
            let Some((token, to)) = self.tokens.get_mut(&walked.token).zip(walked.path.last()) else {
                continue;
            };
            let way: Vec<Point> = std::iter::once(token.at).chain(walked.path.iter().copied()).collect();
            step.before.push(TokenState { token: walked.token, is: Some(token.clone()) });
            self.placed.walk(token.scene, token.at, *to, walked.token);
            token.at = *to;
            step.after.push(TokenState { token: walked.token, is: Some(token.clone()) });
            step.ways.push(MoveRecord { token: walked.token, path: way });
        }
        self.remember(by, step);
    }

    fn states(&self, of: &[TokenState]) -> Vec<TokenState> {
        of.iter()
            .map(|state| TokenState { token: state.token, is: self.tokens.get(&state.token).cloned() })
            .collect()
    }

    fn set_tokens(&mut self, tokens: &[TokenState]) {
        for state in tokens {
            self.put_token(state.token, state.is.clone());
        }
    }

    fn put_token(&mut self, id: TokenId, token: Option<TokenRecord>) {
        self.next.token = self.next.token.max(id.0.saturating_add(1));
        if let Some(old) = self.tokens.remove(&id) {
            self.placed.take(old.scene, old.at, id);
        }
        if let Some(token) = token {
            self.placed.put(token.scene, token.at, id);
            self.tokens.insert(id, token);
        } else {
            self.targets.remove(&id);
        }
    }

    fn aim(&mut self, by: SeatId, aimed: &[TokenId], let_go: &[TokenId]) {
        for token in aimed.iter().filter(|token| self.tokens.contains_key(token)) {
            self.targets.entry(*token).or_default().insert(by);
        }
        for token in let_go {
            if let Some(seats) = self.targets.get_mut(token) {
                seats.remove(&by);
            }
        }
        self.targets.retain(|_, seats| !seats.is_empty());
    }

    fn let_go_all(&mut self, by: SeatId) {
        self.targets.retain(|_, seats| {
            seats.remove(&by);
            !seats.is_empty()
        });
    }

    fn remember(&mut self, by: SeatId, step: Step) {
        let history = self.histories.entry(by).or_default();
        history.undone.clear();
        history.done.push(step);
        let blocks = |step: &Step| {
            step.fog.as_ref().map_or(0, |fog| fog.before.block_count() + fog.after.block_count())
        };
        let mut held: usize = history.done.iter().map(blocks).sum();
        while history.done.len() > UNDO_STEPS_MAX || (history.done.len() > 1 && held > UNDO_FOG_BLOCKS_MAX) {
            held -= blocks(&history.done.remove(0));
        }
    }

    fn shift_history(&mut self, by: SeatId, direction: Direction) {
        let history = self.histories.entry(by).or_default();
        let (from, to) = match direction {
            Direction::Back => (&mut history.done, &mut history.undone),
            Direction::Forth => (&mut history.undone, &mut history.done),
        };
        to.extend(from.pop());
    }

    fn explore(&mut self, scene: SceneId, growths: &[Growth]) {
        if !self.scenes.contains_key(&scene) {
            return;
        }
        for growth in growths {
            let samples = Samples::from(growth.samples.as_slice());
            Arc::make_mut(self.party.entry(scene).or_default()).merge(&samples);
            for seat in &growth.seats {
                Arc::make_mut(self.memories.entry((scene, *seat)).or_default()).merge(&samples);
            }
        }
    }

    fn hear(&mut self, message: Arc<MessageRecord>) {
        self.next.message = self.next.message.max(message.message.0.saturating_add(1));
        self.messages.push_back(message);
        if self.messages.len() > MESSAGES_IN_MEMORY_MAX {
            self.messages.pop_front();
        }
    }
}

/// What a run of events concerns; tells views where to look.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    pub(crate) table: bool,
    pub(crate) people: bool,
    pub(crate) scenes: bool,
    /// Scenes whose walls, portals or ambience are others now.
    pub(crate) ground: BTreeSet<SceneId>,
    /// Portals that were opened, shut or locked.
    pub(crate) doors: BTreeMap<SceneId, BTreeSet<PortalId>>,
    /// Lights that were placed, changed or removed.
    pub(crate) lights: BTreeMap<SceneId, BTreeSet<LightId>>,
    pub(crate) tokens: BTreeMap<TokenId, Vec<Point>>,
    /// Tokens that others aim at now than before.
    pub(crate) aims: BTreeSet<TokenId>,
    pub(crate) messages: Vec<MessageId>,
    /// Scenes of which somebody explored more.
    pub(crate) explored: BTreeSet<SceneId>,
    /// Scenes of which players may see or remember something else now, whatever eyes did.
    pub(crate) fog: BTreeSet<SceneId>,
    /// Drawings that are new, changed or gone.
    pub(crate) drawings: BTreeMap<SceneId, BTreeSet<DrawingId>>,
    /// Scenes of whose fog game masters alone are told something else.
    pub(crate) drafts: BTreeSet<SceneId>,
}

impl Touched {
    /// Adds what an event concerns.
    pub fn by(&mut self, event: &Event) {
        match event {
            Event::TableSet { .. } => {
                self.table = true;
                // Sight may be shared from now on.
                self.scenes = true;
            }
            Event::InviteRenewed { .. } => {}
            Event::SeatAdded { .. } | Event::SeatSet { .. } | Event::SeatRemoved { .. } => self.people = true,
            Event::SceneAdded { .. } | Event::SceneShown { .. } | Event::SceneOpened { .. } => {
                self.scenes = true
            }
            Event::SceneSet { scene, .. } | Event::SceneRemoved { scene } => {
                self.scenes = true;
                self.ground.insert(*scene);
            }
            Event::WallsAdded { scene, .. }
            | Event::WallsRemoved { scene, .. }
            | Event::PortalAdded { scene, .. }
            | Event::PortalRemoved { scene, .. } => {
                self.ground.insert(*scene);
            }
            Event::PortalSet { scene, portal, .. } | Event::PortalFound { scene, portal } => {
                self.doors.entry(*scene).or_default().insert(*portal);
            }
            Event::BuiltReset { scene, things, .. } => {
                for state in things {
                    match state {
                        BuiltState::Wall(..) | BuiltState::Portal(..) => {
                            self.ground.insert(*scene);
                        }
                        BuiltState::Light(light, _) => {
                            self.lights.entry(*scene).or_default().insert(*light);
                        }
                    }
                }
            }
            Event::LightsSet { scene, lights, .. } => {
                self.lights.entry(*scene).or_default().extend(lights.iter().map(|light| light.light));
            }
            Event::LightsRemoved { scene, lights, .. } => {
                self.lights.entry(*scene).or_default().extend(lights);
            }
            Event::TokensMoved { moves, .. } => {
                for walked in moves {
                    self.tokens.entry(walked.token).or_default().extend(&walked.path);
                }
            }
            Event::TokensSet { tokens, .. } | Event::TokensReset { tokens, .. } => {
                for state in tokens {
                    self.tokens.entry(state.token).or_default().clear();
                }
            }
            Event::Targeted { aimed, let_go, .. } => self.aims.extend(aimed.iter().chain(let_go)),
            Event::Explored { scene, .. } => {
                self.explored.insert(*scene);
            }
            Event::FogSet { scene, stage, .. } | Event::FogReset { scene, stage, .. } => match stage {
                FogStage::Live => {
                    self.fog.insert(*scene);
                }
                FogStage::Draft => {
                    self.drafts.insert(*scene);
                }
            },
            Event::DrawingsSet { scene, drawings, .. } | Event::DrawingsReset { scene, drawings, .. } => {
                self.drawings.entry(*scene).or_default().extend(drawings.iter().map(|state| state.drawing));
            }
            Event::MemoryForgotten { scene, .. } => {
                self.fog.insert(*scene);
            }
            Event::FogPrepared { scene }
            | Event::FogDiscarded { scene }
            | Event::AreasSet { scene, .. }
            | Event::AreasRemoved { scene, .. } => {
                self.drafts.insert(*scene);
            }
            Event::MessageSaid { message } => self.messages.push(message.message),
        }
    }
}

/// Whether a seat sits at the table, neither knocking nor banned.
pub(crate) fn is_seated(seat: &SeatRecord) -> bool {
    seat.state == SeatState::Seated
}
