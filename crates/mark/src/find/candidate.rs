//! A place where the text could be spelled another way, before ids and overlaps are settled.

use ringfence_syntax::Node;

use super::source::{Source, normalise};
use crate::model::{Family, Piece, Variant};

/// A possible site.
pub(super) struct Candidate {
    pub(super) family: Family,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) pieces: Vec<Piece>,
    /// What the id is made of, besides the family: function name and own lines, or the two names of an order pair.
    pub(super) identity: Vec<u8>,
    /// What decides whether an order pair is a site.
    pub(super) roles: Option<Roles>,
    /// Between the items of an order pair: nothing in here may be a site.
    pub(super) joint: Option<(u32, u32)>,
    pub(super) canonical: Variant,
    pub(super) long: Variant,
}

/// The items of an order pair, each by its container and name: what their roles are made of.
pub(super) struct Roles {
    /// The item before, when it could change places with the first.
    pub(super) before: Option<Vec<u8>>,
    pub(super) first: Vec<u8>,
    pub(super) second: Vec<u8>,
}

/// Copies canonical bytes.
pub(super) fn source(start: u32, end: u32) -> Piece {
    Piece::Source { start, end }
}

/// Writes text of the alternative's own.
pub(super) fn text(bytes: &[u8]) -> Piece {
    Piece::Text(bytes.to_vec())
}

/// Copies a node.
pub(super) fn copy(node: Node<'_>) -> Piece {
    source(node.start(), node.end())
}

impl Candidate {
    /// A site named by its function and its own line or lines.
    pub(super) fn on_lines(
        source: &Source<'_>,
        family: Family,
        node: Node<'_>,
        range: (u32, u32),
        pieces: Vec<Piece>,
    ) -> Option<Candidate> {
        let (start, end) = range;
        let mut identity = function_name(source, node);
        for part in [source.slice(start, end), source.lines(start, end)] {
            normalise(part, &mut identity);
            identity.push(0);
        }
        Candidate::with_identity(source, family, range, pieces, identity)
    }

    /// A site named by its function and parts of the text, for sites that enclose more than their own lines.
    pub(super) fn on_parts(
        source: &Source<'_>,
        family: Family,
        node: Node<'_>,
        range: (u32, u32),
        pieces: Vec<Piece>,
        parts: &[&[u8]],
    ) -> Option<Candidate> {
        let mut identity = function_name(source, node);
        for part in parts {
            normalise(part, &mut identity);
            identity.push(0);
        }
        Candidate::with_identity(source, family, range, pieces, identity)
    }

    fn with_identity(
        source: &Source<'_>,
        family: Family,
        (start, end): (u32, u32),
        pieces: Vec<Piece>,
        identity: Vec<u8>,
    ) -> Option<Candidate> {
        let canonical = source.slice(start, end);
        let mut alternative = Vec::with_capacity(canonical.len().saturating_add(8));
        for piece in &pieces {
            match piece {
                Piece::Source { start, end } => alternative.extend_from_slice(source.slice(*start, *end)),
                Piece::Text(text) => alternative.extend_from_slice(text),
            }
        }
        if start >= end || alternative == canonical {
            return None;
        }
        let variant = super::spelling(canonical, &alternative);
        let other = if variant == Variant::Zero {
            Variant::One
        } else {
            Variant::Zero
        };
        let long = if longer(canonical, &alternative) {
            variant
        } else {
            other
        };
        Some(Candidate {
            family,
            start,
            end,
            pieces,
            identity,
            roles: None,
            joint: None,
            canonical: variant,
            long,
        })
    }

    /// Tells whether the alternative has more, fewer or moved line breaks.
    pub(super) fn moves_lines(&self, source: &Source<'_>) -> bool {
        let breaks = |bytes: &[u8]| bytes.contains(&b'\n');
        if !breaks(source.slice(self.start, self.end)) {
            return self
                .pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Text(text) if breaks(text)));
        }
        true
    }
}

/// Writes the innermost function's name and a separator.
fn function_name(source: &Source<'_>, node: Node<'_>) -> Vec<u8> {
    let mut identity = Vec::with_capacity(96);
    identity.extend_from_slice(node.enclosing_function_name(source.text).unwrap_or_default());
    identity.push(0);
    identity
}

/// Tells whether `left` is the longer form: more tokens, then the greater token sequence, then more bytes.
fn longer(left: &[u8], right: &[u8]) -> bool {
    let (mut left_tokens, mut right_tokens) = (Vec::new(), Vec::new());
    let left_count = normalise(left, &mut left_tokens);
    let right_count = normalise(right, &mut right_tokens);
    (left_count, left_tokens, left.len(), left) > (right_count, right_tokens, right.len(), right)
}
