//! Pack, verify.

use crate::output::Output;
use anyhow::Result;
use ringfence_app::{App, AppError};
use ringfence_evidence::{Trust, verify_pack};
use ringfence_ledger::VerifierKey;
use std::path::Path;

/// Largest pack that is read.
const LARGEST_PACK: u64 = 1 << 30;

pub(super) fn pack(app: &App, case: &str, out: &Path, output: &mut Output) -> Result<bool> {
    let report = app.pack(case, out)?;
    output.value(&report, |report| {
        format!(
            "{} ({} bytes), manifest {}\nhand the verifier key over by another way than the pack:\n{}",
            report.file, report.bytes, report.manifest, report.key
        )
    });
    Ok(true)
}

pub(super) fn verify(file: &Path, trust: &[String], output: &mut Output) -> Result<bool> {
    let length = std::fs::metadata(file)
        .map_err(|source| AppError::file(file, source))?
        .len();
    if length > LARGEST_PACK {
        return Err(AppError::Input(format!(
            "{}: {length} bytes; a pack has at most {LARGEST_PACK}",
            file.display()
        ))
        .into());
    }
    let bytes = std::fs::read(file).map_err(|source| AppError::file(file, source))?;
    let keys = trust
        .iter()
        .map(|given| read_key(given))
        .collect::<Result<Vec<_>>>()?;
    let report = verify_pack(&bytes, (!keys.is_empty()).then_some(keys.as_slice()));
    let trusted = matches!(report.trust, Trust::Trusted);
    let (trust, failures) = match &report.trust {
        Trust::Trusted => ("trusted", Vec::new()),
        Trust::ConsistentNotTrusted => ("consistent-not-trusted", Vec::new()),
        Trust::Failed(reasons) => ("failed", reasons.clone()),
    };
    let value = serde_json::json!({
        "trust": trust,
        "failures": failures,
        "signed_by": report.signed_by,
        "fingerprints": report.fingerprints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "manifest": report.manifest_hash.map(|hash| hash.to_string()),
        "claim": report.claim.as_ref().map(|claim| serde_json::json!({
            "case": claim.case, "owner": claim.owner, "verdict": claim.verdict, "recipient": claim.recipient,
            "candidates": claim.candidates, "runs": claim.runs, "error_exponent": claim.error_exponent,
            "sites_read": claim.sites_read, "sites_erased": claim.sites_erased,
        })),
        "entries": report.entries.len(),
    });
    output.value(&value, |_| report.to_string());
    Ok(trusted)
}

/// A key as text, or a file that holds it.
fn read_key(given: &str) -> Result<VerifierKey> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let text = std::fs::read_to_string(given).map_err(|source| {
        AppError::Input(format!(
            "{given:?} is neither a verifier key (name+id+base64) nor a readable file: {source}"
        ))
    })?;
    text.trim()
        .parse()
        .map_err(|error| AppError::Input(format!("{given} holds no verifier key: {error}")).into())
}
