//! The entries of a pack: header, place of the base, zlib stream.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress, Status};
use gix_object::Kind;

use super::delta::low_byte;

/// zlib level: objects are compressed once and sent many times, but a first projection is waited for.
const COMPRESSION: u32 = 3;
/// Up to so many bytes the tables of a compressor cost more to clear than it saves.
const STORED: usize = 80;

/// What an entry holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    /// An object.
    Whole(Kind, &'a [u8]),
    /// A delta to the entry that begins so many bytes before this one.
    Delta { back: u64, delta: &'a [u8] },
}

/// Writes entries. One compressor for all: setting one up costs more than deflating a small object.
pub(super) struct Entries {
    state: Compress,
    out: Vec<u8>,
}

impl Entries {
    pub fn new() -> Self {
        Self {
            state: Compress::new(Compression::new(COMPRESSION), true),
            out: Vec::new(),
        }
    }

    /// Writes one entry and tells its length.
    pub fn write(&mut self, entry: Entry<'_>, file: &mut impl Write) -> std::io::Result<u64> {
        self.out.clear();
        let data = match entry {
            Entry::Whole(kind, data) => {
                let type_bits = match kind {
                    Kind::Commit => 1,
                    Kind::Tree => 2,
                    Kind::Blob => 3,
                    Kind::Tag => 4,
                };
                put_header(type_bits, data.len(), &mut self.out);
                data
            }
            Entry::Delta { back, delta } => {
                put_header(6, delta.len(), &mut self.out);
                put_back(back, &mut self.out);
                delta
            }
        };
        if data.len() <= STORED {
            put_stored(data, &mut self.out);
        } else {
            self.deflate(data)?;
        }
        file.write_all(&self.out)?;
        Ok(u64::try_from(self.out.len()).unwrap_or(u64::MAX))
    }

    /// Appends the whole zlib stream of `data`.
    fn deflate(&mut self, data: &[u8]) -> std::io::Result<()> {
        self.state.reset();
        loop {
            let done = usize::try_from(self.state.total_in()).unwrap_or(usize::MAX);
            // What is left hardly grows; an eighth and a little more holds nearly every object at once.
            self.out
                .reserve((data.len().saturating_sub(done) / 8).max(1 << 12));
            let rest = data.get(done..).unwrap_or_default();
            match self
                .state
                .compress_vec(rest, &mut self.out, FlushCompress::Finish)
            {
                Ok(Status::StreamEnd) => return Ok(()),
                Ok(Status::Ok | Status::BufError) => {}
                Err(error) => return Err(std::io::Error::other(error)),
            }
        }
    }
}

/// First byte: more-follows, three bits of type, four of size; then seven bits of size each.
fn put_header(type_bits: u8, size: usize, out: &mut Vec<u8>) {
    let mut byte = (type_bits << 4) | low_byte(size & 0x0f);
    let mut size = size >> 4;
    while size > 0 {
        out.push(byte | 0x80);
        byte = low_byte(size & 0x7f);
        size >>= 7;
    }
    out.push(byte);
}

/// Seven bits a byte, the highest first, and each further byte counts from one: no distance has two spellings.
fn put_back(back: u64, out: &mut Vec<u8>) {
    let low = |bits: u64| u8::try_from(bits & 0x7f).unwrap_or(0);
    let mut bytes = [0_u8; 10];
    let mut left = back;
    let mut first = true;
    let mut length = 0_usize;
    for byte in bytes.iter_mut().rev() {
        *byte = low(left) | if first { 0 } else { 0x80 };
        first = false;
        length = length.saturating_add(1);
        left >>= 7;
        if left == 0 {
            break;
        }
        left = left.saturating_sub(1);
    }
    out.extend_from_slice(
        bytes
            .get(bytes.len().saturating_sub(length)..)
            .unwrap_or_default(),
    );
}

/// Appends a zlib stream of one stored block.
fn put_stored(data: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&[0x78, 0x01, 0x01]);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
    // RFC 1950: Adler-32.
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = low.wrapping_add(u32::from(*byte)) % 65_521;
        (low, high.wrapping_add(low) % 65_521)
    });
    out.extend_from_slice(&((high << 16) | low).to_be_bytes());
}
