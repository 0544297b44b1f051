//! The recipient's commits as a graph, read as far as a question needs it.
//!
//! Whether one commit contains another is asked at every merge, so it must not cost the whole history each time: a commit is made after
//! everything it contains, hence the search never goes below the place of what it looks for; a commit of this run that is no parent
//! yet is contained in nothing; and each commit is read at most once.

use std::collections::HashMap;

use super::{KnownCommits, ProjectError, without_terms};
use crate::object::{ObjectError, ObjectId, ObjectSource, read_commit};

/// A commit of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Index(usize);

struct Node {
    id: ObjectId,
    /// Where its parents stand in the list of edges; none: not read yet.
    edges: Option<(usize, usize)>,
    place: u64,
    /// Made in this run, and no parent of anything so far.
    loose: bool,
    bare: Option<ObjectId>,
    seen: u64,
}

pub(super) struct Graph<'a> {
    source: &'a dyn ObjectSource,
    known: &'a KnownCommits,
    terms: bool,
    by_id: HashMap<ObjectId, Index>,
    nodes: Vec<Node>,
    edges: Vec<Index>,
    round: u64,
}

impl<'a> Graph<'a> {
    /// `terms`: trees may carry the terms at their root, which count for nothing when trees are compared.
    pub fn new(source: &'a dyn ObjectSource, known: &'a KnownCommits, terms: bool) -> Self {
        Self {
            source,
            known,
            terms,
            by_id: HashMap::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            round: 0,
        }
    }

    /// A commit that was there before this run.
    pub fn node(&mut self, id: ObjectId) -> Index {
        if let Some(known) = self.by_id.get(&id) {
            return *known;
        }
        let index = Index(self.nodes.len());
        self.nodes.push(Node {
            id,
            edges: None,
            // Of a commit that nobody recorded nothing is known: it may be anywhere.
            place: self.known.place(&id).unwrap_or(u64::MAX),
            loose: false,
            bare: None,
            seen: 0,
        });
        self.by_id.insert(id, index);
        index
    }

    /// A commit that this run made.
    pub fn add(&mut self, id: ObjectId, bare: ObjectId, parents: &[Index]) -> Index {
        for parent in parents {
            if let Some(node) = self.nodes.get_mut(parent.0) {
                node.loose = false;
            }
        }
        // The same bytes as a commit before: nothing is new.
        if let Some(known) = self.by_id.get(&id) {
            return *known;
        }
        let index = Index(self.nodes.len());
        let first = self.edges.len();
        self.edges.extend_from_slice(parents);
        let made = u64::try_from(index.0).unwrap_or(u64::MAX);
        self.nodes.push(Node {
            id,
            edges: Some((first, self.edges.len())),
            place: self
                .known
                .place(&id)
                .unwrap_or_else(|| self.known.count().saturating_add(made)),
            loose: self.known.place(&id).is_none(),
            bare: Some(bare),
            seen: 0,
        });
        self.by_id.insert(id, index);
        index
    }

    pub fn id(&self, index: Index) -> ObjectId {
        match self.nodes.get(index.0) {
            Some(node) => node.id,
            None => ObjectId::null(gix_hash::Kind::Sha1),
        }
    }

    /// The tree of a commit without the terms.
    pub fn bare_tree(&mut self, index: Index) -> Result<ObjectId, ProjectError> {
        let id = self.id(index);
        let known = self.nodes.get(index.0).and_then(|node| node.bare);
        if let Some(bare) = known {
            return Ok(bare);
        }
        let tree = read_commit(self.source, &id)?.tree;
        let bare = if self.terms {
            without_terms(tree, self.source)?
        } else {
            tree
        };
        if let Some(node) = self.nodes.get_mut(index.0) {
            node.bare = Some(bare);
        }
        Ok(bare)
    }

    /// Says whether `descendant` is `ancestor` or contains it.
    pub fn reaches(&mut self, descendant: Index, ancestor: Index) -> Result<bool, ProjectError> {
        if descendant == ancestor {
            return Ok(true);
        }
        let Some(target) = self.nodes.get(ancestor.0) else {
            return Ok(false);
        };
        if target.loose {
            return Ok(false);
        }
        let lowest = if target.place == u64::MAX { 0 } else { target.place };
        self.round = self.round.saturating_add(1);
        let round = self.round;
        let mut stack = vec![descendant];
        while let Some(at) = stack.pop() {
            if at == ancestor {
                return Ok(true);
            }
            let Some(node) = self.nodes.get_mut(at.0) else {
                continue;
            };
            if node.seen == round || node.place < lowest {
                continue;
            }
            node.seen = round;
            let (first, end) = self.parents(at)?;
            stack.extend_from_slice(self.edges.get(first..end).unwrap_or_default());
        }
        Ok(false)
    }

    fn parents(&mut self, index: Index) -> Result<(usize, usize), ProjectError> {
        if let Some(edges) = self.nodes.get(index.0).and_then(|node| node.edges) {
            return Ok(edges);
        }
        let parents = match read_commit(self.source, &self.id(index)) {
            Ok(facts) => facts.parents,
            Err(ObjectError::Missing { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let parents: Vec<Index> = parents.into_iter().map(|parent| self.node(parent)).collect();
        let first = self.edges.len();
        self.edges.extend(parents);
        let edges = (first, self.edges.len());
        if let Some(node) = self.nodes.get_mut(index.0) {
            node.edges = Some(edges);
        }
        Ok(edges)
    }

    /// The commits of a list that no other one of it contains, in order.
    pub fn independent(&mut self, list: &[Index]) -> Result<Vec<Index>, ProjectError> {
        let mut kept = Vec::with_capacity(list.len());
        for candidate in list {
            if !self.contained(*candidate, list)? {
                kept.push(*candidate);
            }
        }
        Ok(kept)
    }

    /// The parents of a merge: the first stays, of the others those that bring something no other parent contains.
    pub fn merge_parents(&mut self, list: &[Index]) -> Result<Vec<Index>, ProjectError> {
        let mut kept: Vec<Index> = list.iter().copied().take(1).collect();
        for candidate in list.iter().skip(1) {
            if !self.contained(*candidate, list)? {
                kept.push(*candidate);
            }
        }
        Ok(kept)
    }

    fn contained(&mut self, candidate: Index, list: &[Index]) -> Result<bool, ProjectError> {
        for other in list {
            if *other != candidate && self.reaches(*other, candidate)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
