//! What is generated from this crate is up to date: the client's types, the golden frames, the documentation.
//! Run with `UPDATE=1` to rewrite all three.

#![expect(clippy::expect_used, reason = "the helpers of a test may fail it")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::examples;
use serde::Serialize;
use serde_json::Value;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn check(path: &str, generated: &str) {
    let file = repository(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(&file, generated).expect("the file can be written");
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(stored == generated, "{path} is stale: run `UPDATE=1 cargo test -p protocol`");
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("frames are plain structs")
}

/// One frame a line, so that a change shows as one line.
fn lines<T: Serialize>(frames: &[T]) -> String {
    frames.iter().map(|frame| json(frame) + "\n").collect()
}

#[test]
fn the_clients_types_are_up_to_date() {
    check("client/src/net/frames.ts", &protocol::typescript::frames_ts());
}

#[test]
fn the_golden_frames_are_up_to_date() {
    let commands = examples::commands().into_iter();
    let commands: Vec<_> =
        commands.map(|command| protocol::ClientFrame::Command { id: "c-1".to_owned(), command }).collect();
    let mut client = lines(&examples::client_frames());
    client.push_str(&lines(&commands));
    check("crates/protocol/golden/client_frames.jsonl", &client);
    check("crates/protocol/golden/server_frames.jsonl", &lines(&examples::server_frames()));
}

#[test]
fn every_golden_client_frame_decodes_to_what_it_came_from() {
    for frame in examples::client_frames() {
        assert_eq!(protocol::decode(&json(&frame)).expect("decodes"), frame);
    }
    for command in examples::commands() {
        let frame = protocol::ClientFrame::Command { id: "c-1".to_owned(), command };
        assert_eq!(protocol::decode(&json(&frame)).expect("decodes"), frame);
    }
}

/// The words that tell the variants of a type apart, from its TypeScript declaration.
fn words(declaration: &str, tag: &str) -> BTreeSet<String> {
    let mark = format!("\"{tag}\": \"");
    let found = declaration.split(mark.as_str()).skip(1);
    found.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn no_frame_and_no_command_is_without_an_example() {
    let types = protocol::typescript::frames_ts();
    let declaration = |name: &str| {
        let from = types.find(&format!("export type {name} =")).expect("the type is declared");
        types[from..].split("\nexport ").next().unwrap_or_default().to_owned()
    };
    let tags = |values: Vec<Value>, tag: &str| -> BTreeSet<String> {
        values.iter().filter_map(|value| value[tag].as_str().map(str::to_owned)).collect()
    };
    fn values<T: Serialize>(frames: &[T]) -> Vec<Value> {
        frames.iter().map(|frame| serde_json::to_value(frame).expect("frames are plain structs")).collect()
    }
    let (commands, client, server) =
        (examples::commands(), examples::client_frames(), examples::server_frames());
    assert_eq!(tags(values(&commands), "do"), words(&declaration("Command"), "do"));
    assert_eq!(tags(values(&client), "type"), words(&declaration("ClientFrame"), "type"));
    assert_eq!(tags(values(&server), "type"), words(&declaration("ServerFrame"), "type"));
}

#[test]
fn the_protocol_document_shows_every_frame() {
    let path = "docs/protocol.md";
    let stored = std::fs::read_to_string(repository(path)).expect("docs/protocol.md is there");
    let (start, end) = ("<!-- generated: frames -->\n", "<!-- end of generated -->");
    let head = stored.split(start).next().expect("the document has its start mark");
    let tail = stored.split(end).nth(1).expect("the document has its end mark");
    let section = |title: &str, frames: String| format!("### {title}\n\n```json\n{frames}```\n\n");
    let commands = lines(&examples::commands());
    let generated = [
        section("From the client", lines(&examples::client_frames())),
        section("Commands, each in a `command` frame", commands),
        section("From the server", lines(&examples::server_frames())),
    ];
    check(path, &format!("{head}{start}{}{end}{tail}", generated.concat()));
}
