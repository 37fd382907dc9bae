//! Names to sign in with.

/// What is typed to sign in: 3 to 32 small letters, digits, dots, dashes and underscores. Nobody can look like somebody
/// else in these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Login(String);

/// The text cannot be a login.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("3 to 32 letters from a to z, digits, dots, dashes and underscores, with a letter or digit first")]
pub(crate) struct LoginError;

impl Login {
    /// Reads one as people type it: capitals and spaces around it do not matter.
    pub(crate) fn parse(text: &str) -> Result<Self, LoginError> {
        let login = text.trim().to_ascii_lowercase();
        let fits = (3..=32).contains(&login.len())
            && login.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && login.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
            });
        if fits { Ok(Self(login)) } else { Err(LoginError) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
