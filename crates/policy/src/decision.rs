//! The answer: allowed or not, and each condition with its verdict, reason, cure and proof.
//!
//! Reasons name persons, dates and assets: they are for the owner. An outsider is told [`OUTSIDER_MESSAGE`] and no more.

use std::fmt::Write;

use serde::Serialize;

/// The whole message to an outsider, whatever the reason.
pub const OUTSIDER_MESSAGE: &str = "denied";

macro_rules! conditions {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// A condition of access.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ConditionId {
            $($(#[$meta])* #[serde(rename = $text)] $variant,)+
        }

        impl ConditionId {
            /// Every condition, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The id, as in the policies.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

conditions! {
    /// A grant of the view to the recipient.
    Grant = "grant",
    /// The grant is not revoked.
    GrantStanding = "grant-standing",
    /// Now is inside the grant.
    GrantTerm = "grant-term",
    /// The view allows the action.
    GrantAction = "grant-action",
    /// Every agreement of the grant is in force.
    AgreementsInForce = "agreements-in-force",
    /// Every agreement is between the owner and the recipient's party.
    AgreementsParties = "agreements-parties",
    /// The grant rests on more than an undertaking.
    AgreementsKind = "agreements-kind",
    /// Every agreement covers every asset of the view.
    AgreementsAssets = "agreements-assets",
    /// Every agreement is for the purpose of the grant.
    AgreementsPurpose = "agreements-purpose",
    /// The person is active.
    PersonActive = "person-active",
    /// The person is a member of the recipient and of its party.
    PersonMember = "person-member",
    /// The person has signed an undertaking.
    Undertaking = "undertaking",
    /// The person has acknowledged policy and training.
    Training = "training",
    /// The owner consented to the subcontractor.
    SubcontractorConsent = "subcontractor-consent",
    /// Every link up to the owner carries the terms.
    SubcontractorFlowDown = "subcontractor-flow-down",
    /// The party's vetting is approved.
    Vetting = "vetting",
    /// A second person of the owner approved.
    SecondApprover = "second-approver",
    /// The sign-in is strong enough.
    StrongSignIn = "strong-sign-in",
    /// Nothing is on hold.
    NoHold = "no-hold",
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not; access is denied.
    NotMet,
    /// The owner does not require it, or it does not apply.
    NotRequired,
}

impl Verdict {
    /// The words in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotRequired => "not required",
        }
    }
}

/// One condition with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionVerdict {
    /// Which condition.
    pub id: ConditionId,
    /// Its number in the design, 1 to 7.
    pub number: u8,
    /// What it asks for.
    pub title: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why, with the values.
    pub reason: String,
    /// What would make it hold; only when it does not.
    pub cure: Option<String>,
    /// The reference of the entry that proves it.
    pub evidence: Option<String>,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whether access is allowed.
    pub allowed: bool,
    /// Every condition, in the order of [`ConditionId::ALL`].
    pub conditions: Vec<ConditionVerdict>,
    /// A fault of ours that made the decision a denial.
    pub fault: Option<String>,
}

impl Decision {
    /// Lists the conditions that are not met.
    pub fn not_met(&self) -> impl Iterator<Item = &ConditionVerdict> {
        self.conditions
            .iter()
            .filter(|condition| condition.verdict == Verdict::NotMet)
    }

    /// Finds a condition.
    pub fn condition(&self, id: ConditionId) -> Option<&ConditionVerdict> {
        self.conditions.iter().find(|condition| condition.id == id)
    }

    /// Writes the answer to `ringfence why`, for the owner. `question` is the request, as in `ada@x.example: read storefront`.
    pub fn explain(&self, question: &str) -> String {
        let mut text = String::new();
        let answer = if self.allowed { "allowed" } else { "denied" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{answer}: {}", printable(question));
        if let Some(fault) = &self.fault {
            let _ = writeln!(text, "fault of this program: {}", printable(fault));
        }
        for condition in &self.conditions {
            let verdict = condition.verdict.as_str();
            let _ = writeln!(
                text,
                "  {verdict:<12}  {}  {}: {}",
                condition.number,
                condition.title,
                printable(&condition.reason)
            );
            if let Some(cure) = &condition.cure {
                let _ = writeln!(text, "                   cure: {}", printable(cure));
            }
            if let Some(evidence) = &condition.evidence {
                let _ = writeln!(text, "                   entry: {}", printable(evidence));
            }
        }
        text
    }
}

/// Escapes control characters, so that a value cannot draw over the answer on a terminal.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '"' | '\'' | '\\') {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_debug());
        }
    }
    shown
}
