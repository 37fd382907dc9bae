//! What is written to people. Plain text, short, and always with what to do if it was not they who asked.

use crate::accounts::Suspicion;

/// A letter to one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Letter {
    /// For the log, which has neither the address nor the words.
    pub(crate) about: &'static str,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Something that changed in how an account signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Password,
    MailAddress,
    SecondFactorOn,
    SecondFactorOff,
    RecoveryCodes,
    PasskeyAdded,
    PasskeyRemoved,
    Deleted,
}

impl Change {
    /// What the log calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::MailAddress => "mail_address",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryCodes => "recovery_codes",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::Deleted => "deleted",
        }
    }
}

impl Letter {
    /// With the link that proves that an address is read by who gave it.
    pub(crate) fn prove(origin: &str, login: &str, link: &str) -> Self {
        Self {
            about: "prove",
            subject: "Confirm your mail address".to_owned(),
            body: format!(
                "Somebody who signs in at {origin} as {login} gave this address.\n\n\
                 If that was you, open this link within a day, and a forgotten password can be replaced by mail:\n\n\
                 {link}\n\n\
                 If it was not you, do nothing: nothing more is sent to this address.\n"
            ),
        }
    }

    /// With the link that chooses a new password.
    pub(crate) fn reset(origin: &str, login: &str, link: &str) -> Self {
        Self {
            about: "reset",
            subject: "Choose a new password".to_owned(),
            body: format!(
                "Somebody asked for a new password of {login} at {origin}.\n\n\
                 If that was you, open this link within an hour. It works once:\n\n\
                 {link}\n\n\
                 If it was not you, do nothing: your password stays as it is.\n"
            ),
        }
    }

    /// Of an attempt to sign in that may not have been the owner's.
    pub(crate) fn suspicious(origin: &str, login: &str, what: Suspicion, device: &str) -> Self {
        let (subject, what) = match what {
            Suspicion::PasswordAlone => (
                "Somebody knows your password",
                "Somebody gave the right password, and was asked for more than that, with a browser that was not known",
            ),
            Suspicion::WrongCode => {
                ("A wrong code after your password", "Somebody gave the right password and a wrong code")
            }
            Suspicion::NewDevice => (
                "You signed in on another device",
                "Somebody signed in with a browser that was not known: a new one, or one that had signed out",
            ),
            Suspicion::ManyFailures => (
                "Somebody tries to sign in as you",
                "There were many attempts to sign in without success, the last of them",
            ),
        };
        Self {
            about: "suspicious",
            subject: subject.to_owned(),
            body: format!(
                "About the account {login} at {origin}:\n\n\
                 {what} ({device}).\n\n\
                 If that was you, do nothing. If it was not you, choose a new password at {origin}/forgotten, and\n\
                 look at your devices and at what happened lately at {origin}/account.\n"
            ),
        }
    }

    /// Of what changed.
    pub(crate) fn changed(origin: &str, login: &str, change: Change) -> Self {
        let (subject, what) = match change {
            Change::Password => (
                "Your password was changed",
                "The password was changed, and all other devices are signed out.",
            ),
            Change::MailAddress => (
                "Your mail address was changed",
                "The mail address was changed or taken away. This is the last letter to this one.",
            ),
            Change::SecondFactorOn => (
                "Your authenticator app was added",
                "Codes of an authenticator app are asked for from now on.",
            ),
            Change::SecondFactorOff => (
                "Your authenticator app was switched off",
                "Codes of an authenticator app are not asked for any more.",
            ),
            Change::RecoveryCodes => (
                "You have new recovery codes",
                "There are new recovery codes; the old ones are worth nothing.",
            ),
            Change::PasskeyAdded => {
                ("A passkey was added", "A passkey was added: whoever has it can sign in.")
            }
            Change::PasskeyRemoved => {
                ("A passkey was removed", "A passkey was removed and is worth nothing any more.")
            }
            Change::Deleted => {
                ("Your account was deleted", "The account was deleted. This is the last letter.")
            }
        };
        let then = match change {
            Change::Deleted => "If it was not you, tell whoever runs the server.".to_owned(),
            _ => format!(
                "If it was not you, choose a new password at {origin}/forgotten, look at your devices at\n\
                 {origin}/account, and tell whoever runs the server."
            ),
        };
        Self {
            about: "changed",
            subject: subject.to_owned(),
            body: format!(
                "About the account {login} at {origin}:\n\n\
                 {what}\n\n\
                 {then}\n"
            ),
        }
    }
}
