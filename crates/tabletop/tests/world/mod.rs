//! A table with people at it, for tests: every command takes the way it takes on the server.

#![expect(dead_code, reason = "each test uses a part")]

use std::collections::{BTreeMap, BTreeSet};

use tabletop::audience::{Audience, Handle, MirrorId, Outline, Patch};
use tabletop::command::{Command, Knock, TableChange, TokenChange};
use tabletop::decide::{Context, Decision};
use tabletop::dice::Entropy;
use tabletop::event::{BlockRecord, DrawingRecord, Event, Role, Snapshot, WallKind};
use tabletop::explore::Explorer;
use tabletop::geometry::{CELL, Point};
use tabletop::id::{AccountId, SeatId, TokenId};
use tabletop::name::Name;
use tabletop::permission::authorize;
use tabletop::refusal::Refusal;
use tabletop::table::{Table, Touched};

/// The game master.
pub(crate) const MASTER: SeatId = SeatId(1);

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Entropy for Dice {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

/// A table, its viewers, and all that happened.
pub(crate) struct World {
    pub(crate) table: Table,
    pub(crate) audience: Audience,
    pub(crate) log: Vec<Event>,
    /// What each viewer's browser holds.
    pub(crate) screens: BTreeMap<SeatId, Screen>,
    /// What game masters see who look as somebody else.
    pub(crate) mirrors: BTreeMap<MirrorId, Screen>,
    explorer: Explorer,
    dice: Dice,
}

/// A point in cells.
pub(crate) fn cells(x: f64, y: f64) -> Point {
    Point::from_cells(x, y).expect("in bounds")
}

/// A point in quarter cells, as a hand on a grid would choose.
pub(crate) fn quarters(x: i32, y: i32) -> Point {
    Point::new(x * CELL / 4, y * CELL / 4)
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

/// A hall of two rooms with Ada and Bo in one each, at (2.5, 2.5) and (9.5, 2.5), who share nothing that they see.
pub(crate) fn two_rooms() -> (World, SeatId, SeatId) {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Hall"), [12, 12]));
    let (ada, bo) = (world.seat("Ada", Role::Player), world.seat("Bo", Role::Player));
    world.must(MASTER, Command::AddWalls(vec![(cells(6.0, 0.0), cells(6.0, 12.0), WallKind::Wall)]));
    let apart = TableChange { shared_sight: Some(false), ..TableChange::default() };
    world.must(MASTER, Command::EditTable(apart));
    world.token(cells(2.5, 2.5), &[ada]);
    world.token(cells(9.5, 2.5), &[bo]);
    (world, ada, bo)
}

impl World {
    /// A game master alone at a table, connected.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            table: Table::default(),
            audience: Audience::default(),
            log: Vec::new(),
            screens: BTreeMap::new(),
            mirrors: BTreeMap::new(),
            explorer: Explorer::default(),
            dice: Dice(1),
        };
        for event in Table::found(&name("The table"), account(1), &name("Gia")) {
            world.table.apply(&event);
            world.log.push(event);
        }
        world.connect(MASTER);
        world
    }

    /// Somebody comes, is admitted and connects.
    pub(crate) fn seat(&mut self, who: &str, role: Role) -> SeatId {
        let seat = self.knock(who, role);
        self.must(MASTER, Command::Admit(seat, None));
        self.connect(seat);
        seat
    }

    /// Somebody knocks.
    pub(crate) fn knock(&mut self, who: &str, role: Role) -> SeatId {
        // Seats may have gone, so their count says nothing about who is a stranger.
        let is_free = |number: &u8| self.table.seat_of(account(*number)).is_none();
        let number = (1..u8::MAX).find(is_free).expect("few people");
        let knock = Knock { account: account(number), name: name(who), role };
        let decision = self.table.decide_knock(&knock).expect("let in");
        self.fold(decision, None);
        self.table.seat_of(account(number)).expect("there").seat
    }

    pub(crate) fn connect(&mut self, seat: SeatId) {
        let patches = self.audience.enter(&self.table, seat);
        self.show(&patches);
        let whole = self.audience.whole(&self.table, seat).expect("seated");
        self.show(&[(seat, whole)]);
    }

    pub(crate) fn disconnect(&mut self, seat: SeatId) {
        let patches = self.audience.leave(&self.table, seat);
        self.screens.remove(&seat);
        self.show(&patches);
    }

    /// A command takes its way; what it draws is a function of the seat and of `draw` alone.
    pub(crate) fn ask_with(
        &mut self,
        seat: SeatId,
        command: Command,
        draw: u64,
    ) -> Result<Vec<(SeatId, Patch)>, Refusal> {
        self.dice = Dice(draw.wrapping_mul(1_000_003) ^ u64::from(seat.0));
        self.ask(seat, command)
    }

    /// A command takes its way.
    pub(crate) fn ask(&mut self, seat: SeatId, command: Command) -> Result<Vec<(SeatId, Patch)>, Refusal> {
        let decision = self.decide(seat, command)?;
        Ok(self.fold(decision, Some(seat)))
    }

    /// What would come of a command.
    pub(crate) fn decide(&mut self, seat: SeatId, command: Command) -> Result<Decision, Refusal> {
        let permit = authorize(&self.table, seat, command)?;
        let undo = self.audience.undo_window(seat);
        let mut context = Context { now_ms: 1_000, entropy: &mut self.dice, undo };
        self.table.decide(&mut context, permit)
    }

    pub(crate) fn must(&mut self, seat: SeatId, command: Command) -> Vec<(SeatId, Patch)> {
        let told = format!("{command:?}");
        match self.ask(seat, command) {
            Ok(patches) => patches,
            Err(refusal) => panic!("{told}: {refusal}"),
        }
    }

    fn fold(&mut self, decision: Decision, by: Option<SeatId>) -> Vec<(SeatId, Patch)> {
        let mut events = decision.events;
        self.explorer.fold(&mut self.table, &mut events);
        let mut touched = Touched::default();
        events.iter().for_each(|event| touched.by(event));
        self.log.extend(events);
        let patches = self.audience.advance(&self.table, &touched, by);
        self.show(&patches);
        patches
    }

    fn show(&mut self, patches: &[(SeatId, Patch)]) {
        for (seat, patch) in patches {
            self.screens.entry(*seat).or_default().take(patch);
        }
        for (mirror, patch) in self.audience.take_mirrored() {
            match patch {
                Some(patch) => self.mirrors.entry(mirror).or_default().take(&patch),
                None => drop(self.mirrors.remove(&mirror)),
            }
        }
    }

    /// The game master looks as a seat.
    pub(crate) fn mirror(&mut self, seat: SeatId) -> Option<MirrorId> {
        let (mirror, whole) = self.audience.mirror(&self.table, MASTER, seat)?;
        self.mirrors.entry(mirror).or_default().take(&whole);
        Some(mirror)
    }

    /// The game master looks away.
    pub(crate) fn end_mirror(&mut self, mirror: MirrorId) {
        self.audience.end_mirror(mirror);
        self.mirrors.remove(&mirror);
    }

    /// Puts a token on the scene in the game master's view.
    pub(crate) fn token(&mut self, at: Point, owners: &[SeatId]) -> TokenId {
        let change = TokenChange { owners: Some(owners.to_vec()), ..TokenChange::default() };
        self.must(MASTER, Command::PlaceToken(at, change));
        self.newest_token()
    }

    /// The only token of a seat.
    pub(crate) fn own_token(&self, seat: SeatId) -> TokenId {
        let tokens = self.snapshot().tokens;
        tokens.iter().find(|(_, token)| token.owners == [seat]).expect("a token of theirs").0
    }

    pub(crate) fn newest_token(&self) -> TokenId {
        self.snapshot().tokens.last().expect("a token").0
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.table.snapshot()
    }

    /// Holds every viewer's kept view to a fresh projection, and every screen to the whole view.
    pub(crate) fn check(&mut self) {
        let seats: Vec<_> = self.screens.keys().copied().collect();
        for seat in seats {
            assert!(
                self.audience.is_true(&self.table, seat),
                "the kept view of {seat:?} is not a fresh projection"
            );
            let whole = self.audience.whole(&self.table, seat).expect("seated");
            let mut fresh = Screen::default();
            fresh.take(&whole);
            assert_eq!(self.screens[&seat], fresh, "the screen of {seat:?}");
        }
        for mirror in self.mirrors.keys() {
            let is_true = self.audience.mirror_is_true(&self.table, *mirror);
            assert!(is_true, "mirror {mirror} does not show a fresh projection");
        }
    }
}

/// Blocks of samples by place, as text.
pub(crate) type Blocks = BTreeMap<(u16, u16), String>;

fn put_blocks(held: &mut Blocks, told: &[BlockRecord]) {
    for block in told {
        held.remove(&(block.x, block.y));
        if !block.runs.is_empty() {
            held.insert((block.x, block.y), block.runs.clone());
        }
    }
}

/// What a browser holds: the patches taken so far, by handle, as text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Screen {
    pub(crate) table: String,
    pub(crate) me: String,
    pub(crate) scene: String,
    pub(crate) things: BTreeMap<Handle, BTreeMap<&'static str, String>>,
    pub(crate) outlines: BTreeMap<Handle, Outline>,
    pub(crate) explored: Blocks,
    pub(crate) dim: Blocks,
    pub(crate) bright: Blocks,
    /// Fog by hand: revealed, veiled, and both of the draft.
    pub(crate) fog: [Blocks; 4],
    pub(crate) preparing: bool,
    pub(crate) messages: BTreeSet<Handle>,
}

impl Screen {
    fn take(&mut self, patch: &Patch) {
        if patch.fresh {
            *self = Self::default();
        }
        if let Some(table) = &patch.table {
            self.table = format!("{table:?}");
        }
        if let Some(me) = &patch.me {
            self.me = format!("{me:?}");
        }
        if let Some(scene) = &patch.scene {
            self.scene = format!("{scene:?}");
            self.explored.clear();
            self.dim.clear();
            self.bright.clear();
            self.fog = <[Blocks; 4]>::default();
            self.preparing = false;
            // Everything on it follows anew; people and the list of scenes stay.
            self.things.retain(|_, looks| {
                looks.retain(|kind, _| *kind == "seat" || *kind == "scene");
                !looks.is_empty()
            });
        }
        for gone in &patch.gone {
            self.things.remove(gone);
        }
        patch.seats.iter().for_each(|(handle, look)| self.put(*handle, "seat", format!("{look:?}")));
        patch.scenes.iter().for_each(|(handle, look)| self.put(*handle, "scene", format!("{look:?}")));
        for token in &patch.tokens {
            self.forget(token.token, &["felt"]);
            let mut look = token.look.clone();
            self.put(token.token, "at", format!("{:?}", look.at));
            look.at = Point::default();
            self.put(token.token, "token", format!("{look:?} {:?} {:?}", token.picture, token.owners));
        }
        for (handle, look, by) in &patch.drawings {
            let DrawingRecord { shape, color, width, filled, .. } = &*look.record;
            let told = format!("{shape:?} {color} {width} {filled} {} {:?} {by:?}", look.mine, look.shown);
            self.put(*handle, "drawing", told);
        }
        for (handle, path) in &patch.moves {
            assert!(self.things.contains_key(handle), "a move of what is not on the screen");
            self.put(*handle, "at", format!("{:?}", path.last().expect("a way")));
        }
        for (handle, look) in &patch.felt {
            self.forget(*handle, &["token", "at"]);
            self.put(*handle, "felt", format!("{look:?}"));
        }
        patch.portals.iter().for_each(|(handle, look)| self.put(*handle, "portal", format!("{look:?}")));
        patch.walls.iter().for_each(|(handle, wall)| self.put(*handle, "wall", format!("{wall:?}")));
        patch.lights.iter().for_each(|(handle, light)| self.put(*handle, "light", format!("{light:?}")));
        for (handle, outline) in &patch.sight {
            self.put(*handle, "sight", String::new());
            self.outlines.insert(*handle, outline.clone());
        }
        self.outlines.retain(|handle, _| self.things.contains_key(handle));
        if let Some(lit) = &patch.lit {
            if lit.whole {
                self.dim.clear();
                self.bright.clear();
            }
            put_blocks(&mut self.dim, &lit.dim);
            put_blocks(&mut self.bright, &lit.bright);
        }
        if let Some(explored) = &patch.explored {
            if explored.whole {
                self.explored.clear();
            }
            put_blocks(&mut self.explored, &explored.blocks);
        }
        if let Some(fog) = &patch.fog {
            if fog.whole {
                self.fog = <[Blocks; 4]>::default();
            }
            self.preparing = fog.preparing;
            let told = [&fog.revealed, &fog.veiled, &fog.draft_revealed, &fog.draft_veiled];
            self.fog.iter_mut().zip(told).for_each(|(held, told)| put_blocks(held, told));
            fog.areas.iter().for_each(|(handle, look)| self.put(*handle, "area", format!("{look:?}")));
        }
        self.messages.extend(patch.messages.iter().map(|message| message.number));
    }

    fn forget(&mut self, handle: Handle, kinds: &[&str]) {
        if let Some(looks) = self.things.get_mut(&handle) {
            looks.retain(|kind, _| !kinds.contains(kind));
        }
    }

    fn put(&mut self, handle: Handle, kind: &'static str, look: String) {
        self.things.entry(handle).or_default().insert(kind, look);
    }

    /// All that the screen shows, handles aside.
    pub(crate) fn without_handles(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let kinds = ["at", "felt", "portal", "light", "seat"];
        let looks = |kind: &str| {
            let mut looks: Vec<_> =
                self.things.values().filter_map(|looks| looks.get(kind).cloned()).collect();
            looks.sort();
            looks
        };
        let mut outlines: Vec<_> = self.outlines.values().map(|outline| format!("{outline:?}")).collect();
        outlines.sort();
        let samples = (self.explored.clone(), self.dim.clone(), self.bright.clone());
        (kinds.map(looks), outlines, samples, self.table.clone())
    }

    /// How many things of a kind are on the screen.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.things.values().filter(|looks| looks.contains_key(kind)).count()
    }
}
