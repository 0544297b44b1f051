//! Sites and site tables: the stored result of finding and gating, from which every recipient's copy is rendered.

use ringfence_syntax::Language;
use serde::{Deserialize, Serialize};

/// Version of the finder, the gates and the rendering. A new engine applies only to blobs first delivered after it.
pub const ENGINE_VERSION: u16 = 4;

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
    /// A conditional expression swapped under the negated condition.
    Conditional,
    /// What follows a branch that leaves, under `else` or not.
    EarlyReturn,
    /// Order of neighbouring statements that set different names from values without effects.
    StatementOrder,
    /// What is left out and meant: `return` against `return None`, `raise E` against `raise E()`.
    BareReturn,
    /// `x += e` against `x = x + e`, where both are the same by the language.
    CompoundAssignment,
    /// A member named with or without `this.`, where both mean the same member.
    SelfQualifier,
    /// A modifier that is meant also when it is not written: `final`, `public`, `private`.
    Modifier,
    /// Imports from one place, together or one by one.
    ImportGroup,
}

/// What is fixed about a family.
struct Facts {
    /// Stored name: it enters ids and evidence, and is never changed.
    name: &'static str,
    /// Which of two overlapping candidates stays: the smaller number.
    priority: u8,
    /// Whether its variants neither move a statement nor add a line.
    is_steady: bool,
}

impl Family {
    /// All families, in the order in which they came.
    pub const ALL: [Self; 23] = [
        Self::FunctionOrder,
        Self::CaseOrder,
        Self::ListOrder,
        Self::InitialiserOrder,
        Self::IfSwap,
        Self::Comparison,
        Self::Increment,
        Self::Parentheses,
        Self::Braces,
        Self::HexCase,
        Self::QualifierOrder,
        Self::SelfType,
        Self::Idiom,
        Self::CommentPeriod,
        Self::BlankLine,
        Self::Conditional,
        Self::EarlyReturn,
        Self::StatementOrder,
        Self::BareReturn,
        Self::CompoundAssignment,
        Self::SelfQualifier,
        Self::Modifier,
        Self::ImportGroup,
    ];

    /// The only place besides its rules that a new family is written into.
    const fn facts(self) -> Facts {
        const fn of(name: &'static str, priority: u8, is_steady: bool) -> Facts {
            Facts {
                name,
                priority,
                is_steady,
            }
        }
        match self {
            Family::FunctionOrder => of("function-order", 0, false),
            Family::CaseOrder => of("case-order", 1, false),
            Family::IfSwap => of("if-swap", 2, false),
            Family::InitialiserOrder => of("initialiser-order", 3, false),
            Family::ListOrder => of("list-order", 4, false),
            Family::Braces => of("braces", 5, true),
            Family::Comparison => of("comparison", 6, true),
            Family::Parentheses => of("parentheses", 7, true),
            Family::Increment => of("increment", 8, true),
            Family::Idiom => of("idiom", 9, true),
            Family::QualifierOrder => of("qualifier-order", 10, true),
            Family::SelfType => of("self-type", 11, true),
            Family::HexCase => of("hex-case", 12, true),
            Family::CommentPeriod => of("comment-period", 13, true),
            Family::BlankLine => of("blank-line", 14, false),
            // Behind the families of the first engine where they compete, but before what is read less well.
            Family::Conditional => of("conditional", 3, true),
            Family::EarlyReturn => of("early-return", 3, false),
            Family::StatementOrder => of("statement-order", 4, false),
            Family::BareReturn => of("bare-return", 9, true),
            Family::CompoundAssignment => of("compound-assignment", 8, true),
            Family::SelfQualifier => of("self-qualifier", 11, true),
            Family::Modifier => of("modifier", 9, true),
            Family::ImportGroup => of("import-group", 4, false),
        }
    }

    /// The family's stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Which of two overlapping candidates stays: that of the smaller number.
    pub(crate) const fn priority(self) -> u8 {
        self.facts().priority
    }

    /// Tells whether a piece that a site of this family copies may be given another name by the grammar: `a, b` is a list of expressions or the
    /// inside of a tuple, a statement is the whole of a new block.
    pub(crate) const fn renames_pieces(self) -> bool {
        matches!(
            self,
            Family::Idiom
                | Family::Increment
                | Family::EarlyReturn
                | Family::BareReturn
                | Family::CompoundAssignment
                | Family::SelfQualifier
                | Family::Modifier
                | Family::ImportGroup
        )
    }

    /// Tells whether the family's variants never move a line break or a statement.
    #[must_use]
    pub const fn is_steady(self) -> bool {
        self.facts().is_steady
    }
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
