//! The import profile: which functions ran while the owner imported the package. Made by [`PROFILER`] on the owner's side.
//!
//! Refuses profiles above its bounds and paths that are not relative to a root.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::ImportProfile;

/// Python program that makes a profile: `python profile.py ROOT MODULE...`, run by the owner, as importing runs the package's code.
pub const PROFILER: &str = include_str!("profile.py");

/// Largest profile: 16 MiB.
pub const MAX_PROFILE_BYTES: usize = 16 << 20;

/// Longest path in a profile.
pub const MAX_PROFILE_PATH: usize = 4096;

/// Says why a text is no import profile.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImportProfileError {
    /// It is larger than the bound.
    #[error("import profile of {size} bytes is larger than the bound of {MAX_PROFILE_BYTES} bytes")]
    TooLarge {
        /// Bytes given.
        size: usize,
    },
    /// A line is not `path<TAB>line`.
    #[error("line {line} of the import profile is not a path, a tab and a line number")]
    NotAnEntry {
        /// Line of the profile, from 1.
        line: usize,
    },
    /// A path is empty, absolute, too long or leaves the root.
    #[error("line {line} of the import profile has a path that is not below the root")]
    NotBelowRoot {
        /// Line of the profile, from 1.
        line: usize,
    },
}

impl ImportProfile {
    /// Reads what [`PROFILER`] printed: a line `path<TAB>line` for each function.
    ///
    /// # Errors
    /// When it is too large or a line is not of this form.
    pub fn parse(bytes: &[u8]) -> Result<ImportProfile, ImportProfileError> {
        if bytes.len() > MAX_PROFILE_BYTES {
            return Err(ImportProfileError::TooLarge { size: bytes.len() });
        }
        let mut ran = BTreeSet::new();
        for (line, entry) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let entry = entry.strip_suffix(b"\r").unwrap_or(entry);
            if entry.is_empty() {
                continue;
            }
            let tab = entry
                .iter()
                .rposition(|byte| *byte == b'\t')
                .ok_or(ImportProfileError::NotAnEntry { line })?;
            let (path, number) = entry.split_at(tab);
            let number = number
                .get(1..)
                .filter(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| digits.parse::<u32>().ok())
                .filter(|number| *number > 0)
                .ok_or(ImportProfileError::NotAnEntry { line })?;
            if !is_below_root(path) {
                return Err(ImportProfileError::NotBelowRoot { line });
            }
            ran.insert((path.to_vec(), number));
        }
        Ok(ImportProfile(ran))
    }

    /// Puts a folder before every path: for a package that does not lie at the root of the repository.
    #[must_use]
    pub fn below(&self, folder: &[u8]) -> ImportProfile {
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        if folder.is_empty() {
            return self.clone();
        }
        let moved = self.0.iter().map(|(path, line)| {
            let mut whole = folder.to_vec();
            whole.push(b'/');
            whole.extend_from_slice(path);
            (whole, *line)
        });
        ImportProfile(moved.collect())
    }
}

fn is_below_root(path: &[u8]) -> bool {
    !path.is_empty()
        && path.len() <= MAX_PROFILE_PATH
        && !path.iter().any(|byte| *byte == 0 || *byte == b'\t')
        && path
            .split(|byte| *byte == b'/')
            .all(|part| !part.is_empty() && part != b"." && part != b"..")
}
