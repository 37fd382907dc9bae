//! What the rules need to know of a `Cargo.toml`.

use toml::{Table, Value};

use super::Tree;

/// The manifest of one package.
pub(super) struct Manifest<'a> {
    pub(super) path: &'a str,
    pub(super) package: String,
    pub(super) dependencies: Vec<Dependency>,
    /// `[lints] workspace = true`.
    pub(super) inherits_lints: bool,
    /// It is the root of a workspace of its own, hence not of ours.
    pub(super) stands_alone: bool,
}

/// A direct dependency.
pub(super) struct Dependency {
    /// The package's own name, whatever it is called here.
    pub(super) package: String,
    /// What the code calls it.
    pub(super) name: String,
    /// Ends up in what is shipped; false for what only tests use.
    pub(super) shipped: bool,
    pub(super) line: usize,
}

/// The manifests of all packages, sorted by path. What does not parse is Cargo's to report.
pub(super) fn manifests(tree: &Tree) -> Vec<Manifest<'_>> {
    let root = tree.get("Cargo.toml").and_then(|text| text.parse::<Table>().ok()).unwrap_or_default();
    let shared = table(&root, &["workspace", "dependencies"]);
    let of_packages = tree.texts().filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
    of_packages.filter_map(|(path, text)| manifest(path, text, shared)).collect()
}

/// The external packages of `[workspace.dependencies]`, with their lines.
pub(super) fn workspace_dependencies(tree: &Tree) -> Vec<Dependency> {
    let Some(text) = tree.get("Cargo.toml") else { return Vec::new() };
    let root: Table = text.parse().unwrap_or_default();
    let Some(shared) = table(&root, &["workspace", "dependencies"]) else { return Vec::new() };
    let external = shared.iter().filter(|(_, value)| value.get("path").is_none());
    external
        .map(|(key, value)| Dependency {
            package: package_name(key, value, None),
            name: key.replace('-', "_"),
            shipped: true,
            line: key_line(text, key),
        })
        .collect()
}

fn manifest<'a>(path: &'a str, text: &str, shared: Option<&Table>) -> Option<Manifest<'a>> {
    let root: Table = text.parse().ok()?;
    let package = table(&root, &["package"])?.get("name")?.as_str()?.to_owned();
    let mut dependencies = Vec::new();
    let targets = table(&root, &["target"]).into_iter().flat_map(Table::values).filter_map(Value::as_table);
    for section in std::iter::once(&root).chain(targets) {
        for (key, shipped) in
            [("dependencies", true), ("build-dependencies", true), ("dev-dependencies", false)]
        {
            for (name, value) in table(section, &[key]).into_iter().flatten() {
                dependencies.push(Dependency {
                    package: package_name(name, value, shared),
                    name: name.replace('-', "_"),
                    shipped,
                    line: key_line(text, name),
                });
            }
        }
    }
    Some(Manifest {
        path,
        package,
        dependencies,
        inherits_lints: table(&root, &["lints"]).and_then(|lints| lints.get("workspace")?.as_bool())
            == Some(true),
        stands_alone: root.contains_key("workspace"),
    })
}

fn package_name(key: &str, value: &Value, shared: Option<&Table>) -> String {
    let renamed = |value: &Value| Some(value.get("package")?.as_str()?.to_owned());
    let inherited = || renamed(shared?.get(key)?);
    renamed(value).or_else(inherited).unwrap_or_else(|| key.to_owned())
}

fn table<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(root, |table, key| table.get(*key)?.as_table())
}

/// The first line that sets a key or opens its table; 1 if it is written in some rarer way.
fn key_line(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start().trim_start_matches('"');
        line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=', '"']))
            || (line.starts_with('[') && line.trim_end().ends_with(&format!("dependencies.{key}]")))
    };
    text.lines().position(sets).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::of(files);
        let describe = |manifest: Manifest<'_>| {
            let dependencies = manifest.dependencies.iter().map(|dependency| {
                let kind = if dependency.shipped { "" } else { "test " };
                format!("{kind}{}@{}", dependency.package, dependency.line)
            });
            format!("{}: {}", manifest.package, dependencies.collect::<Vec<_>>().join(", "))
        };
        manifests(&tree).into_iter().map(describe).collect()
    }

    #[test]
    fn every_way_of_naming_a_dependency_is_read() {
        let workspace = "[workspace.dependencies]\nours = { package = \"tabletop\", path = \"x\" }\n";
        let package = "[package]\nname = \"a\"\n[dependencies]\nours.workspace = true\nserde = \"1\"\n\
            [dependencies.tokio]\nversion = \"1\"\n[dev-dependencies]\nproptest = \"1\"\n\
            [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[build-dependencies]\ncc = \"1\"\n";
        assert_eq!(
            read(&[("Cargo.toml", workspace), ("crates/a/Cargo.toml", package)]),
            ["a: tabletop@4, serde@5, tokio@6, cc@13, test proptest@9, libc@11"]
        );
    }

    #[test]
    fn a_manifest_without_a_package_or_sense_is_not_a_package() {
        assert_eq!(
            read(&[("Cargo.toml", "[workspace]\n"), ("a/Cargo.toml", "[["), ("b/Cargo.toml.txt", "")]),
            [""; 0]
        );
    }
}
