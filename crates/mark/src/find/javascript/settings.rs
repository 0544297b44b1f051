//! Which statements only declare a variable: one name, no value, a literal or an empty container (ECMA-262 14.3: nothing else is evaluated).
//!
//! With their semicolon only: without it the next line could go on with the value. Not `var`, whose name may have been set before.

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    if statement.kind() != "lexical_declaration" || !source.of(statement).ends_with(b";") {
        return None;
    }
    let mut declarators = statement.named_children();
    let (declarator, None) = (declarators.next()?, declarators.next()) else {
        return None;
    };
    let name = declarator
        .child_by_field("name")
        .filter(|name| name.kind() == "identifier")?;
    let is_pure = declarator
        .child_by_field("value")
        .is_none_or(|value| is_literal(value) || matches!(source.of(value), b"[]" | b"{}"));
    is_pure.then(|| Setting {
        name: source.of(name),
        reads: source.of(statement),
    })
}
