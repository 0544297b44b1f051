//! Packs: raw bytes, or bytes taken as instructions for a pack whose streams inflate, so that what lies behind is reached too.
#![no_main]

use std::collections::HashMap;
use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use libfuzzer_sys::fuzz_target;

#[path = "seeds.rs"]
#[allow(dead_code, reason = "each target takes its own")]
mod seeds;

#[path = "receive.rs"]
#[allow(dead_code, reason = "a part of another crate")]
mod receive;

use receive::{pack, small};

fuzz_target!(init: seeds::write(&seeds::packs()), |bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else { return };
    let built;
    let input = if how % 2 == 0 {
        bytes
    } else {
        built = build(bytes);
        built.as_slice()
    };
    let limits = small();
    let mut kept = Vec::new();
    match pack::check(input, &mut kept, &limits) {
        Ok((summary, links)) => {
            assert_eq!(kept, input, "what was checked is what is kept");
            assert!(summary.entries <= limits.entries && summary.depth <= limits.delta_depth);
            assert!(summary.inflated <= limits.inflated_bytes);
            assert_eq!(summary.bytes, input.len() as u64);
            // Ids that the sender chose may make chains go anywhere, round included.
            let offsets: HashMap<[u8; 20], u64> = (0..=255_u8)
                .map(|number| ([number; 20], u64::from(number.rotate_left(3)) % input.len() as u64))
                .chain([([b'z'; 20], 12)])
                .collect();
            if let Ok(depth) = links.depth(&offsets, &limits) {
                assert!(depth <= limits.delta_depth);
            }
            if !links.has_named_bases() {
                assert_eq!(links.depth(&HashMap::new(), &limits).ok(), Some(summary.depth));
            }
        }
        Err(error) => {
            assert!(input.starts_with(&kept));
            assert!(!error.to_string().is_empty());
        }
    }
});

/// Three bytes and a payload for each entry: kind, declared size, length of the payload.
fn build(bytes: &[u8]) -> Vec<u8> {
    let (mut entries, mut rest) = (Vec::new(), bytes);
    let mut starts = vec![12_usize];
    while let [kind, wrong, length, after @ ..] = rest {
        let length = usize::from(*length).min(after.len());
        let (payload, after) = after.split_at(length);
        rest = after;
        let payload = payload.repeat(1 + usize::from(*wrong >> 4) * usize::from(*kind >> 6));
        let kind = kind & 7;
        let mut entry = Vec::new();
        let declared = payload.len().wrapping_add(usize::from(*wrong & 1));
        let mut size = declared >> 4;
        let mut byte = (kind << 4) | (declared as u8 & 15);
        while size > 0 {
            entry.push(byte | 0x80);
            byte = size as u8 & 0x7f;
            size >>= 7;
        }
        entry.push(byte);
        match kind {
            6 => {
                let back = usize::from(*wrong >> 1) % starts.len();
                let distance = starts[starts.len() - 1] - starts[starts.len() - 1 - back];
                let mut bytes = vec![(distance & 0x7f) as u8];
                let mut value = distance >> 7;
                while value > 0 {
                    value -= 1;
                    bytes.insert(0, 0x80 | (value & 0x7f) as u8);
                    value >>= 7;
                }
                entry.extend(bytes);
            }
            7 => entry.extend([*wrong; 20]),
            _ => {}
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&payload).expect("writing to memory");
        entry.extend(encoder.finish().expect("writing to memory"));
        starts.push(starts[starts.len() - 1] + entry.len());
        entries.push(entry);
    }
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    pack.extend(entries.concat());
    pack.extend_from_slice(&[0; 20]);
    pack
}
