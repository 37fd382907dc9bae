//! Long files say why.

use super::{Findings, Tree};

const LINES_MAX: usize = 800;

/// The reason stands within so many lines of the top.
const REASON_LINE_MAX: usize = 20;

const REASON: &str = "tidy: long file because ";

const SOURCES: [&str; 10] = [".css", ".html", ".js", ".mjs", ".rs", ".sh", ".sql", ".svelte", ".ts", ".yaml"];

/// A source of more than [`LINES_MAX`] lines has a reason near its top, and a shorter one has none.
pub(super) fn long_file(tree: &Tree, findings: &mut Findings) {
    for (path, text) in
        tree.own_texts().filter(|(path, _)| SOURCES.iter().any(|ending| path.ends_with(ending)))
    {
        let reason_line = text.lines().take(REASON_LINE_MAX).position(gives_reason);
        let line_count = text.lines().count();
        match reason_line {
            None if line_count > LINES_MAX => {
                let advice = format!("{line_count} lines: split it, or say near the top `{REASON}…`");
                findings.add(path, LINES_MAX + 1, advice);
            }
            Some(index) if line_count <= LINES_MAX => {
                findings.add(path, index + 1, format!("{line_count} lines are not long: remove the reason"));
            }
            None | Some(_) => {}
        }
    }
}

/// A comment, of whatever language, that holds a reason.
fn gives_reason(line: &str) -> bool {
    let line = line.trim();
    let comment = ["//", "#", "<!--", "/*", "--"].iter().find_map(|start| line.strip_prefix(start));
    comment
        .and_then(|comment| comment.trim_start().strip_prefix(REASON))
        .is_some_and(|reason| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::places;

    fn of_lines(first: &str, count: usize) -> String {
        format!("{first}\n{}", "x\n".repeat(count - 1))
    }

    #[test]
    fn a_file_may_have_exactly_the_limit_of_lines() {
        assert_eq!(places("long-file", &[("a.rs", &of_lines("x", LINES_MAX))]), [""; 0]);
        assert_eq!(places("long-file", &[("a.rs", &of_lines("x", LINES_MAX + 1))]), ["a.rs:801"]);
        assert_eq!(places("long-file", &[("a.json", &of_lines("x", LINES_MAX + 1))]), [""; 0]);
    }

    #[test]
    fn a_long_file_gives_a_reason_near_its_top() {
        let reason = format!("// {REASON}one table is easier to compare");
        assert_eq!(places("long-file", &[("a.ts", &of_lines(&reason, 801))]), [""; 0]);
        let far = format!("{}{}", "x\n".repeat(REASON_LINE_MAX), of_lines(&reason, 801));
        assert_eq!(places("long-file", &[("a.ts", &far)]), ["a.ts:801"]);
        assert_eq!(places("long-file", &[("a.ts", &of_lines(&format!("// {REASON}"), 801))]), ["a.ts:801"]);
    }

    #[test]
    fn a_reason_that_no_longer_holds_is_removed() {
        let reason = format!("# {REASON}it was");
        assert_eq!(places("long-file", &[("a.sh", &of_lines(&reason, 800))]), ["a.sh:1"]);
    }
}
