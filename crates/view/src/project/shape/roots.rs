//! Which files the visible manifests name as roots of crates.
//!
//! INVARIANT: only manifests that are delivered are read: what a hidden one says changes nothing that a recipient sees.

use ringfence_interface::{MAX_MANIFEST_BYTES, is_manifest, manifest_roots};

use super::Visible;
use crate::object::{EntryKind, Kind, ObjectSource, read_as};
use crate::project::{ProjectError, ViewRules};

/// The roots by path, sorted. Of a replaced manifest its replacement counts.
pub(super) fn of(
    view: &ViewRules,
    visible: &[Visible],
    source: &dyn ObjectSource,
) -> Result<Vec<Vec<u8>>, ProjectError> {
    let mut roots = Vec::new();
    let replaced = |path: &[u8]| view.replacements().iter().any(|one| one.path == path);
    for file in visible {
        let plain = matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
        if !plain || file.interface || !is_manifest(&file.path) || replaced(&file.path) {
            continue;
        }
        let size = source.header(&file.blob)?.map_or(0, |(_, size)| size);
        if size <= u64::try_from(MAX_MANIFEST_BYTES).unwrap_or(u64::MAX) {
            let text = read_as(source, &file.blob, Kind::Blob)?;
            roots.extend(manifest_roots(&file.path, &text));
        }
    }
    for replacement in view.replacements().iter().filter(|one| is_manifest(&one.path)) {
        roots.extend(manifest_roots(&replacement.path, &replacement.bytes));
    }
    roots.sort();
    roots.dedup();
    Ok(roots)
}
