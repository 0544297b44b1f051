//! Writes segments.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{
    BLOCK, Document, DocumentId, Fence, MAGIC, MAX_DOCUMENTS, RUN, checksum, short_checksum, weights_of,
};
use crate::fingerprint::Fingerprints;
use crate::number::put_number;

/// Postings after which a builder should be finished: 64 MiB of memory, about two million lines.
const FULL: usize = 4 << 20;

/// Collects documents for one segment.
#[derive(Debug, Default)]
pub struct SegmentBuilder {
    documents: Vec<Document>,
    numbers: HashMap<DocumentId, u32>,
    postings: Vec<(u64, u32)>,
}

impl SegmentBuilder {
    /// Adds a document; returns false, and adds nothing, when it is there already or no further one fits.
    pub fn insert(&mut self, id: DocumentId, fingerprints: &Fingerprints) -> bool {
        let Ok(number) = u32::try_from(self.documents.len()) else {
            return false;
        };
        if self.documents.len() >= MAX_DOCUMENTS || self.numbers.contains_key(&id) {
            return false;
        }
        self.numbers.insert(id, number);
        self.documents.push(Document {
            id,
            weights: weights_of(fingerprints),
        });
        self.postings
            .extend(fingerprints.keys().iter().map(|key| (*key, number)));
        true
    }

    /// Returns the number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Says whether it holds so much that it should be written and another one begun.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.postings.len() >= FULL || self.documents.len() >= MAX_DOCUMENTS
    }

    /// Writes the segment.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn finish(mut self, out: impl Write) -> io::Result<()> {
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_unstable_by_key(|at| self.documents.get(*at).map(|document| document.id));
        let mut rank = vec![0_u32; order.len()];
        for (place, at) in order.iter().enumerate() {
            if let Some(slot) = rank.get_mut(*at) {
                *slot = u32::try_from(place).map_err(io::Error::other)?;
            }
        }
        for (_, number) in &mut self.postings {
            let at = usize::try_from(*number).map_err(io::Error::other)?;
            *number = rank.get(at).copied().unwrap_or(0);
        }
        self.postings.sort_unstable();
        self.documents.sort_unstable_by_key(|document| document.id);
        let mut writer = Writer::new(out)?;
        let mut documents = Vec::new();
        for entry in self.postings.chunk_by(|one, other| one.0 == other.0) {
            if let Some((key, _)) = entry.first() {
                documents.clear();
                documents.extend(entry.iter().map(|(_, document)| *document));
                writer.entry(*key, &documents)?;
            }
        }
        writer.finish(&self.documents)
    }
}

/// Writes entries in ascending order, then the tables.
pub(super) struct Writer<W> {
    out: W,
    at: u64,
    fences: Vec<Fence>,
    block: Vec<u8>,
    first: u64,
    last: u64,
    postings: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        Ok(Self {
            out,
            at: MAGIC.len() as u64,
            fences: Vec::new(),
            block: Vec::new(),
            first: 0,
            last: 0,
            postings: 0,
        })
    }

    /// Adds a fingerprint larger than all before, with its documents ascending.
    pub(super) fn entry(&mut self, key: u64, documents: &[u32]) -> io::Result<()> {
        for (number, run) in documents.chunks(RUN).enumerate() {
            if number > 0 || self.block.len() >= BLOCK {
                self.close()?;
            }
            if self.block.is_empty() {
                (self.first, self.last) = (key, key);
            }
            put_number(&mut self.block, key.saturating_sub(self.last));
            self.last = key;
            let mut before = 0_u64;
            for (place, document) in run.iter().enumerate() {
                let more = u64::from(place + 1 < run.len());
                let document = u64::from(*document);
                put_number(&mut self.block, document.saturating_sub(before) << 1 | more);
                before = document;
            }
            self.postings = self.postings.saturating_add(run.len() as u64);
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.block)?;
        self.fences.push(Fence {
            first: self.first,
            at: self.at,
            length: u32::try_from(self.block.len()).map_err(io::Error::other)?,
            checksum: short_checksum(&self.block),
        });
        self.at = self.at.saturating_add(self.block.len() as u64);
        self.block.clear();
        Ok(())
    }

    pub(super) fn finish(mut self, documents: &[Document]) -> io::Result<()> {
        self.close()?;
        let mut tables = Vec::new();
        for document in documents {
            tables.extend(document.id.0.to_le_bytes());
            for weight in document.weights {
                tables.extend(weight.to_le_bytes());
            }
        }
        let fences_at = self.at.saturating_add(tables.len() as u64);
        for fence in &self.fences {
            tables.extend(fence.first.to_le_bytes());
            tables.extend(fence.at.to_le_bytes());
            tables.extend(fence.length.to_le_bytes());
            tables.extend(fence.checksum.to_le_bytes());
        }
        let mut footer = Vec::new();
        footer.extend(self.at.to_le_bytes());
        footer.extend(fences_at.to_le_bytes());
        for count in [documents.len(), self.fences.len()] {
            footer.extend(u32::try_from(count).map_err(io::Error::other)?.to_le_bytes());
        }
        footer.extend(self.postings.to_le_bytes());
        let sum = checksum(checksum(0, &tables), &footer);
        footer.extend(sum.to_le_bytes());
        footer.extend(MAGIC);
        self.out.write_all(&tables)?;
        self.out.write_all(&footer)?;
        self.out.flush()
    }
}
