//! Finding the sites of an owner's text, once for all recipients, and seeing that a copy of it parses.
//!
//! INVARIANT: finding is a function of the owner's text alone; no bit is drawn before it is done.

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{ENGINE_VERSION, SiteTable};
use ringfence_mark::{Marking, site_table_as};
use ringfence_syntax::Language;

/// Finds the sites of a text; an empty table when it is too large or too odd to parse.
pub(crate) fn find_table(language: Language, marking: Marking, text: &[u8], anchor: &AnchorKey) -> SiteTable {
    site_table_as(language, marking, text, anchor).unwrap_or_else(|_| SiteTable {
        engine: ENGINE_VERSION,
        language,
        profile: marking.profile(),
        text_length: u32::try_from(text.len()).unwrap_or(u32::MAX),
        sites: Vec::new(),
    })
}

/// Tells whether `copy` parses with no more errors than `text`.
pub(super) fn parses_as_well(language: Language, text: &[u8], copy: &[u8]) -> bool {
    let errors = |bytes: &[u8]| ringfence_syntax::parse(language, bytes).map(|tree| tree.error_count());
    // Most copies have no error at all: then the owner's text need not be parsed to compare.
    match errors(copy) {
        Ok(0) => true,
        Ok(after) => errors(text).is_ok_and(|before| after <= before),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_mark::model::Profile;

    #[test]
    fn a_text_that_does_not_parse_within_bounds_has_no_sites() {
        let anchor = AnchorKey([7; 32]);
        let odd = vec![b'('; 3 << 20];
        assert!(
            find_table(Language::JavaScript, Profile::Robust.into(), &odd, &anchor)
                .sites
                .is_empty()
        );
        assert!(!parses_as_well(Language::Python, b"x = 1\n", b"x = (\n"));
    }
}
