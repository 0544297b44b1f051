//! Facts out of an estate and the records of acts: which grant, which agreements, which chain.
//!
//! INVARIANT: what is unknown stays unknown; nothing is filled in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ringfence_domain::Estate;
use ringfence_domain::agreement::{Agreement, Signatory, Signature, end_of_day, start_of_day};
use ringfence_domain::choice::{AgreementKind, Role};
use ringfence_domain::estate::{Grant, OWNER};
use ringfence_domain::person::EmailAddress;

use crate::facts::{
    Action, AgreementFacts, ChainLink, Event, Facts, GrantFacts, PersonFacts, RecipientFacts, ViewFacts,
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub person: &'a EmailAddress,
    /// On behalf of which team.
    pub recipient: &'a str,
    /// For which view.
    pub view: &'a str,
    /// To do what.
    pub action: Action,
    /// The assets of the view's visible paths; `None` when they have not been listed.
    pub assets: Option<BTreeSet<String>>,
    /// The moment.
    pub now: Timestamp,
}

/// The acts of persons that the ledger holds, as far as access depends on them.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// By id of the agreement: the signatures under any terms.
    pub signatures: BTreeMap<String, Vec<SignatureRecord>>,
    /// By name of the grant ([`Grant::name`]): the entry that records it.
    pub grants: BTreeMap<String, String>,
    /// By name of the grant: its revocation.
    pub revoked_grants: BTreeMap<String, Event>,
    /// By party.
    pub offboarded: BTreeMap<String, Event>,
    /// By person.
    pub deactivated: BTreeMap<EmailAddress, Event>,
}

/// One signature as recorded.
#[derive(Clone, Debug)]
pub struct SignatureRecord {
    /// The signature.
    pub signature: Signature,
    /// The operator signed for somebody else.
    pub vouched: bool,
    /// The reference of the entry, as text.
    pub evidence: Option<String>,
}

/// Lists the recipients for which a person may have meant a view: member of the recipient, and the recipient has a grant of the
/// view. Those whose grant is in its term at `now` come first.
pub fn recipients_for<'a>(
    estate: &'a Estate,
    person: &EmailAddress,
    view: &str,
    now: Timestamp,
) -> Vec<&'a str> {
    let mut found: Vec<(bool, &str)> = estate
        .recipients
        .iter()
        .filter(|recipient| recipient.members.contains(person))
        .filter_map(|recipient| {
            let grant = grant_for(estate, &recipient.name, view, now)?;
            Some((!is_in_term(grant, now), recipient.name.as_str()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

fn is_in_term(grant: &Grant, now: Timestamp) -> bool {
    start_of_day(grant.from) <= now && now < end_of_day(grant.until)
}

/// Chooses the grant to decide by: the one whose term holds now (there is at most one), else the next to come, else the last.
pub fn grant_for<'a>(estate: &'a Estate, recipient: &str, view: &str, now: Timestamp) -> Option<&'a Grant> {
    let of_pair = || {
        estate
            .grants
            .iter()
            .filter(|grant| grant.recipient == recipient && grant.view == view)
    };
    of_pair()
        .find(|grant| is_in_term(grant, now))
        .or_else(|| {
            of_pair()
                .filter(|grant| start_of_day(grant.from) > now)
                .min_by_key(|grant| grant.from)
        })
        .or_else(|| of_pair().max_by_key(|grant| grant.until))
}

/// Gathers the facts of one request.
pub fn gather(estate: &Estate, records: &Records, request: &Request<'_>) -> Facts {
    let person = estate.person(request.person);
    let recipient = estate.recipient(request.recipient);
    let view = estate.view(request.view);
    let grant = grant_for(estate, request.recipient, request.view, request.now);
    let of_agreement = |agreement: &Agreement| agreement_facts(agreement, records);
    let named = grant
        .iter()
        .flat_map(|grant| &grant.agreements)
        .filter_map(|id| estate.agreement(id));
    let party = recipient.map(|recipient| recipient.party.as_str());
    let chain = party.map(|party| estate.chain(party)).unwrap_or_default();
    Facts {
        now: request.now,
        action: request.action,
        person: PersonFacts {
            email: request.person.clone(),
            party: person.map(|person| person.party.clone()),
            deactivated: records.deactivated.get(request.person).cloned(),
        },
        recipient: RecipientFacts {
            name: request.recipient.to_owned(),
            party: party.map(str::to_owned),
            members: recipient
                .map(|recipient| recipient.members.iter().cloned().collect())
                .unwrap_or_default(),
        },
        view: ViewFacts {
            name: request.view.to_owned(),
            visibility: view.map(|view| view.highest_visibility()),
            assets: request.assets.clone(),
        },
        grant: grant.map(|grant| GrantFacts {
            grant: grant.clone(),
            revoked: records.revoked_grants.get(&grant.name()).cloned(),
            evidence: records.grants.get(&grant.name()).cloned(),
        }),
        agreements: named.map(of_agreement).collect(),
        undertakings: undertakings_of(estate, request.person)
            .map(of_agreement)
            .collect(),
        require: estate.policy.require.clone(),
        role: chain.first().map(|party| party.role),
        offboarded: chain
            .iter()
            .filter_map(|party| Some((party.name.clone(), records.offboarded.get(&party.name)?.clone())))
            .collect(),
        chain: chain
            .iter()
            .filter(|party| party.role == Role::Subcontractor)
            .map(|party| link(estate, records, request.now, party))
            .collect(),
    }
}

fn agreement_facts(agreement: &Agreement, records: &Records) -> AgreementFacts {
    let recorded = records
        .signatures
        .get(&agreement.id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let references: Vec<String> = recorded
        .iter()
        .filter_map(|record| {
            let reference = record.evidence.as_ref()?;
            Some(if record.vouched {
                format!("{reference} (vouched for)")
            } else {
                reference.clone()
            })
        })
        .collect();
    AgreementFacts {
        agreement: agreement.clone(),
        signatures: recorded.iter().map(|record| record.signature.clone()).collect(),
        evidence: (!references.is_empty()).then(|| references.join(", ")),
    }
}

fn undertakings_of<'a>(estate: &'a Estate, person: &EmailAddress) -> impl Iterator<Item = &'a Agreement> {
    let signatory = Signatory::Person(person.clone());
    estate.agreements.iter().filter(move |agreement| {
        agreement.kind == AgreementKind::Undertaking && agreement.signatories.contains(&signatory)
    })
}

fn link(
    estate: &Estate,
    records: &Records,
    now: Timestamp,
    party: &ringfence_domain::estate::Party,
) -> ChainLink {
    let of = party.of.clone().unwrap_or_default();
    let in_force = |test: &dyn Fn(&Agreement) -> bool| {
        let candidates = estate
            .agreements
            .iter()
            .filter(|agreement| agreement.kind != AgreementKind::Undertaking && test(agreement));
        let mut in_force =
            candidates.filter(|agreement| agreement_facts(agreement, records).state(now).is_in_force());
        in_force.next().map(|agreement| agreement.id.clone())
    };
    ChainLink {
        consent: in_force(&|agreement| {
            agreement.has_party(OWNER) && agreement.subcontractors.contains(&party.name)
        }),
        flow_down: in_force(&|agreement| {
            agreement.has_party(&party.name) && (agreement.has_party(&of) || agreement.has_party(OWNER))
        }),
        party: party.name.clone(),
        of,
    }
}
