//! Input that nobody means well with.

use std::sync::OnceLock;

use proptest::prelude::*;
use ringfence_interface::{Options, Outcome, RefusedReason, Shown, SourceFile, render};
use ringfence_syntax::Language;

use super::package;

fn outcome(text: &[u8]) -> Outcome {
    let files = [SourceFile {
        path: b"pkg/module.py",
        text,
        visibility: Shown::Interface,
    }];
    render(Language::Python, &files, &Options::default())
        .unwrap()
        .remove(0)
}

/// The text, when the file is delivered at all.
fn delivered(text: &[u8]) -> Option<Vec<u8>> {
    match outcome(text) {
        Outcome::Interface(rendered) => Some(rendered.text),
        Outcome::Refused { .. } => None,
        other => panic!("{other:?}"),
    }
}

fn shows(text: Option<Vec<u8>>, what: &[u8]) -> bool {
    text.is_some_and(|text| text.windows(what.len()).any(|window| window == what))
}

#[test]
fn a_torn_body_is_never_delivered() {
    for text in [
        &b"def f(:\n    secret = 'hidden'\n    return secret\n"[..],
        b"def f():\n    x = (\n    secret = 'hidden'\n\n\ndef g():\n    return 'hidden'\n",
        b"class A:\n    def f(self):\n        return [\n            'hidden',\n\n    def g(self):\n        return 'hidden'\n",
        b"def f()\n    secret = 'hidden'\n",
        b"def f():\n    if x\n        return 'hidden'\n    return 'hidden'\n",
        b"def f():\n    '''\n    hidden\n\n\ndef g():\n    return 'hidden'\n",
        b"async def\n    return 'hidden'\n",
        b"def f():\n    return 'hidden'\n  secret = 'hidden'\n",
        b"def f(): return 'hidden'; def\n",
        b"lambda: (\n'hidden'\n",
    ] {
        assert!(!shows(delivered(text), b"hidden"), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn an_error_in_one_function_takes_that_function() {
    let text = b"def a():\n    return 1\n\n\ndef b():\n    return x ! y\n\n\ndef c():\n    return 2\n";
    let out = String::from_utf8(delivered(text).unwrap()).unwrap();
    assert!(
        out.contains("def a():") && out.contains("def c():") && !out.contains('!'),
        "{out}"
    );
}

#[test]
fn strange_bytes_are_read_or_refused() {
    let plain = b"def f():\n    return 'hidden'\n";
    let marked = [b"\xef\xbb\xbf", &plain[..]].concat();
    let out = delivered(&marked);
    assert!(out.is_some() && !shows(out, b"hidden"));
    for strange in [&b"\0"[..], b"\xff\xfe", b"\x0c", b"\x1a", b"\xe2\x80\xa8"] {
        for at in [0, 4, plain.len() / 2, plain.len()] {
            let mut text = plain.to_vec();
            text.splice(at..at, strange.iter().copied());
            assert!(!shows(delivered(&text), b"hidden"), "{strange:?} at {at}");
        }
    }
    for text in [
        &b""[..],
        b"\n",
        b"#",
        b"\\",
        b"\"\"\"",
        b"@",
        b"class A:",
        b"def f():",
        b"if x:",
    ] {
        let _ = outcome(text);
    }
}

#[test]
fn mixed_indentation_shows_no_body() {
    for text in [
        &b"class A:\n\tdef f(self):\n\t    x = 'hidden'\n\t    return x\n    def g(self):\n\treturn 'hidden'\n"[..],
        b"def f():\n        x = 'hidden'\n\treturn x\n",
        b"def f():\n  if x:\n\treturn 'hidden'\n  return 'hidden'\n",
    ] {
        assert!(!shows(delivered(text), b"hidden"), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn deep_nesting_is_refused() {
    let mut blocks = String::new();
    for depth in 0..300 {
        blocks.push_str(&format!("{}if x:\n", " ".repeat(depth)));
    }
    blocks.push_str(&format!("{}y = 1\n", " ".repeat(300)));
    let brackets = format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000));
    let calls = format!("x = f{}\n", "()".repeat(20_000));
    let functions: String = (0..300)
        .map(|depth| format!("{}def f():\n", " ".repeat(depth)))
        .chain([format!("{}return 'hidden'\n", " ".repeat(300))])
        .collect();
    for text in [blocks, brackets, calls, functions] {
        assert!(
            matches!(
                outcome(text.as_bytes()),
                Outcome::Refused {
                    reason: RefusedReason::NoRule { .. }
                        | RefusedReason::NotIsolated { .. }
                        | RefusedReason::Syntax(_),
                    ..
                }
            ),
            "{:?}",
            text.get(..40)
        );
    }
}

#[test]
fn loops_of_names_end() {
    let text = b"class A(B):\n    x = B\n\n\nclass B(A):\n    y = A\n\n\n_a = _b\n_b = _a\nfrom . import module\nfrom .module import *\n";
    assert!(delivered(text).is_some());
}

/// What is put where something was torn out.
const WRENCHES: [&[u8]; 18] = [
    b"", b"(", b")", b"[", b":", b"\n", b"\"\"\"", b"'", b"\\", b"def ", b"    ", b"\t", b"\0", b"\xff",
    b"\r", b"class", b"}", b"@",
];

/// Real files whose every function says something that must not show.
fn subjects() -> &'static Vec<Vec<u8>> {
    static SUBJECTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        package("h11")
            .into_iter()
            .chain(package("itsdangerous"))
            .filter(|(path, text)| !path.contains("test") && text.len() < 20_000)
            .map(|(_, text)| {
                let text = String::from_utf8(text).unwrap();
                let lines: Vec<String> = text
                    .lines()
                    .map(|line| {
                        let body = line.starts_with("        ") && line.trim_start().starts_with("return ");
                        if body {
                            let indentation = &line[..line.len() - line.trim_start().len()];
                            format!("{indentation}zqsecret = 'zqsecret'\n{line}")
                        } else {
                            line.to_owned()
                        }
                    })
                    .collect();
                (lines.join("\n") + "\n").into_bytes()
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// However a real file is torn, what stood in its bodies does not come out, or the file does not.
    #[test]
    fn a_torn_file_shows_no_body(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0..60_usize,
        with in prop::sample::select(WRENCHES.to_vec()),
    ) {
        let subjects = subjects();
        let mut text = subjects[which.index(subjects.len())].clone();
        let start = from.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, with.iter().copied());
        prop_assert!(!shows(delivered(&text), b"zqsecret"), "{start}..{end} {with:?}");
    }
}
