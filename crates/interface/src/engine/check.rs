//! The check of a rendered file. It parses both texts anew and does not look at edits: a rule that forgets a body is found here.

use std::collections::HashSet;

use ringfence_syntax::{Node, Tree};

use super::{LanguageRules, Note, ParsedFile, Span, text};
use crate::{KeptWhat, RefusedReason};

/// Shortest literal that is looked for, in bytes with its quotes: `0` and `""` say nothing.
const SHORTEST_LITERAL: usize = 3;

/// Shortest statement that is looked for, in bytes.
const SHORTEST_STATEMENT: usize = 4;

/// What may show, by account.
pub(super) struct Audit<'a> {
    pub(super) notes: &'a [(Span, Note)],
    pub(super) open: &'a [Span],
    pub(super) bodies: &'a [Span],
}

/// Checks that the interface parses and that nothing of a dropped body shows.
pub(super) fn check(
    rules: &dyn LanguageRules,
    file: &ParsedFile<'_>,
    audit: &Audit<'_>,
    rendered: &[u8],
) -> Result<(), (u32, RefusedReason)> {
    let language = file.tree.language();
    let output = rules
        .parse(language, rendered)
        .map_err(|error| (0, RefusedReason::Syntax(error)))?;
    if let Some(node) = output.nodes().find(|node| node.is_error() || node.is_missing()) {
        return Err((
            near(file.text, rendered, node.start()),
            RefusedReason::OutputDoesNotParse,
        ));
    }
    let allowed = merged(
        audit
            .notes
            .iter()
            .filter(|(_, note)| note.what != KeptWhat::PrivateItem)
            .map(|(span, _)| span)
            .chain(audit.open),
    );
    let mut hidden: HashSet<&[u8]> = HashSet::new();
    let mut shown: HashSet<&[u8]> = HashSet::new();
    let declared = merged(
        audit
            .bodies
            .iter()
            .filter(|span| !within(&allowed, span.start, span.end)),
    );
    let mut secret_until = 0_u32;
    for node in file.tree.nodes() {
        if rules.is_body(&node) && !within(&allowed, node.start(), node.end()) {
            secret_until = secret_until.max(node.end());
        }
        if !is_telling(rules, &node) {
            continue;
        }
        let bytes = node.text(file.text);
        let inside = node.start() < secret_until || within(&declared, node.start(), node.end());
        if inside && !within(&allowed, node.start(), node.end()) {
            hidden.insert(bytes);
        } else {
            shown.insert(bytes);
        }
    }
    first_leak(rules, &output, rendered, |bytes| {
        hidden.contains(bytes) && !shown.contains(bytes)
    })
}

fn first_leak(
    rules: &dyn LanguageRules,
    output: &Tree,
    rendered: &[u8],
    is_secret: impl Fn(&[u8]) -> bool,
) -> Result<(), (u32, RefusedReason)> {
    // Stubs are indented as what they replace was.
    let stubs: HashSet<Vec<u8>> = rules
        .stub_texts()
        .iter()
        .map(|stub| without_blanks(stub))
        .collect();
    for node in output.nodes().filter(|node| is_telling(rules, node)) {
        let bytes = node.text(rendered);
        if is_secret(bytes) && !stubs.contains(&without_blanks(bytes)) {
            let what = if rules.is_literal(&node) {
                "literal"
            } else {
                "statement"
            };
            let bytes = bytes.len();
            return Err((0, RefusedReason::BodyShows { what, bytes }));
        }
    }
    Ok(())
}

fn without_blanks(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect()
}

fn is_telling(rules: &dyn LanguageRules, node: &Node<'_>) -> bool {
    let length = node.end().saturating_sub(node.start()) as usize;
    (length >= SHORTEST_LITERAL && rules.is_literal(node))
        || (length >= SHORTEST_STATEMENT && rules.is_statement(node))
}

/// The line of the owner's text that is closest to an offset of the output: the longest common beginning ends there.
fn near(source: &[u8], rendered: &[u8], at: u32) -> u32 {
    let same = source
        .iter()
        .zip(rendered)
        .take(at as usize)
        .take_while(|(left, right)| left == right)
        .count();
    u32::try_from(same).unwrap_or(u32::MAX).min(text::length(source))
}

/// Spans in order, overlapping ones made one.
fn merged<'s>(spans: impl Iterator<Item = &'s Span>) -> Vec<Span> {
    let mut all: Vec<Span> = spans.cloned().collect();
    all.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn within(spans: &[Span], start: u32, end: u32) -> bool {
    let after = spans.partition_point(|span| span.start <= start);
    after
        .checked_sub(1)
        .and_then(|last| spans.get(last))
        .is_some_and(|span| end <= span.end)
}

#[cfg(test)]
mod tests;
