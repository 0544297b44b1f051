//! Verifies a pack offline. `verifier/verify.py` does the same checks with the same verdict.
//!
//! The verdict is `Trusted` only when a key given from outside signed the manifest and every checkpoint; with the keys that
//! the pack itself names, the best is `ConsistentNotTrusted`, since a forger can make a whole pack with his own key.

mod reads;
mod statements;

use std::collections::BTreeMap;

use ringfence_ledger::{Hash, NoteError, SignedNote, VerifierKey, sha256};
use ringfence_mark::score::ScoreTable;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::container::{self, Members};
use crate::format::{
    AgreementFile, CLAIM, CUSTODY, ClaimFile, DECLARATION, FORMAT_VERSION, FURTHER, FURTHER_VERSION, INDEX,
    IndexFile, MANIFEST, MOST_FURTHER, Manifest, OTHERS, OTHERS_NOTE, OthersFile, README, READS, SCORE_TABLE,
    SIGNATURE, VERIFIER_FILE, decode, manifest_note,
};
use crate::input::{CustodyStep, ExhibitRole, Verdict};
use crate::text;

/// Most failures that are listed.
const MAX_FAILURES: usize = 50;
/// Most keys that a manifest may name.
const MAX_KEYS: usize = 16;

/// What verifying a pack gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The answer.
    pub trust: Trust,
    /// Keys named by the pack that signed its manifest, as verifier keys.
    pub signed_by: Vec<String>,
    /// Fingerprints of those keys: SHA-256(name || 0x0A || 0x01 || key), to be compared with the owner's.
    pub fingerprints: Vec<Hash>,
    /// SHA-256 of the manifest.
    pub manifest_hash: Option<Hash>,
    /// What the pack claims; believed only when `trust` is `Trusted`.
    pub claim: Option<Claim>,
    /// The ledger entries in the pack.
    pub entries: Vec<Entry>,
}

/// Whether a pack is whole, and by whose word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whole, right, and signed by a key given from outside.
    Trusted,
    /// Whole and right in itself; nobody outside vouches for the key.
    ConsistentNotTrusted,
    /// What failed.
    Failed(Vec<String>),
}

/// What a pack claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Id of the case.
    pub case: String,
    /// The owner's name.
    pub owner: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The recipient named.
    pub recipient: Option<String>,
    /// Recipients who were delivered this content.
    pub candidates: u32,
    /// Runs with different settings.
    pub runs: u32,
    /// The chance of naming an innocent recipient is at most 10 to the minus this.
    pub error_exponent: u32,
    /// Score in millionths of a nat.
    pub score: Option<i64>,
    /// Threshold in millionths of a nat.
    pub threshold: Option<i64>,
    /// Sites read.
    pub sites_read: u32,
    /// Sites that could not be read.
    pub sites_erased: u32,
    /// Further copies that went into the suspect.
    pub further: Vec<FurtherClaim>,
}

/// A further copy that a pack claims to be in the suspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FurtherClaim {
    /// Its recipient.
    pub recipient: String,
    /// Score in millionths of a nat, given the names before it.
    pub score: i64,
    /// Threshold in millionths of a nat.
    pub threshold: i64,
    /// Sites read.
    pub sites_read: u32,
}

/// A ledger entry shown by a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Origin of its log.
    pub origin: String,
    /// Position in the log.
    pub index: u64,
    /// Its kind.
    pub kind: String,
    /// Its time.
    pub time: String,
}

impl std::fmt::Display for Report {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.trust {
            Trust::Trusted => writeln!(out, "TRUSTED")?,
            Trust::ConsistentNotTrusted => writeln!(out, "CONSISTENT, NOT TRUSTED")?,
            Trust::Failed(failures) => {
                writeln!(out, "FAILED")?;
                for failure in failures {
                    writeln!(out, "- {failure}")?;
                }
            }
        }
        for (key, fingerprint) in self.signed_by.iter().zip(&self.fingerprints) {
            writeln!(out, "signed by {key}")?;
            writeln!(out, "fingerprint {fingerprint}")?;
        }
        if let (Some(claim), false) = (&self.claim, matches!(self.trust, Trust::Failed(_))) {
            let verdict = serde_json::to_string(&claim.verdict).unwrap_or_default();
            writeln!(
                out,
                "case {}, verdict {}, candidates {}",
                claim.case,
                verdict.trim_matches('"'),
                claim.candidates
            )?;
            if let (Some(recipient), Some(score), Some(threshold)) =
                (&claim.recipient, claim.score, claim.threshold)
            {
                writeln!(
                    out,
                    "copy delivered to {recipient}; {} sites read, {} could not be read; score {}, threshold {}; chance of \
                     naming an innocent recipient at most 1e-{}",
                    claim.sites_read,
                    claim.sites_erased,
                    text::nats(score),
                    text::nats(threshold),
                    claim.error_exponent
                )?;
            }
            for name in &claim.further {
                writeln!(
                    out,
                    "and the copy delivered to {}; {} sites read; score given the names before {}, threshold {}; chance of naming an \
                     innocent recipient here at most 1e-{}, in all at most {} times that",
                    name.recipient,
                    name.sites_read,
                    text::nats(name.score),
                    text::nats(name.threshold),
                    claim.error_exponent,
                    claim.further.len().saturating_add(1)
                )?;
            }
            write!(out, "\n{}", text::HONEST_LIMITS)?;
        }
        Ok(())
    }
}

/// Verifies a pack. `trust` are keys from outside the pack; without them the best answer is `ConsistentNotTrusted`.
#[must_use]
pub fn verify_pack(pack: &[u8], trust: Option<&[VerifierKey]>) -> Report {
    let mut check = Check {
        trusted: trust.unwrap_or_default().to_vec(),
        all_trusted: true,
        ..Check::default()
    };
    match container::read(pack) {
        Ok(members) => {
            check.members = members;
            check.run();
        }
        Err(error) => check.fail(error.to_string()),
    }
    let trust = if !check.failures.is_empty() {
        Trust::Failed(check.failures)
    } else if check.all_trusted && !check.trusted.is_empty() {
        Trust::Trusted
    } else {
        Trust::ConsistentNotTrusted
    };
    Report {
        trust,
        signed_by: check.signers.iter().map(ToString::to_string).collect(),
        fingerprints: check.signers.iter().map(VerifierKey::fingerprint).collect(),
        manifest_hash: check.manifest_hash,
        claim: check.claim,
        entries: check.entries,
    }
}

/// Returns the role of a member by its path; none when a pack has no such member.
pub(crate) fn role_of(path: &str) -> Option<&'static str> {
    let numbered = |prefix: &str, suffix: &str| {
        let number = path
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(suffix));
        number.is_some_and(|number| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Some(match path {
        README => "readme",
        DECLARATION => "declaration",
        CUSTODY => "custody",
        CLAIM => "claim",
        READS => "reads",
        OTHERS => "others",
        INDEX => "index",
        FURTHER => "further",
        SCORE_TABLE => "score-table",
        VERIFIER_FILE => "verifier",
        _ if numbered("exhibits/score-table/", ".json") => "score-table",
        _ if numbered("statements/", ".json") => "statement",
        _ if numbered("proofs/", ".tlog-proof") => "proof",
        _ if numbered("agreement/", ".json") => "agreement",
        _ if numbered("agreement/", ".terms") => "terms",
        _ if numbered("exhibits/suspect/", ".bin") => "suspect",
        _ if numbered("exhibits/owned/", ".bin") => "owned",
        _ if numbered("exhibits/other/", ".bin") => "other",
        _ => return None,
    })
}

/// The state of one verification.
#[derive(Default)]
struct Check {
    members: Members,
    trusted: Vec<VerifierKey>,
    all_trusted: bool,
    keys: Vec<VerifierKey>,
    signers: Vec<VerifierKey>,
    manifest_hash: Option<Hash>,
    claim: Option<Claim>,
    entries: Vec<Entry>,
    failures: Vec<String>,
}

impl Check {
    fn fail(&mut self, failure: impl Into<String>) {
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure.into());
        }
    }

    /// Fails unless a condition holds.
    fn need(&mut self, holds: bool, failure: &str) {
        if !holds {
            self.fail(failure);
        }
    }

    fn decode<T: Serialize + DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let decoded = match self.members.get(name) {
            None => Err("is missing".to_owned()),
            Some(bytes) => decode(bytes).map_err(|error| error.to_string()),
        };
        decoded
            .map_err(|problem| self.fail(format!("{name}: {problem}")))
            .ok()
    }

    fn run(&mut self) {
        let Some(manifest) = self.decode::<Manifest>(MANIFEST) else {
            return;
        };
        self.manifest(&manifest);
        self.signature(&manifest);
        let Some(claim) = self.decode::<ClaimFile>(CLAIM) else {
            return;
        };
        let names_more = self.members.contains_key(FURTHER);
        let version = if names_more {
            FURTHER_VERSION
        } else {
            FORMAT_VERSION
        };
        let fits = names_more != claim.further.is_empty() && claim.further.len() <= MOST_FURTHER;
        self.need(
            claim.v == version && fits,
            "exhibits/claim.json: unknown version, or its further names do not fit it",
        );
        self.need(
            claim.case == manifest.case,
            "exhibits/claim.json: another case than the manifest's",
        );
        // What is not what was signed is not looked into.
        if !self.failures.is_empty() {
            return;
        }
        let statements = self.statements(&claim);
        self.index(&claim);
        self.agreements();
        self.custody();
        self.others();
        let table = ScoreTable::first();
        let same_table = self
            .members
            .get(SCORE_TABLE)
            .is_some_and(|bytes| bytes == table.to_canonical_json().as_bytes());
        self.need(
            same_table,
            "exhibits/score-table.json: not the table of this format version",
        );
        self.reads(&claim, &table, &statements);
        self.claim = Some(Claim {
            case: claim.case,
            owner: claim.owner,
            verdict: claim.verdict,
            recipient: claim.recipient,
            candidates: claim.candidates,
            runs: claim.runs,
            error_exponent: claim.error_exponent,
            score: claim.score,
            threshold: claim.threshold,
            sites_read: claim.sites_read,
            sites_erased: claim.sites_erased,
            further: claim
                .further
                .into_iter()
                .map(|name| FurtherClaim {
                    recipient: name.recipient,
                    score: name.score,
                    threshold: name.threshold,
                    sites_read: name.sites_read,
                })
                .collect(),
        });
    }

    /// Compares the manifest with the members, both ways.
    fn manifest(&mut self, manifest: &Manifest) {
        self.need(
            manifest.v == FORMAT_VERSION && manifest.format == "ringfence-pack",
            "manifest.json: unknown version",
        );
        let one_line = !manifest.case.is_empty() && !manifest.case.chars().any(|symbol| symbol < '\u{20}');
        self.need(one_line, "manifest.json: the case is not one line");
        let sorted = manifest.files.is_sorted_by(|left, right| left.path < right.path);
        self.need(
            sorted,
            "manifest.json: files are not sorted, or one is there twice",
        );
        let mut listed: BTreeMap<&str, (Hash, u32)> = BTreeMap::new();
        for file in &manifest.files {
            if role_of(&file.path) != Some(file.role.as_str()) {
                self.fail(format!("manifest.json: {} has no such role", file.path));
            }
            listed.insert(&file.path, (file.sha256, file.size));
        }
        let mut problems = Vec::new();
        for (name, bytes) in self
            .members
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), MANIFEST | SIGNATURE))
        {
            match listed.remove(name.as_str()) {
                None => problems.push(format!("{name}: is not in the manifest")),
                Some((hash, size)) if hash != sha256(bytes) || u32::try_from(bytes.len()) != Ok(size) => {
                    problems.push(format!("{name}: differs from the manifest"));
                }
                Some(_) => {}
            }
        }
        problems.extend(
            listed
                .keys()
                .map(|name| format!("{name}: is in the manifest, but missing")),
        );
        for required in [
            README,
            DECLARATION,
            CUSTODY,
            CLAIM,
            READS,
            OTHERS,
            INDEX,
            SCORE_TABLE,
            VERIFIER_FILE,
            SIGNATURE,
        ] {
            if !self.members.contains_key(required) {
                problems.push(format!("{required}: is missing"));
            }
        }
        problems.into_iter().for_each(|problem| self.fail(problem));
    }

    fn signature(&mut self, manifest: &Manifest) {
        let keys: Result<Vec<VerifierKey>, _> = manifest.keys.iter().map(|key| key.parse()).collect();
        match keys {
            Ok(keys) if (1..=MAX_KEYS).contains(&keys.len()) => self.keys = keys,
            _ => self.fail("manifest.json: keys are not 1 to 16 Ed25519 verifier keys"),
        }
        let manifest_hash = sha256(self.members.get(MANIFEST).map(Vec::as_slice).unwrap_or_default());
        self.manifest_hash = Some(manifest_hash);
        let Some(bytes) = self.members.get(SIGNATURE) else {
            return;
        };
        match SignedNote::parse(bytes) {
            Err(error) => self.fail(format!("{SIGNATURE}: {error}")),
            Ok(note) => {
                let same = note.text() == manifest_note(&manifest.case, &manifest_hash);
                self.need(same, "manifest.sig: is over another manifest");
                self.signers = self.signed(SIGNATURE, &note);
            }
        }
    }

    /// Checks a note with the pack's keys, and whether a trusted key signed it too.
    fn signed(&mut self, name: &str, note: &SignedNote) -> Vec<VerifierKey> {
        self.all_trusted &= signers(note, &self.trusted).is_ok();
        signers(note, &self.keys).unwrap_or_else(|error| {
            self.fail(format!("{name}: {error}"));
            Vec::new()
        })
    }

    fn index(&mut self, claim: &ClaimFile) {
        let Some(index) = self.decode::<IndexFile>(INDEX) else {
            return;
        };
        self.need(index.v == FORMAT_VERSION, "exhibits/index.json: unknown version");
        let sorted = index.files.is_sorted_by(|left, right| left.file < right.file);
        self.need(
            sorted,
            "exhibits/index.json: files are not sorted, or one is there twice",
        );
        let mut suspects = Vec::new();
        for entry in &index.files {
            let role = match entry.role {
                ExhibitRole::Suspect => "suspect",
                ExhibitRole::Owned => "owned",
                ExhibitRole::Other => "other",
            };
            let fits = role_of(&entry.file) == Some(role)
                && self
                    .members
                    .get(&entry.file)
                    .is_some_and(|bytes| sha256(bytes) == entry.sha256);
            if !fits {
                self.fail(format!("exhibits/index.json: {} is not that exhibit", entry.file));
            }
            if entry.role == ExhibitRole::Suspect {
                suspects.push(entry.file.as_str());
            }
        }
        let exhibits = self
            .members
            .keys()
            .filter(|name| matches!(role_of(name), Some("suspect" | "owned" | "other")));
        let complete = exhibits.count() == index.files.len();
        self.need(complete, "exhibits/index.json: does not list every exhibit");
        let known = claim
            .exact_files
            .iter()
            .all(|file| suspects.contains(&file.as_str()));
        self.need(
            known,
            "exhibits/claim.json: an exact file is not among the suspect's",
        );
    }

    fn agreements(&mut self) {
        let names: Vec<String> = self.members.keys().cloned().collect();
        for name in names {
            match role_of(&name) {
                Some("terms") => {
                    let paper = name.replace(".terms", ".json");
                    if !self.members.contains_key(&paper) {
                        self.fail(format!("{name}: belongs to no agreement"));
                    }
                }
                Some("agreement") => {
                    let Some(paper) = self.decode::<AgreementFile>(&name) else {
                        continue;
                    };
                    let terms = self.members.get(&paper.terms).map(|bytes| sha256(bytes));
                    let fits = paper.v == FORMAT_VERSION
                        && paper.terms == name.replace(".json", ".terms")
                        && terms == Some(paper.terms_sha256);
                    if !fits {
                        self.fail(format!("{name}: version or terms do not fit"));
                    }
                }
                _ => {}
            }
        }
    }

    fn custody(&mut self) {
        let Some(bytes) = self.members.get(CUSTODY) else {
            return;
        };
        let lines = match std::str::from_utf8(bytes) {
            Ok(text) if text.is_empty() || text.ends_with('\n') => text,
            _ => return self.fail("custody.jsonl: is not lines of UTF-8"),
        };
        let whole = lines
            .split_terminator('\n')
            .all(|line| decode::<CustodyStep>(line.as_bytes()).is_ok());
        self.need(whole, "custody.jsonl: a line is not a custody step");
    }

    fn others(&mut self) {
        let Some(others) = self.decode::<OthersFile>(OTHERS) else {
            return;
        };
        let labelled = others.v == FORMAT_VERSION && others.note == OTHERS_NOTE;
        self.need(
            labelled,
            "exhibits/others.json: version or label is not the format's",
        );
    }
}

/// Returns those of `keys` that signed a note, under whatever name: one key signs each log under the log's origin.
fn signers(note: &SignedNote, keys: &[VerifierKey]) -> Result<Vec<VerifierKey>, NoteError> {
    let mut named: Vec<VerifierKey> = Vec::new();
    for line in note.signatures() {
        for key in keys {
            let key = key.named(&line.name)?;
            if !named.contains(&key) {
                named.push(key);
            }
        }
    }
    let found: Vec<[u8; 32]> = note
        .verify(&named)?
        .into_iter()
        .map(VerifierKey::public_key)
        .collect();
    Ok(keys
        .iter()
        .filter(|key| found.contains(&key.public_key()))
        .cloned()
        .collect())
}
