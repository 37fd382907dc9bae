//! Names, words of notes and ids of commands: no text panics, and what is taken is taken again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabletop::id::CommandId;
use tabletop::name::{Name, Words, resembles};

/// What ends lines, turns the direction of writing, or is not seen at all.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fuzz_target!(|text: &str| {
    for name in [Name::parse(text), Name::of_person(text), Name::of_file(text)].into_iter().flatten() {
        assert!(!name.as_str().is_empty() && !name.as_str().chars().any(is_hidden), "{name:?}");
        assert_eq!(Name::parse(name.as_str()).as_ref(), Ok(&name), "{text:?}");
        assert!(resembles(name.as_str(), name.as_str()));
        if !name.as_str().contains('_') {
            assert_eq!(Name::of_file(&format!("{}.png", name.as_str())).as_ref(), Ok(&name), "{text:?}");
        }
    }
    if let Ok(words) = Words::parse(text) {
        assert!(
            !words
                .as_str()
                .chars()
                .any(|character| !matches!(character, '\n' | '\u{200d}') && is_hidden(character)),
            "{words:?}"
        );
        assert_eq!(Words::parse(words.as_str()).as_ref(), Ok(&words), "{text:?}");
    }
    if let Ok(id) = CommandId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
});
