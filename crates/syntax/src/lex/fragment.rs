//! Text that was cut anywhere: its first line may lie inside a string or a comment that began before it.
//!
//! Read from there as code, a Python fragment that begins inside a docstring is inverted to its end: prose becomes code and code
//! becomes strings. Such a beginning is recognised by what it does to the rest.

use super::{Token, TokenKind, lex};
use crate::Language;

/// What may be open when a fragment begins, by its end.
fn closings(language: Language) -> &'static [&'static [u8]] {
    match language {
        Language::Python => &[b"\"\"\"", b"'''"],
        Language::JavaScript | Language::TypeScript | Language::Tsx => &[b"*/", b"`"],
        Language::Go => &[b"*/", b"`"],
        _ => &[b"*/"],
    }
}

/// Returns the tokens of a text that may begin inside a string or comment, in order.
///
/// The end of a block comment that nothing opened is one, unless it stands inside a string or a pattern (`'src/**/*.js'`). Of the other readings (nothing was open; the closing of a string ends
/// what was open) the plain one is taken unless another has half as many brackets and assignments again: code that is read as
/// strings loses them, prose has few.
#[must_use]
pub fn lex_fragment(language: Language, text: &[u8]) -> Vec<Token> {
    let mut best = lex(language, text);
    // Strings and patterns that end as they began; an apostrophe in prose begins one that does not.
    let strings: Vec<(u32, u32)> = best
        .iter()
        .filter(|token| token.kind == TokenKind::String)
        .filter(|token| match token.bytes(text) {
            [first, .., last] => first == last || first.is_ascii_alphabetic(),
            _ => false,
        })
        .map(|token| (token.start, token.end))
        .collect();
    let is_quoted = |end: u32| strings.iter().any(|(start, close)| *start < end && end <= *close);
    let mut most = code(&best, text);
    for closing in closings(language) {
        let Some(end) = text
            .windows(closing.len())
            .position(|window| window == *closing)
            .and_then(|start| start.checked_add(closing.len()))
        else {
            continue;
        };
        let rest = text.get(end..).unwrap_or_default();
        let Ok(head) = u32::try_from(end) else { continue };
        let is_comment = *closing == b"*/";
        let head_text = text.get(..end).unwrap_or_default();
        if is_comment && (is_quoted(head) || head_text.windows(2).any(|window| window == b"/*")) {
            continue;
        }
        let tokens = lex(language, rest);
        let found = code(&tokens, rest);
        if is_comment || found.saturating_mul(2) > most.saturating_mul(3) {
            let kind = if is_comment {
                TokenKind::CommentWord
            } else {
                TokenKind::String
            };
            most = found;
            best = std::iter::once(Token {
                kind,
                start: 0,
                end: head,
            })
            .chain(tokens.into_iter().map(|token| Token {
                start: token.start.saturating_add(head),
                end: token.end.saturating_add(head),
                ..token
            }))
            .collect();
        }
    }
    best
}

fn code(tokens: &[Token], text: &[u8]) -> usize {
    tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Operator)
        .filter(|token| {
            let bytes = token.bytes(text);
            bytes.contains(&b'=') || matches!(bytes, b"(" | b")" | b"[" | b"]" | b"{" | b"}")
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(tokens: &[Token]) -> usize {
        let of = |token: &&Token| token.kind == TokenKind::String;
        tokens.iter().filter(of).count()
    }

    #[test]
    fn a_fragment_that_begins_in_a_docstring_is_read_from_its_end() {
        let whole = "def first(a):\n    \"\"\"Says what it is for.\n\n    And why.\n    \"\"\"\n    return a + 1\n\n\ndef second(b):\n    \"\"\"Says it too.\"\"\"\n    return first(b) * 2\n";
        let cut = whole.find("And why").unwrap();
        let fragment = &whole.as_bytes()[cut..];
        let tokens = lex_fragment(Language::Python, fragment);
        let expected = lex(Language::Python, whole.as_bytes());
        let shown = |tokens: &[Token], text: &[u8]| -> Vec<Vec<u8>> {
            tokens.iter().map(|token| token.bytes(text).to_vec()).collect()
        };
        let tail = shown(&tokens[1..], fragment);
        assert!(shown(&expected, whole.as_bytes()).ends_with(&tail));
        assert!(tail.len() > 14, "{}", tail.len());
        assert_eq!(strings(&tokens), 2);
    }

    #[test]
    fn what_begins_with_code_is_read_as_before() {
        for (language, text) in [
            (Language::Python, "x = 1\ny = \"\"\"a\n\"\"\"\nz = f(x)\n"),
            (Language::JavaScript, "const a = `b ${c} d`;\nf(a);\n"),
            (Language::Go, "var a = `b`\nfunc f() {}\n"),
            (Language::C, "int a; /* b */ int c;\n"),
            (Language::C, ""),
            (Language::Rust, "let a = b * /* c */ d;"),
        ] {
            assert_eq!(
                lex_fragment(language, text.as_bytes()),
                lex(language, text.as_bytes())
            );
        }
    }

    #[test]
    fn the_end_of_a_comment_in_a_string_or_a_pattern_ends_nothing() {
        for text in [
            "const files = glob('src/**/*.js');\nconst price = rate(files) * 7 + files.length;\n",
            "const all = /.*/;\nconst name = path.replace(/^.*/, '') + all.source.length;\n",
        ] {
            let (language, text) = (Language::JavaScript, text.as_bytes());
            assert_eq!(lex_fragment(language, text), lex(language, text));
        }
    }

    #[test]
    fn a_comment_or_template_that_began_before_ends() {
        let text = "of them, (a) or [b]; see above. */\nint f(int a) { return a + 1; }\n";
        let tokens = lex_fragment(Language::C, text.as_bytes());
        assert_eq!(tokens[1].bytes(text.as_bytes()), b"int");
        let text = "some text`;\nf(a, [b], c);\nconst a = `x` + f(a, [b], c);\n";
        let tokens = lex_fragment(Language::JavaScript, text.as_bytes());
        assert_eq!(tokens[1].bytes(text.as_bytes()), b";");
    }
}
