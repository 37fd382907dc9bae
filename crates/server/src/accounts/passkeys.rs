//! Passkeys: to add one, and to sign in with one.

use axum::http::HeaderMap;
use identity::{Challenge, PasskeyError};
use serde_json::Value;
use store::PasskeyRecord;
use tabletop::id::AccountId;
use tabletop::name::Name;
use tracing::debug;

use super::Proven;
use crate::app::App;
use crate::http::page_origin;
use crate::http::problem::Problem;
use crate::limits::PASSKEYS_PER_ACCOUNT_MAX;
use crate::mail::Change;

impl App {
    /// A challenge to add a passkey to an account.
    pub(crate) async fn start_passkey(
        &self,
        account: AccountId,
        headers: &HeaderMap,
    ) -> Result<Challenge, Problem> {
        let record = self.login_of(account).await?;
        let has = self.passkeys_of(account).await?;
        if has.len() >= PASSKEYS_PER_ACCOUNT_MAX {
            return Err(Problem::BadRequest(format!(
                "An account has at most {PASSKEYS_PER_ACCOUNT_MAX} passkeys; remove one first."
            )));
        }
        let has = has.into_iter().map(|passkey| passkey.credential).collect();
        let now_ms = self.tables.clock.now_ms();
        let passkeys = &self.accounts.passkeys;
        Ok(passkeys.start_adding(page_origin(headers), *account.as_bytes(), &record.login, has, now_ms)?)
    }

    pub(super) async fn passkeys_of(&self, account: AccountId) -> Result<Vec<PasskeyRecord>, Problem> {
        let failed = Problem::internal("list passkeys");
        self.tables.store.passkeys_of(account).await.map_err(|error| failed(&error))
    }

    /// Adds the passkey that a browser made.
    pub(crate) async fn finish_passkey(
        &self,
        account: AccountId,
        challenge: [u8; 16],
        name: &Name,
        answer: Value,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        let failed = Problem::internal("store a passkey");
        let now_ms = self.tables.clock.now_ms();
        let passkeys = &self.accounts.passkeys;
        let made =
            passkeys.finish_adding(page_origin(headers), challenge, *account.as_bytes(), answer, now_ms)?;
        let new = PasskeyRecord {
            credential: made.credential,
            account,
            name: name.as_str().to_owned(),
            record: made.record,
            created_at_ms: now_ms,
            last_used_ms: None,
        };
        let added = self.tables.store.add_passkey(new).await.map_err(|error| failed(&error))?;
        if !added {
            return Err(Problem::BadRequest("credential: it is known already.".to_owned()));
        }
        self.tell_of(&self.login_of(account).await?, Change::PasskeyAdded);
        Ok(())
    }

    /// Removes a passkey of an account.
    pub(crate) async fn remove_passkey(&self, account: AccountId, credential: &[u8]) -> Result<(), Problem> {
        let failed = Problem::internal("remove a passkey");
        self.may_remove_factor(account, |has_app, passkeys| has_app || passkeys > 1).await?;
        let removed = self.tables.store.remove_passkey(account, credential).await;
        if !removed.map_err(|error| failed(&error))? {
            return Err(Problem::NotFound);
        }
        self.tell_of(&self.login_of(account).await?, Change::PasskeyRemoved);
        Ok(())
    }

    /// A challenge for whoever has a passkey for this site.
    pub(crate) fn start_passkey_sign_in(&self, headers: &HeaderMap) -> Result<Challenge, Problem> {
        Ok(self.accounts.passkeys.start_sign_in(page_origin(headers), self.tables.clock.now_ms())?)
    }

    /// Who signs in with a passkey. A passkey that is unknown, removed, or of a locked account is refused alike.
    pub(crate) async fn passkey_sign_in(
        &self,
        challenge: [u8; 16],
        answer: Value,
        headers: &HeaderMap,
    ) -> Result<Proven, Problem> {
        let failed = Problem::internal("sign in with a passkey");
        let (store, passkeys) = (&self.tables.store, &self.accounts.passkeys);
        let origin = page_origin(headers);
        let (account, credential) = passkeys.claimed(origin, &answer)?;
        let account = AccountId::from_bytes(account);
        let login = store.login_of(account).await.map_err(|error| failed(&error))?;
        let has = self.passkeys_of(account).await?;
        let record = has.into_iter().find(|passkey| passkey.credential == credential);
        let record = record.filter(|_| login.is_some_and(|login| !login.is_locked));
        let now_ms = self.tables.clock.now_ms();
        let record = record.as_ref().map(|passkey| passkey.record.as_str());
        let used = passkeys.finish_sign_in(origin, challenge, answer, record, now_ms)?;
        let stands = store.use_passkey(account, &used.credential, &used.record, now_ms).await;
        if !stands.map_err(|error| failed(&error))? {
            return Err(Problem::WrongPasskey);
        }
        Ok(Proven { account, methods: "pop user mfa".to_owned() })
    }
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::NoSite | PasskeyError::NoChallenge => {
                Self::BadRequest(format!("{}.", capital(&error)))
            }
            PasskeyError::Form(_) => Self::BadRequest(format!("credential: {error}.")),
            PasskeyError::Refused(_) => {
                debug!(error = &error as &dyn std::error::Error, "passkey.refused");
                Self::WrongPasskey
            }
            PasskeyError::Full => Self::Busy,
            PasskeyError::Stored(_) | PasskeyError::Entropy(_) => Self::internal("use a passkey")(&error),
        }
    }
}

fn capital(error: &PasskeyError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
