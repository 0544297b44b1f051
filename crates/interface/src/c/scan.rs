//! Where comments, strings, directives and function bodies of a C text are, found without its grammar.
//!
//! Macros make C that no grammar understands; braces still close. Of `#if` branches each starts at the depth at which the first one started.
//! INVARIANT: a text whose braces do not close has no bodies that can be trusted, and says so.

use crate::engine::Span;

/// Most nested `#if`s.
const MAX_CONDITIONALS: usize = 256;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// String or character.
    Text,
    Comment,
    /// A whole preprocessor directive, without its line break.
    Directive,
    Sign(u8),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What the scan found.
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// Function bodies with their braces.
    pub(super) bodies: Vec<Span>,
    /// Other outermost braces: types, values.
    pub(super) braces: Vec<Span>,
    /// Parameter declarations of old-style definitions: from behind the brackets to the body.
    pub(super) old_style: Vec<Span>,
    /// Braces close, conditionals end, strings and comments too.
    pub(super) is_closed: bool,
}

/// Scans a text.
pub(super) fn scan(text: &[u8]) -> Scan {
    let (tokens, ended) = tokens(text);
    let mut scan = Scan {
        tokens: Vec::new(),
        bodies: Vec::new(),
        braces: Vec::new(),
        old_style: Vec::new(),
        is_closed: false,
    };
    scan.is_closed = structure(text, &tokens, &mut scan).is_some() && ended;
    scan.tokens = tokens;
    scan
}

fn at(text: &[u8], place: usize) -> u8 {
    text.get(place).copied().unwrap_or(0)
}

/// The tokens, and whether the last comment or string ended.
fn tokens(text: &[u8]) -> (Vec<Token>, bool) {
    let mut found = Vec::new();
    let mut place = 0;
    let mut ended = true;
    let mut line_is_blank = true;
    while place < text.len() {
        let start = place;
        let byte = at(text, place);
        let kind = match byte {
            b'\n' => {
                line_is_blank = true;
                place += 1;
                continue;
            }
            _ if byte.is_ascii_whitespace() || byte == 0x0c => {
                place += 1;
                continue;
            }
            b'/' if at(text, place + 1) == b'*' => {
                ended &= skip_comment(text, &mut place);
                Kind::Comment
            }
            b'/' if at(text, place + 1) == b'/' => {
                skip_line(text, &mut place);
                Kind::Comment
            }
            b'#' if line_is_blank => {
                ended &= skip_directive(text, &mut place);
                Kind::Directive
            }
            b'"' | b'\'' => {
                ended &= skip_quoted(text, &mut place, byte);
                Kind::Text
            }
            _ if byte.is_ascii_digit() || (byte == b'.' && at(text, place + 1).is_ascii_digit()) => {
                let is_hexadecimal = matches!(at(text, place + 1), b'x' | b'X');
                while is_word(at(text, place)) || at(text, place) == b'.' {
                    let exponent = match at(text, place) {
                        b'e' | b'E' => !is_hexadecimal,
                        b'p' | b'P' => is_hexadecimal,
                        _ => false,
                    };
                    place += 1;
                    if exponent && matches!(at(text, place), b'+' | b'-') {
                        place += 1;
                    }
                }
                Kind::Number
            }
            _ if is_word(byte) => {
                while is_word(at(text, place)) {
                    place += 1;
                }
                Kind::Word
            }
            _ => {
                place += 1;
                Kind::Sign(byte)
            }
        };
        if kind != Kind::Comment {
            line_is_blank = false;
        }
        found.push(Token {
            kind,
            span: offset(start)..offset(place.min(text.len())),
        });
    }
    (found, ended)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn offset(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn skip_comment(text: &[u8], place: &mut usize) -> bool {
    *place += 2;
    while *place < text.len() {
        if at(text, *place) == b'*' && at(text, *place + 1) == b'/' {
            *place += 2;
            return true;
        }
        *place += 1;
    }
    false
}

/// To the end of the line; a backslash before the line break goes on.
fn skip_line(text: &[u8], place: &mut usize) {
    while *place < text.len() && at(text, *place) != b'\n' {
        *place += usize::from(at(text, *place) == b'\\' && at(text, *place + 1) == b'\n') + 1;
    }
}

fn skip_directive(text: &[u8], place: &mut usize) -> bool {
    while *place < text.len() && at(text, *place) != b'\n' {
        match (at(text, *place), at(text, *place + 1)) {
            (b'/', b'*') => {
                if !skip_comment(text, place) {
                    return false;
                }
            }
            (b'/', b'/') => skip_line(text, place),
            (b'\\', b'\r') if at(text, *place + 2) == b'\n' => *place += 3,
            (b'\\', _) => *place += 2,
            (quote @ (b'"' | b'\''), _) => {
                // An apostrophe in `#error don't` opens nothing.
                let mut end = *place;
                if skip_quoted(text, &mut end, quote) {
                    *place = end;
                } else {
                    *place += 1;
                }
            }
            _ => *place += 1,
        }
    }
    *place = (*place).min(text.len());
    true
}

fn skip_quoted(text: &[u8], place: &mut usize, quote: u8) -> bool {
    *place += 1;
    while *place < text.len() {
        match at(text, *place) {
            b'\\' => *place += 2,
            b'\n' => return false,
            byte => {
                *place += 1;
                if byte == quote {
                    return true;
                }
            }
        }
    }
    *place = (*place).min(text.len());
    false
}

/// The name of a directive: `if`, `define`...
pub(super) fn directive_name<'t>(text: &'t [u8], token: &Token) -> &'t [u8] {
    let whole = text
        .get(token.span.start as usize..token.span.end as usize)
        .unwrap_or_default();
    let name = whole.get(1..).unwrap_or_default().trim_ascii_start();
    let end = name
        .iter()
        .position(|byte| !byte.is_ascii_alphabetic())
        .unwrap_or(name.len());
    name.get(..end).unwrap_or_default()
}

/// How a declaration has gone since the last `;` or `}` outside of braces.
#[derive(Default)]
struct Head {
    parentheses: bool,
    equals: bool,
    /// The last two tokens.
    last: Option<Kind>,
    last_is_linkage: bool,
    /// `struct`, `union` or `enum` stands before the last word, or is it.
    is_type: bool,
    after_semicolon: bool,
    /// End of the last closing bracket.
    last_close: Option<u32>,
    /// Where parameter declarations of an old-style definition would have begun.
    old_style: Option<u32>,
}

/// Open braces and parentheses at a place.
#[derive(Clone, Copy)]
struct Depth {
    braces: u32,
    parentheses: u32,
}

/// Finds the outermost braces; nothing when they do not close.
fn structure(text: &[u8], tokens: &[Token], scan: &mut Scan) -> Option<()> {
    let mut depth = Depth {
        braces: 0,
        parentheses: 0,
    };
    let mut linkage = 0_u32;
    let mut open: Option<(u32, bool)> = None;
    let mut conditionals: Vec<Depth> = Vec::new();
    let mut head = Head::default();
    for token in tokens {
        match token.kind {
            Kind::Comment => continue,
            Kind::Directive => {
                match directive_name(text, token) {
                    b"if" | b"ifdef" | b"ifndef" => {
                        if conditionals.len() >= MAX_CONDITIONALS {
                            return None;
                        }
                        conditionals.push(depth);
                    }
                    b"else" | b"elif" | b"elifdef" | b"elifndef" => {
                        depth = *conditionals.last()?;
                    }
                    b"endif" => {
                        conditionals.pop()?;
                    }
                    _ => {}
                }
                continue;
            }
            Kind::Sign(b'{') => {
                if depth.braces == 0 && depth.parentheses == 0 {
                    if head.last_is_linkage {
                        linkage += 1;
                        head = Head::default();
                        continue;
                    }
                    let is_function = is_body(&head);
                    if let (true, None, Some(from)) = (is_function, head.last, head.old_style) {
                        scan.old_style.push(from..token.span.start);
                    }
                    open = Some((token.span.start, is_function));
                }
                depth.braces += 1;
            }
            Kind::Sign(b'}') => {
                if depth.braces == 0 {
                    if linkage == 0 {
                        return None;
                    }
                    linkage -= 1;
                    head = Head::default();
                    continue;
                }
                depth.braces -= 1;
                if depth.braces == 0
                    && let Some((start, is_function)) = open.take()
                {
                    if is_function {
                        scan.bodies.push(start..token.span.end);
                        head = Head::default();
                    } else {
                        scan.braces.push(start..token.span.end);
                    }
                    continue;
                }
            }
            Kind::Sign(b'(') if depth.braces == 0 => depth.parentheses += 1,
            Kind::Sign(b')') if depth.braces == 0 => {
                depth.parentheses = depth.parentheses.checked_sub(1)?;
            }
            _ => {}
        }
        if depth.braces == 0 && depth.parentheses == 0 {
            head.take(text, token);
        }
    }
    let closed = depth.braces == 0 && depth.parentheses == 0 && conditionals.is_empty() && open.is_none();
    closed.then_some(())
}

impl Head {
    fn take(&mut self, text: &[u8], token: &Token) {
        let word = text
            .get(token.span.start as usize..token.span.end as usize)
            .unwrap_or_default();
        if token.kind == Kind::Sign(b';') {
            let begins = self.last_close.filter(|_| self.last != Some(Kind::Sign(b')')));
            *self = Head {
                after_semicolon: true,
                old_style: begins.or(self.old_style),
                ..Head::default()
            };
            return;
        }
        self.after_semicolon = false;
        self.parentheses |= token.kind == Kind::Sign(b')');
        if token.kind == Kind::Sign(b')') {
            self.last_close = Some(token.span.end);
        }
        self.equals |= token.kind == Kind::Sign(b'=');
        self.last_is_linkage = token.kind == Kind::Text && self.last == Some(Kind::Word);
        let is_type = matches!(word, b"struct" | b"union" | b"enum");
        // `struct name {`: the word before the last one decides.
        self.is_type = is_type || (self.is_type && token.kind == Kind::Word && self.last == Some(Kind::Word));
        self.last = Some(token.kind);
    }
}

/// Tells whether a brace after this head opens a function body.
fn is_body(head: &Head) -> bool {
    if head.equals {
        return false;
    }
    match head.last {
        Some(Kind::Sign(b')')) => true,
        Some(Kind::Word) => head.parentheses && !head.is_type,
        // Parameters of an old-style definition are declared between its head and its body.
        None => head.after_semicolon,
        _ => false,
    }
}
