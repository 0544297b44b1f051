//! `view check` and `view exposure` over odd and leaky repositories.

use super::stage::*;

const LEAKY: &str = "[workspace]\nmembers = [\"web\", \"pricing\"]\n";

fn leaky() -> Stage {
    let mut files = shop();
    // Put together here, so that no scanner takes this file for a leak.
    let token = ["gh", "p_", "q8Zr2LxV0tPn7KdYw3HaBc5Ef9Gi1Jm4Ns6Q"].concat();
    for (path, text) in [
        ("Cargo.toml", LEAKY.to_owned()),
        (
            "pricing/Cargo.toml",
            "[package]\nname = \"shop-pricing\"\n".to_owned(),
        ),
        (
            "web/lib.rs",
            "mod router;\nuse shop_pricing::formula;\n// see ../pricing/formula.rs\n".to_owned(),
        ),
        ("web/deploy.env", format!("TOKEN={token}\n")),
        ("web/AUTHORS", "Grace <grace@acme-quant.io>\n".to_owned()),
        ("web/vendor/lib.js", "// Copyright Someone\n".to_owned()),
        ("web/model.bin", "\0\0\0".to_owned()),
    ] {
        files.push((path.to_owned(), text.into_bytes()));
    }
    let rules = format!(
        "{{ visibility = \"read\", paths = [\"/web/private/**\"] }}, {{ visibility = \"read\", paths = [\"/Cargo.toml\", \"/gone/**\"] }}, {RULES}"
    );
    Stage::new(&files, &rules, "")
}

#[test]
fn a_check_lists_what_visible_files_say_with_line_and_cure() {
    let stage = leaky();
    let done = stage.run(&["view", "check", VIEW]);
    assert_eq!(done.code, 1, "{done:?}");
    for words in [
        "Cargo.toml:2: manifest: pricing",
        "[[view.replace]] path = \"Cargo.toml\"",
        "web/lib.rs:2: import: shop_pricing (hidden: pricing)",
        "web/lib.rs:3: text: ../pricing/formula.rs",
        "web/deploy.env:1: secret: GitHub token of 40 characters",
        "web/AUTHORS:1: e-mail: grace@acme-quant.io",
        "1 binary files",
        "\"/gone/**\" matches no path",
        "\"/web/private/**\" decides nothing",
    ] {
        assert!(done.out.contains(words), "{words}: {}", done.out);
    }
    assert!(
        !done.out.contains("q8Zr2LxV0tPn7KdYw3Ha"),
        "the secret itself is not repeated"
    );
    let report = stage.json(&["view", "check", VIEW]);
    let findings = report["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding["rule"].is_string() && finding["lines"].is_array())
    );
    let exposure = stage.json(&["view", "exposure", VIEW]);
    assert_eq!(exposure["found"]["secret"], 1, "{exposure}");
    assert_eq!(exposure["found"]["e-mail"], 1);
    assert_eq!(exposure["secrets"][0]["path"], "web/deploy.env");
    assert_eq!(exposure["third_party"][0]["path"], "web/vendor/lib.js");
    assert_eq!(exposure["assets"][0]["name"], "shop/*");
    assert_eq!(exposure["assets"][0]["origin"], "own-secret");
    let (whole, part) = (&exposure["assets"][0]["whole"], &exposure["assets"][0]["shown"]);
    assert!(part["lines"].as_u64() < whole["lines"].as_u64() && part["lines"].as_u64() > Some(0));
    assert_eq!(exposure["by_origin"]["own-secret"], *part);
    // Nothing of it reaches a recipient.
    let clone = stage.clone_as(ADA, "clone");
    assert!(!clone.path().join("pricing").exists());
}

#[test]
fn a_view_that_says_nothing_is_clean() {
    let files: Files = [
        ("web/a.rs", "pub fn a() {}\n"),
        ("pricing/b.rs", "pub fn b() {}\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .to_vec();
    let stage = Stage::new(&files, "{ visibility = \"write\", paths = [\"/web/**\"] }", "");
    let done = stage.run(&["view", "check", VIEW]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("0 findings in 1 text files"), "{}", done.out);
    assert_ne!(stage.run(&["view", "check", "nowhere"]).code, 0);
}

#[test]
fn odd_files_are_checked_and_delivered_as_they_are() {
    let line = "x".repeat(50 << 20);
    let mut files: Files = [
        ("web/bom.rs", "\u{feff}pub fn a() {}\r\n// pricing/formula.rs\r\n"),
        ("web/tabs.py", "def a():\n\treturn 'pricing/formula.rs'\n"),
        ("web/open.rs", "fn a() { if b { \"\n// pricing/formula.rs"),
        (
            "web/mixed.html",
            "<script>import('../pricing/formula.rs')</script><style>a{}</style>{% for x in y %}\n",
        ),
        ("web/caf\u{e9}.rs", "// pricing/formula.rs\n"),
        ("web/cafe\u{301}/x.rs", "// pricing/formula.rs\n"),
        ("pricing/formula.rs", "// hush7319\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .to_vec();
    files.push((
        "web/latin.rs".to_owned(),
        b"// caf\xe9 pricing/formula.rs\n".to_vec(),
    ));
    files.push(("web/nul.rs".to_owned(), b"// pricing/formula.rs\0\n".to_vec()));
    files.push(("web/line.json".to_owned(), line.into_bytes()));
    let stage = Stage::new(&files, "{ visibility = \"read\", paths = [\"/web/**\"] }", "");
    let report = stage.json(&["view", "check", VIEW]);
    let named: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["target"] == "pricing/formula.rs")
        .map(|finding| finding["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        [
            "web/bom.rs",
            "web/cafe\\xcc\\x81/x.rs",
            "web/caf\\xc3\\xa9.rs",
            "web/latin.rs",
            "web/mixed.html",
            "web/open.rs",
            "web/tabs.py"
        ]
    );
    assert_eq!(
        (report["binary_files"].as_u64(), report["too_large"].as_u64()),
        (Some(1), Some(1)),
        "{report}"
    );
    let clone = stage.clone_as(ADA, "clone");
    for (path, data) in files.iter().filter(|(path, _)| path.starts_with("web/")) {
        let found = std::fs::read(clone.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        // Marks may be in what parses; what does not parse, or is no text, comes as it is.
        if !path.ends_with("tabs.py") && !path.ends_with("bom.rs") {
            assert!(found == *data, "{path}");
        }
    }
}
