//! What the frame counts by itself, apart from the engine: code lines, functions, and literals of bodies that came through.

use imara_diff::{Algorithm, Diff, InternedInput};
use ringfence_syntax::lex::{TokenKind, lex};
use ringfence_syntax::{Language, Node, parse};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Shortest string that counts as a literal of its body; shorter ones stand everywhere.
const SHORTEST_STRING: usize = 4;
/// Shortest number that counts.
const SHORTEST_NUMBER: usize = 3;
/// What stubs say, and values that are left blank.
const OF_STUBS: &[&[u8]] = &[b"hidden", b"0.0"];

/// Lines that hold a word or a number outside of comments; a bracket alone says nothing. In a text that cannot be parsed comments count too.
pub fn code_lines(language: Language, text: &[u8], is_comment: &dyn Fn(&Node<'_>, &[u8]) -> bool) -> usize {
    let code = without_comments(language, text, is_comment);
    lines_of(&code).count()
}

/// How many code lines of the original are not in the output any more, by the longest common subsequence of both.
pub fn removed_lines(
    language: Language,
    original: &[u8],
    output: &[u8],
    is_comment: &dyn Fn(&Node<'_>, &[u8]) -> bool,
) -> usize {
    let before = without_comments(language, original, is_comment);
    let after = without_comments(language, output, is_comment);
    let mut input = InternedInput::<&[u8]>::default();
    input.update_before(lines_of(&before));
    input.update_after(lines_of(&after));
    let diff = Diff::compute(Algorithm::MyersMinimal, &input);
    usize::try_from(diff.count_removals()).unwrap_or(0)
}

fn lines_of(code: &[u8]) -> impl Iterator<Item = &[u8]> {
    code.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| {
            line.iter()
                .any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
        })
}

fn without_comments(
    language: Language,
    text: &[u8],
    is_comment: &dyn Fn(&Node<'_>, &[u8]) -> bool,
) -> Vec<u8> {
    let mut code = text.to_vec();
    if let Ok(tree) = parse(language, text) {
        for node in tree.nodes().filter(|node| is_comment(node, text)) {
            if let Some(bytes) = code.get_mut(range(&node)) {
                bytes
                    .iter_mut()
                    .filter(|byte| **byte != b'\n')
                    .for_each(|byte| *byte = b' ');
            }
        }
    }
    code
}

/// The functions of a file that have a body: the lines from the first to the last (from 1), and the bytes of the body.
pub fn functions(language: Language, text: &[u8]) -> Vec<(Range<usize>, Range<usize>)> {
    let Ok(tree) = parse(language, text) else {
        return Vec::new();
    };
    let line = |at: usize| {
        text.get(..at)
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            .saturating_add(1)
    };
    tree.nodes()
        .filter(is_function)
        .filter_map(|node| {
            let body = node.child_by_field("body")?;
            let whole = range(&node);
            Some((line(whole.start)..line(whole.end).saturating_add(1), range(&body)))
        })
        .collect()
}

fn is_function(node: &Node<'_>) -> bool {
    node.is_function()
        || matches!(
            node.kind(),
            "arrow_function"
                | "function_expression"
                | "generator_function"
                | "lambda_expression"
                | "closure_expression"
                | "func_literal"
                | "lambda"
        )
}

/// Literals that stand only in bodies of the original that are not kept (no kept record on their lines), and yet in the output.
///
/// What `is_comment` says is documentation may stand in a body and is no part of it (Python's strings), nor are types of attributes.
pub fn leaked(
    language: Language,
    original: &[u8],
    kept_lines: &[usize],
    output: &[u8],
    is_comment: &dyn Fn(&Node<'_>, &[u8]) -> bool,
) -> Vec<String> {
    let documentation: Vec<Range<usize>> = parse(language, original)
        .map(|tree| {
            tree.nodes()
                .filter(|node| is_comment(node, original) || is_declared_type(node))
                .map(|node| range(&node))
                .collect()
        })
        .unwrap_or_default();
    let dropped: Vec<Range<usize>> = functions(language, original)
        .into_iter()
        .filter(|(lines, _)| !kept_lines.iter().any(|kept| lines.contains(kept)))
        .map(|(_, body)| body)
        .collect();
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for (start, literal) in literals(language, original) {
        let is_documentation = documentation.iter().any(|stretch| stretch.contains(&start));
        if !is_documentation && dropped.iter().any(|body| body.contains(&start)) {
            inside.insert(literal);
        } else {
            outside.insert(literal);
        }
    }
    let shown: BTreeSet<Cow<'_, [u8]>> = literals(language, output)
        .into_iter()
        .map(|(_, literal)| literal)
        .collect();
    shown
        .iter()
        .filter(|literal| inside.contains(*literal) && !outside.contains(*literal))
        .map(|literal| String::from_utf8_lossy(literal).into_owned())
        .collect()
}

/// `self.a: "T" = ...` in Python: the type of an attribute is declared where it is first set.
fn is_declared_type(node: &Node<'_>) -> bool {
    node.kind() == "type"
        && node.parent().is_some_and(|parent| {
            parent.kind() == "assignment"
                && parent
                    .child_by_field("left")
                    .is_some_and(|target| target.kind() == "attribute")
        })
}

fn literals(language: Language, text: &[u8]) -> Vec<(usize, Cow<'_, [u8]>)> {
    lex(language, text)
        .into_iter()
        .filter(|token| matches!(token.kind, TokenKind::String | TokenKind::Number))
        .map(|token| {
            (
                usize::try_from(token.start).unwrap_or(usize::MAX),
                token.kind,
                token.key(text),
            )
        })
        .filter(|(_, kind, key)| {
            let shortest = if *kind == TokenKind::Number {
                SHORTEST_NUMBER
            } else {
                SHORTEST_STRING
            };
            key.len() >= shortest && !OF_STUBS.contains(&key.as_ref())
        })
        .map(|(start, _, key)| (start, key))
        .collect()
}

fn range(node: &Node<'_>) -> Range<usize> {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    at(node.start())..at(node.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &[u8] = b"/* head */\nconst TABLE = 'outside';\n\nfunction secret() {\n  // why\n  return 'inside' + 'outside' + 12345;\n}\n";

    #[test]
    fn a_line_counts_when_it_holds_more_than_comments() {
        let lines = |text: &[u8]| code_lines(Language::JavaScript, text, &|node, _| node.is_comment());
        assert_eq!(lines(ORIGINAL), 3);
        assert_eq!(lines(b"\n\n/* a\n b\n */ x();\n"), 1);
    }

    #[test]
    fn a_stub_is_no_line_of_the_owner() {
        let output =
            b"/* head */\nconst TABLE = 'outside';\n\nfunction secret() {\n  throw new Error('hidden');\n}\n";
        let removed = |output: &[u8]| {
            removed_lines(Language::JavaScript, ORIGINAL, output, &|node, _| {
                node.is_comment()
            })
        };
        assert_eq!(removed(ORIGINAL), 0);
        assert_eq!(removed(output), 1);
        assert_eq!(removed(b""), 3);
    }

    #[test]
    fn a_literal_of_a_dropped_body_is_found() {
        let output = b"const TABLE = 'outside';\nfunction secret() {\n  throw new Error('inside');\n}\n";
        let leaked = |kept: &[usize], output: &[u8]| {
            super::leaked(Language::JavaScript, ORIGINAL, kept, output, &|node, _| {
                node.is_comment()
            })
        };
        assert_eq!(leaked(&[], output), ["inside"]);
        assert!(leaked(&[4], output).is_empty());
        let number = b"function secret() { return 12345; }";
        assert_eq!(leaked(&[], number), ["12345"]);
        let clean = b"const TABLE = 'outside';\nfunction secret() {\n  throw new Error('hidden');\n}\n";
        assert!(leaked(&[], clean).is_empty());
    }
}
