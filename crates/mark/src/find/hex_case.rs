//! Case of hexadecimal digits: `0xab` for `0xAB`.
//!
//! Equal because digits `a` to `f` have one value in both cases (C11 6.4.4.1, JLS 3.10.1, ECMA-262 12.9.3, Python reference 2.6.1,
//! Rust reference "Integer literals", Go specification "Integer literals"). Left out: mixed case, and literals with suffixes that a
//! digit could belong to.

use ringfence_syntax::Node;

use super::candidate::{Candidate, text};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, for the kinds of integer literals of a language.
pub(super) struct HexCase {
    /// Kinds of integer literals.
    pub(super) kinds: &'static [&'static str],
}

impl FamilyRule for HexCase {
    fn family(&self) -> Family {
        Family::HexCase
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let literal = source.of(node);
        let Some(digits) = literal
            .strip_prefix(b"0x")
            .or_else(|| literal.strip_prefix(b"0X"))
        else {
            return;
        };
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit() || **byte == b'_')
            .count();
        let (digits, suffix) = digits.split_at_checked(length).unwrap_or_default();
        let is_suffix = suffix.iter().all(|byte| byte.is_ascii_alphanumeric())
            && suffix.first().is_none_or(|byte| b"uUlLin".contains(byte));
        let upper = digits.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        let lower = digits.iter().filter(|byte| byte.is_ascii_lowercase()).count();
        if !is_suffix || (upper == 0) == (lower == 0) {
            return;
        }
        let other = if upper > 0 {
            digits.to_ascii_lowercase()
        } else {
            digits.to_ascii_uppercase()
        };
        let start = node.start().saturating_add(2);
        let end = start.saturating_add(u32::try_from(length).unwrap_or(0));
        found.extend(Candidate::on_lines(
            source,
            Family::HexCase,
            node,
            (start, end),
            vec![text(&other)],
        ));
    }
}
