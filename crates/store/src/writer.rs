//! The one writer of event logs: groups the appends of all tables into one transaction.
//!
//! A synced commit costs the same for one event as for thousands, so whatever waits goes into the next one, in
//! multi-row statements. Each table keeps its own fence: a conflict refuses that table's append and no other's. Nothing is
//! logged here: each waiting table gets the error and says so once.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, QueryBuilder, Row, Sqlite};
use tabletop::id::TableId;
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::probe;
use crate::records::{Append, MemberChange};
use crate::sqlite::number;
use crate::transaction;

/// The step that fails when nothing could be stored.
pub(crate) const PROBE: &str = "write to the data directory";
/// Appends that wait for the writer.
pub(crate) const QUEUE_MAX: usize = 4_096;
/// Appends in one transaction.
const GROUP_MAX: usize = 1_024;
/// Rows in one statement: SQLite takes 32,766 variables.
const ROWS_MAX: usize = 4_000;

/// What the writer does, and who waits for it.
pub(crate) enum Job {
    Append(AppendJob),
    /// Proves that something could be stored.
    Probe(oneshot::Sender<Result<(), StoreError>>),
}

pub(crate) struct AppendJob {
    pub(crate) append: Append,
    pub(crate) done: oneshot::Sender<Result<(), StoreError>>,
}

/// Runs until the last sender is gone.
pub(crate) async fn run(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(GROUP_MAX);
    let (mut group, mut probes) = (Vec::with_capacity(GROUP_MAX), Vec::new());
    while jobs.recv_many(&mut waiting, GROUP_MAX).await > 0 {
        for job in waiting.drain(..) {
            match job {
                Job::Append(append) => group.push(append),
                Job::Probe(done) => probes.push(done),
            }
        }
        // Whoever no longer waits finds the outcome in the log.
        let outcomes = outcomes(&mut connection, &group).await;
        for (job, outcome) in group.drain(..).zip(outcomes) {
            drop(job.done.send(outcome));
        }
        if probes.is_empty() {
            continue;
        }
        let proven = probe::database(&mut connection).await.map_err(Arc::new);
        for done in probes.drain(..) {
            let failure = |error| StoreError::Unavailable { step: PROBE, source: Box::new(error) };
            drop(done.send(proven.clone().map_err(failure)));
        }
    }
    // Closing checkpoints the write-ahead log; a failure leaves it for the next start.
    drop(connection.close().await);
}

/// Writes a group, together if that works, else one by one: what is wrong with one append is not the others' affair.
async fn outcomes(connection: &mut SqliteConnection, group: &[AppendJob]) -> Vec<Result<(), StoreError>> {
    if group.is_empty() {
        return Vec::new();
    }
    let together = match write(connection, group).await {
        Ok(refused) => return refused.into_iter().map(unless).collect(),
        Err(error) => error,
    };
    // With a database that takes nothing each attempt would wait as long, for the same answer.
    let mut broken = (group.len() == 1 || concerns_all(&together)).then(|| Arc::new(together));
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        let error = match &broken {
            Some(error) => Arc::clone(error),
            None => match write(connection, std::slice::from_ref(job)).await {
                Ok(refused) => {
                    outcomes.push(unless(refused.contains(&true)));
                    continue;
                }
                Err(error) => {
                    let error = Arc::new(error);
                    broken = concerns_all(&error).then(|| Arc::clone(&error));
                    error
                }
            },
        };
        outcomes.push(Err(failure(error)));
    }
    outcomes
}

fn unless(refused: bool) -> Result<(), StoreError> {
    if refused { Err(StoreError::Conflict) } else { Ok(()) }
}

/// The key of events is the fence: a number that is taken is another writer's.
fn failure(error: Arc<sqlx::Error>) -> StoreError {
    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
        return StoreError::Conflict;
    }
    StoreError::Unavailable { step: "append events", source: Box::new(error) }
}

/// Whether an error is about the database and not about what was to be written.
fn concerns_all(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let Some(code) = code.and_then(|code| code.parse::<u32>().ok()) else { return true };
    // The lowest byte is the kind. A full disk may have room for what is smaller.
    !matches!(code & 0xff, ERROR | FULL | TOO_BIG | CONSTRAINT | MISMATCH)
}

/// SQLite's result codes for what is wrong with a statement or with its values.
const ERROR: u32 = 1;
const FULL: u32 = 13;
const TOO_BIG: u32 = 18;
const CONSTRAINT: u32 = 19;
const MISMATCH: u32 = 20;

/// Writes a group in one transaction; says for each append whether its fence refused it.
async fn write(connection: &mut SqliteConnection, group: &[AppendJob]) -> Result<Vec<bool>, sqlx::Error> {
    transaction::begin(connection).await?;
    let refused = insert(connection, group).await;
    transaction::end(connection, refused).await
}

async fn insert(connection: &mut SqliteConnection, group: &[AppendJob]) -> Result<Vec<bool>, sqlx::Error> {
    let mut known = fences(connection, group).await?;
    let mut refused = Vec::with_capacity(group.len());
    for AppendJob { append, .. } in group {
        let fits = known.get_mut(&append.table).is_some_and(|(last_seq, epoch)| {
            let fits = *last_seq == append.expected_seq && *epoch == append.lease_epoch;
            if fits {
                *last_seq += append.events.len() as u64;
            }
            fits
        });
        refused.push(!fits);
    }
    let accepted: Vec<&Append> =
        group.iter().zip(&refused).filter(|(_, refused)| !**refused).map(|(job, _)| &job.append).collect();
    insert_events(connection, &accepted).await?;
    insert_answers(connection, &accepted).await?;
    for append in &accepted {
        for MemberChange::Replace(members) in &append.members {
            replace_members(connection, append.table, members).await?;
        }
    }
    let touched: Vec<_> = accepted.iter().map(|append| append.table).collect();
    for tables in touched.chunks(ROWS_MAX) {
        let mut update = QueryBuilder::<Sqlite>::new("with moved (table_id, last_seq) as (");
        update.push_values(tables, |mut row, table| {
            let last_seq = known.get(table).map_or(0, |(last_seq, _)| *last_seq);
            row.push_bind(table.as_bytes().as_slice()).push_bind(number(last_seq));
        });
        update.push(
            ") update tables set last_seq = moved.last_seq from moved where tables.table_id = moved.table_id",
        );
        update.build().execute(&mut *connection).await?;
    }
    Ok(refused)
}

/// The last number and the lease of each table in the group.
async fn fences(
    connection: &mut SqliteConnection,
    group: &[AppendJob],
) -> Result<HashMap<TableId, (u64, u64)>, sqlx::Error> {
    let mut select =
        QueryBuilder::<Sqlite>::new("select table_id, last_seq, lease_epoch from tables where table_id in (");
    let mut tables = select.separated(", ");
    for job in group {
        tables.push_bind(job.append.table.as_bytes().as_slice());
    }
    select.push(")");
    let rows = select.build().fetch_all(connection).await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let id: Vec<u8> = row.try_get(0)?;
        let Ok(id) = <[u8; 16]>::try_from(id) else { continue };
        let (last_seq, epoch): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        known.insert(TableId::from_bytes(id), (last_seq.unsigned_abs(), epoch.unsigned_abs()));
    }
    Ok(known)
}

async fn insert_events(connection: &mut SqliteConnection, accepted: &[&Append]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = accepted
        .iter()
        .flat_map(|append| {
            (append.expected_seq + 1..).zip(&append.events).map(|(seq, event)| (append.table, seq, event))
        })
        .collect();
    for rows in rows.chunks(ROWS_MAX) {
        let mut insert = QueryBuilder::<Sqlite>::new("insert into events (table_id, seq, at_ms, payload) ");
        insert.push_values(rows, |mut row, (table, seq, event)| {
            row.push_bind(table.as_bytes().as_slice())
                .push_bind(number(*seq))
                .push_bind(number(event.at_ms))
                .push_bind(event.payload.as_str());
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn insert_answers(connection: &mut SqliteConnection, accepted: &[&Append]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = accepted
        .iter()
        .flat_map(|append| {
            (0i64..)
                .zip(&append.answers)
                .map(|(position, answer)| (append.table, append.expected_seq, position, answer))
        })
        .collect();
    for rows in rows.chunks(ROWS_MAX) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "insert into answers (table_id, seat, command_id, after_seq, position, answer) ",
        );
        insert.push_values(rows, |mut row, (table, seq, position, answer)| {
            row.push_bind(table.as_bytes().as_slice())
                .push_bind(i64::from(answer.seat.0))
                .push_bind(answer.command.as_str())
                .push_bind(number(*seq))
                .push_bind(*position)
                .push_bind(answer.answer.as_str());
        });
        // The first answer stands.
        insert.push(" on conflict do nothing");
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

pub(crate) async fn replace_members(
    connection: &mut SqliteConnection,
    table: TableId,
    members: &[(tabletop::id::AccountId, String)],
) -> Result<(), sqlx::Error> {
    let id = table.as_bytes().as_slice();
    sqlx::query("delete from members where table_id = ?").bind(id).execute(&mut *connection).await?;
    for (account, role) in members {
        sqlx::query(
            "insert into members (table_id, account_id, role) values (?, ?, ?) on conflict do nothing",
        )
        .bind(id)
        .bind(account.as_bytes().as_slice())
        .bind(role)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
