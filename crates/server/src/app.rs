//! What every route and socket shares, and the identity operations they are made of.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::http::{HeaderMap, HeaderName, header};
use identity::{
    AccessError, AccessGrant, Family, InviteKey, LinkCode, RefreshKey, RefreshSecret, Rotation, SessionLimits,
};
use store::{AccountKind, BlobStore, CodeKind, CodeRecord, FamilyRecord, NewAccount};
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, SeatId, TableId};
use tokio::sync::Semaphore;

use crate::contacts::Contacts;
use crate::heavy::Heavy;
use crate::http::origin::Origins;
use crate::http::problem::Problem;
use crate::http::{AtOnce, Throttle};
use crate::keys::KeyRing;
use crate::links::{Code, join_link};
use crate::sessions::Ended;
use crate::table::{Message, Question, Shared};
use crate::tiles::Tiles;

/// The refresh cookie. The prefix makes browsers hold it to this host, to TLS (or loopback) and to the whole path.
const COOKIE: &str = "__Host-wardlight";

/// What every route and socket shares.
pub(crate) struct App {
    pub(crate) tables: Arc<Shared>,
    pub(crate) blobs: BlobStore,
    pub(crate) tiles: Tiles,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) heavy: Heavy,
    pub(crate) refresh_key: RefreshKey,
    pub(crate) invite_key: InviteKey,
    pub(crate) session_limits: SessionLimits,
    pub(crate) ended: Ended,
    pub(crate) origins: Origins,
    pub(crate) joins: Throttle,
    pub(crate) reports: Throttle,
    /// Sockets that have not said who they are.
    pub(crate) strangers: AtOnce,
    pub(crate) contacts: Contacts,
    pub(crate) uploads: Semaphore,
    pub(crate) next_connection: AtomicU64,
    pub(crate) frames_per_second: u32,
}

/// What a valid access JWT says.
pub(crate) struct Access {
    pub(crate) account: AccountId,
    pub(crate) session: [u8; 16],
    /// In seconds since 1970.
    pub(crate) expires_s: u64,
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
}

/// A refresh secret for the client's cookie, and the family it belongs to.
pub(crate) struct NewSession {
    secret: RefreshSecret,
    family: [u8; 16],
    auth_time_s: u64,
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

/// Takes the cookie away.
pub(crate) fn cleared_cookie() -> String {
    format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

impl App {
    /// Who a valid access JWT is for, if its session stands.
    pub(crate) fn access(&self, access: &str) -> Result<Access, AccessRefusal> {
        let claims = self.keys.current().verify(access, self.tables.clock.now_s())?;
        let id = |text: &str| text.parse::<AccountId>().map_err(|_| AccessRefusal::Form);
        let access = Access {
            account: id(&claims.subject)?,
            // A session is written like any 128-bit id.
            session: *id(&claims.session)?.as_bytes(),
            expires_s: claims.expires_s,
        };
        if self.ended.contains(&access.session) { Err(AccessRefusal::Ended) } else { Ok(access) }
    }

    /// Ends a session: its refresh secret, and at once its access tokens.
    async fn end(&self, family: [u8; 16]) -> Result<(), Problem> {
        let failed = Problem::internal("end a session");
        let now_ms = self.tables.clock.now_ms();
        self.tables.store.revoke_family(family, now_ms).await.map_err(|error| failed(&error))?;
        self.ended.add(family, now_ms);
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
            methods: vec!["link".to_owned()],
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
        let Some((family, secret)) = cookie(headers) else { return Ok(None) };
        let failed = Problem::internal("read a session");
        let Some(record) = self.tables.store.family_by_id(family).await.map_err(|error| failed(&error))?
        else {
            return Ok(None);
        };
        let now_ms = self.tables.clock.now_ms();
        match identity::rotate(&self.refresh_key, &of_record(&record), &secret, now_ms, &self.session_limits)
        {
            Rotation::Next { .. } | Rotation::Repeat { .. } => Ok(Some(record.account)),
            Rotation::Reused => {
                self.end(family).await?;
                Ok(None)
            }
            Rotation::Expired | Rotation::Unknown => Ok(None),
        }
    }

    /// A session for a person who joins: a new one on every join, for the account they have or for a new guest.
    pub(crate) async fn session_for(
        &self,
        known: Option<AccountId>,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<(AccountId, NewSession), Problem> {
        let failed = Problem::internal("make a session");
        let now_ms = self.tables.clock.now_ms();
        if let (Some(_), Some((family, _))) = (known, cookie(headers)) {
            self.end(family).await?;
        }
        let account = match known {
            Some(account) => account,
            None => {
                let account = AccountId::from_bytes(random(&failed)?);
                let kind = AccountKind::Guest;
                let new = NewAccount { account, kind, name: name.to_owned(), created_at_ms: now_ms };
                self.tables.store.create_account(new).await.map_err(|error| failed(&error))?;
                account
            }
        };
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
        };
        self.tables.store.create_family(record).await.map_err(|error| failed(&error))?;
        Ok((account, NewSession { secret, family, auth_time_s: now_ms / 1000 }))
    }

    /// Rotates the refresh secret of the browser that asks. A used one revokes the whole family.
    pub(crate) async fn rotate(&self, headers: &HeaderMap) -> Result<(AccountId, NewSession), Problem> {
        let (family, secret) = cookie(headers).ok_or(Problem::SignedOut)?;
        let failed = Problem::internal("rotate a session");
        let store = &self.tables.store;
        let now_ms = self.tables.clock.now_ms();
        // A second request with the same secret may win the race; then its answer is repeated.
        for _ in 0..3 {
            let record = store.family_by_id(family).await.map_err(|error| failed(&error))?;
            let record = record.ok_or(Problem::SignedOut)?;
            let account = record.account;
            let auth_time_s = record.created_at_ms / 1000;
            match identity::rotate(
                &self.refresh_key,
                &of_record(&record),
                &secret,
                now_ms,
                &self.session_limits,
            ) {
                Rotation::Next { secret, family: next } => {
                    let next = to_record(account, &next);
                    if store.rotate_family(&record, &next).await.map_err(|error| failed(&error))? {
                        return Ok((account, NewSession { secret, family, auth_time_s }));
                    }
                }
                Rotation::Repeat { secret } => {
                    return Ok((account, NewSession { secret, family, auth_time_s }));
                }
                Rotation::Reused => {
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
        let Some((family, _)) = cookie(headers) else { return Ok(()) };
        self.end(family).await
    }

    /// What an account is at a table.
    pub(crate) async fn seat_state(
        &self,
        table: TableId,
        account: AccountId,
    ) -> Result<Option<(Role, SeatState)>, Problem> {
        Ok(self.tables.ask(table, |reply| Message::Ask(Question::Role { account, reply })).await?)
    }

    /// Whether an account has this seat at the table, or none.
    pub(crate) async fn sits_on(
        &self,
        table: TableId,
        account: AccountId,
        seat: SeatId,
    ) -> Result<bool, Problem> {
        let held = self.tables.ask(table, |reply| Message::Ask(Question::SeatOf { account, reply })).await?;
        Ok(held.is_none_or(|held| held == seat))
    }

    /// The role of a seat, for the preview of its link.
    pub(crate) async fn seat_role(&self, table: TableId, seat: SeatId) -> Result<Role, Problem> {
        let role = self.tables.ask(table, |reply| Message::Ask(Question::SeatRole { seat, reply })).await?;
        role.ok_or(Problem::NotFound)
    }

    /// The code of a table's invite.
    pub(crate) fn invite_code(&self, table: TableId, generation: u32) -> String {
        crate::links::invite_code(&self.invite_key, table, generation)
    }

    /// What a code is for. Wrong, used and expired ones are the same problem.
    pub(crate) async fn open_code(&self, code: &str) -> Result<Code, Problem> {
        if let Some((table, proof)) = code.split_at_checked(32)
            && !proof.is_empty()
            && let Ok(table) = table.parse::<TableId>()
        {
            let proof = LinkCode::parse(proof).map_err(|_| Problem::NotFound)?;
            let (_, generation) =
                self.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await?;
            let expected = identity::invite_code(&self.invite_key, table.as_bytes(), generation);
            return if expected.hash() == proof.hash() {
                Ok(Code::Invite { table, generation })
            } else {
                Err(Problem::NotFound)
            };
        }
        let code = LinkCode::parse(code).map_err(|_| Problem::NotFound)?;
        let failed = Problem::internal("read a link");
        let record = self.tables.store.code(*code.hash().as_bytes()).await.map_err(|error| failed(&error))?;
        let record = record.ok_or(Problem::NotFound)?;
        let ended = record.expires_at_ms.is_some_and(|end| end <= self.tables.clock.now_ms());
        if ended || record.uses_left == Some(0) {
            return Err(Problem::NotFound);
        }
        match record.kind {
            CodeKind::Seat { table, seat } => Ok(Code::Seat { table, seat }),
        }
    }

    /// Uses up a one-time code; of two who try at once, one gets it.
    pub(crate) async fn spend_code(&self, code: &str) -> Result<(), Problem> {
        let code = LinkCode::parse(code).map_err(|_| Problem::NotFound)?;
        let failed = Problem::internal("use a link");
        let now_ms = self.tables.clock.now_ms();
        let used = self.tables.store.use_code(*code.hash().as_bytes(), now_ms).await;
        used.map_err(|error| failed(&error))?.map(drop).ok_or(Problem::NotFound)
    }

    /// Makes a one-time code for a seat.
    pub(crate) async fn new_seat_code(
        &self,
        table: TableId,
        seat: SeatId,
        life_ms: u64,
    ) -> Result<String, Problem> {
        let failed = Problem::internal("make a link");
        let code = LinkCode::generate().map_err(|error| failed(&error))?;
        let now_ms = self.tables.clock.now_ms();
        let record = CodeRecord {
            hash: *code.hash().as_bytes(),
            kind: CodeKind::Seat { table, seat },
            expires_at_ms: Some(now_ms + life_ms),
            uses_left: Some(1),
            created_at_ms: now_ms,
        };
        self.tables.store.create_code(record).await.map_err(|error| failed(&error))?;
        Ok(code.reveal().to_owned())
    }

    /// A code as links under each of the server's addresses, the canonical one first.
    pub(crate) fn join_links(&self, code: &str) -> Vec<String> {
        self.origins.all().iter().map(|origin| join_link(origin, code)).collect()
    }

    /// The link that a phone can open: one that is not on this machine only.
    pub(crate) fn phone_link<'a>(&self, links: &'a [String]) -> &'a str {
        let local = |link: &&String| !(link.contains("://127.0.0.1") || link.contains("://localhost"));
        links.iter().find(local).or(links.first()).map_or("", String::as_str)
    }
}

fn random(failed: &impl Fn(&(dyn std::error::Error + 'static)) -> Problem) -> Result<[u8; 16], Problem> {
    identity::entropy::secret::<16>().map_err(|error| failed(&error))
}

/// The family and secret in the refresh cookie.
fn cookie(headers: &HeaderMap) -> Option<([u8; 16], RefreshSecret)> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).map(str::trim);
    let value = pairs.filter_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('=')).next()?;
    let (family, secret) = value.split_once('.')?;
    // A family is written like any 128-bit id.
    let family = family.parse::<AccountId>().ok()?;
    Some((*family.as_bytes(), RefreshSecret::parse(secret).ok()?))
}

fn hex(id: &[u8; 16]) -> String {
    AccountId::from_bytes(*id).to_string()
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

fn to_record(account: AccountId, family: &Family) -> FamilyRecord {
    FamilyRecord {
        family: family.family_id,
        account,
        counter: family.counter,
        current_hash: family.current_hash,
        previous_hash: family.previous_hash,
        rotated_at_ms: family.rotated_at_ms,
        created_at_ms: family.created_at_ms,
        last_used_ms: family.last_used_ms,
        revoked_at_ms: None,
    }
}
