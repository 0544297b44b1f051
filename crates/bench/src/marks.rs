//! `marks`: how many leaked lines name the copy, for each language and attack, beside the prototype's table of `marks.md`.
//!
//! Real pinned packages are marked for a recipient by the product's own functions, attacked by real programs, cut into fragments,
//! read and scored (see [`measure`]). Cells are cached by a hash of their inputs; what did not run is said. A named innocent ends the
//! bench with exit code 1.

mod attacks;
mod cache;
mod cell;
mod collude;
mod fragment;
mod measure;
mod plot;
mod random;
mod reference;
mod rename;
mod strip;
mod subjects;
mod table;
mod tools;

use anyhow::{Context as _, Result};
use attacks::Attack;
use cache::Cache;
use cell::Cell;
use measure::{Bench, Effort};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use subjects::LANGUAGES;
use tools::Workshop;

/// Fragments of each cell unless said.
const SEEDS: u32 = 40;

/// What is asked for.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "marks")]
pub struct Options {
    /// Fragments of each language and attack (40), or marked copies of each suite.
    #[arg(skip)]
    pub seeds: Option<u32>,
    /// Starts nothing further after so many minutes; what is finished is kept for the next run.
    #[arg(skip)]
    pub minutes: Option<u64>,
    /// Only attacks whose name contains this.
    #[arg(long)]
    attack: Option<String>,
    /// Writes `marks-<language>.svg` into this folder.
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
    /// Innocents that are simulated for each language and attack, besides the other candidates of every fragment.
    #[arg(long, default_value_t = 40_000)]
    innocents: u32,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No innocent was named.
    Clean,
    /// An innocent was named.
    WrongName,
    /// Nothing has the name that was asked for.
    Unknown,
}

/// The languages that can be asked for.
pub fn names() -> Vec<&'static str> {
    LANGUAGES.iter().map(|subject| subject.name).collect()
}

/// Measures and prints.
pub fn run(options: &Options, only: Option<&str>, json: bool, fresh: bool) -> Result<End> {
    // "c" and "java" are parts of other names.
    let wanted: Vec<_> = LANGUAGES
        .iter()
        .filter(|subject| only.is_none_or(|only| subject.name == only))
        .collect();
    let attacks: Vec<Attack> = Attack::all()
        .into_iter()
        .filter(|attack| {
            options
                .attack
                .as_deref()
                .is_none_or(|only| attack.name().contains(only))
        })
        .collect();
    if wanted.is_empty() || attacks.is_empty() {
        return Ok(End::Unknown);
    }
    let until = options
        .minutes
        .map(|minutes| Instant::now() + Duration::from_secs(minutes.saturating_mul(60)));
    let effort = Effort {
        seeds: options.seeds.unwrap_or(SEEDS).max(1),
        innocents: options.innocents,
    };
    let workshop = Workshop::new()?;
    let cache = Cache::open(&workshop)?;
    let mut counts = table::Counts::default();
    let mut all: Vec<Cell> = Vec::new();
    for subject in wanted {
        let project = subject.load(&workshop)?;
        let language = project
            .language()
            .with_context(|| format!("{} has no file", subject.name))?;
        let bench = Bench::new(&project)?;
        let mut cells = Vec::new();
        for attack in attacks.iter().copied().filter(|attack| attack.exists(language)) {
            let place = cache.place(&project, attack, &workshop, effort)?;
            if let Some(cell) = cache.get(&place).filter(|_| !fresh) {
                counts.kept = counts.kept.saturating_add(1);
                cells.push(cell);
                continue;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                counts.left.push(format!("{} {}", subject.name, attack.name()));
                continue;
            }
            match bench.cell(attack, &workshop, effort) {
                Ok(cell) => {
                    eprintln!(
                        "bench: {} {}: {} lines at 50 % ({:.0} s)",
                        subject.name,
                        attack.name(),
                        table::lines(cell.lines_for(0.5), cell.grid.last().copied()),
                        cell.seconds
                    );
                    cache.put(&place, &cell)?;
                    counts.ran = counts.ran.saturating_add(1);
                    cells.push(cell);
                }
                Err(error) => counts
                    .failed
                    .push(format!("{} {}: {error:#}", subject.name, attack.name())),
            }
        }
        if json {
            table::print_json(&cells)?;
        } else {
            table::print(&project, &cells);
        }
        if let Some(folder) = &options.svg {
            plot::write(folder, subject.name, &cells)?;
        }
        all.extend(cells);
    }
    if !json {
        table::print_innocents(&all);
        counts.print(effort);
    }
    Ok(if all.iter().any(|cell| cell.wrong_names > 0) {
        End::WrongName
    } else {
        End::Clean
    })
}
