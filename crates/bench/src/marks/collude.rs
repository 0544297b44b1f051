//! Several recipients make one text of their copies.

use super::random::Random;
use anyhow::Result;
use ringfence_mark::codeword::{CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{Site, Variant};
use ringfence_mark::read::CanonicalFile;
use ringfence_mark::{render, render_with_map};
use std::collections::BTreeSet;

/// How they choose where their copies differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Each place from a random one of them.
    Interleave,
    /// What most of them have.
    Majority,
    /// What fewest of them have.
    Minority,
    /// Lines in which the copies differ are deleted; what is longer is taken from a random one.
    Erase,
    /// Each file from a random one of them.
    Files,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Interleave,
        Self::Majority,
        Self::Minority,
        Self::Erase,
        Self::Files,
    ];

    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interleave => "interleave",
            Self::Majority => "majority",
            Self::Minority => "minority",
            Self::Erase => "erase differences",
            Self::Files => "mix files",
        }
    }
}

/// Longest stretch of text that is deleted because copies differ in it, in lines.
const LONGEST_ERASED: usize = 2;

/// Makes the text of one file from the copies of the colluders.
pub fn mix(
    strategy: Strategy,
    file: &CanonicalFile,
    colluders: &[RecipientKey],
    code: &CodeKey,
    seed: u64,
) -> Result<Vec<u8>> {
    let of_file = Random::new(seed ^ Random::hash(file.name.as_bytes())).below(colluders.len());
    let bits = |site: &Site| -> Vec<Variant> {
        colluders
            .iter()
            .map(|key| codeword_bit(key, code, site.id))
            .collect()
    };
    let choose = |site: &Site| {
        let bits = bits(site);
        let ones = bits.iter().filter(|bit| **bit == Variant::One).count();
        let random = Random::new(seed ^ Random::hash(&site.id.0)).below(bits.len());
        let any = bits.get(random).copied().unwrap_or(site.canonical);
        let most = match ones.saturating_mul(2).cmp(&bits.len()) {
            std::cmp::Ordering::Less => Variant::Zero,
            std::cmp::Ordering::Greater => Variant::One,
            std::cmp::Ordering::Equal => any,
        };
        match strategy {
            Strategy::Files => bits.get(of_file).copied().unwrap_or(site.canonical),
            Strategy::Interleave | Strategy::Erase => any,
            Strategy::Majority => most,
            Strategy::Minority if ones == 0 || ones == bits.len() => most,
            Strategy::Minority if ones.saturating_mul(2) == bits.len() => any,
            Strategy::Minority if most == Variant::One => Variant::Zero,
            Strategy::Minority => Variant::One,
        }
    };
    if strategy != Strategy::Erase {
        return Ok(render(&file.table, &file.text, &choose)?);
    }
    let rendering = render_with_map(&file.table, &file.text, &choose)?;
    let differ = |index: u32| {
        file.table.sites.get(index as usize).is_some_and(|site| {
            let text = file
                .text
                .get(site.start as usize..site.end as usize)
                .unwrap_or_default();
            let bits = bits(site);
            text.iter().filter(|byte| **byte == b'\n').count() < LONGEST_ERASED
                && bits.iter().any(|bit| bits.first() != Some(bit))
        })
    };
    let mut erased: BTreeSet<usize> = BTreeSet::new();
    let breaks: Vec<usize> = rendering
        .bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at)
        .collect();
    let line_of = |at: u32| breaks.partition_point(|end| *end < at as usize);
    for segment in &rendering.segments {
        if segment.site.is_some_and(differ) && segment.out.start < segment.out.end {
            erased.extend(line_of(segment.out.start)..=line_of(segment.out.end.saturating_sub(1)));
        }
    }
    Ok(rendering
        .bytes
        .split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(line, _)| !erased.contains(line))
        .flat_map(|(_, line)| line.iter().copied())
        .collect())
}
