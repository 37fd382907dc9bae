//! Text to frame, within limits.

use crate::client_frame::ClientFrame;

/// A larger frame is refused before it is read, in bytes.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Deeper nesting is refused, in levels.
pub const FRAME_DEPTH_MAX: usize = 16;

/// The text is not a frame.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`FRAME_BYTES_MAX`].
    #[error("the frame is longer than {FRAME_BYTES_MAX} bytes")]
    TooLarge,
    /// Nested deeper than [`FRAME_DEPTH_MAX`].
    #[error("the frame is nested deeper than {FRAME_DEPTH_MAX} levels")]
    TooDeep,
    /// Not JSON of a known kind.
    #[error("the frame is not understood")]
    Malformed(#[source] serde_json::Error),
}

/// Decodes a client frame. Refuses what is too large, too deep, of unknown kind, or has unknown or missing fields.
pub fn decode(text: &str) -> Result<ClientFrame, DecodeError> {
    if text.len() > FRAME_BYTES_MAX {
        return Err(DecodeError::TooLarge);
    }
    let written = Shape::of(text);
    if written.depth > FRAME_DEPTH_MAX {
        return Err(DecodeError::TooDeep);
    }
    let frame = serde_json::from_str(text).map_err(DecodeError::Malformed)?;
    // A list would be taken for the fields in their order, a number for a word, and an object of a word for the word.
    let read = serde_json::to_string(&frame).map_err(DecodeError::Malformed)?;
    if Shape::of(&read) != written {
        return Err(DecodeError::Malformed(serde::de::Error::custom("a field is of another type")));
    }
    Ok(frame)
}

/// What a JSON text is made of.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Shape {
    objects: usize,
    lists: usize,
    /// Strings that are no names of fields.
    words: usize,
    /// The deepest nesting of brackets outside strings.
    depth: usize,
}

impl Shape {
    fn of(text: &str) -> Self {
        let mut shape = Self::default();
        let (mut depth, mut names, mut in_string, mut escaped) = (0usize, 0, false, false);
        for byte in text.bytes() {
            if in_string {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => {
                    in_string = true;
                    shape.words += 1;
                }
                b':' => names += 1,
                b'{' | b'[' => {
                    let count = if byte == b'{' { &mut shape.objects } else { &mut shape.lists };
                    *count += 1;
                    depth += 1;
                    shape.depth = shape.depth.max(depth);
                }
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        // In a text that is no JSON there may be more colons than strings.
        shape.words = shape.words.saturating_sub(names);
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
        let frame = r#"{"type":"drag","ghosts":[]}"#;
        let padded = |length: usize| format!("{frame}{}", " ".repeat(length - frame.len()));
        assert!(decode(&padded(FRAME_BYTES_MAX)).is_ok());
        assert!(matches!(decode(&padded(FRAME_BYTES_MAX + 1)), Err(DecodeError::TooLarge)));
    }

    #[test]
    fn nesting_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |levels: usize| {
            format!(r#"{{"type":"drag","ghosts":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        assert!(matches!(decode(&nested(FRAME_DEPTH_MAX + 1)), Err(DecodeError::TooDeep)));
        assert!(matches!(decode(&nested(FRAME_DEPTH_MAX)), Err(DecodeError::Malformed(_))));
        let line = r#"{"type":"command","id":"1","command":{"do":"say","line":"[[[[[[[[[[[[[[[[[[[[[[\"{","speak_as":null}}"#;
        assert!(decode(line).is_ok());
    }

    #[test]
    fn unknown_fields_kinds_and_numbers_are_refused() {
        for text in [
            r#"{"type":"drag","ghosts":[],"x":1}"#,
            r#"{"type":"fly"}"#,
            r#"["drag",[]]"#,
            r#"{"type":"ping","at":[1e400,0],"pull":false}"#,
            r#"{"type":"ping","at":[NaN,0],"pull":false}"#,
            r#"{"type":"ping","at":[1.5,0],"pull":false}"#,
            r#"{"type":"ping","at":[2097153,0],"pull":false}"#,
            r#"{"type":"ping","at":[0,0]}"#,
            r#"{"type":"command","id":"1","command":{"do":"undo","extra":1}}"#,
            r#"{"type":"command","id":"1","command":{"do":"edit_tokens","tokens":[1],"change":{"hp":3}}}"#,
        ] {
            assert!(matches!(decode(text), Err(DecodeError::Malformed(_))), "{text}");
        }
        assert!(decode(r#"{"type":"ping","at":[2097152,-2097152],"pull":false}"#).is_ok());
    }
}
