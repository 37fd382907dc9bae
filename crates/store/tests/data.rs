//! What the documents say of the data.

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use store::{Store, StoreConfig};

#[tokio::test]
async fn every_table_of_the_database_has_its_class() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreConfig::at(directory.path())).await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(directory.path().join("wardlight.sqlite"));
    let mut database = options.connect().await.unwrap();
    let names = sqlx::query_scalar::<_, String>(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
    );
    let names = names.fetch_all(&mut database).await.unwrap();
    assert!(names.len() > 10, "{names:?}");
    let page = include_str!("../../../docs/security/data.md");
    let missing: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "say in docs/security/data.md which class of data this is: {missing:?}");
}
