//! Which statements only bind a literal to a name.
//!
//! A literal is a constant without a destructor, and its type is inferred from later uses, which stay where they are (Rust reference, "let statements",
//! "Destructors").

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    let name = statement
        .child_by_field("pattern")
        .filter(|pattern| statement.kind() == "let_declaration" && pattern.kind() == "identifier")?;
    let is_pure = statement.child_by_field("value").is_some_and(is_literal);
    let is_plain = statement.child_by_field("alternative").is_none();
    (is_pure && is_plain && !source.of(name).first().is_some_and(u8::is_ascii_uppercase)).then(|| Setting {
        name: source.of(name),
        reads: source.of(statement),
    })
}
