//! Order of neighbouring statements that set different names from values without effects.
//!
//! Equal because such a statement only evaluates its value and binds its name (C11 6.8p3, JLS 14.4.2, ECMA-262 14.3, Python reference 7.2, Go specification
//! "Assignment statements"): no value mentions the other name, and none calls, allocates what can be told apart, or can fail. The language says which statements
//! these are.

use ringfence_syntax::Node;

use super::candidate::Candidate;
use super::order::{Item, container, ends_line, pairs};
use super::rule::FamilyRule;
use super::source::{Source, contains_word};
use crate::model::Family;

/// A statement that sets one name.
pub(super) struct Setting<'s> {
    /// The name that is set.
    pub(super) name: &'s [u8],
    /// All text whose words may be read: type and value.
    pub(super) reads: &'s [u8],
}

/// The family, with a language's statements.
pub(super) struct StatementOrder {
    /// Kinds of nodes whose children are statements.
    pub(super) kinds: &'static [&'static str],
    /// Takes a statement apart when it only sets one name.
    pub(super) setting: for<'s> fn(&Source<'s>, Node<'_>) -> Option<Setting<'s>>,
}

impl FamilyRule for StatementOrder {
    fn family(&self) -> Family {
        Family::StatementOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut run: Vec<Option<Item<'_>>> = Vec::new();
        let mut after_comment = false;
        for child in node.named_children_with_comments() {
            if child.is_comment() {
                // A comment above a statement may be about the ones below as well.
                after_comment = true;
                run.push(None);
                continue;
            }
            let is_movable = !after_comment
                && !child.has_error()
                && source.is_one_line(child)
                && source.begins_line(child.start())
                && ends_line(source, child.end());
            let setting = Some(child)
                .filter(|_| is_movable)
                .and_then(|child| (self.setting)(source, child));
            run.push(setting.map(|setting| Item {
                start: child.start(),
                end: child.end(),
                node: child,
                key: setting.name.to_vec(),
            }));
            after_comment = false;
        }
        if run.iter().flatten().count() < 2 {
            return;
        }
        let commute = |first: &Item<'_>, second: &Item<'_>| {
            let reads =
                |item: &Item<'_>| (self.setting)(source, item.node).map_or(&[][..], |setting| setting.reads);
            // No blank line between them: it would tell two groups apart.
            source.line_of(second.start) == source.line_of(first.end).saturating_add(1)
                && !contains_word(reads(first), &second.key)
                && !contains_word(reads(second), &first.key)
                && !is_alike(source, first.node, second.node)
        };
        pairs(
            source,
            Family::StatementOrder,
            &container(source, node),
            &run,
            &commute,
            found,
        );
    }
}

/// Tells whether two statements differ in names alone: after renaming nobody could tell which came first.
fn is_alike(source: &Source<'_>, first: Node<'_>, second: Node<'_>) -> bool {
    super::order::look_alike(source, first, second)
}
