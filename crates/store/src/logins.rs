//! Accounts that sign in by themselves. Of secrets only hashes and ciphertexts come here.

use tabletop::id::AccountId;

use crate::database::{Purpose, Row, Transaction, sql};
use crate::records::{AccountKind, AccountLink, LoginRecord, NewLogin, PasskeyRecord, Standing};
use crate::{Store, StoreError};

const LOGIN: &str =
    "select account_id, login, password, password_set_at_ms, totp, locked_at_ms, mail from logins";
const PASSKEY: &str =
    "select credential_id, account_id, name, record, created_at_ms, last_used_ms from passkeys";

impl Store {
    /// Gives an account a login, and makes the account if there is none; `false` if the login is taken or the account has
    /// one.
    pub async fn create_login(&self, new: NewLogin) -> Result<bool, StoreError> {
        let mut transaction = self.step("make an account").begin(Purpose::Write).await?;
        let id = new.account.as_bytes();
        let account = sql("insert into accounts (account_id, kind, name, created_at_ms) \
             values ($1, 'registered', $2, $3) on conflict (account_id) do update set kind = 'registered'");
        transaction.run(account.with(id).with(new.login.as_str()).with(new.at_ms)).await?;
        let login = sql("insert into logins (account_id, login, password, password_set_at_ms) \
             values ($1, $2, $3, $4) on conflict do nothing")
        .with(id)
        .with(new.login.as_str())
        .with(new.password.as_str())
        .with(new.at_ms);
        if transaction.run(login).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// An account by what is typed to sign in.
    pub async fn login(&self, login: &str) -> Result<Option<LoginRecord>, StoreError> {
        let select = sql(format!("{LOGIN} where login = $1")).with(login);
        self.step("read an account").read_one(select).await?.as_ref().map(record).transpose()
    }

    /// How an account signs in; `None` for a guest.
    pub async fn login_of(&self, account: AccountId) -> Result<Option<LoginRecord>, StoreError> {
        let select = sql(format!("{LOGIN} where account_id = $1")).with(account.as_bytes());
        self.step("read an account").read_one(select).await?.as_ref().map(record).transpose()
    }

    /// Up to `most` accounts whose owners have proven to read the mail to an address.
    pub async fn logins_by_mail(&self, mail: &str, most: u32) -> Result<Vec<LoginRecord>, StoreError> {
        let select = sql(format!("{LOGIN} where mail = $1 order by login limit $2"));
        let rows =
            self.step("list accounts of an address").read(select.with(mail).with(u64::from(most))).await?;
        rows.iter().map(record).collect()
    }

    /// Stores a proven mail address, or none, and forgets links in mails to the one before; `false` if there is no such login.
    pub async fn set_mail(&self, account: AccountId, mail: Option<&str>) -> Result<bool, StoreError> {
        let mut transaction = self.step("store a mail address").begin(Purpose::Write).await?;
        let update = sql("update logins set mail = $1 where account_id = $2");
        let changed = transaction.run(update.with(mail).with(account.as_bytes())).await?;
        forget_links(&mut transaction, account).await?;
        transaction.commit().await?;
        Ok(changed == 1)
    }

    /// All that can sign in, by their logins.
    pub async fn logins(&self) -> Result<Vec<LoginRecord>, StoreError> {
        let rows = self.step("list accounts").read(sql(format!("{LOGIN} order by login"))).await?;
        rows.iter().map(record).collect()
    }

    /// What an account is.
    pub async fn standing(&self, account: AccountId) -> Result<Standing, StoreError> {
        let select = sql("select coalesce((select kind from accounts where account_id = $1), 'guest'), \
             (select count(*) from members where account_id = $1 and role = 'gm')");
        let row = self.step("read an account").read_one(select.with(account.as_bytes())).await?;
        let row = row.ok_or(StoreError::Corrupt("account"))?;
        let kind = if row.text(0)? == "registered" { AccountKind::Registered } else { AccountKind::Guest };
        Ok(Standing { kind, is_master: row.count(1)? > 0 })
    }

    /// Stores a new password, or, where the hash that it replaces is given, the same password in a new hash; `false` if
    /// another hash is stored by now, or there is no such login. A new password ends the account's links.
    pub async fn set_password(
        &self,
        account: AccountId,
        was: Option<&str>,
        hash: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.step("change a password").begin(Purpose::Write).await?;
        let update =
            sql("update logins set password = $1, password_set_at_ms = coalesce($2, password_set_at_ms) \
             where account_id = $3 and ($4 is null or password = $4)")
            .with(hash)
            // The same password in another hash was not chosen anew.
            .with(was.is_none().then_some(now_ms))
            .with(account.as_bytes())
            .with(was);
        let changed = transaction.run(update).await?;
        if was.is_none() {
            // Whoever had the account before may have asked for them.
            forget_links(&mut transaction, account).await?;
        }
        transaction.commit().await?;
        Ok(changed == 1)
    }

    /// Switches one-time codes on with a sealed seed, or off, and replaces the recovery codes.
    pub async fn set_totp(
        &self,
        account: AccountId,
        seed: Option<Vec<u8>>,
        recovery: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let mut transaction = self.step("change the second factor").begin(Purpose::Write).await?;
        let update = sql("update logins set totp = $1, totp_last_step = 0 where account_id = $2");
        transaction.run(update.with(seed.as_deref()).with(account.as_bytes())).await?;
        replace_recovery(&mut transaction, account, recovery).await?;
        transaction.commit().await
    }

    /// Takes a step of the time for an account, in one atomic step; `false` if it or a later one was taken.
    pub async fn use_totp_step(&self, account: AccountId, step: u64) -> Result<bool, StoreError> {
        let update =
            sql("update logins set totp_last_step = $1 where account_id = $2 and totp_last_step < $1");
        Ok(self.step("use a code").change(update.with(step).with(account.as_bytes())).await? == 1)
    }

    /// Replaces all recovery codes.
    pub async fn set_recovery_codes(
        &self,
        account: AccountId,
        hashes: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let mut transaction = self.step("store recovery codes").begin(Purpose::Write).await?;
        replace_recovery(&mut transaction, account, hashes).await?;
        transaction.commit().await
    }

    /// Uses a recovery code up; `false` if it is none or was used.
    pub async fn use_recovery_code(&self, account: AccountId, hash: [u8; 32]) -> Result<bool, StoreError> {
        let delete = sql("delete from recovery_codes where account_id = $1 and code_hash = $2");
        Ok(self.step("use a recovery code").change(delete.with(account.as_bytes()).with(&hash)).await? == 1)
    }

    /// How many recovery codes are unused.
    pub async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreError> {
        let select =
            sql("select count(*) from recovery_codes where account_id = $1").with(account.as_bytes());
        let row = self.step("count recovery codes").read_one(select).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }

    /// Adds a passkey; `false` if somebody has it already.
    pub async fn add_passkey(&self, new: PasskeyRecord) -> Result<bool, StoreError> {
        let insert = sql(
            "insert into passkeys (credential_id, account_id, name, record, created_at_ms, last_used_ms) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .with(new.credential.as_slice())
        .with(new.account.as_bytes())
        .with(new.name.as_str())
        .with(new.record.as_str())
        .with(new.created_at_ms)
        .with(new.last_used_ms);
        Ok(self.step("store a passkey").change(insert).await? == 1)
    }

    /// The passkeys of an account, oldest first.
    pub async fn passkeys_of(&self, account: AccountId) -> Result<Vec<PasskeyRecord>, StoreError> {
        let own = "where account_id = $1 order by created_at_ms, credential_id";
        let select = sql(format!("{PASSKEY} {own}")).with(account.as_bytes());
        self.step("list passkeys").read(select).await?.iter().map(passkey).collect()
    }

    /// Stores what is known of a passkey after its use; `false` if it is gone.
    pub async fn use_passkey(
        &self,
        account: AccountId,
        credential: &[u8],
        record: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let update = sql("update passkeys set record = $1, last_used_ms = $2 \
             where account_id = $3 and credential_id = $4")
        .with(record)
        .with(now_ms)
        .with(account.as_bytes())
        .with(credential);
        Ok(self.step("use a passkey").change(update).await? == 1)
    }

    /// Removes a passkey; `false` if the account has none of this id.
    pub async fn remove_passkey(&self, account: AccountId, credential: &[u8]) -> Result<bool, StoreError> {
        let delete = sql("delete from passkeys where account_id = $1 and credential_id = $2");
        let gone =
            self.step("remove a passkey").change(delete.with(account.as_bytes()).with(credential)).await?;
        Ok(gone == 1)
    }

    /// Locks an account, or unlocks it with `None`.
    pub async fn set_lock(&self, account: AccountId, at_ms: Option<u64>) -> Result<(), StoreError> {
        let update = sql("update logins set locked_at_ms = $1 where account_id = $2");
        self.step("lock an account").change(update.with(at_ms).with(account.as_bytes())).await.map(drop)
    }

    /// Forgets how an account signs in, its name and its devices; gives the sessions that ended with it.
    pub async fn delete_account(&self, account: AccountId, now_ms: u64) -> Result<Vec<[u8; 16]>, StoreError> {
        let mut transaction = self.step("delete an account").begin(Purpose::Write).await?;
        let id = account.as_bytes();
        // Sessions stay as ended ones, so that their tokens are known to be worth nothing.
        let end = sql("update session_families set revoked_at_ms = $1 \
             where account_id = $2 and revoked_at_ms is null returning family_id");
        let ended = transaction.rows(end.with(now_ms).with(id)).await?;
        for statement in [
            "update session_families set device = '' where account_id = $1",
            "delete from recovery_codes where account_id = $1",
            "delete from passkeys where account_id = $1",
            "delete from account_links where account_id = $1",
            "delete from sign_in_notices where account_id = $1",
            "delete from logins where account_id = $1",
            "update accounts set name = '', kind = 'guest' where account_id = $1",
        ] {
            transaction.run(sql(statement).with(id)).await?;
        }
        transaction.commit().await?;
        ended.iter().map(|row| row.bytes(0)).collect()
    }

    /// Stores a one-time link, as a hash.
    pub async fn create_account_link(
        &self,
        hash: [u8; 32],
        link: AccountLink,
        expires_at_ms: u64,
    ) -> Result<(), StoreError> {
        let (account, mail) = match &link {
            AccountLink::Register => (None, None),
            AccountLink::Reset(account) => (Some(account), None),
            AccountLink::Mail(account, mail) => (Some(account), Some(mail.as_str())),
        };
        let insert = sql("insert into account_links (code_hash, account_id, mail, expires_at_ms) \
             values ($1, $2, $3, $4)")
        .with(&hash)
        .with(account.map(|account| account.as_bytes().as_slice()))
        .with(mail)
        .with(expires_at_ms);
        self.step("store a link").change(insert).await.map(drop)
    }

    /// What such a link is for; `None` if it is used, expired or absent.
    pub async fn account_link(&self, hash: [u8; 32], now_ms: u64) -> Result<Option<AccountLink>, StoreError> {
        let select =
            sql("select account_id, mail from account_links where code_hash = $1 and expires_at_ms > $2");
        let row = self.step("read a link").read_one(select.with(&hash).with(now_ms)).await?;
        row.as_ref().map(link).transpose()
    }

    /// Uses such a link up, in one atomic step.
    pub async fn use_account_link(
        &self,
        hash: [u8; 32],
        now_ms: u64,
    ) -> Result<Option<AccountLink>, StoreError> {
        let delete = sql("delete from account_links where code_hash = $1 and expires_at_ms > $2 \
             returning account_id, mail");
        let rows = self.step("use a link").change_returning(delete.with(&hash).with(now_ms)).await?;
        rows.first().map(link).transpose()
    }
}

async fn forget_links(transaction: &mut Transaction, account: AccountId) -> Result<(), StoreError> {
    let delete = sql("delete from account_links where account_id = $1");
    transaction.run(delete.with(account.as_bytes())).await.map(drop)
}

async fn replace_recovery(
    transaction: &mut Transaction,
    account: AccountId,
    hashes: &[[u8; 32]],
) -> Result<(), StoreError> {
    let id = account.as_bytes();
    transaction.run(sql("delete from recovery_codes where account_id = $1").with(id)).await?;
    for hash in hashes {
        let insert = sql("insert into recovery_codes (account_id, code_hash) values ($1, $2)");
        transaction.run(insert.with(id).with(hash)).await?;
    }
    Ok(())
}

fn record(row: &Row) -> Result<LoginRecord, StoreError> {
    Ok(LoginRecord {
        account: AccountId::from_bytes(row.bytes(0)?),
        login: row.text(1)?,
        password: row.get(2, "account")?,
        password_set_at_ms: row.count(3)?,
        totp: row.get(4, "account")?,
        is_locked: row.optional_count(5)?.is_some(),
        mail: row.get(6, "account")?,
    })
}

fn passkey(row: &Row) -> Result<PasskeyRecord, StoreError> {
    Ok(PasskeyRecord {
        credential: row.get(0, "passkey")?,
        account: AccountId::from_bytes(row.bytes(1)?),
        name: row.text(2)?,
        record: row.text(3)?,
        created_at_ms: row.count(4)?,
        last_used_ms: row.optional_count(5)?,
    })
}

fn link(row: &Row) -> Result<AccountLink, StoreError> {
    let account = row.optional_bytes(0)?.map(AccountId::from_bytes);
    match (account, row.get(1, "link")?) {
        (None, None) => Ok(AccountLink::Register),
        (Some(account), None) => Ok(AccountLink::Reset(account)),
        (Some(account), Some(mail)) => Ok(AccountLink::Mail(account, mail)),
        (None, Some(_)) => Err(StoreError::Corrupt("link")),
    }
}
