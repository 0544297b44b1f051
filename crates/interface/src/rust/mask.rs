//! Valid Rust that the grammar does not know, masked by bytes of the same length before parsing. The owner's bytes are what is delivered.
//!
//! INVARIANT: a masked text is used only where it has fewer syntax errors than the text itself; masks change no bracket, quote or comment.

use ringfence_syntax::{Language, SyntaxError, Tree, parse};

/// Parses a Rust text.
pub(super) fn parse_masked(language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
    let tree = parse(language, source)?;
    if tree.error_count() == 0 {
        return Ok(tree);
    }
    let Some(masked) = mask(source) else {
        return Ok(tree);
    };
    let other = parse(language, &masked)?;
    if other.error_count() < tree.error_count() {
        Ok(other)
    } else {
        Ok(tree)
    }
}

/// The text with what the grammar lacks made into what it knows; nothing when there is nothing of it.
fn mask(source: &[u8]) -> Option<Vec<u8>> {
    let mut masked = source.to_vec();
    let mut changed = false;
    for at in 0..source.len() {
        let rest = source.get(at..).unwrap_or_default();
        let before = source.get(..at).unwrap_or_default();
        // Negative numbers as const arguments: `ri8<-25, -1>`.
        if rest.first() == Some(&b'-') && rest.get(1).is_some_and(u8::is_ascii_digit) {
            let opener = before.trim_ascii_end().last();
            if matches!(opener, Some(b'<' | b','))
                && let Some(byte) = masked.get_mut(at)
            {
                *byte = b' ';
                changed = true;
            }
        }
        // The unit type in a bound: `where (): Trait`.
        if rest.starts_with(b"()") {
            let after = rest.get(2..).unwrap_or_default().trim_ascii_start();
            let bound = after.first() == Some(&b':') && after.get(1) != Some(&b':');
            if bound && let Some(unit) = masked.get_mut(at..at.saturating_add(2)) {
                unit.copy_from_slice(b"u8");
                changed = true;
            }
        }
    }
    changed.then_some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_grammar_lacks_is_parsed_at_its_place() {
        for source in [
            "type Hours = Ranged<-25, -1>;\nfn f() -> i8 { 1 }\n",
            "fn f<T>() where (): Target<T> {}\n",
        ] {
            let tree = parse_masked(Language::Rust, source.as_bytes()).unwrap();
            assert_eq!(tree.error_count(), 0, "{source}");
            assert_eq!(tree.root().unwrap().end() as usize, source.len());
        }
    }

    #[test]
    fn a_torn_text_stays_torn() {
        let source = b"fn f() { g(-1, -2); ";
        assert!(parse_masked(Language::Rust, source).unwrap().error_count() > 0);
    }
}
