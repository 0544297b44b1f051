//! Prints the outcome: a row a package, every failure, then each language against its goals; or JSON lines.

use super::{CheckRow, Checker, KeptRow, Kind, LanguageBench, Lines, Package, PackageRow};
use serde::Serialize;
use std::collections::BTreeMap;

/// So many of a package's problems are listed; the number of all is always said.
const LISTED: usize = 12;

const HEADINGS: [&str; 12] = [
    "package",
    "kind",
    "files",
    "code lines",
    "removed",
    "bodies kept",
    "refused",
    "public items",
    "literals",
    "formatter",
    "half",
    "compiles",
];

/// Takes rows and prints them.
pub struct Printer {
    json: bool,
    lines: Vec<[String; 12]>,
    failures: Vec<String>,
    kept: Vec<String>,
    sums: Vec<Sum>,
}

/// What one language has reached.
struct Sum {
    language: &'static str,
    checkers: &'static [Checker],
    packages: usize,
    accepted: Vec<usize>,
    halves: (usize, usize),
    applications: (usize, usize),
    libraries: (usize, usize),
    kept: usize,
    functions: usize,
    items: (usize, usize, usize),
    leaked: usize,
    refused: usize,
}

#[derive(Serialize)]
struct Json<'a> {
    bench: &'static str,
    language: &'a str,
    package: &'a str,
    kind: &'static str,
    error: Option<&'a str>,
    files_reduced: usize,
    files_whole: usize,
    files_hidden: usize,
    code_lines_before: usize,
    code_lines_after: usize,
    code_lines_removed: usize,
    functions: usize,
    bodies_kept: usize,
    kept: Vec<String>,
    refused: &'a [String],
    checks: BTreeMap<&'a str, serde_json::Value>,
    items_equal: usize,
    items_loosened: usize,
    items_all: usize,
    items_missing: &'a [String],
    items_error: Option<&'a str>,
    literals_leaked: &'a [String],
    formatter_before: Option<usize>,
    formatter_after: Option<usize>,
    formatter_error: Option<&'a str>,
}

impl Printer {
    /// A printer for one run.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            lines: Vec::new(),
            failures: Vec::new(),
            kept: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Takes a row, or the reason why there is none.
    pub fn row(&mut self, language: &dyn LanguageBench, package: &Package, row: Result<PackageRow, String>) {
        if self.json {
            println!("{}", json_line(language, package, &row));
        }
        let name = format!("{} {}", language.language(), package.name);
        let sum = self.sum(language);
        sum.packages += 1;
        match row {
            Ok(row) => {
                sum.take(&row);
                self.failures.extend(failures(&name, language.checkers(), &row));
                self.kept.extend(kept_by_reason(&name, &row.kept));
                self.lines.push(cells(&name, language.checkers(), &row));
            }
            Err(error) => {
                let mut cells: [String; 12] = std::array::from_fn(|_| "-".to_owned());
                let [first, kind, .., last] = &mut cells;
                (*first, *kind) = (name.clone(), package.kind.name().to_owned());
                *last = "NOT MEASURED".to_owned();
                self.lines.push(cells);
                self.failures.push(format!("{name}: not measured: {error}"));
            }
        }
    }

    fn sum(&mut self, language: &dyn LanguageBench) -> &mut Sum {
        let at = self
            .sums
            .iter()
            .position(|sum| sum.language == language.language())
            .unwrap_or_else(|| {
                self.sums.push(Sum::new(language.language(), language.checkers()));
                self.sums.len() - 1
            });
        #[expect(clippy::indexing_slicing, reason = "found or pushed just above")]
        &mut self.sums[at]
    }

    /// Prints the table, the failures and the goals; `answers` are those asked for now and those known from earlier runs.
    pub fn finish(self, answers: (usize, usize)) {
        if self.json {
            return;
        }
        print!("{}", table(&self.lines));
        println!("\nKept, by reason:");
        self.kept.iter().for_each(|line| println!("- {line}"));
        println!("\nFailures:");
        if self.failures.is_empty() {
            println!("- none");
        }
        self.failures.iter().for_each(|line| println!("- {line}"));
        println!("\nGoals:");
        self.sums
            .iter()
            .flat_map(Sum::lines)
            .for_each(|line| println!("- {line}"));
        let (asked, remembered) = answers;
        println!(
            "\nCode lines: those of the original -> those of them that are left + lines of stubs. Questions to the tools: {asked} asked, {remembered} answered by earlier runs over the same bytes."
        );
    }
}

impl Sum {
    fn new(language: &'static str, checkers: &'static [Checker]) -> Self {
        Self {
            language,
            checkers,
            packages: 0,
            accepted: vec![0; checkers.len()],
            halves: (0, 0),
            applications: (0, 0),
            libraries: (0, 0),
            kept: 0,
            functions: 0,
            items: (0, 0, 0),
            leaked: 0,
            refused: 0,
        }
    }

    fn take(&mut self, row: &PackageRow) {
        for (accepted, check) in self.accepted.iter_mut().zip(&row.checks) {
            if check.as_ref().is_ok_and(|check| check.new.is_empty()) {
                *accepted += 1;
            }
        }
        if let Some(Ok(CheckRow { half: Some(half), .. })) = row.checks.first() {
            self.halves.0 += usize::from(half.is_empty());
            self.halves.1 += 1;
        }
        let lines = match row.package.kind {
            Kind::Application => &mut self.applications,
            Kind::Library => &mut self.libraries,
        };
        lines.0 += usize::from(removed(row.lines) >= row.package.kind.goal());
        lines.1 += 1;
        self.kept += bodies(&row.kept);
        self.functions += row.functions;
        if let Ok((equal, loosened, all, _)) = &row.items {
            self.items.0 += equal;
            self.items.1 += loosened;
            self.items.2 += all;
        }
        self.leaked += row.leaked.len();
        self.refused += row.refused.len();
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .checkers
            .iter()
            .zip(&self.accepted)
            .map(|(checker, accepted)| {
                let holds = share(*accepted, self.packages) >= checker.goal;
                format!(
                    "{}: {} accepts {accepted} of {} packages; goal {:.0} %: {}",
                    self.language,
                    checker.name,
                    self.packages,
                    checker.goal * 100.0,
                    verdict(holds)
                )
            })
            .collect();
        if self.halves.1 > 0 {
            lines.push(format!(
                "{}: with a half of the files reduced: {} of {}",
                self.language, self.halves.0, self.halves.1
            ));
        }
        for (kind, (reached, all)) in [
            (Kind::Application, self.applications),
            (Kind::Library, self.libraries),
        ] {
            if all > 0 {
                lines.push(format!(
                    "{}: {:.0} % of code removed in {reached} of {all} packages (kind: {}): {}",
                    self.language,
                    kind.goal() * 100.0,
                    kind.name(),
                    verdict(reached == all)
                ));
            }
        }
        let (equal, loosened, all) = self.items;
        lines.push(format!(
            "{}: bodies kept {} of {} functions ({:.1} %); public items {} of {all} ({loosened} of them with a wider type); literals of bodies {}; files refused {}",
            self.language,
            self.kept,
            self.functions,
            share(self.kept, self.functions) * 100.0,
            equal + loosened,
            self.leaked,
            self.refused
        ));
        lines
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "DOES NOT HOLD" }
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines and packages")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn removed(lines: Lines) -> f64 {
    share(lines.removed, lines.before)
}

/// Bodies among what stayed; initialisers, macros and private items are listed but are no bodies.
fn bodies(kept: &[KeptRow]) -> usize {
    kept.iter().filter(|kept| kept.what.starts_with("body")).count()
}

fn cells(name: &str, checkers: &[Checker], row: &PackageRow) -> [String; 12] {
    let half: Vec<&str> = row
        .checks
        .iter()
        .take(1)
        .map(|check| match check {
            Ok(CheckRow { half: Some(half), .. }) if half.is_empty() => "yes",
            Ok(CheckRow { half: Some(_), .. }) => "NO",
            _ => "-",
        })
        .collect();
    let compiles: Vec<String> = checkers
        .iter()
        .zip(&row.checks)
        .map(|(checker, check)| match check {
            Ok(check) if check.new.is_empty() && check.baseline == 0 => format!("{}: yes", checker.name),
            Ok(check) if check.new.is_empty() => {
                format!(
                    "{}: yes ({} problems of the original)",
                    checker.name, check.baseline
                )
            }
            Ok(check) => format!(
                "{}: NO, {} new: {}",
                checker.name,
                check.new.len(),
                shortened(check.new.first().map_or("", String::as_str))
            ),
            Err(error) => format!("{}: NOT RUN: {}", checker.name, shortened(error)),
        })
        .collect();
    [
        name.to_owned(),
        row.package.kind.name().to_owned(),
        format!("{} of {}", row.files.0, row.files.0 + row.files.1 + row.files.2),
        format!(
            "{} -> {} + {}",
            row.lines.before,
            row.lines.before.saturating_sub(row.lines.removed),
            (row.lines.after + row.lines.removed).saturating_sub(row.lines.before)
        ),
        format!("{:.0} %", removed(row.lines) * 100.0),
        format!("{} of {}", bodies(&row.kept), row.functions),
        row.refused.len().to_string(),
        match &row.items {
            Ok((equal, 0, all, _)) => format!("{equal} of {all}"),
            Ok((equal, loosened, all, _)) => format!("{} of {all}, {loosened} wider", equal + loosened),
            Err(_) => "NOT RUN".to_owned(),
        },
        row.leaked.len().to_string(),
        match &row.formatter {
            Ok(Some((before, after))) => format!("{before} -> {after}"),
            Ok(None) => "-".to_owned(),
            Err(_) => "NOT RUN".to_owned(),
        },
        half.concat(),
        compiles.join("; "),
    ]
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(160).collect();
    short.replace(['\n', '|'], " ")
}

/// Every failure; of long lists the first ones and the number of the rest.
fn failures(name: &str, checkers: &[Checker], row: &PackageRow) -> Vec<String> {
    let mut lines = Vec::new();
    let mut list = |what: &str, problems: &[String]| {
        lines.extend(
            problems
                .iter()
                .take(LISTED)
                .map(|problem| format!("{name}: {what}: {problem}")),
        );
        if problems.len() > LISTED {
            lines.push(format!("{name}: {what}: and {} more", problems.len() - LISTED));
        }
    };
    for (checker, check) in checkers.iter().zip(&row.checks) {
        match check {
            Ok(check) => {
                list(checker.name, &check.new);
                list(
                    &format!("{}, a half reduced", checker.name),
                    check.half.as_deref().unwrap_or_default(),
                );
            }
            Err(error) => list(
                &format!("{} could not run", checker.name),
                std::slice::from_ref(error),
            ),
        }
    }
    match &row.items {
        Ok((.., missing)) => list("public item", missing),
        Err(error) => list("public items could not be listed", std::slice::from_ref(error)),
    }
    if let Err(error) = &row.formatter {
        list("the formatter could not run", std::slice::from_ref(error));
    }
    list("literal of a body", &row.leaked);
    list("refused", &row.refused);
    lines
}

/// What stayed, grouped by kind and reason, with up to three places each.
fn kept_by_reason(name: &str, kept: &[KeptRow]) -> Vec<String> {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in kept {
        reasons.entry((&row.what, &row.why)).or_default().push(&row.place);
    }
    reasons
        .into_iter()
        .map(|((what, why), places)| {
            let shown: Vec<&str> = places.iter().take(3).copied().collect();
            let more = if places.len() > shown.len() { ", ..." } else { "" };
            format!(
                "{name}: {} x {what}: {why} ({}{more})",
                places.len(),
                shown.join(", ")
            )
        })
        .collect()
}

fn json_line(language: &dyn LanguageBench, package: &Package, row: &Result<PackageRow, String>) -> String {
    let (measured, error) = match row {
        Ok(row) => (Some(row), None),
        Err(error) => (None, Some(error.as_str())),
    };
    let items = measured.and_then(|row| row.items.as_ref().ok());
    let formatter = measured.and_then(|row| row.formatter.as_ref().ok().copied().flatten());
    let line = Json {
        bench: "interface",
        language: language.language(),
        package: &package.name,
        kind: package.kind.name(),
        error,
        files_reduced: measured.map_or(0, |row| row.files.0),
        files_whole: measured.map_or(0, |row| row.files.1),
        files_hidden: measured.map_or(0, |row| row.files.2),
        code_lines_before: measured.map_or(0, |row| row.lines.before),
        code_lines_after: measured.map_or(0, |row| row.lines.after),
        code_lines_removed: measured.map_or(0, |row| row.lines.removed),
        functions: measured.map_or(0, |row| row.functions),
        bodies_kept: measured.map_or(0, |row| bodies(&row.kept)),
        kept: measured.map_or_else(Vec::new, |row| {
            row.kept
                .iter()
                .map(|kept| format!("{}: {}: {}", kept.what, kept.place, kept.why))
                .collect()
        }),
        refused: measured.map_or(&[], |row| &row.refused),
        checks: measured.map_or_else(BTreeMap::new, |row| {
            language
                .checkers()
                .iter()
                .zip(&row.checks)
                .map(|(checker, check)| {
                    let said = match check {
                        Ok(check) => serde_json::json!({
                            "accepts": check.new.is_empty(), "problems_of_original": check.baseline,
                            "new": check.new, "half": check.half,
                        }),
                        Err(error) => serde_json::json!({ "error": error }),
                    };
                    (checker.name, said)
                })
                .collect()
        }),
        items_equal: items.map_or(0, |items| items.0),
        items_loosened: items.map_or(0, |items| items.1),
        items_all: items.map_or(0, |items| items.2),
        items_missing: items.map_or(&[], |items| &items.3),
        items_error: measured.and_then(|row| row.items.as_ref().err().map(String::as_str)),
        literals_leaked: measured.map_or(&[], |row| &row.leaked),
        formatter_before: formatter.map(|formatter| formatter.0),
        formatter_after: formatter.map(|formatter| formatter.1),
        formatter_error: measured.and_then(|row| row.formatter.as_ref().err().map(String::as_str)),
    };
    serde_json::to_string(&line).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

fn table(rows: &[[String; 12]]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend_from_slice(rows);
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text.push_str(&format!("| {} |\n", line.join(" | ")));
        if number == 0 {
            text.push_str(&format!("|{}\n", " --- |".repeat(HEADINGS.len())));
        }
    }
    text
}
