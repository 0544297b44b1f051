//! The order of the objects of a pack, and which object each may be a delta to: the version before it at the same path.
//!
//! INVARIANT: both follow from the set of objects alone. In which order they came, or how often, changes nothing: so nothing that only
//! the writer knew (commits that are hidden from the recipient, the shape of the owner's history) can show in the bytes of a pack. A
//! predecessor stands before its successor.
//!
//! Refuses nothing: what does not parse is put in whole, and git judges the pack.

use std::collections::HashSet;

use gix_hash::oid;
use gix_object::tree::EntryRef;
use gix_object::{CommitRefIter, Kind, TreeRefIter};

use super::spool::{Index, Reader};

/// One object of the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub object: Index,
    /// Stands before it in the pack, and is of the same kind.
    pub predecessor: Option<Index>,
}

/// Every object once: the commits, parents first, each followed by what it brings; then the rest by kind and id.
pub(super) fn order(reader: &mut Reader<'_>) -> std::io::Result<Vec<Placed>> {
    let count = reader.spool().list().len();
    let mut order = Order {
        placed: vec![false; count],
        list: Vec::with_capacity(count),
    };
    for (commit, Links { tree, parents }) in commits(reader)? {
        order.place(commit, None);
        let before = parents.first().and_then(|parent| parent.1);
        if let Some(tree) = tree {
            order.place_tree(tree, before, reader)?;
        }
    }
    let list = reader.spool().list();
    let mut rest: Vec<Index> = (0..count)
        .filter(|index| order.placed.get(*index) == Some(&false))
        .collect();
    rest.sort_by_key(|index| list.get(*index).map(|object| (object.kind, object.id)));
    for index in rest {
        order.place(index, None);
    }
    Ok(order.list)
}

/// What a commit names, as far as it waits too.
#[derive(Clone, Debug, Default)]
struct Links {
    tree: Option<Index>,
    /// Commits with their trees.
    parents: Vec<(Index, Option<Index>)>,
}

/// The commits, parents first, the first parent's side first; from each tip in order of their ids.
fn commits(reader: &mut Reader<'_>) -> std::io::Result<Vec<(Index, Links)>> {
    let spool = reader.spool();
    let mut links: Vec<Option<Links>> = vec![None; spool.list().len()];
    let mut all: Vec<Index> = Vec::new();
    for (index, object) in spool.list().iter().enumerate() {
        if object.kind != Kind::Commit {
            continue;
        }
        let data = reader.read(index)?;
        let find = |id: &oid, kind: Kind| {
            let found = spool.find(id)?;
            (spool.list().get(found)?.kind == kind).then_some(found)
        };
        let named = Links {
            tree: CommitRefIter::from_bytes(&data, gix_hash::Kind::Sha1)
                .tree_id()
                .ok()
                .and_then(|id| find(&id, Kind::Tree)),
            parents: CommitRefIter::from_bytes(&data, gix_hash::Kind::Sha1)
                .parent_ids()
                .filter_map(|id| Some((find(&id, Kind::Commit)?, None)))
                .collect(),
        };
        if let Some(place) = links.get_mut(index) {
            *place = Some(named);
        }
        all.push(index);
    }
    let tree_of = |index: Index, links: &[Option<Links>]| links.get(index)?.as_ref()?.tree;
    let mut is_parent: HashSet<Index> = HashSet::new();
    for index in &all {
        let Some(Some(named)) = links.get(*index) else {
            continue;
        };
        let parents: Vec<_> = named
            .parents
            .iter()
            .map(|(parent, _)| (*parent, tree_of(*parent, &links)))
            .collect();
        is_parent.extend(parents.iter().map(|(parent, _)| *parent));
        if let Some(Some(named)) = links.get_mut(*index) {
            named.parents = parents;
        }
    }
    let mut tips: Vec<Index> = all
        .iter()
        .copied()
        .filter(|index| !is_parent.contains(index))
        .collect();
    tips.sort_by_key(|index| spool.list().get(*index).map(|object| object.id));

    let mut done = Vec::with_capacity(all.len());
    // The last pushed is the first entered; a commit that was entered is taken out when its parents are done.
    let mut entered: HashSet<Index> = HashSet::new();
    let mut stack: Vec<(Index, bool)> = tips.into_iter().rev().map(|tip| (tip, false)).collect();
    while let Some((index, leaving)) = stack.pop() {
        if leaving {
            if let Some(named) = links.get_mut(index).and_then(Option::take) {
                done.push((index, named));
            }
            continue;
        }
        if !entered.insert(index) {
            continue;
        }
        stack.push((index, true));
        if let Some(Some(named)) = links.get(index) {
            stack.extend(named.parents.iter().rev().map(|(parent, _)| (*parent, false)));
        }
    }
    Ok(done)
}

struct Order {
    placed: Vec<bool>,
    list: Vec<Placed>,
}

impl Order {
    fn is_placed(&self, index: Index) -> bool {
        self.placed.get(index).copied().unwrap_or(true)
    }

    fn place(&mut self, object: Index, predecessor: Option<Index>) {
        if let Some(placed) = self.placed.get_mut(object).filter(|placed| !**placed) {
            *placed = true;
            self.list.push(Placed { object, predecessor });
        }
    }

    /// Places what a tree reaches and is not placed yet; `before` is the tree at the same path one commit earlier. With a stack of its
    /// own: depth costs memory, never the thread's stack.
    fn place_tree(
        &mut self,
        tree: Index,
        before: Option<Index>,
        reader: &mut Reader<'_>,
    ) -> std::io::Result<()> {
        let spool = reader.spool();
        let kind_of = |index: Index| spool.list().get(index).map(|object| object.kind);
        let mut stack = vec![(tree, before)];
        while let Some((tree, before)) = stack.pop() {
            if self.is_placed(tree) {
                continue;
            }
            let before = before.filter(|before| self.is_placed(*before) && *before != tree);
            self.place(tree, before);
            let new = reader.read(tree)?;
            let old = before.map(|before| reader.read(before)).transpose()?;
            let folders = stack.len();
            let mut older = Older::new(old.as_deref().unwrap_or_default());
            for entry in entries(&new) {
                let Some(found) = spool.find(entry.oid).filter(|found| !self.is_placed(*found)) else {
                    continue;
                };
                let Some(kind) = kind_of(found) else { continue };
                let predecessor = older
                    .at(&entry)
                    .and_then(|id| spool.find(id))
                    .filter(|older| kind_of(*older) == Some(kind) && self.is_placed(*older));
                if kind == Kind::Tree && entry.mode.is_tree() {
                    stack.push((found, predecessor));
                } else if kind == Kind::Blob && !entry.mode.is_tree() {
                    self.place(found, predecessor);
                }
            }
            // The first folder comes next.
            if let Some(pushed) = stack.get_mut(folders..) {
                pushed.reverse();
            }
        }
        Ok(())
    }
}

/// The entries of a tree up to the first that does not parse.
fn entries(data: &[u8]) -> impl Iterator<Item = EntryRef<'_>> {
    TreeRefIter::from_bytes(data, gix_hash::Kind::Sha1).map_while(Result::ok)
}

/// Walks an older tree beside a newer one. Both are in git's order.
struct Older<'a> {
    entries: TreeRefIter<'a>,
    next: Option<EntryRef<'a>>,
}

impl<'a> Older<'a> {
    fn new(data: &'a [u8]) -> Self {
        let mut entries = TreeRefIter::from_bytes(data, gix_hash::Kind::Sha1);
        let next = entries.next().and_then(Result::ok);
        Self { entries, next }
    }

    /// What stood at the name of an entry. Names must be asked for in order.
    fn at(&mut self, newer: &EntryRef<'_>) -> Option<&'a oid> {
        while let Some(older) = self.next {
            match older.cmp(newer) {
                std::cmp::Ordering::Less => self.next = self.entries.next().and_then(Result::ok),
                std::cmp::Ordering::Equal => return Some(older.oid),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }
}
