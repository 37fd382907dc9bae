//! Pictures that people bring are decoded in a process of their own, which can read no file, reach no network, take only so
//! much memory and time, and is killed when it does not end: a decoder is a large body of other people's code that reads
//! hostile bytes.
//!
//! The process is this program again (`wardlight decode-picture`). A task goes in as a line of JSON and the file, what came
//! of it goes out the same way.

pub(crate) mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use imaging::{Format, Picture};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::limits::{DECODE_TIMEOUT, DECODED_BYTES_MAX};

/// What is done with a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Encoded anew, as large as it is.
    Clean,
    /// Encoded anew as a square of at most so many pixels.
    Fit(u32),
}

/// What came of it, before the bytes of the picture.
#[derive(Serialize, Deserialize)]
enum Outcome {
    Made { format: Kind, width_px: u32, height_px: u32 },
    Refused(String),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Kind {
    Png,
    Jpeg,
    WebP,
}

/// A picture was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// For whoever sent the picture.
    #[error("{0}")]
    Refused(String),
    #[error("the picture takes more time to read than it is given")]
    TooSlow,
    #[error("the picture takes more memory to read than it is given, or meets a defect of its decoder")]
    Died(Option<ExitStatus>),
    #[error("the decoder could not be started")]
    Start(#[source] io::Error),
}

/// Starts the processes.
pub(crate) struct Decoder {
    program: PathBuf,
    patience: Duration,
}

impl Decoder {
    /// Runs this very program, or another that a test names.
    pub(crate) fn new(named: Option<&'static str>) -> io::Result<Self> {
        // Whatever lies under its path meanwhile, this is the program that runs.
        let own = Path::new("/proc/self/exe");
        let program = match named {
            Some(named) => PathBuf::from(named),
            None if own.exists() => own.to_path_buf(),
            None => std::env::current_exe()?,
        };
        Ok(Self { program, patience: DECODE_TIMEOUT })
    }

    /// Decodes a picture and encodes it again.
    pub(crate) async fn run(&self, task: Task, file: Bytes) -> Result<Picture, DecodeError> {
        let mut child = Command::new(&self.program)
            .arg("decode-picture")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(DecodeError::Start)?;
        let told = timeout(self.patience, exchange(&mut child, task, file)).await;
        let Ok(told) = told else {
            // Waited for, so that nothing is left of it.
            drop(child.kill().await);
            return Err(DecodeError::TooSlow);
        };
        // It has said all that it has to say; one that does not end then is ended.
        drop(child.start_kill());
        let status = child.wait().await.ok();
        told.and_then(|told| understood(&told)).unwrap_or(Err(DecodeError::Died(status)))
    }
}

/// Gives the task, and takes what is said until the end or the limit.
async fn exchange(child: &mut Child, task: Task, file: Bytes) -> Option<Vec<u8>> {
    let (mut stdin, stdout) = (child.stdin.take()?, child.stdout.take()?);
    let line = format!("{}\n", serde_json::to_string(&task).unwrap_or_default());
    let give = async {
        // One that refuses early does not listen to the end.
        let given = async {
            stdin.write_all(line.as_bytes()).await?;
            stdin.write_all(&file).await?;
            stdin.shutdown().await
        };
        drop::<io::Result<()>>(given.await);
        drop(stdin);
    };
    let take = async {
        let mut told = Vec::new();
        stdout.take(DECODED_BYTES_MAX).read_to_end(&mut told).await.ok().map(|_| told)
    };
    tokio::join!(give, take).1
}

/// The line and the bytes behind it; `None` if they make no sense.
fn understood(told: &[u8]) -> Option<Result<Picture, DecodeError>> {
    let end = told.iter().position(|byte| *byte == b'\n')?;
    let (line, bytes) = (told.get(..end)?, told.get(end + 1..)?);
    match serde_json::from_slice(line).ok()? {
        Outcome::Refused(why) => Some(Err(DecodeError::Refused(why))),
        Outcome::Made { format, width_px, height_px } => {
            let format = match format {
                Kind::Png => Format::Png,
                Kind::Jpeg => Format::Jpeg,
                Kind::WebP => Format::WebP,
            };
            let bytes = bytes.to_vec();
            (imaging::sniff(&bytes) == Some(format)).then_some(Ok(Picture {
                bytes,
                format,
                width_px,
                height_px,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoder that is a script.
    ///
    /// Another process writes the file that is run: a process that any test forks inherits what this one has open, and a
    /// file that is open for writing anywhere cannot be run ("text file busy").
    fn scripted(directory: &Path, script: &str, patience_ms: u64) -> Decoder {
        let (text, program) = (directory.join("text"), directory.join("decoder"));
        std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
        let made = std::process::Command::new("install").args(["-m", "755"]).args([&text, &program]).status();
        assert!(made.unwrap().success());
        Decoder { program, patience: Duration::from_millis(patience_ms) }
    }

    async fn run(decoder: &Decoder) -> DecodeError {
        decoder.run(Task::Clean, Bytes::from_static(&[0; 200_000])).await.unwrap_err()
    }

    #[tokio::test]
    async fn one_that_does_not_end_is_killed_and_nothing_is_left_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let pid = directory.path().join("pid");
        let decoder =
            scripted(directory.path(), &format!("echo $$ > {}; exec sleep 1000", pid.display()), 2_000);
        let error = run(&decoder).await;
        assert!(matches!(error, DecodeError::TooSlow), "{error:?}");
        let pid = std::fs::read_to_string(pid).unwrap();
        assert!(!Path::new("/proc").join(pid.trim()).exists(), "it is still there");
    }

    #[tokio::test]
    async fn one_that_dies_or_babbles_costs_one_answer() {
        let directory = tempfile::tempdir().unwrap();
        for script in [
            "exit 3",
            "kill -SEGV $$",
            "echo hello",
            "echo '{\"Made\":{\"format\":\"Png\",\"width_px\":1,\"height_px\":1}}'",
            "yes | head -c 1000",
        ] {
            let decoder = scripted(directory.path(), script, 20_000);
            let error = run(&decoder).await;
            assert!(matches!(error, DecodeError::Died(Some(_))), "{script}: {error:?}");
        }
        let missing = Decoder { program: directory.path().join("none"), patience: Duration::from_secs(1) };
        assert!(matches!(run(&missing).await, DecodeError::Start(_)));
    }
}
