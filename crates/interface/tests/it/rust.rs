//! Laws of Rust's rules over real crates, hostile texts, and the traps, compiled by the real rustc.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod markers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_interface::{
    Docs, HiddenReason, KeptWhat, Options, Outcome, RefusedReason, Rendered, Shown, SourceFile, render,
};
use ringfence_syntax::{Language, Node, parse};

/// Files of a crate: path and text.
type Files = Vec<(String, Vec<u8>)>;

/// Crates of this workspace's lock file; the registry has their sources wherever the workspace compiles.
const CRATES: &[&str] = &[
    "bytes-1",
    "http-1",
    "indexmap-2",
    "regex-1",
    "semver-1",
    "serde-1",
    "tempfile-3",
    "thiserror-2",
    "tokio-1",
    "url-2",
];

fn registry() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .expect("a home folder");
    let sources = home.join("registry/src");
    std::fs::read_dir(&sources)
        .expect("the registry's sources")
        .flatten()
        .map(|entry| entry.path())
        .next()
        .expect("a registry")
}

/// The newest unpacked sources whose folder begins with the name and a version part.
fn real_crate(name: &str) -> Files {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(registry())
        .expect("the registry's sources")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .and_then(|file| file.to_str())
                .is_some_and(|file| file.starts_with(&format!("{name}.")))
        })
        .collect();
    folders.sort();
    let folder = folders.pop().unwrap_or_else(|| panic!("no sources of {name}"));
    let mut files = Vec::new();
    let mut open = vec![folder.join("src")];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path
                    .strip_prefix(&folder)
                    .expect("below")
                    .to_str()
                    .expect("a name")
                    .to_owned();
                files.push((relative, std::fs::read(&path).expect("a file")));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{name} has no files");
    files
}

fn outcomes(files: &Files, whole: impl Fn(usize, &str) -> bool, docs: Docs) -> Vec<Outcome> {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .enumerate()
        .map(|(place, (path, text))| SourceFile {
            path: path.as_bytes(),
            text,
            visibility: if whole(place, path) {
                Shown::Whole
            } else {
                Shown::Interface
            },
        })
        .collect();
    let options = Options {
        docs,
        ..Options::default()
    };
    render(Language::Rust, &sources, &options).expect("within the bounds")
}

fn interfaces(files: &Files, whole: impl Fn(usize, &str) -> bool) -> Vec<Option<Rendered>> {
    outcomes(files, whole, Docs::Full)
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Interface(rendered) => Some(rendered),
            _ => None,
        })
        .collect()
}

fn one(text: &str) -> Outcome {
    outcomes(
        &vec![("src/lib.rs".to_owned(), text.into())],
        |_, _| false,
        Docs::Full,
    )
    .pop()
    .expect("one outcome")
}

fn one_text(text: &str) -> String {
    match one(text) {
        Outcome::Interface(rendered) => String::from_utf8(rendered.text).expect("UTF-8"),
        other => panic!("{other:?} for {text}"),
    }
}

/// Items at the top of a file that are `pub` and not for tests: kind and name.
fn public_items(text: &[u8]) -> BTreeSet<(String, String)> {
    let tree = parse(Language::Rust, text).expect("parsed");
    let root = tree.root().expect("a root");
    let mut found = BTreeSet::new();
    let mut for_tests = false;
    for item in root.children() {
        if item.kind() == "attribute_item" {
            for_tests |= item.text(text).windows(4).any(|window| window == b"test");
            continue;
        }
        if item.is_comment() {
            continue;
        }
        let public = item
            .children()
            .any(|child| child.kind() == "visibility_modifier" && child.text(text) == b"pub");
        if public
            && !for_tests
            && let Some(name) = item.child_by_field("name")
        {
            let name = String::from_utf8_lossy(name.text(text)).into_owned();
            found.insert((item.kind().to_owned(), name));
        }
        for_tests = false;
    }
    found
}

/// Strings that stand only in bodies of functions that are not accounted for as kept.
fn secrets(text: &[u8], kept: &[u32]) -> Vec<String> {
    let tree = parse(Language::Rust, text).expect("parsed");
    let is_string = |node: &Node<'_>| node.kind().ends_with("string_literal") && node.text(text).len() >= 8;
    let in_hidden_body = |node: &Node<'_>| {
        node.ancestors().any(|above| {
            let line = text[..above.start() as usize]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            above.field() == Some("body")
                && above
                    .parent()
                    .is_some_and(|parent| parent.kind() == "function_item")
                && !kept.contains(&u32::try_from(line + 1).expect("few lines"))
        })
    };
    let (hidden, shown): (Vec<Node<'_>>, Vec<Node<'_>>) =
        tree.nodes().filter(is_string).partition(in_hidden_body);
    let whole = String::from_utf8_lossy(text);
    hidden
        .iter()
        .map(|node| node.text(text))
        .filter(|secret| !shown.iter().any(|node| node.text(text) == *secret))
        .map(|secret| String::from_utf8_lossy(secret).into_owned())
        .filter(|secret| {
            // Not in documentation or comments either.
            let own = hidden.iter().filter(|node| node.text(text) == secret.as_bytes());
            whole.matches(secret.as_str()).count() == own.count()
        })
        .collect()
}

#[test]
fn interfaces_of_real_crates_parse_hold_every_public_item_and_no_string_of_a_body() {
    let (mut files_seen, mut secrets_seen) = (0, 0);
    for name in CRATES {
        let files = real_crate(name);
        let rendered = interfaces(&files, |_, path| path == "src/lib.rs");
        for ((path, text), rendered) in files.iter().zip(&rendered) {
            let Some(rendered) = rendered else { continue };
            files_seen += 1;
            let tree = parse(Language::Rust, &rendered.text).expect("parsed");
            let own = parse(Language::Rust, text).expect("parsed");
            if own.error_count() == 0 {
                assert_eq!(tree.error_count(), 0, "{name} {path}");
                let (before, after) = (public_items(text), public_items(&rendered.text));
                let lost: Vec<_> = before.difference(&after).collect();
                assert!(lost.is_empty(), "{name} {path}: {lost:?}");
            }
            let kept: Vec<u32> = rendered.kept.iter().map(|kept| kept.line).collect();
            let shown = String::from_utf8_lossy(&rendered.text);
            for secret in secrets(text, &kept) {
                secrets_seen += 1;
                assert!(!shown.contains(&secret), "{name} {path}: {secret}");
            }
        }
    }
    assert!(
        files_seen > 300 && secrets_seen > 300,
        "{files_seen} files, {secrets_seen} strings"
    );
}

#[test]
fn rendering_an_interface_again_adds_nothing() {
    let (mut same, mut all) = (0, 0);
    for name in CRATES {
        let files = real_crate(name);
        let first: Files = files
            .iter()
            .zip(interfaces(&files, |_, _| false))
            .filter_map(|((path, _), rendered)| Some((path.clone(), rendered?.text)))
            .collect();
        let second = interfaces(&first, |_, _| false);
        for ((path, text), again) in first.iter().zip(&second) {
            let again = again
                .as_ref()
                .unwrap_or_else(|| panic!("{name} {path} is not rendered again"));
            let lines: BTreeSet<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let added = again
                .text
                .split(|byte| *byte == b'\n')
                .find(|line| !lines.contains(line));
            assert_eq!(added, None, "{name} {path}");
            all += 1;
            same += usize::from(*text == again.text);
        }
    }
    assert!(same * 100 >= all * 98, "{same} of {all} files stay the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_half_of_a_crate_may_be_whole(mask in proptest::collection::vec(any::<bool>(), 40)) {
        let files = real_crate("http-1");
        let all = outcomes(&files, |place, _| mask[place % mask.len()], Docs::FirstParagraph);
        for (place, ((path, _), outcome)) in files.iter().zip(&all).enumerate() {
            match outcome {
                Outcome::Whole => prop_assert!(mask[place % mask.len()]),
                Outcome::Interface(rendered) => {
                    let tree = parse(Language::Rust, &rendered.text).expect("parsed");
                    prop_assert_eq!(tree.error_count(), 0, "{}", path);
                }
                Outcome::Hidden { reason } => prop_assert_eq!(*reason, HiddenReason::TestModule),
                Outcome::Refused { .. } => prop_assert!(false, "{} is refused", path),
            }
        }
    }

    #[test]
    fn torn_texts_never_pass_what_the_parser_did_not_understand(
        cut in 0_usize..6000,
        length in 1_usize..400,
        noise in "[{}()\"'/*a-z; \n#!]{0,12}",
    ) {
        let files = real_crate("semver-1");
        let (_, text) = files.iter().find(|(path, _)| path.ends_with("parse.rs")).expect("parse.rs");
        let at = cut.min(text.len());
        let end = (at + length).min(text.len());
        let torn = [&text[..at], noise.as_bytes(), &text[end..]].concat();
        let all = outcomes(&vec![("src/lib.rs".to_owned(), torn)], |_, _| false, Docs::Full);
        if let Outcome::Interface(rendered) = &all[0] {
            let tree = parse(Language::Rust, &rendered.text).expect("parsed");
            prop_assert_eq!(tree.error_count(), 0);
        }
    }
}

#[test]
fn hostile_texts_are_refused_or_rendered_but_never_passed() {
    let deep = format!("fn f() {{ {}1{} }}", "(".repeat(4000), ")".repeat(4000));
    let deep_modules = format!("{}{}", "mod a { ".repeat(4000), "}".repeat(4000));
    let hostile: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xef\xbb\xbfpub fn f() { secret() }\n".to_vec(),
        b"pub fn f() {\r\n    secret()\r\n}\r\n".to_vec(),
        b"pub fn f() { \0 secret(\0) }".to_vec(),
        b"pub fn f() { secret(\"\xff\xfe\") }".to_vec(),
        b"fn f() { let x = \"secret".to_vec(),
        b"pub fn f() { if x { secret() }\npub fn g() { secret() }\n".to_vec(),
        b"pub fn f() { a() } }\nlet secret = 1; secret();\n".to_vec(),
        b"def f():\n    secret = 1\n    return secret\n".to_vec(),
        b"package main\nfunc main() { secret() }\n".to_vec(),
        b"pub struct S { a: u8, fn secret() { } }".to_vec(),
        deep.into_bytes(),
        deep_modules.into_bytes(),
        b"macro_rules! m { ( }".to_vec(),
        b"m! { fn f() { secret() ".to_vec(),
    ];
    for text in hostile {
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        let all = outcomes(&vec![("src/lib.rs".to_owned(), text)], |_, _| false, Docs::Full);
        if let Outcome::Interface(rendered) = &all[0] {
            let shows = rendered.text.windows(6).any(|window| window == b"secret");
            assert!(!shows, "{shown}: {}", String::from_utf8_lossy(&rendered.text));
        }
    }
}

#[test]
fn a_text_beyond_the_parser_s_bound_is_refused() {
    let line = vec![b'a'; 50 << 20];
    let all = outcomes(&vec![("src/lib.rs".to_owned(), line)], |_, _| false, Docs::Full);
    assert!(matches!(
        all[0],
        Outcome::Refused {
            reason: RefusedReason::Syntax(_),
            ..
        }
    ));
}

#[test]
fn an_item_with_an_error_is_dropped_and_the_rest_stays() {
    let text =
        one_text("pub fn a() -> u8 { 1 }\npub struct B { x: u8 y z }\npub fn c() -> u8 { secret!( ( ) ) }\n");
    assert!(
        text.contains("pub fn a()") && text.contains("pub fn c()"),
        "{text}"
    );
    assert!(!text.contains("struct B"), "{text}");
}

#[test]
fn test_modules_take_their_files_along_and_undeclared_files_stay_away() {
    let files: Files = vec![
        (
            "src/lib.rs".into(),
            b"mod a;\n#[cfg(test)]\nmod tests;\nmod gone;\n".to_vec(),
        ),
        ("src/a.rs".into(), b"pub fn f() -> u8 {\n    7\n}\n".to_vec()),
        ("src/tests.rs".into(), b"mod deep;\n#[test]\nfn t() {}\n".to_vec()),
        ("src/tests/deep.rs".into(), b"#[test]\nfn t() {}\n".to_vec()),
        ("src/stray.rs".into(), b"pub fn stray() {}\n".to_vec()),
    ];
    let all = outcomes(&files, |_, _| false, Docs::Full);
    let Outcome::Interface(root) = &all[0] else {
        panic!("{:?}", all[0])
    };
    assert_eq!(String::from_utf8_lossy(&root.text), "mod a;\n");
    let reason = |place: usize| match &all[place] {
        Outcome::Hidden { reason } => Some(*reason),
        _ => None,
    };
    assert_eq!(reason(2), Some(HiddenReason::TestModule));
    assert_eq!(reason(3), Some(HiddenReason::TestModule));
    assert_eq!(reason(4), Some(HiddenReason::NotDeclared));
}

#[test]
fn what_runs_while_the_recipient_compiles_is_refused() {
    let script: Files = vec![("build.rs".into(), b"fn main() { secret() }\n".to_vec())];
    let expander = "#[proc_macro]\npub fn m(x: TokenStream) -> TokenStream { x }\n";
    let refused = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Refused {
                reason: RefusedReason::NoRule { .. },
                ..
            }
        )
    };
    assert!(refused(&outcomes(&script, |_, _| false, Docs::Full)[0]));
    assert!(refused(&one(expander)));
}

#[test]
fn documentation_follows_the_policy() {
    let text = b"/// First.\n/// Still first.\n///\n/// Second.\npub fn f() {}\n\n/// Private.\nfn g() {}\npub type T = [u8; g as usize];\n";
    let files: Files = vec![("src/lib.rs".into(), text.to_vec())];
    let shown = |docs: Docs| match &outcomes(&files, |_, _| false, docs)[0] {
        Outcome::Interface(rendered) => String::from_utf8_lossy(&rendered.text).into_owned(),
        other => panic!("{other:?}"),
    };
    let stub = "pub fn f() {\n    unimplemented!()\n}\n\nfn g() {\n    unimplemented!()\n}\npub type T = [u8; g as usize];\n";
    assert_eq!(
        shown(Docs::Full),
        format!("/// First.\n/// Still first.\n///\n/// Second.\n{stub}")
    );
    assert_eq!(
        shown(Docs::FirstParagraph),
        format!("/// First.\n/// Still first.\n{stub}")
    );
    assert_eq!(shown(Docs::None), stub);
}

#[test]
fn what_stays_is_named_with_its_reason() {
    let Outcome::Interface(rendered) = one(
        "pub const N: usize = size();\nconst fn size() -> usize {\n    4\n}\npub fn p() -> impl Parser {\n    secret()\n}\npub trait Parser {}\n",
    ) else {
        panic!("not rendered");
    };
    let kept: Vec<(u32, &str, KeptWhat)> = rendered
        .kept
        .iter()
        .map(|kept| (kept.line, kept.name.as_str(), kept.what))
        .collect();
    assert!(kept.contains(&(2, "size", KeptWhat::PrivateItem)), "{kept:?}");
    assert!(kept.contains(&(2, "size", KeptWhat::Body)), "{kept:?}");
    assert!(kept.contains(&(5, "p", KeptWhat::Body)), "{kept:?}");
    assert_eq!((rendered.bodies, rendered.bodies_kept), (2, 2));
}

/// Compiles the interface of these files with the real compiler; gives the interfaces' texts.
fn compiled(files: &[(&str, &str)], whole: &[&str]) -> Vec<String> {
    let files: Files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let all = outcomes(&files, |_, path| whole.contains(&path), Docs::Full);
    let folder = tempfile::tempdir().expect("a folder");
    let mut texts = Vec::new();
    for ((path, text), outcome) in files.iter().zip(&all) {
        let text = match outcome {
            Outcome::Whole => text.clone(),
            Outcome::Interface(rendered) => rendered.text.clone(),
            Outcome::Hidden { .. } => continue,
            Outcome::Refused { line, reason } => panic!("{path}:{line}: {reason}"),
        };
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
        std::fs::write(&place, &text).expect("written");
        texts.push(String::from_utf8(text).expect("UTF-8"));
    }
    rustc(folder.path(), &texts);
    texts
}

fn rustc(folder: &Path, texts: &[String]) {
    #[expect(clippy::disallowed_methods, reason = "the real compiler is the judge")]
    let said = std::process::Command::new("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--out-dir",
        ])
        .arg(folder)
        .arg(folder.join("src/lib.rs"))
        .output()
        .expect("rustc runs");
    let message = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success(), "{message}\n{}", texts.join("\n----\n"));
}

#[test]
fn the_traps_compile() {
    // A marker must keep what a field says about lifetimes.
    let texts = compiled(
        &[(
            "src/lib.rs",
            "pub struct S<'a, T> {\n    p: &'a T,\n}\npub fn f<'a, T>(s: &S<'a, T>) -> &'a T {\n    s.p\n}\n",
        )],
        &[],
    );
    assert!(
        !texts[0].contains("p: &'a T,") && texts[0].contains("__hidden"),
        "{}",
        texts[0]
    );
    // A stub would panic while the constant is evaluated.
    let texts = compiled(
        &[(
            "src/lib.rs",
            "pub const N: usize = size();\nconst fn size() -> usize {\n    one() + 3\n}\nconst fn one() -> usize {\n    1\n}\npub const fn other() -> usize {\n    77\n}\npub type A = [u8; Q::LEN];\npub struct Q;\nimpl Q {\n    const LEN: usize = Self::len();\n    const fn len() -> usize {\n        5\n    }\n}\n",
        )],
        &[],
    );
    assert!(
        texts[0].contains("one() + 3") && !texts[0].contains("77"),
        "{}",
        texts[0]
    );
    // No value of an unknown trait can be made; the body's trait import has no name.
    compiled(
        &[
            ("src/lib.rs", "mod dep;\nmod user;\npub use user::p;\n"),
            (
                "src/dep.rs",
                "pub trait Parser {\n    fn run(&self) -> u8;\n}\nimpl Parser for u8 {\n    fn run(&self) -> u8 {\n        1\n    }\n}\n",
            ),
            (
                "src/user.rs",
                "pub(crate) use crate::dep::Parser as _;\npub fn p() -> impl crate::dep::Parser {\n    let x = 5_u8;\n    x.run()\n}\n",
            ),
        ],
        &["src/lib.rs"],
    );
    // A macro that reads a private field.
    let texts = compiled(
        &[
            (
                "src/lib.rs",
                "#[macro_use]\nmod a;\npub fn f(s: &a::S) -> u8 {\n    next!(s)\n}\n",
            ),
            (
                "src/a.rs",
                "pub struct S {\n    pub(crate) iter: u8,\n    other: u8,\n}\nmacro_rules! next {\n    ($s:ident) => {\n        $s.iter\n    };\n}\n",
            ),
        ],
        &["src/lib.rs"],
    );
    assert!(
        texts[1].contains("iter: u8") && !texts[1].contains("other: u8"),
        "{}",
        texts[1]
    );
    // Every promised kind of value.
    let texts = compiled(
        &[(
            "src/lib.rs",
            "use std::fmt::Display;\nuse std::future::Future;\npub fn a<'a>(x: &'a [u8]) -> impl DoubleEndedIterator<Item = &'a u8> + Clone + 'a {\n    x.iter()\n}\npub fn b() -> impl Future<Output = u8> + Send {\n    async { 1 }\n}\npub fn c() -> Option<impl Display> {\n    Some(5)\n}\npub fn d() -> impl Fn(&str, u8) -> bool {\n    |a, _| a.is_empty()\n}\npub async fn e() -> Result<impl Iterator<Item = u8>, ()> {\n    Ok([1_u8].into_iter())\n}\npub fn g() -> impl AsRef<std::path::Path> {\n    \"/\"\n}\npub fn never() -> ! {\n    loop {}\n}\n",
        )],
        &[],
    );
    assert!(
        !texts[0].contains("iter()\n    }") && !texts[0].contains("is_empty"),
        "{}",
        texts[0]
    );
}

#[test]
fn constants_lose_their_texts_and_tables_but_not_what_is_evaluated() {
    let texts = compiled(
        &[(
            "src/lib.rs",
            "pub const NAME: &str = \"secret\";\npub static TABLE: [u8; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 99];\npub const WORDS: &[&str] = &[\"secret\"];\npub const LENGTH: usize = LONG.len();\npub const LONG: &str = \"evaluated\";\npub static LAZY: std::sync::LazyLock<u8> = std::sync::LazyLock::new(|| \"secret\".len() as u8);\nthread_local! {\n    pub static LOCAL: String = String::from(\"secret\");\n}\npub enum E {\n    A = 7,\n}\nconst _: () = assert!(LENGTH > 1, \"secret\");\n",
        )],
        &[],
    );
    assert!(
        !texts[0].contains("secret") && !texts[0].contains("99"),
        "{}",
        texts[0]
    );
    assert!(
        texts[0].contains("\"evaluated\"") && texts[0].contains("A = 7"),
        "{}",
        texts[0]
    );
}

#[test]
fn readable_files_bring_back_what_they_name() {
    let files = [
        (
            "src/lib.rs",
            "#![deny(warnings)]\nmod a;\npub fn f() -> u8 {\n    let s = a::make();\n    s.field + a::S::used()\n}\n",
        ),
        (
            "src/a.rs",
            "#![warn(unused)]\nuse std::collections::{BTreeMap, HashMap};\n\npub(crate) struct S {\n    pub(crate) field: u8,\n    cache: HashMap<u8, u8>,\n}\n\npub(crate) fn make() -> S {\n    S { field: 1, cache: HashMap::new() }\n}\n\nimpl S {\n    pub(crate) fn used() -> u8 {\n        2\n    }\n\n    fn unused(&self) -> BTreeMap<u8, u8> {\n        BTreeMap::new()\n    }\n}\n\nstruct Gone;\n\nimpl Drop for Gone {\n    fn drop(&mut self) {}\n}\n",
        ),
    ];
    let texts = compiled(&files, &["src/lib.rs"]);
    let text = &texts[1];
    assert!(
        text.contains("fn make") && text.contains("fn used") && text.contains("field: u8"),
        "{text}"
    );
    for gone in ["unused(&self)", "Gone", "BTreeMap", "HashMap", "cache"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
}
