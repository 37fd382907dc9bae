use std::sync::OnceLock;

use super::*;
use crate::access::{AccessError, AccessGrant};

const NOW_S: u64 = 1_800_000_000;

/// Making an RSA key takes a while, so the tests share one and copy it.
fn directory() -> tempfile::TempDir {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    let pem = KEY.get_or_init(|| generate(SigningAlgorithm::Rs256).unwrap().into_bytes());
    let directory = tempfile::tempdir().unwrap();
    write_new(&directory.path().join(FIRST), pem).unwrap();
    directory
}

fn load(directory: &tempfile::TempDir) -> SigningKeys {
    SigningKeys::load_or_create(directory.path()).unwrap()
}

fn token(keys: &SigningKeys, now_s: u64) -> String {
    let grant = AccessGrant {
        subject: "ab".repeat(16),
        session: "cd".repeat(16),
        auth_time_s: now_s,
        methods: vec!["link".to_owned()],
    };
    keys.issue(&grant, now_s).unwrap().reveal().to_owned()
}

fn states(keys: &SigningKeys, now_s: u64) -> Vec<KeyState> {
    keys.status(now_s).iter().map(|key| key.state).collect()
}

fn published(keys: &SigningKeys, now_s: u64) -> usize {
    keys.jwks(now_s)["keys"].as_array().unwrap().len()
}

/// Ed25519 keys are made at once.
fn rotated(directory: &tempfile::TempDir, now_s: u64, lead_s: u64) -> String {
    rotate(directory.path(), SigningAlgorithm::EdDsa, now_s, lead_s).unwrap()
}

#[test]
fn the_key_is_kept_and_its_id_is_the_thumbprint_of_the_published_key() {
    let directory = directory();
    let (first, again) = (load(&directory), load(&directory));
    assert_eq!(first.keys[0].kid, again.keys[0].kid);
    let jwk = &first.jwks(NOW_S)["keys"][0];
    assert_eq!(jwk["kid"], json!(first.keys[0].kid));
    assert!(jwk.get("d").is_none() && jwk["n"].as_str().unwrap().len() == 512);
}

#[test]
fn a_key_is_published_then_active_then_retired_then_gone() {
    use KeyState::{Active, Gone, Published, Retired};
    let directory = directory();
    let before = load(&directory);
    let kid = rotated(&directory, NOW_S, PUBLISH_LEAD_S);
    assert!(before.changed_on_disk());
    let keys = load(&directory);
    assert!(!keys.changed_on_disk());
    let begins = NOW_S + PUBLISH_LEAD_S;
    let ends = begins + ACCESS_LIFE_S + LEEWAY_S;
    for (now_s, expected, standing) in [
        (NOW_S, [Active, Published], 2),
        (begins - 1, [Active, Published], 2),
        (begins, [Retired, Active], 2),
        (ends - 1, [Retired, Active], 2),
        (ends, [Gone, Active], 1),
    ] {
        assert_eq!(states(&keys, now_s), expected, "{now_s}");
        assert_eq!(published(&keys, now_s), standing, "{now_s}");
    }
    assert_eq!(keys.status(NOW_S)[1].kid, kid);
    // What the old one signs last is accepted to its end, and then no more, whatever it says.
    let last = token(&keys, begins - 1);
    assert!(keys.verify(&last, begins + ACCESS_LIFE_S).is_ok());
    assert_eq!(keys.verify(&token(&keys, begins - 1), ends), Err(AccessError::Key));
    assert!(before.verify(&token(&keys, begins), begins).is_err(), "who has not heard of it refuses");
    assert!(keys.verify(&token(&keys, begins), begins).is_ok());
    // The next rotation takes what is gone away, file and all.
    let file = directory.path().join(FIRST);
    assert!(file.exists());
    rotated(&directory, ends, 0);
    assert!(!file.exists());
    assert_eq!(load(&directory).keys.len(), 2);
}

#[test]
fn a_second_key_does_not_come_while_one_waits() {
    let directory = directory();
    let waiting = rotated(&directory, NOW_S, PUBLISH_LEAD_S);
    let second = rotate(directory.path(), SigningAlgorithm::EdDsa, NOW_S + 1, PUBLISH_LEAD_S);
    assert!(matches!(second, Err(KeyError::Waiting { kid }) if kid == waiting));
    // One that waits can be taken back, and nothing else changes.
    assert_eq!(revoke(directory.path(), &waiting, NOW_S + 2).unwrap(), None);
    assert_eq!(states(&load(&directory), NOW_S + 2), [KeyState::Active]);
}

#[test]
fn a_key_that_leaked_is_refused_at_once_and_another_takes_its_place() {
    let directory = directory();
    rotated(&directory, NOW_S, 0);
    let keys = load(&directory);
    let (signer, stolen) = (keys.signer(NOW_S).unwrap().kid.clone(), token(&keys, NOW_S));
    let successor = revoke(directory.path(), &signer, NOW_S + 1).unwrap().expect("it signed");
    let after = load(&directory);
    assert_eq!(after.signer(NOW_S + 1).unwrap().kid, successor);
    assert_eq!(after.verify(&stolen, NOW_S + 1), Err(AccessError::Key));
    assert!(after.keys.iter().all(|key| key.kid != signer));
    // The one before it does not come back to sign.
    assert_eq!(states(&after, NOW_S + 1), [KeyState::Retired, KeyState::Active]);
    assert!(matches!(revoke(directory.path(), &signer, NOW_S + 2), Err(KeyError::NoSuchKey { .. })));
}

#[test]
fn the_algorithm_is_the_keys_own() {
    for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::EdDsa] {
        let directory = directory();
        rotate(directory.path(), algorithm, NOW_S, 0).unwrap();
        let keys = load(&directory);
        let token = token(&keys, NOW_S);
        assert!(keys.verify(&token, NOW_S).is_ok(), "{}", algorithm.name());
        // The same token under another algorithm's name.
        let (_, rest) = token.split_once('.').unwrap();
        let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": keys.signer(NOW_S).unwrap().kid });
        let renamed = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        assert_eq!(keys.verify(&renamed, NOW_S), Err(AccessError::Header));
    }
}

#[test]
fn of_several_rotations_at_once_one_stands() {
    let directory = directory();
    let path = directory.path();
    let made = std::thread::scope(|scope| {
        let rotation = || rotate(path, SigningAlgorithm::EdDsa, NOW_S, PUBLISH_LEAD_S).is_ok();
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(rotation)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|made| *made).count()
    });
    assert_eq!(made, 1);
    assert_eq!(load(&directory).keys.len(), 2);
}

#[test]
fn a_weak_or_broken_key_is_refused_by_name() {
    let directory = directory();
    let path = directory.path().join(FIRST);
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    replace_private(&path, to_pem(der.as_ref()).as_bytes()).unwrap();
    let loaded = || SigningKeys::load_or_create(directory.path());
    assert!(matches!(loaded(), Err(KeyError::Weak { bits: 2048, .. })));
    replace_private(&path, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    assert!(matches!(loaded(), Err(KeyError::NotAKey { .. })));
}

#[test]
fn a_list_that_lies_is_refused_by_name() {
    let directory = directory();
    let list = directory.path().join(LIST);
    for (text, word) in [
        ("", "EOF"),
        ("[]", "no key"),
        (r#"[{"file":"../access.key.pem","algorithm":"RS256","active_from_s":0}]"#, "beside"),
        (r#"[{"file":"access.key.pem","algorithm":"HS256","active_from_s":0}]"#, "HS256"),
        (r#"[{"file":"access.key.pem","algorithm":"RS256","active_from_s":0,"x":1}]"#, "`x`"),
        (r#"[{"file":"access.key.pem","algorithm":"RS256"}]"#, "active_from_s"),
    ] {
        replace_private(&list, text.as_bytes()).unwrap();
        let error = SigningKeys::load_or_create(directory.path()).unwrap_err().to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
    replace_private(&list, br#"[{"file":"other.pem","algorithm":"RS256","active_from_s":0}]"#).unwrap();
    assert!(matches!(SigningKeys::load_or_create(directory.path()), Err(KeyError::File { .. })));
}

#[test]
fn a_mounted_directory_that_is_swapped_is_noticed() {
    let (old, new, mount) = (directory(), directory(), tempfile::tempdir().unwrap());
    rotated(&new, NOW_S, 0);
    let link = mount.path().join("keys");
    std::os::unix::fs::symlink(old.path(), &link).unwrap();
    let keys = SigningKeys::load_or_create(&link).unwrap();
    assert!(!keys.changed_on_disk());
    let beside = mount.path().join("keys.new");
    std::os::unix::fs::symlink(new.path(), &beside).unwrap();
    std::fs::rename(beside, &link).unwrap();
    assert!(keys.changed_on_disk());
}
