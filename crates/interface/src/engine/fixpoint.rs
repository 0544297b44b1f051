//! Rounds over a group: lay out every file, collect the names its text uses, bring back the units they name, until nothing changes.

use std::cmp::Reverse;

use super::check::{Audit, check};
use super::names::{InUse, Interner, NameSet};
use super::seams::{Piece, assemble};
use super::{
    Change, Channels, FilePlan, Group, LanguageRules, MAX_EDITS, MAX_ROUNDS, Note, ParsedFile, Plan,
    Replacement, Scope, Span, UsedName, errors, text,
};
use crate::{Kept, Outcome, RefusedReason, Rendered, Shown};

/// One file while rounds go on.
struct State {
    plan: FilePlan,
    /// Edits and units in the order in which they take effect.
    order: Vec<Step>,
    /// Whether each unit is still dropped.
    dropped: Vec<bool>,
    needs: Vec<Vec<Need>>,
    /// Uses that no round has seen yet, by position.
    pending: Vec<(u32, u32, Channels)>,
    own: NameSet,
    below: NameSet,
    /// Files whose [`Scope::Below`] reaches this one.
    above: Vec<usize>,
    pieces: Vec<Piece>,
    refused: Option<(u32, RefusedReason)>,
    errors_dropped: u32,
}

/// Names in use in more than one file.
#[derive(Default)]
struct Shared {
    packages: Vec<NameSet>,
    group: NameSet,
    none: NameSet,
}

impl Shared {
    /// The set of a package; packages are numbered below the number of files.
    fn of(&mut self, package: usize) -> &mut NameSet {
        if self.packages.len() <= package {
            self.packages
                .resize_with(package.saturating_add(1), NameSet::default);
        }
        self.packages.get_mut(package).unwrap_or(&mut self.none)
    }
}

#[derive(Clone, Copy)]
enum Step {
    Edit(usize),
    Unit(usize),
}

struct Need {
    names: Vec<u32>,
    channels: Channels,
    scope: Scope,
}

/// Renders one group; outcomes in the order of its files.
pub(super) fn render_group(
    rules: &dyn LanguageRules,
    group: &Group<'_, '_>,
    loose: &[&[u8]],
) -> Vec<Outcome> {
    let Plan { files, derive } = rules.plan(group);
    let mut interner = Interner::default();
    let mut plans = files.into_iter();
    let mut states: Vec<State> = group
        .files
        .iter()
        .map(|file| {
            let plan = plans.next().unwrap_or_else(|| FilePlan {
                refused: Some((0, RefusedReason::NoRule { what: "this file" })),
                ..FilePlan::default()
            });
            prepare(rules, file, plan, &mut interner)
        })
        .collect();
    let reach: Vec<Vec<usize>> = states.iter().map(|state| state.plan.below.clone()).collect();
    for (above, below) in reach.iter().enumerate() {
        for place in below {
            if let Some(state) = states.get_mut(*place) {
                state.above.push(above);
            }
        }
    }
    let mut shared = Shared::default();
    for unparsed in loose {
        for word in text::words(unparsed, 0..text::length(unparsed)) {
            let name = interner.intern(text::slice(unparsed, &word));
            shared.group.add(name, Channels::ALL);
            for state in &mut states {
                state.below.add(name, Channels::ALL);
                shared.of(state.plan.package).add(name, Channels::ALL);
            }
        }
    }
    let mut rounds = 0;
    loop {
        let mut changed = false;
        let mut fresh: Vec<(usize, u32, Channels)> = Vec::new();
        for (place, (state, file)) in states.iter_mut().zip(&group.files).enumerate() {
            if state.is_out() {
                continue;
            }
            lay_out(state, file, &interner, &shared);
            state.collect(place, &mut interner, &mut fresh);
            if let Some(derive) = &derive {
                let in_use = state.in_use(&interner, &shared);
                let derived = derive(place, &in_use);
                for (name, channels) in derived {
                    fresh.push((place, interner.intern(&name), channels));
                }
            }
        }
        for (place, name, channels) in fresh {
            changed |= spread(&mut states, &mut shared, place, name, channels);
        }
        for state in states.iter_mut().filter(|state| !state.is_out()) {
            changed |= state.bring_back(&interner, &shared);
        }
        rounds += 1;
        if !changed {
            break;
        }
        if rounds >= MAX_ROUNDS {
            for state in &mut states {
                state
                    .refused
                    .get_or_insert((0, RefusedReason::Unstable { rounds }));
            }
            break;
        }
    }
    states
        .iter()
        .zip(&group.files)
        .map(|(state, file)| outcome(rules, state, file))
        .collect()
}

/// Adds one use to every set that sees it; tells whether any set is new to it.
fn spread(states: &mut [State], shared: &mut Shared, place: usize, name: u32, channels: Channels) -> bool {
    let Some(state) = states.get_mut(place) else {
        return false;
    };
    let package = state.plan.package;
    let new = state.own.add(name, channels);
    if new {
        for above in state.above.clone() {
            if let Some(state) = states.get_mut(above) {
                state.below.add(name, channels);
            }
        }
    }
    shared.of(package).add(name, channels) | shared.group.add(name, channels) | new
}

fn prepare(
    rules: &dyn LanguageRules,
    file: &ParsedFile<'_>,
    mut plan: FilePlan,
    interner: &mut Interner,
) -> State {
    let mut refused = plan.refused.take();
    let mut errors_dropped = 0;
    if file.is_interface() {
        match errors::isolate(rules, file) {
            Ok(cut) => {
                errors_dropped = u32::try_from(cut.len()).unwrap_or(u32::MAX);
                for span in cut {
                    plan.remove(span);
                }
            }
            Err(refusal) => refused = Some(refusal),
        }
    } else {
        plan.edits.clear();
        plan.units.clear();
        plan.hidden = None;
        refused = None;
    }
    let count = plan.edits.len().saturating_add(plan.units.len());
    plan.package = plan.package.min(crate::MAX_FILES);
    if count > MAX_EDITS {
        let reason = RefusedReason::TooMany {
            count,
            bound: MAX_EDITS,
        };
        refused = Some((0, reason));
    }
    let mut pending: Vec<(u32, u32, Channels)> = plan
        .uses
        .drain(..)
        .map(|used| {
            let name = match used.name {
                UsedName::At(span) => interner.intern(text::slice(file.text, &span)),
                UsedName::Made(name) => interner.intern(&name),
            };
            (used.at, name, used.channels)
        })
        .collect();
    pending.sort_by_key(|(at, _, _)| *at);
    let needs = plan
        .units
        .iter()
        .map(|unit| {
            unit.needs
                .iter()
                .map(|group| Need {
                    names: group.names.iter().map(|name| interner.intern(name)).collect(),
                    channels: group.channels,
                    scope: group.scope,
                })
                .collect()
        })
        .collect();
    State {
        order: order(&plan),
        dropped: vec![true; plan.units.len()],
        needs,
        pending,
        own: NameSet::default(),
        below: NameSet::default(),
        above: Vec::new(),
        pieces: Vec::new(),
        refused,
        errors_dropped,
        plan,
    }
}

/// By start; at the same start insertions first, then the longest.
fn order(plan: &FilePlan) -> Vec<Step> {
    let edits = plan
        .edits
        .iter()
        .enumerate()
        .map(|(at, edit)| (edit.range.clone(), Step::Edit(at)));
    let units = plan
        .units
        .iter()
        .enumerate()
        .map(|(at, unit)| (unit.range.clone(), Step::Unit(at)));
    let mut all: Vec<(Span, Step)> = units.chain(edits).collect();
    all.sort_by_key(|(range, _)| (range.start, range.end > range.start, Reverse(range.end)));
    all.into_iter().map(|(_, step)| step).collect()
}

/// Decides the pieces of a file from the names in use before this round.
fn lay_out(state: &mut State, file: &ParsedFile<'_>, interner: &Interner, shared: &Shared) {
    let in_use = state.in_use(interner, shared);
    let mut pieces = Vec::new();
    let mut position = 0_u32;
    let mut refused = None;
    let mut step = 0;
    while let Some(current) = state.order.get(step).copied() {
        step += 1;
        let (range, change, edit) = match current {
            Step::Unit(at) => {
                let (Some(unit), Some(true)) = (state.plan.units.get(at), state.dropped.get(at)) else {
                    continue;
                };
                (&unit.range, Change::Replace(Vec::new()), usize::MAX)
            }
            Step::Edit(at) => {
                let Some(edit) = state.plan.edits.get(at) else {
                    continue;
                };
                let insertion = edit.range.start == edit.range.end;
                let covered = if insertion {
                    edit.range.start < position || drops_at(state, step, edit.range.start)
                } else {
                    edit.range.end <= position
                };
                if covered {
                    continue;
                }
                let change = match &edit.replacement {
                    Replacement::Fixed(with) => Change::Replace(with.clone()),
                    Replacement::Dynamic(decide) => decide(&in_use),
                };
                (&edit.range, change, at)
            }
        };
        let Change::Replace(with) = change else {
            continue;
        };
        if range.end < position || (range.end == position && range.start < position) {
            continue;
        }
        let start = range.start.max(position);
        if range.start < position && !with.is_empty() {
            refused = Some((range.start, RefusedReason::Overlap));
            continue;
        }
        if start > position {
            pieces.push(Piece::Copy(position..start));
        }
        if with.is_empty() {
            pieces.push(Piece::Cut(start..range.end));
        } else {
            pieces.push(Piece::Put(with, edit));
        }
        position = range.end;
    }
    let end = text::length(file.text);
    if position < end {
        pieces.push(Piece::Copy(position..end));
    }
    state.pieces = pieces;
    if state.refused.is_none() {
        state.refused = refused;
    }
}

/// Tells whether a unit that starts exactly here is dropped; steps from `next` on are looked at.
fn drops_at(state: &State, next: usize, at: u32) -> bool {
    let rest = state.order.get(next..).unwrap_or_default();
    for step in rest {
        match step {
            Step::Edit(edit) => {
                if state
                    .plan
                    .edits
                    .get(*edit)
                    .is_none_or(|edit| edit.range.start != at)
                {
                    return false;
                }
            }
            Step::Unit(unit) => {
                let same = state
                    .plan
                    .units
                    .get(*unit)
                    .is_some_and(|unit| unit.range.start == at);
                if !same {
                    return false;
                }
                if state.dropped.get(*unit) == Some(&true) {
                    return true;
                }
            }
        }
    }
    false
}

impl State {
    fn is_out(&self) -> bool {
        self.plan.hidden.is_some() || self.refused.is_some()
    }

    fn in_use<'a>(&'a self, interner: &'a Interner, shared: &'a Shared) -> InUse<'a> {
        InUse {
            interner,
            own: &self.own,
            below: &self.below,
            package: shared.packages.get(self.plan.package).unwrap_or(&shared.none),
            group: &shared.group,
        }
    }

    /// Moves the uses that the pieces show out of `pending`, and the words of replacements with them.
    fn collect(&mut self, place: usize, interner: &mut Interner, fresh: &mut Vec<(usize, u32, Channels)>) {
        let mut copies = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Copy(span) => Some(span.clone()),
            Piece::Put(..) | Piece::Cut(_) => None,
        });
        let mut current = copies.next();
        self.pending.retain(|(at, name, channels)| {
            while current.as_ref().is_some_and(|span| span.end <= *at) {
                current = copies.next();
            }
            let shown = current.as_ref().is_some_and(|span| span.start <= *at);
            if shown {
                fresh.push((place, *name, *channels));
            }
            !shown
        });
        for piece in &self.pieces {
            let Piece::Put(with, edit) = piece else { continue };
            let channels = self
                .plan
                .edits
                .get(*edit)
                .map_or(Channels::CODE, |edit| edit.channels);
            if channels == Channels::NONE {
                continue;
            }
            for word in text::words(with, 0..text::length(with)) {
                fresh.push((place, interner.intern(text::slice(with, &word)), channels));
            }
        }
    }

    /// Keeps the units that are named by now; tells whether there were any.
    fn bring_back(&mut self, interner: &Interner, shared: &Shared) -> bool {
        let mut changed = false;
        let mut dropped = std::mem::take(&mut self.dropped);
        let in_use = self.in_use(interner, shared);
        for (dropped, needs) in dropped.iter_mut().zip(&self.needs) {
            if *dropped
                && needs.iter().all(|need| {
                    need.names
                        .iter()
                        .any(|name| in_use.has_id(*name, need.scope, need.channels))
                })
            {
                *dropped = false;
                changed = true;
            }
        }
        self.dropped = dropped;
        changed
    }

    /// Tells whether the owner's byte at an offset is delivered.
    fn shows(&self, copies: &[Span], at: u32) -> bool {
        let after = copies.partition_point(|span| span.start <= at);
        after
            .checked_sub(1)
            .and_then(|last| copies.get(last))
            .is_some_and(|span| at < span.end)
    }

    /// What stayed, with its stretch.
    fn notes(&self, copies: &[Span]) -> Vec<(Span, Note)> {
        let mut notes = Vec::new();
        for edit in &self.plan.edits {
            let left = self.shows(copies, edit.range.start);
            if let (true, Some(note)) = (left && edit.range.start < edit.range.end, &edit.note) {
                notes.push((edit.range.clone(), note.clone()));
            }
        }
        for (unit, dropped) in self.plan.units.iter().zip(&self.dropped) {
            if let (false, Some(note)) = (*dropped, &unit.note)
                && self.shows(copies, unit.range.start)
            {
                notes.push((unit.range.clone(), note.clone()));
            }
        }
        for (span, note) in &self.plan.keeps {
            if self.shows(copies, span.start) {
                notes.push((span.clone(), note.clone()));
            }
        }
        notes
    }
}

fn outcome(rules: &dyn LanguageRules, state: &State, file: &ParsedFile<'_>) -> Outcome {
    if file.shown == Shown::Whole {
        return Outcome::Whole;
    }
    if let Some(reason) = state.plan.hidden {
        return Outcome::Hidden { reason };
    }
    let refuse = |(at, reason): (u32, RefusedReason)| Outcome::Refused {
        line: text::line_of(file.text, at),
        reason,
    };
    if let Some(refusal) = &state.refused {
        return refuse(refusal.clone());
    }
    let rendered = rules.finish(assemble(file.text, &state.pieces, rules.joins_empty_braces()));
    let copies: Vec<Span> = state
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Copy(span) => Some(span.clone()),
            Piece::Put(..) | Piece::Cut(_) => None,
        })
        .collect();
    let notes = state.notes(&copies);
    let audit = Audit {
        notes: &notes,
        open: &state.plan.open,
        bodies: &state.plan.bodies,
    };
    if let Err(refusal) = check(rules, file, &audit, &rendered) {
        return refuse(refusal);
    }
    let bodies: Vec<u32> = file
        .tree
        .nodes()
        .filter(|node| rules.is_body(node))
        .map(|node| rules.body_mark(&node))
        .collect();
    let bodies_kept = bodies.iter().filter(|at| state.shows(&copies, **at)).count();
    let mut kept: Vec<Kept> = notes
        .into_iter()
        .map(|(span, note)| Kept {
            line: text::line_of(file.text, first_content(file.text, &span)),
            name: note.name,
            what: note.what,
            why: note.why.to_owned(),
        })
        .collect();
    kept.sort();
    kept.dedup();
    let dropped = state.dropped.iter().filter(|dropped| **dropped).count();
    Outcome::Interface(Rendered {
        lines_before: text::line_count(file.text),
        lines_after: text::line_count(&rendered),
        text: rendered,
        kept,
        bodies: u32::try_from(bodies.len()).unwrap_or(u32::MAX),
        bodies_kept: u32::try_from(bodies_kept).unwrap_or(u32::MAX),
        units_dropped: u32::try_from(dropped).unwrap_or(u32::MAX),
        errors_dropped: state.errors_dropped,
    })
}

/// Where the first visible byte of a stretch is.
fn first_content(source: &[u8], span: &Span) -> u32 {
    let blank = text::slice(source, span)
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    span.start.saturating_add(u32::try_from(blank).unwrap_or(0))
}
