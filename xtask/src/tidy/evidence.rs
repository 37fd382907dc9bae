//! What is said to be held of a standard is shown by something that is there.

use std::collections::BTreeSet;

use super::{Findings, Tree};

const COLUMNS: &str = "requirement\tlevel\tsection\tapplies\tstate\tevidence";
const TABLE: &str = "docs/security/asvs.tsv";
/// Requirements of OWASP ASVS 5.0.0.
const REQUIREMENTS: usize = 345;

/// Each requirement of the standard stands in the table once, and what it names as evidence is in the repository.
pub(super) fn stands(tree: &Tree, findings: &mut Findings) {
    let Some(text) = tree.get(TABLE) else {
        findings.add(TABLE, 1, "there is no such table");
        return;
    };
    let mut ids = BTreeSet::new();
    let mut rows = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    if rows.next().is_none_or(|(_, columns)| columns != COLUMNS) {
        findings.add(TABLE, 1, "the first row names the columns");
    }
    for (line, row) in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, _level, _section, applies, state, evidence] = columns.as_slice() else {
            findings.add(TABLE, line, "six columns, with tabs between");
            continue;
        };
        if !ids.insert(*id) {
            findings.add(TABLE, line, format!("{id} stands here twice"));
        }
        match (*applies, *state, evidence.is_empty()) {
            ("no", "", true) | ("yes" | "if", "open", true) | ("yes" | "if", "held", false) => {}
            ("yes" | "if", "held", true) => {
                findings.add(TABLE, line, format!("{id} is held: say by what it is shown"))
            }
            _ => findings.add(
                TABLE,
                line,
                format!("{id}: `{applies}`, `{state}` and this evidence do not go together"),
            ),
        }
        for shown in evidence.split("; ").filter(|shown| !shown.is_empty()) {
            if !is_there(tree, shown) {
                findings.add(TABLE, line, format!("{id}: there is no `{shown}`"));
            }
        }
    }
    if ids.len() != REQUIREMENTS {
        findings.add(TABLE, 1, format!("{} requirements of {REQUIREMENTS}", ids.len()));
    }
}

/// Whether a piece of evidence, `file#words`, stands: a test by its name, which nothing leaves out, anything else by words of its
/// file.
pub(super) fn is_there(tree: &Tree, shown: &str) -> bool {
    let Some((file, words)) = shown.split_once('#').filter(|(_, words)| !words.is_empty()) else {
        return false;
    };
    let is_name = words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let sought = match file.rsplit_once('.') {
        Some((_, "rs")) if is_name => {
            return tree.get(file).is_some_and(|text| is_run(tree, file, text, words));
        }
        // A test, or an attack of the red team.
        Some((_, "mjs")) => vec![format!("test('{words}"), format!("name: '{words}")],
        Some(_) | None => vec![words.to_owned()],
    };
    let is_left_out = |line: &str| line.contains("skip:") || line.contains("todo:");
    tree.get(file).is_some_and(|text| {
        text.lines().any(|line| sought.iter().any(|sought| line.contains(sought)) && !is_left_out(line))
    })
}

/// Whether a function is a test that runs whenever all do: by its attribute, or as one of a suite that names it.
fn is_run(tree: &Tree, file: &str, text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.rsplit("\n\n").next().unwrap_or_default();
    if attributes.contains("ignore") {
        return false;
    }
    let in_suite = || {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let suite = tree.get(&format!("{folder}/main.rs")).unwrap_or_default();
        suite.split([',', ';', ':']).any(|word| word.trim() == name)
    };
    attributes.contains("test]") || attributes.contains("test(") || in_suite()
}

/// How many requirements of each level apply whatever is set up, and how many of these are held.
pub(crate) fn held(tree: &Tree) -> String {
    let rows: Vec<Vec<&str>> =
        tree.get(TABLE).unwrap_or_default().lines().map(|line| line.split('\t').collect()).collect();
    let levels = ["1", "2", "3"].map(|level| {
        let of_level = || rows.iter().filter(|row| row.get(1) == Some(&level) && row.get(3) == Some(&"yes"));
        let held = of_level().filter(|row| row.get(4) == Some(&"held")).count();
        format!("level {level}: {held} of {}", of_level().count())
    });
    levels.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::places;
    use super::*;

    /// A table whose first rows are these, filled up to the whole standard.
    fn table(rows: &[&str]) -> String {
        let mut text = format!("# words\n{COLUMNS}\n");
        let others = (rows.len()..REQUIREMENTS).map(|number| format!("W{number}\t1\tX\tno\t\t"));
        for row in rows.iter().map(|row| (*row).to_owned()).chain(others) {
            text.push_str(&row);
            text.push('\n');
        }
        text
    }

    fn broken(rows: &[&str]) -> Vec<String> {
        places(
            "evidence",
            &[
                (TABLE, &table(rows)),
                (
                    "a.rs",
                    "#[test]\nfn it_holds() {} // and_words\n\nfn helps() {}\n\n#[test]\n#[ignore]\nfn rests() {}",
                ),
                (
                    "b.mjs",
                    "test('it holds', …)\ntest('it rests', { skip: true }, …)\ntest.skip('it sleeps', …)",
                ),
                ("c/main.rs", "suite!(a: it_is_named, it_is_named_too;)"),
                ("c/a.rs", "pub fn it_is_named() {}\n\npub fn it_is_not() {}"),
            ],
        )
    }

    #[test]
    fn what_is_shown_by_what_is_there_is_held() {
        let rows = [
            "V1\t1\tX\tyes\theld\ta.rs#it_holds",
            "V2\t1\tX\tif\topen\t",
            "V4\t2\tX\tyes\theld\tb.mjs#it holds",
            "V5\t2\tX\tyes\theld\tc/a.rs#it_is_named",
            "V3\t3\tX\tno\t\t",
        ];
        assert_eq!(broken(&rows), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_there_shows_nothing() {
        for row in [
            "V1\t1\tX\tyes\theld\ta.rs#it_holds; a.rs#it_does_not",
            "V1\t1\tX\tyes\theld\tb.rs#it_holds",
            "V1\t1\tX\tyes\theld\ta.rs#and_words",
            "V1\t1\tX\tyes\theld\ta.rs#helps",
            "V1\t1\tX\tyes\theld\ta.rs#rests",
            "V1\t1\tX\tyes\theld\tb.mjs#it rests",
            "V1\t1\tX\tyes\theld\tb.mjs#it sleeps",
            "V1\t1\tX\tyes\theld\tc/a.rs#it_is_not",
            "V1\t1\tX\tyes\theld\tb.mjs#holds",
            "V1\t1\tX\tyes\theld\ta.rs",
            "V1\t1\tX\tyes\theld\ta.rs#",
            "V1\t1\tX\tyes\theld\t",
            "V1\t1\tX\tyes\topen\ta.rs#it_holds",
            "V1\t1\tX\tno\theld\ta.rs#it_holds",
            "V1\t1\tX\tmaybe\t\t",
        ] {
            assert_eq!(broken(&[row]), [format!("{TABLE}:3")], "{row}");
        }
    }

    #[test]
    fn what_applies_and_what_of_it_is_held_is_counted_by_level() {
        let rows = ["V1\t1\tX\tyes\theld\ta.rs#it_holds", "V2\t1\tX\tyes\topen\t", "V3\t2\tX\tif\topen\t"];
        let tree = Tree::of(&[(TABLE, &table(&rows))]);
        assert_eq!(held(&tree), "level 1: 1 of 2, level 2: 0 of 0, level 3: 0 of 0");
    }

    #[test]
    fn a_table_that_is_gone_or_has_other_columns_is_missed() {
        assert_eq!(places("evidence", &[("a.rs", "")]), [format!("{TABLE}:1")]);
        let headless = table(&[]).replace(COLUMNS, "V1\t1\tX\tno\t\t");
        assert_eq!(places("evidence", &[(TABLE, &headless)]), [format!("{TABLE}:1")]);
    }

    #[test]
    fn none_is_left_out_and_none_stands_twice() {
        assert_eq!(
            broken(&["V1\t1\tX\tno\t\t", "V1\t1\tX\tno\t\t"]),
            [format!("{TABLE}:1"), format!("{TABLE}:4")]
        );
        assert_eq!(broken(&["V1\t1"]), [format!("{TABLE}:1"), format!("{TABLE}:3")]);
    }
}
