//! Reading one site by synthesis.

#![expect(
    clippy::indexing_slicing,
    reason = "windows over parallel arrays: every index comes from a location made from the same stream, or from the mapping between the two streams"
)]

use std::collections::HashMap;
use std::ops::Range;

use ringfence_syntax::lex::{TokenKind, lex};

use super::names::{Names, Votes, vote, winner};
use super::{CanonicalFile, Group};
use crate::align::{IDENTIFIER, Interner, Mapping, NONE, Stream, common_length, usize_of};
use crate::model::{Family, Piece, Site, Variant};

/// Coarse tokens of context on each side.
const CONTEXT: usize = 8;
/// How near the mapped neighbours of a leaf site must be.
const NEIGHBOURS: usize = 3;
/// Coarse tokens on each side that vote on names before the whole file does.
const NEAR: usize = 120;
/// Largest product of lengths that is compared: 8 million steps.
const LARGEST_COMPARISON: usize = 1 << 29;
/// Names unknown to the dictionary are believed unchanged when this share of names is.
const UNKNOWN_NAMES_KEPT: f64 = 0.8;
/// Share of the code tokens of both sides that may differ from the better spelling. Measured: without it 7-12 % of the sites are
/// "read" in unrelated code, with it 0.1-1 %; renamed, stripped and reprinted copies lose 0.4-2 %.
const MOST_DIFFERENT: (usize, usize) = (7, 20);
/// A number that no token has.
const UNKNOWN: u32 = u32::MAX;

/// Where a site is in its group's stream.
pub(super) struct Location {
    /// Index of the file within the group.
    pub(super) member: usize,
    /// Index of the site in its table.
    pub(super) site: usize,
    /// Its coarse tokens.
    pub(super) coarse: Range<usize>,
    /// Its coarse tokens with context, within the file.
    window: Range<usize>,
    /// Bytes of the window, the site included.
    bytes: Range<usize>,
}

/// Locates the sites of the group's files.
pub(super) fn locate(members: &[&CanonicalFile], stream: &Stream) -> Vec<Location> {
    let mut locations = Vec::new();
    for (member, file) in members.iter().enumerate() {
        let full = stream.full_starts[member]..stream.full_starts[member + 1];
        // Without the separator.
        let coarse = stream.coarse_starts[member]..stream.coarse_starts[member + 1] - 1;
        let tokens = &stream.full[full.clone()];
        let full_at = |byte: u32| full.start + tokens.partition_point(|token| token.start < byte);
        let positions = &stream.position[coarse.clone()];
        let coarse_at =
            |token: usize| coarse.start + positions.partition_point(|position| usize_of(*position) < token);
        for (index, site) in file.table.sites.iter().enumerate() {
            let inner = coarse_at(full_at(site.start))..coarse_at(full_at(site.end));
            let window =
                inner.start.saturating_sub(CONTEXT).max(coarse.start)..(inner.end + CONTEXT).min(coarse.end);
            let token = |at: usize| tokens[usize_of(stream.position[at]) - full.start];
            let mut bytes = usize_of(site.start)..usize_of(site.end);
            if !window.is_empty() {
                bytes.start = bytes.start.min(usize_of(token(window.start).start));
                bytes.end = bytes
                    .end
                    .max(usize_of(token(window.end - 1).end))
                    .min(file.text.len());
            }
            locations.push(Location {
                member,
                site: index,
                coarse: inner,
                window,
                bytes,
            });
        }
    }
    locations
}

/// Families that are read from the code around and inside them, not from a few neighbours.
const fn is_large(family: Family) -> bool {
    matches!(
        family,
        Family::FunctionOrder | Family::CaseOrder | Family::IfSwap | Family::EarlyReturn
    )
}

/// Which tokens take part in a comparison.
#[derive(Clone, Copy)]
enum Tokens {
    All,
    /// Without comments and blank lines.
    Code,
}

impl Tokens {
    const fn keep(self, kind: TokenKind) -> bool {
        match self {
            Self::All => true,
            Self::Code => !matches!(kind, TokenKind::CommentWord | TokenKind::BlankLine),
        }
    }
}

/// One reading of one group.
pub(super) struct Reading<'a> {
    group: &'a Group,
    members: &'a [&'a CanonicalFile],
    suspect: &'a Stream,
    mapping: &'a Mapping,
    names: &'a Names,
    names_kept: bool,
    interner: Interner,
}

/// A token of a spelling.
#[derive(Clone, Copy)]
struct Spelled {
    key: u32,
    kind: TokenKind,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        group: &'a Group,
        members: &'a [&'a CanonicalFile],
        suspect: &'a Stream,
        mapping: &'a Mapping,
        names: &'a Names,
        interner: Interner,
    ) -> Self {
        let names_kept = names.kept() > UNKNOWN_NAMES_KEPT;
        Self {
            group,
            members,
            suspect,
            mapping,
            names,
            names_kept,
            interner,
        }
    }

    /// Returns the variant the suspect has at a site, when it is clear.
    pub(super) fn read(&mut self, location: &Location) -> Option<Variant> {
        let file = self.members[location.member];
        let site = &file.table.sites[location.site];
        let found = self.window_in_suspect(location, is_large(site.family))?;
        let own = self.spell(file, &file.text[location.bytes.clone()]);
        let mut text = file.text[location.bytes.start..usize_of(site.start)].to_vec();
        append_alternative(site, &file.text, &mut text);
        text.extend_from_slice(&file.text[usize_of(site.end)..location.bytes.end]);
        let other = self.spell(file, &text);
        if !self.tells_apart(site.family, &own, &other) {
            return None;
        }

        let window = &self.suspect.full[found];
        let longest = own.len().max(other.len());
        if window.len() > 8 * longest + 1000
            || longest.saturating_mul(window.len().max(longest)) > LARGEST_COMPARISON
        {
            return None;
        }
        let dictionary = self.dictionary(location);
        let ours = |spelling: &[Spelled], tokens: Tokens| -> Vec<u32> {
            let kept = spelling.iter().filter(|token| tokens.keep(token.kind));
            kept.map(|token| match token.kind {
                TokenKind::Identifier => dictionary.get(&token.key).copied().unwrap_or(token.key),
                _ => token.key,
            })
            .collect()
        };
        let theirs = |tokens: Tokens| -> Vec<u32> {
            window
                .iter()
                .filter(|token| tokens.keep(token.kind))
                .map(|token| token.key)
                .collect()
        };
        let distance =
            |left: &[u32], right: &[u32]| left.len() + right.len() - 2 * common_length(left, right);

        let tokens = if is_large(site.family) {
            Tokens::Code
        } else {
            Tokens::All
        };
        let (first, second, found) = (ours(&own, tokens), ours(&other, tokens), theirs(tokens));
        let (to_own, to_other) = (distance(&first, &found), distance(&second, &found));
        let margin = to_own.abs_diff(to_other);
        if margin == 0 || (is_large(site.family) && margin * 10 < distance(&first, &second)) {
            return None;
        }
        // Aligned by chance: the better spelling is still another text.
        let code = ours(if to_own < to_other { &own } else { &other }, Tokens::Code);
        let found = theirs(Tokens::Code);
        if distance(&code, &found) * MOST_DIFFERENT.1 > (code.len() + found.len()) * MOST_DIFFERENT.0 {
            return None;
        }
        Some(if (to_own < to_other) == (site.canonical == Variant::Zero) {
            Variant::Zero
        } else {
            Variant::One
        })
    }

    /// The suspect's full tokens around the densest cluster of the window's partners.
    fn window_in_suspect(&self, location: &Location, large: bool) -> Option<Range<usize>> {
        let window = &location.window;
        let partners = &self.mapping.forward[window.clone()];
        let mut positions: Vec<usize> = partners
            .iter()
            .filter(|partner| **partner != NONE)
            .map(|partner| usize_of(*partner))
            .collect();
        let enough = |count: usize| count >= 3 && 2 * count >= window.len();
        if !enough(positions.len()) {
            return None;
        }
        positions.sort_unstable();
        let span = window.len() + window.len() / 2 + 8;
        let (mut best, mut first) = (0..0, 0);
        for last in 0..positions.len() {
            while positions[last] - positions[first] > span {
                first += 1;
            }
            if last + 1 - first > best.len() {
                best = first..last + 1;
            }
        }
        if !enough(best.len()) {
            return None;
        }
        let (low, high) = (positions[best.start], positions[best.end - 1]);
        if self.suspect.file[low] != self.suspect.file[high] {
            return None;
        }
        if !large && !self.neighbours_hold(location, low, high) {
            return None;
        }
        Some(usize_of(self.suspect.position[low])..usize_of(self.suspect.position[high]) + 1)
    }

    /// Whether a leaf site has mapped neighbours within three tokens on both sides, about as far apart as it is long.
    fn neighbours_hold(&self, location: &Location, low: usize, high: usize) -> bool {
        let inside = |at: &usize| {
            let partner = self.mapping.forward[*at];
            partner != NONE && (low..=high).contains(&usize_of(partner))
        };
        let (start, end) = (location.coarse.start, location.coarse.end);
        // A tile that reaches over the edge of a moved block takes the first tokens of the next one with it: a few mapped
        // neighbours are not enough, half of each side must be there.
        for mut side in [location.window.start..start, end..location.window.end] {
            let length = side.len();
            if 2 * side.by_ref().filter(inside).count() < length {
                return false;
            }
        }
        let left = (start.saturating_sub(NEIGHBOURS).max(location.window.start)..start)
            .rev()
            .find(inside);
        let right = (end..(end + NEIGHBOURS).min(location.window.end)).find(inside);
        let (Some(left), Some(right)) = (left, right) else {
            return false;
        };
        let (from, to) = (
            usize_of(self.mapping.forward[left]),
            usize_of(self.mapping.forward[right]),
        );
        let distance = right - left;
        from < to && to - from <= distance + distance / 2 + 4
    }

    fn spell(&mut self, file: &CanonicalFile, text: &[u8]) -> Vec<Spelled> {
        lex(file.language, text)
            .into_iter()
            .map(|token| Spelled {
                key: self.interner.key(Some(&self.group.interner), token, text),
                kind: token.kind,
            })
            .collect()
    }

    /// Order pairs whose items are equal once names are blanked cannot be told apart where names may have changed.
    fn tells_apart(&self, family: Family, own: &[Spelled], other: &[Spelled]) -> bool {
        let always = matches!(
            family,
            Family::FunctionOrder | Family::CaseOrder | Family::StatementOrder
        );
        let renamed = matches!(family, Family::ListOrder | Family::InitialiserOrder) && !self.names_kept;
        if !always && !renamed {
            return true;
        }
        let blanked = |spelling: &[Spelled]| -> Vec<u32> {
            let code = spelling
                .iter()
                .filter(|token| !matches!(token.kind, TokenKind::CommentWord | TokenKind::BlankLine));
            code.map(|token| {
                if token.kind == TokenKind::Identifier {
                    IDENTIFIER
                } else {
                    token.key
                }
            })
            .collect()
        };
        blanked(own) != blanked(other)
    }

    /// What the window's names became, by votes outside the site: nearby first, then of the file.
    fn dictionary(&self, location: &Location) -> HashMap<u32, u32> {
        let stream = &self.group.stream;
        let member = location.member;
        let file = stream.file[stream.coarse_starts[member]];
        let first = stream.coarse_starts[member].max(location.coarse.start.saturating_sub(NEAR));
        let last = stream.coarse_starts[member + 1].min(location.coarse.end + NEAR);
        let mut near: HashMap<u32, Votes> = HashMap::new();
        for at in (first..location.coarse.start).chain(location.coarse.end..last) {
            let partner = self.mapping.forward[at];
            if partner != NONE && stream.class[at] == IDENTIFIER && !self.group.mask[at] {
                vote(
                    near.entry(stream.raw[at]).or_default(),
                    self.suspect.raw[usize_of(partner)],
                );
            }
        }
        let mut dictionary = HashMap::new();
        for at in location.window.clone() {
            let name = stream.raw[at];
            if stream.class[at] != IDENTIFIER || dictionary.contains_key(&name) {
                continue;
            }
            let of_file = self.names.votes(file, name);
            let kept = of_file.is_some_and(|votes| {
                let total: u32 = votes.iter().map(|(_, count)| count).sum();
                let same = votes
                    .iter()
                    .find(|(other, _)| *other == name)
                    .map_or(0, |(_, count)| *count);
                same > 0 && same * 10 >= total * 3
            });
            let became = if kept {
                Some(name)
            } else {
                near.get(&name).and_then(|votes| winner(votes)).or_else(|| {
                    let mut votes = of_file?.clone();
                    self.forget_site(location, name, &mut votes);
                    winner(&votes)
                })
            };
            dictionary.insert(
                name,
                became.unwrap_or(if self.names_kept { name } else { UNKNOWN }),
            );
        }
        dictionary
    }

    /// Takes the site's own votes back.
    fn forget_site(&self, location: &Location, name: u32, votes: &mut Votes) {
        for at in location.coarse.clone() {
            let partner = self.mapping.forward[at];
            if partner == NONE || self.group.stream.raw[at] != name || self.group.mask[at] {
                continue;
            }
            let other = self.suspect.raw[usize_of(partner)];
            if let Some((_, count)) = votes.iter_mut().find(|(voted, _)| *voted == other) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

/// Appends the spelling that the canonical text does not have; sites inside it keep their canonical form.
fn append_alternative(site: &Site, text: &[u8], out: &mut Vec<u8>) {
    for piece in &site.alternative {
        match piece {
            Piece::Source { start, end } => out.extend_from_slice(&text[usize_of(*start)..usize_of(*end)]),
            Piece::Text(literal) => out.extend_from_slice(literal),
        }
    }
}
