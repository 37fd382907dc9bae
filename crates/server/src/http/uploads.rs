//! Maps and pictures in, clean pixels out.
//!
//! Bodies are read up to their limit, decoded in a bounded pool, re-encoded without metadata and stored by content. The
//! original of a map file is never kept: it holds every secret door.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use imaging::Picture;
use serde::{Deserialize, Serialize};
use store::{NamedBytes, NewUpload, StoreError, Taken};
use tabletop::command::NewScene;
use tabletop::event::{Grid, MapPicture};
use tabletop::geometry::Point;
use tabletop::id::{AccountId, BlobId, TableId};
use tabletop::import::{ImportLimits, ImportReport, ImportedMap, read_universal_vtt};
use tabletop::limits::SCENE_CELLS_MAX;
use tabletop::name::Name;

use tracing::warn;
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::tables::master_only;
use super::take::{Path, Query, SignedIn, Through, table_id};
use crate::app::App;
use crate::decoder::{DecodeError, Task};
use crate::limits::{MAP_BYTES_MAX, PICTURE_BYTES_MAX, TOKEN_PICTURE_PX_MAX};
use crate::table::{Message, Question};

/// Cells across that a plain image gets until its grid is set.
const CELLS_ACROSS_AT_FIRST: u32 = 24;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The file's name, of which the scene's is made.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Imported {
    /// The game master's handle of the scene.
    scene: u32,
    /// `image` or `universal_vtt`.
    kind: &'static str,
    size_px: Option<[u32; 2]>,
    /// What was kept, merged, clipped and refused of a map file.
    #[schema(value_type = Option<Object>)]
    report: Option<ImportReport>,
}

/// A map file or a plain image becomes a scene.
#[utoipa::path(
    post,
    path = "/tables/{table}/scenes",
    tag = "pictures",
    params(("table" = String, Path, description = "A table's id"), Named),
    request_body(content_type = "application/octet-stream", description = "The file, as it is"),
    security(("access" = [])),
    responses(
        (status = 201, description = "The scene", body = Imported),
    )
)]
pub(crate) async fn scene(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(table): Path<String>,
    Query(Named { name }): Query<Named>,
    body: Body,
) -> Result<Response, Problem> {
    let table = table_id(&table)?;
    master_only(&app, table, who.account).await?;
    let name = scene_name(name.as_deref());
    let turn = app.uploads.acquire().await.map_err(|_| Problem::Unavailable)?;
    let bytes = read(body, MAP_BYTES_MAX).await?;
    let is_picture = imaging::sniff(&bytes).is_some();
    let read = if is_picture { plain(&app, bytes).await? } else { universal(&app, bytes).await? };
    drop(turn);
    // No picture is removed from here on until a scene names it.
    let storing = app.storing.read().await;
    let size_px = read.picture.as_ref().map(|picture| [picture.width_px, picture.height_px]);
    let picture = match read.picture {
        Some(picture) => {
            let blob = keep(&app, table, who.account, picture.bytes).await?;
            let failed = Problem::internal("cut a map into tiles");
            Some(app.tiles.prepare(&app.blobs, blob).await.map_err(|error| failed(&error))?)
        }
        None => None,
    };
    let scene = Box::new(NewScene { name, picture, ..read.scene });
    drop(storing);
    let account = who.account;
    let scene = app.tables.ask(table, |reply| Message::Import { account, scene, reply }).await??;
    let kind = if is_picture { "image" } else { "universal_vtt" };
    Ok((StatusCode::CREATED, Json(Imported { scene, kind, size_px, report: read.report })).into_response())
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Lent {
    /// The handle by which a command names it.
    picture: u32,
}

/// A picture for tokens.
#[utoipa::path(
    post,
    path = "/tables/{table}/pictures",
    tag = "pictures",
    params(("table" = String, Path, description = "A table's id")),
    request_body(content_type = "application/octet-stream", description = "The file, as it is"),
    security(("access" = [])),
    responses(
        (status = 201, description = "The picture", body = Lent),
    )
)]
pub(crate) async fn token_picture(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(table): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let table = table_id(&table)?;
    master_only(&app, table, who.account).await?;
    let turn = app.uploads.acquire().await.map_err(|_| Problem::Unavailable)?;
    let bytes = read(body, PICTURE_BYTES_MAX).await?;
    let picture = decoded(&app, Task::Fit(TOKEN_PICTURE_PX_MAX), bytes).await?;
    drop(turn);
    let storing = app.storing.read().await;
    let picture = keep(&app, table, who.account, picture.bytes).await?;
    drop(storing);
    let account = who.account;
    let ask = |reply| Message::Ask(Question::LendPicture { account, picture, reply });
    let picture = app.tables.ask(table, ask).await?.ok_or(Problem::NotFound)?;
    Ok((StatusCode::CREATED, Json(Lent { picture })).into_response())
}

/// A picture by the viewer's handle or by one of a mirror of theirs, while something in that view uses it.
#[utoipa::path(
    get,
    path = "/tables/{table}/pictures/{picture}",
    tag = "pictures",
    params(
        ("table" = String, Path, description = "A table's id"),
        ("picture" = u32, Path, description = "One's own handle of a picture"),
        Through
    ),
    security(("access" = [])),
    responses(
        (status = 200, description = "The picture", content_type = "image/*"),
    )
)]
pub(crate) async fn picture(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Query(Through { mirror }): Query<Through>,
    Path((table, handle)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let table = table_id(&table)?;
    let account = who.account;
    let ask = |reply| Message::Ask(Question::Picture { account, mirror, handle, reply });
    let blob = app.tables.ask(table, ask).await?.ok_or(Problem::NotFound)?;
    let failed = Problem::internal("read a picture");
    let bytes = app.blobs.get(blob).await.map_err(|error| failed(&error))?.ok_or(Problem::NotFound)?;
    let mime = match imaging::sniff(&bytes) {
        Some(imaging::Format::Png) => "image/png",
        Some(imaging::Format::Jpeg) => "image/jpeg",
        Some(imaging::Format::WebP) => "image/webp",
        None => return Err(Problem::NotFound),
    };
    let headers = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, bytes).into_response())
}

async fn read(body: Body, max_bytes: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::BadRequest("The file did not arrive whole.".to_owned()))?;
        if bytes.len() + chunk.len() > max_bytes {
            return Err(Problem::TooLarge { max_bytes });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Stores a picture, if there is room for it. What was stored counts whatever becomes of it at the table: it lies on the disk.
async fn keep(app: &App, table: TableId, account: AccountId, bytes: Vec<u8>) -> Result<BlobId, Problem> {
    let failed = Problem::internal("store a picture");
    let (store, bytes) = (&app.tables.store, NamedBytes::from(bytes));
    let upload = NewUpload { table, account, blob: bytes.name(), bytes: bytes.count() };
    let taken = match store.take_upload(upload, app.quota).await {
        Ok(Taken::NoRoom) => return Err(Problem::NoRoom(app.quota)),
        Ok(taken) => taken,
        // It was deleted meanwhile.
        Err(StoreError::Conflict) => return Err(Problem::NotFound),
        Err(error) => return Err(failed(&error)),
    };
    match app.blobs.put(bytes).await {
        Ok(blob) => Ok(blob),
        Err(error) => {
            // One that counted before is stored already, and used.
            if taken == Taken::New {
                store.forget_upload(upload).await.map_err(|error| failed(&error))?;
            }
            Err(failed(&error))
        }
    }
}

/// What a scene of this file is called.
fn scene_name(file: Option<&str>) -> Name {
    Name::of_file(file.unwrap_or_default())
        .or_else(|_| Name::parse("New scene"))
        .unwrap_or_else(|_| unreachable!("a plain name parses"))
}

struct Read {
    scene: NewScene,
    picture: Option<Picture>,
    report: Option<ImportReport>,
}

/// A picture, decoded apart and encoded again.
async fn decoded(app: &App, task: Task, file: Bytes) -> Result<Picture, Problem> {
    app.decoder.run(task, file).await.map_err(|error| match error {
        DecodeError::Refused(_) => Problem::Unusable(error.to_string()),
        DecodeError::TooSlow | DecodeError::Died(_) => {
            warn!(error = &error as &dyn std::error::Error, reason = ?error, "picture.decoder_ended");
            Problem::Unusable(error.to_string())
        }
        DecodeError::Start(_) => Problem::internal("start the decoder of pictures")(&error),
    })
}

async fn plain(app: &App, bytes: Bytes) -> Result<Read, Problem> {
    let picture = decoded(app, Task::Clean, bytes).await?;
    let longer_px = picture.width_px.max(picture.height_px);
    let least = longer_px.div_ceil(SCENE_CELLS_MAX);
    let pixels_per_cell = (picture.width_px / CELLS_ACROSS_AT_FIRST).clamp(least.max(1), 2_048);
    let size = MapPicture::covers([picture.width_px, picture.height_px], pixels_per_cell);
    let scene = empty(size, Grid { pixels_per_cell, ..Grid::default() });
    Ok(Read { scene, picture: Some(picture), report: None })
}

async fn universal(app: &App, bytes: Bytes) -> Result<Read, Problem> {
    let map = tokio::task::spawn_blocking(move || read_universal_vtt(&bytes, &ImportLimits::default()));
    let map = map.await.map_err(|_| Problem::Unavailable)?;
    let mut map = map.map_err(|error| Problem::Unusable(error.to_string()))?;
    let mut report = map.report.clone();
    let picture = match map.image.take() {
        Some(image) => match decoded(app, Task::Clean, image.into()).await {
            Ok(picture) => Some(picture),
            Err(Problem::Unusable(why)) => {
                return Err(Problem::Unusable(format!("the map's picture: {why}")));
            }
            Err(other) => return Err(other),
        },
        None => {
            report.notes.push("The file holds no picture; the scene has walls only.".to_owned());
            None
        }
    };
    let mut grid = Grid { pixels_per_cell: 0, ..Grid::default() };
    if let Some(picture) = &picture {
        // The picture covers the map, whatever resolution the file claims.
        let (cells_wide, _) = map.size.to_cells();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let real = (f64::from(picture.width_px) / cells_wide.max(1.0)).round().clamp(1.0, 2_048.0) as u32;
        if real != map.pixels_per_cell {
            report.notes.push(format!(
                "A cell of the picture is {real} px wide, the file says {}; the picture was stretched to the map.",
                map.pixels_per_cell
            ));
        }
        grid.pixels_per_cell = real;
    }
    Ok(Read { scene: converted(map, grid), picture, report: Some(report) })
}

fn converted(map: ImportedMap, grid: Grid) -> NewScene {
    NewScene {
        walls: map.walls.into_iter().map(|wall| (wall.a, wall.b, wall.kind)).collect(),
        portals: map.portals.into_iter().map(|found| (found.a, found.b, found.kind, found.state)).collect(),
        lights: map.lights.into_iter().map(|light| (light.at, light.range, light.color)).collect(),
        ..empty(map.size, grid)
    }
}

fn empty(size: Point, grid: Grid) -> NewScene {
    NewScene {
        name: scene_name(None),
        size,
        grid,
        picture: None,
        walls: Vec::new(),
        portals: Vec::new(),
        lights: Vec::new(),
    }
}
