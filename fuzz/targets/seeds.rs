//! The first inputs of each target, made by code: small, valid, and one step beside valid.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

/// Names the folder that [`write`] fills before libFuzzer reads it.
pub const FOLDER: &str = "RINGFENCE_FUZZ_SEEDS";

/// Writes seeds into the folder that the environment names, if it names one.
pub fn write(seeds: &[Vec<u8>]) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).expect("making the folder of seeds");
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).expect("writing a seed");
    }
}

pub fn packets() -> Vec<Vec<u8>> {
    let id = "0123456789abcdef0123456789abcdef01234567";
    let line = |text: &str| format!("{:04x}{text}", text.len() + 4).into_bytes();
    vec![
        [
            line("command=fetch"),
            b"0001".to_vec(),
            line(&format!("want {id}\n")),
            line("done\n"),
            b"0000".to_vec(),
        ]
        .concat(),
        [
            line(&format!("{id} {id} refs/heads/x\0 report-status side-band-64k")),
            b"0000PACK".to_vec(),
        ]
        .concat(),
        [
            line(&format!("want {id} side-band-64k\n")),
            b"0000".to_vec(),
            line(&format!("have {id}\n")),
            b"0002".to_vec(),
        ]
        .concat(),
        b"0004fff0ffff0003000".to_vec(),
    ]
}

pub fn packs() -> Vec<Vec<u8>> {
    let deflate = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("writing to memory");
        encoder.finish().expect("writing to memory")
    };
    let blob = [vec![0x3a], deflate(b"ten bytes\n")].concat();
    let delta = [10, 13, 0x90, 10, 3, b'a', b'b', b'c'];
    let by_offset = [vec![0x68, blob.len() as u8], deflate(&delta)].concat();
    let by_id = [vec![0x78], vec![b'z'; 20], deflate(&delta)].concat();
    let pack = |entries: &[&Vec<u8>]| {
        let mut pack = vec![0];
        pack.extend_from_slice(b"PACK\0\0\0\x02");
        pack.extend_from_slice(&(entries.len() as u32).to_be_bytes());
        entries.iter().for_each(|entry| pack.extend_from_slice(entry));
        pack.extend_from_slice(&[0; 20]);
        pack
    };
    // An odd first byte: instructions (kind, wrong, length, payload).
    let told = |entries: &[(u8, u8, &[u8])]| {
        let mut bytes = vec![1];
        for (kind, wrong, payload) in entries {
            bytes.extend([*kind, *wrong, payload.len() as u8]);
            bytes.extend_from_slice(payload);
        }
        bytes
    };
    vec![
        pack(&[]),
        pack(&[&blob]),
        pack(&[&blob, &by_offset]),
        pack(&[&blob, &by_id, &by_id]),
        told(&[
            (3, 0, b"ten bytes\n"),
            (6, 2, &delta),
            (6, 2, &delta),
            (7, 9, &delta),
        ]),
        told(&[
            (0xc3, 0xf0, &[0; 200]),
            (6, 2, &[0x80, 0x80, 0x40, 0xff, 0xff, 0x7f, 0xf0, 0, 0, 1]),
        ]),
        told(&[(1, 0, b"tree"), (2, 0, b""), (4, 1, b"x"), (5, 0, b"reserved")]),
    ]
}

pub fn trees() -> Vec<Vec<u8>> {
    let entry = |mode: &str, name: &[u8], id: u8| [mode.as_bytes(), b" ", name, b"\0", &[id; 20]].concat();
    let pieces = |pieces: &[Vec<u8>]| pieces.join(&0xfe);
    let mut seeds = vec![
        pieces(&[
            [
                entry("100644", b"a.rs", 1),
                entry("40000", b"src", 2),
                entry("120000", b"z", 3),
            ]
            .concat(),
            b"fn a() {}\n".to_vec(),
            entry("100755", b"run.sh", 1),
            b"src/run.sh".to_vec(),
        ]),
        pieces(&[entry("40000", b"deep", 0)]),
        pieces(&[entry("100644", b".gitattributes", 1), b"*.rs filter=x\n".to_vec()]),
        pieces(&[entry("120000", b"link", 1), b"../../etc/passwd".to_vec()]),
    ];
    for name in [
        &b".git"[..],
        b"GIT~1",
        b".g\xe2\x80\x8cit",
        b"..",
        b"a\\..\\b",
        b"cafe\xcc\x81",
        b"\xff",
    ] {
        seeds.push(
            [
                entry("100644", name, 1),
                entry("100644", b"NEW.rs", 1),
                entry("100644", b"new.rs", 1),
            ]
            .concat(),
        );
    }
    seeds
}
