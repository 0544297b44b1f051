//! Laws of the log: every proof against a naive tree, every flipped byte refused, every old format still read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod format;
mod statement;
mod tree;

use std::collections::BTreeMap;

use ringfence_ledger::{Frontier, Hash, leaf_hash, node_hash};

/// A log with all its nodes stored.
struct Log {
    frontier: Frontier,
    nodes: BTreeMap<(u8, u64), Hash>,
    leaves: Vec<Hash>,
}

impl Log {
    fn of(entries: u64) -> Log {
        let mut log = Log {
            frontier: Frontier::new(),
            nodes: BTreeMap::new(),
            leaves: Vec::new(),
        };
        for number in 0..entries {
            log.append(format!("entry {number}").as_bytes());
        }
        log
    }

    fn append(&mut self, entry: &[u8]) {
        let leaf = leaf_hash(entry);
        self.leaves.push(leaf);
        for node in self.frontier.append(leaf).unwrap() {
            let before = self.nodes.insert((node.level, node.index), node.hash);
            assert!(before.is_none(), "a node is stored once");
        }
    }
}

/// The definition of RFC 6962 section 2.1, written out.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => ringfence_ledger::empty_root(),
        [leaf] => *leaf,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            node_hash(&naive_root(&leaves[..half]), &naive_root(&leaves[half..]))
        }
    }
}
