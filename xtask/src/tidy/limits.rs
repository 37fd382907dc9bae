//! The page of limits says what the source says.

use std::fmt;

use super::{Findings, Tree};

const PAGE: &str = "docs/security/input.md";
const BEGIN: &str = "<!-- limits: written by `cargo xtask limits` -->\n";
const END: &str = "<!-- end of limits -->";

/// Where limits stand, and what they are of.
const SOURCES: [(&str, &str); 9] = [
    ("What a person sends", "crates/server/src/limits.rs"),
    ("What a table holds", "crates/tabletop/src/limits.rs"),
    ("Passwords", "crates/identity/src/password.rs"),
    ("Frames", "crates/protocol/src/decode.rs"),
    ("Marks in text", "crates/protocol/src/marks.rs"),
    ("Dice", "crates/tabletop/src/dice/mod.rs"),
    ("Lines of chat", "crates/tabletop/src/dice/chat.rs"),
    ("Files of maps", "crates/tabletop/src/import/mod.rs"),
    ("Pictures", "crates/imaging/src/lib.rs"),
];

/// The page holds each limit, as it is.
pub(super) fn stand(tree: &Tree, findings: &mut Findings) {
    // Trees without limits have no page of them.
    if !SOURCES.iter().any(|(_, path)| tree.has(path)) {
        return;
    }
    match (tree.get(PAGE), written(tree)) {
        (None, _) => findings.add(PAGE, 1, "there is no such page"),
        (Some(page), Ok(written)) if page == written => {}
        (Some(_), Ok(_)) => findings.add(PAGE, 1, "run `cargo xtask limits`: the source has other limits"),
        (Some(_), Err(Unreadable { path, line, advice })) => findings.add(path, line, advice),
    }
}

/// A limit that cannot be told, and where it stands.
#[derive(Debug)]
pub(crate) struct Unreadable {
    path: &'static str,
    line: usize,
    advice: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// The path of the page, and its text with the limits of the source in it.
pub(crate) fn page(tree: &Tree) -> Result<(&'static str, String), Unreadable> {
    written(tree).map(|text| (PAGE, text))
}

fn written(tree: &Tree) -> Result<String, Unreadable> {
    let page = tree.get(PAGE).unwrap_or_default();
    let parts = page.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let Some((head, tail)) = parts else {
        return Err(Unreadable { path: PAGE, line: 1, advice: format!("`{BEGIN}` and `{END}` stand in it") });
    };
    let mut text = format!("{head}{BEGIN}");
    for (title, path) in SOURCES {
        let limits = limits_of(path, tree.get(path).unwrap_or_default())?;
        text.push_str(&format!("\n### {title}\n| what | figure | name |\n|---|---:|---|\n"));
        for Limit { name, value, meaning } in limits {
            text.push_str(&format!("| {meaning} | {value} | `{name}` |\n"));
        }
    }
    Ok(format!("{text}\n{END}{tail}"))
}

struct Limit {
    name: String,
    value: String,
    meaning: String,
}

/// Every public constant that is a number, a time or a rate, with the sentences above it.
fn limits_of(path: &'static str, source: &str) -> Result<Vec<Limit>, Unreadable> {
    let mut limits = Vec::new();
    let mut meaning: Vec<&str> = Vec::new();
    for (line, text) in (1..).zip(source.lines()) {
        if let Some(sentence) = text.strip_prefix("/// ") {
            meaning.push(sentence);
            continue;
        }
        let sentences = std::mem::take(&mut meaning).join(" ");
        let Some(constant) =
            ["pub const ", "pub(crate) const "].iter().find_map(|public| text.strip_prefix(public))
        else {
            continue;
        };
        let unreadable = |advice: String| Unreadable { path, line, advice };
        let parts = constant.split_once(": ").and_then(|(name, rest)| {
            let (_, value) = rest.strip_suffix(';')?.split_once(" = ")?;
            Some((name.to_owned(), told(value)?))
        });
        let Some((name, value)) = parts else {
            return Err(unreadable(
                "a limit is a product of whole numbers, `Duration::from_…` or `Rate::new`".into(),
            ));
        };
        if sentences.is_empty() {
            return Err(unreadable(format!("say above `{name}` what it limits")));
        }
        limits.push(Limit { name, value, meaning: sentences.replace('|', "\\|") });
    }
    Ok(limits)
}

/// A value as people read it.
fn told(value: &str) -> Option<String> {
    let inside = |call: &str| value.strip_prefix(call)?.strip_suffix(')');
    if let Some(seconds) = inside("Duration::from_secs(") {
        return Some(format!("{} s", grouped(product(seconds)?)));
    }
    if let Some(ms) = inside("Duration::from_millis(") {
        return Some(format!("{} ms", grouped(product(ms)?)));
    }
    if let Some(rate) = inside("Rate::new(") {
        let (rate, burst) = rate.split_once(", ")?;
        return Some(format!(
            "{} a second, {} at once",
            rate.trim_end_matches(".0"),
            burst.trim_end_matches(".0")
        ));
    }
    product(value).map(grouped)
}

/// `64 * 1024`, as a number.
fn product(expression: &str) -> Option<u64> {
    expression
        .split(" * ")
        .map(|factor| factor.replace('_', "").parse::<u64>().ok())
        .try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

/// With a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;

    const SOURCE: &str = "crates/tabletop/src/limits.rs";

    fn page_of(source: &str) -> Result<String, Unreadable> {
        let empty = format!("# Input\n{BEGIN}{END}\nand more\n");
        written(&Tree::of(&[(PAGE, &empty), (SOURCE, source)]))
    }

    #[test]
    fn a_page_says_what_the_source_says() {
        let source = "/// Seats at a table,\n/// all together.\npub const SEATS_MAX: usize = 2 * 1_024;\n\n\
                      /// Silence.\npub(crate) const SILENCE_MAX: Duration = Duration::from_secs(12 * 60 * 60);\n\
                      /// Rolls.\npub const ROLLS: Rate = Rate::new(0.5, 20.0);\nconst OWN: u8 = 1;\n";
        let page = page_of(source).unwrap();
        for row in [
            "| Seats at a table, all together. | 2,048 | `SEATS_MAX` |",
            "| Silence. | 43,200 s | `SILENCE_MAX` |",
            "| Rolls. | 0.5 a second, 20 at once | `ROLLS` |",
        ] {
            assert!(page.contains(row), "{page}");
        }
        assert!(page.starts_with("# Input\n") && page.ends_with("\nand more\n") && !page.contains("OWN"));
        assert!(found("limits", &[(PAGE, &page), (SOURCE, source)]).is_empty());
        let other = source.replace("1_024", "1_000");
        assert!(found("limits", &[(PAGE, &page), (SOURCE, &other)])[0].advice.contains("cargo xtask limits"));
        assert!(found("limits", &[(SOURCE, source)])[0].advice.contains("no such page"));
    }

    #[test]
    fn what_cannot_be_told_is_named_by_its_place() {
        for (source, advice) in [
            ("pub const SEATS_MAX: usize = 2;", "say above"),
            ("/// Seats.\npub const SEATS_MAX: usize = OTHER + 1;", "a product"),
        ] {
            let Unreadable { path, advice: said, .. } = page_of(source).unwrap_err();
            assert!(path == SOURCE && said.contains(advice), "{said}");
        }
    }
}
