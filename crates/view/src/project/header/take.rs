//! Takes the header line out of what a vendor pushed, wherever and however it stands there, and says what became of it.
//!
//! Nothing of the line passes as a comment; nothing that the vendor wrote beside it goes. Words of the line inside a string or in prose
//! are the vendor's own text: they stay, with a note. Never fails and never refuses: the owner reads the notes.

use std::collections::BTreeSet;
use std::ops::Range;

use ringfence_syntax::Language;
use ringfence_syntax::lex::{Token, TokenKind, lex};

use super::HeaderLine;

/// First lines of a file in which a changed header line is looked for.
const FIRST_LINES: usize = 60;
/// Bytes of a changed line that are told.
const LONGEST_TOLD: usize = 200;

/// What became of the line, in the lines of the pushed text, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderNote {
    /// It is gone.
    Gone,
    /// Other words stand in it; they are told, and not taken over.
    Changed {
        /// Where.
        line: u32,
        /// The line as it was pushed.
        text: String,
    },
    /// Something was written beside it in the same comment, which stays.
    Joined {
        /// Where.
        line: u32,
    },
    /// It stands there once more; that one is not taken over either.
    Again {
        /// Where.
        line: u32,
    },
    /// Its words stand inside other text, which stays.
    Quoted {
        /// Where.
        line: u32,
    },
}

/// A pushed text without the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The text.
    pub text: Vec<u8>,
    /// What was taken out, in order.
    pub spans: Vec<Range<usize>>,
    /// What the owner should know of it; empty when the line came back as it was.
    pub notes: Vec<HeaderNote>,
}

impl Taken {
    /// A text of which nothing is taken.
    #[must_use]
    pub fn nothing(text: Vec<u8>) -> Self {
        Self {
            text,
            spans: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Leads lines of the remaining text (from 1) to those of the pushed one.
    #[must_use]
    pub fn lines_as_pushed(&self, pushed: &[u8], lines: &Range<u32>) -> Range<u32> {
        let last = lines.end.saturating_sub(1).max(lines.start);
        self.line_as_pushed(pushed, lines.start)..self.line_as_pushed(pushed, last).saturating_add(1)
    }

    fn line_as_pushed(&self, pushed: &[u8], line: u32) -> u32 {
        let mut start = 0_usize;
        for _ in 1..line {
            let rest = self.text.get(start..).unwrap_or_default();
            match rest.iter().position(|byte| *byte == b'\n') {
                Some(end) => start = start.saturating_add(end).saturating_add(1),
                None => break,
            }
        }
        line_of(pushed, outer(&self.spans, start))
    }
}

/// Where a position of the remaining text stands in the text that parts were taken from: behind what was taken there.
#[must_use]
pub fn outer(spans: &[Range<usize>], position: usize) -> usize {
    let mut at = position;
    for span in spans {
        if span.start > at {
            break;
        }
        at = at.saturating_add(span.end.saturating_sub(span.start));
    }
    at
}

/// What an occurrence of the words is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// A comment for itself, on lines of its own.
    Line(Range<usize>),
    /// Part of a line: these bytes go.
    Part {
        span: Range<usize>,
        /// The comment says something else too.
        joined: bool,
    },
    /// No comment.
    Quoted,
}

/// Signs that begin a comment, the longer ones first, with what ends it.
const OPENINGS: [(&[u8], &[u8]); 17] = [
    (b"<!--", b"-->"),
    (b"/**", b"*/"),
    (b"/*", b"*/"),
    (b"(*", b"*)"),
    (b"{-", b"-}"),
    (b"///", b""),
    (b"//!", b""),
    (b"//", b""),
    (b"##", b""),
    (b"#", b""),
    (b"--", b""),
    (b";;", b""),
    (b";", b""),
    (b"%%", b""),
    (b"%", b""),
    (b"'", b""),
    (b"!", b""),
];
const CLOSINGS: [&[u8]; 4] = [b"*/", b"-->", b"*)", b"-}"];

/// Looks at what stands around an occurrence. `inside`: it is known to be in a comment.
pub(super) fn spot(text: &[u8], found: &Range<usize>, inside: bool) -> Spot {
    let slice = |range: Range<usize>| text.get(range).unwrap_or_default();
    let start = slice(0..found.start)
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at.saturating_add(1));
    let rest = slice(found.end..text.len());
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(text.len(), |at| found.end.saturating_add(at));
    let next = end.saturating_add(1).min(text.len());
    let before = slice(start..found.start);
    // A byte order mark is no text of the line.
    let (start, before) = match before.strip_prefix(super::first::BYTE_ORDER_MARK) {
        Some(rest) => (start.saturating_add(super::first::BYTE_ORDER_MARK.len()), rest),
        None => (start, before),
    };
    let after = slice(found.end..end);
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
    if joins(before.last()) || joins(after.first()) {
        return Spot::Quoted;
    }
    let (lead, tail) = (before.trim_ascii_end(), after.trim_ascii());
    let spaces = after.len().saturating_sub(after.trim_ascii_start().len());
    // The words and the white space after them.
    let words = |joined: bool| Spot::Part {
        span: found.start..found.end.saturating_add(spaces).min(end),
        joined,
    };
    let whole = Spot::Line(start..next);
    let opening = OPENINGS.iter().find(|(open, _)| lead.ends_with(open));
    // The next line of a block comment.
    let star = lead.ends_with(b"*") && opening.is_none();
    if let Some((open, close)) = opening
        && !(inside
            && lead.trim_ascii_start().len() > open.len()
            && matches!(*open, b"'" | b"!" | b"%" | b";"))
    {
        let head = lead
            .get(..lead.len().saturating_sub(open.len()))
            .unwrap_or_default();
        let code = !head.trim_ascii().is_empty();
        // One sign alone begins a comment only at the start of a line.
        if code && !inside && matches!(*open, b"'" | b"!" | b"%" | b";" | b"--" | b"%%") {
            return Spot::Quoted;
        }
        if close.is_empty() {
            return match (tail.is_empty(), code) {
                (true, false) => whole,
                (true, true) => Spot::Part {
                    span: start.saturating_add(head.trim_ascii_end().len())
                        ..found.end.saturating_add(spaces).min(end),
                    joined: false,
                },
                (false, _) => words(true),
            };
        }
        let Some(behind) = tail.strip_prefix(*close) else {
            return words(!tail.is_empty());
        };
        if !code && behind.trim_ascii().is_empty() {
            return whole;
        }
        let opens = start.saturating_add(head.len());
        let closes = found.end.saturating_add(spaces).saturating_add(close.len());
        let gap = slice(closes..end);
        let blank = gap.len().saturating_sub(gap.trim_ascii_start().len());
        // `a/* line */b` must not become `ab`.
        let apart = !code || head.ends_with(b" ") || gap.is_empty() || blank > 0;
        return if apart {
            let more = if code { 0 } else { blank };
            Spot::Part {
                span: opens..closes.saturating_add(more),
                joined: false,
            }
        } else {
            words(false)
        };
    }
    if !(inside || star) {
        return Spot::Quoted;
    }
    let lead = if star {
        lead.strip_suffix(b"*").unwrap_or(lead)
    } else {
        lead
    };
    if lead.trim_ascii().is_empty() && tail.is_empty() {
        return whole;
    }
    let closed = CLOSINGS.contains(&tail);
    words(!(lead.trim_ascii().is_empty() && (closed || tail.is_empty())))
}

/// The span with the empty line after it.
pub(super) fn with_empty_line(text: &[u8], span: Range<usize>) -> Range<usize> {
    let rest = text.get(span.end..).unwrap_or_default();
    let empty = if rest.starts_with(b"\r\n") {
        2
    } else {
        usize::from(rest.starts_with(b"\n"))
    };
    span.start..span.end.saturating_add(empty)
}

/// The line (from 1) of a position.
fn line_of(text: &[u8], position: usize) -> u32 {
    let before = text.get(..position.min(text.len())).unwrap_or_default();
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

impl HeaderLine {
    /// Takes the line out of a pushed file. `framed`: the text that the file comes from was delivered with it, and reads so without.
    #[must_use]
    pub fn take(&self, path: &[u8], pushed: &[u8], framed: Option<&[u8]>) -> Taken {
        if pushed.contains(&0) {
            return Taken::nothing(pushed.to_vec());
        }
        if let Some(span) = self.standing(pushed) {
            let text = super::without(pushed, std::slice::from_ref(&span)).unwrap_or_default();
            // As it was put in: nothing more to look at.
            if self.put(path, &text).is_ok_and(|framed| framed.text == pushed) {
                return Taken {
                    text,
                    spans: vec![span],
                    notes: Vec::new(),
                };
            }
        }
        let mut found = self.finder.find_iter(pushed).peekable();
        let tokens = match Language::of_file(path, pushed) {
            Some(language) if found.peek().is_some() => Some(lex(language, pushed)),
            _ => None,
        };
        let mut taken = Taken::nothing(Vec::new());
        let mut stood = false;
        for found in found {
            let found = found.range();
            let line = line_of(pushed, found.start);
            let kind = tokens.as_deref().map(|tokens| kind_at(tokens, found.start));
            let what = match kind {
                Some(Some(TokenKind::String)) => Spot::Quoted,
                Some(Some(TokenKind::CommentWord)) => spot(pushed, &found, true),
                _ => spot(pushed, &found, false),
            };
            let (span, joined) = match what {
                Spot::Quoted => {
                    taken.notes.push(HeaderNote::Quoted { line });
                    continue;
                }
                Spot::Line(span) if !stood => (with_empty_line(pushed, span), false),
                Spot::Line(span) => (span, false),
                Spot::Part { span, joined } => (span, joined),
            };
            if joined {
                taken.notes.push(HeaderNote::Joined { line });
            } else if stood {
                taken.notes.push(HeaderNote::Again { line });
            }
            stood = true;
            if taken.spans.last().is_none_or(|last| last.end <= span.start) {
                taken.spans.push(span);
            }
        }
        if let (false, Some(framed)) = (stood, framed) {
            self.take_changed(pushed, framed, &mut taken);
        }
        taken.text = super::without(pushed, &taken.spans).unwrap_or_else(|| pushed.to_vec());
        taken
    }

    /// Finds comments at the beginning that are the line with other words in it.
    fn take_changed(&self, pushed: &[u8], framed: &[u8], taken: &mut Taken) {
        let known: BTreeSet<&[u8]> = framed
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .collect();
        let words = words_of(self.text().as_bytes());
        let mut at = 0_usize;
        let mut changed = false;
        for line in pushed.split_inclusive(|byte| *byte == b'\n').take(FIRST_LINES) {
            let start = at;
            at = at.saturating_add(line.len());
            let bare = line.strip_prefix(super::first::BYTE_ORDER_MARK).unwrap_or(line);
            let start = start.saturating_add(line.len().saturating_sub(bare.len()));
            let Some(inner) = comment_of_line(bare.trim_ascii()) else {
                continue;
            };
            if known.contains(line.trim_ascii()) {
                continue;
            }
            let own = words_of(inner);
            let shared = longest_shared(&own, &words);
            // Most of the line's words; or, where it was wrapped too, words of it and hardly anything else.
            let is_line = shared.saturating_mul(5) >= words.len().saturating_mul(3)
                || (own.len() >= 3 && shared.saturating_mul(5) >= own.len().saturating_mul(4));
            if shared < 2 || !is_line {
                continue;
            }
            let text = String::from_utf8_lossy(line.trim_ascii());
            taken.notes.push(HeaderNote::Changed {
                line: line_of(pushed, start),
                text: text
                    .chars()
                    .map(|letter| if shows(letter) { letter } else { '\u{fffd}' })
                    .take(LONGEST_TOLD)
                    .collect(),
            });
            let span = start..at;
            taken.spans.push(if changed {
                span
            } else {
                with_empty_line(pushed, span)
            });
            changed = true;
        }
        // A line that was taken with its empty line may touch the next one.
        taken.spans.dedup_by(|next, last| next.start < last.end);
        if !changed {
            taken.notes.push(HeaderNote::Gone);
        }
    }
}

/// Whether a letter prints and turns nothing around it: what a vendor typed is told to the owner.
fn shows(letter: char) -> bool {
    letter == ' '
        || letter.is_ascii_graphic()
        || letter.is_alphanumeric()
        || matches!(letter, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{bf}')
}

/// The token that holds a position.
fn kind_at(tokens: &[Token], position: usize) -> Option<TokenKind> {
    let position = u32::try_from(position).ok()?;
    let index = tokens.partition_point(|token| token.end <= position);
    tokens
        .get(index)
        .filter(|token| token.start <= position)
        .map(|token| token.kind)
}

/// What a line that is nothing but a comment says.
fn comment_of_line(line: &[u8]) -> Option<&[u8]> {
    let (open, close) = OPENINGS.iter().find(|(open, _)| line.starts_with(open))?;
    let inner = line.get(open.len()..)?;
    if close.is_empty() {
        return Some(inner);
    }
    inner.strip_suffix(*close)
}

/// Words as they are compared: without case and signs.
fn words_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(u8::is_ascii_whitespace)
        .take(200)
        .map(|word| {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
            let start = word.iter().position(plain).unwrap_or(word.len());
            let end = word
                .iter()
                .rposition(plain)
                .map_or(start, |at| at.saturating_add(1));
            word.get(start..end).unwrap_or_default().to_ascii_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// Length of the longest sequence of words that both have in this order.
fn longest_shared(left: &[Vec<u8>], right: &[Vec<u8>]) -> usize {
    let mut row = vec![0_usize; right.len().saturating_add(1)];
    for word in left {
        let mut diagonal = 0;
        let mut last = 0;
        for (cell, other) in row.iter_mut().skip(1).zip(right) {
            let above = *cell;
            *cell = if word == other {
                diagonal + 1
            } else {
                above.max(last)
            };
            diagonal = above;
            last = *cell;
        }
    }
    row.last().copied().unwrap_or(0)
}
