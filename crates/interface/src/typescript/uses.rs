//! Names in use: every place of a file that names something, apart from the places that declare it.

use ringfence_syntax::Node;

use super::{MEMBER, Planner, span};
use crate::engine::{Channels, text};

impl Planner<'_> {
    /// Gives the engine every use in the file. Imports are none: they follow from the uses.
    pub(super) fn uses(&mut self, root: &Node<'_>) {
        let mut until = 0;
        for node in root.descendants() {
            if node.index() < until {
                continue;
            }
            match node.kind() {
                "import_statement" => until = node.subtree_end(),
                "export_statement" if node.child_by_field("source").is_some() => until = node.subtree_end(),
                "identifier" | "type_identifier" if !declares(&node) && !is_assigned_root(&node) => {
                    self.plan.use_node(&node, Channels::CODE);
                }
                "shorthand_property_identifier" => self.plan.use_node(&node, Channels::CODE.and(MEMBER)),
                "shorthand_property_identifier_pattern" => self.plan.use_node(&node, MEMBER),
                "property_identifier" | "private_property_identifier" if !declares_member(&node) => {
                    self.plan.use_node(&node, MEMBER);
                }
                "string_fragment" if is_index(&node) => {
                    for word in text::words(self.text, span(&node)) {
                        self.plan.use_span(word, MEMBER);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Tells whether an identifier is the name that its parent declares: an item, a parameter, a variable, an alias.
fn declares(node: &Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    let field = node.field();
    match parent.kind() {
        "function_declaration"
        | "generator_function_declaration"
        | "function_signature"
        | "function_expression"
        | "generator_function"
        | "class_declaration"
        | "abstract_class_declaration"
        | "class"
        | "interface_declaration"
        | "type_alias_declaration"
        | "enum_declaration"
        | "internal_module"
        | "module"
        | "variable_declarator"
        | "type_parameter"
        | "index_signature"
        | "type_predicate"
        | "mapped_type_clause" => field == Some("name"),
        "required_parameter" | "optional_parameter" => field == Some("pattern"),
        "formal_parameters" | "rest_pattern" | "array_pattern" | "namespace_export" => true,
        "arrow_function" => field == Some("parameter"),
        "assignment_pattern" => field == Some("left"),
        "pair_pattern" => field == Some("value"),
        "export_specifier" => field == Some("alias"),
        // `import A = B.C`: the first identifier is the alias.
        "import_alias" => parent.named_children().next().is_some_and(|first| first == *node),
        _ => false,
    }
}

fn declares_member(node: &Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    match parent.kind() {
        "property_signature"
        | "method_signature"
        | "abstract_method_signature"
        | "method_definition"
        | "public_field_definition"
        | "enum_assignment"
        | "enum_body" => node.field() == Some("name"),
        "field_definition" => node.field() == Some("property"),
        "pair" => node.field() == Some("key"),
        _ => false,
    }
}

/// `Type['name']`, `this['name']`.
fn is_index(node: &Node<'_>) -> bool {
    node.ancestors()
        .skip(1)
        .take(4)
        .any(|above| matches!(above.kind(), "lookup_type" | "subscript_expression"))
}

/// Tells whether an identifier is `A` in a top-level statement `A.b = ...`: that adds to A and is no reason to keep it.
fn is_assigned_root(node: &Node<'_>) -> bool {
    let mut at = *node;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "member_expression" if at.field() == Some("object") => at = parent,
            "assignment_expression" if at.field() == Some("left") => {
                return top_statement(&parent).is_some();
            }
            _ => return false,
        }
    }
    false
}

/// The top-level expression statement whose whole text is this assignment or a chain that ends in it.
pub(super) fn top_statement<'t>(assignment: &Node<'t>) -> Option<Node<'t>> {
    let mut at = *assignment;
    loop {
        let parent = at.parent()?;
        match parent.kind() {
            "assignment_expression" if at.field() == Some("right") => at = parent,
            "expression_statement" => {
                return parent
                    .parent()
                    .filter(|above| above.kind() == "program")
                    .map(|_| parent);
            }
            _ => return None,
        }
    }
}
