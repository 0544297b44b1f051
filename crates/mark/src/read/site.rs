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
    context: Context,
    /// The same, within what moves together with the site: for a place at the edge of a block that another copy has elsewhere.
    within_block: Option<Context>,
}

/// A site with what stands around it.
struct Context {
    /// Its coarse tokens and those around it.
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
        let edges = edges_of_blocks(file);
        for (index, site) in file.table.sites.iter().enumerate() {
            let inner = coarse_at(full_at(site.start))..coarse_at(full_at(site.end));
            let token = |at: usize| tokens[usize_of(stream.position[at]) - full.start];
            let start_of = |at: usize| usize_of(token(at).start);
            let end_of = |at: usize| usize_of(token(at).end);
            // Tokens and bytes that the context may take.
            let context = |inside: &Range<usize>, limits: &Range<usize>| {
                let window = inner
                    .start
                    .saturating_sub(CONTEXT)
                    .max(inside.start)
                    .min(inner.start)
                    ..(inner.end + CONTEXT).min(inside.end).max(inner.end);
                // At an edge everything up to the next token of code is needed, so that no comment is begun in its middle.
                let before = if window.start < inner.start {
                    start_of(window.start)
                } else if window.start > coarse.start {
                    end_of(window.start - 1)
                } else {
                    0
                };
                let after = if window.end > inner.end {
                    end_of(window.end - 1)
                } else if window.end < coarse.end {
                    start_of(window.end)
                } else {
                    file.text.len()
                };
                let bytes = before.max(limits.start).min(usize_of(site.start))
                    ..after.min(limits.end).max(usize_of(site.end));
                Context { window, bytes }
            };
            let whole = context(&coarse, &(0..file.text.len()));
            let within_block = (!moves_blocks(site.family))
                .then(|| {
                    let before = edges.partition_point(|edge| *edge <= site.start);
                    let after = edges.partition_point(|edge| *edge < site.end);
                    let first = before.checked_sub(1).and_then(|at| edges.get(at)).copied();
                    let (first, last) = (first.unwrap_or(0), edges.get(after).copied());
                    let last = last.unwrap_or(file.table.text_length);
                    let inside = coarse_at(full_at(first))..coarse_at(full_at(last));
                    context(&inside, &(usize_of(first)..usize_of(last)))
                })
                .filter(|within| {
                    let is_edge = within.window.start == inner.start || within.window.end == inner.end;
                    within.window != whole.window || is_edge
                });
            locations.push(Location {
                member,
                site: index,
                coarse: inner,
                context: whole,
                within_block,
            });
        }
    }
    locations
}

/// Families of which one spelling has whole stretches of the text elsewhere.
const fn moves_blocks(family: Family) -> bool {
    matches!(
        family,
        Family::FunctionOrder
            | Family::CaseOrder
            | Family::IfSwap
            | Family::EarlyReturn
            | Family::InitialiserOrder
            | Family::StatementOrder
    )
}

/// Where stretches that may stand elsewhere in a copy begin and end, in order.
fn edges_of_blocks(file: &CanonicalFile) -> Vec<u32> {
    let blocks = file.table.sites.iter().filter(|site| moves_blocks(site.family));
    let mut edges: Vec<u32> = blocks
        .flat_map(|site| &site.alternative)
        .filter_map(|piece| match piece {
            Piece::Source { start, end } => Some([*start, *end]),
            Piece::Text(_) => None,
        })
        .flatten()
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
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
    /// The suspect's texts.
    known: &'a Interner,
    /// Texts that only spellings have.
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
        known: &'a Interner,
    ) -> Self {
        let names_kept = names.kept() > UNKNOWN_NAMES_KEPT;
        Self {
            group,
            members,
            suspect,
            mapping,
            names,
            names_kept,
            known,
            interner: Interner::default(),
        }
    }

    /// Returns the variant the suspect has at a site, when it is clear.
    pub(super) fn read(&mut self, location: &Location) -> Option<Variant> {
        let file = self.members[location.member];
        let site = &file.table.sites[location.site];
        let contexts = std::iter::once(&location.context).chain(&location.within_block);
        let mut found = contexts.filter_map(|context| {
            let found = self.window_in_suspect(context, &location.coarse, is_large(site.family))?;
            Some((context, found))
        });
        let (context, mut found) = found.next()?;
        let own = self.spell(file, &file.text[context.bytes.clone()]);
        let mut text = file.text[context.bytes.start..usize_of(site.start)].to_vec();
        append_alternative(site, &file.text, &mut text);
        text.extend_from_slice(&file.text[usize_of(site.end)..context.bytes.end]);
        let other = self.spell(file, &text);
        if !self.tells_apart(site.family, &own, &other) {
            return None;
        }

        let longest = own.len().max(other.len());
        // At an edge the suspect goes on with what is no part of the site, and may have another comment there.
        if context.window.start == location.coarse.start {
            found.start = found.start.max(found.end.saturating_sub(longest));
        } else if context.window.end == location.coarse.end {
            found.end = found.end.min(found.start + longest);
        }
        let window = &self.suspect.full[found];
        if window.len() > 8 * longest + 1000
            || longest.saturating_mul(window.len().max(longest)) > LARGEST_COMPARISON
        {
            return None;
        }
        let dictionary = self.dictionary(location, &context.window);
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
        // Aligned by chance: the better spelling is still another text. With code on one side only, what is said must fit too.
        let is_edge =
            context.window.start == location.coarse.start || context.window.end == location.coarse.end;
        let tokens = if is_edge { tokens } else { Tokens::Code };
        let code = ours(if to_own < to_other { &own } else { &other }, tokens);
        let found = theirs(tokens);
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
    fn window_in_suspect(&self, context: &Context, site: &Range<usize>, large: bool) -> Option<Range<usize>> {
        let window = &context.window;
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
        if !large && !self.neighbours_hold(window, site, low, high) {
            return None;
        }
        let position = |at: usize| usize_of(self.suspect.position[at]);
        let (mut from, mut to) = (position(low), position(high) + 1);
        // At an edge the site lies between its last neighbour and whatever the suspect has next.
        if !large && window.start == site.start {
            from = match low.checked_sub(1) {
                Some(before) if self.suspect.file[before] == self.suspect.file[low] => position(before) + 1,
                _ => self.suspect.full_starts[usize_of(self.suspect.file[low])],
            };
        }
        if !large && window.end == site.end {
            to = self
                .suspect
                .position
                .get(high + 1)
                .map_or(to, |next| usize_of(*next));
        }
        Some(from..to)
    }

    /// Whether a leaf site has mapped neighbours within three tokens on both sides, about as far apart as it is long. On the side where
    /// its block ends there are none to have.
    fn neighbours_hold(&self, window: &Range<usize>, site: &Range<usize>, low: usize, high: usize) -> bool {
        let inside = |at: &usize| {
            let partner = self.mapping.forward[*at];
            partner != NONE && (low..=high).contains(&usize_of(partner))
        };
        let (start, end) = (site.start, site.end);
        // A tile that reaches over the edge of a moved block takes the first tokens of the next one with it: a few mapped
        // neighbours are not enough, half of each side must be there.
        for mut side in [window.start..start, end..window.end] {
            let length = side.len();
            if 2 * side.by_ref().filter(inside).count() < length {
                return false;
            }
        }
        let left = (start.saturating_sub(NEIGHBOURS).max(window.start)..start)
            .rev()
            .find(inside);
        let right = (end..(end + NEIGHBOURS).min(window.end)).find(inside);
        let partner = |at: usize| usize_of(self.mapping.forward[at]);
        match (left, right) {
            (Some(left), Some(right)) => {
                let (from, to, distance) = (partner(left), partner(right), right - left);
                from < to && to - from <= distance + distance / 2 + 4
            }
            // The neighbour is the outermost one, so that what lies beyond it in the suspect is the site's place.
            (None, Some(right)) => window.start == start && start == end && partner(right) == low,
            (Some(left), None) => window.end == end && start == end && partner(left) == high,
            (None, None) => false,
        }
    }

    fn spell(&mut self, file: &CanonicalFile, text: &[u8]) -> Vec<Spelled> {
        lex(file.language, text)
            .into_iter()
            .map(|token| Spelled {
                key: self
                    .interner
                    .key(&[&self.group.interner, self.known], token, text),
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
    fn dictionary(&self, location: &Location, window: &Range<usize>) -> HashMap<u32, u32> {
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
        for at in window.clone() {
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
