//! `this.x` against `x`, and `C.x` against `x`, for members of the innermost class.
//!
//! A simple name means the local variable of that name, else the member of the innermost class that has one (C# specification 12.8.4): here the class
//! around the member declares it itself, which hides what it inherits (7.7.2.3), and no variable of the member has the name.
//!
//! Left out: initialisers, structs and records; members whose name is also the name of their type (12.8.7.2); methods of classes that inherit, or
//! of which another part may have an overload; names of classes that inherit or have type parameters; arguments, which the called method may
//! receive as text (`CallerArgumentExpression`, `nameof`); static lambdas.

use ringfence_syntax::Node;

use super::scope::{has_modifier, members, names, place};
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Methods that every object has.
const OF_OBJECTS: [&[u8]; 7] = [
    b"Equals",
    b"Finalize",
    b"GetHashCode",
    b"GetType",
    b"MemberwiseClone",
    b"ReferenceEquals",
    b"ToString",
];

pub(super) struct SelfQualifier;

impl FamilyRule for SelfQualifier {
    fn family(&self) -> Family {
        Family::SelfQualifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["identifier", "member_access_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    if node.kind() == "identifier" {
        let qualifier = qualifier(source, node, node)?;
        let pieces = vec![text(&qualifier), copy(node)];
        return Candidate::on_lines(
            source,
            Family::SelfQualifier,
            node,
            (node.start(), node.end()),
            pieces,
        );
    }
    let mut children = node.children();
    let (object, dot, name) = (children.next()?, children.next()?, children.next()?);
    let is_plain = !node.has_error()
        && matches!(object.kind(), "this" | "identifier")
        && dot.kind() == "."
        && name.kind() == "identifier"
        && children.next().is_none();
    if !is_plain || source.slice(object.start(), name.start()) != qualifier(source, node, name)? {
        return None;
    }
    Candidate::on_lines(
        source,
        Family::SelfQualifier,
        node,
        (node.start(), node.end()),
        vec![copy(name)],
    )
}

/// What may stand before a member's name, or be left out.
fn qualifier(source: &Source<'_>, expression: Node<'_>, name: Node<'_>) -> Option<Vec<u8>> {
    let parent = expression.parent()?;
    let is_call = parent.kind() == "invocation_expression" && expression.field() == Some("function");
    if !is_call && !is_value(expression, parent) {
        return None;
    }
    let word = source.of(name);
    let (member, body) = place(source, expression)?;
    let class = members(source, body);
    let is_static = if is_call {
        let methods = class.methods.get(word)?;
        let is_mixed = methods.some_static == methods.some_instance;
        if is_mixed || class.has_base || class.has_hidden_members || OF_OBJECTS.contains(&word) {
            return None;
        }
        methods.some_static
    } else {
        let field = class.fields.get(word)?;
        let is_left_of_dot = parent.kind() == "member_access_expression";
        if field.is_named_as_type && is_left_of_dot {
            return None;
        }
        field.is_static
    };
    let names = names(source, member)?;
    if names.is_variable(word) {
        return None;
    }
    if is_static {
        let class_name = class.name?;
        let is_clear = !class.has_base && !class.has_hidden_members && !names.is_variable(class_name);
        return is_clear.then(|| [class_name, b"."].concat());
    }
    (!has_modifier(source, member, b"static")).then(|| b"this.".to_vec())
}

/// Tells whether an expression stands where a variable of any spelling may stand.
fn is_value(node: Node<'_>, parent: Node<'_>) -> bool {
    match parent.kind() {
        "binary_expression"
        | "return_statement"
        | "prefix_unary_expression"
        | "postfix_unary_expression"
        | "parenthesized_expression"
        | "arrow_expression_clause"
        | "throw_statement" => true,
        // The left side of an initialiser names a member of the new object.
        "assignment_expression" => parent
            .parent()
            .is_some_and(|outer| matches!(outer.kind(), "expression_statement" | "arrow_expression_clause")),
        "if_statement" | "while_statement" | "conditional_expression" => node.field() == Some("condition"),
        "member_access_expression" | "element_access_expression" => node.field() == Some("expression"),
        "foreach_statement" => node.field() == Some("right"),
        "variable_declarator" => node.field() != Some("name"),
        "cast_expression" => node.field() == Some("value"),
        _ => false,
    }
}
