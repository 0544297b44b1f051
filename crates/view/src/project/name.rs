//! Names that git checks out everywhere.

/// Says whether git would check out this name: no empty one, no dots, no spelling of `.git`.
pub(crate) fn safe_name(name: &[u8]) -> bool {
    let plain: Vec<u8> = String::from_utf8_lossy(name)
        .chars()
        // What HFS+ ignores inside a name.
        .filter(|c| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'))
        .collect::<String>()
        .to_ascii_lowercase()
        .into_bytes();
    // What NTFS ignores at the end of a name.
    let ntfs = plain.split(|byte| *byte == b':').next().unwrap_or_default();
    let trimmed = ntfs
        .iter()
        .rposition(|byte| !matches!(byte, b'.' | b' '))
        .map_or(0, |last| last.saturating_add(1));
    let bare = ntfs.get(..trimmed).unwrap_or_default();
    !(name.is_empty()
        || name == b"."
        || name == b".."
        || name.contains(&b'/')
        || name.contains(&0)
        || bare == b".git"
        || bare == b"git~1")
}
