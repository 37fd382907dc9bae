//! Microseconds a viewpoint, beside CGAL's triangular expansion on the same walls, in one run.
//!
//! `vision-peers CGAL MAP…`: the first argument is the compiled `cgal.cpp` (or `-` for none), the others are Universal
//! VTT maps. Walls, objects and shut doors of each map are taken; CGAL gets them cut where they meet, as the kernel
//! itself cuts them. Both answer each viewpoint three times, of which the fastest counts, and both write their polygon.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]
#![expect(clippy::disallowed_methods, reason = "a program that measures time")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use serde_json::Value;
use vision::{Blocks, Channel, Gates, Point, Reach, Scratch, Segment, Side, Walls};

const CELL: f64 = 65_536.0;
/// Viewpoints of a map.
const EYES: usize = 1_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vision-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let cgal = arguments.next().ok_or("usage: vision-peers CGAL|- MAP…")?;
    println!(
        "| map | pieces | corners | build ms | edit µs | copy µs | µs | p99 | r=12 µs | p99 | CGAL µs | share |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for path in arguments {
        let name = path.rsplit('/').next().unwrap_or(&path).trim_end_matches(".dd2vtt");
        let map = Map::read(&path).map_err(|error| format!("{path}: {error}"))?;
        println!("| {name} {}", map.row(&cgal)?);
    }
    Ok(())
}

struct Map {
    walls: Vec<Segment>,
    size: Point,
    eyes: Vec<Point>,
}

impl Map {
    fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let map: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let resolution = map.get("resolution").ok_or("no resolution")?;
        let pair = |of: Option<&Value>| {
            let part = |name: &str| of.and_then(|of| of.get(name)).and_then(Value::as_f64).unwrap_or(0.0);
            (part("x"), part("y"))
        };
        let (left, top) = pair(resolution.get("map_origin"));
        let (width, height) = pair(resolution.get("map_size"));
        #[expect(clippy::cast_possible_truncation, reason = "maps are small")]
        let point = |(x, y): (f64, f64)| Point {
            x: ((x - left).clamp(0.0, width) * CELL).round() as i32,
            y: ((y - top).clamp(0.0, height) * CELL).round() as i32,
        };
        let mut walls = Vec::new();
        let mut add = |a: Point, b: Point| {
            walls.push(Segment { a, b, blocks: Blocks::ALL, side: Side::Both, gate: None });
        };
        let list = |of: Option<&Value>| of.and_then(Value::as_array).cloned().unwrap_or_default();
        for name in ["line_of_sight", "objects_line_of_sight"] {
            for line in list(map.get(name)) {
                let points: Vec<Point> = list(Some(&line)).iter().map(|at| point(pair(Some(at)))).collect();
                points.windows(2).for_each(|ends| add(ends[0], ends[1]));
            }
        }
        for portal in list(map.get("portals")) {
            let is_shut = portal.get("closed").and_then(Value::as_bool).unwrap_or(true);
            let ends = list(portal.get("bounds"));
            if let ([a, b], true) = (ends.as_slice(), is_shut) {
                add(point(pair(Some(a))), point(pair(Some(b))));
            }
        }
        let free: Vec<Point> = list(map.get("x_free_points"))
            .iter()
            .map(|at| match at.as_array().map(Vec::as_slice) {
                Some([x, y]) => point((x.as_f64().unwrap_or(0.0), y.as_f64().unwrap_or(0.0))),
                _ => point(pair(Some(at))),
            })
            .take(EYES)
            .collect();
        let mut draw = 1u32;
        let mut next = |most: i32| {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i32::try_from((u64::from(draw) * u64::from(most.unsigned_abs())) >> 32).unwrap_or(0)
        };
        let size = point((left + width, top + height));
        let anywhere: Vec<Point> =
            (0..EYES).map(|_| Point { x: next(size.x - 2) + 1, y: next(size.y - 2) + 1 }).collect();
        Ok(Self { walls, size, eyes: if free.is_empty() { anywhere } else { free } })
    }

    fn row(&self, cgal: &str) -> Result<String, Box<dyn Error>> {
        let mut built = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            Walls::new(&self.walls, self.size)?;
            built.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let walls = Walls::new(&self.walls, self.size)?;
        let (edits, copies) = self.edits(&walls)?;
        let pieces = snapped(&walls, self.size)?;
        let mut scratch = Scratch::default();
        let mut corners = Vec::new();
        let mut time = |reach: Reach, corners: &mut Vec<f64>| -> Vec<f64> {
            let gates = Gates::default();
            let mut micros = Vec::new();
            for eye in &self.eyes {
                let mut best = f64::MAX;
                for round in 0..3 {
                    let start = Instant::now();
                    let polygon = walls.visible_from(*eye, Channel::Sight, reach, &gates, &mut scratch);
                    best = best.min(start.elapsed().as_secs_f64() * 1e6);
                    if round == 0 {
                        corners.push(f64::from(u32::try_from(polygon.vertices().len()).unwrap_or(0)));
                    }
                }
                micros.push(best);
            }
            micros
        };
        let own = time(Reach::Unlimited, &mut corners);
        let near = time(Reach::Radius(12 << 16), &mut Vec::new());
        let mut row = format!(
            "| {} | {:.0} | {:.2} | {:.1} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} |",
            pieces.len(),
            part(&corners, 0.5),
            part(&built, 0.5),
            part(&edits, 0.5),
            part(&copies, 0.5),
            part(&own, 0.5),
            part(&own, 0.99),
            part(&near, 0.5),
            part(&near, 0.99),
        );
        if cgal == "-" {
            row.push_str(" – | – |");
            return Ok(row);
        }
        let peer = part(&self.cgal(cgal, &pieces)?, 0.5);
        write!(row, " {peer:.2} | {:.3} |", part(&own, 0.5) / peer)?;
        Ok(row)
    }

    /// Microseconds to take one wall out or put one in, and to copy the whole set.
    fn edits(&self, walls: &Walls) -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
        let mut copies = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            let copy = walls.clone();
            copies.push(start.elapsed().as_secs_f64() * 1e6);
            drop(copy);
        }
        let mut edits = Vec::new();
        let mut edited = walls.clone();
        for (number, wall) in (0u32..).zip(&self.walls).step_by(self.walls.len() / 200 + 1) {
            let start = Instant::now();
            edited.edit(&[number], &[])?;
            edits.push(start.elapsed().as_secs_f64() * 1e6);
            let start = Instant::now();
            edited.edit(&[], &[*wall])?;
            edits.push(start.elapsed().as_secs_f64() * 1e6);
        }
        Ok((edits, copies))
    }

    fn cgal(&self, program: &str, pieces: &[(Point, Point)]) -> Result<Vec<f64>, Box<dyn Error>> {
        let mut input = format!("{}\n", pieces.len());
        for (a, b) in pieces {
            writeln!(input, "{} {} {} {}", a.x, a.y, b.x, b.y)?;
        }
        writeln!(input, "{}", self.eyes.len())?;
        for eye in &self.eyes {
            writeln!(input, "{} {}", eye.x, eye.y)?;
        }
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("CGAL: {}", output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.lines().filter_map(|line| line.parse().ok()).collect())
    }
}

/// The walls cut where they meet, rounded to the grid until nothing crosses any more, which a peer without exact
/// crossings needs.
fn snapped(walls: &Walls, size: Point) -> Result<Vec<(Point, Point)>, Box<dyn Error>> {
    let mut pieces: Vec<(Point, Point)> = walls.pieces().collect();
    for _ in 0..20 {
        let segments: Vec<Segment> = pieces
            .iter()
            .map(|(a, b)| Segment { a: *a, b: *b, blocks: Blocks::ALL, side: Side::Both, gate: None })
            .collect();
        let again: Vec<(Point, Point)> =
            Walls::new(&segments, size)?.pieces().filter(|(a, b)| a != b).collect();
        let key = |(a, b): &(Point, Point)| (*a.min(b), *a.max(b));
        let (mut before, mut after): (Vec<_>, Vec<_>) =
            (pieces.iter().map(key).collect(), again.iter().map(key).collect());
        before.sort_unstable();
        before.dedup();
        after.sort_unstable();
        after.dedup();
        pieces.clone_from(&after);
        if before == after {
            return Ok(pieces);
        }
    }
    Err("the walls do not come to rest on the grid".into())
}

/// A quantile.
fn part(of: &[f64], part: f64) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = ((sorted.len().saturating_sub(1)) as f64 * part).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
