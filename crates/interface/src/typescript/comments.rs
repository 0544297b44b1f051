//! Comments: documentation of what is visible by the view's policy, directives that the compiler reads; nothing else.

use ringfence_syntax::Node;

use super::{Planner, has, span};
use crate::Docs;
use crate::engine::{Span, text};

/// What becomes of one comment.
enum Fate {
    Stays,
    Becomes(Vec<u8>),
    Goes,
}

impl Planner<'_> {
    /// Plans every comment of the file.
    pub(super) fn comments(&mut self, root: &Node<'_>) {
        let comments: Vec<Node<'_>> = root.descendants().filter(Node::is_comment).collect();
        for comment in comments {
            match self.fate(&comment) {
                Fate::Stays => {}
                Fate::Becomes(with) => self.put(span(&comment), with),
                Fate::Goes => {
                    let range = self.with_blank(&comment);
                    self.plan.remove(range);
                }
            }
        }
    }

    fn fate(&self, comment: &Node<'_>) -> Fate {
        let source = self.of(comment);
        if source.starts_with(b"///") {
            let inner = source.get(3..).unwrap_or_default().trim_ascii_start();
            let path = inner.strip_prefix(b"<reference ").map(|rest| {
                rest.split(|byte| matches!(byte, b'"' | b'\''))
                    .nth(1)
                    .unwrap_or_default()
            });
            let is_path = inner.windows(5).any(|window| window == b"path=");
            return match path {
                Some(path) if !is_path || self.delivers_path(&relative(path)) => Fate::Stays,
                _ => Fate::Goes,
            };
        }
        if let Some(directive) = directive(source) {
            return if directive == source {
                Fate::Stays
            } else {
                Fate::Becomes(directive)
            };
        }
        let is_licence = source.starts_with(b"/*!");
        if !source.starts_with(b"/**") && !is_licence {
            return Fate::Goes;
        }
        let documents = (is_licence && comment.parent().is_some_and(|parent| parent.kind() == "program"))
            || self.is_of_file(comment)
            || self.is_of_visible(comment);
        match self.docs {
            _ if !documents => Fate::Goes,
            Docs::None => Fate::Goes,
            Docs::Full => Fate::Stays,
            Docs::FirstParagraph => match first_paragraph(source) {
                Some(short) if short == source => Fate::Stays,
                Some(short) => Fate::Becomes(short),
                None => Fate::Goes,
            },
        }
    }

    /// The first comment of a file, when it says of itself that it is about the file.
    fn is_of_file(&self, comment: &Node<'_>) -> bool {
        let first = comment
            .parent()
            .filter(|parent| parent.kind() == "program")
            .and_then(|program| program.children().find(|child| child.kind() != "hash_bang_line"));
        let source = self.of(comment);
        let tags: [&[u8]; 5] = [
            b"@file",
            b"@module",
            b"@packageDocumentation",
            b"@license",
            b"@overview",
        ];
        first.is_some_and(|first| first == *comment)
            && tags
                .iter()
                .any(|tag| source.windows(tag.len()).any(|window| window == *tag))
    }

    /// Tells whether the comment stands before an item or member that others see.
    fn is_of_visible(&self, comment: &Node<'_>) -> bool {
        let Some(parent) = comment.parent() else {
            return false;
        };
        let next = std::iter::successors(comment.next_sibling(), Node::next_sibling)
            .find(|next| !next.is_comment() && next.kind() != "decorator");
        let Some(next) = next.filter(|next| next.is_named()) else {
            return false;
        };
        let is_member = match parent.kind() {
            "program" | "statement_block" => {
                return self.is_visible_item(&next) && self.above_is_visible(&next);
            }
            "class_body" => !self.is_private(&next),
            "interface_body" | "object_type" | "enum_body" | "object" | "export_clause" => true,
            _ => false,
        };
        is_member && self.above_is_visible(&parent)
    }

    /// Tells whether every item around a node is visible.
    fn above_is_visible(&self, node: &Node<'_>) -> bool {
        node.ancestors().all(|above| {
            let is_item = above
                .parent()
                .is_some_and(|parent| matches!(parent.kind(), "program" | "statement_block"));
            !is_item || self.is_visible_item(&above)
        })
    }

    /// Tells whether a statement declares or exports something that others see.
    pub(super) fn is_visible_item(&self, node: &Node<'_>) -> bool {
        match node.kind() {
            "export_statement" | "ambient_declaration" => true,
            // What adds members to something is dropped with it; namespaces look like expressions.
            "expression_statement" => node
                .named_children()
                .next()
                .is_some_and(|inner| match inner.kind() {
                    "assignment_expression" | "internal_module" => true,
                    "call_expression" => !self.typed && self.is_definition(&inner),
                    _ => false,
                }),
            "lexical_declaration" | "variable_declaration" => {
                self.all_visible
                    || node
                        .named_children()
                        .filter_map(|child| child.child_by_field("name"))
                        .any(|name| self.exported.contains(self.of(&name)))
            }
            _ => {
                self.all_visible
                    || node
                        .name_node()
                        .is_some_and(|name| self.exported.contains(self.of(&name)))
            }
        }
    }

    /// Tells whether a member of a class is private: by modifier or by `#`.
    pub(super) fn is_private(&self, member: &Node<'_>) -> bool {
        let name = member
            .child_by_field("name")
            .or_else(|| member.child_by_field("property"));
        name.is_some_and(|name| name.kind() == "private_property_identifier")
            || member
                .children()
                .any(|child| child.kind() == "accessibility_modifier" && has(&child, "private"))
    }

    /// The comment with its lines, or with the white space on one side of it.
    fn with_blank(&self, comment: &Node<'_>) -> Span {
        let lines = text::lines(self.text, span(comment));
        if lines != span(comment) {
            return lines;
        }
        let blank = |at: Option<u8>| matches!(at, Some(b' ' | b'\t'));
        let (mut start, mut end) = (comment.start(), comment.end());
        if matches!(text::byte(self.text, end), None | Some(b'\n' | b'\r')) {
            while let Some(before) = start
                .checked_sub(1)
                .filter(|before| blank(text::byte(self.text, *before)))
            {
                start = before;
            }
        } else {
            while blank(text::byte(self.text, end)) {
                end = end.saturating_add(1);
            }
        }
        start..end
    }
}

/// Paths of reference directives are relative even without a period.
fn relative(path: &[u8]) -> Vec<u8> {
    if path.starts_with(b".") {
        path.to_vec()
    } else {
        [b"./", path].concat()
    }
}

/// What stays of a comment that the compiler reads: the directive without its remark. An expected error may be gone with a body.
fn directive(source: &[u8]) -> Option<Vec<u8>> {
    let (open, close) = if source.starts_with(b"//") {
        ("// ", "")
    } else {
        ("/** ", " */")
    };
    let inner = source
        .strip_prefix(b"//")
        .or_else(|| source.strip_prefix(b"/*"))?;
    let inner = inner.strip_prefix(b"*").unwrap_or(inner).trim_ascii();
    let word = inner
        .split(|byte| byte.is_ascii_whitespace() || matches!(byte, b':' | b'*'))
        .next()
        .unwrap_or_default();
    let word = match word {
        b"@ts-ignore" | b"@ts-expect-error" => "@ts-ignore",
        b"@ts-nocheck" => "@ts-nocheck",
        b"@ts-check" => "@ts-check",
        _ => return None,
    };
    Some(format!("{open}{word}{close}").into_bytes())
}

/// A documentation comment cut after its first paragraph; nothing when it starts with a tag or says nothing.
fn first_paragraph(source: &[u8]) -> Option<Vec<u8>> {
    let body = source.strip_suffix(b"*/").unwrap_or(source);
    let mut end = 0_usize;
    let mut said = false;
    let mut at = 0_usize;
    for (number, line) in body.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let mut content = line.trim_ascii();
        if number == 0 {
            content = content
                .strip_prefix(b"/**")
                .or_else(|| content.strip_prefix(b"/*!"))
                .unwrap_or(content);
        } else {
            content = content.strip_prefix(b"*").unwrap_or(content);
        }
        let content = content.trim_ascii();
        at = at.saturating_add(line.len());
        if content.is_empty() {
            if said {
                break;
            }
            continue;
        }
        if content.starts_with(b"@") {
            break;
        }
        said = true;
        end = at;
    }
    if !said {
        return None;
    }
    let kept = body.get(..end).unwrap_or_default();
    let mut short = kept.trim_ascii_end().to_vec();
    if end == body.len() && !kept.ends_with(b"\n") {
        // One line, or a last line with the end of the comment on it.
        return Some(source.to_vec());
    }
    let last = body
        .get(end..)
        .unwrap_or_default()
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let blank: Vec<u8> = last
        .iter()
        .copied()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .collect();
    short.extend_from_slice(if kept.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
    short.extend_from_slice(&blank);
    short.extend_from_slice(b"*/");
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_ends_at_an_empty_line_or_a_tag() {
        let short =
            |doc: &str| first_paragraph(doc.as_bytes()).map(|short| String::from_utf8(short).unwrap());
        assert_eq!(short("/** One. */").as_deref(), Some("/** One. */"));
        assert_eq!(
            short("/**\n * One\n * more.\n *\n * Two.\n */").as_deref(),
            Some("/**\n * One\n * more.\n */")
        );
        assert_eq!(
            short("/**\n   * One.\n   * @param x why\n   */").as_deref(),
            Some("/**\n   * One.\n   */")
        );
        assert_eq!(short("/**\n * @internal\n */"), None);
        assert_eq!(short("/** */"), None);
        assert_eq!(short("/**\n * One.\n */").as_deref(), Some("/**\n * One.\n */"));
    }

    #[test]
    fn a_directive_loses_its_remark() {
        assert_eq!(
            directive(b"// @ts-expect-error the cache is odd").unwrap(),
            b"// @ts-ignore"
        );
        assert_eq!(directive(b"// @ts-nocheck").unwrap(), b"// @ts-nocheck");
        assert_eq!(
            directive(b"/** @ts-ignore Cast variance */").unwrap(),
            b"/** @ts-ignore */"
        );
        assert!(directive(b"// see @ts-ignore").is_none());
        assert!(directive(b"/** Documentation. */").is_none());
    }
}
