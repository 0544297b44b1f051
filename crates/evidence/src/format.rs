//! The files of a pack, format versions 1 and 2, as they stand in the zip.
//!
//! A pack that names one copy or none is of version 1. One that names further copies is of version 2: its claim lists them,
//! `exhibits/further.json` opens their leaves, and the score tables after one name, two and so on stand beside the first.
//!
//! Every JSON file is canonical and has exactly the members listed here: none missing, none more. `verify.py` lists the same
//! shapes. Numbers are integers; scores are millionths of a nat, a score rounded down, a threshold up.

use ringfence_ledger::{CanonicalError, Hash, Value};
use ringfence_mark::codeword::Bias;
use ringfence_mark::commitment::{BlobRoot, InclusionPath, Opening};
use ringfence_mark::model::{Family, Profile, SiteId, Variant};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::input::{ExhibitRole, Match, OpenedRead, OtherScore, SignatureRecord, Verdict};

/// Version of the pack format.
pub const FORMAT_VERSION: u32 = 1;
/// Version of the claim of a pack that names further copies, and of the file that opens their leaves.
pub const FURTHER_VERSION: u32 = 2;
/// The most names after the first: a coalition has six members at most.
pub const MOST_FURTHER: usize = ringfence_mark::score::LARGEST_COALITION - 1;
/// First line of the signed note over the manifest.
pub const MANIFEST_NOTE: &str = "ringfence pack manifest v1";
/// The kind of the entry that commits to codewords.
pub const COMMITMENT_KIND: &str = "codeword-commitment";
/// The kind of the entry that begins a delivery.
pub const DELIVERY_KIND: &str = "delivery-begun";
/// Sites that a byte-equal file must have for the verdict `exact`.
pub const EXACT_SITES: usize = 20;
/// What stands above the others' scores.
pub const OTHERS_NOTE: &str = "The owner's statement. The leaves of these recipients are not opened, so nobody can recompute these scores from the pack.";

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SIGNATURE: &str = "manifest.sig";
pub(crate) const README: &str = "README.txt";
pub(crate) const DECLARATION: &str = "declaration.txt";
pub(crate) const CUSTODY: &str = "custody.jsonl";
pub(crate) const CLAIM: &str = "exhibits/claim.json";
pub(crate) const READS: &str = "exhibits/reads.json";
pub(crate) const OTHERS: &str = "exhibits/others.json";
pub(crate) const INDEX: &str = "exhibits/index.json";
pub(crate) const SCORE_TABLE: &str = "exhibits/score-table.json";
pub(crate) const FURTHER: &str = "exhibits/further.json";
pub(crate) const VERIFIER_FILE: &str = "verifier/verify.py";

/// `manifest.json`: every file but itself and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub v: u32,
    pub format: String,
    pub case: String,
    /// Verifier keys of manifest and checkpoints; believed only when they are trusted from outside.
    pub keys: Vec<String>,
    pub files: Vec<ManifestFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManifestFile {
    pub path: String,
    pub role: String,
    pub sha256: Hash,
    pub size: u32,
}

/// `exhibits/claim.json`: what the pack claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimFile {
    pub v: u32,
    pub case: String,
    pub made_at: String,
    pub owner: String,
    pub owner_log: String,
    pub tool: String,
    pub verdict: Verdict,
    pub recipient: Option<String>,
    pub recipient_log: Option<String>,
    pub candidates: u32,
    pub runs: u32,
    pub error_exponent: u32,
    pub score: Option<i64>,
    pub threshold: Option<i64>,
    pub sites_read: u32,
    pub sites_erased: u32,
    pub matches: Vec<Match>,
    pub alternatives: Vec<AlternativeFile>,
    pub exact_files: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<FurtherFile>,
}

/// A further copy: its score is given the names before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FurtherFile {
    pub recipient: String,
    pub recipient_log: String,
    pub score: i64,
    pub threshold: i64,
    pub sites_read: u32,
}

/// `exhibits/further.json`: the reads and opened leaves of the further names, in the order of the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FurtherReadsFile {
    pub v: u32,
    pub names: Vec<NameReads>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameReads {
    pub blobs: Vec<BlobReads>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlternativeFile {
    pub name: String,
    pub result: String,
    pub variants: Vec<Option<u8>>,
    pub explains: bool,
}

/// `exhibits/reads.json`: the reads and the opened leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadsFile {
    pub v: u32,
    pub blobs: Vec<BlobReads>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlobReads {
    /// Blob id in hex.
    pub blob: String,
    pub profile: Profile,
    pub root: Hash,
    pub path: PathFile,
    /// Member name of the commitment.
    pub commitment: String,
    pub reads: Vec<ReadFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathFile {
    pub index: u32,
    pub leaves: u32,
    pub hashes: Vec<Hash>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadFile {
    /// Site id in hex.
    pub site: String,
    pub family: Family,
    pub long: u8,
    pub bias: u8,
    pub bit: u8,
    pub read: Option<u8>,
    pub touched: bool,
    pub salt: Hash,
    pub path: PathFile,
}

/// `exhibits/others.json`: scores of the recipients who are not named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OthersFile {
    pub v: u32,
    pub note: String,
    pub scores: Vec<OtherScore>,
}

/// `exhibits/index.json`: what the numbered exhibits are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexFile {
    pub v: u32,
    pub files: Vec<IndexEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexEntry {
    pub file: String,
    pub role: ExhibitRole,
    pub name: String,
    pub sha256: Hash,
}

/// `agreement/NNNN.json`: signatures on the terms beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreementFile {
    pub v: u32,
    pub id: String,
    pub terms: String,
    pub terms_sha256: Hash,
    pub signatures: Vec<SignatureRecord>,
}

/// Reads a canonical file that has exactly the members of `T`.
///
/// INVARIANT: encoding again gives the same bytes, so an optional member that is absent (instead of null) is refused too.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let typed: T = Value::decode_typed(bytes)?;
    if Value::from_typed(&typed)?.encode()?.as_bytes() != bytes {
        return Err(CanonicalError::Shape(
            "a member is missing or more than the format has".to_owned(),
        ));
    }
    Ok(typed)
}

/// Writes a canonical file.
pub(crate) fn encode<T: Serialize>(typed: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(Value::from_typed(typed)?.encode()?.into_bytes())
}

/// The text over which the manifest's signature goes.
pub(crate) fn manifest_note(case: &str, manifest_hash: &Hash) -> String {
    format!("{MANIFEST_NOTE}\n{case}\n{manifest_hash}\n")
}

/// The member that holds the score table after so many names, from 1.
pub(crate) fn table_after(names: usize) -> String {
    format!("exhibits/score-table/{names:04}.json")
}

/// 0 or 1.
pub(crate) fn bit_of(variant: Variant) -> u8 {
    u8::from(variant == Variant::One)
}

/// The variant of 0 or 1.
pub(crate) fn variant_of(bit: u8) -> Option<Variant> {
    match bit {
        0 => Some(Variant::Zero),
        1 => Some(Variant::One),
        _ => None,
    }
}

impl PathFile {
    pub(crate) fn of(path: &InclusionPath) -> PathFile {
        PathFile {
            index: path.index,
            leaves: path.leaves,
            hashes: path.hashes.iter().copied().map(Hash).collect(),
        }
    }

    pub(crate) fn to_path(&self) -> InclusionPath {
        InclusionPath {
            index: self.index,
            leaves: self.leaves,
            hashes: self.hashes.iter().map(|hash| hash.0).collect(),
        }
    }
}

impl ReadFile {
    pub(crate) fn of(read: &OpenedRead) -> ReadFile {
        ReadFile {
            site: hex::encode(read.opening.site.0),
            family: read.family,
            long: bit_of(read.long),
            bias: read.opening.bias.byte(),
            bit: bit_of(read.opening.bit),
            read: read.read.map(bit_of),
            touched: read.touched,
            salt: Hash(read.opening.salt),
            path: PathFile::of(&read.opening.path),
        }
    }

    /// None when a number or the id is out of range.
    pub(crate) fn to_read(&self) -> Option<OpenedRead> {
        let read = match self.read {
            None => None,
            Some(bit) => Some(variant_of(bit)?),
        };
        Some(OpenedRead {
            family: self.family,
            long: variant_of(self.long)?,
            read,
            touched: self.touched,
            opening: Opening {
                site: SiteId(lower_hex(&self.site)?.try_into().ok()?),
                bias: Bias::from_byte(self.bias)?,
                bit: variant_of(self.bit)?,
                salt: self.salt.0,
                path: self.path.to_path(),
            },
        })
    }
}

impl BlobReads {
    /// None when the id is not hex of at most 64 bytes.
    pub(crate) fn to_root(&self) -> Option<BlobRoot> {
        let blob = lower_hex(&self.blob).filter(|blob| (1..=64).contains(&blob.len()))?;
        Some(BlobRoot {
            blob,
            profile: self.profile,
            root: self.root.0,
        })
    }
}

fn lower_hex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if lower { hex::decode(text).ok() } else { None }
}
