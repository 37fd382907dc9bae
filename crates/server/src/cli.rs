//! The command line.

mod accounts;
mod audit;
mod keys;
mod tables;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use store::Store;
use tabletop::id::TableId;
use tabletop::name::{Name, NameError};
use time::OffsetDateTime;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, ConfigError, LogFormat, ServeOptions};
use crate::decoder::worker;
use crate::qr::qr_text;
use crate::serve::{Links, Server, StartError};
use crate::tally::Tally;
use crate::trail::{self, Trail};

/// A virtual tabletop that keeps its secrets: what a player may not see never leaves the server.
#[derive(Parser)]
#[command(name = "wardlight", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Serve tables; prints the links to open
    Serve(ServeOptions),
    /// Ask a running server whether it is ready
    Healthcheck {
        /// The ops listener's address
        #[arg(long, env = "WARDLIGHT_OPS_LISTEN", default_value = "127.0.0.1:9090")]
        ops_listen: std::net::SocketAddr,
    },
    /// Help for whoever runs the server
    Admin {
        #[command(subcommand)]
        task: Admin,
    },
    /// Who can sign in, and links for those who cannot yet or not any more
    Accounts {
        #[command(subcommand)]
        task: accounts::Accounts,
    },
    /// The tables, and the deleted ones
    Tables {
        #[command(subcommand)]
        task: tables::Tables,
    },
    /// The keys that sign people in
    Keys {
        #[command(subcommand)]
        task: keys::Keys,
    },
    /// What happened that concerns security, and whether the record of it is whole
    Audit {
        #[command(subcommand)]
        task: audit::Audit,
    },
    /// Decode one picture from the standard input: what the server does in a process of its own
    #[command(hide = true)]
    DecodePicture,
    /// Copy all data while people play
    Backup {
        #[command(subcommand)]
        task: Backup,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Make a table and print its links; works beside a running server
    NewTable {
        /// Its name
        #[arg(long, default_value = "New table")]
        name: String,
        /// How many
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        count: u32,
        /// How the answer is written: with json, a line for each table
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        options: ServeOptions,
    },
    /// Print a new one-time game master link; unused ones become worthless
    GmLink {
        /// The table; the newest one by default
        #[arg(long)]
        table: Option<TableId>,
        /// How the answer is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        options: ServeOptions,
    },
}

#[derive(Subcommand)]
enum Backup {
    /// Write a consistent copy to a new directory; restore it by serving with --data DIR
    Create {
        /// The new directory
        #[arg(long)]
        to: PathBuf,
        /// How the answer is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        options: Box<ServeOptions>,
    },
}

/// Where the data is, and how the answer is written.
#[derive(Args)]
struct Place {
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    options: Box<ServeOptions>,
}

/// There is no data there, or it cannot be opened.
#[derive(Debug, thiserror::Error)]
enum PlaceError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("there is no data in {0}; name the server's data with --data")]
    NoData(String),
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Place {
    async fn open(&self) -> Result<(Config, Store), PlaceError> {
        let config = Config::load((*self.options).clone())?;
        // To make a database for a mistyped path would help nobody.
        if !config.data.join("keys").is_dir() {
            return Err(PlaceError::NoData(config.data.display().to_string()));
        }
        let store = config.open_store().await?;
        Ok((config, store))
    }
}

/// An answer in both forms.
struct Told {
    text: String,
    json: serde_json::Value,
}

impl Told {
    fn written(self, format: Format) -> String {
        match format {
            Format::Text => self.text,
            Format::Json => format!("{}\n", self.json),
        }
    }
}

/// The day of a time in milliseconds since 1970, in UTC.
fn day(at_ms: u64) -> String {
    let seconds = i64::try_from(at_ms / 1_000).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| String::new(), |at| at.date().to_string())
}

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A task failed: one line for the person, and why.
#[derive(Debug, thiserror::Error)]
enum TaskError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("--name")]
    Name(#[source] NameError),
    #[error("the server is not ready")]
    NotReady(#[source] io::Error),
    #[error("the backup could not be made")]
    Backup(#[source] store::StoreError),
    #[error(transparent)]
    Keys(#[from] identity::KeyError),
    #[error(transparent)]
    Accounts(#[from] accounts::AccountsTaskError),
    #[error(transparent)]
    Tables(#[from] tables::TablesTaskError),
    #[error(transparent)]
    Audit(#[from] audit::AuditTaskError),
    #[error("could not start the runtime")]
    Runtime(#[source] io::Error),
}

/// Runs the task on the command line. 0 is success, 1 a failed task, 2 wrong use.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // It needs no runtime, and nothing else that follows.
    if matches!(cli.task, Task::DecodePicture) {
        return worker::main();
    }
    keep_memory_private();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(TaskError::Runtime)
        .and_then(|runtime| runtime.block_on(run(cli.task)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = format!("wardlight: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                message.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            tell(&mut io::stderr(), &format!("{message}\n"));
            let wrong_use = matches!(
                error,
                TaskError::Config(_)
                    | TaskError::Name(_)
                    | TaskError::Audit(audit::AuditTaskError::Config(_))
            );
            if wrong_use { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// There are keys in it: no image of it is ever written, and no other process of the same user may read it. Where this
/// machine does not know how, it is as safe as the machine is.
fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _set = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).is_ok();
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _set = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    }
}

async fn run(task: Task) -> Result<(), TaskError> {
    match task {
        Task::Serve(options) => serve(options).await,
        Task::Healthcheck { ops_listen } => healthcheck(ops_listen).await.map_err(TaskError::NotReady),
        Task::Admin { task: Admin::NewTable { name, count, format, options } } => {
            new_tables(&name, count, format, options).await
        }
        Task::Admin { task: Admin::GmLink { table, format, options } } => {
            gm_link(table, format, options).await
        }
        Task::Accounts { task } => accounts::run(task).await.map_err(TaskError::Accounts),
        Task::Tables { task } => tables::run(task).await.map_err(TaskError::Tables),
        Task::Keys { task } => keys::run(task).map_err(TaskError::Keys),
        Task::Audit { task } => audit::run(task).await.map_err(TaskError::Audit),
        Task::DecodePicture => Ok(()),
        Task::Backup { task: Backup::Create { to, format, options } } => backup(&to, format, *options).await,
    }
}

async fn serve(options: ServeOptions) -> Result<(), TaskError> {
    let config = Config::load(options)?;
    let (tally, trail) = start_logs(config.log_format);
    let server = Server::build(&config).await?.telling(tally, trail);
    let links = server.links().await?;
    tell(&mut io::stdout(), &welcome(&server, &links, &config));
    server.run(stop_signal()).await;
    Ok(())
}

/// What is logged if nothing else is said. The library of passkeys calls an error what a peer did wrong; `passkey.refused`
/// says it at its level.
const USUAL_LOG: &str = "info,webauthn_rs_core=off,webauthn_rs=off";

/// What a person sees after the start.
fn welcome(server: &Server, links: &Links, config: &Config) -> String {
    let mut text = String::from("\n  Wardlight is running.\n\n");
    match links.game_master.first() {
        Some(link) => text.push_str(&format!("  Game master (works once):  {link}\n")),
        // All tables are people's own.
        None if links.invite.is_empty() => text.push_str(&format!(
            "  Your tables:               {}   (another of your own: wardlight admin new-table)\n",
            server.origins().first().map_or("", String::as_str)
        )),
        None => text.push_str(&format!(
            "  Game master:               {}   (signed in before; else: wardlight admin gm-link)\n",
            server.origins().first().map_or("", String::as_str)
        )),
    }
    // Under an address of its own one link is for all; without, one is for this machine and one for the network.
    let is_public = !config.public_urls.is_empty();
    let on_network = |link: &&String| !link.contains("://127.0.0.1") && !link.contains("://localhost");
    let phone = links.invite.iter().find(on_network);
    match links.invite.first() {
        Some(link) if is_public => text.push_str(&format!("  Players:                   {link}\n")),
        Some(link) => text.push_str(&format!("  Players on this machine:   {link}\n")),
        None => {}
    }
    if let Some(link) = phone.filter(|_| !is_public) {
        text.push_str(&format!("  Players on your network:   {link}\n"));
        if let Some(link) = links.game_master.iter().find(on_network) {
            text.push_str(&format!("  Game master on your network: {link}\n"));
        }
    }
    if let Some(fingerprint) = &links.fingerprint {
        text.push_str(
            "\n  Browsers warn once about the certificate of your network address. Its SHA-256 fingerprint is\n",
        );
        text.push_str(&format!("  {fingerprint}\n"));
    }
    if let Some(link) = phone.filter(|_| io::stdout().is_terminal() || config.tls.is_some()) {
        text.push_str(&format!("\n  For phones:\n\n{}\n", qr_text(link)));
    }
    if !is_public {
        text.push_str("  From outside your network: point your own domain or a tunnel at this machine and add --public-url.\n");
    }
    text.push_str(&format!("  Your data lies in {}. Stop with Ctrl-C.\n\n", config.data.display()));
    text
}

async fn gm_link(table: Option<TableId>, format: Format, options: ServeOptions) -> Result<(), TaskError> {
    let config = Config::load(options)?;
    let links = Server::master_link_beside(&config, table).await?;
    match format {
        Format::Text => {
            let mut text = String::from(
                "New game master link; it works once and for seven days. Older unused ones no longer work.\n",
            );
            for link in &links {
                text.push_str(&format!("  {link}\n"));
            }
            tell(&mut io::stdout(), &text);
        }
        Format::Json => tell(&mut io::stdout(), &format!("{}\n", serde_json::json!({ "links": links }))),
    }
    Ok(())
}

async fn new_tables(name: &str, count: u32, format: Format, options: ServeOptions) -> Result<(), TaskError> {
    let name = Name::parse(name).map_err(TaskError::Name)?;
    let config = Config::load(options)?;
    for made in Server::new_tables_beside(&config, &name, count).await? {
        let text = match format {
            Format::Json => serde_json::to_string(&made).unwrap_or_default(),
            Format::Text => format!(
                "{name}\n  Game master (works once):  {}\n  Players:                   {}",
                made.game_master.first().map_or("", String::as_str),
                made.invite.first().map_or("", String::as_str),
            ),
        };
        tell(&mut io::stdout(), &format!("{text}\n"));
    }
    Ok(())
}

async fn backup(to: &std::path::Path, format: Format, options: ServeOptions) -> Result<(), TaskError> {
    let config = Config::load(options)?;
    let from = config.store()?;
    if config.data.join("keys").is_dir() {
        let store = Store::open(&from).await.map_err(TaskError::Backup)?;
        let written = trail::admin_acts(&store, &config.data.join("keys"), "backup.create", []).await;
        store.close().await;
        written.map_err(StartError::from)?;
    }
    let made = store::backup(&from, to).await.map_err(TaskError::Backup)?;
    match format {
        Format::Text => tell(
            &mut io::stdout(),
            &format!(
                "Backup written to {}: {} tables, {} events, {} pictures.\nTo restore: wardlight serve --data {}\n",
                to.display(),
                made.table_count,
                made.event_count,
                made.blob_count,
                to.display()
            ),
        ),
        Format::Json => {
            let counts = serde_json::json!({
                "directory": to.display().to_string(),
                "tables": made.table_count,
                "events": made.event_count,
                "pictures": made.blob_count,
            });
            tell(&mut io::stdout(), &format!("{counts}\n"));
        }
    }
    Ok(())
}

/// Asks `/ready` with a plain request: no HTTP client is needed for that.
async fn healthcheck(ops_listen: std::net::SocketAddr) -> io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect(ops_listen).await?;
        let request = format!("GET /ready HTTP/1.1\r\nHost: {ops_listen}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(4_096).read_to_end(&mut answer).await?;
        Ok(answer.starts_with(b"HTTP/1.1 200 "))
    };
    match tokio::time::timeout(std::time::Duration::from_secs(3), asked).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(io::Error::other("/ready says no")),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}

/// What is written can be chosen; everything is counted, and what concerns security is kept.
fn start_logs(format: LogFormat) -> (Tally, Trail) {
    let filter = EnvFilter::try_from_env("WARDLIGHT_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.with_target(false).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let tally = Tally::default();
    let (ear, trail) = trail::listen();
    tracing_subscriber::registry()
        .with(lines)
        .with(tally.clone().with_filter(LevelFilter::INFO))
        .with(ear.with_filter(LevelFilter::INFO))
        .init();
    (tally, trail)
}

/// Ctrl-C or a polite kill.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        // Without the handler the default action ends the process.
        Err(_) => std::future::pending().await,
    }
}

/// Writes to the terminal; a closed pipe is the reader's choice.
fn tell(out: &mut impl Write, text: &str) {
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
