//! Which of our crates may import which, and that all of them share one set of lints.

use super::manifest::manifests;
use super::{Findings, Tree};

const MANIFESTS_TABLE: &str = "xtask/src/tidy/crates.rs";

/// Each of our crates with those of ours that it may import, for its tests too. A crate whose row is missing is refused:
/// a new crate needs a reason (another consumer, or a dependency that must not spread) and a row.
const GRAPH: [(&str, &[&str]); 13] = [
    ("vision", &[]),
    ("audit", &[]),
    ("identity", &[]),
    ("imaging", &[]),
    ("compliance", &[]),
    ("tabletop", &["vision"]),
    ("protocol", &["tabletop"]),
    ("store", &["tabletop", "identity", "audit"]),
    // A client of the socket; the server's tests use it too. It may check a view's bytes, but it links no server.
    ("load", &["protocol", "vision", "tabletop"]),
    (
        "server",
        &["load", "vision", "audit", "identity", "imaging", "compliance", "tabletop", "protocol", "store"],
    ),
    ("vision-peers", &["vision"]),
    ("wardlight-fuzz", &["vision", "identity", "imaging", "tabletop", "protocol"]),
    ("xtask", &[]),
];

/// Our crates import each other only along [`GRAPH`].
pub(super) fn graph(tree: &Tree, findings: &mut Findings) {
    for manifest in manifests(tree) {
        let Some((_, allowed)) = GRAPH.iter().find(|(name, _)| *name == manifest.package) else {
            findings.add(manifest.path, 1, format!("give `{}` a row in {MANIFESTS_TABLE}", manifest.package));
            continue;
        };
        for dependency in &manifest.dependencies {
            // A crate's tests may build it with features that nobody else has.
            let is_itself = dependency.package == manifest.package;
            if !is_itself && is_ours(&dependency.package) && !allowed.contains(&dependency.package.as_str()) {
                let (from, to) = (&manifest.package, &dependency.package);
                let advice =
                    format!("`{from}` must not import `{to}`; move what they share to where both may look");
                findings.add(manifest.path, dependency.line, advice);
            }
        }
    }
}

/// Every crate of the workspace takes the workspace's lints.
pub(super) fn lints(tree: &Tree, findings: &mut Findings) {
    for manifest in manifests(tree) {
        if !manifest.inherits_lints && !manifest.stands_alone {
            findings.add(manifest.path, 1, "add `[lints]` with `workspace = true`");
        }
    }
}

/// Whether a package name is one of [`GRAPH`].
pub(super) fn is_ours(package: &str) -> bool {
    GRAPH.iter().any(|(name, _)| *name == package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{found, places};

    fn package(name: &str, sections: &str) -> String {
        format!("[package]\nname = \"{name}\"\n{sections}")
    }

    #[test]
    fn an_import_against_the_graph_is_found_in_every_section() {
        for section in
            ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"]
        {
            let upwards = package("vision", &format!("[{section}]\ntabletop.workspace = true\n"));
            assert_eq!(
                places("crate-graph", &[("crates/vision/Cargo.toml", &upwards)]),
                ["crates/vision/Cargo.toml:4"]
            );
        }
        let along = package("tabletop", "[dependencies]\nvision.workspace = true\nserde = \"1\"\n");
        assert_eq!(found("crate-graph", &[("crates/tabletop/Cargo.toml", &along)]), []);
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        let unknown = package("plugins", "");
        assert_eq!(
            places("crate-graph", &[("crates/plugins/Cargo.toml", &unknown)]),
            ["crates/plugins/Cargo.toml:1"]
        );
    }

    #[test]
    fn the_graph_has_no_cycle() {
        // A row names only crates of rows above it.
        for (index, (name, allowed)) in GRAPH.iter().enumerate() {
            for to in *allowed {
                let at = GRAPH.iter().position(|(other, _)| other == to).expect("every name has a row");
                assert!(at < index, "{name} imports {to}");
            }
        }
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found_and_another_workspace_is_not() {
        let without = package("vision", "");
        let with = package("vision", "[lints]\nworkspace = true\n");
        let elsewhere = package("wardlight-fuzz", "[workspace]\n");
        assert_eq!(
            places("crate-lints", &[("crates/vision/Cargo.toml", &without)]),
            ["crates/vision/Cargo.toml:1"]
        );
        assert_eq!(
            places("crate-lints", &[("v/Cargo.toml", &with), ("fuzz/Cargo.toml", &elsewhere)]),
            [""; 0]
        );
    }
}
