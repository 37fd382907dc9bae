//! Addresses that mail can be sent to.

use lettre::Address;

/// An address that mail can be sent to, in small letters. ASCII only, so that no two look alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MailAddress(pub(super) Address);

/// The text is no mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a mail address such as ada@table.example, with plain letters only")]
pub(crate) struct MailAddressError;

impl MailAddress {
    /// Reads one as people type it. The longest has 254 characters (RFC 5321, 4.5.3.1.3).
    pub(crate) fn parse(text: &str) -> Result<Self, MailAddressError> {
        let text = text.trim().to_ascii_lowercase();
        // What stands in quotes may hold anything, and is another way to write what needs none.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if text.len() > 254 || !is_plain {
            return Err(MailAddressError);
        }
        let address: Address = text.parse().map_err(|_| MailAddressError)?;
        let domain = address.domain();
        // Who reads `root@localhost` is not somebody on the internet, and who is at `[192.0.2.1]` has no name there, with or
        // without brackets: the last part of a name is no number.
        let is_name = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            && domain
                .rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
        if is_name && domain.contains('.') { Ok(Self(address)) } else { Err(MailAddressError) }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}
