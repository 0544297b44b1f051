//! Interface files: before a tree is projected, each of them is put in place of the owner's text, and what has no interface goes.
//!
//! The result is a tree again, so that everything after it (marks, state, memory of folders) sees an interface text as it sees any
//! other file of the owner: by its blob id. INVARIANTS: a blob that stands at `interface` in the shaped tree is a rendered text,
//! never the owner's own; what cannot be rendered is absent, with a warning; hidden folders are not opened; the same files give the
//! same texts, whatever the rest of the tree holds.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use ringfence_domain::view::Visibility;
use ringfence_interface::{
    Docs, ENGINE_VERSION, HiddenReason, ImportProfile, KeptWhat, Options, Outcome, Shown, SourceFile,
};
use ringfence_syntax::Language;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::exposure::{Step, walk};
use super::{Limits, ProjectError, ViewRules, Warning};
use crate::object::{
    EntryKind, Kind, MemoryObjects, Object, ObjectError, ObjectId, ObjectSink as _, ObjectSource, TreeEntry,
    encode_tree, parse_tree, read_as,
};

mod roots;

/// The largest file that is read to render or to see which names it uses.
const LARGEST_FILE: u64 = 8 << 20;

/// One body, initialiser or item that was kept although its file is shown as interface, for the owner's eyes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptPart {
    /// Its line in the owner's text.
    pub line: u32,
    /// The item.
    pub name: String,
    /// What was kept of it.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What one interface file becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterfaceOutcome {
    /// A text that is delivered.
    Text {
        /// The rendered text.
        #[serde(skip)]
        text: Rc<[u8]>,
        /// Its blob id.
        blob: String,
        /// What of the original's inside it still shows.
        kept: Vec<KeptPart>,
    },
    /// Not delivered.
    Absent {
        /// Why.
        why: String,
    },
}

/// Remembers what rendering gave, so that what was delivered once is given again by whatever engine.
pub trait InterfaceMemory {
    /// Gives the outcomes that were remembered under this input, in order.
    ///
    /// # Errors
    /// When the memory fails.
    fn recall(&mut self, input: &[u8; 32]) -> Result<Option<Vec<InterfaceOutcome>>, String>;

    /// Takes in new outcomes.
    ///
    /// # Errors
    /// When they cannot be kept: nothing may be delivered that is not remembered.
    fn remember(&mut self, input: [u8; 32], outcomes: &[InterfaceOutcome]) -> Result<(), String>;
}

/// How interface files are rendered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interfaces<'a> {
    /// What documentation comments become.
    pub docs: Docs,
    /// What ran while the owner imported its Python packages.
    pub import_profile: Option<&'a ImportProfile>,
}

/// A tree whose interface files are interface texts.
#[derive(Clone, Debug)]
pub struct Shaped {
    /// Its root.
    pub tree: ObjectId,
    /// The trees and texts that the owner's store does not have.
    pub objects: Rc<MemoryObjects>,
    /// Each interface file with what became of it, by path.
    pub files: Rc<BTreeMap<Vec<u8>, InterfaceOutcome>>,
}

impl Shaped {
    /// What could not be shown.
    pub fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.files.iter().filter_map(|(path, outcome)| match outcome {
            InterfaceOutcome::Text { .. } => None,
            InterfaceOutcome::Absent { why } => Some(Warning::NoInterface {
                path: path.clone(),
                why: why.clone(),
            }),
        })
    }
}

/// Reads from the shaped tree's own objects first.
pub struct Overlay<'a> {
    /// The shaped tree.
    pub shaped: &'a Shaped,
    /// The owner's objects.
    pub below: &'a dyn ObjectSource,
}

impl ObjectSource for Overlay<'_> {
    fn read(&self, id: &gix_hash::oid) -> Result<Option<Object>, ObjectError> {
        match self.shaped.objects.read(id)? {
            Some(object) => Ok(Some(object)),
            None => self.below.read(id),
        }
    }

    fn header(&self, id: &gix_hash::oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        match self.shaped.objects.header(id)? {
            Some(header) => Ok(Some(header)),
            None => self.below.header(id),
        }
    }
}

/// One visible file.
struct Visible {
    path: Vec<u8>,
    kind: EntryKind,
    blob: ObjectId,
    interface: bool,
}

/// Puts the interface texts into a tree; none when the view has no interface rules.
///
/// # Errors
/// When an object is missing or malformed, a bound is passed, or the memory fails.
pub fn shape(
    view: &ViewRules,
    tree: ObjectId,
    limits: Limits,
    source: &dyn ObjectSource,
    interfaces: Interfaces<'_>,
    memory: &mut dyn InterfaceMemory,
) -> Result<Option<Shaped>, ProjectError> {
    if view.rules().patterns_of(Visibility::Interface).next().is_none() {
        return Ok(None);
    }
    let mut files = BTreeMap::new();
    let mut groups: BTreeMap<Language, Vec<Visible>> = BTreeMap::new();
    let visible = visible_files(view, tree, limits, source)?;
    let reduces_rust = visible
        .iter()
        .any(|file| file.interface && ringfence_interface::supported(&file.path) == Some(Language::Rust));
    let roots = if reduces_rust {
        roots::of(view, &visible, source)?
    } else {
        Vec::new()
    };
    let paths: Vec<Vec<u8>> = visible
        .iter()
        .map(|file| file.path.clone())
        .chain(view.replacements().iter().map(|replaced| replaced.path.clone()))
        .collect();
    for file in visible {
        let plain = matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
        match ringfence_interface::supported(&file.path).filter(|_| plain) {
            Some(language) => groups
                .entry(ringfence_interface::family(language))
                .or_default()
                .push(file),
            None if file.interface => {
                let why = if plain {
                    "no interface is made of this kind of file: give it \"read\" or \"hidden\""
                } else {
                    "only files have an interface"
                };
                files.insert(file.path, InterfaceOutcome::Absent { why: why.to_owned() });
            }
            None => {}
        }
    }
    for (language, group) in groups {
        if group.iter().any(|file| file.interface) {
            let surroundings = Surroundings {
                paths: &paths,
                roots: if language == Language::Rust { &roots } else { &[] },
            };
            render_group(
                language,
                &group,
                &surroundings,
                source,
                interfaces,
                memory,
                &mut files,
            )?;
        }
    }
    let mut objects = MemoryObjects::default();
    let tree = rebuild(tree, &files, source, &mut objects)?;
    Ok(Some(Shaped {
        tree,
        objects: Rc::new(objects),
        files: Rc::new(files),
    }))
}

/// Every file that the view shows in any form, by path; replaced files are not the owner's.
fn visible_files(
    view: &ViewRules,
    tree: ObjectId,
    limits: Limits,
    source: &dyn ObjectSource,
) -> Result<Vec<Visible>, ProjectError> {
    let rules = view.rules();
    let mut files = Vec::new();
    walk(
        tree,
        source,
        limits,
        rules.root(),
        |state, path, step| match step {
            Step::Folder(name) => {
                let next = rules.enter(state, name);
                let shows = super::safe_name(name) && rules.settled(&next) != Some(Visibility::Hidden);
                shows.then_some(next)
            }
            Step::File { name, kind, id } => {
                let visibility = rules.visibility_in(state, name);
                if visibility > Visibility::Hidden && super::safe_name(name) {
                    files.push(Visible {
                        path: path.to_vec(),
                        kind,
                        blob: id,
                        interface: visibility == Visibility::Interface,
                    });
                }
                None
            }
        },
    )?;
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// What a view says about the files of a group.
struct Surroundings<'a> {
    /// Every path that is delivered.
    paths: &'a [Vec<u8>],
    /// Files that manifests name as roots of crates.
    roots: &'a [Vec<u8>],
}

/// The digest of everything that rendering a group depends on.
fn input_of(
    language: Language,
    group: &[Visible],
    others: &[Vec<u8>],
    roots: &[Vec<u8>],
    interfaces: Interfaces<'_>,
) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(bytes);
    };
    field(b"ringfence interface group 1");
    field(language.name().as_bytes());
    field(match interfaces.docs {
        Docs::Full => b"full",
        Docs::FirstParagraph => b"first-paragraph",
        Docs::None => b"none",
    });
    match interfaces.import_profile {
        Some(profile) => {
            for (path, line) in &profile.0 {
                field(path);
                field(&line.to_be_bytes());
            }
        }
        None => field(b"no import profile"),
    }
    for file in group {
        field(&file.path);
        field(file.blob.as_slice());
        field(&[u8::from(file.interface)]);
    }
    field(b"other paths");
    for path in others {
        field(path);
    }
    // Without roots the digest is that of before there were any.
    if !roots.is_empty() {
        field(b"roots");
        for root in roots {
            field(root);
        }
    }
    hasher.finalize().into()
}

fn render_group(
    language: Language,
    group: &[Visible],
    surroundings: &Surroundings<'_>,
    source: &dyn ObjectSource,
    interfaces: Interfaces<'_>,
    memory: &mut dyn InterfaceMemory,
    files: &mut BTreeMap<Vec<u8>, InterfaceOutcome>,
) -> Result<(), ProjectError> {
    let failed = |message: String| ProjectError::Deliver {
        path: format!("the interface of {} files", language.name()),
        message,
    };
    let roots = surroundings.roots;
    let others: Vec<Vec<u8>> = surroundings
        .paths
        .iter()
        .filter(|path| group.binary_search_by(|file| file.path.cmp(path)).is_err())
        .cloned()
        .collect();
    let input = input_of(language, group, &others, roots, interfaces);
    let wanted = group.iter().filter(|file| file.interface);
    if let Some(known) = memory.recall(&input).map_err(failed)? {
        if known.len() != wanted.clone().count() {
            return Err(failed(
                "the stored outcomes are of another number of files".to_owned(),
            ));
        }
        files.extend(wanted.map(|file| file.path.clone()).zip(known));
        return Ok(());
    }
    let mut texts = Vec::with_capacity(group.len());
    for file in group {
        let size = source.header(&file.blob)?.map_or(0, |(_, size)| size);
        texts.push(if size > LARGEST_FILE {
            None
        } else {
            Some(read_as(source, &file.blob, Kind::Blob)?)
        });
    }
    // A file too large to be read has no interface; as a whole file its names are not looked at.
    let inputs: Vec<SourceFile<'_>> = group
        .iter()
        .zip(&texts)
        .filter_map(|(file, text)| {
            Some(SourceFile {
                path: &file.path,
                text: text.as_deref()?,
                visibility: if file.interface {
                    Shown::Interface
                } else {
                    Shown::Whole
                },
            })
        })
        .collect();
    let options = Options {
        docs: interfaces.docs,
        import_profile: interfaces.import_profile,
        roots,
        others: &others,
    };
    let rendered = ringfence_interface::render(language, &inputs, &options)
        .map_err(|error| failed(error.to_string()))?;
    let mut rendered = rendered.into_iter();
    let mut outcomes = Vec::new();
    for (file, text) in group.iter().zip(&texts) {
        let outcome = match text {
            Some(_) => rendered.next(),
            None => None,
        };
        if file.interface {
            outcomes.push(outcome_of(outcome)?);
        }
    }
    memory.remember(input, &outcomes).map_err(failed)?;
    files.extend(wanted.map(|file| file.path.clone()).zip(outcomes));
    Ok(())
}

fn outcome_of(outcome: Option<Outcome>) -> Result<InterfaceOutcome, ProjectError> {
    Ok(match outcome {
        Some(Outcome::Interface(rendered)) => InterfaceOutcome::Text {
            blob: crate::object::id_of(Kind::Blob, &rendered.text)?.to_string(),
            kept: rendered
                .kept
                .into_iter()
                .map(|kept| KeptPart {
                    line: kept.line,
                    name: kept.name,
                    what: what_of(kept.what).to_owned(),
                    why: kept.why,
                })
                .collect(),
            text: rendered.text.into(),
        },
        Some(Outcome::Hidden { reason }) => InterfaceOutcome::Absent {
            why: match reason {
                HiddenReason::TestModule => "only tests that are left out use it",
                HiddenReason::TestFile => "it is a file of tests",
                HiddenReason::NotDeclared => "no module of the view declares it",
            }
            .to_owned(),
        },
        Some(Outcome::Refused { line, reason }) => InterfaceOutcome::Absent {
            why: format!("line {line}: {reason}"),
        },
        // A whole file among the interface files would be a fault of the engine: closed.
        Some(Outcome::Whole) => InterfaceOutcome::Absent {
            why: "it was not rendered".to_owned(),
        },
        None => InterfaceOutcome::Absent {
            why: format!("it has more than {LARGEST_FILE} bytes"),
        },
    })
}

fn what_of(what: KeptWhat) -> &'static str {
    match what {
        KeptWhat::Body => "body",
        KeptWhat::Initialiser => "initialiser",
        KeptWhat::Macro => "macro",
        KeptWhat::PrivateItem => "private item",
        KeptWhat::Statement => "statement",
    }
}

/// Rebuilds the folders that hold interface files, deepest first.
fn rebuild(
    root: ObjectId,
    files: &BTreeMap<Vec<u8>, InterfaceOutcome>,
    source: &dyn ObjectSource,
    objects: &mut MemoryObjects,
) -> Result<ObjectId, ProjectError> {
    // The new content of entries, by folder and name; none removes.
    let mut changes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Option<ObjectId>>> = BTreeMap::new();
    for (path, outcome) in files {
        let blob = match outcome {
            InterfaceOutcome::Text { text, .. } => Some(objects.write(Kind::Blob, text)?),
            InterfaceOutcome::Absent { .. } => None,
        };
        let (folder, name) = split(path);
        changes
            .entry(folder.to_vec())
            .or_default()
            .insert(name.to_vec(), blob);
    }
    // Folders on the way to a changed one change with it.
    for folder in changes.keys().cloned().collect::<Vec<_>>() {
        let mut at = folder.as_slice();
        while !at.is_empty() {
            at = split(at).0;
            changes.entry(at.to_vec()).or_default();
        }
    }
    let mut originals: HashMap<Vec<u8>, Vec<TreeEntry>> = HashMap::new();
    // In path order a folder comes before what is in it.
    for folder in changes.keys() {
        let id = if folder.is_empty() {
            root
        } else {
            let (parent, name) = split(folder);
            let entry = originals
                .get(parent)
                .and_then(|entries| entries.iter().find(|entry| entry.name == name))
                .filter(|entry| entry.kind == EntryKind::Tree);
            match entry {
                Some(entry) => entry.id,
                None => return Err(ObjectError::Missing { id: root }.into()),
            }
        };
        originals.insert(
            folder.clone(),
            parse_tree(&id, &read_as(source, &id, Kind::Tree)?)?,
        );
    }
    let mut folders: Vec<Vec<u8>> = changes.keys().cloned().collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.iter().filter(|byte| **byte == b'/').count()));
    // The root has as many slashes as a folder in it: last.
    folders.retain(|folder| !folder.is_empty());
    let mut done = root;
    for folder in folders.into_iter().chain(std::iter::once(Vec::new())) {
        let Some(changed) = changes.remove(&folder) else {
            continue;
        };
        let mut entries = originals.remove(&folder).unwrap_or_default();
        entries.retain_mut(|entry| match changed.get(&entry.name) {
            Some(Some(id)) => {
                entry.id = *id;
                true
            }
            Some(None) => false,
            None => true,
        });
        let id = objects.write(Kind::Tree, &encode_tree(&mut entries))?;
        if folder.is_empty() {
            done = id;
        } else {
            let (parent, name) = split(&folder);
            let kept = (!entries.is_empty()).then_some(id);
            if let Some(parent) = changes.get_mut(parent) {
                parent.insert(name.to_vec(), kept);
            }
        }
    }
    Ok(done)
}

/// The folder of a path, empty for the root, and the last name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => {
            let (folder, rest) = path.split_at(slash);
            (folder, rest.get(1..).unwrap_or_default())
        }
        None => (&[], path),
    }
}

/// The version of the engine that renders now.
#[must_use]
pub fn engine_version() -> u64 {
    ENGINE_VERSION.into()
}
