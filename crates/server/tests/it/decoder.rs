//! The process that decodes pictures, as it runs: what it may take of the machine, and what becomes of one that takes more.

use std::io::{Cursor, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use load::Error;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

type Outcome = Result<(), Error>;

/// One that waits for its picture, with its limits on.
struct Waiting(Child);

impl Waiting {
    async fn begin() -> Result<Self, Error> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
        command.arg("decode-picture").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let waiting = Self(command.spawn()?);
        tokio::time::timeout(Duration::from_secs(10), async {
            // The last that it sets.
            while waiting.limits("Max core file size")? != ["0", "0"] {
                tokio::task::yield_now().await;
            }
            Ok::<_, Error>(())
        })
        .await??;
        Ok(waiting)
    }

    fn proc(&self, file: &str) -> Result<String, Error> {
        Ok(std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id()))?)
    }

    /// The most that it may have of something, and what it could raise that to.
    fn limits(&self, name: &str) -> Result<[String; 2], Error> {
        let limits = self.proc("limits")?;
        let row = limits.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such limit")?;
        let [soft, hard, ..] = row.split_whitespace().collect::<Vec<_>>()[..] else { return Err(row.into()) };
        Ok([soft.to_owned(), hard.to_owned()])
    }

    /// What it says of a picture before it ends, and whether it ended well.
    fn decode(mut self, picture: &[u8]) -> Result<(Vec<u8>, bool), Error> {
        let mut stdin = self.0.stdin.take().ok_or("no input")?;
        stdin.write_all(b"\"Clean\"\n")?;
        // One that dies early does not listen to the end.
        let _heard = stdin.write_all(picture).is_ok();
        drop(stdin);
        let mut told = Vec::new();
        self.0.stdout.take().ok_or("no output")?.read_to_end(&mut told)?;
        Ok((told, self.0.wait()?.success()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait()).is_ok();
    }
}

/// A picture of one colour: small as a file, 64 MiB as pixels.
fn broad() -> Result<Vec<u8>, Error> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbaImage::new(4_096, 4_096).write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[tokio::test]
async fn it_may_take_so_much_memory_time_and_files_and_no_more() -> Outcome {
    let waiting = Waiting::begin().await?;
    let expected =
        [("address space", "2147483648"), ("cpu time", "30"), ("open files", "16"), ("file size", "0")];
    for (name, most) in expected {
        assert_eq!(waiting.limits(&format!("Max {name}"))?, [most, most], "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn one_that_takes_more_memory_than_it_may_dies_and_says_nothing_of_the_picture() -> Outcome {
    let picture = broad()?;
    let (told, is_well) = Waiting::begin().await?.decode(&picture)?;
    assert!(is_well && told.starts_with(b"{\"Made\":"), "{}", String::from_utf8_lossy(&told[..60]));

    let tight = Waiting::begin().await?;
    let status = tight.proc("status")?;
    let held_kib: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))
        .and_then(|row| row.split_whitespace().next()?.parse().ok())
        .ok_or("no size")?;
    let most = Some((held_kib + 16 * 1024) * 1024);
    let pid = Pid::from_child(&tight.0);
    prlimit(Some(pid), Resource::As, Rlimit { current: most, maximum: most })?;
    let (told, is_well) = tight.decode(&picture)?;
    assert!(
        !is_well || told.starts_with(b"{\"Refused\":"),
        "{}",
        String::from_utf8_lossy(&told[..told.len().min(60)])
    );
    assert!(!told.starts_with(b"{\"Made\":"));
    Ok(())
}
