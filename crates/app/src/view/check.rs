//! `view check`: what the files of a view say about what it hides.

use super::dry_run::DryRun;
use crate::delivery::every_file;
use crate::error::{AppError, Result};
use crate::home::App;
use ringfence_domain::choice::{Authors, Messages};
use ringfence_domain::view::View;
use ringfence_view::check::{Checker, Finding, LARGEST_LOOKED_AT, Looked, Names};
use ringfence_view::object::{EntryKind, Kind, ObjectSource, read_as, read_commit};
use ringfence_view::project::exposure::{ListedFile, list_files};
use ringfence_view::project::{Limits, ViewRules, Warning};
use serde::Serialize;
use std::collections::BTreeSet;

/// What the header line is called in findings.
const HEADER: &[u8] = b"(header line)";

/// One thing that a visible file says.
#[derive(Clone, Debug, Serialize)]
pub struct FindingReport {
    /// The file; bytes that are no text are escaped.
    pub path: String,
    /// The lines, from 1; none when the whole file is meant.
    pub lines: Vec<usize>,
    /// manifest, lock-file, ci, owners, git-file, import, text, secret, e-mail, not-looked-at, truncated.
    pub kind: &'static str,
    /// The words as they stand there; of a secret its form and length alone.
    pub what: String,
    /// The hidden path that is named.
    pub target: Option<String>,
    /// hide, replace, interface, reword, revoke, look.
    pub proposal: &'static str,
    /// The proposal, as lines of the estate file where it is one.
    pub rule: String,
}

impl From<Finding> for FindingReport {
    fn from(finding: Finding) -> Self {
        Self {
            path: finding.path.escape_ascii().to_string(),
            lines: finding.lines,
            kind: finding.kind.word(),
            what: finding.what,
            target: finding.target.map(|target| target.escape_ascii().to_string()),
            proposal: finding.proposal.word(),
            rule: finding.proposal.to_string(),
        }
    }
}

/// What the files of a view say about what it hides.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// The view.
    pub view: String,
    /// Text files read to their end.
    pub text_files: u64,
    /// Files with zero bytes: searched for secrets and addresses alone.
    pub binary_files: u64,
    /// Files too large to be looked into.
    pub too_large: u64,
    /// Hidden files and folders whose names were looked for.
    pub hidden_paths: usize,
    /// What was found, by path and line.
    pub findings: Vec<FindingReport>,
    /// Rules that decide nothing, and what no file shows.
    pub warnings: Vec<String>,
}

impl CheckReport {
    /// Says whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Findings and what was looked at.
pub(super) struct Checked {
    pub findings: Vec<Finding>,
    pub looked: Looked,
    pub hidden_paths: usize,
}

impl App {
    /// Reads every file of a view as it would be delivered, and says where it names what the view hides, or holds secrets and addresses.
    ///
    /// # Errors
    /// When there is no such view or the repository cannot be read.
    pub fn view_check(&self, name: &str) -> Result<CheckReport> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        let rules = self.loaded_rules(&current, view)?;
        let (mirror, tip) = self.mirror_of(&current, view)?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let owners = list_files(&rules, tree, &mirror, Limits::default())?;
        let run = DryRun::new(self, view, &rules, tree, &mirror)?;
        let grants = current
            .estate
            .grants
            .iter()
            .filter(|grant| grant.view == view.name);
        let recipient = grants
            .map(|grant| grant.recipient.as_str())
            .next()
            .unwrap_or_default();
        let header = self.header_words(&current, view, recipient)?;
        let checked = check(&run, &owners, &mirror, header.as_deref())?;
        let mut warnings = rule_warnings(&rules, &owners);
        warnings.extend(history_warnings(view));
        Ok(CheckReport {
            view: name.to_owned(),
            text_files: checked.looked.text,
            binary_files: checked.looked.binary,
            too_large: checked.looked.too_large,
            hidden_paths: checked.hidden_paths,
            findings: checked.findings.into_iter().map(FindingReport::from).collect(),
            warnings,
        })
    }
}

/// Looks at every file that would be delivered.
pub(super) fn check(
    run: &DryRun<'_>,
    owners: &[ListedFile],
    mirror: &dyn ObjectSource,
    header: Option<&str>,
) -> Result<Checked> {
    let delivered = every_file(run, run.tree)?;
    let shown: BTreeSet<&[u8]> = delivered.iter().map(|file| file.path.as_slice()).collect();
    let given = delivered.iter().map(|file| (file.path.as_slice(), true));
    let hidden = owners
        .iter()
        .filter(|file| !shown.contains(file.path.as_slice()))
        .map(|file| (file.path.as_slice(), false));
    let mut names = Names::new(given.chain(hidden));
    for file in owners {
        let plain = matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
        if plain && Names::is_manifest(&file.path) && small(mirror, file)? {
            let data = read_as(mirror, &file.blob, Kind::Blob)?;
            names.declare(&file.path, &data, shown.contains(file.path.as_slice()));
        }
    }
    let hidden_paths = names.hidden_paths();
    let mut checker = Checker::new(names).map_err(|error| AppError::fault("preparing a check", error))?;
    // The header line stands in every file: its words are looked at once.
    let mut findings = header.map_or_else(Vec::new, |words| checker.file(HEADER, words.as_bytes()));
    for file in &delivered {
        // A submodule is never delivered, and a link is delivered only when every name in it is.
        if !matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable) {
            continue;
        }
        if small(run, file)? {
            findings.extend(checker.file(&file.path, &read_as(run, &file.blob, Kind::Blob)?));
        } else {
            let size = run.header(&file.blob)?.map_or(0, |(_, size)| size);
            findings.push(checker.too_large(&file.path, size));
        }
    }
    Ok(Checked {
        findings,
        looked: checker.looked(),
        hidden_paths,
    })
}

fn small(source: &dyn ObjectSource, file: &ListedFile) -> Result<bool> {
    let size = source.header(&file.blob)?.map_or(0, |(_, size)| size);
    Ok(usize::try_from(size).is_ok_and(|size| size <= LARGEST_LOOKED_AT))
}

/// Rules that match nothing, or whose every path is decided by later ones.
pub(super) fn rule_warnings(rules: &ViewRules, owners: &[ListedFile]) -> Vec<String> {
    let paths = owners.iter().map(|file| file.path.as_slice()).chain(
        rules
            .replacements()
            .iter()
            .map(|replaced| replaced.path.as_slice()),
    );
    let unused = rules.rules().unused(paths);
    unused
        .into_iter()
        .map(|unused| Warning::from(unused).to_string())
        .collect()
}

/// What is delivered besides files.
fn history_warnings(view: &View) -> Vec<String> {
    let mut warnings = Vec::new();
    if view.messages == Messages::Keep {
        warnings.push("messages are kept: those that name a hidden file or folder become neutral (see view exposure); what else they say is not looked at".to_owned());
    }
    if view.authors == Authors::Keep {
        warnings
            .push("authors are kept: names and addresses of the owner's engineers are delivered".to_owned());
    }
    warnings
}
