//! Changes by somebody who has a key: the manifest is made and signed again, so that only the content can betray them.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use ringfence_evidence::container::{self, Members};
use ringfence_ledger::{NoteSigner, Value, sha256};

use crate::sample::{RECIPIENT_LOG, forger, key, pack, signer};
use crate::verifiers::{Answer, agree, all_answer};

/// Makes manifest and signature again over changed members.
pub fn signed_again(mut members: Members, signer: &NoteSigner) -> Vec<u8> {
    members.remove("manifest.sig");
    let role = |path: &str| match path {
        "README.txt" => "readme",
        "declaration.txt" => "declaration",
        "custody.jsonl" => "custody",
        "exhibits/claim.json" => "claim",
        "exhibits/reads.json" => "reads",
        "exhibits/others.json" => "others",
        "exhibits/index.json" => "index",
        "exhibits/further.json" => "further",
        _ if path.starts_with("exhibits/score-table") => "score-table",
        "verifier/verify.py" => "verifier",
        _ if path.starts_with("statements/") => "statement",
        _ if path.starts_with("proofs/") => "proof",
        _ if path.ends_with(".terms") => "terms",
        _ if path.starts_with("agreement/") => "agreement",
        _ if path.starts_with("exhibits/suspect/") => "suspect",
        _ if path.starts_with("exhibits/owned/") => "owned",
        _ => "other",
    };
    members.remove("manifest.json");
    let files: Vec<Value> = members
        .iter()
        .map(|(path, bytes)| {
            Value::object([
                ("path", path.as_str().into()),
                ("role", role(path).into()),
                ("sha256", sha256(bytes).into()),
                ("size", Value::from(bytes.len() as u32)),
            ])
        })
        .collect();
    let manifest = Value::object([
        ("case", "case_01j9".into()),
        ("files", Value::Array(files)),
        ("format", "ringfence-pack".into()),
        (
            "keys",
            vec![key().to_string(), signer.verifier_key().to_string()].into(),
        ),
        ("v", Value::Integer(1)),
    ]);
    signed_over(members, manifest.encode().unwrap().into_bytes(), signer)
}

/// Signs any bytes as the manifest.
fn signed_over(mut members: Members, manifest: Vec<u8>, signer: &NoteSigner) -> Vec<u8> {
    let text = format!("ringfence pack manifest v1\ncase_01j9\n{}\n", sha256(&manifest));
    members.insert(
        "manifest.sig".to_owned(),
        signer.sign(&text).unwrap().to_string().into_bytes(),
    );
    members.insert("manifest.json".to_owned(), manifest);
    container::write(&members).unwrap()
}

fn members() -> Members {
    container::read(&pack()).unwrap()
}

fn text(members: &Members, name: &str) -> String {
    String::from_utf8(members[name].clone()).unwrap()
}

/// Replaces the first occurrence, which must exist.
fn replaced(name: &str, from: &str, to: &str) -> (String, Vec<u8>) {
    let mut members = members();
    let before = text(&members, name);
    assert!(before.contains(from), "{name} has no {from}");
    members.insert(name.to_owned(), before.replacen(from, to, 1).into_bytes());
    (
        format!("{name}: {from} to {to}"),
        signed_again(members, &signer()),
    )
}

/// The first occurrence of `"key":value`.
fn pair(name: &str, key: &str) -> String {
    let text = text(&members(), name);
    let rest = &text[text.find(&format!("\"{key}\":")).unwrap()..];
    rest[..rest.find([',', '}', ']']).unwrap()].to_owned()
}

#[test]
fn the_owner_signing_again_gets_no_other_story_through() {
    let whole = signed_again(members(), &signer());
    assert_eq!(
        agree(&[("nothing changed".to_owned(), whole)], Some(&key())),
        [Answer::Trusted]
    );

    let (claim, reads) = ("exhibits/claim.json", "exhibits/reads.json");
    let (score, threshold) = (pair(claim, "score"), pair(claim, "threshold"));
    let raised = |pair: &str, by: i64| {
        let (name, number) = pair.split_once(':').unwrap();
        format!("{name}:{}", number.parse::<i64>().unwrap() + by)
    };
    let flipped = |pair: &str| {
        if pair.ends_with('0') {
            pair.replace('0', "1")
        } else {
            pair.replace('1', "0")
        }
    };
    let root = pair(reads, "root");
    let changes: Vec<(&str, String, String)> = vec![
        (claim, score.clone(), raised(&score, 2)),
        (claim, score.clone(), raised(&score, -2)),
        (claim, score, "\"score\":null".into()),
        (claim, threshold.clone(), raised(&threshold, 2)),
        (claim, threshold, raised(&pair(claim, "threshold"), -2)),
        (claim, "\"candidates\":12".into(), "\"candidates\":2".into()),
        (claim, "\"candidates\":12".into(), "\"candidates\":0".into()),
        (
            claim,
            "\"candidates\":12".into(),
            "\"candidates\":4294967296".into(),
        ),
        (claim, "\"candidates\":12".into(), "\"candidates\":-1".into()),
        (claim, "\"runs\":2".into(), "\"runs\":1".into()),
        (
            claim,
            "\"error_exponent\":9".into(),
            "\"error_exponent\":18".into(),
        ),
        (
            claim,
            "\"recipient\":\"nordwind\"".into(),
            "\"recipient\":\"ostwind\"".into(),
        ),
        (
            claim,
            "\"recipient\":\"nordwind\"".into(),
            "\"recipient\":null".into(),
        ),
        (claim, RECIPIENT_LOG.into(), "acme.example/ostwind".into()),
        (
            claim,
            "\"owner_log\":\"acme.example\"".into(),
            "\"owner_log\":\"acme\"".into(),
        ),
        (
            claim,
            "\"verdict\":\"strong\"".into(),
            "\"verdict\":\"exact\"".into(),
        ),
        (
            claim,
            "\"verdict\":\"strong\"".into(),
            "\"verdict\":\"inconclusive\"".into(),
        ),
        (
            claim,
            "\"verdict\":\"strong\"".into(),
            "\"verdict\":\"certain\"".into(),
        ),
        (claim, "\"explains\":false".into(), "\"explains\":true".into()),
        (
            claim,
            "\"variants\":[null".into(),
            "\"variants\":[null,null".into(),
        ),
        (claim, "\"variants\":[null".into(), "\"variants\":[2".into()),
        (claim, "\"sites_read\":154".into(), "\"sites_read\":155".into()),
        (
            claim,
            "\"case\":\"case_01j9\"".into(),
            "\"case\":\"case_01j8\"".into(),
        ),
        (claim, "\"v\":1".into(), "\"v\":2".into()),
        (claim, "\"v\":1".into(), "\"v\":1.0".into()),
        (claim, "\"v\":1".into(), "\"v\":true".into()),
        (claim, ",\"v\":1".into(), String::new()),
        (claim, ",\"v\":1".into(), ",\"v\":1,\"w\":1".into()),
        (claim, ",\"v\":1".into(), ",\"v\":1,\"v\":1".into()),
        (claim, ",\"v\":1".into(), ", \"v\":1".into()),
        (claim, "{".into(), "[".into()),
        (reads, "\"bias\":0".into(), "\"bias\":1".into()),
        (reads, "\"bias\":0".into(), "\"bias\":3".into()),
        (reads, pair(reads, "bit"), flipped(&pair(reads, "bit"))),
        (reads, pair(reads, "read"), flipped(&pair(reads, "read"))),
        (reads, pair(reads, "long"), flipped(&pair(reads, "long"))),
        (reads, pair(reads, "read"), "\"read\":null".into()),
        (
            reads,
            "\"family\":\"blank-line\"".into(),
            "\"family\":\"idiom\"".into(),
        ),
        (
            reads,
            "\"family\":\"blank-line\"".into(),
            "\"family\":\"guess\"".into(),
        ),
        (reads, "\"touched\":false".into(), "\"touched\":true".into()),
        (reads, "\"touched\":true".into(), "\"touched\":false".into()),
        (reads, "\"touched\":true".into(), "\"touched\":1".into()),
        (
            reads,
            pair(reads, "salt"),
            format!("\"salt\":\"{}\"", "0".repeat(64)),
        ),
        (
            reads,
            pair(reads, "salt"),
            pair(reads, "salt").to_uppercase().replace("SALT", "salt"),
        ),
        (
            reads,
            pair(reads, "site"),
            format!("\"site\":\"{}\"", "0".repeat(32)),
        ),
        (reads, root, format!("\"root\":\"{}\"", "0".repeat(64))),
        (
            reads,
            "\"profile\":\"robust\"".into(),
            "\"profile\":\"steady\"".into(),
        ),
        (reads, "\"blob\":\"01".into(), "\"blob\":\"02".into()),
        (reads, "\"blob\":\"01".into(), "\"blob\":\"1".into()),
        (
            reads,
            "statements/0002.json".into(),
            "statements/0001.json".into(),
        ),
        (
            reads,
            "statements/0002.json".into(),
            "statements/0003.json".into(),
        ),
        (
            reads,
            "statements/0002.json".into(),
            "statements/0009.json".into(),
        ),
        (reads, "\"leaves\":3".into(), "\"leaves\":9".into()),
        (
            "exhibits/score-table.json",
            "\"weight\":25".into(),
            "\"weight\":24".into(),
        ),
        (
            "exhibits/others.json",
            "The owner's statement.".into(),
            "Proven.".into(),
        ),
        (
            "exhibits/index.json",
            "exhibits/owned/0002.bin".into(),
            "exhibits/owned/0003.bin".into(),
        ),
        (
            "exhibits/index.json",
            "\"role\":\"suspect\"".into(),
            "\"role\":\"owned\"".into(),
        ),
        (
            "exhibits/index.json",
            pair("exhibits/index.json", "sha256"),
            format!("\"sha256\":\"{}\"", "0".repeat(64)),
        ),
        ("agreement/0001.json", "0001.terms".into(), "0002.terms".into()),
        ("agreement/0001.json", "\"document\":null,".into(), String::new()),
        ("agreement/0001.terms", "confidential".into(), "anywhere".into()),
        ("custody.jsonl", "\"step\":\"read\"".into(), "\"step\":7".into()),
        ("custody.jsonl", "\n".into(), String::new()),
        ("custody.jsonl", "\n".into(), "\n\n".into()),
        ("statements/0003.json", "120".into(), "121".into()),
        ("statements/0003.json", "\"v\":1".into(), "\"v\":2".into()),
        ("proofs/0003.tlog-proof", "index 2".into(), "index 3".into()),
        ("proofs/0003.tlog-proof", "index 2".into(), "index 02".into()),
        ("proofs/0003.tlog-proof", "\n43\n".into(), "\n44\n".into()),
        (
            "proofs/0003.tlog-proof",
            "c2sp.org/tlog-proof@v1\n".into(),
            "c2sp.org/tlog-proof@v1\nextra AA==\n".into(),
        ),
    ];
    let packs: Vec<(String, Vec<u8>)> = changes
        .iter()
        .map(|(name, from, to)| replaced(name, from, to))
        .collect();
    all_answer(&packs, Some(&key()), Answer::Failed);
}

#[test]
fn statements_and_proofs_must_pair_and_commitments_precede_a_delivery() {
    let mut packs = Vec::new();
    let mut without = |what: &str, names: &[&str]| {
        let mut members = members();
        names.iter().for_each(|name| drop(members.remove(*name)));
        packs.push((what.to_owned(), signed_again(members, &signer())));
    };
    without("no proof", &["proofs/0001.tlog-proof"]);
    without("no statement", &["statements/0001.json"]);
    without("no delivery", &["statements/0003.json", "proofs/0003.tlog-proof"]);
    without(
        "no commitment",
        &["statements/0002.json", "proofs/0002.tlog-proof"],
    );
    without("no signatures", &["agreement/0001.json"]);
    without("no terms", &["agreement/0001.terms"]);
    without("no table", &["exhibits/score-table.json"]);
    without("no readme", &["README.txt"]);
    let mut twice = members();
    twice.insert(
        "statements/0005.json".to_owned(),
        twice["statements/0001.json"].clone(),
    );
    twice.insert(
        "proofs/0005.tlog-proof".to_owned(),
        twice["proofs/0001.tlog-proof"].clone(),
    );
    packs.push(("an entry twice".to_owned(), signed_again(twice, &signer())));
    let mut crossed = members();
    let (first, second) = (
        crossed["proofs/0001.tlog-proof"].clone(),
        crossed["proofs/0002.tlog-proof"].clone(),
    );
    crossed.insert("proofs/0001.tlog-proof".to_owned(), second);
    crossed.insert("proofs/0002.tlog-proof".to_owned(), first);
    packs.push(("proofs crossed".to_owned(), signed_again(crossed, &signer())));
    all_answer(&packs, Some(&key()), Answer::Failed);

    let mut fewer = members();
    fewer.remove("statements/0001.json");
    fewer.remove("proofs/0001.tlog-proof");
    let fewer = signed_again(fewer, &signer());
    assert_eq!(
        agree(&[("one entry fewer".to_owned(), fewer)], Some(&key())),
        [Answer::Trusted]
    );
}

#[test]
fn another_key_is_never_trusted() {
    let forged = vec![(
        "signed by a forger".to_owned(),
        signed_again(members(), &forger()),
    )];
    assert_eq!(
        agree(&forged, Some(&key())),
        [Answer::Consistent],
        "the owner's key signed only the logs"
    );
    assert_eq!(
        agree(&forged, Some(&forger().verifier_key())),
        [Answer::Consistent],
        "the forger's key only the pack"
    );
    assert_eq!(agree(&forged, None), [Answer::Consistent]);

    let named = NoteSigner::new("another.name", &[7; 32]).unwrap().verifier_key();
    assert_eq!(
        agree(&[("the key by another name".to_owned(), pack())], Some(&named)),
        [Answer::Trusted]
    );

    let mut broken = members();
    let note = text(&broken, "manifest.sig");
    let other = text(
        &container::read(&signed_again(members(), &forger())).unwrap(),
        "manifest.sig",
    );
    let line = other.lines().last().unwrap();
    broken.insert("manifest.sig".to_owned(), format!("{note}{line}\n").into_bytes());
    let broken = container::write(&broken).unwrap();
    assert_eq!(
        agree(&[("an unknown line more".to_owned(), broken)], Some(&key())),
        [Answer::Trusted]
    );
}

/// Readers of the same text differ in odd places: numbers, escapes, white space, repeated keys. Whatever the owner signs, both
/// verifiers must read it alike.
#[test]
fn any_byte_changed_and_signed_again_gets_one_answer_from_both() {
    let whole = members();
    let names: Vec<&String> = whole
        .keys()
        .filter(|name| !name.ends_with("score-table.json"))
        .collect();
    let mut runner = TestRunner::new(ProptestConfig::default());
    let symbols = b"0123456789abefltun\",:{}[] \n\t-+.\\/=\x00\x7f\xc3".to_vec();
    let strategy = (
        any::<usize>(),
        any::<usize>(),
        proptest::sample::select(symbols),
        any::<bool>(),
    );
    let mut packs = Vec::new();
    for _ in 0..128 {
        let (member, at, symbol, insert) = strategy.new_tree(&mut runner).unwrap().current();
        let name = names[member % names.len()];
        let mut changed = whole.clone();
        let bytes = changed.get_mut(name).unwrap();
        let at = at % bytes.len();
        if insert {
            bytes.insert(at, symbol);
        } else {
            bytes[at] = symbol;
        }
        let bytes = bytes.clone();
        let pack = match name.as_str() {
            "manifest.json" => signed_over(changed, bytes, &signer()),
            "manifest.sig" => container::write(&changed).unwrap(),
            _ => signed_again(changed, &signer()),
        };
        packs.push((format!("{name}: byte {at} {symbol:?} (inserted: {insert})"), pack));
    }
    let answers = agree(&packs, Some(&key()));
    assert!(
        answers.contains(&Answer::Failed) && answers.contains(&Answer::Trusted),
        "{answers:?}"
    );
}
