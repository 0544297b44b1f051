//! Fragments: so many consecutive lines of the owner's text, as they are found in an attacked copy.
//!
//! A length is counted in the owner's non-blank lines, whatever the attack made of them: a minified file of one line that came from
//! 300 lines counts as 300. The same share of the attacked file is cut out, at line breaks where it has lines, else at the edge of a
//! word.

use super::subjects::{Project, non_blank};
use ringfence_mark::read::SuspectFile;

/// Fewest lines of an attacked file, as a share of the owner's, that it is cut at lines.
const LINES_LEFT: usize = 4;

/// A run of the owner's non-blank lines over the files in their order; it goes on with the first file after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// First line.
    pub from: usize,
    /// How many.
    pub length: usize,
}

impl Fragment {
    /// The files it touches with the lines in them, counted from each file's first.
    pub fn files(self, project: &Project) -> Vec<(usize, std::ops::Range<usize>)> {
        let total = project.total();
        let end = self.from.saturating_add(self.length);
        let runs = [
            (self.from.min(total), end.min(total)),
            (0, end.saturating_sub(total).min(self.from)),
        ];
        let mut found = Vec::new();
        for (start, end) in runs {
            for (index, (lines, before)) in project.lines.iter().enumerate() {
                let after = before.saturating_add(*lines);
                let (first, last) = (start.max(*before), end.min(after));
                if first < last {
                    found.push((index, first.saturating_sub(*before)..last.saturating_sub(*before)));
                }
            }
        }
        found
    }

    /// Cuts it out of an attacked copy.
    pub fn cut(self, project: &Project, texts: &[Vec<u8>]) -> Vec<SuspectFile> {
        self.files(project)
            .into_iter()
            .filter_map(|(index, lines)| {
                let file = project.files.get(index)?;
                let (all, _) = project.lines.get(index)?;
                Some(SuspectFile {
                    name: format!("suspect/{index}"),
                    language: Some(file.language),
                    text: share(texts.get(index)?, lines, *all).to_vec(),
                })
            })
            .collect()
    }
}

/// The part of a text that stands for these lines of `all`.
fn share(text: &[u8], lines: std::ops::Range<usize>, all: usize) -> &[u8] {
    if lines.start == 0 && lines.end >= all {
        return text;
    }
    let left = non_blank(text);
    let scaled = |at: usize, of: usize| at.saturating_mul(of) / all.max(1);
    let (start, end) = if left.saturating_mul(LINES_LEFT) >= all {
        let offset = |line: usize| line_offset(text, line);
        (offset(scaled(lines.start, left)), offset(scaled(lines.end, left)))
    } else {
        let edge = |at: usize| word_edge(text, at);
        (
            edge(scaled(lines.start, text.len())),
            edge(scaled(lines.end, text.len())),
        )
    };
    text.get(start..end).unwrap_or_default()
}

/// Where the line after so many non-blank ones begins.
fn line_offset(text: &[u8], line: usize) -> usize {
    let (mut offset, mut seen) = (0_usize, 0_usize);
    for part in text.split_inclusive(|byte| *byte == b'\n') {
        if seen >= line {
            break;
        }
        seen = seen.saturating_add(usize::from(!part.trim_ascii().is_empty()));
        offset = offset.saturating_add(part.len());
    }
    offset
}

fn word_edge(text: &[u8], at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let rest = text.get(at..).unwrap_or_default();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'$' | 128..);
    let ahead = rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
    at.saturating_add(ahead).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_text_join_to_the_whole() {
        let lined = b"one\n\ntwo\nthree\n  four\n".as_slice();
        let minified = b"function a(b){return b+1}var first=a(2),second=a(3);export{first,second}".as_slice();
        for (text, all) in [(lined, 4), (lined, 8), (minified, 40)] {
            for middle in 0..=all {
                let mut joined = share(text, 0..middle, all).to_vec();
                joined.extend_from_slice(share(text, middle..all, all));
                assert_eq!(
                    String::from_utf8_lossy(&joined),
                    String::from_utf8_lossy(text),
                    "{middle} of {all}"
                );
            }
        }
        assert_eq!(share(lined, 1..3, 4), b"\ntwo\nthree\n");
        assert_eq!(share(minified, 0..4, 40), b"function");
    }
}
