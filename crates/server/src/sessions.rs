//! Sessions: a refresh secret in a cookie for each browser, and the access JWTs that are made from it.
//!
//! A session begins when somebody proves who they are, so its age is the age of that proof. Sessions that ended while an
//! access token of theirs may still live are remembered: nothing of theirs is accepted, on any route or socket.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::http::{HeaderMap, HeaderName, header};
use identity::{ACCESS_LIFE_S, AccessError, AccessGrant, Family, RefreshSecret, Rotation, SessionLimits};
use store::{AccountKind, FamilyRecord, NewAccount, StoreError};
use tabletop::id::AccountId;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::accounts::{PASSWORD_ALONE, SecondFactor};
use crate::app::App;
use crate::device::device_name;
use crate::http::problem::Problem;
use crate::http::refresh;
use crate::security;

/// The refresh cookie. The prefix makes browsers hold it to this host, to TLS (or loopback) and to the whole path.
const COOKIE: &str = "__Host-wardlight";

/// What a valid access JWT says.
pub(crate) struct Access {
    pub(crate) account: AccountId,
    pub(crate) session: [u8; 16],
    /// In seconds since 1970.
    pub(crate) expires_s: u64,
    /// When the person proved who they are, in seconds since 1970.
    pub(crate) auth_time_s: u64,
    /// Whether it was by a password and nothing else.
    pub(crate) is_password_alone: bool,
}

/// An access JWT is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessRefusal {
    #[error(transparent)]
    Token(#[from] AccessError),
    #[error("the token names no account or session of ours")]
    Form,
    #[error("the session has ended")]
    Ended,
    #[error("a password alone is not enough here")]
    NeedsFactor,
}

/// A refresh secret for the client's cookie, and the family it belongs to.
pub(crate) struct NewSession {
    secret: RefreshSecret,
    family: [u8; 16],
    auth_time_s: u64,
    methods: String,
}

impl NewSession {
    /// The header that gives the cookie to the browser.
    pub(crate) fn header(&self) -> [(HeaderName, String); 1] {
        let value = format!("{}.{}", hex(&self.family), self.secret.reveal());
        let max_age_s = 90 * 24 * 60 * 60;
        let cookie =
            format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age_s}");
        [(header::SET_COOKIE, cookie)]
    }
}

/// The headers that take the cookie away, and whatever else of us the browser holds.
pub(crate) fn cleared() -> [(HeaderName, String); 2] {
    let cookie = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    let clear = "\"cookies\", \"storage\"".to_owned();
    [(header::SET_COOKIE, cookie), (HeaderName::from_static("clear-site-data"), clear)]
}

impl App {
    /// Who a valid access JWT is for, if its session stands and was proven as this server asks for.
    pub(crate) fn access(&self, access: &str) -> Result<Access, AccessRefusal> {
        let access = self.any_access(access)?;
        if self.needs_factor(&access) { Err(AccessRefusal::NeedsFactor) } else { Ok(access) }
    }

    /// Whether somebody has to add a second factor before anything else.
    pub(crate) fn needs_factor(&self, access: &Access) -> bool {
        access.is_password_alone && self.accounts.second_factor == SecondFactor::Required
    }

    /// Who a valid access JWT is for, if its session stands, however it was proven.
    pub(crate) fn any_access(&self, access: &str) -> Result<Access, AccessRefusal> {
        let claims = self.keys.current().verify(access, self.tables.clock.now_s())?;
        let access = Access {
            account: claims.subject.parse().map_err(|_| AccessRefusal::Form)?,
            session: unhex(&claims.session).ok_or(AccessRefusal::Form)?,
            expires_s: claims.expires_s,
            auth_time_s: claims.auth_time_s,
            is_password_alone: is_password_alone(&claims.methods),
        };
        if self.ended.contains(&access.session) { Err(AccessRefusal::Ended) } else { Ok(access) }
    }

    /// Ends a session: its refresh secret, and at once its access tokens.
    async fn end(&self, family: [u8; 16]) -> Result<(), Problem> {
        let failed = Problem::internal("end a session");
        let now_ms = self.tables.clock.now_ms();
        self.tables.store.revoke_family(family, now_ms).await.map_err(|error| failed(&error))?;
        self.ended.add(family, now_ms);
        info!(count = 1, "session.ended");
        Ok(())
    }

    /// A new access JWT for a session.
    pub(crate) async fn session_answer(
        &self,
        account: AccountId,
        session: &NewSession,
    ) -> Result<crate::http::SessionAnswer, Problem> {
        let now_s = self.tables.clock.now_s();
        let grant = AccessGrant {
            subject: account.to_string(),
            session: hex(&session.family),
            auth_time_s: session.auth_time_s,
            methods: session.methods.split_whitespace().map(str::to_owned).collect(),
        };
        let keys = self.keys.current();
        let issued = self.heavy.run(move || keys.issue(&grant, now_s)).await;
        let failed = Problem::internal("sign an access token");
        let access = issued.map_err(|_| Problem::Busy)?.map_err(|error| failed(&error))?;
        Ok(crate::http::SessionAnswer {
            access: access.reveal().to_owned(),
            expires_in_s: identity::ACCESS_LIFE_S,
        })
    }

    /// The account of the browser that asks, if its refresh cookie is one of a standing session. Rotates nothing.
    pub(crate) async fn account_of(&self, headers: &HeaderMap) -> Result<Option<AccountId>, Problem> {
        let Some((family, secret)) = refresh(headers, COOKIE) else { return Ok(None) };
        let failed = Problem::internal("read a session");
        let Some(record) = self.tables.store.family_by_id(family).await.map_err(|error| failed(&error))?
        else {
            return Ok(None);
        };
        let now_ms = self.tables.clock.now_ms();
        let limits = self.limits_of(record.account).await?;
        match identity::rotate(&self.refresh_key, &of_record(&record), &secret, now_ms, &limits) {
            Rotation::Next { .. } | Rotation::Repeat { .. } => Ok(Some(record.account)),
            Rotation::Reused => {
                security::about(record.account);
                warn!("session.reused");
                self.end(family).await?;
                Ok(None)
            }
            Rotation::Expired | Rotation::Unknown => Ok(None),
        }
    }

    /// A session for a person who joins: a new one for a guest, and the one that they have for an account that signs in by
    /// itself, since a link proves nothing about it.
    pub(crate) async fn session_for(
        &self,
        known: Option<AccountId>,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<(AccountId, NewSession), Problem> {
        let failed = Problem::internal("make a session");
        let store = &self.tables.store;
        let account = match known {
            Some(account) => {
                let standing = store.standing(account).await.map_err(|error| failed(&error))?;
                if standing.kind == AccountKind::Registered {
                    return self.rotate(headers).await;
                }
                account
            }
            None => {
                let account = AccountId::from_bytes(random(&failed)?);
                let kind = AccountKind::Guest;
                let created_at_ms = self.tables.clock.now_ms();
                let new = NewAccount { account, kind, name: name.to_owned(), created_at_ms };
                store.create_account(new).await.map_err(|error| failed(&error))?;
                account
            }
        };
        Ok((account, self.begin_session(account, known, "link", headers).await?))
    }

    /// A new session for somebody who has proven who they are. The one that the browser had ends, if it is the same
    /// person's or a guest's who becomes them.
    pub(crate) async fn begin_session(
        &self,
        account: AccountId,
        was: Option<AccountId>,
        methods: &str,
        headers: &HeaderMap,
    ) -> Result<NewSession, Problem> {
        let failed = Problem::internal("make a session");
        if let (Some(_), Some((family, _))) = (was, refresh(headers, COOKIE)) {
            self.end(family).await?;
        }
        let now_ms = self.tables.clock.now_ms();
        let family: [u8; 16] = random(&failed)?;
        let secret = RefreshSecret::generate(&self.refresh_key, &family).map_err(|error| failed(&error))?;
        let record = FamilyRecord {
            family,
            account,
            counter: 0,
            current_hash: *secret.hash().as_bytes(),
            previous_hash: None,
            rotated_at_ms: now_ms,
            created_at_ms: now_ms,
            last_used_ms: now_ms,
            revoked_at_ms: None,
            device: device_name(headers),
            methods: methods.to_owned(),
        };
        self.tables.store.create_family(record).await.map_err(|error| failed(&error))?;
        security::about(account);
        info!(methods, "session.began");
        Ok(NewSession { secret, family, auth_time_s: now_ms / 1000, methods: methods.to_owned() })
    }

    /// The sessions of an account that a refresh secret would still renew, the one used last first.
    pub(crate) async fn sessions_of(&self, account: AccountId) -> Result<Vec<FamilyRecord>, Problem> {
        let failed = Problem::internal("list sessions");
        let limits = self.limits_of(account).await?;
        let now_ms = self.tables.clock.now_ms();
        let mut sessions = self.tables.store.families_of(account).await.map_err(|error| failed(&error))?;
        sessions.retain(|session| limits.stands(session.created_at_ms, session.last_used_ms, now_ms));
        Ok(sessions)
    }

    /// How a session was begun, as words of RFC 8176.
    pub(crate) async fn methods_of(&self, session: &[u8; 16]) -> Result<String, Problem> {
        let failed = Problem::internal("read a session");
        let record = self.tables.store.family_by_id(*session).await.map_err(|error| failed(&error))?;
        Ok(record.ok_or(Problem::SignedOut)?.methods)
    }

    /// A session whose person has shown a second factor since it began is worth as much as one that began with it.
    pub(crate) async fn strengthen(&self, session: [u8; 16], factor: &str) -> Result<(), Problem> {
        let failed = Problem::internal("strengthen a session");
        if self.methods_of(&session).await? == PASSWORD_ALONE {
            let methods = format!("{PASSWORD_ALONE} {factor} mfa");
            let stored = self.tables.store.set_family_methods(session, &methods).await;
            stored.map_err(|error| failed(&error))?;
            info!(methods, "session.strengthened");
        }
        Ok(())
    }

    /// Ends one session of an account; `NotFound` if it has none of this id.
    pub(crate) async fn end_session_of(&self, account: AccountId, session: [u8; 16]) -> Result<(), Problem> {
        let own = self.sessions_of(account).await?.iter().any(|own| own.family == session);
        if own { self.end(session).await } else { Err(Problem::NotFound) }
    }

    /// Ends the sessions of an account but one.
    pub(crate) async fn end_sessions_of(
        &self,
        account: AccountId,
        except: Option<[u8; 16]>,
    ) -> Result<(), Problem> {
        let failed = Problem::internal("end sessions");
        let now_ms = self.tables.clock.now_ms();
        let ended = self.tables.store.revoke_families_of(account, except, now_ms).await;
        let ended = ended.map_err(|error| failed(&error))?;
        for session in &ended {
            self.ended.add(*session, now_ms);
        }
        if !ended.is_empty() {
            info!(%account, count = ended.len(), "session.ended");
        }
        Ok(())
    }

    /// How long sessions of an account last: those that can do more, less.
    async fn limits_of(&self, account: AccountId) -> Result<SessionLimits, Problem> {
        let failed = Problem::internal("read an account");
        let standing = self.tables.store.standing(account).await.map_err(|error| failed(&error))?;
        Ok(match (standing.kind, standing.is_master) {
            (AccountKind::Guest, _) => SessionLimits::GUEST,
            (AccountKind::Registered, false) => SessionLimits::PLAYER,
            (AccountKind::Registered, true) => SessionLimits::MASTER,
        })
    }

    /// Rotates the refresh secret of the browser that asks. A used one revokes the whole family.
    pub(crate) async fn rotate(&self, headers: &HeaderMap) -> Result<(AccountId, NewSession), Problem> {
        let (family, secret) = refresh(headers, COOKIE).ok_or(Problem::SignedOut)?;
        let failed = Problem::internal("rotate a session");
        let store = &self.tables.store;
        let now_ms = self.tables.clock.now_ms();
        // A second request with the same secret may win the race; then its answer is repeated.
        for _ in 0..3 {
            let record = store.family_by_id(family).await.map_err(|error| failed(&error))?;
            let record = record.ok_or(Problem::SignedOut)?;
            let account = record.account;
            let auth_time_s = record.created_at_ms / 1000;
            let limits = self.limits_of(account).await?;
            let methods = record.methods.clone();
            match identity::rotate(&self.refresh_key, &of_record(&record), &secret, now_ms, &limits) {
                Rotation::Next { secret, family: next } => {
                    let next = to_record(&record, &next);
                    if store.rotate_family(&record, &next).await.map_err(|error| failed(&error))? {
                        return Ok((account, NewSession { secret, family, auth_time_s, methods }));
                    }
                }
                Rotation::Repeat { secret } => {
                    return Ok((account, NewSession { secret, family, auth_time_s, methods }));
                }
                Rotation::Reused => {
                    security::about(account);
                    warn!("session.reused");
                    self.end(family).await?;
                    return Err(Problem::SignedOut);
                }
                Rotation::Expired | Rotation::Unknown => return Err(Problem::SignedOut),
            }
        }
        Err(Problem::Unavailable)
    }

    /// Revokes the session of the browser that asks.
    pub(crate) async fn end_session(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.account_of(headers).await?.is_none() {
            return Ok(());
        }
        let Some((family, _)) = refresh(headers, COOKIE) else { return Ok(()) };
        self.end(family).await
    }
}

/// How long an ended session is remembered: a token of its last second has ended by then, clocks that differ included.
pub(crate) const REMEMBERED_MS: u64 = (ACCESS_LIFE_S + 60) * 1000;

/// The sessions that ended a short while ago.
#[derive(Default)]
pub(crate) struct Ended {
    /// When each is forgotten, in milliseconds since 1970.
    until_ms: RwLock<HashMap<[u8; 16], u64>>,
    /// Told whenever one more ended.
    more: watch::Sender<()>,
}

impl Ended {
    /// From now on the session's tokens are refused.
    pub(crate) fn add(&self, session: [u8; 16], ended_ms: u64) {
        let mut until = self.until_ms.write().unwrap_or_else(PoisonError::into_inner);
        until.retain(|_, until_ms| *until_ms > ended_ms);
        until.insert(session, ended_ms.saturating_add(REMEMBERED_MS));
        drop(until);
        self.more.send_replace(());
    }

    /// Whoever holds this is told when sessions end.
    pub(crate) fn notice(&self) -> watch::Receiver<()> {
        self.more.subscribe()
    }

    /// Adds the sessions that others than this server ended, such as a command on the same data.
    pub(crate) async fn refresh(&self, store: &store::Store, now_ms: u64) -> Result<(), StoreError> {
        let since_ms = now_ms.saturating_sub(REMEMBERED_MS);
        for (session, ended_ms) in store.families_revoked_since(since_ms).await? {
            if !self.contains(&session) {
                self.add(session, ended_ms);
            }
        }
        Ok(())
    }

    /// Whether a session ended.
    pub(crate) fn contains(&self, session: &[u8; 16]) -> bool {
        self.until_ms.read().unwrap_or_else(PoisonError::into_inner).contains_key(session)
    }
}

/// Whether these words of RFC 8176 name a password and nothing besides.
fn is_password_alone(methods: &[String]) -> bool {
    let has = |word| methods.iter().any(|method| method == word);
    has(PASSWORD_ALONE) && !has("mfa")
}

fn random(failed: &impl Fn(&(dyn std::error::Error + 'static)) -> Problem) -> Result<[u8; 16], Problem> {
    identity::entropy::secret::<16>().map_err(|error| failed(&error))
}

/// An id of 128 bits, such as a session's, as every id is written.
pub(crate) fn hex(id: &[u8; 16]) -> String {
    AccountId::from_bytes(*id).to_string()
}

/// Reads what [`hex`] writes.
pub(crate) fn unhex(text: &str) -> Option<[u8; 16]> {
    text.parse::<AccountId>().ok().map(|id| *id.as_bytes())
}

fn of_record(record: &FamilyRecord) -> Family {
    Family {
        family_id: record.family,
        counter: record.counter,
        current_hash: record.current_hash,
        previous_hash: record.previous_hash,
        rotated_at_ms: record.rotated_at_ms,
        created_at_ms: record.created_at_ms,
        last_used_ms: record.last_used_ms,
        revoked: record.revoked_at_ms.is_some(),
    }
}

fn to_record(was: &FamilyRecord, family: &Family) -> FamilyRecord {
    FamilyRecord {
        counter: family.counter,
        current_hash: family.current_hash,
        previous_hash: family.previous_hash,
        rotated_at_ms: family.rotated_at_ms,
        created_at_ms: family.created_at_ms,
        last_used_ms: family.last_used_ms,
        ..was.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_session_is_remembered_while_its_tokens_live() {
        let ended = Ended::default();
        ended.add([1; 16], 1_000);
        ended.add([2; 16], REMEMBERED_MS);
        assert!(ended.contains(&[1; 16]) && ended.contains(&[2; 16]) && !ended.contains(&[3; 16]));
        ended.add([3; 16], 1_000 + REMEMBERED_MS);
        assert!(!ended.contains(&[1; 16]) && ended.contains(&[2; 16]));
    }
}
