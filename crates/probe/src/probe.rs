//! Which families of marks a project's own tools accept.
//!
//! Each check runs twice on the owner's text: what it says there is not new, and a check that says two things about one text cannot
//! judge. Then on a copy with every site turned; only if that raises a finding, on one copy a family. What remains is run once more
//! together, all turned and with sites turned by a seed, and families are added one by one if even that raises a finding.

use crate::ProbeError;
use crate::check::{Answer, Check, Kind};
use crate::findings::new_findings;
use crate::run::Ending;
use crate::tree::{Tree, WorkingCopy, turned};
use ringfence_mark::model::{Family, Profile, Site};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Most examples of new findings that are told for one family and check.
const EXAMPLES: usize = 5;

/// What to probe with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Time for one run of one check.
    pub check_time: Duration,
    /// Time for everything; what was not probed by then is left out of the policy.
    pub total_time: Duration,
}

/// How a check took part.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// What it asks.
    pub kind: Kind,
    /// As a person would type it.
    pub command: String,
    /// Seconds on the owner's text.
    pub seconds: f64,
    /// Findings on the owner's text.
    pub findings_before: u64,
    /// Why it could not judge, when it could not.
    pub unused: Option<String>,
}

/// What turning one family raised.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyReport {
    /// The family.
    pub family: Family,
    /// Its sites.
    pub sites: u64,
    /// Whether the policy keeps it.
    pub kept: bool,
    /// New findings by check, with examples.
    pub raised: Vec<Raised>,
}

/// New findings of one check.
#[derive(Clone, Debug, Serialize)]
pub struct Raised {
    /// The check's command.
    pub command: String,
    /// How many.
    pub count: u64,
    /// Some of them, without numbers.
    pub examples: Vec<String>,
}

/// What a probe found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Files that may be marked.
    pub files: usize,
    /// Their non-blank lines.
    pub lines: u64,
    /// Profile that was probed.
    pub profile: Profile,
    /// The checks.
    pub checks: Vec<CheckReport>,
    /// The families.
    pub families: Vec<FamilyReport>,
    /// Whether the copies of the policy raised nothing in any check that judged, at the end.
    pub clean: bool,
    /// Whether time ran out; families not probed by then are not kept.
    pub out_of_time: bool,
}

impl Report {
    /// Families that the policy leaves out.
    pub fn without(&self) -> impl Iterator<Item = Family> {
        self.families
            .iter()
            .filter(|report| !report.kept)
            .map(|report| report.family)
    }

    /// Tells whether at least one check could judge.
    #[must_use]
    pub fn judged(&self) -> bool {
        self.checks.iter().any(|check| check.unused.is_none())
    }
}

/// A check that can judge, with what it says of the owner's text.
struct Judge<'c> {
    check: &'c Check,
    before: BTreeMap<String, u64>,
}

struct Probe<'t, 'c> {
    copy: WorkingCopy<'t>,
    judges: Vec<Judge<'c>>,
    options: &'c Options,
    began: Instant,
    out_of_time: bool,
}

/// Probes a project with checks.
///
/// # Errors
/// When nothing can be marked, a file cannot be read or written, or a check cannot be started.
pub fn probe(
    tree: &Tree,
    profile: Profile,
    checks: &[Check],
    options: &Options,
) -> Result<Report, ProbeError> {
    let sites = tree.families();
    if sites.is_empty() {
        return Err(ProbeError::Nothing {
            path: tree.root().to_path_buf(),
        });
    }
    let mut probe = Probe {
        copy: WorkingCopy::of(tree)?,
        judges: Vec::new(),
        options,
        began: Instant::now(),
        out_of_time: false,
    };
    let checks = probe.choose_judges(checks)?;
    let all: BTreeSet<Family> = sites.keys().copied().collect();
    let mut raised: BTreeMap<Family, Vec<Raised>> = BTreeMap::new();
    let mut kept = all.clone();
    if probe.judges.is_empty() {
        // Nothing was judged, so nothing is promised.
        kept.clear();
    }
    let mut clean = probe.raises(&kept, None)?.is_empty() && probe.raises(&kept, Some(1))?.is_empty();
    if !clean {
        for family in &all {
            let found = probe.raises(&BTreeSet::from([*family]), None)?;
            if !found.is_empty() {
                kept.remove(family);
                raised.insert(*family, found);
            }
        }
        clean = probe.raises(&kept, None)?.is_empty() && probe.raises(&kept, Some(1))?.is_empty();
    }
    if !clean {
        // Together they raise what none raises alone: the largest set that grows family by family without a finding.
        let candidates = std::mem::take(&mut kept);
        for family in candidates {
            kept.insert(family);
            let mut found = probe.raises(&kept, None)?;
            if found.is_empty() {
                found = probe.raises(&kept, Some(1))?;
            }
            if !found.is_empty() {
                kept.remove(&family);
                raised.insert(family, found);
            }
        }
        clean = probe.raises(&kept, None)?.is_empty();
    }
    // Whatever was not seen clean to the end is not promised.
    clean &= !probe.out_of_time && !probe.judges.is_empty();
    Ok(Report {
        files: tree.sources.len(),
        lines: tree.lines(),
        profile,
        checks,
        families: sites
            .into_iter()
            .map(|(family, sites)| FamilyReport {
                family,
                sites,
                kept: kept.contains(&family),
                raised: raised.remove(&family).unwrap_or_default(),
            })
            .collect(),
        clean,
        out_of_time: probe.out_of_time,
    })
}

impl<'c> Probe<'_, 'c> {
    /// Runs every check twice on the owner's text.
    fn choose_judges(&mut self, checks: &'c [Check]) -> Result<Vec<CheckReport>, ProbeError> {
        let mut reports = Vec::new();
        for check in checks {
            let Some((first, second)) = self.twice(check)? else {
                continue;
            };
            let unused = why_unused(check, &first, &second);
            reports.push(CheckReport {
                kind: check.kind,
                command: check.shown(),
                seconds: second.outcome.took.as_secs_f64(),
                findings_before: first.findings.values().sum(),
                unused: unused.clone(),
            });
            if unused.is_none() {
                self.judges.push(Judge {
                    check,
                    before: first.findings,
                });
            }
        }
        Ok(reports)
    }

    fn twice(&mut self, check: &Check) -> Result<Option<(Answer, Answer)>, ProbeError> {
        if self.is_over() {
            return Ok(None);
        }
        let (folder, time) = (self.copy.path(), self.options.check_time);
        Ok(Some((check.run(folder, time)?, check.run(folder, time)?)))
    }

    fn is_over(&mut self) -> bool {
        self.out_of_time |= self.began.elapsed() > self.options.total_time;
        self.out_of_time
    }

    /// Turns the sites of some families, all or by a seed, and gives what that raises. Stops at the first check that finds something.
    fn raises(&mut self, families: &BTreeSet<Family>, seed: Option<u64>) -> Result<Vec<Raised>, ProbeError> {
        let is_turned =
            |site: &Site| families.contains(&site.family) && seed.is_none_or(|seed| by_seed(site, seed));
        self.copy.set(&|site| {
            if is_turned(site) {
                turned(site)
            } else {
                site.canonical
            }
        })?;
        for position in 0..self.judges.len() {
            if self.is_over() {
                return Ok(vec![Raised {
                    command: "(time ran out)".to_owned(),
                    count: 0,
                    examples: Vec::new(),
                }]);
            }
            let Some(judge) = self.judges.get(position) else {
                break;
            };
            let answer = judge.check.run(self.copy.path(), self.options.check_time)?;
            let new = new_findings(&judge.before, &answer.findings);
            if !new.is_empty() {
                return Ok(vec![Raised {
                    command: judge.check.shown(),
                    count: new.values().sum(),
                    examples: new.into_keys().take(EXAMPLES).collect(),
                }]);
            }
        }
        Ok(Vec::new())
    }
}

/// A coin for a site.
fn by_seed(site: &Site, seed: u64) -> bool {
    let id = site
        .id
        .0
        .first_chunk()
        .map_or(0, |bytes: &[u8; 8]| u64::from_le_bytes(*bytes));
    (id ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1
}

fn why_unused(check: &Check, first: &Answer, second: &Answer) -> Option<String> {
    match (check.kind, first.outcome.ending) {
        (_, Ending::Time) => return Some("it ran out of time on the owner's own text".to_owned()),
        (_, Ending::Signal) => return Some("it was ended by a signal on the owner's own text".to_owned()),
        (_, Ending::Code(127 | 126)) => return Some(format!("it could not run: {}", last_line(first))),
        // Findings of a linter are compared; a build that fails says nothing of what comes after.
        (Kind::Build | Kind::Tests, Ending::Code(code)) if code != 0 && first.findings.len() <= 1 => {
            return Some(format!("it fails on the owner's own text: {}", last_line(first)));
        }
        _ => {}
    }
    (first.findings != second.findings)
        .then(|| "two runs on the owner's own text found two different things".to_owned())
}

fn last_line(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.outcome.output)
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no output")
        .chars()
        .take(200)
        .collect()
}
