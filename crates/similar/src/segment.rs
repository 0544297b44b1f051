//! A segment: fingerprints of some documents, sorted, written once and never changed.
//!
//! Stored form, integers little endian:
//!
//! ```text
//! "RFSG"  version u16  0 u16
//! blocks           entries in ascending order of fingerprint; per entry the distance from the one before in the block (the first: 0), then its
//!                  documents ascending, each as (distance from the one before) * 2 + (1 when more follow), all LEB128
//! documents        ascending by id: id u128, weight of its fingerprints with names blanked u32, with names kept u32
//! fences           per block: first fingerprint u64, where u64, length u32, checksum u32
//! documents_at u64  fences_at u64  documents u32  blocks u32  postings u64  checksum of documents, fences and these u64  "RFSG" version u16  0 u16
//! ```
//!
//! An entry with many documents goes on in further blocks that begin with the same fingerprint. Documents and fences are in memory, blocks are read by
//! position when a fingerprint of theirs is asked for.
//!
//! INVARIANT: the same documents give the same bytes, whatever the order of insertion or the merges on the way.
//! INVARIANT: bytes from a damaged file are an error, never a wrong posting and never a panic; nothing is reserved for a count that the file cannot hold.

mod merge;
mod write;

use std::io;

use serde::{Deserialize, Serialize};

use crate::fingerprint::{Channel, KEY_END};
use crate::number::take_number;
use crate::tokens::mix;
pub use merge::merge;
pub use write::SegmentBuilder;

/// Version of segments that is written and read.
pub const VERSION: u16 = 2;
/// Most documents of one segment.
pub const MAX_DOCUMENTS: usize = 1 << 24;
const MAGIC: [u8; 8] = [b'R', b'F', b'S', b'G', 2, 0, 0, 0];
/// Bytes after which a block is closed.
const BLOCK: usize = 4096;
/// Most documents of one entry in one block.
const RUN: usize = 8192;
/// Most bytes of a block: a full one, an entry's fingerprint and a run of documents.
const LARGEST_BLOCK: u32 = (BLOCK + 16 + RUN * 5) as u32;
const DOCUMENT_BYTES: u64 = 24;
const FENCE_BYTES: u64 = 24;
const FOOTER_BYTES: u64 = 48;

/// The caller's number for an owned document: enough of its blob id that no two can be made to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentId(pub u128);

/// Bytes by position.
pub trait Source {
    /// Returns how many there are.
    ///
    /// # Errors
    /// When the store fails.
    fn length(&self) -> io::Result<u64>;

    /// Fills `into` from position `at`.
    ///
    /// # Errors
    /// When the store fails or the bytes end early.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
}

impl Source for Vec<u8> {
    fn length(&self) -> io::Result<u64> {
        u64::try_from(self.len()).map_err(io::Error::other)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).map_err(io::Error::other)?;
        let bytes = self
            .get(start..start.saturating_add(into.len()))
            .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        into.copy_from_slice(bytes);
        Ok(())
    }
}

/// Why a segment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The bytes do not begin or end as a segment does.
    #[error("not a segment of a similarity index")]
    NotASegment,
    /// Written by another version.
    #[error("segment of version {version}, this program reads {VERSION}")]
    Version {
        /// Version of the bytes.
        version: u16,
    },
    /// Parts do not fit each other or their checksum.
    #[error("damaged segment: {what} at byte {at}")]
    Damaged {
        /// What is wrong.
        what: &'static str,
        /// Where.
        at: u64,
    },
    /// The store failed.
    #[error("segment cannot be read at byte {at}: {source}")]
    Read {
        /// Where.
        at: u64,
        /// Why.
        source: io::Error,
    },
}

/// A document as a segment lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which one.
    pub id: DocumentId,
    /// Weight of its fingerprints, by channel.
    pub weights: [u32; 2],
}

#[derive(Clone, Copy, Debug)]
struct Fence {
    first: u64,
    at: u64,
    length: u32,
    checksum: u32,
}

/// An open segment.
#[derive(Debug)]
pub struct Segment<S> {
    source: S,
    documents: Vec<Document>,
    fences: Vec<Fence>,
    postings: u64,
}

/// Entries of one block.
#[derive(Debug, Default)]
struct Block {
    /// Fingerprint, and where its documents end in the list.
    entries: Vec<(u64, usize)>,
    documents: Vec<u32>,
}

impl Block {
    fn find(&self, key: u64) -> &[u32] {
        let Ok(at) = self.entries.binary_search_by_key(&key, |(key, _)| *key) else {
            return &[];
        };
        self.entry(at).map_or(&[], |(_, documents)| documents)
    }

    fn entry(&self, at: usize) -> Option<(u64, &[u32])> {
        let (key, end) = self.entries.get(at)?;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.entries.get(before))
            .map_or(0, |(_, end)| *end);
        Some((*key, self.documents.get(start..*end)?))
    }
}

impl<S: Source> Segment<S> {
    /// Opens a segment: reads its ends, its documents and its fences.
    ///
    /// # Errors
    /// When it is no segment, of another version, or damaged.
    pub fn open(source: S) -> Result<Self, SegmentError> {
        let length = source
            .length()
            .map_err(|source| SegmentError::Read { at: 0, source })?;
        let body = MAGIC.len() as u64;
        if length < body + FOOTER_BYTES {
            return Err(SegmentError::NotASegment);
        }
        check_magic(&read(&source, 0, body)?)?;
        let footer_at = length - FOOTER_BYTES;
        let footer = read(&source, footer_at, FOOTER_BYTES)?;
        let mut input = Input(&footer);
        let (documents_at, fences_at) = (input.u64(), input.u64());
        let (documents, blocks, postings) = (u64::from(input.u32()), u64::from(input.u32()), input.u64());
        let sum = input.u64();
        check_magic(input.0)?;
        let fits = documents_at >= body
            && documents <= MAX_DOCUMENTS as u64
            && documents_at.checked_add(documents * DOCUMENT_BYTES) == Some(fences_at)
            && fences_at.checked_add(blocks * FENCE_BYTES) == Some(footer_at);
        if !fits {
            return Err(damaged("parts that do not fit", footer_at));
        }
        let tables = read(&source, documents_at, footer_at - documents_at)?;
        let head = footer.get(..32).unwrap_or_default();
        if checksum(checksum(0, &tables), head) != sum {
            return Err(damaged("documents or fences with another checksum", documents_at));
        }
        let mut input = Input(&tables);
        let mut segment = Self {
            source,
            documents: Vec::new(),
            fences: Vec::new(),
            postings,
        };
        for _ in 0..documents {
            let id = DocumentId(input.u128());
            let weights = [input.u32(), input.u32()];
            if segment.documents.last().is_some_and(|last| last.id >= id) {
                return Err(damaged("documents out of order", documents_at));
            }
            segment.documents.push(Document { id, weights });
        }
        let mut end = body;
        for _ in 0..blocks {
            let fence = Fence {
                first: input.u64(),
                at: input.u64(),
                length: input.u32(),
                checksum: input.u32(),
            };
            let ordered = segment.fences.last().is_none_or(|last| last.first <= fence.first);
            if !ordered || fence.at != end || fence.length == 0 || fence.length > LARGEST_BLOCK {
                return Err(damaged("fences out of order", fences_at));
            }
            end = end.saturating_add(u64::from(fence.length));
            segment.fences.push(fence);
        }
        if end != documents_at {
            return Err(damaged("blocks that do not fit", end));
        }
        Ok(segment)
    }

    /// Returns its documents, ascending by id.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Says whether a document is in it.
    #[must_use]
    pub fn contains(&self, id: DocumentId) -> bool {
        self.documents
            .binary_search_by_key(&id, |document| document.id)
            .is_ok()
    }

    /// Returns how many (fingerprint, document) pairs it holds.
    #[must_use]
    pub const fn postings(&self) -> u64 {
        self.postings
    }

    /// Starts looking up fingerprints; quick when they are asked for in ascending order.
    #[must_use]
    pub fn lookup(&self) -> Lookup<'_, S> {
        Lookup {
            segment: self,
            number: usize::MAX,
            block: Block::default(),
            found: Vec::new(),
        }
    }

    fn block(&self, number: usize) -> Result<Block, SegmentError> {
        let fence = self
            .fences
            .get(number)
            .ok_or(damaged("a block that is not there", 0))?;
        let bytes = read(&self.source, fence.at, u64::from(fence.length))?;
        let bad = |what| damaged(what, fence.at);
        if short_checksum(&bytes) != fence.checksum {
            return Err(bad("a block with another checksum"));
        }
        let mut rest = bytes.as_slice();
        let mut block = Block::default();
        let mut key = fence.first;
        while !rest.is_empty() {
            let distance = take_number(&mut rest).ok_or(bad("a broken number"))?;
            if (distance == 0) != block.entries.is_empty() {
                return Err(bad("fingerprints out of order"));
            }
            key = key
                .checked_add(distance)
                .filter(|key| *key < KEY_END)
                .ok_or(bad("a fingerprint past the largest"))?;
            let mut last: Option<u64> = None;
            loop {
                let number = take_number(&mut rest).ok_or(bad("a broken number"))?;
                let document = match last {
                    None => number >> 1,
                    Some(_) if number >> 1 == 0 => return Err(bad("documents out of order")),
                    Some(last) => last.saturating_add(number >> 1),
                };
                let within = usize::try_from(document).is_ok_and(|document| document < self.documents.len());
                let short = u32::try_from(document).ok().filter(|_| within);
                block
                    .documents
                    .push(short.ok_or(bad("a document past the last"))?);
                last = Some(document);
                if number & 1 == 0 {
                    break;
                }
            }
            block.entries.push((key, block.documents.len()));
        }
        Ok(block)
    }
}

/// Looks up fingerprints in one segment; keeps the block it read last.
#[derive(Debug)]
pub struct Lookup<'a, S> {
    segment: &'a Segment<S>,
    number: usize,
    block: Block,
    found: Vec<u32>,
}

impl<S: Source> Lookup<'_, S> {
    /// Returns the documents that have a fingerprint, as positions in the segment's list.
    ///
    /// # Errors
    /// When the store fails or a block is damaged.
    pub fn find(&mut self, key: u64) -> Result<&[u32], SegmentError> {
        let after = self.segment.fences.partition_point(|fence| fence.first < key);
        self.found.clear();
        // The block before the first that begins at or past it may hold it inside; those that begin with it hold the rest.
        if let Some(before) = after.checked_sub(1) {
            self.load(before)?;
            self.found.extend_from_slice(self.block.find(key));
        }
        let mut number = after;
        while self
            .segment
            .fences
            .get(number)
            .is_some_and(|fence| fence.first == key)
        {
            self.load(number)?;
            self.found.extend_from_slice(self.block.find(key));
            number += 1;
        }
        Ok(&self.found)
    }

    fn load(&mut self, number: usize) -> Result<(), SegmentError> {
        if self.number != number {
            self.block = self.segment.block(number)?;
            self.number = number;
        }
        Ok(())
    }
}

fn read<S: Source>(source: &S, at: u64, length: u64) -> Result<Vec<u8>, SegmentError> {
    let failed = |source| SegmentError::Read { at, source };
    let whole = source.length().map_err(failed)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|_| at.checked_add(length).is_some_and(|end| end <= whole))
        .ok_or(damaged("the end", whole))?;
    let mut bytes = vec![0; length];
    source.read_at(at, &mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn check_magic(bytes: &[u8]) -> Result<(), SegmentError> {
    match bytes {
        [b'R', b'F', b'S', b'G', low, high, ..] => match u16::from_le_bytes([*low, *high]) {
            VERSION if bytes == MAGIC => Ok(()),
            VERSION => Err(SegmentError::NotASegment),
            version => Err(SegmentError::Version { version }),
        },
        _ => Err(SegmentError::NotASegment),
    }
}

const fn damaged(what: &'static str, at: u64) -> SegmentError {
    SegmentError::Damaged { what, at }
}

/// Eight bytes at a time; for damage by accident, not by an enemy: whoever writes here is the owner.
fn checksum(start: u64, bytes: &[u8]) -> u64 {
    bytes
        .chunks(8)
        .fold(mix(start ^ bytes.len() as u64), |sum, chunk| {
            let word = chunk
                .iter()
                .rev()
                .fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            mix(sum ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15)
        })
}

fn short_checksum(bytes: &[u8]) -> u32 {
    u32::try_from(checksum(1, bytes) >> 32).unwrap_or(0)
}

/// Reads numbers off bytes whose length was checked.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.0 = rest;
                *taken
            }
            None => [0; N],
        }
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn u128(&mut self) -> u128 {
        u128::from_le_bytes(self.take())
    }
}

/// Weight of fingerprints, by channel.
pub(crate) fn weights_of(fingerprints: &crate::Fingerprints) -> [u32; 2] {
    let background = crate::Background::built_in();
    let mut weights = [0_u32; 2];
    for channel in Channel::ALL {
        if let Some(weight) = weights.get_mut(channel.index()) {
            *weight = fingerprints
                .channel(channel)
                .iter()
                .map(|key| background.weight(*key))
                .fold(0, u32::saturating_add);
        }
    }
    weights
}
