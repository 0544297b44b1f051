//! How one recipient's copy of a text was marked, and as which language.
//!
//! INVARIANT: both are remembered with the copy. A later policy, epoch or engine decides about later copies only.

use ringfence_mark::Marking;
use ringfence_syntax::Language;

/// The first epoch of every recipient's key.
pub(crate) const FIRST_EPOCH: u32 = 1;
/// Stands before the epoch, in stored texts.
const EPOCH: &str = ", epoch ";
/// The stored text of a copy without marks.
const OFF: &str = "off";

/// The families that a copy was marked with, and the epoch of the recipient's key that chose the spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CopyMark {
    pub marking: Marking,
    pub epoch: u32,
}

impl CopyMark {
    /// The text in tables and cases: `robust`, `steady without braces`, `robust, epoch 2`.
    pub fn to_text(self) -> String {
        let marking = self.marking.to_text();
        if self.epoch == FIRST_EPOCH {
            marking
        } else {
            format!("{marking}{EPOCH}{}", self.epoch)
        }
    }

    /// Reads what [`CopyMark::to_text`] wrote; none: no marks.
    pub fn from_text(text: &str) -> Option<Self> {
        let (marking, epoch) = match text.split_once(EPOCH) {
            Some((marking, epoch)) => (marking, epoch.parse().ok()?),
            None => (text, FIRST_EPOCH),
        };
        Some(Self {
            marking: Marking::from_text(marking)?,
            epoch,
        })
    }
}

/// The stored text of a copy with marks or without.
pub(crate) fn mark_text(mark: Option<CopyMark>) -> String {
    mark.map_or_else(|| OFF.to_owned(), CopyMark::to_text)
}

/// What a person reads about the marks of a path.
pub(crate) fn marking_text(marking: Option<Marking>) -> String {
    marking.map_or_else(|| OFF.to_owned(), Marking::to_text)
}

/// The first engine that told a header of C++ that is called `.h` by its text. Engines before it took it for C and found no site.
const HEADERS_BY_TEXT: u16 = 3;

/// The language as which a copy was marked: a function of path and canonical text alone, but copies of earlier engines keep theirs.
pub(crate) fn language_of_copy(engine: &str, path: &[u8], text: &[u8]) -> Option<Language> {
    if knows_headers(engine) {
        Language::of_file(path, text)
    } else {
        Language::from_path(path)
    }
}

/// Whether the engine of a copy told headers by their text.
pub(crate) fn knows_headers(engine: &str) -> bool {
    engine
        .parse::<u16>()
        .is_ok_and(|engine| engine >= HEADERS_BY_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_domain::choice::{Choice as _, MarkFamily};
    use ringfence_mark::model::{Family, Profile};

    #[test]
    fn the_estate_knows_the_families_of_the_marks() {
        let declared: Vec<&str> = MarkFamily::all().iter().map(|family| family.as_str()).collect();
        let known: Vec<&str> = Family::ALL.iter().map(|family| family.name()).collect();
        assert_eq!(
            declared, known,
            "MarkFamily in crates/domain/src/choice.rs and Family::ALL in crates/mark/src/model.rs differ"
        );
    }

    #[test]
    fn a_copy_mark_reads_back_from_its_text() {
        let without = [Family::BlankLine, Family::CommentPeriod].into_iter().collect();
        for marking in [Profile::Steady.into(), Marking::new(Profile::Robust, without)] {
            for epoch in [1, 2, 17] {
                let mark = CopyMark { marking, epoch };
                assert_eq!(CopyMark::from_text(&mark.to_text()), Some(mark));
            }
        }
        // As every version before epochs and exclusions wrote it.
        let first = CopyMark {
            marking: Profile::Robust.into(),
            epoch: FIRST_EPOCH,
        };
        assert_eq!(first.to_text(), "robust");
        assert_eq!(mark_text(None), "off");
        for text in ["off", "robust, epoch", "robust, epoch x", ", epoch 2", ""] {
            assert_eq!(CopyMark::from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn headers_are_told_by_their_text_from_the_third_engine_on() {
        let text = b"namespace a {\nint f();\n}\n";
        assert_eq!(language_of_copy("3", b"a/b.h", text), Some(Language::Cpp));
        assert_eq!(language_of_copy("2", b"a/b.h", text), Some(Language::C));
        assert_eq!(
            language_of_copy("3", b"a/b.h", b"int f(void);\n"),
            Some(Language::C)
        );
    }
}
