//! Passwords that came out in breaches, looked up in a list that lies on this machine (OWASP ASVS 5.0 V6.2.12; NIST SP
//! 800-63B-4, section 3.1.1.2).
//!
//! The form of the list is that of Have I Been Pwned's downloads: a line for each password, its SHA-1 in hexadecimal and, after
//! a colon, how often it was seen; in the order of the hashes. It may have tens of gigabytes, so it is never read whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::keys::hex;
use crate::password::Password;

/// A SHA-1 in hexadecimal.
const HASH_LEN: usize = 40;
/// No line of such a list is longer: a hash, a colon, a count, and the end of the line.
const LINE_MAX: usize = 64;
/// The rest of a line and the whole next one are read together.
const READ_LEN: usize = 3 * LINE_MAX;
/// As many lines are looked at when a list is opened.
const SAMPLES: u64 = 64;

/// The list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// Reading failed.
    #[error("cannot read {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It has another form.
    #[error(
        "{0} is no list of breached passwords: each line is a SHA-1 in hexadecimal and perhaps a colon and a count, in order of the hashes"
    )]
    NotAList(PathBuf),
}

/// A list of breached passwords.
#[derive(Debug)]
pub struct BreachedPasswords {
    path: PathBuf,
    file: File,
    /// In bytes.
    len: u64,
}

impl BreachedPasswords {
    /// Opens a list, and looks whether lines from all over it are in its form and order.
    ///
    /// # Errors
    /// If it cannot be read or is no such list.
    pub fn open(path: &Path) -> Result<Self, BreachedError> {
        let failed = |source| BreachedError::File { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        let list = Self { path: path.to_path_buf(), file, len };
        let mut before = [b'0'; HASH_LEN];
        for sample in 0..SAMPLES {
            // 128 bits, because the list may be long.
            let place = u128::from(list.len) * u128::from(sample) / u128::from(SAMPLES);
            match list.line_from(u64::try_from(place).unwrap_or(list.len))? {
                Some((_, hash)) if hash >= before => before = hash,
                Some(_) => return Err(BreachedError::NotAList(list.path)),
                None if sample == 0 => return Err(BreachedError::NotAList(list.path)),
                None => {}
            }
        }
        Ok(list)
    }

    /// Whether a password stands in the list. Takes a few dozen reads.
    ///
    /// # Errors
    /// If the list cannot be read any more, or is none.
    pub fn holds(&self, password: &Password) -> Result<bool, BreachedError> {
        let sought = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref());
        // The line is at or after `low`, and before `high`.
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.line_from(middle)? {
                Some((end, hash)) if hash.as_slice() < sought.as_bytes() => low = end,
                Some((_, hash)) if hash == sought.as_bytes() => return Ok(true),
                _ => high = middle,
            }
        }
        Ok(false)
    }

    /// The first line that begins at or after a place: where it ends, and its hash in small letters.
    fn line_from(&self, place: u64) -> Result<Option<(u64, [u8; HASH_LEN])>, BreachedError> {
        let not_a_list = || BreachedError::NotAList(self.path.clone());
        // With the byte before, which says whether a line begins here.
        let start = place.saturating_sub(1);
        let mut bytes = [0; READ_LEN];
        let read = self.read(&mut bytes, start)?;
        // It was cut since it was opened.
        if u64::try_from(read).unwrap_or(u64::MAX) < self.len.saturating_sub(start).min(READ_LEN as u64) {
            return Err(not_a_list());
        }
        let bytes = &bytes[..read];
        let begins = if place == 0 {
            0
        } else {
            match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => end + 1,
                None if read < READ_LEN => return Ok(None),
                None => return Err(not_a_list()),
            }
        };
        let line = &bytes[begins..];
        if line.is_empty() {
            return Ok(None);
        }
        let len = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        let (Some(hash), rest) = (line.get(..HASH_LEN), &line[HASH_LEN.min(len)..len]) else {
            return Err(not_a_list());
        };
        let has_form = len <= LINE_MAX
            && hash.iter().all(u8::is_ascii_hexdigit)
            && rest.iter().enumerate().all(|(index, byte)| match byte {
                b':' => index == 0,
                b'\r' => index + 1 == rest.len(),
                _ => index > 0 && byte.is_ascii_digit(),
            });
        let Some(hash) = hash.first_chunk::<HASH_LEN>().filter(|_| has_form) else {
            return Err(not_a_list());
        };
        let end = start + u64::try_from(begins + len + 1).unwrap_or(u64::MAX);
        Ok(Some((end, hash.map(|byte| byte.to_ascii_lowercase()))))
    }

    /// Fills as much as there is.
    fn read(&self, bytes: &mut [u8], place: u64) -> Result<usize, BreachedError> {
        let mut filled = 0;
        while filled < bytes.len() {
            let at = place + u64::try_from(filled).unwrap_or(u64::MAX);
            match self.file.read_at(&mut bytes[filled..], at) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(BreachedError::File { path: self.path.clone(), source }),
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(password: &str) -> String {
        hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref())
    }

    fn password(text: &str) -> Password {
        Password::parse(text.to_owned()).unwrap()
    }

    fn open(text: &str) -> Result<(tempfile::NamedTempFile, BreachedPasswords), BreachedError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        BreachedPasswords::open(file.path()).map(|list| (file, list))
    }

    #[test]
    fn the_hash_is_that_of_the_published_lists() {
        // As Have I Been Pwned documents its interface.
        assert_eq!(hash("P@ssw0rd"), "21bd12dc183f740ee76f27b78eb39c8ad972a757");
    }

    proptest! {
        #[test]
        fn what_stands_in_a_list_is_found_and_nothing_else(
            count in 1_usize..300,
            end in prop::sample::select(vec!["\n", "\r\n"]),
            is_large in any::<bool>(),
            has_counts in any::<bool>(),
            has_end in any::<bool>(),
        ) {
            let mut lines: Vec<String> = (0..count).map(|number| hash(&format!("word {number}"))).collect();
            lines.sort();
            let lines = lines.into_iter().enumerate().map(|(number, hash)| {
                let hash = if is_large { hash.to_uppercase() } else { hash };
                if has_counts { format!("{hash}:{}", 7_usize.pow(1 + (number % 9) as u32)) } else { hash }
            });
            let mut text = lines.collect::<Vec<_>>().join(end);
            if has_end {
                text.push_str(end);
            }
            let (_file, list) = open(&text).unwrap();
            for number in 0..count {
                prop_assert!(list.holds(&password(&format!("word {number}"))).unwrap(), "{number}");
                prop_assert!(!list.holds(&password(&format!("other {number}"))).unwrap(), "{number}");
            }
        }

        #[test]
        fn what_is_no_list_is_an_error_and_nothing_worse(text in prop_oneof![".{0,300}", "[0-9a-f:\r\n]{0,400}"]) {
            if let Ok((_file, list)) = open(&text) {
                drop(list.holds(&password("word")));
            }
        }
    }

    #[test]
    fn a_list_that_was_cut_is_an_error() {
        let (file, list) = open(&format!("{}\n", hash("word"))).unwrap();
        assert!(!list.holds(&password("other")).unwrap());
        file.as_file().set_len(0).unwrap();
        assert!(list.holds(&password("other")).is_err());
    }

    #[test]
    fn what_is_no_list_is_refused_when_it_is_opened() {
        let (one, two) = ("0".repeat(40), "f".repeat(40));
        assert!(open(&format!("{one}:1\n{two}:2\n")).is_ok());
        for wrong in [
            String::new(),
            "password\n123456\n".repeat(30),
            format!("{two}:1\n{one}:2\n"),
            format!("{one};1\n{two};2\n"),
            format!("{}:1\n", "0".repeat(64)),
            format!("{one}:{}\n", "1".repeat(60)),
        ] {
            assert!(matches!(open(&wrong), Err(BreachedError::NotAList(_))), "{wrong:?}");
        }
        let nowhere = BreachedPasswords::open(Path::new("/nowhere/at/all"));
        assert!(matches!(nowhere, Err(BreachedError::File { .. })));
    }
}
