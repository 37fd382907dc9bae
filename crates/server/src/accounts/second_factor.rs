//! Codes of an authenticator app, and recovery codes for when it is gone.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use identity::{RecoveryCode, TotpSeed};
use store::LoginRecord;
use tabletop::id::AccountId;

use super::Accounts;
use crate::app::App;
use crate::http::problem::Problem;
use crate::mail::Change;

/// A seed waits for its first code so long, in milliseconds.
const PENDING_MS: u64 = 10 * 60 * 1000;
/// Seeds that wait at once.
const PENDING_MAX: usize = 10_000;
const WRONG: &str = "That code is not right, or was used before. Try the next one.";

/// What somebody typed as a second factor.
enum Code {
    Recovery(RecoveryCode),
    OneTime(String),
}

impl Code {
    fn parse(text: &str) -> Self {
        match RecoveryCode::parse(text) {
            Some(code) => Self::Recovery(code),
            None => Self::OneTime(text.chars().filter(|character| !character.is_whitespace()).collect()),
        }
    }
}

/// A seed that an app may have, and no first code came yet.
pub(super) struct Pending {
    seed: TotpSeed,
    until_ms: u64,
}

/// A seed for an authenticator app.
pub(crate) struct NewSeed {
    pub(crate) secret: String,
    pub(crate) uri: String,
}

impl Accounts {
    fn pending(&self) -> MutexGuard<'_, HashMap<AccountId, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Takes a second factor, once; gives the methods of the sign-in.
    pub(super) async fn second_factor(
        &self,
        record: &LoginRecord,
        sealed: &[u8],
        code: &str,
    ) -> Result<&'static str, Problem> {
        let failed = Problem::internal("use a code");
        let store = &self.tables.store;
        let right = match Code::parse(code) {
            Code::Recovery(code) => store.use_recovery_code(record.account, code.hash()).await,
            Code::OneTime(code) => {
                let opened = self.accounts.seal.open(sealed, record.account.as_bytes());
                let seed = opened.map_err(|error| failed(&error))?;
                match seed.step_of(&code, self.tables.clock.now_s()) {
                    Some(step) => store.use_totp_step(record.account, step).await,
                    None => Ok(false),
                }
            }
        };
        if right.map_err(|error| failed(&error))? {
            Ok("pwd otp mfa")
        } else {
            Err(Problem::SecondFactor(WRONG))
        }
    }

    /// A new seed, which counts once its first code came.
    pub(crate) async fn start_second_factor(&self, account: AccountId) -> Result<NewSeed, Problem> {
        let failed = Problem::internal("make a seed");
        let record = self.login_of(account).await?;
        let seed = TotpSeed::generate().map_err(|error| failed(&error))?;
        let new = NewSeed { secret: seed.base32(), uri: seed.uri(&record.login, "Wardlight") };
        let now_ms = self.tables.clock.now_ms();
        let mut pending = self.accounts.pending();
        if pending.len() >= PENDING_MAX {
            pending.retain(|_, waiting| waiting.until_ms > now_ms);
        }
        if pending.len() >= PENDING_MAX {
            return Err(Problem::Busy);
        }
        pending.insert(account, Pending { seed, until_ms: now_ms + PENDING_MS });
        Ok(new)
    }

    /// Switches the second factor on with the first code of the new seed; gives the recovery codes.
    pub(crate) async fn finish_second_factor(
        &self,
        account: AccountId,
        code: &str,
    ) -> Result<Vec<RecoveryCode>, Problem> {
        let failed = Problem::internal("switch the second factor on");
        let record = self.login_of(account).await?;
        let now_ms = self.tables.clock.now_ms();
        let (sealed, step) = {
            let mut pending = self.accounts.pending();
            let waiting = pending.get(&account).filter(|waiting| waiting.until_ms > now_ms);
            let late = || Problem::BadRequest("code: too much time has passed; begin again.".to_owned());
            let seed = &waiting.ok_or_else(late)?.seed;
            let Code::OneTime(code) = Code::parse(code) else { return Err(wrong_code()) };
            let step = seed.step_of(&code, self.tables.clock.now_s()).ok_or_else(wrong_code)?;
            let sealed = self.accounts.seal.seal(seed, account.as_bytes()).map_err(|error| failed(&error))?;
            pending.remove(&account);
            (sealed, step)
        };
        let (codes, hashes) = recovery_codes()?;
        let store = &self.tables.store;
        store.set_totp(account, Some(sealed), &hashes).await.map_err(|error| failed(&error))?;
        // This code is spent as well.
        store.use_totp_step(account, step).await.map_err(|error| failed(&error))?;
        self.tell_of(&record, Change::SecondFactorOn);
        Ok(codes)
    }

    /// Switches the second factor off; its recovery codes go with it.
    pub(crate) async fn remove_second_factor(&self, account: AccountId) -> Result<(), Problem> {
        let failed = Problem::internal("switch the second factor off");
        self.may_remove_factor(account, |_, passkeys| passkeys > 0).await?;
        let record = self.login_of(account).await?;
        self.tables.store.set_totp(account, None, &[]).await.map_err(|error| failed(&error))?;
        self.tell_of(&record, Change::SecondFactorOff);
        Ok(())
    }

    /// New recovery codes; the old ones are worth nothing.
    pub(crate) async fn new_recovery_codes(&self, account: AccountId) -> Result<Vec<RecoveryCode>, Problem> {
        let failed = Problem::internal("make recovery codes");
        let record = self.login_of(account).await?;
        if record.totp.is_none() {
            return Err(Problem::BadRequest("There is no second factor to recover.".to_owned()));
        }
        let (codes, hashes) = recovery_codes()?;
        self.tables.store.set_recovery_codes(account, &hashes).await.map_err(|error| failed(&error))?;
        self.tell_of(&record, Change::RecoveryCodes);
        Ok(codes)
    }
}

/// New codes, and what is stored of them.
fn recovery_codes() -> Result<(Vec<RecoveryCode>, Vec<[u8; 32]>), Problem> {
    let failed = Problem::internal("make recovery codes");
    let codes = RecoveryCode::generate().map_err(|error| failed(&error))?;
    let hashes = codes.iter().map(RecoveryCode::hash).collect();
    Ok((codes, hashes))
}

fn wrong_code() -> Problem {
    Problem::BadRequest(format!("code: {WRONG}"))
}
