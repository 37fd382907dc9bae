//! What reading a frame costs: `decode`, beside the parser alone, which takes words for numbers and lists for objects.
//!
//! A move and a drag are what most frames are; a drawing has the most points that it may have; moves that fill the
//! largest frame are the most that one frame can ask of the server. The last is refused at its very end.

#![expect(clippy::expect_used, reason = "a bench is a program")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use protocol::{ClientFrame, FRAME_BYTES_MAX, decode};

/// As many points as a line may have.
fn points(count: usize) -> String {
    let point = |place: usize| format!("[{},{}]", 1_000_000 + place * 37, 2_000_000 - place * 53);
    (0..count).map(point).collect::<Vec<_>>().join(",")
}

/// Moves of a hundred points each, as many as one frame holds.
fn full() -> String {
    let one = format!(r#"{{"token":123456,"path":[{}]}}"#, points(tabletop::limits::WAY_POINTS_PER_MOVE_MAX));
    let frame = |moves: &str| {
        format!(r#"{{"type":"command","id":"c-9999","command":{{"do":"move_tokens","moves":[{moves}]}}}}"#)
    };
    let count = (FRAME_BYTES_MAX - frame("").len()) / (one.len() + 1);
    frame(&vec![one; count].join(","))
}

fn frames() -> Vec<(&'static str, String)> {
    let drawing = |tail: &str| {
        format!(
            r#"{{"type":"command","id":"c-17","command":{{"do":"add_drawing","shape":{{"kind":"line","points":[{}]}},"color":15246653,"width":24,"shown":{tail}}}}}"#,
            points(tabletop::limits::DRAWING_POINTS_MAX)
        )
    };
    let command = r#"{"type":"command","id":"c-17","command":{"do":"move_tokens","moves":[{"token":7,"path":[[640,896]]}]}}"#;
    vec![
        ("move", command.to_owned()),
        ("drag", r#"{"type":"drag","ghosts":[{"token":7,"at":[700,896]}]}"#.to_owned()),
        ("drawing of 500 points", drawing(r#""everyone""#)),
        ("64 KiB of moves", full()),
        ("refused", drawing(r#"{"everyone":null}"#)),
    ]
}

fn reading(criterion: &mut Criterion) {
    for (name, text) in frames() {
        assert_eq!(decode(&text).is_err(), name == "refused", "{name}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).expect("a frame is short")));
        group.bench_function("parsed", |bencher| {
            bencher.iter(|| serde_json::from_str::<ClientFrame>(black_box(&text)));
        });
        group.bench_function("decoded", |bencher| bencher.iter(|| decode(black_box(&text))));
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = reading
}
criterion_main!(benches);
