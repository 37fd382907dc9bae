//! Tables that people make for themselves, delete, and bring back.
//!
//! A deleted table sleeps, and nobody can wake it; for a while its game masters can bring it back as it was. Then it is removed
//! with all that it knew, and with the pictures that no other table has.

use std::sync::Arc;

use clap::ValueEnum;
use serde::Deserialize;
use store::{DeletedRow, Restored, TablesMax};
use tabletop::id::{AccountId, TableId};
use tabletop::name::Name;
use tracing::{Instrument, Span, info, warn};

use crate::app::App;
use crate::first_start::empty;
use crate::http::problem::Problem;
use crate::limits::{DELETED_TABLES_KEPT_MS, TABLES_PER_ACCOUNT_MAX, TABLES_WITH_DELETED_MAX};
use crate::tiles::TileError;

const TABLES_MAX: TablesMax =
    TablesMax { standing: TABLES_PER_ACCOUNT_MAX, with_deleted: TABLES_WITH_DELETED_MAX };

/// Who may make tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewTables {
    /// Whoever has an account.
    #[default]
    Accounts,
    /// Whoever runs the server, by `wardlight admin new-table`.
    Administrator,
}

/// Does something to its end, also if whoever asked for it is gone before: a table is not left between two states, and what
/// was done is told to the log.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work.instrument(Span::current())).await.unwrap_or(Err(Problem::Defect))
}

fn no_room() -> Problem {
    Problem::BadRequest(format!(
        "One account can have made {} tables, or {} with the deleted ones that are not removed yet.",
        TABLES_MAX.standing, TABLES_MAX.with_deleted
    ))
}

impl App {
    /// Makes an empty table whose game master the account is.
    pub(crate) async fn found_table(
        self: &Arc<Self>,
        account: AccountId,
        name: Name,
    ) -> Result<TableId, Problem> {
        if self.new_tables == NewTables::Administrator {
            return Err(Problem::NoNewTables);
        }
        let record = self.login_of(account).await?;
        let failed = Problem::internal("make a table");
        let random = identity::entropy::secret::<16>().map_err(|error| failed(&error))?;
        let table = TableId::from_bytes(random);
        // What an account is called is a name; should it be none, what it signs in with is.
        let shown = self.tables.store.account_name(account).await.map_err(|error| failed(&error))?;
        let master =
            Name::parse(shown.as_deref().unwrap_or_default()).or_else(|_| Name::parse(&record.login));
        let master = master.map_err(|error| failed(&error))?;
        let mut new = empty(self.tables.clock.now_ms(), table, &name, (account, &master));
        new.founder = Some(account);
        let app = Arc::clone(self);
        to_its_end(async move {
            let failed = Problem::internal("make a table");
            let made = app.tables.store.found_table(new, TABLES_MAX).await;
            if !made.map_err(|error| failed(&error))? {
                return Err(no_room());
            }
            info!(%table, "table.created");
            Ok(table)
        })
        .await
    }

    /// Deletes a table of which the account is a game master: everybody goes, and nobody comes back until it is brought back. It
    /// is not woken for that.
    pub(crate) async fn delete_table(
        self: &Arc<Self>,
        account: AccountId,
        table: TableId,
    ) -> Result<(), Problem> {
        let failed = Problem::internal("list tables");
        let own = self.tables.store.tables_of(account).await.map_err(|error| failed(&error))?;
        if !own.iter().any(|row| row.table == table && row.role == "gm") {
            return Err(Problem::NotFound);
        }
        // The session of a guest who signs in or out is over: they could not bring it back.
        self.login_of(account).await?;
        let app = Arc::clone(self);
        to_its_end(async move {
            let failed = Problem::internal("delete a table");
            let now_ms = app.tables.clock.now_ms();
            let deleted =
                app.tables.asleep(table, async |store| store.delete_table(table, now_ms).await).await;
            if !deleted.map_err(|error| failed(&error))? {
                return Err(Problem::NotFound);
            }
            info!(%table, "table.deleted");
            Ok(())
        })
        .await
    }

    /// The tables that an account can bring back.
    pub(crate) async fn restorable(&self, account: AccountId) -> Result<Vec<DeletedRow>, Problem> {
        let failed = Problem::internal("list deleted tables");
        let since_ms = self.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
        self.tables.store.deleted_tables_of(account, since_ms).await.map_err(|error| failed(&error))
    }

    /// Brings a table back of which the account is a game master.
    pub(crate) async fn restore_table(
        self: &Arc<Self>,
        account: AccountId,
        table: TableId,
    ) -> Result<(), Problem> {
        if !self.restorable(account).await?.iter().any(|row| row.table == table) {
            return Err(Problem::NotFound);
        }
        let app = Arc::clone(self);
        to_its_end(async move {
            let failed = Problem::internal("bring a table back");
            let since_ms = app.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
            let restored = app.tables.store.restore_table(table, since_ms, TABLES_MAX).await;
            match restored.map_err(|error| failed(&error))? {
                Restored::Yes => {}
                Restored::NoTable => return Err(Problem::NotFound),
                Restored::NoRoom => return Err(no_room()),
            }
            info!(%table, "table.restored");
            Ok(())
        })
        .await
    }

    /// Removes what was deleted long ago, for good.
    pub(crate) async fn remove_deleted_tables(&self) {
        let store = &self.tables.store;
        let before_ms = self.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
        let tables = match store.tables_to_forget(before_ms).await {
            Ok(tables) => tables,
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "table.remove.failed");
                return;
            }
        };
        for table in tables {
            match self.remove_table(table).await {
                Ok(()) => info!(%table, "table.removed"),
                // The others are none the worse for it.
                Err(error) => warn!(%table, error = &error as &dyn std::error::Error, "table.remove.failed"),
            }
        }
    }

    async fn remove_table(&self, table: TableId) -> Result<(), TileError> {
        let store = &self.tables.store;
        let mut named_elsewhere = Vec::new();
        for blob in store.pictures_only_of(table).await? {
            if store.is_in_an_older_log(table, blob).await? {
                named_elsewhere.push(blob);
            }
        }
        {
            // Nobody stores one of these pictures again between the look and the end.
            let _alone = self.storing.write().await;
            for blob in store.pictures_only_of(table).await? {
                if !named_elsewhere.contains(&blob) {
                    self.tiles.forget(blob).await?;
                    self.blobs.remove(blob).await?;
                }
            }
            store.forget_uploads_of(table).await?;
        }
        store.forget_table(table).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_was_begun_is_done_though_nobody_waits_for_it() {
        let (go, wait) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        {
            let mut asked = pin!(to_its_end(async move {
                wait.await.map_err(|_| Problem::Unavailable)?;
                done.send(()).map_err(|()| Problem::Unavailable)
            }));
            assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        go.send(()).unwrap();
        is_done.await.unwrap();
    }
}
