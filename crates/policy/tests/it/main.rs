//! Decisions from an estate and records, as the gateway and `ringfence why` ask for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod conditions;
mod reference;

use std::sync::LazyLock;

use jiff::Timestamp;
use ringfence_domain::Estate;
use ringfence_domain::agreement::{Signature, TermsHash};
use ringfence_domain::person::EmailAddress;
use ringfence_policy::facts::{Action, Facts};
use ringfence_policy::gather::{Records, Request, SignatureRecord, gather};
use ringfence_policy::{ConditionId, Decision, Policy};

/// The engine, made once.
pub static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new().unwrap());

/// The example of the design, unchanged.
pub const EXAMPLE: &str = include_str!("../fixtures/estate.toml");

/// Reads a moment.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Reads an address.
pub fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// The example with each `(text, by)` replaced; every text must occur.
pub fn estate(edits: &[(&str, &str)]) -> Estate {
    let text = edits.iter().fold(EXAMPLE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the example has no {old:?}");
        text.replace(old, new)
    });
    Estate::parse(&text, "estate.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

/// Records in which every signatory has signed every agreement.
pub fn all_signed(estate: &Estate) -> Records {
    let mut records = Records::default();
    for agreement in &estate.agreements {
        let signatures = agreement
            .signatories
            .iter()
            .enumerate()
            .map(|(index, signatory)| SignatureRecord {
                signature: Signature {
                    signatory: signatory.clone(),
                    terms: TermsHash::of(agreement),
                    at: at("2025-12-01T09:00:00Z"),
                },
                vouched: index > 0,
                evidence: Some(format!("owner/{}", index + 3)),
            });
        records
            .signatures
            .insert(agreement.id.clone(), signatures.collect());
    }
    for grant in &estate.grants {
        records.grants.insert(grant.name(), "nordwind/5".to_owned());
    }
    records
}

/// A moment inside the grant of the example.
pub const NOW: &str = "2026-11-21T22:00:00Z";

/// Gathers the facts of Ada's request at a moment.
pub fn facts_at(estate: &Estate, records: &Records, action: Action, now: &str) -> Facts {
    let person = email("ada@nordwind.example");
    let assets = Some(["pricing".to_owned(), "shop/*".to_owned()].into());
    gather(
        estate,
        records,
        &Request {
            person: &person,
            recipient: "nordwind",
            view: "storefront",
            action,
            assets,
            now: at(now),
        },
    )
}

/// Decides Ada's request to read.
pub fn decide(estate: &Estate, records: &Records) -> Decision {
    POLICY.decide(&facts_at(estate, records, Action::Read, NOW))
}

/// Asserts a denial for exactly these conditions.
#[track_caller]
pub fn denied_for(decision: &Decision, expected: &[ConditionId]) {
    assert!(!decision.allowed);
    assert_eq!(decision.fault, None);
    let found: Vec<ConditionId> = decision.not_met().map(|condition| condition.id).collect();
    assert_eq!(found, expected, "{}", decision.explain("test"));
}
