//! Noise that is a function of place alone.

use super::shape::P;

/// 32 well-mixed bits for a place on a lattice.
pub(super) fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut mixed = x.cast_unsigned().wrapping_mul(0x8da6_b343)
        ^ y.cast_unsigned().wrapping_mul(0xd816_3841)
        ^ seed.wrapping_mul(0xcb1a_b31f);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    mixed ^ (mixed >> 15)
}

/// From 0 to below 1, for a place on a lattice.
#[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
pub(super) fn unit(x: i32, y: i32, seed: u32) -> f32 {
    (hash(x, y, seed) >> 8) as f32 / 16_777_216.0
}

/// Smooth noise from 0 to 1 with features one unit wide.
#[expect(clippy::cast_possible_truncation, reason = "the map is small")]
pub(super) fn value(at: P, seed: u32) -> f32 {
    let (left, top) = (at.x.floor(), at.y.floor());
    let (x, y) = (left as i32, top as i32);
    let ease = |part: f32| part * part * (3.0 - 2.0 * part);
    let (across, down) = (ease(at.x - left), ease(at.y - top));
    let row = |y: i32| {
        let (a, b) = (unit(x, y, seed), unit(x + 1, y, seed));
        a + (b - a) * across
    };
    let (upper, lower) = (row(y), row(y + 1));
    upper + (lower - upper) * down
}

/// Smooth noise from 0 to 1 with `octaves` sizes of features, the largest one unit wide.
pub(super) fn layered(at: P, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut point) = (0.0, 1.0, 0.0, at);
    for octave in 0..octaves {
        sum += value(point, seed + octave * 101) * weight;
        total += weight;
        weight *= 0.5;
        // Turned a little each time, so that no lattice shows.
        point = P::new(point.x * 1.6 - point.y * 1.2, point.x * 1.2 + point.y * 1.6);
    }
    sum / total
}

/// Numbers in a row, for things that are strewn.
pub(super) struct Strewn {
    seed: u32,
    count: i32,
}

impl Strewn {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, count: 0 }
    }

    /// From 0 to below 1.
    pub(super) fn unit(&mut self) -> f32 {
        self.count += 1;
        unit(self.count, 7, self.seed)
    }

    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    /// A seed for something of its own.
    pub(super) fn seed(&mut self) -> u32 {
        self.count += 1;
        hash(self.count, 11, self.seed)
    }
}
