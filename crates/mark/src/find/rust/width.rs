//! Whether rustfmt leaves a line as it is when a word on it becomes longer or shorter.
//!
//! rustfmt lays out each statement, header, arm and field on its own: on one line when that fits, broken otherwise (rustfmt, "Configuring Rustfmt": `max_width`, `use_small_heuristics`).
//! A word may change when everything around it up to that unit stands on one line, blocks aside, and still does with the longer spelling of every word that
//! may change there; or when it stands in a list that is broken into lines and would not fit on one line with the shorter ones. All else is refused.
//!
//! INVARIANT: the unit's own lines decide. Which widths a project keeps to is not asked of its other lines, for then a long line elsewhere would move
//! every site of the file: what is written in one line must fit the narrowest usual width, what is broken must be too long for the widest.

use ringfence_syntax::Node;

use super::imports::Imports;
use crate::find::source::{Source, contains, is_word};

/// Widest line that rustfmt writes unless told otherwise.
const MAX_WIDTH: usize = 100;
/// Widest line of projects that keep to 80 columns.
pub(super) const NARROW_WIDTH: usize = 79;
/// Most ancestors between a word and its statement.
const MAX_CLIMB: usize = 24;

/// Tells whether `old` bytes in the node may become `new` bytes without a change of layout.
pub(super) fn keeps_layout(source: &Source<'_>, node: Node<'_>, old: usize, new: usize) -> bool {
    let grown = new.saturating_sub(old);
    let change = Change {
        grown,
        shrunk: old.saturating_sub(new),
        reserved: reserve(source, &[source.of(node), b"::"].concat()).min(grown),
    };
    let line = source.line(source.line_of(node.start()));
    let is_plain = line.is_ascii() && !contains(line, b"//") && !contains(line, b"/*");
    if !is_plain || !source.is_one_line(node) || change.longest(source, line) > NARROW_WIDTH {
        return false;
    }
    let mut inner = node;
    for outer in std::iter::once(node).chain(node.ancestors()).take(MAX_CLIMB) {
        match step(source, outer, inner, node, change) {
            Step::Climb => inner = outer,
            Step::Keeps => return true,
            Step::Refused => return false,
        }
    }
    false
}

/// By how many bytes the word grows or shrinks.
#[derive(Clone, Copy)]
struct Change {
    grown: usize,
    shrunk: usize,
    /// How much of that is counted among the words that may grow.
    reserved: usize,
}

impl Change {
    /// The length of a text when this word and every other one that may change in it has its longer spelling. A word that shrinks was in its longer one.
    fn longest(self, source: &Source<'_>, text: &[u8]) -> usize {
        text.len()
            .saturating_add(self.grown)
            .saturating_add(reserve(source, text).saturating_sub(self.reserved))
    }

    /// The length of a text on one line when every word that may change in it has its shorter spelling.
    fn shortest(self, text: &[u8]) -> usize {
        joined(text)
            .saturating_sub(self.shrunk.saturating_mul(2))
            .saturating_sub(count(text, b"ref ").saturating_mul(4))
            .saturating_sub(count(text, b"std::").saturating_mul(8))
            .saturating_sub(count(text, b"io::Error>").saturating_mul(8))
    }
}

/// The length of a text whose blanks and line breaks become one blank each.
fn joined(text: &[u8]) -> usize {
    let words = text.split(u8::is_ascii_whitespace);
    let lengths = words
        .filter(|word| !word.is_empty())
        .map(|word| word.len().saturating_add(1));
    lengths.sum::<usize>().saturating_sub(1)
}

/// How much the words of a text may grow: paths by their crate, `Self` to a name, results to what they abbreviate.
fn reserve(source: &Source<'_>, text: &[u8]) -> usize {
    let results = count(text, b"io::Result<").saturating_mul(7);
    let names = count(text, b"Self").saturating_mul(10);
    let mut paths = 0_usize;
    let mut before = b' ';
    for word in text.split_inclusive(|byte| !is_word(*byte)) {
        let begins =
            before != b':' && word.ends_with(b":") && word.first().is_some_and(u8::is_ascii_lowercase);
        paths = paths.saturating_add(if begins { 5 } else { 0 });
        before = word.last().copied().unwrap_or(b' ');
    }
    let types = Imports::of(source).growth(text);
    paths
        .saturating_add(results)
        .saturating_add(names)
        .saturating_add(types)
}

fn count(text: &[u8], word: &[u8]) -> usize {
    text.windows(word.len()).filter(|window| *window == word).count()
}

enum Step {
    Climb,
    Keeps,
    Refused,
}

fn step(source: &Source<'_>, outer: Node<'_>, inner: Node<'_>, node: Node<'_>, change: Change) -> Step {
    let is_flat = has_flat_head(source, outer);
    let keeps_if = |keeps: bool| if keeps { Step::Keeps } else { Step::Refused };
    match outer.kind() {
        "function_item" | "function_signature_item" => {
            let end = outer
                .child_by_field("body")
                .map_or(outer.end(), |body| body.start());
            let clause = outer.children().find(|child| child.kind() == "where_clause");
            let head = source.slice(outer.start(), clause.map_or(end, |clause| clause.start()));
            let is_inside = node.end()
                <= outer
                    .start()
                    .saturating_add(u32::try_from(head.len()).unwrap_or(0));
            let is_one_line = !head.trim_ascii_end().contains(&b'\n');
            keeps_if(is_inside && (is_one_line || is_too_long(source, outer, head, change)))
        }
        "impl_item" => {
            let end = outer
                .child_by_field("body")
                .map_or(outer.end(), |body| body.start());
            keeps_if(!source.slice(outer.start(), end).contains(&b'\n'))
        }
        "field_declaration" | "where_predicate" | "enum_variant" | "const_item" | "static_item"
        | "type_item" | "associated_type" => keeps_if(source.is_one_line(outer)),
        "match_arm" => keeps_if(is_flat && is_block_needed(source, outer, change)),
        "source_file" | "use_declaration" | "attribute_item" | "macro_invocation" | "block"
        | "struct_item" | "enum_item" | "trait_item" | "union_item" | "declaration_list" => Step::Refused,
        "parameters" | "arguments" | "field_initializer_list" if !source.is_one_line(outer) && !is_flat => {
            let is_own_line = source.is_one_line(inner)
                && source.begins_line(inner.start())
                && source.line_of(outer.start()) < source.line_of(inner.start());
            keeps_if(is_own_line && is_too_long(source, outer, source.of(outer), change))
        }
        // Every operand has a line of its own.
        "binary_expression" if !is_flat && source.is_one_line(inner) => {
            keeps_if(change.shrunk == 0 || is_too_long(source, outer, source.of(outer), change))
        }
        _ if !is_flat || !keeps_width(source, outer, change) => Step::Refused,
        _ => match outer.parent().filter(|parent| parent.kind() == "block") {
            Some(block) => keeps_if(is_apart(source, block, outer, change)),
            None => Step::Climb,
        },
    }
}

/// Tells whether a text that is broken into lines is too long for one line in its shorter spelling as well.
fn is_too_long(source: &Source<'_>, node: Node<'_>, text: &[u8], change: Change) -> bool {
    let indent = source.indent(node.start()).len();
    !contains(text, b"//") && change.shortest(text).saturating_add(indent) > MAX_WIDTH.saturating_add(2)
}

/// Tells whether what rustfmt allows a shorter line only is still allowed it in the longer spelling.
fn keeps_width(source: &Source<'_>, node: Node<'_>, change: Change) -> bool {
    let most = match node.kind() {
        "arguments" => 62,
        "field_initializer_list" => 22,
        "array_expression" | "call_expression" | "field_expression" | "try_expression"
        | "await_expression" => 60,
        "field_declaration_list" => 39,
        "if_expression" | "let_declaration" if contains(source.of(node), b"else") => 50,
        _ => return true,
    };
    let text = source.of(node);
    if text.contains(&b'\n') {
        return true;
    }
    // What is wider already is allowed a wider line by the project.
    text.len() > most || change.longest(source, text) <= most
}

/// Tells whether a statement would not be drawn out of its block: one expression alone in a block stands on the line of its arm or closure when it fits.
fn is_apart(source: &Source<'_>, block: Node<'_>, statement: Node<'_>, change: Change) -> bool {
    let is_alone = block.named_children_with_comments().count() == 1
        && !source.of(statement).ends_with(b";")
        && !source.of(statement).ends_with(b"}");
    let holder = block.parent().map_or("", |holder| holder.kind());
    if !is_alone
        || matches!(
            holder,
            "function_item" | "for_expression" | "while_expression" | "loop_expression"
        )
    {
        return true;
    }
    matches!(holder, "if_expression" | "else_clause") && change.shortest(source.of(statement)) > 52
}

/// Tells whether an arm that is one expression in a block is too long without the block in its shorter spelling as well.
fn is_block_needed(source: &Source<'_>, arm: Node<'_>, change: Change) -> bool {
    let Some(block) = arm
        .child_by_field("value")
        .filter(|value| value.kind() == "block")
    else {
        return true;
    };
    let mut statements = block.named_children_with_comments();
    let (only, more) = (statements.next(), statements.next());
    let is_expression = only.is_some_and(|only| only.kind() != "expression_statement" && !only.is_comment());
    !is_expression || more.is_some() || is_too_long(source, arm, source.of(arm), change)
}

/// Tells whether all line breaks of a node lie in blocks.
fn has_flat_head(source: &Source<'_>, node: Node<'_>) -> bool {
    if source.is_one_line(node) {
        return true;
    }
    let mut from = node.start();
    let mut index = node.index();
    while let Some(part) = source.tree.node(index).filter(|_| index < node.subtree_end()) {
        let is_block = match part.kind() {
            "block" | "match_block" => true,
            "field_initializer_list" => part != node && is_broken_literal(source, part),
            "token_tree" => joined(source.of(part)) > MAX_WIDTH,
            _ => false,
        };
        if !is_block {
            index = index.saturating_add(1);
            continue;
        }
        if source.slice(from, part.start()).contains(&b'\n') {
            return false;
        }
        from = part.end();
        index = part.subtree_end();
    }
    !source.slice(from, node.end()).contains(&b'\n')
}

/// Tells whether the fields of a struct expression stand on lines of their own because they are many.
fn is_broken_literal(source: &Source<'_>, fields: Node<'_>) -> bool {
    let text = source.of(fields);
    text.contains(&b'\n')
        && (joined(text) > MAX_WIDTH || text.iter().filter(|byte| **byte == b'\n').count() > 3)
}
