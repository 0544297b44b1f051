//! Blank lines and final periods: what they part and end, what the languages' formatters leave as it is, and that they can be read.

use std::process::Command;

use ringfence_mark::read::{CanonicalFile, Reader, SuspectFile};

use super::families::{both_ways, never};
use super::*;

#[test]
fn blank_lines_stand_between_neighbours_and_before_what_is_said_about_the_lower_one() {
    for (language, first, second) in [
        (
            Language::Rust,
            "fn f() {\n    g(); // why\n    h();\n}\n",
            "fn f() {\n    g(); // why\n\n    h();\n}\n",
        ),
        (
            Language::Rust,
            "fn f() {\n    g();\n    // Why this is\n    // called.\n    h();\n}\n",
            "fn f() {\n    g();\n\n    // Why this is\n    // called.\n    h();\n}\n",
        ),
        (
            Language::Rust,
            "struct A {\n    b: u8,\n    /// More.\n    #[cfg(unix)]\n    c: u8,\n}\n",
            "struct A {\n    b: u8,\n\n    /// More.\n    #[cfg(unix)]\n    c: u8,\n}\n",
        ),
        (
            Language::Python,
            "def f(a):\n    b = a  # why\n    # More.\n    c(b)\n",
            "def f(a):\n    b = a  # why\n    # More.\n    c(b)\n",
        ),
        (
            Language::Python,
            "class A:\n    b = 1\n    c = 2\n",
            "class A:\n    b = 1\n\n    c = 2\n",
        ),
        (
            Language::JavaScript,
            "f({\n  a: 1, // one\n  b,\n});\n",
            "f({\n  a: 1, // one\n\n  b,\n});\n",
        ),
        (
            Language::JavaScript,
            "switch (a) {\n  case 1:\n    b();\n    break;\n}\n",
            "switch (a) {\n  case 1:\n    b();\n\n    break;\n}\n",
        ),
        (
            Language::TypeScript,
            "interface A {\n  b: string;\n  c: number;\n}\n",
            "interface A {\n  b: string;\n\n  c: number;\n}\n",
        ),
        (
            Language::Java,
            "class A {\n    int b;\n    int c;\n}\n",
            "class A {\n    int b;\n\n    int c;\n}\n",
        ),
        (
            Language::Go,
            "package a\n\ntype T struct {\n\tb int\n\t// more\n\tlonger int\n}\n",
            "package a\n\ntype T struct {\n\tb int\n\n\t// more\n\tlonger int\n}\n",
        ),
        (
            Language::C,
            "int f(int a)\n{\n#ifdef B\n    b();\n    c();\n#endif\n}\n",
            "int f(int a)\n{\n#ifdef B\n    b();\n\n    c();\n#endif\n}\n",
        ),
        (
            Language::CSharp,
            "class A\n{\n    int b;\n    int c;\n}\n",
            "class A\n{\n    int b;\n\n    int c;\n}\n",
        ),
    ] {
        if first == second {
            never(
                language,
                Family::BlankLine,
                first,
                "nobody knows whose the comment is",
            );
        } else {
            both_ways(language, Family::BlankLine, first, second);
        }
    }
}

#[test]
fn no_blank_line_where_a_formatter_or_a_reader_of_comments_would_mind() {
    for (language, text, why) in [
        (
            Language::Rust,
            "fn f() {\n    // Why.\n\n    g();\n}\n",
            "between a comment and what it is about",
        ),
        (Language::Rust, "use a;\nuse b;\n", "imports are sorted by groups"),
        (
            Language::Python,
            "def f():\n    import a\n    b()\n",
            "black parts imports from the rest",
        ),
        (
            Language::Python,
            "def f():\n    if a:\n        def g():\n            pass\n    b()\n",
            "black parts functions from the rest",
        ),
        (
            Language::Python,
            "a = [\n    1,\n    2,\n]\n",
            "black takes blank lines out of brackets",
        ),
        (
            Language::Go,
            "package a\n\nfunc f() {\n\tg()  // one\n\thh() // two\n}\n",
            "gofmt aligns the comments",
        ),
        (
            Language::Go,
            "package a\n\ntype T struct {\n\tb      int\n\tlonger int\n}\n",
            "gofmt aligns the fields",
        ),
        (
            Language::C,
            "int f(int a)\n{\n    b();\n#ifdef C\n    c();\n#endif\n    d();\n}\n",
            "beside a directive",
        ),
        (
            Language::JavaScript,
            "f({ a: 1,\n  b: 2 });\n",
            "prettier writes it in one line",
        ),
        (
            Language::JavaScript,
            "function f(a) {\n  switch (a) {\n    case 1:\n    case 2:\n      g();\n  }\n}\n",
            "eslint asks for a break in an empty case that stands apart",
        ),
        (
            Language::Cpp,
            "class A {\n public:\n  int b;\n};\n",
            "clang-format has its own rule",
        ),
    ] {
        never(language, Family::BlankLine, text, why);
    }
}

const BEFORE: &str = "import a from 'a';\n";

#[test]
fn paragraphs_of_comments_end_with_a_period_or_without() {
    for (language, first, second) in [
        (
            Language::JavaScript,
            format!("{BEFORE}/**\n * Compile the given value to a function\n * of its own\n *\n * @api public\n */\nfunction f() {{}}\n"),
            format!("{BEFORE}/**\n * Compile the given value to a function\n * of its own.\n *\n * @api public\n */\nfunction f() {{}}\n"),
        ),
        (
            Language::TypeScript,
            format!("{BEFORE}/**\n * @param {{T}} x the number of things in it\n * @example\n * f(1)\n */\nfunction f(x: number) {{}}\n"),
            format!("{BEFORE}/**\n * @param {{T}} x the number of things in it.\n * @example\n * f(1)\n */\nfunction f(x: number) {{}}\n"),
        ),
        (
            Language::Java,
            "class A {\n    int b;\n    /**\n     * Returns how many things there are.\n     */\n    int c() { return b; }\n}\n".to_owned(),
            "class A {\n    int b;\n    /**\n     * Returns how many things there are\n     */\n    int c() { return b; }\n}\n".to_owned(),
        ),
        (
            Language::C,
            "int a;\n/* the number of things in it */\nint b;\n".to_owned(),
            "int a;\n/* the number of things in it. */\nint b;\n".to_owned(),
        ),
        (
            Language::CSharp,
            "class A\n{\n    /// <summary>\n    /// Gets the number of all things.\n    /// </summary>\n    int B() { return 1; }\n}\n".to_owned(),
            "class A\n{\n    /// <summary>\n    /// Gets the number of all things\n    /// </summary>\n    int B() { return 1; }\n}\n".to_owned(),
        ),
        (
            Language::Rust,
            "use a;\n/// Counts all of the things here\n///\n/// More.\n#[derive(Clone, Debug)]\nstruct A;\n".to_owned(),
            "use a;\n/// Counts all of the things here.\n///\n/// More.\n#[derive(Clone, Debug)]\nstruct A;\n".to_owned(),
        ),
    ] {
        both_ways(language, Family::CommentPeriod, &first, &second);
    }
}

#[test]
fn comments_that_are_no_prose_or_are_read_stay_as_they_are() {
    let long = format!("int a;\n/* {} the end of it */\nint b;\n", "a".repeat(60));
    assert_eq!(long.lines().nth(1).map(str::len), Some(80));
    for (language, text, why) in [
        (
            Language::JavaScript,
            "/** The first comment of a file here */\nf();\n",
            "where licences stand",
        ),
        (
            Language::JavaScript,
            "f();\n/**\n * @example\n * This is how one calls it\n */\nfunction g() {}\n",
            "an example",
        ),
        (
            Language::JavaScript,
            "f();\n/*! A banner that minifiers keep in */\nfunction g() {}\n",
            "is part of what is built",
        ),
        (
            Language::JavaScript,
            "f();\n/**\n * - one point of a longer list\n */\nfunction g() {}\n",
            "a list",
        ),
        (
            Language::JavaScript,
            "f();\n/**\n * This is more like that of {@link g}\n */\nfunction g() {}\n",
            "ends in a tag",
        ),
        (
            Language::JavaScript,
            "f();\n/* eslint some rule that is off */\nfunction g() {}\n",
            "a directive",
        ),
        (
            Language::JavaScript,
            "f();\n/**\n * ```\n * this is code and not prose\n * ```\n */\nfunction g() {}\n",
            "in a fence",
        ),
        (
            Language::TypeScript,
            "f();\ninterface A {\n  /** The number of things in it */\n  b: number;\n}\n",
            "schemas are made from it",
        ),
        (
            Language::Java,
            "class A {\n    int a;\n    /**\n     * Returns how many things there are.\n     */\n    @Option\n    int b;\n}\n",
            "a processor may print it",
        ),
        (
            Language::Rust,
            "use a;\n/// Counts all of the things here\n#[derive(Parser)]\nstruct A;\n",
            "the derive prints it",
        ),
        (
            Language::Go,
            "package a\n\nvar b int\n\n// F does this.\n//\n// What it does in more detail\n//\n// It is this.\nfunc F() {}\n",
            "gofmt makes a heading of the line",
        ),
        (Language::C, &long, "formatters break it with a period"),
        (
            Language::C,
            "int a;\n/* a licence of the whole library */\nint b;\n",
            "a notice",
        ),
        (
            Language::Python,
            "a = 1\ndef f():\n    \"\"\"Return the number of all things\"\"\"\n",
            "a value at run time",
        ),
    ] {
        // The Go text has other paragraphs that do end.
        if language == Language::Go {
            let copies = super::traps::copies_of(language, text, Family::CommentPeriod);
            assert!(copies.iter().all(|copy| !copy.contains("detail.")), "{why}");
        } else {
            never(language, Family::CommentPeriod, text, why);
        }
    }
}

/// What a language's formatter makes of texts; nothing for languages whose formatter is not among the tests' tools.
#[expect(clippy::disallowed_methods, reason = "tests run the languages' own tools")]
fn formatted(language: Language, folder: &Path, texts: &[(&str, Vec<u8>)]) -> Option<Vec<Vec<u8>>> {
    let (mut command, arguments): (Command, &[&str]) = match language {
        Language::Rust => (
            Command::new("rustfmt"),
            &["--edition", "2021", "--config", "skip_children=true"],
        ),
        Language::Go => (Command::new("gofmt"), &["-w"]),
        Language::Python => {
            let mut command = Command::new("python3");
            command.env("PYTHONPATH", corpus().join(".python-packages"));
            (command, &["-m", "black", "--quiet", "--fast"])
        }
        _ => return None,
    };
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    let paths: Vec<PathBuf> = texts.iter().map(|(name, _)| folder.join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(texts) {
        std::fs::write(path, text).unwrap();
    }
    let output = command.args(arguments).args(&paths).output().unwrap();
    assert!(
        output.status.success() || language == Language::Rust,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(paths.iter().map(|path| std::fs::read(path).unwrap()).collect())
}

fn is_layout(site: &Site) -> bool {
    matches!(site.family, Family::BlankLine | Family::CommentPeriod)
}

#[test]
fn formatters_keep_every_blank_line_and_period_as_it_is() {
    for language in [Language::Rust, Language::Go, Language::Python] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("layout-{}", language.name()));
        let owned: Vec<(&str, Vec<u8>)> = tables()
            .iter()
            .filter(|(fixture, _, _)| fixture.language == language)
            .map(|(fixture, _, _)| (fixture.file_name(), fixture.text.clone()))
            .collect();
        let owned: Vec<(&str, Vec<u8>)> = owned
            .iter()
            .map(|(name, _)| *name)
            .zip(formatted(language, &folder, &owned).unwrap())
            .collect();
        let mut sites = 0;
        let copies: Vec<(&str, Vec<u8>)> = owned
            .iter()
            .map(|(name, text)| {
                let table = site_table(language, Profile::Robust, text, &key()).unwrap();
                sites += table.sites.iter().filter(|site| is_layout(site)).count();
                let choose = by_seed(5);
                let copy = render(&table, text, &|site| {
                    if is_layout(site) {
                        choose(site)
                    } else {
                        site.canonical
                    }
                });
                (*name, copy.unwrap())
            })
            .collect();
        assert!(sites > 150, "{} has only {sites}", language.name());
        let after = formatted(language, &folder, &copies).unwrap();
        for ((name, copy), after) in copies.iter().zip(after) {
            let (copy, after) = (String::from_utf8_lossy(copy), String::from_utf8_lossy(&after));
            let changed: Vec<_> = copy
                .lines()
                .zip(after.lines())
                .filter(|(one, other)| one != other)
                .collect();
            assert!(copy == after, "{name}: {:?}", changed.first());
        }
    }
}

#[test]
fn blank_lines_and_periods_are_read_back() {
    let (mut sites, mut reads) = (0_usize, 0_usize);
    for language in Language::ALL {
        let files: Vec<CanonicalFile> = tables()
            .iter()
            .filter(|(fixture, _, _)| fixture.language == language)
            .map(|(fixture, table, _)| CanonicalFile {
                name: fixture.name.clone(),
                language,
                text: fixture.text.clone(),
                table: table.clone(),
            })
            .collect();
        let choose = by_seed(11);
        let copies: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|file| {
                let name = file.name.rsplit('/').next().unwrap().to_owned();
                (name, render(&file.table, &file.text, &choose).unwrap())
            })
            .collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("layout-read-{}", language.name()));
        let named: Vec<(&str, Vec<u8>)> = copies
            .iter()
            .map(|(name, text)| (name.as_str(), text.clone()))
            .collect();
        let as_they_are = copies.iter().map(|(_, text)| text.clone()).collect();
        let attacks: Vec<Vec<Vec<u8>>> = [Some(as_they_are), formatted(language, &folder, &named)]
            .into_iter()
            .flatten()
            .collect();
        let reader = Reader::new(files.clone()).unwrap();
        for (attack, texts) in attacks.into_iter().enumerate() {
            let suspects: Vec<SuspectFile> = texts
                .into_iter()
                .zip(&copies)
                .map(|(text, (name, _))| SuspectFile {
                    name: name.clone(),
                    language: Some(language),
                    text,
                })
                .collect();
            let report = reader.read(&suspects);
            for family in [Family::BlankLine, Family::CommentPeriod] {
                let (mut all, mut right, mut wrong) = (0_usize, 0_usize, 0_usize);
                for read in &report.reads {
                    let site = &files[read.file].table.sites[read.site];
                    if site.family == family {
                        all += 1;
                        right += usize::from(read.value == Some(choose(site)));
                        wrong += usize::from(read.value == Some(other(choose(site))));
                    }
                }
                println!(
                    "{} {family:?} attack {attack}: {right} of {all}, {wrong} wrong",
                    language.name()
                );
                // What is not read is mostly at the edge of a moved function.
                assert!(
                    right * 100 >= all * 85 && wrong * 33 <= all,
                    "{} {family:?}: {right} of {all} read right, {wrong} wrong (attack {attack})",
                    language.name()
                );
                sites += all;
                reads += right;
            }
        }
    }
    assert!(reads * 100 >= sites * 95, "{reads} of {sites} read right");
}
