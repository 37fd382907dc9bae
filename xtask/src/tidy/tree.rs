//! The files of the repository, read once.
//!
//! With Git these are the files that are committed or would be; without it, all but what a build leaves behind.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Command;

/// Directories that hold what a build made. Only asked for where there is no Git.
const BUILT: [&str; 8] = [".git", "artifacts", "corpus", "data", "dist", "node_modules", "out", "target"];

/// Every file by its path from the root, with `/`; a file that is not text has none.
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads the repository that lies in a directory.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let paths = match listed_by_git(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        let mut files = BTreeMap::new();
        for path in paths {
            match std::fs::read(root.join(&path)) {
                Ok(bytes) => files.insert(path, text(bytes)),
                // Removed, and the removal not committed yet; or a link to a directory.
                Err(_) => continue,
            };
        }
        Ok(Self { files })
    }

    /// All files, sorted by path.
    pub(crate) fn files(&self) -> &BTreeMap<String, Option<String>> {
        &self.files
    }

    /// The texts among the files, sorted by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The texts that are not somebody else's: a directory that says in `SOURCES.md` where it is from is.
    pub(crate) fn own_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| {
            let mut directory = *path;
            loop {
                let Some((above, _)) = directory.rsplit_once('/') else { return true };
                directory = above;
                if self.has(&format!("{directory}/SOURCES.md")) {
                    return path.ends_with("/SOURCES.md");
                }
            }
        })
    }

    /// The text of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether there is a file or a directory of that path; the root is the empty path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let directory = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self
                .files
                .range(directory.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&directory))
    }

    /// A tree of texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect();
        Self { files }
    }
}

/// `None` for what no editor would show as text.
fn text(bytes: Vec<u8>) -> Option<String> {
    if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() }
}

/// `None` without Git, outside a repository, and in a directory that the surrounding repository ignores.
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let listed = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    (!paths.is_empty()).then_some(paths)
}

fn walked(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(root.join(&directory))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{directory}{name}");
            if !entry.file_type()?.is_dir() {
                paths.push(path);
            } else if !BUILT.contains(&name.as_str()) {
                directories.push(format!("{path}/"));
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_the_walk_agree_on_this_crate() {
        let own = |paths: Vec<String>| {
            let mut own: Vec<String> =
                paths.into_iter().filter(|path| path.starts_with("xtask/src/")).collect();
            own.sort();
            own
        };
        let walked = own(walked(&crate::repository()).unwrap());
        assert!(walked.contains(&"xtask/src/tidy/tree.rs".to_owned()));
        if let Some(listed) = listed_by_git(&crate::repository()) {
            assert_eq!(own(listed), walked);
        }
    }

    #[test]
    fn what_is_somebody_elses_says_where_it_is_from() {
        let tree = Tree::of(&[
            ("a/SOURCES.md", ""),
            ("a/b/c.yaml", ""),
            ("a/d.yaml", ""),
            ("b/c.yaml", ""),
            ("c", ""),
        ]);
        let own: Vec<_> = tree.own_texts().map(|(path, _)| path).collect();
        assert_eq!(own, ["a/SOURCES.md", "b/c.yaml", "c"]);
    }

    #[test]
    fn directories_are_known_by_what_lies_in_them() {
        let tree = Tree::of(&[("docs/adr/0001.md", ""), ("docs.md", "")]);
        for there in ["docs", "docs/", "docs/adr", "docs.md", ""] {
            assert!(tree.has(there), "{there}");
        }
        for not_there in ["doc", "docs/ad", "docs.m", "docs/adr/0001"] {
            assert!(!tree.has(not_there), "{not_there}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_as_a_file_without_one() {
        assert_eq!(text(b"wall".to_vec()).as_deref(), Some("wall"));
        assert_eq!(text(b"PNG\0".to_vec()), None);
        assert_eq!(text(vec![0xff, 0xd8]), None);
    }
}
