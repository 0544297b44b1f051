//! The real thing against the model: rule after rule is applied, each recipient clones, names and bytes are compared.

use super::stage::*;
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::object::EntryKind;
use std::collections::BTreeMap;

#[path = "../../../../view/tests/projection/model.rs"]
#[allow(dead_code, reason = "shared with the tests of the view crate")]
mod model;

const RULE_SETS: &[&[(Visibility, &[&str])]] = &[
    &[(Visibility::Read, &["*.md"]), (Visibility::Write, &["/web/**"])],
    &[
        (Visibility::Read, &["/**"]),
        (Visibility::Hidden, &["pricing/", "*.py"]),
    ],
    &[
        (Visibility::Write, &["web"]),
        (Visibility::Hidden, &["/web/private"]),
        (Visibility::Read, &["/web/private/keys.rs", "**/deep/**"]),
    ],
    &[
        (Visibility::Read, &["/*/*.rs", "caf*"]),
        (Visibility::Hidden, &["**/[a-f]*.rs"]),
    ],
    &[(Visibility::Read, &["/links/", "/api/**", "?EADME.md"])],
    &[(Visibility::Hidden, &["*"]), (Visibility::Read, &["x y/"])],
];

#[test]
fn clones_of_every_recipient_hold_what_the_model_says() {
    let mut files = shop();
    for (path, text) in [
        ("x y/tab\there.txt", "tabs and spaces in names\n"),
        ("caf\u{e9}/composed.txt", "one form\n"),
        ("cafe\u{301}/decomposed.txt", "the other form\n"),
        ("web/deep/er/a.rs", "pub fn a() {}\n"),
        ("pricing/deep/b.rs", "pub fn b() {}\n"),
    ] {
        files.push((path.to_owned(), text.as_bytes().to_vec()));
    }
    let stage = Stage::new(
        &files,
        "{ visibility = \"read\", paths = [\"/README.md\"] }",
        "marks = { profile = \"off\" }",
    );
    let links = stage.owner.path().join("links");
    std::fs::create_dir_all(&links).unwrap();
    for (name, target) in [
        ("api", "../api"),
        ("secret", "../pricing/formula.rs"),
        ("around", "../pricing/../api/rules.rs"),
        ("chain", "api/rules.rs"),
        ("out", "../../outside"),
    ] {
        std::os::unix::fs::symlink(target, links.join(name)).unwrap();
    }
    let script = stage.owner.path().join("web/run.sh");
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    stage.owner_commits(&[]);
    let owner = tree_of(&stage.owner, "main");
    assert!(owner.len() > 18, "{:?}", owner.keys());
    for (number, set) in RULE_SETS.iter().enumerate() {
        let rules: Vec<PathRule> = set
            .iter()
            .map(|(visibility, paths)| PathRule {
                visibility: *visibility,
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            })
            .collect();
        let text: Vec<String> = rules
            .iter()
            .map(|rule| {
                let word = serde_json::to_string(&rule.visibility).unwrap();
                format!("{{ visibility = {word}, paths = {:?} }}", rule.paths)
            })
            .collect();
        stage.apply(&text.join(", "));
        let expected = model::delivered(&rules, &[], &owner);
        assert!(!expected.is_empty(), "set {number} shows nothing");
        for (person, name) in [(ADA, "ada"), (BO, "bo")] {
            let clone = stage.clone_as(person, &format!("{name}-{number}"));
            let found = tree_of(&clone, "HEAD");
            // What the gateway writes itself is not the owner's.
            let found: model::Tree = found
                .into_iter()
                .filter(|(path, _)| path != "LICENCE-TERMS.md")
                .collect();
            assert_eq!(
                found.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>(),
                "{name}, set {number}"
            );
            assert_eq!(found, expected, "{name}, set {number}");
        }
    }
}

/// Every file of a commit with its kind and bytes.
fn tree_of(repository: &ringfence_testkit::GitRepository, commit: &str) -> model::Tree {
    let mut tree = BTreeMap::new();
    for line in repository
        .git(&["ls-tree", "-r", "-z", commit])
        .split('\0')
        .filter(|line| !line.is_empty())
    {
        let (meta, path) = line.split_once('\t').unwrap();
        let words: Vec<&str> = meta.split(' ').collect();
        let kind = match words[0] {
            "100644" => EntryKind::Blob,
            "100755" => EntryKind::BlobExecutable,
            "120000" => EntryKind::Link,
            other => panic!("mode {other} of {path}"),
        };
        let data = repository
            .command()
            .args(["cat-file", "blob", words[2]])
            .output()
            .unwrap()
            .stdout;
        tree.insert(path.to_owned(), (kind, data));
    }
    tree
}
