//! Docstrings.

use ringfence_syntax::Node;

use crate::engine::Span;

/// The docstring of a block or module: its first statement, when that is a plain string.
pub(super) fn of_block<'t>(block: &Node<'t>) -> Option<Node<'t>> {
    block.named_children().next().filter(is_string_statement)
}

/// Tells whether a statement is nothing but a plain string.
pub(super) fn is_string_statement(statement: &Node<'_>) -> bool {
    statement.kind() == "expression_statement"
        && statement
            .named_children()
            .next()
            .is_some_and(|inner| matches!(inner.kind(), "string" | "concatenated_string"))
        && statement.named_children().count() == 1
        && !statement
            .descendants()
            .any(|inner| inner.kind() == "interpolation")
}

/// What has to go so that the first paragraph is left, and what replaces it.
pub(super) fn after_first_paragraph(statement: &Node<'_>, text: &[u8]) -> Option<(Span, &'static [u8])> {
    let string = statement.named_children().next()?;
    if string.kind() != "string" {
        return None;
    }
    let start = string
        .named_children()
        .find(|part| part.kind() == "string_start")?
        .end();
    let end = string
        .named_children()
        .find(|part| part.kind() == "string_end")?
        .start();
    let content = text.get(start as usize..end as usize)?;
    let mut words = false;
    let mut offset = 0_usize;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let blank = line.iter().all(u8::is_ascii_whitespace);
        if blank && words {
            let kept = content.get(..offset)?.trim_ascii_end();
            let cut = start.saturating_add(u32::try_from(kept.len()).ok()?);
            // The closing quotes must not become part of the text.
            let guard: &[u8] = if matches!(kept.last(), Some(b'\\' | b'"' | b'\'')) {
                b" "
            } else {
                b""
            };
            return (cut < end).then_some((cut..end, guard));
        }
        words |= !blank;
        offset = offset.saturating_add(line.len());
    }
    None
}
