//! What the hardening document asks for leads to a control, and each control to a test that is there.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::is_there;
use super::{Findings, Tree};

const PAGE: &str = "docs/security/controls.md";
/// First cells of the heads of the tables that are read.
const CONTROLS: &str = "id";
const SENTENCES: &str = "asked for";
const OURS: &str = "ours";
/// What stands in the last column of a sentence that no test can show.
const CLUSTER: &str = "needs a cluster";
/// Where the sentences stand, and how many the document has of each.
const SECTIONS: [(&str, usize); 6] = [
    ("### Of Kubernetes", 5),
    ("### Of containers", 5),
    ("### Of secrets", 4),
    ("### In figures", 12),
    ("### Next", 3),
    ("### Of other sections", 6),
];

/// Every sentence names controls that exist and tests that are there; every control is asked for, or said to be ours.
pub(super) fn stand(tree: &Tree, findings: &mut Findings) {
    let Some(text) = tree.get(PAGE) else {
        findings.add(PAGE, 1, "there is no such page");
        return;
    };
    let rows = rows(text);
    let mut controls = BTreeMap::new();
    for row in rows.iter().filter(|row| row.table == CONTROLS) {
        if controls.insert(row.cells[0], row.line).is_some() {
            findings.add(PAGE, row.line, format!("{} stands here twice", row.cells[0]));
        }
    }
    let asked_for = asked_for(tree, &rows, &controls, findings);
    let ours = ours(&rows, &controls, &asked_for, findings);
    for (id, line) in controls.iter().filter(|(id, _)| !asked_for.contains(*id) && !ours.contains(*id)) {
        findings.add(PAGE, *line, format!("no sentence asks for {id}: is it ours?"));
    }
    are_all(&rows, findings);
}

/// The controls that sentences name.
fn asked_for<'a>(
    tree: &Tree,
    rows: &[Row<'a>],
    controls: &BTreeMap<&str, usize>,
    findings: &mut Findings,
) -> BTreeSet<&'a str> {
    let mut asked_for = BTreeSet::new();
    for row in rows.iter().filter(|row| row.table == SENTENCES) {
        let [_sentence, ids, tests, elsewhere] = row.cells.as_slice() else {
            findings.add(PAGE, row.line, "four columns: what is asked for, controls, tests, the cluster");
            continue;
        };
        let ids: Vec<&str> = ids.split(", ").filter(|id| !id.is_empty()).collect();
        for id in ids.iter().filter(|id| !controls.contains_key(*id)) {
            findings.add(PAGE, row.line, format!("there is no control `{id}`"));
        }
        let tests: Vec<&str> = tests.split("<br>").filter(|test| !test.is_empty()).collect();
        for test in tests.iter().filter(|test| !is_test(tree, test)) {
            findings.add(PAGE, row.line, format!("there is no test {test}"));
        }
        if (ids.is_empty() || tests.is_empty()) && !elsewhere.contains(CLUSTER) {
            let advice = format!("name a control and a test that shows it, or what `{CLUSTER}`");
            findings.add(PAGE, row.line, advice);
        }
        asked_for.extend(ids);
    }
    asked_for
}

/// The controls that are said to be ours.
fn ours<'a>(
    rows: &[Row<'a>],
    controls: &BTreeMap<&str, usize>,
    asked_for: &BTreeSet<&str>,
    findings: &mut Findings,
) -> BTreeSet<&'a str> {
    let mut ours = BTreeSet::new();
    for row in rows.iter().filter(|row| row.table == OURS) {
        let id = row.cells[0];
        if !controls.contains_key(id) {
            findings.add(PAGE, row.line, format!("there is no control `{id}`"));
        } else if asked_for.contains(id) {
            findings.add(PAGE, row.line, format!("{id} is not ours alone: a sentence asks for it"));
        } else if !ours.insert(id) {
            findings.add(PAGE, row.line, format!("{id} is ours twice"));
        }
    }
    ours
}

/// As many sentences stand under each heading as the document has, and none elsewhere.
fn are_all(rows: &[Row<'_>], findings: &mut Findings) {
    let sentences = || rows.iter().filter(|row| row.table == SENTENCES);
    for (section, expected) in SECTIONS {
        let count = sentences().filter(|row| row.section == section).count();
        if count != expected {
            findings.add(PAGE, 1, format!("`{section}` has {count} sentences of {expected}"));
        }
    }
    for row in sentences().filter(|row| SECTIONS.iter().all(|(section, _)| *section != row.section)) {
        findings.add(PAGE, row.line, format!("`{}` is no section of the document", row.section));
    }
}

/// A row of a table, below its head.
struct Row<'a> {
    line: usize,
    /// The heading that it stands under.
    section: &'a str,
    /// The first cell of the head.
    table: &'a str,
    /// There is at least one.
    cells: Vec<&'a str>,
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut section = "";
    let mut table = None;
    for (line, row) in (1..).zip(text.lines()) {
        if row.starts_with('#') {
            section = row;
        }
        let Some(inner) = row.strip_prefix('|').map(|row| row.strip_suffix('|').unwrap_or(row)) else {
            table = None;
            continue;
        };
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        match table {
            None => table = Some(cells[0]),
            Some(_) if cells.iter().all(|cell| cell.trim_matches('-').is_empty()) => {}
            Some(table) => rows.push(Row { line, section, table, cells }),
        }
    }
    rows
}

/// Whether `file#words`, in backticks, is a test that is there. A function that is none shows nothing.
fn is_test(tree: &Tree, quoted: &str) -> bool {
    let Some(shown) = quoted.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) else { return false };
    let Some((file, words)) = shown.split_once('#') else { return false };
    let is_name = words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_test = match file.rsplit_once('.') {
        Some((_, "rs")) => is_name,
        Some((_, "mjs")) => true,
        Some(_) | None => false,
    };
    is_test && is_there(tree, shown)
}

#[cfg(test)]
mod tests {
    use super::super::tests::places;
    use super::*;

    /// Controls `K1` and `K2`, of which the sentences of [`page`] need `K1`.
    const KNOWN: &str = "| id | promise |\n|---|---|\n| K1 | it holds |\n| K2 | it holds too |\n";
    const OWN: &str = "| ours | why |\n|---|---|\n| K2 | we like it |\n";
    const HELD: &str = "| a sentence | K1 | `b.mjs#it holds` | |";
    /// Where the first sentence stands.
    const FIRST: usize = 10;

    /// A page with these controls, whose first sentences are these, filled up to the whole document.
    fn page(known: &str, own: &str, sentences: &[&str]) -> String {
        let mut text = format!("# Words\n{known}\n");
        let mut given = sentences.iter();
        for (section, expected) in SECTIONS {
            text.push_str(&format!(
                "{section}\n| asked for | controls | tests | cluster |\n|---|---|---|---|\n"
            ));
            for _ in 0..expected {
                text.push_str(given.next().unwrap_or(&HELD));
                text.push('\n');
            }
            text.push('\n');
        }
        text.push_str(own);
        text
    }

    fn broken(text: &str) -> Vec<String> {
        places(
            "controls",
            &[
                (PAGE, text),
                ("a.rs", "fn other() {}\n\n#[test]\nfn it_holds() {}\n\nfn helper() {}"),
                ("b.mjs", "test('it holds', …)"),
                ("c.md", "it holds"),
            ],
        )
    }

    #[test]
    fn what_is_asked_for_and_shown_stands() {
        let sentences = [
            "| restricted | K1 | `a.rs#it_holds`<br>`b.mjs#it holds` | nodes |",
            "| Falco | | | needs a cluster: it watches nodes |",
            "| nodes | K1 | | needs a cluster |",
        ];
        assert_eq!(broken(&page(KNOWN, OWN, &sentences)), Vec::<String>::new());
    }

    #[test]
    fn a_sentence_names_controls_and_tests_that_are_there() {
        for sentence in [
            "| restricted | K3 | `a.rs#it_holds` | |",
            "| restricted | K1, K3 | `a.rs#it_holds` | |",
            "| restricted | K1,K1 | `a.rs#it_holds` | |",
            "| restricted | K1 | `a.rs#it_does_not` | |",
            "| restricted | K1 | `a.rs#it_holds`<br>`b.mjs#nothing` | |",
            "| restricted | K1 | `a.rs#helper` | |",
            "| restricted | K1 | `c.md#it holds` | |",
            "| restricted | K1 | a.rs#it_holds | |",
            "| restricted | K1 | `a.rs` | |",
            "| restricted | K1 | | |",
            "| restricted | K1 | | nodes |",
            "| restricted | | `a.rs#it_holds` | |",
            "| restricted | K1 | `a.rs#it_holds` |",
        ] {
            assert_eq!(broken(&page(KNOWN, OWN, &[sentence])), [format!("{PAGE}:{FIRST}")], "{sentence}");
        }
    }

    #[test]
    fn a_control_is_asked_for_or_ours_and_not_both() {
        assert_eq!(broken(&page(KNOWN, "", &[])), [format!("{PAGE}:5")]);
        let both = page(KNOWN, OWN, &["| a sentence | K2 | `b.mjs#it holds` | |"]);
        let last = both.lines().count();
        assert_eq!(broken(&both), [format!("{PAGE}:{last}")]);
        let twice = page(KNOWN, &format!("{OWN}| K2 | again |\n"), &[]);
        let last = twice.lines().count();
        assert_eq!(broken(&twice), [format!("{PAGE}:{last}")]);
        let unknown = page(KNOWN, &format!("{OWN}| K3 | there is none |\n"), &[]);
        assert_eq!(broken(&unknown), [format!("{PAGE}:{last}")]);
    }

    #[test]
    fn a_control_stands_once() {
        let known = KNOWN.replace("| K2 | it holds too |\n", "| K2 | it holds too |\n| K2 | once more |\n");
        assert_eq!(broken(&page(&known, OWN, &[])), [format!("{PAGE}:6")]);
    }

    #[test]
    fn no_sentence_is_left_out_and_none_is_added() {
        let whole = page(KNOWN, OWN, &[]);
        let less = whole.replacen(&format!("{HELD}\n"), "", 1);
        assert_eq!(broken(&less), [format!("{PAGE}:1")]);
        let more = whole.replacen(HELD, &format!("{HELD}\n{HELD}"), 1);
        assert_eq!(broken(&more), [format!("{PAGE}:1")]);
        let elsewhere = format!(
            "{whole}\n## Words\n| asked for | controls | tests | cluster |\n|---|---|---|---|\n{HELD}\n"
        );
        let last = elsewhere.lines().count();
        assert_eq!(broken(&elsewhere), [format!("{PAGE}:{last}")]);
    }

    #[test]
    fn a_page_that_is_gone_is_missed() {
        assert_eq!(places("controls", &[("a.rs", "")]), [format!("{PAGE}:1")]);
    }
}
