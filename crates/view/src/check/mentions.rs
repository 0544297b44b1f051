//! Names in text: runs of path characters that resolve to something hidden from the root or from the file's own folder.
//!
//! A token counts when it has a slash and stands for a path of the repository, or ends in at least two names that only a hidden path ends
//! in. Alone, a word counts in files that list other files, where its key or the format makes it a name. A glob counts by its plain start.

use super::listing::{self, Bare};
use super::names::{Known, Names, folder_of, join, last_name};
use super::{Kind, Notes};

/// Longer tokens are data, not paths.
const LONGEST_TOKEN: usize = 1_024;

struct Place<'a> {
    names: &'a Names,
    folder: &'a [u8],
    listing: Option<Kind>,
    every_word: bool,
    prose: bool,
}

/// Notes every mention of something hidden.
pub(super) fn find(names: &Names, text: &[u8], notes: &mut Notes<'_>) {
    let path = notes.path;
    let kind = listing::kind_of(path);
    let place = Place {
        names,
        folder: folder_of(path).unwrap_or_default(),
        listing: kind,
        every_word: kind.is_some_and(|kind| listing::every_word_counts(path, kind)),
        prose: [&b".md"[..], b".rst", b".adoc", b".txt", b".html"]
            .iter()
            .any(|ending| last_name(path).ends_with(ending)),
    };
    let backslashes = listing::backslashes_part(path);
    let mut key: Vec<u8> = Vec::new();
    let mut at = 0_usize;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let parted = line.contains(&b'/') || (backslashes && line.contains(&b'\\'));
        if !parted && !place.prose && place.listing.is_none() {
            continue;
        }
        if place.listing.is_some()
            && let Some(found) = key_of(line)
        {
            key = found;
        }
        for (offset, token) in Tokens::new(line, backslashes) {
            if token.len() > LONGEST_TOKEN {
                continue;
            }
            let token: Vec<u8> = if backslashes {
                token
                    .iter()
                    .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
                    .collect()
            } else {
                token.to_vec()
            };
            let before = line.get(..offset).unwrap_or_default();
            let after = line.get(offset.saturating_add(token.len())..).unwrap_or_default();
            let link = place.prose
                && (before.ends_with(b"](") || before.ends_with(b"href=\"") || before.ends_with(b"src=\""));
            // A key is no value: `"test": "jest"`.
            let is_key = place.listing.is_some() && !place.every_word && is_key(before, after);
            let bare = if place.every_word || link || before.ends_with(b"<module>") {
                Bare::Name
            } else if is_key {
                Bare::Word
            } else {
                listing::bare_under(&key)
            };
            if let Some(target) = place.target(&token, bare, is_key) {
                notes.name(
                    start.saturating_add(offset),
                    kind.unwrap_or(Kind::Text),
                    &token,
                    &target,
                );
            }
        }
    }
}

impl Place<'_> {
    /// The hidden path that a token names, if it does.
    fn target(&self, token: &[u8], bare: Bare, is_key: bool) -> Option<Vec<u8>> {
        let in_web = in_web_address(token);
        let token = in_web.unwrap_or(token);
        if in_web.is_none() && token.starts_with(b"//") {
            return None;
        }
        if self.listing.is_some()
            && let Some(folder) = self.names.package(token)
            && !(is_key && listing::is_ordinary(token))
        {
            return Some(folder.to_vec());
        }
        let plain = plain_start(token)?;
        let whole = plain.len() == token.trim_ascii_end().len();
        let trimmed = trim(plain);
        if trimmed.len() < 3 {
            return None;
        }
        let slash = trimmed.contains(&b'/');
        let dotted = plain.starts_with(b"./") || plain.starts_with(b"../");
        let counts = match bare {
            Bare::Name => true,
            Bare::PerhapsName => !listing::is_ordinary(trimmed),
            Bare::Word => is_folder_form(token) && !listing::is_ordinary(trimmed),
        };
        if !slash && !dotted && !counts {
            return None;
        }
        let from_root = (!plain.starts_with(b"../")).then(|| join(b"", plain)).flatten();
        let from_here = (!plain.starts_with(b"/"))
            .then(|| join(self.folder, plain))
            .flatten();
        let mut found = None;
        for candidate in from_here.into_iter().chain(from_root) {
            match self.names.at(&candidate) {
                Some(Known::Shown) => return None,
                Some(Known::Hidden) => found = found.or(Some(candidate)),
                None => {}
            }
        }
        if found.is_some() {
            return found;
        }
        // Part of a path: only when its end is a file's name, and none that is shown ends so.
        if whole && slash && last_name(trimmed).contains(&b'.') {
            let ending = trimmed.strip_prefix(b"/").unwrap_or(trimmed);
            let ending = strip_dots(ending);
            if ending.contains(&b'/') {
                return self.names.hidden_ending(ending).map(<[u8]>::to_vec);
            }
        }
        if !slash && bare > Bare::Word && whole && trimmed.contains(&b'.') && !listing::is_ordinary(trimmed) {
            return self.names.hidden_alone(trimmed).map(<[u8]>::to_vec);
        }
        None
    }
}

/// `pricing/` or `/pricing` or `pricing/**`: written as a folder.
fn is_folder_form(token: &[u8]) -> bool {
    token.contains(&b'/')
}

/// The part of a token before its first wildcard, cut back to whole names; none when nothing is left.
fn plain_start(token: &[u8]) -> Option<&[u8]> {
    let Some(star) = token.iter().position(|byte| matches!(byte, b'*' | b'?')) else {
        return Some(token);
    };
    let before = token.get(..star)?;
    let cut = before.iter().rposition(|byte| *byte == b'/')?;
    before.get(..cut).filter(|plain| !plain.is_empty())
}

/// Without slashes at the ends.
fn trim(token: &[u8]) -> &[u8] {
    let start = token.iter().position(|byte| *byte != b'/').unwrap_or(token.len());
    let end = token
        .iter()
        .rposition(|byte| *byte != b'/')
        .map_or(start, |at| at.saturating_add(1));
    token.get(start..end).unwrap_or_default()
}

fn strip_dots(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"./").or_else(|| path.strip_prefix(b"../")) {
        path = rest;
    }
    path
}

/// The path behind `/blob/BRANCH/`, `/tree/BRANCH/` and the like in the address of a forge.
fn in_web_address(token: &[u8]) -> Option<&[u8]> {
    if !token.starts_with(b"//") {
        return None;
    }
    [&b"/blob/"[..], b"/tree/", b"/raw/", b"/blame/", b"/src/branch/"]
        .iter()
        .find_map(|mark| {
            let at = token.windows(mark.len()).position(|window| window == *mark)?;
            let rest = token.get(at.saturating_add(mark.len())..)?;
            let branch = rest.iter().position(|byte| *byte == b'/')?;
            rest.get(branch.saturating_add(1)..)
                .filter(|rest| !rest.is_empty())
        })
}

/// The key that a line begins with: `members = [`, `"files": [`, `- paths:`, `COPY pricing /app`.
fn key_of(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"- ").unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let end = line
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))?;
    let (word, after) = line.split_at_checked(end)?;
    let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
    let is_key = matches!(after.first(), Some(b'=' | b':' | b'('));
    let is_instruction = matches!(word, b"COPY" | b"ADD" | b"WORKDIR" | b"use" | b"replace");
    (!word.is_empty() && (is_key || is_instruction)).then(|| word.to_vec())
}

/// Says whether a token stands where a key stands: at the start of its line or object, before `:` or `=`.
fn is_key(before: &[u8], after: &[u8]) -> bool {
    let before = before
        .trim_ascii()
        .strip_suffix(b"\"")
        .unwrap_or(before)
        .trim_ascii();
    let starts = before.is_empty() || before.ends_with(b"{") || before.ends_with(b",") || before == b"-";
    let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
    starts && matches!(after.first(), Some(b':' | b'='))
}

/// Runs of bytes that paths are made of.
struct Tokens<'a> {
    line: &'a [u8],
    at: usize,
    backslashes: bool,
}

impl<'a> Tokens<'a> {
    fn new(line: &'a [u8], backslashes: bool) -> Self {
        Self {
            line,
            at: 0,
            backslashes,
        }
    }

    fn belongs(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || byte >= 0x80
            || matches!(byte, b'_' | b'.' | b'-' | b'/' | b'@' | b'+' | b'~' | b'*' | b'?')
            || (self.backslashes && byte == b'\\')
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.line.get(self.at..)?;
        let start = self
            .at
            .saturating_add(rest.iter().position(|byte| self.belongs(*byte))?);
        let run = self.line.get(start..)?;
        let length = run
            .iter()
            .position(|byte| !self.belongs(*byte))
            .unwrap_or(run.len());
        self.at = start.saturating_add(length);
        let token = run.get(..length)?;
        // The end of a sentence is no part of a path.
        let end = token
            .iter()
            .rposition(|byte| !matches!(byte, b'.' | b'?'))
            .map_or(0, |at| at.saturating_add(1));
        Some((start, token.get(..end)?))
    }
}
