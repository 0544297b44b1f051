//! Roots of crates that only a manifest names: `[[bin]] path = "tools/x.rs"`.
//!
//! Refuses manifests above [`MAX_MANIFEST_BYTES`] and those that are no TOML: they name nothing, so the files stay undeclared and are not delivered.

use toml::{Table, Value};

use crate::rust::normal_path;

/// Largest manifest that is read: 1 MiB.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// Tables of a manifest that name one root or several.
const TARGETS: &[&str] = &["lib", "bin", "example", "test", "bench"];

/// Tells whether a path is that of a Cargo manifest.
#[must_use]
pub fn is_manifest(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').next() == Some(b"Cargo.toml")
}

/// The files that a Cargo manifest names as roots of crates, by path from the root of the repository, in order.
#[must_use]
pub fn manifest_roots(path: &[u8], text: &[u8]) -> Vec<Vec<u8>> {
    let table = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.len() <= MAX_MANIFEST_BYTES)
        .and_then(|text| text.parse::<Table>().ok());
    let Some(table) = table else {
        return Vec::new();
    };
    let targets = TARGETS.iter().filter_map(|name| table.get(*name));
    let named = targets
        .flat_map(|target| match target {
            Value::Array(all) => all.iter().collect::<Vec<&Value>>(),
            one => vec![one],
        })
        .filter_map(|target| target.get("path"));
    let built = table.get("package").and_then(|package| package.get("build"));
    let end = path.len().saturating_sub(b"Cargo.toml".len());
    let folder = path.get(..end).unwrap_or_default();
    let mut roots: Vec<Vec<u8>> = named
        .chain(built)
        .filter_map(Value::as_str)
        .filter(|written| !written.starts_with('/'))
        .map(|written| normal_path(&[folder, written.as_bytes()].concat()))
        .collect();
    roots.sort();
    roots.dedup();
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(path: &str, text: &str) -> Vec<String> {
        manifest_roots(path.as_bytes(), text.as_bytes())
            .into_iter()
            .map(|root| String::from_utf8(root).unwrap())
            .collect()
    }

    #[test]
    fn every_kind_of_target_names_its_root() {
        let text = "[package]\nname = \"a\"\nbuild = \"make/build.rs\"\n\n[lib]\npath = \"code/all.rs\"\n\n[[bin]]\nname = \"x\"\npath = \"tools/x.rs\"\n\n[[bin]]\nname = \"y\"\n\n[[test]]\nname = \"t\"\npath = \"../shared/t.rs\"\n";
        assert_eq!(
            roots("crates/a/Cargo.toml", text),
            [
                "crates/a/code/all.rs",
                "crates/a/make/build.rs",
                "crates/a/tools/x.rs",
                "crates/shared/t.rs"
            ]
        );
        assert_eq!(roots("Cargo.toml", "lib = { path = \"./l.rs\" }"), ["l.rs"]);
    }

    #[test]
    fn what_is_no_manifest_names_nothing() {
        for text in [
            "",
            "[lib",
            "lib = 3\nbin = \"x\"\nbench = [1, [2]]",
            "[package]\nbuild = false",
            "[lib]\npath = 3",
            "[lib]\npath = \"/etc/passwd\"",
        ] {
            assert!(roots("Cargo.toml", text).is_empty(), "{text}");
        }
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(roots("Cargo.toml", &deep).is_empty());
        let large = format!("[lib]\npath = \"a.rs\"\n# {}", "x".repeat(MAX_MANIFEST_BYTES));
        assert!(roots("Cargo.toml", &large).is_empty());
        assert!(manifest_roots(b"Cargo.toml", b"[lib]\npath = \"\xff\"").is_empty());
        assert!(is_manifest(b"Cargo.toml") && is_manifest(b"a/Cargo.toml") && !is_manifest(b"a/XCargo.toml"));
    }
}
