//! Accounts: making them, signing in, what a refusal gives away, and what ends with them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use load::Error;
use load::http::{Answer, Request};
use load::player::{SignIn, origin};
use protocol::{ByeReason, ClientFrame, Command};
use serde_json::{Value, json};
use server::accounts::Registration;
use server::config::{Config, ServeOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use totp_rs::{Algorithm, Builder, Secret};

use crate::api::{Route, golden, master_elsewhere, routes, things};
use crate::harness::{Party, Running, options, start, start_with};

type Outcome = Result<(), Error>;

pub(crate) const PASSWORD: &str = "violin tugboat anchovy";

/// A browser with its cookies and its access token.
pub(crate) struct Browser {
    server: SocketAddr,
    /// The address that its page was opened under.
    origin: String,
    cookies: BTreeMap<String, String>,
    pub(crate) access: String,
}

impl Browser {
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self::at(server, &origin(server))
    }

    /// One whose page was opened under one of the server's other addresses.
    pub(crate) fn at(server: SocketAddr, origin: &str) -> Self {
        Self { server, origin: origin.to_owned(), cookies: BTreeMap::new(), access: String::new() }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The browser of somebody who came by a link.
    pub(crate) fn of(signed_in: &SignIn) -> Self {
        let mut browser = Self::new(signed_in.server);
        browser.keep(&signed_in.cookie);
        browser.access = signed_in.access.clone();
        browser
    }

    fn keep(&mut self, cookie: &str) {
        if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    async fn ask(&mut self, method: &'static str, path: &str, body: Option<Value>) -> Result<Answer, Error> {
        let path = format!("/api/v1{path}");
        let request = match &body {
            Some(body) => Request::post(&path, body),
            None => Request::new(method, &path),
        };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header("Origin", &self.origin).header("Cookie", &cookies.join("; "));
        if !self.access.is_empty() {
            request = request.header("Authorization", &format!("Bearer {}", self.access));
        }
        let answer = request.send(self.server).await?;
        for (name, value) in &answer.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(&value.clone());
            }
        }
        if let Some(access) = answer.json().ok().and_then(|body| Some(body["access"].as_str()?.to_owned())) {
            self.access = access;
        }
        Ok(answer)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, Error> {
        self.ask("GET", path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Result<Answer, Error> {
        self.ask("POST", path, Some(body)).await
    }

    pub(crate) async fn press(&mut self, path: &str) -> Result<Answer, Error> {
        self.ask("POST", path, None).await
    }

    pub(crate) async fn register(&mut self, login: &str) -> Result<Answer, Error> {
        self.post("/account/register", json!({ "login": login, "password": PASSWORD })).await
    }

    pub(crate) async fn sign_in(&mut self, login: &str, password: &str) -> Result<Answer, Error> {
        self.post("/session/sign-in", json!({ "login": login, "password": password })).await
    }

    /// Gives the seed and the recovery codes.
    pub(crate) async fn switch_second_factor_on(&mut self) -> Result<(String, Vec<String>), Error> {
        let seed = self.press("/account/second-factor/start").await?.json()?;
        let seed = seed["secret"].as_str().ok_or("no seed")?.to_owned();
        // The step before, so that this one's code is left to sign in with.
        let first = code_of(&seed, now_s()? - 30)?;
        let on = self.post("/account/second-factor/finish", json!({ "code": first })).await?.json()?;
        Ok((seed, serde_json::from_value(on["recovery_codes"].clone())?))
    }
}

pub(crate) fn kind(answer: &Answer) -> String {
    answer.json().ok().and_then(|body| Some(body["type"].as_str()?.to_owned())).unwrap_or_default()
}

async fn open(directory: &Path) -> Running {
    start_with(ServeOptions { registration: Some(Registration::Open), ..options(directory) }).await
}

/// Changes the database behind the server's back, as the passing of time would.
pub(crate) async fn age(directory: &Path, statement: &'static str) -> Outcome {
    let file = directory.join("wardlight.sqlite");
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
    sqlx::raw_sql(statement).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

pub(crate) fn code_of(seed: &str, at_s: u64) -> Result<String, Error> {
    let secret = Secret::try_from_base32(seed).map_err(|_| "no seed")?;
    let app = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_secret(secret);
    Ok(app.build_noncompliant().generate(at_s).to_string())
}

#[expect(clippy::disallowed_methods, reason = "an authenticator app has a clock of its own")]
pub(crate) fn now_s() -> Result<u64, Error> {
    Ok(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())
}

#[tokio::test]
async fn a_guest_becomes_an_account_and_keeps_their_seat() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut ada = Browser::of(&party.players_in[0]);
    let old = ada.access.clone();
    assert_eq!(ada.register("Ada.L").await?.status, 200);
    let about = ada.get("/account").await?.json()?;
    assert_eq!((about["login"].as_str(), about["second_factor"].as_bool()), (Some("ada.l"), Some(false)));
    let stale = Request::new("GET", "/api/v1/tables").header("Authorization", &format!("Bearer {old}"));
    assert_eq!(stale.send(ada.server).await?.status, 401, "a new session, and the guest's is over");
    // From another device, without any link.
    let mut elsewhere = Browser::new(ada.server);
    assert_eq!(elsewhere.sign_in(" ADA.l ", PASSWORD).await?.status, 200);
    let tables = elsewhere.get("/tables").await?.json()?;
    assert_eq!(tables["tables"][0]["role"], "player");
    assert_eq!(tables["tables"][0]["table"], party.players_in[0].table);
    assert_eq!(kind(&ada.register("ada2").await?), "/problems/bad-request", "has one");
    Ok(())
}

#[tokio::test]
async fn a_guest_who_signs_in_brings_their_seats_along() -> Outcome {
    let party = Party::gather(&["Ada", "Bo"]).await?;
    let mut ada = Browser::of(&party.players_in[0]);
    ada.register("ada").await?;
    let roles = async |browser: &mut Browser| -> Result<Vec<String>, Error> {
        let tables = browser.get("/tables").await?.json()?["tables"].clone();
        let tables = tables.as_array().ok_or("no list")?.iter();
        let mut roles: Vec<_> = tables.filter_map(|table| Some(table["role"].as_str()?.to_owned())).collect();
        roles.sort();
        Ok(roles)
    };
    let mut elsewhere = Browser::of(&master_elsewhere(&party).await?);
    assert_eq!(elsewhere.sign_in("ada", PASSWORD).await?.status, 200);
    assert_eq!(roles(&mut elsewhere).await?, ["gm", "player"]);
    // Where she sits already she needs no second seat, and an account's seats are not another's.
    let mut bo = Browser::of(&party.players_in[1]);
    bo.register("bob").await?;
    assert_eq!(bo.sign_in("ada", PASSWORD).await?.status, 200);
    assert_eq!(roles(&mut bo).await?, ["gm", "player"]);
    assert_eq!(bo.sign_in("bob", PASSWORD).await?.status, 200);
    assert_eq!(roles(&mut bo).await?, ["player"]);
    Ok(())
}

#[tokio::test]
async fn who_may_make_an_account_is_a_setting() -> Outcome {
    let party = Party::gather(&[]).await?;
    let mut stranger = Browser::new(party.server.address);
    let refused = stranger.register("stranger").await?;
    assert_eq!((refused.status, kind(&refused).as_str()), (403, "/problems/no-registration"));
    let mut knocker = Browser::of(&party.server.knock("Wim").await);
    assert_eq!(kind(&knocker.register("wim").await?), "/problems/no-registration", "nobody let them in");
    let directory = tempfile::tempdir()?;
    let closed = ServeOptions { registration: Some(Registration::Closed), ..options(directory.path()) };
    let server = start_with(closed).await;
    let mut master = Browser::of(&server.master().await);
    assert_eq!(kind(&master.register("master").await?), "/problems/no-registration");
    server.stop().await;
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut first = Browser::new(server.address);
    assert_eq!(first.register("first").await?.status, 200);
    let taken = Browser::new(server.address).register("First").await?;
    assert_eq!((taken.status, kind(&taken).as_str()), (409, "/problems/taken"));
    for (login, password) in
        [("x", PASSWORD), ("second", "short"), ("second", "password1"), ("second", "second12")]
    {
        let body = json!({ "login": login, "password": password });
        let refused = Browser::new(server.address).post("/account/register", body).await?;
        let detail = refused.json()?["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            refused.status == 400 && (detail.starts_with("login:") || detail.starts_with("password:")),
            "{detail}"
        );
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn unknown_wrong_and_locked_are_told_alike() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut owners = [Browser::new(server.address), Browser::new(server.address)];
    for (owner, login) in owners.iter_mut().zip(["ada", "bob"]) {
        assert_eq!(owner.register(login).await?.status, 200);
    }
    age(directory.path(), "update logins set locked_at_ms = 1 where login = 'bob'").await?;
    let mut told = Vec::new();
    for (login, password) in [("nobody", PASSWORD), ("ada", "another password"), ("bob", PASSWORD)] {
        let mut answer = Browser::new(server.address).sign_in(login, password).await?;
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        told.push((answer.status, answer.headers, answer.body));
    }
    assert_eq!(told[0].0, 401);
    assert!(told[0] == told[1] && told[1] == told[2], "{told:?}");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn guessing_is_slowed_down_alike_for_all_logins_and_not_for_a_known_browser() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    for login in ["nobody", "ada"] {
        for _ in 0..6 {
            assert_eq!(Browser::new(server.address).sign_in(login, "another password").await?.status, 401);
        }
        // A wait of which more than a second is left, however slow this machine is.
        let mut wait_s = 0;
        for _ in 0..200 {
            let answer = Browser::new(server.address).sign_in(login, "another password").await?;
            wait_s = answer.header("retry-after").map_or(Ok(0), str::parse)?;
            assert_eq!(answer.status, if wait_s > 0 { 429 } else { 401 });
            if wait_s > 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(wait_s > 1, "{login} is never slowed down");
    }
    let right = Browser::new(server.address).sign_in("ada", PASSWORD).await?;
    assert_eq!(right.status, 429, "from elsewhere even the right password has to wait");
    assert_eq!(ada.sign_in("ada", PASSWORD).await?.status, 200, "her own browser does not");
    ada.cookies.remove("__Host-wardlight-device");
    assert_eq!(ada.sign_in("ada", PASSWORD).await?.status, 429);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_password_and_each_code_works_once() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    let seed = ada.press("/account/second-factor/start").await?.json()?;
    let seed = seed["secret"].as_str().ok_or("no seed")?.to_owned();
    let wrong = ada.post("/account/second-factor/finish", json!({ "code": "000000" })).await?;
    assert_eq!(wrong.status, 400);
    // The step before, so that this one's code is left to sign in with.
    let first = code_of(&seed, now_s()? - 30)?;
    let on = ada.post("/account/second-factor/finish", json!({ "code": first })).await?.json()?;
    let codes: Vec<String> = serde_json::from_value(on["recovery_codes"].clone())?;
    assert_eq!(codes.len(), 10);
    let mut phone = Browser::new(server.address);
    assert_eq!(kind(&phone.sign_in("ada", "another password").await?), "/problems/wrong-password");
    assert_eq!(kind(&phone.sign_in("ada", PASSWORD).await?), "/problems/second-factor");
    let with = |code: &str| json!({ "login": "ada", "password": PASSWORD, "code": code });
    assert_eq!(
        phone.post("/session/sign-in", with(&first)).await?.status,
        401,
        "spent when it was switched on"
    );
    let code = code_of(&seed, now_s()?)?;
    assert_eq!(phone.post("/session/sign-in", with(&code)).await?.status, 200);
    let again = Browser::new(server.address).post("/session/sign-in", with(&code)).await?;
    assert_eq!(kind(&again), "/problems/second-factor", "each step once");
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(Browser::new(server.address).post("/session/sign-in", with(&typed)).await?.status, 200);
    assert_eq!(Browser::new(server.address).post("/session/sign-in", with(&typed)).await?.status, 401);
    assert_eq!(phone.get("/account").await?.json()?["recovery_codes_left"], 9);
    // Wrong codes count as failed attempts, although the password is right.
    let mut seen = Vec::new();
    while !seen.contains(&429) && seen.len() < 20 {
        seen.push(Browser::new(server.address).post("/session/sign-in", with("123456")).await?.status);
    }
    assert!(seen.contains(&429), "{seen:?}");
    let change = json!({ "current": PASSWORD, "new": PASSWORD });
    assert_eq!(phone.post("/account/password", change).await?.status, 200);
    let sessions = phone.get("/sessions").await?.json()?;
    assert_eq!(sessions["sessions"][0]["methods"], json!(["pwd", "otp", "mfa"]), "as it was begun");
    assert_eq!(phone.press("/account/second-factor/remove").await?.status, 204);
    assert_eq!(phone.sign_in("ada", PASSWORD).await?.status, 200);
    let file = std::fs::read(directory.path().join("wardlight.sqlite"))?;
    assert!(!file.windows(seed.len()).any(|window| window == seed.as_bytes()));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let (mut here, mut there) = (Browser::new(server.address), Browser::new(server.address));
    here.register("ada").await?;
    there.sign_in("ada", PASSWORD).await?;
    let change = |current: &str| json!({ "current": current, "new": "lantern quarry mosaic" });
    let wrong = here.post("/account/password", change("another password")).await?;
    assert!(
        wrong.status == 400
            && wrong.json()?["detail"].as_str().is_some_and(|detail| detail.starts_with("current:"))
    );
    assert_eq!(there.get("/account").await?.status, 200);
    assert_eq!(here.post("/account/password", change(PASSWORD)).await?.status, 200);
    assert_eq!((here.get("/account").await?.status, there.get("/account").await?.status), (200, 401));
    assert_eq!(there.press("/session/refresh").await?.status, 401);
    assert_eq!(there.sign_in("ada", PASSWORD).await?.status, 401);
    assert_eq!(there.sign_in("ada", "lantern quarry mosaic").await?.status, 200);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn sessions_are_listed_and_end_one_by_one_or_all_but_this() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut browsers: Vec<_> = (0..4).map(|_| Browser::new(server.address)).collect();
    browsers[0].register("ada").await?;
    for browser in &mut browsers[1..] {
        browser.sign_in("ada", PASSWORD).await?;
    }
    let mut stranger = Browser::new(server.address);
    stranger.register("bob").await?;
    let listed = browsers[1].get("/sessions").await?.json()?;
    let sessions = listed["sessions"].as_array().ok_or("no list")?.clone();
    assert_eq!(sessions.len(), 4);
    assert_eq!(sessions.iter().filter(|session| session["is_this"] == true).count(), 1);
    let this = sessions.iter().find(|session| session["is_this"] == true).ok_or("not this")?;
    let end = format!("/sessions/{}/end", this["session"].as_str().unwrap_or_default());
    assert_eq!(stranger.press(&end).await?.status, 404, "somebody else's");
    assert_eq!(browsers[0].press(&end).await?.status, 204);
    assert_eq!(
        (browsers[1].get("/account").await?.status, browsers[2].get("/account").await?.status),
        (401, 200)
    );
    assert_eq!(browsers[0].press("/sessions/end-others").await?.status, 204);
    let mut left = Vec::new();
    for browser in &mut browsers {
        left.push(browser.get("/account").await?.status);
    }
    assert_eq!(left, [200, 401, 401, 401]);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_undone_asks_who_one_is_again() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut ada = Browser::of(&party.players_in[0]);
    ada.register("ada").await?;
    age(party.directory.path(), "update session_families set created_at_ms = created_at_ms - 301000").await?;
    assert_eq!(ada.press("/session/refresh").await?.status, 200);
    let paths =
        ["/account/delete", "/account/export", "/account/second-factor/start", "/account/passkeys/start"];
    for path in paths {
        assert_eq!(kind(&ada.press(path).await?), "/problems/confirm-first", "{path}");
    }
    // The password alone is no proof where more may be asked for.
    let change = json!({ "current": PASSWORD, "new": "lantern quarry mosaic" });
    assert_eq!(kind(&ada.post("/account/password", change).await?), "/problems/confirm-first");
    // A link to a table proves nothing about an account.
    let body = json!({ "code": party.server.invite(), "name": "Ada" });
    assert_eq!(ada.post("/join", body).await?.status, 200);
    assert_eq!(kind(&ada.press("/account/export").await?), "/problems/confirm-first");
    assert_eq!(ada.sign_in("ada", PASSWORD).await?.status, 200);
    let export = ada.press("/account/export").await?.json()?;
    assert_eq!(
        (export["account"]["login"].as_str(), export["tables"][0]["role"].as_str()),
        (Some("ada"), Some("player"))
    );
    assert!(!export.to_string().contains("argon2"));
    let gone = ada.press("/account/delete").await?;
    assert_eq!((gone.status, gone.header("clear-site-data").is_some()), (204, true));
    assert_eq!(ada.get("/account").await?.status, 401);
    assert_eq!(Browser::new(ada.server).sign_in("ada", PASSWORD).await?.status, 401);
    Ok(())
}

/// Routes whose requests to somebody who signed in a while ago are answered by asking who they are.
#[tokio::test]
async fn what_asks_for_a_proof_of_the_last_minutes_is_written_down() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut ada = Browser::of(&party.players_in[0]);
    ada.register("ada").await?;
    age(party.directory.path(), "update session_families set created_at_ms = created_at_ms - 301000").await?;
    ada.press("/session/refresh").await?;
    let (mut text, mut others) =
        (String::from("# Routes that ask for a proof of the last five minutes.\n"), 0);
    for route in routes(&party.server).await?.into_iter().filter(Route::takes_bearer) {
        let path = route.filled(&things(&party.master_in.table, Some(&party.players[0])));
        let request = Request::new(route.method, &path).header("Origin", &ada.origin);
        let request = request.header("Authorization", &format!("Bearer {}", ada.access));
        if kind(&request.send(ada.server).await?) == "/problems/confirm-first" {
            text.push_str(&format!("{}\n", route.name()));
        } else {
            others += 1;
        }
    }
    assert!(others > 8, "{others}");
    golden("step_up.txt", &text)
}

#[tokio::test]
async fn a_socket_stands_and_falls_with_the_session_that_renewed_it() -> Outcome {
    let party = Party::gather(&["Ada", "Bo"]).await?;
    let mut first = Browser::of(&party.players_in[0]);
    first.register("ada").await?;
    let mut second = Browser::new(first.server);
    assert_eq!(second.sign_in("ada", PASSWORD).await?.status, 200);
    let ada = SignIn { access: first.access.clone(), ..party.players_in[0].clone() };
    let (mut renewed, mut stolen) = (ada.sit_down().await?, ada.sit_down().await?);
    renewed.send(&ClientFrame::Renew { access: second.access.clone() }).await?;
    stolen.send(&ClientFrame::Renew { access: party.players_in[1].access.clone() }).await?;
    assert_eq!(stolen.until_bye().await?, ByeReason::SignedOut, "it goes on for nobody else");
    assert_eq!(first.press("/session/end").await?.status, 204);
    let say = |line: &str| Command::Say { line: line.to_owned(), speak_as: None };
    // A socket of the session that ended is closed by then.
    let mut late = ada.connect().await?;
    assert_eq!(late.until_bye().await?, ByeReason::SignedOut);
    renewed.must(say("still here")).await?;
    let since = tokio::time::Instant::now();
    assert_eq!(second.press("/session/end").await?.status, 204);
    assert_eq!(renewed.until_bye().await?, ByeReason::SignedOut);
    assert!(since.elapsed() < std::time::Duration::from_secs(1), "{:?}", since.elapsed());
    Ok(())
}

#[tokio::test]
async fn sessions_last_by_what_the_account_can_do() -> Outcome {
    let party = Party::gather(&["Ada", "Gus"]).await?;
    let (mut master, mut ada) = (Browser::of(&party.master_in), Browser::of(&party.players_in[0]));
    let mut guest = Browser::of(&party.players_in[1]);
    master.register("master").await?;
    ada.register("ada").await?;
    age(party.directory.path(), "update session_families set last_used_ms = last_used_ms - 2 * 86400000")
        .await?;
    let refreshed = [
        master.press("/session/refresh").await?.status,
        ada.press("/session/refresh").await?.status,
        guest.press("/session/refresh").await?.status,
    ];
    assert_eq!(refreshed, [401, 200, 200], "two days unused");
    age(party.directory.path(), "update session_families set last_used_ms = last_used_ms - 15 * 86400000")
        .await?;
    assert_eq!(
        (ada.press("/session/refresh").await?.status, guest.press("/session/refresh").await?.status),
        (401, 200)
    );
    Ok(())
}

#[tokio::test]
async fn a_hash_of_before_is_stored_anew_at_sign_in_and_a_pepper_is_used() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    let cheaper = identity::HashCost { memory_kib: 19_456, passes: 2 };
    let first = ServeOptions {
        registration: Some(Registration::Open),
        password_cost: Some(cheaper),
        ..options(directory.path())
    };
    let server = start_with(first).await;
    Browser::new(server.address).register("ada").await?;
    server.stop().await;
    let pepper = directory.path().join("pepper");
    std::fs::write(&pepper, "3 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")?;
    std::fs::set_permissions(&pepper, std::fs::Permissions::from_mode(0o600))?;
    let stored = async || -> Result<String, Error> {
        let store = store::Store::open(&store::StoreConfig::at(directory.path())).await?;
        let login = store.login("ada").await?.ok_or("no account")?;
        store.close().await;
        login.password.ok_or_else(|| "no password".into())
    };
    assert!(stored().await?.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let peppered = ServeOptions { pepper_file: Some(pepper), ..options(directory.path()) };
    let server = start_with(peppered).await;
    for _ in 0..2 {
        assert_eq!(Browser::new(server.address).sign_in("ada", PASSWORD).await?.status, 200);
    }
    server.stop().await;
    assert!(stored().await?.starts_with("3$argon2id$v=19$m=47104,t=1,p=1$"));
    // Without the pepper nobody comes in, and it is no refusal.
    let server = start(directory.path()).await;
    assert_eq!(Browser::new(server.address).sign_in("ada", PASSWORD).await?.status, 503);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_password_that_came_out_in_a_breach_cannot_be_chosen() -> Outcome {
    let directory = tempfile::tempdir()?;
    let list = directory.path().join("breached.txt");
    // With its SHA-1, between two others.
    let (leaked, hash) = ("kettle walnut gondola", "3793AB448A4D0BA19390EF82DCF839AB7272FFA7");
    std::fs::write(&list, format!("{}:3\r\n{hash}:17\r\n{}:1\r\n", "0".repeat(40), "F".repeat(40)))?;
    let with_list = ServeOptions {
        registration: Some(Registration::Open),
        breached_passwords: Some(list.clone()),
        ..options(directory.path())
    };
    let server = start_with(with_list.clone()).await;
    let mut ada = Browser::new(server.address);
    let refused = ada.post("/account/register", json!({ "login": "ada", "password": leaked })).await?;
    assert_eq!(refused.status, 400);
    let detail = refused.json()?["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.starts_with("password: ") && detail.contains("breach"), "{detail}");
    ada.register("ada").await?;
    // What cannot be looked up is not taken.
    std::fs::write(&list, "")?;
    let change = json!({ "current": PASSWORD, "new": "anchovy tugboat violin" });
    assert_eq!(ada.post("/account/password", change).await?.status, 503);
    server.stop().await;
    let refused = server::serve::Server::build(&Config::load(with_list)?).await.err().ok_or("it starts")?;
    let why = std::error::Error::source(&refused).ok_or("no reason")?.to_string();
    assert!(why.contains("no list of breached passwords"), "{why}");
    Ok(())
}
