//! What is over does not stay.

use std::time::Duration;

use load::Error;
use store::{AccountLink, Store, StoreConfig};

use crate::harness::start;

#[tokio::test]
async fn a_server_forgets_what_was_over_before_it_started() -> Result<(), Error> {
    let directory = tempfile::tempdir()?;
    start(directory.path()).await.stop().await;
    let over = AccountLink::Register;
    let store = Store::open(&StoreConfig::at(directory.path())).await?;
    store.create_account_link([1; 32], over.clone(), 1).await?;
    store.create_account_link([2; 32], over, u64::from(u32::MAX) * 1_000).await?;
    let server = start(directory.path()).await;
    let forgotten = async {
        while store.account_link([1; 32], 0).await?.is_some() {
            tokio::task::yield_now().await;
        }
        Ok::<_, Error>(())
    };
    tokio::time::timeout(Duration::from_secs(30), forgotten).await??;
    assert!(store.account_link([2; 32], 0).await?.is_some());
    server.stop().await;
    Ok(())
}
