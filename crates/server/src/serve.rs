//! Building and running the server: data directory, listeners, and the first start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use audit::SigningKey;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use identity::{BreachedPasswords, InviteKey, Peppers, RefreshKey};
use serde_json::Value;
use store::BlobStore;
use tabletop::id::TableId;
use tabletop::name::Name;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{RwLock, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use tracing::{debug, info, warn};

use crate::accounts::{Accounts, AccountsError};
use crate::acme::PROOF_PROTOCOL;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Certificate, Config};
use crate::data::DataLock;
use crate::database::{self, DatabaseFileError, DatabaseFiles};
use crate::decoder::Decoder;
use crate::entropy::DiceSource;
use crate::heavy::Heavy;
use crate::http::origin::Origins;
use crate::http::{self, Peer};
use crate::keys::KeyRing;
use crate::limits::{
    AUDIT_ENTRIES_KEPT, ENDED_LOOK_EVERY, FIRST_WORD_TIMEOUT, FORGET_EVERY, SESSIONS_KEPT_MS,
    SOCKET_LIFE_MAX, UPLOADS_AT_ONCE_MAX,
};
use crate::mail::{MailError, Mailer};
use crate::proxies::Proxies;
use crate::rate_limits::RateLimits;
use crate::reload::watch;
use crate::security::SecurityLog;
use crate::sessions::Ended;
use crate::table::{Counters, Registry, Shared};
use crate::tally::Tally;
use crate::tiles::Tiles;
use crate::tls::{Keeper, TlsError, TlsSetUp, acme_tls, file_tls, local_tls, network_address};
use crate::trail::{self, BesideError, Trail};
use crate::{data, first_start, ops};

/// Connections that may be open at once, all listeners together.
const CONNECTIONS_MAX: usize = 20_000;

/// A server that is bound but does not serve yet.
pub struct Server {
    app: Arc<App>,
    plain: TcpListener,
    ops: TcpListener,
    tls: Option<(TcpListener, TlsSetUp)>,
    database: Option<DatabaseFiles>,
    data: PathBuf,
    lock: DataLock,
    tally: Tally,
    trail: Option<Trail>,
    audit_key: SigningKey,
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error("could not make or lock {path}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another server runs on the same data.
    #[error("another wardlight{holder} is running on {data}; stop it, or choose another --data")]
    Locked {
        /// Which directory.
        data: PathBuf,
        /// Its process, in brackets after a space, if it has said so.
        holder: String,
    },
    /// The store.
    #[error("could not open the database")]
    Store(#[from] store::StoreError),
    /// Secrets of a database server.
    #[error("could not read the database's secrets")]
    Database(#[from] DatabaseFileError),
    /// A key file.
    #[error("could not load the keys")]
    Keys(#[from] identity::KeyError),
    /// The audit trail.
    #[error("the audit trail could not be written, so nothing was done")]
    Audit(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Accounts.
    #[error("could not set up accounts")]
    Accounts(#[from] AccountsError),
    /// Mail.
    #[error("mail cannot be sent so")]
    Mail(#[from] MailError),
    /// Threads for heavy work.
    #[error("could not start the threads for heavy work")]
    Threads(#[source] io::Error),
    /// The program that decodes pictures.
    #[error("could not find the program itself, which decodes pictures")]
    Program(#[source] io::Error),
    /// A listener.
    #[error("could not listen on {address}; is another program using it? Choose another address")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// TLS.
    #[error("could not set up TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing to make a link for.
    #[error(
        "there is no such table; see: wardlight tables list (the first start of `wardlight serve` makes one)"
    )]
    NoTable,
    /// The first table.
    #[error("could not make the sample table: {0}")]
    Sample(String),
}

impl From<TlsError> for StartError {
    fn from(error: TlsError) -> Self {
        Self::Tls(Box::new(error))
    }
}

impl From<BesideError> for StartError {
    fn from(error: BesideError) -> Self {
        Self::Audit(Box::new(error))
    }
}

/// What a person needs to know after the start.
#[derive(Clone, Debug)]
pub struct Links {
    /// Opens the table as its game master, once. `None` once it was used; `wardlight admin gm-link` makes another.
    pub game_master: Vec<String>,
    /// Lets players knock.
    pub invite: Vec<String>,
    /// Recognises the certificate of the local network.
    pub fingerprint: Option<String>,
}

/// A new table's links.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NewTableLinks {
    /// The table.
    pub table: TableId,
    /// Opens it as its game master, once.
    pub game_master: Vec<String>,
    /// Lets players knock.
    pub invite: Vec<String>,
}

impl Server {
    /// Opens the data directory and binds the listeners.
    pub async fn build(config: &Config) -> Result<Self, StartError> {
        let data = config.data.clone();
        data::prepare(&data)?;
        let lock = data::lock(&data)?;
        // Before reading: a change while reading is noticed later.
        let stamps = database::stamps(config.database.as_ref());
        let store = config.open_store().await?;
        let database = config.database.clone();
        let database = database.map(|files| DatabaseFiles::new(files, store.clone(), stamps));
        let blobs = BlobStore::open(&data.join("blobs")).await?;
        blobs.sweep().await?;
        let tiles = Tiles::open(data.join("tiles"), config.testing)
            .map_err(|source| StartError::Data { path: data.join("tiles"), source })?;
        let keys_directory = data.join("keys");
        let keys = Arc::new(KeyRing::open(keys_directory.clone())?);
        let heavy = Heavy::start().map_err(StartError::Threads)?;
        let decoder = Decoder::new(config.testing.program()).map_err(StartError::Program)?;
        let refresh_key = RefreshKey::load_or_create(&keys_directory)?;
        let invite_key = InviteKey::load_or_create(&keys_directory)?;
        let audit_key = trail::signing_key(&keys_directory)?;
        let plain = bind(config.listen).await?;
        let ops = bind(config.ops_listen).await?;
        let tls = match &config.tls {
            None => None,
            Some((address, certificate)) => {
                let listener = bind(*address).await?;
                let set_up = match certificate {
                    Certificate::SelfSigned => {
                        local_tls(&keys_directory, network_address(local_address(&listener, *address)))?
                    }
                    Certificate::Files { certificate, key, client_authority } => {
                        file_tls(certificate.clone(), key.clone(), client_authority.clone())?
                    }
                    Certificate::Acme(acme) => acme_tls(acme.clone(), &data)?,
                };
                Some((listener, set_up))
            }
        };
        let tls_address = tls.as_ref().map(|(listener, _)| local_address(listener, config.listen));
        let origins = own_origins(config, local_address(&plain, config.listen), tls_address);
        let peppers = config.pepper_file.as_deref().map(Peppers::read).transpose()?.unwrap_or_default();
        let breached = config.breached_passwords.as_deref().map(BreachedPasswords::open);
        let breached = breached.transpose().map_err(AccountsError::from)?;
        let accounts = Accounts::open(
            &keys_directory,
            config.registration,
            config.second_factor,
            config.password_cost,
            peppers,
            breached,
            &origins,
        )?;
        let ended = Ended::default();
        ended.refresh(&store, Clock.now_ms()).await?;
        let shared = Shared {
            store,
            clock: Clock,
            dice: config.testing.seed().map_or(DiceSource::System, DiceSource::Seeded),
            testing: config.testing,
            counters: Counters::default(),
            security: SecurityLog::new().map_err(identity::KeyError::from)?,
            registry: Registry::default(),
            idle_before_sleep: None,
        };
        let app = App {
            tables: Arc::new(shared),
            blobs,
            tiles,
            keys,
            heavy,
            decoder,
            refresh_key,
            invite_key,
            accounts,
            ended,
            origins: Origins::new(origins, config.cors_origins.clone()),
            proxies: Proxies::new(config.trusted_proxies.clone()),
            rates: Arc::new(RateLimits::new(config.rate_factor, config.frames_per_second)),
            mailer: Mailer::start(config.mail.clone())?,
            contacts: config.contacts.clone(),
            uploads: Semaphore::new(UPLOADS_AT_ONCE_MAX),
            storing: RwLock::default(),
            new_tables: config.new_tables,
            quota: config.upload_quota,
            next_connection: AtomicU64::new(1),
            frames_per_second: config.frames_per_second,
            socket_life: config.testing.socket_life().unwrap_or(SOCKET_LIFE_MAX),
            ping_interval: config.ping_interval,
        };
        let tally = Tally::default();
        let trail = None;
        Ok(Self { app: Arc::new(app), plain, ops, tls, database, data, lock, tally, trail, audit_key })
    }

    /// Tells on the ops listener what is counted there, and keeps in the database what is heard there.
    #[must_use]
    pub(crate) fn telling(self, tally: Tally, trail: Trail) -> Self {
        Self { tally, trail: Some(trail), ..self }
    }

    /// Where plain HTTP is served.
    pub fn address(&self) -> SocketAddr {
        local_address(&self.plain, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Where the ops listener is.
    pub fn ops_address(&self) -> SocketAddr {
        local_address(&self.ops, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Where TLS is served.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// The server's own origins, the canonical one first.
    pub fn origins(&self) -> &[String] {
        self.app.origins.all()
    }

    /// Makes the sample table on the first start, and the links of the newest table.
    pub async fn links(&self) -> Result<Links, StartError> {
        let app = &self.app;
        let fingerprint = self.tls.as_ref().and_then(|(_, tls)| tls.fingerprint.clone());
        let (table, master) = match first_start::newest_table(&app.tables.store).await? {
            Some(table) => (table, first_start::unused_master_link(app, table).await?),
            None if app.tables.store.has_tables().await? => {
                return Ok(Links { game_master: Vec::new(), invite: Vec::new(), fingerprint });
            }
            None => {
                let table = first_start::found_sample(app).await?;
                (table, Some(first_start::master_code(app, table).await?))
            }
        };
        let invite = app.join_links(&first_start::invite(app, table).await?);
        let game_master = master.map(|code| app.join_links(&code)).unwrap_or_default();
        Ok(Links { game_master, invite, fingerprint })
    }

    /// A new game master link for a table (the newest by default), made beside a running server on the same data.
    /// Unused older ones become worthless.
    pub async fn master_link_beside(
        config: &Config,
        table: Option<TableId>,
    ) -> Result<Vec<String>, StartError> {
        let store = config.open_store().await?;
        let code =
            first_start::renew_master_link(&store, &config.data.join("keys"), Clock.now_ms(), table).await;
        store.close().await;
        let code = code?;
        let origins = origins_beside(config);
        Ok(origins.iter().map(|origin| crate::links::join_link(origin, &code)).collect())
    }

    /// Makes empty tables, beside a running server on the same data or without one.
    pub async fn new_tables_beside(
        config: &Config,
        name: &Name,
        count: u32,
    ) -> Result<Vec<NewTableLinks>, StartError> {
        data::prepare(&config.data)?;
        let store = config.open_store().await?;
        let invite_key = InviteKey::load_or_create(&config.data.join("keys"))?;
        let origins = origins_beside(config);
        let links = |code: &str| origins.iter().map(|origin| crate::links::join_link(origin, code)).collect();
        let mut made = Vec::new();
        trail::admin_acts(
            &store,
            &config.data.join("keys"),
            "admin.new_table",
            [("count", Value::from(count))],
        )
        .await?;
        for _ in 0..count {
            let table = first_start::found_for_stranger(&store, Clock.now_ms(), name).await?;
            let code = first_start::seat_code(&store, Clock.now_ms(), table).await?;
            let invite = crate::links::invite_code(&invite_key, table, 0);
            made.push(NewTableLinks { table, game_master: links(code.reveal()), invite: links(&invite) });
        }
        store.close().await;
        Ok(made)
    }

    /// Serves until the signal, then lets tables sleep and closes the store.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut listeners = tokio::task::JoinSet::new();
        info!(address = %self.address(), data = %self.data.display(), "server.listening");
        let plain = http::router(Arc::clone(&self.app), false);
        listeners.spawn(accept(self.plain, None, plain, Arc::clone(&slots), stopped.clone()));
        let mut watching = tokio::task::JoinSet::new();
        let keys = Arc::clone(&self.app.keys);
        watching.spawn(watch("keys", move || keys.refresh()));
        watching.spawn(notice_ended(Arc::clone(&self.app)));
        watching.spawn(forget_what_is_over(Arc::clone(&self.app)));
        let (end_trail, trail_ends) = watch::channel(false);
        let store = self.app.tables.store.clone();
        let trail = self.trail.map(|trail| tokio::spawn(trail.keep(store, self.audit_key, trail_ends)));
        if let Some(database) = self.database.map(Arc::new) {
            let runtime = tokio::runtime::Handle::current();
            watching.spawn(watch("database", move || database.refresh(&runtime)));
        }
        let mut ops_tls = None;
        if let Some((listener, tls)) = self.tls {
            ops_tls = Some(Secure { tls: TlsAcceptor::from(tls.ops), plain: Plain::FromHere });
            let is_for_proxies = matches!(tls.keeper, Keeper::Files(_, Some(_)));
            match tls.keeper {
                Keeper::None => {}
                Keeper::Files(files, authority) => {
                    watching.spawn(watch("tls", move || files.refresh()));
                    if let Some(authority) = authority {
                        watching.spawn(watch("tls-client-ca", move || authority.refresh()));
                    }
                }
                Keeper::Acme(acme) => drop(watching.spawn(acme.keep())),
            }
            let routes = http::router(Arc::clone(&self.app), true);
            // A proxy does not go astray: whoever comes without TLS is none.
            let plain =
                if is_for_proxies { Plain::Refused } else { Plain::Led(http::astray(Arc::clone(&self.app))) };
            listeners.spawn(accept(
                listener,
                Some(Secure { tls: TlsAcceptor::from(tls.config), plain }),
                routes,
                slots,
                stopped.clone(),
            ));
        }
        let ops_routes = ops::router(Arc::clone(&self.app), self.tally, stopped.clone());
        listeners.spawn(accept(self.ops, ops_tls, ops_routes, Arc::new(Semaphore::new(64)), stopped));
        stop.await;
        info!("server.stopping");
        stopping.send_replace(true);
        self.app.tables.registry.close().await;
        // Actors store what they decided and their snapshots.
        let asleep = async {
            while Arc::strong_count(&self.app.tables) > 1 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        drop(timeout(Duration::from_secs(5), asleep).await);
        watching.shutdown().await;
        listeners.shutdown().await;
        end_trail.send_replace(true);
        if let Some(trail) = trail {
            drop(timeout(Duration::from_secs(5), trail).await);
        }
        self.app.tables.store.close().await;
        // The next one may serve the directory now.
        drop(self.lock);
        info!("server.stopped");
    }
}

/// Sessions that somebody else ended, such as a command on the same data, are over here too.
async fn notice_ended(app: Arc<App>) {
    loop {
        tokio::time::sleep(ENDED_LOOK_EVERY).await;
        if let Err(error) = app.ended.refresh(&app.tables.store, app.tables.clock.now_ms()).await {
            warn!(error = &error as &dyn std::error::Error, "sessions.refresh.failed");
        }
    }
}

/// Links and sign-ins that are over, the oldest of the audit trail, and tables that were deleted long ago, at the start and then
/// each day.
async fn forget_what_is_over(app: Arc<App>) {
    loop {
        let now_ms = app.tables.clock.now_ms();
        match app.tables.store.forget_what_is_over(now_ms, now_ms.saturating_sub(SESSIONS_KEPT_MS)).await {
            Ok(0) => {}
            Ok(count) => info!(count, "records.forgotten"),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "records.forget.failed"),
        }
        match app.tables.store.shorten_audit(AUDIT_ENTRIES_KEPT).await {
            Ok(0) => {}
            Ok(count) => info!(count, "audit.shortened"),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "audit.shorten.failed"),
        }
        app.remove_deleted_tables().await;
        tokio::time::sleep(FORGET_EVERY).await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn local_address(listener: &TcpListener, otherwise: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(otherwise)
}

/// The origins of a server with this set-up, which need not run.
pub(crate) fn origins_beside(config: &Config) -> Vec<String> {
    own_origins(config, config.listen, config.tls.as_ref().map(|(address, _)| *address))
}

/// Configured origins first, then those of the listeners.
fn own_origins(config: &Config, plain: SocketAddr, tls: Option<SocketAddr>) -> Vec<String> {
    let mut origins = config.public_urls.clone();
    origins.extend([format!("http://{plain}"), format!("http://localhost:{}", plain.port())]);
    // A certificate of an authority names none of these.
    let own = tls.filter(|_| matches!(config.tls, Some((_, Certificate::SelfSigned))));
    if let Some(bound) = own {
        let network = SocketAddr::new(network_address(bound), bound.port());
        origins.extend([format!("https://{network}"), format!("https://localhost:{}", bound.port())]);
    }
    origins
}

/// What serves TLS, and what becomes of those who came to it without.
#[derive(Clone)]
struct Secure {
    tls: TlsAcceptor,
    plain: Plain,
}

#[derive(Clone)]
enum Plain {
    Refused,
    /// Somebody typed the address without https: these routes lead them there.
    Led(Router),
    /// Served as by TLS to this machine itself, where nobody listens in, and to nobody else.
    FromHere,
}

/// The first byte of a TLS handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// What a connection says first, without taking it; `None` if it says nothing.
async fn first_byte(stream: &TcpStream) -> Option<u8> {
    let mut first = [0];
    (stream.peek(&mut first).await.ok()? > 0).then_some(first[0])
}

/// Accepts connections until stopped. A connection costs one slot; without a free one it waits.
async fn accept(
    listener: TcpListener,
    tls: Option<Secure>,
    routes: Router,
    slots: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, or a peer that went away: neither ends the listener.
                debug!(error = &error as &dyn std::error::Error, "listener.accept.failed");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let (routes, tls, stopped) = (routes.clone(), tls.clone(), stopped.clone());
        tokio::spawn(async move {
            serve_connection(stream, peer, tls, routes, stopped).await;
            drop(slot);
        });
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Secure>,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // Frames are small and wanted at once.
    drop(stream.set_nodelay(true));
    let routes = routes.map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.map(axum::body::Body::new)
    });
    let service = TowerToHyperService::new(routes);
    // HTTP/1.1 and nothing else, whatever features of the library others switch on.
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(FIRST_WORD_TIMEOUT).max_buf_size(64 * 1024);
    let served = async {
        match tls {
            None => builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await,
            Some(Secure { tls, plain }) => match timeout(FIRST_WORD_TIMEOUT, first_byte(&stream)).await {
                Ok(Some(HANDSHAKE)) => match timeout(FIRST_WORD_TIMEOUT, tls.accept(stream)).await {
                    // An authority has seen its proof in the handshake.
                    Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(PROOF_PROTOCOL) => Ok(()),
                    Ok(Ok(stream)) => {
                        builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await
                    }
                    Ok(Err(_)) | Err(_) => Ok(()),
                },
                Ok(Some(_)) => match plain {
                    Plain::Led(astray) => {
                        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(astray)).await
                    }
                    Plain::FromHere if peer.ip().to_canonical().is_loopback() => {
                        builder.serve_connection(TokioIo::new(stream), service).await
                    }
                    Plain::FromHere | Plain::Refused => Ok(()),
                },
                Ok(None) | Err(_) => Ok(()),
            },
        }
    };
    let mut served = pin!(served);
    tokio::select! {
        result = &mut served => {
            if let Err(error) = result {
                debug!(error = &error as &dyn std::error::Error, "connection.failed");
            }
        }
        // Requests under way get a moment; sockets are told by their tables.
        _ = stopped.changed() => drop(timeout(Duration::from_secs(3), served).await),
    }
}
