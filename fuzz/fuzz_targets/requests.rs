//! What is read of a request before anything is known of who sent it: cookies, tokens, origins, names of hosts and browsers,
//! values of queries, bodies, reports, codes of links, and what people sign in with. Each has one reading, and nothing of
//! somebody else's is taken for ours.
#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::DeviceKey;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;
use tabletop::id::AccountId;
use url::form_urlencoded;

#[path = "../../crates/server/src/mail/address.rs"]
mod address;
#[path = "../../crates/server/src/device.rs"]
#[expect(dead_code, reason = "the fuzzer has no use for an id of a browser")]
mod device;
#[path = "../../crates/server/src/links.rs"]
#[expect(dead_code, reason = "links are made, not read")]
mod links;
#[path = "../../crates/server/src/accounts/login.rs"]
mod login;
#[path = "../../crates/server/src/http/reading.rs"]
mod reading;
#[path = "../../crates/server/src/http/violations.rs"]
mod violations;

/// Where those files look for it.
mod http {
    pub(crate) use crate::reading::cookie;
}

use address::MailAddress;
use device::{Browser, device_name, remember};
use links::Brought;
use login::Login;
// Those files are written with these.
use lettre as _;
use percent_encoding as _;
use serde_path_to_error as _;
use thiserror as _;

const COOKIES: [&str; 2] = ["__Host-wardlight", "__Host-wardlight-device"];
const DIRECTIVES_MAX: usize = 50;
const ADA: AccountId = AccountId::from_bytes([7; 16]);

static DEVICES: LazyLock<DeviceKey> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    DeviceKey::load_or_create(directory.path()).expect("a key")
});

/// A body like that of a sign-in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    login: String,
    password: String,
    code: Option<String>,
}

/// The headers of these lines, as far as they are some.
fn headers(text: &str) -> HeaderMap {
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(value.trim_start().as_bytes()).ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in text.split('\n').filter_map(pair).take(50) {
        headers.append(name, value);
    }
    headers
}

fn cookies(headers: &HeaderMap) {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<(&str, &str)> =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    for name in COOKIES {
        let first = pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        assert_eq!(reading::cookie(headers, name), first, "{name}");
    }
}

/// What is in our cookies is read one way: written again it is the cookie.
fn carried(headers: &HeaderMap) {
    let [session, device] = COOKIES.map(|name| reading::cookie(headers, name));
    if let Some((family, secret)) = reading::refresh(headers, COOKIES[0]) {
        let written = format!("{}.{}", AccountId::from_bytes(family), secret.reveal());
        assert_eq!(session, Some(&*written));
    }
    let Some(browser) = Browser::of(headers) else {
        let is_one = |value: &str| URL_SAFE_NO_PAD.decode(value).is_ok_and(|bytes| bytes.len() == 32);
        assert!(!device.is_some_and(is_one), "{device:?}");
        return;
    };
    let value = device.expect("it was read");
    assert_eq!(URL_SAFE_NO_PAD.decode(value).expect("base64url")[..16], browser.id);
    let ours = remember(&DEVICES, browser.id, ADA).1;
    let is_ours = ours.starts_with(&format!("{}={value};", COOKIES[1]));
    assert_eq!(browser.knows(&DEVICES, ADA), is_ours, "{value}");
}

/// A browser has a name of ours, and none of what it calls itself.
fn browsers(headers: &HeaderMap) {
    let browsers = ["A browser", "Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Safari"];
    let systems = ["Android", "iPhone", "iPad", "Windows", "ChromeOS", "macOS", "Linux"];
    let name = device_name(headers);
    let is_ours = match name.split_once(" on ") {
        Some((browser, system)) => browsers.contains(&browser) && systems.contains(&system),
        None => name == "Another program" || browsers[1..].contains(&&*name),
    };
    assert!(is_ours, "{name}");
}

/// Who is led to TLS is led to us, and to the name that was asked for if it is one of ours.
fn hosts(headers: &HeaderMap) {
    let own = ["http://192.0.2.7:8080", "https://table.example", "https://192.0.2.7:8443"].map(str::to_owned);
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let led = if host == Some(b"192.0.2.7:8443") { &own[2] } else { &own[1] };
    assert_eq!(reading::secure_origin(headers, &own), Some(&**led));
    assert_eq!(reading::secure_origin(headers, &own[..1]), None);
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let said = reading::page_origin(headers);
    assert!(said.is_empty() || Some(said.as_bytes()) == origin);
}

/// The bytes that a value of a query stands for.
fn percent_decoded(value: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|code| *first == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    bytes
}

/// A value that is taken is what it stands for, and nothing that was made of it to fit.
fn queries(value: &str) {
    let meant = String::from_utf8(percent_decoded(value)).ok().filter(|text| !text.contains('\0'));
    assert_eq!(reading::is_text(value), meant.is_some(), "{value:?}");
    if let Some(meant) = meant
        && !value.contains(['&', '+'])
    {
        let pairs = format!("name={value}");
        let read: Vec<_> =
            form_urlencoded::parse(pairs.as_bytes()).map(|(_, value)| value.into_owned()).collect();
        assert_eq!(read, [meant]);
    }
}

fn codes(text: &str) {
    let written = match Brought::parse(text) {
        Some(Brought::Invite { table, proof }) => format!("{table}{}", proof.reveal()),
        Some(Brought::Seat(code)) => code.reveal().to_owned(),
        None => return,
    };
    assert_eq!(written, text);
}

fn tokens(headers: &HeaderMap) {
    let said = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes().to_vec());
    match reading::bearer(headers) {
        Some(token) => assert_eq!(said, Some(["Bearer ", token].concat().into_bytes())),
        None => assert!(said.is_none_or(|said| {
            !said.starts_with(b"Bearer ") || said.iter().any(|byte| !matches!(byte, b'\t' | b' '..=b'~'))
        })),
    }
    let kind = reading::media_type(headers);
    assert!(!kind.contains(';') && kind.trim() == kind, "{kind:?}");
}

fn sites(headers: &HeaderMap) {
    let own = ["https://table.example", "http://localhost:8080"].map(str::to_owned);
    let origins: Vec<&[u8]> = headers.get_all(header::ORIGIN).iter().map(HeaderValue::as_bytes).collect();
    let is_ours = own.iter().any(|known| origins == [known.as_bytes()]);
    assert_eq!(reading::is_from(headers, &own), is_ours, "{origins:?}");
    let sites: Vec<&[u8]> = headers.get_all("sec-fetch-site").iter().map(HeaderValue::as_bytes).collect();
    let is_quiet = sites.iter().all(|site| [b"same-origin".as_slice(), b"none"].contains(site));
    assert_eq!(reading::is_foreign(headers, &[]), !is_quiet, "{sites:?}");
    // A guest is let in by its first origin; whoever says nothing of a site is none.
    let is_guest = origins.first().is_some_and(|origin| own.iter().any(|known| known.as_bytes() == *origin));
    assert_eq!(reading::is_foreign(headers, &own), !is_quiet && !is_guest);
}

/// Whether a text of this object begins with these words, however the body writes them.
fn begins_a_text(value: &Value, words: &str) -> bool {
    let texts = value.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_str);
    texts.into_iter().any(|text| text.split(' ').next() == Some(words))
}

fn bodies(body: &str) {
    let value = serde_json::from_str::<Value>(body).ok();
    match reading::object::<SignIn>(body.as_bytes()) {
        Ok(SignIn { login, password, code }) => {
            let value = value.expect("what is taken is JSON");
            let told = value.as_object().expect("an object");
            assert!(told.keys().all(|name| ["login", "password", "code"].contains(&name.as_str())), "{body}");
            assert_eq!(
                (told["login"].as_str(), told["password"].as_str()),
                (Some(&*login), Some(&*password))
            );
            assert_eq!(told.get("code").and_then(Value::as_str), code.as_deref());
        }
        Err(why) => assert!(!why.is_empty() && why.len() <= 2 * body.len() + 300, "{why}"),
    }
    let list = reading::object::<Vec<Value>>(body.as_bytes());
    assert!(list.is_err(), "a list is no object");
    let Some(value) = serde_json::from_str::<Value>(body).ok() else { return };
    if let Some(found) = violations::of_reports(&value) {
        assert!(value.is_array() && found.len() <= DIRECTIVES_MAX);
        assert!(
            found.iter().all(|name| name.len() < 30 && (*name == "another" || name.contains('-'))),
            "{found:?}"
        );
    }
    if let Some(name) = violations::directive(&value) {
        assert!(value.is_object() && (name == "another" || begins_a_text(&value, name)), "{name}");
    }
}

fn people(text: &str) {
    if let Ok(login) = Login::parse(text) {
        let name = login.as_str();
        assert!(
            (3..=32).contains(&name.len())
                && name.bytes().all(|byte| b"abcdefghijklmnopqrstuvwxyz0123456789.-_".contains(&byte))
        );
        assert!(name.as_bytes()[0].is_ascii_alphanumeric(), "{name}");
        assert_eq!(name, text.trim().to_ascii_lowercase());
        assert_eq!(Login::parse(name), Ok(login.clone()));
        assert_eq!(Login::parse(&format!(" {} ", name.to_ascii_uppercase())), Ok(login.clone()));
        assert!(MailAddress::parse(name).is_err(), "nobody is both");
    }
    if let Ok(mail) = MailAddress::parse(text) {
        let address = mail.as_str();
        assert!(
            address.len() <= 254
                && address.is_ascii()
                && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
        );
        assert!(!address.bytes().any(|byte| byte.is_ascii_uppercase()), "{address}");
        let (local, domain) = address.rsplit_once('@').expect("an address has two parts");
        assert!(
            !local.is_empty() && domain.contains('.') && !domain.contains(['[', '<', '>', ',', ';', ':']),
            "{address}"
        );
        assert_eq!(address, text.trim().to_ascii_lowercase());
        assert_eq!(MailAddress::parse(address), Ok(mail.clone()));
        assert!(domain.parse::<IpAddr>().is_err(), "{address}");
        assert!(Login::parse(address).is_err());
    }
}

fuzz_target!(|text: &str| {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, text));
    let headers = headers(head);
    cookies(&headers);
    carried(&headers);
    browsers(&headers);
    hosts(&headers);
    tokens(&headers);
    sites(&headers);
    queries(head);
    codes(head);
    bodies(body);
    people(head);
    people(body);
});
