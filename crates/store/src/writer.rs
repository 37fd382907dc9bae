//! The one writer of event logs: groups the appends of all tables into one transaction.
//!
//! A synced commit costs the same for one event as for thousands, so whatever waits goes into the next one, in
//! multi-row statements. Each table keeps its own fence: a conflict refuses that table's append and no other's. Nothing is
//! logged here: each waiting table gets the error and says so once.

use std::collections::HashMap;
use std::sync::Arc;

use tabletop::id::TableId;
use tokio::sync::{mpsc, oneshot};

use crate::database::{Column, Connection, Database, ROWS_MAX, sql};
use crate::error::StoreError;
use crate::records::{Append, MemberChange};

/// The step that fails when nothing could be stored.
pub(crate) const PROBE: &str = "store anything";
/// Appends that wait for the writer.
pub(crate) const QUEUE_MAX: usize = 4_096;
/// Appends in one transaction.
const GROUP_MAX: usize = 1_024;

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
pub(crate) async fn run(database: Arc<Database>, mut jobs: mpsc::Receiver<Job>) {
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
        let outcomes = outcomes(&database, &group).await;
        for (job, outcome) in group.drain(..).zip(outcomes) {
            drop(job.done.send(outcome));
        }
        if probes.is_empty() {
            continue;
        }
        let proven = database.prove().await.map_err(Arc::new);
        for done in probes.drain(..) {
            let failure = |error| StoreError::Unavailable { step: PROBE, source: Box::new(error) };
            drop(done.send(proven.clone().map_err(failure)));
        }
    }
}

/// Writes a group, together if that works, else one by one: what is wrong with one append is not the others' affair.
async fn outcomes(database: &Database, group: &[AppendJob]) -> Vec<Result<(), StoreError>> {
    if group.is_empty() {
        return Vec::new();
    }
    let together = match write(database, group).await {
        Ok(refused) => return refused.into_iter().map(unless).collect(),
        Err(error) => error,
    };
    // With a database that takes nothing each attempt would wait as long, for the same answer.
    let mut broken = (group.len() == 1 || database.concerns_all(&together)).then(|| Arc::new(together));
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        let error = match &broken {
            Some(error) => Arc::clone(error),
            None => match write(database, std::slice::from_ref(job)).await {
                Ok(refused) => {
                    outcomes.push(unless(refused.contains(&true)));
                    continue;
                }
                Err(error) => {
                    let error = Arc::new(error);
                    broken = database.concerns_all(&error).then(|| Arc::clone(&error));
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

/// Writes a group in one transaction; says for each append whether its fence refused it.
async fn write(database: &Database, group: &[AppendJob]) -> Result<Vec<bool>, sqlx::Error> {
    let mut connection = database.begin_appending().await?;
    let refused = insert(&mut connection, group).await;
    connection.end(refused).await
}

async fn insert(connection: &mut Connection, group: &[AppendJob]) -> Result<Vec<bool>, sqlx::Error> {
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
            let table = append.table.as_bytes();
            connection.run(&sql(FORGET_MEMBERS).with(table)).await?;
            for (account, role) in members {
                let member = sql(ADD_MEMBER).with(table).with(account.as_bytes()).with(role.as_str());
                connection.run(&member).await?;
            }
        }
    }
    let touched: Vec<_> = accepted.iter().map(|append| append.table).collect();
    for tables in touched.chunks(ROWS_MAX) {
        let last_seq = |table| known.get(table).map_or(0, |(last_seq, _)| *last_seq);
        let update = sql("with moved (table_id, last_seq) as ({rows}) \
             update tables set last_seq = moved.last_seq from moved where tables.table_id = moved.table_id")
        .with_rows([
            Column::Bytes(tables.iter().map(|table| table.as_bytes().as_slice()).collect()),
            Column::Numbers(tables.iter().map(last_seq).collect()),
        ]);
        connection.run(&update).await?;
    }
    Ok(refused)
}

/// A table's members are replaced as a whole.
pub(crate) const FORGET_MEMBERS: &str = "delete from members where table_id = $1";
pub(crate) const ADD_MEMBER: &str =
    "insert into members (table_id, account_id, role) values ($1, $2, $3) on conflict do nothing";

/// The last number and the lease of each table in the group, kept for this transaction: in one order, so that two writers
/// do not wait for each other.
async fn fences(
    connection: &mut Connection,
    group: &[AppendJob],
) -> Result<HashMap<TableId, (u64, u64)>, sqlx::Error> {
    let select = sql("select table_id, last_seq, lease_epoch from tables where table_id in ({rows}) \
         order by table_id {for update}")
    .with_rows([Column::Bytes(group.iter().map(|job| job.append.table.as_bytes().as_slice()).collect())]);
    let rows = connection.rows(&select).await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        // A row that is none of ours fits no append.
        let (Ok(id), Ok(last_seq), Ok(epoch)) = (row.bytes(0), row.count(1), row.count(2)) else { continue };
        known.insert(TableId::from_bytes(id), (last_seq, epoch));
    }
    Ok(known)
}

async fn insert_events(connection: &mut Connection, accepted: &[&Append]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = accepted
        .iter()
        .flat_map(|append| {
            (append.expected_seq + 1..).zip(&append.events).map(|(seq, event)| (&append.table, seq, event))
        })
        .collect();
    for rows in rows.chunks(ROWS_MAX) {
        let insert = sql("insert into events (table_id, seq, at_ms, payload) {rows}").with_rows([
            Column::Bytes(rows.iter().map(|(table, ..)| table.as_bytes().as_slice()).collect()),
            Column::Numbers(rows.iter().map(|(_, seq, _)| *seq).collect()),
            Column::Numbers(rows.iter().map(|(.., event)| event.at_ms).collect()),
            Column::Texts(rows.iter().map(|(.., event)| event.payload.as_str()).collect()),
        ]);
        connection.run(&insert).await?;
    }
    Ok(())
}

async fn insert_answers(connection: &mut Connection, accepted: &[&Append]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = accepted
        .iter()
        .flat_map(|append| {
            (0u64..).zip(&append.answers).map(|(position, answer)| (*append, position, answer))
        })
        .collect();
    for rows in rows.chunks(ROWS_MAX) {
        // The first answer stands.
        let insert =
            sql("insert into answers (table_id, seat, command_id, after_seq, position, answer) {rows} \
             on conflict do nothing")
            .with_rows([
                Column::Bytes(rows.iter().map(|(append, ..)| append.table.as_bytes().as_slice()).collect()),
                Column::Numbers(rows.iter().map(|(.., answer)| u64::from(answer.seat.0)).collect()),
                Column::Texts(rows.iter().map(|(.., answer)| answer.command.as_str()).collect()),
                Column::Numbers(rows.iter().map(|(append, ..)| append.expected_seq).collect()),
                Column::Numbers(rows.iter().map(|(_, position, _)| *position).collect()),
                Column::Texts(rows.iter().map(|(.., answer)| answer.answer.as_str()).collect()),
            ]);
        connection.run(&insert).await?;
    }
    Ok(())
}
