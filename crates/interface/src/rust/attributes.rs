//! Attributes: which ones say "only for tests", which derives can live with a marker field, which lints must be switched off.

use ringfence_syntax::Node;

use super::modules::ModuleTree;
use crate::engine::{Channels, FilePlan, Group, ParsedFile, text};
use crate::{Docs, Shown};

/// Derives and attributes under which private fields may become a marker.
const HARMLESS: &[&[u8]] = &[
    b"Clone",
    b"Copy",
    b"Debug",
    b"Default",
    b"PartialEq",
    b"Eq",
    b"PartialOrd",
    b"Ord",
    b"Hash",
    b"Serialize",
    b"Deserialize",
    b"serde",
    b"derive",
    b"doc",
    b"allow",
    b"warn",
    b"deny",
    b"expect",
    b"must_use",
    b"non_exhaustive",
    b"deprecated",
    b"cfg",
    b"cfg_attr",
    b"automatically_derived",
    b"fundamental",
    b"clippy",
    b"rustfmt",
];

/// Deepest nesting of a `cfg` predicate that is followed.
const DEEPEST_CFG: usize = 64;

/// Tells whether an attribute (`#[..]`, `#![..]`) marks an item that exists only in tests.
pub(super) fn only_for_tests(attribute: &[u8]) -> bool {
    let path = path_of(attribute);
    match path.last().copied() {
        Some(b"cfg") => cfg_requires_test(attribute),
        Some(b"test" | b"bench" | b"test_case" | b"rstest" | b"quickcheck") => true,
        _ => false,
    }
}

/// The path of an attribute: `#[tokio::test(..)]` gives `tokio`, `test`.
pub(super) fn path_of(attribute: &[u8]) -> Vec<&[u8]> {
    let open = attribute.iter().position(|byte| *byte == b'[');
    let rest = open
        .and_then(|at| attribute.get(at.saturating_add(1)..))
        .unwrap_or_default();
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'(' | b']' | b'=' | b'{' | b'['))
        .unwrap_or(rest.len());
    let path = rest.get(..end).unwrap_or_default();
    text::words(path, 0..text::length(path))
        .into_iter()
        .map(|word| text::slice(path, &word))
        .collect()
}

/// Tells whether `cfg(..)` can only hold in a test build.
fn cfg_requires_test(attribute: &[u8]) -> bool {
    // Each frame: the operator's name and whether each operand requires a test build.
    let mut frames: Vec<(&[u8], Vec<bool>)> = vec![(b"all", Vec::new())];
    let mut quoted = false;
    let mut at = 0_u32;
    while let Some(byte) = text::byte(attribute, at) {
        if byte == b'"' {
            quoted = !quoted;
        }
        if quoted || byte == b'"' {
            at = at.saturating_add(1);
            continue;
        }
        if byte.is_ascii_alphabetic() || byte == b'_' {
            let word = text::words(attribute, at..text::length(attribute))
                .into_iter()
                .next()
                .map_or(at..at.saturating_add(1), |word| word);
            let name = text::slice(attribute, &word);
            at = word.end;
            let next = attribute
                .get(at as usize..)
                .unwrap_or_default()
                .iter()
                .find(|byte| !byte.is_ascii_whitespace());
            match next {
                Some(b'(') if frames.len() < DEEPEST_CFG => frames.push((name, Vec::new())),
                Some(b'(') => return false,
                _ => {
                    let test = name == b"test" || name == b"doctest";
                    if let Some((_, operands)) = frames.last_mut() {
                        operands.push(test && next != Some(&b'='));
                    }
                }
            }
            continue;
        }
        if byte == b')'
            && frames.len() > 1
            && let Some((name, operands)) = frames.pop()
        {
            let requires = match name {
                b"any" => !operands.is_empty() && operands.iter().all(|one| *one),
                b"not" => false,
                _ => operands.iter().any(|one| *one),
            };
            if let Some((_, outer)) = frames.last_mut() {
                outer.push(requires);
            }
        }
        at = at.saturating_add(1);
    }
    frames
        .first()
        .is_some_and(|(_, operands)| operands.iter().any(|one| *one))
}

/// Tells whether private fields may become a marker under this attribute.
pub(super) fn allows_marker(attribute: &[u8]) -> bool {
    let path = path_of(attribute);
    let known = |name: &[u8]| HARMLESS.contains(&name);
    if !path.first().copied().is_some_and(known) {
        return false;
    }
    derives(attribute).iter().all(|name| known(name))
}

/// The last names of the paths in every `derive(..)` of an attribute.
fn derives(attribute: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let words = text::words(attribute, 0..text::length(attribute));
    for (at, word) in words.iter().enumerate() {
        if text::slice(attribute, word) != b"derive" {
            continue;
        }
        let rest = attribute.get(word.end as usize..).unwrap_or_default();
        let close = rest
            .iter()
            .position(|byte| *byte == b')')
            .map_or(text::length(attribute), |close| {
                word.end.saturating_add(u32::try_from(close).unwrap_or(u32::MAX))
            });
        for inner in words.get(at.saturating_add(1)..).unwrap_or_default() {
            let head = attribute
                .get(inner.end as usize..)
                .unwrap_or_default()
                .starts_with(b"::");
            if inner.end <= close && !head {
                found.push(text::slice(attribute, inner));
            }
        }
    }
    found
}

/// The attributes of an item: the attribute nodes directly before it, comments in between.
pub(super) fn of_item<'t>(item: &Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut before = item.previous_sibling();
    while let Some(node) = before {
        if node.kind() == "attribute_item" {
            found.push(node);
        } else if !node.is_comment() {
            break;
        }
        before = node.previous_sibling();
    }
    found.reverse();
    found
}

/// Takes `deny`, `forbid` and `warn` out of an interface: stubs leave parameters unused. Where a readable root denies, the interface switches back.
pub(super) fn switch_lints(
    group: &Group<'_, '_>,
    file: &ParsedFile<'_>,
    place: usize,
    modules: &ModuleTree,
    plan: &mut FilePlan,
) {
    for node in file.tree.nodes() {
        if !matches!(node.kind(), "inner_attribute_item" | "attribute_item") {
            continue;
        }
        let attribute = node.text(file.text);
        let level = matches!(path_of(attribute).as_slice(), [b"deny" | b"forbid" | b"warn"]);
        if level {
            plan.remove(text::lines(file.text, node.start()..node.end()));
        }
    }
    let mut lints: Vec<&str> = Vec::new();
    for above in modules.ancestors(place) {
        let Some(root) = group.files.get(above).filter(|root| root.shown == Shown::Whole) else {
            continue;
        };
        for node in root.tree.nodes() {
            let attribute = node.text(root.text);
            if node.kind() != "inner_attribute_item" || !matches!(path_of(attribute).as_slice(), [b"deny"]) {
                continue;
            }
            for word in text::words(attribute, 0..text::length(attribute)) {
                let name = text::slice(attribute, &word);
                if name == b"warnings" || name == b"dead_code" || name.starts_with(b"unused") {
                    lints.push("unused");
                }
                if name == b"missing_docs" && group.options.docs == Docs::None {
                    lints.push("missing_docs");
                }
            }
        }
    }
    lints.sort_unstable();
    lints.dedup();
    if !lints.is_empty() {
        let at = after_inner(file);
        let text = format!("#![allow({})]\n\n", lints.join(", "));
        // The names of lints are nobody's names.
        plan.insert(at, text, Channels::NONE);
    }
}

/// Where an inner attribute may be added: after the file's own inner documentation and attributes, at the start of a line.
fn after_inner(file: &ParsedFile<'_>) -> u32 {
    let mut at = 0;
    let Some(root) = file.tree.root() else { return 0 };
    for child in root.children() {
        let bytes = child.text(file.text);
        let inner = child.kind() == "inner_attribute_item"
            || child.kind() == "shebang"
            || (child.is_comment() && (bytes.starts_with(b"//!") || bytes.starts_with(b"/*!")));
        if inner {
            at = text::lines(file.text, child.start()..child.end()).end;
        } else if !child.is_comment() {
            return child
                .start()
                .min(text::leading_start(file.text, &child, |node| {
                    node.kind() == "attribute_item"
                }))
                .max(at);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_that_only_hold_in_tests_are_known() {
        for yes in [
            "#[cfg(test)]",
            "#[test]",
            "#[bench]",
            "#[tokio::test(flavor = \"multi_thread\")]",
            "#[cfg(all(test, feature = \"std\"))]",
            "#[cfg(all(unix, all(test)))]",
            "#[cfg(any(test, all(test, unix)))]",
            "#![cfg(test)]",
        ] {
            assert!(only_for_tests(yes.as_bytes()), "{yes}");
        }
        for no in [
            "#[cfg(not(test))]",
            "#[cfg(any(test, feature = \"std\"))]",
            "#[cfg(feature = \"test\")]",
            "#[cfg_attr(test, derive(Debug))]",
            "#[cfg(all(unix, not(test)))]",
            "#[derive(test)]",
            "#[cfg(any())]",
        ] {
            assert!(!only_for_tests(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn derives_by_unknown_macros_keep_fields() {
        assert!(allows_marker(b"#[derive(Clone, std::fmt::Debug)]"));
        assert!(allows_marker(
            b"#[cfg_attr(feature = \"serde\", derive(serde::Serialize))]"
        ));
        assert!(!allows_marker(b"#[derive(clap::Args)]"));
        assert!(!allows_marker(b"#[repr(C)]"));
        assert!(!allows_marker(b"#[pin_project]"));
    }
}
