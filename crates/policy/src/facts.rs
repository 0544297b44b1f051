//! The facts of one decision, as plain values.
//!
//! INVARIANT: an unknown fact is `None` or missing from its list, and then its condition is not met.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringfence_domain::agreement::{Agreement, AgreementState, Signature, agreement_state};
use ringfence_domain::choice::{Requirement, Role};
use ringfence_domain::estate::Grant;
use ringfence_domain::person::EmailAddress;
use ringfence_domain::view::Visibility;
use serde::{Deserialize, Serialize};

/// What a person wants to do with a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Clone or fetch.
    Read,
    /// Push.
    Write,
}

impl Action {
    /// The verb in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Something that happened, with the ledger entry that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The reference of the entry, as text.
    pub evidence: Option<String>,
}

/// Everything one decision depends on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The moment.
    pub now: Timestamp,
    /// What is asked for.
    pub action: Action,
    /// Who asks.
    pub person: PersonFacts,
    /// The team on whose behalf.
    pub recipient: RecipientFacts,
    /// For what.
    pub view: ViewFacts,
    /// The grant to decide by, if there is any.
    pub grant: Option<GrantFacts>,
    /// The agreements that the grant names, those that exist.
    pub agreements: Vec<AgreementFacts>,
    /// The undertakings that name the person as signatory.
    pub undertakings: Vec<AgreementFacts>,
    /// What the owner requires beyond that which cannot be dropped.
    pub require: BTreeSet<Requirement>,
    /// Whether the recipient's party is a vendor or a subcontractor.
    pub role: Option<Role>,
    /// For a subcontractor: each link of the chain up to the vendor.
    pub chain: Vec<ChainLink>,
    /// The parties of the chain that were offboarded.
    pub offboarded: Vec<(String, Event)>,
}

/// What is known of the person.
#[derive(Clone, Debug)]
pub struct PersonFacts {
    /// The address.
    pub email: EmailAddress,
    /// The party, if the person is declared.
    pub party: Option<String>,
    /// Why the person is not active, if so.
    pub deactivated: Option<Event>,
}

/// What is known of the recipient.
#[derive(Clone, Debug)]
pub struct RecipientFacts {
    /// The name.
    pub name: String,
    /// The party, if the recipient is declared.
    pub party: Option<String>,
    /// The members.
    pub members: BTreeSet<EmailAddress>,
}

/// What is known of the view.
#[derive(Clone, Debug)]
pub struct ViewFacts {
    /// The name.
    pub name: String,
    /// The highest visibility of its rules, if the view is declared.
    pub visibility: Option<Visibility>,
    /// The assets of its visible paths, if they have been listed.
    pub assets: Option<BTreeSet<String>>,
}

/// What is known of the grant.
#[derive(Clone, Debug)]
pub struct GrantFacts {
    /// The grant as declared.
    pub grant: Grant,
    /// Its revocation, if any.
    pub revoked: Option<Event>,
    /// The entry that records the grant.
    pub evidence: Option<String>,
}

/// What is known of one agreement.
#[derive(Clone, Debug)]
pub struct AgreementFacts {
    /// The agreement as declared.
    pub agreement: Agreement,
    /// The recorded signatures, under any terms.
    pub signatures: Vec<Signature>,
    /// The entries that record the signatures, as text.
    pub evidence: Option<String>,
}

impl AgreementFacts {
    /// Decides its state at a moment.
    pub fn state(&self, now: Timestamp) -> AgreementState {
        agreement_state(&self.agreement, &self.signatures, now)
    }
}

/// One link of a chain of subcontractors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLink {
    /// The subcontractor.
    pub party: String,
    /// The party it works for.
    pub of: String,
    /// The agreement of the owner, in force, that names the subcontractor.
    pub consent: Option<String>,
    /// The agreement, in force, that binds the subcontractor to the party it works for or to the owner.
    pub flow_down: Option<String>,
}
