//! Passwords that somebody chooses: no text panics or takes long, what is taken keeps to the limits, and what everybody
//! around knows is refused.
#![no_main]

use identity::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Password, PasswordError};
use libfuzzer_sys::fuzz_target;

/// What the estimate reads of a password, in characters.
const READ_CHARS_MAX: usize = 100;

fuzz_target!(|text: &str| {
    let chars = text.chars().count();
    assert_eq!(Password::parse(text.to_owned()).is_ok(), chars <= PASSWORD_CHARS_MAX);
    match Password::choose(text.to_owned(), &["maren"]).map(|_| ()) {
        Ok(()) => assert!((PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars)),
        Err(PasswordError::TooShort) => assert!(chars < PASSWORD_CHARS_MIN),
        Err(PasswordError::TooLong) => assert!(chars > PASSWORD_CHARS_MAX),
        Err(PasswordError::Common) => assert!(chars >= PASSWORD_CHARS_MIN),
        Err(PasswordError::Breached) => panic!("nobody was asked"),
    }
    if chars <= READ_CHARS_MAX && text == text.to_lowercase() {
        assert!(Password::choose(text.to_owned(), &[text]).is_err(), "{text:?}");
    }
});
