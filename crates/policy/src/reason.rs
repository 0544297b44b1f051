//! Why a condition is met or not, in words with the values, and its cure filled in. For the owner only.
//!
//! INVARIANT: nothing here decides; the verdict comes from the policies, and the words explain the facts behind it.

use jiff::tz::TimeZone;
use ringfence_domain::agreement::{AgreementState, end_of_day, start_of_day};
use ringfence_domain::choice::{AgreementKind, Choice, Requirement, Role};
use ringfence_domain::estate::OWNER;

use crate::decision::{ConditionId, Verdict};
use crate::encode::{covered_assets, undertaking_in_force};
use crate::facts::{AgreementFacts, Facts, GrantFacts};

/// Says whether a condition applies to this request at all.
pub(crate) fn is_required(id: ConditionId, facts: &Facts) -> bool {
    match requirement(id) {
        Some(requirement) => facts.require.contains(&requirement),
        None => match id {
            ConditionId::SubcontractorConsent | ConditionId::SubcontractorFlowDown => {
                facts.role != Some(Role::Vendor)
            }
            _ => true,
        },
    }
}

/// The entry of `[policy] require` that a condition can be dropped by.
fn requirement(id: ConditionId) -> Option<Requirement> {
    match id {
        ConditionId::Undertaking => Some(Requirement::Undertaking),
        ConditionId::Training => Some(Requirement::Training),
        ConditionId::Vetting => Some(Requirement::Vetting),
        ConditionId::SecondApprover => Some(Requirement::SecondApprover),
        ConditionId::StrongSignIn => Some(Requirement::StrongSignIn),
        _ => None,
    }
}

const NO_GRANT: &str = "there is no grant";

pub(crate) fn reason(id: ConditionId, verdict: Verdict, facts: &Facts) -> String {
    if verdict == Verdict::NotRequired {
        return match id {
            ConditionId::SubcontractorConsent | ConditionId::SubcontractorFlowDown => {
                "the party is no subcontractor".to_owned()
            }
            _ => "not required by [policy]".to_owned(),
        };
    }
    let grant = facts.grant.as_ref();
    let with_grant = |words: &dyn Fn(&GrantFacts) -> String| grant.map_or_else(|| NO_GRANT.to_owned(), words);
    match id {
        ConditionId::Grant => match grant {
            Some(found) => format!("grant {}", found.grant.name()),
            None => format!(
                "no grant of view {} to recipient {}",
                facts.view.name, facts.recipient.name
            ),
        },
        ConditionId::GrantStanding => with_grant(&|found| match &found.revoked {
            Some(event) => format!("grant {} was revoked on {}", found.grant.name(), day(event.at)),
            None => "no revocation is recorded".to_owned(),
        }),
        ConditionId::GrantTerm => with_grant(&|found| {
            let (from, until) = (found.grant.from, found.grant.until);
            if facts.now < start_of_day(from) {
                format!("it starts on {from}, now is {}", day(facts.now))
            } else if facts.now >= end_of_day(until) {
                format!("its last day was {until}, now is {}", day(facts.now))
            } else {
                format!("from {from} until {until}, now is {}", day(facts.now))
            }
        }),
        ConditionId::GrantAction => match facts.view.visibility {
            None => format!("view {} is not declared", facts.view.name),
            Some(visibility) => format!(
                "{} asked, the view gives at most {}",
                facts.action.as_str(),
                visibility.as_str()
            ),
        },
        ConditionId::AgreementsInForce => with_grant(&|found| agreement_states(found, facts)),
        ConditionId::AgreementsParties => with_grant(&|found| {
            let party = facts.recipient.party.as_deref().unwrap_or("an unknown party");
            let wrong = list(found, facts, &|agreement| {
                !agreement.agreement.has_party(OWNER)
                    || !facts
                        .recipient
                        .party
                        .as_deref()
                        .is_some_and(|party| agreement.agreement.has_party(party))
            });
            match wrong.as_str() {
                "" => format!("all are between the owner and {party}"),
                wrong => format!("not between the owner and {party}: {wrong}"),
            }
        }),
        ConditionId::AgreementsKind => with_grant(&|found| {
            let other: Vec<&str> = present(found, facts)
                .filter(|agreement| agreement.agreement.kind != AgreementKind::Undertaking)
                .map(|agreement| agreement.agreement.id.as_str())
                .collect();
            if other.is_empty() {
                "every agreement of the grant is an undertaking of one person".to_owned()
            } else {
                format!("it rests on {}", other.join(", "))
            }
        }),
        ConditionId::AgreementsAssets => assets_reason(facts),
        ConditionId::AgreementsPurpose => with_grant(&|found| {
            let purpose = &found.grant.purpose;
            let wrong: Vec<String> = present(found, facts)
                .filter(|agreement| agreement.agreement.purpose != *purpose)
                .map(|agreement| {
                    format!(
                        "{} is for {:?}",
                        agreement.agreement.id, agreement.agreement.purpose
                    )
                })
                .collect();
            if !wrong.is_empty() {
                format!("the grant is for {purpose:?}, {}", wrong.join(", "))
            } else if verdict == Verdict::Met {
                format!("all are for {purpose:?}")
            } else {
                format!("no agreement is for {purpose:?}")
            }
        }),
        ConditionId::PersonActive => match (&facts.person.party, &facts.person.deactivated) {
            (None, _) => format!("{} is not declared", facts.person.email.reveal()),
            (Some(_), Some(event)) => format!(
                "{} was deactivated on {}",
                facts.person.email.reveal(),
                day(event.at)
            ),
            (Some(party), None) => format!("{} of {party}", facts.person.email.reveal()),
        },
        ConditionId::PersonMember => member_reason(facts),
        ConditionId::Undertaking => undertaking_reason(facts),
        ConditionId::Training => "required by [policy], and no acknowledgement is recorded".to_owned(),
        ConditionId::Vetting => "required by [policy], and no vetting is recorded".to_owned(),
        ConditionId::SecondApprover => "required by [policy], and no second approval is recorded".to_owned(),
        ConditionId::StrongSignIn => "required by [policy], and a token is no strong sign-in".to_owned(),
        ConditionId::SubcontractorConsent => {
            chain_reason(facts, "consent to", "is named by", |link| link.consent.as_deref())
        }
        ConditionId::SubcontractorFlowDown => {
            chain_reason(facts, "agreement in force with", "is bound by", |link| {
                link.flow_down.as_deref()
            })
        }
        ConditionId::NoHold => {
            let held: Vec<String> = facts
                .offboarded
                .iter()
                .map(|(party, event)| format!("{party} was offboarded on {}", day(event.at)))
                .collect();
            if held.is_empty() {
                "no offboarding and no hold is recorded".to_owned()
            } else {
                held.join(", ")
            }
        }
    }
}

fn day(moment: jiff::Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

/// The agreements of a grant that exist.
fn present<'a>(grant: &'a GrantFacts, facts: &'a Facts) -> impl Iterator<Item = &'a AgreementFacts> {
    facts
        .agreements
        .iter()
        .filter(|agreement| grant.grant.agreements.contains(&agreement.agreement.id))
}

/// The ids of a grant that are unknown or fit the test.
fn list(grant: &GrantFacts, facts: &Facts, test: &dyn Fn(&AgreementFacts) -> bool) -> String {
    let find = |id: &String| {
        facts
            .agreements
            .iter()
            .find(|agreement| agreement.agreement.id == *id)
    };
    let ids: Vec<String> = grant
        .grant
        .agreements
        .iter()
        .filter_map(|id| match find(id) {
            None => Some(format!("{id} (unknown)")),
            Some(agreement) => test(agreement).then(|| id.clone()),
        })
        .collect();
    ids.join(", ")
}

fn agreement_states(grant: &GrantFacts, facts: &Facts) -> String {
    if grant.grant.agreements.is_empty() {
        return "the grant rests on no agreement".to_owned();
    }
    let states: Vec<String> = grant
        .grant
        .agreements
        .iter()
        .map(|id| {
            match facts
                .agreements
                .iter()
                .find(|agreement| agreement.agreement.id == *id)
            {
                None => format!("{id}: unknown"),
                Some(agreement) => format!("{id}: {}", agreement.state(facts.now)),
            }
        })
        .collect();
    states.join("; ")
}

fn uncovered(facts: &Facts) -> Vec<String> {
    let covered = covered_assets(facts);
    facts
        .view
        .assets
        .iter()
        .flatten()
        .filter(|asset| !covered.contains(*asset))
        .cloned()
        .collect()
}

fn assets_reason(facts: &Facts) -> String {
    let Some(assets) = &facts.view.assets else {
        return format!("the assets of view {} are not known", facts.view.name);
    };
    let uncovered = uncovered(facts);
    if uncovered.is_empty() {
        let names: Vec<&str> = assets.iter().map(String::as_str).collect();
        return if names.is_empty() {
            "the view shows no asset".to_owned()
        } else {
            format!("covered: {}", names.join(", "))
        };
    }
    let gaps: Vec<String> = uncovered
        .iter()
        .map(|asset| {
            let lacking: Vec<&str> = facts
                .agreements
                .iter()
                .filter(|agreement| !agreement.agreement.covers_asset(asset))
                .map(|agreement| agreement.agreement.id.as_str())
                .collect();
            if lacking.is_empty() {
                format!("{asset} by no agreement")
            } else {
                format!("{asset} by {}", lacking.join(", "))
            }
        })
        .collect();
    format!("not covered: {}", gaps.join("; "))
}

fn member_reason(facts: &Facts) -> String {
    let (person, recipient) = (facts.person.email.reveal(), &facts.recipient.name);
    let Some(recipient_party) = &facts.recipient.party else {
        return format!("recipient {recipient} is not declared");
    };
    if !facts.recipient.members.contains(&facts.person.email) {
        return format!("{person} is no member of recipient {recipient}");
    }
    match &facts.person.party {
        None => format!("{person} belongs to no party"),
        Some(party) if party != recipient_party => {
            format!("{person} belongs to {party}, recipient {recipient} to {recipient_party}")
        }
        Some(party) => format!("{person} is a member of recipient {recipient} of {party}"),
    }
}

fn undertaking_reason(facts: &Facts) -> String {
    if let Some(undertaking) = undertaking_in_force(facts) {
        return format!("{}: {}", undertaking.agreement.id, undertaking.state(facts.now));
    }
    if facts.undertakings.is_empty() {
        return format!("no undertaking of {} is declared", facts.person.email.reveal());
    }
    let states: Vec<String> = facts
        .undertakings
        .iter()
        .map(|undertaking| format!("{}: {}", undertaking.agreement.id, undertaking.state(facts.now)))
        .collect();
    states.join("; ")
}

fn chain_reason(
    facts: &Facts,
    lacking: &str,
    holding: &str,
    by: impl Fn(&crate::facts::ChainLink) -> Option<&str>,
) -> String {
    if facts.chain.is_empty() {
        return "the chain up to the owner is not known".to_owned();
    }
    let links: Vec<String> = facts
        .chain
        .iter()
        .map(|link| match by(link) {
            Some(agreement) => format!("{} (for {}) {holding} {agreement}", link.party, link.of),
            None => format!("no {lacking} {} (for {})", link.party, link.of),
        })
        .collect();
    links.join("; ")
}

/// The entry that proves the facts behind a condition, where one is recorded.
pub(crate) fn evidence(id: ConditionId, facts: &Facts) -> Option<String> {
    let join = |references: Vec<&str>| (!references.is_empty()).then(|| references.join(", "));
    match id {
        ConditionId::Grant | ConditionId::GrantTerm => facts.grant.as_ref()?.evidence.clone(),
        ConditionId::GrantStanding => facts.grant.as_ref()?.revoked.as_ref()?.evidence.clone(),
        ConditionId::AgreementsInForce => join(
            facts
                .agreements
                .iter()
                .filter_map(|agreement| agreement.evidence.as_deref())
                .collect(),
        ),
        ConditionId::PersonActive => facts.person.deactivated.as_ref()?.evidence.clone(),
        ConditionId::Undertaking if is_required(id, facts) => undertaking_in_force(facts)?.evidence.clone(),
        ConditionId::NoHold => join(
            facts
                .offboarded
                .iter()
                .filter_map(|(_, event)| event.evidence.as_deref())
                .collect(),
        ),
        _ => None,
    }
}

/// Fills the {names} of a cure. What is filled in is not read again, so a value cannot bring a name in.
pub(crate) fn fill(cure: &str, facts: &Facts) -> String {
    let mut text = String::new();
    let mut rest = cure;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, following)) = after.split_once('}') else {
            break;
        };
        text.push_str(&value(name, facts));
        rest = following;
    }
    text.push_str(rest);
    text
}

fn value(name: &str, facts: &Facts) -> String {
    match name {
        "view" => facts.view.name.clone(),
        "recipient" => facts.recipient.name.clone(),
        "person" => facts.person.email.reveal().to_owned(),
        "party" => facts
            .recipient
            .party
            .clone()
            .unwrap_or_else(|| "the recipient's party".to_owned()),
        "agreements" => {
            let ids = facts
                .grant
                .as_ref()
                .map(|found| found.grant.agreements.join(", "));
            ids.filter(|ids| !ids.is_empty())
                .unwrap_or_else(|| "an agreement of the grant".to_owned())
        }
        "agreement_cures" => agreement_cures(facts),
        "undertaking_cure" => undertaking_cure(facts),
        "uncovered" => {
            let uncovered = uncovered(facts);
            if uncovered.is_empty() {
                "its assets".to_owned()
            } else {
                uncovered.join(", ")
            }
        }
        "unconsented" => missing_links(facts, |link| link.consent.is_none()),
        "unbound" => missing_links(facts, |link| link.flow_down.is_none()),
        _ => String::new(),
    }
}

fn missing_links(facts: &Facts, is_missing: impl Fn(&crate::facts::ChainLink) -> bool) -> String {
    let parties: Vec<&str> = facts
        .chain
        .iter()
        .filter(|link| is_missing(link))
        .map(|link| link.party.as_str())
        .collect();
    if parties.is_empty() {
        "the subcontractor".to_owned()
    } else {
        parties.join(", ")
    }
}

fn agreement_cures(facts: &Facts) -> String {
    let Some(grant) = &facts.grant else {
        return "add a grant first".to_owned();
    };
    if grant.grant.agreements.is_empty() {
        return "list the agreements of the grant in the estate and run `ringfence apply FILE`".to_owned();
    }
    let cures: Vec<String> = grant
        .grant
        .agreements
        .iter()
        .filter_map(|id| {
            match facts
                .agreements
                .iter()
                .find(|agreement| agreement.agreement.id == *id)
            {
                None => Some(format!("declare agreement {id} and run `ringfence apply FILE`")),
                Some(agreement) => state_cure(agreement, facts),
            }
        })
        .collect();
    cures.join("; ")
}

fn state_cure(agreement: &AgreementFacts, facts: &Facts) -> Option<String> {
    let id = &agreement.agreement.id;
    Some(match agreement.state(facts.now) {
        AgreementState::InForce { .. } => return None,
        AgreementState::Drafted { missing } | AgreementState::PartlySigned { missing } => {
            let commands: Vec<String> = missing
                .iter()
                .map(|signature| {
                    format!(
                        "`ringfence agreement sign {id} --as {}`",
                        signature.signatory.reveal()
                    )
                })
                .collect();
            format!("run {}", commands.join(" and "))
        }
        AgreementState::SignedNotEffective { from } => format!("wait until {from}"),
        AgreementState::Expired { .. } => {
            format!("extend {id} or declare a new agreement, run `ringfence apply FILE`, and have it signed")
        }
    })
}

fn undertaking_cure(facts: &Facts) -> String {
    let cures: Vec<String> = facts
        .undertakings
        .iter()
        .filter_map(|undertaking| state_cure(undertaking, facts))
        .collect();
    if cures.is_empty() {
        let (person, party) = (
            facts.person.email.reveal(),
            facts.recipient.party.as_deref().unwrap_or("the party"),
        );
        return format!(
            "declare an [[agreement]] of kind \"undertaking\" with parties owner and {party} and signatory {person}, run `ringfence apply FILE` and `ringfence agreement sign ID --as {person}`"
        );
    }
    cures.join("; ")
}
