//! The tiles of maps: cut once from a stored picture, kept in files beside it, masked anew for each answer.
//!
//! The files hold the unmasked pyramid and are never served; they can be deleted at any time and are cut again.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use imaging::{DamagedTiles, ImagingError, Picture, TileIndex};
use store::{BlobStore, StoreError};
use tabletop::audience::VisibleMap;
use tabletop::event::MapPicture;
use tabletop::id::BlobId;
use tokio::sync::{OnceCell, Semaphore};

use crate::limits::{OPEN_TILE_FILES_MAX, TILES_AT_ONCE_MAX};
use crate::testing::{Leak, Testing};

/// The files of tiles of all maps.
pub(crate) struct Tiles {
    directory: PathBuf,
    open: Mutex<HashMap<BlobId, Arc<OnceCell<Arc<TileFile>>>>>,
    turns: Semaphore,
    testing: Testing,
}

/// One map's tiles.
struct TileFile {
    file: File,
    index: TileIndex,
}

/// A tile by level, column and row.
#[derive(Clone, Copy)]
pub(crate) struct TileName {
    pub(crate) level: u32,
    pub(crate) x: u32,
    pub(crate) y: u32,
}

/// A tile cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TileError {
    #[error("could not read the picture")]
    Store(#[from] StoreError),
    #[error("could not read or write a file of tiles")]
    Files(#[from] std::io::Error),
    #[error("could not cut or mask the picture")]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Damaged(#[from] DamagedTiles),
    #[error("the picture is gone")]
    NoPicture,
    #[error("the work was broken off")]
    BrokenOff,
}

impl Tiles {
    /// Tiles below a directory, which is made.
    pub(crate) fn open(directory: PathBuf, testing: Testing) -> std::io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        Ok(Self { directory, open: Mutex::default(), turns: Semaphore::new(TILES_AT_ONCE_MAX), testing })
    }

    /// Cuts a picture if that was not done yet.
    pub(crate) async fn prepare(&self, blobs: &BlobStore, blob: BlobId) -> Result<MapPicture, TileError> {
        let pyramid = self.file(blobs, blob).await?.index.pyramid;
        Ok(MapPicture { blob, size_px: [pyramid.width_px, pyramid.height_px] })
    }

    /// A tile as far as a viewer may see it; `None` if there is no such tile or nothing of it may be seen.
    pub(crate) async fn tile(
        &self,
        blobs: &BlobStore,
        map: VisibleMap,
        name: TileName,
    ) -> Result<Option<Picture>, TileError> {
        let file = self.file(blobs, map.picture.blob).await?;
        let turn = self.turns.acquire().await.map_err(|_| TileError::BrokenOff)?;
        let testing = self.testing;
        let masked = tokio::task::spawn_blocking(move || file.masked(&map, name, testing)).await;
        drop(turn);
        masked.map_err(|_| TileError::BrokenOff)?
    }

    /// Removes a picture's tiles, if it has some. Nobody may cut the same one meanwhile.
    pub(crate) async fn forget(&self, blob: BlobId) -> std::io::Result<()> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&blob);
        match tokio::fs::remove_file(self.directory.join(blob.to_string())).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn file(&self, blobs: &BlobStore, blob: BlobId) -> Result<Arc<TileFile>, TileError> {
        let cell = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.len() >= OPEN_TILE_FILES_MAX && !open.contains_key(&blob) {
                // Whoever reads one holds it; the others are opened again when they are asked for.
                open.clear();
            }
            Arc::clone(open.entry(blob).or_default())
        };
        let file = cell.get_or_try_init(|| self.open_or_cut(blobs, blob)).await?;
        Ok(Arc::clone(file))
    }

    async fn open_or_cut(&self, blobs: &BlobStore, blob: BlobId) -> Result<Arc<TileFile>, TileError> {
        let path = self.directory.join(blob.to_string());
        let held = path.clone();
        let opened = tokio::task::spawn_blocking(move || TileFile::open(&held)).await;
        match opened.map_err(|_| TileError::BrokenOff)? {
            Ok(file) => return Ok(Arc::new(file)),
            Err(TileError::Files(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            // What cannot be read is cut again.
            Err(TileError::Damaged(_) | TileError::Files(_)) => {}
            Err(error) => return Err(error),
        }
        let picture = blobs.get(blob).await?.ok_or(TileError::NoPicture)?;
        let turn = self.turns.acquire().await.map_err(|_| TileError::BrokenOff)?;
        let cut = tokio::task::spawn_blocking(move || TileFile::cut(&picture, &path)).await;
        drop(turn);
        cut.map_err(|_| TileError::BrokenOff)?.map(Arc::new)
    }
}

impl TileFile {
    fn open(path: &Path) -> Result<Self, TileError> {
        let file = File::open(path)?;
        let mut head = vec![0; TileIndex::HEAD_BYTES];
        read_at(&file, &mut head, 0)?;
        let mut head = vec![0; TileIndex::bytes(&head)?];
        read_at(&file, &mut head, 0)?;
        Ok(Self { file, index: TileIndex::read(&head)? })
    }

    fn cut(picture: &[u8], path: &Path) -> Result<Self, TileError> {
        let tiles = imaging::cut(picture)?;
        // Whole or not at all. Two processes never share a data directory.
        let beside = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all_at(&tiles, 0)?;
        std::fs::rename(&beside, path)?;
        Self::open(path)
    }

    fn masked(
        &self,
        map: &VisibleMap,
        name: TileName,
        testing: Testing,
    ) -> Result<Option<Picture>, TileError> {
        let TileName { level, x, y } = name;
        let pyramid = self.index.pyramid;
        let fits = map.picture.size_px == [pyramid.width_px, pyramid.height_px];
        let (Some((across, down)), Some((start, length)), true) =
            (pyramid.tile_px(level, x, y), self.index.place(level, x, y), fits)
        else {
            return Ok(None);
        };
        let width = across.len();
        let mut shows = map.shows(level, across, down);
        if testing.leaks(Leak::TileEdge) {
            shows = widened(&shows, width);
        }
        let mut tile = vec![0; length];
        read_at(&self.file, &mut tile, start)?;
        Ok(self.index.mask(&tile, &shows)?)
    }
}

/// A mask that shows a pixel more to the right of every shown one.
fn widened(shows: &[bool], width: usize) -> Vec<bool> {
    let rows = shows.chunks(width.max(1));
    rows.flat_map(|row| (0..row.len()).map(|x| row[x] || (x > 0 && row[x - 1]))).collect()
}

fn read_at(file: &File, into: &mut [u8], start: u64) -> Result<(), TileError> {
    match file.read_exact_at(into, start) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(DamagedTiles.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tabletop::event::BlockRecord;
    use tabletop::geometry::{CELL, Point};
    use tabletop::samples::Samples;

    use super::*;

    fn png(width_px: u32, height_px: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width_px, height_px, |x, y| {
            image::Rgb([(x / 8) as u8, (y / 8) as u8, 90])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    async fn stored(home: &Path) -> (BlobStore, Tiles, BlobId) {
        let blobs = BlobStore::open(&home.join("blobs")).await.unwrap();
        let tiles = Tiles::open(home.join("tiles"), Testing::default()).unwrap();
        let blob = blobs.put(png(640, 320)).await.unwrap();
        (blobs, tiles, blob)
    }

    fn map(blob: BlobId, memory: Option<Samples>) -> VisibleMap {
        let picture = MapPicture { blob, size_px: [640, 320] };
        VisibleMap { picture, size: Point::new(10 * CELL, 5 * CELL), memory: memory.map(Arc::new) }
    }

    const FIRST: TileName = TileName { level: 0, x: 0, y: 0 };

    #[tokio::test]
    async fn what_is_not_remembered_is_not_served() {
        let home = tempfile::tempdir().unwrap();
        let (blobs, tiles, blob) = stored(home.path()).await;
        let nothing = map(blob, Some(Samples::default()));
        assert!(tiles.tile(&blobs, nothing, FIRST).await.unwrap().is_none());
        let everything = tiles.tile(&blobs, map(blob, None), FIRST).await.unwrap().unwrap();
        assert_eq!((everything.width_px, everything.height_px), (256, 256));
        // The first row of eight samples: one cell, 64 pixels wide, an eighth of it high.
        let seen = Samples::from([BlockRecord { x: 0, y: 0, runs: "AAg".to_owned() }].as_slice());
        let tile = tiles.tile(&blobs, map(blob, Some(seen)), FIRST).await.unwrap().unwrap();
        let pixels = image::load_from_memory(&tile.bytes).unwrap().into_rgb8();
        let hidden = *pixels.get_pixel(200, 200);
        assert!(
            pixels
                .enumerate_pixels()
                .filter(|(x, y, _)| *x > 80 || *y > 24)
                .all(|(.., pixel)| *pixel == hidden)
        );
        assert_ne!(*pixels.get_pixel(60, 4), hidden);
    }

    #[tokio::test]
    async fn tiles_that_are_not_there_are_none_and_damaged_files_are_cut_again() {
        let home = tempfile::tempdir().unwrap();
        let (blobs, tiles, blob) = stored(home.path()).await;
        for name in
            [TileName { level: 9, ..FIRST }, TileName { x: 3, ..FIRST }, TileName { y: u32::MAX, ..FIRST }]
        {
            assert!(tiles.tile(&blobs, map(blob, None), name).await.unwrap().is_none());
        }
        std::fs::write(home.path().join("tiles").join(blob.to_string()), b"WLTILES1 and rubbish").unwrap();
        let again = Tiles::open(home.path().join("tiles"), Testing::default()).unwrap();
        assert!(again.tile(&blobs, map(blob, None), FIRST).await.unwrap().is_some());
    }
}
