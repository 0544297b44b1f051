//! Access decisions per second: the policy engine alone, and the whole admission that stands before every request.

use super::Subjects;
use super::estate::{PERSON, RECIPIENT, VIEW, estate_text};
use crate::measure::{cpu, in_turns, median, wall};
use crate::row::{Peer, Row};
use anyhow::{Context, Result, anyhow, ensure};
use ringfence_domain::Estate;
use ringfence_domain::agreement::{Signature, TermsHash};
use ringfence_domain::person::EmailAddress;
use ringfence_policy::facts::Action;
use ringfence_policy::gather::{Records, Request, SignatureRecord, gather};
use ringfence_policy::{Facts, Policy};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

const DECISIONS: &str = "policy decisions";
const ADMISSIONS: &str = "admissions at the gate (token, records, facts, decision)";

const REPEATS: u32 = 200;
const ROUNDS: u32 = 5;

pub fn names() -> Vec<String> {
    [DECISIONS, ADMISSIONS].map(str::to_owned).to_vec()
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let policy = Policy::new()?;
    let facts = facts()?;
    ensure!(
        policy.decide(&facts).allowed,
        "the facts of the bench are refused"
    );
    let decide = || -> Result<Duration> {
        let work = || {
            (0..REPEATS).for_each(|_| drop(black_box(policy.decide(black_box(&facts)))));
            Ok(())
        };
        Ok(cpu(work)?.1)
    };
    let per_second = |times: &[Duration]| f64::from(REPEATS) / median(times);
    let (decided, again) = in_turns(ROUNDS, decide, decide)?;
    let decisions = per_second(&[decided, again].concat());
    give(Row {
        name: DECISIONS.to_owned(),
        value: decisions,
        unit: "1/s CPU",
        peer: None,
        goal: None,
    });
    if !subjects.wants(ADMISSIONS) {
        return Ok(());
    }
    let estate = subjects.estate()?;
    let admit = || -> Result<Duration> {
        let work = || {
            for _ in 0..REPEATS {
                ensure!(
                    estate.app().admit(estate.token(), VIEW)?.is_ok(),
                    "the token of the bench is refused"
                );
            }
            Ok(())
        };
        Ok(wall(work)?.1)
    };
    let (admitted, decided) = in_turns(ROUNDS, admit, decide)?;
    let peer = Some(Peer {
        name: "the decision alone".to_owned(),
        value: per_second(&decided),
    });
    give(Row {
        name: ADMISSIONS.to_owned(),
        value: per_second(&admitted),
        unit: "1/s",
        peer,
        goal: None,
    });
    Ok(())
}

/// The facts of a member who may read: every condition is looked at.
fn facts() -> Result<Facts> {
    let text = estate_text(Path::new("/srv/corpus"), &[]);
    let estate =
        Estate::parse_many([("estate.toml", text.as_str())]).map_err(|errors| anyhow!("{errors}"))?;
    let agreement = estate.agreement("NDA-1").context("no agreement")?;
    let signed = |signatory| -> Result<SignatureRecord> {
        let at = "2026-01-05T09:00:00Z".parse().context("a moment")?;
        Ok(SignatureRecord {
            signature: Signature {
                signatory,
                terms: TermsHash::of(agreement),
                at,
            },
            vouched: true,
            evidence: None,
        })
    };
    let signatures = agreement
        .signatories
        .iter()
        .cloned()
        .map(signed)
        .collect::<Result<Vec<_>>>()?;
    let records = Records {
        signatures: [(agreement.id.clone(), signatures)].into(),
        ..Records::default()
    };
    let person = EmailAddress::parse(PERSON).context("an address")?;
    let request = Request {
        person: &person,
        recipient: RECIPIENT,
        view: VIEW,
        action: Action::Read,
        assets: Some(std::collections::BTreeSet::new()),
        now: "2026-06-01T12:00:00Z".parse().context("a moment")?,
    };
    Ok(gather(&estate, &records, &request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_the_bench_are_allowed() {
        let decision = Policy::new().unwrap().decide(&facts().unwrap());
        assert!(decision.allowed, "{decision:?}");
    }
}
