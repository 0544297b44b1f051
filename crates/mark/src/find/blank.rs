//! Blank line between two neighbours of a list: statements of a body, arms of a choice, members of a type, entries of a literal. No
//! language here gives meaning to a second line break between them: where a break ends a statement (JavaScript, Go, Python), the
//! first one has done so. Which neighbours a language's formatter leaves apart or together is the language's affair.
//!
//! A comment (or an attribute) that stands right above the lower neighbour belongs to it, and one behind the upper neighbour to that: the
//! blank line comes before the first and after the second, never between a comment and what it is about.

use ringfence_syntax::Node;

use super::candidate::{Candidate, source as copied, text};
use super::order::{container, trimmed_end};
use super::rule::FamilyRule;
use super::source::{Source, contains};
use crate::model::Family;

/// The family, with a language's lists.
pub(super) struct BlankLine {
    /// Kinds of nodes whose children may be told apart.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether a blank line may stand, or not, between two neighbours.
    pub(super) may_part: fn(&Source<'_>, &Neighbours<'_>) -> bool,
    /// Formatters align the comments behind neighbouring lines, and a blank line ends such a run.
    pub(super) aligns_comments: bool,
}

/// Two neighbours of a list.
pub(super) struct Neighbours<'t> {
    /// The list.
    pub(super) body: Node<'t>,
    /// The upper one.
    pub(super) before: Node<'t>,
    /// The lower one.
    pub(super) after: Node<'t>,
    /// Something stands right above the lower one and belongs to it.
    pub(super) has_lead: bool,
}

impl Neighbours<'_> {
    /// Tells whether both are of these kinds.
    pub(super) fn are(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.before.kind()) && kinds.contains(&self.after.kind())
    }

    /// Tells whether each takes one line.
    pub(super) fn are_one_line(&self, source: &Source<'_>) -> bool {
        source.is_one_line(self.before) && source.is_one_line(self.after)
    }

    /// Tells whether one of them takes one line: two long ones are kept apart by everybody.
    pub(super) fn has_one_line(&self, source: &Source<'_>) -> bool {
        source.is_one_line(self.before) || source.is_one_line(self.after)
    }

    /// Tells whether the list begins with a line break: formatters then keep its entries on lines of their own.
    pub(super) fn are_in_open_list(&self, source: &Source<'_>) -> bool {
        let mut children = self.body.children();
        let (open, first) = (children.next(), children.next());
        open.zip(first)
            .is_some_and(|(open, first)| source.slice(open.end(), first.start()).contains(&b'\n'))
    }
}

/// The upper neighbour so far.
struct Upper<'t> {
    node: Node<'t>,
    /// One past what belongs to it on its last line.
    end: u32,
    has_comment: bool,
}

impl FamilyRule for BlankLine {
    fn family(&self) -> Family {
        Family::BlankLine
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut before: Option<Upper<'_>> = None;
        // Start and end of the comments above the next child.
        let mut lead: Option<(u32, u32)> = None;
        for child in node.children() {
            if !child.is_named() && matches!(child.kind(), ";" | "," | "\n") {
                if let Some(upper) = before
                    .as_mut()
                    .filter(|upper| !upper.has_comment && child.kind() != "\n")
                {
                    upper.end = child.end();
                }
                continue;
            }
            if child.is_comment() || child.kind() == "attribute_item" {
                let end = trimmed_end(source, child);
                if source.begins_line(child.start()) {
                    match &mut lead {
                        Some((_, last)) if is_next_line(source, *last, child.start()) => *last = end,
                        Some(_) => {
                            // Nobody can say what the comments above are about.
                            before = None;
                            lead = Some((child.start(), end));
                        }
                        None => lead = Some((child.start(), end)),
                    }
                } else if let Some(upper) = before.as_mut().filter(|upper| {
                    lead.is_none()
                        && !source.slice(upper.end, end).contains(&b'\n')
                        && source.text.get(end.saturating_sub(1) as usize) != Some(&b'\\')
                }) {
                    upper.end = end;
                    upper.has_comment = true;
                } else {
                    before = None;
                }
                continue;
            }
            let above = lead.take();
            let usable = child.is_named() && !child.has_error() && !child.is_extra();
            if let (Some(upper), true) = (before.take(), usable) {
                let is_led = above.is_none_or(|(_, last)| is_next_line(source, last, child.start()));
                let neighbours = Neighbours {
                    body: node,
                    before: upper.node,
                    after: child,
                    has_lead: above.is_some(),
                };
                let end = above.map_or(child.start(), |(first, _)| first);
                if is_led && !(upper.has_comment && above.is_some()) && (self.may_part)(source, &neighbours) {
                    found.extend(self.gap(source, &upper, end));
                }
            }
            before = usable.then_some(Upper {
                node: child,
                end: child.end(),
                has_comment: false,
            });
        }
    }
}

impl BlankLine {
    fn gap(&self, source: &Source<'_>, before: &Upper<'_>, end: u32) -> Option<Candidate> {
        let blank = source.slice(before.end, end);
        // A separator that belongs to no node may stand first.
        let skipped = blank
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b';'))
            .count();
        let start = before.end.checked_add(u32::try_from(skipped).ok()?)?;
        let blank = source.slice(start, end);
        let first = blank.strip_prefix(b"\n")?;
        if !blank.iter().all(|byte| matches!(byte, b'\n' | b' ' | b'\t')) {
            return None;
        }
        let break_end = start.checked_add(1)?;
        let breaks = blank.iter().filter(|byte| **byte == b'\n').count();
        let pieces = match (breaks, first.first()) {
            (1, _) => vec![copied(start, break_end), text(b"\n"), copied(break_end, end)],
            (2, Some(b'\n')) => vec![copied(break_end, end)],
            _ => return None,
        };
        let above = source.line(source.line_of(start));
        let below = source.line(source.line_of(end));
        if self.aligns_comments && has_comment(above) && has_comment(below) {
            return None;
        }
        let is_free = before.node.enclosing_function_name(source.text).is_none();
        let container = if is_free {
            container(source, before.node)
        } else {
            Vec::new()
        };
        let parts: &[&[u8]] = if container.is_empty() {
            &[above, below]
        } else {
            &[above, below, &container]
        };
        Candidate::on_parts(
            source,
            Family::BlankLine,
            before.node,
            (start, end),
            pieces,
            parts,
        )
    }
}

fn has_comment(line: &[u8]) -> bool {
    contains(line, b"//") || contains(line, b"/*")
}

/// Tells whether only one line break and blanks lie between.
fn is_next_line(source: &Source<'_>, end: u32, start: u32) -> bool {
    let between = source.slice(end, start);
    between.iter().filter(|byte| **byte == b'\n').count() == 1 && between.iter().all(u8::is_ascii_whitespace)
}
