//! Whom to write to about security, and the file that says so (RFC 9116).

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// How long a security.txt says that it holds; RFC 9116 advises less than a year.
const HOLDS_FOR: Duration = Duration::days(180);
/// A contact has at most so many bytes.
const CONTACT_BYTES_MAX: usize = 254;

/// A mail address or a page, as a URI.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Contact(String);

/// The text is neither a mail address nor a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("give a mail address, or the address of a page that begins with https://")]
pub struct ContactError;

impl FromStr for Contact {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let is_plain = |c: char| {
            c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
        };
        let fits = text.len() <= CONTACT_BYTES_MAX && text.chars().all(is_plain);
        if fits && text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) {
            return Ok(Self(text.to_owned()));
        }
        let mail = text.strip_prefix("mailto:").unwrap_or(text);
        match mail.split_once('@') {
            Some((name, host))
                if fits
                    && !name.is_empty()
                    && !name.contains([':', '/'])
                    && host.contains('.')
                    && !host.contains(['@', '/', ':']) =>
            {
                Ok(Self(format!("mailto:{mail}")))
            }
            Some(_) | None => Err(ContactError),
        }
    }
}

impl TryFrom<String> for Contact {
    type Error = ContactError;

    fn try_from(text: String) -> Result<Self, ContactError> {
        text.parse()
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom to write to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contacts {
    /// About a weakness that somebody found.
    pub security: Contact,
    /// About something that goes on now.
    pub incident: Contact,
    /// About rules that must be kept.
    pub compliance: Contact,
}

impl Default for Contacts {
    fn default() -> Self {
        let mail = |name: &str| Contact(format!("mailto:{name}@vtt.platform"));
        Self { security: mail("security"), incident: mail("incident"), compliance: mail("compliance") }
    }
}

impl Contacts {
    /// The text of `/.well-known/security.txt`. The first contact is the one to prefer. `canonical` are the origins under
    /// which the file lies.
    pub(crate) fn security_txt(&self, canonical: &[String], now_s: u64) -> String {
        let now = i64::try_from(now_s).ok().and_then(|now_s| OffsetDateTime::from_unix_timestamp(now_s).ok());
        let expires =
            (now.unwrap_or(OffsetDateTime::UNIX_EPOCH) + HOLDS_FOR).replace_time(time::Time::MIDNIGHT);
        let mut text =
            String::from("# Found a weakness, or a player who learns what they may not? Please write.\n");
        for (about, contact) in [
            ("a weakness", &self.security),
            ("something that goes on now", &self.incident),
            ("compliance", &self.compliance),
        ] {
            text.push_str(&format!("# About {about}:\nContact: {contact}\n"));
        }
        text.push_str(&format!("Expires: {}\n", expires.format(&Rfc3339).unwrap_or_default()));
        text.push_str("Preferred-Languages: en\n");
        for origin in canonical.iter().filter(|origin| origin.starts_with("https://")) {
            text.push_str(&format!("Canonical: {origin}/.well-known/security.txt\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_mail_address_or_a_page() {
        for (text, expected) in [
            ("security@vtt.platform", Some("mailto:security@vtt.platform")),
            ("mailto:a@b.example", Some("mailto:a@b.example")),
            ("https://b.example/report", Some("https://b.example/report")),
            ("http://b.example/report", None),
            ("https://", None),
            ("nobody", None),
            ("@b.example", None),
            ("a@b", None),
            ("a@b.example\nContact: mailto:evil@c.example", None),
            ("a@b.example c", None),
            ("javascript:alert(1)@b.example", None),
        ] {
            let told = text.parse::<Contact>().ok().map(|contact| contact.to_string());
            assert_eq!(told.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_file_names_the_contacts_and_ends_within_a_year() {
        let origins = ["https://table.example".to_owned(), "http://127.0.0.1:8080".to_owned()];
        let text = Contacts::default().security_txt(&origins, 1_800_000_000);
        let values = |name: &str| -> Vec<&str> {
            text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
        };
        let mail = ["security", "incident", "compliance"].map(|name| format!("mailto:{name}@vtt.platform"));
        assert_eq!(values("Contact"), mail);
        assert_eq!(values("Expires"), ["2027-07-14T00:00:00Z"]);
        assert_eq!(values("Canonical"), ["https://table.example/.well-known/security.txt"]);
    }
}
