//! The HTTP interface: headers, problems, uploads; and what survives a restart.

use std::net::SocketAddr;

use load::Error;
use load::http::Request;
use load::view::ClientView;
use protocol::Command;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::golden;
use crate::harness::{Party, start};

type Outcome = Result<(), Error>;

#[tokio::test]
async fn every_answer_carries_the_security_headers() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let mut text =
        String::from("# The headers of security of every answer; what differs stands under its request.\n");
    let mut before = String::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/join"),
        ("GET", "/api/v1/tables"),
        ("GET", "/api/v1/none"),
        ("POST", "/api/v1/join"),
        ("GET", "/assets/none.js"),
    ] {
        let answer = Request::new(method, path).send(server.address).await?;
        let mut held = String::new();
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-opener-policy",
            "cross-origin-embedder-policy",
            "cross-origin-resource-policy",
            "cache-control",
        ] {
            held.push_str(&format!("  {name}: {}\n", answer.header(name).unwrap_or("(none)")));
        }
        assert!(!answer.header("content-security-policy").unwrap_or_default().contains("unsafe"));
        text.push_str(&format!("{method} {path}: {}\n", answer.status));
        if held != before {
            text.push_str(&held);
        }
        before = held;
    }
    server.stop().await;
    golden("headers.txt", &text)
}

/// The first line of the answer to a request as it stands, and its headers.
async fn raw(server: SocketAddr, request: &str) -> Result<String, Error> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") && stream.read_buf(&mut answer).await? > 0 {}
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_head_is_as_large_as_it_may_be_and_no_larger() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let head = |headers: &str| format!("GET / HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", server.address);
    let many = |count: usize| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<String>();
    for (headers, status) in [
        (format!("Cookie: a={}\r\n", "x".repeat(32_000)), "200"),
        (format!("Cookie: a={}\r\n", "x".repeat(200_000)), "431"),
        (many(90), "200"),
        (many(200), "431"),
    ] {
        let answer = raw(server.address, &head(&headers)).await?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{} bytes: {answer}", headers.len());
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn frames_are_never_compressed() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let offer = format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        server.address
    );
    let answer = raw(server.address, &offer).await?.to_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(!answer.contains("sec-websocket-extensions"), "{answer}");
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_encoded_twice_is_decoded_once() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let table = &party.master_in.table;
    // In an address: one letter of the table's id, as it is, encoded, and encoded twice.
    let (first, rest) = table.split_at(1);
    let letter = first.bytes().next().ok_or("no id")?;
    for (written, status) in [
        (table.clone(), 200),
        (format!("%{letter:02x}{rest}"), 200),
        (format!("%25{letter:02x}{rest}"), 400),
        (format!("%2525{letter:02x}{rest}"), 400),
    ] {
        let path = format!("/api/v1/tables/{written}/invite");
        let answer = party.master_in.request("GET", &path).send(party.server.address).await?;
        assert_eq!(answer.status, status, "{path}");
    }
    // In what is asked for, and in what is said: every other way of writing it is left as it came.
    let name = "%41 %2541 \\u0041 &amp;lt; +";
    let query: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/api/v1/tables/{table}/scenes?name={query}");
    let made = party.master_in.request("POST", &path).body(map()).send(party.server.address).await?;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    party.master.must(Command::Say { line: name.to_owned(), speak_as: None }).await?;
    party.master.until(|view| view.scenes.values().any(|scene| scene.name == name)).await?;
    let heard = |view: &ClientView| {
        view.messages.iter().any(|message| format!("{message:?}").contains(&format!("{name:?}")))
    };
    party.players[0].until(heard).await?;
    Ok(())
}

/// Whether a body is what its type says; text says in which characters.
fn is_as_said(kind: &str, body: &[u8]) -> bool {
    let is_text = std::str::from_utf8(body).is_ok();
    let is_json = || serde_json::from_slice::<serde_json::Value>(body).is_ok();
    match kind {
        "text/html; charset=utf-8" => is_text && body.starts_with(b"<!doctype html>"),
        "text/plain; charset=utf-8" | "text/plain; version=0.0.4; charset=utf-8" => is_text,
        "text/css; charset=utf-8" | "text/javascript; charset=utf-8" => is_text && !body.starts_with(b"<"),
        "application/json" | "application/problem+json" | "application/manifest+json" => is_json(),
        "image/svg+xml" => is_text && body.starts_with(b"<svg"),
        "image/png" => body.starts_with(b"\x89PNG"),
        "font/woff2" => body.starts_with(b"wOF2"),
        "application/octet-stream" => !is_text,
        _ => false,
    }
}

#[tokio::test]
async fn each_answer_says_what_its_body_is() -> Outcome {
    let party = Party::gather(&[]).await?;
    let (address, ops) = (party.server.address, party.server.ops);
    let mut paths: Vec<String> =
        ["/", "/join", "/.well-known/security.txt", "/.well-known/jwks.json", "/api/v1/openapi.json"]
            .into_iter()
            .chain(["/api/v1/tables", "/api/v1/none", "/assets/none.js"])
            .map(str::to_owned)
            .collect();
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/dist");
    for folder in [dist.clone(), dist.join("assets")] {
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            if path.is_file() {
                paths.push(format!("/{}", path.strip_prefix(&dist)?.display()));
            }
        }
    }
    assert!(paths.len() > 15, "{paths:?}");
    let mut answers = Vec::new();
    for path in &paths {
        answers.push((path.as_str(), Request::new("GET", path).send(address).await?));
        answers.push((path.as_str(), party.master_in.request("GET", path).send(address).await?));
    }
    for path in ["/live", "/ready", "/metrics", "/none"] {
        answers.push((path, Request::new("GET", path).send(ops).await?));
    }
    for (path, answer) in answers {
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(answer.body.is_empty() || is_as_said(kind, &answer.body), "{path} is said to be {kind:?}");
    }
    for (kind, body) in
        [("text/plain", "x"), ("application/json", "x"), ("text/css; charset=utf-8", "<html>")]
    {
        assert!(!is_as_said(kind, body.as_bytes()), "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn problems_name_the_field_and_absent_equals_forbidden() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let address = party.server.address;
    let post = |body: serde_json::Value| {
        Request::post("/api/v1/join", &body).header("Origin", &load::player::origin(address)).send(address)
    };
    for (body, word) in [
        (json!({}), "code"),
        (json!({ "code": 7 }), "string"),
        (json!({ "code": "x", "extra": 1 }), "extra"),
        (json!({ "code": party.server.invite() }), "name"),
        (json!({ "code": party.server.invite(), "name": "\u{202e}" }), "name"),
    ] {
        let answer = post(body.clone()).await?;
        let detail = answer.json()?["detail"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.status, 400, "{body}");
        assert!(detail.contains(word), "{body}: {detail}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    assert_eq!(post(json!({ "code": "x" })).await?.status, 404);
    let absent = format!("/api/v1/tables/{}/invite", "0".repeat(32));
    let forbidden = format!("/api/v1/tables/{}/invite", party.master_in.table);
    let absent = party.players_in[0].request("GET", &absent).send(address).await?;
    let forbidden = party.players_in[0].request("GET", &forbidden).send(address).await?;
    assert_eq!((absent.status, &absent.body), (404, &forbidden.body));
    let nobody = Request::new("GET", "/api/v1/tables").send(address).await?;
    assert_eq!(nobody.status, 401);
    Ok(())
}

/// A map of 10 × 10 cells with a wall and a door, its picture 20 × 20 pixels.
fn map() -> Vec<u8> {
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(20, 20, image::Rgb([1, 2, 3]))
        .write_to(&mut picture, image::ImageFormat::Png)
        .unwrap();
    let point = |x: f64, y: f64| json!({ "x": x, "y": y });
    let map = json!({
        "format": 0.3,
        "resolution": { "map_origin": point(0.0, 0.0), "map_size": point(10.0, 10.0), "pixels_per_grid": 2 },
        "line_of_sight": [[point(5.0, 0.0), point(5.0, 4.0)], [point(5.0, 6.0), point(5.0, 10.0)]],
        "portals": [{ "position": point(5.0, 5.0), "bounds": [point(5.0, 4.0), point(5.0, 6.0)], "rotation": 1.57, "closed": true, "freestanding": false }],
        "lights": [{ "position": point(2.0, 2.0), "range": 4, "intensity": 1, "color": "ffeccd8b", "shadows": true }],
        "image": base64(&picture.into_inner()),
    });
    map.to_string().into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |word: u32, shift: u32| char::from(DIGITS[(word >> shift & 63) as usize]);
    let quad = |chunk: &[u8]| {
        let byte = |index: usize| u32::from(*chunk.get(index).unwrap_or(&0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        let all = [digit(word, 18), digit(word, 12), digit(word, 6), digit(word, 0)];
        all.into_iter().take(chunk.len() + 1).chain("==".chars().take(3 - chunk.len())).collect::<String>()
    };
    bytes.chunks(3).map(quad).collect()
}

#[tokio::test]
async fn a_map_file_becomes_a_scene_and_its_picture_needs_the_viewers_handle() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    let address = party.server.address;
    let path = format!("/api/v1/tables/{}/scenes?name=old_mill.dd2vtt", party.master_in.table);
    let answer = party.master_in.request("POST", &path).body(map()).send(address).await?;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let answer = answer.json()?;
    assert_eq!(
        (answer["kind"].as_str(), &answer["report"]["portals_kept"]),
        (Some("universal_vtt"), &json!(1))
    );
    let scene = u32::try_from(answer["scene"].as_u64().ok_or("no scene")?)?;
    party.master.must(Command::ShowScene { scene }).await?;
    assert_eq!(party.master.view.scenes[&scene].name, "old mill");
    assert_eq!((party.master.view.walls.len(), party.master.view.portals.len()), (2, 1));
    let size = crate::harness::cell(10, 10);
    let player = &mut party.players[0];
    player.until(|view| view.scene.as_ref().is_some_and(|scene| scene.size == size)).await?;
    assert!(player.view.walls.is_empty());
    assert_eq!(
        player.view.scene.as_ref().and_then(|scene| scene.picture),
        None,
        "players get no whole picture"
    );
    let picture = party.master.view.scene.as_ref().and_then(|scene| scene.picture).ok_or("no picture")?;
    let table = party.players_in[0].table.clone();
    let path = |handle: u32| format!("/api/v1/tables/{table}/pictures/{handle}");
    let answer = party.master_in.request("GET", &path(picture)).send(address).await?;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(Request::new("GET", &path(picture)).send(address).await?.status, 401);
    assert_eq!(party.master_in.request("GET", &path(picture + 9)).send(address).await?.status, 404);
    for handle in 0..picture + 20 {
        let answer = party.players_in[0].request("GET", &path(handle)).send(address).await?;
        assert_eq!(answer.status, 404, "a player reached a picture by handle {handle}");
    }
    let path = format!("/api/v1/tables/{}/scenes", party.players_in[0].table);
    assert_eq!(party.players_in[0].request("POST", &path).body(map()).send(address).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn files_that_lie_are_refused_with_the_reason() -> Outcome {
    let party = Party::gather(&[]).await?;
    let address = party.server.address;
    let path = format!("/api/v1/tables/{}/scenes?name=x.png", party.master_in.table);
    let mut cut = map();
    cut.truncate(cut.len() / 2);
    for body in [cut, b"<svg/>".to_vec(), b"\x89PNG\r\n\x1a\nnonsense".to_vec(), Vec::new()] {
        let answer = party.master_in.request("POST", &path).body(body).send(address).await?;
        assert_eq!(answer.status, 422);
        assert!(answer.json()?["detail"].as_str().is_some_and(|detail| detail.len() > 10));
    }
    let path = format!("/api/v1/tables/{}/pictures", party.master_in.table);
    let answer = party.master_in.request("POST", &path).body(vec![0; 21 * 1024 * 1024]).send(address).await?;
    assert_eq!(answer.status, 413);
    Ok(())
}

#[tokio::test]
async fn a_table_is_the_same_after_a_restart() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    party.empty_scene().await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 3), &[ada]).await?;
    party.master.must(Command::Say { line: "/r 3d6".to_owned(), speak_as: None }).await?;
    let (messages, tokens) = (party.master.view.messages.clone(), party.master.view.tokens.len());
    let Party { directory, server, master_in, players_in, .. } = party;
    server.stop().await;
    let server = start(directory.path()).await;
    assert!(server.links.game_master.is_empty(), "a used link is not replaced unasked");
    let again = |mut sign_in: load::player::SignIn| {
        sign_in.server = server.address;
        sign_in
    };
    let master = again(master_in).sit_down().await?;
    assert_eq!((master.view.messages.len(), master.view.tokens.len()), (messages.len(), tokens));
    assert_eq!(master.view.messages[0].parts, messages[0].parts);
    let ada = again(players_in[0].clone()).sit_down().await?;
    assert!(ada.view.token("Mira").is_some_and(|mira| mira.mine));
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_ops_listener_tells_life_readiness_and_figures_and_nothing_else() -> Outcome {
    let party = Party::gather(&[]).await?;
    let get = |path: &'static str| Request::new("GET", path).send(party.server.ops);
    assert_eq!(get("/live").await?.status, 200);
    assert_eq!(get("/ready").await?.status, 200);
    let metrics = String::from_utf8(get("/metrics").await?.body)?;
    assert!(metrics.contains("wardlight_connections 1\n") && metrics.contains("wardlight_tables_awake 1\n"));
    assert!(metrics.contains("wardlight_log_events_total{event=\"session.reused\"} 0\n"));
    assert!(!metrics.contains("by=\"http\""));
    assert_eq!(Request::new("GET", "/api/v1/tables").send(party.server.address).await?.status, 401);
    let metrics = String::from_utf8(get("/metrics").await?.body)?;
    assert!(metrics.contains("wardlight_refusals_total{by=\"http\",reason=\"signed-out\"} 1\n"), "{metrics}");
    assert_eq!(get("/api/v1/tables").await?.status, 404);
    for path in ["/metrics", "/ready", "/live"] {
        let answer = Request::new("GET", path).send(party.server.address).await?;
        assert!(!String::from_utf8_lossy(&answer.body).contains("wardlight_connections"), "{path} is public");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_store_is_not_ready_and_says_so_until_it_can() -> Outcome {
    let home = tempfile::tempdir()?;
    let (data, away) = (home.path().join("data"), home.path().join("away"));
    let server = start(&data).await;
    let ready = || Request::new("GET", "/ready").send(server.ops);
    assert_eq!(ready().await?.status, 200);
    std::fs::rename(&data, &away)?;
    assert_eq!(ready().await?.status, 503);
    assert_eq!(Request::new("GET", "/live").send(server.ops).await?.status, 200, "nobody is to restart it");
    std::fs::rename(&away, &data)?;
    assert_eq!(ready().await?.status, 200);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn of_two_first_starts_on_one_directory_one_serves_it() -> Outcome {
    use server::config::Config;
    use server::serve::{Server, StartError};
    let home = tempfile::tempdir()?;
    let config = Config::load(crate::harness::options(&home.path().join("data")))?;
    let (one, other) = tokio::join!(Server::build(&config), Server::build(&config));
    let (served, refused) = match (one, other) {
        (Ok(served), Err(refused)) | (Err(refused), Ok(served)) => (served, refused),
        (one, other) => return Err(format!("{} and {} serve", one.is_ok(), other.is_ok()).into()),
    };
    assert!(matches!(refused, StartError::Locked { .. }), "{refused}");
    let sentence = refused.to_string();
    assert!(sentence.contains(&format!("(process {})", std::process::id())), "{sentence}");
    served.links().await?;
    drop(served);
    Server::build(&config).await?;
    Ok(())
}
