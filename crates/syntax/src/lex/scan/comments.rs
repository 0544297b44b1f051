//! Comments: words, and the periods that end a sentence.

use super::{Scanner, Terminator, is_word};
use crate::Language;
use crate::lex::TokenKind;

impl Scanner<'_> {
    pub(super) fn line_comment(&mut self) {
        let end = self.position + self.rest().iter().take_while(|byte| **byte != b'\n').count();
        self.comment(end);
    }

    pub(super) fn block_comment(&mut self) {
        if self.language == Language::Rust && self.missing_before(Terminator::NestedComment) <= self.position
        {
            let (mut depth, mut at) = (0_usize, self.position);
            while at < self.text.len() {
                match (self.byte(at), self.byte(at + 1)) {
                    (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
                    (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    return self.comment(at.min(self.text.len()));
                }
            }
            // Once the nesting does not close, nesting is no longer believed in.
            self.set_missing(Terminator::NestedComment, self.text.len());
        }
        match self.find(Terminator::Comment, self.position + 2, b"*/") {
            Some(end) => self.comment(end),
            None => self.push(TokenKind::Operator, self.position + 2),
        }
    }

    /// Splits a comment into words; a period counts only as the end of a sentence or of the comment.
    fn comment(&mut self, end: usize) {
        let mut at = self.position;
        let mut period = None;
        while at < end {
            let byte = self.byte(at);
            if is_word(byte) {
                let run = self
                    .text
                    .get(at..end)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|byte| is_word(**byte))
                    .count();
                self.push_range(TokenKind::CommentWord, at, at + run);
                at += run;
                period = None;
            } else {
                if byte == b'.' {
                    if self.ends_sentence(at, end) {
                        self.push_range(TokenKind::CommentWord, at, at + 1);
                        period = None;
                    } else {
                        period = Some(at);
                    }
                }
                at += 1;
            }
        }
        if let Some(at) = period {
            self.push_range(TokenKind::CommentWord, at, at + 1);
        }
        self.position = end;
    }

    /// Tells whether the period of a comment stands behind a word, with a blank or a closing tag behind it.
    fn ends_sentence(&self, at: usize, end: usize) -> bool {
        let is_behind_word = at.checked_sub(1).is_some_and(|before| is_word(self.byte(before)));
        let next = self.byte(at + 1);
        is_behind_word
            && at + 1 < end
            && (next.is_ascii_whitespace() || (next == b'<' && self.byte(at + 2) == b'/'))
    }
}
