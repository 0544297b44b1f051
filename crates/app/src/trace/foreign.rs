//! Which owned texts accuse nobody: what the estate declares as somebody else's, folders of vendored code, and what texts and the files around them say.
//!
//! Notices of texts are read once, when a text is indexed, and kept beside the index as lines of JSON; they are written before the segment that holds the text,
//! so that no indexed text lacks its notice. When they are lost, the index is made anew.

use super::segments::LIST_OF_NOTICES;
use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use ringfence_domain::asset::AssetIndex;
use ringfence_domain::choice::Origin;
use ringfence_domain::glob::PathPattern;
use ringfence_similar::DocumentId;
use ringfence_trace::foreign::{Holders, Notice};
use ringfence_trace::matching::{Foreign, OwnedText};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

/// Licences and manifests of one repository that are looked at.
pub(super) const MOST_EVIDENCE: usize = 4_000;

/// Folders and files that hold what others wrote or a tool made. They carry no marks either.
const VENDORED: &[&str] = &[
    "vendor/",
    "vendored/",
    "_vendor/",
    "third_party/",
    "third-party/",
    "thirdparty/",
    "3rdparty/",
    "node_modules/",
    "bower_components/",
    "site-packages/",
];
const GENERATED: &[&str] = &[
    "generated/",
    "*.generated.*",
    "*.pb.go",
    "*.pb.cc",
    "*.pb.h",
    "*_pb2.py",
    "*_pb2_grpc.py",
    "*.min.js",
];

/// Notices by document; a text that says nothing has none.
pub(super) type Notices = BTreeMap<DocumentId, Notice>;

/// Licences and manifests by repository, with their paths.
pub(super) type Evidence = HashMap<String, Vec<(String, Vec<u8>)>>;

/// Tells which paths of one repository hold text that accuses nobody.
struct ForeignPaths {
    assets: AssetIndex,
    foreign: BTreeSet<String>,
    vendored: Vec<PathPattern>,
    generated: Vec<PathPattern>,
}

impl ForeignPaths {
    fn new(current: &Current, repository: &str) -> Result<Self> {
        let patterns = |list: &[&str]| -> Result<Vec<PathPattern>> {
            list.iter()
                .map(|text| {
                    PathPattern::parse(text)
                        .map_err(|error| AppError::fault("reading a built-in pattern", error))
                })
                .collect()
        };
        Ok(Self {
            assets: AssetIndex::new(&current.estate, repository)
                .map_err(|error| AppError::fault("reading the assets", error))?,
            foreign: current
                .estate
                .assets
                .iter()
                .filter(|asset| matches!(asset.origin, Origin::ThirdParty | Origin::VendorBackground))
                .map(|asset| asset.name.clone())
                .collect(),
            vendored: patterns(VENDORED)?,
            generated: patterns(GENERATED)?,
        })
    }

    fn kind(&self, path: &str) -> Option<Foreign> {
        let path = path.as_bytes();
        let any = |patterns: &[PathPattern]| patterns.iter().any(|pattern| pattern.matches_file(path));
        if self
            .assets
            .assets_of_path(path)
            .iter()
            .any(|name| self.foreign.contains(*name))
        {
            Some(Foreign::ThirdParty)
        } else if any(&self.vendored) {
            Some(Foreign::Vendored)
        } else if any(&self.generated) {
            Some(Foreign::Generated)
        } else {
            None
        }
    }
}

/// The owned texts that accuse nobody, with the reason.
pub(super) fn foreign_texts(
    current: &Current,
    by_document: &BTreeMap<DocumentId, Vec<OwnedText>>,
    notices: &Notices,
    evidence: &Evidence,
) -> Result<BTreeMap<DocumentId, Foreign>> {
    let silent = Notice::default();
    let mut deciders: HashMap<&str, (ForeignPaths, Holders)> = HashMap::new();
    for repository in &current.estate.repositories {
        let name = repository.name.as_str();
        let paths = ForeignPaths::new(current, name)?;
        // What lies in a folder of vendored code does not say whose the repository is.
        let own = by_document.iter().flat_map(|(document, texts)| {
            texts
                .iter()
                .filter(|text| text.repository == name && paths.kind(&text.path).is_none())
                .map(|_| notices.get(document).unwrap_or(&silent))
        });
        let files = evidence.get(name).map(Vec::as_slice).unwrap_or_default();
        let holders = Holders::new(&current.estate.owner.name, files, own);
        deciders.insert(name, (paths, holders));
    }
    let mut foreign = BTreeMap::new();
    for (document, texts) in by_document {
        let notice = notices.get(document).unwrap_or(&silent);
        let kind = texts.iter().find_map(|text| {
            let (paths, holders) = deciders.get(text.repository.as_str())?;
            paths
                .kind(&text.path)
                .or_else(|| holders.kind(&text.path, notice))
        });
        if let Some(kind) = kind {
            foreign.insert(*document, kind);
        }
    }
    Ok(foreign)
}

/// One line of the list.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Hexadecimal.
    document: String,
    notice: Notice,
}

impl App {
    /// The notices of all indexed texts; none when they are lost or cannot be read.
    pub(super) fn notices(&self) -> Result<Option<Notices>> {
        let path = self.segments_folder().join(LIST_OF_NOTICES);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(error) => return Err(AppError::file(&path, error)),
        };
        let mut notices = Notices::new();
        for line in text.lines() {
            let read = serde_json::from_str::<Line>(line)
                .ok()
                .and_then(|line| Some((u128::from_str_radix(&line.document, 16).ok()?, line.notice)));
            let Some((document, notice)) = read else {
                return Ok(None);
            };
            notices.insert(DocumentId(document), notice);
        }
        Ok(Some(notices))
    }

    /// Appends the notices of texts that are about to be indexed; durable when it returns.
    pub(super) fn add_notices(&self, added: &Notices) -> Result<()> {
        let folder = self.segments_folder();
        let path = folder.join(LIST_OF_NOTICES);
        let failed = |source| AppError::file(&path, source);
        let mut lines = String::new();
        for (document, notice) in added {
            let line = serde_json::to_string(&Line {
                document: format!("{:032x}", document.0),
                notice: notice.clone(),
            })
            .map_err(|error| AppError::fault("writing a notice", error))?;
            lines.push_str(&line);
            lines.push('\n');
        }
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed)?;
        file.write_all(lines.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)
    }
}
