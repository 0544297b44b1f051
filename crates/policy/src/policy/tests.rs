//! Attacks on the encoding itself: attributes removed, of the wrong type, and policies that err.

use super::*;
use crate::facts::{AgreementFacts, ChainLink, GrantFacts, PersonFacts, RecipientFacts, ViewFacts};
use ringfence_domain::agreement::{Agreement, Signatory, Signature, TermsHash};
use ringfence_domain::choice::{AgreementKind, Requirement, Role};
use ringfence_domain::estate::Grant;
use ringfence_domain::person::EmailAddress;
use ringfence_domain::view::Visibility;

/// Facts of a subcontractor's engineer for which every condition is met, so that each attribute matters.
fn allowed_facts() -> Facts {
    let ada = EmailAddress::parse("ada@nordwind.example").unwrap();
    let agreement = |id: &str, kind: AgreementKind| {
        let agreement = Agreement {
            id: id.to_owned(),
            kind,
            parties: vec!["owner".to_owned(), "nordwind".to_owned()],
            signatories: vec![Signatory::Person(ada.clone())],
            effective: "2026-01-01".parse().unwrap(),
            ends: "2028-12-31".parse().unwrap(),
            purpose: "rework".to_owned(),
            assets: vec!["*".to_owned()],
            governing_law: None,
            subcontractors: Vec::new(),
        };
        let signature = Signature {
            signatory: Signatory::Person(ada.clone()),
            terms: TermsHash::of(&agreement),
            at: "2025-12-01T00:00:00Z".parse().unwrap(),
        };
        AgreementFacts {
            agreement,
            signatures: vec![signature],
            evidence: None,
        }
    };
    Facts {
        now: "2026-11-21T12:00:00Z".parse().unwrap(),
        action: Action::Write,
        person: PersonFacts {
            email: ada.clone(),
            party: Some("nordwind".to_owned()),
            deactivated: None,
        },
        recipient: RecipientFacts {
            name: "team".to_owned(),
            party: Some("nordwind".to_owned()),
            members: [ada.clone()].into(),
        },
        view: ViewFacts {
            name: "storefront".to_owned(),
            visibility: Some(Visibility::Write),
            assets: Some(["pricing".to_owned()].into()),
        },
        grant: Some(GrantFacts {
            grant: Grant {
                recipient: "team".to_owned(),
                view: "storefront".to_owned(),
                agreements: vec!["NDA-7".to_owned()],
                purpose: "rework".to_owned(),
                from: "2026-11-01".parse().unwrap(),
                until: "2027-03-31".parse().unwrap(),
            },
            revoked: None,
            evidence: None,
        }),
        agreements: vec![agreement("NDA-7", AgreementKind::Nda)],
        undertakings: vec![agreement("U-1", AgreementKind::Undertaking)],
        require: [Requirement::Agreement, Requirement::Undertaking].into(),
        role: Some(Role::Subcontractor),
        chain: vec![ChainLink {
            party: "nordwind".to_owned(),
            of: "westwind".to_owned(),
            consent: Some("MSA-1".to_owned()),
            flow_down: Some("NDA-7".to_owned()),
        }],
        offboarded: Vec::new(),
    }
}

fn policy() -> Policy {
    Policy::new().unwrap()
}

/// Visits every attribute, those inside records too, and hands a copy without it to `check`.
fn each_change(
    encoded: &Encoded,
    change: &dyn Fn(&mut Attributes, &'static str),
    check: &mut dyn FnMut(&str, Encoded),
) {
    type Part = fn(&mut Encoded) -> &mut Attributes;
    let grant: Part = |encoded| match encoded.context.get_mut("grant") {
        Some(Value::Record(grant)) => grant,
        _ => panic!("the context has a grant"),
    };
    let parts: [(&str, Part); 5] = [
        ("person", |encoded| &mut encoded.person),
        ("recipient", |encoded| &mut encoded.recipient),
        ("view", |encoded| &mut encoded.view),
        ("context", |encoded| &mut encoded.context),
        ("grant", grant),
    ];
    for (part_name, part) in parts {
        let names: Vec<&'static str> = part(&mut encoded.clone()).keys().copied().collect();
        for name in names {
            let mut changed = encoded.clone();
            change(part(&mut changed), name);
            check(&format!("{part_name}.{name}"), changed);
        }
    }
}

#[test]
fn every_attribute_is_needed() {
    let policy = policy();
    let encoded = encode(&allowed_facts());
    assert!(policy.evaluate(&encoded).allowed);
    let mut visited = 0;
    let remove = |attributes: &mut Attributes, name: &'static str| {
        attributes.remove(name);
    };
    each_change(&encoded, &remove, &mut |name, changed| {
        visited += 1;
        let evaluation = policy.evaluate(&changed);
        assert!(!evaluation.allowed, "allowed without {name}");
        assert_eq!(
            evaluation.fault, None,
            "{name}: an absent fact is a condition not met, not a fault"
        );
        assert!(!evaluation.forbidden.is_empty(), "{name}");
    });
    assert_eq!(
        visited, 27,
        "an attribute was added or removed: see that the schema and the policies know it"
    );
    let mut outsider = encoded.clone();
    outsider.is_member = false;
    assert!(!policy.evaluate(&outsider).allowed);
}

#[test]
fn a_value_of_a_wrong_type_is_a_denial() {
    let policy = policy();
    let encoded = encode(&allowed_facts());
    for wrong in [
        Value::Boolean(true),
        Value::Number(i64::MAX),
        Value::Text("x".to_owned()),
        Value::View("storefront".to_owned()),
        Value::Record(Attributes::new()),
    ] {
        let replace = |attributes: &mut Attributes, name: &'static str| {
            attributes.insert(name, wrong.clone());
        };
        each_change(&encoded, &replace, &mut |name, changed| {
            if changed == encoded {
                return;
            }
            let of_same_type =
                std::mem::discriminant(&wrong) == std::mem::discriminant(&original(&encoded, name));
            let evaluation = policy.evaluate(&changed);
            assert!(
                !evaluation.allowed || of_same_type,
                "allowed with {name} = {wrong:?}"
            );
        });
    }
}

fn original(encoded: &Encoded, name: &str) -> Value {
    let (part, name) = name.split_once('.').unwrap();
    let attributes = match part {
        "person" => &encoded.person,
        "recipient" => &encoded.recipient,
        "view" => &encoded.view,
        "context" => &encoded.context,
        _ => match &encoded.context["grant"] {
            Value::Record(grant) => grant,
            _ => panic!("the grant is a record"),
        },
    };
    attributes[name].clone()
}

#[test]
fn an_unknown_attribute_is_a_fault_and_a_denial() {
    let policy = policy();
    let mut encoded = encode(&allowed_facts());
    encoded.context.insert("surprise", Value::Boolean(true));
    let evaluation = policy.evaluate(&encoded);
    assert!(!evaluation.allowed);
    assert!(evaluation.fault.is_some());
    assert!(
        !evaluation.fault.unwrap().contains("ada"),
        "no address in a fault"
    );
}

#[test]
fn an_error_in_a_condition_is_a_denial() {
    // Arithmetic that overflows passes validation and errs when evaluated; Cedar then skips the policy.
    let failing = CONDITIONS.replace(
        "resource has assets && context has covered_assets",
        "resource has visibility && resource.visibility + 9223372036854775807 > 0 && resource has assets && context has covered_assets",
    );
    assert_ne!(failing, CONDITIONS);
    let policy = Policy::from_text(&failing).unwrap();
    let facts = allowed_facts();
    let decision = policy.decide(&facts);
    assert!(!decision.allowed);
    assert!(!policy.is_allowed(&facts));
    assert!(decision.fault.is_some());
    assert!(
        decision
            .not_met()
            .all(|condition| condition.reason == "could not be decided")
    );
    assert!(decision.explain("x").contains("fault of this program"));
}

#[test]
fn incomplete_policies_are_refused() {
    let cases: [(&str, &str); 6] = [
        ("@id(\"no-hold\")", "@id(\"no-holds\")"),
        ("@id(\"no-hold\")", "@id(\"grant\")"),
        ("@number(\"7\")", "@number(\"seven\")"),
        ("@title(\"nothing is on hold\")", ""),
        ("context.offboarded.isEmpty()", "context.offboarded"),
        ("context has offboarded && ", ""),
    ];
    for (text, by) in cases {
        assert!(CONDITIONS.contains(text));
        assert!(
            Policy::from_text(&CONDITIONS.replace(text, by)).is_err(),
            "{text} -> {by}"
        );
    }
    let second_permit = format!("{CONDITIONS}\n@id(\"also\") permit(principal, action, resource);");
    assert!(matches!(
        Policy::from_text(&second_permit),
        Err(PolicyError::Incomplete(_))
    ));
    let without_hold = CONDITIONS.split("@id(\"no-hold\")").next().unwrap();
    assert!(matches!(
        Policy::from_text(without_hold),
        Err(PolicyError::Incomplete(_))
    ));
}

/// Prints the rate: `cargo test -p ringfence-policy decisions_a_second -- --nocapture`.
#[test]
fn decisions_a_second() {
    let policy = policy();
    let facts = allowed_facts();
    for (name, ask) in [
        (
            "decide, with reasons",
            (&|| policy.decide(&facts).allowed) as &dyn Fn() -> bool,
        ),
        ("is_allowed", &|| policy.is_allowed(&facts)),
    ] {
        let start = std::time::Instant::now();
        let mut count = 0u32;
        while start.elapsed().as_millis() < 300 {
            assert!(ask());
            count += 1;
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}: {:.0} decisions/s, {:.1} us each",
            f64::from(count) / seconds,
            seconds / f64::from(count) * 1e6
        );
        assert!(count > 50, "fewer than 170 decisions/s");
    }
}
