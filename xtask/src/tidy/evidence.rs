//! What is said to be held of a standard is shown by something that is there.

use std::collections::BTreeSet;

use super::{Findings, Tree};

const TABLE: &str = "docs/security/asvs.tsv";
/// Requirements of OWASP ASVS 5.0.0.
const REQUIREMENTS: usize = 345;

/// Each requirement of the standard stands in the table once, and what it names as evidence is in the repository.
pub(super) fn stands(tree: &Tree, findings: &mut Findings) {
    let Some(text) = tree.get(TABLE) else { return };
    let mut ids = BTreeSet::new();
    for (index, row) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')).skip(1) {
        let line = index + 1;
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
            let there = shown.split_once('#').is_some_and(|(file, words)| {
                !words.is_empty() && tree.get(file).is_some_and(|text| text.contains(words))
            });
            if !there {
                findings.add(TABLE, line, format!("{id}: there is no `{shown}`"));
            }
        }
    }
    if ids.len() != REQUIREMENTS {
        findings.add(TABLE, 1, format!("{} requirements of {REQUIREMENTS}", ids.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::places;
    use super::*;

    /// A table whose first rows are these, filled up to the whole standard.
    fn table(rows: &[&str]) -> String {
        let mut text = String::from("# words\nrequirement\tlevel\tsection\tapplies\tstate\tevidence\n");
        let others = (rows.len()..REQUIREMENTS).map(|number| format!("W{number}\t1\tX\tno\t\t"));
        for row in rows.iter().map(|row| (*row).to_owned()).chain(others) {
            text.push_str(&row);
            text.push('\n');
        }
        text
    }

    fn broken(rows: &[&str]) -> Vec<String> {
        places("evidence", &[(TABLE, &table(rows)), ("a.rs", "fn it_holds() {}")])
    }

    #[test]
    fn what_is_shown_by_what_is_there_is_held() {
        let rows = ["V1\t1\tX\tyes\theld\ta.rs#it_holds", "V2\t1\tX\tif\topen\t", "V3\t3\tX\tno\t\t"];
        assert_eq!(broken(&rows), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_there_shows_nothing() {
        for row in [
            "V1\t1\tX\tyes\theld\ta.rs#it_holds; a.rs#it_does_not",
            "V1\t1\tX\tyes\theld\tb.rs#it_holds",
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
    fn none_is_left_out_and_none_stands_twice() {
        assert_eq!(
            broken(&["V1\t1\tX\tno\t\t", "V1\t1\tX\tno\t\t"]),
            [format!("{TABLE}:1"), format!("{TABLE}:4")]
        );
        assert_eq!(broken(&["V1\t1"]), [format!("{TABLE}:1"), format!("{TABLE}:3")]);
    }
}
