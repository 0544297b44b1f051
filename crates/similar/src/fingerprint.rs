//! Winnowed fingerprints (Schleimer, Wilkerson and Aiken, "Winnowing", 2003).
//!
//! Of each window of consecutive k-gram hashes the smallest is kept. Any run of `k + window - 1` tokens that two texts share
//! gives both at least one fingerprint in common, wherever it stands: 35 tokens with names blanked, 17 with names kept.
//!
//! A fingerprint is a number of 41 bits: 40 of a hash, above them one that says in which channel it was made. Among 10 million
//! lines a strange fingerprint is met by chance once in 60,000; a candidate needs several.
//!
//! The hash is stored in indexes: changing it means a new format version.

use ringfence_syntax::Language;

use crate::tokens::{Tokens, grams, mix};

/// Bits of a hash that are kept.
const HASH_BITS: u32 = 40;
/// One past the largest fingerprint.
pub const KEY_END: u64 = 1 << (HASH_BITS + 1);

/// Which tokens a fingerprint was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Names blanked: survives renaming.
    Blanked,
    /// Names kept: speaks for short and verbatim pieces.
    Raw,
}

impl Channel {
    /// Both, in the order of their fingerprints.
    pub const ALL: [Self; 2] = [Self::Blanked, Self::Raw];

    /// Tells the channel of a fingerprint.
    #[must_use]
    pub const fn of(key: u64) -> Self {
        if key >> HASH_BITS == 0 {
            Self::Blanked
        } else {
            Self::Raw
        }
    }

    /// Its place in a list of both.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Blanked => 0,
            Self::Raw => 1,
        }
    }

    const fn size(self) -> usize {
        match self {
            Self::Blanked => 20,
            Self::Raw => 8,
        }
    }

    const fn window(self) -> usize {
        match self {
            Self::Blanked => 16,
            Self::Raw => 10,
        }
    }

    /// The hash mixed anew: the smallest of a window is small, and its leading bits would say nothing.
    const fn key(self, hash: u64) -> u64 {
        let kept = mix(hash ^ 0x5bd1_e995) >> (64 - HASH_BITS);
        match self {
            Self::Blanked => kept,
            Self::Raw => kept | 1 << HASH_BITS,
        }
    }
}

/// Fingerprints of one text: ascending, each once; those with names blanked come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    keys: Vec<u64>,
}

impl Fingerprints {
    /// Computes the fingerprints of a text; bytes past `MAX_BYTES` are not looked at.
    #[must_use]
    pub fn of(language: Language, text: &[u8]) -> Self {
        Self::of_tokens(&Tokens::of(language, text))
    }

    /// Computes the fingerprints of a lexed text.
    #[must_use]
    pub fn of_tokens(tokens: &Tokens) -> Self {
        let mut keys = winnow(&tokens.blanked, Channel::Blanked);
        keys.append(&mut winnow(&tokens.raw, Channel::Raw));
        Self { keys }
    }

    /// All of them, ascending.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Those of one channel.
    #[must_use]
    pub fn channel(&self, channel: Channel) -> &[u64] {
        let split = self
            .keys
            .partition_point(|key| Channel::of(*key) == Channel::Blanked);
        let (blanked, raw) = self.keys.split_at_checked(split).unwrap_or_default();
        match channel {
            Channel::Blanked => blanked,
            Channel::Raw => raw,
        }
    }

    /// Says whether the text was too short for any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The smallest k-gram hash of each window, the rightmost of equals.
fn winnow(tokens: &[u64], channel: Channel) -> Vec<u64> {
    let window = channel.window();
    let tag = channel.index() as u64 + 1;
    let grams = grams(tokens, channel.size(), tag);
    let mut kept: Vec<u64> = Vec::new();
    // Candidates in order of position with ascending hashes: the first is the smallest of the window.
    let mut queue: std::collections::VecDeque<(usize, u64)> = std::collections::VecDeque::new();
    // A text shorter than a window still has its smallest.
    let full = window.min(grams.len());
    for (at, gram) in grams.iter().enumerate() {
        while queue.back().is_some_and(|(_, last)| last >= gram) {
            queue.pop_back();
        }
        queue.push_back((at, *gram));
        while queue.front().is_some_and(|(first, _)| first + window <= at) {
            queue.pop_front();
        }
        if at + 1 >= full
            && let Some((_, smallest)) = queue.front()
            && kept.last() != Some(smallest)
        {
            kept.push(*smallest);
        }
    }
    for hash in &mut kept {
        *hash = channel.key(*hash);
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formatting_comments_and_names_change_no_blanked_fingerprint() {
        let one = Fingerprints::of(
            Language::Rust,
            b"fn area(width: u32, height: u32) -> u32 { let total = width * height + 1; if total > 10 { return total - 2; } total }",
        );
        let other = Fingerprints::of(
            Language::Rust,
            b"/// Doc.\nfn a(b: u32, c: u32) -> u32 {\n\n    let d = b * c + 0x1;\n    if d > 10 {\n        return d - 2;\n    }\n    d\n}\n",
        );
        assert_eq!(one.channel(Channel::Blanked), other.channel(Channel::Blanked));
        assert!(!one.channel(Channel::Blanked).is_empty());
        assert_ne!(one.channel(Channel::Raw), other.channel(Channel::Raw));
    }

    #[test]
    fn languages_do_not_mix_but_scripts_do() {
        let text = b"const a = f(1) + g(2) * h(3) - k[4] / m.n + o.p(5) + q(6) + r(7) - s(8);";
        assert_eq!(
            Fingerprints::of(Language::JavaScript, text),
            Fingerprints::of(Language::TypeScript, text)
        );
        assert_ne!(
            Fingerprints::of(Language::JavaScript, text),
            Fingerprints::of(Language::C, text)
        );
    }

    #[test]
    fn the_stored_hash_is_fixed() {
        let text = b"fn main() { let value = 1 + 2 * 3; println(value); }";
        assert_eq!(Fingerprints::of(Language::Rust, text).keys(), FIXED);
    }
    const FIXED: [u64; 1] = [1_990_285_459_244];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_shared_run_is_always_found(before in prop::collection::vec(any::<u64>(), 0..60), shared in prop::collection::vec(any::<u64>(), 35..60), after in prop::collection::vec(any::<u64>(), 0..60)) {
            for (channel, length) in [(Channel::Blanked, 35), (Channel::Raw, 17)] {
                let shared = &shared[..length];
                let whole: Vec<u64> = before.iter().chain(shared).chain(&after).copied().collect();
                let found = winnow(&whole, channel);
                prop_assert!(winnow(shared, channel).iter().any(|one| found.binary_search(one).is_ok()));
            }
        }

        #[test]
        fn any_bytes_have_fingerprints_in_order(bytes in prop::collection::vec(any::<u8>(), 0..400), language in prop::sample::select(Language::ALL.to_vec())) {
            let fingerprints = Fingerprints::of(language, &bytes);
            prop_assert!(fingerprints.keys().windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(fingerprints.keys().iter().all(|key| *key < KEY_END));
            prop_assert!(fingerprints.channel(Channel::Raw).iter().all(|key| Channel::of(*key) == Channel::Raw));
        }
    }
}
