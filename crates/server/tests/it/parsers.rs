//! JSON is read alike wherever it comes in: bodies, frames and files of maps take and refuse the same.

use load::Error;
use load::http::Request;
use load::player::origin;
use tokio::io::AsyncWriteExt;

use crate::harness::Party;
use crate::wire::{TEXT, bare_socket, heard, hello, on_the_wire};

type Outcome = Result<(), Error>;

const CLOSE: u8 = 0x88;

/// Where JSON comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entrance {
    Body,
    Frame,
    Map,
}

/// Right texts, each with a word in it that says nothing.
const RIGHT: [(Entrance, &str); 3] = [
    (Entrance::Body, r#"{"code":"ffeccd8b","name":"Ada"}"#),
    (
        Entrance::Frame,
        r#"{"type":"command","id":"1","command":{"do":"say","line":"ffeccd8b","speak_as":null}}"#,
    ),
    (
        Entrance::Map,
        r#"{"image":null,"format":0.3,"resolution":{"map_size":{"x":4,"y":4},"pixels_per_grid":2},"lights":[{"position":{"x":2,"y":2},"range":4,"intensity":1,"color":"ffeccd8b","shadows":true}]}"#,
    ),
];

/// The same text, written in other ways that RFC 8259 takes.
fn other_ways(text: &str) -> Vec<String> {
    vec![
        text.to_owned(),
        format!(" \t\r\n{text} \t\r\n"),
        text.replace("ffeccd8b", r"\u0066\u0066eccd8b"),
        text.replacen(&first_letter(text), &escaped(text), 1),
    ]
}

/// The first letter of the first name.
fn first_letter(text: &str) -> String {
    text.chars().nth(2).map(String::from).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    first_letter(text).chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect()
}

/// What is no JSON, or what two readers could read differently.
fn wrong_ways(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let word = |with: &str| text.replace("\"ffeccd8b\"", with).into_bytes();
    let (first, _) = text[1..].split_once(',').unwrap();
    let open = text.strip_suffix('}').unwrap();
    let twice = |first: &str| text.replacen('{', &format!("{{{first},"), 1).into_bytes();
    let not_text = |with: &[u8]| {
        let (before, after) = text.split_once("ffeccd8b").unwrap();
        [before.as_bytes(), with, after.as_bytes()].concat()
    };
    vec![
        ("a name twice", twice(first)),
        ("a name twice, once with an escape", twice(&first.replacen(&first_letter(text), &escaped(text), 1))),
        ("a comma at the end", format!("{open},}}").into()),
        ("no end", open.into()),
        ("something behind it", format!("{text}{{}}").into()),
        ("a zero byte behind it", format!("{text}\0").into()),
        ("a comment", text.replacen('{', "{/* */", 1).into()),
        ("single quotes", text.replace('"', "'").into()),
        ("a name without quotes", text.replacen("\"", "", 2).into()),
        ("a line end in a word", word("\"a\nb\"")),
        ("a zero byte in a word", word("\"a\0b\"")),
        ("half a character", word(r#""\ud800""#)),
        ("the halves of a character in the wrong order", word(r#""\udc00\ud800""#)),
        ("an escape that is none", word(r#""\x41""#)),
        ("a number beyond all", word("1e400")),
        ("a number with a zero in front", word("01")),
        ("no number", word("NaN")),
        ("nothing", word("undefined")),
        ("bytes that are no UTF-8", not_text(b"\xff\xfe")),
        ("a letter in more bytes than it needs", not_text(b"\xc1\x81")),
        ("half a character as bytes", not_text(b"\xed\xa0\x80")),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        (
            "UTF-16 with its mark",
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        ),
    ]
}

/// Whether a text is taken, at a table of one's own.
async fn is_taken(party: &Party, entrance: Entrance, text: &[u8]) -> Result<bool, Error> {
    let (server, master) = (party.server.address, &party.master_in);
    match entrance {
        Entrance::Body => {
            let request = Request::new("POST", "/api/v1/join").header("Content-Type", "application/json");
            let answer = request.header("Origin", &origin(server)).body(text.to_vec()).send(server).await?;
            // A right text names a code that nobody gave.
            match answer.status {
                404 => Ok(true),
                400 => Ok(false),
                other => Err(format!("{other}").into()),
            }
        }
        Entrance::Frame => {
            let mut stream = bare_socket(server).await?;
            let said = [hello(master)?, on_the_wire(TEXT, text), on_the_wire(CLOSE, b"")].concat();
            stream.write_all(&said).await?;
            Ok(!heard(&mut stream, "\"malformed\"").await?.contains("\"malformed\""))
        }
        Entrance::Map => {
            let path = format!("/api/v1/tables/{}/scenes?name=x", master.table);
            let answer = master.request("POST", &path).body(text.to_vec()).send(server).await?;
            match answer.status {
                201 => Ok(true),
                422 => Ok(false),
                other => Err(format!("{other}").into()),
            }
        }
    }
}

#[tokio::test]
async fn bodies_frames_and_files_of_maps_take_and_refuse_the_same_json() -> Outcome {
    let party = Party::gather(&[]).await?;
    for (entrance, text) in RIGHT {
        for right in other_ways(text) {
            assert!(is_taken(&party, entrance, right.as_bytes()).await?, "{entrance:?} refuses {right}");
        }
        for (what, wrong) in wrong_ways(text) {
            assert!(!is_taken(&party, entrance, &wrong).await?, "{entrance:?} takes {what}");
        }
        // Programs that write files for people put a mark at the front; whoever writes messages does not.
        let marked = format!("\u{feff}{text}");
        assert_eq!(is_taken(&party, entrance, marked.as_bytes()).await?, entrance == Entrance::Map);
    }
    Ok(())
}
