//! Bytes and lines: the small questions every rule asks.

use ringfence_syntax::lex::{TokenKind, lex};
use ringfence_syntax::{Language, Node};

use super::Span;

/// The bytes of a span; nothing when it is not of this text.
pub(crate) fn slice<'t>(text: &'t [u8], span: &Span) -> &'t [u8] {
    text.get(span.start as usize..span.end as usize)
        .unwrap_or_default()
}

/// A text's length as an offset.
pub(crate) fn length(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// The byte at an offset.
pub(crate) fn byte(text: &[u8], at: u32) -> Option<u8> {
    text.get(at as usize).copied()
}

/// Extends a span to whole lines, with the line break, when it stands alone on them; else gives it back.
pub(crate) fn lines(text: &[u8], span: Span) -> Span {
    let mut start = span.start;
    while let Some(before) = start.checked_sub(1) {
        match byte(text, before) {
            Some(b' ' | b'\t') => start = before,
            Some(b'\n') => break,
            _ => return span,
        }
    }
    let mut end = span.end;
    // A node may end with its line break already.
    if end > span.start && byte(text, end.saturating_sub(1)) == Some(b'\n') {
        return start..end;
    }
    loop {
        match byte(text, end) {
            Some(b' ' | b'\t' | b'\r') => end = end.saturating_add(1),
            Some(b'\n') => return start..end.saturating_add(1),
            None => return start..end,
            Some(_) => return span,
        }
    }
}

/// The white space before an offset on its line.
pub(crate) fn indentation(text: &[u8], at: u32) -> &[u8] {
    let before = text.get(..at as usize).unwrap_or_default();
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |found| found.saturating_add(1));
    let rest = before.get(line..).unwrap_or_default();
    let blank = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(rest.len());
    rest.get(..blank).unwrap_or_default()
}

/// The line of an offset, from 1.
pub(crate) fn line_of(text: &[u8], at: u32) -> u32 {
    let before = text.get(..(at as usize).min(text.len())).unwrap_or_default();
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// Number of lines of a text.
pub(crate) fn line_count(text: &[u8]) -> u32 {
    let breaks = text.iter().filter(|byte| **byte == b'\n').count();
    let open = usize::from(text.last().is_some_and(|last| *last != b'\n'));
    u32::try_from(breaks.saturating_add(open)).unwrap_or(u32::MAX)
}

/// The identifiers in a span: letters, digits, underscores, `$`, bytes above ASCII; not starting with a digit.
pub(crate) fn words(text: &[u8], span: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<u32> = None;
    let mut number = false;
    for at in span.start..span.end {
        let Some(byte) = byte(text, at) else { break };
        let letter = byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') || byte >= 0x80;
        if !letter && !byte.is_ascii_digit() {
            if let Some(start) = open.take() {
                found.push(start..at);
            }
            number = false;
        } else if open.is_none() && !number {
            if letter {
                open = Some(at);
            } else {
                number = true;
            }
        }
    }
    if let Some(start) = open {
        found.push(start..span.end.min(length(text)));
    }
    found
}

/// Where an item starts with the documentation, attributes, annotations and decorators directly before it.
///
/// Comments count when no empty line separates them from what follows and they start their line; `is_attribute` says which other nodes belong to the item.
pub(crate) fn leading_start(text: &[u8], node: &Node<'_>, is_attribute: fn(&Node<'_>) -> bool) -> u32 {
    let mut start = node.start();
    let mut before = node.previous_sibling();
    while let Some(sibling) = before {
        let gap = slice(text, &(sibling.end()..start));
        let breaks = gap.iter().filter(|byte| **byte == b'\n').count();
        let ends_line = byte(text, sibling.end().saturating_sub(1)) == Some(b'\n');
        let belongs = if sibling.is_comment() {
            let beside_attribute = || {
                sibling
                    .previous_sibling()
                    .is_some_and(|before| is_attribute(&before))
            };
            breaks.saturating_add(usize::from(ends_line)) <= 1
                && (starts_line(text, sibling.start()) || beside_attribute())
        } else {
            is_attribute(&sibling)
        };
        if !belongs {
            break;
        }
        start = sibling.start();
        before = sibling.previous_sibling();
    }
    start
}

/// Tells whether only white space stands before an offset on its line.
pub(crate) fn starts_line(text: &[u8], at: u32) -> bool {
    let indentation = indentation(text, at);
    let start = (at as usize).saturating_sub(indentation.len());
    start == 0 || text.get(start.saturating_sub(1)) == Some(&b'\n')
}

/// Tells whether brackets close in order in a stretch, strings and comments left out. What is not balanced has no edges that can be trusted.
pub(crate) fn is_balanced(language: Language, text: &[u8]) -> bool {
    let mut open = Vec::new();
    for token in lex(language, text) {
        if token.kind != TokenKind::Operator {
            continue;
        }
        for byte in token.bytes(text) {
            match byte {
                b'(' | b'[' | b'{' => open.push(*byte),
                b')' if open.pop() != Some(b'(') => return false,
                b']' if open.pop() != Some(b'[') => return false,
                b'}' if open.pop() != Some(b'{') => return false,
                _ => {}
            }
        }
    }
    open.is_empty()
}
