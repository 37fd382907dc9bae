//! Untrusted pictures in, clean pixels out.
//!
//! A picture is recognised by its content, refused if its file is cut off, holds more than one frame or announces too
//! many pixels, decoded within a memory limit and encoded again: metadata, trailing bytes and whatever else hid in the
//! file are gone. Start reading at [`clean`].

mod container;
mod tiles;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use container::Contents;
use image::codecs::png::{CompressionType, FilterType as RowFilter, PngEncoder};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Rgba, Rgba32FImage,
    RgbaImage,
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tiles::halve;

pub use tiles::{DamagedTiles, Pyramid, TILE_PX, TileIndex, cut};

/// Side of a picture, in pixels.
pub const SIDE_PX_MAX: u32 = 16_384;
/// Area of a picture, in pixels.
pub const AREA_PX_MAX: u64 = 100_000_000;
/// Memory that decoding may take, in bytes.
pub const DECODE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// The quality of pictures that came with losses and leave with losses.
const JPEG_QUALITY: u8 = 88;

/// The kinds of pictures that are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
}

/// What is taken.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Side, in pixels.
    pub side_px_max: u32,
    /// Area, in pixels.
    pub area_px_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { side_px_max: SIDE_PX_MAX, area_px_max: AREA_PX_MAX }
    }
}

/// A picture that we encoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its kind.
    pub format: Format,
    /// Its width.
    pub width_px: u32,
    /// Its height.
    pub height_px: u32,
}

/// A picture is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImagingError {
    /// Not one of the kinds.
    #[error("this is not a PNG, JPEG or WebP picture")]
    UnknownKind,
    /// More than one frame.
    #[error("animated pictures are not taken; save one frame as PNG, JPEG or WebP")]
    Animated,
    /// Too many pixels on a side or in all.
    #[error(
        "the picture has {width_px} × {height_px} pixels; at most {side_px_max} on a side and {area_px_max} in all"
    )]
    TooLarge {
        /// Its width.
        width_px: u32,
        /// Its height.
        height_px: u32,
        /// The limit of a side.
        side_px_max: u32,
        /// The limit of the area.
        area_px_max: u64,
    },
    /// The file ends before the picture does.
    #[error("the picture is cut off: its end is missing; send the whole file again")]
    CutOff,
    /// Damaged, or not what its header says.
    #[error("the picture is damaged")]
    Damaged(#[source] Option<image::ImageError>),
    /// Encoding failed.
    #[error("the picture could not be written")]
    Encode(#[source] image::ImageError),
    /// Encoding as JPEG failed.
    #[error("the picture could not be written")]
    EncodeJpeg(#[source] jpeg_encoder::EncodingError),
}

/// Recognises a picture by its first bytes.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        _ => None,
    }
}

/// Decodes a picture within limits and encodes it again: upright, without metadata. What came without losses leaves
/// without losses; what came with losses leaves as JPEG, unless it has transparent parts.
pub fn clean(bytes: &[u8], limits: &Limits) -> Result<Picture, ImagingError> {
    let format = sniff(bytes).ok_or(ImagingError::UnknownKind)?;
    let Contents { is_animated, is_lossy } = container::walk(bytes, format)?;
    if is_animated {
        return Err(ImagingError::Animated);
    }
    let image = decode(bytes, format, limits)?;
    if is_lossy && !image.color().has_alpha() { jpeg(&image) } else { png(&image) }
}

/// The middle square of a picture, at most so large: for tokens.
pub fn fit(picture: &Picture, side_px_max: u32) -> Result<Picture, ImagingError> {
    let image = decode(&picture.bytes, picture.format, &Limits::default())?;
    let (width, height) = image.dimensions();
    let side = width.min(height);
    let square = image.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    png(&if side > side_px_max { shrink(square, side_px_max) } else { square })
}

/// A square made smaller. Colours count as much as they are opaque, so that edges take nothing from the colour that a
/// transparent pixel happens to hold.
fn shrink(square: DynamicImage, side_px: u32) -> DynamicImage {
    if !square.color().has_alpha() {
        return square.resize_exact(side_px, side_px, FilterType::Lanczos3);
    }
    let mut pixels = square.into_rgba8();
    // What is left for the filter takes little memory, however large the picture was.
    while pixels.width() / 2 >= side_px {
        pixels = halve(&pixels);
    }
    // The filter overshoots at edges and is cut off at one: half leaves room for that.
    let weighted = Rgba32FImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, a] = pixels[(x, y)].0.map(|value| f32::from(value) / 255.0);
        Rgba([r * a / 2.0, g * a / 2.0, b * a / 2.0, a / 2.0])
    });
    let small = image::imageops::resize(&weighted, side_px, side_px, FilterType::Lanczos3);
    RgbaImage::from_fn(side_px, side_px, |x, y| {
        let Rgba([r, g, b, a]) = small[(x, y)];
        let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0).round() as u8;
        let alpha = byte(a * 2.0);
        if alpha == 0 { Rgba([0; 4]) } else { Rgba([byte(r / a), byte(g / a), byte(b / a), alpha]) }
    })
    .into()
}

fn decode(bytes: &[u8], format: Format, limits: &Limits) -> Result<DynamicImage, ImagingError> {
    let kind = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::WebP => ImageFormat::WebP,
    };
    // A decoder is a large body of other people's code that reads hostile bytes: should it panic, the picture is
    // refused like any damaged one and nothing else is touched.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
        let mut allowed = image::Limits::default();
        allowed.max_alloc = Some(DECODE_BYTES_MAX);
        reader.limits(allowed);
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let (width_px, height_px) = decoder.dimensions();
        let area = u64::from(width_px) * u64::from(height_px);
        let side_fits = width_px <= limits.side_px_max && height_px <= limits.side_px_max;
        if !side_fits || area > limits.area_px_max || area == 0 {
            let Limits { side_px_max, area_px_max } = *limits;
            return Err(ImagingError::TooLarge { width_px, height_px, side_px_max, area_px_max });
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
        image.apply_orientation(orientation);
        Ok(image)
    }));
    decoded.unwrap_or(Err(ImagingError::Damaged(None)))
}

fn damaged(error: image::ImageError) -> ImagingError {
    ImagingError::Damaged(Some(error))
}

fn jpeg(image: &DynamicImage) -> Result<Picture, ImagingError> {
    let pixels = image.to_rgb8();
    let (width_px, height_px) = pixels.dimensions();
    let mut bytes = Vec::new();
    encode_jpeg(&pixels, (width_px, height_px), ColorType::Rgb, JPEG_QUALITY, &mut bytes)?;
    Ok(Picture { bytes, format: Format::Jpeg, width_px, height_px })
}

/// Writes pixels as a JPEG file; an alpha channel is left out.
fn encode_jpeg(
    pixels: &[u8],
    (width_px, height_px): (u32, u32),
    color: ColorType,
    quality: u8,
    bytes: &mut Vec<u8>,
) -> Result<(), ImagingError> {
    // More than a side may be would be refused.
    let side = |px: u32| u16::try_from(px).unwrap_or(u16::MAX);
    let mut encoder = Encoder::new(bytes, quality);
    // Colours as fine as brightness: no colour bleeds over an edge of what is shown.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.encode(pixels, side(width_px), side(height_px), color).map_err(ImagingError::EncodeJpeg)
}

fn png(image: &DynamicImage) -> Result<Picture, ImagingError> {
    let (width_px, height_px) = image.dimensions();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, RowFilter::Adaptive);
    let written = if image.color().has_alpha() {
        let pixels = image.to_rgba8();
        encoder.write_image(&pixels, width_px, height_px, image::ExtendedColorType::Rgba8)
    } else {
        let pixels = image.to_rgb8();
        encoder.write_image(&pixels, width_px, height_px, image::ExtendedColorType::Rgb8)
    };
    written.map_err(ImagingError::Encode)?;
    Ok(Picture { bytes, format: Format::Png, width_px, height_px })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn photo() -> DynamicImage {
        RgbImage::from_fn(60, 40, |x, y| Rgb([x as u8, y as u8, 200])).into()
    }

    fn check(bytes: &[u8], expected: Format) -> Picture {
        let picture = clean(bytes, &Limits::default()).unwrap();
        assert_eq!((picture.format, picture.width_px, picture.height_px), (expected, 60, 40));
        assert_eq!(sniff(&picture.bytes), Some(expected));
        picture
    }

    #[test]
    fn png_comes_back_pixel_for_pixel() {
        let picture = check(&encoded(&photo(), ImageFormat::Png), Format::Png);
        let again = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!(again.to_rgb8(), photo().to_rgb8());
    }

    #[test]
    fn webp_and_jpeg_are_taken() {
        check(&encoded(&photo(), ImageFormat::WebP), Format::Png);
        check(&encoded(&photo(), ImageFormat::Jpeg), Format::Jpeg);
    }

    #[test]
    fn transparent_pictures_stay_transparent() {
        let image: DynamicImage = RgbaImage::from_pixel(60, 40, Rgba([9, 9, 9, 0])).into();
        let picture = check(&encoded(&image, ImageFormat::Png), Format::Png);
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap().to_rgba8()[(3, 3)], Rgba([9, 9, 9, 0]));
    }

    #[test]
    fn what_trails_or_hides_in_the_file_is_gone() {
        let mut bytes = encoded(&photo(), ImageFormat::Jpeg);
        bytes.extend_from_slice(b"<script>alert(1)</script>PK\x03\x04");
        let picture = check(&bytes, Format::Jpeg);
        assert!(!picture.bytes.windows(8).any(|window| window == b"<script>"));
    }

    #[test]
    fn other_kinds_are_refused() {
        for bytes in [
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(),
            b"GIF89a",
            b"%PDF-1.7",
            b"",
            b"RIFF1234WAVE",
        ] {
            assert!(matches!(clean(bytes, &Limits::default()), Err(ImagingError::UnknownKind)));
        }
    }

    #[test]
    fn a_picture_that_is_cut_off_anywhere_is_refused() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let bytes = encoded(&photo(), format);
            for end in 12..bytes.len() {
                let error = clean(&bytes[..end], &Limits::default()).unwrap_err();
                assert!(matches!(error, ImagingError::CutOff), "{format:?} {end}: {error}");
            }
        }
    }

    #[test]
    fn a_picture_whose_data_is_cut_off_inside_its_file_is_refused() {
        let mut png = encoded(&photo(), ImageFormat::Png);
        // Half of the first IDAT, closed in good order.
        let length = u32::from_be_bytes(*png[33..37].first_chunk().unwrap()) as usize;
        let half = length / 2;
        png.drain(41 + half..41 + length);
        png[33..37].copy_from_slice(&(half as u32).to_be_bytes());
        let crc = crc32(&png[37..41 + half]);
        png[41 + half..45 + half].copy_from_slice(&crc.to_be_bytes());
        let error = clean(&png, &Limits::default()).unwrap_err();
        assert!(matches!(error, ImagingError::Damaged(_)), "{error}");
    }

    #[test]
    fn a_header_that_lies_about_the_size_is_refused_before_memory_is_taken() {
        let mut bytes = encoded(&photo(), ImageFormat::Png);
        // Width and height in IHDR, then its CRC.
        bytes[16..20].copy_from_slice(&30_000u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = clean(&bytes, &Limits::default()).unwrap_err();
        assert!(matches!(error, ImagingError::TooLarge { width_px: 30_000, .. }), "{error}");
        let small = Limits { side_px_max: 60, area_px_max: 2_399 };
        assert!(clean(&encoded(&photo(), ImageFormat::Png), &small).is_err());
        assert!(clean(&encoded(&photo(), ImageFormat::Png), &Limits { area_px_max: 2_400, ..small }).is_ok());
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
            )
        })
    }

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [kind, data].concat();
        [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc32(&body).to_be_bytes()].concat()
    }

    /// A PNG with more chunks at a place.
    fn png_with(at: usize, chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = encoded(&photo(), ImageFormat::Png);
        bytes.splice(at..at, chunks.concat());
        bytes
    }

    /// An extended WebP with these flags and more chunks before the picture.
    fn webp_with(flags: u8, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let simple = encoded(&photo(), ImageFormat::WebP);
        let mut body = b"WEBPVP8X\x0a\0\0\0".to_vec();
        body.extend([flags, 0, 0, 0, 59, 0, 0, 39, 0, 0]);
        for (kind, data) in chunks {
            body.extend(*kind);
            body.extend((data.len() as u32).to_le_bytes());
            body.extend(*data);
            body.extend(&b"\0"[..data.len() % 2]);
        }
        body.extend(&simple[12..]);
        [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
    }

    #[test]
    fn animated_pictures_are_refused() {
        let two_frames = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
        let far = chunk(b"tEXt", &[b'x'; 10_000]);
        for animated in [
            png_with(33, std::slice::from_ref(&two_frames)),
            png_with(33, &[far, two_frames]),
            webp_with(0x02, &[(b"ANIM", &[0; 6])]),
            webp_with(0x02, &[]),
            webp_with(0, &[(b"ICCP", &[0; 10_000]), (b"ANIM", &[0; 6])]),
        ] {
            let result = clean(&animated, &Limits::default());
            assert!(matches!(result, Err(ImagingError::Animated)), "{result:?}");
        }
    }

    #[test]
    fn pictures_that_only_hold_the_words_of_animations_are_taken() {
        let words = chunk(b"tEXt", b"Comment\0acTL");
        let late = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
        let end = encoded(&photo(), ImageFormat::Png).len() - 12;
        check(&png_with(33, &[words]), Format::Png);
        check(&png_with(end, &[late]), Format::Png);
        check(&webp_with(0x08, &[(b"EXIF", b"ANIM, ANMF and VP8 ")]), Format::Png);
    }

    #[test]
    fn a_token_picture_is_the_middle_square() {
        let picture = clean(&encoded(&photo(), ImageFormat::Png), &Limits::default()).unwrap();
        let token = fit(&picture, 20).unwrap();
        assert_eq!((token.width_px, token.height_px), (20, 20));
        let whole = fit(&picture, 512).unwrap();
        assert_eq!((whole.width_px, whole.height_px), (40, 40));
        let pixels = image::load_from_memory(&whole.bytes).unwrap().to_rgb8();
        assert_eq!(pixels[(0, 0)], Rgb([10, 0, 200]));
    }

    #[test]
    fn edges_of_a_small_token_take_no_colour_from_what_cannot_be_seen() {
        // A red disc; around it green that nobody sees, as paint programs leave it.
        let disc = |side: u32| -> DynamicImage {
            let inside = |x: u32, y: u32| {
                let from_middle = |at: u32| f64::from(at) - f64::from(side) / 2.0;
                from_middle(x).hypot(from_middle(y)) < f64::from(side) * 0.4
            };
            let pixel = |x, y| if inside(x, y) { Rgba([220, 30, 30, 255]) } else { Rgba([0, 255, 0, 0]) };
            RgbaImage::from_fn(side, side, pixel).into()
        };
        for (side, small) in [(90, 40), (333, 32), (1_000, 64)] {
            let picture = clean(&encoded(&disc(side), ImageFormat::Png), &Limits::default()).unwrap();
            let token = fit(&picture, small).unwrap();
            let pixels = image::load_from_memory(&token.bytes).unwrap().into_rgba8();
            assert_eq!(pixels.dimensions(), (small, small));
            assert_eq!((pixels[(0, 0)].0[3], pixels[(small / 2, small / 2)]), (0, Rgba([220, 30, 30, 255])));
            let edge = pixels.pixels().filter(|pixel| (16..240).contains(&pixel.0[3])).collect::<Vec<_>>();
            assert!(edge.len() > 20, "the edge is smooth");
            for Rgba([r, g, b, _]) in pixels.pixels().filter(|pixel| pixel.0[3] >= 16) {
                assert!(
                    r.abs_diff(220) <= 2 && g.abs_diff(30) <= 2 && b.abs_diff(30) <= 2,
                    "{side}: {r} {g} {b}"
                );
            }
        }
    }
}
