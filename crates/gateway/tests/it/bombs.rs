//! Packs of deltas made by hand, sent to the running server: they are refused quickly, and the server serves on.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::fixture::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// The longest a refusal may take, on a loaded machine.
const LONGEST: Duration = Duration::from_secs(60);

fn sha1(pieces: &[&[u8]]) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.try_finalize().unwrap().as_slice().to_vec()
}

/// Header of an entry: three bits of type, then the size.
fn header(kind: u8, mut size: usize) -> Vec<u8> {
    let mut bytes = vec![(kind << 4) | (size & 15) as u8];
    size >>= 4;
    while size > 0 {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push((size & 0x7f) as u8);
        size >>= 7;
    }
    bytes
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn whole(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [header(kind, bytes.len()), deflate(bytes)].concat()
}

/// A delta that names its base by id.
fn delta(base: &[u8], delta: &[u8]) -> Vec<u8> {
    [header(7, delta.len()), base.to_vec(), deflate(delta)].concat()
}

fn blob_id(bytes: &[u8]) -> Vec<u8> {
    sha1(&[format!("blob {}\0", bytes.len()).as_bytes(), bytes])
}

fn pack_of(entries: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(entries.len()).unwrap().to_be_bytes();
    let mut pack = [b"PACK\0\0\0\x02", count.as_slice(), &entries.concat()].concat();
    let checksum = sha1(&[&pack]);
    pack.extend(checksum);
    pack
}

/// Tree and commit that hold one blob, as entries, and the id of the commit.
fn around(clone: &Path, blob: &[u8]) -> (String, Vec<Vec<u8>>) {
    let id: String = blob.iter().map(|byte| format!("{byte:02x}")).collect();
    let listed = entry("100644", b"file.bin", &id);
    let tree = object(clone, "tree", &listed);
    let head = git_ok(clone, &["rev-parse", "HEAD"]);
    let new = commit(clone, &tree, &head);
    let text = git_with_input(clone, &["cat-file", "commit", &new], b"").stdout;
    (new, vec![whole(2, &listed), whole(1, &text)])
}

/// Pushes a branch and gives everything the server says.
fn push(site: &Site, new: &str, pack: &[u8]) -> String {
    let mut body = packet(&format!(
        "{} {new} refs/heads/bomb\0 report-status side-band-64k",
        "0".repeat(40)
    ));
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    let (status, answer) = site.post("git-receive-pack", 0, "", &body);
    format!("{status}\n{}", String::from_utf8_lossy(&answer))
}

fn refused(site: &Site, what: &str, (new, pack): (&str, &[u8])) -> String {
    let started = Instant::now();
    let answer = push(site, new, pack);
    assert!(started.elapsed() < LONGEST, "{what}: {:?}", started.elapsed());
    assert!(answer.contains("ringfence: refused"), "{what}: {answer}");
    assert!(!answer.contains("ok refs/heads/bomb"), "{what}: {answer}");
    let listed = ringfence_git::quarantine::references(&site.store(), "refs/heads/bomb").unwrap();
    assert!(listed.is_empty(), "{what}: {listed:?}");
    assert!(site.get("/healthz", None).0.starts_with("HTTP/1.1 200"), "{what}");
    answer
}

/// One blob of a mebibyte, and deltas by id that each copy it 60 times: 80 MB a line of the pack.
#[test]
fn a_bomb_of_deltas_is_stopped_before_it_goes_off() {
    let site = site(few_files);
    let clone = site.clone_to("clone", 2);
    let base = noise(1 << 20);
    let id = blob_id(&base);
    let mut entries = vec![whole(3, &base)];
    let copies = [0xf0_u8, 0, 0, 0x10].repeat(60);
    for number in 0..20_u8 {
        let own = [1, number];
        let result = base.len() * 60 + 1;
        entries.push(delta(
            &id,
            &[varint(base.len()), varint(result), copies.clone(), own.to_vec()].concat(),
        ));
    }
    let (new, more) = around(&clone, &id);
    entries.extend(more);
    let pack = pack_of(&entries);
    assert!(pack.len() < 2 << 20, "{}", pack.len());
    refused(&site, "a bomb of deltas", (&new, &pack));
    // Doubled over and over, each link small: the whole is told by the sizes that the links say.
    let mut text = b"sixteen bytes !\n".to_vec();
    let (mut entries, mut before) = (vec![whole(3, &text)], blob_id(&text));
    let mut length = text.len();
    for _ in 0..40 {
        let copy = |from: usize, size: usize| {
            let mut bytes = vec![0xff];
            bytes.extend_from_slice(&(from as u32).to_le_bytes());
            bytes.extend_from_slice(&(size as u32).to_le_bytes()[..3]);
            bytes
        };
        let size = length.min(0xff_ffff);
        let links = [varint(length), varint(size * 2), copy(0, size), copy(0, size)].concat();
        entries.push(delta(&before, &links));
        // Past some size the ids are not true any more; nobody may get so far as to see it.
        text = if text.len() < 1 << 20 {
            text.repeat(2)
        } else {
            text
        };
        before = blob_id(&text);
        length = size * 2;
    }
    let (new, more) = around(&clone, &before);
    entries.extend(more);
    refused(&site, "doubled deltas", (&new, &pack_of(&entries)));
    assert!(!site.store().join("objects/incoming").exists());
    git_ok(&site.store(), &["fsck", "--strict"]);
}

/// A blob that stands on so many deltas, each of which names the one below by id; the last comes first.
fn chain(clone: &Path, links: usize) -> (String, Vec<u8>) {
    let mut bytes = b"some bytes to stand on".to_vec();
    let mut entries = vec![whole(3, &bytes)];
    for number in 0..links {
        let id = blob_id(&bytes);
        let inserted = format!("{number:06}");
        let size = bytes.len();
        let copy = vec![0xb0, (size & 0xff) as u8, (size >> 8) as u8, 6];
        entries.push(delta(
            &id,
            &[
                varint(size),
                varint(size + 6),
                copy,
                inserted.clone().into_bytes(),
            ]
            .concat(),
        ));
        bytes.extend_from_slice(inserted.as_bytes());
    }
    entries.reverse();
    let (new, more) = around(clone, &blob_id(&bytes));
    entries.extend(more);
    (new, pack_of(&entries))
}

#[test]
fn chains_of_deltas_by_id_are_bounded_at_the_server() {
    let site = site(few_files);
    let clone = site.clone_to("clone", 2);
    let (new, pack) = chain(&clone, 5_000);
    refused(&site, "5,000 links", (&new, &pack));
    let (new, pack) = chain(&clone, 251);
    refused(&site, "251 links", (&new, &pack));
    // What git itself makes is far below, and passes.
    let (new, pack) = chain(&clone, 50);
    let answer = push(&site, &new, &pack);
    assert!(answer.contains("ok refs/heads/bomb"), "{answer}");
    git_ok(&site.store(), &["fsck", "--strict"]);
}
