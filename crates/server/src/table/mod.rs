//! Running tables: which are awake, and how to reach them.

mod actor;
mod answers;
mod outbox;
#[cfg(test)]
mod testing;
mod wake;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    awake: HashMap<TableId, mpsc::Sender<Message>>,
    /// Whoever wakes a table holds its lock, because each that loads it ends the lease of those before; and how many want
    /// it.
    waking: HashMap<TableId, (Arc<tokio::sync::Mutex<()>>, usize)>,
}

/// One of those who want a table that sleeps. The last one takes the lock away.
struct Waking<'registry> {
    registry: &'registry Registry,
    table: TableId,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl Drop for Waking<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut held) = self.registry.tables().waking.entry(self.table) {
            held.get_mut().1 -= 1;
            if held.get().1 == 0 {
                held.remove();
            }
        }
    }
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
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sender to a table that is awake.
    fn awake(&self, table: TableId) -> Option<mpsc::Sender<Message>> {
        self.tables().awake.get(&table).cloned()
    }

    fn waking(&self, table: TableId) -> Waking<'_> {
        let mut tables = self.tables();
        let (lock, wanted) = tables.waking.entry(table).or_default();
        *wanted += 1;
        Waking { registry: self, table, lock: Arc::clone(lock) }
    }

    /// How many tables are awake.
    pub(crate) fn awake_count(&self) -> usize {
        self.tables().awake.len()
    }

    /// Lets go of an idle table, unless somebody is about to talk to it.
    fn retire(&self, table: TableId, mailbox: &mpsc::Receiver<Message>) -> bool {
        let awake = &mut self.tables().awake;
        // Senders are cloned under this lock only, so one sender and no message means that nobody holds another.
        let alone = mailbox.is_empty() && mailbox.sender_strong_count() == 1;
        if alone {
            awake.remove(&table);
        }
        alone
    }

    /// Lets go of a table that takes no messages any more; one that was woken since stays.
    fn forget_closed(&self, table: TableId) {
        if let Entry::Occupied(held) = self.tables().awake.entry(table)
            && held.get().is_closed()
        {
            held.remove();
        }
    }

    /// Puts every table to sleep, which ends their connections.
    pub(crate) async fn close(&self) {
        let awake: Vec<_> = self.tables().awake.drain().collect();
        for (_, table) in awake {
            // One that is asleep already needs no word.
            drop(table.send(Message::Stop).await);
        }
    }
}

impl Shared {
    /// A sender to a table's actor, woken if it sleeps.
    pub(crate) async fn reach(self: &Arc<Self>, table: TableId) -> Result<mpsc::Sender<Message>, ReachError> {
        if let Some(sender) = self.registry.awake(table) {
            return Ok(sender);
        }
        let waking = self.registry.waking(table);
        let _alone = waking.lock.lock().await;
        if let Some(sender) = self.registry.awake(table) {
            return Ok(sender);
        }
        let woken = match wake::load(self, table).await {
            Ok(Some(woken)) => woken,
            Ok(None) => return Err(ReachError::NoTable),
            Err(error) => {
                error!(table = %table, error = &error as &dyn std::error::Error, "table.wake.failed");
                return Err(ReachError::Unavailable);
            }
        };
        let (sender, mailbox) = mpsc::channel(MAILBOX_MESSAGES_MAX);
        self.registry.tables().awake.insert(table, sender.clone());
        info!(table = %table, events = woken.seq, "table.awake");
        tokio::spawn(actor::Actor::new(table, Arc::clone(self), mailbox, woken).run());
        Ok(sender)
    }

    /// Does something to a table that is not awake meanwhile: if it is, it stores what was decided and sleeps first. Who asks
    /// for it waits.
    pub(crate) async fn asleep<T>(&self, table: TableId, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let waking = self.registry.waking(table);
        let _alone = waking.lock.lock().await;
        let awake = self.registry.tables().awake.remove(&table);
        if let Some(awake) = awake {
            // One that is asleep already needs no word.
            drop(awake.send(Message::Stop).await);
            awake.closed().await;
        }
        work(&self.store).await
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::testing::{TABLE, shared};
    use super::*;

    #[tokio::test]
    async fn a_table_that_many_want_at_once_is_woken_once() {
        let home = tempfile::tempdir().unwrap();
        let shared = Arc::new(shared(home.path(), DiceSource::Seeded(1)).await);
        let before = shared.store.acquire_lease(TABLE).await.unwrap().unwrap();
        let wanting = (0..16).map(|_| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move { shared.reach(TABLE).await.unwrap() })
        });
        let mut reached = Vec::new();
        for one in wanting.collect::<Vec<_>>() {
            reached.push(one.await.unwrap());
        }
        assert!(reached.iter().all(|sender| sender.same_channel(&reached[0])));
        assert!(shared.registry.tables().waking.is_empty());
        let woken = shared.store.acquire_lease(TABLE).await.unwrap().unwrap() - before - 1;
        assert_eq!(woken, 1, "who wakes a table again ends the lease of the one that is awake");
    }

    #[tokio::test]
    async fn who_gives_up_waking_a_table_leaves_it_to_the_next() {
        let home = tempfile::tempdir().unwrap();
        let shared = Arc::new(shared(home.path(), DiceSource::Seeded(1)).await);
        {
            let mut first = pin!(shared.reach(TABLE));
            assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert_eq!(shared.registry.tables().waking.len(), 1);
        }
        assert!(shared.registry.tables().waking.is_empty());
        shared.reach(TABLE).await.unwrap();
        assert!(matches!(shared.reach(TableId::from_bytes([9; 16])).await, Err(ReachError::NoTable)));
        assert!(shared.registry.tables().waking.is_empty());
        assert_eq!(shared.registry.awake_count(), 1);
    }
}
