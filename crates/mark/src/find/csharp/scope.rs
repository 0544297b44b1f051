//! What C# declares where: the names of a member, the members of a class.

use std::rc::Rc;

use ringfence_syntax::Node;

use crate::find::scope::{Field, Members, Names};
use crate::find::source::Source;

/// The innermost method, constructor or property around a node, with the body of the class it belongs to.
pub(super) fn place<'t>(source: &Source<'_>, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    for outer in node.ancestors() {
        match outer.kind() {
            "method_declaration" | "constructor_declaration" | "property_declaration" => {
                let body = outer.parent().filter(|body| body.kind() == "declaration_list")?;
                let class = body.parent()?;
                return (class.kind() == "class_declaration").then_some((outer, body));
            }
            // What is passed may be written down as text (CallerArgumentExpression).
            "argument" | "constructor_initializer" | "declaration_list" | "attribute_list" => return None,
            "lambda_expression" | "local_function_statement" | "anonymous_method_expression"
                if has_modifier(source, outer, b"static") =>
            {
                return None;
            }
            _ => {}
        }
    }
    None
}

pub(super) fn has_modifier(source: &Source<'_>, declaration: Node<'_>, modifier: &[u8]) -> bool {
    declaration
        .children()
        .any(|child| child.kind() == "modifier" && source.of(child) == modifier)
}

/// The names that a member declares.
pub(super) fn names<'s>(source: &Source<'s>, member: Node<'_>) -> Option<Rc<Names<'s>>> {
    source.facts.scopes.names(member, || {
        let mut names = Names::default();
        for part in member.descendants() {
            let is_declared = match part.kind() {
                "implicit_parameter" => true,
                "identifier" => part.parent().is_some_and(|parent| match parent.kind() {
                    "member_access_expression" | "method_declaration" | "property_declaration" => false,
                    "is_pattern_expression" | "arrow_expression_clause" => false,
                    "foreach_statement" => part.field() == Some("left"),
                    kind if kind.contains("pattern")
                        || kind.contains("designation")
                        || kind.contains("clause") =>
                    {
                        true
                    }
                    _ => part.field() == Some("name"),
                }),
                _ => false,
            };
            if is_declared {
                names.declare(source.of(part), is_built_in(source, part));
            }
        }
        names
    })
}

/// Tells whether a declared variable is of a built-in type, so that its operators are not overloaded.
fn is_built_in(source: &Source<'_>, name: Node<'_>) -> bool {
    let holder = name.parent().and_then(|parent| match parent.kind() {
        "variable_declarator" => parent.parent(),
        "parameter" | "foreach_statement" => Some(parent),
        _ => None,
    });
    holder
        .and_then(|holder| holder.child_by_field("type"))
        .is_some_and(|kind| {
            kind.kind() == "predefined_type" && !matches!(source.of(kind), b"string" | b"object" | b"dynamic")
        })
}

/// What a class declares itself.
pub(super) fn members<'s>(source: &Source<'s>, body: Node<'_>) -> Rc<Members<'s>> {
    source.facts.scopes.members(body, || {
        let mut members = Members::default();
        if let Some(class) = body.parent() {
            members.name = class.name_node().map(|name| source.of(name));
            members.has_base = class.children().any(|child| child.kind() == "base_list");
            members.has_hidden_members = has_modifier(source, class, b"partial")
                || class
                    .children()
                    .any(|child| child.kind() == "type_parameter_list");
        }
        for child in body.children() {
            let is_static = has_modifier(source, child, b"static") || has_modifier(source, child, b"const");
            let field = |kind: Option<Node<'_>>, name: &[u8]| Field {
                is_static,
                is_final: false,
                is_named_as_type: kind.is_none_or(|kind| source.of(kind) == name),
            };
            match child.kind() {
                "field_declaration" => {
                    let declaration = child
                        .children()
                        .find(|part| part.kind() == "variable_declaration");
                    let kind = declaration.and_then(|declaration| declaration.child_by_field("type"));
                    let names = declaration
                        .into_iter()
                        .flat_map(|declaration| declaration.children())
                        .filter(|part| part.kind() == "variable_declarator")
                        .filter_map(|declarator| declarator.name_node())
                        .map(|name| source.of(name));
                    for name in names {
                        members.fields.insert(name, field(kind, name));
                    }
                }
                "property_declaration"
                    if !child
                        .children()
                        .any(|part| part.kind() == "explicit_interface_specifier") =>
                {
                    if let Some(name) = child.name_node().map(|name| source.of(name)) {
                        members
                            .fields
                            .insert(name, field(child.child_by_field("type"), name));
                    }
                }
                "method_declaration"
                    if !child
                        .children()
                        .any(|part| part.kind() == "explicit_interface_specifier") =>
                {
                    if let Some(name) = child.name_node() {
                        let methods = members.methods.entry(source.of(name)).or_default();
                        methods.some_static |= is_static;
                        methods.some_instance |= !is_static;
                    }
                }
                kind if kind.starts_with("preproc_") => members.has_hidden_members = true,
                _ => {}
            }
        }
        members
    })
}
