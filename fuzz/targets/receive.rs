//! The receive path's own files, without the crate around them: its dependencies take minutes to build with libFuzzer's flags.

#[path = "../../crates/git/src/receive/limits.rs"]
mod limits;
#[path = "../../crates/git/src/receive/pack.rs"]
pub mod pack;
#[path = "../../crates/git/src/receive/tree.rs"]
pub mod tree;

pub use limits::ReceiveLimits;

/// Bounds small enough that each is met within a short input.
pub fn small() -> ReceiveLimits {
    ReceiveLimits {
        pack_bytes: 1 << 16,
        entries: 64,
        inflated_bytes: 1 << 18,
        object_bytes: 1 << 16,
        delta_depth: 8,
        ratio: 100,
        ratio_free_bytes: 1 << 14,
        folder_entries: 64,
        folder_depth: 8,
        path_bytes: 64,
        changed_entries: 512,
        ..ReceiveLimits::default()
    }
}
