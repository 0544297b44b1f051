//! What a view shows and gives away, exports without git, and what one recipient's copy changes.

use crate::delivery::{Ending, every_file};
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::marking::{MarkRules, profile_word};
use ringfence_domain::asset::AssetIndex;
use ringfence_domain::view::Visibility;
use ringfence_store::tables::{self, deliveries::DeliveryKind};
use ringfence_syntax::Language;
use ringfence_view::object::{
    EntryKind, Kind, MemoryObjects, ObjectId, ObjectSink, ObjectSource, read_as, read_commit,
};
use ringfence_view::project::exposure::{LineCounts, Tally, exposure, list_files};
use ringfence_view::project::{Deliver, Flow, Limits, Place, ProjectError, Projector, ViewRules, Warning};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One file of a view.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// Its path; bytes that are no UTF-8 are escaped.
    pub path: String,
    /// read, write or interface.
    pub visibility: Visibility,
    /// Delivered in place of the owner's file.
    pub replaced: bool,
    /// robust, steady or off.
    pub marks: &'static str,
    /// Blob id: the owner's, or the recipient's when one was named.
    pub blob: String,
}

/// How much of something.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TallyReport {
    /// Files.
    pub files: u64,
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
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
    pub assets: Vec<String>,
    /// What was left out or overruled, and what deserves a second look.
    pub warnings: Vec<String>,
}

/// An exported copy.
#[derive(Clone, Debug, Serialize)]
pub struct ExportReport {
    /// The delivery.
    pub delivery: String,
    /// Where.
    pub directory: PathBuf,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// What one recipient's copy changes in one file.
#[derive(Clone, Debug, Serialize)]
pub struct MarkDiff {
    /// Its path.
    pub path: String,
    /// Lines removed and added, in unified form.
    pub diff: String,
}

impl App {
    /// The files of a view, or of a recipient's copy of it.
    ///
    /// # Errors
    /// When there is no such view or recipient, or a repository cannot be read.
    pub fn view_files(&self, name: &str, recipient: Option<&str>) -> Result<Vec<FileReport>> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        let rules = self.view_rules(&current, view)?;
        let marks = MarkRules::new(view)?;
        let described = |path: &[u8], blob: ObjectId| {
            let replaced = rules
                .replacements()
                .iter()
                .any(|replacement| replacement.path == path);
            let visibility = if replaced {
                Visibility::Read
            } else {
                rules.rules().decide(path).visibility
            };
            let marked = !replaced && Language::from_path(path).is_some();
            FileReport {
                path: path.escape_ascii().to_string(),
                visibility,
                replaced,
                marks: if marked {
                    profile_word(marks.profile(path, visibility))
                } else {
                    "off"
                },
                blob: blob.to_string(),
            }
        };
        if let Some(recipient) = recipient {
            self.granted_recipient(&current, name, recipient)?;
            let prepared = self.refresh(name, recipient)?;
            let tree = read_commit(&prepared.store, &prepared.tip)?.tree;
            return Ok(every_file(&prepared.store, tree)?
                .into_iter()
                .map(|file| described(&file.path, file.blob))
                .collect());
        }
        let (mirror, tip) = self.mirror_of(&current, view)?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let (objects, delivered, _) = dry_run(&rules, tree, &mirror)?;
        let declared = list_files(&rules, tree, &mirror, Limits::default())?
            .into_iter()
            .filter(|file| file.decision.visibility == Visibility::Interface && !file.replaced);
        let mut files: Vec<FileReport> = every_file(&objects, delivered)?
            .into_iter()
            .chain(declared)
            .map(|file| described(&file.path, file.blob))
            .collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(files)
    }

    /// What a view gives away before anyone is granted it.
    ///
    /// # Errors
    /// When there is no such view or the repository cannot be read.
    pub fn view_exposure(&self, name: &str) -> Result<ExposureReport> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        let rules = self.view_rules(&current, view)?;
        let (mirror, tip) = self.mirror_of(&current, view)?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let files = list_files(&rules, tree, &mirror, Limits::default())?;
        let sum = exposure(&rules, &files, &mirror, &mut LineCounts::default())?;
        let index = AssetIndex::new(&current.estate, &view.repository)
            .map_err(|error| AppError::Input(format!("an asset's path: {error}")))?;
        let mut assets: BTreeSet<String> = BTreeSet::new();
        let mut warnings = Vec::new();
        for file in files
            .iter()
            .filter(|file| file.decision.visibility != Visibility::Hidden)
        {
            assets.extend(index.assets_of_path(&file.path).into_iter().map(str::to_owned));
            if names_other_paths(&file.path) {
                let shown = file.path.escape_ascii();
                warnings.push(format!(
                    "{shown}: such files often name hidden paths; read it, or use [[view.replace]]"
                ));
            }
        }
        let (_, _, left_out) = dry_run(&rules, tree, &mirror)?;
        warnings.extend(
            left_out
                .iter()
                // Said once for all files, below.
                .filter(|warning| !matches!(warning, Warning::InterfaceIsHidden { .. }))
                .map(ToString::to_string),
        );
        if sum.interface.files > 0 {
            warnings.push(format!(
                "{} files are declared interface and delivered as hidden in this version",
                sum.interface.files
            ));
        }
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
            assets: assets.into_iter().collect(),
            warnings,
        })
    }

    /// The recipient, which must have a grant of the view.
    fn granted_recipient(&self, current: &crate::estate::Current, view: &str, recipient: &str) -> Result<()> {
        if current.estate.recipient(recipient).is_none() {
            return Err(AppError::not_found(
                "recipient",
                recipient,
                "Recipients are declared in the estate",
            ));
        }
        let granted = current
            .estate
            .grants
            .iter()
            .any(|grant| grant.view == view && grant.recipient == recipient);
        if granted {
            Ok(())
        } else {
            Err(AppError::refused(
                format!("preparing view {view} for {recipient}"),
                "no grant gives this recipient this view",
                "Declare a [[grant]] and apply the estate",
            ))
        }
    }

    /// Delivers a copy without git to a person, under the same conditions as a clone; recorded like any delivery.
    ///
    /// # Errors
    /// When a condition of access is not met, the folder is not empty, or anything fails on the way.
    pub fn export(
        &self,
        name: &str,
        recipient: &str,
        person: Option<&str>,
        directory: &Path,
    ) -> Result<ExportReport> {
        let current = self.current()?;
        self.declared_view(&current, name)?;
        self.granted_recipient(&current, name, recipient)?;
        let what = format!("exporting view {name} to {recipient}");
        let members = current
            .estate
            .recipient(recipient)
            .map(|recipient| recipient.members.as_slice())
            .unwrap_or_default();
        let person = match (person, members) {
            (Some(person), _) => person.to_owned(),
            (None, [only]) => only.reveal().to_owned(),
            (None, _) => {
                return Err(AppError::Input(format!(
                    "recipient {recipient} has {} members; say which person gets the copy with --to",
                    members.len()
                )));
            }
        };
        // First synchronise, so that the decision sees the assets that would leave.
        let prepared = self.refresh(name, recipient)?;
        let access = self.access(&person, name, crate::access::Action::Read)?;
        if !access.decision.allowed || access.recipient.as_deref() != Some(recipient) {
            let why: Vec<String> = access.unmet().map(|condition| condition.reason.clone()).collect();
            let cure: Vec<String> = access
                .unmet()
                .filter_map(|condition| condition.cure.clone())
                .collect();
            let why = if why.is_empty() {
                format!("{person} takes part through another recipient")
            } else {
                why.join("; ")
            };
            return Err(AppError::refused(what, why, cure.join(" ")));
        }
        let empty = match std::fs::read_dir(directory) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(AppError::Input(format!(
                    "{} is no folder; name a new one",
                    directory.display()
                )));
            }
            Err(source) => return Err(AppError::file(directory, source)),
        };
        if !empty {
            return Err(AppError::Input(format!(
                "{} is not empty; name a new folder",
                directory.display()
            )));
        }
        let actor = self.actor_of("person", &person)?;
        let begun = self.begin_delivery(recipient, name, &actor, None, DeliveryKind::Export, prepared.tip)?;
        let written = write_tree(&prepared.store, prepared.tip, directory);
        let (files, bytes) = match written {
            Ok(written) => written,
            Err(error) => {
                // Begun counts as delivered: part of the copy may be out.
                self.end_delivery(&begun, &prepared.store, 0, 0, Ending::Cut)?;
                return Err(error);
            }
        };
        self.end_delivery(&begun, &prepared.store, files, bytes, Ending::Complete)?;
        Ok(ExportReport {
            delivery: begun.id,
            directory: directory.to_path_buf(),
            files,
            bytes,
        })
    }

    /// What one recipient's copy changes; an entry in that recipient's own log.
    ///
    /// # Errors
    /// When there is no such view or recipient, or a store fails.
    pub fn mark_diff(&self, name: &str, recipient: &str) -> Result<Vec<MarkDiff>> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        self.granted_recipient(&current, name, recipient)?;
        let statement = Self::built(
            self.entry("copy-rendered", OPERATOR)
                .subject("recipient", recipient)
                .subject("view", name)
                .field("for", "mark diff"),
        )?;
        let log = self.log(recipient)?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            Ok(())
        })?;
        let prepared = self.refresh(name, recipient)?;
        let (mirror, _) = self.mirror_of(&current, view)?;
        let files = self
            .database
            .read(|tx| tables::deliveries::files_of_recipient(tx, recipient))?;
        let owner_tree = read_commit(&mirror, &prepared.upstream)?.tree;
        let mut diffs = Vec::new();
        let tree = read_commit(&prepared.store, &prepared.tip)?.tree;
        for file in every_file(&prepared.store, tree)? {
            let delivered = file.blob.to_string();
            let Some((_, canonical)) = crate::push::trees::entry_at(&mirror, owner_tree, &file.path)? else {
                continue;
            };
            let canonical_text = canonical.to_string();
            let ours = files.iter().any(|row| {
                row.path == file.path && row.delivered == delivered && row.canonical == canonical_text
            });
            if !ours || delivered == canonical_text {
                continue;
            }
            let before = read_as(&mirror, &canonical, Kind::Blob)?;
            let after = read_as(&prepared.store, &file.blob, Kind::Blob)?;
            let path = file.path.escape_ascii().to_string();
            diffs.push(MarkDiff {
                diff: crate::unified::unified(&path, &before, &after),
                path,
            });
        }
        Ok(diffs)
    }
}

/// Keeps the owner's blobs where they are: only trees and replaced files are made.
struct Unmoved;

impl Deliver for Unmoved {
    fn depends_on_path(&self) -> bool {
        false
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        _: &dyn ObjectSource,
        _: &mut dyn ObjectSink,
    ) -> std::result::Result<ObjectId, ProjectError> {
        Ok(place.blob)
    }
}

/// The tree that a view would deliver, unmarked, in memory, with what was left out of it or overruled.
fn dry_run(
    rules: &ViewRules,
    tree: ObjectId,
    source: &dyn ObjectSource,
) -> Result<(MemoryObjects, ObjectId, Vec<Warning>)> {
    let mut objects = MemoryObjects::default();
    let mut flow = Flow {
        source,
        deliver: &mut Unmoved,
        sink: &mut objects,
    };
    let projected = Projector::new(rules, Limits::default()).project_tree(tree, &mut flow)?;
    Ok((objects, projected.tree, projected.warnings))
}

/// Files that list other files, or machines' instructions that name them.
fn names_other_paths(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    matches!(
        name,
        "CODEOWNERS"
            | ".gitmodules"
            | "Cargo.lock"
            | "package-lock.json"
            | "go.work"
            | ".gitlab-ci.yml"
            | "Jenkinsfile"
    ) || path.starts_with(".github/")
        || path == "Cargo.toml"
        || path == "package.json"
}

fn write_tree(
    store: &ringfence_git::delivery_store::DeliveryStore,
    tip: ringfence_view::object::ObjectId,
    directory: &Path,
) -> Result<(u64, u64)> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let tree = read_commit(store, &tip)?.tree;
    let (mut files, mut bytes) = (0_u64, 0_u64);
    std::fs::create_dir_all(directory).map_err(|source| AppError::file(directory, source))?;
    for file in every_file(store, tree)? {
        // Names come from a store whose trees were checked; a second look costs nothing.
        let relative = Path::new(std::ffi::OsStr::from_bytes(&file.path));
        if relative
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
        {
            return Err(AppError::fault(
                "writing an export",
                format!("unsafe path {}", file.path.escape_ascii()),
            ));
        }
        let Some(object) = store.read(&file.blob)? else {
            return Err(AppError::fault(
                "writing an export",
                format!("object {} is missing", file.blob),
            ));
        };
        let path = directory.join(relative);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| AppError::file(folder, source))?;
        }
        if file.kind == EntryKind::Link {
            let target = std::ffi::OsStr::from_bytes(&object.data);
            std::os::unix::fs::symlink(target, &path).map_err(|source| AppError::file(&path, source))?;
        } else {
            std::fs::write(&path, &object.data).map_err(|source| AppError::file(&path, source))?;
            if file.kind == EntryKind::BlobExecutable {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
                    .map_err(|source| AppError::file(&path, source))?;
            }
        }
        files = files.saturating_add(1);
        bytes = bytes.saturating_add(u64::try_from(object.data.len()).unwrap_or(u64::MAX));
    }
    Ok((files, bytes))
}
