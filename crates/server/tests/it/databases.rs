//! A database server behind the program: its secrets are files, which are replaced while people play.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use load::Error;
use protocol::Command;
use server::config::ServeOptions;
use store::testing::PostgresServer;

use crate::harness::{options, start_with};
use crate::program::{Files, Mount};

type Outcome = Result<(), Error>;

/// The files that open a database to a role.
fn opening(server: &PostgresServer, role: &str) -> Result<Files, Error> {
    let files = [
        ("username", format!("{role}/username")),
        ("password", format!("{role}/password")),
        ("ca.crt", "ca.crt".to_owned()),
        ("tls.crt", "client/tls.crt".to_owned()),
        ("tls.key", "client/tls.key".to_owned()),
    ];
    files.into_iter().map(|(name, from)| Ok((name.to_owned(), server.read(&from)?))).collect()
}

/// A new database, and the directory of the secrets that open it.
pub(crate) fn mounted(server: &PostgresServer, directory: &Path) -> Result<(String, PathBuf), Error> {
    let database = server.database()?;
    let secrets = directory.join("secrets");
    Mount::new(&secrets, opening(server, "a")?)?;
    Ok((format!("postgres://localhost:{}/{}", database.port, database.database), secrets))
}

fn with_database(data: &Path, url: &str, secrets: &Path) -> ServeOptions {
    ServeOptions {
        database: Some(url.to_owned()),
        database_credentials: Some(secrets.to_path_buf()),
        database_tls: Some(secrets.to_path_buf()),
        ..options(data)
    }
}

fn say(line: &str) -> Command {
    Command::Say { line: line.to_owned(), speak_as: None }
}

#[tokio::test]
async fn a_table_is_played_on_a_database_server_and_is_there_after_a_restart() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let (url, secrets) = mounted(PostgresServer::shared(), directory.path())?;
    let server = start_with(with_database(&data, &url, &secrets)).await;
    let mut master_in = server.master().await;
    let mut master = master_in.sit_down().await?;
    master.must(say("1d20 is called fate [[1d20]]")).await?;
    let before = master.view.messages.len();
    server.stop().await;
    assert!(!data.join("wardlight.sqlite").exists());

    let server = start_with(with_database(&data, &url, &secrets)).await;
    master_in.server = server.address;
    let master = master_in.sit_down().await?;
    assert_eq!(master.view.messages.len(), before);
    server.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_databases_secrets_are_replaced_under_load_and_nothing_fails() -> Outcome {
    // Of its own: a role of it is shut out in the end.
    let postgres = PostgresServer::start()?;
    let directory = tempfile::tempdir()?;
    let secrets = directory.path().join("secrets");
    let mut mount = Mount::new(&secrets, opening(&postgres, "a")?)?;
    let database = postgres.database()?;
    let url = format!("postgres://localhost:{}/{}", database.port, database.database);
    let server = start_with(with_database(&directory.path().join("data"), &url, &secrets)).await;
    let stop = Arc::new(AtomicBool::new(false));
    let master_in = server.master().await;
    let mut master = master_in.sit_down().await?;
    let load = {
        let stop = Arc::clone(&stop);
        tokio::spawn(async move {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                // What failed is told as text: errors do not leave a task.
                master.must(say(&count.to_string())).await.map_err(|error| error.to_string())?;
                let tables = master_in.request("GET", "/api/v1/tables").send(master_in.server).await;
                let status = tables.map_err(|error| error.to_string())?.status;
                if status != 200 {
                    return Err(format!("tables: {status}"));
                }
                count += 1;
                // Within what one may say.
                tokio::time::sleep(Duration::from_millis(600)).await;
            }
            Ok::<_, String>(count)
        })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    mount.replace(opening(&postgres, "b")?)?;
    // The promise is fifteen seconds; then the old role is shut out and its connections are cut.
    let count =
        |role: &str| format!("(select count(*) from pg_stat_activity where usename = 'wardlight_{role}')");
    let mut is_new = false;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let check = format!("do $$ begin assert {} > 0; end $$", count("b"));
        is_new = postgres.say("postgres", &check).is_ok();
        if is_new {
            break;
        }
    }
    assert!(is_new, "fifteen seconds later the old role is still in use");
    tokio::time::sleep(Duration::from_secs(1)).await;
    postgres.say(
        "postgres",
        "alter role wardlight_a nologin; \
         select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wardlight_a'",
    )?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    let count = load.await?.map_err(|error| format!("while the secrets were replaced: {error}"))?;
    assert!(count > 3, "{count}");
    server.stop().await;
    Ok(())
}

/// The last line of a server that does not start.
fn failure(data: &Path, url: &str, secrets: &Path) -> Result<String, Error> {
    let output = Process::new(env!("CARGO_BIN_EXE_wardlight"))
        .args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .arg(format!("--database={url}"))
        .arg(format!("--database-credentials={}", secrets.display()))
        .arg(format!("--database-tls={}", secrets.display()))
        .output()?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8(output.stderr)?;
    let lines: Vec<_> = told.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1, "one line says what is wrong: {told}");
    Ok(told)
}

#[tokio::test]
async fn bad_secrets_stop_the_start_with_one_line() -> Outcome {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let (url, secrets) = mounted(PostgresServer::shared(), directory.path())?;
    let password = secrets.join("..data/password");
    let right = std::fs::read(&password)?;

    std::fs::set_permissions(&password, PermissionsExt::from_mode(0o644))?;
    let told = failure(&data, &url, &secrets)?;
    assert!(told.contains("password") && told.contains("others"), "{told}");
    std::fs::set_permissions(&password, PermissionsExt::from_mode(0o600))?;

    std::fs::write(&password, "guessed")?;
    let told = failure(&data, &url, &secrets)?;
    assert!(told.contains("password authentication failed"), "{told}");
    assert!(!told.contains("guessed"), "{told}");
    std::fs::write(&password, &right)?;

    std::fs::remove_file(secrets.join("..data/ca.crt"))?;
    let told = failure(&data, &url, &secrets)?;
    assert!(told.contains("ca.crt"), "{told}");
    std::fs::write(secrets.join("..data/ca.crt"), PostgresServer::shared().read("other-ca.crt")?)?;
    let told = failure(&data, &url, &secrets)?;
    assert!(told.contains("UnknownIssuer"), "{told}");

    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let nobody = format!("postgres://localhost:{}/w", listener.local_addr()?.port());
    drop(listener);
    let told = failure(&data, &nobody, &secrets)?;
    assert!(told.contains("refused"), "{told}");
    Ok(())
}
