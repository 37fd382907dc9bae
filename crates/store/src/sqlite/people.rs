//! People in the embedded database: accounts, their sessions, and links to seats.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tabletop::id::{AccountId, SeatId, TableId};

use super::{Sqlite, bytes, counted, number, seat, table_id, text};
use crate::error::{StoreError, database};
use crate::records::{AccountKind, CodeKind, CodeRecord, FamilyRecord, NewAccount};

const FAMILY: &str = "select family_id, account_id, counter, current_hash, previous_hash, rotated_at_ms, created_at_ms, \
                      last_used_ms, revoked_at_ms, device, methods from session_families";

impl Sqlite {
    pub(crate) async fn create_account(&self, new: NewAccount) -> Result<(), StoreError> {
        let kind = match new.kind {
            AccountKind::Guest => "guest",
            AccountKind::Registered => "registered",
        };
        sqlx::query("insert into accounts (account_id, kind, name, created_at_ms) values (?, ?, ?, ?)")
            .bind(new.account.as_bytes().as_slice())
            .bind(kind)
            .bind(new.name)
            .bind(number(new.created_at_ms))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(database("make an account"))
    }

    pub(crate) async fn create_family(&self, family: FamilyRecord) -> Result<(), StoreError> {
        sqlx::query(
            "insert into session_families (family_id, account_id, counter, current_hash, previous_hash, \
             rotated_at_ms, created_at_ms, last_used_ms, revoked_at_ms, device, methods) \
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(family.family.as_slice())
        .bind(family.account.as_bytes().as_slice())
        .bind(i64::from(family.counter))
        .bind(family.current_hash.as_slice())
        .bind(family.previous_hash.map(|hash| hash.to_vec()))
        .bind(number(family.rotated_at_ms))
        .bind(number(family.created_at_ms))
        .bind(number(family.last_used_ms))
        .bind(family.revoked_at_ms.map(number))
        .bind(family.device)
        .bind(family.methods)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(database("store a session"))
    }

    pub(crate) async fn family_by_id(&self, family: [u8; 16]) -> Result<Option<FamilyRecord>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{FAMILY} where family_id = ?")))
            .bind(family.as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(database("read a session"))?;
        row.as_ref().map(record).transpose()
    }

    pub(crate) async fn families_of(&self, account: AccountId) -> Result<Vec<FamilyRecord>, StoreError> {
        let standing = "where account_id = ? and revoked_at_ms is null order by last_used_ms desc, family_id";
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{FAMILY} {standing}")))
            .bind(account.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .map_err(database("list sessions"))?;
        rows.iter().map(record).collect()
    }

    pub(crate) async fn revoke_families_of(
        &self,
        account: AccountId,
        except: Option<[u8; 16]>,
        now_ms: u64,
    ) -> Result<Vec<[u8; 16]>, StoreError> {
        let rows = sqlx::query(
            "update session_families set revoked_at_ms = ? where account_id = ? and revoked_at_ms is null \
             and family_id is not ? returning family_id",
        )
        .bind(number(now_ms))
        .bind(account.as_bytes().as_slice())
        .bind(except.map(|family| family.to_vec()))
        .fetch_all(&self.pool)
        .await
        .map_err(database("revoke sessions"))?;
        rows.iter().map(|row| bytes(row, 0)).collect()
    }

    pub(crate) async fn rotate_family(
        &self,
        was: &FamilyRecord,
        next: &FamilyRecord,
    ) -> Result<bool, StoreError> {
        let rotated = sqlx::query(
            "update session_families set counter = ?, current_hash = ?, previous_hash = ?, rotated_at_ms = ?, \
             last_used_ms = ? where family_id = ? and counter = ? and current_hash = ? and revoked_at_ms is null",
        )
        .bind(i64::from(next.counter))
        .bind(next.current_hash.as_slice())
        .bind(next.previous_hash.map(|hash| hash.to_vec()))
        .bind(number(next.rotated_at_ms))
        .bind(number(next.last_used_ms))
        .bind(was.family.as_slice())
        .bind(i64::from(was.counter))
        .bind(was.current_hash.as_slice())
        .execute(&self.pool)
        .await
        .map_err(database("rotate a session"))?;
        Ok(rotated.rows_affected() == 1)
    }

    pub(crate) async fn revoke_family(&self, family: [u8; 16], now_ms: u64) -> Result<(), StoreError> {
        sqlx::query(
            "update session_families set revoked_at_ms = ? where family_id = ? and revoked_at_ms is null",
        )
        .bind(number(now_ms))
        .bind(family.as_slice())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(database("revoke a session"))
    }

    pub(crate) async fn families_revoked_since(
        &self,
        since_ms: u64,
    ) -> Result<Vec<([u8; 16], u64)>, StoreError> {
        let rows = sqlx::query(
            "select family_id, revoked_at_ms from session_families where revoked_at_ms >= ? order by revoked_at_ms",
        )
        .bind(number(since_ms))
        .fetch_all(&self.pool)
        .await
        .map_err(database("read ended sessions"))?;
        rows.iter().map(|row| Ok((bytes(row, 0)?, counted(row, 1)?))).collect()
    }

    pub(crate) async fn create_code(&self, code: CodeRecord) -> Result<(), StoreError> {
        let CodeKind::Seat { table, seat } = code.kind;
        sqlx::query(
            "insert into link_codes (code_hash, table_id, seat, expires_at_ms, uses_left, created_at_ms) \
             values (?, ?, ?, ?, ?, ?)",
        )
        .bind(code.hash.as_slice())
        .bind(table.as_bytes().as_slice())
        .bind(i64::from(seat.0))
        .bind(code.expires_at_ms.map(number))
        .bind(code.uses_left.map(i64::from))
        .bind(number(code.created_at_ms))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(database("store a link"))
    }

    pub(crate) async fn code(&self, hash: [u8; 32]) -> Result<Option<CodeRecord>, StoreError> {
        let row = sqlx::query(
            "select table_id, seat, expires_at_ms, uses_left, created_at_ms from link_codes where code_hash = ?",
        )
        .bind(hash.as_slice())
        .fetch_optional(&self.pool)
        .await
        .map_err(database("read a link"))?;
        row.map(|row| code(&row, hash)).transpose()
    }

    pub(crate) async fn use_code(
        &self,
        hash: [u8; 32],
        now_ms: u64,
    ) -> Result<Option<CodeRecord>, StoreError> {
        let row = sqlx::query(
            "update link_codes set uses_left = uses_left - 1 where code_hash = ?1 \
             and (uses_left is null or uses_left > 0) and (expires_at_ms is null or expires_at_ms > ?2) \
             returning table_id, seat, expires_at_ms, uses_left, created_at_ms",
        )
        .bind(hash.as_slice())
        .bind(number(now_ms))
        .fetch_all(&self.pool)
        .await
        .map_err(database("use a link"))?;
        row.first().map(|row| code(row, hash)).transpose()
    }

    pub(crate) async fn revoke_seat_codes(&self, table: TableId, seat: SeatId) -> Result<u64, StoreError> {
        let gone = sqlx::query("delete from link_codes where table_id = ? and seat = ? and uses_left > 0")
            .bind(table.as_bytes().as_slice())
            .bind(i64::from(seat.0))
            .execute(&self.pool)
            .await
            .map_err(database("revoke links"))?;
        Ok(gone.rows_affected())
    }
}

fn record(row: &SqliteRow) -> Result<FamilyRecord, StoreError> {
    let corrupt = |_| StoreError::Corrupt("session");
    let previous: Option<Vec<u8>> = row.try_get(4).map_err(corrupt)?;
    let revoked: Option<i64> = row.try_get(8).map_err(corrupt)?;
    Ok(FamilyRecord {
        family: bytes(row, 0)?,
        account: AccountId::from_bytes(bytes(row, 1)?),
        counter: u32::try_from(counted(row, 2)?).map_err(|_| StoreError::Corrupt("session"))?,
        current_hash: bytes(row, 3)?,
        previous_hash: previous
            .map(|hash| hash.try_into().map_err(|_| StoreError::Corrupt("session")))
            .transpose()?,
        rotated_at_ms: counted(row, 5)?,
        created_at_ms: counted(row, 6)?,
        last_used_ms: counted(row, 7)?,
        revoked_at_ms: revoked.map(i64::unsigned_abs),
        device: text(row, 9)?,
        methods: text(row, 10)?,
    })
}

fn code(row: &SqliteRow, hash: [u8; 32]) -> Result<CodeRecord, StoreError> {
    let corrupt = |_| StoreError::Corrupt("link");
    let expires: Option<i64> = row.try_get(2).map_err(corrupt)?;
    let uses: Option<i64> = row.try_get(3).map_err(corrupt)?;
    Ok(CodeRecord {
        hash,
        kind: CodeKind::Seat { table: table_id(row, 0)?, seat: seat(row, 1)? },
        expires_at_ms: expires.map(i64::unsigned_abs),
        uses_left: uses.map(|uses| u32::try_from(uses).unwrap_or(0)),
        created_at_ms: counted(row, 4)?,
    })
}
