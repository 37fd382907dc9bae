//! What lies in the data directory is its owner's alone, whatever the umask.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use load::Error;

/// The real program under a umask that takes nothing away.
fn wardlight(arguments: &str, data: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = format!("umask 000; exec \"$0\" {arguments} --data \"$1\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_wardlight")]).arg(data).stderr(Stdio::null());
    command
}

/// Entries below a directory, with their modes.
fn entries(directory: &Path, found: &mut Vec<(String, bool, u32)>) -> Result<(), Error> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        let mode = metadata.permissions().mode() & 0o7777;
        found.push((path.display().to_string(), metadata.is_dir(), mode));
        if metadata.is_dir() {
            entries(&path, found)?;
        }
    }
    Ok(())
}

fn check(directory: &Path, names: &[&str]) -> Result<(), Error> {
    let mut found = Vec::new();
    entries(directory, &mut found)?;
    for (path, is_directory, mode) in &found {
        assert_eq!(*mode, if *is_directory { 0o700 } else { 0o600 }, "{path} has {mode:o}");
    }
    for name in names {
        assert!(found.iter().any(|(path, ..)| path.contains(name)), "there is a {name}");
    }
    assert_eq!(std::fs::metadata(directory)?.permissions().mode() & 0o777, 0o700);
    Ok(())
}

#[test]
fn data_and_backups_are_their_owners_alone() -> Result<(), Error> {
    let home = tempfile::tempdir()?;
    let (data, copy) = (home.path().join("data"), home.path().join("copy"));
    let free = "127.0.0.1:0";
    let serve = format!("serve --listen {free} --ops-listen {free} --tls self-signed --tls-listen {free}");
    let mut server = wardlight(&serve, &data).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
    let started = lines.map_while(Result::ok).any(|line| line.contains("Stop with Ctrl-C"));
    assert!(started, "the server starts");
    let backup = wardlight(&format!("backup create --to '{}'", copy.display()), &data).output()?;
    server.kill()?;
    server.wait()?;
    assert!(backup.status.success());
    check(
        &data,
        &["wardlight.sqlite-wal", "access.key.pem", "local.key.pem", "/blobs/", "/tiles/", "/lock"],
    )?;
    check(&copy, &["wardlight.sqlite", "access.key.pem", "/blobs/"])
}
