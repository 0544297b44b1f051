//! Putting the text together: kept stretches, replacements, and the white space where something was cut out.
//!
//! INVARIANT: outside of seams every byte is the owner's. At a seam only white space changes: the larger number of empty lines of both sides
//! stays, none after an opening and before a closing bracket, none at either end of the file.

use super::{Span, text};

/// One stretch of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The owner's bytes.
    Copy(Span),
    /// Other bytes, from the edit with this place in the plan.
    Put(Vec<u8>, usize),
    /// Nothing, where this was.
    Cut(Span),
}

/// White space that is being decided.
struct Gap {
    newlines: usize,
    tail: Vec<u8>,
    whole_lines: bool,
}

/// Writes the pieces out.
pub(super) fn assemble(source: &[u8], pieces: &[Piece], join_empty_braces: bool) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(source.len());
    let first_break = source.iter().position(|byte| *byte == b'\n');
    let line_break: &[u8] = match first_break.and_then(|at| at.checked_sub(1)) {
        Some(before) if source.get(before) == Some(&b'\r') => b"\r\n",
        _ => b"\n",
    };
    let mut gap: Option<Gap> = None;
    for piece in pieces {
        match piece {
            Piece::Cut(span) => {
                let whole_lines = is_whole_lines(source, span);
                let open = gap.get_or_insert_with(|| take_gap(&mut out));
                open.whole_lines = whole_lines;
            }
            Piece::Copy(span) => {
                let bytes = text::slice(source, span);
                let Some(open) = gap.as_mut() else {
                    out.extend_from_slice(bytes);
                    continue;
                };
                let blank = bytes
                    .iter()
                    .position(|byte| !byte.is_ascii_whitespace())
                    .unwrap_or(bytes.len());
                open.add(bytes.get(..blank).unwrap_or_default());
                let rest = bytes.get(blank..).unwrap_or_default();
                if let Some(next) = rest.first() {
                    close_gap(&mut out, open, Some(*next), line_break, join_empty_braces);
                    out.extend_from_slice(rest);
                    gap = None;
                }
            }
            Piece::Put(bytes, _) => {
                if let (Some(open), Some(next)) = (gap.as_mut(), bytes.first()) {
                    open.add(b"");
                    close_gap(&mut out, open, Some(*next), line_break, join_empty_braces);
                    gap = None;
                }
                out.extend_from_slice(bytes);
            }
        }
    }
    if let Some(open) = gap.as_ref() {
        close_gap(&mut out, open, None, line_break, join_empty_braces);
    }
    out
}

impl Gap {
    /// Takes in the white space after a cut.
    fn add(&mut self, blank: &[u8]) {
        let newlines = blank.iter().filter(|byte| **byte == b'\n').count();
        let tail: Vec<u8> = blank
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .to_vec();
        if self.whole_lines {
            self.newlines = self.newlines.max(newlines.saturating_add(1));
            self.tail = tail;
        } else {
            self.newlines = self.newlines.saturating_add(newlines);
            if newlines > 0 || self.tail.is_empty() {
                self.tail = tail;
            }
        }
        self.whole_lines = false;
    }
}

/// Takes the white space at the end of the output back.
fn take_gap(out: &mut Vec<u8>) -> Gap {
    let mut blank = Vec::new();
    while out.last().is_some_and(u8::is_ascii_whitespace) {
        blank.extend(out.pop());
    }
    blank.reverse();
    let newlines = blank.iter().filter(|byte| **byte == b'\n').count();
    let tail = blank
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
        .to_vec();
    Gap {
        newlines,
        tail,
        whole_lines: false,
    }
}

fn close_gap(out: &mut Vec<u8>, gap: &Gap, next: Option<u8>, line_break: &[u8], join_empty_braces: bool) {
    let Some(next) = next else {
        if !out.is_empty() {
            out.extend_from_slice(line_break);
        }
        return;
    };
    let Some(previous) = out.last().copied() else {
        out.extend_from_slice(&gap.tail);
        return;
    };
    if previous == b'{' && next == b'}' && join_empty_braces {
        return;
    }
    let edge = matches!(previous, b'{' | b'(' | b'[') || matches!(next, b'}' | b')' | b']');
    let newlines = if edge { gap.newlines.min(1) } else { gap.newlines };
    for _ in 0..newlines {
        out.extend_from_slice(line_break);
    }
    out.extend_from_slice(&gap.tail);
}

/// Tells whether a span starts at the start of a line and ends with a line break or the text.
fn is_whole_lines(source: &[u8], span: &Span) -> bool {
    let starts = span.start == 0 || text::byte(source, span.start.saturating_sub(1)) == Some(b'\n');
    let ends = span.end >= text::length(source)
        || (span.end > span.start && text::byte(source, span.end.saturating_sub(1)) == Some(b'\n'));
    starts && ends
}
