//! Between what a blank line may stand. Black and ruff keep none or one between statements, but set functions, classes and
//! imports apart themselves, and take blank lines out of brackets.

use ringfence_syntax::Node;

use super::is_class_body;
use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &["block", "module"];

pub(super) fn may_part(_: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    let (before, after) = (neighbours.before, neighbours.after);
    let is_simple = |child: Node<'_>| child.kind() == "expression_statement" && !is_text(child);
    let in_function = neighbours.body.kind() == "block" && !is_class_body(neighbours.body);
    let is_free = in_function || (is_simple(before) && is_simple(after));
    is_free && !is_set_apart(after) && !ends_set_apart(before)
}

/// What formatters surround with blank lines of their own.
fn is_set_apart(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "function_definition"
            | "class_definition"
            | "decorated_definition"
            | "import_statement"
            | "import_from_statement"
            | "future_import_statement"
    )
}

/// Tells whether a definition is the last thing in the statement, however deep.
fn ends_set_apart(statement: Node<'_>) -> bool {
    let mut last = Some(statement);
    let is_import = |kind: &str| kind.ends_with("import_statement") || kind == "import_from_statement";
    while let Some(inner) = last {
        // An import is only looked at beside its own neighbours.
        if is_set_apart(inner) && (!is_import(inner.kind()) || inner.index() == statement.index()) {
            return true;
        }
        let holds_statements = matches!(
            inner.kind(),
            "block"
                | "if_statement"
                | "elif_clause"
                | "else_clause"
                | "for_statement"
                | "while_statement"
                | "with_statement"
                | "try_statement"
                | "except_clause"
                | "finally_clause"
                | "match_statement"
                | "case_clause"
        );
        last = inner.named_children().last().filter(|_| holds_statements);
    }
    false
}

/// A text on its own documents what it stands in.
fn is_text(statement: Node<'_>) -> bool {
    statement
        .named_children()
        .next()
        .is_some_and(|value| matches!(value.kind(), "string" | "concatenated_string"))
}
