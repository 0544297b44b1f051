//! Laws over real files.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_interface::{Docs, HiddenReason, Options, Outcome};
use ringfence_syntax::{Language, parse};

use super::{delivered, files, outcomes, packages, subject, unformatted, vet};
use crate::compiled::{self, Files, assert_parses, holds, secrets, shown_secrets};

/// Heads of exported functions, of exported methods of exported types, and names of exported types.
fn public_heads(files: &Files) -> BTreeSet<String> {
    let mut heads = BTreeSet::new();
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with("_test.go")) {
        let tree = parse(Language::Go, text).unwrap();
        for node in tree.nodes() {
            let Some(name) = node.child_by_field("name") else {
                continue;
            };
            let name = String::from_utf8_lossy(name.text(text)).into_owned();
            if !name.starts_with(char::is_uppercase) {
                continue;
            }
            match node.kind() {
                "function_declaration" | "method_declaration" => {
                    let receiver = node
                        .child_by_field("receiver")
                        .and_then(|receiver| {
                            receiver
                                .descendants()
                                .find(|node| node.kind() == "type_identifier")
                        })
                        .map(|kind| String::from_utf8_lossy(kind.text(text)).into_owned());
                    if receiver.is_some_and(|receiver| !receiver.starts_with(char::is_uppercase)) {
                        continue;
                    }
                    let end = node
                        .child_by_field("body")
                        .map_or(node.end(), |body| body.start());
                    let head = &text[node.start() as usize..end as usize];
                    heads.insert(String::from_utf8_lossy(head).trim().to_owned());
                }
                "type_spec" | "type_alias" => {
                    let place = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    heads.insert(format!("{place} type {name}"));
                }
                _ => {}
            }
        }
    }
    heads
}

#[test]
fn real_packages_keep_what_others_see_and_nothing_of_a_body() {
    for (name, files) in packages() {
        let outcomes = outcomes(&files, |_| false);
        for ((path, text), outcome) in files.iter().zip(&outcomes) {
            if path.ends_with("_test.go") {
                let reason = HiddenReason::TestFile;
                assert_eq!(outcome, &Outcome::Hidden { reason }, "{name} {path}");
                continue;
            }
            let Outcome::Interface(rendered) = outcome else {
                panic!("{name} {path}: {outcome:?}");
            };
            assert_parses(Language::Go, path, &rendered.text);
            assert_eq!(rendered.bodies_kept, 0, "{name} {path}");
            let shown = shown_secrets(Language::Go, &secrets(Language::Go, text), &rendered.text);
            assert!(shown.is_empty(), "{name} {path}: {shown:?}");
        }
        let shown = delivered(&files, &outcomes);
        assert_eq!(public_heads(&files), public_heads(&shown), "{name}");
        assert!(
            unformatted(&name.replace('/', "-"), &shown).len()
                <= unformatted(&name.replace('/', "-"), &files).len(),
            "{name}"
        );
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
    for (name, all) in packages() {
        let files: Files = all
            .into_iter()
            .filter(|(path, _)| !path.ends_with("_test.go") && !path.contains('/'))
            .collect();
        if name == "cobra" {
            continue; // It imports pflag: the bench measures it.
        }
        for seed in [1_usize, 2] {
            let shown = delivered(
                &files,
                &outcomes(&files, |place| place.is_multiple_of(seed.saturating_add(1))),
            );
            let said = vet(&format!("mixture-{}", name.replace('/', "-")), &shown);
            assert_eq!(said, "", "{name}, seed {seed}");
        }
    }
}

#[test]
fn documentation_is_whole_or_one_paragraph_or_none() {
    let files = files(&subject("pflag"), ".go");
    let sizes: Vec<usize> = [Docs::Full, Docs::FirstParagraph, Docs::None]
        .into_iter()
        .map(|docs| {
            let options = Options {
                docs,
                ..Options::default()
            };
            let shown = delivered(
                &files,
                &compiled::outcomes(Language::Go, &files, |_| false, &options),
            );
            assert!(docs != Docs::None || shown.iter().all(|(_, text)| !holds(text, b"// FlagSet")));
            shown.iter().map(|(_, text)| text.len()).sum()
        })
        .collect();
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to a file: no panic, and what is delivered parses and shows nothing that stood in a body.
    #[test]
    fn a_damaged_file_shows_nothing_of_a_body(at in 0.0_f64..1.0, damage in 0_usize..9) {
        let text = std::fs::read(subject("pflag").join("flag.go")).unwrap();
        let secrets = secrets(Language::Go, &text);
        prop_assert!(secrets.len() > 10);
        let cut = ((text.len() as f64) * at) as usize;
        let (before, after) = text.split_at(cut);
        let middle: &[u8] = [b"".as_slice(), b"}", b"{", b"\x00", b"\xff\xfe", b"\"", b"/*", b")", b"`"][damage];
        let damaged = if damage == 0 { before.to_vec() } else { [before, middle, after].concat() };
        let files = vec![("flag.go".to_owned(), damaged)];
        match outcomes(&files, |_| false).remove(0) {
            Outcome::Interface(rendered) => {
                assert_parses(Language::Go, "flag.go", &rendered.text);
                let shown = shown_secrets(Language::Go, &secrets, &rendered.text);
                prop_assert!(shown.is_empty(), "{shown:?}");
            }
            Outcome::Refused { line, .. } => prop_assert!(line >= 1),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// Any choice of whole files renders, and what the whole files name is there.
    #[test]
    fn every_choice_of_whole_files_renders(mask in any::<u64>()) {
        let files: Files = files(&subject("pflag"), ".go")
            .into_iter()
            .filter(|(path, _)| !path.ends_with("_test.go"))
            .collect();
        let outcomes = outcomes(&files, |place| mask >> (place % 64) & 1 == 1);
        let shown = delivered(&files, &outcomes);
        for (path, text) in &shown {
            assert_parses(Language::Go, path, text);
        }
        prop_assert_eq!(public_heads(&files), public_heads(&shown));
    }
}

#[test]
fn odd_texts_are_handled() {
    let body = "\n\tif secret := \"only in a body\"; secret != \"\" {\n\t\treturn 1\n\t}\n\treturn 2\n";
    let plain = format!("package p\n\nfunc F() int {{{body}}}\n");
    let crlf = plain.replace('\n', "\r\n");
    let bom = format!("\u{feff}{plain}");
    for text in [plain.clone(), crlf, bom] {
        let rendered = compiled::interface(Language::Go, "p.go", &text);
        assert!(
            holds(&rendered.text, b"func F() int { panic(\"hidden\") }"),
            "{text:?}"
        );
        assert!(!holds(&rendered.text, b"only in a body"));
    }
    let deep = format!(
        "package p\n\nvar x = {}1{}\n\nfunc F() {{}}\n",
        "(".repeat(4000),
        ")".repeat(4000)
    );
    let nested = format!(
        "package p\n\nfunc F() {{ {} {} }}\n",
        "if true {".repeat(3000),
        "}".repeat(3000)
    );
    for text in [
        deep,
        nested,
        String::new(),
        "package".to_owned(),
        "x := 1\n".to_owned(),
        "}\n".to_owned(),
    ] {
        let files = compiled::by_hand(&[("p.go", text.as_str())]);
        let outcome = outcomes(&files, |_| false).remove(0);
        assert!(
            matches!(outcome, Outcome::Interface(_) | Outcome::Refused { .. }),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_syntax_error_in_one_function_leaves_the_others() {
    let text = "package p\n\nfunc A() int {\n\treturn 1 +* 2 // \"of a body\"\n}\n\nfunc B() string { return \"of another body\" }\n";
    let rendered = compiled::interface(Language::Go, "p.go", text);
    assert!(holds(&rendered.text, b"func B() string"));
    assert!(!holds(&rendered.text, b"body"));
}
