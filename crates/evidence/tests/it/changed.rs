//! Changes that anyone can make to a pack without a key.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use ringfence_evidence::container::{self, Members};

use crate::sample::{key, pack};
use crate::verifiers::{Answer, agree, all_answer};

type Packs = Vec<(String, Vec<u8>)>;

/// Writes members in any order and with any names, as an attacker may: stored, correct sizes and checksums.
pub fn raw_zip<'m>(members: impl IntoIterator<Item = (&'m str, &'m [u8])>) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, bytes) in members {
        let mut checksum = flate2::Crc::new();
        checksum.update(bytes);
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        header.extend(checksum.sum().to_le_bytes());
        header.extend((bytes.len() as u32).to_le_bytes());
        header.extend((bytes.len() as u32).to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        directory.extend([b'P', b'K', 1, 2, 20, 0]);
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend([b'P', b'K', 3, 4]);
        out.extend(&header);
        out.extend(name.as_bytes());
        out.extend(bytes);
        count += 1;
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend([b'P', b'K', 5, 6, 0, 0, 0, 0]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

pub fn zip_of(members: &Members) -> Vec<u8> {
    raw_zip(
        members
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    )
}

#[test]
fn every_member_flipped_missing_doubled_renamed_or_emptied_is_found() {
    let members = container::read(&pack()).unwrap();
    assert_eq!(
        agree(&[("untouched".to_owned(), zip_of(&members))], Some(&key())),
        [Answer::Trusted]
    );
    let mut packs = Packs::new();
    for (position, (name, bytes)) in members.iter().enumerate() {
        for (what, at) in [
            ("first", 0),
            ("middle", bytes.len() / 2),
            ("last", bytes.len().saturating_sub(1)),
        ] {
            let mut changed = members.clone();
            changed.get_mut(name).unwrap()[at] ^= 1 << (position % 7);
            packs.push((format!("{name}: {what} byte flipped"), zip_of(&changed)));
        }
        let mut changed = members.clone();
        changed.remove(name);
        packs.push((format!("{name}: missing"), zip_of(&changed)));
        changed.insert(name.replace('.', "0."), bytes.clone());
        packs.push((format!("{name}: renamed"), zip_of(&changed)));
        changed = members.clone();
        changed.insert(name.clone(), Vec::new());
        packs.push((format!("{name}: emptied"), zip_of(&changed)));
        changed.insert(name.clone(), [bytes.as_slice(), b"\n"].concat());
        packs.push((format!("{name}: longer"), zip_of(&changed)));

        let mut list: Vec<(&str, &[u8])> = members
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        list.insert(position, list[position]);
        packs.push((format!("{name}: doubled"), raw_zip(list.clone())));
        list[position].1 = b"other";
        packs.push((format!("{name}: doubled with other bytes"), raw_zip(list)));
    }
    all_answer(&packs, Some(&key()), Answer::Failed);
}

#[test]
fn extra_reordered_and_swapped_members_and_odd_names_are_found() {
    let members = container::read(&pack()).unwrap();
    let list = || -> Vec<(&str, &[u8])> {
        members
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect()
    };
    let mut packs = Packs::new();
    for extra in [
        "extra.txt",
        "statements/0009.json",
        "proofs/0009.tlog-proof",
        "exhibits/suspect/0009.bin",
        "agreement/0009.terms",
        "../escape",
        "/absolute",
        "a//b",
        "a/./b",
        "a/",
        "",
        "name with space",
        "back\\slash",
        "readme.TXT",
        "\u{e4}.txt",
        "nul\0byte",
        "exhibits/suspect/0001.bin/x",
    ] {
        let mut with = list();
        let at = with.partition_point(|(name, _)| *name < extra);
        with.insert(at, (extra, b"extra"));
        packs.push((format!("extra {extra:?}"), raw_zip(with)));
    }
    let mut reversed = list();
    reversed.reverse();
    packs.push(("reversed".to_owned(), raw_zip(reversed)));
    for at in 0..members.len() - 1 {
        let mut swapped = list();
        swapped.swap(at, at + 1);
        packs.push((format!("members {at} and next reordered"), raw_zip(swapped)));
        let mut swapped = list();
        (swapped[at].1, swapped[at + 1].1) = (swapped[at + 1].1, swapped[at].1);
        packs.push((
            format!("bytes of members {at} and next swapped"),
            raw_zip(swapped),
        ));
    }
    let mut changed = members.clone();
    let (first, second) = (
        members["proofs/0001.tlog-proof"].clone(),
        members["proofs/0002.tlog-proof"].clone(),
    );
    changed.insert("proofs/0001.tlog-proof".to_owned(), second);
    changed.insert("proofs/0002.tlog-proof".to_owned(), first);
    packs.push(("proofs swapped".to_owned(), zip_of(&changed)));
    all_answer(&packs, Some(&key()), Answer::Failed);
}

#[test]
fn what_is_no_zip_or_hides_bytes_is_refused() {
    let whole = pack();
    let mut packs = Packs::new();
    for length in [
        0,
        1,
        21,
        22,
        100,
        whole.len() / 2,
        whole.len() - 22,
        whole.len() - 1,
    ] {
        packs.push((format!("cut to {length}"), whole[..length].to_vec()));
    }
    packs.push((
        "bytes before".to_owned(),
        [b"#!/bin/sh\n".as_slice(), &whole].concat(),
    ));
    packs.push(("bytes after".to_owned(), [whole.as_slice(), b"x"].concat()));
    packs.push(("two packs".to_owned(), [whole.clone(), whole.clone()].concat()));
    packs.push(("empty zip".to_owned(), raw_zip([])));
    packs.push(("text".to_owned(), b"this is not a pack".to_vec()));
    all_answer(&packs, Some(&key()), Answer::Failed);
}

#[test]
fn a_bomb_is_refused_without_inflating_it() {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(9));
    writer.start_file("README.txt", options).unwrap();
    writer.write_all(&vec![0; 40 << 20]).unwrap();
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    all_answer(&[("bomb".to_owned(), bomb)], None, Answer::Failed);
}

#[test]
fn any_changed_byte_gets_one_answer_from_both() {
    let whole = pack();
    let mut runner = TestRunner::new(ProptestConfig::default());
    let (directory, length) = (u32_at(&whole, whole.len() - 6) as usize, whole.len());
    // Half of the changes go to the zip's own records, where two readers differ most easily.
    let strategy = (prop_oneof![0..length, directory..length], 1..=255_u8);
    let mut packs = Packs::new();
    for _ in 0..128 {
        let (at, change) = strategy.new_tree(&mut runner).unwrap().current();
        let mut changed = whole.clone();
        changed[at] ^= change;
        packs.push((format!("byte {at} changed by {change}"), changed));
    }
    for (name, pack) in changed_headers(&whole) {
        packs.push((name, pack));
    }
    let members = container::read(&whole).unwrap();
    for ((name, pack), answer) in packs.iter().zip(agree(&packs, Some(&key()))) {
        // A date or an attribute of the zip is nobody's evidence; the members are what must not change.
        let same = container::read(pack).is_ok_and(|read| read == members);
        assert_eq!(
            answer,
            if same { Answer::Trusted } else { Answer::Failed },
            "{name}"
        );
    }
}

/// Every byte of the first local header, of the first directory entry and of the end record.
fn changed_headers(whole: &[u8]) -> Packs {
    let directory = u32_at(whole, whole.len() - 6) as usize;
    let records = (0..40)
        .chain(directory..directory + 56)
        .chain(whole.len() - 22..whole.len());
    records
        .map(|at| {
            let mut changed = whole.to_vec();
            changed[at] ^= 1 << (at % 8);
            (format!("header byte {at}"), changed)
        })
        .collect()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}
