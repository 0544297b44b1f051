//! The growing tree: a compact range of its right edge, and the stored nodes that proofs are made from.
//!
//! A node (level, index) covers the leaves `index << level .. (index + 1) << level`. Only complete nodes are stored; each
//! is written once, when its last leaf arrives, and never changes.

use std::collections::BTreeMap;

use crate::hash::{Hash, empty_root, node_hash};

/// A completed node, to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// 0 for a leaf.
    pub level: u8,
    /// Position among the nodes of its level.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Gives stored nodes by (level, index).
pub trait NodeSource {
    /// What reading may fail with.
    type Error;

    /// Returns the hash of one complete node.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// A node that a source does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree node at level {level}, index {index} is missing")]
pub struct MissingNode {
    /// Level asked for.
    pub level: u8,
    /// Index asked for.
    pub index: u64,
}

impl NodeSource for BTreeMap<(u8, u64), Hash> {
    type Error = MissingNode;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MissingNode> {
        self.get(&(level, index))
            .copied()
            .ok_or(MissingNode { level, index })
    }
}

/// Refusals of a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// An encoding of another version.
    #[error("frontier version {0} is not known, only version 1 is")]
    Version(u8),
    /// An encoding whose length does not fit its size.
    #[error("a frontier of {length} bytes is malformed")]
    Malformed {
        /// Length of the refused bytes.
        length: usize,
    },
    /// The tree cannot grow further.
    #[error("a log of {0} entries is full")]
    Full(u64),
}

const FRONTIER_VERSION: u8 = 1;
/// No log is larger: 2^62 entries leave room for every sum of sizes.
const MAX_SIZE: u64 = 1 << 62;

/// Size and right edge of a tree: all that an append needs.
///
/// INVARIANT: `edge` has one hash for each one bit of `size`, the largest complete subtree first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Default for Frontier {
    fn default() -> Self {
        Frontier::new()
    }
}

impl Frontier {
    /// Returns the frontier of the empty tree.
    pub fn new() -> Frontier {
        Frontier {
            size: 0,
            edge: Vec::new(),
        }
    }

    /// Returns the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf (given by its `leaf_hash`) and returns the nodes that it completes, lowest first: the leaf itself, then
    /// each parent whose right half it ends.
    pub fn append(&mut self, leaf: Hash) -> Result<Vec<Node>, FrontierError> {
        if self.size >= MAX_SIZE {
            return Err(FrontierError::Full(self.size));
        }
        let mut node = Node {
            level: 0,
            index: self.size,
            hash: leaf,
        };
        let mut completed = vec![node];
        for _ in 0..self.size.trailing_ones() {
            // INVARIANT: a one bit of the size is a hash on the edge, so this pops as often as there are ones.
            let Some(left) = self.edge.pop() else { break };
            node = Node {
                level: node.level.saturating_add(1),
                index: node.index >> 1,
                hash: node_hash(&left, &node.hash),
            };
            completed.push(node);
        }
        self.edge.push(node.hash);
        self.size += 1;
        Ok(completed)
    }

    /// Returns the root of the tree (RFC 6962 Merkle tree hash).
    pub fn root(&self) -> Hash {
        let mut smaller = self.edge.iter().rev();
        match smaller.next() {
            None => empty_root(),
            Some(last) => smaller.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// Encodes as version byte, size (8 bytes, big endian), edge hashes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(9 + 32 * self.edge.len());
        out.push(FRONTIER_VERSION);
        out.extend_from_slice(&self.size.to_be_bytes());
        for hash in &self.edge {
            out.extend_from_slice(&hash.0);
        }
        out
    }

    /// Decodes what `encode` wrote; refuses any other length and version.
    pub fn decode(bytes: &[u8]) -> Result<Frontier, FrontierError> {
        let malformed = FrontierError::Malformed { length: bytes.len() };
        let (version, rest) = bytes.split_first().ok_or(malformed)?;
        if *version != FRONTIER_VERSION {
            return Err(FrontierError::Version(*version));
        }
        let (size, rest) = rest.split_first_chunk::<8>().ok_or(malformed)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, tail) = rest.as_chunks::<32>();
        if size > MAX_SIZE || !tail.is_empty() || u32::try_from(hashes.len()) != Ok(size.count_ones()) {
            return Err(malformed);
        }
        Ok(Frontier {
            size,
            edge: hashes.iter().map(|hash| Hash(*hash)).collect(),
        })
    }
}

/// Computes the root of the first `size` leaves from stored nodes.
pub fn root_of<S: NodeSource>(size: u64, source: &S) -> Result<Hash, S::Error> {
    range_root(0, size, source)
}

/// Computes the hash of the leaves `start..end`, where `start` is a multiple of a power of two not below the length, as
/// every range is that the RFC 6962 recursion visits.
pub(crate) fn range_root<S: NodeSource>(start: u64, end: u64, source: &S) -> Result<Hash, S::Error> {
    let length = end.saturating_sub(start);
    let mut right: Option<Hash> = None;
    let mut position = end;
    for level in 0..64_u8 {
        let width = 1_u64 << level;
        if length & width == 0 {
            continue;
        }
        position = position.saturating_sub(width);
        let left = source.node(level, position >> level)?;
        right = Some(match right {
            None => left,
            Some(right) => node_hash(&left, &right),
        });
    }
    Ok(right.unwrap_or_else(empty_root))
}
