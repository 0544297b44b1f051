//! `view exposure`: what a view gives away, before anyone is granted it.

use super::check::{check, rule_warnings};
use super::dry_run::DryRun;
use crate::delivery::every_file;
use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use ringfence_domain::asset::{AssetIndex, IMPLICIT_ORIGIN, IMPLICIT_SENSITIVITY};
use ringfence_domain::choice::{Choice, Messages};
use ringfence_domain::view::{History, View, Visibility};
use ringfence_git::mirror::Mirror;
use ringfence_view::check::origin::third_party;
use ringfence_view::check::{Kind as Found, LARGEST_LOOKED_AT};
use ringfence_view::object::{EntryKind, Kind, ObjectId, ObjectSource, read_as, read_commit};
use ringfence_view::project::exposure::{LineCounts, ListedFile, Tally, exposure, list_files};
use ringfence_view::project::header::HeaderLine;
use ringfence_view::project::history::naming_messages;
use ringfence_view::project::shape::InterfaceOutcome;
use ringfence_view::project::{Limits, ViewRules, Warning};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most third-party files that a report lists by name.
const MOST_LISTED: usize = 200;
/// The most commit messages that are looked at.
const MOST_MESSAGES: usize = 50_000;

/// How much of something.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TallyReport {
    /// Files.
    pub files: u64,
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
}

impl TallyReport {
    fn add(&mut self, lines: u64, bytes: u64) {
        self.files = self.files.saturating_add(1);
        self.lines = self.lines.saturating_add(lines);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl From<Tally> for TallyReport {
    fn from(tally: Tally) -> Self {
        Self {
            files: tally.files,
            lines: tally.lines,
            bytes: tally.bytes,
        }
    }
}

/// What a view shows of one asset.
#[derive(Clone, Debug, Serialize)]
pub struct AssetShare {
    /// The asset.
    pub name: String,
    /// own-secret, own-public, third-party, vendor-background.
    pub origin: &'static str,
    /// public, internal, confidential, restricted.
    pub sensitivity: &'static str,
    /// All of it.
    pub whole: TallyReport,
    /// What is delivered: whole files and the owner's text behind interface files.
    pub shown: TallyReport,
    /// Share of its lines that is delivered, in per cent.
    pub shown_percent: f64,
}

/// A path and what is to be said about it.
#[derive(Clone, Debug, Serialize)]
pub struct PathNote {
    /// The path; bytes that are no text are escaped.
    pub path: String,
    /// What is to be said.
    pub why: String,
}

/// A body or item that shows although its file is delivered as interface.
#[derive(Clone, Debug, Serialize)]
pub struct KeptReport {
    /// The file.
    pub path: String,
    /// The line in the owner's text.
    pub line: u32,
    /// The item.
    pub name: String,
    /// What was kept of it.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What became of files that are shown as interface.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InterfaceReport {
    /// Files with an interface.
    pub files: u64,
    /// Files that have none and are left out.
    pub refused: Vec<PathNote>,
    /// What of the originals still shows.
    pub kept: Vec<KeptReport>,
}

/// What header lines do in a view.
#[derive(Clone, Debug, Serialize)]
pub struct HeaderReport {
    /// The words of the line, by recipient.
    pub lines: BTreeMap<String, String>,
    /// Files with the line.
    pub files: u64,
    /// Files without it, by reason.
    pub without: BTreeMap<&'static str, u64>,
}

/// What becomes of commit messages that are to be kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MessagesReport {
    /// Messages looked at, from the tip back as far as the history policy goes.
    pub looked_at: usize,
    /// Those that name what the view hides and are replaced by the neutral text.
    pub neutral: usize,
    /// Whether older ones were not looked at.
    pub is_cut: bool,
}

/// What a view gives away.
#[derive(Clone, Debug, Serialize)]
pub struct ExposureReport {
    /// The view.
    pub view: String,
    /// Share of the repository's lines that is delivered, in per cent.
    pub delivered_percent: f64,
    /// By visibility.
    pub by_visibility: BTreeMap<&'static str, TallyReport>,
    /// Files delivered in place of the owner's.
    pub replaced: u64,
    /// Assets touched.
    pub assets: Vec<AssetShare>,
    /// What is delivered, by the origin of its asset; a file of several assets counts once for each origin.
    pub by_origin: BTreeMap<&'static str, TallyReport>,
    /// Interface files.
    pub interface: InterfaceReport,
    /// Header lines; none: the view wants none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderReport>,
    /// Commit messages; none: they do not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<MessagesReport>,
    /// Delivered files that seem to be somebody else's, at most two hundred.
    pub third_party: Vec<PathNote>,
    /// How many there are.
    pub third_party_files: u64,
    /// Mentions of hidden things, secrets and addresses by kind; `ringfence view check` lists them.
    pub found: BTreeMap<&'static str, u64>,
    /// Delivered files that hold something that looks like a secret.
    pub secrets: Vec<PathNote>,
    /// What was left out or overruled, and what deserves a second look.
    pub warnings: Vec<String>,
}

impl App {
    /// What a view gives away before anyone is granted it.
    ///
    /// # Errors
    /// When there is no such view or the repository cannot be read.
    pub fn view_exposure(&self, name: &str) -> Result<ExposureReport> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        let rules = self.loaded_rules(&current, view)?;
        let (mirror, tip) = self.mirror_of(&current, view)?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let owners = list_files(&rules, tree, &mirror, Limits::default())?;
        let mut lines = LineCounts::default();
        let sum = exposure(&rules, &owners, &mirror, &mut lines)?;
        let run = DryRun::new(self, view, &rules, tree, &mirror)?;
        let delivered = every_file(&run, run.tree)?;
        let shown: BTreeSet<&[u8]> = delivered.iter().map(|file| file.path.as_slice()).collect();
        let index = AssetIndex::new(&current.estate, &view.repository)
            .map_err(|error| AppError::Input(format!("an asset's path: {error}")))?;
        let (assets, by_origin) = shares(&current.estate, &index, &owners, &shown, &mirror, &mut lines)?;
        let checked = check(&run, &owners, &mirror, None)?;
        let mut found: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut secrets = Vec::new();
        let mut names = BTreeSet::new();
        for finding in &checked.findings {
            let count = found.entry(finding.kind.word()).or_default();
            *count = count.saturating_add(1);
            if finding.kind == Found::Secret {
                secrets.push(PathNote {
                    path: finding.path.escape_ascii().to_string(),
                    why: finding.what.clone(),
                });
            }
            if finding.kind.is_name() {
                names.insert(finding.path.clone());
            }
        }
        let (third, third_files) = third_parties(&run, &delivered, &current.estate.owner.name)?;
        let mut warnings: Vec<String> = run
            .warnings
            .iter()
            // Listed by themselves.
            .filter(|warning| !matches!(warning, Warning::NoInterface { .. }))
            .map(ToString::to_string)
            .collect();
        warnings.extend(rule_warnings(&rules, &owners));
        warnings.extend(names.iter().map(|path| {
            format!(
                "{}: names what the view hides; see ringfence view check {name}",
                path.escape_ascii()
            )
        }));
        let header = self.headers_of(&current, view, &rules, &run, &delivered)?;
        let messages = messages_of(view, &rules, &mirror, tip)?;
        let mille = u32::try_from(sum.delivered_lines_per_mille()).unwrap_or(1_000);
        Ok(ExposureReport {
            view: name.to_owned(),
            delivered_percent: f64::from(mille) / 10.0,
            by_visibility: BTreeMap::from([
                ("hidden", sum.hidden.into()),
                ("interface", sum.interface.into()),
                ("read", sum.read.into()),
                ("write", sum.write.into()),
            ]),
            replaced: sum.replaced,
            assets,
            by_origin,
            interface: interfaces(&run),
            header,
            messages,
            third_party: third,
            third_party_files: third_files,
            found,
            secrets,
            warnings,
        })
    }
}

impl App {
    /// Which files would get a header line, and why the others would not.
    fn headers_of(
        &self,
        current: &Current,
        view: &View,
        rules: &ViewRules,
        run: &DryRun<'_>,
        delivered: &[ListedFile],
    ) -> Result<Option<HeaderReport>> {
        if view.header.is_none() {
            return Ok(None);
        }
        let grants = current
            .estate
            .grants
            .iter()
            .filter(|grant| grant.view == view.name);
        let mut lines = BTreeMap::new();
        for grant in grants {
            if let Some(words) = self.header_words(current, view, &grant.recipient)? {
                lines.insert(grant.recipient.clone(), words);
            }
        }
        // Nobody has the view yet: the line as it would read without agreements.
        let words = match lines.values().next() {
            Some(words) => words.clone(),
            None => self.header_words(current, view, "")?.unwrap_or_default(),
        };
        let line =
            HeaderLine::new(&words).map_err(|error| AppError::fault("preparing a header line", error))?;
        let mut report = HeaderReport {
            lines,
            files: 0,
            without: BTreeMap::new(),
        };
        for file in delivered {
            let replaced = rules
                .replacements()
                .binary_search_by(|known| known.path.as_slice().cmp(&file.path))
                .is_ok();
            let why = if !matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable) {
                Some("it is a link")
            } else if replaced {
                Some("it is delivered as given")
            } else if let Some(why) = HeaderLine::never_at(&file.path) {
                Some(why)
            } else {
                line.put(&file.path, &read_as(run, &file.blob, Kind::Blob)?).err()
            };
            match why {
                Some(why) => {
                    let count = report.without.entry(why).or_default();
                    *count = count.saturating_add(1);
                }
                None => report.files = report.files.saturating_add(1),
            }
        }
        Ok(Some(report))
    }
}

/// How many kept messages would not pass.
fn messages_of(
    view: &View,
    rules: &ViewRules,
    mirror: &Mirror,
    tip: ObjectId,
) -> Result<Option<MessagesReport>> {
    if view.messages != Messages::Keep {
        return Ok(None);
    }
    let (until, most) = match &view.history {
        History::Snapshot => (None, 1),
        History::Since(commit) => (mirror.find_commit(commit)?, MOST_MESSAGES),
        History::Full => (None, MOST_MESSAGES),
    };
    let found = naming_messages(rules, (tip, until, most), view.authors, mirror)?;
    Ok(Some(MessagesReport {
        looked_at: found.looked_at,
        neutral: found.withheld,
        is_cut: found.is_cut && most > 1,
    }))
}

type Shares = (Vec<AssetShare>, BTreeMap<&'static str, TallyReport>);

/// The touched assets with what is shown of each, and what is shown by origin.
fn shares(
    estate: &ringfence_domain::estate::Estate,
    index: &AssetIndex,
    owners: &[ListedFile],
    shown: &BTreeSet<&[u8]>,
    mirror: &dyn ObjectSource,
    counts: &mut LineCounts,
) -> Result<Shares> {
    let mut by_asset: BTreeMap<String, (TallyReport, TallyReport)> = BTreeMap::new();
    let mut by_origin: BTreeMap<&'static str, TallyReport> = BTreeMap::new();
    let terms = |name: &str| {
        estate
            .assets
            .iter()
            .find(|asset| asset.name == name)
            .map_or((IMPLICIT_ORIGIN, IMPLICIT_SENSITIVITY), |asset| {
                (asset.origin, asset.sensitivity)
            })
    };
    for file in owners.iter().filter(|file| file.kind != EntryKind::Commit) {
        let (lines, bytes) = counts.of(file.blob, mirror)?;
        // A replaced file is the owner's choice, not the asset's text.
        let delivered = !file.replaced
            && file.decision.visibility > Visibility::Hidden
            && shown.contains(file.path.as_slice());
        let mut origins = BTreeSet::new();
        for asset in index.assets_of_path(&file.path) {
            let (whole, part) = by_asset.entry(asset.to_owned()).or_default();
            whole.add(lines, bytes);
            if delivered {
                part.add(lines, bytes);
                origins.insert(terms(asset).0.as_str());
            }
        }
        for origin in origins {
            by_origin.entry(origin).or_default().add(lines, bytes);
        }
    }
    let assets = by_asset
        .into_iter()
        .filter(|(_, (_, part))| part.files > 0)
        .map(|(name, (whole, part))| {
            let (origin, sensitivity) = terms(&name);
            AssetShare {
                origin: origin.as_str(),
                sensitivity: sensitivity.as_str(),
                shown_percent: percent(part.lines, whole.lines),
                name,
                whole,
                shown: part,
            }
        })
        .collect();
    Ok((assets, by_origin))
}

/// A share with one place after the point.
fn percent(part: u64, whole: u64) -> f64 {
    let mille = part.saturating_mul(1_000).checked_div(whole).unwrap_or(0);
    f64::from(u32::try_from(mille).unwrap_or(1_000)) / 10.0
}

fn interfaces(run: &DryRun<'_>) -> InterfaceReport {
    let mut report = InterfaceReport::default();
    let Some(shaped) = &run.shaped else { return report };
    for (path, outcome) in shaped.files.iter() {
        let path = path.escape_ascii().to_string();
        match outcome {
            InterfaceOutcome::Absent { why } => report.refused.push(PathNote {
                path,
                why: why.clone(),
            }),
            InterfaceOutcome::Text { kept, .. } => {
                report.files = report.files.saturating_add(1);
                report.kept.extend(kept.iter().map(|part| KeptReport {
                    path: path.clone(),
                    line: part.line,
                    name: part.name.clone(),
                    what: part.what.clone(),
                    why: part.why.clone(),
                }));
            }
        }
    }
    report
}

fn third_parties(run: &DryRun<'_>, delivered: &[ListedFile], owner: &str) -> Result<(Vec<PathNote>, u64)> {
    let (mut listed, mut files) = (Vec::new(), 0_u64);
    for file in delivered {
        if !matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable) {
            continue;
        }
        let size = run.header(&file.blob)?.map_or(0, |(_, size)| size);
        let data = if usize::try_from(size).is_ok_and(|size| size <= LARGEST_LOOKED_AT) {
            read_as(run, &file.blob, Kind::Blob)?
        } else {
            Vec::new()
        };
        if let Some(why) = third_party(&file.path, &data, owner) {
            files = files.saturating_add(1);
            if listed.len() < MOST_LISTED {
                listed.push(PathNote {
                    path: file.path.escape_ascii().to_string(),
                    why,
                });
            }
        }
    }
    Ok((listed, files))
}
