//! Deltas between two versions of one file or folder, in git's pack format: what both begin and end with is copied, and in between blocks
//! that the older version has too.
//!
//! INVARIANT: the delta is a function of the two byte strings alone, and applying it to the older one gives the newer one. Time and
//! memory are linear in their sizes.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is below a length taken from the same slice: prefix + suffix <= both lengths, and blocks end inside their text"
)]

/// Bytes that are looked up at once.
const BLOCK: usize = 16;
/// The most places of one hash that are kept: a text of one repeated line must not cost its square.
const MOST_ALIKE: usize = 4;
/// What one copy instruction can name.
const LONGEST_COPY: usize = 0x1_0000;
const LONGEST_INSERT: usize = 0x7f;
/// The multiplier of the rolling hash; odd, so that every byte counts.
const FACTOR: u32 = 0x0100_0193;

/// Appends the delta from `base` to `target` to an empty `out`. Gives up, and says so, once it is longer than `most`.
pub(super) fn encode(base: &[u8], target: &[u8], most: usize, out: &mut Vec<u8>) -> bool {
    out.clear();
    // Copies name their place in four bytes.
    if u32::try_from(base.len()).is_err() {
        return false;
    }
    put_size(base.len(), out);
    put_size(target.len(), out);
    let prefix = common_prefix(base, target);
    let suffix = common_suffix(&base[prefix..], &target[prefix..]);
    put_copy(0, prefix, out);
    let old = &base[prefix..base.len() - suffix];
    let new = &target[prefix..target.len() - suffix];
    if !put_middle(old, prefix, new, most, out) {
        return false;
    }
    put_copy(base.len() - suffix, suffix, out);
    out.len() <= most
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const WIDE: usize = 64;
    let wide = a
        .chunks_exact(WIDE)
        .zip(b.chunks_exact(WIDE))
        .take_while(|(a, b)| a == b)
        .count()
        * WIDE;
    let rest = a[wide..].iter().zip(&b[wide..]);
    wide + rest.take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const WIDE: usize = 64;
    let wide = a
        .rchunks_exact(WIDE)
        .zip(b.rchunks_exact(WIDE))
        .take_while(|(a, b)| a == b)
        .count()
        * WIDE;
    let rest = a[..a.len() - wide]
        .iter()
        .rev()
        .zip(b[..b.len() - wide].iter().rev());
    wide + rest.take_while(|(a, b)| a == b).count()
}

/// What stands between the common beginning and the common end; `old` stands at `offset` of the base.
fn put_middle(old: &[u8], offset: usize, new: &[u8], most: usize, out: &mut Vec<u8>) -> bool {
    if old.len() < BLOCK || new.len() < BLOCK {
        put_insert(new, out);
        return out.len() <= most;
    }
    let blocks = Blocks::of(old);
    let mut literal = 0;
    let mut at = 0;
    let mut hash = hash_of(&new[..BLOCK]);
    loop {
        if let Some((from, length)) = blocks.longest(old, hash, &new[at..]) {
            // A match may begin before the block that found it.
            let back = common_suffix(&old[..from], &new[literal..at]);
            put_insert(&new[literal..at - back], out);
            put_copy(offset + from - back, length + back, out);
            at += length;
            literal = at;
            if out.len() > most {
                return false;
            }
            if at + BLOCK > new.len() {
                break;
            }
            hash = hash_of(&new[at..at + BLOCK]);
            continue;
        }
        if at + BLOCK >= new.len() {
            break;
        }
        hash = rolled(hash, new[at], new[at + BLOCK]);
        at += 1;
    }
    put_insert(&new[literal..], out);
    out.len() <= most
}

fn hash_of(block: &[u8]) -> u32 {
    block.iter().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(FACTOR).wrapping_add(u32::from(*byte) + 1)
    })
}

/// The hash one byte further.
fn rolled(hash: u32, gone: u8, come: u8) -> u32 {
    const TOP: u32 = {
        let mut power = 1_u32;
        let mut count = 1;
        while count < BLOCK {
            power = power.wrapping_mul(FACTOR);
            count += 1;
        }
        power
    };
    hash.wrapping_sub((u32::from(gone) + 1).wrapping_mul(TOP))
        .wrapping_mul(FACTOR)
        .wrapping_add(u32::from(come) + 1)
}

/// Where the blocks of a text stand, by hash: a table of chains.
struct Blocks {
    /// One past the number of the first block of each slot; zero: none.
    first: Vec<u32>,
    /// The next block of the same slot, likewise.
    next: Vec<u32>,
    shift: u32,
}

impl Blocks {
    fn of(text: &[u8]) -> Self {
        let count = text.len() / BLOCK;
        let bits = usize::BITS - count.leading_zeros() + 1;
        let mut blocks = Self {
            first: vec![0; 1 << bits],
            next: vec![0; count],
            shift: u32::BITS - bits,
        };
        // From behind, so that the chain begins with the foremost.
        for number in (0..count).rev() {
            let slot = blocks.slot(hash_of(&text[number * BLOCK..(number + 1) * BLOCK]));
            blocks.next[number] = blocks.first[slot];
            blocks.first[slot] = u32::try_from(number + 1).unwrap_or(0);
        }
        blocks
    }

    fn slot(&self, hash: u32) -> usize {
        // The upper bits of a product spread best.
        usize::try_from(hash.wrapping_mul(0x9e37_79b1) >> self.shift).unwrap_or(0)
    }

    /// The longest common run that begins with a block of `old` and with `new`, among the first few candidates.
    fn longest(&self, old: &[u8], hash: u32, new: &[u8]) -> Option<(usize, usize)> {
        let mut found: Option<(usize, usize)> = None;
        let mut block = self.first[self.slot(hash)];
        for _ in 0..MOST_ALIKE {
            let Some(number) = usize::try_from(block).ok().and_then(|block| block.checked_sub(1)) else {
                break;
            };
            let from = number * BLOCK;
            let length = common_prefix(&old[from..], new);
            if length >= BLOCK && found.is_none_or(|(_, longest)| length > longest) {
                found = Some((from, length));
            }
            block = self.next[number];
        }
        found
    }
}

fn put_size(size: usize, out: &mut Vec<u8>) {
    let mut size = size;
    loop {
        let low = low_byte(size & 0x7f);
        size >>= 7;
        if size == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn put_copy(from: usize, length: usize, out: &mut Vec<u8>) {
    let (mut from, mut length) = (from, length);
    while length > 0 {
        let piece = length.min(LONGEST_COPY);
        let command = out.len();
        out.push(0x80);
        for (bit, shift) in [0, 8, 16, 24].into_iter().enumerate() {
            put_if_any(from >> shift, 1 << bit, command, out);
        }
        // The longest is told by no size at all.
        let size = if piece == LONGEST_COPY { 0 } else { piece };
        put_if_any(size, 0x10, command, out);
        put_if_any(size >> 8, 0x20, command, out);
        from += piece;
        length -= piece;
    }
}

/// Appends the low byte of a number unless it is zero, and says so in the command.
fn put_if_any(number: usize, bit: u8, command: usize, out: &mut Vec<u8>) {
    let byte = low_byte(number & 0xff);
    if byte != 0 {
        out.push(byte);
        out[command] |= bit;
    }
}

fn put_insert(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(LONGEST_INSERT) {
        out.push(low_byte(piece.len()));
        out.extend_from_slice(piece);
    }
}

/// A number below 256 as a byte.
pub(super) fn low_byte(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
