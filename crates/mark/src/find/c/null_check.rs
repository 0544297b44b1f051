//! `!p` for `p == NULL`.
//!
//! Both are 1 exactly when the pointer is null (C11 6.5.3.3p5, 6.5.9), and `!` binds tighter than what stands around.

use ringfence_syntax::Node;

use crate::find::c::is_variable;
use crate::find::candidate::{Candidate, copy, text};
use crate::find::expression::parts;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct NullCheck;

impl FamilyRule for NullCheck {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["binary_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        null_check(source, node, found);
    }
}

fn null_check(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parts) = parts(source, node) else {
        return;
    };
    if parts.operator == b"=="
        && source.of(parts.right) == b"NULL"
        && is_variable(source, parts.left)
        && source.is_one_line(node)
    {
        let pieces = vec![text(b"!"), copy(parts.left)];
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            pieces,
        ));
    }
}
