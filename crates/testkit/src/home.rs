//! Home folders for tests.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// Holds a temporary home folder, removed when dropped.
#[derive(Debug)]
pub struct TestHome {
    folder: tempfile::TempDir,
}

impl Default for TestHome {
    fn default() -> Self {
        Self::new()
    }
}

impl TestHome {
    /// Makes an empty home folder.
    pub fn new() -> Self {
        Self {
            folder: tempfile::Builder::new()
                .prefix("ringfence-home-")
                .tempdir()
                .expect("a temporary folder"),
        }
    }

    /// Gives the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the home, folders included, and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).expect("a folder in the home");
        std::fs::write(&path, content).expect("a file in the home");
        path
    }
}

thread_local! {
    static SETTLED: Cell<u64> = const { Cell::new(0) };
}

/// Replaces the random key of marks below `home` by one that follows from the running test's name and from how many homes it made before:
/// whom a trace names hangs on the draw of codewords, and what passes once must pass always. Distinct homes keep distinct keys.
pub fn settle_mark_key(home: &Path) {
    let file = home.join("keys/mark.key");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (header, random) = text.trim_end().rsplit_once(' ').expect("a header and a key");
    assert_eq!(random.len(), 64, "a key is 32 bytes");
    let number = SETTLED.replace(SETTLED.get().wrapping_add(1));
    let name = std::thread::current().name().unwrap_or("unnamed").to_owned();
    // SipHash with fixed keys: the same in every run, and what it is like in strength does not matter here.
    let words = (0_u8..4).map(|word| {
        let mut hasher = DefaultHasher::new();
        (&name, number, word).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    });
    std::fs::write(&file, format!("{header} {}\n", words.collect::<String>()))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
