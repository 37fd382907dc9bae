//! The real program, a process of its own, and directories of secrets as Kubernetes mounts them.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use load::Error;
use serde_json::Value;
use tokio::time::Instant;

/// A `wardlight serve`, ended when it is dropped.
pub(crate) struct Program {
    process: Child,
    pub(crate) server: SocketAddr,
    /// The code that opens the table as its game master; the first start tells it.
    pub(crate) master: Option<String>,
    /// The code with which players come.
    pub(crate) invite: Option<String>,
    log: PathBuf,
}

impl Program {
    /// Starts it on a port; its first lines tell the codes.
    pub(crate) fn start(data: &Path, port: u16, options: &[String]) -> Result<Self, Error> {
        let log = data.with_extension("log");
        let mut process = Command::new(env!("CARGO_BIN_EXE_wardlight"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--ops-listen", "127.0.0.1:0"])
            .args(["--log-format", "json", "--data"])
            .arg(data)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut told = process.stdout.take().map(BufReader::new).ok_or("it has no output")?;
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let mut program = Self { process, server, master: None, invite: None, log };
        let mut line = String::new();
        // One that does not start ends, and with it what it tells.
        while told.read_line(&mut line)? > 0 {
            let code = line.split_once("/join#").map(|(_, code)| code.trim().to_owned());
            if line.contains("works once") {
                program.master = code;
            } else if line.contains("  Players") && program.invite.is_none() {
                program.invite = code;
            } else if line.contains("Stop with Ctrl-C") {
                // Whatever it still tells has somewhere to go.
                std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
                return Ok(program);
            }
            line.clear();
        }
        Err(format!("the server did not start: {}", std::fs::read_to_string(&program.log)?).into())
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until somebody else has ended it.
    pub(crate) fn wait(&mut self) -> Result<(), Error> {
        self.process.wait()?;
        Ok(())
    }

    /// Ends it at once, without a word.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()?;
        self.wait()
    }

    /// How often the log says something of one kind of secrets.
    pub(crate) fn count(&self, message: &str, what: &str) -> Result<usize, Error> {
        let is_it = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            line["fields"]["message"] == message && line["fields"]["what"] == what
        };
        Ok(std::fs::read_to_string(&self.log)?.lines().filter(|line| is_it(line)).count())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16, Error> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// What is mounted: the files of a secret by their names.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A mounted secret: its files are links through `..data`, a link to the directory that holds them, so that all are replaced
/// at once. Whoever reads them cannot write there, unless they are root.
pub(crate) struct Mount {
    directory: PathBuf,
    files: Files,
    count: u32,
}

impl Mount {
    pub(crate) fn new(directory: &Path, files: Files) -> Result<Self, Error> {
        std::fs::create_dir_all(directory)?;
        let mut mount = Self { directory: directory.to_path_buf(), files: Files::new(), count: 0 };
        mount.replace(files)?;
        Ok(mount)
    }

    /// Replaces all files, step by step as a kubelet does: links of new names are made after the change, and those of old
    /// names and the old files go last. Tells when they changed.
    pub(crate) fn replace(&mut self, files: Files) -> Result<Instant, Error> {
        let before = self.fresh();
        self.count += 1;
        allow(&self.directory, 0o700)?;
        let fresh = self.fresh();
        std::fs::create_dir(&fresh)?;
        for (name, bytes) in &files {
            let path = fresh.join(name);
            std::fs::write(&path, bytes)?;
            allow(&path, 0o400)?;
        }
        allow(&fresh, 0o500)?;
        symlink(fresh.file_name().unwrap_or_default(), self.directory.join("..data_tmp"))?;
        std::fs::rename(self.directory.join("..data_tmp"), self.directory.join("..data"))?;
        let changed = Instant::now();
        for name in files.keys().filter(|name| !self.files.contains_key(*name)) {
            symlink(Path::new("..data").join(name), self.directory.join(name))?;
        }
        for name in self.files.keys().filter(|name| !files.contains_key(*name)) {
            std::fs::remove_file(self.directory.join(name))?;
        }
        if self.count > 1 {
            allow(&before, 0o700)?;
            std::fs::remove_dir_all(&before)?;
        }
        allow(&self.directory, 0o500)?;
        self.files = files;
        Ok(changed)
    }

    /// Fails if anybody wrote into it.
    pub(crate) fn is_untouched(&self) -> Result<(), Error> {
        let fresh = self.fresh();
        let mut expected: Vec<_> = self.files.keys().map(|name| self.directory.join(name)).collect();
        expected.extend([self.directory.join("..data"), fresh.clone()]);
        expected.sort();
        assert_eq!(listed(&self.directory)?, expected);
        let expected: Vec<_> = self.files.keys().map(|name| fresh.join(name)).collect();
        assert_eq!(listed(&fresh)?, expected);
        for (name, bytes) in &self.files {
            assert!(std::fs::read(fresh.join(name))? == *bytes, "{name} was changed");
        }
        Ok(())
    }

    /// The directory of the files that are mounted.
    fn fresh(&self) -> PathBuf {
        self.directory.join(format!("..2026_{}", self.count))
    }
}

impl Drop for Mount {
    /// So that whoever made the directory around it can remove it.
    fn drop(&mut self) {
        drop(allow(&self.directory, 0o700));
        drop(allow(&self.fresh(), 0o700));
    }
}

fn allow(path: &Path, mode: u32) -> Result<(), Error> {
    Ok(std::fs::set_permissions(path, Permissions::from_mode(mode))?)
}

fn listed(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}
