//! The inside of the process that decodes one picture and ends.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use imaging::{Format, ImagingError, Limits, Picture};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Kind, Outcome, Task};
use crate::limits::MAP_BYTES_MAX;

/// What it may take of the machine: memory in bytes, processor time in seconds, open files besides the two pipes, and no
/// file that grows, no image of its memory.
const LIMITS: [(Resource, u64); 5] = [
    (Resource::As, 2 * 1024 * 1024 * 1024),
    (Resource::Cpu, 30),
    (Resource::Nofile, 16),
    (Resource::Fsize, 0),
    (Resource::Core, 0),
];
/// Added to its niceness.
const NICENESS: i32 = 10;

/// Reads a task and a file, writes what came of them.
pub(crate) fn main() -> ExitCode {
    confine();
    let outcome = work(&mut io::stdin().lock(), &mut io::stdout().lock());
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives up everything that decoding does not need, before a byte is read. What this machine does not know is left as it is:
/// the other limits hold.
fn confine() {
    for (resource, most) in LIMITS {
        let _set = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_ok();
    }
    let _lowered = rustix::process::nice(NICENESS).is_ok();
    #[cfg(target_os = "linux")]
    drop(forbid_files_and_network());
}

/// No file can be opened, no socket connected, from here on (Landlock).
#[cfg(target_os = "linux")]
fn forbid_files_and_network() -> Result<landlock::RulesetStatus, landlock::RulesetError> {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, Scope};
    let abi = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset)
}

fn work(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    input.take(1024).read_line(&mut line)?;
    let task: Task = serde_json::from_str(&line)?;
    let mut file = Vec::new();
    input.take(MAP_BYTES_MAX as u64).read_to_end(&mut file)?;
    let (outcome, bytes) = match made(task, &file) {
        Ok(Picture { bytes, format, width_px, height_px }) => {
            let format = match format {
                Format::Png => Kind::Png,
                Format::Jpeg => Kind::Jpeg,
                Format::WebP => Kind::WebP,
            };
            (Outcome::Made { format, width_px, height_px }, bytes)
        }
        Err(error) => (Outcome::Refused(error.to_string()), Vec::new()),
    };
    writeln!(output, "{}", serde_json::to_string(&outcome)?)?;
    output.write_all(&bytes)?;
    output.flush()
}

fn made(task: Task, file: &[u8]) -> Result<Picture, ImagingError> {
    let picture = imaging::clean(file, &Limits::default())?;
    match task {
        Task::Clean => Ok(picture),
        Task::Fit(side_px) => imaging::fit(&picture, side_px),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_refused_in_words() {
        let mut told = Vec::new();
        work(&mut &b"\"Clean\"\nhello"[..], &mut told).unwrap();
        assert_eq!(
            String::from_utf8(told).unwrap(),
            "{\"Refused\":\"this is not a PNG, JPEG or WebP picture\"}\n"
        );
        assert!(work(&mut &b"nonsense\n"[..], &mut Vec::new()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_file_is_opened_and_nothing_connected_to_once_that_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let try_both = move || {
            let file = std::fs::File::open("/proc/self/cmdline").is_ok();
            (file, std::net::TcpStream::connect(address).is_ok())
        };
        assert_eq!(try_both(), (true, true));
        // It holds for the thread that asks for it.
        let confined = std::thread::spawn(move || {
            let status = forbid_files_and_network();
            (status.unwrap(), try_both())
        });
        let (status, tried) = confined.join().unwrap();
        // A kernel without Landlock forbids nothing; the container and the other limits do.
        let expected =
            if status == landlock::RulesetStatus::NotEnforced { (true, true) } else { (false, false) };
        assert_eq!(tried, expected, "{status:?}");
    }
}
