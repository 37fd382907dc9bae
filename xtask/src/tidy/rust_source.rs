//! Rust texts without what the rules do not look at: comments, literals, tests. Lines stay where they are.

/// The code of a text: comments, strings and characters are blank.
pub(super) fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end > at {
            blank(&mut code, at, end);
            at = end;
        } else if is_word_byte(bytes[at]) {
            // Whole words, so that the `r` of `for"…"` opens no raw string.
            at += bytes[at..].iter().take_while(|&&byte| is_word_byte(byte)).count();
        } else {
            at += 1;
        }
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The code of a text without its items under `#[cfg(test)]`.
pub(super) fn code_without_tests(text: &str) -> String {
    let mut bytes = code(text).into_bytes();
    for marker in ["#[cfg(test)]", "#[cfg(all(test"] {
        while let Some(start) = find(&bytes, marker.as_bytes()) {
            let end = item_end(&bytes, start + marker.len());
            blank(&mut bytes, start, end);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every path that `use` brings in, braces expanded, with the offset of its `use`.
pub(super) fn used_paths(code: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for start in super::word_offsets(code, "use") {
        let Some(tree) = code[start + 3..].split(';').next() else { continue };
        let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut expanded = Vec::new();
        expand("", &tree, &mut expanded);
        paths.extend(expanded.into_iter().map(|path| (start, path)));
    }
    paths
}

fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim().trim_start_matches("::");
    let Some((stem, branches)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or(tree).trim();
        if !path.is_empty() {
            paths.push(format!("{prefix}{path}").trim_end_matches("::self").to_owned());
        }
        return;
    };
    let prefix = format!("{prefix}{}", stem.trim());
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in branches.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                expand(&prefix, &branches[start..at], paths);
                start = at + 1;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// The end of the comment or literal that starts at `at`; `at` itself if none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment_length(rest),
        [b'"', ..] => at + string_length(rest),
        [b'b' | b'c', b'"', ..] => at + 1 + string_length(&rest[1..]),
        [b'b', b'\'', ..] => at + 1 + character_length(&rest[1..]),
        [b'r', b'"' | b'#', ..] => at + raw_string_length(rest, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] => at + raw_string_length(rest, 2),
        [b'\'', ..] => at + character_length(rest),
        _ => at,
    }
}

fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a literal between quotes of its first byte.
fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == rest[0] => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// 0 for `r#name`.
fn raw_string_length(rest: &[u8], prefix: usize) -> usize {
    let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return 0;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    find(&rest[open + 1..], &close).map_or(rest.len(), |at| open + 1 + at + close.len())
}

/// 0 for a lifetime.
fn character_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return string_length(rest);
    }
    let width = match rest.get(1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
}

/// The end of the item after an attribute: its `;`, or the brace that closes its body.
fn item_end(code: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(from) {
        match byte {
            b';' if depth == 0 => return at + 1,
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(bytes: &mut [u8], from: usize, to: usize) {
    let to = to.min(bytes.len());
    bytes[from..to].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_code_is_left_of_comments_and_literals() {
        let text = r####"
            a // fs "
            /* fs /* fs */ fs */ b("fs \" fs") c('"') d(b"fs") e(r#"fs " fs"#) 'l: loop { f('\'') } g::<'static>('é')
            r#type br##"fs "# fs"## for"fs"
        "####;
        assert_eq!(
            squeezed(&code(text)),
            "a b( ) c( ) d( ) e( ) 'l: loop { f( ) } g::<'static>( ) r#type for"
        );
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "a\n/*\n\n*/ \"\n\" b\n#[cfg(test)]\nmod tests {\n}\nc";
        assert_eq!(code(text).lines().count(), text.lines().count());
        assert_eq!(code_without_tests(text).lines().position(|line| line == "c"), Some(8));
    }

    #[test]
    fn test_items_end_with_their_own_brace() {
        let text = "a #[cfg(test)] mod tests { fn x() { \"}\" } } b #[cfg(test)] mod more; c #[cfg(test)] fn f() {} d";
        assert_eq!(squeezed(&code_without_tests(text)), "a b c d");
    }

    #[test]
    fn unclosed_literals_and_items_end_with_the_text() {
        for text in ["a \"", "a /* /*", "a r#\"", "a '\\", "a b'\\", "a #[cfg(test)] mod x {", "a \"\\"] {
            assert!(squeezed(&code_without_tests(text)).starts_with('a'), "{text}");
        }
    }

    #[test]
    fn use_trees_are_expanded() {
        let paths = |text| used_paths(text).into_iter().map(|(_, path)| path).collect::<Vec<_>>();
        assert_eq!(
            paths("use std::{fs::{self, File}, io as x, net};\npub use ::core::fmt;"),
            ["std::fs", "std::fs::File", "std::io", "std::net", "core::fmt"]
        );
        assert_eq!(
            paths("use std::time::{Duration,\n    Instant};"),
            ["std::time::Duration", "std::time::Instant"]
        );
        assert_eq!(paths("use"), [""; 0]);
    }
}
