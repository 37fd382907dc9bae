//! The keys behind access JWTs, over time: *published* before it signs, so that everybody who verifies has heard of it;
//! *active* while it signs; *retired* while tokens that it signed may still be in use; then *gone*.
//!
//! A directory holds private keys as PKCS#8 PEM, and `access.keys.json` says which of them stand and from when each signs.
//! The states follow from that and the time. Without that list there is one key, made at the first start. All of it can be
//! mounted read-only; the directory is read again when it changes.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::access::{ACCESS_LIFE_S, LEEWAY_S};
use crate::files::{KeyError, Stamp, load_or_create, read, read_private, replace_private, write_new};

/// How long a new key is published before it signs, in seconds: as long as a published key set may be kept by others, and
/// until every node has read the directory again.
pub const PUBLISH_LEAD_S: u64 = JWKS_LIFE_S + 60;
/// How long others may keep the published key set, in seconds.
pub const JWKS_LIFE_S: u64 = 300;
/// A shorter RSA key is refused (ASVS 5.0 V11.2.3: 128 bits of strength).
const RSA_BITS_MIN: usize = 3_072;
/// The key that is made at the first start.
const FIRST: &str = "access.key.pem";
const LIST: &str = "access.keys.json";
const LOCK: &str = "access.keys.lock";

/// How tokens are signed. It belongs to the key: a token cannot choose it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256 (RFC 7518, section 3.5).
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519 (RFC 8037).
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// As a token's header names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(crate) const fn of_library(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Ps256 => Algorithm::PS256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Known to all, and not used to sign yet.
    Published,
    /// Signs.
    Active,
    /// Signs no more; what it signed is still accepted.
    Retired,
    /// Nothing it signed is accepted.
    Gone,
}

/// What is told of a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeyStatus {
    /// Its id in tokens: its thumbprint (RFC 7638).
    pub kid: String,
    /// How it signs.
    pub algorithm: SigningAlgorithm,
    /// Where it stands.
    pub state: KeyState,
    /// From when it signs, in seconds since 1970.
    pub active_from_s: u64,
    /// When the last of its tokens ends, in seconds since 1970; `None` while no other key follows.
    pub gone_from_s: Option<u64>,
}

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// A name in the directory.
    file: String,
    algorithm: SigningAlgorithm,
    active_from_s: u64,
}

/// The keys that sign and verify access tokens.
pub struct SigningKeys {
    /// In order of when they sign.
    keys: Vec<Key>,
    /// What was read, to notice changes.
    stamp: Vec<Stamp>,
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) signer: EncodingKey,
    pub(crate) verifier: DecodingKey,
    jwk: Value,
    record: Record,
    gone_from_s: Option<u64>,
}

impl Key {
    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        self.record.algorithm
    }

    fn is_gone(&self, now_s: u64) -> bool {
        self.gone_from_s.is_some_and(|gone| gone <= now_s)
    }
}

impl SigningKeys {
    /// Loads the keys of a directory; makes one RSA key of 3072 bits at the first start, which takes a second or so.
    ///
    /// # Errors
    /// If a key or the list cannot be read, is readable by others, or is not what it should be.
    pub fn load_or_create(directory: &Path) -> Result<Self, KeyError> {
        // Before reading: a change while reading is noticed later.
        let list = Stamp::of(&directory.join(LIST));
        let records = match read_list(directory)? {
            Some(records) => records,
            None => {
                let make = || generate(SigningAlgorithm::Rs256).map(|pem| Zeroizing::new(pem.into_bytes()));
                load_or_create(&directory.join(FIRST), make)?;
                vec![Record { file: FIRST.to_owned(), algorithm: SigningAlgorithm::Rs256, active_from_s: 0 }]
            }
        };
        let mut stamp = vec![list];
        let mut keys = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            let path = directory.join(&record.file);
            stamp.push(Stamp::of(&path));
            let follower = records.get(index + 1);
            let gone_from_s = follower.map(|next| next.active_from_s + ACCESS_LIFE_S + LEEWAY_S);
            keys.push(Key::read(&path, record, gone_from_s)?);
        }
        Ok(Self { keys, stamp })
    }

    /// Whether the directory holds something else than what was loaded.
    pub fn changed_on_disk(&self) -> bool {
        self.stamp.iter().any(Stamp::is_past)
    }

    /// The public keys as a JSON Web Key Set (RFC 7517): those whose tokens are or will be accepted.
    pub fn jwks(&self, now_s: u64) -> Value {
        let standing = self.keys.iter().filter(|key| !key.is_gone(now_s));
        json!({ "keys": standing.map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    /// All keys of the list, in order of when they sign.
    pub fn status(&self, now_s: u64) -> Vec<KeyStatus> {
        let active = self.signer(now_s).map(|key| &key.kid);
        let status = self.keys.iter().map(|key| KeyStatus {
            kid: key.kid.clone(),
            algorithm: key.record.algorithm,
            state: if key.is_gone(now_s) {
                KeyState::Gone
            } else if Some(&key.kid) == active {
                KeyState::Active
            } else if key.record.active_from_s > now_s {
                KeyState::Published
            } else {
                KeyState::Retired
            },
            active_from_s: key.record.active_from_s,
            gone_from_s: key.gone_from_s,
        });
        status.collect()
    }

    /// The key that signs now: of those whose time has come the newest. Before the time of the first that one.
    pub(crate) fn signer(&self, now_s: u64) -> Option<&Key> {
        let begun = self.keys.iter().rev().find(|key| key.record.active_from_s <= now_s);
        begun.or(self.keys.first())
    }

    /// The key of an id, if its tokens are accepted. A key that is only published counts: another node's clock may be ahead.
    pub(crate) fn verifier(&self, kid: &str, now_s: u64) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid && !key.is_gone(now_s))
    }

    /// The lines of keys that are not gone.
    fn standing(&self, now_s: u64) -> Vec<Record> {
        self.keys.iter().filter(|key| !key.is_gone(now_s)).map(|key| key.record.clone()).collect()
    }

    /// Removes the files of keys that are gone.
    fn prune(&self, directory: &Path, now_s: u64) {
        for key in self.keys.iter().filter(|key| key.is_gone(now_s)) {
            drop(std::fs::remove_file(directory.join(&key.record.file)));
        }
    }
}

/// Adds a key that signs after `lead_s` seconds, and drops those that are gone, file and all. Gives its id. Servers on the
/// directory notice by themselves.
///
/// # Errors
/// [`KeyError::Waiting`] if a key is published already and waits for its time; else what keeps files from being written.
pub fn rotate(
    directory: &Path,
    algorithm: SigningAlgorithm,
    now_s: u64,
    lead_s: u64,
) -> Result<String, KeyError> {
    let _lock = lock(directory)?;
    let keys = SigningKeys::load_or_create(directory)?;
    if let Some(waiting) = keys.keys.iter().find(|key| key.record.active_from_s > now_s) {
        return Err(KeyError::Waiting { kid: waiting.kid.clone() });
    }
    let record = add(directory, algorithm, now_s + lead_s)?;
    let kid = Key::read(&directory.join(&record.file), &record, None)?.kid;
    let mut records = keys.standing(now_s);
    records.push(record);
    write_list(directory, &records)?;
    keys.prune(directory, now_s);
    Ok(kid)
}

/// Takes a key away at once: nothing that it signed is accepted any more. If it signs, a new one of its kind takes its
/// place without delay, whose id is given.
///
/// # Errors
/// [`KeyError::NoSuchKey`], or what keeps files from being written.
pub fn revoke(directory: &Path, kid: &str, now_s: u64) -> Result<Option<String>, KeyError> {
    let _lock = lock(directory)?;
    let keys = SigningKeys::load_or_create(directory)?;
    let key = keys.verifier(kid, now_s).ok_or_else(|| KeyError::NoSuchKey { kid: kid.to_owned() })?;
    let signs = keys.signer(now_s).is_some_and(|signer| signer.kid == kid);
    let mut records = keys.standing(now_s);
    records.retain(|record| *record != key.record);
    let mut successor = None;
    if signs {
        let record = add(directory, key.record.algorithm, now_s)?;
        successor = Some(Key::read(&directory.join(&record.file), &record, None)?.kid);
        records.push(record);
        records.sort_by_key(|record| record.active_from_s);
    }
    write_list(directory, &records)?;
    drop(std::fs::remove_file(directory.join(&key.record.file)));
    keys.prune(directory, now_s);
    Ok(successor)
}

/// One at a time changes the list.
fn lock(directory: &Path) -> Result<File, KeyError> {
    let path = directory.join(LOCK);
    let failed = |source: io::Error| KeyError::File { path: path.clone(), source };
    let file =
        File::options().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Makes a key and its line.
fn add(directory: &Path, algorithm: SigningAlgorithm, active_from_s: u64) -> Result<Record, KeyError> {
    let pem = Zeroizing::new(generate(algorithm)?);
    let name = hex(&crate::entropy::secret::<8>()?);
    let file = format!("access-{name}.key.pem");
    let path = directory.join(&file);
    write_new(&path, pem.as_bytes()).map_err(|source| KeyError::File { path, source })?;
    Ok(Record { file, algorithm, active_from_s })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn generate(algorithm: SigningAlgorithm) -> Result<String, KeyError> {
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            let pair = KeyPair::generate(KeySize::Rsa3072).map_err(|_| KeyError::Make)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Make)?;
            Ok(to_pem(der.as_ref()))
        }
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Make)?;
            let der = pair.to_pkcs8v1().map_err(|_| KeyError::Make)?;
            Ok(to_pem(der.as_ref()))
        }
    }
}

/// The list, in order of when keys sign; `None` if there is none.
fn read_list(directory: &Path) -> Result<Option<Vec<Record>>, KeyError> {
    let path = directory.join(LIST);
    let not_a_list = |reason: String| KeyError::NotAList { path: path.clone(), reason };
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let mut records: Vec<Record> =
        serde_json::from_slice(&bytes).map_err(|error| not_a_list(error.to_string()))?;
    if records.is_empty() {
        return Err(not_a_list("it names no key".to_owned()));
    }
    if let Some(record) = records.iter().find(|record| !is_plain_name(&record.file)) {
        return Err(not_a_list(format!("{:?} is not the name of a file beside it", record.file)));
    }
    records.sort_by_key(|record| record.active_from_s);
    Ok(Some(records))
}

fn is_plain_name(file: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !file.is_empty() && !file.starts_with('.') && file.chars().all(allowed)
}

fn write_list(directory: &Path, records: &[Record]) -> Result<(), KeyError> {
    let path = directory.join(LIST);
    let text = serde_json::to_string_pretty(records).map_err(|_| KeyError::Make)? + "\n";
    replace_private(&path, text.as_bytes()).map_err(|source| KeyError::File { path, source })
}

impl Key {
    fn read(path: &Path, record: &Record, gone_from_s: Option<u64>) -> Result<Self, KeyError> {
        let rsa = matches!(record.algorithm, SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256);
        let expected =
            if rsa { "an RSA private key in PKCS#8 PEM" } else { "an Ed25519 private key in PKCS#8 PEM" };
        let not_a_key = || KeyError::NotAKey { path: path.to_path_buf(), expected };
        let pem = read_private(path)?;
        let der = from_pem(&pem).ok_or_else(not_a_key)?;
        let (verifier, mut jwk, canonical) = if rsa {
            let pair = KeyPair::from_pkcs8(&der).map_err(|_| not_a_key())?;
            let bits = pair.public_modulus_len() * 8;
            if bits < RSA_BITS_MIN {
                return Err(KeyError::Weak { path: path.to_path_buf(), bits });
            }
            let parts: RsaPublicKeyComponents<Vec<u8>> = pair.public_key().into();
            let (n, e) = (URL_SAFE_NO_PAD.encode(&parts.n), URL_SAFE_NO_PAD.encode(&parts.e));
            // RFC 7638: the members required, in lexicographic order, without white space.
            let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
            let verifier = DecodingKey::from_rsa_raw_components(&parts.n, &parts.e);
            (verifier, json!({ "kty": "RSA", "n": n, "e": e }), canonical)
        } else {
            let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| not_a_key())?;
            let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
            let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
            let verifier = DecodingKey::from_ed_der(pair.public_key().as_ref());
            (verifier, json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), canonical)
        };
        let signer = if rsa { EncodingKey::from_rsa_pem(&pem) } else { EncodingKey::from_ed_pem(&pem) };
        let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(record.algorithm.name());
        jwk["kid"] = json!(kid);
        Ok(Self {
            kid,
            signer: signer.map_err(|_| not_a_key())?,
            verifier,
            jwk,
            record: record.clone(),
            gone_from_s,
        })
    }
}

fn to_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

fn from_pem(pem: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(pem).ok()?;
    let body =
        text.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?.strip_suffix("-----END PRIVATE KEY-----")?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    STANDARD.decode(body.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests;
