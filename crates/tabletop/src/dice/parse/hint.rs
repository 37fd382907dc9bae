//! What to say where a formula stops making sense: what is wrong, and what may have been meant.

/// What would have made sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// A number, dice, or a bracket.
    Value,
    /// An operator or a modifier.
    Operator,
    /// The same, or this bracket.
    Closing(&'static str),
    /// The sides of a die.
    Sides,
}

/// Words of other notations and of speech, and how they are written here.
const WORDS: [(&[&str], &str); 19] = [
    (&["advantage"], "\"adv\""),
    (&["disadvantage", "disadv"], "\"dis\""),
    (&["keep", "keephighest", "highest", "high", "best"], "\"kh\""),
    (&["keeplowest", "lowest", "low", "worst"], "\"kl\""),
    (&["drop", "droplowest"], "\"dl\""),
    (&["drophighest"], "\"dh\""),
    (&["reroll", "ra"], "\"ro\" (once) or \"rr\" (until it no longer fits)"),
    (&["explode", "exploding", "e"], "\"x\""),
    (&["success", "successes", "hits"], "\"cs\""),
    (&["f", "fail", "fails", "failures"], "\"cf\" (count failures) or \"df\" (take them off successes)"),
    (&["mi", "minimum"], "\"min\""),
    (&["ma", "maximum"], "\"max\""),
    (&["p"], "\"!p\""),
    (&["unique"], "\"u\""),
    (&["sort"], "\"s\""),
    (&["w"], "\"d\""),
    (&["fate", "fudge"], "\"dF\""),
    (&["coin", "coins"], "\"dc\""),
    (&["int", "trunc"], "\"floor(…)\""),
];

/// What a word of three letters or more may be a slip of the finger for.
const NEAR: [&str; 10] = ["floor", "ceil", "round", "abs", "min", "max", "adv", "dis", "even", "odd"];

/// The sentence for what stands at a place where something else was wanted.
pub(super) fn unexpected(text: &str, at: usize, wanted: Wanted) -> String {
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let Some(first) = rest.chars().next() else {
        return match wanted {
            Wanted::Closing(bracket) => format!("a \"{bracket}\" is missing at the end"),
            Wanted::Sides => SIDES.to_owned(),
            Wanted::Value | Wanted::Operator => "the formula ends too early".to_owned(),
        };
    };
    // Counted in characters from one, as a person counts.
    let position = text.chars().count() - rest.chars().count() + 1;
    let meant = if first.is_alphabetic() {
        let (word, position) = word_around(before, rest, position);
        return match (meant_word(&word), wanted) {
            (Some(meant), _) => not_understood(&word, position, &format!("did you mean {meant}?")),
            (None, Wanted::Value) => not_understood(
                &word,
                position,
                &format!("a value of your sheet is written \"@{word}\", and words go behind #"),
            ),
            (None, Wanted::Sides) => SIDES.to_owned(),
            (None, Wanted::Operator | Wanted::Closing(_)) => {
                not_understood(&word, position, "words go behind #, as in 1d20 # longbow")
            }
        };
    } else {
        meant_symbol(first, rest, wanted)
    };
    match (meant, wanted) {
        (Some(meant), _) => not_understood(&first.to_string(), position, &meant),
        (None, Wanted::Sides) => SIDES.to_owned(),
        (None, Wanted::Closing(bracket)) => {
            not_understood(&first.to_string(), position, &format!("a \"{bracket}\" is missing"))
        }
        (None, Wanted::Value | Wanted::Operator) => {
            format!("\"{first}\" is not understood here (position {position})")
        }
    }
}

const SIDES: &str = "how many sides? Write d20, d%, dF, dc or d(…)";

fn not_understood(what: &str, position: usize, meant: &str) -> String {
    format!("\"{what}\" is not understood here (position {position}); {meant}")
}

/// The whole word, of which the beginning may have been read as something, and where it begins.
fn word_around(before: &str, rest: &str, position: usize) -> (String, usize) {
    let begun = before.len() - before.trim_end_matches(char::is_alphabetic).len();
    let begun = &before[before.len() - begun..];
    let rest = rest.split(|next: char| !next.is_alphabetic()).next().unwrap_or_default();
    (format!("{begun}{rest}").chars().take(20).collect(), position - begun.chars().count())
}

fn meant_word(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    if let Some((_, meant)) = WORDS.into_iter().find(|(words, _)| words.contains(&lower.as_str())) {
        return Some(meant.to_owned());
    }
    let near = NEAR.into_iter().find(|near| lower.len() > 2 && is_slip(&lower, near));
    near.map(|near| format!("\"{near}\""))
}

/// Whether two words differ by one letter: another, one more, one less, or two swapped.
fn is_slip(typed: &str, meant: &str) -> bool {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let same_head = typed.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let (typed, meant) = (&typed[same_head..], &meant[same_head..]);
    match (typed, meant) {
        ([], []) => true,
        ([a, b, typed @ ..], [c, d, meant @ ..]) if a == d && b == c && typed == meant => true,
        _ => {
            let (one_less, one_more) = (meant.get(1..), typed.get(1..));
            one_more == Some(meant) || one_less == Some(typed) || one_more.is_some() && one_more == one_less
        }
    }
}

fn meant_symbol(first: char, rest: &str, wanted: Wanted) -> Option<String> {
    let did_you = |symbol: &str| Some(format!("did you mean \"{symbol}\"?"));
    match first {
        '×' | '✕' | '·' | '•' => did_you("*"),
        '÷' | ':' => did_you("/"),
        '−' | '–' | '—' => did_you("-"),
        '^' | '*' => Some("there are no powers; write the product".to_owned()),
        '/' if wanted == Wanted::Value => Some("a quotient without its rest is floor(… / …)".to_owned()),
        '<' | '>' | '='
            if rest[1..].trim_start_matches('=').trim_start().starts_with(|c: char| c.is_ascii_digit()) =>
        {
            let condition: String = rest.chars().filter(|next| !next.is_whitespace()).take(12).collect();
            let end =
                condition.find(['+', '-', '*', '/', ',', ')', '}', '#', '[']).unwrap_or(condition.len());
            let condition = &condition[..end];
            Some(format!("to count dice write cs{condition} (\">\" is strictly greater, \">=\" is at least)"))
        }
        ',' => Some("decimals have a point: 1.5".to_owned()),
        ')' if wanted == Wanted::Operator => Some("no \"(\" stands before it".to_owned()),
        '}' if wanted == Wanted::Operator => Some("no \"{\" stands before it".to_owned()),
        ']' => Some("no \"[\" stands before it".to_owned()),
        '0'..='9' | '@' | '{' if wanted != Wanted::Value => Some("is a + missing before it?".to_owned()),
        '(' if wanted != Wanted::Value => Some("is a * missing before it?".to_owned()),
        _ => None,
    }
}
