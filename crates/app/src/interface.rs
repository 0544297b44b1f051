//! Interface files in the app: the rendering is remembered in the database, so that what was delivered once is given again by
//! whatever engine; import profiles of Python views are recorded here.
//!
//! // INVARIANT: a rendered text is in the database before a delivered file names its blob: one transaction writes both.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use ringfence_domain::view::{InterfaceDocs, View};
use ringfence_interface::{Docs, ImportProfile, MAX_PROFILE_BYTES};
use ringfence_store::tables::interfaces::{self, InterfaceGroup, InterfaceText, StoredProfile};
use ringfence_store::{StoreError, WriteTransaction};
use ringfence_view::object::{ObjectId, ObjectSource};
use ringfence_view::project::shape::{
    InterfaceMemory, InterfaceOutcome, Interfaces, Shaped, engine_version, shape,
};
use ringfence_view::project::{Limits, ProjectError, ViewRules};
use std::collections::HashMap;
use std::io::Read as _;
use std::rc::Rc;

/// The program that prints an import profile, for the owner's own machine.
pub use ringfence_interface::PROFILER;

/// Interface texts that are rendered and not yet written.
#[derive(Clone, Default)]
pub(crate) struct NewInterfaces {
    groups: Vec<InterfaceGroup>,
    texts: Vec<InterfaceText>,
}

impl NewInterfaces {
    pub fn write(&self, tx: &mut WriteTransaction<'_>) -> std::result::Result<(), StoreError> {
        for group in &self.groups {
            interfaces::add_group(tx, group)?;
        }
        for text in &self.texts {
            interfaces::add_text(tx, text)?;
        }
        Ok(())
    }
}

/// Puts interface texts into the trees of one view.
pub(crate) struct Shaper<'a> {
    app: &'a App,
    docs: Docs,
    profile: Option<ImportProfile>,
    known: HashMap<[u8; 32], Vec<InterfaceOutcome>>,
    last: Option<(ObjectId, Option<Shaped>)>,
    new: NewInterfaces,
}

/// Reads and keeps outcomes.
struct Memory<'m> {
    app: &'m App,
    known: &'m mut HashMap<[u8; 32], Vec<InterfaceOutcome>>,
    new: &'m mut NewInterfaces,
}

impl<'a> Shaper<'a> {
    pub fn new(app: &'a App, view: &View) -> Result<Self> {
        let stored = app.database.read(|tx| interfaces::profile(tx, &view.name))?;
        let profile = stored.map(|stored| parse_profile(&stored.body)).transpose()?;
        Ok(Self {
            app,
            docs: docs_of(view.interface.docs),
            profile,
            known: HashMap::new(),
            last: None,
            new: NewInterfaces::default(),
        })
    }

    /// The tree with interface texts; none when the view shows no interfaces.
    pub fn shape(
        &mut self,
        view: &ViewRules,
        tree: ObjectId,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> std::result::Result<Option<Shaped>, ProjectError> {
        if let Some((known, shaped)) = &self.last
            && *known == tree
        {
            return Ok(shaped.clone());
        }
        let options = Interfaces {
            docs: self.docs,
            import_profile: self.profile.as_ref(),
        };
        let mut memory = Memory {
            app: self.app,
            known: &mut self.known,
            new: &mut self.new,
        };
        let shaped = shape(view, tree, limits, source, options, &mut memory)?;
        self.last = Some((tree, shaped.clone()));
        Ok(shaped)
    }

    /// What was rendered for the first time.
    pub fn rendered(&self) -> &NewInterfaces {
        &self.new
    }
}

impl InterfaceMemory for Memory<'_> {
    fn recall(&mut self, input: &[u8; 32]) -> std::result::Result<Option<Vec<InterfaceOutcome>>, String> {
        if let Some(known) = self.known.get(input) {
            return Ok(Some(known.clone()));
        }
        let stored = self
            .app
            .database
            .read(|tx| -> std::result::Result<_, StoreError> {
                let Some(group) = interfaces::group(tx, input)? else {
                    return Ok(None);
                };
                let mut outcomes: Vec<InterfaceOutcome> =
                    serde_json::from_slice(&group.body).map_err(|error| StoreError::Conflict {
                        detail: format!("the stored outcomes of interface files cannot be read: {error}"),
                    })?;
                for outcome in &mut outcomes {
                    if let InterfaceOutcome::Text { text, blob, .. } = outcome {
                        let stored = interfaces::text(tx, blob)?.ok_or_else(|| StoreError::Conflict {
                            detail: format!("interface text {blob} is missing"),
                        })?;
                        *text = Rc::from(stored.body);
                    }
                }
                Ok(Some(outcomes))
            })
            .map_err(|error| error.to_string())?;
        if let Some(outcomes) = &stored {
            self.known.insert(*input, outcomes.clone());
        }
        Ok(stored)
    }

    fn remember(
        &mut self,
        input: [u8; 32],
        outcomes: &[InterfaceOutcome],
    ) -> std::result::Result<(), String> {
        let body = serde_json::to_vec(outcomes)
            .map_err(|error| format!("the outcomes of interface files cannot be kept: {error}"))?;
        self.new.groups.push(InterfaceGroup {
            input,
            engine: engine_version(),
            body,
        });
        for outcome in outcomes {
            if let InterfaceOutcome::Text { text, blob, .. } = outcome {
                self.new.texts.push(InterfaceText {
                    blob: blob.clone(),
                    body: text.to_vec(),
                });
            }
        }
        self.known.insert(input, outcomes.to_vec());
        Ok(())
    }
}

fn docs_of(docs: InterfaceDocs) -> Docs {
    match docs {
        InterfaceDocs::Full => Docs::Full,
        InterfaceDocs::FirstParagraph => Docs::FirstParagraph,
        InterfaceDocs::None => Docs::None,
    }
}

fn parse_profile(bytes: &[u8]) -> Result<ImportProfile> {
    ImportProfile::parse(bytes).map_err(|error| AppError::Input(error.to_string()))
}

impl App {
    /// Records which functions ran while the owner imported a view's Python packages; their bodies stay in interface files.
    ///
    /// # Errors
    /// When there is no such view, or the file is no profile.
    pub fn set_import_profile(&self, view: &str, file: &std::path::Path) -> Result<usize> {
        let current = self.current()?;
        self.declared_view(&current, view)?;
        let most = u64::try_from(MAX_PROFILE_BYTES)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut body = Vec::new();
        std::fs::File::open(file)
            .and_then(|open| open.take(most).read_to_end(&mut body))
            .map_err(|source| AppError::file(file, source))?;
        let functions = parse_profile(&body)?.0.len();
        let statement = Self::built(
            self.entry("import-profile-recorded", OPERATOR)
                .subject("view", view)
                .field(
                    "functions",
                    crate::delivery::count(u64::try_from(functions).unwrap_or(u64::MAX)),
                )
                .field("profile", ringfence_ledger::sha256(&body).to_string()),
        )?;
        let log = self.owner_log()?;
        let stored = StoredProfile {
            view: view.to_owned(),
            body,
            recorded_at: self.now(),
        };
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            interfaces::put_profile(tx, &stored)?;
            Ok(())
        })?;
        Ok(functions)
    }

    /// A rendered interface text by its blob id.
    pub(crate) fn interface_text(&self, blob: &str) -> Result<Option<Vec<u8>>> {
        Ok(self
            .database
            .read(|tx| interfaces::text(tx, blob))?
            .map(|text| text.body))
    }
}
