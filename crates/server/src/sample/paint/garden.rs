//! What stands around the inn: the well, the beds, the cart, the lanterns and the stones in the ford.

use super::building::cobbles;
use super::canvas::{Canvas, Color, Solid, mix, rgb, times};
use super::ground::brook;
use super::hill::boulder;
use super::noise::{Strewn, layered, unit, value};
use super::shape::{Area, P, block, disc, line, ramp};
use crate::sample::layout::{FORD_LANTERN, LANTERN};

const WOOD: Color = rgb(0x7d_5a3a);
const GREY_WOOD: Color = rgb(0x8b_7a63);
const IRON: Color = rgb(0x3b_3b3f);

/// Paints what lies low.
pub(super) fn paint_low(canvas: &mut Canvas) {
    vegetables(canvas);
    stepping_stones(canvas);
    well(canvas);
}

/// Paints what stands.
pub(super) fn paint_high(canvas: &mut Canvas) {
    fence(canvas);
    woodpile(canvas);
    trough(canvas);
    cart(canvas, P::new(2.0, 12.55));
    bench(canvas, Area::new(10.25, 12.25, 11.9, 12.5));
    lantern(canvas, P::from(LANTERN));
    lantern(canvas, P::from(FORD_LANTERN));
    signpost(canvas, P::new(17.55, 12.95));
}

fn grained(at: P, color: Color, seed: u32) -> Color {
    times(color, 0.8 + 0.34 * layered(P::new(at.x * 1.6, at.y * 28.0), 2, seed))
}

const BEDS: [Area; 3] = [
    Area::new(16.75, 6.2, 18.45, 6.72),
    Area::new(16.75, 7.02, 18.45, 7.54),
    Area::new(16.75, 7.84, 18.45, 8.36),
];

fn vegetables(canvas: &mut Canvas) {
    for (number, bed) in (0_u32..).zip(BEDS) {
        let seed = 601 + number * 10;
        let shape = |at: P| bed.distance(at, 0.1) + (value(at * 5.0, seed) - 0.5) * 0.07;
        canvas.solid(bed.grown(0.08), Solid { rim: 0.03, ..Solid::new(0.05, 0.1) }, shape, |at| {
            let clods = layered(at * 7.0, 2, seed + 1);
            times(mix(rgb(0x45_3423), rgb(0x6b_5135), clods), 0.9 + 0.2 * (at.y * 24.0).sin().abs())
        });
        let mut strewn = Strewn::new(seed + 2);
        for plant in 0..9_u8 {
            let at = P::new(16.9 + 0.175 * f32::from(plant), bed.middle().y + strewn.between(-0.07, 0.07));
            plant_on(canvas, at, number, seed + 20 + u32::from(plant));
        }
    }
}

/// One plant: cabbage, carrot tops or herbs.
fn plant_on(canvas: &mut Canvas, at: P, kind: u32, seed: u32) {
    let green = [rgb(0x7f_a65c), rgb(0x4f_8a3c), rgb(0x6f_8f63)][usize::try_from(kind % 3).unwrap_or(0)];
    let leaves = 5 + kind;
    for leaf in 0..leaves {
        let angle = unit(i32::try_from(leaf).unwrap_or(0), 1, seed)
            + std::f32::consts::TAU / f32::from(u8::try_from(leaves).unwrap_or(1))
                * f32::from(u8::try_from(leaf).unwrap_or(0));
        let tip = at + P::towards(angle) * (0.1 + 0.02 * unit(2, 2, seed));
        let broad = if kind == 0 { 0.045 } else { 0.024 };
        let finish = Solid { rim: 0.01, ..Solid::new(0.1, 0.04) };
        canvas.solid(
            Area::between(at, tip, 0.06),
            finish,
            |point| line(point, at, tip) - broad,
            |point| times(green, 0.8 + 0.4 * ramp(0.0, 0.1, (point - at).length())),
        );
    }
    if kind == 0 {
        canvas.solid(
            Area::around(at, 0.06),
            Solid { rim: 0.01, ..Solid::new(0.13, 0.06) },
            |point| disc(point - at, 0.055),
            |_| rgb(0xb0_cf8c),
        );
    }
}

/// A low fence around the beds, open to the path.
fn fence(canvas: &mut Canvas) {
    let rails = [
        ((16.4, 5.8), (18.85, 5.8)),
        ((18.85, 5.8), (18.85, 8.8)),
        ((18.85, 8.8), (17.75, 8.8)),
        ((16.9, 8.8), (16.3, 8.8)),
    ];
    for (number, (a, b)) in (0_u32..).zip(rails) {
        let (a, b) = (P::from(a), P::from(b));
        for off in [-0.035, 0.035] {
            let side = if a.y == b.y { P::new(0.0, off) } else { P::new(off, 0.0) };
            let (a, b) = (a + side, b + side);
            let finish = Solid { rim: 0.01, ..Solid::new(0.2, 0.02) };
            canvas.solid(
                Area::between(a, b, 0.05),
                finish,
                |at| line(at, a, b) - 0.022,
                |at| {
                    let along = if a.y == b.y { at } else { P::new(at.y, at.x) };
                    grained(along, GREY_WOOD, 640 + number)
                },
            );
        }
        let count = ((b - a).length() / 0.62).round().max(1.0);
        let mut post = 0.0;
        while post <= count {
            let at = a + (b - a) * (post / count);
            let square = |point: P| block(point - at, P::new(0.06, 0.06), 0.02);
            canvas.solid(
                Area::around(at, 0.08),
                Solid { rim: 0.014, ..Solid::new(0.3, 0.03) },
                square,
                |point| grained(point, times(GREY_WOOD, 1.1), 650 + number),
            );
            post += 1.0;
        }
    }
}

fn well(canvas: &mut Canvas) {
    let at = P::new(18.3, 10.9);
    let apron = |point: P| disc(point - at, 0.82) + (value(point * 3.0, 661) - 0.5) * 0.22;
    canvas.stain(Area::around(at, 1.1), |point| (apron(point), cobbles(point, 662), 0.92));
    canvas.solid(
        Area::around(at, 0.5),
        Solid { rim: 0.03, ..Solid::new(0.3, 0.07) },
        |point| disc(point - at, 0.47),
        |point| {
            let off = point - at;
            let around = off.y.atan2(off.x) / std::f32::consts::TAU * 13.0;
            let joint = (around.rem_euclid(1.0) - 0.5).abs();
            #[expect(clippy::cast_possible_truncation, reason = "13 stones")]
            let tone = unit(around.floor() as i32, 1, 663);
            let stone =
                times(mix(rgb(0x8d_857a), rgb(0xb4_ab9c), tone), 0.86 + 0.22 * layered(point * 6.0, 2, 664));
            mix(stone, rgb(0x4c_463e), ramp(0.44, 0.49, joint) * 0.85)
        },
    );
    canvas.shade(Area::around(at, 0.33), |point, pixel| {
        let off = point - at;
        let cover = ((0.3 - off.length()) * 80.0).clamp(0.0, 1.0);
        let depth = ramp(0.3, 0.05, off.length());
        let glint = ramp(0.05, 0.0, disc(off - P::new(-0.06, -0.08), 0.04));
        let water = mix(rgb(0x17_2226), rgb(0x2c_4f5a), depth);
        pixel.color = mix(pixel.color, mix(water, rgb(0xa8_c8cc), glint * 0.5), cover);
        pixel.lift += (-0.25 - pixel.lift) * cover;
    });
    let (a, b) = (at - P::new(0.52, 0.0), at + P::new(0.52, 0.0));
    canvas.solid(
        Area::between(a, b, 0.1),
        Solid { rim: 0.014, ..Solid::new(0.5, 0.03) },
        |point| line(point, a, b) - 0.045,
        |point| grained(point, WOOD, 665),
    );
    let rope = |point: P| block(point - at, P::new(0.09, 0.062), 0.02);
    canvas.solid(Area::around(at, 0.12), Solid { rim: 0.01, ..Solid::new(0.52, 0.03) }, rope, |point| {
        times(rgb(0xbf_a678), 0.75 + 0.35 * (point.x * 180.0).sin().abs())
    });
    bucket(canvas, P::new(18.92, 11.3));
}

fn bucket(canvas: &mut Canvas, at: P) {
    canvas.solid(
        Area::around(at, 0.16),
        Solid::new(0.16, 0.03),
        |point| disc(point - at, 0.14),
        |point| {
            let ring = (point - at).length();
            mix(rgb(0x3c_6470), grained(point, WOOD, 671), ramp(0.098, 0.106, ring))
        },
    );
}

fn woodpile(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(681);
    for layer in 0..2_u8 {
        for row in 0..9_u8 {
            let at = P::new(
                16.24 + 0.05 * f32::from(layer) + strewn.between(-0.03, 0.03),
                10.78 + 0.13 * f32::from(row) - 0.05 * f32::from(layer),
            );
            let (a, b) = (at, at + P::new(strewn.between(0.46, 0.54), strewn.between(-0.02, 0.02)));
            let (thick, seed) = (strewn.between(0.05, 0.068), strewn.seed());
            let lift = 0.14 + 0.1 * f32::from(layer);
            canvas.solid(
                Area::between(a, b, 0.09),
                Solid { rim: 0.016, ..Solid::new(lift, 0.05) },
                |point| line(point, a, b) - thick,
                |point| {
                    let end = ramp(b.x - 0.03, b.x + 0.01, point.x);
                    mix(grained(point, rgb(0x74_553a), seed), rgb(0xcf_ab78), end)
                },
            );
        }
    }
}

fn trough(canvas: &mut Canvas) {
    let area = Area::new(3.6, 12.3, 4.75, 12.72);
    canvas.solid(area, Solid::new(0.22, 0.04), |at| area.distance(at, 0.05), |at| grained(at, WOOD, 691));
    let inner = area.grown(-0.075);
    canvas.solid(
        inner,
        Solid { rim: 0.02, ..Solid::new(0.14, 0.02) },
        |at| inner.distance(at, 0.04),
        |at| {
            let wave = layered(P::new(at.x * 5.0, at.y * 9.0), 2, 692);
            mix(rgb(0x3a_6a74), rgb(0x9c_c3c0), ramp(0.62, 0.85, wave) * 0.7)
        },
    );
}

fn bench(canvas: &mut Canvas, area: Area) {
    canvas.solid(
        area,
        Solid::new(0.16, 0.025),
        |at| area.distance(at, 0.03),
        |at| {
            let gap = (at.y - area.middle().y).abs();
            times(grained(at, WOOD, 701), 1.0 - 0.5 * ramp(0.016, 0.006, gap))
        },
    );
}

/// A two-wheeled cart with its shafts on the ground, half laden.
fn cart(canvas: &mut Canvas, at: P) {
    const ANGLE: f32 = -0.16;
    let place = |point: P| (point - at).turned(ANGLE);
    let area = Area::around(at, 1.5);
    for side in [-0.3, 0.3] {
        let shaft = |point: P| line(place(point), P::new(-0.5, side), P::new(-1.3, side * 0.72)) - 0.032;
        canvas.solid(area, Solid::new(0.1, 0.03), shaft, |point| grained(place(point), WOOD, 711));
    }
    for side in [-0.54, 0.54] {
        let wheel = |point: P| block(place(point) - P::new(0.1, side), P::new(0.42, 0.05), 0.03);
        canvas.solid(area, Solid::new(0.32, 0.03), wheel, |point| {
            let spoke = (place(point).x * 9.0).rem_euclid(1.0);
            times(rgb(0x55_3d28), if spoke < 0.2 { 0.7 } else { 1.0 })
        });
    }
    let axle = |point: P| block(place(point) - P::new(0.1, 0.0), P::new(0.045, 0.62), 0.02);
    canvas.solid(area, Solid::new(0.25, 0.03), axle, |_| times(IRON, 1.1));
    let bed = |point: P| block(place(point), P::new(0.72, 0.44), 0.03);
    canvas.solid(area, Solid::new(0.3, 0.03), bed, |point| {
        let off = place(point);
        let gap = (off.y.rem_euclid(0.15) - 0.075).abs();
        times(grained(off, WOOD, 712), 1.0 - 0.5 * ramp(0.062, 0.072, gap))
    });
    let rail = |point: P| block(place(point), P::new(0.69, 0.41), 0.03).abs() - 0.035;
    canvas.solid(area, Solid::new(0.42, 0.025), rail, |point| grained(place(point), times(WOOD, 1.14), 713));
    // Hay in the back, a covered bale in front.
    let mut strewn = Strewn::new(714);
    for _ in 0..240 {
        let off = P::new(strewn.between(-0.02, 0.6), strewn.between(-0.32, 0.32));
        let lies = P::towards(strewn.between(0.0, 3.2)) * strewn.between(0.05, 0.11);
        let color = mix(rgb(0x9c_8240), rgb(0xe0_c878), strewn.unit());
        let middle = at + off.turned(-ANGLE);
        let (a, b) = (middle - lies, middle + lies);
        canvas.stain(Area::between(a, b, 0.03), |point| (line(point, a, b) - 0.01, color, 0.9));
    }
    let bale = |point: P| block(place(point) - P::new(-0.38, 0.02), P::new(0.22, 0.3), 0.08);
    canvas.solid(area, Solid::new(0.44, 0.1), bale, |point| {
        let off = place(point) - P::new(-0.38, 0.02);
        let cloth = times(rgb(0x6b_7a86), 0.82 + 0.3 * layered(point * 5.0, 3, 715));
        let rope = off.x.abs().min(off.y.abs());
        mix(cloth, rgb(0xcb_b482), ramp(0.026, 0.016, rope))
    });
}

/// A lantern on its post.
fn lantern(canvas: &mut Canvas, at: P) {
    let post = |point: P| block(point - at, P::new(0.07, 0.07), 0.02);
    canvas.solid(Area::around(at, 0.1), Solid::new(0.7, 0.03), post, |point| grained(point, WOOD, 721));
    let frame = |point: P| block(point - at, P::new(0.13, 0.13), 0.04);
    canvas.solid(Area::around(at, 0.16), Solid { rim: 0.02, ..Solid::new(0.75, 0.03) }, frame, |_| IRON);
    canvas.shade(Area::around(at, 0.5), |point, pixel| {
        let off = point - at;
        let pane = block(off, P::new(0.095, 0.095), 0.03);
        let inside = ((0.0 - pane) * 80.0).clamp(0.0, 1.0);
        let bars = ramp(0.02, 0.012, off.x.abs().min(off.y.abs()));
        let glass = mix(rgb(0xff_c25c), rgb(0xff_f6d2), ramp(0.1, 0.0, off.length()));
        pixel.color = mix(pixel.color, mix(glass, rgb(0x5a_3d1c), bars * 0.7), inside);
        let halo = ramp(0.48, 0.1, off.length()) * 0.34 * (1.0 - inside);
        pixel.color = mix(pixel.color, rgb(0xff_cc78), halo);
    });
}

fn signpost(canvas: &mut Canvas, at: P) {
    for (angle, length) in [(0.12_f32, 0.62), (2.9, 0.55), (-1.75, 0.42)] {
        let along = P::towards(angle);
        let (a, b) = (at - along * 0.1, at + along * length);
        let board = |point: P| {
            let off = (point - at).turned(-angle) - P::new(length * 0.5, 0.0);
            let arrow = off.x - (length * 0.5 - off.y.abs() * 0.9);
            block(off, P::new(length * 0.5, 0.075), 0.0).max(arrow * 0.74)
        };
        canvas.solid(
            Area::between(a, b, 0.12),
            Solid { rim: 0.018, ..Solid::new(0.5, 0.025) },
            board,
            |point| {
                let off = (point - at).turned(-angle);
                let letters = (off.x * 30.0).sin() * (off.y * 55.0).cos();
                let plate = grained(off, rgb(0xa7_8253), 731);
                mix(plate, rgb(0x3a_2614), ramp(0.25, 0.6, letters) * ramp(0.045, 0.025, off.y.abs()) * 0.7)
            },
        );
    }
    canvas.solid(
        Area::around(at, 0.1),
        Solid::new(0.6, 0.04),
        |point| disc(point - at, 0.08),
        |point| grained(point, WOOD, 732),
    );
}

/// Flat stones across the water, above the ford.
fn stepping_stones(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(741);
    let mut x = 19.75;
    while x < 24.2 {
        let at = P::new(x, 12.72 + 0.16 * (x * 2.3).sin() + strewn.between(-0.05, 0.05));
        let (radius, seed) = (strewn.between(0.22, 0.28), strewn.seed());
        if brook(at) < 0.12 {
            // Foam on the side where the water comes from.
            canvas.shade(Area::around(at, 0.5), |point, pixel| {
                let off = point - at - P::new(0.0, -0.03);
                let ring = (disc(P::new(off.x, off.y * 0.9), radius + 0.05)
                    + (value(point * 8.0, seed) - 0.5) * 0.1)
                    .abs();
                let foam = ramp(0.05, 0.0, ring) * ramp(0.25, -0.1, off.y) * 0.55;
                if brook(point) < 0.0 {
                    pixel.color = mix(pixel.color, rgb(0xe6_f0e8), foam);
                }
            });
            boulder(canvas, at, radius, 0.06, 1.06, seed);
        }
        x += 0.56;
    }
    let mut strewn = Strewn::new(751);
    for _ in 0..260 {
        let at = P::new(strewn.between(19.5, 24.3), strewn.between(0.0, 18.0));
        let (radius, seed, keep) = (strewn.between(0.06, 0.2), strewn.seed(), strewn.unit());
        let edge = brook(at);
        let road = (at.y - 14.15).abs() < 1.25 || (at.y - 12.72).abs() < 0.5;
        if !(-0.28..0.16).contains(&edge) || road || keep > 0.62 {
            continue;
        }
        boulder(canvas, at, radius, radius * 0.6, 0.95, seed);
    }
    reeds(canvas);
}

fn reeds(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(761);
    for _ in 0..700 {
        let middle = P::new(strewn.between(19.3, 24.5), strewn.between(0.0, 18.0));
        let near = brook(middle);
        let thick = value(middle * 0.7, 762);
        let (lean, tone) = (strewn.between(-0.12, 0.12), strewn.unit());
        if !(-0.16..0.18).contains(&near) || thick < 0.52 || (middle.y - 14.15).abs() < 1.3 {
            continue;
        }
        let color = mix(rgb(0x3f_5c2e), rgb(0x93_a055), tone);
        for blade in 0..4_u8 {
            let root = middle + P::new(f32::from(blade) * 0.03 - 0.045, 0.0);
            let tip = root + P::new(lean + (f32::from(blade) - 1.5) * 0.06, -0.2 - 0.08 * tone);
            canvas.stain(Area::between(root, tip, 0.03), |at| {
                let up = ((root.y - at.y) / (root.y - tip.y)).clamp(0.0, 1.0);
                (line(at, root, tip) - 0.016 * (1.2 - up), times(color, 0.7 + 0.5 * up), 0.95)
            });
        }
    }
}
