//! Agreements and grants: who, what, and from when until when.

use std::collections::{BTreeMap, BTreeSet};

use super::check_distinct;
use super::names::{check_country, check_purpose, check_reference};
use crate::agreement::{Agreement, EVERY_ASSET, Signatory};
use crate::asset::implicit_asset;
use crate::choice::{AgreementKind, Role};
use crate::estate::read::Report;
use crate::estate::{Estate, OWNER};

pub(super) fn check_agreements(estate: &Estate, report: &mut Report) {
    let implicit: Vec<String> = estate
        .repositories
        .iter()
        .map(|repository| implicit_asset(&repository.name))
        .collect();
    let assets = || {
        let listed = estate.assets.iter().map(|asset| asset.name.as_str());
        listed
            .chain(implicit.iter().map(String::as_str))
            .chain(std::iter::once(EVERY_ASSET))
    };
    let parties = || {
        estate
            .parties
            .iter()
            .map(|party| party.name.as_str())
            .chain(std::iter::once(OWNER))
    };
    for (index, agreement) in estate.agreements.iter().enumerate() {
        let item = format!("agreement[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        for (place, party) in agreement.parties.iter().enumerate() {
            check_reference(
                report,
                &format!("{item}.parties[{place}]"),
                "party",
                party,
                parties(),
            );
        }
        check_distinct(
            report,
            &format!("{item}.parties"),
            agreement.parties.iter().cloned(),
        );
        if agreement.parties.len() < 2 {
            let help = "write for instance parties = [\"owner\", \"nordwind\"]".to_owned();
            report.note_at(
                &format!("{item}.parties"),
                format!("agreement {:?} has fewer than two parties", agreement.id),
                Some(help),
            );
        }
        check_signatories(estate, report, &item, agreement);
        if agreement.effective > agreement.ends {
            let message = format!(
                "agreement {:?} ends on {}, before it is effective on {}",
                agreement.id, agreement.ends, agreement.effective
            );
            report.note_at(&format!("{item}.ends"), message, None);
        }
        check_purpose(report, &format!("{item}.purpose"), &agreement.purpose);
        for (place, asset) in agreement.assets.iter().enumerate() {
            check_reference(
                report,
                &format!("{item}.assets[{place}]"),
                "asset",
                asset,
                assets(),
            );
        }
        check_distinct(
            report,
            &format!("{item}.assets"),
            agreement.assets.iter().cloned(),
        );
        if agreement.assets.is_empty() && agreement.kind != AgreementKind::Undertaking {
            let help = "list assets, or write assets = [\"*\"] for all".to_owned();
            report.note_at(
                &format!("{item}.assets"),
                format!("agreement {:?} covers no asset", agreement.id),
                Some(help),
            );
        }
        if let Some(law) = &agreement.governing_law {
            check_country(report, &format!("{item}.governing_law"), law);
        }
        for (place, name) in agreement.subcontractors.iter().enumerate() {
            let path = format!("{item}.subcontractors[{place}]");
            match estate.party(name) {
                Some(party) if party.role != Role::Subcontractor => {
                    report.note_at(
                        &path,
                        format!("{name:?} is a {}, not a subcontractor", party.role),
                        None,
                    );
                }
                Some(_) => {}
                None => check_reference(
                    report,
                    &path,
                    "party",
                    name,
                    estate.parties.iter().map(|party| party.name.as_str()),
                ),
            }
        }
        check_distinct(
            report,
            &format!("{item}.subcontractors"),
            agreement.subcontractors.iter().cloned(),
        );
    }
}

fn check_signatories(estate: &Estate, report: &mut Report, item: &str, agreement: &Agreement) {
    let mut signing: BTreeSet<&str> = BTreeSet::new();
    let mut all_known = true;
    for (place, signatory) in agreement.signatories.iter().enumerate() {
        let path = format!("{item}.signatories[{place}]");
        let (party, who) = match signatory {
            Signatory::Owner => (OWNER, "the owner".to_owned()),
            Signatory::Person(email) => match estate.person(email) {
                Some(person) => (
                    person.party.as_str(),
                    format!("{:?} of {:?}", email.reveal(), person.party),
                ),
                None => {
                    all_known = false;
                    let emails = estate.persons.iter().map(|person| person.email.reveal());
                    check_reference(report, &path, "person", email.reveal(), emails);
                    continue;
                }
            },
        };
        signing.insert(party);
        if !agreement.has_party(party) {
            let message = format!(
                "{who} signs agreement {:?}, whose parties are {}",
                agreement.id,
                agreement.parties.join(", ")
            );
            report.note_at(
                &path,
                message,
                Some(format!("add {party:?} to parties, or drop the signatory")),
            );
        }
    }
    check_distinct(
        report,
        &format!("{item}.signatories"),
        agreement
            .signatories
            .iter()
            .map(|signatory| signatory.reveal().to_owned()),
    );
    if agreement.kind == AgreementKind::Undertaking {
        let persons = agreement
            .signatories
            .iter()
            .filter(|signatory| matches!(signatory, Signatory::Person(_)))
            .count();
        if persons != 1 {
            let message = format!(
                "undertaking {:?} is signed by {persons} persons, an undertaking is that of one",
                agreement.id
            );
            report.note_at(&format!("{item}.signatories"), message, None);
        }
        return;
    }
    for party in agreement
        .parties
        .iter()
        .filter(|party| all_known && !signing.contains(party.as_str()))
    {
        let message = format!(
            "nobody signs agreement {:?} for its party {party:?}",
            agreement.id
        );
        let help = if party == OWNER {
            "add \"owner\" to signatories".to_owned()
        } else {
            format!("add a person of {party:?} to signatories")
        };
        report.note_at(&format!("{item}.signatories"), message, Some(help));
    }
}

pub(super) fn check_grants(estate: &Estate, report: &mut Report) {
    let agreement_index: BTreeMap<&str, usize> = estate
        .agreements
        .iter()
        .enumerate()
        .map(|(index, agreement)| (agreement.id.as_str(), index))
        .collect();
    let mut of_pair: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, grant) in estate.grants.iter().enumerate() {
        let item = format!("grant[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        let recipients = estate.recipients.iter().map(|recipient| recipient.name.as_str());
        check_reference(
            report,
            &format!("{item}.recipient"),
            "recipient",
            &grant.recipient,
            recipients,
        );
        check_reference(
            report,
            &format!("{item}.view"),
            "view",
            &grant.view,
            estate.views.iter().map(|view| view.name.as_str()),
        );
        check_purpose(report, &format!("{item}.purpose"), &grant.purpose);
        check_distinct(
            report,
            &format!("{item}.agreements"),
            grant.agreements.iter().cloned(),
        );
        if grant.agreements.is_empty() {
            let message = format!(
                "the grant of {:?} to {:?} rests on no agreement",
                grant.view, grant.recipient
            );
            report.note_at(
                &format!("{item}.agreements"),
                message,
                Some("list the agreements that allow it".to_owned()),
            );
        }
        let dates_are_ordered = grant.from <= grant.until;
        if dates_are_ordered {
            of_pair
                .entry((&grant.recipient, &grant.view))
                .or_default()
                .push(index);
        } else {
            let message = format!(
                "the grant of {:?} to {:?} is from {} until {}, which is before",
                grant.view, grant.recipient, grant.from, grant.until
            );
            report.note_at(&format!("{item}.until"), message, None);
        }
        for (place, id) in grant.agreements.iter().enumerate() {
            let ids = estate.agreements.iter().map(|agreement| agreement.id.as_str());
            check_reference(
                report,
                &format!("{item}.agreements[{place}]"),
                "agreement",
                id,
                ids,
            );
            let Some(position) = agreement_index.get(id.as_str()) else {
                continue;
            };
            let Some(agreement) = estate.agreements.get(*position) else {
                continue;
            };
            let term_is_sound =
                agreement.effective <= agreement.ends && !report.is_broken(&format!("agreement[{position}]"));
            if !term_is_sound || !dates_are_ordered {
                continue;
            }
            let term = format!("agreement {id:?} ({} to {})", agreement.effective, agreement.ends);
            if grant.from < agreement.effective {
                let help = format!("start the grant on {} or later", agreement.effective);
                report.note_at(
                    &format!("{item}.from"),
                    format!("the grant starts on {}, before {term}", grant.from),
                    Some(help),
                );
            }
            if grant.until > agreement.ends {
                let help = format!("end the grant on {} or earlier", agreement.ends);
                report.note_at(
                    &format!("{item}.until"),
                    format!("the grant ends on {}, after {term}", grant.until),
                    Some(help),
                );
            }
        }
    }
    for ((recipient, view), mut indices) in of_pair {
        let grant = |index: &usize| estate.grants.get(*index);
        indices.sort_by_key(|index| grant(index).map(|grant| (grant.from, grant.until)));
        let mut last_end = None;
        for index in indices {
            let Some(grant) = estate.grants.get(index) else {
                continue;
            };
            if let Some(end) = last_end
                && grant.from <= end
            {
                let message = format!(
                    "two grants of view {view:?} to {recipient:?} overlap: one lasts until {end}, another starts on {}",
                    grant.from
                );
                report.note_at(
                    &format!("grant[{index}].from"),
                    message,
                    Some("join them, or let one end the day before".to_owned()),
                );
            }
            last_end = last_end.max(Some(grant.until));
        }
    }
}
