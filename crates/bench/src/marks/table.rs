//! The tables in Markdown, and JSON lines.

use super::attacks::Attack;
use super::cell::{Cell, Innocents, SIMULATED_EPSILON};
use super::measure::{CANDIDATES, EPSILON, Effort};
use super::reference::{goal, prototype};
use super::subjects::Project;
use anyhow::Result;
use std::collections::BTreeMap;

/// Lengths whose share is printed.
const SHARES: [usize; 7] = [50, 100, 200, 500, 1000, 2000, 5000];

/// What ran and what did not.
#[derive(Debug, Default)]
pub struct Counts {
    /// Cells measured now.
    pub ran: usize,
    /// Cells that an earlier run had measured with the same inputs.
    pub kept: usize,
    /// Cells for which no time was left.
    pub left: Vec<String>,
    /// Cells that could not be measured, with the reason.
    pub failed: Vec<String>,
}

impl Counts {
    /// Says how many ran.
    pub fn print(&self, effort: Effort) {
        println!(
            "\n{} cells measured now, {} kept from earlier runs with the same inputs; {} fragments each, begun anywhere, read alone.",
            self.ran, self.kept, effort.seeds
        );
        for left in &self.left {
            println!("NOT RUN, no time left: {left}");
        }
        for failed in &self.failed {
            println!("NOT RUN: {failed}");
        }
    }
}

/// A number of lines, or that the largest length does not suffice.
pub fn lines(lines: Option<usize>, largest: Option<usize>) -> String {
    match (lines, largest) {
        (Some(lines), _) => lines.to_string(),
        (None, Some(largest)) => format!("> {largest}"),
        (None, None) => "-".to_owned(),
    }
}

/// Prints the table of one language.
pub fn print(project: &Project, cells: &[Cell]) {
    let total = project.total();
    let sites = project.sites();
    println!(
        "\n## {} ({} files, {total} non-blank lines, {sites} distinct sites, {} per 1,000 lines)\n",
        project.name,
        project.files.len(),
        sites.saturating_mul(1000) / total.max(1)
    );
    println!(
        "N = {CANDIDATES}, eps = {EPSILON:e}. Lines that name a right recipient in 50 % / 95 % of the fragments; [by whole]: the same by windows of one reading of the whole copy, as the prototype measured.\n"
    );
    print!("| attack | 50 % | 95 % | [by whole] | prototype | goal (50 %) | wrong names |");
    for length in SHARES {
        print!(" {length} |");
    }
    println!(" inconclusive at 5000 | read | wrong reads | refused |");
    print!("|---|---|---|---|---|---|---|");
    for _ in SHARES {
        print!("---|");
    }
    println!("---|---|---|---|");
    let attacks = by_name();
    let alone = cells
        .iter()
        .find(|cell| attacks.get(&cell.attack) == Some(&Attack::None))
        .and_then(|cell| cell.lines_for(0.5));
    for cell in cells {
        let Some(attack) = attacks.get(&cell.attack) else {
            continue;
        };
        let largest = cell.grid.last().copied();
        let half = cell.lines_for(0.5);
        let shown = |wanted| lines(cell.lines_for(wanted), largest);
        let name = if cell.tool.is_empty() {
            cell.attack.clone()
        } else {
            format!("{} ({})", cell.attack, cell.tool)
        };
        let before = prototype(&cell.language, *attack).map_or_else(String::new, |(half, most)| {
            format!(
                "{half}/{}",
                most.map_or_else(|| "-".to_owned(), |most| most.to_string())
            )
        });
        let goal = goal(&cell.language, *attack, alone).map_or_else(String::new, |goal| {
            let holds = half.is_some_and(|half| half <= goal);
            format!("{goal} {}", if holds { "holds" } else { "**missed**" })
        });
        print!(
            "| {name} | {} | {} | {}/{} | {before} | {goal} | {} of {} |",
            shown(0.5),
            shown(0.95),
            lines(cell.lines_by_whole(0.5), largest),
            lines(cell.lines_by_whole(0.95), largest),
            cell.wrong_names,
            cell.others
        );
        for length in SHARES {
            if cell.grid.contains(&length) {
                print!(" {} |", percent(cell.share(length)));
            } else {
                print!(" - |");
            }
        }
        println!(
            " {} | {} | {} | {} |",
            percent(1.0 - cell.share(5000)),
            percent(quotient(cell.read, cell.sites)),
            if attack.colluders() == 1 {
                percent(quotient(cell.wrong, cell.read))
            } else {
                "-".to_owned()
            },
            cell.refused
        );
    }
    let families: Vec<String> = project
        .families()
        .into_iter()
        .map(|(family, count)| format!("{family} {count}"))
        .collect();
    println!("\nSites by family: {}.", families.join(", "));
}

/// Prints what innocents scored, by attack, over all languages.
pub fn print_innocents(cells: &[Cell]) {
    println!("\n## Innocents\n");
    println!(
        "Simulated codewords against the reads of fragments of 100, 200 and 400 lines; of one candidate, so the bound is eps itself.\n"
    );
    println!(
        "| attack | simulated | wrong at eps 1e-2 | wrong at eps 1e-3 | mean of exp(S) | highest S | other candidates scored at N = {CANDIDATES}, eps = {EPSILON:e} | named | highest S |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for attack in Attack::all() {
        let name = attack.name();
        let mut innocents = Innocents::default();
        let (mut others, mut wrong, mut highest) = (0_u64, 0_u64, f64::NEG_INFINITY);
        for cell in cells.iter().filter(|cell| cell.attack == name) {
            innocents.join(&cell.innocents);
            others = others.saturating_add(cell.others);
            wrong = wrong.saturating_add(cell.wrong_names);
            highest = highest.max(cell.highest);
        }
        if innocents.count == 0 {
            continue;
        }
        let (mean, error) = mean(&innocents);
        let rates: Vec<String> = innocents
            .above
            .iter()
            .zip(SIMULATED_EPSILON)
            .map(|(above, epsilon)| {
                let rate = rate(*above, innocents.count);
                format!("{rate:.2e}{}", if rate <= epsilon { "" } else { " **above**" })
            })
            .collect();
        println!(
            "| {name} | {} | {} | {mean:.3} +- {error:.3} | {:.1} | {others} | {wrong} | {highest:.1} |",
            innocents.count,
            rates.join(" | "),
            innocents.highest
        );
    }
}

/// Prints a JSON line for each cell.
pub fn print_json(cells: &[Cell]) -> Result<()> {
    for cell in cells {
        let mut value = serde_json::to_value(cell)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("lines_50".to_owned(), cell.lines_for(0.5).into());
            object.insert("lines_95".to_owned(), cell.lines_for(0.95).into());
        }
        println!("{value}");
    }
    Ok(())
}

/// The attacks by their names.
pub fn by_name() -> BTreeMap<String, Attack> {
    Attack::all()
        .into_iter()
        .map(|attack| (attack.name(), attack))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn mean(innocents: &Innocents) -> (f64, f64) {
    let count = innocents.count.max(1) as f64;
    let mean = innocents.sum / count;
    let variance = (innocents.squares / count - mean * mean).max(0.0);
    (mean, (variance / count).sqrt())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn rate(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn quotient(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
