//! The files of a home: blobs and the server's lock.

use ringfence_ledger::sha256;
use ringfence_store::{Blobs, ServerLock, StoreError};
use ringfence_testkit::TestHome;

#[test]
fn a_blob_is_stored_once_checked_at_reading_and_erased() {
    let home = TestHome::new();
    let blobs = Blobs::new(&home.path().join("blobs"));
    for content in [&b""[..], b"the terms of NDA-7", &[0, 255].repeat(1 << 19)] {
        let hash = blobs.put(content).unwrap();
        assert_eq!(hash, sha256(content));
        assert_eq!(blobs.put(content).unwrap(), hash);
        assert_eq!(blobs.get(&hash).unwrap(), content);
        assert!(blobs.contains(&hash));
    }
    let hash = blobs.put(b"a document").unwrap();
    let name = hash.to_string();
    let (folder, rest) = name.split_at(2);
    let path = home.path().join("blobs").join(folder).join(rest);
    std::fs::write(&path, b"a documenT").unwrap();
    assert!(matches!(blobs.get(&hash), Err(StoreError::Damaged { .. })));
    blobs.put(b"a document").unwrap();
    assert_eq!(blobs.get(&hash).unwrap(), b"a document");
    assert!(blobs.erase(&hash).unwrap());
    assert!(!blobs.erase(&hash).unwrap());
    assert!(matches!(blobs.get(&hash), Err(StoreError::NoBlob { .. })));
    // Nothing half-written stays beside the blobs.
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn a_second_server_on_one_home_is_refused_and_told_by_whom() {
    let home = TestHome::new();
    let first = ServerLock::take(home.path(), "process 4711 on 127.0.0.1:8443").unwrap();
    let error = ServerLock::take(home.path(), "second").unwrap_err();
    assert!(error.to_string().contains("process 4711"), "{error}");
    drop(first);
    ServerLock::take(home.path(), "third").unwrap();
}
