//! Commitments to codewords, made before a delivery and opened leaf by leaf for the accused only.
//!
//! Per recipient and canonical blob: a Merkle tree over the sites of its table; per delivery: a Merkle tree over the
//! blobs. Both hash as RFC 6962 (section 2.1), so tools that verify transparency logs verify these. The exact bytes:
//!
//! ```text
//! site leaf = SHA-256(0x00 || "ringfence/mark/leaf/v1" || 0x00 || site id (16) || bias (0, 1, 2) || bit (0, 1) || salt (32))
//! blob leaf = SHA-256(0x00 || "ringfence/mark/blob/v1" || 0x00 || length of the blob id (1) || blob id || profile (0, 1) || root (32))
//! node      = SHA-256(0x01 || left || right)
//! empty     = SHA-256("")
//! ```
//!
//! INVARIANT: leaves are sorted by site id (blobs by id, then profile) and each occurs once.
//! INVARIANT: an opening shows one leaf and hashes; the salt keeps every other bit hidden.
//! Refuses blob ids longer than 255 bytes, unsorted or repeated blobs, and paths longer than 64 hashes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codeword::{Bias, CodeKey, RecipientKey, bias, biased_bit, leaf_salt};
use crate::model::{Profile, SiteId, SiteTable, Variant};

const SITE_DOMAIN: &[u8] = b"ringfence/mark/leaf/v1\0";
const BLOB_DOMAIN: &[u8] = b"ringfence/mark/blob/v1\0";
const LONGEST_PATH: usize = 64;

/// What a commitment refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitmentError {
    /// Blobs must be strictly ascending by (id, profile).
    #[error("blob {index} of {count} is not after the one before it")]
    Unsorted {
        /// Position of the offender.
        index: usize,
        /// How many were given.
        count: usize,
    },
    /// A blob id is hashed with one byte of length.
    #[error("blob id of {length} bytes, at most 255 are allowed")]
    BlobIdLength {
        /// Its length in bytes.
        length: usize,
    },
}

/// One committed leaf, shown with the way to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The site.
    pub site: SiteId,
    /// Its bias.
    pub bias: Bias,
    /// The recipient's bit.
    pub bit: Variant,
    /// What kept the bit hidden.
    pub salt: [u8; 32],
    /// Where the leaf stands, and the hashes beside its way to the root.
    pub path: InclusionPath,
}

/// Position of a leaf and the sibling hashes from the leaf upwards (RFC 6962, section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionPath {
    /// Leaf index, from zero.
    pub index: u32,
    /// Number of leaves in the tree.
    pub leaves: u32,
    /// Sibling hashes, lowest first.
    pub hashes: Vec<[u8; 32]>,
}

/// Root of one blob's commitment, as an entry of the root of roots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobRoot {
    /// Id of the canonical blob.
    pub blob: Vec<u8>,
    /// Profile its table was made with.
    pub profile: Profile,
    /// Root over its sites.
    pub root: [u8; 32],
}

/// The commitment to one recipient's codeword over one canonical blob.
#[derive(Clone)]
pub struct BlobCommitment {
    /// What is published before the delivery.
    pub root: [u8; 32],
    leaves: Vec<Leaf>,
    hashes: Vec<[u8; 32]>,
}

#[derive(Clone)]
struct Leaf {
    site: SiteId,
    bias: Bias,
    bit: Variant,
    salt: [u8; 32],
}

impl std::fmt::Debug for BlobCommitment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "BlobCommitment {{ root: {}, leaves: {} (redacted) }}",
            hex::encode(self.root),
            self.leaves.len()
        )
    }
}

impl BlobCommitment {
    /// Commits a recipient to the bits of every site of a table; equal ids are one leaf.
    #[must_use]
    pub fn new(recipient: &RecipientKey, code: &CodeKey, table: &SiteTable) -> Self {
        let mut ids: Vec<SiteId> = table.sites.iter().map(|site| site.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let leaves: Vec<Leaf> = ids
            .into_iter()
            .map(|site| {
                let bias = bias(code, site);
                Leaf {
                    site,
                    bias,
                    bit: biased_bit(recipient, bias, site),
                    salt: leaf_salt(recipient, site),
                }
            })
            .collect();
        let hashes: Vec<[u8; 32]> = leaves
            .iter()
            .map(|leaf| site_leaf(leaf.site, leaf.bias, leaf.bit, &leaf.salt))
            .collect();
        Self {
            root: merkle_root(&hashes),
            leaves,
            hashes,
        }
    }

    /// Returns the number of leaves: the distinct site ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Says whether the table had no site.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Opens one site, if the tree has it.
    #[must_use]
    pub fn open(&self, site: SiteId) -> Option<Opening> {
        let index = self.leaves.binary_search_by(|leaf| leaf.site.cmp(&site)).ok()?;
        let leaf = self.leaves.get(index)?;
        let path = inclusion_path(&self.hashes, index)?;
        Some(Opening {
            site,
            bias: leaf.bias,
            bit: leaf.bit,
            salt: leaf.salt,
            path,
        })
    }
}

/// Says whether an opening leads to a published root.
#[must_use]
pub fn verify_opening(root: &[u8; 32], opening: &Opening) -> bool {
    let leaf = site_leaf(opening.site, opening.bias, opening.bit, &opening.salt);
    verify_inclusion(root, leaf, &opening.path)
}

/// Returns the root over the blobs of one delivery.
///
/// # Errors
/// When the blobs are not strictly ascending by (id, profile), or an id is too long.
pub fn root_of_roots(blobs: &[BlobRoot]) -> Result<[u8; 32], CommitmentError> {
    Ok(merkle_root(&blob_leaves(blobs)?))
}

/// Returns the way from one blob to the root of roots; none when `index` is past the end.
///
/// # Errors
/// As `root_of_roots`.
pub fn open_root(blobs: &[BlobRoot], index: usize) -> Result<Option<InclusionPath>, CommitmentError> {
    Ok(inclusion_path(&blob_leaves(blobs)?, index))
}

/// Says whether a blob's root is under a published root of roots.
#[must_use]
pub fn verify_root(root_of_roots: &[u8; 32], blob: &BlobRoot, path: &InclusionPath) -> bool {
    blob_leaf(blob).is_ok_and(|leaf| verify_inclusion(root_of_roots, leaf, path))
}

/// Returns the hash of a site's leaf.
#[must_use]
pub fn site_leaf(site: SiteId, bias: Bias, bit: Variant, salt: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(SITE_DOMAIN);
    hash.update(site.0);
    hash.update([bias.byte(), u8::from(bit == Variant::One)]);
    hash.update(salt);
    hash.finalize().into()
}

fn blob_leaves(blobs: &[BlobRoot]) -> Result<Vec<[u8; 32]>, CommitmentError> {
    for (index, pair) in blobs.windows(2).enumerate() {
        if let [before, after] = pair
            && (&before.blob, before.profile) >= (&after.blob, after.profile)
        {
            return Err(CommitmentError::Unsorted {
                index: index + 1,
                count: blobs.len(),
            });
        }
    }
    blobs.iter().map(blob_leaf).collect()
}

fn blob_leaf(blob: &BlobRoot) -> Result<[u8; 32], CommitmentError> {
    let length = u8::try_from(blob.blob.len()).map_err(|_| CommitmentError::BlobIdLength {
        length: blob.blob.len(),
    })?;
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(BLOB_DOMAIN);
    hash.update([length]);
    hash.update(&blob.blob);
    hash.update([match blob.profile {
        Profile::Robust => 0,
        Profile::Steady => 1,
    }]);
    hash.update(blob.root);
    Ok(hash.finalize().into())
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// One level up: pairs are joined, an odd last hash rises unchanged. This gives the tree of RFC 6962, whose left subtree
/// is the largest power of two.
fn level_above(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    level
        .chunks(2)
        .filter_map(|pair| match pair {
            [left, right] => Some(node(left, right)),
            [alone] => Some(*alone),
            _ => None,
        })
        .collect()
}

fn merkle_root(leaves: &[[u8; 32]]) -> [u8; 32] {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level_above(&level);
    }
    level
        .first()
        .copied()
        .unwrap_or_else(|| Sha256::digest([]).into())
}

fn inclusion_path(leaves: &[[u8; 32]], index: usize) -> Option<InclusionPath> {
    leaves.get(index)?;
    let mut hashes = Vec::new();
    let mut level = leaves.to_vec();
    let mut position = index;
    while level.len() > 1 {
        if let Some(sibling) = level.get(position ^ 1) {
            hashes.push(*sibling);
        }
        level = level_above(&level);
        position /= 2;
    }
    Some(InclusionPath {
        index: u32::try_from(index).ok()?,
        leaves: u32::try_from(leaves.len()).ok()?,
        hashes,
    })
}

fn verify_inclusion(root: &[u8; 32], leaf: [u8; 32], path: &InclusionPath) -> bool {
    if path.index >= path.leaves || path.hashes.len() > LONGEST_PATH {
        return false;
    }
    let (mut position, mut last) = (path.index, path.leaves - 1);
    let mut hash = leaf;
    let mut siblings = path.hashes.iter();
    while last > 0 {
        // A last hash without a sibling rises unchanged.
        if position % 2 == 1 || position < last {
            let Some(sibling) = siblings.next() else {
                return false;
            };
            hash = if position % 2 == 1 {
                node(sibling, &hash)
            } else {
                node(&hash, sibling)
            };
        }
        position /= 2;
        last /= 2;
    }
    siblings.next().is_none() && hash == *root
}

#[cfg(test)]
mod tests;
