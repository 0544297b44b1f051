//! What an estate may say but its owner should look at twice before applying it.

use std::collections::BTreeSet;

use crate::agreement::{Agreement, TermsHash};
use crate::choice::{AgreementKind, Origin, Requirement};
use crate::estate::{Estate, Grant, OWNER};
use crate::glob::PathPattern;
use crate::view::{View, Visibility};

/// Paths that decide what runs on somebody's machine; writable ones are called out.
const EXECUTED: [&str; 12] = [
    ".github/workflows/x.yml",
    ".gitlab-ci.yml",
    "Jenkinsfile",
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "package-lock.json",
    "pyproject.toml",
    "setup.py",
    "Makefile",
    ".gitattributes",
];

pub(super) fn warnings(old: Option<&Estate>, new: &Estate) -> Vec<String> {
    let mut warnings = Vec::new();
    for view in &new.views {
        about_view(view, &mut warnings);
    }
    for grant in &new.grants {
        about_grant(new, grant, &mut warnings);
    }
    about_people(new, &mut warnings);
    about_changed_terms(old, new, &mut warnings);
    if new.policy.allow_vouched {
        warnings.push("[policy] allow_vouched: the operator may sign and issue tokens for others; such acts are shown as vouched for".to_owned());
    }
    if !new.grants.is_empty() {
        let unrecorded = [
            Requirement::Training,
            Requirement::Vetting,
            Requirement::SecondApprover,
            Requirement::StrongSignIn,
        ];
        for requirement in unrecorded
            .iter()
            .filter(|requirement| new.policy.require.contains(requirement))
        {
            warnings.push(format!(
                "[policy] requires \"{requirement}\", which this version cannot record yet: no access is possible until it is dropped from [policy] require"
            ));
        }
    }
    warnings
}

fn about_view(view: &View, warnings: &mut Vec<String>) {
    let name = &view.name;
    if view.highest_visibility() == Visibility::Hidden {
        warnings.push(format!("view {name}: no rule makes anything visible"));
    }
    for rule in view
        .rules
        .iter()
        .filter(|rule| rule.visibility > Visibility::Hidden)
    {
        for pattern in &rule.paths {
            let is_everything = matches!(pattern.as_str(), "*" | "**" | "/*" | "/**" | "**/*");
            if is_everything {
                warnings.push(format!("view {name}: {pattern:?} matches everything, so later files become visible as soon as they appear"));
            } else if !pattern.trim_end_matches('/').contains('/') {
                warnings.push(format!("view {name}: {pattern:?} has no slash inside, so it matches at any depth; \"/{pattern}\" is the one at the root"));
            }
        }
    }
    let rules: Vec<(Visibility, Vec<PathPattern>)> = view
        .rules
        .iter()
        .map(|rule| {
            (
                rule.visibility,
                rule.paths
                    .iter()
                    .filter_map(|text| PathPattern::parse(text).ok())
                    .collect(),
            )
        })
        .collect();
    for path in EXECUTED {
        let matching = |patterns: &[PathPattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches_file(path.as_bytes()))
        };
        let last = rules.iter().rev().find(|(_, patterns)| matching(patterns));
        if last.is_some_and(|(visibility, _)| *visibility == Visibility::Write) {
            warnings.push(format!(
                "view {name}: {path} would be writable; it decides what runs on other machines"
            ));
        }
    }
}

fn about_grant(estate: &Estate, grant: &Grant, warnings: &mut Vec<String>) {
    let name = grant.name();
    let party = estate
        .recipient(&grant.recipient)
        .map_or("", |recipient| recipient.party.as_str());
    let agreements: Vec<&Agreement> = grant
        .agreements
        .iter()
        .filter_map(|id| estate.agreement(id))
        .collect();
    for agreement in &agreements {
        if agreement.purpose != grant.purpose {
            warnings.push(format!(
                "grant {name}: its purpose {:?} is not {:?}, the purpose of {}: access will be denied",
                grant.purpose, agreement.purpose, agreement.id
            ));
        }
        if !agreement.has_party(party) || !agreement.has_party(OWNER) {
            warnings.push(format!(
                "grant {name}: {} is not between the owner and {party}: access will be denied",
                agreement.id
            ));
        }
    }
    if !agreements.is_empty()
        && agreements
            .iter()
            .all(|agreement| agreement.kind == AgreementKind::Undertaking)
    {
        warnings.push(format!(
            "grant {name}: it rests on an undertaking of one person only: access will be denied"
        ));
    }
    if let Some(view) = estate.view(&grant.view) {
        let third_party = estate.assets.iter().filter(|asset| {
            asset.origin == Origin::ThirdParty
                && asset.repository.as_deref() == Some(view.repository.as_str())
        });
        for asset in third_party {
            warnings.push(format!("grant {name}: repository {} holds third-party asset {}; see whether its licence allows sharing", view.repository, asset.name));
        }
    }
}

fn about_people(estate: &Estate, warnings: &mut Vec<String>) {
    let granted: BTreeSet<&str> = estate
        .grants
        .iter()
        .map(|grant| grant.recipient.as_str())
        .collect();
    for person in estate.persons.iter().filter(|person| person.party != OWNER) {
        let mut teams = estate
            .recipients
            .iter()
            .filter(|recipient| recipient.members.contains(&person.email))
            .peekable();
        if teams.peek().is_none() {
            warnings.push(format!(
                "person {}: member of no recipient",
                person.email.reveal()
            ));
        } else if !teams.any(|recipient| granted.contains(recipient.name.as_str())) {
            warnings.push(format!(
                "person {}: no recipient of theirs has a grant",
                person.email.reveal()
            ));
        }
    }
    for recipient in estate
        .recipients
        .iter()
        .filter(|recipient| recipient.members.is_empty() && granted.contains(recipient.name.as_str()))
    {
        warnings.push(format!(
            "recipient {}: has a grant but no members",
            recipient.name
        ));
    }
}

fn about_changed_terms(old: Option<&Estate>, new: &Estate, warnings: &mut Vec<String>) {
    let Some(old) = old else { return };
    for agreement in &new.agreements {
        let earlier = old.agreement(&agreement.id);
        if earlier.is_some_and(|earlier| TermsHash::of(earlier) != TermsHash::of(agreement)) {
            warnings.push(format!("agreement {}: its terms change, so all signatories have to sign again; access stops until then", agreement.id));
        }
    }
    for asset in &new.assets {
        let widened = old.asset(&asset.name).is_some_and(|earlier| {
            (&earlier.repository, &earlier.paths) != (&asset.repository, &asset.paths)
        });
        let covering: Vec<&str> = new
            .agreements
            .iter()
            .filter(|agreement| agreement.assets.contains(&asset.name))
            .map(|agreement| agreement.id.as_str())
            .collect();
        if widened && !covering.is_empty() {
            warnings.push(format!(
                "asset {}: its paths change, and with them what {} covers, without a new signature",
                asset.name,
                covering.join(", ")
            ));
        }
    }
}
