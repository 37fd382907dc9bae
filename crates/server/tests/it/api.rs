//! The HTTP interface as it describes itself: every route, whoever asks, whatever they send.

use std::collections::BTreeMap;
use std::path::Path;

use load::Error;
use load::http::{Answer, Request};
use load::player::{Player, SignIn, code_of, origin};
use serde_json::{Value, json};
use server::config::Config;
use server::serve::Server;

use crate::harness::{Party, Running, options, start};

type Outcome = Result<(), Error>;

/// A method and a path with names in braces, as the description has them.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    path: String,
    about: Value,
}

impl Route {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it is for those who are signed in.
    pub(crate) fn takes_bearer(&self) -> bool {
        self.about.get("security").is_some()
    }

    fn body_type(&self) -> Option<&str> {
        self.about["requestBody"]["content"].as_object()?.keys().next().map(String::as_str)
    }

    pub(crate) fn filled(&self, parts: &BTreeMap<&str, String>) -> String {
        let fill =
            |path: String, (name, value): (&&str, &String)| path.replace(&format!("{{{name}}}"), value);
        parts.iter().fold(self.path.clone(), fill)
    }
}

pub(crate) async fn routes(server: &Running) -> Result<Vec<Route>, Error> {
    let described = Request::new("GET", "/api/v1/openapi.json").send(server.address).await?.json()?;
    let mut routes = Vec::new();
    for (path, operations) in described["paths"].as_object().ok_or("no paths")? {
        for (method, about) in operations.as_object().ok_or("no operations")? {
            let method = match method.as_str() {
                "get" => "GET",
                "post" => "POST",
                _ => return Err(format!("{method} is new here").into()),
            };
            routes.push(Route { method, path: path.clone(), about: about.clone() });
        }
    }
    // After this one there is nobody left to ask the others.
    routes.sort_by_key(|route| route.path.ends_with("/account/delete"));
    Ok(routes)
}

/// What stands for the names in paths: things of the table, by this person's handles.
pub(crate) fn things(table: &str, player: Option<&Player>) -> BTreeMap<&'static str, String> {
    let view = player.map(|player| &player.view);
    let scene = view.and_then(|view| view.scene.as_ref()).map_or(1, |scene| scene.scene);
    let picture = view.and_then(|view| view.scene.as_ref()?.picture).unwrap_or(1);
    let seat = view.and_then(|view| view.me.as_ref()).map_or(1, |me| me.seat);
    BTreeMap::from([
        ("table", table.to_owned()),
        ("seat", seat.to_string()),
        ("scene", scene.to_string()),
        ("picture", picture.to_string()),
        ("revision", "0".to_owned()),
        ("level", "2".to_owned()),
        ("x", "0".to_owned()),
        ("y", "0".to_owned()),
        ("session", "0".repeat(32)),
        ("passkey", "AAAA".to_owned()),
    ])
}

fn is_problem(answer: &Answer) -> bool {
    let body = answer.json().unwrap_or_default();
    answer.header("content-type") == Some("application/problem+json")
        && body["status"] == json!(answer.status)
        && ["type", "title", "detail"].iter().all(|field| body[*field].is_string())
}

/// Holds text to what the repository holds, or writes it there if `UPDATE` is set.
pub(crate) fn golden(name: &str, text: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        std::fs::write(&path, text)?;
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, held, "{} differs; run the test with UPDATE=1 and read what changed", path.display());
    Ok(())
}

/// Somebody who runs a table of their own on the same server.
pub(crate) async fn master_elsewhere(party: &Party) -> Result<SignIn, Error> {
    let config = Config::load(options(party.directory.path()))?;
    let name = tabletop::name::Name::parse("Elsewhere")?;
    let made = Server::new_tables_beside(&config, &name, 1).await?;
    let link = made[0].game_master.first().ok_or("no link")?;
    SignIn::join(party.server.address, code_of(link), None).await
}

#[tokio::test]
async fn who_may_what_is_written_down() -> Outcome {
    assert_eq!(undescribed(include_str!("../../src/http/mod.rs")), BESIDE, "a route that nobody describes");
    let party = Party::gather(&["Ada"]).await?;
    let address = party.server.address;
    let (waiting, elsewhere) = (party.server.knock("Wim").await, master_elsewhere(&party).await?);
    let table = &party.master_in.table;
    let people = [
        ("nobody", None, None),
        ("stranger", Some(&elsewhere), None),
        ("waiting", Some(&waiting), None),
        ("player", Some(&party.players_in[0]), Some(&party.players[0])),
        ("master", Some(&party.master_in), Some(&party.master)),
    ];
    let mut text = String::from(
        "# Method and path, and the status for: nobody, the game master of another table, somebody who knocks, a player, the game master.\n# Bodies are empty, so that 400 and 422 say that the person was let in.\n",
    );
    for route in routes(&party.server).await? {
        let mut row = format!("{:<4} {:<66}", route.method, route.path);
        let (mut refusals, mut answers) = (Vec::new(), Vec::new());
        for (_, signed_in, player) in &people {
            let path = route.filled(&things(table, *player));
            let request = match signed_in {
                Some(signed_in) => signed_in.request(route.method, &path),
                None => Request::new(route.method, &path),
            };
            let answer = request.send(address).await?;
            assert!(answer.status < 500, "{}: {}", route.name(), answer.status);
            row.push_str(&format!(" {}", answer.status));
            if answer.status >= 400 {
                assert!(is_problem(&answer), "{}: {answer:?}", route.name());
            }
            if answer.status == 404 {
                refusals.push((answer.status, answer.body.clone()));
            }
            answers.push((answer.status, answer.body));
        }
        text.push_str(row.trim_end());
        text.push('\n');
        // A table that is not there answers as one that is not yours.
        if route.path.contains("{table}") {
            let absent = things(&"0".repeat(32), None);
            let answer = elsewhere.request(route.method, &route.filled(&absent)).send(address).await?;
            let absent = (answer.status, answer.body);
            assert_eq!(absent.0, 404, "{}", route.name());
            assert_eq!(answers[1], absent, "{}: somebody who has nothing to do with the table", route.name());
            assert!(refusals.iter().all(|refusal| *refusal == absent), "{}", route.name());
        }
        let anonymous = Request::new(route.method, &route.filled(&things(table, None))).send(address).await?;
        assert_eq!(route.takes_bearer(), anonymous.status == 401, "{} says who may ask", route.name());
    }
    text.push_str("# Beside what the interface describes; for everybody alike.\n");
    for path in BESIDE {
        let mut row = format!("{:<4} {path:<66}", "GET");
        for (_, signed_in, _) in &people {
            let request = match signed_in {
                Some(signed_in) => signed_in.request("GET", path),
                None => Request::new("GET", path),
            };
            row.push_str(&format!(" {}", request.send(address).await?.status));
        }
        text.push_str(&format!("{row}\n"));
    }
    golden("routes.txt", &text)
}

/// Routes that are not part of the interface: what it says of itself, the socket (its first frame says who comes), public keys
/// and contacts.
const BESIDE: [&str; 4] =
    ["/api/v1/openapi.json", "/api/v1/socket", "/.well-known/jwks.json", "/.well-known/security.txt"];

/// The paths of routes that are added without a description.
fn undescribed(source: &str) -> Vec<&str> {
    source.split(".route(").skip(1).map(|rest| rest.split('"').nth(1).unwrap_or(rest)).collect()
}

#[test]
fn a_route_without_a_description_is_noticed() {
    assert_eq!(
        undescribed("Router::new().route(\"/a\", get(a))\n    .route(\n \"/b\", get(b))"),
        ["/a", "/b"]
    );
    assert_eq!(undescribed(".routes(routes!(a::b))"), Vec::<&str>::new());
}

/// What gives somebody an access token: every such way is one that is written down.
#[tokio::test]
async fn the_ways_in_are_written_down() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let gives_token = |route: &Route| {
        let answer = &route.about["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        matches!(answer.as_str(), Some("#/components/schemas/SessionAnswer" | "#/components/schemas/Joined"))
    };
    let ways: Vec<_> = routes(&server).await?.into_iter().filter(gives_token).collect();
    let text: String = ways.iter().map(|route| format!("{}\n", route.name())).collect();
    server.stop().await;
    golden(
        "ways_in.txt",
        &format!(
            "# Routes that answer with an access token; docs/adr/0018-accounts.md says what each asks for.\n{text}"
        ),
    )
}

/// Bodies that are not what a route takes, by what is wrong with them. Where that begins with the name of a field and a colon, the
/// problem has to name it too.
fn wrong_bodies(right: &Value) -> Vec<(String, Vec<u8>)> {
    let mut wrong: Vec<(String, Vec<u8>)> = vec![
        ("nothing".to_owned(), Vec::new()),
        ("no JSON".to_owned(), b"{".to_vec()),
        ("a list".to_owned(), b"[]".to_vec()),
        ("its fields in a list".to_owned(), b"[\"x\",\"Eve\"]".to_vec()),
        ("null".to_owned(), b"null".to_vec()),
        ("a number".to_owned(), b"9007199254740993".to_vec()),
        ("no UTF-8".to_owned(), b"{\"code\":\"\xff\xfe\"}".to_vec()),
        ("deep".to_owned(), [b"[".repeat(5_000), b"]".repeat(5_000)].concat()),
        ("huge".to_owned(), format!("{{\"code\":\"{}\"}}", "x".repeat(40_000)).into_bytes()),
    ];
    let altered = |field: &str, value: Value| {
        let mut body = right.clone();
        body[field] = value;
        body.to_string().into_bytes()
    };
    wrong.push(("another field".to_owned(), altered("role", json!("gm"))));
    for field in right.as_object().into_iter().flat_map(|fields| fields.keys()) {
        let long = json!("x".repeat(5_000));
        let kind_of = |value: &Value| std::mem::discriminant(value);
        for value in [json!(7), json!(1e300), json!({}), json!([]), json!(true)] {
            if kind_of(&value) != kind_of(&right[field]) {
                wrong.push((format!("{field}: {value}"), altered(field, value)));
            }
        }
        for value in [json!("\u{0}"), long, json!(null)] {
            let what: String = format!("{field} is {value}").chars().take(40).collect();
            wrong.push((what, altered(field, value)));
        }
        let mut without = right.clone();
        without.as_object_mut().into_iter().for_each(|fields| drop(fields.remove(field)));
        wrong.push((format!("{field} is missing"), without.to_string().into_bytes()));
        let twice = format!("{{\"{field}\":\"a\",\"{field}\":\"b\"}}");
        wrong.push((format!("{field}: twice"), twice.into_bytes()));
    }
    wrong
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem_and_changes_nothing() -> Outcome {
    let party = Party::gather(&["Ada"]).await?;
    let (address, own) = (party.server.address, origin(party.server.address));
    let tables = async || -> Result<Value, Error> {
        party.master_in.request("GET", "/api/v1/tables").send(address).await?.json()
    };
    let before = tables().await?;
    let right = BTreeMap::from([
        ("/api/v1/join", json!({ "code": "x", "name": "Eve" })),
        ("/api/v1/join/preview", json!({ "code": "x" })),
        ("/api/v1/session/sign-in", json!({ "login": "x", "password": "y", "code": "z" })),
        ("/api/v1/session/passkey/finish", json!({ "challenge": "0".repeat(32), "credential": {} })),
        ("/api/v1/account/register", json!({ "login": "x", "password": "y", "code": "z" })),
        ("/api/v1/account/password", json!({ "current": "x", "new": "y" })),
        ("/api/v1/account/password/reset", json!({ "code": "x", "password": "y" })),
        ("/api/v1/account/password/forgotten", json!({ "who": "x" })),
        ("/api/v1/account/mail", json!({ "mail": "x" })),
        ("/api/v1/account/mail/prove", json!({ "code": "x" })),
        ("/api/v1/account/second-factor/finish", json!({ "code": "x" })),
        (
            "/api/v1/account/passkeys/finish",
            json!({ "challenge": "0".repeat(32), "name": "y", "credential": {} }),
        ),
    ]);
    let mut asked = 0;
    for route in routes(&party.server).await? {
        let path = route.filled(&things(&party.master_in.table, Some(&party.master)));
        let ask =
            |method: &'static str, path: &str| party.master_in.request(method, path).header("Origin", &own);
        let mut refuse = |what: &str, answer: &Answer| {
            assert!((400..500).contains(&answer.status), "{}, {what}: {}", route.name(), answer.status);
            assert!(is_problem(answer), "{}, {what}: {answer:?}", route.name());
            if let Some((field, _)) = what.split_once(':') {
                let named = String::from_utf8_lossy(&answer.body).contains(field);
                assert!(named, "{}, {what}: {}", route.name(), String::from_utf8_lossy(&answer.body));
            }
            asked += 1;
        };
        // Methods that it does not have.
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            if method != route.method {
                let answer = ask(method, &path).send(address).await?;
                assert_eq!(answer.status, 405, "{method} {path}");
                assert!(answer.header("allow").is_some(), "{method} {path}");
                refuse(method, &answer);
            }
        }
        // Names of nothing.
        if route.takes_bearer() && route.path.contains('{') {
            for part in ["-1", "4294967296", "1e3", "%00", "..%2f..", "x"] {
                let mut parts = things(&party.master_in.table, Some(&party.master));
                parts.values_mut().for_each(|value| part.clone_into(value));
                refuse(part, &ask(route.method, &route.filled(&parts)).send(address).await?);
            }
        }
        match route.body_type() {
            Some("application/json") => {
                let right = right.get(route.path.as_str()).ok_or("a route with a body that no test knows")?;
                for (what, body) in wrong_bodies(right) {
                    let request =
                        ask(route.method, &path).header("Content-Type", "application/json").body(body);
                    refuse(&what, &request.send(address).await?);
                }
                for mime in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
                    let body = right.to_string().into_bytes();
                    refuse(
                        mime,
                        &ask(route.method, &path)
                            .header("Content-Type", mime)
                            .body(body)
                            .send(address)
                            .await?,
                    );
                }
            }
            Some("application/octet-stream") => {
                for body in [Vec::new(), b"GIF89a".to_vec(), b"<svg onload='x'/>".to_vec(), vec![0; 70_000]] {
                    refuse("no picture", &ask(route.method, &path).body(body).send(address).await?);
                }
            }
            Some("application/reports+json") | None => {}
            Some(other) => return Err(format!("{other} is new here").into()),
        }
    }
    assert!(asked > 150, "only {asked}");
    for path in
        ["/.well-known/jwks.json", "/.well-known/security.txt", "/api/v1/openapi.json", "/api/v1/socket"]
    {
        let answer = Request::new("DELETE", path).send(address).await?;
        assert!(answer.status == 405 && is_problem(&answer), "{path}: {answer:?}");
    }
    assert_eq!(tables().await?, before);
    Ok(())
}

#[tokio::test]
async fn the_description_is_public_and_says_what_problems_look_like() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let answer = Request::new("GET", "/api/v1/openapi.json").send(server.address).await?;
    let described = answer.json()?;
    assert_eq!(described["openapi"], "3.1.0");
    assert!(described["components"]["schemas"]["Problem"]["properties"]["detail"].is_object());
    for route in routes(&server).await? {
        let problem = &route.about["responses"]["default"]["content"]["application/problem+json"];
        assert!(problem.is_object(), "{}", route.name());
        assert!(route.about["summary"].is_string(), "{}", route.name());
    }
    server.stop().await;
    Ok(())
}
