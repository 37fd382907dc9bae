//! The sample table's map, painted by code: an inn between a brook and a hill with something in it.
//!
//! [`layout()`] is the one description of the place; the painter draws the walls from it, so that what one sees and what
//! stops one's sight are the same. The picture is the same on every machine: its noise is a function of place alone.

mod layout;
mod paint;

pub(crate) use layout::layout;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageResult};

/// Pixels of the picture in one cell.
pub(crate) const PIXELS_PER_CELL: u32 = 80;

/// The map as a PNG, and its pixels per cell. Takes about a second of one processor.
pub(crate) fn picture() -> ImageResult<(Vec<u8>, u32)> {
    let painted = paint::paint();
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive).write_image(
        painted.as_raw(),
        painted.width(),
        painted.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok((png, PIXELS_PER_CELL))
}
