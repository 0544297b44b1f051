//! `(x) -> e` against `x -> e`, `(x) => e` against `x => e`.
//!
//! The brackets of a single parameter without a type may be left out (JLS 15.27.1, C# specification 12.19.1).

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, text};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

pub(super) struct LambdaBrackets;

impl FamilyRule for LambdaBrackets {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["lambda_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let parameters = node.child_by_field("parameters").filter(|_| !node.has_error())?;
    let pieces = match parameters.kind() {
        "identifier" | "implicit_parameter" => vec![text(b"("), copy(parameters), text(b")")],
        "inferred_parameters" | "parameter_list" => {
            let mut inner = parameters.named_children_with_comments();
            let (only, None) = (inner.next()?, inner.next()) else {
                return None;
            };
            let is_name = only.kind() == "identifier"
                || (only.kind() == "parameter"
                    && only.children().count() == 1
                    && only.name_node().is_some_and(|name| name.kind() == "identifier"));
            let is_tight = parameters.end().saturating_sub(parameters.start())
                == only.end().saturating_sub(only.start()).saturating_add(2);
            (is_name && is_tight).then(|| vec![copy(only)])?
        }
        _ => return None,
    };
    let range = (parameters.start(), parameters.end());
    Candidate::on_lines(source, Family::Idiom, node, range, pieces)
}
