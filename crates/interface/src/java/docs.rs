//! Comments: documentation of what others see stays as the view asks, everything else goes.

use std::collections::BTreeSet;

use ringfence_syntax::Node;

use super::declare::Planner;
use super::{Access, LINK};
use crate::Docs;
use crate::engine::Span;
use crate::engine::text::{self, length, lines, slice, starts_line};

/// Comments that stay, by place in the tree.
pub(super) type Staying = BTreeSet<u32>;

impl Planner<'_, '_, '_> {
    /// A node with the comments that belong to it, as whole lines.
    pub(super) fn whole(&self, node: &Node<'_>) -> Span {
        let mut start = node.start();
        let mut before = node.previous_sibling();
        while let Some(comment) = before.filter(Node::is_comment) {
            let gap = slice(self.source, &(comment.end()..start));
            let breaks = gap.iter().filter(|byte| **byte == b'\n').count();
            if breaks > 1 && !is_documentation(&comment, self.source)
                || !starts_line(self.source, comment.start())
            {
                break;
            }
            start = comment.start();
            before = comment.previous_sibling();
        }
        let mut end = node.end();
        if let Some(comment) = node.next_sibling().filter(Node::is_comment)
            && !slice(self.source, &(end..comment.start())).contains(&b'\n')
        {
            end = comment.end();
        }
        lines(self.source, start..end)
    }

    /// Lets the documentation of a node stay, when others than its package see the node.
    pub(super) fn describe(&mut self, node: &Node<'_>, access: Access) {
        if access != Access::Everyone || self.docs == Docs::None {
            return;
        }
        let mut before = node.previous_sibling();
        while let Some(comment) = before.filter(Node::is_comment) {
            if is_documentation(&comment, self.source) {
                self.document(&comment);
                return;
            }
            before = comment.previous_sibling();
        }
    }

    fn document(&mut self, comment: &Node<'_>) {
        self.staying.insert(comment.index());
        let bytes = comment.text(self.source);
        let mut end = length(bytes);
        if self.docs == Docs::FirstParagraph
            && let Some(cut) = first_paragraph(bytes)
        {
            end = cut;
            let one_line = !bytes.get(..cut as usize).unwrap_or_default().contains(&b'\n');
            let closing: Vec<u8> = if one_line {
                b" */".to_vec()
            } else {
                let indentation = text::indentation(self.source, comment.start());
                [b"\n", indentation, b" */"].concat()
            };
            self.plan
                .replace(comment.start().saturating_add(cut)..comment.end(), closing);
        }
        for link in links(bytes.get(..end as usize).unwrap_or_default()) {
            let span = comment.start().saturating_add(link.start)..comment.start().saturating_add(link.end);
            for word in text::words(self.source, span) {
                self.plan.use_span(word, LINK);
            }
        }
    }

    /// The owner's notice at the top of the file stays, for lawyers.
    pub(super) fn notice(&mut self, root: &Node<'_>) {
        let Some(first) = root.children().next().filter(Node::is_comment) else {
            return;
        };
        let mut next = Some(first);
        let mut found = Vec::new();
        let mut is_notice = false;
        let mut end = first.start();
        while let Some(comment) = next.filter(Node::is_comment) {
            let gap = slice(self.source, &(end..comment.start()));
            if gap.iter().filter(|byte| **byte == b'\n').count() > 1 {
                break;
            }
            let lower = comment.text(self.source).to_ascii_lowercase();
            is_notice |= [b"copyright".as_slice(), b"license", b"licence", b"spdx-"]
                .iter()
                .any(|word| lower.windows(word.len()).any(|window| window == *word));
            found.push(comment.index());
            end = comment.end();
            next = comment.next_sibling();
        }
        if is_notice {
            self.staying.extend(found);
        }
    }

    /// Drops every comment that does not stay; those in bodies go with the bodies.
    pub(super) fn drop_comments(&mut self) {
        for node in self.file.tree.nodes().filter(Node::is_comment) {
            if !self.staying.contains(&node.index()) {
                self.plan.remove(lines(self.source, node.start()..node.end()));
            }
        }
    }
}

fn is_documentation(comment: &Node<'_>, source: &[u8]) -> bool {
    comment.kind() == "block_comment" && comment.text(source).starts_with(b"/**")
}

/// Where the first paragraph of a documentation comment ends, when something follows: before an empty line, `<p>` or a tag.
fn first_paragraph(comment: &[u8]) -> Option<u32> {
    let mut at = 0_u32;
    let mut said = false;
    let mut end = 0_u32;
    for line in comment.split_inclusive(|byte| *byte == b'\n') {
        let words = line
            .trim_ascii_start()
            .strip_prefix(b"/**")
            .unwrap_or(line.trim_ascii_start())
            .trim_ascii_start();
        let words = words.strip_prefix(b"*/").unwrap_or(words);
        let words = words.strip_prefix(b"*").unwrap_or(words).trim_ascii();
        let closes = words == b"/" || words.is_empty() && line.trim_ascii().ends_with(b"*/");
        let breaks =
            words.is_empty() || words.starts_with(b"@") || words.to_ascii_lowercase().starts_with(b"<p>");
        if closes {
            return None;
        }
        if breaks && said {
            return Some(end);
        }
        said |= !words.is_empty();
        at = at.saturating_add(length(line));
        end = at.saturating_sub(length(line).saturating_sub(length(line.trim_ascii_end())));
    }
    None
}

/// The types and members that a documentation comment links to.
fn links(comment: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = comment.get(at..) {
        let Some(tag) = rest.iter().position(|byte| *byte == b'@') else {
            break;
        };
        let name: Vec<u8> = rest
            .iter()
            .skip(tag.saturating_add(1))
            .take_while(|byte| byte.is_ascii_alphabetic())
            .copied()
            .collect();
        let start = at
            .saturating_add(tag)
            .saturating_add(1)
            .saturating_add(name.len());
        at = start;
        if matches!(
            name.as_slice(),
            b"link" | b"linkplain" | b"see" | b"throws" | b"exception" | b"value"
        ) {
            let length = comment
                .get(start..)
                .unwrap_or_default()
                .iter()
                .position(|byte| matches!(byte, b'}' | b'\n'))
                .unwrap_or(0);
            let end = start.saturating_add(length);
            found.extend(
                Some((start, end))
                    .and_then(|(start, end)| Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_ends_before_an_empty_line_or_a_tag() {
        let cut = |text: &str| {
            first_paragraph(text.as_bytes()).map(|at| text.get(..at as usize).unwrap().to_owned())
        };
        assert_eq!(
            cut("/**\n     * Says x.\n     *\n     * More.\n     */").as_deref(),
            Some("/**\n     * Says x.")
        );
        assert_eq!(
            cut("/**\n * Says x,\n * y.\n * @param a b\n */").as_deref(),
            Some("/**\n * Says x,\n * y.")
        );
        assert_eq!(cut("/** Says x. */"), None);
        assert_eq!(cut("/**\n * Says x.\n */"), None);
    }

    #[test]
    fn links_are_found_where_they_name_something() {
        let text =
            b"/** See {@link Foo#bar} and {@code Baz}.\n * @throws IOException if\n * @param Qux x\n */";
        let names: Vec<&[u8]> = links(text)
            .into_iter()
            .map(|span| slice(text, &span).trim_ascii())
            .collect();
        assert_eq!(names, [b"Foo#bar".as_slice(), b"IOException if"]);
    }
}
