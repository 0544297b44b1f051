//! `this.x` against `x`, and `C.x` against `x`, for members of the innermost class.
//!
//! A simple name means the variable whose scope is innermost (JLS 6.5.6.1), and a call by a simple name searches the innermost class that has
//! a method of that name (15.12.1): here the class around the method, which declares the member itself, and no variable of the method has the
//! name of the field. `this` and the name of the class lead to the same class.
//!
//! Left out: initialisers (forward references, 8.3.3) and reads of `final` fields in constructors (definite assignment, 16); instance methods where
//! an inherited overload could be static, static ones where an inherited overload could be an instance's; class names that could be
//! anything else there (6.4.2: a variable of the name comes first, also an inherited or imported one).

use ringfence_syntax::Node;

use super::scope::{has_modifier, means_its_class, members, names, place};
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Methods that every object has.
const OF_OBJECTS: [&[u8]; 9] = [
    b"clone",
    b"equals",
    b"finalize",
    b"getClass",
    b"hashCode",
    b"notify",
    b"notifyAll",
    b"toString",
    b"wait",
];

pub(super) struct SelfQualifier;

impl FamilyRule for SelfQualifier {
    fn family(&self) -> Family {
        Family::SelfQualifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["identifier", "field_access", "method_invocation"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let on = |range, pieces| Candidate::on_lines(source, Family::SelfQualifier, node, range, pieces);
    if node.kind() == "identifier" {
        let parent = node.parent()?;
        let is_call = parent.kind() == "method_invocation" && node.field() == Some("name");
        if is_call {
            let is_simple = parent
                .children()
                .next()
                .is_some_and(|first| first == node && !parent.has_error());
            return Some(node)
                .filter(|_| is_simple)
                .and_then(|name| of_method(source, name))
                .and_then(|qualifier| on((node.start(), node.end()), vec![text(&qualifier), copy(node)]));
        }
        let qualifier = of_field(source, node, node)?;
        return on((node.start(), node.end()), vec![text(&qualifier), copy(node)]);
    }
    let mut children = node.children();
    let (object, dot, name) = (children.next()?, children.next()?, children.next()?);
    if node.has_error()
        || !matches!(object.kind(), "this" | "identifier")
        || dot.kind() != "."
        || name.kind() != "identifier"
    {
        return None;
    }
    let qualifier = if node.kind() == "field_access" {
        of_field(source, node, name)?
    } else {
        of_method(source, name)?
    };
    (source.slice(object.start(), name.start()) == qualifier)
        .then(|| on((object.start(), name.end()), vec![copy(name)]))?
}

/// What may stand before the name of a field, or be left out.
fn of_field(source: &Source<'_>, expression: Node<'_>, name: Node<'_>) -> Option<Vec<u8>> {
    if !is_value(expression) {
        return None;
    }
    let (method, body) = place(expression)?;
    let class = members(source, body);
    let word = source.of(name);
    let field = class.fields.get(word)?;
    if names(source, method).is_none_or(|names| names.is_variable(word)) {
        return None;
    }
    if field.is_static {
        let class_name = class.name?;
        return means_its_class(source, body, class_name).then(|| [class_name, b"."].concat());
    }
    let is_assigned = expression.field() == Some("left")
        && expression.parent().is_some_and(|parent| {
            parent
                .child_by_field("operator")
                .is_some_and(|sign| source.of(sign) == b"=")
        });
    let is_early = method.kind() == "constructor_declaration" && field.is_final && !is_assigned;
    (!is_early && !has_modifier(source, method, b"static")).then(|| b"this.".to_vec())
}

/// What may stand before the name of a called method, or be left out.
fn of_method(source: &Source<'_>, name: Node<'_>) -> Option<Vec<u8>> {
    let (method, body) = place(name)?;
    let class = members(source, body);
    let word = source.of(name);
    let methods = class.methods.get(word)?;
    if methods.some_static {
        let class_name = class.name?;
        let is_alone = !methods.some_instance && !class.has_hidden_members && !OF_OBJECTS.contains(&word);
        // An interface may have an overload for an instance, a class of either kind.
        return (is_alone && means_its_class(source, body, class_name)).then(|| [class_name, b"."].concat());
    }
    let is_hidden = class.has_base || (class.has_hidden_members && matches!(word, b"valueOf" | b"values"));
    (!is_hidden && !has_modifier(source, method, b"static")).then(|| b"this.".to_vec())
}

/// Tells whether an expression stands where a variable of any spelling may stand.
fn is_value(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "binary_expression"
        | "unary_expression"
        | "assignment_expression"
        | "update_expression"
        | "parenthesized_expression"
        | "argument_list"
        | "return_statement"
        | "array_access"
        | "ternary_expression"
        | "throw_statement"
        | "array_initializer" => true,
        "variable_declarator" | "cast_expression" | "enhanced_for_statement" => node.field() == Some("value"),
        "field_access" | "method_invocation" => node.field() == Some("object"),
        "instanceof_expression" => node.field() == Some("left"),
        _ => false,
    }
}
