//! The estate: everything the owner has declared, as plain values, and its one way in from text.
//!
//! Reads one TOML text or several; lists every problem with line and column instead of stopping at the first. What passed
//! [`Estate::parse`] obeys all rules of `rules.rs`. Facts that need a person's act are no part of it.

mod marks;
mod nearest;
mod problem;
mod read;
mod rules;
mod sections;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use problem::{EstateErrors, Problem};

use crate::agreement::Agreement;
use crate::choice::{AssetKind, Choice, Origin, Protection, Requirement, Role, Sensitivity};
use crate::person::EmailAddress;
use crate::view::View;

/// The name by which agreements and persons mean the owner itself.
pub const OWNER: &str = "owner";

/// Everything the owner has declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estate {
    /// The version of the format; 1.
    pub version: u32,
    /// The company whose property it is.
    pub owner: Owner,
    /// What every access needs.
    pub policy: AccessPolicy,
    /// The repositories.
    pub repositories: Vec<Repository>,
    /// The assets that are listed by name.
    pub assets: Vec<Asset>,
    /// The vendors and subcontractors.
    pub parties: Vec<Party>,
    /// The persons.
    pub persons: Vec<Person>,
    /// The teams, including the default one of each party that lists none.
    pub recipients: Vec<Recipient>,
    /// The agreements.
    pub agreements: Vec<Agreement>,
    /// The views.
    pub views: Vec<View>,
    /// The grants.
    pub grants: Vec<Grant>,
}

/// The company whose property it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The name as it appears on paper.
    pub name: String,
    /// The two-letter country code.
    pub country: String,
}

/// What every access needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPolicy {
    /// The conditions that the owner wants; those that cannot be dropped hold also when not listed.
    pub require: BTreeSet<Requirement>,
    /// The operator may sign and issue tokens for others; shown as vouched for.
    pub allow_vouched: bool,
}

impl Default for AccessPolicy {
    fn default() -> Self {
        Self {
            require: Requirement::all().iter().copied().collect(),
            allow_vouched: false,
        }
    }
}

/// A repository of the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The name.
    pub name: String,
    /// A path or an address that git can fetch from.
    pub source: String,
    /// The tracked branch.
    pub branch: String,
}

/// A named thing of value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The name.
    pub name: String,
    /// What sort of thing it is.
    pub kind: AssetKind,
    /// The rights that protect it.
    pub protection: Vec<Protection>,
    /// Where it comes from.
    pub origin: Origin,
    /// How much harm its disclosure does.
    pub sensitivity: Sensitivity,
    /// The repository its paths lie in.
    #[serde(default)]
    pub repository: Option<String>,
    /// Gitignore globs of its paths.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// A company that works for the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The name.
    pub name: String,
    /// How it stands to the owner.
    pub role: Role,
    /// The party a subcontractor works for.
    #[serde(default)]
    pub of: Option<String>,
    /// The two-letter country code.
    pub country: String,
}

/// A person of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The address by which the person is known.
    pub email: EmailAddress,
    /// The party, or `owner`.
    pub party: String,
}

/// A team of one party: the unit that gets its own marked copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The name.
    pub name: String,
    /// The party.
    pub party: String,
    /// The persons, all of that party.
    pub members: Vec<EmailAddress>,
}

/// A permission for a recipient to use a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The recipient.
    pub recipient: String,
    /// The view.
    pub view: String,
    /// The agreements it rests on; all must be in force.
    pub agreements: Vec<String>,
    /// The purpose, compared exactly with that of each agreement.
    pub purpose: String,
    /// The first day, UTC.
    pub from: Date,
    /// The last day, inclusive, UTC.
    pub until: Date,
}

impl Grant {
    /// The name of a grant in plans and entries: `recipient/view/first day`; unique, as grants of a pair do not overlap.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.recipient, self.view, self.from)
    }
}

impl Estate {
    /// Reads an estate from one text; `source` names it in problems.
    pub fn parse(text: &str, source: &str) -> Result<Self, EstateErrors> {
        Self::parse_many([(source, text)])
    }

    /// Reads an estate from several texts as `(name, text)`; `version`, `[owner]` and `[policy]` stand in one of them each.
    pub fn parse_many<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, EstateErrors> {
        sections::read_estate(texts)
    }

    /// Finds a repository by name.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories
            .iter()
            .find(|repository| repository.name == name)
    }

    /// Finds an asset by name; implicit assets are not listed.
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.name == name)
    }

    /// Finds a party by name; `owner` is not listed.
    pub fn party(&self, name: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.name == name)
    }

    /// Finds a person by address.
    pub fn person(&self, email: &EmailAddress) -> Option<&Person> {
        self.persons.iter().find(|person| person.email == *email)
    }

    /// The agreements under which a recipient has a view, in order, each once: what a header line names.
    #[must_use]
    pub fn header_agreements(&self, view: &str, recipient: &str) -> Vec<&str> {
        let grants = self
            .grants
            .iter()
            .filter(|grant| grant.view == view && grant.recipient == recipient);
        let all: BTreeSet<&str> = grants
            .flat_map(|grant| &grant.agreements)
            .map(String::as_str)
            .collect();
        all.into_iter().collect()
    }

    /// Finds a recipient by name.
    pub fn recipient(&self, name: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.name == name)
    }

    /// Finds an agreement by id.
    pub fn agreement(&self, id: &str) -> Option<&Agreement> {
        self.agreements.iter().find(|agreement| agreement.id == id)
    }

    /// Finds a view by name.
    pub fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.name == name)
    }

    /// Lists the chain from a party up to the one that contracts with the owner: the party itself first. Bounded by the
    /// number of parties, so a cycle that slipped past the rules ends it too.
    pub fn chain<'a>(&'a self, party: &'a str) -> Vec<&'a Party> {
        let mut chain: Vec<&Party> = Vec::new();
        let mut next = Some(party);
        while let Some(found) = next.and_then(|name| self.party(name)) {
            if chain.len() >= self.parties.len() {
                break;
            }
            chain.push(found);
            next = found.of.as_deref();
        }
        chain
    }
}
