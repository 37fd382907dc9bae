//! Meadow, road and brook.

use super::canvas::{Canvas, Color, Pixel, mix, rgb, times};
use super::noise::{Strewn, layered, unit, value};
use super::shape::{Area, P, disc, line, ramp};
use crate::sample::layout::SIZE;

const GRASS: [Color; 4] = [rgb(0x4f_6638), rgb(0x63_7a40), rgb(0x7c_8a4a), rgb(0x3f_5734)];
const DIRT: [Color; 3] = [rgb(0x7d_6446), rgb(0x9a_7e58), rgb(0xb0_9569)];
const MUD: Color = rgb(0x5a_4a35);
const SAND: Color = rgb(0xa3_9468);
const WATER: [Color; 4] = [rgb(0x8a_a68c), rgb(0x5d_9490), rgb(0x33_6e7a), rgb(0x22_5163)];
const FOAM: Color = rgb(0xe3_eee4);

/// Where the ford crosses, from top to bottom.
const FORD: f32 = 14.15;

/// The middle of the brook at this height of the map.
fn brook_middle(y: f32) -> f32 {
    21.6 + 0.85 * (0.4 * y + 0.9).sin() + 0.22 * (1.13 * y).sin()
}

fn ford(y: f32) -> f32 {
    let off = (y - FORD) / 1.25;
    (-off * off).exp()
}

/// How far a point is from the brook's edge; negative in the water.
pub(super) fn brook(at: P) -> f32 {
    let half = 0.92 + 0.13 * (1.7 * at.y).sin() + 0.5 * ford(at.y);
    let wobble = (value(at * 1.7, 21) - 0.5) * 0.22 + (value(at * 5.0, 22) - 0.5) * 0.07;
    ((at.x - brook_middle(at.y)).abs() * 0.95 - half) + wobble
}

fn road_middle(x: f32) -> f32 {
    14.15 + 0.26 * (0.43 * x).sin() + 0.1 * (1.1 * x + 1.0).sin()
}

/// How far a point is from bare earth: the road, the yard and the paths.
pub(super) fn earth(at: P) -> f32 {
    let road = (at.y - road_middle(at.x)).abs() - 0.92;
    let squashed = P::new((at.x - 7.9) / 1.9, at.y - 12.6);
    let yard = disc(squashed, 1.25);
    let to_well = line(at, P::new(9.6, 13.4), P::new(17.6, 11.1)) - 0.22;
    let to_garden = line(at, P::new(17.6, 11.1), P::new(17.3, 9.1)) - 0.2;
    let well = disc(at - P::new(18.3, 10.9), 0.95);
    let wobble = (layered(at * 1.3, 3, 31) - 0.5) * 0.75;
    let blend = |a: f32, b: f32| {
        let part = (0.5 + 0.5 * (b - a) / 0.5).clamp(0.0, 1.0);
        b + (a - b) * part - 0.5 * part * (1.0 - part)
    };
    blend(blend(road, yard), blend(blend(to_well, to_garden), well)) + wobble
}

fn grass(at: P) -> Color {
    let broad = layered(at * 0.33, 3, 41);
    let middle = layered(at * 1.9, 2, 42);
    let fine = value(P::new(at.x * 17.0, at.y * 13.0), 43);
    let mut color = mix(GRASS[0], GRASS[1], ramp(0.25, 0.75, middle));
    color = mix(color, GRASS[2], ramp(0.55, 0.85, broad) * 0.6);
    color = mix(color, GRASS[3], ramp(0.45, 0.15, broad) * 0.7);
    times(color, 0.93 + 0.16 * fine)
}

fn dirt(at: P) -> Color {
    let broad = layered(at * 1.1, 3, 51);
    let fine = value(at * 19.0, 52);
    let mut color = mix(DIRT[0], DIRT[1], ramp(0.2, 0.7, broad));
    color = mix(color, DIRT[2], ramp(0.6, 0.95, fine) * 0.55);
    // Two ruts, and grass between them here and there.
    let off = at.y - road_middle(at.x);
    let ruts = ramp(0.17, 0.05, (off.abs() - 0.42).abs() + (value(at * 3.1, 53) - 0.5) * 0.09);
    color =
        mix(color, times(DIRT[0], 0.84), ruts * 0.75 * ramp(21.0, 19.6, at.x).max(ramp(23.2, 24.0, at.x)));
    times(color, 0.94 + 0.12 * fine)
}

fn water(at: P, depth: f32) -> Color {
    let shallow = ford(at.y);
    let deep = ramp(0.0, 0.85, depth * (1.0 - 0.72 * shallow));
    let mut color = mix(WATER[0], WATER[1], ramp(0.0, 0.25, deep));
    color = mix(color, WATER[2], ramp(0.2, 0.65, deep));
    color = mix(color, WATER[3], ramp(0.6, 1.0, deep));
    // Stones on the bed, seen where it is shallow.
    let bed = pebbles(at * 1.2, 61);
    color = mix(color, times(color, 0.72 + 0.5 * bed), (1.0 - deep) * 0.8);
    // Along the stream: long soft streaks, and bright ones where it runs fast.
    let stream = P::new((at.x - brook_middle(at.y)) * 3.4, at.y * 0.85);
    let bend = (value(at * 1.4, 62) - 0.5) * 1.6;
    let streak = layered(P::new(stream.x + bend, stream.y), 3, 63);
    color = times(color, 0.9 + 0.22 * streak);
    let ridge =
        1.0 - (layered(P::new(stream.x * 1.35 + bend, stream.y * 1.5 + 5.0), 2, 64) - 0.5).abs() * 2.0;
    let glint = ramp(0.93, 0.995, ridge) * ramp(0.35, 0.7, value(at * 1.1, 65));
    color = mix(color, FOAM, glint * (0.36 + 0.3 * shallow) * ramp(0.05, 0.3, depth));
    color
}

/// Rounded stones without a lattice: bright in their middle, dark between.
pub(super) fn pebbles(at: P, seed: u32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "the map is small")]
    let cell = |value: f32| (value * 5.0).floor() as i32;
    let (column, row) = (cell(at.x), cell(at.y));
    let (mut nearest, mut second, mut tone) = (9.0_f32, 9.0_f32, 0.0);
    for (x, y) in (-1..=1).flat_map(|x| (-1..=1).map(move |y| (column + x, row + y))) {
        #[expect(clippy::cast_precision_loss, reason = "the map is small")]
        let middle = P::new(x as f32 + unit(x, y, seed), y as f32 + unit(x, y, seed + 1));
        let off = (at * 5.0 - middle).length();
        if off < nearest {
            (second, nearest, tone) = (nearest, off, unit(x, y, seed + 2));
        } else {
            second = second.min(off);
        }
    }
    ramp(0.02, 0.3, second - nearest) * (0.55 + 0.45 * tone)
}

/// Paints all of the map's ground.
pub(super) fn paint(canvas: &mut Canvas) {
    let size = P::from(SIZE);
    canvas.shade(Area::new(0.0, 0.0, size.x, size.y), |at, pixel| *pixel = ground(at));
    tufts(canvas);
    strew_pebbles(canvas);
    flowers(canvas);
}

fn ground(at: P) -> Pixel {
    let brook = brook(at);
    if brook < 0.0 {
        let edge = ramp(-0.05, -0.0, brook + (value(at * 9.0, 66) - 0.5) * 0.05);
        let color = mix(water(at, -brook), FOAM, edge * 0.34);
        return Pixel { color, lift: -0.1 * ramp(0.0, -0.12, brook) };
    }
    let earth = earth(at);
    let mut color = grass(at);
    let bare = ramp(0.12, -0.14, earth + (value(at * 8.0, 71) - 0.5) * 0.3);
    if bare > 0.0 {
        color = mix(color, dirt(at), bare);
    }
    // Worn, yellow grass beside the bare earth.
    let worn = ramp(0.7, 0.0, earth) * (1.0 - bare);
    color = mix(color, GRASS[2], worn * 0.42);
    // The bank: sand and stones, wet at the water.
    let bank = ramp(0.5, 0.12, brook + (layered(at * 2.1, 2, 72) - 0.5) * 0.55);
    if bank > 0.0 {
        let stones = pebbles(at, 73);
        let sand = times(mix(MUD, SAND, 0.35 + 0.65 * value(at * 2.3, 74)), 0.66 + 0.45 * stones);
        color = mix(color, sand, bank * 0.92);
        color = mix(color, times(MUD, 0.66), ramp(0.11, 0.0, brook) * 0.85);
    }
    Pixel { color, lift: 0.0 }
}

/// Blades of grass in small bunches, lighter towards their tips.
fn tufts(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(81);
    for _ in 0..5_200 {
        let at = P::new(strewn.between(0.0, 26.0), strewn.between(0.0, 18.0));
        let lush = value(at * 0.8, 82);
        let tone = strewn.unit();
        let lean = strewn.between(-0.5, 0.5);
        if earth(at) < 0.1 || brook(at) < 0.2 || lush < 0.28 {
            continue;
        }
        let color = mix(rgb(0x3e_5a30), rgb(0x9a_a858), tone);
        for blade in -1_i8..=1 {
            let tip = at + P::new((f32::from(blade) * 0.5 + lean) * 0.075, -0.07 - 0.05 * strewn.unit());
            let root = at + P::new(f32::from(blade) * 0.014, 0.0);
            canvas.stain(Area::between(root, tip, 0.02), |point| {
                let up = ((root.y - point.y) / (root.y - tip.y)).clamp(0.0, 1.0);
                (line(point, root, tip) - 0.0115 * (1.15 - up), color, 0.35 + 0.4 * up)
            });
        }
    }
}

fn strew_pebbles(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(91);
    for _ in 0..1_500 {
        let at = P::new(strewn.between(0.0, 26.0), strewn.between(0.0, 18.0));
        let size = strewn.between(0.018, 0.05);
        let tone = strewn.between(0.75, 1.2);
        let (earth, brook) = (earth(at), brook(at));
        if brook < 0.02 || (earth > 0.05 && brook > 0.5) {
            continue;
        }
        let squash = strewn.between(0.65, 1.0);
        let shape = |point: P| disc(P::new(point.x - at.x, (point.y - at.y) / squash), size);
        canvas.stain(Area::around(at + P::new(0.012, 0.016), size * 1.6), |point| {
            (shape(P::new(point.x - 0.012, point.y - 0.016)), rgb(0x2a_2118), 0.45)
        });
        canvas.stain(Area::around(at, size * 1.4), |point| {
            let lit = 1.0 + ((at.x - point.x) + (at.y - point.y)) / size * 0.14;
            (shape(point), times(rgb(0x9b_9384), tone * lit), 0.9)
        });
    }
}

fn flowers(canvas: &mut Canvas) {
    const PETALS: [Color; 4] = [rgb(0xe8_e2c8), rgb(0xd9_b84e), rgb(0xa9_84b8), rgb(0xd0_7f6a)];
    let mut strewn = Strewn::new(95);
    for _ in 0..60 {
        let middle = P::new(strewn.between(0.0, 26.0), strewn.between(0.0, 18.0));
        let petals = PETALS[usize::from(strewn.unit() > 0.5) * 2 + usize::from(strewn.unit() > 0.5)];
        for _ in 0..9 {
            let at = middle + P::new(strewn.between(-0.4, 0.4), strewn.between(-0.3, 0.3));
            let size = strewn.between(0.018, 0.03);
            if earth(at) < 0.2 || brook(at) < 0.35 {
                continue;
            }
            canvas.stain(Area::around(at, 0.06), |point| (disc(point - at, size), petals, 0.95));
            canvas
                .stain(Area::around(at, 0.03), |point| (disc(point - at, size * 0.38), rgb(0x7a_5a22), 0.8));
        }
    }
}
