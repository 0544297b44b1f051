//! Comments go, documentation follows the policy.
//!
//! A licence at the head of a file stays: it is not the owner's to drop.

use ringfence_syntax::Node;

use super::items::Walked;
use crate::Docs;
use crate::engine::{FilePlan, ParsedFile, Span, text};

/// Plans every comment of a file.
pub(super) fn comments(file: &ParsedFile<'_>, docs: Docs, walked: &Walked, plan: &mut FilePlan) {
    let mut head = true;
    let mut private = walked.private_docs.iter().peekable();
    let mut run: Vec<Span> = Vec::new();
    for node in file.tree.nodes() {
        if !node.is_comment() {
            // Markers inside of comments are nodes too.
            head = head && (node.index() == 0 || node.parent().is_some_and(|parent| parent.is_comment()));
            continue;
        }
        let span = node.start()..node.end();
        while private.next_if(|covered| covered.end <= span.start).is_some() {}
        let hidden = private.peek().is_some_and(|covered| covered.start <= span.start);
        let bytes = node.text(file.text);
        let in_macro = node
            .parent()
            .is_some_and(|parent| parent.kind().starts_with("token_tree"));
        match kind(bytes) {
            Kind::Plain => {
                if !(head && is_licence(file.text, &node)) {
                    plan.remove(text::lines(file.text, span));
                }
            }
            Kind::Documentation if in_macro => {}
            Kind::Documentation if hidden || docs == Docs::None => {
                plan.remove(text::lines(file.text, span));
            }
            Kind::Documentation if docs == Docs::FirstParagraph => {
                let joined = run.last().is_some_and(|last| {
                    text::slice(file.text, &(last.end..span.start))
                        .iter()
                        .all(u8::is_ascii_whitespace)
                });
                if !joined {
                    cut_after_first_paragraph(file.text, &run, plan);
                    run.clear();
                }
                run.push(span);
            }
            Kind::Documentation => {}
        }
    }
    cut_after_first_paragraph(file.text, &run, plan);
}

#[derive(PartialEq, Eq)]
enum Kind {
    Plain,
    Documentation,
}

fn kind(comment: &[u8]) -> Kind {
    let outer = comment.starts_with(b"///") && !comment.starts_with(b"////");
    let block = comment.starts_with(b"/**") && !comment.starts_with(b"/***") && comment != b"/**/";
    if outer || block || comment.starts_with(b"//!") || comment.starts_with(b"/*!") {
        Kind::Documentation
    } else {
        Kind::Plain
    }
}

/// Tells whether a comment at the head of a file belongs to a block that states rights.
fn is_licence(source: &[u8], node: &Node<'_>) -> bool {
    let mut first = *node;
    while let Some(before) = first.previous_sibling().filter(Node::is_comment) {
        first = before;
    }
    let mut last = *node;
    while let Some(after) = last.next_sibling().filter(Node::is_comment) {
        last = after;
    }
    let block: Vec<u8> = text::slice(source, &(first.start()..last.end())).to_ascii_lowercase();
    [b"copyright".as_slice(), b"license", b"licence", b"spdx"]
        .iter()
        .any(|word| block.windows(word.len()).any(|window| window == *word))
}

/// Removes what follows the first empty line of a run of documentation.
fn cut_after_first_paragraph(source: &[u8], run: &[Span], plan: &mut FilePlan) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    let content = |span: &Span| {
        text::slice(source, span)
            .iter()
            .any(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'!' | b'*'))
    };
    if let [only] = run
        && text::slice(source, only).starts_with(b"/*")
    {
        if let Some(at) = end_of_first_paragraph(text::slice(source, only)) {
            let start = only.start.saturating_add(at);
            plan.replace(start..only.end, " */");
        }
        return;
    }
    let Some(open) = run.iter().position(content) else {
        return;
    };
    let Some(end) = run.iter().skip(open).position(|span| !content(span)) else {
        return;
    };
    if let Some(cut) = run.get(open.saturating_add(end)) {
        let whole = text::lines(source, cut.start..last.end);
        debug_assert!(first.start <= whole.start);
        plan.remove(whole);
    }
}

/// In a block of documentation, where the first empty line after some text begins.
fn end_of_first_paragraph(block: &[u8]) -> Option<u32> {
    let mut at = 0_usize;
    let mut started = false;
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        let full = line
            .iter()
            .any(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'!' | b'*'));
        if started && !full {
            return u32::try_from(at).ok().map(|at| at.saturating_sub(1));
        }
        started |= full;
        at = at.saturating_add(line.len());
    }
    None
}
