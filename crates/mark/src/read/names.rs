//! What names became: learned from aligned pairs outside the sites.

use std::collections::{BTreeMap, HashMap};

use super::Group;
use crate::align::{IDENTIFIER, Mapping, NONE, Stream, usize_of};

/// Share of a name's votes that its translation needs.
const MAJORITY: (u32, u32) = (3, 5);

/// Votes for what one name became: (suspect name, count).
pub(super) type Votes = Vec<(u32, u32)>;

/// Votes per file and canonical name.
pub(super) struct Names {
    by_file: HashMap<(u32, u32), Votes>,
    same: u32,
    total: u32,
}

impl Names {
    pub(super) fn learn(group: &Group, suspect: &Stream, mapping: &Mapping) -> Self {
        let mut names = Self {
            by_file: HashMap::new(),
            same: 0,
            total: 0,
        };
        for (file, name, other) in pairs(group, suspect, mapping) {
            vote(names.by_file.entry((file, name)).or_default(), other);
            names.same += u32::from(name == other);
            names.total += 1;
        }
        names
    }

    /// Share of aligned names that are unchanged; one when none is aligned.
    pub(super) fn kept(&self) -> f64 {
        if self.total == 0 {
            1.0
        } else {
            f64::from(self.same) / f64::from(self.total)
        }
    }

    /// Votes for a name of a file.
    pub(super) fn votes(&self, file: u32, name: u32) -> Option<&Votes> {
        self.by_file.get(&(file, name))
    }
}

/// Aligned identifiers outside the sites that never seed: (canonical file, canonical name, suspect name).
fn pairs(group: &Group, suspect: &Stream, mapping: &Mapping) -> impl Iterator<Item = (u32, u32, u32)> {
    let stream = &group.stream;
    let ours = stream
        .class
        .iter()
        .zip(&stream.raw)
        .zip(&stream.file)
        .zip(&group.mask)
        .zip(&mapping.forward);
    ours.filter_map(|((((class, name), file), masked), partner)| {
        if *class != IDENTIFIER || *masked || *partner == NONE {
            return None;
        }
        Some((*file, *name, *suspect.raw.get(usize_of(*partner))?))
    })
}

pub(super) fn vote(votes: &mut Votes, name: u32) {
    let known = votes.len();
    match votes.iter_mut().find(|(other, _)| *other == name) {
        Some((_, count)) => *count += 1,
        // A hostile text could give one name very many partners; the first few hundred decide.
        None if known < 256 => votes.push((name, 1)),
        None => {}
    }
}

/// The name with the most votes, when it has the majority; ties go to the smaller number.
pub(super) fn winner(votes: &[(u32, u32)]) -> Option<u32> {
    let total: u32 = votes.iter().map(|(_, count)| count).sum();
    let (name, count) = votes
        .iter()
        .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)))?;
    (*count > 0 && count.saturating_mul(MAJORITY.1) >= total.saturating_mul(MAJORITY.0)).then_some(*name)
}

/// Renames suspect names back where both sides agree by majority; returns how many changed.
pub(super) fn rename_back(group: &Group, suspect: &mut Stream, mapping: &Mapping) -> usize {
    let mut forward: HashMap<u32, Votes> = HashMap::new();
    let mut backward: BTreeMap<u32, Votes> = BTreeMap::new();
    for (_, name, other) in pairs(group, suspect, mapping) {
        vote(forward.entry(name).or_default(), other);
        vote(backward.entry(other).or_default(), name);
    }
    let best = |votes: &Votes| {
        votes
            .iter()
            .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)))
            .map(|(name, _)| *name)
    };
    let back: HashMap<u32, u32> = backward
        .into_iter()
        .filter_map(|(other, votes)| {
            let name = winner(&votes)?;
            (forward.get(&name).and_then(best) == Some(other)).then_some((other, name))
        })
        .collect();
    for (raw, class) in suspect.raw.iter_mut().zip(&suspect.class) {
        if *class == IDENTIFIER
            && let Some(name) = back.get(raw)
        {
            *raw = *name;
        }
    }
    for token in &mut suspect.full {
        if token.kind == ringfence_syntax::lex::TokenKind::Identifier
            && let Some(name) = back.get(&token.key)
        {
            token.key = *name;
        }
    }
    back.iter().filter(|(other, name)| other != name).count()
}
