//! What players' characters explore: decided when events are, and recorded as an event of its own.
//!
//! Replay never computes sight: a better kernel does not change what was seen. Characters explore only on the scene
//! where the players are. On a walk they look around at every half cell; a move that no walk could have made, as a game
//! master's through walls, is a jump and explores at its end.

use std::collections::{BTreeMap, BTreeSet};

use vision::Scratch;

use crate::event::{Ambience, Event, Growth, Layer, Role, TokenRecord};
use crate::geometry::{CELL, Point};
use crate::id::{SceneId, SeatId, TokenId};
use crate::light::{Source, SourceId};
use crate::samples::Samples;
use crate::scene::Scene;
use crate::sight::{Gaze, Sights};
use crate::table::{Table, Touched, is_seated};

/// How far a walker goes between two looks around, in units.
const STRIDE: i32 = CELL / 2;

/// Finds what events let characters explore.
#[derive(Default)]
pub struct Explorer {
    sights: Sights,
    scratch: Scratch,
}

impl Explorer {
    /// Folds decided events into a table and appends what they let characters explore, folded as well.
    pub fn fold(&mut self, table: &mut Table, events: &mut Vec<Event>) {
        let mut touched = Touched::default();
        let mut starts: BTreeMap<TokenId, Point> = BTreeMap::new();
        for event in events.iter() {
            if let Event::TokensMoved { moves, .. } = event {
                let start = |token: TokenId| Some((token, table.token(token)?.at));
                starts.extend(moves.iter().filter_map(|walked| start(walked.token)));
            }
            table.apply(event);
            touched.by(event);
        }
        let noticed = self.sights.advance(table, &touched);
        let Some(id) = table.shown() else { return };
        let Some(scene) = table.scene(id) else { return };
        let all = touched.scenes
            || touched.people
            || touched.table
            || touched.ground.contains(&id)
            || touched.fog.contains(&id);
        let mut eyes: BTreeSet<TokenId> = noticed.by_eye.into_keys().collect();
        if all {
            eyes.extend(table.tokens_on(id).map(|(token, _)| token));
        } else {
            eyes.extend(touched.tokens.keys());
        }
        let mut growths: BTreeMap<Vec<SeatId>, Samples> = BTreeMap::new();
        for eye in eyes {
            let Some(record) = table.token(eye).filter(|record| record.scene == id) else { continue };
            let seats = explorers(table, record);
            if seats.is_empty() {
                continue;
            }
            let grown = growths.entry(seats).or_default();
            if let Some(gaze) = self.sights.of(table, eye, record) {
                grown.merge(&gaze.seen(scene));
            }
            let way = touched.tokens.get(&eye).map_or(&[][..], Vec::as_slice);
            if let Some(start) = starts.get(&eye) {
                self.look_along(scene, record, *start, way, &starts, grown);
            }
        }
        let grown = growths.into_iter().filter_map(|(seats, seen)| {
            let samples = new_to_any(table, id, &seats, &seen);
            (!samples.is_empty()).then(|| Growth { seats, samples: samples.blocks() })
        });
        let growths: Vec<_> = grown.collect();
        if !growths.is_empty() {
            let event = Event::Explored { scene: id, growths };
            table.apply(&event);
            events.push(event);
        }
    }

    /// Forgets what was computed: for a table that was loaded anew.
    pub fn clear(&mut self) {
        self.sights.clear();
    }

    /// Looks around along a way. A light that the walker carries goes along; others that moved shine again only when
    /// all have arrived.
    fn look_along(
        &mut self,
        scene: &Scene,
        walker: &TokenRecord,
        start: Point,
        way: &[Point],
        moved: &BTreeMap<TokenId, Point>,
        grown: &mut Samples,
    ) {
        let Some(lamps) = self.sights.lamps(walker.scene) else { return };
        let light = lamps
            .lit_without(|source| matches!(source, SourceId::Carried(token) if moved.contains_key(&token)));
        let mut from = start;
        for to in way {
            if scene.walks(from, *to) {
                for at in strides(from, *to) {
                    let walker = TokenRecord { at, ..walker.clone() };
                    let mut light = light.clone();
                    if scene.ambience != Ambience::Bright
                        && let Some(torch) = Source::carried(&walker)
                    {
                        let falls = torch.cast(scene);
                        light.merge(&falls);
                    }
                    grown.merge(&Gaze::new(&walker, scene, &light, &mut self.scratch).seen(scene));
                }
            }
            from = *to;
        }
    }
}

/// Points between two others, ends not included, at most a stride apart.
pub(crate) fn strides(from: Point, to: Point) -> impl Iterator<Item = Point> {
    let (dx, dy) = (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
    let longer = dx.abs().max(dy.abs());
    let count = (longer + i64::from(STRIDE) - 1) / i64::from(STRIDE);
    (1..count).map(move |step| {
        let along =
            |start: i32, delta: i64| i32::try_from(i64::from(start) + delta * step / count).unwrap_or(start);
        Point::new(along(from.x, dx), along(from.y, dy))
    })
}

/// The players who see through a token by owning it.
fn explorers(table: &Table, token: &TokenRecord) -> Vec<SeatId> {
    let plays =
        |seat: &&SeatId| table.seat(**seat).is_some_and(|seat| seat.role == Role::Player && is_seated(seat));
    if token.layer == Layer::Gm {
        return Vec::new();
    }
    let seats: BTreeSet<SeatId> = token.owners.iter().filter(plays).copied().collect();
    seats.into_iter().collect()
}

/// The part of what was seen that at least one of the seats did not remember yet.
fn new_to_any(table: &Table, scene: SceneId, seats: &[SeatId], seen: &Samples) -> Samples {
    let mut new = Samples::default();
    for seat in seats {
        match table.memory(scene, *seat) {
            Some(memory) => new.merge(&seen.without(memory)),
            None => new.merge(seen),
        }
    }
    new
}
