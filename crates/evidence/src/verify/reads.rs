//! Reads: opened leaves up to a commitment made before a delivery, and the verdict that follows from them.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_ledger::{Hash, Value};
use ringfence_mark::commitment::{verify_opening, verify_root};
use ringfence_mark::score::ScoreTable;

use super::statements::Placed;
use super::{Check, role_of};
use crate::format::{
    BlobReads, COMMITMENT_KIND, ClaimFile, DELIVERY_KIND, EXACT_SITES, FORMAT_VERSION, FURTHER,
    FURTHER_VERSION, FurtherReadsFile, READS, ReadsFile, SCORE_TABLE, table_after, variant_of,
};
use crate::input::{OpenedRead, Verdict};
use crate::tally;

impl Check {
    /// Verifies the reads and whether the claim follows from them.
    pub(super) fn reads(
        &mut self,
        claim: &ClaimFile,
        table: &ScoreTable,
        statements: &BTreeMap<String, Placed>,
    ) {
        let Some(file) = self.decode::<ReadsFile>(READS) else {
            return;
        };
        self.need(file.v == FORMAT_VERSION, "exhibits/reads.json: unknown version");
        let whose = claim.recipient.as_deref().zip(claim.recipient_log.as_deref());
        let reads = self.opened(READS, &file.blobs, whose, statements);
        self.verdict(claim, table, &reads);
        self.further(claim, &reads, statements);
    }

    /// Verifies the opened leaves of one name, by recipient and origin of its log.
    fn opened(
        &mut self,
        member: &str,
        blobs: &[BlobReads],
        whose: Option<(&str, &str)>,
        statements: &BTreeMap<String, Placed>,
    ) -> Vec<OpenedRead> {
        let mut reads = Vec::new();
        let mut sites = BTreeSet::new();
        for blob in blobs {
            match blob_reads(blob, whose, statements) {
                Err(problem) => self.fail(format!("{member}: blob {}: {problem}", blob.blob)),
                Ok(found) => {
                    for read in found {
                        if !sites.insert(read.opening.site) {
                            self.fail(format!("{member}: a site is counted twice"));
                        }
                        reads.push(read);
                    }
                }
            }
        }
        reads
    }

    /// Verifies each further name, scored given the names before it.
    fn further(&mut self, claim: &ClaimFile, first: &[OpenedRead], statements: &BTreeMap<String, Placed>) {
        let tables: Vec<String> = self
            .members
            .keys()
            .filter(|name| role_of(name) == Some("score-table") && name.as_str() != SCORE_TABLE)
            .cloned()
            .collect();
        let expected: Vec<String> = (1..=claim.further.len()).map(table_after).collect();
        self.need(
            tables == expected,
            "exhibits/score-table: other score tables than further names",
        );
        if claim.further.is_empty() {
            return;
        }
        let Some(file) = self.decode::<FurtherReadsFile>(FURTHER) else {
            return;
        };
        self.need(
            file.v == FURTHER_VERSION && file.names.len() == claim.further.len(),
            "exhibits/further.json: unknown version, or another number of names than the claim",
        );
        self.need(
            claim.verdict.names_a_copy(),
            "exhibits/claim.json: a further name without a first",
        );
        let mut before = vec![tally::bits(first)];
        for (name, opened) in claim.further.iter().zip(&file.names) {
            let number = before.len();
            let table = ScoreTable::after(number);
            let same_table = self
                .members
                .get(&table_after(number))
                .is_some_and(|bytes| bytes == table.to_canonical_json().as_bytes());
            self.need(same_table, "exhibits/score-table: not the table of this version");
            let whose = Some((name.recipient.as_str(), name.recipient_log.as_str()));
            let reads = self.opened(FURTHER, &opened.blobs, whose, statements);
            let all: Vec<&OpenedRead> = reads.iter().collect();
            let read = reads.iter().filter(|read| read.read.is_some()).count();
            self.need(
                !reads.is_empty() && u32::try_from(read) == Ok(name.sites_read),
                "exhibits/claim.json: sites read of a further name are another number",
            );
            self.need(
                tally::is_further_score(name.score, &table, &all, &before),
                "exhibits/claim.json: the score of a further name is another number",
            );
            let right = tally::is_further_threshold(
                name.threshold,
                claim.candidates,
                claim.runs,
                claim.error_exponent,
                number,
            );
            self.need(
                right,
                "exhibits/claim.json: the threshold of a further name is another number",
            );
            self.need(
                name.score >= name.threshold,
                "exhibits/claim.json: names a further copy below the threshold",
            );
            before.push(tally::bits(&reads));
        }
    }

    fn verdict(&mut self, claim: &ClaimFile, table: &ScoreTable, reads: &[OpenedRead]) {
        let read = reads.iter().filter(|read| read.read.is_some()).count();
        self.need(
            u32::try_from(read) == Ok(claim.sites_read),
            "exhibits/claim.json: sites read is another number",
        );
        let bounds = claim.candidates >= 1 && claim.runs >= 1 && (1..=18).contains(&claim.error_exponent);
        self.need(
            bounds,
            "exhibits/claim.json: candidates, runs or error exponent are out of range",
        );
        if !claim.verdict.names_a_copy() {
            let silent = reads.is_empty()
                && claim.recipient.is_none()
                && claim.recipient_log.is_none()
                && claim.score.is_none()
                && claim.threshold.is_none();
            self.need(
                silent,
                "exhibits/claim.json: names no copy, yet opens or scores one",
            );
        }
        let observations = tally::observations(reads);
        let mut explained = false;
        for alternative in &claim.alternatives {
            let variants: Option<Vec<_>> = alternative
                .variants
                .iter()
                .map(|bit| bit.map_or(Some(None), |bit| variant_of(bit).map(Some)))
                .collect();
            explained |= alternative.explains;
            match variants {
                Some(variants) if variants.is_empty() => {}
                Some(variants) if variants.len() == observations.len() => {
                    let explains = tally::explains(table, &observations, &variants);
                    self.need(
                        explains == alternative.explains,
                        "exhibits/claim.json: an alternative is judged wrongly",
                    );
                }
                _ => self.fail("exhibits/claim.json: an alternative's variants do not fit the reads"),
            }
        }
        let exact = claim.verdict == Verdict::Exact;
        self.need(
            exact != claim.exact_files.is_empty(),
            "exhibits/claim.json: exact files go with the verdict exact only",
        );
        self.need(
            !exact || read >= EXACT_SITES,
            "exhibits/claim.json: exact needs at least 20 sites",
        );
        if claim.verdict.names_a_copy() {
            let (Some(score), Some(threshold)) = (claim.score, claim.threshold) else {
                return self.fail("exhibits/claim.json: names a copy without score and threshold");
            };
            self.need(
                tally::is_score(score, table, &observations),
                "exhibits/claim.json: the score is another number",
            );
            let right = tally::is_threshold(threshold, claim.candidates, claim.runs, claim.error_exponent);
            self.need(right, "exhibits/claim.json: the threshold is another number");
            self.need(
                score >= threshold,
                "exhibits/claim.json: names a copy below the threshold",
            );
            self.need(
                !explained,
                "exhibits/claim.json: names a copy though an alternative explains the reads as well",
            );
        }
    }
}

/// Verifies the reads of one blob.
fn blob_reads(
    blob: &BlobReads,
    whose: Option<(&str, &str)>,
    statements: &BTreeMap<String, Placed>,
) -> Result<Vec<OpenedRead>, &'static str> {
    let commitment = statements
        .get(&blob.commitment)
        .ok_or("its commitment is no verified statement")?;
    let subject = commitment.statement.subject("recipient").and_then(Value::as_text);
    let own = subject.map(|recipient| (recipient, commitment.origin.as_str()));
    if commitment.statement.kind() != COMMITMENT_KIND || own.is_none() || own != whose {
        return Err("its commitment is not one of the recipient's in the recipient's log");
    }
    let root_of_roots: Hash = commitment
        .statement
        .field("root")
        .and_then(Value::as_text)
        .and_then(|root| root.parse().ok())
        .ok_or("its commitment has no root")?;
    let delivered = statements.values().any(|placed| {
        placed.statement.kind() == DELIVERY_KIND
            && placed.origin == commitment.origin
            && placed.index > commitment.index
    });
    if !delivered {
        return Err("no delivery after its commitment is shown");
    }
    let root = blob.to_root().ok_or("its id is not hex of 1 to 64 bytes")?;
    if !verify_root(&root_of_roots.0, &root, &blob.path.to_path()) {
        return Err("its root is not under the committed root");
    }
    let mut reads = Vec::with_capacity(blob.reads.len());
    for read in &blob.reads {
        let read = read.to_read().ok_or("a read is out of range")?;
        if read.read.is_none() && !read.touched {
            return Err("a site that was not read is opened");
        }
        if !verify_opening(&root.root, &read.opening) {
            return Err("an opened leaf is not under the blob's root");
        }
        reads.push(read);
    }
    Ok(reads)
}
