//! What earlier runs and pushes have paired: the owner's commit and the recipient's, in the order they were made.

use std::collections::HashMap;

use crate::object::ObjectId;

/// Pairs of commits. INVARIANT: a view commit is added after everything it contains, so its place orders the recipient's graph.
#[derive(Clone, Debug, Default)]
pub struct KnownCommits {
    by_upstream: HashMap<ObjectId, (ObjectId, bool)>,
    places: HashMap<ObjectId, u64>,
}

impl KnownCommits {
    /// Adds a pair; a later pair of the same owner's commit replaces the earlier one.
    pub fn add(&mut self, upstream: ObjectId, view: ObjectId, submitted: bool) {
        let next = u64::try_from(self.places.len()).unwrap_or(u64::MAX);
        self.places.entry(view).or_insert(next);
        self.by_upstream.insert(upstream, (view, submitted));
    }

    /// The recipient's commit that stands for an owner's commit.
    #[must_use]
    pub fn projected(&self, upstream: &ObjectId) -> Option<ObjectId> {
        self.by_upstream.get(upstream).map(|(view, _)| *view)
    }

    /// Whether a projection came past this owner's commit (a submission alone does not say so).
    #[must_use]
    pub fn is_done(&self, upstream: &ObjectId) -> bool {
        self.by_upstream
            .get(upstream)
            .is_some_and(|(_, submitted)| !submitted)
    }

    /// The place of a view commit in the order in which they were made.
    pub(super) fn place(&self, view: &ObjectId) -> Option<u64> {
        self.places.get(view).copied()
    }

    /// How many view commits there are.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }
}
