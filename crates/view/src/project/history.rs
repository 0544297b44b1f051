//! Projected history, policy `snapshot`: one root commit at the grant, then one commit for each upstream change that touches the view.
//!
//! Walks the first parents of the upstream branch. A commit that changes nothing visible maps to the view commit before it and leaves
//! no trace. Where upstream took a submission, the vendor's own commits become part of the projected history by id.
//!
//! INVARIANT: a view commit is a function of (projected tree, view parents, upstream commit time); nothing else of the owner's
//! commit passes. Refuses a rewritten upstream branch.

use std::collections::{HashMap, HashSet};

use super::{Flow, ProjectError, Projector, Warning};
use crate::object::{
    CommitFacts, Identity, Kind, NEUTRAL_MESSAGE, NewCommit, ObjectError, ObjectId, ObjectSource,
    encode_commit, read_commit,
};

/// The last commit that was projected, and what it became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projected {
    /// The owner's commit.
    pub upstream: ObjectId,
    /// The view commit.
    pub view: ObjectId,
}

/// What is known before a run.
pub struct HistoryInput<'a> {
    /// The tip of the owner's branch.
    pub tip: ObjectId,
    /// The tip of the last run, none for the first.
    pub before: Option<Projected>,
    /// Maps an owner's commit to the recipient's: earlier projections, and accepted submissions (owner's translation -> vendor's commit).
    pub mapped: &'a dyn Fn(&ObjectId) -> Option<ObjectId>,
    /// The recipient's objects, to read the vendor's commits from.
    pub view: &'a dyn ObjectSource,
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
        let chain = self.new_commits(input, flow.source)?;
        let mut run = Run {
            input,
            parents_of: HashMap::new(),
            made: 0,
        };
        let mut pairs = Vec::with_capacity(chain.len());
        let mut warnings = Vec::new();
        let mut now = match input.before {
            Some(before) => Some((before.view, read_commit(input.view, &before.view)?.tree)),
            None => None,
        };
        let known_owner = |id: &ObjectId| input.before.is_some_and(|before| before.upstream == *id);
        for (upstream, facts) in chain {
            let projected = self.project_tree(facts.tree, flow)?;
            warnings = projected.warnings;
            let view = match now {
                None => run.commit(&facts, projected.tree, Vec::new(), flow)?,
                Some((previous, previous_tree)) => {
                    match run.vendors_own(&upstream, projected.tree, previous)? {
                        Some(own) => own,
                        None => {
                            let brought = run.brought_in(&facts, previous, flow.source, &known_owner)?;
                            if projected.tree == previous_tree && brought.is_empty() {
                                previous
                            } else {
                                let parents = std::iter::once(previous).chain(brought).collect();
                                run.commit(&facts, projected.tree, parents, flow)?
                            }
                        }
                    }
                }
            };
            now = Some((view, projected.tree));
            pairs.push(Projected { upstream, view });
        }
        match now {
            Some((tip, _)) => Ok(History {
                tip,
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
}

struct Run<'a> {
    input: &'a HistoryInput<'a>,
    /// Parents of the commits made in this run, which the view store cannot show yet.
    parents_of: HashMap<ObjectId, Vec<ObjectId>>,
    made: usize,
}

impl Run<'_> {
    /// The vendor's own commit, when upstream moved forward onto it and it holds exactly what is projected.
    fn vendors_own(
        &self,
        upstream: &ObjectId,
        tree: ObjectId,
        previous: ObjectId,
    ) -> Result<Option<ObjectId>, ProjectError> {
        let Some(own) = (self.input.mapped)(upstream) else {
            return Ok(None);
        };
        match read_commit(self.input.view, &own) {
            Ok(facts) if facts.tree == tree && self.contains(own, previous)? => Ok(Some(own)),
            Ok(_) | Err(ObjectError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The recipient's commits that the side parents of a merge bring in and `previous` does not contain.
    fn brought_in(
        &self,
        merge: &CommitFacts,
        previous: ObjectId,
        source: &dyn ObjectSource,
        known: &dyn Fn(&ObjectId) -> bool,
    ) -> Result<Vec<ObjectId>, ProjectError> {
        let mut brought: Vec<ObjectId> = Vec::new();
        let mut seen: HashSet<ObjectId> = merge.parents.first().copied().into_iter().collect();
        for side in merge.parents.iter().skip(1) {
            let mut queue = std::collections::VecDeque::from([*side]);
            let mut budget = MOST_SIDE_COMMITS;
            while let Some(at) = queue.pop_front() {
                if budget == 0 {
                    break;
                }
                budget = budget.saturating_sub(1);
                if !seen.insert(at) || known(&at) {
                    continue;
                }
                if let Some(theirs) = (self.input.mapped)(&at) {
                    let there = self.input.view.header(&theirs)?.is_some();
                    if there && !brought.contains(&theirs) && !self.contains(previous, theirs)? {
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
        // A commit that another one already contains is no parent of its own.
        let mut needed = Vec::new();
        for (index, candidate) in brought.iter().enumerate() {
            let mut contained = false;
            for (other_index, other) in brought.iter().enumerate() {
                contained = contained || (index != other_index && self.contains(*other, *candidate)?);
            }
            if !contained {
                needed.push(*candidate);
            }
        }
        Ok(needed)
    }

    /// Says whether `descendant` is `ancestor` or reaches it, in the recipient's history.
    fn contains(&self, descendant: ObjectId, ancestor: ObjectId) -> Result<bool, ProjectError> {
        let mut seen = HashSet::new();
        let mut stack = vec![descendant];
        while let Some(at) = stack.pop() {
            if at == ancestor {
                return Ok(true);
            }
            if !seen.insert(at) {
                continue;
            }
            match self.parents_of.get(&at) {
                Some(parents) => stack.extend(parents),
                None => match read_commit(self.input.view, &at) {
                    Ok(facts) => stack.extend(facts.parents),
                    Err(ObjectError::Missing { .. }) => {}
                    Err(error) => return Err(error.into()),
                },
            }
        }
        Ok(false)
    }

    fn commit(
        &mut self,
        upstream: &CommitFacts,
        tree: ObjectId,
        parents: Vec<ObjectId>,
        flow: &mut Flow<'_>,
    ) -> Result<ObjectId, ProjectError> {
        let data = encode_commit(&NewCommit {
            tree,
            parents: parents.clone(),
            identity: Identity::owner_role(),
            seconds: upstream.committed_at,
            message: NEUTRAL_MESSAGE.to_owned(),
        });
        let id = flow.sink.write(Kind::Commit, &data)?;
        self.parents_of.insert(id, parents);
        self.made = self.made.saturating_add(1);
        Ok(id)
    }
}
