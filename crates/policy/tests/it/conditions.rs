//! Each condition with the facts that break it, its dates to the second, and what the owner reads.

use ringfence_domain::agreement::TermsHash;
use ringfence_policy::ConditionId as C;
use ringfence_policy::facts::{Action, Event};
use ringfence_policy::gather::{Records, Request, gather, recipients_for};
use ringfence_policy::{Verdict, decision};

use crate::{EXAMPLE, NOW, POLICY, all_signed, at, decide, denied_for, email, estate, facts_at};

fn event(evidence: &str) -> Event {
    Event {
        at: at("2026-11-20T08:00:00Z"),
        evidence: Some(evidence.to_owned()),
    }
}

#[test]
fn signed_and_granted_is_allowed() {
    let estate = estate(&[]);
    let records = all_signed(&estate);
    for action in [Action::Read, Action::Write] {
        let facts = facts_at(&estate, &records, action, NOW);
        let decision = POLICY.decide(&facts);
        assert!(decision.allowed, "{}", decision.explain("test"));
        assert!(POLICY.is_allowed(&facts));
        assert_eq!(decision.not_met().count(), 0);
    }
    insta::assert_snapshot!(decide(&estate, &records).explain("ada@nordwind.example: read storefront"));
}

#[test]
fn nothing_signed_is_denied_with_the_commands_that_cure_it() {
    let decision = decide(&estate(&[]), &Records::default());
    denied_for(&decision, &[C::AgreementsInForce]);
    insta::assert_snapshot!(decision.explain("ada@nordwind.example: read storefront"));
}

#[test]
fn a_new_home_requires_what_is_not_recorded_yet() {
    let estate = estate(&[("require = [\"agreement\"]", "")]);
    let decision = decide(&estate, &all_signed(&estate));
    denied_for(
        &decision,
        &[
            C::Undertaking,
            C::Training,
            C::Vetting,
            C::SecondApprover,
            C::StrongSignIn,
        ],
    );
    insta::assert_snapshot!(decision.explain("ada@nordwind.example: read storefront"));
    for condition in decision.not_met() {
        assert!(
            condition
                .cure
                .as_ref()
                .is_some_and(|cure| cure.contains("ringfence apply")),
            "{condition:?}"
        );
    }
}

#[test]
fn conditions_that_cannot_be_dropped_hold_with_an_empty_list() {
    let estate = estate(&[("require = [\"agreement\"]", "require = []")]);
    assert!(decide(&estate, &all_signed(&estate)).allowed);
    denied_for(&decide(&estate, &Records::default()), &[C::AgreementsInForce]);
}

#[test]
fn one_signature_missing_or_under_earlier_terms_is_denied() {
    let estate = estate(&[]);
    let mut partly = all_signed(&estate);
    partly.signatures.get_mut("NDA-7").unwrap().pop();
    let decision = decide(&estate, &partly);
    denied_for(&decision, &[C::AgreementsInForce]);
    let condition = decision.condition(C::AgreementsInForce).unwrap();
    assert_eq!(
        condition.reason,
        "NDA-7: partly signed, not yet by ada@nordwind.example"
    );
    assert_eq!(
        condition.cure.as_deref(),
        Some("run `ringfence agreement sign NDA-7 --as ada@nordwind.example`")
    );

    let changed = crate::estate(&[("ends = 2028-12-31", "ends = 2029-12-31")]);
    assert_ne!(
        TermsHash::of(&estate.agreements[0]),
        TermsHash::of(&changed.agreements[0])
    );
    let decision = decide(&changed, &all_signed(&estate));
    denied_for(&decision, &[C::AgreementsInForce]);
    assert!(
        decision
            .condition(C::AgreementsInForce)
            .unwrap()
            .reason
            .contains("has signed earlier terms")
    );
}

#[test]
fn dates_hold_to_the_second() {
    // The grant: 2026-11-01 until 2027-03-31; the agreement then ends on the same day.
    let long = estate(&[]);
    let short = estate(&[("ends = 2028-12-31", "ends = 2027-03-31")]);
    for (now, allowed) in [
        ("2026-10-31T23:59:59.999Z", false),
        ("2026-11-01T00:00:00Z", true),
        ("2027-03-31T23:59:59Z", true),
        ("2027-03-31T23:59:59.999999999Z", true),
        ("2027-04-01T00:00:00Z", false),
        ("1969-01-01T00:00:00Z", false),
        ("9999-01-01T00:00:00Z", false),
    ] {
        for estate in [&long, &short] {
            let decision = POLICY.decide(&facts_at(estate, &all_signed(estate), Action::Read, now));
            assert_eq!(decision.allowed, allowed, "{now}: {}", decision.explain("test"));
        }
    }
    let over = POLICY.decide(&facts_at(
        &short,
        &all_signed(&short),
        Action::Read,
        "2027-04-01T00:00:00Z",
    ));
    denied_for(&over, &[C::GrantTerm, C::AgreementsInForce]);
    assert_eq!(
        over.condition(C::GrantTerm).unwrap().reason,
        "its last day was 2027-03-31, now is 2027-04-01"
    );
    let early = POLICY.decide(&facts_at(
        &long,
        &all_signed(&long),
        Action::Read,
        "2026-10-31T12:00:00Z",
    ));
    denied_for(&early, &[C::GrantTerm]);
    assert_eq!(
        early.condition(C::GrantTerm).unwrap().reason,
        "it starts on 2026-11-01, now is 2026-10-31"
    );
}

#[test]
fn purposes_are_compared_exactly() {
    for purpose in ["storefront", "Storefront-rework", "storefront-rework2"] {
        let estate = estate(&[(
            "purpose = \"storefront-rework\"\nfrom",
            &format!("purpose = \"{purpose}\"\nfrom"),
        )]);
        denied_for(&decide(&estate, &all_signed(&estate)), &[C::AgreementsPurpose]);
    }
}

#[test]
fn every_agreement_must_cover_every_asset() {
    let estate = estate(&[("assets = [\"*\"]", "assets = [\"pricing\"]")]);
    let decision = decide(&estate, &all_signed(&estate));
    denied_for(&decision, &[C::AgreementsAssets]);
    assert_eq!(
        decision.condition(C::AgreementsAssets).unwrap().reason,
        "not covered: shop/* by NDA-7"
    );
    let both = crate::estate(&[("assets = [\"*\"]", "assets = [\"pricing\", \"shop/*\"]")]);
    assert!(decide(&both, &all_signed(&both)).allowed);
    let mut facts = facts_at(&both, &all_signed(&both), Action::Read, NOW);
    facts.view.assets = None;
    denied_for(&POLICY.decide(&facts), &[C::AgreementsAssets]);
}

#[test]
fn a_person_outside_the_recipient_is_denied() {
    let other = "[[party]]\nname = \"ostwind\"\nrole = \"vendor\"\ncountry = \"DE\"\n[[person]]\nemail = \"bob@ostwind.example\"\nparty = \"ostwind\"\n[[person]]\nemail = \"eve@nordwind.example\"\nparty = \"nordwind\"\n[[agreement]]";
    let estate = estate(&[("[[agreement]]", other)]);
    let records = all_signed(&estate);
    let ask = |who: &str| {
        let person = email(who);
        let assets = Some(["pricing".to_owned()].into());
        let request = Request {
            person: &person,
            recipient: "nordwind",
            view: "storefront",
            action: Action::Read,
            assets,
            now: at(NOW),
        };
        POLICY.decide(&gather(&estate, &records, &request))
    };
    assert!(ask("ada@nordwind.example").allowed);
    denied_for(&ask("eve@nordwind.example"), &[C::PersonMember]);
    denied_for(&ask("bob@ostwind.example"), &[C::PersonMember]);
    denied_for(
        &ask("nobody@nowhere.example"),
        &[C::PersonActive, C::PersonMember],
    );
    assert_eq!(
        recipients_for(&estate, &email("ada@nordwind.example"), "storefront", at(NOW)),
        ["nordwind"]
    );
    assert!(recipients_for(&estate, &email("bob@ostwind.example"), "storefront", at(NOW)).is_empty());
}

#[test]
fn unknown_names_are_denied_not_faults() {
    let estate = estate(&[]);
    let person = email("ada@nordwind.example");
    for (recipient, view) in [
        ("nobody", "storefront"),
        ("nordwind", "nothing"),
        ("", ""),
        ("a\"::b", "\n"),
    ] {
        let request = Request {
            person: &person,
            recipient,
            view,
            action: Action::Read,
            assets: None,
            now: at(NOW),
        };
        let decision = POLICY.decide(&gather(&estate, &all_signed(&estate), &request));
        assert!(!decision.allowed);
        assert_eq!(decision.fault, None);
        assert_eq!(decision.condition(C::Grant).unwrap().verdict, Verdict::NotMet);
    }
}

#[test]
fn revoked_deactivated_and_offboarded_are_denied_at_once() {
    let estate = estate(&[]);
    let signed = all_signed(&estate);
    let mut records = signed.clone();
    records
        .revoked_grants
        .insert(estate.grants[0].name(), event("nordwind/9"));
    let decision = decide(&estate, &records);
    denied_for(&decision, &[C::GrantStanding]);
    assert_eq!(
        decision.condition(C::GrantStanding).unwrap().evidence.as_deref(),
        Some("nordwind/9")
    );

    let mut records = signed.clone();
    records
        .deactivated
        .insert(email("ada@nordwind.example"), event("owner/10"));
    denied_for(&decide(&estate, &records), &[C::PersonActive]);

    let mut records = signed;
    records
        .offboarded
        .insert("nordwind".to_owned(), event("owner/11"));
    let decision = decide(&estate, &records);
    denied_for(&decision, &[C::NoHold]);
    let condition = decision.condition(C::NoHold).unwrap();
    assert_eq!(condition.reason, "nordwind was offboarded on 2026-11-20");
    assert_eq!(condition.evidence.as_deref(), Some("owner/11"));
}

#[test]
fn an_undertaking_is_that_of_the_person() {
    let declared = |who: &str| {
        format!(
            "[[person]]\nemail = \"eve@nordwind.example\"\nparty = \"nordwind\"\n[[agreement]]\nid = \"U-1\"\nkind = \"undertaking\"\nparties = [\"owner\", \"nordwind\"]\nsignatories = [\"{who}\"]\neffective = 2026-01-01\nends = 2027-01-01\npurpose = \"confidentiality\"\nassets = []\n[[agreement]]"
        )
    };
    let required = ("require = [\"agreement\"]", "require = [\"undertaking\"]");
    let own = estate(&[required, ("[[agreement]]", &declared("ada@nordwind.example"))]);
    assert!(decide(&own, &all_signed(&own)).allowed);
    let mut unsigned = all_signed(&own);
    unsigned.signatures.remove("U-1");
    let decision = decide(&own, &unsigned);
    denied_for(&decision, &[C::Undertaking]);
    let cure = decision.condition(C::Undertaking).unwrap().cure.clone().unwrap();
    assert_eq!(
        cure,
        "run `ringfence agreement sign U-1 --as ada@nordwind.example`"
    );
    let anothers = estate(&[required, ("[[agreement]]", &declared("eve@nordwind.example"))]);
    denied_for(&decide(&anothers, &all_signed(&anothers)), &[C::Undertaking]);
    // A grant cannot rest on an undertaking alone.
    let resting = estate(&[
        ("[[agreement]]", &declared("ada@nordwind.example")),
        ("agreements = [\"NDA-7\"]", "agreements = [\"U-1\"]"),
        ("until = 2027-03-31", "until = 2026-12-31"),
    ]);
    denied_for(
        &decide(&resting, &all_signed(&resting)),
        &[C::AgreementsKind, C::AgreementsAssets, C::AgreementsPurpose],
    );
}

#[test]
fn a_subcontractor_needs_consent_and_terms_up_the_chain() {
    let base = |subcontractors: &str, parties: &str, signatories: &str| {
        let text = format!(
            "{EXAMPLE}\n[[party]]\nname = \"sub\"\nrole = \"subcontractor\"\nof = \"nordwind\"\ncountry = \"RO\"\n\
             [[person]]\nemail = \"sam@sub.example\"\nparty = \"sub\"\n\
             [[agreement]]\nid = \"SUB-1\"\nkind = \"nda\"\nparties = {parties}\nsignatories = {signatories}\n\
             effective = 2026-01-01\nends = 2028-12-31\npurpose = \"storefront-rework\"\nassets = [\"*\"]\nsubcontractors = {subcontractors}\n\
             [[grant]]\nrecipient = \"sub\"\nview = \"storefront\"\nagreements = [\"SUB-1\"]\npurpose = \"storefront-rework\"\nfrom = 2026-11-01\nuntil = 2027-03-31\n"
        );
        ringfence_domain::Estate::parse(&text, "x").unwrap_or_else(|errors| panic!("{errors}"))
    };
    let ask = |estate: &ringfence_domain::Estate, records: &Records| {
        let person = email("sam@sub.example");
        let assets = Some(["pricing".to_owned()].into());
        let request = Request {
            person: &person,
            recipient: "sub",
            view: "storefront",
            action: Action::Read,
            assets,
            now: at(NOW),
        };
        POLICY.decide(&gather(estate, records, &request))
    };
    let full = base(
        "[\"sub\"]",
        "[\"owner\", \"sub\"]",
        "[\"owner\", \"sam@sub.example\"]",
    );
    let decision = ask(&full, &all_signed(&full));
    assert!(decision.allowed, "{}", decision.explain("test"));
    let without = base("[]", "[\"owner\", \"sub\"]", "[\"owner\", \"sam@sub.example\"]");
    let decision = ask(&without, &all_signed(&without));
    denied_for(&decision, &[C::SubcontractorConsent]);
    assert_eq!(
        decision.condition(C::SubcontractorConsent).unwrap().reason,
        "no consent to sub (for nordwind)"
    );
    let unbound = base(
        "[\"sub\"]",
        "[\"owner\", \"nordwind\"]",
        "[\"owner\", \"ada@nordwind.example\"]",
    );
    denied_for(
        &ask(&unbound, &all_signed(&unbound)),
        &[C::AgreementsParties, C::SubcontractorFlowDown],
    );
    // The vendor above goes: so does its subcontractor.
    let mut records = all_signed(&full);
    records
        .offboarded
        .insert("nordwind".to_owned(), event("owner/12"));
    denied_for(&ask(&full, &records), &[C::NoHold]);
}

#[test]
fn a_view_without_writable_paths_takes_no_push() {
    let estate = estate(&[("visibility = \"write\",    ", "visibility = \"read\",")]);
    let records = all_signed(&estate);
    assert!(
        POLICY
            .decide(&facts_at(&estate, &records, Action::Read, NOW))
            .allowed
    );
    denied_for(
        &POLICY.decide(&facts_at(&estate, &records, Action::Write, NOW)),
        &[C::GrantAction],
    );
}

#[test]
fn a_decision_is_json_and_outsiders_hear_one_word() {
    let decision = decide(&estate(&[]), &Records::default());
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!(json["allowed"], false);
    assert_eq!(json["conditions"][4]["id"], "agreements-in-force");
    assert_eq!(json["conditions"][4]["verdict"], "not-met");
    assert_eq!(decision::OUTSIDER_MESSAGE, "denied");
}
