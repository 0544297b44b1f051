use proptest::prelude::*;
use ringfence_ledger::{
    Checkpoint, NoteError, NoteSigner, SignedNote, Statement, TlogProof, VerifierKey, inclusion_proof,
};

use crate::Log;

const ENTRY: &[u8] = include_bytes!("../fixtures/v1.entry");
const PROOF: &[u8] = include_bytes!("../fixtures/v1.tlog-proof");
const CHECKPOINT: &[u8] = include_bytes!("../fixtures/v1.checkpoint");
const FRONTIER: &[u8] = include_bytes!("../fixtures/v1.frontier");
const KEY: &str = include_str!("../fixtures/v1.key");

fn signer() -> NoteSigner {
    NoteSigner::new("ledger.acme.example", &[7; 32]).unwrap()
}

fn entry() -> Statement {
    Statement::builder("delivery-begun", "2026-11-21T21:30:00Z", "act_01j9")
        .subject("recipient", "nordwind")
        .subject("view", "pricing")
        .field("objects", 120_u32)
        .commitment("manifest", ringfence_ledger::commit(&[3; 32], b"manifest"))
        .build()
        .unwrap()
}

fn proof() -> (TlogProof, Log) {
    let mut log = Log::of(700);
    log.append(entry().as_bytes());
    for number in 701..1_000 {
        log.append(format!("entry {number}").as_bytes());
    }
    let head = Checkpoint {
        origin: "acme.example/nordwind".to_owned(),
        size: log.frontier.size(),
        root: log.frontier.root(),
    };
    let path = inclusion_proof(700, 1_000, &log.nodes).unwrap();
    (
        TlogProof {
            index: 700,
            path,
            checkpoint: head.sign(&signer()).unwrap(),
        },
        log,
    )
}

#[test]
fn version_1_is_read_and_written_for_ever() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(key, signer().verifier_key());
    let stored = TlogProof::parse(PROOF).unwrap();
    let head = stored.verify(ENTRY, std::slice::from_ref(&key)).unwrap();
    assert_eq!(
        (head.origin.as_str(), head.size),
        ("acme.example/nordwind", 1_000)
    );
    assert_eq!(
        Checkpoint::open(&SignedNote::parse(CHECKPOINT).unwrap(), &[key]).unwrap(),
        head
    );
    assert_eq!(Statement::parse(ENTRY).unwrap(), entry());

    let (now, log) = proof();
    assert_eq!(now, stored);
    assert_eq!(now.to_string().as_bytes(), PROOF);
    assert_eq!(log.frontier.encode(), FRONTIER);
}

/// The example key and note published with signed-note's first implementation (golang.org/x/mod/sumdb/note).
#[test]
fn the_published_example_of_signed_note_verifies() {
    let key: VerifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        .parse()
        .unwrap();
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\
                \n\
                \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let note = SignedNote::parse(note.as_bytes()).unwrap();
    assert_eq!(note.verify(std::slice::from_ref(&key)).unwrap(), [&key]);
}

#[test]
fn a_note_keeps_unknown_lines_and_refuses_wrong_ones() {
    let other = NoteSigner::new("witness.example", &[9; 32]).unwrap();
    let keys = [signer().verifier_key(), other.verifier_key()];
    let mut note = signer().sign("text\n\nwith a blank line\n").unwrap();
    other.add_signature(&mut note);
    let written = note.to_string();
    let read = SignedNote::parse(written.as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.text(), "text\n\nwith a blank line\n");
    assert_eq!(read.verify(&keys).unwrap().len(), 2);
    assert_eq!(read.verify(&keys[1..]).unwrap(), [&keys[1]]);

    let stranger = NoteSigner::new("ledger.acme.example", &[8; 32])
        .unwrap()
        .verifier_key();
    assert!(matches!(
        read.verify(&[stranger]),
        Err(NoteError::NoKnownKey { .. })
    ));
    let forged = written.replace("blank line", "blank lime");
    let forged = SignedNote::parse(forged.as_bytes()).unwrap();
    assert!(matches!(
        forged.verify(&keys),
        Err(NoteError::BadSignature { .. })
    ));
}

#[test]
fn one_key_signs_several_logs_each_under_its_origin() {
    let key = signer().verifier_key();
    let named = NoteSigner::new("acme.example/nordwind", &[7; 32]).unwrap();
    let note = named.sign("text\n").unwrap();
    assert!(note.verify(std::slice::from_ref(&key)).is_err());
    assert_eq!(key.named("acme.example/nordwind").unwrap(), named.verifier_key());
    assert!(
        note.verify(&[key.named("acme.example/nordwind").unwrap()])
            .is_ok()
    );
    assert!(key.named("two words").is_err());
}

#[test]
fn malformed_notes_names_and_keys_are_refused() {
    for name in ["", "two words", "a+b", "non\u{a0}breaking", "line\nbreak"] {
        assert!(NoteSigner::new(name, &[1; 32]).is_err(), "{name:?}");
    }
    let good = signer().sign("text\n").unwrap().to_string();
    for bad in [
        good.replace("\n\n", "\n"),
        good.replace('\u{2014}', "-"),
        good.trim_end().to_owned(),
        good.replace("text", "te\txt"),
        format!("{good}\n"),
        format!("{good}trailing\n"),
        String::new(),
        "\n\n".to_owned(),
    ] {
        assert!(SignedNote::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(SignedNote::parse(&vec![b'a'; ringfence_ledger::note::MAX_NOTE_BYTES + 1]).is_err());
    let key = signer().verifier_key().to_string();
    for bad in [
        key.replace("ledger", "Ledger"),
        key.replace("+A", "+B"),
        key.replacen('+', "-", 1),
        String::new(),
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
    }
    // The neutral point is a key under which anything verifies in careless programs.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(VerifierKey::new("weak", &neutral).is_err());
    assert_eq!(
        format!("{:?}", signer()),
        "NoteSigner(ledger.acme.example, key redacted)"
    );
}

#[test]
fn malformed_checkpoints_are_refused() {
    let good = proof().0.checkpoint.text().to_owned();
    assert!(Checkpoint::from_text(&good).is_ok());
    for bad in [
        good.replace("1000", "01000"),
        good.replace("1000", "+1000"),
        good.replace("1000", "-1"),
        good.replace("1000", "18446744073709551616"),
        format!("{good}extension\n"),
        good.trim_end().to_owned(),
        good.replacen("acme.example/nordwind", "", 1),
        good.replace('=', ""),
    ] {
        assert!(Checkpoint::from_text(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let keys = [signer().verifier_key()];
    for position in 0..PROOF.len() {
        let mut changed = PROOF.to_vec();
        changed[position] ^= 1 << (position % 8);
        let verdict = TlogProof::parse(&changed).and_then(|proof| proof.verify(ENTRY, &keys));
        assert!(verdict.is_err(), "byte {position}");
    }
    for length in 0..PROOF.len() {
        let verdict = TlogProof::parse(&PROOF[..length]).and_then(|proof| proof.verify(ENTRY, &keys));
        assert!(verdict.is_err(), "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_changed_byte_of_entry_note_or_checkpoint_is_refused(position in any::<usize>(), change in 1..=255_u8) {
        let keys = [signer().verifier_key()];
        let mut entry = ENTRY.to_vec();
        let at = position % entry.len();
        entry[at] ^= change;
        prop_assert!(TlogProof::parse(PROOF).unwrap().verify(&entry, &keys).is_err());

        let mut checkpoint = CHECKPOINT.to_vec();
        let at = position % checkpoint.len();
        checkpoint[at] ^= change;
        let opened = SignedNote::parse(&checkpoint).map(|note| Checkpoint::open(&note, &keys));
        prop_assert!(!matches!(opened, Ok(Ok(_))));
    }

    #[test]
    fn noise_is_never_a_proof_and_never_a_panic(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(TlogProof::parse(&noise).is_err());
        prop_assert!(SignedNote::parse(&noise).is_err());
        prop_assert!(Statement::parse(&noise).is_err());
    }
}
