//! What the values of an estate may be together: names, references, dates, chains, overlaps.
//!
//! INVARIANT: a broken item is no subject of a rule here (its problem is already noted), but references to it still resolve.

mod names;
mod terms;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::nearest;
use super::read::Report;
use super::{Estate, OWNER, Party, Recipient};
use crate::choice::Role;
use crate::glob::PathPattern;
use names::{check_country, check_names, check_reference};

/// Gives each party that lists no recipient one under its own name, with all its persons.
pub(super) fn add_default_recipients(estate: &mut Estate) {
    let with_recipient: BTreeSet<&str> = estate
        .recipients
        .iter()
        .map(|recipient| recipient.party.as_str())
        .collect();
    let mut members: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for person in &estate.persons {
        members
            .entry(person.party.as_str())
            .or_default()
            .push(person.email.clone());
    }
    let mut added = Vec::new();
    for party in estate
        .parties
        .iter()
        .filter(|party| !party.name.is_empty() && !with_recipient.contains(party.name.as_str()))
    {
        let members = members.get(party.name.as_str()).cloned().unwrap_or_default();
        added.push(Recipient {
            name: party.name.clone(),
            party: party.name.clone(),
            members,
        });
    }
    estate.recipients.extend(added);
}

pub(super) fn check(estate: &Estate, report: &mut Report) {
    check_names(estate, report);
    if !report.is_broken("owner") && !estate.owner.name.is_empty() {
        check_country(report, "owner.country", &estate.owner.country);
        if estate.owner.name.trim() != estate.owner.name || estate.owner.name.chars().any(char::is_control) {
            report.note_at(
                "owner.name",
                "the owner's name has spaces at its ends or control characters".to_owned(),
                None,
            );
        }
    }
    for (index, repository) in estate.repositories.iter().enumerate() {
        let item = format!("repository[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        names::check_source(report, &format!("{item}.source"), &repository.source);
        names::check_branch(report, &format!("{item}.branch"), &repository.branch);
    }
    check_assets(estate, report);
    check_parties(estate, report);
    check_people(estate, report);
    terms::check_agreements(estate, report);
    views::check_views(estate, report);
    terms::check_grants(estate, report);
}

fn check_assets(estate: &Estate, report: &mut Report) {
    for (index, asset) in estate.assets.iter().enumerate() {
        let item = format!("asset[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        match &asset.repository {
            Some(repository) => {
                let names = estate
                    .repositories
                    .iter()
                    .map(|repository| repository.name.as_str());
                check_reference(
                    report,
                    &format!("{item}.repository"),
                    "repository",
                    repository,
                    names,
                );
                if asset.paths.is_empty() {
                    let help = "add for instance `paths = [\"src/**\"]`".to_owned();
                    report.note_at(
                        &item,
                        format!("asset {:?} names a repository but no paths", asset.name),
                        Some(help),
                    );
                }
            }
            None if !asset.paths.is_empty() => {
                let help = "add `repository = \"...\"`".to_owned();
                report.note_at(
                    &format!("{item}.paths"),
                    format!("asset {:?} has paths but no repository", asset.name),
                    Some(help),
                );
            }
            None => {}
        }
        check_patterns(report, &format!("{item}.paths"), &asset.paths);
        check_distinct(
            report,
            &format!("{item}.protection"),
            asset.protection.iter().map(|value| value.to_string()),
        );
    }
}

fn check_patterns(report: &mut Report, path: &str, patterns: &[String]) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(error) = PathPattern::parse(pattern) {
            report.note_at(&format!("{path}[{index}]"), error.to_string(), None);
        }
    }
}

fn check_distinct(report: &mut Report, path: &str, values: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    for (index, value) in values.enumerate() {
        if !seen.insert(value.clone()) {
            report.note_at(
                &format!("{path}[{index}]"),
                format!("{value:?} is listed twice"),
                None,
            );
        }
    }
}

fn check_parties(estate: &Estate, report: &mut Report) {
    let mut in_reported_cycle = BTreeSet::new();
    for (index, party) in estate.parties.iter().enumerate() {
        let item = format!("party[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        check_country(report, &format!("{item}.country"), &party.country);
        let is_owner = party.name == OWNER || party.name.eq_ignore_ascii_case(estate.owner.name.trim());
        if is_owner {
            let message = format!(
                "party {:?} is the owner itself, which cannot be its own {}",
                party.name, party.role
            );
            report.note_at(
                &format!("{item}.name"),
                message,
                Some("give the party another name".to_owned()),
            );
        }
        match (party.role, &party.of) {
            (Role::Vendor, Some(of)) => {
                let help = format!("write role = \"subcontractor\", or drop of = {of:?}");
                report.note_at(
                    &format!("{item}.of"),
                    format!(
                        "vendor {:?} has \"of\", which only a subcontractor has",
                        party.name
                    ),
                    Some(help),
                );
            }
            (Role::Vendor, None) => {}
            (Role::Subcontractor, None) => {
                let help = "add `of = \"<the party it works for>\"`".to_owned();
                report.note_at(
                    &item,
                    format!("subcontractor {:?} has no \"of\"", party.name),
                    Some(help),
                );
            }
            (Role::Subcontractor, Some(of)) if of == OWNER => {
                let help = "write role = \"vendor\" without \"of\"".to_owned();
                report.note_at(
                    &format!("{item}.of"),
                    format!("{:?} works for the owner directly", party.name),
                    Some(help),
                );
            }
            (Role::Subcontractor, Some(of)) => {
                check_reference(
                    report,
                    &format!("{item}.of"),
                    "party",
                    of,
                    estate.parties.iter().map(|party| party.name.as_str()),
                );
                check_cycle(estate, report, &item, party, &mut in_reported_cycle);
            }
        }
    }
}

/// Follows `of` upwards; reports each cycle once, with its names in order.
fn check_cycle<'a>(
    estate: &'a Estate,
    report: &mut Report,
    item: &str,
    party: &'a Party,
    reported: &mut BTreeSet<&'a str>,
) {
    let by_name: BTreeMap<&str, &Party> = estate
        .parties
        .iter()
        .map(|party| (party.name.as_str(), party))
        .collect();
    let mut chain = vec![party.name.as_str()];
    let mut next = party.of.as_deref();
    while let Some(name) = next {
        if name == party.name {
            if chain.iter().all(|name| reported.insert(name)) {
                chain.push(name);
                let message = format!("a cycle of subcontractors: {}", chain.join(" works for "));
                report.note_at(
                    &format!("{item}.of"),
                    message,
                    Some("one of them must be a vendor of the owner".to_owned()),
                );
            }
            return;
        }
        if chain.len() > estate.parties.len() {
            // A cycle further up that does not come back here; reported at its own members.
            return;
        }
        chain.push(name);
        next = by_name.get(name).and_then(|party| party.of.as_deref());
    }
}

fn check_people(estate: &Estate, report: &mut Report) {
    let with_owner = || {
        estate
            .parties
            .iter()
            .map(|party| party.name.as_str())
            .chain(std::iter::once(OWNER))
    };
    for (index, person) in estate.persons.iter().enumerate() {
        let item = format!("person[{index}]");
        if !report.is_broken(&item) {
            check_reference(
                report,
                &format!("{item}.party"),
                "party",
                &person.party,
                with_owner(),
            );
        }
    }
    let by_email: BTreeMap<_, _> = estate
        .persons
        .iter()
        .map(|person| (&person.email, person))
        .collect();
    for (index, recipient) in estate.recipients.iter().enumerate() {
        let item = format!("recipient[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        if recipient.party == OWNER {
            let message = format!(
                "recipient {:?} belongs to the owner, which needs no grant",
                recipient.name
            );
            report.note_at(&format!("{item}.party"), message, None);
            continue;
        }
        check_reference(
            report,
            &format!("{item}.party"),
            "party",
            &recipient.party,
            estate.parties.iter().map(|party| party.name.as_str()),
        );
        if recipient.name != recipient.party && estate.party(&recipient.name).is_some() {
            let message = format!(
                "recipient {:?} of {:?} has the name of another party",
                recipient.name, recipient.party
            );
            report.note_at(
                &format!("{item}.name"),
                message,
                Some("give it another name".to_owned()),
            );
        }
        for (member_index, member) in recipient.members.iter().enumerate() {
            let path = format!("{item}.members[{member_index}]");
            match by_email.get(member) {
                None => {
                    let emails = estate.persons.iter().map(|person| person.email.reveal());
                    let help = unknown_help(member.reveal(), "person", emails);
                    report.note_at(&path, format!("unknown person {:?}", member.reveal()), Some(help));
                }
                Some(person) if person.party != recipient.party => {
                    let message = format!(
                        "{:?} belongs to {:?}, not to {:?} as recipient {:?} does",
                        member.reveal(),
                        person.party,
                        recipient.party,
                        recipient.name
                    );
                    report.note_at(
                        &path,
                        message,
                        Some("a recipient is a team of one party".to_owned()),
                    );
                }
                Some(_) => {}
            }
        }
        check_distinct(
            report,
            &format!("{item}.members"),
            recipient.members.iter().map(|member| member.reveal().to_owned()),
        );
    }
}

fn unknown_help<'a>(name: &str, kind: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("declare it with [[{kind}]]"),
    }
}
