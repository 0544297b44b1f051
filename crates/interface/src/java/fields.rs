//! Fields: what the compiler may need to know stays, every other value becomes the type's default or goes.

use ringfence_syntax::Node;

use super::declare::{Owner, Planner};
use super::{EXACT, has_modifier};
use crate::KeptWhat;
use crate::engine::{Change, Channels, Note, Scope};

impl Planner<'_, '_, '_> {
    pub(super) fn field(&mut self, field: &Node<'_>, owner: &Owner<'_>, declarators: &[Node<'_>]) {
        let in_interface = matches!(
            owner.kind(),
            "interface_declaration" | "annotation_type_declaration"
        );
        let is_static = in_interface || has_modifier(field, "static");
        let is_final = in_interface || has_modifier(field, "final");
        let kind = field
            .child_by_field("type")
            .map(|kind| kind.text(self.source))
            .unwrap_or_default();
        for declarator in declarators {
            let Some(name) = declarator.child_by_field("name") else {
                continue;
            };
            let dimensions = declarator.child_by_field("dimensions");
            let default = if dimensions.is_some() {
                b"null".as_slice()
            } else {
                default_of(kind)
            };
            let end = dimensions.map_or(name.end(), |dimensions| dimensions.end());
            let Some(value) = declarator.child_by_field("value") else {
                // Only an initialiser block, which goes, could have assigned it.
                if is_final && (is_static || !owner.has_constructors) {
                    self.put(end..end, [b" = ", default].concat(), Channels::NONE);
                }
                continue;
            };
            if !is_final {
                self.plan.remove(end..declarator.end());
                continue;
            }
            let is_primitive = default != b"null";
            let constant = dimensions.is_none() && self.is_constant(&value);
            if constant && is_primitive {
                continue;
            }
            if constant && kind == b"String" {
                self.text_constant(name.text(self.source), &value);
                continue;
            }
            self.put(value.start()..value.end(), default.to_vec(), Channels::NONE);
        }
    }

    fn is_constant(&self, value: &Node<'_>) -> bool {
        is_constant_expression(value, self.source)
            && !value.descendants().any(|node| {
                node.kind() == "identifier" && self.facts.computed.contains(node.text(self.source))
            })
    }

    /// A string stays a constant, but another one; two of them differ, so that both may stand in one `switch`.
    fn text_constant(&mut self, name: &[u8], value: &Node<'_>) {
        if value.text(self.source) == b"\"\"" {
            return;
        }
        let note = Note::new(
            KeptWhat::Initialiser,
            name,
            "a readable file or an annotation uses the constant",
        );
        let blank = [b"\"hidden: ", name, b"\""].concat();
        let name = name.to_vec();
        self.plan.dynamic(
            value.start()..value.end(),
            Channels::NONE,
            Some(note),
            move |in_use| {
                if in_use.has(&name, Scope::Package, EXACT) {
                    Change::Leave
                } else {
                    Change::Replace(blank.clone())
                }
            },
        );
    }
}

/// The value that a field of a type has by itself. Not a constant for truth values: the compiler would draw conclusions from one.
fn default_of(kind: &[u8]) -> &'static [u8] {
    match kind {
        b"int" | b"short" | b"byte" => b"0",
        b"long" => b"0L",
        b"float" => b"0f",
        b"double" => b"0d",
        b"char" => b"'\\0'",
        b"boolean" => b"Boolean.FALSE",
        _ => b"null",
    }
}

/// Tells whether the language evaluates the expression while compiling, as far as its form tells.
pub(super) fn is_constant_expression(value: &Node<'_>, source: &[u8]) -> bool {
    value.descendants().all(|node| {
        !node.is_named()
            || match node.kind() {
                // The length of an array.
                "field_access" => node
                    .child_by_field("field")
                    .is_none_or(|field| field.text(source) != b"length"),
                kind => {
                    node.is_comment()
                        || matches!(
                            kind,
                            "binary_expression"
                                | "unary_expression"
                                | "parenthesized_expression"
                                | "cast_expression"
                                | "ternary_expression"
                                | "identifier"
                                | "type_identifier"
                                | "scoped_type_identifier"
                                | "integral_type"
                                | "floating_point_type"
                                | "boolean_type"
                                | "decimal_integer_literal"
                                | "hex_integer_literal"
                                | "octal_integer_literal"
                                | "binary_integer_literal"
                                | "decimal_floating_point_literal"
                                | "hex_floating_point_literal"
                                | "true"
                                | "false"
                                | "character_literal"
                                | "string_literal"
                                | "string_fragment"
                                | "multiline_string_fragment"
                                | "escape_sequence"
                        )
                }
            }
    })
}
