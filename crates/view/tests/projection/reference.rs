//! The reference model: what a view shows, said as plainly as possible, without trie, memo or trees. Kept under 100 lines.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_domain::view::{PathRule, Visibility};

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The visibility of a file: the last pattern that matches it or a folder above it.
pub fn visibility(rules: &[PathRule], path: &str) -> Visibility {
    let mut patterns = rules
        .iter()
        .flat_map(|rule| rule.paths.iter().map(|pattern| (rule.visibility, pattern)));
    patterns
        .rfind(|(_, pattern)| covers(pattern, path))
        .map_or(Visibility::Hidden, |(visibility, _)| visibility)
}

/// The files that a recipient gets.
pub fn delivered(rules: &[PathRule], files: &Files) -> Files {
    files
        .iter()
        .filter(|(path, _)| visibility(rules, path) >= Visibility::Read)
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect()
}

fn covers(pattern: &str, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    (1..=parts.len()).any(|length| matches_at(pattern, &parts[..length], length < parts.len()))
}

fn matches_at(pattern: &str, parts: &[&str], folder: bool) -> bool {
    let (pattern, folders_only) = pattern
        .strip_suffix('/')
        .map_or((pattern, false), |rest| (rest, true));
    if folders_only && !folder {
        return false;
    }
    if !pattern.contains('/') {
        return parts
            .last()
            .is_some_and(|name| glob(pattern.as_bytes(), name.as_bytes()));
    }
    let segments: Vec<&str> = pattern.strip_prefix('/').unwrap_or(pattern).split('/').collect();
    segments_match(&segments, parts)
}

fn segments_match(segments: &[&str], parts: &[&str]) -> bool {
    match (segments, parts) {
        ([], parts) => parts.is_empty(),
        (["**"], parts) => !parts.is_empty(),
        (["**", rest @ ..], parts) => {
            (0..=parts.len()).any(|skipped| segments_match(rest, &parts[skipped..]))
        }
        ([_, ..], []) => false,
        ([segment, segments @ ..], [part, parts @ ..]) => {
            glob(segment.as_bytes(), part.as_bytes()) && segments_match(segments, parts)
        }
    }
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], name) => name.is_empty(),
        ([b'*', rest @ ..], name) => (0..=name.len()).any(|taken| glob(rest, &name[taken..])),
        (_, []) => false,
        ([b'?', rest @ ..], [_, name @ ..]) => glob(rest, name),
        ([b'\\', byte, rest @ ..], [first, name @ ..]) => byte == first && glob(rest, name),
        ([b'[', b'!', a, b'-', b, b']', rest @ ..], [first, name @ ..]) => {
            !(a..=b).contains(&first) && glob(rest, name)
        }
        ([b'[', a, b'-', b, b']', rest @ ..], [first, name @ ..]) => {
            (a..=b).contains(&first) && glob(rest, name)
        }
        ([byte, rest @ ..], [first, name @ ..]) => byte == first && glob(rest, name),
    }
}

/// Random patterns over a small alphabet, so that they often match.
pub fn pattern() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a", "b", "c", "ab", "a.rs", "b.rs", "*", "*.rs", "a*", "*b", "?", "[a-b]", "[!a-b]", "**", "\\a",
        "a**b", "{a}", "é",
    ]);
    (
        prop::collection::vec(part, 1..4),
        any::<bool>(),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(parts, leading, trailing)| {
            format!(
                "{}{}{}",
                if leading { "/" } else { "" },
                parts.join("/"),
                if trailing { "/" } else { "" }
            )
        })
}

/// Random ordered rules.
pub fn rules() -> impl Strategy<Value = Vec<PathRule>> {
    let visibility = prop::sample::select(vec![
        Visibility::Hidden,
        Visibility::Interface,
        Visibility::Read,
        Visibility::Write,
        Visibility::Read,
    ]);
    let rule = (visibility, prop::collection::vec(pattern(), 1..3))
        .prop_map(|(visibility, paths)| PathRule { visibility, paths });
    prop::collection::vec(rule, 0..7)
}

/// Random trees of small files; no path is both a file and a folder.
pub fn files() -> impl Strategy<Value = Files> {
    let name = prop::sample::select(vec!["a", "b", "c", "ab", "a.rs", "b.rs", "{a}", "é", "aXb"]);
    let path = prop::collection::vec(name, 1..5).prop_map(|parts| parts.join("/"));
    prop::collection::vec((path, 0_u8..6), 0..30).prop_map(|list| {
        let mut files = Files::new();
        for (path, content) in list {
            let in_the_way = files.keys().any(|known: &String| {
                known.starts_with(&format!("{path}/")) || path.starts_with(&format!("{known}/"))
            });
            if !in_the_way {
                files.insert(
                    path.clone(),
                    format!("content {content} of something\n").into_bytes(),
                );
            }
        }
        files
    })
}
