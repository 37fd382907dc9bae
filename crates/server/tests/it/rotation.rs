//! Every secret of a running server is replaced while people play, and nobody notices: its certificate and who vouches for
//! clients, the database's role with password and certificate, signing keys. Who does it wrongly is noticed at once.

mod crowd;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use load::Error;
use load::http::Request;
use load::player::SignIn;
use rcgen::ExtendedKeyUsagePurpose;
use rustls::client::Resumption;
use store::testing::PostgresServer;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use self::crowd::{Done, Edge, Mover, Tally, are_all, gather, kid, said, tables};
use crate::harness::refresh;
use crate::keys::{in_state, keys};
use crate::program::{Files, Mount, Program, free_port};
use crate::tls::{Authority, HOST, connector};

type Outcome = Result<(), Error>;

/// What is mounted is in force within.
const PROMISE: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_secret_is_replaced_while_people_play_and_nobody_notices() -> Outcome {
    let mut stage = Stage::set().await?;
    stage.until_busy().await?;
    one_after_another(&mut stage).await?;
    two_at_the_same_moment(&mut stage).await?;
    broken_ones_and_then_all_at_once(&mut stage).await?;
    a_key_that_leaked(&mut stage).await?;
    a_key_that_waits(&mut stage).await?;
    stage.until_busy().await?;
    for (what, failed) in [("tls", 1), ("database", 1), ("keys", 1), ("tls-client-ca", 0)] {
        assert_eq!(stage.program.count("secrets.reload_failed", what)?, failed, "{what}");
    }
    let shown = &stage.edge.shown;
    assert!(stage.certificates.len() == 4 && shown.are_in_order(&stage.certificates));
    assert!(stage.kids.len() == 4 && stage.tally.signed.are_in_order(&stage.kids));
    stage.keys.is_untouched()?;
    nothing_is_lost(stage).await
}

async fn one_after_another(stage: &mut Stage) -> Outcome {
    // For a while both authorities vouch for clients, so that the edge can take a certificate of the new one.
    let fresh = Authority::new("fresh")?;
    stage.clients = format!("{}{}", stage.clients, fresh.pem());
    let certificate = stage.certificate()?;
    let since = stage.tls.replace(certificate.files)?;
    stage.until_shown(certificate.name, since).await?;
    within("clients of the new authority", async || {
        Ok((stage.program.count("secrets.reloaded", "tls-client-ca")? > 0).then_some(()))
    })
    .await?;
    stage.edge.present(proven(&stage.servers, &fresh)?);
    stage.clients = fresh.pem();
    stage.has_failed_nowhere()?;

    let access = stage.access()?;
    let since = stage.mount_access(&access)?;
    stage.until_in_use(&access, since).await?;
    stage.until_shut_out(access.before).await?;
    stage.has_failed_nowhere()?;

    let key = stage.rotated("eddsa")?;
    let since = stage.keys.replace(key.files)?;
    stage.until_signs(key.name, since).await?;
    stage.has_failed_nowhere()
}

async fn two_at_the_same_moment(stage: &mut Stage) -> Outcome {
    let (certificate, access) = (stage.certificate()?, stage.access()?);
    let since = stage.tls.replace(certificate.files)?;
    stage.mount_access(&access)?;
    stage.until_shown(certificate.name, since).await?;
    stage.until_in_use(&access, since).await?;
    stage.until_shut_out(access.before).await?;
    stage.has_failed_nowhere()
}

async fn broken_ones_and_then_all_at_once(stage: &mut Stage) -> Outcome {
    let mut half = stage.certificate()?.files;
    let certificate = half.get_mut("tls.crt").ok_or("no certificate")?;
    certificate.truncate(certificate.len() / 2);
    let mut no_list = keys_in(&stage.source)?;
    no_list.insert("access.keys.json".to_owned(), b"[{".to_vec());
    let other = stage.access()?;
    let guessed = files([("username", other.role()), ("password", "guessed".to_owned())]);
    stage.tls.replace(half)?;
    stage.keys.replace(no_list)?;
    stage.credentials.replace(guessed)?;
    for what in ["tls", "keys", "database"] {
        within("the log says that it failed", async || {
            Ok((stage.program.count("secrets.reload_failed", what)? > 0).then_some(()))
        })
        .await?;
    }
    // All are looked at again as often, and nothing more is said of it, as the count in the end shows.
    within("the password is tried again", async || {
        let log = String::from_utf8(stage.postgres.read("log")?)?;
        Ok((log.matches("password authentication failed").count() >= 4).then_some(()))
    })
    .await?;
    stage.until_busy().await?;
    stage.has_failed_nowhere()?;

    let (certificate, key) = (stage.certificate()?, stage.rotated("ps256")?);
    let since = stage.tls.replace(certificate.files)?;
    stage.keys.replace(key.files)?;
    stage.mount_access(&other)?;
    stage.until_shown(certificate.name, since).await?;
    stage.until_signs(key.name, since).await?;
    stage.until_in_use(&other, since).await?;
    stage.until_shut_out(other.before).await?;
    stage.has_failed_nowhere()
}

async fn a_key_that_leaked(stage: &mut Stage) -> Outcome {
    let leaked = stage.kids.last().cloned().ok_or("no key signs")?;
    refresh(&mut stage.witness).await?;
    let stolen = stage.witness.clone();
    assert_eq!(kid(&stolen.access)?, leaked);
    assert_eq!(tables(&stolen).await?, 200);
    let list = keys(&["revoke", &leaked], &stage.source)?;
    stage.tally.revoked.lock().unwrap().insert(leaked);
    let since = stage.keys.replace(keys_in(&stage.source)?)?;
    within("what the key signed is refused", async || Ok((tables(&stolen).await? == 401).then_some(())))
        .await?;
    stage.took("refusal of a revoked key", since.elapsed());
    stage.until_signs(in_state(&list, "active").ok_or("no key signs")?, since).await?;
    refresh(&mut stage.witness).await?;
    assert_eq!(tables(&stage.witness).await?, 200);
    stage.has_failed_nowhere()
}

/// All others are rotated with `--now`, because a key that is published waits six minutes before it signs. This one waits.
async fn a_key_that_waits(stage: &mut Stage) -> Outcome {
    let list = keys(&["rotate"], &stage.source)?;
    let waiting = in_state(&list, "published").ok_or("no key waits")?;
    let since = stage.keys.replace(keys_in(&stage.source)?)?;
    within("the key is published", async || {
        let jwks = Request::new("GET", "/.well-known/jwks.json").send(stage.edge.address).await?.json()?;
        let is_there =
            jwks["keys"].as_array().is_some_and(|keys| keys.iter().any(|key| key["kid"] == *waiting));
        Ok(is_there.then_some(()))
    })
    .await?;
    stage.took("publication of a key", since.elapsed());
    refresh(&mut stage.witness).await?;
    assert_ne!(kid(&stage.witness.access)?, waiting);
    stage.has_failed_nowhere()
}

/// The server is killed and starts with the secrets as they are mounted: everybody is still signed in, and what was
/// acknowledged is there.
#[expect(clippy::print_stdout, reason = "figures for whoever asks to see them")]
async fn nothing_is_lost(mut stage: Stage) -> Outcome {
    let (movers, visitors) = stage.end().await?;
    stage.has_failed_nowhere()?;
    let done = stage.tally.done();
    assert!(done.moves > 400 && done.renewals > 80 && done.requests > 400, "{done:?} is no load");
    println!("{}", stage.told(&done));
    stage.program.kill()?;
    stage.program = Program::start(&stage.data, stage.program.server.port(), &stage.options)?;
    for (mover, mut visitor) in movers.iter().zip(visitors) {
        refresh(&mut visitor).await?;
        let mut player = visitor.sit_down().await?;
        player.until(|view| view.token(mover.name).is_some()).await?;
        assert_eq!(
            player.view.token(mover.name).map(|token| token.at),
            Some(mover.place()),
            "{}",
            mover.name
        );
        for other in &movers {
            let said = said(&player.view, other.name);
            assert!(are_all(&said, other.lines), "{} lines of {}: {said:?}", other.lines, other.name);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_done_wrongly_is_noticed() -> Outcome {
    let mut stage = Stage::set().await?;
    stage.until_busy().await?;
    stage.has_failed_nowhere()?;

    // The role is shut out before the change.
    stage.shut_out("a")?;
    stage.until_failed("Bo moves: ").await?;
    stage.until_failed("Bo visits: refresh: 5").await?;
    let access = stage.access()?;
    let since = stage.mount_access(&access)?;
    stage.until_in_use(&access, since).await?;
    stage.tally.failures.lock().unwrap().clear();

    // Keys are replaced by others instead of rotated.
    let others = stage.directory.path().join("others");
    keys(&["create"], &others)?;
    stage.keys.replace(keys_in(&others)?)?;
    stage.until_failed("Bo visits: tables: 401").await?;

    // The edge does not know who made the certificate.
    stage.servers = Authority::new("unknown")?;
    let certificate = stage.certificate()?;
    stage.tls.replace(certificate.files)?;
    stage.until_failed("UnknownIssuer").await
}

/// Waits for what is promised.
async fn within<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>, Error>) -> Result<T, Error> {
    let since = Instant::now();
    while since.elapsed() < PROMISE {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("not within fifteen seconds: {what}").into())
}

/// Something new to mount, and how it is recognised.
struct Fresh {
    files: Files,
    name: String,
}

/// What opens the database to a role, with a certificate of its own.
struct Access {
    role: &'static str,
    /// The role that it takes the place of.
    before: &'static str,
    client: String,
    credentials: Files,
    tls: Files,
}

impl Access {
    fn role(&self) -> String {
        format!("wardlight_{}", self.role)
    }
}

/// A server with its database and its edge, all secrets mounted, and people who play.
struct Stage {
    program: Program,
    postgres: PostgresServer,
    data: PathBuf,
    options: Vec<String>,
    edge: Edge,
    tally: Arc<Tally>,
    movers: Vec<JoinHandle<Mover>>,
    visitors: Vec<JoinHandle<SignIn>>,
    /// Somebody who knocked and asks now and then.
    witness: SignIn,
    /// Vouches for the server.
    servers: Authority,
    /// The certificates of those who vouch for clients.
    clients: String,
    tls: Mount,
    credentials: Mount,
    database_tls: Mount,
    keys: Mount,
    /// The data whose keys are mounted.
    source: PathBuf,
    /// What was mounted, in that order.
    certificates: Vec<String>,
    kids: Vec<String>,
    accesses: u32,
    /// How long it took until what was mounted was in force.
    took: Vec<(&'static str, Duration)>,
    /// Last, so that it goes after what lies in it.
    directory: TempDir,
}

impl Stage {
    async fn set() -> Result<Self, Error> {
        let postgres = PostgresServer::start()?;
        let directory = tempfile::tempdir()?;
        let at = |name: &str| directory.path().join(name);
        let (data, source) = (at("data"), at("source"));
        let (servers, authority) = (Authority::new("servers")?, Authority::new("clients")?);
        let clients = authority.pem();
        let first = proven(&servers, &authority)?;
        let certificate = certificate(&servers, &clients)?;
        let list = keys(&["create"], &source)?;
        let client = ["client/tls.crt", "client/tls.key"];
        let database_tls =
            read(&postgres, [("ca.crt", "ca.crt"), ("tls.crt", client[0]), ("tls.key", client[1])])?;
        let credentials = read(&postgres, [("username", "a/username"), ("password", "a/password")])?;
        let tls = Mount::new(&at("tls"), certificate.files)?;
        let credentials = Mount::new(&at("database"), credentials)?;
        let database_tls = Mount::new(&at("database-tls"), database_tls)?;
        let keys = Mount::new(&data.join("keys"), keys_in(&source)?)?;

        let tally = Arc::new(Tally::default());
        let secure = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let edge = Edge::open(secure, first, Arc::clone(&tally)).await?;
        let database = postgres.database()?;
        let mounted = |name: &str| at(name).display().to_string();
        let options = vec![
            "--tls=files".to_owned(),
            format!("--tls-listen={secure}"),
            format!("--tls-cert={}/tls.crt", mounted("tls")),
            format!("--tls-key={}/tls.key", mounted("tls")),
            format!("--tls-client-ca={}/ca.crt", mounted("tls")),
            format!("--public-url=https://{HOST}"),
            format!("--public-url=http://{}", edge.address),
            format!("--database=postgres://localhost:{}/{}", database.port, database.database),
            format!("--database-credentials={}", mounted("database")),
            format!("--database-tls={}", mounted("database-tls")),
        ];
        let program = Program::start(&data, free_port()?, &options)?;
        let (movers, visitors, witness) = gather(&program, edge.address, &tally).await?;
        Ok(Self {
            postgres,
            program,
            data,
            options,
            edge,
            tally,
            movers,
            visitors,
            witness,
            servers,
            clients,
            tls,
            credentials,
            database_tls,
            keys,
            source,
            certificates: vec![certificate.name],
            kids: vec![in_state(&list, "active").ok_or("no key signs")?],
            accesses: 0,
            took: Vec::new(),
            directory,
        })
    }

    /// A new certificate of the server.
    fn certificate(&self) -> Result<Fresh, Error> {
        certificate(&self.servers, &self.clients)
    }

    /// A new password and certificate for the role that is not in use.
    fn access(&mut self) -> Result<Access, Error> {
        let [role, before] = if self.accesses.is_multiple_of(2) { ["b", "a"] } else { ["a", "b"] };
        self.accesses += 1;
        let (client, password) = (format!("wardlight-{}", self.accesses), format!("fresh-{}", self.accesses));
        let name = format!("wardlight_{role}");
        self.postgres.say("postgres", &format!("alter role {name} login password '{password}'"))?;
        let (home, issued) = (self.postgres.home(), self.directory.path().join(&client));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/certificate.sh");
        let mut issue = Process::new(script);
        issue.arg("issue").arg(&issued).arg(home.join("ca")).args(["2", "clientAuth", &client]);
        if !issue.status()?.success() {
            return Err("no certificate for the database".into());
        }
        let mut tls = read(&self.postgres, [("ca.crt", "ca.crt")])?;
        for file in ["tls.crt", "tls.key"] {
            tls.insert(file.to_owned(), std::fs::read(issued.join(file))?);
        }
        let credentials = files([("username", name), ("password", password)]);
        Ok(Access { role, before, client, credentials, tls })
    }

    /// Mounts both secrets of the database.
    fn mount_access(&mut self, access: &Access) -> Result<Instant, Error> {
        self.database_tls.replace(access.tls.clone())?;
        self.credentials.replace(access.credentials.clone())
    }

    /// The keys with a new one that signs at once: nobody here keeps the published keys, and the usual six minutes are too
    /// long for a test.
    fn rotated(&self, algorithm: &str) -> Result<Fresh, Error> {
        let list = keys(&["rotate", "--now", "--algorithm", algorithm], &self.source)?;
        let name = in_state(&list, "active").ok_or("no key signs")?;
        Ok(Fresh { files: keys_in(&self.source)?, name })
    }

    async fn until_shown(&mut self, certificate: String, since: Instant) -> Outcome {
        let shown = &self.edge.shown;
        let first = within("the new certificate is shown", async || Ok(shown.first(&certificate))).await?;
        self.took("certificate", first - since);
        self.certificates.push(certificate);
        Ok(())
    }

    async fn until_signs(&mut self, kid: String, since: Instant) -> Outcome {
        let signed = &self.tally.signed;
        let first = within("the new key signs", async || Ok(signed.first(&kid))).await?;
        self.took("signing key", first - since);
        self.kids.push(kid);
        Ok(())
    }

    /// Waits until the database is worked on by the new role, known by its new certificate.
    async fn until_in_use(&mut self, access: &Access, since: Instant) -> Outcome {
        // Who only tries whether they get in asks nothing.
        let works = format!(
            "exists (select from pg_stat_activity join pg_stat_ssl using (pid) where usename = '{}' \
             and client_dn = '/CN={}' and application_name = 'wardlight' and query <> '')",
            access.role(),
            access.client,
        );
        within("the new role is in use", async || Ok(self.holds(&works).then_some(()))).await?;
        self.took("role", since.elapsed());
        Ok(())
    }

    /// Shuts a role out once it begins nothing more.
    async fn until_shut_out(&self, role: &str) -> Outcome {
        let rests = format!(
            "not exists (select from pg_stat_activity where usename = 'wardlight_{role}' \
             and (state <> 'idle' or state_change > now() - interval '1 second'))"
        );
        within("the old role is not in use", async || Ok(self.holds(&rests).then_some(()))).await?;
        self.shut_out(role)?;
        self.until_busy().await
    }

    fn shut_out(&self, role: &str) -> Outcome {
        let statements = format!(
            "alter role wardlight_{role} nologin; \
             select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wardlight_{role}'"
        );
        Ok(self.postgres.say("postgres", &statements)?)
    }

    /// Whether the database says so.
    fn holds(&self, condition: &str) -> bool {
        self.postgres.say("postgres", &format!("do $$ begin assert {condition}; end $$")).is_ok()
    }

    /// What was replaced under which load, and within what time: the figures of docs/performance.md.
    fn told(&self, done: &Done) -> String {
        let times: BTreeMap<_, Vec<_>> = self.took.iter().fold(BTreeMap::new(), |mut times, (what, time)| {
            times.entry(*what).or_insert_with(Vec::new).push(time.as_millis());
            times
        });
        let rows = times.iter().map(|(what, times)| format!("{what}: {times:?} ms\n"));
        format!("{done:?}\n{}", rows.collect::<String>())
    }

    fn took(&mut self, what: &'static str, time: Duration) {
        assert!(time < PROMISE, "{what}: {time:?}");
        self.took.push((what, time));
    }

    /// Waits until people have done more of everything.
    async fn until_busy(&self) -> Outcome {
        let before = self.tally.done();
        within("people play", async || {
            let done = self.tally.done();
            let is_more = done.moves > before.moves + 20
                && done.renewals > before.renewals + 8
                && done.requests > before.requests + 20;
            Ok(is_more.then_some(()))
        })
        .await
    }

    fn has_failed_nowhere(&self) -> Outcome {
        let failures = self.tally.failures.lock().unwrap();
        if failures.is_empty() { Ok(()) } else { Err(failures.join("; ").into()) }
    }

    async fn until_failed(&self, told: &str) -> Outcome {
        within(told, async || {
            let failures = self.tally.failures.lock().unwrap();
            Ok(failures.iter().any(|failure| failure.contains(told)).then_some(()))
        })
        .await
    }

    /// Ends the play.
    async fn end(&mut self) -> Result<(Vec<Mover>, Vec<SignIn>), Error> {
        self.tally.is_over.store(true, Ordering::Relaxed);
        let (mut movers, mut visitors) = (Vec::new(), Vec::new());
        for mover in self.movers.drain(..) {
            movers.push(mover.await?);
        }
        for visitor in self.visitors.drain(..) {
            visitors.push(visitor.await?);
        }
        Ok((movers, visitors))
    }
}

/// Who knows the server by one authority, and has a certificate of another.
fn proven(servers: &Authority, clients: &Authority) -> Result<TlsConnector, Error> {
    // Whoever resumes is shown no certificate.
    connector(&servers.pem(), Some(&clients.client(4_000)?), Resumption::disabled())
}

/// A certificate of a server, its key, and who vouches for its clients.
fn certificate(servers: &Authority, clients: &str) -> Result<Fresh, Error> {
    let issued = servers.issue(HOST, 4_000, ExtendedKeyUsagePurpose::ServerAuth)?;
    let files = files([
        ("tls.crt", issued.cert.pem()),
        ("tls.key", issued.signing_key.serialize_pem()),
        ("ca.crt", clients.to_owned()),
    ]);
    Ok(Fresh { files, name: URL_SAFE_NO_PAD.encode(issued.cert.der()) })
}

/// The keys of a server's data, but for the file that says who changes them.
fn keys_in(data: &Path) -> Result<Files, Error> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(data.join("keys"))? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| "a file without a name")?;
        if name != "access.keys.lock" {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}

fn files<const N: usize>(texts: [(&str, String); N]) -> Files {
    texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect()
}

fn read<const N: usize>(postgres: &PostgresServer, named: [(&str, &str); N]) -> Result<Files, Error> {
    named.into_iter().map(|(name, from)| Ok((name.to_owned(), postgres.read(from)?))).collect()
}
