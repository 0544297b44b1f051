//! Archives: told by their first bytes, or by a name that promises one.

use super::{Metered, Suspect, SuspectLimits};
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    /// zip, wheel, jar, apk, vsix, nupkg.
    Zip,
    Tar,
    /// One file or a tar, compressed.
    Gzip,
    /// Known and not read.
    Unread(&'static str),
}

/// Names that promise an archive; one that is none is said to be broken instead of being looked at as a text.
const ZIP_NAMES: &[&str] = &[
    ".zip", ".whl", ".jar", ".egg", ".nupkg", ".vsix", ".apk", ".war", ".aar",
];
const GZIP_NAMES: &[&str] = &[".tar.gz", ".tgz", ".crate", ".gem"];

/// First bytes of archives that this program does not open.
const UNREAD: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"# v2 git bundle", "git bundle"),
    (b"# v3 git bundle", "git bundle"),
];

/// Tells what a file is; it stands at its beginning afterwards.
pub(super) fn kind_of(name: &str, file: &mut (impl Read + Seek)) -> std::io::Result<Option<ArchiveKind>> {
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let lower = name.to_ascii_lowercase();
    let named = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || named(ZIP_NAMES) {
        return Ok(Some(ArchiveKind::Zip));
    }
    if head.starts_with(b"\x1f\x8b") {
        return Ok(Some(ArchiveKind::Gzip));
    }
    if let Some((_, kind)) = UNREAD.iter().find(|(magic, kind)| {
        head.starts_with(magic) && (*kind != "bzip2" || head.get(4..10) == Some(b"1AY&SY"))
    }) {
        return Ok(Some(ArchiveKind::Unread(kind)));
    }
    if head.get(257..262) == Some(b"ustar") || named(&[".tar"]) {
        return Ok(Some(ArchiveKind::Tar));
    }
    Ok(named(GZIP_NAMES).then_some(ArchiveKind::Gzip))
}

impl Suspect {
    fn metered<R>(&self, inner: R) -> Metered<R> {
        Metered {
            inner,
            room: Arc::clone(&self.inflatable),
            deadline: self.deadline,
        }
    }

    /// Reads an archive at `depth`: one that is no member of another is at depth 1.
    pub(super) fn read_archive(
        &mut self,
        name: &str,
        kind: ArchiveKind,
        file: impl Read + Seek,
        limits: &SuspectLimits,
        depth: u32,
    ) {
        if depth > limits.depth {
            return self.leave_out(
                name.to_owned(),
                &format!("archives nested deeper than {}", limits.depth),
            );
        }
        let read = match kind {
            ArchiveKind::Zip => self.read_zip(name, file, limits, depth),
            ArchiveKind::Tar => self.read_tar(name, file, limits, depth),
            ArchiveKind::Gzip => self.read_gzip(name, file, limits, depth),
            ArchiveKind::Unread(kind) => Err(format!(
                "an archive of kind {kind}; unpack it and trace the folder"
            )),
        };
        if let Err(reason) = read {
            self.leave_out(name.to_owned(), &reason);
        }
    }

    fn read_zip(
        &mut self,
        name: &str,
        file: impl Read + Seek,
        limits: &SuspectLimits,
        depth: u32,
    ) -> Result<(), String> {
        let mut archive =
            zip::ZipArchive::new(file).map_err(|error| format!("not a readable zip archive: {error}"))?;
        let most = limits.files.saturating_mul(2);
        for index in 0..archive.len().min(most) {
            if self.is_late() {
                return Err("past the limit of the time for unpacking".to_owned());
            }
            match archive.by_index(index) {
                Ok(member) if member.is_file() => {
                    let inner = match member.name() {
                        Ok(inner) => format!("{name}!/{inner}"),
                        Err(_) => format!("{name}!/#{index}"),
                    };
                    let member = self.metered(member);
                    self.read_member(inner, member, limits, depth);
                }
                Ok(_) => {}
                Err(error) => self.leave_out(format!("{name}!/#{index}"), &error.to_string()),
            }
        }
        if archive.len() > most {
            return Err(format!("more than {most} entries"));
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
            if self.is_late() {
                return Err("past the limit of the time for unpacking".to_owned());
            }
            let entry = entry.map_err(|error| format!("the tar archive breaks off: {error}"))?;
            if entry.header().entry_type().is_file() {
                let inner = format!("{name}!/{}", String::from_utf8_lossy(&entry.path_bytes()));
                self.read_member(inner, entry, limits, depth);
            }
        }
        Ok(())
    }

    /// A tar inside is read as it is inflated; anything else is one file.
    fn read_gzip(
        &mut self,
        name: &str,
        file: impl Read,
        limits: &SuspectLimits,
        depth: u32,
    ) -> Result<(), String> {
        let mut inflated = self.metered(flate2::read::MultiGzDecoder::new(file));
        let mut head = Vec::new();
        inflated
            .by_ref()
            .take(512)
            .read_to_end(&mut head)
            .map_err(|error| format!("not a readable gzip file: {error}"))?;
        let is_tar = head.get(257..262) == Some(b"ustar");
        let lower = name.to_ascii_lowercase();
        let named = lower.ends_with(".tar.gz") || lower.ends_with(".tgz") || lower.ends_with(".crate");
        let whole = std::io::Cursor::new(head).chain(inflated);
        if is_tar || named {
            return self.read_tar(name, whole, limits, depth);
        }
        let base = name.rsplit('/').next().unwrap_or(name);
        let inner = format!("{name}!/{}", base.strip_suffix(".gz").unwrap_or(base));
        self.read_member(inner, whole, limits, depth);
        Ok(())
    }
}
