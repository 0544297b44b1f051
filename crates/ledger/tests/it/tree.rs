use proptest::prelude::*;
use ringfence_ledger::{
    Frontier, FrontierError, Hash, ProofError, VerifyError, consistency_proof, inclusion_proof, root_of,
    verify_consistency, verify_inclusion,
};

use crate::{Log, naive_root};

fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    let (mut path, sibling) = if index < half {
        (naive_path(index, left), naive_root(right))
    } else {
        (naive_path(index - half, right), naive_root(left))
    };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2, written out.
fn naive_consistency(old: usize, leaves: &[Hash], whole: Whole) -> Vec<Hash> {
    if old == leaves.len() {
        return match whole {
            Whole::Known => Vec::new(),
            Whole::Unknown => vec![naive_root(leaves)],
        };
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    if old <= half {
        let mut path = naive_consistency(old, left, whole);
        path.push(naive_root(right));
        path
    } else {
        let mut path = naive_consistency(old - half, right, Whole::Unknown);
        path.push(naive_root(left));
        path
    }
}

#[derive(Clone, Copy)]
enum Whole {
    Known,
    Unknown,
}

#[test]
fn every_proof_of_every_log_up_to_200_entries() {
    let log = Log::of(200);
    let mut growing = Frontier::new();
    for size in 0..=200_usize {
        let leaves = &log.leaves[..size];
        let root = naive_root(leaves);
        assert_eq!(growing.root(), root, "size {size}");
        assert_eq!(root_of(size as u64, &log.nodes).unwrap(), root);
        for index in 0..size {
            let path = inclusion_proof(index as u64, size as u64, &log.nodes).unwrap();
            assert_eq!(path, naive_path(index, leaves));
            verify_inclusion(&leaves[index], index as u64, size as u64, &path, &root).unwrap();
        }
        if let Some(leaf) = log.leaves.get(size) {
            growing.append(*leaf).unwrap();
        }
    }
    let roots: Vec<Hash> = (0..=200).map(|size| naive_root(&log.leaves[..size])).collect();
    for new in 0..=200_usize {
        for old in 0..=new {
            let path = consistency_proof(old as u64, new as u64, &log.nodes).unwrap();
            if old > 0 {
                assert_eq!(path, naive_consistency(old, &log.leaves[..new], Whole::Known));
            }
            verify_consistency(old as u64, &roots[old], new as u64, &roots[new], &path).unwrap();
        }
    }
}

#[test]
fn what_is_not_in_the_log_has_no_proof() {
    let log = Log::of(7);
    assert_eq!(
        inclusion_proof(7, 7, &log.nodes),
        Err(ProofError::Index { index: 7, size: 7 })
    );
    assert_eq!(
        consistency_proof(8, 7, &log.nodes),
        Err(ProofError::Sizes { old: 8, new: 7 })
    );
    assert!(matches!(
        inclusion_proof(0, 9, &log.nodes),
        Err(ProofError::Source(_))
    ));
    let root = log.frontier.root();
    assert_eq!(
        verify_inclusion(&root, 0, 0, &[], &root),
        Err(VerifyError::Index { index: 0, size: 0 })
    );
}

#[test]
fn a_frontier_of_another_version_or_length_is_refused() {
    let encoded = Log::of(13).frontier.encode();
    let mut version = encoded.clone();
    version[0] = 2;
    assert_eq!(Frontier::decode(&version), Err(FrontierError::Version(2)));
    for length in 0..encoded.len() {
        assert!(Frontier::decode(&encoded[..length]).is_err(), "{length} bytes");
    }
    let mut longer = encoded.clone();
    longer.push(0);
    assert!(Frontier::decode(&longer).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_of_larger_logs(size in 1_u64..3_000, first in any::<u64>(), second in any::<u64>()) {
        let log = Log::of(size);
        let root = naive_root(&log.leaves);
        prop_assert_eq!(log.frontier.root(), root);
        let decoded = Frontier::decode(&log.frontier.encode()).unwrap();
        prop_assert_eq!(&decoded, &log.frontier);

        let index = first % size;
        let leaf = log.leaves[index as usize];
        let path = inclusion_proof(index, size, &log.nodes).unwrap();
        prop_assert_eq!(&path, &naive_path(index as usize, &log.leaves));
        verify_inclusion(&leaf, index, size, &path, &root).unwrap();

        let old = second % (size + 1);
        let old_root = naive_root(&log.leaves[..old as usize]);
        let proof = consistency_proof(old, size, &log.nodes).unwrap();
        verify_consistency(old, &old_root, size, &root, &proof).unwrap();
    }

    #[test]
    fn changed_proofs_are_refused(size in 2_u64..600, choice in any::<u64>(), byte in any::<usize>(), bit in 0..8_u8) {
        let log = Log::of(size);
        let root = log.frontier.root();
        let index = choice % size;
        let leaf = log.leaves[index as usize];
        let path = inclusion_proof(index, size, &log.nodes).unwrap();
        let refused = |leaf: &Hash, index, size, path: &[Hash], root: &Hash| {
            verify_inclusion(leaf, index, size, path, root).is_err()
        };
        let flip = |hash: &Hash| { let mut hash = *hash; hash.0[byte % 32] ^= 1 << bit; hash };

        for position in 0..path.len() {
            let mut changed = path.clone();
            changed[position] = flip(&changed[position]);
            prop_assert!(refused(&leaf, index, size, &changed, &root));
        }
        prop_assert!(refused(&flip(&leaf), index, size, &path, &root));
        prop_assert!(refused(&leaf, index, size, &path, &flip(&root)));
        prop_assert!(refused(&leaf, index, size, &path[1..], &root));
        prop_assert!(refused(&leaf, index, size, &[path.clone(), vec![root]].concat(), &root));
        for other in (0..size).filter(|other| *other != index) {
            prop_assert!(refused(&leaf, other, size, &path, &root));
        }

        let old = 1 + choice % (size - 1);
        let old_root = naive_root(&log.leaves[..old as usize]);
        let proof = consistency_proof(old, size, &log.nodes).unwrap();
        let refused = |old_root: &Hash, root: &Hash, proof: &[Hash]| {
            verify_consistency(old, old_root, size, root, proof).is_err()
        };
        prop_assert!(refused(&flip(&old_root), &root, &proof));
        prop_assert!(refused(&old_root, &flip(&root), &proof));
        prop_assert!(refused(&old_root, &root, &proof[1..]));
        for position in 0..proof.len() {
            let mut changed = proof.clone();
            changed[position] = flip(&changed[position]);
            prop_assert!(refused(&old_root, &root, &changed));
        }
    }
}
