//! Merges segments into one, reading each once from front to back.

use std::io::{self, Write};

use super::write::Writer;
use super::{Block, Document, Segment, SegmentError, Source};

/// Writes one segment with the documents of all; a document in several counts once.
///
/// # Errors
/// When a segment is damaged or `out` fails.
pub fn merge<S: Source>(segments: &[Segment<S>], out: impl Write) -> io::Result<()> {
    let mut documents: Vec<Document> = segments
        .iter()
        .flat_map(|segment| segment.documents.iter().copied())
        .collect();
    documents.sort_by_key(|document| document.id);
    documents.dedup_by_key(|document| document.id);
    let mut cursors = segments
        .iter()
        .map(|segment| Cursor::new(segment, &documents))
        .collect::<Result<Vec<_>, _>>()
        .map_err(io::Error::other)?;
    let mut writer = Writer::new(out)?;
    let mut having: Vec<u32> = Vec::new();
    while let Some(key) = cursors.iter().filter_map(Cursor::key).min() {
        having.clear();
        for cursor in &mut cursors {
            while cursor.key() == Some(key) {
                cursor.take(&mut having).map_err(io::Error::other)?;
            }
        }
        having.sort_unstable();
        having.dedup();
        writer.entry(key, &having)?;
    }
    writer.finish(&documents)
}

/// A place in one segment.
struct Cursor<'a, S> {
    segment: &'a Segment<S>,
    /// Where each of its documents stands in the merged list.
    places: Vec<u32>,
    next_block: usize,
    block: Block,
    entry: usize,
}

impl<'a, S: Source> Cursor<'a, S> {
    fn new(segment: &'a Segment<S>, merged: &[Document]) -> Result<Self, SegmentError> {
        let places = segment
            .documents
            .iter()
            .filter_map(|document| merged.binary_search_by_key(&document.id, |known| known.id).ok())
            .filter_map(|place| u32::try_from(place).ok())
            .collect();
        let mut cursor = Self {
            segment,
            places,
            next_block: 0,
            block: Block::default(),
            entry: 0,
        };
        cursor.settle()?;
        Ok(cursor)
    }

    fn key(&self) -> Option<u64> {
        self.block.entries.get(self.entry).map(|(key, _)| *key)
    }

    /// Appends the documents of the present entry and goes on to the next.
    fn take(&mut self, into: &mut Vec<u32>) -> Result<(), SegmentError> {
        if let Some((_, documents)) = self.block.entry(self.entry) {
            into.extend(
                documents
                    .iter()
                    .filter_map(|document| self.places.get(usize::try_from(*document).ok()?).copied()),
            );
        }
        self.entry += 1;
        self.settle()
    }

    fn settle(&mut self) -> Result<(), SegmentError> {
        if self.entry >= self.block.entries.len() && self.next_block < self.segment.fences.len() {
            self.block = self.segment.block(self.next_block)?;
            self.next_block += 1;
            self.entry = 0;
        }
        Ok(())
    }
}
