//! Running tables: which are awake, and how to reach them.

mod actor;
mod answers;
mod outbox;
#[cfg(test)]
mod testing;
mod wake;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::Store;
use tabletop::id::TableId;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

pub(crate) use actor::{Answer, Message, Question, Turn};
pub(crate) use outbox::{End, Next, Outbox};

use crate::clock::Clock;
use crate::entropy::DiceSource;
use crate::limits::MAILBOX_MESSAGES_MAX;
use crate::security::SecurityLog;
use crate::testing::Testing;

/// What all tables share.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) dice: DiceSource,
    pub(crate) counters: Counters,
    pub(crate) security: SecurityLog,
    pub(crate) registry: Registry,
    pub(crate) testing: Testing,
    /// Set by tests that want tables to sleep sooner.
    pub(crate) idle_before_sleep: Option<Duration>,
}

/// What the ops listener tells.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) frames_in: AtomicU64,
    pub(crate) frames_refused: AtomicU64,
    pub(crate) frames_too_soon: AtomicU64,
    pub(crate) failed_appends: AtomicU64,
    pub(crate) decisions_panicked: AtomicU64,
    pub(crate) tables_quarantined: AtomicU64,
    pub(crate) blind_looks: AtomicU64,
    /// Reports of pages that broke the content security policy.
    pub(crate) policy_violations: AtomicU64,
}

/// The tables that are awake.
#[derive(Default)]
pub(crate) struct Registry {
    awake: Mutex<HashMap<TableId, mpsc::Sender<Message>>>,
}

/// A table cannot be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReachError {
    /// There is no such table.
    #[error("no such table")]
    NoTable,
    /// It cannot be loaded, or has too much to do.
    #[error("the table cannot be served now")]
    Unavailable,
}

impl Registry {
    fn awake(&self) -> MutexGuard<'_, HashMap<TableId, mpsc::Sender<Message>>> {
        self.awake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many tables are awake.
    pub(crate) fn awake_count(&self) -> usize {
        self.awake().len()
    }

    /// Lets go of an idle table, unless somebody is about to talk to it.
    fn retire(&self, table: TableId, mailbox: &mpsc::Receiver<Message>) -> bool {
        let mut awake = self.awake();
        // Senders are cloned under this lock only, so one sender and no message means that nobody holds another.
        let alone = mailbox.is_empty() && mailbox.sender_strong_count() == 1;
        if alone {
            awake.remove(&table);
        }
        alone
    }

    /// Puts every table to sleep, which ends their connections.
    pub(crate) async fn close(&self) {
        let awake: Vec<_> = self.awake().drain().collect();
        for (_, table) in awake {
            // One that is asleep already needs no word.
            drop(table.send(Message::Stop).await);
        }
    }
}

impl Shared {
    /// A sender to a table's actor, woken if it sleeps.
    pub(crate) async fn reach(self: &Arc<Self>, table: TableId) -> Result<mpsc::Sender<Message>, ReachError> {
        if let Some(sender) = self.registry.awake().get(&table) {
            return Ok(sender.clone());
        }
        let woken = match wake::load(self, table).await {
            Ok(Some(woken)) => woken,
            Ok(None) => return Err(ReachError::NoTable),
            Err(error) => {
                error!(table = %table, error = &error as &dyn std::error::Error, "table.wake.failed");
                return Err(ReachError::Unavailable);
            }
        };
        let mut awake = self.registry.awake();
        if let Some(sender) = awake.get(&table) {
            // Somebody else woke it meanwhile; what was loaded here is dropped.
            return Ok(sender.clone());
        }
        let (sender, mailbox) = mpsc::channel(MAILBOX_MESSAGES_MAX);
        awake.insert(table, sender.clone());
        info!(table = %table, events = woken.seq, "table.awake");
        tokio::spawn(actor::Actor::new(table, Arc::clone(self), mailbox, woken).run());
        Ok(sender)
    }

    /// Sends one message to a table.
    pub(crate) async fn send(self: &Arc<Self>, table: TableId, message: Message) -> Result<(), ReachError> {
        self.reach(table).await?.send(message).await.map_err(|_| ReachError::Unavailable)
    }

    /// Asks a table something.
    pub(crate) async fn ask<T>(
        self: &Arc<Self>,
        table: TableId,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, ReachError> {
        let (reply, answer) = oneshot::channel();
        self.send(table, message(reply)).await?;
        answer.await.map_err(|_| ReachError::Unavailable)
    }
}
