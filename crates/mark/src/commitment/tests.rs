use proptest::prelude::*;
use ringfence_syntax::Language;

use super::*;
use crate::model::{ENGINE_VERSION, Family, Site};

fn table(ids: &[u8]) -> SiteTable {
    let site = |number: &u8| Site {
        id: SiteId([*number; 16]),
        family: Family::BlankLine,
        start: 0,
        end: 0,
        canonical: Variant::Zero,
        long: Variant::One,
        alternative: Vec::new(),
        parent: None,
    };
    SiteTable {
        engine: ENGINE_VERSION,
        language: Language::Rust,
        profile: Profile::Robust,
        text_length: 0,
        sites: ids.iter().map(site).collect(),
    }
}

fn commitment(ids: &[u8]) -> BlobCommitment {
    BlobCommitment::new(&RecipientKey([1; 32]), &CodeKey([2; 32]), &table(ids))
}

/// The recursive definition of RFC 6962, section 2.1.
fn reference_root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        many => {
            let split = 1 << (usize::BITS - 1 - (many.len() - 1).leading_zeros());
            node(&reference_root(&many[..split]), &reference_root(&many[split..]))
        }
    }
}

#[test]
fn an_empty_table_has_the_empty_root() {
    assert_eq!(commitment(&[]).root, <[u8; 32]>::from(Sha256::digest([])));
    assert!(commitment(&[]).is_empty());
}

#[test]
fn equal_ids_are_one_leaf() {
    assert_eq!(commitment(&[5, 1, 5, 5]).root, commitment(&[1, 5]).root);
    assert_eq!(commitment(&[5, 1, 5, 5]).len(), 2);
}

#[test]
fn another_recipient_has_another_root() {
    let other = BlobCommitment::new(&RecipientKey([9; 32]), &CodeKey([2; 32]), &table(&[1, 2, 3]));
    assert_ne!(other.root, commitment(&[1, 2, 3]).root);
}

#[test]
fn roots_are_refused_out_of_order() {
    let blob = |id: u8, profile| BlobRoot {
        blob: vec![id; 20],
        profile,
        root: [id; 32],
    };
    assert!(
        root_of_roots(&[
            blob(1, Profile::Robust),
            blob(1, Profile::Steady),
            blob(2, Profile::Robust)
        ])
        .is_ok()
    );
    assert_eq!(
        root_of_roots(&[blob(2, Profile::Robust), blob(1, Profile::Robust)]),
        Err(CommitmentError::Unsorted { index: 1, count: 2 })
    );
    assert_eq!(
        root_of_roots(&[blob(1, Profile::Robust), blob(1, Profile::Robust)]),
        Err(CommitmentError::Unsorted { index: 1, count: 2 })
    );
    assert_eq!(
        root_of_roots(&[BlobRoot {
            blob: vec![0; 256],
            profile: Profile::Robust,
            root: [0; 32]
        }]),
        Err(CommitmentError::BlobIdLength { length: 256 })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn roots_are_those_of_rfc_6962(leaves in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        prop_assert_eq!(merkle_root(&leaves), reference_root(&leaves));
    }

    #[test]
    fn every_leaf_opens_and_no_changed_opening_does(ids in prop::collection::btree_set(any::<u8>(), 1..40), pick in any::<prop::sample::Index>(), byte in 0_usize..32) {
        let ids: Vec<u8> = ids.into_iter().collect();
        let commitment = commitment(&ids);
        for id in &ids {
            let opening = commitment.open(SiteId([*id; 16])).unwrap();
            prop_assert!(verify_opening(&commitment.root, &opening));
        }
        prop_assert!((0..=255).filter(|id| !ids.contains(id)).all(|id| commitment.open(SiteId([id; 16])).is_none()));

        let good = commitment.open(SiteId([*pick.get(&ids); 16])).unwrap();
        let mut changed = Vec::new();
        let flip = |bit| if bit == Variant::One { Variant::Zero } else { Variant::One };
        changed.push(Opening { bit: flip(good.bit), ..good.clone() });
        changed.push(Opening { bias: Bias::from_byte((good.bias.byte() + 1) % 3).unwrap(), ..good.clone() });
        let mut salt = good.salt;
        salt[byte] ^= 1;
        changed.push(Opening { salt, ..good.clone() });
        let mut id = good.site.0;
        id[byte % 16] ^= 1;
        changed.push(Opening { site: SiteId(id), ..good.clone() });
        let mut longer = good.clone();
        longer.path.hashes.push([0; 32]);
        changed.push(longer);
        let mut beyond = good.clone();
        beyond.path.index = beyond.path.leaves;
        changed.push(beyond);
        if let Some(last) = good.path.hashes.len().checked_sub(1) {
            let mut shorter = good.clone();
            shorter.path.hashes.pop();
            changed.push(shorter);
            let mut other = good.clone();
            other.path.hashes[last][byte] ^= 1;
            changed.push(other);
        }
        for opening in changed {
            prop_assert!(!verify_opening(&commitment.root, &opening), "{:?}", opening);
        }
    }

    #[test]
    fn every_root_is_under_the_root_of_roots(count in 1_u8..30) {
        let blobs: Vec<BlobRoot> = (0..count).map(|id| BlobRoot { blob: vec![id; 20], profile: Profile::Steady, root: [id; 32] }).collect();
        let root = root_of_roots(&blobs).unwrap();
        for (index, blob) in blobs.iter().enumerate() {
            let path = open_root(&blobs, index).unwrap().unwrap();
            prop_assert!(verify_root(&root, blob, &path));
            let other = BlobRoot { profile: Profile::Robust, ..blob.clone() };
            prop_assert!(!verify_root(&root, &other, &path));
        }
        prop_assert!(open_root(&blobs, blobs.len()).unwrap().is_none());
    }
}
