//! Text as people type it, made safe to show beside other text: nothing in it is invisible or steers direction.
//!
//! Unicode TR #36 and UTS #39 advise to drop what shows nothing and to keep what scripts and emoji need. So controls,
//! bidirectional embeddings, overrides, isolates and marks, tags, fillers and other format characters are dropped;
//! joiners and variation selectors stay where they join something. It refuses to know about dice and commands.

/// What a line break becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lines {
    /// A line break.
    Kept,
    /// A space.
    Joined,
}

/// The text without invisible and steering characters. Tabs become spaces. What is plain already stays as it is.
pub(super) fn plain(text: &str, lines: Lines) -> String {
    let line_break = match lines {
        Lines::Kept => '\n',
        Lines::Joined => ' ',
    };
    let mut shown = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let keeps = match character {
            '\r' if rest.peek() == Some(&'\n') => None,
            '\n' | '\r' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => Some(line_break),
            // Braille's empty pattern shows as a space, and is one in no language.
            '\t' | '\u{2800}' => Some(' '),
            '\u{200c}' | '\u{200d}' => {
                let after = rest.peek().copied().filter(|after| !is_unseen(*after));
                (before.is_some_and(joins) && after.is_some_and(joins)).then_some(character)
            }
            '\u{fe0e}' | '\u{fe0f}' => {
                let keycap = rest.peek() == Some(&'\u{20e3}');
                before
                    .is_some_and(|before| is_pictograph(before) || keycap && is_key(before))
                    .then_some(character)
            }
            _ if is_unseen(character) => None,
            _ => Some(character),
        };
        if let Some(character) = keeps {
            shown.push(character);
            before = Some(character);
        }
    }
    shown
}

/// Controls, and what Unicode calls format characters and default ignorables; not those that show something, such as
/// the Arabic number signs.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters whose shapes depend on joiners (Arabic and its kin, the scripts of India and South-East Asia), and emoji.
fn joins(character: char) -> bool {
    is_pictograph(character)
        || matches!(character,
            '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}'
            | '\u{1807}' | '\u{1820}'..='\u{18aa}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{fe0f}')
}

/// What may be drawn as text or as a picture.
fn is_pictograph(character: char) -> bool {
    matches!(character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{27ff}'
        | '\u{2900}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// What an enclosing keycap may stand around.
fn is_key(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '#' | '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(plain(text, Lines::Kept), expected, "{text:?}");
    }

    #[test]
    fn what_steers_direction_is_dropped() {
        check("pay \u{202e}001\u{202c} gold", "pay 001 gold");
        check("\u{2066}a\u{2067}b\u{2068}c\u{2069}\u{200e}\u{200f}\u{61c}\u{202a}\u{202b}\u{202d}", "abc");
    }

    #[test]
    fn what_shows_nothing_is_dropped() {
        check(
            "a\u{200b}b\u{ad}c\u{2060}d\u{feff}e\u{3164}f\u{180e}g\u{34f}h\u{fff9}i\u{1d173}j",
            "abcdefghij",
        );
        check("\u{e0001}\u{e0068}\u{e0069}\u{e007f}tags", "tags");
        check("a\u{1b}[31mb\u{7}\u{0}\u{9b}", "a[31mb");
        check("s\u{e0100}m\u{fe00}u\u{fe0f}ggled", "smuggled");
    }

    #[test]
    fn tabs_and_line_ends_of_all_kinds_stay_as_white_space() {
        check("a\tb\r\nc\rd\u{2028}e\u{85}f", "a b\nc\nd\ne\nf");
        assert_eq!(plain("a\r\nb\u{2029}c\td", Lines::Joined), "a b c d");
    }

    #[test]
    fn what_scripts_and_emoji_need_is_kept() {
        for kept in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👩\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "שלום 5",
        ] {
            check(kept, kept);
        }
        check("٣\u{600}", "٣\u{600}");
    }

    #[test]
    fn joiners_that_join_nothing_are_dropped() {
        check("a\u{200d}b\u{200c}", "ab");
        check("\u{200d}👩\u{200d}", "👩");
        check("👩\u{200d}\u{200d}🚀", "👩\u{200d}🚀");
    }

    proptest! {
        #[test]
        fn plain_text_stays_as_it_is(text in "[a1 \\n\\t\\r\u{202e}\u{200d}\u{200c}\u{fe0f}\u{20e3}❤👩می\u{2800}\\PC]{0,30}") {
            for lines in [Lines::Kept, Lines::Joined] {
                let once = plain(&text, lines);
                prop_assert_eq!(&plain(&once, lines), &once);
                let kept = ['\n', '\u{200c}', '\u{200d}', '\u{fe0e}', '\u{fe0f}'];
                let unseen = once.chars().find(|character| is_unseen(*character) && !kept.contains(character));
                prop_assert_eq!(unseen, None);
            }
        }
    }
}
