//! Counts outcomes and prints them as tables in Markdown.

use super::judge::{Judged, Kind, Reason};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counts of one language under one profile.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    kinds: BTreeMap<Kind, usize>,
    away: BTreeMap<Kind, usize>,
    commits: BTreeMap<Kind, usize>,
    places: usize,
    pins: usize,
    reformatted: usize,
    broken: usize,
    unformatted: usize,
}

impl Tally {
    pub fn edit(&mut self, judged: &Judged) {
        *self.kinds.entry(judged.kind).or_default() += 1;
        if !judged.at_site {
            *self.away.entry(judged.kind).or_default() += 1;
        }
        self.places = self.places.saturating_add(judged.places);
        self.pins = self.pins.saturating_add(judged.pins);
        self.reformatted = self.reformatted.saturating_add(usize::from(judged.reformatted));
    }

    /// A commit is as good as the worst of its files.
    pub fn commit(&mut self, worst: Kind) {
        *self.commits.entry(worst).or_default() += 1;
    }

    pub fn left(&mut self, broken: bool) {
        let count = if broken {
            &mut self.broken
        } else {
            &mut self.unformatted
        };
        *count = count.saturating_add(1);
    }

    pub fn commits(&self) -> usize {
        self.commits.values().sum()
    }

    /// Defects: what must be zero.
    pub fn defects(&self) -> usize {
        count(&self.kinds, |kind| kind >= Kind::Different)
    }

    /// Exact results of a hundred, with and without a flag.
    pub fn exact_share(&self) -> f64 {
        share(
            count(&self.kinds, |kind| kind <= Kind::ExactFlagged),
            self.kinds.values().sum(),
        )
    }
}

fn count(kinds: &BTreeMap<Kind, usize>, test: impl Fn(Kind) -> bool) -> usize {
    kinds
        .iter()
        .filter(|(kind, _)| test(**kind))
        .map(|(_, count)| count)
        .sum()
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

fn share(count: usize, all: usize) -> f64 {
    if all == 0 {
        f64::NAN
    } else {
        100.0 * number(count) / number(all)
    }
}

const HEADINGS: &[&str] = &[
    "language",
    "profile",
    "commits",
    "edits",
    "exact",
    "said already",
    "flagged, exact",
    "flagged, different",
    "conflict",
    "no path/disagree/syntax/limits",
    "DIFFERENT",
    "DOES NOT PARSE",
    "NOT BACK",
    "all exact",
    "unflagged exact",
    "commits exact",
    "away from sites",
    "at sites",
    "pins an edit",
    "left out",
];

/// One line a tally.
pub fn table(rows: &[(String, String, Tally)]) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        HEADINGS.join(" | "),
        " --- |".repeat(HEADINGS.len())
    );
    for (language, profile, tally) in rows {
        let kinds = &tally.kinds;
        let all: usize = kinds.values().sum();
        let only = |wanted: Kind| count(kinds, |kind| kind == wanted);
        let conflict = |wanted: Reason| only(Kind::Conflict(wanted));
        let good = |kind: Kind| kind <= Kind::ExactFlagged;
        let unflagged = count(kinds, |kind| {
            matches!(kind, Kind::Exact | Kind::Said | Kind::Different)
        });
        let at_all = all.saturating_sub(tally.away.values().sum());
        let at_good = count(kinds, good).saturating_sub(count(&tally.away, good));
        let cells = [
            language.clone(),
            profile.clone(),
            tally.commits().to_string(),
            all.to_string(),
            only(Kind::Exact).to_string(),
            only(Kind::Said).to_string(),
            only(Kind::ExactFlagged).to_string(),
            only(Kind::DifferentFlagged).to_string(),
            count(kinds, |kind| matches!(kind, Kind::Conflict(_))).to_string(),
            [
                Reason::NotRenderable,
                Reason::SpellingsDisagree,
                Reason::BreaksSyntax,
                Reason::BeyondLimits,
            ]
            .map(|reason| conflict(reason).to_string())
            .join("/"),
            only(Kind::Different).to_string(),
            only(Kind::Unparsed).to_string(),
            only(Kind::NotBack).to_string(),
            format!("{:.2} %", share(count(kinds, good), all)),
            format!(
                "{:.2} %",
                share(unflagged.saturating_sub(only(Kind::Different)), unflagged)
            ),
            format!("{:.2} %", share(count(&tally.commits, good), tally.commits())),
            format!(
                "{:.2} % of {}",
                share(count(&tally.away, good), tally.away.values().sum()),
                tally.away.values().sum::<usize>()
            ),
            format!("{:.2} % of {at_all}", share(at_good, at_all)),
            format!("{:.2}", number(tally.pins) / number(all.max(1))),
            format!("{}+{}", tally.broken, tally.unformatted),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// Lines that a pull shows for nothing.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    pub commits: usize,
    pub inner: usize,
    pub all: usize,
    pub noisy_commits: usize,
}

pub fn noise_table(rows: &[(String, String, Noise)]) -> String {
    let mut text = String::from(
        "| language | profile | commits | lines for nothing, inner families | a commit | with order | a commit | commits with any |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (language, profile, noise) in rows {
        let each = |lines: usize| format!("{:.3}", number(lines) / number(noise.commits.max(1)));
        let cells = [
            language.clone(),
            profile.clone(),
            noise.commits.to_string(),
            noise.inner.to_string(),
            each(noise.inner),
            noise.all.to_string(),
            each(noise.all),
            format!("{:.1} %", share(noise.noisy_commits, noise.commits)),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}
