//! Tables, for whoever runs the server. All of it works beside a running server on the same data.

use std::io;

use clap::Subcommand;
use serde_json::{Value, json};
use store::{Restored, Store, StoreError, TableRow, TablesMax};
use tabletop::id::TableId;

use super::{Place, PlaceError, Told, day, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::DELETED_TABLES_KEPT_MS;
use crate::trail::{BesideError, admin_acts};

#[derive(Subcommand)]
pub(super) enum Tables {
    /// Show all tables, and the deleted ones that can be brought back
    List(Place),
    /// Delete a table; for 30 days it can be brought back
    Delete {
        /// Its id
        table: TableId,
        #[command(flatten)]
        place: Place,
    },
    /// Bring a deleted table back as it was
    Restore {
        /// Its id
        table: TableId,
        #[command(flatten)]
        place: Place,
    },
}

/// One line that says what to change.
#[derive(Debug, thiserror::Error)]
pub(super) enum TablesTaskError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("there is no table {0}; see: wardlight tables list")]
    NoTable(TableId),
    #[error("could not read or write the tables")]
    Store(#[from] StoreError),
    #[error("the audit trail could not be written, so nothing was done")]
    Audit(#[from] BesideError),
}

impl Tables {
    fn place(&self) -> &Place {
        match self {
            Self::List(place) | Self::Delete { place, .. } | Self::Restore { place, .. } => place,
        }
    }
}

pub(super) async fn run(task: Tables) -> Result<(), TablesTaskError> {
    let (config, store) = task.place().open().await?;
    let told = done(&store, &task, &config).await;
    store.close().await;
    tell(&mut io::stdout(), &told?.written(task.place().format));
    Ok(())
}

async fn done(store: &Store, task: &Tables, config: &Config) -> Result<Told, TablesTaskError> {
    let now_ms = Clock.now_ms();
    let since_ms = now_ms.saturating_sub(DELETED_TABLES_KEPT_MS);
    let tables = store.tables_and_deleted(since_ms).await?;
    let known = |table: &TableId, is_wanted: fn(&TableRow) -> bool| {
        let is_known = tables.iter().any(|row| row.table == *table && is_wanted(row));
        if is_known { Ok(()) } else { Err(TablesTaskError::NoTable(*table)) }
    };
    let acts = async |act: &str, table: &TableId| {
        admin_acts(store, &config.data.join("keys"), act, [("table", Value::from(table.to_string()))]).await
    };
    match task {
        Tables::List(_) => Ok(list(&tables)),
        Tables::Delete { table, .. } => {
            known(table, |row| row.deleted_at_ms.is_none())?;
            acts("tables.delete", table).await?;
            if !store.delete_table(*table, now_ms).await? {
                return Err(TablesTaskError::NoTable(*table));
            }
            let text = format!(
                "It is deleted. Whoever sits at it notices with the next move there.\n\
                 To undo within 30 days: wardlight tables restore {table}\n"
            );
            Ok(Told { text, json: json!({ "table": table.to_string(), "deleted": true }) })
        }
        Tables::Restore { table, .. } => {
            known(table, |row| row.deleted_at_ms.is_some())?;
            acts("tables.restore", table).await?;
            // Whoever runs the server may give somebody more than they may take.
            let max = TablesMax { standing: u64::MAX, with_deleted: u64::MAX };
            if store.restore_table(*table, since_ms, max).await? != Restored::Yes {
                return Err(TablesTaskError::NoTable(*table));
            }
            Ok(Told {
                text: "It is there again.\n".to_owned(),
                json: json!({ "table": table.to_string(), "deleted": false }),
            })
        }
    }
}

fn list(tables: &[TableRow]) -> Told {
    let rows: Vec<_> = tables
        .iter()
        .map(|row| {
            json!({
                "table": row.table.to_string(),
                "name": row.name,
                "created_at_ms": row.created_at_ms,
                "founder": row.founder.map(|founder| founder.to_string()),
                "deleted_at_ms": row.deleted_at_ms,
            })
        })
        .collect();
    let mut text = if tables.is_empty() {
        "There is no table. To make one: wardlight admin new-table\n".to_owned()
    } else {
        format!("{:<32}  {:<10}  {:<10}  NAME\n", "TABLE", "MADE ON", "DELETED ON")
    };
    for row in tables {
        let deleted = row.deleted_at_ms.map(day).unwrap_or_default();
        text.push_str(&format!(
            "{:<32}  {:<10}  {deleted:<10}  {}\n",
            row.table,
            day(row.created_at_ms),
            row.name
        ));
    }
    Told { text, json: json!({ "tables": rows }) }
}
