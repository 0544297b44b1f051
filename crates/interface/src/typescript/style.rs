//! How the owner's file is formatted, so that stubs look as its formatter would have them.

use ringfence_syntax::Node;

use crate::engine::text;

/// Quotes, semicolons, indentation and line breaks of a file.
pub(super) struct Style {
    pub(super) quote: char,
    pub(super) semicolon: &'static str,
    pub(super) indent: &'static str,
    pub(super) line_break: &'static str,
}

impl Style {
    /// Reads the style off a file: what most of its strings, statements and lines do.
    pub(super) fn of(source: &[u8], root: &Node<'_>) -> Style {
        let (mut single, mut double) = (0_usize, 0_usize);
        let (mut with, mut without) = (0_usize, 0_usize);
        for node in root.descendants() {
            match node.kind() {
                "string" => match text::byte(source, node.start()) {
                    Some(b'\'') => single += 1,
                    Some(b'"') => double += 1,
                    // The type of that name.
                    _ => {}
                },
                "import_statement" | "lexical_declaration" | "return_statement" | "expression_statement" => {
                    match text::byte(source, node.end().saturating_sub(1)) {
                        Some(b';') => with += 1,
                        _ => without += 1,
                    }
                }
                _ => {}
            }
        }
        let crlf = source
            .iter()
            .position(|byte| *byte == b'\n')
            .and_then(|at| at.checked_sub(1))
            .is_some_and(|before| source.get(before) == Some(&b'\r'));
        Style {
            quote: if single > double { '\'' } else { '"' },
            semicolon: if without > with { "" } else { ";" },
            indent: indent(source),
            line_break: if crlf { "\r\n" } else { "\n" },
        }
    }

    /// The body of every stub, for a function that stands at this indentation; `first` comes before the throw.
    pub(super) fn stub(&self, indentation: &[u8], first: Option<&str>) -> Vec<u8> {
        let Style {
            quote,
            semicolon,
            indent,
            line_break,
        } = self;
        let mut body = b"{".to_vec();
        let throw = format!("throw new Error({quote}hidden{quote})");
        for statement in first.into_iter().chain([throw.as_str()]) {
            body.extend_from_slice(line_break.as_bytes());
            body.extend_from_slice(indentation);
            body.extend_from_slice(format!("{indent}{statement}{semicolon}").as_bytes());
        }
        body.extend_from_slice(line_break.as_bytes());
        body.extend_from_slice(indentation);
        body.push(b'}');
        body
    }

    /// A string without content.
    pub(super) fn empty_string(&self) -> String {
        format!("{0}{0}", self.quote)
    }
}

/// One step of indentation: a tab, or the smallest number of spaces that lines start with.
fn indent(source: &[u8]) -> &'static str {
    let (mut tabs, mut two, mut four) = (0_usize, 0_usize, 0_usize);
    for line in source.split(|byte| *byte == b'\n').take(2000) {
        let spaces = line.iter().take_while(|byte| **byte == b' ').count();
        match line.get(spaces) {
            Some(b'\t') if spaces == 0 => tabs += 1,
            // The second line of a comment.
            Some(b'*') | None => {}
            Some(_) if spaces == 2 => two += 1,
            Some(_) if spaces == 4 => four += 1,
            Some(_) => {}
        }
    }
    if tabs > two.saturating_add(four) {
        "\t"
    } else if two == 0 && four > 0 {
        "    "
    } else {
        "  "
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_of_indentation_is_read_off_the_lines() {
        assert_eq!(indent(b"a {\n  b\n    c\n}\n"), "  ");
        assert_eq!(indent(b"a {\n    b\n        c\n}\n"), "    ");
        assert_eq!(indent(b"a {\n\tb\n\t\tc\n}\n"), "\t");
        assert_eq!(indent(b"/**\n * doc\n */\na\n"), "  ");
    }
}
