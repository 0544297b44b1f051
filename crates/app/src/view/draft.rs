//! The rules of a draft's views held against the files as they are: what `plan` tells before anything is applied.
//!
//! A repository that is declared already is read from its mirror; another one is fetched into a folder that is removed again, so that
//! planning changes nothing. What cannot be read is a warning, never an error: a plan is made without the network too.

use super::check::rule_warnings;
use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use ringfence_domain::Estate;
use ringfence_domain::estate::Repository;
use ringfence_domain::view::View;
use ringfence_git::mirror::Mirror;
use ringfence_view::object::{EntryKind, ObjectId, read_commit};
use ringfence_view::project::exposure::list_files;
use ringfence_view::project::{Limits, Replacement, ViewRules};
use std::collections::BTreeMap;

/// A repository that is read for a plan.
struct Opened {
    mirror: Mirror,
    tip: ObjectId,
    /// Removed when it is dropped.
    _folder: Option<tempfile::TempDir>,
}

impl App {
    /// Rules of a draft's views that match nothing or decide nothing.
    pub(crate) fn draft_rule_warnings(&self, current: Option<&Current>, draft: &Estate) -> Vec<String> {
        let mut opened: BTreeMap<&str, Option<Opened>> = BTreeMap::new();
        let mut warnings = Vec::new();
        for view in &draft.views {
            let Some(repository) = draft.repository(&view.repository) else {
                continue;
            };
            let there = opened.entry(&view.repository).or_insert_with(|| {
                self.opened(current, repository)
                    .map_err(|error| {
                        let why = error.to_string();
                        warnings.push(format!(
                            "repository {} cannot be read, so the rules of its views are not held against its files: {}",
                            repository.name,
                            why.lines().next().unwrap_or_default()
                        ));
                    })
                    .ok()
            });
            let Some(there) = there else { continue };
            match self.rules_of_draft(view, there) {
                Ok(found) => {
                    warnings.extend(
                        found
                            .into_iter()
                            .map(|warning| format!("view {}: {warning}", view.name)),
                    );
                }
                Err(error) => warnings.push(format!(
                    "view {}: its rules are not held against the files: {error}",
                    view.name
                )),
            }
        }
        warnings
    }

    fn opened(&self, current: Option<&Current>, repository: &Repository) -> Result<Opened> {
        let known = current
            .and_then(|current| current.estate.repository(&repository.name))
            .is_some_and(|known| known.source == repository.source && known.branch == repository.branch);
        let (mirror, folder) = if known {
            let mirrors = self.home.join("mirrors");
            (Mirror::open_or_create(&mirrors, &repository.name)?, None)
        } else {
            let folder =
                tempfile::tempdir_in(&self.home).map_err(|source| AppError::file(&self.home, source))?;
            (
                Mirror::open_or_create(folder.path(), &repository.name)?,
                Some(folder),
            )
        };
        let tip = match mirror.sync(&repository.source, &repository.branch) {
            Ok(tip) => tip,
            // The owner's forge may be away; what was mirrored still says something.
            Err(error) => mirror.tip(&repository.branch)?.ok_or(error)?,
        };
        Ok(Opened {
            mirror,
            tip,
            _folder: folder,
        })
    }

    fn rules_of_draft(&self, view: &View, there: &Opened) -> Result<Vec<String>> {
        let replaced = view.replace.iter().map(|replaced| Replacement {
            path: replaced.path.clone().into_bytes(),
            bytes: Vec::new(),
            kind: EntryKind::Blob,
        });
        let artefacts = self.artefact_places(&view.name)?;
        let rules = ViewRules::new(&view.rules, replaced.chain(artefacts).collect())?;
        let tree = read_commit(&there.mirror, &there.tip)?.tree;
        let files = list_files(&rules, tree, &there.mirror, Limits::default())?;
        Ok(rule_warnings(&rules, &files))
    }
}
