//! The layers of the client: `screens` → `ui` → `table` → `net`, with `tools` and `canvas` beside `ui`.

use super::links::resolve;
use super::typescript::{Import, imports};
use super::{Findings, Tree};

const SOURCES: &str = "client/src/";

/// What each layer may import beside itself: a layer, or one module of a layer. Files directly in `client/src`, where
/// everything is put together, may import all.
const LAYERS: [(&str, &[&str]); 6] = [
    ("net", &[]),
    ("table", &["net"]),
    ("canvas", &["table", "net/frames", "net/api"]),
    ("tools", &["table", "canvas/camera", "net/frames"]),
    ("ui", &["table", "net"]),
    ("screens", &["ui", "table", "net", "tools", "canvas"]),
];

/// Layers import only downwards, as [`LAYERS`] has it.
pub(super) fn layers(tree: &Tree, findings: &mut Findings) {
    for (path, import) in client_imports(tree) {
        let (Some(from), Some(module)) = (layer(path), module(path, &import.specifier)) else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == from) else {
            findings.add(
                path,
                import.line,
                format!("`{from}` is no layer: move it, or give it a row in LAYERS"),
            );
            continue;
        };
        let is_allowed = |name: &&str| {
            module == **name || module.strip_prefix(*name).is_some_and(|rest| rest.starts_with('/'))
        };
        let is_own_or_root = !module.contains('/') && !LAYERS.iter().any(|(name, _)| *name == module);
        if is_own_or_root {
            findings.add(
                path,
                import.line,
                format!("`{from}` must not import `{module}`, which puts the layers together"),
            );
        } else if !std::iter::once(&from).chain(*allowed).any(is_allowed) {
            findings.add(
                path,
                import.line,
                format!("`{from}` must not import `{module}`; it may: {}", allowed.join(", ")),
            );
        }
    }
}

/// Only `canvas` imports PixiJS.
pub(super) fn pixi(tree: &Tree, findings: &mut Findings) {
    for (path, import) in client_imports(tree) {
        let is_pixi = is_package(&import.specifier, "pixi.js") || import.specifier.starts_with("@pixi/");
        // Not drawing: it takes PixiJS's need for eval away, before anything else is loaded.
        let is_precaution = import.specifier == "pixi.js/unsafe-eval" && path == "client/src/main.ts";
        if is_pixi && !is_precaution && layer(path) != Some("canvas") {
            findings.add(path, import.line, "only `canvas` draws with PixiJS: ask it for what you need");
        }
    }
}

/// `canvas` imports nothing of Svelte.
pub(super) fn svelte(tree: &Tree, findings: &mut Findings) {
    for (path, import) in client_imports(tree).filter(|(path, _)| layer(path) == Some("canvas")) {
        // `table.svelte` may be the state class in `table.svelte.ts`, which the canvas reads.
        let is_state = file(path, &import.specifier).is_some_and(|file| tree.has(&format!("{file}.ts")));
        let is_component = import.specifier.ends_with(".svelte") && !is_state;
        if is_package(&import.specifier, "svelte") || is_component {
            findings.add(
                path,
                import.line,
                "`canvas` is plain TypeScript: take callbacks or subscribe in the caller",
            );
        }
    }
    for path in tree.files().keys().filter(|path| layer(path) == Some("canvas")) {
        if path.ends_with(".svelte") || path.ends_with(".svelte.ts") {
            findings.add(path, 1, "`canvas` is plain TypeScript: move what Svelte compiles out of it");
        }
    }
}

fn client_imports(tree: &Tree) -> impl Iterator<Item = (&str, Import)> {
    let sources = tree.texts().filter(|(path, _)| path.starts_with(SOURCES) && is_script(path));
    sources.flat_map(|(path, text)| imports(path, text).into_iter().map(move |import| (path, import)))
}

fn is_script(path: &str) -> bool {
    [".ts", ".js", ".svelte"].iter().any(|ending| path.ends_with(ending))
}

/// The directory of `client/src` that a file lies in.
fn layer(path: &str) -> Option<&str> {
    Some(path.strip_prefix(SOURCES)?.split_once('/')?.0)
}

/// The file of ours that a specifier means, its ending as written; `None` for packages.
fn file(from: &str, specifier: &str) -> Option<String> {
    let specifier = specifier.split('?').next().unwrap_or(specifier);
    if specifier.starts_with('.') {
        return resolve(from, specifier);
    }
    let within = ["@/", "$lib/"].iter().find_map(|alias| specifier.strip_prefix(alias))?;
    Some(format!("{SOURCES}{within}"))
}

/// The module of ours that a specifier means, without its ending, from `client/src`; `None` for packages.
fn module(from: &str, specifier: &str) -> Option<String> {
    let file = file(from, specifier)?;
    let within = file.strip_prefix(SOURCES)?;
    let endings = [".svelte.ts", ".svelte.js", ".svelte", ".ts", ".js"];
    Some(endings.iter().find_map(|ending| within.strip_suffix(ending)).unwrap_or(within).to_owned())
}

fn is_package(specifier: &str, package: &str) -> bool {
    specifier.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::places;

    fn breaks(rule: &str, path: &str, specifier: &str) -> bool {
        let path = format!("client/src/{path}");
        let text = if path.ends_with(".svelte") {
            format!("<script lang=\"ts\">\nimport x from '{specifier}';\n</script>\n")
        } else {
            format!("\nimport x from '{specifier}';\n")
        };
        let places = places(rule, &[(&path, &text)]);
        assert!(places.is_empty() || places == [format!("{path}:2")], "{places:?}");
        !places.is_empty()
    }

    #[test]
    fn layers_import_downwards() {
        for (path, specifier) in [
            ("screens/Play.svelte", "../ui/Chat.svelte"),
            ("screens/Play.svelte", "../canvas/stage"),
            ("ui/Chat.svelte", "@/table/table.svelte"),
            ("ui/Chat.svelte", "./Line.svelte"),
            ("table/table.svelte.ts", "../net/frames"),
            ("tools/move.ts", "../canvas/camera"),
            ("tools/move.ts", "../canvas/camera.ts"),
            ("canvas/stage.ts", "$lib/table/table.svelte"),
            ("canvas/layers/fog.ts", "../camera"),
            ("main.ts", "./screens/App.svelte"),
            ("net/socket.ts", "vitest"),
        ] {
            assert!(!breaks("client-layers", path, specifier), "{path} {specifier}");
        }
    }

    #[test]
    fn an_import_upwards_or_sideways_is_found() {
        for (path, specifier) in [
            ("ui/Chat.svelte", "../screens/Play.svelte"),
            ("ui/Chat.svelte", "@/canvas/stage"),
            ("table/table.svelte.ts", "../ui/strings"),
            ("net/socket.ts", "../table/commands"),
            ("net/socket.ts", "$lib/table/commands"),
            ("tools/move.ts", "../canvas/stage"),
            ("tools/move.ts", "../canvas"),
            ("tools/move.ts", "../canvas/camera_view"),
            ("canvas/stage.ts", "../tools/move"),
            ("canvas/stage.ts", "../net/socket"),
            ("ui/Chat.svelte", "../main"),
            ("misc/x.ts", "../net/frames"),
        ] {
            assert!(breaks("client-layers", path, specifier), "{path} {specifier}");
        }
    }

    #[test]
    fn only_the_canvas_imports_pixi() {
        assert!(breaks("client-pixi", "ui/Chat.svelte", "pixi.js"));
        assert!(breaks("client-pixi", "main.ts", "pixi.js"));
        assert!(!breaks("client-pixi", "main.ts", "pixi.js/unsafe-eval"));
        assert!(breaks("client-pixi", "tools/move.ts", "@pixi/math"));
        assert!(!breaks("client-pixi", "canvas/stage.ts", "pixi.js"));
        assert!(!breaks("client-pixi", "ui/Chat.svelte", "pixi.jsx"));
    }

    #[test]
    fn the_canvas_imports_no_svelte() {
        assert!(breaks("client-svelte", "canvas/stage.ts", "svelte"));
        assert!(breaks("client-svelte", "canvas/stage.ts", "svelte/reactivity"));
        assert!(!breaks("client-svelte", "ui/Chat.svelte", "svelte"));
        assert_eq!(
            places("client-svelte", &[("client/src/canvas/x.svelte.ts", "")]),
            ["client/src/canvas/x.svelte.ts:1"]
        );
    }

    #[test]
    fn the_canvas_reads_the_state_class_and_shows_no_component() {
        let state = ("client/src/table/table.svelte.ts", "");
        let stage = "client/src/canvas/stage.ts";
        for specifier in ["../table/table.svelte", "@/table/table.svelte"] {
            let import = format!("import x from '{specifier}';\n");
            assert_eq!(places("client-svelte", &[(stage, &import), state]), [""; 0], "{specifier}");
            assert_eq!(places("client-svelte", &[(stage, &import)]), [format!("{stage}:1")], "{specifier}");
        }
    }

    #[test]
    fn an_empty_client_is_in_order() {
        for rule in ["client-layers", "client-pixi", "client-svelte"] {
            assert_eq!(places(rule, &[("client/package.json", "{}")]), [""; 0]);
        }
    }
}
