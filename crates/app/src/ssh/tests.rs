//! Against the real `ssh-keygen`: it verifies what is signed here, and what it signs is verified here.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests play a person who signs with OpenSSH"
)]
#![allow(clippy::string_slice, reason = "a test fails by panicking")]

use super::*;
use std::path::Path;
use std::process::{Command, Stdio};

fn keygen(folder: &Path, arguments: &[&str], input: &[u8]) -> (bool, String) {
    let mut child = Command::new("ssh-keygen")
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ssh-keygen of openssh-client");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    let done = child.wait_with_output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&text).into_owned())
}

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nUpdate\n";

#[test]
fn openssh_verifies_what_the_gateway_signs_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let key = GatewayKey::new(&[7; 32]);
    let armour = key.sign(PAYLOAD);
    assert_eq!(armour, key.sign(PAYLOAD), "the same bytes, the same signature");
    std::fs::write(folder.path().join("sig"), &armour).unwrap();
    let allowed = format!("gate namespaces=\"git\" {}\n", key.public().line());
    std::fs::write(folder.path().join("allowed"), allowed).unwrap();
    let verify = [
        "-Y", "verify", "-f", "allowed", "-I", "gate", "-n", "git", "-s", "sig",
    ];
    let (good, said) = keygen(folder.path(), &verify, PAYLOAD);
    assert!(good, "{said}");
    assert!(said.contains(&key.public().fingerprint()), "{said}");
    assert!(!keygen(folder.path(), &verify, b"tree 0\n").0);
    let read = Signature::read(&armour).unwrap();
    assert_eq!(read.verify(PAYLOAD), Ok(()));
    assert_eq!(read.verify(b"tree 0\n"), Err(SshError::Wrong));
}

#[test]
fn what_openssh_signs_is_verified_for_every_kind_of_key() {
    let folder = tempfile::tempdir().unwrap();
    for (name, arguments) in [
        ("ed25519", &["-t", "ed25519"][..]),
        ("rsa", &["-t", "rsa", "-b", "3072"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
    ] {
        let (made, said) = keygen(
            folder.path(),
            &[arguments, &["-q", "-N", "", "-f", name]].concat(),
            b"",
        );
        assert!(made, "{said}");
        let text = std::fs::read_to_string(folder.path().join(format!("{name}.pub"))).unwrap();
        let key = PublicKey::read(&text).unwrap();
        assert!(text.starts_with(&key.line()));
        // Several, as numbers of ECDSA have leading zeros now and then.
        for round in 0..6_u8 {
            let payload = [PAYLOAD, &[round]].concat();
            let (signed, armour) = keygen(folder.path(), &["-Y", "sign", "-n", "git", "-f", name], &payload);
            assert!(signed, "{armour}");
            let start = armour.find(BEGIN).unwrap();
            let end = armour.find(END).unwrap() + END.len();
            let signature = Signature::read(&armour[start..end]).unwrap();
            assert_eq!(signature.key, key);
            assert_eq!(signature.verify(&payload), Ok(()), "{name}");
            assert_eq!(signature.verify(PAYLOAD), Err(SshError::Wrong), "{name}");
        }
    }
    let (_, armour) = keygen(
        folder.path(),
        &["-Y", "sign", "-n", "file", "-f", "ed25519"],
        PAYLOAD,
    );
    let armour = &armour[armour.find(BEGIN).unwrap()..armour.find(END).unwrap() + END.len()];
    assert_eq!(
        Signature::read(armour),
        Err(SshError::Namespace("file".to_owned()))
    );
}

#[test]
fn what_is_no_key_and_no_signature_is_refused() {
    for text in [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA",
        "two\nlines",
    ] {
        assert_eq!(PublicKey::read(text), Err(SshError::NotAKey), "{text:?}");
    }
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-dss");
    let dsa = format!("ssh-dss {}", STANDARD.encode(blob));
    assert_eq!(PublicKey::read(&dsa), Err(SshError::Kind("ssh-dss".to_owned())));
    assert_eq!(
        Signature::read("-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----"),
        Err(SshError::OtherKind)
    );
    let whole = GatewayKey::new(&[7; 32]).sign(PAYLOAD);
    let body: String = whole.lines().filter(|line| !line.starts_with("--")).collect();
    let blob = STANDARD.decode(body).unwrap();
    // Cut anywhere, or changed anywhere: never taken, never a panic.
    for place in 0..blob.len() {
        let short = format!("{BEGIN}\n{}\n{END}", STANDARD.encode(&blob[..place]));
        assert!(Signature::read(&short).is_err(), "cut at {place}");
        let mut changed = blob.clone();
        changed[place] ^= 1;
        let changed = format!("{BEGIN}\n{}\n{END}", STANDARD.encode(&changed));
        let counts = Signature::read(&changed).is_ok_and(|signature| signature.verify(PAYLOAD).is_ok());
        assert!(!counts, "changed at {place}");
    }
}
