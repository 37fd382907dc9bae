//! Frames from clients: no text panics, and what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(frame) = protocol::decode(text) {
        let written = serde_json::to_string(&frame).expect("frames are plain structs");
        assert_eq!(protocol::decode(&written).ok().as_ref(), Some(&frame));
    }
});
