//! Words and hosts that mean something on one desk only.

use super::{Findings, Tree, line_at, word_offsets};

/// What must not stand alone in a text, and what to do instead. Split, so that this file does not hold them.
const WORDS: [(&str, &str); 2] = [
    (concat!("FIX", "ME"), "mend it, or open an issue and leave it out of the source"),
    (concat!("X", "XX"), "mend it, or open an issue and leave it out of the source"),
];

/// Wants the number of an issue.
const LATER: &str = concat!("TO", "DO");

/// Names of an author's tools, in any case.
const TOOLS: [&str; 5] = [
    concat!("anthro", "pic"),
    concat!("chat", "gpt"),
    concat!("cla", "ude"),
    concat!("sub", "agent"),
    concat!("sub-", "agent"),
];

/// Starts of paths of one machine.
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/tmp/bash", "_jobs")];

/// Bulk data whose letters mean nothing.
const DATA: [&str; 4] = [".dd2vtt", ".df2vtt", ".svg", ".uvtt"];

const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// No text holds one of the words above.
pub(super) fn banned(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.own_texts().filter(|(path, _)| !DATA.iter().any(|ending| path.ends_with(ending)))
    {
        for (word, advice) in WORDS {
            for offset in word_offsets(text, word) {
                findings.add(path, line_at(text, offset), format!("`{word}`: {advice}"));
            }
        }
        for offset in word_offsets(text, LATER) {
            let issue = text[offset + LATER.len()..].strip_prefix("(#");
            if !issue.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) {
                findings.add(
                    path,
                    line_at(text, offset),
                    format!("`{LATER}`: name its issue, `{LATER}(#1)`, or do it"),
                );
            }
        }
        let lower = text.to_ascii_lowercase();
        for tool in TOOLS {
            for (offset, _) in lower.match_indices(tool) {
                findings.add(
                    path,
                    line_at(text, offset),
                    format!("`{tool}`: the product speaks of itself only"),
                );
            }
        }
        for start in MACHINE_PATHS {
            for offset in text.match_indices(start).map(|(offset, _)| offset) {
                if is_path_start(text, offset) {
                    let advice =
                        format!("`{start}`: a path of one machine; write it from the root of the repository");
                    findings.add(path, line_at(text, offset), advice);
                }
            }
        }
    }
}

/// Locked packages come from the public registries, and no configuration names another.
pub(super) fn registry_host(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.texts() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_private: fn(&str) -> bool = match name {
            "Cargo.lock" => |line| value_of(line, "source").is_some_and(|source| source != CRATES),
            "package-lock.json" | "npm-shrinkwrap.json" => {
                |line| line.trim_start().starts_with("\"resolved\":")
            }
            "yarn.lock" | "pnpm-lock.yaml" => |line| line.contains("resolved ") || line.contains("tarball:"),
            ".npmrc" => {
                |line| line.contains("registry=") && !line.starts_with("omit-lockfile-registry-resolved")
            }
            "config.toml" if path.contains(".cargo/") => {
                |line| line.starts_with("[source") || line.starts_with("[registr") || line.contains("index =")
            }
            _ => continue,
        };
        for (index, line) in text.lines().enumerate() {
            if is_private(line) || has_local_port(line) {
                findings.add(
                    path,
                    index + 1,
                    "a host of one machine: lock against the public registry, without hosts",
                );
            }
        }
    }
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    Some(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().trim_matches('"'))
}

fn has_local_port(line: &str) -> bool {
    ["localhost:", "127.0.0.1:", "[::1]:"].iter().any(|host| line.contains(host))
}

/// Whether a `/` opens an absolute path and not the tail of a relative one.
fn is_path_start(text: &str, offset: usize) -> bool {
    let before = text[..offset].chars().next_back();
    !before.is_some_and(|before| super::is_word(before) || matches!(before, '-' | '.' | '}' | ')' | '*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::places;

    fn is_banned(text: &str) -> bool {
        !places("banned-word", &[("docs/a.md", text)]).is_empty()
    }

    #[test]
    fn words_that_put_work_off_are_found_as_whole_words() {
        for (word, _) in WORDS {
            assert!(is_banned(&format!("// {word}: later")), "{word}");
            assert!(!is_banned(&format!("mktemp /tmp/x.{word}{word}")), "{word}");
        }
        assert_eq!(places("banned-word", &[("a.rs", &format!("a\nb {LATER}\n"))]), ["a.rs:2"]);
        assert!(is_banned(&format!("{LATER}(soon)")));
        assert!(is_banned(&format!("{LATER}(#)")));
        assert!(!is_banned(&format!("{LATER}(#12): the reason")));
    }

    #[test]
    fn tools_of_an_author_are_found_in_any_case() {
        for tool in TOOLS {
            assert!(is_banned(&format!("by {}s", tool.to_uppercase())), "{tool}");
        }
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        for start in MACHINE_PATHS {
            assert!(is_banned(&format!("see `{start}x`")), "{start}");
            assert!(!is_banned(&format!("see client{start}x")), "{start}");
        }
    }

    #[test]
    fn letters_of_bulk_data_are_not_words() {
        assert_eq!(places("banned-word", &[("maps/a.dd2vtt", &format!("+{LATER}+"))]), [""; 0]);
    }

    #[test]
    fn a_lock_file_names_no_private_host() {
        let private = "source = \"registry+http://registry.example/index\"\n";
        let public = format!("source = \"{CRATES}\"\n");
        let resolved =
            "{\n  \"resolved\": \"https://registry.example/x.tgz\",\n  \"funding\": \"https://a.example\"\n}";
        assert_eq!(places("registry-host", &[("Cargo.lock", private)]), ["Cargo.lock:1"]);
        assert_eq!(places("registry-host", &[("fuzz/Cargo.lock", &public)]), [""; 0]);
        assert_eq!(
            places("registry-host", &[("client/package-lock.json", resolved)]),
            ["client/package-lock.json:2"]
        );
    }

    #[test]
    fn configuration_names_no_private_registry() {
        let local = format!("x = \"http://localhost{}4873/\"", ':');
        assert_eq!(
            places("registry-host", &[("client/.npmrc", "registry=https://registry.example\n")]),
            ["client/.npmrc:1"]
        );
        assert_eq!(
            places("registry-host", &[("client/.npmrc", "omit-lockfile-registry-resolved=true\n")]),
            [""; 0]
        );
        assert_eq!(
            places("registry-host", &[(".cargo/config.toml", "[source.crates-io]\n")]),
            [".cargo/config.toml:1"]
        );
        assert_eq!(places("registry-host", &[(".cargo/config.toml", &local)]), [".cargo/config.toml:1"]);
        assert_eq!(places("registry-host", &[("docs/run.md", &local)]), [""; 0]);
    }
}
