//! Bytes to tokens and lines, for any language and any bytes: words, line ends, runs of blanks, single marks.

#![expect(
    clippy::indexing_slicing,
    reason = "every index is a position produced while walking the same text, so it is at most its length"
)]

use std::ops::Range;

/// A text cut into tokens that tile it, and into lines that tile the tokens.
pub(super) struct Tokens<'t> {
    pub(super) text: &'t [u8],
    /// Start of each token, and the length of the text as the last entry.
    starts: Vec<usize>,
    /// Index of the first token of each line, and the number of tokens as the last entry.
    lines: Vec<usize>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether a byte is part of a word in some language.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

impl<'t> Tokens<'t> {
    /// Cuts a text. Total: every byte belongs to exactly one token.
    pub(super) fn of(text: &'t [u8]) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 3);
        let mut lines = vec![0];
        let mut at = 0;
        while at < text.len() {
            starts.push(at);
            let byte = text[at];
            let run = |test: fn(u8) -> bool| text[at..].iter().take_while(|b| test(**b)).count();
            at += if at == 0 && text.starts_with(BYTE_ORDER_MARK) {
                BYTE_ORDER_MARK.len()
            } else if is_word(byte) {
                run(is_word)
            } else if is_blank(byte) {
                run(is_blank)
            } else {
                1
            };
            if byte == b'\n' {
                lines.push(starts.len());
            }
        }
        if lines.last() != Some(&starts.len()) {
            lines.push(starts.len());
        }
        starts.push(text.len());
        Self { text, starts, lines }
    }

    /// Number of tokens.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Byte range of one token.
    pub(super) fn range(&self, token: usize) -> Range<usize> {
        self.starts[token]..self.starts[token + 1]
    }

    /// Bytes of one token.
    pub(super) fn bytes(&self, token: usize) -> &'t [u8] {
        &self.text[self.range(token)]
    }

    /// Number of lines; a last line without its line end counts.
    pub(super) fn line_count(&self) -> usize {
        self.lines.len() - 1
    }

    /// Tokens of one line, its line end included.
    pub(super) fn line(&self, line: usize) -> Range<usize> {
        self.lines[line]..self.lines[line + 1]
    }

    /// Tokens of several lines.
    pub(super) fn lines_tokens(&self, lines: &Range<usize>) -> Range<usize> {
        self.lines[lines.start]..self.lines[lines.end]
    }

    /// Where a token begins; for the number of tokens, the length of the text.
    pub(super) fn position(&self, token: usize) -> usize {
        self.starts[token]
    }

    /// Bytes of one line, its line end included.
    pub(super) fn line_bytes(&self, line: usize) -> &'t [u8] {
        let tokens = self.line(line);
        &self.text[self.starts[tokens.start]..self.starts[tokens.end]]
    }

    /// Line (from 0) that a byte position stands on.
    pub(super) fn line_of(&self, position: usize) -> usize {
        let token = self
            .starts
            .partition_point(|start| *start <= position)
            .saturating_sub(1);
        let line = self
            .lines
            .partition_point(|first| *first <= token)
            .saturating_sub(1);
        line.min(self.line_count().saturating_sub(1))
    }

    /// Tokens that a byte range overlaps; for an empty range the token it stands strictly inside of, or none at that place.
    pub(super) fn overlapping(&self, range: &Range<usize>) -> Range<usize> {
        let last = self.starts.len() - 1;
        let first = self.starts[1..]
            .partition_point(|end| *end <= range.start)
            .min(last);
        let end = self.starts[..last]
            .partition_point(|start| *start < range.end)
            .max(first);
        first..end
    }

    /// Whether a token is a line end or a part of one.
    pub(super) fn is_line_end(&self, token: usize) -> bool {
        matches!(self.bytes(token), b"\n" | b"\r")
    }

    /// Whether a token is a run of blanks inside a line.
    pub(super) fn is_blank(&self, token: usize) -> bool {
        self.bytes(token).first().is_some_and(|byte| is_blank(*byte))
    }

    /// Whether a token holds nothing that prints.
    pub(super) fn is_space(&self, token: usize) -> bool {
        self.is_blank(token) || self.is_line_end(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_lines_tile_any_bytes() {
        for text in [
            &b""[..],
            b"a",
            b"\n",
            b"\xef\xbb\xbfuse a;\r\n\tb\xff\n\n x ++",
            b"a\n",
        ] {
            let tokens = Tokens::of(text);
            let mut joined = Vec::new();
            for line in 0..tokens.line_count() {
                let bytes: Vec<u8> = tokens.line(line).flat_map(|t| tokens.bytes(t).to_vec()).collect();
                assert_eq!(bytes, tokens.line_bytes(line));
                joined.extend(bytes);
            }
            assert_eq!(joined, text);
        }
        let tokens = Tokens::of(b"\xef\xbb\xbfuse a;\r\n");
        assert_eq!(tokens.bytes(0), b"\xef\xbb\xbf");
        assert_eq!(tokens.overlapping(&(4..5)), 1..2);
        assert_eq!(tokens.overlapping(&(6..6)), 2..2);
        assert_eq!(tokens.overlapping(&(4..4)), 1..2);
    }
}
