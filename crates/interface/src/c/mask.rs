//! The text that the grammar gets instead of the owner's: as long, with the parts blanked that only a preprocessor understands.
//!
//! Blanked are project keywords, `extern "C"` brackets for C++, and everything in function bodies but literals, which become statements of
//! their own, so that the check after rendering still sees them.

use super::keywords::{Keyword, Keywords, is_attribute};
use super::scan::{Kind, Scan, Token, directive_name};
use crate::engine::Span;

pub(super) fn mask(text: &[u8], scan: &Scan, keywords: &Keywords) -> Vec<u8> {
    let mut masked = text.to_vec();
    if !scan.is_closed {
        return masked;
    }
    let mut bodies = scan.bodies.iter().peekable();
    let mut outside: Vec<&Token> = Vec::new();
    let mut literals: Vec<(&Token, u32)> = Vec::new();
    for token in &scan.tokens {
        while bodies.peek().is_some_and(|body| body.end <= token.span.start) {
            bodies.next();
        }
        let inside = bodies
            .peek()
            .filter(|body| body.start < token.span.start && token.span.end < body.end);
        match inside {
            None => outside.push(token),
            Some(body) if matches!(token.kind, Kind::Text | Kind::Number) => {
                literals.push((token, body.end.saturating_sub(1)));
            }
            Some(_) => blank(&mut masked, &token.span),
        }
    }
    for (place, (literal, end)) in literals.iter().enumerate() {
        let next = literals
            .get(place.saturating_add(1))
            .map_or(*end, |(next, _)| next.span.start.min(*end));
        let gap = masked
            .get_mut(literal.span.end as usize..next as usize)
            .and_then(|gap| gap.first_mut());
        if let Some(after) = gap {
            *after = b';';
        }
    }
    for span in &scan.old_style {
        blank(&mut masked, span);
    }
    mask_keywords(text, &outside, keywords, &mut masked);
    mask_made_lists(text, &outside, scan, keywords, &mut masked);
    mask_linkage(text, &outside, &mut masked);
    mask_directives(text, &outside, scan, keywords, &mut masked);
    masked
}

/// Blanks what macros make of an enumeration: its constants are known to the preprocessor only.
fn mask_made_lists(text: &[u8], outside: &[&Token], scan: &Scan, keywords: &Keywords, masked: &mut [u8]) {
    for braces in &scan.braces {
        let first = outside.partition_point(|token| token.span.start < braces.start);
        let is_enumeration = outside
            .get(first.saturating_sub(2)..first)
            .unwrap_or_default()
            .iter()
            .any(|before| text.get(before.span.start as usize..before.span.end as usize) == Some(b"enum"));
        let inner: Vec<&&Token> = outside
            .iter()
            .skip(first.saturating_add(1))
            .take_while(|token| token.span.end < braces.end)
            .collect();
        let is_made = inner.iter().any(|token| {
            token.kind == Kind::Word
                && keywords.is_call(
                    text.get(token.span.start as usize..token.span.end as usize)
                        .unwrap_or_default(),
                )
        });
        if is_enumeration && is_made {
            for token in inner {
                blank_all(masked, &token.span);
            }
        }
    }
}

/// Blanks the text of macro definitions, directives inside types and values that no grammar expects there, and conditions around nothing but
/// attributes.
fn mask_directives(text: &[u8], outside: &[&Token], scan: &Scan, keywords: &Keywords, masked: &mut [u8]) {
    for (place, token) in outside.iter().enumerate() {
        if token.kind != Kind::Directive {
            continue;
        }
        let before = scan
            .braces
            .partition_point(|braces| braces.start <= token.span.start);
        let inside = before
            .checked_sub(1)
            .and_then(|last| scan.braces.get(last))
            .is_some_and(|braces| token.span.end <= braces.end);
        match directive_name(text, token) {
            b"define" | b"undef" | b"pragma" | b"error" | b"warning" | b"line" if inside => {
                blank_all(masked, &token.span);
            }
            b"define" => {
                // The grammar wants the line break right behind something that is no white space.
                let start = body_of_definition(text, token).saturating_add(1);
                if let Some(bytes) = masked.get_mut(start as usize..token.span.end as usize) {
                    bytes.fill(b'0');
                }
            }
            b"if" | b"ifdef" | b"ifndef" => {
                mask_conditional_attributes(text, outside, place, keywords, masked)
            }
            _ => {}
        }
    }
}

/// Where the text of a definition begins: behind its name and parameters.
fn body_of_definition(text: &[u8], token: &Token) -> u32 {
    let whole = text
        .get(token.span.start as usize..token.span.end as usize)
        .unwrap_or_default();
    let name = whole
        .windows(6)
        .position(|window| window == b"define")
        .unwrap_or(0)
        .saturating_add(6);
    let mut at = name;
    let is = |at: usize, test: fn(&u8) -> bool| whole.get(at).is_some_and(test);
    while is(at, |byte| matches!(byte, b' ' | b'\t')) {
        at = at.saturating_add(1);
    }
    while is(at, |byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        at = at.saturating_add(1);
    }
    if is(at, |byte| *byte == b'(') {
        while is(at, |byte| *byte != b')') {
            at = at.saturating_add(1);
        }
        at = at.saturating_add(1);
    }
    token
        .span
        .start
        .saturating_add(u32::try_from(at.min(whole.len())).unwrap_or(u32::MAX))
}

/// `#if` ... `#endif` around nothing but attributes and keywords, as between `static` and a type.
fn mask_conditional_attributes(
    text: &[u8],
    outside: &[&Token],
    place: usize,
    keywords: &Keywords,
    masked: &mut [u8],
) {
    let mut depth = 0_u32;
    let mut says = false;
    for (end, token) in outside.iter().enumerate().skip(place.saturating_add(1)).take(40) {
        let word = text
            .get(token.span.start as usize..token.span.end as usize)
            .unwrap_or_default();
        match token.kind {
            Kind::Comment => {}
            Kind::Directive => match directive_name(text, token) {
                b"endif" if says && depth == 0 => {
                    for inner in outside.get(place..=end).unwrap_or_default() {
                        blank_all(masked, &inner.span);
                    }
                    return;
                }
                b"else" | b"elif" => {}
                _ => return,
            },
            Kind::Sign(b'(') => depth += 1,
            Kind::Sign(b')') if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            Kind::Word if is_attribute(word) || keywords.get(word).is_some() => says = true,
            _ => return,
        }
    }
}

/// Blanks a span with its line breaks: positions are bytes, not lines.
fn blank_all(masked: &mut [u8], span: &Span) {
    if let Some(bytes) = masked.get_mut(span.start as usize..span.end as usize) {
        bytes.fill(b' ');
    }
}

fn blank(masked: &mut [u8], span: &Span) {
    if let Some(bytes) = masked.get_mut(span.start as usize..span.end as usize) {
        bytes
            .iter_mut()
            .filter(|byte| **byte != b'\n')
            .for_each(|byte| *byte = b' ');
    }
}

fn mask_keywords(text: &[u8], tokens: &[&Token], keywords: &Keywords, masked: &mut [u8]) {
    for (place, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Word {
            continue;
        }
        let word = text
            .get(token.span.start as usize..token.span.end as usize)
            .unwrap_or_default();
        let Some(keyword) = keywords.get(word) else {
            continue;
        };
        let call = closing(tokens, place.saturating_add(1));
        match (keyword, call) {
            (Keyword::Blank | Keyword::Static, _) => blank(masked, &token.span),
            (Keyword::BlankCall, Some((_, close))) => {
                blank(masked, &(token.span.start..close.end));
            }
            (Keyword::Wrapper, Some((open, close))) => {
                blank(masked, &token.span);
                blank(masked, &open);
                blank(masked, &close);
            }
            (Keyword::BlankCall | Keyword::Wrapper, None) | (Keyword::Nothing, _) => {}
        }
    }
}

/// The brackets of a call whose opening one stands at a place.
fn closing(tokens: &[&Token], place: usize) -> Option<(Span, Span)> {
    let open = tokens.get(place).filter(|token| token.kind == Kind::Sign(b'('))?;
    let mut depth = 0_u32;
    for token in tokens.get(place..)?.iter().take(2000) {
        match token.kind {
            Kind::Sign(b'(') => depth += 1,
            Kind::Sign(b')') => {
                depth -= 1;
                if depth == 0 {
                    return Some((open.span.clone(), token.span.clone()));
                }
            }
            _ => {}
        }
    }
    None
}

/// `extern "C" {` and `}` between `#ifdef __cplusplus` and `#endif`: nothing else is blanked there.
fn mask_linkage(text: &[u8], tokens: &[&Token], masked: &mut [u8]) {
    let code: Vec<&&Token> = tokens
        .iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect();
    for (place, token) in code.iter().enumerate() {
        let asks = token.kind == Kind::Directive
            && text
                .get(token.span.start as usize..token.span.end as usize)
                .is_some_and(|line| line.windows(11).any(|window| window == b"__cplusplus"));
        if !asks {
            continue;
        }
        let inner: Vec<&Token> = code
            .iter()
            .skip(place.saturating_add(1))
            .take(4)
            .take_while(|inner| inner.kind != Kind::Directive)
            .map(|inner| **inner)
            .collect();
        let end = code.get(place.saturating_add(inner.len()).saturating_add(1));
        let ends = end.is_some_and(|end| {
            end.kind == Kind::Directive && matches!(directive_name(text, end), b"endif" | b"else")
        });
        let kinds: Vec<Kind> = inner.iter().map(|inner| inner.kind).collect();
        let linkage = [Kind::Word, Kind::Text, Kind::Sign(b'{')];
        if ends && (kinds == linkage || kinds == [Kind::Sign(b'}')]) {
            for inner in inner {
                blank(masked, &inner.span);
            }
        }
    }
}
