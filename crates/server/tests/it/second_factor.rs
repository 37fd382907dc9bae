//! A server on which a password alone is not enough: what is left of an account until it has a second factor.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use load::Error;
use load::http::Request;
use load::player::{SignIn, code_of as link_code};
use protocol::ByeReason;
use serde_json::json;
use server::accounts::{Registration, SecondFactor};
use server::config::ServeOptions;

use crate::accounts::{Browser, PASSWORD, code_of, kind, now_s};
use crate::api::{routes, things};
use crate::authenticator::Authenticator;
use crate::harness::{Running, options, start_with};
use crate::passkeys::{add, asked, challenged, finish};

type Outcome = Result<(), Error>;

async fn open(directory: &Path, second_factor: SecondFactor) -> Running {
    let registration = Some(Registration::Open);
    start_with(ServeOptions { registration, second_factor: Some(second_factor), ..options(directory) }).await
}

/// A page under a name: browsers keep no passkeys for numbers.
fn page(server: &Running) -> Browser {
    Browser::at(server.address, &format!("http://localhost:{}", server.address.port()))
}

/// The game master of the sample table, who has made an account of the guest that they were.
async fn master_with_account(server: &Running) -> Result<(SignIn, Browser), Error> {
    let link = server.links.game_master.first().ok_or("no link")?;
    let mut guest = SignIn::join(server.address, link_code(link), None).await?;
    let mut browser = Browser::of(&guest);
    assert_eq!(browser.get("/tables").await?.status, 200, "a guest has nothing to prove more with");
    assert_eq!(browser.register("master").await?.status, 200);
    guest.access.clone_from(&browser.access);
    Ok((guest, browser))
}

/// The routes for people that refuse this token for want of a second factor.
async fn closed(
    server: &Running,
    access: &str,
    table: &str,
) -> Result<(BTreeSet<String>, BTreeSet<String>), Error> {
    let (mut closed, mut open) = (BTreeSet::new(), BTreeSet::new());
    for route in routes(server).await?.into_iter().filter(|route| route.takes_bearer()) {
        let request = Request::new(route.method, &route.filled(&things(table, None)));
        let answer =
            request.header("Authorization", &format!("Bearer {access}")).send(server.address).await?;
        let refused = kind(&answer) == "/problems/factor-needed";
        if refused { &mut closed } else { &mut open }.insert(route.name());
    }
    Ok((closed, open))
}

/// How a socket with this token ends, if it does.
async fn ends(signed_in: &SignIn) -> Result<ByeReason, Error> {
    signed_in.connect().await?.until_bye().await
}

async fn add_passkey(browser: &mut Browser, id: u8) -> Result<Authenticator, Error> {
    let mut device = Authenticator::new(id)?;
    let (challenge, claim) = challenged(browser, &mut device).await?;
    assert_eq!(add(browser, &challenge, device.registers(&claim)).await?.status, 204);
    Ok(device)
}

async fn refreshed(browser: &mut Browser) -> Outcome {
    assert_eq!(browser.press("/session/refresh").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn by_a_password_alone_a_second_factor_is_added_and_nothing_else_done() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), SecondFactor::Required).await;
    let (mut master, mut browser) = master_with_account(&server).await?;
    let (shut, left) = closed(&server, &browser.access, &master.table).await?;
    let adding = [
        "GET /api/v1/account",
        "POST /api/v1/account/passkeys/finish",
        "POST /api/v1/account/passkeys/start",
    ];
    let adding = adding
        .into_iter()
        .chain(["POST /api/v1/account/second-factor/finish", "POST /api/v1/account/second-factor/start"]);
    assert_eq!(left, adding.map(str::to_owned).collect());
    assert!(shut.len() > 15, "{shut:?}");
    assert_eq!(ends(&master).await?, ByeReason::SignedOut);
    assert_eq!(browser.get("/account").await?.json()?["needs_factor"], true);

    browser.switch_second_factor_on().await?;
    assert_eq!(
        kind(&browser.get("/tables").await?),
        "/problems/factor-needed",
        "a token says how it was got"
    );
    refreshed(&mut browser).await?;
    let about = browser.get("/account").await?.json()?;
    assert_eq!((&about["needs_factor"], &about["second_factor"]), (&json!(false), &json!(true)));
    assert_eq!(browser.get("/tables").await?.status, 200);
    let sessions = browser.get("/sessions").await?.json()?;
    assert_eq!(sessions["sessions"][0]["methods"], json!(["pwd", "otp", "mfa"]));
    master.access.clone_from(&browser.access);
    master.sit_down().await?;
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn where_it_is_not_asked_for_a_password_alone_opens_everything() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), SecondFactor::Optional).await;
    let (master, mut browser) = master_with_account(&server).await?;
    master.sit_down().await?;
    assert_eq!(browser.get("/account").await?.json()?["needs_factor"], false);
    let (shut, _) = closed(&server, &browser.access, &master.table).await?;
    assert_eq!(shut, BTreeSet::new());
    server.stop().await;
    Ok(())
}

/// Signs in by a password, and says what came of it.
async fn by_password(server: SocketAddr, code: Option<&str>) -> Result<(u16, String), Error> {
    let body = json!({ "login": "ada", "password": PASSWORD, "code": code });
    let answer = Browser::new(server).post("/session/sign-in", body).await?;
    Ok((answer.status, kind(&answer)))
}

#[tokio::test]
async fn whoever_learnt_a_password_adds_nothing_beside_the_factor_that_is_there() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), SecondFactor::Required).await;
    let (mut ada, mut thief) = (page(&server), page(&server));
    assert_eq!(ada.register("ada").await?.status, 200);
    assert_eq!(thief.sign_in("ada", PASSWORD).await?.status, 200, "nothing is there yet");
    let (challenge, claim) = challenged(&mut thief, &mut Authenticator::new(9)?).await?;
    let mut device = add_passkey(&mut ada, 1).await?;
    for path in ["/account/second-factor/start", "/account/passkeys/start"] {
        assert_eq!(kind(&thief.press(path).await?), "/problems/factor-needed", "{path}");
    }
    let late = add(&mut thief, &challenge, Authenticator::new(9)?.registers(&claim)).await?;
    assert_eq!(kind(&late), "/problems/factor-needed", "begun before it was there");
    refreshed(&mut thief).await?;
    assert_eq!(
        kind(&thief.get("/tables").await?),
        "/problems/factor-needed",
        "the owner's factor is not theirs"
    );
    assert_eq!(by_password(server.address, None).await?, (401, "/problems/passkey-needed".to_owned()));
    let wrong = Browser::new(server.address).sign_in("ada", "another password").await?;
    assert_eq!(kind(&wrong), "/problems/wrong-password", "told after the right password only");

    let mut phone = page(&server);
    let (challenge, claim) = asked(&mut phone, &mut device).await?;
    assert_eq!(finish(&mut phone, &challenge, device.signs(&claim, &device.key)?).await?.status, 200);
    assert_eq!(phone.get("/tables").await?.status, 200);
    let (seed, _) = phone.switch_second_factor_on().await?;
    assert_eq!(by_password(server.address, None).await?, (401, "/problems/second-factor".to_owned()));
    let code = code_of(&seed, now_s()?)?;
    assert_eq!(by_password(server.address, Some(&code)).await?.0, 200);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_last_second_factor_stays_where_it_is_asked_for() -> Outcome {
    for (rule, last) in [(SecondFactor::Required, 400), (SecondFactor::Optional, 204)] {
        let directory = tempfile::tempdir()?;
        let server = open(directory.path(), rule).await;
        let mut ada = page(&server);
        assert_eq!(ada.register("ada").await?.status, 200);
        let device = add_passkey(&mut ada, 1).await?;
        refreshed(&mut ada).await?;
        let other = add_passkey(&mut ada, 2).await?;
        ada.switch_second_factor_on().await?;
        let remove = |device: &Authenticator| format!("/account/passkeys/{}/remove", device.name());
        assert_eq!(ada.press("/account/second-factor/remove").await?.status, 204, "two passkeys are left");
        assert_eq!(ada.press(&remove(&device)).await?.status, 204, "one is left");
        assert_eq!(ada.press(&remove(&other)).await?.status, last, "{rule:?}");
        if rule == SecondFactor::Required {
            ada.switch_second_factor_on().await?;
            assert_eq!(ada.press(&remove(&other)).await?.status, 204, "the app is left");
            assert_eq!(ada.press("/account/second-factor/remove").await?.status, last);
        }
        server.stop().await;
    }
    Ok(())
}
