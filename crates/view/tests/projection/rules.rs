//! The compiled rules say what the reference says, and refuse what cannot be meant.

use proptest::prelude::*;
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::rules::{PatternProblem, RuleError, Rules};

use crate::reference;

fn compile(rules: &[(Visibility, &[&str])]) -> Rules {
    let rules: Vec<PathRule> = rules
        .iter()
        .map(|(visibility, paths)| PathRule {
            visibility: *visibility,
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        })
        .collect();
    Rules::compile(&rules).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn trie_equals_reference(rules in reference::rules(), files in reference::files()) {
        let compiled = Rules::compile(&rules).unwrap();
        for path in files.keys() {
            let decision = compiled.decide(path.as_bytes());
            prop_assert_eq!(decision.visibility, reference::visibility(&rules, path), "{}", path);
            match (decision.rule, decision.pattern) {
                (Some(rule), Some(pattern)) => {
                    prop_assert_eq!(rules[rule].visibility, decision.visibility);
                    prop_assert!(rules[rule].paths.contains(&pattern));
                }
                (None, None) => prop_assert_eq!(decision.visibility, Visibility::Hidden),
                other => prop_assert!(false, "half a reason: {:?}", other),
            }
        }
    }

    #[test]
    fn a_settled_folder_has_one_visibility(rules in reference::rules(), files in reference::files()) {
        let compiled = Rules::compile(&rules).unwrap();
        for path in files.keys() {
            for (at, _) in path.match_indices('/') {
                if let Some(settled) = compiled.subtree(&path.as_bytes()[..at]) {
                    prop_assert_eq!(settled, reference::visibility(&rules, path), "{} from byte {}", path, at);
                }
            }
        }
    }
}

#[test]
fn the_last_rule_wins_and_a_folder_covers_what_is_below() {
    let rules = compile(&[
        (Visibility::Read, &["/src", "*.md"]),
        (Visibility::Write, &["src/pricing/**"]),
        (Visibility::Hidden, &["*.key", "secret/"]),
    ]);
    let decided = |path: &str| rules.decide(path.as_bytes()).visibility;
    assert_eq!(decided("src/lib.rs"), Visibility::Read);
    assert_eq!(decided("src/pricing/model/rate.rs"), Visibility::Write);
    assert_eq!(decided("src/pricing/model/rate.key"), Visibility::Hidden);
    assert_eq!(decided("src/secret/a.rs"), Visibility::Hidden);
    assert_eq!(
        decided("src/secret"),
        Visibility::Read,
        "a file of that name is no folder"
    );
    assert_eq!(decided("docs/a/b.md"), Visibility::Read);
    assert_eq!(decided("docs/a/b.txt"), Visibility::Hidden);
    assert_eq!(
        decided("lib/src/a.rs"),
        Visibility::Hidden,
        "an anchored pattern stays at the root"
    );
    let decision = rules.decide(b"src/pricing/x.rs");
    assert_eq!(
        (decision.rule, decision.pattern.as_deref()),
        (Some(1), Some("src/pricing/**"))
    );
    assert_eq!(rules.decide(b"").visibility, Visibility::Hidden);
}

#[test]
fn folders_settle_as_soon_as_no_rule_can_change_them() {
    let rules = compile(&[
        (Visibility::Read, &["/src/"]),
        (Visibility::Write, &["/src/open/"]),
    ]);
    assert_eq!(rules.subtree(b""), None);
    assert_eq!(rules.subtree(b"docs"), Some(Visibility::Hidden));
    assert_eq!(rules.subtree(b"src"), None);
    assert_eq!(rules.subtree(b"src/closed"), Some(Visibility::Read));
    assert_eq!(rules.subtree(b"src/open"), Some(Visibility::Write));
    // An earlier rule with another visibility cannot overrule the later folder.
    let rules = compile(&[(Visibility::Hidden, &["*.key"]), (Visibility::Read, &["/src/"])]);
    assert_eq!(rules.subtree(b"src"), Some(Visibility::Read));
}

#[test]
fn paths_are_bytes() {
    let rules = compile(&[
        (Visibility::Read, &["*.rs"]),
        (Visibility::Write, &["[!a-z]*.rs"]),
    ]);
    assert_eq!(rules.decide(b"src/caf\xe9.rs").visibility, Visibility::Read);
    assert_eq!(rules.decide(b"src/\xff\xfe.rs").visibility, Visibility::Write);
}

#[test]
fn refuses_patterns_that_cannot_be_meant() {
    for (pattern, problem) in [
        ("!src", PatternProblem::Negation),
        ("#src", PatternProblem::Comment),
        ("", PatternProblem::Empty),
        ("/", PatternProblem::Empty),
        ("a//b", PatternProblem::EmptyComponent),
        ("./a", PatternProblem::DotComponent),
        ("a/../b", PatternProblem::DotComponent),
        ("a ", PatternProblem::TrailingSpace),
        ("a\nb", PatternProblem::Control),
        ("a[/]b", PatternProblem::SlashInComponent),
        ("a\\/b", PatternProblem::SlashInComponent),
    ] {
        let rules = [
            PathRule {
                visibility: Visibility::Read,
                paths: vec!["ok".to_owned()],
            },
            PathRule {
                visibility: Visibility::Read,
                paths: vec![pattern.to_owned()],
            },
        ];
        let error = Rules::compile(&rules).unwrap_err();
        assert_eq!(
            error,
            RuleError::Pattern {
                rule: 1,
                pattern: pattern.to_owned(),
                problem
            },
            "{pattern:?}"
        );
    }
    let long = PathRule {
        visibility: Visibility::Read,
        paths: vec!["a".repeat(5_000)],
    };
    assert!(matches!(
        Rules::compile(&[long]),
        Err(RuleError::Pattern {
            problem: PatternProblem::TooLong,
            ..
        })
    ));
    let many = PathRule {
        visibility: Visibility::Read,
        paths: vec!["a".to_owned(); 20_001],
    };
    assert_eq!(
        Rules::compile(&[many]).unwrap_err(),
        RuleError::TooMany { found: 20_001 }
    );
}

#[test]
fn twenty_thousand_rules_stay_quick() {
    let paths: Vec<String> = (0..20_000).map(|n| format!("/services/s{n}/src/**")).collect();
    let rules = Rules::compile(&[PathRule {
        visibility: Visibility::Read,
        paths,
    }])
    .unwrap();
    for n in 0..20_000 {
        assert_eq!(
            rules
                .decide(format!("services/s{n}/src/a/b/c.rs").as_bytes())
                .visibility,
            Visibility::Read
        );
        assert_eq!(
            rules
                .decide(format!("services/s{n}/test/a.rs").as_bytes())
                .visibility,
            Visibility::Hidden
        );
    }
}
