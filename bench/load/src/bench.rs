//! The whole measurement: both servers, all loads, several rounds, one table of medians.
//!
//! Servers run on core 0, generators on core 1, one server at a time, the raw one and Wardlight by turns.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use load::Error;
use serde::Deserialize;

/// What to measure and how long.
pub(crate) struct Bench {
    pub(crate) server: PathBuf,
    pub(crate) seconds: u64,
    pub(crate) rounds: u32,
    pub(crate) large: bool,
    pub(crate) only: Option<String>,
}

struct Load {
    name: &'static str,
    tables: usize,
    viewers: usize,
    rate: u32,
    stored: bool,
}

const LOADS: [Load; 6] = [
    Load { name: "drag 1×5", tables: 1, viewers: 5, rate: 0, stored: false },
    Load { name: "drag 1×50", tables: 1, viewers: 50, rate: 0, stored: false },
    Load { name: "drag 20×5", tables: 20, viewers: 5, rate: 0, stored: false },
    Load { name: "drag 1×5, 30 a second", tables: 1, viewers: 5, rate: 30, stored: false },
    Load { name: "move 1×5, stored", tables: 1, viewers: 5, rate: 0, stored: true },
    Load { name: "move 20×5, stored", tables: 20, viewers: 5, rate: 0, stored: true },
];

const LARGE: Load =
    Load { name: "move 1000×5, 2 a second", tables: 1000, viewers: 5, rate: 2, stored: true };

/// Tables that are made and left asleep, to weigh them.
const ASLEEP: usize = 1_000;

#[derive(Clone, Copy, Default, Deserialize)]
struct Figures {
    moves_per_s: f64,
    deliveries_per_s: f64,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    /// Resident memory, in megabytes.
    fn memory_mb(&self) -> Result<f64, Error> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Bench {
    /// Measures and prints; progress goes to the error stream.
    #[expect(clippy::print_stderr, reason = "a command line tool tells how far it is")]
    pub(crate) fn run(&self) -> Result<(), Error> {
        let home = std::env::temp_dir().join(format!("wardlight-bench-{}", std::process::id()));
        std::fs::create_dir_all(&home)?;
        let result = self.measure(&home);
        drop(std::fs::remove_dir_all(&home));
        if result.is_err() {
            eprintln!("the bench broke off");
        }
        result
    }

    #[expect(clippy::print_stderr, reason = "a command line tool tells how far it is")]
    fn measure(&self, home: &Path) -> Result<(), Error> {
        let mut found: BTreeMap<&str, Vec<[Figures; 2]>> = BTreeMap::new();
        let wanted = |load: &&Load| self.only.as_ref().is_none_or(|part| load.name.contains(part.as_str()));
        let loads: Vec<&Load> = LOADS.iter().chain(self.large.then_some(&LARGE)).filter(wanted).collect();
        if loads.is_empty() {
            return Err("no load has such a name".into());
        }
        for round in 1..=self.rounds {
            for load in &loads {
                eprintln!("round {round} of {}: {}", self.rounds, load.name);
                let raw = self.drive_raw(load)?;
                let ours =
                    self.drive(load, &home.join(format!("{round}-{}-{}", load.tables, load.viewers)))?;
                found.entry(load.name).or_default().push([raw, ours]);
            }
        }
        println!("| load | moves/s | deliveries/s | share of raw | p50 ms | p99 ms | raw p50 | raw p99 |");
        println!("|---|---|---|---|---|---|---|---|");
        for load in &loads {
            let rounds = found.get(load.name).map_or(&[][..], Vec::as_slice);
            let of = |side: usize, figure: fn(&Figures) -> f64| {
                median(rounds.iter().map(|round| figure(&round[side])).collect())
            };
            let shares = rounds.iter().map(|[raw, ours]| ours.deliveries_per_s / raw.deliveries_per_s);
            println!(
                "| {} | {:.0} | {:.0} | {:.3} | {:.2} | {:.2} | {:.2} | {:.2} |",
                load.name,
                of(1, |figures| figures.moves_per_s),
                of(1, |figures| figures.deliveries_per_s),
                median(shares.collect()),
                of(1, |figures| figures.latency_p50_ms),
                of(1, |figures| figures.latency_p99_ms),
                of(0, |figures| figures.latency_p50_ms),
                of(0, |figures| figures.latency_p99_ms),
            );
        }
        if self.only.is_some() {
            return Ok(());
        }
        self.weigh(&home.join("weigh"))
    }

    /// Memory of the process alone, of tables asleep and of live ones.
    fn weigh(&self, home: &Path) -> Result<(), Error> {
        let (server, address) = self.serve(home)?;
        let alone = server.memory_mb()?;
        self.new_tables(home, &address, ASLEEP)?;
        let asleep = server.memory_mb()?;
        drop(server);
        let live_home = home.with_extension("live");
        let (server, address) = self.serve(&live_home)?;
        let tables = self.new_tables(&live_home, &address, 20)?;
        let before = server.memory_mb()?;
        let load = Load { name: "", tables: 20, viewers: 5, rate: 2, stored: true };
        let mut drive =
            Running(self.drive_command(&load, &address, &tables, 6).stdout(Stdio::null()).spawn()?);
        // Weighed while everybody is there: the generator sits down within three seconds and drives for six more.
        let mut live = before;
        while drive.0.try_wait()?.is_none() {
            live = live.max(server.memory_mb()?);
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        println!();
        println!("| memory | |");
        println!("|---|---|");
        println!("| server without tables | {alone:.1} MB |");
        println!("| a table asleep | {:.2} kB |", (asleep - alone) * 1024.0 / ASLEEP as f64);
        println!("| a live table (1,000 walls, 51 tokens, 5 viewers) | {:.2} MB |", (live - before) / 20.0);
        Ok(())
    }

    fn drive_raw(&self, load: &Load) -> Result<Figures, Error> {
        let mut command = pinned(0, &std::env::current_exe()?);
        let mut server = Running(command.arg("raw").stdout(Stdio::piped()).spawn()?);
        let address = first_line(&mut server)?;
        let mut drive = pinned(1, &std::env::current_exe()?);
        drive.args(["drive-raw", "--server", &address]);
        figures(with(&mut drive, load, self.seconds))
    }

    fn drive(&self, load: &Load, home: &Path) -> Result<Figures, Error> {
        drop(std::fs::remove_dir_all(home));
        let (_server, address) = self.serve(home)?;
        let tables = self.new_tables(home, &address, load.tables)?;
        figures(&mut self.drive_command(load, &address, &tables, self.seconds))
    }

    fn drive_command(&self, load: &Load, address: &str, tables: &Path, seconds: u64) -> Command {
        let exe = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("load"));
        let mut drive = pinned(1, &exe);
        drive.args(["drive", "--server", address, "--tables"]).arg(tables);
        if load.stored {
            drive.arg("--stored");
        }
        drive.args(["--viewers", &load.viewers.to_string(), "--rate", &load.rate.to_string()]);
        drive.args(["--seconds", &seconds.to_string()]);
        drive
    }

    fn serve(&self, home: &Path) -> Result<(Running, String), Error> {
        let (address, ops) = (free_address()?, free_address()?);
        let mut command = pinned(0, &self.server);
        command.args(["serve", "--listen", &address, "--ops-listen", &ops, "--data"]).arg(home);
        // The generator comes from one address and is faster than people.
        command.args(["--rate-factor", "10000000", "--frames-per-second", "1000000000"]);
        command.env("WARDLIGHT_LOG", "warn");
        let mut server = Running(command.stdout(Stdio::piped()).spawn()?);
        let output = server.0.stdout.take().ok_or("no output")?;
        for line in BufReader::new(output).lines() {
            if line?.contains("Stop with") {
                return Ok((server, address));
            }
        }
        Err("the server did not start".into())
    }

    fn new_tables(&self, home: &Path, address: &str, count: usize) -> Result<PathBuf, Error> {
        let mut command = Command::new(&self.server);
        command.args(["admin", "new-table", "--listen", address, "--count", &count.to_string()]);
        let output = command.args(["--format", "json", "--data"]).arg(home).output()?;
        if !output.status.success() {
            return Err(format!("no tables: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let path = home.join("tables");
        std::fs::write(&path, output.stdout)?;
        Ok(path)
    }
}

fn with<'a>(command: &'a mut Command, load: &Load, seconds: u64) -> &'a mut Command {
    command.args(["--tables", &load.tables.to_string(), "--viewers", &load.viewers.to_string()]);
    command.args(["--rate", &load.rate.to_string(), "--seconds", &seconds.to_string()])
}

fn figures(command: &mut Command) -> Result<Figures, Error> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the generator failed".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn first_line(server: &mut Running) -> Result<String, Error> {
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// The command on one core, where the system can do that.
fn pinned(core: u32, program: &Path) -> Command {
    let mut taskset = Command::new("taskset");
    if Command::new("taskset").arg("-V").output().is_err() {
        return Command::new(program);
    }
    taskset.args(["-c", &core.to_string()]).arg(program);
    taskset
}

fn free_address() -> Result<String, Error> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
