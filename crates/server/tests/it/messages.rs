//! How messages of HTTP are framed: where each ends, what may stand in its head, and that one version of it is spoken.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use load::Error;
use load::http::{Answer, Request};
use load::player::origin;
use serde_json::json;
use server::accounts::Registration;
use server::config::{ServeOptions, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::accounts::{Browser, PASSWORD};
use crate::harness::{Party, options, refresh, start, start_with};

type Outcome = Result<(), Error>;

/// All that is answered to bytes as they are.
async fn said(server: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    // Whoever is refused may find the connection reset.
    let _read = stream.read_to_end(&mut answer).await;
    Ok(answer)
}

/// The values of a header in a head, whose names are small here.
fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.filter(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
}

/// The head of the first answer, and what comes after it.
fn parted(bytes: &[u8]) -> Result<(&str, &[u8]), Error> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("no head")?;
    Ok((std::str::from_utf8(&bytes[..end])?, &bytes[end + 4..]))
}

#[tokio::test]
async fn each_answer_is_as_long_as_it_says_and_the_next_begins_behind_it() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let address = server.address;
    let index = Request::new("GET", "/").send(address).await?;
    let index = String::from_utf8(index.body)?;
    let asset = index.split('"').find(|word| word.starts_with("/assets/")).ok_or("no asset")?;
    let last = format!("GET /api/v1/none HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut statuses = BTreeSet::new();
    for (method, path) in [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", asset),
        ("HEAD", asset),
        ("GET", "/join"),
        ("GET", "/assets/none.js"),
        ("HEAD", "/assets/none.js"),
        ("GET", "/.well-known/jwks.json"),
        ("HEAD", "/.well-known/jwks.json"),
        ("GET", "/.well-known/security.txt"),
        ("GET", "/api/v1/openapi.json"),
        ("HEAD", "/api/v1/openapi.json"),
        ("GET", "/api/v1/tables"),
        ("HEAD", "/api/v1/tables"),
        ("DELETE", "/api/v1/tables"),
        ("OPTIONS", "/api/v1/tables"),
        ("GET", "/api/v1/socket"),
        ("POST", "/api/v1/session/end"),
        ("POST", "/api/v1/session/ways"),
        ("POST", "/api/v1/session/refresh"),
        ("POST", "/api/v1/join"),
    ] {
        let first = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Length: 0\r\n\r\n"
        );
        let bytes = said(address, [first, last.clone()].concat().as_bytes()).await?;
        let (head, rest) = parted(&bytes)?;
        let what = format!("{method} {path}: {head}");
        let status = head.split(' ').nth(1).ok_or("no status")?.to_owned();
        assert_eq!(values(head, "transfer-encoding"), [""; 0], "{what}");
        let body_bytes = match values(head, "content-length").as_slice() {
            [] if status == "204" => 0,
            [_] if method == "HEAD" => 0,
            [length] => length.parse()?,
            several => return Err(format!("{several:?}: {what}").into()),
        };
        let (next, body) = parted(rest.get(body_bytes..).ok_or("cut off")?)?;
        assert!(next.starts_with("HTTP/1.1 404 "), "{what}, then {next}");
        assert_eq!(values(next, "content-length"), [body.len().to_string()], "{what}");
        statuses.insert(status);
    }
    for status in ["200", "204", "400", "401", "404", "405"] {
        assert!(statuses.contains(status), "{status} is not among {statuses:?}");
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_head_with_a_line_end_or_nothing_in_a_name_or_value_is_refused() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let with = |line: &str| {
        format!("GET /join HTTP/1.1\r\nHost: {}\r\n{line}\r\nConnection: close\r\n\r\n", server.address)
    };
    let right = said(server.address, with("x-a: b c\t\u{e9}").as_bytes()).await?;
    assert!(right.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&right));
    for line in [
        "x-a: b\rx-b: c",
        "x-a: b\r",
        "x-a: b\0c",
        "x-a: b\u{7}c",
        "x-a\r: b",
        "x-\0a: b",
        "x a: b",
        "x-a : b",
        ": b",
        "x-a: b\r\n x-b: c",
    ] {
        let answer = said(server.address, with(line).as_bytes()).await?;
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{line:?}: {}", String::from_utf8_lossy(&answer));
    }
    server.stop().await;
    Ok(())
}

/// All files of a folder and below.
fn texts(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(texts(&path)?);
        } else {
            found.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    Ok(found)
}

#[tokio::test]
async fn neither_the_server_nor_its_edge_speaks_another_version_of_http() -> Outcome {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let directory = tempfile::tempdir()?;
    let free = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let options = ServeOptions { tls: Some(Tls::SelfSigned), tls_listen: free, ..options(directory.path()) };
    let server = start_with(options).await;
    let tls = server.tls.ok_or("no TLS")?;
    for address in [server.address, server.ops, tls] {
        let answer = said(address, PREFACE).await?;
        assert!(
            !answer.windows(9).any(|frame| frame == b"\0\0\0\x04\x01\0\0\0\0"),
            "{address} speaks HTTP/2"
        );
    }
    let switch = format!(
        "GET /join HTTP/1.1\r\nHost: {0}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        server.address
    );
    let answer = said(server.address, switch.as_bytes()).await?;
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    // Whoever offers that alone finds nothing in common; whoever offers both is answered by what we speak.
    let pem = std::fs::read_to_string(directory.path().join("keys/local.crt.pem"))?;
    for (offered, agreed) in
        [(&["h2", "h3"][..], None), (&["h2", "http/1.1"], Some(&b"http/1.1"[..])), (&[], Some(b""))]
    {
        let connector = crate::tls::offering(&pem, offered)?;
        let name = rustls::pki_types::ServerName::try_from("localhost")?;
        let connected = connector.connect(name, TcpStream::connect(tls).await?).await;
        let spoken =
            connected.ok().map(|stream| stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec());
        assert_eq!(spoken.as_deref(), agreed, "{offered:?}");
    }
    let edge = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/nginx"))?;
    assert!(edge.iter().any(|(_, text)| text.contains("listen ")), "{} files", edge.len());
    for (path, text) in edge {
        for word in ["http2", "http3", "quic", "grpc"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
    server.stop().await;
    Ok(())
}

/// The names of the cookies that an answer gives, none of which is larger than browsers keep.
fn cookies(what: &str, answer: &Answer, longest: &mut usize) -> BTreeSet<String> {
    let given = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let pairs = given.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
    pairs
        .map(|(name, value)| {
            assert!(
                name.len() + value.len() <= 4_096,
                "{what} gives a cookie of {} bytes",
                name.len() + value.len()
            );
            *longest = (*longest).max(name.len() + value.len());
            name.to_owned()
        })
        .collect()
}

#[tokio::test]
async fn no_cookie_is_larger_than_browsers_keep() -> Outcome {
    let directory = tempfile::tempdir()?;
    let settings = ServeOptions { registration: Some(Registration::Open), ..options(directory.path()) };
    let server = start_with(settings).await;
    let longest_name = "ä".repeat(60);
    let mut longest = 0;
    let mut given = BTreeSet::new();
    let body = json!({ "code": server.invite(), "name": longest_name });
    let joined = Request::post("/api/v1/join", &body).header("Origin", &origin(server.address));
    let joined = joined.header("User-Agent", &"Firefox/".repeat(1_000)).send(server.address).await?;
    assert_eq!(joined.status, 200);
    given.extend(cookies("join", &joined, &mut longest));
    let cookie =
        joined.header("set-cookie").and_then(|cookie| cookie.split(';').next()).ok_or("no cookie")?;
    let renewed = Request::new("POST", "/api/v1/session/refresh").header("Origin", &origin(server.address));
    let renewed = renewed.header("Cookie", cookie).send(server.address).await?;
    given.extend(cookies("refresh", &renewed, &mut longest));
    let mut browser = Browser::new(server.address);
    let login = "l".repeat(32);
    let change = json!({ "current": PASSWORD, "new": "lantern quarry mosaic" });
    for (what, path, body) in [
        ("register", "/account/register", json!({ "login": login, "password": PASSWORD })),
        ("sign in", "/session/sign-in", json!({ "login": login, "password": PASSWORD })),
        ("change the password", "/account/password", change),
        ("end", "/session/end", json!({})),
        ("sign in again", "/session/sign-in", json!({ "login": login, "password": "lantern quarry mosaic" })),
        ("delete", "/account/delete", json!({})),
    ] {
        let answer = browser.post(path, body).await?;
        assert!(answer.status < 300, "{what}: {}", String::from_utf8_lossy(&answer.body));
        let names = cookies(what, &answer, &mut longest);
        assert!(!names.is_empty(), "{what} gives none");
        given.extend(names);
    }
    assert_eq!(given.len(), 2, "{given:?}: try those that are new as well");
    assert!(longest > 60, "{longest} bytes");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_session_that_was_renewed_often_has_a_cookie_of_the_same_size() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let mut ada = party.players_in[0].clone();
    let at_first = ada.cookie.len();
    for _ in 0..20 {
        refresh(&mut ada).await?;
        assert_eq!(ada.cookie.len(), at_first);
    }
    Ok(())
}
