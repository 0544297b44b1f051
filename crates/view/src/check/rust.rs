//! Rust's way from a path to a file: `mod x;`, `crate::`, `self::`, `super::`, grouped `use`, other crates of the workspace.

use regex::bytes::Regex;

use super::imports::compile;
use super::names::{Known, Names, folder_of, join, last_name};
use super::{CheckError, Kind, Notes};

/// The most paths that one `use` is taken apart into.
const MOST_PATHS: usize = 500;
/// The deepest nesting of groups that is followed.
const DEEPEST: usize = 16;

/// Patterns of Rust.
pub(super) struct Patterns {
    module: Regex,
    path_attribute: Regex,
    inline: Regex,
    group: Regex,
    foreign: Regex,
}

impl Patterns {
    pub(super) fn new() -> Result<Self, CheckError> {
        Ok(Self {
            module: compile(
                "rust mod",
                r"(?m)^[ \t]*(?:pub(?:\([^)\n]{0,100}\))?[ \t]+)?mod[ \t]+(?:r#)?([A-Za-z_]\w{0,200})[ \t]*;",
            )?,
            path_attribute: compile("rust path", r#"#\[[ \t]*path[ \t]*=[ \t]*"([^"\n]{1,500})""#)?,
            inline: compile(
                "rust path in code",
                r"\b(crate|self|super)((?:::[A-Za-z_]\w{0,200}){1,20})",
            )?,
            group: compile(
                "rust use",
                r"\buse[ \t\r\n]+((?:crate|self|super)::[^;]{0,8000}|\{[^;]{0,8000});",
            )?,
            foreign: compile(
                "rust crate",
                r"\b([a-z_][a-z0-9_]{2,100})::|\bextern[ \t]+crate[ \t]+([a-z_]\w{0,200})",
            )?,
        })
    }

    pub(super) fn find(&self, names: &Names, text: &[u8], notes: &mut Notes<'_>) {
        let here = folder_of(notes.path).unwrap_or_default().to_vec();
        let own = own_folder(notes.path);
        for found in self.path_attribute.captures_iter(text) {
            if let Some(file) = found.get(1)
                && let Some(path) = join(&here, file.as_bytes())
                && names.at(&path) == Some(Known::Hidden)
            {
                notes.name(file.start(), Kind::Import, file.as_bytes(), &path);
            }
        }
        for found in self.module.captures_iter(text) {
            if let Some(name) = found.get(1)
                && let Some((Known::Hidden, path)) = module_file(names, &own, name.as_bytes())
            {
                notes.name(name.start(), Kind::Import, name.as_bytes(), &path);
            }
        }
        let root = crate_root(names, &here);
        let mut resolve = |at: usize, path: &[&[u8]]| {
            if let Some(target) = target(names, &own, root.as_deref(), path) {
                notes.name(at, Kind::Import, &path.join(&b"::"[..]), &target);
            }
        };
        for found in self.inline.captures_iter(text) {
            let (Some(whole), Some(start)) = (found.get(0), found.get(1)) else {
                continue;
            };
            let path: Vec<&[u8]> = whole
                .as_bytes()
                .split(|byte| *byte == b':')
                .filter(|part| !part.is_empty())
                .collect();
            resolve(start.start(), &path);
        }
        for found in self.group.captures_iter(text) {
            let Some(body) = found.get(1).filter(|body| body.as_bytes().contains(&b'{')) else {
                continue;
            };
            let mut paths = Vec::new();
            flatten(body.as_bytes(), &mut Vec::new(), 0, &mut paths);
            for path in &paths {
                let path: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
                resolve(body.start(), &path);
            }
        }
        for found in self.foreign.captures_iter(text) {
            if let Some(name) = found.get(1).or_else(|| found.get(2))
                && let Some(folder) = names.package(name.as_bytes())
            {
                let folder = folder.to_vec();
                notes.name(name.start(), Kind::Import, name.as_bytes(), &folder);
            }
        }
    }
}

/// The folder in which the modules of a file lie.
fn own_folder(path: &[u8]) -> Vec<u8> {
    let folder = folder_of(path).unwrap_or_default();
    match last_name(path) {
        b"lib.rs" | b"main.rs" | b"mod.rs" | b"build.rs" => folder.to_vec(),
        name => {
            let stem = name.strip_suffix(b".rs").unwrap_or(name);
            join(folder, stem).unwrap_or_default()
        }
    }
}

fn module_file(names: &Names, folder: &[u8], name: &[u8]) -> Option<(Known, Vec<u8>)> {
    let base = join(folder, name)?;
    [
        [base.as_slice(), b".rs"].concat(),
        [base.as_slice(), b"/mod.rs"].concat(),
    ]
    .into_iter()
    .find_map(|path| names.at(&path).map(|known| (known, path)))
}

/// The nearest folder above with a `lib.rs` or `main.rs`.
fn crate_root(names: &Names, folder: &[u8]) -> Option<Vec<u8>> {
    let mut here = folder;
    loop {
        for name in [&b"lib.rs"[..], b"main.rs"] {
            if join(here, name).is_some_and(|path| names.at(&path).is_some()) {
                return Some(here.to_vec());
            }
        }
        if here.is_empty() {
            return None;
        }
        here = folder_of(here).unwrap_or_default();
    }
}

/// The first hidden module on the way of a path.
fn target(names: &Names, own: &[u8], root: Option<&[u8]>, path: &[&[u8]]) -> Option<Vec<u8>> {
    let (first, rest) = path.split_first()?;
    let mut folder = match *first {
        b"crate" => root?.to_vec(),
        b"self" => own.to_vec(),
        b"super" => folder_of(own).unwrap_or_default().to_vec(),
        _ => return None,
    };
    for name in rest {
        if *name == b"super" {
            folder = folder_of(&folder).unwrap_or_default().to_vec();
            continue;
        }
        match module_file(names, &folder, name)? {
            (Known::Hidden, path) => return Some(path),
            (Known::Shown, _) => folder = join(&folder, name)?,
        }
    }
    None
}

/// Takes a `use` with groups apart into its paths.
fn flatten(body: &[u8], prefix: &mut Vec<Vec<u8>>, depth: usize, paths: &mut Vec<Vec<Vec<u8>>>) {
    if depth > DEEPEST {
        return;
    }
    for part in at_commas(body) {
        if paths.len() >= MOST_PATHS {
            return;
        }
        let part = part.trim_ascii();
        let open = part.iter().position(|byte| *byte == b'{');
        let plain = open.map_or(part, |open| part.get(..open).unwrap_or_default());
        let names: Vec<Vec<u8>> = plain
            .split(|byte| *byte == b':')
            .map(|name| {
                name.trim_ascii()
                    .split(u8::is_ascii_whitespace)
                    .next()
                    .unwrap_or_default()
            })
            .filter(|name| !name.is_empty() && *name != b"*")
            .map(<[u8]>::to_vec)
            .collect();
        let before = prefix.len();
        prefix.extend(names);
        match open {
            Some(open) => {
                let inner = part.get(open.saturating_add(1)..).unwrap_or_default();
                let inner = inner.strip_suffix(b"}").unwrap_or(inner);
                flatten(inner, prefix, depth.saturating_add(1), paths);
            }
            None if prefix.len() > 1 => paths.push(prefix.clone()),
            None => {}
        }
        prefix.truncate(before);
    }
}

/// Splits at commas outside braces.
fn at_commas(body: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0_usize);
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(body.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.push(body.get(start..).unwrap_or_default());
    parts
}
