//! Counts sites per 1,000 non-blank lines by family and language, and the speed against one bare parse.
//!
//! `cargo run -p ringfence-mark --example site_census -- DIRECTORY...`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a report for developers"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Family, Profile, Variant};
use ringfence_mark::{render, site_table};
use ringfence_syntax::Language;

#[derive(Default)]
struct Count {
    files: usize,
    bytes: usize,
    lines: usize,
    parsing: Duration,
    finding: Duration,
    rendering: Duration,
    ids: usize,
    sites: BTreeMap<Family, usize>,
}

fn main() {
    let key = AnchorKey([7; 32]);
    let mut counts: BTreeMap<Language, Count> = BTreeMap::new();
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = if folder.is_dir() {
            std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect()
        } else {
            vec![folder]
        };
        entries.sort();
        for path in entries {
            if path.is_dir() {
                if !path.is_symlink() {
                    folders.push(path);
                }
                continue;
            }
            let Some(language) = Language::from_path(path.as_os_str().as_encoded_bytes()) else {
                continue;
            };
            let Ok(text) = std::fs::read(&path) else { continue };
            let count = counts.entry(language).or_default();
            let start = Instant::now();
            if ringfence_syntax::parse(language, &text).is_err() {
                continue;
            }
            let parsing = start.elapsed();
            let start = Instant::now();
            let table = site_table(language, Profile::Robust, &text, &key).expect("a table");
            let finding = start.elapsed();
            if table.sites.is_empty() {
                continue;
            }
            let start = Instant::now();
            let copy = render(&table, &text, &|site| {
                if site.id.0[0] & 1 == 0 {
                    Variant::Zero
                } else {
                    Variant::One
                }
            });
            count.rendering += start.elapsed();
            copy.expect("a copy");
            count.parsing += parsing;
            count.finding += finding;
            count.files += 1;
            count.bytes += text.len();
            count.lines += text
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .count();
            let mut ids: Vec<_> = table.sites.iter().map(|site| site.id).collect();
            ids.sort();
            ids.dedup();
            count.ids += ids.len();
            for site in table.sites {
                *count.sites.entry(site.family).or_default() += 1;
            }
        }
    }
    for (language, count) in counts {
        let per_thousand = |sites: usize| sites as f64 * 1000.0 / count.lines.max(1) as f64;
        let total: usize = count.sites.values().sum();
        let megabytes = count.bytes as f64 / 1e6;
        println!(
            "{}: {} files, {} lines, {:.2} MB",
            language.name(),
            count.files,
            count.lines,
            megabytes
        );
        println!(
            "  all sites {:.1} per 1,000 lines, distinct ids {:.1}",
            per_thousand(total),
            per_thousand(count.ids)
        );
        for (family, sites) in &count.sites {
            println!("  {family:?} {:.1}", per_thousand(*sites));
        }
        println!(
            "  bare parse with flat tree {:.2} MB/s, finding and gating {:.2} MB/s = {:.2} bare parses; rendering {:.0} MB/s",
            megabytes / count.parsing.as_secs_f64(),
            megabytes / count.finding.as_secs_f64(),
            count.finding.as_secs_f64() / count.parsing.as_secs_f64(),
            megabytes / count.rendering.as_secs_f64(),
        );
    }
}
