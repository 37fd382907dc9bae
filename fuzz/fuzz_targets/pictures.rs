//! Pictures: no file panics or takes more than its limits, and what comes out is a picture that is taken again.
#![no_main]

use imaging::{Limits, clean, fit, sniff};
use libfuzzer_sys::fuzz_target;

/// Small enough that most of the time is spent in reading.
const LIMITS: Limits = Limits { side_px_max: 512, area_px_max: 128 * 1024 };

fuzz_target!(|bytes: &[u8]| {
    let Ok(picture) = clean(bytes, &LIMITS) else { return };
    assert_eq!(sniff(&picture.bytes), Some(picture.format));
    assert!(picture.width_px <= LIMITS.side_px_max && picture.height_px <= LIMITS.side_px_max);
    let again = clean(&picture.bytes, &LIMITS).expect("what we wrote is taken");
    assert_eq!((again.width_px, again.height_px), (picture.width_px, picture.height_px));
    let token = fit(&picture, 64).expect("what we wrote is made smaller");
    assert!(token.width_px == token.height_px && token.width_px <= 64);
});
