//! Passkeys (W3C Web Authentication, level 3): each address of the server is a site of its own, user verification is
//! required, attestation is not asked for, and each challenge is used once and within five minutes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::entropy::{EntropyError, secret};

/// A challenge ends after, in milliseconds.
const CHALLENGE_LIFE_MS: u64 = 5 * 60 * 1000;
/// Challenges that wait for their answer at once.
const CHALLENGES_MAX: usize = 10_000;

/// What begins at the server and is finished by a browser.
pub struct Passkeys {
    sites: Vec<(String, Webauthn)>,
    waiting: Mutex<HashMap<[u8; 16], Waiting>>,
}

struct Waiting {
    origin: String,
    until_ms: u64,
    state: State,
}

enum State {
    Adds(Box<PasskeyRegistration>, [u8; 16]),
    SignsIn(Box<DiscoverableAuthentication>),
}

/// A challenge for a browser.
#[derive(Debug)]
pub struct Challenge {
    /// Names it when the browser answers.
    pub id: [u8; 16],
    /// What `navigator.credentials` takes, binary parts as base64url.
    pub options: Value,
}

/// A passkey as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPasskey {
    /// The id that its authenticator gave it.
    pub credential: Vec<u8>,
    /// The public key and what is known of it, as JSON.
    pub record: String,
}

/// A passkey is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// Browsers keep passkeys for names only.
    #[error("browsers keep no passkeys for this address: it is a number, not a name")]
    NoSite,
    /// The challenge was used, is too old, or never was.
    #[error("this attempt took too long or was finished before; try again")]
    NoChallenge,
    /// The answer does not fit the challenge.
    #[error("the answer of the passkey is not accepted")]
    Refused(#[source] WebauthnError),
    /// The answer has another form.
    #[error("the answer is not one of a passkey: {0}")]
    Form(String),
    /// What is stored cannot be read.
    #[error("the stored passkey cannot be read")]
    Stored(#[source] serde_json::Error),
    /// Too many attempts are under way.
    #[error("too many attempts are under way")]
    Full,
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl Passkeys {
    /// The sites of these origins, such as `https://table.example`. Those that are numbers have no passkeys.
    pub fn new(origins: &[String]) -> Self {
        let site = |origin: &String| {
            let url = Url::parse(origin).ok()?;
            let host = url.domain()?.to_owned();
            let builder = WebauthnBuilder::new(&host, &url).ok()?;
            Some((origin.clone(), builder.rp_name("Wardlight").build().ok()?))
        };
        Self { sites: origins.iter().filter_map(site).collect(), waiting: Mutex::default() }
    }

    /// Whether browsers keep passkeys for this origin.
    pub fn has_site(&self, origin: &str) -> bool {
        self.site(origin).is_ok()
    }

    /// A challenge to make a passkey for an account; it has those already.
    ///
    /// # Errors
    /// If the origin is no name, or too many attempts are under way.
    pub fn start_adding(
        &self,
        origin: &str,
        account: [u8; 16],
        login: &str,
        has: Vec<Vec<u8>>,
        now_ms: u64,
    ) -> Result<Challenge, PasskeyError> {
        let site = self.site(origin)?;
        let (options, state) = site
            .start_passkey_registration(Uuid::from_bytes(account), login, login, Some(has))
            .map_err(PasskeyError::Refused)?;
        let mut options = as_value(&options)?;
        // The key itself must say whose it is, so that nobody has to type a name.
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = json!("required");
            selection["requireResidentKey"] = json!(true);
        }
        self.keep(origin, options, State::Adds(Box::new(state), account), now_ms)
    }

    /// The passkey that a browser made in answer.
    ///
    /// # Errors
    /// If it does not answer this challenge of this account at this origin.
    pub fn finish_adding(
        &self,
        origin: &str,
        id: [u8; 16],
        account: [u8; 16],
        answer: Value,
        now_ms: u64,
    ) -> Result<StoredPasskey, PasskeyError> {
        let State::Adds(state, whose) = self.take(origin, id, now_ms)? else {
            return Err(PasskeyError::NoChallenge);
        };
        if whose != account {
            return Err(PasskeyError::NoChallenge);
        }
        let answer: RegisterPublicKeyCredential = parsed(answer)?;
        let passkey =
            self.site(origin)?.finish_passkey_registration(&answer, &state).map_err(PasskeyError::Refused)?;
        stored(&passkey)
    }

    /// A challenge to sign in with whatever passkey the browser has for this site.
    ///
    /// # Errors
    /// If the origin is no name, or too many attempts are under way.
    pub fn start_sign_in(&self, origin: &str, now_ms: u64) -> Result<Challenge, PasskeyError> {
        let (options, state) =
            self.site(origin)?.start_discoverable_authentication().map_err(PasskeyError::Refused)?;
        self.keep(origin, as_value(&options)?, State::SignsIn(Box::new(state)), now_ms)
    }

    /// Which passkey of which account a browser's answer says it is from. Proves nothing.
    ///
    /// # Errors
    /// If the answer has another form.
    pub fn claimed(&self, origin: &str, answer: &Value) -> Result<([u8; 16], Vec<u8>), PasskeyError> {
        let answer: PublicKeyCredential = parsed(answer.clone())?;
        let claimed = self.site(origin)?.identify_discoverable_authentication(&answer);
        let (account, credential) = claimed.map_err(PasskeyError::Refused)?;
        Ok((*account.as_bytes(), credential.to_vec()))
    }

    /// Proves that a browser's answer is from this passkey; gives what is to be stored of it now. Without a passkey the
    /// challenge is used up all the same.
    ///
    /// # Errors
    /// If it does not answer this challenge at this origin with this passkey.
    pub fn finish_sign_in(
        &self,
        origin: &str,
        id: [u8; 16],
        answer: Value,
        record: Option<&str>,
        now_ms: u64,
    ) -> Result<StoredPasskey, PasskeyError> {
        let State::SignsIn(state) = self.take(origin, id, now_ms)? else {
            return Err(PasskeyError::NoChallenge);
        };
        let record = record.ok_or(PasskeyError::Refused(WebauthnError::CredentialNotFound))?;
        let mut passkey: Passkey = serde_json::from_str(record).map_err(PasskeyError::Stored)?;
        let answer: PublicKeyCredential = parsed(answer)?;
        let key = DiscoverableKey::from(&passkey);
        let proven = self
            .site(origin)?
            .finish_discoverable_authentication_v2(&answer, *state, &key)
            .map_err(PasskeyError::Refused)?;
        passkey.update_credential(&proven);
        stored(&passkey)
    }

    fn site(&self, origin: &str) -> Result<&Webauthn, PasskeyError> {
        let found = self.sites.iter().find(|(known, _)| known == origin);
        found.map(|(_, site)| site).ok_or(PasskeyError::NoSite)
    }

    fn keep(
        &self,
        origin: &str,
        options: Value,
        state: State,
        now_ms: u64,
    ) -> Result<Challenge, PasskeyError> {
        let id = secret()?;
        let mut waiting = self.waiting();
        if waiting.len() >= CHALLENGES_MAX {
            waiting.retain(|_, one| one.until_ms > now_ms);
        }
        if waiting.len() >= CHALLENGES_MAX {
            return Err(PasskeyError::Full);
        }
        waiting
            .insert(id, Waiting { origin: origin.to_owned(), until_ms: now_ms + CHALLENGE_LIFE_MS, state });
        Ok(Challenge { id, options })
    }

    fn take(&self, origin: &str, id: [u8; 16], now_ms: u64) -> Result<State, PasskeyError> {
        let taken = self.waiting().remove(&id).ok_or(PasskeyError::NoChallenge)?;
        let fits = taken.origin == origin && taken.until_ms > now_ms;
        if fits { Ok(taken.state) } else { Err(PasskeyError::NoChallenge) }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<[u8; 16], Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkeys").field("sites", &self.sites.len()).finish_non_exhaustive()
    }
}

fn parsed<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, PasskeyError> {
    serde_json::from_value(answer).map_err(|error| PasskeyError::Form(error.to_string()))
}

fn as_value(options: &impl serde::Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(options).map_err(PasskeyError::Stored)
}

fn stored(passkey: &Passkey) -> Result<StoredPasskey, PasskeyError> {
    let record = serde_json::to_string(passkey).map_err(PasskeyError::Stored)?;
    Ok(StoredPasskey { credential: passkey.cred_id().to_vec(), record })
}
