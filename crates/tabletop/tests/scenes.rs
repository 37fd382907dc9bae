//! What a player is shown of small scenes, as pictures. Each file of `tests/scenes` holds a map, what stands on it, and
//! for each step what the player sees, feels and is shown. Run with `UPDATE=1` to write the answers anew.
//!
//! The map: `#` wall, `+` shut door, `=` shut secret door, `>` a one-way wall that stops what comes from the left, `o` a
//! pillar (its cell's edges are of the kind object), `@` the player's token, other capitals tokens, other small letters lights, digits places
//! to go to. An answer: `B` bright, `d` dim, `n` seen without light, `.` not shown; the sample in the middle of each
//! cell is asked.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tabletop::command::{Command, LightChange, NewLight, SceneChange, TokenChange};
use tabletop::event::{
    Ambience, BlockRecord, Cone, Event, Glow, PortalKind, PortalState, Role, Senses, WallKind,
};
use tabletop::geometry::{CELL, Point};
use tabletop::id::{LightId, PortalId, SeatId, TokenId};
use tabletop::samples::{SAMPLE, Samples};
use world::{MASTER, World, name, quarters};

const UPDATE: &str = "UPDATE";

/// A scene from a file, in play.
struct Stage {
    world: World,
    player: SeatId,
    map: Vec<Vec<char>>,
    tokens: BTreeMap<char, TokenId>,
    lights: BTreeMap<char, LightId>,
    doors: Vec<PortalId>,
}

fn middle(column: usize, row: usize) -> Point {
    let at = |index: usize| i32::try_from(index * 4 + 2).expect("a small map");
    quarters(at(column), at(row))
}

fn cells(text: &str) -> i32 {
    (text.parse::<f64>().expect("a number of cells") * f64::from(CELL)) as i32
}

impl Stage {
    fn new(map: Vec<Vec<char>>) -> Self {
        let mut world = World::new();
        let side = |length: usize| u32::try_from(length).expect("a small map");
        let width = map.iter().map(Vec::len).max().expect("a map has rows");
        world.must(MASTER, Command::AddScene(name("Here"), [side(width), side(map.len())]));
        let player = world.seat("Ada", Role::Player);
        let mut stage =
            Self { world, player, map, tokens: BTreeMap::new(), lights: BTreeMap::new(), doors: Vec::new() };
        stage.build();
        stage
    }

    fn is_wall(&self, column: usize, row: usize) -> bool {
        self.map.get(row).and_then(|row| row.get(column)) == Some(&'#')
    }

    fn build(&mut self) {
        let corner = |x: usize, y: usize| {
            let at = |index: usize| i32::try_from(index * 4).expect("a small map");
            quarters(at(x), at(y))
        };
        let mut walls = Vec::new();
        for (y, row) in self.map.clone().into_iter().enumerate() {
            for (x, what) in row.into_iter().enumerate() {
                if x > 0 && self.is_wall(x, y) != self.is_wall(x - 1, y) {
                    walls.push((corner(x, y), corner(x, y + 1), WallKind::Wall));
                }
                if y > 0 && self.is_wall(x, y) != self.is_wall(x, y - 1) {
                    walls.push((corner(x, y), corner(x + 1, y), WallKind::Wall));
                }
                self.put(what, x, y);
            }
        }
        self.world.must(MASTER, Command::AddWalls(walls));
    }

    fn put(&mut self, what: char, x: usize, y: usize) {
        let at = middle(x, y);
        match what {
            '>' => {
                let (left, down) = (at.x - CELL / 2, CELL / 2);
                let ends = (Point::new(left, at.y - down), Point::new(left, at.y + down));
                // Downwards, so that its right is on the left of the map.
                self.world.must(MASTER, Command::AddWalls(vec![(ends.0, ends.1, WallKind::OneWay)]));
            }
            'o' => {
                let corner = |x: i32, y: i32| Point::new(at.x + x * CELL / 2, at.y + y * CELL / 2);
                let ring = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
                let edges = (0..4).map(|index| (ring[index], ring[(index + 1) % 4], WallKind::Object));
                self.world.must(MASTER, Command::AddWalls(edges.collect()));
            }
            '+' | '=' => {
                let kind = if what == '+' { PortalKind::Door } else { PortalKind::SecretDoor };
                let upright = y > 0 && self.is_wall(x, y - 1) && self.is_wall(x, y + 1);
                let reach = if upright { (0, CELL / 2) } else { (CELL / 2, 0) };
                let end = |sign: i32| Point::new(at.x + sign * reach.0, at.y + sign * reach.1);
                self.world.must(MASTER, Command::AddPortal(end(-1), end(1), kind));
                let Some(Event::PortalAdded { portal, .. }) = self.world.log.last() else { panic!("a door") };
                self.doors.push(portal.portal);
            }
            '@' => {
                let token = self.world.token(at, &[self.player]);
                self.tokens.insert('@', token);
            }
            'A'..='Z' => {
                let token = self.world.token(at, &[]);
                self.tokens.insert(what, token);
            }
            'a'..='z' => {
                let glow = Glow { bright: CELL, dim: 2 * CELL, color: 0xff_c58f, cone: None };
                self.world.must(MASTER, Command::AddLights(vec![NewLight { at, glow, on: true }]));
                let Some(Event::LightsSet { lights, .. }) = self.world.log.last() else { panic!("a light") };
                self.lights.insert(what, lights[0].light);
            }
            _ => {}
        }
    }

    fn place(&self, mark: char) -> Point {
        let found = self
            .map
            .iter()
            .enumerate()
            .find_map(|(y, row)| Some(middle(row.iter().position(|what| *what == mark)?, y)));
        found.expect("the mark is on the map")
    }

    fn set(&mut self, token: char, change: TokenChange) {
        self.world.must(MASTER, Command::EditTokens(vec![self.tokens[&token]], change));
    }

    fn senses(&self, token: char) -> Senses {
        let now = self.world.snapshot();
        now.tokens.iter().find(|(id, _)| *id == self.tokens[&token]).expect("it stands here").1.senses
    }

    /// One line of a file: what changes on the stage.
    fn act(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mark = |word: &str| word.chars().next().expect("a mark");
        match words.as_slice() {
            ["ambience", word] => {
                let ambience = match *word {
                    "bright" => Ambience::Bright,
                    "dim" => Ambience::Dim,
                    _ => Ambience::Dark,
                };
                let scene = self.world.snapshot().shown.expect("a scene is shown");
                let change = SceneChange { ambience: Some(ambience), ..SceneChange::default() };
                self.world.must(MASTER, Command::EditScene(scene, change));
            }
            ["light", light, bright, dim, rest @ ..] => {
                let change = LightChange {
                    bright: Some(cells(bright)),
                    dim: Some(cells(dim)),
                    cone: Some(cone(rest)),
                    ..LightChange::default()
                };
                self.world.must(MASTER, Command::EditLights(vec![self.lights[&mark(light)]], change));
            }
            ["switch", light, word] => {
                let change = LightChange { on: Some(*word == "on"), ..LightChange::default() };
                self.world.must(MASTER, Command::EditLights(vec![self.lights[&mark(light)]], change));
            }
            ["torch", token, bright, dim, rest @ ..] => {
                let (bright, dim) = (cells(bright), cells(dim));
                let glow = Glow { bright, dim, color: 0xff_c58f, cone: cone(rest) };
                self.set(mark(token), TokenChange { emission: Some(Some(glow)), ..TokenChange::default() });
            }
            ["sense", token, sense, rest @ ..] => {
                let mut senses = self.senses(mark(token));
                let reach = rest.first().map_or(0, |text| cells(text));
                match *sense {
                    "sight" => senses.sight_range = Some(reach),
                    "darkvision" => senses.darkvision = reach,
                    "tremorsense" => senses.tremorsense = reach,
                    "blind" => senses.blind = true,
                    _ => panic!("no such sense: {line}"),
                }
                self.set(mark(token), TokenChange { senses: Some(senses), ..TokenChange::default() });
            }
            ["turn", token, degrees] => {
                let rotation = Some(degrees.parse().expect("degrees"));
                self.set(mark(token), TokenChange { rotation, ..TokenChange::default() });
            }
            ["hide", token] => {
                self.set(mark(token), TokenChange { hidden: Some(true), ..TokenChange::default() });
            }
            ["door", word] => {
                let state = if *word == "open" { PortalState::Open } else { PortalState::Shut };
                let door = self.doors[0];
                self.world.must(MASTER, Command::SetPortal(door, state));
            }
            ["reveal"] => {
                self.world.must(MASTER, Command::RevealPortal(self.doors[0]));
            }
            ["move", token, place] => {
                let way = vec![self.place(mark(place))];
                self.world.must(MASTER, Command::MoveTokens(vec![(self.tokens[&mark(token)], way)]));
            }
            _ => panic!("not understood: {line}"),
        }
    }

    /// What the player is shown now.
    fn answer(&mut self) -> String {
        self.world.check();
        let screen = self.world.screens[&self.player].clone();
        let kept = |at: &str| {
            let marks = self.tokens.iter().filter(|(_, token)| {
                let now = self.world.snapshot();
                let (_, record) = now.tokens.iter().find(|(id, _)| id == *token).expect("it stands here");
                let place = format!("{:?}", record.at);
                screen.things.values().any(|looks| match at {
                    "seen" => looks.get("at") == Some(&place),
                    _ => looks.get("felt").is_some_and(|look| look.contains(&place)),
                })
            });
            let marks: String = marks.map(|(mark, _)| *mark).collect();
            if marks.is_empty() { "-".to_owned() } else { marks }
        };
        let mut text =
            format!("sees {}\nfeels {}\nlights {}\n", kept("seen"), kept("felt"), screen.count("light"));
        if !self.doors.is_empty() {
            writeln!(text, "doors {}", screen.count("portal")).expect("a string takes all");
        }
        let samples = |held: &world::Blocks| {
            let record =
                |((x, y), runs): (&(u16, u16), &String)| BlockRecord { x: *x, y: *y, runs: runs.clone() };
            Samples::from(held.iter().map(record).collect::<Vec<_>>().as_slice())
        };
        let (dim, bright) = (samples(&screen.dim), samples(&screen.bright));
        for (y, row) in self.map.iter().enumerate() {
            for (x, what) in row.iter().enumerate() {
                let at = middle(x, y);
                let sample = |units: i32| u32::try_from(units / SAMPLE).expect("on the map");
                let (column, line) = (sample(at.x), sample(at.y));
                let lit = |samples: &Samples| samples.holds_all(column..column + 1, line..line + 1);
                // A little beside the middle, where no edge of a polygon runs.
                let beside = Point::new(at.x + SAMPLE / 2, at.y + SAMPLE / 3);
                let in_sight = screen.outlines.values().any(|outline| inside(&outline.sight, beside));
                let in_dark = screen.outlines.values().any(|outline| inside(&outline.dark_sight, beside));
                let is_dim = screen.outlines.values().any(|outline| outline.level == Ambience::Dim);
                text.push(match () {
                    () if *what == '#' => '#',
                    () if lit(&bright) || (in_sight && !is_dim) => 'B',
                    () if lit(&dim) || in_sight => 'd',
                    () if in_dark => 'n',
                    () => '.',
                });
            }
            text.push('\n');
        }
        text
    }
}

fn cone(words: &[&str]) -> Option<Cone> {
    match words {
        ["toward", direction, "half", angle] => Some(Cone {
            direction: direction.parse().expect("degrees"),
            half_angle: angle.parse().expect("degrees"),
        }),
        _ => None,
    }
}

/// Whether a point lies inside a polygon, by counting the edges to its right.
fn inside(polygon: &[Point], point: Point) -> bool {
    let wide = i64::from;
    let pairs = polygon.iter().zip(polygon.iter().cycle().skip(1));
    let crossed = pairs.filter(|(a, b)| {
        let (a, b) = if a.y <= b.y { (a, b) } else { (b, a) };
        let side = (wide(b.x) - wide(a.x)) * (wide(point.y) - wide(a.y))
            - (wide(b.y) - wide(a.y)) * (wide(point.x) - wide(a.x));
        a.y <= point.y && point.y < b.y && side > 0
    });
    crossed.count() % 2 == 1
}

/// Plays a file; gives it with the answers as they are now.
fn play(text: &str) -> String {
    let mut parts = text.split("\n-- ");
    let head = parts.next().expect("a file has a head");
    let (title, rest) = head.split_once('\n').expect("a title");
    let (map, settings) = rest.split_once("\n\n").unwrap_or((rest.trim_end(), ""));
    let mut stage = Stage::new(map.lines().map(|line| line.chars().collect()).collect());
    settings.lines().filter(|line| !line.is_empty()).for_each(|line| stage.act(line));
    let mut played = format!("{title}\n{map}\n\n");
    if !settings.trim().is_empty() {
        writeln!(played, "{}\n", settings.trim_end()).expect("a string takes all");
    }
    for part in parts {
        let step = part.lines().next().expect("a step");
        if step != "at first" {
            step.split(", ").for_each(|act| stage.act(act));
        }
        write!(played, "-- {step}\n{}", stage.answer()).expect("a string takes all");
    }
    played
}

#[test]
fn what_a_player_is_shown_of_each_scene_is_what_was_reviewed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenes");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file can be read");
        let played = play(&text);
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &played).expect("the file can be written");
        } else {
            assert_eq!(played, text, "{} (UPDATE=1 writes the answers anew)", path.display());
        }
        count += 1;
    }
    assert!(count > 5, "the scenes are read");
}
