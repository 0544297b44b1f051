//! Texts that are more than one file: a bundle too large to be looked at whole, and a source map that carries the sources.

/// Most sources of one source map.
const MOST_SOURCES: usize = 10_000;

/// Whether bytes look like text: no zero byte in the first 64 KiB.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().take(64 << 10).any(|byte| *byte == 0)
}

/// Cuts a text into pieces of about `size` bytes, at the end of a line, else of a statement, else of a word, so that few tokens are cut.
pub(super) fn pieces(bytes: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let window = rest.get(..size).unwrap_or(rest);
        let tail = window.len().saturating_sub(window.len() / 4);
        let cut = |set: &[u8]| {
            window
                .iter()
                .skip(tail)
                .rposition(|byte| set.contains(byte))
                .map(|at| tail.saturating_add(at).saturating_add(1))
        };
        let at = if window.len() == rest.len() {
            window.len()
        } else {
            cut(b"\n")
                .or_else(|| cut(b";}"))
                .or_else(|| cut(b", \t"))
                .unwrap_or(window.len())
        };
        let (piece, after) = rest.split_at_checked(at)?;
        rest = after;
        Some(piece)
    })
}

/// The sources inside a JavaScript source map, by name. Bytes that are no source map have none.
pub(super) fn sources_of_map(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    if !name.to_ascii_lowercase().ends_with(".map") {
        return Vec::new();
    }
    #[derive(serde::Deserialize)]
    struct Map {
        #[serde(default)]
        sources: Vec<Option<String>>,
        #[serde(default, rename = "sourcesContent")]
        contents: Vec<Option<String>>,
    }
    let Ok(map) = serde_json::from_slice::<Map>(bytes) else {
        return Vec::new();
    };
    map.contents
        .into_iter()
        .take(MOST_SOURCES)
        .enumerate()
        .filter_map(|(number, content)| {
            let inner = map.sources.get(number).cloned().flatten();
            let inner = inner.unwrap_or_else(|| format!("source{number}.js"));
            Some((format!("{name}!/{number}/{inner}"), content?.into_bytes()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text_and_end_at_statements() {
        let text: Vec<u8> = (0..1_000)
            .flat_map(|number| format!("let a{number}=f({number});").into_bytes())
            .collect();
        let cut: Vec<&[u8]> = pieces(&text, 1_000).collect();
        assert_eq!(cut.concat(), text);
        assert!(
            cut.iter()
                .all(|piece| piece.len() <= 1_000 && piece.ends_with(b";"))
        );
        assert_eq!(pieces(&[b'a'; 2_500], 1_000).count(), 3);
        assert_eq!(pieces(b"", 10).count(), 0);
    }

    #[test]
    fn a_source_map_gives_its_sources() {
        let map = br#"{"version":3,"sources":["src/a.ts",null],"sourcesContent":["let a = 1;","let b = 2;"],"mappings":""}"#;
        let found = sources_of_map("dist/app.js.map", map);
        assert_eq!(
            found[0],
            ("dist/app.js.map!/0/src/a.ts".to_owned(), b"let a = 1;".to_vec())
        );
        assert_eq!(found[1].0, "dist/app.js.map!/1/source1.js");
        assert!(sources_of_map("dist/app.js.map", b"{").is_empty());
        assert!(sources_of_map("a.json", map).is_empty());
    }
}
