//! The statements of a `case` in a block of their own, or not.
//!
//! Equal because a block runs its statements in order and passes every jump on (ECMA-262 14.2.2 and 14.12.2), and only declarations with a scope of their own could tell: none stands
//! among the statements. Formatters indent both spellings alike. Left out: labels without statements, and comments at the edges.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, source as copied, text};
use crate::find::order::ends_line;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct CaseBraces;

impl FamilyRule for CaseBraces {
    fn family(&self) -> Family {
        Family::Braces
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["switch_case", "switch_default"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, case: Node<'_>) -> Option<Candidate> {
    let mut after = case.children().skip_while(|child| child.kind() != ":");
    let colon = after.next()?;
    let first = after.next()?;
    let last = after.last().unwrap_or(first);
    let indent = source.indent(case.start());
    if case.has_error()
        || !source.begins_line(case.start())
        || !source.is_one_line(colon)
        || last.is_comment()
    {
        return None;
    }
    let label = source.slice(case.start(), colon.end());
    let close = [b"\n", indent, b"}"].concat();
    let (range, pieces, body) = if first.kind() == "statement_block" {
        let mut inner = first.named_children_with_comments();
        let (body, last_inner) = {
            let body = inner.next()?;
            (body, inner.last().unwrap_or(body))
        };
        let open = first.children().next()?;
        let is_written = first == last
            && source.slice(colon.end(), open.end()) == b" {"
            && source.slice(last_inner.end(), first.end()) == close
            && first.named_children().all(is_free)
            && !last_inner.is_comment()
            && ends_line(source, first.end());
        if !is_written {
            return None;
        }
        let pieces = vec![copied(open.end(), last_inner.end())];
        ((colon.end(), first.end()), pieces, body)
    } else {
        if !case
            .named_children()
            .filter(|child| child.start() >= first.start())
            .all(is_free)
            || !ends_line(source, last.end())
        {
            return None;
        }
        let pieces = vec![text(b" {"), copied(colon.end(), last.end()), text(&close)];
        ((colon.end(), last.end()), pieces, first)
    };
    let begins = !body.is_comment()
        && source.begins_line(body.start())
        && source.line_of(body.start()) == source.line_of(colon.end()).saturating_add(1)
        && source.indent(body.start()).len() > indent.len();
    let line = source.line(source.line_of(body.start()));
    begins.then(|| Candidate::on_parts(source, Family::Braces, case, range, pieces, &[label, line]))?
}

/// A statement that declares nothing in the scope around it, and ends by itself.
fn is_free(statement: Node<'_>) -> bool {
    !matches!(
        statement.kind(),
        "lexical_declaration"
            | "class_declaration"
            | "abstract_class_declaration"
            | "function_declaration"
            | "generator_function_declaration"
            | "interface_declaration"
            | "type_alias_declaration"
            | "enum_declaration"
            | "function_signature"
            | "ambient_declaration"
            | "labeled_statement"
    )
}
