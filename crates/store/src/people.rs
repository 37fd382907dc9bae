//! People: accounts, their sessions, and links to seats.

use tabletop::id::{AccountId, SeatId, TableId};

use crate::database::{Row, sql};
use crate::records::{AccountKind, CodeKind, CodeRecord, FamilyRecord, NewAccount};
use crate::tables::{seat, table_id};
use crate::{Store, StoreError};

const FAMILY: &str = "select family_id, account_id, counter, current_hash, previous_hash, rotated_at_ms, created_at_ms, \
                      last_used_ms, revoked_at_ms, device, methods from session_families";

impl Store {
    /// Makes an account.
    pub async fn create_account(&self, new: NewAccount) -> Result<(), StoreError> {
        let kind = match new.kind {
            AccountKind::Guest => "guest",
            AccountKind::Registered => "registered",
        };
        let insert =
            sql("insert into accounts (account_id, kind, name, created_at_ms) values ($1, $2, $3, $4)")
                .with(new.account.as_bytes())
                .with(kind)
                .with(new.name.as_str())
                .with(new.created_at_ms);
        self.step("make an account").change(insert).await.map(drop)
    }

    /// What an account is called at tables that it makes; `None` if there is none.
    pub async fn account_name(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        let select = sql("select name from accounts where account_id = $1").with(account.as_bytes());
        self.step("read an account").read_one(select).await?.map(|row| row.text(0)).transpose()
    }

    /// Stores a new sign-in.
    pub async fn create_family(&self, family: FamilyRecord) -> Result<(), StoreError> {
        let insert = sql(
            "insert into session_families (family_id, account_id, counter, current_hash, previous_hash, \
             rotated_at_ms, created_at_ms, last_used_ms, revoked_at_ms, device, methods) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .with(&family.family)
        .with(family.account.as_bytes())
        .with(u64::from(family.counter))
        .with(&family.current_hash)
        .with(family.previous_hash.as_ref().map(<[u8; 32]>::as_slice))
        .with(family.rotated_at_ms)
        .with(family.created_at_ms)
        .with(family.last_used_ms)
        .with(family.revoked_at_ms)
        .with(family.device.as_str())
        .with(family.methods.as_str());
        self.step("store a session").change(insert).await.map(drop)
    }

    /// A sign-in by its id.
    pub async fn family_by_id(&self, family: [u8; 16]) -> Result<Option<FamilyRecord>, StoreError> {
        let select = sql(format!("{FAMILY} where family_id = $1")).with(&family);
        self.step("read a session").read_one(select).await?.as_ref().map(record).transpose()
    }

    /// The sign-ins of an account that stand, the one used last first.
    pub async fn families_of(&self, account: AccountId) -> Result<Vec<FamilyRecord>, StoreError> {
        let standing =
            "where account_id = $1 and revoked_at_ms is null order by last_used_ms desc, family_id";
        let select = sql(format!("{FAMILY} {standing}")).with(account.as_bytes());
        self.step("list sessions").read(select).await?.iter().map(record).collect()
    }

    /// Ends the sign-ins of an account but one; gives those that ended.
    pub async fn revoke_families_of(
        &self,
        account: AccountId,
        except: Option<[u8; 16]>,
        now_ms: u64,
    ) -> Result<Vec<[u8; 16]>, StoreError> {
        let update = sql(
            "update session_families set revoked_at_ms = $1 where account_id = $2 and revoked_at_ms is null \
             and family_id is distinct from $3 returning family_id",
        )
        .with(now_ms)
        .with(account.as_bytes())
        .with(except.as_ref().map(<[u8; 16]>::as_slice));
        let rows = self.step("revoke sessions").change_returning(update).await?;
        rows.iter().map(|row| row.bytes(0)).collect()
    }

    /// Replaces a sign-in's secret in one atomic step; `false` if another request was faster, or it was revoked.
    pub async fn rotate_family(&self, was: &FamilyRecord, next: &FamilyRecord) -> Result<bool, StoreError> {
        let update = sql("update session_families set counter = $1, current_hash = $2, previous_hash = $3, \
             rotated_at_ms = $4, last_used_ms = $5 \
             where family_id = $6 and counter = $7 and current_hash = $8 and revoked_at_ms is null")
        .with(u64::from(next.counter))
        .with(&next.current_hash)
        .with(next.previous_hash.as_ref().map(<[u8; 32]>::as_slice))
        .with(next.rotated_at_ms)
        .with(next.last_used_ms)
        .with(&was.family)
        .with(u64::from(was.counter))
        .with(&was.current_hash);
        Ok(self.step("rotate a session").change(update).await? == 1)
    }

    /// Writes down how a sign-in was proven since it began.
    pub async fn set_family_methods(&self, family: [u8; 16], methods: &str) -> Result<(), StoreError> {
        let update =
            sql("update session_families set methods = $1 where family_id = $2 and revoked_at_ms is null");
        self.step("strengthen a session").change(update.with(methods).with(&family)).await.map(drop)
    }

    /// Ends a sign-in.
    pub async fn revoke_family(&self, family: [u8; 16], now_ms: u64) -> Result<(), StoreError> {
        let update = sql(
            "update session_families set revoked_at_ms = $1 where family_id = $2 and revoked_at_ms is null",
        );
        self.step("revoke a session").change(update.with(now_ms).with(&family)).await.map(drop)
    }

    /// The families that were revoked at or after a time.
    pub async fn families_revoked_since(&self, since_ms: u64) -> Result<Vec<([u8; 16], u64)>, StoreError> {
        let select = sql("select family_id, revoked_at_ms from session_families where revoked_at_ms >= $1 \
             order by revoked_at_ms, family_id");
        let rows = self.step("read ended sessions").read(select.with(since_ms)).await?;
        rows.iter().map(|row| Ok((row.bytes(0)?, row.count(1)?))).collect()
    }

    /// Stores a link's code, as a hash.
    pub async fn create_code(&self, code: CodeRecord) -> Result<(), StoreError> {
        let CodeKind::Seat { table, seat } = code.kind;
        let insert = sql(
            "insert into link_codes (code_hash, table_id, seat, expires_at_ms, uses_left, created_at_ms) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .with(&code.hash)
        .with(table.as_bytes())
        .with(u64::from(seat.0))
        .with(code.expires_at_ms)
        .with(code.uses_left.map(u64::from))
        .with(code.created_at_ms);
        self.step("store a link").change(insert).await.map(drop)
    }

    /// A link by its code's hash, used up or not.
    pub async fn code(&self, hash: [u8; 32]) -> Result<Option<CodeRecord>, StoreError> {
        let select = sql("select table_id, seat, expires_at_ms, uses_left, created_at_ms from link_codes \
             where code_hash = $1");
        let row = self.step("read a link").read_one(select.with(&hash)).await?;
        row.map(|row| code(&row, hash)).transpose()
    }

    /// Uses a link once, in one atomic step; `None` if it is used up, expired or absent.
    pub async fn use_code(&self, hash: [u8; 32], now_ms: u64) -> Result<Option<CodeRecord>, StoreError> {
        let update = sql("update link_codes set uses_left = uses_left - 1 where code_hash = $1 \
             and (uses_left is null or uses_left > 0) and (expires_at_ms is null or expires_at_ms > $2) \
             returning table_id, seat, expires_at_ms, uses_left, created_at_ms");
        let rows = self.step("use a link").change_returning(update.with(&hash).with(now_ms)).await?;
        rows.first().map(|row| code(row, hash)).transpose()
    }

    /// Makes the unused links to a seat worthless; gives their number.
    pub async fn revoke_seat_codes(&self, table: TableId, seat: SeatId) -> Result<u64, StoreError> {
        let delete = sql("delete from link_codes where table_id = $1 and seat = $2 and uses_left > 0");
        self.step("revoke links").change(delete.with(table.as_bytes()).with(u64::from(seat.0))).await
    }
}

fn record(row: &Row) -> Result<FamilyRecord, StoreError> {
    Ok(FamilyRecord {
        family: row.bytes(0)?,
        account: AccountId::from_bytes(row.bytes(1)?),
        counter: u32::try_from(row.count(2)?).map_err(|_| StoreError::Corrupt("session"))?,
        current_hash: row.bytes(3)?,
        previous_hash: row.optional_bytes(4)?,
        rotated_at_ms: row.count(5)?,
        created_at_ms: row.count(6)?,
        last_used_ms: row.count(7)?,
        revoked_at_ms: row.optional_count(8)?,
        device: row.text(9)?,
        methods: row.text(10)?,
    })
}

fn code(row: &Row, hash: [u8; 32]) -> Result<CodeRecord, StoreError> {
    Ok(CodeRecord {
        hash,
        kind: CodeKind::Seat { table: table_id(row, 0)?, seat: seat(row, 1)? },
        expires_at_ms: row.optional_count(2)?,
        uses_left: row.optional_count(3)?.map(|uses| u32::try_from(uses).unwrap_or(0)),
        created_at_ms: row.count(4)?,
    })
}
