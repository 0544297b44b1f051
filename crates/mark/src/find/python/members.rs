//! Order of the literals in `x in ("a", "b")`, and of the strings in a set.
//!
//! `x in y` is true when `x` is or equals any member (Python reference 6.10.2); literals of one kind answer in any order. The order in which a set is iterated over
//! does not follow the order of its strings: their hashes differ from run to run (`object.__hash__`).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, normalise};
use crate::model::Family;

pub(super) struct Members;

impl FamilyRule for Members {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["tuple", "list", "set"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let Some(parent) = node.parent().filter(|_| !node.has_error()) else {
            return;
        };
        let is_tested = parent.kind() == "comparison_operator"
            && parent.named_children().count() == 2
            && parent.named_children().last() == Some(node)
            && parent
                .children()
                .any(|operator| matches!(source.of(operator), b"in" | b"not in"));
        if !(is_tested || node.kind() == "set") || node.children().any(|child| child.is_comment()) {
            return;
        }
        let members: Vec<Node<'_>> = node.named_children().collect();
        let is_text = |member: &Node<'_>| {
            member.kind() == "string"
                && matches!(source.of(*member).first(), Some(b'"' | b'\''))
                && !member.named_children().any(|part| part.kind() == "interpolation")
        };
        let are_texts = members.iter().all(is_text);
        let are_numbers = is_tested && members.iter().all(|member| member.kind() == "integer");
        if !(are_texts || are_numbers) || !source.is_one_line(node) {
            return;
        }
        let run: Vec<Option<Item<'_>>> = members
            .into_iter()
            .map(|member| {
                Some(Item {
                    start: member.start(),
                    end: member.end(),
                    node: member,
                    key: source.of(member).to_vec(),
                })
            })
            .collect();
        let mut scope = container(source, node);
        scope.push(0);
        if let Some(tested) = parent.named_children().next().filter(|_| is_tested) {
            normalise(source.of(tested), &mut scope);
        }
        pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
    }
}
