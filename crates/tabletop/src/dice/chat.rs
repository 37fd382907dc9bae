//! A line of chat as typed: slash commands, names, inline rolls.

use super::{DiceError, DiceExpression};

/// A line, in characters.
pub(crate) const LINE_CHARS_MAX: usize = 2_000;
/// Inline rolls of a line.
pub(crate) const INLINE_ROLLS_MAX: usize = 10;

const COMMANDS: &str = "/r, /gmroll, /blindroll, /selfroll, /w, /me";

/// A line, understood.
#[derive(Clone, PartialEq, Debug)]
pub struct ChatLine {
    /// How it is said.
    pub kind: ChatKind,
    /// Words and rolls, in order; never empty.
    pub parts: Vec<Inline>,
}

/// How a line is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChatKind {
    /// Aloud.
    Say,
    /// `/me`: what somebody does.
    Emote,
    /// `/w`: to some people.
    Whisper {
        /// Their names as typed; `gm` for the game masters.
        to: Vec<String>,
    },
    /// `/r` and its kin.
    Roll(RollMode),
}

/// Who sees a roll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RollMode {
    /// Everybody.
    Public,
    /// The roller and the game masters.
    Gm,
    /// The game masters; the roller learns that it was thrown.
    Blind,
    /// The roller.
    SelfOnly,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Debug)]
pub enum Inline {
    /// Words.
    Text(String),
    /// A roll.
    Roll(DiceExpression),
}

/// A line is not understood. The sentence is for who typed it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChatError {
    /// Nothing in it.
    #[error("there is nothing to say")]
    Empty,
    /// Longer than [`LINE_CHARS_MAX`].
    #[error("a line has at most {LINE_CHARS_MAX} characters")]
    TooLong,
    /// More than [`INLINE_ROLLS_MAX`].
    #[error("a line has at most {INLINE_ROLLS_MAX} rolls")]
    TooManyRolls,
    /// A slash and an unknown word.
    #[error("\"/{0}\" is not known; there are {COMMANDS}. Write // to begin a line with a slash")]
    UnknownCommand(String),
    /// A whisper to nobody.
    #[error("to whom? Write /w name words, with quotation marks around a name of several words")]
    NoName,
    /// A roll that is not understood.
    #[error(transparent)]
    Dice(#[from] DiceError),
}

impl ChatLine {
    /// Understands a line. Control characters but the line break are dropped.
    pub fn parse(line: &str) -> Result<Self, ChatError> {
        let line: String =
            line.chars().filter(|character| !character.is_control() || *character == '\n').collect();
        let line = line.trim();
        if line.chars().count() > LINE_CHARS_MAX {
            return Err(ChatError::TooLong);
        }
        if let Some(said) = line.strip_prefix("//") {
            return Self::of(ChatKind::Say, &format!("/{said}"));
        }
        let Some(command) = line.strip_prefix('/') else { return Self::of(ChatKind::Say, line) };
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let roll = |mode| {
            let parts = vec![Inline::Roll(DiceExpression::parse(rest)?)];
            Ok(Self { kind: ChatKind::Roll(mode), parts })
        };
        match word.to_lowercase().as_str() {
            "r" | "roll" | "publicroll" | "pr" => roll(RollMode::Public),
            "gmroll" | "gr" => roll(RollMode::Gm),
            "blindroll" | "br" => roll(RollMode::Blind),
            "selfroll" | "sr" => roll(RollMode::SelfOnly),
            "me" | "em" | "emote" => Self::of(ChatKind::Emote, rest),
            "w" | "whisper" => {
                let (to, rest) = names(rest)?;
                Self::of(ChatKind::Whisper { to }, rest)
            }
            _ => Err(ChatError::UnknownCommand(word.chars().take(20).collect())),
        }
    }

    /// Splits words from inline rolls.
    fn of(kind: ChatKind, text: &str) -> Result<Self, ChatError> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut roll_count = 0;
        while let Some((before, after)) = rest.split_once("[[") {
            // An inline roll ends with the first "]]"; a label's own bracket may stand right before it.
            let Some(mut end) = after.find("]]") else { break };
            if after[end + 2..].starts_with(']') {
                end += 1;
            }
            roll_count += 1;
            if roll_count > INLINE_ROLLS_MAX {
                return Err(ChatError::TooManyRolls);
            }
            if !before.is_empty() {
                parts.push(Inline::Text(before.to_owned()));
            }
            parts.push(Inline::Roll(DiceExpression::parse(&after[..end])?));
            rest = &after[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Inline::Text(rest.to_owned()));
        }
        if parts.is_empty() { Err(ChatError::Empty) } else { Ok(Self { kind, parts }) }
    }
}

/// The names before a whisper's words: one word, or in quotation marks; several with commas between.
fn names(text: &str) -> Result<(Vec<String>, &str), ChatError> {
    let mut to = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(ChatError::NoName)?,
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        if name.trim().is_empty() {
            return Err(ChatError::NoName);
        }
        to.push(name.trim().to_owned());
        match after.trim_start().strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => return Ok((to, after.trim_start())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(line: &str, expected: &str) {
        let shown = match ChatLine::parse(line) {
            Ok(line) => {
                let part = |part: &Inline| match part {
                    Inline::Text(text) => format!("'{text}'"),
                    Inline::Roll(roll) => format!("<{roll}>"),
                };
                format!("{:?} {}", line.kind, line.parts.iter().map(part).collect::<String>())
            }
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{line:?}: {shown}");
    }

    #[test]
    fn lines_are_said_done_whispered_and_rolled() {
        check("hello", "Say 'hello'");
        check("  /me waves ", "Emote 'waves'");
        check("/w Bo psst", "Whisper { to: [\"Bo\"] } 'psst'");
        check("/w \"Mira of the Marsh\", gm now", "Whisper { to: [\"Mira of the Marsh\", \"gm\"] } 'now'");
        check("/r 2d6 # axe", "Roll(Public) <2d6 # axe>");
        check("/GMROLL d20", "Roll(Gm) <1d20>");
        check("/br d20", "Roll(Blind) <1d20>");
        check("/selfroll d20", "Roll(SelfOnly) <1d20>");
        check("//not a command", "Say '/not a command'");
    }

    #[test]
    fn rolls_stand_between_words() {
        check(
            "I hit for [[2d6+3]] and [[1d4[poison]]] damage",
            "'I hit for '<2d6 + 3>' and '<1d4[poison]>' damage'",
        );
        check("an open [[ stays", "'an open [[ stays'");
        check("[[d]]", "sides");
    }

    #[test]
    fn what_is_not_understood_is_said_in_words() {
        check("", "nothing");
        check("/me", "nothing");
        check("/w", "to whom");
        check("/w \"open", "to whom");
        check("/dance", "/r, /gmroll");
        check("/r", "too early");
        check(&"a".repeat(2_001), "2000");
        check(&"[[1]]".repeat(11), "10 rolls");
        assert!(ChatLine::parse(&"a".repeat(2_000)).is_ok() && ChatLine::parse(&"[[1]]".repeat(10)).is_ok());
    }

    #[test]
    fn control_characters_are_dropped() {
        check("a\u{1b}[31mb\u{7}\nc", "'a[31mb\\nc'".replace("\\n", "\n").as_str());
    }

    proptest! {
        #[test]
        fn no_line_breaks_the_parser(line in "[/\\[\\]\"w d0-9a-z,\\PC]{0,60}") {
            drop(ChatLine::parse(&line));
        }
    }
}
