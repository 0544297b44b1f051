//! Laws over real packages.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_interface::{KeptWhat, Options, Outcome};
use ringfence_syntax::{Language, Node, parse};

use super::{Files, PACKAGES, interfaces, module, outcomes, package, profiled, python, write};

/// Names of public functions and classes with their place, and of public values of the module.
fn public_names(text: &[u8]) -> BTreeSet<String> {
    let tree = parse(Language::Python, text).unwrap();
    let own = |node: &Node<'_>| {
        let name = node
            .child_by_field("name")
            .map(|name| name.text(text))
            .unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    };
    tree.nodes()
        .filter(|node| matches!(node.kind(), "function_definition" | "class_definition"))
        .filter(|node| {
            !node
                .ancestors()
                .any(|above| above.kind() == "function_definition")
        })
        .filter_map(|node| {
            let mut path: Vec<String> = std::iter::once(node)
                .chain(node.ancestors())
                .filter(|above| matches!(above.kind(), "function_definition" | "class_definition"))
                .map(|above| own(&above))
                .collect();
            path.reverse();
            let public = path
                .iter()
                .all(|name| !name.starts_with('_') || name.ends_with('_'));
            public.then(|| path.join("."))
        })
        .collect()
}

/// Strings and numbers inside functions that have no docstring place, and those outside.
fn literals(text: &[u8], kept: &BTreeSet<u32>) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
    let tree = parse(Language::Python, text).unwrap();
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for node in tree.nodes() {
        if !matches!(node.kind(), "string" | "integer" | "float") || node.end() - node.start() < 5 {
            continue;
        }
        let is_docstring = node.parent().is_some_and(|parent| {
            parent.kind() == "expression_statement" && parent.named_children().count() == 1
        });
        let mut below = node;
        let mut secret = false;
        for above in node.ancestors() {
            let body = above.kind() == "function_definition" && below.field() == Some("body");
            let line = |at: u32| text[..at as usize].iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
            secret |= body
                && kept
                    .range(line(above.start())..=line(above.end()))
                    .next()
                    .is_none();
            below = above;
        }
        if secret && !is_docstring {
            inside.insert(node.text(text).to_vec());
        } else {
            outside.insert(node.text(text).to_vec());
        }
    }
    (inside, outside)
}

#[test]
fn every_public_name_stays_and_nothing_of_a_body_shows() {
    let (mut files_seen, mut secrets_seen) = (0, 0);
    for name in PACKAGES {
        let files = package(name);
        let profile = profiled(name, &files);
        let options = Options {
            import_profile: Some(&profile),
            ..Options::default()
        };
        for ((path, text), rendered) in files.iter().zip(interfaces(&files, &options)) {
            assert_eq!(
                parse(Language::Python, &rendered.text).unwrap().error_count(),
                0,
                "{path}"
            );
            let missing: Vec<String> = public_names(text)
                .difference(&public_names(&rendered.text))
                .cloned()
                .collect();
            assert!(missing.is_empty(), "{path}: {missing:?}");
            let kept: BTreeSet<u32> = rendered
                .kept
                .iter()
                .filter(|kept| kept.what == KeptWhat::Body)
                .map(|kept| kept.line)
                .collect();
            let (inside, outside) = literals(text, &kept);
            let tree = parse(Language::Python, &rendered.text).unwrap();
            for node in tree
                .nodes()
                .filter(|node| matches!(node.kind(), "string" | "integer" | "float"))
            {
                let shown = node.text(&rendered.text);
                assert!(
                    !inside.contains(shown) || outside.contains(shown),
                    "{path} shows {}",
                    String::from_utf8_lossy(shown)
                );
            }
            // Every kept body has run, and is said.
            assert!(
                rendered.bodies_kept as usize <= kept.len(),
                "{path}: {} {kept:?}",
                rendered.bodies_kept
            );
            files_seen += 1;
            secrets_seen += inside.len();
        }
    }
    assert!(
        files_seen > 100 && secrets_seen > 2000,
        "{files_seen} {secrets_seen}"
    );
}

#[test]
fn an_interface_of_an_interface_is_the_same() {
    for name in ["click", "h11", "itsdangerous", "jinja2", "requests"] {
        let files = package(name);
        let profile = ringfence_interface::ImportProfile::default();
        let options = Options {
            import_profile: Some(&profile),
            ..Options::default()
        };
        let once: Files = files
            .iter()
            .zip(interfaces(&files, &options))
            .map(|((path, _), rendered)| (path.clone(), rendered.text))
            .collect();
        for ((path, text), again) in once.iter().zip(interfaces(&once, &options)) {
            assert_eq!(
                String::from_utf8_lossy(&again.text),
                String::from_utf8_lossy(text),
                "{path}"
            );
        }
    }
}

#[test]
fn the_order_of_files_does_not_matter() {
    let files = package("itsdangerous");
    let mut turned = files.clone();
    turned.reverse();
    let mut second = interfaces(&turned, &Options::default());
    second.reverse();
    assert_eq!(interfaces(&files, &Options::default()), second);
}

/// Imports every module of a package as the view delivers it.
fn import_all(files: &Files, outcomes: &[Outcome]) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = "import importlib\n".to_owned();
    for ((path, text), outcome) in files.iter().zip(outcomes) {
        match outcome {
            Outcome::Whole => write(folder.path(), path, text),
            Outcome::Interface(rendered) => write(folder.path(), path, &rendered.text),
            other => panic!("{path}: {other:?}"),
        }
        if path.ends_with(".py") && !path.contains("winconsole") && !path.contains("/tests/") {
            program.push_str(&format!("importlib.import_module({:?})\n", module(path)));
        }
    }
    let done = python(folder.path(), &["-c", &program]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn without_a_profile_packages_import_too() {
    // attrs writes classes at import and flask makes instances of what a list names: names do not reach that, a profile does.
    for name in PACKAGES.iter().filter(|name| !matches!(**name, "attr" | "flask")) {
        let files = package(name);
        import_all(&files, &outcomes(&files, &BTreeSet::new(), &Options::default()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn any_half_of_a_package_imports(chosen in any::<u64>(), of in 0..4_usize, with_profile in any::<bool>()) {
        let name = ["click", "h11", "itsdangerous", "requests"][of];
        let files = package(name);
        let whole: BTreeSet<usize> = (0..files.len()).filter(|place| chosen >> (place % 64) & 1 == 1).collect();
        let profile = profiled(name, &files);
        let options = Options {
            import_profile: with_profile.then_some(&profile),
            ..Options::default()
        };
        let outcomes = outcomes(&files, &whole, &options);
        for (place, outcome) in outcomes.iter().enumerate() {
            prop_assert_eq!(whole.contains(&place), matches!(outcome, Outcome::Whole));
        }
        import_all(&files, &outcomes);
    }
}
