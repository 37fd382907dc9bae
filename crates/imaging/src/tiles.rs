//! Map pictures cut into tiles, and tiles with everything hidden that a viewer may not see.
//!
//! The pyramid is built once: each level is the mean of 2 × 2 pixels of the one below, so a pixel of level L depends on
//! exactly its square of 2^L pixels. Masking sets every hidden pixel to one constant *before* encoding: the bytes of a
//! tile are a function of the pixels that it shows and of nothing else.

use std::ops::Range;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgba, RgbaImage};
use jpeg_encoder::ColorType;

use crate::{Format, ImagingError, Limits, Picture, damaged, decode, encode_jpeg, sniff};

/// The side of a tile, in pixels; those at the right and lower edge may be smaller.
pub const TILE_PX: u32 = 256;
/// The quality of opaque tiles.
const JPEG_QUALITY: u8 = 85;
/// What hidden pixels become: a dark grey, far from white and from black, so that edges do not ring much.
const HIDDEN: Rgba<u8> = Rgba([24, 26, 33, 255]);
/// What they become where the picture itself has transparent parts.
const HIDDEN_CLEAR: Rgba<u8> = Rgba([0, 0, 0, 0]);

const MAGIC: [u8; 8] = *b"WLTILES1";
const HEADER_BYTES: usize = 8 + 4 + 4 + 4;
const ENTRY_BYTES: usize = 8 + 4;

/// How a picture is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pyramid {
    /// The picture's width.
    pub width_px: u32,
    /// The picture's height.
    pub height_px: u32,
}

/// A file that holds the tiles is damaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the tiles of a map are damaged")]
pub struct DamagedTiles;

impl Pyramid {
    /// Levels, the full picture included; the last fits into one tile.
    pub fn levels(self) -> u32 {
        let longer = self.width_px.max(self.height_px).max(1);
        longer.div_ceil(TILE_PX).next_power_of_two().trailing_zeros() + 1
    }

    /// Width and height of a level, in its pixels.
    pub fn level_px(self, level: u32) -> (u32, u32) {
        let side = |px: u32| px.checked_shr(level).unwrap_or(0) + u32::from(px & low_bits(level) != 0);
        (side(self.width_px), side(self.height_px))
    }

    /// Columns and rows of tiles of a level.
    pub fn grid(self, level: u32) -> (u32, u32) {
        let (width, height) = self.level_px(level);
        (width.div_ceil(TILE_PX), height.div_ceil(TILE_PX))
    }

    /// The columns and rows of a level's pixels that a tile holds; `None` if there is no such tile.
    pub fn tile_px(self, level: u32, x: u32, y: u32) -> Option<(Range<u32>, Range<u32>)> {
        let (columns, rows) = self.grid(level);
        if level >= self.levels() || x >= columns || y >= rows {
            return None;
        }
        let (width, height) = self.level_px(level);
        let range = |tile: u32, side: u32| tile * TILE_PX..((tile + 1) * TILE_PX).min(side);
        Some((range(x, width), range(y, height)))
    }

    fn index(self, level: u32, x: u32, y: u32) -> Option<usize> {
        self.tile_px(level, x, y)?;
        let before = (0..level).map(|level| self.grid(level)).map(|(columns, rows)| columns * rows);
        let (columns, _) = self.grid(level);
        usize::try_from(before.sum::<u32>() + y * columns + x).ok()
    }

    fn tile_count(self) -> usize {
        let counts = (0..self.levels()).map(|level| self.grid(level)).map(|(columns, rows)| columns * rows);
        usize::try_from(counts.sum::<u32>()).unwrap_or(0)
    }
}

fn low_bits(level: u32) -> u32 {
    u32::MAX.checked_shr(32 - level.min(32)).unwrap_or(0)
}

/// Cuts a picture that we encoded into a file of tiles: a header, where each tile lies, and the tiles as PNG, level by
/// level and row by row.
pub fn cut(picture: &[u8]) -> Result<Vec<u8>, ImagingError> {
    let format = sniff(picture).ok_or(ImagingError::UnknownKind)?;
    let image = decode(picture, format, &Limits::default())?;
    let has_alpha = image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] != 255);
    let mut level_pixels = image.into_rgba8();
    let (width_px, height_px) = level_pixels.dimensions();
    let pyramid = Pyramid { width_px, height_px };
    let mut entries = Vec::with_capacity(pyramid.tile_count());
    let mut data = Vec::new();
    for level in 0..pyramid.levels() {
        if level > 0 {
            level_pixels = halve(&level_pixels);
        }
        let (columns, rows) = pyramid.grid(level);
        for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
            let Some((across, down)) = pyramid.tile_px(level, x, y) else { continue };
            let size = (across.end - across.start, down.end - down.start);
            let view = image::imageops::crop_imm(&level_pixels, across.start, down.start, size.0, size.1);
            let start = data.len();
            encode_png(&view.to_image().into(), has_alpha, &mut data)?;
            entries.push((start, data.len() - start));
        }
    }
    let mut file = Vec::with_capacity(HEADER_BYTES + entries.len() * ENTRY_BYTES + data.len());
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&width_px.to_le_bytes());
    file.extend_from_slice(&height_px.to_le_bytes());
    file.extend_from_slice(&u32::from(has_alpha).to_le_bytes());
    let first = HEADER_BYTES + entries.len() * ENTRY_BYTES;
    for (start, length) in entries {
        file.extend_from_slice(&((first + start) as u64).to_le_bytes());
        file.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
    file.extend_from_slice(&data);
    Ok(file)
}

/// The mean of 2 × 2 pixels, colours weighted by how opaque they are; at an odd edge of what there is.
pub(crate) fn halve(pixels: &RgbaImage) -> RgbaImage {
    let (width, height) = pixels.dimensions();
    RgbaImage::from_fn(width.div_ceil(2), height.div_ceil(2), |x, y| {
        let (mut sums, mut alpha, mut count) = ([0_u32; 3], 0_u32, 0_u32);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let Some(Rgba([r, g, b, a])) = pixels.get_pixel_checked(x * 2 + dx, y * 2 + dy) else { continue };
            let weight = u32::from(*a);
            for (sum, value) in sums.iter_mut().zip([r, g, b]) {
                *sum += u32::from(*value) * weight;
            }
            alpha += weight;
            count += 1;
        }
        let share = |sum: u32| u8::try_from((sum + alpha / 2) / alpha.max(1)).unwrap_or(u8::MAX);
        let [r, g, b] = sums.map(share);
        Rgba([r, g, b, u8::try_from((alpha + count / 2) / count.max(1)).unwrap_or(u8::MAX)])
    })
}

fn encode_png(tile: &DynamicImage, has_alpha: bool, into: &mut Vec<u8>) -> Result<(), ImagingError> {
    let encoder = PngEncoder::new_with_quality(into, CompressionType::Fast, FilterType::Adaptive);
    let (width, height) = (tile.width(), tile.height());
    let written = if has_alpha {
        encoder.write_image(&tile.to_rgba8(), width, height, image::ExtendedColorType::Rgba8)
    } else {
        encoder.write_image(&tile.to_rgb8(), width, height, image::ExtendedColorType::Rgb8)
    };
    written.map_err(ImagingError::Encode)
}

/// The head of a file of tiles, enough to find any tile in it.
#[derive(Clone, Debug)]
pub struct TileIndex {
    /// How the picture was cut.
    pub pyramid: Pyramid,
    has_alpha: bool,
    entries: Vec<(u64, u32)>,
}

impl TileIndex {
    /// Bytes at the start of a file that hold its size, which [`TileIndex::bytes`] reads.
    pub const HEAD_BYTES: usize = HEADER_BYTES;

    /// How many bytes at the start of a file [`TileIndex::read`] needs, by the first [`TileIndex::HEAD_BYTES`].
    pub fn bytes(head: &[u8]) -> Result<usize, DamagedTiles> {
        let pyramid = header(head)?.0;
        Ok(HEADER_BYTES + pyramid.tile_count() * ENTRY_BYTES)
    }

    /// Reads the head of a file.
    pub fn read(head: &[u8]) -> Result<Self, DamagedTiles> {
        let (pyramid, has_alpha) = header(head)?;
        let table = head.get(HEADER_BYTES..Self::bytes(head)?).ok_or(DamagedTiles)?;
        let entry = |entry: &[u8]| {
            let (start, length) = entry.split_first_chunk::<8>()?;
            Some((u64::from_le_bytes(*start), u32::from_le_bytes(*length.first_chunk()?)))
        };
        let entries =
            table.chunks_exact(ENTRY_BYTES).map(entry).collect::<Option<_>>().ok_or(DamagedTiles)?;
        Ok(Self { pyramid, has_alpha, entries })
    }

    /// Where a tile lies in the file: the first byte and the length. `None` if there is no such tile.
    pub fn place(&self, level: u32, x: u32, y: u32) -> Option<(u64, usize)> {
        let (start, length) = *self.entries.get(self.pyramid.index(level, x, y)?)?;
        Some((start, usize::try_from(length).ok()?))
    }

    /// A tile with every pixel hidden for which `shows` has no `true`; in rows, as many as the tile has pixels. `None`
    /// if nothing is left to show.
    pub fn mask(&self, tile: &[u8], shows: &[bool]) -> Result<Option<Picture>, ImagingError> {
        if !shows.iter().any(|shows| *shows) {
            return Ok(None);
        }
        let pixels = image::load_from_memory_with_format(tile, ImageFormat::Png).map_err(damaged)?;
        let mut pixels = pixels.into_rgba8();
        if shows.len() != pixels.pixels().len() {
            return Err(ImagingError::Damaged(None));
        }
        let hidden = if self.has_alpha { HIDDEN_CLEAR } else { HIDDEN };
        for (pixel, shows) in pixels.pixels_mut().zip(shows) {
            if !shows {
                *pixel = hidden;
            }
        }
        let (width_px, height_px) = pixels.dimensions();
        let mut bytes = Vec::new();
        let format = if self.has_alpha {
            encode_png(&pixels.into(), true, &mut bytes)?;
            Format::Png
        } else {
            encode_jpeg(&pixels, (width_px, height_px), ColorType::Rgba, JPEG_QUALITY, &mut bytes)?;
            Format::Jpeg
        };
        Ok(Some(Picture { bytes, format, width_px, height_px }))
    }
}

fn header(head: &[u8]) -> Result<(Pyramid, bool), DamagedTiles> {
    let rest = head.strip_prefix(&MAGIC).ok_or(DamagedTiles)?;
    let number = |at: usize| {
        let bytes = rest.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>()).ok_or(DamagedTiles)?;
        Ok(u32::from_le_bytes(*bytes))
    };
    let (width_px, height_px, has_alpha) = (number(0)?, number(4)?, number(8)?);
    let fits = |px: u32| (1..=crate::SIDE_PX_MAX).contains(&px);
    if !fits(width_px) || !fits(height_px) {
        return Err(DamagedTiles);
    }
    Ok((Pyramid { width_px, height_px }, has_alpha != 0))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::clean;

    fn painted(width: u32, height: u32, seed: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let mix = (x * 31 + y * 17 + seed * 7_919).wrapping_mul(0x9e37_79b9) >> 8;
            Rgb([(mix & 0xff) as u8, (mix >> 8 & 0xff) as u8, (x ^ y) as u8])
        })
    }

    fn file(image: DynamicImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        clean(&bytes.into_inner(), &Limits::default()).unwrap().bytes
    }

    fn tile<'a>(index: &TileIndex, file: &'a [u8], level: u32, x: u32, y: u32) -> &'a [u8] {
        let (start, length) = index.place(level, x, y).unwrap();
        &file[start as usize..start as usize + length]
    }

    fn opened(picture: RgbImage) -> (TileIndex, Vec<u8>) {
        let file = cut(&file(picture.into())).unwrap();
        let index = TileIndex::read(&file[..TileIndex::bytes(&file).unwrap()]).unwrap();
        (index, file)
    }

    #[test]
    fn levels_halve_until_one_tile_holds_all() {
        let pyramid = Pyramid { width_px: 1_300, height_px: 300 };
        assert_eq!(pyramid.levels(), 4);
        let sizes: Vec<_> = (0..4).map(|level| pyramid.level_px(level)).collect();
        assert_eq!(sizes, [(1_300, 300), (650, 150), (325, 75), (163, 38)]);
        assert_eq!(pyramid.grid(0), (6, 2));
        assert_eq!(pyramid.tile_px(0, 5, 1), Some((1_280..1_300, 256..300)));
        assert_eq!(pyramid.tile_px(0, 6, 0), None);
        assert_eq!(pyramid.tile_px(4, 0, 0), None);
        assert_eq!(Pyramid { width_px: 1, height_px: 1 }.levels(), 1);
    }

    #[test]
    fn a_pixel_of_a_level_is_the_mean_of_exactly_its_square() {
        let mut picture = RgbImage::from_pixel(520, 300, Rgb([40, 40, 40]));
        // One bright square of 4 × 4 pixels.
        for (x, y) in (100..104).flat_map(|x| (60..64).map(move |y| (x, y))) {
            picture.put_pixel(x, y, Rgb([200, 100, 0]));
        }
        let (index, file) = opened(picture);
        let level = image::load_from_memory(tile(&index, &file, 2, 0, 0)).unwrap().into_rgb8();
        assert_eq!(level.dimensions(), (130, 75));
        for (x, y, pixel) in level.enumerate_pixels() {
            let expected = if (x, y) == (25, 15) { Rgb([200, 100, 0]) } else { Rgb([40, 40, 40]) };
            assert_eq!(*pixel, expected, "{x} {y}");
        }
    }

    #[test]
    fn pictures_that_differ_only_in_hidden_pixels_give_the_same_bytes() {
        let shows_pixel = |x: u32, y: u32| x * x + y * y < 200 * 200;
        let one = painted(512, 512, 1);
        let mut other = painted(512, 512, 2);
        for (x, y, pixel) in other.enumerate_pixels_mut().filter(|(x, y, _)| shows_pixel(*x, *y)) {
            *pixel = *one.get_pixel(x, y);
        }
        let (index, file_one) = opened(one);
        let (index_other, file_other) = opened(other);
        for level in 0..index.pyramid.levels() {
            let (columns, rows) = index.pyramid.grid(level);
            for (x, y) in (0..columns).flat_map(|x| (0..rows).map(move |y| (x, y))) {
                let (across, down) = index.pyramid.tile_px(level, x, y).unwrap();
                let square = |at: u32| (at << level)..((at + 1) << level).min(512);
                let shows: Vec<bool> = down
                    .flat_map(|y| across.clone().map(move |x| (x, y)))
                    .map(|(x, y)| square(y).all(|y| square(x).all(|x| shows_pixel(x, y))))
                    .collect();
                let masked = |index: &TileIndex, file: &[u8]| {
                    index.mask(tile(index, file, level, x, y), &shows).unwrap().map(|picture| picture.bytes)
                };
                let (a, b) = (masked(&index, &file_one), masked(&index_other, &file_other));
                assert_eq!(a, b, "level {level}, tile {x} {y}");
                assert_eq!(a.is_some(), shows.contains(&true));
            }
        }
        // The negative: one hidden pixel shown, and they differ.
        let mut shows = vec![false; 256 * 256];
        shows[0] = true;
        shows[255 * 256 + 255] = true;
        let a = index.mask(tile(&index, &file_one, 0, 0, 0), &shows).unwrap().unwrap();
        let b = index_other.mask(tile(&index_other, &file_other, 0, 0, 0), &shows).unwrap().unwrap();
        assert_ne!(a.bytes, b.bytes);
    }

    #[test]
    fn transparent_pictures_hide_without_a_colour() {
        let picture = RgbaImage::from_fn(64, 64, |x, _| Rgba([200, 10, 10, if x < 32 { 255 } else { 128 }]));
        let bytes = cut(&file(picture.into())).unwrap();
        let index = TileIndex::read(&bytes).unwrap();
        let shows: Vec<bool> = (0..64 * 64).map(|at| at % 64 < 40).collect();
        let tile = index.mask(tile(&index, &bytes, 0, 0, 0), &shows).unwrap().unwrap();
        assert_eq!(tile.format, Format::Png);
        let pixels = image::load_from_memory(&tile.bytes).unwrap().into_rgba8();
        assert_eq!(*pixels.get_pixel(39, 5), Rgba([200, 10, 10, 128]));
        assert_eq!(*pixels.get_pixel(40, 5), HIDDEN_CLEAR);
    }

    #[test]
    fn a_damaged_file_of_tiles_is_an_error() {
        let (_, file) = opened(painted(300, 300, 1));
        assert!(TileIndex::read(&file[..10]).is_err());
        assert!(TileIndex::read(b"something else that is long enough").is_err());
        assert!(TileIndex::read(&file[..TileIndex::bytes(&file).unwrap() - 1]).is_err());
        let mut huge = file.clone();
        huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(TileIndex::bytes(&huge).is_err());
        let (index, file) = opened(painted(300, 300, 1));
        assert!(index.mask(&tile(&index, &file, 0, 0, 0)[..40], &[true; 65_536]).is_err());
        assert!(index.mask(tile(&index, &file, 0, 0, 0), &[true; 10]).is_err());
    }
}
