//! Which pages may talk to the server: those it serves itself, compared byte for byte.

use axum::http::{HeaderMap, header};

use super::problem::Problem;

/// The server's own origins, such as `https://table.example`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    own: Vec<String>,
}

impl Origins {
    pub(crate) fn new(own: Vec<String>) -> Self {
        Self { own }
    }

    /// All of them, the canonical one first.
    pub(crate) fn all(&self) -> &[String] {
        &self.own
    }

    /// Refuses a request that another site's page sent, or that does not say.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return Err(Problem::ForeignOrigin);
        };
        let known = self.own.iter().any(|own| own.as_bytes() == origin.as_bytes());
        if known { Ok(()) } else { Err(Problem::ForeignOrigin) }
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
        Origins::new(vec!["https://table.example".to_owned()]).check(&headers).is_ok()
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
