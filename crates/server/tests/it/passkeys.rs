//! Passkeys, by an authenticator of our own: what is accepted, and that each thing that could be wrong is refused, with
//! nothing stored and nobody signed in.

use std::path::Path;

use load::Error;
use load::http::Answer;
use serde_json::{Value, json};
use server::accounts::Registration;
use server::config::ServeOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::accounts::Browser;
use crate::authenticator::{Authenticator, Claim, PRESENT, VERIFIED, spoiled};
use crate::harness::{Running, options, start_with};

type Outcome = Result<(), Error>;

/// Another site of the same server.
const OTHER: &str = "https://table.example";

/// A server with an account that signs in at a name: browsers keep no passkeys for numbers.
struct Scene {
    directory: tempfile::TempDir,
    server: Running,
    here: String,
    ada: Browser,
}

impl Scene {
    async fn set() -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let settings = ServeOptions {
            registration: Some(Registration::Open),
            public_url: vec![OTHER.to_owned()],
            ..options(directory.path())
        };
        let server = start_with(settings).await;
        let here = format!("http://localhost:{}", server.address.port());
        let mut ada = Browser::at(server.address, &here);
        assert_eq!(ada.register("ada").await?.status, 200);
        Ok(Self { directory, server, here, ada })
    }

    fn stranger(&self) -> Browser {
        Browser::at(self.server.address, &self.here)
    }

    /// All that a passkey that is added, used or signed in with would change.
    async fn stored(&self) -> Result<Stored, Error> {
        stored(self.directory.path()).await
    }

    /// Adds a passkey to Ada's account.
    async fn add(&mut self, id: u8) -> Result<Authenticator, Error> {
        let mut device = Authenticator::new(id)?;
        let (challenge, claim) = challenged(&mut self.ada, &mut device).await?;
        assert_eq!(add(&mut self.ada, &challenge, device.registers(&claim)).await?.status, 204);
        Ok(device)
    }

    /// Refused: no session, no token, no cookie, nothing stored.
    async fn must_not_sign_in(&self, why: &str, challenge: &str, proof: Value) -> Outcome {
        let before = self.stored().await?;
        let refused = finish(&mut self.stranger(), challenge, proof).await?;
        assert!((400..500).contains(&refused.status) && refused.status != 429, "{why}: {}", refused.status);
        assert!(refused.header("set-cookie").is_none(), "{why}");
        assert!(refused.json()?.get("access").is_none(), "{why}");
        assert_eq!(self.stored().await?, before, "{why}");
        Ok(())
    }

    /// Signs in honestly.
    async fn signs_in(&self, device: &mut Authenticator) -> Result<Browser, Error> {
        let mut browser = self.stranger();
        let (challenge, claim) = asked(&mut browser, device).await?;
        let proof = device.signs(&claim, &device.key)?;
        assert_eq!(finish(&mut browser, &challenge, proof).await?.status, 200);
        Ok(browser)
    }
}

/// A passkey: its id, its account, what is known of it, and when it was last used.
type Row = (Vec<u8>, Vec<u8>, String, Option<i64>);

#[derive(PartialEq, Eq, Debug)]
struct Stored {
    passkeys: Vec<Row>,
    sessions: i64,
}

async fn stored(directory: &Path) -> Result<Stored, Error> {
    let file = directory.join("wardlight.sqlite");
    let mut database = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    let passkeys = sqlx::query_as(
        "select credential_id, account_id, record, last_used_ms from passkeys order by credential_id",
    );
    let passkeys = passkeys.fetch_all(&mut database).await?;
    let sessions =
        sqlx::query_scalar("select count(*) from session_families").fetch_one(&mut database).await?;
    database.close().await?;
    Ok(Stored { passkeys, sessions })
}

fn challenge_of(answer: &Answer) -> Result<(String, Value), Error> {
    assert_eq!(answer.status, 200);
    let body = answer.json()?;
    Ok((body["challenge"].as_str().ok_or("no challenge")?.to_owned(), body["options"].clone()))
}

/// A challenge to add a passkey, and what an honest device makes of it.
pub(crate) async fn challenged(
    browser: &mut Browser,
    device: &mut Authenticator,
) -> Result<(String, Claim), Error> {
    let (challenge, options) = challenge_of(&browser.press("/account/passkeys/start").await?)?;
    Ok((challenge, device.creates(browser.origin(), &options)?))
}

/// A challenge to sign in, and what an honest device makes of it.
pub(crate) async fn asked(
    browser: &mut Browser,
    device: &mut Authenticator,
) -> Result<(String, Claim), Error> {
    let (challenge, options) = challenge_of(&browser.press("/session/passkey/start").await?)?;
    Ok((challenge, device.gets(browser.origin(), &options)?))
}

pub(crate) async fn add(browser: &mut Browser, challenge: &str, credential: Value) -> Result<Answer, Error> {
    let body = json!({ "challenge": challenge, "name": "Key", "credential": credential });
    browser.post("/account/passkeys/finish", body).await
}

pub(crate) async fn finish(
    browser: &mut Browser,
    challenge: &str,
    credential: Value,
) -> Result<Answer, Error> {
    browser.post("/session/passkey/finish", json!({ "challenge": challenge, "credential": credential })).await
}

/// What can be wrong with what a browser and its authenticator claim, whatever they are asked for.
fn crooked(honest: &Claim, other_kind: &'static str) -> Vec<(&'static str, Claim)> {
    let with = |change: &dyn Fn(&mut Claim)| {
        let mut claim = honest.clone();
        change(&mut claim);
        claim
    };
    vec![
        ("another origin", with(&|claim| claim.origin = "http://evil.example".to_owned())),
        ("another port", with(&|claim| claim.origin = "http://localhost:1".to_owned())),
        ("a domain within", with(&|claim| claim.origin = claim.origin.replace("localhost", "a.localhost"))),
        ("another site's hash", with(&|claim| claim.site = "table.example".to_owned())),
        ("nobody verified", with(&|claim| claim.flags = PRESENT)),
        ("nobody there", with(&|claim| claim.flags = VERIFIED)),
        ("the other type", with(&|claim| claim.kind = other_kind)),
        ("another challenge", with(&|claim| claim.challenge = "A".repeat(43))),
    ]
}

#[tokio::test]
async fn a_passkey_signs_in_and_what_is_wrong_with_a_proof_is_refused() -> Outcome {
    let mut scene = Scene::set().await?;
    let mut device = scene.add(1).await?;
    let mut browser = scene.signs_in(&mut device).await?;
    assert_eq!(browser.get("/account").await?.json()?["login"], "ada", "the honest way works");
    let (_, honest) = asked(&mut scene.stranger(), &mut device).await?;
    for (why, _) in crooked(&honest, "webauthn.create") {
        // A challenge of its own for each, so that nothing but this is wrong.
        let (challenge, honest) = asked(&mut scene.stranger(), &mut device).await?;
        let (_, claim) = crooked(&honest, "webauthn.create")
            .into_iter()
            .find(|(also, _)| *also == why)
            .ok_or("each time the same")?;
        scene.must_not_sign_in(why, &challenge, device.signs(&claim, &device.key)?).await?;
    }
    let (challenge, claim) = asked(&mut scene.stranger(), &mut device).await?;
    scene
        .must_not_sign_in("a wrong signature", &challenge, spoiled(device.signs(&claim, &device.key)?)?)
        .await?;
    let (challenge, claim) = asked(&mut scene.stranger(), &mut device).await?;
    let another = Authenticator::new(1)?;
    scene.must_not_sign_in("another key", &challenge, device.signs(&claim, &another.key)?).await?;
    // And after all that it still works.
    scene.signs_in(&mut device).await?;
    scene.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_challenge_is_for_one_answer_one_purpose_and_one_site() -> Outcome {
    let mut scene = Scene::set().await?;
    let mut device = scene.add(1).await?;
    let mut browser = scene.stranger();
    let (challenge, claim) = asked(&mut browser, &mut device).await?;
    let proof = device.signs(&claim, &device.key)?;
    assert_eq!(finish(&mut browser, &challenge, proof.clone()).await?.status, 200, "the first time");
    scene.must_not_sign_in("used twice", &challenge, proof).await?;
    // With a later counter too, so that it is not the counter that refuses.
    device.counter += 1;
    let later = Claim { counter: device.counter, ..claim };
    scene.must_not_sign_in("used again", &challenge, device.signs(&later, &device.key)?).await?;
    // One that was refused is used up as well.
    let (challenge, claim) = asked(&mut browser, &mut device).await?;
    let proof = device.signs(&claim, &device.key)?;
    scene.must_not_sign_in("spoiled", &challenge, spoiled(proof.clone())?).await?;
    scene.must_not_sign_in("used up by a refusal", &challenge, proof).await?;
    // Another's: the id is of one challenge, the words are of the other.
    let (first, _) = asked(&mut browser, &mut device).await?;
    let (_, second) = asked(&mut scene.stranger(), &mut device).await?;
    scene.must_not_sign_in("another's challenge", &first, device.signs(&second, &device.key)?).await?;
    // A challenge to add one, answered as if it were to sign in.
    let (adds, options) = challenge_of(&scene.ada.press("/account/passkeys/start").await?)?;
    let mut claim = device.creates(&scene.here.clone(), &options)?;
    (claim.kind, claim.counter) = ("webauthn.get", device.counter + 1);
    scene.must_not_sign_in("a challenge to add", &adds, device.signs(&claim, &device.key)?).await?;
    // And one to sign in, answered as if it were to add.
    let mut new = Authenticator::new(2)?;
    let (signs_in, claim) = asked(&mut browser, &mut new).await?;
    let claim = Claim { kind: "webauthn.create", ..claim };
    let before = scene.stored().await?;
    assert_eq!(add(&mut scene.ada, &signs_in, new.registers(&claim)).await?.status, 400);
    assert_eq!(scene.stored().await?, before);
    // At another site of the same server, with the page's address to fit.
    let (challenge, claim) = asked(&mut browser, &mut device).await?;
    let claim = Claim { origin: OTHER.to_owned(), site: "table.example".to_owned(), ..claim };
    let mut elsewhere = Browser::at(scene.server.address, OTHER);
    let before = scene.stored().await?;
    let refused = finish(&mut elsewhere, &challenge, device.signs(&claim, &device.key)?).await?;
    assert_eq!((refused.status, scene.stored().await?), (400, before), "a challenge of another site");
    scene.signs_in(&mut device).await?;
    scene.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_passkey_whose_counter_does_not_go_up_may_be_a_copy_and_is_refused() -> Outcome {
    let mut scene = Scene::set().await?;
    let mut device = scene.add(1).await?;
    device.counter = 40;
    scene.signs_in(&mut device).await?;
    for (why, counter) in [("it goes back", 7), ("it stands", 41), ("it begins anew", 0)] {
        let (challenge, claim) = asked(&mut scene.stranger(), &mut device).await?;
        let claim = Claim { counter, ..claim };
        scene.must_not_sign_in(why, &challenge, device.signs(&claim, &device.key)?).await?;
    }
    scene.signs_in(&mut device).await?;
    // Those that are kept on several devices do not count at all.
    let mut synced = Authenticator::new(2)?;
    synced.counter = 0;
    let (challenge, claim) = challenged(&mut scene.ada, &mut synced).await?;
    assert_eq!(add(&mut scene.ada, &challenge, synced.registers(&claim)).await?.status, 204);
    for _ in 0..2 {
        let (challenge, claim) = asked(&mut scene.stranger(), &mut synced).await?;
        let proof = synced.signs(&Claim { counter: 0, ..claim }, &synced.key)?;
        assert_eq!(finish(&mut scene.stranger(), &challenge, proof).await?.status, 200);
    }
    scene.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_passkey_is_its_owners_and_nobody_elses() -> Outcome {
    let mut scene = Scene::set().await?;
    let mut device = scene.add(1).await?;
    let mut bob = scene.stranger();
    assert_eq!(bob.register("bob").await?.status, 200);
    let mut bobs = Authenticator::new(2)?;
    let (challenge, claim) = challenged(&mut bob, &mut bobs).await?;
    assert_eq!(add(&mut bob, &challenge, bobs.registers(&claim)).await?.status, 204, "one of his own");
    // Ada's key says that it is Bob's, and Bob's that it is Ada's.
    for (why, device, user) in
        [("Ada's as Bob", &mut device, bobs.user.clone()), ("nobody's", &mut bobs, "A".repeat(22))]
    {
        let (challenge, claim) = asked(&mut scene.stranger(), device).await?;
        let claim = Claim { user, ..claim };
        scene.must_not_sign_in(why, &challenge, device.signs(&claim, &device.key)?).await?;
    }
    // A key of another account, under a new key of Bob's: the account it signs in to stays hers.
    let before = scene.stored().await?;
    let mut thief = Authenticator::new(1)?;
    let (challenge, claim) = challenged(&mut bob, &mut thief).await?;
    assert_eq!(add(&mut bob, &challenge, thief.registers(&claim)).await?.status, 400, "it is known already");
    let (challenge, claim) = challenged(&mut scene.ada, &mut thief).await?;
    let again = add(&mut scene.ada, &challenge, thief.registers(&claim)).await?;
    assert!((400..500).contains(&again.status), "nor twice to the same");
    assert_eq!(scene.stored().await?, before);
    scene.signs_in(&mut device).await?;
    // A removed one opens nothing.
    let path = format!(
        "/account/passkeys/{}/remove",
        bob.get("/account").await?.json()?["passkeys"][0]["passkey"].as_str().unwrap_or_default()
    );
    assert_eq!(bob.press(&path).await?.status, 204);
    let (challenge, claim) = asked(&mut scene.stranger(), &mut bobs).await?;
    scene.must_not_sign_in("removed", &challenge, bobs.signs(&claim, &bobs.key)?).await?;
    scene.server.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_new_passkey_is_refused_and_nothing_is_kept() -> Outcome {
    let mut scene = Scene::set().await?;
    let mut seen = Authenticator::new(9)?;
    let (_, honest) = challenged(&mut scene.ada, &mut seen).await?;
    let before = scene.stored().await?;
    for (why, _) in crooked(&honest, "webauthn.get") {
        let mut device = Authenticator::new(9)?;
        let (challenge, honest) = challenged(&mut scene.ada, &mut device).await?;
        let (_, claim) = crooked(&honest, "webauthn.get")
            .into_iter()
            .find(|(also, _)| *also == why)
            .ok_or("each time the same")?;
        let refused = add(&mut scene.ada, &challenge, device.registers(&claim)).await?;
        assert!((400..500).contains(&refused.status), "{why}: {}", refused.status);
        assert_eq!(scene.stored().await?, before, "{why}");
    }
    // Somebody else's challenge.
    let mut bob = scene.stranger();
    assert_eq!(bob.register("bob").await?.status, 200);
    let before = scene.stored().await?;
    let mut device = Authenticator::new(9)?;
    let (challenge, claim) = challenged(&mut scene.ada, &mut device).await?;
    assert_eq!(add(&mut bob, &challenge, device.registers(&claim)).await?.status, 400);
    assert_eq!(add(&mut scene.ada, &challenge, device.registers(&claim)).await?.status, 400, "used up");
    assert_eq!(scene.stored().await?, before);
    // The same, honestly; and its challenge a second time, for another key.
    let (challenge, claim) = challenged(&mut scene.ada, &mut device).await?;
    assert_eq!(add(&mut scene.ada, &challenge, device.registers(&claim)).await?.status, 204);
    assert_eq!(scene.stored().await?.passkeys.len(), 1);
    let second = Authenticator::new(10)?;
    assert_eq!(add(&mut scene.ada, &challenge, second.registers(&claim)).await?.status, 400, "used twice");
    assert_eq!(scene.stored().await?.passkeys.len(), 1);
    scene.signs_in(&mut device).await?;
    scene.server.stop().await;
    Ok(())
}
