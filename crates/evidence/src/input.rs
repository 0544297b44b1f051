//! What a pack is made from: plain data that the caller gathers.

use ringfence_ledger::{Hash, Statement, TlogProof};
use ringfence_mark::commitment::{BlobRoot, InclusionPath, Opening};
use ringfence_mark::model::{Family, Variant};
use serde::{Deserialize, Serialize};

/// Everything that goes into a pack.
#[derive(Clone, Debug)]
pub struct PackInput {
    /// Id of the case.
    pub case: String,
    /// When the pack is made, RFC 3339 in UTC.
    pub made_at: String,
    /// The owner as a reader knows it.
    pub owner: String,
    /// Origin of the owner's log, as on its checkpoints.
    pub owner_log: String,
    /// Program and version that made the findings, for instance `ringfence 0.1.0`.
    pub tool: String,
    /// What the case found.
    pub finding: Finding,
    /// Ledger entries with their proofs: commitments, deliveries, agreements, case steps. All proofs of one log must carry
    /// the same checkpoint.
    pub statements: Vec<PackedStatement>,
    /// Reads with the opened leaves of the accused. Empty unless the verdict names a copy.
    pub blobs: Vec<OpenedBlob>,
    /// Further copies that went into the suspect, in the order in which they were named, each after all before it. Empty unless the
    /// verdict names a copy; five at most.
    pub further: Vec<FurtherName>,
    /// Scores of the other recipients: the owner's statement, not verifiable from the pack.
    pub others: Vec<OtherScore>,
    /// Suspect files, matched owned fragments and whatever else is shown.
    pub exhibits: Vec<Exhibit>,
    /// Terms and signatures of the agreements that covered the copy.
    pub agreements: Vec<AgreementPaper>,
    /// Who did what with the suspect, in order.
    pub custody: Vec<CustodyStep>,
}

/// What a trace may conclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Strong, and a file of at least 20 sites is byte-equal to one delivered to that recipient only.
    Exact,
    /// The score reaches the threshold and no alternative explains the reads as well.
    Strong,
    /// Something owned matches; no copy is named.
    Inconclusive,
    /// Nothing owned matches beyond third-party and template code.
    None,
}

impl Verdict {
    /// Says whether the verdict names a copy.
    #[must_use]
    pub fn names_a_copy(self) -> bool {
        matches!(self, Verdict::Exact | Verdict::Strong)
    }
}

/// The result of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The recipient named; it must equal `subjects.recipient` of the commitments. None unless the verdict names a copy.
    pub recipient: Option<String>,
    /// Origin of that recipient's log. None unless the verdict names a copy.
    pub recipient_log: Option<String>,
    /// Recipients who were delivered this content.
    pub candidates: u32,
    /// Runs on the suspect with different settings.
    pub runs: u32,
    /// The chance of naming any innocent recipient is at most 10 to the minus this (1 to 18).
    pub error_exponent: u32,
    /// Sites that could not be read.
    pub sites_erased: u32,
    /// Owned files that the suspect resembles.
    pub matches: Vec<Match>,
    /// Other explanations and what testing them gave.
    pub alternatives: Vec<Alternative>,
    /// For `exact`: positions in `exhibits` of suspect files equal to a file delivered to that recipient only.
    pub exact_exhibits: Vec<usize>,
}

/// An owned file that a suspect file resembles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Path of the owned file.
    pub owned: String,
    /// Path in the suspect.
    pub suspect: String,
    /// Share of the owned file found, in percent.
    pub percent: u32,
}

/// Another explanation of the reads: the owner's own copy, an unmarked delivery, a public release, common third-party code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What it is.
    pub name: String,
    /// What testing it gave, in words.
    pub result: String,
    /// Its variants in the order of all reads (blob by blob), so that the test is recomputed; empty when it was tested in
    /// another way.
    pub variants: Vec<Option<Variant>>,
    /// For an alternative without variants: whether it explains the reads as well as the copy named.
    pub explains: bool,
}

/// A ledger entry and the proof that it is in its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedStatement {
    /// The entry.
    pub statement: Statement,
    /// Proof against a signed checkpoint of its log.
    pub proof: TlogProof,
}

/// The reads in one canonical blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedBlob {
    /// Blob id, profile and committed root.
    pub root: BlobRoot,
    /// Way from that root to the root of roots.
    pub path: InclusionPath,
    /// Position in `statements` of the `codeword-commitment` that holds the root of roots as its field `root`.
    pub commitment: usize,
    /// The reads. A site id may occur once in the whole pack.
    pub reads: Vec<OpenedRead>,
}

/// One more copy that went into the suspect, scored given the names before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FurtherName {
    /// Its recipient; it must equal `subjects.recipient` of the commitments.
    pub recipient: String,
    /// Origin of that recipient's log.
    pub recipient_log: String,
    /// The reads in what that recipient was delivered, with its opened leaves. A site id may occur once.
    pub blobs: Vec<OpenedBlob>,
}

/// One read site with the accused recipient's opened leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedRead {
    /// Family of the site.
    pub family: Family,
    /// Which variant is the longer form.
    pub long: Variant,
    /// What was read; None only at a touched site.
    pub read: Option<Variant>,
    /// Whether the recipient's own accepted edits changed or removed the site.
    pub touched: bool,
    /// The committed leaf.
    pub opening: Opening,
}

/// Another recipient's score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherScore {
    /// The recipient, or a number that stands for it.
    pub recipient: String,
    /// Score in millionths of a nat.
    pub micronats: i64,
}

/// What an exhibit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExhibitRole {
    /// A file of the suspect, or its hash.
    Suspect,
    /// An owned fragment that the suspect matches.
    Owned,
    /// Anything else.
    Other,
}

/// A file that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// What it is.
    pub role: ExhibitRole,
    /// Its name where it was found; shown, never used as a path.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An agreement as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementPaper {
    /// Id of the agreement.
    pub id: String,
    /// The terms as text or document.
    pub terms: Vec<u8>,
    /// Who signed.
    pub signatures: Vec<SignatureRecord>,
}

/// One signature on an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRecord {
    /// Who signed.
    pub signatory: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// The operator who vouched for it, when the person did not sign by an own act.
    pub vouched_by: Option<String>,
    /// Hash of the signed document, when there is one.
    pub document: Option<Hash>,
}

/// One step in the custody of the suspect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyStep {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Who.
    pub actor: String,
    /// What was done.
    pub step: String,
    /// Program and version.
    pub tool: String,
    /// What it was done with, by hash.
    pub inputs: Vec<Hash>,
    /// What came out.
    pub result: String,
}
