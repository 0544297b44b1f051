//! The bench of the first issue: what it promises of clone, marks, projection, trace, ledger.

pub(crate) mod clone;
mod decisions;
pub(crate) mod estate;
mod ledger;
mod marks;
mod projection;
mod trace;

use crate::corpus::{self, SourceFile};
use crate::row::Row;
use anyhow::{Context as _, Result};
use estate::Estate;
use std::cell::OnceCell;

/// Rows that are measured together.
struct Group {
    names: fn() -> Vec<String>,
    measure: fn(&Subjects, &mut dyn FnMut(Row)) -> Result<()>,
}

const GROUPS: &[Group] = &[
    Group {
        names: clone::names,
        measure: clone::measure,
    },
    Group {
        names: marks::names,
        measure: marks::measure,
    },
    Group {
        names: projection::names,
        measure: projection::measure,
    },
    Group {
        names: trace::names,
        measure: trace::measure,
    },
    Group {
        names: ledger::names,
        measure: ledger::measure,
    },
    Group {
        names: decisions::names,
        measure: decisions::measure,
    },
];

/// What the groups measure on, made when first asked for.
#[derive(Default)]
struct Subjects {
    only: Option<String>,
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
}

/// The names of all rows; those of languages that the corpus lacks are not printed.
pub fn row_names() -> Vec<String> {
    GROUPS.iter().flat_map(|group| (group.names)()).collect()
}

/// Measures and gives each row as it is ready; returns how many.
pub fn run(only: Option<&str>, give: &mut dyn FnMut(Row)) -> Result<usize> {
    let subjects = Subjects {
        only: only.map(str::to_owned),
        ..Subjects::default()
    };
    if !row_names().iter().any(|name| subjects.wants(name)) {
        return Ok(0);
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    eprintln!(
        "bench: {cores} cores, load {}; dev profile of the workspace; medians of runs that take turns with the peer, after one warm-up",
        load.split(' ').next().unwrap_or("unknown")
    );
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
