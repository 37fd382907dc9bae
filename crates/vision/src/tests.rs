use proptest::prelude::*;

use super::*;

const CELL: i32 = 1 << 16;
const SIZE: i32 = 12;

fn at(x: i32, y: i32) -> Point {
    Point { x: x * CELL, y: y * CELL }
}

fn wall(a: (i32, i32), b: (i32, i32)) -> Segment {
    Segment { a: at(a.0, a.1), b: at(b.0, b.1), blocks: Blocks::ALL, side: Side::Both, gate: None }
}

fn walls(segments: &[Segment]) -> Walls {
    Walls::new(segments, at(SIZE, SIZE)).unwrap()
}

/// The definition, segment by segment and with wide integers: does the closed line meet the closed segment anywhere but
/// where it starts?
fn oracle_sees(segments: &[Segment], eye: Point, point: Point) -> bool {
    let cross = |o: Point, a: Point, b: Point| {
        let wide = |value: i32| i128::from(value);
        (wide(a.x) - wide(o.x)) * (wide(b.y) - wide(o.y)) - (wide(a.y) - wide(o.y)) * (wide(b.x) - wide(o.x))
    };
    let on = |a: Point, b: Point, p: Point| {
        cross(a, b, p) == 0
            && (a.x.min(b.x)..=a.x.max(b.x)).contains(&p.x)
            && (a.y.min(b.y)..=a.y.max(b.y)).contains(&p.y)
    };
    segments.iter().all(|segment| {
        let (a, b) = (segment.a, segment.b);
        if a == b {
            return true;
        }
        let proper = cross(eye, point, a).signum() * cross(eye, point, b).signum() < 0
            && cross(a, b, eye).signum() * cross(a, b, point).signum() < 0;
        let touches = (on(eye, point, a) && a != eye)
            || (on(eye, point, b) && b != eye)
            || (on(a, b, point) && point != eye);
        let through_eye = on(a, b, eye);
        let runs_along = through_eye && cross(a, b, point) == 0 && {
            let ahead = |end: Point| {
                let dot = (i128::from(end.x) - i128::from(eye.x)) * (i128::from(point.x) - i128::from(eye.x))
                    + (i128::from(end.y) - i128::from(eye.y)) * (i128::from(point.y) - i128::from(eye.y));
                dot > 0
            };
            ahead(a) || ahead(b)
        };
        !(proper || touches || runs_along)
    })
}

#[test]
fn a_wall_hides_what_is_behind_it_and_a_gap_does_not() {
    let walls = walls(&[wall((6, 0), (6, 5)), wall((6, 7), (6, 12))]);
    let sees = |to: (i32, i32)| walls.sees(at(3, 6), at(to.0, to.1), Channel::Sight, &Gates::default());
    assert!(sees((9, 6)) && sees((5, 1)));
    assert!(!sees((9, 1)) && !sees((9, 11)));
}

#[test]
fn touching_an_end_counts_as_hidden() {
    let walls = walls(&[wall((6, 0), (6, 6))]);
    assert!(!walls.sees(at(3, 6), at(9, 6), Channel::Sight, &Gates::default()));
    assert!(!walls.sees(at(3, 3), at(6, 3), Channel::Sight, &Gates::default()));
    assert!(!walls.sees(at(6, 8), at(6, 2), Channel::Sight, &Gates::default()));
}

#[test]
fn an_eye_on_a_wall_sees_both_sides_but_not_along_it() {
    let walls = walls(&[wall((6, 0), (6, 12))]);
    let sees = |to: (i32, i32)| walls.sees(at(6, 6), at(to.0, to.1), Channel::Sight, &Gates::default());
    assert!(sees((2, 3)) && sees((10, 3)));
    assert!(!sees((6, 2)) && !sees((6, 10)));
}

#[test]
fn a_gate_opens_and_shuts_without_rebuilding() {
    let door = Segment { gate: Some(70), ..wall((6, 0), (6, 12)) };
    let walls = walls(&[door]);
    let mut gates = Gates::default();
    let mut scratch = Scratch::default();
    assert!(!walls.sees(at(3, 6), at(9, 6), Channel::Sight, &gates));
    let shut = walls.visible_from(at(3, 6), Channel::Sight, Reach::Unlimited, &gates, &mut scratch);
    assert!(!shut.contains(at(9, 6)) && shut.contains(at(5, 6)));
    gates.set(70, true);
    assert!(walls.sees(at(3, 6), at(9, 6), Channel::Sight, &gates));
    let open = walls.visible_from(at(3, 6), Channel::Sight, Reach::Unlimited, &gates, &mut scratch);
    assert!(open.contains(at(9, 6)));
    gates.set(70, false);
    assert!(!walls.sees(at(3, 6), at(9, 6), Channel::Sight, &gates));
}

#[test]
fn a_window_stops_movement_only() {
    let walls = walls(&[Segment { blocks: Blocks::MOVEMENT, ..wall((6, 0), (6, 12)) }]);
    assert!(walls.sees(at(3, 6), at(9, 6), Channel::Sight, &Gates::default()));
    let hit = walls.first_hit(at(4, 6), at(8, 6), Channel::Movement, &Gates::default()).unwrap();
    assert!((hit.t - 0.5).abs() < 1e-9);
}

#[test]
fn a_radius_ends_sight() {
    let walls = walls(&[]);
    let polygon = walls.visible_from(
        at(6, 6),
        Channel::Sight,
        Reach::Radius(3 * CELL),
        &Gates::default(),
        &mut Scratch::default(),
    );
    assert!(polygon.contains(at(8, 6)) && !polygon.contains(at(10, 6)));
    let inside = |vertex: &Point| {
        let (dx, dy) = (f64::from(vertex.x - 6 * CELL), f64::from(vertex.y - 6 * CELL));
        dx.hypot(dy) <= f64::from(3 * CELL) + 1.0
    };
    assert!(polygon.vertices().iter().all(inside));
}

#[test]
fn a_circle_in_the_open_is_the_same_whatever_stands_beyond_it() {
    let circle = |walls: &Walls| {
        let eye = Point { x: 6 * CELL + 7, y: 6 * CELL - 3 };
        let reach = Reach::Radius(2 * CELL);
        walls.visible_from(eye, Channel::Sight, reach, &Gates::default(), &mut Scratch::default())
    };
    let open = circle(&walls(&[]));
    assert_eq!(open.vertices().len(), 96);
    assert_eq!(open, circle(&walls(&[wall((1, 1), (1, 11)), wall((9, 2), (11, 9)), wall((2, 10), (9, 11))])));
}

#[test]
fn an_arc_too_small_to_have_a_direction_is_not_the_whole_circle() {
    // The wall ends a unit to the right of straight up, and the circle cuts it.
    let wall =
        Segment { a: Point { x: 1, y: 2 * CELL }, b: Point { x: 0, y: 98_304 }, ..wall((0, 0), (1, 0)) };
    let eye = Point { x: 0, y: 425_984 };
    let scene = Walls::new(&[wall], at(8, 8)).unwrap();
    let reach = Reach::Radius(311_297);
    let seen = scene.visible_from(eye, Channel::Sight, reach, &Gates::default(), &mut Scratch::default());
    assert!(seen.contains(Point { x: 200, y: 2 * CELL }));
    let uppermost = seen.vertices().iter().filter(|corner| corner.y < 114_700).count();
    assert!(uppermost <= 2, "the arc begins once: {:?}", seen.vertices());
}

#[test]
fn a_cone_from_the_edge_of_the_scene_does_not_look_outside() {
    let walls = walls(&[]);
    // From the upper left corner, all but a narrow part of what lies in the scene.
    let reach = Reach::Cone { radius: 4 * CELL, from: (2, 3), to: (3, 2) };
    let polygon =
        walls.visible_from(at(0, 0), Channel::Sight, reach, &Gates::default(), &mut Scratch::default());
    assert!(polygon.vertices().iter().all(|vertex| vertex.x >= 0 && vertex.y >= 0), "{polygon:?}");
    assert!(polygon.contains(at(2, 1)) && polygon.contains(at(1, 2)) && !polygon.contains(at(2, 2)));
}

#[test]
fn half_a_circle_from_the_edge_of_the_scene_lies_in_the_scene() {
    let polygon = walls(&[]).visible_from(
        at(6, 0),
        Channel::Sight,
        Reach::Radius(3 * CELL),
        &Gates::default(),
        &mut Scratch::default(),
    );
    assert!(polygon.vertices().iter().all(|vertex| vertex.y >= 0), "{polygon:?}");
    assert!(polygon.contains(at(6, 2)));
}

#[test]
fn too_many_and_too_far_are_refused() {
    let far = Segment { a: Point { x: COORDINATE_MAX + 1, y: 0 }, ..wall((0, 0), (1, 1)) };
    assert_eq!(Walls::new(&[far], at(1, 1)).unwrap_err(), WallsError::OutOfBounds);
    let many = vec![wall((0, 0), (1, 1)); SEGMENTS_MAX + 1];
    assert_eq!(Walls::new(&many, at(1, 1)).unwrap_err(), WallsError::TooMany(SEGMENTS_MAX + 1));
}

/// Small coordinates force touching, overlapping, crossing and zero-length segments.
fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let point = || (0..=SIZE, 0..=SIZE);
    prop::collection::vec((point(), point()).prop_map(|(a, b)| wall(a, b)), 0..14)
}

proptest! {
    #[test]
    fn sight_agrees_with_its_definition(
        segments in segments(), eye in (0..=SIZE * 2, 0..=SIZE * 2), point in (0..=SIZE * 2, 0..=SIZE * 2),
    ) {
        let half = |(x, y): (i32, i32)| Point { x: x * CELL / 2, y: y * CELL / 2 };
        let (eye, point) = (half(eye), half(point));
        let seen = walls(&segments).sees(eye, point, Channel::Sight, &Gates::default());
        prop_assert_eq!(seen, eye == point || oracle_sees(&segments, eye, point));
    }

    #[test]
    fn the_polygon_holds_what_is_seen_and_nothing_else(
        segments in segments(), eye in (1..SIZE * 8, 1..SIZE * 8), point in (1..SIZE * 8, 1..SIZE * 8),
    ) {
        // Off the lattice of the walls, so that neither lies on one.
        let off = |(x, y): (i32, i32), jitter: i32| Point { x: x * CELL / 8 + 1_811 + jitter, y: y * CELL / 8 + 2_903 - jitter };
        let (eye, point) = (off(eye, 0), off(point, 777));
        let walls = walls(&segments);
        let polygon =
            walls.visible_from(eye, Channel::Sight, Reach::Unlimited, &Gates::default(), &mut Scratch::default());
        let clear = |point: Point| oracle_sees(&segments, eye, point);
        // Points within a hair of the border may go either way: ask around the point too.
        let near = [(0, 0), (90, 0), (-90, 0), (0, 90), (0, -90)]
            .map(|(dx, dy)| clear(Point { x: point.x + dx, y: point.y + dy }));
        if near.iter().all(|seen| *seen) {
            prop_assert!(polygon.contains(point), "seen but not inside {:?}", polygon);
        }
        if near.iter().all(|seen| !*seen) {
            prop_assert!(!polygon.contains(point), "hidden but inside {:?}", polygon);
        }
    }

    #[test]
    fn the_first_hit_is_where_sight_ends(
        segments in segments(), from in (1..SIZE * 8, 1..SIZE * 8), to in (1..SIZE * 8, 1..SIZE * 8),
    ) {
        let off = |(x, y): (i32, i32)| Point { x: x * CELL / 8 + 1_811, y: y * CELL / 8 + 2_903 };
        let (from, to) = (off(from), off(to));
        let hit = walls(&segments).first_hit(from, to, Channel::Movement, &Gates::default());
        prop_assert_eq!(hit.is_some(), from != to && !oracle_sees(&segments, from, to));
        if let Some(hit) = hit {
            let at = |t: f64| Point {
                x: (f64::from(from.x) + (f64::from(to.x) - f64::from(from.x)) * t) as i32,
                y: (f64::from(from.y) + (f64::from(to.y) - f64::from(from.y)) * t) as i32,
            };
            let before = at((hit.t - 0.001).max(0.0));
            prop_assert!(hit.t < 0.001 || before == from || oracle_sees(&segments, from, before));
        }
    }
}

mod edits {
    use super::*;

    /// Ends on a coarse grid, so that walls touch, cross and lie upon each other; some off it.
    fn place() -> impl Strategy<Value = Point> {
        prop_oneof![
            4 => (0..=SIZE, 0..=SIZE).prop_map(|(x, y)| at(x, y)),
            1 => (0..=SIZE * CELL, 0..=SIZE * CELL).prop_map(|(x, y)| Point { x, y }),
        ]
    }

    fn segment() -> impl Strategy<Value = Segment> {
        let blocks = prop_oneof![
            3 => Just(Blocks::ALL),
            1 => Just(Blocks::MOVEMENT),
            1 => Just(Blocks::TERRAIN),
        ];
        let side = prop_oneof![3 => Just(Side::Both), 1 => Just(Side::Right), 1 => Just(Side::Left)];
        (place(), place(), blocks, side, prop::option::weighted(0.3, 0..3u32))
            .prop_map(|(a, b, blocks, side, gate)| Segment { a, b, blocks, side, gate })
    }

    /// What goes, by a number among what is there, and what comes.
    type Edit = (Vec<usize>, Vec<Segment>);

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let out = prop::collection::vec(any::<usize>(), 0..3);
        prop::collection::vec((out, prop::collection::vec(segment(), 0..3)), 1..12)
    }

    /// Everything that can be asked, as text.
    fn answers(walls: &Walls, eye: Point, aims: &[Point], gates: &Gates) -> String {
        let mut scratch = Scratch::default();
        let mut told = String::new();
        for channel in [Channel::Sight, Channel::Movement, Channel::Light] {
            for reach in [
                Reach::Unlimited,
                Reach::Radius(4 * CELL),
                Reach::Cone { radius: 9 * CELL, from: (3, -1), to: (-1, 2) },
            ] {
                let outline = walls.visible_from(eye, channel, reach, gates, &mut scratch);
                // Which gates are met beyond what is in sight may differ; those that have a say must be among them.
                for gate in (0..3).filter(|gate| !outline.gates().contains(gate)) {
                    let mut other = gates.clone();
                    other.set(gate, !gates.is_open(gate));
                    let same = walls.visible_from(eye, channel, reach, &other, &mut scratch);
                    assert_eq!(same.vertices(), outline.vertices(), "gate {gate} had a say");
                }
                told += &format!("{:?}\n", outline.vertices());
            }
            for aim in aims {
                let sees = walls.sees(eye, *aim, channel, gates);
                told += &format!("{sees} {:?}\n", walls.first_hit(eye, *aim, channel, gates));
            }
        }
        told
    }

    proptest! {
        #[test]
        fn leave_nothing_that_a_fresh_set_does_not_have(
            first in prop::collection::vec(segment(), 0..10),
            edits in edits(),
            eyes in prop::collection::vec(place(), 1..4),
            aims in prop::collection::vec(place(), 1..4),
            open in any::<[bool; 3]>(),
        ) {
            let mut gates = Gates::default();
            for (gate, open) in (0..).zip(open) {
                gates.set(gate, open);
            }
            let mut edited = walls(&first);
            let mut held: Vec<(u32, Segment)> = (0..).zip(first).collect();
            for (out, into) in edits {
                let mut gone = Vec::new();
                for pick in out {
                    if let Some(index) = pick.checked_rem(held.len()) {
                        gone.push(held.swap_remove(index).0);
                    }
                }
                let numbers = edited.edit(&gone, &into).expect("within the limits");
                // Nothing was prepared anew, which would make this test of nothing.
                prop_assert!(edited.edits > 0 || (gone.is_empty() && into.is_empty()));
                held.extend(numbers.into_iter().zip(into));
                let all: Vec<Segment> = held.iter().map(|(_, segment)| *segment).collect();
                let fresh = walls(&all);
                for eye in &eyes {
                    let (is, should) = (answers(&edited, *eye, &aims, &gates), answers(&fresh, *eye, &aims, &gates));
                    prop_assert_eq!(is, should, "from {:?} among {:?}", eye, all);
                }
            }
        }
    }
}

#[test]
fn what_crosses_unseen_on_the_first_ray_of_a_cone_leaves_no_trace() {
    let barrier = |a, b| Segment { blocks: Blocks::MOVEMENT, ..wall(a, b) };
    // Both let sight through; they cross on the ray from (3, 8) towards (12, 5), off the grid.
    let crossing = [barrier((4, 11), (12, 0)), barrier((12, 11), (0, 0))];
    let reach = Reach::Cone { radius: 9 * CELL, from: (3, -1), to: (-1, 2) };
    let outline = |segments: &[Segment]| {
        let (gates, mut scratch) = (Gates::default(), Scratch::default());
        walls(segments)
            .visible_from(at(3, 8), Channel::Sight, reach, &gates, &mut scratch)
            .vertices()
            .to_vec()
    };
    assert_eq!(outline(&crossing), outline(&[]));
}

#[test]
fn a_crossing_half_a_unit_from_the_eye_cuts_nothing_out_of_a_cone() {
    let eye = Point { x: 0, y: 786_422 };
    let stays = Segment { a: at(0, 12), b: Point { x: CELL / 2, y: 0 }, ..wall((0, 0), (1, 1)) };
    let goes = Segment { a: eye, b: Point { x: 904_320, y: 617_600 }, ..stays };
    let reach = Reach::Cone { radius: 6 * CELL, from: (-128, -127), to: (-128, -95) };
    let outline = |walls: &Walls| {
        let seen = walls.visible_from(eye, Channel::Sight, reach, &Gates::default(), &mut Scratch::default());
        seen.vertices().to_vec()
    };
    let mut edited = walls(&[stays, goes]);
    edited.edit(&[1], &[]).unwrap();
    assert_eq!(outline(&edited), outline(&walls(&[stays])));
    assert_eq!(edited.edits, 1);
}

#[test]
fn an_edit_costs_what_it_touches() {
    // Many short walls, and one that is drawn far from most of them.
    let many: Vec<Segment> = (0..200)
        .map(|index| {
            let (x, y) = (index % 20, index / 20);
            let place = |dx: i32| Point { x: x * CELL / 2 + dx, y: y * CELL + CELL / 3 };
            Segment { a: place(CELL / 8), b: place(CELL / 4), ..wall((0, 0), (1, 0)) }
        })
        .collect();
    let mut walls = walls(&many);
    let before = walls.mesh.triangle_count();
    let numbers = walls.edit(&[], &[wall((11, 1), (11, 3))]).unwrap();
    // Two nodes in two triangles or on two edges: each makes two triangles more.
    assert_eq!(walls.mesh.triangle_count(), before + 4);
    assert_eq!(walls.graph.edges.len(), 200 + 4 + 1);
    walls.edit(&numbers, &[]).unwrap();
    assert_eq!(walls.mesh.triangle_count(), before + 4, "what is left costs nothing but room");
    // One that crosses a row of twenty is cut twenty times.
    walls
        .edit(
            &[],
            &[Segment {
                a: Point { x: 0, y: CELL / 3 - 9 },
                b: Point { x: 10 * CELL, y: CELL / 3 + 9 },
                ..many[0]
            }],
        )
        .unwrap();
    assert!(walls.mesh.triangle_count() < before + 4 + 2 * 24, "{}", walls.mesh.triangle_count());
    assert_eq!(walls.edits, 3, "and nothing was prepared anew");
    // Many edits are as good as a set that is prepared anew, and then it is.
    for _ in 0..200 {
        let numbers = walls.edit(&[], &[wall((11, 1), (11, 3))]).unwrap();
        walls.edit(&numbers, &[]).unwrap();
    }
    assert!(walls.edits <= EDITS_MIN && walls.graph.edges.len() < 400, "{}", walls.graph.edges.len());
    assert_eq!(walls.segments.len(), 202, "numbers are used again");
}

#[test]
fn an_edit_that_cannot_be_is_refused_and_changes_nothing() {
    let mut walls = walls(&[wall((6, 0), (6, 12))]);
    let far = Segment { b: Point { x: COORDINATE_MAX + 1, y: 0 }, ..wall((0, 0), (1, 1)) };
    assert_eq!(walls.edit(&[0], &[far]), Err(WallsError::OutOfBounds));
    assert!(!walls.sees(at(3, 3), at(9, 3), Channel::Sight, &Gates::default()));
    assert_eq!(walls.edit(&[7, 7], &[wall((3, 3), (3, 3))]), Ok(vec![1]));
    // Beyond the buckets' grid everything is prepared anew.
    let outside = Segment { b: Point { x: 400 * CELL, y: CELL }, ..wall((9, 1), (1, 1)) };
    assert!(walls.edit(&[], &[outside]).is_ok() && walls.edits == 0);
}
