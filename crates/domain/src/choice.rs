//! The closed sets of words of an estate: each is an enum, its text in files and messages, and the list of all.
//!
//! One definition yields the type, its texts, its serde form and what the reader of estates offers on a typing error.

use std::fmt::Debug;

/// Names a closed set of words and finds one by its text.
pub trait Choice: Copy + Debug + 'static {
    /// Every value, in the order in which it is offered to a person.
    fn all() -> &'static [Self];

    /// The text in estate files, pages and messages.
    fn as_str(self) -> &'static str;

    /// Finds the value with exactly this text.
    fn from_text(text: &str) -> Option<Self> {
        Self::all().iter().copied().find(|value| value.as_str() == text)
    }
}

macro_rules! choices {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl Choice for $name {
            fn all() -> &'static [Self] {
                &[$(Self::$variant,)+]
            }

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

choices! {
    /// A condition that an owner may require or drop in `[policy] require`.
    Requirement {
        /// Every agreement a grant rests on is in force; cannot be dropped.
        Agreement = "agreement",
        /// The person has signed an individual undertaking.
        Undertaking = "undertaking",
        /// The person has a valid acknowledgement of the current policy and training.
        Training = "training",
        /// The party's vetting is approved and not overdue.
        Vetting = "vetting",
        /// A second person of the owner approved the grant.
        SecondApprover = "second-approver",
        /// The strength of the sign-in meets the sensitivity of the assets.
        StrongSignIn = "strong-sign-in",
    }
}

choices! {
    /// What documentation comments of visible items become in interface files.
    #[derive(Default)]
    InterfaceDocs {
        /// They stay whole.
        #[default]
        Full = "full",
        /// Their first paragraph stays.
        FirstParagraph = "first-paragraph",
        /// They go.
        None = "none",
    }
}

choices! {
    /// What sort of thing an asset is.
    AssetKind {
        /// Source code.
        SourceCode = "source-code",
        /// A schema.
        Schema = "schema",
        /// The specification of an interface.
        ApiSpecification = "api-specification",
        /// An algorithm.
        Algorithm = "algorithm",
        /// A design.
        Design = "design",
        /// Branding.
        Branding = "branding",
        /// Business logic.
        BusinessLogic = "business-logic",
        /// A workflow or pipeline.
        Workflow = "workflow",
        /// A data model.
        DataModel = "data-model",
        /// A dataset.
        Dataset = "dataset",
        /// A record of a trade secret.
        TradeSecretRecord = "trade-secret-record",
        /// Architecture and documentation.
        Documentation = "documentation",
        /// Training data.
        TrainingData = "training-data",
        /// A trained model.
        Model = "model",
    }
}

choices! {
    /// The right that protects an asset.
    Protection {
        /// Kept secret by reasonable measures.
        TradeSecret = "trade-secret",
        /// Copyright.
        Copyright = "copyright",
        /// A patent or an application for one.
        Patent = "patent",
        /// A trademark.
        Trademark = "trademark",
    }
}

choices! {
    /// Where an asset comes from.
    Origin {
        /// The owner's, unpublished.
        OwnSecret = "own-secret",
        /// The owner's, published.
        OwnPublic = "own-public",
        /// Somebody else's.
        ThirdParty = "third-party",
        /// What a vendor brought along.
        VendorBackground = "vendor-background",
    }
}

choices! {
    /// How much harm the disclosure of an asset does, from none upwards.
    Sensitivity {
        /// Anybody may know it.
        Public = "public",
        /// Known inside the owner.
        Internal = "internal",
        /// Known to those who need it.
        Confidential = "confidential",
        /// Known to named persons.
        Restricted = "restricted",
    }
}

choices! {
    /// How a party stands to the owner.
    Role {
        /// Contracts with the owner.
        Vendor = "vendor",
        /// Contracts with another party.
        Subcontractor = "subcontractor",
    }
}

choices! {
    /// The kind of an agreement.
    AgreementKind {
        /// Non-disclosure agreement.
        Nda = "nda",
        /// Undertaking of one person.
        Undertaking = "undertaking",
        /// Master services agreement.
        Msa = "msa",
        /// Statement of work.
        Sow = "sow",
        /// Licence to the vendor.
        Licence = "licence",
        /// Assignment of rights.
        Assignment = "assignment",
        /// Data-processing agreement.
        Dpa = "dpa",
    }
}

choices! {
    /// What becomes of commit messages in a view.
    Messages {
        /// Replaced by a neutral text.
        Neutral = "neutral",
        /// Passed as they are.
        Keep = "keep",
    }
}

choices! {
    /// What becomes of authors in a view.
    Authors {
        /// Replaced by the owner's role address.
        Role = "role",
        /// Passed as they are.
        Keep = "keep",
    }
}

choices! {
    /// A family of marks that a policy may leave out. The families themselves are of `ringfence-mark`, which this crate does not know: a test of
    /// `ringfence-app` holds the two lists together.
    MarkFamily {
        /// Order of neighbouring functions or methods.
        FunctionOrder = "function-order",
        /// Order of disjoint cases or match arms.
        CaseOrder = "case-order",
        /// Order of lists whose order means nothing.
        ListOrder = "list-order",
        /// Order of keyed initialisers with pure values.
        InitialiserOrder = "initialiser-order",
        /// `if` and `else` swapped under the negated condition.
        IfSwap = "if-swap",
        /// `a < b` against `b > a`.
        Comparison = "comparison",
        /// `i++`, `++i`, `i += 1` as a statement.
        Increment = "increment",
        /// Parentheses that precedence makes redundant.
        Parentheses = "parentheses",
        /// Braces around one statement.
        Braces = "braces",
        /// Case of hexadecimal digits.
        HexCase = "hex-case",
        /// `const T` against `T const`.
        QualifierOrder = "qualifier-order",
        /// `Self` against the type's name.
        SelfType = "self-type",
        /// Equal spellings of one language.
        Idiom = "idiom",
        /// Final period of a prose comment.
        CommentPeriod = "comment-period",
        /// Blank line between two statements.
        BlankLine = "blank-line",
        /// A conditional expression swapped under the negated condition.
        Conditional = "conditional",
        /// What follows a branch that leaves, under `else` or not.
        EarlyReturn = "early-return",
        /// Order of neighbouring statements that do not touch each other.
        StatementOrder = "statement-order",
        /// What is left out and meant, as `return` for `return None`.
        BareReturn = "bare-return",
        /// `x += e` against `x = x + e`, where both are the same.
        CompoundAssignment = "compound-assignment",
        /// A member with or without `this.`.
        SelfQualifier = "self-qualifier",
        /// A modifier that is meant also when it is not written.
        Modifier = "modifier",
        /// Imports from one place, together or one by one.
        ImportGroup = "import-group",
    }
}
