//! Reading the JSON of Universal VTT, and what its keys mean.
//!
//! The lists are read item by item and counted, so that a file with a million walls is refused with that number and
//! without ever holding them. The picture stays borrowed from the file until it is decoded.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::clip::{Clip, clip, contains};
use super::weld::weld;
use super::{
    Counted, ImportError, ImportLimits, ImportReport, ImportedLight, ImportedMap, ImportedPortal,
    ImportedWall,
};
use crate::event::{PortalKind, PortalState, WallKind};
use crate::geometry::{CELLS_FROM_ORIGIN_MAX, Point, units};

/// Light and ambient colour of whoever writes none that can be read.
const WHITE: u32 = 0x00ff_ffff;
/// A reason is told up to this many characters: it can quote the file.
const REASON_CHARS_MAX: usize = 200;
/// Writers differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads a Universal VTT file.
///
/// Nothing of the map lies outside of it afterwards, which is also what keeps the neighbouring rooms of a cropped
/// export secret. The file itself should not be kept where a player can reach it.
pub fn read_universal_vtt(bytes: &[u8], limits: &ImportLimits) -> Result<ImportedMap, ImportError> {
    if bytes.len() > limits.file_bytes_max {
        return Err(ImportError::FileTooLarge { bytes: bytes.len(), max: limits.file_bytes_max });
    }
    let file = parse(bytes, limits)?;
    check_count(Counted::WallsRead, file.walls.count + file.objects.count, limits.walls_read_max)?;
    check_count(Counted::Portals, file.portals.count, limits.portals_max)?;
    check_count(Counted::Lights, file.lights.count, limits.lights_max)?;

    let mut report = ImportReport::default();
    let frame = Frame::new(&file.resolution, limits)?;
    if frame.origin != (0.0, 0.0) {
        let (x, y) = frame.origin;
        report.notes.push(format!("This is a cropped export; its origin ({x}, {y}) was subtracted."));
    }
    let portals = portals(&file.portals.items, &frame, &mut report)?;
    let walls = walls(&file, &portals, &frame, &mut report)?;
    check_count(Counted::WallsKept, walls.len(), limits.walls_kept_max)?;
    let lights = lights(&file.lights.items, &frame, &mut report)?;
    let environment = file.environment.unwrap_or_default();
    let baked_lighting = environment.baked_lighting.unwrap_or(false);
    if baked_lighting {
        report.notes.push("The picture already shows the light of this map.".to_owned());
    }
    let image = image(file.image.as_ref())?;
    if image.is_none() {
        report.notes.push("The file has no picture.".to_owned());
    }
    Ok(ImportedMap {
        size: frame.size,
        pixels_per_cell: frame.pixels_per_cell,
        walls,
        portals,
        lights,
        image,
        ambient: environment.ambient_light.as_ref().and_then(|color| parse_color(&color.0)),
        baked_lighting,
        report,
    })
}

fn check_count(what: Counted, count: usize, max: usize) -> Result<(), ImportError> {
    if count > max { Err(ImportError::TooMany { what, count, max }) } else { Ok(()) }
}

fn parse<'a>(bytes: &'a [u8], limits: &ImportLimits) -> Result<File<'a>, ImportError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let file = FileSeed { limits }.deserialize(&mut deserializer);
    file.and_then(|file| deserializer.end().map(|()| file)).map_err(|error| ImportError::Malformed {
        reason: error.to_string().chars().take(REASON_CHARS_MAX).collect(),
    })
}

/// Where the map lies in the file's coordinates.
struct Frame {
    origin: (f64, f64),
    size: Point,
    pixels_per_cell: u32,
}

impl Frame {
    fn new(resolution: &Resolution, limits: &ImportLimits) -> Result<Self, ImportError> {
        let (width, height) = (resolution.map_size.x, resolution.map_size.y);
        let wrong = ImportError::MapSize { width, height, max: limits.side_cells_max };
        if width.max(height) > f64::from(limits.side_cells_max) {
            return Err(wrong);
        }
        let size = Point::from_cells(width, height).filter(|size| size.x > 0 && size.y > 0).ok_or(wrong)?;
        let value = resolution.pixels_per_grid;
        let max = limits.pixels_per_cell_max;
        if !(0.5..f64::from(max) + 0.5).contains(&value) {
            return Err(ImportError::PixelsPerCell { value, max });
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        let pixels_per_cell = (value.round() as u32).clamp(1, max.max(1));
        let origin = resolution.map_origin.unwrap_or_default();
        for (axis, value) in [("x", origin.x), ("y", origin.y)] {
            if !value.is_finite() || value.abs() > f64::from(CELLS_FROM_ORIGIN_MAX) {
                return Err(ImportError::Coordinate { path: format!("resolution.map_origin.{axis}"), value });
            }
        }
        Ok(Self { origin: (origin.x, origin.y), size, pixels_per_cell })
    }

    /// Where a point of the file lies on the map; `path` names it if it can lie nowhere.
    fn place(&self, raw: RawPoint, path: impl Fn() -> String) -> Result<Point, ImportError> {
        let axis = |name, value: f64, origin: f64| {
            units(value - origin)
                .ok_or_else(|| ImportError::Coordinate { path: format!("{}.{name}", path()), value })
        };
        Ok(Point::new(axis("x", raw.x, self.origin.0)?, axis("y", raw.y, self.origin.1)?))
    }
}

fn walls(
    file: &File<'_>,
    portals: &[ImportedPortal],
    frame: &Frame,
    report: &mut ImportReport,
) -> Result<Vec<ImportedWall>, ImportError> {
    let mut lines = Vec::with_capacity(file.walls.items.len() + file.objects.items.len());
    for (key, list, kind) in [
        ("line_of_sight", &file.walls, WallKind::Wall),
        ("objects_line_of_sight", &file.objects, WallKind::Object),
    ] {
        for piece in &list.items {
            let a = frame.place(piece.a, || format!("{key}[{}][{}]", piece.line, piece.place))?;
            let b = frame.place(piece.b, || format!("{key}[{}][{}]", piece.line, piece.place + 1))?;
            report.walls_read += 1;
            if a == b {
                report.dropped_short += 1;
                continue;
            }
            match clip(a, b, frame.size) {
                Clip::Whole => lines.push(ImportedWall { a, b, kind }),
                Clip::Part(a, b) => {
                    report.clipped += 1;
                    lines.push(ImportedWall { a, b, kind });
                }
                Clip::Nothing => report.outside += 1,
            }
        }
    }
    let gates: Vec<_> = portals.iter().map(|portal| (portal.a, portal.b)).collect();
    let walls = weld(lines, &gates, frame.size, report);
    report.walls_kept = walls.len();
    let objects = walls.iter().filter(|wall| wall.kind == WallKind::Object).count();
    if objects > 0 {
        report.notes.push(match objects {
            1 => "1 piece belongs to an object: one sees into it and not past it.".to_owned(),
            _ => format!("{objects} pieces belong to objects: one sees into them and not past them."),
        });
    }
    Ok(walls)
}

fn portals(
    list: &[RawPortal],
    frame: &Frame,
    report: &mut ImportReport,
) -> Result<Vec<ImportedPortal>, ImportError> {
    let mut portals = Vec::with_capacity(list.len());
    let (mut outside, mut windows) = (0_usize, 0_usize);
    for (number, raw) in list.iter().enumerate() {
        let end = |end: usize, point| frame.place(point, || format!("portals[{number}].bounds[{end}]"));
        let (a, b) = (end(0, raw.bounds.0)?, end(1, raw.bounds.1)?);
        let (a, b) = match clip(a, b, frame.size) {
            Clip::Whole => (a, b),
            Clip::Part(a, b) => (a, b),
            Clip::Nothing => {
                outside += 1;
                continue;
            }
        };
        if a == b {
            report.notes.push(format!("Portal {number} has no width and was left out."));
            continue;
        }
        let kind = if raw.closed.unwrap_or(true) { PortalKind::Door } else { PortalKind::Window };
        windows += usize::from(kind == PortalKind::Window);
        portals.push(ImportedPortal { a, b, kind, state: PortalState::Shut });
    }
    report.portals_kept = portals.len();
    report.notes.extend(note(
        windows,
        "portal does not stop sight and became a window",
        "portals do not stop sight and became windows",
    ));
    report.notes.extend(note(
        outside,
        "portal lies off the map and was left out",
        "portals lie off the map and were left out",
    ));
    Ok(portals)
}

fn lights(
    list: &[RawLight<'_>],
    frame: &Frame,
    report: &mut ImportReport,
) -> Result<Vec<ImportedLight>, ImportError> {
    let mut lights = Vec::with_capacity(list.len());
    let (mut outside, mut dark, mut colorless, mut shadowless) = (0_usize, 0_usize, 0_usize, 0_usize);
    for (number, raw) in list.iter().enumerate() {
        let at = frame.place(raw.position, || format!("lights[{number}].position"))?;
        let cells = raw.range.unwrap_or(0.0);
        let range = units(cells).ok_or_else(|| ImportError::Coordinate {
            path: format!("lights[{number}].range"),
            value: cells,
        })?;
        let intensity = raw.intensity.unwrap_or(1.0);
        if !contains(frame.size, at) {
            outside += 1;
        } else if range <= 0 || intensity <= 0.0 {
            dark += 1;
        } else {
            let color = raw.color.as_ref().and_then(|color| parse_color(&color.0));
            colorless += usize::from(color.is_none());
            shadowless += usize::from(raw.shadows == Some(false));
            lights.push(ImportedLight { at, range, color: color.unwrap_or(WHITE), intensity });
        }
    }
    report.lights_kept = lights.len();
    report.notes.extend(note(
        outside,
        "light lies off the map and was left out",
        "lights lie off the map and were left out",
    ));
    report.notes.extend(note(
        dark,
        "light reaches nowhere and was left out",
        "lights reach nowhere and were left out",
    ));
    report.notes.extend(note(
        colorless,
        "light has no colour and became white",
        "lights have no colour and became white",
    ));
    report.notes.extend(note(
        shadowless,
        "light would shine through walls and is now stopped by them",
        "lights would shine through walls and are now stopped by them",
    ));
    Ok(lights)
}

/// A sentence about so many, unless there are none.
fn note(count: usize, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}.")),
        _ => Some(format!("{count} {many}.")),
    }
}

/// `RRGGBB` or `AARRGGBB`, with or without a `#`; the alpha is dropped.
fn parse_color(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if !matches!(digits.len(), 6 | 8) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some(u32::from_str_radix(digits, 16).ok()? & WHITE)
}

fn image(text: Option<&Text<'_>>) -> Result<Option<Vec<u8>>, ImportError> {
    let Some(Text(text)) = text else { return Ok(None) };
    let encoded = match text.split_once(',') {
        Some((prefix, rest)) if prefix.starts_with("data:") => rest,
        _ => text,
    };
    let encoded: Cow<'_, str> = if encoded.bytes().any(|byte| byte.is_ascii_whitespace()) {
        Cow::Owned(encoded.split_ascii_whitespace().collect())
    } else {
        Cow::Borrowed(encoded)
    };
    if encoded.is_empty() {
        return Ok(None);
    }
    BASE64.decode(encoded.as_bytes()).map(Some).map_err(|_| ImportError::Image)
}

/// What is read of a file.
struct File<'a> {
    resolution: Resolution,
    walls: Counting<Piece>,
    objects: Counting<Piece>,
    portals: Counting<RawPortal>,
    lights: Counting<RawLight<'a>>,
    environment: Option<Environment<'a>>,
    image: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Resolution,
    LineOfSight,
    ObjectsLineOfSight,
    Portals,
    Lights,
    Environment,
    Image,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Resolution {
    map_origin: Option<RawPoint>,
    map_size: RawPoint,
    pixels_per_grid: f64,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct RawPoint {
    x: f64,
    y: f64,
}

#[derive(Deserialize)]
struct RawPortal {
    bounds: (RawPoint, RawPoint),
    closed: Option<bool>,
}

#[derive(Deserialize)]
struct RawLight<'a> {
    position: RawPoint,
    range: Option<f64>,
    intensity: Option<f64>,
    #[serde(borrow)]
    color: Option<Text<'a>>,
    shadows: Option<bool>,
}

#[derive(Default, Deserialize)]
struct Environment<'a> {
    baked_lighting: Option<bool>,
    #[serde(borrow)]
    ambient_light: Option<Text<'a>>,
}

/// A string that is borrowed from the file unless something in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// One straight piece of the polyline number `line`, from its point number `place` to the next.
struct Piece {
    a: RawPoint,
    b: RawPoint,
    line: usize,
    place: usize,
}

/// The first items of a list, up to a cap, and how many there are in all.
struct Counting<T> {
    items: Vec<T>,
    count: usize,
}

impl<T> Default for Counting<T> {
    fn default() -> Self {
        Self { items: Vec::new(), count: 0 }
    }
}

impl<T> Counting<T> {
    fn add(&mut self, max: usize, item: T) {
        self.count += 1;
        if self.count <= max {
            self.items.push(item);
        }
    }
}

struct FileSeed<'l> {
    limits: &'l ImportLimits,
}

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = File<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = File<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let limits = self.limits;
        let pieces = || PiecesSeed { max: limits.walls_read_max };
        let (mut resolution, mut walls, mut objects, mut portals) = (None, None, None, None);
        let (mut lights, mut environment, mut image) = (None, None, None);
        while let Some(key) = map.next_key()? {
            match key {
                Key::Resolution => once(&mut resolution, "resolution", map.next_value()?)?,
                Key::LineOfSight => once(&mut walls, "line_of_sight", map.next_value_seed(pieces())?)?,
                Key::ObjectsLineOfSight => {
                    once(&mut objects, "objects_line_of_sight", map.next_value_seed(pieces())?)?;
                }
                Key::Portals => {
                    once(&mut portals, "portals", map.next_value_seed(ListSeed::new(limits.portals_max))?)?;
                }
                Key::Lights => {
                    once(&mut lights, "lights", map.next_value_seed(ListSeed::new(limits.lights_max))?)?
                }
                Key::Environment => once(&mut environment, "environment", map.next_value()?)?,
                Key::Image => once(&mut image, "image", map.next_value()?)?,
                Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(File {
            resolution: resolution.ok_or_else(|| A::Error::missing_field("resolution"))?,
            walls: walls.unwrap_or_default(),
            objects: objects.unwrap_or_default(),
            portals: portals.unwrap_or_default(),
            lights: lights.unwrap_or_default(),
            environment: environment.flatten(),
            image: image.flatten(),
        })
    }
}

/// Takes a key's value; a key that is written twice means two different things to two readers.
fn once<T, E: de::Error>(slot: &mut Option<T>, key: &'static str, value: T) -> Result<(), E> {
    if slot.replace(value).is_some() { Err(E::duplicate_field(key)) } else { Ok(()) }
}

/// A list of polylines, or `null`.
struct PiecesSeed {
    max: usize,
}

impl<'de> DeserializeSeed<'de> for PiecesSeed {
    type Value = Counting<Piece>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PiecesSeed {
    type Value = Counting<Piece>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of polylines")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Counting::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pieces = Counting::default();
        let mut line = 0;
        while seq.next_element_seed(Polyline { pieces: &mut pieces, max: self.max, line })?.is_some() {
            line += 1;
        }
        Ok(pieces)
    }
}

/// One list of points, read into the pieces between them.
struct Polyline<'p> {
    pieces: &'p mut Counting<Piece>,
    max: usize,
    line: usize,
}

impl<'de> DeserializeSeed<'de> for Polyline<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Polyline<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(mut a) = seq.next_element::<RawPoint>()? else { return Ok(()) };
        let mut place = 0;
        while let Some(b) = seq.next_element::<RawPoint>()? {
            self.pieces.add(self.max, Piece { a, b, line: self.line, place });
            (a, place) = (b, place + 1);
        }
        Ok(())
    }
}

/// A list of things, or `null`.
struct ListSeed<T> {
    max: usize,
    items: PhantomData<T>,
}

impl<T> ListSeed<T> {
    fn new(max: usize) -> Self {
        Self { max, items: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ListSeed<T> {
    type Value = Counting<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListSeed<T> {
    type Value = Counting<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Counting::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Counting::default();
        while let Some(item) = seq.next_element()? {
            list.add(self.max, item);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_may_have_alpha_first_and_a_sign() {
        assert_eq!(parse_color("ffeccd8b"), Some(0x00ec_cd8b));
        assert_eq!(parse_color("00BFF2F7"), Some(0x00bf_f2f7));
        assert_eq!(parse_color("eccd8b"), Some(0x00ec_cd8b));
        assert_eq!(parse_color("#eccd8b"), Some(0x00ec_cd8b));
        assert_eq!(parse_color("#80eccd8b"), Some(0x00ec_cd8b));
        for wrong in ["", "#", "fff", "+eccd8b", "gggggg", "ffeccd8b00", "ééé"] {
            assert_eq!(parse_color(wrong), None, "{wrong}");
        }
    }
}
