//! A line of chat as typed: slash commands, names, inline rolls.

use super::arithmetic::Fault;
use super::plain::{Lines, plain};
use super::roll::Thrower;
use super::{DICE_MAX, DiceError, DiceExpression, Entropy, RollRecord};

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
    pub parts: Vec<Inline<DiceExpression>>,
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
        /// Those who are named.
        to: Vec<Addressee>,
    },
    /// `/r` and its kin.
    Roll(RollMode),
}

/// Whom a whisper names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addressee {
    /// The name as typed, without quotation marks.
    pub name: String,
    /// What follows a name without quotation marks: it may be the rest of a longer name.
    doubt: Option<String>,
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
pub enum Inline<Roll> {
    /// Words.
    Text(String),
    /// A roll, thrown or not.
    Roll(Roll),
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
    /// A comma that may separate names or be the first of the words.
    #[error(
        "is what follows the comma a name? For several people write /w Bo,Mira words, without a space; \
         for one, no comma"
    )]
    DoubtfulComma,
    /// A whisper to somebody who is not there.
    #[error("nobody here is called \"{0}\"")]
    Nobody(String),
    /// A whisper to a name that several people have.
    #[error("several people here are called \"{0}\"; one of them must take another name first")]
    SharedName(String),
    /// A whisper to a name that begins a longer one.
    #[error("\"{short}\" or \"{long}\"? Put the name in quotation marks")]
    DoubtfulName {
        /// The name that was typed.
        short: String,
        /// The longer name that it may be the beginning of.
        long: String,
    },
    /// A roll that is not understood.
    #[error(transparent)]
    Dice(#[from] DiceError),
}

impl ChatLine {
    /// Understands a line. What is invisible or steers direction is dropped.
    pub fn parse(line: &str) -> Result<Self, ChatError> {
        let line = plain(line, Lines::Kept);
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
        let lower = word.to_lowercase();
        if let Some(mode) = roll_mode(&lower) {
            let roll = DiceExpression::parse(rest)?;
            return Ok(Self { kind: ChatKind::Roll(mode), parts: vec![Inline::Roll(roll)] });
        }
        match lower.as_str() {
            "me" | "em" | "emote" => Self::of(ChatKind::Emote, rest),
            "w" | "whisper" => {
                let (to, rest) = addressees(rest)?;
                Self::of(ChatKind::Whisper { to }, rest)
            }
            _ => Err(ChatError::UnknownCommand(word.chars().take(20).collect())),
        }
    }

    /// Whether a line as typed is a roll of dice, as [`ChatLine::parse`] takes it, understood or not.
    pub fn is_roll(line: &str) -> bool {
        let command = plain(line, Lines::Kept);
        let word = command.trim().strip_prefix('/').and_then(|rest| rest.split(char::is_whitespace).next());
        word.is_some_and(|word| roll_mode(&word.to_lowercase()).is_some())
    }

    /// Throws the dice of all its rolls, in order and within one limit.
    pub fn throw(self, entropy: &mut dyn Entropy) -> Vec<Inline<RollRecord>> {
        let mut thrower = Thrower::new(entropy, sure_dice(&self.parts));
        let parts = self.parts.into_iter().map(|part| match part {
            Inline::Text(text) => Inline::Text(text),
            Inline::Roll(roll) => Inline::Roll(thrower.roll(&roll)),
        });
        parts.collect()
    }

    /// Splits words from inline rolls.
    fn of(kind: ChatKind, text: &str) -> Result<Self, ChatError> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut roll_count = 0;
        while let Some((before, after)) = rest.split_once("[[") {
            let Some((formula, after)) = inline_roll(after) else { break };
            roll_count += 1;
            if roll_count > INLINE_ROLLS_MAX {
                return Err(ChatError::TooManyRolls);
            }
            if !before.is_empty() {
                parts.push(Inline::Text(before.to_owned()));
            }
            parts.push(Inline::Roll(DiceExpression::parse(formula)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Inline::Text(rest.to_owned()));
        }
        if parts.is_empty() {
            return Err(ChatError::Empty);
        }
        if sure_dice(&parts) > DICE_MAX {
            return Err(DiceError::roll(Fault::TooManyDice.to_string()).into());
        }
        Ok(Self { kind, parts })
    }
}

/// How many dice a line throws in any case.
fn sure_dice(parts: &[Inline<DiceExpression>]) -> usize {
    let dice = |part: &Inline<DiceExpression>| match part {
        Inline::Text(_) => 0,
        Inline::Roll(roll) => roll.sure_dice,
    };
    parts.iter().map(dice).sum()
}

/// The formula of an inline roll and what follows it. It ends with the first "]]" outside a label; if its last label is
/// not closed, with the first "]]" of all.
fn inline_roll(text: &str) -> Option<(&str, &str)> {
    let mut in_label = false;
    for (at, character) in text.char_indices() {
        match character {
            '[' => in_label = true,
            ']' if in_label => in_label = false,
            ']' if text[at..].starts_with("]]") => return Some((&text[..at], &text[at + 2..])),
            _ => {}
        }
    }
    text.split_once("]]")
}

impl Addressee {
    /// Whether the game masters are meant.
    pub fn is_master(&self) -> bool {
        self.name.eq_ignore_ascii_case("gm")
    }

    /// The one person meant, among people and their names, without regard to case. Where several could be meant,
    /// nobody is: a whisper that reaches the wrong ear cannot be taken back.
    pub fn among<'a, T>(&self, people: impl IntoIterator<Item = (T, &'a str)>) -> Result<T, ChatError> {
        let wanted = self.name.to_lowercase();
        let doubt = self.doubt.as_ref().map(|after| format!("{wanted} {}", after.to_lowercase()));
        let mut found = None;
        for (person, name) in people {
            let lower = name.to_lowercase();
            if lower == wanted {
                if found.replace(person).is_some() {
                    return Err(ChatError::SharedName(self.name.clone()));
                }
            } else if let Some(rest) = doubt.as_ref().and_then(|said| said.strip_prefix(&lower))
                && lower.len() > wanted.len()
                && !rest.starts_with(char::is_alphanumeric)
            {
                return Err(ChatError::DoubtfulName { short: self.name.clone(), long: name.to_owned() });
            }
        }
        found.ok_or_else(|| ChatError::Nobody(self.name.clone()))
    }
}

/// Quotation marks as keyboards make them: one that opens and those that may close it.
const QUOTES: [(char, &[char]); 4] =
    [('"', &['"']), ('\u{201c}', &['\u{201d}']), ('\u{201e}', &['\u{201c}', '\u{201d}']), ('«', &['»'])];

/// Who sees what a command throws; `None` for a command of another kind.
fn roll_mode(word: &str) -> Option<RollMode> {
    match word {
        "r" | "roll" | "publicroll" | "pr" => Some(RollMode::Public),
        "gmroll" | "gr" => Some(RollMode::Gm),
        "blindroll" | "br" => Some(RollMode::Blind),
        "selfroll" | "sr" => Some(RollMode::SelfOnly),
        _ => None,
    }
}

/// The names before a whisper's words: one word, or in quotation marks; several with commas between and no space.
fn addressees(text: &str) -> Result<(Vec<Addressee>, &str), ChatError> {
    let mut to = Vec::new();
    let mut rest = text;
    loop {
        let quote = QUOTES.into_iter().find(|(open, _)| rest.starts_with(*open));
        let (name, after) = match quote {
            Some((open, close)) => rest[open.len_utf8()..].split_once(close).ok_or(ChatError::NoName)?,
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        // A name's own white space is single.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(ChatError::NoName);
        }
        let words = after.trim_start();
        let next = after.strip_prefix(',');
        if next
            .map_or(words.starts_with(','), |next| next.is_empty() || next.starts_with(char::is_whitespace))
        {
            return Err(ChatError::DoubtfulComma);
        }
        let doubt = quote.is_none().then(|| words.split_whitespace().collect::<Vec<_>>().join(" "));
        to.push(Addressee { name, doubt });
        match next {
            Some(next) => rest = next,
            None => return Ok((to, words)),
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
                let part = |part: &Inline<DiceExpression>| match part {
                    Inline::Text(text) => format!("'{text}'"),
                    Inline::Roll(roll) => format!("<{roll}>"),
                };
                let kind = match &line.kind {
                    ChatKind::Whisper { to } => {
                        let names: Vec<_> = to.iter().map(|to| to.name.as_str()).collect();
                        format!("Whisper to {}", names.join("|"))
                    }
                    kind => format!("{kind:?}"),
                };
                format!("{kind} {}", line.parts.iter().map(part).collect::<String>())
            }
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{line:?}: {shown}");
    }

    #[test]
    fn lines_are_said_done_whispered_and_rolled() {
        check("hello", "Say 'hello'");
        check("  /me waves ", "Emote 'waves'");
        check("/w Bo psst", "Whisper to Bo 'psst'");
        check("/w \"Mira of  the Marsh\",gm now", "Whisper to Mira of the Marsh|gm 'now'");
        check("/w \u{201c}Old Tom\u{201d} now", "Whisper to Old Tom 'now'");
        check("/w \u{201e}Jo \"Ace\" Li\u{201c} now", "Whisper to Jo \"Ace\" Li 'now'");
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
        check("[x [[2d6]]] y", "'[x '<2d6>'] y'");
        check("[[1d4[poison]]][[1d6 # to [hit] hard]]!", "<1d4[poison]><1d6 # to [hit] hard>'!'");
        check("[[1d4[poison]] now", "a \"]\" is missing");
        check("an open [[ stays", "'an open [[ stays'");
        check("[[d]]", "sides");
    }

    #[test]
    fn the_rolls_of_a_line_share_one_limit_of_dice() {
        check(&"[[100d6]]".repeat(10), "<100d6>");
        check(&"[[1000d6]]".repeat(10), "at most 1000 dice");
        check("[[999d6]] and [[2d6]]", "at most 1000 dice");
        check("[[999d6]] and [[1d6]]", "<999d6>");
    }

    struct Ones;

    impl Entropy for Ones {
        fn next_u64(&mut self) -> u64 {
            0
        }
    }

    fn thrown(line: &str) -> Vec<RollRecord> {
        let parts = ChatLine::parse(line).unwrap().throw(&mut Ones).into_iter();
        let roll = |part| match part {
            Inline::Text(_) => None,
            Inline::Roll(roll) => Some(roll),
        };
        parts.filter_map(roll).collect()
    }

    #[test]
    fn explosions_take_no_dice_from_the_rolls_after_them() {
        let rolls = thrown(&format!("{} [[20d6]]", "[[10d6x1]] ".repeat(9)));
        let dice: Vec<_> = rolls.iter().map(|roll| roll.pools[0].dice.len()).collect();
        assert_eq!(dice.iter().sum::<usize>(), DICE_MAX);
        assert_eq!(dice[0], 10 + 890, "every other roll has its dice");
        assert_eq!(dice[1..], [10, 10, 10, 10, 10, 10, 10, 10, 20]);
        assert_eq!(rolls[1].notes, ["no more dice: a line of chat has at most 1000"]);
        assert!(rolls.iter().all(|roll| roll.total.is_some()));
    }

    #[test]
    fn dice_whose_number_other_dice_say_are_within_the_limit_or_void() {
        let rolls = thrown("[[900d6]] [[(2d1*50)d6]] [[(2d1)d6]]");
        assert_eq!(rolls[0].pools[0].dice.len(), 900);
        assert_eq!(
            (rolls[1].total, rolls[1].pools.len()),
            (None, 1),
            "the dice that say how many were thrown"
        );
        assert_eq!(rolls[1].notes, ["void: a line of chat has at most 1000 dice"]);
        assert_eq!(rolls[2].pools[1].dice.len(), 2);
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
    fn a_comma_that_may_be_one_of_the_words_sends_nothing() {
        for line in [
            "/w Bo, Mira is a spy",
            "/w Bo , now",
            "/w \"Bo\", now",
            "/w Bo,",
            "/w Bo,Mira, now",
            "/w Bo,\nnow",
        ] {
            check(line, "is what follows the comma a name?");
        }
        check("/w Bo Mira, run", "Whisper to Bo 'Mira, run'");
    }

    #[test]
    fn a_whisper_reaches_one_person_or_nobody() {
        let people = [(1, "Bo"), (2, "Mira"), (3, "Old Tom"), (4, "mira"), (5, "Jörg"), (6, "Jörg der Rote")];
        let meant = |line: &str| {
            let Ok(ChatLine { kind: ChatKind::Whisper { to }, .. }) = ChatLine::parse(line) else {
                return "not a whisper".to_owned();
            };
            match to[0].among(people) {
                Ok(person) => person.to_string(),
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(meant("/w Bo Mira is a spy"), "1");
        assert_eq!(meant("/w BO psst"), "1");
        assert_eq!(meant("/w \"old tom\" psst"), "3");
        assert!(meant("/w Old Tom psst").contains("quotation marks"));
        assert!(meant("/w Ann psst").contains("nobody"));
        assert!(meant("/w Mira psst").contains("several people"), "an impostor hears nothing");
        assert!(meant("/w jörg der rote, lauf").contains("quotation marks"));
        assert_eq!(meant("/w jörg der Rotte"), "5");
        assert_eq!(meant("/w \"jörg\" der Rote"), "5");
    }

    #[test]
    fn what_cannot_be_seen_is_neither_said_nor_hides_a_command() {
        check("a\u{1b}[31mb\u{7}\nc\td", "'a[31mb\nc d'");
        check("\u{202e}/w Bo psst", "Whisper to Bo 'psst'");
        check("you owe me \u{202e}001\u{202c} gold", "Say 'you owe me 001 gold'");
        check("[[1d6[\u{2067}fire]]]", "<1d6[fire]>");
        check("\u{200b}\u{2060}", "nothing");
    }

    proptest! {
        #[test]
        fn no_line_breaks_the_parser(line in "[/\\[\\]\"w d0-9a-z,\\PC]{0,60}") {
            drop(ChatLine::parse(&line));
        }
    }
}
