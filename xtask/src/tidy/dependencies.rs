//! Every direct dependency is used, and has one line of reason in [`REASONS`]; no line outlives its dependency.

use std::collections::BTreeMap;

use super::crates::is_ours;
use super::manifest::{manifests, workspace_dependencies};
use super::rust_source::{code, code_without_tests};
use super::{Findings, Tree, word_offsets};

const REASONS: &str = "docs/dependencies.md";

/// Where packages come from; each has a section of its own, found by its heading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Registry {
    Crates,
    Npm,
}

const HEADINGS: [(&str, Registry); 2] = [("## Rust", Registry::Crates), ("## npm", Registry::Npm)];

/// A package and where it was met first.
type Places<'a> = BTreeMap<(Registry, String), (&'a str, usize)>;

/// The manifests and [`REASONS`] name the same packages.
pub(super) fn reasons(tree: &Tree, findings: &mut Findings) {
    let used = used(tree);
    let mut explained: Places<'_> = BTreeMap::new();
    let mut section = None;
    for (index, line) in tree.get(REASONS).unwrap_or_default().lines().enumerate() {
        if line.starts_with("## ") {
            section =
                HEADINGS.iter().find(|(heading, _)| line.starts_with(heading)).map(|(_, registry)| *registry);
        }
        let Some(registry) = section.filter(|_| line.starts_with("- ")) else { continue };
        match entry(line) {
            Some(name) => {
                let key = (registry, name.to_owned());
                if !used.contains_key(&key) {
                    findings.add(REASONS, index + 1, format!("nothing depends on `{name}`: remove the line"));
                }
                if explained.insert(key, (REASONS, index + 1)).is_some() {
                    findings.add(REASONS, index + 1, format!("`{name}` has a line already"));
                }
            }
            None => findings.add(REASONS, index + 1, "write it as \"- `name`: reason\""),
        }
    }
    for ((registry, name), (path, line)) in used {
        if !explained.contains_key(&(registry, name.clone())) {
            findings.add(path, line, format!("say in {REASONS} why we depend on `{name}`, in one line"));
        }
    }
}

/// What a package declares, its code names: what it ships in its own code, the rest in its tests at least.
pub(super) fn unused(tree: &Tree, findings: &mut Findings) {
    let manifests = manifests(tree);
    for manifest in &manifests {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let texts = tree.texts().filter_map(|(path, text)| Some((path.strip_prefix(folder)?, text)));
        let (mut shipped, mut tested) = (String::new(), String::new());
        for (path, text) in texts.filter(|(path, _)| path.ends_with(".rs")) {
            if TESTS.iter().any(|tests| path.starts_with(tests)) {
                tested.push_str(&code(text));
            } else {
                shipped.push_str(&code_without_tests(text));
                tested.push_str(&code(text));
            }
        }
        for dependency in &manifest.dependencies {
            let name = &dependency.package;
            if !names(&tested, &dependency.name) {
                findings.add(manifest.path, dependency.line, format!("nothing uses `{name}`: remove it"));
            } else if dependency.shipped && !names(&shipped, &dependency.name) {
                let advice = format!("only tests use `{name}`: make it a dev-dependency");
                findings.add(manifest.path, dependency.line, advice);
            }
        }
    }
    for dependency in workspace_dependencies(tree) {
        let name = &dependency.package;
        if !manifests.iter().flat_map(|manifest| &manifest.dependencies).any(|held| held.package == *name) {
            findings.add("Cargo.toml", dependency.line, format!("no package takes `{name}`: remove it"));
        }
    }
}

/// Where a package keeps what it does not ship.
const TESTS: [&str; 3] = ["tests/", "benches/", "examples/"];

/// Whether code names a crate: in a path, or alone in a `use`.
fn names(code: &str, name: &str) -> bool {
    word_offsets(code, name).any(|offset| {
        let before = code[..offset].trim_end();
        code[offset + name.len()..].starts_with("::") || before.ends_with("use") || before.ends_with("crate")
    })
}

fn used(tree: &Tree) -> Places<'_> {
    let mut used = BTreeMap::new();
    for dependency in workspace_dependencies(tree) {
        used.insert((Registry::Crates, dependency.package), ("Cargo.toml", dependency.line));
    }
    for manifest in manifests(tree) {
        for dependency in manifest.dependencies.into_iter().filter(|dependency| !is_ours(&dependency.package))
        {
            used.entry((Registry::Crates, dependency.package)).or_insert((manifest.path, dependency.line));
        }
    }
    for (path, text) in tree.texts().filter(|(path, _)| path.rsplit('/').next() == Some("package.json")) {
        for name in npm_names(text) {
            let quoted = format!("\"{name}\"");
            let line = text
                .lines()
                .position(|line| line.trim_start().starts_with(&quoted))
                .map_or(1, |index| index + 1);
            used.entry((Registry::Npm, name)).or_insert((path, line));
        }
    }
    used
}

/// What does not parse is npm's to report.
fn npm_names(text: &str) -> Vec<String> {
    let Ok(package) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let sections = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    let objects = sections.iter().filter_map(|section| package.get(section)?.as_object());
    objects.flat_map(|names| names.keys().cloned()).collect()
}

/// The name in "- `name`: reason", if there is a reason.
fn entry(line: &str) -> Option<&str> {
    let (name, reason) = line.strip_prefix("- `")?.split_once("`: ")?;
    (!name.is_empty() && !reason.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::places;

    const ROOT: &str = "[workspace.dependencies]\nvision = { path = \"v\" }\nserde = \"1\"\n";
    const MEMBER: &str = "[package]\nname = \"vision\"\n[dependencies]\ntabletop.workspace = true\n[dev-dependencies]\n\
        proptest = \"1\"\n";
    const CLIENT: &str = "{\n  \"dependencies\": {\n    \"svelte\": \"5.0.0\"\n  }\n}\n";

    fn with(reasons: &str) -> Vec<String> {
        let reasons = ("docs/dependencies.md", reasons);
        let files =
            [("Cargo.toml", ROOT), ("v/Cargo.toml", MEMBER), ("client/package.json", CLIENT), reasons];
        places("dependency-reason", &files)
    }

    #[test]
    fn every_dependency_but_ours_wants_a_line() {
        let complete =
            "# x\n## Rust\n- `serde`: a\n- `proptest`: b\n## npm\n- `svelte`: c\n## Tools\n- git\n";
        assert_eq!(with(complete), [""; 0]);
        assert_eq!(with(""), ["Cargo.toml:3", "client/package.json:3", "v/Cargo.toml:6"]);
        assert_eq!(with(&complete.replace("- `svelte`: c\n", "")), ["client/package.json:3"]);
    }

    #[test]
    fn a_line_in_the_other_section_does_not_count() {
        let swapped = "## Rust\n- `serde`: a\n- `proptest`: b\n- `svelte`: c\n";
        assert_eq!(with(swapped), ["client/package.json:3", "docs/dependencies.md:4"]);
    }

    #[test]
    fn what_nothing_uses_is_found() {
        let root = "[workspace.dependencies]\nserde = \"1\"\nlost = \"1\"\n";
        let manifest = "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\nts-rs = \"1\"\n\
            idle = \"1\"\ntempfile = \"3\"\n[dev-dependencies]\nproptest = \"1\"\nfair = \"1\"\n";
        let source = "use serde::Serialize;\n// idle::\nfn idle() {}\n#[derive(ts_rs::TS)]\nstruct A;\n\
            #[cfg(test)]\nmod tests { fn a() { tempfile::tempdir(); } }\n";
        let test = "use proptest as p;\n";
        let files = [
            ("Cargo.toml", root),
            ("a/Cargo.toml", manifest),
            ("a/src/lib.rs", source),
            ("a/tests/it.rs", test),
            ("b/src/lib.rs", "fair::play();"),
        ];
        assert_eq!(
            places("unused-dependency", &files),
            ["Cargo.toml:3", "a/Cargo.toml:6", "a/Cargo.toml:7", "a/Cargo.toml:10"]
        );
    }

    #[test]
    fn stale_doubled_and_empty_lines_are_found() {
        let base = "## Rust\n- `serde`: a\n- `proptest`: b\n## npm\n- `svelte`: c\n";
        for line in ["- `svelte`: again", "- `left-pad`: once", "- `svelte`:", "- svelte: c"] {
            assert_eq!(with(&format!("{base}{line}\n")), ["docs/dependencies.md:6"], "{line}");
        }
    }
}
