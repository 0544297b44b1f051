//! Rust.

use ringfence_syntax::Node;

use super::candidate::{Candidate, text};
use super::inference::is_independent;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::source::{Source, contains};
use super::statement::{IfElse, Negation, if_swap};
use super::{Rules, binary, blank, comment};
use crate::model::Family;
use arms::{case_order, has_expected_type};
use self_type::self_type;

mod arms;
mod self_type;

pub(super) struct Rust;

const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
};

/// Attributes that no macro reads: everything else may turn source order into meaning.
const INERT_ATTRIBUTES: [&[u8]; 15] = [
    b"inline",
    b"must_use",
    b"cold",
    b"allow",
    b"expect",
    b"warn",
    b"deny",
    b"cfg",
    b"doc",
    b"track_caller",
    b"deprecated",
    b"target_feature",
    b"rustfmt::skip",
    b"no_mangle",
    b"automatically_derived",
];

/// Derives that only read the item itself.
const INDEPENDENT_DERIVES: [&[u8]; 11] = [
    b"Debug",
    b"Clone",
    b"Copy",
    b"PartialEq",
    b"Eq",
    b"PartialOrd",
    b"Ord",
    b"Hash",
    b"Default",
    b"Serialize",
    b"Deserialize",
];

impl Rules for Rust {
    fn skips(&self, source: &Source<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            // Macros see tokens, not meaning. `vec![]` is looked at as a whole, from its call.
            "token_tree"
            | "macro_definition"
            | "inner_attribute_item"
            | "string_literal"
            | "raw_string_literal" => true,
            "mod_item" | "function_item" => attributes(source, node)
                .any(|attribute| contains(attribute, b"test") || contains(attribute, b"bench")),
            _ => false,
        }
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "source_file" | "declaration_list" => function_order(source, node, found),
            "match_block" => case_order(source, node, found),
            "attribute_item" => derive_order(source, node, found),
            "trait_bounds" => bound_order(source, node, found),
            "field_initializer_list" => initialiser_order(source, node, found),
            "if_expression" => if_else(source, node, found),
            "block" => blank::between_statements(source, node, &is_statement, found),
            "binary_expression" => binary::parentheses(source, node, found),
            "integer_literal" => binary::hex_case(source, node, found),
            "type_identifier" | "identifier" => self_type(source, node, found),
            "call_expression" => calls(source, node, found),
            "macro_invocation" => empty_vector(source, node, found),
            "line_comment" => prose(source, node, found),
            _ => {}
        }
    }
}

/// The attributes directly above an item.
fn attributes<'s>(source: &Source<'s>, node: Node<'_>) -> impl Iterator<Item = &'s [u8]> + use<'s> {
    let mut above: Vec<&'s [u8]> = Vec::new();
    let mut before = node.previous_sibling();
    while let Some(sibling) =
        before.filter(|sibling| sibling.kind() == "attribute_item" || sibling.is_comment())
    {
        if sibling.kind() == "attribute_item" {
            above.push(source.of(sibling));
        }
        // So many lines above one item are hostile: an attribute that nobody knows stands for them.
        if above.len() > 64 {
            above.push(b"unknown test");
            break;
        }
        before = sibling.previous_sibling();
    }
    above.into_iter()
}

fn is_inert(attribute: &[u8]) -> bool {
    let inner = attribute.strip_prefix(b"#[").unwrap_or(attribute);
    let name: Vec<u8> = inner
        .iter()
        .copied()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(byte))
        .collect();
    INERT_ATTRIBUTES.contains(&name.as_slice())
}

/// Functions may stand in any order in a file, a module and an `impl`: name resolution does not look at order. Left out:
/// traits (order of the vtable), foreign blocks, anything under an attribute that a macro may read, nested functions.
fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if let Some(parent) = node.parent()
        && (!matches!(parent.kind(), "impl_item" | "mod_item")
            || attributes(source, parent).any(|attribute| !is_inert(attribute)))
    {
        return;
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() || child.kind() == "attribute_item" {
            before.push(child);
            continue;
        }
        let is_movable = child.kind() == "function_item"
            && !child.has_error()
            && before
                .iter()
                .all(|above| above.kind() != "attribute_item" || is_inert(source.of(*above)))
            && !before.iter().any(|above| source.of(*above).starts_with(b"//!"))
            && ends_line(source, child.end());
        let item = child.name_node().filter(|_| is_movable).and_then(|name| {
            Some(Item {
                start: start_with_comments(source, child, &before)?,
                end: child.end(),
                node: child,
                key: source.of(name).to_vec(),
            })
        });
        run.push(item);
        before.clear();
    }
    let scope = container(source, node);
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
}

/// Neighbouring derives commute when they read nothing but the item: the ones of the standard library and serde.
fn derive_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(attribute) = node.named_children().next().filter(|_| !node.has_error()) else {
        return;
    };
    let Some(tokens) = attribute.child_by_field("arguments") else {
        return;
    };
    if attribute.named_children().next().map(|name| source.of(name)) != Some(b"derive")
        || contains(source.of(tokens), b"::")
        || contains(source.of(tokens), b"/")
    {
        return;
    }
    let mut decorated = node.next_sibling();
    while decorated.is_some_and(|next| next.is_extra() || next.kind() == "attribute_item") {
        decorated = decorated.and_then(|next| next.next_sibling());
    }
    let Some(name) = decorated.and_then(|item| item.name_node()) else {
        return;
    };
    let mut scope = container(source, node);
    scope.push(0);
    scope.extend_from_slice(source.of(name));
    let run: Vec<Option<Item<'_>>> = tokens
        .named_children()
        .map(|derive| {
            let key = source.of(derive).to_vec();
            let is_known = derive.kind() == "identifier" && INDEPENDENT_DERIVES.contains(&key.as_slice());
            is_known.then_some(Item {
                start: derive.start(),
                end: derive.end(),
                node: derive,
                key,
            })
        })
        .collect();
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

/// Bounds of a type parameter are a set. Left out: lifetimes, `?Sized`, higher ranks, trait objects and supertraits (vtables).
fn bound_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| !node.has_error()) else {
        return;
    };
    let bounded = match parent.kind() {
        "type_parameter" => parent.child_by_field("name"),
        "where_predicate" => parent.child_by_field("left"),
        _ => None,
    };
    let Some(bounded) = bounded else { return };
    let mut scope = container(source, node);
    if let Some(item) = node.ancestors().find(|outer| {
        matches!(
            outer.kind(),
            "impl_item" | "struct_item" | "enum_item" | "function_signature_item"
        )
    }) {
        let name = item.child_by_field("type").or_else(|| item.name_node());
        scope.extend(name.map(|name| source.of(name)).unwrap_or_default());
    }
    scope.push(0);
    scope.extend_from_slice(source.of(bounded));
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|bound| {
            let is_trait = matches!(
                bound.kind(),
                "type_identifier" | "scoped_type_identifier" | "generic_type"
            );
            is_trait.then(|| Item {
                start: bound.start(),
                end: bound.end(),
                node: bound,
                key: source.of(bound).to_vec(),
            })
        })
        .collect();
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

/// Initialisers are evaluated in the order written; names, plain paths and literals have nothing to evaluate. Two different names
/// cannot move the same value.
fn initialiser_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|field| {
            let name = match field.kind() {
                "shorthand_field_initializer" if field.named_children().count() == 1 => {
                    field.named_children().next()
                }
                "field_initializer" => {
                    let value = field.child_by_field("value")?;
                    let is_pure = value.kind() == "identifier"
                        || value.kind() == "scoped_identifier"
                        || binary::is_literal(value);
                    let has_attribute = field.children().any(|child| child.kind() == "attribute_item");
                    field
                        .child_by_field("field")
                        .filter(|_| is_pure && !has_attribute)
                }
                _ => None,
            }?;
            Some(Item {
                start: field.start(),
                end: field.end(),
                node: field,
                key: source.of(name).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    let name = node.parent().and_then(|literal| literal.child_by_field("name"));
    scope.extend_from_slice(name.map(|name| source.of(name)).unwrap_or_default());
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let value = |item: &Item<'_>| item.node.named_children().last().map(|value| source.of(value));
        value(first) != value(second) || value(first).is_none()
    };
    pairs(source, Family::InitialiserOrder, &scope, &run, &commute, found);
}

/// `if` conditions are `bool`, so `!` is exact. Left out: `if let`, `else if` on the other side, values whose type the first branch decides.
fn if_else(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let branch = (|| {
        let alternative = node.child_by_field("alternative")?.named_children().next()?;
        Some(IfElse {
            node,
            condition: node.child_by_field("condition")?,
            consequence: node.child_by_field("consequence")?,
            alternative,
        })
    })();
    let Some(branch) = branch.filter(|branch| branch.alternative.kind() == "block") else {
        return;
    };
    let in_condition = matches!(branch.condition.kind(), "let_condition" | "let_chain");
    let outermost = std::iter::successors(Some(node), |inner| {
        let clause = inner.parent().filter(|parent| parent.kind() == "else_clause")?;
        clause.parent()
    })
    .last()
    .unwrap_or(node);
    if !in_condition && has_expected_type(outermost) && is_independent(source, branch.alternative, None) {
        if_swap(source, &branch, NEGATION, found);
    }
}

fn is_statement(node: Node<'_>) -> bool {
    !matches!(
        node.kind(),
        "attribute_item" | "inner_attribute_item" | "macro_definition" | "label" | "use_declaration"
    )
}

/// `"x".to_string()` against `"x".to_owned()`: both give the same `String`. Left out where `alloc` is named: without the
/// prelude one of the two traits may not be in scope.
fn calls(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() {
        return;
    }
    let Some(function) = node.child_by_field("function") else {
        return;
    };
    let whole = source.of(node);
    if whole == b"Vec::new()" {
        return new_vector(source, node, b"vec![]", found);
    }
    let (Some(value), Some(method)) = (function.child_by_field("value"), function.child_by_field("field"))
    else {
        return;
    };
    let other: &[u8] = match source.of(method) {
        b"to_string" => b"to_owned",
        b"to_owned" => b"to_string",
        _ => return,
    };
    let arguments = node
        .child_by_field("arguments")
        .map(|arguments| source.of(arguments));
    if value.kind() == "string_literal"
        && source.is_one_line(node)
        && arguments == Some(b"()")
        && !names_alloc(source)
    {
        let range = (method.start(), method.end());
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            range,
            vec![text(other)],
        ));
    }
}

fn empty_vector(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if source.of(node) == b"vec![]" && !node.has_error() {
        new_vector(source, node, b"Vec::new()", found);
    }
}

/// `vec![]` expands to `Vec::new()`. Left out: constants, statements, and files that import a `Vec` of their own.
fn new_vector(source: &Source<'_>, node: Node<'_>, other: &[u8], found: &mut Vec<Candidate>) {
    let in_value = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "let_declaration"
                | "field_initializer"
                | "arguments"
                | "assignment_expression"
                | "return_expression"
        )
    });
    let in_constant = node
        .ancestors()
        .any(|outer| matches!(outer.kind(), "const_item" | "static_item"));
    if in_value && !declares_vector(source) && !in_constant && !names_alloc(source) {
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![text(other)],
        ));
    }
}

/// Plain comments, and documentation of functions, modules and plain items. Documentation under attributes is left alone: command line
/// parsers and schema generators print it.
fn prose(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let content = source.of(node);
    if !content.starts_with(b"///") {
        return comment::period(source, node, b"//", found);
    }
    let mut next = node.next_sibling();
    if next.is_some_and(|sibling| sibling.is_comment() && source.of(sibling).starts_with(b"///")) {
        // Only the last line of a block can be a site.
        return;
    }
    while next.is_some_and(|sibling| sibling.is_comment()) {
        next = next.and_then(|sibling| sibling.next_sibling());
    }
    let documents_item = next.is_some_and(|item| {
        matches!(
            item.kind(),
            "function_item"
                | "function_signature_item"
                | "const_item"
                | "static_item"
                | "type_item"
                | "mod_item"
                | "trait_item"
        )
    });
    let container = node.parent().and_then(|list| list.parent());
    let is_free = container.is_none_or(|container| attributes(source, container).all(is_inert));
    if documents_item && is_free {
        comment::period(source, node, b"///", found);
    }
}

fn names_alloc(source: &Source<'_>) -> bool {
    containers(source).0
}

fn declares_vector(source: &Source<'_>) -> bool {
    containers(source).1
}

fn containers(source: &Source<'_>) -> (bool, bool) {
    *source.facts.foreign_containers.get_or_init(|| {
        let imports = source.tree.root().is_none_or(|root| {
            root.children()
                .any(|item| item.kind() == "use_declaration" && contains(source.of(item), b"Vec"))
        });
        (
            contains(source.text, b"alloc::"),
            imports || contains(source.text, b"vec {"),
        )
    })
}
