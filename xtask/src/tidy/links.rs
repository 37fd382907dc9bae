//! Links from one document to another lead somewhere.

use super::{Findings, Tree};

/// Every relative link in a Markdown file names a file, and its `#…` a heading.
pub(super) fn dead(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (line, target) in links(text) {
            if let Some(advice) = complaint(tree, path, &target) {
                findings.add(path, line, advice);
            }
        }
    }
}

fn complaint(tree: &Tree, from: &str, target: &str) -> Option<String> {
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    if elsewhere {
        return None;
    }
    if target.starts_with('/') {
        return Some(format!("`{target}`: write it relative to this file"));
    }
    let (file, heading) =
        target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let Some(to) = (if file.is_empty() { Some(from.to_owned()) } else { resolve(from, file) }) else {
        return Some(format!("`{target}` leads out of the repository"));
    };
    if !tree.has(&to) {
        return Some(format!("`{target}` leads nowhere: there is no `{to}`"));
    }
    let heading = heading.filter(|_| to.ends_with(".md"))?;
    let is_there = tree.get(&to).is_some_and(|text| anchors(text).iter().any(|anchor| anchor == heading));
    (!is_there).then(|| format!("`{target}`: there is no such heading in `{to}`"))
}

/// The path that a relative one means from a file; `None` above the root.
pub(super) fn resolve(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The targets of inline links, images and definitions, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code_spans(line);
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            links.extend(target.split_whitespace().next().map(|target| (number, target.to_owned())));
        }
        for (offset, _) in line.match_indices("](") {
            let target = line[offset + 2..].split([')', ' ']).next().unwrap_or_default();
            links.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    links.retain(|(_, target)| !target.is_empty());
    links
}

/// The numbered lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, None) => return Some((index + 1, line)),
            (None, opened) => fence = opened,
            (Some(_), mark) if mark == fence => fence = None,
            (Some(_), _) => {}
        }
        None
    })
}

fn without_code_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// The anchors that common renderers give to headings.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in prose(text).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim();
        let plain = title.chars().filter(|&c| super::is_word(c) || matches!(c, ' ' | '-'));
        let slug = plain.collect::<String>().to_lowercase().replace(' ', "-");
        let earlier = anchors.iter().filter(|anchor| **anchor == slug).count();
        anchors.push(if earlier == 0 { slug } else { format!("{slug}-{earlier}") });
    }
    anchors
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::places;

    fn is_dead(link: &str) -> bool {
        let other = ("docs/other.md", "# What it is, and why\n## Again\n## Again\n");
        let picture = ("assets/picture.svg", "<svg/>");
        !places("dead-link", &[("docs/a.md", link), other, picture]).is_empty()
    }

    #[test]
    fn links_to_what_is_there_are_fine() {
        for link in [
            "[a](other.md)",
            "![a](../assets/picture.svg)",
            "[a](../docs)",
            "[a](../assets/)",
            "[a](other.md#what-it-is-and-why)",
            "[a](other.md#again-1)",
            "[a](https://example.org/nothing.md)",
            "[a](mailto:a@example.org)",
            "# Here\n[a](#here)",
            "[a]: other.md \"title\"",
            "[a](<other.md>)",
        ] {
            assert!(!is_dead(link), "{link}");
        }
    }

    #[test]
    fn links_to_nothing_are_found() {
        for link in [
            "[a](another.md)",
            "![a](picture.svg)",
            "[a](other.md#what)",
            "[a](#here)",
            "[a](../../other.md)",
            "[a](/docs/other.md)",
            "[a]: another.md",
            "[a](other.md) and [b](another.md)",
            "`x` [b](another.md) `y`",
        ] {
            assert!(is_dead(link), "{link}");
        }
        assert_eq!(places("dead-link", &[("a.md", "```\n```\n\n[x](b.md)")]), ["a.md:4"]);
    }

    #[test]
    fn code_is_no_link() {
        for text in
            ["`[a](another.md)`", "```\n[a](another.md)\n```", "~~~\n```\n[a](another.md)\n~~~", "m[i](j)?"]
        {
            let dead = is_dead(text);
            assert_eq!(dead, text.starts_with("m["), "{text}");
        }
    }
}
