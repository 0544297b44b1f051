//! Carries the owner's spellings over to the pushed text, at the places that the edit left whole.
//!
//! A place whose changed tokens and both neighbours survive adjacent takes the owner's spelling; one that is gone
//! entirely is gone; one that is partly touched keeps the vendor's text. Nothing is ever guessed from likeness.

#![expect(
    clippy::indexing_slicing,
    reason = "places, parts and tokens are numbered by the layout and the token lists they index"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ringfence_mark::model::Family;

use super::align::Alignment;
use super::diff::{Numbers, Steps, equal_pairs};
use super::items::Renamed;
use super::layout::{Layout, Nesting, Part, Place, site_range};
use super::locate::{by_name, locate, locate_parts, what_is_left};
use super::tokens::Tokens;

/// The two texts, their tokens and what became of each token.
pub(super) struct Edit<'t> {
    pub(super) delivered: Tokens<'t>,
    pub(super) pushed: Tokens<'t>,
    pub(super) alignment: Alignment,
    /// Functions by name; only there when the delivered text has swapped some.
    pub(super) functions: Option<Renamed>,
}

/// What became of a place that did not take the owner's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Nothing of it is left.
    Gone,
    /// Something of it is left: the vendor's text stays and the result says so.
    Touched,
}

/// Where one changed spelling stands in the pushed text and in the result.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) place: usize,
    pub(super) pushed: Range<usize>,
    pub(super) result: Range<usize>,
}

/// The owner's new text as carried, before it is verified.
pub(super) struct Carried {
    pub(super) text: Vec<u8>,
    /// In the order of the result.
    pub(super) spots: Vec<Spot>,
    pub(super) lost: BTreeMap<usize, Lost>,
}

/// A piece of the owner's spelling of a permuted place, in the owner's order.
enum Back {
    Part(usize),
    Text(Range<usize>),
}

/// How the delivered spelling of a place leads back to the owner's.
enum Way {
    /// Small replacements: (range of the delivered text, the owner's bytes, first gap of the place or not).
    Atoms(Vec<(Range<usize>, Vec<u8>, Phase)>),
    /// The parts in another order.
    Permuted(Vec<Back>),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Closing,
    Opening,
}

/// A change to the pushed text.
enum Change {
    Replace(Vec<u8>),
    Permute {
        parts: Vec<Range<usize>>,
        order: Vec<Back>,
    },
}

/// Where in the pushed text a change stands; breaks ties between changes at one position.
type Rank = (usize, Phase, isize, usize);

struct Placed {
    rank: Rank,
    place: usize,
    range: Range<usize>,
    change: Change,
}

/// The place and part that a change lies in; `None`: the file itself.
type Container = Option<(usize, usize)>;

/// Carries every place of a layout over an edit, except those that are to keep the vendor's text.
pub(super) fn carry(
    nesting: &Nesting<'_>,
    layout: &Layout,
    edit: &Edit<'_>,
    keep: &BTreeSet<usize>,
) -> Carried {
    let mut lost = BTreeMap::new();
    let mut depths: Vec<isize> = Vec::with_capacity(layout.places.len());
    let mut dissolved = vec![false; layout.places.len()];
    let mut permuted: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
    let mut changes: BTreeMap<Container, Vec<Placed>> = BTreeMap::new();
    for (index, place) in layout.places.iter().enumerate() {
        let depth = place.inside.map_or(0, |(outer, _)| depths[outer] + 1);
        depths.push(depth);
        if place.inside.is_some_and(|(outer, _)| dissolved[outer]) {
            dissolved[index] = true;
            continue;
        }
        let (way, flat) = way_back(nesting, layout, place);
        dissolved[index] = flat;
        let found = if keep.contains(&index) {
            None
        } else {
            locate_all(edit, nesting, place, way)
        };
        let Some(found) = found else {
            lost.insert(index, what_is_left(edit, place, nesting.sites[place.site].family));
            continue;
        };
        let container = container_of(layout, &permuted, index);
        let list = changes.entry(container).or_default();
        for (number, (phase, range, change)) in found.into_iter().enumerate() {
            if let Change::Permute { parts, .. } = &change {
                permuted.insert(index, parts.clone());
            }
            let tie = if phase == Phase::Closing { -depth } else { depth };
            list.push(Placed {
                rank: (range.start, phase, tie, number),
                place: index,
                range,
                change,
            });
        }
    }
    for index in drop_overlapping(&mut changes, &permuted, edit.pushed.text.len()) {
        lost.insert(index, Lost::Touched);
    }
    let (text, spots) = compose(nesting.text, edit.pushed.text, &changes);
    Carried { text, spots, lost }
}

/// Nearest place around this one that is being put back in the owner's order.
fn container_of(layout: &Layout, permuted: &BTreeMap<usize, Vec<Range<usize>>>, index: usize) -> Container {
    let mut inside = layout.places[index].inside;
    while let Some((outer, part)) = inside {
        if permuted.contains_key(&outer) {
            return Some((outer, part));
        }
        inside = layout.places[outer].inside;
    }
    None
}

/// How a delivered spelling leads back to the owner's, and whether it swallows the places inside it.
fn way_back(nesting: &Nesting<'_>, layout: &Layout, place: &Place) -> (Way, bool) {
    let whole = site_range(&nesting.sites[place.site]);
    let mut sources: Vec<(usize, Range<usize>)> = place
        .parts
        .iter()
        .enumerate()
        .filter_map(|(number, part)| Some((number, part.source.clone()?)))
        .collect();
    let in_order = sources.is_sorted_by(|a, b| a.1.end <= b.1.start);
    sources.sort_by_key(|(number, range)| (range.start, range.end, *number));
    let disjoint = sources.is_sorted_by(|a, b| a.1.end <= b.1.start);
    if in_order || !disjoint {
        let flat = !in_order;
        let parts: Vec<&Part> = if flat {
            Vec::new()
        } else {
            place.parts.iter().filter(|part| part.source.is_some()).collect()
        };
        let mut atoms = Vec::new();
        let (mut out, mut owner) = (place.out.start, whole.start);
        for (gap, part) in parts.iter().map(Some).chain(std::iter::once(None)).enumerate() {
            let source = part
                .and_then(|part| part.source.clone())
                .unwrap_or(whole.end..whole.end);
            let copied = part.map_or(place.out.end..place.out.end, |part| part.out.clone());
            let phase = if gap == 0 { Phase::Opening } else { Phase::Closing };
            gap_atoms(
                layout,
                nesting.text,
                out..copied.start,
                owner..source.start,
                phase,
                &mut atoms,
            );
            (out, owner) = (copied.end, source.end);
        }
        return (Way::Atoms(atoms), flat);
    }
    let mut order = Vec::new();
    let mut owner = whole.start;
    for (number, source) in sources {
        if owner < source.start {
            order.push(Back::Text(owner..source.start));
        }
        order.push(Back::Part(number));
        owner = source.end;
    }
    if owner < whole.end {
        order.push(Back::Text(owner..whole.end));
    }
    (Way::Permuted(order), false)
}

/// Splits one difference between two spellings into the smallest differences of tokens.
fn gap_atoms(
    layout: &Layout,
    text: &[u8],
    out: Range<usize>,
    owner: Range<usize>,
    phase: Phase,
    atoms: &mut Vec<(Range<usize>, Vec<u8>, Phase)>,
) {
    let (old, new) = (Tokens::of(&layout.bytes[out.clone()]), Tokens::of(&text[owner]));
    let mut numbers = Numbers::default();
    let before = numbers.of(&old, 0..old.count());
    let after = numbers.of(&new, 0..new.count());
    let (mut left, mut right) = (0, 0);
    let pairs = equal_pairs(&before, &after, numbers.kinds(), &mut Steps::of_site());
    for (at, image) in pairs
        .into_iter()
        .chain(std::iter::once((old.count(), new.count())))
    {
        if left < at || right < image {
            let position = |token: usize| {
                out.start
                    + if token < old.count() {
                        old.range(token).start
                    } else {
                        out.len()
                    }
            };
            let bytes = (right..image)
                .flat_map(|token| new.bytes(token).iter().copied())
                .collect();
            atoms.push((position(left)..position(at), bytes, phase));
        }
        (left, right) = (at + 1, image + 1);
    }
}

type Found = (Phase, Range<usize>, Change);

fn locate_all(edit: &Edit<'_>, nesting: &Nesting<'_>, place: &Place, way: Way) -> Option<Vec<Found>> {
    match way {
        Way::Atoms(atoms) => atoms
            .into_iter()
            .map(|(out, text, phase)| {
                let range = locate(edit, &out, &text)?;
                Some((phase, range, Change::Replace(text)))
            })
            .collect(),
        Way::Permuted(order) => {
            let family = nesting.sites[place.site].family;
            let parts = match by_name(edit, place).filter(|_| family == Family::FunctionOrder) {
                Some(found) => found?,
                None => locate_parts(edit, place, family == Family::Comparison)?,
            };
            let range = parts.first()?.start..parts.last()?.end;
            Some(vec![(Phase::Opening, range, Change::Permute { parts, order })])
        }
    }
}

/// Sorts the changes of each container and gives up the places whose changes do not lie side by side in it.
fn drop_overlapping(
    changes: &mut BTreeMap<Container, Vec<Placed>>,
    permuted: &BTreeMap<usize, Vec<Range<usize>>>,
    length: usize,
) -> BTreeSet<usize> {
    let mut dropped = BTreeSet::new();
    for (container, list) in changes.iter_mut() {
        list.sort_by_key(|placed| placed.rank);
        let bounds = container
            .and_then(|(place, part)| permuted.get(&place)?.get(part).cloned())
            .unwrap_or(0..length);
        let orphaned = container.is_some_and(|(place, _)| dropped.contains(&place));
        let mut at = bounds.start;
        for placed in list.iter() {
            if orphaned || placed.range.start < at || placed.range.end > bounds.end {
                dropped.insert(placed.place);
            } else {
                at = placed.range.end;
            }
        }
    }
    for list in changes.values_mut() {
        list.retain(|placed| !dropped.contains(&placed.place));
    }
    dropped
}

enum Task<'c> {
    Range(Range<usize>, Container),
    Bytes(Range<usize>),
    Owner(Range<usize>),
    Change(&'c Placed),
    Close(usize),
}

/// Writes the pushed text with all changes made.
fn compose(owner: &[u8], pushed: &[u8], changes: &BTreeMap<Container, Vec<Placed>>) -> (Vec<u8>, Vec<Spot>) {
    let mut text = Vec::with_capacity(pushed.len());
    let mut spots: Vec<Spot> = Vec::new();
    let mut stack = vec![Task::Range(0..pushed.len(), None)];
    while let Some(task) = stack.pop() {
        match task {
            Task::Bytes(range) => text.extend_from_slice(&pushed[range]),
            Task::Owner(range) => text.extend_from_slice(&owner[range]),
            Task::Close(spot) => spots[spot].result.end = text.len(),
            Task::Range(range, container) => {
                let mut end = range.end;
                for placed in changes.get(&container).into_iter().flatten().rev() {
                    stack.push(Task::Bytes(placed.range.end..end));
                    stack.push(Task::Change(placed));
                    end = placed.range.start;
                }
                stack.push(Task::Bytes(range.start..end));
            }
            Task::Change(placed) => {
                let spot = spots.len();
                spots.push(Spot {
                    place: placed.place,
                    pushed: placed.range.clone(),
                    result: text.len()..text.len(),
                });
                stack.push(Task::Close(spot));
                match &placed.change {
                    Change::Replace(bytes) => text.extend_from_slice(bytes),
                    Change::Permute { parts, order } => {
                        stack.extend(order.iter().rev().map(|back| match back {
                            Back::Part(number) => {
                                Task::Range(parts[*number].clone(), Some((placed.place, *number)))
                            }
                            Back::Text(range) => Task::Owner(range.clone()),
                        }))
                    }
                }
            }
        }
    }
    (text, spots)
}
