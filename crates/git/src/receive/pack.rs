//! Checks a pack while it streams in, before any program of git's sees it.
//!
//! It counts entries and bytes, inflates every entry within bounds, follows the declared sizes of deltas and the depth of their chains.
//! It keeps no object: memory is bounded by the number of entries. What it cannot know without resolving deltas (which entry a base named
//! by id is) it keeps as [`Links`], to be followed once `git index-pack`, which runs within CPU and memory limits, has told the ids.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use flate2::{Decompress, FlushDecompress, Status};

use super::ReceiveLimits;

/// What is wrong with a pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// More bytes than allowed.
    #[error("it is larger than {most} bytes; push in smaller parts")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// More entries than allowed.
    #[error("it has {entries} objects, more than {most}; push in smaller parts")]
    Entries {
        /// How many it declares.
        entries: u32,
        /// The limit.
        most: u32,
    },
    /// One object is too large.
    #[error("object {number} has {bytes} bytes, more than {most}")]
    ObjectTooLarge {
        /// Which entry, from 1.
        number: u32,
        /// Its size.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// All objects together are too large.
    #[error("its objects have more than {most} bytes together; push in smaller parts")]
    InflatedTooLarge {
        /// The limit.
        most: u64,
    },
    /// It inflates too much for its size.
    #[error("{inflated} bytes come out of {wire}: more than {most} to one, as in a bomb")]
    Ratio {
        /// Inflated bytes.
        inflated: u64,
        /// Bytes on the wire.
        wire: u64,
        /// The limit.
        most: u64,
    },
    /// A chain of deltas is too long.
    #[error("object {number} stands on a chain of more than {most} deltas")]
    Depth {
        /// Which entry, from 1.
        number: u32,
        /// The limit.
        most: u32,
    },
    /// It is not in the format.
    #[error("it is broken at byte {offset}: {what}")]
    Format {
        /// Where.
        offset: u64,
        /// What.
        what: &'static str,
    },
    /// It ends too early.
    #[error("it ends too early, at byte {offset}")]
    Truncated {
        /// Where.
        offset: u64,
    },
    /// Sending or storing it failed.
    #[error("it broke off: {0}")]
    Io(io::Error),
}

/// What a checked pack holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackSummary {
    /// Entries.
    pub entries: u32,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Bytes after inflation and delta resolution, as declared and (for what is not a delta) as found.
    pub inflated: u64,
    /// Longest chain of deltas within the pack.
    pub depth: u32,
}

/// What each entry of a pack stands on, in the order of the pack.
#[derive(Clone, Debug, Default)]
pub struct Links {
    entries: Vec<(u64, Base)>,
    named: bool,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    Nothing,
    Offset(u64),
    Named([u8; 20]),
}

impl Links {
    /// Says whether a delta names its base by id, so that its chain is not followed yet.
    #[must_use]
    pub fn has_named_bases(&self) -> bool {
        self.named
    }

    /// The longest chain of deltas, now that the offsets of objects are known; objects elsewhere count as whole.
    ///
    /// # Errors
    /// When it is longer than allowed, or goes round.
    pub fn depth(&self, offsets: &HashMap<[u8; 20], u64>, limits: &ReceiveLimits) -> Result<u32, PackError> {
        let bases: HashMap<u64, (u32, Base)> = (1_u32..)
            .zip(&self.entries)
            .map(|(number, (offset, base))| (*offset, (number, *base)))
            .collect();
        let mut depths: HashMap<u64, u32> = HashMap::with_capacity(bases.len());
        let mut deepest = 0;
        for (offset, _) in &self.entries {
            let (mut at, mut way) = (*offset, Vec::new());
            let mut depth = loop {
                if let Some(known) = depths.get(&at) {
                    break *known;
                }
                let Some((number, base)) = bases.get(&at) else {
                    break 0;
                };
                let below = match base {
                    Base::Nothing => None,
                    Base::Offset(below) => Some(*below),
                    Base::Named(id) => Some(offsets.get(id).copied().unwrap_or(u64::MAX)),
                };
                way.push((at, *number, below.is_some()));
                let Some(below) = below else { break 0 };
                if way.len() > self.entries.len() {
                    return Err(PackError::Format {
                        offset: at,
                        what: "a chain of deltas that goes round",
                    });
                }
                at = below;
            };
            while let Some((place, number, is_delta)) = way.pop() {
                depth = if is_delta { depth + 1 } else { 0 };
                if depth > limits.delta_depth {
                    return Err(PackError::Depth {
                        number,
                        most: limits.delta_depth,
                    });
                }
                deepest = deepest.max(depth);
                depths.insert(place, depth);
            }
        }
        Ok(deepest)
    }
}

/// Reads a pack from `source`, checks it, and writes the bytes to `keep` as they were.
///
/// # Errors
/// At the first broken bound or rule; `keep` then holds a part.
pub fn check(
    source: impl Read,
    keep: impl Write,
    limits: &ReceiveLimits,
) -> Result<(PackSummary, Links), PackError> {
    let mut input = Input::new(source, keep, limits.pack_bytes);
    let mut header = [0_u8; 12];
    input.exact(&mut header)?;
    let [magic @ .., b0, b1, b2, b3] = header;
    if magic != *b"PACK\0\0\0\x02" {
        return Err(PackError::Format {
            offset: 0,
            what: "no pack of version 2",
        });
    }
    let entries = u32::from_be_bytes([b0, b1, b2, b3]);
    if entries > limits.entries {
        return Err(PackError::Entries {
            entries,
            most: limits.entries,
        });
    }
    let mut checker = Checker {
        limits,
        inflated: 0,
        depths: HashMap::new(),
        deepest: 0,
        links: Links::default(),
        stream: Decompress::new(true),
        out: vec![0_u8; 32 << 10],
    };
    for number in 1..=entries {
        checker.entry(&mut input, number)?;
    }
    let mut trailer = [0_u8; 20];
    input.exact(&mut trailer)?;
    if input.at_end()? {
        input.keep.flush().map_err(PackError::Io)?;
        let summary = PackSummary {
            entries,
            bytes: input.offset,
            inflated: checker.inflated,
            depth: checker.deepest,
        };
        Ok((summary, checker.links))
    } else {
        Err(PackError::Format {
            offset: input.offset,
            what: "bytes after its end",
        })
    }
}

struct Checker<'a> {
    limits: &'a ReceiveLimits,
    inflated: u64,
    depths: HashMap<u64, u32>,
    deepest: u32,
    links: Links,
    stream: Decompress,
    out: Vec<u8>,
}

impl Checker<'_> {
    fn entry<R: Read, W: Write>(&mut self, input: &mut Input<R, W>, number: u32) -> Result<(), PackError> {
        let start = input.offset;
        let (kind, size) = entry_header(input)?;
        self.object_size(number, size)?;
        let (depth, base) = match kind {
            1..=4 => (0, Base::Nothing),
            6 => {
                let distance = base_distance(input)?;
                let base = start
                    .checked_sub(distance)
                    .and_then(|base| self.depths.get(&base).map(|depth| (base, *depth)));
                let (base, depth) = base.ok_or(PackError::Format {
                    offset: start,
                    what: "a delta without its base",
                })?;
                (depth.saturating_add(1), Base::Offset(base))
            }
            7 => {
                let mut base = [0_u8; 20];
                input.exact(&mut base)?;
                self.links.named = true;
                (1, Base::Named(base))
            }
            _ => {
                return Err(PackError::Format {
                    offset: start,
                    what: "an entry of unknown kind",
                });
            }
        };
        if depth > self.limits.delta_depth {
            return Err(PackError::Depth {
                number,
                most: self.limits.delta_depth,
            });
        }
        self.deepest = self.deepest.max(depth);
        self.depths.insert(start, depth);
        self.links.entries.push((start, base));
        let head = self.inflate(input, size)?;
        if depth > 0 {
            let result = delta_result(&head).ok_or(PackError::Format {
                offset: start,
                what: "a delta without sizes",
            })?;
            self.object_size(number, result)?;
            self.add(result, input.offset)?;
        }
        Ok(())
    }

    fn object_size(&self, number: u32, bytes: u64) -> Result<(), PackError> {
        if bytes > self.limits.object_bytes {
            return Err(PackError::ObjectTooLarge {
                number,
                bytes,
                most: self.limits.object_bytes,
            });
        }
        Ok(())
    }

    fn add(&mut self, bytes: u64, wire: u64) -> Result<(), PackError> {
        self.inflated = self.inflated.saturating_add(bytes);
        if self.inflated > self.limits.inflated_bytes {
            return Err(PackError::InflatedTooLarge {
                most: self.limits.inflated_bytes,
            });
        }
        if self.inflated > self.limits.ratio_free_bytes && self.inflated / wire.max(1) > self.limits.ratio {
            return Err(PackError::Ratio {
                inflated: self.inflated,
                wire,
                most: self.limits.ratio,
            });
        }
        Ok(())
    }

    /// Inflates one stream that must have exactly `size` bytes and returns its first bytes.
    fn inflate<R: Read, W: Write>(
        &mut self,
        input: &mut Input<R, W>,
        size: u64,
    ) -> Result<Vec<u8>, PackError> {
        const HEAD: usize = 40;
        let start = input.offset;
        self.stream.reset(true);
        let mut head = Vec::new();
        loop {
            let available = input.fill()?;
            if available.is_empty() {
                return Err(PackError::Truncated { offset: input.offset });
            }
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(available, &mut self.out, FlushDecompress::None)
                .map_err(|_| PackError::Format {
                    offset: start,
                    what: "compressed bytes that do not inflate",
                })?;
            let (took, gave) = (self.stream.total_in() - read, self.stream.total_out() - written);
            let gave_here = usize::try_from(gave).unwrap_or(usize::MAX);
            head.extend(
                self.out
                    .iter()
                    .take(gave_here.min(HEAD.saturating_sub(head.len()))),
            );
            input.consume(usize::try_from(took).unwrap_or(usize::MAX))?;
            if self.stream.total_out() > size {
                return Err(PackError::Format {
                    offset: start,
                    what: "an entry larger than it says",
                });
            }
            self.add(gave, input.offset)?;
            match status {
                Status::StreamEnd if self.stream.total_out() == size => return Ok(head),
                Status::StreamEnd => {
                    return Err(PackError::Format {
                        offset: start,
                        what: "an entry smaller than it says",
                    });
                }
                Status::Ok | Status::BufError if took == 0 && gave == 0 => {
                    return Err(PackError::Format {
                        offset: start,
                        what: "compressed bytes that go nowhere",
                    });
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

fn entry_header<R: Read, W: Write>(input: &mut Input<R, W>) -> Result<(u8, u64), PackError> {
    let offset = input.offset;
    let first = input.byte()?;
    let kind = (first >> 4) & 7;
    let mut size = u64::from(first & 15);
    let (mut more, mut shift) = (first & 0x80 != 0, 4_u32);
    while more {
        let byte = input.byte()?;
        if shift > 53 {
            return Err(PackError::Format {
                offset,
                what: "a size that is too long",
            });
        }
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        more = byte & 0x80 != 0;
    }
    Ok((kind, size))
}

fn base_distance<R: Read, W: Write>(input: &mut Input<R, W>) -> Result<u64, PackError> {
    let offset = input.offset;
    let mut byte = input.byte()?;
    let mut distance = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = input.byte()?;
        if distance >> 55 != 0 {
            return Err(PackError::Format {
                offset,
                what: "a base that is too far away",
            });
        }
        distance = ((distance + 1) << 7) | u64::from(byte & 0x7f);
    }
    if distance == 0 {
        return Err(PackError::Format {
            offset,
            what: "a delta on itself",
        });
    }
    Ok(distance)
}

/// The size of the result that a delta declares: its second number.
fn delta_result(head: &[u8]) -> Option<u64> {
    let (_, rest) = number(head)?;
    number(rest).map(|(value, _)| value)
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..).map(|rest| (value, rest));
        }
    }
    None
}

/// A buffered source that copies what was consumed and counts it.
struct Input<R, W> {
    source: R,
    keep: W,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    offset: u64,
    most: u64,
}

impl<R: Read, W: Write> Input<R, W> {
    fn new(source: R, keep: W, most: u64) -> Self {
        Self {
            source,
            keep,
            buffer: vec![0; 64 << 10].into_boxed_slice(),
            start: 0,
            end: 0,
            offset: 0,
            most,
        }
    }

    /// The bytes at hand; empty at the end.
    fn fill(&mut self) -> Result<&[u8], PackError> {
        while self.start >= self.end {
            match self.source.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => (self.start, self.end) = (0, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(PackError::Io(error)),
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) -> Result<(), PackError> {
        let end = self.start.saturating_add(count).min(self.end);
        let bytes = self.buffer.get(self.start..end).unwrap_or_default();
        self.offset = self
            .offset
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.offset > self.most {
            return Err(PackError::TooLarge { most: self.most });
        }
        self.keep.write_all(bytes).map_err(PackError::Io)?;
        self.start = end;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, PackError> {
        let offset = self.offset;
        let byte = self
            .fill()?
            .first()
            .copied()
            .ok_or(PackError::Truncated { offset })?;
        self.consume(1)?;
        Ok(byte)
    }

    fn exact(&mut self, into: &mut [u8]) -> Result<(), PackError> {
        for slot in into {
            *slot = self.byte()?;
        }
        Ok(())
    }

    fn at_end(&mut self) -> Result<bool, PackError> {
        self.fill().map(<[u8]>::is_empty)
    }
}
