//! How much of pictures may be stored, by whom and where.

use super::*;

const QUOTA: Quota = Quota { pictures: 4, bytes: 1_000 };

fn upload(number: u8, bytes: u64) -> NewUpload {
    NewUpload { table: table(1), account: account(5), blob: BlobId::from_digest([number; 32]), bytes }
}

/// Two accounts, 5 and 6, and two tables.
async fn peopled(world: &World) -> Store {
    let store = world.open().await;
    sign_in(&store).await;
    assert!(registered(&store, 6, "bo").await);
    for number in [1, 2] {
        make(&store, table(number)).await;
    }
    store
}

pub(crate) async fn a_picture_counts_for_its_account_and_its_table_up_to_the_limit_and_once(world: World) {
    let store = peopled(&world).await;
    let take = async |upload| store.take_upload(upload, QUOTA).await.unwrap() != Taken::NoRoom;
    assert!(take(upload(1, 999)).await);
    assert!(!take(upload(2, 2)).await, "a byte more than there may be");
    assert!(take(upload(2, 1)).await, "as much as there may be");
    assert_eq!(store.take_upload(upload(1, 999), QUOTA).await.unwrap(), Taken::Before, "the same once more");
    let others = NewUpload { account: account(6), ..upload(3, 1) };
    assert!(!take(others).await, "the table is full for others too");
    let elsewhere = NewUpload { table: table(2), ..upload(3, 1) };
    assert!(!take(elsewhere).await, "the account is full elsewhere too");
    assert!(take(NewUpload { table: table(2), ..others }).await, "somebody else at another table");
    store.forget_upload(upload(1, 999)).await.unwrap();
    for number in 4..7 {
        assert!(take(upload(number, 1)).await, "the {number}th");
    }
    assert!(!take(upload(7, 1)).await, "a picture more than there may be");
    assert!(take(upload(8, 0)).await, "what the server itself brings takes no room");
    assert!(!take(upload(7, 1)).await);
}

pub(crate) async fn pictures_that_come_at_once_do_not_pass_the_limit_together(world: World) {
    let store = peopled(&world).await;
    let quota = Quota { pictures: 1, ..QUOTA };
    // Connections that are open already come closer to each other.
    for round in 0..30 {
        // Of one account at two tables: the limit of a table alone would let more in.
        let uploads = (0..8_u8).map(|number| NewUpload { table: table(1 + number % 2), ..upload(number, 1) });
        let takes = uploads.map(|upload| {
            let store = store.clone();
            tokio::spawn(async move {
                let taken = store.take_upload(upload, quota).await.unwrap();
                (taken == Taken::New).then_some(upload)
            })
        });
        let mut taken = Vec::new();
        for take in takes.collect::<Vec<_>>() {
            taken.extend(take.await.unwrap());
        }
        assert_eq!(taken.len(), 1, "round {round}");
        store.forget_upload(taken[0]).await.unwrap();
    }
}
