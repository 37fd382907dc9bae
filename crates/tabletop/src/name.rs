//! Names of people, tables, scenes and tokens, and the words of notes.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

use crate::limits::{NAME_CHARS_MAX, NOTE_CHARS_MAX};

/// A name that can be shown: trimmed, composed (Unicode's NFC), 1 to 60 characters, no control, bidirectional or invisible
/// characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// Nothing visible in it.
    #[error("a name needs at least one visible character")]
    Empty,
    /// Longer than [`NAME_CHARS_MAX`].
    #[error("a name has at most {NAME_CHARS_MAX} characters")]
    TooLong,
    /// Control, bidirectional or invisible characters.
    #[error("a name cannot hold control or invisible characters")]
    Invisible,
    /// Letters of several scripts in one word.
    #[error("a name cannot mix letters of different scripts in one word: they look like others")]
    MixedScripts,
}

impl Name {
    /// Parses a name. Runs of white space become one space.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut name = String::with_capacity(text.len().min(4 * NAME_CHARS_MAX));
        let mut char_count = 0;
        for word in text.split_whitespace() {
            if !name.is_empty() {
                name.push(' ');
                char_count += 1;
            }
            for character in word.nfc() {
                if is_invisible(character) {
                    return Err(NameError::Invisible);
                }
                name.push(character);
                char_count += 1;
                if char_count > NAME_CHARS_MAX {
                    return Err(NameError::TooLong);
                }
            }
        }
        if name.is_empty() { Err(NameError::Empty) } else { Ok(Self(name)) }
    }

    /// Parses the name of a person. Besides, no word of it may mix scripts, other than those that are written together (Unicode
    /// Technical Standard 39, section 5.1): a word of Latin and Cyrillic letters can look like any other.
    pub fn of_person(text: &str) -> Result<Self, NameError> {
        let name = Self::parse(text)?;
        let words = name.0.split(|character: char| !character.is_alphanumeric());
        if words.into_iter().all(|word| word.is_single_script()) {
            Ok(name)
        } else {
            Err(NameError::MixedScripts)
        }
    }

    /// The name that a file's name stands for: without its ending, underscores as spaces, cut at [`NAME_CHARS_MAX`].
    pub fn of_file(file: &str) -> Result<Self, NameError> {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let is_gap = |character: char| character == '_' || character.is_control();
        let spaced = stem.chars().map(|character| if is_gap(character) { ' ' } else { character });
        Self::parse(&spaced.take(NAME_CHARS_MAX).collect::<String>())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a name looks like another one, in upper or lower case (the skeletons of Unicode Technical Standard 39, section 4).
pub fn resembles(name: &str, other: &str) -> bool {
    let folded = |name: &str| skeleton(&name.to_lowercase()).collect::<String>().to_lowercase();
    skeleton(name).eq(skeleton(other)) || folded(name) == folded(other)
}

/// Words that can be shown: trimmed, 1 to 600 characters, lines kept; no control, bidirectional or invisible characters
/// but those that join the parts of an emoji.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words(String);

impl Words {
    /// Parses words. Carriage returns are dropped; what else ends a line is a line feed.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let mut words = String::with_capacity(text.len().min(4 * NOTE_CHARS_MAX));
        let one_kind =
            |character| if matches!(character, '\u{2028}' | '\u{2029}') { '\n' } else { character };
        let kept = text.trim().chars().filter(|character| *character != '\r').map(one_kind);
        for (index, character) in kept.enumerate() {
            let is_kept = matches!(character, '\n' | '\u{200d}' | '\u{fe0f}');
            if is_invisible(character) && !is_kept {
                return Err(WordsError::Invisible);
            }
            if index >= NOTE_CHARS_MAX {
                return Err(WordsError::TooLong);
            }
            words.push(character);
        }
        if words.is_empty() { Err(WordsError::Empty) } else { Ok(Self(words)) }
    }

    /// The words as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Words> for String {
    fn from(words: Words) -> Self {
        words.0
    }
}

/// The text cannot be a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WordsError {
    /// Nothing visible in it.
    #[error("a note needs at least one visible character")]
    Empty,
    /// Longer than [`NOTE_CHARS_MAX`].
    #[error("a note has at most {NOTE_CHARS_MAX} characters")]
    TooLong,
    /// Control, bidirectional or invisible characters.
    #[error("a note cannot hold control or invisible characters")]
    Invisible,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

/// Control characters, and those of the Unicode blocks that steer direction or show nothing.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, NameError>) {
        assert_eq!(
            Name::parse(text).as_ref().map(Name::as_str),
            expected.as_ref().map(|name| *name),
            "{text:?}"
        );
    }

    #[test]
    fn white_space_is_tidied() {
        check("  Mira \t of  the\nMarsh ", Ok("Mira of the Marsh"));
    }

    #[test]
    fn words_keep_their_lines_however_those_end() {
        let words = Words::parse(" one\r\ntwo\u{2028}three\u{2029}four ").unwrap();
        assert_eq!(words.as_str(), "one\ntwo\nthree\nfour");
        assert_eq!(Words::parse(words.as_str()), Ok(words));
        assert_eq!(Words::parse("a\u{85}b"), Err(WordsError::Invisible));
    }

    #[test]
    fn sixty_characters_fit_and_one_more_does_not() {
        check(&"é".repeat(60), Ok(&"é".repeat(60)));
        check(&"é".repeat(61), Err(NameError::TooLong));
    }

    #[test]
    fn a_name_is_composed_and_a_persons_words_are_each_of_one_script() {
        check("Jo\u{308}rg", Ok("J\u{f6}rg"));
        for good in ["Ada", "Jörg 2", "Анна", "Anna Анна", "田中さん", "O'Neill-Шоу", "🦊 Ada", "علي"]
        {
            assert!(Name::of_person(good).is_ok(), "{good}");
        }
        // A Cyrillic a, a Greek omicron.
        for bad in ["\u{410}da", "Ad\u{430}", "B\u{3bf}", "G\u{39c}"] {
            assert_eq!(Name::of_person(bad), Err(NameError::MixedScripts), "{bad}");
            assert!(Name::parse(bad).is_ok(), "a token may be called so");
        }
    }

    #[test]
    fn names_that_look_alike_are_found() {
        for (name, other) in [
            ("Ada", "ada"),
            ("Mira", "Mιra"),
            ("\u{410}\u{430}", "Aa"),
            ("GM", "GΜ"),
            ("Al", "AI"),
            ("soco", "\u{455}\u{43e}\u{441}\u{43e}"),
        ] {
            assert!(resembles(name, other), "{name} and {other}");
        }
        for (name, other) in [("Ada", "Bo"), ("Ada", "Ada 2"), ("Jörg", "Jorg")] {
            assert!(!resembles(name, other), "{name} and {other}");
        }
    }

    #[test]
    fn invisible_and_direction_characters_are_refused() {
        check(" \t ", Err(NameError::Empty));
        check("GM\u{202e}", Err(NameError::Invisible));
        check("a\u{200b}b", Err(NameError::Invisible));
        check("a\u{0}b", Err(NameError::Invisible));
    }
}
