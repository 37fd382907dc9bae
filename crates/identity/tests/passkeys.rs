//! Passkeys against an authenticator written here, which can lie: each statement that Web Authentication (level 3, 7.1 and
//! 7.2) has the server check is broken once, and refused.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Challenge, PasskeyError, Passkeys, StoredPasskey};
use serde_json::{Value, json};

const HOME: &str = "https://table.example";
const ELSEWHERE: &str = "https://evil.example";
const ADA: [u8; 16] = [1; 16];
const EVE: [u8; 16] = [2; 16];
const NOW_MS: u64 = 1_000_000;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// What an authenticator and the browser before it say.
#[derive(Clone)]
struct Says {
    kind: &'static str,
    challenge: Option<String>,
    origin: &'static str,
    /// Whose id is hashed into what is signed.
    site: &'static str,
    flags: u8,
    counter: u32,
    user: [u8; 16],
}

const TRUTH: Says = Says {
    kind: "webauthn.get",
    challenge: None,
    origin: HOME,
    site: "table.example",
    flags: PRESENT | VERIFIED,
    counter: 5,
    user: ADA,
};

struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
}

impl Authenticator {
    fn new(id: u8) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: vec![id; 32] }
    }

    fn client_data(says: &Says, challenge: &Challenge) -> Vec<u8> {
        let asked = challenge.options["publicKey"]["challenge"].as_str().unwrap().to_owned();
        let challenge = says.challenge.clone().unwrap_or(asked);
        json!({ "type": says.kind, "challenge": challenge, "origin": says.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(says: &Says) -> Vec<u8> {
        let mut data = digest(&SHA256, says.site.as_bytes()).as_ref().to_vec();
        data.push(says.flags);
        data.extend(says.counter.to_be_bytes());
        data
    }

    /// Makes a passkey: an attestation object (CBOR) of the format `none`.
    fn makes(&self, says: &Says, challenge: &Challenge) -> Value {
        let mut data = Self::data(&Says { flags: says.flags | HAS_KEY, ..says.clone() });
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        // A COSE key: kind 2 (EC2), algorithm -7 (ES256), curve 1 (P-256), x and y.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        self.credential(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(Self::client_data(says, challenge)),
        }))
    }

    /// Signs in with it.
    fn proves(&self, says: &Says, challenge: &Challenge) -> Value {
        let (data, client) = (Self::data(says), Self::client_data(says, challenge));
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": URL_SAFE_NO_PAD.encode(says.user),
        }))
    }

    fn credential(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
    }
}

fn passkeys() -> Passkeys {
    Passkeys::new(&[HOME.to_owned(), "https://other.example".to_owned()])
}

fn made(passkeys: &Passkeys, phone: &Authenticator) -> StoredPasskey {
    let challenge = passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).unwrap();
    let answer = phone.makes(&Says { kind: "webauthn.create", ..TRUTH }, &challenge);
    passkeys.finish_adding(HOME, challenge.id, ADA, answer, NOW_MS).unwrap()
}

/// Signs in with what an authenticator says.
fn signs_in(
    passkeys: &Passkeys,
    record: &str,
    phone: &Authenticator,
    says: &Says,
) -> Result<StoredPasskey, PasskeyError> {
    let challenge = passkeys.start_sign_in(HOME, NOW_MS).unwrap();
    let answer = phone.proves(says, &challenge);
    passkeys.finish_sign_in(HOME, challenge.id, answer, Some(record), NOW_MS)
}

#[test]
fn a_passkey_is_made_only_by_who_answers_this_challenge_here() {
    let passkeys = passkeys();
    let phone = Authenticator::new(7);
    assert_eq!(made(&passkeys, &phone).credential, phone.id);
    let truth = Says { kind: "webauthn.create", ..TRUTH };
    let other = URL_SAFE_NO_PAD.encode([9; 32]);
    for (lie, says) in [
        ("of another origin", Says { origin: ELSEWHERE, ..truth.clone() }),
        ("of a name below ours", Says { origin: "https://table.example.evil.example", ..truth.clone() }),
        ("without TLS", Says { origin: "http://table.example", ..truth.clone() }),
        ("for another site", Says { site: "evil.example", ..truth.clone() }),
        ("to another challenge", Says { challenge: Some(other), ..truth.clone() }),
        ("of another kind", Says { kind: "webauthn.get", ..truth.clone() }),
        ("without verifying who it is", Says { flags: PRESENT, ..truth.clone() }),
        ("with nobody there", Says { flags: VERIFIED, ..truth.clone() }),
    ] {
        let challenge = passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).unwrap();
        let answer = phone.makes(&says, &challenge);
        let refused = passkeys.finish_adding(HOME, challenge.id, ADA, answer, NOW_MS);
        assert!(matches!(refused, Err(PasskeyError::Refused(_))), "{lie}: {refused:?}");
    }
    // The challenge of somebody else, of another site, of too long ago, and one that was used.
    let challenge = || passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).unwrap();
    let answer = |challenge: &Challenge| phone.makes(&truth, challenge);
    let late_ms = NOW_MS + 5 * 60 * 1000;
    for (what, origin, account, at_ms) in [
        ("somebody else's", HOME, EVE, NOW_MS),
        ("of another site", "https://other.example", ADA, NOW_MS),
        ("too late", HOME, ADA, late_ms),
    ] {
        let asked = challenge();
        let refused = passkeys.finish_adding(origin, asked.id, account, answer(&asked), at_ms);
        assert!(matches!(refused, Err(PasskeyError::NoChallenge)), "{what}: {refused:?}");
        let again = passkeys.finish_adding(HOME, asked.id, ADA, answer(&asked), NOW_MS);
        assert!(matches!(again, Err(PasskeyError::NoChallenge)), "{what}, again: {again:?}");
    }
    let asked = challenge();
    assert!(passkeys.finish_adding(HOME, asked.id, ADA, answer(&asked), NOW_MS).is_ok());
    let twice = passkeys.finish_adding(HOME, asked.id, ADA, answer(&asked), NOW_MS);
    assert!(matches!(twice, Err(PasskeyError::NoChallenge)), "{twice:?}");
}

#[test]
fn a_passkey_signs_in_only_who_has_it_for_this_challenge_here() {
    let passkeys = passkeys();
    let (phone, stranger) = (Authenticator::new(7), Authenticator::new(7));
    let record = made(&passkeys, &phone).record;
    let other = URL_SAFE_NO_PAD.encode([9; 32]);
    let after = signs_in(&passkeys, &record, &phone, &Says { counter: 6, ..TRUTH }).unwrap();
    for (lie, says) in [
        ("of another origin", Says { origin: ELSEWHERE, ..TRUTH }),
        ("without TLS", Says { origin: "http://table.example", ..TRUTH }),
        ("for another site", Says { site: "evil.example", ..TRUTH }),
        ("to another challenge", Says { challenge: Some(other), ..TRUTH }),
        ("of another kind", Says { kind: "webauthn.create", ..TRUTH }),
        ("without verifying who it is", Says { flags: PRESENT, ..TRUTH }),
        ("with nobody there", Says { flags: VERIFIED, ..TRUTH }),
        ("of a copy that is behind", Says { counter: 6, ..TRUTH }),
    ] {
        let says = Says { counter: if lie.contains("copy") { says.counter } else { 7 }, ..says };
        let refused = signs_in(&passkeys, &after.record, &phone, &says);
        assert!(matches!(refused, Err(PasskeyError::Refused(_))), "{lie}: {refused:?}");
    }
    let truth = Says { counter: 7, ..TRUTH };
    // Somebody else's key under the same name, and a signature of something else.
    let forged = signs_in(&passkeys, &after.record, &stranger, &truth);
    assert!(matches!(forged, Err(PasskeyError::Refused(_))), "{forged:?}");
    let challenge = passkeys.start_sign_in(HOME, NOW_MS).unwrap();
    let mut answer = phone.proves(&truth, &challenge);
    answer["response"]["authenticatorData"] =
        json!(URL_SAFE_NO_PAD.encode(Authenticator::data(&Says { counter: 8, ..TRUTH })));
    let changed = passkeys.finish_sign_in(HOME, challenge.id, answer, Some(&after.record), NOW_MS);
    assert!(matches!(changed, Err(PasskeyError::Refused(_))), "{changed:?}");
    // A challenge that was for something else, for another site, too long ago; and one that was used.
    let adding = passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).unwrap();
    let answer = phone.proves(&truth, &adding);
    let mixed = passkeys.finish_sign_in(HOME, adding.id, answer, Some(&after.record), NOW_MS);
    assert!(matches!(mixed, Err(PasskeyError::NoChallenge)), "{mixed:?}");
    for (what, origin, at_ms) in
        [("of another site", "https://other.example", NOW_MS), ("too late", HOME, NOW_MS + 5 * 60 * 1000)]
    {
        let challenge = passkeys.start_sign_in(HOME, NOW_MS).unwrap();
        let answer = phone.proves(&truth, &challenge);
        let refused = passkeys.finish_sign_in(origin, challenge.id, answer, Some(&after.record), at_ms);
        assert!(matches!(refused, Err(PasskeyError::NoChallenge)), "{what}: {refused:?}");
    }
    let challenge = passkeys.start_sign_in(HOME, NOW_MS).unwrap();
    let answer = phone.proves(&truth, &challenge);
    assert_eq!(passkeys.claimed(HOME, &answer).unwrap(), (ADA, phone.id.clone()));
    assert!(passkeys.finish_sign_in(HOME, challenge.id, answer.clone(), Some(&after.record), NOW_MS).is_ok());
    let twice = passkeys.finish_sign_in(HOME, challenge.id, answer, Some(&after.record), NOW_MS);
    assert!(matches!(twice, Err(PasskeyError::NoChallenge)), "{twice:?}");
    // Authenticators that are synchronised between devices count nothing, and may come again.
    let synced = Authenticator::new(8);
    let challenge = passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).unwrap();
    let answer = synced.makes(&Says { kind: "webauthn.create", counter: 0, ..TRUTH }, &challenge);
    let mut record = passkeys.finish_adding(HOME, challenge.id, ADA, answer, NOW_MS).unwrap().record;
    for _ in 0..2 {
        record = signs_in(&passkeys, &record, &synced, &Says { counter: 0, ..TRUTH }).unwrap().record;
    }
}
