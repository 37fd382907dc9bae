//! Answers of passkeys: nothing panics, and what is accepted answers this challenge at this site, of somebody who was there
//! and was verified, signed by the key that was added.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Challenge, PasskeyError, Passkeys};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use url::Url;

const HOME: &str = "https://table.example";
const SITE: &str = "table.example";
const ADA: [u8; 16] = [1; 16];
const CREDENTIAL: [u8; 32] = [7; 32];
const NOW_MS: u64 = 1_000_000;
/// Somebody was there, and it was verified who.
const VERIFIED: u8 = 0x05;
const HAS_KEY: u8 = 0x40;
/// The head of an attestation of nothing: CBOR up to the length of the authenticator's data.
const ATTESTATION: &[u8] = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";

struct Phone {
    passkeys: Passkeys,
    key: EcdsaKeyPair,
    other_key: EcdsaKeyPair,
    /// What is stored of its passkey.
    record: String,
}

static PHONE: LazyLock<Phone> = LazyLock::new(|| {
    let pair = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
    let (passkeys, key) = (Passkeys::new(&[HOME.to_owned()]), pair());
    let challenge = passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).expect("a challenge");
    let client = json!({ "type": "webauthn.create", "challenge": asked(&challenge), "origin": HOME });
    let mut data = digest(&SHA256, SITE.as_bytes()).as_ref().to_vec();
    data.extend([VERIFIED | HAS_KEY, 0, 0, 0, 0]);
    data.extend([0; 16]);
    data.extend([0, 32]);
    data.extend(CREDENTIAL);
    // A COSE key: kind 2 (EC2), algorithm -7 (ES256), curve 1 (P-256), x and y.
    let point = key.public_key().as_ref();
    data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
    data.extend(&point[1..33]);
    data.extend([0x22, 0x58, 0x20]);
    data.extend(&point[33..65]);
    let length = [u8::try_from(data.len()).expect("a byte of length")];
    let object = [ATTESTATION, &length, &data].concat();
    let answer = made(client.to_string().as_bytes(), &object);
    let stored = passkeys.finish_adding(HOME, challenge.id, ADA, answer, NOW_MS).expect("a passkey");
    Phone { passkeys, key, other_key: pair(), record: stored.record }
});

fn asked(challenge: &Challenge) -> &str {
    challenge.options["publicKey"]["challenge"].as_str().expect("a challenge")
}

fn made(client: &[u8], object: &[u8]) -> Value {
    credential(json!({
        "attestationObject": URL_SAFE_NO_PAD.encode(object),
        "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
    }))
}

fn credential(response: Value) -> Value {
    let id = URL_SAFE_NO_PAD.encode(CREDENTIAL);
    json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
}

/// What was accepted says that it is of this kind and answers this challenge at this site.
fn answers(client: &[u8], kind: &str, challenge: &Challenge) {
    let client: Value = serde_json::from_slice(client).expect("what was accepted is JSON");
    assert_eq!((&client["type"], &client["challenge"]), (&json!(kind), &json!(asked(challenge))));
    let origin = Url::parse(client["origin"].as_str().unwrap_or_default()).expect("an origin");
    assert_eq!(origin.origin().ascii_serialization(), HOME);
}

/// Whether data of an authenticator begins with this site and somebody verified.
fn is_verified_here(data: &[u8]) -> bool {
    let here = digest(&SHA256, SITE.as_bytes());
    data.strip_prefix(here.as_ref()).and_then(<[u8]>::first).is_some_and(|flags| flags & VERIFIED == VERIFIED)
}

impl Phone {
    fn adds(&self, client: &str, object: &[u8]) {
        let challenge =
            self.passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).expect("a challenge");
        let client = client.replace("~c", asked(&challenge));
        let answer = made(client.as_bytes(), object);
        let finished = self.passkeys.finish_adding(HOME, challenge.id, ADA, answer.clone(), NOW_MS);
        if let Ok(stored) = finished {
            answers(client.as_bytes(), "webauthn.create", &challenge);
            assert!((0..object.len()).any(|at| is_verified_here(&object[at..])), "{object:?}");
            assert!(object.windows(stored.credential.len()).any(|bytes| bytes == stored.credential));
            let record = serde_json::from_str::<Value>(&stored.record);
            assert!(record.is_ok_and(|record| record.is_object()) && !stored.credential.is_empty());
        }
        let again = self.passkeys.finish_adding(HOME, challenge.id, ADA, answer, NOW_MS);
        assert!(matches!(again, Err(PasskeyError::NoChallenge)));
    }

    fn signs_in(&self, client: &str, data: &[u8], key: &EcdsaKeyPair) {
        let challenge = self.passkeys.start_sign_in(HOME, NOW_MS).expect("a challenge");
        let client = client.replace("~c", asked(&challenge));
        let signed = [data, digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = key.sign(&SystemRandom::new(), &signed).expect("a signature");
        let answer = credential(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(&client),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": URL_SAFE_NO_PAD.encode(ADA),
        }));
        if let Ok(claimed) = self.passkeys.claimed(HOME, &answer) {
            assert_eq!(claimed, (ADA, CREDENTIAL.to_vec()));
        }
        let finish =
            |answer| self.passkeys.finish_sign_in(HOME, challenge.id, answer, Some(&self.record), NOW_MS);
        if let Ok(stored) = finish(answer.clone()) {
            assert!(std::ptr::eq(key, &self.key), "another key");
            answers(client.as_bytes(), "webauthn.get", &challenge);
            assert!(is_verified_here(data), "{data:?}");
            assert_eq!(stored.credential, CREDENTIAL);
        }
        assert!(matches!(finish(answer), Err(PasskeyError::NoChallenge)));
    }

    /// A whole answer, which cannot know the challenge.
    fn says(&self, answer: &Value) {
        if let Ok((account, credential)) = self.passkeys.claimed(HOME, answer) {
            let told = answer["response"]["userHandle"].as_str().unwrap_or_default();
            let told = told.trim_end_matches('=').replace('+', "-").replace('/', "_");
            assert_eq!(URL_SAFE_NO_PAD.encode(account), told);
            assert!(!credential.is_empty());
        }
        let adding = self.passkeys.start_adding(HOME, ADA, "ada", Vec::new(), NOW_MS).expect("a challenge");
        assert!(self.passkeys.finish_adding(HOME, adding.id, ADA, answer.clone(), NOW_MS).is_err());
        let entering = self.passkeys.start_sign_in(HOME, NOW_MS).expect("a challenge");
        let record = Some(self.record.as_str());
        assert!(self.passkeys.finish_sign_in(HOME, entering.id, answer.clone(), record, NOW_MS).is_err());
    }
}

fuzz_target!(|bytes: &[u8]| {
    let phone = &*PHONE;
    if bytes.starts_with(b"{") {
        if let Ok(answer) = serde_json::from_slice(bytes) {
            phone.says(&answer);
        }
        return;
    }
    // What is done, a line of what the browser says, and what the authenticator says.
    let Some((what, rest)) = bytes.split_first() else { return };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(client) = std::str::from_utf8(&rest[..end]) else { return };
    let said = &rest[end + 1..];
    match what {
        b'a' => phone.adds(client, said),
        b's' => phone.signs_in(client, said, &phone.key),
        _ => phone.signs_in(client, said, &phone.other_key),
    }
});
