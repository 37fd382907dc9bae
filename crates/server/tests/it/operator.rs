//! Whoever runs the server invites, resets, locks and deletes by the command line, beside the running server.

use std::path::Path;
use std::time::Duration;

use load::Error;
use protocol::{ByeReason, ClientFrame, Command};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::accounts::{Browser, PASSWORD};
use crate::harness::{Party, start};

type Outcome = Result<(), Error>;

fn wardlight(data: &Path, arguments: &[&str]) -> Result<Value, Error> {
    told(data, &[&["accounts"], arguments].concat())
}

fn told(data: &Path, arguments: &[&str]) -> Result<Value, Error> {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wardlight"));
    command.args(arguments).arg("--format").arg("json").arg("--data").arg(data);
    let done = command.current_dir(data).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}

fn code(data: &Path, arguments: &[&str]) -> Result<String, Error> {
    let told = wardlight(data, arguments)?;
    let link = told["links"][0].as_str().ok_or("no link")?;
    Ok(link.split_once('#').ok_or("no code")?.1.to_owned())
}

#[tokio::test]
async fn an_account_is_invited_reset_locked_and_deleted_while_the_server_runs() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path();
    let server = start(data).await;
    let mut ada = Browser::new(server.address);
    let invited = code(data, &["invite"])?;
    let register = |login: &str| json!({ "login": login, "password": PASSWORD, "code": invited });
    assert_eq!(ada.post("/account/register", register("ada")).await?.status, 200);
    let again = Browser::new(server.address).post("/account/register", register("bob")).await?;
    assert_eq!(again.status, 404, "a link works once");

    let reset = code(data, &["reset", "Ada"])?;
    let choose = |password: &str| json!({ "code": reset, "password": password });
    let mut phone = Browser::new(server.address);
    assert_eq!(phone.post("/account/password/reset", choose("password1")).await?.status, 400);
    assert_eq!(phone.post("/account/password/reset", choose("lantern quarry mosaic")).await?.status, 204);
    assert_eq!(phone.post("/account/password/reset", choose("lantern quarry mosaic")).await?.status, 404);
    assert_eq!(ada.get("/account").await?.status, 401, "signed out everywhere");
    assert_eq!(phone.sign_in("ada", PASSWORD).await?.status, 401);
    assert_eq!(phone.sign_in("ada", "lantern quarry mosaic").await?.status, 200);

    assert_eq!(wardlight(data, &["lock", "ada"])?["sessions_ended"], 1);
    let since = Instant::now();
    while phone.get("/account").await?.status != 401 {
        assert!(since.elapsed() < Duration::from_secs(5), "a locked account is still signed in");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(phone.sign_in("ada", "lantern quarry mosaic").await?.status, 401);
    assert_eq!(wardlight(data, &["list"])?["accounts"][0]["locked"], true);
    wardlight(data, &["unlock", "ada"])?;
    assert_eq!(phone.sign_in("ada", "lantern quarry mosaic").await?.status, 200);

    assert!(wardlight(data, &["delete", "ada"]).is_err(), "only with --yes");
    wardlight(data, &["delete", "ada", "--yes"])?;
    assert_eq!(wardlight(data, &["list"])?["accounts"], json!([]));
    assert_eq!(phone.sign_in("ada", "lantern quarry mosaic").await?.status, 401);
    let unknown = wardlight(data, &["reset", "ada"]).err().ok_or("it was reset")?.to_string();
    assert!(unknown.contains("there is no account ada"), "{unknown}");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_reset_leaves_the_second_factor_on_unless_it_is_told_to() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path();
    let server = start(data).await;
    let mut ada = Browser::new(server.address);
    let code_to_register = code(data, &["invite"])?;
    ada.post("/account/register", json!({ "login": "ada", "password": PASSWORD, "code": code_to_register }))
        .await?;
    ada.switch_second_factor_on().await?;
    for (arguments, expected) in
        [(&["reset", "ada"][..], 401), (&["reset", "ada", "--without-second-factor"], 200)]
    {
        let reset = code(data, arguments)?;
        let body = json!({ "code": reset, "password": "lantern quarry mosaic" });
        assert_eq!(ada.post("/account/password/reset", body).await?.status, 204);
        let answer = Browser::new(server.address).sign_in("ada", "lantern quarry mosaic").await?;
        assert_eq!(answer.status, expected, "{arguments:?}");
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_table_is_deleted_and_brought_back_while_the_server_runs() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let (data, table) = (party.directory.path().to_owned(), party.master_in.table.clone());
    let listed = told(&data, &["tables", "list"])?;
    assert_eq!(listed["tables"][0]["table"], table);
    assert_eq!(listed["tables"][0]["deleted_at_ms"], Value::Null);
    assert!(told(&data, &["tables", "restore", &table]).is_err(), "it is there");
    told(&data, &["tables", "delete", &table])?;
    let again = told(&data, &["tables", "delete", &table]).err().ok_or("it was deleted twice")?.to_string();
    assert!(again.contains("wardlight tables list"), "{again}");
    // Who has it awake learns of it with the next command.
    let late = Command::AddScene { name: "Late".to_owned(), size_cells: [20, 20] };
    party.master.send(&ClientFrame::Command { id: "late".to_owned(), command: late }).await?;
    for gone in [&mut party.master, &mut party.players[0]] {
        assert_eq!(gone.until_bye().await?, ByeReason::NoTable);
    }
    assert!(party.players_in[0].sit_down().await.is_err());
    assert!(told(&data, &["tables", "list"])?["tables"][0]["deleted_at_ms"].is_u64());
    told(&data, &["tables", "restore", &table])?;
    let mut back = party.players_in[0].sit_down().await?;
    back.until(|view| view.me.is_some()).await?;
    let trail = told(&data, &["audit", "verify"])?;
    assert!(trail.is_object(), "{trail}");
    party.server.stop().await;
    Ok(())
}
