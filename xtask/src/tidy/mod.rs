//! The structure rules: what the compiler cannot hold and a review forgets.
//!
//! A rule is a function from a [`Tree`] of texts to [`Violation`]s; it reads no disk, so each has tests with a small
//! tree that breaks it. Start reading at [`RULES`].

mod client;
mod controls;
mod crates;
mod dependencies;
mod evidence;
mod length;
mod limits;
mod links;
mod manifest;
mod purity;
mod rust_source;
mod threats;
mod tree;
mod typescript;
mod words;

pub(crate) use evidence::held;
pub(crate) use limits::page as limits_page;
pub(crate) use tree::Tree;

use std::fmt;

/// A rule that does not hold, and where.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Violation {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    /// Counts from 1.
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    /// What to do about it.
    pub(crate) advice: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.advice)
    }
}

/// What one rule has found so far.
pub(crate) struct Findings {
    rule: &'static str,
    violations: Vec<Violation>,
}

impl Findings {
    fn add(&mut self, path: &str, line: usize, advice: impl Into<String>) {
        self.violations.push(Violation {
            path: path.to_owned(),
            line,
            rule: self.rule,
            advice: advice.into(),
        });
    }
}

/// A name, and what finds the places that break it.
pub(crate) type Rule = (&'static str, fn(&Tree, &mut Findings));

/// Every rule.
pub(crate) const RULES: [Rule; 18] = [
    ("crate-graph", crates::graph),
    ("crate-lints", crates::lints),
    ("pure-dependencies", purity::dependencies),
    ("pure-source", purity::source),
    ("serialize", purity::serialize),
    ("long-file", length::long_file),
    ("banned-word", words::banned),
    ("registry-host", words::registry_host),
    ("dependency-reason", dependencies::reasons),
    ("unused-dependency", dependencies::unused),
    ("client-layers", client::layers),
    ("client-pixi", client::pixi),
    ("client-svelte", client::svelte),
    ("dead-link", links::dead),
    ("evidence", evidence::stands),
    ("controls", controls::stand),
    ("threats", threats::are_met),
    ("limits", limits::stand),
];

/// Checks every rule; sorted by place.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations: Vec<Violation> = RULES.iter().flat_map(|&rule| apply(rule, tree)).collect();
    violations.sort();
    violations
}

fn apply((rule, find): Rule, tree: &Tree) -> Vec<Violation> {
    let mut findings = Findings { rule, violations: Vec::new() };
    find(tree, &mut findings);
    findings.violations
}

/// The number of the line that holds a byte offset.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

/// Whether a character belongs to a word.
fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where `needle` stands in `text` with no word character on either side.
fn word_offsets<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(needle).map(|(offset, _)| offset).filter(move |&offset| {
        let before = text[..offset].chars().next_back();
        let after = text[offset + needle.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What one rule finds in a small tree, as `path:line`.
    pub(super) fn places(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
        found(rule, files)
            .into_iter()
            .map(|violation| format!("{}:{}", violation.path, violation.line))
            .collect()
    }

    /// What one rule finds in a small tree.
    pub(super) fn found(rule: &str, files: &[(&str, &str)]) -> Vec<Violation> {
        let &rule = RULES.iter().find(|(name, _)| *name == rule).expect("the rule exists");
        let mut violations = apply(rule, &Tree::of(files));
        violations.sort();
        violations
    }

    #[test]
    fn this_repository_is_tidy() {
        let tree = Tree::read(&crate::repository()).unwrap();
        assert!(tree.get("xtask/src/main.rs").is_some(), "the tree that is checked is this one");
        let violations: Vec<String> = check(&tree).iter().map(Violation::to_string).collect();
        assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
    }

    #[test]
    fn rules_have_names_of_their_own() {
        let names: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn a_violation_is_one_line_that_an_editor_can_follow() {
        let violation =
            Violation { path: "a/b.rs".into(), line: 7, rule: "long-file", advice: "split it".into() };
        assert_eq!(violation.to_string(), "a/b.rs:7: long-file: split it");
    }

    #[test]
    fn words_end_where_other_characters_begin() {
        let at = |text| word_offsets(text, "fs").collect::<Vec<_>>();
        assert_eq!(at("fs offs fs_x ::fs::x"), [0, 15]);
        assert_eq!(at("äfs fsß"), [0; 0]);
    }
}
