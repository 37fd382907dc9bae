//! Shadows of everything that stands, and the warmth of what burns.

use super::canvas::{Canvas, Color, SCALE, middle_of, rgb, times};
use super::shape::{Area, P, ramp};
use crate::sample::layout::{
    At, CANDLE, CELLAR_FIRE, DOORS, FORD_LANTERN, HEARTH, LANTERN, MUSHROOMS, OVEN, SIZE, layout,
};

/// Colour of what lies in shadow, as a part of its own.
const SHADE: Color = [0.50, 0.53, 0.64];
/// Pixels from one sample of the warm light to the next.
const COARSE: usize = 4;

/// Darkens what lies south-east of something higher, and the ground around everything that stands on it.
pub(super) fn cast_shadows(canvas: &mut Canvas) {
    let (width, height) = (canvas.width, canvas.height);
    let lifts: Vec<f32> = canvas.pixels.iter().map(|pixel| pixel.lift * SCALE).collect();
    // How high the shadow reaches at each pixel; it sinks by one pixel for each pixel to the south-east.
    let mut reach = lifts.clone();
    let mut dark = vec![0.0_f32; lifts.len()];
    for row in 1..height {
        for column in 1..width {
            let here = row * width + column;
            let coming = reach[here - width - 1] - 1.0;
            dark[here] = ramp(0.0, 5.0, coming - lifts[here]);
            reach[here] = coming.max(lifts[here]);
        }
    }
    blur(&mut dark, width, 2);
    let mut around = lifts.clone();
    blur(&mut around, width, 9);
    blur(&mut around, width, 9);
    for (((pixel, dark), around), lift) in canvas.pixels.iter_mut().zip(&dark).zip(&around).zip(&lifts) {
        let nook = ((around - lift) / 26.0).clamp(0.0, 1.0) * 0.62;
        for (part, shade) in pixel.color.iter_mut().zip(SHADE) {
            *part *= (1.0 - dark * 0.8 * (1.0 - shade)) * (1.0 - nook);
        }
    }
}

/// Averages over a square that reaches `radius` pixels each way.
fn blur(field: &mut [f32], width: usize, radius: usize) {
    let height = field.len() / width;
    let mut line = vec![0.0; width.max(height)];
    let mut pass = |first: usize, step: usize, count: usize| {
        for (place, value) in line.iter_mut().enumerate().take(count) {
            *value = field[first + place * step];
        }
        let at = |place: usize| line[place.min(count - 1)];
        let mut sum = at(0) * radius_plus_one(radius) + (1..=radius).map(at).sum::<f32>();
        let full = radius_plus_one(radius) + radius_plus_one(radius) - 1.0;
        for place in 0..count {
            field[first + place * step] = sum / full;
            sum += at(place + radius + 1) - at(place.saturating_sub(radius));
        }
    };
    for row in 0..height {
        pass(row * width, 1, width);
    }
    for column in 0..width {
        pass(column, width, height);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn radius_plus_one(radius: usize) -> f32 {
    radius as f32 + 1.0
}

/// A glow that walls stop.
struct Glow {
    at: P,
    reach: f32,
    color: Color,
}

fn glows() -> [Glow; 7] {
    let glow =
        |at: At, reach, code, strength| Glow { at: P::from(at), reach, color: times(rgb(code), strength) };
    [
        glow(HEARTH, 5.2, 0xff_9a45, 1.0),
        glow(OVEN, 3.4, 0xff_7d33, 0.75),
        glow(LANTERN, 3.6, 0xff_c070, 0.72),
        glow(FORD_LANTERN, 3.4, 0xff_c070, 0.72),
        glow(CELLAR_FIRE, 3.2, 0xff_8c3d, 0.8),
        glow(CANDLE, 2.4, 0xff_cf8f, 0.55),
        glow(MUSHROOMS, 1.9, 0x52_e6c6, 0.42),
    ]
}

/// Adds the warm light, which stays in its room.
pub(super) fn shine(canvas: &mut Canvas) {
    let layout = layout();
    let mut walls: Vec<(P, P)> = layout.walls.iter().map(|(a, b)| (P::from(*a), P::from(*b))).collect();
    walls.extend(DOORS.iter().map(|door| (P::from(door.a), P::from(door.b))));
    let (columns, rows) = (canvas.width / COARSE + 1, canvas.height / COARSE + 1);
    let mut light = vec![[0.0_f32; 3]; columns * rows];
    for glow in glows() {
        let near: Vec<_> =
            walls.iter().filter(|(a, b)| is_within(glow.at, *a, *b, glow.reach)).copied().collect();
        for (place, sum) in light.iter_mut().enumerate() {
            let at = middle_of(place % columns * COARSE, place / columns * COARSE);
            let off = (at - glow.at).length() / glow.reach;
            if off >= 1.0 || near.iter().any(|(a, b)| crosses(glow.at, at, *a, *b)) {
                continue;
            }
            let strength = (1.0 - off) * (1.0 - off) * 0.85 + 0.15 * ramp(0.35, 0.0, off);
            for (part, color) in sum.iter_mut().zip(glow.color) {
                *part += color * strength;
            }
        }
    }
    let mut parts: [Vec<f32>; 3] = [0, 1, 2].map(|part| light.iter().map(|sum| sum[part]).collect());
    for part in &mut parts {
        blur(part, columns, 1);
        blur(part, columns, 1);
    }
    let size = P::from(SIZE);
    canvas.shade(Area::new(0.0, 0.0, size.x, size.y), |at, pixel| {
        let (x, y) = (at.x * SCALE / 4.0 - 0.5, at.y * SCALE / 4.0 - 0.5);
        for (part, color) in parts.iter().zip(pixel.color.iter_mut()) {
            let glow = between(part, columns, x.max(0.0), y.max(0.0));
            *color = *color * (1.0 + glow * 0.95) + glow * 0.075;
        }
    });
}

/// The field between its samples.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "on the map")]
fn between(field: &[f32], columns: usize, x: f32, y: f32) -> f32 {
    let (across, down) = (x - x.floor(), y - y.floor());
    let place = y as usize * columns + x as usize;
    let row = |place: usize| {
        let at = |place: usize| field.get(place).copied().unwrap_or(0.0);
        at(place) + (at(place + 1) - at(place)) * across
    };
    row(place) + (row(place + columns) - row(place)) * down
}

fn is_within(at: P, a: P, b: P, reach: f32) -> bool {
    super::shape::line(at, a, b) < reach
}

/// Whether the way from `from` to `to` crosses the wall from `a` to `b`.
fn crosses(from: P, to: P, a: P, b: P) -> bool {
    let side = |a: P, b: P, at: P| (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x);
    (side(from, to, a) > 0.0) != (side(from, to, b) > 0.0)
        && (side(a, b, from) > 0.0) != (side(a, b, to) > 0.0)
}
