//! `io::Result<T>` against `Result<T, io::Error>`, and `fmt::Result` against `Result<(), fmt::Error>`.
//!
//! Equal because the first is declared as a name of the second (standard library: `pub type Result<T> = result::Result<T, Error>` in `std::io`, `pub type Result = result::Result<(), Error>` in `std::fmt`; Rust
//! reference, "Type aliases": a new name for an existing type). Only in types. Left out: files whose `Result`, `io` or `fmt` may be another, and lines that rustfmt would lay out anew.

use ringfence_syntax::Node;

use super::core_path::{is_free, is_own};
use super::imports::Imports;
use super::width::keeps_layout;
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::{Family, Piece};

pub(super) struct IoResult;

impl FamilyRule for IoResult {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["generic_type", "scoped_type_identifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let pieces = pieces(source, node)?;
    let parent = node.parent()?;
    let is_type = match parent.kind() {
        "function_item" | "function_signature_item" => parent.child_by_field("return_type") == Some(node),
        "parameter" | "let_declaration" | "field_declaration" | "function_type" => true,
        "type_arguments" | "tuple_type" | "reference_type" => true,
        _ => false,
    };
    let imports = Imports::of(source);
    let stays = node.ancestors().all(|outer| outer.kind() != "mod_item");
    let length: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Source { start, end } => end.saturating_sub(*start) as usize,
            Piece::Text(text) => text.len(),
        })
        .sum();
    if !is_type
        || !stays
        || node.has_error()
        || imports.declares_result()
        || imports.has_glob()
        || !is_free(node)
        || is_own(source)
        || !keeps_layout(source, node, source.of(node).len(), length)
    {
        return None;
    }
    let range = (node.start(), node.end());
    Candidate::on_lines(source, Family::Idiom, node, range, pieces)
}

fn pieces(source: &Source<'_>, node: Node<'_>) -> Option<Vec<Piece>> {
    if node.kind() == "scoped_type_identifier" {
        let module = node.child_by_field("path")?;
        let is_short = source.slice(module.end(), node.end()) == b"::Result";
        let pieces = vec![text(b"Result<(), "), copy(module), text(b"::Error>")];
        return (is_short && is_module(source, module, b"fmt")).then_some(pieces);
    }
    let (named, arguments) = (
        node.child_by_field("type")?,
        node.child_by_field("type_arguments")?,
    );
    let mut types = arguments.named_children_with_comments();
    let (first, second, None) = (types.next()?, types.next(), types.next()) else {
        return None;
    };
    let Some(second) = second else {
        let module = named.child_by_field("path")?;
        let is_short = source.slice(module.end(), first.start()) == b"::Result<"
            && source.slice(first.end(), node.end()) == b">";
        let pieces = vec![
            text(b"Result<"),
            copy(first),
            text(b", "),
            copy(module),
            text(b"::Error>"),
        ];
        return (is_short && is_module(source, module, b"io")).then_some(pieces);
    };
    let module = second
        .child_by_field("path")
        .filter(|_| second.kind() == "scoped_type_identifier")?;
    let is_long = source.slice(node.start(), first.start()) == b"Result<"
        && source.slice(first.end(), second.start()) == b", "
        && source.slice(module.end(), node.end()) == b"::Error>";
    if !is_long {
        return None;
    }
    if is_module(source, module, b"io") {
        return Some(vec![copy(module), text(b"::Result<"), copy(first), text(b">")]);
    }
    (is_module(source, module, b"fmt") && source.of(first) == b"()")
        .then(|| vec![copy(module), text(b"::Result")])
}

/// Tells whether a path leads to this module of the standard library.
fn is_module(source: &Source<'_>, path: Node<'_>, name: &[u8]) -> bool {
    let whole = [b"std::", name].concat();
    let written = source.of(path);
    let is_core = name == b"fmt" && written == b"core::fmt";
    written == whole
        || is_core
        || (written == name
            && Imports::of(source)
                .path(name)
                .is_some_and(|path| path == whole || (name == b"fmt" && path == b"core::fmt")))
}
