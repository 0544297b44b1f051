//! Which statements only set a name: assignments of literals and empty containers to a plain name, in a function or a module.
//!
//! The order in which names enter a namespace is told by nothing but a walk over `globals()` or `locals()`, as with the order of functions. Left out:
//! classes (enumerations, data classes and models read the order), annotations, several targets, names with underscores on both sides,
//! and everything in functions that say `global` or `nonlocal`.

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::python::is_class_body;
use crate::find::source::{Source, contains};
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    let mut parts = statement.named_children();
    let (assignment, None) = (parts.next()?, parts.next()) else {
        return None;
    };
    let block = statement.parent()?;
    if statement.kind() != "expression_statement"
        || assignment.kind() != "assignment"
        || assignment.child_by_field("type").is_some()
        || (block.kind() == "block" && is_class_body(block))
    {
        return None;
    }
    let name = assignment.child_by_field("left")?;
    let value = assignment.child_by_field("right")?;
    let text = source.of(name);
    let is_plain = name.kind() == "identifier" && !text.starts_with(b"__") && is_pure(source, value, 0);
    is_plain.then(|| Setting {
        name: text,
        reads: source.of(value),
    })
}

/// Literals without interpolation, and containers of them.
fn is_pure(source: &Source<'_>, value: Node<'_>, depth: u8) -> bool {
    match value.kind() {
        "string" => {
            let prefix = source.of(value).iter().take(2);
            !prefix.into_iter().any(|byte| matches!(byte, b'f' | b'F'))
                && !value.named_children().any(|part| part.kind() == "interpolation")
        }
        "list" | "tuple" | "dictionary" => {
            depth < 2
                && value
                    .named_children()
                    .all(|member| is_pure(source, member, depth.saturating_add(1)))
        }
        "pair" => value
            .named_children()
            .all(|part| is_literal(part) && is_pure(source, part, 2)),
        "unary_operator" => value.named_children().all(is_literal) && !contains(source.of(value), b"~"),
        _ => is_literal(value),
    }
}
