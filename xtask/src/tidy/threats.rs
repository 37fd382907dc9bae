//! What is said to show that a threat is met is there.

use super::{Findings, Tree};

const PAGE: &str = "docs/security/threat-model.md";
const HEAD: &str = "| | threat | kept by | shown by |";

/// Each row of the threats names files, directories or targets of make that exist, and at least one.
pub(super) fn are_met(tree: &Tree, findings: &mut Findings) {
    let text = tree.get(PAGE).unwrap_or_default();
    let makefile = tree.get("Makefile").unwrap_or_default();
    let (mut in_table, mut rows) = (false, 0);
    for (line, row) in (1..).zip(text.lines()) {
        if row == HEAD {
            in_table = true;
        } else if !row.starts_with('|') {
            in_table = false;
        } else if in_table && !row.starts_with("|---") {
            rows += 1;
            let shown = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
            let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
            if named.is_empty() {
                findings.add(PAGE, line, "say by what this is shown");
            }
            for name in named {
                let is_there = match name.strip_prefix("make ") {
                    Some(target) => makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
                    None => tree.has(name),
                };
                if !is_there {
                    findings.add(PAGE, line, format!("there is no `{name}`"));
                }
            }
        }
    }
    if rows == 0 {
        findings.add(PAGE, 1, "there are no threats");
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::places;
    use super::*;

    fn found(row: &str) -> Vec<String> {
        let page = format!("# Words\n{HEAD}\n|---|---|---|---|\n{row}\n\n| other | `table` |\n");
        places("threats", &[(PAGE, &page), ("a/b.rs", ""), ("Makefile", "scan: ## Looks\n")])
    }

    #[test]
    fn what_is_shown_by_what_is_there_is_met() {
        for shown in ["`a/b.rs`", "`a`", "`make scan`", "`a/b.rs`, `make scan`"] {
            assert_eq!(
                found(&format!("| S | guessing | limits | {shown} |")),
                Vec::<String>::new(),
                "{shown}"
            );
        }
    }

    #[test]
    fn what_is_not_there_shows_nothing() {
        for shown in ["", "open", "`b.rs`", "`make`", "`make sca`", "`a/b.rs`, `c.rs`"] {
            let found = found(&format!("| S | guessing | limits | {shown} |"));
            assert_eq!(found, [format!("{PAGE}:4")], "{shown}");
        }
        assert_eq!(places("threats", &[("Makefile", "")]), [format!("{PAGE}:1")], "no table at all");
    }
}
