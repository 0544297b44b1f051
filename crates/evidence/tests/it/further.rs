//! A pack that names two copies and more: what it opens of each, what it says, and that both verifiers find every change.

use ringfence_evidence::container::{self, Members};
use ringfence_evidence::{
    FurtherName, OpenedBlob, OpenedRead, PackInput, Trust, Verdict, verify_pack, write_pack,
};
use ringfence_ledger::{Hash, Statement, StatementBuilder};
use ringfence_mark::codeword::{CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::commitment::{BlobCommitment, BlobRoot, open_root, root_of_roots};
use ringfence_mark::model::{Profile, SiteTable, Variant};
use ringfence_mark::score::{Observation, ScoreTable, conditional_score};

use crate::changed::zip_of;
use crate::forged::signed_again;
use crate::sample::{Log, input, key, signer, table};
use crate::verifiers::{Answer, agree, all_answer};

const NAMES: [(&str, &str); 3] = [
    ("nordwind", "acme.example/nordwind"),
    ("suedwerk", "acme.example/suedwerk"),
    ("ostwind", "acme.example/ostwind"),
];
const CODE: CodeKey = CodeKey([2; 32]);

fn recipient_key(name: usize) -> RecipientKey {
    RecipientKey([name as u8 + 11; 32])
}

fn statement(kind: &str, recipient: &str) -> StatementBuilder {
    Statement::builder(kind, "2026-11-21T21:30:00Z", "act_01j9").subject("recipient", recipient)
}

/// What one of the names was delivered: its own blob and one that all have.
fn tables_of(name: usize) -> [(u32, SiteTable); 2] {
    let own = name as u32 + 1;
    [(own, table(own, 220)), (9, table(9, 150))]
}

/// The suspect: of each own blob the copy of its recipient, of the common one a piece of everybody's; every 25th read is wrong.
fn read_of(blob: u32, position: usize, names: usize, table: &SiteTable) -> Variant {
    let source = if blob == 9 {
        position % names
    } else {
        blob as usize - 1
    };
    let bit = codeword_bit(&recipient_key(source), &CODE, table.sites[position].id);
    match (position % 25 == 3, bit) {
        (true, Variant::One) | (false, Variant::Zero) => Variant::Zero,
        _ => Variant::One,
    }
}

fn opened(name: usize, names: usize, commitment: usize) -> (Vec<OpenedBlob>, Hash) {
    let tables = tables_of(name);
    let commitments: Vec<BlobCommitment> = tables
        .iter()
        .map(|(_, table)| BlobCommitment::new(&recipient_key(name), &CODE, table))
        .collect();
    let roots: Vec<BlobRoot> = tables
        .iter()
        .zip(&commitments)
        .map(|((blob, _), commitment)| BlobRoot {
            blob: vec![*blob as u8; 20],
            profile: Profile::Robust,
            root: commitment.root,
        })
        .collect();
    let blobs = (0..2).map(|place| {
        let (blob, table) = &tables[place];
        let reads = table.sites.iter().enumerate().map(|(position, site)| {
            let touched = position % 40 == 7;
            let read = read_of(*blob, position, names, table);
            OpenedRead {
                family: site.family,
                long: site.long,
                read: if touched && position % 80 == 7 {
                    None
                } else {
                    Some(read)
                },
                touched,
                opening: commitments[place].open(site.id).unwrap(),
            }
        });
        OpenedBlob {
            root: roots[place].clone(),
            path: open_root(&roots, place).unwrap().unwrap(),
            commitment,
            reads: reads.collect(),
        }
    });
    (blobs.collect(), Hash(root_of_roots(&roots).unwrap()))
}

/// A case that names so many copies.
fn naming(names: usize) -> PackInput {
    let mut input = input(Verdict::Strong);
    let ours = input.statements.pop().unwrap();
    input.statements.clear();
    let mut all = Vec::new();
    for (name, (recipient, origin)) in NAMES.iter().enumerate().take(names) {
        let mut log = Log::new(origin);
        let place = input.statements.len();
        let (blobs, root) = opened(name, names, place);
        for entry in [
            statement("codeword-commitment", recipient).field("root", root),
            statement("delivery-begun", recipient),
            statement("delivery-ended", recipient),
        ] {
            log.append(entry.build().unwrap());
        }
        input.statements.extend([log.prove(0), log.prove(1)]);
        all.push(FurtherName {
            recipient: (*recipient).to_owned(),
            recipient_log: (*origin).to_owned(),
            blobs,
        });
    }
    input.statements.push(ours);
    input.further = all.split_off(1);
    input.blobs = all.pop().unwrap().blobs;
    for alternative in &mut input.finding.alternatives {
        alternative.variants.clear();
    }
    input
}

fn pack() -> Vec<u8> {
    write_pack(&naming(2), &signer()).unwrap().bytes
}

#[test]
fn further_names_are_verified_by_both_and_said() {
    let packs: Vec<(String, Vec<u8>)> = (1..=3)
        .map(|names| {
            let bytes = write_pack(&naming(names), &signer()).unwrap().bytes;
            (format!("{names} names"), bytes)
        })
        .collect();
    all_answer(&packs, Some(&key()), Answer::Trusted);
    all_answer(&packs, None, Answer::Consistent);
    let report = verify_pack(&packs[2].1, Some(&[key()]));
    assert_eq!(report.trust, Trust::Trusted);
    let printed = report.to_string();
    let claim = report.claim.unwrap();
    let further: Vec<&str> = claim.further.iter().map(|name| name.recipient.as_str()).collect();
    assert_eq!(further, ["suedwerk", "ostwind"]);
    // ln(12 * 2 * 1e9) = 23.901320..., and the logarithms of 6 and of 15 more.
    let thresholds: Vec<i64> = claim.further.iter().map(|name| name.threshold).collect();
    assert_eq!(thresholds, [25_693_080, 26_609_370]);
    assert!(claim.further.iter().all(|name| name.score > name.threshold));
    assert!(
        printed.contains("and the copy delivered to suedwerk;"),
        "{printed}"
    );
    let members = container::read(&packs[2].1).unwrap();
    let readme = String::from_utf8(members["README.txt"].clone()).unwrap();
    assert!(
        readme.contains("It also holds marks of the copy delivered to: ostwind."),
        "{readme}"
    );
    assert!(readme.contains("the bounds of all names add up"));
    // A pack of one name is as it always was.
    let members = container::read(&packs[0].1).unwrap();
    assert!(!members.contains_key("exhibits/further.json"));
    assert!(
        String::from_utf8(members["exhibits/claim.json"].clone())
            .unwrap()
            .ends_with(",\"v\":1,\"verdict\":\"strong\"}")
    );
}

#[test]
fn a_further_score_is_that_of_the_scorer_with_unopened_leaves_as_zero() {
    let input = naming(2);
    let first: std::collections::BTreeMap<_, _> = input
        .blobs
        .iter()
        .flat_map(|blob| &blob.reads)
        .map(|read| (read.opening.site, read.opening.bit))
        .collect();
    let reads: Vec<&OpenedRead> = input.further[0]
        .blobs
        .iter()
        .flat_map(|blob| &blob.reads)
        .collect();
    let observations: Vec<Observation> = reads
        .iter()
        .map(|read| Observation {
            family: read.family,
            long: read.long,
            bias: read.opening.bias,
            read: read.read,
            bit: read.opening.bit,
            touched: read.touched,
        })
        .collect();
    let bits: Vec<Variant> = reads
        .iter()
        .map(|read| first.get(&read.opening.site).copied().unwrap_or(Variant::Zero))
        .collect();
    assert!(bits.contains(&Variant::One) && reads.iter().any(|read| !first.contains_key(&read.opening.site)));
    let expected = conditional_score(&ScoreTable::after(1), &observations, &[&bits]);
    let claim = verify_pack(&pack(), None).claim.unwrap();
    let stated = claim.further[0].score as f64 / 1e6;
    assert!((expected - stated).abs() < 2e-6, "{expected} {stated}");
}

#[test]
fn every_flip_and_loss_in_the_members_of_further_names_is_found() {
    let members = container::read(&pack()).unwrap();
    let new: Vec<&String> = members
        .keys()
        .filter(|name| name.contains("further") || name.contains("score-table/") || name.contains("claim"))
        .collect();
    assert_eq!(new.len(), 3);
    let mut packs = Vec::new();
    for name in new {
        let bytes = &members[name];
        for place in 0..12 {
            let at = (bytes.len() - 1) * place / 11;
            for bit in [0, 3] {
                let mut changed = members.clone();
                changed.get_mut(name).unwrap()[at] ^= 1 << bit;
                packs.push((format!("{name}: bit {bit} of byte {at}"), zip_of(&changed)));
                // The same by whoever has the key, wherever it still is text: the content betrays it.
                packs.push((
                    format!("{name}: signed, bit {bit} of byte {at}"),
                    signed_again(changed, &signer()),
                ));
            }
        }
        let mut changed = members.clone();
        changed.remove(name);
        packs.push((format!("{name}: missing"), zip_of(&changed)));
        packs.push((
            format!("{name}: missing, signed"),
            signed_again(changed, &signer()),
        ));
    }
    // Names, notes and times that only a person reads may change under a new signature.
    for ((name, _), answer) in packs.iter().zip(agree(&packs, Some(&key()))) {
        assert!(
            answer == Answer::Failed || name.starts_with("exhibits/claim.json: signed"),
            "{name}: {answer:?}"
        );
    }
}

/// Replaces the first occurrence, which must exist, and signs again.
fn replaced(members: &Members, name: &str, from: &str, to: &str) -> (String, Vec<u8>) {
    let before = String::from_utf8(members[name].clone()).unwrap();
    assert!(before.contains(from), "{name} has no {from}");
    let mut members = members.clone();
    members.insert(name.to_owned(), before.replacen(from, to, 1).into_bytes());
    (
        format!("{name}: {from} to {to}"),
        signed_again(members, &signer()),
    )
}

#[test]
fn the_owner_signing_again_gets_no_other_further_name_through() {
    let members = container::read(&pack()).unwrap();
    let whole = signed_again(members.clone(), &signer());
    assert_eq!(
        agree(&[("unchanged".to_owned(), whole)], Some(&key())),
        [Answer::Trusted]
    );
    let claim = verify_pack(&pack(), None).claim.unwrap();
    let name = &claim.further[0];
    let (file, reads) = ("exhibits/claim.json", "exhibits/further.json");
    let number =
        |key: &str, value: i64, by: i64| (format!("\"{key}\":{value}"), format!("\"{key}\":{}", value + by));
    let mut packs = Vec::new();
    for (key, value) in [
        ("score", name.score),
        ("threshold", name.threshold),
        ("sites_read", i64::from(name.sites_read)),
    ] {
        for by in [-3, 3] {
            let (from, to) = number(key, value, by);
            packs.push(replaced(&members, file, &from, &to));
        }
    }
    for (member, from, to) in [
        (file, "\"recipient\":\"suedwerk\"", "\"recipient\":\"ostwind\""),
        (file, "acme.example/suedwerk", "acme.example/nordwind"),
        (file, "acme.example/suedwerk", "acme.example/ostwind"),
        (file, "\"v\":2", "\"v\":1"),
        (file, "\"v\":2", "\"v\":3"),
        (file, "\"candidates\":12", "\"candidates\":13"),
        (file, "\"verdict\":\"strong\"", "\"verdict\":\"inconclusive\""),
        (reads, "\"v\":2", "\"v\":1"),
        (reads, "\"bit\":0", "\"bit\":1"),
        (reads, "\"read\":0", "\"read\":1"),
        (reads, "\"long\":0", "\"long\":1"),
        (reads, "\"read\":1", "\"read\":null"),
        (reads, "\"touched\":true", "\"touched\":false"),
        (reads, "\"profile\":\"robust\"", "\"profile\":\"steady\""),
        (reads, "statements/0003.json", "statements/0001.json"),
        (reads, "statements/0003.json", "statements/0009.json"),
        (reads, "\"names\":[", "\"names\":[{\"blobs\":[]},"),
    ] {
        packs.push(replaced(&members, member, from, to));
    }
    // Another table, a table too many, and the further name alone left out.
    let mut changed = members.clone();
    changed.insert(
        "exhibits/score-table/0001.json".to_owned(),
        ScoreTable::after(2).to_canonical_json().into_bytes(),
    );
    packs.push(("another table".to_owned(), signed_again(changed, &signer())));
    let mut changed = members.clone();
    changed.insert(
        "exhibits/score-table/0002.json".to_owned(),
        ScoreTable::after(2).to_canonical_json().into_bytes(),
    );
    packs.push(("a table too many".to_owned(), signed_again(changed, &signer())));
    let text = String::from_utf8(members[file].clone()).unwrap();
    let (start, end) = (
        text.find("\"further\":[").unwrap(),
        text.find("}],\"made_at\"").unwrap(),
    );
    let mut changed = members.clone();
    let without = format!("{}{}", &text[..start], &text[end + 3..]);
    changed.insert(file.to_owned(), without.clone().into_bytes());
    packs.push((
        "no further name".to_owned(),
        signed_again(changed.clone(), &signer()),
    ));
    changed.insert(
        file.to_owned(),
        without.replace("\"v\":2", "\"v\":1").into_bytes(),
    );
    packs.push((
        "no further name, version 1".to_owned(),
        signed_again(changed, &signer()),
    ));
    all_answer(&packs, Some(&key()), Answer::Failed);
}

#[test]
fn what_would_not_verify_is_not_written_either() {
    for change in [
        &(|input: &mut PackInput| input.further[0].recipient = "ostwind".to_owned())
            as &dyn Fn(&mut PackInput),
        // The first name once more: given itself it says nothing.
        &|input| {
            input.further[0] = FurtherName {
                recipient: "nordwind".to_owned(),
                recipient_log: "acme.example/nordwind".to_owned(),
                blobs: input.blobs.clone(),
            };
        },
        &|input| input.further[0].blobs.truncate(0),
        &|input| input.further[0].blobs[0].reads.truncate(4),
        &|input| input.further = vec![input.further[0].clone(); 6],
        &|input| {
            input.finding.verdict = Verdict::Inconclusive;
            input.finding.recipient = None;
            input.finding.recipient_log = None;
            input.blobs.clear();
        },
    ] {
        let mut input = naming(2);
        change(&mut input);
        let error = write_pack(&input, &signer()).unwrap_err();
        assert!(error.to_string().contains("would not verify"), "{error}");
    }
}
