//! Inclusion and consistency proofs (RFC 6962 section 2.1, verified by the algorithms of RFC 9162 section 2.1).

use crate::hash::{Hash, empty_root, node_hash};
use crate::tree::{NodeSource, range_root};

/// A tree of 2^64 leaves has no longer path; two more for a consistency proof.
pub const MAX_PROOF_HASHES: usize = 66;

/// Refusals of making a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The entry is not in the tree.
    #[error("entry {index} is not in a log of {size} entries")]
    Index {
        /// Entry asked for.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The old tree is larger than the new one.
    #[error("a log of {new} entries cannot extend one of {old}")]
    Sizes {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A stored node could not be read.
    #[error("reading a tree node failed: {0}")]
    Source(E),
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The entry cannot be in a tree of this size.
    #[error("entry {index} cannot be in a log of {size} entries")]
    Index {
        /// Entry claimed.
        index: u64,
        /// Size claimed.
        size: u64,
    },
    /// The old tree is larger than the new one.
    #[error("a log of {new} entries cannot extend one of {old}")]
    Sizes {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// Too few or too many hashes.
    #[error("the proof has {hashes} hashes, which does not fit the sizes")]
    Length {
        /// Hashes given.
        hashes: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to root {found}, not to {expected}")]
    Root {
        /// Root that the proof leads to.
        found: Hash,
        /// Root that was claimed.
        expected: Hash,
    },
}

/// Returns the audit path of entry `index` in the tree of `size` leaves, the leaf's sibling first.
pub fn inclusion_proof<S: NodeSource>(
    index: u64,
    size: u64,
    source: &S,
) -> Result<Vec<Hash>, ProofError<S::Error>> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if index < middle {
            range_root(middle, end, source)
        } else {
            range_root(start, middle, source)
        };
        path.push(sibling.map_err(ProofError::Source)?);
        if index < middle {
            end = middle;
        } else {
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Returns the proof that the tree of `new` leaves extends the one of `old` leaves; empty when `old` is 0 or equals `new`.
pub fn consistency_proof<S: NodeSource>(
    old: u64,
    new: u64,
    source: &S,
) -> Result<Vec<Hash>, ProofError<S::Error>> {
    if old > new {
        return Err(ProofError::Sizes { old, new });
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_root(middle, end, source).map_err(ProofError::Source)?);
            end = middle;
        } else {
            path.push(range_root(start, middle, source).map_err(ProofError::Source)?);
            start = middle;
        }
    }
    // The old root itself is known to the verifier, so a complete old tree is not repeated.
    if start != 0 {
        path.push(range_root(start, end, source).map_err(ProofError::Source)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that `leaf` (a `leaf_hash`) is entry `index` of the tree with `size` leaves and root `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), VerifyError> {
    if index >= size {
        return Err(VerifyError::Index { index, size });
    }
    let wrong_length = VerifyError::Length { hashes: path.len() };
    let (mut node, mut last) = (index, size - 1);
    let mut found = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            found = node_hash(sibling, &found);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            found = node_hash(&found, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    same_root(&found, root)
}

/// Checks that the tree (`new` leaves, `new_root`) extends the tree (`old` leaves, `old_root`).
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), VerifyError> {
    if old > new {
        return Err(VerifyError::Sizes { old, new });
    }
    let wrong_length = VerifyError::Length { hashes: path.len() };
    if old == 0 || old == new {
        if !path.is_empty() {
            return Err(wrong_length);
        }
        return if old == new {
            same_root(old_root, new_root)
        } else {
            same_root(old_root, &empty_root())
        };
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root, path)
    } else {
        path.split_first().ok_or(wrong_length)?
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut found_old, mut found_new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            found_old = node_hash(sibling, &found_old);
            found_new = node_hash(sibling, &found_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            found_new = node_hash(&found_new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    same_root(&found_old, old_root)?;
    same_root(&found_new, new_root)
}

/// The largest power of two below `length` (which is at least 2).
fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros().min(63))
}

fn same_root(found: &Hash, expected: &Hash) -> Result<(), VerifyError> {
    if found == expected {
        Ok(())
    } else {
        Err(VerifyError::Root {
            found: *found,
            expected: *expected,
        })
    }
}
