//! What TypeScript allows and the grammar does not know, blanked for the parser. Only the parser sees the masked text: it has the same
//! length, so every position is one of the owner's text, and that is what is delivered.
//!
//! INVARIANT: a mask is used only when it makes the text free of errors; otherwise the parse of the owner's text counts, with its errors.

use std::borrow::Cow;

use ringfence_syntax::lex::{Token, TokenKind, lex};
use ringfence_syntax::{Language, SyntaxError, Tree};

/// Parses a text, masked where that makes it understood.
pub(super) fn parse(language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
    let tree = ringfence_syntax::parse(language, source)?;
    if tree.error_count() == 0 || language == Language::JavaScript {
        return Ok(tree);
    }
    let Cow::Owned(masked) = masked(language, source) else {
        return Ok(tree);
    };
    let other = ringfence_syntax::parse(language, &masked)?;
    Ok(if other.error_count() == 0 { other } else { tree })
}

/// Blanks `in` and `out` of type parameters, and ends type members before a call signature on a line of its own.
fn masked(language: Language, source: &[u8]) -> Cow<'_, [u8]> {
    let tokens: Vec<Token> = lex(language, source)
        .into_iter()
        .filter(|token| !matches!(token.kind, TokenKind::CommentWord | TokenKind::BlankLine))
        .collect();
    let mut masked = Cow::Borrowed(source);
    // Variance: `<out T`, `, in T`, `<in out T`. A name directly before another name is nothing else there.
    for (at, token) in tokens.iter().enumerate() {
        let is_variance = |token: &Token| matches!(token.bytes(source), b"in" | b"out");
        let before = previous(&tokens, at);
        let opens = |token: Option<&Token>| {
            token.is_some_and(|token| matches!(token.bytes(source).last(), Some(b'<' | b',')))
        };
        let after_in = before.is_some_and(|before| before.bytes(source) == b"in")
            && opens(at.checked_sub(1).and_then(|before| previous(&tokens, before)));
        let named = tokens
            .get(at.saturating_add(1))
            .is_some_and(|next| next.kind == TokenKind::Identifier || next.bytes(source) == b"out");
        if is_variance(token) && named && (opens(before) || after_in) {
            blank(&mut masked, token.start, token.end);
        }
    }
    // `member: Type` on one line and `<T>(...)` or `(...)` on the next: the line break ends the member.
    let mut braces: Vec<bool> = Vec::new();
    let mut until_brace: Vec<&[u8]> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let bytes = token.bytes(source);
        if token.kind == TokenKind::Operator {
            match bytes {
                b"{" => {
                    braces.push(opens_members(&tokens, at, source));
                    until_brace.push(b"{");
                }
                b"(" | b"[" => until_brace.push(bytes),
                b"}" => {
                    braces.pop();
                    until_brace.pop();
                }
                b")" | b"]" => {
                    until_brace.pop();
                }
                _ => {}
            }
        }
        let in_members = braces.last() == Some(&true);
        let depth = until_brace.len();
        let direct = match bytes {
            b"(" => depth >= 2 && until_brace.get(depth.saturating_sub(2)) == Some(&&b"{"[..]),
            _ => until_brace.last() == Some(&&b"{"[..]),
        };
        if in_members && direct && matches!(bytes, b"<" | b"(") {
            let ends = previous(&tokens, at).filter(|before| {
                matches!(
                    before.kind,
                    TokenKind::Identifier | TokenKind::Keyword | TokenKind::String | TokenKind::Number
                ) || matches!(before.bytes(source), b")" | b"]" | b"}" | b">")
            });
            let gap = ends.map(|before| before.end..token.start);
            if let Some(line_break) = gap.and_then(|gap| line_break(source, gap.start, gap.end)) {
                blank(&mut masked, line_break, line_break.saturating_add(1));
                if let Some(byte) = masked.to_mut().get_mut(line_break as usize) {
                    *byte = b';';
                }
            }
        }
    }
    masked
}

/// Tells whether a brace opens the members of a type: after `interface ...`, `=` or `:` and the like, not after `)` or `=>`.
fn opens_members(tokens: &[Token], at: usize, source: &[u8]) -> bool {
    let mut back = at;
    for _ in 0..400 {
        let Some(index) = back.checked_sub(1) else {
            return false;
        };
        let Some(token) = tokens.get(index) else {
            return false;
        };
        match token.bytes(source) {
            b"interface" | b"type" => return true,
            b";" | b"}" | b"{" | b"class" | b"function" | b")" | b"=>" => return false,
            _ => back = index,
        }
    }
    false
}

fn previous(tokens: &[Token], at: usize) -> Option<&Token> {
    at.checked_sub(1).and_then(|before| tokens.get(before))
}

fn blank(masked: &mut Cow<'_, [u8]>, start: u32, end: u32) {
    if let Some(bytes) = masked.to_mut().get_mut(start as usize..end as usize) {
        bytes.fill(b' ');
    }
}

/// The first line break in a stretch; the rest of it is white space and comments.
fn line_break(source: &[u8], start: u32, end: u32) -> Option<u32> {
    let gap = source.get(start as usize..end as usize)?;
    let at = gap.iter().position(|byte| *byte == b'\n')?;
    // A line comment before it would swallow the mask.
    if gap.get(..at)?.contains(&b'/') {
        return None;
    }
    start.checked_add(u32::try_from(at).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(source: &str) -> (usize, usize) {
        let plain = ringfence_syntax::parse(Language::TypeScript, source.as_bytes()).unwrap();
        let masked = parse(Language::TypeScript, source.as_bytes()).unwrap();
        (plain.error_count(), masked.error_count())
    }

    #[test]
    fn variance_and_call_signatures_are_understood() {
        for source in [
            "export interface Type<out O = unknown, in I = never, in out S = any> extends Base<O> {\n  a: O;\n}\n",
            "export interface Store<T> {\n  a: Types<T> & T\n  <S>(\n    x: S,\n  ): S\n}\n",
            "interface F {\n  /** doc */\n  a: string\n  /** doc */\n  <S, T extends {} = {}>(x: S): T\n  <S>(x: S): void\n}\n",
        ] {
            let (plain, masked) = errors(source);
            assert!(plain > 0, "the grammar has learnt it: {source}");
            assert_eq!(masked, 0, "{source}");
        }
    }

    #[test]
    fn real_errors_stay_errors() {
        for source in [
            "function f() { if (x { return 1; }\n",
            "export interface Type<out O> { a: ; }\nfunction f( {\n",
            "a\n<b>(c) }",
        ] {
            assert!(errors(source).1 > 0, "{source}");
        }
    }

    #[test]
    fn a_mask_keeps_the_length() {
        let source = b"interface A<in out T> {\r\n  a: T\r\n  <S>(x: S): S\r\n}";
        assert_eq!(masked(Language::TypeScript, source).len(), source.len());
    }
}
