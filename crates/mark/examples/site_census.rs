//! Counts sites per 1,000 non-blank lines by family and language beside the densities of the design (marks.md, "Families"), and
//! the speed against one bare parse. Order families: the design counts every pair, a table holds the 27 % whose roles fit.
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

/// Sites per 1,000 non-blank lines of the design's table, by family: rust, python, js, ts, java, c, cpp, go, c#.
const DESIGN: [(Family, [f64; 9]); 15] = [
    (
        Family::FunctionOrder,
        [27.0, 13.0, 2.0, 3.0, 22.0, 4.0, 6.0, 30.0, 14.0],
    ),
    (Family::CaseOrder, [7.0, 0.0, 2.0, 2.0, 1.0, 2.0, 1.0, 2.0, 5.0]),
    (Family::ListOrder, [6.0, 3.0, 0.0, 41.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
    (
        Family::InitialiserOrder,
        [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 19.0, 0.0],
    ),
    (Family::IfSwap, [3.0, 7.0, 5.0, 3.0, 2.0, 3.0, 2.0, 1.0, 5.0]),
    (
        Family::Comparison,
        [1.0, 0.0, 1.0, 1.0, 10.0, 42.0, 8.0, 7.0, 3.0],
    ),
    (Family::Increment, [0.0, 0.0, 2.0, 2.0, 5.0, 12.0, 6.0, 2.0, 5.0]),
    (
        Family::Parentheses,
        [2.0, 7.0, 8.0, 11.0, 12.0, 49.0, 15.0, 9.0, 18.0],
    ),
    (
        Family::Braces,
        [0.0, 0.0, 26.0, 28.0, 20.0, 50.0, 16.0, 0.0, 31.0],
    ),
    (Family::HexCase, [0.5, 0.1, 0.5, 0.2, 0.4, 10.0, 39.0, 4.0, 2.0]),
    (
        Family::QualifierOrder,
        [0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 46.0, 0.0, 0.0],
    ),
    (Family::SelfType, [20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    (Family::Idiom, [5.0, 3.0, 1.0, 21.0, 12.0, 28.0, 35.0, 89.0, 0.0]),
    (
        Family::CommentPeriod,
        [39.0, 23.0, 29.0, 19.0, 8.0, 10.0, 49.0, 38.0, 8.0],
    ),
    (
        Family::BlankLine,
        [159.0, 250.0, 139.0, 145.0, 73.0, 262.0, 151.0, 333.0, 109.0],
    ),
];

fn design(language: Language, family: Family) -> Option<f64> {
    let column = match language {
        Language::Rust => 0,
        Language::Python => 1,
        Language::JavaScript => 2,
        Language::TypeScript | Language::Tsx => 3,
        Language::Java => 4,
        Language::C => 5,
        Language::Cpp => 6,
        Language::Go => 7,
        Language::CSharp => 8,
    };
    let row = DESIGN.iter().find(|(known, _)| *known == family)?;
    Some(row.1[column])
}

fn language_of(path: &std::path::Path) -> Option<Language> {
    let name = path.as_os_str().as_encoded_bytes();
    Language::from_path(name)?;
    Language::of_file(name, &std::fs::read(path).ok()?)
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
            let Some(language) = language_of(&path) else {
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
        let mut wanted_total = 0.0;
        let mut families: Vec<Family> = DESIGN.iter().map(|(family, _)| *family).collect();
        families.extend(
            count
                .sites
                .keys()
                .filter(|family| !families.contains(family))
                .copied()
                .collect::<Vec<_>>(),
        );
        for family in families {
            let sites = per_thousand(count.sites.get(&family).copied().unwrap_or(0));
            let wanted = design(language, family);
            wanted_total += wanted.unwrap_or(0.0);
            match wanted {
                Some(wanted) if sites > 0.0 || wanted > 0.0 => {
                    println!("  {:18} {sites:7.1}  design {wanted:5.1}", family.name());
                }
                None => println!("  {:18} {sites:7.1}  design     -", family.name()),
                Some(_) => {}
            }
        }
        println!(
            "  {:18} {:7.1}  design {wanted_total:5.1}",
            "together",
            per_thousand(total)
        );
        println!(
            "  bare parse with flat tree {:.2} MB/s, finding and gating {:.2} MB/s = {:.2} bare parses; rendering {:.0} MB/s",
            megabytes / count.parsing.as_secs_f64(),
            megabytes / count.finding.as_secs_f64(),
            count.finding.as_secs_f64() / count.parsing.as_secs_f64(),
            megabytes / count.rendering.as_secs_f64(),
        );
    }
}
