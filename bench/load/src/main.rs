//! `load`: a raw broadcast server, and a generator that drives it or Wardlight with the same frames.
//!
//! The raw server is the limit of what a room over WebSockets can do on this machine: it repeats each frame to everybody
//! in the room and does nothing else. Figures are quoted as shares of it, from the same run. Beside that, games whose every
//! command must be acknowledged, to be played while what runs them is changed.

#![expect(clippy::print_stdout, reason = "a command line tool prints its results")]

mod bench;
mod drive;
mod game;
mod raw;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use load::Error;
use load::site::Site;

#[derive(Parser)]
#[command(about = "Drives a table with many viewers and measures it beside a raw broadcast")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure everything, side by side, and print a table
    Bench {
        /// The `wardlight` binary
        #[arg(long)]
        server: PathBuf,
        /// Seconds for each load
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Rounds, of which medians are taken
        #[arg(long, default_value_t = 5)]
        rounds: u32,
        /// With a thousand tables
        #[arg(long)]
        large: bool,
        /// Only loads whose name holds this, and no weighing
        #[arg(long)]
        only: Option<String>,
    },
    /// Serve rooms that repeat every frame to everybody in them
    Raw {
        /// Where
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// Drive the raw server
    DriveRaw {
        /// Where it is
        #[arg(long)]
        server: SocketAddr,
        /// Rooms
        #[arg(long, default_value_t = 1)]
        tables: usize,
        /// Viewers in each room, besides the one who moves
        #[arg(long, default_value_t = 5)]
        viewers: usize,
        /// Seconds
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Moves a second in each room; 0 for as many as arrive
        #[arg(long, default_value_t = 0)]
        rate: u32,
    },
    /// Drive Wardlight: tables made by `wardlight admin new-table --format json`
    Drive {
        /// Where it is
        #[arg(long)]
        server: SocketAddr,
        /// A file with a line of JSON for each table
        #[arg(long)]
        tables: PathBuf,
        /// Viewers at each table, besides the game master
        #[arg(long, default_value_t = 5)]
        viewers: usize,
        /// Seconds
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Moves a second at each table; 0 for as many as arrive
        #[arg(long, default_value_t = 0)]
        rate: u32,
        /// Stored moves instead of drags
        #[arg(long)]
        stored: bool,
    },
    /// Play at tables made by `wardlight admin new-table --format json`; prints what was acknowledged at each, and fails if
    /// anything was refused or not answered
    Play {
        #[command(flatten)]
        place: Place,
        /// A file with a line of JSON for each table
        #[arg(long)]
        tables: PathBuf,
        /// Players at each table, besides the game master
        #[arg(long, default_value_t = 2)]
        players: usize,
        /// Seconds
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Fail unless all that was acknowledged while playing is there, once and in order
    Recall {
        #[command(flatten)]
        place: Place,
        /// A file with what `play` printed
        #[arg(long)]
        played: PathBuf,
    },
}

/// Where a game is played.
#[derive(Args)]
struct Place {
    /// Where the server is, or the edge in front of it
    #[arg(long)]
    server: SocketAddr,
    /// Over TLS under this name, such as table.example:8443
    #[arg(long, requires = "authority")]
    host: Option<String>,
    /// The certificates that vouch for it, as PEM
    #[arg(long, value_name = "FILE", requires = "host")]
    authority: Option<PathBuf>,
}

impl Place {
    fn site(&self) -> Result<Site, Error> {
        match self.host.as_deref().zip(self.authority.as_deref()) {
            Some((host, authority)) => Site::secure(self.server, host, authority),
            None => Ok(Site::plain(self.server)),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match Cli::parse().task {
        Task::Bench { server, seconds, rounds, large, only } => {
            bench::Bench { server, seconds, rounds, large, only }.run()
        }
        Task::Raw { listen } => raw::serve(listen).await,
        Task::DriveRaw { server, tables, viewers, seconds, rate } => {
            let plan = drive::Plan { viewers, seconds, rate, stored: false };
            println!("{}", drive::raw(server, tables, plan).await?);
            Ok(())
        }
        Task::Drive { server, tables, viewers, seconds, rate, stored } => {
            let plan = drive::Plan { viewers, seconds, rate, stored };
            println!("{}", drive::wardlight(server, &tables, plan).await?);
            Ok(())
        }
        Task::Play { place, tables, players, seconds } => {
            game::play(&place.site()?, &tables, players, Duration::from_secs(seconds)).await
        }
        Task::Recall { place, played } => game::recall(&place.site()?, &played).await,
    }
}
