//! The bench of the third issue: views at scale, each row beside a peer of the same run.

mod history;
mod repository;
mod scale;
mod script;
mod serve;

use crate::corpus::{self, SourceFile};
use crate::first_light::estate::Estate;
use crate::row::Row;
use anyhow::{Context as _, Result};
use std::cell::OnceCell;
use std::path::Path;

/// Rows that are measured together.
struct Group {
    names: fn() -> Vec<String>,
    measure: fn(&Subjects, &mut dyn FnMut(Row)) -> Result<()>,
}

const GROUPS: &[Group] = &[
    Group {
        names: history::names,
        measure: history::measure,
    },
    Group {
        names: serve::names,
        measure: serve::measure,
    },
    Group {
        names: scale::names,
        measure: scale::measure,
    },
    Group {
        names: scale::names_of_many,
        measure: scale::measure_many,
    },
];

/// What the groups share.
#[derive(Default)]
struct Subjects {
    only: Option<String>,
    folder: OnceCell<tempfile::TempDir>,
    files: OnceCell<Vec<SourceFile>>,
    estate: OnceCell<Estate>,
}

impl Subjects {
    /// Whether a row is asked for.
    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    fn files(&self) -> Result<&[SourceFile]> {
        if self.files.get().is_none() {
            // A second value cannot be there: there is one thread.
            let _ = self.files.set(corpus::load()?);
        }
        self.files
            .get()
            .map(Vec::as_slice)
            .context("the corpus was not kept")
    }

    fn estate(&self) -> Result<&Estate> {
        if self.estate.get().is_none() {
            let _ = self.estate.set(Estate::make(self.files()?)?);
        }
        self.estate.get().context("the estate was not kept")
    }

    /// A folder for what is made on the way; it goes with the bench.
    fn folder(&self) -> Result<&Path> {
        if self.folder.get().is_none() {
            let made = tempfile::Builder::new()
                .prefix("ringfence-bench-view-")
                .tempdir()
                .context("no temporary folder")?;
            // A second value cannot be there: there is one thread.
            let _ = self.folder.set(made);
        }
        self.folder
            .get()
            .map(tempfile::TempDir::path)
            .context("the folder was not kept")
    }
}

pub use scale::refresh_many;

/// The names of all rows.
pub fn row_names() -> Vec<String> {
    GROUPS.iter().flat_map(|group| (group.names)()).collect()
}

/// Measures and gives each row as it is ready; returns how many.
pub fn run(only: Option<&str>, give: &mut dyn FnMut(Row)) -> Result<usize> {
    let subjects = Subjects {
        only: only.map(str::to_owned),
        ..Subjects::default()
    };
    let mut count = 0;
    for group in GROUPS {
        if !(group.names)().iter().any(|name| subjects.wants(name)) {
            continue;
        }
        (group.measure)(&subjects, &mut |row| {
            if subjects.wants(&row.name) {
                count += 1;
                give(row);
            }
        })?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_names_are_unique() {
        let names = row_names();
        let unique: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn an_unknown_row_measures_nothing() {
        assert_eq!(run(Some("no such row"), &mut |row| panic!("{row:?}")).unwrap(), 0);
    }
}
