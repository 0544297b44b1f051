//! Rust: programs and libraries of crates.io, checked by `cargo check`; public items by rustdoc's JSON; form by rustfmt.

use super::work::{Call, Said, Work, files, first_line};
use super::{BenchFile, Checked, Checker, Group, Kind, LanguageBench, Package, Shown};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Subjects by name; whether they are programs; whether a half of the files is checked too.
const SUBJECTS: &[(&str, Kind, bool)] = &[
    ("ripgrep", Kind::Application, true),
    ("fd", Kind::Application, true),
    ("hyperfine", Kind::Application, true),
    ("bytes", Kind::Library, true),
    ("http", Kind::Library, true),
    ("httparse", Kind::Library, true),
    ("indexmap", Kind::Library, true),
    ("itertools", Kind::Library, true),
    ("jiff", Kind::Library, true),
    ("petgraph", Kind::Library, true),
    ("regex", Kind::Library, true),
    ("semver", Kind::Library, true),
    ("tempfile", Kind::Library, true),
    ("textwrap", Kind::Library, true),
    ("time", Kind::Library, true),
    ("toml-edit", Kind::Library, true),
    ("url", Kind::Library, true),
    ("walkdir", Kind::Library, true),
];

/// Rust, by the toolchain of this repository.
pub struct Rust;

impl LanguageBench for Rust {
    fn language(&self) -> &'static str {
        "rust"
    }

    fn questions(&self) -> &'static str {
        include_str!("rust.rs")
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("cargo", &["--version"]), ("rustfmt", &["--version"])]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[Checker {
            name: "cargo check",
            goal: 0.95,
        }]
    }

    fn packages(&self) -> Vec<Package> {
        SUBJECTS
            .iter()
            .map(|(name, kind, half)| Package {
                name: (*name).to_owned(),
                kind: *kind,
                half: *half,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        work.subject(&package.name)
    }

    /// A workspace of its own, with the lock file as shipped, or a fresh one where that one is out of date.
    fn prepare(&self, _package: &Package, copy: &Path, work: &Work) -> Result<()> {
        let place = copy.join("Cargo.toml");
        let mut manifest = std::fs::read_to_string(&place).context("cannot read Cargo.toml")?;
        if !manifest.contains("[workspace]") {
            manifest.push_str("\n[workspace]\n");
            std::fs::write(&place, manifest).context("cannot write Cargo.toml")?;
        }
        if cargo(work, copy, &["fetch", "--quiet"])?.success {
            return Ok(());
        }
        let lock = copy.join("Cargo.lock");
        if lock.is_file() {
            std::fs::remove_file(&lock).context("cannot remove Cargo.lock")?;
        }
        let said = cargo(work, copy, &["fetch", "--quiet"])?;
        ensure!(said.success, "cargo fetch: {}", first_line(&said.err));
        Ok(())
    }

    /// The package's own sources; tests, benches and examples use it from outside. Roots and the build script stay whole.
    fn groups(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        let outside = [
            "tests/",
            "benches/",
            "examples/",
            "benchmarks/",
            "fuzz/",
            "target/",
        ];
        let found = files(copy)?
            .into_iter()
            .filter(|path| path.ends_with(".rs") && !outside.iter().any(|folder| path.starts_with(folder)))
            .map(|path| {
                let name = path.rsplit('/').next().unwrap_or_default();
                let is_root = matches!(name, "lib.rs" | "main.rs" | "build.rs") || path.contains("src/bin/");
                BenchFile {
                    path,
                    shown: if is_root { Shown::Whole } else { Shown::Interface },
                }
            })
            .collect();
        Ok(vec![Group {
            language: Language::Rust,
            files: found,
        }])
    }

    fn check(&self, _checker: &str, _package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let said = cargo(work, copy, &["check", "--offline", "--message-format", "short"])?;
        let problems: Vec<String> = said
            .err
            .lines()
            .filter(|line| line.contains(": error"))
            .map(without_place)
            .collect();
        // Cargo itself refused, whatever the sources say: no answer.
        ensure!(
            said.success || !problems.is_empty(),
            "cargo check: {}",
            first_error(&said.err)
        );
        Ok(Checked { problems })
    }

    fn public_items(&self, _package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let metadata = cargo(
            work,
            copy,
            &["metadata", "--offline", "--no-deps", "--format-version", "1"],
        )?;
        ensure!(metadata.success, "cargo metadata: {}", first_line(&metadata.err));
        let metadata: Value = serde_json::from_str(&metadata.out).context("cargo metadata is not JSON")?;
        let mut items = BTreeMap::new();
        for target in list(&metadata, "/packages/0/targets") {
            let kind = target
                .pointer("/kind/0")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let name = text(target, "name");
            let selected = match kind {
                "lib" | "rlib" => vec!["--lib"],
                "bin" => vec!["--bin", name],
                _ => continue,
            };
            let mut arguments = vec!["rustdoc", "--offline"];
            arguments.extend(&selected);
            arguments.extend([
                "--",
                "-Z",
                "unstable-options",
                "--output-format",
                "json",
                "--cap-lints",
                "allow",
            ]);
            if kind == "bin" {
                // A program exports nothing; what it calls `pub` is what its own modules share.
                arguments.push("--document-private-items");
            }
            let said = cargo(work, copy, &arguments)?;
            ensure!(said.success, "rustdoc: {}", first_error(&said.err));
            let place = work
                .folder("cargo-target")?
                .join("doc")
                .join(format!("{}.json", name.replace('-', "_")));
            let read = std::fs::read(&place).with_context(|| format!("cannot read {}", place.display()))?;
            let document: Value = serde_json::from_slice(&read).context("rustdoc's JSON is not JSON")?;
            collect(name, &document, &mut items);
        }
        Ok(items)
    }

    fn formatter(
        &self,
        _package: &Package,
        copy: &Path,
        files: &[String],
        work: &Work,
    ) -> Result<Option<usize>> {
        let manifest = std::fs::read_to_string(copy.join("Cargo.toml")).context("cannot read Cargo.toml")?;
        let edition = manifest
            .lines()
            .find_map(|line| line.strip_prefix("edition = \""))
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or("2015");
        let mut arguments = vec!["--check", "-l", "--edition", edition];
        arguments.extend(files.iter().map(String::as_str));
        let said = work.run(Call::new("rustfmt", copy).arguments(&arguments))?;
        let changed: BTreeSet<&str> = said.out.lines().filter(|line| line.ends_with(".rs")).collect();
        ensure!(
            said.success || !changed.is_empty(),
            "rustfmt: {}",
            first_line(&said.err)
        );
        // It follows module declarations into files that stayed whole.
        let count = files
            .iter()
            .filter(|file| {
                changed
                    .iter()
                    .any(|line| line.ends_with(&format!("/{file}")) || line == file)
            })
            .count();
        Ok(Some(count))
    }
}

fn cargo(work: &Work, folder: &Path, arguments: &[&str]) -> Result<Said> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut call = Call::new(program, folder)
        .arguments(arguments)
        .environment("CARGO_TARGET_DIR", work.folder("cargo-target")?)
        .environment("CARGO_INCREMENTAL", "0")
        .environment("CARGO_TERM_COLOR", "never")
        // rustdoc's JSON is not stable yet; the packages themselves are compiled as on a stable toolchain.
        .without("RUSTFLAGS");
    if arguments.first() == Some(&"rustdoc") {
        call = call.environment("RUSTC_BOOTSTRAP", "1");
    }
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_PKG_NAME",
        "RUSTC",
        "RUSTDOC",
        "RUSTUP_TOOLCHAIN",
    ] {
        call = call.without(name);
    }
    work.run(call)
}

fn first_error(text: &str) -> String {
    text.lines()
        .find(|line| line.starts_with("error"))
        .map_or_else(|| first_line(text), str::to_owned)
}

/// `src/a.rs:12:3: error[E0425]: ..` without line and column.
fn without_place(line: &str) -> String {
    line.split(':')
        .filter(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(":")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Adds the public items of a crate: what has a path, and the members of implementations under type and trait.
fn collect(target: &str, document: &Value, items: &mut BTreeMap<String, String>) {
    let empty = serde_json::Map::new();
    let index = document.get("index").and_then(Value::as_object).unwrap_or(&empty);
    let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&empty);
    for (id, item) in index {
        let Some((kind, inner)) = item
            .get("inner")
            .and_then(Value::as_object)
            .and_then(|inner| inner.iter().next())
        else {
            continue;
        };
        if kind == "impl" {
            if !is_of_private_type(inner, index) {
                members(target, item, inner, index, items);
            }
            continue;
        }
        let own = paths
            .get(id)
            .filter(|path| path.get("crate_id") == Some(&Value::from(0)));
        let Some(path) = own else { continue };
        if text(item, "visibility") != "public" {
            continue;
        }
        let path: Vec<&str> = list(path, "/path").iter().filter_map(Value::as_str).collect();
        let name = format!("{target}: {kind} {}", path.join("::"));
        items.insert(name, signature(kind, inner));
        for member in inner.get("items").and_then(Value::as_array).into_iter().flatten() {
            if kind == "trait" {
                add_member(target, &path.join("::"), member, index, items);
            }
        }
        let fields = inner
            .pointer("/kind/plain/fields")
            .or_else(|| inner.get("variants"));
        for member in fields.and_then(Value::as_array).into_iter().flatten() {
            add_member(target, &path.join("::"), member, index, items);
        }
    }
}

/// Whether the type or the trait of an implementation is this crate's own and not public: programs are documented with private items.
fn is_of_private_type(inner: &Value, index: &serde_json::Map<String, Value>) -> bool {
    let ids = [inner.pointer("/for/resolved_path/id"), inner.pointer("/trait/id")];
    ids.into_iter().flatten().any(|id| {
        index.get(&id.to_string()).is_some_and(|item| {
            item.get("crate_id") == Some(&Value::from(0)) && text(item, "visibility") != "public"
        })
    })
}

fn members(
    target: &str,
    item: &Value,
    inner: &Value,
    index: &serde_json::Map<String, Value>,
    items: &mut BTreeMap<String, String>,
) {
    let derived_by_compiler = inner.get("is_synthetic") == Some(&Value::Bool(true))
        || inner
            .get("blanket_impl")
            .is_some_and(|blanket| !blanket.is_null());
    if derived_by_compiler || item.get("crate_id") != Some(&Value::from(0)) {
        return;
    }
    let owner = signature("type", inner.get("for").unwrap_or(&Value::Null));
    let of = inner
        .get("trait")
        .filter(|of| !of.is_null())
        .map(|of| signature("trait", of));
    let owner = match of {
        Some(of) => {
            let name = format!("{target}: impl {of} for {owner}");
            items.insert(
                name.clone(),
                signature("generics", inner.get("generics").unwrap_or(&Value::Null)),
            );
            name
        }
        None => owner,
    };
    for member in inner.get("items").and_then(Value::as_array).into_iter().flatten() {
        add_member(target, &owner, member, index, items);
    }
}

fn add_member(
    target: &str,
    owner: &str,
    id: &Value,
    index: &serde_json::Map<String, Value>,
    items: &mut BTreeMap<String, String>,
) {
    let Some(item) = index.get(&id.to_string()) else {
        return;
    };
    let Some((kind, inner)) = item
        .get("inner")
        .and_then(Value::as_object)
        .and_then(|inner| inner.iter().next())
    else {
        return;
    };
    // Members of traits and variants have the visibility of what they are in.
    if !matches!(text(item, "visibility"), "public" | "default") {
        return;
    }
    let name = format!("{target}: {owner}::{}", text(item, "name"));
    let mut said = signature(kind, inner);
    // The same name on differently bounded implementations: all signatures count, in one order.
    if let Some(other) = items.remove(&name) {
        let mut both = [other, said];
        both.sort();
        said = both.join(" | ");
    }
    items.insert(name, said);
}

/// What must be equal: types, generics and qualifiers; not numbers of items, nor values, nor what is private inside.
fn signature(kind: &str, inner: &Value) -> String {
    let mut shown = inner.clone();
    if let Some(object) = shown.as_object_mut() {
        let hidden: &[&str] = match kind {
            "struct" | "enum" | "union" | "trait" => &[
                "impls",
                "kind",
                "items",
                "implementations",
                "fields",
                "variants",
                "has_stripped_fields",
                "has_stripped_variants",
            ],
            "module" => return String::new(),
            "constant" | "assoc_const" | "static" => &["const", "value", "expr"],
            "function" => &["has_body"],
            "macro" | "proc_macro" | "use" => &[],
            _ => &[],
        };
        for key in hidden {
            object.remove(*key);
        }
    }
    without_ids(&mut shown);
    shown.to_string()
}

/// Numbers of items differ between two documents.
fn without_ids(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("id");
            object.values_mut().for_each(without_ids);
        }
        // Fields of a tuple are listed by number: how many there are is what counts.
        Value::Array(array) if !array.is_empty() && array.iter().all(Value::is_number) => {
            *value = Value::from(array.len());
        }
        Value::Array(array) => array.iter_mut().for_each(without_ids),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_compared_without_their_place() {
        assert_eq!(
            without_place("src/a.rs:12:3: error[E0425]: cannot find value `x`"),
            "src/a.rs: error[E0425]: cannot find value `x`"
        );
    }

    #[test]
    fn signatures_leave_numbers_and_values_out() {
        let one =
            serde_json::json!({"type": {"resolved_path": {"path": "A", "id": 3}}, "const": {"value": "1"}});
        let other =
            serde_json::json!({"type": {"resolved_path": {"path": "A", "id": 9}}, "const": {"value": "2"}});
        assert_eq!(signature("constant", &one), signature("constant", &other));
        let third = serde_json::json!({"type": {"resolved_path": {"path": "B", "id": 3}}});
        assert_ne!(signature("constant", &one), signature("constant", &third));
    }
}
