//! Sets of words that are looked for in one pass.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// Words, and the automaton that finds any of them; built when it is first needed.
pub(super) struct Words {
    words: &'static [&'static [u8]],
    any_case: bool,
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Words {
    /// Words as they are written.
    pub(super) const fn exact(words: &'static [&'static [u8]]) -> Words {
        Words {
            words,
            any_case: false,
            automaton: OnceLock::new(),
        }
    }

    /// Words in whatever ASCII case.
    pub(super) const fn any_case(words: &'static [&'static [u8]]) -> Words {
        Words {
            words,
            any_case: true,
            automaton: OnceLock::new(),
        }
    }

    /// Tells whether any of the words is in the text. What cannot be looked for counts as found: the words are reasons to leave a text alone.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        let build = || {
            AhoCorasick::builder()
                .ascii_case_insensitive(self.any_case)
                .build(self.words)
                .ok()
        };
        self.automaton
            .get_or_init(build)
            .as_ref()
            .is_none_or(|automaton| automaton.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_their_case_or_any() {
        static EXACT: Words = Words::exact(&[b"one", b"Two words"]);
        static ANY: Words = Words::any_case(&[b"one", b"two words"]);
        for (text, exact, any) in [
            (&b"someone"[..], true, true),
            (b"ONE", false, true),
            (b"say Two words", true, true),
            (b"say two wordS", false, true),
            (b"on e", false, false),
            (b"", false, false),
        ] {
            assert_eq!((EXACT.is_in(text), ANY.is_in(text)), (exact, any), "{text:?}");
        }
    }
}
