//! Tables that people make for themselves, delete, and bring back.
//!
//! A deleted table sleeps, and nobody can wake it; for a while its game masters can bring it back as it was. Then it is removed
//! with all that it knew, and with the pictures that no other table has.

use clap::ValueEnum;
use serde::Deserialize;
use store::DeletedRow;
use tabletop::id::{AccountId, TableId};
use tabletop::name::Name;
use tracing::info;

use crate::app::App;
use crate::first_start::empty;
use crate::http::problem::Problem;
use crate::limits::{DELETED_TABLES_KEPT_MS, TABLES_PER_ACCOUNT_MAX};
use crate::tiles::TileError;

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

impl App {
    /// Whether an account may make tables; a guest may not.
    pub(crate) async fn may_found(&self, account: AccountId) -> Result<bool, Problem> {
        let failed = Problem::internal("read an account");
        let login = self.tables.store.login_of(account).await.map_err(|error| failed(&error))?;
        Ok(self.new_tables == NewTables::Accounts && login.is_some())
    }

    /// Makes an empty table whose game master the account is.
    pub(crate) async fn found_table(&self, account: AccountId, name: &Name) -> Result<TableId, Problem> {
        if self.new_tables == NewTables::Administrator {
            return Err(Problem::NoNewTables);
        }
        let record = self.login_of(account).await?;
        self.has_room_for_a_table(account).await?;
        let failed = Problem::internal("make a table");
        let random = identity::entropy::secret::<16>().map_err(|error| failed(&error))?;
        let table = TableId::from_bytes(random);
        // What an account is called is a name; should it be none, what it signs in with is.
        let shown = self.tables.store.account_name(account).await.map_err(|error| failed(&error))?;
        let master =
            Name::parse(shown.as_deref().unwrap_or_default()).or_else(|_| Name::parse(&record.login));
        let master = master.map_err(|error| failed(&error))?;
        let mut new = empty(self.tables.clock.now_ms(), table, name, (account, &master));
        new.founder = Some(account);
        self.tables.store.create_table(new).await.map_err(|error| failed(&error))?;
        info!(%table, "table.created");
        Ok(table)
    }

    async fn has_room_for_a_table(&self, account: AccountId) -> Result<(), Problem> {
        let failed = Problem::internal("count an account's tables");
        let has = self.tables.store.tables_founded_by(account).await.map_err(|error| failed(&error))?;
        if has < TABLES_PER_ACCOUNT_MAX {
            return Ok(());
        }
        Err(Problem::BadRequest(format!(
            "An account can make at most {TABLES_PER_ACCOUNT_MAX} tables; delete one first."
        )))
    }

    /// Deletes a table: everybody goes, and nobody comes back until it is brought back.
    pub(crate) async fn delete_table(&self, table: TableId) -> Result<(), Problem> {
        let failed = Problem::internal("delete a table");
        let now_ms = self.tables.clock.now_ms();
        let deleted = self.tables.asleep(table, async |store| store.delete_table(table, now_ms).await).await;
        if !deleted.map_err(|error| failed(&error))? {
            return Err(Problem::NotFound);
        }
        info!(%table, "table.deleted");
        Ok(())
    }

    /// The tables that an account can bring back.
    pub(crate) async fn restorable(&self, account: AccountId) -> Result<Vec<DeletedRow>, Problem> {
        let failed = Problem::internal("list deleted tables");
        let since_ms = self.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
        self.tables.store.deleted_tables_of(account, since_ms).await.map_err(|error| failed(&error))
    }

    /// Brings a table back that its game master deleted.
    pub(crate) async fn restore_table(&self, account: AccountId, table: TableId) -> Result<(), Problem> {
        if !self.restorable(account).await?.iter().any(|row| row.table == table) {
            return Err(Problem::NotFound);
        }
        self.has_room_for_a_table(account).await?;
        let failed = Problem::internal("bring a table back");
        let since_ms = self.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
        let restored = self.tables.store.restore_table(table, since_ms).await;
        if !restored.map_err(|error| failed(&error))? {
            return Err(Problem::NotFound);
        }
        info!(%table, "table.restored");
        Ok(())
    }

    /// Removes what was deleted long ago, for good.
    pub(crate) async fn remove_deleted_tables(&self) -> Result<(), TileError> {
        let store = &self.tables.store;
        let before_ms = self.tables.clock.now_ms().saturating_sub(DELETED_TABLES_KEPT_MS);
        for table in store.tables_to_forget(before_ms).await? {
            {
                // Nobody stores one of these pictures again between the look and the end.
                let _alone = self.storing.write().await;
                for blob in store.pictures_only_of(table).await? {
                    self.tiles.forget(blob).await?;
                    self.blobs.remove(blob).await?;
                }
                store.forget_uploads_of(table).await?;
            }
            store.forget_table(table).await?;
            info!(%table, "table.removed");
        }
        Ok(())
    }
}
