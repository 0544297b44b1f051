//! Bounds of one push: everything about it comes from outside.

use std::time::Duration;

/// Bounds of one push.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveLimits {
    /// Bytes on the wire.
    pub pack_bytes: u64,
    /// Entries of the pack.
    pub entries: u32,
    /// Bytes of all objects after inflation and delta resolution.
    pub inflated_bytes: u64,
    /// Bytes of one object.
    pub object_bytes: u64,
    /// Longest chain of deltas.
    pub delta_depth: u32,
    /// Largest inflated bytes per wire byte, once more than [`ReceiveLimits::ratio_free_bytes`] are inflated.
    pub ratio: u64,
    /// Up to here any ratio is allowed.
    pub ratio_free_bytes: u64,
    /// References in one push.
    pub references: usize,
    /// New commits in one push.
    pub commits: usize,
    /// Entries of one folder.
    pub folder_entries: usize,
    /// Depth of folders.
    pub folder_depth: usize,
    /// Bytes of one path.
    pub path_bytes: usize,
    /// Changed entries looked at over all new commits.
    pub changed_entries: usize,
    /// Wall time of each `git` program.
    pub time: Duration,
    /// CPU seconds of `git index-pack`.
    pub cpu_seconds: u64,
    /// Address space of `git index-pack` in bytes.
    pub memory: u64,
}

impl Default for ReceiveLimits {
    fn default() -> Self {
        Self {
            pack_bytes: 256 << 20,
            entries: 100_000,
            inflated_bytes: 1 << 30,
            object_bytes: 64 << 20,
            delta_depth: 250,
            ratio: 100,
            ratio_free_bytes: 32 << 20,
            references: 50,
            commits: 5_000,
            folder_entries: 50_000,
            folder_depth: 100,
            path_bytes: 4_096,
            changed_entries: 1_000_000,
            time: Duration::from_secs(120),
            cpu_seconds: 120,
            memory: 4 << 30,
        }
    }
}
