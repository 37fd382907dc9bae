//! Accounts that sign in by themselves, in the embedded database.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tabletop::id::AccountId;

use super::{Sqlite, bytes, counted, number, text};
use crate::error::{StoreError, database};
use crate::records::{AccountKind, AccountLink, LoginRecord, NewLogin, PasskeyRecord, Standing};

const LOGIN: &str = "select account_id, login, password, password_set_at_ms, totp, locked_at_ms is not null, mail \
     from logins";
const PASSKEY: &str =
    "select credential_id, account_id, name, record, created_at_ms, last_used_ms from passkeys";

impl Sqlite {
    pub(crate) async fn create_login(&self, new: NewLogin) -> Result<bool, StoreError> {
        let failed = "make an account";
        let account = new.account.as_bytes().as_slice();
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        sqlx::query(
            "insert into accounts (account_id, kind, name, created_at_ms) values (?, 'registered', ?, ?) \
             on conflict (account_id) do update set kind = 'registered'",
        )
        .bind(account)
        .bind(&new.login)
        .bind(number(new.at_ms))
        .execute(&mut *transaction)
        .await
        .map_err(database(failed))?;
        let made = sqlx::query(
            "insert into logins (account_id, login, password, password_set_at_ms) values (?, ?, ?, ?) \
             on conflict do nothing",
        )
        .bind(account)
        .bind(&new.login)
        .bind(new.password)
        .bind(number(new.at_ms))
        .execute(&mut *transaction)
        .await
        .map_err(database(failed))?;
        if made.rows_affected() == 0 {
            transaction.rollback().await.map_err(database(failed))?;
            return Ok(false);
        }
        transaction.commit().await.map_err(database(failed))?;
        Ok(true)
    }

    pub(crate) async fn login(&self, login: &str) -> Result<Option<LoginRecord>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{LOGIN} where login = ?")))
            .bind(login)
            .fetch_optional(&self.pool)
            .await
            .map_err(database("read an account"))?;
        row.as_ref().map(record).transpose()
    }

    pub(crate) async fn login_of(&self, account: AccountId) -> Result<Option<LoginRecord>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{LOGIN} where account_id = ?")))
            .bind(account.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(database("read an account"))?;
        row.as_ref().map(record).transpose()
    }

    pub(crate) async fn logins_by_mail(&self, mail: &str, most: u32) -> Result<Vec<LoginRecord>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LOGIN} where mail = ? order by login limit ?")))
            .bind(mail)
            .bind(most)
            .fetch_all(&self.pool)
            .await
            .map_err(database("list accounts of an address"))?;
        rows.iter().map(record).collect()
    }

    pub(crate) async fn set_mail(&self, account: AccountId, mail: Option<&str>) -> Result<bool, StoreError> {
        let failed = "store a mail address";
        let id = account.as_bytes().as_slice();
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        let changed = sqlx::query("update logins set mail = ? where account_id = ?")
            .bind(mail)
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(database(failed))?;
        forget_links(&mut transaction, account).await.map_err(database(failed))?;
        transaction.commit().await.map_err(database(failed))?;
        Ok(changed.rows_affected() == 1)
    }

    pub(crate) async fn logins(&self) -> Result<Vec<LoginRecord>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LOGIN} order by login")))
            .fetch_all(&self.pool)
            .await
            .map_err(database("list accounts"))?;
        rows.iter().map(record).collect()
    }

    pub(crate) async fn standing(&self, account: AccountId) -> Result<Standing, StoreError> {
        let row = sqlx::query(
            "select coalesce((select kind from accounts where account_id = ?1), 'guest'), \
             exists (select 1 from members where account_id = ?1 and role = 'gm')",
        )
        .bind(account.as_bytes().as_slice())
        .fetch_one(&self.pool)
        .await
        .map_err(database("read an account"))?;
        let kind = if text(&row, 0)? == "registered" { AccountKind::Registered } else { AccountKind::Guest };
        Ok(Standing { kind, is_master: counted(&row, 1)? == 1 })
    }

    pub(crate) async fn set_password(
        &self,
        account: AccountId,
        was: Option<&str>,
        hash: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let failed = "change a password";
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        let changed = sqlx::query(
            "update logins set password = ?1, password_set_at_ms = coalesce(?2, password_set_at_ms) \
             where account_id = ?3 and (?4 is null or password = ?4)",
        )
        .bind(hash)
        // The same password in another hash was not chosen anew.
        .bind(was.is_none().then(|| number(now_ms)))
        .bind(account.as_bytes().as_slice())
        .bind(was)
        .execute(&mut *transaction)
        .await
        .map_err(database(failed))?;
        if was.is_none() {
            // Whoever had the account before may have asked for them.
            forget_links(&mut transaction, account).await.map_err(database(failed))?;
        }
        transaction.commit().await.map_err(database(failed))?;
        Ok(changed.rows_affected() == 1)
    }

    pub(crate) async fn set_totp(
        &self,
        account: AccountId,
        seed: Option<Vec<u8>>,
        recovery: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let failed = "change the second factor";
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        sqlx::query("update logins set totp = ?, totp_last_step = 0 where account_id = ?")
            .bind(seed)
            .bind(account.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(database(failed))?;
        replace_recovery(&mut transaction, account, recovery).await.map_err(database(failed))?;
        transaction.commit().await.map_err(database(failed))
    }

    pub(crate) async fn use_totp_step(&self, account: AccountId, step: u64) -> Result<bool, StoreError> {
        let used = sqlx::query(
            "update logins set totp_last_step = ?1 where account_id = ?2 and totp_last_step < ?1",
        )
        .bind(number(step))
        .bind(account.as_bytes().as_slice())
        .execute(&self.pool)
        .await
        .map_err(database("use a code"))?;
        Ok(used.rows_affected() == 1)
    }

    pub(crate) async fn set_recovery_codes(
        &self,
        account: AccountId,
        hashes: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let failed = "store recovery codes";
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        replace_recovery(&mut transaction, account, hashes).await.map_err(database(failed))?;
        transaction.commit().await.map_err(database(failed))
    }

    pub(crate) async fn use_recovery_code(
        &self,
        account: AccountId,
        hash: [u8; 32],
    ) -> Result<bool, StoreError> {
        let used = sqlx::query("delete from recovery_codes where account_id = ? and code_hash = ?")
            .bind(account.as_bytes().as_slice())
            .bind(hash.as_slice())
            .execute(&self.pool)
            .await
            .map_err(database("use a recovery code"))?;
        Ok(used.rows_affected() == 1)
    }

    pub(crate) async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreError> {
        let row = sqlx::query("select count(*) from recovery_codes where account_id = ?")
            .bind(account.as_bytes().as_slice())
            .fetch_one(&self.pool)
            .await
            .map_err(database("count recovery codes"))?;
        counted(&row, 0)
    }

    pub(crate) async fn add_passkey(&self, new: PasskeyRecord) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "insert into passkeys (credential_id, account_id, name, record, created_at_ms, last_used_ms) \
             values (?, ?, ?, ?, ?, ?) on conflict do nothing",
        )
        .bind(new.credential)
        .bind(new.account.as_bytes().as_slice())
        .bind(new.name)
        .bind(new.record)
        .bind(number(new.created_at_ms))
        .bind(new.last_used_ms.map(number))
        .execute(&self.pool)
        .await
        .map_err(database("store a passkey"))?;
        Ok(added.rows_affected() == 1)
    }

    pub(crate) async fn passkeys_of(&self, account: AccountId) -> Result<Vec<PasskeyRecord>, StoreError> {
        let own = "where account_id = ? order by created_at_ms, credential_id";
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{PASSKEY} {own}")))
            .bind(account.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .map_err(database("list passkeys"))?;
        rows.iter().map(passkey).collect()
    }

    pub(crate) async fn use_passkey(
        &self,
        account: AccountId,
        credential: &[u8],
        record: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let used = sqlx::query(
            "update passkeys set record = ?, last_used_ms = ? where account_id = ? and credential_id = ?",
        )
        .bind(record)
        .bind(number(now_ms))
        .bind(account.as_bytes().as_slice())
        .bind(credential)
        .execute(&self.pool)
        .await
        .map_err(database("use a passkey"))?;
        Ok(used.rows_affected() == 1)
    }

    pub(crate) async fn remove_passkey(
        &self,
        account: AccountId,
        credential: &[u8],
    ) -> Result<bool, StoreError> {
        let gone = sqlx::query("delete from passkeys where account_id = ? and credential_id = ?")
            .bind(account.as_bytes().as_slice())
            .bind(credential)
            .execute(&self.pool)
            .await
            .map_err(database("remove a passkey"))?;
        Ok(gone.rows_affected() == 1)
    }

    pub(crate) async fn set_lock(&self, account: AccountId, at_ms: Option<u64>) -> Result<(), StoreError> {
        sqlx::query("update logins set locked_at_ms = ? where account_id = ?")
            .bind(at_ms.map(number))
            .bind(account.as_bytes().as_slice())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(database("lock an account"))
    }

    pub(crate) async fn delete_account(
        &self,
        account: AccountId,
        now_ms: u64,
    ) -> Result<Vec<[u8; 16]>, StoreError> {
        let failed = "delete an account";
        let id = account.as_bytes().as_slice();
        let mut transaction = self.pool.begin().await.map_err(database(failed))?;
        // Sessions stay as ended ones, so that their tokens are known to be worth nothing.
        let ended = sqlx::query(
            "update session_families set revoked_at_ms = ? where account_id = ? and revoked_at_ms is null \
             returning family_id",
        )
        .bind(number(now_ms))
        .bind(id)
        .fetch_all(&mut *transaction)
        .await
        .map_err(database(failed))?;
        for statement in [
            "update session_families set device = '' where account_id = ?",
            "delete from recovery_codes where account_id = ?",
            "delete from passkeys where account_id = ?",
            "delete from account_links where account_id = ?",
            "delete from logins where account_id = ?",
            "update accounts set name = '', kind = 'guest' where account_id = ?",
        ] {
            sqlx::query(statement).bind(id).execute(&mut *transaction).await.map_err(database(failed))?;
        }
        transaction.commit().await.map_err(database(failed))?;
        ended.iter().map(|row| bytes(row, 0)).collect()
    }

    pub(crate) async fn create_account_link(
        &self,
        hash: [u8; 32],
        link: AccountLink,
        expires_at_ms: u64,
    ) -> Result<(), StoreError> {
        let (account, mail) = match link {
            AccountLink::Register => (None, None),
            AccountLink::Reset(account) => (Some(account), None),
            AccountLink::Mail(account, mail) => (Some(account), Some(mail)),
        };
        let insert =
            "insert into account_links (code_hash, account_id, mail, expires_at_ms) values (?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(hash.as_slice())
            .bind(account.map(|account| account.as_bytes().to_vec()))
            .bind(mail)
            .bind(number(expires_at_ms))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(database("store a link"))
    }

    pub(crate) async fn account_link(
        &self,
        hash: [u8; 32],
        now_ms: u64,
    ) -> Result<Option<AccountLink>, StoreError> {
        let row = sqlx::query(
            "select account_id, mail from account_links where code_hash = ? and expires_at_ms > ?",
        )
        .bind(hash.as_slice())
        .bind(number(now_ms))
        .fetch_optional(&self.pool)
        .await
        .map_err(database("read a link"))?;
        row.as_ref().map(link).transpose()
    }

    pub(crate) async fn use_account_link(
        &self,
        hash: [u8; 32],
        now_ms: u64,
    ) -> Result<Option<AccountLink>, StoreError> {
        let row = sqlx::query(
            "delete from account_links where code_hash = ? and expires_at_ms > ? returning account_id, mail",
        )
        .bind(hash.as_slice())
        .bind(number(now_ms))
        .fetch_all(&self.pool)
        .await
        .map_err(database("use a link"))?;
        row.first().map(link).transpose()
    }
}

async fn forget_links(
    connection: &mut sqlx::SqliteConnection,
    account: AccountId,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_links where account_id = ?")
        .bind(account.as_bytes().as_slice())
        .execute(&mut *connection)
        .await
        .map(drop)
}

async fn replace_recovery(
    connection: &mut sqlx::SqliteConnection,
    account: AccountId,
    hashes: &[[u8; 32]],
) -> Result<(), sqlx::Error> {
    let id = account.as_bytes().as_slice();
    sqlx::query("delete from recovery_codes where account_id = ?").bind(id).execute(&mut *connection).await?;
    for hash in hashes {
        sqlx::query("insert into recovery_codes (account_id, code_hash) values (?, ?)")
            .bind(id)
            .bind(hash.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn account(row: &SqliteRow, index: usize) -> Result<AccountId, StoreError> {
    Ok(AccountId::from_bytes(bytes(row, index)?))
}

fn record(row: &SqliteRow) -> Result<LoginRecord, StoreError> {
    let corrupt = |_| StoreError::Corrupt("account");
    Ok(LoginRecord {
        account: account(row, 0)?,
        login: text(row, 1)?,
        password: row.try_get(2).map_err(corrupt)?,
        password_set_at_ms: counted(row, 3)?,
        totp: row.try_get(4).map_err(corrupt)?,
        is_locked: counted(row, 5)? == 1,
        mail: row.try_get(6).map_err(corrupt)?,
    })
}

fn passkey(row: &SqliteRow) -> Result<PasskeyRecord, StoreError> {
    let corrupt = |_| StoreError::Corrupt("passkey");
    let last_used: Option<i64> = row.try_get(5).map_err(corrupt)?;
    Ok(PasskeyRecord {
        credential: row.try_get(0).map_err(corrupt)?,
        account: account(row, 1)?,
        name: text(row, 2)?,
        record: text(row, 3)?,
        created_at_ms: counted(row, 4)?,
        last_used_ms: last_used.map(i64::unsigned_abs),
    })
}

fn link(row: &SqliteRow) -> Result<AccountLink, StoreError> {
    let corrupt = |_| StoreError::Corrupt("link");
    let account: Option<Vec<u8>> = row.try_get(0).map_err(corrupt)?;
    let mail: Option<String> = row.try_get(1).map_err(corrupt)?;
    let account = account.map(<[u8; 16]>::try_from).transpose().map_err(|_| StoreError::Corrupt("link"))?;
    match (account.map(AccountId::from_bytes), mail) {
        (None, None) => Ok(AccountLink::Register),
        (Some(account), None) => Ok(AccountLink::Reset(account)),
        (Some(account), Some(mail)) => Ok(AccountLink::Mail(account, mail)),
        (None, Some(_)) => Err(StoreError::Corrupt("link")),
    }
}
