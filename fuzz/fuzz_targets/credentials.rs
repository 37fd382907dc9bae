//! What people carry to be let in: no text panics, what is read is written as it was read, and what is accepted was made
//! here.
#![no_main]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity::{
    ACCESS_LIFE_S, AccessGrant, Family, LinkCode, RecoveryCode, RefreshKey, RefreshSecret, Rotation,
    SessionLimits, SigningAlgorithm, SigningKeys, TotpSeed, rotate, rotate_keys,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const NOW_S: u64 = 1_800_000_000;
const FAMILY: [u8; 16] = [3; 16];
/// Above what any of the parsers takes.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Keys and what was made with them. They differ from run to run, so inputs name them by marks.
struct Issued {
    keys: SigningKeys,
    signer: Ed25519KeyPair,
    signer_kid: String,
    /// Of an RSA key and of an Ed25519 key.
    tokens: [String; 2],
    refresh: RefreshKey,
    family: Family,
    secret: RefreshSecret,
    seed: TotpSeed,
    marks: Vec<(&'static str, String)>,
}

static ISSUED: LazyLock<Issued> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let keys = SigningKeys::load_or_create(directory.path()).expect("a key");
    let first_kid = keys.status(NOW_S)[0].kid.clone();
    let grant = AccessGrant {
        subject: "ab".repeat(16),
        session: "cd".repeat(16),
        auth_time_s: NOW_S,
        methods: vec!["pwd".to_owned()],
    };
    let first = keys.issue(&grant, NOW_S).expect("a token").reveal().to_owned();
    let signer_kid = rotate_keys(directory.path(), SigningAlgorithm::EdDsa, NOW_S, 0).expect("another key");
    let keys = SigningKeys::load_or_create(directory.path()).expect("both keys");
    let second = keys.issue(&grant, NOW_S).expect("a token").reveal().to_owned();
    let refresh = RefreshKey::load_or_create(directory.path()).expect("a key");
    let secret = RefreshSecret::generate(&refresh, &FAMILY).expect("a secret");
    let family = Family {
        family_id: FAMILY,
        counter: 0,
        current_hash: *secret.hash().as_bytes(),
        previous_hash: None,
        rotated_at_ms: 0,
        created_at_ms: 0,
        last_used_ms: 0,
        revoked: false,
    };
    let seed = TotpSeed::generate().expect("a seed");
    let mut marks = vec![
        ("~k", first_kid),
        ("~K", signer_kid.clone()),
        ("~r", secret.reveal().to_owned()),
        ("~0", seed.code_at(NOW_S - 60)),
        ("~1", seed.code_at(NOW_S - 30)),
        ("~2", seed.code_at(NOW_S)),
        ("~3", seed.code_at(NOW_S + 30)),
        ("~4", seed.code_at(NOW_S + 60)),
    ];
    let names = [["~h", "~p", "~s"], ["~H", "~P", "~S"]];
    for (names, token) in names.into_iter().zip([&first, &second]) {
        marks.extend(names.into_iter().zip(token.split('.').map(str::to_owned)));
    }
    let signer = private_key(directory.path());
    Issued { keys, signer, signer_kid, tokens: [first, second], refresh, family, secret, seed, marks }
});

/// The Ed25519 key of a directory.
fn private_key(directory: &Path) -> Ed25519KeyPair {
    let files = std::fs::read_dir(directory).expect("it is there").map(|file| file.expect("a file").path());
    let mut pairs = files.filter(|path| path.extension().is_some_and(|ending| ending == "pem")).map(|path| {
        let pem = std::fs::read_to_string(path).expect("a key as text");
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        Ed25519KeyPair::from_pkcs8(&STANDARD.decode(der).expect("base64"))
    });
    pairs.find_map(Result::ok).expect("one of both")
}

impl Issued {
    /// The text with what its marks stand for.
    fn filled(&self, text: &str) -> String {
        self.marks.iter().fold(text.to_owned(), |text, (mark, stands_for)| text.replace(mark, stands_for))
    }

    /// A token of the lines of a text: JSON is encoded, and `!` is a true signature of what stands before.
    fn token(&self, text: &str) -> (String, Signed) {
        let part = |line: &str| {
            let line = self.filled(line);
            if line.starts_with(['{', '[']) { URL_SAFE_NO_PAD.encode(line) } else { line }
        };
        let parts: Vec<String> = text.split('\n').map(part).collect();
        match parts.as_slice() {
            [header, payload, mark] if mark == "!" => {
                let head = format!("{header}.{payload}");
                let signature = URL_SAFE_NO_PAD.encode(self.signer.sign(head.as_bytes()));
                (format!("{head}.{signature}"), Signed::Truly)
            }
            _ => (parts.join("."), Signed::No),
        }
    }

    fn verify(&self, text: &str) {
        let (token, signed) = self.token(text);
        let verified = self.keys.verify(&token, NOW_S);
        match signed {
            Signed::No => assert_eq!(verified.is_ok(), self.tokens.contains(&token), "{token}"),
            Signed::Truly => {
                let Ok(claims) = verified else { return };
                let mut parts = token.split('.').map(|part| {
                    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
                    serde_json::from_slice::<Value>(&bytes).unwrap_or_default()
                });
                let (header, payload) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                assert_eq!(header, json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.signer_kid }));
                let members: BTreeSet<&str> =
                    payload.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let expected = ["amr", "aud", "auth_time", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"];
                assert_eq!(members, BTreeSet::from(expected));
                assert_eq!((&payload["iss"], &payload["aud"]), (&json!("wardlight"), &json!("wardlight")));
                let [issued_s, begins_s, ends_s] =
                    ["iat", "nbf", "exp"].map(|name| payload[name].as_u64().expect("a time"));
                assert!(issued_s <= NOW_S + 5 && begins_s <= NOW_S + 5, "{payload}");
                assert!(ends_s >= NOW_S - 5 && ends_s.saturating_sub(issued_s) <= ACCESS_LIFE_S, "{payload}");
                assert_eq!(
                    (json!(claims.subject), json!(claims.session), json!(claims.methods)),
                    (payload["sub"].clone(), payload["sid"].clone(), payload["amr"].clone())
                );
                assert_eq!(
                    (claims.expires_s, json!(claims.auth_time_s)),
                    (ends_s, payload["auth_time"].clone())
                );
            }
        }
    }

    fn present(&self, text: &str) {
        let Ok(presented) = RefreshSecret::parse(text) else { return };
        assert_eq!(presented.reveal(), text);
        match rotate(&self.refresh, &self.family, &presented, NOW_S, &SessionLimits::GUEST) {
            Rotation::Next { secret, family } => {
                assert_eq!(text, self.secret.reveal());
                assert_eq!((family.counter, family.current_hash), (1, *secret.hash().as_bytes()));
            }
            Rotation::Unknown => assert_ne!(text, self.secret.reveal()),
            other @ (Rotation::Repeat { .. } | Rotation::Reused | Rotation::Expired) => {
                panic!("{text:?} became {other:?}")
            }
        }
    }

    fn one_time(&self, text: &str) {
        match self.seed.step_of(text, NOW_S) {
            Some(step) => {
                assert!(step.abs_diff(NOW_S / 30) <= 1, "{step}");
                assert_eq!(self.seed.code_at(step * 30), text);
            }
            None => {
                assert!((NOW_S - 30..=NOW_S + 30).step_by(30).all(|at_s| self.seed.code_at(at_s) != text))
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Signed {
    Truly,
    No,
}

fn recovery(text: &str) {
    let typed = text.chars().filter(|character| !matches!(character, ' ' | '-'));
    let meant: String = typed
        .map(|character| match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let Some(code) = RecoveryCode::parse(text) else { return };
    let shown = code.reveal();
    assert_eq!(shown.replace('-', ""), meant, "{text:?}");
    assert_eq!(RecoveryCode::parse(&shown).map(|again| again.hash()), Some(code.hash()));
}

fuzz_target!(|text: &str| {
    if text.len() > TEXT_BYTES_MAX {
        return;
    }
    let issued = &*ISSUED;
    issued.verify(text);
    let filled = issued.filled(text);
    issued.present(&filled);
    issued.one_time(&filled);
    recovery(&filled);
    if let Ok(code) = LinkCode::parse(&filled) {
        assert_eq!(code.reveal(), filled);
    }
});
