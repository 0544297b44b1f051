//! Cedar against an independent reading of the rules in plain Rust, over random facts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ringfence_domain::agreement::{Agreement, Signatory, Signature, TermsHash};
use ringfence_domain::choice::{AgreementKind, Choice, Requirement, Role};
use ringfence_domain::estate::Grant;
use ringfence_domain::view::Visibility;
use ringfence_policy::facts::{
    Action, AgreementFacts, ChainLink, Event, Facts, GrantFacts, PersonFacts, RecipientFacts, ViewFacts,
};

use crate::{POLICY, at, email};

/// The rules of `agreements.md`, read without Cedar and without the helpers of the crate.
fn reference(facts: &Facts) -> bool {
    let Some(found) = &facts.grant else { return false };
    let grant = &found.grant;
    let (Some(person_party), Some(party)) = (&facts.person.party, &facts.recipient.party) else {
        return false;
    };
    let midnight = |day: jiff::civil::Date| day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let inside = |from, until| {
        midnight(from) <= facts.now && facts.now < midnight(until) + SignedDuration::from_hours(24)
    };
    let in_force = |agreement: &AgreementFacts| {
        let terms = &agreement.agreement;
        let signed = |who: &Signatory| {
            agreement.signatures.iter().any(|signature| {
                signature.signatory == *who
                    && signature.terms == TermsHash::of(terms)
                    && signature.at <= facts.now
            })
        };
        !terms.signatories.is_empty()
            && terms.signatories.iter().all(signed)
            && inside(terms.effective, terms.ends)
    };
    if grant.recipient != facts.recipient.name
        || grant.view != facts.view.name
        || found.revoked.is_some()
        || !inside(grant.from, grant.until)
    {
        return false;
    }
    let needed = if facts.action == Action::Write {
        Visibility::Write
    } else {
        Visibility::Interface
    };
    if facts.view.visibility.is_none_or(|visibility| visibility < needed) {
        return false;
    }
    let Some(assets) = &facts.view.assets else {
        return false;
    };
    let mut beyond_undertaking = false;
    for id in &grant.agreements {
        let Some(agreement) = facts
            .agreements
            .iter()
            .find(|agreement| agreement.agreement.id == *id)
        else {
            return false;
        };
        let terms = &agreement.agreement;
        let covers = assets.iter().all(|asset| {
            terms
                .assets
                .iter()
                .any(|covered| covered == "*" || covered == asset)
        });
        let between = terms.parties.iter().any(|name| name == "owner") && terms.parties.contains(party);
        if !in_force(agreement) || !covers || !between || terms.purpose != grant.purpose {
            return false;
        }
        beyond_undertaking |= terms.kind != AgreementKind::Undertaking;
    }
    if !beyond_undertaking
        || facts.person.deactivated.is_some()
        || person_party != party
        || !facts.recipient.members.contains(&facts.person.email)
    {
        return false;
    }
    for requirement in &facts.require {
        match requirement {
            Requirement::Agreement => {}
            Requirement::Undertaking => {
                let own = |undertaking: &&AgreementFacts| {
                    undertaking.agreement.kind == AgreementKind::Undertaking
                        && undertaking
                            .agreement
                            .signatories
                            .contains(&Signatory::Person(facts.person.email.clone()))
                };
                if !facts.undertakings.iter().filter(own).any(in_force) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    let chain_holds = match facts.role {
        None => false,
        Some(Role::Vendor) => facts.chain.is_empty(),
        Some(Role::Subcontractor) => {
            !facts.chain.is_empty()
                && facts
                    .chain
                    .iter()
                    .all(|link| link.consent.is_some() && link.flow_down.is_some())
        }
    };
    chain_holds && facts.offboarded.is_empty()
}

const MOMENTS: [&str; 6] = [
    "2026-10-31T23:59:59Z",
    "2026-11-01T00:00:00Z",
    "2026-11-21T12:00:00Z",
    "2026-11-30T23:59:59.5Z",
    "2026-12-01T00:00:00Z",
    "2027-06-01T00:00:00Z",
];

/// True nearly always: facts are random around an allowed request, so that both answers occur.
fn mostly() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.95)
}

fn agreement(id: &'static str, kind: AgreementKind) -> impl Strategy<Value = AgreementFacts> {
    (
        (mostly(), mostly(), mostly(), mostly()),
        (mostly(), mostly(), mostly(), mostly()),
    )
        .prop_map(
            move |((owner, party, covers, same_purpose), (signed, same_terms, in_past, long))| {
                let ada = Signatory::Person(email("ada@nordwind.example"));
                let mut parties = Vec::new();
                parties.extend(owner.then(|| "owner".to_owned()));
                parties.extend(party.then(|| "nordwind".to_owned()));
                let agreement = Agreement {
                    id: id.to_owned(),
                    kind,
                    parties,
                    signatories: vec![Signatory::Owner, ada.clone()],
                    effective: "2026-11-01".parse().unwrap(),
                    ends: if long { "2027-12-31" } else { "2026-11-30" }.parse().unwrap(),
                    purpose: if same_purpose { "rework" } else { "other" }.to_owned(),
                    assets: if covers {
                        vec!["pricing".to_owned(), "shop/*".to_owned()]
                    } else {
                        vec!["pricing".to_owned()]
                    },
                    governing_law: None,
                    subcontractors: Vec::new(),
                };
                let mut other = agreement.clone();
                other.purpose.push('x');
                let terms = TermsHash::of(if same_terms { &agreement } else { &other });
                let when = at(if in_past {
                    "2026-01-01T00:00:00Z"
                } else {
                    "2028-01-01T00:00:00Z"
                });
                let sign = |signatory: &Signatory, at: Timestamp| Signature {
                    signatory: signatory.clone(),
                    terms: terms.clone(),
                    at,
                };
                let mut signatures = vec![sign(&Signatory::Owner, at("2026-01-01T00:00:00Z"))];
                signatures.extend(signed.then(|| sign(&ada, when)));
                AgreementFacts {
                    agreement,
                    signatures,
                    evidence: None,
                }
            },
        )
}

fn require() -> impl Strategy<Value = BTreeSet<Requirement>> {
    prop_oneof![
        5 => Just(BTreeSet::new()),
        3 => Just([Requirement::Agreement].into()),
        3 => Just([Requirement::Agreement, Requirement::Undertaking].into()),
        1 => prop::collection::btree_set(prop::sample::select(Requirement::all()), 0..6),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let agreements = (
        agreement("NDA-7", AgreementKind::Nda),
        agreement("SOW-2", AgreementKind::Sow),
        agreement("U-1", AgreementKind::Undertaking),
    );
    let named = prop_oneof![
        6 => Just(vec!["NDA-7"]), 4 => Just(vec!["NDA-7", "SOW-2"]), 1 => Just(vec![]), 1 => Just(vec!["U-1"]), 1 => Just(vec!["NDA-7", "GONE"])
    ];
    let now = prop_oneof![4 => Just(MOMENTS[2]), 3 => prop::sample::select(&MOMENTS[..])];
    let visibility =
        prop_oneof![1 => Just(None), 12 => prop::sample::select(Visibility::all()).prop_map(Some)];
    let assets = prop_oneof![
        1 => Just(None), 1 => Just(Some(vec![])), 8 => Just(Some(vec!["pricing"])), 4 => Just(Some(vec!["pricing", "shop/*"]))
    ];
    let link = (mostly(), mostly()).prop_map(|(consent, flow_down)| ChainLink {
        party: "nordwind".to_owned(),
        of: "westwind".to_owned(),
        consent: consent.then(|| "MSA-1".to_owned()),
        flow_down: flow_down.then(|| "NDA-7".to_owned()),
    });
    let role =
        prop_oneof![1 => Just(None), 9 => Just(Some(Role::Vendor)), 9 => Just(Some(Role::Subcontractor))];
    let standing = (mostly(), mostly(), mostly(), mostly(), mostly());
    let identity = (mostly(), mostly(), mostly(), mostly(), mostly());
    let chain = (role, link, mostly());
    (
        (now, any::<bool>(), visibility, assets),
        (agreements, named, require()),
        standing,
        identity,
        chain,
    )
        .prop_map(
            |(
                (now, is_read, visibility, assets),
                ((nda, sow, undertaking), named, require),
                standing,
                identity,
                (role, link, chain_fits),
            )| {
                let (has_grant, unrevoked, active, unheld, short_grant) = standing;
                let (member, same_party, recipient_known, same_recipient, same_view) = identity;
                let event = || Event {
                    at: at("2026-02-01T00:00:00Z"),
                    evidence: None,
                };
                let ada = email("ada@nordwind.example");
                let agreements: Vec<AgreementFacts> = [nda, sow, undertaking.clone()]
                    .into_iter()
                    .filter(|facts| named.contains(&facts.agreement.id.as_str()))
                    .collect();
                let is_subcontractor = (role == Some(Role::Subcontractor)) == chain_fits;
                Facts {
                    now: at(now),
                    action: if is_read { Action::Read } else { Action::Write },
                    person: PersonFacts {
                        email: ada.clone(),
                        party: Some(if same_party { "nordwind" } else { "ostwind" }.to_owned()),
                        deactivated: (!active).then(event),
                    },
                    recipient: RecipientFacts {
                        name: "team".to_owned(),
                        party: recipient_known.then(|| "nordwind".to_owned()),
                        members: if member { [ada].into() } else { BTreeSet::new() },
                    },
                    view: ViewFacts {
                        name: "storefront".to_owned(),
                        visibility,
                        assets: assets.map(|assets| assets.into_iter().map(str::to_owned).collect()),
                    },
                    grant: has_grant.then(|| GrantFacts {
                        grant: Grant {
                            recipient: if same_recipient { "team" } else { "others" }.to_owned(),
                            view: if same_view { "storefront" } else { "backend" }.to_owned(),
                            agreements: named.iter().map(|id| (*id).to_owned()).collect(),
                            purpose: "rework".to_owned(),
                            from: "2026-11-01".parse().unwrap(),
                            until: if short_grant { "2026-11-30" } else { "2027-12-31" }
                                .parse()
                                .unwrap(),
                        },
                        revoked: (!unrevoked).then(event),
                        evidence: None,
                    }),
                    agreements,
                    undertakings: vec![undertaking],
                    require,
                    role,
                    chain: if is_subcontractor { vec![link] } else { Vec::new() },
                    offboarded: if unheld {
                        Vec::new()
                    } else {
                        vec![("nordwind".to_owned(), event())]
                    },
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn cedar_decides_as_the_reference(facts in facts()) {
        let decision = POLICY.decide(&facts);
        prop_assert_eq!(decision.fault.as_ref(), None);
        prop_assert_eq!(decision.allowed, reference(&facts), "{}", decision.explain("random"));
        prop_assert_eq!(decision.allowed, decision.not_met().next().is_none());
        prop_assert_eq!(decision.allowed, POLICY.is_allowed(&facts));
        for condition in decision.not_met() {
            prop_assert!(!condition.reason.is_empty());
            prop_assert!(condition.cure.as_ref().is_some_and(|cure| cure.len() > 8 && !cure.contains('{')), "{condition:?}");
        }
    }
}

#[test]
fn both_answers_occur_among_the_random_facts() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let allowed = (0..200)
        .filter(|_| reference(&facts().new_tree(&mut runner).unwrap().current()))
        .count();
    assert!(
        (10..190).contains(&allowed),
        "{allowed} of 200 allowed: the property above would say little"
    );
}
