//! Which mail server takes the letters, and from whom they are.

use std::net::IpAddr;
use std::path::PathBuf;

use lettre::message::Mailbox;

/// Options as they were given.
#[derive(Default)]
pub(crate) struct MailOptions {
    pub(crate) smtp: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) root: Option<PathBuf>,
}

/// How letters are sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailConfig {
    pub(super) relay: Relay,
    pub(super) from: Mailbox,
    pub(super) password_file: Option<PathBuf>,
    pub(super) root: Option<PathBuf>,
}

/// The mail server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) protection: Protection,
    pub(super) user: Option<String>,
}

/// How the way to it is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protection {
    /// Not at all: it is on this machine.
    None,
    /// TLS after the first words (RFC 3207), or nothing is said.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Wrapped,
}

/// Mail cannot be sent so.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailConfigError {
    /// No mail server.
    #[error(
        "--smtp {0}: give smtps://user@mail.example, or smtp://user@mail.example for STARTTLS, with a port if need be"
    )]
    Relay(String),
    /// No sender.
    #[error(
        "--mail-from: give the address that letters come from, such as \"Wardlight <table@table.example>\""
    )]
    From,
    /// Who is it for?
    #[error("--mail-from, --smtp-password-file and --smtp-root are for --smtp")]
    Unused,
    /// A name and no password, or a password and no name.
    #[error("--smtp with a user needs --smtp-password-file, and the other way round")]
    HalfSignedIn,
    /// A password in the clear.
    #[error(
        "--smtp: a password is not sent to a mail server without TLS; give --smtp-root or an address of TLS"
    )]
    PasswordInTheClear,
}

impl MailConfig {
    /// Puts the options together; `None` if none is given.
    pub(crate) fn load(options: MailOptions) -> Result<Option<Self>, MailConfigError> {
        let MailOptions { smtp, from, password_file, root } = options;
        let Some(smtp) = smtp else {
            let is_unused = from.is_some() || password_file.is_some() || root.is_some();
            return if is_unused { Err(MailConfigError::Unused) } else { Ok(None) };
        };
        let mut relay = relay(&smtp).ok_or_else(|| MailConfigError::Relay(without_password(&smtp)))?;
        if root.is_some() && relay.protection == Protection::None {
            relay.protection = Protection::StartTls;
        }
        if relay.user.is_some() != password_file.is_some() {
            return Err(MailConfigError::HalfSignedIn);
        }
        if relay.user.is_some() && relay.protection == Protection::None {
            return Err(MailConfigError::PasswordInTheClear);
        }
        let from = from.and_then(|from| from.parse().ok()).ok_or(MailConfigError::From)?;
        Ok(Some(Self { relay, from, password_file, root }))
    }
}

/// `smtps://user@host:port` or `smtp://…`. A password in it is refused: others see the command line.
fn relay(url: &str) -> Option<Relay> {
    let (scheme, rest) = url.trim().trim_end_matches('/').split_once("://")?;
    let (user, address) = match rest.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, rest),
    };
    if user.is_some_and(|user| user.is_empty() || user.contains(':')) {
        return None;
    }
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    let ip = host.parse::<IpAddr>().ok();
    let is_name = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if ip.is_none() && !is_name {
        return None;
    }
    let is_here = ip.map_or(host == "localhost", |ip| ip.is_loopback());
    let (protection, usual) = match scheme {
        "smtps" => (Protection::Wrapped, 465),
        "smtp" if is_here => (Protection::None, 25),
        "smtp" => (Protection::StartTls, 587),
        _ => return None,
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    Some(Relay { host: host.to_owned(), port, protection, user: user.map(ToOwned::to_owned) })
}

/// For a message: what comes before the `@` may hold a password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, address))) => format!("{scheme}://…@{address}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        smtp: &str,
        user_has_password: Option<&str>,
        root: Option<&str>,
    ) -> Result<Option<MailConfig>, MailConfigError> {
        MailConfig::load(MailOptions {
            smtp: Some(smtp.to_owned()),
            from: Some("Wardlight <table@table.example>".to_owned()),
            password_file: user_has_password.map(PathBuf::from),
            root: root.map(PathBuf::from),
        })
    }

    #[test]
    fn a_mail_server_is_reached_by_tls_or_is_on_this_machine() {
        for (url, expected) in [
            ("smtps://mail.example", Some(("mail.example", 465, Protection::Wrapped))),
            ("smtp://mail.example", Some(("mail.example", 587, Protection::StartTls))),
            ("smtp://mail.example:25", Some(("mail.example", 25, Protection::StartTls))),
            ("smtp://localhost", Some(("localhost", 25, Protection::None))),
            ("smtp://[::1]:1025", Some(("::1", 1025, Protection::None))),
            ("smtp://127.0.0.1:1025/", Some(("127.0.0.1", 1025, Protection::None))),
            ("mail.example", None),
            ("http://mail.example", None),
            ("smtp://", None),
            ("smtp://mail.example:x", None),
            ("smtp://mail.example/path", None),
        ] {
            let relay = load(url, None, None).ok().flatten().map(|config| config.relay);
            let told = relay.as_ref().map(|relay| (relay.host.as_str(), relay.port, relay.protection));
            assert_eq!(told, expected, "{url}");
        }
        let root = load("smtp://localhost:587", None, Some("root.pem")).unwrap().unwrap();
        assert_eq!(root.relay.protection, Protection::StartTls);
    }

    #[test]
    fn a_password_is_in_a_file_and_never_in_the_clear() {
        let user = load("smtps://ada@table.example@mail.example", Some("password"), None).unwrap().unwrap();
        assert_eq!(user.relay.user.as_deref(), Some("ada@table.example"));
        assert_eq!(load("smtps://mail.example", Some("password"), None), Err(MailConfigError::HalfSignedIn));
        assert_eq!(load("smtps://ada@mail.example", None, None), Err(MailConfigError::HalfSignedIn));
        assert_eq!(
            load("smtp://ada@localhost", Some("password"), None),
            Err(MailConfigError::PasswordInTheClear)
        );
        let told = load("smtps://ada:hunter2@mail.example", Some("password"), None).unwrap_err().to_string();
        assert!(!told.contains("hunter2") && told.contains("mail.example"), "{told}");
        let unused = MailOptions { from: Some("a@b.example".to_owned()), ..MailOptions::default() };
        assert_eq!(MailConfig::load(unused), Err(MailConfigError::Unused));
    }
}
