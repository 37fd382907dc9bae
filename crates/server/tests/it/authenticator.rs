//! An authenticator in software: a P-256 key that makes passkeys and signs in with them, as honest or as crooked as a test
//! wants. It knows the formats of Web Authentication and nothing of the server.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use load::Error;
use serde_json::{Value, json};

/// Somebody was there.
pub(crate) const PRESENT: u8 = 1;
/// It was verified who.
pub(crate) const VERIFIED: u8 = 4;
const HAS_CREDENTIAL: u8 = 0x40;

/// One passkey on a device.
pub(crate) struct Authenticator {
    pub(crate) key: EcdsaKeyPair,
    pub(crate) credential: Vec<u8>,
    /// Whose it is, as the server named them.
    pub(crate) user: String,
    pub(crate) counter: u32,
}

/// What a browser and its authenticator claim when they answer a challenge.
#[derive(Clone)]
pub(crate) struct Claim {
    /// Of the client data: `webauthn.create` or `webauthn.get`.
    pub(crate) kind: &'static str,
    pub(crate) challenge: String,
    pub(crate) origin: String,
    /// The site whose hash stands in the authenticator's data.
    pub(crate) site: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) user: String,
}

impl Claim {
    fn client_data(&self) -> Vec<u8> {
        let data = json!({
            "type": self.kind, "challenge": self.challenge, "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest::digest(&digest::SHA256, self.site.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

impl Authenticator {
    /// A new key with a credential id of its own.
    pub(crate) fn new(id: u8) -> Result<Self, Error> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
        Ok(Self { key, credential: vec![id; 16], user: String::new(), counter: 1 })
    }

    /// Its credential's id, as a path has it.
    pub(crate) fn name(&self) -> String {
        BASE64.encode(&self.credential)
    }

    /// What an honest browser at this origin makes of a challenge to add a passkey.
    pub(crate) fn creates(&mut self, origin: &str, options: &Value) -> Result<Claim, Error> {
        let word = |path: &str| options.pointer(path).and_then(Value::as_str).ok_or("no such option");
        self.user = word("/publicKey/user/id")?.to_owned();
        Ok(self.claims("webauthn.create", origin, word("/publicKey/challenge")?, word("/publicKey/rp/id")?))
    }

    /// What an honest browser at this origin makes of a challenge to sign in.
    pub(crate) fn gets(&mut self, origin: &str, options: &Value) -> Result<Claim, Error> {
        let word = |path: &str| options.pointer(path).and_then(Value::as_str).ok_or("no such option");
        self.counter += 1;
        Ok(self.claims("webauthn.get", origin, word("/publicKey/challenge")?, word("/publicKey/rpId")?))
    }

    fn claims(&self, kind: &'static str, origin: &str, challenge: &str, site: &str) -> Claim {
        Claim {
            kind,
            challenge: challenge.to_owned(),
            origin: origin.to_owned(),
            site: site.to_owned(),
            flags: PRESENT | VERIFIED,
            counter: self.counter,
            user: self.user.clone(),
        }
    }

    /// The new passkey with an attestation of nothing, as `PublicKeyCredential.toJSON` has it.
    pub(crate) fn registers(&self, claim: &Claim) -> Value {
        let mut data = claim.authenticator_data(claim.flags | HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&self.credential);
        data.extend(self.cose_key());
        let mut attestation = vec![0xa3, 0x63];
        attestation.extend(b"fmt");
        attestation.push(0x64);
        attestation.extend(b"none");
        attestation.push(0x67);
        attestation.extend(b"attStmt");
        attestation.extend([0xa0, 0x68]);
        attestation.extend(b"authData");
        attestation.extend([0x58, u8::try_from(data.len()).expect("short enough for one byte of length")]);
        attestation.extend(data);
        json!({
            "id": BASE64.encode(&self.credential),
            "rawId": BASE64.encode(&self.credential),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64.encode(claim.client_data()),
                "attestationObject": BASE64.encode(attestation),
            },
            "clientExtensionResults": {},
        })
    }

    /// The proof of a claim, signed by a key that should be this passkey's.
    pub(crate) fn signs(&self, claim: &Claim, key: &EcdsaKeyPair) -> Result<Value, Error> {
        let data = claim.authenticator_data(claim.flags);
        let mut signed = data.clone();
        signed.extend(digest::digest(&digest::SHA256, &claim.client_data()).as_ref());
        let signature = key.sign(&SystemRandom::new(), &signed)?;
        Ok(json!({
            "id": BASE64.encode(&self.credential),
            "rawId": BASE64.encode(&self.credential),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64.encode(claim.client_data()),
                "authenticatorData": BASE64.encode(data),
                "signature": BASE64.encode(signature.as_ref()),
                "userHandle": claim.user,
            },
            "clientExtensionResults": {},
        }))
    }

    /// The public key as COSE has it: EC2, ES256, P-256, x and y.
    fn cose_key(&self) -> Vec<u8> {
        // 04, x, y.
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }
}

/// The same proof with one bit of its signature turned.
pub(crate) fn spoiled(mut proof: Value) -> Result<Value, Error> {
    let signature = &mut proof["response"]["signature"];
    let mut bytes = BASE64.decode(signature.as_str().ok_or("no signature")?)?;
    *bytes.last_mut().ok_or("an empty signature")? ^= 1;
    *signature = BASE64.encode(bytes).into();
    Ok(proof)
}
