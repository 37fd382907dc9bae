//! Which pages may talk to the server: those it serves itself, compared byte for byte.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::problem::Problem;
use super::reading::{is_foreign, is_from};

/// How long a browser may keep what it was allowed.
const PREFLIGHT_LIFE: Duration = Duration::from_secs(600);

/// The server's own origins, such as `https://table.example`, and those whose pages may ask the API as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    own: Vec<String>,
    guests: Vec<String>,
}

impl Origins {
    pub(crate) fn new(own: Vec<String>, guests: Vec<String>) -> Self {
        Self { own, guests }
    }

    /// All of them, the canonical one first.
    pub(crate) fn all(&self) -> &[String] {
        &self.own
    }

    /// The one that links in letters lead to, whatever a request says of itself.
    pub(crate) fn canonical(&self) -> &str {
        self.own.first().map_or("", String::as_str)
    }

    /// Refuses a request that another site's page sent, or that does not say.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if is_from(headers, &self.own) { Ok(()) } else { Err(Problem::ForeignOrigin) }
    }

    /// Refuses what a browser says that another site's page asks for (Fetch Metadata), whatever it asks, unless that site
    /// is one of those that may. Who is no browser says nothing and has no cookies to be abused.
    pub(crate) fn check_site(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if is_foreign(headers, &self.guests) { Err(Problem::ForeignOrigin) } else { Ok(()) }
    }

    /// Lets the pages of those other sites read what the API answers, without cookies; `None` where there are none, so that
    /// no answer speaks of it.
    pub(crate) fn cors(&self) -> Option<CorsLayer> {
        let guests: Vec<HeaderValue> =
            self.guests.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        (!guests.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(guests))
                .allow_methods([Method::GET, Method::POST])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                .max_age(PREFLIGHT_LIFE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origins: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        Origins::new(vec!["https://table.example".to_owned()], Vec::new()).check(&headers).is_ok()
    }

    #[test]
    fn only_the_exact_origin_passes() {
        assert!(check(&["https://table.example"]));
        for foreign in [
            "http://table.example",
            "https://table.example.evil.test",
            "https://table.example:8443",
            "https://TABLE.example",
            "null",
            "",
        ] {
            assert!(!check(&[foreign]), "{foreign}");
        }
        assert!(!check(&[]));
        assert!(!check(&["https://table.example", "https://table.example"]));
    }
}
