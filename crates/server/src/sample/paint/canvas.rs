//! Colour and height of every pixel, and the ways to put shapes on them.

use image::{Rgb, RgbImage};

use super::noise;
use super::shape::{Area, P, ramp};
use crate::sample::PIXELS_PER_CELL;
use crate::sample::layout::SIZE;

/// Red, green and blue, each from 0 to 1.
pub(super) type Color = [f32; 3];

/// Pixels in a cell.
#[expect(clippy::cast_precision_loss, reason = "a small number")]
pub(super) const SCALE: f32 = PIXELS_PER_CELL as f32;

/// 0xRRGGBB.
pub(super) const fn rgb(code: u32) -> Color {
    [part(code, 16), part(code, 8), part(code, 0)]
}

#[expect(clippy::cast_precision_loss, reason = "a byte")]
const fn part(code: u32, shift: u32) -> f32 {
    ((code >> shift) & 0xff) as f32 / 255.0
}

pub(super) fn mix(a: Color, b: Color, part: f32) -> Color {
    [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part]
}

pub(super) fn times(color: Color, by: f32) -> Color {
    [color[0] * by, color[1] * by, color[2] * by]
}

/// One pixel.
#[derive(Clone, Copy)]
pub(super) struct Pixel {
    pub(super) color: Color,
    /// How high what is seen here stands, in cells.
    pub(super) lift: f32,
}

pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<Pixel>,
}

/// How a solid thing is finished.
#[derive(Clone, Copy)]
pub(super) struct Solid {
    /// How high it stands, in cells.
    pub(super) lift: f32,
    /// How wide its slanted edge is.
    pub(super) bevel: f32,
    /// How wide its dark rim is.
    pub(super) rim: f32,
}

impl Solid {
    pub(super) const fn new(lift: f32, bevel: f32) -> Self {
        Self { lift, bevel, rim: 0.022 }
    }

    pub(super) const fn rimless(self) -> Self {
        Self { rim: 0.0, ..self }
    }
}

impl Canvas {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the size is small and positive"
    )]
    pub(super) fn new() -> Self {
        let side = |cells: f64| (cells * f64::from(PIXELS_PER_CELL)) as usize;
        let (width, height) = (side(SIZE.0), side(SIZE.1));
        Self { width, height, pixels: vec![Pixel { color: [0.0; 3], lift: 0.0 }; width * height] }
    }

    /// Calls for every pixel of the area with its middle, on all processors.
    pub(super) fn shade(&mut self, area: Area, paint: impl Fn(P, &mut Pixel) + Sync) {
        let (columns, rows) = self.span(area);
        let width = self.width;
        let lines = &mut self.pixels[rows.start * width..rows.end * width];
        let work = |first: usize, lines: &mut [Pixel]| {
            for (row, line) in (first..).zip(lines.chunks_exact_mut(width)) {
                for column in columns.clone() {
                    paint(middle_of(column, row), &mut line[column]);
                }
            }
        };
        if columns.len() * rows.len() < 40_000 {
            work(rows.start, lines);
            return;
        }
        let hands = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let share = rows.len().div_ceil(hands).max(1);
        std::thread::scope(|scope| {
            for (part, lines) in lines.chunks_mut(share * width).enumerate() {
                let work = &work;
                let first = rows.start + part * share;
                scope.spawn(move || work(first, lines));
            }
        });
    }

    /// Puts a flat colour where the distance is negative; the alpha goes with it.
    pub(super) fn stain(&mut self, area: Area, paint: impl Fn(P) -> (f32, Color, f32) + Sync) {
        self.shade(area, |at, pixel| {
            let (distance, color, alpha) = paint(at);
            let cover = (0.5 - distance * SCALE).clamp(0.0, 1.0) * alpha;
            if cover > 0.0 {
                pixel.color = mix(pixel.color, color, cover);
            }
        });
    }

    /// Puts a thing with an edge, lit from the north-west, where the distance is negative.
    pub(super) fn solid(
        &mut self,
        area: Area,
        finish: Solid,
        distance: impl Fn(P) -> f32 + Sync,
        color: impl Fn(P) -> Color + Sync,
    ) {
        const STEP: f32 = 0.012;
        self.shade(area.grown(0.03), |at, pixel| {
            let depth = distance(at);
            let cover = (0.5 - depth * SCALE).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return;
            }
            let mut painted = color(at);
            if -depth < finish.bevel {
                let towards_light = P::new(at.x - STEP, at.y - STEP);
                let slope =
                    ((distance(towards_light) - depth) / (STEP * std::f32::consts::SQRT_2)).clamp(-1.0, 1.0);
                let edge = 1.0 - (-depth / finish.bevel).clamp(0.0, 1.0);
                painted = times(painted, 1.0 + slope * edge * if slope > 0.0 { 0.34 } else { 0.42 });
            }
            if finish.rim > 0.0 {
                let rim = ramp(-finish.rim * 1.6, -finish.rim * 0.4, depth);
                painted = mix(painted, times(painted, 0.28), rim);
            }
            pixel.color = mix(pixel.color, painted, cover);
            pixel.lift += (finish.lift - pixel.lift) * cover;
        });
    }

    /// The columns and rows whose middles may lie in the area.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the canvas")]
    fn span(&self, area: Area) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let range = |from: f32, to: f32, end: usize| {
            let from = ((from * SCALE).floor().max(0.0) as usize).min(end);
            from..((to * SCALE).ceil().max(0.0) as usize).clamp(from, end)
        };
        (range(area.from.x, area.to.x, self.width), range(area.from.y, area.to.y, self.height))
    }

    /// The picture: a soft frame of shade, a little contrast, and just enough noise against banding.
    pub(super) fn finish(mut self) -> RgbImage {
        let size = P::from(SIZE);
        self.shade(Area::new(0.0, 0.0, size.x, size.y), |at, pixel| {
            let off = P::new((at.x / size.x - 0.5) * 2.0, (at.y / size.y - 0.5) * 2.0);
            let frame = 1.0 - 0.20 * ramp(0.75, 1.75, off.dot(off));
            let grain = (noise::unit(bits(at.x), bits(at.y), 3) - 0.5) / 160.0;
            for (part, tint) in pixel.color.iter_mut().zip([1.02, 1.0, 0.965]) {
                let toned = (*part * frame * tint).clamp(0.0, 1.0);
                *part =
                    (toned + (toned * toned * (3.0 - 2.0 * toned) - toned) * 0.28 + grain).clamp(0.0, 1.0);
            }
        });
        let mut image =
            RgbImage::new(u32::try_from(self.width).unwrap_or(0), u32::try_from(self.height).unwrap_or(0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped from 0 to 1")]
        for (to, from) in image.pixels_mut().zip(&self.pixels) {
            *to = Rgb(from.color.map(|part| (part * 255.0 + 0.5) as u8));
        }
        image
    }
}

/// The middle of a pixel, in cells.
#[expect(clippy::cast_precision_loss, reason = "the canvas is small")]
pub(super) fn middle_of(column: usize, row: usize) -> P {
    P::new((column as f32 + 0.5) / SCALE, (row as f32 + 0.5) / SCALE)
}

#[expect(clippy::cast_possible_truncation, reason = "the map is small")]
fn bits(cells: f32) -> i32 {
    (cells * SCALE) as i32
}
