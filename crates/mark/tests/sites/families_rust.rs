//! The families that the fourth engine brings to Rust, and rustfmt's judgement of all of them.

use super::families::{both_ways, never, one_way};
use super::*;

#[test]
fn imported_modules_may_be_spelled_out() {
    both_ways(
        Language::Rust,
        Family::Idiom,
        "use std::io;\n\nfn a() -> io::Error {\n    b()\n}\n\nfn c() -> io::Error {\n    d()\n}\n",
        "use std::io;\n\nfn a() -> io::Error {\n    b()\n}\n\nfn c() -> std::io::Error {\n    d()\n}\n",
    );
    both_ways(
        Language::Rust,
        Family::Idiom,
        "use crate::{b::c, d};\n\nfn a() {\n    c::x();\n}\n\nfn e() {\n    c::y();\n}\n",
        "use crate::{b::c, d};\n\nfn a() {\n    c::x();\n}\n\nfn e() {\n    crate::b::c::y();\n}\n",
    );
    both_ways(
        Language::Rust,
        Family::Idiom,
        "use std::path::Path;\n\nfn a(x: &Path) {}\n\nfn c(x: &Path) {}\n",
        "use std::path::Path;\n\nfn a(x: &Path) {}\n\nfn c(x: &std::path::Path) {}\n",
    );
    for (text, why) in [
        (
            "use std::io;\n\nfn a() -> io::Error {\n    b()\n}\n",
            "the import would be idle",
        ),
        (
            "use std::io;\n\n#[cfg(unix)]\nfn a() -> io::Error {\n    b()\n}\n\n#[cfg(unix)]\nfn c() -> io::Error {\n    d()\n}\n",
            "the import may be idle",
        ),
        (
            "#[cfg(unix)]\nuse std::io;\n#[cfg(windows)]\nuse core::io;\n\nfn a() -> io::Error {\n    b()\n}\n\nfn c() -> io::Error {\n    d()\n}\n",
            "two imports of a name",
        ),
        (
            "use b::*;\nuse std::io;\n\nfn a() -> io::Error {\n    b()\n}\n\nfn c() -> io::Error {\n    d()\n}\n",
            "a glob may bring another `std`",
        ),
        (
            "use std::io;\n\nmod b {\n    use c::io;\n\n    fn a() -> io::Error {\n        b()\n    }\n}\n\nfn c() -> io::Error {\n    d()\n}\n",
            "a module has names of its own",
        ),
        (
            "use b::io;\n\nfn a() -> io::Error {\n    b()\n}\n\nfn c() -> io::Error {\n    d()\n}\n",
            "edition 2015 reads the path elsewhere",
        ),
        (
            "use std::path::Path;\n\nfn a(x: &Path) {}\n\nfn c(x: &Path, y: &Path) {}\n",
            "who writes a name often writes it short",
        ),
        (
            "use std::path::Path;\n\nfn a(x: &Path) {}\n\nfn c<Path>(x: Path) {}\n",
            "a parameter of the same name",
        ),
    ] {
        never(Language::Rust, Family::Idiom, text, why);
    }
}

#[test]
fn results_of_input_and_output_have_two_names() {
    both_ways(
        Language::Rust,
        Family::Idiom,
        "use std::io;\n\nfn a(x: u8) -> io::Result<Vec<u8>> {\n    b()\n}\n",
        "use std::io;\n\nfn a(x: u8) -> Result<Vec<u8>, io::Error> {\n    b()\n}\n",
    );
    for (text, why) in [
        (
            "use b::Result;\nuse std::io;\n\nfn a(x: u8) -> io::Result<Vec<u8>> {\n    b()\n}\n",
            "another `Result`",
        ),
        (
            "use b::io;\n\nfn a(x: u8) -> io::Result<Vec<u8>> {\n    b()\n}\n",
            "another `io`",
        ),
        (
            "use std::io;\n\nfn a(x: u8) {\n    io::Result::Ok(b())\n}\n",
            "no type",
        ),
    ] {
        never(Language::Rust, Family::Idiom, text, why);
    }
}

#[test]
fn the_last_branch_may_return_or_be_the_value() {
    both_ways(
        Language::Rust,
        Family::EarlyReturn,
        "fn a(x: u8) -> u8 {\n    if x > 3 {\n        b();\n        return c;\n    }\n    d(x)\n}\n",
        "fn a(x: u8) -> u8 {\n    if x > 3 {\n        b();\n        c\n    } else {\n        d(x)\n    }\n}\n",
    );
    for (text, why) in [
        (
            "fn a(x: u8) -> u8 {\n    if let Some(y) = x {\n        b();\n        return c;\n    }\n    d(x)\n}\n",
            "temporaries of the condition live on",
        ),
        (
            "fn a(x: u8) -> u8 {\n    if x > 3 {\n        b();\n        return c().d();\n    }\n    d(x)\n}\n",
            "a temporary of the value",
        ),
        (
            "fn a(x: u8) -> bool {\n    if x > 3 {\n        b();\n        return true;\n    }\n    false\n}\n",
            "a linter would join them",
        ),
        (
            "fn a(x: u8) -> u8 {\n    if x > 3 {\n        return 1;\n    }\n    2\n}\n",
            "rustfmt may write the other one on a line",
        ),
        (
            "fn a(x: u8) -> u8 {\n    if x > 3 {\n        b();\n        return c;\n    }\n    // Why.\n    d(x)\n}\n",
            "a comment would be in another branch",
        ),
        (
            "fn a(x: u8) -> u8 {\n    e(|| {\n        if x > 3 {\n            b();\n            return c;\n        }\n        d(x)\n    })\n}\n",
            "a closure's result may be inferred from its `return`",
        ),
    ] {
        never(Language::Rust, Family::EarlyReturn, text, why);
    }
}

#[test]
fn patterns_that_leave_otherwise_have_two_spellings() {
    one_way(
        Language::Rust,
        Family::EarlyReturn,
        "fn a(x: u8) -> Option<u8> {\n    let Some(y) = b(x) else {\n        return c;\n    };\n    let Some(z) = b(y) else { panic!() };\n    d(z)\n}\n",
        "fn a(x: u8) -> Option<u8> {\n    let y = match b(x) {\n        Some(y) => y,\n        None => return c,\n    };\n    let Some(z) = b(y) else { panic!() };\n    d(z)\n}\n",
    );
    for (text, why) in [
        (
            "fn a(x: u8) {\n    let y = match b(x) {\n        Some(y) => y,\n        None => return,\n    };\n}\n",
            "the compiler may be older than the other spelling",
        ),
        (
            "fn a(x: u8) {\n    let Some(y) = b(x) else {\n        return c();\n    };\n}\n",
            "something runs before the temporaries are dropped",
        ),
        (
            "fn a(x: u8) -> Option<u8> {\n    let Some(y) = b(x) else {\n        return None;\n    };\n    c(y)\n}\n",
            "a linter would write `?`",
        ),
        (
            "fn a(x: u8) {\n    let Some(y) = &b(x) else {\n        return;\n    };\n}\n",
            "`let` lengthens the temporary's life",
        ),
    ] {
        never(Language::Rust, Family::EarlyReturn, text, why);
    }
}

#[test]
fn names_bound_by_reference_may_be_bound_through_one() {
    one_way(
        Language::Rust,
        Family::Idiom,
        "fn a(&self) {\n    match self.x {\n        B::Cc(ref y) => d(y),\n        B::Ee { ref f, .. } => g(f),\n        _ => {}\n    }\n}\n",
        "fn a(&self) {\n    match &self.x {\n        B::Cc(y) => d(y),\n        B::Ee { f, .. } => g(f),\n        _ => {}\n    }\n}\n",
    );
    one_way(
        Language::Rust,
        Family::Idiom,
        "fn a(&self) {\n    match *self {\n        B::Cc(ref y) => d(y),\n        B::Ee => g(),\n    }\n}\n",
        "fn a(&self) {\n    match self {\n        B::Cc(y) => d(y),\n        B::Ee => g(),\n    }\n}\n",
    );
    one_way(
        Language::Rust,
        Family::Idiom,
        "fn a(x: B) {\n    if let Some(ref y) = x {\n        d(y);\n    }\n}\n",
        "fn a(x: B) {\n    if let Some(y) = &x {\n        d(y);\n    }\n}\n",
    );
    for (text, why) in [
        (
            "fn a(x: B) {\n    if let Some(ref y) = x {\n        d(y, x.z);\n    }\n}\n",
            "the rest of it is in use",
        ),
        (
            "fn a(x: B) {\n    if let Some(ref mut y) = x {\n        d(y);\n    }\n}\n",
            "a mutable one",
        ),
        (
            "fn a(x: B) {\n    match x {\n        B::Cc(ref y, z) => d(y, z),\n        B::Ee => g(),\n    }\n}\n",
            "one is bound by value",
        ),
        (
            "fn a(x: B) {\n    match x {\n        B::Cc(ref y) => d(y),\n        E => g(),\n    }\n}\n",
            "a constant",
        ),
        (
            "fn a(&mut self) {\n    match *self {\n        B::Cc(ref y) => d(y),\n        B::Ee => g(),\n    }\n}\n",
            "it would be bound mutably",
        ),
        (
            "fn a(x: B) {\n    if let Some(ref y) = c(x) {\n        d(y);\n    }\n}\n",
            "a temporary",
        ),
    ] {
        never(Language::Rust, Family::Idiom, text, why);
    }
}

#[test]
fn two_arms_of_which_one_does_nothing_stay() {
    let matching = |first: &str, more: &str| {
        format!(
            "enum Way {{ One, Other, Last }}\n\nfn go(way: &Way) {{\n    match way {{\n        Way::One => {first}\n        Way::Other => step(2),\n{more}    }}\n    step(3);\n}}\n\nfn step(_: u8) {{}}\n"
        )
    };
    both_ways(
        Language::Rust,
        Family::CaseOrder,
        &matching("step(1),", ""),
        &matching("step(1),", "").replace(
            "Way::One => step(1),\n        Way::Other => step(2),",
            "Way::Other => step(2),\n        Way::One => step(1),",
        ),
    );
    for first in ["{}", "(),"] {
        never(
            Language::Rust,
            Family::CaseOrder,
            &matching(first, ""),
            "clippy: single_match",
        );
    }
}

#[test]
fn words_change_where_rustfmt_leaves_their_line() {
    let long = "a_function_with_a_name_that_is_as_long_as_the_names_of_functions_sometimes";
    for (text, why) in [
        (
            format!("struct B;\n\nimpl B {{\n    fn {long}(x: B) -> Self {{\n        x\n    }}\n}}\n")
                .replace("B", "ATypeOfSomeLength"),
            "too long with the name",
        ),
        (
            "struct ATypeOfSomeLength;\n\nimpl ATypeOfSomeLength {\n    fn a(\n        x: ATypeOfSomeLength,\n    ) -> u8 {\n        1\n    }\n}\n".to_owned(),
            "the head would fit on a line",
        ),
    ] {
        never(Language::Rust, Family::SelfType, &text, why);
    }
}

/// Packages that rustfmt leaves alone as they are, each by its folder of sources.
const FORMATTED: [&str; 8] = [
    "petgraph/src",
    "bytes/src",
    "textwrap/src",
    "itertools/src",
    "semver/src",
    "indexmap/src",
    "tempfile/src",
    "toml-edit/src",
];

#[test]
fn rustfmt_leaves_every_choice_as_it_is() {
    let (mut files, mut sites) = (0, 0);
    let mut open: Vec<PathBuf> = FORMATTED.iter().map(|folder| corpus().join(folder)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let found = site_table(Language::Rust, Profile::Robust, &text, &key()).unwrap();
        if found.sites.is_empty() || formatted(&text) != text {
            continue;
        }
        files += 1;
        sites += found.sites.len();
        let all = render(&found, &text, &|site| other(site.canonical)).unwrap();
        let some = render(&found, &text, &by_seed(3)).unwrap();
        for copy in [all, some] {
            assert!(
                formatted(&copy) == copy,
                "rustfmt changes a copy of {}",
                path.display()
            );
        }
    }
    assert!(files > 80 && sites > 3_000, "{files} files with {sites} sites");
}

#[expect(clippy::disallowed_methods, reason = "tests run the languages' own tools")]
fn formatted(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = std::process::Command::new("rustfmt")
        .args(["--edition", "2021"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("rustfmt is installed");
    let mut input = child.stdin.take().unwrap();
    let text = text.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "rustfmt refuses a text");
    output.stdout
}
