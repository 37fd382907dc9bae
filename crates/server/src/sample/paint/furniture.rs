//! What stands in the inn and in its cellar.

use super::canvas::{Canvas, Color, Solid, mix, rgb, times};
use super::noise::{Strewn, layered, unit, value};
use super::shape::{Area, P, block, disc, line, ramp};
use crate::sample::layout::{CANDLE, CELLAR_FIRE, HEARTH, OVEN};

const OAK: Color = rgb(0x8a_5f38);
const DARK: Color = rgb(0x5f_4027);
const PALE: Color = rgb(0xb0_8856);
const IRON: Color = rgb(0x43_4347);
const LINEN: Color = rgb(0xd8_ccb2);
const BRASS: Color = rgb(0xc2_9a48);

/// Paints every piece.
pub(super) fn paint(canvas: &mut Canvas) {
    common_room(canvas);
    bar(canvas);
    kitchen(canvas);
    guest_room(canvas);
    cellar(canvas);
}

/// Wood with its grain along x.
fn grain(at: P, color: Color, seed: u32) -> Color {
    let fine = layered(P::new(at.x * 1.7, at.y * 26.0), 2, seed);
    times(color, (0.8 + 0.32 * fine) * (0.94 + 0.12 * value(at * 3.0, seed + 1)))
}

/// Boards of this width along x.
fn boards(at: P, width: f32, color: Color, seed: u32) -> Color {
    #[expect(clippy::cast_possible_truncation, reason = "the map is small")]
    let board = (at.y / width).floor() as i32;
    let gap = (at.y.rem_euclid(width) - width * 0.5).abs();
    let tone = 0.88 + 0.24 * unit(board, 1, seed);
    times(grain(at, color, seed), tone * (1.0 - 0.45 * ramp(width * 0.5 - 0.016, width * 0.5 - 0.004, gap)))
}

/// A box seen from above, its boards along its longer side.
fn wooden(canvas: &mut Canvas, area: Area, lift: f32, color: Color, seed: u32) {
    let size = area.to - area.from;
    let lies = size.x >= size.y;
    canvas.solid(
        area,
        Solid::new(lift, 0.03),
        |at| area.distance(at, 0.03),
        |at| {
            let at = at - area.from;
            boards(if lies { at } else { P::new(at.y, at.x) }, 0.17, color, seed)
        },
    );
}

fn round_table(canvas: &mut Canvas, at: P, radius: f32, seed: u32) {
    for stool in 0..5_u8 {
        let around = P::towards(f32::from(stool) * 1.2566 + unit(1, 2, seed) * 2.0);
        self::stool(canvas, at + around * (radius + 0.2 + 0.07 * unit(i32::from(stool), 3, seed)), seed);
    }
    let angle = unit(4, 4, seed);
    canvas.solid(
        Area::around(at, radius),
        Solid::new(0.26, 0.035),
        |point| disc(point - at, radius),
        |point| boards((point - at).turned(angle) + P::new(9.0, 9.0), 0.2, OAK, seed),
    );
    let rim = |point: P| (disc(point - at, radius - 0.055)).abs() - 0.008;
    canvas.stain(Area::around(at, radius), |point| (rim(point), rgb(0x33_2113), 0.5));
}

fn stool(canvas: &mut Canvas, at: P, seed: u32) {
    canvas.solid(
        Area::around(at, 0.17),
        Solid::new(0.15, 0.04),
        |point| disc(point - at, 0.165),
        |point| grain((point - at).turned(unit(5, 5, seed) * 3.0) * 1.4 + at, PALE, seed + 3),
    );
}

fn mug(canvas: &mut Canvas, at: P, lift: f32) {
    let handle = |point: P| (disc(point - at - P::new(0.065, 0.02), 0.035)).abs() - 0.011;
    let finish = Solid { rim: 0.012, ..Solid::new(lift, 0.02) };
    canvas.solid(Area::around(at, 0.13), finish, handle, |_| rgb(0x8a_7350));
    canvas.solid(
        Area::around(at, 0.08),
        finish,
        |point| disc(point - at, 0.062),
        |point| mix(rgb(0xa5_8a60), rgb(0x4c_2d12), ramp(0.044, 0.036, (point - at).length())),
    );
    canvas.stain(Area::around(at, 0.06), |point| {
        (disc(point - at - P::new(-0.008, -0.01), 0.02), rgb(0xe6_d8b4), 0.7)
    });
}

fn plate(canvas: &mut Canvas, at: P, lift: f32, food: Color) {
    let finish = Solid { rim: 0.012, ..Solid::new(lift, 0.025) };
    canvas.solid(
        Area::around(at, 0.11),
        finish,
        |point| disc(point - at, 0.105),
        |point| times(rgb(0xbf_b7a4), if (point - at).length() < 0.07 { 0.88 } else { 1.0 }),
    );
    canvas.stain(Area::around(at, 0.08), |point| {
        (disc(point - at, 0.05) + (value(point * 22.0, 401) - 0.5) * 0.04, food, 0.95)
    });
}

/// A candle and the bright spot around its flame.
fn candle(canvas: &mut Canvas, at: P, lift: f32) {
    let finish = Solid { rim: 0.01, ..Solid::new(lift, 0.02) };
    canvas.solid(Area::around(at, 0.08), finish, |point| disc(point - at, 0.07), |_| BRASS);
    canvas.solid(Area::around(at, 0.05), finish, |point| disc(point - at, 0.04), |_| rgb(0xef_e3c2));
    flame(canvas, at, 0.035, lift);
}

fn flame(canvas: &mut Canvas, at: P, size: f32, lift: f32) {
    canvas.shade(Area::around(at, size * 4.0), |point, pixel| {
        let off = (point - at).length() / size;
        let core = ramp(1.3, 0.2, off);
        let halo = ramp(4.0, 0.5, off) * 0.55;
        pixel.color = mix(pixel.color, rgb(0xff_b04a), halo);
        pixel.color = mix(pixel.color, rgb(0xff_f4c8), core);
        pixel.lift = pixel.lift.max(lift * core);
    });
}

/// Burning logs in a bed of embers.
fn fire(canvas: &mut Canvas, at: P, reach: f32, seed: u32) {
    canvas.shade(Area::around(at, reach * 1.25), |point, pixel| {
        let off = point - at;
        let ragged = off.length() / reach + (value(off * 9.0 + P::new(40.0, 40.0), seed) - 0.5) * 0.5;
        let ash = ramp(1.1, 0.8, ragged);
        let glow = layered(point * 9.0, 3, seed + 1);
        let heat = ramp(0.95, 0.1, ragged) * (0.45 + 0.9 * glow);
        let mut ember = mix(rgb(0x24_1c18), rgb(0xa8_3412), ramp(0.2, 0.5, heat));
        ember = mix(ember, rgb(0xff_8a24), ramp(0.42, 0.75, heat));
        ember = mix(ember, rgb(0xff_e9a0), ramp(0.7, 1.05, heat));
        pixel.color = mix(pixel.color, ember, ash);
    });
    for (log, angle) in [0.35_f32, 1.45, 2.5].into_iter().enumerate() {
        let along = P::towards(angle) * (reach * 0.78);
        let (a, b) = (at - along, at + along * 0.8);
        let shape = |point: P| line(point, a, b) - reach * 0.13;
        let finish = Solid::new(0.1 + 0.02 * if log == 0 { 0.0 } else { 1.0 }, 0.05);
        canvas.solid(Area::between(a, b, 0.15), finish, shape, |point| {
            let burnt = layered(point * 8.0, 2, seed + 2);
            let core = ramp(reach, reach * 0.2, (point - at).length());
            mix(mix(rgb(0x3b_281a), rgb(0x5a_3d26), burnt), rgb(0xff_7a22), core * ramp(0.45, 0.7, burnt))
        });
    }
    flame(canvas, at + P::new(-0.02, -0.03), reach * 0.3, 0.2);
}

fn stones(at: P, seed: u32) -> Color {
    let bright = super::ground::pebbles(at * 0.8, seed);
    times(mix(rgb(0x41_3c36), rgb(0x9d_9486), bright), 0.86 + 0.22 * layered(at * 4.0, 2, seed + 4))
}

fn common_room(canvas: &mut Canvas) {
    rug(canvas, Area::new(4.55, 6.95, 7.25, 9.05));
    hearth(canvas);
    armchair(canvas, P::new(5.15, 6.75), 0.6, rgb(0x77_3b30));
    armchair(canvas, P::new(5.15, 9.25), -0.6, rgb(0x3f_5a4a));
    round_table(canvas, P::new(5.5, 10.72), 0.5, 411);
    round_table(canvas, P::new(8.75, 10.35), 0.56, 415);
    for (x, y) in [(5.35, 10.55), (5.72, 10.95), (8.55, 10.1), (9.05, 10.55)] {
        mug(canvas, P::new(x, y), 0.33);
    }
    plate(canvas, P::new(5.78, 10.58), 0.29, rgb(0x8c_5a2c));
    plate(canvas, P::new(8.92, 10.08), 0.29, rgb(0x7d_8a3c));
    candle(canvas, P::new(8.72, 10.4), 0.34);
    // The long table, its benches and what was left on it.
    for (top, bottom) in [(5.45, 5.63), (6.43, 6.61)] {
        wooden(canvas, Area::new(5.75, top, 8.05, bottom), 0.14, DARK, 421);
    }
    wooden(canvas, Area::new(5.6, 5.68, 8.2, 6.36), 0.26, OAK, 422);
    for (x, y, food) in [(6.0, 5.86, 0x8c_5a2c), (6.85, 6.18, 0xa8_7a3a), (7.8, 5.9, 0x6f_7f3a)] {
        plate(canvas, P::new(x, y), 0.29, rgb(food));
    }
    for (x, y) in [(6.25, 6.12), (7.15, 5.84), (7.55, 6.2)] {
        mug(canvas, P::new(x, y), 0.33);
    }
    candle(canvas, P::new(6.6, 5.98), 0.34);
    // Firewood beside the hearth, a crate and a keg in the corner.
    for log in 0..4_u8 {
        let at = P::new(3.32 + 0.02 * f32::from(log % 2), 9.32 + 0.11 * f32::from(log));
        log_lying(canvas, at, 0.42, 430 + u32::from(log));
    }
    barrel(canvas, P::new(3.55, 5.6), 0.3, 437);
    barrel(canvas, P::new(4.2, 5.5), 0.26, 438);
    crate_box(canvas, P::new(3.52, 11.45), 0.28, 0.12, 439);
}

fn log_lying(canvas: &mut Canvas, at: P, length: f32, seed: u32) {
    let (a, b) = (at, at + P::new(length, 0.0));
    canvas.solid(
        Area::between(a, b, 0.08),
        Solid::new(0.1, 0.05),
        |point| line(point, a, b) - 0.055,
        |point| {
            let end = ramp(0.02, -0.02, point.x - a.x).max(ramp(-0.02, 0.02, point.x - b.x));
            mix(grain(point, rgb(0x6a_4a30), seed), rgb(0xc0_9a68), end)
        },
    );
}

fn hearth(canvas: &mut Canvas) {
    let at = P::from(HEARTH);
    let breast = Area::new(3.1, at.y - 1.05, 4.15, at.y + 1.05);
    canvas.solid(
        breast,
        Solid { rim: 0.03, ..Solid::new(0.2, 0.07) },
        |point| breast.distance(point, 0.12),
        |point| stones(point, 441),
    );
    let mouth = Area::new(3.12, at.y - 0.62, 3.98, at.y + 0.62);
    canvas.solid(
        mouth,
        Solid::new(0.04, 0.05),
        |point| mouth.distance(point, 0.2),
        |point| mix(rgb(0x1c_1613), rgb(0x3a_2d25), value(point * 9.0, 443)),
    );
    fire(canvas, P::new(3.6, at.y), 0.4, 445);
    for y in [at.y - 0.5, at.y + 0.5] {
        let (a, b) = (P::new(3.72, y), P::new(4.08, y));
        let finish = Solid { rim: 0.01, ..Solid::new(0.16, 0.02) };
        canvas.solid(Area::between(a, b, 0.05), finish, |point| line(point, a, b) - 0.022, |_| IRON);
    }
}

fn rug(canvas: &mut Canvas, area: Area) {
    let half = (area.to - area.from) * 0.5;
    let middle = area.middle();
    // Fringes at both short ends.
    canvas.stain(area.grown(0.12), |at| {
        let off = at - middle;
        let strand = (off.y * 16.0).rem_euclid(1.0) - 0.5;
        let ragged = 0.08 + 0.02 * value(P::new(off.y * 16.0, 3.0), 451);
        (block(off, half + P::new(ragged, 0.0), 0.0).max(strand.abs() * 0.06 - 0.018), rgb(0xcd_b88c), 0.9)
    });
    canvas.solid(
        area,
        Solid::new(0.025, 0.02),
        |at| area.distance(at, 0.02),
        |at| {
            let off = at - middle;
            let edge = -block(off, half, 0.0);
            let weave = 0.92
                + 0.1 * ((at.x * 150.0).sin() * (at.y * 150.0).sin())
                + 0.1 * (value(at * 5.0, 452) - 0.5);
            let red = rgb(0x85_2f2b);
            let mut color = red;
            let cream = rgb(0xd2_b985);
            let blue = rgb(0x2c_3f5c);
            if edge < 0.28 {
                let zig = ((at.x + at.y).rem_euclid(0.2) - 0.1)
                    .abs()
                    .min(((at.x - at.y).rem_euclid(0.2) - 0.1).abs());
                color = if zig < 0.03 && edge > 0.07 { cream } else { blue };
            }
            color = mix(
                color,
                cream,
                ramp(0.022, 0.012, (edge - 0.3).abs()).max(ramp(0.018, 0.008, (edge - 0.05).abs())),
            );
            let diamond = off.x.abs() / half.x + off.y.abs() / half.y;
            color = mix(color, cream, ramp(0.025, 0.012, (diamond - 0.56).abs()) * f32::from(edge > 0.3));
            if diamond < 0.54 && edge > 0.3 {
                color = mix(blue, red, ramp(0.34, 0.36, diamond));
                let petals = off.length() * (1.0 + 0.28 * (off.y.atan2(off.x) * 8.0).cos());
                color = mix(color, cream, ramp(0.17, 0.15, petals));
                color = mix(color, red, ramp(0.09, 0.075, off.length()));
            }
            times(color, weave * 0.95)
        },
    );
}

/// An armchair; the angle says where it looks, 0 being towards the hearth.
fn armchair(canvas: &mut Canvas, at: P, angle: f32, cloth: Color) {
    let place = |point: P| (point - at).turned(angle);
    let area = Area::around(at, 0.5);
    let cushion = |point: P| times(cloth, 0.86 + 0.26 * layered(point * 7.0, 2, 461));
    let body = |point: P| block(place(point), P::new(0.34, 0.36), 0.12);
    canvas.solid(area, Solid::new(0.2, 0.06), body, |point| times(cushion(point), 0.72));
    let seat = |point: P| block(place(point) - P::new(-0.06, 0.0), P::new(0.25, 0.2), 0.07);
    canvas.solid(area, Solid::new(0.17, 0.06), seat, cushion);
    let back = |point: P| block(place(point) - P::new(0.28, 0.0), P::new(0.08, 0.36), 0.07);
    canvas.solid(area, Solid::new(0.36, 0.05), back, cushion);
    for side in [-0.29, 0.29] {
        let arm = |point: P| block(place(point) - P::new(-0.04, side), P::new(0.28, 0.065), 0.06);
        canvas.solid(area, Solid::new(0.26, 0.04), arm, cushion);
    }
}

fn barrel(canvas: &mut Canvas, at: P, radius: f32, seed: u32) {
    canvas.solid(
        Area::around(at, radius),
        Solid::new(0.34, 0.05),
        |point| disc(point - at, radius),
        |point| {
            let off = point - at;
            let ring = off.length() / radius;
            let lid = boards(off.turned(unit(1, 1, seed) * 3.0) + P::new(5.0, 5.0), 0.13, OAK, seed);
            let hoop = mix(IRON, rgb(0x75_7478), ramp(0.3, 0.9, value(off * 14.0, seed)));
            let color = mix(lid, hoop, ramp(0.8, 0.84, ring));
            mix(color, times(DARK, 0.8), ramp(0.93, 0.96, ring))
        },
    );
    let dark = |point: P| (disc(point - at, radius * 0.78)).abs() - 0.012;
    canvas.stain(Area::around(at, radius), |point| (dark(point), rgb(0x20_150c), 0.6));
    let bung = at + P::new(radius * 0.35, -radius * 0.2);
    canvas.stain(Area::around(bung, 0.06), |point| (disc(point - bung, 0.036), rgb(0x33_2213), 0.9));
}

fn crate_box(canvas: &mut Canvas, at: P, half: f32, angle: f32, seed: u32) {
    let place = |point: P| (point - at).turned(angle);
    canvas.solid(
        Area::around(at, half * 1.5),
        Solid::new(0.3, 0.025),
        |point| block(place(point), P::new(half, half), 0.015),
        |point| {
            let off = place(point);
            let edge = half - off.x.abs().max(off.y.abs());
            let slats = boards(off + P::new(5.0, 5.0), half * 0.5, PALE, seed);
            let brace = ((off.x - off.y).abs() * 0.707 - 0.055).min(edge - 0.075);
            let color = mix(
                grain(P::new(off.y, off.x), times(PALE, 1.06), seed + 5),
                slats,
                ramp(-0.006, 0.006, brace),
            );
            times(color, 1.0 - 0.5 * ramp(0.018, 0.004, brace.abs()))
        },
    );
}

fn sack(canvas: &mut Canvas, at: P, radius: f32, seed: u32) {
    let shape = |point: P| {
        let off = point - at;
        disc(off, radius) + (value(off * (2.2 / radius) + P::new(20.0, 20.0), seed) - 0.5) * radius * 0.4
    };
    canvas.solid(Area::around(at, radius * 1.3), Solid::new(0.2, radius * 0.8), shape, |point| {
        let off = point - at;
        let folds = (off.y.atan2(off.x) * 7.0 + value(off * 8.0, seed) * 3.0).sin();
        let tie = ramp(0.09, 0.05, off.length());
        let weave = 0.9 + 0.1 * (point.x * 190.0).sin() * (point.y * 190.0).sin();
        let cloth = times(rgb(0xae_9768), weave * (0.94 + 0.1 * folds * ramp(0.0, radius, off.length())));
        mix(cloth, rgb(0x5d_4728), tie)
    });
}

fn bar(canvas: &mut Canvas) {
    for y in [5.75, 6.55, 7.35, 8.1] {
        stool(canvas, P::new(8.72, y), 471);
    }
    wooden(canvas, Area::new(9.05, 5.16, 9.6, 8.62), 0.32, rgb(0x74_4a2a), 472);
    wooden(canvas, Area::new(9.05, 8.12, 10.15, 8.62), 0.32, rgb(0x74_4a2a), 473);
    for (x, y) in [(9.22, 5.9), (9.2, 7.2), (9.3, 7.5), (9.75, 8.36)] {
        mug(canvas, P::new(x, y), 0.38);
    }
    candle(canvas, P::new(9.32, 6.65), 0.38);
    // The shelf with its bottles, and the kegs that are on tap.
    wooden(canvas, Area::new(9.7, 5.17, 10.85, 5.47), 0.36, DARK, 474);
    let mut strewn = Strewn::new(475);
    for bottle in 0..8_u8 {
        let at = P::new(9.82 + 0.13 * f32::from(bottle), 5.31 + strewn.between(-0.04, 0.04));
        let glass = [rgb(0x3f_6b45), rgb(0x7a_3b28), rgb(0x49_6a86), rgb(0xb0_8437)][usize::from(bottle % 4)];
        let finish = Solid { rim: 0.01, ..Solid::new(0.46, 0.03) };
        canvas.solid(
            Area::around(at, 0.06),
            finish,
            |point| disc(point - at, 0.05),
            |point| {
                mix(glass, times(glass, 1.7), ramp(0.03, 0.0, (point - at - P::new(-0.015, -0.015)).length()))
            },
        );
    }
    for (y, seed) in [(7.4, 481), (7.4 + 0.56, 482)] {
        keg(canvas, P::new(10.62, y), seed);
    }
}

/// A cask that lies with its tap to the west.
fn keg(canvas: &mut Canvas, at: P, seed: u32) {
    let shape = |point: P| {
        let off = point - at;
        block(off, P::new(0.27, 0.23 - 0.9 * off.x * off.x), 0.03)
    };
    canvas.solid(Area::around(at, 0.34), Solid::new(0.34, 0.12), shape, |point| {
        let off = point - at;
        let color = boards(off + P::new(3.0, 3.05), 0.1, OAK, seed);
        let hoop = (off.x.abs() - 0.2).abs().min((off.x.abs() - 0.1).abs());
        mix(color, IRON, ramp(0.026, 0.016, hoop))
    });
    let tap = at - P::new(0.33, 0.0);
    let finish = Solid { rim: 0.01, ..Solid::new(0.3, 0.02) };
    canvas.solid(
        Area::around(tap, 0.09),
        finish,
        |point| block(point - tap, P::new(0.07, 0.025), 0.01),
        |_| BRASS,
    );
}

fn kitchen(canvas: &mut Canvas) {
    let oven = P::from(OVEN);
    let body = Area::new(15.05, oven.y - 0.85, 15.9, oven.y + 0.85);
    canvas.solid(
        body,
        Solid { rim: 0.03, ..Solid::new(0.42, 0.1) },
        |at| body.distance(at, 0.25),
        |at| stones(at, 491),
    );
    let mouth = Area::new(14.98, oven.y - 0.36, 15.45, oven.y + 0.36);
    canvas.solid(mouth, Solid::new(0.1, 0.05), |at| mouth.distance(at, 0.14), |_| rgb(0x1b_1411));
    fire(canvas, P::new(15.24, oven.y), 0.24, 493);
    // The table in the middle, and work left on it.
    wooden(canvas, Area::new(12.3, 6.35, 13.95, 7.05), 0.28, PALE, 495);
    let board = Area::new(12.45, 6.5, 12.95, 6.86);
    canvas.solid(
        board,
        Solid::new(0.31, 0.015),
        |at| board.distance(at, 0.04),
        |at| grain(at, rgb(0xcf_a870), 496),
    );
    for (x, y, color, radius) in [
        (12.58, 6.62, 0xc2_5a2e, 0.06),
        (12.7, 6.7, 0xc2_5a2e, 0.055),
        (12.82, 6.6, 0x7e_963f, 0.065),
        (13.2, 6.85, 0xb8_8a4e, 0.12),
    ] {
        let at = P::new(x, y);
        let finish = Solid { rim: 0.012, ..Solid::new(0.34, radius) };
        canvas.solid(Area::around(at, radius), finish, |point| disc(point - at, radius), |_| rgb(color));
    }
    plate(canvas, P::new(13.62, 6.58), 0.31, rgb(0xd5_cfbf));
    let (a, b) = (P::new(13.1, 6.52), P::new(13.34, 6.6));
    let finish = Solid { rim: 0.008, ..Solid::new(0.3, 0.01) };
    canvas.solid(
        Area::between(a, b, 0.03),
        finish,
        |at| line(at, a, b) - 0.017,
        |at| {
            if at.x < 13.18 { DARK } else { rgb(0xc8_cbd0) }
        },
    );
    barrel(canvas, P::new(15.52, 5.45), 0.28, 501);
    barrel(canvas, P::new(14.9, 5.42), 0.24, 502);
    sack(canvas, P::new(11.52, 7.52), 0.25, 503);
    sack(canvas, P::new(12.02, 7.6), 0.21, 504);
    sack(canvas, P::new(11.42, 7.08), 0.19, 505);
    // Shelves with pots.
    wooden(canvas, Area::new(12.7, 7.64, 14.7, 7.9), 0.34, DARK, 506);
    for (x, color) in [
        (12.9, 0x9a_5b3c),
        (13.2, 0x6d_6f75),
        (13.52, 0x9a_5b3c),
        (13.85, 0x5c_7078),
        (14.2, 0xb1_9265),
        (14.5, 0x6d_6f75),
    ] {
        let at = P::new(x, 7.77);
        let finish = Solid { rim: 0.012, ..Solid::new(0.44, 0.03) };
        canvas.solid(
            Area::around(at, 0.1),
            finish,
            |point| disc(point - at, 0.09),
            |point| times(rgb(color), if (point - at).length() < 0.055 { 0.45 } else { 1.1 }),
        );
    }
    wooden(canvas, Area::new(11.2, 5.18, 12.5, 5.55), 0.3, OAK, 507);
    for (x, y) in [(11.45, 5.35), (12.2, 5.36)] {
        plate(canvas, P::new(x, y), 0.33, rgb(0xc4_a25a));
    }
    let loaf = P::new(11.82, 5.36);
    let shape = |at: P| block(at - loaf, P::new(0.15, 0.08), 0.08);
    canvas.solid(Area::around(loaf, 0.2), Solid { rim: 0.012, ..Solid::new(0.4, 0.07) }, shape, |at| {
        mix(
            rgb(0xb5_7d3d),
            rgb(0xe0_bb7c),
            ramp(0.02, 0.0, ((at.x + at.y * 0.4).rem_euclid(0.1) - 0.05).abs()),
        )
    });
}

fn guest_room(canvas: &mut Canvas) {
    let middle = P::new(12.9, 10.0);
    let squash = |at: P| P::new((at.x - middle.x) / 1.5, at.y - middle.y);
    canvas.solid(
        Area::new(11.9, 9.3, 13.9, 10.7),
        Solid::new(0.02, 0.02),
        |at| disc(squash(at), 0.62),
        |at| {
            let ring = squash(at).length();
            let braid = (ring * 46.0).sin() * 0.5 + 0.5;
            let bands = [rgb(0x4d_6a72), rgb(0xc9_b48a), rgb(0x86_4a3a), rgb(0xc9_b48a), rgb(0x4d_6a72)];
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 4")]
            let band = bands[((ring * 7.4) as usize).min(4)];
            times(band, 0.8 + 0.25 * braid * (0.8 + 0.2 * value(at * 16.0, 511)))
        },
    );
    bed(canvas, P::new(14.85, 8.85), rgb(0x5c_7a6a), 512);
    bed(canvas, P::new(14.85, 11.15), rgb(0x8a_5a4c), 513);
    wooden(canvas, Area::new(15.28, 9.78, 15.82, 10.22), 0.24, OAK, 514);
    candle(canvas, P::from(CANDLE), 0.32);
    wooden(canvas, Area::new(11.2, 8.2, 12.45, 8.62), 0.4, DARK, 515);
    let seam = |at: P| block(at - P::new(11.825, 8.42), P::new(0.008, 0.19), 0.0);
    canvas.stain(Area::new(11.7, 8.2, 11.95, 8.64), |at| (seam(at), rgb(0x1d_120a), 0.8));
    chest(canvas, P::new(13.3, 8.42));
    wooden(canvas, Area::new(11.9, 11.42, 13.0, 11.84), 0.26, OAK, 516);
    let paper = |at: P| block((at - P::new(12.3, 11.62)).turned(0.2), P::new(0.12, 0.09), 0.0);
    let finish = Solid { rim: 0.008, ..Solid::new(0.265, 0.005) };
    canvas.solid(Area::around(P::new(12.3, 11.62), 0.2), finish, paper, |at| {
        let lines = (at.y * 40.0).rem_euclid(1.0);
        times(rgb(0xe4_d9b9), if lines < 0.25 { 0.72 } else { 1.0 })
    });
    mug(canvas, P::new(12.75, 11.6), 0.32);
    stool(canvas, P::new(12.4, 11.15), 517);
}

/// A bed with its head to the east.
fn bed(canvas: &mut Canvas, at: P, blanket: Color, seed: u32) {
    let area = Area::around(at, 1.1);
    let frame = |point: P| block(point - at, P::new(0.96, 0.46), 0.03);
    canvas.solid(area, Solid::new(0.2, 0.03), frame, |point| grain(point, DARK, seed));
    let sheet = |point: P| block(point - at - P::new(0.02, 0.0), P::new(0.88, 0.4), 0.06);
    canvas.solid(area, Solid::new(0.24, 0.05), sheet, |point| {
        times(LINEN, 0.9 + 0.14 * layered(point * 6.0, 2, seed))
    });
    let pillow = |point: P| block(point - at - P::new(0.64, 0.0), P::new(0.17, 0.29), 0.1);
    canvas.solid(area, Solid { rim: 0.012, ..Solid::new(0.3, 0.12) }, pillow, |point| {
        times(rgb(0xee_e6d2), 0.92 + 0.12 * value(point * 9.0, seed + 1))
    });
    let cover = |point: P| {
        let off = point - at - P::new(-0.26, 0.0);
        block(off, P::new(0.62 + 0.03 * (off.y * 9.0).sin(), 0.43), 0.05)
    };
    canvas.solid(area, Solid { rim: 0.014, ..Solid::new(0.29, 0.06) }, cover, |point| {
        let off = point - at;
        let patch = ((off.x * 5.0).floor() + (off.y * 5.0 + 0.5).floor()).rem_euclid(2.0);
        let folds = layered(P::new(point.x * 2.2, point.y * 3.4), 3, seed + 2);
        let turned = ramp(0.22, 0.24, off.x);
        let cloth = times(blanket, if patch < 1.0 { 1.0 } else { 0.87 });
        times(mix(cloth, LINEN, turned), 0.78 + 0.42 * folds)
    });
}

fn chest(canvas: &mut Canvas, at: P) {
    let shape = |point: P| block(point - at, P::new(0.4, 0.24), 0.03);
    canvas.solid(Area::around(at, 0.46), Solid::new(0.26, 0.1), shape, |point| {
        let off = point - at;
        let wood = boards(off + P::new(3.0, 3.0), 0.16, rgb(0x79_5230), 521);
        mix(wood, times(IRON, 1.2), ramp(0.045, 0.035, (off.x.abs() - 0.24).abs()))
    });
    let lock = at + P::new(0.0, 0.2);
    let finish = Solid { rim: 0.012, ..Solid::new(0.3, 0.02) };
    canvas.solid(
        Area::around(lock, 0.08),
        finish,
        |point| block(point - lock, P::new(0.05, 0.045), 0.015),
        |_| BRASS,
    );
}

fn cellar(canvas: &mut Canvas) {
    // Casks along the north wall.
    for (number, x) in [6.1_f32, 6.75, 7.4, 8.05].into_iter().enumerate() {
        barrel(canvas, P::new(x, 1.5), 0.29, 531 + u32::try_from(number).unwrap_or(0));
    }
    barrel(canvas, P::new(8.55, 3.55), 0.29, 541);
    crate_box(canvas, P::new(7.75, 3.52), 0.27, 0.1, 542);
    crate_box(canvas, P::new(7.1, 3.58), 0.24, -0.16, 543);
    crate_box(canvas, P::new(4.55, 1.52), 0.26, 0.3, 544);
    sack(canvas, P::new(4.5, 3.55), 0.22, 545);
    sack(canvas, P::new(4.95, 3.62), 0.18, 546);
    // The goblins' fire on the flagstones, ringed with stones, and their straw.
    let at = P::from(CELLAR_FIRE);
    for (middle, angle, seed) in
        [(P::new(5.35, 3.4), 0.4, 551), (P::new(6.75, 2.1), 2.2, 552), (P::new(5.1, 2.0), 1.2, 553)]
    {
        straw(canvas, middle, angle, seed);
    }
    fire(canvas, at, 0.27, 561);
    for stone in 0..9_u8 {
        let around = P::towards(f32::from(stone) * 0.698 + 0.2) * 0.34;
        let seed = 571 + u32::from(stone);
        super::hill::boulder(canvas, at + around, 0.07 + 0.025 * unit(1, 1, seed), 0.08, 0.9, seed);
    }
    // Two shelves in the passage, nearly empty.
    wooden(canvas, Area::new(10.0, 2.16, 11.4, 2.36), 0.34, DARK, 581);
    for x in [10.2, 10.36, 11.1] {
        let jar = P::new(x, 2.26);
        let finish = Solid { rim: 0.012, ..Solid::new(0.42, 0.03) };
        canvas.solid(Area::around(jar, 0.08), finish, |point| disc(point - jar, 0.065), |_| rgb(0x8d_6a4c));
    }
}

fn straw(canvas: &mut Canvas, middle: P, angle: f32, seed: u32) {
    let mut strewn = Strewn::new(seed);
    for _ in 0..110 {
        let off = P::new(strewn.between(-0.42, 0.42), strewn.between(-0.24, 0.24)).turned(angle);
        let lies = P::towards(angle + strewn.between(-0.7, 0.7)) * strewn.between(0.05, 0.13);
        let color = mix(rgb(0x8a_7137), rgb(0xd1_b86a), strewn.unit());
        let (a, b) = (middle + off - lies, middle + off + lies);
        canvas.stain(Area::between(a, b, 0.03), |at| (line(at, a, b) - 0.009, color, 0.85));
    }
}
