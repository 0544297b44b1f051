//! Ordered alignment of a suspect text with owned texts: tiles of equal tokens, the longest first (greedy string tiling after Wise, "YAP3", 1996).
//!
//! A token is in at most one tile on either side. Names are blanked for finding tiles, and counted: among equally long ones the tile with more equal names wins,
//! so of two versions or two similar files each passage goes to the one it comes from.
//!
//! INVARIANT: deterministic, linear in the tokens of both sides up to a constant budget; no recursion.

#![expect(
    clippy::indexing_slicing,
    reason = "a kernel over parallel arrays: positions come from grams of the same lists, and every run is extended only while it is inside both"
)]

use std::collections::HashMap;
use std::ops::Range;

use crate::tokens::{Tokens, grams};

/// Tokens of a seed.
const SEED: usize = 12;
/// Fewest tokens of a tile: about three lines.
pub const FEWEST_TOKENS: usize = 16;
/// Places in the suspect at which a seed may occur; what is repeated more often says nothing.
const MOST_PLACES: usize = 8;

/// Equal tokens in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// First token in the suspect.
    pub suspect: usize,
    /// Which owned text.
    pub text: usize,
    /// First token in the owned text.
    pub owned: usize,
    /// Number of tokens.
    pub length: usize,
    /// Of these, tokens that are equal with names kept.
    pub verbatim: usize,
}

impl Tile {
    /// Lines of the suspect, the last included.
    #[must_use]
    pub fn suspect_lines(&self, suspect: &Tokens) -> (u32, u32) {
        lines(suspect, self.suspect..self.suspect + self.length)
    }

    /// Lines of the owned text, the last included.
    #[must_use]
    pub fn owned_lines(&self, owned: &Tokens) -> (u32, u32) {
        lines(owned, self.owned..self.owned + self.length)
    }
}

fn lines(tokens: &Tokens, range: Range<usize>) -> (u32, u32) {
    let of = |at: usize| tokens.line.get(at).copied().unwrap_or(0);
    (of(range.start), of(range.end.saturating_sub(1)))
}

/// Aligns a suspect with owned texts, the most likely first; returns tiles in the order of the suspect.
#[must_use]
pub fn tiles(suspect: &Tokens, owned: &[&Tokens]) -> Vec<Tile> {
    let mut places: HashMap<u64, Vec<u32>> = HashMap::new();
    for (at, gram) in grams(&suspect.blanked, SEED, 0).into_iter().enumerate() {
        let places = places.entry(gram).or_default();
        if places.len() <= MOST_PLACES
            && let Ok(at) = u32::try_from(at)
        {
            places.push(at);
        }
    }
    let mut runs: Vec<Tile> = Vec::new();
    for (text, tokens) in owned.iter().enumerate() {
        matching_runs(suspect, tokens, text, &places, &mut runs);
    }
    runs.sort_unstable_by_key(|run| {
        (
            std::cmp::Reverse(run.length),
            std::cmp::Reverse(run.verbatim),
            run.text,
            run.suspect,
            run.owned,
        )
    });
    let mut taken = vec![false; suspect.len()];
    let mut used: Vec<Vec<bool>> = owned.iter().map(|tokens| vec![false; tokens.len()]).collect();
    let mut tiles = Vec::new();
    for run in runs {
        let used = &mut used[run.text];
        // What longer ones took is cut out; the longest rest counts.
        let (mut best, mut start) = (0..0, 0);
        for offset in 0..=run.length {
            if offset == run.length || taken[run.suspect + offset] || used[run.owned + offset] {
                if offset - start > best.len() {
                    best = start..offset;
                }
                start = offset + 1;
            }
        }
        if best.len() < FEWEST_TOKENS {
            continue;
        }
        let tile = Tile {
            suspect: run.suspect + best.start,
            owned: run.owned + best.start,
            length: best.len(),
            text: run.text,
            verbatim: equal_names(
                suspect,
                owned[run.text],
                run.suspect + best.start,
                run.owned + best.start,
                best.len(),
            ),
        };
        taken[tile.suspect..tile.suspect + tile.length].fill(true);
        used[tile.owned..tile.owned + tile.length].fill(true);
        tiles.push(tile);
    }
    tiles.sort_unstable_by_key(|tile| tile.suspect);
    tiles
}

fn equal_names(suspect: &Tokens, owned: &Tokens, at: usize, other: usize, length: usize) -> usize {
    suspect.raw[at..at + length]
        .iter()
        .zip(&owned.raw[other..other + length])
        .filter(|(one, other)| one == other)
        .count()
}

/// All longest runs of equal tokens that hold a seed.
fn matching_runs(
    suspect: &Tokens,
    owned: &Tokens,
    text: usize,
    places: &HashMap<u64, Vec<u32>>,
    runs: &mut Vec<Tile>,
) {
    let (ours, theirs) = (&owned.blanked, &suspect.blanked);
    // Per diagonal, where its last run ends: a run is looked at once.
    let mut ends: HashMap<usize, usize> = HashMap::new();
    let mut budget = 64 * (ours.len() + theirs.len()) + 100_000;
    for (at, gram) in grams(ours, SEED, 0).into_iter().enumerate() {
        let Some(places) = places.get(&gram).filter(|places| places.len() <= MOST_PLACES) else {
            continue;
        };
        for place in places {
            let Ok(place) = usize::try_from(*place) else {
                continue;
            };
            let diagonal = place + ours.len() - at;
            if ends.get(&diagonal).is_some_and(|end| at < *end) {
                continue;
            }
            let mut length = 0;
            while budget > 0
                && at + length < ours.len()
                && place + length < theirs.len()
                && ours[at + length] == theirs[place + length]
            {
                length += 1;
                budget -= 1;
            }
            ends.insert(diagonal, at + length.max(1));
            if length >= FEWEST_TOKENS {
                runs.push(Tile {
                    suspect: place,
                    text,
                    owned: at,
                    length,
                    verbatim: equal_names(suspect, owned, place, at, length),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ringfence_syntax::Language;

    use super::*;

    const OWNED: &str = "fn price(order: &Order, tariff: &Tariff) -> Money {\n    let base = order.weight * tariff.rate + order.items.len() * 7;\n    let fee = if base > tariff.limit { base / 20 } else { tariff.least };\n    base + fee - order.voucher.map_or(0, |voucher| voucher.amount * 3 / 4)\n}\n";

    #[test]
    fn a_renamed_and_moved_function_is_found_with_its_lines() {
        let suspect = OWNED
            .replace("order", "a")
            .replace("tariff", "b")
            .replace("base", "c")
            .replace("voucher", "d");
        let suspect = format!("fn other() {{}}\n\n\n{suspect}");
        let (suspect, owned) = (
            Tokens::of(Language::Rust, suspect.as_bytes()),
            Tokens::of(Language::Rust, OWNED.as_bytes()),
        );
        let found = tiles(&suspect, &[&owned]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].suspect_lines(&suspect), (4, 7));
        assert_eq!(found[0].owned_lines(&owned), (1, 4));
        assert!(found[0].verbatim < found[0].length);
    }

    #[test]
    fn a_passage_goes_to_the_text_that_has_its_names() {
        let other = OWNED.replace("order", "invoice").replace("tariff", "scale");
        let (suspect, other) = (
            Tokens::of(Language::Rust, OWNED.as_bytes()),
            Tokens::of(Language::Rust, other.as_bytes()),
        );
        let found = tiles(&suspect, &[&other, &suspect]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text, found[0].length), (1, suspect.len()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn tiles_are_equal_and_never_overlap(left in prop::collection::vec(0_u64..4, 0..300), right in prop::collection::vec(0_u64..4, 0..300), cut in 0_usize..200) {
            let tokens = |list: Vec<u64>| Tokens { raw: list.clone(), line: vec![1; list.len()], blanked: list };
            let shared: Vec<u64> = left.iter().skip(cut).copied().collect();
            let (one, other) = (tokens(left), tokens([right, shared].concat()));
            let (mut seen, mut used) = (vec![0; one.len()], vec![0; other.len()]);
            for tile in tiles(&one, &[&other]) {
                prop_assert!(tile.length >= FEWEST_TOKENS);
                prop_assert_eq!(&one.blanked[tile.suspect..tile.suspect + tile.length], &other.blanked[tile.owned..tile.owned + tile.length]);
                for at in 0..tile.length {
                    seen[tile.suspect + at] += 1;
                    used[tile.owned + at] += 1;
                }
            }
            prop_assert!(seen.iter().chain(&used).all(|count| *count <= 1));
        }
    }
}
