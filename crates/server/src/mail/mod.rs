//! Mail to people who asked for it: a queue, and one task that hands letters to a mail server.
//!
//! Nobody waits for a letter, so that no answer tells whether one was written. TLS is always asked for, except of a mail
//! server on this machine.

mod address;
mod config;
mod letters;

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters, TlsVersion};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::mpsc;
use tracing::{info, warn};

pub(crate) use address::MailAddress;
pub(crate) use config::MailOptions;
pub use config::{MailConfig, MailConfigError};
use config::{Protection, Relay};
pub(crate) use letters::{Change, Letter};

/// Letters that wait at once; more are dropped, with a line in the log.
const QUEUE_MAX: usize = 256;
/// How long a mail server may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// Waits before another attempt, where a failure may pass.
const WAITS: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(60)];

/// Takes letters.
#[derive(Clone)]
pub(crate) struct Mailer {
    queue: Option<mpsc::Sender<(MailAddress, Letter)>>,
}

impl Mailer {
    /// Starts the task that sends, if there is a server to send by. It ends with the queue.
    ///
    /// # Errors
    /// If the files that are named cannot be used: better now than with the first letter.
    pub(crate) fn start(config: Option<MailConfig>) -> Result<Self, MailError> {
        if let Some(config) = &config {
            transport(config)?;
        }
        let queue = config.map(|config| {
            let (queue, waiting) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(deliver(config, waiting));
            queue
        });
        Ok(Self { queue })
    }

    /// Whether letters can be sent at all.
    pub(crate) fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Puts a letter in the queue. Where there is none, or it is full, the letter is lost.
    pub(crate) fn send(&self, to: MailAddress, letter: Letter) {
        let Some(queue) = &self.queue else { return };
        let about = letter.about;
        if queue.try_send((to, letter)).is_err() {
            warn!(about, "mail.queue.full");
        }
    }
}

async fn deliver(config: MailConfig, mut waiting: mpsc::Receiver<(MailAddress, Letter)>) {
    while let Some((to, letter)) = waiting.recv().await {
        match deliver_one(&config, &to, &letter).await {
            Ok(()) => info!(about = letter.about, "mail.sent"),
            Err(error) => {
                warn!(about = letter.about, reason = %reason(&error), "mail.failed");
            }
        }
    }
}

async fn deliver_one(config: &MailConfig, to: &MailAddress, letter: &Letter) -> Result<(), MailError> {
    let message = message(&config.from, to, letter)?;
    let mut waits = WAITS.iter();
    loop {
        // The password and the certificate are read each time: both may have been changed.
        let sent = transport(config)?.send(message.clone()).await;
        let error = match sent {
            Ok(_) => return Ok(()),
            Err(error) => MailError::Server(error),
        };
        let MailError::Server(failure) = &error else { return Err(error) };
        let Some(wait) = waits.next().filter(|_| !failure.is_permanent()) else { return Err(error) };
        info!(about = letter.about, reason = %reason(&error), "mail.again");
        tokio::time::sleep(*wait).await;
    }
}

/// Why a letter was not taken, for the log. What a mail server answers is told by its number alone: its words quote the
/// address.
fn reason(error: &MailError) -> String {
    if let MailError::Server(failure) = error {
        if let Some(code) = failure.status() {
            return format!("the mail server answered {code}");
        }
        if failure.is_response() {
            return "the mail server answered what is not SMTP".to_owned();
        }
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// A letter as RFC 5322 has it, marked as written by a machine (RFC 3834).
fn message(from: &Mailbox, to: &MailAddress, letter: &Letter) -> Result<Message, MailError> {
    let unique = identity::entropy::secret::<16>()?;
    let unique: String = unique.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.0.clone()))
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{unique}@{}>", from.email.domain())))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone())?;
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
    Ok(message)
}

fn transport(config: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let Relay { host, port, protection, user } = &config.relay;
    let tls = || -> Result<TlsParameters, MailError> {
        let mut tls = TlsParameters::builder(host.clone()).set_min_tls_version(TlsVersion::Tlsv12);
        if let Some(root) = &config.root {
            let pem = std::fs::read(root).map_err(MailError::Root)?;
            // The library takes a file without one for nobody to trust, which shows with the first letter only.
            if !matches!(CertificateDer::pem_slice_iter(&pem).next(), Some(Ok(_))) {
                return Err(MailError::NoRoot);
            }
            tls = tls
                .certificate_store(CertificateStore::None)
                .add_root_certificate(Certificate::from_pem(&pem)?);
        }
        Ok(tls.build_rustls()?)
    };
    let tls = match protection {
        Protection::None => Tls::None,
        Protection::StartTls => Tls::Required(tls()?),
        Protection::Wrapped => Tls::Wrapper(tls()?),
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(*port)
        .tls(tls)
        .timeout(Some(SILENCE_MAX));
    if let (Some(user), Some(file)) = (user, &config.password_file) {
        let password = identity::read_private(file)?;
        let password = std::str::from_utf8(&password).map_err(|_| MailError::Password)?.trim();
        transport = transport.credentials(Credentials::new(user.clone(), password.to_owned()));
    }
    Ok(transport.build())
}

/// A letter was not sent, or none can be.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The certificate that vouches for the mail server.
    #[error("--smtp-root cannot be read")]
    Root(#[source] std::io::Error),
    /// What is in it.
    #[error("--smtp-root holds no certificate")]
    NoRoot,
    /// The file of the password.
    #[error("--smtp-password-file")]
    PasswordFile(#[from] identity::KeyError),
    /// What is in it.
    #[error("--smtp-password-file: it is not text")]
    Password,
    /// The mail server, or the way to it.
    #[error("the mail server did not take it")]
    Server(#[from] lettre::transport::smtp::Error),
    /// The letter itself.
    #[error("it could not be written")]
    Letter(#[from] lettre::error::Error),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] identity::entropy::EntropyError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_and_small() {
        for (text, expected) in [
            (" Ada@Table.Example ", Some("ada@table.example")),
            ("ada+vtt@mail.table.example", Some("ada+vtt@mail.table.example")),
            ("ada", None),
            ("ada@", None),
            ("ada@localhost", None),
            ("@table.example", None),
            ("ada@table.example, eve@evil.example", None),
            ("ada@table.example\r\nBcc: eve@evil.example", None),
            ("\"a b\"@table.example\0", None),
            ("\"a\tb\"@table.example", None),
            ("\"ada\"@table.example", None),
            ("ada@[192.0.2.1]", None),
            ("ada@192.0.2.1", None),
            ("аda@table.example", None),
            ("ada@tablé.example", None),
        ] {
            assert_eq!(MailAddress::parse(text).ok().as_ref().map(MailAddress::as_str), expected, "{text:?}");
        }
        assert!(MailAddress::parse(&format!("{}@table.example", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_letter_is_plain_text_from_a_machine_with_no_line_of_its_own_in_the_head() {
        let to = MailAddress::parse("ada@table.example").unwrap();
        let letter = Letter {
            about: "test",
            subject: "Two\r\nBcc: eve@evil.example".to_owned(),
            body: "Söme words".to_owned(),
        };
        let text =
            message(&"Wardlight <table@table.example>".parse().unwrap(), &to, &letter).unwrap().formatted();
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\nTo: ada@table.example"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
        assert!(body.contains("S=C3=B6me words") || body.contains("Söme words"), "{body}");
    }

    #[tokio::test]
    async fn files_that_cannot_be_used_are_told_at_the_start() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let start = |root: Option<&str>| {
            Mailer::start(
                MailConfig::load(MailOptions {
                    smtp: Some("smtps://table@mail.example".to_owned()),
                    from: Some("table@table.example".to_owned()),
                    password_file: Some(path("password")),
                    root: root.map(path),
                })
                .unwrap(),
            )
        };
        assert!(matches!(start(None).err(), Some(MailError::PasswordFile(_))), "there is none");
        std::fs::write(path("password"), "secret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(path("password"), std::fs::Permissions::from_mode(mode));
        mode(0o644).unwrap();
        assert!(matches!(start(None).err(), Some(MailError::PasswordFile(_))), "others can read it");
        mode(0o600).unwrap();
        assert!(start(None).unwrap().is_on());
        assert!(matches!(start(Some("root.pem")).err(), Some(MailError::Root(_))));
        std::fs::write(path("root.pem"), "no certificate").unwrap();
        assert!(matches!(start(Some("root.pem")).err(), Some(MailError::NoRoot)));
    }
}
