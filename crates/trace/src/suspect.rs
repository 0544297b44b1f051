//! Reads a suspect: a text from a stream, a file, a folder, an archive (zip and what is one by another name: wheel, jar, apk; tar, gzip,
//! archives inside archives), within bounds of count, size, depth and time.
//!
//! A suspect comes from outside. Nothing of it is unpacked to disk, no link is followed, what it is is told by its bytes and not by its
//! name, and what is left out is named.

mod archive;
mod pieces;

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bounds of one suspect.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SuspectLimits {
    /// Files kept.
    pub files: usize,
    /// Bytes kept in all.
    pub bytes: u64,
    /// Bytes of one file; a larger text is read in pieces.
    pub file_bytes: u64,
    /// Archives inside archives.
    pub depth: u32,
    /// Time for unpacking.
    pub time: Duration,
}

impl Default for SuspectLimits {
    fn default() -> Self {
        Self {
            files: 100_000,
            bytes: 512 << 20,
            file_bytes: 16 << 20,
            depth: 4,
            time: Duration::from_secs(600),
        }
    }
}

/// One file of a suspect.
#[derive(Clone, Debug)]
pub struct SuspectFile {
    /// Path inside the suspect; members of archives and pieces of large texts follow `!/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Path inside the suspect.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A suspect as read.
#[derive(Clone, Debug, Default)]
pub struct Suspect {
    /// The files, sorted by name.
    pub files: Vec<SuspectFile>,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    bytes: u64,
    /// Bytes that archives may still inflate to, whether they are kept or not: nested archives multiply.
    inflatable: Arc<AtomicU64>,
    deadline: Option<Instant>,
}

/// Times the kept bytes that all archives of a suspect may inflate to.
const INFLATION: u64 = 4;
/// Things left out that are named.
const NAMED: usize = 1_000;

/// A reader that takes from the room that all archives of a suspect share, and ends with the time.
struct Metered<R> {
    inner: R,
    room: Arc<AtomicU64>,
    deadline: Option<Instant>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(std::io::Error::other("past the limit of the time for unpacking"));
        }
        let taken = self.inner.read(into)?;
        let used = |left: u64| left.checked_sub(taken as u64);
        match self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, used) {
            Ok(_) => Ok(taken),
            Err(_) => Err(std::io::Error::other(
                "past the limit of what all archives together may inflate to",
            )),
        }
    }
}

/// A suspect that could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SuspectError {
    /// The path failed.
    #[error("the suspect {path} cannot be read: {source}")]
    Read {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Suspect {
    fn begin(limits: &SuspectLimits) -> Self {
        Self {
            inflatable: Arc::new(AtomicU64::new(limits.bytes.saturating_mul(INFLATION))),
            deadline: Instant::now().checked_add(limits.time),
            ..Self::default()
        }
    }

    /// Reads `path`.
    ///
    /// # Errors
    /// When the path itself cannot be read. A member that cannot be read is left out by name.
    pub fn read(path: &Path, limits: &SuspectLimits) -> Result<Self, SuspectError> {
        let mut suspect = Self::begin(limits);
        let failed = |source| SuspectError::Read {
            path: path.display().to_string(),
            source,
        };
        let status = std::fs::metadata(path).map_err(failed)?;
        if status.is_dir() {
            suspect.read_folder(path, limits).map_err(failed)?;
        } else if status.is_file() {
            let name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let file = std::fs::File::open(path).map_err(failed)?;
            suspect.read_file(name, file, limits);
        } else {
            return Err(failed(std::io::Error::other("neither a file nor a folder")));
        }
        suspect.sort();
        Ok(suspect)
    }

    /// Reads a stream, such as a snippet on standard input; an archive is told by its bytes.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn read_stream(name: &str, stream: impl Read, limits: &SuspectLimits) -> Result<Self, SuspectError> {
        let mut suspect = Self::begin(limits);
        let mut bytes = Vec::new();
        let room = limits.bytes.saturating_add(1);
        stream
            .take(room)
            .read_to_end(&mut bytes)
            .map_err(|source| SuspectError::Read {
                path: name.to_owned(),
                source,
            })?;
        if bytes.len() as u64 > limits.bytes {
            suspect.leave_out(
                name.to_owned(),
                &format!("past the limit of {} bytes in all", limits.bytes),
            );
            return Ok(suspect);
        }
        suspect.read_file(name.to_owned(), std::io::Cursor::new(bytes), limits);
        suspect.sort();
        Ok(suspect)
    }

    /// A suspect made of one text.
    #[must_use]
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self {
            files: vec![SuspectFile {
                name: name.to_owned(),
                bytes,
            }],
            bytes: length,
            ..Self::default()
        }
    }

    /// Adds a file that was found elsewhere, such as a former version in a repository; returns false when it is past a limit.
    pub fn add(&mut self, name: String, bytes: Vec<u8>, limits: &SuspectLimits) -> bool {
        let room = limits.bytes.saturating_sub(self.bytes).min(limits.file_bytes);
        if self.files.len() >= limits.files || bytes.len() as u64 > room {
            return false;
        }
        self.keep(name, bytes);
        true
    }

    /// Names something that was not looked at.
    pub fn leave_out(&mut self, name: String, reason: &str) {
        if self.left_out.len() < NAMED {
            self.left_out.push(LeftOut {
                name,
                reason: reason.to_owned(),
            });
        }
    }

    /// Sorts the files by name; needed after [`Self::add`].
    pub fn sort(&mut self) {
        self.files.sort_by(|left, right| left.name.cmp(&right.name));
    }

    /// SHA-256 over the sorted names and contents.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut whole = Sha256::new();
        whole.update(b"ringfence/suspect/1\0");
        for file in &self.files {
            whole.update((file.name.len() as u64).to_be_bytes());
            whole.update(file.name.as_bytes());
            whole.update(Sha256::digest(&file.bytes));
        }
        whole.finalize().into()
    }

    fn read_folder(&mut self, root: &Path, limits: &SuspectLimits) -> std::io::Result<()> {
        let mut waiting = vec![root.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            let mut entries: Vec<_> = std::fs::read_dir(&folder)?.collect::<Result<_, _>>()?;
            entries.sort_by_key(std::fs::DirEntry::file_name);
            for entry in entries {
                let path = entry.path();
                let name = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .into_owned();
                let kind = entry.file_type()?;
                if self.is_late() {
                    self.leave_out(name, "past the limit of the time for reading");
                    return Ok(());
                }
                if kind.is_symlink() {
                    self.leave_out(name, "a symbolic link; links are not followed");
                } else if kind.is_dir() {
                    if name == ".git" || name.ends_with("/.git") {
                        self.leave_out(name, GIT_FOLDER);
                    } else {
                        waiting.push(path);
                    }
                } else if kind.is_file() {
                    match std::fs::File::open(&path) {
                        Ok(file) => self.read_file(name, file, limits),
                        Err(error) => self.leave_out(name, &error.to_string()),
                    }
                }
            }
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() > deadline)
    }

    fn keep(&mut self, name: String, bytes: Vec<u8>) {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.files.push(SuspectFile { name, bytes });
    }

    /// A file on disk or a stream held in memory: an archive or a text.
    fn read_file(&mut self, name: String, mut file: impl Read + std::io::Seek, limits: &SuspectLimits) {
        match archive::kind_of(&name, &mut file) {
            Ok(Some(kind)) => self.read_archive(&name, kind, file, limits, 1),
            Ok(None) => self.read_member(name, file, limits, 0),
            Err(error) => self.leave_out(name, &error.to_string()),
        }
    }

    /// A file or a member of an archive that is at `depth`.
    fn read_member(&mut self, name: String, reader: impl Read, limits: &SuspectLimits, depth: u32) {
        if self.files.len() >= limits.files {
            return self.leave_out(name, &format!("past the limit of {} files", limits.files));
        }
        let whole = limits.bytes.saturating_sub(self.bytes);
        let room = whole.min(limits.file_bytes);
        let mut reader = reader.take(whole.saturating_add(1));
        let mut bytes = Vec::new();
        if let Err(error) = reader
            .by_ref()
            .take(room.saturating_add(1))
            .read_to_end(&mut bytes)
        {
            return self.leave_out(name, &error.to_string());
        }
        let past = || {
            format!(
                "past the limit of {} bytes a file or {} in all",
                limits.file_bytes, limits.bytes
            )
        };
        let large = bytes.len() as u64 > room;
        if large {
            // A bundle in one line may be larger than any file that a person wrote; a binary that large is none of ours.
            if room < limits.file_bytes || !pieces::is_text(&bytes) {
                return self.leave_out(name, &past());
            }
            if let Err(error) = reader.read_to_end(&mut bytes) {
                return self.leave_out(name, &error.to_string());
            }
            if bytes.len() as u64 > whole {
                return self.leave_out(name, &past());
            }
            return self.keep_pieces(&name, &bytes, limits);
        }
        if depth > 0
            && let Ok(Some(kind)) = archive::kind_of(&name, &mut std::io::Cursor::new(&bytes))
        {
            let depth = depth.saturating_add(1);
            return self.read_archive(&name, kind, std::io::Cursor::new(bytes), limits, depth);
        }
        let sources = pieces::sources_of_map(&name, &bytes);
        self.keep(name, bytes);
        for (name, source) in sources {
            if !self.add(name.clone(), source, limits) {
                self.leave_out(name, &past());
            }
        }
    }

    fn keep_pieces(&mut self, name: &str, bytes: &[u8], limits: &SuspectLimits) {
        let size = usize::try_from(limits.file_bytes / 2)
            .unwrap_or(usize::MAX)
            .max(1);
        for (number, piece) in pieces::pieces(bytes, size).enumerate() {
            let base = name.rsplit('/').next().unwrap_or(name);
            let inner = format!("{name}!/{:04}-{base}", number + 1);
            if !self.add(inner, piece.to_vec(), limits) {
                return self.leave_out(
                    name.to_owned(),
                    &format!("past the limit of {} files", limits.files),
                );
            }
        }
    }
}

/// Why a git folder inside a suspect folder is not looked at here.
pub const GIT_FOLDER: &str = "a git folder; only the files beside it are read";

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zip_of(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn ten_nested_archives_are_named_and_left_out() {
        let mut bytes = b"fn main() {}\n".to_vec();
        let mut name = "main.rs".to_owned();
        for level in 0..10 {
            bytes = zip_of(&name, &bytes);
            name = format!("level{level}.zip");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suspect.zip");
        std::fs::write(&path, bytes).unwrap();
        let suspect = Suspect::read(&path, &SuspectLimits::default()).unwrap();
        assert!(suspect.files.is_empty());
        assert_eq!(suspect.left_out.len(), 1);
        assert!(
            suspect.left_out[0].reason.contains("deeper than 4"),
            "{:?}",
            suspect.left_out
        );
    }

    #[test]
    fn a_bomb_is_left_out_within_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zip");
        std::fs::write(&path, zip_of("zeros.py", &vec![0; 4 << 20])).unwrap();
        let limits = SuspectLimits {
            file_bytes: 1 << 20,
            ..SuspectLimits::default()
        };
        let suspect = Suspect::read(&path, &limits).unwrap();
        assert!(suspect.files.is_empty());
        assert!(suspect.left_out[0].reason.contains("limit"));
    }

    #[test]
    fn bombs_in_many_members_share_one_room() {
        // Each member alone is within the bound of a nested archive; together they would inflate to 64 MiB.
        let inner = zip_of("zeros.py", &vec![0; 2 << 20]);
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for number in 0..32 {
            writer
                .start_file(format!("{number}.zip"), zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&inner).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.zip");
        std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        let limits = SuspectLimits {
            bytes: 4 << 20,
            file_bytes: 1 << 20,
            ..SuspectLimits::default()
        };
        let suspect = Suspect::read(&path, &limits).unwrap();
        assert!(suspect.files.is_empty());
        assert_eq!(suspect.left_out.len(), 32);
        assert!(
            suspect
                .left_out
                .iter()
                .any(|left| left.reason.contains("together")),
            "{:?}",
            suspect.left_out
        );
    }

    #[test]
    fn a_folder_and_its_tar_hold_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/a.py"), "x = 1\n").unwrap();
        std::fs::write(folder.path().join("b.py"), "y = 2\n").unwrap();
        let plain = Suspect::read(folder.path(), &SuspectLimits::default()).unwrap();
        let names: Vec<_> = plain.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["b.py", "src/a.py"]);
        let outside = tempfile::tempdir().unwrap();
        let tar_path = outside.path().join("s.tar.gz");
        let encoder = flate2::write::GzEncoder::new(
            std::fs::File::create(&tar_path).unwrap(),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(encoder);
        builder.append_dir_all(".", folder.path()).unwrap();
        builder.into_inner().unwrap().finish().unwrap();
        let packed = Suspect::read(&tar_path, &SuspectLimits::default()).unwrap();
        assert_eq!(packed.files.len(), 2);
        assert_eq!(
            packed.files.iter().map(|file| file.bytes.len()).sum::<usize>(),
            12
        );
    }

    #[test]
    fn an_empty_file_a_broken_archive_and_a_missing_path_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.rs");
        std::fs::write(&empty, "").unwrap();
        assert_eq!(
            Suspect::read(&empty, &SuspectLimits::default())
                .unwrap()
                .files
                .len(),
            1
        );
        let broken = folder.path().join("broken.zip");
        std::fs::write(&broken, "not a zip").unwrap();
        assert_eq!(
            Suspect::read(&broken, &SuspectLimits::default())
                .unwrap()
                .left_out
                .len(),
            1
        );
        assert!(Suspect::read(&folder.path().join("none"), &SuspectLimits::default()).is_err());
    }
}
