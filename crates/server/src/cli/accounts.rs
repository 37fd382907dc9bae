//! Accounts, for whoever runs the server. All of it works beside a running server on the same data.

use std::io;

use clap::Subcommand;
use identity::LinkCode;
use serde_json::Value;
use store::{AccountLink, LoginRecord, Store, StoreError};

use super::{Place, PlaceError, Told, day, tell};
use crate::accounts::{LinkError, new_link};
use crate::clock::Clock;
use crate::config::Config;
use crate::links::{register_link, reset_link};
use crate::serve::origins_beside;
use crate::trail::{BesideError, admin_acts};

#[derive(Subcommand)]
pub(super) enum Accounts {
    /// Show who can sign in
    List(Place),
    /// Print a link with which somebody makes an account, once and within seven days
    Invite(Place),
    /// Print a link with which somebody chooses a new password, once and within an hour
    Reset {
        /// What they sign in with
        login: String,
        /// Switch their second factor off as well, for a phone that is lost
        #[arg(long)]
        without_second_factor: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Sign somebody out everywhere and let them in no more
    Lock {
        /// What they sign in with
        login: String,
        #[command(flatten)]
        place: Place,
    },
    /// Let somebody in again
    Unlock {
        /// What they sign in with
        login: String,
        #[command(flatten)]
        place: Place,
    },
    /// Forget an account; what it did at tables stays there
    Delete {
        /// What they sign in with
        login: String,
        /// This cannot be undone
        #[arg(long, required = true)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// One line that says what to change.
#[derive(Debug, thiserror::Error)]
pub(super) enum AccountsTaskError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("there is no account {0}; see: wardlight accounts list")]
    NoAccount(String),
    #[error("could not read or write the accounts")]
    Store(#[from] StoreError),
    #[error("the audit trail could not be written, so nothing was done")]
    Audit(#[from] BesideError),
    #[error("could not make a link")]
    Link(#[from] LinkError),
}

impl Accounts {
    fn place(&self) -> &Place {
        match self {
            Self::List(place) | Self::Invite(place) => place,
            Self::Reset { place, .. }
            | Self::Lock { place, .. }
            | Self::Unlock { place, .. }
            | Self::Delete { place, .. } => place,
        }
    }
}

pub(super) async fn run(task: Accounts) -> Result<(), AccountsTaskError> {
    let (config, store) = task.place().open().await?;
    let told = done(&store, &task, &config).await;
    store.close().await;
    tell(&mut io::stdout(), &told?.written(task.place().format));
    Ok(())
}

async fn done(store: &Store, task: &Accounts, config: &Config) -> Result<Told, AccountsTaskError> {
    let now_ms = Clock.now_ms();
    let keys = config.data.join("keys");
    match task {
        Accounts::List(_) => Ok(list(&store.logins().await?)),
        Accounts::Invite(_) => {
            admin_acts(store, &keys, "accounts.invite", []).await?;
            let code = new_link(store, AccountLink::Register, now_ms).await?;
            let text = "A link to make an account; it works once and for seven days.";
            Ok(link(text, config, &code, register_link))
        }
        Accounts::Reset { login, without_second_factor, .. } => {
            let record = find(store, login).await?;
            let without = ("without_second_factor", Value::from(*without_second_factor));
            admin_acts(store, &keys, "accounts.reset", [about(&record), without]).await?;
            if *without_second_factor {
                store.set_totp(record.account, None, &[]).await?;
            }
            let code = new_link(store, AccountLink::Reset(record.account), now_ms).await?;
            let text = format!(
                "A link for {} to choose a new password; it works once and for an hour. Give it to nobody else.",
                record.login
            );
            Ok(link(&text, config, &code, reset_link))
        }
        Accounts::Lock { login, .. } => {
            let record = find(store, login).await?;
            admin_acts(store, &keys, "accounts.lock", [about(&record)]).await?;
            store.set_lock(record.account, Some(now_ms)).await?;
            let ended = store.revoke_families_of(record.account, None, now_ms).await?.len();
            let json = serde_json::json!({ "login": record.login, "locked": true, "sessions_ended": ended });
            let text = format!(
                "{} is locked; {ended} sessions end within seconds. To undo: wardlight accounts unlock {}\n",
                record.login, record.login
            );
            Ok(Told { text, json })
        }
        Accounts::Unlock { login, .. } => {
            let record = find(store, login).await?;
            admin_acts(store, &keys, "accounts.unlock", [about(&record)]).await?;
            store.set_lock(record.account, None).await?;
            let json = serde_json::json!({ "login": record.login, "locked": false });
            Ok(Told { text: format!("{} can sign in again.\n", record.login), json })
        }
        Accounts::Delete { login, .. } => {
            let record = find(store, login).await?;
            admin_acts(store, &keys, "accounts.delete", [about(&record)]).await?;
            store.delete_account(record.account, now_ms).await?;
            let json = serde_json::json!({ "login": record.login, "deleted": true });
            Ok(Told { text: format!("{} is forgotten and signed out everywhere.\n", record.login), json })
        }
    }
}

/// Whom an entry of the audit trail is about.
fn about(record: &LoginRecord) -> (&'static str, Value) {
    ("account", Value::from(record.account.to_string()))
}

async fn find(store: &Store, login: &str) -> Result<LoginRecord, AccountsTaskError> {
    let record = store.login(&login.trim().to_ascii_lowercase()).await?;
    record.ok_or_else(|| AccountsTaskError::NoAccount(login.to_owned()))
}

fn list(logins: &[LoginRecord]) -> Told {
    let rows: Vec<_> = logins
        .iter()
        .map(|record| {
            serde_json::json!({
                "login": record.login,
                "password_set_at_ms": record.password_set_at_ms,
                "second_factor": record.totp.is_some(),
                "locked": record.is_locked,
            })
        })
        .collect();
    let mut text = if logins.is_empty() {
        "Nobody has an account yet. To invite somebody: wardlight accounts invite\n".to_owned()
    } else {
        format!("{:<32}  {:<13}  {:<13}  STATE\n", "LOGIN", "PASSWORD OF", "SECOND FACTOR")
    };
    for record in logins {
        let factor = if record.totp.is_some() { "on" } else { "off" };
        let state = if record.is_locked { "locked" } else { "" };
        let row =
            format!("{:<32}  {:<13}  {factor:<13}  {state}", record.login, day(record.password_set_at_ms));
        text.push_str(row.trim_end());
        text.push('\n');
    }
    Told { text, json: serde_json::json!({ "accounts": rows }) }
}

fn link(said: &str, config: &Config, code: &LinkCode, form: fn(&str, &str) -> String) -> Told {
    let links: Vec<_> = origins_beside(config).iter().map(|origin| form(origin, code.reveal())).collect();
    let mut text = format!("{said}\n");
    for link in &links {
        text.push_str(&format!("  {link}\n"));
    }
    Told { text, json: serde_json::json!({ "links": links }) }
}
