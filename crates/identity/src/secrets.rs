//! Secrets that people carry: refresh secrets and link codes. Neither can be printed by accident.

use std::fmt;
use std::path::Path;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::entropy::{EntropyError, secret};
use crate::files::{KeyError, load_or_create};

/// The text is not a secret of this kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code: it must be base64url of the right length")]
pub struct ParseSecretError;

/// SHA-256 of a secret: what may be stored. Compared in constant time.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Whether a digest that was stored is this one.
    pub(crate) fn is(&self, stored: &[u8; 32]) -> bool {
        verify_slices_are_equal(&self.0, stored).is_ok()
    }

    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident: $bytes:literal bytes;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name {
            bytes: [u8; $bytes],
            text: String,
        }

        impl $name {
            pub(crate) fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self { text: URL_SAFE_NO_PAD.encode(bytes), bytes }
            }

            /// Reads one that a person presents.
            pub fn parse(text: &str) -> Result<Self, ParseSecretError> {
                let mut bytes = [0; $bytes];
                let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| ParseSecretError)?;
                if length == $bytes { Ok(Self::from_bytes(bytes)) } else { Err(ParseSecretError) }
            }

            /// The secret itself, to hand to its owner and to nobody else.
            pub fn reveal(&self) -> &str {
                &self.text
            }

            /// What may be stored of it.
            pub fn hash(&self) -> SecretHash {
                SecretHash(hash(&self.bytes))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

secrets! {
    /// Keeps a browser signed in; replaced at every use. 128 bits that nobody can guess, and a tag over them.
    RefreshSecret: 32 bytes;
    /// Lets a person in by a link.
    LinkCode: 24 bytes;
}

impl LinkCode {
    /// Draws a new one.
    pub fn generate() -> Result<Self, EntropyError> {
        secret().map(Self::from_bytes)
    }
}

impl RefreshSecret {
    /// Draws the first one of a sign-in.
    pub fn generate(key: &RefreshKey, family: &[u8; 16]) -> Result<Self, EntropyError> {
        secret().map(|body| Self::of(key, family, body))
    }

    /// A secret with its tag.
    pub(crate) fn of(key: &RefreshKey, family: &[u8; 16], body: [u8; 16]) -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&body);
        bytes[16..].copy_from_slice(&tag(key, family, &body));
        Self::from_bytes(bytes)
    }

    /// Whether we made it for this sign-in, now or earlier.
    pub(crate) fn is_ours(&self, key: &RefreshKey, family: &[u8; 16]) -> bool {
        let (body, presented) = halves(self.bytes);
        verify_slices_are_equal(&tag(key, family, &body), &presented).is_ok()
    }
}

fn tag(key: &RefreshKey, family: &[u8; 16], body: &[u8; 16]) -> [u8; 16] {
    halves(key.sign(&[b"wardlight refresh tag 1", family, body])).0
}

pub(crate) fn halves(bytes: [u8; 32]) -> ([u8; 16], [u8; 16]) {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&bytes[..16]);
    second.copy_from_slice(&bytes[16..]);
    (first, second)
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident in $file:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name(hmac::Key);

        impl $name {
            /// Loads the key of a directory; makes one at the first start.
            pub fn load_or_create(directory: &Path) -> Result<Self, KeyError> {
                let path = directory.join($file);
                let bytes = load_or_create(&path, || {
                    let bytes = Zeroizing::new(secret::<32>()?);
                    Ok(Zeroizing::new(bytes.to_vec()))
                })?;
                match bytes.len() {
                    32 => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
                    _ => Err(KeyError::NotAKey { path, expected: "a key of 32 bytes" }),
                }
            }

            pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
                let mut context = hmac::Context::with_key(&self.0);
                for part in parts {
                    context.update(part);
                }
                let mut tag = [0; 32];
                tag.copy_from_slice(context.sign().as_ref());
                tag
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

keys! {
    /// Makes the successors of refresh secrets.
    RefreshKey in "refresh.key";
    /// Makes invite codes.
    InviteKey in "invite.key";
    /// Knows the browsers from which an account signed in before.
    DeviceKey in "device.key";
    /// Vouches for the audit trail.
    AuditKey in "audit.key";
}

impl AuditKey {
    /// What the key that signs checkpoints is made of.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.sign(&[b"wardlight audit 1"]))
    }
}

impl DeviceKey {
    /// The mark by which a browser is known to have signed in to an account: a function of both, so that it is worth
    /// nothing for another account.
    pub fn mark(&self, browser: &[u8; 16], account: &[u8; 16]) -> [u8; 16] {
        halves(self.sign(&[b"wardlight device 1", browser, account])).0
    }

    /// Whether a mark is the one of this browser and account.
    pub fn is_mark(&self, browser: &[u8; 16], account: &[u8; 16], mark: &[u8; 16]) -> bool {
        verify_slices_are_equal(&self.mark(browser, account), mark).is_ok()
    }
}

/// The code of a table's invite: a function of the table and the invite's generation, so that it can be shown again
/// though it is not stored. Another generation has another code.
pub fn invite_code(key: &InviteKey, table: &[u8; 16], generation: u32) -> LinkCode {
    let tag = key.sign(&[b"wardlight invite 1", table, &generation.to_be_bytes()]);
    let mut code = [0; 24];
    code.copy_from_slice(&tag[..24]);
    LinkCode::from_bytes(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_survive_being_written_and_are_not_printed() {
        let code = LinkCode::generate().unwrap();
        assert_eq!(code.reveal().len(), 32);
        let read = LinkCode::parse(code.reveal()).unwrap();
        assert_eq!(read.hash(), code.hash());
        assert!(!format!("{code:?} {:?}", code.hash()).contains(code.reveal()));
        assert!(LinkCode::parse(&code.reveal()[1..]).is_err());
        assert!(LinkCode::parse("not base64url at all, but long enough").is_err());
        assert!(RefreshSecret::parse(code.reveal()).is_err());
    }

    /// Does not compile for a type that has `==`, because then two traits of that name could be meant.
    macro_rules! have_no_equality {
        ($($type:ty),* $(,)?) => {
            trait Unless<Reason> {
                fn has_equality() {}
            }
            struct Equality;
            impl<T: ?Sized> Unless<()> for T {}
            impl<T: ?Sized + PartialEq> Unless<Equality> for T {}
            $(<$type as Unless<_>>::has_equality();)*
        };
    }

    #[test]
    fn no_secret_can_be_compared_but_in_constant_time() {
        have_no_equality!(
            LinkCode,
            RefreshSecret,
            RefreshKey,
            InviteKey,
            DeviceKey,
            AuditKey,
            crate::AccessJwt,
            crate::Password,
            crate::Peppers,
            crate::RecoveryCode,
            crate::SealKey,
            crate::SigningKeys,
            crate::TotpSeed,
        );
        // Hashes of secrets have one, which looks at every byte: see `SecretHash::is`.
        let (one, other) = (SecretHash([1; 32]), SecretHash([2; 32]));
        assert!(one == one && one != other);
    }

    #[test]
    fn an_invite_is_a_function_of_table_and_generation() {
        let directory = tempfile::tempdir().unwrap();
        let key = InviteKey::load_or_create(directory.path()).unwrap();
        let again = InviteKey::load_or_create(directory.path()).unwrap();
        let code = invite_code(&key, &[1; 16], 0);
        assert_eq!(code.hash(), invite_code(&again, &[1; 16], 0).hash());
        assert_ne!(code.hash(), invite_code(&key, &[1; 16], 1).hash());
        assert_ne!(code.hash(), invite_code(&key, &[2; 16], 0).hash());
    }

    #[test]
    fn a_key_that_others_can_read_or_of_wrong_length_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        InviteKey::load_or_create(directory.path()).unwrap();
        let path = directory.path().join("invite.key");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(InviteKey::load_or_create(directory.path()), Err(KeyError::Readable(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, [0; 31]).unwrap();
        assert!(matches!(InviteKey::load_or_create(directory.path()), Err(KeyError::NotAKey { .. })));
    }
}
