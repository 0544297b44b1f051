//! Both verifiers on many packs: Python runs once for a whole folder, through the same `main` as on the command line.

use std::process::Command;

use ringfence_evidence::{Trust, VERIFIER, verify_pack};
use ringfence_ledger::VerifierKey;

/// The three answers, as both verifiers give them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Trusted,
    Consistent,
    Failed,
}

const DRIVER: &str = "\
import contextlib, io, os, runpy, sys
verify = runpy.run_path(sys.argv[1])
for name in sorted(os.listdir(sys.argv[2])):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = verify['main']([os.path.join(sys.argv[2], name)] + sys.argv[3:])
    print(code, out.getvalue().splitlines()[0].split(' (')[0])
";

pub fn python() -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "the verifier in Python is run by Python"
    )]
    let mut command = Command::new("python3");
    command.arg("-I");
    command
}

fn rust_answer(pack: &[u8], trust: Option<&VerifierKey>) -> Answer {
    match verify_pack(pack, trust.map(std::slice::from_ref)).trust {
        Trust::Trusted => Answer::Trusted,
        Trust::ConsistentNotTrusted => Answer::Consistent,
        Trust::Failed(failures) => {
            assert!(!failures.is_empty());
            Answer::Failed
        }
    }
}

fn python_answers(packs: &[Vec<u8>], trust: Option<&VerifierKey>) -> Vec<Answer> {
    let folder = tempfile::tempdir().unwrap();
    let (verifier, driver, packed) = (
        folder.path().join("verify.py"),
        folder.path().join("driver.py"),
        folder.path().join("packs"),
    );
    std::fs::write(&verifier, VERIFIER).unwrap();
    std::fs::write(&driver, DRIVER).unwrap();
    std::fs::create_dir(&packed).unwrap();
    for (number, pack) in packs.iter().enumerate() {
        std::fs::write(packed.join(format!("{number:06}.zip")), pack).unwrap();
    }
    let mut command = python();
    command.arg(driver).arg(verifier).arg(packed);
    if let Some(key) = trust {
        command.arg("--trust").arg(key.to_string());
    }
    let output = command
        .output()
        .expect("python3 must be on PATH: half of this test is the verifier in Python");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Answer> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| match line {
            "0 PASS: TRUSTED" => Answer::Trusted,
            "1 PASS: CONSISTENT, NOT TRUSTED" => Answer::Consistent,
            "1 FAIL" => Answer::Failed,
            other => panic!("verify.py answered {other:?}"),
        })
        .collect();
    assert_eq!(answers.len(), packs.len());
    answers
}

/// Asserts that both verifiers give each named pack the same answer, and returns the answers.
pub fn agree(packs: &[(String, Vec<u8>)], trust: Option<&VerifierKey>) -> Vec<Answer> {
    let bytes: Vec<Vec<u8>> = packs.iter().map(|(_, pack)| pack.clone()).collect();
    let python = python_answers(&bytes, trust);
    for ((name, pack), answer) in packs.iter().zip(&python) {
        assert_eq!(
            rust_answer(pack, trust),
            *answer,
            "{name}: left is Rust, right is Python"
        );
    }
    python
}

/// Asserts that both verifiers give every named pack one answer.
pub fn all_answer(packs: &[(String, Vec<u8>)], trust: Option<&VerifierKey>, expected: Answer) {
    for ((name, _), answer) in packs.iter().zip(agree(packs, trust)) {
        assert_eq!(answer, expected, "{name}");
    }
}

#[test]
fn both_verifiers_know_every_family_of_marks() {
    let text = include_str!("../../verifier/verify.py");
    let list = text
        .split_once("FAMILIES = set(")
        .unwrap()
        .1
        .split_once(".split())")
        .unwrap()
        .0;
    let known: std::collections::BTreeSet<&str> = list
        .split(['"', ' ', '\n'])
        .filter(|word| !word.is_empty())
        .collect();
    let all: std::collections::BTreeSet<&str> = ringfence_mark::model::Family::ALL
        .into_iter()
        .map(|family| family.name())
        .collect();
    assert_eq!(
        known, all,
        "verify.py refuses a pack whose reads name a family that it does not know"
    );
}
