//! Real edits: what one commit (or one part of a release) did to files that carry marks.

use ringfence_syntax::Language;

/// Largest text that is replayed; the gate itself takes larger ones.
pub const LARGEST: usize = 120_000;

/// Folders and names that are delivered unmarked whatever a view says; the same list stands in `app::marking`.
const UNMARKED_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "testdata",
    "test-data",
    "fixtures",
    "golden",
    "snapshots",
    "__snapshots__",
    "vendor",
    "third_party",
    "third-party",
    "node_modules",
    "generated",
    "dist",
];

/// One changed file.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Its path after the change.
    pub path: String,
    /// By its extension.
    pub language: Language,
    /// The owner's text; none for a file that the edit creates.
    pub before: Option<Vec<u8>>,
    /// The owner's text after the edit.
    pub after: Vec<u8>,
}

/// What was changed together.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Commit id, or release and number.
    pub name: String,
    /// Changed files of one language.
    pub edits: Vec<Edit>,
}

/// Whether a path carries marks under a view that marks all it can.
pub fn is_marked(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let test_name = name.starts_with("test_")
        || name == "conftest.py"
        || name == "tests.rs"
        || [
            "_test.py",
            "_test.go",
            "_test.rs",
            "Test.java",
            "Tests.java",
            ".min.js",
            ".pb.go",
            "_pb2.py",
            ".d.ts",
        ]
        .iter()
        .any(|end| name.ends_with(end))
        || [".test.", ".spec.", ".generated."]
            .iter()
            .any(|middle| name.contains(middle));
    !test_name && !parts.iter().any(|part| UNMARKED_FOLDERS.contains(part))
}

/// Whether a text is small and plain enough to be worth a replay: minified lines are no real edits.
pub fn is_replayable(text: &[u8]) -> bool {
    let lines = text.iter().filter(|byte| **byte == b'\n').count().max(1);
    !text.is_empty() && text.len() <= LARGEST && text.len() <= lines.saturating_mul(200) && !text.contains(&0)
}

/// Takes `count` of the items, evenly over the list.
pub fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let all = items.len().max(1);
    let before = |position: usize| position.saturating_mul(count) / all;
    items
        .into_iter()
        .enumerate()
        .filter(|(position, _)| before(position.saturating_add(1)) > before(*position))
        .map(|(_, item)| item)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_marked_is_never_replayed() {
        for path in [
            "tests/a.rs",
            "src/x/__tests__/a.ts",
            "a/b_test.go",
            "src/test_a.py",
            "x/a.min.js",
        ] {
            assert!(!is_marked(path), "{path}");
        }
        for path in ["src/testing.py", "lib/router/index.js", "contest/a.rs"] {
            assert!(is_marked(path), "{path}");
        }
    }
}
