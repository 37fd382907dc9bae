//! Who is who: passwords, passkeys and second factors, access JWTs, refresh secrets that replace themselves, invite and
//! link codes, and the keys behind them.
//!
//! Time comes in as a parameter; randomness comes from [`entropy`] alone. Secrets have types that cannot be printed.
//! Start reading at [`SigningKeys`] and [`rotate`].

mod access;
mod breached;
pub mod entropy;
mod files;
mod keys;
mod passkeys;
mod password;
mod recovery;
mod refresh;
mod secrets;
mod totp;

pub use access::{ACCESS_LIFE_S, AccessClaims, AccessError, AccessGrant, AccessJwt};
pub use breached::{BreachedError, BreachedPasswords};
pub use files::{KeyError, Stamp, read_private, replace_private};
pub use keys::{
    JWKS_LIFE_S, KeyState, KeyStatus, PUBLISH_LEAD_S, SigningAlgorithm, SigningKeys, revoke as revoke_key,
    rotate as rotate_keys,
};
pub use passkeys::{Challenge, PasskeyError, Passkeys, StoredPasskey};
pub use password::{
    HashCost, HashError, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Password, PasswordError, PasswordHasher,
    Peppers, Verdict,
};
pub use recovery::{RECOVERY_CODES, RecoveryCode};
pub use refresh::{Family, REPEAT_WINDOW_MS, Rotation, SessionLimits, rotate};
pub use secrets::{
    AuditKey, DeviceKey, InviteKey, LinkCode, ParseSecretError, RefreshKey, RefreshSecret, SecretHash,
    invite_code,
};
pub use totp::{SealError, SealKey, TotpSeed};

/// Makes every key of a server in a directory. Those that are there stay.
///
/// # Errors
/// If one cannot be written, or one that is there cannot be used.
pub fn create_keys(directory: &std::path::Path) -> Result<(), KeyError> {
    SigningKeys::load_or_create(directory)?;
    RefreshKey::load_or_create(directory)?;
    InviteKey::load_or_create(directory)?;
    DeviceKey::load_or_create(directory)?;
    SealKey::load_or_create(directory)?;
    AuditKey::load_or_create(directory)?;
    Ok(())
}
