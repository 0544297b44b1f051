//! What Java declares where: the names of a method, the members of a class.

use std::collections::HashSet;
use std::rc::Rc;

use ringfence_syntax::Node;

use crate::find::scope::{Field, Members, Names};
use crate::find::source::Source;

/// The innermost method or constructor around a node, with the body of the class it belongs to. Lambdas belong to their method; initialisers
/// and interfaces give nothing.
pub(super) fn place<'t>(node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let member = node.ancestors().find(|outer| {
        matches!(
            outer.kind(),
            "method_declaration"
                | "constructor_declaration"
                | "compact_constructor_declaration"
                | "class_body"
                | "interface_body"
                | "annotation_type_body"
                | "enum_body"
        )
    })?;
    let body = member.parent()?;
    let is_member = matches!(member.kind(), "method_declaration" | "constructor_declaration");
    (is_member && matches!(body.kind(), "class_body" | "enum_body_declarations")).then_some((member, body))
}

/// The names that a method, constructor or initialiser declares and assigns.
pub(super) fn names<'s>(source: &Source<'s>, function: Node<'_>) -> Option<Rc<Names<'s>>> {
    source.facts.scopes.names(function, || {
        let mut names = Names::default();
        let mut class_end = 0;
        for part in function.descendants() {
            match part.kind() {
                "class_body" => class_end = class_end.max(part.end()),
                "identifier" => {
                    let name = source.of(part);
                    if part.start() < class_end {
                        names.capture(name);
                    }
                    if is_declared(part) {
                        names.declare(name, has_primitive_type(part));
                    }
                }
                "assignment_expression" => {
                    let left = part.child_by_field("left").into_iter();
                    left.for_each(|left| assign(source, left, &mut names));
                }
                "update_expression" => part
                    .named_children()
                    .for_each(|operand| assign(source, operand, &mut names)),
                _ => {}
            }
        }
        names
    })
}

fn assign<'s>(source: &Source<'s>, place: Node<'_>, names: &mut Names<'s>) {
    if matches!(place.kind(), "identifier" | "parenthesized_expression") {
        place
            .descendants()
            .filter(|part| part.kind() == "identifier")
            .for_each(|part| names.assign(source.of(part)));
    }
}

/// Tells whether an identifier declares a variable: local, parameter, field, pattern, resource.
fn is_declared(name: Node<'_>) -> bool {
    let Some(parent) = name.parent() else { return false };
    match parent.kind() {
        "variable_declarator"
        | "formal_parameter"
        | "catch_formal_parameter"
        | "resource"
        | "enhanced_for_statement"
        | "instanceof_expression" => name.field() == Some("name"),
        "lambda_expression" => name.field() == Some("parameters"),
        "inferred_parameters" => true,
        kind => kind.contains("pattern"),
    }
}

fn has_primitive_type(name: Node<'_>) -> bool {
    let Some(holder) = name.parent() else { return false };
    let (has_dimensions, holder) = match holder.kind() {
        "variable_declarator" => (
            holder.child_by_field("dimensions").is_some(),
            holder
                .parent()
                .filter(|outer| outer.kind() == "local_variable_declaration"),
        ),
        "formal_parameter" => (holder.child_by_field("dimensions").is_some(), Some(holder)),
        "enhanced_for_statement" => (false, Some(holder)),
        _ => (false, None),
    };
    let kind = holder.and_then(|holder| holder.child_by_field("type"));
    !has_dimensions
        && kind.is_some_and(|kind| {
            matches!(
                kind.kind(),
                "integral_type" | "floating_point_type" | "boolean_type"
            )
        })
}

pub(super) fn has_modifier(source: &Source<'_>, declaration: Node<'_>, modifier: &[u8]) -> bool {
    declaration
        .children()
        .filter(|child| child.kind() == "modifiers")
        .flat_map(|modifiers| modifiers.children())
        .any(|word| source.of(word) == modifier)
}

/// What a class declares itself.
pub(super) fn members<'s>(source: &Source<'s>, body: Node<'_>) -> Rc<Members<'s>> {
    source.facts.scopes.members(body, || {
        let mut members = Members::default();
        let owner = body.parent().map(|parent| match parent.kind() {
            "enum_body" => parent.parent().unwrap_or(parent),
            _ => parent,
        });
        if let Some(owner) = owner {
            let is_class = owner.kind() == "class_declaration";
            let is_known = is_class || matches!(owner.kind(), "enum_declaration" | "record_declaration");
            members.name = owner.name_node().filter(|_| is_known).map(|name| source.of(name));
            members.has_base = !is_known || owner.child_by_field("superclass").is_some();
            members.has_interfaces = !is_known || owner.child_by_field("interfaces").is_some();
            members.has_hidden_members = !is_class;
        }
        for child in body.children() {
            match child.kind() {
                "field_declaration" => {
                    let field = Field {
                        is_static: has_modifier(source, child, b"static"),
                        is_final: has_modifier(source, child, b"final"),
                        is_named_as_type: false,
                    };
                    let names = child
                        .children()
                        .filter(|part| part.kind() == "variable_declarator")
                        .filter_map(|declarator| declarator.name_node());
                    members.fields.extend(names.map(|name| (source.of(name), field)));
                }
                "method_declaration" => {
                    if let Some(name) = child.name_node() {
                        let is_static = has_modifier(source, child, b"static");
                        let methods = members.methods.entry(source.of(name)).or_default();
                        methods.some_static |= is_static;
                        methods.some_instance |= !is_static;
                    }
                }
                _ => {}
            }
        }
        members
    })
}

/// Tells whether the name of a class means that class wherever its own body names it: nothing else in the text has the name, no enclosing
/// type inherits members, and no member is imported by name.
pub(super) fn means_its_class(source: &Source<'_>, body: Node<'_>, name: &[u8]) -> bool {
    let (variables, imports_members) = source.facts.outer_names.get_or_init(|| {
        let mut names: HashSet<&[u8]> = HashSet::new();
        let mut imports_members = false;
        for node in source.tree.nodes() {
            match node.kind() {
                "identifier" if is_declared(node) => _ = names.insert(source.of(node)),
                "enum_constant" => names.extend(node.name_node().map(|name| source.of(name))),
                "type_parameter" => names.extend(
                    node.named_children()
                        .filter(|part| part.kind() == "type_identifier")
                        .map(|part| source.of(part)),
                ),
                "import_declaration" => {
                    imports_members = imports_members || node.children().any(|part| part.kind() == "static");
                }
                _ => {}
            }
        }
        (names, imports_members)
    });
    !imports_members
        && !variables.contains(name)
        && std::iter::once(body)
            .chain(body.ancestors())
            .all(|outer| match outer.kind() {
                "class_body" | "enum_body_declarations" => {
                    let members = members(source, outer);
                    !members.has_base && !members.has_interfaces
                }
                "interface_body" | "annotation_type_body" => false,
                _ => true,
            })
}
