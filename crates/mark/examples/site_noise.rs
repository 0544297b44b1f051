//! Which sites change their ids although nothing within three lines of them did: two versions of a project, file by file.
//!
//! `cargo run -p ringfence-mark --example site_noise -- OLD NEW`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a report for developers"
)]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Family, Profile, SiteTable};
use ringfence_mark::site_table;
use ringfence_syntax::Language;

/// Lines around a site that must be the same.
const NEAR: usize = 3;

#[derive(Default)]
struct Count {
    files: usize,
    kept: BTreeMap<Family, usize>,
    lost: BTreeMap<Family, usize>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut counts: BTreeMap<Language, Count> = BTreeMap::new();
    compare(Path::new(&arguments[0]), Path::new(&arguments[1]), &mut counts);
    for (language, count) in counts {
        let (kept, lost): (usize, usize) = (count.kept.values().sum(), count.lost.values().sum());
        println!(
            "{}: {} changed files, {kept} sites kept, {lost} changed their id away from every edit",
            language.name(),
            count.files
        );
        for (family, sites) in &count.lost {
            println!(
                "  {:18} {sites} of {}",
                family.name(),
                sites + count.kept.get(family).unwrap_or(&0)
            );
        }
    }
}

fn compare(old: &Path, new: &Path, counts: &mut BTreeMap<Language, Count>) {
    if old.is_dir() {
        for entry in std::fs::read_dir(old).unwrap() {
            let entry = entry.unwrap();
            compare(&entry.path(), &new.join(entry.file_name()), counts);
        }
        return;
    }
    let (Ok(before), Ok(after)) = (std::fs::read(old), std::fs::read(new)) else {
        return;
    };
    let Some(language) = Language::of_file(old.as_os_str().as_encoded_bytes(), &before) else {
        return;
    };
    if before == after {
        return;
    }
    let table =
        |text: &[u8]| site_table(language, Profile::Robust, text, &AnchorKey([7; 32])).expect("a table");
    let (old_table, new_table) = (table(&before), table(&after));
    let lines: Vec<&[u8]> = before.split(|byte| *byte == b'\n').collect();
    let after_lines: Vec<&[u8]> = after.split(|byte| *byte == b'\n').collect();
    let windows =
        |size: usize| -> HashSet<Vec<&[u8]>> { after_lines.windows(size).map(<[&[u8]]>::to_vec).collect() };
    let mut known: BTreeMap<usize, HashSet<Vec<&[u8]>>> = BTreeMap::new();
    let ids: HashSet<_> = new_table.sites.iter().map(|site| site.id).collect();
    let count = counts.entry(language).or_default();
    count.files += 1;
    let SiteTable { sites, .. } = &old_table;
    for site in sites {
        let line = |offset: u32| {
            before[..offset as usize]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        };
        let first = line(site.start).saturating_sub(NEAR);
        let last = (line(site.end) + NEAR + 1).min(lines.len());
        let size = last - first;
        let is_same = size < 40
            && known
                .entry(size)
                .or_insert_with(|| windows(size))
                .contains(&lines[first..last].to_vec());
        if !is_same {
            continue;
        }
        let kind = if ids.contains(&site.id) {
            &mut count.kept
        } else {
            if std::env::var_os("SHOW").is_some() {
                println!("{}:{} {:?}", old.display(), line(site.start) + 1, site.family);
            }
            &mut count.lost
        };
        *kind.entry(site.family).or_default() += 1;
    }
}
