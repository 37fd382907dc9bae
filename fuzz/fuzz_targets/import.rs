//! Map files: no bytes panic, and what is kept lies on the map.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabletop::import::{ImportLimits, read_universal_vtt};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(map) = read_universal_vtt(bytes, &ImportLimits::default()) {
        for wall in &map.walls {
            for end in [wall.a, wall.b] {
                assert!((0..=map.size.x).contains(&end.x) && (0..=map.size.y).contains(&end.y), "{end:?}");
            }
        }
    }
});
