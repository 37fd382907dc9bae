//! Pictures as files.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_store_the_same_picture_at_once_all_succeed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture: Vec<u8> = (0..300_000_u32).map(|index| index.to_le_bytes()[0]).collect();
    let puts = (0..32).map(|_| {
        let (blobs, picture) = (blobs.clone(), picture.clone());
        tokio::spawn(async move { blobs.put(picture).await })
    });
    let mut stored = Vec::new();
    for put in puts.collect::<Vec<_>>() {
        stored.push(put.await.unwrap().unwrap());
    }
    assert!(stored.iter().all(|blob| *blob == stored[0]));
    assert_eq!(blobs.get(stored[0]).await.unwrap().unwrap(), picture);
    assert_eq!(names(&directory.path().join(&stored[0].to_string()[..2])), [stored[0].to_string()]);
    assert_eq!(names(&directory.path().join("unfinished")), [""; 0], "nothing is left behind");
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture = blobs.put(b"abc".to_vec()).await.unwrap();
    std::fs::write(directory.path().join("unfinished/half"), "ab").unwrap();
    let copy = tempfile::tempdir().unwrap();
    assert_eq!(blobs.copy_to(copy.path()).await.unwrap(), 1, "a backup holds no halves");
    blobs.sweep().await.unwrap();
    assert_eq!(names(&directory.path().join("unfinished")), [""; 0]);
    assert!(blobs.get(picture).await.unwrap().is_some());
}

#[tokio::test]
async fn pictures_are_stored_once_and_damage_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = BlobStore::open(directory.path()).await.unwrap();
    let picture = blobs.put(b"abc".to_vec()).await.unwrap();
    assert_eq!(blobs.put(b"abc".to_vec()).await.unwrap(), picture);
    assert!(blobs.get(BlobId::from_digest([0; 32])).await.unwrap().is_none());
    let name = picture.to_string();
    std::fs::write(directory.path().join(&name[..2]).join(&name), "abd").unwrap();
    assert!(matches!(blobs.get(picture).await, Err(StoreError::Corrupt("picture"))));
}
