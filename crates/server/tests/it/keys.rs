//! Signing keys that change while people play: nobody notices, but for those who hold what a leaked key signed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use load::Error;
use load::http::Request;
use load::player::SignIn;
use serde_json::Value;

use crate::harness::{refresh, start};

type Outcome = Result<(), Error>;

/// The real program's answer.
pub(crate) fn keys(arguments: &[&str], data: &Path) -> Result<Value, Error> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
    let output =
        command.arg("keys").args(arguments).args(["--format", "json", "--data"]).arg(data).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The id of the key in a state.
pub(crate) fn in_state(list: &Value, state: &str) -> Option<String> {
    let keys = list["keys"].as_array()?;
    keys.iter().find(|key| key["state"] == state)?["kid"].as_str().map(str::to_owned)
}

/// A token's header, which names its key.
fn header(token: &str) -> String {
    token.split('.').next().unwrap_or_default().to_owned()
}

/// Renews a session, and uses it.
async fn renew(signed_in: &mut SignIn) -> Outcome {
    refresh(signed_in).await?;
    let answer = signed_in.request("GET", "/api/v1/tables").send(signed_in.server).await?;
    if answer.status != 200 {
        return Err(format!("tables: {}", answer.status).into());
    }
    Ok(())
}

/// Waits until new tokens are signed by another key than `before`'s.
async fn until_another_signs(signed_in: &mut SignIn, before: &str) -> Outcome {
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        // A token of the old key is not used: it may be refused by now.
        refresh(signed_in).await?;
        if header(&signed_in.access) != before {
            return renew(signed_in).await;
        }
    }
    Err("fifteen seconds later the old key still signs".into())
}

#[test]
fn keys_are_made_before_the_first_start_and_those_that_exist_stay() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let list = keys(&["create"], &data)?;
    assert_eq!(list["keys"].as_array().map(Vec::len), Some(1));
    let read = || -> Result<Vec<_>, Error> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(data.join("keys"))? {
            let path = entry?.path();
            files.push((path.clone(), std::fs::read(path)?));
        }
        files.sort();
        Ok(files)
    };
    let made = read()?;
    let names: Vec<_> = made.iter().filter_map(|(path, _)| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["access.key.pem", "audit.key", "device.key", "invite.key", "refresh.key", "seal.key"]);
    assert_eq!(keys(&["create"], &data)?, list);
    assert_eq!(read()?, made);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_under_load_and_nobody_is_refused() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut people = Vec::new();
    for name in ["Ada", "Bo", "Cy", "Di"] {
        let mut person = server.knock(name).await;
        let (stop, rounds) = (Arc::clone(&stop), Arc::clone(&rounds));
        people.push(tokio::spawn(async move {
            let mut seen = BTreeSet::new();
            while !stop.load(Ordering::Relaxed) {
                // What failed is told as text: errors do not leave a task.
                renew(&mut person).await.map_err(|error| error.to_string())?;
                seen.insert(header(&person.access));
                rounds.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, String>(seen)
        }));
    }
    let mut master = server.master().await;
    for algorithm in ["eddsa", "ps256"] {
        let before = header(&master.access);
        keys(&["rotate", "--now", "--algorithm", algorithm], directory.path())?;
        until_another_signs(&mut master, &before).await?;
    }
    stop.store(true, Ordering::Relaxed);
    for person in people {
        let seen = person.await?.map_err(Error::from)?;
        assert!(seen.len() >= 2, "{seen:?}");
    }
    assert!(rounds.load(Ordering::Relaxed) > 40, "{rounds:?} rounds are no load");
    let jwks = Request::new("GET", "/.well-known/jwks.json").send(server.address).await?.json()?;
    assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(3));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_a_revoked_key_signed_is_refused_and_its_owner_comes_back_by_themselves() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let mut ada = server.knock("Ada").await;
    let stolen = ada.clone();
    let list = keys(&["list"], directory.path())?;
    let leaked = in_state(&list, "active").ok_or("no key signs")?;
    assert!(keys(&["revoke", "other"], directory.path()).is_err());
    let list = keys(&["revoke", &leaked], directory.path())?;
    assert_ne!(in_state(&list, "active"), Some(leaked));
    until_another_signs(&mut ada, &header(&stolen.access)).await?;
    assert_eq!(stolen.request("GET", "/api/v1/tables").send(server.address).await?.status, 401);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_key_that_cannot_be_used_leaves_the_old_ones_in_force() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let mut ada = server.knock("Ada").await;
    let before = header(&ada.access);
    let list = directory.path().join("keys/access.keys.json");
    std::fs::write(&list, "[{}]")?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    renew(&mut ada).await?;
    assert_eq!(header(&ada.access), before);
    // Mended, it is read.
    std::fs::remove_file(&list)?;
    keys(&["rotate", "--now", "--algorithm", "eddsa"], directory.path())?;
    until_another_signs(&mut ada, &before).await?;
    server.stop().await;
    Ok(())
}
