//! Accounts that sign in by themselves: passwords, passkeys, second factors, and what slows guessing down.
//!
//! Whoever asks learns nothing from a refusal: an unknown login, a wrong password and a locked account give the same
//! answer after the same work. Start reading at [`App::sign_in`].

mod backoff;
mod login;
mod mail;
mod notices;
mod passkeys;
mod register;
mod second_factor;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use clap::ValueEnum;
use identity::{
    BreachedError, BreachedPasswords, DeviceKey, HashCost, HashError, KeyError, Passkeys, Password,
    PasswordError, PasswordHasher, Peppers, SealKey, Verdict,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::LoginRecord;
use tabletop::id::AccountId;
use utoipa::ToSchema;

use crate::app::App;
use crate::device::Browser;
use crate::heavy::{Busy, Heavy};
use crate::http::problem::Problem;
use crate::limits::{FAILURES_TOLD, FRESH_S};
use crate::mail::Change;
use crate::security;
use backoff::{Attempt, Backoff, Place};
pub(crate) use login::Login;
pub(crate) use mail::Whose;
pub(crate) use notices::Suspicion;
pub(crate) use register::{LinkError, new_link};

/// Who may make an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Who was let in at a table of whoever runs the server, or has a link of theirs.
    #[default]
    Invited,
    /// Who has a link of whoever runs the server.
    Closed,
}

/// Whether a password alone is enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactor {
    /// Who wants one has one.
    #[default]
    Optional,
    /// Whoever has an account adds an authenticator app or a passkey before anything else.
    Required,
}

/// What is needed to sign people in.
pub(crate) struct Accounts {
    pub(crate) registration: Registration,
    pub(crate) second_factor: SecondFactor,
    pub(crate) passkeys: Passkeys,
    pub(crate) devices: DeviceKey,
    hashing: Heavy,
    hasher: Arc<PasswordHasher>,
    breached: Option<Arc<BreachedPasswords>>,
    seal: SealKey,
    backoff: Backoff,
    /// Seeds that wait to be confirmed by a first code.
    pending: Mutex<HashMap<AccountId, second_factor::Pending>>,
}

/// What a sign-in by a password and nothing else is called (RFC 8176).
pub(crate) const PASSWORD_ALONE: &str = "pwd";

/// Who asks, as far as the connection and the headers say.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) address: IpAddr,
    pub(crate) headers: &'a HeaderMap,
}

/// Who has proven to be whom, and by which methods (words of RFC 8176).
pub(crate) struct Proven {
    pub(crate) account: AccountId,
    pub(crate) methods: String,
}

impl Accounts {
    /// Keys are made in the directory at the first start.
    pub(crate) fn open(
        keys: &Path,
        registration: Registration,
        second_factor: SecondFactor,
        cost: HashCost,
        peppers: Peppers,
        breached: Option<BreachedPasswords>,
        origins: &[String],
    ) -> Result<Self, AccountsError> {
        Ok(Self {
            registration,
            second_factor,
            passkeys: Passkeys::new(origins),
            devices: DeviceKey::load_or_create(keys)?,
            hashing: Heavy::start().map_err(AccountsError::Threads)?,
            hasher: Arc::new(PasswordHasher::new(cost, peppers)?),
            breached: breached.map(Arc::new),
            seal: SealKey::load_or_create(keys)?,
            backoff: Backoff::default(),
            pending: Mutex::default(),
        })
    }

    /// Compares a password with what is stored, on the threads for that. The same work is done where nothing is.
    async fn verify(&self, password: Password, stored: Option<String>) -> Result<Verdict, Problem> {
        let hasher = Arc::clone(&self.hasher);
        let done = self.hashing.run(move || hasher.verify(&password, stored.as_deref())).await;
        hashed(done)
    }

    async fn hash(&self, password: Password) -> Result<String, Problem> {
        let hasher = Arc::clone(&self.hasher);
        hashed(self.hashing.run(move || hasher.hash(&password)).await)
    }

    /// A password that somebody chooses, and its hash.
    async fn choose(&self, password: String, login: &str) -> Result<String, Problem> {
        let (hasher, breached) = (Arc::clone(&self.hasher), self.breached.clone());
        let login = login.to_owned();
        let work = move || {
            let password = Password::choose(password, &[&login]).map_err(unfit)?;
            // What cannot be looked up is not taken.
            let failed = Problem::internal("look for a password in the list of breached ones");
            if let Some(list) = breached
                && list.holds(&password).map_err(|error| failed(&error))?
            {
                return Err(unfit(PasswordError::Breached));
            }
            Ok(hasher.hash(&password))
        };
        hashed(Ok(self.hashing.run(work).await.map_err(|Busy| Problem::Busy)??))
    }

    /// Begins an attempt to prove something about an account, or says how long to wait. Nothing was computed by then.
    fn attempt<'a>(
        &'a self,
        login: &str,
        account: Option<AccountId>,
        asker: Asker<'_>,
        now_ms: u64,
    ) -> Result<Attempt<'a>, Problem> {
        let browser = Browser::of(asker.headers);
        let known = account.and_then(|account| {
            let browser = browser.filter(|browser| browser.knows(&self.devices, account))?;
            Some(Place::Browser(browser.id, *account.as_bytes()))
        });
        let places = match known {
            Some(place) => vec![place],
            None => vec![Place::Login(Sha256::digest(login).into()), Place::network(asker.address)],
        };
        let begun = self.backoff.begin(places, now_ms);
        begun.map_err(|wait| Problem::TooMany { retry_after_s: wait.seconds })
    }
}

/// Accounts cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// A key file.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The cost of hashes.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The list of breached passwords.
    #[error(transparent)]
    Breached(#[from] BreachedError),
    /// Threads for hashing.
    #[error("could not start the threads for hashing")]
    Threads(#[source] std::io::Error),
}

fn hashed<T>(done: Result<Result<T, HashError>, Busy>) -> Result<T, Problem> {
    let failed = Problem::internal("hash a password");
    done.map_err(|Busy| Problem::Busy)?.map_err(|error| failed(&error))
}

fn unfit(error: PasswordError) -> Problem {
    Problem::BadRequest(format!("password: {error}."))
}

impl App {
    /// Who signs in with a login, a password and, if one is on, a second factor.
    ///
    /// # Errors
    /// The same for an unknown login, a wrong password and a locked account: [`Problem::WrongPassword`], after the same
    /// work. [`Problem::SecondFactor`] and [`Problem::PasskeyNeeded`] only after the right password. [`Problem::TooMany`]
    /// before any work.
    pub(crate) async fn sign_in(
        &self,
        login: &str,
        password: String,
        code: Option<&str>,
        asker: Asker<'_>,
    ) -> Result<Proven, Problem> {
        let failed = Problem::internal("sign in");
        // What cannot be a login is looked for all the same.
        let login = Login::parse(login).map_or_else(|_| login.to_owned(), |login| login.as_str().to_owned());
        let record = self.tables.store.login(&login).await.map_err(|error| failed(&error))?;
        let proven = self.prove(&login, record, password, code, asker).await?;
        // A second factor that is there is shown, and is none to add another by.
        if self.accounts.second_factor == SecondFactor::Required
            && proven.methods == PASSWORD_ALONE
            && !self.passkeys_of(proven.account).await?.is_empty()
        {
            self.notice(proven.account, Suspicion::PasswordAlone, asker.headers).await?;
            return Err(Problem::PasskeyNeeded);
        }
        Ok(proven)
    }

    /// Proves the password, and the second factor if one is on, of a login that may not exist.
    async fn prove(
        &self,
        login: &str,
        record: Option<LoginRecord>,
        password: String,
        code: Option<&str>,
        asker: Asker<'_>,
    ) -> Result<Proven, Problem> {
        let accounts = &self.accounts;
        let now_ms = self.tables.clock.now_ms();
        if let Some(record) = &record {
            security::about(record.account);
        }
        // Longer than any password may be: nobody's, and not worth the work.
        let password = Password::parse(password).map_err(unfit)?;
        let attempt = accounts.attempt(login, record.as_ref().map(|record| record.account), asker, now_ms)?;
        let stored = record.as_ref().and_then(|record| record.password.clone());
        let verdict = match accounts.verify(password.clone(), stored.clone()).await {
            Ok(verdict) => verdict,
            Err(problem) => {
                attempt.taken_back();
                return Err(problem);
            }
        };
        let record = match (verdict, record) {
            (Verdict::Right | Verdict::RightButOld, Some(record)) if !record.is_locked => record,
            (_, record) => {
                if let Some(record) = record
                    && attempt.failures() == FAILURES_TOLD
                {
                    self.notice_aside(&record, Suspicion::ManyFailures, asker.headers);
                }
                return Err(Problem::WrongPassword);
            }
        };
        let methods = match (&record.totp, code) {
            (None, _) => PASSWORD_ALONE,
            (Some(_), None) => {
                attempt.taken_back();
                self.notice(record.account, Suspicion::PasswordAlone, asker.headers).await?;
                return Err(Problem::SecondFactor("The code of your authenticator app is needed as well."));
            }
            (Some(sealed), Some(code)) => match self.second_factor(&record, sealed, code).await {
                Ok(methods) => methods,
                Err(problem) => {
                    if matches!(problem, Problem::SecondFactor(_)) {
                        self.notice(record.account, Suspicion::WrongCode, asker.headers).await?;
                    }
                    return Err(problem);
                }
            },
        };
        attempt.succeeded();
        if verdict == Verdict::RightButOld {
            self.rehash(&record, password).await;
        }
        Ok(Proven { account: record.account, methods: methods.to_owned() })
    }

    /// Stores the same password in today's way. Another time will do if it does not work.
    async fn rehash(&self, record: &LoginRecord, password: Password) {
        let Ok(hash) = self.accounts.hash(password).await else { return };
        let now_ms = self.tables.clock.now_ms();
        let stored =
            self.tables.store.set_password(record.account, record.password.as_deref(), &hash, now_ms);
        if let Err(error) = stored.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "password.rehash.failed");
        }
    }

    /// Changes the password of an account that proves the one it has, in a session that was begun a short while ago by all
    /// that its sign-in asks for. All its sessions end.
    pub(crate) async fn change_password(
        &self,
        account: AccountId,
        current: String,
        new: String,
        asker: Asker<'_>,
    ) -> Result<(), Problem> {
        let failed = Problem::internal("change a password");
        let record = self.login_of(account).await?;
        let login = record.login.clone();
        // The session has shown the second factor.
        let bare = LoginRecord { totp: None, ..record.clone() };
        self.prove(&login, Some(bare), current, None, asker).await.map_err(|problem| match problem {
            Problem::WrongPassword => Problem::BadRequest("current: that is not your password.".to_owned()),
            other => other,
        })?;
        let hash = self.accounts.choose(new, &login).await?;
        let now_ms = self.tables.clock.now_ms();
        self.tables.store.set_password(account, None, &hash, now_ms).await.map_err(|error| failed(&error))?;
        self.tell_of(&record, Change::Password);
        self.end_sessions_of(account, None).await
    }

    /// How an account signs in; a guest does not.
    pub(crate) async fn login_of(&self, account: AccountId) -> Result<LoginRecord, Problem> {
        let failed = Problem::internal("read an account");
        let record = self.tables.store.login_of(account).await.map_err(|error| failed(&error))?;
        record.ok_or(Problem::NoAccount)
    }

    /// Refuses what needs a proof of the last minutes, where there is none. A guest has nothing to prove it with.
    pub(crate) async fn must_be_fresh(&self, account: AccountId, auth_time_s: u64) -> Result<(), Problem> {
        let failed = Problem::internal("read an account");
        let age_s = self.tables.clock.now_s().saturating_sub(auth_time_s);
        if age_s <= FRESH_S {
            return Ok(());
        }
        let login = self.tables.store.login_of(account).await.map_err(|error| failed(&error))?;
        if login.is_some() { Err(Problem::ConfirmFirst) } else { Ok(()) }
    }

    /// Refuses to add a second factor to an account that has one already, by a password alone.
    pub(crate) async fn may_add_first_factor(&self, account: AccountId) -> Result<(), Problem> {
        let has_app = self.login_of(account).await?.totp.is_some();
        if has_app || !self.passkeys_of(account).await?.is_empty() {
            return Err(Problem::FactorNeeded);
        }
        Ok(())
    }

    /// Refuses to remove what would leave a password alone, on a server where that is not enough.
    async fn may_remove_factor(
        &self,
        account: AccountId,
        left: impl Fn(bool, usize) -> bool,
    ) -> Result<(), Problem> {
        if self.accounts.second_factor == SecondFactor::Optional {
            return Ok(());
        }
        let has_app = self.login_of(account).await?.totp.is_some();
        if left(has_app, self.passkeys_of(account).await?.len()) {
            return Ok(());
        }
        Err(Problem::BadRequest("This server asks for a second factor; add another one first.".to_owned()))
    }

    /// Forgets an account: how it signs in, its name, its devices. All its sessions end. What it did at tables stays there
    /// under its seats' names.
    pub(crate) async fn delete_account(&self, account: AccountId) -> Result<(), Problem> {
        let failed = Problem::internal("delete an account");
        let now_ms = self.tables.clock.now_ms();
        let record = self.tables.store.login_of(account).await.map_err(|error| failed(&error))?;
        let ended = self.tables.store.delete_account(account, now_ms).await;
        for session in ended.map_err(|error| failed(&error))? {
            self.ended.add(session, now_ms);
        }
        if let Some(record) = record {
            self.tell_of(&record, Change::Deleted);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_small_and_cannot_look_like_others() {
        for (text, expected) in [
            ("ada", Some("ada")),
            (" Ada.Lovelace ", Some("ada.lovelace")),
            ("7-of_9", Some("7-of_9")),
            ("ad", None),
            (".ada", None),
            ("аda", None),
            ("ada lovelace", None),
            ("ada\u{200b}", None),
            ("a23456789012345678901234567890123", None),
        ] {
            assert_eq!(Login::parse(text).ok().as_ref().map(Login::as_str), expected, "{text}");
        }
    }
}
