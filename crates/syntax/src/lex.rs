//! Tokens by hand-written lexers: for text that no parser can be asked about, such as fragments, minified bundles and garbage.
//!
//! INVARIANT: never fails, never recurses, linear time: a terminator that was once looked for in vain is not looked for again.
//! INVARIANT: tokens are in order and do not overlap.
//! Refuses to guess structure: an unterminated string or comment opens nothing, its opening is an operator.

mod fragment;
mod keywords;
mod scan;

use std::borrow::Cow;

use crate::Language;

pub use fragment::lex_fragment;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// A name that is not a keyword.
    Identifier,
    /// A reserved or predefined word.
    Keyword,
    /// An operator, a bracket, a separator, or any byte that is nothing else.
    Operator,
    /// A number with its suffix.
    Number,
    /// A string, character or regular expression with its quotes; a part of a template up to an interpolation.
    String,
    /// A word of a comment, or the period that ends one of its sentences.
    CommentWord,
    /// White space that holds an empty line, after some token.
    BlankLine,
}

/// A piece of text between white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A token as alignment sees it: what a formatter or a renaming leaves alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Coarse<'a> {
    /// Comments, blank lines, `( ) { } ; ,`: not there.
    Nothing,
    /// An identifier, its name blanked.
    Identifier,
    /// A number or string by its value, a keyword or operator by its text.
    Text(Cow<'a, [u8]>),
}

/// Longest text of a string that takes part in comparisons, in bytes.
const LONGEST_KEY: usize = 40;

impl Token {
    /// Returns the bytes of the token; nothing when the text is not the one it came from.
    #[must_use]
    pub fn bytes(self, text: &[u8]) -> &[u8] {
        let range = usize::try_from(self.start).unwrap_or(usize::MAX)
            ..usize::try_from(self.end).unwrap_or(usize::MAX);
        text.get(range).unwrap_or_default()
    }

    /// Returns the comparable text: strings without their quotes and with single spaces, at most 40 bytes of them.
    ///
    /// Compare kinds too: `if` in a comment is not the keyword.
    #[must_use]
    pub fn key(self, text: &[u8]) -> Cow<'_, [u8]> {
        let bytes = self.bytes(text);
        match self.kind {
            TokenKind::String => string_key(bytes),
            TokenKind::BlankLine => Cow::Borrowed(b""),
            _ => Cow::Borrowed(bytes),
        }
    }

    /// Returns what alignment compares.
    #[must_use]
    pub fn coarse(self, text: &[u8]) -> Coarse<'_> {
        let bytes = self.bytes(text);
        match self.kind {
            TokenKind::CommentWord | TokenKind::BlankLine => Coarse::Nothing,
            TokenKind::Identifier => Coarse::Identifier,
            TokenKind::Operator if matches!(bytes, b"(" | b")" | b"{" | b"}" | b";" | b",") => {
                Coarse::Nothing
            }
            TokenKind::Operator | TokenKind::Keyword => Coarse::Text(Cow::Borrowed(bytes)),
            TokenKind::Number => Coarse::Text(number_value(bytes)),
            TokenKind::String => Coarse::Text(string_key(bytes)),
        }
    }
}

/// Returns the tokens of a text in order. Bytes past 4 GiB are not looked at.
#[must_use]
pub fn lex(language: Language, text: &[u8]) -> Vec<Token> {
    scan::Scanner::new(language, text).run()
}

fn string_key(bytes: &[u8]) -> Cow<'_, [u8]> {
    // Past the prefix, which has two bytes at most.
    let quoted = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'/' | b'}' | b'#');
    let start = bytes.iter().take(3).position(quoted).unwrap_or(0);
    let mut inner = bytes.get(start..).unwrap_or_default();
    while let [b'#', rest @ .., b'#'] = inner {
        inner = rest;
    }
    let triple = matches!(
        inner,
        [b'"', b'"', b'"', .., b'"', b'"', b'"'] | [b'\'', b'\'', b'\'', .., b'\'', b'\'', b'\'']
    );
    for _ in 0..if triple { 3 } else { 1 } {
        if let [b'"' | b'\'' | b'`', rest @ ..] = inner {
            inner = rest;
        }
        if let [rest @ .., b'"' | b'\'' | b'`'] = inner {
            inner = rest;
        }
    }
    let plain = inner.len() <= LONGEST_KEY
        && inner.first() != Some(&b' ')
        && inner.last() != Some(&b' ')
        && !inner.windows(2).any(|pair| pair == b"  ")
        && !inner
            .iter()
            .any(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0));
    if plain && !inner.is_empty() {
        return Cow::Borrowed(inner);
    }
    // A zero byte keeps an empty or blank string apart from every other token.
    let mut key = vec![0];
    for word in inner
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
    {
        if key.len() > LONGEST_KEY {
            break;
        }
        if key.len() > 1 {
            key.push(b' ');
        }
        key.extend(word.iter().take(LONGEST_KEY));
    }
    key.truncate(LONGEST_KEY);
    if key.len() > 1 {
        key.remove(0);
    }
    Cow::Owned(key)
}

/// `0x1F`, `0x1f` and `31` are one value; what is not an integer is compared in lower case.
fn number_value(bytes: &[u8]) -> Cow<'_, [u8]> {
    let digits: Vec<u8> = bytes
        .iter()
        .filter(|byte| !matches!(byte, b'_' | b'\''))
        .map(u8::to_ascii_lowercase)
        .collect();
    let (radix, body) = match digits.as_slice() {
        [b'0', b'x', rest @ ..] => (16, rest),
        [b'0', b'o', rest @ ..] => (8, rest),
        [b'0', b'b', rest @ ..] => (2, rest),
        all => (10, all),
    };
    let value = std::str::from_utf8(body).ok().filter(|body| !body.is_empty());
    match value.and_then(|body| u128::from_str_radix(body, radix).ok()) {
        Some(value) => Cow::Owned(format!("#{value}").into_bytes()),
        None => Cow::Owned(digits),
    }
}

#[cfg(test)]
mod tests;
