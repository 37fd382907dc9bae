//! Trees and bushes, in layers of leaves from the dark outside to the lit crown.

use super::canvas::{Canvas, Color, mix, rgb, times};
use super::ground::{brook, earth};
use super::noise::{Strewn, layered, value};
use super::shape::{Area, P, ramp};

const LEAVES: [[Color; 3]; 4] = [
    [rgb(0x25_3d22), rgb(0x46_6a30), rgb(0x85_a24a)],
    [rgb(0x2a_4023), rgb(0x55_7033), rgb(0x9c_a84e)],
    [rgb(0x1f_3a28), rgb(0x39_6139), rgb(0x6f_9654)],
    [rgb(0x4a_3c1d), rgb(0x8c_6f2c), rgb(0xcf_a648)],
];
const NEEDLES: [Color; 3] = [rgb(0x17_2f29), rgb(0x2c_5244), rgb(0x5c_8468)];

/// A broad tree: where, how wide, which leaves.
const BROAD: [(f32, f32, f32, usize); 27] = [
    (0.7, 6.3, 1.15, 0),
    (1.3, 8.5, 0.95, 1),
    (0.3, 10.2, 1.0, 2),
    (0.6, 17.1, 1.35, 0),
    (2.6, 17.4, 1.05, 1),
    (4.6, 17.75, 0.95, 2),
    (8.4, 17.6, 1.1, 0),
    (10.3, 17.9, 0.9, 3),
    (13.4, 17.5, 1.2, 1),
    (15.6, 17.85, 1.0, 0),
    (18.4, 17.3, 1.15, 2),
    (19.9, 16.4, 0.75, 1),
    (24.9, 1.0, 1.35, 0),
    (25.7, 3.2, 1.1, 1),
    (24.3, 3.7, 0.85, 3),
    (25.3, 5.6, 1.3, 2),
    (24.1, 7.3, 0.8, 1),
    (25.8, 8.2, 1.1, 0),
    (24.7, 9.6, 0.95, 1),
    (25.6, 11.2, 1.15, 0),
    (25.2, 16.9, 1.4, 0),
    (23.7, 17.7, 0.95, 1),
    (25.9, 12.6, 0.6, 2),
    (20.2, 1.5, 0.7, 2),
    (19.9, 6.3, 0.62, 1),
    (6.3, 17.2, 0.7, 3),
    (23.6, 0.2, 0.9, 2),
];

/// A fir: where and how wide.
const FIRS: [(f32, f32, f32); 10] = [
    (23.9, 5.4, 0.68),
    (24.6, 12.4, 0.62),
    (24.9, 15.6, 0.72),
    (1.75, 7.1, 0.6),
    (11.9, 17.0, 0.75),
    (17.0, 17.1, 0.62),
    (24.9, 2.4, 0.66),
    (0.6, 8.0, 0.62),
    (7.4, 17.9, 0.6),
    (24.2, 10.9, 0.55),
];

/// Paints bushes, then trees, from the lower to the higher.
pub(super) fn paint(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(801);
    for _ in 0..330 {
        let at = P::new(strewn.between(0.0, 26.0), strewn.between(0.0, 18.0));
        let (radius, seed, kind) = (strewn.between(0.16, 0.34), strewn.seed(), strewn.unit());
        let wild = at.y > 15.6 || at.x > 23.2 || (at.x < 2.6 && (5.4..11.4).contains(&at.y));
        if !wild || earth(at) < 0.35 || brook(at) < 0.35 || value(at * 0.9, 802) < 0.42 {
            continue;
        }
        leaves(
            canvas,
            at,
            radius,
            &LEAVES[if kind < 0.45 {
                0
            } else if kind < 0.8 {
                1
            } else {
                2
            }],
            0.3,
            seed,
        );
    }
    for (number, (x, y, radius)) in (0_u32..).zip(FIRS) {
        fir(canvas, P::new(x, y), radius, 811 + number);
    }
    for (number, (x, y, radius, kind)) in (0_u32..).zip(BROAD) {
        leaves(canvas, P::new(x, y), radius, &LEAVES[kind], 0.75, 851 + number * 7);
    }
}

/// A crown of leaf tufts, laid like scales from the rim inwards.
fn leaves(canvas: &mut Canvas, at: P, radius: f32, tones: &[Color; 3], lift: f32, seed: u32) {
    let mut strewn = Strewn::new(seed);
    let size = 0.1 + 0.055 * radius;
    for layer in 0..6_u8 {
        let up = f32::from(layer) / 5.0;
        let ring = radius * (0.93 - 0.85 * up);
        let around = (ring * std::f32::consts::TAU / (size * 0.8)).ceil().max(3.0);
        let mut number = 0.0;
        while number < around * 1.5 {
            let angle = (number + strewn.between(-0.4, 0.4)) * std::f32::consts::TAU / around;
            // Crowns are never round.
            let bulge = 0.84 + 0.3 * value(P::towards(angle) * 1.5 + at, seed + 1);
            let off = P::towards(angle) * (ring * bulge * strewn.between(0.86, 1.06));
            let middle = at + off;
            let towards_light = -(off.x + off.y) / radius * 0.707;
            let light = 0.16 + 0.52 * up + 0.3 * towards_light + strewn.between(-0.13, 0.13);
            let tuft = Tuft {
                at: middle,
                size: size * strewn.between(0.8, 1.25),
                light,
                lift: lift
                    * (0.35 + 0.65 * (1.0 - (off.length() / radius) * (off.length() / radius)).max(0.0)),
                seed: strewn.seed(),
            };
            tuft.paint(canvas, tones);
            number += 1.0;
        }
    }
}

/// A handful of leaves.
struct Tuft {
    at: P,
    size: f32,
    light: f32,
    lift: f32,
    seed: u32,
}

impl Tuft {
    fn paint(&self, canvas: &mut Canvas, tones: &[Color; 3]) {
        canvas.shade(Area::around(self.at, self.size * 1.35), |point, pixel| {
            let off = point - self.at;
            let ragged = value(off * (4.2 / self.size) + P::new(50.0, 50.0), self.seed) - 0.5;
            let depth = off.length() - self.size * (1.0 + 0.62 * ragged);
            let cover = (0.5 - depth * 60.0).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return;
            }
            let lit = self.light - (off.x + off.y) / self.size * 0.17 + ragged * 0.3;
            let shaded = if lit < 0.5 {
                mix(tones[0], tones[1], ramp(0.0, 0.5, lit))
            } else {
                mix(tones[1], tones[2], ramp(0.5, 1.1, lit))
            };
            // The south-east rim of a tuft lies in the shade of its own leaves.
            let rim = ramp(-0.35 * self.size, 0.0, depth) * ramp(-0.4, 0.6, (off.x + off.y) / self.size);
            pixel.color = mix(pixel.color, times(shaded, 1.0 - 0.45 * rim), cover);
            pixel.lift += (self.lift.max(pixel.lift) - pixel.lift) * cover;
        });
    }
}

/// A fir: stars of branches, smaller and lighter towards the top.
fn fir(canvas: &mut Canvas, at: P, radius: f32, seed: u32) {
    for layer in 0..6_u8 {
        let up = f32::from(layer) / 5.0;
        let reach = radius * (1.0 - 0.84 * up);
        let spikes = 11.0 - f32::from(layer);
        let turn = f32::from(layer) * 0.9 + value(at, seed) * 6.0;
        canvas.shade(Area::around(at, reach * 1.1), |point, pixel| {
            let off = point - at;
            let angle = off.y.atan2(off.x) + turn;
            let spike = (angle * spikes * 0.5).sin().abs();
            let fringe = value(P::new(angle * 14.0, off.length() * 9.0), seed + 1) - 0.5;
            let edge = reach * (0.74 + 0.26 * spike + 0.14 * fringe);
            let depth = off.length() - edge;
            let cover = (0.5 - depth * 60.0).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return;
            }
            let towards_light = -(off.x + off.y) / radius * 0.707;
            let outward = off.length() / reach;
            let needles = layered(P::new(angle * 9.0, off.length() * 14.0), 2, seed + 2);
            let lit = 0.1 + 0.3 * up + 0.32 * outward + 0.3 * towards_light + 0.34 * (needles - 0.5);
            let shaded = if lit < 0.5 {
                mix(NEEDLES[0], NEEDLES[1], ramp(0.0, 0.5, lit))
            } else {
                mix(NEEDLES[1], NEEDLES[2], ramp(0.5, 1.0, lit))
            };
            pixel.color = mix(pixel.color, shaded, cover);
            pixel.lift += ((0.2 + 0.8 * up).max(pixel.lift) - pixel.lift) * cover;
        });
    }
}
