//! Home folders for tests.

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
