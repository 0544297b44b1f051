//! Remembers what was unpacked last, so that the next object of the same delta chain starts from it: the trees of a history are read
//! one after the other, and each is a delta to the one before.
//!
//! INVARIANT: never holds more than [`MOST_BYTES`].

use std::collections::HashMap;

use gix::odb::pack::cache::DecodeEntry;
use gix_object::Kind;

/// Bytes of objects that are kept.
const MOST_BYTES: usize = 64 << 20;
/// Larger objects are not kept.
const LARGEST: usize = 4 << 20;

/// By pack and offset. When the young half is full, the old half is forgotten and the young one grows old.
#[derive(Default)]
pub(super) struct Recent {
    young: HashMap<(u32, u64), Entry>,
    old: HashMap<(u32, u64), Entry>,
    young_bytes: usize,
}

struct Entry {
    data: Vec<u8>,
    kind: Kind,
    compressed_size: usize,
}

impl Recent {
    fn keep(&mut self, key: (u32, u64), entry: Entry) {
        let bytes = entry.data.len();
        if self.young_bytes.saturating_add(bytes) > MOST_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(bytes);
        if let Some(before) = self.young.insert(key, entry) {
            self.young_bytes = self.young_bytes.saturating_sub(before.data.len());
        }
    }
}

impl DecodeEntry for Recent {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        if data.len() <= LARGEST {
            let data = data.to_vec();
            self.keep(
                (pack, offset),
                Entry {
                    data,
                    kind,
                    compressed_size,
                },
            );
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let key = (pack, offset);
        if !self.young.contains_key(&key) {
            let entry = self.old.remove(&key)?;
            self.keep(key, entry);
        }
        let entry = self.young.get(&key)?;
        out.clear();
        out.extend_from_slice(&entry.data);
        Some((entry.kind, entry.compressed_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_stays_and_memory_is_bounded() {
        let mut recent = Recent::default();
        let piece = vec![7_u8; 1 << 20];
        for offset in 0..200_u64 {
            recent.put(1, offset, &piece, Kind::Tree, 10);
            let mut out = Vec::new();
            // Asked for again and again, so never forgotten.
            assert!(recent.get(1, 0, &mut out).is_some());
            let held: usize = recent
                .young
                .values()
                .chain(recent.old.values())
                .map(|entry| entry.data.len())
                .sum();
            assert!(held <= MOST_BYTES, "{held}");
        }
        let mut out = Vec::new();
        assert_eq!(recent.get(1, 199, &mut out), Some((Kind::Tree, 10)));
        assert_eq!(out, piece);
        assert_eq!(recent.get(1, 60, &mut out), None);
        assert_eq!(recent.get(2, 0, &mut out), None);
        recent.put(1, 999, &vec![0; LARGEST + 1], Kind::Blob, 1);
        assert_eq!(recent.get(1, 999, &mut out), None);
    }
}
