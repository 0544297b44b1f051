//! `io::Error` against `std::io::Error` where the file imports `std::io`, and `Path` against `std::path::Path` where it imports the type.
//!
//! Equal because an import makes its name stand for the path (Rust reference, "Use declarations"), and a path may begin at the crate (Rust reference, "Paths"). One use of each import, the first that is always
//! built, keeps its spelling, so that no import is ever idle; types and traits are spelled out only where an item names them once. Left out: what `imports` does not vouch for, texts whose `std` may be their own, and
//! lines that rustfmt would lay out anew.

use ringfence_syntax::Node;

use super::core_path::{is_free, is_own};
use super::imports::{Imports, begins_path, is_type_name, names_type};
use super::width::keeps_layout;
use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ImportedPath;

impl FamilyRule for ImportedPath {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "identifier",
            "type_identifier",
            "scoped_identifier",
            "scoped_type_identifier",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let written = source.of(node);
    let is_name = match node.kind() {
        "identifier" => begins_path(node),
        "type_identifier" => names_type(node),
        _ => false,
    };
    let is_whole = node.kind().starts_with("scoped");
    if !is_name && !is_whole {
        return None;
    }
    let imports = Imports::of(source);
    let other = if is_name {
        imports.path(written).filter(|_| {
            imports.is_spare(written, node.start())
                && (is_module(written) || (is_type_name(written) && imports.is_only(written, node)))
        })?
    } else {
        let name = written.rsplit(|byte| *byte == b':').next()?;
        let is_known = if is_module(name) {
            begins_longer_path(node)
        } else {
            is_type_name(name) && (node.kind() == "scoped_type_identifier" || begins_longer_path(node))
        };
        let path = imports.path(name).filter(|_| is_known)?;
        (path == written && imports.is_spare(name, u32::MAX)).then_some(name)?
    };
    let short = if is_name { written } else { other };
    let stays = node
        .ancestors()
        .all(|outer| !matches!(outer.kind(), "mod_item" | "generic_type_with_turbofish"));
    if !stays
        || (is_type_name(short) && !imports.names_one_type(source.line(source.line_of(node.start()))))
        || imports.has_glob()
        || !is_free(node)
        || is_own(source)
        || !keeps_layout(source, node, written.len(), other.len())
    {
        return None;
    }
    let range = (node.start(), node.end());
    Candidate::on_lines(source, Family::Idiom, node, range, vec![text(other)])
}

fn begins_longer_path(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(parent.kind(), "scoped_identifier" | "scoped_type_identifier")
            && parent.child_by_field("path") == Some(node)
    })
}

/// Modules are written in lower case; a function or a constant begins no path.
fn is_module(name: &[u8]) -> bool {
    name.iter()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_')
}
