//! Bounds of one projection: trees and histories come from outside.

/// Bounds of one projection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The deepest nesting of folders; git itself stops at 2,048.
    pub depth: usize,
    /// The most tree entries looked at for one projected tree.
    pub entries: u64,
    /// The most new upstream commits in one run.
    pub commits: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 2_000,
            entries: 5_000_000,
            commits: 1_000_000,
        }
    }
}
