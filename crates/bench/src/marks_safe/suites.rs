//! The projects whose tests judge, how each is run, and how its output is read.

use std::collections::BTreeSet;

/// A project with tests of its own.
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// Its language, as people write it.
    pub language: &'static str,
    /// Its folder below `corpus/`.
    pub from: &'static str,
    /// What `cargo xtask corpus` must have fetched.
    pub subjects: &'static [&'static str],
    /// Further paths that stay unmarked.
    pub except: &'static [&'static str],
    /// Links in the copy: from the corpus, to a name.
    pub links: &'static [(&'static str, &'static str)],
    /// Files that the copy gets besides.
    pub files: &'static [(&'static str, &'static str)],
    /// A shell line that makes the copy ready, once.
    pub prepare: Option<&'static str>,
    /// `{corpus}` and `{copy}` stand for the folders.
    pub environment: &'static [(&'static str, &'static str)],
    /// The shell line that runs the tests.
    pub tests: &'static str,
    /// Reads how many tests passed, and which did not.
    pub count: fn(&str) -> (u64, BTreeSet<String>),
    /// The shell line that runs the language's linter.
    pub lint: Option<&'static str>,
}

/// What most suites leave as it is.
const PLAIN: Suite = Suite {
    name: "",
    language: "",
    from: "",
    subjects: &[],
    except: &[],
    links: &[],
    files: &[],
    prepare: None,
    environment: &[],
    tests: "",
    count: cargo,
    lint: None,
};

const PYTEST: &str = "python3 -m pytest -q -rfE --tb=no -p no:cacheprovider";
const RUFF: &str = "python3 -m ruff check --isolated --no-cache --output-format concise .";
const PYTHON: &[(&str, &str)] = &[
    ("PYTHONPATH", "{copy}/src:{corpus}/.suites/python"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
];
const NODE_MODULES: (&str, &str) = (".suites/npm/node_modules", "node_modules");
const ESLINT_FILE: (&str, &str) = (
    ".ringfence-eslint.json",
    r#"{"root":true,"extends":"eslint:recommended","env":{"es2021":true,"node":true},"parserOptions":{"ecmaVersion":"latest"}}"#,
);
const ESLINT: &str = "node_modules/.bin/eslint --no-eslintrc -c .ringfence-eslint.json --format unix lib";
const CARGO: &[(&str, &str)] = &[
    ("CARGO_TARGET_DIR", "{corpus}/.suites/target"),
    ("CARGO_INCREMENTAL", "0"),
    ("CARGO_TERM_COLOR", "never"),
    ("RUSTFLAGS", "--cap-lints=warn"),
];
const CARGO_TEST: &str = "cargo test --no-fail-fast --tests 2>&1";
const CLIPPY: &str = "touch src/lib.rs; cargo clippy --message-format short 2>&1";
const GO: &[(&str, &str)] = &[("GOFLAGS", "-mod=mod"), ("GOPROXY", "off")];

/// The suites.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "click",
        language: "Python",
        from: "click",
        subjects: &["click", "suite-python"],
        environment: PYTHON,
        tests: PYTEST,
        count: pytest,
        lint: Some(RUFF),
        ..PLAIN
    },
    Suite {
        name: "jinja2",
        language: "Python",
        from: "jinja2",
        subjects: &["jinja2", "suite-python"],
        environment: PYTHON,
        tests: PYTEST,
        count: pytest,
        lint: Some(RUFF),
        ..PLAIN
    },
    Suite {
        name: "flask",
        language: "Python",
        from: ".suites/flask",
        subjects: &["suite-flask", "suite-python"],
        environment: PYTHON,
        tests: "python3 -m pytest -q -rfE --tb=no -p no:cacheprovider tests",
        count: pytest,
        lint: Some(RUFF),
        ..PLAIN
    },
    Suite {
        name: "express",
        language: "JavaScript",
        from: ".suites/express",
        subjects: &["suite-express", "suite-npm"],
        links: &[NODE_MODULES],
        files: &[ESLINT_FILE],
        tests: "node_modules/.bin/mocha --require test/support/env --reporter tap --check-leaks test/ test/acceptance/",
        count: tap,
        lint: Some(ESLINT),
        ..PLAIN
    },
    Suite {
        name: "qs",
        language: "JavaScript",
        from: ".suites/qs",
        subjects: &["suite-qs", "suite-npm"],
        links: &[NODE_MODULES],
        files: &[ESLINT_FILE],
        tests: "node_modules/.bin/tape 'test/**/*.js'",
        count: tap,
        lint: Some(ESLINT),
        ..PLAIN
    },
    Suite {
        name: "zod",
        language: "TypeScript",
        from: "zod",
        subjects: &["zod", "suite-npm"],
        links: &[NODE_MODULES],
        tests: "node_modules/.bin/vitest run --root . --reporter tap-flat src/v3",
        count: tap,
        ..PLAIN
    },
    Suite {
        name: "textwrap",
        language: "Rust",
        from: "textwrap",
        subjects: &["textwrap"],
        environment: CARGO,
        tests: CARGO_TEST,
        lint: Some(CLIPPY),
        ..PLAIN
    },
    Suite {
        name: "bytes",
        language: "Rust",
        from: "bytes",
        subjects: &["bytes"],
        environment: CARGO,
        tests: CARGO_TEST,
        lint: Some(CLIPPY),
        ..PLAIN
    },
    Suite {
        name: "petgraph",
        language: "Rust",
        from: "petgraph",
        subjects: &["petgraph"],
        environment: CARGO,
        tests: CARGO_TEST,
        lint: Some(CLIPPY),
        ..PLAIN
    },
    Suite {
        name: "gorilla-mux",
        language: "Go",
        from: "gorilla-mux",
        subjects: &["gorilla-mux"],
        environment: GO,
        tests: "go test -v ./...",
        count: go,
        lint: Some("go vet ./..."),
        ..PLAIN
    },
    Suite {
        name: "go-cmp",
        language: "Go",
        from: "go-cmp",
        subjects: &["go-cmp"],
        environment: GO,
        tests: "go test -v ./...",
        count: go,
        lint: Some("go vet ./..."),
        ..PLAIN
    },
    Suite {
        name: "commons-codec",
        language: "Java",
        from: "commons-codec",
        // Its tests use commons-lang.
        subjects: &["commons-codec", "commons-lang"],
        environment: &[("LANG3", "{corpus}/commons-lang/src/main/java")],
        tests: "rm -rf .out && mkdir .out && find src -name '*.java' -exec javac -nowarn -encoding UTF-8 -sourcepath \"$LANG3\" -cp /usr/share/java/junit4.jar -d .out {} + && cp -r src/main/resources/. src/test/resources/. .out/ && java -Xmx512m -cp .out:/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar:/usr/share/java/hamcrest.jar org.junit.runner.JUnitCore $(cd src/test/java && find . -name '*Test.java' -not -name '*AbstractTest.java' | sed 's|^\\./||; s|/|.|g; s|\\.java$||' | sort)",
        count: junit,
        ..PLAIN
    },
    Suite {
        name: "zlib",
        language: "C",
        from: "zlib",
        subjects: &["zlib"],
        prepare: Some("sh ./configure"),
        // Of the makefile's tests, those that end by themselves with an answer.
        tests: "make -s test",
        count: zlib,
        lint: Some("cc -fsyntax-only -Wall -Wextra -I. *.c"),
        ..PLAIN
    },
    Suite {
        name: "http-parser",
        language: "C",
        from: "http-parser",
        subjects: &["http-parser"],
        tests: "cc -O1 -I. http_parser.c test.c -o parser-tests && ./parser-tests",
        count: assertions,
        lint: Some("cc -fsyntax-only -Wall -Wextra -I. http_parser.c"),
        ..PLAIN
    },
    Suite {
        name: "cjson",
        language: "C",
        from: "cjson",
        subjects: &["cjson"],
        tests: "cd tests && for t in *_*.c; do case $t in unity_*|json_patch_tests.c|old_utils_tests.c|misc_utils_tests.c) u=../cJSON_Utils.c;; *) u=;; esac; case $t in unity_setup.c) continue;; esac; cc -I.. -Iunity/src -Iunity/examples -o /tmp/cjson-$$ $t $u unity/src/unity.c $(grep -q 'common.h' $t || echo ../cJSON.c) -lm && /tmp/cjson-$$; rm -f /tmp/cjson-$$; done",
        count: unity,
        lint: Some("cc -fsyntax-only -Wall -Wextra cJSON.c cJSON_Utils.c"),
        ..PLAIN
    },
];

/// Tells whether a word names a language: then it chooses that language and nothing else.
pub fn is_language(word: &str) -> bool {
    SUITES
        .iter()
        .any(|suite| suite.language.eq_ignore_ascii_case(word))
}

/// The number before a word: `628 passed`.
fn number_before(text: &str, word: &str) -> u64 {
    let mut last = 0;
    let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let mut before = words.next();
    for next in words {
        if next == word
            && let Some(number) = before.and_then(|number| number.parse().ok())
        {
            last = number;
        }
        if !next.is_empty() {
            before = Some(next);
        }
    }
    last
}

fn lines_after<'t>(text: &'t str, starts: &'t [&str]) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        starts
            .iter()
            .find_map(|start| line.trim_start().strip_prefix(start))
    })
}

fn pytest(text: &str) -> (u64, BTreeSet<String>) {
    let last = text
        .lines()
        .rev()
        .find(|line| line.contains(" in "))
        .unwrap_or_default();
    let failed = lines_after(text, &["FAILED ", "ERROR "])
        .map(|line| line.split(" - ").next().unwrap_or(line).to_owned())
        .collect();
    (number_before(last, "passed"), failed)
}

/// A TAP line without its number.
fn tap(text: &str) -> (u64, BTreeSet<String>) {
    let name = |line: &str| {
        line.trim_start_matches(|character: char| {
            character.is_ascii_digit() || character == ' ' || character == '-'
        })
        .split(" # time")
        .next()
        .unwrap_or_default()
        .to_owned()
    };
    let passed = text
        .lines()
        .filter(|line| line.trim_start().starts_with("ok "))
        .count();
    (
        u64::try_from(passed).unwrap_or(u64::MAX),
        lines_after(text, &["not ok "]).map(name).collect(),
    )
}

fn cargo(text: &str) -> (u64, BTreeSet<String>) {
    let results = text.lines().filter_map(|line| line.strip_prefix("test "));
    let (mut passed, mut failed) = (0_u64, BTreeSet::new());
    for line in results {
        if line.ends_with("... ok") {
            passed = passed.saturating_add(1);
        } else if let Some(name) = line.strip_suffix("... FAILED") {
            failed.insert(name.trim().to_owned());
        }
    }
    failed.extend(
        text.lines()
            .filter(|line| line.starts_with("error"))
            .map(|line| line.chars().take(160).collect()),
    );
    (passed, failed)
}

fn go(text: &str) -> (u64, BTreeSet<String>) {
    let name = |line: &str| line.split(" (").next().unwrap_or(line).to_owned();
    let passed = lines_after(text, &["--- PASS: "]).count();
    let mut failed: BTreeSet<String> = lines_after(text, &["--- FAIL: "]).map(name).collect();
    failed.extend(
        lines_after(text, &["FAIL\t"]).map(|line| line.split('\t').next().unwrap_or(line).to_owned()),
    );
    (u64::try_from(passed).unwrap_or(u64::MAX), failed)
}

/// `OK (1234 tests)`, or `Tests run: 1234,  Failures: 2` with a numbered line for each.
fn junit(text: &str) -> (u64, BTreeSet<String>) {
    let failed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| {
            let (number, name) = line.split_once(") ")?;
            (number.parse::<u32>().is_ok() && name.contains('(')).then(|| name.to_owned())
        })
        .collect();
    let ok = lines_after(text, &["OK ("])
        .next()
        .and_then(|line| line.split(' ').next()?.parse().ok());
    let run = lines_after(text, &["Tests run: "])
        .next()
        .and_then(|line| line.split(',').next()?.parse::<u64>().ok())
        .map(|run| run.saturating_sub(u64::try_from(failed.len()).unwrap_or(u64::MAX)));
    (ok.or(run).unwrap_or(0), failed)
}

fn zlib(text: &str) -> (u64, BTreeSet<String>) {
    let passed = text
        .lines()
        .filter(|line| line.contains("OK") || line.contains("hello, hello!"))
        .count();
    let failed = text
        .lines()
        .filter(|line| line.contains("FAILED") || line.contains("rror"))
        .map(str::to_owned)
        .collect();
    (u64::try_from(passed).unwrap_or(u64::MAX), failed)
}

/// Assertions stop at the first that fails; each part says that it is done.
fn assertions(text: &str) -> (u64, BTreeSet<String>) {
    let passed = text
        .lines()
        .filter(|line| line.ends_with("okay") || line.ends_with("100%") || line.contains("pass"))
        .count();
    let failed = lines_after(text, &["***"]).map(str::to_owned).collect();
    (u64::try_from(passed).unwrap_or(u64::MAX), failed)
}

/// Unity: `FILE:LINE:NAME:PASS`.
fn unity(text: &str) -> (u64, BTreeSet<String>) {
    let passed = text.lines().filter(|line| line.ends_with(":PASS")).count();
    let mut failed: BTreeSet<String> = text
        .lines()
        .filter(|line| line.contains(":FAIL"))
        .filter_map(|line| line.split(':').nth(2).map(str::to_owned))
        .collect();
    failed.extend(
        text.lines()
            .filter(|line| line.contains(" error: "))
            .map(str::to_owned),
    );
    (u64::try_from(passed).unwrap_or(u64::MAX), failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_of_the_runners_are_read() {
        let (passed, failed) =
            pytest("..F.\nFAILED tests/test_a.py::b - assert 1\n1 failed, 628 passed, 21 skipped in 2.47s\n");
        assert_eq!((passed, failed.len()), (628, 1));
        assert_eq!(tap("ok 1 a\nnot ok 2 - b\nok 3 c\n").0, 2);
        assert_eq!(
            tap("not ok 2 - b # time=3ms\n").1,
            BTreeSet::from(["b".to_owned()])
        );
        assert_eq!(
            cargo("test a::b ... ok\ntest c ... FAILED\nerror: test failed\n")
                .1
                .len(),
            2
        );
        assert_eq!(
            go("=== RUN A\n--- PASS: A (0.00s)\n    --- FAIL: A/b (0.1s)\nFAIL\tx/y\t0.1s\n")
                .1
                .len(),
            2
        );
        assert_eq!(junit("OK (1234 tests)\n").0, 1234);
        let (passed, failed) = junit("1) testA(org.B)\nTests run: 10,  Failures: 1\n");
        assert_eq!((passed, failed.len()), (9, 1));
        assert_eq!(
            unity("a.c:3:adds:PASS\na.c:9:takes:FAIL: Expected 1\n"),
            (1, BTreeSet::from(["takes".to_owned()]))
        );
    }
}
