//! Sites and site tables: the stored result of finding and gating, from which every recipient's copy is rendered.

use ringfence_syntax::Language;
use serde::{Deserialize, Serialize};

/// Version of the finder, the gates and the rendering. A new engine applies only to blobs first delivered after it.
pub const ENGINE_VERSION: u16 = 1;

/// HMAC over family, function name and the site's own lines. Equal ids are one site: one bit, counted once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SiteId(pub [u8; 16]);

impl std::fmt::Debug for SiteId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SiteId({})", hex::encode(self.0))
    }
}

/// One of the two spellings of a site, named by the family: the lexically smaller spelling is `Zero`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Variant {
    /// The lexically smaller spelling.
    Zero,
    /// The other one.
    One,
}

/// A kind of site. Names are stored in evidence: never rename, only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Order of adjacent functions or methods.
    FunctionOrder,
    /// Order of disjoint cases or match arms.
    CaseOrder,
    /// Order-free lists: derive, bounds, throws, unions, except.
    ListOrder,
    /// Keyed initialisers with pure values.
    InitialiserOrder,
    /// if/else swapped with exact negation.
    IfSwap,
    /// `a < b` against `b > a`, pure operands, no literal.
    Comparison,
    /// `i++`, `++i`, `i += 1` as a statement.
    Increment,
    /// Parentheses that precedence makes redundant.
    Parentheses,
    /// Braces around one statement.
    Braces,
    /// Case of hexadecimal digits.
    HexCase,
    /// `const T` against `T const`.
    QualifierOrder,
    /// `Self` against the type's name.
    SelfType,
    /// Equal spellings of one language.
    Idiom,
    /// Final period of a prose comment.
    CommentPeriod,
    /// Blank line between two statements.
    BlankLine,
}

/// Which families a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// All quiet families.
    Robust,
    /// No blank lines, no order, no if-swap: every line keeps its number.
    Steady,
}

/// A part of an alternative spelling: a copy of a range of the canonical text, or text of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Bytes `start..end` of the canonical text (sites inside it are rendered too).
    Source {
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// Literal text.
    Text(Vec<u8>),
}

/// A place with two equivalent spellings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Content-anchored id.
    pub id: SiteId,
    /// Kind of place.
    pub family: Family,
    /// First byte in the canonical text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Which variant the canonical text has.
    pub canonical: Variant,
    /// Which variant is the longer form (most tokens, then lexically greater token sequence): the direction of the eat and dead channels.
    pub long: Variant,
    /// The spelling that the canonical text does not have.
    pub alternative: Vec<Piece>,
    /// Index of the enclosing site in the table, when nested. The child lies inside one `Piece::Source` of its parent.
    pub parent: Option<u32>,
}

/// All gated sites of one canonical blob, laminar (nested or disjoint), sorted by (start, reversed end).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteTable {
    /// `ENGINE_VERSION` that made it.
    pub engine: u16,
    /// Language it was parsed as.
    pub language: Language,
    /// Families it holds.
    pub profile: Profile,
    /// Length of the canonical text in bytes.
    pub text_length: u32,
    /// The sites.
    pub sites: Vec<Site>,
}
