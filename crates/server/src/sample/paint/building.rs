//! Floors, walls, doors and windows of the inn and its cellar.

use super::canvas::{Canvas, Color, SCALE, Solid, mix, rgb, times};
use super::ground::pebbles;
use super::hill;
use super::noise::{hash, layered, unit, value};
use super::shape::{Area, P, block, disc, ramp};
use crate::sample::layout::{At, BUILT, DOORS, Made, WINDOWS};

const OAK: [Color; 3] = [rgb(0x7a_5636), rgb(0x94_6c45), rgb(0x63_4429)];
const PINE: [Color; 3] = [rgb(0x8d_6a45), rgb(0xa6_8057), rgb(0x76_5636)];
const FLAG: [Color; 3] = [rgb(0x7c_786f), rgb(0x93_8d81), rgb(0x66_625c)];
const SLATE: [Color; 3] = [rgb(0x5b_5a59), rgb(0x6e_6a65), rgb(0x49_4849)];
const MASONRY: [Color; 2] = [rgb(0x9a_9184), rgb(0xb5_ab9b)];
const MORTAR: Color = rgb(0x5c_554b);
const BEAM: [Color; 2] = [rgb(0x5d_3f26), rgb(0x7b_5636)];
const IRON: Color = rgb(0x3a_3a3d);
const GLASS: Color = rgb(0x9c_c4cc);

const COMMON_ROOM: Area = Area::new(3.0, 5.0, 11.0, 12.0);
const KITCHEN: Area = Area::new(11.0, 5.0, 16.0, 8.0);
const GUEST_ROOM: Area = Area::new(11.0, 8.0, 16.0, 12.0);

/// Paints what one walks on inside.
pub(super) fn paint_floors(canvas: &mut Canvas) {
    floor(canvas, COMMON_ROOM, |at| planks(at, OAK, 201));
    floor(canvas, GUEST_ROOM, |at| planks(P::new(at.y, at.x), PINE, 211));
    floor(canvas, KITCHEN, |at| tiles(at, FLAG, 0.5, 221));
    canvas.shade(Area::new(3.9, 0.9, 14.1, 5.2), |at, pixel| {
        if hill::cellar(at) < 0.0 {
            let damp = layered(at * 0.8, 3, 232);
            let color = tiles(at, SLATE, 0.62, 231);
            pixel.color = mix(color, times(rgb(0x3c_4438), 0.9), ramp(0.5, 0.75, damp) * 0.55);
            pixel.lift = 0.0;
        }
    });
    // Door-steps outside, worn in the middle.
    for (step, seed) in [(Area::new(6.8, 12.05, 8.2, 12.55), 241), (Area::new(12.9, 4.75, 14.1, 5.0), 242)] {
        canvas.solid(
            step,
            Solid::new(0.05, 0.05),
            |at| step.distance(at, 0.05),
            |at| stone(at, MASONRY, seed),
        );
    }
}

fn floor(canvas: &mut Canvas, area: Area, color: impl Fn(P) -> Color + Sync) {
    canvas.shade(area, |at, pixel| {
        pixel.color = color(at);
        pixel.lift = 0.0;
    });
}

#[expect(clippy::cast_possible_truncation, reason = "the map is small")]
fn whole(value: f32) -> i32 {
    value.floor() as i32
}

#[expect(clippy::cast_precision_loss, reason = "the map is small")]
fn real(value: i32) -> f32 {
    value as f32
}

/// Boards along x, each row begun anew, with grain, nails and gaps.
fn planks(at: P, wood: [Color; 3], seed: u32) -> Color {
    const WIDE: f32 = 0.25;
    let row = whole(at.y / WIDE);
    let (long, shift) = (2.1 + unit(row, 1, seed) * 1.3, unit(row, 2, seed) * 3.0);
    let board = whole((at.x + shift) / long);
    let (along, across) = ((at.x + shift) - real(board) * long, at.y - real(row) * WIDE);
    let tone = unit(board, row, seed + 1);
    let mut color = mix(wood[0], wood[1], tone);
    color = mix(color, wood[2], ramp(0.75, 1.0, unit(board, row, seed + 2)) * 0.7);
    let own = real((hash(board, row, seed) % 64).cast_signed());
    let bend = (value(P::new(at.x * 1.3, own), seed + 3) - 0.5) * 0.1;
    let grain = layered(P::new(at.x * 1.4 + own, (across + bend) * 34.0), 2, seed + 4);
    color = times(color, 0.83 + 0.3 * grain);
    color = times(color, 0.93 + 0.12 * layered(at * 0.9, 2, seed + 5));
    let gap = across.min(WIDE - across).min(along.min(long - along));
    color = times(color, 1.0 - 0.62 * ramp(0.02, 0.004, gap));
    color = times(color, 1.0 + 0.1 * ramp(0.045, 0.028, across) * ramp(0.014, 0.026, across));
    let nail = P::new(along.min(long - along) - 0.055, (across - WIDE * 0.5).abs() - WIDE * 0.27);
    mix(color, rgb(0x2a_1f16), ramp(0.014, 0.006, nail.length()) * 0.8)
}

/// Flagstones in rows, each of its own length, tone and wear.
fn tiles(at: P, stone: [Color; 3], side: f32, seed: u32) -> Color {
    let row = whole(at.y / side);
    let shift = unit(row, 3, seed) * 2.0 * side;
    // Joints are moved along a regular row, which keeps them apart.
    let joint = |number: i32| (real(number) + (unit(number, row, seed) - 0.5) * 0.62) * side * 1.2 - shift;
    let mut number = whole((at.x + shift) / (side * 1.2));
    if at.x < joint(number) {
        number -= 1;
    } else if at.x >= joint(number + 1) {
        number += 1;
    }
    let (left, right) = (joint(number), joint(number + 1));
    let middle = P::new((left + right) * 0.5, (real(row) + 0.5) * side);
    let half = P::new((right - left) * 0.5 - 0.012, side * 0.5 - 0.012);
    let wobble = (value(at * 9.0, seed + 1) - 0.5) * 0.018;
    let edge = block(at - middle, half, 0.05) + wobble;
    let tone = unit(number, row, seed + 2);
    let mut color = mix(stone[0], stone[1], tone);
    color = mix(color, stone[2], ramp(0.7, 1.0, unit(number, row, seed + 3)) * 0.8);
    color = times(color, 0.86 + 0.26 * layered(at * 5.0, 3, seed + 4));
    let lit = block(at - middle - P::new(0.012, 0.012) * -1.0, half, 0.05) - block(at - middle, half, 0.05);
    color = times(color, 1.0 - lit * 14.0 * ramp(-0.06, -0.01, edge));
    let crack = (value(P::new(at.x * 2.3, at.y * 2.3), seed + 5) - 0.5).abs();
    let cracked = unit(number, row, seed + 6) > 0.82;
    if cracked {
        color = times(color, 1.0 - 0.4 * ramp(0.014, 0.004, crack));
    }
    mix(color, times(stone[2], 0.5), ramp(-0.012, 0.006, edge))
}

fn stone(at: P, stone: [Color; 2], seed: u32) -> Color {
    let rough = layered(at * 4.5, 3, seed);
    times(mix(stone[0], stone[1], ramp(0.25, 0.75, rough)), 0.84 + 0.24 * value(at * 13.0, seed + 1))
}

/// How a kind of wall is built: half its thickness, its height.
fn build(made: Made) -> (f32, f32) {
    match made {
        Made::Stone => (0.16, 0.5),
        Made::Timber => (0.09, 0.42),
        Made::Cellar => (0.14, 0.5),
    }
}

/// Whether a wall stops here for a door or a window.
fn is_jamb(end: At) -> bool {
    let ends = DOORS.iter().map(|door| (door.a, door.b)).chain(WINDOWS);
    ends.into_iter().any(|(a, b)| a == end || b == end)
}

/// The area that a wall covers: to its ends at doors and windows, around the corner elsewhere.
fn covered((made, a, b): (Made, At, At)) -> Area {
    let (half, _) = build(made);
    let reach = |end: At| if is_jamb(end) { 0.0 } else { half };
    let ((first, from), (last, to)) =
        if a <= b { ((a, reach(a)), (b, reach(b))) } else { ((b, reach(b)), (a, reach(a))) };
    let (first, last) = (P::from(first), P::from(last));
    if first.y == last.y {
        Area::new(first.x - from, first.y - half, last.x + to, last.y + half)
    } else {
        Area::new(first.x - half, first.y - from, last.x + half, last.y + to)
    }
}

/// Paints what stops one, and its doors and windows.
pub(super) fn paint_walls(canvas: &mut Canvas) {
    for made in [Made::Cellar, Made::Timber, Made::Stone] {
        let areas: Vec<Area> =
            BUILT.iter().filter(|wall| wall.0 == made).map(|wall| covered(*wall)).collect();
        let distance = |at: P| areas.iter().map(|area| area.distance(at, 0.02)).fold(f32::MAX, f32::min);
        let (half, lift) = build(made);
        let finish = Solid { rim: 0.03, ..Solid::new(lift, 0.06) };
        let bounds = match made {
            Made::Cellar => Area::new(3.8, 0.8, 14.2, 5.0),
            Made::Stone | Made::Timber => COMMON_ROOM.grown(0.2),
        };
        let bounds = Area { to: P::new(bounds.to.x.max(16.2), bounds.to.y), ..bounds };
        canvas.solid(bounds, finish, distance, |at| {
            let Some(area) = areas.iter().find(|area| area.distance(at, 0.0) <= 0.01) else { return MORTAR };
            let size = area.to - area.from;
            let (along, across) =
                if size.x > size.y { (at.x, at.y - area.from.y) } else { (at.y, at.x - area.from.x) };
            let seed = 261 + hash(whole(area.from.x * 16.0), whole(area.from.y * 16.0), 5) % 512;
            match made {
                Made::Stone => masonry(at, along, across / (half * 2.0), MASONRY, seed),
                Made::Cellar => {
                    masonry(at, along, across / (half * 2.0), [rgb(0x72_6f6c), rgb(0x88_837c)], seed)
                }
                Made::Timber => beam(P::new(along, across), seed),
            }
        });
    }
    posts(canvas);
    for window in WINDOWS {
        paint_window(canvas, window);
    }
    for door in DOORS {
        paint_door(canvas, door.a.into(), door.b.into(), door.locked);
    }
}

/// Two courses of blocks; `across` goes from 0 to 1 over the wall.
fn masonry(at: P, along: f32, across: f32, tones: [Color; 2], seed: u32) -> Color {
    let course = whole(across * 2.0);
    let length = 0.4;
    let joint = |number: i32| (real(number) + (unit(number, course, seed) - 0.5) * 0.5) * length;
    let mut number = whole(along / length);
    if along < joint(number) {
        number -= 1;
    } else if along >= joint(number + 1) {
        number += 1;
    }
    let tone = unit(number, course, seed + 1);
    let mut color = times(mix(tones[0], tones[1], tone), 0.86 + 0.2 * layered(at * 6.0, 2, seed + 2));
    color = times(color, 0.93 + 0.14 * value(at * 21.0, seed + 3));
    let gap = (along - joint(number)).min(joint(number + 1) - along).min((across * 2.0 - 1.0).abs() * 0.16);
    mix(color, MORTAR, ramp(0.022, 0.006, gap + (value(at * 15.0, seed + 4) - 0.5) * 0.012) * 0.85)
}

/// Wood along x.
fn beam(at: P, seed: u32) -> Color {
    let grain = layered(P::new(at.x * 1.2, at.y * 30.0), 2, seed);
    let color = mix(BEAM[0], BEAM[1], grain);
    times(color, 0.92 + 0.14 * value(at * 7.0, seed + 1))
}

/// Dressed stones at the inn's corners and beside its openings, posts where its inner walls meet.
fn posts(canvas: &mut Canvas) {
    for (x, y) in [(3.0, 5.0), (16.0, 5.0), (3.0, 12.0), (16.0, 12.0)] {
        let area = Area::around(P::new(x, y), 0.22);
        canvas.solid(
            area,
            Solid { rim: 0.03, ..Solid::new(0.54, 0.07) },
            |at| area.distance(at, 0.04),
            |at| times(stone(at, MASONRY, 281), 1.07),
        );
    }
    for (x, y) in [
        (11.0, 8.0),
        (11.0, 5.0),
        (11.0, 12.0),
        (16.0, 8.0),
        (11.0, 6.0),
        (11.0, 7.0),
        (11.0, 10.0),
        (11.0, 11.0),
    ] {
        let area = Area::around(P::new(x, y), 0.125);
        canvas.solid(
            area,
            Solid::new(0.46, 0.04),
            |at| area.distance(at, 0.015),
            |at| {
                let rings = (at - P::new(x + 0.02, y - 0.01)).length() * 130.0;
                mix(BEAM[0], BEAM[1], 0.5 + 0.5 * rings.sin())
            },
        );
    }
}

/// A point relative to an opening: along it from its middle, across it.
fn in_opening(at: P, a: P, b: P) -> P {
    let off = at - (a + b) * 0.5;
    if a.y == b.y { off } else { P::new(off.y, -off.x) }
}

fn paint_window(canvas: &mut Canvas, (a, b): (At, At)) {
    let (a, b) = (P::from(a), P::from(b));
    let area = Area::between(a, b, 0.24);
    let sill = |at: P| block(in_opening(at, a, b), P::new(0.5, 0.19), 0.02);
    canvas.solid(area, Solid::new(0.2, 0.04), sill, |at| times(stone(at, MASONRY, 301), 0.9));
    let pane = |at: P| block(in_opening(at, a, b), P::new(0.47, 0.055), 0.01);
    canvas.solid(area, Solid { rim: 0.018, ..Solid::new(0.3, 0.02) }, pane, |at| {
        let place = in_opening(at, a, b);
        let shine = ramp(0.1, 0.0, ((place.x + place.y * 1.6 + 0.6) % 0.32 - 0.1).abs());
        let color = mix(times(GLASS, 0.8), rgb(0xe4_f4f4), shine * 0.75);
        let bar = (place.x.abs() - 0.16).abs().min((place.x.abs() - 0.47).abs()).min(0.4);
        mix(color, rgb(0x4a_3826), ramp(0.026, 0.014, bar))
    });
}

fn paint_door(canvas: &mut Canvas, a: P, b: P, locked: bool) {
    let area = Area::between(a, b, 0.24);
    let sill = |at: P| block(in_opening(at, a, b), P::new(0.5, 0.15), 0.0);
    canvas.solid(area, Solid::new(0.02, 0.02).rimless(), sill, |at| {
        times(beam(in_opening(at, a, b), 311), 0.62)
    });
    let leaf = |at: P| block(in_opening(at, a, b), P::new(0.485, 0.075), 0.012);
    canvas.solid(area, Solid { rim: 0.022, ..Solid::new(0.4, 0.035) }, leaf, |at| {
        let place = in_opening(at, a, b);
        let board = whole((place.x + 0.5) / 0.2);
        let wood = mix(rgb(0x8a_5527), rgb(0xa8_6d36), unit(board, 4, 312));
        let grain = layered(P::new(place.x * 26.0, place.y * 3.0), 2, 313);
        let gap = ((place.x + 0.5).rem_euclid(0.2) - 0.1).abs();
        let mut color = times(wood, (0.82 + 0.3 * grain) * (1.0 - 0.5 * ramp(0.088, 0.098, gap)));
        let bands = if locked {
            (place.x.abs() - 0.3).abs().min(place.x.abs())
        } else {
            (place.x.abs() - 0.34).abs()
        };
        color = mix(color, times(IRON, 1.25), ramp(0.05, 0.036, bands));
        mix(color, rgb(0x7d_7c80), ramp(0.014, 0.008, (P::new(bands, place.y.abs() - 0.045)).length()))
    });
    // The ring that opens it, or the lock that does not.
    let handle = (a + b) * 0.5 + (b - a) * 0.4;
    if locked {
        let lock = Area::around((a + b) * 0.5, 0.1);
        let finish = Solid { rim: 0.016, ..Solid::new(0.45, 0.03) };
        canvas.solid(
            lock,
            finish,
            |at| lock.distance(at, 0.03),
            |at| {
                let hole = disc(at - lock.middle(), 0.022);
                mix(rgb(0xb5_8f3d), rgb(0x20_1a10), ramp(0.01, -0.004, hole))
            },
        );
    } else {
        let finish = Solid { rim: 0.012, ..Solid::new(0.43, 0.02) };
        let ring = |at: P| disc(at - handle, 0.04).abs() - 0.014;
        canvas.solid(Area::around(handle, 0.08), finish, ring, |_| rgb(0xb0_8a42));
    }
    debug_assert!((b - a).length() * SCALE > 1.0, "a door has a width");
}

/// Cobbles, for whoever paves something.
pub(super) fn cobbles(at: P, seed: u32) -> Color {
    let bright = pebbles(at * 1.0, seed);
    times(mix(rgb(0x4a_463f), rgb(0xa0_988a), bright), 0.85 + 0.2 * value(at * 3.0, seed + 9))
}
