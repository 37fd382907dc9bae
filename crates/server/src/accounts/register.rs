//! Making an account, and the links of whoever runs the server.

use identity::LinkCode;
use store::{AccountLink, NewLogin, Store};
use tabletop::event::SeatState;
use tabletop::id::AccountId;
use tracing::info;

use super::{Login, Registration};
use crate::app::App;
use crate::http::problem::Problem;
use crate::limits::{MAIL_LINK_LIFE_MS, REGISTER_LINK_LIFE_MS, RESET_LINK_LIFE_MS};
use crate::mail::Change;

impl App {
    /// Makes an account, of the guest who asks if one does, who keeps their seats.
    pub(crate) async fn register(
        &self,
        guest: Option<AccountId>,
        login: &str,
        password: String,
        code: Option<&str>,
    ) -> Result<AccountId, Problem> {
        let failed = Problem::internal("make an account");
        let store = &self.tables.store;
        let login =
            Login::parse(login).map_err(|error| Problem::BadRequest(format!("login: it has {error}.")))?;
        if let Some(account) = guest
            && store.login_of(account).await.map_err(|error| failed(&error))?.is_some()
        {
            return Err(Problem::BadRequest("You have an account; sign out to make another.".to_owned()));
        }
        let now_ms = self.tables.clock.now_ms();
        let link = match code {
            None => None,
            Some(code) => Some(self.register_link(code, now_ms).await?),
        };
        let may = match self.accounts.registration {
            _ if link.is_some() => true,
            Registration::Open => true,
            Registration::Closed => false,
            Registration::Invited => match guest {
                Some(account) => self.is_seated_somewhere(account).await?,
                None => false,
            },
        };
        if !may {
            return Err(Problem::NoRegistration);
        }
        let password = self.accounts.choose(password, login.as_str()).await?;
        if store.login(login.as_str()).await.map_err(|error| failed(&error))?.is_some() {
            return Err(Problem::Taken);
        }
        // Of two who use the link at once, one gets it.
        if let Some(link) = &link {
            let used = store.use_account_link(*link.hash().as_bytes(), now_ms).await;
            used.map_err(|error| failed(&error))?.ok_or(Problem::NotFound)?;
        }
        let account = match guest {
            Some(account) => account,
            None => AccountId::from_bytes(identity::entropy::secret::<16>().map_err(|error| failed(&error))?),
        };
        let new = NewLogin { account, login: login.as_str().to_owned(), password, at_ms: now_ms };
        if store.create_login(new).await.map_err(|error| failed(&error))? {
            info!(%account, what = "created", "account.changed");
            return Ok(account);
        }
        // Somebody took the login in the meantime: the link is still good for another.
        if let Some(link) = &link {
            let until_ms = now_ms + REGISTER_LINK_LIFE_MS;
            let kept = store.create_account_link(*link.hash().as_bytes(), AccountLink::Register, until_ms);
            kept.await.map_err(|error| failed(&error))?;
        }
        Err(Problem::Taken)
    }

    /// Whether somebody was let in at a table of whoever runs the server. Whoever only knocks was not, and whoever sits at a table
    /// that somebody made by themselves was let in by that somebody alone.
    async fn is_seated_somewhere(&self, account: AccountId) -> Result<bool, Problem> {
        let failed = Problem::internal("list tables");
        let tables = self.tables.store.tables_of(account).await.map_err(|error| failed(&error))?;
        for row in tables.iter().filter(|row| row.founder.is_none()) {
            // A table that cannot be asked has let nobody in.
            if let Ok(Some((_, SeatState::Seated))) = self.seat_state(row.table, account).await {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn register_link(&self, code: &str, now_ms: u64) -> Result<LinkCode, Problem> {
        let failed = Problem::internal("read a link");
        let code = LinkCode::parse(code).map_err(|_| Problem::NotFound)?;
        let link = self.tables.store.account_link(*code.hash().as_bytes(), now_ms).await;
        match link.map_err(|error| failed(&error))? {
            Some(AccountLink::Register) => Ok(code),
            Some(AccountLink::Reset(_) | AccountLink::Mail(..)) | None => Err(Problem::NotFound),
        }
    }

    /// Chooses a new password by a link. All sessions of the account end; a second factor stays on.
    pub(crate) async fn reset_password(&self, code: &str, password: String) -> Result<(), Problem> {
        let failed = Problem::internal("reset a password");
        let store = &self.tables.store;
        let now_ms = self.tables.clock.now_ms();
        let hash = *LinkCode::parse(code).map_err(|_| Problem::NotFound)?.hash().as_bytes();
        let link = store.account_link(hash, now_ms).await.map_err(|error| failed(&error))?;
        let Some(AccountLink::Reset(account)) = link else { return Err(Problem::NotFound) };
        let record = self.login_of(account).await?;
        // A password that does not fit leaves the link for another.
        let password = self.accounts.choose(password, &record.login).await?;
        let used = store.use_account_link(hash, now_ms).await.map_err(|error| failed(&error))?;
        if used.is_none() {
            return Err(Problem::NotFound);
        }
        store.set_password(account, None, &password, now_ms).await.map_err(|error| failed(&error))?;
        self.tell_of(&record, Change::Password);
        self.end_sessions_of(account, None).await
    }
}

/// A one-time link, as its code.
pub(crate) async fn new_link(store: &Store, link: AccountLink, now_ms: u64) -> Result<LinkCode, LinkError> {
    let life_ms = match link {
        AccountLink::Register => REGISTER_LINK_LIFE_MS,
        AccountLink::Reset(_) => RESET_LINK_LIFE_MS,
        AccountLink::Mail(..) => MAIL_LINK_LIFE_MS,
    };
    let code = LinkCode::generate()?;
    store.create_account_link(*code.hash().as_bytes(), link, now_ms + life_ms).await?;
    Ok(code)
}

/// A link could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error(transparent)]
    Entropy(#[from] identity::entropy::EntropyError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
}
