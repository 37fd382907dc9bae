//! The containers of pictures, walked piece by piece: whether a file is whole, holds more than one frame, and came with
//! losses. Decoders are lenient about the first and searching for bytes mistakes the others. It refuses to know what
//! the pieces hold.

use crate::{Format, ImagingError};

/// What the pieces of a whole file say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) is_animated: bool,
    pub(crate) is_lossy: bool,
}

/// Walks a file to its end; what trails after that is not looked at.
pub(crate) fn walk(bytes: &[u8], format: Format) -> Result<Contents, ImagingError> {
    match format {
        Format::Png => png(bytes),
        Format::Jpeg => jpeg(bytes),
        Format::WebP => webp(bytes),
    }
}

/// What lies between two places, if the file goes so far.
fn piece(bytes: &[u8], start: usize, length: usize) -> Result<&[u8], ImagingError> {
    let end = start.checked_add(length).ok_or(ImagingError::CutOff)?;
    bytes.get(start..end).ok_or(ImagingError::CutOff)
}

fn array<const N: usize>(bytes: &[u8], start: usize) -> Result<[u8; N], ImagingError> {
    piece(bytes, start, N)?.first_chunk().copied().ok_or(ImagingError::CutOff)
}

fn size(length: u32) -> Result<usize, ImagingError> {
    usize::try_from(length).map_err(|_| ImagingError::CutOff)
}

/// PNG (ISO/IEC 15948): chunks of length, kind, data and CRC, until IEND. An animation says so before the first IDAT.
fn png(bytes: &[u8]) -> Result<Contents, ImagingError> {
    let mut at = 8;
    let mut contents = Contents::default();
    let mut data_begun = false;
    loop {
        let length = size(u32::from_be_bytes(array(bytes, at)?))?;
        let kind: [u8; 4] = array(bytes, at + 4)?;
        piece(bytes, at + 8, length)?;
        array::<4>(bytes, at + 8 + length)?;
        at += 12 + length;
        match &kind {
            b"acTL" => contents.is_animated |= !data_begun,
            b"IDAT" => data_begun = true,
            b"IEND" => return Ok(contents),
            _ => {}
        }
    }
}

/// JPEG (ITU-T T.81, annex B): segments of marker, length and data, and after each SOS coded data, until EOI. A preview
/// inside a segment has an end of its own, which is stepped over.
fn jpeg(bytes: &[u8]) -> Result<Contents, ImagingError> {
    const STANDALONE: [u8; 10] = [0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8];
    const END: u8 = 0xd9;
    let mut at = 0;
    loop {
        // Coded data has no marker in it but restarts; zero says that a byte of data looks like one.
        let [mark, marker] = array(bytes, at)?;
        if mark != 0xff || marker == 0x00 || marker == 0xff {
            at += 1;
            continue;
        }
        at += 2;
        if marker == END {
            return Ok(Contents { is_animated: false, is_lossy: true });
        }
        if !STANDALONE.contains(&marker) {
            let length = usize::from(u16::from_be_bytes(array(bytes, at)?));
            piece(bytes, at, length)?;
            at += length;
        }
    }
}

/// WebP (RFC 9649): RIFF chunks of kind, length and data, padded to an even length.
fn webp(bytes: &[u8]) -> Result<Contents, ImagingError> {
    const ANIMATION_FLAG: u8 = 0x02;
    let riff = piece(bytes, 8, size(u32::from_le_bytes(array(bytes, 4)?))?)?;
    let mut at = 4;
    let mut contents = Contents::default();
    while at < riff.len() {
        let kind: [u8; 4] = array(riff, at)?;
        let length = size(u32::from_le_bytes(array(riff, at + 4)?))?;
        let data = piece(riff, at + 8, length)?;
        at += 8 + length + length % 2;
        match &kind {
            b"VP8X" => contents.is_animated |= data.first().is_some_and(|flags| flags & ANIMATION_FLAG != 0),
            b"ANIM" | b"ANMF" => contents.is_animated = true,
            b"VP8 " => contents.is_lossy = true,
            _ => {}
        }
    }
    Ok(contents)
}
