//! How much of maps and pictures somebody may store: up to the quota and no further, whoever asks at the same time.

use std::path::Path;

use load::Error;
use load::http::Answer;
use load::player::SignIn;
use server::config::ServeOptions;
use store::Quota;

use crate::accounts::kind;
use crate::harness::{Running, options, start_with};

type Outcome = Result<(), Error>;

async fn open(directory: &Path, quota: Quota) -> Running {
    start_with(ServeOptions { upload_quota: Some(quota), ..options(directory) }).await
}

/// A picture that no other number gives.
pub(crate) fn picture(number: u8) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([number, x as u8 * 3, y as u8 * 4]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn send(who: &SignIn, what: &str, body: Vec<u8>) -> Result<Answer, Error> {
    let path = format!("/api/v1/tables/{}/{what}", who.table);
    who.request("POST", &path).body(body).send(who.server).await
}

/// How many pictures lie on the disk, and their bytes.
pub(crate) fn stored(directory: &Path) -> Result<(u64, u64), Error> {
    let (mut count, mut bytes) = (0, 0);
    for folder in std::fs::read_dir(directory.join("blobs"))? {
        for file in std::fs::read_dir(folder?.path())? {
            count += 1;
            bytes += file?.metadata()?.len();
        }
    }
    Ok((count, bytes))
}

#[tokio::test]
async fn as_many_pictures_as_the_quota_says_are_stored_and_not_one_more() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), Quota { pictures: 3, bytes: 1 << 30 }).await;
    let master = server.master().await;
    let _seat = master.sit_down().await?;
    let (before, _) = stored(directory.path())?;
    for number in 0..2 {
        assert_eq!(send(&master, "pictures", picture(number)).await?.status, 201);
    }
    assert_eq!(send(&master, "scenes?name=third.png", picture(2)).await?.status, 201);
    for what in ["pictures", "scenes?name=fourth.png"] {
        let refused = send(&master, what, picture(3)).await?;
        assert_eq!((refused.status, kind(&refused).as_str()), (409, "/problems/no-room"));
        let detail = refused.json()?["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("3 pictures") && detail.contains("Ask whoever runs this server"), "{detail}");
    }
    assert_eq!(stored(directory.path())?.0, before + 3, "nothing is kept of what was refused");
    assert_eq!(
        send(&master, "pictures", picture(0)).await?.status,
        201,
        "what is there already takes no room"
    );
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn pictures_take_as_many_bytes_as_the_quota_says_and_a_restart_frees_none() -> Outcome {
    let elsewhere = tempfile::tempdir()?;
    let server = open(elsewhere.path(), Quota { pictures: 100, bytes: 1 << 30 }).await;
    let master = server.master().await;
    let _seat = master.sit_down().await?;
    let (_, before) = stored(elsewhere.path())?;
    for number in 0..2 {
        assert_eq!(send(&master, "pictures", picture(number)).await?.status, 201);
    }
    let bytes = stored(elsewhere.path())?.1 - before;
    server.stop().await;

    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), Quota { pictures: 100, bytes: bytes - 1 }).await;
    let master = server.master().await;
    let _seat = master.sit_down().await?;
    assert_eq!(send(&master, "pictures", picture(0)).await?.status, 201);
    assert_eq!(send(&master, "pictures", picture(1)).await?.status, 409, "a byte more than there may be");
    server.stop().await;
    let server = open(directory.path(), Quota { pictures: 100, bytes }).await;
    let master = SignIn { server: server.address, ..master };
    let _seat = master.sit_down().await?;
    assert_eq!(send(&master, "pictures", picture(1)).await?.status, 201, "as much as there may be");
    assert_eq!(send(&master, "pictures", picture(2)).await?.status, 409);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn uploads_that_come_at_once_do_not_pass_the_quota_together() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = open(directory.path(), Quota { pictures: 4, bytes: 1 << 30 }).await;
    let master = server.master().await;
    let _seat = master.sit_down().await?;
    let (before, _) = stored(directory.path())?;
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..16 {
        let master = master.clone();
        sent.spawn(
            async move { send(&master, "pictures", picture(number)).await.map(|answer| answer.status) },
        );
    }
    let mut statuses = Vec::new();
    while let Some(status) = sent.join_next().await {
        statuses.push(status??);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[201; 4].as_slice(), &[409; 12]].concat());
    assert_eq!(stored(directory.path())?.0, before + 4);
    server.stop().await;
    Ok(())
}
