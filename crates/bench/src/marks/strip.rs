//! The comment stripper: removes comments, blank lines and trailing white space, by the syntax tree.

use anyhow::{Context as _, Result};
use ringfence_syntax::{Language, parse};

/// Kinds of nodes whose white space is text of theirs.
fn is_opaque(kind: &str) -> bool {
    kind.contains("string") || kind.contains("template") || kind == "jsx_text" || kind == "preproc_arg"
}

/// Removes every comment and every blank line that is not part of a string.
pub fn strip(language: Language, text: &[u8]) -> Result<Vec<u8>> {
    let tree = parse(language, text).context("cannot be parsed")?;
    let mut comment = vec![false; text.len()];
    let mut opaque = vec![false; text.len()];
    for node in tree.nodes() {
        let marks = if node.is_comment() {
            &mut comment
        } else if is_opaque(node.kind()) {
            &mut opaque
        } else {
            continue;
        };
        if let Some(range) = marks.get_mut(node.start() as usize..node.end() as usize) {
            range.fill(true);
        }
    }
    let mut kept: Vec<(u8, bool)> = Vec::with_capacity(text.len());
    let mut inside = false;
    for ((byte, comment), opaque) in text.iter().zip(&comment).zip(&opaque) {
        if *comment {
            // A comment that ends a line may own its line break, and one between two words keeps them apart.
            if *byte == b'\n' {
                kept.push((b'\n', false));
            } else if !inside {
                kept.push((b' ', false));
            }
        } else {
            kept.push((*byte, *opaque));
        }
        inside = *comment;
    }
    Ok(without_blank_lines(&kept))
}

fn without_blank_lines(text: &[(u8, bool)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|(byte, _)| *byte == b'\n') {
        let is_text = line.last().is_some_and(|(_, opaque)| *opaque);
        if is_text {
            out.extend(line.iter().map(|(byte, _)| *byte));
            continue;
        }
        let length = line
            .iter()
            .rposition(|(byte, opaque)| *opaque || !byte.is_ascii_whitespace())
            .map_or(0, |last| last.saturating_add(1));
        if length > 0 {
            out.extend(line.iter().take(length).map(|(byte, _)| *byte));
            out.push(b'\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_go_and_strings_stay() {
        let text = "def f():  # says\n    # no\n\n    return '''a\n\n# b'''  \n\n\nx = 1\n";
        let stripped = strip(Language::Python, text.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(stripped).unwrap(),
            "def f():\n    return '''a\n\n# b'''\nx = 1\n"
        );
        let text = "/* head */\nint/**/a; // b\n\n#define X \\\n  1\nchar *s = \"// no\";\n";
        let stripped = strip(Language::C, text.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(stripped).unwrap(),
            "int a;\n#define X \\\n  1\nchar *s = \"// no\";\n"
        );
    }
}
