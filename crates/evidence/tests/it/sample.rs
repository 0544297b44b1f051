//! A whole case in small: two blobs of sites, a recipient's log with commitment and delivery, a suspect that was read.

use std::collections::BTreeMap;

use ringfence_evidence::{
    AgreementPaper, Alternative, CustodyStep, Exhibit, ExhibitRole, Finding, Match, OpenedBlob, OpenedRead,
    OtherScore, PackInput, PackedStatement, SignatureRecord, Verdict, write_pack,
};
use ringfence_ledger::{
    Checkpoint, Frontier, Hash, NoteSigner, Statement, TlogProof, VerifierKey, commit, inclusion_proof,
    sha256,
};
use ringfence_mark::codeword::{CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::commitment::{BlobCommitment, BlobRoot, open_root, root_of_roots};
use ringfence_mark::model::{Family, Profile, Site, SiteId, SiteTable, Variant};

pub const OWNER_LOG: &str = "acme.example";
pub const RECIPIENT_LOG: &str = "acme.example/nordwind";
const FAMILIES: [Family; 4] = [
    Family::FunctionOrder,
    Family::BlankLine,
    Family::CommentPeriod,
    Family::Parentheses,
];

pub fn signer() -> NoteSigner {
    NoteSigner::new(OWNER_LOG, &[7; 32]).unwrap()
}

pub fn key() -> VerifierKey {
    signer().verifier_key()
}

/// A forger: the same name, another key.
pub fn forger() -> NoteSigner {
    NoteSigner::new(OWNER_LOG, &[8; 32]).unwrap()
}

pub fn pack() -> Vec<u8> {
    write_pack(&input(Verdict::Strong), &signer()).unwrap().bytes
}

fn other(variant: Variant) -> Variant {
    if variant == Variant::One {
        Variant::Zero
    } else {
        Variant::One
    }
}

pub fn table(blob: u32, sites: u32) -> SiteTable {
    let site = |number: u32| {
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(format!("blob {blob} site {number}").as_bytes()).0[..16]);
        Site {
            id: SiteId(id),
            family: FAMILIES[(number % 4) as usize],
            start: number * 10,
            end: number * 10 + 5,
            canonical: Variant::Zero,
            long: if number.is_multiple_of(3) {
                Variant::Zero
            } else {
                Variant::One
            },
            alternative: Vec::new(),
            parent: None,
        }
    };
    SiteTable {
        engine: 1,
        language: serde_json::from_str("\"rust\"").unwrap(),
        profile: Profile::Robust,
        text_length: sites * 10,
        sites: (0..sites).map(site).collect(),
    }
}

pub struct Log {
    origin: &'static str,
    frontier: Frontier,
    nodes: BTreeMap<(u8, u64), Hash>,
    entries: Vec<Statement>,
}

impl Log {
    pub fn new(origin: &'static str) -> Log {
        Log {
            origin,
            frontier: Frontier::new(),
            nodes: BTreeMap::new(),
            entries: Vec::new(),
        }
    }

    pub fn append(&mut self, statement: Statement) -> usize {
        for node in self.frontier.append(statement.leaf_hash()).unwrap() {
            self.nodes.insert((node.level, node.index), node.hash);
        }
        self.entries.push(statement);
        self.entries.len() - 1
    }

    /// Proves an entry against a checkpoint that the owner's key signs under the log's origin, as C2SP recommends.
    pub fn prove(&self, entry: usize) -> PackedStatement {
        let signer = NoteSigner::new(self.origin, &[7; 32]).unwrap();
        let head = Checkpoint {
            origin: self.origin.to_owned(),
            size: self.frontier.size(),
            root: self.frontier.root(),
        };
        let index = entry as u64;
        let path = inclusion_proof(index, head.size, &self.nodes).unwrap();
        let proof = TlogProof {
            index,
            path,
            checkpoint: head.sign(&signer).unwrap(),
        };
        PackedStatement {
            statement: self.entries[entry].clone(),
            proof,
        }
    }
}

pub fn statement(kind: &str) -> ringfence_ledger::StatementBuilder {
    Statement::builder(kind, "2026-11-21T21:30:00Z", "act_01j9").subject("recipient", "nordwind")
}

/// Blobs with their opened reads, and the committed root of roots. Every 20th read is wrong, every 15th site touched.
fn blobs(commitment: usize) -> (Vec<OpenedBlob>, Hash) {
    let (recipient, code) = (RecipientKey([1; 32]), CodeKey([2; 32]));
    let tables = [table(1, 90), table(2, 70), table(3, 0)];
    let committed: Vec<BlobCommitment> = tables
        .iter()
        .map(|table| BlobCommitment::new(&recipient, &code, table))
        .collect();
    let roots: Vec<BlobRoot> = committed
        .iter()
        .enumerate()
        .map(|(number, one)| BlobRoot {
            blob: vec![number as u8 + 1; 20],
            profile: if number == 1 {
                Profile::Steady
            } else {
                Profile::Robust
            },
            root: one.root,
        })
        .collect();
    let root = Hash(root_of_roots(&roots).unwrap());
    let opened = (0..2)
        .map(|number| {
            let reads = tables[number].sites.iter().enumerate().map(|(position, site)| {
                let bit = codeword_bit(&recipient, &code, site.id);
                let touched = position % 15 == 4;
                let read = if position % 20 == 7 { other(bit) } else { bit };
                OpenedRead {
                    family: site.family,
                    long: site.long,
                    read: if touched && position % 2 == 0 {
                        None
                    } else {
                        Some(read)
                    },
                    touched,
                    opening: committed[number].open(site.id).unwrap(),
                }
            });
            OpenedBlob {
                root: roots[number].clone(),
                path: open_root(&roots, number).unwrap().unwrap(),
                commitment,
                reads: reads.collect(),
            }
        })
        .collect();
    (opened, root)
}

pub fn input(verdict: Verdict) -> PackInput {
    let mut theirs = Log::new(RECIPIENT_LOG);
    let mut ours = Log::new(OWNER_LOG);
    theirs.append(
        statement("agreement-in-force")
            .commitment("terms", commit(&[3; 32], b"NDA-7"))
            .build()
            .unwrap(),
    );
    let (mut blobs, root) = blobs(1);
    let committed = theirs.append(
        statement("codeword-commitment")
            .field("root", root)
            .build()
            .unwrap(),
    );
    let delivered = theirs.append(
        statement("delivery-begun")
            .field("objects", 120_u32)
            .build()
            .unwrap(),
    );
    for _ in 0..40 {
        theirs.append(
            statement("delivery-ended")
                .field("bytes", 4_096_u32)
                .build()
                .unwrap(),
        );
        ours.append(statement("case-step").build().unwrap());
    }
    let names = verdict.names_a_copy();
    let mut statements = vec![
        theirs.prove(0),
        theirs.prove(committed),
        theirs.prove(delivered),
        ours.prove(17),
    ];
    if !names {
        blobs.clear();
        statements.drain(..3);
    }
    let reads: usize = blobs.iter().map(|blob| blob.reads.len()).sum();
    let exact = verdict == Verdict::Exact;
    PackInput {
        case: "case_01j9".to_owned(),
        made_at: "2026-11-21T22:00:00Z".to_owned(),
        owner: "Acme Ltd".to_owned(),
        owner_log: OWNER_LOG.to_owned(),
        tool: "ringfence 0.1.0".to_owned(),
        finding: Finding {
            verdict,
            recipient: names.then(|| "nordwind".to_owned()),
            recipient_log: names.then(|| RECIPIENT_LOG.to_owned()),
            candidates: 12,
            runs: 2,
            error_exponent: 9,
            sites_erased: 31,
            matches: vec![Match {
                owned: "src/pricing.rs".to_owned(),
                suspect: "leak/prices.rs".to_owned(),
                percent: 71,
            }],
            alternatives: vec![
                Alternative {
                    name: "the owner's own copy".to_owned(),
                    result: "does not explain the reads".to_owned(),
                    variants: (0..reads)
                        .map(|n| if n % 9 == 0 { None } else { Some(Variant::Zero) })
                        .collect(),
                    explains: false,
                },
                Alternative {
                    name: "third-party code".to_owned(),
                    result: "no common file found".to_owned(),
                    variants: Vec::new(),
                    explains: false,
                },
            ],
            exact_exhibits: if exact { vec![0] } else { Vec::new() },
        },
        statements,
        blobs,
        further: Vec::new(),
        others: vec![OtherScore {
            recipient: "2".to_owned(),
            micronats: -14_250_001,
        }],
        exhibits: vec![
            Exhibit {
                role: ExhibitRole::Suspect,
                name: "leak/prices.rs".to_owned(),
                bytes: include_bytes!("sample.rs").to_vec(),
            },
            Exhibit {
                role: ExhibitRole::Owned,
                name: "src/pricing.rs \u{2014} lines 10-40".to_owned(),
                bytes: b"fn price() -> u32 { 7 }\n".to_vec(),
            },
        ],
        agreements: vec![AgreementPaper {
            id: "NDA-7".to_owned(),
            terms: b"The recipient keeps the code confidential.\n".to_vec(),
            signatures: vec![SignatureRecord {
                signatory: "Nordwind GmbH".to_owned(),
                time: "2026-11-01T09:00:00Z".to_owned(),
                vouched_by: Some("act_01j8".to_owned()),
                document: None,
            }],
        }],
        custody: vec![CustodyStep {
            time: "2026-11-21T21:40:00Z".to_owned(),
            actor: "act_01j9".to_owned(),
            step: "read".to_owned(),
            tool: "ringfence 0.1.0".to_owned(),
            inputs: vec![sha256(b"suspect")],
            result: "160 sites".to_owned(),
        }],
    }
}
