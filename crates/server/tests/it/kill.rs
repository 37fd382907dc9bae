//! `kill -9` while people move, talk and roll: what was acknowledged is there after the restart, in order, once.

use std::process::Command as Process;
use std::time::Duration;

use load::Error;
use load::player::SignIn;
use protocol::{Command, Part};
use store::testing::PostgresServer;

use crate::databases::mounted;
use crate::program::{Program, free_port};

/// Rounds in CI; `KILLS=100` for the long run.
const KILLS: u32 = 4;

/// The numbers said so far, each with its roll's result, in the order of the log.
fn said(view: &load::view::ClientView) -> Vec<(u32, String)> {
    let number = |parts: &[Part]| {
        parts.iter().find_map(|part| match part {
            Part::Text { spans } => spans.first()?.text.trim().parse().ok(),
            Part::Roll { .. } | Part::Concealed => None,
        })
    };
    let roll = |parts: &[Part]| {
        parts.iter().find_map(|part| match part {
            Part::Roll { roll } => Some(roll.total.clone()),
            Part::Text { .. } | Part::Concealed => None,
        })
    };
    view.messages
        .iter()
        .filter_map(|message| Some((number(&message.parts)?, roll(&message.parts)?)))
        .collect()
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_kill_nine() -> Result<(), Error> {
    lose_nothing(&[]).await
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_kill_nine_with_a_database_server() -> Result<(), Error> {
    let directory = tempfile::tempdir()?;
    let (url, secrets) = mounted(PostgresServer::shared(), directory.path())?;
    let secrets = secrets.display();
    lose_nothing(&[
        format!("--database={url}"),
        format!("--database-credentials={secrets}"),
        format!("--database-tls={secrets}"),
    ])
    .await
}

async fn lose_nothing(database: &[String]) -> Result<(), Error> {
    let kills = std::env::var_os("KILLS").and_then(|kills| kills.to_str()?.parse().ok()).unwrap_or(KILLS);
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let port = free_port()?;
    // One who says as much as a table can store.
    let hurried = ["--rate-factor=50", "--frames-per-second=1000000"].map(str::to_owned);
    let options = [&hurried, database].concat();
    let mut killed = Program::start(&data, port, &options)?;
    let code = killed.master.clone().ok_or("the first start prints a link")?;
    let master = SignIn::join(killed.server, &code, None).await?;
    let mut acknowledged: Vec<(u32, String)> = Vec::new();
    let mut number = 0;
    for round in 0..kills {
        let mut player = master.sit_down().await?;
        let end = tokio::time::Instant::now() + Duration::from_millis(150 + u64::from(round % 7) * 60);
        let process = killed.id();
        let killer = tokio::spawn(async move {
            tokio::time::sleep_until(end).await;
            Process::new("kill").args(["-9", &process.to_string()]).status()
        });
        // Several are under way when the process dies; the answered ones count.
        loop {
            number += 1;
            let line = format!("{number} [[1d1000000]]");
            let Ok(ack) = player.ask(Command::Say { line, speak_as: None }).await else { break };
            assert!(ack.refused.is_none(), "{ack:?}");
            let last = said(&player.view).last().cloned().ok_or("what was acknowledged is shown")?;
            acknowledged.push(last);
        }
        killer.await??;
        killed.wait()?;
        killed = Program::start(&data, port, &options)?;
        let fresh = master.sit_down().await?;
        let stored = said(&fresh.view);
        // Only the newest messages are in a fresh view; each acknowledged one among them is there once, in order.
        let oldest = stored.first().map_or(0, |(number, _)| *number);
        let expected: Vec<_> = acknowledged.iter().filter(|(number, _)| *number >= oldest).cloned().collect();
        let kept: Vec<_> = stored.iter().filter(|said| expected.contains(said)).cloned().collect();
        assert_eq!(kept, expected, "round {round}");
        assert!(stored.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, once");
        // One unanswered command may have been stored too; it counts from now on.
        acknowledged = stored;
    }
    assert!(number > kills, "commands were answered between the kills");
    Ok(())
}
