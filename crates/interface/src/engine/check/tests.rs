//! Rules that break their promise on purpose: the check has to refuse what they deliver.

use ringfence_syntax::{Language, Node, SyntaxError, Tree};

use crate::engine::{FilePlan, Group, LanguageRules, Note, ParsedFile, Plan, Replacement, run};
use crate::{KeptWhat, Options, Outcome, RefusedReason, Shown, SourceFile, c, rules};

/// What every sample holds in a body and nowhere else.
const SECRET: &str = "only the body says this";

/// A function with [`SECRET`] in its body, and a statement without literals.
const SAMPLES: &[(Language, &str, &str)] = &[
    (
        Language::Rust,
        "src/lib.rs",
        "pub fn f(a: &mut Vec<u8>) -> &'static str {\n    a.reverse();\n    \"only the body says this\"\n}\n",
    ),
    (
        Language::Go,
        "a/a.go",
        "package a\n\nfunc F(b []byte) string {\n\treverse(b)\n\treturn \"only the body says this\"\n}\n",
    ),
    (
        Language::Java,
        "A.java",
        "public class A {\n    public String f(B b) {\n        b.reverse();\n        return \"only the body says this\";\n    }\n}\n",
    ),
    (
        Language::TypeScript,
        "a.ts",
        "export function f(a: number[]): string {\n  a.reverse();\n  return \"only the body says this\";\n}\n",
    ),
    (
        Language::JavaScript,
        "a.js",
        "export function f(a) {\n  a.reverse();\n  return \"only the body says this\";\n}\n",
    ),
    (
        Language::Python,
        "a.py",
        "def f(a: list) -> str:\n    a.reverse()\n    return \"only the body says this\"\n",
    ),
    (
        Language::C,
        "a.c",
        "const char *f(struct a *a) {\n  reverse(a);\n  return \"only the body says this\";\n}\n",
    ),
];

/// How the promise is broken.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Not at all.
    None,
    /// No edit is planned: everything stays.
    ForgetsBodies,
    /// Bodies go, but what stands for them repeats this.
    StubsSay(&'static str),
    /// Bodies stay, and the account says so.
    KeepsWithAccount,
}

/// The rules of a language with a fault.
struct Faulty<'r> {
    of: &'r dyn LanguageRules,
    fault: Fault,
}

impl LanguageRules for Faulty<'_> {
    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        let mut plan = self.of.plan(group);
        for (planned, file) in plan.files.iter_mut().zip(&group.files) {
            match self.fault {
                Fault::None => {}
                Fault::ForgetsBodies => *planned = FilePlan::default(),
                Fault::KeepsWithAccount => {
                    *planned = FilePlan::default();
                    for body in file.tree.nodes().filter(|node| self.of.is_body(node)) {
                        let note = Note::new(KeptWhat::Body, b"f", "the test keeps it");
                        planned.keep(body.start()..body.end(), note);
                    }
                }
                Fault::StubsSay(text) => {
                    for edit in &mut planned.edits {
                        if let Replacement::Fixed(with) = &mut edit.replacement
                            && !with.is_empty()
                        {
                            *with = text.as_bytes().to_vec();
                        }
                    }
                }
            }
        }
        plan
    }

    fn groups(&self, files: &[ParsedFile<'_>]) -> Vec<Vec<usize>> {
        self.of.groups(files)
    }

    fn parse(&self, language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
        self.of.parse(language, source)
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        self.of.is_container(node)
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        self.of.is_item(node)
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.of.may_stand(node)
    }

    fn attributes(&self) -> fn(&Node<'_>) -> bool {
        self.of.attributes()
    }

    fn is_body(&self, node: &Node<'_>) -> bool {
        self.of.is_body(node)
    }

    fn body_mark(&self, body: &Node<'_>) -> u32 {
        self.of.body_mark(body)
    }

    fn is_literal(&self, node: &Node<'_>) -> bool {
        self.of.is_literal(node)
    }

    fn is_statement(&self, node: &Node<'_>) -> bool {
        self.of.is_statement(node)
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        self.of.stub_texts()
    }

    fn joins_empty_braces(&self) -> bool {
        self.of.joins_empty_braces()
    }

    fn finish(&self, text: Vec<u8>) -> Vec<u8> {
        self.of.finish(text)
    }
}

fn outcome(language: Language, path: &str, text: &str, fault: Fault) -> Outcome {
    let of_c = c::rules_for(std::iter::once(text.as_bytes()));
    let of: &dyn LanguageRules = match language {
        Language::C => &of_c,
        _ => rules(language).unwrap(),
    };
    let file = SourceFile {
        path: path.as_bytes(),
        text: text.as_bytes(),
        visibility: Shown::Interface,
    };
    run(&Faulty { of, fault }, language, &[file], &Options::default()).remove(0)
}

fn shows(outcome: &Outcome, wanted: &str) -> bool {
    matches!(
        outcome,
        Outcome::Refused { reason: RefusedReason::BodyShows { what, .. }, .. } if *what == wanted
    )
}

#[test]
fn rules_that_hold_pass_and_say_nothing() {
    for (language, path, text) in SAMPLES {
        let Outcome::Interface(rendered) = outcome(*language, path, text, Fault::None) else {
            panic!("{path} is not delivered");
        };
        let shown = String::from_utf8(rendered.text).unwrap();
        assert!(!shown.contains(SECRET) && !shown.contains("reverse"), "{shown}");
    }
}

#[test]
fn a_forgotten_body_is_refused_in_every_language() {
    for (language, path, text) in SAMPLES {
        let found = outcome(*language, path, text, Fault::ForgetsBodies);
        assert!(
            matches!(
                &found,
                Outcome::Refused {
                    reason: RefusedReason::BodyShows { .. },
                    ..
                }
            ),
            "{path}: {found:?}"
        );
    }
}

#[test]
fn a_stub_that_repeats_something_of_the_body_is_refused() {
    let (language, path, text) = SAMPLES[0];
    let said = |stub| outcome(language, path, text, Fault::StubsSay(stub));
    let literal = said("{\n    \"only the body says this\"\n}");
    assert!(shows(&literal, "literal"), "{literal:?}");
    let statement = said("{\n    a.reverse();\n    unimplemented!()\n}");
    assert!(shows(&statement, "statement"), "{statement:?}");
    let other = said("{\n    \"something else\"\n}");
    assert!(matches!(other, Outcome::Interface(_)), "{other:?}");
    let torn = said("{ (");
    assert!(
        matches!(
            torn,
            Outcome::Refused {
                reason: RefusedReason::OutputDoesNotParse,
                ..
            }
        ),
        "{torn:?}"
    );
}

#[test]
fn a_body_that_the_account_names_passes() {
    for (language, path, text) in SAMPLES {
        let found = outcome(*language, path, text, Fault::KeepsWithAccount);
        let Outcome::Interface(rendered) = found else {
            panic!("{path}: {found:?}");
        };
        assert_eq!(rendered.kept.len(), 1, "{path}");
        assert_eq!(rendered.bodies_kept, rendered.bodies, "{path}");
    }
}
