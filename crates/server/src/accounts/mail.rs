//! A mail address of an account: proving it, and what is sent to it.

use std::sync::Arc;

use identity::LinkCode;
use store::{AccountLink, LoginRecord};
use tabletop::id::AccountId;
use tracing::{info, warn};

use super::{LinkError, Login, new_link};
use crate::app::App;
use crate::http::problem::Problem;
use crate::limits::ACCOUNTS_PER_MAIL_MAX;
use crate::links::{mail_link, reset_link};
use crate::mail::{Change, Letter, MailAddress};

/// Whom a person means who cannot sign in.
pub(crate) enum Whose {
    Login(Login),
    Mail(MailAddress),
}

impl Whose {
    /// What is neither a login nor a mail address is nobody's, which tells nothing of who has an account.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let neither =
            |_| Problem::BadRequest("who: give a name to sign in with, or a mail address.".to_owned());
        match Login::parse(text) {
            Ok(login) => Ok(Self::Login(login)),
            Err(_) => MailAddress::parse(text).map(Self::Mail).map_err(neither),
        }
    }
}

impl App {
    /// Sends a link that proves that the owner of an account reads the mail to an address.
    pub(crate) async fn start_mail(&self, account: AccountId, mail: &str) -> Result<(), Problem> {
        let failed = Problem::internal("make a link");
        if !self.mailer.is_on() {
            return Err(Problem::BadRequest("This server sends no mail.".to_owned()));
        }
        let record = self.login_of(account).await?;
        let mail =
            MailAddress::parse(mail).map_err(|error| Problem::BadRequest(format!("mail: give {error}.")))?;
        let now_ms = self.tables.clock.now_ms();
        self.rates.letter(account, now_ms)?;
        let link = AccountLink::Mail(account, mail.as_str().to_owned());
        let code = new_link(&self.tables.store, link, now_ms).await.map_err(|error| failed(&error))?;
        let origin = self.origins.canonical();
        let letter = Letter::prove(origin, &record.login, &mail_link(origin, code.reveal()));
        self.mailer.send(mail, letter);
        Ok(())
    }

    /// Takes an address as proven, by the link that was sent to it.
    pub(crate) async fn prove_mail(&self, code: &str) -> Result<(), Problem> {
        let failed = Problem::internal("prove a mail address");
        let store = &self.tables.store;
        let hash = *LinkCode::parse(code).map_err(|_| Problem::NotFound)?.hash().as_bytes();
        let now_ms = self.tables.clock.now_ms();
        // A link for something else must not be used up by this.
        let link = store.account_link(hash, now_ms).await.map_err(|error| failed(&error))?;
        if !matches!(link, Some(AccountLink::Mail(..))) {
            return Err(Problem::NotFound);
        }
        let used = store.use_account_link(hash, now_ms).await.map_err(|error| failed(&error))?;
        let Some(AccountLink::Mail(account, mail)) = used else { return Err(Problem::NotFound) };
        let before = self.login_of(account).await?;
        store.set_mail(account, Some(&mail)).await.map_err(|error| failed(&error))?;
        if before.mail.as_deref() != Some(mail.as_str()) {
            self.tell_of(&before, Change::MailAddress);
        }
        Ok(())
    }

    /// Forgets the address of an account.
    pub(crate) async fn remove_mail(&self, account: AccountId) -> Result<(), Problem> {
        let failed = Problem::internal("forget a mail address");
        let before = self.login_of(account).await?;
        self.tables.store.set_mail(account, None).await.map_err(|error| failed(&error))?;
        self.tell_of(&before, Change::MailAddress);
        Ok(())
    }

    /// Sends a link to choose a new password to whoever this is. Whoever asked is answered before it is known whether there is
    /// anybody.
    pub(crate) fn forgotten(self: &Arc<Self>, whose: Whose) {
        if !self.mailer.is_on() {
            return;
        }
        let app = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = app.send_reset(&whose).await {
                warn!(error = &error as &dyn std::error::Error, "reset.failed");
            }
        });
    }

    async fn send_reset(&self, whose: &Whose) -> Result<(), LinkError> {
        let store = &self.tables.store;
        let found = match whose {
            Whose::Login(login) => store.login(login.as_str()).await?.into_iter().collect(),
            Whose::Mail(mail) => store.logins_by_mail(mail.as_str(), ACCOUNTS_PER_MAIL_MAX).await?,
        };
        let now_ms = self.tables.clock.now_ms();
        for record in found.into_iter().filter(|record| !record.is_locked) {
            // To the address that was proven, never to the one that was typed.
            let Some(mail) = proven(&record) else { continue };
            if self.rates.letter(record.account, now_ms).is_err() {
                continue;
            }
            let code = new_link(store, AccountLink::Reset(record.account), now_ms).await?;
            let origin = self.origins.canonical();
            self.mailer.send(mail, Letter::reset(origin, &record.login, &reset_link(origin, code.reveal())));
        }
        Ok(())
    }

    /// Tells the owner of an account what changed, at the address it had.
    pub(crate) fn tell_of(&self, record: &LoginRecord, change: Change) {
        info!(account = %record.account, what = change.word(), "account.changed");
        if let Some(mail) = proven(record) {
            self.mailer.send(mail, Letter::changed(self.origins.canonical(), &record.login, change));
        }
    }
}

pub(super) fn proven(record: &LoginRecord) -> Option<MailAddress> {
    MailAddress::parse(record.mail.as_deref()?).ok()
}
