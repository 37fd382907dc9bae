//! Frames that no client should send, all that follow from the declarations: none is read as something else, and what the wire
//! can say comes through as it was said.

#![expect(clippy::expect_used, reason = "the helpers of a test may fail it")]

mod declared;
mod derived;

use std::collections::BTreeMap;

use declared::declarations;
use derived::{Case, right_frames, unseen, word_of, wrong_frames};
use serde_json::Value;

fn cases() -> Vec<Case> {
    wrong_frames(&declarations(), &right_frames())
}

/// A case in a line.
fn told(case: &Case) -> String {
    format!("{} {} {:?}: {}", case.of, case.at, case.wrong, &case.text[..case.text.len().min(200)])
}

#[test]
fn every_object_that_a_client_may_send_is_in_an_example() {
    assert_eq!(unseen(&declarations(), &right_frames()), Vec::<String>::new());
}

#[test]
fn a_frame_with_anything_wrong_is_not_read() {
    let mut asked = BTreeMap::new();
    let mut read = Vec::new();
    for case in cases().iter().filter(|case| !case.wrong.is_read()) {
        *asked.entry(case.wrong).or_insert(0) += 1;
        if protocol::decode(&case.text).is_ok() {
            read.push(told(case));
        }
    }
    assert!(read.is_empty(), "{} are read:\n{}", read.len(), read.join("\n"));
    assert!(asked.len() == 12 && asked.values().all(|count| *count > 50), "{asked:?}");
}

#[test]
fn what_the_wire_can_say_is_read_as_it_was_written() {
    for case in cases().iter().filter(|case| case.wrong.is_read()) {
        let frame = protocol::decode(&case.text).unwrap_or_else(|error| panic!("{}: {error}", told(case)));
        let said: Value = serde_json::from_str(&case.text).expect("it is JSON");
        assert_eq!(serde_json::to_value(frame).expect("frames are plain structs"), said, "{}", told(case));
    }
}

#[test]
fn a_frame_that_is_cut_off_is_not_read() {
    for frame in right_frames() {
        let text = frame.to_string();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(protocol::decode(&text[..end]).is_err(), "{} at {end}", word_of(&frame));
        }
        for more in ["{}", ",", "x", "\u{0}", "\u{feff}"] {
            assert!(protocol::decode(&format!("{text}{more}")).is_err(), "{} and {more:?}", word_of(&frame));
            assert!(protocol::decode(&format!("{more}{text}")).is_err(), "{more:?} and {}", word_of(&frame));
        }
    }
}
