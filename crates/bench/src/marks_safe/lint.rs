//! New lint findings on marked copies: by the language's own linter, per 1,000 lines.

use super::{Work, choice, recipient};
use anyhow::{Result, ensure};
use ringfence_mark::model::{Family, Site};
use ringfence_probe::check::Kind;
use ringfence_probe::findings::{new_findings, read};
use ringfence_probe::run::Ending;
use ringfence_probe::tree::turned;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Copies that are linted besides the one with all sites turned: linters see one spelling at a time, so few say it all.
const SEEDS: u32 = 2;

/// What a linter said.
#[derive(Clone, Debug, Serialize)]
pub struct LintRow {
    /// Findings on the authors' text.
    pub before: u64,
    /// New ones on the worst copy of the whole profile.
    pub new: u64,
    /// The same per 1,000 lines.
    pub new_per_thousand: f64,
    /// Families that raise a finding by themselves: what a probed policy leaves out.
    pub families: Vec<String>,
    /// New ones on the worst copy under the probed policy.
    pub new_probed: u64,
    /// One of the new findings.
    pub example: Option<String>,
}

pub(super) fn measure(work: &mut Work<'_, '_>, seeds: u32) -> Result<Option<LintRow>> {
    let Some(command) = work.suite.lint else {
        return Ok(None);
    };
    let before = findings(work, command, &|site| site.canonical)?;
    let all: BTreeSet<Family> = work.tree.families().into_keys().collect();
    let (new, example) = worst(work, command, &before, &all, seeds)?;
    let mut dropped = BTreeSet::new();
    if new > 0 {
        for family in &all {
            let alone = findings(work, command, &|site: &Site| {
                if site.family == *family {
                    turned(site)
                } else {
                    site.canonical
                }
            })?;
            if !new_findings(&before, &alone).is_empty() {
                dropped.insert(*family);
            }
        }
    }
    let kept: BTreeSet<Family> = all.difference(&dropped).copied().collect();
    let new_probed = if new > 0 {
        worst(work, command, &before, &kept, seeds)?.0
    } else {
        0
    };
    let lines = u32::try_from(work.tree.lines().max(1)).unwrap_or(u32::MAX);
    Ok(Some(LintRow {
        before: before.values().sum(),
        new,
        new_per_thousand: 1000.0 * u32::try_from(new).map_or(f64::NAN, f64::from) / f64::from(lines),
        families: dropped.iter().map(|family| family.name().to_owned()).collect(),
        new_probed,
        example,
    }))
}

/// The most new findings of any copy, and one of them.
fn worst(
    work: &mut Work<'_, '_>,
    command: &str,
    before: &BTreeMap<String, u64>,
    families: &BTreeSet<Family>,
    seeds: u32,
) -> Result<(u64, Option<String>)> {
    let (mut most, mut example) = (0, None);
    for seed in 0..=seeds.min(SEEDS) {
        let recipient = recipient(seed);
        let after = findings(work, command, &|site: &Site| {
            if families.contains(&site.family) {
                choice(seed, &recipient, site)
            } else {
                site.canonical
            }
        })?;
        let new = new_findings(before, &after);
        let count: u64 = new.values().sum();
        if count > most {
            most = count;
            example = new.into_keys().next();
        }
    }
    Ok((most, example))
}

fn findings(
    work: &mut Work<'_, '_>,
    command: &str,
    choose: &dyn Fn(&Site) -> ringfence_mark::model::Variant,
) -> Result<BTreeMap<String, u64>> {
    work.copy.set(choose)?;
    let outcome = work.shell(command)?;
    ensure!(
        !matches!(
            outcome.ending,
            Ending::Code(126 | 127) | Ending::Signal | Ending::Time
        ),
        "{command} could not run: {}",
        super::last_lines(&outcome.output)
    );
    let mut findings = read(Kind::Linter, work.copy.path(), &outcome);
    // Linters end with 1 when they found something: what they found is compared, not that they did.
    findings.retain(|finding, _| !finding.starts_with('('));
    Ok(findings)
}
