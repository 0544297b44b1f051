//! Which statements only declare a local variable: one name, no value or a literal (JLS 14.4.2: a literal is evaluated without effects).

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    if statement.kind() != "local_variable_declaration" {
        return None;
    }
    let mut declarators = statement
        .children()
        .filter(|child| child.kind() == "variable_declarator");
    let (declarator, None) = (declarators.next()?, declarators.next()) else {
        return None;
    };
    let is_annotated = statement
        .descendants()
        .any(|part| part.kind().ends_with("annotation"));
    let is_pure = declarator.child_by_field("value").is_none_or(is_literal);
    let name = declarator.name_node()?;
    (is_pure && !is_annotated).then(|| Setting {
        name: source.of(name),
        reads: source.of(statement),
    })
}
