//! `tabletop` and `vision` are pure: no runtime, no clock, no randomness of their own, no outside world; and what of
//! the domain cannot be serialised cannot leak.

use super::manifest::manifests;
use super::rust_source::{code_without_tests, used_paths};
use super::{Findings, Tree, line_at, word_offsets};

const PURE: [&str; 2] = ["tabletop", "vision"];

/// Packages that bring a runtime, a database, a clock or randomness.
const IMPURE_PACKAGES: [&str; 7] = ["axum", "chrono", "getrandom", "rand", "sqlx", "time", "tokio"];

/// Paths of the standard library that reach outside.
const IMPURE_PATHS: [&str; 8] = [
    "std::time::SystemTime",
    "std::time::Instant",
    "std::time::*",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::*",
];

/// Where in `tabletop` something may be serialisable, and why.
const SERIALISABLE: [(&str, &str); 7] = [
    ("event.rs", "events are stored"),
    ("event/", "events are stored"),
    ("id.rs", "events name things by id"),
    ("geometry.rs", "events hold points"),
    ("dice/number.rs", "a roll's record is part of an event"),
    ("dice/record.rs", "a roll's record is part of an event"),
    ("import/mod.rs", "the report of an import is the game master's answer; it is about their own file"),
];

/// The pure crates ship none of [`IMPURE_PACKAGES`].
pub(super) fn dependencies(tree: &Tree, findings: &mut Findings) {
    for manifest in manifests(tree).iter().filter(|manifest| PURE.contains(&manifest.package.as_str())) {
        for dependency in manifest.dependencies.iter().filter(|dependency| dependency.shipped) {
            if IMPURE_PACKAGES.contains(&dependency.package.as_str()) {
                let (crate_name, package) = (&manifest.package, &dependency.package);
                let advice =
                    format!("`{crate_name}` is pure; take what `{package}` would give as a parameter");
                findings.add(manifest.path, dependency.line, advice);
            }
        }
    }
}

/// The pure crates name none of [`IMPURE_PATHS`] outside their tests.
pub(super) fn source(tree: &Tree, findings: &mut Findings) {
    for (path, text) in PURE.iter().flat_map(|name| sources(tree, name)) {
        let code = code_without_tests(text);
        let mut found: Vec<(usize, &str)> = Vec::new();
        for (offset, used) in used_paths(&code) {
            let impure = IMPURE_PATHS.iter().find(|impure| is_within(&used, impure));
            found.extend(impure.map(|impure| (line_at(&code, offset), *impure)));
        }
        for impure in IMPURE_PATHS.iter().filter(|impure| !impure.ends_with('*')) {
            // `use std::time;` makes `time::Instant` a name of it.
            let short = impure.strip_prefix("std::").filter(|short| short.contains("::"));
            for name in [Some(*impure), short].into_iter().flatten() {
                found.extend(word_offsets(&code, name).map(|offset| (line_at(&code, offset), *impure)));
            }
        }
        found.sort_unstable();
        found.dedup();
        for (line, impure) in found {
            findings.add(
                path,
                line,
                format!("take what `{impure}` would give as a parameter; this crate is pure"),
            );
        }
    }
}

/// `Serialize` stands only in the files of [`SERIALISABLE`].
pub(super) fn serialize(tree: &Tree, findings: &mut Findings) {
    for (path, text) in sources(tree, "tabletop") {
        let within = path.strip_prefix("crates/tabletop/src/").unwrap_or(path);
        if SERIALISABLE
            .iter()
            .any(|(allowed, _)| within == *allowed || allowed.ends_with('/') && within.starts_with(allowed))
        {
            continue;
        }
        let code = code_without_tests(text);
        for offset in word_offsets(&code, "Serialize") {
            let advice = "the domain is not serialisable, so that it cannot leak; make a record in `event`, or a frame \
                in `protocol`";
            findings.add(path, line_at(&code, offset), advice);
        }
    }
}

/// The sources of a crate but for files of tests.
fn sources<'a>(tree: &'a Tree, crate_name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let directory = format!("crates/{crate_name}/src/");
    tree.texts().filter(move |(path, _)| {
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        path.starts_with(&directory) && path.ends_with(".rs") && !is_test
    })
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{found, places};

    #[test]
    fn an_impure_package_is_found_but_in_tests() {
        for package in IMPURE_PACKAGES {
            let manifest = format!("[package]\nname = \"tabletop\"\n[dependencies]\n{package} = \"1\"\n");
            assert_eq!(
                places("pure-dependencies", &[("c/Cargo.toml", &manifest)]),
                ["c/Cargo.toml:4"],
                "{package}"
            );
            let tested = manifest.replace("[dependencies]", "[dev-dependencies]");
            assert_eq!(found("pure-dependencies", &[("c/Cargo.toml", &tested)]), []);
            let elsewhere = manifest.replace("tabletop", "server");
            assert_eq!(found("pure-dependencies", &[("c/Cargo.toml", &elsewhere)]), []);
        }
    }

    fn lines_of(rule: &str, path: &str, text: &str) -> Vec<usize> {
        found(rule, &[(path, text)]).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn reaching_outside_is_found_however_it_is_written() {
        let found = |text| lines_of("pure-source", "crates/vision/src/lib.rs", text);
        for text in [
            "use std::fs;",
            "use std::fs::File;",
            "use std::{fmt, net::TcpStream};",
            "use std::time::{Duration, Instant};",
            "use std::time::*;",
            "use std::*;",
            "use std::process as run;",
            "fn f() { std::env::var(x); }",
            "fn f() -> time::SystemTime {}",
        ] {
            assert_eq!(found(text), [1], "{text}");
        }
        for text in [
            "use std::time::Duration;",
            "// std::fs",
            "const X: &str = \"std::fs\";",
            "use std::fmt;",
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
            "enum Roll { Instant }",
            "use core::net_of::x;",
        ] {
            assert_eq!(found(text), [0; 0], "{text}");
        }
    }

    #[test]
    fn other_crates_and_files_of_tests_may_reach_outside() {
        for path in ["crates/store/src/lib.rs", "crates/vision/src/x/tests.rs", "crates/vision/benches/x.rs"]
        {
            assert_eq!(lines_of("pure-source", path, "use std::fs;"), [0; 0], "{path}");
        }
    }

    #[test]
    fn serialising_is_kept_to_the_listed_files() {
        let derive = "/// A figure.\n#[derive(Clone, Serialize)]\nstruct Token;";
        let by_hand = "impl serde::Serialize for Token {}";
        let at = |path, text| lines_of("serialize", path, text);
        assert_eq!(at("crates/tabletop/src/scene.rs", derive), [2]);
        assert_eq!(at("crates/tabletop/src/scene.rs", by_hand), [1]);
        assert_eq!(at("crates/tabletop/src/my_event.rs", derive), [2]);
        for path in [
            "crates/tabletop/src/event.rs",
            "crates/tabletop/src/event/chat.rs",
            "crates/protocol/src/lib.rs",
        ] {
            assert_eq!(at(path, derive), [0; 0], "{path}");
        }
        assert_eq!(at("crates/tabletop/src/import/mod.rs", "#[derive(Deserialize)]\nstruct File;"), [0; 0]);
    }
}
