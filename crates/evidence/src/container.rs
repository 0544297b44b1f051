//! The zip around a pack: written so that the same members give the same bytes, read so that two programs cannot differ.
//!
//! Zip readers disagree on hostile files (two directories, hidden members, names that only one side decodes), and a pack
//! must mean the same to each verifier. So this reader accepts one plain form: the directory ends the file, members tile
//! it without gaps in directory order, names are sorted, unique without regard to case, and of a small alphabet.
//! `verify.py` has the same rules.
//!
//! INVARIANT: nothing is inflated beyond the size that the directory states and the bounds allow.
//! Refuses: zip64, encryption, comments, folders, links, prefixes, gaps, other methods than stored and deflate.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::{Decompress, FlushDecompress, Status};

/// Largest pack, and largest sum of its members, in bytes.
pub const MAX_PACK_BYTES: usize = 256 << 20;
/// Largest member in bytes.
pub const MAX_MEMBER_BYTES: usize = 64 << 20;
/// Most members.
pub const MAX_MEMBERS: usize = 10_000;
/// A member above 1 MiB may not be larger than this many times its compressed size.
pub const MAX_RATIO: usize = 200;
/// Longest name in bytes.
pub const MAX_NAME_BYTES: usize = 200;

const RATIO_FREE_BYTES: usize = 1 << 20;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_BYTES: usize = 22;
/// Sizes follow the data (bit 3), names are UTF-8 (bit 11), deflate speed (bits 1 and 2). Any other flag is refused.
const KNOWN_FLAGS: u16 = 0b1000_0000_1110;
const SIZES_FOLLOW: u16 = 0b1000;

/// Members by name, sorted.
pub type Members = BTreeMap<String, Vec<u8>>;

/// Why a file is not the zip of a pack.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// Not the one accepted form.
    #[error("not a plain zip: {0}")]
    Form(&'static str),
    /// One member is not in the accepted form.
    #[error("member {name}: {problem}")]
    Member {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Above a bound.
    #[error("{what} is {found}, above the bound of {bound}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// The bound.
        bound: usize,
    },
    /// The zip could not be written.
    #[error("writing the zip failed: {0}")]
    Write(#[from] zip::result::ZipError),
    /// A member could not be written.
    #[error("writing a member failed: {0}")]
    WriteMember(#[from] std::io::Error),
}

/// Writes members, stored, sorted, with fixed times: the same members give the same bytes everywhere and always.
pub fn write(members: &Members) -> Result<Vec<u8>, ContainerError> {
    bound("number of members", members.len(), MAX_MEMBERS)?;
    bound(
        "sum of members",
        members.values().map(Vec::len).sum(),
        MAX_PACK_BYTES / 2,
    )?;
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut folded = std::collections::BTreeSet::new();
    for (name, bytes) in members {
        if !is_member_name(name.as_bytes()) || !folded.insert(name.to_ascii_lowercase()) {
            return Err(member(name, "a name that is not allowed or twice"));
        }
        bound("size of a member", bytes.len(), MAX_MEMBER_BYTES)?;
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Reads the members of a pack.
pub fn read(pack: &[u8]) -> Result<Members, ContainerError> {
    bound("size of the pack", pack.len(), MAX_PACK_BYTES)?;
    let end_at = pack
        .len()
        .checked_sub(END_BYTES)
        .ok_or(ContainerError::Form("too short"))?;
    let end = Fields::at(pack, end_at)?;
    let directory_size = end.length(12)?;
    let directory_at = end.length(16)?;
    let count = usize::from(end.u16(10)?);
    let plain = end.u32(0)? == END && end.u32(4)? == 0 && end.u16(8)? == end.u16(10)? && end.u16(20)? == 0;
    if !plain {
        return Err(ContainerError::Form(
            "no plain end of the directory at the end of the file",
        ));
    }
    if directory_at.checked_add(directory_size) != Some(end_at) {
        return Err(ContainerError::Form(
            "the directory does not end where the end record starts",
        ));
    }
    bound("number of members", count, MAX_MEMBERS)?;

    let mut members = Members::new();
    let mut folded = std::collections::BTreeSet::new();
    let (mut at, mut data_at, mut total) = (directory_at, 0, 0_usize);
    for _ in 0..count {
        let entry = Fields::at(pack, at)?;
        if entry.u32(0)? != CENTRAL {
            return Err(ContainerError::Form("a directory entry is missing"));
        }
        let name_length = usize::from(entry.u16(28)?);
        let raw = entry.bytes(46, name_length)?;
        if !is_member_name(raw) {
            return Err(ContainerError::Form("a member name that is not allowed"));
        }
        let name = String::from_utf8_lossy(raw).into_owned();
        if members.last_key_value().is_some_and(|(last, _)| *last >= name)
            || !folded.insert(name.to_ascii_lowercase())
        {
            return Err(member(&name, "is not in sorted order, or is there twice"));
        }
        let skip = name_length + usize::from(entry.u16(30)?) + usize::from(entry.u16(32)?);
        let (bytes, next) = read_member(pack, &entry, data_at, directory_at, &name)?;
        total += bytes.len();
        bound("sum of members", total, MAX_PACK_BYTES)?;
        members.insert(name, bytes);
        data_at = next;
        at = at.saturating_add(46 + skip);
    }
    if at != end_at || data_at != directory_at {
        return Err(ContainerError::Form("bytes that belong to no member"));
    }
    Ok(members)
}

/// Reads the member whose local header must start at `start`; returns its bytes and where the next one starts.
fn read_member(
    pack: &[u8],
    entry: &Fields<'_>,
    start: usize,
    directory_at: usize,
    name: &str,
) -> Result<(Vec<u8>, usize), ContainerError> {
    let flags = entry.u16(8)?;
    let method = entry.u16(10)?;
    let (checksum, packed, size) = (entry.u32(16)?, entry.length(20)?, entry.length(24)?);
    if flags & !KNOWN_FLAGS != 0 || !matches!(method, 0 | 8) || entry.u16(34)? != 0 {
        return Err(member(name, "flags, method or disk that are not allowed"));
    }
    if entry.length(42)? != start {
        return Err(member(name, "does not start where the one before it ends"));
    }
    let local = Fields::at(pack, start)?;
    let name_length = usize::from(local.u16(26)?);
    let extra = usize::from(local.u16(28)?);
    let same = local.u32(0)? == LOCAL
        && local.u16(6)? == flags
        && local.u16(8)? == method
        && local.bytes(30, name_length)? == name.as_bytes();
    let sizes_follow = flags & SIZES_FOLLOW != 0;
    let same_sizes = local.u32(14)? == checksum && local.length(18)? == packed && local.length(22)? == size;
    if !same || !(same_sizes || sizes_follow) {
        return Err(member(name, "its header differs from its directory entry"));
    }
    bound("size of a member", size, MAX_MEMBER_BYTES)?;
    if size > RATIO_FREE_BYTES && size / MAX_RATIO > packed {
        return Err(member(name, "inflates more than 200 times"));
    }
    let stored = local.bytes(30 + name_length + extra, packed)?;
    let bytes = if method == 0 {
        stored.to_vec()
    } else {
        inflate(stored, size).ok_or(member(name, "does not inflate"))?
    };
    let mut check = flate2::Crc::new();
    check.update(&bytes);
    if bytes.len() != size || check.sum() != checksum {
        return Err(member(name, "size or checksum is wrong"));
    }
    let mut next = start
        .saturating_add(30 + name_length + extra)
        .saturating_add(packed);
    if sizes_follow {
        let described = Fields::at(pack, next)?;
        let signature = described.u32(0)? == 0x0807_4b50;
        let base = if signature { 4 } else { 0 };
        let fits = described.u32(base)? == checksum
            && described.length(base + 4)? == packed
            && described.length(base + 8)? == size;
        if !fits {
            return Err(member(
                name,
                "its trailing description differs from its directory entry",
            ));
        }
        next = next.saturating_add(base + 12);
    }
    if next > directory_at {
        return Err(member(name, "runs into the directory"));
    }
    Ok((bytes, next))
}

/// Inflates exactly `size` bytes from exactly all of `packed`.
fn inflate(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut inflater = Decompress::new(false);
    // One byte more than stated, so that a longer stream is noticed.
    let mut out = Vec::with_capacity(size.checked_add(1)?);
    let status = inflater
        .decompress_vec(packed, &mut out, FlushDecompress::Finish)
        .ok()?;
    let consumed = usize::try_from(inflater.total_in()).ok()?;
    (status == Status::StreamEnd && consumed == packed.len() && out.len() == size).then_some(out)
}

/// Says whether a name is a relative path of `A-Z a-z 0-9 . _ -` parts, none of them dots only.
pub fn is_member_name(name: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    let part = |part: &[u8]| !part.is_empty() && part.iter().any(|byte| *byte != b'.');
    name.len() <= MAX_NAME_BYTES && name.iter().all(allowed) && name.split(|byte| *byte == b'/').all(part)
}

fn bound(what: &'static str, found: usize, bound: usize) -> Result<(), ContainerError> {
    if found > bound {
        Err(ContainerError::TooLarge { what, found, bound })
    } else {
        Ok(())
    }
}

fn member(name: &str, problem: &'static str) -> ContainerError {
    ContainerError::Member {
        name: name.to_owned(),
        problem,
    }
}

/// Little-endian fields of one record.
struct Fields<'p>(&'p [u8]);

impl<'p> Fields<'p> {
    fn at(pack: &'p [u8], at: usize) -> Result<Fields<'p>, ContainerError> {
        pack.get(at..)
            .map(Fields)
            .ok_or(ContainerError::Form("a record beyond the end"))
    }

    fn bytes(&self, at: usize, length: usize) -> Result<&'p [u8], ContainerError> {
        let end = at.checked_add(length);
        end.and_then(|end| self.0.get(at..end))
            .ok_or(ContainerError::Form("a record beyond the end"))
    }

    fn u16(&self, at: usize) -> Result<u16, ContainerError> {
        let bytes = self.bytes(at, 2)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u16::from(*byte)))
    }

    fn u32(&self, at: usize) -> Result<u32, ContainerError> {
        let bytes = self.bytes(at, 4)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    /// A size or an offset.
    fn length(&self, at: usize) -> Result<usize, ContainerError> {
        usize::try_from(self.u32(at)?).map_err(|_| ContainerError::Form("a size beyond this machine"))
    }
}
