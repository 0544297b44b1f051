//! The scanner: one pass, no backtracking beyond one terminated lookahead per kind of terminator.

mod comments;

use super::keywords::is_keyword;
use super::{Token, TokenKind};
use crate::Language;

/// Operators of more than one byte, longest first. One list serves all languages: what is not an operator of a language does
/// not occur in it, and both sides of a comparison are read alike.
const OPERATORS: [&[u8]; 41] = [
    b">>>=", b"**=", b"//=", b">>=", b"<<=", b"===", b"!==", b"...", b"..=", b"&&=", b"||=", b"??=", b"-=",
    b"+=", b"*=", b"/=", b"%=", b"&=", b"|=", b"^=", b"<=", b">=", b"==", b"!=", b":=", b"**", b"//", b"<<",
    b">>", b"->", b"=>", b"++", b"--", b"&&", b"||", b"??", b"?.", b"::", b"..", b"<-", b"&^",
];

/// Most hashes of a Rust raw string that are looked at.
const MOST_HASHES: usize = 16;
/// Deepest nesting of interpolations in templates.
const DEEPEST_TEMPLATE: usize = 64;

pub(super) struct Scanner<'a> {
    language: Language,
    text: &'a [u8],
    position: usize,
    tokens: Vec<Token>,
    /// Per kind of terminator: up to where it is known to be missing.
    missing: [usize; 8 + MOST_HASHES + 1],
    /// Depth of braces inside each open interpolation of a template.
    templates: Vec<u32>,
}

/// Slots of `missing`.
#[derive(Clone, Copy)]
enum Terminator {
    Single,
    Double,
    TripleSingle,
    TripleDouble,
    Backtick,
    Comment,
    NestedComment,
    Regex,
    Raw(usize),
}

impl Terminator {
    const fn slot(self) -> usize {
        match self {
            Self::Single => 0,
            Self::Double => 1,
            Self::TripleSingle => 2,
            Self::TripleDouble => 3,
            Self::Backtick => 4,
            Self::Comment => 5,
            Self::NestedComment => 6,
            Self::Regex => 7,
            Self::Raw(hashes) => 8 + hashes,
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(language: Language, text: &'a [u8]) -> Self {
        let length = text.len().min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        Self {
            language,
            text: text.get(..length).unwrap_or_default(),
            position: 0,
            tokens: Vec::with_capacity(length / 5),
            missing: [0; 8 + MOST_HASHES + 1],
            templates: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Vec<Token> {
        while self.position < self.text.len() {
            let before = self.position;
            self.step();
            // Every step consumes: a byte that nothing claimed is an operator.
            if self.position == before {
                self.push(TokenKind::Operator, before + 1);
            }
        }
        self.tokens
    }

    /// The byte at a distance, or zero past the end.
    fn peek(&self, distance: usize) -> u8 {
        self.byte(self.position + distance)
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.push_range(kind, self.position, end);
        self.position = end;
    }

    fn push_range(&mut self, kind: TokenKind, start: usize, end: usize) {
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            self.tokens.push(Token { kind, start, end });
        }
    }

    fn is_script(&self) -> bool {
        matches!(
            self.language,
            Language::JavaScript | Language::TypeScript | Language::Tsx
        )
    }

    fn step(&mut self) {
        let first = self.peek(0);
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.space(),
            b'#' if self.language == Language::Python => self.line_comment(),
            b'/' if self.language != Language::Python && self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.language != Language::Python && self.peek(1) == b'*' => self.block_comment(),
            b'/' if self.is_script() && self.regex_may_start() => self.regex(),
            b'@' | b'$' if self.language == Language::CSharp && self.sharp_string() => {}
            b'"' | b'\'' => self.string(self.position),
            b'`' if self.language == Language::Go => self.go_raw(),
            b'`' if self.is_script() => self.template(),
            b'}' if self.templates.last() == Some(&0) => self.template(),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            _ if is_name_start(first) => self.word(),
            _ => self.operator(),
        }
    }

    fn space(&mut self) {
        let run = self.rest().iter().take_while(|byte| is_space(**byte)).count();
        let end = self.position + run;
        let lines = self
            .text
            .get(self.position..end)
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        if lines >= 2 && !self.tokens.is_empty() {
            self.push(TokenKind::BlankLine, end);
        }
        self.position = end;
    }

    /// A division follows a value, a regular expression anything else.
    fn regex_may_start(&self) -> bool {
        let Some(last) = self
            .tokens
            .iter()
            .rev()
            .find(|token| !matches!(token.kind, TokenKind::CommentWord | TokenKind::BlankLine))
        else {
            return true;
        };
        match last.kind {
            TokenKind::Keyword => !matches!(
                last.bytes(self.text),
                b"this" | b"null" | b"true" | b"false" | b"super" | b"undefined"
            ),
            TokenKind::Operator => !matches!(last.bytes(self.text), b")" | b"]" | b"}" | b"++" | b"--"),
            _ => false,
        }
    }

    fn regex(&mut self) {
        if self.missing_before(Terminator::Regex) > self.position {
            return self.operator();
        }
        let (mut at, mut in_class) = (self.position + 1, false);
        loop {
            match self.byte(at) {
                0 | b'\n' if at >= self.text.len() || self.byte(at) == b'\n' => {
                    self.set_missing(Terminator::Regex, at);
                    return self.operator();
                }
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
            at += 1;
        }
        let flags = self
            .text
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase())
            .count();
        self.push(TokenKind::String, at + 1 + flags);
    }

    /// A quoted string whose quote is at `quote`; a prefix may stand before it.
    fn string(&mut self, quote: usize) {
        let mark = self.byte(quote);
        let triple = self.byte(quote + 1) == mark && self.byte(quote + 2) == mark;
        let has_triples = matches!(
            (self.language, mark),
            (Language::Python, _) | (Language::Java | Language::CSharp, b'"')
        );
        if triple && has_triples {
            let terminator = if mark == b'"' {
                Terminator::TripleDouble
            } else {
                Terminator::TripleSingle
            };
            if self.missing_before(terminator) <= self.position {
                let mut at = quote + 3;
                while at < self.text.len() {
                    if self.byte(at) == b'\\' {
                        at += 2;
                    } else if self.byte(at) == mark && self.byte(at + 1) == mark && self.byte(at + 2) == mark
                    {
                        return self.push(TokenKind::String, at + 3);
                    } else {
                        at += 1;
                    }
                }
                self.set_missing(terminator, self.text.len());
            }
            return self.push(TokenKind::Operator, quote + 3);
        }
        if self.language == Language::Rust && mark == b'\'' {
            return self.rust_character(quote);
        }
        let many_lines = self.language == Language::Rust;
        let terminator = if mark == b'"' {
            Terminator::Double
        } else {
            Terminator::Single
        };
        if self.missing_before(terminator) <= self.position {
            let mut at = quote + 1;
            while at < self.text.len() && (many_lines || self.byte(at) != b'\n') {
                match self.byte(at) {
                    b'\\' => at += 2,
                    byte if byte == mark => return self.push(TokenKind::String, at + 1),
                    _ => at += 1,
                }
            }
            self.set_missing(terminator, at.min(self.text.len()));
        }
        self.push(TokenKind::Operator, quote + 1);
    }

    /// A character, or the tick of a lifetime.
    fn rust_character(&mut self, quote: usize) {
        let length = match self.byte(quote + 1) {
            b'\\' if self.byte(quote + 2) == b'x' => 4,
            b'\\' if self.byte(quote + 2) == b'u' => {
                let digits = self.text.get(quote + 3..).unwrap_or_default().iter().take(9);
                3 + digits.take_while(|byte| **byte != b'}').count()
            }
            b'\\' => 2,
            b'\'' | b'\n' => 0,
            byte if byte < 0x80 => 1,
            byte if byte < 0xe0 => 2,
            byte if byte < 0xf0 => 3,
            _ => 4,
        };
        if length > 0 && self.byte(quote + 1 + length) == b'\'' {
            self.push(TokenKind::String, quote + length + 2);
        } else {
            self.push(TokenKind::Operator, quote + 1);
        }
    }

    /// A string of C# after `@`, `$` or both; says whether there was one.
    fn sharp_string(&mut self) -> bool {
        let prefix = self
            .rest()
            .iter()
            .take(3)
            .take_while(|byte| matches!(byte, b'@' | b'$'))
            .count();
        let quote = self.position + prefix;
        if self.byte(quote) != b'"' {
            return false;
        }
        let is_verbatim = self.rest().iter().take(prefix).any(|byte| *byte == b'@');
        if !is_verbatim {
            self.prefixed(quote);
            return true;
        }
        // A verbatim string ends at a quote that is not doubled.
        let terminator = Terminator::Raw(0);
        if self.missing_before(terminator) <= self.position {
            let mut at = quote + 1;
            while at < self.text.len() {
                match (self.byte(at), self.byte(at + 1)) {
                    (b'"', b'"') => at += 2,
                    (b'"', _) => {
                        self.push(TokenKind::String, at + 1);
                        return true;
                    }
                    _ => at += 1,
                }
            }
            self.set_missing(terminator, self.text.len());
        }
        false
    }

    /// A raw string of C++ after its prefix: `R"name(` to `)name"`.
    fn cpp_raw(&mut self, quote: usize) -> bool {
        let name = self.text.get(quote + 1..).unwrap_or_default();
        let length = name
            .iter()
            .take(MOST_HASHES + 1)
            .take_while(|byte| !matches!(byte, b'(' | b')' | b'\\' | b'"') && !is_space(**byte))
            .count();
        if length > MOST_HASHES || name.get(length) != Some(&b'(') {
            return false;
        }
        let end = [b")", name.get(..length).unwrap_or_default(), b"\""].concat();
        // Names of one length share a slot: after an open end, further strings with such names are not believed in.
        let found = self.find(Terminator::Raw(length), quote + length + 2, &end);
        if let Some(end) = found {
            self.push(TokenKind::String, end);
        }
        found.is_some()
    }

    fn go_raw(&mut self) {
        match self.find(Terminator::Backtick, self.position + 1, b"`") {
            Some(end) => self.push(TokenKind::String, end),
            None => self.operator(),
        }
    }

    /// A part of a template: from a backtick or the brace that ends an interpolation, to a backtick or the next interpolation.
    fn template(&mut self) {
        let continues = self.peek(0) == b'}';
        if self.missing_before(Terminator::Backtick) <= self.position {
            let mut at = self.position + 1;
            while at < self.text.len() {
                match (self.byte(at), self.byte(at + 1)) {
                    (b'\\', _) => at += 2,
                    (b'`', _) => {
                        if continues {
                            self.templates.pop();
                        }
                        return self.push(TokenKind::String, at + 1);
                    }
                    (b'$', b'{') if continues || self.templates.len() < DEEPEST_TEMPLATE => {
                        if !continues {
                            self.templates.push(0);
                        }
                        return self.push(TokenKind::String, at + 2);
                    }
                    _ => at += 1,
                }
            }
            self.set_missing(Terminator::Backtick, self.text.len());
        }
        if continues {
            self.templates.pop();
        }
        self.operator();
    }

    fn number(&mut self) {
        let radix = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B');
        let mut at = self.position;
        let digits = |at: usize| {
            self.text
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|byte| byte.is_ascii_digit() || **byte == b'_')
                .count()
        };
        if !radix {
            at += digits(at);
            if self.byte(at) == b'.' && self.byte(at + 1).is_ascii_digit() {
                at += 1;
                at += digits(at);
            }
            if matches!(self.byte(at), b'e' | b'E')
                && matches!(self.byte(at + 1), b'+' | b'-')
                && self.byte(at + 2).is_ascii_digit()
            {
                at += 2;
            }
        }
        loop {
            at += self
                .text
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|byte| is_word(**byte))
                .count();
            // C++ groups digits by ticks.
            if self.language != Language::Cpp
                || self.byte(at) != b'\''
                || !self.byte(at + 1).is_ascii_hexdigit()
            {
                break;
            }
            at += 1;
        }
        self.push(TokenKind::Number, at);
    }

    fn word(&mut self) {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| is_word(**byte) || **byte == b'$')
            .count();
        let end = self.position + length;
        let word = self.text.get(self.position..end).unwrap_or_default();
        let after = self.byte(end);
        if length <= 2 && matches!(after, b'"' | b'\'' | b'#') {
            if self.language == Language::Cpp && after == b'"' && word.ends_with(b"R") && self.cpp_raw(end) {
                return;
            }
            let prefix = match self.language {
                Language::Python => after != b'#' && word.iter().all(|byte| b"rRbBuUfF".contains(byte)),
                Language::Rust => return self.rust_prefixed(word, end),
                Language::Cpp => {
                    after != b'#' && matches!(word, b"L" | b"u" | b"U" | b"u8" | b"R" | b"LR" | b"uR" | b"UR")
                }
                _ => false,
            };
            if prefix {
                return self.prefixed(end);
            }
        }
        let kind = if is_keyword(self.language, word) {
            TokenKind::Keyword
        } else {
            TokenKind::Identifier
        };
        self.push(kind, end);
    }

    /// A string after its prefix; the prefix is a word of its own when the string does not end.
    fn prefixed(&mut self, quote: usize) {
        let before = self.tokens.len();
        self.string(quote);
        if let Some(token) = self.tokens.get_mut(before)
            && token.kind == TokenKind::Operator
        {
            token.kind = TokenKind::Identifier;
        }
    }

    fn rust_prefixed(&mut self, word: &[u8], end: usize) {
        let raw = matches!(word, b"r" | b"br" | b"cr");
        let hashes = self
            .text
            .get(end..)
            .unwrap_or_default()
            .iter()
            .take(MOST_HASHES + 1)
            .take_while(|byte| **byte == b'#')
            .count();
        if raw && hashes <= MOST_HASHES && self.byte(end + hashes) == b'"' {
            let mut terminator = vec![b'"'];
            terminator.resize(hashes + 1, b'#');
            if let Some(end) = self.find(Terminator::Raw(hashes), end + hashes + 1, &terminator) {
                return self.push(TokenKind::String, end);
            }
        } else if matches!(word, b"b" | b"c") && self.byte(end) != b'#' {
            return self.prefixed(end);
        }
        let kind = if is_keyword(Language::Rust, word) {
            TokenKind::Keyword
        } else {
            TokenKind::Identifier
        };
        self.push(kind, end);
    }

    fn operator(&mut self) {
        let rest = self.rest();
        let length = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(operator))
            .map_or(1, |operator| operator.len());
        if let Some(depth) = self.templates.last_mut() {
            match rest.first() {
                Some(b'{') => *depth = depth.saturating_add(1),
                Some(b'}') => *depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.push(TokenKind::Operator, self.position + length);
    }

    /// Finds the end of a terminator at or after `from`, unless it is known to be missing.
    fn find(&mut self, terminator: Terminator, from: usize, bytes: &[u8]) -> Option<usize> {
        if self.missing_before(terminator) > self.position {
            return None;
        }
        let found = self
            .text
            .get(from..)
            .unwrap_or_default()
            .windows(bytes.len())
            .position(|window| window == bytes);
        if found.is_none() {
            self.set_missing(terminator, self.text.len());
        }
        found.map(|distance| from + distance + bytes.len())
    }

    fn missing_before(&self, terminator: Terminator) -> usize {
        self.missing.get(terminator.slot()).copied().unwrap_or(0)
    }

    fn set_missing(&mut self, terminator: Terminator, until: usize) {
        if let Some(slot) = self.missing.get_mut(terminator.slot()) {
            *slot = until.max(self.position + 1);
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

const fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
