//! What every route and socket shares, and the links into tables.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use identity::{InviteKey, LinkCode, RefreshKey};
use store::{BlobStore, CodeKind, CodeRecord, Quota};
use tabletop::event::{Role, SeatState};
use tabletop::id::{AccountId, SeatId, TableId};
use tokio::sync::{RwLock, Semaphore};
use tracing::warn;

use crate::accounts::Accounts;
use crate::contacts::Contacts;
use crate::decoder::Decoder;
use crate::heavy::Heavy;
use crate::http::origin::Origins;
use crate::http::problem::Problem;
use crate::keys::KeyRing;
use crate::links::{Brought, Code, join_link};
use crate::mail::Mailer;
use crate::own_tables::NewTables;
use crate::proxies::Proxies;
use crate::rate_limits::RateLimits;
use crate::sessions::Ended;
use crate::table::{Answer, Message, Question, Shared};
use crate::tiles::Tiles;

/// What every route and socket shares.
pub(crate) struct App {
    pub(crate) tables: Arc<Shared>,
    pub(crate) blobs: BlobStore,
    pub(crate) tiles: Tiles,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) heavy: Heavy,
    pub(crate) decoder: Decoder,
    pub(crate) refresh_key: RefreshKey,
    pub(crate) invite_key: InviteKey,
    pub(crate) accounts: Accounts,
    pub(crate) ended: Ended,
    pub(crate) origins: Origins,
    pub(crate) proxies: Proxies,
    pub(crate) rates: Arc<RateLimits>,
    pub(crate) mailer: Mailer,
    pub(crate) contacts: Contacts,
    pub(crate) uploads: Semaphore,
    /// Read by whoever stores a picture, written by whoever removes some: the same one may come again.
    pub(crate) storing: RwLock<()>,
    pub(crate) new_tables: NewTables,
    pub(crate) quota: Quota,
    pub(crate) next_connection: AtomicU64,
    pub(crate) frames_per_second: u32,
    pub(crate) socket_life: Duration,
    pub(crate) ping_interval: Duration,
}

impl App {
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

    /// Gives the seats of a guest to the account that they sign in to, where it has none yet: who signs out of being a guest
    /// could not come back to them. Another account's seats stay its own.
    pub(crate) async fn bring_seats(&self, guest: AccountId, account: AccountId) -> Result<(), Problem> {
        let failed = Problem::internal("bring a guest's seats");
        let store = &self.tables.store;
        if store.login_of(guest).await.map_err(|error| failed(&error))?.is_some() {
            return Ok(());
        }
        for row in store.tables_of(guest).await.map_err(|error| failed(&error))? {
            let table = row.table;
            let seat_of = async |account| {
                self.tables.ask(table, |reply| Message::Ask(Question::SeatOf { account, reply })).await
            };
            let (Ok(seat), Ok(held)) = (seat_of(guest).await, seat_of(account).await) else {
                // A table that cannot be opened must not keep its people from all others.
                warn!(%table, "seat.bring.failed");
                continue;
            };
            let (Some(seat), None) = (seat, held) else { continue };
            let brought = self.tables.ask(table, |reply| Message::Device { seat, account, reply }).await?;
            // Who still knocks has no seat to bring, and knocks again.
            if let Err(answer @ (Answer::Retry | Answer::Defect)) = brought {
                return Err(answer.into());
            }
        }
        Ok(())
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
        let code = match Brought::parse(code).ok_or(Problem::NotFound)? {
            Brought::Invite { table, proof } => {
                let (_, generation) =
                    self.tables.ask(table, |reply| Message::Ask(Question::Invite { reply })).await?;
                let expected = identity::invite_code(&self.invite_key, table.as_bytes(), generation);
                return if expected.hash() == proof.hash() {
                    Ok(Code::Invite { table, generation })
                } else {
                    Err(Problem::NotFound)
                };
            }
            Brought::Seat(code) => code,
        };
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
