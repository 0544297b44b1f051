//! What somebody does to a copy before it is found.

use crate::estate::File;
use ringfence_syntax::lex::{TokenKind, lex};
use ringfence_syntax::{Language, parse};
use std::collections::BTreeMap;

fn order(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Three files of ten, chosen by their names.
pub fn three_tenths(mut files: Vec<File>) -> Vec<File> {
    files.sort_by_key(|(name, _)| order(name));
    let keep = (files.len() * 3).div_ceil(10);
    files.truncate(keep);
    files
}

/// Without comments, empty lines and spaces at line ends.
pub fn stripped(language: Language, text: &[u8]) -> Vec<u8> {
    let mut kept = text.to_vec();
    let tree = parse(language, text).unwrap();
    for node in tree.nodes().filter(ringfence_syntax::Node::is_comment) {
        for byte in &mut kept[node.start() as usize..node.end() as usize] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    let mut out = Vec::new();
    for line in kept
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
    {
        out.extend_from_slice(line.trim_ascii_end());
        out.push(b'\n');
    }
    out
}

/// Every name replaced, the same one by the same one everywhere.
pub fn renamed(language: Language, text: &[u8], names: &mut BTreeMap<Vec<u8>, String>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut done = 0;
    for token in lex(language, text)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Identifier)
    {
        let (start, end) = (token.start as usize, token.end as usize);
        out.extend_from_slice(&text[done..start]);
        let next = names.len();
        let new = names
            .entry(text[start..end].to_vec())
            .or_insert_with(|| format!("zq{next:04}"));
        out.extend_from_slice(new.as_bytes());
        done = end;
    }
    out.extend_from_slice(&text[done..]);
    out
}

/// Stripped and renamed, under names that say nothing.
pub fn disguised(language: Language, files: Vec<File>) -> Vec<File> {
    let mut names = BTreeMap::new();
    files
        .into_iter()
        .enumerate()
        .map(|(number, (name, text))| {
            let ending = name.rsplit('.').next().unwrap_or_default().to_owned();
            let text = renamed(language, &stripped(language, &text), &mut names);
            (format!("part{number}.{ending}"), text)
        })
        .collect()
}
