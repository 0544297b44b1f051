//! Which statements only declare a variable: `x := 1` and `var x T` (Go specification, "Short variable declarations", "Variable declarations").

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(super) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    let name = match statement.kind() {
        "short_var_declaration" => {
            let mut names = statement.child_by_field("left")?.named_children();
            let mut values = statement.child_by_field("right")?.named_children();
            let (name, None) = (names.next()?, names.next()) else {
                return None;
            };
            let (value, None) = (values.next()?, values.next()) else {
                return None;
            };
            let is_pure = is_literal(value) || matches!(source.of(value), b"true" | b"false");
            Some(name).filter(|_| is_pure)
        }
        "var_declaration" => {
            let mut specs = statement.named_children();
            let (spec, None) = (specs.next()?, specs.next()) else {
                return None;
            };
            let mut names = spec.children().filter(|child| child.field() == Some("name"));
            let (name, None) = (names.next()?, names.next()) else {
                return None;
            };
            let is_plain = spec.kind() == "var_spec" && spec.child_by_field("value").is_none_or(is_literal);
            Some(name).filter(|_| is_plain)
        }
        _ => None,
    }?;
    (name.kind() == "identifier" && source.of(name) != b"_").then(|| Setting {
        name: source.of(name),
        reads: source.of(statement),
    })
}
