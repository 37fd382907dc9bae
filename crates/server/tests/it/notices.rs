//! What the owner of an account is told of attempts to sign in to it, by whom they were made, and who learns nothing of it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use load::Error;
use serde_json::{Value, json};
use server::accounts::Registration;
use server::config::ServeOptions;
use server::testing::Testing;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::accounts::{Browser, PASSWORD, age, code_of, kind, now_s};
use crate::harness::{Running, options, start_with};

type Outcome = Result<(), Error>;

/// What is waited for comes within.
const PATIENCE: Duration = Duration::from_secs(10);

async fn open(directory: &Path) -> Running {
    start_with(ServeOptions { registration: Some(Registration::Open), ..options(directory) }).await
}

/// What the page of the account tells, the last first.
async fn told(owner: &mut Browser) -> Result<Vec<String>, Error> {
    let about = owner.get("/account").await?.json()?;
    let notices = about["notices"].as_array().ok_or("no list")?;
    assert!(
        notices.iter().all(|notice| notice["at_ms"].is_u64() && notice["device"].is_string()),
        "{notices:?}"
    );
    Ok(notices.iter().filter_map(|notice| Some(notice["what"].as_str()?.to_owned())).collect())
}

fn attempt(code: Option<&str>) -> Value {
    json!({ "login": "ada", "password": PASSWORD, "code": code })
}

#[tokio::test]
async fn a_browser_that_was_not_here_before_is_told_of_and_one_that_was_is_not() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    let mut bo = Browser::new(server.address);
    bo.register("bob").await?;
    ada.sign_in("ada", PASSWORD).await?;
    assert_eq!(told(&mut ada).await?, [""; 0]);
    let mut elsewhere = Browser::new(server.address);
    for _ in 0..2 {
        assert_eq!(elsewhere.sign_in("ada", PASSWORD).await?.status, 200);
    }
    assert_eq!(told(&mut ada).await?, ["new_device"], "the second time it was known");
    assert_eq!(told(&mut bo).await?, [""; 0], "it is nobody else's affair");
    let exported = ada.press("/account/export").await?.json()?;
    assert_eq!(exported["account"]["notices"][0]["what"], "new_device");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_right_password_without_the_right_code_is_told_of() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    let (seed, _) = ada.switch_second_factor_on().await?;
    let answer = ada.post("/session/sign-in", attempt(None)).await?;
    assert_eq!(kind(&answer), "/problems/second-factor");
    assert_eq!(told(&mut ada).await?, [""; 0], "that is how a known browser asks for a code");
    let mut thief = Browser::new(server.address);
    assert_eq!(kind(&thief.post("/session/sign-in", attempt(None)).await?), "/problems/second-factor");
    assert_eq!(told(&mut ada).await?, ["password_alone"]);
    assert_eq!(
        kind(&thief.post("/session/sign-in", attempt(Some("000000"))).await?),
        "/problems/second-factor"
    );
    assert_eq!(told(&mut ada).await?, ["wrong_code", "password_alone"]);
    let wrong = json!({ "login": "ada", "password": "another password", "code": "000000" });
    assert_eq!(kind(&thief.post("/session/sign-in", wrong).await?), "/problems/wrong-password");
    assert_eq!(told(&mut ada).await?.len(), 2, "a wrong password alone is not worth a word");
    let code = code_of(&seed, now_s()?)?;
    assert_eq!(thief.post("/session/sign-in", attempt(Some(&code))).await?.status, 200);
    assert_eq!(told(&mut ada).await?, ["new_device", "wrong_code"], "the code followed the password");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn many_attempts_are_told_of_once_and_whoever_made_them_learns_nothing() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path()).await;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    let mut stranger = Browser::new(server.address);
    let mut answers = Vec::new();
    for (login, count) in [("ada", 5), ("nobody", 5), ("ada", 1), ("nobody", 1)] {
        if (login, count) == ("ada", 1) {
            assert_eq!(told(&mut ada).await?, [""; 0], "five are free");
        }
        for _ in 0..count {
            let answer = stranger.sign_in(login, "not the password").await?;
            answers.push((answer.status, answer.body));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "one answer, whether somebody was told or not");
    let soon = async {
        loop {
            let notices = told(&mut ada).await?;
            if !notices.is_empty() {
                return Ok::<_, Error>(notices);
            }
        }
    };
    assert_eq!(timeout(PATIENCE, soon).await??, ["many_failures"]);
    assert_eq!(stranger.sign_in("ada", "not the password").await?.status, 429);
    assert_eq!(told(&mut ada).await?, ["many_failures"]);
    server.stop().await;
    Ok(())
}

/// Takes letters as a mail server on this machine does, and tells their subjects and to whom they go.
async fn take_letters(listener: TcpListener, letters: mpsc::UnboundedSender<(String, String)>) -> Outcome {
    loop {
        let (stream, _) = listener.accept().await?;
        take_letter(stream, &letters).await?;
    }
}

async fn take_letter(stream: TcpStream, letters: &mpsc::UnboundedSender<(String, String)>) -> Outcome {
    let mut stream = BufReader::new(stream);
    let (mut line, mut to, mut subject, mut is_in_letter) =
        (String::new(), String::new(), String::new(), false);
    stream.write_all(b"220 here\r\n").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let said = line.trim_end();
        if is_in_letter {
            if let Some(words) = said.strip_prefix("Subject: ") {
                words.clone_into(&mut subject);
            }
            if said != "." {
                continue;
            }
            letters.send((to.clone(), subject.clone()))?;
        }
        if let Some(address) = said.strip_prefix("RCPT TO:") {
            address.clone_into(&mut to);
        }
        is_in_letter = said == "DATA";
        let answer = if is_in_letter { &b"354 go on\r\n"[..] } else { b"250 good\r\n" };
        stream.write_all(answer).await?;
    }
}

/// A server that sends mail, and the letters that it sends: to whom and about what.
async fn open_with_mail(
    given: ServeOptions,
) -> Result<(Running, mpsc::UnboundedReceiver<(String, String)>), Error> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let smtp = format!("smtp://127.0.0.1:{}", listener.local_addr()?.port());
    let (sent, letters) = mpsc::unbounded_channel();
    // It ends with the test.
    tokio::spawn(take_letters(listener, sent));
    let server = start_with(ServeOptions {
        registration: Some(Registration::Open),
        smtp: Some(smtp),
        mail_from: Some("table@table.example".to_owned()),
        ..given
    });
    Ok((server.await, letters))
}

#[tokio::test]
async fn letters_of_attempts_go_to_the_address_that_was_proven_and_are_few() -> Outcome {
    let directory = tempfile::tempdir()?;
    let (server, mut letters) = open_with_mail(options(directory.path())).await?;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    Browser::new(server.address).sign_in("ada", PASSWORD).await?;
    age(directory.path(), "update logins set mail = 'ada@table.example'").await?;
    for _ in 0..6 {
        assert_eq!(Browser::new(server.address).sign_in("ada", PASSWORD).await?.status, 200);
    }
    // The last letter is one that she asked for: the others spent none of hers.
    assert_eq!(ada.post("/account/password/forgotten", json!({ "who": "ada" })).await?.status, 204);
    let mut subjects = Vec::new();
    while subjects.last().is_none_or(|last| last != "Choose a new password") {
        let (to, subject) = timeout(PATIENCE, letters.recv()).await?.ok_or("no letter")?;
        assert_eq!(to, "<ada@table.example>");
        subjects.push(subject);
    }
    let new = "You signed in on another device";
    assert_eq!(subjects, [new, new, new, "Choose a new password"]);
    assert_eq!(told(&mut ada).await?.len(), 7, "the page tells of each");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_letter_of_a_password_alone_waits_for_its_code() -> Outcome {
    let directory = tempfile::tempdir()?;
    let mut given = options(directory.path());
    given.testing = Testing { code_wait: Some(Duration::from_secs(4)), ..given.testing };
    let (server, mut letters) = open_with_mail(given).await?;
    let mut ada = Browser::new(server.address);
    ada.register("ada").await?;
    let (seed, _) = ada.switch_second_factor_on().await?;
    age(directory.path(), "update logins set mail = 'ada@table.example'").await?;
    let mut elsewhere = Browser::new(server.address);
    elsewhere.post("/session/sign-in", attempt(None)).await?;
    let code = code_of(&seed, now_s()?)?;
    assert_eq!(elsewhere.post("/session/sign-in", attempt(Some(&code))).await?.status, 200);
    let mut subject = async || -> Result<String, Error> {
        Ok(timeout(2 * PATIENCE, letters.recv()).await?.ok_or("no letter")?.1)
    };
    assert_eq!(subject().await?, "You signed in on another device");
    // Another minute, so that the device of before did not complete this one.
    age(directory.path(), "update sign_in_notices set at_ms = at_ms - 3600000").await?;
    Browser::new(server.address).post("/session/sign-in", attempt(None)).await?;
    assert_eq!(subject().await?, "Somebody knows your password", "and none of the first");
    assert!(letters.try_recv().is_err());
    server.stop().await;
    Ok(())
}
