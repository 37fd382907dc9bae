//! What the owner of an account is told of attempts to sign in to it: on the page of the account, and by mail where there is an
//! address. Nobody else learns of it, and no answer tells whether somebody was told.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use store::{LoginRecord, NoticeRecord, Store, StoreError};
use tabletop::id::AccountId;
use tracing::warn;

use super::mail::proven;
use crate::app::App;
use crate::device::{Browser, device_name};
use crate::http::problem::Problem;
use crate::limits::{CODE_WAIT, NOTICES_PER_KIND_MAX};
use crate::mail::{Letter, Mailer};
use crate::rate_limits::RateLimits;

/// What looks as if it were not the owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Suspicion {
    /// The right password from a browser that was not here before, and the second factor is still to come.
    PasswordAlone,
    /// The right password and a wrong code.
    WrongCode,
    /// Somebody signed in with a browser that was not known.
    NewDevice,
    /// Many attempts without success.
    ManyFailures,
}

impl Suspicion {
    /// What the page and the database call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::PasswordAlone => "password_alone",
            Self::WrongCode => "wrong_code",
            Self::NewDevice => "new_device",
            Self::ManyFailures => "many_failures",
        }
    }

    /// Whether a browser that signed in to the account before may do this without anybody wondering.
    fn is_usual_for_known_browsers(self) -> bool {
        match self {
            Self::PasswordAlone | Self::NewDevice => true,
            Self::WrongCode | Self::ManyFailures => false,
        }
    }
}

impl App {
    /// Keeps a notice for the owner of an account, and writes a letter of it. A password alone is the first half of signing in
    /// with a code: a letter of that waits for the second.
    ///
    /// # Errors
    /// If it cannot be kept: an attempt that nobody could be told of is refused.
    pub(crate) async fn notice(
        &self,
        account: AccountId,
        what: Suspicion,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        let failed = Problem::internal("keep a notice");
        let browser = Browser::of(headers);
        let is_known = browser.is_some_and(|browser| browser.knows(&self.accounts.devices, account));
        if is_known && what.is_usual_for_known_browsers() {
            return Ok(());
        }
        let notice = self.notice_of(what, headers);
        let store = &self.tables.store;
        store.add_notice(account, &notice, NOTICES_PER_KIND_MAX).await.map_err(|error| failed(&error))?;
        let clerk = self.clerk();
        if what == Suspicion::PasswordAlone {
            let wait = self.tables.testing.code_wait().unwrap_or(CODE_WAIT);
            tokio::spawn(clerk.write_if_it_stands_after(wait, account, notice));
        } else {
            let record = store.login_of(account).await.map_err(|error| failed(&error))?;
            if let Some(record) = record {
                clerk.write(&record, what, &notice);
            }
        }
        Ok(())
    }

    /// The same where the answer must not tell that there is such an account, not even by when it comes.
    pub(super) fn notice_aside(&self, record: &LoginRecord, what: Suspicion, headers: &HeaderMap) {
        let notice = self.notice_of(what, headers);
        self.clerk().write(record, what, &notice);
        let (store, account) = (self.tables.store.clone(), record.account);
        tokio::spawn(async move {
            if let Err(error) = store.add_notice(account, &notice, NOTICES_PER_KIND_MAX).await {
                warn!(error = &error as &dyn std::error::Error, "notice.failed");
            }
        });
    }

    /// What an account is told, the last first.
    pub(crate) async fn notices_of(&self, account: AccountId) -> Result<Vec<NoticeRecord>, StoreError> {
        self.tables.store.notices_of(account).await.map(standing)
    }

    fn notice_of(&self, what: Suspicion, headers: &HeaderMap) -> NoticeRecord {
        NoticeRecord {
            kind: what.word().to_owned(),
            at_ms: self.tables.clock.now_ms(),
            device: device_name(headers),
        }
    }

    fn clerk(&self) -> Clerk {
        Clerk {
            store: self.tables.store.clone(),
            rates: Arc::clone(&self.rates),
            mailer: self.mailer.clone(),
            origin: self.origins.canonical().to_owned(),
        }
    }
}

/// Writes the letters.
struct Clerk {
    store: Store,
    rates: Arc<RateLimits>,
    mailer: Mailer,
    origin: String,
}

impl Clerk {
    fn write(&self, record: &LoginRecord, what: Suspicion, notice: &NoticeRecord) {
        let Some(mail) = proven(record) else { return };
        if self.rates.notice_letter(record.account, notice.at_ms) {
            self.mailer.send(mail, Letter::suspicious(&self.origin, &record.login, what, &notice.device));
        }
    }

    async fn write_if_it_stands_after(self, wait: Duration, account: AccountId, notice: NoticeRecord) {
        tokio::time::sleep(wait).await;
        let read = async {
            let notices = standing(self.store.notices_of(account).await?);
            Ok::<_, StoreError>((notices, self.store.login_of(account).await?))
        };
        match read.await {
            Ok((notices, Some(record))) if notices.contains(&notice) => {
                self.write(&record, Suspicion::PasswordAlone, &notice);
            }
            Ok(_) => {}
            Err(error) => warn!(error = &error as &dyn std::error::Error, "notice.failed"),
        }
    }
}

/// Without passwords that turned out to be the first half of signing in: a new device came in soon after.
fn standing(notices: Vec<NoticeRecord>) -> Vec<NoticeRecord> {
    let wait_ms = u64::try_from(CODE_WAIT.as_millis()).unwrap_or(u64::MAX);
    let came_in: Vec<NoticeRecord> =
        notices.iter().filter(|notice| notice.kind == Suspicion::NewDevice.word()).cloned().collect();
    let was_completed = |first: &NoticeRecord| {
        first.kind == Suspicion::PasswordAlone.word()
            && came_in.iter().any(|second| {
                second.device == first.device
                    && (first.at_ms..=first.at_ms.saturating_add(wait_ms)).contains(&second.at_ms)
            })
    };
    notices.into_iter().filter(|notice| !was_completed(notice)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_its_code_followed_soon_on_the_same_device_is_no_news() {
        let notice = |kind: Suspicion, at_ms: u64, device: &str| NoticeRecord {
            kind: kind.word().to_owned(),
            at_ms,
            device: device.to_owned(),
        };
        let (alone, new) = (Suspicion::PasswordAlone, Suspicion::NewDevice);
        let later = 2_000_000;
        let notices = vec![
            notice(alone, later, "Firefox on Linux"),
            notice(new, 600_001, "Chrome on Android"),
            notice(new, 600_000, "Firefox on Linux"),
            notice(Suspicion::WrongCode, 500, "Firefox on Linux"),
            notice(alone, 0, "Firefox on Linux"),
            notice(alone, 0, "Chrome on Android"),
            notice(alone, 0, "Safari on macOS"),
        ];
        let left: Vec<NoticeRecord> = [0, 1, 2, 3, 5, 6].map(|at| notices[at].clone()).into();
        assert_eq!(standing(notices), left);
    }
}
