//! Map files: one test for each trap that real ones hold, each limit, and every file at hand.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use tabletop::event::{PortalKind, PortalState, WallKind};
use tabletop::geometry::{CELL, Point};
use tabletop::import::{Counted, ImportError, ImportLimits, ImportReport, ImportedMap, read_universal_vtt};

/// A map of 10 by 10 cells with these keys besides.
fn file(keys: &str) -> String {
    sized_file(10, keys)
}

fn sized_file(side: u32, keys: &str) -> String {
    let comma = if keys.is_empty() { "" } else { "," };
    format!(
        r#"{{"format":0.3,"resolution":{{"map_origin":{{"x":0,"y":0}},"map_size":{{"x":{side},"y":{side}}},"pixels_per_grid":70}}{comma}{keys}}}"#
    )
}

fn polylines(lines: &[&[(f64, f64)]]) -> String {
    let point = |(x, y): &(f64, f64)| format!(r#"{{"x":{x},"y":{y}}}"#);
    let line = |line: &&[(f64, f64)]| format!("[{}]", line.iter().map(point).collect::<Vec<_>>().join(","));
    format!("[{}]", lines.iter().map(line).collect::<Vec<_>>().join(","))
}

fn with_walls(lines: &[&[(f64, f64)]]) -> String {
    file(&format!(r#""line_of_sight":{}"#, polylines(lines)))
}

fn import(text: &str) -> ImportedMap {
    read_universal_vtt(text.as_bytes(), &ImportLimits::default()).expect("a good file")
}

fn refused(text: &str) -> ImportError {
    read_universal_vtt(text.as_bytes(), &ImportLimits::default()).expect_err("a bad file")
}

fn at(x: f64, y: f64) -> Point {
    Point::from_cells(x, y).expect("a place")
}

/// The walls as `x,y x,y` in cells, left or upper end first, sorted; objects with a mark.
fn walls_of(map: &ImportedMap) -> Vec<String> {
    let text = |point: Point| {
        let (x, y) = point.to_cells();
        format!("{},{}", (x * 1e3).round() / 1e3, (y * 1e3).round() / 1e3)
    };
    let mut walls: Vec<_> =
        map.walls.iter().map(|wall| (wall.a.min(wall.b), wall.a.max(wall.b), wall.kind)).collect();
    walls.sort();
    let mark = |kind| if kind == WallKind::Object { " object" } else { "" };
    walls.into_iter().map(|(a, b, kind)| format!("{} {}{}", text(a), text(b), mark(kind))).collect()
}

fn check_walls(lines: &[&[(f64, f64)]], expected: &[&str]) -> ImportReport {
    let map = import(&with_walls(lines));
    assert_eq!(walls_of(&map), expected);
    check_account(&map.report);
    map.report
}

/// Every piece that was read is in exactly one place of the report.
fn check_account(report: &ImportReport) {
    let gone = report.merged + report.dropped_short + report.outside + report.duplicates;
    assert_eq!(report.walls_read + report.welded, report.walls_kept + gone, "{report:?}");
}

// What a file means.

#[test]
fn a_map_without_anything_in_it_is_a_map() {
    let map = import(&file(""));
    assert_eq!((map.size, map.pixels_per_cell), (at(10.0, 10.0), 70));
    assert!(map.walls.is_empty() && map.portals.is_empty() && map.lights.is_empty());
    assert_eq!((map.image, map.ambient, map.baked_lighting), (None, None, false));
}

#[test]
fn empty_null_and_unknown_keys_are_nothing() {
    let map = import(&file(
        r#""line_of_sight":null,"objects_line_of_sight":[],"portals":null,"lights":null,"environment":null,"image":null,
        "software":"someone's","grid":{"deep":[[[{"x":[1]}]]]}"#,
    ));
    assert_eq!(map.report.walls_read, 0);
    assert!(
        import(&file(r#""line_of_sight":[[],[{"x":1,"y":1}]],"image":"","environment":{}"#)).walls.is_empty()
    );
}

#[test]
fn the_format_may_be_text_and_numbers_may_be_floats() {
    let text =
        r#"{"format":"1.0 beta","resolution":{"map_size":{"x":32.5,"y":1e1},"pixels_per_grid":149.9999}}"#;
    let map = import(text);
    assert_eq!((map.size, map.pixels_per_cell), (at(32.5, 10.0), 150));
    assert_eq!(import(&format!("\u{feff}{text}")), map, "a byte order mark is no part of it");
}

#[test]
fn the_origin_of_a_cropped_export_is_subtracted_from_everything() {
    let map = import(
        r#"{"resolution":{"map_origin":{"x":13,"y":12},"map_size":{"x":4,"y":3},"pixels_per_grid":128},
        "line_of_sight":[[{"x":14,"y":13},{"x":16,"y":13}]],
        "portals":[{"position":{"x":15.5,"y":14},"bounds":[{"x":15,"y":14},{"x":16,"y":14}],"closed":true}],
        "lights":[{"position":{"x":13.5,"y":12.5},"range":2,"intensity":1,"color":"ffffffff"}]}"#,
    );
    assert_eq!(walls_of(&map), ["1,1 3,1"]);
    assert_eq!((map.portals[0].a, map.portals[0].b), (at(2.0, 2.0), at(3.0, 2.0)));
    assert_eq!(map.lights[0].at, at(0.5, 0.5));
    assert!(
        map.report
            .notes
            .contains(&"This is a cropped export; its origin (13, 12) was subtracted.".to_owned())
    );
}

#[test]
fn what_lies_off_the_map_is_cut_off_or_left_out() {
    let map = import(&file(
        r#""line_of_sight":[[{"x":-5,"y":2},{"x":5,"y":2}],[{"x":20,"y":1},{"x":30,"y":9}],[{"x":-1,"y":-1},{"x":11,"y":11}]],
        "portals":[{"bounds":[{"x":9.5,"y":4},{"x":10.5,"y":4}]},{"bounds":[{"x":12,"y":4},{"x":13,"y":4}]}],
        "lights":[{"position":{"x":10,"y":10},"range":1},{"position":{"x":10.01,"y":3},"range":1}]"#,
    ));
    assert_eq!(walls_of(&map), ["0,0 10,10", "0,2 5,2"]);
    assert_eq!((map.report.clipped, map.report.outside), (2, 1));
    assert_eq!(map.portals.len(), 1);
    assert_eq!((map.portals[0].a, map.portals[0].b), (at(9.5, 4.0), at(10.0, 4.0)));
    assert_eq!(map.lights.len(), 1, "on the border is on the map");
    check_account(&map.report);
}

#[test]
fn a_portal_that_is_not_closed_is_a_window_and_all_others_are_shut_doors() {
    let map = import(&file(
        r#""portals":[{"bounds":[{"x":1,"y":1},{"x":2,"y":1}],"closed":true,"freestanding":true},
        {"bounds":[{"x":3,"y":1},{"x":4,"y":1}],"closed":false},{"bounds":[{"x":5,"y":1},{"x":6,"y":1}]}]"#,
    ));
    let kinds: Vec<_> = map.portals.iter().map(|portal| portal.kind).collect();
    assert_eq!(kinds, [PortalKind::Door, PortalKind::Window, PortalKind::Door]);
    assert!(map.portals.iter().all(|portal| portal.state == PortalState::Shut));
    assert!(map.report.notes.contains(&"1 portal does not stop sight and became a window.".to_owned()));
    assert!(map.walls.is_empty(), "a portal needs no wall ends");
}

#[test]
fn objects_are_another_kind_of_wall_and_never_merge_with_walls() {
    let map = import(&file(
        r#""line_of_sight":[[{"x":1,"y":1},{"x":2,"y":1}]],"objects_line_of_sight":[[{"x":2,"y":1},{"x":3,"y":1}]]"#,
    ));
    assert_eq!(walls_of(&map), ["1,1 2,1", "2,1 3,1 object"]);
}

#[test]
fn a_light_keeps_its_reach_colour_and_strength() {
    let map = import(&file(
        r#""lights":[{"position":{"x":1,"y":2},"range":4.5,"intensity":3.01,"color":"ffeccd8b","shadows":true},
        {"position":{"x":1,"y":2},"range":4,"color":"blue"},{"position":{"x":1,"y":2}},
        {"position":{"x":1,"y":2},"range":2,"intensity":0}]"#,
    ));
    assert_eq!(map.lights.len(), 2);
    let light = map.lights[0];
    assert_eq!((light.at, light.range, light.color), (at(1.0, 2.0), CELL * 9 / 2, 0x00ec_cd8b));
    assert!((light.intensity - 3.01).abs() < 1e-9);
    assert_eq!(map.lights[1].color, 0x00ff_ffff);
    for expected in ["1 light has no colour and became white.", "2 lights reach nowhere and were left out."] {
        assert!(map.report.notes.iter().any(|note| note == expected), "{expected}");
    }
}

#[test]
fn the_surroundings_are_read() {
    let map = import(&file(r#""environment":{"baked_lighting":true,"ambient_light":"ff202028"}"#));
    assert_eq!((map.ambient, map.baked_lighting), (Some(0x0020_2028), true));
}

#[test]
fn a_picture_may_have_a_prefix_line_breaks_escapes_and_no_padding() {
    for encoded in ["aGVsbG8/", "data:image/png;base64,aGVsbG8/", r"aGVs\nbG8/\r\n", r"aGVsbG8\/"] {
        let map = import(&file(&format!(r#""image":"{encoded}""#)));
        assert_eq!(map.image.as_deref(), Some(b"hello?".as_slice()), "{encoded}");
    }
    for encoded in ["aGk=", "aGk"] {
        assert_eq!(
            import(&file(&format!(r#""image":"{encoded}""#))).image.as_deref(),
            Some(b"hi".as_slice())
        );
    }
    assert_eq!(refused(&file(r#""image":"%%%%""#)), ImportError::Image);
}

// What becomes of walls.

#[test]
fn straight_pieces_become_one_wall() {
    let report =
        check_walls(&[&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)], &[(5.0, 1.0), (3.0, 1.0)]], &["1,1 5,1"]);
    assert_eq!(report.merged, 2);
    let thirds = [(1.0, 1.0), (1.0 + 1.0 / 3.0, 1.0 + 2.0 / 7.0 / 3.0), (2.0, 1.0 + 2.0 / 7.0)];
    assert_eq!(check_walls(&[&thirds], &["1,1 2,1.286"]).merged, 1, "rounding to units is no corner");
}

#[test]
fn pieces_do_not_merge_over_a_corner_a_junction_or_the_end_of_a_portal() {
    check_walls(&[&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.01)]], &["1,1 2,1", "2,1 3,1.01"]);
    check_walls(&[&[(1.0, 1.0), (2.0, 1.0), (1.0, 1.5)]], &["1,1 2,1", "1,1.5 2,1"]);
    check_walls(
        &[&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)], &[(2.0, 1.0), (2.0, 5.0)]],
        &["1,1 2,1", "2,1 2,5", "2,1 3,1"],
    );
    let map = import(&file(
        r#""line_of_sight":[[{"x":1,"y":1},{"x":2,"y":1},{"x":3,"y":1}]],"portals":[{"bounds":[{"x":2,"y":1},{"x":2,"y":2}]}]"#,
    ));
    assert_eq!(walls_of(&map), ["1,1 2,1", "2,1 3,1"]);
}

#[test]
fn a_long_bow_of_tiny_bends_is_not_flattened() {
    let bow: Vec<_> =
        (0..=400).map(|n| (f64::from(n) * 0.02, 2.0 + (f64::from(n) / 400.0 - 0.5).powi(2))).collect();
    let map = import(&with_walls(&[&bow]));
    // The last piece is short and loose.
    for (x, y) in bow.into_iter().filter(|(x, _)| *x < 7.95) {
        let off =
            map.walls.iter().map(|wall| distance_in_units(at(x, y), wall.a, wall.b)).fold(f64::MAX, f64::min);
        assert!(off < 2.0, "({x}, {y}) is {off} units from the nearest wall");
    }
}

#[test]
fn the_same_piece_twice_is_one_and_a_wall_is_stronger_than_an_object() {
    let map = import(&file(
        r#""line_of_sight":[[{"x":1,"y":1},{"x":2,"y":2}],[{"x":2,"y":2},{"x":1,"y":1}]],
        "objects_line_of_sight":[[{"x":1,"y":1},{"x":2,"y":2}]]"#,
    ));
    assert_eq!((walls_of(&map), map.report.duplicates), (vec!["1,1 2,2".to_owned()], 2));
    check_account(&map.report);
}

#[test]
fn a_piece_without_length_is_dropped() {
    let report = check_walls(&[&[(1.0, 1.0), (1.0, 1.0)], &[(2.0, 2.0), (2.000_001, 2.0)]], &[]);
    assert_eq!(report.dropped_short, 2);
}

#[test]
fn ends_that_nearly_meet_are_joined_by_a_piece_of_wall() {
    let report = check_walls(
        &[&[(1.0, 1.0), (3.0, 1.0)], &[(3.01, 1.01), (3.01, 4.0)]],
        &["1,1 3,1", "3,1 3.01,1.01", "3.01,1.01 3.01,4"],
    );
    assert_eq!(report.welded, 1);
    let apart = check_walls(
        &[&[(1.0, 1.0), (3.0, 1.0)], &[(3.021, 1.0), (3.021, 4.0)]],
        &["1,1 3,1", "3.021,1 3.021,4"],
    );
    assert_eq!(apart.welded, 0, "further apart than 0.02 cell is a gap that was meant");
}

#[test]
fn a_gap_in_a_straight_wall_closes_to_one_wall() {
    check_walls(&[&[(1.0, 1.0), (3.0, 1.0)], &[(3.015, 1.0), (6.0, 1.0)]], &["1,1 6,1"]);
}

#[test]
fn an_end_that_nearly_reaches_the_middle_of_a_wall_is_joined_to_it() {
    check_walls(&[&[(1.0, 5.0), (9.0, 5.0)], &[(4.0, 1.0), (4.0, 4.985)]], &["1,5 9,5", "4,1 4,5"]);
}

#[test]
fn joining_leaves_walls_that_touch_in_their_middle_where_they_are() {
    // Moving the long wall's end up by 0.015 would lift it off the end that stands on its middle.
    check_walls(
        &[&[(1.0, 5.0), (9.0, 5.0)], &[(9.0, 4.985), (9.0, 1.0)], &[(5.0, 9.0), (5.0, 5.0)]],
        &["1,5 9,5", "5,5 5,9", "9,1 9,5"],
    );
}

#[test]
fn a_wall_that_ends_just_beside_a_door_is_joined_to_the_door() {
    let map = import(&file(
        r#""line_of_sight":[[{"x":1,"y":1},{"x":1.985,"y":1}],[{"x":3,"y":1},{"x":4,"y":1}]],"portals":[{"bounds":[{"x":2,"y":1},{"x":3,"y":1}]}]"#,
    ));
    assert_eq!(walls_of(&map), ["1,1 2,1", "3,1 4,1"]);
}

#[test]
fn a_short_piece_goes_only_when_it_is_loose() {
    let report =
        check_walls(&[&[(2.0, 2.0), (2.04, 2.0)], &[(5.0, 5.0), (6.0, 5.0), (6.0, 5.04)]], &["5,5 6,5"]);
    assert_eq!(report.dropped_short, 2);
    check_walls(&[&[(2.0, 2.0), (2.05, 2.0)]], &["2,2 2.05,2"]);
    check_walls(
        &[&[(2.0, 2.0), (2.04, 2.0), (2.0, 2.04), (2.0, 2.0)]],
        &["2,2 2,2.04", "2,2 2.04,2", "2,2.04 2.04,2"],
    );
    check_walls(
        &[&[(1.0, 5.0), (5.0, 5.0), (5.0, 5.04)], &[(3.0, 5.04), (8.0, 5.04)]],
        &["1,5 5,5", "3,5.04 8,5.04", "5,5 5,5.04"],
    );
    check_walls(
        &[&[(1.0, 1.0), (9.96, 1.0)], &[(9.96, 1.0), (12.0, 3.0)]],
        &["1,1 9.96,1", "9.96,1 10,1.039"],
    );
}

#[test]
fn walls_that_cross_or_meet_in_the_middle_are_left_whole() {
    check_walls(
        &[&[(1.0, 3.0), (5.0, 3.0)], &[(3.0, 1.0), (3.0, 5.0)], &[(4.0, 3.0), (4.0, 5.0)]],
        &["1,3 5,3", "3,1 3,5", "4,3 4,5"],
    );
}

// What is refused, and how that is said.

#[test]
fn a_refusal_names_the_limit_and_the_value() {
    let limits = ImportLimits { walls_read_max: 3, portals_max: 1, lights_max: 1, ..ImportLimits::default() };
    let said = |text: &str, limits: &ImportLimits| match read_universal_vtt(text.as_bytes(), limits) {
        Ok(map) => format!("{} walls", map.report.walls_read),
        Err(error) => error.to_string(),
    };
    let line = |points: i32| (0..points).map(|n| (f64::from(n), f64::from(n % 2))).collect::<Vec<_>>();
    assert_eq!(said(&with_walls(&[&line(4)]), &limits), "3 walls");
    assert_eq!(
        said(&with_walls(&[&line(4), &line(3)]), &limits),
        "the map has 5 pieces of wall; at most 3 are imported"
    );
    let portals =
        r#""portals":[{"bounds":[{"x":1,"y":1},{"x":2,"y":1}]},{"bounds":[{"x":1,"y":1},{"x":2,"y":1}]}]"#;
    assert_eq!(said(&file(portals), &limits), "the map has 2 doors and windows; at most 1 are imported");
    let lights = r#""lights":[{"position":{"x":1,"y":1}},{"position":{"x":1,"y":1}}]"#;
    assert_eq!(said(&file(lights), &limits), "the map has 2 lights; at most 1 are imported");

    let text = file("");
    let fits = ImportLimits { file_bytes_max: text.len(), ..ImportLimits::default() };
    assert_eq!(said(&text, &fits), "0 walls");
    let narrow = ImportLimits { file_bytes_max: text.len() - 1, ..ImportLimits::default() };
    let max = text.len() - 1;
    assert_eq!(said(&text, &narrow), format!("the map file has {} bytes; at most {max} are read", max + 1));
}

#[test]
fn walls_are_counted_again_after_merging() {
    let limits = ImportLimits { walls_kept_max: 1, ..ImportLimits::default() };
    let straight = with_walls(&[&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]]);
    assert!(read_universal_vtt(straight.as_bytes(), &limits).is_ok());
    let bent = with_walls(&[&[(1.0, 1.0), (2.0, 1.0), (3.0, 2.0)]]);
    let error = read_universal_vtt(bent.as_bytes(), &limits).expect_err("two walls");
    assert_eq!(error, ImportError::TooMany { what: Counted::WallsKept, count: 2, max: 1 });
}

#[test]
fn a_place_that_is_none_refuses_the_file_and_is_named() {
    let text = with_walls(&[&[(1.0, 1.0), (2.0, 1.0)], &[(1.0, 1.0), (1.0, 2.0), (3.0, 8_192.5)]]);
    assert_eq!(
        refused(&text),
        ImportError::Coordinate { path: "line_of_sight[1][2].y".to_owned(), value: 8_192.5 }
    );
    assert_eq!(
        import(&with_walls(&[&[(1.0, 1.0), (1.0, 8_192.0)]])).walls.len(),
        1,
        "far off the map is a place"
    );
    let light = refused(&file(r#""lights":[{"position":{"x":1,"y":1},"range":1e300}]"#));
    assert_eq!(light.to_string(), format!("lights[0].range is {}, which is no place on a map", 1e300));
    let origin =
        r#"{"resolution":{"map_origin":{"x":-9e9,"y":0},"map_size":{"x":1,"y":1},"pixels_per_grid":1}}"#;
    assert!(refused(origin).to_string().starts_with("resolution.map_origin.x is -9000000000,"));
}

#[test]
fn numbers_that_json_cannot_hold_are_refused_with_their_line() {
    for number in ["NaN", "Infinity", "-Infinity", "1e999", "\"1\"", "null"] {
        let error = refused(&file(&format!(r#""line_of_sight":[[{{"x":{number},"y":0}}]]"#)));
        assert!(
            matches!(&error, ImportError::Malformed { reason } if reason.contains("line 1 column")),
            "{error}"
        );
    }
}

#[test]
fn a_map_needs_a_size_and_a_scale() {
    let sized = |x: &str, y: &str, scale: &str| {
        format!(r#"{{"resolution":{{"map_size":{{"x":{x},"y":{y}}},"pixels_per_grid":{scale}}}}}"#)
    };
    for (x, y) in [("0", "5"), ("5", "-1"), ("1000.001", "5"), ("1e300", "1"), ("0.000001", "1")] {
        assert!(matches!(refused(&sized(x, y, "70")), ImportError::MapSize { max: 1_000, .. }), "{x} {y}");
    }
    assert_eq!(import(&sized("1000", "0.5", "70")).size, at(1_000.0, 0.5));
    for scale in ["0", "-70", "2049", "1e300"] {
        assert!(
            matches!(refused(&sized("5", "5", scale)), ImportError::PixelsPerCell { max: 2_048, .. }),
            "{scale}"
        );
    }
    assert_eq!(import(&sized("5", "5", "2048")).pixels_per_cell, 2_048);
    let nothing = refused(r#"{"format":0.3}"#).to_string();
    assert!(nothing.starts_with("this is not a Universal VTT file: missing field `resolution`"), "{nothing}");
}

#[test]
fn what_is_no_map_is_refused_in_a_short_sentence() {
    let long_text = file(&format!(r#""lights":["{}"]"#, "x".repeat(10_000)));
    let deep = file(&format!(r#""portals":{}"#, "[".repeat(100_000)));
    let deep_unknown = file(&format!(r#""mystery":{}"#, "[".repeat(100_000)));
    let twice = file(r#""image":"","image":"aGk=""#);
    let after = format!("{} x", file(""));
    let cut = &file(r#""image":"aGVsbG8"#)[..115];
    let bytes: [&[u8]; 9] = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"[]",
        long_text.as_bytes(),
        deep.as_bytes(),
        deep_unknown.as_bytes(),
        twice.as_bytes(),
        after.as_bytes(),
        cut.as_bytes(),
    ];
    for bytes in bytes {
        let error = read_universal_vtt(bytes, &ImportLimits::default()).expect_err("no map");
        assert!(matches!(error, ImportError::Malformed { .. }), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
    }
}

// Whole files.

#[test]
fn a_crowd_of_walls_imports_with_every_room_shut() {
    // 70 by 70 rooms, each with one side in two pieces.
    let mut lines = Vec::new();
    for (column, row) in (0..70).flat_map(|x| (0..70).map(move |y| (f64::from(x), f64::from(y)))) {
        let (x, y) = (column * 3.0 + 1.0, row * 3.0 + 1.0);
        lines.push(vec![(x, y), (x + 1.0, y), (x + 2.0, y), (x + 2.0, y + 2.0), (x, y + 2.0), (x, y)]);
    }
    let lines: Vec<_> = lines.iter().map(Vec::as_slice).collect();
    let map = import(&sized_file(212, &format!(r#""line_of_sight":{}"#, polylines(&lines))));
    assert_eq!((map.report.walls_read, map.report.merged, map.walls.len()), (24_500, 4_900, 19_600));
    check_account(&map.report);
}

#[test]
fn every_map_at_hand_imports() {
    let folder = std::env::var_os("WARDLIGHT_MAPS").map_or_else(fixtures, PathBuf::from);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("a folder of maps") {
        let path = entry.expect("an entry").path();
        if !path
            .extension()
            .is_some_and(|extension| ["dd2vtt", "uvtt", "df2vtt"].iter().any(|known| extension == *known))
        {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        match read_universal_vtt(&bytes, &ImportLimits::default()) {
            Ok(map) => check_account(&map.report),
            Err(error) => panic!("{}: {error}", path.display()),
        }
        count += 1;
    }
    assert!(count > 0, "no map was found");
}

#[test]
fn the_maps_of_the_repository_import_as_reviewed() {
    let expected = std::fs::read_to_string(fixtures().join("reviewed.txt")).expect("reviewed.txt");
    let mut names: Vec<_> = std::fs::read_dir(fixtures())
        .expect("the folder of maps")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter(|name| name.ends_with(".dd2vtt"))
        .collect();
    names.sort();
    let mut got = String::new();
    for name in names {
        let bytes = std::fs::read(fixtures().join(&name)).expect("a map");
        let map = read_universal_vtt(&bytes, &ImportLimits::default()).expect("a good map");
        got += &format!("{name}\n{}", review(&map));
    }
    assert!(got == expected, "the imports differ from reviewed.txt; they are now:\n{got}");
}

fn review(map: &ImportedMap) -> String {
    let report = &map.report;
    let (width, height) = map.size.to_cells();
    let windows = map.portals.iter().filter(|portal| portal.kind == PortalKind::Window).count();
    let mut text = format!(
        "  {width} x {height} cells, {} px; {} walls of {} read: merged {}, clipped {}, short {}, outside {}, twice {}, welded {}\n",
        map.pixels_per_cell,
        report.walls_kept,
        report.walls_read,
        report.merged,
        report.clipped,
        report.dropped_short,
        report.outside,
        report.duplicates,
        report.welded,
    );
    let image = map.image.as_ref().map_or(0, Vec::len);
    text += &format!(
        "  {} portals, {windows} of them windows; {} lights; {image} bytes of picture\n",
        report.portals_kept, report.lights_kept
    );
    for note in &report.notes {
        text += &format!("  {note}\n");
    }
    text
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maps")
}

fn distance_in_units(point: Point, a: Point, b: Point) -> f64 {
    let vector = |from: Point, to: Point| (f64::from(to.x - from.x), f64::from(to.y - from.y));
    let ((dx, dy), (px, py)) = (vector(a, b), vector(a, point));
    let part = ((dx * px + dy * py) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (px - dx * part).hypot(py - dy * part)
}
