//! One way to two databases: each statement is written once, and what differs between them stands here.
//!
//! Statements number their values, `$1`, `$2`, …. Two marks are written as each database wants them: `{rows}` is many rows
//! at once, and `{for update}` keeps rows for this transaction where the whole database is not kept anyway.

mod copy;
mod postgres;
mod sqlite;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Decode, Executor, SqlSafeStr, SqlStr, Type};

pub(crate) use postgres::Postgres;
pub use postgres::{PostgresAccess, PostgresConfig, PostgresTls};
pub(crate) use sqlite::{FILE, Sqlite};

use crate::error::{StoreError, database};

/// Rows in one statement: SQLite takes 32,766 values.
pub(crate) const ROWS_MAX: usize = 4_000;

/// No statement takes longer, whatever became of the network.
const STATEMENT_MAX: Duration = Duration::from_secs(15);

/// A value of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'q> {
    Number(Option<i64>),
    Text(Option<&'q str>),
    Bytes(Option<&'q [u8]>),
}

/// Databases know signed integers only; ours count things.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<u64> for Value<'_> {
    fn from(count: u64) -> Self {
        Self::Number(Some(number(count)))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(count: Option<u64>) -> Self {
        Self::Number(count.map(number))
    }
}

impl<'q> From<&'q str> for Value<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'q> From<Option<&'q str>> for Value<'q> {
    fn from(text: Option<&'q str>) -> Self {
        Self::Text(text)
    }
}

impl<'q> From<&'q [u8]> for Value<'q> {
    fn from(bytes: &'q [u8]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'q> From<Option<&'q [u8]>> for Value<'q> {
    fn from(bytes: Option<&'q [u8]>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'q, const N: usize> From<&'q [u8; N]> for Value<'q> {
    fn from(bytes: &'q [u8; N]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

/// One column of many rows.
#[derive(Clone, Debug)]
pub(crate) enum Column<'q> {
    Numbers(Vec<u64>),
    Texts(Vec<&'q str>),
    Bytes(Vec<&'q [u8]>),
}

impl<'q> Column<'q> {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn value(&self, row: usize) -> Value<'q> {
        match self {
            Self::Numbers(values) => Value::Number(values.get(row).map(|value| number(*value))),
            Self::Texts(values) => Value::Text(values.get(row).copied()),
            Self::Bytes(values) => Value::Bytes(values.get(row).copied()),
        }
    }
}

/// A statement and its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'q> {
    text: Cow<'static, str>,
    values: Vec<Value<'q>>,
    rows: Vec<Column<'q>>,
}

/// A statement. Its text is the program's own, never a peer's.
pub(crate) fn sql<'q>(text: impl Into<Cow<'static, str>>) -> Statement<'q> {
    Statement { text: text.into(), values: Vec::new(), rows: Vec::new() }
}

impl<'q> Statement<'q> {
    /// Gives the next value.
    pub(crate) fn with(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Gives the rows, column by column, in place of all values.
    pub(crate) fn with_rows(mut self, columns: impl IntoIterator<Item = Column<'q>>) -> Self {
        self.rows = columns.into_iter().collect();
        self
    }

    /// The text for a database, with its marks replaced.
    fn text(&self, rows: impl FnOnce(&[Column<'q>]) -> String, for_update: &str) -> SqlStr {
        match &self.text {
            Cow::Borrowed(text) if !text.contains('{') => text.into_sql_str(),
            text => {
                let mut text = text.replace("{for update}", for_update);
                if !self.rows.is_empty() {
                    text = text.replace("{rows}", &rows(&self.rows));
                }
                AssertSqlSafe(text).into_sql_str()
            }
        }
    }

    fn for_sqlite(&self) -> Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
        let mut query = sqlx::query(self.text(value_lists, ""));
        let height = self.rows.first().map_or(0, Column::len);
        let of_rows = (0..height).flat_map(|row| self.rows.iter().map(move |column| column.value(row)));
        for value in self.values.iter().copied().chain(of_rows) {
            query = match value {
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }

    fn for_postgres(&self) -> Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments> {
        let mut query = sqlx::query(self.text(arrays, "for update"));
        for value in &self.values {
            query = match value {
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        for column in &self.rows {
            query = match column {
                Column::Numbers(values) => {
                    query.bind(values.iter().map(|value| number(*value)).collect::<Vec<_>>())
                }
                Column::Texts(values) => query.bind(values),
                Column::Bytes(values) => query.bind(values),
            };
        }
        query
    }
}

/// `values ($1, $2), ($3, $4)`, for as many rows as there are.
fn value_lists(columns: &[Column<'_>]) -> String {
    let height = columns.first().map_or(0, Column::len);
    let mut text = String::with_capacity(8 + height * columns.len() * 8);
    text.push_str("values ");
    for place in 0..height * columns.len() {
        text.push_str(match (place, place % columns.len()) {
            (0, _) => "($",
            (_, 0) => "), ($",
            _ => ", $",
        });
        text.push_str(&(place + 1).to_string());
    }
    text.push(')');
    text
}

/// One text for any number of rows, so that the database plans it once.
fn arrays(columns: &[Column<'_>]) -> String {
    let kinds = (1..).zip(columns).map(|(place, column)| match column {
        Column::Numbers(_) => format!("${place}::bigint[]"),
        Column::Texts(_) => format!("${place}::text[]"),
        Column::Bytes(_) => format!("${place}::bytea[]"),
    });
    format!("select * from unnest({})", kinds.collect::<Vec<_>>().join(", "))
}

/// A row that was found.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, counted from 0; `what` is damaged if it is of another kind.
    pub(crate) fn get<T>(&self, index: usize, what: &'static str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, sqlx::Sqlite>
            + Type<sqlx::Sqlite>
            + for<'r> Decode<'r, sqlx::Postgres>
            + Type<sqlx::Postgres>,
    {
        let value = match self {
            Self::Sqlite(row) => sqlx::Row::try_get(row, index),
            Self::Postgres(row) => sqlx::Row::try_get(row, index),
        };
        value.map_err(|_| StoreError::Corrupt(what))
    }

    pub(crate) fn count(&self, index: usize) -> Result<u64, StoreError> {
        u64::try_from(self.get::<i64>(index, "number")?).map_err(|_| StoreError::Corrupt("number"))
    }

    pub(crate) fn optional_count(&self, index: usize) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> = self.get(index, "number")?;
        value.map(u64::try_from).transpose().map_err(|_| StoreError::Corrupt("number"))
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, StoreError> {
        self.get(index, "text")
    }

    pub(crate) fn bytes<const N: usize>(&self, index: usize) -> Result<[u8; N], StoreError> {
        self.get::<Vec<u8>>(index, "id")?.try_into().map_err(|_| StoreError::Corrupt("id"))
    }

    pub(crate) fn optional_bytes<const N: usize>(&self, index: usize) -> Result<Option<[u8; N]>, StoreError> {
        let bytes: Option<Vec<u8>> = self.get(index, "id")?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| StoreError::Corrupt("id"))).transpose()
    }
}

/// What a transaction is begun for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// To read several things as of one moment.
    Read,
    Write,
}

/// A connection for a while. One whose state is not known is closed instead of given back.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(PoolConnection<sqlx::Sqlite>),
    Postgres(PoolConnection<sqlx::Postgres>),
}

impl Connection {
    /// All rows. Only then is the commit of a statement that changes something known to have succeeded.
    pub(crate) async fn rows(&mut self, statement: &Statement<'_>) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                let rows = statement.for_sqlite().fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(connection) => {
                let rows = in_time(connection, statement.for_postgres()).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// How many rows changed.
    pub(crate) async fn run(&mut self, statement: &Statement<'_>) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                Ok(statement.for_sqlite().execute(&mut **connection).await?.rows_affected())
            }
            Self::Postgres(connection) => {
                let run = statement.for_postgres().execute(&mut **connection);
                match tokio::time::timeout(STATEMENT_MAX, run).await {
                    Ok(done) => Ok(done?.rows_affected()),
                    Err(_) => Err(late(connection)),
                }
            }
        }
    }

    /// Statements without values.
    pub(crate) async fn say(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(text).execute(&mut **connection).await.map(drop),
            Self::Postgres(connection) => {
                let run = sqlx::raw_sql(text).execute(&mut **connection);
                match tokio::time::timeout(STATEMENT_MAX, run).await {
                    Ok(done) => done.map(drop),
                    Err(_) => Err(late(connection)),
                }
            }
        }
    }

    /// Begins a transaction. One to write takes the right to write at once, where there is one such right.
    ///
    /// Transactions are begun and ended by name and not counted: when its disk is full SQLite rolls back by itself, which a
    /// [`sqlx::Transaction`] does not notice.
    pub(crate) async fn begin(&mut self, purpose: Purpose) -> Result<(), sqlx::Error> {
        let begin = match (&self, purpose) {
            (Self::Sqlite(_), Purpose::Read) => "begin",
            (Self::Sqlite(_), Purpose::Write) => "begin immediate",
            (Self::Postgres(_), Purpose::Read) => "begin isolation level repeatable read read only",
            (Self::Postgres(_), Purpose::Write) => "begin isolation level read committed",
        };
        // Broken off here it may have begun.
        let begun = self.say(begin).await;
        if begun.is_err() {
            self.spoil();
        }
        begun
    }

    /// Commits what went well, and takes back the rest.
    pub(crate) async fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let result = match result {
            Ok(value) => self.say("commit").await.map(|()| value),
            Err(error) => Err(error),
        };
        if result.is_err() && self.say("rollback").await.is_err() {
            // Done already, or nobody knows.
            self.spoil();
        }
        result
    }

    /// Has the connection closed when it is given back.
    fn spoil(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

async fn in_time(
    connection: &mut PoolConnection<sqlx::Postgres>,
    query: Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let rows = (&mut **connection).fetch_all(query);
    match tokio::time::timeout(STATEMENT_MAX, rows).await {
        Ok(rows) => rows,
        Err(_) => Err(late(connection)),
    }
}

fn late(connection: &mut PoolConnection<sqlx::Postgres>) -> sqlx::Error {
    connection.close_on_drop();
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database does not answer"))
}

/// The pools of a database.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// A connection for anything.
    async fn connection(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.pool.acquire().await.map(Connection::Sqlite),
            Self::Postgres(postgres) => postgres.pool.acquire().await.map(Connection::Postgres),
        }
    }

    /// The connection that appends, in a transaction. To begin is tried again where a connection turns out to be dead:
    /// nothing was written by then.
    pub(crate) async fn begin_appending(&self) -> Result<Connection, sqlx::Error> {
        let mut has_failed = false;
        loop {
            let mut connection = match self {
                Self::Sqlite(sqlite) => Connection::Sqlite(sqlite.writer.acquire().await?),
                Self::Postgres(postgres) => Connection::Postgres(postgres.writer.acquire().await?),
            };
            match connection.begin(Purpose::Write).await {
                Ok(()) => return Ok(connection),
                Err(error) if has_failed || !is_lost(&error) => return Err(error),
                Err(_) => has_failed = true,
            }
        }
    }

    /// Proves on the way of an append that something could be stored; leaves nothing that grows.
    pub(crate) async fn prove(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.begin_appending().await?;
        let proven = match self {
            Self::Sqlite(_) => sqlite::take_room(&mut connection).await,
            Self::Postgres(_) => Ok(()),
        };
        let count = sql("update probes set probe_count = probe_count + 1");
        let proven = match proven {
            Ok(()) => connection.run(&count).await.map(drop),
            Err(error) => Err(error),
        };
        connection.end(proven).await
    }

    /// Whether an error is about the database and not about what was to be written.
    pub(crate) fn concerns_all(&self, error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        let Some(code) = code else { return true };
        match self {
            Self::Sqlite(_) => sqlite::concerns_all(&code),
            Self::Postgres(_) => postgres::concerns_all(&code),
        }
    }

    /// The database copied to a file in a new directory, as of one moment.
    pub(crate) async fn copy_to(&self, directory: &Path) -> Result<(u64, u64), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.copy_to(&directory.join(FILE)).await,
            Self::Postgres(_) => copy::copy(self, directory).await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.writer.close().await;
                sqlite.pool.close().await;
            }
            Self::Postgres(postgres) => {
                postgres.writer.close().await;
                postgres.pool.close().await;
            }
        }
    }

    /// Something to do, by the name that it has in errors.
    pub(crate) fn step(&self, name: &'static str) -> Step<'_> {
        Step { database: self, name }
    }
}

/// Whether the connection is gone, and not the statement wrong.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => true,
        // The class of lost connections, and what a server says that ends or begins.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.len() == 5 && (code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03"))
        }),
        _ => false,
    }
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'d> {
    database: &'d Database,
    name: &'static str,
}

impl<'d> Step<'d> {
    /// Rows that are only read; asked for once more where a connection turns out to be dead.
    pub(crate) async fn read(self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        let first = self.once(&statement).await;
        let rows = match first {
            Err(error) if is_lost(&error) => self.once(&statement).await,
            done => done,
        };
        rows.map_err(database(self.name))
    }

    /// The one row, if there is one.
    pub(crate) async fn read_one(self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.read(statement).await?.into_iter().next())
    }

    async fn once(self, statement: &Statement<'_>) -> Result<Vec<Row>, sqlx::Error> {
        self.database.connection().await?.rows(statement).await
    }

    /// Changes rows; gives their number.
    pub(crate) async fn change(self, statement: Statement<'_>) -> Result<u64, StoreError> {
        let mut connection = self.database.connection().await.map_err(database(self.name))?;
        connection.run(&statement).await.map_err(database(self.name))
    }

    /// Changes rows; gives what the statement returns of them.
    pub(crate) async fn change_returning(self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        self.once(&statement).await.map_err(database(self.name))
    }

    pub(crate) async fn begin(self, purpose: Purpose) -> Result<Transaction, StoreError> {
        let connection = self.database.connection().await.map_err(database(self.name))?;
        // Before it begins: whoever is broken off in between leaves no connection in a transaction.
        let mut transaction = Transaction { connection, step: self.name, is_over: false };
        transaction.connection.begin(purpose).await.map_err(database(self.name))?;
        Ok(transaction)
    }
}

/// Several statements that hold together. Dropped without a commit it closes its connection, and nothing took place.
#[derive(Debug)]
pub(crate) struct Transaction {
    connection: Connection,
    step: &'static str,
    is_over: bool,
}

impl Transaction {
    pub(crate) async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        self.connection.rows(&statement).await.map_err(database(self.step))
    }

    pub(crate) async fn row(&mut self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    pub(crate) async fn run(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        self.connection.run(&statement).await.map_err(database(self.step))
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let done = self.connection.end(Ok(())).await;
        self.is_over = true;
        done.map_err(database(self.step))
    }

    /// Takes back what was done.
    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        let done = self.connection.say("rollback").await;
        self.is_over = done.is_ok();
        done.map_err(database(self.step))
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.spoil();
        }
    }
}
