//! The declared estate: read from files, planned, applied in one transaction, kept with its history.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR, log_of};
use ringfence_domain::Estate;
use ringfence_domain::plan::{Action, Change, Plan, difference};
use ringfence_ledger::Hash;
use ringfence_store::{LogName, tables};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// Largest estate text of one file.
const LONGEST_TEXT: u64 = 16 << 20;
/// Largest file that replaces the owner's in a view.
const LONGEST_REPLACEMENT: u64 = 16 << 20;

/// The estate in force, with the bytes of its replaced files by hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Current {
    /// How many estates were applied; this is the last.
    #[serde(skip)]
    pub number: u64,
    /// What was declared.
    pub estate: Estate,
    /// (view, path) as `view\npath` to the SHA-256 of the bytes delivered there.
    pub replacements: BTreeMap<String, String>,
}

impl Current {
    /// The hash of what a view delivers at a replaced path.
    #[must_use]
    pub fn replacement(&self, view: &str, path: &str) -> Option<Hash> {
        self.replacements.get(&replacement_key(view, path))?.parse().ok()
    }
}

/// An estate read from files, before it is applied.
#[derive(Debug)]
pub struct Draft {
    estate: Estate,
    replaced: Vec<(String, Vec<u8>)>,
}

fn replacement_key(view: &str, path: &str) -> String {
    format!("{view}\n{path}")
}

/// Name of a log's owner part: lowercase letters, digits and hyphens of the owner's name.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "owner".to_owned()
    } else {
        slug.chars().take(64).collect()
    }
}

fn read_text(path: &Path) -> Result<String> {
    let length = std::fs::metadata(path)
        .map_err(|source| AppError::file(path, source))?
        .len();
    if length > LONGEST_TEXT {
        return Err(AppError::Input(format!(
            "{}: {length} bytes; an estate file has at most {LONGEST_TEXT}",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(|source| AppError::file(path, source))?;
    String::from_utf8(bytes).map_err(|error| {
        AppError::Input(format!(
            "{}: byte {} is not UTF-8",
            path.display(),
            error.utf8_error().valid_up_to()
        ))
    })
}

impl Draft {
    /// Reads an estate file or every `.toml` file directly in a folder, and the files that views deliver instead of the owner's.
    ///
    /// # Errors
    /// When a file cannot be read, or breaks a rule; every problem is listed with line and column.
    pub fn read(path: &Path) -> Result<Self> {
        let is_folder = path.is_dir();
        let files: Vec<PathBuf> = if is_folder {
            let mut files: Vec<PathBuf> = std::fs::read_dir(path)
                .map_err(|source| AppError::file(path, source))?
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|source| AppError::file(path, source))?
                .into_iter()
                .map(|entry| entry.path())
                .filter(|file| file.extension().is_some_and(|end| end == "toml"))
                .collect();
            files.sort();
            files
        } else {
            vec![path.to_path_buf()]
        };
        if files.is_empty() {
            return Err(AppError::Input(format!("{} holds no .toml file", path.display())));
        }
        let texts: Vec<(String, String)> = files
            .iter()
            .map(|file| Ok((file.display().to_string(), read_text(file)?)))
            .collect::<Result<_>>()?;
        let estate = Estate::parse_many(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
            .map_err(|errors| AppError::Input(errors.to_string().trim_end().to_owned()))?;
        let base = if is_folder {
            path
        } else {
            path.parent().unwrap_or(Path::new("."))
        };
        let mut replaced = Vec::new();
        for view in &estate.views {
            for replacement in &view.replace {
                let file = base.join(&replacement.file);
                let length = std::fs::metadata(&file)
                    .map_err(|source| AppError::file(&file, source))?
                    .len();
                if length > LONGEST_REPLACEMENT {
                    return Err(AppError::Input(format!(
                        "{}: {length} bytes; a replaced file has at most {LONGEST_REPLACEMENT}",
                        file.display()
                    )));
                }
                let bytes = std::fs::read(&file).map_err(|source| AppError::file(&file, source))?;
                replaced.push((replacement_key(&view.name, &replacement.path), bytes));
            }
        }
        Ok(Self { estate, replaced })
    }

    /// What it declares.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.estate
    }
}

impl App {
    /// The estate in force.
    ///
    /// # Errors
    /// When none was applied yet, or the database fails.
    pub fn current(&self) -> Result<Arc<Current>> {
        self.current_if_any()?.ok_or_else(|| {
            AppError::refused(
                "using this home",
                "no estate is applied yet",
                "Run: ringfence apply ESTATE.toml",
            )
        })
    }

    pub(crate) fn current_if_any(&self) -> Result<Option<Arc<Current>>> {
        let Some(number) = self.database.read(tables::estate::latest_number)? else {
            return Ok(None);
        };
        let mut cached = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = cached.as_ref().filter(|current| current.number == number) {
            return Ok(Some(Arc::clone(current)));
        }
        let Some(row) = self.database.read(tables::estate::latest_version)? else {
            return Ok(None);
        };
        let number = row.number;
        let mut current: Current = serde_json::from_str(&row.text)
            .map_err(|error| AppError::fault("reading the applied estate", error))?;
        current.number = number;
        let current = Arc::new(current);
        *cached = Some(Arc::clone(&current));
        Ok(Some(current))
    }

    /// What applying the draft would change, and what of its rules decides nothing in the files as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub fn plan(&self, draft: &Draft) -> Result<Plan> {
        let current = self.current_if_any()?;
        let mut plan = difference(current.as_deref().map(|current| &current.estate), &draft.estate);
        plan.warnings
            .extend(self.draft_rule_warnings(current.as_deref(), &draft.estate));
        Ok(plan)
    }

    /// Makes the draft the estate in force, in one transaction with an entry for each change.
    ///
    /// # Errors
    /// When the owner's name would change (it names the logs), or the database fails.
    pub fn apply(&self, draft: Draft) -> Result<Plan> {
        let before = self.current_if_any()?;
        if let Some(before) = &before
            && slug(&before.estate.owner.name) != slug(&draft.estate.owner.name)
        {
            return Err(AppError::refused(
                format!(
                    "renaming the owner from {:?} to {:?}",
                    before.estate.owner.name, draft.estate.owner.name
                ),
                "the name is the origin of every log that was signed",
                "Keep the name, or start a new home",
            ));
        }
        let plan = self.plan(&draft)?;
        if plan.is_empty()
            && before
                .as_ref()
                .is_some_and(|before| self.same_replacements(before, &draft))
        {
            return Ok(plan);
        }
        let owner = slug(&draft.estate.owner.name);
        let mut replacements = BTreeMap::new();
        for (key, bytes) in &draft.replaced {
            replacements.insert(key.clone(), self.blobs.put(bytes)?.to_string());
        }
        let current = Current {
            number: 0,
            estate: draft.estate,
            replacements,
        };
        let text =
            serde_json::to_string(&current).map_err(|error| AppError::fault("writing the estate", error))?;
        let text_hash = ringfence_ledger::sha256(text.as_bytes());
        let owner_log = log_of(&owner, "owner")?;
        let mut entries: Vec<(LogName, ringfence_ledger::Statement)> = Vec::new();
        let salt = crate::home::random_salt()?;
        entries.push((
            owner_log.clone(),
            Self::built(
                self.entry("estate-applied", OPERATOR)
                    .subject("changes", crate::delivery::count(plan.changes.len()))
                    .commitment("estate", ringfence_ledger::commit(&salt, text.as_bytes())),
            )?,
        ));
        for change in &plan.changes {
            // A person's address stays out of the ledger: only its random id goes in.
            let name = if change.kind == "person" {
                self.actor_of("person", &change.name)?
            } else {
                change.name.clone()
            };
            let action = match change.action {
                Action::Added { .. } => "added",
                Action::Changed { .. } => "changed",
                Action::Removed => "removed",
            };
            let statement = Self::built(
                self.entry(&format!("{}-{action}", change.kind), OPERATOR)
                    .subject(change.kind, name.as_str()),
            )?;
            // What is removed was about those whom it concerned before.
            let mut about = recipients_of(change, &current.estate);
            if let Some(before) = &before {
                about.extend(recipients_of(change, &before.estate));
            }
            if about.is_empty() {
                entries.push((owner_log.clone(), statement));
            } else {
                for recipient in about {
                    entries.push((log_of(&owner, &recipient)?, statement.clone()));
                }
            }
        }
        let now = self.now();
        let planned_on = before.as_ref().map(|before| before.number);
        self.database.write(move |tx| -> Result<()> {
            let present = tables::estate::latest_version(tx)?.map(|version| version.number);
            if present != planned_on {
                return Err(AppError::refused(
                    "applying the estate",
                    "somebody else applied one meanwhile",
                    "Run: ringfence plan ESTATE.toml",
                ));
            }
            for (log, statement) in &entries {
                tx.append(log, statement)?;
            }
            tables::estate::add_version(tx, now, OPERATOR, text_hash.0, &text)?;
            // What is no longer declared may have been what let somebody in.
            tx.bump_revision()?;
            Ok(())
        })?;
        Ok(plan)
    }

    fn same_replacements(&self, before: &Current, draft: &Draft) -> bool {
        before.replacements.len() == draft.replaced.len()
            && draft.replaced.iter().all(|(key, bytes)| {
                before.replacements.get(key) == Some(&ringfence_ledger::sha256(bytes).to_string())
            })
    }
}

/// The recipients whose logs a change belongs to; none: the owner's log.
fn recipients_of(change: &Change, estate: &Estate) -> BTreeSet<String> {
    match change.kind {
        "recipient" => BTreeSet::from([change.name.clone()]),
        "grant" => change
            .name
            .split('/')
            .next()
            .map(str::to_owned)
            .into_iter()
            .collect(),
        "agreement" => estate
            .agreement(&change.name)
            .map(|agreement| recipients_of_parties(estate, &agreement.parties))
            .unwrap_or_default(),
        _ => BTreeSet::new(),
    }
}

/// The recipients that belong to any of `parties`.
pub(crate) fn recipients_of_parties(estate: &Estate, parties: &[String]) -> BTreeSet<String> {
    estate
        .recipients
        .iter()
        .filter(|recipient| parties.contains(&recipient.party))
        .map(|recipient| recipient.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn an_owner_has_a_readable_origin() {
        assert_eq!(slug("Acme GmbH & Co. KG"), "acme-gmbh-co-kg");
        assert_eq!(slug("  "), "owner");
        assert_eq!(slug("株式会社"), "owner");
    }
}
