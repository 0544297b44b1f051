//! The text as the rules see it: bytes, tree, lines, and what the whole text forbids.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use ringfence_syntax::{Node, Tree};

use super::c::macros::Macros;
use super::scope::Scopes;
use super::words::Words;

/// Longest line of a text written by people; longer ones are minified or data.
const MAX_LINE: usize = 2000;
/// How far into a text a notice of generated code is looked for.
const HEAD: usize = 4096;

/// A canonical text with its tree.
pub(super) struct Source<'s> {
    pub(super) text: &'s [u8],
    pub(super) tree: &'s Tree,
    /// What rules ask about the whole text, found out once.
    pub(super) facts: Facts<'s>,
    line_starts: Vec<u32>,
    reads_line_numbers: bool,
    has_returns: bool,
}

/// Answers about the whole text, each computed by the first rule that asks.
#[derive(Default)]
pub(super) struct Facts<'s> {
    /// Where the first node that is no comment begins.
    pub(super) code_start: OnceCell<u32>,
    /// The text names the `alloc` crate, or declares or imports a `Vec` of its own (Rust).
    pub(super) foreign_containers: OnceCell<(bool, bool)>,
    /// Types declared at the top level, and whether each is declared once and without parameters (Rust).
    pub(super) types: OnceCell<HashMap<&'s [u8], bool>>,
    /// The text may give `std` or `core` another meaning (Rust).
    pub(super) has_own_crates: OnceCell<bool>,
    /// What the imports of the text bring in (Rust).
    pub(super) imports: OnceCell<super::rust::Imports<'s>>,
    /// The text is read by Go 1.18 or later and declares no `any` (Go).
    pub(super) has_any: OnceCell<bool>,
    /// Where each struct, union and enum tag is first named (C).
    pub(super) tags: OnceCell<HashMap<&'s [u8], u32>>,
    /// Functions and types by what they declare (Java, C#, C++).
    pub(super) scopes: Scopes<'s>,
    /// Names of all variables, parameters and type parameters, and whether members are imported by name alone (Java).
    pub(super) outer_names: OnceCell<(HashSet<&'s [u8]>, bool)>,
    /// The text has a `make` that is more than called (Go).
    pub(super) declares_make: OnceCell<bool>,
    /// The program lists all own names of an object, in their order (JavaScript).
    pub(super) reads_own_names: OnceCell<bool>,
    /// Macros, functions and constants of the text (C).
    pub(super) macros: OnceCell<Macros<'s>>,
}

impl<'s> Source<'s> {
    pub(super) fn new(text: &'s [u8], tree: &'s Tree) -> Source<'s> {
        let mut line_starts = vec![0];
        line_starts
            .extend(memchr::memchr_iter(b'\n', text).filter_map(|at| u32::try_from(at).ok()?.checked_add(1)));
        let reads_line_numbers = LINE_READERS.is_in(text);
        Source {
            text,
            tree,
            facts: Facts::default(),
            line_starts,
            reads_line_numbers,
            has_returns: memchr::memchr(b'\r', text).is_some(),
        }
    }

    /// Tells whether a line of the range, or the one before or after it, ends in a carriage return.
    pub(super) fn touches_returns(&self, start: u32, end: u32) -> bool {
        let first = self.line_start(self.line_start(start).saturating_sub(1));
        let last = self.line_of(end).saturating_add(2);
        let end = self
            .line_starts
            .get(last)
            .map_or(self.text.len(), |next| *next as usize);
        self.has_returns
            && self
                .text
                .get(first as usize..end)
                .is_none_or(|lines| lines.contains(&b'\r'))
    }

    pub(super) fn slice(&self, start: u32, end: u32) -> &'s [u8] {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn of(&self, node: Node<'_>) -> &'s [u8] {
        self.slice(node.start(), node.end())
    }

    /// The line that holds the byte, counted from nought.
    pub(super) fn line_of(&self, offset: u32) -> usize {
        self.line_starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// First byte of the line that holds the byte.
    pub(super) fn line_start(&self, offset: u32) -> u32 {
        self.line_starts.get(self.line_of(offset)).copied().unwrap_or(0)
    }

    /// A line without its break; empty after the last.
    pub(super) fn line(&self, line: usize) -> &'s [u8] {
        let Some(start) = self.line_starts.get(line) else {
            return &[];
        };
        let next = self.line_starts.get(line.saturating_add(1)).copied();
        let end = next.map_or(self.text.len(), |next| next.saturating_sub(1) as usize);
        self.text.get(*start as usize..end).unwrap_or_default()
    }

    /// The whole lines that hold the range.
    pub(super) fn lines(&self, start: u32, end: u32) -> &'s [u8] {
        let last = self.line_of(end.saturating_sub(1).max(start));
        let next = self.line_starts.get(last.saturating_add(1)).copied();
        let end = next.map_or(self.text.len(), |next| next as usize);
        self.text
            .get(self.line_start(start) as usize..end)
            .unwrap_or_default()
    }

    pub(super) fn is_one_line(&self, node: Node<'_>) -> bool {
        !self.of(node).contains(&b'\n')
    }

    /// Tells whether only blanks stand before the byte on its line.
    pub(super) fn begins_line(&self, offset: u32) -> bool {
        self.slice(self.line_start(offset), offset)
            .iter()
            .all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// The blanks that the line of this byte begins with.
    pub(super) fn indent(&self, offset: u32) -> &'s [u8] {
        let line = self.line(self.line_of(offset));
        let width = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        line.get(..width).unwrap_or_default()
    }

    /// Tells whether the program can see its own line numbers, so that lines must not move.
    pub(super) fn reads_line_numbers(&self) -> bool {
        self.reads_line_numbers
    }

    /// Tells whether the range shares a line with something that reads its position.
    pub(super) fn is_line_sensitive(&self, start: u32, end: u32) -> bool {
        self.reads_line_numbers && LINE_READERS.is_in(self.lines(start, end))
    }
}

/// Words by which programs read their own lines or source.
static LINE_READERS: Words = Words::exact(&[
    b"__LINE__",
    b"__COUNTER__",
    b"line!()",
    b"column!()",
    b"include_str!(file!()",
    b"f_lineno",
    b"tb_lineno",
    b"co_firstlineno",
    b"getsource",
    b"getframeinfo",
    b"getLineNumber",
    b"runtime.Caller",
    b"source_location",
]);

/// Words of notices that a program wrote the text, that a hand must not, or that somebody signed it.
const NOTICES: [&[u8]; 10] = [
    b"@generated",
    b"DO NOT EDIT",
    b"DO NOT MODIFY",
    b"do not edit",
    b"Do not edit",
    b"Code generated by",
    b"utomatically generated",
    b"uto-generated",
    b"utogenerated",
    b"This file is generated",
];
const SIGNATURES: [&[u8]; 3] = [
    b"-----BEGIN PGP",
    b"-----BEGIN SSH SIGNATURE",
    b"-----BEGIN SIGNATURE",
];

/// Tells whether no part of the text may be marked.
///
/// Byte order marks, and carriage returns that end a line alone, are refused rather than supported: languages do not agree on what they
/// are. Lines that end in both bytes are left alone one by one, so that one of them does not change what is marked elsewhere.
pub(super) fn is_refused(text: &[u8]) -> bool {
    let head = text.get(..HEAD).unwrap_or(text);
    text.is_empty()
        || text.starts_with(b"\xEF\xBB\xBF")
        || text.iter().any(|byte| matches!(byte, 0 | 0x0c | 0x0b))
        || has_lone_return(text)
        || std::str::from_utf8(text).is_err()
        || has_long_line(text)
        || NOTICES.iter().any(|notice| contains(head, notice))
        || SIGNATURES.iter().any(|marker| contains(text, marker))
}

fn has_long_line(text: &[u8]) -> bool {
    let mut start = 0;
    memchr::memchr_iter(b'\n', text).chain([text.len()]).any(|end| {
        let length = end.saturating_sub(start);
        start = end.saturating_add(1);
        length > MAX_LINE
    })
}

fn has_lone_return(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', text).any(|at| text.get(at.saturating_add(1)) != Some(&b'\n'))
}

/// Finds a word in a text.
pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

/// Tells whether the byte is part of a word.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Writes the tokens of a text, each followed by a blank, and counts them: words, and every other byte that is not blank.
pub(super) fn normalise(text: &[u8], out: &mut Vec<u8>) -> usize {
    let mut tokens = 0_usize;
    let mut in_word = false;
    for byte in text {
        let word = is_word(*byte);
        if in_word && !word {
            out.push(b' ');
        }
        if word {
            tokens = tokens.saturating_add(usize::from(!in_word));
            out.push(*byte);
        } else if !byte.is_ascii_whitespace() {
            tokens = tokens.saturating_add(1);
            out.extend_from_slice(&[*byte, b' ']);
        }
        in_word = word;
    }
    if in_word {
        out.push(b' ');
    }
    tokens
}

/// Tells whether a text has a word of its own with these bytes.
pub(super) fn contains_word(text: &[u8], word: &[u8]) -> bool {
    text.split(|byte| !is_word(*byte)).any(|token| token == word)
}
