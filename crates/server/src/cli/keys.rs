//! The keys that sign access tokens, for whoever runs the server. A running server on the same data notices by itself.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use identity::{KeyError, KeyState, KeyStatus, PUBLISH_LEAD_S, SigningAlgorithm, SigningKeys};

use super::{Format, tell};
use crate::clock::Clock;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make the keys of a server before its first start, to put them where they are mounted from; those that exist stay
    Create(Place),
    /// Show the keys: which signs, which waits, which is still accepted
    List(Place),
    /// Add a key; it signs in six minutes, when everybody has heard of it, and the old one is accepted while its tokens live
    Rotate {
        /// How the new key signs
        #[arg(long, value_enum, default_value_t = Kind::Rs256)]
        algorithm: Kind,
        /// Let it sign at once, although others may not have heard of it
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Refuse a key and all it signed, at once; if it signs, a new one takes its place. For a key that leaked
    Revoke {
        /// Its id, as `list` shows it
        #[arg(allow_hyphen_values = true)]
        key: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args)]
pub(super) struct Place {
    /// Where the data lies
    #[arg(long, env = "WARDLIGHT_DATA", default_value = "data")]
    data: PathBuf,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// RSA with 3072 bits, PKCS #1 v1.5: understood everywhere
    Rs256,
    /// RSA with 3072 bits, PSS
    Ps256,
    /// Ed25519
    Eddsa,
}

impl From<Kind> for SigningAlgorithm {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Rs256 => Self::Rs256,
            Kind::Ps256 => Self::Ps256,
            Kind::Eddsa => Self::EdDsa,
        }
    }
}

pub(super) fn run(task: Keys) -> Result<(), KeyError> {
    let now_s = Clock.now_s();
    let (told, place) = match task {
        Keys::Create(place) => {
            let keys = place.data.join("keys");
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&keys)
                .map_err(|source| KeyError::File { path: keys.clone(), source })?;
            identity::create_keys(&keys)?;
            (format!("The keys are in {}; keep them as you keep the server.\n\n", keys.display()), place)
        }
        Keys::List(place) => (String::new(), place),
        Keys::Rotate { algorithm, now, place } => {
            let lead_s = if now { 0 } else { PUBLISH_LEAD_S };
            let made = identity::rotate_keys(&directory(&place.data)?, algorithm.into(), now_s, lead_s)?;
            let when = if now { "signs now".to_owned() } else { format!("signs {}", from_now(lead_s)) };
            (
                format!("Key {made} {when}. A running server has heard of it within fifteen seconds.\n\n"),
                place,
            )
        }
        Keys::Revoke { key, place } => {
            let successor = identity::revoke_key(&directory(&place.data)?, &key, now_s)?;
            let mut told =
                format!("Key {key} is refused; a running server has heard of it within fifteen seconds.\n");
            if let Some(successor) = successor {
                told.push_str(&format!(
                    "Key {successor} signs in its place. People are signed in again by themselves.\n"
                ));
            }
            (told + "\n", place)
        }
    };
    let status = SigningKeys::load_or_create(&directory(&place.data)?)?.status(now_s);
    let text = match place.format {
        Format::Json => format!("{}\n", serde_json::json!({ "keys": status })),
        Format::Text => told + &table(&status, now_s),
    };
    tell(&mut io::stdout(), &text);
    Ok(())
}

/// The directory of keys of data that exist: to make some for a mistyped path would help nobody.
fn directory(data: &Path) -> Result<PathBuf, KeyError> {
    let keys = data.join("keys");
    if keys.is_dir() {
        return Ok(keys);
    }
    let source =
        io::Error::new(io::ErrorKind::NotFound, "there are no keys here; name the server's data with --data");
    Err(KeyError::File { path: keys, source })
}

fn table(keys: &[KeyStatus], now_s: u64) -> String {
    let mut text = format!("{:<43}  {:<9}  {:<9}  WHEN\n", "KEY", "ALGORITHM", "STATE");
    for key in keys {
        let (state, when) = match key.state {
            KeyState::Published => {
                ("published", format!("signs {}", from_now(key.active_from_s.saturating_sub(now_s))))
            }
            KeyState::Active => ("active", "signs".to_owned()),
            KeyState::Retired => {
                let rest_s = key.gone_from_s.unwrap_or(now_s).saturating_sub(now_s);
                ("retired", format!("accepted for another {}", span(rest_s)))
            }
            KeyState::Gone => ("gone", "removed by the next rotation".to_owned()),
        };
        text.push_str(&format!("{:<43}  {:<9}  {state:<9}  {when}\n", key.kid, key.algorithm.name()));
    }
    text
}

fn from_now(seconds: u64) -> String {
    format!("in {}", span(seconds))
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}
