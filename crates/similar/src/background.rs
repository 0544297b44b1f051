//! What a fingerprint weighs: the more published packages have it, the less it says.
//!
//! The weights come from a background corpus of published packages and are part of the format: never from the owned set, where every
//! version of a file would lessen the weight of the others, and never from a suspect, who could choose them. A fingerprint that fewer than three packages
//! of its language have is not listed and weighs most.
//!
//! Stored form: magic `RFBG`, version u16, number u32, then per fingerprint in ascending order its distance from the one before as
//! LEB128 and its weight as one byte. `cargo xtask bench leak --write-background` makes it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::fingerprint::KEY_END;
use crate::number::{put_number, take_number};

/// Weight of a fingerprint that the background does not list.
pub const FULL_WEIGHT: u32 = 16;
/// Fewest packages that must have a fingerprint for it to be listed.
pub const FEWEST_PACKAGES: usize = 3;
const MAGIC: &[u8] = b"RFBG\x01\x00";

/// Weights of common fingerprints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// Ascending.
    keys: Vec<u64>,
    weights: Vec<u8>,
}

impl Background {
    /// The one of this format version.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Background> = OnceLock::new();
        BUILT_IN.get_or_init(|| Self::decode(include_bytes!("background.bin")).unwrap_or_default())
    }

    /// Computes weights from how many packages have a fingerprint, of how many in its language. At most `most` are
    /// listed: those of the least weight.
    #[must_use]
    pub fn from_counts(counts: &BTreeMap<u64, (usize, usize)>, most: usize) -> Self {
        let mut listed: Vec<(u8, u64)> = counts
            .iter()
            .filter(|(_, (having, _))| *having >= FEWEST_PACKAGES)
            .map(|(key, (having, all))| (weight(*having, *all), *key))
            .collect();
        listed.sort_unstable();
        listed.truncate(most);
        listed.sort_unstable_by_key(|(_, key)| *key);
        Self {
            keys: listed.iter().map(|(_, key)| *key).collect(),
            weights: listed.iter().map(|(weight, _)| *weight).collect(),
        }
    }

    /// What a fingerprint weighs, 0 to [`FULL_WEIGHT`].
    #[must_use]
    pub fn weight(&self, key: u64) -> u32 {
        self.keys
            .binary_search(&key)
            .ok()
            .and_then(|at| self.weights.get(at))
            .map_or(FULL_WEIGHT, |weight| u32::from(*weight))
    }

    /// Number of listed fingerprints.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Says whether none is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Writes the stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(u32::try_from(self.keys.len()).unwrap_or(u32::MAX).to_le_bytes());
        let mut last = 0;
        for (key, weight) in self.keys.iter().zip(&self.weights) {
            put_number(&mut out, key.saturating_sub(last));
            out.push(*weight);
            last = *key;
        }
        out
    }

    /// Reads the stored form; none when the bytes are not exactly what `encode` writes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let mut background = Self::default();
        let mut last = 0_u64;
        for number in 0..u32::from_le_bytes(*count) {
            let distance = take_number(&mut rest)?;
            let key = last.checked_add(distance).filter(|key| *key < KEY_END)?;
            let (weight, after) = rest.split_first()?;
            if (number > 0 && distance == 0) || u32::from(*weight) > FULL_WEIGHT {
                return None;
            }
            rest = after;
            background.keys.push(key);
            background.weights.push(*weight);
            last = key;
        }
        rest.is_empty().then_some(background)
    }
}

/// 16 * (1 - ln(1 + having) / ln(1 + all)), rounded: nothing for what every package has.
fn weight(having: usize, all: usize) -> u8 {
    let logarithm = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX)).ln_1p();
    let share = if all == 0 {
        0.0
    } else {
        (logarithm(having) / logarithm(all)).min(1.0)
    };
    let weight = (f64::from(FULL_WEIGHT) * (1.0 - share)).round();
    (0..=16_u8)
        .rev()
        .find(|whole| f64::from(*whole) <= weight)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_background_is_whole_and_ordered() {
        let background = Background::built_in();
        assert!(background.len() > 1_000, "{}", background.len());
        assert_eq!(background.encode(), include_bytes!("background.bin"));
    }

    #[test]
    fn what_all_have_weighs_nothing_and_what_few_have_weighs_most() {
        let counts = BTreeMap::from([(5, (300, 300)), (7, (3, 300)), (9, (2, 300)), (11, (40, 300))]);
        let background = Background::from_counts(&counts, 10);
        assert_eq!(
            [5, 7, 9, 11, 12].map(|key| background.weight(key)),
            [0, 12, 16, 6, 16]
        );
        assert_eq!(Background::decode(&background.encode()), Some(background.clone()));
        assert_eq!(Background::from_counts(&counts, 1).len(), 1);
        let bytes = background.encode();
        for cut in 0..bytes.len() {
            assert_eq!(Background::decode(&bytes[..cut]), None);
        }
    }
}
