//! Finished cells, kept by a hash of all that they depend on: the sources of the marks, of the languages and of this bench, the
//! marked texts and their sites, the attack and its programs, and the effort.

use super::attacks::Attack;
use super::cell::Cell;
use super::measure::Effort;
use super::subjects::Project;
use super::tools::Workshop;
use anyhow::{Context as _, Result};
use ringfence_ledger::sha256;
use std::path::{Path, PathBuf};

/// Parts of this bench that change what is printed, never what is measured.
const PRINTING: &[&str] = &["plot.rs", "table.rs", "reference.rs", "cache.rs"];

/// The folder of finished cells.
pub struct Cache {
    folder: PathBuf,
    engine: Vec<u8>,
}

impl Cache {
    /// Opens it for the sources as they are.
    pub fn open(workshop: &Workshop) -> Result<Self> {
        let folder = workshop.cache();
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut engine = Vec::new();
        for part in ["mark/src", "syntax/src", "bench/src/marks"] {
            let mut files = Vec::new();
            sources(&workshop.root().join("crates").join(part), &mut files)?;
            files.sort();
            for file in files {
                let bytes =
                    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                engine.extend(sha256(&bytes).0);
            }
        }
        Ok(Self { folder, engine })
    }

    /// Where a cell is kept.
    pub fn place(
        &self,
        project: &Project,
        attack: Attack,
        workshop: &Workshop,
        effort: Effort,
    ) -> Result<PathBuf> {
        let language = project.language().context("no file")?;
        let mut input = self.engine.clone();
        for file in &project.files {
            input.extend(sha256(&file.text).0);
            input.extend(sha256(&file.table.encode()?).0);
        }
        let rest = format!(
            "{} {} {} {effort:?}",
            project.name,
            attack.name(),
            attack.version(language, workshop)?
        );
        input.extend_from_slice(rest.as_bytes());
        Ok(self.folder.join(format!("{}.json", sha256(&input))))
    }

    /// A finished cell.
    pub fn get(&self, place: &Path) -> Option<Cell> {
        serde_json::from_slice(&std::fs::read(place).ok()?).ok()
    }

    /// Keeps a finished cell.
    pub fn put(&self, place: &Path, cell: &Cell) -> Result<()> {
        let half = place.with_extension("half");
        std::fs::write(&half, serde_json::to_vec(cell)?)
            .with_context(|| format!("cannot write {}", half.display()))?;
        std::fs::rename(&half, place).with_context(|| format!("cannot write {}", place.display()))
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.contains("tests") && !PRINTING.contains(&name.as_str()) {
                found.push(path);
            }
        }
    }
    Ok(())
}
