//! The audit trail: what the log tells of security, kept in the database so that nothing of it can be changed, taken out or
//! moved without being found out (see `audit`).
//!
//! [`Ear`] hears what is told and never waits; [`Trail`] writes it. What the one cannot keep up with is counted, and the
//! trail says how much it was.

mod ear;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::{Entry, Fields, Hash, Head, SigningKey, Verifier};
use identity::{AuditKey, KeyError};
use serde_json::Value;
use store::{AuditRecord, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, info, warn};

use crate::clock::Clock;
use crate::limits::{AUDIT_CHECKPOINT_AFTER, AUDIT_CHECKPOINT_ENTRIES, AUDIT_QUEUE_MAX, AUDIT_RETRY_AFTER};

pub(crate) use ear::Ear;

/// So often it is tried to add to an end that others add to as well.
const ATTEMPTS_MAX: u32 = 20;
/// So many entries of others are looked at behind an end. More at once come from nobody who may add some.
const FOREIGN_MAX: u32 = 2_000;

/// One thing that was told.
#[derive(Debug)]
struct Heard {
    at_ms: u64,
    event: &'static str,
    fields: Fields,
}

/// What was heard and is not written yet.
#[derive(Debug)]
pub(crate) struct Trail {
    heard: mpsc::Receiver<Heard>,
    lost: Arc<AtomicU64>,
}

/// An ear, and the trail that it fills.
pub(crate) fn listen() -> (Ear, Trail) {
    let (heard, waiting) = mpsc::channel(AUDIT_QUEUE_MAX);
    let lost = Arc::new(AtomicU64::new(0));
    (Ear::new(heard, Arc::clone(&lost)), Trail { heard: waiting, lost })
}

/// Writes and signs what whoever runs the server is about to do by a command, beside a running server or without one: what
/// cannot be written is not done.
pub(crate) async fn admin_acts(
    store: &Store,
    keys: &Path,
    act: &str,
    about: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<(), BesideError> {
    let key = signing_key_beside(keys, store).await?;
    let mut fields: Fields = about.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    fields.insert("act".to_owned(), Value::from(act));
    let mut attempts = 0;
    loop {
        let stored = store.audit_end().await?;
        let now_ms = Clock.now_ms();
        let entry = stored.map_or(Head::EMPTY, head).entry(now_ms, "admin.acted", fields.clone());
        let checkpoint = entry.head().checkpoint(now_ms, &key);
        match store.append_audit(stored, &[record(entry), record(checkpoint)]).await {
            // The server wrote in between.
            Err(StoreError::Conflict) if attempts < ATTEMPTS_MAX => attempts += 1,
            result => return Ok(result?),
        }
    }
}

/// The key that signs checkpoints, in the directory of keys; one is made at the first start.
pub(crate) fn signing_key(keys: &Path) -> Result<SigningKey, KeyError> {
    SigningKey::from_seed(&AuditKey::load_or_create(keys)?.seed()).ok_or(KeyError::Make)
}

/// The key that signs checkpoints, for a command. None is made where there is a trail already: it would be another's.
pub(crate) async fn signing_key_beside(keys: &Path, store: &Store) -> Result<SigningKey, BesideError> {
    let path = keys.join("audit.key");
    if !path.exists() && store.audit_end().await?.is_some() {
        let source = io::Error::new(
            io::ErrorKind::NotFound,
            "the key of this trail lies elsewhere; name the server's data with --data",
        );
        return Err(KeyError::File { path, source }.into());
    }
    Ok(signing_key(keys)?)
}

/// There is no key to sign with beside a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BesideError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Trail {
    /// Writes until `stopped`, and then the rest. A store that fails is tried again.
    pub(crate) async fn keep(self, store: Store, key: SigningKey, stopped: watch::Receiver<bool>) {
        let Self { heard, lost } = self;
        let mut writer = Writer::new(store, key, lost);
        writer.run(heard, stopped).await;
    }
}

struct Writer {
    store: Store,
    key: SigningKey,
    lost: Arc<AtomicU64>,
    /// The end that this server wrote or found; `None` as long as it looked for none.
    known: Option<Head>,
    heard: Vec<Heard>,
    /// Entries since the last checkpoint.
    unsigned: u64,
    /// When the next checkpoint is due; `None` while everything is signed.
    sign_at: Option<Instant>,
    has_failed: bool,
}

impl Writer {
    fn new(store: Store, key: SigningKey, lost: Arc<AtomicU64>) -> Self {
        Self {
            store,
            key,
            lost,
            known: None,
            heard: Vec::new(),
            unsigned: 0,
            sign_at: None,
            has_failed: false,
        }
    }

    async fn run(&mut self, mut waiting: mpsc::Receiver<Heard>, mut stopped: watch::Receiver<bool>) {
        loop {
            let room = AUDIT_CHECKPOINT_ENTRIES.saturating_sub(self.heard.len());
            let sign_at = self.sign_at;
            let is_due = async {
                match sign_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                count = waiting.recv_many(&mut self.heard, room), if room > 0 => {
                    // Nobody tells anything any more.
                    if count == 0 {
                        break;
                    }
                }
                () = is_due => {}
                _ = stopped.changed() => break,
            }
            // What comes meanwhile waits in the queue.
            while self.write(false).await.is_err() {
                tokio::select! {
                    () = sleep(AUDIT_RETRY_AFTER) => {}
                    _ = stopped.changed() => return self.finish(&mut waiting).await,
                }
            }
        }
        self.finish(&mut waiting).await;
    }

    /// Writes what is left and signs it. A store that fails now has told so, and the end is not signed.
    async fn finish(&mut self, waiting: &mut mpsc::Receiver<Heard>) {
        let mut attempts = 0;
        loop {
            while self.heard.len() < AUDIT_CHECKPOINT_ENTRIES
                && let Ok(heard) = waiting.try_recv()
            {
                self.heard.push(heard);
            }
            let is_end = self.heard.len() < AUDIT_CHECKPOINT_ENTRIES;
            match self.write(is_end).await {
                Ok(()) if is_end => break,
                Ok(()) => {}
                Err(StoreError::Conflict) if attempts < ATTEMPTS_MAX => attempts += 1,
                Err(_) => break,
            }
        }
    }

    /// Writes what was heard, and a checkpoint if it is due or this is the end.
    async fn write(&mut self, is_end: bool) -> Result<(), StoreError> {
        let written = self.try_write(is_end).await;
        if let Err(error) = &written
            && !self.has_failed
            && !matches!(error, StoreError::Conflict)
        {
            // Once: it is tried again each second.
            warn!(error = error as &dyn std::error::Error, "audit.failed");
        }
        self.has_failed = written.as_ref().is_err_and(|error| !matches!(error, StoreError::Conflict));
        written
    }

    async fn try_write(&mut self, is_end: bool) -> Result<(), StoreError> {
        let now_ms = Clock.now_ms();
        let known = self.end().await?;
        let mut entries = Vec::with_capacity(self.heard.len() + 2);
        let mut add = |entry: Entry| {
            let head = entry.head();
            entries.push(record(entry));
            head
        };
        let mut last = known;
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            let count = [("count".to_owned(), Value::from(lost))];
            last = add(last.entry(now_ms, audit::LOST, count.into_iter().collect()));
        }
        for heard in &self.heard {
            last = add(last.entry(heard.at_ms, heard.event, heard.fields.clone()));
        }
        let unsigned = self.unsigned + (last.seq - known.seq);
        let is_due = self.sign_at.is_some_and(|at| at <= Instant::now());
        let signs = unsigned > 0 && (is_end || is_due || unsigned >= AUDIT_CHECKPOINT_ENTRIES as u64);
        if signs {
            last = add(last.checkpoint(now_ms, &self.key));
        }
        if entries.is_empty() {
            return Ok(());
        }
        let stored = (known.seq > 0).then_some((known.seq, *known.hash.as_bytes()));
        match self.store.append_audit(stored, &entries).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => {
                if !self.is_written(known, &entries).await? {
                    self.find_end_again(known).await?;
                    return Err(StoreError::Conflict);
                }
            }
            Err(error) => return Err(error),
        }
        self.known = Some(last);
        self.heard.clear();
        if lost > 0 {
            self.lost.fetch_sub(lost, Ordering::Relaxed);
            warn!(count = lost, "audit.lost");
        }
        if signs {
            (self.unsigned, self.sign_at) = (0, None);
            // Elsewhere: whoever has this line knows if the trail ends sooner, or says otherwise up to here.
            info!(seq = last.seq, hash = %last.hash, "audit.checkpoint");
        } else {
            self.unsigned = unsigned;
            self.sign_at.get_or_insert_with(|| Instant::now() + AUDIT_CHECKPOINT_AFTER);
        }
        Ok(())
    }

    /// The end of the trail as this server knows it.
    async fn end(&mut self) -> Result<Head, StoreError> {
        if let Some(known) = self.known {
            return Ok(known);
        }
        let end = self.store.audit_end().await?.map_or(Head::EMPTY, head);
        if end.seq > 0 {
            let last = self.store.audit_entries(end.seq - 1, 1).await?;
            if last.first().is_some_and(|last| !last.is_checkpoint) {
                // Whoever wrote it ended too soon to sign it.
                (self.unsigned, self.sign_at) = (1, Some(Instant::now()));
            }
        }
        self.known = Some(end);
        Ok(end)
    }

    /// Whether what was to be written stands behind the end already: the database took it and was not in time to say so.
    async fn is_written(&self, known: Head, entries: &[AuditRecord]) -> Result<bool, StoreError> {
        Ok(self.store.audit_entries(known.seq, FOREIGN_MAX).await? == entries)
    }

    /// The trail does not end where this server left it. Either a command beside it added to it, which signs what it adds, or
    /// somebody changed it.
    async fn find_end_again(&mut self, known: Head) -> Result<(), StoreError> {
        let is_right = self.goes_on_rightly(known).await?;
        let end = self.store.audit_end().await?.map_or(Head::EMPTY, head);
        if !is_right {
            error!(seq = known.seq, hash = %known.hash, "audit.broken");
            let fields = [
                ("known_seq".to_owned(), Value::from(known.seq)),
                ("known_hash".to_owned(), Value::from(known.hash.to_string())),
            ];
            let fields = fields.into_iter().collect();
            self.heard.insert(0, Heard { at_ms: Clock.now_ms(), event: audit::BROKEN, fields });
        }
        self.known = Some(end);
        Ok(())
    }

    /// Whether the entry that this server knows as the last still stands, and what follows it is signed to its end.
    async fn goes_on_rightly(&self, known: Head) -> Result<bool, StoreError> {
        if known.seq > 0 {
            let ours = self.store.audit_entries(known.seq - 1, 1).await?;
            let stands = |entry: &AuditRecord| (entry.seq, &entry.hash) == (known.seq, known.hash.as_bytes());
            if !ours.first().is_some_and(stands) {
                return Ok(false);
            }
        }
        let mut verifier = Verifier::after(known, self.key.verifying());
        let following = self.store.audit_entries(known.seq, FOREIGN_MAX).await?;
        let are_right = following
            .iter()
            .all(|entry| verifier.take(entry.seq, &entry.text, Hash::from_bytes(entry.hash)).is_ok());
        let is_signed = following.last().is_some_and(|last| last.is_checkpoint);
        Ok(are_right && is_signed && verifier.finish().is_ok_and(|verified| verified.unsigned == 0))
    }
}

fn head((seq, hash): (u64, [u8; 32])) -> Head {
    Head { seq, hash: Hash::from_bytes(hash) }
}

fn record(entry: Entry) -> AuditRecord {
    AuditRecord {
        seq: entry.seq,
        hash: *entry.hash.as_bytes(),
        text: entry.text,
        is_checkpoint: entry.is_checkpoint,
    }
}
