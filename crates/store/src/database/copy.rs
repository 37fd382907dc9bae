//! A database server's data in a file, as of one moment: the copy is what the embedded database would hold.

use std::path::Path;

use super::{Database, Purpose, Row, Sqlite, Transaction, Value, sql};
use crate::StoreConfig;
use crate::error::StoreError;

const STEP: &str = "copy the database";

/// A value on its way.
enum Held {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl<'q> From<&'q Held> for Value<'q> {
    fn from(held: &'q Held) -> Self {
        match held {
            Held::Number(number) => Self::Number(*number),
            Held::Text(text) => Self::Text(text.as_deref()),
            Held::Bytes(bytes) => Self::Bytes(bytes.as_deref()),
        }
    }
}

/// A table, and the name and kind of each of its columns, in the words of the embedded database.
struct Table {
    name: String,
    columns: Vec<(String, String)>,
}

/// Copies all tables to the database of a new directory; gives the number of game tables and of events.
pub(super) async fn copy(from: &Database, directory: &Path) -> Result<(u64, u64), StoreError> {
    let copy = Database::Sqlite(Sqlite::open(&StoreConfig::at(directory)).await?);
    let mut source = from.step(STEP).begin(Purpose::Read).await?;
    let mut target = copy.step(STEP).begin(Purpose::Write).await?;
    // Tables come by their names, so that what a row refers to may follow it.
    target.run(sql("pragma defer_foreign_keys = on")).await?;
    let (mut tables_count, mut events_count) = (0, 0);
    for table in tables(&mut target).await? {
        let count = copy_table(&table, &mut source, &mut target).await?;
        match table.name.as_str() {
            "tables" => tables_count = count,
            "events" => events_count = count,
            _ => {}
        }
    }
    target.commit().await?;
    source.commit().await?;
    copy.close().await;
    Ok((tables_count, events_count))
}

async fn tables(target: &mut Transaction) -> Result<Vec<Table>, StoreError> {
    let columns = sql("select m.name, c.name, c.type from sqlite_schema m, pragma_table_info(m.name) c \
         where m.type = 'table' and m.name not like 'sqlite_%' and m.name <> 'probes' order by m.name, c.cid");
    let mut tables: Vec<Table> = Vec::new();
    for row in target.rows(columns).await? {
        let (name, column) = (row.text(0)?, (row.text(1)?, row.text(2)?));
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { name, columns: vec![column] }),
        }
    }
    Ok(tables)
}

/// Copies a table, some rows at a time: it may be larger than memory.
async fn copy_table(
    table: &Table,
    source: &mut Transaction,
    target: &mut Transaction,
) -> Result<u64, StoreError> {
    let name = &table.name;
    let columns = table.columns.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>().join(", ");
    let places = (1..=table.columns.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let insert = format!("insert into {name} ({columns}) values ({places})");
    // Each has a name of its own: a statement is remembered with the kinds of its columns.
    source.run(sql(format!("declare all_{name} cursor for select {columns} from {name}"))).await?;
    let mut count = 0;
    loop {
        let rows = source.rows(sql(format!("fetch 500 from all_{name}"))).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let values = held(row, table)?;
            let insert = values.iter().fold(sql(insert.clone()), |insert, value| insert.with(value));
            target.run(insert).await?;
        }
        count += rows.len() as u64;
    }
    source.run(sql(format!("close all_{name}"))).await?;
    Ok(count)
}

fn held(row: &Row, table: &Table) -> Result<Vec<Held>, StoreError> {
    let value = |(index, (_, kind)): (usize, &(String, String))| {
        Ok(match kind.as_str() {
            "INTEGER" => Held::Number(row.get(index, "number")?),
            "TEXT" => Held::Text(row.get(index, "text")?),
            _ => Held::Bytes(row.get(index, "bytes")?),
        })
    };
    table.columns.iter().enumerate().map(value).collect()
}
