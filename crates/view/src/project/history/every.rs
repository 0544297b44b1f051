//! Policies `since` and `full`: every commit, parents first, each read once.

use super::{Became, Depth, Flow, History, HistoryInput, Index, ProjectError, Projected, Projector, Run};
use crate::object::{
    Identity, Kind, NEUTRAL_MESSAGE, NewCommit, ObjectId, ObjectSource, encode_commit, read_commit,
};
use std::collections::HashMap;

/// A new commit of the owner, as much as the run keeps of each.
struct Commit {
    id: ObjectId,
    tree: ObjectId,
    seconds: i64,
    parents: Vec<ObjectId>,
}

impl Projector<'_> {
    pub(super) fn project_every(
        &mut self,
        input: &HistoryInput<'_>,
        flow: &mut Flow<'_>,
    ) -> Result<History, ProjectError> {
        let commits = self.every_new(input, flow.source)?;
        let mut run = Run::new(input);
        let mut became: Became = HashMap::with_capacity(commits.len());
        let mut pairs = Vec::with_capacity(commits.len());
        let mut warnings = Vec::new();
        let nothing = ObjectId::empty_tree(gix_hash::Kind::Sha1);
        for commit in &commits {
            let is_root = input.depth == Depth::Since(commit.id);
            let mut parents: Vec<Index> = Vec::with_capacity(commit.parents.len());
            for parent in commit.parents.iter().filter(|_| !is_root) {
                let view = match became.get(parent) {
                    Some(view) => *view,
                    None => input.known.projected(parent).map(|view| run.graph.node(view)),
                };
                if let Some(view) = view.filter(|view| !parents.contains(view)) {
                    parents.push(view);
                }
            }
            // Before the first commit of policy `since`, or beside it: none of the recipient's business.
            if parents.is_empty() && !is_root && matches!(input.depth, Depth::Since(_)) {
                became.insert(commit.id, None);
                continue;
            }
            let projected = self.project_tree(commit.tree, flow)?;
            warnings = projected.warnings;
            if parents.is_empty() && !is_root && projected.tree == nothing {
                became.insert(commit.id, None);
                continue;
            }
            let own = if parents.is_empty() {
                None
            } else {
                run.vendors_own(&commit.id, projected.tree, &parents)?
            };
            let parents = run.graph.merge_parents(&parents)?;
            let view = match (own, parents.as_slice()) {
                (Some(own), _) => own,
                (None, [only]) if run.graph.bare_tree(*only)? == projected.tree => *only,
                (None, parents) => {
                    run.commit(self, (commit.id, commit.seconds), projected.tree, parents, flow)?
                }
            };
            became.insert(commit.id, Some(view));
            pairs.push(Projected {
                upstream: commit.id,
                view: run.graph.id(view),
            });
        }
        let tip = match became.get(&input.tip).copied().flatten() {
            Some(tip) => run.graph.id(tip),
            None => match (input.before, pairs.last()) {
                (Some(before), _) if before.upstream == input.tip => before.view,
                _ => self.placeholder(input, &mut pairs, flow)?,
            },
        };
        Ok(History {
            tip,
            pairs,
            made: run.made,
            warnings,
        })
    }

    /// Nothing is visible yet: a branch has to stand on something, and this says nothing at all.
    fn placeholder(
        &mut self,
        input: &HistoryInput<'_>,
        pairs: &mut Vec<Projected>,
        flow: &mut Flow<'_>,
    ) -> Result<ObjectId, ProjectError> {
        let bare = self.keep_tree(&mut [])?;
        let tree = self.delivered_tree(bare, input.style.terms, flow)?;
        let data = encode_commit(&NewCommit {
            tree,
            parents: Vec::new(),
            identity: Identity::owner_role(),
            seconds: 0,
            message: NEUTRAL_MESSAGE.to_owned(),
        });
        let view = flow.sink.write(Kind::Commit, &data)?;
        pairs.push(Projected {
            upstream: input.tip,
            view,
        });
        Ok(view)
    }

    /// The commits that no run came past, parents first, those of the first parent last. Iterative: depth is the owner's.
    fn every_new(
        &self,
        input: &HistoryInput<'_>,
        source: &dyn ObjectSource,
    ) -> Result<Vec<Commit>, ProjectError> {
        enum Step {
            Enter(ObjectId),
            Leave(usize),
        }
        let start = match input.depth {
            Depth::Since(start) => Some(start),
            Depth::Snapshot | Depth::Full => None,
        };
        let mut read: Vec<Commit> = Vec::new();
        let mut order: Vec<usize> = Vec::new();
        let mut entered: std::collections::HashSet<ObjectId> = std::collections::HashSet::new();
        let mut met_before = input.before.is_none();
        let mut met_start = start.is_none() || input.before.is_some();
        let mut stack = vec![Step::Enter(input.tip)];
        while let Some(step) = stack.pop() {
            let id = match step {
                Step::Leave(index) => {
                    order.push(index);
                    continue;
                }
                Step::Enter(id) => id,
            };
            met_before = met_before || input.before.is_some_and(|before| before.upstream == id);
            if input.known.is_done(&id) || !entered.insert(id) {
                continue;
            }
            if read.len() >= self.limits.commits {
                return Err(ProjectError::TooManyCommits {
                    limit: self.limits.commits,
                });
            }
            let facts = read_commit(source, &id)?;
            let is_start = start == Some(id);
            met_start = met_start || is_start;
            let parents = if is_start || input.cut.contains(&id) {
                Vec::new()
            } else {
                facts.parents
            };
            stack.push(Step::Leave(read.len()));
            // The last pushed is the first entered.
            stack.extend(parents.iter().map(|parent| Step::Enter(*parent)));
            read.push(Commit {
                id,
                tree: facts.tree,
                seconds: facts.committed_at,
                parents,
            });
        }
        if let (false, Some(before)) = (met_before, input.before) {
            return Err(ProjectError::Rewritten {
                old: before.upstream,
                tip: input.tip,
            });
        }
        if let (false, Some(start)) = (met_start, start) {
            return Err(ProjectError::NoSuchStart {
                start,
                tip: input.tip,
            });
        }
        let mut slots: Vec<Option<Commit>> = read.into_iter().map(Some).collect();
        Ok(order
            .into_iter()
            .filter_map(|index| slots.get_mut(index).and_then(Option::take))
            .collect())
    }
}
