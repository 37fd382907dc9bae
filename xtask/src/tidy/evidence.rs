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

/// Whether a piece of evidence, `file#words`, stands: a test by its name, anything else by words of its file.
pub(super) fn is_there(tree: &Tree, shown: &str) -> bool {
    let Some((file, words)) = shown.split_once('#').filter(|(_, words)| !words.is_empty()) else {
        return false;
    };
    let is_name = words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let sought = match file.rsplit_once('.') {
        Some((_, "rs")) if is_name => vec![format!("fn {words}(")],
        // A test, or an attack of the red team.
        Some((_, "mjs")) => vec![format!("test('{words}"), format!("name: '{words}")],
        Some(_) | None => vec![words.to_owned()],
    };
    tree.get(file).is_some_and(|text| sought.iter().any(|sought| text.contains(sought)))
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
                ("a.rs", "fn it_holds() {} // and_words"),
                ("b.mjs", "test('it holds', …)"),
            ],
        )
    }

    #[test]
    fn what_is_shown_by_what_is_there_is_held() {
        let rows = [
            "V1\t1\tX\tyes\theld\ta.rs#it_holds",
            "V2\t1\tX\tif\topen\t",
            "V4\t2\tX\tyes\theld\tb.mjs#it holds",
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
