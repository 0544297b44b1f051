//! The flat tree says what tree-sitter says, and hostile texts end.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use ringfence_syntax::{Language, MAX_BYTES, SyntaxError, Tree, parse};

const RUST: &[u8] = include_bytes!("../src/tree.rs");

fn check(tree: &Tree, text: &[u8]) {
    let mut errors = 0;
    for node in tree.nodes() {
        assert!(node.start() <= node.end() && node.end() as usize <= text.len());
        let mut next = node.index() + 1;
        let mut end = node.start();
        for child in node.children() {
            assert_eq!(child.index(), next);
            assert_eq!(child.parent().unwrap().index(), node.index());
            assert!(
                child.start() >= end && child.end() <= node.end(),
                "{child:?} in {node:?}"
            );
            assert!(!child.has_error() || node.has_error());
            assert_eq!(
                child
                    .previous_sibling()
                    .and_then(|before| before.next_sibling())
                    .is_some(),
                next > node.index() + 1
            );
            next = child.subtree_end();
            end = child.end();
        }
        assert_eq!(next, node.subtree_end());
        assert_eq!(
            node.descendants().count() as u32,
            node.subtree_end() - node.index()
        );
        errors += usize::from(node.is_error() || node.is_missing());
    }
    assert_eq!(errors, tree.error_count());
}

#[test]
fn a_real_file_is_a_tree_without_errors() {
    let tree = parse(Language::Rust, RUST).unwrap();
    check(&tree, RUST);
    assert_eq!(tree.error_count(), 0);
    assert_eq!(tree.root().unwrap().kind(), "source_file");
    let function = tree.nodes().find(|node| node.kind() == "function_item").unwrap();
    assert_eq!(function.name_node().unwrap().field(), Some("name"));
    let inner = function.descendants().last().unwrap();
    assert_eq!(
        inner.enclosing_function_name(RUST),
        Some(function.name_node().unwrap().text(RUST))
    );
}

#[test]
fn declarators_of_c_have_names() {
    let text = b"static const char *(*find)(void);\nint *first(struct list *l, int n)\n{\n    return l->at + n;\n}\n";
    let tree = parse(Language::C, text).unwrap();
    let function = tree.nodes().find(|node| node.is_function()).unwrap();
    assert_eq!(function.name_node().unwrap().text(text), b"first");
}

#[test]
fn names_and_paths_agree() {
    for language in Language::ALL {
        assert_eq!(Language::from_name(language.name()), Some(language));
        assert_eq!(parse(language, b"").unwrap().error_count(), 0);
    }
    for (path, language) in [
        (b"src/main.rs".as_slice(), Some(Language::Rust)),
        (b"a.b/tool.py", Some(Language::Python)),
        (b"x.mjs", Some(Language::JavaScript)),
        (b"x.d.ts", Some(Language::TypeScript)),
        (b"x.tsx", Some(Language::Tsx)),
        (b"A.java", Some(Language::Java)),
        (b"a_test.go", Some(Language::Go)),
        (b"a.h", Some(Language::C)),
        (b"a.cc", Some(Language::Cpp)),
        (b"a.hpp", Some(Language::Cpp)),
        (b"A.cs", Some(Language::CSharp)),
        (b"Makefile", None),
        (b"dir.rs/file", None),
        (b".rs", None),
        (b"", None),
    ] {
        assert_eq!(
            Language::from_path(path),
            language,
            "{}",
            String::from_utf8_lossy(path)
        );
    }
}

#[test]
fn headers_are_told_by_their_text() {
    assert_eq!(Language::of_file(b"a.h", b"int f(void);\n"), Some(Language::C));
    assert_eq!(
        Language::of_file(b"a.h", b"namespace a { int f(); }\n"),
        Some(Language::Cpp)
    );
    assert_eq!(
        Language::of_file(b"a.c", b"class a;\n"),
        Some(Language::C),
        "only headers are asked"
    );
}

#[test]
fn too_large_texts_are_refused() {
    let text = vec![b' '; MAX_BYTES + 1];
    assert_eq!(
        parse(Language::C, &text).unwrap_err(),
        SyntaxError::TooLarge { size: MAX_BYTES + 1 }
    );
}

#[test]
fn deep_nests_end_without_recursion() {
    for language in Language::ALL {
        let text = "(".repeat(100_000);
        if let Ok(tree) = parse(language, text.as_bytes()) {
            check(&tree, text.as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn broken_files_give_consistent_trees(at in any::<prop::sample::Index>(), noise in "[ -~\n]{0,12}", which in any::<prop::sample::Index>()) {
        let language = *which.get(&Language::ALL);
        let at = at.index(RUST.len());
        let text = [&RUST[..at], noise.as_bytes(), &RUST[(at + 7).min(RUST.len())..]].concat();
        check(&parse(language, &text).unwrap(), &text);
    }

    #[test]
    fn random_bytes_give_consistent_trees(text in prop::collection::vec(any::<u8>(), 0..300), which in any::<prop::sample::Index>()) {
        check(&parse(*which.get(&Language::ALL), &text).unwrap(), &text);
    }
}
