//! Other people's pages, and what pages of ours report: who may ask, and whom to write to.

use load::Error;
use load::http::{Answer, Request};
use load::player::{SignIn, origin};
use serde_json::json;
use server::config::{Config, ServeOptions};
use server::contacts::Contacts;

use crate::harness::{Party, Running, options, start, start_with};

type Outcome = Result<(), Error>;

const TOOLS: &str = "https://tools.example";

/// Origins that look like the one that may, or claim to be none.
const FOREIGN: [&str; 7] = [
    "https://evil.example",
    "https://tools.example.evil.example",
    "https://eviltools.example",
    "https://tools.example:8443",
    "http://tools.example",
    "HTTPS://TOOLS.EXAMPLE",
    "null",
];

async fn ask(server: &Running, who: &SignIn, from: &str) -> Result<Answer, Error> {
    who.request("GET", "/api/v1/tables").header("Origin", from).send(server.address).await
}

async fn preflight(server: &Running, from: &str) -> Result<Answer, Error> {
    let request = Request::new("OPTIONS", "/api/v1/tables").header("Origin", from);
    let request = request.header("Access-Control-Request-Method", "GET");
    request.header("Access-Control-Request-Headers", "authorization").send(server.address).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn pages_of_others_read_nothing_by_default() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let ada = server.knock("Ada").await;
    for from in FOREIGN.iter().chain([&TOOLS]) {
        for answer in [ask(&server, &ada, from).await?, preflight(&server, from).await?] {
            assert_eq!(allowed(&answer), None, "{from}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{from}");
        }
        assert_ne!(preflight(&server, from).await?.status / 100, 2, "{from}");
    }
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_page_that_may_is_known_by_its_exact_origin() -> Outcome {
    let directory = tempfile::tempdir()?;
    let mine = ServeOptions { cors_origin: vec![TOOLS.to_owned()], ..options(directory.path()) };
    let server = start_with(mine).await;
    let ada = server.knock("Ada").await;
    for answer in [ask(&server, &ada, TOOLS).await?, preflight(&server, TOOLS).await?] {
        assert_eq!((answer.status, allowed(&answer)), (200, Some(TOOLS)));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            None,
            "cookies are for our pages alone"
        );
        assert!(answer.header("vary").unwrap_or_default().to_lowercase().contains("origin"));
    }
    assert_eq!(preflight(&server, TOOLS).await?.header("access-control-max-age"), Some("600"));
    for from in FOREIGN {
        assert_eq!(allowed(&ask(&server, &ada, from).await?), None, "{from}");
        assert_eq!(allowed(&preflight(&server, from).await?), None, "{from}");
    }
    // The cookie does nothing for it.
    let refresh = Request::new("POST", "/api/v1/session/refresh").header("Cookie", &ada.cookie);
    assert_eq!(refresh.header("Origin", TOOLS).send(server.address).await?.status, 403);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_a_browser_says_another_site_asks_for_is_refused() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let ada = server.knock("Ada").await;
    for (site, status) in
        [("cross-site", 403), ("same-site", 403), ("else", 403), ("same-origin", 200), ("none", 200)]
    {
        let request = ada.request("GET", "/api/v1/tables").header("Sec-Fetch-Site", site);
        assert_eq!(request.send(server.address).await?.status, status, "{site}");
    }
    // Nor does the right origin help, if the browser says otherwise.
    let refresh = Request::new("POST", "/api/v1/session/refresh").header("Cookie", &ada.cookie);
    let refresh = refresh.header("Origin", &origin(server.address)).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(refresh.send(server.address).await?.status, 403);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn reports_of_broken_policies_are_counted_and_bounded() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let (address, ops) = (server.address, server.ops);
    let report = |mime: &str, body: serde_json::Value| {
        let request = Request::new("POST", "/api/v1/reports").header("Content-Type", mime);
        request.body(body.to_string().into_bytes()).send(address)
    };
    let count = async || -> Result<u64, Error> {
        let text = String::from_utf8(Request::new("GET", "/metrics").send(ops).await?.body)?;
        let line = text.lines().find_map(|line| line.strip_prefix("wardlight_policy_violations_total "));
        Ok(line.ok_or("no such metric")?.parse()?)
    };
    let newer = json!([
        { "type": "csp-violation", "age": 1, "url": "https://x.example",
          "body": { "effectiveDirective": "script-src-elem", "blockedURL": "inline" } },
        { "type": "deprecation", "body": { "id": "x" } },
    ]);
    assert_eq!(report("application/reports+json", newer).await?.status, 204);
    assert_eq!(count().await?, 1);
    let older = json!({ "csp-report": { "violated-directive": "img-src https://x.example", "effective-directive": "img-src" } });
    assert_eq!(report("application/csp-report", older.clone()).await?.status, 204);
    assert_eq!(count().await?, 2);
    assert_eq!(report("application/json", older.clone()).await?.status, 400);
    assert_eq!(report("application/csp-report", json!([7])).await?.status, 400);
    assert_eq!(
        report("application/reports+json", json!([{ "type": "", "body": [null] }])).await?.status,
        400
    );
    assert_eq!(report("application/reports+json", json!([["csp-violation", {}]])).await?.status, 400);
    let many: Vec<_> = (0..1_000).map(|_| json!({ "type": "csp-violation", "body": {} })).collect();
    assert_eq!(report("application/reports+json", many.into()).await?.status, 413);
    assert_eq!(count().await?, 2);
    let mut last = 204;
    for _ in 0..40 {
        last = report("application/csp-report", older.clone()).await?.status;
    }
    assert_eq!(last, 429);
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn whom_to_write_to_is_told_and_can_be_set() -> Outcome {
    let directory = tempfile::tempdir()?;
    let contact_incident = Some("https://status.example/report".parse()?);
    let server = start_with(ServeOptions { contact_incident, ..options(directory.path()) }).await;
    let answer = Request::new("GET", "/.well-known/security.txt").send(server.address).await?;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = String::from_utf8(answer.body)?;
    for line in [
        "Contact: mailto:security@vtt.platform",
        "Contact: https://status.example/report",
        "Contact: mailto:compliance@vtt.platform",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in {text}");
    }
    assert!(text.contains("\nExpires: 20"));
    server.stop().await;
    Ok(())
}

#[test]
fn the_repository_names_the_same_contacts() -> Outcome {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../SECURITY.md"))?;
    let Contacts { security, incident, compliance } = Contacts::default();
    for contact in [security, incident, compliance] {
        let contact = contact.to_string();
        let address = contact.strip_prefix("mailto:").ok_or("a mail address")?;
        assert!(text.contains(&format!("| {address} |")), "{address}");
    }
    assert!(
        Config::load(ServeOptions { cors_origin: vec!["*".to_owned()], ..ServeOptions::default() }).is_err()
    );
    Ok(())
}

/// Sixty previews are free each minute; gives how many of seventy are refused.
async fn refused(server: &Running, told: impl Fn(usize) -> String) -> Result<usize, Error> {
    let mut refused = 0;
    for number in 0..70 {
        let request = Request::post("/api/v1/join/preview", &json!({ "code": "x" }));
        let answer = request.header("X-Forwarded-For", &told(number)).send(server.address).await?;
        assert!(answer.status == 404 || answer.header("retry-after").is_some(), "{answer:?}");
        refused += usize::from(answer.status == 429);
    }
    Ok(refused)
}

#[tokio::test]
async fn what_requests_cost_is_bounded_for_each_account() -> Outcome {
    let party = Party::gather(&["Ada", "Bo"]).await?;
    let (ada, bo) = (&party.players_in[0], &party.players_in[1]);
    // What gathers much costs much: few of these spend what thousands of looks would.
    let mut exports = 0;
    let refused = loop {
        let answer = ada.request("POST", "/api/v1/account/export").send(party.server.address).await?;
        if answer.status == 429 {
            break answer;
        }
        assert!(exports < 200, "{exports} exports in a minute");
        exports += 1;
    };
    assert!(exports >= 20, "{exports}");
    assert!(refused.header("retry-after").is_some_and(|wait| wait.parse().is_ok_and(|wait: u32| wait >= 1)));
    let other = bo.request("GET", "/api/v1/tables").send(party.server.address).await?;
    assert_eq!(other.status, 200, "another account has a budget of its own");
    // At the table nothing of it is noticed.
    let mut player = ada.sit_down().await?;
    player.must(protocol::Command::Target { tokens: Vec::new() }).await.map(drop)
}

#[tokio::test]
async fn limits_are_by_client_behind_a_named_proxy_and_by_connection_else() -> Outcome {
    let directory = tempfile::tempdir()?;
    let server = start(directory.path()).await;
    let seen = refused(&server, |number| format!("203.0.113.{number}")).await?;
    assert!(seen >= 9, "nobody is believed by default: {seen}");
    server.stop().await;
    let trusting = ServeOptions { trusted_proxy: vec!["127.0.0.0/8".parse()?], ..options(directory.path()) };
    let server = start_with(trusting).await;
    assert_eq!(refused(&server, |number| format!("203.0.113.{number}")).await?, 0, "each has its own limit");
    let forged = refused(&server, |number| format!("198.51.100.{number}, 203.0.113.200")).await?;
    assert!(forged >= 9, "what a client wrote itself does not help it: {forged}");
    server.stop().await;
    Ok(())
}
