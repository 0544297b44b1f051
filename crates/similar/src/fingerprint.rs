//! Winnowed fingerprints (Schleimer, Wilkerson and Aiken, "Winnowing", 2003).
//!
//! Of each window of consecutive k-gram hashes the smallest is kept. Any run of `k + window - 1` tokens that two texts share
//! gives both at least one fingerprint in common, wherever it stands: 35 tokens with names blanked, 15 with names kept.
//!
//! The hash is stored in indexes: changing it means a new format version.

use ringfence_syntax::Language;
use ringfence_syntax::lex::{Coarse, TokenKind, lex};

/// Most bytes of a text that are looked at.
pub const MAX_BYTES: usize = 16 << 20;

const BLANKED: Channel = Channel {
    size: 20,
    window: 16,
    tag: 1,
};
const RAW: Channel = Channel {
    size: 8,
    window: 8,
    tag: 2,
};

#[derive(Clone, Copy)]
struct Channel {
    size: usize,
    window: usize,
    tag: u64,
}

/// Fingerprints of one text: ascending, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    /// With names blanked.
    pub blanked: Vec<u64>,
    /// With names kept.
    pub raw: Vec<u64>,
}

impl Fingerprints {
    /// Computes the fingerprints of a text; bytes past `MAX_BYTES` are not looked at.
    #[must_use]
    pub fn of(language: Language, text: &[u8]) -> Self {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        let kin = kin(language);
        let (mut blanked, mut raw) = (Vec::new(), Vec::new());
        for token in lex(language, text) {
            match token.coarse(text) {
                Coarse::Nothing => {}
                Coarse::Identifier => {
                    blanked.push(hash(0, b"", kin));
                    raw.push(hash(1, token.bytes(text), kin));
                }
                Coarse::Text(value) => {
                    let tag = match token.kind {
                        TokenKind::Number => 2,
                        TokenKind::String => 3,
                        _ => 4,
                    };
                    let number = hash(tag, &value, kin);
                    blanked.push(number);
                    raw.push(number);
                }
            }
        }
        Self {
            blanked: winnow(&blanked, BLANKED),
            raw: winnow(&raw, RAW),
        }
    }

    /// Says whether the text was too short for any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blanked.is_empty() && self.raw.is_empty()
    }
}

/// Languages whose text can turn into each other's share fingerprints.
const fn kin(language: Language) -> u64 {
    match language {
        Language::Rust => 1,
        Language::Python => 2,
        Language::JavaScript | Language::TypeScript | Language::Tsx => 3,
        Language::Java => 4,
        Language::Go => 5,
        Language::C => 6,
    }
}

/// FNV-1a over a tag and the bytes, mixed.
fn hash(tag: u64, bytes: &[u8], kin: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ (kin << 8 | tag);
    mix(bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

const fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Hashes of all k-grams, then the smallest of each window, the rightmost of equals.
fn winnow(tokens: &[u64], channel: Channel) -> Vec<u64> {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let Channel { size, window, tag } = channel;
    let lead = (0..size).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut rolling = 0_u64;
    let mut grams = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        rolling = rolling.wrapping_mul(BASE).wrapping_add(*token);
        if let Some(gone) = at.checked_sub(size).and_then(|gone| tokens.get(gone)) {
            rolling = rolling.wrapping_sub(gone.wrapping_mul(lead));
        }
        if at + 1 >= size {
            grams.push(mix(rolling ^ tag));
        }
    }
    // A text shorter than a window still has its smallest.
    let mut kept: Vec<u64> = Vec::new();
    // Candidates in order of position with ascending hashes: the first is the smallest of the window.
    let mut queue: std::collections::VecDeque<(usize, u64)> = std::collections::VecDeque::new();
    for (at, gram) in grams.iter().enumerate() {
        while queue.back().is_some_and(|(_, last)| last >= gram) {
            queue.pop_back();
        }
        queue.push_back((at, *gram));
        while queue.front().is_some_and(|(first, _)| first + window <= at) {
            queue.pop_front();
        }
        if at + 1 >= window.min(grams.len())
            && let Some((_, smallest)) = queue.front()
            && kept.last() != Some(smallest)
        {
            kept.push(*smallest);
        }
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
        assert_eq!(one.blanked, other.blanked);
        assert!(!one.blanked.is_empty());
        assert_ne!(one.raw, other.raw);
    }

    #[test]
    fn languages_do_not_mix_but_scripts_do() {
        let text = b"const a = f(1) + g(2) * h(3) - k[4] / m.n + o.p(5) + q(6) + r(7) - s(8);";
        assert_eq!(
            Fingerprints::of(Language::JavaScript, text).raw,
            Fingerprints::of(Language::TypeScript, text).raw
        );
        assert_ne!(
            Fingerprints::of(Language::JavaScript, text).raw,
            Fingerprints::of(Language::C, text).raw
        );
    }

    #[test]
    fn the_stored_hash_is_fixed() {
        let text = b"fn main() { let value = 1 + 2 * 3; println(value); }";
        assert_eq!(Fingerprints::of(Language::Rust, text).raw, FIXED);
    }
    const FIXED: [u64; 1] = [3_579_160_945_936_171_251];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_shared_run_is_always_found(before in prop::collection::vec(any::<u64>(), 0..60), shared in prop::collection::vec(any::<u64>(), 35..60), after in prop::collection::vec(any::<u64>(), 0..60)) {
            let whole: Vec<u64> = before.into_iter().chain(shared.clone()).chain(after).collect();
            let found = winnow(&whole, BLANKED);
            prop_assert!(winnow(&shared, BLANKED).iter().any(|one| found.binary_search(one).is_ok()));
        }

        #[test]
        fn any_bytes_have_fingerprints_in_order(bytes in prop::collection::vec(any::<u8>(), 0..400), language in prop::sample::select(Language::ALL.to_vec())) {
            let Fingerprints { blanked, raw } = Fingerprints::of(language, &bytes);
            prop_assert!(blanked.windows(2).all(|pair| pair[0] < pair[1]) && raw.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
