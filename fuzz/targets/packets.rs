//! pkt-line: whatever the bytes, splitting ends, gives back what stands there, and does not depend on how the bytes arrived.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "seeds.rs"]
#[allow(dead_code, reason = "each target takes its own")]
mod seeds;

// The very file of the gateway, without the gateway.
#[path = "../../crates/gateway/src/pkt.rs"]
#[allow(dead_code, missing_docs, reason = "a part of another crate")]
mod pkt;

use pkt::Packet;

fuzz_target!(init: seeds::write(&seeds::packets()), |bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some((packet, after))) = pkt::split(rest) {
        assert!(after.len() < rest.len(), "no progress");
        let taken = &rest[..rest.len() - after.len()];
        let mut written = Vec::new();
        match packet {
            Packet::Flush => written.extend_from_slice(b"0000"),
            Packet::Delimiter => written.extend_from_slice(b"0001"),
            Packet::ResponseEnd => written.extend_from_slice(b"0002"),
            // An empty payload is never written.
            Packet::Data([]) => written.extend_from_slice(b"0004"),
            Packet::Data(data) => pkt::write(&mut written, data),
        }
        assert!(taken.eq_ignore_ascii_case(&written) && taken[4.min(taken.len())..] == written[4.min(written.len())..]);
        for cut in [1, 3, 4, taken.len() - 1] {
            if cut < taken.len() {
                assert!(matches!(pkt::split(&taken[..cut]), Ok(None)), "a part of a packet is no packet");
            }
        }
        rest = after;
    }
    let bytes = &bytes[..bytes.len().min(2_048)];
    let shown = pkt::one_line(&String::from_utf8_lossy(bytes));
    assert!(!shown.chars().any(char::is_control));
    assert!(pkt::error_packet(&String::from_utf8_lossy(bytes)).len() < 16_000);
});
