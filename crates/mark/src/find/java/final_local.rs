//! `final` on a local variable.
//!
//! Equal because it only forbids to assign the variable again (JLS 4.12.4). Left out: values that may be constants (a constant variable changes
//! reachability and narrowing), variables that are assigned again, resources, several declarators.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::java::is_small;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct FinalLocal;

impl FamilyRule for FinalLocal {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["local_variable_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        final_local(source, node, found);
    }
}

fn final_local(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node
        .parent()
        .filter(|parent| matches!(parent.kind(), "block" | "constructor_body") && !node.has_error())
    else {
        return;
    };
    let declarators: Vec<Node<'_>> = node
        .children()
        .filter(|child| child.kind() == "variable_declarator")
        .collect();
    let [declarator] = declarators.as_slice() else {
        return;
    };
    let (Some(name), Some(value), Some(kind)) = (
        declarator.name_node(),
        declarator.child_by_field("value"),
        node.child_by_field("type"),
    ) else {
        return;
    };
    let is_computed = matches!(
        value.kind(),
        "method_invocation"
            | "object_creation_expression"
            | "array_creation_expression"
            | "lambda_expression"
    );
    let Some(scope) = parent
        .ancestors()
        .find(|outer| outer.is_function() || outer.kind() == "class_body")
    else {
        return;
    };
    let name = source.of(name);
    let is_assigned = is_small(scope)
        && scope.descendants().any(|part| match part.kind() {
            "assignment_expression" => part
                .child_by_field("left")
                .is_some_and(|left| source.of(left) == name),
            "update_expression" => part.named_children().any(|operand| source.of(operand) == name),
            _ => false,
        });
    if !is_computed || is_assigned || !is_small(scope) {
        return;
    }
    let modifiers = node.children().find(|child| child.kind() == "modifiers");
    let start = node.start();
    let range = (start, kind.end());
    match modifiers {
        None if kind.start() == start => {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![text(b"final "), copy(kind)],
            ));
        }
        Some(modifiers)
            if source.of(modifiers) == b"final" && source.slice(modifiers.end(), kind.start()) == b" " =>
        {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![copied(kind.start(), kind.end())],
            ));
        }
        _ => {}
    }
}
