//! The HTTP interface: routes, the headers of every answer, and what each route takes.

mod account;
mod client;
mod headers;
mod join;
mod maps;
pub(crate) mod origin;
pub(crate) mod problem;
mod reading;
mod reports;
mod session;
mod tables;
mod take;
mod uploads;
mod violations;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::limits::{JSON_BYTES_MAX, REQUEST_TIMEOUT, UPLOAD_TIMEOUT};
use crate::rate_limits::Attempt;
use crate::{security, socket};
use problem::{Problem, ProblemBody};
pub(crate) use reading::{cookie, page_origin, refresh};
pub(crate) use session::SessionAnswer;
pub(crate) use take::Peer;

/// What the interface says of itself. Routes come with their descriptions, so that none is without.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Wardlight",
        description = "Tables, maps and sessions. What happens at a table goes over the socket, which is described in \
            docs/protocol.md. Problems are those of RFC 9457; what is forbidden and what is absent is the same one."
    ),
    modifiers(&Bearer),
    components(schemas(ProblemBody)),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "account", description = "An account: how it signs in, what is known of it, and its end"),
        (name = "tables", description = "An account's tables and their links"),
        (name = "pictures", description = "Maps and pictures: up by game masters, down by whoever sees them"),
        (name = "reports", description = "What browsers report")
    )
)]
struct Api;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("access", SecurityScheme::Http(bearer));
    }
}

/// The routes of the API with their descriptions.
fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let small = OpenApiRouter::new()
        .routes(routes!(join::preview))
        .routes(routes!(join::join))
        .routes(routes!(session::refresh))
        .routes(routes!(session::end))
        .routes(routes!(session::ways))
        .routes(routes!(session::sign_in))
        .routes(routes!(session::start_passkey))
        .routes(routes!(session::finish_passkey))
        .routes(routes!(session::list))
        .routes(routes!(session::end_one))
        .routes(routes!(session::end_others))
        .routes(routes!(account::about))
        .routes(routes!(account::register))
        .routes(routes!(account::change_password))
        .routes(routes!(account::reset_password))
        .routes(routes!(account::forgotten))
        .routes(routes!(account::start_mail))
        .routes(routes!(account::prove_mail))
        .routes(routes!(account::remove_mail))
        .routes(routes!(account::start_second_factor))
        .routes(routes!(account::finish_second_factor))
        .routes(routes!(account::remove_second_factor))
        .routes(routes!(account::recovery_codes))
        .routes(routes!(account::start_passkey))
        .routes(routes!(account::finish_passkey))
        .routes(routes!(account::remove_passkey))
        .routes(routes!(account::export))
        .routes(routes!(account::delete))
        .routes(routes!(tables::list, tables::create))
        .routes(routes!(tables::delete))
        .routes(routes!(tables::restore))
        .routes(routes!(tables::invite))
        .routes(routes!(tables::seat_link))
        .routes(routes!(uploads::picture))
        .routes(routes!(maps::tile))
        .routes(routes!(reports::take))
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(from_fn(|request, next| within(REQUEST_TIMEOUT, request, next)));
    let uploads = OpenApiRouter::new()
        .routes(routes!(uploads::scene))
        .routes(routes!(uploads::token_picture))
        // The routes read the body themselves, within their own limits.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(|request, next| within(UPLOAD_TIMEOUT, request, next)));
    let routes = OpenApiRouter::new().nest("/api/v1", small.merge(uploads));
    let (routes, mut described) = OpenApiRouter::with_openapi(Api::openapi()).merge(routes).split_for_parts();
    described.info.version = env!("CARGO_PKG_VERSION").to_owned();
    // What any of them answers when something does not work.
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem =
        ResponseBuilder::new().description("A problem").content("application/problem+json", body).build();
    for item in described.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), RefOr::T(problem.clone()));
        }
    }
    (routes, described)
}

/// All routes of the public listener. `tls` says whether this listener speaks TLS.
pub(crate) fn router(app: Arc<App>, tls: bool) -> Router {
    let (routes, described) = api();
    let described = axum::Json(described);
    let sites = Arc::clone(&app);
    let mut routes = routes
        .route("/api/v1/openapi.json", get(move || std::future::ready(described.clone())))
        .route("/api/v1/socket", get(socket::upgrade))
        .method_not_allowed_fallback(no_such_method)
        // What is asked of other sites' pages comes before what a route takes: a preflight is no method of any.
        .layer(from_fn(move |request: Request, next: Next| {
            let peer = request.extensions().get().copied();
            let client = peer.map(|Peer(peer)| sites.proxies.client(peer.ip(), request.headers()));
            let checked = sites.origins.check_site(request.headers()).and_then(|()| match client {
                Some(client) => sites.rates.attempt(Attempt::Request, client, sites.tables.clock.now_ms()),
                None => Ok(()),
            });
            async move {
                checked?;
                Ok::<_, Problem>(next.run(request).await)
            }
        }));
    let watched = Arc::clone(&app);
    routes = routes.layer(from_fn(move |request: Request, next: Next| {
        let app = Arc::clone(&watched);
        security::attend(app, request, next)
    }));
    if let Some(cors) = app.origins.cors() {
        routes = routes.layer(cors);
    }
    routes
        .route("/.well-known/jwks.json", get(session::jwks))
        .route("/.well-known/security.txt", get(security_txt))
        .method_not_allowed_fallback(no_such_method)
        .fallback(client::serve)
        .with_state(app)
        .layer(from_fn(move |request: Request, next: Next| async move {
            headers::harden(next.run(request).await, tls)
        }))
}

/// What the TLS listener says to who comes without TLS: pages are elsewhere, and the interface is not led astray, since what
/// was sent to it in the open must be noticed.
pub(crate) fn astray(app: Arc<App>) -> Router {
    Router::new().fallback(client::towards_tls).with_state(app).layer(from_fn(
        |request: Request, next: Next| async move { headers::harden(next.run(request).await, false) },
    ))
}

async fn no_such_method() -> Problem {
    Problem::NoSuchMethod
}

async fn security_txt(State(app): State<Arc<App>>) -> Response {
    let text = app.contacts.security_txt(app.origins.all(), app.tables.clock.now_s());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn within(limit: std::time::Duration, request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(limit, next.run(request)).await.map_err(|_| Problem::Unavailable)
}
