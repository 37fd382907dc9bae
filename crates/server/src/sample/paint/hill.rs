//! The hill behind the inn: a cliff, solid rock, and what was dug into it.

use super::canvas::{Canvas, Color, Pixel, Solid, mix, rgb, times};
use super::noise::{Strewn, layered, value};
use super::shape::{Area, P, disc, line, polygon, ramp};
use crate::sample::layout::{At, BURROW_NORTH, BURROW_SOUTH, CLIFF_EAST, CLIFF_WEST};

/// How high the hill is.
const LIFT: f32 = 0.62;
/// How far the cliff's foot is from its top.
const FOOT: f32 = 0.5;

const ROCK: [Color; 3] = [rgb(0x3a_3a3b), rgb(0x55_5350), rgb(0x2a_2b2e)];
const CLIFF: [Color; 3] = [rgb(0x6b_665c), rgb(0x93_8b7b), rgb(0x4a_463f)];
const MOSS: Color = rgb(0x55_6a3a);
const SOIL: [Color; 2] = [rgb(0x4a_4036), rgb(0x66_5846)];

fn points(edge: &[At]) -> impl DoubleEndedIterator<Item = P> + '_ {
    edge.iter().map(|at| P::from(*at))
}

/// The solid part of the map's north, holes not taken out.
fn hill_corners() -> Vec<P> {
    let mut corners = vec![P::new(-2.0, -2.0), P::new(-2.0, 4.15)];
    corners.extend(points(&CLIFF_WEST));
    corners.extend(points(&CLIFF_EAST));
    corners.push(P::new(19.1, -2.0));
    corners
}

/// The floor of the burrow; on the map's west border it stays open.
fn burrow_corners() -> Vec<P> {
    let mut corners = vec![P::new(-2.0, 1.62)];
    corners.extend(points(&BURROW_NORTH));
    corners.extend([P::new(4.3, 1.9), P::new(4.3, 3.0)]);
    corners.extend(points(&BURROW_SOUTH).rev());
    corners.push(P::new(-2.0, 3.05));
    corners
}

/// The cellar and its passage.
const CELLAR: [Area; 3] =
    [Area::new(4.0, 1.0, 9.0, 4.0), Area::new(8.9, 2.0, 14.0, 3.0), Area::new(13.0, 2.0, 14.0, 5.1)];

/// Distance to the floors that were built in the hill.
pub(super) fn cellar(at: P) -> f32 {
    CELLAR.iter().map(|area| area.distance(at, 0.0)).fold(f32::MAX, f32::min)
}

/// Paints cliff, rock and the burrow's floor.
pub(super) fn paint(canvas: &mut Canvas) {
    let (hill, burrow) = (hill_corners(), burrow_corners());
    canvas.shade(Area::new(0.0, 0.0, 20.2, 5.8), |at, pixel| {
        let top = polygon(at, &hill);
        if top > FOOT + 0.4 {
            return;
        }
        if top > 0.0 {
            face(at, top, pixel);
            return;
        }
        let dug = if at.x < 4.4 { polygon(at, &burrow) } else { 9.0 };
        let hole = dug.min(cellar(at));
        if hole < 0.0 {
            if dug < 0.0 {
                *pixel = Pixel { color: burrow_floor(at, -dug), lift: 0.0 };
            }
            return;
        }
        *pixel = Pixel { color: rock(at, top, hole), lift: LIFT };
    });
    strew_boulders(canvas, &hill);
    rubble(canvas);
    mushrooms(canvas);
}

/// The cliff from its top down to the meadow.
fn face(at: P, below: f32, pixel: &mut Pixel) {
    let foot = FOOT * (0.72 + 0.5 * value(at * 1.6, 101)) + (value(at * 6.0, 102) - 0.5) * 0.1;
    let cover = ((foot - below) * 80.0 + 0.5).clamp(0.0, 1.0);
    if cover <= 0.0 {
        return;
    }
    let down = (below / foot).clamp(0.0, 1.0);
    let cracks = layered(P::new(at.x * 4.2, at.y * 2.0), 3, 103);
    let ledges = value(P::new(below * 15.0 + at.x * 0.7, at.x * 0.9), 104);
    let mut color = mix(CLIFF[0], CLIFF[1], ramp(0.35, 0.75, cracks) * (1.0 - 0.6 * down));
    color = mix(color, CLIFF[2], ramp(0.55, 0.3, cracks) * 0.8);
    color = times(color, (0.86 + 0.3 * ledges) * (1.05 - 0.42 * down));
    color = mix(color, MOSS, ramp(0.58, 0.8, layered(at * 1.5, 2, 105)) * 0.55);
    color = mix(color, times(color, 0.4), ramp(0.07, 0.0, foot - below) * 0.8);
    pixel.color = mix(pixel.color, color, cover);
    pixel.lift += (LIFT * (1.0 - down) - pixel.lift) * cover;
}

/// Rock from above: moss and ledges at the cliff, dark inside, hewn where it was dug.
fn rock(at: P, top: f32, hole: f32) -> Color {
    let rough = layered(at * 1.6, 4, 111);
    let mut color = mix(ROCK[0], ROCK[1], ramp(0.45, 0.8, rough));
    color = mix(color, ROCK[2], ramp(0.5, 0.25, rough));
    let crack = 1.0 - (layered(at * 1.1, 3, 112) - 0.5).abs() * 2.0;
    color = times(color, 1.0 - 0.5 * ramp(0.9, 0.99, crack));
    let near_cliff = ramp(-1.25, -0.15, top + (rough - 0.5) * 1.0);
    let green = mix(times(MOSS, 0.72), MOSS, layered(at * 4.0, 2, 113));
    let mossy = mix(CLIFF[0], green, ramp(0.38, 0.62, layered(at * 1.2, 3, 114)));
    color = mix(color, times(mossy, 0.8 + 0.35 * rough), near_cliff);
    color = mix(color, CLIFF[1], ramp(-0.08, -0.01, top) * 0.5);
    let deep = ramp(0.0, 1.1, hole) * (1.0 - near_cliff);
    color = times(color, 1.0 - 0.55 * deep);
    // A lighter, broken lip where the rock ends.
    let lip = ramp(0.16, 0.02, hole + (value(at * 7.0, 115) - 0.5) * 0.12);
    color = mix(color, CLIFF[0], lip * 0.75);
    mix(color, rgb(0x14_1312), ramp(0.035, 0.0, hole) * 0.9)
}

fn burrow_floor(at: P, inside: f32) -> Color {
    let rough = layered(at * 2.2, 3, 121);
    let mut color = mix(SOIL[0], SOIL[1], ramp(0.3, 0.75, rough));
    color = times(color, 0.86 + 0.22 * value(at * 15.0, 122));
    color = mix(color, times(color, 0.55), ramp(0.3, 0.0, inside) * 0.8);
    // Clawed furrows along the way.
    let furrow = value(P::new(at.x * 1.1, at.y * 13.0 + (value(at * 1.2, 124) - 0.5) * 5.0), 123);
    times(color, 1.0 - 0.16 * ramp(0.62, 0.9, furrow))
}

/// A stone of any size.
pub(super) fn boulder(canvas: &mut Canvas, at: P, radius: f32, lift: f32, tone: f32, seed: u32) {
    let shape = |point: P| {
        let off = point - at;
        disc(off, radius) + (value(off * (1.5 / radius) + P::new(9.0, 9.0), seed) - 0.5) * radius * 0.75
    };
    canvas.solid(Area::around(at, radius * 1.5), Solid::new(lift, radius * 0.75), shape, |point| {
        let rough = layered(point * 4.0, 3, seed);
        let stone = mix(CLIFF[0], CLIFF[1], ramp(0.3, 0.75, rough));
        let mossy = ramp(0.6, 0.8, layered(point * 2.0, 2, seed + 1)) * 0.6;
        times(mix(stone, MOSS, mossy), tone * (0.9 + 0.2 * rough))
    });
}

fn strew_boulders(canvas: &mut Canvas, hill: &[P]) {
    let mut strewn = Strewn::new(131);
    for _ in 0..420 {
        let at = P::new(strewn.between(0.0, 20.0), strewn.between(0.0, 5.8));
        let radius = strewn.between(0.07, 0.24);
        let (tone, seed) = (strewn.between(0.82, 1.08), strewn.seed());
        let below = polygon(at, hill);
        if (0.3..0.62).contains(&below) && !(2.5..16.4).contains(&at.x) {
            boulder(canvas, at, radius * (1.25 - below), 0.22 * radius / 0.2, tone, seed);
        }
    }
}

/// What is left of the cellar's west wall.
fn rubble(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(141);
    for _ in 0..34 {
        let at = P::new(strewn.between(3.5, 5.1), strewn.between(1.85, 3.1));
        let far = (at.x - 4.05).abs();
        let (radius, tone, seed) = (strewn.between(0.04, 0.13), strewn.between(0.75, 1.0), strewn.seed());
        boulder(canvas, at, radius * (1.1 - 0.55 * far), 0.1, tone, seed);
    }
}

/// Pale caps that light the burrow.
fn mushrooms(canvas: &mut Canvas) {
    let mut strewn = Strewn::new(151);
    for (cluster, count) in [(P::new(1.3, 1.72), 9), (P::new(2.75, 3.05), 6), (P::new(0.45, 2.85), 4)] {
        for _ in 0..count {
            let at = cluster + P::new(strewn.between(-0.24, 0.24), strewn.between(-0.1, 0.14));
            let radius = strewn.between(0.035, 0.085);
            let finish = Solid { rim: 0.012, ..Solid::new(0.07, radius) };
            canvas.solid(
                Area::around(at, radius),
                finish,
                |point| disc(point - at, radius),
                |point| {
                    let middle = 1.0 - (point - at).length() / radius;
                    mix(rgb(0x3c_8c80), rgb(0xc9_fff0), ramp(0.0, 0.9, middle))
                },
            );
        }
    }
    let bone = |canvas: &mut Canvas, a: P, b: P| {
        let shape = |at: P| {
            let knobs = disc(at - a, 0.035).min(disc(at - b, 0.035));
            (line(at, a, b) - 0.017).min(knobs)
        };
        let finish = Solid { rim: 0.01, ..Solid::new(0.03, 0.02) };
        canvas.solid(Area::between(a, b, 0.06), finish, shape, |_| rgb(0xcf_c6ad));
    };
    bone(canvas, P::new(2.0, 2.1), P::new(2.28, 2.0));
    bone(canvas, P::new(2.1, 2.26), P::new(2.24, 2.02));
    bone(canvas, P::new(0.7, 2.3), P::new(0.9, 2.42));
}
