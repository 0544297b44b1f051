//! Laws and traps of C, with the real compiler.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use ringfence_interface::{Docs, Options, Outcome, Shown, SourceFile, render};
use ringfence_syntax::{Language, parse};

type Files = Vec<(String, Vec<u8>)>;

/// A subject, its folder of sources, and what the compiler is told.
const SUBJECTS: &[(&str, &str, &[&str])] = &[
    ("cjson", ".", &["-I."]),
    (
        "expat",
        "expat/lib",
        &[
            "-I.",
            "-DXML_NS=1",
            "-DXML_DTD=1",
            "-DXML_CONTEXT_BYTES=1024",
            "-DXML_DEV_URANDOM=1",
            "-DBYTEORDER=1234",
        ],
    ),
    ("lz4", "lib", &["-I."]),
    (
        "zlib",
        ".",
        &["-I.", "-DHAVE_UNISTD_H=1", "-D_LARGEFILE64_SOURCE=1"],
    ),
];

fn files(name: &str, folder: &str) -> Files {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpus")
        .join(name)
        .join(folder);
    let mut files: Files = std::fs::read_dir(&root)
        .unwrap_or_else(|error| panic!("run `cargo xtask corpus {name}`: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| matches!(path.extension().and_then(|end| end.to_str()), Some("c" | "h")))
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    assert!(files.len() > 3);
    files
}

fn outcomes(files: &Files, whole: &BTreeSet<usize>, options: &Options<'_>) -> Vec<Outcome> {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .enumerate()
        .map(|(place, (path, text))| SourceFile {
            path: path.as_bytes(),
            text,
            visibility: if whole.contains(&place) {
                Shown::Whole
            } else {
                Shown::Interface
            },
        })
        .collect();
    render(Language::C, &sources, options).unwrap()
}

fn delivered(files: &Files, whole: &BTreeSet<usize>) -> Files {
    outcomes(files, whole, &Options::default())
        .into_iter()
        .zip(files)
        .map(|(outcome, (path, text))| match outcome {
            Outcome::Whole => (path.clone(), text.clone()),
            Outcome::Interface(rendered) => (path.clone(), rendered.text),
            other => panic!("{path}: {other:?}"),
        })
        .collect()
}

fn one(path: &str, text: &[u8], options: &Options<'_>) -> Option<Vec<u8>> {
    let files = vec![(path.to_owned(), text.to_vec())];
    match outcomes(&files, &BTreeSet::new(), options).remove(0) {
        Outcome::Interface(rendered) => Some(rendered.text),
        Outcome::Refused { .. } => None,
        other => panic!("{other:?}"),
    }
}

fn text(path: &str, source: &str) -> String {
    String::from_utf8(one(path, source.as_bytes(), &Options::default()).unwrap()).unwrap()
}

/// Compiles every unit; the errors.
fn compile(files: &Files, arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let mut errors = Vec::new();
    for (path, _) in files.iter().filter(|(path, _)| path.ends_with(".c")) {
        #[expect(clippy::disallowed_methods, reason = "the tests ask the real compiler")]
        let done = std::process::Command::new("cc")
            .args(["-fsyntax-only", "-Werror=implicit-function-declaration"])
            .args(arguments)
            .arg(path)
            .current_dir(folder.path())
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        errors.extend(
            said.lines()
                .filter(|line| line.contains("error:"))
                .map(str::to_owned),
        );
    }
    errors
}

#[test]
fn real_libraries_compile_without_their_bodies() {
    for (name, folder, arguments) in SUBJECTS {
        let files = files(name, folder);
        assert_eq!(
            compile(&files, arguments),
            Vec::<String>::new(),
            "{name} as it is"
        );
        let out = delivered(&files, &BTreeSet::new());
        assert_eq!(compile(&out, arguments), Vec::<String>::new(), "{name}");
        // Every function that a header declares is still there, as far as the grammar finds it in the original.
        let headers: Vec<&Vec<u8>> = files
            .iter()
            .filter(|(path, _)| path.ends_with(".h"))
            .map(|(_, text)| text)
            .collect();
        let holds = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|window| window == word);
        for ((path, before), (_, after)) in files.iter().zip(&out) {
            let tree = parse(Language::C, before).unwrap();
            for function in tree
                .nodes()
                .filter(|node| node.kind() == "function_definition" && !node.has_error())
            {
                let Some(name) = function.name_node().map(|name| name.text(before)) else {
                    continue;
                };
                let called = [name, b"("].concat();
                let is_static = function.text(before).starts_with(b"static");
                if path.ends_with(".c") && !is_static && headers.iter().any(|header| holds(header, &called)) {
                    assert!(holds(after, name), "{path}: {}", String::from_utf8_lossy(name));
                }
            }
        }
    }
}

#[test]
fn no_literal_of_a_body_shows() {
    let mut secrets = 0;
    for (name, folder, _) in SUBJECTS {
        let files = files(name, folder);
        let out = delivered(&files, &BTreeSet::new());
        for ((path, before), (_, after)) in files.iter().zip(&out) {
            let tree = parse(Language::C, before).unwrap();
            let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
            for node in tree
                .nodes()
                .filter(|node| node.kind() == "string_literal" && node.end() - node.start() > 5)
            {
                let body = node.ancestors().any(|above| above.kind() == "compound_statement");
                let set = if body { &mut inside } else { &mut outside };
                set.insert(node.text(before));
            }
            for secret in inside.difference(&outside) {
                secrets += 1;
                assert!(
                    !after.windows(secret.len()).any(|window| window == *secret),
                    "{path}: {}",
                    String::from_utf8_lossy(secret)
                );
            }
        }
    }
    assert!(secrets > 200, "{secrets}");
}

#[test]
fn an_interface_of_an_interface_shows_no_more() {
    for (name, folder, _) in SUBJECTS {
        let once = delivered(&files(name, folder), &BTreeSet::new());
        for ((path, first), (_, second)) in once.iter().zip(delivered(&once, &BTreeSet::new())) {
            // Fewer macros are keywords once their users are gone, so more may go.
            assert!(second.len() <= first.len(), "{name} {path}");
            if *name == "cjson" {
                assert_eq!(
                    String::from_utf8_lossy(&second),
                    String::from_utf8_lossy(first),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn project_keywords_hide_no_body() {
    let source = "#define ZEXPORT\n#define OF(args) args\n#define local static\n#define API(type) type ZEXPORT\nint ZEXPORT f OF((int a));\nlocal int helper OF((int a));\nint ZEXPORT f(a)\n    int a;\n{\n    return helper(a) + 4711;\n}\nlocal int helper(int a) { return a + 815; }\nAPI(char *) name(void)\n{\n#ifdef X\n    if (a) {\n#else\n    if (b) {\n#endif\n        return \"secret\";\n    }\n    return 0;\n}\n";
    let out = text("a.c", source);
    assert!(
        !out.contains("4711") && !out.contains("secret") && !out.contains("helper"),
        "{out}"
    );
    assert!(
        out.contains("int ZEXPORT f(a)\n    int a;\n{ for (;;) {} }\n"),
        "{out}"
    );
    assert!(out.contains("API(char *) name(void)\n{ for (;;) {} }\n"), "{out}");
    assert_eq!(
        compile(&vec![("a.c".to_owned(), out.into_bytes())], &[]),
        Vec::<String>::new()
    );
}

#[test]
fn enumerations_without_a_name_stay_as_long_as_a_constant_is_used() {
    let out = text(
        "a.c",
        "enum { JVP_NONE = 0, JVP_ONE };\nenum { UNUSED };\nint table[JVP_ONE] = { 11, 22, 33 };\nstatic const char *words[] = { \"hidden\" };\nconst char *said = \"hidden\";\nint number = 4711;\n",
    );
    assert_eq!(
        out,
        "enum { JVP_NONE = 0, JVP_ONE };\nint table[JVP_ONE] = {0};\nconst char *said = \"\";\nint number;\n"
    );
}

#[test]
fn headers_keep_their_words_and_lose_tables_and_bodies() {
    let source = "/* About it.\n *\n * More. */\n#ifndef A_H\n#define A_H\n#include \"hidden.h\"\n#include <stdio.h>\n#define LIMIT 10\n#define UNUSED_CALL(x) ((x) * 4711)\nstatic inline int twice(int a) { return a * 2222; }\nstatic const int primes[] = { 2, 3, 5, 7 };\nint f(int);\n#endif\n";
    let out = text("a.h", source);
    assert_eq!(
        out,
        "/* About it.\n *\n * More. */\n#ifndef A_H\n#define A_H\n#include <stdio.h>\n#define LIMIT 10\nstatic inline int twice(int a) { for (;;) {} }\nstatic const int primes[] = {0};\nint f(int);\n#endif\n"
    );
    let first = Options {
        docs: Docs::FirstParagraph,
        ..Options::default()
    };
    let out = String::from_utf8(one("a.h", source.as_bytes(), &first).unwrap()).unwrap();
    assert!(out.starts_with("/* About it. */\n#ifndef"), "{out}");
}

#[test]
fn what_does_not_close_is_refused() {
    for source in [
        &b"int f(void) { return 1;\n"[..],
        b"int f(void) { return 1; } }\n",
        b"#if 1\nint f(void) { return 1; }\n",
        b"#endif\n",
        b"int f(void) { return 1; } /* open",
        b"int f(void) { return \"open; }\n",
        b"int f(int a { return 1; }\n",
    ] {
        assert!(
            one("a.c", source, &Options::default()).is_none(),
            "{}",
            String::from_utf8_lossy(source)
        );
    }
    let deep = format!("int f(void) {}{}\n", "{".repeat(30_000), "}".repeat(30_000));
    let out = one("a.c", deep.as_bytes(), &Options::default());
    assert!(out.is_none_or(|text| text.len() < 100));
}

fn subjects() -> &'static Files {
    static SUBJECTS: OnceLock<Files> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        files("cjson", ".")
            .into_iter()
            .chain(files("zlib", "."))
            .filter(|(path, text)| path.ends_with(".c") && text.len() < 40_000)
            .map(|(path, text)| {
                let text = String::from_utf8_lossy(&text)
                    .replace("    return ", "    zqsecret(\"zqsecret\"); return ")
                    .into_bytes();
                (path, text)
            })
            .collect()
    })
}

const WRENCHES: [&[u8]; 16] = [
    b"",
    b"(",
    b")",
    b"{",
    b"}",
    b";",
    b"\n",
    b"\"",
    b"'",
    b"\\",
    b"/*",
    b"*/",
    b"#if 1\n",
    b"\n#endif\n",
    b"\0",
    b"\xff",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// However a real file is torn, it gives an interface or a refusal, and an interface whose braces stood where they
    /// stood before shows nothing of a body.
    #[test]
    fn a_torn_file_is_reduced_or_refused(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0..40_usize,
        with in prop::sample::select(WRENCHES.to_vec()),
    ) {
        let subjects = subjects();
        let (path, text) = &subjects[which.index(subjects.len())];
        let mut text = text.clone();
        let start = from.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, with.iter().copied());
        if let Some(out) = one(path, &text, &Options::default()) {
            prop_assert!(!out.windows(8).any(|window| window == b"zqsecret"), "{path} {start}..{end} {with:?}");
        }
    }

    #[test]
    fn any_half_of_a_library_compiles(chosen in any::<u64>(), of in 0..2_usize) {
        let (name, folder, arguments) = SUBJECTS[of * 3];
        let files = files(name, folder);
        let whole: BTreeSet<usize> = (0..files.len()).filter(|place| chosen >> (place % 64) & 1 == 1).collect();
        if of == 0 || chosen % 16 == 0 {
            prop_assert_eq!(compile(&delivered(&files, &whole), arguments), Vec::<String>::new());
        }
    }
}
