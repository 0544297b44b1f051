//! Reads a suspect: a file, a folder or an archive (zip, tar, tar.gz, and archives inside archives), within bounds.
//!
//! A suspect comes from outside. Nothing of it is unpacked to disk, no link is followed, and what is left out is named.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds of one suspect.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SuspectLimits {
    /// Files kept.
    pub files: usize,
    /// Bytes kept in all.
    pub bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Archives inside archives.
    pub depth: u32,
}

impl Default for SuspectLimits {
    fn default() -> Self {
        Self {
            files: 100_000,
            bytes: 512 << 20,
            file_bytes: 16 << 20,
            depth: 4,
        }
    }
}

/// One file of a suspect.
#[derive(Clone, Debug)]
pub struct SuspectFile {
    /// Path inside the suspect; members of archives follow `!/`.
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
}

/// Times the kept bytes that all archives of a suspect may inflate to.
const INFLATION: u64 = 4;

/// A reader that takes from the room that all archives of a suspect share.
struct Metered<R> {
    inner: R,
    room: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
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
    /// Reads `path`.
    ///
    /// # Errors
    /// When the path itself cannot be read. A member that cannot be read is left out by name.
    pub fn read(path: &Path, limits: &SuspectLimits) -> Result<Self, SuspectError> {
        let mut suspect = Self {
            inflatable: Arc::new(AtomicU64::new(limits.bytes.saturating_mul(INFLATION))),
            ..Self::default()
        };
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
            if is_archive_name(&name) {
                let file = std::fs::File::open(path).map_err(failed)?;
                suspect.read_archive(&name, file, limits, 1);
            } else {
                let file = std::fs::File::open(path).map_err(failed)?;
                suspect.read_member(name, file, limits, 0);
            }
        } else {
            return Err(failed(std::io::Error::other("neither a file nor a folder")));
        }
        suspect.files.sort_by(|left, right| left.name.cmp(&right.name));
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
                if kind.is_symlink() {
                    self.leave_out(name, "a symbolic link; links are not followed");
                } else if kind.is_dir() {
                    if name == ".git" || name.ends_with("/.git") {
                        self.leave_out(name, "a git folder; only the files beside it are read");
                    } else {
                        waiting.push(path);
                    }
                } else if kind.is_file() {
                    match std::fs::File::open(&path) {
                        Ok(file) if is_archive_name(&name) => self.read_archive(&name, file, limits, 1),
                        Ok(file) => self.read_member(name, file, limits, 0),
                        Err(error) => self.leave_out(name, &error.to_string()),
                    }
                }
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, name: String, reason: &str) {
        const NAMED: usize = 1_000;
        if self.left_out.len() < NAMED {
            self.left_out.push(LeftOut {
                name,
                reason: reason.to_owned(),
            });
        }
    }

    fn read_member(&mut self, name: String, reader: impl Read, limits: &SuspectLimits, depth: u32) {
        if self.files.len() >= limits.files {
            return self.leave_out(name, &format!("past the limit of {} files", limits.files));
        }
        let room = limits.bytes.saturating_sub(self.bytes).min(limits.file_bytes);
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(room.saturating_add(1)).read_to_end(&mut bytes) {
            return self.leave_out(name, &error.to_string());
        }
        let length = bytes.len() as u64;
        if length > room {
            return self.leave_out(
                name,
                &format!(
                    "past the limit of {} bytes a file or {} in all",
                    limits.file_bytes, limits.bytes
                ),
            );
        }
        if depth > 0 && is_archive_name(&name) {
            return self.read_archive(
                &name,
                std::io::Cursor::new(bytes),
                limits,
                depth.saturating_add(1),
            );
        }
        self.bytes = self.bytes.saturating_add(length);
        self.files.push(SuspectFile { name, bytes });
    }

    fn read_archive(
        &mut self,
        name: &str,
        file: impl Read + std::io::Seek,
        limits: &SuspectLimits,
        depth: u32,
    ) {
        if depth > limits.depth {
            return self.leave_out(
                name.to_owned(),
                &format!("archives nested deeper than {}", limits.depth),
            );
        }
        let lower = name.to_ascii_lowercase();
        let read = if ZIP_NAMES.iter().any(|end| lower.ends_with(end)) {
            self.read_zip(name, file, limits, depth)
        } else if lower.ends_with(".tar") {
            self.read_tar(name, file, limits, depth)
        } else {
            let inflated = Metered {
                inner: flate2::read::MultiGzDecoder::new(file),
                room: Arc::clone(&self.inflatable),
            };
            self.read_tar(name, inflated, limits, depth)
        };
        if let Err(reason) = read {
            self.leave_out(name.to_owned(), &reason);
        }
    }

    fn read_zip(
        &mut self,
        name: &str,
        file: impl Read + std::io::Seek,
        limits: &SuspectLimits,
        depth: u32,
    ) -> Result<(), String> {
        let mut archive =
            zip::ZipArchive::new(file).map_err(|error| format!("not a readable zip archive: {error}"))?;
        for index in 0..archive.len().min(limits.files.saturating_mul(2)) {
            match archive.by_index(index) {
                Ok(member) if member.is_file() => {
                    let inner = match member.name() {
                        Ok(inner) => format!("{name}!/{inner}"),
                        Err(_) => format!("{name}!/#{index}"),
                    };
                    let member = Metered {
                        inner: member,
                        room: Arc::clone(&self.inflatable),
                    };
                    self.read_member(inner, member, limits, depth);
                }
                Ok(_) => {}
                Err(error) => self.leave_out(format!("{name}!/#{index}"), &error.to_string()),
            }
        }
        Ok(())
    }

    fn read_tar(
        &mut self,
        name: &str,
        file: impl Read,
        limits: &SuspectLimits,
        depth: u32,
    ) -> Result<(), String> {
        let mut archive = tar::Archive::new(file);
        let entries = archive
            .entries()
            .map_err(|error| format!("not a readable tar archive: {error}"))?;
        for (number, entry) in entries.enumerate() {
            if number >= limits.files.saturating_mul(2) {
                return Err(format!("more than {number} entries"));
            }
            let entry = entry.map_err(|error| format!("the tar archive breaks off: {error}"))?;
            if entry.header().entry_type().is_file() {
                let inner = format!("{name}!/{}", String::from_utf8_lossy(&entry.path_bytes()));
                self.read_member(inner, entry, limits, depth);
            }
        }
        Ok(())
    }
}

const ZIP_NAMES: &[&str] = &[".zip", ".whl", ".jar"];

fn is_archive_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ZIP_NAMES
        .iter()
        .chain(&[".tar", ".tar.gz", ".tgz"])
        .any(|end| lower.ends_with(end))
}

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
