use std::io::{Cursor, Write as _};

use ringfence_evidence::{PackError, Trust, VERIFIER, Verdict, container, verify_pack, write_pack};
use ringfence_mark::score::ScoreTable;
use zip::write::SimpleFileOptions;

use crate::sample::{forger, input, key, pack, signer};
use crate::verifiers::{Answer, agree, all_answer, python};

#[test]
fn a_whole_pack_is_trusted_with_the_key_and_only_consistent_without() {
    let verdicts = [
        Verdict::Strong,
        Verdict::Exact,
        Verdict::Inconclusive,
        Verdict::None,
    ];
    let packs: Vec<(String, Vec<u8>)> = verdicts
        .into_iter()
        .map(|verdict| {
            (
                format!("{verdict:?}"),
                write_pack(&input(verdict), &signer()).unwrap().bytes,
            )
        })
        .collect();
    all_answer(&packs, Some(&key()), Answer::Trusted);
    all_answer(&packs, None, Answer::Consistent);
    all_answer(&packs, Some(&forger().verifier_key()), Answer::Consistent);
}

#[test]
fn the_report_says_what_a_person_needs() {
    let written = write_pack(&input(Verdict::Strong), &signer()).unwrap();
    let report = verify_pack(&written.bytes, Some(&[key()]));
    assert_eq!(report.trust, Trust::Trusted);
    assert_eq!(report.manifest_hash, Some(written.manifest_hash));
    assert_eq!(report.signed_by, [key().to_string()]);
    assert_eq!(report.fingerprints, [key().fingerprint()]);
    let claim = report.claim.clone().unwrap();
    assert_eq!(
        (claim.verdict, claim.recipient.as_deref()),
        (Verdict::Strong, Some("nordwind"))
    );
    assert!(claim.score.unwrap() > claim.threshold.unwrap());
    // ln(12 * 2 * 1e9) = 23.901320...
    assert_eq!(claim.threshold, Some(23_901_320));
    let entries: Vec<(&str, u64)> = report
        .entries
        .iter()
        .map(|entry| (entry.kind.as_str(), entry.index))
        .collect();
    assert_eq!(
        entries,
        [
            ("agreement-in-force", 0),
            ("codeword-commitment", 1),
            ("delivery-begun", 2),
            ("case-step", 17)
        ]
    );
    let printed = report.to_string();
    assert!(printed.starts_with("TRUSTED\n") && printed.contains("A named copy is not a named thief."));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(pack(), pack());
}

#[test]
fn a_pack_packed_again_with_the_same_members_passes() {
    let members = container::read(&pack()).unwrap();
    let again = |method, level| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level(level);
        for (name, bytes) in &members {
            writer.start_file(name.as_str(), options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let streamed = {
        let mut writer = zip::ZipWriter::new_stream(Vec::new());
        for (name, bytes) in &members {
            writer
                .start_file(name.as_str(), SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let packs = vec![
        ("stored".to_owned(), again(zip::CompressionMethod::Stored, None)),
        (
            "deflated".to_owned(),
            again(zip::CompressionMethod::Deflated, Some(9)),
        ),
        (
            "deflated fast".to_owned(),
            again(zip::CompressionMethod::Deflated, Some(1)),
        ),
        ("sizes after the data".to_owned(), streamed),
        ("by Python's zipfile".to_owned(), packed_by_python()),
    ];
    all_answer(&packs, Some(&key()), Answer::Trusted);
}

fn packed_by_python() -> Vec<u8> {
    const SCRIPT: &str = "\
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as old, zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as new:
    for name in old.namelist():
        new.writestr(name, old.read(name))
";
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.zip"), folder.path().join("new.zip"));
    std::fs::write(&old, pack()).unwrap();
    let status = python().arg("-c").arg(SCRIPT).arg(&old).arg(&new).status();
    assert!(status.expect("python3 must be on PATH").success());
    std::fs::read(new).unwrap()
}

#[test]
fn the_command_line_of_the_verifier() {
    let folder = tempfile::tempdir().unwrap();
    let (verifier, packed) = (folder.path().join("verify.py"), folder.path().join("pack.zip"));
    std::fs::write(
        &verifier,
        &container::read(&pack()).unwrap()["verifier/verify.py"],
    )
    .unwrap();
    std::fs::write(&packed, pack()).unwrap();
    let run = |arguments: &[&str]| {
        let output = python()
            .arg(&verifier)
            .args(arguments)
            .output()
            .expect("python3 must be on PATH");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let packed = packed.to_str().unwrap();
    let (code, out) = run(&[packed, "--trust", &key().to_string()]);
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.starts_with("PASS: TRUSTED\n") && out.contains("did not check") | out.contains("ML-DSA"),
        "{out}"
    );
    let (code, out) = run(&[packed]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("PASS: CONSISTENT, NOT TRUSTED\n"));
    assert!(out.contains(&key().fingerprint().to_string()), "{out}");
    for wrong in [
        vec![],
        vec![packed, "--trust"],
        vec!["/nowhere"],
        vec![packed, "--trust", "not a key"],
    ] {
        assert_eq!(run(&wrong).0, Some(1), "{wrong:?}");
    }
}

#[test]
fn the_verifier_pins_the_score_tables_and_stays_small() {
    for accused in 0..6 {
        let table = ScoreTable::after(accused).sha256();
        assert!(VERIFIER.contains(&table), "after {accused}");
    }
    assert!(
        VERIFIER.lines().count() <= 600,
        "{} lines",
        VERIFIER.lines().count()
    );
    let imports: Vec<&str> = VERIFIER
        .lines()
        .filter(|line| line.starts_with("import"))
        .collect();
    let standard = [
        "base64",
        "hashlib",
        "json",
        "math",
        "os",
        "re",
        "struct",
        "sys",
        "unicodedata",
        "zlib",
    ];
    assert_eq!(imports, standard.map(|module| format!("import {module}")));
}

#[test]
fn version_1_verifies_for_ever() {
    let stored = include_bytes!("../fixtures/v1.zip").to_vec();
    let answers = agree(&[("fixture".to_owned(), stored)], Some(&key()));
    assert_eq!(answers, [Answer::Trusted]);
}

#[test]
fn version_2_verifies_for_ever() {
    let stored = include_bytes!("../fixtures/v2.zip").to_vec();
    let answers = agree(&[("fixture".to_owned(), stored.clone())], Some(&key()));
    assert_eq!(answers, [Answer::Trusted]);
    assert_eq!(verify_pack(&stored, None).claim.unwrap().further.len(), 2);
}

#[test]
fn what_would_not_verify_is_not_written() {
    let refused = |change: &dyn Fn(&mut ringfence_evidence::PackInput)| {
        let mut input = input(Verdict::Strong);
        change(&mut input);
        write_pack(&input, &signer()).unwrap_err()
    };
    let position = refused(&|input| input.blobs[0].commitment = 9);
    assert!(matches!(position, PackError::Position { .. }), "{position}");
    for change in [
        &(|input: &mut ringfence_evidence::PackInput| input.blobs[0].commitment = 0)
            as &dyn Fn(&mut ringfence_evidence::PackInput),
        &|input| input.finding.recipient = Some("ostwind".to_owned()),
        &|input| input.finding.recipient_log = Some("acme.example/ostwind".to_owned()),
        &|input| input.finding.recipient = None,
        &|input| input.finding.candidates = 0,
        &|input| input.finding.error_exponent = 0,
        &|input| drop(input.statements.remove(2)),
        &|input| input.blobs[0].reads.truncate(3),
        &|input| input.blobs.truncate(0),
        &|input| input.finding.verdict = Verdict::Exact,
        &|input| input.finding.verdict = Verdict::Inconclusive,
        &|input| input.finding.alternatives[1].explains = true,
        &|input| {
            let bits = input
                .blobs
                .iter()
                .flat_map(|blob| &blob.reads)
                .map(|read| Some(read.opening.bit));
            input.finding.alternatives[0].variants = bits.collect();
        },
        &|input| input.case = "two\nlines".to_owned(),
    ] {
        let error = refused(change);
        assert!(
            matches!(error, PackError::WouldNotVerify(_) | PackError::Note(_)),
            "{error}"
        );
    }
    let error = write_pack(&input(Verdict::Strong), &forger()).unwrap_err();
    assert!(matches!(error, PackError::WouldNotVerify(_)), "{error}");
}
