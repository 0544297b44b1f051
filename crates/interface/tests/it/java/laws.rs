//! Laws over real files.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_interface::{Docs, HiddenReason, KeptWhat, Options, Outcome};
use ringfence_syntax::{Language, Node, parse};

use super::{delivered, javac, outcomes, packages};
use crate::compiled::{self, Files, assert_parses, by_hand, files, holds, secrets, shown_secrets, subject};

/// Heads of public and protected methods and constructors of types that are public all the way out; enumerations left out, as they may get more.
fn public_heads(files: &Files) -> BTreeSet<String> {
    let mut heads = BTreeSet::new();
    for (_, text) in files {
        let tree = parse(Language::Java, text).unwrap();
        for node in tree.nodes() {
            if !matches!(node.kind(), "method_declaration" | "constructor_declaration")
                || !is_open(&node, text)
            {
                continue;
            }
            let nameless = node.ancestors().any(|around| {
                matches!(
                    around.kind(),
                    "object_creation_expression" | "block" | "enum_constant"
                )
            });
            if nameless {
                continue;
            }
            let types: Vec<Node<'_>> = node
                .ancestors()
                .filter(|around| around.kind().ends_with("_declaration"))
                .collect();
            if types
                .iter()
                .any(|kind| kind.kind() == "enum_declaration" || !is_open(kind, text))
            {
                continue;
            }
            let end = node
                .child_by_field("body")
                .map_or(node.end(), |body| body.start());
            let head = String::from_utf8_lossy(&text[node.start() as usize..end as usize]).into_owned();
            let words: Vec<&str> = head.split_whitespace().collect();
            heads.insert(words.join(" "));
        }
    }
    heads
}

fn is_open(node: &Node<'_>, text: &[u8]) -> bool {
    let words = node
        .children()
        .find(|child| child.kind() == "modifiers")
        .map(|modifiers| String::from_utf8_lossy(modifiers.text(text)).into_owned())
        .unwrap_or_default();
    words.contains("public") || words.contains("protected")
}

/// Heads without comments, which do not stay inside of them.
fn without_comments(heads: BTreeSet<String>) -> BTreeSet<String> {
    heads
        .into_iter()
        .filter(|head| !head.contains("//") && !head.contains("/*"))
        .collect()
}

#[test]
fn real_packages_keep_what_others_see_and_nothing_of_a_body() {
    for (name, files) in packages() {
        let outcomes = outcomes(&files, |_| false);
        for ((path, text), outcome) in files.iter().zip(&outcomes) {
            let Outcome::Interface(rendered) = outcome else {
                panic!("{name} {path}: {outcome:?}");
            };
            assert_parses(Language::Java, path, &rendered.text);
            assert_eq!(rendered.bodies_kept, 0, "{name} {path}");
            let shown = shown_secrets(Language::Java, &secrets(Language::Java, text), &rendered.text);
            assert!(shown.is_empty(), "{name} {path}: {shown:?}");
        }
        let shown = delivered(&files, &outcomes);
        let missing: Vec<String> = without_comments(public_heads(&files))
            .difference(&public_heads(&shown))
            .cloned()
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:#?}");
    }
}

#[test]
fn rendering_an_interface_gives_it_again() {
    for (name, files) in packages() {
        let once = delivered(&files, &outcomes(&files, |_| false));
        let twice = delivered(&once, &outcomes(&once, |_| false));
        for ((path, first), (_, second)) in once.iter().zip(&twice) {
            assert_eq!(
                String::from_utf8_lossy(first),
                String::from_utf8_lossy(second),
                "{name} {path}"
            );
        }
    }
}

#[test]
fn a_mixture_of_whole_and_interface_files_compiles() {
    for (name, files) in packages() {
        let shown = delivered(&files, &outcomes(&files, |place| place.is_multiple_of(2)));
        assert_eq!(javac(&format!("mixture-{name}"), &shown), "", "{name}");
    }
}

#[test]
fn documentation_is_whole_or_one_paragraph_or_none() {
    let files = files(&subject("commons-csv").join("src/main/java"), ".java");
    let sizes: Vec<usize> = [Docs::Full, Docs::FirstParagraph, Docs::None]
        .into_iter()
        .map(|docs| {
            let options = Options {
                docs,
                ..Options::default()
            };
            let shown = delivered(
                &files,
                &compiled::outcomes(Language::Java, &files, |_| false, &options),
            );
            assert!(docs != Docs::None || shown.iter().all(|(_, text)| !holds(text, b"/**")));
            shown.iter().map(|(_, text)| text.len()).sum()
        })
        .collect();
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

#[test]
fn tests_are_hidden_and_calls_of_parents_are_named() {
    let test = "package p;\n\nclass ATest { void f() { assert 1 == 1; } }\n";
    let parent = "package p;\n\npublic class E extends java.io.IOException {\n    public E(String m) { super(m); }\n    public E(int n) { super(\"text of the owner \" + n); }\n}\n";
    let files = by_hand(&[
        ("src/test/java/p/ATest.java", test),
        ("src/main/java/p/E.java", parent),
    ]);
    let mut found = outcomes(&files, |_| false);
    let Outcome::Interface(rendered) = found.remove(1) else {
        panic!("{found:?}")
    };
    let reason = HiddenReason::TestFile;
    assert_eq!(found, [Outcome::Hidden { reason }]);
    assert!(!holds(&rendered.text, b"text of the owner"));
    assert!(holds(
        &rendered.text,
        b"{ super(m); throw new UnsupportedOperationException(); }"
    ));
    let kept: Vec<(u32, KeptWhat)> = rendered.kept.iter().map(|kept| (kept.line, kept.what)).collect();
    assert_eq!(kept, [(5, KeptWhat::Statement)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to a file: no panic, and what is delivered parses and shows nothing that stood in a body.
    #[test]
    fn a_damaged_file_shows_nothing_of_a_body(at in 0.0_f64..1.0, damage in 0_usize..9) {
        let place = subject("commons-lang").join("src/main/java/org/apache/commons/lang3/SystemUtils.java");
        let other = subject("commons-csv").join("src/main/java/org/apache/commons/csv/CSVFormat.java");
        for place in [place, other] {
            let text = std::fs::read(&place).unwrap();
            let secrets = secrets(Language::Java, &text);
            let cut = ((text.len() as f64) * at) as usize;
            let (before, after) = text.split_at(cut);
            let middle: &[u8] = [b"".as_slice(), b"}", b"{", b"\x00", b"\xff\xfe", b"\"", b"/*", b")", b";"][damage];
            let damaged = if damage == 0 { before.to_vec() } else { [before, middle, after].concat() };
            let files = vec![("p/A.java".to_owned(), damaged)];
            match outcomes(&files, |_| false).remove(0) {
                Outcome::Interface(rendered) => {
                    assert_parses(Language::Java, "A.java", &rendered.text);
                    let shown = shown_secrets(Language::Java, &secrets, &rendered.text);
                prop_assert!(shown.is_empty(), "{shown:?}");
                }
                Outcome::Refused { line, .. } => prop_assert!(line >= 1),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    /// Any choice of whole files renders.
    #[test]
    fn every_choice_of_whole_files_renders(mask in any::<u64>()) {
        let files = files(&subject("commons-csv").join("src/main/java"), ".java");
        let shown = delivered(&files, &outcomes(&files, |place| mask >> (place % 64) & 1 == 1));
        for (path, text) in &shown {
            assert_parses(Language::Java, path, text);
        }
        let missing: Vec<String> = without_comments(public_heads(&files))
            .difference(&public_heads(&shown))
            .cloned()
            .collect();
        prop_assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn odd_texts_are_handled() {
    let plain = "package p;\n\npublic class A {\n    /** Says f. */\n    public int f()\n    {\n        return \"only in a body\".length();\n    }\n}\n";
    for text in [
        plain.to_owned(),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
    ] {
        let rendered = compiled::interface(Language::Java, "p/A.java", &text);
        assert!(
            holds(
                &rendered.text,
                b"public int f() { throw new UnsupportedOperationException(); }"
            ),
            "{}",
            String::from_utf8_lossy(&rendered.text)
        );
        assert!(!holds(&rendered.text, b"only in a body"));
    }
    let deep = format!("class A {{ int x = {}1{}; }}", "(".repeat(4000), ")".repeat(4000));
    let nested = format!("{}{}", "class A { ".repeat(2000), "}".repeat(2000));
    for text in [
        deep,
        nested,
        String::new(),
        "class".to_owned(),
        "int x = 1;\n".to_owned(),
        "}\n".to_owned(),
    ] {
        let files = by_hand(&[("A.java", text.as_str())]);
        let outcome = outcomes(&files, |_| false).remove(0);
        assert!(
            matches!(outcome, Outcome::Interface(_) | Outcome::Refused { .. }),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_syntax_error_in_one_method_leaves_the_others() {
    let text = "package p;\n\npublic class A {\n    public int f() {\n        return 1 +* 2; // of a body\n    }\n\n    public String g() { return \"of another body\"; }\n}\n";
    let rendered = compiled::interface(Language::Java, "p/A.java", text);
    assert!(holds(&rendered.text, b"public String g()"));
    assert!(!holds(&rendered.text, b"body"));
}
