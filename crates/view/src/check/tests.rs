#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use super::*;

/// A repository of several languages; `+` marks what the view shows.
const TREE: &[&str] = &[
    "+Cargo.toml",
    "+Cargo.lock",
    "+README.md",
    "+.github/workflows/ci.yml",
    "+CODEOWNERS",
    "+.gitattributes",
    "+crates/web/Cargo.toml",
    "+crates/web/src/lib.rs",
    "+crates/web/src/router.rs",
    "crates/web/src/quota.rs",
    "crates/web/src/limits/mod.rs",
    "crates/pricing/Cargo.toml",
    "crates/pricing/src/lib.rs",
    "crates/pricing/src/formula.rs",
    "+services/app/main.py",
    "services/app/secret_model.py",
    "services/risk/__init__.py",
    "services/risk/score.py",
    "+services/risk_view.py",
    "+ui/src/index.ts",
    "ui/src/discount.ts",
    "ui/src/engine/index.ts",
    "+ui/package.json",
    "ui/kernel/package.json",
    "+go.mod",
    "+cmd/shop/main.go",
    "internal/margin/margin.go",
    "+java/src/main/java/com/acme/Web.java",
    "java/src/main/java/com/acme/margin/Rates.java",
    "+native/main.c",
    "native/rates.h",
    "native/tables/big.h",
    "+docs/guide.md",
    "docs/pricing.md",
    "tests/test_it.py",
    "utils/x.py",
];

fn checker() -> Checker {
    let files: Vec<(&[u8], bool)> = TREE
        .iter()
        .map(|path| match path.strip_prefix('+') {
            Some(path) => (path.as_bytes(), true),
            None => (path.as_bytes(), false),
        })
        .collect();
    let mut names = Names::new(files);
    names.declare(
        b"crates/pricing/Cargo.toml",
        b"[package]\nname = \"acme-pricing\"\nversion = \"1.0.0\"\n",
        false,
    );
    names.declare(
        b"crates/web/Cargo.toml",
        b"[package]\nname = \"acme-web\"\n",
        true,
    );
    names.declare(
        b"ui/kernel/package.json",
        b"{ \"author\": { \"name\": \"x y\" }, \"name\": \"@acme/kernel\", \"private\": true }",
        false,
    );
    names.declare(b"go.mod", b"module acme.example/shop\n\ngo 1.22\n", true);
    Checker::new(names).unwrap()
}

/// Line, kind and target of each finding.
fn found(path: &str, text: &str) -> Vec<(usize, &'static str, String)> {
    checker()
        .file(path.as_bytes(), text.as_bytes())
        .into_iter()
        .map(|finding| {
            (
                finding.lines.first().copied().unwrap_or(0),
                finding.kind.word(),
                finding
                    .target
                    .map_or(finding.what, |target| String::from_utf8(target).unwrap()),
            )
        })
        .collect()
}

#[track_caller]
fn names_in(path: &str, text: &str, expected: &[(usize, &'static str, &str)]) {
    let found = found(path, text);
    let expected: Vec<_> = expected
        .iter()
        .map(|(line, kind, target)| (*line, *kind, (*target).to_owned()))
        .collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn manifests_and_lock_files() {
    names_in(
        "Cargo.toml",
        "[workspace]\nmembers = [\n  \"crates/web\",\n  \"crates/pricing\",\n]\n[workspace.dependencies]\nacme-pricing = { path = \"crates/pricing\" }\ntest = \"1\"\n",
        &[(4, "manifest", "crates/pricing")],
    );
    names_in(
        "Cargo.lock",
        "[[package]]\nname = \"serde\"\n\n[[package]]\nname = \"acme-pricing\"\nversion = \"1.0.0\"\n",
        &[(5, "lock-file", "crates/pricing")],
    );
    names_in(
        "crates/web/Cargo.toml",
        "[dependencies]\nacme-pricing = { path = \"../pricing\" }\nserde = \"1\"\n",
        &[(2, "manifest", "crates/pricing")],
    );
    names_in(
        "ui/package.json",
        "{\n  \"name\": \"ui\",\n  \"scripts\": { \"test\": \"jest\", \"tests\": \"x\" },\n  \"keywords\": [\"tests\", \"utils\"],\n  \"workspaces\": [\"kernel\"],\n  \"dependencies\": { \"@acme/kernel\": \"1.0.0\", \"left-pad\": \"1.3.0\" }\n}\n",
        &[(5, "manifest", "ui/kernel")],
    );
    names_in(
        "go.mod",
        "module acme.example/shop\nreplace acme.example/x => ./internal/margin\n",
        &[(2, "manifest", "internal/margin")],
    );
}

#[test]
fn instructions_for_machines_and_for_git() {
    names_in(
        ".github/workflows/ci.yml",
        "on:\n  push:\n    paths:\n      - 'crates/pricing/**'\n      - 'crates/web/**'\njobs:\n  test:\n    steps:\n      - run: python tests/test_it.py\n        working-directory: utils\n",
        &[
            (4, "ci", "crates/pricing"),
            (9, "ci", "tests/test_it.py"),
            (10, "ci", "utils"),
        ],
    );
    names_in(
        "CODEOWNERS",
        "* @acme/all\n/crates/pricing/ @acme/quants\n/docs/ @acme/docs\nutils @acme/x\n",
        &[(2, "owners", "crates/pricing"), (4, "owners", "utils")],
    );
    names_in(
        ".gitattributes",
        "*.rs diff=rust\nservices/risk/** linguist-generated\n",
        &[(2, "git-file", "services/risk")],
    );
    let rule = checker()
        .file(b"CODEOWNERS", b"/crates/pricing/ @acme/quants\n")
        .remove(0)
        .proposal
        .to_string();
    assert_eq!(rule, "{ visibility = \"hidden\", paths = [\"/CODEOWNERS\"] }");
}

#[test]
fn imports_of_every_language() {
    names_in(
        "crates/web/src/lib.rs",
        "mod router;\npub(crate) mod quota;\nuse crate::{router::Route, limits::{Most, Least}};\nuse acme_pricing::Formula;\nlet x = crate::quota::left();\n",
        &[
            (2, "import", "crates/web/src/quota.rs"),
            (3, "import", "crates/web/src/limits/mod.rs"),
            (4, "import", "crates/pricing"),
        ],
    );
    names_in(
        "crates/web/src/router.rs",
        "use super::quota;\nuse serde::Deserialize;\nuse std::collections::HashMap;\n",
        &[(1, "import", "crates/web/src/quota.rs")],
    );
    names_in(
        "services/app/main.py",
        "import os, json\nfrom . import secret_model\nfrom ..risk.score import rate\nfrom services.risk import (\n    score,\n    other,\n)\n\nimport services.risk_view\n",
        &[
            (2, "import", "services/app/secret_model.py"),
            (3, "import", "services/risk/score.py"),
            (4, "import", "services/risk/__init__.py"),
        ],
    );
    names_in(
        "ui/src/index.ts",
        "import { a } from './discount.js';\nimport type { B } from \"./engine\";\nconst k = require('@acme/kernel/rates');\nimport React from 'react';\n",
        &[
            (1, "import", "ui/src/discount.ts"),
            (2, "import", "ui/src/engine/index.ts"),
            (3, "import", "ui/kernel"),
        ],
    );
    names_in(
        "cmd/shop/main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"acme.example/shop/internal/margin\"\n)\n",
        &[(5, "import", "internal/margin")],
    );
    names_in(
        "java/src/main/java/com/acme/Web.java",
        "package com.acme;\n\nimport java.util.List;\nimport com.acme.margin.Rates;\nimport static com.acme.margin.Rates.best;\n",
        &[(4, "import", "java/src/main/java/com/acme/margin/Rates.java")],
    );
    names_in(
        "native/main.c",
        "#include <stdio.h>\n#include \"rates.h\"\n#  include \"tables/big.h\"\n",
        &[
            (2, "import", "native/rates.h"),
            (3, "import", "native/tables/big.h"),
        ],
    );
    let rule = checker()
        .file(b"native/main.c", b"#include \"rates.h\"\n")
        .remove(0)
        .proposal
        .to_string();
    assert!(
        rule.contains("interface") && rule.contains("/native/rates.h"),
        "{rule}"
    );
}

#[test]
fn text_names_paths_by_their_shape_alone() {
    names_in(
        "README.md",
        "Run the tests with pytest; utils are in order. See [prices](docs/pricing.md), crates/pricing/src/formula.rs,\nhttps://forge.example/acme/shop/blob/main/services/risk/score.py and pricing/src/lib.rs.\nPricing and margin are words. Read/write, and/or, src/test.\n",
        &[
            (1, "text", "docs/pricing.md"),
            (1, "text", "crates/pricing/src/formula.rs"),
            (2, "text", "services/risk/score.py"),
            (2, "text", "crates/pricing/src/lib.rs"),
        ],
    );
    names_in(
        "docs/guide.md",
        "See [prices](pricing.md) and [start](../README.md).\n",
        &[(1, "text", "docs/pricing.md")],
    );
    names_in(
        "crates/web/src/lib.rs",
        "// the formula is in ../../pricing/src/formula.rs\nconst A: &str = \"a/b\";\n",
        &[(1, "text", "crates/pricing/src/formula.rs")],
    );
}

#[test]
fn secrets_are_found_and_not_repeated() {
    // Put together here, so that no scanner of other people takes this file for a leak.
    let parts = |parts: &[&str]| parts.concat();
    let github = parts(&["gh", "p_", "q8Zr2LxV0tPn7KdYw3HaBc5Ef9Gi1Jm4Ns6Q"]);
    let aws = parts(&["AK", "IA", "QZ5N7XKJ2LWMB3TR"]);
    let text = format!(
        "a = 1\ntoken: {github}\nid = \"{aws}\"\n{}\nDATABASE = postgres://shop:{}@db.acme.example:5432/x\napi_key = \"{}\"\n",
        parts(&["-----BEGIN RSA ", "PRIVATE KEY-----"]),
        parts(&["v3Ry", "L0ngPw"]),
        parts(&["q8Zr2LxV0t", "Pn7KdYw3Ha"]),
    );
    let findings = checker().file(b"services/app/main.py", text.as_bytes());
    let seen: Vec<(usize, String)> = findings
        .iter()
        .map(|finding| (finding.lines[0], finding.what.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (2, "GitHub token of 40 characters".to_owned()),
            (3, "AWS access key id of 20 characters".to_owned()),
            (4, "private key of 32 characters".to_owned()),
            (5, "password in an address of 10 characters".to_owned()),
            (6, "assigned secret of 20 characters".to_owned()),
        ]
    );
    let shown = format!("{findings:?}");
    assert!(
        !shown.contains(&github) && !shown.contains(&aws) && !shown.contains("Pn7KdYw3Ha"),
        "{shown}"
    );
    for harmless in [
        "password = \"changeme-please-1\"",
        "api_key = \"${API_KEY_1}\"",
        "token = os.environ[\"TOKEN_1\"]",
        "AKIAIOSFODNN7EXAMPLE",
        "client_secret: \"your-secret-here-123\"",
        "https://user:password@example.com/",
        "secret_name = \"projects/shop/secrets/db\"",
    ] {
        assert_eq!(checker().file(b"x.py", harmless.as_bytes()), [], "{harmless}");
    }
}

#[test]
fn addresses_of_people() {
    let text = "Maintainer: Ada <ada.l@acme-quant.io>\nada.l@acme-quant.io again\ngit@github.com:acme/x.git\nicon@2x.png a@example.com noreply@acme.io\n@types/node@1.2.3\n";
    let findings = checker().file(b"README.md", text.as_bytes());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (findings[0].kind, findings[0].lines.as_slice()),
        (Kind::EmailAddress, &[1, 2][..])
    );
}

#[test]
fn what_is_odd_is_looked_at_or_said() {
    let mut checker = checker();
    let marked = [&b"\xef\xbb\xbf"[..], b"mod quota;\r\nmod limits;\r\n"].concat();
    let found = checker.file(b"crates/web/src/lib.rs", &marked);
    assert_eq!(
        found.len(),
        2,
        "a byte order mark and CRLF hide nothing: {found:?}"
    );
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("see docs/pricing.md\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(checker.file(b"README.md", &wide).len(), 1, "UTF-16");
    let broken = b"// \xff\xfe caf\xe9 docs/pricing.md {{{{ (((\n\tmod\tquota;\n";
    assert_eq!(
        checker.file(b"crates/web/src/lib.rs", broken).len(),
        2,
        "no UTF-8, unclosed"
    );
    assert_eq!(checker.looked().text, 3);
    let binary = [&b"\0\0\x7fELF docs/pricing.md ada.l@acme.io "[..]].concat();
    let found = checker.file(b"tool.bin", &binary);
    assert_eq!((found.len(), found[0].kind), (1, Kind::EmailAddress));
    assert_eq!(checker.looked().binary, 1);
    let long = vec![b'a'; LARGEST_LOOKED_AT + 1];
    let found = checker.file(b"big.js", &long);
    assert_eq!((found.len(), found[0].kind), (1, Kind::TooLarge));
    // One line of 16 MB costs no more than many lines.
    let line = "docs/pricing.md,".repeat(1 << 20);
    let started = std::time::Instant::now();
    let found = checker.file(b"min.js", line.as_bytes());
    assert_eq!((found.len(), found[0].lines.as_slice()), (1, &[1][..]));
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    let mentions: String = (0..1_000)
        .map(|number| format!("person{number}@acme.io\n"))
        .collect();
    let found = checker.file(b"people.txt", mentions.as_bytes());
    assert_eq!(found.len(), MOST_FINDINGS_OF_A_FILE + 1);
    assert_eq!(found[MOST_FINDINGS_OF_A_FILE].kind, Kind::Truncated);
    for nested in [
        "use crate::{".repeat(5_000),
        "use {".repeat(5_000) + ";",
        "from . import (".repeat(2_000),
    ] {
        let _ = checker.file(b"crates/web/src/lib.rs", nested.as_bytes());
        let _ = checker.file(b"services/app/main.py", nested.as_bytes());
    }
}

#[test]
fn proposals_match_the_path_and_nothing_else() {
    for path in [
        &b"a/b.rs"[..],
        b"a/[id].tsx",
        b"sp ace/x ",
        b"st*r?",
        b"back\\slash",
        "d\u{e9}j\u{e0}".as_bytes(),
        b"\xff.rs",
    ] {
        let pattern = proposal::pattern_of(path);
        let compiled = ringfence_domain::glob::PathPattern::parse(&pattern).unwrap();
        assert!(compiled.matches_file(path), "{pattern}");
        assert!(!compiled.matches_file(&[b"x/", path].concat()), "{pattern}");
    }
}
