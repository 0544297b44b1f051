//! Projected history: which view commits a recipient gets for the owner's commits, by three policies.
//!
//! `snapshot`: one root commit at the grant, then one commit for each change of the upstream branch (first parents) that touches the
//! view. `since <commit>`: that commit as the root, then every commit that descends from it. `full`: every commit. A commit that
//! changes nothing visible maps to the view commit before it and leaves no trace. Merges stay merges; a side that brings nothing
//! visible is no parent, and a merge that is left with one parent and its tree is no commit. Where upstream took a submission, the
//! vendor's own commits become part of the projected history by id.
//!
//! INVARIANT: a view commit is a function of (projected tree, view parents, what [`CommitStyle`] lets pass of the owner's commit): the
//! same ids, whether projected at once or commit by commit. Refuses a rewritten upstream branch.

use std::collections::{HashMap, HashSet};

use super::{Flow, ProjectError, Projector, Warning};
use crate::object::{
    CommitFacts, CommitText, EntryKind, Kind, ObjectError, ObjectId, ObjectSource, TreeEntry, encode_tree,
    id_of, parse_tree, read_as, read_commit,
};

mod every;
mod graph;
mod known;
mod message;
mod naming;
mod style;

use graph::{Graph, Index};
pub use known::KnownCommits;
pub use message::passed_message;
use naming::HiddenNames;
pub use naming::{NamingMessages, naming_messages};
pub use style::{CommitStyle, Signer};

/// The file at the root of every view that says under which terms it was delivered.
pub const TERMS_FILE: &[u8] = b"LICENCE-TERMS.md";

/// The last commit that was projected, and what it became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projected {
    /// The owner's commit.
    pub upstream: ObjectId,
    /// The view commit.
    pub view: ObjectId,
}

/// How much of the past is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The first projection is one root commit.
    Snapshot,
    /// This commit is the root; only what descends from it follows.
    Since(ObjectId),
    /// Everything.
    Full,
}

/// What is known before a run.
pub struct HistoryInput<'a> {
    /// The tip of the owner's branch.
    pub tip: ObjectId,
    /// The tip of the last run, none for the first.
    pub before: Option<Projected>,
    /// Earlier projections, and submissions (owner's translation -> vendor's commit), in the order they were made.
    pub known: &'a KnownCommits,
    /// The recipient's objects, to read the vendor's commits from.
    pub view: &'a dyn ObjectSource,
    /// How much of the past is shown.
    pub depth: Depth,
    /// Owner's commits whose parents are not there, because the owner's own repository is shallow.
    pub cut: &'a HashSet<ObjectId>,
    /// What passes of the owner's commits.
    pub style: &'a CommitStyle<'a>,
}

/// What a run gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The commit that the tracked branch is to stand on.
    pub tip: ObjectId,
    /// New pairs, oldest first; several owner's commits may map to one view commit.
    pub pairs: Vec<Projected>,
    /// View commits made in this run.
    pub made: usize,
    /// What was left out at the tip.
    pub warnings: Vec<Warning>,
}

/// Side commits looked at to find what a merge brings in from the recipient.
const MOST_SIDE_COMMITS: usize = 10_000;

impl Projector<'_> {
    /// Projects the upstream history since the last run and writes the view commits.
    ///
    /// # Errors
    /// When upstream was rewritten, a bound is passed, or an object cannot be had or written.
    pub fn project_history(
        &mut self,
        input: &HistoryInput<'_>,
        flow: &mut Flow<'_>,
    ) -> Result<History, ProjectError> {
        self.write_later = true;
        let done = match input.depth {
            Depth::Snapshot => self.project_chain(input, flow),
            Depth::Since(_) | Depth::Full => self.project_every(input, flow),
        };
        self.write_later = false;
        done
    }

    /// Projects the tip of the last run again, under wider rules: one more view commit when they show anything new.
    ///
    /// # Errors
    /// When a bound is passed, or an object cannot be had or written.
    pub fn project_again(
        &mut self,
        input: &HistoryInput<'_>,
        before: Projected,
        flow: &mut Flow<'_>,
    ) -> Result<History, ProjectError> {
        self.write_later = true;
        let projected = read_commit(flow.source, &before.upstream)
            .map_err(ProjectError::from)
            .and_then(|facts| Ok((self.project_tree(facts.tree, flow)?, facts)));
        self.write_later = false;
        let (projected, facts) = projected?;
        let mut run = Run::new(input);
        let previous = run.graph.node(before.view);
        let same = run.graph.bare_tree(previous)? == projected.tree;
        let now = if same {
            previous
        } else {
            let owner = (before.upstream, facts.committed_at);
            run.commit(self, owner, projected.tree, &[previous], flow)?
        };
        let tip = run.graph.id(now);
        Ok(History {
            tip,
            pairs: vec![Projected {
                upstream: before.upstream,
                view: tip,
            }],
            made: run.made,
            warnings: projected.warnings,
        })
    }

    /// Policy `snapshot`.
    fn project_chain(
        &mut self,
        input: &HistoryInput<'_>,
        flow: &mut Flow<'_>,
    ) -> Result<History, ProjectError> {
        let chain = self.new_commits(input, flow.source)?;
        let mut run = Run::new(input);
        let mut pairs = Vec::with_capacity(chain.len());
        let mut warnings = Vec::new();
        let mut now = input.before.map(|before| run.graph.node(before.view));
        for (upstream, facts) in chain {
            let projected = self.project_tree(facts.tree, flow)?;
            warnings = projected.warnings;
            let owner = (upstream, facts.committed_at);
            let view = match now {
                None => run.commit(self, owner, projected.tree, &[], flow)?,
                Some(previous) => match run.vendors_own(&upstream, projected.tree, &[previous])? {
                    Some(own) => own,
                    None => {
                        let brought = run.brought_in(&facts, previous, flow.source)?;
                        if brought.is_empty() && run.graph.bare_tree(previous)? == projected.tree {
                            previous
                        } else {
                            let parents: Vec<Index> = std::iter::once(previous).chain(brought).collect();
                            run.commit(self, owner, projected.tree, &parents, flow)?
                        }
                    }
                },
            };
            now = Some(view);
            pairs.push(Projected {
                upstream,
                view: run.graph.id(view),
            });
        }
        match now {
            Some(tip) => Ok(History {
                tip: run.graph.id(tip),
                pairs,
                made: run.made,
                warnings,
            }),
            None => Err(ObjectError::Missing { id: input.tip }.into()),
        }
    }

    /// The new commits on the first-parent chain, oldest first; at the first projection the tip alone.
    fn new_commits(
        &self,
        input: &HistoryInput<'_>,
        source: &dyn ObjectSource,
    ) -> Result<Vec<(ObjectId, CommitFacts)>, ProjectError> {
        let Some(before) = input.before else {
            return Ok(vec![(input.tip, read_commit(source, &input.tip)?)]);
        };
        let rewritten = ProjectError::Rewritten {
            old: before.upstream,
            tip: input.tip,
        };
        let mut chain = Vec::new();
        let mut at = input.tip;
        while at != before.upstream {
            if chain.len() >= self.limits.commits {
                return Err(ProjectError::TooManyCommits {
                    limit: self.limits.commits,
                });
            }
            // A shallow upstream ends where its history was cut.
            let facts = match read_commit(source, &at) {
                Ok(facts) => facts,
                Err(ObjectError::Missing { .. }) if !chain.is_empty() => return Err(rewritten),
                Err(error) => return Err(error.into()),
            };
            let next = facts.parents.first().copied();
            chain.push((at, facts));
            match next {
                Some(parent) => at = parent,
                None => return Err(rewritten),
            }
        }
        chain.reverse();
        Ok(chain)
    }

    /// The tree as it is delivered: with the terms at its root, in place of whatever the owner has there.
    fn delivered_tree(
        &mut self,
        bare: ObjectId,
        terms: Option<&[u8]>,
        flow: &mut Flow<'_>,
    ) -> Result<ObjectId, ProjectError> {
        let root = match terms {
            None => bare,
            Some(terms) => {
                let mut entries = self.kept_tree(&bare)?;
                entries.retain(|entry| entry.name != TERMS_FILE);
                entries.push(TreeEntry {
                    name: TERMS_FILE.to_vec(),
                    kind: EntryKind::Blob,
                    id: flow.sink.write(Kind::Blob, terms)?,
                });
                self.keep_tree(&mut entries)?
            }
        };
        self.write_reached(root, flow.sink)?;
        Ok(root)
    }
}

/// A tree without the terms at its root: what is compared to see whether anything changed.
fn without_terms(tree: ObjectId, source: &dyn ObjectSource) -> Result<ObjectId, ProjectError> {
    let data = read_as(source, &tree, Kind::Tree)?;
    let mut entries = parse_tree(&tree, &data)?;
    let before = entries.len();
    entries.retain(|entry| entry.name != TERMS_FILE);
    if entries.len() == before {
        return Ok(tree);
    }
    Ok(id_of(Kind::Tree, &encode_tree(&mut entries))?)
}

/// One run over the recipient's graph.
struct Run<'a> {
    input: &'a HistoryInput<'a>,
    graph: Graph<'a>,
    names: HiddenNames,
    made: usize,
}

impl<'a> Run<'a> {
    fn new(input: &'a HistoryInput<'a>) -> Self {
        Self {
            input,
            graph: Graph::new(input.view, input.known, input.style.terms.is_some()),
            names: HiddenNames::default(),
            made: 0,
        }
    }

    /// The vendor's own commit, when upstream has its translation and it holds exactly what is projected and all of `parents`.
    fn vendors_own(
        &mut self,
        upstream: &ObjectId,
        bare: ObjectId,
        parents: &[Index],
    ) -> Result<Option<Index>, ProjectError> {
        let Some(own) = self.input.known.projected(upstream) else {
            return Ok(None);
        };
        if self.input.view.header(&own)?.is_none() {
            return Ok(None);
        }
        let own = self.graph.node(own);
        if self.graph.bare_tree(own)? != bare {
            return Ok(None);
        }
        for parent in parents {
            if !self.graph.reaches(own, *parent)? {
                return Ok(None);
            }
        }
        Ok(Some(own))
    }

    /// The recipient's commits that the side parents of a merge bring in and `previous` does not contain.
    fn brought_in(
        &mut self,
        merge: &CommitFacts,
        previous: Index,
        source: &dyn ObjectSource,
    ) -> Result<Vec<Index>, ProjectError> {
        let mut brought: Vec<Index> = Vec::new();
        let before = self.input.before.map(|before| before.upstream);
        let mut seen: HashSet<ObjectId> = merge.parents.first().copied().into_iter().collect();
        for side in merge.parents.iter().skip(1) {
            let mut queue = std::collections::VecDeque::from([*side]);
            let mut budget = MOST_SIDE_COMMITS;
            while let Some(at) = queue.pop_front() {
                if budget == 0 {
                    break;
                }
                budget = budget.saturating_sub(1);
                if !seen.insert(at) || before == Some(at) {
                    continue;
                }
                if let Some(theirs) = self.input.known.projected(&at) {
                    let there = self.input.view.header(&theirs)?.is_some();
                    let theirs = self.graph.node(theirs);
                    if there && !brought.contains(&theirs) && !self.graph.reaches(previous, theirs)? {
                        brought.push(theirs);
                    }
                    continue;
                }
                match read_commit(source, &at) {
                    Ok(facts) => queue.extend(facts.parents),
                    Err(ObjectError::Missing { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.graph.independent(&brought)
    }

    /// Makes the view commit of an owner's commit (id and time of committing).
    fn commit(
        &mut self,
        projector: &mut Projector<'_>,
        (upstream, seconds): (ObjectId, i64),
        bare: ObjectId,
        parents: &[Index],
        flow: &mut Flow<'_>,
    ) -> Result<Index, ProjectError> {
        let style = self.input.style;
        let tree = projector.delivered_tree(bare, style.terms, flow)?;
        let ids = parents.iter().map(|parent| self.graph.id(*parent)).collect();
        let names = &mut self.names;
        let mut hides = |message: &[u8], owner: &CommitText| {
            let trees = naming::trees_of(owner, flow.source)?;
            names.named_in(message, &trees, (projector.view, projector.limits), flow.source)
        };
        let data = style.commit((tree, ids), (upstream, seconds), flow.source, &mut hides)?;
        let id = flow.sink.write(Kind::Commit, &data)?;
        self.made = self.made.saturating_add(1);
        Ok(self.graph.add(id, bare, parents))
    }
}

/// Tells for every commit of the owner, as far as it is known now, what it became.
type Became = HashMap<ObjectId, Option<Index>>;
