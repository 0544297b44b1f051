//! The index on disk: immutable segments in one folder of the home, a cache that is made anew when it is damaged.
//!
//! Each trace adds one segment with the texts it did not know; when there are many, they are merged. Two traces at a time may both add a text: it then counts
//! once, as the caller sees equal matches as one.

use crate::error::{AppError, Result};
use crate::home::App;
use ringfence_similar::{Index, Segment, SegmentBuilder, Source, merge};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Segments that are read side by side before they are merged.
const MOST_SEGMENTS: usize = 8;
/// A segment of these bytes is merged with others no more: 20 million lines.
const LARGEST_MERGED: u64 = 200 << 20;
const ENDING: &str = "segment";
/// What indexed texts say of themselves; beside the segments.
pub(super) const LIST_OF_NOTICES: &str = "notices.1";

/// A segment's file, read by position.
pub(super) struct SegmentFile {
    file: File,
    length: u64,
}

impl Source for SegmentFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, at)
    }
}

/// The index as it lies on disk.
pub(super) type FileIndex = Index<SegmentFile>;

impl App {
    pub(super) fn segments_folder(&self) -> PathBuf {
        self.home.join("similar")
    }

    fn segment_paths(&self) -> Result<Vec<PathBuf>> {
        let folder = self.segments_folder();
        let failed = |source| AppError::file(&folder, source);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Opens what earlier traces indexed; a segment that cannot be opened is removed, and its texts are indexed anew.
    pub(super) fn open_index(&self) -> Result<FileIndex> {
        let mut segments = Vec::new();
        for path in self.segment_paths()? {
            let opened = File::open(&path).and_then(|file| {
                let length = file.metadata()?.len();
                Ok(SegmentFile { file, length })
            });
            let file = match opened {
                Ok(file) => file,
                // Another trace merged it away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(AppError::file(&path, error)),
            };
            match Segment::open(file) {
                Ok(segment) => segments.push(segment),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "removed a segment of the similarity index; its texts are indexed anew");
                    std::fs::remove_file(&path).map_err(|source| AppError::file(&path, source))?;
                }
            }
        }
        Ok(Index::new(segments))
    }

    /// Removes the whole index: the next trace makes it anew.
    pub(super) fn forget_index(&self) -> Result<()> {
        for path in self.segment_paths()? {
            std::fs::remove_file(&path).map_err(|source| AppError::file(&path, source))?;
        }
        let list = self.segments_folder().join(LIST_OF_NOTICES);
        match std::fs::remove_file(&list) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AppError::file(&list, error)),
            _ => Ok(()),
        }
    }

    /// Adds a segment.
    pub(super) fn add_segment(&self, builder: SegmentBuilder) -> Result<()> {
        if builder.is_empty() {
            return Ok(());
        }
        self.write_segment(|out| builder.finish(out))
    }

    /// Merges the segments when they are many.
    pub(super) fn merge_segments(&self) -> Result<()> {
        let paths = self.segment_paths()?;
        if paths.len() <= MOST_SEGMENTS {
            return Ok(());
        }
        let mut merged = Vec::new();
        let mut segments = Vec::new();
        for path in paths {
            let failed = |source| AppError::file(&path, source);
            let file = File::open(&path).map_err(failed)?;
            let length = file.metadata().map_err(failed)?.len();
            if length < LARGEST_MERGED
                && let Ok(segment) = Segment::open(SegmentFile { file, length })
            {
                segments.push(segment);
                merged.push(path);
            }
        }
        self.write_segment(|out| merge(&segments, out))?;
        for path in merged {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(AppError::file(&path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn write_segment(&self, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<()> {
        let folder = self.segments_folder();
        let failed = |source| AppError::file(&folder, source);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
        let mut out = BufWriter::with_capacity(1 << 20, file.as_file());
        write(&mut out).map_err(failed)?;
        out.flush().map_err(failed)?;
        drop(out);
        let name = crate::home::random_id("s")?;
        let path = folder.join(format!("{name}.{ENDING}"));
        file.persist(&path).map_err(|error| failed(error.error))?;
        // What the form before this one left.
        let _ = std::fs::remove_file(self.home.join("similar.index"));
        Ok(())
    }
}
