//! How the server is set up: command line, then environment, then `wardlight.toml`, then defaults.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use identity::HashCost;
use serde::Deserialize;
use store::{Quota, Store, StoreConfig};

use crate::accounts::{Registration, SecondFactor};
use crate::acme::{self, AcmeConfig};
use crate::contacts::{Contact, Contacts};
use crate::database::{self, DatabaseConfig, DatabaseConfigError};
use crate::limits::{
    FRAMES_PER_SECOND_MAX, PICTURES_STORED_MAX, PICTURES_STORED_MIB_MAX, PING_INTERVAL, PING_INTERVAL_MIN,
};
use crate::mail::{MailConfig, MailConfigError, MailOptions};
use crate::own_tables::NewTables;
use crate::proxies::Network;
use crate::serve::StartError;
use crate::testing::Testing;

/// Where and how the server serves.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeOptions {
    /// Address for plain HTTP, which is served on loopback only [default: 127.0.0.1:8080]
    #[arg(long, env = "WARDLIGHT_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Address of the ops listener: /live, /ready, /metrics, by TLS with the same certificate off loopback; keep it private [default: 127.0.0.1:9090]
    #[arg(long, env = "WARDLIGHT_OPS_LISTEN")]
    pub ops_listen: Option<SocketAddr>,
    /// Address for TLS with `--tls self-signed` or `--tls files` [default: 0.0.0.0:8443]
    #[arg(long, env = "WARDLIGHT_TLS_LISTEN")]
    pub tls_listen: Option<SocketAddr>,
    /// An address under which people reach the server, such as https://table.example; repeatable, the first is canonical
    #[arg(long, env = "WARDLIGHT_PUBLIC_URL", value_delimiter = ',')]
    pub public_url: Vec<String>,
    /// An address whose pages may ask the API as well, by bearer token; repeatable [default: none]
    #[arg(long, env = "WARDLIGHT_CORS_ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<String>,
    /// A proxy whose X-Forwarded-For is believed, as an address or a network; repeatable [default: none]
    #[arg(long, env = "WARDLIGHT_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,
    /// Whom to write to about a weakness: a mail address or an https page, told in /.well-known/security.txt
    #[arg(long, env = "WARDLIGHT_CONTACT_SECURITY")]
    pub contact_security: Option<Contact>,
    /// Whom to write to about something that goes on now
    #[arg(long, env = "WARDLIGHT_CONTACT_INCIDENT")]
    pub contact_incident: Option<Contact>,
    /// Whom to write to about rules that must be kept
    #[arg(long, env = "WARDLIGHT_CONTACT_COMPLIANCE")]
    pub contact_compliance: Option<Contact>,
    /// TLS beside plain HTTP on loopback: off, self-signed for the local network, acme for a domain of yours, or with a certificate in files [default: off]
    #[arg(long, env = "WARDLIGHT_TLS", value_enum)]
    pub tls: Option<Tls>,
    /// The certificate and those above it, as PEM, for `--tls files`; read again when it changes
    #[arg(long, env = "WARDLIGHT_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, as PEM, readable by its owner only
    #[arg(long, env = "WARDLIGHT_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Who vouches for clients, as PEM, for `--tls files`: nobody else gets in, which is for a proxy in front of the server [default: anybody gets in]
    #[arg(long, env = "WARDLIGHT_TLS_CLIENT_CA", value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,
    /// A name of the server, for `--tls acme`; may be given several times
    #[arg(long, env = "WARDLIGHT_DOMAIN", value_delimiter = ',', value_name = "NAME")]
    pub domain: Vec<String>,
    /// Where an authority may write to about its certificates, for `--tls acme`
    #[arg(long, env = "WARDLIGHT_ACME_CONTACT", value_name = "MAIL")]
    pub acme_contact: Option<String>,
    /// Which authority gives the certificates, by its directory [default: Let's Encrypt]
    #[arg(long, env = "WARDLIGHT_ACME_DIRECTORY", value_name = "URL")]
    pub acme_directory: Option<String>,
    /// The certificate that vouches for that authority's own address, as PEM, where this machine's do not
    #[arg(long, env = "WARDLIGHT_ACME_ROOT", value_name = "FILE")]
    pub acme_root: Option<PathBuf>,
    /// Who may make an account: anybody, whoever was let in at a table that you made, or only by a link of `wardlight accounts invite` [default: invited]
    #[arg(long, env = "WARDLIGHT_REGISTRATION", value_enum)]
    pub registration: Option<Registration>,
    /// Who may make tables: whoever has an account, or whoever runs the server by `wardlight admin new-table` alone [default: accounts]
    #[arg(long, env = "WARDLIGHT_NEW_TABLES", value_enum)]
    pub new_tables: Option<NewTables>,
    /// Whether a password alone is enough, or each account has to have an authenticator app or a passkey as well [default: optional]
    #[arg(long, env = "WARDLIGHT_SECOND_FACTOR", value_enum)]
    pub second_factor: Option<SecondFactor>,
    /// What the hash of a password costs: memory in KiB, and passes over it [default: 47104,1]
    #[arg(long, env = "WARDLIGHT_PASSWORD_COST", value_parser = cost)]
    pub password_cost: Option<HashCost>,
    /// A file of secrets without which the hashes of passwords are worth nothing: on each line a number, a space, and 32
    /// bytes in Base64; the highest number is used for new ones [default: none]
    #[arg(long, env = "WARDLIGHT_PEPPER_FILE")]
    pub pepper_file: Option<PathBuf>,
    /// A list of passwords that came out in breaches, none of which may be chosen: on each line a SHA-1 in hexadecimal and
    /// perhaps a colon and a count, in order of the hashes, as Have I Been Pwned gives it for download [default: none]
    #[arg(long, env = "WARDLIGHT_BREACHED_PASSWORDS", value_name = "FILE")]
    pub breached_passwords: Option<PathBuf>,
    /// A mail server, so that people can replace a forgotten password by themselves: smtps://user@mail.example, or
    /// smtp://user@mail.example for STARTTLS [default: none]
    #[arg(long, env = "WARDLIGHT_SMTP", value_name = "URL")]
    pub smtp: Option<String>,
    /// From whom letters are, such as "Wardlight <table@table.example>"
    #[arg(long, env = "WARDLIGHT_MAIL_FROM", value_name = "MAIL")]
    pub mail_from: Option<String>,
    /// The password of the user of the mail server; read for each letter
    #[arg(long, env = "WARDLIGHT_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// The certificate that vouches for the mail server, as PEM, where this machine's do not
    #[arg(long, env = "WARDLIGHT_SMTP_ROOT", value_name = "FILE")]
    pub smtp_root: Option<PathBuf>,
    /// A PostgreSQL server instead of the database in the data directory: postgres://host:5432/name [default: none]
    #[arg(long, env = "WARDLIGHT_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    /// The directory of the files `username` and `password` for it; read again when they change
    #[arg(long, env = "WARDLIGHT_DATABASE_CREDENTIALS", value_name = "DIRECTORY")]
    pub database_credentials: Option<PathBuf>,
    /// The directory of the file `ca.crt`, which vouches for it, and of `tls.crt` and `tls.key`, if it asks who we are;
    /// read again when they change
    #[arg(long, env = "WARDLIGHT_DATABASE_TLS", value_name = "DIRECTORY")]
    pub database_tls: Option<PathBuf>,
    /// Where the data lies [default: ./data]
    #[arg(long, env = "WARDLIGHT_DATA")]
    pub data: Option<PathBuf>,
    /// Settings file; without the option ./wardlight.toml is read if it is there
    #[arg(long, env = "WARDLIGHT_CONFIG")]
    pub config: Option<PathBuf>,
    /// How logs are written [default: text]
    #[arg(long, env = "WARDLIGHT_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// How many times the usual rate of requests one address and one account may reach; for many people behind one address [default: 1]
    #[arg(long, env = "WARDLIGHT_RATE_FACTOR")]
    pub rate_factor: Option<NonZeroU32>,
    /// Frames a second that one connection may send, on the average [default: 120]
    #[arg(long, env = "WARDLIGHT_FRAMES_PER_SECOND")]
    pub frames_per_second: Option<NonZeroU32>,
    /// Seconds after which a connection is pinged, from 0.1 to 20: fewer where a proxy in between cuts silent ones sooner [default: 20]
    #[arg(long, env = "WARDLIGHT_PING_INTERVAL", value_name = "SECONDS", value_parser = ping_interval)]
    pub ping_interval: Option<Duration>,
    /// What one account may store of maps and pictures, and one table hold: MiB, and how many [default: 4096,2000]
    #[arg(long, env = "WARDLIGHT_UPLOAD_QUOTA", value_parser = quota)]
    pub upload_quota: Option<Quota>,
    /// What only tests set; no option, variable or file reaches it.
    #[arg(skip)]
    pub testing: Testing,
}

/// How TLS is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Plain HTTP on loopback.
    #[default]
    Off,
    /// Plain HTTP on loopback, and TLS with an own certificate on the local network.
    SelfSigned,
    /// Plain HTTP on loopback, and TLS with a certificate that the server gets for its domain (Let's Encrypt).
    Acme,
    /// Plain HTTP on loopback, and TLS with a certificate of an authority.
    Files,
}

/// Where a certificate comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Certificate {
    /// Made and kept in the data directory.
    SelfSigned,
    /// In these files.
    Files {
        /// The certificate and those above it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
        /// Who vouches for clients, if they must prove who they are.
        client_authority: Option<PathBuf>,
    },
    /// Asked for and renewed by the server itself.
    Acme(AcmeConfig),
}

/// How logs are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// The settings file.
#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    listen: Option<SocketAddr>,
    ops_listen: Option<SocketAddr>,
    tls_listen: Option<SocketAddr>,
    public_url: Vec<String>,
    cors_origin: Vec<String>,
    trusted_proxy: Vec<Network>,
    contact_security: Option<Contact>,
    contact_incident: Option<Contact>,
    contact_compliance: Option<Contact>,
    tls: Option<Tls>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_client_ca: Option<PathBuf>,
    domain: Vec<String>,
    acme_contact: Option<String>,
    acme_directory: Option<String>,
    acme_root: Option<PathBuf>,
    registration: Option<Registration>,
    new_tables: Option<NewTables>,
    second_factor: Option<SecondFactor>,
    password_cost: Option<String>,
    pepper_file: Option<PathBuf>,
    breached_passwords: Option<PathBuf>,
    smtp: Option<String>,
    mail_from: Option<String>,
    smtp_password_file: Option<PathBuf>,
    smtp_root: Option<PathBuf>,
    database: Option<String>,
    database_credentials: Option<PathBuf>,
    database_tls: Option<PathBuf>,
    data: Option<PathBuf>,
    log_format: Option<LogFormat>,
    rate_factor: Option<NonZeroU32>,
    frames_per_second: Option<NonZeroU32>,
    ping_interval: Option<f64>,
    upload_quota: Option<String>,
}

/// A complete, valid set-up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Plain HTTP, on loopback.
    pub listen: SocketAddr,
    /// The ops listener.
    pub ops_listen: SocketAddr,
    /// TLS: where, and with which certificate.
    pub tls: Option<(SocketAddr, Certificate)>,
    /// Addresses under which people reach the server, without a slash at the end.
    pub public_urls: Vec<String>,
    /// Addresses whose pages may ask the API too.
    pub cors_origins: Vec<String>,
    /// Proxies whose word about their clients is believed.
    pub trusted_proxies: Vec<Network>,
    /// Whom to write to about security.
    pub contacts: Contacts,
    /// Who may make an account.
    pub registration: Registration,
    /// Who may make tables.
    pub new_tables: NewTables,
    /// Whether a password alone is enough.
    pub second_factor: SecondFactor,
    /// What the hash of a password costs.
    pub password_cost: HashCost,
    /// Secrets without which hashes of passwords are worth nothing.
    pub pepper_file: Option<PathBuf>,
    /// Passwords that nobody may choose.
    pub breached_passwords: Option<PathBuf>,
    /// How letters are sent, if they are.
    pub mail: Option<MailConfig>,
    /// A database server, if it is not the embedded database.
    pub database: Option<DatabaseConfig>,
    /// The data directory.
    pub data: PathBuf,
    /// How logs are written.
    pub log_format: LogFormat,
    /// What only tests set.
    pub testing: Testing,
    /// How many times the usual rate one address and one account may reach.
    pub rate_factor: u32,
    /// Frames a second, from one connection.
    pub frames_per_second: u32,
    /// After how long a connection is pinged.
    pub ping_interval: Duration,
    /// What one account may store of pictures, and one table hold.
    pub upload_quota: Quota,
}

/// The set-up does not work. One line that says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An address is not an origin.
    #[error("{0}: give scheme and host, such as https://table.example, without a path")]
    NotAnOrigin(String),
    /// Plain HTTP off loopback.
    #[error(
        "--listen {0}: plain HTTP is for loopback only; use 127.0.0.1, and --tls self-signed or files for others"
    )]
    PlainOffLoopback(IpAddr),
    /// A certificate without its files.
    #[error("--tls files needs --tls-cert and --tls-key")]
    NoCertificate,
    /// Files without being asked to use them.
    #[error("--tls-cert and --tls-key need --tls files")]
    UnusedCertificate,
    /// A certificate is for a name.
    #[error(
        "--tls files needs --public-url, such as https://table.example: the address that the certificate names"
    )]
    NoPublicUrl,
    /// A certificate is for a name.
    #[error(
        "--tls acme needs --domain, such as table.example: a name that leads to this server, port 443 included"
    )]
    NoDomain,
    /// What is no name.
    #[error("--domain {0}: give a name such as table.example, without https:// and a port")]
    BadDomain(String),
    /// Names for nothing.
    #[error("--domain and --acme-… are for --tls acme only")]
    UnusedDomain,
    /// Clients without a certificate of ours.
    #[error("--tls-client-ca needs --tls files")]
    UnusedClientAuthority,
    /// How letters are sent.
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    /// How the database is reached.
    #[error(transparent)]
    Database(#[from] DatabaseConfigError),
    /// A cost of hashes that cannot be used.
    #[error("password-cost: {0}")]
    PasswordCost(String),
    /// Pings that come too often or too seldom.
    #[error("ping-interval: {0}")]
    PingInterval(String),
    /// A quota that lets nothing in, or is none.
    #[error("upload-quota: {0}")]
    UploadQuota(String),
    /// The ops listener off loopback, and no TLS for it.
    #[error("--ops-listen {0}: off loopback it is served by TLS alone; use 127.0.0.1, or --tls")]
    OpsPlainOffLoopback(IpAddr),
    /// The ops listener on the public port.
    #[error("--ops-listen {0}: must be another address than --listen")]
    OpsPublic(SocketAddr),
}

impl Config {
    /// Puts command line, environment, file and defaults together.
    pub fn load(options: ServeOptions) -> Result<Self, ConfigError> {
        let file = read_file(options.config)?;
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listen = options.listen.or(file.listen).unwrap_or(loopback(8080));
        if !listen.ip().is_loopback() {
            return Err(ConfigError::PlainOffLoopback(listen.ip()));
        }
        let ops_listen = options.ops_listen.or(file.ops_listen).unwrap_or(loopback(9090));
        if ops_listen == listen && listen.port() != 0 {
            return Err(ConfigError::OpsPublic(ops_listen));
        }
        let acme = acme(
            if options.domain.is_empty() { file.domain } else { options.domain },
            options.acme_contact.or(file.acme_contact),
            options.acme_directory.or(file.acme_directory),
            options.acme_root.or(file.acme_root),
        )?;
        let kind = options.tls.or(file.tls).unwrap_or_default();
        // An authority looks for its proof at the port of https.
        let everywhere = SocketAddr::from(([0, 0, 0, 0], if kind == Tls::Acme { 443 } else { 8443 }));
        let tls_listen = options.tls_listen.or(file.tls_listen).unwrap_or(everywhere);
        let files = (options.tls_cert.or(file.tls_cert), options.tls_key.or(file.tls_key));
        let client_authority = options.tls_client_ca.or(file.tls_client_ca);
        if client_authority.is_some() && kind != Tls::Files {
            return Err(ConfigError::UnusedClientAuthority);
        }
        let tls = match (kind, files, acme) {
            (Tls::Off, (None, None), None) => None,
            (Tls::SelfSigned, (None, None), None) => Some((tls_listen, Certificate::SelfSigned)),
            (Tls::Files, (Some(certificate), Some(key)), None) => {
                Some((tls_listen, Certificate::Files { certificate, key, client_authority }))
            }
            (Tls::Acme, (None, None), Some(acme)) => Some((tls_listen, Certificate::Acme(acme))),
            (Tls::Acme, (None, None), None) => return Err(ConfigError::NoDomain),
            (Tls::Off | Tls::SelfSigned | Tls::Files, _, Some(_)) => return Err(ConfigError::UnusedDomain),
            (Tls::Files, _, None) => return Err(ConfigError::NoCertificate),
            (Tls::Off | Tls::SelfSigned | Tls::Acme, _, _) => return Err(ConfigError::UnusedCertificate),
        };
        if tls.is_none() && !ops_listen.ip().is_loopback() {
            return Err(ConfigError::OpsPlainOffLoopback(ops_listen.ip()));
        }
        let password_cost = match (options.password_cost, file.password_cost) {
            (Some(given), _) => given,
            (None, Some(text)) => cost(&text).map_err(ConfigError::PasswordCost)?,
            (None, None) => HashCost::USUAL,
        };
        let ping_interval = match (options.ping_interval, file.ping_interval) {
            (Some(given), _) => given,
            (None, Some(seconds)) => pinged_after(seconds).map_err(ConfigError::PingInterval)?,
            (None, None) => PING_INTERVAL,
        };
        let upload_quota = match (options.upload_quota, file.upload_quota) {
            (Some(given), _) => given,
            (None, Some(text)) => quota(&text).map_err(ConfigError::UploadQuota)?,
            (None, None) => quota_of(PICTURES_STORED_MIB_MAX, PICTURES_STORED_MAX),
        };
        let cors = if options.cors_origin.is_empty() { file.cors_origin } else { options.cors_origin };
        let contacts = Contacts::default();
        let mut urls = if options.public_url.is_empty() { file.public_url } else { options.public_url };
        if let (Some((_, Certificate::Acme(acme))), true) = (&tls, urls.is_empty()) {
            urls = acme.domains.iter().map(|domain| format!("https://{domain}")).collect();
        }
        if matches!(tls, Some((_, Certificate::Files { .. }))) && urls.is_empty() {
            return Err(ConfigError::NoPublicUrl);
        }
        Ok(Self {
            listen,
            tls,
            ops_listen,
            public_urls: urls.into_iter().map(origin).collect::<Result<_, _>>()?,
            cors_origins: cors.into_iter().map(origin).collect::<Result<_, _>>()?,
            trusted_proxies: if options.trusted_proxy.is_empty() {
                file.trusted_proxy
            } else {
                options.trusted_proxy
            },
            contacts: Contacts {
                security: options.contact_security.or(file.contact_security).unwrap_or(contacts.security),
                incident: options.contact_incident.or(file.contact_incident).unwrap_or(contacts.incident),
                compliance: options
                    .contact_compliance
                    .or(file.contact_compliance)
                    .unwrap_or(contacts.compliance),
            },
            registration: options.registration.or(file.registration).unwrap_or_default(),
            new_tables: options.new_tables.or(file.new_tables).unwrap_or_default(),
            second_factor: options.second_factor.or(file.second_factor).unwrap_or_default(),
            password_cost,
            pepper_file: options.pepper_file.or(file.pepper_file),
            breached_passwords: options.breached_passwords.or(file.breached_passwords),
            mail: MailConfig::load(MailOptions {
                smtp: options.smtp.or(file.smtp),
                from: options.mail_from.or(file.mail_from),
                password_file: options.smtp_password_file.or(file.smtp_password_file),
                root: options.smtp_root.or(file.smtp_root),
            })?,
            database: DatabaseConfig::load(
                options.database.or(file.database),
                options.database_credentials.or(file.database_credentials),
                options.database_tls.or(file.database_tls),
            )?,
            data: options.data.or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            log_format: options.log_format.or(file.log_format).unwrap_or_default(),
            testing: options.testing,
            rate_factor: options.rate_factor.or(file.rate_factor).map_or(1, NonZeroU32::get),
            frames_per_second: options
                .frames_per_second
                .or(file.frames_per_second)
                .map_or(FRAMES_PER_SECOND_MAX, NonZeroU32::get),
            ping_interval,
            upload_quota,
        })
    }
}

impl Config {
    /// Where the data lies, with what opens it.
    pub(crate) fn store(&self) -> Result<StoreConfig, StartError> {
        Ok(database::store_config(&self.data, self.database.as_ref())?)
    }

    /// Opens the database that is meant.
    pub(crate) async fn open_store(&self) -> Result<Store, StartError> {
        Ok(Store::open(&self.store()?).await?)
    }
}

/// What is said of an authority, if anything.
fn acme(
    domains: Vec<String>,
    contact: Option<String>,
    directory: Option<String>,
    root: Option<PathBuf>,
) -> Result<Option<AcmeConfig>, ConfigError> {
    if domains.is_empty() {
        let is_unused = contact.is_some() || directory.is_some() || root.is_some();
        return if is_unused { Err(ConfigError::NoDomain) } else { Ok(None) };
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let domains: Vec<String> = domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    let is_name =
        |domain: &String| domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
    if let Some(bad) = domains.iter().find(|domain| !is_name(domain)) {
        return Err(ConfigError::BadDomain(bad.clone()));
    }
    let directory = directory.unwrap_or_else(|| acme::DIRECTORY.to_owned());
    Ok(Some(AcmeConfig { domains, contact, directory, root }))
}

/// Less than what OWASP gives as the least is refused.
fn cost(text: &str) -> Result<HashCost, String> {
    let parsed = text
        .split_once(',')
        .and_then(|(memory, passes)| Some((memory.trim().parse().ok()?, passes.trim().parse().ok()?)));
    let (memory_kib, passes) = parsed.ok_or("give KiB and passes, such as 47104,1")?;
    let cost = HashCost { memory_kib, passes };
    if cost.is_enough() {
        Ok(cost)
    } else {
        Err("too weak, or more than 1 GiB; at least 47104,1 or 19456,2 or 12288,3 or 9216,4 or 7168,5"
            .to_owned())
    }
}

fn quota(text: &str) -> Result<Quota, String> {
    let parsed = text
        .split_once(',')
        .and_then(|(mib, pictures)| Some((mib.trim().parse().ok()?, pictures.trim().parse().ok()?)));
    match parsed {
        Some((mib, pictures)) if mib > 0 && pictures > 0 => Ok(quota_of(mib, pictures)),
        Some(_) | None => {
            Err("give MiB and how many pictures, such as 4096,2000; neither may be 0".to_owned())
        }
    }
}

fn quota_of(mib: u32, pictures: u32) -> Quota {
    Quota { pictures: u64::from(pictures), bytes: u64::from(mib) * 1024 * 1024 }
}

fn ping_interval(text: &str) -> Result<Duration, String> {
    // What is no number is out of bounds too.
    pinged_after(text.trim().parse().unwrap_or(f64::NAN))
}

fn pinged_after(seconds: f64) -> Result<Duration, String> {
    let (least, most) = (PING_INTERVAL_MIN.as_secs_f64(), PING_INTERVAL.as_secs_f64());
    if (least..=most).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("give seconds from {least} to {most}"))
    }
}

fn read_file(named: Option<PathBuf>) -> Result<File, ConfigError> {
    let must_be_there = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from("wardlight.toml"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_be_there => {
            return Ok(File::default());
        }
        Err(error) => return Err(ConfigError::File { path, reason: error.to_string() }),
    };
    toml::from_str(&text).map_err(|error| ConfigError::File { path, reason: error.to_string() })
}

/// A URL as a browser writes its origin: scheme, host, and the port unless it is the scheme's own.
fn origin(url: String) -> Result<String, ConfigError> {
    let trimmed = url.trim().trim_end_matches('/').to_lowercase();
    let (scheme, own_port) = match trimmed.split_once("://") {
        Some(("https", _)) => ("https", ":443"),
        Some(("http", _)) => ("http", ":80"),
        Some(_) | None => return Err(ConfigError::NotAnOrigin(url)),
    };
    let host = trimmed.trim_start_matches(scheme).trim_start_matches("://");
    if host.is_empty()
        || host.contains(|c: char| c == '/' || c == '@' || c == '#' || c == '?' || c.is_whitespace())
    {
        return Err(ConfigError::NotAnOrigin(url));
    }
    Ok(format!("{scheme}://{}", host.strip_suffix(own_port).unwrap_or(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_for_a_domain_makes_its_address_the_servers_own() {
        let with = |domain: &[&str]| {
            let domain = domain.iter().map(|name| (*name).to_owned()).collect();
            Config::load(ServeOptions { tls: Some(Tls::Acme), domain, ..ServeOptions::default() })
        };
        let config = with(&["Table.example", "other.example"]).unwrap();
        assert_eq!(config.public_urls, ["https://table.example", "https://other.example"]);
        let Some((address, Certificate::Acme(acme))) = config.tls else {
            panic!("no certificate is asked for")
        };
        assert_eq!((address.port(), acme.directory.as_str()), (443, acme::DIRECTORY));
        assert!(matches!(with(&[]), Err(ConfigError::NoDomain)));
        for bad in [
            "https://table.example",
            "table.example:443",
            "localhost",
            "*.table.example",
            "-a.example",
            "a..b",
            "192.0.2.1/",
        ] {
            assert!(matches!(with(&[bad]), Err(ConfigError::BadDomain(_))), "{bad}");
        }
        let unused = ServeOptions { domain: vec!["table.example".to_owned()], ..ServeOptions::default() };
        assert!(matches!(Config::load(unused), Err(ConfigError::UnusedDomain)));
    }

    #[test]
    fn public_urls_become_origins() {
        for (url, expected) in [
            ("https://Table.example/", Some("https://table.example")),
            ("https://table.example:443", Some("https://table.example")),
            ("http://192.0.2.1:8080", Some("http://192.0.2.1:8080")),
            ("table.example", None),
            ("https://table.example/path", None),
            ("https://user@table.example", None),
            ("ftp://table.example", None),
        ] {
            assert_eq!(origin(url.to_owned()).ok().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn plain_http_off_loopback_is_refused() {
        let options = ServeOptions { listen: Some(([0, 0, 0, 0], 8080).into()), ..ServeOptions::default() };
        assert!(matches!(Config::load(options), Err(ConfigError::PlainOffLoopback(_))));
        let ops = |tls| ServeOptions {
            ops_listen: Some(([0, 0, 0, 0], 9090).into()),
            tls,
            ..ServeOptions::default()
        };
        assert!(matches!(Config::load(ops(None)), Err(ConfigError::OpsPlainOffLoopback(_))));
        assert!(Config::load(ops(Some(Tls::SelfSigned))).is_ok());
    }

    #[test]
    fn pings_are_as_far_apart_as_is_set_within_bounds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wardlight.toml");
        let of_file = |text: &str, option: Option<&str>| {
            std::fs::write(&path, text).unwrap();
            let ping_interval = option.map(|text| ping_interval(text).unwrap());
            let options =
                ServeOptions { config: Some(path.clone()), ping_interval, ..ServeOptions::default() };
            Config::load(options).map(|config| config.ping_interval.as_millis())
        };
        assert_eq!(of_file("", None).unwrap(), PING_INTERVAL.as_millis());
        assert_eq!(of_file("ping-interval = 5", None).unwrap(), 5_000);
        assert_eq!(of_file("ping-interval = 0.5", None).unwrap(), 500);
        assert_eq!(of_file("ping-interval = 5", Some("0.25")).unwrap(), 250);
        for good in ["0.1", "20", " 7.5 "] {
            assert!(ping_interval(good).is_ok(), "{good}");
        }
        for bad in ["0.09", "20.1", "0", "-1", "nan", "inf", "20s", ""] {
            assert_eq!(ping_interval(bad), Err("give seconds from 0.1 to 20".to_owned()), "{bad}");
        }
        for bad in ["0", "21", "nan", "-inf"] {
            let loaded = of_file(&format!("ping-interval = {bad}"), None);
            assert!(matches!(loaded, Err(ConfigError::PingInterval(_))), "{bad}");
        }
    }

    #[test]
    fn a_quota_is_what_is_set_and_lets_something_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wardlight.toml");
        let of_file = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let options = ServeOptions { config: Some(path.clone()), ..ServeOptions::default() };
            Config::load(options).map(|config| config.upload_quota)
        };
        assert_eq!(of_file("").unwrap(), quota("4096,2000").unwrap());
        let set = of_file("upload-quota = '1, 3'").unwrap();
        assert_eq!(set, Quota { pictures: 3, bytes: 1024 * 1024 });
        for bad in ["", "1", "0,1", "1,0", "-1,1", "1,2,3", "4294967296,1", "1.5,1"] {
            assert!(quota(bad).is_err(), "{bad}");
            let loaded = of_file(&format!("upload-quota = '{bad}'"));
            assert!(matches!(loaded, Err(ConfigError::UploadQuota(_))), "{bad}");
        }
    }

    #[test]
    fn no_setting_is_hidden() {
        let command = ServeOptions::augment_args(clap::Command::new("serve"));
        let settings: Vec<_> = command.get_arguments().collect();
        assert!(settings.len() > 30, "{}", settings.len());
        for setting in settings {
            let told = setting.get_help().is_some_and(|help| !help.to_string().is_empty());
            assert!(told && !setting.is_hide_set() && !setting.is_hide_env_set(), "{}", setting.get_id());
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_with_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wardlight.toml");
        std::fs::write(&path, "listne = \"127.0.0.1:1\"").unwrap();
        let options = ServeOptions { config: Some(path), ..ServeOptions::default() };
        let error = Config::load(options).unwrap_err().to_string();
        assert!(error.contains("listne"), "{error}");
    }
}
