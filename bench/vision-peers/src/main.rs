//! Microseconds a viewpoint, beside CGAL's triangular expansion on the same walls, in one run.
//!
//! `vision-peers CGAL MAP…`: the first argument is the compiled `cgal.cpp` (or `-` for none), the others are Universal
//! VTT maps. Walls, objects and shut doors of each map are taken; CGAL gets them cut where they meet, as the kernel
//! itself cuts them. Both answer all viewpoints one after the other, taking turns for a few rounds, and both write their
//! polygon. A viewpoint counts with the median of its rounds, less what reading the clock takes; the share stands with the
//! least and the most of a round.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]
#![expect(clippy::disallowed_methods, reason = "a program that measures time")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Instant;

use serde_json::Value;
use vision::{Blocks, Channel, Gates, Point, Reach, Scratch, Segment, Side, Walls};

const CELL: f64 = 65_536.0;
/// Viewpoints of a map.
const EYES: usize = 1_000;
const ROUNDS: usize = 7;

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
        "| map | pieces | corners | build ms | edit µs | copy µs | µs | p99 | r=12 µs | p99 | CGAL µs | share | of a round |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
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
        let gates = Gates::default();
        let clock = clock_micros();
        let mut sweep = |reach: Reach| -> (Vec<f64>, Vec<f64>) {
            let looks = self.eyes.iter().map(|eye| {
                let start = Instant::now();
                let polygon = walls.visible_from(*eye, Channel::Sight, reach, &gates, &mut scratch);
                let micros = start.elapsed().as_secs_f64() * 1e6 - clock;
                (micros, f64::from(u32::try_from(polygon.vertices().len()).unwrap_or(0)))
            });
            looks.unzip()
        };
        let mut peer = if cgal == "-" { None } else { Some(Peer::start(cgal, &pieces, &self.eyes)?) };
        let (mut own, mut near, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let mut corners = Vec::new();
        for _ in 0..ROUNDS {
            let micros;
            (micros, corners) = sweep(Reach::Unlimited);
            own.push(micros);
            near.push(sweep(Reach::Radius(12 << 16)).0);
            if let Some(peer) = &mut peer {
                theirs.push(peer.round()?);
            }
        }
        let (all_around, within) = (of_each(&own), of_each(&near));
        let mut row = format!(
            "| {} | {:.0} | {:.2} | {:.1} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} |",
            pieces.len(),
            part(&corners, 0.5),
            part(&built, 0.5),
            part(&edits, 0.5),
            part(&copies, 0.5),
            part(&all_around, 0.5),
            part(&all_around, 0.99),
            part(&within, 0.5),
            part(&within, 0.99),
        );
        if theirs.is_empty() {
            row.push_str(" – | – | – |");
            return Ok(row);
        }
        let whole = part(&of_each(&theirs), 0.5);
        let shares: Vec<f64> =
            own.iter().zip(&theirs).map(|(own, theirs)| part(own, 0.5) / part(theirs, 0.5)).collect();
        write!(
            row,
            " {whole:.2} | {:.3} | {:.3}–{:.3} |",
            part(&all_around, 0.5) / whole,
            part(&shares, 0.0),
            part(&shares, 1.0)
        )?;
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
}

/// A running `cgal.cpp` that holds walls and viewpoints.
struct Peer {
    program: Child,
    answers: Lines<BufReader<ChildStdout>>,
    eyes: usize,
}

impl Peer {
    fn start(program: &str, pieces: &[(Point, Point)], eyes: &[Point]) -> Result<Self, Box<dyn Error>> {
        let mut input = format!("{}\n", pieces.len());
        for (a, b) in pieces {
            writeln!(input, "{} {} {} {}", a.x, a.y, b.x, b.y)?;
        }
        writeln!(input, "{}", eyes.len())?;
        for eye in eyes {
            writeln!(input, "{} {}", eye.x, eye.y)?;
        }
        let mut program = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        program.stdin.as_mut().ok_or("no input")?.write_all(input.as_bytes())?;
        let answers = BufReader::new(program.stdout.take().ok_or("no output")?).lines();
        Ok(Self { program, answers, eyes: eyes.len() })
    }

    /// Microseconds of each viewpoint that is inside.
    fn round(&mut self) -> Result<Vec<f64>, Box<dyn Error>> {
        writeln!(self.program.stdin.as_mut().ok_or("no input")?, "go")?;
        let mut micros = Vec::with_capacity(self.eyes);
        for answer in self.answers.by_ref().take(self.eyes) {
            micros.extend(answer?.parse::<f64>());
        }
        if micros.is_empty() {
            return Err("CGAL answered nothing".into());
        }
        Ok(micros)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.program.stdin.take());
        drop(self.program.wait());
    }
}

/// What it takes to read the clock.
fn clock_micros() -> f64 {
    let reads: Vec<f64> = (0..EYES)
        .map(|_| {
            let start = Instant::now();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    part(&reads, 0.5)
}

/// The median of each viewpoint over the rounds.
fn of_each(rounds: &[Vec<f64>]) -> Vec<f64> {
    let count = rounds.iter().map(Vec::len).min().unwrap_or(0);
    let of_one = |eye: usize| -> Vec<f64> { rounds.iter().map(|round| round[eye]).collect() };
    (0..count).map(|eye| part(&of_one(eye), 0.5)).collect()
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
