//! Trees: what the rules pass holds no name and no mode that they forbid, told by a second, plainer look.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "seeds.rs"]
#[allow(dead_code, reason = "each target takes its own")]
mod seeds;

#[path = "receive.rs"]
#[allow(dead_code, reason = "a part of another crate")]
mod receive;

use receive::small;
use receive::tree::{CheckError, TreeChecker, TreeObjects};

/// Objects by the first byte of their id: the pieces of the input.
struct Pieces<'a>(Vec<&'a [u8]>);

impl Pieces<'_> {
    fn piece(&self, id: &str) -> Vec<u8> {
        let first = u8::from_str_radix(&id[..2], 16).unwrap_or(0);
        self.0[usize::from(first) % self.0.len()].to_vec()
    }
}

impl TreeObjects for Pieces<'_> {
    type Error = ();

    fn tree(&self, id: &str) -> Result<Vec<u8>, ()> {
        Ok(self.piece(id))
    }

    fn blob(&self, id: &str, most: u64) -> Result<Option<Vec<u8>>, ()> {
        let piece = self.piece(id);
        Ok((piece.len() as u64 <= most).then_some(piece))
    }
}

fuzz_target!(init: seeds::write(&seeds::trees()), |bytes: &[u8]| {
    let pieces = Pieces(bytes.split(|byte| *byte == 0xfe).take(200).collect());
    let limits = small();
    let root = "00".repeat(20);
    let done = TreeChecker::new(&pieces, &limits).check(&root, &root, &[]);
    let against = TreeChecker::new(&pieces, &limits).check(&root, &root, &["01".repeat(20)]);
    if let Err(CheckError::Tree(error)) = &against {
        assert!(!error.to_string().chars().any(char::is_control));
    }
    if done.is_err() {
        return;
    }
    let mut rest = pieces.0[0];
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').expect("a mode");
        let end = space + rest[space..].iter().position(|byte| *byte == 0).expect("a name");
        let (mode, name) = (&rest[..space], &rest[space + 1..end]);
        assert!([&b"40000"[..], b"040000", b"100644", b"100755", b"120000"].contains(&mode), "{mode:?}");
        assert!(!name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/'));
        assert!(!name.eq_ignore_ascii_case(b".git") && !name.eq_ignore_ascii_case(b"git~1"));
        if !mode.ends_with(b"40000") {
            assert!(!name.eq_ignore_ascii_case(b".gitmodules"));
        }
        rest = &rest[end + 21..];
    }
});
