//! Which statements only declare a local variable: one name, no value or a literal (C# specification 13.6.2).

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    let mut parts = statement.named_children();
    let (declaration, None) = (parts.next()?, parts.next()) else {
        return None;
    };
    if statement.kind() != "local_declaration_statement"
        || declaration.kind() != "variable_declaration"
        || source.of(statement).starts_with(b"using")
        || source.of(statement).starts_with(b"await")
    {
        return None;
    }
    let mut declarators = declaration
        .children()
        .filter(|child| child.kind() == "variable_declarator");
    let (declarator, None) = (declarators.next()?, declarators.next()) else {
        return None;
    };
    let kind = declaration.child_by_field("type")?;
    // Another type may convert the literal by code of its own.
    let is_known = matches!(kind.kind(), "predefined_type" | "implicit_type");
    let mut values = declarator
        .named_children()
        .filter(|part| part.field() != Some("name"));
    let value = values.next();
    let is_pure = values.next().is_none() && value.is_none_or(is_literal);
    let name = declarator.name_node()?;
    (is_known && is_pure && name.kind() == "identifier").then(|| Setting {
        name: source.of(name),
        reads: source.of(statement),
    })
}
