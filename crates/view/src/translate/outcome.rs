//! What became of one file of a push, in the words that its two sides read.

use std::collections::BTreeSet;
use std::ops::Range;

use ringfence_mark::model::{Family, SiteId};

use super::spelling::Pins;

/// What became of one file of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The edit in the owner's text, with the proof kept as pins.
    Accepted(Accepted),
    /// The edit cannot be carried over without guessing.
    Conflict(Conflict),
}

/// The edit in the owner's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The owner's new text.
    pub text: Vec<u8>,
    /// All pins of this recipient and path from now on: the sites where the pushed variant is not the codeword's.
    pub pins: Pins,
    /// What the owner should look at; empty when the edit was applied and nothing else.
    pub flags: Vec<Flag>,
    /// Sites that this edit changed, removed or brought (never too few).
    pub touched: BTreeSet<SiteId>,
}

/// Something an owner should look at in an accepted result. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag {
    /// The vendor's spelling stays at a place that the edit touched in part.
    VendorTextKept {
        /// Kind of place.
        family: Family,
        /// Lines of the pushed file.
        pushed: Range<u32>,
        /// Lines of the owner's text before the edit.
        owner: Range<u32>,
    },
    /// The vendor's order of two neighbours stays, as something new stands between them or one of them changed too much.
    VendorOrderKept {
        /// Kind of place.
        family: Family,
        /// Lines of the pushed file.
        pushed: Range<u32>,
        /// Lines of the owner's text before the edit.
        owner: Range<u32>,
    },
    /// A line that the vendor was given in its own spelling was copied: the copy stays as it was pushed.
    VendorLineCopied {
        /// Lines of the pushed file.
        pushed: Range<u32>,
        /// Lines of the owner's text before the edit.
        owner: Range<u32>,
    },
    /// Lines beside a given spelling were laid out in a way that the owner's spelling may not call for: the layout stays as pushed.
    LayoutKept {
        /// Lines of the pushed file.
        pushed: Range<u32>,
        /// Lines of the owner's text before the edit.
        owner: Range<u32>,
    },
    /// The pushed file has syntax errors that the delivered one had not.
    DoesNotParse,
}

/// Why a file could not be translated, shown to each side in its own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What stands against it.
    pub reason: ConflictReason,
    /// Lines of the pushed file, from 1.
    pub pushed: Vec<Range<u32>>,
    /// Lines of the owner's text before the edit, from 1.
    pub owner: Vec<Range<u32>>,
}

/// What stands against a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConflictReason {
    /// No choice of spellings turns the result into the pushed text.
    #[error("the owner's text with this edit cannot be delivered as it was pushed")]
    NotRenderable,
    /// Two places that are one site need different spellings.
    #[error("two equal lines of one function were pushed in different spellings")]
    SpellingsDisagree,
    /// The edit parses and the base parses, but not the result.
    #[error("the edit parses where it was made but not in the owner's text")]
    BreaksSyntax,
    /// A text is larger than [`LARGEST_TEXT`], or its sites are nested too deeply.
    #[error("the file is too large or too deeply nested to translate")]
    BeyondLimits,
}

/// A request that contradicts itself: a fault of the caller, never of the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// The site table is not one of the base.
    #[error("site table does not fit the base text of {base_length} bytes")]
    ForeignTable {
        /// Length of the base text.
        base_length: usize,
    },
    /// The delivered text is not the rendering of the base.
    #[error("delivered text differs from the rendering of the base at byte {at}")]
    ForeignDelivery {
        /// First byte that differs.
        at: usize,
    },
}
