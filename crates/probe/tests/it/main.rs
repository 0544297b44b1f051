//! Probes of real files with real tools.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod capacity;
mod probing;
mod trees;

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::Profile;
use ringfence_probe::tree::Tree;
use std::path::Path;

/// A small project of this repository's own sources.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (from, to) in [
        ("ledger/src/proof.rs", "src/proof.rs"),
        ("domain/src/glob.rs", "src/glob.rs"),
        ("policy/src/policy.rs", "src/deep/policy.rs"),
        ("ledger/src/canonical.rs", "tests/canonical.rs"),
    ] {
        let to = folder.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(crates.join(from), to).unwrap();
    }
    std::fs::write(folder.path().join("run.sh"), "#!/bin/sh\necho ran\n").unwrap();
    std::os::unix::fs::symlink("src/proof.rs", folder.path().join("link.rs")).unwrap();
    folder
}

fn tree(folder: &Path) -> Tree {
    Tree::read(folder, Profile::Robust, &[], &AnchorKey([7; 32])).unwrap()
}
