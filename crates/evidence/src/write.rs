//! Writes a pack. Everything that the verifiers check is checked here first: a pack that this writes verifies.

use ringfence_ledger::{CanonicalError, Hash, NoteError, NoteSigner, Value, VerifierKey, sha256};
use ringfence_mark::score::ScoreTable;

use crate::VERIFIER;
use crate::container::{self, ContainerError, Members};
use crate::format::{
    AgreementFile, AlternativeFile, BlobReads, CLAIM, CUSTODY, ClaimFile, DECLARATION, FORMAT_VERSION,
    FURTHER, FURTHER_VERSION, FurtherFile, FurtherReadsFile, INDEX, IndexEntry, IndexFile, MANIFEST,
    Manifest, ManifestFile, NameReads, OTHERS, OTHERS_NOTE, OthersFile, PathFile, README, READS, ReadFile,
    ReadsFile, SCORE_TABLE, SIGNATURE, VERIFIER_FILE, bit_of, encode, manifest_note, table_after,
};
use crate::input::{ExhibitRole, OpenedBlob, OpenedRead, PackInput};
use crate::tally;
use crate::text;
use crate::verify::{Trust, role_of, verify_pack};

/// A written pack.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The zip.
    pub bytes: Vec<u8>,
    /// SHA-256 of its manifest; the caller makes it the next ledger entry.
    pub manifest_hash: Hash,
}

/// Why a pack is not written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file that has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The zip.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A position that points nowhere.
    #[error("{what} {position} is not among the {count} given")]
    Position {
        /// What the position is of.
        what: &'static str,
        /// The position.
        position: usize,
        /// How many there are.
        count: usize,
    },
    /// More than the format can count.
    #[error("too many {0}")]
    TooMany(&'static str),
    /// The input contradicts itself, so that no verifier would accept the pack.
    #[error("the pack would not verify: {}", .0.join("; "))]
    WouldNotVerify(Vec<String>),
}

/// Writes and signs a pack. The signer is the key that signed the checkpoints.
pub fn write_pack(input: &PackInput, signer: &NoteSigner) -> Result<Pack, PackError> {
    let key = signer.verifier_key();
    let table = ScoreTable::first();
    let claim = claim(input, &table)?;
    let mut members = Members::new();
    statements(input, &mut members);
    reads(input, &mut members)?;
    further(input, &mut members)?;
    exhibits(input, &mut members)?;
    agreements(input, &mut members)?;
    custody(input, &mut members)?;
    let keys = vec![key.to_string()];
    members.insert(
        README.to_owned(),
        text::readme(&claim, &keys, input.statements.len()).into_bytes(),
    );
    members.insert(DECLARATION.to_owned(), text::declaration(&claim).into_bytes());
    members.insert(CLAIM.to_owned(), encode(&claim)?);
    let others = OthersFile {
        v: FORMAT_VERSION,
        note: OTHERS_NOTE.to_owned(),
        scores: input.others.clone(),
    };
    members.insert(OTHERS.to_owned(), encode(&others)?);
    members.insert(SCORE_TABLE.to_owned(), table.to_canonical_json().into_bytes());
    members.insert(VERIFIER_FILE.to_owned(), VERIFIER.as_bytes().to_vec());

    let manifest = encode(&manifest(&input.case, keys, &members)?)?;
    let manifest_hash = sha256(&manifest);
    let signature = signer.sign(&manifest_note(&input.case, &manifest_hash))?;
    members.insert(SIGNATURE.to_owned(), signature.to_string().into_bytes());
    members.insert(MANIFEST.to_owned(), manifest);
    let bytes = container::write(&members)?;
    refuse_what_fails(&bytes, key)?;
    Ok(Pack { bytes, manifest_hash })
}

fn refuse_what_fails(bytes: &[u8], key: VerifierKey) -> Result<(), PackError> {
    match verify_pack(bytes, Some(&[key])).trust {
        Trust::Trusted => Ok(()),
        Trust::ConsistentNotTrusted => Err(PackError::WouldNotVerify(vec![
            "the checkpoints are signed by another key than the pack".to_owned(),
        ])),
        Trust::Failed(failures) => Err(PackError::WouldNotVerify(failures)),
    }
}

fn claim(input: &PackInput, table: &ScoreTable) -> Result<ClaimFile, PackError> {
    let finding = &input.finding;
    let all: Vec<&OpenedRead> = input.blobs.iter().flat_map(|blob| &blob.reads).collect();
    let observations = tally::observations(all.iter().copied());
    let alternatives = finding.alternatives.iter().map(|alternative| AlternativeFile {
        name: alternative.name.clone(),
        result: alternative.result.clone(),
        variants: alternative
            .variants
            .iter()
            .map(|variant| variant.map(bit_of))
            .collect(),
        explains: if alternative.variants.is_empty() {
            alternative.explains
        } else {
            tally::explains(table, &observations, &alternative.variants)
        },
    });
    let names = finding.verdict.names_a_copy();
    let exact_files = finding.exact_exhibits.iter().map(|position| {
        let count = input.exhibits.len();
        let exhibit = input.exhibits.get(*position);
        let exhibit = exhibit.ok_or(PackError::Position {
            what: "exhibit",
            position: *position,
            count,
        })?;
        Ok(exhibit_file(exhibit.role, *position))
    });
    Ok(ClaimFile {
        v: if input.further.is_empty() {
            FORMAT_VERSION
        } else {
            FURTHER_VERSION
        },
        case: input.case.clone(),
        made_at: input.made_at.clone(),
        owner: input.owner.clone(),
        owner_log: input.owner_log.clone(),
        tool: input.tool.clone(),
        verdict: finding.verdict,
        recipient: finding.recipient.clone(),
        recipient_log: finding.recipient_log.clone(),
        candidates: finding.candidates,
        runs: finding.runs,
        error_exponent: finding.error_exponent,
        score: names.then(|| tally::score_micronats(table, &observations)),
        threshold: names
            .then(|| tally::threshold_micronats(finding.candidates, finding.runs, finding.error_exponent)),
        sites_read: count(all.iter().filter(|read| read.read.is_some()).count(), "reads")?,
        sites_erased: finding.sites_erased,
        matches: finding.matches.clone(),
        alternatives: alternatives.collect(),
        exact_files: exact_files.collect::<Result<_, PackError>>()?,
        further: further_claims(input)?,
    })
}

/// Each further name with its score, given those before it.
fn further_claims(input: &PackInput) -> Result<Vec<FurtherFile>, PackError> {
    let finding = &input.finding;
    let mut before = vec![tally::bits(input.blobs.iter().flat_map(|blob| &blob.reads))];
    let mut claims = Vec::new();
    for name in &input.further {
        let reads: Vec<&OpenedRead> = name.blobs.iter().flat_map(|blob| &blob.reads).collect();
        let table = ScoreTable::after(before.len());
        claims.push(FurtherFile {
            recipient: name.recipient.clone(),
            recipient_log: name.recipient_log.clone(),
            score: tally::further_micronats(&table, &reads, &before),
            threshold: tally::further_threshold(
                finding.candidates,
                finding.runs,
                finding.error_exponent,
                before.len(),
            ),
            sites_read: count(reads.iter().filter(|read| read.read.is_some()).count(), "reads")?,
        });
        before.push(tally::bits(reads));
    }
    Ok(claims)
}

fn statements(input: &PackInput, members: &mut Members) {
    for (position, packed) in input.statements.iter().enumerate() {
        members.insert(statement_file(position), packed.statement.as_bytes().to_vec());
        members.insert(
            format!("proofs/{}.tlog-proof", number(position)),
            packed.proof.to_string().into_bytes(),
        );
    }
}

fn reads(input: &PackInput, members: &mut Members) -> Result<(), PackError> {
    let file = ReadsFile {
        v: FORMAT_VERSION,
        blobs: blob_reads(&input.blobs, input.statements.len())?,
    };
    members.insert(READS.to_owned(), encode(&file)?);
    Ok(())
}

fn further(input: &PackInput, members: &mut Members) -> Result<(), PackError> {
    if input.further.is_empty() {
        return Ok(());
    }
    let names = input.further.iter().map(|name| {
        Ok(NameReads {
            blobs: blob_reads(&name.blobs, input.statements.len())?,
        })
    });
    let file = FurtherReadsFile {
        v: FURTHER_VERSION,
        names: names.collect::<Result<_, PackError>>()?,
    };
    members.insert(FURTHER.to_owned(), encode(&file)?);
    for names in 1..=input.further.len() {
        let table = ScoreTable::after(names).to_canonical_json();
        members.insert(table_after(names), table.into_bytes());
    }
    Ok(())
}

fn blob_reads(blobs: &[OpenedBlob], statements: usize) -> Result<Vec<BlobReads>, PackError> {
    let read = |blob: &OpenedBlob| {
        if blob.commitment >= statements {
            return Err(PackError::Position {
                what: "statement",
                position: blob.commitment,
                count: statements,
            });
        }
        Ok(BlobReads {
            blob: hex::encode(&blob.root.blob),
            profile: blob.root.profile,
            root: Hash(blob.root.root),
            path: PathFile::of(&blob.path),
            commitment: statement_file(blob.commitment),
            reads: blob.reads.iter().map(ReadFile::of).collect(),
        })
    };
    blobs.iter().map(read).collect()
}

fn exhibits(input: &PackInput, members: &mut Members) -> Result<(), PackError> {
    let mut files = Vec::new();
    for (position, exhibit) in input.exhibits.iter().enumerate() {
        let file = exhibit_file(exhibit.role, position);
        members.insert(file.clone(), exhibit.bytes.clone());
        let name = exhibit.name.clone();
        files.push(IndexEntry {
            file,
            role: exhibit.role,
            name,
            sha256: sha256(&exhibit.bytes),
        });
    }
    files.sort_by(|left, right| left.file.cmp(&right.file));
    members.insert(
        INDEX.to_owned(),
        encode(&IndexFile {
            v: FORMAT_VERSION,
            files,
        })?,
    );
    Ok(())
}

fn agreements(input: &PackInput, members: &mut Members) -> Result<(), PackError> {
    for (position, paper) in input.agreements.iter().enumerate() {
        let number = number(position);
        let terms = format!("agreement/{number}.terms");
        let file = AgreementFile {
            v: FORMAT_VERSION,
            id: paper.id.clone(),
            terms: terms.clone(),
            terms_sha256: sha256(&paper.terms),
            signatures: paper.signatures.clone(),
        };
        members.insert(format!("agreement/{number}.json"), encode(&file)?);
        members.insert(terms, paper.terms.clone());
    }
    Ok(())
}

fn custody(input: &PackInput, members: &mut Members) -> Result<(), PackError> {
    let mut lines = String::new();
    for step in &input.custody {
        lines.push_str(&Value::from_typed(step)?.encode()?);
        lines.push('\n');
    }
    members.insert(CUSTODY.to_owned(), lines.into_bytes());
    Ok(())
}

fn manifest(case: &str, keys: Vec<String>, members: &Members) -> Result<Manifest, PackError> {
    let files = members.iter().map(|(path, bytes)| {
        Ok(ManifestFile {
            path: path.clone(),
            role: role_of(path)
                .ok_or(PackError::TooMany("numbered files"))?
                .to_owned(),
            sha256: sha256(bytes),
            size: count(bytes.len(), "bytes in a member")?,
        })
    });
    Ok(Manifest {
        v: FORMAT_VERSION,
        format: "ringfence-pack".to_owned(),
        case: case.to_owned(),
        keys,
        files: files.collect::<Result<_, PackError>>()?,
    })
}

fn statement_file(position: usize) -> String {
    format!("statements/{}.json", number(position))
}

fn exhibit_file(role: ExhibitRole, position: usize) -> String {
    let folder = match role {
        ExhibitRole::Suspect => "suspect",
        ExhibitRole::Owned => "owned",
        ExhibitRole::Other => "other",
    };
    format!("exhibits/{folder}/{}.bin", number(position))
}

/// Four digits, from 0001; a fifth makes `role_of` refuse it.
fn number(position: usize) -> String {
    format!("{:04}", position.saturating_add(1))
}

fn count(number: usize, what: &'static str) -> Result<u32, PackError> {
    u32::try_from(number).map_err(|_| PackError::TooMany(what))
}
