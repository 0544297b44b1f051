//! Makes the built-in background of the leak index: which fingerprints many published packages have.

use super::real_files;
use anyhow::{Context, Result};
use ringfence_similar::{Background, Fingerprints, tokens::kin};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Fingerprints that are listed: 150 kB.
const LISTED: usize = 32_768;

/// Counts over all packages at hand and writes the table; it is a part of the index's format, so a new one means a new version of it.
pub fn write_background(file: &Path) -> Result<()> {
    let mut packages: BTreeMap<(u64, String), BTreeSet<u64>> = BTreeMap::new();
    for real in real_files(usize::MAX) {
        let package = packages.entry((kin(real.language), real.package)).or_default();
        package.extend(Fingerprints::of(real.language, &real.text).keys());
    }
    let mut of_kin: BTreeMap<u64, usize> = BTreeMap::new();
    for (kin, _) in packages.keys() {
        *of_kin.entry(*kin).or_default() += 1;
    }
    let mut counts: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    for ((kin, _), keys) in packages {
        for key in keys {
            let count = counts.entry(key).or_default();
            count.0 += 1;
            count.1 = of_kin.get(&kin).copied().unwrap_or(0);
        }
    }
    let background = Background::from_counts(&counts, LISTED);
    let bytes = background.encode();
    eprintln!(
        "{} of {} fingerprints listed, {} bytes, from {:?} packages by language",
        background.len(),
        counts.len(),
        bytes.len(),
        of_kin.values().collect::<Vec<_>>()
    );
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}
