//! Which statements only declare a variable: one name, no value or one that is read without effects.
//!
//! An object lives from its block on, not from its declaration (C11 6.2.4p6). In C++ only built-in types and pointers: they have no constructors.
//! Left out: static and volatile objects, names that may be macros, arrays whose size is worked out.

use ringfence_syntax::{Language, Node};

use super::is_macro_like;
use crate::find::expression::is_literal;
use crate::find::source::Source;
use crate::find::statement_order::Setting;

pub(in crate::find) fn setting<'s>(source: &Source<'s>, statement: Node<'_>) -> Option<Setting<'s>> {
    if statement.kind() != "declaration" {
        return None;
    }
    let (mut kind, mut declarator) = (None, None);
    for child in statement.children() {
        match child.field() {
            Some("type") if kind.is_none() => kind = Some(child),
            Some("declarator") if declarator.is_none() => declarator = Some(child),
            Some(_) => return None,
            None if child.kind() == ";" => {}
            None if child.kind() == "type_qualifier" && source.of(child) == b"const" => {}
            None => return None,
        }
    }
    let (kind, mut declarator) = (kind?, declarator?);
    if declarator.kind() == "init_declarator" {
        let value = declarator.child_by_field("value")?;
        let is_pure = is_literal(value)
            || matches!(value.kind(), "null" | "char_literal")
            || (value.kind() == "identifier" && !is_macro_like(source.of(value)));
        if !is_pure {
            return None;
        }
        declarator = declarator.child_by_field("declarator")?;
    }
    let is_pointer = declarator.kind() == "pointer_declarator";
    let is_c = source.tree.language() == Language::C;
    let is_plain = match kind.kind() {
        "primitive_type" | "sized_type_specifier" => true,
        "type_identifier" => (is_c || is_pointer) && !is_macro_like(source.of(kind)),
        "struct_specifier" | "union_specifier" | "enum_specifier" => {
            (is_c || is_pointer) && kind.child_by_field("body").is_none()
        }
        _ => false,
    };
    // `struct a *p` may be the first mention of the tag; it then declares it for what follows in the block, in either order.
    while matches!(declarator.kind(), "pointer_declarator" | "array_declarator") {
        let size = declarator.child_by_field("size");
        if size.is_some_and(|size| size.kind() != "number_literal") {
            return None;
        }
        declarator = declarator.child_by_field("declarator")?;
    }
    let name = source.of(declarator);
    (is_plain && declarator.kind() == "identifier" && !is_macro_like(name)).then(|| Setting {
        name,
        reads: source.of(statement),
    })
}
