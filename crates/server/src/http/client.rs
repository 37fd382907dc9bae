//! The browser client, embedded in the binary.

use std::sync::Arc;

use axum::extract::State;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem::Problem;
use super::reading::secure_origin;
use crate::app::App;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../client/dist"]
#[allow_missing = true]
struct Files;

/// Serves a file of the client; every path without a file is the page itself, whose router knows it.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with(".well-known/") {
        return Problem::NotFound.into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return ([(header::ALLOW, "GET, HEAD")], Problem::NoSuchMethod).into_response();
    }
    let is_asset = path.starts_with("assets/");
    let file = match Files::get(path) {
        Some(file) if !path.is_empty() => Some((path, file)),
        Some(_) | None if is_asset => None,
        Some(_) | None => Files::get("index.html").map(|file| ("index.html", file)),
    };
    let Some((name, file)) = file else { return (StatusCode::NOT_FOUND, "not found").into_response() };
    // Names under assets/ hold a hash of their content.
    let cache = if is_asset { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(header::CONTENT_TYPE, content_type(name)), (header::CACHE_CONTROL, cache)];
    (headers, file.data).into_response()
}

/// Leads a browser to the same page over TLS, under the name that it came to if that is one of ours.
pub(crate) async fn towards_tls(
    State(app): State<Arc<App>>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let is_page = path.starts_with('/') && !path.starts_with("/api/") && !path.starts_with("/.well-known/");
    if !is_page || !matches!(method, Method::GET | Method::HEAD) {
        return Err(Problem::BadRequest("This address speaks TLS alone: ask it with https.".to_owned()));
    }
    let origin = secure_origin(&headers, app.origins.all()).ok_or(Problem::NotFound)?;
    Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, format!("{origin}{path}"))]).into_response())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest" | "json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha384};

    use super::*;

    /// The value of an attribute in a tag.
    fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
        tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
    }

    #[test]
    fn the_page_says_what_each_of_its_files_holds() {
        let page = Files::get("index.html").expect("the client is built");
        let page = String::from_utf8(page.data.into_owned()).unwrap();
        let mut named = 0;
        for tag in page.split('<') {
            let Some(path) = attribute(tag, "src").or(attribute(tag, "href")) else { continue };
            let Some(path) = path.strip_prefix("/assets/") else { continue };
            let file = Files::get(&format!("assets/{path}")).expect("it is there");
            let digest = STANDARD.encode(Sha384::digest(&file.data));
            assert_eq!(attribute(tag, "integrity"), Some(format!("sha384-{digest}").as_str()), "{tag}");
            named += 1;
        }
        assert!(named >= 2, "{page}");
    }
}
