//! Points and distances. A distance is negative inside of a shape.

use std::ops::{Add, Mul, Sub};

use crate::sample::layout::At;

/// A point in cells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct P {
    pub(super) x: f32,
    pub(super) y: f32,
}

impl P {
    pub(super) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(super) fn length(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// Turned clockwise on the screen.
    pub(super) fn turned(self, angle: f32) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }

    /// Unit vector that way.
    pub(super) fn towards(angle: f32) -> Self {
        Self::new(angle.cos(), angle.sin())
    }
}

impl From<At> for P {
    #[expect(clippy::cast_possible_truncation, reason = "the map is small")]
    fn from((x, y): At) -> Self {
        Self::new(x as f32, y as f32)
    }
}

impl Add for P {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for P {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for P {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        Self::new(self.x * by, self.y * by)
    }
}

/// A rectangle, sides along the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) from: P,
    pub(super) to: P,
}

impl Area {
    pub(super) const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { from: P::new(left, top), to: P::new(right, bottom) }
    }

    pub(super) fn around(middle: P, reach: f32) -> Self {
        Self::new(middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach)
    }

    /// Around both points, and `reach` further.
    pub(super) fn between(a: P, b: P, reach: f32) -> Self {
        Self::new(a.x.min(b.x) - reach, a.y.min(b.y) - reach, a.x.max(b.x) + reach, a.y.max(b.y) + reach)
    }

    pub(super) fn grown(self, by: f32) -> Self {
        Self::new(self.from.x - by, self.from.y - by, self.to.x + by, self.to.y + by)
    }

    pub(super) fn middle(self) -> P {
        (self.from + self.to) * 0.5
    }

    /// Distance to its edge, with corners rounded by `radius`.
    pub(super) fn distance(self, at: P, radius: f32) -> f32 {
        block(at - self.middle(), (self.to - self.from) * 0.5, radius)
    }
}

/// Distance to a rectangle around the origin that reaches to `half`, with corners rounded by `radius`.
pub(super) fn block(at: P, half: P, radius: f32) -> f32 {
    let (x, y) = (at.x.abs() - half.x + radius, at.y.abs() - half.y + radius);
    P::new(x.max(0.0), y.max(0.0)).length() + x.max(y).min(0.0) - radius
}

/// Distance to a disc around the origin.
pub(super) fn disc(at: P, radius: f32) -> f32 {
    at.length() - radius
}

/// Distance to a straight line between two points, without width.
pub(super) fn line(at: P, a: P, b: P) -> f32 {
    let (along, from) = (b - a, at - a);
    let part = (from.dot(along) / along.dot(along).max(1e-9)).clamp(0.0, 1.0);
    (from - along * part).length()
}

/// Distance to a closed polygon.
pub(super) fn polygon(at: P, corners: &[P]) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    let mut previous = corners[corners.len() - 1];
    for corner in corners {
        nearest = nearest.min(line(at, previous, *corner));
        if (corner.y > at.y) != (previous.y > at.y)
            && at.x < (previous.x - corner.x) * (at.y - corner.y) / (previous.y - corner.y) + corner.x
        {
            inside = !inside;
        }
        previous = *corner;
    }
    if inside { -nearest } else { nearest }
}

/// From 0 below `from` to 1 above `to`, smoothly; `from` may be the larger.
pub(super) fn ramp(from: f32, to: f32, value: f32) -> f32 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}
