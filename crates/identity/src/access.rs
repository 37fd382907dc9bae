//! Access JWTs (RFC 7519, RFC 9068, RFC 8725): RS256, minutes long, held in memory by the client.
//!
//! The library verifies signatures; form and times are checked here, because by default it accepts a missing audience,
//! an audience list, fractional times, any `typ`, and unknown critical headers. The algorithm belongs to the key, never
//! to the token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::entropy::secret;
use crate::files::KeyError;
use crate::keys::SigningKeys;

/// How long a token lives, in seconds.
pub const ACCESS_LIFE_S: u64 = 600;
/// How far clocks may differ, in seconds.
pub(crate) const LEEWAY_S: u64 = 5;
/// A longer token is refused before it is read, in bytes.
const TOKEN_BYTES_MAX: usize = 4 * 1024;
/// The kind of token, in its header (RFC 9068, section 2.1).
const TYP: &str = "at+jwt";
const ISSUER: &str = "wardlight";
const AUDIENCE: &str = "wardlight";

/// Whom a token is for.
#[derive(Clone, Debug)]
pub struct AccessGrant {
    /// The account.
    pub subject: String,
    /// The sign-in.
    pub session: String,
    /// When the person signed in, in seconds since 1970.
    pub auth_time_s: u64,
    /// How the person signed in (RFC 8176).
    pub methods: Vec<String>,
}

/// What a valid token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessClaims {
    /// The account.
    pub subject: String,
    /// The sign-in.
    pub session: String,
    /// When the token ends, in seconds since 1970.
    pub expires_s: u64,
    /// When the person proved who they are, in seconds since 1970.
    pub auth_time_s: u64,
    /// How the person signed in (RFC 8176).
    pub methods: Vec<String>,
}

/// A signed token. Not printed by accident.
#[derive(Clone)]
pub struct AccessJwt(Zeroizing<String>);

impl AccessJwt {
    /// The token, to hand to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccessJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessJwt(…)")
    }
}

/// A token is not accepted. The reason is for the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AccessError {
    /// Longer than any of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts, or a header that is not exactly ours.
    #[error("the token's header is not one of ours")]
    Header,
    /// No key of ours has this id.
    #[error("the token's key is not known")]
    Key,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Claims are missing, unknown or of the wrong type.
    #[error("the token's claims are not of the right form")]
    Claims,
    /// From another issuer or for another audience.
    #[error("the token is for somebody else")]
    Audience,
    /// Over, not yet valid, or longer than tokens live.
    #[error("the token is not valid now")]
    Time,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    auth_time: u64,
    amr: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

impl SigningKeys {
    /// Signs a token. Takes about two milliseconds: not for a thread that carries moves.
    pub fn issue(&self, grant: &AccessGrant, now_s: u64) -> Result<AccessJwt, KeyError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: grant.subject.clone(),
            sid: grant.session.clone(),
            jti: URL_SAFE_NO_PAD.encode(secret::<16>()?),
            iat: now_s,
            nbf: now_s,
            exp: now_s + ACCESS_LIFE_S,
            auth_time: grant.auth_time_s,
            amr: grant.methods.clone(),
        };
        let key = self.signer(now_s).ok_or(KeyError::Make)?;
        let header = Header {
            typ: Some(TYP.to_owned()),
            kid: Some(key.kid.clone()),
            ..Header::new(key.algorithm().of_library())
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.signer).map_err(|_| KeyError::Make)?;
        Ok(AccessJwt(Zeroizing::new(token)))
    }

    /// Verifies a token at a moment.
    pub fn verify(&self, token: &str, now_s: u64) -> Result<AccessClaims, AccessError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AccessError::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(AccessError::Header);
        };
        let header: StrictHeader = decode_part(header).ok_or(AccessError::Header)?;
        if header.typ != TYP {
            return Err(AccessError::Header);
        }
        let key = self.verifier(&header.kid, now_s).ok_or(AccessError::Key)?;
        if header.alg != key.algorithm().name() {
            return Err(AccessError::Header);
        }
        let signed = &token[..token.len() - signature.len() - 1];
        let algorithm = key.algorithm().of_library();
        let fits = jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key.verifier, algorithm);
        if !fits.unwrap_or(false) {
            return Err(AccessError::Signature);
        }
        let claims: Claims = decode_part(payload).ok_or(AccessError::Claims)?;
        if claims.iss != ISSUER || claims.aud != AUDIENCE {
            return Err(AccessError::Audience);
        }
        let begun = claims.nbf <= now_s + LEEWAY_S && claims.iat <= now_s + LEEWAY_S;
        let over = now_s > claims.exp.saturating_add(LEEWAY_S);
        let too_long = claims.exp.saturating_sub(claims.iat) > ACCESS_LIFE_S;
        if !begun || over || too_long {
            return Err(AccessError::Time);
        }
        Ok(AccessClaims {
            subject: claims.sub,
            session: claims.sid,
            expires_s: claims.exp,
            auth_time_s: claims.auth_time,
            methods: claims.amr,
        })
    }
}

/// A base64url part as a JSON object. One that names a member twice is refused.
fn decode_part<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    // A list would be taken for the members in their order.
    if bytes.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::*;

    const NOW_S: u64 = 1_800_000_000;

    /// One key for all tests: making it takes a while.
    fn keys() -> &'static (tempfile::TempDir, SigningKeys) {
        static KEYS: OnceLock<(tempfile::TempDir, SigningKeys)> = OnceLock::new();
        KEYS.get_or_init(|| {
            let directory = tempfile::tempdir().unwrap();
            let keys = SigningKeys::load_or_create(directory.path()).unwrap();
            (directory, keys)
        })
    }

    fn grant() -> AccessGrant {
        AccessGrant {
            subject: "ab".repeat(16),
            session: "cd".repeat(16),
            auth_time_s: NOW_S - 100,
            methods: vec!["link".to_owned()],
        }
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "a", "sid": "b", "jti": "c",
            "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + 600, "auth_time": NOW_S, "amr": ["link"],
        })
    }

    fn header() -> Value {
        json!({ "alg": "RS256", "typ": TYP, "kid": keys().1.signer(NOW_S).unwrap().kid })
    }

    /// A token with any header and claims, signed with the real key.
    fn signed(header: &Value, claims: &Value) -> String {
        signed_text(&header.to_string(), &claims.to_string())
    }

    fn signed_text(header: &str, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let head = format!("{}.{}", part(header), part(claims));
        let signer = &keys().1.signer(NOW_S).unwrap().signer;
        let signature = jsonwebtoken::crypto::sign(head.as_bytes(), signer, Algorithm::RS256).unwrap();
        format!("{head}.{signature}")
    }

    fn check(header: &Value, claims: &Value, expected: Result<(), AccessError>) {
        let token = signed(header, claims);
        assert_eq!(keys().1.verify(&token, NOW_S).map(|_| ()), expected, "{header} {claims}");
    }

    fn with(mut value: Value, field: &str, other: Value) -> Value {
        value[field] = other;
        value
    }

    fn without(mut value: Value, field: &str) -> Value {
        value.as_object_mut().unwrap().remove(field);
        value
    }

    #[test]
    fn what_is_issued_is_accepted_until_it_ends() {
        let token = keys().1.issue(&grant(), NOW_S).unwrap();
        for (now_s, fits) in
            [(NOW_S - 6, false), (NOW_S - 5, true), (NOW_S + 605, true), (NOW_S + 606, false)]
        {
            assert_eq!(keys().1.verify(token.reveal(), now_s).is_ok(), fits, "{now_s}");
        }
        let claims = keys().1.verify(token.reveal(), NOW_S).unwrap();
        assert_eq!((claims.subject, claims.expires_s), (grant().subject, NOW_S + 600));
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn the_header_must_be_exactly_ours() {
        check(&header(), &claims(), Ok(()));
        for (field, value) in [
            ("typ", json!("JWT")),
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("PS256")),
            ("crit", json!(["exp"])),
            ("jku", json!("https://evil.test/keys")),
            ("jwk", json!({})),
            ("x5u", json!("https://evil.test/cert")),
            ("zip", json!("DEF")),
        ] {
            check(&with(header(), field, value), &claims(), Err(AccessError::Header));
        }
        for field in ["typ", "alg", "kid"] {
            check(&without(header(), field), &claims(), Err(AccessError::Header));
        }
        check(&with(header(), "kid", json!("other")), &claims(), Err(AccessError::Key));
    }

    #[test]
    fn every_claim_is_needed_and_no_other_is_taken() {
        for field in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"] {
            check(&header(), &without(claims(), field), Err(AccessError::Claims));
        }
        check(&header(), &with(claims(), "role", json!("gm")), Err(AccessError::Claims));
        check(&header(), &with(claims(), "aud", json!([AUDIENCE])), Err(AccessError::Claims));
        check(&header(), &with(claims(), "exp", json!(1_800_000_600.5)), Err(AccessError::Claims));
        check(&header(), &with(claims(), "exp", json!("1800000600")), Err(AccessError::Claims));
        check(&header(), &with(claims(), "nbf", json!(-1)), Err(AccessError::Claims));
        check(&header(), &with(claims(), "iss", json!("other")), Err(AccessError::Audience));
        check(&header(), &with(claims(), "aud", json!("other")), Err(AccessError::Audience));
        check(&header(), &with(claims(), "exp", json!(NOW_S + 601)), Err(AccessError::Time));
    }

    #[test]
    fn what_names_a_member_twice_or_is_a_list_is_refused() {
        let (header, claims) = (header().to_string(), claims().to_string());
        let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
        let verify =
            |header: &str, claims: &str| keys().1.verify(&signed_text(header, claims), NOW_S).map(|_| ());
        assert_eq!(verify(&header, &claims), Ok(()));
        for member in ["\"sub\":\"a\"", "\"exp\":1", "\"amr\":[]"] {
            assert_eq!(verify(&header, &twice(&claims, member)), Err(AccessError::Claims), "{member}");
        }
        assert_eq!(verify(&twice(&header, "\"alg\":\"RS256\""), &claims), Err(AccessError::Header));
        let listed = format!(
            "[\"{ISSUER}\",\"{AUDIENCE}\",\"a\",\"b\",\"c\",{NOW_S},{NOW_S},{},{NOW_S},[]]",
            NOW_S + 600
        );
        assert_eq!(verify(&header, &listed), Err(AccessError::Claims));
    }

    #[test]
    fn a_token_that_was_touched_is_refused() {
        let token = keys().1.issue(&grant(), NOW_S).unwrap();
        let (head, signature) = token.reveal().rsplit_once('.').unwrap();
        let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
        let swapped = format!("{}.{payload}.{signature}", head.split('.').next().unwrap());
        assert_eq!(keys().1.verify(&swapped, NOW_S), Err(AccessError::Signature));
        assert_eq!(keys().1.verify(&format!("{head}."), NOW_S), Err(AccessError::Signature));
        assert_eq!(keys().1.verify(head, NOW_S), Err(AccessError::Header));
        assert_eq!(keys().1.verify(&format!("{head}.{signature}.x"), NOW_S), Err(AccessError::Header));
        assert_eq!(keys().1.verify("", NOW_S), Err(AccessError::Header));
        assert_eq!(keys().1.verify(&"a".repeat(4_097), NOW_S), Err(AccessError::TooLong));
    }
}
