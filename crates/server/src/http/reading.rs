//! What is read of a request before anything is known of who sent it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use identity::RefreshSecret;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use tabletop::id::AccountId;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A cookie's value.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// The sign-in that a cookie of this name is for, and its refresh secret: `family.secret`.
pub(crate) fn refresh(headers: &HeaderMap, name: &str) -> Option<([u8; 16], RefreshSecret)> {
    let (family, secret) = cookie(headers, name)?.split_once('.')?;
    // Every id is written like this one.
    let family = family.parse::<AccountId>().ok()?;
    Some((*family.as_bytes(), RefreshSecret::parse(secret).ok()?))
}

/// The access token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Of what kind a body says that it is, without its parameters; nothing if it does not say.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// The page's own address, as far as it says one.
pub(crate) fn page_origin(headers: &HeaderMap) -> &str {
    headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default()
}

/// Of these origins the one over TLS whose name was asked for, or else the first over TLS.
pub(crate) fn secure_origin<'a>(headers: &HeaderMap, own: &'a [String]) -> Option<&'a str> {
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut secure = own.iter().map(String::as_str).filter(|origin| origin.starts_with("https://"));
    let first = secure.clone().next();
    secure.find(|origin| origin.strip_prefix("https://") == Some(asked)).or(first)
}

/// Whether a value of a query is UTF-8 without NUL. Otherwise it would be read as something else.
pub(crate) fn is_text(value: &str) -> bool {
    percent_decode_str(value).decode_utf8().is_ok_and(|text| !text.contains('\0'))
}

/// Whether a request comes from a page of one of these origins: it says so once, byte for byte.
pub(crate) fn is_from(headers: &HeaderMap, own: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    matches!((origins.next(), origins.next()), (Some(origin), None) if is_among(origin, own))
}

/// Whether a browser says that another site's page asks (Fetch Metadata), and it is none of these.
pub(crate) fn is_foreign(headers: &HeaderMap, guests: &[String]) -> bool {
    let foreign = headers.get_all(SEC_FETCH_SITE).iter().any(|site| site != "same-origin" && site != "none");
    foreign && !headers.get(header::ORIGIN).is_some_and(|origin| is_among(origin, guests))
}

fn is_among(origin: &HeaderValue, known: &[String]) -> bool {
    known.iter().any(|known| known.as_bytes() == origin.as_bytes())
}

/// What a body says, or which field of it is wrong and how.
pub(crate) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // A list would be taken for the fields in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err("The body must be a JSON object.".to_owned());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed =
        serde_path_to_error::deserialize(&mut json).map_err(|error| match error.path().to_string() {
            // What is missing, unknown or doubled is named by the error itself.
            path if path == "." => format!("The body is not what this takes: {}.", error.inner()),
            path => format!("{path}: {}.", error.inner()),
        })?;
    let whole = json.end().map_err(|error| format!("The body is not what this takes: {error}."));
    whole.map(|()| parsed)
}
