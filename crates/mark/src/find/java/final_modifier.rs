//! `final` on a local variable, a parameter, the variable of a loop over a collection, and the parameter of a `catch`.
//!
//! Equal because it only forbids to assign the variable again (JLS 4.12.4), which nothing in the method does. (A program that is compiled with
//! `-parameters` and asks by reflection whether a parameter is final would see it.) Left out: values that may be constants (a constant variable
//! changes reachability and narrowing), resources, several declarators, parameters of methods without a body; and `final` is not taken off what
//! a class inside the method reads, which Java asked for before version 8.

use ringfence_syntax::Node;

use super::scope::names;
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct FinalModifier;

impl FamilyRule for FinalModifier {
    fn family(&self) -> Family {
        Family::Modifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "local_variable_declaration",
            "formal_parameter",
            "catch_formal_parameter",
            "enhanced_for_statement",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    if node.kind() != "enhanced_for_statement" && node.has_error() {
        return None;
    }
    let name = match node.kind() {
        "local_variable_declaration" => local(source, node)?,
        "formal_parameter" => {
            let method = node.parent()?.parent()?;
            let is_run = method.kind() == "lambda_expression" || method.child_by_field("body").is_some();
            node.name_node().filter(|_| is_run)?
        }
        _ => node.name_node()?,
    };
    let function = node.ancestors().find(|outer| {
        outer.is_function()
            || matches!(
                outer.kind(),
                "class_body" | "static_initializer" | "interface_body"
            )
    })?;
    let word = source.of(name);
    let names = names(source, function).filter(|names| !names.is_assigned(word))?;
    let kind = node
        .children()
        .find(|child| child.field() == Some("type") || child.kind() == "catch_type")
        .filter(|kind| !kind.has_error())?;
    let modifiers = node.children().find(|child| child.kind() == "modifiers");
    let (start, pieces) = match modifiers {
        None => (kind.start(), vec![text(b"final "), copy(kind)]),
        Some(modifiers)
            if source.of(modifiers) == b"final"
                && source.slice(modifiers.end(), kind.start()) == b" "
                && !names.is_captured(word) =>
        {
            (modifiers.start(), vec![copy(kind)])
        }
        Some(_) => return None,
    };
    Candidate::on_lines(source, Family::Modifier, node, (start, kind.end()), pieces)
}

/// The name of a local variable with a value that is no constant.
fn local<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    let parent = node.parent()?;
    let in_block = matches!(
        parent.kind(),
        "block" | "constructor_body" | "switch_block_statement_group"
    );
    let mut declarators = node
        .children()
        .filter(|child| child.kind() == "variable_declarator");
    let (declarator, None) = (declarators.next()?, declarators.next()) else {
        return None;
    };
    let value = declarator.child_by_field("value")?;
    let kind = node.child_by_field("type")?;
    // Only variables of primitive types and of `String` are constants (JLS 4.12.4).
    let is_object = match kind.kind() {
        "generic_type" | "array_type" => true,
        "type_identifier" => !matches!(source.of(kind), b"String" | b"var"),
        _ => false,
    };
    // No constant expression has one of these (JLS 15.29).
    let is_computed = || {
        value.descendants().any(|part| {
            matches!(
                part.kind(),
                "method_invocation"
                    | "object_creation_expression"
                    | "array_creation_expression"
                    | "array_access"
                    | "lambda_expression"
                    | "instanceof_expression"
                    | "null_literal"
                    | "this"
            )
        })
    };
    (in_block && (is_object || is_computed())).then(|| declarator.name_node())?
}
