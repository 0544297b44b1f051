//! `typename T` against `class T` in a list of template parameters.
//!
//! There is no difference between the two in a type parameter (C++17 [temp.param]p2). Left out: template parameters that are templates.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct TypeParameter;

impl FamilyRule for TypeParameter {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "type_parameter_declaration",
            "optional_type_parameter_declaration",
            "variadic_type_parameter_declaration",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let is_plain = node
            .parent()
            .and_then(|list| list.parent())
            .is_some_and(|outer| outer.kind() == "template_declaration");
        let Some(word) = node.children().next().filter(|_| is_plain && !node.has_error()) else {
            return;
        };
        let other: &[u8] = match source.of(word) {
            b"typename" => b"class",
            b"class" => b"typename",
            _ => return,
        };
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (word.start(), word.end()),
            vec![text(other)],
        ));
    }
}
