//! Brings a recipient's delivery store up to date with the owner's repository.
//!
//! Order of one run: objects into the store, then state and codeword commitments into the database with their entries, then the
//! refs. A crash in between leaves objects that nothing names; the next run finishes the work. So no commitment can come after
//! the delivery it covers.

mod carry;
mod past;
mod record;
mod tags;
mod terms;

pub use carry::PATCHES;

use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use crate::marking::Marker;
use past::Past;
use record::Made;
use ringfence_domain::view::{InterfaceDocs, PathRule, View, Visibility};
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate};
use ringfence_git::mirror::Mirror;
use ringfence_store::tables::{self, histories::CommitOrigin};
use ringfence_view::object::{ObjectId, read_commit};
use ringfence_view::project::history::{CommitStyle, HistoryInput, KnownCommits, Projected};
use ringfence_view::project::{Flow, Limits, Projector, Replacement, ViewRules, narrowed};
use ringfence_view::rules::Rules;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A store that is up to date.
pub struct Prepared {
    /// The store.
    pub store: DeliveryStore,
    /// Tip of the tracked branch.
    pub tip: ObjectId,
    /// The owner's commit it shows.
    pub upstream: ObjectId,
    /// What was left out or overruled; for the owner's eyes.
    pub warnings: Vec<String>,
}

/// What a store was made by; a change of it may need a new generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MadeBy {
    rules: Vec<PathRule>,
    /// Replaced files and artefacts, by path with the hash of their bytes.
    replaced: Vec<(String, String)>,
    #[serde(default)]
    docs: InterfaceDocs,
    /// The words of the header line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    repository: String,
    branch: String,
    #[serde(default)]
    past: Past,
}

impl From<ringfence_git::mirror::MirrorError> for AppError {
    fn from(error: ringfence_git::mirror::MirrorError) -> Self {
        use ringfence_git::mirror::MirrorError;
        match error {
            MirrorError::Io { .. } | MirrorError::Git(_) | MirrorError::Object(_) | MirrorError::Store(_) => {
                Self::fault("reading the owner's repository", error)
            }
            other => Self::refused("reading the owner's repository", other.to_string(), ""),
        }
    }
}

impl From<ringfence_git::delivery_store::StoreError> for AppError {
    fn from(error: ringfence_git::delivery_store::StoreError) -> Self {
        Self::fault("the delivery store", error)
    }
}

impl From<ringfence_view::project::ProjectError> for AppError {
    fn from(error: ringfence_view::project::ProjectError) -> Self {
        use ringfence_view::project::ProjectError;
        match error {
            ProjectError::Rewritten { .. } => Self::refused(
                "projecting the view",
                error.to_string(),
                "Restore the branch, or accept what it is now with: ringfence view restart VIEW; nothing new is delivered until then",
            ),
            ProjectError::NoSuchStart { .. } => Self::refused(
                "projecting the view",
                error.to_string(),
                "Name a commit of the tracked branch: history = \"since <commit>\"",
            ),
            ProjectError::Rules(_) | ProjectError::Replacement { .. } => Self::Input(error.to_string()),
            other => Self::fault("projecting the view", other),
        }
    }
}

impl From<ringfence_view::object::ObjectError> for AppError {
    fn from(error: ringfence_view::object::ObjectError) -> Self {
        Self::fault("reading an object", error)
    }
}

impl App {
    pub(crate) fn stores(&self) -> PathBuf {
        self.home.join("stores")
    }

    pub(crate) fn declared_view<'a>(&self, current: &'a Current, name: &str) -> Result<&'a View> {
        current
            .estate
            .view(name)
            .ok_or_else(|| AppError::not_found("view", name, "Run: ringfence plan ESTATE.toml"))
    }

    /// The compiled rules of a view; its replaced files and artefacts are known by path alone, as their bytes may be many.
    pub(crate) fn view_rules(&self, view: &View) -> Result<ViewRules> {
        let replaced = view.replace.iter().map(|replaced| Replacement {
            path: replaced.path.clone().into_bytes(),
            bytes: Vec::new(),
            kind: ringfence_view::object::EntryKind::Blob,
        });
        let artefacts = self.artefact_places(&view.name)?;
        Ok(ViewRules::new(&view.rules, replaced.chain(artefacts).collect())?)
    }

    /// The compiled rules of a view, with the bytes of its replaced files and artefacts.
    pub(crate) fn loaded_rules(&self, current: &Current, view: &View) -> Result<ViewRules> {
        let replacements = view
            .replace
            .iter()
            .map(|replaced| {
                let hash = current
                    .replacement(&view.name, &replaced.path)
                    .ok_or_else(|| AppError::fault("reading a replaced file", &replaced.path))?;
                Ok(Replacement {
                    path: replaced.path.clone().into_bytes(),
                    bytes: self.blobs.get(&hash)?,
                    kind: ringfence_view::object::EntryKind::Blob,
                })
            })
            .chain(self.placed_artefacts(&view.name)?.into_iter().map(Ok))
            .collect::<Result<Vec<_>>>()?;
        Ok(ViewRules::new(&view.rules, replacements)?)
    }

    /// The mirror of a view's repository, synchronised, with its tip.
    pub(crate) fn mirror_of(&self, current: &Current, view: &View) -> Result<(Mirror, ObjectId)> {
        self.mirror_of_repository(current, &view.repository)
    }

    pub(crate) fn mirror_of_repository(&self, current: &Current, name: &str) -> Result<(Mirror, ObjectId)> {
        let repository = current
            .estate
            .repository(name)
            .ok_or_else(|| AppError::not_found("repository", name, "Declare it in the estate"))?;
        let mirror = Mirror::open_or_create(&self.home.join("mirrors"), &repository.name)?;
        let tip = mirror.sync(&repository.source, &repository.branch)?;
        Ok((mirror, tip))
    }

    /// Takes turns with other processes that write what one recipient was delivered. Not by view: what is delivered at a path is
    /// one state for all views of a recipient, and two projections at once could render it by two profiles.
    pub(crate) fn projection_lock(&self, recipient: &str) -> Result<std::fs::File> {
        let folder = self.home.join("locks");
        std::fs::create_dir_all(&folder).map_err(|source| AppError::file(&folder, source))?;
        let path = folder.join(format!("{recipient}.lock"));
        let file = std::fs::File::create(&path).map_err(|source| AppError::file(&path, source))?;
        file.lock().map_err(|source| AppError::file(&path, source))?;
        Ok(file)
    }

    /// Publishes a generation that was recorded and not yet put in place when a process died: the database is authoritative.
    fn finish_generation(&self, view: &str, recipient: &str, branch: &str, recorded: &Earlier) -> Result<()> {
        let stores = self.stores();
        let present = DeliveryStore::open(&stores, view, recipient)?;
        if u64::from(present.generation()) >= recorded.generation {
            return Ok(());
        }
        let next = DeliveryStore::open_next(&stores, view, recipient)?;
        next.update_refs(&[RefUpdate {
            name: format!("refs/heads/{branch}"),
            before: Before::Any,
            after: Some(recorded.projected.view),
        }])?;
        next.publish_generation(&stores, view, recipient)?;
        Ok(())
    }

    /// Brings the store of (view, recipient) up to date and returns it.
    ///
    /// # Errors
    /// When the repository cannot be read, its history was rewritten, or the store or the ledger fails: then nothing is served.
    pub fn refresh(&self, view_name: &str, recipient: &str) -> Result<Prepared> {
        self.refresh_or_restart(view_name, recipient, false)
    }

    /// Opens a new generation of every store of a view: what the owner's branch is now is shown from a new root, whatever it was
    /// before. Gives the recipients.
    ///
    /// # Errors
    /// When there is no such view, or as for [`App::refresh`].
    pub fn restart_view(&self, view_name: &str) -> Result<Vec<String>> {
        let current = self.current()?;
        self.declared_view(&current, view_name)?;
        let mut recipients: Vec<String> = self
            .database
            .read(tables::histories::states)?
            .into_iter()
            .filter(|state| state.view == view_name)
            .map(|state| state.recipient)
            .collect();
        recipients.dedup();
        for recipient in &recipients {
            self.refresh_or_restart(view_name, recipient, true)?;
        }
        Ok(recipients)
    }

    fn refresh_or_restart(&self, view_name: &str, recipient: &str, restart: bool) -> Result<Prepared> {
        let current = self.current()?;
        let view = self.declared_view(&current, view_name)?;
        let repository = current
            .estate
            .repository(&view.repository)
            .ok_or_else(|| AppError::not_found("repository", &view.repository, "Declare it in the estate"))?;
        let rules = self.view_rules(view)?;
        let _turn = self.projection_lock(recipient)?;
        let (mirror, upstream) = self.mirror_of(&current, view)?;
        let made_by = MadeBy {
            rules: view.rules.clone(),
            replaced: view
                .replace
                .iter()
                .filter_map(|replaced| {
                    Some((
                        replaced.path.clone(),
                        current.replacement(view_name, &replaced.path)?.to_string(),
                    ))
                })
                .chain(self.artefacts(view_name)?.iter().map(|artefact| {
                    (
                        String::from_utf8_lossy(&artefact.path).into_owned(),
                        ringfence_ledger::Hash(artefact.content).to_string(),
                    )
                }))
                .collect(),
            docs: view.interface.docs,
            header: self.header_words(&current, view, recipient)?,
            repository: repository.name.clone(),
            branch: repository.branch.clone(),
            past: Past::of(view),
        };
        let state = self
            .database
            .read(|tx| tables::histories::state(tx, view_name, recipient))?;
        let before = state.as_ref().map(Earlier::read).transpose()?.flatten();
        if let Some(before) = &before {
            self.finish_generation(view_name, recipient, &repository.branch, before)?;
        }
        let run = Run {
            app: self,
            current: &current,
            view,
            recipient,
            rules: &rules,
            mirror: &mirror,
            upstream,
            made_by,
            branch: &repository.branch,
            source: &repository.source,
        };
        let prepared = match before {
            Some(before) if restart => run.new_generation(&before, b"(by the owner)", "restarted"),
            None => run.start(state.as_ref().map(|state| state.generation)),
            Some(before) if before.made_by == run.made_by && before.projected.upstream == upstream => {
                run.unchanged(&before)
            }
            Some(before) => match run.narrowed(&before)? {
                Some(path) => run.new_generation(&before, &path, "narrowed"),
                None => run.go_on(&before),
            },
        }?;
        run.project_tags(&prepared.store, u64::from(prepared.store.generation()))?;
        Ok(prepared)
    }
}

/// The state before this run.
struct Earlier {
    generation: u64,
    projected: Projected,
    made_by: MadeBy,
}

impl Earlier {
    fn read(state: &tables::histories::StoreState) -> Result<Option<Self>> {
        let (Some(upstream), Some(view)) = (&state.tip_upstream, &state.tip_projected) else {
            return Ok(None);
        };
        let made_by = serde_json::from_str(&state.rules)
            .map_err(|error| AppError::fault("reading a store's rules", error))?;
        Ok(Some(Self {
            generation: state.generation,
            projected: Projected {
                upstream: object_id(upstream)?,
                view: object_id(view)?,
            },
            made_by,
        }))
    }
}

pub(crate) fn object_id(hex: &str) -> Result<ObjectId> {
    ObjectId::from_hex(hex.as_bytes()).map_err(|error| AppError::fault("reading an object id", error))
}

struct Run<'a> {
    app: &'a App,
    current: &'a Current,
    view: &'a View,
    recipient: &'a str,
    rules: &'a ViewRules,
    mirror: &'a Mirror,
    upstream: ObjectId,
    made_by: MadeBy,
    branch: &'a str,
    source: &'a str,
}

impl Run<'_> {
    fn reference(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// The first projection, or one that broke off before its state was written.
    fn start(&self, generation: Option<u64>) -> Result<Prepared> {
        let stores = self.app.stores();
        let store = match DeliveryStore::open(&stores, &self.view.name, self.recipient) {
            Ok(store) => store,
            Err(ringfence_git::delivery_store::StoreError::Missing { .. }) => {
                DeliveryStore::create(&stores, &self.view.name, self.recipient, self.branch)?
            }
            Err(error) => return Err(error.into()),
        };
        let generation = generation.unwrap_or_else(|| u64::from(store.generation()));
        self.project(store, None, generation, None)
    }

    /// Nothing new upstream: the refs may still be behind after a crash.
    fn unchanged(&self, before: &Earlier) -> Result<Prepared> {
        let store = DeliveryStore::open(&self.app.stores(), &self.view.name, self.recipient)?;
        let tip = before.projected.view;
        if store.tip()? != Some(tip) {
            store.update_refs(&[RefUpdate {
                name: self.reference(),
                before: Before::Any,
                after: Some(tip),
            }])?;
        }
        Ok(Prepared {
            store,
            tip,
            upstream: self.upstream,
            warnings: Vec::new(),
        })
    }

    /// The first path that was visible and is no more.
    fn narrowed(&self, before: &Earlier) -> Result<Option<Vec<u8>>> {
        if before.made_by.repository != self.made_by.repository
            || before.made_by.branch != self.made_by.branch
        {
            return Ok(Some(b"(another repository or branch)".to_vec()));
        }
        if let Some(what) = before.made_by.past.narrowed_by(&self.made_by.past) {
            return Ok(Some(what.as_bytes().to_vec()));
        }
        if before.made_by.docs < self.made_by.docs && self.has_interface() {
            return Ok(Some(b"(documentation comments of interface files)".to_vec()));
        }
        if before.made_by.rules == self.made_by.rules && before.made_by.replaced == self.made_by.replaced {
            return Ok(None);
        }
        let old =
            Rules::compile(&before.made_by.rules).map_err(|error| AppError::Input(error.to_string()))?;
        let tree = read_commit(self.mirror, &before.projected.upstream)?.tree;
        // A file of the owner that is now delivered in another form is hidden as it was.
        for (path, _) in &self.made_by.replaced {
            let before_too = before.made_by.replaced.iter().any(|(known, _)| known == path);
            let path = path.as_bytes();
            let visible = old.decide(path).visibility > Visibility::Hidden;
            if !before_too && visible && crate::push::trees::entry_at(self.mirror, tree, path)?.is_some() {
                return Ok(Some(path.to_vec()));
            }
        }
        // Also what is gone at the tip lies in the store, as long as an earlier view commit holds it.
        let (view, recipient) = (&self.view.name, self.recipient);
        let rows = self
            .app
            .database
            .read(|tx| tables::histories::list(tx, view, recipient, before.generation))?;
        let mut trees = vec![tree];
        for row in rows.iter().filter(|row| row.origin == CommitOrigin::Projection) {
            trees.push(read_commit(self.mirror, &object_id(&row.upstream)?)?.tree);
        }
        Ok(narrowed::first_narrowed_of(
            &old,
            self.rules.rules(),
            trees,
            self.mirror,
            Limits::default(),
        )?)
    }

    fn has_interface(&self) -> bool {
        let mut patterns = self.rules.rules().patterns_of(Visibility::Interface);
        patterns.next().is_some()
    }

    /// A new store with a new root, made without what is hidden now; the old one is deleted once the new one is in place.
    fn new_generation(&self, before: &Earlier, path: &[u8], reason: &str) -> Result<Prepared> {
        let stores = self.app.stores();
        let next = DeliveryStore::create_next(&stores, &self.view.name, self.recipient, self.branch)?;
        tracing::info!(view = %self.view.name, recipient = %self.recipient, path = %path.escape_ascii(), reason, "new generation");
        let generation = before.generation.saturating_add(1);
        let prepared = self.project(next, None, generation, Some((reason, before)))?;
        let store = prepared
            .store
            .publish_generation(&stores, &self.view.name, self.recipient)?;
        Ok(Prepared { store, ..prepared })
    }

    fn go_on(&self, before: &Earlier) -> Result<Prepared> {
        let store = DeliveryStore::open(&self.app.stores(), &self.view.name, self.recipient)?;
        self.project(store, Some(before.projected), before.generation, None)
    }

    fn project(
        &self,
        store: DeliveryStore,
        before: Option<Projected>,
        generation: u64,
        new: Option<(&str, &Earlier)>,
    ) -> Result<Prepared> {
        let (view, recipient) = (self.view.name.as_str(), self.recipient);
        let mapped_rows = self
            .app
            .database
            .read(|tx| tables::histories::list(tx, view, recipient, generation))?;
        let mut known = KnownCommits::default();
        for row in &mapped_rows {
            let submitted = row.origin == CommitOrigin::Submission;
            known.add(object_id(&row.upstream)?, object_id(&row.projected)?, submitted);
        }
        let depth = self.made_by.past.depth(self.mirror, before)?;
        let cut = self.mirror.cut()?;
        let key = self.app.keys.gateway();
        let sign = |bytes: &[u8]| Ok(key.sign(bytes));
        let terms = self.app.terms(self.current, self.view, recipient);
        let style = CommitStyle {
            messages: self.view.messages,
            authors: self.view.authors,
            sign: Some(&sign),
            terms: Some(terms.as_bytes()),
        };
        let mut marker = Marker::new(self.app, self.current, self.view, recipient)?;
        let loaded = self.app.loaded_rules(self.current, self.view)?;
        let mut writer = store.pack_writer()?;
        let mut projector = Projector::new(&loaded, Limits::default());
        let same_tip = before.is_some_and(|before| before.upstream == self.upstream);
        let (tip, pairs, warnings) = {
            let mut flow = Flow {
                source: self.mirror,
                deliver: &mut marker,
                sink: &mut writer,
            };
            let input = HistoryInput {
                tip: self.upstream,
                before,
                known: &known,
                view: &store,
                depth,
                cut: &cut,
                style: &style,
            };
            let history = match before {
                Some(before) if same_tip => projector.project_again(&input, before, &mut flow)?,
                _ => projector.project_history(&input, &mut flow)?,
            };
            (history.tip, history.pairs, history.warnings)
        };
        store.publish(writer, &[])?;
        // Before the record: when a process dies after it, what is put in place has the branches.
        let carried = match new {
            Some((_, earlier)) => {
                let next = DeliveryStore::open_next(&self.app.stores(), view, recipient)?;
                self.carry_over(earlier, &next, tip)?
            }
            None => carry::Carried::new(),
        };
        self.record(&Made {
            rendered: &marker.rendered,
            interfaces: marker.interfaces(),
            pairs: &pairs,
            carried: &carried,
            tip,
            generation,
            known_pairs: mapped_rows.len(),
            reason: new.map(|(reason, _)| reason),
        })?;
        store.update_refs(&[RefUpdate {
            name: self.reference(),
            before: Before::Any,
            after: Some(tip),
        }])?;
        Ok(Prepared {
            store,
            tip,
            upstream: self.upstream,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        })
    }
}
