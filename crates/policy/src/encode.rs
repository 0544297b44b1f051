//! Facts as Cedar sees them: entities and context, every attribute present only when the fact is known.
//!
//! Does the set algebra that Cedar has no quantifiers for (which agreements are in force, which assets each of them covers); what
//! follows from the sets is decided by the policies. Persons have no name here, so no diagnostic can show one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ringfence_domain::agreement::{end_of_day, start_of_day};
use ringfence_domain::choice::{AgreementKind, Choice};
use ringfence_domain::estate::OWNER;
use ringfence_domain::view::Visibility;

use crate::facts::{Action, Facts};

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Boolean(bool),
    Number(i64),
    Text(String),
    Texts(BTreeSet<String>),
    Recipient(String),
    View(String),
    Record(Attributes),
}

pub(crate) type Attributes = BTreeMap<&'static str, Value>;

/// One request to Cedar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) action: Action,
    pub(crate) recipient_name: String,
    pub(crate) view_name: String,
    pub(crate) is_member: bool,
    pub(crate) person: Attributes,
    pub(crate) recipient: Attributes,
    pub(crate) view: Attributes,
    pub(crate) context: Attributes,
}

pub(crate) fn encode(facts: &Facts) -> Encoded {
    Encoded {
        action: facts.action,
        recipient_name: facts.recipient.name.clone(),
        view_name: facts.view.name.clone(),
        is_member: facts.recipient.members.contains(&facts.person.email),
        person: attributes([
            ("party", facts.person.party.clone().map(Value::Text)),
            (
                "active",
                facts
                    .person
                    .party
                    .is_some()
                    .then(|| Value::Boolean(facts.person.deactivated.is_none())),
            ),
        ]),
        recipient: attributes([("party", facts.recipient.party.clone().map(Value::Text))]),
        view: attributes([
            (
                "visibility",
                facts
                    .view
                    .visibility
                    .map(|visibility| Value::Number(rank(visibility))),
            ),
            ("assets", facts.view.assets.clone().map(Value::Texts)),
        ]),
        context: context(facts),
    }
}

fn attributes<const N: usize>(pairs: [(&'static str, Option<Value>); N]) -> Attributes {
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn rank(visibility: Visibility) -> i64 {
    match visibility {
        Visibility::Hidden => 0,
        Visibility::Interface => 1,
        Visibility::Read => 2,
        Visibility::Write => 3,
    }
}

fn milliseconds(moment: Timestamp) -> Value {
    Value::Number(moment.as_millisecond())
}

fn context(facts: &Facts) -> Attributes {
    let ids = |wanted: &dyn Fn(&crate::facts::AgreementFacts) -> bool| {
        let found = facts.agreements.iter().filter(|agreement| wanted(agreement));
        Some(Value::Texts(
            found.map(|agreement| agreement.agreement.id.clone()).collect(),
        ))
    };
    let has_parties = |agreement: &crate::facts::AgreementFacts| {
        let party = facts.recipient.party.as_deref();
        agreement.agreement.has_party(OWNER)
            && party.is_some_and(|party| agreement.agreement.has_party(party))
    };
    let grant = facts.grant.as_ref().map(|found| {
        let grant = &found.grant;
        Value::Record(attributes([
            ("recipient", Some(Value::Recipient(grant.recipient.clone()))),
            ("view", Some(Value::View(grant.view.clone()))),
            ("from", Some(milliseconds(start_of_day(grant.from)))),
            ("until", Some(milliseconds(end_of_day(grant.until)))),
            ("revoked", Some(Value::Boolean(found.revoked.is_some()))),
            ("purpose", Some(Value::Text(grant.purpose.clone()))),
            (
                "agreements",
                Some(Value::Texts(grant.agreements.iter().cloned().collect())),
            ),
        ]))
    });
    let links = |wanted: &dyn Fn(&crate::facts::ChainLink) -> bool| {
        Some(Value::Texts(
            facts
                .chain
                .iter()
                .filter(|link| wanted(link))
                .map(|link| link.party.clone())
                .collect(),
        ))
    };
    attributes([
        ("now", Some(milliseconds(facts.now))),
        ("recipient", Some(Value::Recipient(facts.recipient.name.clone()))),
        ("grant", grant),
        (
            "in_force",
            ids(&|agreement| agreement.state(facts.now).is_in_force()),
        ),
        ("between_parties", ids(&has_parties)),
        (
            "beyond_undertakings",
            ids(&|agreement| agreement.agreement.kind != AgreementKind::Undertaking),
        ),
        ("covered_assets", Some(Value::Texts(covered_assets(facts)))),
        (
            "purposes",
            Some(Value::Texts(
                facts
                    .agreements
                    .iter()
                    .map(|agreement| agreement.agreement.purpose.clone())
                    .collect(),
            )),
        ),
        (
            "required",
            Some(Value::Texts(
                facts
                    .require
                    .iter()
                    .map(|requirement| requirement.as_str().to_owned())
                    .collect(),
            )),
        ),
        (
            "undertaking_in_force",
            Some(Value::Boolean(undertaking_in_force(facts).is_some())),
        ),
        (
            "role",
            facts.role.map(|role| Value::Text(role.as_str().to_owned())),
        ),
        ("chain", links(&|_| true)),
        ("chain_consented", links(&|link| link.consent.is_some())),
        ("chain_flows_down", links(&|link| link.flow_down.is_some())),
        (
            "offboarded",
            Some(Value::Texts(
                facts.offboarded.iter().map(|(party, _)| party.clone()).collect(),
            )),
        ),
    ])
}

/// The assets of the view that each agreement of the grant covers; none when there is no agreement.
pub(crate) fn covered_assets(facts: &Facts) -> BTreeSet<String> {
    if facts.agreements.is_empty() {
        return BTreeSet::new();
    }
    let assets = facts.view.assets.iter().flatten();
    let is_covered = |asset: &&String| {
        facts
            .agreements
            .iter()
            .all(|agreement| agreement.agreement.covers_asset(asset))
    };
    assets.filter(is_covered).cloned().collect()
}

/// The undertaking of the person that is in force.
pub(crate) fn undertaking_in_force(facts: &Facts) -> Option<&crate::facts::AgreementFacts> {
    use ringfence_domain::agreement::Signatory;
    let signatory = Signatory::Person(facts.person.email.clone());
    facts.undertakings.iter().find(|undertaking| {
        undertaking.agreement.kind == AgreementKind::Undertaking
            && undertaking.agreement.signatories.contains(&signatory)
            && undertaking.state(facts.now).is_in_force()
    })
}
