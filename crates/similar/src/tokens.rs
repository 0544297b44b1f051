//! A text as the sequences that fingerprints and alignment work on: coarse tokens, once with names blanked and once with names kept.
//!
//! The hashes are stored in indexes by way of fingerprints: changing them means a new format version.

use ringfence_syntax::Language;
use ringfence_syntax::lex::{Coarse, Token, TokenKind, lex, lex_fragment};

/// Most bytes of a text that are looked at.
pub const MAX_BYTES: usize = 16 << 20;

/// The coarse tokens of one text. All lists have one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Hash of each token, names blanked.
    pub blanked: Vec<u64>,
    /// Hash of each token, names kept.
    pub raw: Vec<u64>,
    /// Line of each token, from 1.
    pub line: Vec<u32>,
}

impl Tokens {
    /// Lexes an owned text; bytes past `MAX_BYTES` are not looked at.
    #[must_use]
    pub fn of(language: Language, text: &[u8]) -> Self {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        Self::of_lexed(language, text, lex(language, text))
    }

    /// Lexes a suspect text, which may begin inside a string or a comment; bytes past `MAX_BYTES` are not looked at.
    #[must_use]
    pub fn of_suspect(language: Language, text: &[u8]) -> Self {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        Self::of_lexed(language, text, lex_fragment(language, text))
    }

    fn of_lexed(language: Language, text: &[u8], lexed: Vec<Token>) -> Self {
        let kin = kin(language);
        let mut tokens = Self::default();
        let (mut line, mut counted) = (1_u32, 0_usize);
        for token in lexed {
            let start = usize::try_from(token.start).unwrap_or(usize::MAX);
            let between = text.get(counted..start).unwrap_or_default();
            let breaks = between.iter().filter(|byte| **byte == b'\n').count();
            line = line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            counted = start.max(counted);
            let (blanked, raw) = match token.coarse(text) {
                Coarse::Nothing => continue,
                Coarse::Identifier => (hash(0, b"", kin), hash(1, token.bytes(text), kin)),
                Coarse::Text(value) => {
                    let tag = match token.kind {
                        TokenKind::Number => 2,
                        TokenKind::String => 3,
                        _ => 4,
                    };
                    let number = hash(tag, &value, kin);
                    (number, number)
                }
            };
            tokens.blanked.push(blanked);
            tokens.raw.push(raw);
            tokens.line.push(line);
        }
        tokens
    }

    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blanked.len()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blanked.is_empty()
    }
}

/// A number that languages share when their text can turn into each other's. Names are stored in evidence and never change, so the
/// numbers do not either; a language that is not listed has a number of its own.
#[must_use]
pub fn kin(language: Language) -> u64 {
    match language.name() {
        "rust" => 1,
        "python" => 2,
        "javascript" | "typescript" | "tsx" => 3,
        "java" => 4,
        "go" => 5,
        // A header may be of either.
        "c" | "cpp" => 6,
        other => {
            mix(other.bytes().fold(7, |number: u64, byte| {
                number.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
            })) >> 8
        }
    }
}

/// FNV-1a over a tag and the bytes, mixed.
fn hash(tag: u64, bytes: &[u8], kin: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ (kin << 8 | tag);
    mix(bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

pub(crate) const fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes of all runs of `size` tokens, by their first token.
pub(crate) fn grams(tokens: &[u64], size: usize, tag: u64) -> Vec<u64> {
    let lead = (0..size).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut rolling = 0_u64;
    let mut grams = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        rolling = rolling.wrapping_mul(BASE).wrapping_add(*token);
        if let Some(gone) = at.checked_sub(size).and_then(|gone| tokens.get(gone)) {
            rolling = rolling.wrapping_sub(gone.wrapping_mul(lead));
        }
        if at.saturating_add(1) >= size {
            grams.push(mix(rolling ^ tag));
        }
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_where_tokens_begin() {
        let tokens = Tokens::of(Language::Python, b"a = 1\n\n# comment\nb = '''x\ny'''\nc = 3\n");
        assert_eq!(tokens.line, [1, 1, 1, 4, 4, 4, 6, 6, 6]);
    }

    #[test]
    fn a_piece_that_begins_inside_a_docstring_or_a_comment_is_read_as_code() {
        let python = b"def area(width, height):\n    \"\"\"Returns what a room of these sides covers.\n\n    Both are in metres; it's never less than one.\n    \"\"\"\n    least = 1\n    return max(least, width * height)\n";
        let from = python.windows(4).position(|word| word == b"Both").unwrap();
        let (piece, whole) = (&python[from..], Tokens::of(Language::Python, python));
        let read = Tokens::of_suspect(Language::Python, piece);
        assert!(whole.raw.ends_with(&read.raw[read.len() - 9..]), "{read:?}");
        let script = b"/* Works out the price,\n * don't ask how (see = below) */\nconst price = (rate) => rate.base * rate.factor + 7;\n";
        let from = script.windows(2).position(|word| word == b"* ").unwrap() + 24;
        let (piece, whole) = (&script[from..], Tokens::of(Language::JavaScript, script));
        assert_eq!(Tokens::of_suspect(Language::JavaScript, piece).raw, whole.raw);
    }

    #[test]
    fn the_end_of_a_comment_in_a_string_or_a_pattern_ends_nothing() {
        for text in [
            &b"const files = glob('src/**/*.js');\nconst price = rate(files) * 7 + files.length;\n"[..],
            b"const all = /.*/;\nconst name = path.replace(/^.*/, '') + all.source.length;\n",
        ] {
            assert_eq!(
                Tokens::of_suspect(Language::JavaScript, text),
                Tokens::of(Language::JavaScript, text),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn kin_of_the_first_languages_is_fixed_and_no_two_others_share_one() {
        let mut seen = std::collections::BTreeMap::new();
        for language in Language::ALL {
            seen.entry(kin(language))
                .or_insert_with(Vec::new)
                .push(language.name());
        }
        assert!(seen.values().all(|names| names.len() <= 3), "{seen:?}");
        assert_eq!(kin(Language::Rust), 1);
        assert_eq!(kin(Language::Tsx), kin(Language::JavaScript));
    }
}
