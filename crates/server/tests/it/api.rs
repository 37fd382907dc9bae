//! The HTTP interface as it describes itself: every route, whoever asks, whatever they send.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;

use load::Error;
use load::http::{Answer, Request};
use load::player::{Player, SignIn, code_of, origin};
use serde_json::{Value, json};
use server::config::{Config, ServeOptions};
use server::serve::Server;

use crate::harness::{Party, Running, options, start, start_with};

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

    /// The name of what describes its body.
    fn body_schema(&self) -> Option<&str> {
        let schema = &self.about["requestBody"]["content"][self.body_type()?]["schema"];
        schema["$ref"].as_str()?.rsplit('/').next()
    }

    /// Its parameters: where they stand, and what they are called.
    fn parameters(&self) -> Result<Vec<(Place, &str)>, Error> {
        let parameters = self.about["parameters"].as_array().into_iter().flatten();
        let place = |parameter: &'_ Value| match parameter["in"].as_str() {
            Some("path") => Ok(Place::Path),
            Some("query") => Ok(Place::Query),
            other => Err(format!("a parameter in {other:?} is new here")),
        };
        let name = |parameter| -> Result<_, Error> {
            let parameter: &Value = parameter;
            Ok((place(parameter)?, parameter["name"].as_str().ok_or("a parameter without a name")?))
        };
        parameters.map(name).collect()
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
    // After these there is no table, or nobody left to ask the others.
    const LAST: [&str; 3] = ["/tables/{table}/delete", "/tables/{table}/restore", "/account/delete"];
    routes.sort_by_key(|route| LAST.iter().position(|end| route.path.ends_with(end)).map(|place| place + 1));
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

/// Where a parameter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Query,
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

/// A game master at a server that lets everybody ask as often as they like.
async fn unhurried() -> Result<Party, Error> {
    let directory = tempfile::tempdir()?;
    let rate_factor = NonZeroU32::new(1_000);
    let server = start_with(ServeOptions { rate_factor, ..options(directory.path()) }).await;
    let master_in = server.master().await;
    let master = master_in.sit_down().await?;
    Ok(Party { directory, server, master, master_in, players: Vec::new(), players_in: Vec::new() })
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
fn wrong_bodies(right: &Value, required: &Value) -> Vec<(String, Vec<u8>)> {
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
        let beyond = 9_007_199_254_740_993_u64;
        for value in [json!(7), json!(beyond), json!(1e300), json!({}), json!([]), json!(true)] {
            if kind_of(&value) != kind_of(&right[field]) {
                wrong.push((format!("{field}: {value}"), altered(field, value)));
            }
        }
        let is_required = required.as_array().is_some_and(|required| required.contains(&json!(field)));
        let null = if is_required { ": null" } else { " is null" };
        wrong.push((format!("{field}{null}"), altered(field, json!(null))));
        for value in [json!("\u{0}"), json!("a\u{0}b"), long] {
            let what: String = format!("{field} is {value}").replace(':', " ").chars().take(40).collect();
            wrong.push((what, altered(field, value)));
        }
        let mut without = right.clone();
        without.as_object_mut().into_iter().for_each(|fields| drop(fields.remove(field)));
        let missing = if is_required { ": missing" } else { " is missing" };
        wrong.push((format!("{field}{missing}"), without.to_string().into_bytes()));
        let twice = format!("{{\"{field}\":\"a\",\"{field}\":\"b\"}}");
        wrong.push((format!("{field}: twice"), twice.into_bytes()));
    }
    wrong
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem_and_changes_nothing() -> Outcome {
    let party = unhurried().await?;
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
        ("/api/v1/tables", json!({ "name": "Friday" })),
        (
            "/api/v1/account/passkeys/finish",
            json!({ "challenge": "0".repeat(32), "name": "y", "credential": {} }),
        ),
    ]);
    let described = Request::new("GET", "/api/v1/openapi.json").send(address).await?.json()?;
    let schemas = &described["components"]["schemas"];
    let mut asked = 0;
    let routes = routes(&party.server).await?;
    let taken: BTreeSet<_> = routes.iter().map(|route| (route.method, route.path.clone())).collect();
    for route in routes {
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
            if !taken.contains(&(method, route.path.clone())) {
                let answer = ask(method, &path).send(address).await?;
                assert_eq!(answer.status, 405, "{method} {path}");
                assert!(answer.header("allow").is_some(), "{method} {path}");
                refuse(method, &answer);
            }
        }
        match route.body_type() {
            Some("application/json") => {
                let right = right.get(route.path.as_str()).ok_or("a route with a body that no test knows")?;
                let fields = |value: &Value| -> Option<BTreeSet<String>> {
                    Some(value.as_object()?.keys().cloned().collect())
                };
                let declared = &schemas[route.body_schema().ok_or("a body without a description")?];
                assert_eq!(fields(right), fields(&declared["properties"]), "{}", route.name());
                for (what, body) in wrong_bodies(right, &declared["required"]) {
                    let request =
                        ask(route.method, &path).header("Content-Type", "application/json").body(body);
                    refuse(&what, &request.send(address).await?);
                }
                for mime in
                    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "\u{e9}"]
                {
                    let request = ask(route.method, &path).header("Content-Type", mime);
                    let request = request.body(right.to_string().into_bytes());
                    refuse("Content-Type: another", &request.send(address).await?);
                }
                let untyped = ask(route.method, &path).body(right.to_string().into_bytes());
                refuse("Content-Type: none", &untyped.send(address).await?);
            }
            Some("application/octet-stream") => {
                // What it is shows in the file; whatever the type says is as good.
                for mime in ["text/html", "application/json", "application/octet-stream"] {
                    let request = ask(route.method, &path).header("Content-Type", mime);
                    refuse(mime, &request.body(b"{}".to_vec()).send(address).await?);
                }
                for body in [Vec::new(), b"GIF89a".to_vec(), b"<svg onload='x'/>".to_vec(), vec![0; 70_000]] {
                    refuse("no picture", &ask(route.method, &path).body(body).send(address).await?);
                }
            }
            Some("application/reports+json") => {
                let report = |body: &str| body.as_bytes().to_vec();
                for body in [
                    Vec::new(),
                    report("null"),
                    report("{}"),
                    report("7"),
                    report("[7]"),
                    report("[[]]"),
                    report("[{}]"),
                    report(r#"[{"type":"csp-violation"}]"#),
                    report(r#"[{"type":7,"body":{}}]"#),
                    report(r#"[{"type":"csp-violation","body":7}]"#),
                    report(r#"[{"type":"csp-violation","body":{"effectiveDirective":7}}]"#),
                    b"[\"\xff\"]".to_vec(),
                    [b"[".repeat(5_000), b"]".repeat(5_000)].concat(),
                ] {
                    let request = ask(route.method, &path).header("Content-Type", "application/reports+json");
                    refuse("no report", &request.body(body).send(address).await?);
                }
                for mime in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
                    let request = ask(route.method, &path).header("Content-Type", mime);
                    refuse("Content-Type: another", &request.body(report("[]")).send(address).await?);
                }
            }
            None => {}
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

/// What no number, no id and no handle is written as.
const NAMES_OF_NOTHING: [&str; 20] = [
    "x",
    "-1",
    "+-1",
    "1.5",
    "1e3",
    "NaN",
    "0x10",
    "true",
    "null",
    "%5B%5D",
    "%7B%7D",
    "%00",
    "1%00",
    "%ff",
    "%ed%a0%80",
    "..%2f..",
    "4294967296",
    "9007199254740993",
    "18446744073709551616",
    "2026-99-99T99:99:99Z",
];

#[tokio::test]
async fn a_parameter_that_can_be_nothing_is_a_problem_that_names_it() -> Outcome {
    let party = unhurried().await?;
    let (address, own) = (party.server.address, origin(party.server.address));
    let known = async || -> Result<_, Error> {
        let tables = party.master_in.request("GET", "/api/v1/tables").send(address).await?.json()?;
        Ok((tables, party.master_in.sit_down().await?.view))
    };
    let before = known().await?;
    let mut asked = 0;
    for route in routes(&party.server).await? {
        let parts = things(&party.master_in.table, Some(&party.master));
        let path = route.filled(&parts);
        let ask = async |path: &str| -> Result<Answer, Error> {
            party.master_in.request(route.method, path).header("Origin", &own).send(address).await
        };
        let mut refuse = |what: &str, named: Option<&str>, answer: &Answer| {
            let body = String::from_utf8_lossy(&answer.body);
            let what = format!("{}, {}: {} {body}", route.name(), &what[..what.len().min(80)], answer.status);
            assert!((400..500).contains(&answer.status) && is_problem(answer), "{what}");
            let names = |named| body.contains(&format!("{named}:")) || body.contains(&format!("`{named}`"));
            assert!(named.is_none_or(names), "{what}");
            asked += 1;
        };
        for (place, name) in route.parameters()? {
            match place {
                Place::Path => {
                    let long = "9".repeat(4_000);
                    for value in NAMES_OF_NOTHING.into_iter().chain([long.as_str()]) {
                        let mut parts = parts.clone();
                        parts.insert(name, value.to_owned());
                        let answer = ask(&route.filled(&parts)).await?;
                        // Some of this is base64url, of a passkey that is not there.
                        let named = if name == "passkey" && answer.status == 404 { None } else { Some(name) };
                        refuse(value, named, &answer);
                    }
                    let mut parts = parts.clone();
                    parts.insert(name, String::new());
                    refuse("nothing", None, &ask(&route.filled(&parts)).await?);
                }
                Place::Query if name == "name" => {
                    // Any text is the name of a file.
                    for value in ["%00", "a%00", "%ff", "%ed%a0%80"] {
                        refuse(value, Some(name), &ask(&format!("{path}?{name}={value}")).await?);
                    }
                    refuse("twice", Some(name), &ask(&format!("{path}?{name}=a&{name}=b")).await?);
                }
                Place::Query => {
                    let long = "9".repeat(4_000);
                    for value in NAMES_OF_NOTHING.into_iter().chain([long.as_str(), ""]) {
                        refuse(value, Some(name), &ask(&format!("{path}?{name}={value}")).await?);
                    }
                    refuse("twice", Some(name), &ask(&format!("{path}?{name}=1&{name}=1")).await?);
                }
            }
        }
        if route.parameters()?.iter().any(|(place, _)| *place == Place::Query) {
            for query in ["extra=1", "extra", "%00=1", "%ff", "__proto__=1"] {
                let named = query.starts_with("extra").then_some("extra");
                refuse(query, named, &ask(&format!("{path}?{query}")).await?);
            }
        }
    }
    assert!(asked > 300, "only {asked}");
    assert_eq!(known().await?, before);
    Ok(())
}

/// A query that no route asks for is not read, whatever it holds.
#[tokio::test]
async fn a_query_where_none_belongs_changes_no_answer() -> Outcome {
    let party = unhurried().await?;
    let ask = async |route: &Route, query: &str| -> Result<_, Error> {
        let path = route.filled(&things(&party.master_in.table, Some(&party.master)));
        let request = party.master_in.request(route.method, &format!("{path}{query}"));
        Ok(request.send(party.server.address).await?.status)
    };
    for route in routes(&party.server).await? {
        let takes_query = route.parameters()?.iter().any(|(place, _)| *place == Place::Query);
        if takes_query || route.path.ends_with("/delete") {
            continue;
        }
        let usual = ask(&route, "").await?;
        for query in ["?extra=1", "?%00=%ff", "?mirror=1&mirror=x"] {
            assert_eq!(ask(&route, query).await?, usual, "{} {query}", route.name());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_bearer_that_is_none_is_signed_out_wherever_it_is_asked_for() -> Outcome {
    let party = unhurried().await?;
    let address = party.server.address;
    let mut refusals = BTreeSet::new();
    for route in routes(&party.server).await?.iter().filter(|route| route.takes_bearer()) {
        let path = route.filled(&things(&party.master_in.table, Some(&party.master)));
        let access = &party.master_in.access;
        for bearer in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer null".to_owned(),
            "Bearer a.b.c".to_owned(),
            "Bearer \u{e9}\u{fffd}".to_owned(),
            format!("Bearer {}", "x".repeat(5_000)),
            format!("Basic {access}"),
            format!("bearer{access}"),
            format!("Bearer {access}, Bearer {access}"),
            format!("Bearer x{access}"),
        ] {
            let answer =
                Request::new(route.method, &path).header("Authorization", &bearer).send(address).await?;
            assert_eq!(answer.status, 401, "{}: {bearer}", route.name());
            assert!(is_problem(&answer), "{}: {answer:?}", route.name());
            refusals.insert(answer.body);
        }
    }
    assert_eq!(refusals.len(), 1, "the refusal says nothing of what was wrong");
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
