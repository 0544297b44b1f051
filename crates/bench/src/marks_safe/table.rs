//! Prints the outcome: a row a suite, everything that went differently, then whether the goals hold; or JSON lines.

use super::SuiteRow;
use std::io::Write as _;

const HEADINGS: [&str; 9] = [
    "suite",
    "language",
    "sites",
    "tests",
    "copies",
    "equal",
    "new lint findings / 1,000 lines",
    "under the probed policy",
    "equal trees or objects",
];

/// Takes rows and prints them.
pub struct Printer {
    json: bool,
    rows: Vec<SuiteRow>,
    left: Vec<&'static str>,
}

impl Printer {
    /// A printer.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            rows: Vec::new(),
            left: Vec::new(),
        }
    }

    /// A suite that time did not reach.
    pub fn not_begun(&mut self, suite: &'static str) {
        self.left.push(suite);
    }

    /// Prints a row now, or keeps it for the table.
    pub fn row(&mut self, row: SuiteRow) {
        if self.json {
            let line =
                serde_json::to_string(&row).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
            let mut out = std::io::stdout().lock();
            // Nobody reads any more: then the rest need not be printed either.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
        self.rows.push(row);
    }

    /// Prints the table and the goals.
    pub fn finish(self, seeds: u32) {
        if self.json {
            return;
        }
        println!("| {} |", HEADINGS.join(" | "));
        println!("|{}", "---|".repeat(HEADINGS.len()));
        for row in &self.rows {
            println!("| {} |", cells(row).join(" | "));
        }
        for row in &self.rows {
            if let Some(error) = &row.error {
                println!("NOT MEASURED: {}: {error}", row.suite);
            }
            for different in &row.different {
                println!("DIFFERENT: {}: {different}", row.suite);
            }
            if let Some(original) = row
                .original
                .as_ref()
                .filter(|original| !original.failed.is_empty())
            {
                let names: Vec<&str> = original.failed.iter().map(String::as_str).take(3).collect();
                println!(
                    "fails on its authors' own text here: {}: {} tests, such as {}",
                    row.suite,
                    original.failed.len(),
                    names.join("; ")
                );
            }
            if let Some(lint) = row.lint.as_ref().filter(|lint| lint.new > 0) {
                println!(
                    "linter: {}: {} new; the probed policy leaves out {}; such as {}",
                    row.suite,
                    lint.new,
                    lint.families.join(", "),
                    lint.example.as_deref().unwrap_or_default()
                );
            }
            if let Some(equal) = row
                .equal_trees
                .as_ref()
                .filter(|equal| !equal.different.is_empty())
            {
                println!(
                    "not equal: {}: {}: {}",
                    row.suite,
                    equal.what,
                    equal.different.join(", ")
                );
            }
        }
        for suite in &self.left {
            println!("not reached in time: {suite}; give more --minutes");
        }
        let wanted = seeds.saturating_add(1);
        let passing = self
            .rows
            .iter()
            .filter(|row| row.error.is_none() && row.copies == wanted && row.equal == row.copies)
            .count();
        let probed: u64 = self
            .rows
            .iter()
            .filter_map(|row| row.lint.as_ref())
            .map(|lint| lint.new_probed)
            .sum();
        let recalled: u32 = self.rows.iter().map(|row| row.recalled).sum();
        println!(
            "goal: every suite passes every seed: {passing} of {} suites ({seeds} seeds and all sites turned; {recalled} copies recalled from earlier runs)",
            self.rows.len().saturating_add(self.left.len())
        );
        println!("goal: no new finding under the probed policy: {probed}");
    }
}

fn cells(row: &SuiteRow) -> Vec<String> {
    let dash = || "-".to_owned();
    let tests = row
        .original
        .as_ref()
        .map_or_else(dash, |original| original.passed.to_string());
    let lint = row.lint.as_ref();
    vec![
        row.suite.to_owned(),
        row.language.to_owned(),
        row.sites.to_string(),
        tests,
        row.copies.to_string(),
        row.equal.to_string(),
        lint.map_or_else(dash, |lint| format!("{:.2}", lint.new_per_thousand)),
        lint.map_or_else(dash, |lint| lint.new_probed.to_string()),
        row.equal_trees.as_ref().map_or_else(dash, |equal| {
            format!("{} of {} {}", equal.equal, equal.compared, equal.what)
        }),
    ]
}
