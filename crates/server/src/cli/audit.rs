//! The audit trail, for whoever runs the server and whoever checks them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use audit::{Finding, Hash, Head, Verified, Verifier, VerifyingKey};
use clap::Subcommand;
use identity::KeyError;
use serde::{Deserialize, Serialize};
use store::{AuditRecord, Store, StoreError};

use super::{Format, tell};
use crate::config::{Config, ConfigError, ServeOptions};
use crate::limits::AUDIT_ENTRIES_KEPT;
use crate::serve::StartError;
use crate::trail;

/// Entries that are read from the database at once.
const PAGE: u32 = 2_000;
/// A line of a file, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Check that nothing of the trail was changed, taken out or moved
    Verify {
        /// Check a file that `export` wrote instead of the database; - is the standard input
        #[arg(long, requires = "key")]
        file: Option<PathBuf>,
        /// A key that signed before that of the data, as `wardlight audit key` showed it; several in their order
        #[arg(long)]
        key: Vec<VerifyingKey>,
        /// Lines of the log that were kept elsewhere: the trail must hold what they tell of it
        #[arg(long)]
        copies: Option<PathBuf>,
        /// How the answer is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        options: Box<ServeOptions>,
    },
    /// Write the trail, a line of JSON for each entry
    Export {
        /// The new file; by default the standard output
        #[arg(long)]
        to: Option<PathBuf>,
        #[command(flatten)]
        options: Box<ServeOptions>,
    },
    /// Show the key with which anybody can check what was signed
    Key {
        #[command(flatten)]
        options: Box<ServeOptions>,
    },
}

/// One line that says what is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuditTaskError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the trail could not be read")]
    Store(#[from] StoreError),
    #[error("cannot read or write {path}")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("line {line} of {path} is not one that `wardlight audit export` wrote")]
    Line {
        path: PathBuf,
        line: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error(
        "{path} has {lines} lines that tell of a trail, and none of them of an entry that stands in this one: nothing was compared"
    )]
    NothingCompared { path: PathBuf, lines: usize },
    #[error("the audit trail is not whole")]
    NotWhole(#[source] Finding),
}

/// An entry as it is exported: the line in which it was hashed, and under which number and hash it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
    seq: u64,
    hash: String,
    line: String,
}

pub(super) async fn run(task: Audit) -> Result<(), AuditTaskError> {
    match task {
        Audit::Verify { file, key, copies, format, options } => {
            let compared = copies.clone();
            let copies = copies.map(read_copies).transpose()?.unwrap_or_default();
            let mut keys = key;
            let checked = match file {
                Some(file) => check_file(file, Verifier::new(keys, copies.clone(), AUDIT_ENTRIES_KEPT))?,
                None => {
                    let config = Config::load(*options)?;
                    keys.push(own_key(&config)?);
                    let verifier = Verifier::new(keys, copies.clone(), AUDIT_ENTRIES_KEPT);
                    let store = config.open_store().await?;
                    let checked = check_store(&store, verifier).await;
                    store.close().await;
                    checked?
                }
            };
            if let (Some(path), Ok(Verified { confirmed: 0, .. })) = (compared, &checked) {
                return Err(AuditTaskError::NothingCompared { path, lines: copies.len() });
            }
            report(checked, format)
        }
        Audit::Export { to, options } => {
            let config = Config::load(*options)?;
            keys(&config)?;
            let store = config.open_store().await?;
            let written = export(&store, to).await;
            store.close().await;
            written
        }
        Audit::Key { options } => {
            tell(&mut io::stdout(), &format!("{}\n", own_key(&Config::load(*options)?)?));
            Ok(())
        }
    }
}

fn own_key(config: &Config) -> Result<VerifyingKey, AuditTaskError> {
    let path = keys(config)?.join("audit.key");
    if path.exists() {
        return Ok(trail::signing_key(&keys(config)?)?.verifying());
    }
    let source =
        io::Error::new(io::ErrorKind::NotFound, "there is no key here; a server makes it at its start");
    Err(KeyError::File { path, source }.into())
}

/// The directory of keys of data that exist: to make a trail for a mistyped path would help nobody.
fn keys(config: &Config) -> Result<PathBuf, AuditTaskError> {
    let directory = config.data.join("keys");
    if directory.is_dir() {
        return Ok(directory);
    }
    let text = "there are no keys here; name the server's data with --data";
    let source = io::Error::new(io::ErrorKind::NotFound, text);
    Err(KeyError::File { path: directory, source }.into())
}

async fn check_store(
    store: &Store,
    mut verifier: Verifier,
) -> Result<Result<Verified, Finding>, AuditTaskError> {
    let mut after = 0;
    loop {
        let page = store.audit_entries(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(verifier.finish()) };
        after = last.seq;
        for entry in &page {
            if let Err(finding) = verifier.take(entry.seq, &entry.text, Hash::from_bytes(entry.hash)) {
                return Ok(Err(finding));
            }
        }
    }
}

fn check_file(path: PathBuf, mut verifier: Verifier) -> Result<Result<Verified, Finding>, AuditTaskError> {
    let mut lines = Lines::of(path)?;
    while let Some(text) = lines.next()? {
        let not_a_line =
            |source| AuditTaskError::Line { path: lines.path.clone(), line: lines.count, source };
        let entry: Exported = serde_json::from_str(&text).map_err(not_a_line)?;
        // A hash that is none is not the line's.
        let hash = entry.hash.parse().unwrap_or(Head::EMPTY.hash);
        if let Err(finding) = verifier.take(entry.seq, &entry.line, hash) {
            return Ok(Err(finding));
        }
    }
    Ok(verifier.finish())
}

/// The lines of a file, none of which is endless.
struct Lines {
    path: PathBuf,
    from: Box<dyn BufRead>,
    count: u64,
}

impl Lines {
    fn of(path: PathBuf) -> Result<Self, AuditTaskError> {
        let from: Box<dyn BufRead> = if path.as_os_str() == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(&path);
            Box::new(BufReader::new(
                file.map_err(|source| AuditTaskError::File { path: path.clone(), source })?,
            ))
        };
        Ok(Self { path, from, count: 0 })
    }

    fn next(&mut self) -> Result<Option<String>, AuditTaskError> {
        let mut line = Vec::new();
        let read = (&mut self.from).take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        self.count += 1;
        let length = read.map_err(|source| AuditTaskError::File { path: self.path.clone(), source })?;
        Ok((length > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }
}

/// What lines of a log tell of the trail, whatever stands around it and in whichever form they are.
fn read_copies(path: PathBuf) -> Result<Vec<Head>, AuditTaskError> {
    let mut lines = Lines::of(path)?;
    let mut copies = Vec::new();
    while let Some(line) = lines.next()? {
        copies.extend(told(&line));
    }
    Ok(copies)
}

/// The end of the trail that a line of the log tells.
fn told(line: &str) -> Option<Head> {
    let (_, rest) = line.split_once(audit::CHECKPOINT)?;
    let value = |name: &str| {
        let (_, rest) = rest.split_once(name)?;
        let rest = rest.trim_start_matches(['\\', '"', ':', '=', ' ']);
        Some(rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default())
    };
    Some(Head { seq: value("seq")?.parse().ok()?, hash: value("hash")?.parse().ok()? })
}

async fn export(store: &Store, to: Option<PathBuf>) -> Result<(), AuditTaskError> {
    let path = to.clone().unwrap_or_else(|| PathBuf::from("the standard output"));
    let failed = |source| AuditTaskError::File { path: path.clone(), source };
    let mut out: Box<dyn Write> = match &to {
        Some(path) => Box::new(BufWriter::new(File::create_new(path).map_err(failed)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let mut after = 0;
    loop {
        let page = store.audit_entries(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for AuditRecord { seq, text, hash, .. } in page {
            let entry = Exported { seq, hash: Hash::from_bytes(hash).to_string(), line: text };
            let line = serde_json::to_string(&entry).unwrap_or_default();
            writeln!(out, "{line}").map_err(failed)?;
        }
    }
    out.flush().map_err(failed)
}

fn report(checked: Result<Verified, Finding>, format: Format) -> Result<(), AuditTaskError> {
    let text = match (&checked, format) {
        (Err(_), Format::Text) => String::new(),
        (Err(finding), Format::Json) => {
            format!("{}\n", serde_json::json!({ "whole": false, "finding": finding.to_string() }))
        }
        (Ok(verified), Format::Json) => {
            let told = serde_json::json!({
                "whole": true,
                "first": verified.first,
                "last": verified.head.seq,
                "hash": verified.head.hash.to_string(),
                "checkpoints": verified.checkpoints,
                "unsigned": verified.unsigned,
                "confirmed": verified.confirmed,
                "broken": verified.broken,
                "lossy": verified.lossy,
            });
            format!("{told}\n")
        }
        (Ok(verified), Format::Text) => whole(verified),
    };
    tell(&mut io::stdout(), &text);
    checked.map(drop).map_err(AuditTaskError::NotWhole)
}

fn whole(verified: &Verified) -> String {
    let Verified { first, head, checkpoints, unsigned, confirmed, broken, lossy } = verified;
    if *first == 0 {
        return "The audit trail is empty.\n".to_owned();
    }
    let mut text = format!("The audit trail is whole: entries {first} to {}.\n", head.seq);
    text.push_str(&format!("  Signed checkpoints: {checkpoints}. Entries not signed yet: {unsigned}.\n"));
    if *first > 1 {
        text.push_str("  Older entries were let go; the first signature vouches for them.\n");
    }
    if *broken > 0 {
        text.push_str(&format!(
            "  {broken} entries (audit.broken) say that somebody had changed it: look there.\n"
        ));
    }
    if *lossy > 0 {
        text.push_str(&format!(
            "  {lossy} entries (audit.lost) say that some things could not be written.\n"
        ));
    }
    match confirmed {
        0 => text.push_str("  Whether its end was cut off shows against lines of the log that were kept elsewhere: --copies.\n"),
        _ => text.push_str(&format!("  It holds what lines kept elsewhere tell of it: {confirmed} of them.\n")),
    }
    text.push_str(&format!("  Its last hash is {}.\n", head.hash));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_in_a_line_of_any_form() {
        let hash = "ab".repeat(32);
        let head = Head { seq: 57, hash: hash.parse().unwrap() };
        for line in [
            format!("2026-01-01T00:00:00Z  INFO audit.checkpoint seq=57 hash={hash}"),
            format!(
                r#"{{"fields":{{"message":"audit.checkpoint","seq":57,"hash":"{hash}"}},"target":"server::trail"}}"#
            ),
            format!(
                r#"<14>1 host wardlight - {{\"message\":\"audit.checkpoint\",\"seq\":57,\"hash\":\"{hash}\"}}"#
            ),
        ] {
            assert_eq!(told(&line), Some(head), "{line}");
        }
        for line in
            ["", "audit.checkpoint", "audit.checkpoint seq=57 hash=ab", &format!("seq=57 hash={hash}")]
        {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
