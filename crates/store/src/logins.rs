//! Accounts that sign in by themselves. Of secrets only hashes and ciphertexts come here.

use tabletop::id::AccountId;

use crate::records::{AccountLink, LoginRecord, NewLogin, PasskeyRecord, Standing};
use crate::{Backend, Store, StoreError, on_backend};

impl Store {
    /// Gives an account a login, and makes the account if there is none; `false` if the login is taken or the account has
    /// one.
    pub async fn create_login(&self, new: NewLogin) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.create_login(new).await)
    }

    /// An account by what is typed to sign in.
    pub async fn login(&self, login: &str) -> Result<Option<LoginRecord>, StoreError> {
        on_backend!(self, backend => backend.login(login).await)
    }

    /// How an account signs in; `None` for a guest.
    pub async fn login_of(&self, account: AccountId) -> Result<Option<LoginRecord>, StoreError> {
        on_backend!(self, backend => backend.login_of(account).await)
    }

    /// Up to `most` accounts whose owners have proven to read the mail to an address.
    pub async fn logins_by_mail(&self, mail: &str, most: u32) -> Result<Vec<LoginRecord>, StoreError> {
        on_backend!(self, backend => backend.logins_by_mail(mail, most).await)
    }

    /// Stores a proven mail address, or none, and forgets links in mails to the one before; `false` if there is no such login.
    pub async fn set_mail(&self, account: AccountId, mail: Option<&str>) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.set_mail(account, mail).await)
    }

    /// All that can sign in, by their logins.
    pub async fn logins(&self) -> Result<Vec<LoginRecord>, StoreError> {
        on_backend!(self, backend => backend.logins().await)
    }

    /// What an account is.
    pub async fn standing(&self, account: AccountId) -> Result<Standing, StoreError> {
        on_backend!(self, backend => backend.standing(account).await)
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
        on_backend!(self, backend => backend.set_password(account, was, hash, now_ms).await)
    }

    /// Switches one-time codes on with a sealed seed, or off, and replaces the recovery codes.
    pub async fn set_totp(
        &self,
        account: AccountId,
        seed: Option<Vec<u8>>,
        recovery: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.set_totp(account, seed, recovery).await)
    }

    /// Takes a step of the time for an account, in one atomic step; `false` if it or a later one was taken.
    pub async fn use_totp_step(&self, account: AccountId, step: u64) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.use_totp_step(account, step).await)
    }

    /// Replaces all recovery codes.
    pub async fn set_recovery_codes(
        &self,
        account: AccountId,
        hashes: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.set_recovery_codes(account, hashes).await)
    }

    /// Uses a recovery code up; `false` if it is none or was used.
    pub async fn use_recovery_code(&self, account: AccountId, hash: [u8; 32]) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.use_recovery_code(account, hash).await)
    }

    /// How many recovery codes are unused.
    pub async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreError> {
        on_backend!(self, backend => backend.recovery_codes_left(account).await)
    }

    /// Adds a passkey; `false` if somebody has it already.
    pub async fn add_passkey(&self, new: PasskeyRecord) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.add_passkey(new).await)
    }

    /// The passkeys of an account, oldest first.
    pub async fn passkeys_of(&self, account: AccountId) -> Result<Vec<PasskeyRecord>, StoreError> {
        on_backend!(self, backend => backend.passkeys_of(account).await)
    }

    /// Stores what is known of a passkey after its use; `false` if it is gone.
    pub async fn use_passkey(
        &self,
        account: AccountId,
        credential: &[u8],
        record: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.use_passkey(account, credential, record, now_ms).await)
    }

    /// Removes a passkey; `false` if the account has none of this id.
    pub async fn remove_passkey(&self, account: AccountId, credential: &[u8]) -> Result<bool, StoreError> {
        on_backend!(self, backend => backend.remove_passkey(account, credential).await)
    }

    /// Locks an account, or unlocks it with `None`.
    pub async fn set_lock(&self, account: AccountId, at_ms: Option<u64>) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.set_lock(account, at_ms).await)
    }

    /// Forgets how an account signs in, its name and its devices; gives the sessions that ended with it.
    pub async fn delete_account(&self, account: AccountId, now_ms: u64) -> Result<Vec<[u8; 16]>, StoreError> {
        on_backend!(self, backend => backend.delete_account(account, now_ms).await)
    }

    /// Stores a one-time link, as a hash.
    pub async fn create_account_link(
        &self,
        hash: [u8; 32],
        link: AccountLink,
        expires_at_ms: u64,
    ) -> Result<(), StoreError> {
        on_backend!(self, backend => backend.create_account_link(hash, link, expires_at_ms).await)
    }

    /// What such a link is for; `None` if it is used, expired or absent.
    pub async fn account_link(&self, hash: [u8; 32], now_ms: u64) -> Result<Option<AccountLink>, StoreError> {
        on_backend!(self, backend => backend.account_link(hash, now_ms).await)
    }

    /// Uses such a link up, in one atomic step.
    pub async fn use_account_link(
        &self,
        hash: [u8; 32],
        now_ms: u64,
    ) -> Result<Option<AccountLink>, StoreError> {
        on_backend!(self, backend => backend.use_account_link(hash, now_ms).await)
    }
}
