//! The form of gofmt after things were dropped: columns of fields, constants, variables and one-line functions. Only spaces and tabs change.
//!
//! Columns are those of Go's `text/tabwriter`: a column is as wide as the widest of its cells in lines that follow each other.

use ringfence_syntax::{Language, Node, Tree, parse};

use super::{children_of, in_field};
use crate::engine::Span;
use crate::engine::text::{length, slice, starts_line};

/// A line of a table: cells that a column follows, and what comes last.
struct Row {
    cells: Vec<Span>,
    last: Option<Span>,
    /// The white space after each cell, to be written anew.
    start: u32,
    first_line: usize,
    last_line: usize,
    /// Cells that have nothing in them, before the last.
    skipped: usize,
}

/// Aligns the columns of a rendered text. A text that does not parse comes back as it is: the check refuses it.
pub(super) fn align(text: Vec<u8>) -> Vec<u8> {
    let Ok(tree) = parse(Language::Go, &text) else {
        return text;
    };
    if tree.error_count() > 0 {
        return text;
    }
    let lines = line_starts(&text);
    let mut changes: Vec<(Span, Vec<u8>)> = Vec::new();
    for table in tables(&tree, &text, &lines) {
        for block in blocks(&table) {
            layout(block, &text, &mut changes);
        }
    }
    for list in tree
        .nodes()
        .filter(|node| node.kind() == "field_declaration_list")
    {
        let inside = slice(
            &text,
            &(list.start().saturating_add(1)..list.end().saturating_sub(1)),
        );
        if !inside.is_empty() && inside.iter().all(|byte| *byte == b' ') {
            changes.push((
                list.start().saturating_add(1)..list.end().saturating_sub(1),
                Vec::new(),
            ));
        }
    }
    write(&text, changes)
}

fn write(text: &[u8], mut changes: Vec<(Span, Vec<u8>)>) -> Vec<u8> {
    changes.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = Vec::with_capacity(text.len());
    let mut position = 0;
    for (span, with) in changes {
        // INVARIANT: only blanks are replaced, by blanks.
        let blank = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if span.start < position || !blank(slice(text, &span)) || !blank(&with) {
            continue;
        }
        out.extend_from_slice(slice(text, &(position..span.start)));
        out.extend_from_slice(&with);
        position = span.end;
    }
    out.extend_from_slice(slice(text, &(position..length(text))));
    out
}

fn line_starts(text: &[u8]) -> Vec<u32> {
    let breaks = text.iter().zip(1_u32..).filter(|(byte, _)| **byte == b'\n');
    std::iter::once(0).chain(breaks.map(|(_, next)| next)).collect()
}

fn line(lines: &[u32], at: u32) -> usize {
    lines.partition_point(|start| *start <= at)
}

/// Every table of the file: fields of a struct, constants or variables in parentheses, functions of one line.
fn tables(tree: &Tree, text: &[u8], lines: &[u32]) -> Vec<Vec<Row>> {
    let mut found = Vec::new();
    for node in tree.nodes() {
        let rows: Vec<Row> = match node.kind() {
            "field_declaration_list" => {
                let fields: Vec<Node<'_>> = children_of(&node, &["field_declaration"]).collect();
                if fields.len() > 1 {
                    fields.iter().map(|field| field_row(field, text, lines)).collect()
                } else {
                    fields
                        .iter()
                        .filter_map(|field| single(field, text, lines))
                        .collect()
                }
            }
            "const_declaration" | "var_spec_list" => {
                let specs: Vec<Node<'_>> = children_of(&node, &["const_spec", "var_spec"]).collect();
                let grouped = node.children().any(|child| child.kind() == "(");
                if specs.len() > 1 && grouped {
                    value_rows(&specs, text, lines)
                } else {
                    specs
                        .iter()
                        .filter_map(|spec| single(spec, text, lines))
                        .collect()
                }
            }
            "source_file" => node
                .children()
                .filter(|item| matches!(item.kind(), "function_declaration" | "method_declaration"))
                .filter_map(|item| function_row(&item, lines))
                .collect(),
            _ => continue,
        };
        found.push(rows);
    }
    found
}

fn span(node: &Node<'_>) -> Span {
    node.start()..node.end()
}

/// Names that are written with commas between them.
fn names(node: &Node<'_>) -> Option<Span> {
    let (first, last) = (in_field(node, "name").next()?, in_field(node, "name").last()?);
    Some(first.start()..last.end())
}

/// The comment behind a node on its line.
fn comment_behind(node: &Node<'_>, text: &[u8], lines: &[u32]) -> Option<Span> {
    let mut next = node.next_sibling();
    while let Some(sibling) = next {
        if sibling.is_comment() {
            let same = line(lines, sibling.start()) == line(lines, node.end().saturating_sub(1));
            return (same && !starts_line(text, sibling.start())).then(|| span(&sibling));
        }
        if sibling.is_named() {
            return None;
        }
        next = sibling.next_sibling();
    }
    None
}

fn row(node: &Node<'_>, lines: &[u32], mut cells: Vec<Span>, comment: Option<Span>, skipped: usize) -> Row {
    let last = comment.or_else(|| cells.pop());
    Row {
        start: node.start(),
        first_line: line(lines, node.start()),
        last_line: line(lines, node.end().saturating_sub(1)),
        skipped: if cells.is_empty() { 0 } else { skipped },
        cells,
        last,
    }
}

fn field_row(field: &Node<'_>, text: &[u8], lines: &[u32]) -> Row {
    let comment = comment_behind(field, text, lines);
    let tag = field.child_by_field("tag").map(|tag| span(&tag));
    let kind = field.child_by_field("type");
    let named = names(field);
    let mut cells: Vec<Span> = Vec::new();
    match (&named, &kind) {
        (Some(names), Some(kind)) => {
            cells.push(names.clone());
            cells.push(span(kind));
        }
        (_, Some(kind)) => cells.push(field.start()..kind.end()),
        _ => {}
    }
    // An embedded field leaves the column of types empty before its comment.
    let skipped = usize::from(named.is_none() && tag.is_none() && comment.is_some());
    cells.extend(tag);
    row(field, lines, cells, comment, skipped)
}

/// A lone field or value stands without columns: one space each.
fn single(node: &Node<'_>, text: &[u8], lines: &[u32]) -> Option<Row> {
    let kind = node.child_by_field("type").map(|kind| span(&kind));
    let value = node
        .child_by_field("value")
        .map(|value| equals(node, value.start())..value.end());
    let tag = node.child_by_field("tag").map(|tag| span(&tag));
    let cells: Vec<Span> = names(node)
        .into_iter()
        .chain(kind)
        .chain(value)
        .chain(tag)
        .collect();
    let comment = comment_behind(node, text, lines);
    let row = row(node, lines, cells, comment, 0);
    (row.first_line == row.last_line).then_some(row)
}

/// Where the equals sign of a value stands.
fn equals(spec: &Node<'_>, value: u32) -> u32 {
    spec.children()
        .find(|child| child.kind() == "=")
        .map_or(value, |sign| sign.start())
}

fn value_rows(specs: &[Node<'_>], text: &[u8], lines: &[u32]) -> Vec<Row> {
    let keeps = keeps_types(specs);
    specs
        .iter()
        .zip(keeps)
        .map(|(spec, keeps)| {
            let comment = comment_behind(spec, text, lines);
            let kind = spec.child_by_field("type").map(|kind| span(&kind));
            let value = spec
                .child_by_field("value")
                .map(|value| equals(spec, value.start())..value.end());
            let mut cells: Vec<Span> = names(spec).into_iter().collect();
            let mut left = 2_usize;
            if kind.is_some() || keeps {
                let empty = cells.first().map_or(0, |names| names.end);
                cells.push(kind.unwrap_or(empty..empty));
                left = left.saturating_sub(1);
            }
            if let Some(value) = value {
                cells.push(value);
                left = left.saturating_sub(1);
            }
            let skipped = if comment.is_some() { left } else { 0 };
            row(spec, lines, cells, comment, skipped)
        })
        .collect()
}

/// As gofmt decides whether values stand in the column of types: in a run of values, when none of them has a type.
fn keeps_types(specs: &[Node<'_>]) -> Vec<bool> {
    let mut keeps = vec![false; specs.len()];
    let mut run: Option<(usize, bool)> = None;
    for (at, spec) in specs.iter().enumerate() {
        let typed = spec.child_by_field("type").is_some();
        if spec.child_by_field("value").is_some() {
            let (start, keep) = run.unwrap_or((at, false));
            run = Some((start, keep || typed));
        } else if let Some((start, keep)) = run.take() {
            keeps
                .iter_mut()
                .take(at)
                .skip(start)
                .for_each(|kept| *kept = keep);
        }
    }
    if let Some((start, keep)) = run {
        keeps.iter_mut().skip(start).for_each(|kept| *kept = keep);
    }
    keeps
}

fn function_row(function: &Node<'_>, lines: &[u32]) -> Option<Row> {
    let body = function.child_by_field("body")?;
    let head = function
        .named_children()
        .filter(|child| child.index() != body.index())
        .last()?
        .end();
    let row = row(
        function,
        lines,
        vec![function.start()..head, span(&body)],
        None,
        0,
    );
    (row.first_line == row.last_line).then_some(row)
}

/// Rows on lines that follow each other; a row of several lines ends a block.
fn blocks(rows: &[Row]) -> Vec<&[Row]> {
    rows.chunk_by(|above, below| {
        above.first_line == above.last_line && above.last_line.saturating_add(1) == below.first_line
    })
    .collect()
}

/// Widths of the columns of a block, and the blanks that make them.
fn layout(block: &[Row], text: &[u8], changes: &mut Vec<(Span, Vec<u8>)>) {
    let columns = block
        .iter()
        .map(|row| row.cells.len().saturating_add(row.skipped))
        .max()
        .unwrap_or(0);
    let mut widths: Vec<Vec<usize>> = block.iter().map(|_| vec![0; columns]).collect();
    for column in 0..columns {
        let has = |row: &Row| row.cells.len().saturating_add(row.skipped) > column;
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let run = rest.iter().take_while(|row| has(row)).count();
            let width = rest
                .iter()
                .take(run)
                .filter_map(|row| row.cells.get(column))
                .map(|cell| characters(slice(text, cell)))
                .max()
                .unwrap_or(0);
            let width = if width == 0 { 0 } else { width.saturating_add(1) };
            for row in widths.iter_mut().skip(at).take(run) {
                if let Some(slot) = row.get_mut(column) {
                    *slot = width;
                }
            }
            at = at.saturating_add(run.max(1));
        }
    }
    for (row, widths) in block.iter().zip(&widths) {
        place(row, widths, text, changes);
    }
}

fn place(row: &Row, widths: &[usize], text: &[u8], changes: &mut Vec<(Span, Vec<u8>)>) {
    let mut blanks = 0_usize;
    let mut position = row.start;
    for (cell, width) in row.cells.iter().zip(widths) {
        if cell.start < cell.end {
            gap(position, cell.start, blanks, text, changes);
            position = cell.end;
            blanks = 0;
        }
        blanks = blanks.saturating_add(width.saturating_sub(characters(slice(text, cell))));
    }
    let skipped = widths.iter().skip(row.cells.len()).take(row.skipped).sum();
    if let Some(last) = &row.last {
        gap(
            position,
            last.start,
            blanks.saturating_add(skipped),
            text,
            changes,
        );
    }
}

/// Writes blanks between two cells of a line.
fn gap(start: u32, end: u32, blanks: usize, text: &[u8], changes: &mut Vec<(Span, Vec<u8>)>) {
    let inside = slice(text, &(start..end));
    if end > start && inside.iter().all(|byte| matches!(byte, b' ' | b'\t')) && inside.len() != blanks.max(1)
    {
        changes.push((start..end, vec![b' '; blanks.max(1)]));
    }
}

/// Width as Go's tabwriter counts it; of a cell of several lines the first one's.
fn characters(text: &[u8]) -> usize {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(text: &str) -> String {
        String::from_utf8(align(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn fields_values_and_functions_stand_in_columns() {
        // What gofmt 1.19 makes of them.
        let done = "package p\n\ntype T struct {\n\tA    int    // a\n\tLong string // b\n\tE           // c\n\n\tB int `x:\"y\"`\n}\n\nconst (\n\tX   = 1\n\tYyy = 2\n)\n\nvar (\n\tone   error\n\tthree map[string]int\n)\n\nfunc a()      { panic(\"hidden\") }\nfunc (T) bb() { panic(\"hidden\") }\n";
        let ragged = "package p\n\ntype T struct {\n\tA int    // a\n\tLong    string // b\n\tE // c\n\n\tB     int `x:\"y\"`\n}\n\nconst (\n\tX = 1\n\tYyy   = 2\n)\n\nvar (\n\tone error\n\tthree     map[string]int\n)\n\nfunc a() { panic(\"hidden\") }\nfunc (T) bb()   { panic(\"hidden\") }\n";
        assert_eq!(aligned(ragged), done);
        assert_eq!(aligned(done), done);
    }

    #[test]
    fn a_lone_field_and_an_emptied_struct_have_no_columns() {
        assert_eq!(
            aligned("package p\n\ntype T struct {\n\tA    int\n}\n\ntype U struct{ }\n"),
            "package p\n\ntype T struct {\n\tA int\n}\n\ntype U struct{}\n"
        );
    }
}
