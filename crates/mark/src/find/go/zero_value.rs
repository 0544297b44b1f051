//! `x := 0` for `var x int`, and the like for texts and truth values.
//!
//! A variable without a value has the zero value of its type, and an untyped constant has its default type (Go specification, "The zero value", "Short variable
//! declarations", "Constants"). The other way leads to `var x = 0` (see `short_declaration`). Left out: texts that declare one of these types themselves.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::go::has_comment_behind;
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

pub(super) struct ZeroValue;

impl FamilyRule for ZeroValue {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["var_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let parent = node.parent()?;
    let mut specs = node.named_children_with_comments();
    let (spec, None) = (specs.next()?, specs.next()) else {
        return None;
    };
    let in_body = matches!(parent.kind(), "statement_list" | "block");
    let mut parts = spec.children();
    let (name, kind, None) = (parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let value: &[u8] = match source.of(kind) {
        b"int" => b" := 0",
        b"string" => b" := \"\"",
        b"bool" => b" := false",
        _ => return None,
    };
    let declaration = [b"type ", source.of(kind)].concat();
    let is_plain = in_body
        && !node.has_error()
        && !has_comment_behind(source, node)
        && spec.kind() == "var_spec"
        && name.kind() == "identifier"
        && source.of(name) != b"_"
        && source.slice(node.start(), name.start()) == b"var "
        && source.slice(name.end(), kind.start()) == b" "
        && !contains(source.text, &declaration);
    is_plain.then(|| {
        let pieces = vec![copy(name), text(value)];
        Candidate::on_lines(source, Family::Idiom, node, (node.start(), node.end()), pieces)
    })?
}
