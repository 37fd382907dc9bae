//! Tiles of maps: what a viewer has explored, and nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::take::{Path, Query, SignedIn, Through, table_id};
use crate::app::App;
use crate::table::{Message, Question};
use crate::tiles::TileName;

/// A tile of the scene in the viewer's view or in a mirror of theirs, by the handle of the scene there. The revision only tells answers of
/// different times apart; what is served is what the viewer may see now.
#[utoipa::path(
    get,
    path = "/tables/{table}/maps/{scene}/{revision}/{level}/{x}/{y}",
    tag = "pictures",
    params(
        ("table" = String, Path, description = "A table's id"),
        ("scene" = u32, Path, description = "One's own handle of a scene"),
        ("revision" = u32, Path, description = "What one was told last of what one explored"),
        ("level" = u32, Path, description = "0 is the picture as it is, each further level half its size"),
        ("x" = u32, Path, description = "The column of the tile"),
        ("y" = u32, Path, description = "The row of the tile"),
        Through
    ),
    security(("access" = [])),
    responses(
        (status = 200, description = "The tile, black where nothing was explored", content_type = "image/*"),
        (status = 204, description = "Nothing of it was explored"),
    )
)]
pub(crate) async fn tile(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Query(Through { mirror }): Query<Through>,
    Path((table, scene, _revision, level, x, y)): Path<(String, u32, u32, u32, u32, u32)>,
) -> Result<Response, Problem> {
    let table = table_id(&table)?;
    let account = who.account;
    let ask = |reply| Message::Ask(Question::Map { account, mirror, scene, reply });
    // Who is brought elsewhere may still ask for what they looked at; of that there is nothing to see any more.
    let failed = Problem::internal("make a tile");
    let tile = match app.tables.ask(table, ask).await?? {
        Some(map) => {
            app.tiles.tile(&app.blobs, map, TileName { level, x, y }).await.map_err(|error| failed(&error))?
        }
        None => None,
    };
    let Some(tile) = tile else {
        return Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response());
    };
    let mime = match tile.format {
        imaging::Format::Png => "image/png",
        imaging::Format::Jpeg => "image/jpeg",
        imaging::Format::WebP => "image/webp",
    };
    let headers = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, tile.bytes).into_response())
}
